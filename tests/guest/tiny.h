/*
 * The tiny guest: a freestanding program that drives a PC and its virtio-net
 * device, and says on the serial port what it saw. See README.md for what it
 * can be asked to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_GUEST_TINY_H
#define TESTS_GUEST_TINY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ------------------------------------------------------------- the machine */

static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t v;

    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t v;

    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint64_t rdmsr(uint32_t index)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(index));
    return lo | (uint64_t)hi << 32;
}

static inline void wrmsr(uint32_t index, uint64_t v)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(index), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
                     : "memory");
}

static inline void cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* Interrupts come in between only once the processor sleeps. */
static inline void sti_hlt_cli(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

static inline void barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

/* Device memory and memory that a device changes. */
#define MMIO8(addr) (*(volatile uint8_t *)(addr))
#define MMIO16(addr) (*(volatile uint16_t *)(addr))
#define MMIO32(addr) (*(volatile uint32_t *)(addr))

/* ------------------------------------------------------------------ lib.c */

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
/* "%s", "%u", "%x", "%i" (an IPv4 address). A line begins with "tiny: ". */
void say(const char *fmt, ...);
/* Value of NAME=VALUE on the command line; NULL if it is not there. It ends
 * at a space or the end. */
const char *option(const char *name);
bool option_is(const char *name, const char *value);
uint32_t option_number(const char *name, uint32_t otherwise);
uint32_t option_ip(const char *name, uint32_t otherwise);
void set_command_line(const char *text);
/* Through isa-debug-exit: 33 if all went well, 35 if not; else stands still. */
void leave(bool good) __attribute__((noreturn));
#define fail(...) \
    do { \
        say("FAIL " __VA_ARGS__); \
        leave(false); \
    } while (0)

/* ------------------------------------------------------------------ irq.c */

enum {
    VECTOR_PIC = 0x20, /* and 15 more */
    VECTOR_IOAPIC = 0x30,
    VECTOR_CONFIG,
    VECTOR_RX,
    VECTOR_TX,
    VECTOR_TIMER,
    VECTOR_SPURIOUS = 0x3f,
};

extern volatile uint32_t irqs[64]; /* how often each vector came */
/* An exception continues there instead of ending the guest; its vector is in
 * caught_vector. 0: none. */
extern volatile uint64_t catch_at;
extern volatile uint32_t caught_vector;
/* Called for the level-triggered interrupt; makes the line go down. */
extern void (*intx_handler)(void);

/* The local APIC is driven by MSRs. */
extern bool x2apic;

void irq_init(void);
/* A periodic interrupt of the local APIC, about so often. */
void timer_start(uint32_t milliseconds);
void pic_enable(unsigned irq);
void ioapic_enable(unsigned pin);
void ipi(uint32_t apic_id, uint32_t command);

/* ------------------------------------------------------------------ pci.c */

uint32_t pci_read(unsigned devfn, unsigned reg);
void pci_write(unsigned devfn, unsigned reg, uint32_t value);
uint8_t pci_read8(unsigned devfn, unsigned reg);
uint16_t pci_read16(unsigned devfn, unsigned reg);
/* Says what is on bus 0; the slot of the first virtio-net, or -1. */
int pci_enumerate(void);
/* Address to access the BAR at, mapped; enabled with bus mastering. */
uint64_t pci_map_bar(unsigned devfn, unsigned bar);
/* Where the interrupt of pin A goes: input of the PICs, of the I/O APIC. */
unsigned pci_pic_irq(unsigned devfn);
unsigned pci_ioapic_pin(unsigned devfn);
/* A capability's offset after `from` (0: the first); 0: none. */
unsigned pci_next_cap(unsigned devfn, unsigned from, unsigned id);

/* --------------------------------------------------------------- virtio.c */

#define NET_HEADER 12

enum { QUEUE_RX, QUEUE_TX, QUEUES };

typedef struct NetStats {
    uint32_t kicks[QUEUES];
    uint32_t rx_frames, tx_frames;
} NetStats;
extern NetStats net_stats;

extern uint8_t net_mac[6];

void net_init(int devfn);
/* The next received frame, or NULL. Give it back before the next. */
uint8_t *net_receive(uint32_t *len);
void net_receive_done(void);
/* Copies the frame; waits while the queue is full. */
void net_send(const void *frame, uint32_t len);
/* Sleeps until something may have come; counts as polling with irq=poll. */
void net_wait(void);
void net_mask_rx(bool masked);
bool net_rx_pending(void);

/* -------------------------------------------------------------- netmain.c */

/* Pings and answers as the command line says, then reports. */
void net_main(int devfn);

/* --------------------------------------------------------------- trials.c */

/* What trial=NAME asks for; true if there is such a one. */
bool trial_run(const char *name);

/* ------------------------------------------------------------------ smp.c */

void smp_start(unsigned cpus);

#endif
