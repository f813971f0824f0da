/*
 * Booting a kernel without firmware.
 *
 * There is no firmware in this program; it does itself what a guest would
 * find done. Of that this file and boot-*.c do the part that concerns the
 * kernel; pc-firmware.c programs the chips, acpi-*.c make the tables.
 *
 * When the board is built the kernel is read, checked and cut into images:
 * pieces of guest memory with an address (boot-linux.c: bzImage; boot-elf.c:
 * ELF, with PVH's entry or without). More images are what the kernel is handed
 * over: zero page or PVH start info, command line, initrd, page tables. No two
 * of them overlap, and each lies in RAM: whatever a broken kernel file asks
 * for ends in an error here.
 *
 * At every machine reset all images are copied into guest memory again, since
 * the guest has used that memory for its own ends, and the boot CPU gets the
 * registers of the protocol (boot-cpu.c).
 *
 * Memory below 1 MiB: structures of ours below 0x30000 (boot-internal.h), RAM
 * up to 0x9fc00, the ACPI root pointer at 0xf0000. Initrd and ACPI tables lie
 * at the end of the RAM below 4 GiB.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "accel/accel.h"
#include "boot-internal.h"

#define LOW_RAM_END    0x9fc00 /* the BIOS data area begins */
#define VGA_BASE       0xa0000
#define VGA_END        0xc0000
#define BIOS_AREA_BASE 0xf0000

/* As QEMU leaves for the tables of a small machine. */
#define ACPI_SIZE_BASE    0x28000
#define ACPI_SIZE_PER_CPU 64

/* ------------------------------------------------------------------ images */

static void boot_image_free(void *opaque)
{
    BootImage *image = opaque;

    g_free(image->name);
    g_free(image->data);
    g_free(image);
}

uint64_t boot_ram_end(const X86Boot *b)
{
    return b->map.below_4g_mem_size - b->map.acpi_size;
}

/* Low RAM without the hole for VGA. */
static bool is_ram(const X86Boot *b, uint64_t addr, uint64_t size)
{
    uint64_t ram_end = boot_ram_end(b);

    if (addr >= ram_end || size > ram_end - addr) {
        return false;
    }
    return addr + size <= VGA_BASE || addr >= VGA_END;
}

BootImage *boot_add_image(X86Boot *b, const char *name, uint64_t addr,
                          const void *data, uint64_t len, uint64_t size,
                          Error **errp)
{
    BootImage *image;

    if (!is_ram(b, addr, size)) {
        error_setg(errp,
                   "%s does not fit into RAM: it needs 0x%" PRIx64
                   " bytes at 0x%" PRIx64 ", RAM below 4 GiB ends at 0x%" PRIx64
                   "; give the machine more (-m)",
                   name, size, addr, b->map.below_4g_mem_size);
        return NULL;
    }
    for (unsigned i = 0; i < b->images->len; i++) {
        const BootImage *other = g_ptr_array_index(b->images, i);

        if (addr < other->addr + other->size && other->addr < addr + size) {
            error_setg(errp,
                       "%s (0x%" PRIx64 " bytes at 0x%" PRIx64
                       ") overlaps %s (0x%" PRIx64 " bytes at 0x%" PRIx64 ")",
                       name, size, addr, other->name, other->size,
                       other->addr);
            return NULL;
        }
    }
    image = g_new0(BootImage, 1);
    image->name = g_strdup(name);
    image->addr = addr;
    image->size = size;
    image->data = g_memdup2(data, len);
    image->len = len;
    g_ptr_array_add(b->images, image);
    return image;
}

static void boot_write_zeros(uint64_t addr, uint64_t size)
{
    static const uint8_t zeros[4096];

    while (size) {
        uint64_t n = MIN(size, sizeof(zeros));

        address_space_write(&address_space_memory, addr, zeros, n);
        addr += n;
        size -= n;
    }
}

static void boot_write_image(const BootImage *image)
{
    address_space_write(&address_space_memory, image->addr, image->data,
                        image->len);
    boot_write_zeros(image->addr + image->len, image->size - image->len);
}

/* -------------------------------------------------------------- memory map */

static void e820_add(X86E820Entry *e820, unsigned *n, unsigned max,
                     uint64_t start, uint64_t end, uint32_t type)
{
    if (start < end && *n < max) {
        e820[(*n)++] = (X86E820Entry){start, end - start, type};
    }
}

unsigned x86_boot_e820(const X86BootMap *map, X86E820Entry *e820, unsigned max)
{
    uint64_t low = map->below_4g_mem_size;
    uint64_t acpi = low - map->acpi_size;
    unsigned n = 0;

    e820_add(e820, &n, max, 0, MIN(low, LOW_RAM_END), E820_RAM);
    e820_add(e820, &n, max, LOW_RAM_END, VGA_BASE, E820_RESERVED);
    e820_add(e820, &n, max, BIOS_AREA_BASE, MiB, E820_RESERVED);
    e820_add(e820, &n, max, MiB, acpi, E820_RAM);
    e820_add(e820, &n, max, acpi, low, E820_RESERVED);
    e820_add(e820, &n, max, map->mmconfig_base,
             map->mmconfig_base + map->mmconfig_size, E820_RESERVED);
    e820_add(e820, &n, max, 4 * GiB, 4 * GiB + map->above_4g_mem_size,
             E820_RAM);
    return n;
}

uint64_t x86_boot_acpi_size(const MachineState *ms)
{
    uint64_t size = ACPI_SIZE_BASE + ms->smp.max_cpus * ACPI_SIZE_PER_CPU;

    return QEMU_ALIGN_UP(size, 4096);
}

/* ----------------------------------------------------------------- options */

static bool accel_runs_code(void)
{
    AccelClass *ac = current_accel_class();

    return ac && ac->create_vcpu;
}

bool x86_boot_check_options(const MachineState *ms, Error **errp)
{
    const char *machine = MACHINE_GET_CLASS(ms)->name;

    if (ms->firmware && ms->firmware[0]) {
        error_setg(errp,
                   "firmware=%s is not supported: machine '%s' runs no "
                   "firmware, it boots a kernel (-kernel)",
                   ms->firmware, machine);
        return false;
    }
    if (!ms->kernel_filename && accel_runs_code()) {
        error_setg(errp,
                   "machine '%s' has nothing to boot: there is no firmware "
                   "here, a kernel must be given with -kernel",
                   machine);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------- files */

static bool boot_read_fd(int fd, BootFile *f)
{
    struct stat st;

    if (fstat(fd, &st) < 0) {
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return false;
    }
    if (st.st_size > UINT32_MAX) {
        errno = EFBIG; /* it has to fit below 4 GiB */
        return false;
    }
    f->data = g_malloc(st.st_size);
    while (f->len < st.st_size) {
        ssize_t n = read(fd, f->data + f->len, st.st_size - f->len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0) {
            break; /* it has become shorter */
        }
        f->len += n;
    }
    return true;
}

static bool boot_read_kernel(const char *filename, BootFile *f, Error **errp)
{
    int fd = open(filename, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    f->name = filename;
    if (fd < 0) {
        error_setg_errno(errp, errno, "could not open kernel file '%s'",
                         filename);
        return false;
    }
    if (!boot_read_fd(fd, f)) {
        error_setg_errno(errp, errno, "could not read kernel file '%s'",
                         filename);
        close(fd);
        return false;
    }
    close(fd);
    return true;
}

bool boot_add_initrd(X86Boot *b, const char *filename, uint64_t limit,
                     Error **errp)
{
    g_autoptr(GError) gerr = NULL;
    GMappedFile *file;
    uint64_t size, room, end = MIN(limit, boot_ram_end(b));
    bool ok = true;

    if (!filename || !filename[0]) {
        return true;
    }
    file = g_mapped_file_new(filename, false, &gerr);
    if (!file) {
        error_setg(errp, "error reading initrd %s: %s", filename,
                   gerr->message);
        return false;
    }
    size = g_mapped_file_get_length(file);
    end &= ~UINT64_C(0xfff);
    room = end > b->kernel_end ? end - b->kernel_end : 0;
    if (size > room || QEMU_ALIGN_UP(size, 4096) > room) {
        error_setg(errp,
                   "initrd is too large, cannot support.(max: %" PRIu64
                   ", need %" PRIu64 ")",
                   room, size);
        ok = false;
    } else if (size) {
        g_autofree char *name = g_strdup_printf("initrd '%s'", filename);

        b->initrd_size = size;
        b->initrd_addr = end - QEMU_ALIGN_UP(size, 4096);
        ok = boot_add_image(b, name, b->initrd_addr,
                            g_mapped_file_get_contents(file), size, size,
                            errp);
    }
    g_mapped_file_unref(file);
    return ok;
}

bool boot_add_cmdline(X86Boot *b, Error **errp)
{
    size_t len = strlen(b->cmdline) + 1;

    if (len > BOOT_CMDLINE_MAX) {
        error_setg(errp,
                   "kernel command line is too long (%zu bytes, at most %u)",
                   len - 1, BOOT_CMDLINE_MAX - 1);
        return false;
    }
    return boot_add_image(b, "the kernel command line", BOOT_CMDLINE,
                          b->cmdline, len, len, errp);
}

/* Filled in by x86_boot_set_acpi(). */
static bool boot_add_rsdp(X86Boot *b, Error **errp)
{
    static const uint8_t none[X86_BOOT_RSDP_SIZE];

    if (b->map.acpi_size) {
        b->rsdp = boot_add_image(b, "the ACPI root pointer", X86_BOOT_RSDP_ADDR,
                                 none, sizeof(none), sizeof(none), errp);
    }
    return !b->map.acpi_size || b->rsdp;
}

/* -------------------------------------------------------------------- life */

X86Boot *x86_boot_new(MachineState *ms, const X86BootMap *map, Error **errp)
{
    BootFile f = {.data = NULL};
    X86Boot *b;
    bool ok;

    if (!boot_read_kernel(ms->kernel_filename, &f, errp)) {
        g_free(f.data);
        return NULL;
    }
    b = g_new0(X86Boot, 1);
    b->map = *map;
    b->map.acpi_size = MIN(map->acpi_size, map->below_4g_mem_size);
    b->cmdline = ms->kernel_cmdline ?: "";
    b->kernel_name = ms->kernel_filename;
    b->images = g_ptr_array_new_with_free_func(boot_image_free);
    ok = boot_is_elf(&f) ? boot_load_elf(b, &f, ms->initrd_filename, errp)
                         : boot_load_linux(b, &f, ms->initrd_filename, errp);
    ok = ok && boot_add_cpu_tables(b, errp) && boot_add_rsdp(b, errp);
    g_free(f.data);
    if (!ok) {
        x86_boot_free(b);
        return NULL;
    }
    return b;
}

void x86_boot_free(X86Boot *b)
{
    if (b) {
        g_ptr_array_free(b->images, true);
        g_free(b->acpi_tables);
        g_free(b);
    }
}

uint64_t x86_boot_acpi_base(const X86Boot *b)
{
    return boot_ram_end(b);
}

void x86_boot_set_acpi(X86Boot *b, const void *tables, size_t len,
                       const void *rsdp)
{
    g_assert(len <= b->map.acpi_size);
    g_free(b->acpi_tables);
    b->acpi_tables = g_memdup2(tables, len);
    b->acpi_len = len;
    memcpy(b->rsdp->data, rsdp, X86_BOOT_RSDP_SIZE);
}

void x86_boot_reset(X86Boot *b)
{
    if (b->rng_seed) {
        boot_refresh_rng_seed(b->rng_seed);
    }
    for (unsigned i = 0; i < b->images->len; i++) {
        boot_write_image(g_ptr_array_index(b->images, i));
    }
    if (b->acpi_tables) {
        address_space_write(&address_space_memory, boot_ram_end(b),
                            b->acpi_tables, b->acpi_len);
    }
    boot_set_cpu(b);
}
