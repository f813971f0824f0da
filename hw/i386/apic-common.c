/*
 * What local APICs of all kinds have in common: who has which ID, the region
 * at 0xfee00000, the ends of the PICs' and the I/O APIC's lines, and the MSR
 * IA32_APIC_BASE.
 *
 * The region is 1 MiB: all addresses of messages. A CPU's own registers are in
 * its first page, except its first 16 bytes, where a message for APIC ID 0
 * goes; no register is there. So the address tells messages from registers,
 * whoever writes. Limit: the MSR takes another base address, but the registers
 * stay where they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "hw/i386/lapic-internal.h"
#include "util/atomic.h"

#define APIC_REGION_SIZE     MiB
#define APIC_REGION_PRIORITY 0x1000
#define APIC_PAGE_SIZE       0x1000u
#define APIC_FIRST_REGISTER  0x10u
#define APIC_MAX_ID          0xffffu

#define CPUID_1_ECX_X2APIC (1u << 21)

#define APICBASE_ADDR_SHIFT 12
#define APICBASE_BITS \
    (MSR_IA32_APICBASE_BSP | MSR_IA32_APICBASE_EXTD | MSR_IA32_APICBASE_ENABLE)

APICCommonState **apic_table;
unsigned apic_table_size;

static unsigned apic_count;
static MemoryRegion apic_region;
static I8259State *apic_pic;
static IOAPICState *apic_ioapic;
static bool pic_level;

static APICCommonClass *apic_class(const APICCommonState *s)
{
    return (APICCommonClass *)OBJECT(s)->class;
}

static APICCommonState *apic_of(const X86CPU *cpu)
{
    return (APICCommonState *)cpu->apic;
}

/* ------------------------------------------------------------------- pins */

void apic_set_intr(APICCommonState *s, bool level)
{
    CPUState *cpu = apic_cpu(s);
    bool up = qatomic_read(&cpu->interrupt_request) & CPU_INTERRUPT_HARD;

    /* Kicks cost: once per edge. */
    if (level && !up) {
        cpu_interrupt(cpu, CPU_INTERRUPT_HARD);
    } else if (!level && up) {
        cpu_reset_interrupt(cpu, CPU_INTERRUPT_HARD);
    }
}

static void set_pin_directly(CPUState *cpu, bool level)
{
    if (level) {
        cpu_interrupt(cpu, CPU_INTERRUPT_HARD);
    } else {
        cpu_reset_interrupt(cpu, CPU_INTERRUPT_HARD);
    }
}

void apic_pic_intr(void *opaque, int n, int level)
{
    CPUState *cpu;

    pic_level = level;
    CPU_FOREACH(cpu)
    {
        APICCommonState *s = apic_of((X86CPU *)cpu);

        if (s && apic_class(s)->set_lint0) {
            apic_class(s)->set_lint0(s, level);
        } else if (cpu->cpu_index == 0) {
            set_pin_directly(cpu, level);
        }
    }
}

bool apic_pic_level(void)
{
    return pic_level && apic_pic;
}

int apic_pic_acknowledge(void)
{
    return apic_pic_level() ? i8259_acknowledge(apic_pic) : -1;
}

void apic_broadcast_eoi(int vector)
{
    if (apic_ioapic) {
        ioapic_eoi_broadcast(apic_ioapic, vector);
    }
}

void apic_connect(I8259State *pic, IOAPICState *ioapic)
{
    apic_pic = pic;
    apic_ioapic = ioapic;
}

/* ------------------------------------------------------- what the CPU sees */

int cpu_get_pic_interrupt(X86CPU *cpu)
{
    APICCommonState *s = apic_of(cpu);

    if (s && apic_class(s)->get_interrupt) {
        return apic_class(s)->get_interrupt(s);
    }
    return cpu->parent_obj.cpu_index == 0 ? apic_pic_acknowledge() : -1;
}

bool apic_has_interrupt(X86CPU *cpu)
{
    APICCommonState *s = apic_of(cpu);

    if (s && apic_class(s)->has_interrupt) {
        return apic_class(s)->has_interrupt(s);
    }
    return cpu->parent_obj.cpu_index == 0 && apic_pic_level();
}

uint64_t cpu_get_apic_base(X86CPU *cpu)
{
    return cpu->apic ? apic_of(cpu)->apicbase : 0;
}

/* Table "x2APIC state transitions" of the manual: x2APIC mode is entered from
 * xAPIC mode only, and left only by turning the APIC off. */
static bool apicbase_change_ok(uint64_t old, uint64_t val)
{
    bool was_on = old & MSR_IA32_APICBASE_ENABLE;
    bool was_x2 = old & MSR_IA32_APICBASE_EXTD;
    bool on = val & MSR_IA32_APICBASE_ENABLE;
    bool x2 = val & MSR_IA32_APICBASE_EXTD;

    if (x2) {
        return on && was_on;
    }
    return !(on && was_x2);
}

bool cpu_set_apic_base(X86CPU *cpu, uint64_t val)
{
    unsigned phys_bits = cpu->phys_bits ? cpu->phys_bits : 52;
    uint64_t ok =
        MAKE_64BIT_MASK(APICBASE_ADDR_SHIFT, phys_bits - APICBASE_ADDR_SHIFT) |
        APICBASE_BITS;
    APICCommonState *s = apic_of(cpu);

    if (!s) {
        return false;
    }
    if (!x86_cpu_has(cpu, FEAT_1_ECX, CPUID_1_ECX_X2APIC)) {
        ok &= ~(uint64_t)MSR_IA32_APICBASE_EXTD;
    }
    if ((val & ~ok) || !apicbase_change_ok(s->apicbase, val)) {
        return false;
    }
    apic_class(s)->set_base(s, val);
    return true;
}

uint8_t cpu_get_apic_tpr(X86CPU *cpu)
{
    return cpu->apic ? apic_class(apic_of(cpu))->get_tpr(apic_of(cpu)) : 0;
}

void cpu_set_apic_tpr(X86CPU *cpu, uint8_t cr8)
{
    if (cpu->apic) {
        apic_class(apic_of(cpu))->set_tpr(apic_of(cpu), cr8);
    }
}

bool apic_msr_read(X86CPU *cpu, uint32_t index, uint64_t *val)
{
    APICCommonState *s = apic_of(cpu);

    return s && apic_class(s)->msr_read &&
           apic_class(s)->msr_read(s, index, val);
}

bool apic_msr_write(X86CPU *cpu, uint32_t index, uint64_t val)
{
    APICCommonState *s = apic_of(cpu);

    return s && apic_class(s)->msr_write &&
           apic_class(s)->msr_write(s, index, val);
}

uint64_t apic_get_tsc_deadline(X86CPU *cpu)
{
    APICCommonState *s = apic_of(cpu);

    return s && apic_class(s)->get_tsc_deadline
               ? apic_class(s)->get_tsc_deadline(s)
               : 0;
}

void apic_set_tsc_deadline(X86CPU *cpu, uint64_t val)
{
    APICCommonState *s = apic_of(cpu);

    if (s && apic_class(s)->set_tsc_deadline) {
        apic_class(s)->set_tsc_deadline(s, val);
    }
}

void apic_tsc_changed(X86CPU *cpu)
{
    APICCommonState *s = apic_of(cpu);

    if (s && apic_class(s)->tsc_changed) {
        apic_class(s)->tsc_changed(s);
    }
}

void apic_pulse_nmi(X86CPU *cpu)
{
    APICCommonState *s = apic_of(cpu);

    if (s && apic_class(s)->pulse_lint1) {
        apic_class(s)->pulse_lint1(s);
    } else {
        cpu_interrupt(&cpu->parent_obj, CPU_INTERRUPT_NMI);
    }
}

void apic_reset(X86CPU *cpu, bool init)
{
    if (cpu->apic) {
        apic_class(apic_of(cpu))->reset(apic_of(cpu), init);
    }
}

/* ----------------------------------------------------------------- region */

/* The APIC of the CPU that accesses the region. */
static APICCommonState *accessing_apic(void)
{
    X86CPU *cpu = (X86CPU *)current_cpu();

    return cpu ? apic_of(cpu) : NULL;
}

static uint64_t region_read(void *opaque, hwaddr addr, unsigned size)
{
    APICCommonState *s = accessing_apic();

    if (!s || addr >= APIC_PAGE_SIZE || !apic_class(s)->mmio_read) {
        return UINT32_MAX;
    }
    return apic_class(s)->mmio_read(s, addr);
}

/* Any APIC can send: the first. */
static void send_message(hwaddr addr, uint32_t data)
{
    for (unsigned id = 0; id < apic_table_size; id++) {
        APICCommonState *s = apic_table[id];

        if (s) {
            apic_class(s)->send_msi(s, APIC_DEFAULT_ADDRESS + addr, data);
            return;
        }
    }
}

static void region_write(void *opaque, hwaddr addr, uint64_t data,
                         unsigned size)
{
    APICCommonState *s = accessing_apic();

    if (addr < APIC_FIRST_REGISTER || addr >= APIC_PAGE_SIZE) {
        send_message(addr, data);
    } else if (s && apic_class(s)->mmio_write) {
        apic_class(s)->mmio_write(s, addr, data);
    }
}

/* Messages arrive while registers are written: an EOI makes the I/O APIC send
 * one. */
static const MemoryRegionOps region_ops = {
    .read = region_read,
    .write = region_write,
    .valid = {.min_access_size = 4, .max_access_size = 4},
    .takes_messages = true,
};

static void region_create(void)
{
    memory_region_init_io(&apic_region, NULL, &region_ops, NULL, "apic-msi",
                          APIC_REGION_SIZE);
    apic_region.disable_reentrancy_guard = true;
    memory_region_add_subregion_overlap(get_system_memory(),
                                        APIC_DEFAULT_ADDRESS, &apic_region,
                                        APIC_REGION_PRIORITY);
}

/* ------------------------------------------------------------------- life */

static bool table_add(APICCommonState *s, Error **errp)
{
    if (s->id > APIC_MAX_ID) {
        error_setg(errp, "APIC ID %u is too large, the highest is %u", s->id,
                   APIC_MAX_ID);
        return false;
    }
    if (s->id >= apic_table_size) {
        apic_table = g_renew(APICCommonState *, apic_table, s->id + 1);
        while (apic_table_size <= s->id) {
            apic_table[apic_table_size++] = NULL;
        }
    }
    if (apic_table[s->id]) {
        error_setg(errp, "APIC ID %u is in use", s->id);
        return false;
    }
    apic_table[s->id] = s;
    return true;
}

static void apic_common_realize(DeviceState *qdev, Error **errp)
{
    APICCommonState *s = APIC_COMMON(qdev);

    if (!s->cpu) {
        error_setg(errp, "a local APIC belongs to a CPU");
        return;
    }
    if (table_add(s, errp) && apic_count++ == 0) {
        region_create();
    }
}

static void apic_common_unrealize(DeviceState *qdev)
{
    APICCommonState *s = APIC_COMMON(qdev);

    apic_table[s->id] = NULL;
    s->cpu->apic = NULL;
    if (--apic_count == 0) {
        memory_region_destroy(&apic_region);
        g_clear_pointer(&apic_table, g_free);
        apic_table_size = 0;
        apic_connect(NULL, NULL);
        pic_level = false;
    }
}

bool apic_create(X86CPU *cpu, Error **errp)
{
    AccelClass *accel = current_accel_class();
    const char *type = accel && accel->apic_type ? accel->apic_type : TYPE_APIC;
    DeviceState *dev = qdev_new(type);
    APICCommonState *s = APIC_COMMON(dev);

    s->cpu = cpu;
    s->id = cpu->apic_id;
    object_property_add_child(OBJECT(cpu), "lapic", OBJECT(dev));
    if (!qdev_realize_and_unref(dev, NULL, errp)) {
        object_unparent(OBJECT(dev));
        return false;
    }
    cpu->apic = dev;
    return true;
}

static void apic_common_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = apic_common_realize;
    dc->unrealize = apic_common_unrealize;
    dc->user_creatable = false; /* every CPU has its own */
}

static const TypeInfo apic_common_types[] = {
    {
        .name = TYPE_APIC_COMMON,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(APICCommonState),
        .class_size = sizeof(APICCommonClass),
        .abstract = true,
        .class_init = apic_common_class_init,
    },
};
DEFINE_TYPES(apic_common_types)
