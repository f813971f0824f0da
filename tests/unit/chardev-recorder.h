/*
 * A front end for tests: it records what it hears and takes as much at a time
 * as the test allows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_CHARDEV_RECORDER_H
#define TESTS_CHARDEV_RECORDER_H

#include "chardev/char.h"

typedef struct Recorder {
    CharBackend be;
    GString *got;
    int room; /* what can_read says; reading uses it up unless INT_MAX */
    int opened, closed, breaks, mux_in, mux_out;
    bool disconnect_on_read;
} Recorder;

static inline int recorder_can_read(void *opaque)
{
    return ((Recorder *)opaque)->room;
}

static inline void recorder_read(void *opaque, const uint8_t *buf, int size)
{
    Recorder *r = opaque;

    g_assert_cmpint(size, >, 0);
    g_assert_cmpint(size, <=, r->room);
    if (r->room != INT_MAX) {
        r->room -= size;
    }
    g_string_append_len(r->got, (const char *)buf, size);
    if (r->disconnect_on_read) {
        qemu_chr_fe_disconnect(&r->be);
    }
}

static inline void recorder_event(void *opaque, QEMUChrEvent event)
{
    Recorder *r = opaque;

    switch (event) {
    case CHR_EVENT_OPENED:
        r->opened++;
        break;
    case CHR_EVENT_CLOSED:
        r->closed++;
        break;
    case CHR_EVENT_BREAK:
        r->breaks++;
        break;
    case CHR_EVENT_MUX_IN:
        r->mux_in++;
        break;
    case CHR_EVENT_MUX_OUT:
        r->mux_out++;
        break;
    }
}

static inline void recorder_attach(Recorder *r, Chardev *chr)
{
    *r = (Recorder){ .got = g_string_new(NULL), .room = INT_MAX };
    g_assert_nonnull(chr);
    qemu_chr_fe_init(&r->be, chr, &error_abort);
    qemu_chr_fe_set_handlers(&r->be, recorder_can_read, recorder_read,
                             recorder_event, r);
}

static inline void recorder_detach(Recorder *r)
{
    qemu_chr_fe_deinit(&r->be);
    g_string_free(r->got, TRUE);
    r->got = NULL;
}

static inline void recorder_write(Recorder *r, const char *text)
{
    g_assert_cmpint(qemu_chr_fe_write_all(&r->be, (const uint8_t *)text,
                                          strlen(text)),
                    ==, strlen(text));
}

static inline Chardev *new_from_arg(const char *fmt, ...)
    G_GNUC_PRINTF(1, 2);
static inline Chardev *new_from_arg(const char *fmt, ...)
{
    g_autofree char *arg = NULL;
    va_list ap;

    va_start(ap, fmt);
    arg = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return qemu_chr_new_from_arg(arg, &error_abort);
}

/* Runs the main loop until cond holds; a test that waits in vain is ended by
 * the harness. */
#define RUN_UNTIL(cond)             \
    do {                            \
        while (!(cond)) {           \
            main_loop_wait(false);  \
        }                           \
    } while (0)

/* Everything that can be done without waiting. */
static inline void run_idle(void)
{
    while (aio_poll(qemu_get_aio_context(), false)) {
        /* more */
    }
}

#endif
