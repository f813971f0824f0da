/*
 * The kernel loader on its own: what it makes of good files, and that no file
 * whatever makes it crash or put something where it does not belong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <elf.h>
#include <sys/mman.h>

#include "hw/i386/boot.h"
#include "hw/i386/boot-internal.h"
#include "util/bswap.h"
#include "util/error.h"

#define RAM_SIZE  (16 * MiB)
#define ACPI_SIZE 0x28000
#define FILE_SIZE 4096
#define ROUNDS    4000

static int file; /* in memory: thousands are written */
static char *path;

static void put_file(const uint8_t *data, size_t len)
{
    g_assert_no_errno(ftruncate(file, 0));
    g_assert_cmpint(pwrite(file, data, len, 0), ==, len);
}

/* What may be loaded lies in RAM, in order, apart from the rest. */
static void check_images(const X86Boot *b)
{
    for (unsigned i = 0; i < b->images->len; i++) {
        const BootImage *x = g_ptr_array_index(b->images, i);

        g_assert_cmpuint(x->len, <=, x->size);
        g_assert_cmpuint(x->size, <=, RAM_SIZE - ACPI_SIZE);
        g_assert_cmpuint(x->addr, <=, RAM_SIZE - ACPI_SIZE - x->size);
        for (unsigned k = 0; k < i; k++) {
            const BootImage *y = g_ptr_array_index(b->images, k);

            g_assert_true(x->addr + x->size <= y->addr ||
                          y->addr + y->size <= x->addr);
        }
    }
}

static X86Boot *load(const char *initrd, Error **errp)
{
    char cmdline[] = "a b";
    char *initrd_copy = g_strdup(initrd);
    MachineState ms = {
        .kernel_filename = path,
        .initrd_filename = initrd_copy,
        .kernel_cmdline = cmdline,
    };
    const X86BootMap map = {
        .below_4g_mem_size = RAM_SIZE,
        .acpi_size = ACPI_SIZE,
    };
    X86Boot *b = x86_boot_new(&ms, &map, errp);

    if (b) {
        check_images(b);
    }
    g_free(initrd_copy);
    return b;
}

static const BootImage *image_at(const X86Boot *b, uint64_t addr)
{
    for (unsigned i = 0; i < b->images->len; i++) {
        const BootImage *image = g_ptr_array_index(b->images, i);

        if (image->addr == addr) {
            return image;
        }
    }
    g_assert_not_reached();
}

/* ----------------------------------------------------------------- samples */

#define SETUP_SECTS 1
#define SETUP_SIZE  ((SETUP_SECTS + 1) * 512)

static void make_bzimage(uint8_t *f)
{
    memset(f, 0x90, FILE_SIZE);
    memset(f, 0, SETUP_SIZE);
    f[0x1f1] = SETUP_SECTS;
    stl_le_p(f + 0x1f4, (FILE_SIZE - SETUP_SIZE) / 16);
    stw_le_p(f + 0x1fe, 0xaa55);
    f[0x200] = 0xeb;
    f[0x201] = 0x6a;
    memcpy(f + 0x202, "HdrS", 4);
    stw_le_p(f + 0x206, 0x020f);
    f[0x211] = 1;                         /* loaded high */
    stl_le_p(f + 0x22c, 0x7fffffff);      /* initrd_addr_max */
    f[0x234] = 1;                         /* relocatable */
    stw_le_p(f + 0x236, 1);               /* 64-bit entry */
    stq_le_p(f + 0x258, 4 * MiB);         /* pref_address */
    stl_le_p(f + 0x260, MiB);             /* init_size */
}

#define NOTE_OFFSET 0x200

static void make_elf(uint8_t *f, bool with_note)
{
    Elf64_Ehdr h = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = UINT64_C(0xffffffff80000010),
        .e_phoff = sizeof(h),
        .e_ehsize = sizeof(h),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = with_note ? 2 : 1,
    };
    Elf64_Phdr ph[2] = {
        {
            .p_type = PT_LOAD,
            .p_offset = 0x400,
            .p_vaddr = UINT64_C(0xffffffff80000000),
            .p_paddr = 2 * MiB,
            .p_filesz = 0x800,
            .p_memsz = 0x3000,
        },
        {.p_type = PT_NOTE, .p_offset = NOTE_OFFSET, .p_filesz = 24,
         .p_align = 4},
    };
    uint8_t *note = f + NOTE_OFFSET;

    memset(f, 0x5a, FILE_SIZE);
    memcpy(f, &h, sizeof(h));
    memcpy(f + sizeof(h), ph, sizeof(ph));
    stl_le_p(note, 4);
    stl_le_p(note + 4, 8);
    stl_le_p(note + 8, 18);
    memcpy(note + 12, "Xen", 4);
    stq_le_p(note + 16, 2 * MiB + 0x20);
}

/* ------------------------------------------------------------------- tests */

static void test_bzimage(void)
{
    uint8_t f[FILE_SIZE];
    const BootImage *zero_page;
    X86Boot *b;

    make_bzimage(f);
    put_file(f, sizeof(f));
    b = load(path, &error_abort);
    g_assert_true(b->entry.long_mode);
    g_assert_cmphex(b->entry.rip, ==, 0x100200);
    g_assert_cmpuint(image_at(b, MiB)->len, ==, FILE_SIZE - SETUP_SIZE);
    zero_page = image_at(b, b->entry.rsi);
    g_assert_cmpuint(zero_page->size, ==, 4096);
    g_assert_cmphex(ldw_le_p(zero_page->data + 0x206), ==, 0x020f);
    g_assert_cmphex(ldl_le_p(zero_page->data + 0x218), ==,
                    RAM_SIZE - ACPI_SIZE - FILE_SIZE);
    g_assert_cmpuint(ldl_le_p(zero_page->data + 0x21c), ==, FILE_SIZE);
    g_assert_cmphex(ldq_le_p(zero_page->data + 0x70), ==, X86_BOOT_RSDP_ADDR);
    g_assert_cmpstr(
        (char *)image_at(b, ldl_le_p(zero_page->data + 0x228))->data, ==,
        "a b");
    x86_boot_free(b);

    /* Without the 64-bit entry; initrd_addr_max counts. */
    stw_le_p(f + 0x236, 0);
    stl_le_p(f + 0x22c, 8 * MiB - 1);
    put_file(f, sizeof(f));
    b = load(path, &error_abort);
    g_assert_false(b->entry.long_mode);
    g_assert_cmphex(b->entry.rip, ==, 0x100000);
    g_assert_cmphex(b->initrd_addr + b->initrd_size, ==, 8 * MiB - 0x1000);
    x86_boot_free(b);
}

static void test_elf(void)
{
    uint8_t f[FILE_SIZE];
    X86Boot *b;

    make_elf(f, true);
    put_file(f, sizeof(f));
    b = load(NULL, &error_abort);
    g_assert_false(b->entry.long_mode);
    g_assert_cmphex(b->entry.rip, ==, 2 * MiB + 0x20);
    g_assert_cmphex(ldl_le_p(image_at(b, b->entry.rbx)->data), ==, 0x336ec578);
    g_assert_cmpuint(image_at(b, 2 * MiB)->size, ==, 0x3000);
    x86_boot_free(b);

    make_elf(f, false);
    put_file(f, sizeof(f));
    b = load(NULL, &error_abort);
    g_assert_true(b->entry.long_mode);
    g_assert_cmphex(b->entry.rip, ==, 2 * MiB + 0x10);
    g_assert_cmpuint(image_at(b, b->entry.rsi)->size, ==, 4096);
    x86_boot_free(b);
}

typedef struct Broken {
    bool elf;
    unsigned offset;
    unsigned size;
    uint64_t value;
    const char *message;
} Broken;

static const Broken broken[] = {
    {false, 0x1fe, 2, 0xaa54, "invalid kernel header"},
    {false, 0x202, 4, 0, "invalid kernel header"},
    {false, 0x206, 2, 0x0205, "boot protocol 2.05"},
    {false, 0x211, 1, 0, "zImage"},
    {false, 0x1f1, 1, 255, "131072 bytes of setup code in a file of 4096"},
    {false, 0x1f1, 1, 7, "invalid kernel header"},
    {false, 0x1f4, 4, 0xffffffff, "is truncated"},
    {false, 0x260, 4, 16 * MiB, "does not fit into RAM: it needs 0x1000000"},
    {false, 0x258, 8, UINT64_MAX, "does not fit into RAM"},
    {false, 0x22c, 4, 5 * MiB, "initrd is too large, cannot support.(max: 0"},
    {true, EI_CLASS, 1, 3, "neither 32 nor 64 bits"},
    {true, EI_DATA, 1, 2, "not a little-endian ELF file"},
    {true, 18, 2, EM_ARM, "not for x86"},
    {true, 32, 8, UINT64_MAX, "truncated program headers"},
    {true, 54, 2, 55, "no program headers"},
    {true, 56, 2, 0xffff, "truncated program headers"},
    {true, 56, 2, 0, "nothing to load"},
    {true, 64 + 8, 8, UINT64_MAX, "truncated segment"},
    {true, 64 + 24, 8, UINT64_MAX - 1, "does not fit into RAM"},
    {true, 64 + 24, 8, 0xa0000, "does not fit into RAM"},
    {true, 64 + 24, 8, 0x10000, "overlaps"},
    {true, 64 + 24, 8, MiB - 0x2000, "overlaps"},
    {true, 64 + 32, 8, 0x801, "", },
    {true, 64 + 32, 8, 0x4000, "truncated segment"},
    {true, 64 + 40, 8, 0x7ff, "larger in the file"},
    {true, 64 + 40, 8, 16 * MiB, "does not fit into RAM"},
    {true, NOTE_OFFSET + 16, 8, 4 * GiB, "PVH entry above 4 GiB"},
};

static void test_broken(void)
{
    uint8_t f[FILE_SIZE];

    for (unsigned i = 0; i < G_N_ELEMENTS(broken); i++) {
        const Broken *k = &broken[i];
        Error *err = NULL;
        X86Boot *b;

        if (k->elf) {
            make_elf(f, true);
        } else {
            make_bzimage(f);
        }
        stn_le_p(f + k->offset, k->size, k->value);
        put_file(f, sizeof(f));
        b = load(path, &err);
        g_test_message("%u: %s", i, err ? error_get_pretty(err) : "loaded");
        if (!k->message[0]) {
            g_assert_nonnull(b);
            x86_boot_free(b);
            continue;
        }
        g_assert_null(b);
        g_assert_nonnull(strstr(error_get_pretty(err), k->message));
        error_free(err);
    }
}

/* Every length of a good file. */
static void test_truncated(void)
{
    uint8_t f[FILE_SIZE];

    for (int elf = 0; elf < 2; elf++) {
        if (elf) {
            make_elf(f, true);
        } else {
            make_bzimage(f);
        }
        for (size_t len = 0; len < FILE_SIZE; len += len < 0x300 ? 1 : 61) {
            Error *err = NULL;
            X86Boot *b;

            put_file(f, len);
            b = load(NULL, &err);
            /* The ELF file's end is in no segment. */
            g_assert_true(!b || (elf && len >= 0xc00));
            x86_boot_free(b);
            error_free(err);
        }
    }
}

/* Good files with a few fields of the headers changed at random. */
static void test_random(void)
{
    static const uint64_t edges[] = {0,          1,          0xff,
                                     0xfff,      0xffff,     0x7fffffff,
                                     0x80000000, 0xffffffff, UINT64_MAX,
                                     MiB,        RAM_SIZE,   INT64_MAX};
    uint8_t f[FILE_SIZE];
    unsigned loaded = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        Error *err = NULL;
        bool elf = g_test_rand_bit();
        X86Boot *b;

        if (elf) {
            make_elf(f, g_test_rand_bit());
            f[EI_CLASS] = g_test_rand_int_range(0, 8) ? ELFCLASS64 : ELFCLASS32;
        } else {
            make_bzimage(f);
        }
        for (int n = g_test_rand_int_range(1, 4); n > 0; n--) {
            unsigned size = 1u << g_test_rand_int_range(0, 4);
            unsigned at = elf ? g_test_rand_int_range(4, NOTE_OFFSET + 24)
                              : g_test_rand_int_range(0x1f1, 0x270);
            uint64_t value = edges[g_test_rand_int_range(0, 12)];

            stn_le_p(f + at, size,
                     g_test_rand_bit() ? value : (uint64_t)g_test_rand_int());
        }
        put_file(f, g_test_rand_int_range(0, 16)
                        ? sizeof(f)
                        : (size_t)g_test_rand_int_range(0, FILE_SIZE));
        b = load(g_test_rand_bit() ? path : NULL, &err);
        g_assert_true(!b == !!err);
        loaded += b != NULL;
        x86_boot_free(b);
        error_free(err);
    }
    g_test_message("%u of %u loaded", loaded, ROUNDS);
    g_assert_cmpuint(loaded, >, ROUNDS / 20);
    g_assert_cmpuint(loaded, <, ROUNDS - ROUNDS / 20);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    file = memfd_create("kernel", MFD_CLOEXEC);
    g_assert_cmpint(file, >=, 0);
    path = g_strdup_printf("/proc/self/fd/%d", file);
    g_test_add_func("/i386/boot/bzimage", test_bzimage);
    g_test_add_func("/i386/boot/elf", test_elf);
    g_test_add_func("/i386/boot/broken", test_broken);
    g_test_add_func("/i386/boot/truncated", test_truncated);
    g_test_add_func("/i386/boot/random", test_random);
    ret = g_test_run();
    close(file);
    g_free(path);
    return ret;
}
