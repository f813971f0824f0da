/*
 * Where the tiny guest begins: what to do comes on the command line.
 *
 * trial=NAME   one of trials.c, instead of the rest
 * smp=N        wakes N - 1 more processors first
 * ip=, ping=, count=, serve=, irq=, mask=    see netmain.c and virtio.c
 * end=exit|reset|triple|poweroff|halt        how to leave, at last
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define START_MAGIC 0x336ec578

/* The PVH start info. */
typedef struct StartInfo {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modules, command_line, rsdp;
} StartInfo;

/* Outside of what is loaded, and of what firmware uses: it outlives a reset. */
#define BOOT_COUNT (*(volatile uint32_t *)0x2000000)
#define BOOT_COOKIE (*(volatile uint32_t *)0x2000004)
#define COOKIE 0x796e6974

void guest_main(const StartInfo *info);

static uint32_t count_boot(void)
{
    if (BOOT_COOKIE != COOKIE) {
        BOOT_COOKIE = COOKIE;
        BOOT_COUNT = 0;
    }
    return ++BOOT_COUNT;
}

static void triple_fault(void)
{
    static const uint8_t none[10];

    __asm__ volatile("lidt %0; ud2" : : "m"(none));
}

/* A guest that resets does so once. */
static void end(uint32_t boot)
{
    if (option_is("end", "reset") && boot == 1) {
        outb(0xcf9, 6);
    } else if (option_is("end", "triple") && boot == 1) {
        triple_fault();
    } else if (option_is("end", "halt")) {
        cli();
    } else {
        leave(true);
    }
    for (;;) {
        __asm__ volatile("hlt");
    }
}

void guest_main(const StartInfo *info)
{
    uint32_t boot = count_boot();
    const char *trial;
    uint32_t cpus;
    int devfn;

    if (info->magic != START_MAGIC) {
        fail("start info %x", (uint64_t)info->magic);
    }
    if (info->command_line) {
        set_command_line((const char *)info->command_line);
    }
    say("boot=%u", boot);
    irq_init();
    trial = option("trial");
    if (trial) {
        if (!trial_run(trial)) {
            fail("no trial of this name");
        }
        end(boot);
    }
    cpus = option_number("smp", 1);
    if (cpus > 1) {
        smp_start(cpus);
    }
    devfn = pci_enumerate();
    if (devfn >= 0 && !option_is("net", "off")) {
        net_main(devfn);
    }
    say("done");
    end(boot);
}
