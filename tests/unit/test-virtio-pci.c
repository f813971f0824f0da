/*
 * The PCI transport: what a driver finds in configuration space, and the
 * modern and legacy registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/unit/virtio-fake-pci.h"
#include "tests/unit/vring-model.h"

#define C(field) (FAKE_COMMON + VIRTIO_PCI_COMMON_##field)
#define QUEUE_RESET (FAKE_COMMON + 58)
#define RING FAKE_RAM
#define BUFS (FAKE_RAM + 1 * MiB)

/* ----------------------------------------------------------- config space */

/* The words of the header and capabilities that QEMU 11.1 shows for the same
 * options; class code, ROM and device ids aside. */
typedef struct Layout {
    const char *name, *type, *props;
    bool express;
    uint16_t device, subsystem;
    uint8_t revision, cap;
    uint32_t bar[6]; /* size mask as read back, 0: none */
    struct {
        unsigned at;
        uint32_t word;
    } words[24];
} Layout;

#define BAR_IO32 0xffffffe1
#define BAR_IO64 0xffffffc1
#define BAR_IO4 0xfffffffd
#define BAR_MSIX 0xfffff000
#define BAR_16K 0xffffc00c
#define BAR_8M 0xff80000c
#define MODERN_CAPS                                                          \
    { 0x40, 0x01100009 }, { 0x44, 4 }, { 0x48, 0 }, { 0x4c, 0x1000 },        \
    { 0x50, 0x03104009 }, { 0x54, 4 }, { 0x58, 0x1000 }, { 0x5c, 0x1000 },   \
    { 0x60, 0x04105009 }, { 0x64, 4 }, { 0x68, 0x2000 }, { 0x6c, 0x1000 },   \
    { 0x70, 0x02146009 }, { 0x74, 4 }, { 0x78, 0x3000 }

static const Layout layouts[] = {
    { "generic", FAKE_PCI_TYPE, "", false, 0x1000, 63, 0, 0x98,
      { BAR_IO64, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x7c, 0x1000 }, { 0x80, 4 }, { 0x84, 0x05147009 },
        { 0x98, 0x00038411 }, { 0x9c, 1 }, { 0xa0, 0x801 } } },
    { "transitional", FAKE_PCI_TRANSITIONAL, "", false, 0x1000, 63, 0, 0x98,
      { BAR_IO64, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x98, 0x00038411 } } },
    { "modern", FAKE_PCI_TYPE, "disable-legacy=on", false, 0x1040 + 63,
      0x1100, 1, 0x98, { 0, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x98, 0x00038411 } } },
    { "non-transitional", FAKE_PCI_NON_TRANSITIONAL, "", false, 0x1040 + 63,
      0x1100, 1, 0x98, { 0, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS } },
    { "legacy", FAKE_PCI_TYPE, "disable-modern=on", false, 0x1000, 63, 0,
      0x40, { BAR_IO64, BAR_MSIX, 0, 0, 0, 0 },
      { { 0x40, 0x00030011 }, { 0x44, 1 }, { 0x48, 0x801 } } },
    { "no-vectors", FAKE_PCI_TYPE, "vectors=0", false, 0x1000, 63, 0, 0x84,
      { BAR_IO32, 0, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x84, 0x05147009 } } },
    { "two-vectors", FAKE_PCI_TYPE, "vectors=2", false, 0x1000, 63, 0, 0x98,
      { BAR_IO64, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x98, 0x00018411 } } },
    { "page-per-vq", FAKE_PCI_TYPE, "page-per-vq=on", false, 0x1000, 63, 0,
      0x98, { BAR_IO64, BAR_MSIX, 0, 0, BAR_8M, 0xffffffff },
      { MODERN_CAPS, { 0x7c, 0x400000 }, { 0x80, 0x1000 } } },
    { "pio-notify", FAKE_PCI_TYPE, "modern-pio-notify=on", false, 0x1000, 63,
      0, 0xac, { BAR_IO64, BAR_MSIX, BAR_IO4, 0, BAR_16K, 0xffffffff },
      { MODERN_CAPS, { 0x80, 4 }, { 0x84, 0x02147009 }, { 0x88, 2 },
        { 0x8c, 0 }, { 0x90, 4 }, { 0x94, 0 }, { 0x98, 0x05148409 },
        { 0xac, 0x00039811 } } },
    { "express", FAKE_PCI_TYPE, "", true, 0x1040 + 63, 0x1100, 1, 0xdc,
      { 0, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { { 0x40, 0x00020010 }, { 0x7c, 0x00034001 }, { 0x80, 0 },
        { 0x84, 0x01107c09 }, { 0x94, 0x03108409 }, { 0xa4, 0x04109409 },
        { 0xb4, 0x0214a409 }, { 0xc8, 0x0514b409 }, { 0xdc, 0x0003c811 } } },
    { "express-legacy", FAKE_PCI_TYPE, "disable-legacy=off", true, 0x1000, 63,
      0, 0xdc, { BAR_IO64, BAR_MSIX, 0, 0, BAR_16K, 0xffffffff },
      { { 0x40, 0x00020010 }, { 0x84, 0x01107c09 } } },
};

static void test_layout(gconstpointer data)
{
    const Layout *l = data;
    FakePCI *p = fake_pci_try_new(l->type, l->props, l->express, &error_abort);

    g_assert_cmphex(cfg_read(p, PCI_VENDOR_ID, 2), ==, 0x1af4);
    g_assert_cmphex(cfg_read(p, PCI_DEVICE_ID, 2), ==, l->device);
    g_assert_cmphex(cfg_read(p, PCI_SUBSYSTEM_VENDOR_ID, 2), ==, 0x1af4);
    g_assert_cmphex(cfg_read(p, PCI_SUBSYSTEM_ID, 2), ==, l->subsystem);
    g_assert_cmphex(cfg_read(p, PCI_REVISION_ID, 1), ==, l->revision);
    g_assert_cmphex(cfg_read(p, PCI_INTERRUPT_PIN, 1), ==, 1);
    g_assert_cmphex(cfg_read(p, PCI_CAPABILITY_LIST, 1), ==, l->cap);
    for (unsigned i = 0; i < 6; i++) {
        cfg_write(p, PCI_BASE_ADDRESS_0 + 4 * i, 0xffffffff, 4);
        g_assert_cmphex(cfg_read(p, PCI_BASE_ADDRESS_0 + 4 * i, 4), ==,
                        l->bar[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(l->words) && l->words[i].at; i++) {
        g_assert_cmphex(cfg_read(p, l->words[i].at, 4), ==, l->words[i].word);
    }
    fake_pci_free(p);
}

typedef struct BadProps {
    const char *props, *message;
} BadProps;

static const BadProps bad_props[] = {
    { "disable-legacy=on,disable-modern=on",
      "device cannot work as neither modern nor legacy mode is enabled" },
    { "iommu_platform=on", "VIRTIO_F_IOMMU_PLATFORM was supported by neither "
                           "legacy nor transitional device" },
    { "packed=on", "packed=on is not supported: packed virtqueues are not "
                   "implemented, use packed=off" },
    { "ats=on", "ats=on is not supported, it must be off" },
    { "aer=on", "aer=on is not supported, it must be off" },
    { "x-ats-page-aligned=off",
      "x-ats-page-aligned=off is not supported, it must be on" },
    { "virtio-pci-bus-master-bug-migration=on",
      "virtio-pci-bus-master-bug-migration=on is not supported, it must be "
      "off" },
};

static void test_bad_props(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_props); i++) {
        Error *err = NULL;

        g_assert_null(
            fake_pci_try_new(FAKE_PCI_TYPE, bad_props[i].props, false, &err));
        g_assert_cmpstr(error_get_pretty(err), ==, bad_props[i].message);
        error_free(err);
    }
    fake_pci_free(fake_pci_new("iommu_platform=on,disable-legacy=on"));
    fake_pci_free(fake_pci_new("in_order=on"));
}

/* More vectors than there can be: a warning, and the device without. */
static void test_too_many_vectors(void)
{
    FakePCI *p = fake_pci_new("vectors=2049");

    g_assert_false(msix_present(p->pci));
    fake_pci_free(p);
}

/* --------------------------------------------------------- common config */

/* pci-select-oob: no queue is selected. Every field, every width. */
static void test_select_oob(void)
{
    static const uint16_t selects[] = { FAKE_QUEUES, 1023, 1024, 0x7fff,
                                        0xffff };
    FakePCI *p = fake_pci_new("");

    fake_pci_negotiate(p);
    for (unsigned i = 0; i < G_N_ELEMENTS(selects); i++) {
        mem_write(C(Q_SELECT), selects[i], 2);
        g_assert_cmphex(mem_read(C(Q_SELECT), 2), ==, selects[i]);
        for (unsigned field = VIRTIO_PCI_COMMON_Q_SIZE; field < 64;
             field += 2) {
            uint32_t none = field == VIRTIO_PCI_COMMON_Q_MSIX ? 0xffff : 0;

            g_assert_cmphex(mem_read(FAKE_COMMON + field, 2), ==, none);
            mem_write(FAKE_COMMON + field, 1, 2);
            mem_write(FAKE_COMMON + field, 0x10001, 4);
            g_assert_cmphex(mem_read(FAKE_COMMON + field, 2), ==, none);
        }
    }
    g_assert_false(p->fake.vdev->broken);
    for (unsigned n = 0; n < FAKE_QUEUES; n++) {
        g_assert_false(virtio_queue_enabled(p->fake.vdev, n));
        g_assert_cmpuint(virtio_queue_get_num(p->fake.vdev, n), ==,
                         FAKE_QUEUE_SIZE);
    }
    fake_pci_free(p);
}

static void test_common_fields(void)
{
    FakePCI *p = fake_pci_new("");
    VirtIODevice *vdev = p->fake.vdev;

    g_assert_cmphex(mem_read(C(NUMQ), 2), ==, FAKE_QUEUES);
    mem_write(C(DFSELECT), 1, 4);
    g_assert_cmphex(mem_read(C(DF), 4), ==,
                    virtio_get_host_features_word(vdev, 1));
    mem_write(C(DFSELECT), 2, 4);
    g_assert_cmphex(mem_read(C(DF), 4), ==, 1u << (FAKE_F_HIGH - 64));
    mem_write(C(DFSELECT), 0xffffffff, 4);
    g_assert_cmphex(mem_read(C(DFSELECT), 4), ==, 0xffffffff);
    g_assert_cmphex(mem_read(C(DF), 4), ==, 0);
    /* Read-only fields, and widths that are no field's. */
    mem_write(C(NUMQ), 7, 2);
    mem_write(C(CFGGENERATION), 7, 1);
    mem_write(C(DF), 7, 4);
    mem_write(C(Q_NOFF), 7, 2);
    mem_write(C(STATUS), 0x0301, 2);
    mem_write(C(Q_SELECT), 1, 1);
    mem_write(C(DFSELECT), 0, 2);
    mem_write(C(DFSELECT) + 1, 0, 4);
    g_assert_cmphex(mem_read(C(NUMQ), 2), ==, FAKE_QUEUES);
    g_assert_cmphex(mem_read(C(STATUS), 1), ==, 0);
    g_assert_cmphex(mem_read(C(Q_SELECT), 2), ==, 0);
    g_assert_cmphex(mem_read(C(DFSELECT), 4), ==, 0xffffffff);
    g_assert_cmpuint(vdev->ignored, >=, 8);

    fake_pci_negotiate(p);
    mem_write(C(Q_SELECT), 2, 2);
    g_assert_cmphex(mem_read(C(Q_NOFF), 2), ==, 2);
    g_assert_cmphex(mem_read(C(Q_SIZE), 2), ==, FAKE_QUEUE_SIZE);
    mem_write(C(Q_SIZE), 24, 2);
    mem_write(C(Q_SIZE), 512, 2);
    mem_write(C(Q_SIZE), 0, 2);
    g_assert_cmphex(mem_read(C(Q_SIZE), 2), ==, FAKE_QUEUE_SIZE);
    mem_write(C(Q_SIZE), 32, 2);
    g_assert_cmphex(mem_read(C(Q_SIZE), 2), ==, 32);
    /* Addresses: each half alone, and both at once. */
    mem_write(C(Q_DESCLO), RING, 4);
    mem_write(C(Q_DESCHI), 1, 4);
    g_assert_cmphex(mem_read(C(Q_DESCLO), 8), ==, 1ull << 32 | RING);
    mem_write(C(Q_DESCLO), RING, 8);
    mem_write(C(Q_AVAILLO), RING + 0x1000, 8);
    mem_write(C(Q_USEDLO), RING + 0x2000, 8);
    g_assert_cmphex(mem_read(C(Q_DESCHI), 4), ==, 0);
    /* Reads of any width are pieces of the same. */
    for (unsigned at = 0; at < 56; at++) {
        uint8_t byte = mem_read(FAKE_COMMON + at, 1);

        g_assert_cmphex(mem_read(FAKE_COMMON + at, 2) & 0xff, ==, byte);
        g_assert_cmphex(mem_read(FAKE_COMMON + at, 4) & 0xff, ==, byte);
        g_assert_cmphex(mem_read(FAKE_COMMON + at, 8) & 0xff, ==, byte);
    }
    mem_write(C(Q_ENABLE), 0, 2);
    mem_write(C(Q_ENABLE), 2, 2);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 0);
    mem_write(C(Q_ENABLE), 1, 2);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 1);
    mem_write(C(Q_ENABLE), 0, 2);
    mem_write(C(Q_SIZE), 64, 2);
    mem_write(C(Q_DESCLO), 0x123, 4);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 1);
    g_assert_cmphex(mem_read(C(Q_SIZE), 2), ==, 32);
    g_assert_cmphex(mem_read(C(Q_DESCLO), 8), ==, RING);

    /* Ring reset: all of the queue's fields go back. */
    mem_write(C(Q_MSIX), 1, 2);
    mem_write(QUEUE_RESET, 0, 2);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 1);
    mem_write(QUEUE_RESET, 1, 2);
    g_assert_cmphex(mem_read(QUEUE_RESET, 2), ==, 0);
    g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 0);
    g_assert_cmphex(mem_read(C(Q_SIZE), 2), ==, FAKE_QUEUE_SIZE);
    g_assert_cmphex(mem_read(C(Q_MSIX), 2), ==, 0xffff);
    g_assert_cmphex(mem_read(C(Q_DESCLO), 8), ==, 0);
    g_assert_cmpuint(p->fake.queue_resets, ==, 1);
    g_assert_false(vdev->broken);
    fake_pci_free(p);
}

static void test_device_config(void)
{
    FakePCI *p = fake_pci_new("");
    uint8_t generation;

    for (unsigned i = 0; i < FAKE_CONFIG_LEN; i++) {
        p->fake.config[i] = 0x10 + i;
    }
    g_assert_cmphex(mem_read(FAKE_CONFIG, 8), ==, 0x1716151413121110);
    g_assert_cmphex(mem_read(FAKE_CONFIG + 3, 2), ==, 0x1413);
    g_assert_cmphex(mem_read(FAKE_CONFIG + FAKE_CONFIG_LEN, 4), ==,
                    0xffffffff);
    generation = mem_read(C(CFGGENERATION), 1);
    g_assert_cmphex(mem_read(C(CFGGENERATION), 1), ==, generation);
    p->fake.config[0]++;
    g_assert_cmphex(mem_read(C(CFGGENERATION), 1), !=, generation);
    fake_pci_free(p);
}

/* ---------------------------------------------------------------- vectors */

static void test_vectors(void)
{
    FakePCI *p = fake_pci_new("");

    fake_pci_negotiate(p);
    mem_write(C(MSIX), FAKE_QUEUES, 2);
    g_assert_cmphex(mem_read(C(MSIX), 2), ==, FAKE_QUEUES);
    mem_write(C(MSIX), FAKE_QUEUES + 1, 2);
    g_assert_cmphex(mem_read(C(MSIX), 2), ==, 0xffff);
    mem_write(C(MSIX), 0x7fe, 2);
    g_assert_cmphex(mem_read(C(MSIX), 2), ==, 0xffff);
    for (unsigned n = 0; n < FAKE_QUEUES; n++) {
        mem_write(C(Q_SELECT), n, 2);
        mem_write(C(Q_MSIX), 0xfffe, 2);
        g_assert_cmphex(mem_read(C(Q_MSIX), 2), ==, 0xffff);
        mem_write(C(Q_MSIX), 2, 2);
        g_assert_cmphex(mem_read(C(Q_MSIX), 2), ==, 2);
    }
    mem_write(C(STATUS), 0, 1);
    for (unsigned n = 0; n < FAKE_QUEUES; n++) {
        mem_write(C(Q_SELECT), n, 2);
        g_assert_cmphex(mem_read(C(Q_MSIX), 2), ==, 0xffff);
        g_assert_cmphex(mem_read(C(Q_ENABLE), 2), ==, 0);
    }
    fake_pci_free(p);

    /* Without MSI-X there is nothing to map to. */
    p = fake_pci_new("vectors=0");
    mem_write(C(MSIX), 0, 2);
    g_assert_cmphex(mem_read(C(MSIX), 2), ==, 0xffff);
    fake_pci_free(p);
}

/* ----------------------------------------------------------------- legacy */

static void test_legacy_registers(void)
{
    FakePCI *p = fake_pci_new("");
    VirtIODevice *vdev = p->fake.vdev;
    const unsigned b = FAKE_BAR0;
    uint32_t offer = io_read(b + VIRTIO_PCI_HOST_FEATURES, 4);

    g_assert_cmphex(offer, ==, virtio_get_legacy_features(vdev));
    for (unsigned i = 0; i < FAKE_CONFIG_LEN; i++) {
        p->fake.config[i] = 0x20 + i;
    }
    io_write(b + VIRTIO_PCI_STATUS, 3, 1);
    io_write(b + VIRTIO_PCI_GUEST_FEATURES, offer, 4);
    g_assert_cmphex(vdev->guest_features.w[0], ==, offer);
    /* Device configuration: at 20, at 24 while MSI-X is on, any width. */
    for (int msix = 0; msix < 3; msix++) {
        unsigned at = b + (msix == 1 ? 24 : 20);

        fake_pci_msix_enable(p, msix == 1);
        g_assert_cmphex(io_read(at, 4), ==, 0x23222120);
        g_assert_cmphex(io_read(at + 1, 2), ==, 0x2221);
        g_assert_cmphex(io_read(at + 3, 1), ==, 0x23);
        io_write(at, 0x20 + msix, 1);
        g_assert_cmphex(p->fake.config[0], ==, 0x20 + msix);
        p->fake.config[0] = 0x20;
        if (msix == 1) {
            io_write(b + VIRTIO_MSI_CONFIG_VECTOR, 1, 2);
            g_assert_cmphex(io_read(b + VIRTIO_MSI_CONFIG_VECTOR, 2), ==, 1);
            io_write(b + VIRTIO_MSI_QUEUE_VECTOR, 99, 2);
            g_assert_cmphex(io_read(b + VIRTIO_MSI_QUEUE_VECTOR, 2), ==,
                            0xffff);
        }
    }
    io_write(b + VIRTIO_PCI_QUEUE_SEL, FAKE_QUEUES, 2);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_NUM, 2), ==, 0);
    io_write(b + VIRTIO_PCI_QUEUE_PFN, RING >> 12, 4);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_PFN, 4), ==, 0);
    io_write(b + VIRTIO_PCI_QUEUE_SEL, 1, 2);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_NUM, 2), ==,
                    FAKE_QUEUE_SIZE);
    /* The whole header in other widths, without side effects. */
    vdev->isr = 1;
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_NOTIFY, 4), ==, 0x01030000);
    g_assert_cmphex(vdev->isr, ==, 1);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_ISR, 1), ==, 1);
    g_assert_cmphex(vdev->isr, ==, 0);
    io_write(b + VIRTIO_PCI_STATUS, 0x0707, 2);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_STATUS, 1), ==, 3);
    fake_pci_free(p);
}

/* A driver that never sets bus mastering, nor FEATURES_OK. */
static void test_legacy_driver(void)
{
    FakePCI *p = fake_pci_new("");
    const unsigned b = FAKE_BAR0;
    VirtQueueElement *e;
    struct vring vr;

    cfg_write(p, PCI_COMMAND, PCI_COMMAND_IO, 2);
    io_write(b + VIRTIO_PCI_STATUS, 3, 1);
    io_write(b + VIRTIO_PCI_GUEST_FEATURES, 0, 4);
    io_write(b + VIRTIO_PCI_QUEUE_SEL, 1, 2);
    memset(fake_ptr(&p->fake, RING), 0, 64 * KiB);
    io_write(b + VIRTIO_PCI_QUEUE_PFN, RING >> 12, 4);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_PFN, 4), ==, RING >> 12);
    io_write(b + VIRTIO_PCI_STATUS, 7, 1);
    g_assert_cmphex(cfg_read(p, PCI_COMMAND, 2), ==,
                    PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    vring_init(&vr, FAKE_QUEUE_SIZE, fake_ptr(&p->fake, RING), 4096);
    vring_model_set_desc(&vr.desc[0], BUFS, 8, VRING_DESC_F_WRITE, 0);
    vr.avail->idx = GUINT16_TO_LE(1);
    io_write(b + VIRTIO_PCI_QUEUE_NOTIFY, 77, 2);
    io_write(b + VIRTIO_PCI_QUEUE_NOTIFY, 1, 2);
    g_assert_cmpuint(p->fake.handled[1], ==, 1);
    e = virtqueue_pop(virtio_get_queue(p->fake.vdev, 1));
    g_assert_nonnull(e);
    virtqueue_push(virtio_get_queue(p->fake.vdev, 1), e, 8);
    virtio_notify(p->fake.vdev, virtio_get_queue(p->fake.vdev, 1));
    g_assert_true(fake_pci_intx());
    g_assert_cmphex(io_read(b + VIRTIO_PCI_ISR, 1), ==, 1);
    g_assert_false(fake_pci_intx());
    g_assert_cmphex(io_read(b + VIRTIO_PCI_ISR, 1), ==, 0);
    io_write(b + VIRTIO_PCI_STATUS, 0, 1);
    g_assert_cmphex(io_read(b + VIRTIO_PCI_QUEUE_PFN, 4), ==, 0);
    fake_pci_free(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_pci_init();
    for (unsigned i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autofree char *path =
            g_strdup_printf("/virtio/pci/layout/%s", layouts[i].name);

        g_test_add_data_func(path, &layouts[i], test_layout);
    }
    g_test_add_func("/virtio/pci/bad-props", test_bad_props);
    g_test_add_func("/virtio/pci/too-many-vectors", test_too_many_vectors);
    g_test_add_func("/virtio/pci/pci-select-oob", test_select_oob);
    g_test_add_func("/virtio/pci/common-fields", test_common_fields);
    g_test_add_func("/virtio/pci/device-config", test_device_config);
    g_test_add_func("/virtio/pci/vectors", test_vectors);
    g_test_add_func("/virtio/pci/legacy-registers", test_legacy_registers);
    g_test_add_func("/virtio/pci/legacy-driver", test_legacy_driver);
    return g_test_run();
}
