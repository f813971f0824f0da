#!/usr/bin/env python3
"""Checks that every name docs/devel/packet-path.md uses exists in the sources.

A name is anything in backquotes that looks like a C identifier (optionally
followed by "()") or like a source path.
"""
import os
import re
import subprocess
import sys

DOCUMENT = 'docs/devel/packet-path.md'


def main():
    with open(DOCUMENT, encoding='utf-8') as document:
        quoted = set(re.findall(r'`([^`\n]+)`', document.read()))
    identifiers = {q.removesuffix('()') for q in quoted
                   if re.fullmatch(r'[A-Za-z_]\w*(\(\))?', q)}
    paths = {q for q in quoted if re.fullmatch(r'[\w./-]+\.(c|h|md|json|py)', q)}
    sources = subprocess.run(
        ['git', 'ls-files', '*.c', '*.h', '*trace-events', 'qapi/*.json'],
        check=True, capture_output=True, text=True).stdout.split()
    words = set()
    for path in sources:
        with open(path, encoding='utf-8') as source:
            words.update(re.findall(r'[A-Za-z_]\w*', source.read()))
    names = {os.path.basename(p) for p in sources}
    bad = [f'`{i}` is no name in the sources' for i in sorted(identifiers - words)]
    bad += [f'`{p}` does not exist' for p in sorted(paths)
            if not os.path.exists(p) and os.path.basename(p) not in names]
    if not identifiers:
        bad.append('names nothing at all')
    for line in bad:
        print(f'{DOCUMENT}: {line}')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
