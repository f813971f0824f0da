/*
 * Making every page of a RAM block present before the guest runs.
 *
 * The kernel populates a range in one call where it knows how (Linux 5.14);
 * elsewhere each page is written with its own value, atomically, so that it
 * also works under a running guest. Large memory is split among threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "memory/hostmem-internal.h"
#include "util/atomic.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

typedef struct PreallocSlice {
    uint8_t *start;
    uint64_t len;
    uint64_t page_size;
    bool readonly;
    int ret; /* 0 or negative errno */
} PreallocSlice;

static void touch_pages(const PreallocSlice *s)
{
    for (uint64_t i = 0; i < s->len; i += s->page_size) {
        if (s->readonly) {
            (void)*(volatile uint8_t *)(s->start + i);
        } else {
            qatomic_fetch_or(s->start + i, 0);
        }
    }
}

static void *prealloc_slice(void *arg)
{
    PreallocSlice *s = arg;
    int advice = s->readonly ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
    int ret;

    do {
        ret = madvise(s->start, s->len, advice);
    } while (ret < 0 && (errno == EINTR || errno == EAGAIN));
    if (ret < 0 && errno == EINVAL) {
        touch_pages(s);
        ret = 0;
    }
    s->ret = ret < 0 ? -errno : 0;
    return NULL;
}

bool host_memory_prealloc(RAMBlock *block, unsigned threads, Error **errp)
{
    uint64_t total = QEMU_ALIGN_UP(block->size, block->page_size);
    uint64_t pages = total / block->page_size;
    unsigned count = MIN(MIN((uint64_t)threads, pages), 1024);
    uint64_t step = DIV_ROUND_UP(pages, count) * block->page_size;
    g_autofree PreallocSlice *slices = g_new0(PreallocSlice, count);
    g_autofree QemuThread **thread = g_new0(QemuThread *, count);
    int ret = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t start = MIN(i * step, total);

        slices[i].start = block->host + start;
        slices[i].len = MIN(step, total - start);
        slices[i].page_size = block->page_size;
        slices[i].readonly = block->readonly;
        if (slices[i].len && count > 1) {
            thread[i] = qemu_thread_create("prealloc", prealloc_slice,
                                           &slices[i], NULL);
        }
        if (slices[i].len && !thread[i]) {
            prealloc_slice(&slices[i]);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (thread[i]) {
            qemu_thread_join(thread[i]);
        }
        ret = ret ? ret : slices[i].ret;
    }
    if (ret < 0) {
        error_setg_errno(errp, -ret, "preallocating memory failed");
        return false;
    }
    return true;
}
