# SPDX-License-Identifier: GPL-2.0-or-later
"""Names in C, and small helpers of the C back ends."""

import os
import re

# What cannot be a C identifier, or is a macro of the host's headers.
_RESERVED = set('''
auto break case char const continue default do double else enum extern float
for goto if inline int long register restrict return short signed sizeof
static struct switch typedef union unsigned void volatile while _Bool
asm typeof bool true false unix linux i386 errno and or not xor
'''.split())


def c_name(name):
    """A member or enum-free name as C writes it."""
    name = re.sub(r'[^A-Za-z0-9_]', '_', name)
    if name in _RESERVED or name[0].isdigit():
        return 'q_' + name
    return name


def camel_to_upper(name):
    """NetClientDriver -> NET_CLIENT_DRIVER, RxState -> RX_STATE."""
    name = name.replace('-', '_')
    name = re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name)
    name = re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name)
    return name.upper()


def enum_const(enum, value):
    prefix = enum.prefix or camel_to_upper(enum.name)
    return prefix + '_' + re.sub(r'[^A-Za-z0-9_]', '_', value).upper()


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def file_head(what, source, guard=None):
    head = ('/*\n * %s.\n *\n * Generated from %s by scripts/qapi-gen.py;'
            ' do not edit.\n *\n'
            ' * SPDX-License-Identifier: GPL-2.0-or-later\n */\n'
            % (what, os.path.basename(source)))
    if guard:
        head += '#ifndef %s\n#define %s\n\n' % (guard, guard)
    return head


def guard_name(filename):
    return re.sub(r'[^A-Za-z0-9]', '_', filename).upper()


def write_file(outdir, name, text):
    """Leaves a file with this text alone, so that nothing is rebuilt."""
    path = os.path.join(outdir, name)
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except OSError:
        pass
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
