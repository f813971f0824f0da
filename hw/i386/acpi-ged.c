/*
 * ACPI's generic event device: see acpi-ged.h.
 *
 * The only event is the power button (system_powerdown).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/acpi-ged.h"

#define REG_SLEEP_CONTROL 0
#define REG_RESET         2

#define SLEEP_ENABLE  0x20
#define SLEEP_TYPE(v) ((v) >> 2 & 7)

static void ged_set_events(AcpiGed *s, uint32_t events)
{
    s->events = events;
    qemu_set_irq(s->irq, events != 0);
}

static uint64_t ged_event_read(void *opaque, hwaddr addr, unsigned size)
{
    AcpiGed *s = opaque;
    uint32_t events = s->events;

    ged_set_events(s, 0);
    return events;
}

static void ged_event_write(void *opaque, hwaddr addr, uint64_t data,
                            unsigned size)
{
    /* read only */
}

static const MemoryRegionOps ged_event_ops = {
    .read = ged_event_read,
    .write = ged_event_write,
    .valid = {.min_access_size = 4, .max_access_size = 4},
};

static uint64_t ged_regs_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void ged_regs_write(void *opaque, hwaddr addr, uint64_t data,
                           unsigned size)
{
    if (addr == REG_SLEEP_CONTROL && (data & SLEEP_ENABLE) &&
        SLEEP_TYPE(data) == ACPI_GED_SLEEP_S5) {
        qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
    } else if (addr == REG_RESET && data == ACPI_GED_RESET_VALUE) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static const MemoryRegionOps ged_regs_ops = {
    .read = ged_regs_read,
    .write = ged_regs_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static void ged_power_button(void *opaque)
{
    AcpiGed *s = opaque;

    ged_set_events(s, s->events | ACPI_GED_POWER_DOWN);
}

static void ged_reset(DeviceState *qdev)
{
    ged_set_events(ACPI_GED(qdev), 0);
}

static void ged_realize(DeviceState *qdev, Error **errp)
{
    AcpiGed *s = ACPI_GED(qdev);

    memory_region_init_io(&s->event, OBJECT(s), &ged_event_ops, s, "acpi-ged",
                          ACPI_GED_EVENT_SIZE);
    memory_region_init_io(&s->regs, OBJECT(s), &ged_regs_ops, s,
                          "acpi-ged-regs", ACPI_GED_REGS_SIZE);
    memory_region_add_subregion(s->memory, s->base, &s->event);
    memory_region_add_subregion(s->memory, s->base + ACPI_GED_REGS, &s->regs);
    qemu_register_powerdown_handler(ged_power_button, s);
}

static void ged_unrealize(DeviceState *qdev)
{
    AcpiGed *s = ACPI_GED(qdev);

    qemu_unregister_powerdown_handler(ged_power_button, s);
    memory_region_destroy(&s->regs);
    memory_region_destroy(&s->event);
}

static void ged_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = ged_realize;
    dc->unrealize = ged_unrealize;
    dc->reset = ged_reset;
    dc->user_creatable = false; /* the board places it */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
}

static const TypeInfo ged_types[] = {
    {
        .name = TYPE_ACPI_GED,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(AcpiGed),
        .class_init = ged_class_init,
    },
};
DEFINE_TYPES(ged_types)
