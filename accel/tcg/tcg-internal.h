/*
 * The software CPU, private header: its state, the internal form of an
 * instruction, and the rules between its parts.
 *
 * Guest code is decoded once, by Zydis, into blocks of Ops (decode.c, gen-*.c).
 * An Op is a handler and its operands; running a block is each handler handing
 * over to the next one (the NEXT macro), a tail call where the compiler makes
 * one and a small loop elsewhere. A translator to host code would consume the
 * same Ops.
 *
 *   cpu-exec.c block.c decode.c   loop, block cache, decoding
 *   mmu.c tlb.c mem.c             paging, softmmu TLB, memory accesses
 *   gen-*.c op-*.c flags.c        instructions
 *   excp.c seg.c sysreg.c msr.c   exceptions, segments, system registers
 *   op-x87*.c op-sse*.c           floating point
 *
 * Everything here belongs to the vCPU's thread unless said otherwise. Handlers
 * run without the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_TCG_INTERNAL_H
#define ACCEL_TCG_TCG_INTERNAL_H

#include "util/osdep.h"

#include <setjmp.h>
#include <Zydis/Zydis.h>

#include "hw/i386/cpu.h"
#include "memory/memory.h"
#include "util/atomic.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define COLD __attribute__((cold, noinline))
#define NORETURN __attribute__((noreturn))

typedef struct TcgCpu TcgCpu;
typedef struct Op Op;
typedef struct Block Block;

/* ------------------------------------------------------------------- Ops */

/*
 * Executes one Op. Returns what to execute next, or NULL to leave to
 * tcg_cpu_exec() with env.rip set; through the macros below, never directly.
 */
typedef const Op *OpFn(TcgCpu *t, const Op *op);

/*
 * 32 bytes. r1, r2, r3, base and index are byte offsets into env.regs (so AH
 * is 1, ECX is 8): r1 is the destination, r2 and r3 sources. What is not used
 * by a handler is free for it.
 *
 * A memory operand is linear: regs[base] + (regs[index] << scale) + disp, with
 * SLOT_ZERO for what is missing. Segment bases, limits, 16- and 32-bit address
 * sizes are dealt with before, by an Op that computes SLOT_EA (gen_mem()).
 */
struct Op {
    OpFn *fn;
    union {
        uint64_t imm;
        const void *ptr;
        const Op *link; /* direct jumps: see tcg_follow() */
    };
    int32_t disp;
    uint8_t r1, r2, r3, base, index, scale;
    uint8_t size; /* operand size in bytes, where the handler wants it */
    uint8_t aux;  /* the handler's: segment number, condition, rounding ... */
    uint8_t len;  /* of the guest instruction */
    uint8_t pos;  /* of this Op in its block */
    uint16_t ip_off; /* of the instruction from Block.rip */
};
QEMU_BUILD_BUG_ON(sizeof(Op) != 32);

#define BLOCK_MAX_OPS 250

struct Block {
    uint64_t rip;     /* EIP/RIP of its first instruction */
    uint64_t cs_base; /* linear address = cs_base + rip */
    uint32_t mode;    /* MODE_* that it was decoded for */
    uint16_t bytes;   /* guest bytes it covers */
    uint8_t nr_ops;
    bool invalid;
    /* Host address of its first byte, its identity; NULL: not in RAM. And of
     * the page that its only instruction goes on in, or NULL. */
    uint8_t *host, *host2;
    /* block.c's: hash chain, blocks of the page (two pages for a block that
     * crosses), the first of the jumps linked to it */
    Block *hash_next;
    Block *page_next[2];
    const Op *links;
    uint32_t cs_limit;
    Op ops[];
};

static ALWAYS_INLINE const Block *op_block(const Op *op)
{
    return container_of(op - op->pos, Block, ops);
}
/* RIP of the guest instruction that op is part of, and of the next one. */
static ALWAYS_INLINE uint64_t op_rip(const Op *op)
{
    return op_block(op)->rip + op->ip_off;
}
static ALWAYS_INLINE uint64_t op_next_rip(const Op *op)
{
    return op_rip(op) + op->len; /* callers wrap it at 16 or 32 bits */
}

/*
 * How a handler ends. Optimised builds make tail calls; with sanitizers or
 * without optimisation the loop in cpu-exec.c calls every handler.
 */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(TCG_NO_TAIL_CALLS)
#define TCG_TAIL_CALLS 1
#define JUMP(t, next) \
    do { \
        const Op *next_ = (next); \
        return next_->fn(t, next_); \
    } while (0)
#else
#define TCG_TAIL_CALLS 0
#define JUMP(t, next) return (next)
#endif
#define NEXT(t, op) JUMP(t, (op) + 1)
/* Back to the main loop of the CPU, which looks at everything. */
#define LEAVE(t, new_rip) \
    do { \
        (t)->env.rip = (new_rip); \
        return NULL; \
    } while (0)

/* ------------------------------------------------------------ slots, mode */

/* Offsets for Op.r1 and so on. */
#define REG_OFF(n) ((n) * 8)
enum {
    SLOT_ZERO = REG_OFF(16), /* always 0 */
    SLOT_EA = REG_OFF(17),   /* linear address of the instruction's operand */
    SLOT_T0 = REG_OFF(18),   /* temporaries within one instruction */
    SLOT_T1 = REG_OFF(19),
    SLOT_T2 = REG_OFF(20),
    SLOT_T3 = REG_OFF(21),
    /* Copies of segs[].base, for addressing: SLOT_SEG_BASE + 8 * R_FS. Kept
     * by tcg_load_seg() and tcg_sync_mode(). */
    SLOT_SEG_BASE = REG_OFF(22),
};
#define REG64(t, off) (*(uint64_t *)((uint8_t *)(t)->env.regs + (off)))
#define REG32(t, off) (*(uint32_t *)((uint8_t *)(t)->env.regs + (off)))
#define REG16(t, off) (*(uint16_t *)((uint8_t *)(t)->env.regs + (off)))
#define REG8(t, off) (*((uint8_t *)(t)->env.regs + (off)))
/* A 32-bit result clears the upper half, in every mode: */
#define SET_REG32(t, off, v) (REG64(t, off) = (uint32_t)(v))

/* What decoding depends on; part of a block's key. */
enum {
    MODE_CPL_MASK = 3,
    MODE_CS32 = 1 << 2, /* CS.D */
    MODE_CS64 = 1 << 3, /* 64-bit code */
    MODE_SS32 = 1 << 4, /* SS.B, or 64-bit code: ESP/RSP is the stack pointer */
    MODE_PE = 1 << 5,
    MODE_VM = 1 << 6,  /* virtual-8086 */
    MODE_LMA = 1 << 7, /* long mode, compatibility mode too */
    /* ES, SS and DS have base 0 and limit 4 GiB, are usable, writable: no
     * checks (always so in 64-bit code). CS too: see cs_base. */
    MODE_FLAT = 1 << 8,
    MODE_TS = 1 << 9, /* CR0.TS, EM, MP */
    MODE_EM = 1 << 10,
    MODE_MP = 1 << 11,
    MODE_OSFXSR = 1 << 12,
    MODE_TF = 1 << 13,      /* single step: blocks of one instruction */
    MODE_INHIBIT = 1 << 14, /* interrupt shadow: the same */
    MODE_AC = 1 << 15,      /* alignment checks are on (CPL 3) */
    MODE_DE = 1 << 16,      /* CR4.DE */
    MODE_OSXSAVE = 1 << 17,
    MODE_CODE_BP = 1 << 18, /* DR7 enables an execution breakpoint */
    MODE_WATCH = 1 << 19,   /* or a data breakpoint: one instruction */
};

/* ------------------------------------------------------------------- TLB */

#define TCG_PAGE_BITS 12
#define TCG_PAGE_SIZE (1u << TCG_PAGE_BITS)
#define TCG_PAGE_MASK (~(uint64_t)(TCG_PAGE_SIZE - 1))
#define TLB_BITS 10
#define TLB_SIZE (1u << TLB_BITS)

/*
 * One guest page. A tag is the linear page address if RAM may be accessed
 * directly that way, else TLB_INVALID (not present, no permission, not yet
 * accessed or written, MMIO, a page with decoded code or a watchpoint): then
 * the slow path decides.
 */
#define TLB_INVALID UINT64_MAX
typedef struct TlbEntry {
    uint64_t read, write, exec;
    uintptr_t addend; /* host address - linear address */
} TlbEntry;

enum { MMU_KERNEL, MMU_USER, MMU_MODES };

/* ------------------------------------------------------------- lazy flags */

/*
 * The arithmetic flags are kept as the last result and what is needed to
 * compute them; cc_op says how. env.eflags holds all other bits (and stale
 * arithmetic ones). The codes of cc_op are flags.c's (flags.h), except:
 */
#define CC_OP_EFLAGS 0 /* cc_src holds the flags as in EFLAGS */

struct TcgCpu {
    CPUX86State env; /* first: X86CPU.env points here */

    uint32_t cc_op;
    uint32_t mode; /* MODE_* */
    uint64_t cc_dst, cc_src;
    TlbEntry *tlb; /* of the current privilege level */
    uint64_t cs_base;

    X86CPU *cpu;
    uint32_t *interrupt; /* &cpu->parent_obj.exit_request */
    sigjmp_buf jmp;      /* tcg_raise() and friends go here */
    TlbEntry tlbs[MMU_MODES][TLB_SIZE];

    /* The rest is private to its parts; allocated by their *_init(). */
    struct TcgBlocks *blocks;  /* block.c */
    struct TcgMmu *mmu;        /* mmu.c */
    FlatView *view;            /* what the TLB points into; referenced */
    int excp_vector;           /* excp.c: while it delivers, -1 otherwise */
    uint8_t excp_ext;          /* excp.c: EXT bit of error codes meanwhile */
    bool ss_shadow;            /* op-sys.c: the shadow holds off #DB too */
    uint64_t soft_tsc_base;
};
#define TCG_CPU(cs) ((TcgCpu *)X86_CPU(cs)->env)

/* ------------------------------------------------- memory (mem.c, inline) */

/*
 * Accesses at linear address a, of 1, 2, 4 or 8 bytes, at the current
 * privilege level. They may cross pages and hit MMIO; a fault does not return:
 * the exception is delivered with op's RIP and nothing of the access done.
 * op is never NULL in a handler.
 */
uint64_t mem_ld_slow(TcgCpu *t, uint64_t a, unsigned size, const Op *op);
void mem_st_slow(TcgCpu *t, uint64_t a, uint64_t v, unsigned size,
                 const Op *op);
/* Raises the fault that a write of size bytes would (also where read), and
 * returns the host address if all of it is in one page of plain RAM; else NULL
 * (MMIO, page crossing): use mem_ld and mem_st then. */
void *mem_rw_slow(TcgCpu *t, uint64_t a, unsigned size, const Op *op);

typedef struct { uint16_t v; } __attribute__((packed, may_alias)) Unaligned16;
typedef struct { uint32_t v; } __attribute__((packed, may_alias)) Unaligned32;
typedef struct { uint64_t v; } __attribute__((packed, may_alias)) Unaligned64;

static ALWAYS_INLINE TlbEntry *tlb_entry(TcgCpu *t, uint64_t a)
{
    return &t->tlb[(a >> TCG_PAGE_BITS) & (TLB_SIZE - 1)];
}

static ALWAYS_INLINE uint64_t host_ld(const void *p, unsigned size)
{
    switch (size) {
    case 1: return *(const uint8_t *)p;
    case 2: return ((const Unaligned16 *)p)->v;
    case 4: return ((const Unaligned32 *)p)->v;
    default: return ((const Unaligned64 *)p)->v;
    }
}

static ALWAYS_INLINE void host_st(void *p, uint64_t v, unsigned size)
{
    switch (size) {
    case 1: *(uint8_t *)p = v; break;
    case 2: ((Unaligned16 *)p)->v = v; break;
    case 4: ((Unaligned32 *)p)->v = v; break;
    default: ((Unaligned64 *)p)->v = v; break;
    }
}

/*
 * The slow path in a handler. A plain call would make every handler save
 * registers at its start; these calls keep all integer registers (mem-thunk.c).
 */
#if TCG_TAIL_CALLS && defined(TCG_MEM_THUNKS)
#define MEM_XMM_CLOBBERS \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", \
        "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define MEM_THUNK(name, size, t, a, op) \
    asm volatile("call tcg_thunk_" name "%c[n]" \
                 : "+a"(a) \
                 : "D"(t), "S"(op), [n] "i"(size) \
                 : "cc", "memory", MEM_XMM_CLOBBERS)
#define MEM_THUNK_ST(size, t, a, value, op) \
    asm volatile("call tcg_thunk_st%c[n]" \
                 : "+a"(a) \
                 : "D"(t), "S"(op), "d"(value), [n] "i"(size) \
                 : "cc", "memory", MEM_XMM_CLOBBERS)
#endif

static ALWAYS_INLINE uint64_t mem_ld_cold(TcgCpu *t, uint64_t a, unsigned size,
                                          const Op *op)
{
#ifdef MEM_THUNK
    MEM_THUNK("ld", size, t, a, op);
    return a;
#else
    return mem_ld_slow(t, a, size, op);
#endif
}

static ALWAYS_INLINE void mem_st_cold(TcgCpu *t, uint64_t a, uint64_t v,
                                      unsigned size, const Op *op)
{
#ifdef MEM_THUNK
    MEM_THUNK_ST(size, t, a, v, op);
#else
    mem_st_slow(t, a, v, size, op);
#endif
}

static ALWAYS_INLINE void *mem_rw_cold(TcgCpu *t, uint64_t a, unsigned size,
                                       const Op *op)
{
#ifdef MEM_THUNK
    MEM_THUNK("rw", size, t, a, op);
    return (void *)a;
#else
    return mem_rw_slow(t, a, size, op);
#endif
}

/* size is a constant at every call of these. */
static ALWAYS_INLINE uint64_t mem_ld(TcgCpu *t, uint64_t a, unsigned size,
                                     const Op *op)
{
    TlbEntry *e = tlb_entry(t, a);

    if (likely(e->read == ((a + size - 1) & TCG_PAGE_MASK))) {
        return host_ld((void *)(a + e->addend), size);
    }
    return mem_ld_cold(t, a, size, op);
}

static ALWAYS_INLINE void mem_st(TcgCpu *t, uint64_t a, uint64_t v,
                                 unsigned size, const Op *op)
{
    TlbEntry *e = tlb_entry(t, a);

    if (likely(e->write == ((a + size - 1) & TCG_PAGE_MASK))) {
        host_st((void *)(a + e->addend), v, size);
        return;
    }
    mem_st_cold(t, a, v, size, op);
}

/* For read-modify-write: see mem_rw_slow(). */
static ALWAYS_INLINE void *mem_rw(TcgCpu *t, uint64_t a, unsigned size,
                                  const Op *op)
{
    TlbEntry *e = tlb_entry(t, a);

    if (likely(e->write == ((a + size - 1) & TCG_PAGE_MASK) &&
               e->read == e->write)) {
        return (void *)(a + e->addend);
    }
    return mem_rw_cold(t, a, size, op);
}

/* The operand of op. */
static ALWAYS_INLINE uint64_t op_ea(TcgCpu *t, const Op *op)
{
    return REG64(t, op->base) + (REG64(t, op->index) << op->scale) +
           (int64_t)op->disp;
}

/* Several bytes (FXSAVE, descriptors, frames); len up to 4096. check: faults
 * before the first byte is written. */
void mem_read_bytes(TcgCpu *t, uint64_t a, void *buf, unsigned len, const Op *op);
void mem_write_bytes(TcgCpu *t, uint64_t a, const void *buf, unsigned len,
               const Op *op);
void mem_check_write(TcgCpu *t, uint64_t a, unsigned len, const Op *op);
/* The same with supervisor rights whatever the CPL (descriptor tables, TSS,
 * stacks of an inner ring). op NULL: env.rip is right already. */
uint64_t mem_ld_kernel(TcgCpu *t, uint64_t a, unsigned size, const Op *op);
void mem_st_kernel(TcgCpu *t, uint64_t a, uint64_t v, unsigned size,
                   const Op *op);
/* Where mem_rw() gave NULL and the access is locked: all other CPUs stand
 * still between these two. */
void mem_lock_begin(TcgCpu *t);
void mem_lock_end(TcgCpu *t);

/* ---------------------------------------------------- TLB, paging (mmu.c) */

bool tcg_mmu_init(TcgCpu *t, Error **errp);
void tcg_mmu_destroy(TcgCpu *t);
/* CR3 written: keep_global if CR4.PGE makes global pages stay. */
void tcg_tlb_flush(TcgCpu *t, bool keep_global);
void tcg_tlb_flush_page(TcgCpu *t, uint64_t linear);
/* After CPL, CR0.WP, EFER, CR4, AC or the like changed: picks t->tlb; called
 * by tcg_sync_mode(), which knows what needs a flush. */
void tcg_mmu_sync(TcgCpu *t);
/* The physical address of a linear one, with supervisor rights and without
 * effect on the page tables; false if none (monitor, debugging). */
bool tcg_translate_debug(TcgCpu *t, uint64_t linear, uint64_t *phys);

/* -------------------------------------------- loop and blocks (cpu-exec.c) */

/* Continues at rip of the current code segment (already truncated to the
 * mode's width): the Op to JUMP to. Faults in fetching are delivered as that
 * address's. Never NULL. */
const Op *tcg_goto(TcgCpu *t, uint64_t rip);
/* And jumps there: "return tcg_jump(t, rip);" at the end of a handler is
 * JUMP(t, tcg_goto(t, rip)) without a stack frame. */
const Op *tcg_jump(TcgCpu *t, uint64_t rip);

/*
 * Ends with a direct jump: jmp is an Op made by gen_goto(). Its link is the
 * first Op of the target once known, before that jmp itself.
 */
static ALWAYS_INLINE const Op *tcg_follow(TcgCpu *t, const Op *jmp)
{
    return unlikely(qatomic_read(t->interrupt)) ? jmp : jmp->link;
}

bool tcg_blocks_init(TcgCpu *t, Error **errp);
void tcg_blocks_destroy(TcgCpu *t);
/* The vCPU ops of AccelClass. */
void tcg_cpu_exec(CPUState *cs);
/* Leaves at once, from deep inside a handler, as LEAVE does: the instruction
 * at env.rip is (re)started when the CPU goes on. */
NORETURN void tcg_leave(TcgCpu *t);

/* ------------------------------------------------------- decoding (decode.c) */

typedef struct MemRef {
    uint8_t base, index, scale;
    int32_t disp;
    uint8_t seg; /* R_*: for #SS against #GP of non-canonical addresses */
} MemRef;

/* What the flag pass (flags-pass.c) has to know of an Op. All zero is the
 * careful answer: reads all flags, may fault or leave. */
typedef struct OpInfo {
    OpFn *no_flags;   /* the same without flags; NULL: there is none */
    bool sets_all;    /* writes all six, from scratch */
    bool reads_none;  /* depends on no flag (CF of INC counts as a read) */
    bool cannot_exit; /* no fault, no memory access, no jump */
    bool writes_none; /* changes no flag: what is known of them stays so */
    /* cc_op + 1 that this Op always leaves behind; 0: not known, or none. */
    uint8_t leaves_cc;
    /* A better handler where cc_op is known to be cc when Op is reached, or
     * NULL. */
    OpFn *(*specialise)(const Op *op, unsigned cc);
    const void *fuse; /* gen-int's: what it becomes with a Jcc behind it */
} OpInfo;

typedef struct Decoder {
    TcgCpu *t;
    Block *b;
    uint32_t mode;
    uint64_t rip, next_rip; /* of this instruction, truncated to the mode */
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand opnd[ZYDIS_MAX_OPERAND_COUNT];
    unsigned opsize; /* effective operand size in bytes: 2, 4, 8 */
    unsigned adsize; /* effective address size in bytes: 2, 4, 8 */
    bool end;        /* set by a generator: the block ends here */
    OpInfo info[BLOCK_MAX_OPS];
} Decoder;

/* Makes the Ops of one instruction. Sets d->end if what follows is not reached
 * in line or needs a new look at the mode. If it emits nothing and does not
 * end the block, the instruction is a no-op. */
typedef void GenFn(Decoder *d);
typedef struct GenEntry {
    ZydisMnemonic mnemonic;
    GenFn *gen;
} GenEntry;
/* Terminated by {0, NULL}. A mnemonic in two lists is a bug found at start.
 * What is in none raises #UD. */
extern const GenEntry tcg_gen_int[];  /* gen-int*.c */
extern const GenEntry tcg_gen_sys[];  /* gen-sys*.c */
extern const GenEntry tcg_gen_x87[];  /* gen-x87.c */
extern const GenEntry tcg_gen_sse[];  /* gen-sse.c: MMX too */

/* Appends an Op with everything zero but fn, len, pos, ip_off; registers are
 * SLOT_ZERO. At most 8 per instruction. */
Op *emit(Decoder *d, OpFn *fn);
static inline OpInfo *op_info(Decoder *d, const Op *op)
{
    return &d->info[op->pos];
}
/* The operand's offset in regs[] (AH..BH included). */
uint8_t gen_reg(ZydisRegister reg);
/* Makes a memory operand's address available; may emit an Op that computes
 * SLOT_EA and checks limits for an access of `size` bytes (write: for
 * writing). What is emitted between this and its use must not touch SLOT_EA. */
MemRef gen_mem(Decoder *d, const ZydisDecodedOperand *o, unsigned size,
               bool write);
/* The offset without segment, as LEA wants it. */
MemRef gen_lea(Decoder *d, const ZydisDecodedOperand *o);
void op_set_mem(Op *op, MemRef m);
/* A direct jump to rip (truncated by the caller), the end of the block. */
Op *gen_goto(Decoder *d, uint64_t rip);
/* An exception at this instruction; ends the block. */
void gen_raise(Decoder *d, int vector, bool has_error, uint32_t error);
#define gen_undefined(d) gen_raise(d, EXCP06_ILLOP, false, 0)
/* Needs CPL 0, else #GP(0). False: it was raised. */
bool gen_need_cpl0(Decoder *d);
/* x87 and SSE: #NM, #UD by TS, EM, MP, OSFXSR. False: raised. */
bool gen_need_x87(Decoder *d, bool is_wait);
bool gen_need_sse(Decoder *d);
bool gen_need_mmx(Decoder *d);

/*
 * Mnemonics that belong to two parts. The entry is in tcg_gen_int[], which
 * hands over what is not an integer instruction to these.
 */
void gen_mov_system(Decoder *d); /* gen-sys: segment, control, debug register */
void gen_pop_seg(Decoder *d);    /* gen-sys: POP ES ... GS */
void gen_far_jmp(Decoder *d);    /* gen-sys: JMP, CALL, RET between segments */
void gen_far_call(Decoder *d);
void gen_far_ret(Decoder *d);
void gen_sse_movsd(Decoder *d); /* gen-sse: MOVSD, CMPSD of SSE2 */
void gen_sse_cmpsd(Decoder *d);

/* flags-pass.c: turns Ops whose flags nobody reads into their no_flags form.
 * Called when a block is complete. */
void tcg_flags_pass(Decoder *d);

/* ------------------------------------------------------- flags (flags.c) */

/* The six arithmetic flags, computed. */
uint32_t tcg_cc_compute(TcgCpu *t);
/* EFLAGS complete; and set: all six flags and the bits of `mask`. Changes of
 * TF, AC, VM, RF need tcg_sync_mode() (system code calls it). */
uint64_t tcg_get_eflags(TcgCpu *t);
void tcg_set_eflags(TcgCpu *t, uint64_t value, uint64_t mask);
static inline void tcg_set_cc(TcgCpu *t, uint32_t flags)
{
    t->cc_op = CC_OP_EFLAGS;
    t->cc_src = flags & CC_ALL;
}
/* Condition 0-15 of Jcc, SETcc, CMOVcc. */
bool tcg_test_cc(TcgCpu *t, unsigned cc);

/* --------------------------------------- exceptions and system (excp.c ...) */

/* Raises an exception at op's instruction: does not return to the handler.
 * op NULL: env.rip is right. */
NORETURN void tcg_raise(TcgCpu *t, const Op *op, int vector);
NORETURN void tcg_raise_err(TcgCpu *t, const Op *op, int vector, uint32_t err);
NORETURN void tcg_raise_pf(TcgCpu *t, const Op *op, uint64_t cr2, uint32_t err);
/* Delivers vector now: env.rip is the address to push. Called by the loop
 * (after a raise, for interrupts) and by INT n (is_int: software interrupt).
 * Double and triple faults are its own business. May raise. */
void tcg_deliver(TcgCpu *t, int vector, bool is_int, bool has_error,
                 uint32_t error, bool is_hw);
/* What tcg_raise*() left for the loop to deliver: called after its longjmp. */
void tcg_deliver_raised(TcgCpu *t);
/* INTR, NMI, INIT, SIPI as far as they are pending and not masked. Called by
 * the loop between blocks when interrupt_request is not 0. Takes the big lock
 * where it needs it. True if something was delivered. */
bool tcg_handle_interrupts(TcgCpu *t);
/* Single step and breakpoint traps after an instruction (MODE_TF). */
/* Recomputes t->mode, cs_base, tlb and the slots from env: after any change of
 * CS, SS, CPL, CR0, CR4, EFER, EFLAGS.TF/VM/AC, or segment bases. */
void tcg_sync_mode(TcgCpu *t);
/* A segment register that is checked already (or of real mode). */
void tcg_load_seg(TcgCpu *t, int seg, uint16_t selector, uint64_t base,
                  uint32_t limit, uint32_t flags);
/* The privilege level. */
static inline unsigned tcg_cpl(const TcgCpu *t)
{
    return t->mode & MODE_CPL_MASK;
}
/* Raises #GP/#SS unless [offset, offset+size) is within segment seg. */
void tcg_check_limit(TcgCpu *t, const Op *op, int seg, uint32_t offset,
                     unsigned size, bool write);
/* Port I/O permission (IOPL, TSS bitmap): #GP. Accesses take the big lock. */
void tcg_check_io(TcgCpu *t, const Op *op, uint16_t port, unsigned size);
uint32_t tcg_port_in(TcgCpu *t, uint16_t port, unsigned size);
void tcg_port_out(TcgCpu *t, uint16_t port, uint32_t v, unsigned size);
/* AccelClass.get_state and put_state: flags, modes and TLB against env. */
void tcg_get_state(CPUState *cs);
void tcg_put_state(CPUState *cs);

#endif
