/*
 * Port I/O of the software CPU: permissions, IN, OUT, INS, OUTS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

/* The I/O permission bitmap of the TSS has all bits of the access clear. */
static bool bitmap_allows(TcgCpu *t, const Op *op, uint16_t port, unsigned size)
{
    const SegmentCache *tr = &t->env.tr;
    uint32_t off, bits;

    if (!(tr->flags & DESC_P_MASK) || !(desc_type(tr->flags) & 8) ||
        tr->limit < 0x67) {
        return false;
    }
    off = mem_ld_kernel(t, sys_linear(t, tr->base + 0x66), 2, op);
    off += port / 8;
    if (off + 1 > tr->limit) { /* two bytes are always read */
        return false;
    }
    bits = mem_ld_kernel(t, sys_linear(t, tr->base + off), 2, op);
    return !(bits >> (port & 7) & ((1u << size) - 1));
}

void tcg_check_io(TcgCpu *t, const Op *op, uint16_t port, unsigned size)
{
    unsigned iopl = (t->env.eflags & IOPL_MASK) >> IOPL_SHIFT;

    if (t->mode & MODE_PE && (tcg_cpl(t) > iopl || t->mode & MODE_VM) &&
        !bitmap_allows(t, op, port, size)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

uint32_t tcg_port_in(TcgCpu *t, uint16_t port, unsigned size)
{
    uint32_t v;

    bql_lock();
    v = address_space_ld(&address_space_io, port, size, NULL);
    bql_unlock();
    return v;
}

void tcg_port_out(TcgCpu *t, uint16_t port, uint32_t v, unsigned size)
{
    bql_lock();
    address_space_st(&address_space_io, port, v, size, NULL);
    bql_unlock();
}

/* aux: the port is in DX; else in imm. */
static uint16_t op_port(TcgCpu *t, const Op *op)
{
    return op->aux ? REG16(t, REG_OFF(R_EDX)) : op->imm;
}

const Op *tcg_op_in(TcgCpu *t, const Op *op)
{
    uint16_t port = op_port(t, op);
    uint32_t v;

    tcg_check_io(t, op, port, op->size);
    v = tcg_port_in(t, port, op->size);
    switch (op->size) {
    case 1:
        REG8(t, REG_OFF(R_EAX)) = v;
        break;
    case 2:
        REG16(t, REG_OFF(R_EAX)) = v;
        break;
    default:
        SET_REG32(t, REG_OFF(R_EAX), v);
        break;
    }
    NEXT(t, op);
}

const Op *tcg_op_out(TcgCpu *t, const Op *op)
{
    uint16_t port = op_port(t, op);

    tcg_check_io(t, op, port, op->size);
    tcg_port_out(t, port, t->env.regs[R_EAX], op->size);
    NEXT(t, op);
}

/* ------------------------------------------------------------- INS, OUTS */

/* Address size of the string in op->scale, REP in r3, segment in aux. */
static uint64_t addr_mask(const Op *op)
{
    return op->scale == 8 ? UINT64_MAX : op->scale == 4 ? UINT32_MAX : 0xffff;
}

static void set_count(TcgCpu *t, const Op *op, unsigned reg, uint64_t v)
{
    switch (op->scale) {
    case 2:
        REG16(t, REG_OFF(reg)) = v;
        break;
    case 4:
        SET_REG32(t, REG_OFF(reg), v);
        break;
    default:
        t->env.regs[reg] = v;
        break;
    }
}

static uint64_t string_linear(TcgCpu *t, const Op *op, int seg, unsigned reg,
                              bool write)
{
    uint64_t off = t->env.regs[reg] & addr_mask(op);

    if (t->mode & MODE_CS64) {
        return off + REG64(t, SLOT_SEG_BASE + 8 * seg);
    }
    tcg_check_limit(t, op, seg, off, op->size, write);
    return (uint32_t)(t->env.segs[seg].base + off);
}

static void one_ins(TcgCpu *t, const Op *op)
{
    uint16_t port = REG16(t, REG_OFF(R_EDX));
    uint64_t a;
    uint32_t v;

    tcg_check_io(t, op, port, op->size);
    a = string_linear(t, op, R_ES, R_EDI, true);
    mem_check_write(t, a, op->size, op); /* before the port is read */
    v = tcg_port_in(t, port, op->size);
    switch (op->size) {
    case 1:
        mem_st(t, a, v, 1, op);
        break;
    case 2:
        mem_st(t, a, v, 2, op);
        break;
    default:
        mem_st(t, a, v, 4, op);
        break;
    }
}

static void one_outs(TcgCpu *t, const Op *op)
{
    uint16_t port = REG16(t, REG_OFF(R_EDX));
    uint64_t a;
    uint32_t v;

    tcg_check_io(t, op, port, op->size);
    a = string_linear(t, op, op->aux, R_ESI, false);
    switch (op->size) {
    case 1:
        v = mem_ld(t, a, 1, op);
        break;
    case 2:
        v = mem_ld(t, a, 2, op);
        break;
    default:
        v = mem_ld(t, a, 4, op);
        break;
    }
    tcg_port_out(t, port, v, op->size);
}

/* One or all iterations; between two an interrupt may come. */
static inline const Op *string_io(TcgCpu *t, const Op *op, unsigned reg,
                                  void (*one)(TcgCpu *t, const Op *op))
{
    int step = t->env.eflags & DF_MASK ? -(int)op->size : op->size;
    uint64_t left;

    for (;;) {
        if (op->r3 && !(t->env.regs[R_ECX] & addr_mask(op))) {
            NEXT(t, op);
        }
        one(t, op);
        set_count(t, op, reg, t->env.regs[reg] + step);
        if (!op->r3) {
            NEXT(t, op);
        }
        left = t->env.regs[R_ECX] - 1;
        set_count(t, op, R_ECX, left);
        if (!(left & addr_mask(op))) {
            NEXT(t, op);
        }
        if (qatomic_read(t->interrupt)) {
            LEAVE(t, sys_rip(t, op));
        }
    }
}

const Op *tcg_op_ins(TcgCpu *t, const Op *op)
{
    return string_io(t, op, R_EDI, one_ins);
}

const Op *tcg_op_outs(TcgCpu *t, const Op *op)
{
    return string_io(t, op, R_ESI, one_outs);
}
