/*
 * The I/O APIC (82093AA data sheet): see ioapic.h.
 *
 * An edge sets the input's request bit until its message has gone out. A level
 * keeps the bit set while the line is up; the message goes out once, and the
 * entry's remote-IRR bit holds back another until the local APIC says that it
 * is done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/ioapic.h"
#include "trace/trace-hw-i386.h"

#define IOAPIC_REGION_SIZE 0x1000
#define IOREGSEL           0x00
#define IOWIN              0x10
#define IOEOI              0x40 /* version 0x20 and later */

#define IOAPIC_REG_ID          0x00
#define IOAPIC_REG_VERSION     0x01
#define IOAPIC_REG_ARBITRATION 0x02
#define IOAPIC_REG_REDIRECTION 0x10

#define IOAPIC_ID_SHIFT    24
#define IOAPIC_ID_MASK     0xf
#define IOAPIC_VERSION_EOI 0x20

#define ENTRY_VECTOR              0xffu
#define ENTRY_DELIVERY_MODE_SHIFT 8
#define ENTRY_DELIVERY_MODE       7u
#define ENTRY_DEST_LOGICAL        (1u << 11)
#define ENTRY_DELIVERY_STATUS     (1u << 12)
#define ENTRY_ACTIVE_LOW          (1u << 13)
#define ENTRY_REMOTE_IRR          (1u << 14)
#define ENTRY_LEVEL               (1u << 15)
#define ENTRY_MASKED              (1u << 16)
#define ENTRY_READ_ONLY           (ENTRY_DELIVERY_STATUS | ENTRY_REMOTE_IRR)
#define ENTRY_DEST_SHIFT          56

#define MSI_DEST_SHIFT          12
#define MSI_DEST_LOGICAL        (1u << 2)
#define MSI_DELIVERY_MODE_SHIFT 8
#define MSI_LEVEL_ASSERT        (1u << 14)
#define MSI_TRIGGER_LEVEL       (1u << 15)

static void ioapic_message(uint64_t entry, uint32_t *paddr, uint32_t *pdata)
{
    uint32_t addr = APIC_DEFAULT_ADDRESS;
    uint32_t data = entry & ENTRY_VECTOR;
    unsigned mode = entry >> ENTRY_DELIVERY_MODE_SHIFT & ENTRY_DELIVERY_MODE;

    addr |= (entry >> ENTRY_DEST_SHIFT) << MSI_DEST_SHIFT;
    addr |= entry & ENTRY_DEST_LOGICAL ? MSI_DEST_LOGICAL : 0;
    data |= mode << MSI_DELIVERY_MODE_SHIFT;
    if (entry & ENTRY_LEVEL) {
        data |= MSI_TRIGGER_LEVEL | MSI_LEVEL_ASSERT;
    }
    *paddr = addr;
    *pdata = data;
}

static void ioapic_deliver(IOAPICState *s, int pin)
{
    uint32_t addr, data;

    ioapic_message(s->redirection[pin], &addr, &data);
    trace_ioapic_deliver(pin, addr, data);
    address_space_send_message(&address_space_memory, addr, data);
}

static void ioapic_service_pin(IOAPICState *s, int pin)
{
    uint64_t *entry = &s->redirection[pin];

    if (!(s->irr & (1u << pin)) || (*entry & ENTRY_MASKED)) {
        return;
    }
    if (!(*entry & ENTRY_LEVEL)) {
        s->irr &= ~(1u << pin);
    } else if (*entry & ENTRY_REMOTE_IRR) {
        return;
    } else {
        *entry |= ENTRY_REMOTE_IRR;
    }
    ioapic_deliver(s, pin);
}

static void ioapic_set_irq(void *opaque, int pin, int level)
{
    IOAPICState *s = opaque;
    uint32_t bit = 1u << pin;
    bool rises = level && !(s->lines & bit);

    trace_ioapic_set_irq(pin, level);
    s->lines = level ? s->lines | bit : s->lines & ~bit;
    if (s->redirection[pin] & ENTRY_LEVEL) {
        s->irr = level ? s->irr | bit : s->irr & ~bit;
    } else if (rises) {
        s->irr |= bit;
    }
    ioapic_service_pin(s, pin);
}

static void ioapic_eoi_pin(IOAPICState *s, int pin)
{
    s->redirection[pin] &= ~(uint64_t)ENTRY_REMOTE_IRR;
    ioapic_service_pin(s, pin);
}

void ioapic_eoi_broadcast(IOAPICState *s, int vector)
{
    for (int pin = 0; pin < IOAPIC_NUM_PINS; pin++) {
        uint64_t entry = s->redirection[pin];

        if ((entry & ENTRY_LEVEL) && (entry & ENTRY_REMOTE_IRR) &&
            (entry & ENTRY_VECTOR) == vector) {
            ioapic_eoi_pin(s, pin);
        }
    }
}

/* ------------------------------------------------------------- registers */

static uint32_t ioapic_window_read(const IOAPICState *s)
{
    unsigned index;

    switch (s->select) {
    case IOAPIC_REG_ID:
    case IOAPIC_REG_ARBITRATION:
        return (uint32_t)s->id << IOAPIC_ID_SHIFT;
    case IOAPIC_REG_VERSION:
        return s->version | (IOAPIC_NUM_PINS - 1) << 16;
    }
    index = s->select - IOAPIC_REG_REDIRECTION;
    if (s->select < IOAPIC_REG_REDIRECTION || index / 2 >= IOAPIC_NUM_PINS) {
        return 0;
    }
    return s->redirection[index / 2] >> (index % 2 * 32);
}

static void ioapic_write_entry(IOAPICState *s, int pin, bool high,
                               uint32_t value)
{
    uint64_t old = s->redirection[pin];
    uint64_t entry;

    if (high) {
        entry = (old & 0xffffffffu) | (uint64_t)value << 32;
    } else {
        entry = (old & ~UINT64_C(0xffffffff)) | (value & ~ENTRY_READ_ONLY) |
                (old & ENTRY_READ_ONLY);
    }
    if (!(entry & ENTRY_LEVEL)) {
        entry &= ~(uint64_t)ENTRY_REMOTE_IRR;
        if (old & ENTRY_LEVEL) {
            s->irr &= ~(1u << pin); /* a level is no edge */
        }
    } else if (s->lines & (1u << pin)) {
        s->irr |= 1u << pin;
    } else {
        s->irr &= ~(1u << pin);
    }
    s->redirection[pin] = entry;
    if (s->entry_changed) {
        uint32_t addr, data;

        ioapic_message(entry, &addr, &data);
        s->entry_changed(s, pin, addr, data);
    }
    ioapic_service_pin(s, pin);
}

static void ioapic_window_write(IOAPICState *s, uint32_t value)
{
    unsigned index = s->select - IOAPIC_REG_REDIRECTION;

    if (s->select == IOAPIC_REG_ID) {
        s->id = value >> IOAPIC_ID_SHIFT & IOAPIC_ID_MASK;
    } else if (s->select >= IOAPIC_REG_REDIRECTION &&
               index / 2 < IOAPIC_NUM_PINS) {
        ioapic_write_entry(s, index / 2, index % 2, value);
    }
}

static uint64_t ioapic_mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    IOAPICState *s = opaque;

    switch (addr) {
    case IOREGSEL:
        return s->select;
    case IOWIN:
        return ioapic_window_read(s);
    }
    return 0;
}

static void ioapic_mmio_write(void *opaque, hwaddr addr, uint64_t data,
                              unsigned size)
{
    IOAPICState *s = opaque;

    switch (addr) {
    case IOREGSEL:
        s->select = data;
        break;
    case IOWIN:
        ioapic_window_write(s, data);
        break;
    case IOEOI:
        if (s->version >= IOAPIC_VERSION_EOI) {
            ioapic_eoi_broadcast(s, data & ENTRY_VECTOR);
        }
        break;
    }
}

static const MemoryRegionOps ioapic_ops = {
    .read = ioapic_mmio_read,
    .write = ioapic_mmio_write,
    .valid = {.min_access_size = 4, .max_access_size = 4},
};

/* ------------------------------------------------------------------- info */

static void append_pins(GString *out, const char *name, uint32_t bits)
{
    g_string_append_printf(out, "  %s", name);
    for (int pin = 0; pin < IOAPIC_NUM_PINS; pin++) {
        if (bits & 1u << pin) {
            g_string_append_printf(out, " %d", pin);
        }
    }
    g_string_append(out, bits ? "\n" : " (none)\n");
}

static void append_entry(GString *out, int pin, uint64_t e)
{
    static const char *const modes[8] = {
        "fixed", "lowpri", "smi", "...", "nmi", "init", "...", "extint",
    };

    g_string_append_printf(
        out,
        "  pin %-2d 0x%016" PRIx64 " dest=%" PRIx64
        " vec=%-3u %s %-5s %-6s %-6s %s\n",
        pin, e, e >> ENTRY_DEST_SHIFT, (unsigned)(e & ENTRY_VECTOR),
        e & ENTRY_ACTIVE_LOW ? "active-lo" : "active-hi",
        e & ENTRY_LEVEL ? "level" : "edge", e & ENTRY_MASKED ? "masked" : "",
        modes[e >> ENTRY_DELIVERY_MODE_SHIFT & ENTRY_DELIVERY_MODE],
        e & ENTRY_DEST_LOGICAL ? "logical" : "physical");
}

char *ioapic_info_text(const IOAPICState *s)
{
    GString *out = g_string_new(NULL);
    uint32_t remote = 0;

    g_string_append_printf(out, "ioapic0: ver=0x%x id=0x%02x sel=0x%02x",
                           s->version, s->id, s->select);
    if (s->select >= IOAPIC_REG_REDIRECTION) {
        g_string_append_printf(out, " (redir[%u])",
                               (s->select - IOAPIC_REG_REDIRECTION) / 2);
    }
    g_string_append_c(out, '\n');
    for (int pin = 0; pin < IOAPIC_NUM_PINS; pin++) {
        uint64_t e = s->redirection[pin];

        append_entry(out, pin, e);
        remote |= e & ENTRY_REMOTE_IRR ? 1u << pin : 0;
    }
    append_pins(out, "IRR     ", s->irr);
    append_pins(out, "Remote IRR", remote);
    return g_string_free(out, FALSE);
}

/* ---------------------------------------------------------------- device */

static void ioapic_reset(DeviceState *qdev)
{
    IOAPICState *s = IOAPIC(qdev);

    s->id = 0;
    s->select = 0;
    s->irr = 0;
    for (int pin = 0; pin < IOAPIC_NUM_PINS; pin++) {
        s->redirection[pin] = ENTRY_MASKED;
    }
}

static void ioapic_realize(DeviceState *qdev, Error **errp)
{
    IOAPICState *s = IOAPIC(qdev);

    qdev_init_gpio_in(qdev, ioapic_set_irq, IOAPIC_NUM_PINS);
    memory_region_init_io(&s->mmio, OBJECT(s), &ioapic_ops, s, "ioapic",
                          IOAPIC_REGION_SIZE);
    memory_region_add_subregion(s->system_memory, IOAPIC_DEFAULT_ADDRESS,
                                &s->mmio);
}

static void ioapic_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&IOAPIC(qdev)->mmio);
}

static const Property ioapic_props[] = {
    DEFINE_PROP_UINT8("version", IOAPICState, version, IOAPIC_VERSION_EOI),
};

static void ioapic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = ioapic_realize;
    dc->unrealize = ioapic_unrealize;
    dc->reset = ioapic_reset;
    dc->user_creatable = false; /* the board connects its inputs */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
    device_class_set_props(dc, ioapic_props);
}

static const TypeInfo ioapic_types[] = {
    {
        .name = TYPE_IOAPIC,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(IOAPICState),
        .class_init = ioapic_class_init,
    },
};
DEFINE_TYPES(ioapic_types)
