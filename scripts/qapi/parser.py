# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads schema files into expressions.

The language is JSON with single-quoted strings and # comments; a file is a
sequence of top-level objects. Every object and array remembers the line of
each of its entries, so that a later check can point at the place.
"""

import os


class QAPIError(Exception):
    """A mistake in a schema, shown as FILE:LINE: message."""

    def __init__(self, path, line, message):
        super().__init__('%s:%d: %s' % (path, line, message))


class Obj(dict):
    """An object; lines[key] is where the key was written."""

    def __init__(self, path, line):
        super().__init__()
        self.path = path
        self.line = line
        self.lines = {}


class Arr(list):
    """An array; lines[i] is where element i was written."""

    def __init__(self, path, line):
        super().__init__()
        self.path = path
        self.line = line
        self.lines = []


class _Parser:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.pos = 0
        self.line = 1
        self.tok = None
        self.tok_line = 1
        self.next()

    def error(self, message, line=None):
        raise QAPIError(self.path, line or self.tok_line, message)

    def skip_blank(self):
        while self.pos < len(self.text):
            c = self.text[self.pos]
            if c == '\n':
                self.line += 1
                self.pos += 1
            elif c == '#':
                end = self.text.find('\n', self.pos)
                self.pos = len(self.text) if end < 0 else end
            elif c in ' \t\r':
                self.pos += 1
            else:
                return

    def next(self):
        """Reads a token: None at the end, a str of punctuation, or a tuple
        ('str', text) or ('bool', value)."""
        self.skip_blank()
        self.tok_line = self.line
        if self.pos >= len(self.text):
            self.tok = None
            return
        c = self.text[self.pos]
        if c in '{}[]:,':
            self.pos += 1
            self.tok = c
        elif c == "'":
            end = self.pos + 1
            while end < len(self.text) and self.text[end] not in "'\n":
                end += 1
            if end >= len(self.text) or self.text[end] == '\n':
                self.error("missing terminating \"'\"")
            word = self.text[self.pos + 1:end]
            if '\\' in word:
                self.error('escapes are not supported in strings')
            self.tok = ('str', word)
            self.pos = end + 1
        else:
            for word, value in (('true', True), ('false', False)):
                if self.text.startswith(word, self.pos):
                    self.tok = ('bool', value)
                    self.pos += len(word)
                    return
            self.error("stray '%s'" % c)

    def value(self):
        if self.tok == '{':
            return self.object()
        if self.tok == '[':
            return self.array()
        if isinstance(self.tok, tuple):
            result = self.tok[1]
            self.next()
            return result
        return self.error("expected '{', '[', string, or boolean")

    def object(self):
        obj = Obj(self.path, self.tok_line)
        self.next()
        if self.tok == '}':
            self.next()
            return obj
        while True:
            if not (isinstance(self.tok, tuple) and self.tok[0] == 'str'):
                self.error('expected string' if obj
                           else "expected string or '}'")
            key, line = self.tok[1], self.tok_line
            self.next()
            if self.tok != ':':
                self.error("expected ':'")
            if key in obj:
                self.error("duplicate key '%s'" % key, line)
            self.next()
            obj.lines[key] = line
            obj[key] = self.value()
            if self.tok == '}':
                self.next()
                return obj
            if self.tok != ',':
                self.error("expected ',' or '}'")
            self.next()

    def array(self):
        arr = Arr(self.path, self.tok_line)
        self.next()
        if self.tok == ']':
            self.next()
            return arr
        while True:
            arr.lines.append(self.tok_line)
            arr.append(self.value())
            if self.tok == ']':
                self.next()
                return arr
            if self.tok != ',':
                self.error("expected ',' or ']'")
            self.next()

    def expressions(self):
        while self.tok is not None:
            if self.tok != '{':
                self.error("expected '{'")
            yield self.object()


def module_name(path):
    return os.path.splitext(os.path.basename(path))[0]


def parse_schema(path, _seen=None, _from=None):
    """All expressions of path and what it includes: a list of (module, Obj),
    and the list of files read. Each file is read once."""
    seen = {} if _seen is None else _seen
    real = os.path.realpath(path)
    if real in seen:
        return [], []
    seen[real] = True
    try:
        with open(path, encoding='utf-8') as f:
            text = f.read()
    except (OSError, UnicodeDecodeError) as e:
        where = _from or (path, 1)
        raise QAPIError(where[0], where[1],
                        "can't read schema file '%s': %s"
                        % (path, getattr(e, 'strerror', None) or e)) from e
    exprs, files = [], [path]
    for expr in _Parser(path, text).expressions():
        if 'include' not in expr:
            exprs.append((module_name(path), expr))
            continue
        name = expr['include']
        line = expr.lines['include']
        if len(expr) != 1:
            raise QAPIError(path, line, "invalid 'include' directive")
        if not isinstance(name, str):
            raise QAPIError(path, line,
                            "value of 'include' must be a string")
        sub, subfiles = parse_schema(
            os.path.join(os.path.dirname(path), name), seen, (path, line))
        exprs += sub
        files += subfiles
    return exprs, files
