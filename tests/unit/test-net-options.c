/*
 * -netdev, -nic and -net: what they make, what they refuse and in which words,
 * and the table of cards for the board.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-test-clients.h"

typedef bool ParseFn(const char *arg, bool *help, Error **errp);

static GString *captured;

static void capture_line(const char *text, void *opaque)
{
    g_string_append(captured, text);
}

static void parse(ParseFn *fn, const char *arg)
{
    bool help;

    fn(arg, &help, &error_abort);
    g_assert_false(help);
}

static void expect_bad(ParseFn *fn, const char *arg, const char *text)
{
    Error *err = NULL;
    bool help;

    g_assert_false(fn(arg, &help, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, text);
    error_free(err);
}

/* Parses, but does not become a client. */
static void expect_init_error(ParseFn *fn, const char *arg, const char *text)
{
    Error *err = NULL;

    parse(fn, arg);
    g_assert_false(net_init_clients(&err));
    g_assert_cmpstr(error_get_pretty(err), ==, text);
    error_free(err);
    loc_clear();
    net_cleanup();
}

static void finish(void)
{
    net_cleanup();
    g_assert_null(net_next_nic());
    g_string_truncate(captured, 0);
}

static void test_netdev_errors(void)
{
    expect_bad(net_parse_netdev, "hubport", "Parameter 'id' is missing");
    expect_bad(net_parse_netdev, "id=x", "Parameter 'type' is missing");
    expect_bad(net_parse_netdev, "foo,id=x",
               "Parameter 'type' does not accept value 'foo'");
    expect_bad(net_parse_netdev, "hubport,id=x",
               "Parameter 'hubid' is missing");
    expect_bad(net_parse_netdev, "hubport,id=1x,hubid=0",
               "Parameter 'id' expects an identifier");
    expect_bad(net_parse_netdev, "hubport,id=x,hubid=0,foo=1",
               "Invalid parameter 'foo'");
    parse(net_parse_netdev, "hubport,id=x,hubid=0");
    expect_bad(net_parse_netdev, "hubport,id=x,hubid=1",
               "Duplicate ID 'x' for netdev");
    finish();
    expect_init_error(net_parse_netdev, "nic,id=x",
                      "network backend 'nic' is not compiled into this binary");
    expect_init_error(net_parse_netdev, "none,id=x",
                      "network backend 'none' is not compiled into this "
                      "binary");
    expect_init_error(net_parse_netdev, "hubport,id=x,hubid=0,netdev=zz",
                      "netdev 'zz' not found");
    expect_bad(net_parse_netdev, "user,id=u,ipv6-net=fec0::/xx",
               "parameter 'ipv6-net' expects a number after '/'");
}

/* The message says which argument it was, also when it comes late. */
static void test_location(void)
{
    Error *err = NULL;

    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*: -netdev hubport,id=h1,hubid=0,netdev=zz: "
                                  "netdev 'zz' not found\n*");
        return;
    }
    error_set_print_hook(NULL, NULL);
    parse(net_parse_netdev, "hubport,id=h0,hubid=0");
    parse(net_parse_netdev, "hubport,id=h1,hubid=0,netdev=zz");
    g_assert_false(net_init_clients(&err));
    error_report_err(err);
}

static void test_netdev_add(void)
{
    static const struct {
        const char *json, *text;
    } bad[] = {
        { "{\"type\":\"hubport\",\"id\":\"h0\",\"hubid\":1}",
          "Duplicate ID 'h0'" },
        { "{\"type\":\"hubport\",\"id\":\"1h\",\"hubid\":1}",
          "Parameter 'id' expects an identifier" },
        { "{\"type\":\"nic\",\"id\":\"n\"}",
          "network backend 'nic' is not compiled into this binary" },
        { "{\"type\":\"hubport\",\"id\":\"h1\",\"hubid\":0,\"netdev\":\"h0\"}",
          NULL },
        { "{\"type\":\"hubport\",\"id\":\"h2\",\"hubid\":0,\"netdev\":\"h0\"}",
          "netdev 'h0' is already in use by 'h1'" },
    };

    parse(net_parse_netdev, "{\"type\":\"hubport\",\"id\":\"h0\",\"hubid\":0}");
    g_assert_true(net_init_clients(&error_abort));
    g_assert_true(qemu_find_netdev("h0")->is_netdev);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        json_t *opts = json_loads(bad[i].json, 0, NULL);
        Error *err = NULL;

        g_assert_cmpint(netdev_add_json(opts, false, &err), ==,
                        bad[i].text == NULL);
        if (bad[i].text) {
            g_assert_cmpstr(error_get_pretty(err), ==, bad[i].text);
            error_free(err);
        }
        json_decref(opts);
    }
    g_assert_true(netdev_del("h0", &error_abort));
    g_assert_null(qemu_find_netdev("h1")->peer);
    finish();
}

static void test_nic(void)
{
    NICInfo *nd;

    parse(net_parse_nic, "none");
    parse(net_parse_nic, "hubport,hubid=0,model=virtio,mac=52:54:00:01:02:03");
    parse(net_parse_nic, "hubport,hubid=0,id=mine,model=other");
    g_assert_true(net_init_clients(&error_abort));
    nd = net_next_nic();
    g_assert_cmpstr(nd->model, ==, "virtio-net-pci");
    g_assert_cmpmem(nd->macaddr.a, 6, "\x52\x54\x00\x01\x02\x03", 6);
    g_assert_true(g_str_has_prefix(nd->netdev->name, "#net"));
    g_assert_cmpint(nd->nvectors, ==, -1);
    g_assert_null(nd->name);
    nd = net_next_nic();
    g_assert_true(nd->netdev == qemu_find_netdev("mine"));
    g_assert_null(net_next_nic());
    finish();

    expect_bad(net_parse_nic, "foo",
               "Parameter 'type' does not accept value 'foo'");
    expect_bad(net_parse_nic, "hubport,hubid=0,id=1a",
               "Parameter 'id' expects an identifier");
    expect_bad(net_parse_nic, "hubport,hubid=0,vectors=3",
               "Invalid parameter 'vectors'");
    expect_init_error(net_parse_nic, "hubport,hubid=0,mac=52:54",
                      "invalid syntax for ethernet address");
    expect_init_error(net_parse_nic, "hubport,hubid=0,mac=53:54:00:12:34:56",
                      "NIC cannot have multicast MAC address");
    expect_init_error(net_parse_nic, "nic",
                      "network backend 'nic' is not compiled into this binary");
    for (int i = 0; i < 8; i++) {
        parse(net_parse_nic, "hubport,hubid=0");
    }
    expect_init_error(net_parse_nic, "hubport,hubid=0",
                      "no more on-board/default NIC slots available");
    finish();
}

static void test_net(void)
{
    NICInfo *nd;
    TestNIC *t;

    parse(net_parse_net, "none");
    parse(net_parse_net, "nic,model=virtio,macaddr=52:54:00:01:02:03,addr=5,"
          "vectors=7,id=mine");
    parse(net_parse_netdev, "hubport,id=b0,hubid=9");
    parse(net_parse_net, "nic,netdev=b0");
    g_assert_true(net_init_clients(&error_abort));
    nd = net_next_nic();
    g_assert_cmpstr(nd->netdev->name, ==, "hub0port0");
    g_assert_cmpstr(nd->devaddr, ==, "5");
    g_assert_cmpint(nd->nvectors, ==, 7);
    g_assert_cmpstr(nd->name, ==, "mine");
    t = test_nic_new_on("nic", nd->netdev);
    nd = net_next_nic();
    g_assert_true(nd->netdev == qemu_find_netdev("b0"));
    g_assert_null(nd->model);
    g_assert_null(net_next_nic());
    net_check_clients();
    g_assert_nonnull(strstr(captured->str,
                            "hub 0 is not connected to host network"));
    g_assert_nonnull(strstr(captured->str, "netdev b0 has no peer"));
    g_assert_null(strstr(captured->str, "was not created"));
    finish();
    test_nic_free(t);

    expect_init_error(net_parse_net, "nic,netdev=zz", "netdev 'zz' not found");
    expect_init_error(net_parse_net, "nic,vectors=0x8000000",
                      "invalid # of vectors: 134217728");
    expect_init_error(net_parse_net, "hubport,hubid=1",
                      "network backend 'hubport' is only supported with "
                      "-netdev/-nic");
    expect_bad(net_parse_net, "nic,name=zz", "Invalid parameter 'name'");
    expect_bad(net_parse_net, "foo",
               "Parameter 'type' does not accept value 'foo'");
    /* The port that was made for it went too. */
    parse(net_parse_net, "nic,model=foo");
    g_assert_true(net_init_clients(&error_abort));
    g_assert_nonnull(qemu_find_netdev("hub0port0"));
    net_check_clients();
    g_assert_nonnull(strstr(captured->str, "model foo) was not created (not "
                            "supported by this machine?)"));
    finish();
}

static void test_help(void)
{
    static const struct {
        ParseFn *fn;
        const char *arg;
    } forms[] = {
        { net_parse_netdev, "help" }, { net_parse_netdev, "?" },
        { net_parse_nic, "help" },    { net_parse_nic, "model=help" },
        { net_parse_nic, "hubport,model=?" },
        { net_parse_net, "nic,model=help" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
        if (g_test_subprocess()) {
            bool help = false;

            g_assert_true(forms[i].fn(forms[i].arg, &help, &error_abort));
            g_assert_true(help);
        }
    }
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stdout("*Available netdev backend types:\n*tap\n*");
        g_test_trap_assert_stdout("*Available NIC models for this "
                                  "configuration:\n*");
    }
}

int main(int argc, char **argv)
{
    captured = g_string_new(NULL);
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    error_set_print_hook(capture_line, NULL);
    g_test_add_func("/net/options/netdev-errors", test_netdev_errors);
    g_test_add_func("/net/options/location", test_location);
    g_test_add_func("/net/options/netdev-add", test_netdev_add);
    g_test_add_func("/net/options/nic", test_nic);
    g_test_add_func("/net/options/net", test_net);
    g_test_add_func("/net/options/help", test_help);
    return g_test_run();
}
