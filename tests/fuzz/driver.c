/*
 * Runs a fuzz target without libFuzzer.
 *
 *     PROGRAM [-runs=N] [-seed=N] [FILE...]
 *
 * With files, each is one input: this replays what libFuzzer or AFL++ found.
 * Without, N inputs are made of the target's seeds by cutting, joining and
 * changing them. The seed is printed, so that a failure can be repeated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX    4096
#define DEFAULT_RUNS 1000

static GRand *rng;
static unsigned nr_seeds;

static unsigned up_to(unsigned n)
{
    return g_rand_int_range(rng, 0, n + 1);
}

static void append_seed(GByteArray *in)
{
    const char *s = nr_seeds ? fuzz_seeds[up_to(nr_seeds - 1)] : "";
    size_t len = strlen(s);
    size_t start = up_to(3) ? 0 : up_to(len);
    size_t end = up_to(3) ? len : start + up_to(len - start);

    g_byte_array_append(in, (const uint8_t *)s + start, end - start);
}

static void append_random(GByteArray *in)
{
    unsigned n = up_to(up_to(3) ? 16 : 512);

    while (n--) {
        uint8_t c = g_rand_int(rng) >> 8;

        g_byte_array_append(in, &c, 1);
    }
}

static void change(GByteArray *in)
{
    static const uint8_t odd[] = {0,   1,   0x7f, 0x80, 0xff, '"', ',',
                                  '=', '{', '[',  '\\', '\n', '0', '-'};
    unsigned pos, len;

    if (!in->len) {
        return;
    }
    pos = up_to(in->len - 1);
    switch (up_to(3)) {
    case 0:
        in->data[pos] ^= 1u << up_to(7);
        break;
    case 1:
        in->data[pos] = odd[up_to(sizeof(odd) - 1)];
        break;
    case 2:
        in->data[pos] = g_rand_int(rng) >> 8;
        break;
    default:
        len = up_to(MIN(in->len - pos, 8));
        g_byte_array_remove_range(in, pos, len);
        break;
    }
}

static void run_one(GByteArray *in)
{
    unsigned parts = 1 + up_to(3), changes = up_to(8);

    g_byte_array_set_size(in, 0);
    while (parts--) {
        if (nr_seeds && up_to(4)) {
            append_seed(in);
        } else {
            append_random(in);
        }
    }
    while (changes--) {
        change(in);
    }
    LLVMFuzzerTestOneInput(in->data, MIN(in->len, INPUT_MAX));
}

static int replay(char **files)
{
    for (; *files; files++) {
        g_autofree char *text = NULL;
        g_autoptr(GError) err = NULL;
        gsize len;

        if (!g_file_get_contents(*files, &text, &len, &err)) {
            fprintf(stderr, "%s\n", err->message);
            return 1;
        }
        LLVMFuzzerTestOneInput((uint8_t *)text, len);
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long runs = DEFAULT_RUNS, seed = g_random_int();
    g_autoptr(GByteArray) in = g_byte_array_new();
    int i;

    LLVMFuzzerInitialize(&argc, &argv);
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (g_str_has_prefix(argv[i], "-runs=")) {
            runs = strtoul(argv[i] + 6, NULL, 0);
        } else if (g_str_has_prefix(argv[i], "-seed=")) {
            seed = strtoul(argv[i] + 6, NULL, 0);
        } else {
            fprintf(stderr, "usage: %s [-runs=N] [-seed=N] [FILE...]\n",
                    argv[0]);
            return 2;
        }
    }
    if (i < argc) {
        return replay(argv + i);
    }
    while (fuzz_seeds[nr_seeds]) {
        nr_seeds++;
    }
    rng = g_rand_new_with_seed(seed);
    fprintf(stderr, "%lu runs, -seed=%lu\n", runs, seed);
    while (runs--) {
        run_one(in);
    }
    g_rand_free(rng);
    return 0;
}
