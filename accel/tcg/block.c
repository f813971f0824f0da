/*
 * The block cache of one CPU.
 *
 * Blocks lie one behind the other in an arena and never move; when it is full
 * everything is forgotten at once. A block is found by where its bytes lie in
 * host memory and by all that decoding depended on, so that it survives
 * changes of the page tables. In front of that is the jump cache, by RIP
 * alone: tcg_goto() takes what it finds there if the exec tag in the TLB still
 * leads to the block's bytes.
 *
 * Writes to decoded code: tcg_invalidate() takes the blocks that overlap the
 * written bytes out of every table and unties the jumps linked to them. Their
 * memory stays until the next flush, so that a block may invalidate itself:
 * the first Op of each of its instructions becomes one that leaves.
 *
 * Only the CPU's own thread touches all this, but for the list of writes that
 * others made (tcg_blocks_work()).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "accel/tcg/tcg-core.h"
#include "trace/trace.h"

#define PAGE_HASH_BITS 12
#define BLOCK_SIZE_MAX (sizeof(Block) + BLOCK_MAX_OPS * sizeof(Op))

/* Never entered: what an empty slot of the jump cache holds. */
static Block no_block = {.rip = 1, .mode = UINT32_MAX};

/* ------------------------------------------------------------------- tables */

static uint64_t hash_mix(uint64_t v)
{
    return (v * UINT64_C(0x9e3779b97f4a7c15)) >> 20;
}

static Block **hash_slot(const TcgBlocks *tb, const uint8_t *host,
                         uint32_t mode)
{
    uint64_t h = hash_mix((uintptr_t)host ^ ((uint64_t)mode << 48));

    return &tb->hash[h & ((1u << BLOCK_HASH_BITS) - 1)];
}

static uint8_t *page_of(const uint8_t *host)
{
    return (uint8_t *)((uintptr_t)host & TCG_PAGE_MASK);
}

static CodePage **page_slot(const TcgBlocks *tb, const uint8_t *host)
{
    uint64_t h = hash_mix((uintptr_t)host >> TCG_PAGE_BITS);

    return &tb->pages[h & ((1u << PAGE_HASH_BITS) - 1)];
}

static CodePage *page_find(const TcgBlocks *tb, const uint8_t *host)
{
    CodePage *p;

    for (p = *page_slot(tb, host); p; p = p->next) {
        if (p->host == host) {
            return p;
        }
    }
    return NULL;
}

/* The page's entry; writes to it are seen from now on. */
static CodePage *page_get(TcgCpu *t, uint8_t *host, RAMBlock *ram)
{
    TcgBlocks *tb = t->blocks;
    CodePage *p = page_find(tb, host);

    if (!p) {
        CodePage **slot = page_slot(tb, host);

        p = g_new0(CodePage, 1);
        p->host = host;
        p->flags = code_flags(ram, host);
        p->next = *slot;
        *slot = p;
    }
    if (!(qatomic_read(p->flags) & tb->code_bit)) {
        tcg_code_page_protect(t, p->flags, host);
    }
    return p;
}

void tcg_code_page_watch(TcgCpu *t, uint8_t *host, RAMBlock *ram)
{
    page_get(t, page_of(host), ram);
}

void tcg_jump_cache_clear(TcgCpu *t)
{
    for (unsigned i = 0; i < JC_SIZE; i++) {
        t->blocks->jc[i] = &no_block;
    }
}

/* --------------------------------------------------------------- life cycle */

static void pages_free(TcgBlocks *tb)
{
    for (unsigned i = 0; i < 1u << PAGE_HASH_BITS; i++) {
        CodePage *p = tb->pages[i];

        while (p) {
            CodePage *next = p->next;

            tcg_code_bit_clear(tb, p->flags);
            g_free(p);
            p = next;
        }
        tb->pages[i] = NULL;
    }
}

bool tcg_blocks_init(TcgCpu *t, Error **errp)
{
    TcgBlocks *tb = g_new0(TcgBlocks, 1);
    void *arena = mmap(NULL, tcg_options.tb_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (arena == MAP_FAILED) {
        error_setg_errno(errp, errno,
                         "Could not allocate %" PRIu64
                         " bytes for the block cache",
                         tcg_options.tb_size);
        g_free(tb);
        return false;
    }
    tb->arena = arena;
    tb->arena_size = tcg_options.tb_size;
    tb->hash = g_new0(Block *, 1u << BLOCK_HASH_BITS);
    tb->pages = g_new0(CodePage *, 1u << PAGE_HASH_BITS);
    tb->code_bit = 1u << MIN(t->cpu->parent_obj.cpu_index, 7);
    tb->scratch = g_malloc0(BLOCK_SIZE_MAX);
    tb->decoder = g_new0(Decoder, 1);
    pthread_mutex_init(&tb->lock, NULL);
    t->blocks = tb;
    tcg_jump_cache_clear(t);
    return true;
}

void tcg_blocks_destroy(TcgCpu *t)
{
    TcgBlocks *tb = t->blocks;

    if (!tb) {
        return;
    }
    t->blocks = NULL;
    pages_free(tb);
    munmap(tb->arena, tb->arena_size);
    pthread_mutex_destroy(&tb->lock);
    g_free(tb->hash);
    g_free(tb->pages);
    g_free(tb->scratch);
    g_free(tb->decoder);
    g_free(tb);
}

void tcg_blocks_flush(TcgCpu *t)
{
    TcgBlocks *tb = t->blocks;

    pages_free(tb);
    memset(tb->hash, 0, sizeof(Block *) << BLOCK_HASH_BITS);
    tcg_jump_cache_clear(t);
    tb->arena_used = 0;
    tb->generation++;
}

void tcg_blocks_work(TcgCpu *t)
{
    TcgBlocks *tb = t->blocks;
    unsigned log = qemu_loglevel & (LOG_EXEC | LOG_CPU);

    if (unlikely(log != tb->log)) {
        tb->log = log; /* blocks that log are decoded so, see decode.c */
        tcg_blocks_flush(t);
    }
    if (likely(!qatomic_read(&tb->work))) {
        return;
    }
    pthread_mutex_lock(&tb->lock);
    qatomic_set(&tb->work, false);
    if (tb->flush) {
        tcg_blocks_flush(t);
    } else {
        for (unsigned i = 0; i < tb->nr_writes; i++) {
            tcg_invalidate(t, tb->writes[i].host, tb->writes[i].len);
        }
    }
    tb->flush = false;
    tb->nr_writes = 0;
    pthread_mutex_unlock(&tb->lock);
}

/* ------------------------------------------------------------------- adding */

static uint64_t cover_mask(const uint8_t *page, const uint8_t *from,
                           const uint8_t *to)
{
    uint64_t first = from > page ? (uint64_t)(from - page) / 64 : 0;
    uint64_t last = to - page >= TCG_PAGE_SIZE ? 63 : (to - 1 - page) / 64;

    return MAKE_64BIT_MASK(first, last - first + 1);
}

/* The bytes of b that lie in page. */
static void block_part(const Block *b, const uint8_t *page, uint8_t **from,
                       uint8_t **to)
{
    uint8_t *end = page_of(b->host) + TCG_PAGE_SIZE;

    if (page == page_of(b->host)) {
        *from = b->host;
        *to = MIN(b->host + b->bytes, end);
    } else {
        *from = b->host2;
        *to = b->host2 + (b->bytes - (end - b->host));
    }
}

static Block **page_link(Block *b, const uint8_t *page)
{
    return &b->page_next[page != page_of(b->host)];
}

static void page_add(CodePage *p, Block *b)
{
    uint8_t *from, *to;

    block_part(b, p->host, &from, &to);
    p->cover |= cover_mask(p->host, from, to);
    *page_link(b, p->host) = p->first;
    p->first = b;
}

static uint64_t block_size(const Block *b)
{
    return sizeof(Block) + b->nr_ops * sizeof(Op);
}

Block *tcg_block_add(TcgCpu *t, const Block *scratch, RAMBlock *ram,
                     RAMBlock *ram2)
{
    TcgBlocks *tb = t->blocks;
    Block **slot;
    Block *b;

    b = (Block *)(tb->arena + tb->arena_used);
    tb->arena_used += block_size(scratch);
    memcpy(b, scratch, block_size(scratch));
    for (unsigned i = 0; i < b->nr_ops; i++) {
        if (op_is_goto(&b->ops[i])) {
            b->ops[i].link = &b->ops[i];
        }
    }
    slot = hash_slot(tb, b->host, b->mode);
    b->hash_next = *slot;
    *slot = b;
    page_add(page_get(t, page_of(b->host), ram), b);
    if (b->host2 && b->host2 != page_of(b->host)) {
        page_add(page_get(t, b->host2, ram2), b);
    }
    return b;
}

/* -------------------------------------------------------------------- links */

static uint32_t op_number(const TcgBlocks *tb, const Op *op)
{
    return op ? ((const uint8_t *)op - tb->arena) / 8 : 0;
}

static Op *op_numbered(const TcgBlocks *tb, uint32_t n)
{
    return n ? (Op *)(tb->arena + (uint64_t)n * 8) : NULL;
}

void tcg_block_link(TcgCpu *t, const Op *jmp, Block *to)
{
    Op *op = (Op *)jmp; /* of our arena */
    uint32_t next = op_number(t->blocks, to->links);

    memcpy(&op->index, &next, sizeof(next)); /* see tcg-core.h */
    op->link = to->ops;
    to->links = op;
}

static void block_unlink_jumps(TcgBlocks *tb, Block *b)
{
    Op *op = (Op *)b->links;

    while (op) {
        uint32_t next;

        memcpy(&next, &op->index, sizeof(next));
        op->link = op;
        op = op_numbered(tb, next);
    }
    b->links = NULL;
}

/* ------------------------------------------------------------- invalidation */

static void page_remove(TcgBlocks *tb, uint8_t *host, Block *b)
{
    CodePage *p = page_find(tb, host);
    Block **at;

    for (at = &p->first; *at != b; at = page_link(*at, host)) {
    }
    *at = *page_link(b, host);
}

static void block_remove(TcgCpu *t, Block *b)
{
    TcgBlocks *tb = t->blocks;
    Block **at = hash_slot(tb, b->host, b->mode);
    unsigned index = jc_index(b->rip);

    while (*at != b) {
        at = &(*at)->hash_next;
    }
    *at = b->hash_next;
    page_remove(tb, page_of(b->host), b);
    if (b->host2 && b->host2 != page_of(b->host)) {
        page_remove(tb, b->host2, b);
    }
    if (tb->jc[index] == b) {
        tb->jc[index] = &no_block;
    }
    block_unlink_jumps(tb, b);
    b->invalid = true;
    for (unsigned i = 0; i < b->nr_ops; i++) {
        if (i == 0 || b->ops[i].ip_off != b->ops[i - 1].ip_off) {
            b->ops[i].fn = tcg_op_stale;
        }
    }
}

static void page_recover(CodePage *p)
{
    p->cover = 0;
    for (Block *b = p->first; b; b = *page_link(b, p->host)) {
        uint8_t *from, *to;

        block_part(b, p->host, &from, &to);
        p->cover |= cover_mask(p->host, from, to);
    }
}

/*
 * After this many times without any block, a page stays watched although it
 * holds none: it changes between code and data, and each change would stop all
 * CPUs.
 */
#define EMPTIED_MAX 16
/* But not for ever. */
#define EMPTIED_FORGET 4096

static void page_emptied(TcgCpu *t, CodePage *p)
{
    p->emptied++;
    if (p->emptied < EMPTIED_MAX || p->emptied > EMPTIED_FORGET) {
        p->emptied %= EMPTIED_FORGET;
        tcg_code_bit_clear(t->blocks, p->flags);
    }
}

static void invalidate_in_page(TcgCpu *t, CodePage *p, uint8_t *from,
                               uint8_t *to)
{
    bool removed = false;
    Block *b, *next;

    if (!(p->cover & cover_mask(p->host, from, to)) && p->first) {
        return;
    }
    for (b = p->first; b; b = next) {
        uint8_t *start, *end;

        next = *page_link(b, p->host);
        block_part(b, p->host, &start, &end);
        if (start < to && from < end) {
            block_remove(t, b);
            removed = true;
        }
    }
    if (removed) {
        page_recover(p);
    }
    if (!p->first) {
        page_emptied(t, p);
    }
}

void tcg_invalidate(TcgCpu *t, uint8_t *host, uint64_t len)
{
    uint8_t *end = host + len;

    for (uint8_t *page = page_of(host); page < end; page += TCG_PAGE_SIZE) {
        CodePage *p = page_find(t->blocks, page);

        if (p) {
            invalidate_in_page(t, p, MAX(host, page),
                               MIN(end, page + TCG_PAGE_SIZE));
        }
    }
}

/* ------------------------------------------------------------------ look-up */

static bool block_matches(const TcgCpu *t, const Block *b, uint64_t rip,
                          const uint8_t *host)
{
    return b->host == host && b->rip == rip && b->mode == t->mode &&
           b->cs_base == t->cs_base && b->cs_limit == tcg_cs_limit(t);
}

/* Where the page after the one of `linear` is fetched from; may raise. */
static uint8_t *second_page(TcgCpu *t, uint64_t linear)
{
    uint64_t next = (linear & TCG_PAGE_MASK) + TCG_PAGE_SIZE;

    if (!(t->mode & MODE_CS64)) {
        next = (uint32_t)next;
    }
    return tcg_tlb_fill(t, tcg_mmu_index(t), next, ACCESS_EXEC, NULL)->host;
}

static Block *hash_find(TcgCpu *t, uint64_t rip, const Fetch *f)
{
    Block *b;

    for (b = *hash_slot(t->blocks, f->host, t->mode); b; b = b->hash_next) {
        if (block_matches(t, b, rip, f->host) &&
            (!b->host2 || b->host2 == second_page(t, f->linear))) {
            return b;
        }
    }
    return NULL;
}

static void fetch_at(TcgCpu *t, uint64_t rip, Fetch *f)
{
    uint64_t linear = t->cs_base + rip;
    const TlbInfo *info;

    if (!(t->mode & MODE_CS64)) {
        linear = (uint32_t)linear;
    }
    info = tcg_tlb_fill(t, tcg_mmu_index(t), linear, ACCESS_EXEC, NULL);
    f->linear = linear;
    f->phys = info->phys + (linear & ~TCG_PAGE_MASK);
    f->host = info->host ? info->host + (linear & ~TCG_PAGE_MASK) : NULL;
    f->ram = info->ram;
}

Block *tcg_find_block(TcgCpu *t, uint64_t rip)
{
    TcgBlocks *tb = t->blocks;
    RAMBlock *ram2 = NULL;
    Block *b;
    Fetch f;

    t->env.rip = rip; /* of a fault */
    fetch_at(t, rip, &f);
    if (f.host) {
        b = hash_find(t, rip, &f);
        if (b) {
            return b;
        }
    }
    if (f.host) {
        if (tb->arena_size - tb->arena_used < BLOCK_SIZE_MAX) {
            tcg_blocks_flush(t);
        }
        tcg_code_page_watch(t, f.host, f.ram);
    }
    b = tcg_decode(t, rip, &f, &ram2);
    return b->host ? tcg_block_add(t, b, f.ram, ram2) : b;
}
