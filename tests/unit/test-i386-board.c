/*
 * The boards pc, q35 and none: memory layout, options, fw_cfg, CMOS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/vm-info.h"
#include "pci-test-board.h"

/* ---------------------------------------------------------------- memory */

static void expect_ram(uint64_t addr, bool present)
{
    g_assert_cmpint(guest_memory_map(address_space_memory.view, addr, 1,
                                     GUEST_MEMORY_WRITE) != NULL,
                    ==, present);
}

static void test_ram_split(void)
{
    static const struct {
        const char *machine;
        uint64_t ram, max_low, low;
    } cases[] = {
        {"pc", 128 * MiB, 0, 128 * MiB},
        {"pc", 3400 * MiB, 0, 3400 * MiB},
        {"pc", 3584 * MiB, 0, 3 * GiB},
        {"pc", 5000 * MiB, 0, 3 * GiB},
        {"pc", 3000 * MiB, 1 * GiB, 1 * GiB},
        {"q35", 2000 * MiB, 0, 2000 * MiB},
        {"q35", 2500 * MiB, 0, 2500 * MiB},
        {"q35", 2816 * MiB, 0, 2 * GiB},
        {"q35", 5000 * MiB, 0, 2 * GiB},
        {"q35", 2000 * MiB, 1 * GiB, 1 * GiB},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        PCMachineState *pc = board_start(cases[i].machine, 8 * MiB);
        uint64_t high;

        MACHINE(pc)->ram_size = cases[i].ram;
        pc->max_ram_below_4g = cases[i].max_low;
        g_assert_true(pc_split_ram(pc, &error_abort));
        high = cases[i].ram - cases[i].low;
        g_assert_cmphex(pc->below_4g_mem_size, ==, cases[i].low);
        g_assert_cmphex(pc->above_4g_mem_size, ==, high);
        board_stop();
    }
}

/* RAM is mapped lazily by the host: the sizes cost nothing. */
static void test_ram_map(void)
{
    board_start("q35", 5 * GiB);
    expect_ram(0, true);
    expect_ram(0x9ffff, true);
    expect_ram(0xa0000, false); /* VGA's hole */
    expect_ram(0xbffff, false);
    expect_ram(0xc0000, true);
    expect_ram(2 * GiB - 1, true);
    expect_ram(2 * GiB, false);
    expect_ram(4 * GiB - 1, false);
    expect_ram(4 * GiB, true);
    expect_ram(7 * GiB - 1, true);
    expect_ram(7 * GiB, false);
    mem_write(4 * GiB, 0x1234, 4);
    g_assert_cmphex(mem_read(4 * GiB, 4), ==, 0x1234);
    g_assert_cmphex(mem_read(2 * GiB, 4), ==, 0xffffffff);
    board_stop();
}

static void test_none(void)
{
    MachineState *ms = machine_new(machine_find_class("none"));

    machine_run_board_init(ms, &error_abort);
    expect_ram(0, false);
    g_assert_null(pci_find_primary_bus());
    machine_free(ms);

    ms = machine_new(machine_find_class("none"));
    ms->ram_size = MiB;
    machine_run_board_init(ms, &error_abort);
    expect_ram(MiB - 1, true);
    expect_ram(MiB, false);
    machine_free(ms);
    user_creatable_cleanup();
    expect_ram(0, false);
}

/* --------------------------------------------------------------- options */

static void test_classes(void)
{
    MachineClass *mc = machine_find_class("pc");

    g_assert_cmpstr(mc->name, ==, "pc-i440fx-11.1");
    g_assert_true(machine_default_class() == mc);
    g_assert_true(machine_find_class("pc-i440fx-11.1") == mc);
    g_assert_cmpstr(machine_find_class("q35")->name, ==, "pc-q35-11.1");
    g_assert_cmpint(machine_find_class("q35")->max_cpus, ==, 4096);
    g_assert_cmpint(mc->max_cpus, ==, 255);
    g_assert_nonnull(machine_find_class("none"));
}

static void test_options(void)
{
    static const struct {
        const char *name, *value, *error;
    } cases[] = {
        {"hpet", "off", NULL},
        {"vmport", "off", NULL},
        {"vmport", "auto", NULL},
        {"smbus", "off", NULL},
        {"sata", "off", NULL},
        {"i8042", "off", NULL},
        {"smm", "off", NULL},
        {"pit", "off", NULL},
        {"acpi", "auto", NULL},
        {"pic", "off", NULL},
        {"usb", "off", NULL},
        {"dump-guest-core", "off", NULL},
        {"max-ram-below-4g", "2G", NULL},
        {"hpet", "on",
         "hpet=on is not supported: machine "
         "'pc-i440fx-11.1' has no HPET"},
        {"vmport", "on",
         "vmport=on is not supported: machine "
         "'pc-i440fx-11.1' has no vmport"},
        {"max-ram-below-4g", "5G",
         "Machine option "
         "'max-ram-below-4g=5368709120' expects size less than or equal to "
         "4G"},
        {"foo", "on", "Property 'pc-i440fx-11.1-machine.foo' not found"},
        {"smm", "maybe", "Parameter 'smm' does not accept value 'maybe'"},
    };
    MachineState *ms = machine_new(machine_find_class("pc"));
    Error *err = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool ok = object_property_parse(OBJECT(ms), cases[i].name,
                                        cases[i].value, &err);

        g_assert_cmpint(ok, ==, !cases[i].error);
        if (!ok) {
            expect_error(err, cases[i].error);
            err = NULL;
        }
    }
    ms->usb = true;
    g_assert_false(machine_run_board_init(ms, &err));
    expect_error(err, "usb=on is not supported: machine 'pc-i440fx-11.1' has "
                      "no USB controller");
    machine_free(ms);
    user_creatable_cleanup();
}

/* ---------------------------------------------------------------- fw_cfg */

static void fw_cfg_read(uint16_t key, void *buf, size_t len)
{
    uint8_t *p = buf;

    port_write(0x510, key, 2);
    while (len--) {
        *p++ = port_read(0x511, 1);
    }
}

static uint64_t fw_cfg_int(uint16_t key)
{
    uint8_t buf[8];

    fw_cfg_read(key, buf, sizeof(buf));
    return ldq_le_p(buf);
}

static void test_fw_cfg(void)
{
    uint8_t dir[4 + 64 + 8], e820[48];

    vm_info_set_uuid("00112233-4455-6677-8899-aabbccddeeff");
    board_start("pc", 3584 * MiB);
    g_assert_cmphex(fw_cfg_int(FW_CFG_SIGNATURE), ==, 0x554d4551);
    g_assert_cmphex(fw_cfg_int(FW_CFG_ID), ==, 3);
    g_assert_cmphex(fw_cfg_int(FW_CFG_RAM_SIZE), ==, 3584 * MiB);
    g_assert_cmphex(fw_cfg_int(FW_CFG_NB_CPUS), ==, 1);
    g_assert_cmphex(fw_cfg_int(FW_CFG_MAX_CPUS), ==, 1);
    g_assert_cmphex(fw_cfg_int(FW_CFG_UUID), ==, 0x7766554433221100);
    g_assert_cmphex(fw_cfg_int(0x7777), ==, 0);
    g_assert_cmphex(fw_cfg_int(0x08), ==, 0); /* no kernel */
    fw_cfg_read(FW_CFG_FILE_DIR, dir, sizeof(dir));
    g_assert_cmpint(ldl_be_p(dir), ==, 1);
    g_assert_cmpint(ldl_be_p(dir + 4), ==, 40);
    g_assert_cmpstr((char *)dir + 12, ==, "etc/e820");
    g_assert_cmphex(dir[68], ==, 0); /* past the end */
    fw_cfg_read(ldw_be_p(dir + 8), e820, sizeof(e820));
    g_assert_cmphex(ldq_le_p(e820), ==, 0);
    g_assert_cmphex(ldq_le_p(e820 + 8), ==, 3 * GiB);
    g_assert_cmphex(ldq_le_p(e820 + 20), ==, 4 * GiB);
    g_assert_cmphex(ldq_le_p(e820 + 28), ==, 512 * MiB);
    /* A byte does not select, writes change nothing, other sizes are refused.
     */
    port_write(0x510, FW_CFG_SIGNATURE, 2);
    port_write(0x510, 3, 1);
    port_write(0x511, 0xff, 1);
    g_assert_cmphex(port_read(0x511, 1), ==, 'Q');
    machine_reset(current_machine);
    g_assert_cmphex(port_read(0x511, 1), ==, 'Q');
    board_stop();
}

static uint32_t fw_cfg_dma(uint32_t control, uint32_t length, uint64_t addr)
{
    uint8_t req[16];

    stl_be_p(req, control);
    stl_be_p(req + 4, length);
    stq_be_p(req + 8, addr);
    address_space_write(&address_space_memory, 0x1000, req, sizeof(req));
    port_write(0x514, 0, 4);
    port_write(0x518, GUINT32_TO_BE(0x1000), 4);
    address_space_read(&address_space_memory, 0x1000, req, 4);
    return ldl_be_p(req);
}

static void test_fw_cfg_dma(void)
{
    board_start("pc", 16 * MiB);
    g_assert_cmphex(port_read(0x514, 4), ==, 0x554d4551);
    g_assert_cmphex(port_read(0x518, 4), ==, 0x47464320);
    mem_write(0x2000, UINT64_MAX, 8);
    g_assert_cmphex(fw_cfg_dma(FW_CFG_SIGNATURE << 16 | 0x0a, 8, 0x2000), ==,
                    0);
    g_assert_cmphex(mem_read(0x2000, 8), ==, 0x554d4551);
    /* Select, skip one, read two. */
    g_assert_cmphex(fw_cfg_dma(FW_CFG_SIGNATURE << 16 | 0x0c, 1, 0), ==, 0);
    g_assert_cmphex(fw_cfg_dma(0x02, 2, 0x2000), ==, 0);
    g_assert_cmphex(mem_read(0x2000, 2), ==, 0x4d45);
    g_assert_cmphex(fw_cfg_dma(0x04, UINT32_MAX, 0), ==, 0);
    /* Writing is refused; so is memory that is not there; a request that is
     * not there goes nowhere. */
    g_assert_cmphex(fw_cfg_dma(0x10, 4, 0x2000), ==, 1);
    g_assert_cmphex(fw_cfg_dma(0x02, UINT32_MAX, UINT64_C(1) << 40), ==, 1);
    g_assert_cmphex(fw_cfg_dma(0x02, 0x10000, 16 * MiB - 16), ==, 1);
    g_assert_cmphex(fw_cfg_dma(0x02, 16, UINT64_MAX - 4), ==, 1);
    port_write(0x514, UINT32_MAX, 4);
    port_write(0x518, UINT32_MAX, 4);
    board_stop();
}

/* ------------------------------------------------------------------ CMOS */

static uint8_t cmos(int index)
{
    port_write(0x70, index, 1);
    return port_read(0x71, 1);
}

static void test_cmos(void)
{
    board_start("pc", 3584 * MiB);
    g_assert_cmphex(cmos(0x15) | cmos(0x16) << 8, ==, 640);
    g_assert_cmphex(cmos(0x17) | cmos(0x18) << 8, ==, 0xffff);
    g_assert_cmphex(cmos(0x34) | cmos(0x35) << 8, ==,
                    (3 * GiB - 16 * MiB) / (64 * KiB));
    g_assert_cmphex(cmos(0x5b) | cmos(0x5c) << 8 | cmos(0x5d) << 16, ==,
                    512 * MiB / (64 * KiB));
    g_assert_cmphex(cmos(0x0d), ==, 0x80);
    g_assert_cmphex(cmos(0x32), ==, 0x20);       /* this century */
    g_assert_cmphex(cmos(0x95), ==, cmos(0x15)); /* bit 7: NMI */
    port_write(0x70, 0x40, 1);
    port_write(0x71, 0x5a, 1);
    machine_reset(current_machine);
    g_assert_cmphex(cmos(0x40), ==, 0x5a);
    board_stop();
    board_start("pc", 512 * KiB);
    g_assert_cmphex(cmos(0x15) | cmos(0x16) << 8, ==, 512);
    g_assert_cmphex(cmos(0x17) | cmos(0x18) << 8, ==, 0);
    board_stop();
}

static void test_unassigned(void)
{
    board_start("pc", 16 * MiB);
    g_assert_cmphex(port_read(0x1234, 1), ==, 0xff);
    g_assert_cmphex(port_read(0x1234, 2), ==, 0xffff);
    g_assert_cmphex(port_read(0x1234, 4), ==, 0xffffffff);
    port_write(0x1234, 0, 4);
    g_assert_cmphex(mem_read(0xd0000000, 8), ==, UINT64_MAX);
    board_stop();
}

/* Port 0xcf9 lies inside the configuration address port. */
static void test_reset_control(void)
{
    board_start("q35", 16 * MiB);
    port_write(0xcf8, 0x80000000, 4);
    port_write(0xcf9, 0x02, 1);
    g_assert_cmphex(port_read(0xcf9, 1), ==, 0x02);
    g_assert_cmphex(port_read(0xcf8, 4), ==, 0x80000000);
    port_write(0xcf8, 0x8000f800, 4);
    g_assert_cmphex(port_read(0xcf9, 1), ==, 0x02);
    g_assert_cmphex(port_read(0xcfc, 4), ==, 0x29188086);
    machine_reset(current_machine);
    g_assert_cmphex(port_read(0xcf9, 1), ==, 0);
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/board/ram-split", test_ram_split);
    g_test_add_func("/i386/board/ram-map", test_ram_map);
    g_test_add_func("/i386/board/none", test_none);
    g_test_add_func("/i386/board/classes", test_classes);
    g_test_add_func("/i386/board/options", test_options);
    g_test_add_func("/i386/board/fw-cfg", test_fw_cfg);
    g_test_add_func("/i386/board/fw-cfg-dma", test_fw_cfg_dma);
    g_test_add_func("/i386/board/cmos", test_cmos);
    g_test_add_func("/i386/board/unassigned", test_unassigned);
    g_test_add_func("/i386/board/reset-control", test_reset_control);
    return g_test_run();
}
