/*
 * Doorbells in the kernel: a guest's write that an event notifier stands for
 * rings it without leaving the kernel, in memory and in port space.
 *
 * Where the kernel refuses (it has a limited number of them), the write comes
 * to us as any other, and memory_region_dispatch_write() rings the notifier.
 *
 * Big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"
#include "trace/trace-accel.h"

static void set_ioeventfd(bool pio, bool add, hwaddr addr,
                          const MemoryRegionEventfd *fd)
{
    struct kvm_ioeventfd io = {
        .datamatch = fd->match_data ? fd->data : 0,
        .addr = addr,
        .len = fd->size,
        .fd = event_notifier_get_fd(fd->e),
    };
    int ret;

    io.flags |= pio ? KVM_IOEVENTFD_FLAG_PIO : 0;
    io.flags |= fd->match_data ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0;
    io.flags |= add ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN;
    ret = kvm_vm_ioctl(kvm_state, KVM_IOEVENTFD, &io);
    trace_kvm_ioeventfd(add, pio, addr, fd->size, fd->match_data, fd->data,
                        ret);
    if (ret < 0 && add) {
        static ErrorRateLimit limit;

        error_report_ratelimited(&limit,
                                 "error adding ioeventfd: %s; kicks are "
                                 "slower without",
                                 strerror(-ret));
    }
}

static void mmio_add(MemoryListener *l, hwaddr addr,
                     const MemoryRegionEventfd *fd)
{
    set_ioeventfd(false, true, addr, fd);
}

static void mmio_del(MemoryListener *l, hwaddr addr,
                     const MemoryRegionEventfd *fd)
{
    set_ioeventfd(false, false, addr, fd);
}

static void pio_add(MemoryListener *l, hwaddr addr,
                    const MemoryRegionEventfd *fd)
{
    set_ioeventfd(true, true, addr, fd);
}

static void pio_del(MemoryListener *l, hwaddr addr,
                    const MemoryRegionEventfd *fd)
{
    set_ioeventfd(true, false, addr, fd);
}

static MemoryListener mmio_listener = {
    .name = "kvm-ioeventfd-mmio",
    .priority = 10,
    .eventfd_add = mmio_add,
    .eventfd_del = mmio_del,
};

static MemoryListener pio_listener = {
    .name = "kvm-ioeventfd-pio",
    .priority = 10,
    .eventfd_add = pio_add,
    .eventfd_del = pio_del,
};

void kvm_ioeventfd_init(KVMState *s)
{
    memory_listener_register(&mmio_listener, &address_space_memory);
    memory_listener_register(&pio_listener, &address_space_io);
}
