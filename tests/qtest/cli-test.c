/*
 * The command line: what is accepted, and the message for what is not.
 *
 * Most rows hold for a stock QEMU 11.1 as well (run this with its binary in
 * QTEST_QEMU_BINARY); those marked OURS are about what only we have, or have
 * not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"

#define BASE "-display none -nodefaults "
#define NONE BASE "-machine none -accel qtest "
#define PC BASE "-machine pc -accel qtest "

typedef struct CliCase {
    const char *args;
    int status;
    const char *expect; /* a part of the output */
    bool ours;
} CliCase;

static const CliCase help_cases[] = {
    { "-version", 0, "QEMU emulator version 11.1." },
    { "--version", 0, "QEMU emulator version 11.1." },
    { "-version", 0, "(qemu-vnet 0.1.0)", true },
    { "-help", 0, "-netdev" },
    { "-h", 0, "usage: qemu-system-x86_64 [options]" },
    { "-machine help", 0, "Supported machines are:" },
    { "-machine help", 0, "(alias of pc-q35-11.1)" },
    { "-M help", 0, "none                 empty machine" },
    { "-accel help", 0, "Accelerators supported in QEMU binary:" },
    { "-device help", 0, "Network devices:" },
    { "-device help", 0, "name \"virtio-net-pci\", bus PCI, alias "
                         "\"virtio-net\"" },
    { "-device ?", 0, "Network devices:" },
    { "-device virtio-net-pci,help", 0, "virtio-net-pci options:" },
    { "-device virtio-net-pci,help", 0, "  mrg_rxbuf=<bool>       - on/off "
                                        "(default: on)" },
    { "-device virtio-net,help", 0, "options:" },
    { "-netdev help", 0, "Available netdev backend types:" },
    { "-netdev help", 0, "\ntap" },
    { "-nic model=help", 0, "virtio-net-pci" },
    { "-object help", 0, "List of user creatable objects:" },
    { "-object help", 0, "  memory-backend-memfd" },
    { "-object memory-backend-ram,help", 0, "size=<int>" },
    { "-chardev help", 0, "Available chardev backend types:" },
    { "-d help", 0, "guest_errors", true },
    { "-trace help", 0, "virtqueue_pop" },
};

static const CliCase option_cases[] = {
    { BASE "-foo", 1, "qemu-system-x86_64: -foo: invalid option\n" },
    { BASE "--foo", 1, "--foo: invalid option" },
    { BASE "-netdev", 1, "-netdev: requires an argument" },
    { BASE "-device", 1, "-device: requires an argument" },
    { BASE "disk.img", 1, "disk.img: " },
    { BASE "-machine foo", 1, "unsupported machine type: \"foo\"\n"
                              "Use -machine help to list supported machines" },
    { BASE "-machine q35,foo=1", 1,
      "Property 'pc-q35-11.1-machine.foo' not found" },
    { BASE "-machine q35,usb=maybe", 1,
      "Parameter 'usb' expects 'on' or 'off'" },
    { BASE "-accel foo", 1, "-accel foo: invalid accelerator foo" },
    { BASE "-machine q35,accel=foo", 1, "invalid accelerator foo" },
    { BASE "-accel qtest,foo=1", 1, "Property 'qtest-accel.foo' not found" },
    { BASE "-accel qtest -machine pc,kernel=/nonexistent", 1, "/nonexistent" },
    { BASE "-accel qtest -machine q35,firmware=/nonexistent", 1, "firmware",
      true },
    { BASE "-accel qtest -machine pc,append=x", 1, "-append only allowed with -kernel option",
      true },
    { PC "-smp 0", 1, "Invalid CPU topology: CPU topology parameters must be "
                      "greater than zero" },
    { PC "-smp 2,foo=3", 1, "Parameter 'smp.foo' is unexpected" },
    { PC "-smp cpus=x", 1, "Parameter 'smp.cpus' expects integer" },
    { PC "-smp 3,sockets=2", 1, "product of the hierarchy must match maxcpus" },
    { PC "-m 1x", 1, "-m 1x: Parameter 'size' expects a non-negative number "
                     "below 2^64" },
    { PC "-m 99999999T", 1,
      "-m 99999999T: Value '99999999T' is out of range" },
    { PC "-m size=1G,foo=1", 1, "Invalid parameter 'foo'" },
    { PC "-m slots=1", 1, "slots specified but no max" },
    { PC "-uuid x", 1, "-uuid x: failed to parse UUID string: wrong format" },
    { PC "-name a,foo=1", 1, "-name a,foo=1: Invalid parameter 'foo'" },
    { PC "-name a,debug-threads=maybe", 1,
      "Parameter 'debug-threads' expects 'on' or 'off'" },
    { PC "-msg foo=1", 1, "-msg foo=1: Invalid parameter 'foo'" },
    { PC "-display foo", 1, "Parameter 'type' does not accept value 'foo'" },
    { PC "-readconfig /nonexistent", 1,
      "-readconfig /nonexistent: Could not open '/nonexistent': No such file "
      "or directory" },
    { PC "-pidfile /nonexistent/x", 1,
      "cannot create PID file: Could not create '/nonexistent/x': No such file "
      "or directory" },
    { PC "-D /nonexistent/x", 1, "/nonexistent/x: No such file or directory" },
    { PC "-d foo", 1, "Unknown log item 'foo'", true },
    { BASE "-daemonize -nographic", 1,
      "-nographic cannot be used with -daemonize", true },
    { PC "-action foo=1", 1, "Invalid parameter 'foo'" },
    { PC "-action reboot=foo", 1,
      "Parameter 'reboot' does not accept value 'foo'" },
    { PC "-boot foo=1", 1, "Parameter 'boot.foo' is unexpected" },
    { PC "-run-with foo=1", 1, "-run-with foo=1: Invalid parameter 'foo'" },
    { PC "-vga foo", 1, "foo" },
    { PC "-audiodev foo,id=x", 1,
      "Parameter 'driver' does not accept value 'foo'" },
    { PC "-global driver=foo,property=x", 1,
      "options 'driver', 'property', and 'value' are required" },
    { PC "-global virtio-net-pci.foo=1 -device virtio-net-pci", 1,
      "can't apply global virtio-net-pci.foo=1: Property "
      "'virtio-net-pci.foo' not found" },
    { PC "-cpu nosuch", 1, "unable to find CPU model 'nosuch'" },
    { PC "-serial foo", 1, "-serial foo: could not connect serial device to "
                           "character backend 'foo'" },
};

static const CliCase object_cases[] = {
    { NONE "-object foo,id=x", 1,
      "-object foo,id=x: Parameter 'qom-type' does not accept value 'foo'" },
    { NONE "-object memory-backend-ram", 1, "Parameter 'id' is missing" },
    { NONE "-object memory-backend-ram,id=x", 1,
      "Parameter 'size' is missing" },
    { NONE "-object memory-backend-ram,id=x,size=foo", 1,
      "Parameter 'size' expects a size value" },
    { NONE "-object memory-backend-ram,id=x,size=1M "
      "-object memory-backend-ram,id=x,size=1M", 1,
      "Duplicate ID 'x' for object" },
    { NONE "-object memory-backend-file,id=x,size=1M", 1,
      "Parameter 'mem-path' is missing" },
    { NONE "-object memory-backend-file,id=x,size=1M,mem-path=/nonexistent/x",
      1, "can't open backing store /nonexistent/x" },
    { PC "-machine memory-backend=nope", 1, "nope" },
    { NONE "-object '{\"qom-type\":\"memory-backend-ram\"'", 1, "JSON" },
    { NONE "-chardev null", 1, "no id specified" },
    { NONE "-chardev foo,id=x", 1, "'foo' is not a valid char driver" },
    { NONE "-chardev file,id=x", 1, "chardev: file: no filename given" },
    { NONE "-mon chardev=x", 1, "chardev \"x\" not found" },
    { NONE "-chardev null,id=c -mon chardev=c,mode=foo", 1,
      "Parameter 'mode' does not accept value 'foo'" },
    { NONE "-chardev socket,id=c,host=127.0.0.1,port=65536,server=on,wait=off",
      1, "port number '65536' is invalid", true },
    { NONE "-qmp foo", 1, "-qmp foo: 'foo' is not a valid char driver" },
    { NONE "-monitor foo", 1, "'foo' is not a valid char driver" },
    { PC "-object filter-dump,id=f,netdev=nope,file=/dev/null", 1,
      "netdev" },
};

static const CliCase net_cases[] = {
    { NONE "-netdev tap", 1, "-netdev tap: Parameter 'id' is missing" },
    { NONE "-netdev foo,id=x", 1,
      "Parameter 'type' does not accept value 'foo'" },
    { NONE "-netdev user,id=x,foo=1", 1, "Invalid parameter 'foo'" },
    { NONE "-netdev user,id=1x", 1, "1x" },
    { NONE "-netdev user,id=x -netdev user,id=x", 1, "Duplicate ID 'x'" },
    { NONE "-netdev socket,id=x", 1, "exactly one of listen=, connect=, mcast= "
                                     "or udp= is required" },
    { NONE "-netdev socket,id=x,listen=foo", 1,
      "host address 'foo' doesn't contain ':' separating host from port" },
    { NONE "-netdev socket,id=x,listen=127.0.0.1:80000", 1,
      "port number '80000' is invalid", true },
    { NONE "-netdev socket,id=x,connect=127.0.0.1:80000", 1,
      "port number '80000' is invalid", true },
    { NONE "-netdev socket,id=x,udp=127.0.0.1:5555", 1,
      "localaddr= is mandatory with udp=" },
    { NONE "-netdev socket,id=x,listen=:5555,localaddr=:1", 1,
      "localaddr= is only valid with mcast= or udp=" },
    { NONE "-netdev socket,id=x,mcast=1.2.3.4:55", 1,
      "specified mcastaddr 1.2.3.4 (0x01020304) does not contain a multicast "
      "address" },
    { NONE "-netdev socket,id=x,fd=foo", 1, "Invalid file descriptor number "
                                            "'foo'" },
    { NONE "-netdev user,id=x,net=foo", 1, "Failed to parse netmask" },
    { NONE "-netdev user,id=x,net=10.0.2.0/33", 1,
      "Invalid netmask provided (must be in range 4-32)" },
    { NONE "-netdev user,id=x,host=1.2.3.4", 1,
      "Host doesn't belong to network" },
    { NONE "-netdev user,id=x,dhcpstart=1.1.1.1", 1,
      "DHCP doesn't belong to network" },
    { NONE "-netdev user,id=x,dns=10.0.2.2", 1,
      "DNS must be different from host" },
    { NONE "-netdev user,id=x,ipv4=off,ipv6=off", 1,
      "IPv4 and IPv6 disabled" },
    { NONE "-netdev user,id=x,ipv6=off,ipv6-dns=fec0::3", 1,
      "IPv6 disabled but prefix/host6/dns6 provided" },
    { NONE "-netdev user,id=x,ipv6-prefixlen=200", 1,
      "IPv6 prefix length must be between 0 and 126" },
    { NONE "-netdev user,id=x,domainname=", 1,
      "'domainname' parameter cannot be empty" },
    { NONE "-netdev user,id=x,hostfwd=foo", 1,
      "Invalid host forwarding rule 'foo' (No : separators)" },
    { NONE "-netdev user,id=x,hostfwd=tcp::99999-:22", 1, "(Bad host port)" },
    { NONE "-netdev user,id=x,hostfwd=tcp:foo:5555-:22", 1,
      "(Bad host address)" },
    { NONE "-netdev user,id=x,hostfwd=tcp::5555-:x", 1, "(Bad guest port)" },
    { NONE "-netdev user,id=x,guestfwd=foo", 1,
      "Invalid guest forwarding rule 'foo'" },
    { NONE "-netdev user,id=x,guestfwd=tcp:1.2.3.4:80-null", 1,
      "Conflicting/invalid host:port in guest forwarding rule "
      "'tcp:1.2.3.4:80-null'" },
    { NONE "-netdev user,id=x,smb=/tmp", 1, "smb", true },
    { NONE "-netdev hubport,id=x", 1, "Parameter 'hubid' is missing" },
    { NONE "-netdev hubport,id=x,hubid=x", 1, "Parameter 'hubid' expects" },
    { NONE "-netdev tap,id=x,fd=3,ifname=foo", 1, "are invalid with fd=" },
    { NONE "-netdev tap,id=x,ifname=a-name-that-is-too-long", 1,
      "a-name-that-is-too-long", true },
    { NONE "-netdev tap,id=x,vhost=on", 1, "vhost", true },
    { NONE "-netdev tap,id=x,fd=99", 1, "99" },
    { NONE "-netdev vde,id=x", 1, "Parameter 'type' does not accept value "
                                  "'vde'", true },
    { BASE "-accel qtest -nic user,model=foo", 1, "foo", true },
    { BASE "-accel qtest -net foo", 1, "foo" },
    { NONE "-netdev user,id=x,ipv6-prefixlen=foo", 1,
      "Parameter 'ipv6-prefixlen' expects an int64 value" },
    { NONE "-netdev user,id=x,restrict=foo", 1,
      "Parameter 'restrict' expects 'on' or 'off'" },
};

static const CliCase device_cases[] = {
    { PC "-device foo", 1, "'foo' is not a valid device model name" },
    { PC "-device id=x", 1, "Parameter 'driver' is missing" },
    { PC "-daemonize -monitor stdio", 1, "cannot use stdio with -daemonize" },
    { PC "-device virtio-net-pci,foo=1", 1,
      "-device virtio-net-pci,foo=1: Property 'virtio-net-pci.foo' not "
      "found" },
    { PC "-device virtio-net-pci,netdev=nope", 1,
      "Property 'virtio-net-device.netdev' can't find value 'nope'" },
    { PC "-netdev hubport,id=h,hubid=0 -device virtio-net-pci,netdev=h "
      "-device virtio-net-pci,netdev=h", 1,
      "Property 'virtio-net-device.netdev' can't take value 'h', it's in use" },
    { PC "-device virtio-net-pci,mac=foo", 1, "'foo'" },
    { PC "-device virtio-net-pci,mq=maybe", 1,
      "Parameter 'mq' expects 'on' or 'off'" },
    { PC "-device virtio-net-pci,rx_queue_size=100", 1,
      "Invalid rx_queue_size (= 100), must be a power of 2 between" },
    { PC "-device virtio-net-pci,tx_queue_size=2048", 1,
      "Invalid tx_queue_size (= 2048), must be a power of 2 between" },
    { PC "-device virtio-net-pci,rx_queue_size=70000", 1, "rx_queue_size" },
    { PC "-device virtio-net-pci,duplex=foo", 1, "duplex" },
    { PC "-device virtio-net-pci,failover_pair_id=x", 1,
      "failover_pair_id=x is not supported" },
    { PC "-device virtio-net-pci,sriov-pf=x", 1,
      "sriov-pf=x is not supported" },
    { PC "-device virtio-net-pci,ebpf-rss-fds=1", 1,
      "Invalid parameter type for 'ebpf-rss-fds', expected: array" },
    { PC "-device virtio-net-pci,x-pcie-ext-tag=off,x-pcie-lnksta-dllla=off,"
      "x-max-bounce-buffer-size=0,failover_pair_id=", 0, NULL },
    { PC "-device virtio-net-pci,addr=40", 1, "addr" },
    { PC "-device virtio-net-pci,addr=foo", 1, "addr" },
    { PC "-device virtio-net-pci,addr=4 -device virtio-net-pci,addr=4", 1,
      "PCI: slot 4 function 0 not available for virtio-net-pci, in use by "
      "virtio-net-pci" },
    { PC "-device virtio-net-pci,addr=4.1", 0, NULL },
    { PC "-device virtio-net-pci,bus=nope", 1, "Bus 'nope' not found" },
    { PC "-device virtio-net-pci,id=a -device virtio-net-pci,id=a", 1, "'a'" },
    { PC "-device virtio-net-pci,id=1x", 1, "1x" },
    { PC "-device virtio-net-pci,disable-legacy=on,disable-modern=on", 1,
      "device cannot work as neither modern nor legacy mode is enabled" },
    { NONE "-device virtio-net-pci", 1,
      "No 'PCI' bus found for device 'virtio-net-pci'" },
    { PC "-device virtio-net-device", 1, "virtio-net-device" },
    { PC "-device '{\"driver\":\"virtio-net-pci\",\"mq\":\"yes\"}'", 1,
      "Invalid parameter type for 'mq', expected: boolean" },
    { PC "-device virtio-net-pci,packed=on", 1, "packed", true },
    { PC "-device virtio-net-pci,rss=on", 1, "rss", true },
    { PC "-device virtio-net-pci,failover=on", 1, "failover", true },
};

static void run_cases(const CliCase *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const CliCase *c = &cases[i];
        g_autofree char *output = NULL;
        int status;

        if (!c->expect || (c->ours && !qtest_is_ours())) {
            continue;
        }
        status = qtest_run(c->args, &output);
        if (status != c->status || !strstr(output, c->expect)) {
            g_test_message("%s\n  status %d, expected %d\n  output: %s"
                           "  expected: %s", c->args, status, c->status,
                           output, c->expect);
            g_test_fail();
        }
    }
}

/* A file for -readconfig, and what comes of it. */
static const CliCase config_cases[] = {
    { "[machine]\n type = \"none\"\n[memory]\n size = \"1x\"\n"
      "[smp-opts]\n cpus = \"1\"\n", 1, "Parameter 'size' expects" },
    { "# comment\n[machine]\n type = \"none\"\n\n[smp-opts]\n"
      " cpus = \"x\"\n", 1, "Parameter 'smp.cpus' expects integer" },
    { "[boot-opts]\n foo = \"1\"\n", 1, "'boot.foo'", true },
    { "[foo]\n", 1, "There is no option group 'foo'" },
    { "[device \"x\"]\n driver = \"nope\"\n[machine]\n type = \"none\"\n",
      1, "'nope' is not a valid device model name" },
    { "[netdev \"n0\"]\n type = user\n", 1, ":2: parse error", true },
    { " a = \"b\"\n", 1, "no group defined" },
};

static void test_config(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("cli-XXXXXX.cfg", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    for (size_t i = 0; i < ARRAY_SIZE(config_cases); i++) {
        CliCase c = config_cases[i];
        g_autofree char *args = g_strdup_printf(BASE "-accel qtest "
                                                "-readconfig %s", path);

        g_assert_true(g_file_set_contents(path, c.args, -1, NULL));
        c.args = args;
        run_cases(&c, 1);
    }
    unlink(path);
}

#define DEFINE_TEST(name)                                \
    static void test_##name(void)                        \
    {                                                    \
        run_cases(name##_cases, ARRAY_SIZE(name##_cases)); \
    }

DEFINE_TEST(help)
DEFINE_TEST(option)
DEFINE_TEST(object)
DEFINE_TEST(net)
DEFINE_TEST(device)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/help", test_help);
    g_test_add_func("/cli/options", test_option);
    g_test_add_func("/cli/readconfig", test_config);
    g_test_add_func("/cli/objects", test_object);
    g_test_add_func("/cli/net", test_net);
    g_test_add_func("/cli/devices", test_device);
    return g_test_run();
}
