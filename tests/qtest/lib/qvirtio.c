/*
 * Both virtio PCI transports from the driver's side (virtio 1.4, 4.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qvirtio.h"

static void find_regions(QVirtio *v)
{
    uint8_t pos = 0;

    v->common.bar = v->notify.bar = v->isr.bar = v->config.bar = -1;
    while ((pos = qpci_find_capability(&v->pci, PCI_CAP_ID_VNDR, pos))) {
        QVirtioRegion r = {
            .bar = qpci_config_read(&v->pci, pos + 4, 1),
            .offset = qpci_config_read(&v->pci, pos + 8, 4),
            .length = qpci_config_read(&v->pci, pos + 12, 4),
        };

        switch (qpci_config_read(&v->pci, pos + 3, 1)) {
        case VIRTIO_PCI_CAP_COMMON_CFG:
            v->common = r;
            break;
        case VIRTIO_PCI_CAP_NOTIFY_CFG:
            v->notify = r;
            v->notify_multiplier = qpci_config_read(&v->pci, pos + 16, 4);
            break;
        case VIRTIO_PCI_CAP_ISR_CFG:
            v->isr = r;
            break;
        case VIRTIO_PCI_CAP_DEVICE_CFG:
            v->config = r;
            break;
        case VIRTIO_PCI_CAP_PCI_CFG:
            v->pci_cfg_cap = pos;
            break;
        }
    }
}

void qvirtio_init(QVirtio *v, QTestState *qts, uint8_t bus, uint8_t devfn,
                  bool legacy, bool msix)
{
    memset(v, 0, sizeof(*v));
    qpci_device_init(&v->pci, qts, bus, devfn);
    g_assert_cmphex(qpci_config_read(&v->pci, PCI_VENDOR_ID, 2), ==, 0x1af4);
    qpci_device_enable(&v->pci);
    v->legacy = legacy;
    find_regions(v);
    if (legacy) {
        g_assert_true(v->pci.bars[0].is_io);
    } else {
        g_assert_cmpint(v->common.bar, >=, 0);
    }
    if (msix) {
        qpci_msix_enable(&v->pci);
    }
}

uint64_t qvirtio_common_read(QVirtio *v, unsigned offset, unsigned size)
{
    return qpci_bar_read(&v->pci, v->common.bar, v->common.offset + offset,
                         size);
}

void qvirtio_common_write(QVirtio *v, unsigned offset, uint64_t val,
                          unsigned size)
{
    qpci_bar_write(&v->pci, v->common.bar, v->common.offset + offset, val,
                   size);
}

static unsigned legacy_config_offset(QVirtio *v)
{
    return VIRTIO_PCI_CONFIG_OFF(v->pci.msix_vectors != 0);
}

uint64_t qvirtio_config_read(QVirtio *v, unsigned offset, unsigned size)
{
    if (v->legacy) {
        return qpci_bar_read(&v->pci, 0, legacy_config_offset(v) + offset,
                             size);
    }
    return qpci_bar_read(&v->pci, v->config.bar, v->config.offset + offset,
                         size);
}

void qvirtio_config_write(QVirtio *v, unsigned offset, uint64_t val,
                          unsigned size)
{
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, legacy_config_offset(v) + offset, val,
                       size);
        return;
    }
    qpci_bar_write(&v->pci, v->config.bar, v->config.offset + offset, val,
                   size);
}

uint8_t qvirtio_get_status(QVirtio *v)
{
    return v->legacy ? qpci_bar_read(&v->pci, 0, VIRTIO_PCI_STATUS, 1)
                     : qvirtio_common_read(v, VIRTIO_PCI_COMMON_STATUS, 1);
}

void qvirtio_set_status(QVirtio *v, uint8_t status)
{
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, VIRTIO_PCI_STATUS, status, 1);
    } else {
        qvirtio_common_write(v, VIRTIO_PCI_COMMON_STATUS, status, 1);
    }
}

void qvirtio_add_status(QVirtio *v, uint8_t bits)
{
    qvirtio_set_status(v, qvirtio_get_status(v) | bits);
}

void qvirtio_reset(QVirtio *v)
{
    qvirtio_set_status(v, 0);
    for (int i = 0; qvirtio_get_status(v) != 0; i++) {
        g_assert_cmpint(i, <, 1000);
    }
    v->features = 0;
}

uint64_t qvirtio_get_features(QVirtio *v)
{
    uint64_t low;

    if (v->legacy) {
        return qpci_bar_read(&v->pci, 0, VIRTIO_PCI_HOST_FEATURES, 4);
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_DFSELECT, 0, 4);
    low = qvirtio_common_read(v, VIRTIO_PCI_COMMON_DF, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_DFSELECT, 1, 4);
    return low | qvirtio_common_read(v, VIRTIO_PCI_COMMON_DF, 4) << 32;
}

bool qvirtio_negotiate(QVirtio *v, uint64_t features)
{
    qvirtio_reset(v);
    qvirtio_add_status(v, 1);
    qvirtio_add_status(v, 2);
    features &= qvirtio_get_features(v);
    v->features = features;
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, VIRTIO_PCI_GUEST_FEATURES, features, 4);
        return true;
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GFSELECT, 0, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GF, (uint32_t)features, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GFSELECT, 1, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GF, features >> 32, 4);
    qvirtio_add_status(v, 8);
    return qvirtio_get_status(v) & 8;
}

void qvirtio_driver_ok(QVirtio *v)
{
    qvirtio_add_status(v, 4);
}

uint8_t qvirtio_read_isr(QVirtio *v)
{
    return v->legacy ? qpci_bar_read(&v->pci, 0, VIRTIO_PCI_ISR, 1)
                     : qpci_bar_read(&v->pci, v->isr.bar, v->isr.offset, 1);
}
