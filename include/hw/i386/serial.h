/*
 * The 16550A serial port: the chip (SerialState) and its place on the ISA bus
 * (isa-serial, COM1 to COM4).
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_SERIAL_H
#define HW_I386_SERIAL_H

#include "chardev/char.h"
#include "hw/i386/isa.h"

#define TYPE_ISA_SERIAL "isa-serial"
OBJECT_DECLARE_SIMPLE_TYPE(ISASerialState, ISA_SERIAL)

#define SERIAL_NUM_PORTS     8
#define SERIAL_FIFO_SIZE     16
#define MAX_ISA_SERIAL_PORTS 4

/* A ring of characters; bit 8 of one is its break indication. */
typedef struct SerialFifo {
    uint16_t data[SERIAL_FIFO_SIZE];
    uint8_t head;
    uint8_t used;
} SerialFifo;

typedef struct SerialState {
    /* Set before serial_init(). */
    CharBackend chr;
    uint32_t baudbase; /* characters per second are baudbase / divisor */
    qemu_irq irq;

    SerialFifo rx; /* one character deep without FIFOs: the buffer register */
    SerialFifo tx; /* the same: the holding register */
    uint16_t divisor;
    uint8_t ier;
    uint8_t fcr;
    uint8_t lcr;
    uint8_t mcr;
    uint8_t msr;
    uint8_t scr;
    bool overrun;
    bool line_error;   /* the first character's, until LSR or it is read */
    bool thr_pending;  /* the transmitter became empty */
    bool rx_timeout;   /* characters wait below the trigger level */
    bool tx_blocked;   /* the shift register waits for the chardev */
    bool rx_stalled;   /* the chardev was told to wait */
    QEMUTimer *timer;  /* of rx_timeout */
} SerialState;

void serial_init(SerialState *s);
void serial_cleanup(SerialState *s);
void serial_reset(SerialState *s);
/* The eight ports; accesses are one byte wide. */
extern const MemoryRegionOps serial_io_ops;

struct ISASerialState {
    ISADevice parent_obj;
    MemoryRegion io;
    SerialState serial;

    /* properties; UINT32_MAX: by index, and that the next one */
    uint32_t index;
    uint32_t iobase;
    uint32_t isairq;
};

/* COM1 and up for what -serial asked for (serial-hd.h). */
bool isa_serial_init_ports(ISABus *bus, Error **errp);

#endif
