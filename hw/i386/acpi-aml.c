/*
 * AML and resource descriptors: see acpi-aml.h.
 *
 * Methods here are few and small, so operators are written in prefix form by
 * the caller: aml_byte(a, AML_AND), then its operands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "acpi-aml.h"

#include "util/bswap.h"

#define OP_ZERO        0x00
#define OP_ONE         0x01
#define OP_NAME        0x08
#define OP_BYTE        0x0a
#define OP_WORD        0x0b
#define OP_DWORD       0x0c
#define OP_STRING      0x0d
#define OP_QWORD       0x0e
#define OP_SCOPE       0x10
#define OP_BUFFER      0x11
#define OP_PACKAGE     0x12
#define OP_METHOD      0x14
#define OP_DUAL_NAME   0x2e
#define OP_MULTI_NAME  0x2f
#define OP_EXT         0x5b
#define OP_EXT_REGION  0x80
#define OP_EXT_FIELD   0x81
#define OP_EXT_DEVICE  0x82

#define NAME_SEG_LEN 4

static void put(GByteArray *a, const void *data, unsigned len)
{
    g_byte_array_append(a, data, len);
}

static void put_le(GByteArray *a, uint64_t value, unsigned len)
{
    uint64_t le = cpu_to_le64(value);

    put(a, &le, len);
}

void aml_byte(GByteArray *a, uint8_t byte)
{
    put(a, &byte, 1);
}

/* ------------------------------------------------------------------ terms */

/* One of the segments; short ones are padded. */
static void put_segment(GByteArray *a, const char *name, size_t len)
{
    char segment[NAME_SEG_LEN] = {'_', '_', '_', '_'};

    memcpy(segment, name, MIN(len, NAME_SEG_LEN));
    put(a, segment, NAME_SEG_LEN);
}

void aml_path(GByteArray *a, const char *path)
{
    g_auto(GStrv) segments = NULL;
    unsigned n;

    while (*path == '\\' || *path == '^') {
        aml_byte(a, *path++);
    }
    segments = g_strsplit(path, ".", -1);
    n = g_strv_length(segments);
    if (n == 0) {
        aml_byte(a, 0);
    } else if (n == 2) {
        aml_byte(a, OP_DUAL_NAME);
    } else if (n > 2) {
        aml_byte(a, OP_MULTI_NAME);
        aml_byte(a, n);
    }
    for (unsigned i = 0; i < n; i++) {
        put_segment(a, segments[i], strlen(segments[i]));
    }
}

void aml_int(GByteArray *a, uint64_t value)
{
    if (value <= 1) {
        aml_byte(a, value ? OP_ONE : OP_ZERO);
    } else if (value <= UINT8_MAX) {
        aml_byte(a, OP_BYTE);
        put_le(a, value, 1);
    } else if (value <= UINT16_MAX) {
        aml_byte(a, OP_WORD);
        put_le(a, value, 2);
    } else if (value <= UINT32_MAX) {
        aml_byte(a, OP_DWORD);
        put_le(a, value, 4);
    } else {
        aml_byte(a, OP_QWORD);
        put_le(a, value, 8);
    }
}

void aml_string(GByteArray *a, const char *text)
{
    aml_byte(a, OP_STRING);
    put(a, text, strlen(text) + 1);
}

/* Three letters of five bits, four hexadecimal digits; big-endian. */
void aml_eisaid(GByteArray *a, const char *id)
{
    uint32_t value = (uint32_t)(id[0] - 0x40) << 26 |
                     (uint32_t)(id[1] - 0x40) << 21 |
                     (uint32_t)(id[2] - 0x40) << 16;

    for (int i = 0; i < 4; i++) {
        value |= (uint32_t)g_ascii_xdigit_value(id[3 + i]) << (12 - 4 * i);
    }
    aml_byte(a, OP_DWORD);
    put_le(a, GUINT32_SWAP_LE_BE(value), 4);
}

void aml_name(GByteArray *a, const char *path)
{
    aml_byte(a, OP_NAME);
    aml_path(a, path);
}

void aml_name_int(GByteArray *a, const char *path, uint64_t value)
{
    aml_name(a, path);
    aml_int(a, value);
}

void aml_name_string(GByteArray *a, const char *path, const char *text)
{
    aml_name(a, path);
    aml_string(a, text);
}

void aml_name_eisaid(GByteArray *a, const char *path, const char *id)
{
    aml_name(a, path);
    aml_eisaid(a, id);
}

/* ---------------------------------------------------------------- blocks */

size_t aml_begin_scope(GByteArray *a, const char *path)
{
    size_t block = a->len + 1;

    aml_byte(a, OP_SCOPE);
    aml_path(a, path);
    return block;
}

size_t aml_begin_device(GByteArray *a, const char *path)
{
    size_t block = a->len + 2;

    aml_byte(a, OP_EXT);
    aml_byte(a, OP_EXT_DEVICE);
    aml_path(a, path);
    return block;
}

size_t aml_begin_method(GByteArray *a, const char *path, unsigned flags)
{
    size_t block = a->len + 1;

    aml_byte(a, OP_METHOD);
    aml_path(a, path);
    aml_byte(a, flags);
    return block;
}

size_t aml_begin_package(GByteArray *a, unsigned nr_elements)
{
    size_t block = a->len + 1;

    aml_byte(a, OP_PACKAGE);
    aml_byte(a, nr_elements);
    return block;
}

size_t aml_begin_if(GByteArray *a)
{
    aml_byte(a, AML_IF);
    return a->len;
}

size_t aml_begin_else(GByteArray *a)
{
    aml_byte(a, AML_ELSE);
    return a->len;
}

static void insert(GByteArray *a, size_t at, const uint8_t *data, unsigned len)
{
    size_t tail = a->len - at;

    g_byte_array_set_size(a, a->len + len);
    memmove(a->data + at + len, a->data + at, tail);
    memcpy(a->data + at, data, len);
}

/* PkgLength: one byte up to 63; else 4 bits and up to three bytes more. It
 * counts itself. */
static unsigned encode_length(uint8_t *out, size_t value, bool counts_itself)
{
    unsigned bytes = 1;

    if (value + counts_itself < 1u << 6) {
        out[0] = value + counts_itself;
        return 1;
    }
    do {
        bytes++;
    } while (value + (counts_itself ? bytes : 0) >=
             (size_t)1 << (4 + 8 * (bytes - 1)));
    value += counts_itself ? bytes : 0;
    out[0] = (bytes - 1) << 6 | (value & 0xf);
    value >>= 4;
    for (unsigned i = 1; i < bytes; i++, value >>= 8) {
        out[i] = value;
    }
    return bytes;
}

void aml_end(GByteArray *a, size_t block)
{
    uint8_t length[4];
    unsigned n = encode_length(length, a->len - block, true);

    insert(a, block, length, n);
}

void aml_operation_region(GByteArray *a, const char *path, uint8_t space,
                          uint64_t offset, uint64_t len)
{
    aml_byte(a, OP_EXT);
    aml_byte(a, OP_EXT_REGION);
    aml_path(a, path);
    aml_byte(a, space);
    aml_int(a, offset);
    aml_int(a, len);
}

size_t aml_begin_field(GByteArray *a, const char *region, uint8_t access)
{
    size_t block = a->len + 2;

    aml_byte(a, OP_EXT);
    aml_byte(a, OP_EXT_FIELD);
    aml_path(a, region);
    aml_byte(a, access); /* no lock, bits not named are preserved */
    return block;
}

void aml_field(GByteArray *a, const char *name, unsigned bits)
{
    uint8_t length[4];

    put_segment(a, name, strlen(name));
    put(a, length, encode_length(length, bits, false));
}

void aml_field_skip(GByteArray *a, unsigned bits)
{
    uint8_t length[4];

    aml_byte(a, 0);
    put(a, length, encode_length(length, bits, false));
}

void aml_buffer(GByteArray *a, const void *data, unsigned len)
{
    size_t block = a->len + 1;

    aml_byte(a, OP_BUFFER);
    aml_int(a, len);
    put(a, data, len);
    aml_end(a, block);
}

/* ------------------------------------------------------------- resources */

#define RES_IO          0x47
#define RES_IRQ         0x22 /* two bytes of mask: edge, active high */
#define RES_END         0x79
#define RES_MEMORY32    0x86
#define RES_DWORD       0x87
#define RES_WORD        0x88
#define RES_INTERRUPT   0x89
#define RES_QWORD       0x8a
#define IO_DECODE_16    1
#define INT_CONSUMER    0x01
#define INT_SHARED      0x08
#define SPACE_MEMORY    0
#define SPACE_IO        1
#define SPACE_BUS       2
#define WINDOW_FIXED    0x0c /* minimum and maximum; positive; producer */
#define MEM_NO_CACHE_RW 0x01
#define IO_ENTIRE_RANGE 0x03

/* The buffer's size is an integer in front of its data; of fixed width, as it
 * is not known yet. */
size_t aml_begin_resources(GByteArray *a)
{
    size_t block = a->len + 1;

    aml_byte(a, OP_BUFFER);
    aml_byte(a, OP_WORD);
    put_le(a, 0, 2);
    return block;
}

void aml_end_resources(GByteArray *a, size_t block)
{
    size_t data = block + 3;

    aml_byte(a, RES_END);
    aml_byte(a, 0); /* no checksum */
    stw_le_p(a->data + block + 1, a->len - data);
    aml_end(a, block);
}

void aml_io(GByteArray *a, uint16_t base, uint8_t len)
{
    aml_byte(a, RES_IO);
    aml_byte(a, IO_DECODE_16);
    put_le(a, base, 2);
    put_le(a, base, 2);
    aml_byte(a, 1);
    aml_byte(a, len);
}

void aml_irq(GByteArray *a, int irq)
{
    aml_byte(a, RES_IRQ);
    put_le(a, 1u << irq, 2);
}

void aml_interrupt(GByteArray *a, bool shared, const uint32_t *irqs,
                   unsigned count)
{
    aml_byte(a, RES_INTERRUPT);
    put_le(a, 2 + 4 * count, 2);
    aml_byte(a, INT_CONSUMER | (shared ? INT_SHARED : 0));
    aml_byte(a, count);
    for (unsigned i = 0; i < count; i++) {
        put_le(a, irqs[i], 4);
    }
}

void aml_memory32_fixed(GByteArray *a, uint32_t base, uint32_t len)
{
    aml_byte(a, RES_MEMORY32);
    put_le(a, 9, 2);
    aml_byte(a, 1); /* writable */
    put_le(a, base, 4);
    put_le(a, len, 4);
}

/* `width`: bytes of each of the five numbers. */
static void window(GByteArray *a, uint8_t tag, unsigned width, uint8_t space,
                   uint8_t flags, uint64_t base, uint64_t last)
{
    aml_byte(a, tag);
    put_le(a, 3 + 5 * width, 2);
    aml_byte(a, space);
    aml_byte(a, WINDOW_FIXED);
    aml_byte(a, flags);
    put_le(a, 0, width); /* granularity */
    put_le(a, base, width);
    put_le(a, last, width);
    put_le(a, 0, width); /* translation */
    put_le(a, last - base + 1, width);
}

void aml_bus_window(GByteArray *a, uint16_t first, uint16_t last)
{
    window(a, RES_WORD, 2, SPACE_BUS, 0, first, last);
}

void aml_io_window(GByteArray *a, uint16_t base, uint16_t last)
{
    window(a, RES_WORD, 2, SPACE_IO, IO_ENTIRE_RANGE, base, last);
}

void aml_memory_window32(GByteArray *a, uint32_t base, uint32_t last)
{
    window(a, RES_DWORD, 4, SPACE_MEMORY, MEM_NO_CACHE_RW, base, last);
}

void aml_memory_window64(GByteArray *a, uint64_t base, uint64_t last)
{
    window(a, RES_QWORD, 8, SPACE_MEMORY, MEM_NO_CACHE_RW, base, last);
}
