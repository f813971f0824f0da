/*
 * Interrupt lines: a qemu_irq is the receiving end of one, a handler with
 * its argument. Devices have named lists of inputs, which others raise, and
 * of outputs, which are pins that point to somebody's input.
 *
 * qtest taps lists of either kind. An input is tapped in place, because any
 * number of holders know its address. For an output the device's pin is made
 * to point to the tap, which passes on to where the pin is connected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-internal.h"

typedef struct GPIOPin GPIOPin;

struct NamedGPIOList {
    char *name;     /* NULL: the unnamed list */
    GPtrArray *in;  /* of GPIOPin: irq is the device's own */
    GPtrArray *out; /* of GPIOPin: irq stands before *pin while tapped */
    LIST_ENTRY(NamedGPIOList) node;
};

struct GPIOPin {
    struct IRQState irq;
    qemu_irq *pin;   /* output: the device's variable */
    qemu_irq target; /* output: what it is connected to */
    /* While tapped: */
    QdevIrqTap *tap;
    void *tap_opaque;
    qemu_irq_handler handler; /* input: the device's own */
    void *handler_opaque;
};

/* ----------------------------------------------------------- plain lines */

qemu_irq qemu_allocate_irq(qemu_irq_handler handler, void *opaque, int n)
{
    qemu_irq irq = g_new0(struct IRQState, 1);

    irq->handler = handler;
    irq->opaque = opaque;
    irq->n = n;
    return irq;
}

qemu_irq *qemu_allocate_irqs(qemu_irq_handler handler, void *opaque, int n)
{
    qemu_irq *irqs = g_new0(qemu_irq, n);

    for (int i = 0; i < n; i++) {
        irqs[i] = qemu_allocate_irq(handler, opaque, i);
    }
    return irqs;
}

void qemu_free_irq(qemu_irq irq)
{
    g_free(irq);
}

void qemu_set_irq(qemu_irq irq, int level)
{
    if (irq) {
        irq->handler(irq->opaque, irq->n, level);
    }
}

/* ----------------------------------------------------------- named lists */

static NamedGPIOList *gpio_find(DeviceState *dev, const char *name)
{
    NamedGPIOList *list;

    LIST_FOREACH (list, &dev->gpios, node) {
        if (!g_strcmp0(list->name, name)) {
            return list;
        }
    }
    return NULL;
}

static NamedGPIOList *gpio_get(DeviceState *dev, const char *name)
{
    NamedGPIOList *list = gpio_find(dev, name);

    if (!list) {
        list = g_new0(NamedGPIOList, 1);
        list->name = g_strdup(name);
        list->in = g_ptr_array_new_with_free_func(g_free);
        list->out = g_ptr_array_new_with_free_func(g_free);
        LIST_INSERT_HEAD(&dev->gpios, list, node);
    }
    return list;
}

static GPIOPin *gpio_pin(GPtrArray *pins, int n)
{
    g_assert(n >= 0 && (unsigned)n < pins->len);
    return g_ptr_array_index(pins, n);
}

void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler,
                             const char *name, int n)
{
    NamedGPIOList *list = gpio_get(dev, name);

    while (n-- > 0) {
        GPIOPin *pin = g_new0(GPIOPin, 1);

        pin->irq.handler = handler;
        pin->irq.opaque = dev;
        pin->irq.n = list->in->len;
        g_ptr_array_add(list->in, pin);
    }
}

void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins,
                              const char *name, int n)
{
    NamedGPIOList *list = gpio_get(dev, name);

    for (int i = 0; i < n; i++) {
        GPIOPin *pin = g_new0(GPIOPin, 1);

        pins[i] = NULL;
        pin->pin = &pins[i];
        pin->irq.n = list->out->len;
        g_ptr_array_add(list->out, pin);
    }
}

unsigned qdev_count_gpio_in_named(DeviceState *dev, const char *name)
{
    NamedGPIOList *list = gpio_find(dev, name);

    return list ? list->in->len : 0;
}

qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n)
{
    NamedGPIOList *list = gpio_find(dev, name);

    g_assert(list);
    return &gpio_pin(list->in, n)->irq;
}

void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n,
                                 qemu_irq irq)
{
    NamedGPIOList *list = gpio_find(dev, name);
    GPIOPin *pin;

    g_assert(list);
    pin = gpio_pin(list->out, n);
    pin->target = irq;
    if (!pin->tap) {
        *pin->pin = irq;
    }
}

void qdev_gpio_free(DeviceState *dev)
{
    NamedGPIOList *list;

    while ((list = LIST_FIRST(&dev->gpios))) {
        LIST_REMOVE(list, node);
        g_ptr_array_free(list->in, true);
        g_ptr_array_free(list->out, true);
        g_free(list->name);
        g_free(list);
    }
}

void qdev_gpio_print(GString *out, DeviceState *dev, int indent)
{
    NamedGPIOList *list;

    LIST_FOREACH (list, &dev->gpios, node) {
        if (list->in->len) {
            g_string_append_printf(out, "%*sgpio-in \"%s\" %u\n", indent, "",
                                   list->name ?: "", list->in->len);
        }
        if (list->out->len) {
            g_string_append_printf(out, "%*sgpio-out \"%s\" %u\n", indent, "",
                                   list->name ?: "", list->out->len);
        }
    }
}

/* ------------------------------------------------------------------ taps */

static void tap_in_handler(void *opaque, int n, int level)
{
    GPIOPin *pin = opaque;

    pin->tap(pin->tap_opaque, n, level);
    pin->handler(pin->handler_opaque, n, level);
}

static void tap_out_handler(void *opaque, int n, int level)
{
    GPIOPin *pin = opaque;

    pin->tap(pin->tap_opaque, n, level);
    qemu_set_irq(pin->target, level);
}

bool qdev_intercept_gpio_in(DeviceState *dev, const char *name, QdevIrqTap *fn,
                            void *opaque)
{
    NamedGPIOList *list = gpio_find(dev, name);

    if (!list || !list->in->len) {
        return false;
    }
    for (unsigned i = 0; i < list->in->len; i++) {
        GPIOPin *pin = g_ptr_array_index(list->in, i);

        if (!pin->tap) {
            pin->handler = pin->irq.handler;
            pin->handler_opaque = pin->irq.opaque;
            pin->irq.handler = tap_in_handler;
            pin->irq.opaque = pin;
        }
        pin->tap = fn;
        pin->tap_opaque = opaque;
    }
    return true;
}

bool qdev_intercept_gpio_out(DeviceState *dev, const char *name, QdevIrqTap *fn,
                             void *opaque)
{
    NamedGPIOList *list = gpio_find(dev, name);

    if (!list || !list->out->len) {
        return false;
    }
    for (unsigned i = 0; i < list->out->len; i++) {
        GPIOPin *pin = g_ptr_array_index(list->out, i);

        if (!pin->tap) {
            /* A device may also set its variable without the call above. */
            pin->target = *pin->pin;
            pin->irq.handler = tap_out_handler;
            pin->irq.opaque = pin;
            *pin->pin = &pin->irq;
        }
        pin->tap = fn;
        pin->tap_opaque = opaque;
    }
    return true;
}
