/*
 * The loop of a software CPU.
 *
 * tcg_cpu_exec() delivers what is pending, finds the block at RIP and calls its
 * first handler. From there handlers hand over to each other, from block to
 * block too: a direct jump within a page is linked to its target (Op.link),
 * any other transfer goes through tcg_goto() and its jump cache. Both look at
 * exit_request, so a CPU that is kicked is back here within a block.
 *
 * An exception is a longjmp to tcg_cpu_exec(), with env.rip at the faulting
 * instruction; registers are always current, so nothing has to be restored.
 *
 * Single step and interrupt shadow: blocks for such modes hold one instruction
 * and are in no jump cache. Only the loop enters them, with `interrupt`
 * pointing to a word that is always 1, so that every transfer leaves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"
#include "accel/tcg/tcg-sys.h"

enum { JMP_LEAVE = 2 }; /* any other value: an exception was raised */

uint32_t tcg_always_interrupted = 1;

/* ------------------------------------------------------------------ handlers */

static const Op *op_leave(TcgCpu *t, const Op *op)
{
    return NULL;
}

/* A block of one Op that goes back to the loop; env.rip is set. */
static const Op leave_op = {.fn = op_leave};

const Op *tcg_op_stale(TcgCpu *t, const Op *op)
{
    LEAVE(t, tcg_truncate_rip(op_block(op)->mode, op_rip(op)));
}

static COLD const Op *goto_slow(TcgCpu *t, uint64_t rip)
{
    Block *b;

    t->env.rip = rip;
    if (qatomic_read(t->interrupt) || (t->mode & MODE_SINGLE)) {
        return &leave_op;
    }
    b = tcg_find_block(t, rip);
    if (b->host && !b->host2) {
        t->blocks->jc[jc_index(rip)] = b;
    }
    return b->ops;
}

/* The block at rip if the jump cache has it and it may be entered. */
static ALWAYS_INLINE const Op *jump_cache_get(TcgCpu *t, uint64_t rip)
{
    const Block *b = t->blocks->jc[jc_index(rip)];
    uint64_t linear = t->cs_base + rip;
    const TlbEntry *e = tlb_entry(t, linear);

    if (likely(b->rip == rip && b->mode == t->mode &&
               b->cs_base == t->cs_base &&
               e->exec == (linear & TCG_PAGE_MASK) &&
               (uint8_t *)(e->addend + linear) == b->host &&
               !qatomic_read(t->interrupt))) {
        return b->ops;
    }
    return NULL;
}

const Op *tcg_goto(TcgCpu *t, uint64_t rip)
{
    const Op *op = jump_cache_get(t, rip);

    return likely(op) ? op : goto_slow(t, rip);
}

const Op *tcg_jump(TcgCpu *t, uint64_t rip)
{
    const Op *op = jump_cache_get(t, rip);

    if (unlikely(!op)) {
        op = goto_slow(t, rip);
    }
    JUMP(t, op);
}

/*
 * The target of a jump that is not linked yet. Linked are only blocks that lie
 * wholly in the jump's page: its translation is known to hold.
 */
static COLD const Op *goto_link(TcgCpu *t, const Op *op)
{
    uint32_t generation = t->blocks->generation;
    const Block *block = op_block(op);
    uint32_t mode = block->mode;
    const uint8_t *host = block->invalid ? NULL : block->host;
    const Op *next = tcg_goto(t, goto_target(op));
    Block *to;

    /* The block itself may be gone now. A jump that leads to itself looks as if
     * it was not linked, and must not be once more each time. */
    if (!host || next == op || next == &leave_op || t->blocks->generation != generation) {
        return next;
    }
    to = container_of(next, Block, ops);
    if (to->mode == mode && to->host && !to->host2 &&
        ((uintptr_t)to->host ^ (uintptr_t)host) < TCG_PAGE_SIZE) {
        tcg_block_link(t, op, to);
    }
    return next;
}

const Op *tcg_op_goto(TcgCpu *t, const Op *op)
{
    const Op *next = op->link;

    if (unlikely(qatomic_read(t->interrupt))) {
        LEAVE(t, goto_target(op));
    }
    if (unlikely(next == op)) {
        next = goto_link(t, op);
    }
    JUMP(t, next);
}

const Op *tcg_op_goto_far(TcgCpu *t, const Op *op)
{
    const Op *next = jump_cache_get(t, goto_target(op));

    if (unlikely(!next)) {
        next = goto_slow(t, goto_target(op));
    }
    JUMP(t, next);
}

/* ---------------------------------------------------------------------- loop */

static void run(TcgCpu *t, const Op *op)
{
#if TCG_TAIL_CALLS
    op->fn(t, op);
#else
    do {
        op = op->fn(t, op);
    } while (op);
#endif
}

/* One instruction under a single step, or in an interrupt shadow. */
static void run_single(TcgCpu *t)
{
    uint32_t mode = t->mode;
    const Block *b = tcg_find_block(t, t->env.rip);

    t->interrupt = &tcg_always_interrupted;
    run(t, b->ops);
    t->interrupt = &t->cpu->parent_obj.exit_request;
    tcg_end_single(t, mode);
}

NORETURN void tcg_leave(TcgCpu *t)
{
    siglongjmp(t->jmp, JMP_LEAVE);
}

/* What a handler left behind that did not come to its end. */
static void after_longjmp(TcgCpu *t)
{
    t->interrupt = &t->cpu->parent_obj.exit_request;
    t->mmu->watch_hit = false;
    while (t->mmu->lock_depth) {
        mem_lock_end(t);
    }
}

void tcg_cpu_exec(CPUState *cs)
{
    TcgCpu *t = TCG_CPU(cs);
    int how = sigsetjmp(t->jmp, 0);

    if (how) {
        after_longjmp(t);
        if (how != JMP_LEAVE) {
            tcg_deliver_raised(t);
        }
    }
    tcg_blocks_work(t);
    while (!qatomic_read(&cs->exit_request)) {
        if (qatomic_read(&cs->interrupt_request)) {
            tcg_handle_interrupts(t);
        }
        if (cs->halted) {
            break;
        }
        if (t->mode & MODE_SINGLE) {
            run_single(t);
        } else {
            run(t, tcg_goto(t, t->env.rip));
        }
        if (unlikely(t->mmu->watch_hit)) {
            tcg_raise(t, NULL, EXCP01_DB); /* back at the sigsetjmp() */
        }
    }
}
