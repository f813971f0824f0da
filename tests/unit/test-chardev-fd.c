/*
 * Chardevs over descriptors: files, pipes, pseudo-terminals and stdio.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-recorder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "util/sockets.h"

static char *dir;

static void test_file(void)
{
    g_autofree char *out = g_build_filename(dir, "out", NULL);
    g_autofree char *in = g_build_filename(dir, "in", NULL);
    g_autofree char *text = NULL;
    Recorder r;

    g_assert_true(g_file_set_contents(out, "old", -1, NULL));
    g_assert_true(g_file_set_contents(in, "commands\n", -1, NULL));
    recorder_attach(&r, new_from_arg("file,id=f,path=%s,append=on,"
                                     "input-path=%s", out, in));
    g_assert_cmpint(r.opened, ==, 1);
    recorder_write(&r, "new");
    /* A regular file: read to its end, which is the end of the peer. */
    RUN_UNTIL(r.closed);
    g_assert_cmpstr(r.got->str, ==, "commands\n");
    run_idle();
    g_assert_cmpint(r.closed, ==, 1);
    recorder_detach(&r);
    qemu_chr_remove("f", &error_abort);
    g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "oldnew");
    g_clear_pointer(&text, g_free);

    recorder_attach(&r, new_from_arg("file,id=f,path=%s", out));
    recorder_write(&r, "over");
    recorder_detach(&r);
    qemu_chr_remove("f", &error_abort);
    g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "over");
    g_unlink(out);
    g_unlink(in);
}

static void test_file_full(void)
{
    Recorder r;

    /* The device is always full: an error, not a crash or a spin. */
    recorder_attach(&r, new_from_arg("file,id=f,path=/dev/full"));
    g_assert_cmpint(qemu_chr_fe_write(&r.be, (const uint8_t *)"x", 1), ==, -1);
    g_assert_cmpint(errno, ==, ENOSPC);
    recorder_write(&r, "y");
    run_idle();
    recorder_detach(&r);
    qemu_chr_remove("f", &error_abort);
}

static void test_pipe_pair(void)
{
    g_autofree char *base = g_build_filename(dir, "p", NULL);
    g_autofree char *in = g_strconcat(base, ".in", NULL);
    g_autofree char *out = g_strconcat(base, ".out", NULL);
    Recorder r;
    char buf[8];
    int wr, rd;

    g_assert_cmpint(mkfifo(in, 0600), ==, 0);
    g_assert_cmpint(mkfifo(out, 0600), ==, 0);
    recorder_attach(&r, new_from_arg("pipe,id=p,path=%s", base));
    wr = open(in, O_WRONLY);
    rd = open(out, O_RDONLY);
    g_assert_cmpint(write(wr, "hello", 5), ==, 5);
    RUN_UNTIL(r.got->len == 5);
    recorder_write(&r, "you");
    g_assert_cmpint(read(rd, buf, sizeof(buf)), ==, 3);
    /* The other side may come and go. */
    close(wr);
    close(rd);
    run_idle();
    g_assert_cmpint(r.closed, ==, 0);
    wr = open(in, O_WRONLY);
    g_assert_cmpint(write(wr, "!", 1), ==, 1);
    RUN_UNTIL(r.got->len == 6);
    close(wr);
    recorder_detach(&r);
    qemu_chr_remove("p", &error_abort);
    g_unlink(in);
    g_unlink(out);
}

static void test_pipe_single(void)
{
    g_autofree char *base = g_build_filename(dir, "p", NULL);
    Recorder r;

    g_assert_cmpint(mkfifo(base, 0600), ==, 0);
    recorder_attach(&r, new_from_arg("pipe,id=p,path=%s", base));
    recorder_write(&r, "to myself");
    RUN_UNTIL(r.got->len == 9);
    recorder_detach(&r);
    qemu_chr_remove("p", &error_abort);
    g_unlink(base);
}

static void test_pty(void)
{
    g_autofree char *link = g_build_filename(dir, "tty", NULL);
    json_t *opts = json_pack("{s:s}", "path", link);
    Chardev *chr = qemu_chr_new_from_json("t", "pty", opts, true,
                                          &error_abort);
    char *name;
    Recorder r;
    int tty;

    json_decref(opts);
    recorder_attach(&r, chr);
    g_assert_true(g_str_has_prefix(chr->filename, "pty:/dev/pts/"));
    name = chr->filename + strlen("pty:");
    g_assert_cmpint(r.opened, ==, 0);
    recorder_write(&r, "dropped, for nobody is there");

    for (int round = 1; round <= 2; round++) {
        char buf[16] = "";

        tty = open(round == 1 ? name : link, O_RDWR | O_NOCTTY);
        g_assert_cmpint(tty, >=, 0);
        RUN_UNTIL(r.opened == round);
        recorder_write(&r, "login: ");
        g_assert_cmpint(read(tty, buf, sizeof(buf) - 1), ==, 7);
        g_assert_cmpstr(buf, ==, "login: ");
        /* Raw: no echo, no line editing. */
        g_assert_cmpint(write(tty, "ab\3", 3), ==, 3);
        RUN_UNTIL(r.got->len == 3);
        g_assert_cmpstr(r.got->str, ==, "ab\3");
        g_string_truncate(r.got, 0);
        close(tty);
        RUN_UNTIL(r.closed == round);
    }
    recorder_detach(&r);
    qemu_chr_remove("t", &error_abort);
    g_assert_false(g_file_test(link, G_FILE_TEST_EXISTS));
    run_idle();
}

static json_t *no_opts;

/* Output that the terminal's user does not read waits, and comes. */
static void test_pty_slow(void)
{
    Chardev *chr = qemu_chr_new_from_json("t", "pty", no_opts, true,
                                          &error_abort);
    size_t total = 100000, got = 0;
    g_autofree char *data = g_strnfill(total, 'd');
    char buf[4096];
    Recorder r;
    int tty;

    recorder_attach(&r, chr);
    tty = open(chr->filename + strlen("pty:"),
               O_RDWR | O_NOCTTY | O_NONBLOCK);
    RUN_UNTIL(r.opened);
    recorder_write(&r, data);
    while (got < total) {
        ssize_t n = read(tty, buf, sizeof(buf));

        if (n > 0) {
            got += n;
        }
        main_loop_wait(true);
    }
    g_assert_cmpuint(got, ==, total);
    close(tty);
    recorder_detach(&r);
    qemu_chr_remove("t", &error_abort);
}

/* ---------------------------------------------------------------- stdio */

static void echo_read(void *opaque, const uint8_t *buf, int size)
{
    qemu_chr_fe_write_all(opaque, buf, size);
}

static bool stdio_ended;

static void echo_event(void *opaque, QEMUChrEvent event)
{
    stdio_ended |= event == CHR_EVENT_CLOSED;
}

/* The child: an echo on stdio until the input ends or 'q' comes in. */
static void run_stdio_child(const char *arg)
{
    Error *err = NULL;
    CharBackend be = { 0 };

    qemu_chr_fe_init(&be, qemu_chr_new_from_arg(arg, &error_abort),
                     &error_abort);
    g_assert_null(qemu_chr_new_from_arg("stdio,id=second", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "cannot use stdio by multiple character devices");
    error_free(err);
    qemu_chr_fe_set_handlers(&be, NULL, echo_read, echo_event, &be);
    RUN_UNTIL(stdio_ended);
    qemu_chr_fe_printf(&be, "bye");
    qemu_chr_cleanup();
    _exit(0);
}

static pid_t start_stdio_child(int fd, bool terminal, const char *arg)
{
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        alarm(60);
        if (terminal) {
            setsid();
            ioctl(fd, TIOCSCTTY, 0);
        }
        dup2(fd, 0);
        dup2(fd, 1);
        run_stdio_child(arg);
    }
    return pid;
}

static void expect(int fd, const char *text)
{
    g_autofree char *buf = g_malloc0(strlen(text) + 1);
    size_t got = 0;

    while (got < strlen(text)) {
        ssize_t n = read(fd, buf + got, strlen(text) - got);

        g_assert_cmpint(n, >, 0);
        got += n;
    }
    g_assert_cmpstr(buf, ==, text);
}

static void test_stdio_socket(void)
{
    int sv[2], status, flags;
    pid_t pid;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    pid = start_stdio_child(sv[1], false, "stdio,id=io");
    g_assert_cmpint(write(sv[0], "ping", 4), ==, 4);
    expect(sv[0], "ping");
    shutdown(sv[0], SHUT_WR);
    expect(sv[0], "bye");
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    /* The flags of the shared description are as they were. */
    flags = fcntl(sv[1], F_GETFL);
    g_assert_false(flags & O_NONBLOCK);
    close(sv[0]);
    close(sv[1]);
}

static void check_terminal(const char *arg, bool isig)
{
    struct termios before, during, after;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int tty, status;
    pid_t pid;

    g_assert_cmpint(grantpt(master), ==, 0);
    g_assert_cmpint(unlockpt(master), ==, 0);
    tty = open(ptsname(master), O_RDWR | O_NOCTTY);
    g_assert_cmpint(tcgetattr(tty, &before), ==, 0);
    g_assert_true(before.c_lflag & ECHO);

    pid = start_stdio_child(tty, true, arg);
    do {
        g_usleep(1000);
        tcgetattr(tty, &during);
    } while (during.c_lflag & ICANON);
    g_assert_false(during.c_lflag & ECHO);
    g_assert_cmpint(!!(during.c_lflag & ISIG), ==, isig);
    g_assert_cmpint(write(master, "k", 1), ==, 1);
    expect(master, "k"); /* our echo, not the terminal's */

    if (isig) {
        /* A hang-up of the line ends the input. */
        kill(pid, SIGTERM);
    } else {
        /* Stopped and continued by a shell that set its own mode. */
        kill(pid, SIGSTOP);
        g_assert_cmpint(waitpid(pid, &status, WUNTRACED), ==, pid);
        tcsetattr(tty, TCSANOW, &before);
        kill(pid, SIGCONT);
        do {
            g_usleep(1000);
            tcgetattr(tty, &during);
        } while (during.c_lflag & ICANON);
        g_assert_cmpint(write(master, "\3z", 2), ==, 2);
        expect(master, "\3z"); /* Ctrl-C came through as a byte */
        kill(pid, SIGKILL);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    tcgetattr(tty, &after);
    close(tty);
    close(master);
}

static void test_stdio_terminal(void)
{
    check_terminal("stdio,id=io", true);
    check_terminal("stdio,id=io,signal=off", false);
}

/* exit() without any clean-up of ours still restores the terminal. */
static void test_stdio_exit(void)
{
    struct termios before, after;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int tty, status;
    pid_t pid;

    g_assert_cmpint(grantpt(master), ==, 0);
    g_assert_cmpint(unlockpt(master), ==, 0);
    tty = open(ptsname(master), O_RDWR | O_NOCTTY);
    g_assert_cmpint(tcgetattr(tty, &before), ==, 0);
    pid = fork();
    if (pid == 0) {
        struct termios mine;

        setsid();
        ioctl(tty, TIOCSCTTY, 0);
        dup2(tty, 0);
        dup2(tty, 1);
        qemu_chr_new_from_arg("stdio,id=io", &error_abort);
        tcgetattr(0, &mine);
        exit(mine.c_lflag & ICANON ? 1 : 7);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 7);
    g_assert_cmpint(tcgetattr(tty, &after), ==, 0);
    g_assert_cmpint(after.c_lflag, ==, before.c_lflag);
    g_assert_cmpint(after.c_iflag, ==, before.c_iflag);
    g_assert_false(fcntl(tty, F_GETFL) & O_NONBLOCK);
    close(tty);
    close(master);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    dir = g_dir_make_tmp("emu-chardev-XXXXXX", NULL);
    no_opts = json_object();
    g_test_add_func("/chardev/fd/file", test_file);
    g_test_add_func("/chardev/fd/file-full", test_file_full);
    g_test_add_func("/chardev/fd/pipe-pair", test_pipe_pair);
    g_test_add_func("/chardev/fd/pipe-single", test_pipe_single);
    g_test_add_func("/chardev/fd/pty", test_pty);
    g_test_add_func("/chardev/fd/pty-slow", test_pty_slow);
    g_test_add_func("/chardev/fd/stdio-socket", test_stdio_socket);
    g_test_add_func("/chardev/fd/stdio-terminal", test_stdio_terminal);
    g_test_add_func("/chardev/fd/stdio-exit", test_stdio_exit);
    ret = g_test_run();
    run_idle();
    json_decref(no_opts);
    g_rmdir(dir);
    g_free(dir);
    return ret;
}
