/*
 * One guest for the scenarios of a program.
 *
 * It starts with the first scenario that needs it. The taps belong to the
 * emulator, so the host's end is set up after each start.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/lib/lab.h"
#include "tests/qtest/lib/netns.h"

typedef struct Case {
    LabScenario *fn;
    Nic *nic; /* NULL: the first */
} Case;

static Lab lab;
static bool have_tap;
static const char *why_not; /* no guest can run */
static const char *accel;

static const Nic known_nics[] = {
    { .kind = NIC_TAP, .name = "tap", .id = "nic0", .mac = LAB_TAP_MAC,
      .guest_ip = "10.77.0.2", .host_ip = "10.77.0.1",
      .guest = 0x0a4d0002, .host = 0x0a4d0001 },
    { .kind = NIC_USER, .name = "user", .id = "nic1", .mac = LAB_USER_MAC,
      .guest_ip = "10.0.2.15", .host_ip = "10.0.2.2",
      .guest = 0x0a00020f, .host = 0x0a000202 },
    { .kind = NIC_HUB, .name = "hub", .id = "nic2", .mac = LAB_HUB_MAC,
      .guest_ip = "10.0.2.16", .host_ip = "10.0.2.2",
      .guest = 0x0a000210, .host = 0x0a000202 },
};

/* -------------------------------------------------------------------- start */

static void device_args(GString *args, const Nic *nic, const char *more)
{
    const LabConfig *c = lab.config;

    g_string_append_printf(
        args, " -device virtio-net-pci,id=%s,netdev=%s-net,mac=%s%s%s",
        nic->id, nic->id, nic->mac, more,
        c->device_options ? c->device_options : "");
}

static void nic_args(GString *args, const Nic *nic)
{
    const LabConfig *c = lab.config;

    switch (nic->kind) {
    case NIC_TAP:
        g_string_append_printf(
            args, " -netdev tap,id=nic0-net,ifname=%s,script=no,downscript=no",
            LAB_TAP_IF);
        if (c->multiqueue) {
            g_string_append_printf(args, ",queues=%d", LAB_TAP_QUEUES);
        }
        device_args(args, nic, c->multiqueue ? ",mq=on" : "");
        return;
    case NIC_USER:
        if (c->hub) {
            g_string_append(args,
                            " -netdev user,id=slirp"
                            " -netdev hubport,id=hub-out,hubid=0,netdev=slirp"
                            " -netdev hubport,id=nic1-net,hubid=0");
        } else {
            g_string_append(args, " -netdev user,id=nic1-net");
        }
        device_args(args, nic, c->hub ? "" : ",host_mtu=4000");
        return;
    case NIC_HUB:
        g_string_append(args, " -netdev hubport,id=nic2-net,hubid=0");
        device_args(args, nic, "");
        return;
    }
}

static void host_side_up(void)
{
    if (have_tap) {
        netns_up(LAB_TAP_IF);
        netns_ip("addr add 10.77.0.1/24 dev %s", LAB_TAP_IF);
    }
}

static void start_guest(void)
{
    g_autoptr(GString) args = g_string_new(lab.config->guest.args);
    GuestConfig config = lab.config->guest;
    int64_t start = g_get_monotonic_time();

    for (unsigned i = 0; i < lab.nnics; i++) {
        nic_args(args, &lab.nics[i]);
    }
    config.args = args->str;
    config.accel = accel;
    lab.g = guest_start(&config);
    host_side_up();
    guest_wait_agent(lab.g);
    g_test_message("the guest booted in %.1f s",
                   (g_get_monotonic_time() - start) / 1e6);
    lab_all_up(&lab);
}

static char *find_ifname(const char *mac)
{
    return g_strstrip(guest_run(
        lab.g, "cd /sys/class/net; grep -l -i %s */address | cut -d/ -f1",
        mac));
}

void lab_nic_up(Lab *l, Nic *nic)
{
    g_free(nic->ifname);
    nic->ifname = find_ifname(nic->mac);
    g_free(guest_run(l->g,
                     "ip addr flush dev %s; ip addr add %s/24 dev %s && "
                     "ip link set %s up",
                     nic->ifname, nic->guest_ip, nic->ifname, nic->ifname));
}

void lab_all_up(Lab *l)
{
    for (unsigned i = 0; i < l->nnics; i++) {
        /* Two cards in one network: each has it to itself when tested. */
        if (l->nics[i].kind != NIC_HUB) {
            lab_nic_up(l, &l->nics[i]);
        }
    }
}

void lab_guest_gone(Lab *l)
{
    l->g = NULL;
}

/* -------------------------------------------------------------------- cases */

static void skip(const void *data)
{
    g_test_skip(why_not ? why_not : "no tap can be made here");
}

static void run_case(const void *data)
{
    const Case *c = data;

    if (!lab.g) {
        start_guest();
    }
    c->fn(&lab, c->nic ? c->nic : &lab.nics[0]);
    if (lab.g) {
        guest_check_log(lab.g);
    }
}

static void add_case(const char *path, LabScenario *fn, Nic *nic)
{
    Case *c = g_new(Case, 1);

    *c = (Case){ .fn = fn, .nic = nic };
    g_test_add_data_func_full(path, c, why_not ? skip : run_case, g_free);
}

/* All in one folder: cases of a folder run in the order they were added, but
 * folders only after them. */
void lab_add(const char *what, unsigned kinds, LabScenario *fn)
{
    g_autofree char *top = g_strdup_printf("/%s/%s", lab.config->name, what);

    if (!kinds) {
        add_case(top, fn, NULL);
    }
    if (kinds & NIC_TAP && !have_tap) {
        g_autofree char *path = g_strdup_printf("/%s/tap-%s",
                                                lab.config->name, what);
        g_test_add_data_func(path, NULL, skip);
    }
    for (unsigned i = 0; i < lab.nnics; i++) {
        Nic *nic = &lab.nics[i];
        g_autofree char *path = g_strdup_printf("/%s/%s-%s", lab.config->name,
                                                nic->name, what);

        if (kinds & nic->kind) {
            add_case(path, fn, nic);
        }
    }
}

void lab_init(const LabConfig *config)
{
    accel = getenv("FUNCTIONAL_ACCEL");
    accel = accel ? accel : "tcg";
    have_tap = netns_enter();
    if (lab_effort() == LAB_QUICK && !config->quick) {
        why_not = "a quick run has one guest only";
    } else {
        guest_possible(accel, &why_not);
    }
    lab.config = config;
    for (int i = 0; i < ARRAY_SIZE(known_nics); i++) {
        const Nic *nic = &known_nics[i];

        if ((nic->kind != NIC_TAP || have_tap) &&
            (nic->kind != NIC_HUB || config->hub)) {
            lab.nics[lab.nnics++] = *nic;
        }
    }
}

int lab_run(void)
{
    int result = g_test_run();

    if (lab.g) {
        guest_free(lab.g);
    }
    for (unsigned i = 0; i < lab.nnics; i++) {
        g_free(lab.nics[i].ifname);
    }
    return result;
}

LabEffort lab_effort(void)
{
    const char *effort = getenv("FUNCTIONAL_EFFORT");

    if (!effort || strcmp(effort, "usual") == 0) {
        return LAB_USUAL;
    }
    if (strcmp(effort, "quick") != 0 && strcmp(effort, "full") != 0) {
        g_error("FUNCTIONAL_EFFORT must be quick, usual or full, not '%s'",
                effort);
    }
    return effort[0] == 'q' ? LAB_QUICK : LAB_FULL;
}

uint64_t lab_choose(uint64_t quick, uint64_t usual, uint64_t full)
{
    switch (lab_effort()) {
    case LAB_QUICK:
        return quick;
    case LAB_USUAL:
        return usual;
    default:
        return full;
    }
}
