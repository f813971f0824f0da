/*
 * The null chardev: takes everything, says nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

static bool char_null_open(Chardev *chr, json_t *opts, bool keyval,
                           Error **errp)
{
    static const CharOpt none[] = { { NULL } };

    if (!char_opts_read(opts, keyval, none, errp)) {
        return false;
    }
    chr->filename = g_strdup("null");
    /* There is no peer to announce: who waits for one, waits. */
    return true;
}

static int char_null_write(Chardev *chr, const uint8_t *buf, int len)
{
    return len;
}

static void char_null_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->open = char_null_open;
    cc->write = char_null_write;
}

static const TypeInfo char_null_types[] = {
    {
        .name = TYPE_CHARDEV_NULL,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(Chardev),
        .class_init = char_null_class_init,
    },
};

DEFINE_TYPES(char_null_types)
