/*
 * Who has to know of the host's writes to guest RAM.
 *
 * Dirty logging: which pages of a RAM block the host itself has written.
 *
 * A bit per 4 KiB page, set by any thread without a lock. The bitmap is kept
 * when logging stops, so a thread that has just read the pointer never writes
 * to freed memory; a late bit only makes a page be sent once more.
 *
 * Code: a software CPU that has decoded code forgets it when it is written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory-internal.h"
#include "util/atomic.h"

bool guest_memory_dirty_logging;

static unsigned blocks_logging;

static uint64_t dirty_map_pages(const RAMBlock *block)
{
    return DIV_ROUND_UP(block->size, UINT64_C(1) << DIRTY_PAGE_BITS);
}

static uint64_t dirty_map_bytes(const RAMBlock *block)
{
    return DIV_ROUND_UP(dirty_map_pages(block), 8);
}

void ram_block_dirty_log(RAMBlock *block, bool on)
{
    if (on == (block->dirty != NULL)) {
        return;
    }
    if (on) {
        if (!block->dirty_map) {
            block->dirty_map = g_malloc(dirty_map_bytes(block));
        }
        memset(block->dirty_map, 0, dirty_map_bytes(block));
        qatomic_inc(&blocks_logging);
    } else {
        qatomic_dec(&blocks_logging);
    }
    qatomic_store_release(&block->dirty, on ? block->dirty_map : NULL);
    qatomic_set(&guest_memory_dirty_logging, qatomic_read(&blocks_logging) > 0);
}

void ram_block_dirty_free(RAMBlock *block)
{
    ram_block_dirty_log(block, false);
    g_clear_pointer(&block->dirty_map, g_free);
    g_clear_pointer(&block->code_map, g_free);
}

void ram_block_set_dirty(RAMBlock *block, uint64_t offset, uint64_t len)
{
    uint8_t *map = qatomic_load_acquire(&block->dirty);
    uint64_t page, last;

    if (likely(!map) || len == 0 || offset >= block->size) {
        return;
    }
    last = (offset + MIN(len, block->size - offset) - 1) >> DIRTY_PAGE_BITS;
    for (page = offset >> DIRTY_PAGE_BITS; page <= last; page++) {
        qatomic_fetch_or(&map[page / 8], (uint8_t)(1u << (page % 8)));
    }
}

bool ram_block_test_and_clear_dirty(RAMBlock *block, uint64_t page)
{
    uint8_t *map = qatomic_load_acquire(&block->dirty);
    uint8_t bit = 1u << (page % 8);

    if (!map ||
        page >= DIV_ROUND_UP(block->size, UINT64_C(1) << DIRTY_PAGE_BITS)) {
        return false;
    }
    return qatomic_fetch_and(&map[page / 8], (uint8_t)~bit) & bit;
}

/* --------------------------------------------------------------------- code */

static RAMCodeHook *code_hook;

void ram_block_set_code_hook(RAMCodeHook *fn)
{
    code_hook = fn;
}

void ram_block_track_code(RAMBlock *block)
{
    if (!block->code_map) {
        block->code_map = g_malloc0(dirty_map_pages(block));
    }
}

void ram_block_code_written(RAMBlock *block, uint64_t offset, uint64_t len)
{
    if (code_hook && offset < block->size) {
        code_hook(block, offset, MIN(len, block->size - offset));
    }
}
