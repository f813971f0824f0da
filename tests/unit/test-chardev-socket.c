/*
 * The socket chardev: servers, clients, reconnecting, slow and vanishing
 * peers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-peer.h"

#include <glib/gstdio.h>
#include <sys/socket.h>

#include "util/atomic.h"
#include "util/sockets.h"

static char *path;

static int peer_connect(void)
{
    return unix_connect_fd(path, false, &error_abort);
}

static void test_server(void)
{
    Chardev *chr = new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                path);
    Recorder r;
    int peer;

    recorder_attach(&r, chr);
    g_assert_false(qemu_chr_fe_backend_open(&r.be));
    recorder_write(&r, "into the void");

    for (int round = 1; round <= 3; round++) {
        peer = peer_connect();
        RUN_UNTIL(r.opened == round);
        g_assert_true(qemu_chr_fe_backend_open(&r.be));
        g_assert_true(g_str_has_prefix(chr->filename, "unix:"));
        peer_send(peer, "hello");
        RUN_UNTIL(r.got->len >= 5);
        g_assert_cmpstr(r.got->str, ==, "hello");
        g_string_truncate(r.got, 0);
        qemu_chr_fe_printf(&r.be, "answer %d", round);
        peer_expect(peer, "answer ");
        close(peer);
        RUN_UNTIL(r.closed == round);
        g_assert_true(g_str_has_prefix(chr->filename, "disconnected:unix:"));
    }
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* The second client waits until the first has gone. */
static void test_one_at_a_time(void)
{
    Recorder r;
    int a, b;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    a = peer_connect();
    b = peer_connect();
    peer_send(b, "second");
    peer_send(a, "first");
    RUN_UNTIL(r.got->len >= 5);
    run_idle();
    g_assert_cmpstr(r.got->str, ==, "first");
    close(a);
    RUN_UNTIL(r.got->len >= 11);
    g_assert_cmpstr(r.got->str, ==, "firstsecond");
    g_assert_cmpint(r.opened, ==, 2);

    /* Told to hang up. */
    qemu_chr_fe_disconnect(&r.be);
    g_assert_cmpint(r.closed, ==, 2);
    qemu_chr_fe_disconnect(&r.be);
    g_assert_cmpint(r.closed, ==, 2);
    peer_expect_eof(b);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

static void test_flow_control(void)
{
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    peer = peer_connect();
    RUN_UNTIL(r.opened);
    r.room = 3;
    peer_send(peer, "abcdefgh");
    RUN_UNTIL(r.got->len == 3);
    run_idle();
    g_assert_cmpstr(r.got->str, ==, "abc");
    r.room = 1;
    qemu_chr_fe_accept_input(&r.be);
    run_idle();
    g_assert_cmpstr(r.got->str, ==, "abcd");
    r.room = INT_MAX;
    qemu_chr_fe_accept_input(&r.be);
    run_idle();
    g_assert_cmpstr(r.got->str, ==, "abcdefgh");

    /* The end of a connection comes behind the data before it. */
    r.room = 0;
    peer_send(peer, "last");
    close(peer);
    run_idle();
    g_assert_cmpint(r.closed, ==, 0);
    r.room = INT_MAX;
    qemu_chr_fe_accept_input(&r.be);
    RUN_UNTIL(r.closed);
    g_assert_cmpstr(r.got->str, ==, "abcdefghlast");
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

static void test_disconnect_in_read(void)
{
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    r.disconnect_on_read = true;
    peer = peer_connect();
    peer_send(peer, "x");
    RUN_UNTIL(r.closed);
    peer_expect_eof(peer);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

/* A slow reader gets every byte, in order, and the writer never waits. */
static void test_slow_peer(void)
{
    enum { N = 200000 };
    GString *expect = g_string_new(NULL);
    g_autofree char *buf = g_malloc(N * 8);
    size_t got = 0;
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    peer = peer_connect();
    RUN_UNTIL(r.opened);
    for (int i = 0; i < N; i++) {
        char text[16];

        g_snprintf(text, sizeof(text), "%d,", i);
        g_string_append(expect, text);
        recorder_write(&r, text);
        if (i % 1000 == 0) {
            ssize_t n = read(peer, buf + got, 100);

            got += MAX(n, 0);
            main_loop_wait(true);
        }
    }
    g_assert_cmpint(qemu_chr_fe_write(&r.be, (const uint8_t *)"x", 1), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    while (got < expect->len) {
        ssize_t n = read(peer, buf + got, expect->len - got);

        got += MAX(n, 0);
        main_loop_wait(true);
    }
    g_assert_cmpmem(buf, got, expect->str, expect->len);
    g_assert_cmpint(qemu_chr_fe_write(&r.be, (const uint8_t *)"x", 1), ==, 1);
    g_assert_cmpint(r.closed, ==, 0);
    close(peer);
    RUN_UNTIL(r.closed);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
    g_string_free(expect, TRUE);
}

/* One that does not read at all is thrown out before memory runs out. */
static void test_stuck_peer(void)
{
    g_autofree char *chunk = g_strnfill(1 << 20, 'x');
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    peer = peer_connect();
    RUN_UNTIL(r.opened);
    for (int i = 0; i < 20; i++) {
        recorder_write(&r, chunk);
    }
    RUN_UNTIL(r.closed);
    close(peer);
    /* And the next one is welcome, and gets nothing of the old. */
    peer = peer_connect();
    RUN_UNTIL(r.opened == 2);
    recorder_write(&r, "fresh");
    peer_expect(peer, "fresh");
    close(peer);
    RUN_UNTIL(r.closed == 2);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

static void test_vanished_peer(void)
{
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    r.room = 0; /* nobody reads, so only writing finds out */
    peer = peer_connect();
    RUN_UNTIL(r.opened);
    close(peer);
    recorder_write(&r, "anybody?");
    RUN_UNTIL(r.closed);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

static void test_client(void)
{
    int l = unix_listen_fd(path, false, &error_abort);
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=c,path=%s", path));
    g_assert_cmpint(r.opened, ==, 1); /* connected before it was attached */
    peer = accept4(l, NULL, NULL, SOCK_NONBLOCK);
    recorder_write(&r, "hi");
    peer_expect(peer, "hi");
    peer_send(peer, "ho");
    RUN_UNTIL(r.got->len == 2);
    close(peer);
    RUN_UNTIL(r.closed);
    recorder_write(&r, "gone");
    recorder_detach(&r);
    qemu_chr_remove("c", &error_abort);
    close(l);
    g_unlink(path);
}

static void swallow(const char *text, void *opaque)
{
    g_string_append(opaque, text);
}

static void test_reconnect(void)
{
    GString *messages = g_string_new(NULL);
    Recorder r;
    int l, peer;

    error_set_print_hook(swallow, messages);
    recorder_attach(&r, new_from_arg("socket,id=c,path=%s,reconnect-ms=20",
                                     path));
    for (int i = 0; i < 10; i++) {
        main_loop_wait(false);
    }
    g_assert_cmpint(r.opened, ==, 0);
    /* Said once, not with every attempt. */
    g_assert_nonnull(strstr(messages->str,
                            "Unable to connect character device c: Failed to "
                            "connect to '"));
    g_assert_true(strchr(messages->str, '\n') ==
                  messages->str + messages->len - 1);

    l = unix_listen_fd(path, false, &error_abort);
    for (int round = 1; round <= 3; round++) {
        RUN_UNTIL(r.opened == round);
        peer = accept4(l, NULL, NULL, SOCK_NONBLOCK);
        g_assert_cmpint(peer, >=, 0);
        recorder_write(&r, "again");
        peer_expect(peer, "again");
        close(peer);
        RUN_UNTIL(r.closed == round);
    }
    recorder_detach(&r);
    qemu_chr_remove("c", &error_abort);
    run_idle();
    error_set_print_hook(NULL, NULL);
    g_string_free(messages, TRUE);
    close(l);
    g_unlink(path);
}

/* Removed while its connect is under way in the thread. */
static void test_remove_while_connecting(void)
{
    int l = unix_listen_fd(path, false, &error_abort);

    for (int i = 0; i < 20; i++) {
        new_from_arg("socket,id=c,path=%s,reconnect-ms=1", path);
        qemu_chr_remove("c", &error_abort);
    }
    for (int i = 0; i < 30; i++) {
        g_usleep(1000);
        run_idle();
    }
    close(l);
    g_unlink(path);
}

static void *late_client(void *opaque)
{
    int fd = -1;

    while (fd < 0) {
        g_usleep(5000);
        fd = unix_connect_fd(path, false, NULL);
    }
    peer_send(fd, "late");
    return GINT_TO_POINTER(fd);
}

static void test_wait(void)
{
    GString *messages = g_string_new(NULL);
    QemuThread *t = qemu_thread_create("client", late_client, NULL,
                                       &error_abort);
    Recorder r;

    error_set_print_hook(swallow, messages);
    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on", path));
    error_set_print_hook(NULL, NULL);
    g_assert_cmpint(r.opened, ==, 1);
    g_assert_true(g_str_has_prefix(
        messages->str,
        "info: QEMU waiting for connection on: disconnected:unix:"));
    RUN_UNTIL(r.got->len == 4);
    close(GPOINTER_TO_INT(qemu_thread_join(t)));
    RUN_UNTIL(r.closed);
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
    g_string_free(messages, TRUE);
}

static void test_tcp(void)
{
    Chardev *srv = new_from_arg(
        "socket,id=s,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on");
    const char *port = strrchr(srv->filename, ':') + 1;
    g_autofree char *arg = NULL;
    Recorder s, c;

    recorder_attach(&s, srv);
    arg = g_strdup_printf("tcp:127.0.0.1:%d", atoi(port));
    recorder_attach(&c, qemu_chr_new("c", arg, &error_abort));
    RUN_UNTIL(s.opened && c.opened);
    recorder_write(&c, "ping");
    RUN_UNTIL(s.got->len == 4);
    recorder_write(&s, "pong");
    RUN_UNTIL(c.got->len == 4);
    g_assert_true(g_pattern_match_simple(
        "tcp:127.0.0.1:*,server=on <-> 127.0.0.1:*", srv->filename));
    g_assert_true(g_pattern_match_simple("tcp:127.0.0.1:* <-> 127.0.0.1:*",
                                         c.be.chr->filename));
    recorder_detach(&c);
    qemu_chr_remove("c", &error_abort);
    RUN_UNTIL(s.closed);
    recorder_detach(&s);
    qemu_chr_remove("s", &error_abort);
}

typedef struct Writer {
    Recorder *r;
    bool stop; /* atomic */
} Writer;

static void *writer_thread(void *opaque)
{
    Writer *w = opaque;

    while (!qatomic_read(&w->stop)) {
        qemu_chr_fe_write_all(&w->r->be, (const uint8_t *)"0123456789", 10);
        g_thread_yield();
    }
    return NULL;
}

/* Writes of several threads while the connection comes and goes. */
static void test_threads(void)
{
    QemuThread *t[2];
    char buf[4096];
    Recorder r;
    Writer w = { .r = &r };

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    for (int i = 0; i < 2; i++) {
        t[i] = qemu_thread_create("writer", writer_thread, &w, &error_abort);
    }
    for (int round = 0; round < 50; round++) {
        int peer = peer_connect();
        size_t got = 0;

        while (got < 2000) {
            ssize_t n = read(peer, buf, sizeof(buf));

            main_loop_wait(true);
            got += MAX(n, 0);
        }
        close(peer);
    }
    qatomic_set(&w.stop, true);
    for (int i = 0; i < 2; i++) {
        qemu_thread_join(t[i]);
    }
    run_idle();
    recorder_detach(&r);
    qemu_chr_remove("s", &error_abort);
}

int main(int argc, char **argv)
{
    char *dir;
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    dir = g_dir_make_tmp("emu-chardev-XXXXXX", NULL);
    path = g_build_filename(dir, "sock", NULL);
    g_test_add_func("/chardev/socket/server", test_server);
    g_test_add_func("/chardev/socket/one-at-a-time", test_one_at_a_time);
    g_test_add_func("/chardev/socket/flow-control", test_flow_control);
    g_test_add_func("/chardev/socket/disconnect-in-read",
                    test_disconnect_in_read);
    g_test_add_func("/chardev/socket/slow-peer", test_slow_peer);
    g_test_add_func("/chardev/socket/stuck-peer", test_stuck_peer);
    g_test_add_func("/chardev/socket/vanished-peer", test_vanished_peer);
    g_test_add_func("/chardev/socket/client", test_client);
    g_test_add_func("/chardev/socket/reconnect", test_reconnect);
    g_test_add_func("/chardev/socket/remove-while-connecting",
                    test_remove_while_connecting);
    g_test_add_func("/chardev/socket/wait", test_wait);
    g_test_add_func("/chardev/socket/tcp", test_tcp);
    g_test_add_func("/chardev/socket/threads", test_threads);
    ret = g_test_run();
    run_idle();
    g_rmdir(dir);
    g_free(dir);
    g_free(path);
    return ret;
}
