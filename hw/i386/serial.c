/*
 * The 16550A UART (National Semiconductor PC16550D): see serial.h.
 *
 * Sending takes no time, but a chardev may: a character that it does not take
 * stays in the "shift register" (the chardev's pending bytes), what follows
 * stays in the FIFO, and the guest sees a transmitter that is busy. Receiving
 * asks for no more than the guest has room for, so nothing is lost there
 * either; only breaks and looped-back characters can overrun. The time-out of
 * the receiver's FIFO passes in guest time.
 *
 * Limits: words have eight bits whatever LCR says, there are no parity and
 * framing errors, the modem is always there (CTS, DSR, DCD), and a break that
 * the guest sends goes nowhere, except looped back. As on QEMU's, OUT2 does not
 * gate the interrupt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/serial.h"

#define REG_DATA    0 /* divisor, low byte */
#define REG_IER     1 /* divisor, high byte */
#define REG_IIR_FCR 2
#define REG_LCR     3
#define REG_MCR     4
#define REG_LSR     5
#define REG_MSR     6

#define IER_RX       0x01
#define IER_THR      0x02
#define IER_LINE     0x04
#define IER_MODEM    0x08
#define IER_WRITABLE 0x0f

#define IIR_MODEM   0x00
#define IIR_NONE    0x01
#define IIR_THR     0x02
#define IIR_RX      0x04
#define IIR_LINE    0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFOS   0xc0

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define FCR_CLEAR_TX 0x04
#define FCR_KEPT     0xc9

#define LCR_WORD_BITS 0x03
#define LCR_STOP      0x04
#define LCR_PARITY    0x08
#define LCR_BREAK     0x40
#define LCR_DLAB      0x80

#define MCR_DTR      0x01
#define MCR_RTS      0x02
#define MCR_OUT1     0x04
#define MCR_OUT2     0x08
#define MCR_LOOP     0x10
#define MCR_WRITABLE 0x1f

#define LSR_DATA_READY 0x01
#define LSR_OVERRUN    0x02
#define LSR_BREAK      0x10
#define LSR_THR_EMPTY  0x20
#define LSR_TX_EMPTY   0x40
#define LSR_FIFO_ERROR 0x80

#define MSR_DELTA_CTS     0x01
#define MSR_TRAILING_RING 0x04
#define MSR_DELTAS        0x0f
#define MSR_CTS           0x10
#define MSR_DSR           0x20
#define MSR_RING          0x40
#define MSR_DCD           0x80
#define MSR_MODEM_THERE   (MSR_CTS | MSR_DSR | MSR_DCD)

#define CHAR_BREAK 0x100

#define RESET_DIVISOR    12 /* 9600 baud */
#define TIMEOUT_IN_CHARS 4

/* ------------------------------------------------------------------ FIFOs */

static unsigned fifo_size(const SerialState *s)
{
    return s->fcr & FCR_ENABLE ? SERIAL_FIFO_SIZE : 1;
}

static void fifo_push(SerialFifo *f, uint16_t c)
{
    f->data[(f->head + f->used++) % SERIAL_FIFO_SIZE] = c;
}

static uint16_t fifo_pop(SerialFifo *f)
{
    uint16_t c = f->data[f->head];

    f->head = (f->head + 1) % SERIAL_FIFO_SIZE;
    f->used--;
    return c;
}

static bool fifo_has_error(const SerialFifo *f)
{
    for (unsigned i = 0; i < f->used; i++) {
        if (f->data[(f->head + i) % SERIAL_FIFO_SIZE] & CHAR_BREAK) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------- interrupts */

static unsigned rx_trigger(const SerialState *s)
{
    static const uint8_t levels[] = {1, 4, 8, 14};

    return s->fcr & FCR_ENABLE ? levels[s->fcr >> 6] : 1;
}

/* Without the interrupts that are off; the first of them in order of
 * priority. */
static uint8_t serial_interrupt(const SerialState *s)
{
    if ((s->ier & IER_LINE) && (s->overrun || s->line_error)) {
        return IIR_LINE;
    }
    if ((s->ier & IER_RX) && s->rx.used >= rx_trigger(s)) {
        return IIR_RX;
    }
    if ((s->ier & IER_RX) && s->rx_timeout) {
        return IIR_TIMEOUT;
    }
    if ((s->ier & IER_THR) && s->thr_pending) {
        return IIR_THR;
    }
    if ((s->ier & IER_MODEM) && (s->msr & MSR_DELTAS)) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

static void serial_update_irq(SerialState *s)
{
    qemu_set_irq(s->irq, serial_interrupt(s) != IIR_NONE);
}

/* ---------------------------------------------------------------- receive */

static int64_t serial_char_ns(const SerialState *s)
{
    unsigned bits = 1 + 5 + (s->lcr & LCR_WORD_BITS) + 1 +
                    !!(s->lcr & LCR_PARITY) + !!(s->lcr & LCR_STOP);
    unsigned divisor = s->divisor ? s->divisor : RESET_DIVISOR;

    return NANOSECONDS_PER_SECOND * bits * divisor / s->baudbase;
}

/* Characters that are fewer than the guest wants to hear of wait only so
 * long. */
static void serial_start_timeout(SerialState *s)
{
    s->rx_timeout = false;
    if ((s->fcr & FCR_ENABLE) && s->rx.used) {
        timer_mod_ns(s->timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) +
                                   TIMEOUT_IN_CHARS * serial_char_ns(s));
    } else {
        timer_del(s->timer);
    }
}

static void serial_timed_out(void *opaque)
{
    SerialState *s = opaque;

    s->rx_timeout = s->rx.used > 0;
    serial_update_irq(s);
}

/* An error belongs to a character and shows when that comes first. */
static void serial_check_first(SerialState *s)
{
    s->line_error = s->rx.used && (s->rx.data[s->rx.head] & CHAR_BREAK);
}

static void serial_receive_char(SerialState *s, uint16_t c)
{
    if (s->rx.used == fifo_size(s)) {
        s->overrun = true;
        if (!(s->fcr & FCR_ENABLE)) {
            s->rx.data[s->rx.head] = c; /* the register is written over */
            serial_check_first(s);
        }
    } else {
        fifo_push(&s->rx, c);
        if (s->rx.used == 1) {
            serial_check_first(s);
        }
    }
    serial_start_timeout(s);
}

static int serial_can_receive(void *opaque)
{
    SerialState *s = opaque;
    int room = s->mcr & MCR_LOOP ? 0 : (int)(fifo_size(s) - s->rx.used);

    s->rx_stalled = !room;
    return room;
}

static void serial_receive(void *opaque, const uint8_t *buf, int size)
{
    SerialState *s = opaque;

    for (int i = 0; i < size; i++) {
        serial_receive_char(s, buf[i]);
    }
    serial_update_irq(s);
}

/* There may be room again for what the chardev has. */
static void serial_accept_input(SerialState *s)
{
    if (s->rx_stalled && serial_can_receive(s)) {
        qemu_chr_fe_accept_input(&s->chr);
    }
}

static uint8_t serial_read_data(SerialState *s)
{
    uint8_t c;

    if (!s->rx.used) {
        /* What was read last. */
        return s->rx.data[(s->rx.head + SERIAL_FIFO_SIZE - 1) %
                          SERIAL_FIFO_SIZE];
    }
    c = fifo_pop(&s->rx);
    serial_check_first(s);
    serial_start_timeout(s);
    serial_update_irq(s);
    serial_accept_input(s);
    return c;
}

/* --------------------------------------------------------------- transmit */

static bool serial_can_send(const SerialState *s)
{
    return s->tx.used && ((s->mcr & MCR_LOOP) || !s->tx_blocked);
}

static void serial_send(SerialState *s)
{
    bool sent = false;

    while (serial_can_send(s)) {
        uint8_t c = fifo_pop(&s->tx);

        if (s->mcr & MCR_LOOP) {
            serial_receive_char(s, c);
        } else {
            qemu_chr_fe_write_all(&s->chr, &c, 1);
            s->tx_blocked = qemu_chr_fe_pending(&s->chr) > 0;
        }
        sent = true;
    }
    if (sent && !s->tx.used) {
        s->thr_pending = true;
    }
    serial_update_irq(s);
}

static void serial_chardev_drained(void *opaque)
{
    SerialState *s = opaque;

    s->tx_blocked = qemu_chr_fe_pending(&s->chr) > 0;
    serial_send(s);
}

static void serial_write_data(SerialState *s, uint8_t c)
{
    if (s->tx.used < fifo_size(s)) {
        fifo_push(&s->tx, c);
    } else if (!(s->fcr & FCR_ENABLE)) {
        s->tx.data[s->tx.head] = c;
    }
    s->thr_pending = false;
    serial_send(s);
}

static void serial_event(void *opaque, QEMUChrEvent event)
{
    SerialState *s = opaque;

    if (event == CHR_EVENT_BREAK) {
        serial_receive_char(s, CHAR_BREAK);
        serial_update_irq(s);
    } else if (event == CHR_EVENT_CLOSED) {
        serial_chardev_drained(s);
    }
}

/* -------------------------------------------------------------- registers */

static uint8_t serial_read_lsr(SerialState *s)
{
    uint8_t lsr = (s->rx.used ? LSR_DATA_READY : 0) |
                  (s->overrun ? LSR_OVERRUN : 0) |
                  (s->line_error ? LSR_BREAK : 0);

    if ((s->fcr & FCR_ENABLE) && fifo_has_error(&s->rx)) {
        lsr |= LSR_FIFO_ERROR;
    }
    if (!s->tx.used) {
        lsr |= LSR_THR_EMPTY | (s->tx_blocked ? 0 : LSR_TX_EMPTY);
    }
    if (s->line_error && s->rx.used) {
        s->rx.data[s->rx.head] &= ~CHAR_BREAK;
    }
    s->overrun = false;
    s->line_error = false;
    serial_update_irq(s);
    return lsr;
}

static uint8_t serial_read_iir(SerialState *s)
{
    uint8_t iir = serial_interrupt(s);

    if (iir == IIR_THR) {
        s->thr_pending = false;
        serial_update_irq(s);
    }
    return iir | (s->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static uint8_t serial_read_msr(SerialState *s)
{
    uint8_t msr = s->msr;

    s->msr &= ~MSR_DELTAS;
    serial_update_irq(s);
    return msr;
}

/* Looped back, the modem's lines are our own outputs. */
static void serial_update_modem(SerialState *s)
{
    uint8_t lines = MSR_MODEM_THERE;
    uint8_t changed;

    if (s->mcr & MCR_LOOP) {
        lines = (s->mcr & MCR_RTS ? MSR_CTS : 0) |
                (s->mcr & MCR_DTR ? MSR_DSR : 0) |
                (s->mcr & MCR_OUT1 ? MSR_RING : 0) |
                (s->mcr & MCR_OUT2 ? MSR_DCD : 0);
    }
    changed = (s->msr ^ lines) >> 4;
    if (lines & MSR_RING) {
        changed &= ~MSR_TRAILING_RING;
    }
    s->msr = lines | (s->msr & MSR_DELTAS) | changed;
}

static void serial_write_mcr(SerialState *s, uint8_t value)
{
    s->mcr = value & MCR_WRITABLE;
    serial_update_modem(s);
    serial_send(s);
    serial_accept_input(s);
}

static void serial_clear_rx(SerialState *s)
{
    s->rx.used = 0;
    s->line_error = false;
    serial_start_timeout(s);
}

static void serial_write_fcr(SerialState *s, uint8_t value)
{
    bool switched = (s->fcr ^ value) & FCR_ENABLE;

    if (switched || (value & FCR_CLEAR_RX)) {
        serial_clear_rx(s);
    }
    if ((switched || (value & FCR_CLEAR_TX)) && s->tx.used) {
        s->tx.used = 0;
        s->thr_pending = true;
    }
    s->fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
    serial_update_irq(s);
    serial_accept_input(s);
}

static void serial_write_ier(SerialState *s, uint8_t value)
{
    /* Switched on while the transmitter is empty, its interrupt comes at
     * once. */
    if ((value & ~s->ier & IER_THR) && !s->tx.used) {
        s->thr_pending = true;
    }
    s->ier = value & IER_WRITABLE;
    serial_update_irq(s);
}

static void serial_write_lcr(SerialState *s, uint8_t value)
{
    if ((value & ~s->lcr & LCR_BREAK) && (s->mcr & MCR_LOOP)) {
        serial_receive_char(s, CHAR_BREAK);
        serial_update_irq(s);
    }
    s->lcr = value;
}

static uint64_t serial_read(void *opaque, hwaddr addr, unsigned size)
{
    SerialState *s = opaque;

    switch (addr) {
    case REG_DATA:
        return s->lcr & LCR_DLAB ? s->divisor & 0xff : serial_read_data(s);
    case REG_IER:
        return s->lcr & LCR_DLAB ? s->divisor >> 8 : s->ier;
    case REG_IIR_FCR:
        return serial_read_iir(s);
    case REG_LCR:
        return s->lcr;
    case REG_MCR:
        return s->mcr;
    case REG_LSR:
        return serial_read_lsr(s);
    case REG_MSR:
        return serial_read_msr(s);
    default:
        return s->scr;
    }
}

static void serial_write(void *opaque, hwaddr addr, uint64_t data,
                         unsigned size)
{
    SerialState *s = opaque;
    uint8_t value = data;

    switch (addr) {
    case REG_DATA:
        if (s->lcr & LCR_DLAB) {
            s->divisor = (s->divisor & 0xff00) | value;
        } else {
            serial_write_data(s, value);
        }
        break;
    case REG_IER:
        if (s->lcr & LCR_DLAB) {
            s->divisor = (s->divisor & 0xff) | value << 8;
        } else {
            serial_write_ier(s, value);
        }
        break;
    case REG_IIR_FCR:
        serial_write_fcr(s, value);
        break;
    case REG_LCR:
        serial_write_lcr(s, value);
        break;
    case REG_MCR:
        serial_write_mcr(s, value);
        break;
    case REG_LSR: /* what the lines say is not for writing */
    case REG_MSR:
        break;
    default:
        s->scr = value;
    }
}

const MemoryRegionOps serial_io_ops = {
    .read = serial_read,
    .write = serial_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

/* ------------------------------------------------------------------- life */

void serial_reset(SerialState *s)
{
    s->tx.used = 0;
    s->rx = (SerialFifo){0};
    s->divisor = RESET_DIVISOR;
    s->ier = 0;
    s->fcr = 0;
    s->lcr = 0;
    s->mcr = MCR_OUT2;
    s->msr = MSR_MODEM_THERE;
    s->scr = 0;
    s->overrun = false;
    s->line_error = false;
    s->thr_pending = false;
    serial_start_timeout(s);
    serial_update_irq(s);
    serial_accept_input(s);
}

void serial_init(SerialState *s)
{
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, serial_timed_out, s);
    qemu_chr_fe_set_handlers(&s->chr, serial_can_receive, serial_receive,
                             serial_event, s);
    qemu_chr_fe_set_drained(&s->chr, serial_chardev_drained);
    serial_reset(s);
}

void serial_cleanup(SerialState *s)
{
    qemu_chr_fe_set_handlers(&s->chr, NULL, NULL, NULL, NULL);
    timer_free(s->timer);
}
