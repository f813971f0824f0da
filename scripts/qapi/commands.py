# SPDX-License-Identifier: GPL-2.0-or-later
"""qapi-commands.[ch]: from JSON arguments to qmp_COMMAND() and back."""

from .common import c_name, c_string, file_head, guard_name, write_file
from .events import param_list
from .schema import Command
from .types import has_name


def _function(ent):
    return 'qmp_' + c_name(ent.name.replace('-', '_')).removeprefix('q_')


def _prototype(ent):
    """Of the function that is written by hand."""
    if not ent.gen:
        return ('void %s(json_t *args, json_t **ret, Error **errp)'
                % _function(ent))
    params = []
    if ent.arg and ent.boxed:
        params = ['%s *arg' % ent.arg.name]
    elif ent.arg:
        params = param_list(ent.arg.members())
    ret = ent.ret.c_type() if ent.ret else 'void'
    sep = '' if ret.endswith('*') else ' '
    return '%s%s%s(%s)' % (ret, sep, _function(ent),
                           ', '.join(params + ['Error **errp']))


def _call_args(ent):
    if not ent.arg:
        return ['&err']
    if ent.boxed:
        return ['&arg', '&err']
    out = []
    for m in ent.arg.members():
        if m.need_has():
            out.append('arg.' + has_name(m))
        out.append('arg.' + c_name(m.name))
    return out + ['&err']


def _marshal_output(ent):
    """Turns *obj into JSON and frees what it points to."""
    ret = ent.ret.c_type()
    sep = '' if ret.endswith('*') else ' '
    return ('    {\n'
            '        Visitor *out = visitor_new_output();\n\n'
            '        visit_type_%s(out, NULL, &retval, NULL);\n'
            '        *ret = visitor_complete(out);\n'
            '        visitor_free(out);\n'
            '        out = visitor_new_dealloc();\n'
            '        visit_type_%s(out, NULL, &retval, NULL);\n'
            '        visitor_free(out);\n'
            '    }\n' % (ent.ret.name, ent.ret.name)), \
        '    %s%sretval;\n' % (ret, sep)


def _marshal(ent):
    text = ('static void marshal_%s(json_t *args, json_t **ret, '
            'Error **errp)\n{\n' % _function(ent))
    output, decl = _marshal_output(ent) if ent.ret else ('', '')
    text += '    Error *err = NULL;\n'
    text += '    Visitor *v = visitor_new_input(args, false);\n    bool ok;\n'
    text += decl
    arg = ent.arg if ent.arg and not ent.arg.is_empty() else None
    if ent.arg:
        text += '    %s arg = { 0 };\n' % ent.arg.name
    members = ('visit_type_%s_members(v, &arg, errp) &&\n         '
               % arg.name) if arg else ''
    text += ('\n    ok = visit_start_struct(v, NULL, NULL, 0, errp) &&\n'
             '         %svisit_check_struct(v, errp);\n'
             '    visitor_free(v);\n' % members)
    text += '    if (!ok) {\n        goto out;\n    }\n'
    text += '    %s%s(%s);\n' % ('retval = ' if ent.ret else '',
                                 _function(ent), ', '.join(_call_args(ent)))
    text += ('    if (err) {\n        error_propagate(errp, err);\n'
             '        goto out;\n    }\n')
    text += output
    text += 'out:\n'
    if arg:
        text += ('    v = visitor_new_dealloc();\n'
                 '    visit_type_%s_members(v, &arg, NULL);\n'
                 '    visitor_free(v);\n' % arg.name)
    else:
        text += '    return;\n'
    return text + '}\n\n'


def generate(schema, source, outdir):
    commands = sorted((e for e in schema.entities if isinstance(e, Command)),
                      key=lambda e: e.name)
    fname = 'qapi-commands.h'
    text = file_head('QMP commands: the functions written by hand, and the '
                     'table', source, guard_name(fname))
    for module in schema.modules:
        text += '#include "qapi/qapi-types-%s.h"\n' % module
    text += ('\n/* args is an object. *ret is left alone by commands that '
             'return nothing. */\n'
             'typedef struct QmpCommand {\n'
             '    const char *name;\n'
             '    void (*fn)(json_t *args, json_t **ret, Error **errp);\n'
             '} QmpCommand;\n\n'
             '/* Sorted by name. */\n'
             'extern const QmpCommand qmp_commands[];\n'
             'extern const unsigned qmp_commands_count;\n\n')
    for ent in commands:
        text += _prototype(ent) + ';\n'
    write_file(outdir, fname, text + '\n#endif\n')

    text = file_head('Marshalling of QMP commands', source)
    text += '#include "util/osdep.h"\n\n#include "qapi/%s"\n\n' % fname
    for ent in commands:
        if ent.gen:
            text += _marshal(ent)
    text += 'const QmpCommand qmp_commands[] = {\n'
    for ent in commands:
        text += ('    { %s, %s%s },\n'
                 % (c_string(ent.name), 'marshal_' if ent.gen else '',
                    _function(ent)))
    text += ('};\n\nconst unsigned qmp_commands_count = '
             'G_N_ELEMENTS(qmp_commands);\n')
    write_file(outdir, 'qapi-commands.c', text)
