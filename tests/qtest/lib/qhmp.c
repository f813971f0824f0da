/*
 * A human at a monitor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/qtest/lib/qhmp.h"

#define TIMEOUT_MS 30000
#define PROMPT     "(qemu) "

struct QHmp {
    int fd;
    GString *in; /* came, and was not asked for yet */
};

QHmp *qhmp_new(int fd)
{
    QHmp *hmp = g_new0(QHmp, 1);

    hmp->fd = fd;
    hmp->in = g_string_new(NULL);
    return hmp;
}

QHmp *qhmp_connect(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    for (int i = 0; connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0; i++) {
        g_assert_cmpint(i, <, TIMEOUT_MS / 10);
        g_usleep(10000);
    }
    return qhmp_new(fd);
}

void qhmp_free(QHmp *hmp)
{
    close(hmp->fd);
    g_string_free(hmp->in, TRUE);
    g_free(hmp);
}

int qhmp_fd(QHmp *hmp)
{
    return hmp->fd;
}

void qhmp_send(QHmp *hmp, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(hmp->fd, bytes, len);

        g_assert_cmpint(n, >, 0);
        bytes += n;
        len -= n;
    }
}

void qhmp_type(QHmp *hmp, const char *text)
{
    qhmp_send(hmp, text, strlen(text));
}

/* The end of what came, for messages. */
static const char *last_words(QHmp *hmp)
{
    return hmp->in->str + (hmp->in->len > 2000 ? hmp->in->len - 2000 : 0);
}

/* False at the end of the stream. */
static bool read_more(QHmp *hmp, const char *mark)
{
    struct pollfd p = {.fd = hmp->fd, .events = POLLIN};
    char buf[4096];
    ssize_t n;

    if (poll(&p, 1, TIMEOUT_MS) != 1) {
        g_error("waiting for \"%s\", there is: %s", mark, last_words(hmp));
    }
    n = read(hmp->fd, buf, sizeof(buf));
    for (ssize_t i = 0; i < n; i++) {
        if (buf[i] != '\r') {
            g_string_append_c(hmp->in, buf[i]);
        }
    }
    return n > 0;
}

void qhmp_discard(QHmp *hmp)
{
    struct pollfd p = {.fd = hmp->fd, .events = POLLIN};

    while (poll(&p, 1, 0) == 1 && read_more(hmp, "anything")) {
        g_string_truncate(hmp->in, 0);
    }
    g_string_truncate(hmp->in, 0);
}

char *qhmp_until(QHmp *hmp, const char *mark)
{
    const char *end;
    char *text;
    size_t len;

    while (!(end = strstr(hmp->in->str, mark))) {
        if (!read_more(hmp, mark)) {
            g_error("closed, waiting for \"%s\"; there is: %s", mark,
                    last_words(hmp));
        }
    }
    len = end - hmp->in->str + strlen(mark);
    text = g_strndup(hmp->in->str, len);
    g_string_erase(hmp->in, 0, len);
    return text;
}

char *qhmp_command(QHmp *hmp, const char *line, bool echo)
{
    g_autofree char *all = NULL;
    const char *reply;

    qhmp_type(hmp, line);
    qhmp_type(hmp, "\n");
    if (echo) {
        g_autofree char *shown = qhmp_until(hmp, "\n");

        g_assert_true(g_str_has_prefix(shown, line));
        g_assert_cmpuint(strlen(shown), ==, strlen(line) + 1);
    }
    all = qhmp_until(hmp, PROMPT);
    reply = all;
    return g_strndup(reply, strlen(reply) - strlen(PROMPT));
}

bool qhmp_wait_closed(QHmp *hmp)
{
    while (read_more(hmp, "end")) {
        /* dropped */
    }
    return true;
}

void qhmp_start(QHmpSession *s, const char *machine, const char *monitor)
{
    g_autofree char *greeting = NULL;

    s->dir = g_dir_make_tmp("hmp-test-XXXXXX", NULL);
    s->path = g_strdup_printf("%s/hmp", s->dir);
    s->qts = qtest_initf("%s -chardev socket,id=m0,path=%s,server=on,wait=off "
                         "-object monitor-hmp,id=hmp0,chardev=m0%s",
                         machine, s->path, monitor);
    s->hmp = qhmp_connect(s->path);
    greeting = qhmp_until(s->hmp, "(qemu) ");
    if (!g_pattern_match_simple("QEMU 11.1.? monitor - type 'help' for more "
                                "information\n(qemu) ",
                                greeting)) {
        g_error("greeting: %s", greeting);
    }
}

void qhmp_end(QHmpSession *s)
{
    qhmp_free(s->hmp);
    qtest_quit(s->qts);
    unlink(s->path);
    rmdir(s->dir);
    g_free(s->dir);
    g_free(s->path);
}
