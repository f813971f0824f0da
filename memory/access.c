/*
 * Access to an address space as a CPU or a debugger makes it: any mix of RAM
 * and registers.
 *
 * A transfer is cut into pieces: as much RAM as one range holds, or one
 * register access. The view is looked up anew for every piece, because the
 * handler of the piece before may have changed the topology.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory.h"
#include "trace/trace-memory.h"
#include "util/atomic.h"
#include "util/bswap.h"

static MemTxResult worse(MemTxResult a, MemTxResult b)
{
    return MAX(a, b);
}

/* Bytes from addr, where nothing is, to the next range or the end. */
static uint64_t gap_size(const FlatView *view, hwaddr addr, uint64_t len)
{
    unsigned low = 0, high = view->nr;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;

        if (view->ranges[mid].addr > addr) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low < view->nr ? MIN(len, view->ranges[low].addr - addr) : len;
}

static uint64_t ram_piece(const MemoryRange *r, hwaddr addr, uint64_t len)
{
    return MIN(len, r->size - (addr - r->addr));
}

/*
 * The register access to make for the next of len bytes at `offset`. Its size
 * follows from the region alone: registers decode whole words, also where
 * another region lies on top of a part of one (port 0xcf9 over 0xcf8).
 */
static unsigned mmio_piece(const MemoryRegion *mr, hwaddr offset, uint64_t len)
{
    unsigned max = mr->ops->valid.max_access_size;
    unsigned size = 8;

    max = max ? max : 8;
    len = MIN(len, mr->size - offset);
    while (size > 1 && (size > max || size > len ||
                        (!mr->ops->valid.unaligned && (offset & (size - 1))))) {
        size /= 2;
    }
    return size;
}

/* Bytes that exist from addr on, of len asked for: the space does not wrap. */
static uint64_t clip_to_space(hwaddr addr, uint64_t len)
{
    return len && len - 1 > UINT64_MAX - addr ? UINT64_MAX - addr + 1 : len;
}

MemTxResult address_space_read(AddressSpace *as, hwaddr addr, void *buf,
                               uint64_t len)
{
    MemTxResult result = MEMTX_OK;
    uint64_t left = clip_to_space(addr, len);
    uint8_t *p = buf;

    if (left < len) {
        memset(p + left, 0xff, len - left);
        result = MEMTX_DECODE_ERROR;
    }
    while (left) {
        const MemoryRange *r = flatview_find(as->view, addr);
        uint64_t n;

        if (!r) {
            n = gap_size(as->view, addr, left);
            memset(p, 0xff, n);
            result = worse(result, MEMTX_DECODE_ERROR);
        } else if (r->host) {
            n = ram_piece(r, addr, left);
            memcpy(p, r->host + (addr - r->addr), n);
        } else {
            hwaddr offset = addr - r->addr + r->offset;
            uint64_t data;

            n = mmio_piece(r->mr, offset, left);
            result = worse(
                result, memory_region_dispatch_read(r->mr, offset, &data, n));
            stn_le_p(p, n, data);
        }
        p += n;
        addr += n;
        left -= n;
    }
    return result;
}

MemTxResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf,
                                uint64_t len)
{
    MemTxResult result = MEMTX_OK;
    uint64_t left = clip_to_space(addr, len);
    const uint8_t *p = buf;

    if (left < len) {
        result = MEMTX_DECODE_ERROR;
    }
    while (left) {
        const MemoryRange *r = flatview_find(as->view, addr);
        uint64_t n;

        if (!r) {
            n = gap_size(as->view, addr, left);
            result = worse(result, MEMTX_DECODE_ERROR);
        } else if (r->readonly) {
            n = ram_piece(r, addr, left);
            result = worse(result, MEMTX_ERROR);
        } else if (r->host) {
            n = ram_piece(r, addr, left);
            memcpy(r->host + (addr - r->addr), p, n);
            ram_block_note_write(r->ram, r->host + (addr - r->addr), n);
            ram_block_set_dirty(r->ram,
                                r->host - r->ram->host + (addr - r->addr), n);
        } else {
            hwaddr offset = addr - r->addr + r->offset;

            n = mmio_piece(r->mr, offset, left);
            result = worse(result, memory_region_dispatch_write(
                                       r->mr, offset, ldn_le_p(p, n), n));
        }
        p += n;
        addr += n;
        left -= n;
    }
    return result;
}

/* Host address if [addr, addr + size) is naturally aligned RAM of one range:
 * such an access is a single one for whoever looks from another thread. */
static uint8_t *ram_word(AddressSpace *as, hwaddr addr, unsigned size,
                         bool write)
{
    const MemoryRange *r = flatview_find(as->view, addr);
    uint8_t *host;

    if (!r || !r->host || (write && r->readonly) ||
        ram_piece(r, addr, size) < size) {
        return NULL;
    }
    host = r->host + (addr - r->addr);
    if ((uintptr_t)host & (size - 1)) {
        return NULL;
    }
    if (write) {
        ram_block_set_dirty(r->ram, host - r->ram->host, size);
    }
    return host;
}

static bool word_size_ok(unsigned size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

uint64_t address_space_ld(AddressSpace *as, hwaddr addr, unsigned size,
                          MemTxResult *result)
{
    MemTxResult res = MEMTX_OK;
    uint64_t val = UINT64_MAX;
    uint8_t *host;

    if (!word_size_ok(size)) {
        res = MEMTX_ERROR;
    } else if (!(host = ram_word(as, addr, size, false))) {
        uint8_t buf[8];

        res = address_space_read(as, addr, buf, size);
        val = ldn_le_p(buf, size);
    } else if (size == 1) {
        val = qatomic_read(host);
    } else if (size == 2) {
        val = le16_to_cpu(qatomic_read((uint16_t *)host));
    } else if (size == 4) {
        val = le32_to_cpu(qatomic_read((uint32_t *)host));
    } else {
        val = le64_to_cpu(qatomic_read((uint64_t *)host));
    }
    if (result) {
        *result = res;
    }
    return val;
}

static void word_store(uint8_t *host, uint64_t val, unsigned size)
{
    if (size == 1) {
        qatomic_set(host, (uint8_t)val);
    } else if (size == 2) {
        qatomic_set((uint16_t *)host, cpu_to_le16((uint16_t)val));
    } else if (size == 4) {
        qatomic_set((uint32_t *)host, cpu_to_le32((uint32_t)val));
    } else {
        qatomic_set((uint64_t *)host, cpu_to_le64(val));
    }
}

void address_space_st(AddressSpace *as, hwaddr addr, uint64_t val,
                      unsigned size, MemTxResult *result)
{
    MemTxResult res = MEMTX_OK;
    uint8_t *host;

    if (!word_size_ok(size)) {
        res = MEMTX_ERROR;
    } else if (!(host = ram_word(as, addr, size, true))) {
        uint8_t buf[8];

        stn_le_p(buf, size, val);
        res = address_space_write(as, addr, buf, size);
    } else {
        word_store(host, val, size);
        ram_block_note_write(flatview_find(as->view, addr)->ram, host, size);
    }
    if (result) {
        *result = res;
    }
}

MemTxResult address_space_send_message(AddressSpace *as, hwaddr addr,
                                       uint32_t data)
{
    const MemoryRange *r = flatview_find(as->view, addr);
    uint8_t *host = ram_word(as, addr, sizeof(data), true);

    if (host) {
        word_store(host, data, sizeof(data));
        ram_block_note_write(r->ram, host, sizeof(data));
        return MEMTX_OK;
    }
    if (r && !r->host && r->mr->ops->takes_messages) {
        return memory_region_dispatch_write(r->mr, addr - r->addr + r->offset,
                                            data, sizeof(data));
    }
    trace_message_lost(as->name, addr, data);
    return MEMTX_DECODE_ERROR;
}
