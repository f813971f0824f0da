/*
 * A PS/2 keyboard and a PS/2 mouse: what they answer to commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_PS2_INTERNAL_H
#define HW_I386_PS2_INTERNAL_H

#include "util/osdep.h"

#define PS2_QUEUE_SIZE 16

/* What the device has to say. What does not fit is lost. */
typedef struct PS2Queue {
    uint8_t data[PS2_QUEUE_SIZE];
    uint8_t head;
    uint8_t used;
} PS2Queue;

void ps2_queue_put(PS2Queue *q, uint8_t byte);
/* The queue must not be empty. */
uint8_t ps2_queue_get(PS2Queue *q);

typedef struct PS2Keyboard {
    PS2Queue queue;
    uint8_t command; /* waits for its argument; 0: none does */
    uint8_t scancode_set;
    bool translated; /* by the controller: what the answers look like */
} PS2Keyboard;

typedef struct PS2Mouse {
    PS2Queue queue;
    uint8_t command; /* the same */
    uint8_t id;      /* 0: plain, 3: with a wheel, 4: with five buttons */
    uint8_t resolution;
    uint8_t rate;
    uint8_t rates[2]; /* the two before, which may ask for another id */
    bool enabled;
    bool remote;
    bool scaling;
    bool wrap; /* echoes */
} PS2Mouse;

void ps2_keyboard_reset(PS2Keyboard *k);
void ps2_mouse_reset(PS2Mouse *m);
/* A byte from the host. */
void ps2_keyboard_write(PS2Keyboard *k, uint8_t byte);
void ps2_mouse_write(PS2Mouse *m, uint8_t byte);

#endif
