/*
 * What the loader's files share: the images it puts into guest memory, and
 * how the kernel is entered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_BOOT_INTERNAL_H
#define HW_I386_BOOT_INTERNAL_H

#include "hw/i386/boot.h"

/*
 * Low memory, which the kernel may use for itself once it has read what is in
 * there. A kernel's own segments must not overlap it.
 */
#define BOOT_GDT         0x1000
#define BOOT_PAGE_TABLES 0x2000 /* six pages */
#define BOOT_STACK       0x8000
#define BOOT_STACK_TOP   0x9000
#define BOOT_PARAMS      0x10000 /* zero page, or PVH's start info */
#define BOOT_PARAMS_2    0x11000 /* what it points to */
#define BOOT_CMDLINE     0x20000
#define BOOT_CMDLINE_MAX 0x10000 /* with the final zero */

/* Selectors of the table at BOOT_GDT, as Linux's boot protocol wants them. */
#define BOOT_CS 0x10
#define BOOT_DS 0x18

/* A piece of guest memory, written at every reset. */
typedef struct BootImage {
    char *name;
    uint64_t addr;
    uint64_t size; /* in guest memory: zeros follow the data */
    uint8_t *data; /* owned */
    uint64_t len;  /* of data, at most size */
} BootImage;

/* A file in memory. */
typedef struct BootFile {
    const char *name;
    uint8_t *data;
    uint64_t len;
} BootFile;

/* How the kernel is entered. */
typedef struct BootEntry {
    bool long_mode; /* else 32-bit protected mode without paging */
    uint64_t rip;
    uint64_t rsi; /* Linux: the zero page */
    uint64_t rbx; /* PVH: the start info */
} BootEntry;

struct X86Boot {
    X86BootMap map;
    const char *cmdline; /* the machine's */
    const char *kernel_name;
    GPtrArray *images; /* of BootImage */
    BootEntry entry;
    uint64_t kernel_end; /* no initrd below */
    uint64_t initrd_addr;
    uint64_t initrd_size;
    BootImage *rng_seed; /* new at each reset, or NULL */
    uint8_t *acpi_tables;
    size_t acpi_len;
    BootImage *rsdp; /* or NULL */
};

/* ------------------------------------------------------------------ boot.c */

/*
 * A copy of data[0..len) at addr, size - len zeros behind it. All of it must
 * be RAM that nothing else has been put into: the message names the image and
 * what is in the way. NULL with *errp.
 */
BootImage *boot_add_image(X86Boot *b, const char *name, uint64_t addr,
                          const void *data, uint64_t len, uint64_t size,
                          Error **errp);
/* End of the RAM below 4 GiB that images may use. */
uint64_t boot_ram_end(const X86Boot *b);
/* "": none. Puts it at BOOT_CMDLINE. */
bool boot_add_cmdline(X86Boot *b, Error **errp);
/* The initrd as high as possible in (b->kernel_end, limit]; fills initrd_addr
 * and initrd_size. True if there is none. */
bool boot_add_initrd(X86Boot *b, const char *filename, uint64_t limit,
                     Error **errp);

/* ------------------------------------------------------------ boot-linux.c */

/* bzImage. */
bool boot_load_linux(X86Boot *b, const BootFile *f, const char *initrd,
                     Error **errp);
/* The zero page of a kernel without a setup header, with command line and
 * initrd, for the entry into b->entry.rip. */
bool boot_add_zero_page(X86Boot *b, const char *initrd, Error **errp);

/* A seed nobody has seen. */
void boot_refresh_rng_seed(BootImage *image);

/* -------------------------------------------------------------- boot-cpu.c */

/* The descriptor table, and the page tables if b->entry needs them. */
bool boot_add_cpu_tables(X86Boot *b, Error **errp);
/* Registers of the boot CPU, if there is one. */
void boot_set_cpu(const X86Boot *b);

/* -------------------------------------------------------------- boot-elf.c */

bool boot_is_elf(const BootFile *f);
bool boot_load_elf(X86Boot *b, const BootFile *f, const char *initrd,
                   Error **errp);

#endif
