/*
 * -accel qtest: nothing runs the guest, a qtest client plays it. Guest time
 * moves only when the client says so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "accel/qtest.h"

static bool enabled;

bool qtest_enabled(void)
{
    return enabled;
}

static bool qtest_init_machine(AccelState *accel, MachineState *ms,
                               Error **errp)
{
    enabled = true;
    qemu_clock_set_manual(true);
    return true;
}

static void qtest_accel_class_init(ObjectClass *oc, const void *data)
{
    ACCEL_CLASS(oc)->init_machine = qtest_init_machine;
}

static const TypeInfo qtest_accel_types[] = {
    {
        .name = ACCEL_TYPE_NAME("qtest"),
        .parent = TYPE_ACCEL,
        .class_init = qtest_accel_class_init,
    },
};

DEFINE_TYPES(qtest_accel_types)
