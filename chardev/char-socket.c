/*
 * The socket chardev: a stream over TCP, a Unix socket or a given descriptor.
 *
 * There is one connection at a time. A server stops accepting while it has
 * one (others wait in the kernel's queue) and goes on when it ends; a client
 * with reconnect-ms tries again after that time. A connect that may be retried
 * runs in a thread of its own, so that an unreachable host does not stop the
 * main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "char-socket-internal.h"

#include <netinet/tcp.h>
#include <poll.h>

#include "util/sockets.h"

/* Descriptors in one message. */
#define MAX_MSGFDS 16
/* How long accepting rests when the process is out of descriptors. */
#define ACCEPT_RETRY_MS 1000

typedef struct ConnectJob ConnectJob;

OBJECT_DECLARE_SIMPLE_TYPE(CharSocket, CHARDEV_SOCKET)

struct CharSocket {
    Chardev parent_obj;
    CharSocketOpts opts;
    int fd; /* the connection, or -1; changes under write_lock */
    int listen_fd;
    bool bound_path; /* the Unix socket's file is ours to remove */
    bool reading;
    bool writing;
    int msgfds[MAX_MSGFDS];
    int nb_msgfds;

    QEMUTimer *retry_timer;
    ConnectJob *job; /* the attempt that is under way */
    bool failure_reported;
};

/* ----------------------------------------------------------- connection */

static void socket_readable(void *opaque);
static void socket_accept(void *opaque);
static void socket_try_connect(CharSocket *s);

static void socket_writable(void *opaque)
{
    qemu_chr_be_flush(opaque);
}

static void socket_update_handlers(CharSocket *s)
{
    if (s->fd >= 0) {
        qemu_set_fd_handler(s->fd, s->reading ? socket_readable : NULL,
                            s->writing ? socket_writable : NULL, s);
    }
}

static void socket_update_name(CharSocket *s)
{
    g_free(s->parent_obj.filename);
    s->parent_obj.filename =
        char_socket_name(&s->opts, s->fd, s->listen_fd);
}

static void socket_drop_msgfds(CharSocket *s)
{
    while (s->nb_msgfds) {
        close(s->msgfds[--s->nb_msgfds]);
    }
}

static void socket_listen(CharSocket *s)
{
    qemu_set_fd_handler(s->listen_fd, socket_accept, NULL, s);
}

static void socket_connected(CharSocket *s, int fd)
{
    Chardev *chr = &s->parent_obj;
    int on = 1;

    if (s->opts.nodelay) {
        /* Fails, harmlessly, where the socket is not TCP. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    if (s->listen_fd >= 0) {
        qemu_set_fd_handler(s->listen_fd, NULL, NULL, NULL);
    }
    pthread_mutex_lock(&chr->write_lock);
    s->fd = fd;
    pthread_mutex_unlock(&chr->write_lock);
    s->reading = chr->be && chr->be->read;
    s->writing = false;
    s->failure_reported = false;
    socket_update_name(s);
    socket_update_handlers(s);
    qemu_chr_be_event(chr, CHR_EVENT_OPENED);
}

static void socket_close(CharSocket *s)
{
    Chardev *chr = &s->parent_obj;

    qemu_set_fd_handler(s->fd, NULL, NULL, NULL);
    pthread_mutex_lock(&chr->write_lock);
    close(s->fd);
    s->fd = -1;
    qemu_chr_be_drop_pending(chr);
    pthread_mutex_unlock(&chr->write_lock);
    socket_drop_msgfds(s);
    socket_update_name(s);
}

static void socket_retry_later(CharSocket *s, int64_t ms)
{
    timer_mod(s->retry_timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + ms);
}

static void socket_disconnect(Chardev *chr)
{
    CharSocket *s = CHARDEV_SOCKET(chr);

    if (s->fd < 0) {
        return;
    }
    socket_close(s);
    if (s->listen_fd >= 0) {
        socket_listen(s);
    } else if (s->opts.reconnect_ms) {
        socket_retry_later(s, s->opts.reconnect_ms);
    }
    qemu_chr_be_event(chr, CHR_EVENT_CLOSED);
}

static int socket_accept_one(CharSocket *s)
{
    int fd;

    do {
        fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static void socket_accept(void *opaque)
{
    CharSocket *s = opaque;
    int fd = socket_accept_one(s);

    if (fd >= 0) {
        socket_connected(s, fd);
    } else if (errno != EAGAIN && errno != ECONNABORTED) {
        /* Out of descriptors or memory: the listener stays ready, so watching
         * it on would only spin. */
        qemu_set_fd_handler(s->listen_fd, NULL, NULL, NULL);
        socket_retry_later(s, ACCEPT_RETRY_MS);
    }
}

static void socket_retry(void *opaque)
{
    CharSocket *s = opaque;

    if (s->fd >= 0) {
        return;
    }
    if (s->listen_fd >= 0) {
        socket_listen(s);
    } else {
        socket_try_connect(s);
    }
}

/* ----------------------------------------------------- connect in thread */

struct ConnectJob {
    CharSocket *s; /* main thread; NULL when it is not wanted any more */
    CharSocketAddr addr;
    QemuThread *thread;
    int fd;
    Error *err;
};

static void connect_job_done(void *opaque)
{
    ConnectJob *job = opaque;
    CharSocket *s = job->s;

    qemu_thread_join(job->thread);
    if (!s) {
        if (job->fd >= 0) {
            close(job->fd);
        }
        error_free(job->err);
    } else {
        s->job = NULL;
        if (job->fd >= 0) {
            socket_connected(s, job->fd);
        } else {
            if (!s->failure_reported) {
                s->failure_reported = true;
                error_reportf_err(job->err,
                                  "Unable to connect character device %s: ",
                                  s->parent_obj.label);
            } else {
                error_free(job->err);
            }
            socket_retry_later(s, s->opts.reconnect_ms);
        }
    }
    char_socket_addr_clear(&job->addr);
    g_free(job);
}

static void *connect_job_run(void *opaque)
{
    ConnectJob *job = opaque;

    job->fd = char_socket_connect(&job->addr, true, &job->err);
    aio_bh_schedule_oneshot(qemu_get_aio_context(), connect_job_done, job);
    return NULL;
}

static void socket_try_connect(CharSocket *s)
{
    ConnectJob *job = g_new0(ConnectJob, 1);
    Error *err = NULL;

    job->s = s;
    char_socket_addr_copy(&job->addr, &s->opts.addr);
    job->thread = qemu_thread_create("chr-connect", connect_job_run, job,
                                     &err);
    if (!job->thread) {
        warn_report_err(err);
        char_socket_addr_clear(&job->addr);
        g_free(job);
        socket_retry_later(s, s->opts.reconnect_ms);
        return;
    }
    s->job = job;
}

/* ------------------------------------------------------------------ I/O */

/* The descriptors of one message take the place of those not fetched. */
static void socket_keep_msgfds(CharSocket *s, struct msghdr *msg)
{
    struct cmsghdr *c;

    for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        int nb;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        socket_drop_msgfds(s);
        nb = MIN((c->cmsg_len - CMSG_LEN(0)) / sizeof(int), MAX_MSGFDS);
        memcpy(s->msgfds, CMSG_DATA(c), nb * sizeof(int));
        s->nb_msgfds = nb;
    }
}

static ssize_t socket_receive(CharSocket *s, uint8_t *buf, size_t len)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int) * MAX_MSGFDS)];
    } control;
    struct iovec iov = { .iov_base = buf, .iov_len = len };
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          .msg_controllen = sizeof(control) };
    ssize_t n = recvmsg(s->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n > 0) {
        socket_keep_msgfds(s, &msg);
    }
    return n;
}

static void socket_readable(void *opaque)
{
    CharSocket *s = opaque;
    Chardev *chr = &s->parent_obj;
    uint8_t buf[CHR_READ_CHUNK];
    int room = qemu_chr_be_can_write(chr);
    ssize_t n;

    if (room <= 0) {
        s->reading = false;
        socket_update_handlers(s);
        return;
    }
    n = socket_receive(s, buf, MIN(room, (int)sizeof(buf)));
    if (n > 0) {
        qemu_chr_be_write(chr, buf, n); /* may disconnect */
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        socket_disconnect(chr);
    }
}

static int socket_write(Chardev *chr, const uint8_t *buf, int len)
{
    CharSocket *s = CHARDEV_SOCKET(chr);
    ssize_t n;

    if (s->fd < 0) {
        return len;
    }
    do {
        n = send(s->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n;
}

static void socket_watch_write(Chardev *chr, bool on)
{
    CharSocket *s = CHARDEV_SOCKET(chr);

    s->writing = on;
    socket_update_handlers(s);
}

static void socket_update_read_handler(Chardev *chr)
{
    CharSocket *s = CHARDEV_SOCKET(chr);

    s->reading = chr->be && chr->be->read;
    socket_update_handlers(s);
}

static int socket_get_msgfds(Chardev *chr, int *fds, int max)
{
    CharSocket *s = CHARDEV_SOCKET(chr);
    int n = MIN(s->nb_msgfds, max);

    memcpy(fds, s->msgfds, n * sizeof(int));
    /* What the caller has no room for it did not expect. */
    memmove(s->msgfds, s->msgfds + n, (s->nb_msgfds - n) * sizeof(int));
    s->nb_msgfds -= n;
    socket_drop_msgfds(s);
    return n;
}

/* -------------------------------------------------------------- opening */

static bool socket_wait_for_client(CharSocket *s, Error **errp)
{
    int fd;

    info_report("QEMU waiting for connection on: %s", s->parent_obj.filename);
    while ((fd = socket_accept_one(s)) < 0) {
        struct pollfd pfd = { .fd = s->listen_fd, .events = POLLIN };

        if (errno != EAGAIN && errno != ECONNABORTED) {
            error_setg_errno(errp, errno, "Unable to accept connection");
            return false;
        }
        poll(&pfd, 1, -1);
    }
    socket_connected(s, fd);
    return true;
}

static bool socket_open(Chardev *chr, json_t *opts, bool keyval, Error **errp)
{
    CharSocket *s = CHARDEV_SOCKET(chr);
    CharSocketOpts *o = &s->opts;
    int fd;

    if (!char_socket_opts_parse(o, opts, keyval, errp)) {
        return false;
    }
    s->retry_timer = timer_new_ms(QEMU_CLOCK_REALTIME, socket_retry, s);
    if (o->server) {
        s->listen_fd = char_socket_listen(&o->addr, keyval, errp);
        if (s->listen_fd < 0) {
            return false;
        }
        s->bound_path = o->addr.kind == CHAR_SOCKET_UNIX && !o->addr.abstract;
        socket_update_name(s);
        if (o->wait) {
            return socket_wait_for_client(s, errp);
        }
        socket_listen(s);
        return true;
    }
    socket_update_name(s);
    if (o->reconnect_ms) {
        socket_try_connect(s);
        return true;
    }
    fd = char_socket_connect(&o->addr, keyval, errp);
    if (fd < 0) {
        return false;
    }
    socket_connected(s, fd);
    return true;
}

static void socket_init(Object *obj)
{
    CharSocket *s = (CharSocket *)obj;

    s->fd = -1;
    s->listen_fd = -1;
}

static void socket_finalize(Object *obj)
{
    CharSocket *s = CHARDEV_SOCKET(obj);

    timer_free(s->retry_timer);
    if (s->job) {
        s->job->s = NULL;
    }
    if (s->fd >= 0) {
        socket_close(s);
    }
    if (s->listen_fd >= 0) {
        qemu_set_fd_handler(s->listen_fd, NULL, NULL, NULL);
        close(s->listen_fd);
    }
    if (s->bound_path) {
        unlink(s->opts.addr.path);
    }
    char_socket_addr_clear(&s->opts.addr);
}

static void socket_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->open = socket_open;
    cc->write = socket_write;
    cc->watch_write = socket_watch_write;
    cc->update_read_handler = socket_update_read_handler;
    cc->accept_input = socket_update_read_handler;
    cc->disconnect = socket_disconnect;
    cc->get_msgfds = socket_get_msgfds;
}

static const TypeInfo socket_types[] = {
    {
        .name = TYPE_CHARDEV_SOCKET,
        .parent = TYPE_CHARDEV,
        .instance_size = sizeof(CharSocket),
        .instance_init = socket_init,
        .instance_finalize = socket_finalize,
        .class_init = socket_class_init,
    },
};

DEFINE_TYPES(socket_types)
