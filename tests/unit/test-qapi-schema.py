#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Schemas that the QAPI generator must refuse, and where it says they are
wrong; and the few that look wrong but are not."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', '..', 'scripts'))

from qapi.common import c_name, camel_to_upper  # noqa: E402
from qapi.parser import QAPIError, parse_schema  # noqa: E402
from qapi.schema import Schema  # noqa: E402

# name, schema, line of the mistake, message
BAD = [
    # The language.
    ('no-object', "'a'", 1, "expected '{'"),
    ('stray', "{ 'enum': $ }", 1, "stray '$'"),
    ('open-string', "\n{ 'enum: [] }", 2, "missing terminating \"'\""),
    ('newline-in-string', "{ 'enum\n': [] }", 1, "missing terminating \"'\""),
    ('escape', "{ 'en\\um': [] }", 1, 'escapes are not supported in strings'),
    ('open-object', "{ 'enum': 'E',\n", 2, 'expected string'),
    ('open-array', "{ 'enum': 'E', 'data': [ 'a'", 1, "expected ',' or ']'"),
    ('no-colon', "{ 'enum' 'E' }", 1, "expected ':'"),
    ('no-value', "{ 'enum': }", 1,
     "expected '{', '[', string, or boolean"),
    ('no-comma', "{ 'enum': 'E'\n 'data': [] }", 2, "expected ',' or '}'"),
    ('trailing-comma', "{ 'enum': 'E', }", 1, 'expected string'),
    ('key-no-string', '{ true: 1 }', 1, "expected string or '}'"),
    ('duplicate-key', "{ 'enum': 'E',\n 'enum': 'F' }", 2,
     "duplicate key 'enum'"),
    ('number', "{ 'enum': 1 }", 1, "stray '1'"),

    # Expressions.
    ('no-meta', "# c\n{ 'data': [] }", 2, 'expression is missing metatype'),
    ('two-metas', "{ 'enum': 'Ea', 'struct': 'Ea', 'data': {} }", 1,
     "expression has more than one metatype: 'enum', 'struct'"),
    ('name-no-string', "{ 'struct': ['Sa'], 'data': {} }", 1,
     "'struct' key must have a string value"),
    ('unknown-key', "{ 'struct': 'Sa',\n 'data': {},\n 'dota': {} }", 3,
     "struct 'Sa': unknown key 'dota'"),
    ('missing-key', "{ 'struct': 'Sa' }", 1,
     "struct 'Sa': key 'data' is missing"),
    ('wrong-key-for-meta', "{ 'enum': 'Ea', 'data': [], 'base': 'X' }", 1,
     "enum 'Ea': unknown key 'base'"),
    ('flag', "{ 'command': 'c',\n 'gen': true }", 2,
     "command 'c': flag 'gen' may only use false value"),
    ('boxed-no-data', "{ 'command': 'c', 'boxed': true }", 1,
     "command 'c': 'boxed': true requires 'data'"),
    ('features', "{ 'command': 'c', 'features': 'x' }", 1,
     "command 'c': 'features' must be an array"),
    ('feature-type', "{ 'command': 'c', 'features': [true] }", 1,
     "command 'c': 'features' must be an array of strings"),
    ('feature-name', "{ 'command': 'c', 'features': ['X'] }", 1,
     "command 'c': feature 'X' has an invalid name"),
    ('feature-twice', "{ 'command': 'c', 'features': ['a', 'a'] }", 1,
     "command 'c': duplicate feature 'a'"),

    # Names.
    ('type-case', "{ 'struct': 'small', 'data': {} }", 1,
     "struct 'small': name is not CamelCase"),
    ('command-case', "{ 'command': 'Big' }", 1,
     "command 'Big': name is not lower case"),
    ('event-case', "{ 'event': 'small' }", 1,
     "event 'small': name is not ALL_CAPS"),
    ('twice', "{ 'struct': 'Sa', 'data': {} }\n{ 'enum': 'Sa', 'data': [] }",
     2, "enum 'Sa': name is already defined as struct"),
    ('reserved', "{ 'struct': 'FooList', 'data': {} }", 1,
     "struct 'FooList': name is reserved"),
    ('builtin-name', "{ 'command': 'str' }", 1,
     "command 'str': name is reserved"),

    # Enums.
    ('enum-object', "{ 'enum': 'Ea', 'data': {} }", 1,
     "enum 'Ea': 'data' must be an array"),
    ('enum-value', "{ 'enum': 'Ea', 'data': [ 'a',\n [] ] }", 2,
     "enum 'Ea': value should be a string"),
    ('enum-name', "{ 'enum': 'Ea', 'data': [ 'A' ] }", 1,
     "enum 'Ea': value 'A' has an invalid name"),
    ('enum-twice', "{ 'enum': 'Ea', 'data': [ 'a-b',\n\n 'a_b' ] }", 3,
     "enum 'Ea': value 'a_b' is defined twice"),
    ('enum-long-form', "{ 'enum': 'Ea', 'data': [ { 'feature': 'x' } ] }", 1,
     "enum 'Ea': value needs 'name' and may have 'features'"),

    # Members.
    ('data-array', "{ 'struct': 'Sa', 'data': [] }", 1,
     "struct 'Sa': 'data' should be an object"),
    ('member-name', "{ 'struct': 'Sa', 'data': {\n 'Bad': 'str' } }", 2,
     "struct 'Sa': 'data' member 'Bad' has an invalid name"),
    ('member-u', "{ 'struct': 'Sa', 'data': { 'u': 'str' } }", 1,
     "struct 'Sa': 'data' member 'u' has an invalid name"),
    ('member-has', "{ 'struct': 'Sa', 'data': { 'has-x': 'str' } }", 1,
     "struct 'Sa': 'data' member 'has-x' has an invalid name"),
    ('member-twice', "{ 'struct': 'Sa', 'data': {\n 'a-b': 'str',\n"
     " '*a_b': 'str' } }", 3, "struct 'Sa': 'data' member 'a_b' is defined "
     "twice"),
    ('unknown-type', "{ 'struct': 'Sa', 'data': { 'a': 'str',\n 'b': 'Tb' } }",
     2, "struct 'Sa': 'data' member 'b' uses unknown type 'Tb'"),
    ('array-of-two', "{ 'struct': 'Sa', 'data': { 'a': ['str', 'int'] } }", 1,
     "struct 'Sa': 'data' member 'a': array type must contain single type "
     "name"),
    ('array-unknown', "{ 'struct': 'Sa', 'data': { 'a': ['Xx'] } }", 1,
     "struct 'Sa': 'data' member 'a' uses unknown type 'Xx'"),
    ('type-bool', "{ 'struct': 'Sa', 'data': { 'a': true } }", 1,
     "struct 'Sa': 'data' member 'a' should be a type name"),
    ('long-form', "{ 'struct': 'Sa', 'data': { 'a': { 'tape': 'str' } } }", 1,
     "struct 'Sa': 'data' member 'a' needs 'type' and may have 'features'"),
    ('null-member', "{ 'struct': 'Sa', 'data': { 'a': 'null' } }", 1,
     "struct 'Sa': 'data' member 'a' cannot be 'null' alone"),
    ('command-as-type', "{ 'command': 'c' }\n"
     "{ 'struct': 'Sa', 'data': { 'a': 'c' } }", 2,
     "struct 'Sa': 'data' member 'a' uses unknown type 'c'"),

    # Bases.
    ('base-unknown', "{ 'struct': 'Sa', 'base': 'Sb', 'data': {} }", 1,
     "struct 'Sa': 'base' uses unknown type 'Sb'"),
    ('base-enum', "{ 'enum': 'Ea', 'data': [] }\n"
     "{ 'struct': 'Sa', 'base': 'Ea', 'data': {} }", 2,
     "struct 'Sa': 'base' requires a struct type, 'Ea' isn't"),
    ('base-loop', "{ 'struct': 'Sa', 'base': 'Sb', 'data': {} }\n"
     "{ 'struct': 'Sb', 'base': 'Sa', 'data': {} }", 1,
     "struct 'Sa': has itself as a base"),
    ('base-clash', "{ 'struct': 'Sa', 'data': { 'a-b': 'str' } }\n"
     "{ 'struct': 'Sb', 'base': 'Sa',\n 'data': { 'a_b': 'int' } }", 3,
     "struct 'Sb': member 'a_b' collides with one of its base"),
]

UNION = ("{ 'enum': 'Kind', 'data': [ 'one', 'two' ] }\n"
         "{ 'struct': 'One', 'data': { 'x': 'int' } }\n"
         "{ 'union': 'Un', 'base': %s,\n"
         "  'discriminator': %s,\n"
         "  'data': %s }\n")
KIND = "{ 'kind': 'Kind', '*y': 'int' }"

BAD += [
    ('union-no-base', "{ 'union': 'Un', 'discriminator': 'k', 'data': {} }",
     1, "union 'Un': key 'base' is missing"),
    ('union-base-type', UNION % ("'Kind'", "'kind'", "{ 'one': 'One' }"), 3,
     "union 'Un': 'base' requires a struct type, 'Kind' isn't"),
    ('union-tag', UNION % (KIND, "'kund'", "{ 'one': 'One' }"), 4,
     "union 'Un': discriminator 'kund' is not a member of 'base'"),
    ('union-tag-type', UNION % ("{ 'kind': 'str' }", "'kind'",
                                "{ 'one': 'One' }"), 4,
     "union 'Un': discriminator member 'kind' must be of enum type"),
    ('union-tag-optional', UNION % ("{ '*kind': 'Kind' }", "'kind'",
                                    "{ 'one': 'One' }"), 4,
     "union 'Un': discriminator member 'kind' must not be optional"),
    ('union-empty', UNION % (KIND, "'kind'", '{}'), 5,
     "union 'Un': has no branches"),
    ('union-branch', UNION % (KIND, "'kind'", "{ 'three': 'One' }"), 5,
     "union 'Un': branch 'three' is not a value of enum 'Kind'"),
    ('union-branch-type', UNION % (KIND, "'kind'", "{ 'one': 'str' }"), 5,
     "union 'Un': branch 'one' is not of a struct type"),
    ('union-clash', UNION % ("{ 'kind': 'Kind', 'x': 'int' }", "'kind'",
                             "{ 'one': 'One' }"), 5,
     "union 'Un': member 'x' of branch 'one' collides with the base"),

    ('alternate-empty', "{ 'alternate': 'Alt', 'data': {} }", 1,
     "alternate 'Alt': 'data' should be a non-empty object"),
    ('alternate-same', "{ 'alternate': 'Alt', 'data': { 'a': 'int',\n"
     "'b': 'number' } }", 2,
     "alternate 'Alt': branch 'b' can't be distinguished from 'a'"),
    ('alternate-any', "{ 'alternate': 'Alt', 'data': { 'a': 'any' } }", 1,
     "alternate 'Alt': branch 'a' cannot use type 'any'"),

    ('data-scalar', "{ 'command': 'c', 'data': 'str' }", 1,
     "command 'c': 'data' cannot take builtin type 'str'"),
    ('data-array-type', "{ 'command': 'c', 'data': ['str'] }", 1,
     "command 'c': 'data' cannot take array type 'strList'"),
    ('data-union', UNION % (KIND, "'kind'", "{ 'one': 'One' }")
     + "{ 'command': 'c', 'data': 'Un' }", 6,
     "command 'c': 'data' can take union type 'Un' only with 'boxed': true"),
    ('boxed-implicit', "{ 'event': 'EV', 'boxed': true,\n'data': {} }", 2,
     "event 'EV': 'boxed': true needs 'data' to be a type name"),
    ('returns-unknown', "{ 'command': 'c',\n'returns': 'Xx' }", 2,
     "command 'c': 'returns' uses unknown type 'Xx'"),
    ('returns-null', "{ 'command': 'c', 'returns': 'null' }", 1,
     "command 'c': 'returns' cannot take type 'null'"),

    ('include-type', "{ 'include': [] }", 1,
     "value of 'include' must be a string"),
    ('include-more', "{ 'include': 'x.json', 'data': {} }", 1,
     "invalid 'include' directive"),
    ('include-missing', "\n{ 'include': 'no-such.json' }", 2,
     "can't read schema file '%s/no-such.json': No such file or directory"),
]

GOOD = {
    'empty': '# nothing\n',
    'union-without-all': UNION % (KIND, "'kind'", "{ 'one': 'One' }"),
    'recursive': "{ 'struct': 'Sa', 'data': { '*a': 'Sa', 'b': ['Sa'] } }",
    'forward': "{ 'struct': 'Sa', 'data': { 'b': 'Sb' } }\n"
               "{ 'struct': 'Sb', 'data': {} }",
    'no-newline': "{ 'event': 'EV' }#",
}


class Generator(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def write(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def load(self, path):
        exprs, _ = parse_schema(path)
        return Schema(exprs, ['t'])

    def test_bad(self):
        for name, text, line, message in BAD:
            with self.subTest(name):
                path = self.write('t.json', text)
                if '%s' in message:
                    message %= self.dir.name
                with self.assertRaises(QAPIError) as caught:
                    self.load(path)
                self.assertEqual(str(caught.exception),
                                 '%s:%d: %s' % (path, line, message))

    def test_good(self):
        for name, text in GOOD.items():
            with self.subTest(name):
                self.load(self.write('t.json', text))

    def test_include(self):
        self.write('b.json', "{ 'include': 'a.json' }\n"
                             "{ 'struct': 'Sb', 'data': { 'a': 'Sa' } }")
        path = self.write('a.json', "{ 'include': 'b.json' }\n"
                                    "{ 'include': 'b.json' }\n"
                                    "{ 'struct': 'Sa', 'data': {} }")
        exprs, files = parse_schema(path)
        self.assertEqual([m for m, _ in exprs], ['b', 'a'])
        self.assertEqual([os.path.basename(f) for f in files],
                         ['a.json', 'b.json'])
        Schema(exprs, ['a', 'b'])

    def test_error_in_include(self):
        sub = self.write('b.json', "\n\n{ 'enum': 'small', 'data': [] }")
        path = self.write('a.json', "{ 'include': 'b.json' }")
        with self.assertRaises(QAPIError) as caught:
            self.load(path)
        self.assertEqual(str(caught.exception),
                         sub + ":3: enum 'small': name is not CamelCase")

    def test_names(self):
        self.assertEqual(camel_to_upper('NetClientDriver'),
                         'NET_CLIENT_DRIVER')
        self.assertEqual(camel_to_upper('QMPCapability'), 'QMP_CAPABILITY')
        self.assertEqual(camel_to_upper('RxState'), 'RX_STATE')
        self.assertEqual(c_name('ipv6-prefix'), 'ipv6_prefix')
        self.assertEqual(c_name('static'), 'q_static')
        self.assertEqual(c_name('8x'), 'q_8x')


if __name__ == '__main__':
    unittest.main()
