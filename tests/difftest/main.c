/*
 * The differential tester of the software CPU.
 *
 * Random user-mode code runs on the processor of this machine (native.c) and on
 * the software CPU (emulated.c), from the same random state; registers, flags,
 * x87 and SSE state, memory, and how it ended (vector, error code, CR2, RIP)
 * have to agree. What the architecture leaves undefined is not compared
 * (generate.c keeps it from flowing on).
 *
 * Cases found are kept in regress.txt, by which every run begins.
 *
 * A quarter of the cases is 32-bit code, half of that with data segments that
 * have a base and a limit (an LDT, where the kernel allows one).
 *
 *   difftest [--cases=N] [--seed=S] [--insns=N] [--mode=64|32|both]
 *            [--case=LINE] [--keep-going] [--regress=FILE] [--verbose]
 *
 * Under AddressSanitizer, whose memory wild addresses would find, the software
 * CPU runs alone: nothing is compared.
 *
 * DIFFTEST_CASES and DIFFTEST_SEED in the environment are defaults for the
 * first two. All that a run does follows from the seed it prints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "difftest.h"

static gint64 nr_cases = 100000;
static gint64 seed;
static int max_insns = 4;
static char *mode = (char *)"both";
static char *one_case;
static char *regress_file;
static gboolean keep_going;
static gboolean verbose;

static GOptionEntry options[] = {
    {"cases", 0, 0, G_OPTION_ARG_INT64, &nr_cases, "How many", "N"},
    {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Where to begin", "S"},
    {"insns", 0, 0, G_OPTION_ARG_INT, &max_insns, "Most in a case", "N"},
    {"mode", 0, 0, G_OPTION_ARG_STRING, &mode, "64, 32 or both", "M"},
    {"case", 0, 0, G_OPTION_ARG_STRING, &one_case, "Only this", "LINE"},
    {"regress", 0, 0, G_OPTION_ARG_FILENAME, &regress_file, "Run first", "F"},
    {"keep-going", 0, 0, G_OPTION_ARG_NONE, &keep_going, "Show all", NULL},
    {"verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, "Also what agrees", NULL},
    {NULL},
};

static Case cases[NATIVE_BATCH];
static Outcome native[NATIVE_BATCH];
static bool with_segments;
static uint64_t nr_run, nr_different, nr_faults;

static void show(const Case *c, const char *how, const char *differences)
{
    GString *out = g_string_new(NULL);

    case_describe(c, out);
    printf("%s:\n%s%s\n", how, out->str, differences);
    fflush(stdout);
    g_string_free(out, true);
}

#ifdef __SANITIZE_ADDRESS__
#define COMPARES false
#else
#define COMPARES true
#endif

static bool run_batch(unsigned n)
{
    Outcome *emulated = g_new(Outcome, 1);
    bool ok = true;

    if (COMPARES && !native_run(cases, n, native)) {
        printf("a case did not end; the first of these:\n");
        show(&cases[0], "lost", "");
        n = 0;
        ok = false;
    }
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *text = NULL;

        emulated_run(&cases[i], emulated);
        nr_run++;
        if (!COMPARES) {
            continue;
        }
        text = outcome_compare(&cases[i], &native[i], emulated);
        nr_faults += native[i].vector != 3;
        if (text) {
            nr_different++;
            ok = false;
            show(&cases[i], "different", text);
        } else if (verbose) {
            show(&cases[i], "equal", "");
        }
    }
    g_free(emulated);
    return ok;
}

static bool run_regressions(bool compat)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    unsigned n = 0;
    bool ok = true;

    if (!g_file_get_contents(regress_file, &text, NULL, NULL)) {
        printf("%s: cannot read\n", regress_file);
        return false;
    }
    lines = g_strsplit(text, "\n", 0);
    for (char **l = lines; *l; l++) {
        if (**l == '\0' || **l == '#') {
            continue;
        }
        if (g_str_has_prefix(*l, "amd ") && !__builtin_cpu_is("amd")) {
            continue;
        }
        if (!case_from_line(*l + (**l == 'a' ? 4 : 0), &cases[n])) {
            printf("%s: not a case: %s\n", regress_file, *l);
            return false;
        }
        if ((cases[n].compat && !compat) ||
            (cases[n].segmented && !with_segments)) {
            continue;
        }
        if (++n == NATIVE_BATCH) {
            ok = run_batch(n) && ok;
            n = 0;
        }
    }
    return (n == 0 || run_batch(n)) && ok;
}

static bool run_random(bool with64, bool with32)
{
    bool ok = true;

    for (gint64 done = 0; done < nr_cases && (ok || keep_going);) {
        unsigned n = MIN(nr_cases - done, NATIVE_BATCH);

        for (unsigned i = 0; i < n; i++) {
            uint64_t s = (uint64_t)seed + done + i;

            cases[i].compat = with32 && (!with64 || (s & 3) == 3);
            cases[i].segmented = cases[i].compat && with_segments && (s & 4);
            case_generate(&cases[i], s, max_insns);
        }
        ok = run_batch(n) && ok;
        done += n;
    }
    return ok;
}

static void from_environment(void)
{
    const char *s = getenv("DIFFTEST_CASES");

    nr_cases = s ? g_ascii_strtoll(s, NULL, 0) : nr_cases;
    s = getenv("DIFFTEST_SEED");
    seed = s ? g_ascii_strtoll(s, NULL, 0) : 0;
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    GOptionContext *ctx = g_option_context_new(NULL);
    bool compat, ok = true;

    from_environment();
    g_option_context_add_main_entries(ctx, options, NULL);
    if (!g_option_context_parse(ctx, &argc, &argv, &error)) {
        fprintf(stderr, "difftest: %s\n", error->message);
        return 2;
    }
    g_option_context_free(ctx);
    seed = seed ? seed : (gint64)g_get_real_time();
    printf("seed %" PRId64 "\n", (int64_t)seed);
    fflush(stdout);
    if (!native_start()) {
        printf("cannot start the child process\n");
        return 77; /* skipped */
    }
    compat = native_has_compat(false);
    with_segments = compat && native_has_compat(true);
    emulated_start();
    if (one_case) {
        ok = case_from_line(one_case, &cases[0]) && run_batch(1);
    } else {
        ok = !regress_file || run_regressions(compat);
        ok = (ok || keep_going) &&
             run_random(strcmp(mode, "32") != 0,
                        compat && strcmp(mode, "64") != 0) &&
             ok;
    }
    native_stop();
    printf("%" PRIu64 " cases, %" PRIu64 " ended in a fault, %" PRIu64
           " different\n",
           nr_run, nr_faults, nr_different);
    return ok ? 0 : 1;
}
