/*
 * The -machine options of the PC boards.
 *
 * Management tools switch off what a guest does not need (vmport=off,
 * hpet=off, ...). Chips that these boards lack have such an option too: "off"
 * is simply true, and "on" is an error instead of a silent lie.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/pc.h"

/* ----------------------------------------------------------- absent chips */

typedef struct PCAbsent {
    const char *name;
    const char *what;
    const char *description;
    bool is_bool; /* otherwise on, off, auto */
} PCAbsent;

static const PCAbsent pc_absent[] = {
    {"hpet", "HPET", "Enable/disable high precision event timer emulation",
     true},
    {"sata", "SATA controller", "Enable/disable Serial ATA bus", true},
    {"smbus", "SMBus controller", "Enable/disable system management bus", true},
    {"smm", "system management mode", "Enable SMM", false},
    {"vmport", "vmport", "Enable vmport (pc & q35)", false},
};

static const char *const on_off_auto_names[] = {"auto", "on", "off"};
static const QEnumLookup on_off_auto = {
    .names = on_off_auto_names,
    .count = G_N_ELEMENTS(on_off_auto_names),
};

static bool pc_get_absent(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    const PCAbsent *absent = opaque;
    bool off = false;
    int value = ON_OFF_AUTO_AUTO;

    return absent->is_bool
               ? visit_type_bool(v, name, &off, errp)
               : visit_type_enum(v, name, &value, &on_off_auto, errp);
}

static bool pc_set_absent(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    const PCAbsent *absent = opaque;
    bool on = false;

    if (absent->is_bool) {
        if (!visit_type_bool(v, name, &on, errp)) {
            return false;
        }
    } else {
        int value = ON_OFF_AUTO_AUTO;

        if (!visit_type_enum(v, name, &value, &on_off_auto, errp)) {
            return false;
        }
        on = value == ON_OFF_AUTO_ON;
    }
    if (on) {
        error_setg(errp, "%s=on is not supported: machine '%s' has no %s", name,
                   MACHINE_GET_CLASS(obj)->name, absent->what);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------ real options */

/* A chip that is there unless it is switched off. */
typedef struct PCChip {
    const char *name;
    const char *description;
    ptrdiff_t offset; /* of an OnOffAuto in PCMachineState */
} PCChip;

static const PCChip pc_chips[] = {
    {"acpi", "Enable ACPI", offsetof(PCMachineState, acpi)},
    {"pic", "Enable i8259 PIC", offsetof(PCMachineState, pic_on)},
    {"pit", "Enable i8254 PIT", offsetof(PCMachineState, pit_on)},
};

static bool pc_access_chip(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    const PCChip *chip = opaque;
    OnOffAuto *on = (OnOffAuto *)((char *)PC_MACHINE(obj) + chip->offset);
    int value = *on;

    if (!visit_type_enum(v, name, &value, &on_off_auto, errp)) {
        return false;
    }
    *on = value;
    return true;
}

static bool pc_get_i8042(Object *obj, Error **errp)
{
    return !PC_MACHINE(obj)->i8042_off;
}

static void pc_set_i8042(Object *obj, bool value, Error **errp)
{
    PC_MACHINE(obj)->i8042_off = !value;
}

static bool pc_get_max_ram(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    return visit_type_size(v, name, &PC_MACHINE(obj)->max_ram_below_4g, errp);
}

static bool pc_set_max_ram(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    uint64_t value;

    if (!visit_type_size(v, name, &value, errp)) {
        return false;
    }
    if (value > 4 * GiB) {
        error_setg(errp,
                   "Machine option 'max-ram-below-4g=%" PRIu64 "' "
                   "expects size less than or equal to 4G",
                   value);
        return false;
    }
    if (value && value < MiB) {
        warn_report("Only %" PRIu64 " bytes of RAM below the 4GiB boundary,"
                    "BIOS may not work with less than 1MiB",
                    value);
    }
    PC_MACHINE(obj)->max_ram_below_4g = value;
    return true;
}

void pc_machine_add_properties(ObjectClass *klass)
{
    ObjectProperty *p;

    for (unsigned i = 0; i < G_N_ELEMENTS(pc_absent); i++) {
        const PCAbsent *absent = &pc_absent[i];

        p = object_class_property_add(
            klass, absent->name, absent->is_bool ? "bool" : "OnOffAuto",
            pc_get_absent, pc_set_absent, NULL, (void *)absent);
        object_property_set_description(p, absent->description);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(pc_chips); i++) {
        p = object_class_property_add(klass, pc_chips[i].name, "OnOffAuto",
                                      pc_access_chip, pc_access_chip, NULL,
                                      (void *)&pc_chips[i]);
        object_property_set_description(p, pc_chips[i].description);
    }
    p = object_class_property_add_bool(klass, "i8042", pc_get_i8042,
                                       pc_set_i8042);
    object_property_set_description(
        p, "Enable/disable Intel 8042 PS/2 controller emulation");
    p = object_class_property_add(klass, "max-ram-below-4g", "size",
                                  pc_get_max_ram, pc_set_max_ram, NULL, NULL);
    object_property_set_description(
        p, "Maximum ram below the 4G boundary (32bit boundary)");
}
