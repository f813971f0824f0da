#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Generates C from a QAPI schema. See docs/devel/qapi.md.

  qapi-gen.py --outdir DIR [--depfile FILE] [--modules A,B,...] SCHEMA

--modules is the list the build expects; a difference to what the schema
includes is an error, so that the build's list cannot go stale.
"""

import argparse
import os
import sys

from qapi import commands, events, introspect, types
from qapi.parser import QAPIError, module_name, parse_schema
from qapi.schema import Schema


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--outdir', required=True)
    ap.add_argument('--depfile')
    ap.add_argument('--modules')
    ap.add_argument('schema')
    args = ap.parse_args()

    try:
        exprs, files = parse_schema(args.schema)
        modules = [module_name(f) for f in files]
        # A top file that only includes others is no module.
        if not any(m == modules[0] for m, _ in exprs):
            modules = modules[1:]
        schema = Schema(exprs, modules)
    except QAPIError as e:
        print(e, file=sys.stderr)
        return 1
    if args.modules is not None and \
            sorted(args.modules.split(',')) != sorted(modules):
        print('%s: modules are %s, the build expects %s'
              % (args.schema, ','.join(sorted(modules)), args.modules),
              file=sys.stderr)
        return 1

    os.makedirs(args.outdir, exist_ok=True)
    for back_end in types, events, commands, introspect:
        back_end.generate(schema, args.schema, args.outdir)
    if args.depfile:
        here = os.path.dirname(os.path.abspath(__file__))
        sources = [os.path.join(here, 'qapi', n)
                   for n in sorted(os.listdir(os.path.join(here, 'qapi')))
                   if n.endswith('.py')]
        with open(args.depfile, 'w', encoding='utf-8') as f:
            f.write('%s: %s\n' % (
                os.path.join(args.outdir, 'qapi-builtin-types.h'),
                ' '.join(os.path.abspath(p) for p in files + sources)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
