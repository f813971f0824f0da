/*
 * The software CPU's exceptions.
 *
 * A handler that finds a fault calls tcg_raise() or a friend: that notes the
 * exception in the state and jumps back to the loop, which calls
 * tcg_deliver_raised(). As handlers change nothing before their last possible
 * fault, the state is then that before the instruction. Delivery itself works
 * the same way: it may raise, everything up to there is forgotten, and what
 * the new exception becomes (itself, a double fault, shutdown) depends on
 * which one was being delivered: excp_vector.
 *
 * How an event enters its handler is one file per mode: excp-real.c,
 * excp-pm.c, excp-long.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/core/runstate.h"
#include "trace/trace.h"

/* excp_vector while an interrupt is delivered: no exception combines with
 * it. */
#define VECTOR_BENIGN 256

static NORETURN void raise_exception(TcgCpu *t, const Op *op, int vector,
                                     bool has_error, uint32_t error)
{
    CPUX86State *env = &t->env;

    env->exception_injected = vector;
    env->has_error_code = has_error;
    env->error_code = error;
    if (op) {
        env->rip = sys_rip(t, op);
    }
    siglongjmp(t->jmp, 1);
}

void tcg_raise(TcgCpu *t, const Op *op, int vector)
{
    raise_exception(t, op, vector, false, 0);
}

void tcg_raise_err(TcgCpu *t, const Op *op, int vector, uint32_t err)
{
    if (vector >= EXCP0A_TSS && vector <= EXCP0D_GPF && t->excp_vector >= 0) {
        err |= t->excp_ext;
    }
    raise_exception(t, op, vector, true, err);
}

void tcg_raise_sel(TcgCpu *t, const Op *op, int vector, uint16_t sel)
{
    tcg_raise_err(t, op, vector, sel & ~3);
}

void tcg_raise_pf(TcgCpu *t, const Op *op, uint64_t cr2, uint32_t err)
{
    t->env.cr[2] = cr2;
    raise_exception(t, op, EXCP0E_PAGE, true, err);
}

static bool is_contributory(int vector)
{
    return vector == EXCP00_DIVZ ||
           (vector >= EXCP0A_TSS && vector <= EXCP0D_GPF);
}

/* The exceptions that are faults, whose frame has RF so that returning
 * restarts the instruction without its breakpoint. */
static bool is_fault(int vector)
{
    const uint32_t faults =
        1u << EXCP00_DIVZ | 1u << EXCP05_BOUND | 1u << EXCP06_ILLOP |
        1u << EXCP07_PREX | 1u << EXCP0A_TSS | 1u << EXCP0B_NOSEG |
        1u << EXCP0C_STACK | 1u << EXCP0D_GPF | 1u << EXCP0E_PAGE |
        1u << EXCP10_COPR | 1u << EXCP11_ALGN | 1u << EXCP13_SSE;

    return vector < 32 && faults >> vector & 1;
}

/* Shutdown: only a reset (or INIT, NMI) goes on from here. */
static COLD void triple_fault(TcgCpu *t)
{
    CPUState *cs = CPU(t->cpu);

    t->excp_vector = -1;
    t->env.exception_injected = -1;
    t->env.eflags &= ~(uint64_t)IF_MASK;
    cs->halted = true;
    qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    cpu_kick(cs);
}

static void deliver(TcgCpu *t, const Event *e)
{
    if (unlikely(qemu_loglevel & LOG_INT)) {
        tcg_log_interrupt(t, e->vector, e->is_int, e->has_error, e->error);
    }
    if (t->mode & MODE_LMA) {
        deliver_long(t, e);
    } else if (t->mode & MODE_PE) {
        deliver_protected(t, e);
    } else {
        deliver_real(t, e);
    }
    t->excp_vector = -1;
    t->excp_ext = 0;
    t->env.exception_injected = -1;
    t->env.interrupt_shadow = false;
    t->ss_shadow = false;
    tcg_sync_mode(t);
}

void tcg_deliver(TcgCpu *t, int vector, bool is_int, bool has_error,
                 uint32_t error, bool is_hw)
{
    Event e = {
        .vector = vector,
        .is_int = is_int,
        .has_error = has_error,
        .error = error,
        .rip = t->env.rip,
        .eflags = tcg_get_eflags(t),
    };

    CPU(t->cpu)->halted = false;
    t->excp_vector = is_int || is_hw ? VECTOR_BENIGN : vector;
    t->excp_ext = !is_int;
    if (!is_int && !is_hw && is_fault(vector)) {
        e.eflags |= RF_MASK;
    }
    if (vector == EXCP01_DB) {
        t->env.dr[7] &= ~(uint64_t)DR7_GD;
    }
    deliver(t, &e);
}

const Op *tcg_soft_int(TcgCpu *t, const Op *op, int vector, bool is_int)
{
    Event e = {
        .vector = vector,
        .is_int = is_int,
        .rip = sys_next_rip(t, op),
        .eflags = tcg_get_eflags(t),
        .op = op,
    };

    t->excp_vector = VECTOR_BENIGN;
    t->excp_ext = !is_int;
    deliver(t, &e);
    if (op_block(op)->mode & MODE_TF) {
        tcg_leave(t); /* TF is off now: no trap for this instruction */
    }
    return NULL;
}

void tcg_deliver_raised(TcgCpu *t)
{
    int first = t->excp_vector, second = t->env.exception_injected;
    bool has_error = t->env.has_error_code;
    uint32_t error = t->env.error_code;

    if (first >= 0 && first < VECTOR_BENIGN) {
        bool severe = is_contributory(second) || second == EXCP0E_PAGE;

        if (first == EXCP08_DBLE && severe) {
            triple_fault(t);
            return;
        }
        if ((is_contributory(first) && is_contributory(second)) ||
            (first == EXCP0E_PAGE && severe)) {
            second = EXCP08_DBLE;
            has_error = true;
            error = 0;
        }
    }
    tcg_deliver(t, second, false, has_error, error, false);
}

/* ------------------------------------------------------------- debug traps */

void tcg_end_single(TcgCpu *t, uint32_t mode)
{
    CPUX86State *env = &t->env;
    bool held_off = t->ss_shadow;

    if (mode & MODE_INHIBIT) {
        env->interrupt_shadow = false;
        t->mode &= ~MODE_INHIBIT;
        held_off = false;
    }
    t->ss_shadow = false;
    if (mode & MODE_TF && !held_off) {
        env->dr[6] |= DR6_BS;
        tcg_raise(t, NULL, EXCP01_DB);
    }
}

const Op *tcg_op_end_single(TcgCpu *t, const Op *op)
{
    t->env.rip = sys_next_rip(t, op);
    tcg_end_single(t, op_block(op)->mode);
    return NULL;
}

const Op *tcg_op_check_code_bp(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint64_t a = sys_linear(t, t->cs_base + op_rip(op));
    unsigned hit = 0;

    if (env->eflags & RF_MASK) {
        env->eflags &= ~(uint64_t)RF_MASK;
        NEXT(t, op);
    }
    for (unsigned i = 0; i < 4; i++) {
        if (env->dr[7] >> (2 * i) & 3 && !(env->dr[7] >> (16 + 4 * i) & 15) &&
            env->dr[i] == a) {
            hit |= 1u << i;
        }
    }
    if (hit) {
        env->dr[6] = (env->dr[6] & ~15ull) | hit;
        tcg_raise(t, op, EXCP01_DB);
    }
    NEXT(t, op);
}
