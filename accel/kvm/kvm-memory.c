/*
 * Memory slots: which parts of guest memory the kernel maps itself.
 *
 * Each range of RAM or ROM in the flat view is a slot, as far as it is made
 * of whole pages; the rest, and everything else, is for KVM_EXIT_MMIO. A ROM
 * slot is read-only: writes to it end in KVM_EXIT_MMIO too, and do nothing.
 *
 * A new view is compared with the slots there are. What stays the same is not
 * touched, what went is deleted, then what came is added. The kernel cannot
 * change a slot in place, so while one is replaced by another that covers the
 * same addresses, a vCPU could find nothing where its code is: then, and only
 * then, no guest code runs during the change.
 *
 * Big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"
#include "trace/trace-accel.h"

#define PAGE_BYTES UINT64_C(4096)

typedef struct KVMSlot {
    struct kvm_userspace_memory_region region;
    bool stays; /* the new view has it too */
} KVMSlot;

static GArray *slots;   /* of KVMSlot */
static GArray *free_nr; /* of uint32_t: numbers of deleted slots */

static void set_region(KVMState *s, struct kvm_userspace_memory_region *r)
{
    int ret = kvm_vm_ioctl(s, KVM_SET_USER_MEMORY_REGION, r);

    trace_kvm_set_user_memory(r->slot, r->flags, r->guest_phys_addr,
                              r->memory_size, r->userspace_addr, ret);
    if (ret < 0) {
        /* The guest would miss memory it was promised. */
        error_report("kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION "
                     "failed, slot=%u, start=0x%llx, size=0x%llx: %s",
                     r->slot, (unsigned long long)r->guest_phys_addr,
                     (unsigned long long)r->memory_size, strerror(-ret));
        exit(EXIT_FAILURE);
    }
}

/* The whole pages of a range. False if there is none. */
static bool range_to_region(const MemoryRange *r,
                            struct kvm_userspace_memory_region *out)
{
    uint64_t start = QEMU_ALIGN_UP(r->addr, PAGE_BYTES);
    uint64_t end = QEMU_ALIGN_DOWN(r->addr + r->size, PAGE_BYTES);
    uint8_t *host = r->host + (start - r->addr);

    if (!r->ram || start < r->addr || end <= start ||
        (uintptr_t)host % PAGE_BYTES) {
        return false;
    }
    *out = (struct kvm_userspace_memory_region){
        .flags = r->readonly ? KVM_MEM_READONLY : 0,
        .guest_phys_addr = start,
        .memory_size = end - start,
        .userspace_addr = (uintptr_t)host,
    };
    return true;
}

static bool same_region(const struct kvm_userspace_memory_region *a,
                        const struct kvm_userspace_memory_region *b)
{
    return a->flags == b->flags && a->guest_phys_addr == b->guest_phys_addr &&
           a->memory_size == b->memory_size &&
           a->userspace_addr == b->userspace_addr;
}

static bool overlap(const struct kvm_userspace_memory_region *a,
                    const struct kvm_userspace_memory_region *b)
{
    return a->guest_phys_addr < b->guest_phys_addr + b->memory_size &&
           b->guest_phys_addr < a->guest_phys_addr + a->memory_size;
}

static KVMSlot *slot_at(unsigned i)
{
    return &g_array_index(slots, KVMSlot, i);
}

/* The regions of the view that no slot is for yet; marks the slots that stay.
 * To be freed. */
static GArray *find_new(const FlatView *view)
{
    GArray *added =
        g_array_new(false, false, sizeof(struct kvm_userspace_memory_region));

    for (unsigned i = 0; i < view->nr; i++) {
        struct kvm_userspace_memory_region r;
        unsigned j = 0;

        if (!range_to_region(&view->ranges[i], &r)) {
            continue;
        }
        while (j < slots->len && !same_region(&slot_at(j)->region, &r)) {
            j++;
        }
        if (j < slots->len) {
            slot_at(j)->stays = true;
        } else {
            g_array_append_val(added, r);
        }
    }
    return added;
}

/* True if an address goes from one slot to another. */
static bool replaces(const GArray *added)
{
    for (unsigned i = 0; i < added->len; i++) {
        for (unsigned j = 0; j < slots->len; j++) {
            if (!slot_at(j)->stays &&
                overlap(&slot_at(j)->region,
                        &g_array_index(added,
                                       struct kvm_userspace_memory_region,
                                       i))) {
                return true;
            }
        }
    }
    return false;
}

static void delete_slots(KVMState *s)
{
    for (unsigned i = slots->len; i-- > 0;) {
        struct kvm_userspace_memory_region r = slot_at(i)->region;

        if (slot_at(i)->stays) {
            slot_at(i)->stays = false;
            continue;
        }
        r.memory_size = 0;
        set_region(s, &r);
        g_array_append_val(free_nr, r.slot);
        g_array_remove_index_fast(slots, i);
    }
}

static void add_slots(KVMState *s, const GArray *added)
{
    for (unsigned i = 0; i < added->len; i++) {
        KVMSlot slot = {
            .region =
                g_array_index(added, struct kvm_userspace_memory_region, i),
        };

        slot.region.slot = slots->len;
        if (free_nr->len) {
            slot.region.slot =
                g_array_index(free_nr, uint32_t, free_nr->len - 1);
            g_array_set_size(free_nr, free_nr->len - 1);
        }
        set_region(s, &slot.region);
        g_array_append_val(slots, slot);
    }
}

static void memory_commit(MemoryListener *l, FlatView *old, FlatView *view)
{
    GArray *added = find_new(view);
    bool exclusive = replaces(added);

    if (exclusive) {
        cpu_exclusive_begin();
    }
    delete_slots(kvm_state);
    add_slots(kvm_state, added);
    if (exclusive) {
        cpu_exclusive_end();
    }
    g_array_unref(added);
}

/* Before the listeners of devices: the guest must not see a device's new
 * place before its memory. */
static MemoryListener memory_listener = {
    .name = "kvm-memory",
    .priority = -10,
    .commit = memory_commit,
};

void kvm_memory_init(KVMState *s)
{
    slots = g_array_new(false, false, sizeof(KVMSlot));
    free_nr = g_array_new(false, false, sizeof(uint32_t));
    memory_listener_register(&memory_listener, &address_space_memory);
}
