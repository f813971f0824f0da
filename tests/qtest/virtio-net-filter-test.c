/*
 * What reaches the driver: receive modes, address and VLAN tables, and what
 * management is told of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/socknet.h"
#include "tests/qtest/lib/tapnet.h"

#define ALL (~UINT64_C(0))

enum { PROMISC, ALLMULTI, ALLUNI, NOMULTI, NOUNI, NOBCAST, MODES };

static const uint8_t own[6] = { 0x52, 0x54, 0, 0x77, 0, 2 };
static const uint8_t listed[6] = { 2, 0x11, 0x22, 0x33, 0x44, 0x55 };
static const uint8_t other[6] = { 2, 0x11, 0x22, 0x33, 0x44, 0x56 };
static const uint8_t bcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 1 };
static const uint8_t other_group[6] = { 0x33, 0x33, 0, 0, 0, 1 };

static json_t *rx_filter(SockNet *s)
{
    json_t *list = qtest_qmp_ok(s->qts, "{'execute': 'query-rx-filter', "
                                "'arguments': {'name': 'vnet0'}}");
    json_t *info = json_incref(json_array_get(list, 0));

    g_assert_cmpuint(json_array_size(list), ==, 1);
    json_decref(list);
    return info;
}

static int set_mode(SockNet *s, unsigned mode, bool on)
{
    uint8_t bytes[] = { 0, mode, on };

    return socknet_ctrl(s, bytes, sizeof(bytes), 0, 1);
}

static int set_vlan(SockNet *s, uint16_t vid, bool add)
{
    uint8_t bytes[] = { 2, add ? 0 : 1, vid & 0xff, vid >> 8 };

    return socknet_ctrl(s, bytes, sizeof(bytes), 0, 1);
}

/* uni and multi addresses, all alike but for their number. */
static int set_macs(SockNet *s, uint32_t uni, uint32_t multi)
{
    uint8_t bytes[2048] = { 1, 0 };
    uint8_t *p = bytes + 2;

    stl_le_p(p, uni);
    p += 4;
    for (uint32_t i = 0; i < uni; i++, p += 6) {
        memcpy(p, listed, 6);
        p[5] += 2 * i;
    }
    stl_le_p(p, multi);
    p += 4;
    for (uint32_t i = 0; i < multi; i++, p += 6) {
        memcpy(p, group, 6);
        p[5] += 2 * i;
    }
    return socknet_ctrl(s, bytes, p - bytes, 0, 1);
}

static void send_to(SockNet *s, const uint8_t *to, int vid, uint32_t number)
{
    uint8_t frame[64] = { 0 };
    uint8_t *p = frame + 12;

    memcpy(frame, to, 6);
    frame[6] = 2;
    if (vid >= 0) {
        stw_be_p(p, 0x8100);
        stw_be_p(p + 2, vid);
        p += 4;
    }
    stw_be_p(p, SOCKNET_TYPE);
    stl_be_p(p + 2, number);
    socknet_send(s, frame, sizeof(frame));
}

/*
 * Which of the frames numbered below n arrive, as a mask. What comes after
 * them is seen by its counter (ours) or by waiting.
 */
static uint32_t arrived(SockNet *s, unsigned n, bool tagged)
{
    uint8_t *number = s->frame + 14 + (tagged ? 4 : 0);
    uint32_t mask = 0;

    for (int i = 0; qtest_is_ours() &&
         tapnet_counter(s->qts, "n0", 0, "tx packets") < s->sent; i++) {
        g_assert_cmpint(i, <, 10000);
    }
    while (qvnet_recv(&s->net, 0, &s->hdr, s->frame, sizeof(s->frame),
                      qtest_is_ours() ? 0 : 30) > 0) {
        g_assert_cmpuint(ldl_be_p(number), <, n);
        mask |= 1u << ldl_be_p(number);
    }
    return mask;
}

/* ------------------------------------------------------------- rx modes */

static void check_modes(SockNet *s, unsigned modes)
{
    const uint8_t *const to[] = { own, listed, other, bcast, group,
                                  other_group };
    bool m[MODES];
    uint32_t want = 0, got;

    for (int i = 0; i < MODES; i++) {
        m[i] = modes >> i & 1;
        g_assert_cmpint(set_mode(s, i, m[i]), ==, 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(to); i++) {
        send_to(s, to[i], -1, i);
    }
    want |= m[NOUNI] ? 0 : m[ALLUNI] ? 7 : 3;
    want |= m[NOBCAST] ? 0 : 8;
    want |= m[NOMULTI] ? 0 : m[ALLMULTI] ? 0x30 : 0x10;
    want = m[PROMISC] ? 0x3f : want;
    got = arrived(s, ARRAY_SIZE(to), false);
    if (got != want) {
        g_error("modes 0x%02x: frames 0x%02x arrived, should be 0x%02x",
                modes, got, want);
    }
}

static void test_modes(const void *opaque)
{
    SockNet *s = socknet_new("");

    socknet_driver(s, opaque, ALL & ~QVIRTIO_BIT(QVNET_F_CTRL_VLAN));
    g_assert_cmpint(set_macs(s, 1, 1), ==, 0);
    for (unsigned modes = 0; modes < 1 << MODES; modes++) {
        check_modes(s, modes);
    }
    /* All of it is forgotten in reset: promiscuous. */
    socknet_driver_stop(s);
    socknet_driver(s, opaque, ALL);
    send_to(s, other, -1, 0);
    g_assert_cmphex(arrived(s, 1, false), ==, 1);
    socknet_free(s);
}

/* --------------------------------------------------------------- MAC table */

static void check_table(SockNet *s, unsigned uni, unsigned multi,
                        bool uni_over, bool multi_over)
{
    json_t *info = rx_filter(s);

    g_assert_cmpuint(json_array_size(json_object_get(info, "unicast-table")),
                     ==, uni);
    g_assert_cmpuint(
        json_array_size(json_object_get(info, "multicast-table")), ==, multi);
    g_assert_cmpint(json_is_true(json_object_get(info, "unicast-overflow")),
                    ==, uni_over);
    g_assert_cmpint(json_is_true(json_object_get(info, "multicast-overflow")),
                    ==, multi_over);
    json_decref(info);
}

static void test_table(const void *opaque)
{
    SockNet *s = socknet_new("");

    socknet_driver(s, opaque, ALL);
    set_mode(s, PROMISC, false);
    g_assert_cmpint(set_macs(s, 0, 0), ==, 0);
    check_table(s, 0, 0, false, false);
    send_to(s, listed, -1, 0);
    g_assert_cmphex(arrived(s, 1, false), ==, 0);
    g_assert_cmpint(set_macs(s, 3, 2), ==, 0);
    check_table(s, 3, 2, false, false);
    g_assert_cmpint(set_macs(s, 40, 24), ==, 0);
    check_table(s, 40, 24, false, false);
    /* More than fit: all of that kind come. */
    g_assert_cmpint(set_macs(s, 65, 3), ==, 0);
    check_table(s, 0, 3, true, false);
    send_to(s, other, -1, 0);
    send_to(s, other_group, -1, 1);
    g_assert_cmphex(arrived(s, 2, false), ==, 1);
    g_assert_cmpint(set_macs(s, 64, 1), ==, 0);
    check_table(s, 64, 0, false, true);
    send_to(s, other, -1, 0);
    send_to(s, other_group, -1, 1);
    g_assert_cmphex(arrived(s, 2, false), ==, 2);
    socknet_free(s);
}

/* mac-table-wrap: counts whose sum or size in bytes wraps. */
static void test_wrap(const void *opaque)
{
    static const uint32_t counts[] = {
        3, 64, 65, 0x2aaaaaab, 0x2aaaaaaa, 0x55555556, 0x7fffffff,
        0x80000000, 0xfffffffe, 0xffffffff,
    };
    SockNet *s = socknet_new("");
    uint8_t bytes[22] = { 1, 0 };

    socknet_driver(s, opaque, ALL);
    g_assert_cmpint(set_macs(s, 2, 1), ==, 0);
    for (int i = 0; i < ARRAY_SIZE(counts); i++) {
        /* In the first list, with one address behind it ... */
        stl_le_p(bytes + 2, counts[i]);
        stl_le_p(bytes + 12, 1);
        g_assert_cmpint(socknet_ctrl(s, bytes, sizeof(bytes), 0, 1), ==, 1);
        /* ... and in the second. */
        stl_le_p(bytes + 2, 1);
        stl_le_p(bytes + 12, counts[i]);
        g_assert_cmpint(socknet_ctrl(s, bytes, sizeof(bytes), 0, 1), ==, 1);
    }
    if (qtest_is_ours()) {
        check_table(s, 2, 1, false, false); /* as it was */
    }
    socknet_free(s);
}

/* ----------------------------------------------------------------- address */

static void check_main_mac(SockNet *s, const char *want)
{
    json_t *info = rx_filter(s);

    g_assert_cmpstr(json_string_value(json_object_get(info, "main-mac")), ==,
                    want);
    json_decref(info);
}

static void test_mac_addr(const void *opaque)
{
    uint8_t bytes[8] = { 1, 1, 2, 0x11, 0x22, 0x33, 0x44, 0x56 };
    SockNet *s = socknet_new("");

    socknet_driver(s, opaque, ALL & ~QVIRTIO_BIT(QVNET_F_CTRL_VLAN));
    set_mode(s, PROMISC, false);
    check_main_mac(s, "52:54:00:77:00:02");
    g_assert_cmpint(socknet_ctrl(s, bytes, sizeof(bytes), 0, 1), ==, 0);
    check_main_mac(s, "02:11:22:33:44:56");
    for (int i = 0; i < 6; i++) {
        g_assert_cmphex(qvirtio_config_read(&s->net.v, i, 1), ==, other[i]);
    }
    send_to(s, own, -1, 0);
    send_to(s, other, -1, 1);
    g_assert_cmphex(arrived(s, 2, false), ==, 2);
    g_assert_cmpint(socknet_ctrl(s, bytes, 7, 0, 1), ==, 1);
    check_main_mac(s, "02:11:22:33:44:56");
    socknet_free(s);
}

/* Legacy drivers without the command write the address itself. */
static void test_mac_legacy(const void *opaque)
{
    SockNet *s = socknet_new("");

    socknet_driver(s, &qvnet_modes[8],
                   ALL & ~QVIRTIO_BIT(QVNET_F_CTRL_MAC_ADDR));
    for (int i = 0; i < 6; i++) {
        qvirtio_config_write(&s->net.v, i, other[i], 1);
    }
    check_main_mac(s, "02:11:22:33:44:56");
    socknet_driver_stop(s);
    /* Modern ones cannot: the field is read-only for them. */
    socknet_driver(s, NULL, ALL & ~QVIRTIO_BIT(QVNET_F_CTRL_MAC_ADDR));
    for (int i = 0; i < 6; i++) {
        qvirtio_config_write(&s->net.v, i, 0x33, 1);
        g_assert_cmphex(qvirtio_config_read(&s->net.v, i, 1), !=, 0x33);
    }
    socknet_free(s);
}

/* -------------------------------------------------------------------- VLAN */

static void test_vlan(const void *opaque)
{
    static const uint16_t bad[] = { 4096, 4097, 0x7fff, 0x8000, 0xffff };
    SockNet *s = socknet_new("");
    json_t *info, *table;

    socknet_driver(s, opaque, ALL);
    set_mode(s, PROMISC, false);
    g_assert_cmpint(set_vlan(s, 1, true), ==, 0);
    g_assert_cmpint(set_vlan(s, 4095, true), ==, 0);
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_cmpint(set_vlan(s, bad[i], true), ==, 1);
        g_assert_cmpint(set_vlan(s, bad[i], false), ==, 1);
    }
    info = rx_filter(s);
    table = json_object_get(info, "vlan-table");
    g_assert_cmpstr(json_string_value(json_object_get(info, "vlan")), ==,
                    "normal");
    g_assert_cmpuint(json_array_size(table), ==, 2);
    json_decref(info);
    send_to(s, own, 1, 0);
    send_to(s, own, 2, 1);
    send_to(s, own, 4095, 2);
    send_to(s, own, 0xe001, 3); /* priority bits are not the id */
    send_to(s, other, 1, 4);
    g_assert_cmphex(arrived(s, 5, true), ==, 0xd);
    g_assert_cmpint(set_vlan(s, 1, false), ==, 0);
    send_to(s, own, 1, 0);
    send_to(s, own, 4095, 1);
    g_assert_cmphex(arrived(s, 2, true), ==, 2);
    send_to(s, own, -1, 0); /* untagged is not the table's business */
    g_assert_cmphex(arrived(s, 1, false), ==, 1);
    socknet_free(s);
}

/* vlan-renegotiate: the table is what this negotiation made of it. */
static void test_vlan_renegotiate(const void *opaque)
{
    const uint64_t no_vlan = ALL & ~QVIRTIO_BIT(QVNET_F_CTRL_VLAN);
    SockNet *s = socknet_new("");

    for (int round = 0; round < 3; round++) {
        socknet_driver(s, opaque, ALL);
        set_mode(s, PROMISC, false);
        g_assert_cmpint(set_vlan(s, 5 + round, true), ==, 0);
        send_to(s, own, 5 + round, 0);
        send_to(s, own, 4 + round, 1);
        g_assert_cmphex(arrived(s, 2, true), ==, 1);
        socknet_driver_stop(s);
        socknet_driver(s, opaque, no_vlan);
        set_mode(s, PROMISC, false);
        for (int i = 0; i < 8; i++) {
            send_to(s, own, i * 512, i);
        }
        g_assert_cmphex(arrived(s, 8, true), ==, 0xff);
        socknet_driver_stop(s);
    }
    socknet_free(s);
}

/* ------------------------------------------------------------------- events */

static bool event_came(SockNet *s)
{
    json_t *event, *data;

    /* Events come before the answer of what they precede. */
    json_decref(qtest_qmp_ok(s->qts, "{'execute': 'query-status'}"));
    event = qtest_qmp_pending(s->qts, "NIC_RX_FILTER_CHANGED");
    if (!event) {
        return false;
    }
    data = json_object_get(event, "data");
    g_assert_cmpstr(json_string_value(json_object_get(data, "name")), ==,
                    "vnet0");
    g_assert_cmpstr(json_string_value(json_object_get(data, "path")), ==,
                    "/machine/peripheral/vnet0/virtio-backend");
    json_decref(event);
    return true;
}

/* Once, until somebody asks. */
static void test_event(const void *opaque)
{
    SockNet *s = socknet_new("");

    socknet_driver(s, NULL, ALL);
    json_decref(rx_filter(s));
    event_came(s);
    for (int round = 0; round < 3; round++) {
        set_mode(s, ALLMULTI, true);
        g_assert_true(event_came(s));
        set_mode(s, ALLMULTI, false);
        set_vlan(s, 3, true);
        set_macs(s, 1, 1);
        g_assert_false(event_came(s));
        json_decref(rx_filter(s));
        set_vlan(s, 4, true);
        g_assert_true(event_came(s));
        json_decref(rx_filter(s));
        set_macs(s, 2, 1);
        g_assert_true(event_came(s));
        json_decref(rx_filter(s));
    }
    socknet_free(s);
}

int main(int argc, char **argv)
{
    static const int modes[] = { 0, 3, 8, 15 };

    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(modes); i++) {
        const QVNetMode *mode = &qvnet_modes[modes[i]];
        g_autofree char *name = qvnet_mode_name(mode);
        const struct {
            const char *name;
            GTestDataFunc fn;
        } tests[] = {
            { "filter/modes", test_modes },
            { "filter/mac-table", test_table },
            { "filter/mac-address", test_mac_addr },
            { "filter/vlan", test_vlan },
            { "hazard/mac-table-wrap", test_wrap },
            { "hazard/vlan-renegotiate", test_vlan_renegotiate },
        };

        for (int k = 0; k < ARRAY_SIZE(tests); k++) {
            g_autofree char *path = g_strdup_printf("/%s/%s", tests[k].name,
                                                    name);
            g_test_add_data_func(path, mode, tests[k].fn);
        }
    }
    g_test_add_data_func("/filter/mac-address/config", NULL,
                         test_mac_legacy);
    g_test_add_data_func("/filter/event", NULL, test_event);
    return g_test_run();
}
