/*
 * The socket chardev and descriptors: sockets that were handed to us, and
 * descriptors that come with the bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-peer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

static char *path;

static void test_fds(void)
{
    int l = unix_listen_fd(path, false, &error_abort);
    Error *err = NULL;
    Recorder r;
    int sv[2], peer;
    g_autofree char *wrong = NULL;

    /* The way libvirt hands over its monitor socket. */
    recorder_attach(&r, new_from_arg("socket,id=m,fd=%d,server=on,wait=off",
                                     l));
    g_assert_true(g_str_has_prefix(r.be.chr->filename,
                                   "disconnected:unix:"));
    g_assert_true(fcntl(l, F_GETFD) & FD_CLOEXEC);
    peer = unix_connect_fd(path, false, &error_abort);
    RUN_UNTIL(r.opened);
    recorder_write(&r, "greeting");
    peer_expect(peer, "greeting");
    close(peer);
    RUN_UNTIL(r.closed);

    wrong = g_strdup_printf("socket,id=w,fd=%d", l);
    g_assert_null(qemu_chr_new_from_arg(wrong, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "listening socket"));
    g_clear_pointer(&err, error_free);
    recorder_detach(&r);
    qemu_chr_remove("m", &error_abort);
    g_assert_false(fd_is_open(l));
    /* The path was not ours to remove. */
    g_assert_cmpint(g_unlink(path), ==, 0);

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv),
                    ==, 0);
    recorder_attach(&r, new_from_arg("socket,id=p,fd=%d", sv[0]));
    g_assert_cmpint(r.opened, ==, 1);
    recorder_write(&r, "pair");
    peer_expect(sv[1], "pair");
    g_free(g_steal_pointer(&wrong));
    wrong = g_strdup_printf("socket,id=w,server=on,fd=%d", sv[1]);
    g_assert_null(qemu_chr_new_from_arg(wrong, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "not a listening socket"));
    error_free(err);
    recorder_detach(&r);
    qemu_chr_remove("p", &error_abort);
    close(sv[1]);
}

static void send_fds(int sock, const int *fds, int n, const char *text)
{
    char control[CMSG_SPACE(sizeof(int) * 32)] = { 0 };
    struct iovec iov = { (void *)text, strlen(text) };
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = control,
                          .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
    g_assert_cmpint(sendmsg(sock, &msg, 0), ==, strlen(text));
}

static int count_open_fds(void)
{
    GDir *d = g_dir_open("/proc/self/fd", 0, NULL);
    int n = 0;

    while (g_dir_read_name(d)) {
        n++;
    }
    g_dir_close(d);
    return n;
}

static void test_msgfds(void)
{
    int send[20], got[4], before;
    Recorder r;
    int peer;

    recorder_attach(&r, new_from_arg("socket,id=s,path=%s,server=on,wait=off",
                                     path));
    peer = unix_connect_fd(path, false, &error_abort);
    RUN_UNTIL(r.opened);
    for (int i = 0; i < ARRAY_SIZE(send); i++) {
        send[i] = open("/dev/null", O_RDONLY);
    }
    before = count_open_fds();

    send_fds(peer, send, 2, "two");
    RUN_UNTIL(r.got->len == 3);
    g_assert_cmpint(qemu_chr_fe_get_msgfds(&r.be, got, 4), ==, 2);
    for (int i = 0; i < 2; i++) {
        g_assert_true(fcntl(got[i], F_GETFD) & FD_CLOEXEC);
        close(got[i]);
    }
    g_assert_cmpint(qemu_chr_fe_get_msgfds(&r.be, got, 4), ==, 0);

    /* Not fetched: the next ones take their place. More than the front end
     * or we have room for: closed. None of it leaks. */
    for (int i = 0; i < 50; i++) {
        send_fds(peer, send, 3, "x");
        run_idle();
    }
    send_fds(peer, send, 20, "y");
    RUN_UNTIL(g_str_has_suffix(r.got->str, "y"));
    g_assert_cmpint(qemu_chr_fe_get_msgfds(&r.be, got, 1), ==, 1);
    close(got[0]);
    g_assert_cmpint(count_open_fds(), ==, before);

    /* Those of a connection end with it. */
    send_fds(peer, send, 5, "z");
    RUN_UNTIL(g_str_has_suffix(r.got->str, "z"));
    close(peer);
    RUN_UNTIL(r.closed);
    g_assert_cmpint(qemu_chr_fe_get_msgfds(&r.be, got, 4), ==, 0);
    g_assert_cmpint(count_open_fds(), ==, before - 2);
    for (int i = 0; i < ARRAY_SIZE(send); i++) {
        close(send[i]);
    }
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
    g_test_add_func("/chardev/socket-fd/given", test_fds);
    g_test_add_func("/chardev/socket-fd/messages", test_msgfds);
    ret = g_test_run();
    run_idle();
    g_rmdir(dir);
    g_free(dir);
    g_free(path);
    return ret;
}
