/*
 * The machine's life: it stops and goes on, starts again, and ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"

static void expect_event(Lab *lab, const char *name)
{
    json_t *event = qtest_qmp_event_within(guest_qts(lab->g), name,
                                           guest_ms(60));

    g_assert_nonnull(event);
    json_decref(event);
}

/* Seconds since the guest booted, by its own clock. */
static double uptime(Lab *lab)
{
    g_autofree char *text = guest_run(lab->g, "cat /proc/uptime");

    return g_ascii_strtod(text, NULL);
}

/* While it is stopped, nothing of the guest goes on: neither its programs nor
 * its clock. */
void scenario_stop_and_cont(Lab *lab, Nic *nic)
{
    QTestState *qts = guest_qts(lab->g);
    double before = uptime(lab);
    int64_t start = g_get_monotonic_time();
    double ran, passed;

    json_decref(qtest_qmp_ok(qts, "{'execute': 'stop'}"));
    if (nic->kind == NIC_TAP) {
        g_assert_cmpuint(peer_ping(nic->guest, 56, 1, 1500), ==, 0);
    }
    g_usleep(3 * G_USEC_PER_SEC);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'cont'}"));
    ran = uptime(lab) - before;
    passed = (g_get_monotonic_time() - start) / 1e6;
    g_assert_cmpfloat(ran, <, passed - 2.5);
    lab_check_works(lab, nic);
}

static void check_after_start(Lab *lab)
{
    guest_wait_agent(lab->g);
    lab_all_up(lab);
    for (unsigned i = 0; i < lab->nnics; i++) {
        if (lab->nics[i].kind != NIC_HUB) {
            lab_check_works(lab, &lab->nics[i]);
        }
    }
}

void scenario_reboot(Lab *lab, Nic *nic)
{
    guest_tell(lab->g, "reboot -f");
    expect_event(lab, "RESET");
    check_after_start(lab);
}

void scenario_system_reset(Lab *lab, Nic *nic)
{
    json_decref(qtest_qmp_ok(guest_qts(lab->g),
                             "{'execute': 'system_reset'}"));
    expect_event(lab, "RESET");
    check_after_start(lab);
}

/* The guest hears of it as of somebody who pressed its power button. */
void scenario_powerdown(Lab *lab, Nic *nic)
{
    g_autofree char *button = g_strchomp(guest_run(
        lab->g, "modprobe button && modprobe evdev && "
        "cd /sys/class/input && "
        "dirname $(grep -l 'Power Button' event*/device/name) | cut -d/ -f1"));
    int job = guest_spawn(lab->g, "timeout 60 dd if=/dev/input/%s bs=24 "
                                  "count=1 2>/dev/null | hexdump -C", button);
    g_autofree char *text = NULL;

    g_assert_true(guest_eventually(
        lab->g, button, "ls -l /proc/[0-9]*/fd 2>&1 | grep /dev/input"));
    json_decref(qtest_qmp_ok(guest_qts(lab->g),
                             "{'execute': 'system_powerdown'}"));
    expect_event(lab, "POWERDOWN");
    text = guest_wait(lab->g, job);
    /* EV_KEY, KEY_POWER, pressed. */
    g_assert_nonnull(strstr(text, "01 00 74 00 01 00 00 00"));
    scenario_poweroff(lab, nic);
}

void scenario_poweroff(Lab *lab, Nic *nic)
{
    guest_tell(lab->g, "poweroff -f");
    guest_wait_end(lab->g);
    lab_guest_gone(lab);
}
