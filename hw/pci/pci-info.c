/*
 * How PCI looks to the user: "info pci", query-pci, and a device's lines in
 * "info qtree".
 *
 * "info pci" is the text of what query-pci answers, so that both tell the
 * same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-bridge.h"
#include "hw/pci/pci-internal.h"

static const struct {
    uint16_t class_id;
    const char *desc;
} pci_class_names[] = {
    {0x0100, "SCSI controller"},
    {0x0101, "IDE controller"},
    {0x0106, "SATA controller"},
    {0x0200, "Ethernet controller"},
    {0x0280, "Network controller"},
    {0x0300, "VGA controller"},
    {0x0380, "Display controller"},
    {0x0401, "Audio controller"},
    {0x0500, "RAM controller"},
    {0x0600, "Host bridge"},
    {0x0601, "ISA bridge"},
    {0x0604, "PCI bridge"},
    {0x0680, "Bridge"},
    {0x0700, "Serial port"},
    {0x0880, "System peripheral"},
    {0x0c03, "USB controller"},
    {0x0c05, "SMBus"},
};

const char *pci_class_description(uint16_t class_id)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(pci_class_names); i++) {
        if (pci_class_names[i].class_id == class_id) {
            return pci_class_names[i].desc;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------- query-pci */

/* -1 is what the schema says for "not mapped". */
static json_t *json_bar_address(uint64_t addr)
{
    return json_integer((json_int_t)addr);
}

static json_t *pci_query_regions(PCIDevice *dev)
{
    json_t *list = json_array();

    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        const PCIIORegion *r = &dev->io_regions[i];
        bool io = r->type & PCI_BASE_ADDRESS_SPACE_IO;
        json_t *o;

        if (!r->size) {
            continue;
        }
        o = json_pack("{s:i s:s s:o s:I}", "bar", i, "type",
                      io ? "io" : "memory", "address",
                      json_bar_address(r->addr), "size", (json_int_t)r->size);
        if (!io) {
            json_object_set_new(
                o, "prefetch",
                json_boolean(r->type & PCI_BASE_ADDRESS_MEM_PREFETCH));
            json_object_set_new(
                o, "mem_type_64",
                json_boolean(r->type & PCI_BASE_ADDRESS_MEM_TYPE_64));
        }
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *pci_query_window(PCIDevice *dev, uint8_t type)
{
    PCIBridgeWindow w = pci_bridge_get_window(dev, type);

    return json_pack("{s:I s:I}", "base", (json_int_t)w.base, "limit",
                     (json_int_t)w.limit);
}

static json_t *pci_query_devices(PCIBus *bus);

static json_t *pci_query_bridge(PCIDevice *dev)
{
    const uint8_t *c = dev->config;
    PCIBus *below = PCI_BRIDGE(dev)->sec_bus;
    json_t *o = json_pack("{s:{s:i s:i s:i s:o s:o s:o}}", "bus", "number",
                          c[PCI_PRIMARY_BUS], "secondary", c[PCI_SECONDARY_BUS],
                          "subordinate", c[PCI_SUBORDINATE_BUS], "io_range",
                          pci_query_window(dev, PCI_BASE_ADDRESS_SPACE_IO),
                          "memory_range",
                          pci_query_window(dev, PCI_BASE_ADDRESS_SPACE_MEMORY),
                          "prefetchable_range",
                          pci_query_window(dev, PCI_BASE_ADDRESS_MEM_PREFETCH));

    /* Until it has a number nothing behind the bridge can be reached. */
    if (c[PCI_SECONDARY_BUS]) {
        json_object_set_new(o, "devices", pci_query_devices(below));
    }
    return o;
}

static json_t *pci_query_device(PCIBus *bus, PCIDevice *dev)
{
    const uint8_t *c = dev->config;
    uint16_t class_id = ldw_le_p(c + PCI_CLASS_DEVICE);
    const char *desc = pci_class_description(class_id);
    bool is_bridge = PCI_DEVICE_GET_CLASS(dev)->is_bridge;
    json_t *class_info = json_pack("{s:i}", "class", class_id);
    json_t *id = json_pack("{s:i s:i}", "device", ldw_le_p(c + PCI_DEVICE_ID),
                           "vendor", ldw_le_p(c + PCI_VENDOR_ID));
    json_t *o;

    if (desc) {
        json_object_set_new(class_info, "desc", json_string(desc));
    }
    if (!is_bridge) {
        json_object_set_new(id, "subsystem",
                            json_integer(ldw_le_p(c + PCI_SUBSYSTEM_ID)));
        json_object_set_new(
            id, "subsystem-vendor",
            json_integer(ldw_le_p(c + PCI_SUBSYSTEM_VENDOR_ID)));
    }
    o = json_pack(
        "{s:i s:i s:i s:s s:o s:o s:i s:o}", "bus", pci_bus_num(bus), "slot",
        PCI_SLOT(dev->devfn), "function", PCI_FUNC(dev->devfn), "qdev_id",
        dev->qdev.id ? dev->qdev.id : "", "class_info", class_info, "id", id,
        "irq_pin", c[PCI_INTERRUPT_PIN], "regions", pci_query_regions(dev));
    if (c[PCI_INTERRUPT_PIN]) {
        json_object_set_new(o, "irq", json_integer(c[PCI_INTERRUPT_LINE]));
    }
    if (is_bridge) {
        json_object_set_new(o, "pci_bridge", pci_query_bridge(dev));
    }
    return o;
}

static json_t *pci_query_devices(PCIBus *bus)
{
    json_t *list = json_array();

    for (int devfn = 0; devfn < PCI_BUS_MAX_DEVFN; devfn++) {
        if (bus->devices[devfn]) {
            json_array_append_new(list,
                                  pci_query_device(bus, bus->devices[devfn]));
        }
    }
    return list;
}

json_t *pci_query(void)
{
    json_t *list = json_array();
    PCIBus *bus;

    for (bus = pci_find_primary_bus(); bus; bus = pci_next_root_bus(bus)) {
        json_array_append_new(list,
                              json_pack("{s:i s:o}", "bus", pci_bus_num(bus),
                                        "devices", pci_query_devices(bus)));
    }
    return list;
}

/* -------------------------------------------------------------- info pci */

static json_int_t get_int(json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static void print_region(GString *out, json_t *r)
{
    json_int_t addr = get_int(r, "address");
    uint64_t last = addr + get_int(r, "size") - 1;

    g_string_append_printf(out, "      BAR%d: ", (int)get_int(r, "bar"));
    if (!strcmp(json_string_value(json_object_get(r, "type")), "io")) {
        g_string_append(out, "I/O");
        if (addr != -1) {
            g_string_append_printf(out, " at 0x%04" PRIx64 " [0x%04" PRIx64 "]",
                                   (uint64_t)addr, last);
        }
    } else {
        g_string_append_printf(
            out, "%d bit%s memory",
            json_is_true(json_object_get(r, "mem_type_64")) ? 64 : 32,
            json_is_true(json_object_get(r, "prefetch")) ? " prefetchable"
                                                         : "");
        if (addr != -1) {
            g_string_append_printf(out, " at 0x%08" PRIx64 " [0x%08" PRIx64 "]",
                                   (uint64_t)addr, last);
        }
    }
    g_string_append(out, addr == -1 ? " (not mapped)\n" : "\n");
}

static void print_window(GString *out, const char *what, json_t *range,
                         int digits)
{
    g_string_append_printf(
        out, "      %s range [0x%0*" PRIx64 ", 0x%0*" PRIx64 "]\n", what,
        digits, (uint64_t)get_int(range, "base"), digits,
        (uint64_t)get_int(range, "limit"));
}

static void print_bridge(GString *out, json_t *bridge)
{
    json_t *bus = json_object_get(bridge, "bus");

    g_string_append_printf(out, "      BUS %d.\n", (int)get_int(bus, "number"));
    g_string_append_printf(out, "      secondary bus %d.\n",
                           (int)get_int(bus, "secondary"));
    g_string_append_printf(out, "      subordinate bus %d.\n",
                           (int)get_int(bus, "subordinate"));
    print_window(out, "IO", json_object_get(bus, "io_range"), 4);
    print_window(out, "memory", json_object_get(bus, "memory_range"), 8);
    print_window(out, "prefetchable memory",
                 json_object_get(bus, "prefetchable_range"), 8);
}

static void print_device(GString *out, json_t *dev)
{
    json_t *class_info = json_object_get(dev, "class_info");
    json_t *id = json_object_get(dev, "id");
    json_t *desc = json_object_get(class_info, "desc");
    json_t *bridge = json_object_get(dev, "pci_bridge");
    json_t *item;
    size_t i;

    g_string_append_printf(out, "  Bus %2d, device %3d, function %d:\n    ",
                           (int)get_int(dev, "bus"), (int)get_int(dev, "slot"),
                           (int)get_int(dev, "function"));
    if (desc) {
        g_string_append(out, json_string_value(desc));
    } else {
        g_string_append_printf(out, "Class %04d",
                               (int)get_int(class_info, "class"));
    }
    g_string_append_printf(out, ": PCI device %04x:%04x\n",
                           (int)get_int(id, "vendor"),
                           (int)get_int(id, "device"));
    if (json_object_get(id, "subsystem")) {
        g_string_append_printf(out, "      PCI subsystem %04x:%04x\n",
                               (int)get_int(id, "subsystem-vendor"),
                               (int)get_int(id, "subsystem"));
    }
    if (json_object_get(dev, "irq")) {
        g_string_append_printf(out, "      IRQ %d, pin %c\n",
                               (int)get_int(dev, "irq"),
                               (char)('A' + get_int(dev, "irq_pin") - 1));
    }
    if (bridge) {
        print_bridge(out, bridge);
    }
    json_array_foreach (json_object_get(dev, "regions"), i, item) {
        print_region(out, item);
    }
    g_string_append_printf(out, "      id \"%s\"\n",
                           json_string_value(json_object_get(dev, "qdev_id")));
    json_array_foreach (json_object_get(bridge, "devices"), i, item) {
        print_device(out, item);
    }
}

char *pci_info_text(void)
{
    json_t *buses = pci_query();
    GString *out = g_string_new(NULL);
    json_t *bus, *dev;
    size_t i, j;

    json_array_foreach (buses, i, bus) {
        json_array_foreach (json_object_get(bus, "devices"), j, dev) {
            print_device(out, dev);
        }
    }
    json_decref(buses);
    return g_string_free(out, FALSE);
}

/* ------------------------------------------------------------ info qtree */

void pci_bus_print_dev(GString *out, DeviceState *qdev, int indent)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    const uint8_t *c = dev->config;
    uint16_t class_id;
    const char *desc;
    g_autofree char *class_text = NULL;

    if (!c) {
        return;
    }
    class_id = ldw_le_p(c + PCI_CLASS_DEVICE);
    desc = pci_class_description(class_id);
    class_text = desc ? g_strdup_printf("class %s", desc)
                      : g_strdup_printf("Class %04x", class_id);
    g_string_append_printf(
        out, "%*s%s, addr %02x:%02x.%x, pci id %04x:%04x (sub %04x:%04x)\n",
        indent, "", class_text, pci_bus_num(pci_get_bus(dev)),
        PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn), ldw_le_p(c + PCI_VENDOR_ID),
        ldw_le_p(c + PCI_DEVICE_ID), ldw_le_p(c + PCI_SUBSYSTEM_VENDOR_ID),
        ldw_le_p(c + PCI_SUBSYSTEM_ID));
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        const PCIIORegion *r = &dev->io_regions[i];

        if (r->size) {
            g_string_append_printf(
                out, "%*sbar %d: %s at 0x%" PRIx64 " [0x%" PRIx64 "]\n", indent,
                "", i, r->type & PCI_BASE_ADDRESS_SPACE_IO ? "i/o" : "mem",
                r->addr, r->addr + r->size - 1);
        }
    }
}
