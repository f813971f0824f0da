/*
 * qtest: interrupt lines, guest time, and what is left.
 *
 * The lines of one list of one device can be watched. The watch cannot be
 * taken back, so what the device calls lives as long as the program; a client
 * that goes only stops being told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"
#include "hw/core/qdev.h"
#include "util/option.h"

#define MAX_IRQ 256

static QTestProtocol *irq_client;
static DeviceState *irq_device; /* only compared: it may be gone */
static bool irq_level[MAX_IRQ];

/* ------------------------------------------------------- interrupt lines */

void qtest_irq_forget(QTestProtocol *p)
{
    if (irq_client == p) {
        irq_client = NULL;
    }
}

void qtest_irq_reset(void)
{
    memset(irq_level, 0, sizeof(irq_level));
}

static void irq_changed(void *opaque, int n, int level)
{
    if (n < 0 || n >= MAX_IRQ || irq_level[n] == !!level) {
        return;
    }
    irq_level[n] = level;
    if (irq_client) {
        qtest_sendf(irq_client, "IRQ %s %d", level ? "raise" : "lower", n);
    }
}

static DeviceState *find_device(QTestProtocol *p, const char *path)
{
    Object *obj = object_resolve_path(path, NULL);

    if (!obj || !object_dynamic_cast(obj, TYPE_DEVICE)) {
        qtest_sendf(p, "FAIL Unknown device");
        return NULL;
    }
    return DEVICE(obj);
}

static void irq_intercept(QTestProtocol *p, const QTestCommand *cmd,
                          QTestWord *arg, int count)
{
    bool out = strcmp(cmd->name, "irq_intercept_out") == 0;
    const char *name = count > 1 ? arg[1].s : NULL;
    DeviceState *dev = find_device(p, arg[0].s);

    if (!dev) {
        return;
    }
    if (!out && name) {
        qtest_sendf(p, "FAIL Interception of named in-GPIOs not yet "
                       "supported");
        return;
    }
    if (irq_device) {
        irq_client = p;
        qtest_sendf(
            p, irq_device == dev ? "OK" : "FAIL IRQ intercept already enabled");
        return;
    }
    if (out ? qdev_intercept_gpio_out(dev, name, irq_changed, NULL)
            : qdev_intercept_gpio_in(dev, name, irq_changed, NULL)) {
        irq_device = dev;
        irq_client = p;
        qtest_sendf(p, "OK");
    } else {
        qtest_sendf(p, "FAIL No intercepts installed");
    }
}

static void set_irq_in(QTestProtocol *p, const QTestCommand *cmd,
                       QTestWord *arg, int count)
{
    DeviceState *dev = find_device(p, arg[0].s);
    const char *name =
        strcmp(arg[1].s, "unnamed-gpio-in") == 0 ? NULL : arg[1].s;
    uint64_t n, level;

    if (!dev || !qtest_number(p, &arg[2], &n) ||
        !qtest_number(p, &arg[3], &level)) {
        return;
    }
    if (n >= qdev_count_gpio_in_named(dev, name)) {
        qtest_sendf(p, "FAIL Unknown IRQ line");
        return;
    }
    qemu_set_irq(qdev_get_gpio_in_named(dev, name, n), (int)level);
    qtest_sendf(p, "OK");
}

/* ------------------------------------------------------------------ time */

static void clock_step(QTestProtocol *p, const QTestCommand *cmd,
                       QTestWord *arg, int count)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    int64_t dest;

    if (count == 0) {
        dest = qemu_clock_next_virtual_deadline();
        if (dest < 0) {
            qtest_sendf(p, "FAIL could not advance time");
            return;
        }
        dest = MAX(dest, now);
    } else {
        uint64_t ns;

        if (!qtest_number(p, &arg[0], &ns)) {
            return;
        }
        if ((int64_t)ns <= 0 || (int64_t)ns > INT64_MAX - now) {
            qtest_sendf(p, "FAIL could not advance time");
            return;
        }
        dest = now + ns;
    }
    qtest_sendf(p, "OK %" PRId64, qemu_clock_warp(dest));
}

static void clock_set(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                      int count)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    uint64_t ns;

    if (!qtest_number(p, &arg[0], &ns)) {
        return;
    }
    if (ns > INT64_MAX || (int64_t)ns < now) {
        qtest_sendf(p, "FAIL %" PRId64, now);
        return;
    }
    now = qemu_clock_warp(ns);
    qtest_sendf(p, "%s %" PRId64, now == (int64_t)ns ? "OK" : "FAIL", now);
}

/* ------------------------------------------------------------------ rest */

static void endianness(QTestProtocol *p, const QTestCommand *cmd,
                       QTestWord *arg, int count)
{
    qtest_sendf(p, "OK little");
}

/* Everything is built in: there is no module to load. */
static void module_load(QTestProtocol *p, const QTestCommand *cmd,
                        QTestWord *arg, int count)
{
    qtest_sendf(p, "FAIL");
}

const QTestCommand qtest_system_commands[] = {
    {"endianness", "", 0, 0, endianness},
    {"irq_intercept_in", "PATH", 1, 0, irq_intercept},
    {"irq_intercept_out", "PATH [NAME]", 1, 0, irq_intercept},
    {"set_irq_in", "PATH NAME NUM LEVEL", 4, 0, set_irq_in},
    {"module_load", "PREFIX NAME", 2, 0, module_load},
    {"qom-tests", "", 0, 0, qtest_qom_tests},
    {NULL},
};

const QTestCommand qtest_clock_commands[] = {
    {"clock_step", "[NS]", 0, 0, clock_step},
    {"clock_set", "NS", 1, 0, clock_set},
    {NULL},
};
