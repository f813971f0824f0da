/*
 * The softmmu TLB: filling and flushing.
 *
 * A TlbEntry is what the fast path compares; the TlbInfo beside it knows the
 * rest of its page, so that registers, ROM and pages with code need no new walk
 * at every access. There is an array for supervisor and one for user accesses.
 * The indices filled since the last flush are listed, those of global pages
 * apart, so that a flush costs as much as was filled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

/* --------------------------------------------------------------- RAM by phys */

uint8_t *tcg_phys_ram(TcgCpu *t, uint64_t phys, unsigned len,
                      const MemoryRange **range)
{
    const MemoryRange *r = t->mmu->range;

    if (!r || phys < r->addr || phys - r->addr >= r->size) {
        r = flatview_find(t->view, phys);
        if (!r || !r->host) {
            return NULL;
        }
        t->mmu->range = r;
    }
    if (len > r->size - (phys - r->addr)) {
        return NULL;
    }
    if (range) {
        *range = r;
    }
    return r->host + (phys - r->addr);
}

/* -------------------------------------------------------------------- filling */

static void remember(uint16_t *list, int *nr, unsigned index)
{
    if (*nr >= 0 && *nr < (int)TLB_SIZE) {
        list[(*nr)++] = index;
    } else {
        *nr = -1;
    }
}

static void entry_clear(TlbEntry *e)
{
    e->read = e->write = e->exec = TLB_INVALID;
}

/* A bit for the GiB that an address is in, for a quick "no". */
static uint64_t large_bit(uint64_t linear)
{
    return UINT64_C(1) << (((linear >> 30) * 37) & 63);
}

/* A new page in this slot. */
static void entry_replace(TcgCpu *t, int mmu, unsigned index, uint64_t page,
                          const Walk *w)
{
    TcgMmu *m = t->mmu;
    TlbInfo *info = &m->info[mmu][index];
    TlbEntry *e = &t->tlbs[mmu][index];
    const MemoryRange *range = NULL;

    entry_clear(e);
    info->page = page;
    info->phys = w->phys;
    info->global = w->global;
    info->large = w->page_bits > TCG_PAGE_BITS;
    m->large |= info->large ? large_bit(page) : 0;
    info->host = tcg_phys_ram(t, w->phys, TCG_PAGE_SIZE, &range);
    if (info->host && ((uintptr_t)info->host & ~TCG_PAGE_MASK)) {
        info->host = NULL; /* of no use for tags */
    }
    info->ram = info->host ? range->ram : NULL;
    info->rom = info->host && range->readonly;
    e->addend = (uintptr_t)info->host - page;
    if (w->global) {
        remember(m->filled_global[mmu], &m->nr_filled_global[mmu], index);
    } else {
        remember(m->filled[mmu], &m->nr_filled[mmu], index);
    }
}

/* Sets the tags of what may be done directly. */
static void entry_tags(TlbEntry *e, const TlbInfo *info, Access access,
                       unsigned watched)
{
    if (!info->host) {
        return;
    }
    if (info->access & ~watched & ACCESS_READ) {
        e->read = info->page;
    }
    if (access & ACCESS_EXEC) {
        e->exec = info->page;
    }
    if ((info->access & ~watched & ACCESS_WRITE) && !info->rom &&
        !qatomic_read(code_flags(info->ram, info->host))) {
        e->write = info->page;
    }
}

/* Is it an access to the stack segment? The Op that has base and index may be
 * one before, which computed SLOT_EA; PUSH, CALL and the like have none. */
static bool is_stack_access(const TcgCpu *t, uint64_t a, const Op *op)
{
    const Op *o = op;

    for (;;) {
        if (o->base == REG_OFF(R_ESP) || o->base == REG_OFF(R_EBP)) {
            return true;
        }
        if (o->base != SLOT_EA || o->pos == 0 || o[-1].ip_off != op->ip_off) {
            break;
        }
        o--;
    }
    return op->base == SLOT_ZERO && a - t->env.regs[R_ESP] + 64 <= 128;
}

NORETURN COLD void tcg_raise_address(TcgCpu *t, uint64_t a, const Op *op)
{
    bool stack = op && is_stack_access(t, a, op);

    tcg_raise_err(t, op, stack ? EXCP0C_STACK : EXCP0D_GPF, 0);
}

static bool is_canonical(uint64_t a)
{
    return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

TlbInfo *tcg_tlb_fill(TcgCpu *t, int mmu, uint64_t a, Access access,
                      const Op *op)
{
    uint64_t page = a & TCG_PAGE_MASK;
    unsigned index = (a >> TCG_PAGE_BITS) & (TLB_SIZE - 1);
    TlbInfo *info = &t->mmu->info[mmu][index];

    if (info->page != page || (info->access & access) != access) {
        uint32_t error;
        Walk w;

        if (unlikely(!is_canonical(a))) {
            tcg_raise_address(t, a, op);
        }
        if (!tcg_walk(t, mmu == MMU_USER, page, access, &w, &error)) {
            tcg_raise_pf(t, op, a, error);
        }
        if (info->page != page || info->phys != w.phys) {
            entry_replace(t, mmu, index, page, &w);
        }
        info->access = w.access;
    }
    entry_tags(&t->tlbs[mmu][index], info, access,
               unlikely(t->mmu->nr_watches) ? tcg_watch_page(t, page) : 0);
    return info;
}

/* ------------------------------------------------------------------- flushing */

static void slot_clear(TcgCpu *t, int mmu, unsigned index)
{
    entry_clear(&t->tlbs[mmu][index]);
    t->mmu->info[mmu][index].page = TLB_INVALID;
}

static void flush_all(TcgCpu *t, int mmu)
{
    for (unsigned i = 0; i < TLB_SIZE; i++) {
        slot_clear(t, mmu, i);
    }
    t->mmu->nr_filled[mmu] = 0;
    t->mmu->nr_filled_global[mmu] = 0;
}

static void flush_local(TcgCpu *t, int mmu)
{
    TcgMmu *m = t->mmu;

    if (m->nr_filled[mmu] < 0) {
        for (unsigned i = 0; i < TLB_SIZE; i++) {
            if (!m->info[mmu][i].global) {
                slot_clear(t, mmu, i);
            }
        }
    }
    for (int i = 0; i < m->nr_filled[mmu]; i++) {
        unsigned index = m->filled[mmu][i];

        if (!m->info[mmu][index].global) {
            slot_clear(t, mmu, index);
        }
    }
    m->nr_filled[mmu] = 0;
}

static void flush_global(TcgCpu *t, int mmu)
{
    TcgMmu *m = t->mmu;

    if (m->nr_filled_global[mmu] < 0) {
        flush_all(t, mmu);
    }
    for (int i = 0; i < m->nr_filled_global[mmu]; i++) {
        slot_clear(t, mmu, m->filled_global[mmu][i]);
    }
    m->nr_filled_global[mmu] = 0;
}

void tcg_tlb_flush(TcgCpu *t, bool keep_global)
{
    for (int mmu = 0; mmu < MMU_MODES; mmu++) {
        flush_local(t, mmu);
        if (!keep_global) {
            flush_global(t, mmu);
        }
    }
    if (!keep_global) {
        t->mmu->large = 0;
    }
}

void tcg_tlb_reset(TcgCpu *t)
{
    for (int mmu = 0; mmu < MMU_MODES; mmu++) {
        flush_all(t, mmu);
    }
    t->mmu->large = 0;
}

/*
 * The page may be part of a larger one, other parts of which are here under
 * the same translation: they go as well. How large is not known any more, so
 * all parts of large pages go if one of them covers this address.
 */
static void flush_large(TcgCpu *t, int mmu, uint64_t linear)
{
    for (unsigned i = 0; i < TLB_SIZE; i++) {
        const TlbInfo *info = &t->mmu->info[mmu][i];

        if (info->page != TLB_INVALID && info->large &&
            (info->page ^ linear) >> 30 == 0) {
            slot_clear(t, mmu, i);
        }
    }
}

void tcg_tlb_flush_page(TcgCpu *t, uint64_t linear)
{
    unsigned index = (linear >> TCG_PAGE_BITS) & (TLB_SIZE - 1);
    uint64_t page = linear & TCG_PAGE_MASK;

    for (int mmu = 0; mmu < MMU_MODES; mmu++) {
        if (t->mmu->info[mmu][index].page == page) {
            slot_clear(t, mmu, index);
        }
        if (t->mmu->large & large_bit(linear)) {
            flush_large(t, mmu, linear);
        }
    }
}

void tcg_tlb_write_protect(TcgCpu *t, const uint8_t *host)
{
    for (int mmu = 0; mmu < MMU_MODES; mmu++) {
        for (unsigned i = 0; i < TLB_SIZE; i++) {
            TlbEntry *e = &t->tlbs[mmu][i];

            if (e->write != TLB_INVALID &&
                (uint8_t *)(e->write + e->addend) == host) {
                e->write = TLB_INVALID;
            }
        }
    }
}

/* --------------------------------------------------------------- life cycle */

void tcg_mmu_sync(TcgCpu *t)
{
    t->tlb = t->tlbs[tcg_cpl(t) == 3 ? MMU_USER : MMU_KERNEL];
    if (t->blocks && t->blocks->cs_limit != tcg_cs_limit(t)) {
        t->blocks->cs_limit = tcg_cs_limit(t);
        tcg_jump_cache_clear(t);
    }
    if (unlikely((t->env.dr[7] & 0xff) || (t->mmu && t->mmu->nr_watches))) {
        tcg_watch_sync(t);
    }
}

bool tcg_mmu_init(TcgCpu *t, Error **errp)
{
    t->mmu = g_new0(TcgMmu, 1);
    t->mmu->phys_mask = MAKE_64BIT_MASK(0, t->cpu->phys_bits ?: 40);
    t->view = address_space_get_flatview(&address_space_memory);
    tcg_tlb_reset(t);
    t->tlb = t->tlbs[MMU_KERNEL];
    return true;
}

void tcg_mmu_destroy(TcgCpu *t)
{
    if (t->view) {
        flatview_unref(t->view);
        t->view = NULL;
    }
    g_clear_pointer(&t->mmu, g_free);
}
