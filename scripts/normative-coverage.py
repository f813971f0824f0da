#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which normative statements of the virtio specification have a test.

Tests say so in comments: "covers ST-01, FB-03". The statements come from a
CSV file with the columns id, topic, level and paraphrase (others are
ignored), which is not part of this repository.

    scripts/normative-coverage.py STATEMENTS.csv [-v] [--topic PREFIX]
"""

import argparse
import csv
import pathlib
import re
import sys

ID = r"[A-Z]{2,4}-\d\d"
COVERS = re.compile(r"\bcovers\s+((?:%s[,\s*]*)+)" % ID)


def claimed_ids(root):
    """id -> sorted list of the test sources that name it."""
    claims = {}
    for path in sorted((root / "tests").rglob("*.[ch]")):
        for match in COVERS.finditer(path.read_text()):
            for one in re.findall(ID, match.group(1)):
                claims.setdefault(one, set()).add(str(path.relative_to(root)))
    return claims


def load(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def show_topic(topic, rows, claims, verbose):
    done = [r for r in rows if r["id"] in claims]
    print(f"{topic:32} {len(done):4} of {len(rows):4}")
    if not verbose:
        return
    for r in rows:
        where = ", ".join(sorted(claims.get(r["id"], ["-"])))
        print(f"    {r['id']:8} {r['level']:10} {r['paraphrase'][:60]:60} "
              f"{where}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("statements", help="CSV file with the statements")
    p.add_argument("-v", "--verbose", action="store_true",
                   help="name every statement and its tests")
    p.add_argument("--topic", default="", help="only topics that start so")
    args = p.parse_args()

    root = pathlib.Path(__file__).resolve().parent.parent
    claims = claimed_ids(root)
    rows = load(args.statements)
    topics = {}
    for r in rows:
        if r["topic"].startswith(args.topic):
            topics.setdefault(r["topic"], []).append(r)
    for topic, its in topics.items():
        show_topic(topic, its, claims, args.verbose)
    shown = [r for its in topics.values() for r in its]
    done = sum(r["id"] in claims for r in shown)
    print(f"{'all':32} {done:4} of {len(shown):4}")

    unknown = sorted(set(claims) - {r["id"] for r in rows})
    for one in unknown:
        print(f"no such statement: {one} ({', '.join(claims[one])})",
              file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
