/*
 * The -machine options of microvm.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/microvm.h"

static const char *const on_off_auto_names[] = {"auto", "on", "off"};
static const QEnumLookup on_off_auto = {
    .names = on_off_auto_names,
    .count = G_N_ELEMENTS(on_off_auto_names),
};

typedef struct MicrovmOption {
    const char *name;
    const char *description;
    bool is_bool; /* otherwise on, off, auto */
    ptrdiff_t offset;
} MicrovmOption;

static const MicrovmOption options[] = {
    {"acpi", "Enable ACPI", false, offsetof(MicrovmMachineState, acpi)},
    {"pcie", "Enable PCIe", false, offsetof(MicrovmMachineState, pcie)},
    {"pic", "Enable i8259 PIC", false, offsetof(MicrovmMachineState, pic)},
    {"pit", "Enable i8254 PIT", false, offsetof(MicrovmMachineState, pit)},
    {"rtc", "Enable MC146818 RTC", false, offsetof(MicrovmMachineState, rtc)},
    {"isa-serial",
     "Set off to disable the instantiation an ISA serial port", true,
     offsetof(MicrovmMachineState, isa_serial)},
    {"x-option-roms", "Set off to disable loading option ROMs", true,
     offsetof(MicrovmMachineState, option_roms)},
    {"auto-kernel-cmdline",
     "Set off to disable adding virtio-mmio devices to the kernel cmdline",
     true, offsetof(MicrovmMachineState, auto_kernel_cmdline)},
};

static bool access_option(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    const MicrovmOption *o = opaque;
    char *field = (char *)MICROVM_MACHINE(obj) + o->offset;
    int value;

    if (o->is_bool) {
        return visit_type_bool(v, name, (bool *)field, errp);
    }
    value = *(OnOffAuto *)field;
    if (!visit_type_enum(v, name, &value, &on_off_auto, errp)) {
        return false;
    }
    *(OnOffAuto *)field = value;
    return true;
}

static bool get_ioapic2(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    int value = ON_OFF_AUTO_AUTO;

    return visit_type_enum(v, name, &value, &on_off_auto, errp);
}

static bool set_ioapic2(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    int value = ON_OFF_AUTO_AUTO;

    if (!visit_type_enum(v, name, &value, &on_off_auto, errp)) {
        return false;
    }
    if (value == ON_OFF_AUTO_ON) {
        error_setg(errp, "ioapic2=on is not supported: there is one I/O APIC");
        return false;
    }
    return true;
}

void microvm_add_properties(ObjectClass *klass)
{
    ObjectProperty *p;

    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        p = object_class_property_add(
            klass, options[i].name, options[i].is_bool ? "bool" : "OnOffAuto",
            access_option, access_option, NULL, (void *)&options[i]);
        object_property_set_description(p, options[i].description);
    }
    p = object_class_property_add(klass, "ioapic2", "OnOffAuto", get_ioapic2,
                                  set_ioapic2, NULL, NULL);
    object_property_set_description(p, "Enable second IO-APIC");
}
