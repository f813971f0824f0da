# SPDX-License-Identifier: GPL-2.0-or-later
"""qapi-types-MODULE.[ch]: C types, their visitors and destructors."""

from .common import (c_name, c_string, enum_const, file_head, guard_name,
                     write_file)
from .schema import Alternate, Array, Builtin, Command, Enum, Event, Struct


def member_decl(m):
    type_ = m.type.c_type()
    sep = '' if type_.endswith('*') else ' '
    text = ''
    if m.need_has():
        text += '    bool has_%s;\n' % c_name(m.name).removeprefix('q_')
    return text + '    %s%s%s;\n' % (type_, sep, c_name(m.name))


def has_name(m):
    return 'has_' + c_name(m.name).removeprefix('q_')


# ------------------------------------------------------------- declarations

def _enum_decl(ent):
    text = 'typedef enum %s {\n' % ent.name
    for value, _ in ent.values:
        text += '    %s,\n' % enum_const(ent, value)
    text += '    %s,\n} %s;\n' % (enum_const(ent, '_MAX'), ent.name)
    text += 'extern const QEnumLookup %s_lookup;\n' % ent.name
    text += ('#define %s_str(val) qapi_enum_lookup(&%s_lookup, (val))\n'
             % (ent.name, ent.name))
    text += ('bool visit_type_%s(Visitor *v, const char *name, %s *obj,\n'
             '    Error **errp);\n\n' % (ent.name, ent.name))
    return text


def _struct_body(ent):
    text = 'struct %s {\n' % ent.name
    if ent.base:
        text += '    /* members of %s: */\n' % ent.base.name
        for m in ent.base.members():
            text += member_decl(m)
        text += '    /* own members: */\n'
    for m in ent.local_members:
        text += member_decl(m)
    if ent.variants:
        text += '    union { /* by %s */\n' % c_name(ent.tag.name)
        for case, type_ in ent.variants:
            text += '        %s %s;\n' % (type_.name, c_name(case))
        text += '    } u;\n'
    if ent.is_empty():
        text += '    char unused; /* a size of zero could not be allocated */\n'
    text += '};\n'
    if ent.base:
        text += ('static inline %s *qapi_%s_base(const %s *obj)\n'
                 '{\n    return (%s *)obj;\n}\n'
                 % (ent.base.name, ent.name, ent.name, ent.base.name))
    text += ('bool visit_type_%s_members(Visitor *v, %s *obj, Error **errp);\n'
             % (ent.name, ent.name))
    return text


def _alternate_body(ent):
    text = 'struct %s {\n    QType type;\n    union {\n' % ent.name
    for m in ent.branches:
        if m.type.name == 'null':
            continue
        type_ = m.type.c_type()
        sep = '' if type_.endswith('*') else ' '
        text += '        %s%s%s;\n' % (type_, sep, c_name(m.name))
    return text + '    } u;\n};\n'


def _pointer_decl(name):
    return ('void qapi_free_%s(%s *obj);\n'
            'G_DEFINE_AUTOPTR_CLEANUP_FUNC(%s, qapi_free_%s)\n'
            'bool visit_type_%s(Visitor *v, const char *name, %s **obj,\n'
            '    Error **errp);\n\n'
            % (name, name, name, name, name, name))


def _list_decl(arr):
    type_ = arr.element.c_type()
    sep = '' if type_.endswith('*') else ' '
    return ('struct %s {\n    %s *next;\n    %s%svalue;\n};\n'
            % (arr.name, arr.name, type_, sep) + _pointer_decl(arr.name))


# ------------------------------------------------------------- definitions

def _enum_def(ent):
    text = 'static const char *const %s_names[] = {\n' % ent.name
    for value, _ in ent.values:
        text += '    [%s] = %s,\n' % (enum_const(ent, value), c_string(value))
    text += ('};\n\nconst QEnumLookup %s_lookup = {\n'
             '    .names = %s_names,\n    .count = %s,\n};\n\n'
             % (ent.name, ent.name, enum_const(ent, '_MAX')))
    text += ('bool visit_type_%s(Visitor *v, const char *name, %s *obj,\n'
             '    Error **errp)\n'
             '{\n'
             '    int value = *obj;\n'
             '    bool ok = visit_type_enum(v, name, &value, &%s_lookup, errp);'
             '\n\n    *obj = value;\n    return ok;\n}\n\n'
             % (ent.name, ent.name, ent.name))
    return text


def _visit_member(m):
    call = ('visit_type_%s(v, "%s", &obj->%s, errp)'
            % (m.type.name, m.name, c_name(m.name)))
    if not m.optional:
        return '    if (!%s) {\n        return false;\n    }\n' % call
    text = ''
    present = '&obj->' + has_name(m)
    if not m.need_has():
        local = has_name(m)
        text += '    bool %s = obj->%s != NULL;\n\n' % (local, c_name(m.name))
        present = '&' + local
    text += ('    if (visit_optional(v, "%s", %s) &&\n        !%s) {\n'
             '        return false;\n    }\n' % (m.name, present, call))
    if not m.need_has():
        text = '    {\n' + ''.join(
            '    ' + line + '\n' if line else '\n'
            for line in text.rstrip('\n').split('\n')) + '    }\n'
    return text


def _members_def(ent):
    text = ('bool visit_type_%s_members(Visitor *v, %s *obj, Error **errp)\n'
            '{\n' % (ent.name, ent.name))
    if ent.base:
        text += ('    if (!visit_type_%s_members(v, (%s *)obj, errp)) {\n'
                 '        return false;\n    }\n'
                 % (ent.base.name, ent.base.name))
    for m in ent.local_members:
        text += _visit_member(m)
    if ent.variants:
        text += '    switch (obj->%s) {\n' % c_name(ent.tag.name)
        for case, type_ in ent.variants:
            text += ('    case %s:\n'
                     '        return visit_type_%s_members(v, &obj->u.%s, '
                     'errp);\n'
                     % (enum_const(ent.tag.type, case), type_.name,
                        c_name(case)))
        text += '    default:\n        break; /* no members of its own */\n'
        text += '    }\n'
    return text + '    return true;\n}\n\n'


def _free_def(name):
    return ('void qapi_free_%s(%s *obj)\n{\n'
            '    Visitor *v;\n\n'
            '    if (obj) {\n'
            '        v = visitor_new_dealloc();\n'
            '        visit_type_%s(v, NULL, &obj, NULL);\n'
            '        visitor_free(v);\n    }\n}\n\n' % (name, name, name))


def _visit_head(name):
    return ('bool visit_type_%s(Visitor *v, const char *name, %s **obj,\n'
            '    Error **errp)\n{\n    bool ok = true;\n' % (name, name))


def _visit_tail(name):
    return ('    if (!ok && visit_is_input(v)) {\n'
            '        qapi_free_%s(*obj);\n'
            '        *obj = NULL;\n'
            '    }\n'
            '    return ok;\n}\n\n' % name)


def _struct_def(ent):
    text = _members_def(ent)
    if ent.implicit:
        return text
    return text + _visit_head(ent.name) + (
        '\n    if (!visit_start_struct(v, name, (void **)obj, sizeof(%s), '
        'errp)) {\n        return false;\n    }\n'
        '    if (*obj) {\n'
        '        ok = visit_type_%s_members(v, *obj, errp) &&\n'
        '             visit_check_struct(v, errp);\n'
        '    }\n'
        '    if (!ok && visit_is_input(v)) {\n'
        '        visit_end_struct(v, NULL);\n'
        '        qapi_free_%s(*obj);\n'
        '        *obj = NULL;\n'
        '        return false;\n'
        '    }\n'
        '    visit_end_struct(v, (void **)obj);\n'
        '    return ok;\n}\n\n'
        % (ent.name, ent.name, ent.name)) + _free_def(ent.name)


def _alternate_def(ent):
    expected = ' or '.join(
        {'QTYPE_QSTRING': 'string', 'QTYPE_QNUM': 'number',
         'QTYPE_QDICT': 'object', 'QTYPE_QLIST': 'array',
         'QTYPE_QBOOL': 'boolean', 'QTYPE_QNULL': 'null'}[m.type.qtype]
        for m in ent.branches)
    text = _visit_head(ent.name)
    text += ('\n    if (visit_is_input(v)) {\n'
             '        int type = visit_peek_type(v, name, errp);\n\n'
             '        *obj = NULL;\n'
             '        if (type < 0) {\n            return false;\n        }\n'
             '        *obj = g_new0(%s, 1);\n'
             '        (*obj)->type = type;\n'
             '    }\n'
             '    if (!*obj) {\n        return true;\n    }\n'
             '    switch ((*obj)->type) {\n' % ent.name)
    for m in ent.branches:
        text += '    case %s:\n' % m.type.qtype
        if m.type.name == 'null':
            text += '        ok = visit_type_null(v, name, errp);\n'
        else:
            text += ('        ok = visit_type_%s(v, name, &(*obj)->u.%s, '
                     'errp);\n' % (m.type.name, c_name(m.name)))
        text += '        break;\n'
    text += ('    case QTYPE_NONE:\n        break;\n'
             '    default:\n'
             '        error_setg(errp, "Invalid parameter type for \'%%s\', '
             'expected: %s",\n'
             '                   name ? name : "null");\n'
             '        (*obj)->type = QTYPE_NONE;\n'
             '        ok = false;\n    }\n' % expected)
    text += ('    if (visit_is_dealloc(v)) {\n'
             '        g_free(*obj);\n        *obj = NULL;\n    }\n')
    return text + _visit_tail(ent.name) + _free_def(ent.name)


def _list_def(arr):
    return _visit_head(arr.name) + (
        '    %s *tail;\n\n'
        '    if (!visit_start_list(v, name, (GenericList **)obj, sizeof(%s),\n'
        '                          errp)) {\n        return false;\n    }\n'
        '    for (tail = *obj; tail && ok;\n'
        '         tail = (%s *)visit_next_list(v, (GenericList *)tail,\n'
        '                                      sizeof(%s))) {\n'
        '        ok = visit_type_%s(v, NULL, &tail->value, errp);\n'
        '        if (!ok) {\n            break;\n        }\n'
        '    }\n'
        '    visit_end_list(v, (void **)obj);\n'
        '    if (visit_is_dealloc(v)) {\n        *obj = NULL;\n    }\n'
        % (arr.name, arr.name, arr.name, arr.name, arr.element.name)
    ) + _visit_tail(arr.name) + _free_def(arr.name)


# ------------------------------------------------------------------- files

class _Module:
    """What one pair of files holds."""

    def __init__(self, schema, name):
        self.name = name
        self.arrays = [a for a in schema.arrays.values() if a.module == name]
        ents = [e for e in schema.entities if e.module == name]
        self.enums = [e for e in ents if isinstance(e, Enum)]
        self.alternates = [e for e in ents if isinstance(e, Alternate)]
        self.structs = [e for e in ents if isinstance(e, Struct)]
        # Commands and events with members of their own.
        self.structs += [e.arg for e in ents
                         if isinstance(e, (Command, Event)) and e.arg
                         and e.arg.implicit and getattr(e, 'gen', True)]

    def ordered_structs(self):
        """A struct after those it holds by value (union branches)."""
        done, out = set(), []

        def visit(ent):
            if ent.name in done or ent.module != self.name:
                return
            done.add(ent.name)
            for _, type_ in ent.variants:
                visit(type_)
            out.append(ent)

        for ent in self.structs:
            visit(ent)
        return out

    def needed_modules(self):
        need = set()
        for ent in self.structs:
            types = [m.type for m in ent.members()]
            types += [t for _, t in ent.variants]
            types += [ent.base] if ent.base else []
            need |= {t.module for t in types}
        for ent in self.alternates:
            need |= {m.type.module for m in ent.branches}
        return sorted(m for m in need if m and m != self.name)


def _header(schema, mod, source):
    fname = 'qapi-types-%s.h' % mod.name
    text = file_head('Types of the QAPI module %s' % mod.name, source,
                     guard_name(fname))
    text += '#include "qapi/qapi-builtin-types.h"\n'
    for other in mod.needed_modules():
        text += '#include "qapi/qapi-types-%s.h"\n' % other
    text += '\n'
    for ent in mod.enums:
        text += _enum_decl(ent)
    for ent in mod.structs + mod.alternates + mod.arrays:
        text += 'typedef struct %s %s;\n' % (ent.name, ent.name)
    text += '\n'
    for ent in mod.ordered_structs():
        text += _struct_body(ent)
        text += '\n' if ent.implicit else _pointer_decl(ent.name)
    for ent in mod.alternates:
        text += _alternate_body(ent) + _pointer_decl(ent.name)
    for arr in mod.arrays:
        text += _list_decl(arr)
    return fname, text + '#endif\n'


def _source(mod, source):
    fname = 'qapi-types-%s.c' % mod.name
    text = file_head('Types of the QAPI module %s' % mod.name, source)
    text += ('#include "util/osdep.h"\n\n#include "qapi/qapi-types-%s.h"\n\n'
             % mod.name)
    for ent in mod.enums:
        text += _enum_def(ent)
    for ent in mod.structs:
        text += _struct_def(ent)
    for ent in mod.alternates:
        text += _alternate_def(ent)
    for arr in mod.arrays:
        text += _list_def(arr)
    return fname, text


def _builtin_files(schema, source, outdir):
    arrays = [Array(t) for t in schema.types.values()
              if isinstance(t, Builtin) and t.name != 'null']
    fname = 'qapi-builtin-types.h'
    text = file_head('Lists of built-in types', source, guard_name(fname))
    text += '#include "qapi/visitor.h"\n\n'
    for arr in arrays:
        text += 'typedef struct %s %s;\n' % (arr.name, arr.name)
    for arr in arrays:
        text += _list_decl(arr)
    write_file(outdir, fname, text + '#endif\n')
    text = file_head('Lists of built-in types', source)
    text += '#include "util/osdep.h"\n\n#include "qapi/%s"\n\n' % fname
    for arr in arrays:
        text += _list_def(arr)
    write_file(outdir, 'qapi-builtin-types.c', text)


def generate(schema, source, outdir):
    _builtin_files(schema, source, outdir)
    for name in schema.modules:
        mod = _Module(schema, name)
        write_file(outdir, *_header(schema, mod, source))
        write_file(outdir, *_source(mod, source))
