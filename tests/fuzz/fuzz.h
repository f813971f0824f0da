/*
 * What a fuzz target is made of: libFuzzer's two functions, and seeds.
 *
 * With -Dfuzz=true (clang) each target is linked with libFuzzer. In every
 * build it is also linked with driver.c, which mutates the seeds without
 * feedback: meson runs that briefly as a test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/* Once, before any input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
/* One input, from a clean state to a clean state. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the driver starts from; ends with NULL. Text, without the final 0. */
extern const char *const fuzz_seeds[];

#endif
