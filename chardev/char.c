/*
 * Character devices: the base class, and what all backends share.
 *
 * A byte on its way out: front end -> qemu_chr_fe_write*() -> the backend's
 * write(). What the peer does not take is kept in chr->pending; flush_bh tries
 * again from the main loop and, if that is still not all, lets the backend
 * watch for room. A byte on its way in: the backend asks
 * qemu_chr_be_can_write() how much the front end takes, reads that much and
 * passes it on with qemu_chr_be_write(). When the answer is 0 the backend
 * stops reading until the front end calls qemu_chr_fe_accept_input().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

int qemu_chr_be_can_write(Chardev *chr)
{
    CharBackend *be = chr->be;

    if (!be || !be->read) {
        return 0;
    }
    return be->can_read ? be->can_read(be->opaque) : CHR_READ_CHUNK;
}

void qemu_chr_be_write(Chardev *chr, const uint8_t *buf, int len)
{
    CharBackend *be = chr->be;

    if (be && be->read) {
        be->read(be->opaque, buf, len);
    }
}

void qemu_chr_be_event(Chardev *chr, QEMUChrEvent event)
{
    CharBackend *be = chr->be;

    if (event == CHR_EVENT_OPENED) {
        chr->be_open = true;
    } else if (event == CHR_EVENT_CLOSED) {
        chr->be_open = false;
    }
    if (be && be->event) {
        be->event(be->opaque, event);
    }
}

void qemu_chr_be_drop_pending(Chardev *chr)
{
    g_byte_array_set_size(chr->pending, 0);
    chr->pending_sent = 0;
    chr->broken = false;
}

/* Sends from the pending bytes; true when none are left. */
static bool flush_pending(Chardev *chr)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);

    while (chr->pending_sent < chr->pending->len && !chr->broken) {
        int n = cc->write(chr, chr->pending->data + chr->pending_sent,
                          chr->pending->len - chr->pending_sent);

        if (n < 0 && errno != EAGAIN) {
            chr->broken = true;
        } else if (n <= 0) {
            break;
        } else {
            chr->pending_sent += n;
        }
    }
    /* Moved to the front only when that is cheap compared with what went. */
    if (chr->pending_sent > chr->pending->len / 2) {
        g_byte_array_remove_range(chr->pending, 0, chr->pending_sent);
        chr->pending_sent = 0;
    }
    return !chr->pending->len;
}

static void chr_be_drained(Chardev *chr)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);

    if (cc->drained) {
        cc->drained(chr);
    } else if (chr->be && chr->be->drained) {
        chr->be->drained(chr->be->opaque);
    }
}

void qemu_chr_be_flush(Chardev *chr)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);
    bool broken, more;

    pthread_mutex_lock(&chr->write_lock);
    more = !flush_pending(chr);
    broken = chr->broken;
    if (broken) {
        qemu_chr_be_drop_pending(chr);
        more = false;
    }
    pthread_mutex_unlock(&chr->write_lock);

    if (cc->watch_write) {
        cc->watch_write(chr, more);
    }
    if (broken && cc->disconnect) {
        cc->disconnect(chr);
    }
    if (!more) {
        chr_be_drained(chr);
    }
}

static void chardev_flush_bh(void *opaque)
{
    qemu_chr_be_flush(opaque);
}

static void chardev_init(Object *obj)
{
    Chardev *chr = (Chardev *)obj;

    pthread_mutex_init(&chr->write_lock, NULL);
    chr->pending = g_byte_array_new();
    chr->log_fd = -1;
    if (qemu_get_aio_context()) {
        chr->flush_bh = qemu_bh_new(chardev_flush_bh, chr);
    }
}

static void chardev_finalize(Object *obj)
{
    Chardev *chr = (Chardev *)obj;

    if (chr->be) {
        chr->be->chr = NULL;
    }
    qemu_bh_delete(chr->flush_bh);
    if (chr->log_fd >= 0) {
        close(chr->log_fd);
    }
    g_byte_array_free(chr->pending, TRUE);
    pthread_mutex_destroy(&chr->write_lock);
    g_free(chr->label);
    g_free(chr->filename);
}

static const TypeInfo chardev_types[] = {
    {
        .name = TYPE_CHARDEV,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(Chardev),
        .instance_init = chardev_init,
        .instance_finalize = chardev_finalize,
        .abstract = true,
        .class_size = sizeof(ChardevClass),
    },
};

DEFINE_TYPES(chardev_types)
