/*
 * The differential tester: random code.
 *
 * An instruction is random prefixes, an opcode out of a random opcode map and
 * random bytes behind it. Zydis says what that is; what cannot be compared is
 * thrown away (accept.c), operands are led to where something is (operands.c).
 * So every encoding of every instruction comes up, not those we thought of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "generate.h"
#include "util/bswap.h"

/* The most that one instruction takes with all that goes with it. */
#define INSN_ROOM 120

void dt_bytes(Gen *g, const void *bytes, unsigned len)
{
    g_assert(g->c->len + len < DT_CODE_MAX);
    memcpy(g->c->code + g->c->len, bytes, len);
    g->c->len += len;
}

void dt_int(Gen *g, uint64_t v, unsigned size)
{
    v = cpu_to_le64(v);
    dt_bytes(g, &v, size);
}

void dt_mov(Gen *g, unsigned reg, uint64_t v)
{
    if (!g->c->compat) {
        dt_int(g, 0x48 | reg >> 3, 1);
    }
    dt_int(g, 0xb8 | (reg & 7), 1);
    dt_int(g, v, g->c->compat ? 4 : 8);
}

/* ---------------------------------------------------------------- prefixes */

typedef struct Bytes {
    uint8_t b[ZYDIS_MAX_INSTRUCTION_LENGTH];
    unsigned n;
} Bytes;

static void add(Bytes *b, uint8_t v)
{
    if (b->n < sizeof(b->b)) {
        b->b[b->n++] = v;
    }
}

/* Segment overrides that change nothing: all bases are 0. (CS in 32-bit code
 * cannot be written; whether that comes before other faults is not said.) */
static void random_prefixes(Gen *g, Bytes *b)
{
    static const uint8_t segments[] = {0x26, 0x36, 0x3e, 0x2e};

    if (rng_chance(&g->r, 3)) {
        add(b, segments[rng_below(&g->r, g->c->compat ? 3 : 4)]);
    }
    if (rng_chance(&g->r, g->c->compat ? 1 : 4)) {
        add(b, 0x67);
    }
    if (rng_chance(&g->r, 3)) {
        add(b, 0xf0);
    }
}

static void random_rex(Gen *g, Bytes *b)
{
    if (!g->c->compat && rng_chance(&g->r, 55)) {
        add(b, 0x40 | rng_below(&g->r, 16));
    }
}

/* As the mandatory prefix of SSE. */
static void mandatory_prefix(Gen *g, Bytes *b)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3};
    uint8_t p = prefixes[rng_below(&g->r, 4)];

    if (p) {
        add(b, p);
    }
}

/* ----------------------------------------------------------------- opcodes */

static bool is_prefix(const Gen *g, uint8_t v)
{
    return (v & 0xe7) == 0x26 || (v >= 0x64 && v <= 0x67) || v == 0xf0 ||
           v == 0xf2 || v == 0xf3 || v == 0x0f ||
           (!g->c->compat && (v & 0xf0) == 0x40);
}

static void opcode_plain(Gen *g, Bytes *b)
{
    uint8_t v;

    do {
        v = rng_next(&g->r);
    } while (is_prefix(g, v));
    if (rng_chance(&g->r, 15)) {
        add(b, 0x66);
    }
    if (rng_chance(&g->r, 6)) {
        add(b, 0xf2 | rng_below(&g->r, 2));
    }
    random_rex(g, b);
    add(b, v);
}

static void opcode_0f(Gen *g, Bytes *b)
{
    if (rng_chance(&g->r, 20)) {
        add(b, 0x66);
    }
    if (rng_chance(&g->r, 8)) {
        add(b, 0xf2 | rng_below(&g->r, 2));
    }
    random_rex(g, b);
    add(b, 0x0f);
    add(b, rng_next(&g->r));
}

static void opcode_sse(Gen *g, Bytes *b)
{
    static const struct {
        uint8_t first, n;
    } ranges[] = {{0x10, 8}, {0x28, 8}, {0x50, 16}, {0x60, 16},
                  {0x70, 16}, {0xc2, 5}, {0xd0, 16}, {0xe0, 16},
                  {0xf0, 16}, {0x50, 16}, {0x58, 8}};
    unsigned i = rng_below(&g->r, ARRAY_SIZE(ranges));

    mandatory_prefix(g, b);
    random_rex(g, b);
    add(b, 0x0f);
    add(b, ranges[i].first + rng_below(&g->r, ranges[i].n));
}

static void opcode_0f38(Gen *g, Bytes *b)
{
    if (rng_chance(&g->r, 75)) {
        add(b, 0x66);
    } else {
        mandatory_prefix(g, b);
    }
    random_rex(g, b);
    add(b, 0x0f);
    if (rng_chance(&g->r, 35)) {
        add(b, 0x3a);
        add(b, rng_chance(&g->r, 50) ? 0x08 + rng_below(&g->r, 16)
               : rng_chance(&g->r, 50) ? 0x40 + rng_below(&g->r, 5)
                                       : 0x60 + rng_below(&g->r, 4));
    } else {
        add(b, 0x38);
        add(b, rng_chance(&g->r, 10) ? 0xf0 + rng_below(&g->r, 2)
               : rng_chance(&g->r, 10) ? 0xdb + rng_below(&g->r, 5)
                                       : rng_below(&g->r, 0x42));
    }
}

static void opcode_x87(Gen *g, Bytes *b)
{
    if (rng_chance(&g->r, 5)) {
        add(b, 0x66);
    }
    random_rex(g, b);
    add(b, 0xd8 + rng_below(&g->r, 8));
}

static void random_insn(Gen *g)
{
    Bytes b = {.n = 0};
    unsigned kind = rng_below(&g->r, 100);
    uint8_t modrm = rng_next(&g->r);

    random_prefixes(g, &b);
    if (kind < 30) {
        opcode_plain(g, &b);
    } else if (kind < 45) {
        opcode_0f(g, &b);
    } else if (kind < 72) {
        opcode_sse(g, &b);
    } else if (kind < 82) {
        opcode_0f38(g, &b);
    } else {
        opcode_x87(g, &b);
    }
    add(&b, rng_chance(&g->r, 45) ? modrm | 0xc0 : modrm);
    while (b.n < sizeof(b.b)) {
        add(&b, rng_next(&g->r));
    }
    memcpy(g->bytes, b.b, sizeof(b.b));
}

/* ------------------------------------------------------------ whole cases */

static bool decode(Gen *g)
{
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&g->decoder, g->bytes,
                                             sizeof(g->bytes), &g->insn,
                                             g->opnd))) {
        return false;
    }
    /* Zydis 4.0 is wrong about SIB without base but with REX.B. */
    for (unsigned i = 0; i < g->insn.operand_count; i++) {
        ZydisDecodedOperand *o = &g->opnd[i];

        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
            o->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
            g->insn.raw.modrm.mod == 0 && g->insn.raw.sib.base == 5 &&
            (g->insn.attributes & ZYDIS_ATTRIB_HAS_SIB)) {
            o->mem.base = ZYDIS_REGISTER_NONE;
        }
    }
    return true;
}

/* Shifts by nothing and repetitions of nothing leave flags as they are. */
static bool may_keep_flags(const Gen *g)
{
    ZydisInstructionCategory cat = g->insn.meta.category;

    return cat == ZYDIS_CATEGORY_SHIFT || cat == ZYDIS_CATEGORY_ROTATE ||
           cat == ZYDIS_CATEGORY_STRINGOP ||
           g->insn.mnemonic == ZYDIS_MNEMONIC_SHLD ||
           g->insn.mnemonic == ZYDIS_MNEMONIC_SHRD ||
           g->insn.mnemonic == ZYDIS_MNEMONIC_DIV ||
           g->insn.mnemonic == ZYDIS_MNEMONIC_IDIV;
}

static void account_flags(Gen *g)
{
    const ZydisAccessedFlags *f = g->insn.cpu_flags;

    if (!may_keep_flags(g)) {
        g->undefined &= ~(f->modified | f->set_0 | f->set_1);
    }
    g->undefined |= f->undefined & CC_ALL;
    g->c->undefined_flags |= g->undefined;
}

static void one_insn(Gen *g)
{
    unsigned begin = g->c->len, patches = g->c->nr_patches;

    for (;;) {
        random_insn(g);
        g->address = 0;
        if (!decode(g) || !dt_acceptable(g) ||
            (g->insn.cpu_flags->tested & g->undefined)) {
            continue;
        }
        if (dt_operands(g)) {
            break;
        }
        g->c->len = begin;
        g->c->nr_patches = patches;
    }
    dt_bytes(g, g->bytes, g->insn.length);
    account_flags(g);
    dt_cleanup(g);
}

void case_generate(Case *c, uint64_t seed, unsigned max)
{
    Gen g = {.r = {seed * UINT64_C(0xd1342543de82ef95) + 1}, .c = c};
    bool compat = c->compat, segmented = c->segmented;
    unsigned n;

    memset(c, 0, sizeof(*c));
    c->compat = compat;
    c->segmented = segmented;
    c->seed = rng_next(&g.r);
    ZydisDecoderInit(&g.decoder,
                     compat ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32
                            : ZYDIS_MACHINE_MODE_LONG_64,
                     compat ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_64);
    n = 1 + rng_below(&g.r, max);
    while (n-- && c->len + INSN_ROOM < DT_CODE_MAX) {
        one_insn(&g);
    }
    dt_int(&g, 0xcc, 1);
}
