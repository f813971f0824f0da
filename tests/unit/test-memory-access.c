/*
 * Memory: single and long accesses, and what register handlers get to see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory.h"
#include "util/bswap.h"

/* A device of 16 bytes that remembers how it was called. */
typedef struct Regs {
    MemoryRegion mr;
    MemoryRegionOps ops;
    uint8_t bytes[16];
    GString *log;
    /* What a write makes the device do: access this address by DMA. */
    AddressSpace *dma_as;
    hwaddr dma_addr;
    MemTxResult dma_result;
    uint64_t dma_value;
} Regs;

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned size)
{
    Regs *r = opaque;

    g_assert_cmpuint(addr + size, <=, sizeof(r->bytes));
    g_string_append_printf(r->log, "r%x/%u ", (unsigned)addr, size);
    return ldn_le_p(r->bytes + addr, size);
}

static void regs_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Regs *r = opaque;

    g_assert_cmpuint(addr + size, <=, sizeof(r->bytes));
    g_string_append_printf(r->log, "w%x/%u=%" PRIx64 " ", (unsigned)addr, size,
                           data);
    stn_le_p(r->bytes + addr, size, data);
    if (r->dma_as) {
        AddressSpace *as = r->dma_as;

        r->dma_as = NULL;
        r->dma_value = address_space_ld(as, r->dma_addr, 4, &r->dma_result);
        address_space_st(as, r->dma_addr, 0x55555555, 4, NULL);
    }
}

#define BASE 0x1000

typedef struct Fixture {
    MemoryRegion root;
    AddressSpace as;
    Regs r;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    memory_region_init(&f->root, NULL, "root", UINT64_MAX);
    address_space_init(&f->as, &f->root, "test");
    f->r = (Regs){.ops = {.read = regs_read, .write = regs_write}};
    f->r.log = g_string_new(NULL);
    for (int i = 0; i < 16; i++) {
        f->r.bytes[i] = 0xa0 + i;
    }
    memory_region_init_io(&f->r.mr, NULL, &f->r.ops, &f->r, "regs", 16);
    memory_region_add_subregion(&f->root, BASE, &f->r.mr);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    memory_region_destroy(&f->r.mr);
    address_space_destroy(&f->as);
    memory_region_destroy(&f->root);
    g_string_free(f->r.log, true);
}

#define assert_log(r, expected) \
    do { \
        g_assert_cmpstr((r)->log->str, ==, expected); \
        g_string_truncate((r)->log, 0); \
    } while (0)

static void expect_read(Fixture *f, hwaddr addr, unsigned size,
                        MemTxResult result, uint64_t value)
{
    uint64_t data;

    g_assert_cmpint(memory_region_dispatch_read(&f->r.mr, addr, &data, size),
                    ==, result);
    if (result == MEMTX_OK) {
        g_assert_cmphex(data, ==, value);
    } else {
        g_assert_cmphex(~data & MAKE_64BIT_MASK(0, MIN(size, 8) * 8), ==, 0);
    }
}

static void test_plain(Fixture *f, gconstpointer data)
{
    expect_read(f, 0, 1, MEMTX_OK, 0xa0);
    expect_read(f, 2, 2, MEMTX_OK, 0xa3a2);
    expect_read(f, 4, 4, MEMTX_OK, 0xa7a6a5a4);
    expect_read(f, 8, 8, MEMTX_OK, 0xafaeadacabaaa9a8);
    assert_log(&f->r, "r0/1 r2/2 r4/4 r8/8 ");
    /* The handler sees no more bits than the access has. */
    g_assert_cmpint(memory_region_dispatch_write(&f->r.mr, 1, 0x1234, 1), ==,
                    MEMTX_OK);
    assert_log(&f->r, "w1/1=34 ");
}

/* Hazards CVE-2020-13754, CVE-2015-7549: every offset, every size. */
static void test_bounds(Fixture *f, gconstpointer data)
{
    static const unsigned sizes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16};

    f->r.ops.valid.unaligned = true;
    f->r.ops.impl.unaligned = true;
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        unsigned size = sizes[i];

        for (hwaddr addr = 0; addr < 40; addr++) {
            bool ok = is_power_of_2(size) && size <= 8 && addr + size <= 16;
            uint64_t v;

            g_assert_cmpint(
                memory_region_dispatch_write(&f->r.mr, addr, 0, size), ==,
                ok ? MEMTX_OK : MEMTX_ERROR);
            g_assert_cmpint(
                memory_region_dispatch_read(&f->r.mr, addr, &v, size), ==,
                ok ? MEMTX_OK : MEMTX_ERROR);
        }
    }
    g_string_truncate(f->r.log, 0);
    expect_read(f, UINT64_MAX, 1, MEMTX_ERROR, 0);
    expect_read(f, UINT64_MAX - 3, 8, MEMTX_ERROR, 0);
    assert_log(&f->r, "");
}

static void test_valid(Fixture *f, gconstpointer data)
{
    f->r.ops.valid.min_access_size = 2;
    f->r.ops.valid.max_access_size = 4;
    expect_read(f, 0, 1, MEMTX_ERROR, 0);
    expect_read(f, 0, 8, MEMTX_ERROR, 0);
    expect_read(f, 1, 2, MEMTX_ERROR, 0); /* unaligned */
    expect_read(f, 2, 4, MEMTX_ERROR, 0);
    assert_log(&f->r, "");
    expect_read(f, 2, 2, MEMTX_OK, 0xa3a2);
    assert_log(&f->r, "r2/2 ");
}

static void test_split(Fixture *f, gconstpointer data)
{
    f->r.ops.impl.max_access_size = 2;
    expect_read(f, 8, 8, MEMTX_OK, 0xafaeadacabaaa9a8);
    assert_log(&f->r, "r8/2 ra/2 rc/2 re/2 ");
    memory_region_dispatch_write(&f->r.mr, 0, 0x44332211, 4);
    assert_log(&f->r, "w0/2=2211 w2/2=4433 ");
    /* Unaligned for the guest, never for the handler. */
    f->r.ops.valid.unaligned = true;
    memory_region_dispatch_write(&f->r.mr, 1, 0x44332211, 4);
    assert_log(&f->r, "w1/1=11 w2/2=3322 w4/1=44 ");
}

static void test_widen(Fixture *f, gconstpointer data)
{
    f->r.ops.impl.min_access_size = 4;
    f->r.ops.impl.max_access_size = 4;
    expect_read(f, 6, 1, MEMTX_OK, 0xa6);
    assert_log(&f->r, "r4/4 ");
    memory_region_dispatch_write(&f->r.mr, 6, 0x1122, 2);
    assert_log(&f->r, "r4/4 w4/4=1122a5a4 ");
    expect_read(f, 0, 8, MEMTX_OK, 0x1122a5a4a3a2a1a0);
    assert_log(&f->r, "r0/4 r4/4 ");
    f->r.ops.valid.unaligned = true;
    expect_read(f, 3, 2, MEMTX_OK, 0xa4a3);
    assert_log(&f->r, "r0/4 r4/4 ");
    /* The word around the last bytes is not in the region. */
    memory_region_set_size(&f->r.mr, 14);
    expect_read(f, 12, 2, MEMTX_ERROR, 0);
    g_assert_cmpint(memory_region_dispatch_write(&f->r.mr, 12, 0, 2), ==,
                    MEMTX_ERROR);
    assert_log(&f->r, "");
}

/* A long access is cut to what the region takes. */
static void test_space_pieces(Fixture *f, gconstpointer data)
{
    uint8_t buf[20];
    MemTxResult res;

    f->r.ops.valid.max_access_size = 4;
    g_assert_cmpint(address_space_read(&f->as, BASE + 1, buf, 13), ==,
                    MEMTX_OK);
    assert_log(&f->r, "r1/1 r2/2 r4/4 r8/4 rc/2 ");
    g_assert_cmpmem(buf, 13, f->r.bytes + 1, 13);
    g_assert_cmphex(address_space_ld(&f->as, BASE, 8, &res), ==,
                    0xa7a6a5a4a3a2a1a0);
    g_assert_cmpint(res, ==, MEMTX_OK);
    assert_log(&f->r, "r0/4 r4/4 ");
    address_space_st(&f->as, BASE + 4, 0x1122334455667788, 8, &res);
    assert_log(&f->r, "w4/4=55667788 w8/4=11223344 ");
    /* Beyond the region there is nothing. */
    g_assert_cmpint(address_space_read(&f->as, BASE + 14, buf, 6), ==,
                    MEMTX_DECODE_ERROR);
    assert_log(&f->r, "re/2 ");
    g_assert_cmpmem(buf, 6, "\xae\xaf\xff\xff\xff\xff", 6);
    /* Nor is a word made longer than what is left of an odd one. */
    memory_region_set_size(&f->r.mr, 3);
    g_assert_cmpint(address_space_read(&f->as, BASE, buf, 4), ==,
                    MEMTX_DECODE_ERROR);
    assert_log(&f->r, "r0/2 r2/1 ");
    g_assert_cmphex(address_space_ld(&f->as, 0x999, 3, &res), ==, UINT64_MAX);
    g_assert_cmpint(res, ==, MEMTX_ERROR);
}

/* Registers decode whole words, also below another region. */
static void test_space_covered_register(Fixture *f, gconstpointer data)
{
    Regs top = {.ops = {.read = regs_read, .write = regs_write}};

    top.log = g_string_new(NULL);
    memory_region_init_io(&top.mr, NULL, &top.ops, &top, "top", 1);
    memory_region_add_subregion_overlap(&f->root, BASE + 1, &top.mr, 1);
    address_space_st(&f->as, BASE, 0x80001234, 4, NULL);
    assert_log(&f->r, "w0/4=80001234 ");
    assert_log(&top, "");
    address_space_st(&f->as, BASE + 1, 6, 1, NULL);
    assert_log(&top, "w0/1=6 ");
    assert_log(&f->r, "");
    memory_region_destroy(&top.mr);
    g_string_free(top.log, true);
}

static void test_space_ram(Fixture *f, gconstpointer data)
{
    MemoryRegion ram, rom;
    uint8_t *host;
    uint8_t buf[64], back[64];
    MemTxResult res;

    memory_region_init_ram(&ram, NULL, "ram", 0x1000, &error_abort);
    memory_region_init_rom(&rom, NULL, "rom", 0x1000, &error_abort);
    memory_region_add_subregion(&f->root, 0x10000, &ram);
    memory_region_add_subregion(&f->root, 0x11000, &rom);
    host = memory_region_get_ram_ptr(&ram);
    for (int i = 0; i < 64; i++) {
        buf[i] = i;
    }
    /* RAM, then ROM, which refuses. */
    g_assert_cmpint(address_space_write(&f->as, 0x11000 - 32, buf, 64), ==,
                    MEMTX_ERROR);
    g_assert_cmpmem(host + 0x1000 - 32, 32, buf, 32);
    g_assert_cmpint(address_space_read(&f->as, 0x11000 - 32, back, 64), ==,
                    MEMTX_OK);
    g_assert_cmpmem(back, 32, buf, 32);
    g_assert_cmpuint(back[32], ==, 0);
    /* A hole, registers, a hole. */
    g_assert_cmpint(address_space_write(&f->as, BASE - 24, buf, 64), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmpmem(f->r.bytes, 16, buf + 24, 16);

    for (unsigned size = 1; size <= 8; size *= 2) {
        for (hwaddr addr = 0x10ff0; addr < 0x11000 - size; addr++) {
            uint64_t v = 0x8877665544332211 + addr;

            address_space_st(&f->as, addr, v, size, &res);
            g_assert_cmpint(res, ==, MEMTX_OK);
            g_assert_cmphex(address_space_ld(&f->as, addr, size, &res), ==,
                            v & MAKE_64BIT_MASK(0, size * 8));
            g_assert_cmphex(ldn_le_p(host + addr - 0x10000, size), ==,
                            v & MAKE_64BIT_MASK(0, size * 8));
        }
    }
    address_space_st(&f->as, 0x11000, 1, 4, &res);
    g_assert_cmpint(res, ==, MEMTX_ERROR);
    memory_region_destroy(&ram);
    memory_region_destroy(&rom);
}

static void test_space_wrap(Fixture *f, gconstpointer data)
{
    uint8_t buf[32];

    memset(buf, 0, sizeof(buf));
    g_assert_cmpint(address_space_read(&f->as, UINT64_MAX - 7, buf, 32), ==,
                    MEMTX_DECODE_ERROR);
    for (int i = 0; i < 32; i++) {
        g_assert_cmphex(buf[i], ==, 0xff);
    }
    g_assert_cmpint(address_space_write(&f->as, UINT64_MAX, buf, 32), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmpint(address_space_read(&f->as, 0, buf, 0), ==, MEMTX_OK);
}

/* Hazard class F: the device's DMA hits its own registers, or a sibling
 * region of the same owner, or another device. */
static void test_reentrancy(Fixture *f, gconstpointer data)
{
    Regs other = {.ops = {.read = regs_read, .write = regs_write}};
    Object owner = {0};

    other.log = g_string_new(NULL);
    memory_region_init_io(&other.mr, &owner, &other.ops, &other, "other", 16);
    memory_region_add_subregion(&f->root, 0x2000, &other.mr);

    f->r.dma_as = &f->as;
    f->r.dma_addr = BASE + 8;
    address_space_st(&f->as, BASE, 1, 4, NULL);
    assert_log(&f->r, "w0/4=1 ");
    g_assert_cmpint(f->r.dma_result, ==, MEMTX_ERROR);
    g_assert_cmphex(f->r.dma_value, ==, 0xffffffff);

    f->r.dma_as = &f->as;
    f->r.dma_addr = 0x2000;
    address_space_st(&f->as, BASE, 1, 4, NULL);
    assert_log(&f->r, "w0/4=1 ");
    assert_log(&other, "r0/4 w0/4=55555555 ");
    g_assert_cmpint(f->r.dma_result, ==, MEMTX_OK);

    f->r.mr.owner = &owner;
    f->r.dma_as = &f->as;
    address_space_st(&f->as, BASE, 1, 4, NULL);
    assert_log(&f->r, "w0/4=1 ");
    assert_log(&other, "");
    g_assert_cmpint(f->r.dma_result, ==, MEMTX_ERROR);

    other.mr.disable_reentrancy_guard = true;
    f->r.dma_as = &f->as;
    address_space_st(&f->as, BASE, 1, 4, NULL);
    assert_log(&other, "r0/4 w0/4=55555555 ");
    /* And afterwards it can be called again. */
    address_space_st(&f->as, BASE, 2, 4, NULL);
    assert_log(&f->r, "w0/4=1 w0/4=2 ");

    f->r.mr.owner = NULL;
    memory_region_destroy(&other.mr);
    g_string_free(other.log, true);
}

static void test_eventfd(Fixture *f, gconstpointer data)
{
    EventNotifier any, exact;

    event_notifier_init(&any, false);
    event_notifier_init(&exact, false);
    memory_region_add_eventfd(&f->r.mr, 0, 0, false, 0, &any);
    memory_region_add_eventfd(&f->r.mr, 4, 2, true, 0x1234, &exact);
    address_space_st(&f->as, BASE, 77, 4, NULL);
    g_assert_true(event_notifier_test_and_clear(&any));
    assert_log(&f->r, "");
    address_space_st(&f->as, BASE + 4, 0x1234, 4, NULL);
    address_space_st(&f->as, BASE + 4, 0x1235, 2, NULL);
    g_assert_false(event_notifier_test_and_clear(&exact));
    assert_log(&f->r, "w4/4=1234 w4/2=1235 ");
    address_space_st(&f->as, BASE + 4, 0x1234, 2, NULL);
    g_assert_true(event_notifier_test_and_clear(&exact));
    assert_log(&f->r, "");
    address_space_ld(&f->as, BASE, 1, NULL);
    g_assert_false(event_notifier_test_and_clear(&any));
    memory_region_del_eventfd(&f->r.mr, 0, 0, false, 0, &any);
    memory_region_del_eventfd(&f->r.mr, 4, 2, true, 0x1234, &exact);
    address_space_st(&f->as, BASE + 4, 0x1234, 2, NULL);
    g_assert_false(event_notifier_test_and_clear(&exact));
    event_notifier_cleanup(&any);
    event_notifier_cleanup(&exact);
}

/* A handler that moves its own region away in the middle of a transfer. */
static void move_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    memory_region_set_address(&((Regs *)opaque)->mr, 0x8000);
}

static void test_moved_while_writing(Fixture *f, gconstpointer data)
{
    uint8_t buf[16] = {0};

    f->r.ops.write = move_write;
    f->r.ops.valid.max_access_size = 4;
    g_assert_cmpint(address_space_write(&f->as, BASE, buf, 16), ==,
                    MEMTX_DECODE_ERROR);
    g_assert_cmpuint(f->as.view->ranges[0].addr, ==, 0x8000);
}

#define ADD(name, fn) \
    g_test_add("/memory/access/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("plain", test_plain);
    ADD("bounds", test_bounds);
    ADD("valid", test_valid);
    ADD("split", test_split);
    ADD("widen", test_widen);
    ADD("space/pieces", test_space_pieces);
    ADD("space/covered-register", test_space_covered_register);
    ADD("space/ram", test_space_ram);
    ADD("space/wrap", test_space_wrap);
    ADD("space/moved-while-writing", test_moved_while_writing);
    ADD("reentrancy", test_reentrancy);
    ADD("eventfd", test_eventfd);
    return g_test_run();
}
