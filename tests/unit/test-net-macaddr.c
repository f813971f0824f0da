/*
 * Ethernet addresses: reading them, and the default ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/net.h"

static void test_macaddr(void)
{
    static const char *const bad[] = {
        "", "52", "52:54:00:12:34", "52:54:00:12:34:", "52:54:00:12:34:567",
        "52:54:00:12:34:56:78", "52:54:00:12:34:5g", ":52:54:00:12:34:56",
        "52 54 00 12 34 56", "52::00:12:34:56", "0x5:54:00:12:34:56",
    };
    uint8_t mac[6] = { 0 };

    g_assert_true(net_parse_macaddr(mac, "52:54:0:AB:cd:ef"));
    g_assert_cmpmem(mac, 6, "\x52\x54\x00\xab\xcd\xef", 6);
    g_assert_true(net_parse_macaddr(mac, "01-02-03-04-05-06"));
    g_assert_cmpmem(mac, 6, "\x01\x02\x03\x04\x05\x06", 6);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_false(net_parse_macaddr(mac, bad[i]));
        g_assert_cmphex(mac[0], ==, 1); /* untouched */
    }
}

static void test_default_macs(void)
{
    MACAddr explicit = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x57 } };
    MACAddr macs[300] = { 0 }, again = { 0 };

    qemu_macaddr_default_if_unset(&explicit);
    for (int i = 0; i < 300; i++) {
        qemu_macaddr_default_if_unset(&macs[i]);
        g_assert_cmpmem(macs[i].a, 5, "\x52\x54\x00\x12\x34", 5);
    }
    g_assert_cmphex(macs[0].a[5], ==, 0x56);
    g_assert_cmphex(macs[1].a[5], ==, 0x58); /* 57 was taken */
    for (int i = 1; i < 255; i++) {
        g_assert_cmphex(macs[i].a[5], !=, macs[0].a[5]);
    }
    for (int i = 0; i < 300; i++) {
        qemu_macaddr_release(&macs[i]);
    }
    qemu_macaddr_default_if_unset(&again);
    g_assert_cmphex(again.a[5], ==, 0x56);
    qemu_macaddr_release(&again);
    qemu_macaddr_release(&explicit);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/macaddr/parse", test_macaddr);
    g_test_add_func("/net/macaddr/default", test_default_macs);
    return g_test_run();
}
