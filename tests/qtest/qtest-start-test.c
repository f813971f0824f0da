/*
 * The ways existing qtest clients start an emulator and what they say first,
 * and the whole qtest protocol with good and bad lines.
 *
 * The first part does not use libqtest's own way of starting: that is what is
 * tested.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/qtest/lib/qpci.h"

/* --------------------------------------------------------------- launcher */

typedef struct Client {
    pid_t pid;
    char *dir;
    int qtest, qmp;
} Client;

static int listen_at(const char *dir, const char *name)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", dir, name);
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    g_assert_no_errno(listen(fd, 1));
    return fd;
}

static int accept_in_time(int fd, const char *what)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int conn;

    if (poll(&p, 1, 20000) != 1) {
        g_error("emulator does not connect to %s", what);
    }
    conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    close(fd);
    return conn;
}

static char *read_line(int fd)
{
    GString *s = g_string_new(NULL);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char c;

    while (poll(&p, 1, 20000) == 1 && read(fd, &c, 1) == 1 && c != '\n') {
        g_string_append_c(s, c);
    }
    return g_string_free(s, false);
}

static char *ask(int fd, const char *text)
{
    g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==,
                    strlen(text));
    return read_line(fd);
}

static void expect(int fd, const char *text, const char *part)
{
    g_autofree char *reply = ask(fd, text);

    if (!strstr(reply, part)) {
        g_error("%s answered %s, not %s", text, reply, part);
    }
}

/* fd stays open in the emulator, unless it is -1. */
static void launch(Client *c, const char *monitor, const char *args, int fd)
{
    int qtest, qmp;
    g_autofree char *line = NULL, *greeting = NULL;
    g_auto(GStrv) argv = NULL;

    c->dir = g_strdup("/tmp/qtest-start-XXXXXX");
    g_assert_nonnull(g_mkdtemp(c->dir));
    qtest = listen_at(c->dir, "qtest.sock");
    qmp = listen_at(c->dir, "qmp.sock");
    line = g_strdup_printf(
        "%s -qtest unix:%s/qtest.sock -qtest-log %s/log "
        "-chardev socket,path=%s/qmp.sock,id=char0 %s "
        "-display none -audio none -run-with exit-with-parent=on %s "
        "-accel qtest", getenv("QTEST_QEMU_BINARY"), c->dir, c->dir, c->dir,
        monitor, args);
    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    c->pid = fork();
    if (c->pid == 0) {
        if (fd >= 0) {
            fcntl(fd, F_SETFD, 0);
        }
        execv(argv[0], argv);
        _exit(127);
    }
    c->qtest = accept_in_time(qtest, "qtest");
    c->qmp = accept_in_time(qmp, "qmp");
    greeting = read_line(c->qmp);
    g_assert_nonnull(strstr(greeting, "\"QMP\""));
    expect(c->qmp, "{\"execute\": \"qmp_capabilities\"}\n", "{\"return\": {}");
    expect(c->qtest, "endianness\n", "OK little");
}

static void remove_files(Client *c)
{
    static const char *const names[] = { "qtest.sock", "qmp.sock", "log" };

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        g_autofree char *path = g_build_filename(c->dir, names[i], NULL);
        unlink(path);
    }
    rmdir(c->dir);
    g_free(c->dir);
}

static void finish(Client *c)
{
    g_autofree char *log = g_build_filename(c->dir, "log", NULL);
    g_autofree char *text = NULL;
    int status;

    /* The reply or the event, whichever comes first. */
    g_free(ask(c->qmp, "{\"execute\": \"quit\"}\n"));
    g_assert_cmpint(waitpid(c->pid, &status, 0), ==, c->pid);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "OPENED"));
    g_assert_nonnull(strstr(text, "] endianness"));
    g_assert_nonnull(strstr(text, "] OK little"));
    close(c->qtest);
    close(c->qmp);
    remove_files(c);
}

#define OBJECT "-object monitor-qmp,id=qmp0,chardev=char0"
#define MON "-mon chardev=char0,mode=control"

/* ----------------------------------------------------------------- starts */

static void test_machine_none(const void *monitor)
{
    Client c;

    launch(&c, monitor, "-machine none", -1);
    expect(c.qmp, "{\"execute\": \"query-machines\"}\n", "\"alias\": \"q35\"");
    expect(c.qmp, "{\"execute\": \"qom-list-types\", \"arguments\": "
                  "{\"implements\": \"device\", \"abstract\": true}}\n",
           "\"virtio-net-device\"");
    expect(c.qmp, "{\"execute\": \"qom-list-types\", \"arguments\": "
                  "{\"abstract\": false}}\n", "\"virtio-net-pci\"");
    expect(c.qmp, "{\"execute\": \"qom-list-types\", \"arguments\": "
                  "{\"implements\": \"virtio-net-pci-base\", "
                  "\"abstract\": true}}\n", "\"abstract\": true");
    finish(&c);
}

static uint32_t inl(Client *c, const char *line)
{
    g_autofree char *reply = ask(c->qtest, line);

    g_assert_true(g_str_has_prefix(reply, "OK 0x"));
    return strtoul(reply + 3, NULL, 0);
}

/* RAM size, by fw_cfg key 3; the walk over bus 0; the device at 04.0. */
static void walk_pc(Client *c)
{
    uint64_t size = 0;
    unsigned found = 0;

    expect(c->qtest, "outw 0x510 3\n", "OK");
    for (int i = 0; i < 8; i++) {
        size |= (uint64_t)inl(c, "inb 0x511\n") << 8 * i;
    }
    g_assert_cmphex(size, ==, 128 * MiB);
    expect(c->qtest, "outw 0x510 0\n", "OK");
    g_assert_cmphex(inl(c, "inb 0x511\n"), ==, 'Q');
    g_assert_cmphex(inl(c, "inb 0x511\n"), ==, 'E');
    for (unsigned devfn = 0; devfn < 256; devfn += 8) {
        g_autofree char *line = g_strdup_printf("outl 0xcf8 0x%x\n",
                                                0x80000000 | devfn << 8);
        expect(c->qtest, line, "OK");
        if (inl(c, "inl 0xcfc\n") == 0x10001af4) {
            g_assert_cmpuint(devfn, ==, 4 << 3);
            found++;
        }
    }
    g_assert_cmpuint(found, ==, 1);
}

static void test_hubport(const void *monitor)
{
    Client c;

    launch(&c, monitor, "-M pc -m 128 -netdev hubport,id=hs0,hubid=0 "
                        "-device virtio-net-pci,netdev=hs0,addr=04.0", -1);
    walk_pc(&c);
    finish(&c);
}

static void test_socket_fd(const void *monitor)
{
    g_autofree char *args = NULL;
    Client c;
    int sv[2];

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
    args = g_strdup_printf("-M pc -m 128 "
                           "-device virtio-net-pci,netdev=hs0,addr=04.0 "
                           "-netdev socket,fd=%d,id=hs0", sv[1]);
    launch(&c, monitor, args, sv[1]);
    close(sv[1]);
    walk_pc(&c);
    finish(&c);
    close(sv[0]);
}

/* The parent of the emulator goes: so does the emulator. */
static void test_exit_with_parent(void)
{
    int ends[2];
    char c;
    struct pollfd p = { .events = POLLIN };
    pid_t parent;

    /* The emulator holds the writing end as long as it lives. */
    g_assert_no_errno(pipe(ends));
    parent = fork();
    if (parent == 0) {
        pid_t pid = fork();

        if (pid == 0) {
            execl(getenv("QTEST_QEMU_BINARY"), "qemu-system-x86_64",
                  "-machine", "none", "-display", "none", "-nodefaults",
                  "-run-with", "exit-with-parent=on", "-accel", "qtest", NULL);
            _exit(127);
        }
        usleep(300000);
        _exit(waitpid(pid, NULL, WNOHANG) == 0 ? 0 : 1);
    }
    close(ends[1]);
    {
        int status;
        g_assert_cmpint(waitpid(parent, &status, 0), ==, parent);
        g_assert_cmpint(status, ==, 0); /* it was running */
    }
    p.fd = ends[0];
    g_assert_cmpint(poll(&p, 1, 10000), ==, 1);
    g_assert_cmpint(read(ends[0], &c, 1), ==, 0);
    close(ends[0]);
}

/* --------------------------------------------------------------- protocol */

typedef struct Line {
    const char *text;
    const char *reply; /* its beginning */
    bool ours; /* a stock QEMU aborts or answers otherwise */
} Line;

static const Line lines[] = {
    { "endianness", "OK little" },
    { "endianness extra words", "OK little" },
    { "writeb 0x200000 0x11", "OK" },
    { "writew 0x200002 0x3322", "OK" },
    { "writel 0x200004 0x77665544", "OK" },
    { "writeq 0x200008 0xffeeddccbbaa9988", "OK" },
    { "readb 0x200000", "OK 0x0000000000000011" },
    { "readw 0x200002", "OK 0x0000000000003322" },
    { "readl 0x200004", "OK 0x0000000077665544" },
    { "readq 0x200008", "OK 0xffeeddccbbaa9988" },
    { "read 0x200008 4", "OK 0x8899aabb" },
    { "read 2097160 010", "OK 0x8899aabbccddeeff" },
    { "write 0x200010 4 0x01020304", "OK" },
    { "readl 0x200010", "OK 0x0000000004030201" },
    { "write 0x200010 4 0x05", "OK" },
    { "readl 0x200010", "OK 0x0000000000000005" },
    { "write 0x200010 4 0", "ERR invalid argument size" },
    { "memset 0x200010 4 0xab", "OK" },
    { "memset 0x200010 0 0xff", "OK" },
    { "readl 0x200010", "OK 0x00000000abababab" },
    { "b64write 0x200020 3 QUJD", "OK" },
    { "b64read 0x200020 3", "OK QUJD" },
    { "b64read 0x200020 0", "OK " },
    { "b64write 0x200020 3 Q", "ERR" },
    { "inb 0xcf8", "OK 0x00" },
    { "outl 0xcf8 0x80000000", "OK" },
    { "inl 0xcf8", "OK 0x80000000" },
    { "inl 0xcfc", "OK 0x12378086" },
    { "inw 0xcfc", "OK 0x8086" },
    { "outb 0x511 0x123", "OK" },
    { "irq_intercept_in nope", "FAIL Unknown device" },
    { "irq_intercept_out nope", "FAIL Unknown device" },
    { "irq_intercept_in ioapic", "OK" },
    { "irq_intercept_in ioapic", "OK" },
    { "set_irq_in ioapic unnamed-gpio-in 5 1", "IRQ raise 5" },
    { "set_irq_in ioapic unnamed-gpio-in 5 1", "OK" },
    { "set_irq_in ioapic unnamed-gpio-in 5 0", "IRQ lower 5" },
    { "set_irq_in nope unnamed-gpio-in 5 0", "FAIL Unknown device" },
    { "clock_step 0", "FAIL could not advance time" },
    { "clock_step 100", "OK 100" },
    { "clock_set 1000", "OK 1000" },
    { "clock_set 5", "FAIL 1000" },
    { "nope", "FAIL Unknown command 'nope'" },
    { "NOPE 1 2", "FAIL Unknown command 'NOPE'" },
    { "readb", "ERR", true },
    { "readb x", "ERR", true },
    { "readb 0x", "ERR", true },
    { "readb 0x1ffffffffffffffff", "ERR", true },
    { "writeb 0x200000", "ERR", true },
    { "writeb 0x200000 y", "ERR", true },
    { "read 0x200000", "ERR", true },
    { "read 0x200000 0", "ERR", true },
    { "read 0x200000 0xffffffffffffffff", "ERR", true },
    { "write 0x200000 4", "ERR", true },
    { "write 0x200000 4 0xzz", "ERR", true },
    { "write 0x200000 0xffffffffff 0x00", "ERR", true },
    { "memset 0x200000 4", "ERR", true },
    { "memset 0x200000 0xffffffffffff 1", "ERR", true },
    { "b64read 0x200000", "ERR", true },
    { "b64read 0x200000 0xffffffffffffffff", "ERR", true },
    { "b64write 0x200000 4 !!!!", "ERR", true },
    { "b64write 0x200000 400 QUJD", "OK", true },
    { "inb 0x10000", "ERR", true },
    { "outb 0x10000 1", "ERR", true },
    { "outb 0x80", "ERR", true },
    { "set_irq_in ioapic unnamed-gpio-in 999 1", "FAIL", true },
    { "set_irq_in ioapic nope 1 1", "FAIL", true },
    { "set_irq_in ioapic", "ERR", true },
    { "irq_intercept_in", "ERR", true },
    { "clock_step x", "ERR", true },
    { "clock_set", "ERR", true },
    { " readb 0x200000", "FAIL", true },
    { "readb  0x200000", "ERR", true },
    { "endianness\r", "OK little", true },
    { "module_load", "ERR", true },
    { "module_load nope nope", "FAIL" },
    { "readq 0xffffffffffffffff", "OK", true },
    { "read 0xfffffffffffffff0 32", "", true },
};

/* Every line is answered by one line; the emulator is there after each. */
static void test_lines(void)
{
    bool ours = qtest_is_ours();
    Client c;

    launch(&c, OBJECT, "-M pc -m 128 -nodefaults", -1);
    for (int i = 0; i < ARRAY_SIZE(lines); i++) {
        g_autofree char *line = g_strdup_printf("%s\n", lines[i].text);
        g_autofree char *reply = NULL;

        if (lines[i].ours && !ours) {
            continue;
        }
        reply = ask(c.qtest, line);
        if (!g_str_has_prefix(reply, lines[i].reply)) {
            g_test_message("'%s': '%s', expected '%s'", lines[i].text, reply,
                           lines[i].reply);
            g_test_fail();
        }
        if (g_str_has_prefix(reply, "IRQ")) {
            g_autofree char *ok = read_line(c.qtest);
            g_assert_cmpstr(ok, ==, "OK");
        }
    }
    expect(c.qtest, "endianness\n", "OK little");
    finish(&c);
}

/* Lines in pieces, several at once, comments, zero bytes, far too long. */
static void test_framing(void)
{
    g_autofree char *longest = g_strnfill(300000, 'a');
    static const char zero[] = "readb 0x20\0" "0000\n";
    Client c;

    if (!qtest_is_ours()) {
        g_test_skip("a stock QEMU aborts");
        return;
    }
    launch(&c, OBJECT, "-M pc -m 128 -nodefaults", -1);
    for (const char *p = "endianness"; *p; p++) {
        g_assert_cmpint(write(c.qtest, p, 1), ==, 1);
        g_usleep(500);
    }
    expect(c.qtest, "\n", "OK little");
    expect(c.qtest, "endianness\nreadb 0\n", "OK little");
    g_free(read_line(c.qtest));
    expect(c.qtest, "\n\n# a comment\nendianness\n", "OK little");
    g_assert_cmpint(write(c.qtest, zero, sizeof(zero) - 1), ==,
                    sizeof(zero) - 1);
    {
        g_autofree char *reply = read_line(c.qtest);
        g_assert_true(g_str_has_prefix(reply, "ERR"));
    }
    g_assert_cmpint(write(c.qtest, longest, 300000), ==, 300000);
    expect(c.qtest, "\n", "FAIL Unknown command");
    expect(c.qtest, "endianness\n", "OK little");
    finish(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/qtest/start/none/object", OBJECT,
                         test_machine_none);
    g_test_add_data_func("/qtest/start/none/mon", MON, test_machine_none);
    g_test_add_data_func("/qtest/start/hubport/object", OBJECT, test_hubport);
    g_test_add_data_func("/qtest/start/hubport/mon", MON, test_hubport);
    g_test_add_data_func("/qtest/start/socket-fd", OBJECT, test_socket_fd);
    g_test_add_func("/qtest/start/exit-with-parent", test_exit_with_parent);
    g_test_add_func("/qtest/protocol/lines", test_lines);
    g_test_add_func("/qtest/protocol/framing", test_framing);
    return g_test_run();
}
