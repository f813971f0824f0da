/*
 * A guest on pc with what q35 does not show: the legacy interface, interrupts
 * by line, RAM above 4 GiB, two cards on a hub.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"

int main(int argc, char **argv)
{
    static const LabConfig config = {
        .name = "pc",
        .guest = { .machine = "pc", .mem_mb = 4608, .append = "pci=nomsi" },
        .device_options = ",disable-modern=on",
        .legacy = true,
        .hub = true,
        .pci_id = "0x1000",
    };

    g_test_init(&argc, &argv, NULL);
    lab_init(&config);
    lab_add("driver-binds", NIC_ALL, scenario_driver_binds);
    lab_add("mac-and-mtu", NIC_ALL, scenario_mac_and_mtu);
    lab_add("interrupts", NIC_ALL, scenario_interrupts_are_lines);
    lab_add("ping", NIC_ALL, scenario_ping);
    lab_add("tcp", NIC_TAP, scenario_tcp);
    lab_add("rebind", NIC_TAP, scenario_unbind_and_rebind);
    lab_add("two-cards", NIC_HUB, scenario_hub);
    lab_add("system-reset", 0, scenario_system_reset);
    lab_add("poweroff", 0, scenario_poweroff);
    return lab_run();
}
