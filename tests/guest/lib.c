/*
 * What a freestanding program has to bring itself: memory functions, the
 * serial port, the command line, and a way out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#include <stdarg.h>

#define COM1            0x3f8
#define COM1_LSR        (COM1 + 5)
#define LSR_THR_EMPTY   0x20
#define DEBUG_EXIT      0x501
#define DEBUG_EXIT_GOOD 0x10 /* status 33 */
#define DEBUG_EXIT_BAD  0x11 /* status 35 */

static const char *command_line = "";

/* One instruction each: under a slow processor every one counts. */
void *memcpy(void *to, const void *from, size_t n)
{
    void *p = to;

    __asm__ volatile("rep movsb" : "+D"(p), "+S"(from), "+c"(n) : : "memory");
    return to;
}

void *memset(void *to, int c, size_t n)
{
    void *p = to;

    __asm__ volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(c) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;

    for (; n; n--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

/* ----------------------------------------------------------------- serial */

static void put_char(char c)
{
    while (!(inb(COM1_LSR) & LSR_THR_EMPTY)) {
    }
    outb(COM1, c);
}

static void put_string(const char *s)
{
    while (*s) {
        put_char(*s++);
    }
}

static void put_number(uint64_t v, unsigned base)
{
    char text[24];
    char *p = text + sizeof(text) - 1;

    *p = 0;
    do {
        *--p = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    put_string(p);
}

static void put_ip(uint32_t ip)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        put_number(ip >> shift & 0xff, 10);
        if (shift) {
            put_char('.');
        }
    }
}

void say(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_string("tiny: ");
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put_char(*fmt);
            continue;
        }
        switch (*++fmt) {
        case 's':
            put_string(va_arg(ap, const char *));
            break;
        case 'u':
            put_number(va_arg(ap, uint32_t), 10);
            break;
        case 'x':
            put_number(va_arg(ap, uint64_t), 16);
            break;
        case 'i':
            put_ip(va_arg(ap, uint32_t));
            break;
        }
    }
    put_string("\r\n");
    va_end(ap);
}

void leave(bool good)
{
    cli();
    outw(DEBUG_EXIT, good ? DEBUG_EXIT_GOOD : DEBUG_EXIT_BAD);
    for (;;) {
        __asm__ volatile("hlt");
    }
}

/* ----------------------------------------------------------- command line */

void set_command_line(const char *text)
{
    command_line = text;
}

const char *option(const char *name)
{
    for (const char *p = command_line; *p;) {
        const char *n = name;

        while (*n && *p == *n) {
            p++;
            n++;
        }
        if (!*n && *p == '=') {
            return p + 1;
        }
        while (*p && *p != ' ') {
            p++;
        }
        while (*p == ' ') {
            p++;
        }
    }
    return NULL;
}

bool option_is(const char *name, const char *value)
{
    const char *p = option(name);

    while (p && *value && *p == *value) {
        p++;
        value++;
    }
    return p && !*value && (*p == 0 || *p == ' ');
}

static uint32_t parse_number(const char **p)
{
    uint32_t v = 0;

    while (**p >= '0' && **p <= '9') {
        v = v * 10 + (*(*p)++ - '0');
    }
    return v;
}

uint32_t option_number(const char *name, uint32_t otherwise)
{
    const char *p = option(name);

    return p ? parse_number(&p) : otherwise;
}

uint32_t option_ip(const char *name, uint32_t otherwise)
{
    const char *p = option(name);
    uint32_t ip = 0;

    for (int i = 0; p && i < 4; i++, p++) {
        ip = ip << 8 | (parse_number(&p) & 0xff);
    }
    return p ? ip : otherwise;
}
