/*
 * MMX and SSE: what the files of handlers (op-mmx.c, op-sse-*.c) and the
 * generators (gen-sse*.c) share.
 *
 * The host is x86-64 as well, so most handlers execute the guest's own
 * instruction on the guest's operands, in inline assembly. Instructions beyond
 * SSE2 are reached only where the host has them (tcg_fp_features()).
 *
 * Op.r1, r2 of an XMM or MMX register are byte offsets into env.xmm or
 * env.fpregs, 16 * number in both cases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_SSE_INTERNAL_H
#define ACCEL_TCG_SSE_INTERNAL_H

#include <emmintrin.h>

#include "tcg-internal.h"
#include "fpu-internal.h"

typedef __m128i V;

#define XMM(t, off) (*(V *)((uint8_t *)(t)->env.xmm + (off)))
#define XMM_REG(t, off) ((XMMReg *)((uint8_t *)(t)->env.xmm + (off)))
#define MMX_REG(t, off) ((FPReg *)((uint8_t *)(t)->env.fpregs + (off)))
#define MMX(t, off) (MMX_REG(t, off)->mant)

/* ------------------------------------------------------------ 16 bytes */

/* Finishes op, a store of XMM r1: in two accesses, the whole of it faults
 * before its first byte is written. */
OpFn sse_st_slow;
/* #GP(0) where an operand has to be aligned. */
NORETURN void sse_misaligned(TcgCpu *t, const Op *op);

static ALWAYS_INLINE V sse_ld_u(TcgCpu *t, uint64_t a, const Op *op)
{
    TlbEntry *e = tlb_entry(t, a);

    if (likely(e->read == ((a + 15) & TCG_PAGE_MASK))) {
        return _mm_loadu_si128((const V *)(a + e->addend));
    }
    uint64_t low = mem_ld_cold(t, a, 8, op);

    return _mm_set_epi64x(mem_ld_cold(t, a + 8, 8, op), low);
}

static ALWAYS_INLINE V sse_ld_a(TcgCpu *t, uint64_t a, const Op *op)
{
    if (unlikely(a & 15)) {
        sse_misaligned(t, op);
    }
    return sse_ld_u(t, a, op);
}

/* op's memory operand of `size` bytes (a constant), upper bytes zero. Only
 * operands of 16 bytes are aligned. */
static ALWAYS_INLINE V sse_ld_operand(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t a = op_ea(t, op);

    return size == 16 ? sse_ld_a(t, a, op)
                      : _mm_cvtsi64_si128(mem_ld(t, a, size, op));
}

/* ------------------------------------------------------------------ MMX */

/* Before an MMX instruction does anything: a pending x87 exception. */
static ALWAYS_INLINE void mmx_check(TcgCpu *t, const Op *op)
{
    if (unlikely(t->env.fpus & FPUS_ES)) {
        fpu_pending(t, op);
    }
}

/* Once it cannot fault any more: TOP is 0, all registers are valid. */
static ALWAYS_INLINE void mmx_touch(TcgCpu *t)
{
    t->env.fpus &= ~FPUS_TOP;
    t->env.fptags = 0;
}

static ALWAYS_INLINE void mmx_set(TcgCpu *t, unsigned off, uint64_t v)
{
    mmx_touch(t);
    MMX_REG(t, off)->mant = v;
    MMX_REG(t, off)->se = 0xffff;
}

/* --------------------------------------------------------- floating point */

/* How underflow shows in a result, for the unmasked exception (it is raised
 * for exact results too): where results are. */
typedef enum SseTiny {
    TINY_NONE,
    TINY_S1,
    TINY_S4,
    TINY_D1,
    TINY_D2,
} SseTiny;

#define MXCSR_FLAGS   0x003fu
#define MXCSR_DEFAULT 0x1f80u /* also the host's, whenever C code runs */
#define MXCSR_DAZ     0x0040u
#define MXCSR_UM      0x0800u
#define MXCSR_FTZ     0x8000u
#define MXCSR_MASK    0xffffu

/* The MXCSR to execute a guest's instruction under: its rounding, nothing
 * unmasked, no flags. */
static ALWAYS_INLINE uint32_t sse_host_mxcsr(const TcgCpu *t)
{
    uint32_t v = (t->env.mxcsr & ~MXCSR_FLAGS) | MXCSR_DEFAULT;

    /* Flush-to-zero does nothing while underflow is unmasked. */
    return t->env.mxcsr & MXCSR_UM ? v : v & ~MXCSR_FTZ;
}

/* Takes over the flags that an instruction raised, and raises the exception
 * if one is unmasked: then it does not return, and nothing was changed but
 * MXCSR. */
void sse_flags(TcgCpu *t, const Op *op, uint32_t csr, SseTiny tiny, V result);

/* To pass constraints with commas through a macro. */
#define L(...) __VA_ARGS__

/*
 * Executes `text`, which must leave its inputs alone (it may run twice), and
 * accounts for MXCSR exactly. The host's MXCSR is loaded only if it matters:
 * with default control bits the instruction runs as the CPU is, and the flags
 * it leaves tell whether any is new to the guest. Only then it runs again, to
 * see which are its own.
 */
#define SSE_EXEC(t, op, tiny, result, text, out, in) \
    do { \
        uint32_t csr_; \
        if (likely(((t)->env.mxcsr & ~MXCSR_FLAGS) == MXCSR_DEFAULT)) { \
            asm volatile(text "\n\tstmxcsr %[csr]" \
                         : [csr] "=m"(csr_), out \
                         : in); \
            if (likely(!(csr_ & ~(t)->env.mxcsr))) { \
                break; \
            } \
        } \
        const uint32_t host_ = sse_host_mxcsr(t), default_ = MXCSR_DEFAULT; \
        asm volatile("ldmxcsr %[host]\n\t" text "\n\t" \
                     "stmxcsr %[csr]\n\tldmxcsr %[def]" \
                     : [csr] "=m"(csr_), out \
                     : in, [host] "m"(host_), [def] "m"(default_)); \
        sse_flags(t, op, csr_, tiny, result); \
    } while (0)

/* ------------------------------------------------------------------ tables */

/* The handlers of an instruction with operands "register, register/memory"
 * and perhaps an immediate, which they find in Op.imm. */
typedef struct SseEntry {
    ZydisMnemonic mnemonic;
    OpFn *xr, *xm; /* XMM from register, from memory */
    OpFn *mr, *mm; /* MMX */
    OpFn *xi, *mi; /* by an immediate (shifts) */
} SseEntry;

/* Terminated by an entry of zeros. */
extern const SseEntry tcg_sse_int[];  /* op-sse-int.c */
extern const SseEntry tcg_sse_int4[]; /* op-sse-int4.c: beyond SSE2 */
extern const SseEntry tcg_sse_mmx[];  /* op-mmx.c: unlike their XMM form */
extern const SseEntry tcg_sse_fp[];   /* op-sse-fp.c */
extern const SseEntry tcg_sse_imm[];  /* op-sse-imm.c */
extern const SseEntry tcg_sse_cvt[];  /* op-sse-cvt.c: writing registers */
extern const SseEntry tcg_sse_cc[];   /* op-sse-cvt.c, op-sse-string.c */

/* op-sse-move.c */
OpFn op_xmm_mov, op_xmm_ld16a, op_xmm_ld16u, op_xmm_st16a, op_xmm_st16u,
    op_xmm_ld8, op_xmm_ld4, op_xmm_ld_low, op_xmm_ld_high, op_xmm_st8,
    op_xmm_st4, op_xmm_st_high, op_movhlps, op_movlhps, op_movss, op_movsd,
    op_movq, op_xmm_from_r32, op_xmm_from_r64, op_r32_from_xmm, op_r64_from_xmm,
    op_pmovmskb_xmm, op_movmskps, op_movmskpd, op_mmx_mov, op_mmx_ld8,
    op_mmx_ld4, op_mmx_st8, op_mmx_st4, op_mmx_from_r32, op_mmx_from_r64,
    op_r32_from_mmx, op_r64_from_mmx, op_movq2dq, op_movdq2q, op_pmovmskb_mmx,
    op_emms, op_maskmovdqu, op_maskmovq, op_pextr, op_pextr_m1, op_pextr_m2,
    op_pextr_m4, op_pextr_m8, op_pinsr, op_pinsr_m1, op_pinsr_m2, op_pinsr_m4,
    op_pinsr_m8, op_pextrw_mmx, op_pinsrw_mmx, op_pinsrw_mmx_m;
/* op-sse-cvt.c; the number is the bits of the integer */
OpFn xr_cvtsi2ss32, xm_cvtsi2ss32, xr_cvtsi2ss64, xm_cvtsi2ss64,
    xr_cvtsi2sd32, xm_cvtsi2sd32, xr_cvtsi2sd64, xm_cvtsi2sd64, xr_cvtss2si32,
    xm_cvtss2si32, xr_cvtss2si64, xm_cvtss2si64, xr_cvtsd2si32, xm_cvtsd2si32,
    xr_cvtsd2si64, xm_cvtsd2si64, xr_cvttss2si32, xm_cvttss2si32,
    xr_cvttss2si64, xm_cvttss2si64, xr_cvttsd2si32, xm_cvttsd2si32,
    xr_cvttsd2si64, xm_cvttsd2si64, op_ldmxcsr, op_stmxcsr;
/* op-sse-string.c */
OpFn xr_pcmpestri, xm_pcmpestri, xr_pcmpestrm, xm_pcmpestrm, xr_pcmpistri,
    xm_pcmpistri, xr_pcmpistrm, xm_pcmpistrm;
/* op-fxsave.c */
OpFn op_fxsave, op_fxrstor;

/* ------------------------------------------------------------- generators */

/* What every generator begins with: the instruction exists on this CPU, and
 * CR0 and CR4 allow it. False: an exception was generated. */
bool gen_sse_begin(Decoder *d);
/* Offset of an XMM or MMX register. */
uint8_t gen_sse_reg(const ZydisDecodedOperand *o);
/* An Op with r1 from operand `dest` (XMM or MMX; -1: none), and as source
 * operand `src`, XMM or MMX register (fn r) or memory (fn m). Tells the flag
 * pass that flags do not matter to it. */
Op *gen_sse_op(Decoder *d, int dest, int src, OpFn *r, OpFn *m, bool write);

/* gen-sse-move.c */
GenFn gen_mov_aligned, gen_mov_unaligned, gen_movd, gen_mov_high, gen_mov_low,
    gen_movss, gen_movhlps, gen_movlhps, gen_movmskps, gen_movmskpd,
    gen_pmovmskb, gen_movq2dq, gen_movdq2q, gen_maskmov, gen_pextr, gen_pinsr,
    gen_movntq, gen_emms, gen_from_integer, gen_to_integer, gen_ldmxcsr,
    gen_stmxcsr, gen_fxsave, gen_fxrstor;

static inline bool opnd_is_reg(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_REGISTER;
}
static inline bool opnd_is_mem(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_MEMORY;
}
static inline bool opnd_is_class(const ZydisDecodedOperand *o,
                                 ZydisRegisterClass class)
{
    return opnd_is_reg(o) && ZydisRegisterGetClass(o->reg.value) == class;
}
#define opnd_is_xmm(o) opnd_is_class(o, ZYDIS_REGCLASS_XMM)
#define opnd_is_mmx(o) opnd_is_class(o, ZYDIS_REGCLASS_MMX)

#endif
