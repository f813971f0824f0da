/*
 * virtio-net over PCI: the modern interface, split rings of 8, no offloads.
 * Interrupts as irq= says: msix (vector 0 configuration, 1 receive, 2
 * transmit), pic, ioapic (both INTx), or poll.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define RING_SIZE  8
#define BUFFER     2048
#define NO_VECTOR  0xffff
#define CAP_VENDOR 0x09
#define CAP_MSIX   0x11

enum { CFG_COMMON = 1, CFG_NOTIFY, CFG_ISR, CFG_DEVICE };

/* Offsets in the common configuration. */
enum {
    C_DRIVER_FEATURE_SELECT = 8,
    C_DRIVER_FEATURE = 12,
    C_DEVICE_FEATURE_SELECT = 0,
    C_DEVICE_FEATURE = 4,
    C_CONFIG_VECTOR = 16,
    C_STATUS = 20,
    C_QUEUE_SELECT = 22,
    C_QUEUE_SIZE = 24,
    C_QUEUE_VECTOR = 26,
    C_QUEUE_ENABLE = 28,
    C_QUEUE_NOTIFY_OFF = 30,
    C_QUEUE_DESC = 32,
    C_QUEUE_AVAIL = 40,
    C_QUEUE_USED = 48,
};

#define STATUS_ACK         1
#define STATUS_DRIVER      2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define F_MAC              (1u << 5)
#define F_VERSION_1        (1u << 0) /* of the second word */
#define DESC_WRITE         2
#define USED_NO_NOTIFY     1
#define AVAIL_NO_INTERRUPT 1

typedef struct Queue {
    struct {
        uint64_t addr;
        uint32_t len;
        uint16_t flags, next;
    } desc[RING_SIZE] __attribute__((aligned(16)));
    struct {
        uint16_t flags, idx, ring[RING_SIZE];
    } avail __attribute__((aligned(4)));
    struct {
        uint16_t flags, idx;
        struct {
            uint32_t id, len;
        } ring[RING_SIZE];
    } used __attribute__((aligned(4)));
    uint8_t buffers[RING_SIZE][BUFFER];
    uint16_t last_used;
    uint64_t doorbell;
} Queue;

static volatile Queue queues[QUEUES];
static uint64_t common, notify, isr, device;
static uint32_t notify_multiplier;
static uint64_t msix_table, msix_pba;
static bool polling;

NetStats net_stats;
uint8_t net_mac[6];

/* ------------------------------------------------------------ finding it */

static void find_capabilities(int devfn)
{
    uint64_t bars[6] = {0};

    for (unsigned at = 0; (at = pci_next_cap(devfn, at, CAP_VENDOR));) {
        unsigned type = pci_read8(devfn, at + 3);
        unsigned bar = pci_read8(devfn, at + 4);
        uint64_t addr;

        if (type < CFG_COMMON || type > CFG_DEVICE || bar > 5 ||
            (pci_read(devfn, 0x10 + 4 * bar) & 1)) {
            continue;
        }
        if (!bars[bar]) {
            bars[bar] = pci_map_bar(devfn, bar);
        }
        addr = bars[bar] + pci_read(devfn, at + 8);
        if (type == CFG_COMMON) {
            common = addr;
        } else if (type == CFG_NOTIFY) {
            notify = addr;
            notify_multiplier = pci_read(devfn, at + 16);
        } else if (type == CFG_ISR) {
            isr = addr;
        } else {
            device = addr;
        }
    }
    if (!common || !notify || !isr || !device) {
        fail("no modern interface");
    }
}

/* -------------------------------------------------------------- interrupts */

static void intx(void)
{
    uint8_t bits = MMIO8(isr); /* the line goes down */

    irqs[VECTOR_RX] += bits & 1;
}

static void set_vector(unsigned n, uint32_t vector)
{
    uint64_t entry = msix_table + 16 * n;

    MMIO32(entry) = 0xfee00000u;
    MMIO32(entry + 4) = 0;
    MMIO32(entry + 8) = vector;
    MMIO32(entry + 12) = 0; /* unmasked */
}

static void enable_msix(int devfn)
{
    unsigned cap = pci_next_cap(devfn, 0, CAP_MSIX);
    uint32_t table = pci_read(devfn, cap + 4);
    uint32_t pba = pci_read(devfn, cap + 8);

    if (!cap) {
        fail("no MSI-X");
    }
    msix_table = pci_map_bar(devfn, table & 7) + (table & ~7u);
    msix_pba = pci_map_bar(devfn, pba & 7) + (pba & ~7u);
    for (unsigned n = 0; n < 3; n++) {
        set_vector(n, VECTOR_CONFIG + n);
    }
    pci_write(devfn, cap, pci_read(devfn, cap) | 0x80000000u);
}

static void interrupts_init(int devfn)
{
    if (option_is("irq", "poll")) {
        polling = true;
    } else if (option_is("irq", "pic")) {
        intx_handler = intx;
        pic_enable(pci_pic_irq(devfn));
    } else if (option_is("irq", "ioapic")) {
        intx_handler = intx;
        ioapic_enable(pci_ioapic_pin(devfn));
    } else {
        enable_msix(devfn);
    }
}

void net_mask_rx(bool masked)
{
    MMIO32(msix_table + 16 + 12) = masked;
}

bool net_rx_pending(void)
{
    return MMIO32(msix_pba) & 2;
}

/* ------------------------------------------------------------------ queues */

static void kick(unsigned n)
{
    __sync_synchronize(); /* the index before the flag */
    if (!(queues[n].used.flags & USED_NO_NOTIFY)) {
        net_stats.kicks[n]++;
        MMIO16(queues[n].doorbell) = n;
    }
}

static void make_available(volatile Queue *q, uint16_t id)
{
    q->avail.ring[q->avail.idx % RING_SIZE] = id;
    barrier();
    q->avail.idx++;
}

static void queue_init(unsigned n)
{
    volatile Queue *q = &queues[n];

    MMIO16(common + C_QUEUE_SELECT) = n;
    MMIO16(common + C_QUEUE_SIZE) = RING_SIZE;
    if (msix_table) {
        MMIO16(common + C_QUEUE_VECTOR) = n + 1;
        if (MMIO16(common + C_QUEUE_VECTOR) != n + 1) {
            fail("queue %u: vector refused", n);
        }
    }
    MMIO32(common + C_QUEUE_DESC) = (uintptr_t)q->desc;
    MMIO32(common + C_QUEUE_DESC + 4) = 0;
    MMIO32(common + C_QUEUE_AVAIL) = (uintptr_t)&q->avail;
    MMIO32(common + C_QUEUE_AVAIL + 4) = 0;
    MMIO32(common + C_QUEUE_USED) = (uintptr_t)&q->used;
    MMIO32(common + C_QUEUE_USED + 4) = 0;
    q->doorbell =
        notify + MMIO16(common + C_QUEUE_NOTIFY_OFF) * notify_multiplier;
    for (unsigned i = 0; i < RING_SIZE; i++) {
        q->desc[i].addr = (uintptr_t)q->buffers[i];
        q->desc[i].len = BUFFER;
        q->desc[i].flags = n == QUEUE_RX ? DESC_WRITE : 0;
        if (n == QUEUE_RX) {
            make_available(q, i);
        }
    }
    if (polling || n == QUEUE_TX) {
        /* Nobody waits for frames to have left. */
        q->avail.flags = AVAIL_NO_INTERRUPT;
    }
    MMIO16(common + C_QUEUE_ENABLE) = 1;
}

static void negotiate(void)
{
    uint32_t low, high;

    MMIO8(common + C_STATUS) = 0;
    while (MMIO8(common + C_STATUS)) {
    }
    MMIO8(common + C_STATUS) = STATUS_ACK;
    MMIO8(common + C_STATUS) = STATUS_ACK | STATUS_DRIVER;
    MMIO32(common + C_DEVICE_FEATURE_SELECT) = 0;
    low = MMIO32(common + C_DEVICE_FEATURE);
    MMIO32(common + C_DEVICE_FEATURE_SELECT) = 1;
    high = MMIO32(common + C_DEVICE_FEATURE);
    if (!(low & F_MAC) || !(high & F_VERSION_1)) {
        fail("features %x %x", (uint64_t)high, (uint64_t)low);
    }
    MMIO32(common + C_DRIVER_FEATURE_SELECT) = 0;
    MMIO32(common + C_DRIVER_FEATURE) = F_MAC;
    MMIO32(common + C_DRIVER_FEATURE_SELECT) = 1;
    MMIO32(common + C_DRIVER_FEATURE) = F_VERSION_1;
    MMIO8(common + C_STATUS) = STATUS_ACK | STATUS_DRIVER | STATUS_FEATURES_OK;
    if (!(MMIO8(common + C_STATUS) & STATUS_FEATURES_OK)) {
        fail("features refused");
    }
}

void net_init(int devfn)
{
    find_capabilities(devfn);
    negotiate();
    interrupts_init(devfn);
    if (msix_table) {
        MMIO16(common + C_CONFIG_VECTOR) = 0;
    }
    for (unsigned i = 0; i < sizeof(net_mac); i++) {
        net_mac[i] = MMIO8(device + i);
    }
    queue_init(QUEUE_RX);
    queue_init(QUEUE_TX);
    MMIO8(common + C_STATUS) =
        STATUS_ACK | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK;
    kick(QUEUE_RX);
    say("net mac=%x:%x:%x:%x:%x:%x", (uint64_t)net_mac[0],
        (uint64_t)net_mac[1], (uint64_t)net_mac[2], (uint64_t)net_mac[3],
        (uint64_t)net_mac[4], (uint64_t)net_mac[5]);
}

/* ------------------------------------------------------------------ frames */

uint8_t *net_receive(uint32_t *len)
{
    volatile Queue *q = &queues[QUEUE_RX];
    unsigned slot = q->last_used % RING_SIZE;

    if (q->used.idx == q->last_used) {
        return NULL;
    }
    barrier();
    if (q->used.ring[slot].id >= RING_SIZE ||
        q->used.ring[slot].len < NET_HEADER ||
        q->used.ring[slot].len > BUFFER) {
        fail("used entry id %u len %u", q->used.ring[slot].id,
             q->used.ring[slot].len);
    }
    *len = q->used.ring[slot].len - NET_HEADER;
    net_stats.rx_frames++;
    return (uint8_t *)q->buffers[q->used.ring[slot].id] + NET_HEADER;
}

void net_receive_done(void)
{
    volatile Queue *q = &queues[QUEUE_RX];

    make_available(q, q->used.ring[q->last_used % RING_SIZE].id);
    q->last_used++;
    kick(QUEUE_RX);
}

void net_send(const void *frame, uint32_t len)
{
    volatile Queue *q = &queues[QUEUE_TX];
    unsigned id = q->avail.idx % RING_SIZE;

    /* Buffers are used in the order they were made available. */
    while ((uint16_t)(q->avail.idx - q->used.idx) >= RING_SIZE) {
        __builtin_ia32_pause();
    }
    memset((uint8_t *)q->buffers[id], 0, NET_HEADER);
    memcpy((uint8_t *)q->buffers[id] + NET_HEADER, frame, len);
    q->desc[id].len = NET_HEADER + len;
    make_available(q, id);
    net_stats.tx_frames++;
    kick(QUEUE_TX);
}

void net_wait(void)
{
    if (polling) {
        __builtin_ia32_pause();
        return;
    }
    cli();
    if (queues[QUEUE_RX].used.idx == queues[QUEUE_RX].last_used) {
        sti_hlt_cli();
    }
    sti();
}
