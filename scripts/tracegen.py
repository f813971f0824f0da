#!/usr/bin/env python3
#
# Turns the folders' trace-events files into C: a header per folder with one
# inline function per point, and one source with the table of all points.
#
# A folder without a trace-events file gets an empty header, so that the build
# need not know which folders have points; the dependency file names the folder
# itself then, and a file that appears later is noticed. Outputs are rewritten
# only when their text changes.
#
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import os
import re
import sys

EVENT = re.compile(r'^(?P<name>[A-Za-z_]\w*)\s*\((?P<args>[^()]*)\)\s*'
                   r'(?P<fmt>".*")$')
# A format is string literals and the PRI macros of <inttypes.h>.
FORMAT = re.compile(r'^(?:"(?:[^"\\]|\\.)*"\s*|PRI[diouxX](?:8|16|32|64|PTR)\s*)+$')
ARGUMENT = re.compile(r'^(?P<type>.*?[\s*])(?P<name>[A-Za-z_]\w*)$')
# Only what needs no header of a higher floor, and what printf can print.
TYPE_WORDS = {
    'const', 'unsigned', 'signed', 'char', 'short', 'int', 'long', 'bool',
    'double', 'void', 'size_t', 'ssize_t', 'uintptr_t', 'intptr_t',
    'uint8_t', 'uint16_t', 'uint32_t', 'uint64_t',
    'int8_t', 'int16_t', 'int32_t', 'int64_t', '*',
}


class BadLine(Exception):
    pass


class Event:
    def __init__(self, name, params, names, fmt, group, where):
        self.name = name
        self.params = params  # "const char *vq, unsigned head", or "void"
        self.names = names    # ["vq", "head"]
        self.fmt = fmt
        self.group = group
        self.where = where


def parse_arguments(text):
    text = text.strip()
    if text == 'void':
        return 'void', []
    if not text:
        raise BadLine('no arguments: write (void)')
    params, names = [], []
    for arg in text.split(','):
        arg = arg.strip()
        m = ARGUMENT.match(arg)
        if not m:
            raise BadLine(f"bad argument '{arg}': expected TYPE NAME")
        words = m['type'].replace('*', ' * ').split()
        for word in words:
            if word not in TYPE_WORDS:
                raise BadLine(f"argument '{arg}': type '{word}' is not "
                              "allowed (integers, strings and void *)")
        if words == ['void']:
            raise BadLine(f"argument '{arg}' has no value")
        if m['name'] in names:
            raise BadLine(f"two arguments named '{m['name']}'")
        params.append(arg)
        names.append(m['name'])
    return ', '.join(params), names


def parse_line(line, group, where):
    m = EVENT.match(line)
    if not m:
        raise BadLine('expected NAME(TYPE ARG, ...) "format"')
    if not FORMAT.match(m['fmt']):
        raise BadLine(f"bad format {m['fmt']}")
    if '\\n' in m['fmt']:
        raise BadLine('the format must not contain a newline')
    params, names = parse_arguments(m['args'])
    return Event(m['name'], params, names, m['fmt'], group, where)


def parse_file(path, group, seen, errors):
    events = []
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            where = f'{path}:{number}'
            try:
                event = parse_line(line, group, where)
                if event.name in seen:
                    raise BadLine(f"'{event.name}' is already at "
                                  f"{seen[event.name]}")
            except BadLine as e:
                errors.append(f'{where}: error: {e}')
                continue
            seen[event.name] = where
            events.append(event)
    return events


def header(group, events):
    guard = 'TRACE_GENERATED_' + re.sub(r'\W', '_', group).upper() + '_H'
    out = [f'/* Generated from {group}/trace-events. */',
           f'#ifndef {guard}', f'#define {guard}', '',
           '#include "trace/trace.h"', '']
    for e in events:
        args = ''.join(f', {n}' for n in e.names)
        out += [f'extern TraceEvent trace_event_{e.name};',
                f'#define TRACE_{e.name.upper()} (&trace_event_{e.name})',
                f'static inline void trace_{e.name}({e.params})',
                '{',
                f'    if (trace_event_get_state(TRACE_{e.name.upper()})) {{',
                f'        trace_emit(TRACE_{e.name.upper()}, {e.fmt}{args});',
                '    }', '}', '']
    return '\n'.join(out + ['#endif', ''])


def table(folders, events):
    out = ['/* Generated from the trace-events files. */',
           '#include "util/osdep.h"', '',
           '#include "trace/trace-internal.h"']
    out += [f'#include "trace/{header_name(g)}"' for g in folders] + ['']
    for e in events:
        out.append(f'TraceEvent trace_event_{e.name} = '
                   f'{{ "{e.name}", "{e.group}", false }};')
    out += ['', 'TraceEvent *const trace_event_table[] = {']
    out += [f'    &trace_event_{e.name},' for e in events]
    out += ['    NULL', '};', '',
            f'const unsigned trace_event_table_size = {len(events)};', '']
    return '\n'.join(out)


def header_name(group):
    return 'trace-' + group.replace('/', '-') + '.h'


def write_if_changed(path, text):
    try:
        with open(path, encoding='utf-8') as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--root', required=True, help='top of the sources')
    parser.add_argument('--outdir', required=True)
    parser.add_argument('--table', default='trace-table.c')
    parser.add_argument('--depfile')
    parser.add_argument('folders', nargs='+')
    args = parser.parse_args()

    seen, errors, events, deps, texts = {}, [], [], [], {}
    for folder in args.folders:
        path = os.path.join(args.root, folder, 'trace-events')
        found = []
        if os.path.exists(path):
            deps.append(path)
            found = parse_file(path, folder, seen, errors)
        else:
            deps.append(os.path.dirname(path))
        texts[header_name(folder)] = header(folder, found)
        events += found
    if errors:
        print('\n'.join(errors), file=sys.stderr)
        return 1

    texts[args.table] = table(args.folders, events)
    for name, text in texts.items():
        write_if_changed(os.path.join(args.outdir, name), text)
    if args.depfile:
        target = os.path.join(args.outdir, args.table)
        with open(args.depfile, 'w', encoding='utf-8') as f:
            f.write(f'{target}: ' + ' '.join(deps) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
