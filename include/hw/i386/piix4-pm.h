/*
 * PIIX4's power management function, beside PIIX3 on -machine pc.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_PIIX4_PM_H
#define HW_I386_PIIX4_PM_H

#include "hw/i386/southbridge.h"

#define TYPE_PIIX4_PM "PIIX4_PM"

/* Function 3 of the south bridge's slot. */
bool piix4_pm_init(SouthBridge *sb, Error **errp);

#endif
