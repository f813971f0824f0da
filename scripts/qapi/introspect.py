# SPDX-License-Identifier: GPL-2.0-or-later
"""qapi-introspect.[ch]: the reply of query-qmp-schema as JSON text.

Only what a client can meet is described: commands, events, and the types
they use. Names of types are no part of the interface, so they are numbers;
all integer types appear as "int".
"""

import json

from .common import c_string, file_head, guard_name, write_file
from .schema import Alternate, Array, Builtin, Command, Enum, Event


class _Introspection:
    def __init__(self, schema):
        self.out = []
        self.names = {}           # id(entity) -> name shown
        self.queue = []
        self.empty = None
        for ent in schema.entities:
            if isinstance(ent, Command):
                self._command(ent)
            elif isinstance(ent, Event):
                self._add('event', ent.name, ent.features,
                          {'arg-type': self._object(ent.arg)})
        while self.queue:
            self._describe(self.queue.pop(0))

    def _add(self, meta, name, features, members):
        entry = {'name': name, 'meta-type': meta}
        entry.update(members)
        if features:
            entry['features'] = list(features)
        self.out.append(entry)

    def _object(self, type_):
        """The name of an argument or return type; None is the empty one."""
        if type_ is not None:
            return self._use(type_)
        if self.empty is None:
            self.empty = str(len(self.names))
            self.names['empty'] = self.empty
            self._add('object', self.empty, (), {'members': []})
        return self.empty

    def _use(self, type_):
        if isinstance(type_, Builtin):
            shown = 'int' if type_.json_type == 'int' else type_.name
            if shown not in self.names:
                self.names[shown] = shown
                self._add('builtin', shown, (),
                          {'json-type': type_.json_type})
            return shown
        if isinstance(type_, Array):
            shown = '[%s]' % self._use(type_.element)
            if shown not in self.names:
                self.names[shown] = shown
                self._add('array', shown, (),
                          {'element-type': shown[1:-1]})
            return shown
        if id(type_) not in self.names:
            self.names[id(type_)] = str(len(self.names))
            self.queue.append(type_)
        return self.names[id(type_)]

    def _members(self, type_):
        out = []
        for m in type_.members():
            entry = {'name': m.name, 'type': self._use(m.type)}
            if m.optional:
                entry['default'] = None
            if m.features:
                entry['features'] = list(m.features)
            out.append(entry)
        return out

    def _command(self, ent):
        members = {'arg-type': self._object(ent.arg),
                   'ret-type': self._object(ent.ret)}
        self._add('command', ent.name, ent.features, members)

    def _describe(self, type_):
        name = self.names[id(type_)]
        if isinstance(type_, Enum):
            members = []
            for value, features in type_.values:
                entry = {'name': value}
                if features:
                    entry['features'] = list(features)
                members.append(entry)
            self._add('enum', name, type_.features,
                      {'members': members,
                       'values': [v for v, _ in type_.values]})
        elif isinstance(type_, Alternate):
            self._add('alternate', name, type_.features,
                      {'members': [{'type': self._use(m.type)}
                                   for m in type_.branches]})
        else:
            body = {'members': self._members(type_)}
            if type_.variants:
                body['tag'] = type_.tag.name
                cases = dict(type_.variants)
                body['variants'] = [
                    {'case': v, 'type': self._object(cases.get(v))}
                    for v, _ in type_.tag.type.values]
            self._add('object', name, type_.features, body)


def generate(schema, source, outdir):
    intro = _Introspection(schema)
    what = 'The schema as clients see it'
    fname = 'qapi-introspect.h'
    text = file_head(what, source, guard_name(fname))
    text += ('/* JSON texts, one per entity; ends with NULL. */\n'
             'extern const char *const qapi_schema_entities[];\n\n#endif\n')
    write_file(outdir, fname, text)
    text = file_head(what, source)
    text += '#include "util/osdep.h"\n\n#include "qapi/%s"\n\n' % fname
    text += 'const char *const qapi_schema_entities[] = {\n'
    for entry in intro.out:
        text += '    %s,\n' % c_string(json.dumps(entry))
    write_file(outdir, 'qapi-introspect.c', text + '    NULL,\n};\n')
