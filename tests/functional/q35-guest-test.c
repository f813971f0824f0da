/*
 * Everything, with a guest on q35: two CPUs, transitional cards driven through
 * their modern interface, a tap with two queues.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"

int main(int argc, char **argv)
{
    static const LabConfig config = {
        .name = "q35",
        .guest = { .machine = "q35", .cpus = 2 },
        .multiqueue = true,
        .quick = true,
        .pci_id = "0x1000",
    };

    g_test_init(&argc, &argv, NULL);
    lab_init(&config);
    lab_add("driver-binds", NIC_ALL, scenario_driver_binds);
    lab_add("mac-and-mtu", NIC_ALL, scenario_mac_and_mtu);
    lab_add("interrupts", NIC_ALL, scenario_interrupts_are_messages);
    lab_add("ping", NIC_ALL, scenario_ping);
    lab_add("ping-64k", NIC_TAP, scenario_large_ping);
    lab_add("tcp", NIC_ALL, scenario_tcp);
    lab_add("offloads", NIC_ALL, scenario_offloads);
    lab_add("multiqueue", NIC_TAP, scenario_multiqueue);
    lab_add("vlan", NIC_TAP, scenario_vlan);
    lab_add("filters", NIC_TAP, scenario_filters);
    lab_add("set-link", NIC_ALL, scenario_set_link);
    lab_add("rebind", NIC_ALL, scenario_unbind_and_rebind);
    lab_add("stop-cont", NIC_ALL, scenario_stop_and_cont);
    lab_add("flood", NIC_ALL, scenario_flood);
    if (lab_effort() > LAB_QUICK) {
        lab_add("reboot", 0, scenario_reboot);
    }
    lab_add("tap-deleted", NIC_TAP, scenario_tap_deleted);
    lab_add("powerdown", 0, scenario_powerdown);
    return lab_run();
}
