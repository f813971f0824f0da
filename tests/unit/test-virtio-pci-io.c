/*
 * The PCI transport in use: kicks and interrupts of every kind, the
 * configuration access window, random accesses, and what happens when reset
 * or unplug come in the middle.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/unit/virtio-fake-pci.h"
#include "tests/unit/vring-model.h"
#include "util/bswap.h"

#define C(field) (FAKE_COMMON + VIRTIO_PCI_COMMON_##field)
#define RING FAKE_RAM
#define BUFS (FAKE_RAM + 1 * MiB)
#define MSGS (FAKE_RAM + 2 * MiB)
#define NUM 16

/* Uses one chain of queue n, as the device. */
static void echo(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq))) {
        virtqueue_push(vq, e, 4);
        virtio_notify(vdev, vq);
    }
}

/* From power on to DRIVER_OK, all by registers; queue n is m's. */
static void start(FakePCI *p, VRingModel *m, unsigned n)
{
    uint64_t used;

    p->fake.handler = echo;
    fake_pci_negotiate(p);
    vring_model_layout(m, &p->fake, n, NUM, RING);
    used = RING + ((uint8_t *)m->vr.used - (uint8_t *)m->vr.desc);
    mem_write(C(Q_SELECT), n, 2);
    mem_write(C(Q_SIZE), NUM, 2);
    mem_write(C(Q_DESCLO), RING, 8);
    mem_write(C(Q_AVAILLO), RING + 16 * NUM, 8);
    mem_write(C(Q_USEDLO), used, 8);
    mem_write(C(Q_ENABLE), 1, 2);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 1);
    mem_write(C(STATUS), 0xf, 1);
    g_assert_cmphex(mem_read(C(STATUS), 1), ==, 0xf);
}

static void add(VRingModel *m)
{
    ModelSg sg = { BUFS, 8, true };

    vring_model_set_used_event(m, m->last_used);
    vring_model_add(m, &sg, 1, 0, 0, 0);
    vring_model_publish(m);
}

static void run_loop(void)
{
    while (aio_poll(qemu_get_aio_context(), false)) {
        continue;
    }
}

static uint32_t take_msg(unsigned v)
{
    uint32_t data = mem_read(MSGS + 4 * v, 4);

    mem_write(MSGS + 4 * v, 0, 4);
    return data;
}

/* ------------------------------------------------------------- interrupts */

static void test_msix(void)
{
    FakePCI *p = fake_pci_new("");
    VRingModel m;

    for (unsigned v = 0; v <= FAKE_QUEUES; v++) {
        fake_pci_vector(v, MSGS + 4 * v, 0x4000 + v);
        mem_write(MSGS + 4 * v, 0, 4);
    }
    fake_pci_msix_enable(p, true);
    start(p, &m, 1);
    mem_write(C(MSIX), 0, 2);
    mem_write(C(Q_MSIX), 3, 2);
    add(&m);
    mem_write(FAKE_NOTIFY + 4 * 1, 1, 2);
    g_assert_cmpuint(p->fake.handled[1], ==, 1);
    g_assert_cmphex(take_msg(3), ==, 0x4003);
    g_assert_cmphex(take_msg(0), ==, 0);
    g_assert_false(fake_pci_intx());
    /* ISR tells of the configuration only. */
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 0);
    virtio_notify_config(p->fake.vdev);
    g_assert_cmphex(take_msg(0), ==, 0x4000);
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 2);
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 0);
    /* One vector for everything. */
    mem_write(C(MSIX), 3, 2);
    virtio_notify_config(p->fake.vdev);
    g_assert_cmphex(take_msg(3), ==, 0x4003);
    /* None. */
    mem_write(C(MSIX), 0xffff, 2);
    mem_write(C(Q_MSIX), 0xffff, 2);
    virtio_notify_config(p->fake.vdev);
    add(&m);
    mem_write(FAKE_NOTIFY + 4 * 1, 1, 2);
    g_assert_cmpuint(p->fake.handled[1], ==, 2);
    for (unsigned v = 0; v <= FAKE_QUEUES; v++) {
        g_assert_cmphex(take_msg(v), ==, 0);
    }
    g_assert_false(fake_pci_intx());
    fake_pci_free(p);
}

static void test_intx(void)
{
    FakePCI *p = fake_pci_new("");
    VRingModel m;

    start(p, &m, 0);
    add(&m);
    mem_write(FAKE_NOTIFY, 0, 2);
    g_assert_true(fake_pci_intx());
    g_assert_cmphex(cfg_read(p, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    virtio_notify_config(p->fake.vdev);
    g_assert_true(fake_pci_intx());
    /* While MSI-X is on the pin rests; ISR keeps what it has. */
    fake_pci_msix_enable(p, true);
    g_assert_false(fake_pci_intx());
    fake_pci_msix_enable(p, false);
    g_assert_true(fake_pci_intx());
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 3);
    g_assert_false(fake_pci_intx());
    g_assert_cmphex(cfg_read(p, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, ==, 0);
    /* Disabled in the command register. */
    cfg_write(p, PCI_COMMAND, cfg_read(p, PCI_COMMAND, 2) |
                                  PCI_COMMAND_INTX_DISABLE, 2);
    virtio_notify_config(p->fake.vdev);
    g_assert_false(fake_pci_intx());
    cfg_write(p, PCI_COMMAND, cfg_read(p, PCI_COMMAND, 2) &
                                  ~PCI_COMMAND_INTX_DISABLE, 2);
    g_assert_true(fake_pci_intx());
    /* Reset lets go of it. */
    mem_write(C(STATUS), 0, 1);
    g_assert_false(fake_pci_intx());
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 0);
    fake_pci_free(p);
}

/* An error: status, ISR and the pin tell. */
static void test_needs_reset(void)
{
    FakePCI *p = fake_pci_new("");
    VRingModel m;

    start(p, &m, 0);
    m.avail_idx += NUM + 1;
    vring_model_publish(&m);
    mem_write(FAKE_NOTIFY, 0, 2);
    g_assert_cmphex(mem_read(C(STATUS), 1), ==, 0x4f);
    g_assert_true(fake_pci_intx());
    g_assert_cmphex(mem_read(FAKE_ISR, 1), ==, 2);
    start(p, &m, 0);
    add(&m);
    mem_write(FAKE_NOTIFY, 0, 2);
    g_assert_true(vring_model_get_used(&m, NULL, NULL));
    fake_pci_free(p);
}

/* ------------------------------------------------------------------ kicks */

static void test_kicks(gconstpointer props)
{
    FakePCI *p = fake_pci_new(props);
    bool pio = strstr(props, "pio"), page = strstr(props, "page");
    uint64_t door = FAKE_NOTIFY + 2 * (page ? 4096 : 4);
    unsigned want = 0;
    uint64_t ignored;
    VRingModel m;

    start(p, &m, 2);
    mem_write(door, 2, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[2], ==, ++want);
    /* Another queue's number, 32 bits: the address decides. */
    mem_write(door, 1, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[2], ==, ++want);
    mem_write(door, 2, 4);
    run_loop();
    g_assert_cmpuint(p->fake.handled[2], ==, ++want);
    if (pio) {
        io_write(FAKE_BAR2, 2, 2);
        run_loop();
        g_assert_cmpuint(p->fake.handled[2], ==, ++want);
    }
    /* The legacy doorbell is there too. */
    io_write(FAKE_BAR0 + VIRTIO_PCI_QUEUE_NOTIFY, 2, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[2], ==, ++want);

    ignored = p->fake.vdev->ignored;
    mem_write(door, FAKE_QUEUES, 2);
    mem_write(door, 0xffff, 2);
    mem_write(door, 2, 1);
    mem_write(door + 2, 2, 2);
    mem_write(FAKE_NOTIFY + FAKE_QUEUES * (page ? 4096 : 4), 0, 2);
    io_write(FAKE_BAR0 + VIRTIO_PCI_QUEUE_NOTIFY, FAKE_QUEUES, 2);
    run_loop();
    g_assert_cmpuint(p->fake.vdev->ignored, ==, ignored + 6);
    if (pio) {
        io_write(FAKE_BAR2, FAKE_QUEUES, 2);
        io_write(FAKE_BAR2, 2, 1);
        io_write(FAKE_BAR2 + 2, 2, 2);
        run_loop();
        g_assert_cmpuint(p->fake.vdev->ignored, ==, ignored + 9);
    }
    g_assert_cmpuint(p->fake.handled[2], ==, want);
    g_assert_cmpuint(p->fake.handled[0] + p->fake.handled[1], ==, 0);
    /* After reset a doorbell rings nobody. */
    mem_write(C(STATUS), 0, 1);
    mem_write(door, 2, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[2], ==, want);
    fake_pci_free(p);
}

/* Reset, stop of the VM, loss of bus mastering and unplug while a doorbell
 * is rung and not yet heard. */
static void test_kick_under_way(void)
{
    FakePCI *p = fake_pci_new("ioeventfd=on");
    VRingModel m;

    start(p, &m, 0);
    add(&m);
    mem_write(FAKE_NOTIFY, 0, 2);
    mem_write(C(STATUS), 0, 1);
    run_loop();
    g_assert_cmpuint(p->fake.handled[0], ==, 0);

    start(p, &m, 0);
    mem_write(FAKE_NOTIFY, 0, 2);
    vm_state_notify(false);
    run_loop();
    g_assert_cmpuint(p->fake.handled[0], ==, 0);
    vm_state_notify(true);
    run_loop();
    g_assert_cmpuint(p->fake.handled[0], ==, 1);

    mem_write(FAKE_NOTIFY, 0, 2);
    cfg_write(p, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[0], ==, 1);
    cfg_write(p, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    run_loop();
    g_assert_cmpuint(p->fake.handled[0], ==, 2);
    g_assert_false(p->fake.vdev->broken);

    mem_write(FAKE_NOTIFY, 0, 2);
    fake_pci_free(p);
    run_loop();
}

/* System reset: everything as after power on, and it works again. */
static void test_system_reset(void)
{
    FakePCI *p = fake_pci_new("ioeventfd=on");
    VRingModel m;

    for (unsigned i = 0; i < 3; i++) {
        start(p, &m, 0);
        mem_write(C(Q_MSIX), 1, 2);
        fake_pci_msix_enable(p, true);
        add(&m);
        mem_write(FAKE_NOTIFY, 0, 2);
        run_loop();
        g_assert_true(vring_model_get_used(&m, NULL, NULL));
        if (i == 1) {
            device_cold_reset(&p->pci->qdev);
        } else {
            qemu_devices_reset();
        }
        g_assert_cmphex(p->fake.vdev->status, ==, 0);
        g_assert_false(virtio_queue_enabled(p->fake.vdev, 0));
        g_assert_false(p->fake.vdev->broken);
        fake_pci_map(p);
        g_assert_cmphex(mem_read(C(STATUS), 1), ==, 0);
        g_assert_cmphex(mem_read(C(Q_MSIX), 2), ==, 0xffff);
        g_assert_cmpuint(p->fake.vdev->errors, ==, 0);
    }
    fake_pci_free(p);
}

/* --------------------------------------------------------------- the window */

static uint32_t window_read(FakePCI *p, unsigned bar, uint32_t offset,
                            uint32_t length)
{
    unsigned cap = p->proxy->config_cap;

    cfg_write(p, cap + 4, bar, 1);
    cfg_write(p, cap + 8, offset, 4);
    cfg_write(p, cap + 12, length, 4);
    return cfg_read(p, cap + 16, length == 1 || length == 2 ? length : 4);
}

static void window_write(FakePCI *p, unsigned bar, uint32_t offset,
                         uint32_t length, uint32_t val)
{
    unsigned cap = p->proxy->config_cap;

    cfg_write(p, cap + 4, bar, 1);
    cfg_write(p, cap + 8, offset, 4);
    cfg_write(p, cap + 12, length, 4);
    cfg_write(p, cap + 16, val, 4);
}

static void test_window(void)
{
    FakePCI *p =
        fake_pci_try_new(FAKE_PCI_TYPE, "modern-pio-notify=on", false,
                         &error_abort);
    unsigned cap = p->proxy->config_cap;
    uint32_t head = cfg_read(p, cap, 4);
    uint64_t ignored;

    /* With no BAR mapped at all. */
    for (unsigned i = 0; i < 4; i++) {
        p->fake.config[i] = 0x61 + i;
    }
    g_assert_cmphex(window_read(p, 4, 0x2000, 4), ==, 0x64636261);
    g_assert_cmphex(window_read(p, 4, 0x2002, 2), ==, 0x6463);
    g_assert_cmphex(window_read(p, 4, 0x2001, 1), ==, 0x62);
    g_assert_cmphex(window_read(p, 4, VIRTIO_PCI_COMMON_NUMQ, 2), ==,
                    FAKE_QUEUES);
    window_write(p, 4, VIRTIO_PCI_COMMON_STATUS, 1, 1);
    g_assert_cmphex(p->fake.vdev->status, ==, 1);
    window_write(p, 4, VIRTIO_PCI_COMMON_STATUS, 1, 3);
    g_assert_cmphex(window_read(p, 4, VIRTIO_PCI_COMMON_STATUS, 1), ==, 3);
    p->fake.vdev->isr = 2;
    g_assert_cmphex(window_read(p, 4, 0x1000, 1), ==, 2);
    g_assert_cmphex(p->fake.vdev->isr, ==, 0);

    /* Not aligned, no size, no such place: nothing, and the data stays. */
    window_write(p, 4, 0x2000, 0, 0xabcd1234);
    ignored = p->fake.vdev->ignored;
    g_assert_cmphex(window_read(p, 4, 0x2001, 4), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x2002, 4), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x2000, 0), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x2000, 3), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x2000, 8), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x2000, 0xffffffff), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0xfffffffc, 4), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 4, 0x4000, 4), ==, 0xabcd1234);
    g_assert_cmphex(window_read(p, 2, 4, 4), ==, 0xabcd1234);
    for (unsigned bar = 0; bar < 256; bar++) {
        if (bar != 4 && bar != 2) {
            g_assert_cmphex(window_read(p, bar, 0, 4), ==, 0xabcd1234);
            window_write(p, bar, 0x14, 1, 0);
            window_write(p, bar, 0, 4, 0xabcd1234);
        }
    }
    g_assert_cmphex(p->fake.vdev->status, ==, 3);
    g_assert_cmpuint(p->fake.vdev->ignored, >, ignored);
    g_assert_cmphex(cfg_read(p, cap, 4), ==, head);
    /* The capability's own head is read-only. */
    cfg_write(p, cap, 0xffffffff, 4);
    g_assert_cmphex(cfg_read(p, cap, 4), ==, head);
    fake_pci_free(p);
}

/* -------------------------------------------------------------- anything */

/* bar-fuzz-1-2-4-8: all offsets, all widths, read and written with all sorts
 * of values; then the device still works. */
static void fuzz_range(uint64_t base, unsigned size, bool io)
{
    static const uint64_t vals[] = { 0, 1, 2, 3, 0xf, 0xff, 0xffff, RING,
                                     UINT64_MAX, 0x80000000 };

    for (unsigned at = 0; at < size; at++) {
        for (unsigned width = 1; width <= (io ? 4 : 8); width *= 2) {
            if (at + width > size) {
                continue;
            }
            for (unsigned i = 0; i < G_N_ELEMENTS(vals); i++) {
                if (io) {
                    io_read(base + at, width);
                    io_write(base + at, vals[i], width);
                } else {
                    mem_read(base + at, width);
                    mem_write(base + at, vals[i], width);
                }
            }
        }
    }
}

static void test_bar_fuzz(void)
{
    FakePCI *p = fake_pci_new("modern-pio-notify=on,ioeventfd=on");
    VRingModel m;

    for (unsigned round = 0; round < 3; round++) {
        fuzz_range(FAKE_BAR0, 64, true);
        fuzz_range(FAKE_BAR2, 4, true);
        fuzz_range(FAKE_COMMON, 80, false);
        fuzz_range(FAKE_ISR, 16, false);
        fuzz_range(FAKE_CONFIG, 32, false);
        fuzz_range(FAKE_NOTIFY, 64, false);
        fuzz_range(FAKE_NOTIFY + 4090, 6, false);
        fuzz_range(FAKE_BAR1, 4096, false);
        run_loop();
        /* In between it is somewhere in the middle of things. */
        if (round == 0) {
            start(p, &m, 1);
        }
    }
    g_assert_cmpuint(p->fake.mmio_accesses, ==, 0);
    cfg_write(p, PCI_COMMAND, 0, 2);
    fake_pci_map(p);
    start(p, &m, 1);
    add(&m);
    mem_write(FAKE_NOTIFY + 4, 1, 2);
    run_loop();
    g_assert_true(vring_model_get_used(&m, NULL, NULL));
    fake_pci_free(p);
}

/* Random register writes, a legacy and a modern driver at once, with random
 * rings below: nothing crashes, nothing leaves RAM. */
static void test_random(void)
{
    FakePCI *p = fake_pci_new("ioeventfd=on");
    VRingModel m;

    p->fake.handler = echo;
    for (unsigned i = 0; i < 64 * KiB / 8; i++) {
        stq_le_p(fake_ptr(&p->fake, RING + 8 * i), g_test_rand_int() & 0x3ff);
    }
    for (unsigned step = 0; step < 200000; step++) {
        unsigned width = 1u << g_test_rand_int_range(0, 3);
        uint64_t val = g_test_rand_bit() ? g_test_rand_int_range(0, 16)
                                         : g_test_rand_int();

        switch (g_test_rand_int_range(0, 8)) {
        case 0:
            io_write(FAKE_BAR0 + g_test_rand_int_range(0, 32), val, width);
            break;
        case 1:
            io_write(FAKE_BAR0 + VIRTIO_PCI_QUEUE_PFN,
                     g_test_rand_bit() ? RING >> 12 : val, 4);
            break;
        case 2:
            mem_write(FAKE_NOTIFY + g_test_rand_int_range(0, 16), val, width);
            break;
        case 3:
            cfg_write(p, PCI_COMMAND, val & 7, 2);
            break;
        case 4:
            run_loop();
            break;
        case 5:
            mem_write(C(STATUS), val & 0xf, 1);
            break;
        default:
            mem_write(FAKE_COMMON + g_test_rand_int_range(0, 64), val, width);
        }
    }
    cfg_write(p, PCI_COMMAND, 0, 2);
    fake_pci_map(p);
    fake_pci_msix_enable(p, false);
    start(p, &m, 1);
    add(&m);
    mem_write(FAKE_NOTIFY + 4, 1, 2);
    run_loop();
    g_assert_true(vring_model_get_used(&m, NULL, NULL));
    fake_pci_free(p);
}

/* Unplug in the middle of everything, many times over. */
static void test_plug_unplug(void)
{
    for (unsigned i = 0; i < 20; i++) {
        FakePCI *p = fake_pci_try_new(FAKE_PCI_TYPE, "ioeventfd=on", i & 1,
                                      &error_abort);
        VRingModel m;

        if (!(i & 1)) {
            fake_pci_map(p);
            start(p, &m, 0);
            p->fake.handler = NULL;
            add(&m);
            add(&m);
            g_assert_nonnull(virtqueue_pop(m.vq));
            virtio_notify_config(p->fake.vdev);
        }
        fake_pci_free(p);
        g_assert_false(fake_pci_intx());
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_pci_init();
    g_test_add_func("/virtio/pci/msix", test_msix);
    g_test_add_func("/virtio/pci/intx", test_intx);
    g_test_add_func("/virtio/pci/needs-reset", test_needs_reset);
    g_test_add_data_func("/virtio/pci/kicks/plain", "", test_kicks);
    g_test_add_data_func("/virtio/pci/kicks/ioeventfd", "ioeventfd=on",
                         test_kicks);
    g_test_add_data_func("/virtio/pci/kicks/page-per-vq",
                         "ioeventfd=on,page-per-vq=on", test_kicks);
    g_test_add_data_func("/virtio/pci/kicks/pio", "modern-pio-notify=on",
                         test_kicks);
    g_test_add_data_func("/virtio/pci/kicks/pio-ioeventfd",
                         "modern-pio-notify=on,ioeventfd=on", test_kicks);
    g_test_add_func("/virtio/pci/kick-under-way", test_kick_under_way);
    g_test_add_func("/virtio/pci/system-reset", test_system_reset);
    g_test_add_func("/virtio/pci/config-access-window", test_window);
    g_test_add_func("/virtio/pci/bar-fuzz-1-2-4-8", test_bar_fuzz);
    g_test_add_func("/virtio/pci/random", test_random);
    g_test_add_func("/virtio/pci/plug-unplug", test_plug_unplug);
    return g_test_run();
}
