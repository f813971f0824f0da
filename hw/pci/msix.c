/*
 * MSI-X: see msix.h.
 *
 * The table and the pending bits are kept as the guest sees them. A vector is
 * masked by its own bit, by the function mask, or because MSI-X is off;
 * whatever changes one of these compares the vector's state before and after,
 * so that a message that became pending goes out exactly once, and the owner
 * of an irqfd hears of each transition.
 *
 * Both regions take aligned accesses of 4 and 8 bytes only, which is what the
 * specification asks of software; writes to the pending bits are dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci-internal.h"
#include "trace/trace-hw-pci.h"

#define MSIX_MIN_BAR_SIZE 4096
/* Where the pending bits are unless the table needs the room. */
#define MSIX_MIN_PBA_OFFSET (MSIX_MIN_BAR_SIZE / 2)

static uint8_t *msix_entry(PCIDevice *dev, unsigned vector)
{
    return dev->msix_table + vector * PCI_MSIX_ENTRY_SIZE;
}

static uint16_t msix_control(const PCIDevice *dev)
{
    return ldw_le_p(dev->config + dev->msix_cap + PCI_MSIX_FLAGS);
}

bool msix_present(const PCIDevice *dev)
{
    return dev->msix_cap != 0;
}

bool msix_enabled(const PCIDevice *dev)
{
    return msix_present(dev) && (msix_control(dev) & PCI_MSIX_FLAGS_ENABLE);
}

unsigned msix_nr_vectors_allocated(const PCIDevice *dev)
{
    return dev->msix_entries_nr;
}

MSIMessage msix_get_message(PCIDevice *dev, unsigned vector)
{
    const uint8_t *e = msix_entry(dev, vector);

    return (MSIMessage){
        .address = ldq_le_p(e + PCI_MSIX_ENTRY_LOWER_ADDR),
        .data = ldl_le_p(e + PCI_MSIX_ENTRY_DATA),
    };
}

static bool msix_entry_masked(PCIDevice *dev, unsigned vector)
{
    return msix_entry(dev, vector)[PCI_MSIX_ENTRY_VECTOR_CTRL] &
           PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

bool msix_is_masked(PCIDevice *dev, unsigned vector)
{
    return vector >= dev->msix_entries_nr || dev->msix_function_masked ||
           msix_entry_masked(dev, vector);
}

/* --------------------------------------------------------------- pending */

bool msix_is_pending(PCIDevice *dev, unsigned vector)
{
    return vector < dev->msix_entries_nr &&
           (dev->msix_pba[vector / 8] & (1u << (vector % 8)));
}

static void msix_set_pending(PCIDevice *dev, unsigned vector)
{
    trace_msix_pending(dev->name, vector);
    dev->msix_pba[vector / 8] |= 1u << (vector % 8);
}

static void msix_clear_pending(PCIDevice *dev, unsigned vector)
{
    dev->msix_pba[vector / 8] &= ~(1u << (vector % 8));
}

static void msix_send(PCIDevice *dev, unsigned vector)
{
    MSIMessage msg = msix_get_message(dev, vector);

    trace_msix_send(dev->name, vector, msg.address, msg.data);
    pci_msi_send(dev, msg.address, msg.data);
}

void msix_notify(PCIDevice *dev, unsigned vector)
{
    if (vector >= dev->msix_entries_nr || !dev->msix_entry_used[vector] ||
        !msix_enabled(dev)) {
        return;
    }
    if (msix_is_masked(dev, vector)) {
        msix_set_pending(dev, vector);
    } else {
        msix_send(dev, vector);
    }
}

/* --------------------------------------------------------------- masking */

static void msix_notifier_use(PCIDevice *dev, unsigned vector)
{
    if (dev->msix_notifier && !dev->msix_entry_notified[vector]) {
        dev->msix_entry_notified[vector] =
            dev->msix_notifier->use(dev, vector,
                                    msix_get_message(dev, vector)) >= 0;
    }
}

static void msix_notifier_release(PCIDevice *dev, unsigned vector)
{
    if (dev->msix_entry_notified[vector]) {
        dev->msix_entry_notified[vector] = false;
        dev->msix_notifier->release(dev, vector);
    }
}

/* After a change that may have masked or unmasked the vector. */
static void msix_mask_changed(PCIDevice *dev, unsigned vector, bool was_masked)
{
    bool masked = msix_is_masked(dev, vector);

    if (masked == was_masked) {
        return;
    }
    if (masked) {
        msix_notifier_release(dev, vector);
        return;
    }
    msix_notifier_use(dev, vector);
    if (msix_is_pending(dev, vector)) {
        msix_clear_pending(dev, vector);
        msix_send(dev, vector);
    }
}

void msix_set_vector_notifiers(PCIDevice *dev, const MSIXVectorNotifier *n)
{
    for (unsigned v = 0; v < dev->msix_entries_nr; v++) {
        msix_notifier_release(dev, v);
    }
    dev->msix_notifier = n;
    for (unsigned v = 0; v < dev->msix_entries_nr; v++) {
        if (!msix_is_masked(dev, v)) {
            msix_notifier_use(dev, v);
        }
    }
}

static void msix_update_function_mask(PCIDevice *dev)
{
    uint16_t control = msix_control(dev);
    bool was = dev->msix_function_masked;
    bool now = !(control & PCI_MSIX_FLAGS_ENABLE) ||
               (control & PCI_MSIX_FLAGS_MASKALL);

    if (was == now) {
        return;
    }
    trace_msix_write_config(dev->name, control & PCI_MSIX_FLAGS_ENABLE, now);
    dev->msix_function_masked = now;
    for (unsigned v = 0; v < dev->msix_entries_nr; v++) {
        msix_mask_changed(dev, v, was || msix_entry_masked(dev, v));
    }
}

void msix_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    uint32_t control = dev->msix_cap + PCI_MSIX_FLAGS + 1;

    if (msix_present(dev) && addr <= control && control < addr + len) {
        msix_update_function_mask(dev);
    }
}

/* --------------------------------------------------------------- vectors */

bool msix_vector_use(PCIDevice *dev, unsigned vector)
{
    if (vector >= dev->msix_entries_nr) {
        return false;
    }
    dev->msix_entry_used[vector]++;
    return true;
}

void msix_vector_unuse(PCIDevice *dev, unsigned vector)
{
    if (vector >= dev->msix_entries_nr || !dev->msix_entry_used[vector]) {
        return;
    }
    if (--dev->msix_entry_used[vector] == 0) {
        msix_clear_pending(dev, vector);
    }
}

/* --------------------------------------------------------------- regions */

static uint64_t msix_table_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIDevice *dev = opaque;

    return ldn_le_p(dev->msix_table + addr, size);
}

static void msix_table_write(void *opaque, hwaddr addr, uint64_t data,
                             unsigned size)
{
    PCIDevice *dev = opaque;
    unsigned vector = addr / PCI_MSIX_ENTRY_SIZE;
    bool was_masked = msix_is_masked(dev, vector);

    switch (addr % PCI_MSIX_ENTRY_SIZE) {
    case PCI_MSIX_ENTRY_LOWER_ADDR:
        data &= ~UINT64_C(3); /* reserved: messages are aligned dwords */
        break;
    case PCI_MSIX_ENTRY_VECTOR_CTRL:
        data &= PCI_MSIX_ENTRY_CTRL_MASKBIT;
        break;
    }
    stn_le_p(dev->msix_table + addr, size, data);
    if (!was_masked && dev->msix_entry_notified[vector]) {
        /* The message itself may have changed under the owner. */
        msix_notifier_release(dev, vector);
        if (!msix_is_masked(dev, vector)) {
            msix_notifier_use(dev, vector);
        }
    }
    msix_mask_changed(dev, vector, was_masked);
}

static uint64_t msix_pba_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIDevice *dev = opaque;

    return ldn_le_p(dev->msix_pba + addr, size);
}

static void msix_pba_write(void *opaque, hwaddr addr, uint64_t data,
                           unsigned size)
{
    /* Read-only (CVE-2015-7549: a region needs both handlers). */
}

static const MemoryRegionOps msix_table_ops = {
    .read = msix_table_read,
    .write = msix_table_write,
    .valid = {.min_access_size = 4, .max_access_size = 8},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

static const MemoryRegionOps msix_pba_ops = {
    .read = msix_pba_read,
    .write = msix_pba_write,
    .valid = {.min_access_size = 4, .max_access_size = 8},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* --------------------------------------------------------- set-up, reset */

static void msix_mask_all(PCIDevice *dev)
{
    memset(dev->msix_table, 0, dev->msix_entries_nr * PCI_MSIX_ENTRY_SIZE);
    for (unsigned v = 0; v < dev->msix_entries_nr; v++) {
        msix_entry(dev, v)[PCI_MSIX_ENTRY_VECTOR_CTRL] =
            PCI_MSIX_ENTRY_CTRL_MASKBIT;
    }
}

void msix_reset(PCIDevice *dev)
{
    if (!msix_present(dev)) {
        return;
    }
    for (unsigned v = 0; v < dev->msix_entries_nr; v++) {
        msix_notifier_release(dev, v);
        msix_clear_pending(dev, v);
    }
    dev->config[dev->msix_cap + PCI_MSIX_FLAGS + 1] &=
        ~((PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8);
    dev->msix_function_masked = true;
    msix_mask_all(dev);
}

static int msix_add_capability(PCIDevice *dev, unsigned nentries,
                               uint8_t bar_nr, uint32_t pba_offset,
                               Error **errp)
{
    int cap =
        pci_add_capability(dev, PCI_CAP_ID_MSIX, 0, PCI_CAP_MSIX_SIZEOF, errp);

    if (cap < 0) {
        return cap;
    }
    stw_le_p(dev->config + cap + PCI_MSIX_FLAGS, nentries - 1);
    stl_le_p(dev->config + cap + PCI_MSIX_TABLE, bar_nr);
    stl_le_p(dev->config + cap + PCI_MSIX_PBA, pba_offset | bar_nr);
    stw_le_p(dev->wmask + cap + PCI_MSIX_FLAGS,
             PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    dev->msix_cap = cap;
    return 0;
}

int msix_init_exclusive_bar(PCIDevice *dev, unsigned nentries, uint8_t bar_nr,
                            Error **errp)
{
    uint32_t table_size = nentries * PCI_MSIX_ENTRY_SIZE;
    uint32_t pba_size = QEMU_ALIGN_UP(nentries, 64) / 8;
    uint32_t pba_offset = MAX(table_size, MSIX_MIN_PBA_OFFSET);
    uint64_t bar_size = MSIX_MIN_BAR_SIZE;
    g_autofree char *bar_name = g_strdup_printf("%s-msix", dev->name);
    int ret;

    if (nentries < 1 || nentries > MSIX_MAX_ENTRIES) {
        error_setg(errp,
                   "The number of MSI-X vectors is invalid: %u, "
                   "should be 1 to %u",
                   nentries, MSIX_MAX_ENTRIES);
        return -EINVAL;
    }
    while (bar_size < pba_offset + pba_size) {
        bar_size *= 2;
    }
    ret = msix_add_capability(dev, nentries, bar_nr, pba_offset, errp);
    if (ret < 0) {
        return ret;
    }
    dev->msix_entries_nr = nentries;
    dev->msix_table = g_malloc0(table_size);
    dev->msix_pba = g_malloc0(pba_size);
    dev->msix_entry_used = g_new0(unsigned, nentries);
    dev->msix_entry_notified = g_new0(bool, nentries);
    dev->msix_function_masked = true;
    msix_mask_all(dev);

    memory_region_init(&dev->msix_exclusive_bar, OBJECT(dev), bar_name,
                       bar_size);
    memory_region_init_io(&dev->msix_table_mmio, OBJECT(dev), &msix_table_ops,
                          dev, "msix-table", table_size);
    memory_region_init_io(&dev->msix_pba_mmio, OBJECT(dev), &msix_pba_ops, dev,
                          "msix-pba", pba_size);
    memory_region_add_subregion(&dev->msix_exclusive_bar, 0,
                                &dev->msix_table_mmio);
    memory_region_add_subregion(&dev->msix_exclusive_bar, pba_offset,
                                &dev->msix_pba_mmio);
    pci_register_bar(dev, bar_nr, PCI_BASE_ADDRESS_SPACE_MEMORY,
                     &dev->msix_exclusive_bar);
    return 0;
}

void msix_uninit_exclusive_bar(PCIDevice *dev)
{
    if (!msix_present(dev)) {
        return;
    }
    msix_set_vector_notifiers(dev, NULL);
    memory_region_destroy(&dev->msix_table_mmio);
    memory_region_destroy(&dev->msix_pba_mmio);
    memory_region_destroy(&dev->msix_exclusive_bar);
    g_clear_pointer(&dev->msix_table, g_free);
    g_clear_pointer(&dev->msix_pba, g_free);
    g_clear_pointer(&dev->msix_entry_used, g_free);
    g_clear_pointer(&dev->msix_entry_notified, g_free);
    dev->msix_entries_nr = 0;
    dev->msix_cap = 0;
}
