/*
 * qdev: objects that are devices, the buses they sit on, their static
 * properties, interrupt lines and reset.
 *
 * Life of a device: object_new -> properties set -> qdev_realize (fails with
 * an Error and unwinds, or the device is live) -> reset any number of times
 * -> qdev_unrealize -> freed with the last reference. Realize and unrealize
 * of a child bus's devices follow their parent.
 *
 * Main loop thread only, except qemu_set_irq, which needs the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_QDEV_H
#define HW_CORE_QDEV_H

#include "memory/memory.h"
#include "net/eth.h" /* MACAddr */
#include "qapi/qapi-types-common.h" /* OnOffAuto */
#include "qom/object.h"

#define TYPE_DEVICE "device"
#define TYPE_BUS "bus"
OBJECT_DECLARE_TYPE(DeviceState, DeviceClass, DEVICE)
OBJECT_DECLARE_TYPE(BusState, BusClass, BUS)

typedef struct IRQState *qemu_irq;
typedef void (*qemu_irq_handler)(void *opaque, int n, int level);

typedef enum DeviceCategory { /* headings of -device help, in order */
    DEVICE_CATEGORY_BRIDGE,
    DEVICE_CATEGORY_USB,
    DEVICE_CATEGORY_STORAGE,
    DEVICE_CATEGORY_NETWORK,
    DEVICE_CATEGORY_INPUT,
    DEVICE_CATEGORY_DISPLAY,
    DEVICE_CATEGORY_SOUND,
    DEVICE_CATEGORY_MISC,
    DEVICE_CATEGORY_CPU,
    DEVICE_CATEGORY_WATCHDOG,
    DEVICE_CATEGORY_MAX
} DeviceCategory;

/* ------------------------------------------------------------ properties */

typedef struct Property Property;

/* A kind of static property; instances below, more may be made elsewhere. */
typedef struct PropertyInfo {
    const char *type; /* as shown to users: "bool", "uint16", "str" */
    const char *description;
    const QEnumLookup *enum_table;
    bool (*get)(Object *obj, Visitor *v, const char *name, const Property *p,
                Error **errp);
    bool (*set)(Object *obj, Visitor *v, const char *name, const Property *p,
                Error **errp);
    void (*release)(Object *obj, const Property *p);
    void (*set_default)(Object *obj, const Property *p);
    /* For info qtree; NULL: as get. To be freed. */
    char *(*print)(Object *obj, const Property *p);
} PropertyInfo;

struct Property {
    const char *name;
    const PropertyInfo *info;
    ptrdiff_t offset; /* in the instance */
    uint8_t bitnr;
    bool has_default;
    union {
        int64_t i;
        uint64_t u;
    } defval;
    const char *link_type; /* link properties */
};

extern const PropertyInfo qdev_prop_bit;   /* one bit of a uint32_t */
extern const PropertyInfo qdev_prop_bit64; /* one bit of a uint64_t */
extern const PropertyInfo qdev_prop_bool;
extern const PropertyInfo qdev_prop_uint8;
extern const PropertyInfo qdev_prop_uint16;
extern const PropertyInfo qdev_prop_uint32;
extern const PropertyInfo qdev_prop_int32;
extern const PropertyInfo qdev_prop_uint64;
extern const PropertyInfo qdev_prop_int64;
extern const PropertyInfo qdev_prop_size;
extern const PropertyInfo qdev_prop_string;     /* char *, owned */
extern const PropertyInfo qdev_prop_on_off_auto; /* OnOffAuto */
extern const PropertyInfo qdev_prop_link;
/* "str": 52:54:00:12:34:56 in a MACAddr; '-' separators accepted too. */
extern const PropertyInfo qdev_prop_macaddr;
/* "str": SLOT[.FUNC] in hex, -1 unset, in an int32_t (devfn). */
extern const PropertyInfo qdev_prop_pci_devfn;
extern const PropertyInfo qdev_prop_chr; /* CharBackend, by chardev id */

#define DEFINE_PROP_SIGNED(_name, _state, _field, _def, _info)          \
    { .name = (_name), .info = &(_info),                                \
      .offset = offsetof(_state, _field), .has_default = true,          \
      .defval.i = (_def) }
#define DEFINE_PROP_UNSIGNED(_name, _state, _field, _def, _info)        \
    { .name = (_name), .info = &(_info),                                \
      .offset = offsetof(_state, _field), .has_default = true,          \
      .defval.u = (_def) }
#define DEFINE_PROP_NODEFAULT(_name, _state, _field, _info)             \
    { .name = (_name), .info = &(_info),                                \
      .offset = offsetof(_state, _field) }
#define DEFINE_PROP_BIT(_name, _state, _field, _bit, _def)              \
    { .name = (_name), .info = &qdev_prop_bit,                          \
      .offset = offsetof(_state, _field), .bitnr = (_bit),              \
      .has_default = true, .defval.u = (_def) }
#define DEFINE_PROP_BIT64(_name, _state, _field, _bit, _def)            \
    { .name = (_name), .info = &qdev_prop_bit64,                        \
      .offset = offsetof(_state, _field), .bitnr = (_bit),              \
      .has_default = true, .defval.u = (_def) }
#define DEFINE_PROP_BOOL(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_bool)
#define DEFINE_PROP_UINT8(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_uint8)
#define DEFINE_PROP_UINT16(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_uint16)
#define DEFINE_PROP_UINT32(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_uint32)
#define DEFINE_PROP_INT32(n, s, f, d) \
    DEFINE_PROP_SIGNED(n, s, f, d, qdev_prop_int32)
#define DEFINE_PROP_UINT64(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_uint64)
#define DEFINE_PROP_SIZE(n, s, f, d) \
    DEFINE_PROP_UNSIGNED(n, s, f, d, qdev_prop_size)
#define DEFINE_PROP_STRING(n, s, f) \
    DEFINE_PROP_NODEFAULT(n, s, f, qdev_prop_string)
#define DEFINE_PROP_ON_OFF_AUTO(n, s, f, d) \
    DEFINE_PROP_SIGNED(n, s, f, d, qdev_prop_on_off_auto)
#define DEFINE_PROP_MACADDR(n, s, f) \
    DEFINE_PROP_NODEFAULT(n, s, f, qdev_prop_macaddr)
#define DEFINE_PROP_CHR(n, s, f) \
    DEFINE_PROP_NODEFAULT(n, s, f, qdev_prop_chr)
#define DEFINE_PROP_LINK(_name, _state, _field, _type)                  \
    { .name = (_name), .info = &qdev_prop_link,                         \
      .offset = offsetof(_state, _field), .link_type = (_type) }

/* Makes class properties of an array. They can be set until realize: later
 * "Attempt to set property 'P' on device 'ID' (type 'T') after it was
 * realized". */
void device_class_set_props_n(DeviceClass *dc, const Property *props,
                              size_t n);
#define device_class_set_props(dc, props) \
    device_class_set_props_n(dc, props, G_N_ELEMENTS(props))
/* The static property behind p, or NULL if it is of another kind. */
const Property *qdev_prop_of(const ObjectProperty *p);
/* "Property 'TYPE.NAME' doesn't take value 'x'", "... can't find value 'x'",
 * "... can't take value 'x', it's in use", for accessors. */
void qdev_prop_error_bad_value(Error **errp, Object *obj, const Property *p,
                               const char *value);
void qdev_prop_error_not_found(Error **errp, Object *obj, const Property *p,
                               const char *value);
void qdev_prop_error_in_use(Error **errp, Object *obj, const Property *p,
                            const char *value);
/* The storage of p in obj. */
void *object_field_prop_ptr(Object *obj, const Property *p);

/* -global driver.prop=value: applied when a device of that type is made. */
void qdev_prop_register_global(const char *driver, const char *property,
                               const char *value);
/* Warns about those of unknown drivers and those no device has used; returns
 * how many. */
int qdev_prop_check_globals(void);

/* --------------------------------------------------------------- devices */

struct DeviceClass {
    ObjectClass parent_class;
    const char *desc;
    const char *fw_name;
    unsigned long categories; /* bits of DeviceCategory */
    bool user_creatable;
    bool hotpluggable;
    const char *bus_type; /* TYPE_ of the bus it needs, or NULL */
    /* On error it undoes what it did; devices that it realized on buses of
     * dev are unrealized for it. */
    void (*realize)(DeviceState *dev, Error **errp);
    /* The devices on its buses are unrealized already. */
    void (*unrealize)(DeviceState *dev);
    /* To the power-on state; legal at any time while realized. */
    void (*reset)(DeviceState *dev);
};

typedef struct NamedGPIOList NamedGPIOList;

struct DeviceState {
    Object parent_obj;
    char *id; /* the user's id, or NULL */
    char *canonical_path; /* while realized */
    bool realized;
    bool hotplugged;
    bool pending_deleted_event;
    BusState *parent_bus;
    LIST_HEAD(, BusState) child_bus;
    LIST_HEAD(, NamedGPIOList) gpios;
    /* I/O of this device is running: its own registers are not entered
     * through DMA (hazard class F). */
    bool in_io;
    TAILQ_ENTRY(DeviceState) sibling;
};

/* One reference; no bus yet. Aborts on an unknown type. */
DeviceState *qdev_new(const char *type);
/*
 * Puts dev on bus and realizes it. Checks bus type, full bus, address clash
 * through the bus. bus NULL: dev needs none, is on it already, or goes to the
 * main system bus because its class says so. dev gets a place in
 * /machine/unattached if it has none. On failure everything is as before.
 */
bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp);
bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp);
/* Nothing happens if dev is not realized. object_unparent() calls it. */
void qdev_unrealize(DeviceState *dev);
/* -device / device_add. opts: "driver", "bus", "id" and properties. NULL with
 * *errp. The tree holds the only reference. */
DeviceState *qdev_device_add_from_json(json_t *opts, bool keyval, Error **errp);
/* By id in /machine/peripheral or by QOM path; "Device 'x' not found". */
DeviceState *qdev_find_device(const char *id, Error **errp);
/* "net0", else the QOM path: for messages. To be freed. */
char *qdev_get_printable_name(DeviceState *dev);
/* -device help, -device DRIVER,help on stdout. */
void qdev_print_devinfos(void);
bool qdev_print_device_help(const char *driver, Error **errp);
/* The same as text, to be freed; NULL with *errp. */
char *qdev_devinfos_text(void);
char *qdev_device_help_text(const char *driver, Error **errp);
/* device-list-properties: an array of { name, type, description,
 * default-value }, in the order of addition; NULL with *errp. */
json_t *qdev_list_properties(const char *driver, Error **errp);
/* "info qtree". */
char *qdev_qtree_info(bool details);
/* False while the machine is made; then devices are hot-plugged. */
extern bool qdev_hotplug;

/* ----------------------------------------------------------------- buses */

struct BusClass {
    ObjectClass parent_class;
    /* Before realize: address given, free, and valid. */
    bool (*check_address)(BusState *bus, DeviceState *dev, Error **errp);
    void (*print_dev)(GString *out, DeviceState *dev, int indent);
    char *(*get_dev_path)(DeviceState *dev);
    void (*reset)(BusState *bus);
    int max_dev; /* 0: no limit */
    int automatic_ids;
};

struct BusState {
    Object parent_obj;
    DeviceState *parent; /* NULL: the main system bus */
    char *name;
    bool realized;
    bool full;
    bool hotpluggable; /* accepts devices after start */
    int num_children;
    TAILQ_HEAD(BusChildren, DeviceState) children; /* in order of addition */
    LIST_ENTRY(BusState) sibling;
};

/* name NULL: "PARENTID.N" or "TYPE.N". */
void qbus_init(void *bus, size_t size, const char *type, DeviceState *parent,
               const char *name);
BusState *qbus_new(const char *type, DeviceState *parent, const char *name);
bool qbus_realize(BusState *bus, Error **errp);
void qbus_unrealize(BusState *bus);
BusState *qdev_get_child_bus(DeviceState *dev, const char *name);
BusState *qdev_get_parent_bus(const DeviceState *dev);
/* The root of the tree, made on first use: "main-system-bus", type System. */
BusState *sysbus_get_default(void);
/* bus=NAME or path from the root; "Bus 'x' not found". */
BusState *qbus_find(const char *path, Error **errp);
/* First bus of a type that has room, or NULL; *full tells that there was one
 * without. */
BusState *qbus_find_by_type(const char *type, bool *full);

#define TYPE_SYSTEM_BUS "System"
#define TYPE_SYS_BUS_DEVICE "sys-bus-device"

/* -------------------------------------------------------- interrupt lines */

struct IRQState {
    qemu_irq_handler handler;
    void *opaque;
    int n;
};

qemu_irq qemu_allocate_irq(qemu_irq_handler handler, void *opaque, int n);
qemu_irq *qemu_allocate_irqs(qemu_irq_handler handler, void *opaque, int n);
void qemu_free_irq(qemu_irq irq);
void qemu_set_irq(qemu_irq irq, int level); /* NULL irq: nothing */
static inline void qemu_irq_raise(qemu_irq irq)
{
    qemu_set_irq(irq, 1);
}
static inline void qemu_irq_lower(qemu_irq irq)
{
    qemu_set_irq(irq, 0);
}

/* name NULL is the unnamed list, "unnamed-gpio-in" in the QOM tree. */
void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler,
                             const char *name, int n);
void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins,
                              const char *name, int n);
#define qdev_init_gpio_in(dev, h, n) qdev_init_gpio_in_named(dev, h, NULL, n)
#define qdev_init_gpio_out(dev, p, n) qdev_init_gpio_out_named(dev, p, NULL, n)
/* 0 if there is no such list. */
unsigned qdev_count_gpio_in_named(DeviceState *dev, const char *name);
qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n);
#define qdev_get_gpio_in(dev, n) qdev_get_gpio_in_named(dev, NULL, n)
void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n,
                                 qemu_irq pin);
#define qdev_connect_gpio_out(dev, n, p) \
    qdev_connect_gpio_out_named(dev, NULL, n, p)
/*
 * For qtest: calls fn on every level of an input or output list of dev, and
 * still passes it on. False if there is no such list.
 */
typedef void QdevIrqTap(void *opaque, int n, int level);
bool qdev_intercept_gpio_in(DeviceState *dev, const char *name, QdevIrqTap *fn,
                            void *opaque);
bool qdev_intercept_gpio_out(DeviceState *dev, const char *name,
                             QdevIrqTap *fn, void *opaque);

/* ----------------------------------------------------------------- reset */

/* A system reset first resets the devices, through the root bus, then calls
 * these in the order of registration. */
void qemu_register_reset(void (*fn)(void *opaque), void *opaque);
void qemu_unregister_reset(void (*fn)(void *opaque), void *opaque);
void qemu_devices_reset(void);
/* One device and everything below it. */
void device_cold_reset(DeviceState *dev);
void bus_cold_reset(BusState *bus);

/* ------------------------------------------------------------- run state */

/* Told when the VM starts (true) and stops (false). Lower priority first on
 * start, last on stop. */
typedef void VMChangeStateHandler(void *opaque, bool running);
typedef struct VMChangeStateEntry VMChangeStateEntry;
VMChangeStateEntry *qemu_add_vm_change_state_handler(VMChangeStateHandler *cb,
                                                     void *opaque);
VMChangeStateEntry *
qemu_add_vm_change_state_handler_prio(VMChangeStateHandler *cb, void *opaque,
                                      int priority);
void qemu_del_vm_change_state_handler(VMChangeStateEntry *e);
void vm_state_notify(bool running); /* system/ calls it */
/* True between vm_state_notify(true) and (false). */
bool runstate_is_running(void);

#endif
