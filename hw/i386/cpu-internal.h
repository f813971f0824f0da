/*
 * hw/i386's inside of the CPU types.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_CPU_INTERNAL_H
#define HW_I386_CPU_INTERNAL_H

#include "hw/i386/cpu.h"

/* A CPUID word: where it is, for messages, and the names of its bits. */
typedef struct X86FeatureWordInfo {
    uint32_t leaf;
    int subleaf; /* -1: the leaf has none */
    const char *reg;
    const char *names[32];
} X86FeatureWordInfo;
extern const X86FeatureWordInfo x86_feature_words[FEAT_COUNT];

/* A boolean property for every named bit, and for the names under which QEMU
 * knows it too: "sse4-1" and "sse4_1" are "sse4.1". */
void x86_cpu_add_feature_props(DeviceClass *dc);
/* All named bits of a word. */
uint32_t x86_feature_named_bits(X86FeatureWord w);
/* Takes away what the accelerator cannot do, with a warning for each (check)
 * or an error (enforce). */
bool x86_cpu_filter_features(X86CPU *cpu, Error **errp);
/* The features that a model has on accelerator `accel`. */
void x86_cpu_model_features(const X86CPUClass *xcc, uint32_t *features);

#endif
