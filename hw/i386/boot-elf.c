/*
 * ELF kernels, 32 and 64 bits.
 *
 * Their segments go to the physical addresses they ask for. A note "Xen" of
 * type 18 names a PVH entry: 32-bit mode, with a start info structure that
 * leads to command line, initrd and memory map. Without it the ELF entry is
 * used with Linux's zero page in (R|E)SI: that is how a vmlinux begins, in
 * 64-bit mode if it is a 64-bit file, else in protected mode. QEMU takes only
 * the first kind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <elf.h>

#include "boot-internal.h"
#include "util/bswap.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define MAX_SEGMENTS             64

/* PVH's structures, version 1; little-endian. */
#define HVM_START_MAGIC 0x336ec578

typedef struct HvmStartInfo {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t nr_modules;
    uint64_t modlist_paddr;
    uint64_t cmdline_paddr;
    uint64_t rsdp_paddr;
    uint64_t memmap_paddr;
    uint32_t memmap_entries;
    uint32_t reserved;
} HvmStartInfo;

typedef struct HvmModule {
    uint64_t paddr;
    uint64_t size;
    uint64_t cmdline_paddr;
    uint64_t reserved;
} HvmModule;

typedef struct HvmMemmapEntry {
    uint64_t addr;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
} HvmMemmapEntry;

/* What the start info points to, at BOOT_PARAMS_2. */
typedef struct HvmTables {
    HvmModule initrd;
    HvmMemmapEntry memmap[X86_E820_MAX];
} HvmTables;

/* Of either class, from the file, checked by elf_open(). */
typedef struct ElfKernel {
    const BootFile *f;
    bool is_64;
    uint64_t entry;
    uint64_t phoff;
    unsigned phnum;
    unsigned phentsize;
} ElfKernel;

bool boot_is_elf(const BootFile *f)
{
    return f->len >= SELFMAG && !memcmp(f->data, ELFMAG, SELFMAG);
}

static bool elf_error(const BootFile *f, const char *what, Error **errp)
{
    error_setg(errp, "Error while loading elf kernel '%s': %s", f->name, what);
    return false;
}

/* ------------------------------------------------------------------- file */

static bool elf_open(ElfKernel *k, const BootFile *f, Error **errp)
{
    Elf64_Ehdr h64;
    Elf32_Ehdr h32;
    unsigned machine;

    *k = (ElfKernel){.f = f};
    if (f->len < EI_NIDENT || f->data[EI_DATA] != ELFDATA2LSB) {
        return elf_error(f, "not a little-endian ELF file", errp);
    }
    k->is_64 = f->data[EI_CLASS] == ELFCLASS64;
    if (!k->is_64 && f->data[EI_CLASS] != ELFCLASS32) {
        return elf_error(f, "neither 32 nor 64 bits", errp);
    }
    if (f->len < (k->is_64 ? sizeof(h64) : sizeof(h32))) {
        return elf_error(f, "truncated header", errp);
    }
    if (k->is_64) {
        memcpy(&h64, f->data, sizeof(h64));
        machine = h64.e_machine;
        k->entry = h64.e_entry;
        k->phoff = h64.e_phoff;
        k->phnum = h64.e_phnum;
        k->phentsize = h64.e_phentsize;
    } else {
        memcpy(&h32, f->data, sizeof(h32));
        machine = h32.e_machine;
        k->entry = h32.e_entry;
        k->phoff = h32.e_phoff;
        k->phnum = h32.e_phnum;
        k->phentsize = h32.e_phentsize;
    }
    if (machine != EM_X86_64 && machine != EM_386) {
        return elf_error(f, "not for x86", errp);
    }
    if (k->phentsize < (k->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr))) {
        return elf_error(f, "no program headers", errp);
    }
    if (k->phoff > f->len ||
        (uint64_t)k->phnum * k->phentsize > f->len - k->phoff) {
        return elf_error(f, "truncated program headers", errp);
    }
    return true;
}

/* Program header i < k->phnum, as of 64 bits. */
static Elf64_Phdr elf_segment(const ElfKernel *k, unsigned i)
{
    const uint8_t *p = k->f->data + k->phoff + (uint64_t)i * k->phentsize;
    Elf64_Phdr ph;
    Elf32_Phdr ph32;

    if (k->is_64) {
        memcpy(&ph, p, sizeof(ph));
        return ph;
    }
    memcpy(&ph32, p, sizeof(ph32));
    return (Elf64_Phdr){
        .p_type = ph32.p_type,
        .p_offset = ph32.p_offset,
        .p_vaddr = ph32.p_vaddr,
        .p_paddr = ph32.p_paddr,
        .p_filesz = ph32.p_filesz,
        .p_memsz = ph32.p_memsz,
        .p_align = ph32.p_align,
    };
}

static bool elf_segment_in_file(const ElfKernel *k, const Elf64_Phdr *ph)
{
    return ph->p_offset <= k->f->len &&
           ph->p_filesz <= k->f->len - ph->p_offset;
}

static bool elf_load_segment(X86Boot *b, const ElfKernel *k,
                             const Elf64_Phdr *ph, Error **errp)
{
    g_autofree char *name = NULL;

    if (!elf_segment_in_file(k, ph)) {
        return elf_error(k->f, "truncated segment", errp);
    }
    if (ph->p_filesz > ph->p_memsz) {
        return elf_error(k->f, "segment larger in the file than in memory",
                         errp);
    }
    if (!ph->p_memsz) {
        return true;
    }
    name = g_strdup_printf("a segment of kernel '%s'", k->f->name);
    if (!boot_add_image(b, name, ph->p_paddr, k->f->data + ph->p_offset,
                        ph->p_filesz, ph->p_memsz, errp)) {
        return false;
    }
    b->kernel_end = MAX(b->kernel_end, ph->p_paddr + ph->p_memsz);
    return true;
}

/* A virtual address of the file, as it is before there is paging. */
static uint64_t elf_physical(const ElfKernel *k, uint64_t vaddr)
{
    for (unsigned i = 0; i < k->phnum; i++) {
        Elf64_Phdr ph = elf_segment(k, i);

        if (ph.p_type == PT_LOAD && vaddr >= ph.p_vaddr &&
            vaddr - ph.p_vaddr < ph.p_memsz) {
            return ph.p_paddr + (vaddr - ph.p_vaddr);
        }
    }
    return vaddr;
}

static bool elf_load_segments(X86Boot *b, const ElfKernel *k, Error **errp)
{
    unsigned loaded = 0;

    for (unsigned i = 0; i < k->phnum; i++) {
        Elf64_Phdr ph = elf_segment(k, i);

        if (ph.p_type != PT_LOAD) {
            continue;
        }
        if (++loaded > MAX_SEGMENTS) {
            return elf_error(k->f, "too many segments", errp);
        }
        if (!elf_load_segment(b, k, &ph, errp)) {
            return false;
        }
    }
    return loaded ? true : elf_error(k->f, "nothing to load", errp);
}

/* -------------------------------------------------------------------- PVH */

/* Looks through the notes at data; sizes are multiples of `align`. */
static bool find_note(const uint8_t *data, uint64_t len, uint64_t align,
                      uint64_t *entry)
{
    while (len >= sizeof(Elf32_Nhdr)) {
        uint32_t namesz = ldl_le_p(data), descsz = ldl_le_p(data + 4);
        uint32_t type = ldl_le_p(data + 8);
        uint64_t desc =
            QEMU_ALIGN_UP(sizeof(Elf32_Nhdr) + (uint64_t)namesz, align);
        uint64_t next = QEMU_ALIGN_UP(desc + descsz, align);

        if (desc > len || descsz > len - desc) {
            return false;
        }
        if (type == XEN_ELFNOTE_PHYS32_ENTRY && namesz == 4 &&
            !memcmp(data + sizeof(Elf32_Nhdr), "Xen", 4) &&
            (descsz == 4 || descsz == 8)) {
            *entry = ldn_le_p(data + desc, descsz);
            return true;
        }
        if (next >= len) {
            return false;
        }
        data += next;
        len -= next;
    }
    return false;
}

static bool elf_find_pvh_entry(const ElfKernel *k, uint64_t *entry)
{
    for (unsigned i = 0; i < k->phnum; i++) {
        Elf64_Phdr ph = elf_segment(k, i);

        if (ph.p_type == PT_NOTE && elf_segment_in_file(k, &ph) &&
            find_note(k->f->data + ph.p_offset, ph.p_filesz,
                      ph.p_align == 8 ? 8 : 4, entry)) {
            return true;
        }
    }
    return false;
}

static bool add_start_info(X86Boot *b, Error **errp)
{
    X86E820Entry e820[X86_E820_MAX];
    unsigned n = x86_boot_e820(&b->map, e820, X86_E820_MAX);
    HvmTables tables = {
        .initrd = {.paddr = b->initrd_addr, .size = b->initrd_size},
    };
    HvmStartInfo info = {
        .magic = HVM_START_MAGIC,
        .version = 1,
        .nr_modules = b->initrd_size ? 1 : 0,
        .modlist_paddr = b->initrd_size ? BOOT_PARAMS_2 : 0,
        .cmdline_paddr = BOOT_CMDLINE,
        .rsdp_paddr = b->map.acpi_size ? X86_BOOT_RSDP_ADDR : 0,
        .memmap_paddr = BOOT_PARAMS_2 + offsetof(HvmTables, memmap),
        .memmap_entries = n,
    };

    for (unsigned i = 0; i < n; i++) {
        tables.memmap[i] = (HvmMemmapEntry){
            .addr = e820[i].addr,
            .size = e820[i].size,
            .type = e820[i].type,
        };
    }
    b->entry.rbx = BOOT_PARAMS;
    return boot_add_cmdline(b, errp) &&
           boot_add_image(b, "the PVH start info", BOOT_PARAMS, &info,
                          sizeof(info), sizeof(info), errp) &&
           boot_add_image(b, "the PVH tables", BOOT_PARAMS_2, &tables,
                          sizeof(tables), sizeof(tables), errp);
}

/* ------------------------------------------------------------------- load */

bool boot_load_elf(X86Boot *b, const BootFile *f, const char *initrd,
                   Error **errp)
{
    ElfKernel k;

    if (!elf_open(&k, f, errp) || !elf_load_segments(b, &k, errp)) {
        return false;
    }
    if (elf_find_pvh_entry(&k, &b->entry.rip)) {
        if (b->entry.rip > UINT32_MAX) {
            return elf_error(f, "PVH entry above 4 GiB", errp);
        }
        return boot_add_initrd(b, initrd, UINT32_MAX, errp) &&
               add_start_info(b, errp);
    }
    b->entry.rip = elf_physical(&k, k.entry);
    b->entry.long_mode = k.is_64;
    return boot_add_zero_page(b, initrd, errp);
}
