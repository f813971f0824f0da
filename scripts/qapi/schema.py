# SPDX-License-Identifier: GPL-2.0-or-later
"""The checked schema: entities the back ends walk.

Expressions are checked in two passes. The first looks at each alone: keys,
types of values, names. The second resolves the names of types and checks
what needs other definitions: bases, discriminators, branches.
"""

import functools
import re

from .parser import Arr, Obj, QAPIError

# name -> (C type, JSON type in the introspection, QType of an alternate)
BUILTINS = {
    'str': ('char *', 'string', 'QTYPE_QSTRING'),
    'number': ('double', 'number', 'QTYPE_QNUM'),
    'int': ('int64_t', 'int', 'QTYPE_QNUM'),
    'int8': ('int8_t', 'int', 'QTYPE_QNUM'),
    'int16': ('int16_t', 'int', 'QTYPE_QNUM'),
    'int32': ('int32_t', 'int', 'QTYPE_QNUM'),
    'int64': ('int64_t', 'int', 'QTYPE_QNUM'),
    'uint8': ('uint8_t', 'int', 'QTYPE_QNUM'),
    'uint16': ('uint16_t', 'int', 'QTYPE_QNUM'),
    'uint32': ('uint32_t', 'int', 'QTYPE_QNUM'),
    'uint64': ('uint64_t', 'int', 'QTYPE_QNUM'),
    'size': ('uint64_t', 'int', 'QTYPE_QNUM'),
    'bool': ('bool', 'boolean', 'QTYPE_QBOOL'),
    'any': ('json_t *', 'value', None),
    'null': (None, 'null', 'QTYPE_QNULL'),
}

_META = {
    'enum': ({'data'}, {'prefix', 'features'}),
    'struct': ({'data'}, {'base', 'features'}),
    'union': ({'base', 'discriminator', 'data'}, {'features'}),
    'alternate': ({'data'}, {'features'}),
    'command': (set(), {'data', 'returns', 'boxed', 'gen', 'features'}),
    'event': (set(), {'data', 'boxed', 'features'}),
}
_FLAGS = {'gen': False, 'boxed': True}


class Builtin:
    meta = 'builtin'
    module = None
    features = ()

    def __init__(self, name):
        self.name = name
        self.c_scalar, self.json_type, self.qtype = BUILTINS[name]

    def c_type(self):
        return self.c_scalar

    def is_pointer(self):
        return self.c_scalar.endswith('*')


class Array:
    meta = 'array'
    qtype = 'QTYPE_QLIST'
    features = ()

    def __init__(self, element):
        self.element = element
        self.name = element.name + 'List'
        self.module = element.module

    def c_type(self):
        return self.name + ' *'

    def is_pointer(self):
        return True


class Member:
    def __init__(self, name, type_, optional=False, features=()):
        self.name = name
        self.type = type_
        self.optional = optional
        self.features = features

    def need_has(self):
        """Only a pointer can say by itself that it is absent; that of a list
        cannot, since NULL is the empty list."""
        return self.optional and (not self.type.is_pointer()
                                  or isinstance(self.type, Array))


class Entity:
    """A definition of the schema."""

    def __init__(self, module, expr, meta):
        self.module = module
        self.expr = expr
        self.meta = meta
        self.name = expr[meta]
        self.features = list(expr.get('features', []))

    def fail(self, message, key=None):
        line = self.expr.lines.get(key or self.meta, self.expr.line)
        raise QAPIError(self.expr.path, line,
                        "%s '%s': %s" % (self.meta, self.name, message))

    def failer(self, key):
        return lambda message: self.fail(message, key)

    def c_type(self):
        return self.name + ' *'

    def is_pointer(self):
        return True


class Enum(Entity):
    qtype = 'QTYPE_QSTRING'

    def __init__(self, module, expr):
        super().__init__(module, expr, 'enum')
        self.prefix = expr.get('prefix')
        self.values = []          # (name, features)

    def c_type(self):
        return self.name

    def is_pointer(self):
        return False


class Struct(Entity):
    """A struct, a union (with variants), or an implicit argument type."""
    qtype = 'QTYPE_QDICT'

    def __init__(self, module, expr, meta, name=None):
        super().__init__(module, expr, meta)
        self.implicit = name is not None
        if name:
            self.name = name
            self.features = []
        self.base = None
        self.local_members = []
        self.tag = None           # Member
        self.variants = []        # (case, Struct)

    def members(self):
        return (self.base.members() if self.base else []) + self.local_members

    def is_empty(self):
        return not self.members() and not self.variants


class Alternate(Entity):
    qtype = None

    def __init__(self, module, expr):
        super().__init__(module, expr, 'alternate')
        self.branches = []        # Member


class Command(Entity):
    def __init__(self, module, expr):
        super().__init__(module, expr, 'command')
        self.arg = None
        self.ret = None
        self.boxed = expr.get('boxed', False)
        self.gen = expr.get('gen', True)


class Event(Entity):
    def __init__(self, module, expr):
        super().__init__(module, expr, 'event')
        self.arg = None
        self.boxed = expr.get('boxed', False)


class Schema:
    """entities: in order of definition. types: by name."""

    def __init__(self, exprs, modules):
        self.modules = modules
        self.entities = []
        self.types = {name: Builtin(name) for name in BUILTINS}
        self.names = {}
        self.arrays = {}          # element name -> Array, in use
        for module, expr in exprs:
            self._define(module, expr)
        for ent in list(self.entities):
            getattr(self, '_resolve_' + ent.meta)(ent)
        for ent in self.entities:
            if isinstance(ent, Struct):
                self._check_struct(ent)

    # ------------------------------------------------------------ first pass

    def _define(self, module, expr):
        metas = [m for m in _META if m in expr]
        if len(metas) != 1:
            raise QAPIError(
                expr.path, expr.line, 'expression is missing metatype'
                if not metas else "expression has more than one metatype: "
                + ', '.join("'%s'" % m for m in metas))
        meta = metas[0]
        name = expr[meta]
        if not isinstance(name, str):
            raise QAPIError(expr.path, expr.lines[meta],
                            "'%s' key must have a string value" % meta)
        cls = {'enum': Enum, 'alternate': Alternate, 'command': Command,
               'event': Event}.get(meta)
        if isinstance(expr.get('features', Arr('', 0)), Arr):
            ent = cls(module, expr) if cls else Struct(module, expr, meta)
        else:
            raise QAPIError(expr.path, expr.lines['features'],
                            "%s '%s': 'features' must be an array"
                            % (meta, name))
        self._check_keys(ent, expr, meta)
        self._check_features(ent, expr)
        self._check_defined_name(ent)
        other = self.names.get(name)
        if other or name in BUILTINS or name.endswith('List'):
            ent.fail("name is already defined as %s" % other.meta if other
                     else 'name is reserved')
        self.names[name] = ent
        self.entities.append(ent)
        if meta not in ('command', 'event'):
            self.types[name] = ent

    def _check_keys(self, ent, expr, meta):
        required, optional = _META[meta]
        for key in expr:
            if key != meta and key not in required | optional:
                ent.fail("unknown key '%s'" % key, key)
        for key in sorted(required):
            if key not in expr:
                ent.fail("key '%s' is missing" % key)
        for key, wanted in _FLAGS.items():
            if key in expr and expr[key] is not wanted:
                ent.fail("flag '%s' may only use %s value"
                         % (key, 'true' if wanted else 'false'), key)
        if expr.get('boxed') and 'data' not in expr:
            ent.fail("'boxed': true requires 'data'", 'boxed')

    def _check_features(self, ent, holder):
        seen = set()
        for name in holder.get('features', []):
            if not isinstance(name, str):
                ent.fail("'features' must be an array of strings")
            if not re.fullmatch(r'[a-z][a-z0-9-]*', name):
                ent.fail("feature '%s' has an invalid name" % name)
            if name in seen:
                ent.fail("duplicate feature '%s'" % name)
            seen.add(name)

    def _check_defined_name(self, ent):
        pattern, rule = {
            'command': (r'[a-z][a-z0-9_-]*', 'lower case'),
            'event': (r'[A-Z][A-Z0-9_]*', 'ALL_CAPS'),
        }.get(ent.meta, (r'[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*', 'CamelCase'))
        if not re.fullmatch(pattern, ent.name):
            ent.fail('name is not %s' % rule)

    # ----------------------------------------------------------- second pass

    def _type(self, name, what, fail):
        """The type called name, or the array of ['name']; fail(message)
        reports a mistake and does not return."""
        if isinstance(name, list):
            if len(name) != 1 or not isinstance(name[0], str):
                fail('%s: array type must contain single type name' % what)
            return self._array(self._type(name[0], what, fail))
        if not isinstance(name, str):
            fail('%s should be a type name' % what)
        if name not in self.types:
            fail("%s uses unknown type '%s'" % (what, name))
        return self.types[name]

    def _array(self, element):
        if element.name not in self.arrays:
            self.arrays[element.name] = Array(element)
        return self.arrays[element.name]

    def _members(self, ent, data):
        members, seen = [], set()
        if not isinstance(data, Obj):
            ent.fail("'data' should be an object", 'data')
        for key, spec in data.items():
            optional = key.startswith('*')
            name = key[1:] if optional else key
            what = "'data' member '%s'" % name
            if not re.fullmatch(r'[a-z][a-z0-9_-]*|[A-Z]+', name) or name == 'u' \
                    or re.match(r'has[-_]', name):
                self._fail_at(ent, data, key, '%s has an invalid name' % what)
            if name.replace('-', '_') in seen:
                self._fail_at(ent, data, key, '%s is defined twice' % what)
            seen.add(name.replace('-', '_'))
            features = ()
            if isinstance(spec, Obj):
                if 'type' not in spec or set(spec) - {'type', 'features'}:
                    self._fail_at(ent, data, key,
                                  "%s needs 'type' and may have 'features'"
                                  % what)
                self._check_features(ent, spec)
                features = tuple(spec.get('features', ()))
                spec = spec['type']
            type_ = self._type(spec, what, functools.partial(
                self._fail_at, ent, data, key))
            if type_.name == 'null':
                self._fail_at(ent, data, key,
                              "%s cannot be 'null' alone" % what)
            members.append(Member(name, type_, optional, features))
        return members

    @staticmethod
    def _fail_at(ent, data, key, message):
        raise QAPIError(data.path, data.lines[key],
                        "%s '%s': %s" % (ent.meta, ent.name, message))

    def _resolve_enum(self, ent):
        data = ent.expr['data']
        seen = set()
        if not isinstance(data, Arr):
            ent.fail("'data' must be an array", 'data')
        for i, value in enumerate(data):
            features = ()
            if isinstance(value, Obj):
                if 'name' not in value or set(value) - {'name', 'features'}:
                    raise QAPIError(data.path, data.lines[i],
                                    "enum '%s': value needs 'name' and may "
                                    "have 'features'" % ent.name)
                self._check_features(ent, value)
                features = tuple(value.get('features', ()))
                value = value['name']
            problem = None
            if not isinstance(value, str):
                problem = 'value should be a string'
            elif not re.fullmatch(r'[a-z0-9][a-z0-9_-]*', value):
                problem = "value '%s' has an invalid name" % value
            elif value.replace('-', '_') in seen:
                problem = "value '%s' is defined twice" % value
            if problem:
                raise QAPIError(data.path, data.lines[i],
                                "enum '%s': %s" % (ent.name, problem))
            seen.add(value.replace('-', '_'))
            ent.values.append((value, features))

    def _resolve_struct(self, ent):
        ent.local_members = self._members(ent, ent.expr['data'])
        if 'base' in ent.expr:
            ent.base = self._type(ent.expr['base'], "'base'",
                                  ent.failer('base'))
            if not isinstance(ent.base, Struct) or ent.base.meta != 'struct':
                ent.fail("'base' requires a struct type, '%s' isn't"
                         % ent.base.name, 'base')

    def _resolve_union(self, ent):
        base = ent.expr['base']
        if isinstance(base, Obj):
            ent.local_members = self._members(ent, base)
        else:
            ent.base = self._type(base, "'base'", ent.failer('base'))
            if not isinstance(ent.base, Struct) or ent.base.meta != 'struct':
                ent.fail("'base' requires a struct type, '%s' isn't"
                         % ent.base.name, 'base')
        data = ent.expr['data']
        if not isinstance(data, Obj):
            ent.fail("'data' should be an object", 'data')
        if not data:
            ent.fail('has no branches', 'data')
        for case, name in data.items():
            if isinstance(name, Obj) and set(name) == {'type'}:
                name = name['type']
            type_ = self.types.get(name) if isinstance(name, str) else None
            if not isinstance(type_, Struct) or type_.meta != 'struct':
                self._fail_at(ent, data, case,
                              "branch '%s' is not of a struct type" % case)
            ent.variants.append((case, type_))

    def _resolve_alternate(self, ent):
        taken = {}
        data = ent.expr['data']
        if not isinstance(data, Obj) or not data:
            ent.fail("'data' should be a non-empty object", 'data')
        for name, spec in data.items():
            type_ = self._type(spec, "branch '%s'" % name, functools.partial(
                self._fail_at, ent, data, name))
            if not type_.qtype:
                self._fail_at(ent, data, name,
                              "branch '%s' cannot use type '%s'"
                              % (name, type_.name))
            if type_.qtype in taken:
                self._fail_at(ent, data, name,
                              "branch '%s' can't be distinguished from '%s'"
                              % (name, taken[type_.qtype]))
            taken[type_.qtype] = name
            ent.branches.append(Member(name, type_))

    def _arg(self, ent):
        data = ent.expr.get('data')
        if data is None:
            return None
        if isinstance(data, Obj):
            if ent.boxed:
                ent.fail("'boxed': true needs 'data' to be a type name",
                         'data')
            arg = Struct(ent.module, ent.expr, ent.meta,
                         'q_obj_%s_arg' % ent.name.replace('-', '_'))
            arg.local_members = self._members(ent, data)
            return arg
        arg = self._type(data, "'data'", ent.failer('data'))
        if not isinstance(arg, Struct):
            ent.fail("'data' cannot take %s type '%s'" % (arg.meta, arg.name),
                     'data')
        if arg.meta == 'union' and not ent.boxed \
                and ent.expr.get('gen', True):
            ent.fail("'data' can take union type '%s' only with 'boxed': true"
                     % arg.name, 'data')
        return arg

    def _resolve_command(self, ent):
        ent.arg = self._arg(ent)
        if 'returns' in ent.expr:
            ent.ret = self._type(ent.expr['returns'], "'returns'",
                                 ent.failer('returns'))
            if ent.ret.name == 'null':
                ent.fail("'returns' cannot take type 'null'", 'returns')

    def _resolve_event(self, ent):
        ent.arg = self._arg(ent)

    # ------------------------------------------------------------ third pass

    def _check_struct(self, ent):
        chain, base = [ent], ent.base
        while base:
            if base in chain:
                ent.fail('has itself as a base', 'base')
            chain.append(base)
            base = base.base
        names = {}
        for m in ent.members():
            key = m.name.replace('-', '_')
            if key in names:
                ent.fail("member '%s' collides with one of its base"
                         % m.name, 'data')
            names[key] = m
        if ent.meta != 'union':
            return
        tag_name = ent.expr['discriminator']
        tag = names.get(tag_name.replace('-', '_')) \
            if isinstance(tag_name, str) else None
        if not tag:
            ent.fail("discriminator '%s' is not a member of 'base'"
                     % tag_name, 'discriminator')
        if not isinstance(tag.type, Enum):
            ent.fail("discriminator member '%s' must be of enum type"
                     % tag_name, 'discriminator')
        if tag.optional:
            ent.fail("discriminator member '%s' must not be optional"
                     % tag_name, 'discriminator')
        ent.tag = tag
        data = ent.expr['data']
        for case, type_ in ent.variants:
            if case not in [v for v, _ in tag.type.values]:
                self._fail_at(ent, data, case,
                              "branch '%s' is not a value of enum '%s'"
                              % (case, tag.type.name))
            for m in type_.members():
                if m.name.replace('-', '_') in names:
                    self._fail_at(ent, data, case,
                                  "member '%s' of branch '%s' collides with "
                                  "the base" % (m.name, case))
