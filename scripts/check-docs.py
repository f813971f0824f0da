#!/usr/bin/env python3
"""Checks that the user documentation names what the program has.

  scripts/check-docs.py EMULATOR

Every option of -help has to be in docs/invocation.md, every kind of -netdev
help and every drop reason in docs/netdev.md, every property of virtio-net-pci
and every trace point on a packet's road in docs/virtio-net.md: as code, that
is between backquotes.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def output_of(emulator, *args):
    return subprocess.run([emulator, *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def code_words(name):
    """The words between backquotes of a document."""
    with open(os.path.join(TOP, 'docs', name), encoding='utf-8') as doc:
        spans = re.findall(r'`([^`]+)`', doc.read())
    return {word for span in spans for word in re.split(r'[ ,=\[\]|]+', span)}


def drop_reasons():
    with open(os.path.join(TOP, 'net', 'client.c'), encoding='utf-8') as source:
        return re.findall(r'\[NET_DROP_\w+\] = "([\w-]+)"', source.read())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    emulator = sys.argv[1]
    points = output_of(emulator, '-trace', 'help').split()
    road = [p for p in points
            if re.match(r'(virtio|virtqueue|net|tap)_', p)]
    wanted = (
        ('invocation.md', 'option',
         re.findall(r'^(-\w[\w-]*)', output_of(emulator, '-help'), re.M)),
        ('netdev.md', 'kind of netdev',
         output_of(emulator, '-netdev', 'help').split('\n', 1)[1].split()),
        ('netdev.md', 'drop reason', drop_reasons()),
        ('virtio-net.md', 'property',
         re.findall(r'^  ([\w-]+)=',
                    output_of(emulator, '-device', 'virtio-net-pci,help'),
                    re.M)),
        ('virtio-net.md', 'trace point', road),
    )
    bad = 0
    for doc, what, names in wanted:
        if not names:
            print(f'{doc}: nothing found to look for: {what}')
            bad += 1
        there = code_words(doc)
        for name in names:
            if name not in there:
                print(f'docs/{doc}: {what} {name} is missing')
                bad += 1
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
