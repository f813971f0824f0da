#!/usr/bin/env python3
"""Checks that files stay below 600 lines and functions below 60.

Functions between 60 and 90 lines are allowed when they are flat (one switch or
one table), so only the harder limit of 90 fails; the list of the longer ones
is printed with --list.
"""
import re
import subprocess
import sys

FILE_LIMIT = 600
FUNCTION_WISH = 60
FUNCTION_LIMIT = 90


def sources():
    out = subprocess.run(['git', 'ls-files', '*.c', '*.h'], check=True,
                         capture_output=True, text=True).stdout
    return out.split()


def functions(lines):
    """Yields (name, first line, length) by the house style: a '{' alone at
    the margin opens a body, a '}' at the margin closes it."""
    start = name = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            head = ' '.join(lines[max(0, number - 8):number - 1])
            names = re.findall(r'(\w+)\s*\(', head)
            start, name = number, names[-1] if names else '?'
        elif line.startswith('}') and start is not None:
            yield name, start, number - start + 1
            start = None


def main():
    show = '--list' in sys.argv
    bad = 0
    for path in sources():
        with open(path, encoding='utf-8') as source:
            lines = source.read().split('\n')
        if len(lines) - 1 > FILE_LIMIT:
            print(f'{path}: {len(lines) - 1} lines, limit {FILE_LIMIT}')
            bad += 1
        for name, line, length in functions(lines):
            if length > FUNCTION_LIMIT:
                print(f'{path}:{line}: {name}() has {length} lines, '
                      f'limit {FUNCTION_LIMIT}')
                bad += 1
            elif show and length > FUNCTION_WISH:
                print(f'{path}:{line}: {name}() has {length} lines (allowed)')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
