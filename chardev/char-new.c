/*
 * Making, finding and removing character devices.
 *
 * They are children of the container /chardevs, under their id.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include <fcntl.h>

#include "util/option.h"

static const char *const backend_names[] = {
    "file", "mux", "null", "pipe", "pty", "socket", "stdio", NULL,
};

const char *const *qemu_chr_backend_names(void)
{
    return backend_names;
}

static Object *chardevs_root(void)
{
    return container_get(object_get_root(), "/chardevs");
}

/* ------------------------------------------------------------- options */

static bool char_opt_visit(Visitor *v, const CharOpt *o, Error **errp)
{
    switch (o->type) {
    case CHAR_OPT_STR:
        return visit_type_str(v, o->name, o->dst, errp);
    case CHAR_OPT_BOOL:
        return visit_type_bool(v, o->name, o->dst, errp);
    case CHAR_OPT_INT:
        return visit_type_int(v, o->name, o->dst, errp);
    case CHAR_OPT_ANY:
        return visit_type_any(v, o->name, o->dst, errp);
    }
    return false;
}

bool char_opts_read(json_t *opts, bool keyval, const CharOpt *table,
                    Error **errp)
{
    g_autoptr(Visitor) v = keyval ? visitor_new_input_opts(opts)
                                  : visitor_new_input(opts, false);
    bool ok = visit_start_struct(v, NULL, NULL, 0, errp);

    if (!ok) {
        return false;
    }
    for (const CharOpt *o = table; ok && o->name; o++) {
        bool present = false;

        if (visit_optional(v, o->name, &present)) {
            ok = char_opt_visit(v, o, errp);
        }
        if (o->present) {
            *o->present = present;
        }
    }
    ok = ok && visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

typedef struct CommonOpts {
    bool mux;
    char *logfile;
    bool logappend;
} CommonOpts;

/* Takes the options that every backend has out of opts. */
static bool take_common_opts(json_t *opts, bool keyval, CommonOpts *common,
                             Error **errp)
{
    const CharOpt table[] = {
        { "mux", CHAR_OPT_BOOL, &common->mux },
        { "logfile", CHAR_OPT_STR, &common->logfile },
        { "logappend", CHAR_OPT_BOOL, &common->logappend },
        { NULL },
    };
    json_t *mine = json_object();
    bool ok;

    for (const CharOpt *o = table; o->name; o++) {
        json_t *val = json_object_get(opts, o->name);

        if (val) {
            json_object_set(mine, o->name, val);
            json_object_del(opts, o->name);
        }
    }
    ok = char_opts_read(mine, keyval, table, errp);
    json_decref(mine);
    return ok;
}

static bool open_log(Chardev *chr, const CommonOpts *common, Error **errp)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC |
                (common->logappend ? O_APPEND : O_TRUNC);

    if (!common->logfile) {
        return true;
    }
    chr->log_fd = open(common->logfile, flags, 0666);
    if (chr->log_fd < 0) {
        error_setg_errno(errp, errno, "Could not create '%s'",
                         common->logfile);
        return false;
    }
    return true;
}

/* -------------------------------------------------------------- making */

static Chardev *make_one(const char *id, const char *backend, json_t *opts,
                         bool keyval, const CommonOpts *common, Error **errp)
{
    g_autofree char *type = g_strdup_printf("chardev-%s", backend);
    Chardev *chr = CHARDEV(object_new(type));

    chr->label = g_strdup(id);
    if ((common && !open_log(chr, common, errp)) ||
        !CHARDEV_GET_CLASS(chr)->open(chr, opts, keyval, errp)) {
        object_unref(OBJECT(chr));
        return NULL;
    }
    object_property_add_child(chardevs_root(), id, OBJECT(chr));
    object_unref(OBJECT(chr));
    return chr;
}

/* mux=on: the device itself becomes ID-base, and ID a mux on it. */
static Chardev *make_behind_mux(const char *id, const char *backend,
                                json_t *opts, bool keyval,
                                const CommonOpts *common, Error **errp)
{
    g_autofree char *base_id = g_strdup_printf("%s-base", id);
    json_t *mux_opts;
    Chardev *mux;

    if (qemu_chr_find(base_id)) {
        error_setg(errp, "Chardev with id '%s' already exists", base_id);
        return NULL;
    }
    if (!make_one(base_id, backend, opts, keyval, common, errp)) {
        return NULL;
    }
    mux_opts = json_pack("{s:s}", "chardev", base_id);
    mux = make_one(id, "mux", mux_opts, false, NULL, errp);
    json_decref(mux_opts);
    if (!mux) {
        qemu_chr_remove(base_id, NULL);
    }
    return mux;
}

Chardev *qemu_chr_new_from_json(const char *id, const char *backend,
                                json_t *opts, bool keyval, Error **errp)
{
    CommonOpts common = { 0 };
    Chardev *chr = NULL;
    json_t *own;

    if (!g_strv_contains(backend_names, backend)) {
        error_setg(errp, "'%s' is not a valid char driver name", backend);
        return NULL;
    }
    if (qemu_chr_find(id)) {
        error_setg(errp, "Chardev with id '%s' already exists", id);
        return NULL;
    }
    own = opts ? json_copy(opts) : json_object();
    if (take_common_opts(own, keyval, &common, errp)) {
        chr = common.mux ? make_behind_mux(id, backend, own, keyval, &common,
                                           errp)
                         : make_one(id, backend, own, keyval, &common, errp);
    }
    json_decref(own);
    g_free(common.logfile);
    return chr;
}

/* What a user of the command line wants to know at once. */
static void announce(Chardev *chr)
{
    if (chr->filename && g_str_has_prefix(chr->filename, "pty:")) {
        printf("char device redirected to %s (label %s)\n",
               chr->filename + strlen("pty:"), chr->label);
        fflush(stdout);
    }
}

static void print_backends(void)
{
    printf("Available chardev backend types: \n");
    for (int i = 0; backend_names[i]; i++) {
        printf("  %s\n", backend_names[i]);
    }
}

static bool check_new_id(const char *id, Error **errp)
{
    Error *err = NULL;

    if (!id) {
        error_setg(errp, "chardev: no id specified");
        return false;
    }
    if (!id_wellformed(id)) {
        error_setg(&err, "Parameter 'id' expects an identifier");
        error_append_hint(&err, "Identifiers consist of letters, digits, '-', "
                                "'.', '_', starting with a letter.\n");
        error_propagate(errp, err);
        return false;
    }
    if (qemu_chr_find(id)) {
        error_setg(errp, "Duplicate ID '%s' for chardev", id);
        return false;
    }
    return true;
}

Chardev *qemu_chr_new_from_arg(const char *arg, Error **errp)
{
    bool help = false, keyval;
    json_t *opts = option_parse(arg, "backend", &help, &keyval, errp);
    g_autofree char *backend = NULL;
    g_autofree char *id = NULL;
    Chardev *chr = NULL;

    if (!opts) {
        return NULL;
    }
    backend = g_strdup(option_get_str(opts, "backend"));
    id = g_strdup(option_get_str(opts, "id"));
    json_object_del(opts, "backend");
    json_object_del(opts, "id");
    if (help) {
        print_backends();
    } else if (!check_new_id(id, errp)) {
        /* errp says why */
    } else if (!backend) {
        error_setg(errp, "chardev: \"%s\" missing backend", id);
    } else {
        chr = qemu_chr_new_from_json(id, backend, opts, keyval, errp);
    }
    json_decref(opts);
    if (chr) {
        announce(chr);
    }
    return chr;
}

/* --------------------------------------------------------- short forms */

/* "VALUE[,key=val...]" with VALUE, which may contain '=', as that of key. */
static json_t *parse_led_by(const char *key, const char *spec, Error **errp)
{
    g_autofree char *params = g_strdup_printf("%s=%s", key, spec);

    return keyval_parse(params, NULL, NULL, errp);
}

/* "HOST:PORT[,key=val...]" as the options of a socket. */
static json_t *parse_tcp(const char *spec, Error **errp)
{
    json_t *opts = parse_led_by("address", spec, errp);
    g_autofree char *host = NULL;
    const char *address;
    const char *colon;
    bool bracket;

    if (!opts) {
        return NULL;
    }
    address = option_get_str(opts, "address");
    /* The last one: an IPv6 address in brackets has its own. */
    colon = address ? strrchr(address, ':') : NULL;
    if (!colon) {
        error_setg(errp, "parse error: tcp:%s", spec);
        json_decref(opts);
        return NULL;
    }
    bracket = address[0] == '[' && colon > address && colon[-1] == ']';
    host = g_strndup(address + bracket, colon - address - 2 * bracket);
    json_object_set_new(opts, "host", json_string(host));
    json_object_set_new(opts, "port", json_string(colon + 1));
    json_object_del(opts, "address");
    return opts;
}

/* *backend and the options of a short form; NULL with *errp. */
static json_t *parse_short_form(const char *filename, const char **backend,
                                Error **errp)
{
    static const char *const plain[] = { "null", "pty", "stdio", NULL };
    const char *arg = strchr(filename, ':');
    size_t len = arg ? arg - filename : strlen(filename);
    g_autofree char *kind = g_strndup(filename, len);

    if (!arg) {
        for (int i = 0; plain[i]; i++) {
            if (g_str_equal(kind, plain[i])) {
                *backend = plain[i];
                return json_object();
            }
        }
    } else {
        arg++;
        if (g_str_equal(kind, "file") || g_str_equal(kind, "pipe")) {
            *backend = kind[0] == 'f' ? "file" : "pipe";
            return json_pack("{s:s}", "path", arg);
        }
        *backend = "socket";
        if (g_str_equal(kind, "unix")) {
            return parse_led_by("path", arg, errp);
        }
        if (g_str_equal(kind, "fd")) {
            return parse_led_by("fd", arg, errp);
        }
        if (g_str_equal(kind, "tcp")) {
            return parse_tcp(arg, errp);
        }
    }
    error_setg(errp, "'%s' is not a valid char driver", filename);
    return NULL;
}

Chardev *qemu_chr_new(const char *label, const char *filename, Error **errp)
{
    const char *backend;
    Chardev *chr;
    json_t *opts;
    bool mux = g_str_has_prefix(filename, "mon:");

    if (g_str_has_prefix(filename, "chardev:")) {
        chr = qemu_chr_find(filename + strlen("chardev:"));
        if (!chr) {
            error_setg(errp, "chardev \"%s\" not found",
                       filename + strlen("chardev:"));
        }
        return chr;
    }
    if (mux) {
        filename += strlen("mon:");
    }
    opts = parse_short_form(filename, &backend, errp);
    if (!opts) {
        return NULL;
    }
    if (mux) {
        json_object_set_new(opts, "mux", json_string("on"));
        if (g_str_equal(backend, "stdio")) {
            /* Ctrl-C belongs to the guest then; Ctrl-A x ends the program. */
            json_object_set_new(opts, "signal", json_string("off"));
        }
    }
    chr = qemu_chr_new_from_json(label, backend, opts, true, errp);
    json_decref(opts);
    if (chr) {
        announce(chr);
    }
    return chr;
}

/* ---------------------------------------------------------- the others */

Chardev *qemu_chr_find(const char *id)
{
    Object *obj = object_resolve_path_component(chardevs_root(), id);

    return obj ? CHARDEV(obj) : NULL;
}

bool qemu_chr_remove(const char *id, Error **errp)
{
    Chardev *chr = qemu_chr_find(id);

    if (!chr) {
        error_setg(errp, "Chardev '%s' not found", id);
        return false;
    }
    if (chr->be) {
        error_setg(errp, "Chardev '%s' is busy", id);
        return false;
    }
    object_unparent(OBJECT(chr));
    return true;
}

typedef struct ForeachArgs {
    void (*fn)(Chardev *chr, void *opaque);
    void *opaque;
} ForeachArgs;

static int foreach_one(Object *child, void *opaque)
{
    ForeachArgs *a = opaque;

    a->fn(CHARDEV(child), a->opaque);
    return 0;
}

void qemu_chr_foreach(void (*fn)(Chardev *chr, void *opaque), void *opaque)
{
    ForeachArgs a = { fn, opaque };

    object_child_foreach(chardevs_root(), foreach_one, &a);
}

static void collect(Chardev *chr, void *opaque)
{
    g_ptr_array_add(opaque, chr);
}

void qemu_chr_cleanup(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    qemu_chr_foreach(collect, all);
    /* Last made first: a mux goes before what it stands on. */
    for (guint i = all->len; i-- > 0;) {
        Chardev *chr = g_ptr_array_index(all, i);

        qemu_chr_be_flush(chr);
        object_unparent(OBJECT(chr));
    }
    char_stdio_restore();
}
