/*
 * Monitor commands about CPUs and interrupt controllers; a stock QEMU answers
 * the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"

static int int_of(json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void test_query_cpus(void)
{
    QTestState *qts =
        qtest_init("-machine q35 -smp 4,sockets=2,cores=1,threads=2");
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'query-cpus-fast'}");

    g_assert_cmpint(json_array_size(list), ==, 4);
    for (int n = 0; n < 4; n++) {
        json_t *cpu = json_array_get(list, n);
        json_t *props = json_object_get(cpu, "props");

        g_assert_cmpint(int_of(cpu, "cpu-index"), ==, n);
        g_assert_cmpint(int_of(cpu, "thread-id"), >, 0);
        g_assert_cmpint(int_of(props, "socket-id"), ==, n / 2);
        g_assert_cmpint(int_of(props, "core-id"), ==, 0);
        g_assert_cmpint(int_of(props, "thread-id"), ==, n % 2);
        g_assert_null(json_object_get(props, "die-id"));
        g_assert_cmpstr(json_string_value(json_object_get(cpu, "qom-type")), ==,
                        "qemu64-x86_64-cpu");
    }
    json_decref(list);
    qtest_quit(qts);
}

static json_t *find_named(json_t *list, const char *name)
{
    size_t i;
    json_t *entry;

    json_array_foreach (list, i, entry) {
        if (g_str_equal(json_string_value(json_object_get(entry, "name")),
                        name)) {
            return entry;
        }
    }
    g_assert_not_reached();
}

static void expect_error(QTestState *qts, const char *command,
                         const char *error)
{
    g_autofree char *text = qtest_qmp_error(qts, "%s", command);

    g_assert_cmpstr(text, ==, error);
}

static void test_models(void)
{
    QTestState *qts = qtest_init("-machine none");
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'query-cpu-definitions'}");
    json_t *host = find_named(list, "host");
    json_t *reply, *model;

    g_assert_cmpstr(json_string_value(json_object_get(
                        find_named(list, "qemu64"), "typename")),
                    ==, "qemu64-x86_64-cpu");
    g_assert_cmpstr(json_string_value(json_array_get(
                        json_object_get(host, "unavailable-features"), 0)),
                    ==, "kvm");
    json_decref(list);
    reply = qtest_qmp_ok(
        qts, "{'execute': 'query-cpu-model-expansion', 'arguments': {'type': "
             "'static', 'model': {'name': 'qemu64', 'props': {'x2apic': true, "
             "'cx16': false}}}}");
    model = json_object_get(reply, "model");
    g_assert_cmpstr(json_string_value(json_object_get(model, "name")), ==,
                    "base");
    model = json_object_get(model, "props");
    g_assert_true(json_is_true(json_object_get(model, "x2apic")));
    g_assert_true(json_is_false(json_object_get(model, "cx16")));
    g_assert_true(json_is_true(json_object_get(model, "lm")));
    g_assert_true(json_is_false(json_object_get(model, "avx")));
    json_decref(reply);
    expect_error(qts,
                 "{'execute': 'query-cpu-model-expansion', 'arguments': "
                 "{'type': 'static', 'model': {'name': 'foo'}}}",
                 "CPU model 'foo' not found");
    expect_error(qts,
                 "{'execute': 'query-cpu-model-expansion', 'arguments': "
                 "{'type': 'full', 'model': {'name': 'max', 'props': "
                 "{'foo': true}}}}",
                 "Property 'max-x86_64-cpu.foo' not found");
    /* A machine without CPUs. */
    expect_error(qts, "{'execute': 'inject-nmi'}",
                 "machine does not provide NMIs");
    expect_error(qts, "{'execute': 'query-hotpluggable-cpus'}",
                 "machine does not support hot-plugging CPUs");
    expect_error(qts, "{'execute': 'system_wakeup'}",
                 "wake-up from suspend is not supported by this guest");
    qtest_quit(qts);
}

typedef struct HmpCase {
    const char *command;
    const char *pattern; /* of the reply */
} HmpCase;

static void check_hmp(QTestState *qts, const HmpCase *cases, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *reply = qtest_hmp(qts, "%s", cases[i].command);

        if (!g_pattern_match_simple(cases[i].pattern, reply)) {
            g_error("%s: '%s' is not like '%s'", cases[i].command, reply,
                    cases[i].pattern);
        }
    }
}

static void test_hmp(void)
{
    static const HmpCase cases[] = {
        {"info cpus", "? CPU #0: thread_id=* model=qemu64\r\n"
                      "  CPU #1: thread_id=* model=qemu64\r\n"},
        {"cpu 2", "invalid CPU index\r\n"},
        {"cpu -1", "*"},
        {"info lapic", "dumping local APIC state for CPU 0 \r\n*"},
        {"info lapic 1", "dumping local APIC state for CPU 1 \r\n\r\n"
                         "LVT0\t 0x00010000 active-hi edge  masked            "
                         "          Fixed  (vec 0)\r\n*"
                         "\r\nTimer\t DCR=0x0 (divide by 2) initial_count = 0 "
                         "current_count = 0\r\n"
                         "SPIV\t 0x000000ff APIC disabled, focus=off, "
                         "spurious vec 255\r\n"
                         "ICR\t 0x00000000 physical edge de-assert "
                         "no-shorthand\r\n"
                         "ICR2\t 0x00000000 cpu 0 (APIC ID)\r\n"
                         "ESR\t 0x00000000\r\n"
                         "ISR\t (none)\r\nIRR\t (none)\r\n\r\n"
                         "APR 0x00 TPR 0x00 DFR 0x0f LDR 0x00 PPR 0x00\r\n"},
        {"info lapic 9", "No CPU available\r\n"},
        {"info registers", "\r\nCPU#0\r\nEAX=00000000 EBX=00000000 "
                           "ECX=00000000 EDX=*EIP=0000fff0 EFL=00000002*"},
        {"info registers 1", "\r\nCPU#1\r\n*"},
        {"info registers 5", "CPU#5 not available\r\n"},
        {"info registers -a", "\r\nCPU#0\r\n*\r\nCPU#1\r\n*"},
        {"nmi", ""},
        {"system_wakeup", "Error: *\r\n"},
        {"info pic", "*ioapic0: ver=0x20 id=0x00 sel=0x00\r\n"
                     "  pin 0  0x0000000000010000 dest=0 vec=0   active-hi "
                     "edge  masked fixed  physical\r\n*"
                     "  IRR      (none)\r\n  Remote IRR (none)\r\n*"},
        {"info pic", "*pic0: irr=?? imr=00 isr=00 hprio=0 irq_base=00 "
                     "rr_sel=0 elcr=00 fnm=0\r\n*"},
        {"cpu 1", ""},
    };
    QTestState *qts = qtest_init("-machine q35 -smp 2");
    json_t *text;

    check_hmp(qts, cases, G_N_ELEMENTS(cases));
    text = qtest_qmp_ok(qts, "{'execute': 'human-monitor-command', "
                             "'arguments': {'command-line': 'info registers', "
                             "'cpu-index': 1}}");
    g_assert_true(g_str_has_prefix(json_string_value(text), "\r\nCPU#1\r\n"));
    json_decref(text);
    expect_error(qts,
                 "{'execute': 'human-monitor-command', 'arguments': "
                 "{'command-line': 'info cpus', 'cpu-index': 7}}",
                 "Parameter 'cpu-index' expects a CPU number");
    qtest_quit(qts);
}

static void test_hmp_none(void)
{
    static const HmpCase cases[] = {
        {"info cpus", ""},
        {"info pic", ""},
        {"info lapic", "No CPU available\r\n"},
        {"info registers", "No CPU available\r\n"},
        {"cpu 0", "invalid CPU index\r\n"},
        {"nmi", "Error: machine does not provide NMIs\r\n"},
    };
    QTestState *qts = qtest_init("-machine none");

    check_hmp(qts, cases, G_N_ELEMENTS(cases));
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cpu-monitor/query-cpus", test_query_cpus);
    g_test_add_func("/cpu-monitor/models", test_models);
    g_test_add_func("/cpu-monitor/hmp", test_hmp);
    g_test_add_func("/cpu-monitor/hmp-none", test_hmp_none);
    return g_test_run();
}
