/*
 * What the guest's driver sees of the card.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"

/* A file of the interface in /sys, without newline. */
static char *sys_net(Lab *lab, Nic *nic, const char *file)
{
    return g_strchomp(guest_run(lab->g, "cat /sys/class/net/%s/%s",
                                nic->ifname, file));
}

/* The folder of the PCI device, and its virtio device. */
static char *pci_device(Lab *lab, Nic *nic)
{
    return g_strchomp(guest_run(
        lab->g, "realpath /sys/class/net/%s/device/..", nic->ifname));
}

void scenario_driver_binds(Lab *lab, Nic *nic)
{
    g_autofree char *pci = pci_device(lab, nic);
    g_autofree char *driver = guest_run(lab->g, "ethtool -i %s", nic->ifname);
    g_autofree char *id = guest_run(lab->g, "cat %s/device", pci);
    g_autofree char *features = guest_run(
        lab->g, "cat /sys/class/net/%s/device/features", nic->ifname);
    bool legacy = lab->config->legacy;

    g_assert_nonnull(strstr(driver, "driver: virtio_net"));
    g_assert_cmpstr(g_strchomp(id), ==, lab->config->pci_id);
    /* VIRTIO_F_VERSION_1, VIRTIO_NET_F_MAC, VIRTIO_NET_F_STATUS */
    g_assert_cmpint(features[32], ==, legacy ? '0' : '1');
    g_assert_cmpint(features[5], ==, '1');
    g_assert_cmpint(features[16], ==, '1');
}

void scenario_mac_and_mtu(Lab *lab, Nic *nic)
{
    g_autofree char *mac = sys_net(lab, nic, "address");
    g_autofree char *mtu = sys_net(lab, nic, "mtu");
    g_autofree char *carrier = sys_net(lab, nic, "carrier");
    bool told = nic->kind == NIC_USER && !lab->config->hub;

    g_assert_cmpstr(mac, ==, nic->mac);
    g_assert_cmpint(atoi(mtu), ==, told ? LAB_MTU : 1500);
    g_assert_cmpstr(carrier, ==, "1");
}

static void set_link(Lab *lab, const char *id, bool up)
{
    json_decref(qtest_qmp_ok(
        guest_qts(lab->g), "{'execute': 'set_link', 'arguments': "
        "{'name': '%s', 'up': %s}}", id, up ? "true" : "false"));
}

static void expect_carrier(Lab *lab, Nic *nic, const char *value)
{
    g_assert_true(guest_eventually(lab->g, value,
                                   "cat /sys/class/net/%s/carrier",
                                   nic->ifname));
}

/* Both by the card's name and by its backend's. */
void scenario_set_link(Lab *lab, Nic *nic)
{
    g_autofree char *netdev = g_strdup_printf("%s-net", nic->id);
    const char *const names[] = { nic->id, netdev };

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        set_link(lab, names[i], false);
        expect_carrier(lab, nic, "0");
        g_assert_cmpint(guest_try(lab->g, NULL, "ping -c 1 -W 1 %s",
                                  nic->host_ip), !=, 0);
        set_link(lab, names[i], true);
        expect_carrier(lab, nic, "1");
        lab_check_works(lab, nic);
    }
}

/* The virtio device first, then the PCI device below it. */
void scenario_unbind_and_rebind(Lab *lab, Nic *nic)
{
    g_autofree char *pci = pci_device(lab, nic);
    g_autofree char *virtio = g_strchomp(guest_run(
        lab->g, "basename $(realpath /sys/class/net/%s/device)", nic->ifname));

    g_free(guest_run(lab->g,
                     "cd /sys/bus/virtio/drivers/virtio_net; "
                     "echo %s >unbind && ! test -e /sys/class/net/%s && "
                     "echo %s >bind", virtio, nic->ifname, virtio));
    lab_nic_up(lab, nic);
    lab_check_works(lab, nic);
    g_free(guest_run(lab->g,
                     "cd /sys/bus/pci/drivers/virtio-pci; "
                     "echo $(basename %s) >unbind && "
                     "echo $(basename %s) >bind", pci, pci));
    lab_nic_up(lab, nic);
    lab_check_works(lab, nic);
}

/* Interrupts that the card's vectors, or its line, have had; with what kind of
 * chip they came. */
static char *interrupts(Lab *lab, Nic *nic)
{
    g_autofree char *pci = pci_device(lab, nic);

    return guest_run(lab->g,
                     "cd %s; irqs=$(ls msi_irqs); "
                     "for n in ${irqs:-$(cat irq)}; "
                     "do grep \"^ *$n:\" /proc/interrupts; done", pci);
}

void scenario_interrupts_are_messages(Lab *lab, Nic *nic)
{
    g_autofree char *text = interrupts(lab, nic);

    /* Configuration, receive, transmit. */
    g_assert_nonnull(strstr(text, "-config"));
    g_assert_nonnull(strstr(text, "-input.0"));
    g_assert_nonnull(strstr(text, "-output.0"));
    g_assert_nonnull(strstr(text, "MSI"));
}

void scenario_interrupts_are_lines(Lab *lab, Nic *nic)
{
    g_autofree char *before = interrupts(lab, nic);
    g_autofree char *after = NULL;

    g_assert_nonnull(strstr(before, "IO-APIC"));
    g_assert_null(strstr(before, "MSI"));
    lab_check_works(lab, nic);
    after = interrupts(lab, nic);
    g_assert_cmpstr(after, !=, before);
}
