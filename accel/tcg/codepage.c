/*
 * Which pages of guest RAM hold decoded code, for all CPUs: a byte per page in
 * RAMBlock.code_map with a bit per CPU (those from the eighth on share one).
 *
 * A page whose byte is not 0 is in no TLB as directly writable. The byte goes
 * from 0 to something only while no other CPU runs, and every TLB loses the
 * page's write tag then; so no store can slip by. Stores then take the slow
 * path, which invalidates blocks of its own CPU at once and hands the range to
 * the others, who see it before they enter another block. Devices write to RAM
 * through memory/, which calls the hook.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

static bool is_only_cpu(const TcgCpu *t)
{
    CPUState *cs;

    CPU_FOREACH (cs) {
        if (cs != CPU(t->cpu)) {
            return false;
        }
    }
    return true;
}

void tcg_code_page_protect(TcgCpu *t, uint8_t *flags, uint8_t *host)
{
    CPUState *cs;

    if (qatomic_fetch_or(flags, 0)) {
        qatomic_fetch_or(flags, t->blocks->code_bit);
        /* Not 0 still, after it could have become so in between? */
        if (qatomic_read(flags) != t->blocks->code_bit) {
            return;
        }
    }
    if (is_only_cpu(t)) {
        qatomic_fetch_or(flags, t->blocks->code_bit);
        tcg_tlb_write_protect(t, host);
        return;
    }
    cpu_exclusive_begin();
    qatomic_fetch_or(flags, t->blocks->code_bit);
    CPU_FOREACH (cs) {
        if (cs->accel) {
            tcg_tlb_write_protect(cs->accel, host);
        }
    }
    cpu_exclusive_end();
}

/* Lets another CPU know, before its next block. */
static void tell_cpu(CPUState *cs, uint8_t *host, uint64_t len)
{
    TcgCpu *t = cs->accel;
    TcgBlocks *tb = t->blocks;

    pthread_mutex_lock(&tb->lock);
    if (tb->nr_writes < CODE_WRITES_MAX) {
        tb->writes[tb->nr_writes++] = (CodeWrite){host, len};
    } else {
        tb->flush = true;
    }
    qatomic_set(&tb->work, true);
    pthread_mutex_unlock(&tb->lock);
    cpu_kick(cs);
}

static void tell_all(const TcgCpu *self, uint8_t flags, uint8_t *host,
                     uint64_t len)
{
    CPUState *cs;

    CPU_FOREACH (cs) {
        TcgCpu *t = cs->accel;

        if (t && t != self && (flags & t->blocks->code_bit)) {
            tell_cpu(cs, host, len);
        }
    }
}

void tcg_code_stored(TcgCpu *t, const uint8_t *flags, uint8_t *host,
                     uint64_t len)
{
    uint8_t who = qatomic_read(flags);

    if (who & t->blocks->code_bit) {
        tcg_invalidate(t, host, len);
    }
    if (who & (~t->blocks->code_bit | CODE_BIT_SHARED)) {
        tell_all(t, who, host, len);
    }
}

/* A device or the loader wrote; any thread. */
static void ram_written(RAMBlock *ram, uint64_t offset, uint64_t len)
{
    CPUState *self = current_cpu();
    uint8_t flags = 0;

    for (uint64_t page = offset >> TCG_PAGE_BITS;
         page <= (offset + len - 1) >> TCG_PAGE_BITS; page++) {
        flags |= qatomic_read(&ram->code_map[page]);
    }
    if (!flags) {
        return;
    }
    if (self && self->accel) {
        tcg_invalidate(self->accel, ram->host + offset, len);
    }
    tell_all(self ? self->accel : NULL, flags, ram->host + offset, len);
}

void tcg_code_track_view(FlatView *view)
{
    for (unsigned i = 0; i < view->nr; i++) {
        if (view->ranges[i].ram) {
            ram_block_track_code(view->ranges[i].ram);
        }
    }
}

void tcg_code_pages_init(void)
{
    ram_block_set_code_hook(ram_written);
}
