/*
 * Data breakpoints of the debug registers.
 *
 * A page with one has no tag in the TLB for the accesses that it watches, so
 * these take the slow path, which asks here. A hit is a trap: it is reported
 * when the instruction is complete. So that there is a place to do it, blocks
 * hold one instruction while there are data breakpoints (MODE_WATCH), and a
 * hit makes the next transfer of control leave to the loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

enum { DR7_TYPE_EXEC, DR7_TYPE_WRITE, DR7_TYPE_IO, DR7_TYPE_ACCESS };

static unsigned watches_of(const CPUX86State *env, TcgWatch list[4])
{
    static const uint8_t lengths[] = {1, 2, 8, 4};
    unsigned nr = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned control = env->dr[7] >> (16 + 4 * i) & 15;
        unsigned type = control & 3, len = lengths[control >> 2];

        if ((env->dr[7] >> (2 * i) & 3) &&
            (type == DR7_TYPE_WRITE || type == DR7_TYPE_ACCESS)) {
            list[nr++] = (TcgWatch){
                .addr = env->dr[i] & ~(uint64_t)(len - 1),
                .len = len,
                .access = type == DR7_TYPE_WRITE
                              ? ACCESS_WRITE
                              : ACCESS_READ | ACCESS_WRITE,
                .number = i,
            };
        }
    }
    return nr;
}

void tcg_watch_sync(TcgCpu *t)
{
    TcgMmu *m = t->mmu;
    TcgWatch list[4];
    unsigned nr;

    memset(list, 0, sizeof(list));
    nr = watches_of(&t->env, list);
    if (nr != m->nr_watches || memcmp(list, m->watches, sizeof(list))) {
        memcpy(m->watches, list, sizeof(list));
        m->nr_watches = nr;
        tcg_tlb_reset(t);
    }
    if (nr) {
        t->mode |= MODE_WATCH;
    }
}

unsigned tcg_watch_page(const TcgCpu *t, uint64_t page)
{
    const TcgMmu *m = t->mmu;
    unsigned access = 0;

    for (unsigned i = 0; i < m->nr_watches; i++) {
        if ((m->watches[i].addr & TCG_PAGE_MASK) == page) {
            access |= m->watches[i].access;
        }
    }
    return access;
}

void tcg_watch_check(TcgCpu *t, uint64_t a, unsigned len, Access access)
{
    TcgMmu *m = t->mmu;

    for (unsigned i = 0; i < m->nr_watches; i++) {
        const TcgWatch *w = &m->watches[i];

        if (a < w->addr + w->len && w->addr < a + len &&
            (access & w->access)) {
            t->env.dr[6] |= 1u << w->number;
            m->watch_hit = true;
            t->interrupt = &tcg_always_interrupted;
        }
    }
}
