/*
 * Reset: of one device with everything below it, and of the whole system.
 *
 * Below comes before above: a device finds what sits on its buses in the
 * power-on state when its own reset runs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"

typedef struct ResetEntry {
    void (*fn)(void *opaque);
    void *opaque;
    TAILQ_ENTRY(ResetEntry) link;
} ResetEntry;

static TAILQ_HEAD(, ResetEntry)
    reset_entries = TAILQ_HEAD_INITIALIZER(reset_entries);
/* The entry that qemu_devices_reset calls next, so that a handler may take
 * itself or others off the list. */
static ResetEntry *reset_next;

void device_cold_reset(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    BusState *bus;

    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        bus_cold_reset(bus);
    }
    if (dc->reset) {
        dc->reset(dev);
    }
}

void bus_cold_reset(BusState *bus)
{
    BusClass *bc = BUS_GET_CLASS(bus);
    DeviceState *dev, *next;

    TAILQ_FOREACH_SAFE (dev, &bus->children, sibling, next) {
        if (dev->realized) {
            device_cold_reset(dev);
        }
    }
    if (bc->reset) {
        bc->reset(bus);
    }
}

void qemu_register_reset(void (*fn)(void *opaque), void *opaque)
{
    ResetEntry *e = g_new0(ResetEntry, 1);

    e->fn = fn;
    e->opaque = opaque;
    TAILQ_INSERT_TAIL(&reset_entries, e, link);
}

void qemu_unregister_reset(void (*fn)(void *opaque), void *opaque)
{
    ResetEntry *e;

    TAILQ_FOREACH (e, &reset_entries, link) {
        if (e->fn == fn && e->opaque == opaque) {
            if (reset_next == e) {
                reset_next = TAILQ_NEXT(e, link);
            }
            TAILQ_REMOVE(&reset_entries, e, link);
            g_free(e);
            return;
        }
    }
}

void qemu_devices_reset(void)
{
    ResetEntry *e;

    bus_cold_reset(sysbus_get_default());
    for (e = TAILQ_FIRST(&reset_entries); e; e = reset_next) {
        reset_next = TAILQ_NEXT(e, link);
        e->fn(e->opaque);
    }
}
