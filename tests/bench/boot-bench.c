/*
 * boot-bench: how fast an emulator's own CPU is, compared with another's.
 *
 * Each contender boots the guest of the functional tests (Debian's cloud kernel
 * as it is, a small initramfs), runs a loop of arithmetic and memory accesses in
 * it, and then does nothing for a while. They take turns, in changing order,
 * several times; what is reported are medians, and of ratios the median of the
 * ratios within one turn. Beside the time by the clock stands the CPU time of
 * the whole emulator process, from which neighbours take nothing away.
 *
 * See docs/devel/benchmarks.md. Exit status 77: no guest can run here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "tests/functional/lib/guest.h"

#define EXIT_SKIP    77
#define MAX_REPEAT   101
#define IDLE_SECONDS 3
#define BOOT_SECONDS 300

enum { OURS, PEER, CONTENDERS };

/* What is measured; seconds, and of the last one a share. */
typedef enum Measure {
    FIRST_WORDS, /* power-on until the kernel says its version */
    USERLAND,    /* power-on until PID 1 runs */
    BOOT_CPU,    /* CPU time of all that */
    COMPUTE,     /* the loop, by the guest's clock */
    COMPUTE_CPU, /* CPU time meanwhile */
    IDLE,        /* CPU time while the guest has nothing to do */
    MEASURES,
} Measure;

static const struct {
    const char *name, *unit;
    double scale;
} lines[MEASURES] = {
    [FIRST_WORDS] = { "kernel", "s, power-on to the kernel's first words", 1 },
    [USERLAND] = { "userland", "s, power-on to PID 1", 1 },
    [BOOT_CPU] = { "", "s of CPU time", 1 },
    [COMPUTE] = { "compute", "s, by the guest's clock", 1 },
    [COMPUTE_CPU] = { "", "s of CPU time", 1 },
    [IDLE] = { "idle", "% of a CPU", 100 },
};

static const char *const contender_names[CONTENDERS] = { "ours", "peer" };

static struct {
    char *ours;
    char *peer;
    char *only;
    char *machine;
    char *accel;
    char *append;
    int repeat;
    int rounds;
} opt = { .repeat = 3, .rounds = 100 };

static const GOptionEntry options[] = {
    { "ours", 0, 0, G_OPTION_ARG_FILENAME, &opt.ours,
      "Our emulator (default: $QTEST_QEMU_BINARY)", "PATH" },
    { "peer", 0, 0, G_OPTION_ARG_FILENAME, &opt.peer,
      "The emulator to compare with (default: $QTEST_PEER_BINARY, or none)",
      "PATH" },
    { "only", 0, 0, G_OPTION_ARG_STRING, &opt.only,
      "Only this contender: ours or peer", "WHO" },
    { "machine", 0, 0, G_OPTION_ARG_STRING, &opt.machine,
      "The machine (default: q35)", "NAME" },
    { "accel", 0, 0, G_OPTION_ARG_STRING, &opt.accel,
      "The accelerator (default: tcg)", "NAME" },
    { "append", 0, 0, G_OPTION_ARG_STRING, &opt.append,
      "More of the kernel's command line", "TEXT" },
    { "repeat", 0, 0, G_OPTION_ARG_INT, &opt.repeat,
      "Boots of each contender (default: 3)", "N" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &opt.rounds,
      "Million rounds of the compute loop (default: 100)", "N" },
    { NULL },
};

static double results[CONTENDERS][MEASURES][MAX_REPEAT];
static char *answers[CONTENDERS]; /* what the loop computed */

/* ---------------------------------------------------------------- measuring */

static double now(void)
{
    return g_get_monotonic_time() / 1e6;
}

static double cpu_time(Guest *g)
{
    struct timespec ts;
    clockid_t id;

    g_assert_cmpint(
        clock_getcpuclockid(qtest_pid(guest_qts(g)), &id), ==, 0);
    g_assert_no_errno(clock_gettime(id, &ts));
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void wait_for(Guest *g, const char *text)
{
    if (!guest_console_has(g, text, BOOT_SECONDS)) {
        g_autofree char *console = guest_console(g);
        g_error("no '%s' on the console within %d s:\n%s", text, BOOT_SECONDS,
                console);
    }
}

static void run_loop(Guest *g, unsigned who, int turn)
{
    double cpu = cpu_time(g), seconds;
    g_autofree char *text = guest_run(g, "compute %d000000", opt.rounds);
    unsigned long long result;

    g_assert_cmpint(sscanf(text, "compute: %*u rounds, result %llx, %lf",
                           &result, &seconds), ==, 2);
    results[who][COMPUTE][turn] = seconds;
    results[who][COMPUTE_CPU][turn] = cpu_time(g) - cpu;
    g_free(answers[who]);
    answers[who] = g_strdup_printf("%016llx", result);
}

static void measure(unsigned who, int turn)
{
    GuestConfig config = { .machine = opt.machine ? opt.machine : "q35",
                           .accel = opt.accel ? opt.accel : "tcg",
                           .append = opt.append };
    double start = now(), cpu;
    Guest *g;

    g_setenv("QTEST_QEMU_BINARY", who == OURS ? opt.ours : opt.peer, true);
    g = guest_start(&config);
    wait_for(g, "Linux version");
    results[who][FIRST_WORDS][turn] = now() - start;
    wait_for(g, "agent: userland is up");
    results[who][USERLAND][turn] = now() - start;
    results[who][BOOT_CPU][turn] = cpu_time(g);
    guest_wait_agent(g);
    run_loop(g, who, turn);
    g_usleep(G_USEC_PER_SEC); /* what the kernel puts off until it is idle */
    cpu = cpu_time(g);
    g_usleep(IDLE_SECONDS * G_USEC_PER_SEC);
    results[who][IDLE][turn] = (cpu_time(g) - cpu) / IDLE_SECONDS;
    guest_free(g);
}

static bool takes_part(unsigned who)
{
    return (who == OURS ? opt.ours : opt.peer) &&
        (!opt.only || strcmp(opt.only, contender_names[who]) == 0);
}

static void measure_all(void)
{
    for (int turn = 0; turn < opt.repeat; turn++) {
        for (unsigned i = 0; i < CONTENDERS; i++) {
            unsigned who = (turn + i) % CONTENDERS;

            if (takes_part(who)) {
                measure(who, turn);
            }
        }
        g_printerr("%d of %d\r", turn + 1, opt.repeat);
    }
    g_printerr("\n");
}

/* ---------------------------------------------------------------- reporting */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(const double *values)
{
    double sorted[MAX_REPEAT];

    memcpy(sorted, values, opt.repeat * sizeof(*values));
    qsort(sorted, opt.repeat, sizeof(*sorted), compare_doubles);
    return sorted[opt.repeat / 2];
}

static void report(void)
{
    g_print("%-9s %9s %9s %9s\n", "", contender_names[OURS],
            contender_names[PEER], "ours/peer");
    for (unsigned m = 0; m < MEASURES; m++) {
        double ratios[MAX_REPEAT];

        g_print("%-9s", lines[m].name);
        for (unsigned who = 0; who < CONTENDERS; who++) {
            if (takes_part(who)) {
                g_print(" %9.2f", median(results[who][m]) * lines[m].scale);
            } else {
                g_print(" %9s", "-");
            }
        }
        for (int i = 0; i < opt.repeat; i++) {
            ratios[i] = results[OURS][m][i] / results[PEER][m][i];
        }
        if (takes_part(OURS) && takes_part(PEER) && m != IDLE) {
            g_print(" %9.2f", median(ratios));
        } else {
            g_print(" %9s", "");
        }
        g_print("  %s\n", lines[m].unit);
    }
}

/* Both did the same work, and right. */
static int compare_answers(void)
{
    if (answers[OURS] && answers[PEER] &&
        strcmp(answers[OURS], answers[PEER]) != 0) {
        g_printerr("the loop computed %s with ours, %s with the peer\n",
                   answers[OURS], answers[PEER]);
        return 1;
    }
    return 0;
}

/* -------------------------------------------------------------------- main */

static void refuse(const char *text)
{
    g_printerr("%s\n", text);
    exit(1);
}

static void parse_options(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        refuse(err->message);
    }
    if (!opt.ours) {
        opt.ours = g_strdup(getenv("QTEST_QEMU_BINARY"));
    }
    if (!opt.peer) {
        opt.peer = g_strdup(getenv("QTEST_PEER_BINARY"));
    }
    if (opt.repeat < 1 || opt.repeat > MAX_REPEAT || opt.rounds < 1 ||
        opt.rounds > 4000) {
        refuse("--repeat must be from 1 to 101, --rounds from 1 to 4000");
    }
    if (!takes_part(OURS) && !takes_part(PEER)) {
        refuse("nobody to measure: --ours and --peer say which emulators, "
               "--only which of them");
    }
}

int main(int argc, char **argv)
{
    const char *why;

    parse_options(argc, argv);
    g_setenv("QTEST_QEMU_BINARY", takes_part(OURS) ? opt.ours : opt.peer,
             true);
    if (!guest_possible(opt.accel ? opt.accel : "tcg", &why)) {
        g_print("skipped: %s\n", why);
        return EXIT_SKIP;
    }
    measure_all();
    report();
    return compare_answers();
}
