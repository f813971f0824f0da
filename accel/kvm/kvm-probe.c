/*
 * Is this KVM worth having? Some hosts offer one that is itself emulated and
 * runs less than a million instructions a second: it opens and passes every
 * check, and then Linux takes for ever. Where another accelerator is at hand a
 * loop of a few ten thousand instructions is run first, in a VM of its own;
 * on processors that virtualize it takes a fraction of a millisecond.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "kvm-internal.h"

#define LOOPS  20000
#define TRIES  3
#define MAX_NS (8 * SCALE_MS) /* 5 million instructions a second */
#define CODE_ADDR 0x1000

typedef struct Probe {
    int kvm_fd, vm_fd, vcpu_fd;
    struct kvm_run *run;
    size_t run_size;
    uint8_t *mem;
} Probe;

static void probe_close(Probe *p)
{
    if (p->run) {
        munmap(p->run, p->run_size);
    }
    if (p->vcpu_fd >= 0) {
        close(p->vcpu_fd);
    }
    if (p->vm_fd >= 0) {
        close(p->vm_fd);
    }
    if (p->kvm_fd >= 0) {
        close(p->kvm_fd);
    }
    if (p->mem) {
        munmap(p->mem, CODE_ADDR);
    }
}

static void *map_pages(size_t size, int fd)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* A VM with one vCPU and one page, at CODE_ADDR. */
static bool probe_open(Probe *p, const char *device)
{
    struct kvm_userspace_memory_region slot = {
        .guest_phys_addr = CODE_ADDR,
        .memory_size = CODE_ADDR,
    };
    int size;

    *p = (Probe){ .vm_fd = -1, .vcpu_fd = -1 };
    p->kvm_fd = open(device, O_RDWR | O_CLOEXEC);
    if (p->kvm_fd < 0) {
        return false;
    }
    p->vm_fd = ioctl(p->kvm_fd, KVM_CREATE_VM, 0);
    if (p->vm_fd < 0) {
        return false;
    }
    p->mem = map_pages(CODE_ADDR, -1);
    slot.userspace_addr = (uintptr_t)p->mem;
    if (!p->mem || ioctl(p->vm_fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0) {
        return false;
    }
    p->vcpu_fd = ioctl(p->vm_fd, KVM_CREATE_VCPU, 0);
    size = ioctl(p->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (p->vcpu_fd < 0 || size < 0) {
        return false;
    }
    p->run_size = size;
    p->run = map_pages(p->run_size, p->vcpu_fd);
    return p->run;
}

static struct kvm_segment flat_segment(uint16_t selector, uint8_t type)
{
    return (struct kvm_segment){ .limit = UINT32_MAX,
                                 .selector = selector,
                                 .type = type,
                                 .present = 1,
                                 .db = 1,
                                 .s = 1,
                                 .g = 1 };
}

/* Flat 32-bit protected mode, which every processor runs by itself; real mode
 * is emulated by the kernel on old ones. */
static bool probe_set_up(Probe *p)
{
    static const uint8_t code[] = {
        0x49,       /* dec ecx */
        0x75, 0xfd, /* jnz -3 */
        0xf4,       /* hlt */
    };
    struct kvm_regs regs = { .rip = CODE_ADDR, .rcx = LOOPS, .rflags = 2 };
    struct kvm_sregs sregs;

    memcpy(p->mem, code, sizeof(code));
    if (ioctl(p->vcpu_fd, KVM_GET_SREGS, &sregs) < 0) {
        return false;
    }
    sregs.cr0 |= CR0_PE;
    sregs.cs = flat_segment(8, 11);
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat_segment(16, 3);
    return ioctl(p->vcpu_fd, KVM_SET_SREGS, &sregs) >= 0 &&
           ioctl(p->vcpu_fd, KVM_SET_REGS, &regs) >= 0;
}

/* Nanoseconds, or -1. */
static int64_t probe_run(Probe *p)
{
    int64_t start;
    int ret;

    if (!probe_set_up(p)) {
        return -1;
    }
    start = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    do {
        ret = ioctl(p->vcpu_fd, KVM_RUN, 0);
    } while (ret < 0 && errno == EINTR);
    if (ret < 0 || p->run->exit_reason != KVM_EXIT_HLT) {
        return -1;
    }
    return MAX(qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - start, 1);
}

bool kvm_is_worthwhile(AccelState *accel, Error **errp)
{
    KVMState *s = KVM_ACCEL(accel);
    int64_t best = INT64_MAX;
    Probe p;

    /* What cannot be opened is init_machine's to report. */
    if (probe_open(&p, s->device ? s->device : "/dev/kvm")) {
        for (int i = 0; i < TRIES && best > MAX_NS; i++) {
            int64_t ns = probe_run(&p);

            if (ns < 0) {
                best = INT64_MAX;
                break;
            }
            best = MIN(best, ns);
        }
    }
    probe_close(&p);
    if (best != INT64_MAX && best > MAX_NS) {
        error_setg(errp,
                   "KVM is emulated on this host: %.1f million instructions "
                   "per second (-accel kvm uses it all the same)",
                   2e3 * LOOPS / best);
        return false;
    }
    return true;
}
