/*
 * The human monitor: every command, right and wrong, and what it prints, as
 * QEMU prints it; by way of QMP and over a socket with and without line
 * editing.
 *
 * The table can be run against a stock QEMU 11.1 ($QTEST_QEMU_BINARY); what
 * only ours says is marked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"
#include "tests/qtest/lib/qhmp.h"

#define TRY(cmd)     "Try \"help " cmd "\" for more information\n"
#define MISSING(cmd) cmd ": string expected\n" TRY(cmd)
#define TOO_MUCH(cmd) \
    cmd ": extraneous characters at the end of line\n" TRY(cmd)
/* Not a pattern: what must not be there. */
#define NO_N2 "!n2: "
#define VDEV  "/machine/peripheral/d0/virtio-backend"

#define MACHINE \
    "-machine q35 -name vm1 -netdev user,id=n0 " \
    "-device virtio-net-pci,netdev=n0,id=d0,mac=52:54:00:12:34:56 " \
    "-device pcie-root-port,id=rp0 "

typedef struct HmpCase {
    const char *line;
    const char *reply; /* a pattern, with * and ? */
    bool ours;         /* not what QEMU says */
} HmpCase;

/* In order: later lines see what earlier ones did. */
static const HmpCase cases[] = {
    {"", ""},
    {"   \t ", ""},
    {"foo", "unknown command: 'foo'\n"},
    {"foo   bar", "unknown command: 'foo'\n"},
    {"inf name", "unknown command: 'inf'\n"},
    {"\"info\" name", "unknown command: '\"info\"'\n"},
    {"# note", "unknown command: '#'\n"},

    {"help", "announce_self [interfaces] [id] -- *\n"
             "stop|s  -- stop emulation\n*"},
    {"?", "announce_self *"},
    {"help foo", "unknown command: 'foo'\n"},
    {"help set_link",
     "set_link name on|off -- change the link status of a network adapter\n"},
    {"? s", "stop|s  -- stop emulation\n"},
    {"help  \"stop\" x", "stop|s  -- stop emulation\n"},
    {"help info foo", "unknown command: 'info foo'\n"},
    {"help info network", "info network  -- show the network state\n"},
    {"help qom-set", "qom-set [-j] path property value -- set QOM "
                     "property.\n\t\t\t-j: the value is specified in json "
                     "format.\n"},
    {"info", "*info chardev  -- show the character devices\n*"},
    {"help info", "*info network  -- show the network state\n*"},
    {"info foo", "unknown command: 'info foo'\n"},
    {"info  foo bar", "unknown command: 'info  foo'\n"},
    {"info net", "unknown command: 'info net'\n"},

    {"info version", "11.1.* (qemu-vnet *)\n", true},
    {"info version x",
     "version: extraneous characters at the end of line\n" TRY("info version")},
    {"info name", "vm1\n"},
    {"\tinfo\tname ", "vm1\n"},
    {"info uuid", "00000000-0000-0000-0000-000000000000\n"},
    {"info status", "VM status: running\n"},
    {"stop", ""},
    {"s", ""},
    {"info status", "VM status: paused\n"},
    {"cont x",
     "cont|c: extraneous characters at the end of line\n" TRY("cont")},
    {"c", ""},
    {"cont", ""},
    {"info status", "VM status: running\n"},
    {"system_reset x", TOO_MUCH("system_reset")},
    {"system_reset", ""},
    {"system_powerdown", ""},
    {"q x", "quit|q: extraneous characters at the end of line\n" TRY("q")},

    {"info network",
     "d0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\n"
     "* \\ n0: index=0,type=user,net=10.0.2.0,restrict=off\n*"},
    {"info usernet", "*n0*Protocol[State]*"},
    {"set_link", MISSING("set_link")},
    {"set_link n0", "Expected 'on' or 'off'\n" TRY("set_link")},
    {"set_link n0 maybe", "Expected 'on' or 'off'\n" TRY("set_link")},
    {"set_link n0 on x", TOO_MUCH("set_link")},
    {"set_link nope on", "Error: Device 'nope' not found\n"},
    {"set_link n0 off", ""},
    {"set_link \"n0\" on", ""},
    {"set_link \"n0 on", "*unterminated string\n*" TRY("set_link"), true},
    {"set_link \"n\\0\" on", "*unsupported escape code*\n*", true},
    {"netdev_add", "Error: Parameter 'id' is missing\n"},
    {"netdev_add user", "Error: Parameter 'id' is missing\n"},
    {"netdev_add user,id=n9,zork=1", "Error: Invalid parameter 'zork'\n"},
    {"netdev_add zork,id=n9", "*'zork'*", true},
    {"netdev_add help", "Available netdev backend types:\n*user\n*"},
    {"netdev_add user,id=n2", ""},
    {"netdev_add type=user,id=n2", "*Duplicate ID 'n2'*", true},
    {"netdev_del", MISSING("netdev_del")},
    {"netdev_del n2 x", TOO_MUCH("netdev_del")},
    {"netdev_del nope", "Error: Device 'nope' not found\n"},
    {"hostfwd_add", MISSING("hostfwd_add")},
    {"hostfwd_add tcp",
     "Invalid host forwarding rule 'tcp' (No : separators)\n"},
    {"hostfwd_add n0 foo::5556-:80",
     "Invalid host forwarding rule 'foo::5556-:80' (Bad protocol name)\n"},
    {"hostfwd_add zz tcp::0-:80", "unrecognized netdev id 'zz'\n"},
    {"hostfwd_add n2 udp:127.0.0.1:35556-:80", ""},
    {"hostfwd_remove n2 udp:127.0.0.1:35556",
     "host forwarding rule for udp:127.0.0.1:35556 removed\n"},
    {"hostfwd_remove n2 udp:127.0.0.1:35556",
     "host forwarding rule for udp:127.0.0.1:35556 not found\n"},
    {"hostfwd_remove zork", "invalid format*"},
    {"netdev_del n2", ""},
    {"info network", NO_N2},
    {"announce_self", ""},
    {"announce_self d0 t1", ""},
    {"announce_self \"\" t1", ""},
    {"announce_self a b c", TOO_MUCH("announce_self")},

    {"device_add", "Error: Parameter 'driver' is missing\n"},
    {"device_add nope", "Error: 'nope' is not a valid device model name\n"},
    {"device_add help", "*name \"virtio-net-pci\", bus PCI*"},
    {"device_add virtio-net-pci,help", "*virtio-net-pci options:\n*  mac=*",
     true},
    {"device_add virtio-net-pci,bus=pcie.0",
     "Error: Bus 'pcie.0' does not support hotplugging\n"},
    {"device_add virtio-net-pci,bus=rp0,id=d1", ""},
    {"device_add virtio-net-pci,bus=rp0,id=d0", "*uplicate *'d0'*"},
    {"object_add", MISSING("object_add")},
    {"object_add foo",
     "Error: Parameter 'qom-type' does not accept value 'foo'\n"},
    {"object_add filter-dump,id=f0", "Error: Parameter 'netdev' is missing\n"},
    {"object_add help", "List of user creatable objects:\n*  filter-dump\n*"},
    {"object_add filter-dump,help", "filter-dump options:\n*file=*"},
    {"object_add memory-backend-ram,id=m1,size=1M", ""},
    {"object_add {\"qom-type\":\"memory-backend-ram\",\"id\":\"m2\","
     "\"size\":65536}",
     ""},
    {"info qom-tree /objects", "/objects (container)\n*  /m1 "
                               "(memory-backend-ram)\n*"},
    {"object_del m1", ""},
    {"object_del m1", "Error: object 'm1' not found\n"},
    {"object_del", MISSING("object_del")},

    {"qom-list", "/\n"},
    {"qom-list /nope", "Error: Device '/nope' not found\n"},
    {"qom-list /machine/peripheral", "*d0 (child<virtio-net-pci>)\n*"},
    {"qom-get", MISSING("qom-get")},
    {"qom-get /", MISSING("qom-get")},
    {"qom-get /nope x", "Error: Device '/nope' not found\n"},
    {"qom-get / zz", "Error: Property 'container.zz' not found\n"},
    {"qom-get /machine type", "\"pc-q35-11.1-machine\"\n"},
    {"qom-get /machine graphics", "true\n"},
    {"qom-set /machine graphics", MISSING("qom-set")},
    {"qom-set /machine graphics off", ""},
    {"qom-get /machine graphics", "false\n"},
    {"qom-set -j /machine graphics true", ""},
    {"qom-set -j /machine graphics {", "Error: 1:?: JSON parse error, *\n"},
    {"qom-set /machine graphics maybe",
     "Error: Parameter 'graphics' expects 'on' or 'off'\n"},
    {"qom-set -z /machine graphics on",
     "qom-set: unsupported option -z\n" TRY("qom-set")},
    {"qom-set /nope x y", "Error: Device '/nope' not found\n"},
    {"info qom-tree", "/machine (pc-q35-11.1-machine)\n*"},
    {"info qom-tree objects", "/objects (container)\n*"},
    {"info qom-tree /zz", "Path '/zz' could not be resolved.\n"},

    {"info qtree", "bus: main-system-bus\n  type System\n*mac = *"},
    {"info qtree -b", "bus: main-system-bus\n  type System\n"
                      "*dev: virtio-net-pci, id \"d0\"\n*"},
    {"info qtree -x", "qtree: unsupported option -x\n" TRY("info qtree")},
    {"info qtree x",
     "qtree: extraneous characters at the end of line\n" TRY("info qtree")},
    {"info qdm", "*name \"virtio-net-pci\", bus PCI*"},
    {"info pci", "  Bus  0, device   0, function 0:\n"
                 "    Host bridge: PCI device 8086:29c0\n*"},
    {"info mtree", "address-space: *"},
    {"info mtree -f", "FlatView #0\n*"},
    {"info mtree -o", "*"},
    {"info mtree -fo",
     "mtree: extraneous characters at the end of line\n" TRY("info mtree")},

    {"info virtio", "*" VDEV " [virtio-net]\n*"},
    {"info virtio-status",
     "virtio-status: string expected\n" TRY("info virtio-status")},
    {"info virtio-status /zz",
     "Error: Path /zz is not a realized VirtIODevice\n"},
    {"info virtio-status " VDEV, VDEV ":\n  device_name: * virtio-net\n*",
     true},
    {"info virtio-queue-status " VDEV,
     "unexpected end of expression\n" TRY("info virtio-queue-status")},
    {"info virtio-queue-status " VDEV " zz",
     "invalid char 'z' in expression\n" TRY("info virtio-queue-status")},
    {"info virtio-queue-status " VDEV " -1",
     "'virtio-queue-status' has failed: integer is for 32-bit values\n" TRY(
         "info virtio-queue-status")},
    {"info virtio-queue-status " VDEV " 4294967296",
     "'virtio-queue-status' has failed: integer is for 32-bit values\n" TRY(
         "info virtio-queue-status")},
    {"info virtio-queue-status " VDEV " 99",
     "Error: Invalid virtqueue number 99\n"},
    {"info virtio-queue-status " VDEV " 0x1",
     VDEV ":\n  device_name: * virtio-net\n  queue_index: * 1\n*"},

    {"info chardev", "*char0: filename=*"},
    {"chardev-add", MISSING("chardev-add")},
    {"chardev-add null", "Error: chardev: no id specified\n"},
    {"chardev-add zork,id=c1",
     "Error: 'zork' is not a valid char driver name\n"},
    {"chardev-add null,id=c1,zork=1", "*Invalid parameter 'zork'\n*"},
    {"chardev-add null,id=1c",
     "Error: Parameter 'id' expects an "
     "identifier\n",
     true},
    {"chardev-add id=c1", "Error: chardev: \"c1\" missing backend\n"},
    {"chardev-add help", "Available chardev backend types: \n*  null\n*"},
    {"chardev-add null,id=c1", ""},
    {"chardev-add null,id=c1", "Error: Chardev with id 'c1' already exists\n",
     true},
    {"info chardev", "*c1: filename=null\n*"},
    {"chardev-remove c1", ""},
    {"chardev-remove c1", "Error: Chardev 'c1' not found\n"},
    {"chardev-remove char0", "Error: Chardev 'char0' is busy\n"},

    {"trace-event", MISSING("trace-event")},
    {"trace-event virtio_set_status",
     "Expected 'on' or 'off'\n" TRY("trace-event")},
    {"trace-event foo on", "unknown event \"foo\"\n"},
    {"trace-event virtio_set_s* on", ""},
    {"info trace-events virtio_set_status", "virtio_set_status : state 1\n",
     true},
    {"trace-event virtio_set_status off", ""},
    {"info trace-events virtio_set_s*", "virtio_set_status : state 0\n"},
    {"info trace-events foo", "unknown event \"foo\"\n"},
    {"info trace-events", "*virtio_set_status : state 0\n*"},
    {"log", MISSING("log")},
    {"log zork", "Log items (comma separated):\nnone *"},
    {"log help", "Log items (comma separated):\nnone *\n\nUse \"log "
                 "trace:help\" to get a list of trace events.\n\n"},
    {"log guest_errors,unimp", ""},
    {"log none", ""},
    {"log trace:help", "*virtqueue_pop\n*", true},
    {"log trace:zork", "*'zork'*"},
    {"logfile", "logfile: filename expected\n" TRY("logfile")},
    {"logfile /nonexistent/foo", "Error opening logfile /nonexistent/foo: No "
                                 "such file or directory\n"},
    {"getfd", MISSING("getfd")},
    {"getfd f", "Error: No file descriptor supplied via SCM_RIGHTS\n"},
    {"closefd", MISSING("closefd")},
    {"closefd f", "Error: File descriptor named 'f' not found\n"},
    {"\xff\xfe", "the command is not valid UTF-8\n", true},
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

static void test_socket(const void *data)
{
    const char *monitor = data;
    bool echo = !*monitor;
    QHmpSession s;

    if (!qtest_is_ours()) {
        g_test_skip("QEMU redraws the whole line at each key");
        return;
    }
    qhmp_start(&s, MACHINE, monitor);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *reply = NULL;

        /* Tab is a key there. */
        if (echo && strchr(cases[i].line, '\t')) {
            continue;
        }
        reply = qhmp_command(s.hmp, cases[i].line, echo);
        check_reply(&cases[i], reply);
    }
    qhmp_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/commands/qmp", test_qmp);
    g_test_add_data_func("/hmp/commands/readline", "", test_socket);
    g_test_add_data_func("/hmp/commands/plain", ",readline=off", test_socket);
    return g_test_run();
}
