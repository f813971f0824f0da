/*
 * Memory accesses off the fast path: the first to a page, page crossing,
 * registers, ROM, pages with code.
 *
 * Both pages of a crossing access are checked before either is touched. What
 * follows a register access does not use the TLB: the device may have changed
 * the memory layout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

/* A piece of an access that lies in one page. */
typedef struct Piece {
    uint64_t phys;
    uint8_t *host;
    uint8_t *flags; /* of the code map; NULL without RAM */
    unsigned len;
    bool rom;
} Piece;

static uint64_t linear_wrap(const TcgCpu *t, uint64_t a)
{
    return t->mode & MODE_LMA ? a : (uint32_t)a;
}

static void piece_get(TcgCpu *t, int mmu, uint64_t a, unsigned len,
                      Access access, const Op *op, Piece *p)
{
    const TlbInfo *info = tcg_tlb_fill(t, mmu, a, access, op);
    uint64_t offset = a & ~TCG_PAGE_MASK;

    p->phys = info->phys + offset;
    p->host = info->host ? info->host + offset : NULL;
    p->flags = info->host ? code_flags(info->ram, info->host) : NULL;
    p->rom = info->rom;
    p->len = len;
}

/*
 * An access that crosses pages may not cross into addresses that are not
 * canonical: that comes before a fault of its first page. Flat segments end at
 * 4 GiB; those with a base were checked before.
 */
static void check_end(TcgCpu *t, uint64_t a, unsigned len, const Op *op)
{
    uint64_t end = a + len - 1;

    if (unlikely((uint64_t)((int64_t)(end << 16) >> 16) != end ||
                 ((uint32_t)end < (uint32_t)a &&
                  (t->mode & (MODE_FLAT | MODE_CS64)) == MODE_FLAT))) {
        tcg_raise_address(t, a, op);
    }
}

/* The one or two pieces of an access up to a page long; returns how many. */
static unsigned pieces_get(TcgCpu *t, int mmu, uint64_t a, unsigned len,
                           Access access, const Op *op, Piece p[2])
{
    unsigned first = TCG_PAGE_SIZE - (a & ~TCG_PAGE_MASK);

    if (len <= first) {
        piece_get(t, mmu, a, len, access, op, &p[0]);
        if (unlikely(t->mmu->nr_watches)) {
            tcg_watch_check(t, a, len, access);
        }
        return 1;
    }
    check_end(t, a, len, op);
    piece_get(t, mmu, a, first, access, op, &p[0]);
    piece_get(t, mmu, linear_wrap(t, a + first), len - first, access, op,
              &p[1]);
    if (unlikely(t->mmu->nr_watches)) {
        tcg_watch_check(t, a, len, access);
    }
    return 2;
}

static void piece_read(const Piece *p, uint8_t *buf)
{
    if (p->host) {
        memcpy(buf, p->host, p->len);
        return;
    }
    for (unsigned done = 0, n; done < p->len; done += n) {
        uint64_t v;

        n = p->len - done >= 8 ? 8 : p->len - done >= 4 ? 4 : 1;
        v = tcg_mmio_ld(p->phys + done, n);
        memcpy(buf + done, &v, n);
    }
}

static void piece_write(TcgCpu *t, const Piece *p, const uint8_t *buf)
{
    if (p->host) {
        if (p->rom) {
            return;
        }
        memcpy(p->host, buf, p->len);
        if (qatomic_read(p->flags)) {
            tcg_code_stored(t, p->flags, p->host, p->len);
        }
        return;
    }
    for (unsigned done = 0, n; done < p->len; done += n) {
        uint64_t v = 0;

        n = p->len - done >= 8 ? 8 : p->len - done >= 4 ? 4 : 1;
        memcpy(&v, buf + done, n);
        tcg_mmio_st(p->phys + done, v, n);
    }
}

/* ------------------------------------------------------------------- 1..8 bytes */

static uint64_t ld(TcgCpu *t, int mmu, uint64_t a, unsigned size, const Op *op)
{
    uint64_t v = 0;
    Piece p[2];

    if (pieces_get(t, mmu, a, size, ACCESS_READ, op, p) == 1) {
        return p[0].host ? host_ld(p[0].host, size)
                         : tcg_mmio_ld(p[0].phys, size);
    }
    piece_read(&p[0], (uint8_t *)&v);
    piece_read(&p[1], (uint8_t *)&v + p[0].len);
    return v;
}

static void st(TcgCpu *t, int mmu, uint64_t a, uint64_t v, unsigned size,
               const Op *op)
{
    Piece p[2];

    if (pieces_get(t, mmu, a, size, ACCESS_WRITE, op, p) == 2) {
        piece_write(t, &p[0], (uint8_t *)&v);
        piece_write(t, &p[1], (uint8_t *)&v + p[0].len);
    } else if (!p[0].host) {
        tcg_mmio_st(p[0].phys, v, size);
    } else if (!p[0].rom) {
        host_st(p[0].host, v, size);
        if (qatomic_read(p[0].flags)) {
            tcg_code_stored(t, p[0].flags, p[0].host, size);
        }
    }
}

uint64_t mem_ld_slow(TcgCpu *t, uint64_t a, unsigned size, const Op *op)
{
    return ld(t, tcg_mmu_index(t), a, size, op);
}

void mem_st_slow(TcgCpu *t, uint64_t a, uint64_t v, unsigned size,
                 const Op *op)
{
    st(t, tcg_mmu_index(t), a, v, size, op);
}

void *mem_rw_slow(TcgCpu *t, uint64_t a, unsigned size, const Op *op)
{
    uint8_t flags;
    Piece p[2];

    if (pieces_get(t, tcg_mmu_index(t), a, size, ACCESS_READ | ACCESS_WRITE,
                   op, p) == 2 ||
        !p[0].host || p[0].rom) {
        return NULL;
    }
    flags = qatomic_read(p[0].flags);
    if (flags & (~t->blocks->code_bit | CODE_BIT_SHARED)) {
        return NULL; /* others may decode it again before it is written */
    }
    if (flags) {
        tcg_invalidate(t, p[0].host, size);
    }
    return p[0].host;
}

uint64_t mem_ld_kernel(TcgCpu *t, uint64_t a, unsigned size, const Op *op)
{
    const TlbEntry *e =
        &t->tlbs[MMU_KERNEL][(a >> TCG_PAGE_BITS) & (TLB_SIZE - 1)];

    if (likely(e->read == ((a + size - 1) & TCG_PAGE_MASK))) {
        return host_ld((void *)(a + e->addend), size);
    }
    return ld(t, MMU_KERNEL, a, size, op);
}

void mem_st_kernel(TcgCpu *t, uint64_t a, uint64_t v, unsigned size,
                   const Op *op)
{
    const TlbEntry *e =
        &t->tlbs[MMU_KERNEL][(a >> TCG_PAGE_BITS) & (TLB_SIZE - 1)];

    if (likely(e->write == ((a + size - 1) & TCG_PAGE_MASK))) {
        host_st((void *)(a + e->addend), v, size);
        return;
    }
    st(t, MMU_KERNEL, a, v, size, op);
}

/* -------------------------------------------------------------- many bytes */

void mem_read_bytes(TcgCpu *t, uint64_t a, void *buf, unsigned len, const Op *op)
{
    Piece p[2];
    unsigned n =
        pieces_get(t, tcg_mmu_index(t), a, len, ACCESS_READ, op, p);

    piece_read(&p[0], buf);
    if (n == 2) {
        piece_read(&p[1], (uint8_t *)buf + p[0].len);
    }
}

void mem_write_bytes(TcgCpu *t, uint64_t a, const void *buf, unsigned len,
               const Op *op)
{
    Piece p[2];
    unsigned n =
        pieces_get(t, tcg_mmu_index(t), a, len, ACCESS_WRITE, op, p);

    piece_write(t, &p[0], buf);
    if (n == 2) {
        piece_write(t, &p[1], (const uint8_t *)buf + p[0].len);
    }
}

void mem_check_write(TcgCpu *t, uint64_t a, unsigned len, const Op *op)
{
    unsigned first = TCG_PAGE_SIZE - (a & ~TCG_PAGE_MASK);
    Piece p;

    piece_get(t, tcg_mmu_index(t), a, MIN(len, first), ACCESS_WRITE, op, &p);
    if (len > first) {
        piece_get(t, tcg_mmu_index(t), linear_wrap(t, a + first), len - first,
                  ACCESS_WRITE, op, &p);
    }
}

/* ----------------------------------------------------------------- locked */

void mem_lock_begin(TcgCpu *t)
{
    t->mmu->lock_depth++;
    cpu_exclusive_begin();
}

void mem_lock_end(TcgCpu *t)
{
    t->mmu->lock_depth--;
    cpu_exclusive_end();
}
