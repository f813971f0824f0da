/*
 * MMX and SSE instructions by shape: each list makes handlers in an op-*.c
 * file, that file's table, and entries of tcg_gen_sse[].
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_SSE_LIST_H
#define ACCEL_TCG_SSE_LIST_H

/* MMX and SSE2 alike: the MMX form is the lower half of the XMM form.
 * X(mnemonic, instruction, bytes of the MMX memory operand) */
#define SSE_LIST_BOTH(X) \
    X(PADDB, paddb, 8) X(PADDW, paddw, 8) X(PADDD, paddd, 8) \
    X(PADDQ, paddq, 8) X(PADDSB, paddsb, 8) X(PADDSW, paddsw, 8) \
    X(PADDUSB, paddusb, 8) X(PADDUSW, paddusw, 8) X(PSUBB, psubb, 8) \
    X(PSUBW, psubw, 8) X(PSUBD, psubd, 8) X(PSUBQ, psubq, 8) \
    X(PSUBSB, psubsb, 8) X(PSUBSW, psubsw, 8) X(PSUBUSB, psubusb, 8) \
    X(PSUBUSW, psubusw, 8) X(PMULLW, pmullw, 8) X(PMULHW, pmulhw, 8) \
    X(PMULHUW, pmulhuw, 8) X(PMADDWD, pmaddwd, 8) X(PMULUDQ, pmuludq, 8) \
    X(PSADBW, psadbw, 8) X(PAVGB, pavgb, 8) X(PAVGW, pavgw, 8) \
    X(PMINUB, pminub, 8) X(PMAXUB, pmaxub, 8) X(PMINSW, pminsw, 8) \
    X(PMAXSW, pmaxsw, 8) X(PAND, pand, 8) X(PANDN, pandn, 8) X(POR, por, 8) \
    X(PXOR, pxor, 8) X(PCMPEQB, pcmpeqb, 8) X(PCMPEQW, pcmpeqw, 8) \
    X(PCMPEQD, pcmpeqd, 8) X(PCMPGTB, pcmpgtb, 8) X(PCMPGTW, pcmpgtw, 8) \
    X(PCMPGTD, pcmpgtd, 8) X(PUNPCKLBW, punpcklbw, 4) \
    X(PUNPCKLWD, punpcklwd, 4) X(PUNPCKLDQ, punpckldq, 4)

/* The same, with an immediate form. X(mnemonic, instruction) */
#define SSE_LIST_SHIFT(X) \
    X(PSLLW, psllw) X(PSLLD, pslld) X(PSLLQ, psllq) X(PSRLW, psrlw) \
    X(PSRLD, psrld) X(PSRLQ, psrlq) X(PSRAW, psraw) X(PSRAD, psrad)

/* SSSE3, MMX and XMM alike. */
#define SSE_LIST_BOTH3(X) \
    X(PABSB, pabsb, 8) X(PABSW, pabsw, 8) X(PABSD, pabsd, 8) \
    X(PSIGNB, psignb, 8) X(PSIGNW, psignw, 8) X(PSIGND, psignd, 8) \
    X(PMULHRSW, pmulhrsw, 8) X(PMADDUBSW, pmaddubsw, 8)

/* MMX and XMM forms differ: how the MMX form comes from the XMM instruction
 * (op-mmx.c). X(mnemonic, instruction, how) */
#define SSE_LIST_UNLIKE(X) \
    X(PUNPCKHBW, punpckhbw, HIGH) X(PUNPCKHWD, punpckhwd, HIGH) \
    X(PUNPCKHDQ, punpckhdq, HIGH) X(PACKSSWB, packsswb, JOIN) \
    X(PACKUSWB, packuswb, JOIN) X(PACKSSDW, packssdw, JOIN)

/* SSSE3, unlike. */
#define SSE_LIST_UNLIKE3(X) \
    X(PHADDW, phaddw, JOIN) X(PHADDD, phaddd, JOIN) X(PHADDSW, phaddsw, JOIN) \
    X(PHSUBW, phsubw, JOIN) X(PHSUBD, phsubd, JOIN) X(PHSUBSW, phsubsw, JOIN) \
    X(PSHUFB, pshufb, TWICE)

/* XMM only, no floating-point flags. X(mnemonic, instruction, bytes of the
 * memory operand) */
#define SSE_LIST_XMM(X) \
    X(PUNPCKLQDQ, punpcklqdq, 16) X(PUNPCKHQDQ, punpckhqdq, 16) \
    X(ANDPS, andps, 16) X(ANDPD, andpd, 16) X(ANDNPS, andnps, 16) \
    X(ANDNPD, andnpd, 16) X(ORPS, orps, 16) X(ORPD, orpd, 16) \
    X(XORPS, xorps, 16) X(XORPD, xorpd, 16) X(UNPCKLPS, unpcklps, 16) \
    X(UNPCKLPD, unpcklpd, 16) X(UNPCKHPS, unpckhps, 16) \
    X(UNPCKHPD, unpckhpd, 16) X(RCPPS, rcpps, 16) X(RSQRTPS, rsqrtps, 16) \
    X(RCPSS, rcpss, 4) X(RSQRTSS, rsqrtss, 4) X(CVTDQ2PD, cvtdq2pd, 8)

/* The same, of SSE3 and later. */
#define SSE_LIST_XMM4(X) \
    X(MOVSHDUP, movshdup, 16) X(MOVSLDUP, movsldup, 16) X(PMULDQ, pmuldq, 16) \
    X(PMULLD, pmulld, 16) X(PMINSB, pminsb, 16) X(PMINSD, pminsd, 16) \
    X(PMINUW, pminuw, 16) X(PMINUD, pminud, 16) X(PMAXSB, pmaxsb, 16) \
    X(PMAXSD, pmaxsd, 16) X(PMAXUW, pmaxuw, 16) X(PMAXUD, pmaxud, 16) \
    X(PACKUSDW, packusdw, 16) X(PHMINPOSUW, phminposuw, 16) \
    X(PCMPEQQ, pcmpeqq, 16) X(PCMPGTQ, pcmpgtq, 16) X(AESENC, aesenc, 16) \
    X(AESENCLAST, aesenclast, 16) X(AESDEC, aesdec, 16) \
    X(AESDECLAST, aesdeclast, 16) X(AESIMC, aesimc, 16) \
    X(MOVDDUP, movddup, 8) X(PMOVSXBW, pmovsxbw, 8) X(PMOVSXBD, pmovsxbd, 4) \
    X(PMOVSXBQ, pmovsxbq, 2) X(PMOVSXWD, pmovsxwd, 8) \
    X(PMOVSXWQ, pmovsxwq, 4) X(PMOVSXDQ, pmovsxdq, 8) \
    X(PMOVZXBW, pmovzxbw, 8) X(PMOVZXBD, pmovzxbd, 4) \
    X(PMOVZXBQ, pmovzxbq, 2) X(PMOVZXWD, pmovzxwd, 8) \
    X(PMOVZXWQ, pmovzxwq, 4) X(PMOVZXDQ, pmovzxdq, 8)

/* Floating point with flags. X(mnemonic, instruction, bytes of the memory
 * operand, where tiny results are) */
#define SSE_LIST_FP(X) \
    X(ADDPS, addps, 16, S4) X(ADDPD, addpd, 16, D2) X(ADDSS, addss, 4, S1) \
    X(ADDSD, addsd, 8, D1) X(SUBPS, subps, 16, S4) X(SUBPD, subpd, 16, D2) \
    X(SUBSS, subss, 4, S1) X(SUBSD, subsd, 8, D1) X(MULPS, mulps, 16, S4) \
    X(MULPD, mulpd, 16, D2) X(MULSS, mulss, 4, S1) X(MULSD, mulsd, 8, D1) \
    X(DIVPS, divps, 16, S4) X(DIVPD, divpd, 16, D2) X(DIVSS, divss, 4, S1) \
    X(DIVSD, divsd, 8, D1) X(SQRTPS, sqrtps, 16, NONE) \
    X(SQRTPD, sqrtpd, 16, NONE) X(SQRTSS, sqrtss, 4, NONE) \
    X(SQRTSD, sqrtsd, 8, NONE) X(MINPS, minps, 16, NONE) \
    X(MINPD, minpd, 16, NONE) X(MINSS, minss, 4, NONE) \
    X(MINSD, minsd, 8, NONE) X(MAXPS, maxps, 16, NONE) \
    X(MAXPD, maxpd, 16, NONE) X(MAXSS, maxss, 4, NONE) \
    X(MAXSD, maxsd, 8, NONE) X(CVTPD2PS, cvtpd2ps, 16, S4) \
    X(CVTSD2SS, cvtsd2ss, 8, S1) X(CVTPS2PD, cvtps2pd, 8, NONE) \
    X(CVTSS2SD, cvtss2sd, 4, NONE) X(CVTDQ2PS, cvtdq2ps, 16, NONE) \
    X(CVTPS2DQ, cvtps2dq, 16, NONE) X(CVTTPS2DQ, cvttps2dq, 16, NONE) \
    X(CVTPD2DQ, cvtpd2dq, 16, NONE) X(CVTTPD2DQ, cvttpd2dq, 16, NONE)

/* The same, SSE3. */
#define SSE_LIST_FP3(X) \
    X(ADDSUBPS, addsubps, 16, S4) X(ADDSUBPD, addsubpd, 16, D2) \
    X(HADDPS, haddps, 16, S4) X(HADDPD, haddpd, 16, D2) \
    X(HSUBPS, hsubps, 16, S4) X(HSUBPD, hsubpd, 16, D2)

#endif
