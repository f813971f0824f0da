/*
 * FXSAVE and FXRSTOR, and what of floating point and SIMD CPUID offers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <cpuid.h>

#include "sse-internal.h"
#include "tcg-core.h"
#include "tcg-fp.h"

/* The image (SDM 1, 10.5.1), as far as the CPU writes it. */
#define FX_BYTES 416
#define FX_ST    32
#define FX_XMM   160

/* Op.size: XMM registers of this mode; Op.aux: pointers of 64 bits. */
static void put_image(const CPUX86State *env, const Op *op, uint8_t *buf)
{
    unsigned top = (env->fpus & FPUS_TOP) >> FPUS_TOP_SHIFT;

    host_st(buf, env->fpuc, 2);
    host_st(buf + 2, env->fpus, 2);
    buf[4] = ~env->fptags;
    host_st(buf + 6, env->fpop, 2);
    if (op->aux) {
        host_st(buf + 8, env->fpip, 8);
        host_st(buf + 16, env->fpdp, 8);
    } else {
        host_st(buf + 8, env->fpip, 4);
        host_st(buf + 12, env->fpcs, 2);
        host_st(buf + 16, env->fpdp, 4);
        host_st(buf + 20, env->fpds, 2);
    }
    host_st(buf + 24, env->mxcsr, 4);
    host_st(buf + 28, MXCSR_MASK, 4);
    for (unsigned i = 0; i < 8; i++) {
        const FPReg *r = &env->fpregs[(top + i) & 7];

        host_st(buf + FX_ST + 16 * i, r->mant, 8);
        host_st(buf + FX_ST + 16 * i + 8, r->se, 2);
    }
    memcpy(buf + FX_XMM, env->xmm, 16 * op->size);
}

/* Unlike elsewhere, an address that is not canonical comes first: with RSP or
 * RBP it is #SS, not #GP. */
static void check_address(TcgCpu *t, const Op *op, uint64_t a)
{
    if ((uint64_t)((int64_t)(a << 16) >> 16) != a) {
        tcg_raise_address(t, a, op);
    }
    if (a & 15) {
        sse_misaligned(t, op);
    }
}

const Op *op_fxsave(TcgCpu *t, const Op *op)
{
    unsigned bytes = FX_XMM + 16 * op->size;
    uint64_t a = op_ea(t, op);
    uint8_t buf[FX_BYTES] = {0};

    check_address(t, op, a);
    put_image(&t->env, op, buf);
    mem_check_write(t, a, bytes, op);
    mem_write_bytes(t, a, buf, bytes, op);
    NEXT(t, op);
}

static void get_image(TcgCpu *t, const Op *op, const uint8_t *buf)
{
    CPUX86State *env = &t->env;

    env->fpuc = (host_ld(buf, 2) & 0x1f3f) | 0x40;
    env->fpus = host_ld(buf + 2, 2);
    env->fptags = ~buf[4];
    env->fpop = host_ld(buf + 6, 2) & 0x7ff;
    if (op->aux) {
        env->fpip = host_ld(buf + 8, 8);
        env->fpdp = host_ld(buf + 16, 8);
    } else {
        env->fpip = host_ld(buf + 8, 4);
        env->fpcs = host_ld(buf + 12, 2);
        env->fpdp = host_ld(buf + 16, 4);
        env->fpds = host_ld(buf + 20, 2);
    }
    for (unsigned i = 0; i < 8; i++) {
        FPReg *r = fpu_st(t, i);

        r->mant = host_ld(buf + FX_ST + 16 * i, 8);
        r->se = host_ld(buf + FX_ST + 16 * i + 8, 2);
    }
    env->mxcsr = host_ld(buf + 24, 4);
    memcpy(env->xmm, buf + FX_XMM, 16 * op->size);
    fpu_update_es(t);
}

const Op *op_fxrstor(TcgCpu *t, const Op *op)
{
    uint64_t a = op_ea(t, op);
    uint8_t buf[FX_BYTES];

    check_address(t, op, a);
    mem_read_bytes(t, a, buf, FX_XMM + 16 * op->size, op);
    if (host_ld(buf + 24, 4) & ~MXCSR_MASK) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    get_image(t, op, buf);
    NEXT(t, op);
}

/* A CPU may leave out the checks for CR4.OSFXSR here, and so do we. */
static void gen_fx(Decoder *d, OpFn *fn, bool write)
{
    Op *op;

    if (!gen_need_mmx(d)) {
        return;
    }
    op = gen_sse_op(d, -1, 0, NULL, fn, write);
    op->aux = d->insn.raw.rex.W;
    op->size = d->mode & MODE_CS64 ? 16 : 8;
}

void gen_fxsave(Decoder *d)
{
    gen_fx(d, op_fxsave, true);
}

void gen_fxrstor(Decoder *d)
{
    gen_fx(d, op_fxrstor, false);
}

uint32_t tcg_fp_features(int w)
{
    uint32_t a, b, c, d;

    if (w == FEAT_1_EDX || w == FEAT_8000_0001_EDX) {
        uint32_t both = CPUID_1_EDX_FPU | CPUID_1_EDX_MMX | CPUID_1_EDX_FXSR;

        return w == FEAT_1_EDX ? both | CPUID_1_EDX_SSE | CPUID_1_EDX_SSE2
                               : both;
    }
    if (w != FEAT_1_ECX || !__get_cpuid(1, &a, &b, &c, &d)) {
        return 0;
    }
    return c & (CPUID_1_ECX_SSE3 | CPUID_1_ECX_SSSE3 | CPUID_1_ECX_SSE41 |
                CPUID_1_ECX_SSE42 | CPUID_1_ECX_AES | CPUID_1_ECX_PCLMULQDQ);
}
