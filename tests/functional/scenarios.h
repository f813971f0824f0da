/*
 * What is tried with a guest. Each leaves the guest as it found it, unless it
 * says otherwise; each may run on any machine and card that its comment allows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_SCENARIOS_H
#define TESTS_FUNCTIONAL_SCENARIOS_H

#include "tests/functional/lib/lab.h"

/* scenarios-device.c: what the guest's driver sees of the card. */
LabScenario scenario_driver_binds;
LabScenario scenario_mac_and_mtu;
LabScenario scenario_set_link;
LabScenario scenario_unbind_and_rebind;
LabScenario scenario_interrupts_are_messages;
LabScenario scenario_interrupts_are_lines;

/* scenarios-traffic.c: packets, as ordinary programs send them. */
LabScenario scenario_ping;
LabScenario scenario_large_ping;
LabScenario scenario_tcp;
LabScenario scenario_offloads;
LabScenario scenario_flood;
LabScenario scenario_hub; /* NIC_HUB */

/* scenarios-tap.c: NIC_TAP only. */
LabScenario scenario_multiqueue; /* and two CPUs */
LabScenario scenario_vlan;
LabScenario scenario_filters;
LabScenario scenario_tap_deleted; /* the card works no more */

/* scenarios-machine.c: the machine's life, with the network working after. */
LabScenario scenario_stop_and_cont;
LabScenario scenario_reboot;
LabScenario scenario_system_reset;
LabScenario scenario_powerdown; /* the guest is gone */
LabScenario scenario_poweroff;  /* the guest is gone */

#endif
