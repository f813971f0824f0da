/*
 * RAM blocks: the host memory behind guest RAM and ROM.
 *
 * A block is one mapping, anonymous or of a file. Blocks are reference
 * counted from any thread, because a data path may hold the last view that
 * uses one. Anonymous shared memory comes from a memfd, so that another
 * process can be given it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "memory/memory-internal.h"
#include "trace/trace-memory.h"

#define HUGE_PAGE (2 * MiB)

static LIST_HEAD(, RAMBlock) ram_blocks = LIST_HEAD_INITIALIZER(ram_blocks);
static GMutex ram_blocks_lock;

uint64_t ram_page_size(int fd)
{
    struct statfs fs;

    if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC) {
        return fs.f_bsize;
    }
    return getpagesize();
}

/* A file must have every byte: reading past its end would kill us. */
static bool check_file_size(const RAMBlockConfig *c, Error **errp)
{
    struct stat st;

    if (fstat(c->fd, &st) < 0) {
        error_setg_errno(errp, errno, "can't stat backing store of %s",
                         c->idstr);
        return false;
    }
    if (S_ISREG(st.st_mode) &&
        (c->size > st.st_size || c->fd_offset > st.st_size - c->size)) {
        error_setg(errp,
                   "%s backing store size 0x%" PRIx64
                   " is too small for 'size' option 0x%" PRIx64
                   " plus 'offset' option 0x%" PRIx64,
                   c->idstr, (uint64_t)st.st_size, c->size, c->fd_offset);
        return false;
    }
    return true;
}

static void map_failed(const RAMBlockConfig *c, int fd, Error **errp)
{
    if (fd >= 0) {
        error_setg_errno(errp, errno,
                         "unable to map backing store for guest RAM");
    } else {
        error_setg_errno(errp, errno, "cannot set up guest memory '%s'",
                         c->idstr);
    }
}

/* Maps `bytes` at a multiple of align; NULL with *errp. */
static void *map_aligned(const RAMBlockConfig *c, int fd, uint64_t bytes,
                         uint64_t align, Error **errp)
{
    int flags = (c->shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED |
                (c->noreserve ? MAP_NORESERVE : 0) |
                (fd < 0 ? MAP_ANONYMOUS : 0);
    uint64_t total = bytes + align;
    uint8_t *area, *host;

    if (total < bytes) {
        errno = ENOMEM;
        map_failed(c, fd, errp);
        return NULL;
    }
    area = mmap(NULL, total, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED) {
        map_failed(c, fd, errp);
        return NULL;
    }
    host = (uint8_t *)QEMU_ALIGN_UP((uintptr_t)area, align);
    if (mmap(host, bytes, PROT_READ | (c->readonly ? 0 : PROT_WRITE), flags, fd,
             c->fd_offset) == MAP_FAILED) {
        map_failed(c, fd, errp);
        munmap(area, total);
        return NULL;
    }
    if (host > area) {
        munmap(area, host - area);
    }
    munmap(host + bytes, area + total - (host + bytes));
    return host;
}

static int shared_memfd(const char *name, uint64_t bytes)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, bytes) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static uint64_t block_map_bytes(const RAMBlock *block)
{
    return QEMU_ALIGN_UP(block->size, block->page_size);
}

RAMBlock *ram_block_new_config(const RAMBlockConfig *c, Error **errp)
{
    uint64_t page_size = ram_page_size(c->fd);
    uint64_t bytes = QEMU_ALIGN_UP(c->size, page_size);
    uint64_t align = MAX(c->align, page_size);
    int fd = c->fd;
    RAMBlock *block;
    void *host = NULL;

    if (c->align == 0 && bytes >= HUGE_PAGE) {
        align = MAX(align, HUGE_PAGE); /* lets the kernel use huge pages */
    }
    if (c->size == 0) {
        error_setg(errp, "memory '%s' has size 0", c->idstr);
    } else if (c->size > INT64_MAX) {
        errno = ENOMEM;
        map_failed(c, fd, errp);
    } else if (fd < 0 || check_file_size(c, errp)) {
        if (fd < 0 && c->shared) {
            fd = shared_memfd(c->idstr, bytes);
        }
        host = map_aligned(c, fd, bytes, align, errp);
    }
    if (!host) {
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }

    /* A child of ours (a tap script) has no use for the guest's memory. */
    madvise(host, bytes, MADV_DONTFORK);
    if (fd < 0) {
        madvise(host, bytes, MADV_HUGEPAGE);
    }
    block = g_new0(RAMBlock, 1);
    block->idstr = g_strdup(c->idstr);
    block->host = host;
    block->size = c->size;
    block->page_size = page_size;
    block->fd = fd;
    block->fd_offset = c->fd_offset;
    block->shared = c->shared;
    block->readonly = c->readonly;
    block->ref = 1;
    g_mutex_lock(&ram_blocks_lock);
    LIST_INSERT_HEAD(&ram_blocks, block, link);
    g_mutex_unlock(&ram_blocks_lock);
    trace_ram_block_new(block->idstr, block->size, host, fd, block->shared);
    return block;
}

RAMBlock *ram_block_new(const char *idstr, uint64_t size, int fd,
                        uint64_t fd_offset, bool shared, bool readonly,
                        Error **errp)
{
    RAMBlockConfig c = {
        .idstr = idstr,
        .size = size,
        .fd = fd,
        .fd_offset = fd_offset,
        .shared = shared,
        .readonly = readonly,
    };

    return ram_block_new_config(&c, errp);
}

RAMBlock *ram_block_ref(RAMBlock *block)
{
    qatomic_inc(&block->ref);
    return block;
}

void ram_block_unref(RAMBlock *block)
{
    if (!block || qatomic_fetch_sub(&block->ref, 1) != 1) {
        return;
    }
    trace_ram_block_free(block->idstr);
    g_mutex_lock(&ram_blocks_lock);
    LIST_REMOVE(block, link);
    g_mutex_unlock(&ram_blocks_lock);
    ram_block_dirty_free(block);
    munmap(block->host, block_map_bytes(block));
    if (block->fd >= 0) {
        close(block->fd);
    }
    g_free(block->idstr);
    g_free(block);
}

void ram_block_foreach(void (*fn)(RAMBlock *block, void *opaque), void *opaque)
{
    RAMBlock *block;

    g_mutex_lock(&ram_blocks_lock);
    LIST_FOREACH (block, &ram_blocks, link) {
        fn(block, opaque);
    }
    g_mutex_unlock(&ram_blocks_lock);
}
