/*
 * More processors: INIT, startup message, and each says that it is alive.
 * They are woken one at a time and share a stack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define AP_PAGE      0x8000
#define ICR_INIT     0x4500
#define ICR_STARTUP  (0x4600 | AP_PAGE >> 12)
#define LAPIC_ID_REG 0xfee00020ul

extern uint8_t ap_start[], ap_end[];
volatile uint32_t cpus_alive = 1;
static volatile uint32_t last_id, done;
void ap_main(void);

/* Its local APIC answers with its own number. */
void ap_main(void)
{
    last_id = MMIO32(LAPIC_ID_REG) >> 24;
    done++;
}

void smp_start(unsigned cpus)
{
    memcpy((void *)AP_PAGE, ap_start, ap_end - ap_start);
    for (unsigned id = 1; id < cpus; id++) {
        ipi(id, ICR_INIT);
        ipi(id, ICR_STARTUP);
        while (done != id) {
            __builtin_ia32_pause();
        }
        if (last_id != id) {
            fail("processor %u says that it is %u", id, last_id);
        }
    }
    say("cpus=%u", cpus_alive);
}
