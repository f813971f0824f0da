/*
 * A PS/2 keyboard without anybody at it and a mouse that lies still. They
 * exist because drivers wait long for a device that does not answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/ps2-internal.h"

#define PS2_ACK    0xfa
#define PS2_RESEND 0xfe /* "what was that?" */
#define PS2_BAT_OK 0xaa

enum {
    KBD_SET_LEDS = 0xed,
    KBD_ECHO = 0xee,
    KBD_SCANCODE_SET = 0xf0,
    KBD_GET_ID = 0xf2,
    KBD_SET_RATE = 0xf3,
    KBD_ENABLE = 0xf4,
    KBD_DISABLE = 0xf5,
    KBD_SET_DEFAULTS = 0xf6,
    KBD_ALL_MAKE_BREAK = 0xfa,
    KBD_RESET = 0xff,
};

enum {
    MOUSE_SCALING_1 = 0xe6,
    MOUSE_SCALING_2 = 0xe7,
    MOUSE_RESOLUTION = 0xe8,
    MOUSE_STATUS = 0xe9,
    MOUSE_STREAM = 0xea,
    MOUSE_POLL = 0xeb,
    MOUSE_UNWRAP = 0xec,
    MOUSE_WRAP = 0xee,
    MOUSE_REMOTE = 0xf0,
    MOUSE_GET_ID = 0xf2,
    MOUSE_RATE = 0xf3,
    MOUSE_ENABLE = 0xf4,
    MOUSE_DISABLE = 0xf5,
    MOUSE_DEFAULTS = 0xf6,
    MOUSE_RESET = 0xff,
};

#define MOUSE_DEFAULT_RESOLUTION 2
#define MOUSE_DEFAULT_RATE       100
#define MOUSE_PACKET_FLAGS       0x08

void ps2_queue_put(PS2Queue *q, uint8_t byte)
{
    if (q->used < PS2_QUEUE_SIZE) {
        q->data[(q->head + q->used++) % PS2_QUEUE_SIZE] = byte;
    }
}

uint8_t ps2_queue_get(PS2Queue *q)
{
    uint8_t byte = q->data[q->head];

    q->head = (q->head + 1) % PS2_QUEUE_SIZE;
    q->used--;
    return byte;
}

/* --------------------------------------------------------------- keyboard */

/* Codes of set 2 as the controller makes them set 1. */
static uint8_t translate_set(uint8_t set)
{
    static const uint8_t codes[] = {0, 0x43, 0x41, 0x3f};

    return codes[set];
}

void ps2_keyboard_reset(PS2Keyboard *k)
{
    k->queue.used = 0;
    k->command = 0;
    k->scancode_set = 2;
}

static void keyboard_argument(PS2Keyboard *k, uint8_t byte)
{
    if (k->command == KBD_SCANCODE_SET) {
        if (byte > 3) {
            ps2_queue_put(&k->queue, PS2_RESEND);
            return; /* the right one may follow */
        }
        ps2_queue_put(&k->queue, PS2_ACK);
        if (byte) {
            k->scancode_set = byte;
        } else {
            ps2_queue_put(&k->queue, k->translated
                                         ? translate_set(k->scancode_set)
                                         : k->scancode_set);
        }
    } else {
        ps2_queue_put(&k->queue, PS2_ACK);
    }
    k->command = 0;
}

static void keyboard_command(PS2Keyboard *k, uint8_t byte)
{
    uint8_t reply = PS2_ACK;

    switch (byte) {
    case KBD_SET_LEDS:
    case KBD_SCANCODE_SET:
    case KBD_SET_RATE:
        k->command = byte;
        break;
    case KBD_ECHO:
        reply = KBD_ECHO;
        break;
    case KBD_SET_DEFAULTS:
    case KBD_RESET:
        ps2_keyboard_reset(k);
        break;
    case 0x00:
    case KBD_GET_ID:
    case KBD_ENABLE:
    case KBD_DISABLE:
    case KBD_ALL_MAKE_BREAK:
        break;
    default:
        reply = PS2_RESEND;
    }
    ps2_queue_put(&k->queue, reply);
    if (byte == KBD_RESET) {
        ps2_queue_put(&k->queue, PS2_BAT_OK);
    } else if (byte == KBD_GET_ID) {
        ps2_queue_put(&k->queue, 0xab);
        ps2_queue_put(&k->queue, k->translated ? 0x41 : 0x83);
    }
}

void ps2_keyboard_write(PS2Keyboard *k, uint8_t byte)
{
    k->queue.used = 0; /* what it was about to say no longer matters */
    if (k->command && byte < KBD_SET_LEDS) {
        keyboard_argument(k, byte);
    } else {
        k->command = 0;
        keyboard_command(k, byte);
    }
}

/* ------------------------------------------------------------------ mouse */

static void mouse_set_defaults(PS2Mouse *m)
{
    m->resolution = MOUSE_DEFAULT_RESOLUTION;
    m->rate = MOUSE_DEFAULT_RATE;
    m->enabled = false;
    m->remote = false;
    m->scaling = false;
}

void ps2_mouse_reset(PS2Mouse *m)
{
    memset(m, 0, sizeof(*m));
    mouse_set_defaults(m);
}

/* Rates 200, 100, 80 in turn ask for a wheel, 200, 200, 80 for more buttons. */
static void mouse_set_rate(PS2Mouse *m, uint8_t rate)
{
    if (m->rates[0] == 200 && rate == 80) {
        if (m->rates[1] == 100) {
            m->id = 3;
        } else if (m->rates[1] == 200) {
            m->id = 4;
        }
    }
    m->rates[0] = m->rates[1];
    m->rates[1] = rate;
    m->rate = rate;
}

static void mouse_put_status(PS2Mouse *m)
{
    ps2_queue_put(&m->queue,
                  m->remote << 6 | m->enabled << 5 | m->scaling << 4);
    ps2_queue_put(&m->queue, m->resolution);
    ps2_queue_put(&m->queue, m->rate);
}

static void mouse_put_packet(PS2Mouse *m)
{
    ps2_queue_put(&m->queue, MOUSE_PACKET_FLAGS);
    ps2_queue_put(&m->queue, 0);
    ps2_queue_put(&m->queue, 0);
    if (m->id) {
        ps2_queue_put(&m->queue, 0);
    }
}

/* False: no such command. */
static bool mouse_change(PS2Mouse *m, uint8_t byte)
{
    switch (byte) {
    case MOUSE_SCALING_1:
    case MOUSE_SCALING_2:
        m->scaling = byte == MOUSE_SCALING_2;
        return true;
    case MOUSE_RESOLUTION:
    case MOUSE_RATE:
        m->command = byte;
        return true;
    case MOUSE_STREAM:
    case MOUSE_REMOTE:
        m->remote = byte == MOUSE_REMOTE;
        return true;
    case MOUSE_WRAP:
    case MOUSE_UNWRAP:
        m->wrap = byte == MOUSE_WRAP;
        return true;
    case MOUSE_ENABLE:
    case MOUSE_DISABLE:
        m->enabled = byte == MOUSE_ENABLE;
        return true;
    case MOUSE_DEFAULTS:
        mouse_set_defaults(m);
        return true;
    case MOUSE_RESET:
        ps2_mouse_reset(m);
        return true;
    case MOUSE_STATUS:
    case MOUSE_POLL:
    case MOUSE_GET_ID:
        return true;
    }
    return false;
}

static void mouse_command(PS2Mouse *m, uint8_t byte)
{
    if (!mouse_change(m, byte)) {
        ps2_queue_put(&m->queue, PS2_RESEND);
        return;
    }
    ps2_queue_put(&m->queue, PS2_ACK);
    switch (byte) {
    case MOUSE_RESET:
        ps2_queue_put(&m->queue, PS2_BAT_OK);
        ps2_queue_put(&m->queue, m->id);
        break;
    case MOUSE_GET_ID:
        ps2_queue_put(&m->queue, m->id);
        break;
    case MOUSE_STATUS:
        mouse_put_status(m);
        break;
    case MOUSE_POLL:
        mouse_put_packet(m);
        break;
    }
}

void ps2_mouse_write(PS2Mouse *m, uint8_t byte)
{
    if (m->wrap && byte != MOUSE_UNWRAP && byte != MOUSE_RESET) {
        ps2_queue_put(&m->queue, byte);
    } else if (m->command) {
        if (m->command == MOUSE_RATE) {
            mouse_set_rate(m, byte);
        } else {
            m->resolution = byte;
        }
        m->command = 0;
        ps2_queue_put(&m->queue, PS2_ACK);
    } else {
        mouse_command(m, byte);
    }
}
