/*
 * The system part of the software CPU: what its files share, and what the
 * other generators and the loop call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_TCG_SYS_H
#define ACCEL_TCG_TCG_SYS_H

#include "accel/tcg/tcg-internal.h"

/* ------------------------------------------------ for generators, the loop */

/*
 * Before an instruction in MODE_CODE_BP: an Op that raises #DB if DR0-3 name
 * its address, unless RF is set (which it clears).
 */
void gen_code_breakpoint(Decoder *d);

/*
 * A block decoded for `mode` with MODE_TF or MODE_INHIBIT has run to its end
 * (left by LEAVE, env.rip being what comes next, not by an exception): the
 * interrupt shadow is over, the single step trap is due. May raise. Called by
 * the loop; tcg_op_end_single does it where an instruction just goes on.
 */
void tcg_end_single(TcgCpu *t, uint32_t mode);
OpFn tcg_op_end_single;

/* -d int: a line, and the registers before delivery (tcg-log.c). */
void tcg_log_interrupt(TcgCpu *t, int vector, bool is_int, bool has_error,
                       uint32_t error);

/*
 * IF or the TPR changed so that an interrupt that is pending may be taken:
 * true if the handler has to LEAVE for the loop to look.
 */
static inline bool tcg_must_look(const TcgCpu *t)
{
    return qatomic_read(&t->cpu->parent_obj.interrupt_request) != 0;
}

/* -------------------------------------------------- descriptors (seg.c) */

/* A descriptor as it lies in its table. */
typedef struct Desc {
    uint32_t lo, hi;
    uint64_t addr; /* linear */
} Desc;

/* SegmentCache.flags of a descriptor. */
#define DESC_FLAGS 0x00f0ff00u

/* System descriptor types (S is 0). */
enum {
    DESC_TSS16 = 1,
    DESC_LDT,
    DESC_TSS16_BUSY,
    DESC_CALL16,
    DESC_TASK_GATE,
    DESC_INT16,
    DESC_TRAP16,
    DESC_TSS32 = 9,
    DESC_TSS32_BUSY = 11,
    DESC_CALL32,
    DESC_INT32 = 14,
    DESC_TRAP32,
};
#define DESC_TYPE_BUSY 2 /* what makes a TSS type busy */

static inline uint32_t desc_base(const Desc *d)
{
    return d->lo >> 16 | (d->hi & 0xff) << 16 | (d->hi & 0xff000000);
}
static inline uint32_t desc_limit(const Desc *d)
{
    uint32_t limit = (d->lo & 0xffff) | (d->hi & 0xf0000);

    return d->hi & DESC_G_MASK ? limit << 12 | 0xfff : limit;
}
static inline unsigned desc_dpl(uint32_t flags)
{
    return flags >> DESC_DPL_SHIFT & 3;
}
/* The type of a system descriptor. */
static inline unsigned desc_type(uint32_t flags)
{
    return flags >> DESC_TYPE_SHIFT & 15;
}
static inline bool desc_is_code(uint32_t flags)
{
    return (flags & (DESC_S_MASK | DESC_CS_MASK)) ==
           (DESC_S_MASK | DESC_CS_MASK);
}
static inline bool desc_is_writable_data(uint32_t flags)
{
    return (flags & (DESC_S_MASK | DESC_CS_MASK | DESC_W_MASK)) ==
           (DESC_S_MASK | DESC_W_MASK);
}
static inline bool sel_is_null(uint16_t sel)
{
    return !(sel & ~3);
}
/* In the mode's linear address space: it wraps at 4 GiB outside long mode. */
static inline uint64_t sys_linear(const TcgCpu *t, uint64_t a)
{
    return t->mode & MODE_LMA ? a : (uint32_t)a;
}
static inline bool is_canonical(uint64_t a)
{
    return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

/*
 * Functions of this part take `op` as tcg_raise() does. An error code that
 * names a selector is made by tcg_raise_sel().
 */
NORETURN void tcg_raise_sel(TcgCpu *t, const Op *op, int vector, uint16_t sel);

/* Reads the descriptor that sel names; false if it is outside its table. */
bool tcg_fetch_desc(TcgCpu *t, const Op *op, uint16_t sel, Desc *d);
/* The upper half of a 16-byte system descriptor (long mode): bits 63:32 of its
 * base. #GP(sel) if it is cut off or not zero where it has to be. */
uint32_t tcg_fetch_desc_high(TcgCpu *t, const Op *op, uint16_t sel,
                             const Desc *d);
/* Sets the accessed bit in memory if it is not; last thing before a load. */
void tcg_mark_accessed(TcgCpu *t, const Op *op, Desc *d);
/* Segment register from a descriptor; rpl replaces that of sel. */
void tcg_load_desc(TcgCpu *t, int seg, uint16_t sel, const Desc *d);
/* A null selector: dpl is kept for SS, whose DPL is the privilege level. */
void tcg_load_null(TcgCpu *t, int seg, uint16_t sel, unsigned dpl);
/* As MOV does in the present mode, with all checks; not CS. The mode is not
 * synced. */
void tcg_move_to_seg(TcgCpu *t, const Op *op, int seg, uint16_t sel);
/* SS of a return to, or a jump into, privilege level cpl: checks, with null
 * allowed in 64-bit code below CPL 3. vector is EXCP0A_TSS while a task or an
 * inner stack is loaded, else EXCP0D_GPF. False: it is null. */
bool tcg_check_ss(TcgCpu *t, const Op *op, uint16_t sel, unsigned cpl,
                  bool null_ok, int vector, Desc *d);
/* True if [off, off + size) is within s. */
bool tcg_in_limit(const SegmentCache *s, uint32_t off, unsigned size);
/* The hidden part that d would give. */
SegmentCache tcg_desc_cache(uint16_t sel, const Desc *d);
/* After a return to an outer ring: data segments that it may not see go. */
void tcg_drop_inner_segs(TcgCpu *t, unsigned cpl);

OpFn tcg_op_mov_sreg, tcg_op_pop_sreg, tcg_op_load_far, tcg_op_lar, tcg_op_lsl,
    tcg_op_verr, tcg_op_verw, tcg_op_arpl, tcg_op_arpl_value, tcg_op_lldt,
    tcg_op_ltr, tcg_op_lgdt, tcg_op_lidt, tcg_op_store_table, tcg_op_store_sel;

/* ------------------------------------------------------ stacks (stack.c) */

/* A stack that is being pushed to or popped from, before anything is final. */
typedef struct Stack {
    TcgCpu *t;
    const Op *op;
    SegmentCache ss;
    uint64_t sp;
    bool is64;
    bool user;      /* accesses have CPL 3's rights */
    int vector_sel; /* selector for #SS, or 0 */
} Stack;

/* The current one. */
void stack_init(Stack *s, TcgCpu *t, const Op *op);
/* One that a privilege change goes to. */
void stack_init_new(Stack *s, TcgCpu *t, const Op *op, const SegmentCache *ss,
                    uint64_t sp, unsigned cpl);
void stack_push(Stack *s, uint64_t v, unsigned size);
uint64_t stack_pop(Stack *s, unsigned size);
/* SP, ESP or RSP after it, as the width of s.ss says. */
void stack_set_sp(TcgCpu *t, const Stack *s);
/* SS:ESP for `dpl` in the current TSS; #TS. */
void tss_stack(TcgCpu *t, const Op *op, unsigned dpl, uint16_t *ss,
               uint32_t *esp);
/* RSP of long mode: IST 1-7, or 0 for that of dpl. */
uint64_t tss_stack64(TcgCpu *t, const Op *op, unsigned dpl, unsigned ist);

/* Supervisor accesses that mostly hit the TLB. size is a constant. */
static ALWAYS_INLINE uint64_t kernel_ld(TcgCpu *t, uint64_t a, unsigned size,
                                        const Op *op)
{
    TlbEntry *e = &t->tlbs[MMU_KERNEL][(a >> TCG_PAGE_BITS) & (TLB_SIZE - 1)];

    if (likely(e->read == ((a + size - 1) & TCG_PAGE_MASK))) {
        return host_ld((void *)(a + e->addend), size);
    }
    return mem_ld_kernel(t, a, size, op);
}

static ALWAYS_INLINE void kernel_st(TcgCpu *t, uint64_t a, uint64_t v,
                                    unsigned size, const Op *op)
{
    TlbEntry *e = &t->tlbs[MMU_KERNEL][(a >> TCG_PAGE_BITS) & (TLB_SIZE - 1)];

    if (likely(e->write == ((a + size - 1) & TCG_PAGE_MASK))) {
        host_st((void *)(a + e->addend), v, size);
        return;
    }
    mem_st_kernel(t, a, v, size, op);
}

#define DR6_BD    0x2000u
#define DR6_BS    0x4000u
#define DR6_BT    0x8000u
#define DR6_FIXED 0xffff0ff0u
#define DR7_GD    0x2000u
#define DR7_FIXED 0x400u

/* -------------------------------------------------- control transfers */

/* The address of op's instruction, and the one after it, in the width of the
 * code segment. */
static inline uint64_t sys_truncate(const TcgCpu *t, uint64_t rip)
{
    return t->mode & MODE_CS64   ? rip
           : t->mode & MODE_CS32 ? (uint32_t)rip
                                 : (uint16_t)rip;
}
static inline uint64_t sys_rip(const TcgCpu *t, const Op *op)
{
    return sys_truncate(t, op_rip(op));
}
static inline uint64_t sys_next_rip(const TcgCpu *t, const Op *op)
{
    return sys_truncate(t, op_next_rip(op));
}

/* How a handler of this part ends that changed modes or code segments: what
 * is single stepped, or may be interrupted now, goes through the loop. */
#define SYS_GOTO(t, op, new_rip) \
    do { \
        if (unlikely(((t)->mode | op_block(op)->mode) & \
                     (MODE_TF | MODE_INHIBIT | MODE_CODE_BP)) || \
            unlikely(tcg_must_look(t))) { \
            LEAVE(t, new_rip); \
        } \
        (t)->env.rip = (new_rip); \
        JUMP(t, tcg_goto(t, (t)->env.rip)); \
    } while (0)

/* INT n and the like: ends the handler of op, which faults on the way are
 * blamed on. is_int: the gate's DPL counts. */
const Op *tcg_soft_int(TcgCpu *t, const Op *op, int vector, bool is_int);
/* Parts of tcg_deliver(). ext: what kind of event. */
typedef struct Event {
    int vector;
    bool is_int; /* INT n, INT3, INTO: the gate's DPL counts */
    bool has_error;
    uint32_t error;
    uint64_t rip;    /* to push */
    uint64_t eflags; /* to push */
    const Op *op;    /* whose fault a fault is; NULL: env.rip */
} Event;
void deliver_real(TcgCpu *t, const Event *e);      /* excp-real.c */
void deliver_protected(TcgCpu *t, const Event *e); /* excp-pm.c */
void deliver_long(TcgCpu *t, const Event *e);      /* excp-long.c */

/*
 * task.c: to the TSS that sel names, with all checks. next is the EIP that the
 * old task goes on at. Ends in the new task, env.rip set and the mode synced;
 * faults after the point of no return are the new task's.
 */
typedef enum TaskSource { TASK_JMP, TASK_CALL, TASK_IRET } TaskSource;
void tcg_switch_task(TcgCpu *t, const Op *op, uint16_t sel, TaskSource source,
                     uint64_t next);
/* The error code of an exception that a task gate took, on its stack. */
void tcg_push_task_error(TcgCpu *t, uint32_t error);
/* #DB if the new task's T bit asks for it; the very last. */
void tcg_task_trap(TcgCpu *t);

OpFn tcg_op_far_jmp, tcg_op_far_call, tcg_op_far_ret, tcg_op_iret, tcg_op_iretq,
    tcg_op_syscall, tcg_op_sysret, tcg_op_sysenter, tcg_op_sysexit, tcg_op_int,
    tcg_op_int1, tcg_op_into;

/* --------------------------------------- registers (sysreg.c, msr.c) */

/* #GP(0) for what the architecture forbids. Sync the mode and flush. */
void tcg_write_cr0(TcgCpu *t, const Op *op, uint64_t v);
void tcg_write_cr3(TcgCpu *t, const Op *op, uint64_t v);
void tcg_write_cr4(TcgCpu *t, const Op *op, uint64_t v);
/* False: #GP(0). */
bool tcg_read_msr(TcgCpu *t, uint32_t index, uint64_t *val);
bool tcg_write_msr(TcgCpu *t, uint32_t index, uint64_t val);
/* Sets EFLAGS.RF as IRET asks for it: only kept where it can matter. */
uint64_t tcg_keep_rf(const TcgCpu *t, uint64_t eflags);

OpFn tcg_op_mov_to_cr, tcg_op_mov_from_cr, tcg_op_mov_to_dr, tcg_op_mov_from_dr,
    tcg_op_lmsw, tcg_op_clts, tcg_op_invlpg, tcg_op_rdmsr, tcg_op_wrmsr,
    tcg_op_cpuid, tcg_op_rdtsc, tcg_op_rdtscp, tcg_op_rdpmc, tcg_op_rdpid,
    tcg_op_cli, tcg_op_sti, tcg_op_sti_last, tcg_op_hlt, tcg_op_swapgs,
    tcg_op_rdbase, tcg_op_wrbase, tcg_op_stac, tcg_op_clac,
    tcg_op_check_code_bp;

/* ---------------------------------------------------------- ports (io.c) */

OpFn tcg_op_in, tcg_op_out, tcg_op_ins, tcg_op_outs;

#endif
