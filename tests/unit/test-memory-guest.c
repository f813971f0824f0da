/*
 * Memory: checked mapping of guest addresses for DMA, RAM blocks, dirty
 * logging.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "memory/memory.h"

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned size)
{
    g_assert_not_reached(); /* DMA never gets to registers */
}

static void regs_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    g_assert_not_reached();
}

static const MemoryRegionOps regs_ops = {
    .read = regs_read,
    .write = regs_write,
};

/*
 * 0x0000 a   0x1000 b   0x2000 (hole)   0x3000 rom   0x4000 a+0x1000
 * 0x5000 registers   top of the space: high
 */
typedef struct Fixture {
    MemoryRegion root, a, a2, b, rom, regs, high;
    AddressSpace as;
    uint8_t *pa, *pb, *prom;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    MemoryRegion *root = &f->root;

    memory_region_init(root, NULL, "root", UINT64_MAX);
    memory_region_init_ram(&f->a, NULL, "a", 0x2000, &error_abort);
    memory_region_init_ram(&f->b, NULL, "b", 0x1000, &error_abort);
    memory_region_init_rom(&f->rom, NULL, "rom", 0x1000, &error_abort);
    memory_region_init_ram(&f->high, NULL, "high", 0x1000, &error_abort);
    memory_region_init_alias(&f->a2, NULL, "a2", &f->a, 0x1000, 0x1000);
    memory_region_init_io(&f->regs, NULL, &regs_ops, NULL, "regs", 0x1000);
    memory_region_add_subregion_overlap(root, 0x0000, &f->a, -1);
    memory_region_add_subregion(root, 0x1000, &f->b);
    memory_region_add_subregion(root, 0x3000, &f->rom);
    memory_region_add_subregion(root, 0x4000, &f->a2);
    memory_region_add_subregion(root, 0x5000, &f->regs);
    memory_region_add_subregion(root, UINT64_MAX - 0xfff, &f->high);
    address_space_init(&f->as, root, "test");
    f->pa = memory_region_get_ram_ptr(&f->a);
    f->pb = memory_region_get_ram_ptr(&f->b);
    f->prom = memory_region_get_ram_ptr(&f->rom);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    address_space_destroy(&f->as);
    memory_region_destroy(&f->root);
    memory_region_destroy(&f->a2);
    memory_region_destroy(&f->a);
    memory_region_destroy(&f->b);
    memory_region_destroy(&f->rom);
    memory_region_destroy(&f->regs);
    memory_region_destroy(&f->high);
}

static int map(Fixture *f, hwaddr gpa, uint64_t len, GuestMemoryDir dir,
               struct iovec *iov, unsigned max)
{
    return guest_memory_map_iov(f->as.view, gpa, len, dir, iov, max);
}

static void test_map_inside(Fixture *f, gconstpointer data)
{
    struct iovec iov[4];

    g_assert_cmpint(map(f, 0x10, 0x20, GUEST_MEMORY_WRITE, iov, 4), ==, 1);
    g_assert_true(iov[0].iov_base == f->pa + 0x10);
    g_assert_cmpuint(iov[0].iov_len, ==, 0x20);
    /* To the last byte. */
    g_assert_cmpint(map(f, 0x1fff, 1, GUEST_MEMORY_WRITE, iov, 4), ==, 1);
    g_assert_true(iov[0].iov_base == f->pb + 0xfff);
    g_assert_cmpint(map(f, 0x2000, 0, GUEST_MEMORY_WRITE, iov, 0), ==, 0);
}

static void test_map_split(Fixture *f, gconstpointer data)
{
    struct iovec iov[4];

    g_assert_cmpint(map(f, 0xff0, 0x20, GUEST_MEMORY_READ, iov, 4), ==, 2);
    g_assert_true(iov[0].iov_base == f->pa + 0xff0);
    g_assert_cmpuint(iov[0].iov_len, ==, 0x10);
    g_assert_true(iov[1].iov_base == f->pb);
    g_assert_cmpuint(iov[1].iov_len, ==, 0x10);
    g_assert_cmpint(map(f, 0xff0, 0x20, GUEST_MEMORY_READ, iov, 1), ==, -E2BIG);
    g_assert_cmpint(map(f, 0xff0, 0x10, GUEST_MEMORY_READ, iov, 1), ==, 1);
    g_assert_cmpint(map(f, 0x3800, 0x1000, GUEST_MEMORY_READ, iov, 2), ==, 2);
    g_assert_true(iov[1].iov_base == f->pa + 0x1000);

    g_assert_null(guest_memory_map(f->as.view, 0xff0, 0x20, GUEST_MEMORY_READ));
    g_assert_true(guest_memory_map(f->as.view, 0xff0, 0x10,
                                   GUEST_MEMORY_READ) == f->pa + 0xff0);
    g_assert_null(guest_memory_map(f->as.view, 0xff0, 0, GUEST_MEMORY_READ));
}

static void test_map_refused(Fixture *f, gconstpointer data)
{
    static const struct {
        hwaddr gpa;
        uint64_t len;
        GuestMemoryDir dir;
    } bad[] = {
        {0x2000, 1, GUEST_MEMORY_READ},   /* a hole */
        {0x1fff, 2, GUEST_MEMORY_READ},   /* into it */
        {0x0, 0x3001, GUEST_MEMORY_READ}, /* across it */
        {0x2fff, 2, GUEST_MEMORY_READ},   /* out of it */
        {0x3000, 1, GUEST_MEMORY_WRITE},  /* ROM */
        {0x3fff, 2, GUEST_MEMORY_WRITE},
        {0x5000, 1, GUEST_MEMORY_READ}, /* registers */
        {0x4fff, 2, GUEST_MEMORY_WRITE},
        {UINT64_MAX - 1, 3, GUEST_MEMORY_READ}, /* wraps */
        {UINT64_MAX - 0xff, 0x200, GUEST_MEMORY_READ},
        {0, UINT64_MAX, GUEST_MEMORY_READ},
        {1, UINT64_MAX, GUEST_MEMORY_READ},
        {UINT64_MAX, UINT64_MAX, GUEST_MEMORY_READ},
    };
    struct iovec iov[8];
    uint8_t buf[0x200];

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_cmpint(map(f, bad[i].gpa, bad[i].len, bad[i].dir, iov, 8), ==,
                        -EFAULT);
        g_assert_null(
            guest_memory_map(f->as.view, bad[i].gpa, bad[i].len, bad[i].dir));
        if (bad[i].len > sizeof(buf)) {
            continue;
        }
        memset(buf, 0x77, sizeof(buf));
        if (bad[i].dir == GUEST_MEMORY_READ) {
            g_assert_cmpint(
                guest_memory_read(f->as.view, bad[i].gpa, buf, bad[i].len), ==,
                -EFAULT);
            for (unsigned j = 0; j < sizeof(buf); j++) {
                g_assert_cmphex(buf[j], ==, 0x77);
            }
        }
        g_assert_cmpint(
            guest_memory_write(f->as.view, bad[i].gpa, buf, bad[i].len), ==,
            -EFAULT);
    }
    /* Nothing was written on the way to the bad byte. */
    g_assert_cmphex(f->pb[0xfff], ==, 0);
    g_assert_cmphex(f->pa[0x1fff], ==, 0);
    g_assert_cmphex(f->prom[0], ==, 0);
}

static void test_copy(Fixture *f, gconstpointer data)
{
    uint8_t buf[0x2000], back[0x2000];

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = i * 7 + i / 256;
    }
    g_assert_cmpint(guest_memory_write(f->as.view, 0, buf, 0x2000), ==, 0);
    g_assert_cmpmem(f->pa, 0x1000, buf, 0x1000);
    g_assert_cmpmem(f->pb, 0x1000, buf + 0x1000, 0x1000);
    g_assert_cmpint(guest_memory_read(f->as.view, 0x123, back, 0x1800), ==, 0);
    g_assert_cmpmem(back, 0x1800, buf + 0x123, 0x1800);
    g_assert_cmpint(guest_memory_read(f->as.view, 0x2000, back, 0), ==, 0);
    /* The last byte of the space does not exist, the one before does. */
    g_assert_cmpint(
        guest_memory_read(f->as.view, UINT64_MAX - 0xfff, back, 0xfff), ==, 0);
}

/* ----------------------------------------------------------------- dirty */

static char *dirty_pages(RAMBlock *block)
{
    GString *s = g_string_new(NULL);

    for (uint64_t page = 0; page < block->size >> DIRTY_PAGE_BITS; page++) {
        if (ram_block_test_and_clear_dirty(block, page)) {
            g_string_append_printf(s, "%" PRIu64 " ", page);
        }
    }
    return g_string_free(s, false);
}

#define assert_dirty(block, expected) \
    do { \
        g_autofree char *pages_ = dirty_pages(block); \
        g_assert_cmpstr(pages_, ==, expected); \
    } while (0)

static void test_dirty(Fixture *f, gconstpointer data)
{
    RAMBlock *a = f->a.ram, *b = f->b.ram;
    struct iovec iov[4];
    char c = 1;

    g_assert_cmpint(guest_memory_write(f->as.view, 0, &c, 1), ==, 0);
    g_assert_false(guest_memory_dirty_logging);
    g_assert_false(ram_block_test_and_clear_dirty(a, 0));
    ram_block_dirty_log(a, true);
    ram_block_dirty_log(a, true); /* no change */
    ram_block_dirty_log(b, true);
    g_assert_true(guest_memory_dirty_logging);
    assert_dirty(a, "");

    g_assert_cmpint(guest_memory_write(f->as.view, 0x4800, &c, 1), ==, 0);
    assert_dirty(a, "1 ");
    assert_dirty(a, "");
    address_space_st(&f->as, 0x0, 1, 4, NULL);
    assert_dirty(a, "0 ");
    g_assert_cmpint(map(f, 0xff0, 0x20, GUEST_MEMORY_READ, iov, 4), ==, 2);
    assert_dirty(a, "");
    g_assert_cmpint(map(f, 0xff0, 0x20, GUEST_MEMORY_WRITE, iov, 4), ==, 2);
    assert_dirty(a, "0 ");
    assert_dirty(b, "0 ");
    guest_memory_set_dirty(f->as.view, 0x1fff, 2); /* runs into the hole */
    assert_dirty(b, "0 ");
    guest_memory_set_dirty(f->as.view, UINT64_MAX, 2);
    ram_block_set_dirty(b, 0x1000, 1); /* beyond the end */
    ram_block_set_dirty(b, 0xfff, UINT64_MAX);
    assert_dirty(b, "0 ");
    g_assert_false(ram_block_test_and_clear_dirty(b, 1));

    ram_block_set_dirty(a, 0, 1);
    ram_block_dirty_log(a, false);
    g_assert_true(guest_memory_dirty_logging);
    ram_block_dirty_log(b, false);
    g_assert_false(guest_memory_dirty_logging);
    g_assert_cmpint(guest_memory_write(f->as.view, 0, &c, 1), ==, 0);
    ram_block_dirty_log(a, true);
    assert_dirty(a, ""); /* starts clean */
}

/* ------------------------------------------------------------ RAM blocks */

static void count_block(RAMBlock *block, void *opaque)
{
    *(unsigned *)opaque += strcmp(block->idstr, "blk") == 0;
}

static void test_block_kinds(void)
{
    RAMBlock *block =
        ram_block_new("blk", 5 * MiB + 1, -1, 0, false, false, &error_abort);
    unsigned count = 0;
    char path[] = "/tmp/test-memory-XXXXXX";
    int fd;

    ram_block_foreach(count_block, &count);
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpint(block->fd, ==, -1);
    g_assert_cmpuint((uintptr_t)block->host % (2 * MiB), ==, 0);
    block->host[5 * MiB] = 1;
    ram_block_unref(block);
    count = 0;
    ram_block_foreach(count_block, &count);
    g_assert_cmpuint(count, ==, 0);

    /* Shared anonymous memory can be given away. */
    block = ram_block_new("blk", 0x1000, -1, 0, true, false, &error_abort);
    g_assert_cmpint(block->fd, >=, 0);
    block->host[5] = 42;
    {
        uint8_t *other =
            mmap(NULL, 0x1000, PROT_READ, MAP_SHARED, block->fd, 0);

        g_assert_true(other != MAP_FAILED);
        g_assert_cmpint(other[5], ==, 42);
        munmap(other, 0x1000);
    }
    ram_block_unref(block);

    fd = mkstemp(path);
    g_assert_cmpint(ftruncate(fd, 0x3000), ==, 0);
    block = ram_block_new("blk", 0x1000, fcntl(fd, F_DUPFD_CLOEXEC, 0), 0x2000,
                          true, false, &error_abort);
    block->host[1] = 7;
    ram_block_unref(block);
    {
        char c;

        g_assert_cmpint(pread(fd, &c, 1, 0x2001), ==, 1);
        g_assert_cmpint(c, ==, 7);
    }
    close(fd);
    unlink(path);
}

static void expect_block_error(uint64_t size, int fd, uint64_t offset,
                               const char *message)
{
    Error *err = NULL;

    g_assert_null(ram_block_new("blk", size, fd, offset, false, false, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
    if (fd >= 0) {
        g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1); /* taken over */
    }
}

static int memfd(uint64_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, size), ==, 0);
    return fd;
}

static void test_block_errors(void)
{
    expect_block_error(0, -1, 0, "memory 'blk' has size 0");
    expect_block_error(UINT64_MAX, -1, 0,
                       "cannot set up guest memory 'blk': "
                       "Cannot allocate memory");
    expect_block_error(UINT64_C(1) << 60, -1, 0,
                       "cannot set up guest memory 'blk': "
                       "Cannot allocate memory");
    expect_block_error(0x2000, memfd(0x1000), 0,
                       "blk backing store size 0x1000 is too small for 'size' "
                       "option 0x2000 plus 'offset' option 0x0");
    expect_block_error(0x1000, memfd(0x2000), 0x1001,
                       "blk backing store size 0x2000 is too small for 'size' "
                       "option 0x1000 plus 'offset' option 0x1001");
    expect_block_error(0x1000, memfd(0x2000), UINT64_MAX - 0xfff,
                       "blk backing store size 0x2000 is too small for 'size' "
                       "option 0x1000 plus 'offset' option "
                       "0xfffffffffffff000");
    expect_block_error(0x1000, memfd(0x4000), 3,
                       "unable to map backing store for guest RAM: "
                       "Invalid argument");
    expect_block_error(0x1000, open("/dev/null", O_RDWR), 0,
                       "unable to map backing store for guest RAM: "
                       "No such device");
}

#define ADD(name, fn) \
    g_test_add("/memory/guest/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("map-inside", test_map_inside);
    ADD("map-split", test_map_split);
    ADD("map-refused", test_map_refused);
    ADD("copy", test_copy);
    ADD("dirty", test_dirty);
    g_test_add_func("/memory/block/kinds", test_block_kinds);
    g_test_add_func("/memory/block/errors", test_block_errors);
    return g_test_run();
}
