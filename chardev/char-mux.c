/*
 * The mux chardev: several front ends on one terminal.
 *
 * What any of them writes is shown; what is typed goes to the one in focus.
 * Ctrl-A is the escape key: Ctrl-A c passes the focus on, Ctrl-A h lists the
 * others. A few typed bytes are kept for a front end that does not take them
 * at once. While the terminal does not take what was written, more of it waits
 * here, so that the front ends can see it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#define MUX_MAX 4
#define MUX_ESCAPE 0x01 /* Ctrl-A */
#define MUX_FIFO_SIZE 64

OBJECT_DECLARE_SIMPLE_TYPE(CharMux, CHARDEV_MUX)

typedef struct MuxPort {
    CharBackend *be;
    uint8_t fifo[MUX_FIFO_SIZE];
    unsigned head, used;
} MuxPort;

struct CharMux {
    Chardev parent_obj;
    CharBackend base;
    MuxPort ports[MUX_MAX];
    int count;
    int focus; /* -1: none yet */
    bool escaped; /* Ctrl-A was typed */
    bool watching; /* output of ours waits until the base has none */
    bool timestamps;
    bool line_start; /* the next byte written begins a line; write_lock */
    int64_t first_ms; /* of timestamps; 0: not yet; write_lock */
};

static void (*mux_quit)(void);

void qemu_chr_mux_set_quit(void (*fn)(void))
{
    mux_quit = fn;
}

static void mux_event(CharMux *s, int port, QEMUChrEvent event)
{
    CharBackend *be = s->ports[port].be;

    if (be->event) {
        be->event(be->opaque, event);
    }
}

static void mux_set_focus(CharMux *s, int port)
{
    if (s->focus == port) {
        return;
    }
    if (s->focus >= 0) {
        mux_event(s, s->focus, CHR_EVENT_MUX_OUT);
    }
    s->focus = port;
    s->parent_obj.be = s->ports[port].be;
    mux_event(s, port, CHR_EVENT_MUX_IN);
}

/* Gives a port what waits for it, as far as it takes it. */
static void mux_deliver(MuxPort *p)
{
    while (p->used) {
        CharBackend *be = p->be;
        uint8_t byte = p->fifo[p->head];

        if (!be->read || (be->can_read && be->can_read(be->opaque) <= 0)) {
            return;
        }
        p->head = (p->head + 1) % MUX_FIFO_SIZE;
        p->used--;
        be->read(be->opaque, &byte, 1);
    }
}

static void mux_push(CharMux *s, uint8_t byte)
{
    MuxPort *p;

    if (s->focus < 0) {
        return;
    }
    p = &s->ports[s->focus];
    if (p->used < MUX_FIFO_SIZE) {
        p->fifo[(p->head + p->used++) % MUX_FIFO_SIZE] = byte;
    }
}

static void mux_help(CharMux *s)
{
    qemu_chr_fe_printf(&s->base, "\r\n"
                       "C-a h    print this help\r\n"
                       "C-a x    exit emulator\r\n"
                       "C-a t    toggle console timestamps\r\n"
                       "C-a b    send break (magic sysrq)\r\n"
                       "C-a c    switch between console and monitor\r\n"
                       "C-a C-a  sends C-a\r\n");
}

static void mux_escape_key(CharMux *s, uint8_t key)
{
    switch (key) {
    case '?':
    case 'h':
        mux_help(s);
        break;
    case 'x':
        qemu_chr_fe_printf(&s->base, "QEMU: Terminated\r\n");
        if (mux_quit) {
            mux_quit();
        } else {
            exit(0);
        }
        break;
    case 't':
        s->timestamps = !s->timestamps;
        s->first_ms = 0;
        s->line_start = false;
        break;
    case 'b':
        if (s->focus >= 0) {
            mux_event(s, s->focus, CHR_EVENT_BREAK);
        }
        break;
    case 'c':
        if (s->count) {
            mux_set_focus(s, (s->focus + 1) % s->count);
        }
        break;
    case MUX_ESCAPE:
        mux_push(s, key);
        break;
    default:
        break;
    }
}

/* Front end of the base. */

static int mux_base_can_read(void *opaque)
{
    CharMux *s = opaque;

    /* Keys must get through to switch away from a port that is stuck. */
    return s->focus >= 0 && s->ports[s->focus].used < MUX_FIFO_SIZE
               ? (int)(MUX_FIFO_SIZE - s->ports[s->focus].used)
               : 1;
}

static void mux_base_read(void *opaque, const uint8_t *buf, int size)
{
    CharMux *s = opaque;

    for (int i = 0; i < size; i++) {
        if (s->escaped) {
            s->escaped = false;
            mux_escape_key(s, buf[i]);
        } else if (buf[i] == MUX_ESCAPE) {
            s->escaped = true;
        } else {
            mux_push(s, buf[i]);
        }
    }
    if (s->focus >= 0) {
        mux_deliver(&s->ports[s->focus]);
    }
}

static void mux_base_drained(void *opaque)
{
    CharMux *s = opaque;

    if (s->watching) {
        qemu_chr_be_flush(&s->parent_obj);
    }
}

static void mux_base_event(void *opaque, QEMUChrEvent event)
{
    CharMux *s = opaque;

    mux_base_drained(s); /* a peer that went took with it what waited */
    s->parent_obj.be_open = qemu_chr_fe_backend_open(&s->base);
    for (int i = 0; i < s->count; i++) {
        mux_event(s, i, event);
    }
}

/* Its own front ends. */

static bool mux_attach(Chardev *chr, CharBackend *be, Error **errp)
{
    CharMux *s = CHARDEV_MUX(chr);

    if (s->count == MUX_MAX) {
        error_setg(errp, "too many uses of multiplexed chardev '%s' "
                         "(maximum is %d)", chr->label, MUX_MAX);
        return false;
    }
    s->ports[s->count++] = (MuxPort){ .be = be };
    if (!chr->be) {
        chr->be = be; /* in use, from now on */
    }
    return true;
}

static void mux_detach(Chardev *chr, CharBackend *be)
{
    CharMux *s = CHARDEV_MUX(chr);
    int i;

    for (i = 0; i < s->count && s->ports[i].be != be; i++) {
        /* look for it */
    }
    if (i == s->count) {
        return;
    }
    s->count--;
    memmove(&s->ports[i], &s->ports[i + 1],
            (s->count - i) * sizeof(s->ports[0]));
    if (s->focus == i) {
        s->focus = -1;
    } else if (s->focus > i) {
        s->focus--;
    }
    if (s->focus < 0 && s->count) {
        mux_set_focus(s, 0);
    }
    chr->be = s->count ? s->ports[s->focus].be : NULL;
}

static void mux_handlers_changed(Chardev *chr, CharBackend *be)
{
    CharMux *s = CHARDEV_MUX(chr);

    for (int i = 0; i < s->count; i++) {
        if (s->ports[i].be == be && be->read) {
            if (s->focus < 0) {
                mux_set_focus(s, i); /* who came first talks first */
            }
            mux_deliver(&s->ports[i]);
        }
    }
}

static void mux_accept_input(Chardev *chr)
{
    CharMux *s = CHARDEV_MUX(chr);

    for (int i = 0; i < s->count; i++) {
        mux_deliver(&s->ports[i]);
    }
    qemu_chr_fe_accept_input(&s->base);
}

static void mux_write_timestamp(CharMux *s)
{
    int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    int64_t t;

    if (!s->first_ms) {
        s->first_ms = now;
    }
    t = now - s->first_ms;
    qemu_chr_fe_printf(&s->base, "[%02d:%02d:%02d.%03d] ",
                       (int)(t / 3600000), (int)(t / 60000 % 60),
                       (int)(t / 1000 % 60), (int)(t % 1000));
}

static int mux_write(Chardev *chr, const uint8_t *buf, int len)
{
    CharMux *s = CHARDEV_MUX(chr);
    int start = 0;

    if (qemu_chr_fe_pending(&s->base)) {
        errno = EAGAIN;
        return -1;
    }
    if (!s->timestamps) {
        return qemu_chr_fe_write_all(&s->base, buf, len);
    }
    for (int i = 0; i < len; i++) {
        if (s->line_start) {
            qemu_chr_fe_write_all(&s->base, buf + start, i - start);
            mux_write_timestamp(s);
            start = i;
        }
        s->line_start = buf[i] == '\n';
    }
    qemu_chr_fe_write_all(&s->base, buf + start, len - start);
    return len;
}

static void mux_watch_write(Chardev *chr, bool on)
{
    CHARDEV_MUX(chr)->watching = on;
}

static void mux_drained(Chardev *chr)
{
    CharMux *s = CHARDEV_MUX(chr);

    for (int i = 0; i < s->count; i++) {
        CharBackend *be = s->ports[i].be;

        if (be->drained) {
            be->drained(be->opaque);
        }
    }
}

static void mux_set_echo(Chardev *chr, bool echo)
{
    qemu_chr_fe_set_echo(&CHARDEV_MUX(chr)->base, echo);
}

static bool mux_open(Chardev *chr, json_t *opts, bool keyval, Error **errp)
{
    CharMux *s = CHARDEV_MUX(chr);
    g_autofree char *base = NULL;
    const CharOpt table[] = {
        { "chardev", CHAR_OPT_STR, &base },
        { NULL },
    };
    Chardev *base_chr;

    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    if (!base) {
        error_setg(errp, "chardev: mux: no chardev given");
        return false;
    }
    base_chr = qemu_chr_find(base);
    if (!base_chr) {
        error_setg(errp, "mux: base chardev %s not found", base);
        return false;
    }
    if (!qemu_chr_fe_init(&s->base, base_chr, errp)) {
        return false;
    }
    chr->filename = g_strdup("mux");
    qemu_chr_fe_set_handlers(&s->base, mux_base_can_read, mux_base_read,
                             mux_base_event, s);
    qemu_chr_fe_set_drained(&s->base, mux_base_drained);
    chr->be_open = qemu_chr_fe_backend_open(&s->base);
    return true;
}

static void mux_init(Object *obj)
{
    ((CharMux *)obj)->focus = -1;
}

static void mux_finalize(Object *obj)
{
    CharMux *s = CHARDEV_MUX(obj);

    for (int i = 0; i < s->count; i++) {
        s->ports[i].be->chr = NULL;
    }
    qemu_chr_fe_deinit(&s->base);
}

static void mux_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->open = mux_open;
    cc->write = mux_write;
    cc->watch_write = mux_watch_write;
    cc->drained = mux_drained;
    cc->accept_input = mux_accept_input;
    cc->set_echo = mux_set_echo;
    cc->attach = mux_attach;
    cc->detach = mux_detach;
    cc->handlers_changed = mux_handlers_changed;
}

static const TypeInfo mux_types[] = {
    {
        .name = TYPE_CHARDEV_MUX,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(CharMux),
        .instance_init = mux_init,
        .instance_finalize = mux_finalize,
        .class_init = mux_class_init,
    },
};

DEFINE_TYPES(mux_types)
