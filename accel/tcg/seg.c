/*
 * The software CPU's segments: reading descriptors, the checks that loading a
 * segment register makes, limits.
 *
 * A segment register's DPL in SS is the privilege level; a null SS of 64-bit
 * code therefore keeps its DPL although nothing else of it is valid. A null
 * selector has flags without P, so that checks find it unusable.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

bool tcg_fetch_desc(TcgCpu *t, const Op *op, uint16_t sel, Desc *d)
{
    const SegmentCache *table = sel & 4 ? &t->env.ldt : &t->env.gdt;
    uint32_t index = sel & ~7u;
    uint64_t v;

    if (unlikely(index + 7 > table->limit)) {
        return false;
    }
    d->addr = sys_linear(t, table->base + index);
    v = kernel_ld(t, d->addr, 8, op);
    d->lo = v;
    d->hi = v >> 32;
    return true;
}

uint32_t tcg_fetch_desc_high(TcgCpu *t, const Op *op, uint16_t sel,
                             const Desc *d)
{
    const SegmentCache *table = sel & 4 ? &t->env.ldt : &t->env.gdt;
    uint64_t v;

    if ((sel & ~7u) + 15 > table->limit) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    v = kernel_ld(t, d->addr + 8, 8, op);
    if (v >> 32 & 0x1f00) { /* a type where the halves of two would meet */
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    return v;
}

void tcg_mark_accessed(TcgCpu *t, const Op *op, Desc *d)
{
    if (unlikely(!(d->hi & DESC_A_MASK))) {
        d->hi |= DESC_A_MASK;
        /* One byte: the others may be written by other CPUs meanwhile. */
        mem_st_kernel(t, d->addr + 5, d->hi >> 8 & 0xff, 1, op);
    }
}

SegmentCache tcg_desc_cache(uint16_t sel, const Desc *d)
{
    return (SegmentCache){
        .selector = sel,
        .limit = desc_limit(d),
        .flags = d->hi & DESC_FLAGS,
        .base = desc_base(d),
    };
}

void tcg_load_seg(TcgCpu *t, int seg, uint16_t selector, uint64_t base,
                  uint32_t limit, uint32_t flags)
{
    SegmentCache *s = &t->env.segs[seg];

    s->selector = selector;
    s->base = base;
    s->limit = limit;
    s->flags = flags;
    if (t->mode & MODE_CS64 && seg < R_FS) {
        base = 0;
    }
    REG64(t, SLOT_SEG_BASE + 8 * seg) = base;
}

void tcg_load_desc(TcgCpu *t, int seg, uint16_t sel, const Desc *d)
{
    tcg_load_seg(t, seg, sel, desc_base(d), desc_limit(d), d->hi & DESC_FLAGS);
}

void tcg_load_null(TcgCpu *t, int seg, uint16_t sel, unsigned dpl)
{
    tcg_load_seg(t, seg, sel, 0, 0, seg == R_SS ? dpl << DESC_DPL_SHIFT : 0);
}

bool tcg_check_ss(TcgCpu *t, const Op *op, uint16_t sel, unsigned cpl,
                  bool null_ok, int vector, Desc *d)
{
    if (sel_is_null(sel)) {
        if (!null_ok || cpl == 3) {
            tcg_raise_err(t, op, vector, 0);
        }
        if ((sel & 3) != cpl) {
            tcg_raise_sel(t, op, vector, sel);
        }
        return false;
    }
    if (!tcg_fetch_desc(t, op, sel, d) || (sel & 3) != cpl ||
        !desc_is_writable_data(d->hi) || desc_dpl(d->hi) != cpl) {
        tcg_raise_sel(t, op, vector, sel);
    }
    if (!(d->hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0C_STACK, sel);
    }
    return true;
}

static void check_data_seg(TcgCpu *t, const Op *op, uint16_t sel, Desc *d)
{
    unsigned cpl = tcg_cpl(t), rpl = sel & 3, dpl;

    if (!tcg_fetch_desc(t, op, sel, d) || !(d->hi & DESC_S_MASK) ||
        (d->hi & (DESC_CS_MASK | DESC_R_MASK)) == DESC_CS_MASK) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    dpl = desc_dpl(d->hi);
    if ((d->hi & (DESC_CS_MASK | DESC_C_MASK)) !=
            (DESC_CS_MASK | DESC_C_MASK) &&
        (rpl > dpl || cpl > dpl)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    if (!(d->hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, sel);
    }
}

void tcg_move_to_seg(TcgCpu *t, const Op *op, int seg, uint16_t sel)
{
    const SegmentCache *s = &t->env.segs[seg];
    Desc d;

    if (!(t->mode & MODE_PE) || t->mode & MODE_VM) {
        /* Limit and attributes stay: "unreal mode" relies on it. */
        tcg_load_seg(t, seg, sel, (uint64_t)sel << 4, s->limit, s->flags);
        return;
    }
    if (seg == R_SS) {
        if (!tcg_check_ss(t, op, sel, tcg_cpl(t), t->mode & MODE_CS64,
                          EXCP0D_GPF, &d)) {
            tcg_load_null(t, seg, sel, tcg_cpl(t));
            return;
        }
    } else if (sel_is_null(sel)) {
        tcg_load_null(t, seg, sel, 0);
        return;
    } else {
        check_data_seg(t, op, sel, &d);
    }
    tcg_mark_accessed(t, op, &d);
    tcg_load_desc(t, seg, sel, &d);
}

void tcg_drop_inner_segs(TcgCpu *t, unsigned cpl)
{
    static const uint8_t data_segs[] = {R_ES, R_DS, R_FS, R_GS};

    for (unsigned i = 0; i < ARRAY_SIZE(data_segs); i++) {
        const SegmentCache *s = &t->env.segs[data_segs[i]];
        bool conforming = (s->flags & (DESC_CS_MASK | DESC_C_MASK)) ==
                          (DESC_CS_MASK | DESC_C_MASK);

        if (s->flags & DESC_P_MASK && !conforming && desc_dpl(s->flags) < cpl) {
            tcg_load_null(t, data_segs[i], 0, 0);
        }
    }
}

bool tcg_in_limit(const SegmentCache *s, uint32_t off, unsigned size)
{
    uint64_t last = (uint64_t)off + size - 1;

    if ((s->flags & (DESC_S_MASK | DESC_CS_MASK | DESC_E_MASK)) ==
        (DESC_S_MASK | DESC_E_MASK)) {
        return off > s->limit &&
               last <= (s->flags & DESC_B_MASK ? UINT32_MAX : 0xffff);
    }
    return last <= s->limit || s->limit == UINT32_MAX;
}

void tcg_check_limit(TcgCpu *t, const Op *op, int seg, uint32_t offset,
                     unsigned size, bool write)
{
    const SegmentCache *s = &t->env.segs[seg];
    int vector = seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF;

    if (t->mode & MODE_PE && !(t->mode & MODE_VM)) {
        uint32_t kind = s->flags & (DESC_CS_MASK | DESC_W_MASK);
        bool allowed = write ? kind == DESC_W_MASK : kind != DESC_CS_MASK;

        if (!(s->flags & DESC_P_MASK) || !allowed) {
            tcg_raise_err(t, op, vector, 0);
        }
    }
    if (!tcg_in_limit(s, offset, size)) {
        tcg_raise_err(t, op, vector, 0);
    }
}
