/*
 * Near branches. Direct jumps are tcore's Ops (gen_goto()); a conditional one
 * is followed by two of them, not taken and taken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-branch.h"

#define RSP(t) ((t)->env.regs[R_ESP])

/* Before anything has changed: an address that is not canonical, or beyond
 * the code segment. */
static ALWAYS_INLINE void check_target64(TcgCpu *t, const Op *op, uint64_t rip)
{
    if (unlikely((int64_t)(rip << 16) >> 16 != (int64_t)rip)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

static void check_target(TcgCpu *t, const Op *op, uint64_t rip)
{
    if (unlikely(rip > t->env.segs[R_CS].limit)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

/* ------------------------------------------------------------ 64-bit code */

static NOINLINE HANDLER(call_slow)
{
    uint64_t sp = RSP(t) - 8;

    mem_st_slow(t, sp, op->imm, 8, op);
    RSP(t) = sp;
    JUMP(t, tcg_follow(t, op + 1));
}
HANDLER(op_call64)
{
    uint64_t sp = RSP(t) - 8;
    void *p;

    if (unlikely(!probe_st(t, sp, 8, &p))) {
        return call_slow(t, op);
    }
    host_st(p, op->imm, 8);
    RSP(t) = sp;
    JUMP(t, tcg_follow(t, op + 1));
}

HANDLER(op_call_ind64)
{
    uint64_t rip = REG64(t, op->r1), sp = RSP(t) - 8;

    check_target64(t, op, rip);
    mem_st(t, sp, op->imm, 8, op);
    RSP(t) = sp;
    return tcg_jump(t, rip);
}

HANDLER(op_jmp_ind64)
{
    uint64_t rip = REG64(t, op->r1);

    check_target64(t, op, rip);
    return tcg_jump(t, rip);
}

/* imm: what RET pops besides. */
HANDLER(op_ret64)
{
    uint64_t sp = RSP(t), rip = mem_ld(t, sp, 8, op);

    check_target64(t, op, rip);
    RSP(t) = sp + 8 + op->imm;
    return tcg_jump(t, rip);
}

/* ---------------------------------------------------------- other modes */

/* A direct jump whose target (imm) is beyond the limit of CS. */
HANDLER(op_check_target)
{
    check_target(t, op, op->imm);
    NEXT(t, op);
}

HANDLER(op_call)
{
    tcg_push(t, op, op->imm, op->size);
    JUMP(t, tcg_follow(t, op + 1));
}

HANDLER(op_call_ind)
{
    uint64_t rip = zext(REG64(t, op->r1), op->size);

    check_target(t, op, rip);
    tcg_push(t, op, op->imm, op->size);
    return tcg_jump(t, rip);
}

HANDLER(op_jmp_ind)
{
    uint64_t rip = zext(REG64(t, op->r1), op->size);

    check_target(t, op, rip);
    return tcg_jump(t, rip);
}

HANDLER(op_ret)
{
    uint64_t rip = tcg_stack_ld(t, op, RSP(t), op->size);

    check_target(t, op, rip);
    set_sp(t, RSP(t) + op->size + op->imm);
    return tcg_jump(t, rip);
}

/* ------------------------------------------------------------ JCXZ, LOOP */

#define JUMP_IF(t, op, taken) \
    do { \
        const Op *to_ = (taken) ? (op) + 2 : (op) + 1; \
        JUMP(t, tcg_follow(t, to_)); \
    } while (0)

/* size is the address size: that of the counter. */
HANDLER(op_jcxz)
{
    JUMP_IF(t, op, zext(t->env.regs[R_ECX], op->size) == 0);
}

static uint64_t count_down(TcgCpu *t, const Op *op)
{
    uint64_t n = zext(t->env.regs[R_ECX] - 1, op->size);

    reg_st(t, REG_OFF(R_ECX), n, op->size);
    return n;
}

HANDLER(op_loop)
{
    JUMP_IF(t, op, count_down(t, op) != 0);
}
HANDLER(op_loope)
{
    bool z = tcg_cc_compute(t) & CC_Z;

    JUMP_IF(t, op, count_down(t, op) != 0 && z);
}
HANDLER(op_loopne)
{
    bool z = tcg_cc_compute(t) & CC_Z;

    JUMP_IF(t, op, count_down(t, op) != 0 && !z);
}
