/*
 * See pci-test-board.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"
#include "util/option.h"

static uint32_t irq_levels;

#define BOARD_TIMER_PIN (1u << 2)

/* ---------------------------------------------------------------- device */

static uint64_t bar_read(TestPCI *t, int bar, hwaddr addr, unsigned size)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)(bar << 4 | ((addr + i) & 0xf)) << (i * 8);
    }
    return v;
}

static uint64_t io_read(void *opaque, hwaddr addr, unsigned size)
{
    return bar_read(opaque, 0, addr, size);
}

static uint64_t mem2_read(void *opaque, hwaddr addr, unsigned size)
{
    return bar_read(opaque, 2, addr, size);
}

static uint64_t mem4_read(void *opaque, hwaddr addr, unsigned size)
{
    return bar_read(opaque, 4, addr, size);
}

static void any_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    TestPCI *t = opaque;

    t->last_write = data;
}

static const MemoryRegionOps io_ops = {.read = io_read, .write = any_write};
static const MemoryRegionOps mem2_ops = {.read = mem2_read, .write = any_write};
static const MemoryRegionOps mem4_ops = {.read = mem4_read, .write = any_write};

static void test_pci_destroy_regions(TestPCI *t)
{
    memory_region_destroy(&t->io);
    memory_region_destroy(&t->mem);
    memory_region_destroy(&t->mem64);
}

static void test_pci_realize(PCIDevice *dev, Error **errp)
{
    TestPCI *t = TEST_PCI(dev);

    memory_region_init_io(&t->io, OBJECT(t), &io_ops, t, "io", 32);
    memory_region_init_io(&t->mem, OBJECT(t), &mem2_ops, t, "mem", 4096);
    memory_region_init_io(&t->mem64, OBJECT(t), &mem4_ops, t, "mem64", 65536);
    pci_register_bar(dev, 0, PCI_BASE_ADDRESS_SPACE_IO, &t->io);
    pci_register_bar(dev, 2, PCI_BASE_ADDRESS_SPACE_MEMORY, &t->mem);
    pci_register_bar(dev, 4,
                     PCI_BASE_ADDRESS_SPACE_MEMORY |
                         PCI_BASE_ADDRESS_MEM_TYPE_64 |
                         PCI_BASE_ADDRESS_MEM_PREFETCH,
                     &t->mem64);
    dev->config[PCI_INTERRUPT_PIN] = 1;
    if (t->fail) {
        error_setg(errp, "test device told to fail");
        test_pci_destroy_regions(t);
        return;
    }
    if (t->vectors && msix_init_exclusive_bar(dev, t->vectors, 1, errp) < 0) {
        test_pci_destroy_regions(t);
        return;
    }
    if (t->express) {
        pcie_endpoint_cap_init(dev, 0, &error_abort);
        pci_pm_init(dev, 0, &error_abort);
    }
}

static void test_pci_exit(PCIDevice *dev)
{
    msix_uninit_exclusive_bar(dev);
    test_pci_destroy_regions(TEST_PCI(dev));
}

static void test_pci_reset(DeviceState *qdev)
{
    TEST_PCI(qdev)->resets++;
}

static const Property test_pci_props[] = {
    DEFINE_PROP_UINT32("vectors", TestPCI, vectors, TEST_PCI_VECTORS),
    DEFINE_PROP_BOOL("express", TestPCI, express, false),
    DEFINE_PROP_BOOL("fail", TestPCI, fail, false),
};

static void test_pci_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = test_pci_realize;
    k->exit = test_pci_exit;
    k->vendor_id = 0x1234;
    k->device_id = 0x5678;
    k->class_id = PCI_CLASS_NETWORK_ETHERNET;
    DEVICE_CLASS(klass)->reset = test_pci_reset;
    device_class_set_props(DEVICE_CLASS(klass), test_pci_props);
}

static const InterfaceInfo test_pci_interfaces[] = {
    {INTERFACE_PCIE_DEVICE},
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo test_pci_types[] = {
    {
        .name = TYPE_TEST_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(TestPCI),
        .class_init = test_pci_class_init,
        .interfaces = test_pci_interfaces,
    },
};
DEFINE_TYPES(test_pci_types)

/* ----------------------------------------------------------------- board */

static void irq_tap(void *opaque, int n, int level)
{
    irq_levels = level ? irq_levels | 1u << n : irq_levels & ~(1u << n);
}

uint32_t board_irq_levels(void)
{
    return irq_levels & ~BOARD_TIMER_PIN;
}

bool board_timer_level(void)
{
    return irq_levels & BOARD_TIMER_PIN;
}

void board_step(int64_t ns)
{
    qemu_clock_warp(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + ns);
}

PCMachineState *board_start(const char *name, uint64_t ram)
{
    MachineState *ms =
        machine_new(machine_find_class_or_error(name, &error_abort));

    if (!qemu_get_aio_context()) {
        g_assert_true(qemu_init_main_loop(&error_abort));
    }
    qemu_clock_set_manual(true);
    qemu_clock_enable_virtual(true);
    ms->ram_size = ram;
    machine_run_board_init(ms, &error_abort);
    irq_levels = 0;
    g_assert_true(qdev_intercept_gpio_in(DEVICE(PC_MACHINE(ms)->irqs.ioapic), NULL,
                                         irq_tap, NULL));
    machine_reset(ms);
    return PC_MACHINE(ms);
}

void board_stop(void)
{
    machine_free(current_machine);
    user_creatable_cleanup();
    g_assert_null(pci_find_primary_bus());
}

TestPCI *test_pci_new(PCIBus *bus, const char *addr, const char *props,
                      Error **errp)
{
    g_autofree char *device =
        g_strdup_printf("%s,bus=%s%s%s%s%s", TYPE_TEST_PCI, BUS(bus)->name,
                        addr ? ",addr=" : "", addr ? addr : "",
                        props ? "," : "", props ? props : "");
    json_t *opts = keyval_parse(device, "driver", NULL, &error_abort);
    DeviceState *dev = qdev_device_add_from_json(opts, true, errp);

    json_decref(opts);
    return dev ? TEST_PCI(dev) : NULL;
}

DeviceState *board_add(const char *device)
{
    json_t *opts = keyval_parse(device, "driver", NULL, &error_abort);
    DeviceState *dev = qdev_device_add_from_json(opts, true, &error_abort);

    json_decref(opts);
    return dev;
}

PCIBus *board_bus(const char *name)
{
    return PCI_BUS(qbus_find(name, &error_abort));
}

/* ---------------------------------------------------------------- access */

uint64_t mem_read(uint64_t addr, unsigned len)
{
    return address_space_ld(&address_space_memory, addr, len, NULL);
}

void mem_write(uint64_t addr, uint64_t val, unsigned len)
{
    address_space_st(&address_space_memory, addr, val, len, NULL);
}

uint64_t port_read(uint16_t port, unsigned len)
{
    return address_space_ld(&address_space_io, port, len, NULL);
}

void port_write(uint16_t port, uint64_t val, unsigned len)
{
    address_space_st(&address_space_io, port, val, len, NULL);
}

uint32_t cfg_read(int bus, int devfn, int reg, unsigned len)
{
    port_write(0xcf8, 0x80000000u | bus << 16 | devfn << 8 | (reg & 0xfc), 4);
    return port_read(0xcfc + (reg & 3), len);
}

void cfg_write(int bus, int devfn, int reg, uint32_t val, unsigned len)
{
    port_write(0xcf8, 0x80000000u | bus << 16 | devfn << 8 | (reg & 0xfc), 4);
    port_write(0xcfc + (reg & 3), val, len);
}

void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}
