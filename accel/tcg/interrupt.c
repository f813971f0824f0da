/*
 * Interrupts of the software CPU: what is pending and not held off enters the
 * guest between two blocks; HLT waits for it.
 *
 * Who makes an interrupt sets a bit of interrupt_request and kicks the CPU.
 * The loop then comes here. What cannot be taken yet (IF, the shadow of STI)
 * stays pending, and the instruction that lifts the obstacle looks at
 * interrupt_request again: tcg_must_look().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/i386/apic.h"

static bool handle_init(TcgCpu *t, CPUState *cs)
{
    bql_lock();
    cpu_reset_interrupt(cs, CPU_INTERRUPT_INIT);
    t->env.eflags = tcg_get_eflags(t);
    x86_cpu_reset(t->cpu, true);
    bql_unlock();
    tcg_put_state(cs);
    return true;
}

static bool handle_sipi(TcgCpu *t, CPUState *cs)
{
    bool waits = t->env.wait_for_sipi;

    bql_lock();
    cpu_reset_interrupt(cs, CPU_INTERRUPT_SIPI);
    if (waits) {
        x86_cpu_sipi(t->cpu, t->env.sipi_vector);
        t->env.wait_for_sipi = false;
        cs->halted = false;
    }
    bql_unlock();
    if (waits) {
        tcg_put_state(cs);
    }
    return waits;
}

static bool handle_intr(TcgCpu *t, CPUState *cs)
{
    int vector;

    bql_lock();
    vector = cpu_get_pic_interrupt(t->cpu);
    if (vector < 0 && !apic_has_interrupt(t->cpu)) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_HARD);
    }
    bql_unlock();
    if (vector < 0) {
        return false;
    }
    tcg_deliver(t, vector, false, false, 0, true);
    return true;
}

bool tcg_handle_interrupts(TcgCpu *t)
{
    CPUState *cs = CPU(t->cpu);
    CPUX86State *env = &t->env;
    uint32_t req = qatomic_read(&cs->interrupt_request);

    if (unlikely(req & CPU_INTERRUPT_INIT)) {
        return handle_init(t, cs);
    }
    if (unlikely(req & CPU_INTERRUPT_SIPI) && handle_sipi(t, cs)) {
        return true;
    }
    if (env->wait_for_sipi || env->interrupt_shadow) {
        return false;
    }
    if (req & CPU_INTERRUPT_NMI && !env->nmi_blocked) {
        cpu_reset_interrupt(cs, CPU_INTERRUPT_NMI);
        env->nmi_pending = false;
        env->nmi_blocked = true;
        tcg_deliver(t, EXCP02_NMI, false, false, 0, true);
        return true;
    }
    if (req & CPU_INTERRUPT_HARD && env->eflags & IF_MASK) {
        return handle_intr(t, cs);
    }
    return false;
}

/* ------------------------------------------------------- CLI, STI, HLT */

/* #GP(0) unless IOPL allows it. */
static void check_iopl(TcgCpu *t, const Op *op)
{
    unsigned iopl = (t->env.eflags & IOPL_MASK) >> IOPL_SHIFT;

    if (unlikely(tcg_cpl(t) > iopl)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

const Op *tcg_op_cli(TcgCpu *t, const Op *op)
{
    check_iopl(t, op);
    t->env.eflags &= ~(uint64_t)IF_MASK;
    NEXT(t, op);
}

/*
 * The instruction after STI is not interrupted. Within a block that is so
 * anyway, as interrupts are only looked for at its end. If one waits already,
 * the next instruction is made a block of its own, with the shadow on.
 */
const Op *tcg_op_sti(TcgCpu *t, const Op *op)
{
    check_iopl(t, op);
    if (!(t->env.eflags & IF_MASK)) {
        t->env.eflags |= IF_MASK;
        if (unlikely(tcg_must_look(t))) {
            t->env.interrupt_shadow = true;
            t->mode |= MODE_INHIBIT;
            LEAVE(t, sys_next_rip(t, op));
        }
    }
    NEXT(t, op);
}

/* STI that may be the last of its block. */
const Op *tcg_op_sti_last(TcgCpu *t, const Op *op)
{
    check_iopl(t, op);
    if (!(t->env.eflags & IF_MASK)) {
        t->env.eflags |= IF_MASK;
        t->env.interrupt_shadow = true;
        t->mode |= MODE_INHIBIT;
    }
    LEAVE(t, sys_next_rip(t, op));
}

const Op *tcg_op_hlt(TcgCpu *t, const Op *op)
{
    CPU(t->cpu)->halted = true;
    LEAVE(t, sys_next_rip(t, op));
}
