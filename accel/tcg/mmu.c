/*
 * Paging: the walk through the guest's page tables.
 *
 * One routine serves 32-bit, PAE and 4-level tables: they differ in the shape
 * of the levels (struct Level). Access and dirty bits are set with a
 * compare-and-exchange against the entry that the decision was made on; if
 * another CPU changed it meanwhile the walk starts over.
 *
 * Tables may lie anywhere, also where there is no RAM: such entries are read
 * and written as a bus access would.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

#define PTE_P   (1u << 0)
#define PTE_W   (1u << 1)
#define PTE_U   (1u << 2)
#define PTE_A   (1u << 5)
#define PTE_D   (1u << 6)
#define PTE_PS  (1u << 7)
#define PTE_G   (1u << 8)
#define PTE_NX  (UINT64_C(1) << 63)

#define PF_P     (1u << 0)
#define PF_W     (1u << 1)
#define PF_U     (1u << 2)
#define PF_RSVD  (1u << 3)
#define PF_FETCH (1u << 4)

#define CPUID_PSE36   (1u << 17) /* leaf 1 EDX */
#define CPUID_PDPE1GB (1u << 26) /* leaf 0x80000001 EDX */

/* Other CPUs change entries under us at most this often in a row. */
#define WALK_TRIES 1000

typedef struct Tables {
    unsigned levels;     /* 2, 3 or 4 */
    unsigned entry_size; /* 4 or 8 */
    unsigned index_bits; /* of one level below the top */
    uint64_t root;
} Tables;

/* One entry on the way. */
typedef struct Step {
    uint64_t phys; /* of the entry */
    uint64_t pte;
} Step;

typedef struct WalkState {
    TcgCpu *t;
    const Tables *tables;
    uint64_t linear;
    Step steps[4];
    unsigned nr;
    unsigned shift; /* of the leaf: its page size */
    uint64_t phys;  /* of the leaf's page */
} WalkState;

/* ------------------------------------------------------------------- entries */

static uint64_t pte_load(TcgCpu *t, uint64_t phys, unsigned size)
{
    const uint8_t *host = tcg_phys_ram(t, phys, size, NULL);

    if (unlikely(!host)) {
        return tcg_mmio_ld(phys, size);
    }
    return size == 4 ? qatomic_read((const uint32_t *)host)
                     : qatomic_read((const uint64_t *)host);
}

/* False if it is not `old` any more. */
static bool pte_set_bits(TcgCpu *t, uint64_t phys, unsigned size, uint64_t old,
                         uint64_t bits)
{
    const MemoryRange *range;
    uint8_t *host = tcg_phys_ram(t, phys, size, &range);
    uint32_t old32 = old;
    bool done;

    if (unlikely(!host)) {
        tcg_mmio_st(phys, old | bits, size);
        return true;
    }
    if (unlikely(range->readonly)) {
        return true;
    }
    if (size == 4) {
        done = qatomic_cmpxchg_bool((uint32_t *)host, &old32,
                                    (uint32_t)(old | bits));
    } else {
        done = qatomic_cmpxchg_bool((uint64_t *)host, &old, old | bits);
    }
    if (unlikely(qatomic_read(code_flags(range->ram, host)))) {
        tcg_code_stored(t, code_flags(range->ram, host), host, size);
    }
    return done;
}

static void tables_of(const TcgCpu *t, Tables *s)
{
    if (t->env.efer & EFER_LMA) {
        *s = (Tables){4, 8, 9, t->env.cr[3] & t->mmu->phys_mask & ~0xfffull};
    } else if (t->env.cr[4] & CR4_PAE) {
        *s = (Tables){3, 8, 9, t->env.cr[3] & 0xffffffe0u};
    } else {
        *s = (Tables){2, 4, 10, t->env.cr[3] & 0xfffff000u};
    }
}

/* ------------------------------------------------------------ reserved bits */

static bool has_large_pages(const TcgCpu *t, const Tables *s, unsigned level)
{
    if (level == 2) {
        return s->levels > 2 || (t->env.cr[4] & CR4_PSE);
    }
    return level == 3 && s->levels == 4 &&
           x86_cpu_has(t->cpu, FEAT_8000_0001_EDX, CPUID_PDPE1GB);
}

/* Bits that must be 0 in an entry of this level, of 8 bytes. */
static uint64_t reserved_bits(const TcgCpu *t, const Tables *s, unsigned level,
                              bool leaf)
{
    uint64_t mask = ~t->mmu->phys_mask & MAKE_64BIT_MASK(0, 52);

    if (s->levels == 3) {
        mask |= MAKE_64BIT_MASK(52, 11);
        if (level == 3) {
            return mask | PTE_NX | 0x1e6;
        }
    }
    if (!(t->env.efer & EFER_NXE)) {
        mask |= PTE_NX;
    }
    if (leaf && level > 1) {
        mask |= MAKE_64BIT_MASK(13, 9 * (level - 1) - 1);
    } else if (level > 1 && !has_large_pages(t, s, level)) {
        mask |= PTE_PS;
    }
    return mask;
}

/* A 32-bit entry of a 4 MiB page: address bits 32-39 are in bits 13-20. */
static uint64_t pse_phys(const TcgCpu *t, uint64_t pte)
{
    uint64_t phys = pte & 0xffc00000u;

    if (x86_cpu_has(t->cpu, FEAT_1_EDX, CPUID_PSE36)) {
        phys |= (pte & 0x1fe000) << 19;
    }
    return phys & t->mmu->phys_mask;
}

static bool entry_reserved(const TcgCpu *t, const Tables *s, unsigned level,
                           uint64_t pte, bool leaf)
{
    if (s->entry_size == 8) {
        return pte & reserved_bits(t, s, level, leaf);
    }
    return leaf && level == 2 && (pte & (1u << 21));
}

/* ---------------------------------------------------------------------- walk */

/* Down to the leaf. False with *error: not present, or reserved bits. */
static bool walk_down(WalkState *w, uint32_t *error)
{
    const Tables *s = w->tables;
    uint64_t base = s->root;

    w->nr = 0;
    for (unsigned level = s->levels;; level--) {
        Step *step = &w->steps[w->nr++];
        unsigned bits = s->levels == 3 && level == 3 ? 2 : s->index_bits;
        uint64_t index;
        bool leaf;

        w->shift = TCG_PAGE_BITS + (level - 1) * s->index_bits;
        index = (w->linear >> w->shift) & MAKE_64BIT_MASK(0, bits);
        step->phys = base + index * s->entry_size;
        step->pte = pte_load(w->t, step->phys, s->entry_size);
        if (!(step->pte & PTE_P)) {
            *error = 0;
            return false;
        }
        leaf = level == 1 || ((step->pte & PTE_PS) &&
                              has_large_pages(w->t, s, level));
        if (entry_reserved(w->t, s, level, step->pte, leaf)) {
            *error = PF_P | PF_RSVD;
            return false;
        }
        if (leaf) {
            w->phys = s->entry_size == 4 && level == 2
                          ? pse_phys(w->t, step->pte)
                          : step->pte & w->t->mmu->phys_mask &
                                ~MAKE_64BIT_MASK(0, w->shift);
            return true;
        }
        base = step->pte & w->t->mmu->phys_mask & ~(uint64_t)0xfff;
    }
}

/* What the entries together allow. */
static unsigned walk_rights(const WalkState *w, bool user)
{
    const CPUX86State *env = &w->t->env;
    unsigned i = w->tables->levels == 3 ? 1 : 0; /* PDPTEs have no rights */
    uint64_t all = PTE_W | PTE_U, nx = 0;
    unsigned access = 0;

    for (; i < w->nr; i++) {
        all &= w->steps[i].pte;
        nx |= w->steps[i].pte;
    }
    nx &= w->tables->entry_size == 8 && (env->efer & EFER_NXE) ? PTE_NX : 0;
    if (!user || (all & PTE_U)) {
        access = ACCESS_READ;
        if ((all & PTE_W) || (!user && !(env->cr[0] & CR0_WP))) {
            access |= ACCESS_WRITE;
        }
        if (!nx && (user || !(all & PTE_U) || !(env->cr[4] & CR4_SMEP))) {
            access |= ACCESS_EXEC;
        }
    }
    return access;
}

/* Access bits on the way and the dirty bit. False: an entry changed. */
static bool walk_mark(WalkState *w, Access access)
{
    unsigned i = w->tables->levels == 3 ? 1 : 0;

    for (; i < w->nr; i++) {
        Step *step = &w->steps[i];
        uint64_t bits = PTE_A;

        if (i == w->nr - 1 && (access & ACCESS_WRITE)) {
            bits |= PTE_D;
        }
        if ((step->pte & bits) == bits) {
            continue;
        }
        if (!pte_set_bits(w->t, step->phys, w->tables->entry_size, step->pte,
                          bits)) {
            return false;
        }
        step->pte |= bits;
    }
    return true;
}

static uint32_t error_bits(const TcgCpu *t, bool user, Access access)
{
    uint32_t error = user ? PF_U : 0;
    bool nx = (t->env.cr[4] & CR4_PAE) && (t->env.efer & EFER_NXE);

    if (access & ACCESS_WRITE) {
        error |= PF_W;
    }
    if ((access & ACCESS_EXEC) && (nx || (t->env.cr[4] & CR4_SMEP))) {
        error |= PF_FETCH;
    }
    return error;
}

/* 1: done; 0: *error; -1: an entry changed. */
static int walk_once(WalkState *w, bool user, Access access, Walk *out,
                     uint32_t *error)
{
    const uint64_t *leaf;
    unsigned rights;

    if (!walk_down(w, error)) {
        return 0;
    }
    rights = walk_rights(w, user);
    if ((rights & access) != access) {
        *error = PF_P;
        return 0;
    }
    if (!walk_mark(w, access)) {
        return -1;
    }
    leaf = &w->steps[w->nr - 1].pte;
    if (!(*leaf & PTE_D)) {
        rights &= ~ACCESS_WRITE; /* the first write has to come by */
    }
    out->access = rights;
    out->page_bits = w->shift;
    out->global = (*leaf & PTE_G) && (w->t->env.cr[4] & CR4_PGE);
    out->phys = (w->phys | (w->linear & MAKE_64BIT_MASK(0, w->shift))) &
                TCG_PAGE_MASK;
    return 1;
}

bool tcg_walk(TcgCpu *t, bool user, uint64_t linear, Access access, Walk *w,
              uint32_t *error)
{
    Tables tables;
    WalkState state = {.t = t, .tables = &tables, .linear = linear};
    int done = -1;

    if (!(t->env.cr[0] & CR0_PG)) {
        *w = (Walk){.phys = linear & 0xfffff000u,
                    .page_bits = TCG_PAGE_BITS,
                    .access = ACCESS_READ | ACCESS_WRITE | ACCESS_EXEC};
        return true;
    }
    tables_of(t, &tables);
    for (int i = 0; i < WALK_TRIES && done < 0; i++) {
        done = walk_once(&state, user, access, w, error);
    }
    if (done <= 0) {
        /* An entry that never keeps still was not present at some time. */
        *error = (done < 0 ? 0 : *error) | error_bits(t, user, access);
        return false;
    }
    return true;
}

bool tcg_translate_debug(TcgCpu *t, uint64_t linear, uint64_t *phys)
{
    Tables tables;
    WalkState state = {.t = t, .tables = &tables, .linear = linear};
    uint32_t error;

    if (!(t->env.cr[0] & CR0_PG)) {
        *phys = linear & UINT32_MAX;
        return true;
    }
    tables_of(t, &tables);
    if (!walk_down(&state, &error)) {
        return false;
    }
    *phys = state.phys | (linear & MAKE_64BIT_MASK(0, state.shift));
    return true;
}
