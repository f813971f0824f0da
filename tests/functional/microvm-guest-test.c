/*
 * A guest on microvm, with PCI Express, a single serial port, and cards that
 * have only the modern interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"

int main(int argc, char **argv)
{
    static const LabConfig config = {
        .name = "microvm",
        .guest = { .machine = "microvm,pcie=on", .one_serial = true },
        .device_options = ",disable-legacy=on",
        .pci_id = "0x1041",
    };

    g_test_init(&argc, &argv, NULL);
    lab_init(&config);
    lab_add("driver-binds", NIC_ALL, scenario_driver_binds);
    lab_add("mac-and-mtu", NIC_ALL, scenario_mac_and_mtu);
    lab_add("interrupts", NIC_ALL, scenario_interrupts_are_messages);
    lab_add("ping", NIC_ALL, scenario_ping);
    lab_add("tcp", NIC_TAP, scenario_tcp);
    lab_add("poweroff", 0, scenario_poweroff);
    return lab_run();
}
