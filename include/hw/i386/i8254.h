/*
 * The 8254 timer of the PC/AT: channel 0 drives interrupt 0, channel 2 the
 * speaker, with its gate and output at port 0x61 (isa-pcspk).
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_I8254_H
#define HW_I386_I8254_H

#include "hw/i386/isa.h"
#include "util/aio.h"

#define TYPE_I8254 "isa-pit"
#define TYPE_PCSPK "isa-pcspk"
OBJECT_DECLARE_SIMPLE_TYPE(I8254State, I8254)
OBJECT_DECLARE_SIMPLE_TYPE(PCSpkState, PCSPK)

#define PIT_FREQ         1193182
#define PIT_NUM_CHANNELS 3

typedef struct PITChannel {
    uint32_t count;      /* clocks from load to the end, 1 to 0x10000 */
    int64_t load_time;   /* guest time at which it was loaded */
    int64_t frozen;      /* clocks done when it stopped; -1: it counts */
    bool loaded;         /* a count was written, and for modes 1 and 5 the gate
                          * has risen since */
    uint32_t next_count; /* as last written; 0: not since the control word */
    bool gate;
    uint8_t mode;
    uint8_t access; /* bits 5 and 4 of the control word */
    bool bcd;
    bool read_high; /* of two bytes the second is next */
    bool write_high;
    uint8_t low_written;
    uint8_t latched_bytes; /* of latched_count still to be read, as access */
    uint16_t latched_count;
    bool status_latched;
    uint8_t status;
} PITChannel;

struct I8254State {
    ISADevice parent_obj;
    MemoryRegion io;
    qemu_irq irq;
    PITChannel channels[PIT_NUM_CHANNELS];
    QEMUTimer *timer;    /* the next change of channel 0's output */
    int64_t next_change; /* when that is due */
};

I8254State *i8254_init(ISABus *bus, Error **errp);
bool i8254_get_out(I8254State *s, int channel);
bool i8254_get_gate(I8254State *s, int channel);
void i8254_set_gate(I8254State *s, int channel, bool level);

struct PCSpkState {
    ISADevice parent_obj;
    MemoryRegion io;
    I8254State *pit; /* set before realize */
    bool data_on;
    bool refresh; /* changes with every read */
};

bool pcspk_init(ISABus *bus, I8254State *pit, Error **errp);

#endif
