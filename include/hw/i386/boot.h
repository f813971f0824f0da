/*
 * Booting a kernel without firmware: the images of -kernel and -initrd, the
 * structures that hand over to the kernel, and the boot CPU's registers.
 *
 * The board makes one X86Boot when it is built and calls x86_boot_reset() at
 * the end of every machine reset, after it has done what firmware does.
 *
 * Main loop only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_BOOT_H
#define HW_I386_BOOT_H

#include "hw/core/machine.h"

typedef struct X86Boot X86Boot;

/* What the loader has to know of a board's memory map. */
typedef struct X86BootMap {
    uint64_t below_4g_mem_size;
    uint64_t above_4g_mem_size; /* from 4 GiB on */
    /* Memory-mapped configuration space; size 0: none. */
    uint64_t mmconfig_base;
    uint64_t mmconfig_size;
    /* Bytes at the end of the low RAM that belong to ACPI tables; 0: none. */
    uint64_t acpi_size;
} X86BootMap;

/* One line of the memory map that a guest is told (e820). */
typedef struct X86E820Entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type; /* E820_* */
} X86E820Entry;

#define E820_RAM      1
#define E820_RESERVED 2

/* Where the root pointer to the ACPI tables is, in the area that a guest
 * searches. */
#define X86_BOOT_RSDP_ADDR 0xf0000
#define X86_BOOT_RSDP_SIZE 36

/*
 * False if -machine asks for something to boot from that cannot be. With true
 * ms->kernel_filename says whether there is a kernel. A machine whose
 * accelerator runs code needs one.
 */
bool x86_boot_check_options(const MachineState *ms, Error **errp);
/* Room for the ACPI tables of a machine. */
uint64_t x86_boot_acpi_size(const MachineState *ms);
/* The memory map, at most `max` entries; their number. */
unsigned x86_boot_e820(const X86BootMap *map, X86E820Entry *e820,
                       unsigned max);
#define X86_E820_MAX 8

/* Reads the images of ms->kernel_filename and ms->initrd_filename and decides
 * where everything goes. NULL with *errp. */
X86Boot *x86_boot_new(MachineState *ms, const X86BootMap *map, Error **errp);
void x86_boot_free(X86Boot *b); /* NULL allowed */
/* Where the tables will lie. */
uint64_t x86_boot_acpi_base(const X86Boot *b);
/* The tables (at most acpi_size bytes) and the root pointer, copied. */
void x86_boot_set_acpi(X86Boot *b, const void *tables, size_t len,
                       const void *rsdp);
/* Memory types of all CPUs: write-back but for VGA and [uncached, 4 GiB), a
 * multiple of 256 MiB. */
void x86_firmware_set_mtrrs(uint64_t uncached);
/* Guest memory and the boot CPU as the kernel expects them. */
void x86_boot_reset(X86Boot *b);

#endif
