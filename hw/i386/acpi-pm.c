/*
 * ACPI's fixed registers: see acpi-pm.h.
 *
 * The power button (system_powerdown) and the carry of the PM timer raise the
 * system control interrupt. Going to sleep with type 0, S5, ends the machine;
 * other types do nothing: a guest finds no tables that offer them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/acpi-pm.h"

#define PM1_TIMER        0x0001
#define PM1_GLOBAL       0x0020
#define PM1_POWER_BUTTON 0x0100
#define PM1_RTC          0x0400
#define PM1_SCI_SOURCES  (PM1_TIMER | PM1_GLOBAL | PM1_POWER_BUTTON | PM1_RTC)

#define CONTROL_SLEEP         0x2000 /* reads 0 */
#define CONTROL_SLEEP_TYPE(v) ((v) >> 10 & 7)
#define SLEEP_TYPE_SOFT_OFF   0

#define TIMER_MASK 0xffffff
#define TIMER_TOP  0x800000 /* its changes are told */

/* ------------------------------------------------------------------ timer */

static int64_t pm_count(void)
{
    return (__int128)qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) *
           ACPI_PM_TIMER_FREQ / NANOSECONDS_PER_SECOND;
}

static void pm_next_carry(AcpiPM *pm)
{
    pm->carry = (pm_count() | (TIMER_TOP - 1)) + 1;
}

/* The status is up to date only after this; the timer itself runs only while
 * its interrupt is wanted. */
static void pm_update(AcpiPM *pm)
{
    if (pm_count() >= pm->carry) {
        pm->status |= PM1_TIMER;
    }
    if ((pm->enable & PM1_TIMER) && !(pm->status & PM1_TIMER)) {
        timer_mod_ns(pm->timer, ((__int128)pm->carry * NANOSECONDS_PER_SECOND +
                                 ACPI_PM_TIMER_FREQ - 1) /
                                    ACPI_PM_TIMER_FREQ);
    } else {
        timer_del(pm->timer);
    }
    pm->set_sci(pm->opaque, pm->status & pm->enable & PM1_SCI_SOURCES);
}

static void pm_timer(void *opaque)
{
    pm_update(opaque);
}

/* -------------------------------------------------------------- registers */

static uint64_t event_read(void *opaque, hwaddr addr, unsigned size)
{
    AcpiPM *pm = opaque;

    pm_update(pm);
    return addr == ACPI_PM1_STATUS ? pm->status : pm->enable;
}

static void event_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    AcpiPM *pm = opaque;

    pm_update(pm);
    if (addr == ACPI_PM1_STATUS) {
        pm->status &= ~data;
        if (data & PM1_TIMER) {
            pm_next_carry(pm);
        }
    } else {
        pm->enable = data;
    }
    pm_update(pm);
}

static uint64_t control_read(void *opaque, hwaddr addr, unsigned size)
{
    return ((AcpiPM *)opaque)->control_reg;
}

static void control_write(void *opaque, hwaddr addr, uint64_t data,
                          unsigned size)
{
    AcpiPM *pm = opaque;

    pm->control_reg = data & ~CONTROL_SLEEP;
    if ((data & CONTROL_SLEEP) &&
        CONTROL_SLEEP_TYPE(data) == SLEEP_TYPE_SOFT_OFF) {
        qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
    }
}

static uint64_t timer_read(void *opaque, hwaddr addr, unsigned size)
{
    return pm_count() & TIMER_MASK;
}

static void timer_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    /* read only */
}

/*
 * Bytes are parts of words. A byte written to the status must not clear what
 * the other byte says, as a widened write would.
 */
static void event_write_any(void *opaque, hwaddr addr, uint64_t data,
                            unsigned size)
{
    AcpiPM *pm = opaque;
    hwaddr word = addr & ~1ull;
    unsigned shift = (addr & 1) * 8;
    uint16_t mask = size == 1 ? 0xff << shift : 0xffff;
    uint16_t rest = word == ACPI_PM1_STATUS ? 0 : pm->enable & ~mask;

    event_write(pm, word, rest | (data << shift & mask), 2);
}

static uint64_t event_read_any(void *opaque, hwaddr addr, unsigned size)
{
    return event_read(opaque, addr & ~1ull, 2) >> (addr & 1) * 8;
}

static const MemoryRegionOps event_ops = {
    .read = event_read_any,
    .write = event_write_any,
    .valid = {.min_access_size = 1, .max_access_size = 2},
};

/* A byte written alone keeps the other one. */
static const MemoryRegionOps control_ops = {
    .read = control_read,
    .write = control_write,
    .valid = {.min_access_size = 1, .max_access_size = 2},
    .impl = {.min_access_size = 2, .max_access_size = 2},
};

static const MemoryRegionOps timer_ops = {
    .read = timer_read,
    .write = timer_write,
    .valid = {.min_access_size = 1, .max_access_size = 4},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* ------------------------------------------------------------------- life */

static void pm_power_button(void *opaque)
{
    AcpiPM *pm = opaque;

    pm->status |= PM1_POWER_BUTTON;
    pm_update(pm);
}

void acpi_pm_set_base(AcpiPM *pm, uint16_t base, bool enabled)
{
    memory_region_transaction_begin();
    memory_region_set_enabled(&pm->io, enabled && base);
    memory_region_set_address(&pm->io, base);
    memory_region_transaction_commit();
}

void acpi_pm_reset(AcpiPM *pm)
{
    pm->status = 0;
    pm->enable = 0;
    pm->control_reg = 0;
    pm_next_carry(pm);
    pm_update(pm);
}

void acpi_pm_init(AcpiPM *pm, Object *owner, MemoryRegion *io, unsigned size,
                  void (*set_sci)(void *opaque, bool level), void *opaque)
{
    pm->set_sci = set_sci;
    pm->opaque = opaque;
    pm->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, pm_timer, pm);
    memory_region_init(&pm->io, owner, "acpi-pm", size);
    memory_region_init_io(&pm->event, owner, &event_ops, pm, "acpi-evt", 4);
    memory_region_init_io(&pm->control, owner, &control_ops, pm, "acpi-cnt", 2);
    memory_region_init_io(&pm->timer_io, owner, &timer_ops, pm, "acpi-tmr", 4);
    memory_region_add_subregion(&pm->io, ACPI_PM1_STATUS, &pm->event);
    memory_region_add_subregion(&pm->io, ACPI_PM1_CONTROL, &pm->control);
    memory_region_add_subregion(&pm->io, ACPI_PM_TIMER, &pm->timer_io);
    memory_region_set_enabled(&pm->io, false);
    memory_region_add_subregion(io, 0, &pm->io);
    qemu_register_powerdown_handler(pm_power_button, pm);
}

void acpi_pm_cleanup(AcpiPM *pm)
{
    qemu_unregister_powerdown_handler(pm_power_button, pm);
    memory_region_destroy(&pm->timer_io);
    memory_region_destroy(&pm->control);
    memory_region_destroy(&pm->event);
    memory_region_destroy(&pm->io);
    timer_free(pm->timer);
}
