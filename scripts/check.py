#!/usr/bin/env python3
"""Builds with warnings as errors, and runs every test.

  scripts/check               plain build, in build-check/
  scripts/check --sanitize    the same under ASan and UBSan, in build-sanitize/
  scripts/check [...] NAME... only the meson tests with these names or suites

Shows each test as it ends, then what failed, what was skipped and why. Exits
with 0 only if nothing failed.
"""
import argparse
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SANITIZER_ENV = {
    'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=0:exitcode=99:'
                    'detect_stack_use_after_return=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1:exitcode=99',
}


def step(title, command, **kwargs):
    """Runs one step quietly; on failure shows its output and ends."""
    print(f'check: {title}', flush=True)
    result = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **kwargs)
    if result.returncode:
        print(result.stdout)
        print(f'check: {title}: failed ({" ".join(command)})')
        sys.exit(1)
    return result.stdout


def configure(build, sanitize):
    options = ['-Dwerror=true']
    if sanitize:
        options += ['-Db_sanitize=address,undefined', '-Db_lundef=false',
                    '-Doptimization=1']
    if os.path.exists(os.path.join(TOP, build, 'build.ninja')):
        return
    step('configure', ['./configure', f'--builddir={build}'] + options)


def run_tests(build, names, env):
    command = ['meson', 'test', '-C', build, '--no-rebuild', '--print-errorlogs',
               '--num-processes', str(os.cpu_count() or 1)] + names
    return subprocess.run(command, cwd=TOP, env=env).returncode


def summarize(build):
    """Counts single test cases: those of TAP output, else whole programs."""
    passed, failed, skipped = 0, [], {}
    path = os.path.join(TOP, build, 'meson-logs', 'testlog.json')
    with open(path, encoding='utf-8') as log:
        tests = [json.loads(line) for line in log]
    for test in tests:
        cases = re.findall(r'^(ok|not ok) \d+ ?-? ?(.*)$',
                           test.get('stdout', ''), re.MULTILINE)
        bad = []
        for verdict, text in cases:
            name, _, reason = text.partition(' # SKIP')
            if reason:
                skipped.setdefault(reason.strip(), []).append(name)
            elif verdict == 'ok':
                passed += 1
            else:
                bad.append(f"{test['name']}: {name}")
        if test['result'] == 'OK' and not cases:
            passed += 1
        elif test['result'] == 'SKIP' and not cases:
            skipped.setdefault('its program says so', []).append(test['name'])
        elif test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL') and not bad:
            bad.append(f"{test['name']}: {test['result'].lower()}")
        failed += bad
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sanitize', action='store_true')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    os.chdir(TOP)

    build = 'build-sanitize' if args.sanitize else 'build-check'
    configure(build, args.sanitize)
    step(f'build in {build}/, warnings are errors', ['ninja', '-C', build])

    env = dict(os.environ)
    if args.sanitize:
        env.update(SANITIZER_ENV)
    print('check: tests', flush=True)
    code = run_tests(build, args.names, env)

    passed, failed, skipped = summarize(build)
    n_skipped = sum(len(names) for names in skipped.values())
    kind = 'under ASan and UBSan' if args.sanitize else 'plain build'
    print(f'\ncheck: summary, {kind}')
    for reason, names in sorted(skipped.items()):
        print(f'  skipped {len(names)}: {reason}')
        for name in names[:5]:
            print(f'    {name}')
        if len(names) > 5:
            print(f'    and {len(names) - 5} more')
    for name in failed:
        print(f'  FAILED: {name}')
    if code and not failed:
        failed = ['meson test']
        print(f'  FAILED: meson test ended with status {code}')
    if code or failed:
        print(f'  logs: {build}/meson-logs/testlog.txt')
    print(f'{passed} passed, {len(failed)} failed, {n_skipped} skipped')
    return 1 if code or failed else 0


if __name__ == '__main__':
    sys.exit(main())
