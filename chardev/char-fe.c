/*
 * The front end's side of a character device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include "util/sockets.h"

/* A peer that lets this much pile up does not read any more. */
#define CHR_MAX_PENDING (16 * MiB)

bool qemu_chr_fe_init(CharBackend *be, Chardev *chr, Error **errp)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);

    if (cc->attach) {
        if (!cc->attach(chr, be, errp)) {
            return false;
        }
    } else if (chr->be) {
        error_setg(errp, "chardev '%s' is already in use", chr->label);
        return false;
    } else {
        chr->be = be;
    }
    *be = (CharBackend){ .chr = chr };
    return true;
}

void qemu_chr_fe_deinit(CharBackend *be)
{
    Chardev *chr = be->chr;
    ChardevClass *cc;

    if (!chr) {
        return;
    }
    qemu_chr_fe_set_handlers(be, NULL, NULL, NULL, NULL);
    cc = CHARDEV_GET_CLASS(chr);
    if (cc->detach) {
        cc->detach(chr, be);
    } else if (chr->be == be) {
        chr->be = NULL;
    }
    be->chr = NULL;
}

void qemu_chr_fe_set_handlers(CharBackend *be, int (*can_read)(void *),
                              void (*read)(void *, const uint8_t *, int),
                              void (*event)(void *, QEMUChrEvent),
                              void *opaque)
{
    Chardev *chr = be->chr;
    ChardevClass *cc;
    bool was_open;

    if (!chr) {
        return;
    }
    was_open = chr->be_open;
    be->can_read = can_read;
    be->read = read;
    be->event = event;
    be->drained = NULL;
    be->opaque = opaque;

    cc = CHARDEV_GET_CLASS(chr);
    if (cc->update_read_handler) {
        cc->update_read_handler(chr);
    }
    /* If it was the backend that found its peer just now, it has said so. */
    if (was_open && chr->be_open && event) {
        event(opaque, CHR_EVENT_OPENED);
    }
    if (cc->handlers_changed) {
        cc->handlers_changed(chr, be);
    }
}

void qemu_chr_fe_accept_input(CharBackend *be)
{
    if (be->chr) {
        ChardevClass *cc = CHARDEV_GET_CLASS(be->chr);

        if (cc->accept_input) {
            cc->accept_input(be->chr);
        }
    }
}

static void log_written(Chardev *chr, const uint8_t *buf, int len)
{
    if (chr->log_fd >= 0 && len > 0) {
        /* A log that cannot be written must not disturb what it logs. */
        (void)fd_write_full(chr->log_fd, buf, len);
    }
}

/* Retried and perhaps disconnected from the main loop. */
static void write_failed(Chardev *chr)
{
    chr->broken = true;
    qemu_bh_schedule(chr->flush_bh);
}

/* As much as goes now, in one or more calls; never past pending bytes. -1
 * with errno if nothing went. */
static int write_now(Chardev *chr, const uint8_t *buf, int len)
{
    ChardevClass *cc = CHARDEV_GET_CLASS(chr);
    int done = 0;

    if (chr->pending->len || chr->broken) {
        errno = EAGAIN;
        return -1;
    }
    while (done < len) {
        int n = cc->write(chr, buf + done, len - done);

        if (n < 0) {
            if (errno != EAGAIN) {
                int saved = errno;

                write_failed(chr);
                errno = saved;
            }
            break;
        }
        done += n;
        if (!n) {
            errno = EAGAIN;
            break;
        }
    }
    log_written(chr, buf, done);
    return done || !len ? done : -1;
}

int qemu_chr_fe_write(CharBackend *be, const uint8_t *buf, int len)
{
    Chardev *chr = be->chr;
    int ret;

    if (!chr) {
        return len; /* nobody listens: dropped */
    }
    pthread_mutex_lock(&chr->write_lock);
    ret = write_now(chr, buf, len);
    pthread_mutex_unlock(&chr->write_lock);
    return ret;
}

int qemu_chr_fe_write_all(CharBackend *be, const uint8_t *buf, int len)
{
    Chardev *chr = be->chr;
    int done;

    if (!chr) {
        return len;
    }
    pthread_mutex_lock(&chr->write_lock);
    done = write_now(chr, buf, len);
    done = MAX(done, 0);
    if (done < len && !chr->broken) {
        size_t waiting = chr->pending->len - chr->pending_sent;

        if (waiting + (len - done) > CHR_MAX_PENDING) {
            write_failed(chr);
        } else {
            g_byte_array_append(chr->pending, buf + done, len - done);
            log_written(chr, buf + done, len - done);
            qemu_bh_schedule(chr->flush_bh);
        }
    }
    pthread_mutex_unlock(&chr->write_lock);
    return len;
}

size_t qemu_chr_fe_pending(CharBackend *be)
{
    Chardev *chr = be->chr;
    size_t waiting;

    if (!chr) {
        return 0;
    }
    pthread_mutex_lock(&chr->write_lock);
    waiting = chr->pending->len - chr->pending_sent;
    pthread_mutex_unlock(&chr->write_lock);
    return waiting;
}

void qemu_chr_fe_set_drained(CharBackend *be, void (*drained)(void *opaque))
{
    be->drained = drained;
}

void qemu_chr_fe_printf(CharBackend *be, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qemu_chr_fe_write_all(be, (const uint8_t *)text, strlen(text));
}

int qemu_chr_fe_get_msgfds(CharBackend *be, int *fds, int max)
{
    ChardevClass *cc = be->chr ? CHARDEV_GET_CLASS(be->chr) : NULL;

    return cc && cc->get_msgfds ? cc->get_msgfds(be->chr, fds, max) : 0;
}

void qemu_chr_fe_disconnect(CharBackend *be)
{
    ChardevClass *cc = be->chr ? CHARDEV_GET_CLASS(be->chr) : NULL;

    if (cc && cc->disconnect) {
        cc->disconnect(be->chr);
    }
}

void qemu_chr_fe_set_echo(CharBackend *be, bool echo)
{
    ChardevClass *cc = be->chr ? CHARDEV_GET_CLASS(be->chr) : NULL;

    if (cc && cc->set_echo) {
        cc->set_echo(be->chr, echo);
    }
}

bool qemu_chr_fe_backend_open(const CharBackend *be)
{
    return be->chr && be->chr->be_open;
}
