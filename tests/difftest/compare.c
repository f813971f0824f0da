/*
 * The differential tester: comparing outcomes, and describing cases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <Zydis/Zydis.h>

#include "difftest.h"
#include "hw/i386/cpu.h"
#include "util/bswap.h"

#define FLAGS_COMPARED (CC_ALL | DF_MASK | AC_MASK)
/* Linux shows faults of the kernel's half as if something were mapped. */
#define USER_END UINT64_C(0x7ffffffff000)

static const char *const reg_names[16] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
};

static void differ(GString *out, const char *what, uint64_t native,
                   uint64_t emulated)
{
    g_string_append_printf(out, "  %-7s native %" PRIx64 " emulated %" PRIx64
                                "\n", what, native, emulated);
}

static void compare_value(GString *out, const char *what, uint64_t native,
                          uint64_t emulated)
{
    if (native != emulated) {
        differ(out, what, native, emulated);
    }
}

static void compare_bytes(GString *out, const char *what, unsigned n,
                          const uint8_t *native, const uint8_t *emulated,
                          unsigned len)
{
    if (memcmp(native, emulated, len) == 0) {
        return;
    }
    g_string_append_printf(out, "  %s%u native ", what, n);
    for (unsigned i = len; i-- > 0;) {
        g_string_append_printf(out, "%02x", native[i]);
    }
    g_string_append(out, " emulated ");
    for (unsigned i = len; i-- > 0;) {
        g_string_append_printf(out, "%02x", emulated[i]);
    }
    g_string_append_c(out, '\n');
}

/* Unmasked overflow and underflow show PE if the result is inexact even with
 * exponents without bounds; the software CPU shows it if it is inexact. */
static uint32_t mxcsr_of(const uint8_t *fx)
{
    uint32_t v = ldl_le_p(fx + 24);

    return v & ~(v >> 7) & 0x18 ? v & ~0x20u : v;
}

/* Condition codes that manuals call undefined are as AMD has them. */
static uint16_t fpus_mask(void)
{
    return __builtin_cpu_is("amd") ? 0xffff : 0xb8ff;
}

static void compare_fx(GString *out, const Case *c, const uint8_t *native,
                       const uint8_t *emulated)
{
    compare_value(out, "fpuc", ldw_le_p(native), ldw_le_p(emulated));
    compare_value(out, "fpus", ldw_le_p(native + 2) & fpus_mask(),
                  ldw_le_p(emulated + 2) & fpus_mask());
    compare_value(out, "fptags", native[4], emulated[4]);
    compare_value(out, "mxcsr", mxcsr_of(native), mxcsr_of(emulated));
    for (unsigned i = 0; i < 8; i++) {
        compare_bytes(out, "st", i, native + 32 + 16 * i,
                      emulated + 32 + 16 * i, 10);
    }
    for (unsigned i = 0; i < (c->compat ? 8 : 16); i++) {
        compare_bytes(out, "xmm", i, native + 160 + 16 * i,
                      emulated + 160 + 16 * i, 16);
    }
}

/* What is beyond a limit of SS may also be misaligned, or an FPU exception be
 * pending: which comes first depends on the instruction. */
static bool is_segment_fault(int vector)
{
    return vector == EXCP0C_STACK || vector == EXCP0D_GPF;
}

static bool is_memory_fault(int vector)
{
    return is_segment_fault(vector) || vector == EXCP0E_PAGE;
}

/* FLDENV, FRSTOR, FNSTENV, FNSAVE, FXSAVE, FXRSTOR touch their operand in any
 * order. Whether the case has one: D9 or DD /4 to /6 or 0F AE; others may look
 * like it, to no harm. */
static bool any_order(const Case *c)
{
    for (unsigned i = 0; i + 1 < c->len; i++) {
        unsigned reg = c->code[i + 1] >> 3 & 7;

        if (((c->code[i] & 0xfb) == 0xd9 && reg >= 4 && reg <= 6) ||
            (c->code[i] == 0x0f && c->code[i + 1] == 0xae)) {
            return true;
        }
    }
    return false;
}

static void compare_fault(GString *out, const Case *c, const Outcome *native,
                          const Outcome *emulated)
{
    uint64_t ignored = native->cr2 >= USER_END ? 1 : 0;

    if (c->segmented && is_segment_fault(emulated->vector) &&
        (is_segment_fault(native->vector) || native->vector == EXCP10_COPR)) {
        return;
    }
    if (any_order(c) && is_memory_fault(emulated->vector) &&
        is_memory_fault(native->vector)) {
        return;
    }
    compare_value(out, "vector", native->vector, emulated->vector);
    if (native->vector != emulated->vector) {
        return;
    }
    if (native->vector == EXCP0E_PAGE) {
        compare_value(out, "cr2", native->cr2, emulated->cr2);
        compare_value(out, "error", native->error | ignored,
                      emulated->error | ignored);
    } else if (native->vector == EXCP0D_GPF ||
               native->vector == EXCP0C_STACK) {
        compare_value(out, "error", native->error, emulated->error);
    }
}

char *outcome_compare(const Case *c, const Outcome *native,
                      const Outcome *emulated)
{
    uint64_t flags = FLAGS_COMPARED & ~(uint64_t)c->undefined_flags;
    GString *out = g_string_new(NULL);

    compare_fault(out, c, native, emulated);
    compare_value(out, "rip", native->s.rip, emulated->s.rip);
    for (unsigned i = 0; i < (c->compat ? 8 : 16); i++) {
        compare_value(out, reg_names[i], native->s.regs[i],
                      emulated->s.regs[i]);
    }
    compare_value(out, "eflags", native->s.eflags & flags,
                  emulated->s.eflags & flags);
    compare_fx(out, c, native->s.fx, emulated->s.fx);
    for (unsigned i = 0; i < DT_ALL_SIZE; i += 8) {
        if (memcmp(native->data + i, emulated->data + i, 8) != 0) {
            g_string_append_printf(
                out, "  [%" PRIx64 "] native %016" PRIx64
                     " emulated %016" PRIx64 "\n",
                DT_DATA + i, ldq_le_p(native->data + i),
                ldq_le_p(emulated->data + i));
        }
    }
    return g_string_free(out, out->len == 0);
}

/* ------------------------------------------------------------------- cases */

static void describe_code(const Case *c, GString *out)
{
    ZydisMachineMode mode = c->compat ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32
                                      : ZYDIS_MACHINE_MODE_LONG_64;
    ZydisDisassembledInstruction insn;

    for (unsigned at = 0; at < c->len; at += insn.info.length) {
        if (!ZYAN_SUCCESS(ZydisDisassembleIntel(mode, DT_CODE + at,
                                                c->code + at, c->len - at,
                                                &insn))) {
            insn.info.length = 1;
            strcpy(insn.text, "(bad)");
        }
        g_string_append_printf(out, "  %03x ", at);
        for (unsigned i = 0; i < insn.info.length; i++) {
            g_string_append_printf(out, "%02x", c->code[at + i]);
        }
        g_string_append_printf(out, "  %s\n", insn.text);
    }
}

void case_describe(const Case *c, GString *out)
{
    State s;

    case_state(c, &s);
    for (unsigned i = 0; i < (c->compat ? 8 : 16); i++) {
        g_string_append_printf(out, "  %s=%" PRIx64, reg_names[i], s.regs[i]);
    }
    g_string_append_printf(out, "\n  eflags=%" PRIx64 " fpuc=%x fpus=%x "
                                "fptags=%x mxcsr=%x\n",
                           s.eflags, ldw_le_p(s.fx), ldw_le_p(s.fx + 2),
                           s.fx[4], ldl_le_p(s.fx + 24));
    for (unsigned i = 0; i < 8; i++) {
        g_string_append_printf(out, "  st%u=%04x%016" PRIx64, i,
                               ldw_le_p(s.fx + 40 + 16 * i),
                               ldq_le_p(s.fx + 32 + 16 * i));
    }
    for (unsigned i = 0; i < 16; i++) {
        g_string_append_printf(out, "%s  xmm%u=%016" PRIx64 "%016" PRIx64,
                               i % 4 ? "" : "\n", i,
                               ldq_le_p(s.fx + 168 + 16 * i),
                               ldq_le_p(s.fx + 160 + 16 * i));
    }
    g_string_append_c(out, '\n');
    describe_code(c, out);
    g_string_append(out, "  regress.txt: ");
    case_to_line(c, out);
    g_string_append_c(out, '\n');
}

static void append_hex(GString *out, const uint8_t *bytes, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        g_string_append_printf(out, "%02x", bytes[i]);
    }
}

/* mode seed undefined-flags code [offset:bytes ...], all but mode hexadecimal */
void case_to_line(const Case *c, GString *out)
{
    g_string_append_printf(out, "%s %" PRIx64 " %x ",
                           c->segmented ? "32s"
                           : c->compat  ? "32"
                                        : "64",
                           c->seed, c->undefined_flags);
    append_hex(out, c->code, c->len);
    for (unsigned i = 0; i < c->nr_patches; i++) {
        g_string_append_printf(out, " %x:", c->patch[i].offset);
        append_hex(out, c->patch[i].bytes, c->patch[i].len);
    }
}

/* Number of bytes, or -1. */
static int parse_hex(const char *s, uint8_t *bytes, unsigned max)
{
    unsigned n = 0;

    while (g_ascii_isxdigit(s[0]) && g_ascii_isxdigit(s[1])) {
        if (n == max) {
            return -1;
        }
        bytes[n++] = g_ascii_xdigit_value(s[0]) << 4 |
                     g_ascii_xdigit_value(s[1]);
        s += 2;
    }
    return *s ? -1 : (int)n;
}

static bool parse_patch(const char *s, Patch *p)
{
    char *end;
    unsigned long offset = strtoul(s, &end, 16);
    int len;

    if (*end != ':') {
        return false;
    }
    len = parse_hex(end + 1, p->bytes, sizeof(p->bytes));
    if (len <= 0 || offset > DT_ALL_SIZE - (unsigned)len) {
        return false;
    }
    p->offset = offset;
    p->len = len;
    return true;
}

bool case_from_line(const char *line, Case *c)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 0);
    unsigned n = g_strv_length(words);
    int len;

    memset(c, 0, sizeof(*c));
    if (n < 4 || n > 4 + DT_PATCH_MAX) {
        return false;
    }
    c->segmented = strcmp(words[0], "32s") == 0;
    c->compat = c->segmented || strcmp(words[0], "32") == 0;
    c->seed = g_ascii_strtoull(words[1], NULL, 16);
    c->undefined_flags = g_ascii_strtoull(words[2], NULL, 16);
    len = parse_hex(words[3], c->code, sizeof(c->code));
    c->len = MAX(len, 0);
    for (unsigned i = 4; i < n; i++) {
        if (!parse_patch(words[i], &c->patch[c->nr_patches++])) {
            return false;
        }
    }
    return len > 0;
}
