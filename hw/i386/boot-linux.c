/*
 * Linux's boot protocol: bzImage, and the zero page.
 *
 * A bzImage is a setup part for real mode, which begins with a header at
 * 0x1f1, and behind it the protected-mode part, which is copied to 1 MiB and
 * decompresses itself to wherever it prefers; from that address on init_size
 * bytes have to be RAM. Its first instruction is the 32-bit entry, 0x200 bytes
 * on lies the 64-bit one, if the header says so. The setup part is not run:
 * what it would find out the zero page (struct boot_params) tells.
 *
 * The header is copied out of the file once and checked there; only sizes that
 * have been compared with the file's are used.
 *
 * Limits: protocol 2.06 (Linux 2.6.22) or later, loaded high. The image stays
 * below 4 GiB, and so does the initrd.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <asm/bootparam.h>
#include <sys/random.h>

#include "boot-internal.h"

#define SETUP_HEADER_OFFSET 0x1f1
#define SETUP_JUMP_END      0x202 /* jump's operand counts from here */
#define SETUP_BOOT_FLAG     0xaa55
#define SETUP_MAGIC         0x53726448 /* "HdrS" */
#define SETUP_SECTOR        512
#define SETUP_SECTS_DEFAULT 4 /* what 0 means */

#define PROTOCOL_MIN      0x0206
#define PROTOCOL_XLOAD    0x020c /* xloadflags */
#define PROTOCOL_INIT     0x020a /* pref_address, init_size */

#define LINUX_LOAD_ADDR   0x100000
#define LINUX_ENTRY_64    0x200
#define LOADER_TYPE_QEMU  0xb0

#define RNG_SEED_SIZE 32

/* ---------------------------------------------------------------- zero page */

void boot_refresh_rng_seed(BootImage *image)
{
    struct setup_data *sd = (struct setup_data *)image->data;

    /* Never short for so few bytes; if it fails the guest gets none. */
    if (getrandom(sd->data, RNG_SEED_SIZE, 0) != RNG_SEED_SIZE) {
        memset(sd->data, 0, RNG_SEED_SIZE);
        sd->type = SETUP_NONE;
    }
}

static bool add_rng_seed(X86Boot *b, Error **errp)
{
    uint8_t raw[sizeof(struct setup_data) + RNG_SEED_SIZE] = {0};
    struct setup_data sd = {.type = SETUP_RNG_SEED, .len = RNG_SEED_SIZE};

    memcpy(raw, &sd, sizeof(sd));
    b->rng_seed = boot_add_image(b, "the random seed", BOOT_PARAMS_2, raw,
                                 sizeof(raw), sizeof(raw), errp);
    return b->rng_seed;
}

static void fill_memory_map(const X86Boot *b, struct boot_params *bp)
{
    X86E820Entry e820[X86_E820_MAX];
    unsigned n = x86_boot_e820(&b->map, e820, X86_E820_MAX);
    uint64_t ram_end = boot_ram_end(b);

    for (unsigned i = 0; i < n; i++) {
        bp->e820_table[i] = (struct boot_e820_entry){
            .addr = e820[i].addr,
            .size = e820[i].size,
            .type = e820[i].type,
        };
    }
    bp->e820_entries = n;
    bp->alt_mem_k = ram_end > MiB ? (ram_end - MiB) / KiB : 0;
}

/* The part of the zero page that does not depend on the kernel's header. */
static bool add_params(X86Boot *b, struct boot_params *bp, Error **errp)
{
    bool with_seed = bp->hdr.version >= 0x0209; /* setup_data */

    bp->hdr.type_of_loader = LOADER_TYPE_QEMU;
    bp->hdr.cmd_line_ptr = BOOT_CMDLINE;
    bp->hdr.ramdisk_image = b->initrd_addr;
    bp->hdr.ramdisk_size = b->initrd_size;
    bp->hdr.setup_data = with_seed ? BOOT_PARAMS_2 : 0;
    if (b->map.acpi_size) {
        bp->acpi_rsdp_addr = X86_BOOT_RSDP_ADDR;
    }
    fill_memory_map(b, bp);
    b->entry.rsi = BOOT_PARAMS;
    return (!with_seed || add_rng_seed(b, errp)) && boot_add_cmdline(b, errp) &&
           boot_add_image(b, "the kernel's boot parameters", BOOT_PARAMS, bp,
                          sizeof(*bp), sizeof(*bp), errp);
}

bool boot_add_zero_page(X86Boot *b, const char *initrd, Error **errp)
{
    struct boot_params bp = {
        .hdr.version = 0x020f,
        .hdr.boot_flag = SETUP_BOOT_FLAG,
        .hdr.header = SETUP_MAGIC,
        .hdr.loadflags = LOADED_HIGH,
    };

    return boot_add_initrd(b, initrd, UINT32_MAX, errp) &&
           add_params(b, &bp, errp);
}

/* ------------------------------------------------------------------ header */

/* What of the header the file has; the rest is zero. */
static bool read_header(const BootFile *f, struct setup_header *h, Error **errp)
{
    uint64_t end = 0;

    memset(h, 0, sizeof(*h));
    if (f->len >= SETUP_JUMP_END) {
        end = SETUP_JUMP_END + f->data[SETUP_JUMP_END - 1];
        end = MIN(end, SETUP_HEADER_OFFSET + sizeof(*h));
    }
    if (end && end <= f->len) {
        memcpy(h, f->data + SETUP_HEADER_OFFSET, end - SETUP_HEADER_OFFSET);
    }
    if (h->boot_flag != SETUP_BOOT_FLAG || h->header != SETUP_MAGIC) {
        error_setg(errp, "kernel '%s': invalid kernel header", f->name);
        return false;
    }
    if (h->version < PROTOCOL_MIN) {
        error_setg(errp,
                   "kernel '%s' has boot protocol %u.%02u, at least %u.%02u "
                   "is needed",
                   f->name, h->version >> 8, h->version & 0xff,
                   PROTOCOL_MIN >> 8, PROTOCOL_MIN & 0xff);
        return false;
    }
    if (!(h->loadflags & LOADED_HIGH)) {
        error_setg(errp,
                   "kernel '%s' is a zImage (loaded low), a bzImage is needed",
                   f->name);
        return false;
    }
    return true;
}

/* Where the protected-mode part begins in the file, and that it is all there.
 * 0 with *errp. */
static uint64_t kernel_offset(const BootFile *f, const struct setup_header *h,
                              Error **errp)
{
    uint64_t sects = h->setup_sects ?: SETUP_SECTS_DEFAULT;
    uint64_t offset = (sects + 1) * SETUP_SECTOR;
    uint64_t need = offset + (uint64_t)h->syssize * 16;

    if (f->len <= offset) {
        error_setg(errp,
                   "kernel '%s': invalid kernel header: %" PRIu64
                   " bytes of setup code in a file of %" PRIu64,
                   f->name, offset, f->len);
        return 0;
    }
    if (f->len < need) {
        error_setg(errp,
                   "kernel '%s' is truncated: its header promises %" PRIu64
                   " bytes, the file has %" PRIu64,
                   f->name, need, f->len);
        return 0;
    }
    return offset;
}

/* The memory that the kernel uses before it looks at the memory map. */
static bool check_room(X86Boot *b, const BootFile *f,
                       const struct setup_header *h, uint64_t len, Error **errp)
{
    uint64_t start = LINUX_LOAD_ADDR, size = len, ram_end = boot_ram_end(b);

    if (h->version >= PROTOCOL_INIT && h->init_size) {
        start = MAX(start, h->pref_address);
        size = h->init_size;
    }
    if (start >= ram_end || size > ram_end - start) {
        error_setg(errp,
                   "kernel '%s' does not fit into RAM: it needs 0x%x bytes at "
                   "0x%" PRIx64 ", RAM below 4 GiB ends at 0x%" PRIx64
                   "; give the machine more (-m)",
                   f->name, (unsigned)size, start, b->map.below_4g_mem_size);
        return false;
    }
    b->kernel_end = MAX(start + size, LINUX_LOAD_ADDR + len);
    return true;
}

bool boot_load_linux(X86Boot *b, const BootFile *f, const char *initrd,
                     Error **errp)
{
    g_autofree char *name = g_strdup_printf("kernel '%s'", f->name);
    struct boot_params bp = {.hdr.version = 0};
    uint64_t offset, len;

    if (!read_header(f, &bp.hdr, errp)) {
        return false;
    }
    offset = kernel_offset(f, &bp.hdr, errp);
    if (!offset) {
        return false;
    }
    len = f->len - offset;
    if (!check_room(b, f, &bp.hdr, len, errp) ||
        !boot_add_image(b, name, LINUX_LOAD_ADDR, f->data + offset, len, len,
                        errp) ||
        !boot_add_initrd(b, initrd, bp.hdr.initrd_addr_max, errp)) {
        return false;
    }
    b->entry.long_mode = bp.hdr.version >= PROTOCOL_XLOAD &&
                         (bp.hdr.xloadflags & XLF_KERNEL_64);
    b->entry.rip =
        LINUX_LOAD_ADDR + (b->entry.long_mode ? LINUX_ENTRY_64 : 0);
    bp.hdr.code32_start = LINUX_LOAD_ADDR;
    return add_params(b, &bp, errp);
}
