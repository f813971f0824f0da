/*
 * The pty chardev: a pseudo-terminal whose other end a user may open.
 *
 * The kernel tells us that nobody has the other end open (POLLHUP), but not
 * when that changes; so while it is closed a timer looks once a second, and
 * every write looks too. Output without a reader is dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

#include "util/sockets.h"

#define PTY_CHECK_MS 1000

OBJECT_DECLARE_SIMPLE_TYPE(CharPty, CHARDEV_PTY)

struct CharPty {
    Chardev parent_obj;
    int fd;
    bool reading; /* the front end wants input */
    bool writing;
    char *link; /* path=: a symbolic link to the terminal */
    QEMUTimer *timer;
};

static bool pty_other_end_open(CharPty *s)
{
    struct pollfd pfd = { .fd = s->fd, .events = POLLIN };

    return poll(&pfd, 1, 0) >= 0 && !(pfd.revents & POLLHUP);
}

static void pty_readable(void *opaque);

static void pty_writable(void *opaque)
{
    qemu_chr_be_flush(opaque);
}

static void pty_update(CharPty *s)
{
    bool open = s->parent_obj.be_open;

    /* While the other end is closed, the descriptor is always "ready". */
    qemu_set_fd_handler(s->fd, open && s->reading ? pty_readable : NULL,
                        open && s->writing ? pty_writable : NULL, s);
}

static void pty_closed(CharPty *s)
{
    Chardev *chr = &s->parent_obj;

    pthread_mutex_lock(&chr->write_lock);
    qemu_chr_be_drop_pending(chr);
    pthread_mutex_unlock(&chr->write_lock);
    s->writing = false;
    if (chr->be_open) {
        qemu_chr_be_event(chr, CHR_EVENT_CLOSED);
    }
    pty_update(s);
    timer_mod(s->timer,
              qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + PTY_CHECK_MS);
}

static void pty_check(void *opaque)
{
    CharPty *s = opaque;

    if (!pty_other_end_open(s)) {
        pty_closed(s);
        return;
    }
    if (!s->parent_obj.be_open) {
        qemu_chr_be_event(&s->parent_obj, CHR_EVENT_OPENED);
    }
    pty_update(s);
    if (!s->reading) {
        /* Nobody watches the descriptor, so keep looking. */
        timer_mod(s->timer,
                  qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + PTY_CHECK_MS);
    }
}

static void pty_readable(void *opaque)
{
    CharPty *s = opaque;
    Chardev *chr = &s->parent_obj;
    uint8_t buf[CHR_READ_CHUNK];
    int room = qemu_chr_be_can_write(chr);
    ssize_t n;

    if (room <= 0) {
        s->reading = false;
        pty_check(s);
        return;
    }
    n = read(s->fd, buf, MIN(room, (int)sizeof(buf)));
    if (n > 0) {
        qemu_chr_be_write(chr, buf, n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        pty_closed(s);
    }
}

static int pty_write(Chardev *chr, const uint8_t *buf, int len)
{
    CharPty *s = CHARDEV_PTY(chr);
    ssize_t n;

    if (!pty_other_end_open(s)) {
        return len;
    }
    do {
        n = write(s->fd, buf, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

static void pty_watch_write(Chardev *chr, bool on)
{
    CharPty *s = CHARDEV_PTY(chr);

    s->writing = on;
    if (on) {
        pty_check(s);
    } else {
        pty_update(s);
    }
}

static void pty_update_read_handler(Chardev *chr)
{
    CharPty *s = CHARDEV_PTY(chr);

    s->reading = chr->be && chr->be->read;
    pty_check(s);
}

/* Opens a pair; *name is the other end's path. -1 with *errp. */
static int open_pty(char **name, Error **errp)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios tty;
    char path[64];
    int other;

    if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 ||
        ptsname_r(fd, path, sizeof(path))) {
        error_setg_errno(errp, errno, "Failed to create PTY");
        goto fail;
    }
    /* Opened once, for its settings and so that closing it reads as POLLHUP. */
    other = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", path);
        goto fail;
    }
    if (tcgetattr(other, &tty) == 0) {
        cfmakeraw(&tty);
        tcsetattr(other, TCSAFLUSH, &tty);
    }
    close(other);
    if (!fd_set_nonblocking(fd, errp)) {
        goto fail;
    }
    *name = g_strdup(path);
    return fd;

fail:
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static bool pty_open(Chardev *chr, json_t *opts, bool keyval, Error **errp)
{
    CharPty *s = CHARDEV_PTY(chr);
    g_autofree char *link = NULL;
    g_autofree char *name = NULL;
    const CharOpt table[] = {
        { "path", CHAR_OPT_STR, &link },
        { NULL },
    };

    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    s->fd = open_pty(&name, errp);
    if (s->fd < 0) {
        return false;
    }
    if (link && symlink(name, link) < 0) {
        error_setg_errno(errp, errno, "Failed to create PTY symlink '%s'",
                         link);
        return false;
    }
    s->link = g_steal_pointer(&link);
    chr->filename = g_strdup_printf("pty:%s", name);
    s->timer = timer_new_ms(QEMU_CLOCK_REALTIME, pty_check, s);
    pty_check(s);
    return true;
}

static void pty_init(Object *obj)
{
    ((CharPty *)obj)->fd = -1;
}

static void pty_finalize(Object *obj)
{
    CharPty *s = CHARDEV_PTY(obj);

    timer_free(s->timer);
    if (s->fd >= 0) {
        qemu_set_fd_handler(s->fd, NULL, NULL, NULL);
        close(s->fd);
    }
    if (s->link) {
        unlink(s->link);
        g_free(s->link);
    }
}

static void pty_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->open = pty_open;
    cc->write = pty_write;
    cc->watch_write = pty_watch_write;
    cc->update_read_handler = pty_update_read_handler;
    cc->accept_input = pty_update_read_handler;
}

static const TypeInfo pty_types[] = {
    {
        .name = TYPE_CHARDEV_PTY,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(CharPty),
        .instance_init = pty_init,
        .instance_finalize = pty_finalize,
        .class_init = pty_class_init,
    },
};

DEFINE_TYPES(pty_types)
