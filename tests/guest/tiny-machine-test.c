/*
 * The tiny guest without a network: processor modes, exceptions, port and
 * memory accesses, timers, more processors, stop and cont, every kind of reset,
 * and guests that go wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/guest/lib/tiny-run.h"
#include "tests/qtest/lib/tapnet.h"

/* ----------------------------------------------------------- what it says */

static void expect_lines(const char *text, const char *const *lines)
{
    for (; *lines; lines++) {
        if (!strstr(text, *lines)) {
            g_error("no '%s' in:\n%s", *lines, text);
        }
    }
}

static void test_modes(const void *data)
{
    static const char *const lines[] = {
        "tiny: 32-bit mode\r\n", "tiny: real mode\r\n",
        "tiny: 32-bit mode again\r\n", NULL,
    };
    g_autofree char *text = NULL;

    g_assert_cmpint(tiny_run("modes-guest", "", data, &text), ==, TINY_GOOD);
    expect_lines(text, lines);
}

typedef struct Trial {
    const char *append, *args;
    const char *lines[6];
} Trial;

static const Trial trials[] = {
    {"trial=string", "",
     {"tiny: by string instruction\r\n", "tiny: fw_cfg=QEMU\r\n"}},
    {"trial=mmio", "", {"inputs=24\r\n", "tiny: hole="}},
    {"trial=rom", "", {"tiny: rom kept=1\r\n"}},
    {"trial=faults", "",
     {"tiny: ud2=6\r\n", "tiny: page=14\r\n", "tiny: segment=13\r\n"}},
    {"trial=cpuid", "", {" apic=0 hypervisor=1\r\n"}},
    {"trial=cpuid", "-cpu max", {" apic=0 hypervisor=1\r\n"}},
    {"trial=cpuid", "-cpu qemu64,-hypervisor", {" hypervisor=0\r\n"}},
    {"trial=msr", "", {"tiny: msrs there=", "tiny: tsc runs\r\n"}},
    {"trial=x2apic", "-cpu max", {"tiny: x2apic id=0 ipi=1\r\n"}},
    {"trial=tick count=3", "", {"tiny: tick 3\r\n"}},
    {"net=off smp=2", "-smp 2", {"tiny: cpus=2\r\n", "tiny: done\r\n"}},
    {"net=off smp=2", "-smp 2 -cpu max", {"tiny: cpus=2\r\n"}},
    {"net=off", "-device virtio-net-pci", {"id=1af4:1000", "tiny: done\r\n"}},
};

static void test_trial(const void *data)
{
    const Trial *trial = data;

    for (int i = 0; i < 2; i++) {
        g_autofree char *args = g_strdup_printf(
            "%s -no-reboot -machine %s", trial->args, i ? "q35" : "pc");
        g_autofree char *text = NULL;

        g_assert_cmpint(tiny_run("tiny-guest", trial->append, args, &text), ==,
                        TINY_GOOD);
        expect_lines(text, trial->lines);
    }
}

/* ----------------------------------------------------------------- resets */

static void test_guest_resets(const void *data)
{
    const char *append = data;
    g_autofree char *text = NULL;

    g_assert_cmpint(tiny_run("tiny-guest", append, "-cpu max", &text), ==,
                    TINY_GOOD);
    g_assert_nonnull(strstr(text, "tiny: boot=1\r\n"));
    g_assert_nonnull(strstr(text, "tiny: boot=2\r\n"));
    g_assert_null(strstr(text, "tiny: boot=3\r\n"));
    g_clear_pointer(&text, g_free);
    g_assert_cmpint(tiny_run("tiny-guest", append, "-no-reboot", &text), ==,
                    0);
    g_assert_null(strstr(text, "tiny: boot=2\r\n"));
}

static void command(Tiny *t, const char *name)
{
    json_decref(qtest_qmp_ok(tiny_qts(t), "{'execute': '%s'}", name));
}

/* However busy or idle the guest is. */
static void test_system_reset(const void *data)
{
    g_autofree char *append =
        g_strdup_printf("trial=%s", (const char *)data);
    Tiny *t = tiny_start(append, "-smp 2");

    for (int i = 1; i <= 4; i++) {
        g_autofree char *line = g_strdup_printf("tiny: boot=%d\r\n", i);

        tiny_expect(t, line);
        command(t, "system_reset");
    }
    tiny_expect(t, "tiny: boot=5\r\n");
    tiny_quit(t);
}

/* ----------------------------------------------------------- stop and cont */

static size_t console_length(Tiny *t)
{
    g_autofree char *text = tiny_console(t);

    return strlen(text);
}

/* The paravirtual clock goes on from where it stood. */
static void check_clock(Tiny *t, int stops)
{
    g_autofree char *log = qtest_stderr(tiny_qts(t));
    const char *at = log;

    for (int i = 0; i < stops; i++) {
        const char *stop = strstr(at, "kvm_clock set 0 ");
        const char *cont = stop ? strstr(stop, "kvm_clock set 1 ") : NULL;

        g_assert_nonnull(cont);
        g_assert_cmpuint(g_ascii_strtoull(stop + 16, NULL, 10), >, 0);
        g_assert_cmpuint(g_ascii_strtoull(stop + 16, NULL, 10), ==,
                         g_ascii_strtoull(cont + 16, NULL, 10));
        at = cont;
    }
}

static void test_stop_cont(const void *data)
{
    bool clock = tiny_kvm() && qtest_is_ours();
    Tiny *t = tiny_start("trial=tick count=1000",
                         clock ? "-smp 2 -trace kvm_clock" : "-smp 2");
    size_t before;

    tiny_expect(t, "tiny: tick 2\r\n");
    for (int i = 0; i < 3; i++) {
        command(t, "stop");
        before = console_length(t);
        g_usleep(700 * 1000);
        g_assert_cmpuint(console_length(t), ==, before);
        command(t, "cont");
        g_usleep(700 * 1000);
        g_assert_cmpuint(console_length(t), >, before);
    }
    if (clock) {
        check_clock(t, 3);
    }
    tiny_quit(t);
}

/* A guest that waits for nothing costs nothing. */
static void test_idle(const void *data)
{
    Tiny *t = tiny_start("trial=hang", "-smp 2");
    uint64_t before;

    tiny_expect(t, "tiny: boot=1\r\n");
    g_usleep(200 * 1000);
    before = tapnet_cpu_ms(tiny_qts(t));
    g_usleep(1000 * 1000);
    g_assert_cmpuint(tapnet_cpu_ms(tiny_qts(t)) - before, <, 100);
    tiny_quit(t);
}

/* ------------------------------------------------------------- gone wrong */

/* KVM says what it cannot execute, and the VM waits for a reset. */
static void test_jump(const void *data)
{
    /* Not before QMP listens: there may be an event. */
    Tiny *t = tiny_start("trial=jump", "-S");
    QTestState *qts = tiny_qts(t);
    g_autofree char *log = NULL;
    g_autofree char *error = NULL;
    json_t *status, *event;

    command(t, "cont");
    tiny_expect(t, "tiny: boot=1\r\n");
    if (tiny_kvm()) {
        event = qtest_qmp_event_within(qts, "STOP", 30000);
        g_assert_nonnull(event);
        json_decref(event);
        status = qtest_qmp_ok(qts, "{'execute': 'query-status'}");
        g_assert_cmpstr(json_string_value(json_object_get(status, "status")),
                        ==, "internal-error");
        json_decref(status);
        log = qtest_stderr(qts);
        g_assert_nonnull(strstr(log, "KVM internal error. Suberror: 1\n"));
        g_assert_nonnull(strstr(log, "\nRIP=00000000fec00000 "));
        error = qtest_qmp_error(qts, "{'execute': 'cont'}");
        g_assert_cmpstr(error, ==,
                        "Resetting the Virtual Machine is required");
        command(t, "system_reset");
        command(t, "cont");
    } else {
        /* There, registers are fetched as code, whatever that gives. */
        tiny_may_fail(t);
        g_usleep(300 * 1000);
        command(t, "system_reset");
    }
    tiny_expect(t, "tiny: boot=2\r\n");
    tiny_quit(t);
}

/* Whatever bytes it executes, the emulator lives. */
static void test_random(const void *data)
{
    for (int seed = 1; seed <= 12; seed++) {
        g_autofree char *append =
            g_strdup_printf("trial=random seed=%d", seed);
        Tiny *t = tiny_start(append, "-no-shutdown");
        json_t *status;

        g_usleep(150 * 1000);
        status = qtest_qmp_ok(tiny_qts(t), "{'execute': 'query-status'}");
        json_decref(status);
        tiny_quit(t);
    }
}

int main(int argc, char **argv)
{
    static const char *const resets[] = {
        "trial=none end=reset",
        "trial=none end=triple",
        "trial=x2apic end=reset", /* with the local APIC in that mode */
    };
    static const char *const busy[] = {"spin", "hang", "tick"};

    g_test_init(&argc, &argv, NULL);
    tiny_add_test("/modes/pc", "-machine pc", test_modes);
    tiny_add_test("/modes/q35", "-machine q35", test_modes);
    for (unsigned i = 0; i < G_N_ELEMENTS(trials); i++) {
        g_autofree char *path = g_strdup_printf(
            "/trial/%u-%s", i, strchr(trials[i].append, '=') + 1);

        g_strdelimit(path, " ", '-');
        tiny_add_test(path, &trials[i], test_trial);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(resets); i++) {
        g_autofree char *path = g_strdup_printf("/resets/%s", resets[i] + 6);

        g_strdelimit(path, " =", '-');
        tiny_add_test(path, resets[i], test_guest_resets);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(busy); i++) {
        g_autofree char *path = g_strdup_printf("/system-reset/%s", busy[i]);

        tiny_add_test(path, busy[i], test_system_reset);
    }
    tiny_add_test("/stop-cont", NULL, test_stop_cont);
    tiny_add_test("/idle", NULL, test_idle);
    tiny_add_test("/wrong/jump", NULL, test_jump);
    tiny_add_test("/wrong/random", NULL, test_random);
    return g_test_run();
}
