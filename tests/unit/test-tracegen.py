#!/usr/bin/env python3
#
# scripts/tracegen.py: what it writes and what it refuses, with file and line.
#
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import subprocess
import sys
import tempfile
import unittest

TRACEGEN = sys.argv.pop(1)


class TraceGen(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.root = os.path.join(self.tmp.name, 'src')
        self.out = os.path.join(self.tmp.name, 'out')
        os.makedirs(os.path.join(self.root, 'hw/virtio'))
        os.makedirs(os.path.join(self.root, 'net'))
        os.makedirs(self.out)

    def tearDown(self):
        self.tmp.cleanup()

    def events(self, folder, text):
        with open(os.path.join(self.root, folder, 'trace-events'), 'w',
                  encoding='utf-8') as f:
            f.write(text)

    def run_it(self):
        return subprocess.run(
            [sys.executable, TRACEGEN, '--root', self.root, '--outdir',
             self.out, '--depfile', os.path.join(self.out, 'd'),
             'hw/virtio', 'net'], capture_output=True, text=True, check=False)

    def output(self, name):
        with open(os.path.join(self.out, name), encoding='utf-8') as f:
            return f.read()

    def test_good(self):
        self.events('hw/virtio',
                    '# comment\n\n'
                    'pop(const char *vq, unsigned head) "%s head %u"\n'
                    '  kick(void) "kicked"  \n'
                    'addr(uint64_t a, void *p) "0x%" PRIx64 " at %p"\n')
        r = self.run_it()
        self.assertEqual((r.returncode, r.stderr), (0, ''))
        h = self.output('trace-hw-virtio.h')
        self.assertIn('static inline void trace_pop(const char *vq, '
                      'unsigned head)\n', h)
        self.assertIn('trace_emit(TRACE_POP, "%s head %u", vq, head);', h)
        self.assertIn('static inline void trace_kick(void)\n', h)
        self.assertIn('"0x%" PRIx64 " at %p", a, p);', h)
        t = self.output('trace-table.c')
        self.assertIn('TraceEvent trace_event_pop = '
                      '{ "pop", "hw/virtio", false };', t)
        self.assertIn('trace_event_table_size = 3;', t)
        # No points: the header exists and declares none.
        self.assertNotIn('trace_emit', self.output('trace-net.h'))
        self.assertIn(os.path.join(self.root, 'hw/virtio/trace-events'),
                      self.output('d'))
        self.assertIn(os.path.join(self.root, 'net') + '\n', self.output('d'))

    def test_untouched_when_equal(self):
        self.events('net', 'a(int x) "%d"\n')
        self.run_it()
        path = os.path.join(self.out, 'trace-hw-virtio.h')
        os.utime(path, (1, 1))
        self.events('net', 'a(int x) "%d"\nb(int x) "%d"\n')
        self.run_it()
        self.assertEqual(os.stat(path).st_mtime, 1)
        self.assertIn('trace_b', self.output('trace-net.h'))

    def refused(self, line, message):
        self.events('net', f'good(int x) "%d"\n{line}\n')
        r = self.run_it()
        self.assertEqual(r.returncode, 1, line)
        where = os.path.join(self.root, 'net/trace-events') + ':2: error: '
        self.assertEqual(r.stderr, f'{where}{message}\n')
        self.assertFalse(os.path.exists(os.path.join(self.out, 'd')))

    def test_bad_lines(self):
        expected = 'expected NAME(TYPE ARG, ...) "format"'
        self.refused('nothing', expected)
        self.refused('f(int x)', expected)
        self.refused('f(int x) "%d" x', expected)
        self.refused('f(int x "%d"', expected)
        self.refused('1f(int x) "%d"', expected)
        self.refused('f(void (*cb)(int)) "%p"', expected)
        self.refused('f() "x"', 'no arguments: write (void)')
        self.refused('f(int) "%d"', "bad argument 'int': expected TYPE NAME")
        self.refused('f(int x,) "%d"', "bad argument '': expected TYPE NAME")
        self.refused('f(int x, int x) "%d%d"', "two arguments named 'x'")
        self.refused('f(void x) "%d"', "argument 'void x' has no value")
        self.refused('f(struct foo *x) "%p"',
                     "argument 'struct foo *x': type 'struct' is not allowed "
                     "(integers, strings and void *)")
        self.refused('f(int x) "%d\\n"',
                     'the format must not contain a newline')
        self.refused('f(int x) "%d" FOO "x"', 'bad format "%d" FOO "x"')
        self.refused('f(int x) "a" b("c")', expected)

    def test_duplicates(self):
        self.refused('good(int y) "%d"', "'good' is already at " +
                     os.path.join(self.root, 'net/trace-events') + ':1')
        self.events('hw/virtio', '\nsame(void) "x"\n')
        self.refused('same(void) "x"', "'same' is already at " +
                     os.path.join(self.root, 'hw/virtio/trace-events') + ':2')

    def test_all_errors_at_once(self):
        self.events('net', 'a\nb\n')
        self.events('hw/virtio', 'c\n')
        self.assertEqual(self.run_it().stderr.count('error:'), 3)


if __name__ == '__main__':
    unittest.main(verbosity=2)
