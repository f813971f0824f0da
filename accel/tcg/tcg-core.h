/*
 * The core of the software CPU (loop, blocks, decoding frame, paging, memory):
 * what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_TCG_CORE_H
#define ACCEL_TCG_TCG_CORE_H

#include "accel/tcg/tcg-internal.h"

/* Blocks of such modes hold one instruction, and only the loop enters them. */
#define MODE_SINGLE (MODE_TF | MODE_INHIBIT)

/* ------------------------------------------------------ options of -accel */

typedef struct TcgOptions {
    uint64_t tb_size; /* bytes of each CPU's block cache */
    bool one_insn;    /* blocks of one instruction */
} TcgOptions;
extern TcgOptions tcg_options;

/* ------------------------------------------------------ blocks (block.c) */

#define JC_BITS 12
#define JC_SIZE (1u << JC_BITS)
#define BLOCK_HASH_BITS 16

/* What a CPU has decoded in one host page. */
typedef struct CodePage CodePage;
struct CodePage {
    CodePage *next; /* hash chain */
    uint8_t *host;
    uint8_t *flags;  /* the page's byte of RAMBlock.code_map */
    Block *first;    /* linked by page_next[] */
    uint64_t cover;  /* a bit per 64 bytes that blocks lie in */
    uint32_t emptied; /* times that writes removed the last block */
};

/* Host memory somebody else wrote, where this CPU had code. */
typedef struct CodeWrite {
    uint8_t *host;
    uint64_t len;
} CodeWrite;
#define CODE_WRITES_MAX 32

typedef struct TcgBlocks {
    /* Jump cache, by RIP: a block that may be entered if the exec tag of its
     * page still leads to its host address. Never NULL. */
    Block *jc[JC_SIZE];
    Block **hash;
    CodePage **pages;
    uint8_t *arena;
    uint64_t arena_size, arena_used;
    uint32_t generation; /* counts flushes */
    uint32_t cs_limit;   /* that entries of jc were made under */
    unsigned log;        /* bits of -d that blocks were decoded for */
    uint8_t code_bit;    /* this CPU's in RAMBlock.code_map */
    Block *scratch;      /* being decoded; executed if not in RAM */
    Decoder *decoder;

    pthread_mutex_t lock; /* for: */
    CodeWrite writes[CODE_WRITES_MAX];
    unsigned nr_writes;
    bool flush; /* too many, or memory went away */
    bool work;  /* atomic: one of the above is there */
} TcgBlocks;

static ALWAYS_INLINE unsigned jc_index(uint64_t rip)
{
    return (rip ^ (rip >> JC_BITS)) & (JC_SIZE - 1);
}

/* The block at rip in the current mode, decoded if need be. Faults in
 * fetching are raised as this address's. */
Block *tcg_find_block(TcgCpu *t, uint64_t rip);
/* Has to come before bytes of this page are decoded: what other CPUs write to
 * it from then on invalidates what is made of them. */
void tcg_code_page_watch(TcgCpu *t, uint8_t *host, RAMBlock *ram);
/* Copies a decoded block into the cache, which has room. host2 and ram2 as of the second page,
 * or NULL. */
Block *tcg_block_add(TcgCpu *t, const Block *b, RAMBlock *ram, RAMBlock *ram2);
/* jmp, in a block of the cache, leads to `to` from now on. */
void tcg_block_link(TcgCpu *t, const Op *jmp, Block *to);
/* What others asked for by tcg_code_stored() or by the monitor's "log". Between
 * blocks only. */
void tcg_blocks_work(TcgCpu *t);
/* Forgets all blocks. Between blocks only. */
void tcg_blocks_flush(TcgCpu *t);
/* Forgets t's blocks that overlap these bytes; one that runs now leaves before
 * its next instruction. */
void tcg_invalidate(TcgCpu *t, uint8_t *host, uint64_t len);
/* The CS limit that blocks depend on. */
static inline uint32_t tcg_cs_limit(const TcgCpu *t)
{
    return t->mode & MODE_CS64 ? UINT32_MAX : t->env.segs[R_CS].limit;
}
void tcg_jump_cache_clear(TcgCpu *t);

/* -------------------------------------------------- code pages (codepage.c) */

/* The flags of a page that may be non-zero where code was decoded. */
static inline uint8_t *code_flags(const RAMBlock *ram, const uint8_t *host)
{
    return &ram->code_map[(uint64_t)(host - ram->host) >> TCG_PAGE_BITS];
}
/* The bit of all CPUs from the eighth on; nobody clears it. */
#define CODE_BIT_SHARED 0x80
static inline void tcg_code_bit_clear(const TcgBlocks *tb, uint8_t *flags)
{
    qatomic_fetch_and(flags, (uint8_t)(~tb->code_bit | CODE_BIT_SHARED));
}
/* From now on writes to the page are seen. */
void tcg_code_page_protect(TcgCpu *t, uint8_t *flags, uint8_t *host);
/* Guest CPU t wrote these bytes, in a page whose code flags are not 0. */
void tcg_code_stored(TcgCpu *t, const uint8_t *flags, uint8_t *host,
                     uint64_t len);
/* Installs the hook for writes by devices, and the table of RAM. */
void tcg_code_pages_init(void);
void tcg_code_track_view(FlatView *view);

/* --------------------------------------------------- decoding (decode.c) */

/* Where code comes from. */
typedef struct Fetch {
    uint64_t linear;
    uint64_t phys;  /* of linear */
    uint8_t *host;  /* of linear; NULL: not RAM */
    RAMBlock *ram;
} Fetch;

/* Main loop; cpu: any of the machine's, which are alike. */
void tcg_decode_init(const X86CPU *cpu);
static inline uint64_t tcg_truncate_rip(uint32_t mode, uint64_t rip)
{
    return mode & MODE_CS64   ? rip
           : mode & MODE_CS32 ? (uint32_t)rip
                              : (uint16_t)rip;
}
/* Decodes at rip into t->blocks->scratch. Sets *ram2 with its host2. */
Block *tcg_decode(TcgCpu *t, uint64_t rip, const Fetch *f, RAMBlock **ram2);

/* Handlers of direct jumps, cpu-exec.c: within a page, and out of it. */
OpFn tcg_op_goto, tcg_op_goto_far;
/* The block is no more: leave at this instruction. */
OpFn tcg_op_stale;

/* A jump's target is in disp and the four bytes that follow it; the next jump
 * linked to the same block is in the four from index on (its place in the
 * arena, in units of 8 bytes). */
static inline uint64_t goto_target(const Op *jmp)
{
    uint64_t rip;

    memcpy(&rip, &jmp->disp, sizeof(rip));
    return rip;
}
static inline bool op_is_goto(const Op *op)
{
    return op->fn == tcg_op_goto || op->fn == tcg_op_goto_far;
}

/* What TcgCpu.interrupt points to while every transfer has to leave. */
extern uint32_t tcg_always_interrupted;

/* ------------------------------------------------------- paging (mmu.c) */

typedef enum Access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXEC = 4 } Access;

/* Where a linear page leads. */
typedef struct Walk {
    uint64_t phys;      /* of the page of 4 KiB */
    unsigned page_bits; /* size of the guest's page: 12, 21, 22, 30 */
    unsigned access;    /* what may be done without another walk */
    bool global;
} Walk;

/* True and *w, with A and D bits set as for such an access; or false and the
 * error code of the page fault. */
bool tcg_walk(TcgCpu *t, bool user, uint64_t linear, Access access, Walk *w,
              uint32_t *error);

/* ---------------------------------------------------------- TLB (tlb.c) */

/* What the slow path knows of a TlbEntry's page. */
typedef struct TlbInfo {
    uint64_t page; /* linear, or TLB_INVALID */
    uint64_t phys;
    uint8_t *host;  /* NULL: not RAM, or not all of the page is */
    RAMBlock *ram;
    uint8_t access; /* Access bits */
    bool rom, global, large;
} TlbInfo;

/* A data breakpoint. */
typedef struct TcgWatch {
    uint64_t addr;
    uint8_t len;
    uint8_t access; /* Access bits */
    uint8_t number; /* of the debug register */
} TcgWatch;

typedef struct TcgMmu {
    TlbInfo info[MMU_MODES][TLB_SIZE];
    /* Indices filled since the last flush, for a cheap one; too many: -1. */
    uint16_t filled[MMU_MODES][TLB_SIZE];
    int nr_filled[MMU_MODES];
    uint16_t filled_global[MMU_MODES][TLB_SIZE];
    int nr_filled_global[MMU_MODES];
    uint64_t large; /* GiBs (hashed) with entries of pages above 4 KiB */
    const MemoryRange *range; /* of t->view, the last one used */
    uint64_t phys_mask;       /* address bits that exist */
    unsigned lock_depth;      /* mem_lock_begin() */
    TcgWatch watches[4];
    unsigned nr_watches;
    bool watch_hit; /* the instruction that runs gives a trap */
} TcgMmu;

/* The entry for an access of that kind, or the page fault is raised. op as in
 * tcg_raise(). */
TlbInfo *tcg_tlb_fill(TcgCpu *t, int mmu, uint64_t a, Access access,
                      const Op *op);
/* #GP(0), or #SS(0) where op addresses the stack, for an access at a. */
NORETURN void tcg_raise_address(TcgCpu *t, uint64_t a, const Op *op);
/* Empties t's TLB, also from another thread in an exclusive section. */
void tcg_tlb_reset(TcgCpu *t);
/* No direct writes to the host page any more. As above. */
void tcg_tlb_write_protect(TcgCpu *t, const uint8_t *host);
/* The RAM or ROM at phys if `len` bytes are there in one range; else NULL. */
uint8_t *tcg_phys_ram(TcgCpu *t, uint64_t phys, unsigned len,
                      const MemoryRange **range);

static inline int tcg_mmu_index(const TcgCpu *t)
{
    return t->tlb == t->tlbs[MMU_USER] ? MMU_USER : MMU_KERNEL;
}

/* ------------------------------------------------------ log (tcg-log.c) */

/* One line per instruction. */
void tcg_log_block(TcgCpu *t, const Block *b, const ZydisDecoder *zd);
/* First in a block: shows that it is entered, as -d exec,cpu say. */
OpFn tcg_op_log;

/* --------------------------------------------- data breakpoints (watch.c) */

/* Takes over the debug registers; MODE_WATCH. */
void tcg_watch_sync(TcgCpu *t);
/* The accesses to a linear page that have to be looked at. */
unsigned tcg_watch_page(const TcgCpu *t, uint64_t page);
/* An access was made (or will be, after all checks). */
void tcg_watch_check(TcgCpu *t, uint64_t a, unsigned len, Access access);

/* --------------------------------------------------------- MMIO (mmio.c) */

/* One register access; takes the big lock unless it is held. */
uint64_t tcg_mmio_ld(uint64_t phys, unsigned size);
void tcg_mmio_st(uint64_t phys, uint64_t v, unsigned size);
/* Follows the address space and its doorbells. Main loop, once. */
void tcg_mmio_init(void);

#endif
