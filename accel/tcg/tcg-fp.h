/*
 * Floating point and SIMD of the software CPU: what CPUID may say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_TCG_FP_H
#define ACCEL_TCG_TCG_FP_H

#include "util/osdep.h"

#define CPUID_1_EDX_FPU  (1u << 0)
#define CPUID_1_EDX_MMX  (1u << 23)
#define CPUID_1_EDX_FXSR (1u << 24)
#define CPUID_1_EDX_SSE  (1u << 25)
#define CPUID_1_EDX_SSE2 (1u << 26)

#define CPUID_1_ECX_SSE3      (1u << 0)
#define CPUID_1_ECX_PCLMULQDQ (1u << 1)
#define CPUID_1_ECX_SSSE3     (1u << 9)
#define CPUID_1_ECX_SSE41     (1u << 19)
#define CPUID_1_ECX_SSE42     (1u << 20)
#define CPUID_1_ECX_AES       (1u << 25)

/* The x87, MMX and SSE bits of CPUID word w (X86FeatureWord) that can be
 * offered: what is beyond SSE2 needs a host that has it. [any] */
uint32_t tcg_fp_features(int w);

#endif
