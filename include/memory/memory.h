/*
 * Guest address spaces: regions, the flat view made from them, and checked
 * access to guest memory.
 *
 * The board builds a tree of MemoryRegions (RAM, MMIO, containers, aliases).
 * An AddressSpace is a root region and its current FlatView: a sorted array of
 * ranges that never changes once published. A topology change builds a new
 * view and hands it to the listeners, which stop and drain whatever used the
 * old one before they return.
 *
 * No function here returns a pointer into guest memory without having
 * checked that every byte of the range is RAM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <sys/uio.h>

#include "qom/object.h"
#include "util/aio.h"
#include "util/queue.h"

typedef uint64_t hwaddr;
#define HWADDR_PRIx PRIx64

typedef struct MemoryRegion MemoryRegion;
typedef struct AddressSpace AddressSpace;
typedef struct FlatView FlatView;
typedef struct RAMBlock RAMBlock;

typedef enum MemTxResult {
    MEMTX_OK,
    MEMTX_ERROR,        /* a region refused (size, alignment, read-only) */
    MEMTX_DECODE_ERROR, /* nothing there */
} MemTxResult;

/* -------------------------------------------------------------- regions */

/*
 * Device registers. Both handlers are required. Values are little-endian
 * integers of `size` bytes. Accesses outside `valid` (sizes; 0 means 1..8) are
 * refused before dispatch; those outside `impl` (0: as valid) are split or
 * widened. An access never reaches a handler with addr + size > region size.
 */
typedef struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr addr, unsigned size);
    void (*write)(void *opaque, hwaddr addr, uint64_t data, unsigned size);
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
    } valid, impl;
    /* The region of an interrupt controller: messages reach it. */
    bool takes_messages;
} MemoryRegionOps;

/* An eventfd that stands for a write: size 0 matches any size, !match_data any
 * value. With accelerators that have no such thing memory_region_dispatch
 * signals it itself. */
typedef struct MemoryRegionEventfd {
    hwaddr addr; /* in the region */
    unsigned size;
    bool match_data;
    uint64_t data;
    EventNotifier *e;
} MemoryRegionEventfd;

/* Embed it; fields are private to memory/ except the first three. */
struct MemoryRegion {
    const char *name;
    Object *owner;
    uint64_t size; /* bytes; 2^64-1 stands for the whole space */

    const MemoryRegionOps *ops;
    void *opaque;
    RAMBlock *ram; /* RAM and ROM */
    bool readonly;
    MemoryRegion *alias;
    hwaddr alias_offset;
    MemoryRegion *container;
    hwaddr addr; /* in the container */
    int priority;
    bool enabled;
    bool disable_reentrancy_guard;
    GArray *eventfds;                      /* of MemoryRegionEventfd, or NULL */
    TAILQ_HEAD(, MemoryRegion) subregions; /* highest priority first */
    TAILQ_ENTRY(MemoryRegion) link;
};

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                        uint64_t size);
void memory_region_init_io(MemoryRegion *mr, Object *owner,
                           const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size);
/* Anonymous RAM. */
bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, Error **errp);
/* RAM from a block (reference taken). */
void memory_region_init_ram_block(MemoryRegion *mr, Object *owner,
                                  const char *name, RAMBlock *block);
/* Readable by the guest, writes ignored; host writes through the pointer. */
bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, Error **errp);
void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                              MemoryRegion *orig, hwaddr offset, uint64_t size);
/* Detaches it from its container and frees what it holds. Idempotent. */
void memory_region_destroy(MemoryRegion *mr);

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset,
                                 MemoryRegion *sub);
/* Where regions overlap the higher priority wins (default 0). */
void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset,
                                         MemoryRegion *sub, int priority);
void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub);
void memory_region_set_enabled(MemoryRegion *mr, bool enabled);
void memory_region_set_address(MemoryRegion *mr, hwaddr addr);
void memory_region_set_size(MemoryRegion *mr, uint64_t size);
void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
/* Several changes, one new view. Nestable. */
void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);

void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                               bool match_data, uint64_t data,
                               EventNotifier *e);
void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                               bool match_data, uint64_t data,
                               EventNotifier *e);

/* Host address of RAM or ROM; NULL for anything else. */
void *memory_region_get_ram_ptr(MemoryRegion *mr);
bool memory_region_is_mapped(const MemoryRegion *mr);

/*
 * One access of 1, 2, 4 or 8 bytes to a register region: checks size and
 * alignment, splits or widens as `impl` says (a widened write reads the rest
 * of the word first), signals eventfds. A refused read gives all ones.
 *
 * Re-entry is refused: a device one of whose handlers runs in this thread is
 * not called again by its own DMA (hazard class F). Regions of the same owner
 * count as one device; without an owner the region counts for itself.
 */
MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr,
                                        uint64_t *data, unsigned size);
MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr,
                                         uint64_t data, unsigned size);

/* ------------------------------------------------------------ RAM blocks */

struct RAMBlock {
    char *idstr;
    uint8_t *host;
    uint64_t size;
    uint64_t page_size;
    int fd; /* -1: anonymous */
    uint64_t fd_offset;
    bool shared;
    bool readonly; /* the host mapping itself cannot be written */
    uint32_t ref;
    uint8_t *dirty;     /* one bit per 4 KiB page while logging, else NULL */
    uint8_t *dirty_map; /* what `dirty` points to; stays until the end */
    uint8_t *code_map;  /* a byte per 4 KiB page, the software CPU's, or NULL:
                           not 0 where it has decoded code */
    LIST_ENTRY(RAMBlock) link;
};

/* fd -1: anonymous memory. Takes ownership of fd, also on failure. */
RAMBlock *ram_block_new(const char *idstr, uint64_t size, int fd,
                        uint64_t fd_offset, bool shared, bool readonly,
                        Error **errp);
RAMBlock *ram_block_ref(RAMBlock *block); /* any thread */
void ram_block_unref(RAMBlock *block);    /* any thread; NULL allowed */
void ram_block_foreach(void (*fn)(RAMBlock *block, void *opaque), void *opaque);
/* Dirty logging (migration). Bits are set by the host's own writes. Main loop;
 * set_dirty and test_and_clear from any thread. */
#define DIRTY_PAGE_BITS 12
void ram_block_dirty_log(RAMBlock *block, bool on);
void ram_block_set_dirty(RAMBlock *block, uint64_t offset, uint64_t len);
bool ram_block_test_and_clear_dirty(RAMBlock *block, uint64_t page);

/* Decoded code: a software CPU has to know who writes to it. Main loop. */
void ram_block_track_code(RAMBlock *block);
/* fn is told, in the writer's thread, of writes to blocks with a code_map. */
typedef void RAMCodeHook(RAMBlock *block, uint64_t offset, uint64_t len);
void ram_block_set_code_hook(RAMCodeHook *fn);
void ram_block_code_written(RAMBlock *block, uint64_t offset, uint64_t len);
/* To be called for every write of the host to guest RAM: when it is done, or
 * when memory is mapped for a device that is going to write. Any thread. */
static inline void ram_block_note_write(RAMBlock *block, const void *host,
                                        uint64_t len)
{
    if (unlikely(block->code_map) && len) {
        ram_block_code_written(block, (const uint8_t *)host - block->host,
                               len);
    }
}

/* --------------------------------------------------------- address space */

struct AddressSpace {
    const char *name;
    MemoryRegion *root;
    FlatView *view; /* current; readers on the main loop need no reference */
    TAILQ_HEAD(, MemoryListener) listeners;
    GArray *eventfds; /* private: those in the view, by address */
    TAILQ_ENTRY(AddressSpace) link;
};

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name);
void address_space_destroy(AddressSpace *as);

/* The board's two spaces: memory and port I/O (64 KiB). */
extern AddressSpace address_space_memory;
extern AddressSpace address_space_io;
MemoryRegion *get_system_memory(void);
MemoryRegion *get_system_io(void);
/* Makes them, empty. Once, before the machine. */
void memory_init(void);

typedef struct MemoryRange {
    hwaddr addr;
    uint64_t size;
    MemoryRegion *mr; /* main loop only: the region may go before the view */
    hwaddr offset;    /* of addr inside mr */
    RAMBlock *ram;    /* RAM and ROM (kept alive by the view); else NULL */
    uint8_t *host;    /* RAM and ROM: address of its first byte; else NULL */
    bool readonly;
} MemoryRange;

struct FlatView {
    uint32_t ref;
    unsigned nr;
    MemoryRange *ranges; /* sorted, disjoint */
};

FlatView *address_space_get_flatview(AddressSpace *as); /* referenced */
void flatview_ref(FlatView *view);
void flatview_unref(FlatView *view);
/* Binary search; NULL if nothing is there. */
const MemoryRange *flatview_find(const FlatView *view, hwaddr addr);

/*
 * Told of every new view of an address space. commit() runs after the swap
 * with both views valid; whoever used `old` from another thread has let go of
 * it when it returns. eventfds are reported as the difference.
 */
typedef struct MemoryListener {
    const char *name;
    int priority; /* lower first */
    void (*commit)(struct MemoryListener *l, FlatView *old, FlatView *new_view);
    void (*eventfd_add)(struct MemoryListener *l, hwaddr addr,
                        const MemoryRegionEventfd *fd);
    void (*eventfd_del)(struct MemoryListener *l, hwaddr addr,
                        const MemoryRegionEventfd *fd);
    AddressSpace *as;
    TAILQ_ENTRY(MemoryListener) link;
} MemoryListener;
/* Calls commit(l, NULL, current) at once. */
void memory_listener_register(MemoryListener *l, AddressSpace *as);
void memory_listener_unregister(MemoryListener *l);

/* ---------------------------------------------------------------- access */

/*
 * Reads or writes any mix of RAM and registers, in pieces as the ranges
 * demand. Where nothing is mapped reads give 0xff and the result says
 * MEMTX_DECODE_ERROR; the rest is still done.
 */
MemTxResult address_space_read(AddressSpace *as, hwaddr addr, void *buf,
                               uint64_t len);
MemTxResult address_space_write(AddressSpace *as, hwaddr addr, const void *buf,
                                uint64_t len);
/* One access of 1, 2, 4 or 8 bytes, little-endian. */
uint64_t address_space_ld(AddressSpace *as, hwaddr addr, unsigned size,
                          MemTxResult *result);
void address_space_st(AddressSpace *as, hwaddr addr, uint64_t val,
                      unsigned size, MemTxResult *result);
/*
 * A message-signalled interrupt: an aligned dword that goes to an interrupt
 * controller or to RAM; anywhere else it is lost (MEMTX_DECODE_ERROR). Devices
 * send messages in the middle of their work and the guest chooses the address:
 * with one that names a device's registers it would run that device inside
 * another, or inside itself.
 */
MemTxResult address_space_send_message(AddressSpace *as, hwaddr addr,
                                       uint32_t data);

typedef enum GuestMemoryDir {
    GUEST_MEMORY_READ,  /* the device reads */
    GUEST_MEMORY_WRITE, /* the device writes: ROM is refused, pages marked
                           dirty while logging is on */
} GuestMemoryDir;

/*
 * Maps [gpa, gpa+len) to host memory, for DMA of a device. Every byte must be
 * RAM; the range is split where RAM ranges end. Returns the number of iovecs
 * used, or
 *   -EFAULT  a byte is not RAM (or is read-only and dir is WRITE), or
 *            gpa + len wraps;
 *   -E2BIG   more than max_iov pieces would be needed.
 * len 0 gives 0. Valid until the view is replaced. Any thread that keeps the
 * view from being replaced (see MemoryListener).
 */
int guest_memory_map_iov(const FlatView *view, hwaddr gpa, uint64_t len,
                         GuestMemoryDir dir, struct iovec *iov,
                         unsigned max_iov) QEMU_WARN_UNUSED;
/* The same where one contiguous piece is needed (rings); NULL if not so. */
void *guest_memory_map(const FlatView *view, hwaddr gpa, uint64_t len,
                       GuestMemoryDir dir) QEMU_WARN_UNUSED;
/* Copies RAM only; -EFAULT as above, nothing copied then. */
int guest_memory_read(const FlatView *view, hwaddr gpa, void *buf,
                      uint64_t len) QEMU_WARN_UNUSED;
int guest_memory_write(const FlatView *view, hwaddr gpa, const void *buf,
                       uint64_t len) QEMU_WARN_UNUSED;
/* After a write through a mapped pointer, while logging is on. */
void guest_memory_set_dirty(const FlatView *view, hwaddr gpa, uint64_t len);
/* True while any RAM block logs: lets hot paths skip the call above. */
extern bool guest_memory_dirty_logging;

/* "info mtree" text; flat: of the flat views instead (-f). To be freed. */
char *memory_mtree_info(bool flat, bool show_owner);

/* -------------------------------------------------------- memory backends */

#define TYPE_MEMORY_BACKEND "memory-backend"
typedef struct HostMemoryBackend HostMemoryBackend;
typedef struct HostMemoryBackendClass HostMemoryBackendClass;
DECLARE_INSTANCE_CHECKER(HostMemoryBackend, MEMORY_BACKEND, TYPE_MEMORY_BACKEND)
DECLARE_CLASS_CHECKERS(HostMemoryBackendClass, MEMORY_BACKEND,
                       TYPE_MEMORY_BACKEND)

/* Its RAM region; the backend owns it. */
MemoryRegion *host_memory_backend_get_memory(HostMemoryBackend *backend);
uint64_t host_memory_backend_get_size(HostMemoryBackend *backend);
bool host_memory_backend_is_mapped(HostMemoryBackend *backend);
void host_memory_backend_set_mapped(HostMemoryBackend *backend, bool mapped);

#endif
