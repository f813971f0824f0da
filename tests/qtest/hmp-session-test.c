/*
 * A person at the human monitor: connections that come and go, completion and
 * history, a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>

#include "tests/qtest/lib/libqtest.h"
#include "tests/qtest/lib/qhmp.h"

#define VDEV "/machine/peripheral/d0/virtio-backend"
#define MACHINE \
    "-machine q35 -netdev user,id=n0 " \
    "-device virtio-net-pci,netdev=n0,id=d0 "

/* Lines that arrive in one piece, a client that goes and comes back, and one
 * that leaves half a line behind. */
static void test_reconnect(void)
{
    g_autofree char *text = NULL;
    QHmpSession s;

    qhmp_start(&s, "-machine none", ",readline=off");
    qhmp_type(s.hmp, "info name\r\ninfo uuid\ninfo status\nhalf a li");
    text = qhmp_until(s.hmp, "VM status: running\n(qemu) ");
    g_assert_cmpstr(text, ==,
                    "(qemu) 00000000-0000-0000-0000-000000000000\n"
                    "(qemu) VM status: running\n(qemu) ");
    for (int i = 0; i < 3; i++) {
        qhmp_free(s.hmp);
        s.hmp = qhmp_connect(s.path);
        g_free(text);
        text = qhmp_until(s.hmp, "(qemu) ");
        g_assert_true(g_str_has_prefix(text, "QEMU 11.1.0 monitor"));
        g_free(text);
        text = qhmp_command(s.hmp, "info status", false);
        g_assert_cmpstr(text, ==, "VM status: running\n");
        qhmp_type(s.hmp, "again ha");
    }
    qhmp_end(&s);
}

/* A monitor may delete itself, and what is behind on its line is dropped. */
static void test_delete_itself(void)
{
    g_autofree char *text = NULL;
    QHmpSession s;

    qhmp_start(&s, "-machine none", "");
    qhmp_type(s.hmp, "object_del hmp0\nquit\n");
    text = qtest_hmp(s.qts, "qom-list /objects");
    while (strstr(text, "hmp0")) {
        g_free(text);
        text = qtest_hmp(s.qts, "qom-list /objects");
    }
    g_free(text);
    text = qtest_hmp(s.qts, "chardev-remove m0");
    g_assert_cmpstr(text, ==, "");
    g_assert_true(qhmp_wait_closed(s.hmp));
    qhmp_end(&s);
}

/* Replies to one client do not hold up others, nor does a client that never
 * reads keep the process from ending. */
static void test_not_reading(void)
{
    QHmpSession s;

    qhmp_start(&s, MACHINE, "");
    for (int i = 0; i < 300; i++) {
        qhmp_type(s.hmp, "device_add help\n");
    }
    for (int i = 0; i < 20; i++) {
        g_autofree char *text = qtest_hmp(s.qts, "info status");

        g_assert_cmpstr(text, ==, "VM status: running\r\n");
    }
    qhmp_end(&s);
}

static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    char bytes[512];
    QHmpSession s;

    qhmp_start(&s, MACHINE, "");
    for (int i = 0; i < 400; i++) {
        for (unsigned j = 0; j < sizeof(bytes); j++) {
            bytes[j] = g_rand_int(rand);
            /* "q" alone on a line is a command. */
            bytes[j] = bytes[j] == 'q' ? 'Q' : bytes[j];
        }
        qhmp_send(s.hmp, bytes, sizeof(bytes));
        qhmp_discard(s.hmp); /* who never reads is disconnected */
    }
    g_rand_free(rand);
    qhmp_type(s.hmp, "\ninfo uuid\n");
    g_free(qhmp_until(s.hmp, "\n00000000-0000-0000-0000-000000000000\n"));
    qhmp_end(&s);
}

/* ------------------------------------------------------------- completion */

static const struct {
    const char *keys, *line;
} completions[] = {
    {"set_l\t", "set_link "},
    {"info net\t", "info network "},
    {"set_link d\tof\t", "set_link d0 off "},
    {"netdev_del \t", "netdev_del n0 "},
    {"netdev_add us\t", "netdev_add user "},
    {"help netdev_d\t", "help netdev_del "},
    {"help info netw\t", "help info network "},
    {"device_add virtio-net-pci-t\t",
     "device_add virtio-net-pci-transitional "},
    {"object_add filter-d\t", "object_add filter-dump "},
    {"object_del hm\t", "object_del hmp0 "},
    {"trace-event virtqueue_p\to\tn\t", "trace-event virtqueue_pop on "},
    {"log unimp,gu\t", "log unimp,guest_errors "},
    {"chardev-add nu\t", "chardev-add null "},
    {"chardev-remove char\t", "chardev-remove char0 "},
    {"qom-list /mach\t", "qom-list /machine "},
    {"qom-get /machine/peripheral/d\tma\t",
     "qom-get /machine/peripheral/d0 mac "},
    {"qom-set -j /machine graph\t", "qom-set -j /machine graphics "},
    {"info virtio-status \t", "info virtio-status " VDEV " "},
    {"zork \t", "zork "},
    {"info zork \t", "info zork "},
};

static void test_completion(void)
{
    QHmpSession s;

    qhmp_start(&s, MACHINE, "");
    for (unsigned i = 0; i < ARRAY_SIZE(completions); i++) {
        g_autofree char *line = NULL;

        /* Ctrl-L shows the line afresh, Ctrl-U removes it. */
        qhmp_type(s.hmp, completions[i].keys);
        qhmp_type(s.hmp, "\014");
        g_free(qhmp_until(s.hmp, "\033[1;1H(qemu) "));
        qhmp_type(s.hmp, "\025");
        line = qhmp_until(s.hmp, "\033[");
        line[strlen(line) - 2] = '\0';
        g_assert_cmpstr(line, ==, completions[i].line);
    }
    qhmp_end(&s);
}

static void test_history(void)
{
    g_autofree char *text = NULL;
    QHmpSession s;

    qhmp_start(&s, "-machine none", "");
    g_free(qhmp_command(s.hmp, "info name", true));
    g_free(qhmp_command(s.hmp, "foo", true));
    text = qhmp_command(s.hmp, "info history", true);
    g_assert_cmpstr(text, ==, "0: 'info name'\n1: 'foo'\n2: 'info history'\n");
    g_free(text);
    qhmp_type(s.hmp, "\033[A\033[A\n");
    text = qhmp_until(s.hmp, "unknown command: 'foo'\n(qemu) ");
    qhmp_end(&s);
}

/* ------------------------------------------------------------- a terminal */

/* A process with a terminal of its own. */
static QHmp *start_on_terminal(const char *args, pid_t *pid)
{
    g_autofree char *command =
        g_strdup_printf("%s %s", getenv("QTEST_QEMU_BINARY"), args);
    g_auto(GStrv) argv = NULL;
    int fd;

    g_assert_true(g_shell_parse_argv(command, NULL, &argv, NULL));
    *pid = forkpty(&fd, NULL, NULL, NULL);
    g_assert_cmpint(*pid, >=, 0);
    if (*pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    return qhmp_new(fd);
}

static void check_exit(pid_t pid)
{
    int status;

    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static void test_nographic(void)
{
    g_autofree char *text = NULL;
    QHmp *hmp;
    pid_t pid;

    if (!qtest_is_ours()) {
        g_test_skip("QEMU echoes in another way");
        return;
    }
    hmp = start_on_terminal("-machine pc -net none -accel qtest -S -nographic",
                            &pid);
    qhmp_type(hmp, "\001c"); /* the serial port has the keyboard first */
    g_free(qhmp_until(hmp, "information\n(qemu) "));
    text = qhmp_command(hmp, "info status", true);
    g_assert_cmpstr(text, ==, "VM status: paused (prelaunch)\n");
    qhmp_type(hmp, "\001h");
    g_free(qhmp_until(hmp, "C-a x    exit emulator\n"));
    g_free(qhmp_until(hmp, "sends C-a\n"));
    /* Ctrl-C is a key, not the end. */
    qhmp_type(hmp, "foo\003");
    g_free(qhmp_until(hmp, "foo^C\n(qemu) "));
    /* Ctrl-A twice is one for the line editor. */
    qhmp_type(hmp, "nfo uuid\001\001i\n");
    g_free(qhmp_until(hmp, "\n00000000-0000-0000-0000-000000000000\n(qemu) "));
    qhmp_type(hmp, "\001x");
    g_free(qhmp_until(hmp, "QEMU: Terminated\n"));
    check_exit(pid);
    qhmp_free(hmp);
}

static void test_stdio(void)
{
    struct termios before, after;
    QHmp *hmp;
    pid_t pid;
    int tty;

    hmp = start_on_terminal("-machine none -accel qtest -display none "
                            "-monitor stdio",
                            &pid);
    g_free(qhmp_until(hmp, "information\n(qemu) "));
    tty = qhmp_fd(hmp);
    g_assert_no_errno(tcgetattr(tty, &before));
    g_assert_false(before.c_lflag & (ECHO | ICANON));
    g_free(qhmp_command(hmp, "info name", qtest_is_ours()));
    qhmp_type(hmp, "quit\n");
    check_exit(pid);
    g_assert_no_errno(tcgetattr(tty, &after));
    g_assert_true(after.c_lflag & ECHO);
    g_assert_true(after.c_lflag & ICANON);
    qhmp_free(hmp);
}

/* "-monitor pty": the other end is a terminal that anybody may open. */
static void test_pty(void)
{
    g_autofree char *name = NULL;
    g_autofree char *text = NULL;
    QTestState *qts = qtest_init("-machine none -chardev pty,id=p0 "
                                 "-object monitor-hmp,id=h0,chardev=p0");
    struct termios tty;
    const char *path, *space;
    QHmp *hmp;
    int fd;

    name = qtest_stderr(qts);
    path = strstr(name, "/dev/pts/");
    g_assert_nonnull(path);
    space = strchr(path, ' ');
    text = g_strndup(path, space - path);
    fd = open(text, O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_no_errno(tcgetattr(fd, &tty));
    cfmakeraw(&tty);
    g_assert_no_errno(tcsetattr(fd, TCSANOW, &tty));
    hmp = qhmp_new(fd);
    g_free(qhmp_until(hmp, "information\n(qemu) "));
    qhmp_type(hmp, "info stxx\177\177at\t\n");
    g_free(qhmp_until(hmp, "VM status: running\n(qemu) "));
    qhmp_free(hmp);
    qtest_quit(qts);
}

/* The serial port's, then the monitor's terminal. */
static void test_serial_mon(void)
{
    QHmp *hmp;
    pid_t pid;

    hmp = start_on_terminal("-machine pc -net none -accel qtest -display none "
                            "-serial mon:stdio",
                            &pid);
    qhmp_type(hmp, "\001c");
    g_free(qhmp_until(hmp, "(qemu) "));
    qhmp_type(hmp, "quit\n");
    check_exit(pid);
    qhmp_free(hmp);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (qtest_is_ours()) {
        g_test_add_func("/hmp-session/reconnect", test_reconnect);
        g_test_add_func("/hmp-session/delete-itself", test_delete_itself);
        g_test_add_func("/hmp-session/not-reading", test_not_reading);
        g_test_add_func("/hmp-session/garbage", test_garbage);
        g_test_add_func("/hmp-session/completion", test_completion);
        g_test_add_func("/hmp-session/history", test_history);
        g_test_add_func("/hmp-session/pty", test_pty);
    }
    g_test_add_func("/hmp-session/nographic", test_nographic);
    g_test_add_func("/hmp-session/stdio", test_stdio);
    g_test_add_func("/hmp-session/serial-mon", test_serial_mon);
    return g_test_run();
}
