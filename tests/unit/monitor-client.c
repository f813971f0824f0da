/*
 * A QMP client inside the test program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "chardev/char.h"
#include "monitor-client.h"
#include "monitor/monitor.h"
#include "util/aio.h"

static char *dir;
static unsigned count;

void client_init(void)
{
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    dir = g_dir_make_tmp("qmp-XXXXXX", NULL);
    g_assert_nonnull(dir);
}

void client_fini(void)
{
    qemu_chr_cleanup();
    g_rmdir(dir);
    g_free(dir);
}

void client_connect(Client *c)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};

    g_strlcpy(sa.sun_path, c->path, sizeof(sa.sun_path));
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)), ==, 0);
    g_string_truncate(c->in, 0);
}

Client *client_new(void)
{
    Client *c = g_new0(Client, 1);
    g_autofree char *arg = NULL;

    c->chardev = g_strdup_printf("c%u", count++);
    c->path = g_build_filename(dir, c->chardev, NULL);
    arg = g_strdup_printf("socket,id=%s,path=%s,server=on,wait=off", c->chardev,
                          c->path);
    g_assert_nonnull(qemu_chr_new_from_arg(arg, &error_abort));
    c->in = g_string_new(NULL);
    c->fd = -1;
    return c;
}

void settle(void)
{
    for (int i = 0; i < 20; i++) {
        main_loop_wait(true);
    }
}

void client_close(Client *c)
{
    close(c->fd);
    c->fd = -1;
    settle();
}

void client_free(Client *c)
{
    if (c->fd >= 0) {
        client_close(c);
    }
    g_string_free(c->in, TRUE);
    g_free(c->path);
    g_free(c->chardev);
    g_free(c);
}

void client_receive(Client *c)
{
    char buf[4096];
    ssize_t n;

    settle();
    while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0) {
        g_string_append_len(c->in, buf, n);
    }
}

void client_send(Client *c, const char *text)
{
    size_t len = strlen(text);

    while (len) {
        ssize_t n = send(c->fd, text, len, 0);

        if (n > 0) {
            text += n;
            len -= n;
        } else {
            g_assert_cmpint(errno, ==, EAGAIN);
            settle();
        }
    }
}

void client_send_fds(Client *c, const char *text, int *fds, int n)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(sizeof(int) * 4)];
    } control = {0};
    struct iovec iov = {(char *)text, strlen(text)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.buf,
                         .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n);
    g_assert_cmpint(sendmsg(c->fd, &msg, 0), ==, strlen(text));
}

json_t *client_next(Client *c)
{
    g_autofree char *line = NULL;
    json_t *json;
    char *end;

    if (!strstr(c->in->str, "\r\n")) {
        client_receive(c);
    }
    end = strstr(c->in->str, "\r\n");
    g_assert_nonnull(end);
    line = g_strndup(c->in->str, end - c->in->str);
    g_string_erase(c->in, 0, end + 2 - c->in->str);
    json = json_loads(line, 0, NULL);
    g_assert_nonnull(json);
    return json;
}

void expect(Client *c, const char *text)
{
    json_t *got = client_next(c);
    json_t *wanted = json_loads(text, 0, NULL);

    g_assert_nonnull(wanted);
    if (!json_equal(got, wanted)) {
        g_error("got %s, expected %s", json_dumps(got, 0), text);
    }
    json_decref(got);
    json_decref(wanted);
}

void expect_silence(Client *c)
{
    client_receive(c);
    g_assert_cmpstr(c->in->str, ==, "");
}

void expect_error(Client *c, const char *klass, const char *desc)
{
    json_t *got = client_next(c);
    json_t *error = json_object_get(got, "error");

    g_assert_nonnull(error);
    g_assert_cmpstr(json_string_value(json_object_get(error, "desc")), ==,
                    desc);
    g_assert_cmpstr(json_string_value(json_object_get(error, "class")), ==,
                    klass);
    json_decref(got);
}

void expect_event(Client *c, const char *name, const char *data)
{
    json_t *got = client_next(c);
    json_t *stamp = json_object_get(got, "timestamp");
    int64_t sec = json_integer_value(json_object_get(stamp, "seconds"));
    int64_t us = json_integer_value(json_object_get(stamp, "microseconds"));

    g_assert_cmpstr(json_string_value(json_object_get(got, "event")), ==, name);
    g_assert_cmpint(ABS(g_get_real_time() - (sec * G_USEC_PER_SEC + us)), <,
                    10 * G_USEC_PER_SEC);
    g_assert_cmpint(us, <, G_USEC_PER_SEC);
    if (data) {
        json_t *wanted = json_loads(data, 0, NULL);

        g_assert_true(json_equal(json_object_get(got, "data"), wanted));
        json_decref(wanted);
    } else {
        g_assert_null(json_object_get(got, "data"));
    }
    json_decref(got);
}

void expect_greeting(Client *c)
{
    expect(c, "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 11, \"minor\": 1,"
              " \"micro\": 0}, \"package\": \"qemu-vnet 0.1.0\"},"
              " \"capabilities\": []}}");
}

void negotiate(Client *c)
{
    expect_greeting(c);
    client_send(c, "{\"execute\":\"qmp_capabilities\"}");
    expect(c, "{\"return\": {}}");
}

Client *client_start(void)
{
    Client *c = client_new();

    g_assert_true(
        monitor_init_qmp(qemu_chr_find(c->chardev), false, &error_abort));
    client_connect(c);
    negotiate(c);
    return c;
}

static int find_monitor(Object *child, void *opaque)
{
    Object **found = opaque;

    if (object_dynamic_cast(child, TYPE_MONITOR_QMP)) {
        g_assert_null(*found);
        *found = child;
    }
    return 0;
}

Object *only_monitor(void)
{
    Object *found = NULL;

    object_child_foreach(object_get_objects_root(), find_monitor, &found);
    return found;
}

void client_end(Client *c)
{
    client_close(c);
    monitor_cleanup();
    g_assert_true(qemu_chr_remove(c->chardev, &error_abort));
    client_free(c);
}
