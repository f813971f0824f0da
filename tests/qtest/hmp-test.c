/*
 * The human monitor: every command, right and wrong, and what it prints, as
 * QEMU prints it; by way of QMP and over a socket with and without line
 * editing. Then a person at a terminal.
 *
 * The table can be run against a stock QEMU 11.1 ($QTEST_QEMU_BINARY); what
 * only ours says is marked.
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

#define TRY(cmd) "Try \"help " cmd "\" for more information\n"
#define MISSING(cmd) cmd ": string expected\n" TRY(cmd)
#define TOO_MUCH(cmd) \
    cmd ": extraneous characters at the end of line\n" TRY(cmd)
/* Not a pattern: what must not be there. */
#define NO_N2 "!n2: "
#define VDEV "/machine/peripheral/d0/virtio-backend"

#define MACHINE                                                            \
    "-machine q35 -name vm1 -netdev user,id=n0 "                           \
    "-device virtio-net-pci,netdev=n0,id=d0,mac=52:54:00:12:34:56 "        \
    "-device pcie-root-port,id=rp0 "

typedef struct HmpCase {
    const char *line;
    const char *reply; /* a pattern, with * and ? */
    bool ours;         /* not what QEMU says */
} HmpCase;

/* In order: later lines see what earlier ones did. */
static const HmpCase cases[] = {
    { "", "" },
    { "   \t ", "" },
    { "foo", "unknown command: 'foo'\n" },
    { "foo   bar", "unknown command: 'foo'\n" },
    { "inf name", "unknown command: 'inf'\n" },
    { "\"info\" name", "unknown command: '\"info\"'\n" },
    { "# note", "unknown command: '#'\n" },

    { "help", "announce_self [interfaces] [id] -- *\n"
              "stop|s  -- stop emulation\n*" },
    { "?", "announce_self *" },
    { "help foo", "unknown command: 'foo'\n" },
    { "help set_link",
      "set_link name on|off -- change the link status of a network adapter\n" },
    { "? s", "stop|s  -- stop emulation\n" },
    { "help  \"stop\" x", "stop|s  -- stop emulation\n" },
    { "help info foo", "unknown command: 'info foo'\n" },
    { "help info network", "info network  -- show the network state\n" },
    { "help qom-set", "qom-set [-j] path property value -- set QOM "
                      "property.\n\t\t\t-j: the value is specified in json "
                      "format.\n" },
    { "info", "*info chardev  -- show the character devices\n*" },
    { "help info", "*info network  -- show the network state\n*" },
    { "info foo", "unknown command: 'info foo'\n" },
    { "info  foo bar", "unknown command: 'info  foo'\n" },
    { "info net", "unknown command: 'info net'\n" },

    { "info version", "11.1.* (qemu-vnet *)\n", true },
    { "info version x", "version: extraneous characters at the end of line\n"
                      TRY("info version") },
    { "info name", "vm1\n" },
    { "\tinfo\tname ", "vm1\n" },
    { "info uuid", "00000000-0000-0000-0000-000000000000\n" },
    { "info status", "VM status: running\n" },
    { "stop", "" },
    { "s", "" },
    { "info status", "VM status: paused\n" },
    { "cont x", "cont|c: extraneous characters at the end of line\n"
                TRY("cont") },
    { "c", "" },
    { "cont", "" },
    { "info status", "VM status: running\n" },
    { "system_reset x", TOO_MUCH("system_reset") },
    { "system_reset", "" },
    { "system_powerdown", "" },
    { "q x", "quit|q: extraneous characters at the end of line\n" TRY("q") },

    { "info network",
      "d0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\n"
      "* \\ n0: index=0,type=user,net=10.0.2.0,restrict=off\n*" },
    { "info usernet", "*n0*Protocol[State]*" },
    { "set_link", MISSING("set_link") },
    { "set_link n0", "Expected 'on' or 'off'\n" TRY("set_link") },
    { "set_link n0 maybe", "Expected 'on' or 'off'\n" TRY("set_link") },
    { "set_link n0 on x", TOO_MUCH("set_link") },
    { "set_link nope on", "Error: Device 'nope' not found\n" },
    { "set_link n0 off", "" },
    { "set_link \"n0\" on", "" },
    { "set_link \"n0 on", "*unterminated string\n*" TRY("set_link"), true },
    { "set_link \"n\\0\" on", "*unsupported escape code*\n*", true },
    { "netdev_add", "Error: Parameter 'id' is missing\n" },
    { "netdev_add user", "Error: Parameter 'id' is missing\n" },
    { "netdev_add user,id=n9,zork=1", "Error: Invalid parameter 'zork'\n" },
    { "netdev_add zork,id=n9", "*'zork'*", true },
    { "netdev_add help", "Available netdev backend types:\n*user\n*" },
    { "netdev_add user,id=n2", "" },
    { "netdev_add type=user,id=n2", "*Duplicate ID 'n2'*", true },
    { "netdev_del", MISSING("netdev_del") },
    { "netdev_del n2 x", TOO_MUCH("netdev_del") },
    { "netdev_del nope", "Error: Device 'nope' not found\n" },
    { "hostfwd_add", MISSING("hostfwd_add") },
    { "hostfwd_add tcp",
      "Invalid host forwarding rule 'tcp' (No : separators)\n" },
    { "hostfwd_add n0 foo::5556-:80",
      "Invalid host forwarding rule 'foo::5556-:80' (Bad protocol name)\n" },
    { "hostfwd_add zz tcp::0-:80", "unrecognized netdev id 'zz'\n" },
    { "hostfwd_add n2 udp:127.0.0.1:35556-:80", "" },
    { "hostfwd_remove n2 udp:127.0.0.1:35556",
      "host forwarding rule for udp:127.0.0.1:35556 removed\n" },
    { "hostfwd_remove n2 udp:127.0.0.1:35556",
      "host forwarding rule for udp:127.0.0.1:35556 not found\n" },
    { "hostfwd_remove zork", "invalid format*" },
    { "netdev_del n2", "" },
    { "info network", NO_N2 },
    { "announce_self", "" },
    { "announce_self d0 t1", "" },
    { "announce_self \"\" t1", "" },
    { "announce_self a b c", TOO_MUCH("announce_self") },

    { "device_add", "Error: Parameter 'driver' is missing\n" },
    { "device_add nope", "Error: 'nope' is not a valid device model name\n" },
    { "device_add help", "*name \"virtio-net-pci\", bus PCI*" },
    { "device_add virtio-net-pci,help", "*virtio-net-pci options:\n*  mac=*",
      true },
    { "device_add virtio-net-pci,bus=pcie.0",
      "Error: Bus 'pcie.0' does not support hotplugging\n" },
    { "device_add virtio-net-pci,bus=rp0,id=d1", "" },
    { "device_add virtio-net-pci,bus=rp0,id=d0", "*uplicate *'d0'*" },
    { "object_add", MISSING("object_add") },
    { "object_add foo",
      "Error: Parameter 'qom-type' does not accept value 'foo'\n" },
    { "object_add filter-dump,id=f0", "Error: Parameter 'netdev' is missing\n" },
    { "object_add help",
      "List of user creatable objects:\n*  filter-dump\n*" },
    { "object_add filter-dump,help", "filter-dump options:\n*file=*" },
    { "object_add memory-backend-ram,id=m1,size=1M", "" },
    { "object_add {\"qom-type\":\"memory-backend-ram\",\"id\":\"m2\","
      "\"size\":65536}", "" },
    { "info qom-tree /objects", "/objects (container)\n*  /m1 "
                                "(memory-backend-ram)\n*" },
    { "object_del m1", "" },
    { "object_del m1", "Error: object 'm1' not found\n" },
    { "object_del", MISSING("object_del") },

    { "qom-list", "/\n" },
    { "qom-list /nope", "Error: Device '/nope' not found\n" },
    { "qom-list /machine/peripheral", "*d0 (child<virtio-net-pci>)\n*" },
    { "qom-get", MISSING("qom-get") },
    { "qom-get /", MISSING("qom-get") },
    { "qom-get /nope x", "Error: Device '/nope' not found\n" },
    { "qom-get / zz", "Error: Property 'container.zz' not found\n" },
    { "qom-get /machine type", "\"pc-q35-11.1-machine\"\n" },
    { "qom-get /machine graphics", "true\n" },
    { "qom-set /machine graphics", MISSING("qom-set") },
    { "qom-set /machine graphics off", "" },
    { "qom-get /machine graphics", "false\n" },
    { "qom-set -j /machine graphics true", "" },
    { "qom-set -j /machine graphics {", "Error: 1:?: JSON parse error, *\n" },
    { "qom-set /machine graphics maybe",
      "Error: Parameter 'graphics' expects 'on' or 'off'\n" },
    { "qom-set -z /machine graphics on",
      "qom-set: unsupported option -z\n" TRY("qom-set") },
    { "qom-set /nope x y", "Error: Device '/nope' not found\n" },
    { "info qom-tree", "/machine (pc-q35-11.1-machine)\n*" },
    { "info qom-tree objects", "/objects (container)\n*" },
    { "info qom-tree /zz", "Path '/zz' could not be resolved.\n" },

    { "info qtree", "bus: main-system-bus\n  type System\n*mac = *" },
    { "info qtree -b", "bus: main-system-bus\n  type System\n"
                       "*dev: virtio-net-pci, id \"d0\"\n*" },
    { "info qtree -x",
      "qtree: unsupported option -x\n" TRY("info qtree") },
    { "info qtree x", "qtree: extraneous characters at the end of line\n"
                      TRY("info qtree") },
    { "info qdm", "*name \"virtio-net-pci\", bus PCI*" },
    { "info pci", "  Bus  0, device   0, function 0:\n"
                  "    Host bridge: PCI device 8086:29c0\n*" },
    { "info mtree", "address-space: *" },
    { "info mtree -f", "FlatView #0\n*" },
    { "info mtree -o", "*" },
    { "info mtree -fo", "mtree: extraneous characters at the end of line\n"
                        TRY("info mtree") },

    { "info virtio", "*" VDEV " [virtio-net]\n*" },
    { "info virtio-status", "virtio-status: string expected\n"
                            TRY("info virtio-status") },
    { "info virtio-status /zz",
      "Error: Path /zz is not a realized VirtIODevice\n" },
    { "info virtio-status " VDEV, VDEV ":\n  device_name: * virtio-net\n*",
      true },
    { "info virtio-queue-status " VDEV,
      "unexpected end of expression\n" TRY("info virtio-queue-status") },
    { "info virtio-queue-status " VDEV " zz",
      "invalid char 'z' in expression\n" TRY("info virtio-queue-status") },
    { "info virtio-queue-status " VDEV " -1",
      "'virtio-queue-status' has failed: integer is for 32-bit values\n"
      TRY("info virtio-queue-status") },
    { "info virtio-queue-status " VDEV " 4294967296",
      "'virtio-queue-status' has failed: integer is for 32-bit values\n"
      TRY("info virtio-queue-status") },
    { "info virtio-queue-status " VDEV " 99",
      "Error: Invalid virtqueue number 99\n" },
    { "info virtio-queue-status " VDEV " 0x1",
      VDEV ":\n  device_name: * virtio-net\n  queue_index: * 1\n*" },

    { "info chardev", "*char0: filename=*" },
    { "chardev-add", MISSING("chardev-add") },
    { "chardev-add null", "Error: chardev: no id specified\n" },
    { "chardev-add zork,id=c1",
      "Error: 'zork' is not a valid char driver name\n" },
    { "chardev-add null,id=c1,zork=1", "*Invalid parameter 'zork'\n*" },
    { "chardev-add null,id=1c", "Error: Parameter 'id' expects an "
                                "identifier\n", true },
    { "chardev-add id=c1", "Error: chardev: \"c1\" missing backend\n" },
    { "chardev-add help", "Available chardev backend types: \n*  null\n*" },
    { "chardev-add null,id=c1", "" },
    { "chardev-add null,id=c1", "Error: Chardev with id 'c1' already exists\n",
      true },
    { "info chardev", "*c1: filename=null\n*" },
    { "chardev-remove c1", "" },
    { "chardev-remove c1", "Error: Chardev 'c1' not found\n" },
    { "chardev-remove char0", "Error: Chardev 'char0' is busy\n" },

    { "trace-event", MISSING("trace-event") },
    { "trace-event virtio_set_status", "Expected 'on' or 'off'\n"
                                       TRY("trace-event") },
    { "trace-event foo on", "unknown event \"foo\"\n" },
    { "trace-event virtio_set_s* on", "" },
    { "info trace-events virtio_set_status",
      "virtio_set_status : state 1\n", true },
    { "trace-event virtio_set_status off", "" },
    { "info trace-events virtio_set_s*", "virtio_set_status : state 0\n" },
    { "info trace-events foo", "unknown event \"foo\"\n" },
    { "info trace-events", "*virtio_set_status : state 0\n*" },
    { "log", MISSING("log") },
    { "log zork", "Log items (comma separated):\nnone *" },
    { "log help", "Log items (comma separated):\nnone *\n\nUse \"log "
                  "trace:help\" to get a list of trace events.\n\n" },
    { "log guest_errors,unimp", "" },
    { "log none", "" },
    { "log trace:help", "*virtqueue_pop\n*", true },
    { "log trace:zork", "*'zork'*" },
    { "logfile", "logfile: filename expected\n" TRY("logfile") },
    { "logfile /nonexistent/foo", "Error opening logfile /nonexistent/foo: No "
                                  "such file or directory\n" },
    { "getfd", MISSING("getfd") },
    { "getfd f", "Error: No file descriptor supplied via SCM_RIGHTS\n" },
    { "closefd", MISSING("closefd") },
    { "closefd f", "Error: File descriptor named 'f' not found\n" },
    { "\xff\xfe", "the command is not valid UTF-8\n", true },
};

static bool is_as_expected(const char *want, const char *reply)
{
    return want[0] == '!' ? !strstr(reply, want + 1)
                          : g_pattern_match_simple(want, reply);
}

static void check_reply(const HmpCase *c, const char *reply)
{
    if (!is_as_expected(c->reply, reply)) {
        g_test_message("\"%s\" said:\n%s\nand not:\n%s", c->line, reply,
                       c->reply);
        g_test_fail();
    }
}

/* ------------------------------------------------------------- transports */

static char *without_returns(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (*text != '\r') {
            g_string_append_c(out, *text);
        }
    }
    return g_string_free(out, FALSE);
}

static void test_qmp(void)
{
    QTestState *qts = qtest_init(MACHINE);

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const HmpCase *c = &cases[i];
        g_autofree char *line = g_strescape(c->line, "'");
        g_autofree char *raw = NULL;
        g_autofree char *reply = NULL;

        /* What cannot stand in JSON, or in the helper's quotes. */
        if ((c->ours && !qtest_is_ours()) || strpbrk(c->line, "'\xff")) {
            continue;
        }
        raw = qtest_hmp(qts, "%s", line);
        reply = without_returns(raw);
        check_reply(c, reply);
    }
    qtest_quit(qts);
}

typedef struct Started {
    QTestState *qts;
    QHmp *hmp;
    char *dir, *path;
} Started;

static void start(Started *s, const char *machine, const char *monitor)
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
                                "information\n(qemu) ", greeting)) {
        g_error("greeting: %s", greeting);
    }
}

static void end(Started *s)
{
    qhmp_free(s->hmp);
    qtest_quit(s->qts);
    unlink(s->path);
    rmdir(s->dir);
    g_free(s->dir);
    g_free(s->path);
}

static void test_socket(const void *data)
{
    const char *monitor = data;
    bool echo = !*monitor;
    Started s;

    if (!qtest_is_ours()) {
        g_test_skip("QEMU redraws the whole line at each key");
        return;
    }
    start(&s, MACHINE, monitor);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *reply = NULL;

        /* Tab is a key there. */
        if (echo && strchr(cases[i].line, '\t')) {
            continue;
        }
        reply = qhmp_command(s.hmp, cases[i].line, echo);
        check_reply(&cases[i], reply);
    }
    end(&s);
}

/* Lines that arrive in one piece, a client that goes and comes back, and one
 * that leaves half a line behind. */
static void test_reconnect(void)
{
    g_autofree char *text = NULL;
    Started s;

    start(&s, "-machine none", ",readline=off");
    qhmp_type(s.hmp, "info name\r\ninfo uuid\ninfo status\nhalf a li");
    text = qhmp_until(s.hmp, "VM status: running\n(qemu) ");
    g_assert_cmpstr(text, ==, "(qemu) 00000000-0000-0000-0000-000000000000\n"
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
    end(&s);
}

/* A monitor may delete itself, and what is behind on its line is dropped. */
static void test_delete_itself(void)
{
    g_autofree char *text = NULL;
    Started s;

    start(&s, "-machine none", "");
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
    end(&s);
}

/* Replies to one client do not hold up others, nor does a client that never
 * reads keep the process from ending. */
static void test_not_reading(void)
{
    Started s;

    start(&s, MACHINE, "");
    for (int i = 0; i < 300; i++) {
        qhmp_type(s.hmp, "device_add help\n");
    }
    for (int i = 0; i < 20; i++) {
        g_autofree char *text = qtest_hmp(s.qts, "info status");

        g_assert_cmpstr(text, ==, "VM status: running\r\n");
    }
    end(&s);
}

static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    char bytes[512];
    Started s;

    start(&s, MACHINE, "");
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
    end(&s);
}

/* ------------------------------------------------------------- completion */

static const struct {
    const char *keys, *line;
} completions[] = {
    { "set_l\t", "set_link " },
    { "info net\t", "info network " },
    { "set_link d\tof\t", "set_link d0 off " },
    { "netdev_del \t", "netdev_del n0 " },
    { "netdev_add us\t", "netdev_add user " },
    { "help netdev_d\t", "help netdev_del " },
    { "help info netw\t", "help info network " },
    { "device_add virtio-net-pci-t\t",
      "device_add virtio-net-pci-transitional " },
    { "object_add filter-d\t", "object_add filter-dump " },
    { "object_del hm\t", "object_del hmp0 " },
    { "trace-event virtqueue_p\to\tn\t", "trace-event virtqueue_pop on " },
    { "log unimp,gu\t", "log unimp,guest_errors " },
    { "chardev-add nu\t", "chardev-add null " },
    { "chardev-remove char\t", "chardev-remove char0 " },
    { "qom-list /mach\t", "qom-list /machine " },
    { "qom-get /machine/peripheral/d\tma\t",
      "qom-get /machine/peripheral/d0 mac " },
    { "qom-set -j /machine graph\t", "qom-set -j /machine graphics " },
    { "info virtio-status \t", "info virtio-status " VDEV " " },
    { "zork \t", "zork " },
    { "info zork \t", "info zork " },
};

static void test_completion(void)
{
    Started s;

    start(&s, MACHINE, "");
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
    end(&s);
}

static void test_history(void)
{
    g_autofree char *text = NULL;
    Started s;

    start(&s, "-machine none", "");
    g_free(qhmp_command(s.hmp, "info name", true));
    g_free(qhmp_command(s.hmp, "foo", true));
    text = qhmp_command(s.hmp, "info history", true);
    g_assert_cmpstr(text, ==,
                    "0: 'info name'\n1: 'foo'\n2: 'info history'\n");
    g_free(text);
    qhmp_type(s.hmp, "\033[A\033[A\n");
    text = qhmp_until(s.hmp, "unknown command: 'foo'\n(qemu) ");
    end(&s);
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
        g_test_skip("QEMU shows the serial port first");
        return;
    }
    hmp = start_on_terminal("-machine none -accel qtest -S -nographic", &pid);
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
                            "-monitor stdio", &pid);
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

/* There is no serial port yet; what shares a terminal with it still works. */
static void test_serial_mon(void)
{
    g_autofree char *warning = NULL;
    QHmp *hmp;
    pid_t pid;

    if (!qtest_is_ours()) {
        g_test_skip("QEMU has serial ports");
        return;
    }
    hmp = start_on_terminal("-machine none -accel qtest -display none "
                            "-serial mon:stdio", &pid);
    warning = qhmp_until(hmp, "(qemu) ");
    g_assert_nonnull(strstr(warning, "warning: this machine has no serial "
                                     "port yet: 'mon:stdio' carries the "
                                     "monitor only\n"));
    qhmp_type(hmp, "quit\n");
    check_exit(pid);
    qhmp_free(hmp);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/commands/qmp", test_qmp);
    g_test_add_data_func("/hmp/commands/readline", "", test_socket);
    g_test_add_data_func("/hmp/commands/plain", ",readline=off", test_socket);
    if (qtest_is_ours()) {
        g_test_add_func("/hmp/reconnect", test_reconnect);
        g_test_add_func("/hmp/delete-itself", test_delete_itself);
        g_test_add_func("/hmp/not-reading", test_not_reading);
        g_test_add_func("/hmp/garbage", test_garbage);
        g_test_add_func("/hmp/completion", test_completion);
        g_test_add_func("/hmp/history", test_history);
        g_test_add_func("/hmp/pty", test_pty);
    }
    g_test_add_func("/hmp/nographic", test_nographic);
    g_test_add_func("/hmp/stdio", test_stdio);
    g_test_add_func("/hmp/serial-mon", test_serial_mon);
    return g_test_run();
}
