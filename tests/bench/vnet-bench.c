/*
 * vnet-bench: how fast packets move between a guest's rings and a tap, compared
 * with another emulator and with bare system calls.
 *
 * Absolute numbers of a machine that others use too mean little. So all
 * contenders are measured in the same run, in turns of half a second, each case
 * several times; what is reported are medians, and of ratios the median of the
 * ratios within one turn. CPU time per packet is the number to look at: a
 * neighbour takes time away, but hardly makes a packet cost more. It is that of
 * the whole emulator process, the kernel's part of the system calls included.
 *
 * See docs/devel/benchmarks.md. Exit status 77: there is no /dev/net/tun, or no
 * right to make a network namespace.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sched.h>

#include "tests/bench/bench.h"
#include "tests/qtest/lib/netns.h"

#define EXIT_SKIP  77
#define MAX_REPEAT 101

enum { OURS, PEER, RAW, CONTENDERS };

static const char *const contender_names[CONTENDERS] = {"ours", "peer", "raw"};

/* 45 segments of 1448 bytes: nearly 64 KiB. */
static const BenchCase cases[] = {
    {"tx-64", BENCH_TX, 64, false, 256},
    {"tx-1500", BENCH_TX, 1514, false, 256},
    {"tx-64k", BENCH_TX, 45 * 1448, true, 64},
    {"rx-64", BENCH_RX, 64, false, 4096},
    {"rx-1500", BENCH_RX, 1514, false, 4096},
    {"rx-64k", BENCH_RX, 45 * 1448, true, 256},
    {"ping", BENCH_PING, 0, false, 1},
};

static struct {
    char *ours;
    char *peer;
    char *chosen;
    char *only;
    double seconds;
    int repeat;
    gboolean smoke;
    gboolean no_pin;
} opt = {.seconds = 0.5, .repeat = 7};

static const GOptionEntry options[] = {
    {"ours", 0, 0, G_OPTION_ARG_FILENAME, &opt.ours,
     "Our emulator (default: $QTEST_QEMU_BINARY)", "PATH"},
    {"peer", 0, 0, G_OPTION_ARG_FILENAME, &opt.peer,
     "The emulator to compare with (default: $QTEST_PEER_BINARY, or none)",
     "PATH"},
    {"case", 0, 0, G_OPTION_ARG_STRING, &opt.chosen,
     "Only this case, or all of tx or rx", "NAME"},
    {"only", 0, 0, G_OPTION_ARG_STRING, &opt.only,
     "Only this contender: ours, peer or raw", "WHO"},
    {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &opt.seconds,
     "Length of one measurement (default: 0.5)", "S"},
    {"repeat", 0, 0, G_OPTION_ARG_INT, &opt.repeat,
     "Measurements of each case (default: 7)", "N"},
    {"no-pin", 0, 0, G_OPTION_ARG_NONE, &opt.no_pin,
     "Do not bind guest and emulators to a CPU each", NULL},
    {"smoke", 0, 0, G_OPTION_ARG_NONE, &opt.smoke,
     "Every case once and briefly: does it work?", NULL},
    {NULL},
};

static BenchGuest *guests[CONTENDERS]; /* of RAW: NULL */
static BenchRaw *raw;
static BenchResult results[G_N_ELEMENTS(cases)][CONTENDERS][MAX_REPEAT];

static bool takes_part(unsigned who)
{
    return guests[who] || (who == RAW && raw);
}

static bool case_chosen(const BenchCase *c)
{
    size_t len = opt.chosen ? strlen(opt.chosen) : 0;

    return !len || (strncmp(c->name, opt.chosen, len) == 0 &&
                    (c->name[len] == '-' || c->name[len] == 0));
}

/* ------------------------------------------------------------------- CPUs */

static int nth_cpu(const cpu_set_t *set, int n)
{
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, set) && n-- == 0) {
            return cpu;
        }
    }
    return -1;
}

static void stay_on(int cpu)
{
    cpu_set_t set;

    if (cpu >= 0) {
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        g_assert_no_errno(sched_setaffinity(0, sizeof(set), &set));
    }
}

/* One for this process, which plays the guest, and one for the emulators;
 * -1: wherever they like. */
static void choose_cpus(int *guest_cpu, int *emulator_cpu)
{
    cpu_set_t set;

    *guest_cpu = *emulator_cpu = -1;
    if (!opt.no_pin && sched_getaffinity(0, sizeof(set), &set) == 0 &&
        CPU_COUNT(&set) >= 2) {
        *guest_cpu = nth_cpu(&set, 0);
        *emulator_cpu = nth_cpu(&set, 1);
    }
}

/* ---------------------------------------------------------------- measuring */

static void measure(unsigned c, unsigned who, unsigned turn, int guest_cpu,
                    int emulator_cpu)
{
    int64_t run_ns = opt.seconds * 1e9;
    BenchResult *r = &results[c][who][turn];

    if (who == RAW) {
        /* On the CPU where the emulators move their packets. */
        stay_on(emulator_cpu);
        bench_raw_run(raw, &cases[c], run_ns, r);
        stay_on(guest_cpu);
    } else {
        bench_guest_run(guests[who], &cases[c], run_ns, r);
    }
    g_assert_cmpuint(r->packets, >, 0);
    /* The kernel may not have counted yet what a moment's work took. */
    g_assert_true(opt.smoke || r->cpu_ns > 0);
}

static void measure_all(int guest_cpu, int emulator_cpu)
{
    for (int turn = 0; turn < opt.repeat; turn++) {
        for (unsigned c = 0; c < G_N_ELEMENTS(cases); c++) {
            for (unsigned i = 0; i < CONTENDERS; i++) {
                unsigned who = (turn + i) % CONTENDERS;

                if (takes_part(who) && case_chosen(&cases[c])) {
                    measure(c, who, turn, guest_cpu, emulator_cpu);
                }
            }
        }
        g_printerr("%d of %d\r", turn + 1, opt.repeat);
    }
    g_printerr("\n");
}

/* ---------------------------------------------------------------- reporting */

typedef double (*Number)(const BenchResult *r);

static double rate(const BenchResult *r)
{
    return r->packets * 1e9 / r->wall_ns;
}

static double cpu_per_packet(const BenchResult *r)
{
    return (double)r->cpu_ns / r->packets;
}

static double p50(const BenchResult *r)
{
    return r->p50_ns;
}

static double p99(const BenchResult *r)
{
    return r->p99_ns;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, opt.repeat, sizeof(*values), compare_doubles);
    return values[opt.repeat / 2];
}

static double median_of(unsigned c, unsigned who, Number number)
{
    double values[MAX_REPEAT];

    for (int i = 0; i < opt.repeat; i++) {
        values[i] = number(&results[c][who][i]);
    }
    return median(values);
}

static double median_ratio(unsigned c, unsigned a, unsigned b, Number number)
{
    double values[MAX_REPEAT];

    for (int i = 0; i < opt.repeat; i++) {
        values[i] = number(&results[c][a][i]) / number(&results[c][b][i]);
    }
    return median(values);
}

static double kicks(const BenchResult *r)
{
    return r->kicks * 1e3 / r->packets;
}

/* One line: of each contender the median of number * scale. */
static void print_line(unsigned c, const char *name, Number number,
                       double scale, int digits, const char *unit)
{
    g_print("%-8s", name);
    for (unsigned who = 0; who < CONTENDERS; who++) {
        if (takes_part(who) && !(who == RAW && number == kicks)) {
            g_print(" %11.*f", digits, median_of(c, who, number) * scale);
        } else {
            g_print(" %11s", "-");
        }
    }
    for (unsigned other = PEER; other < CONTENDERS; other++) {
        if (takes_part(OURS) && takes_part(other) && number != kicks) {
            g_print(" %9.2f", median_ratio(c, OURS, other, number));
        } else {
            g_print(" %9s", "");
        }
    }
    g_print("  %s\n", unit);
}

static void report(void)
{
    g_print("%-8s %11s %11s %11s %9s %9s\n", "", contender_names[OURS],
            contender_names[PEER], contender_names[RAW], "ours/peer",
            "ours/raw");
    for (unsigned c = 0; c < G_N_ELEMENTS(cases); c++) {
        if (!case_chosen(&cases[c])) {
            continue;
        }
        if (cases[c].kind == BENCH_PING) {
            print_line(c, cases[c].name, p50, 1e-3, 1, "us, median");
            print_line(c, "", p99, 1e-3, 1, "us, 99th percentile");
            print_line(c, "", cpu_per_packet, 1, 0, "ns CPU per ping");
        } else {
            print_line(c, cases[c].name, rate, 1, 0, "frames/s");
            print_line(c, "", cpu_per_packet, 1, 0, "ns CPU per frame");
            print_line(c, "", kicks, 1, 2, "kicks per 1000 frames");
        }
    }
}

/* -------------------------------------------------------------------- main */

static bool wanted(unsigned who)
{
    return !opt.only || strcmp(opt.only, contender_names[who]) == 0;
}

static void check_choices(void)
{
    bool found = false;

    for (unsigned c = 0; c < G_N_ELEMENTS(cases); c++) {
        found |= case_chosen(&cases[c]);
    }
    if (!found) {
        g_printerr("there is no case '%s'\n", opt.chosen);
        exit(1);
    }
    if (!wanted(OURS) && !wanted(PEER) && !wanted(RAW)) {
        g_printerr("--only must be ours, peer or raw, not '%s'\n", opt.only);
        exit(1);
    }
    if (opt.repeat < 1 || opt.repeat > MAX_REPEAT) {
        g_printerr("--repeat must be from 1 to %d\n", MAX_REPEAT);
        exit(1);
    }
    if (!(opt.seconds > 0 && opt.seconds <= 3600)) {
        g_printerr("--seconds must be above 0 and at most 3600\n");
        exit(1);
    }
    if (!opt.ours && wanted(OURS)) {
        g_printerr("which emulator? Use --ours or QTEST_QEMU_BINARY\n");
        exit(1);
    }
    if (!opt.peer && opt.only && wanted(PEER)) {
        g_printerr("which peer? Use --peer or QTEST_PEER_BINARY\n");
        exit(1);
    }
}

static void parse_options(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        g_printerr("%s\n", err->message);
        exit(1);
    }
    if (!opt.ours) {
        opt.ours = g_strdup(getenv("QTEST_QEMU_BINARY"));
    }
    if (!opt.peer) {
        opt.peer = g_strdup(getenv("QTEST_PEER_BINARY"));
    }
    if (opt.smoke) {
        opt.seconds = 0.01;
        opt.repeat = 1;
    }
    check_choices();
}

int main(int argc, char **argv)
{
    int guest_cpu, emulator_cpu;

    parse_options(argc, argv);
    if (!netns_enter()) {
        g_print("skipped: no network namespace with a tap can be made here\n");
        return EXIT_SKIP;
    }
    choose_cpus(&guest_cpu, &emulator_cpu);
    stay_on(emulator_cpu); /* the emulators inherit it */
    if (wanted(OURS)) {
        guests[OURS] = bench_guest_new(opt.ours, "bench0", 1);
    }
    if (opt.peer && wanted(PEER)) {
        guests[PEER] = bench_guest_new(opt.peer, "bench1", 2);
    }
    if (wanted(RAW)) {
        raw = bench_raw_new("bench2", 3);
    }
    stay_on(guest_cpu);
    measure_all(guest_cpu, emulator_cpu);
    report();
    g_clear_pointer(&guests[OURS], bench_guest_free);
    g_clear_pointer(&guests[PEER], bench_guest_free);
    g_clear_pointer(&raw, bench_raw_free);
    g_free(opt.ours);
    g_free(opt.peer);
    g_free(opt.chosen);
    g_free(opt.only);
    return 0;
}
