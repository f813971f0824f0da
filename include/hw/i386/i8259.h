/*
 * The pair of 8259A interrupt controllers of the PC/AT.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_I8259_H
#define HW_I386_I8259_H

#include "hw/i386/isa.h"

#define TYPE_I8259 "isa-i8259"
OBJECT_DECLARE_SIMPLE_TYPE(I8259State, I8259)

struct I8259State {
    ISADevice parent_obj;
    I8259State *slave; /* of the master; the other way NULL */
    MemoryRegion io;
    MemoryRegion elcr_io;
    qemu_irq int_out; /* INT: to the CPU, or to the master's input 2 */

    /* properties */
    uint32_t iobase;
    uint32_t elcr_addr;
    uint8_t elcr_mask;
    bool master;

    uint8_t lines; /* levels of the inputs */
    uint8_t irr;   /* requests */
    uint8_t imr;   /* masks */
    uint8_t isr;   /* in service */
    uint8_t elcr;  /* 1: input is level-triggered */
    uint8_t irq_base;
    uint8_t lowest;     /* input with the lowest priority */
    uint8_t init_state; /* initialization word expected next, 0: none */
    bool init4;         /* a fourth one follows */
    bool single;
    bool level_mode; /* all inputs are level-triggered */
    bool auto_eoi;
    bool rotate_on_auto_eoi;
    bool special_mask;
    bool special_fully_nested;
    bool poll;
    bool read_isr;
};

/* Both controllers on bus, INT of the master to `out`. Returns the master;
 * its inputs 0 to 15 are i8259_get_irq()'s. NULL with *errp. */
I8259State *i8259_init(ISABus *bus, qemu_irq out, Error **errp);
qemu_irq i8259_get_irq(I8259State *master, int n);
/* The CPU acknowledges an interrupt: its vector. */
int i8259_acknowledge(I8259State *master);

/* Its part of "info pic"; to be freed. */
char *i8259_info_text(const I8259State *s);

#endif
