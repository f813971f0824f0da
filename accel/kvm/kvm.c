/*
 * -accel kvm: the kernel runs the guest's code.
 *
 * One file descriptor stands for the VM and one for each vCPU. What the guest
 * has as memory the kernel knows as slots (kvm-memory.c, they follow the flat
 * view of guest memory); what it does elsewhere ends KVM_RUN in the vCPU's
 * thread, which then calls the device under the big lock (kvm-cpu.c,
 * kvm-exit.c). Two things bypass that: a write that an event notifier stands
 * for rings it inside the kernel (kvm-ioeventfd.c), and a message that has a
 * route and a notifier is delivered by the kernel (kvm-msi.c).
 *
 * The local APICs are always the kernel's; PICs and I/O APIC too, or in user
 * space with kernel-irqchip=split (kvm-irq.c). Registers are fetched when
 * somebody wants to see them, while the vCPU stands still (kvm-regs.c).
 *
 * Limits: x86-64 only. No nested state, no SMM, no Xen and Hyper-V interfaces.
 *
 * This file opens the device, checks what the kernel can do and creates the
 * VM; what fails is said in the words of QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>

#include "kvm-internal.h"

/* Three pages for the kernel's own use on some hosts, and one more; where the
 * guest has neither memory nor chips. */
#define KVM_IDENTITY_MAP_ADDR 0xfeffc000u
#define KVM_TSS_ADDR          (KVM_IDENTITY_MAP_ADDR + 0x1000)

KVMState *kvm_state;

bool kvm_enabled(void)
{
    return kvm_state;
}

bool kvm_irqchip_in_kernel(void)
{
    return kvm_state && kvm_state->chips == KVM_CHIPS_ON;
}

bool kvm_irqchip_is_split(void)
{
    return kvm_state && kvm_state->chips == KVM_CHIPS_SPLIT;
}

/* ---------------------------------------------------------------- ioctls */

static int retry_ioctl(int fd, unsigned long request, void *arg)
{
    int ret;

    do {
        ret = ioctl(fd, request, arg);
    } while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

int kvm_ioctl(KVMState *s, unsigned long request, void *arg)
{
    return retry_ioctl(s->fd, request, arg);
}

int kvm_vm_ioctl(KVMState *s, unsigned long request, void *arg)
{
    return retry_ioctl(s->vm_fd, request, arg);
}

int kvm_vcpu_ioctl(const KVMVcpu *v, unsigned long request, void *arg)
{
    return retry_ioctl(v->fd, request, arg);
}

int kvm_check_extension(KVMState *s, int cap)
{
    int ret = kvm_ioctl(s, KVM_CHECK_EXTENSION, (void *)(uintptr_t)cap);

    return MAX(ret, 0);
}

/* ---------------------------------------------------------------- set-up */

#define KVM_CAP_INFO(name) {#name, name}

static const struct {
    const char *name;
    int cap;
} required_caps[] = {
    KVM_CAP_INFO(KVM_CAP_USER_MEMORY),
    KVM_CAP_INFO(KVM_CAP_DESTROY_MEMORY_REGION_WORKS),
    KVM_CAP_INFO(KVM_CAP_JOIN_MEMORY_REGIONS_WORKS),
    KVM_CAP_INFO(KVM_CAP_INTERNAL_ERROR_DATA),
    KVM_CAP_INFO(KVM_CAP_IOEVENTFD),
    KVM_CAP_INFO(KVM_CAP_IOEVENTFD_ANY_LENGTH),
    KVM_CAP_INFO(KVM_CAP_IRQCHIP),
    KVM_CAP_INFO(KVM_CAP_IRQ_ROUTING),
    KVM_CAP_INFO(KVM_CAP_IRQFD),
    KVM_CAP_INFO(KVM_CAP_SIGNAL_MSI),
    KVM_CAP_INFO(KVM_CAP_SET_TSS_ADDR),
    KVM_CAP_INFO(KVM_CAP_SET_IDENTITY_MAP_ADDR),
    KVM_CAP_INFO(KVM_CAP_EXT_CPUID),
    KVM_CAP_INFO(KVM_CAP_MP_STATE),
    KVM_CAP_INFO(KVM_CAP_VCPU_EVENTS),
    KVM_CAP_INFO(KVM_CAP_DEBUGREGS),
    KVM_CAP_INFO(KVM_CAP_XSAVE),
    KVM_CAP_INFO(KVM_CAP_XCRS),
    KVM_CAP_INFO(KVM_CAP_READONLY_MEM),
    KVM_CAP_INFO(KVM_CAP_IMMEDIATE_EXIT),
};

/* The oldest kernel with all of these. */
#define KVM_MINIMUM_KERNEL "4.11"

static int check_capabilities(KVMState *s)
{
    for (unsigned i = 0; i < ARRAY_SIZE(required_caps); i++) {
        if (!kvm_check_extension(s, required_caps[i].cap)) {
            error_report("kvm does not support %s", required_caps[i].name);
            fprintf(stderr, "Please upgrade to at least kernel %s.\n",
                    KVM_MINIMUM_KERNEL);
            return -EINVAL;
        }
    }
    return 0;
}

static int open_device(KVMState *s)
{
    int ret;

    s->fd = open(s->device ? s->device : "/dev/kvm", O_RDWR | O_CLOEXEC);
    if (s->fd < 0) {
        ret = -errno;
        error_report("Could not access KVM kernel module: %s", strerror(-ret));
        return ret;
    }
    ret = kvm_ioctl(s, KVM_GET_API_VERSION, NULL);
    if (ret < KVM_API_VERSION) {
        error_report("kvm version too old");
        return ret < 0 ? ret : -EINVAL;
    }
    if (ret > KVM_API_VERSION) {
        error_report("kvm version not supported");
        return -EINVAL;
    }
    return 0;
}

static int create_vm(KVMState *s)
{
    uint64_t identity = KVM_IDENTITY_MAP_ADDR;
    int ret = kvm_ioctl(s, KVM_CREATE_VM, NULL);

    if (ret < 0) {
        error_report("ioctl(KVM_CREATE_VM) failed: %s", strerror(-ret));
        return ret;
    }
    s->vm_fd = ret;
    ret = kvm_vm_ioctl(s, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    if (ret < 0) {
        return ret;
    }
    ret = kvm_vm_ioctl(s, KVM_SET_TSS_ADDR, (void *)(uintptr_t)KVM_TSS_ADDR);
    if (ret >= 0 && s->shadow_mem >= 0) {
        uintptr_t pages = s->shadow_mem / 4096;

        ret = kvm_vm_ioctl(s, KVM_SET_NR_MMU_PAGES, (void *)pages);
    }
    return MIN(ret, 0);
}

static void warn_cpus(KVMState *s, const char *what, unsigned cpus)
{
    if (cpus > s->recommended_vcpus) {
        warn_report("Number of %s cpus requested (%u) exceeds the recommended "
                    "cpus supported by KVM (%u)",
                    what, cpus, s->recommended_vcpus);
    }
}

/* The machine starts with so many vCPUs, or can get so many. */
static bool check_cpus(KVMState *s, const MachineState *ms, Error **errp)
{
    int max = kvm_check_extension(s, KVM_CAP_MAX_VCPUS);

    s->recommended_vcpus = kvm_check_extension(s, KVM_CAP_NR_VCPUS);
    if (!s->recommended_vcpus) {
        s->recommended_vcpus = 4; /* what kernels without an answer mean */
    }
    s->max_vcpus = max ? (unsigned)max : s->recommended_vcpus;
    warn_cpus(s, "SMP", ms->smp.cpus);
    warn_cpus(s, "hotpluggable", ms->smp.max_cpus);
    if (ms->smp.max_cpus > s->max_vcpus) {
        error_setg(errp,
                   "Number of %s cpus requested (%u) exceeds the maximum cpus "
                   "supported by KVM (%u)",
                   ms->smp.cpus > s->max_vcpus ? "SMP" : "hotpluggable",
                   ms->smp.cpus > s->max_vcpus ? ms->smp.cpus
                                               : ms->smp.max_cpus,
                   s->max_vcpus);
        return false;
    }
    return true;
}

static int read_sizes(KVMState *s)
{
    int ret = kvm_ioctl(s, KVM_GET_VCPU_MMAP_SIZE, NULL);

    if (ret < 0) {
        return ret;
    }
    s->run_size = ret;
    s->xsave_size =
        MAX(kvm_check_extension(s, KVM_CAP_XSAVE2), sizeof(struct kvm_xsave));
    return 0;
}

static bool check_properties(KVMState *s, Error **errp)
{
    if (s->chips == KVM_CHIPS_OFF) {
        error_setg(errp, "KVM does not support userspace APIC");
        return false;
    }
    if (s->dirty_ring_size) {
        error_setg(errp,
                   "dirty-ring-size=%u is not supported, it must be 0",
                   s->dirty_ring_size);
        return false;
    }
    return true;
}

static void close_device(KVMState *s)
{
    g_clear_pointer(&s->supported_cpuid, g_free);
    g_clear_pointer(&s->msrs, g_free);
    if (s->vm_fd >= 0) {
        close(s->vm_fd);
        s->vm_fd = -1;
    }
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}

static bool kvm_init_machine(AccelState *accel, MachineState *ms, Error **errp)
{
    KVMState *s = KVM_ACCEL(accel);
    int ret;

    if (!check_properties(s, errp)) {
        return false;
    }
    ret = open_device(s);
    if (ret >= 0 && !check_cpus(s, ms, errp)) {
        close_device(s);
        return false;
    }
    ret = ret < 0 ? ret : check_capabilities(s);
    ret = ret < 0 ? ret : read_sizes(s);
    ret = ret < 0 ? ret : create_vm(s);
    if (ret < 0) {
        close_device(s);
        error_setg(errp, "failed to initialize kvm: %s", strerror(-ret));
        return false;
    }
    kvm_state = s;
    if (!kvm_cpuid_init(s, errp) || !kvm_irq_init(s, errp)) {
        kvm_state = NULL;
        close_device(s);
        return false;
    }
    kvm_memory_init(s);
    kvm_ioeventfd_init(s);
    kvm_clock_init(s);
    return true;
}

/* ------------------------------------------------------------ properties */

static const char *const chips_names[] = {"off", "on", "split"};
static const QEnumLookup chips_lookup = {chips_names, 3};

static int get_chips(Object *obj, Error **errp)
{
    return KVM_ACCEL(obj)->chips;
}

static void set_chips(Object *obj, int value, Error **errp)
{
    KVM_ACCEL(obj)->chips = value;
}

static char *get_device(Object *obj, Error **errp)
{
    KVMState *s = KVM_ACCEL(obj);

    return g_strdup(s->device ? s->device : "/dev/kvm");
}

static void set_device(Object *obj, const char *value, Error **errp)
{
    KVMState *s = KVM_ACCEL(obj);

    g_free(s->device);
    s->device = g_strdup(value);
}

static bool get_shadow_mem(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    return visit_type_int64(v, name, &KVM_ACCEL(obj)->shadow_mem, errp);
}

static bool set_shadow_mem(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    return visit_type_int64(v, name, &KVM_ACCEL(obj)->shadow_mem, errp);
}

static bool get_ring(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    return visit_type_uint32(v, name, &KVM_ACCEL(obj)->dirty_ring_size, errp);
}

static bool set_ring(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    uint32_t size;

    if (!visit_type_uint32(v, name, &size, errp)) {
        return false;
    }
    if (size & (size - 1)) {
        error_setg(errp, "dirty-ring-size must be a power of two.");
        return false;
    }
    KVM_ACCEL(obj)->dirty_ring_size = size;
    return true;
}

static void kvm_accel_init(Object *obj)
{
    KVMState *s = KVM_ACCEL(obj);

    s->fd = s->vm_fd = -1;
    s->chips = KVM_CHIPS_ON;
    s->shadow_mem = -1;
}

static void kvm_accel_finalize(Object *obj)
{
    KVMState *s = KVM_ACCEL(obj);

    close_device(s);
    g_free(s->device);
}

static void kvm_accel_class_init(ObjectClass *oc, const void *data)
{
    AccelClass *ac = ACCEL_CLASS(oc);
    ObjectProperty *p;

    ac->is_worthwhile = kvm_is_worthwhile;
    ac->init_machine = kvm_init_machine;
    ac->has_cpu_host = true;
    ac->apic_type = TYPE_KVM_APIC;
    ac->supported_features = kvm_supported_features;
    ac->create_vcpu = kvm_create_vcpu;
    ac->destroy_vcpu = kvm_destroy_vcpu;
    ac->vcpu_thread_init = kvm_vcpu_thread_init;
    ac->vcpu_run = kvm_vcpu_run;
    ac->kick = kvm_kick;
    ac->halts_itself = true;
    ac->get_state = kvm_get_state;
    ac->put_state = kvm_put_state;

    p = object_class_property_add_enum(oc, "kernel-irqchip", "on|off|split",
                                       &chips_lookup, get_chips, set_chips);
    object_property_set_description(p, "Configure KVM in-kernel irqchip");
    p = object_class_property_add_str(oc, "device", get_device, set_device);
    object_property_set_description(
        p, "Path to the device node to use (default: /dev/kvm)");
    p = object_class_property_add(oc, "kvm-shadow-mem", "int", get_shadow_mem,
                                  set_shadow_mem, NULL, NULL);
    object_property_set_description(p, "KVM shadow MMU size");
    p = object_class_property_add(oc, "dirty-ring-size", "uint32", get_ring,
                                  set_ring, NULL, NULL);
    object_property_set_description(
        p, "Size of KVM dirty page ring buffer (default: 0, i.e. use bitmap)");
}

static const TypeInfo kvm_accel_types[] = {
    {
        .name = TYPE_KVM_ACCEL,
        .parent = TYPE_ACCEL,
        .instance_size = sizeof(KVMState),
        .instance_init = kvm_accel_init,
        .instance_finalize = kvm_accel_finalize,
        .class_init = kvm_accel_class_init,
    },
};

DEFINE_TYPES(kvm_accel_types)
