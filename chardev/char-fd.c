/*
 * Chardevs over plain descriptors: what file, stdio, pipe and pty share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include <signal.h>

static void char_fd_readable(void *opaque);

static void char_fd_writable(void *opaque)
{
    qemu_chr_be_flush(opaque);
}

static void char_fd_update(CharFd *s)
{
    IOHandler *rd = s->reading ? char_fd_readable : NULL;
    IOHandler *wr = s->writing ? char_fd_writable : NULL;

    if (s->fd_in == s->fd_out) {
        if (s->fd_in >= 0) {
            qemu_set_fd_handler(s->fd_in, rd, wr, s);
        }
        return;
    }
    if (s->fd_in >= 0) {
        qemu_set_fd_handler(s->fd_in, rd, NULL, s);
    }
    if (s->fd_out >= 0) {
        qemu_set_fd_handler(s->fd_out, NULL, wr, s);
    }
}

static void char_fd_set_reading(CharFd *s, bool on)
{
    s->reading = on && s->fd_in >= 0 && !s->eof;
    char_fd_update(s);
}

static void char_fd_readable(void *opaque)
{
    CharFd *s = opaque;
    Chardev *chr = &s->parent_obj;
    uint8_t buf[CHR_READ_CHUNK];
    int room = qemu_chr_be_can_write(chr);
    ssize_t n;

    if (room <= 0) {
        char_fd_set_reading(s, false);
        return;
    }
    n = read(s->fd_in, buf, MIN(room, (int)sizeof(buf)));
    if (n > 0) {
        qemu_chr_be_write(chr, buf, n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        s->eof = true;
        char_fd_set_reading(s, false);
        qemu_chr_be_event(chr, CHR_EVENT_CLOSED);
    }
}

static int char_fd_write(Chardev *chr, const uint8_t *buf, int len)
{
    CharFd *s = CHARDEV_FD(chr);
    ssize_t n;

    if (s->fd_out < 0) {
        return len;
    }
    do {
        n = write(s->fd_out, buf, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

static void char_fd_watch_write(Chardev *chr, bool on)
{
    CharFd *s = CHARDEV_FD(chr);

    s->writing = on;
    char_fd_update(s);
}

static void char_fd_update_read_handler(Chardev *chr)
{
    char_fd_set_reading(CHARDEV_FD(chr), chr->be && chr->be->read);
}

void char_fd_start(CharFd *s, int fd_in, int fd_out)
{
    struct sigaction old;

    /* A reader that went away is an EPIPE for us, not the end. */
    if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
        signal(SIGPIPE, SIG_IGN);
    }
    s->fd_in = fd_in;
    s->fd_out = fd_out;
    s->eof = fd_in < 0;
    qemu_chr_be_event(&s->parent_obj, CHR_EVENT_OPENED);
    char_fd_update_read_handler(&s->parent_obj);
}

static void char_fd_init(Object *obj)
{
    CharFd *s = (CharFd *)obj;

    s->fd_in = -1;
    s->fd_out = -1;
}

static void char_fd_finalize(Object *obj)
{
    CharFd *s = (CharFd *)obj;

    s->reading = false;
    s->writing = false;
    char_fd_update(s);
    /* stdio's descriptors are the process's, not ours. */
    if (s->fd_in > STDERR_FILENO && s->fd_in != s->fd_out) {
        close(s->fd_in);
    }
    if (s->fd_out > STDERR_FILENO) {
        close(s->fd_out);
    }
}

static void char_fd_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->write = char_fd_write;
    cc->watch_write = char_fd_watch_write;
    cc->update_read_handler = char_fd_update_read_handler;
    cc->accept_input = char_fd_update_read_handler;
}

static const TypeInfo char_fd_types[] = {
    {
        .name = TYPE_CHARDEV_FD,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(CharFd),
        .instance_init = char_fd_init,
        .instance_finalize = char_fd_finalize,
        .class_init = char_fd_class_init,
        .abstract = true,
    },
};

DEFINE_TYPES(char_fd_types)
