/*
 * Messages: sent at once, or by an event notifier with a route.
 *
 * The kernel's routing table says what each of its interrupt lines means. The
 * first 24 are the board's; a vector of a device takes one of the others for
 * as long as it is unmasked, and its notifier is tied to it (irqfd). The table
 * is always replaced as a whole.
 *
 * Big lock, but for kvm_send_msi().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msi-route.h"
#include "kvm-internal.h"
#include "trace/trace-accel.h"

static GArray *routes;  /* of struct kvm_irq_routing_entry */
static bool *gsi_taken; /* of nr_gsis */
static unsigned nr_gsis;

/* ---------------------------------------------------------- routing table */

static void add_chip_route(unsigned gsi, unsigned chip, unsigned pin)
{
    struct kvm_irq_routing_entry e = {
        .gsi = gsi,
        .type = KVM_IRQ_ROUTING_IRQCHIP,
        .u.irqchip = { .irqchip = chip, .pin = pin },
    };

    g_array_append_val(routes, e);
}

/* The lines of a PC; 2 is the cascade of the PICs. */
static void add_board_routes(void)
{
    for (unsigned gsi = 0; gsi < IOAPIC_NUM_PINS; gsi++) {
        if (gsi == 2) {
            continue;
        }
        if (gsi < 8) {
            add_chip_route(gsi, KVM_IRQCHIP_PIC_MASTER, gsi);
        } else if (gsi < 16) {
            add_chip_route(gsi, KVM_IRQCHIP_PIC_SLAVE, gsi - 8);
        }
        add_chip_route(gsi, KVM_IRQCHIP_IOAPIC, gsi == 0 ? 2 : gsi);
    }
}

static struct kvm_irq_routing_entry *find_route(int gsi)
{
    for (unsigned i = 0; i < routes->len; i++) {
        struct kvm_irq_routing_entry *e =
            &g_array_index(routes, struct kvm_irq_routing_entry, i);

        if (e->gsi == gsi) {
            return e;
        }
    }
    return NULL;
}

void kvm_route_set_msi(int gsi, uint64_t addr, uint32_t data)
{
    struct kvm_irq_routing_entry e = {
        .gsi = gsi,
        .type = KVM_IRQ_ROUTING_MSI,
        .u.msi = {
            .address_lo = (uint32_t)addr,
            .address_hi = addr >> 32,
            .data = data,
        },
    };
    struct kvm_irq_routing_entry *old = find_route(gsi);

    if (old) {
        *old = e;
    } else {
        g_array_append_val(routes, e);
    }
}

static void remove_route(int gsi)
{
    struct kvm_irq_routing_entry *e = find_route(gsi);

    if (e) {
        g_array_remove_index_fast(
            routes, e - (struct kvm_irq_routing_entry *)(void *)routes->data);
    }
}

int kvm_routes_commit(void)
{
    size_t size = routes->len * sizeof(struct kvm_irq_routing_entry);
    g_autofree struct kvm_irq_routing *table =
        g_malloc0(sizeof(struct kvm_irq_routing) + size);
    int ret;

    table->nr = routes->len;
    memcpy(table->entries, routes->data, size);
    ret = kvm_vm_ioctl(kvm_state, KVM_SET_GSI_ROUTING, table);
    trace_kvm_set_gsi_routing(routes->len, ret);
    return ret;
}

/* ------------------------------------------------------------------ irqfd */

static int set_irqfd(int gsi, const EventNotifier *e, bool assign)
{
    struct kvm_irqfd irqfd = {
        .fd = event_notifier_get_fd(e),
        .gsi = gsi,
        .flags = assign ? 0 : KVM_IRQFD_FLAG_DEASSIGN,
    };
    int ret = kvm_vm_ioctl(kvm_state, KVM_IRQFD, &irqfd);

    trace_kvm_irqfd(assign, gsi, ret);
    return ret;
}

static void free_gsi(int gsi)
{
    remove_route(gsi);
    gsi_taken[gsi] = false;
}

#define APIC_ADDRESS_SHIFT 20 /* 1 MiB is theirs */

static int add_msi_route(MSIMessage msg, EventNotifier *e)
{
    int gsi = IOAPIC_NUM_PINS;
    int ret;

    /* The kernel takes any address for the local APICs'; a guest that names
     * another one wants a write to memory. */
    if (msg.address >> APIC_ADDRESS_SHIFT !=
        APIC_DEFAULT_ADDRESS >> APIC_ADDRESS_SHIFT) {
        return -EINVAL;
    }
    while (gsi < nr_gsis && gsi_taken[gsi]) {
        gsi++;
    }
    if (gsi >= nr_gsis) {
        return -ENOSPC;
    }
    gsi_taken[gsi] = true;
    kvm_route_set_msi(gsi, msg.address, msg.data);
    ret = kvm_routes_commit();
    if (ret < 0) {
        free_gsi(gsi);
        return ret;
    }
    ret = set_irqfd(gsi, e, true);
    if (ret < 0) {
        free_gsi(gsi);
        kvm_routes_commit();
        return ret;
    }
    return gsi;
}

static void remove_msi_route(int gsi, EventNotifier *e)
{
    set_irqfd(gsi, e, false);
    free_gsi(gsi);
    kvm_routes_commit();
}

static const MSIRouteOps route_ops = {
    .add = add_msi_route,
    .remove = remove_msi_route,
};

/* --------------------------------------------------------------- messages */

void kvm_send_msi(uint64_t addr, uint32_t data)
{
    struct kvm_msi msi = {
        .address_lo = (uint32_t)addr,
        .address_hi = addr >> 32,
        .data = data,
    };
    int ret = kvm_vm_ioctl(kvm_state, KVM_SIGNAL_MSI, &msi);

    /* 0: the guest blocked it, which is its business. */
    trace_kvm_signal_msi(addr, data, ret);
}

void kvm_routes_init(KVMState *s)
{
    nr_gsis = MAX(kvm_check_extension(s, KVM_CAP_IRQ_ROUTING),
                  IOAPIC_NUM_PINS);
    gsi_taken = g_new0(bool, nr_gsis);
    routes = g_array_new(false, true, sizeof(struct kvm_irq_routing_entry));
    if (s->chips == KVM_CHIPS_ON) {
        add_board_routes();
    } else {
        for (int pin = 0; pin < IOAPIC_NUM_PINS; pin++) {
            kvm_route_set_msi(pin, APIC_DEFAULT_ADDRESS, 0);
        }
    }
    msi_set_route_ops(&route_ops);
}
