/*
 * Building ACPI tables: byte code (AML, ACPI 6.5 chapter 20), resource
 * descriptors (6.4), and table headers (5.2.6). Everything is appended to a
 * GByteArray.
 *
 * What encloses other things is opened with aml_begin_*() and closed with
 * aml_end(), which puts the length in front of what has been written between
 * the two:
 *
 *     size_t dev = aml_begin_device(a, "COM1");
 *     aml_name_eisaid(a, "_HID", "PNP0501");
 *     aml_end(a, dev);
 *
 * Names are paths of segments of at most four letters: "\\_SB.PCI0", "_CRS".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_ACPI_AML_H
#define HW_I386_ACPI_AML_H

#include "util/osdep.h"

/* ------------------------------------------------------------------ terms */

#define AML_LOCAL0    0x60
#define AML_ARG0      0x68
#define AML_STORE     0x70
#define AML_AND       0x7b
#define AML_OR        0x7d
#define AML_NOTIFY    0x86
#define AML_CREATE_DWORD_FIELD 0x8a /* buffer, offset, name */
#define AML_LEQUAL    0x93
#define AML_IF        0xa0
#define AML_ELSE      0xa1
#define AML_RETURN    0xa4

void aml_byte(GByteArray *a, uint8_t byte); /* an opcode */
void aml_path(GByteArray *a, const char *path);
void aml_int(GByteArray *a, uint64_t value);
void aml_string(GByteArray *a, const char *text);
/* "PNP0501" as the compressed number. */
void aml_eisaid(GByteArray *a, const char *id);

/* Name (path, ...): the value follows. */
void aml_name(GByteArray *a, const char *path);
void aml_name_int(GByteArray *a, const char *path, uint64_t value);
void aml_name_string(GByteArray *a, const char *path, const char *text);
void aml_name_eisaid(GByteArray *a, const char *path, const char *id);

/* ---------------------------------------------------------------- blocks */

size_t aml_begin_scope(GByteArray *a, const char *path);
size_t aml_begin_device(GByteArray *a, const char *path);
/* flags: number of arguments. */
#define AML_SERIALIZED 0x08 /* it makes names: one call at a time */
size_t aml_begin_method(GByteArray *a, const char *path, unsigned flags);
size_t aml_begin_package(GByteArray *a, unsigned nr_elements);
/* A condition follows, then the body. */
size_t aml_begin_if(GByteArray *a);
size_t aml_begin_else(GByteArray *a);
void aml_end(GByteArray *a, size_t block);

/* Spaces of OperationRegion. */
#define AML_SYSTEM_MEMORY 0
#define AML_PCI_CONFIG    2
void aml_operation_region(GByteArray *a, const char *path, uint8_t space,
                          uint64_t offset, uint64_t len);
/* Access widths of Field. */
#define AML_ANY_ACC   0
#define AML_BYTE_ACC  1
#define AML_DWORD_ACC 3
size_t aml_begin_field(GByteArray *a, const char *region, uint8_t access);
void aml_field(GByteArray *a, const char *name, unsigned bits);
void aml_field_skip(GByteArray *a, unsigned bits);

/* Its data. */
void aml_buffer(GByteArray *a, const void *data, unsigned len);

/* ------------------------------------------------------------- resources */

/* A resource template: buffer with end tag. */
size_t aml_begin_resources(GByteArray *a);
void aml_end_resources(GByteArray *a, size_t block);

/* Ports [base, base + len). */
void aml_io(GByteArray *a, uint16_t base, uint8_t len);
/* An ISA interrupt, edge-triggered. */
void aml_irq(GByteArray *a, int irq);
/* Level-triggered, active high, shared (or not): any of irqs. The number of
 * the first is 5 bytes behind the beginning of the template's data if the
 * descriptor comes first. */
void aml_interrupt(GByteArray *a, bool shared, const uint32_t *irqs,
                   unsigned count);
/* 32-bit registers. */
void aml_memory32_fixed(GByteArray *a, uint32_t base, uint32_t len);

/* Windows of a bridge, [base, base + len). */
void aml_bus_window(GByteArray *a, uint16_t first, uint16_t last);
void aml_io_window(GByteArray *a, uint16_t base, uint16_t last);
void aml_memory_window32(GByteArray *a, uint32_t base, uint32_t last);
void aml_memory_window64(GByteArray *a, uint64_t base, uint64_t last);

#endif
