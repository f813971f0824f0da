# SPDX-License-Identifier: GPL-2.0-or-later
"""qapi-events-MODULE.[ch]: one function that sends each event."""

from .common import c_name, c_string, file_head, guard_name, write_file
from .schema import Event
from .types import has_name


def param_list(members):
    """C parameters for members handed over one by one."""
    params = []
    for m in members:
        type_ = m.type.c_type()
        if m.need_has():
            params.append('bool ' + has_name(m))
        if m.type.name == 'str':
            type_ = 'const char *'
        sep = '' if type_.endswith('*') else ' '
        params.append('%s%s%s' % (type_, sep, c_name(m.name)))
    return params


def _prototype(ent):
    params = []
    if ent.arg and ent.boxed:
        params = ['%s *param' % ent.arg.name]
    elif ent.arg:
        params = param_list(ent.arg.members())
    return ('void qapi_event_send_%s(%s)'
            % (ent.name.lower(), ', '.join(params) or 'void'))


def _definition(ent):
    text = _prototype(ent) + '\n{\n'
    if not ent.arg or ent.arg.is_empty():
        return text + '    qapi_event_emit(%s, NULL);\n}\n\n' \
            % c_string(ent.name)
    arg = 'param'
    if not ent.boxed:
        arg = '&param'
        text += '    %s param = {\n' % ent.arg.name
        for m in ent.arg.members():
            if m.need_has():
                text += '        .%s = %s,\n' % (has_name(m), has_name(m))
            cast = '(char *)' if m.type.name == 'str' else ''
            text += '        .%s = %s%s,\n' % (c_name(m.name), cast,
                                               c_name(m.name))
        text += '    };\n'
    return text + (
        '    Visitor *v = visitor_new_output();\n\n'
        '    visit_start_struct(v, NULL, NULL, 0, NULL);\n'
        '    visit_type_%s_members(v, %s, NULL);\n'
        '    visit_end_struct(v, NULL);\n'
        '    qapi_event_emit(%s, visitor_complete(v));\n'
        '    visitor_free(v);\n}\n\n'
        % (ent.arg.name, arg, c_string(ent.name)))


def generate(schema, source, outdir):
    for module in schema.modules:
        events = [e for e in schema.entities
                  if isinstance(e, Event) and e.module == module]
        what = 'Events of the QAPI module %s' % module
        fname = 'qapi-events-%s.h' % module
        text = file_head(what, source, guard_name(fname))
        text += '#include "qapi/qapi-types-%s.h"\n\n' % module
        for ent in events:
            text += _prototype(ent) + ';\n'
        write_file(outdir, fname, text + '\n#endif\n')
        text = file_head(what, source)
        text += '#include "util/osdep.h"\n\n#include "qapi/%s"\n\n' % fname
        for ent in events:
            text += _definition(ent)
        write_file(outdir, 'qapi-events-%s.c' % module, text)
