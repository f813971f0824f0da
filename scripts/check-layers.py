#!/usr/bin/env python3
"""Checks that no file includes a header of a higher floor (docs/devel/style.md).
"""
import re
import subprocess
import sys

# Longest prefix wins. Generated QAPI types, events and trace headers lie low,
# because every floor uses them; the generated command table does not.
FLOORS = {
    'util/': 0, 'qapi/visitor': 0, 'qapi/qapi-types': 0, 'qapi/qapi-events': 0,
    'qapi/': 0, 'trace/trace-': 0,
    'qom/': 1, 'memory/': 1, 'trace/': 1, 'chardev/': 1,
    'net/': 2,
    'hw/core/': 3, 'hw/pci/': 3, 'hw/virtio/': 3,
    'hw/net/': 4,
    'hw/i386/': 5, 'accel/': 5,
    'monitor/': 6, 'migration/': 6, 'qapi/qapi-commands': 6,
    'qapi/qapi-introspect': 6,
    'system/': 7,
}
# The log and the points themselves are used below the folder that keeps them.
EXEMPT = {'trace/trace.h'}
ROOTS = ('util', 'qapi', 'qom', 'memory', 'trace', 'chardev', 'net', 'hw',
         'accel', 'monitor', 'migration', 'system')


def floor(path):
    best = None
    for prefix, level in FLOORS.items():
        if path.startswith(prefix) and (best is None or len(prefix) > best[0]):
            best = (len(prefix), level)
    return best[1] if best else None


def main():
    files = subprocess.run(['git', 'ls-files', '*.c', '*.h'], check=True,
                           capture_output=True, text=True).stdout.split()
    bad = 0
    for path in files:
        logical = path[len('include/'):] if path.startswith('include/') else path
        if logical.split('/')[0] not in ROOTS:
            continue
        here = floor(logical)
        if here is None:
            print(f'{path}: belongs to no floor')
            bad += 1
            continue
        with open(path, encoding='utf-8') as source:
            for number, line in enumerate(source, 1):
                match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
                if not match or match.group(1) in EXEMPT:
                    continue
                there = floor(match.group(1))
                if there is not None and there > here:
                    print(f'{path}:{number}: floor {here} includes '
                          f'"{match.group(1)}" of floor {there}')
                    bad += 1
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
