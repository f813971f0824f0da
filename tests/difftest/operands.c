/*
 * The differential tester: makes operands of a random instruction lead
 * somewhere. Registers that address memory are loaded before it with addresses
 * in the data pages, seldom elsewhere; counts are kept small; branches lead to
 * the next instruction or a little further.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "generate.h"
#include "util/bswap.h"

/* --------------------------------------------------------------- addresses */

static uint64_t random_address(Gen *g, unsigned size)
{
    /* Of two operands only one may fault: which does first is not said. */
    unsigned kind = rng_below(&g->r, g->address ? 80 : 100);
    unsigned back = 1 + rng_below(&g->r, MAX(size, 2) - 1);
    uint64_t a;

    size = MAX(size, 1);
    if (kind < 80) {
        a = DT_DATA + rng_below(&g->r, DT_DATA_SIZE - size);
        if (rng_chance(&g->r, size >= 16 ? 90 : 60)) {
            a &= ~(uint64_t)(MIN(size, 64) - 1);
            a &= size >= 16 ? ~(uint64_t)15 : UINT64_MAX;
        }
        return a;
    }
    if (kind < 88) { /* over the border of two pages */
        return DT_DATA + 0x1000 - back;
    }
    if (kind < 92) {
        return DT_DATA + DT_DATA_SIZE + rng_below(&g->r, DT_RO_SIZE - size) / 16 * 16;
    }
    if (kind < 95) { /* from writable to read-only */
        return DT_DATA + DT_DATA_SIZE - back;
    }
    if (kind < 98) { /* to where nothing is */
        return DT_DATA + DT_ALL_SIZE - back;
    }
    a = rng_next(&g->r);
    return rng_chance(&g->r, 50) ? a : (uint64_t)((int64_t)a >> 17);
}

static bool is_gpr(ZydisRegister reg)
{
    switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
        return true;
    default:
        return false;
    }
}

/* Displacement bytes of the instruction. */
static void put_disp(Gen *g, uint64_t v)
{
    v = cpu_to_le64(v);
    memcpy(g->bytes + g->insn.raw.disp.offset, &v, g->insn.raw.disp.size / 8);
}

/* An operand with base and perhaps index, to offset a. */
static void lead_registers(Gen *g, const ZydisDecodedOperand *o, uint64_t a)
{
    unsigned base = ZydisRegisterGetId(o->mem.base);
    unsigned index = ZydisRegisterGetId(o->mem.index);
    bool has_base = is_gpr(o->mem.base), has_index = is_gpr(o->mem.index);
    int64_t disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
    int64_t i = (int64_t)rng_below(&g->r, 64) - 8;
    uint64_t v;

    if (has_index && has_base && base != index) {
        dt_mov(g, index, i);
        dt_mov(g, base, a - disp - i * o->mem.scale);
    } else if (has_index && has_base) {
        v = (a - disp) / (o->mem.scale + 1);
        dt_mov(g, base, v);
        g->address = case_base(g->c) + v * (o->mem.scale + 1) + disp;
    } else if (has_base) {
        dt_mov(g, base, a - disp);
    } else if (g->insn.raw.disp.size == 32) {
        dt_mov(g, index, i);
        put_disp(g, a - i * o->mem.scale);
    }
}

static void lead_stack(Gen *g, uint64_t linear)
{
    dt_mov(g, R_ESP, linear - case_base(g->c));
}

static bool is_implied_stack(const ZydisDecodedOperand *o)
{
    return o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN &&
           ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
                                            o->mem.base) == ZYDIS_REGISTER_RSP;
}

/* dt_cleanup() has to know where the operand is. */
static bool has_cleanup(const Gen *g)
{
    switch (g->insn.mnemonic) {
    case ZYDIS_MNEMONIC_FNSTENV:
    case ZYDIS_MNEMONIC_FNSAVE:
    case ZYDIS_MNEMONIC_FXSAVE:
        return true;
    default:
        return false;
    }
}

/* RIP-relative operands are done last, when the place is known. */
static bool lead_memory(Gen *g, const ZydisDecodedOperand *o)
{
    unsigned size = MIN(o->size / 8, 512);
    uint64_t a = random_address(g, size);

    if (o->mem.type == ZYDIS_MEMOP_TYPE_AGEN) {
        return true;
    }
    if (is_implied_stack(o)) {
        /* PUSHA and POPA that fault may have done some. */
        if (size > 8 && (g->insn.meta.category == ZYDIS_CATEGORY_POP ||
                         g->insn.meta.category == ZYDIS_CATEGORY_PUSH)) {
            lead_stack(g, DT_STACK);
        } else if (rng_chance(&g->r, 30)) {
            lead_stack(g, random_address(g, size));
        }
        return true;
    }
    g->address = a;
    if (o->mem.base == ZYDIS_REGISTER_RIP ||
        o->mem.base == ZYDIS_REGISTER_EIP) {
        return true;
    }
    if (!is_gpr(o->mem.base) && !is_gpr(o->mem.index)) {
        if (g->insn.raw.disp.size >= 32) {
            put_disp(g, a - case_base(g->c));
        }
        return true;
    }
    if (g->insn.address_width == 16) {
        g->address = 0; /* not led */
        return !g->c->segmented || !has_cleanup(g);
    }
    lead_registers(g, o, a - case_base(g->c));
    return true;
}

static void lead_rip_relative(Gen *g)
{
    for (unsigned i = 0; i < g->insn.operand_count_visible; i++) {
        const ZydisDecodedOperand *o = &g->opnd[i];

        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
            (o->mem.base == ZYDIS_REGISTER_RIP ||
             o->mem.base == ZYDIS_REGISTER_EIP)) {
            put_disp(g, g->address - (DT_CODE + g->c->len + g->insn.length));
        }
    }
}

/* What memory has at the operand, if it is in the data pages. */
static void patch_memory(Gen *g, unsigned at, uint64_t v, unsigned size)
{
    uint64_t offset = g->address - DT_DATA + at;
    Patch *p = &g->c->patch[g->c->nr_patches];

    if (offset < DT_ALL_SIZE - size && g->c->nr_patches < DT_PATCH_MAX) {
        g->c->nr_patches++;
        p->offset = offset;
        p->len = size;
        v = cpu_to_le64(v);
        memcpy(p->bytes, &v, size);
    }
}

/* ---------------------------------------------------------------- branches */

/* Jumped over if the branch is taken. */
static void lead_relative(Gen *g)
{
    unsigned offset = g->insn.raw.imm[0].offset;
    unsigned size = g->insn.raw.imm[0].size / 8;

    memset(g->bytes + offset, 0, size);
    g->bytes[offset] = 5; /* dt_cleanup()'s MOV */
}

static bool lead_indirect(Gen *g)
{
    const ZydisDecodedOperand *o = &g->opnd[0];

    if (o->type != ZYDIS_OPERAND_TYPE_REGISTER) {
        /* Wherever it goes; target before stack is not said. */
        return g->insn.meta.category != ZYDIS_CATEGORY_CALL &&
               rng_chance(&g->r, 10);
    }
    if (g->insn.meta.category == ZYDIS_CATEGORY_CALL ||
        rng_chance(&g->r, 85)) {
        unsigned movlen = g->c->compat ? 5 : 10;

        dt_mov(g, ZydisRegisterGetId(o->reg.value),
                DT_CODE + g->c->len + movlen + g->insn.length);
    }
    return true;
}

/* A return address behind the RET: CALL to the next instruction, and the
 * difference is added in memory. */
static void lead_return(Gen *g)
{
    static const uint8_t call[] = {0xe8, 0, 0, 0, 0};
    static const uint8_t add64[] = {0x48, 0x83, 0x04, 0x24};
    unsigned add = g->c->compat ? 4 : 5;

    dt_bytes(g, call, sizeof(call));
    dt_bytes(g, g->c->compat ? add64 + 1 : add64, add - 1);
    dt_int(g, add + g->insn.length, 1);
    g->undefined = 0; /* ADD wrote them */
}

static bool lead_branch(Gen *g)
{
    switch (g->insn.meta.category) {
    case ZYDIS_CATEGORY_RET:
        lead_return(g);
        return true;
    case ZYDIS_CATEGORY_COND_BR:
        lead_relative(g);
        return true;
    default:
        if (g->opnd[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
            lead_relative(g);
            return true;
        }
        return lead_indirect(g);
    }
}

/* ----------------------------------------------------------- special cases */

/* So that a quotient fits, mostly. */
static void lead_division(Gen *g)
{
    uint64_t high = rng_chance(&g->r, 50) ? 0 : -(uint64_t)rng_below(&g->r, 3);

    if (rng_chance(&g->r, 30)) {
        return;
    }
    if (g->insn.operand_width == 8) {
        dt_mov(g, R_EAX, rng_below(&g->r, 0x4000));
    } else {
        dt_mov(g, R_EDX, high);
    }
}

static void lead_popf(Gen *g)
{
    static const uint8_t mov_to_stack[] = {0xc7, 0x04, 0x24};

    lead_stack(g, DT_STACK);
    dt_bytes(g, mov_to_stack, sizeof(mov_to_stack));
    /* Not TF, NT, AC, ID. */
    dt_int(g, rng_next(&g->r) & ~UINT64_C(0x244100) & UINT32_MAX, 4);
    g->undefined = 0;
}

/* A bit number in a register reaches far from the operand. */
static void lead_bit_test(Gen *g)
{
    if (g->opnd[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
        g->opnd[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
        rng_chance(&g->r, 90)) {
        unsigned reg = ZydisRegisterGetId(g->opnd[1].reg.value);

        if (ZydisRegisterGetId(g->opnd[0].mem.base) != (int)reg &&
            ZydisRegisterGetId(g->opnd[0].mem.index) != (int)reg) {
            dt_mov(g, reg, (int64_t)rng_below(&g->r, 256) - 128);
        }
    }
}

static uint64_t random_mxcsr(Gen *g)
{
    return rng_chance(&g->r, 90) ? 0x1f80 | (rng_next(&g->r) & 0xe07f)
                                 : rng_next(&g->r) & 0x1ffff;
}

static void lead_special(Gen *g)
{
    switch (g->insn.mnemonic) {
    case ZYDIS_MNEMONIC_DIV:
    case ZYDIS_MNEMONIC_IDIV:
        lead_division(g);
        break;
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFD:
    case ZYDIS_MNEMONIC_POPFQ:
        lead_popf(g);
        break;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
        lead_bit_test(g);
        break;
    case ZYDIS_MNEMONIC_LDMXCSR:
        patch_memory(g, 0, random_mxcsr(g), 4);
        break;
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
        patch_memory(g, 24, random_mxcsr(g), 4);
        patch_memory(g, 0, rng_next(&g->r) | 0x3f, 2);
        break;
    case ZYDIS_MNEMONIC_FLDCW:
    case ZYDIS_MNEMONIC_FLDENV:
    case ZYDIS_MNEMONIC_FRSTOR:
        if (rng_chance(&g->r, 80)) {
            patch_memory(g, 0, rng_next(&g->r) | 0x3f, 2);
        }
        break;
    case ZYDIS_MNEMONIC_ENTER:
        g->bytes[g->insn.raw.imm[0].offset + 1] = 0;
        break;
    default:
        break;
    }
}

bool dt_operands(Gen *g)
{
    for (unsigned i = 0; i < g->insn.operand_count; i++) {
        if (g->opnd[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            g->insn.meta.category != ZYDIS_CATEGORY_RET &&
            !lead_memory(g, &g->opnd[i])) {
            return false;
        }
    }
    if (g->insn.attributes &
        (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE |
         ZYDIS_ATTRIB_HAS_REPNE)) {
        dt_mov(g, R_ECX, rng_below(&g->r, 40));
    }
    if (g->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
        !lead_branch(g)) {
        return false;
    }
    lead_special(g);
    lead_rip_relative(g);
    return true;
}

/* ----------------------------------------------------------------- cleanup */

/* MOV dword [a], 0 */
static void clear_dword(Gen *g, uint64_t a)
{
    static const uint8_t mov64[] = {0xc7, 0x04, 0x25};
    static const uint8_t mov32[] = {0xc7, 0x05};

    if (g->c->compat) {
        dt_bytes(g, mov32, sizeof(mov32));
    } else {
        dt_bytes(g, mov64, sizeof(mov64));
    }
    dt_int(g, a - case_base(g->c), 4);
    dt_int(g, 0, 4);
}

/* Instruction and operand pointers are kept differently by processors. */
static void clear_pointers(Gen *g, unsigned from, unsigned to)
{
    if (g->address - DT_DATA >= DT_DATA_SIZE) {
        return;
    }
    for (; from < to; from += 4) {
        clear_dword(g, g->address + from);
    }
}

void dt_cleanup(Gen *g)
{
    switch (g->insn.mnemonic) {
    case ZYDIS_MNEMONIC_FNSTENV:
    case ZYDIS_MNEMONIC_FNSAVE:
        if ((g->insn.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) &&
            !g->insn.raw.rex.W) {
            clear_pointers(g, 6, 14);
        } else {
            clear_pointers(g, 12, 28);
        }
        break;
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
        clear_pointers(g, 4, 24);
        clear_pointers(g, 28, 32);
        break;
    default:
        if (g->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
            g->opnd[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
            g->insn.meta.category != ZYDIS_CATEGORY_RET) {
            dt_int(g, 0xb8, 1); /* MOV EAX, imm32 */
            dt_int(g, rng_next(&g->r), 4);
        }
        break;
    }
}
