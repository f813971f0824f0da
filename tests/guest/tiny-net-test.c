/*
 * The tiny guest on a tap in a namespace: it pings the host, the host pings
 * it, by each kind of interrupt on each board. What it counted has to fit what
 * the emulator counted, and the way it went has to be the short one: with KVM
 * kicks and interrupts do not pass through the emulator's vCPU threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/functional/lib/peer.h"
#include "tests/guest/lib/tiny-run.h"
#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/tapnet.h"

#define HOST_IP      "10.78.0.1"
#define GUEST_IP     "10.78.0.2"
#define GUEST_IP_NUM 0x0a4e0002u
#define PINGS        5
#define TIMEOUT_MS   5000

typedef struct Case {
    const char *machine, *irq, *device, *append;
} Case;

static const Case cases[] = {
    {"pc", "msix", "", ""},
    {"pc", "pic", "", ""},
    {"pc", "ioapic", "", ""},
    {"pc", "poll", "", ""},
    {"q35", "msix", "", ""},
    {"q35", "pic", "", ""},
    {"q35", "ioapic", "", ""},
    {"q35", "masked", "", "mask=1"},
    {"q35", "modern", ",disable-legacy=on", ""},
    {"q35", "no-ioeventfd", ",ioeventfd=off", ""},
    {"q35", "page-per-vq", ",page-per-vq=on", ""},
};

/* Trace points of both ways. */
#define TRACES \
    "-trace virtio_pci_notify_write -trace memory_region_eventfd " \
    "-trace virtio_pci_irqfd -trace msix_send -trace kvm_signal_msi " \
    "-trace kvm_ioeventfd -trace kvm_irqfd"

static unsigned count(const char *text, const char *point)
{
    g_autofree char *head = g_strdup_printf("%s ", point);
    unsigned n = 0;

    while ((text = strstr(text, head))) {
        text += strlen(head);
        n++;
    }
    return n;
}

/* Until then the kernel drops what it is given for the tap. */
static void wait_for_carrier(void)
{
    struct ifreq ifr = {.ifr_name = TAPNET_IF};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (int i = 0; i < TIMEOUT_MS; i++) {
        g_assert_no_errno(ioctl(fd, SIOCGIFFLAGS, &ifr));
        if (ifr.ifr_flags & IFF_RUNNING) {
            break;
        }
        g_usleep(1000);
    }
    g_assert_true(ifr.ifr_flags & IFF_RUNNING);
    close(fd);
}

static Tiny *start(const Case *c)
{
    bool named = strcmp(c->irq, "pic") == 0 || strcmp(c->irq, "ioapic") == 0 ||
                 strcmp(c->irq, "poll") == 0;
    g_autofree char *append = g_strdup_printf(
        "ip=" GUEST_IP " ping=" HOST_IP " count=%d serve=%d end=halt irq=%s %s",
        PINGS, PINGS + 1, named ? c->irq : "msix", c->append);
    g_autofree char *args = g_strdup_printf(
        "-machine %s -netdev tap,id=n0,ifname=" TAPNET_IF ",script=no,"
        "downscript=no -device virtio-net-pci,id=vnet0,netdev=n0,addr=4,"
        "mac=52:54:00:78:00:02%s %s",
        c->machine, c->device, qtest_is_ours() ? TRACES : "");
    Tiny *t = tiny_start(append, args);

    netns_up(TAPNET_IF);
    netns_ip("addr add " HOST_IP "/24 dev " TAPNET_IF);
    wait_for_carrier();
    return t;
}

/* The guest's count of things against the emulator's. */
static void check_counters(Tiny *t)
{
    QTestState *qts = tiny_qts(t);

    g_assert_cmpuint(tapnet_counter(qts, "vnet0", 0, "tx_chains"), ==,
                     tiny_number(t, "frames tx="));
    g_assert_cmpuint(tapnet_counter(qts, "vnet0", 0, "rx_chains"), >=,
                     tiny_number(t, "frames rx="));
    /* Doorbells rung before the first is heard count as one. */
    g_assert_cmpuint(tapnet_counter(qts, "vnet0", 0, "tx_kicks"), >, 0);
    g_assert_cmpuint(tapnet_counter(qts, "vnet0", 0, "tx_kicks"), <=,
                     tiny_number(t, "kicks tx="));
    g_assert_cmpuint(tapnet_counter(qts, "vnet0", 0, "rx_kicks"), <=,
                     tiny_number(t, "kicks rx="));
}

/* Which way kicks and interrupts went. */
static void check_way(Tiny *t, const Case *c)
{
    g_autofree char *log = qtest_stderr(tiny_qts(t));
    bool slow_kicks = strstr(c->device, "ioeventfd=off");
    bool masked = strstr(c->append, "mask=1");
    uint64_t kicks =
        tiny_number(t, "kicks tx=") + tiny_number(t, "kicks rx=");
    uint64_t rx_irqs = tiny_number(t, "irqs rx=");
    bool msix = !strstr("pic ioapic poll", c->irq);

    g_assert_cmpuint(kicks, >, 0);
    if (slow_kicks) {
        g_assert_cmpuint(count(log, "virtio_pci_notify_write"), ==, kicks);
    } else {
        g_assert_cmpuint(count(log, "virtio_pci_notify_write"), ==, 0);
    }
    if (tiny_kvm()) {
        /* Not by a vCPU thread that came back from the kernel for it either. */
        g_assert_cmpuint(count(log, "memory_region_eventfd"), ==, 0);
        g_assert_cmpuint(count(log, "kvm_ioeventfd add 1"), >=,
                         slow_kicks ? 0 : 3);
        g_assert_cmpuint(count(log, "kvm_irqfd add 1"), >=, msix ? 3 : 0);
        /* A vector that was masked sends what was pending itself. */
        g_assert_cmpuint(count(log, "msix_send"), ==, masked);
        g_assert_cmpuint(count(log, "virtio_pci_irqfd"), >=,
                         msix ? rx_irqs - masked : 0);
    } else {
        g_assert_cmpuint(count(log, "virtio_pci_irqfd"), ==, 0);
        g_assert_cmpuint(count(log, "msix_send"), >=, msix ? rx_irqs : 0);
    }
    g_assert_true(strcmp(c->irq, "poll") == 0 ? rx_irqs == 0 : rx_irqs > 0);
}

static void ping_guest(size_t payload, unsigned answers)
{
    g_assert_cmpuint(peer_ping(GUEST_IP_NUM, payload, answers, TIMEOUT_MS), ==,
                     answers);
}

static void test_ping(const void *data)
{
    const Case *c = data;
    Tiny *t = start(c);

    tiny_expect(t, "tiny: ready");
    if (*c->append) {
        tiny_expect(t, "tiny: masked: held back and delivered");
    }
    ping_guest(56, PINGS);
    ping_guest(1400, 1);
    tiny_expect(t, "tiny: done");
    g_assert_cmpuint(tiny_number(t, "seen replies="), ==, PINGS);
    g_assert_cmpuint(tiny_number(t, "answered requests="), ==, PINGS + 1);
    if (qtest_is_ours()) {
        check_counters(t);
        check_way(t, c);
    }
    tiny_quit(t);
}

static void ping_to_the_end(Tiny *t, unsigned boot)
{
    tiny_expect_times(t, "tiny: ready", boot);
    ping_guest(56, PINGS + 1);
    tiny_expect_times(t, "tiny: done", boot);
}

/* The network works again after a reset: of the running machine, and of a
 * stopped one. */
static void test_reset(const void *data)
{
    Tiny *t = start(&cases[4]);
    QTestState *qts = tiny_qts(t);

    ping_to_the_end(t, 1);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
    ping_to_the_end(t, 2);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'stop'}"));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'cont'}"));
    ping_to_the_end(t, 3);
    tiny_quit(t);
}

static void add(const char *path, const void *data, GTestDataFunc fn,
                bool netns)
{
    if (netns) {
        tiny_add_test(path, data, fn);
    } else {
        netns_add_test(path, data, fn); /* skipped, with the reason */
    }
}

int main(int argc, char **argv)
{
    bool netns;

    g_test_init(&argc, &argv, NULL);
    netns = netns_enter();
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/ping/%s/%s", cases[i].machine, cases[i].irq);

        add(path, &cases[i], test_ping, netns);
    }
    add("/reset", NULL, test_reset, netns);
    return g_test_run();
}
