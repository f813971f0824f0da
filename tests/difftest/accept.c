/*
 * The differential tester: which instructions are generated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "generate.h"

/* What the software CPU has, and this processor. */
static bool known_set(ZydisISASet set)
{
    switch (set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_PENTIUMMMX:
    case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_FCMOV:
    case ZYDIS_ISA_SET_FAT_NOP:
    case ZYDIS_ISA_SET_PREFETCH_NOP:
    case ZYDIS_ISA_SET_PAUSE:
    case ZYDIS_ISA_SET_LAHF:
    case ZYDIS_ISA_SET_LONGMODE:
    case ZYDIS_ISA_SET_X87:
    case ZYDIS_ISA_SET_FXSAVE:
    case ZYDIS_ISA_SET_FXSAVE64:
    case ZYDIS_ISA_SET_CMPXCHG16B:
    case ZYDIS_ISA_SET_CLFSH:
    case ZYDIS_ISA_SET_SSE:
    case ZYDIS_ISA_SET_SSE2:
    case ZYDIS_ISA_SET_SSE2MMX:
    case ZYDIS_ISA_SET_SSEMXCSR:
    case ZYDIS_ISA_SET_SSE_PREFETCH:
        return true;
    case ZYDIS_ISA_SET_SSE3:
    case ZYDIS_ISA_SET_SSE3X87:
        return __builtin_cpu_supports("sse3");
    case ZYDIS_ISA_SET_SSSE3:
    case ZYDIS_ISA_SET_SSSE3MMX:
        return __builtin_cpu_supports("ssse3");
    case ZYDIS_ISA_SET_SSE4:
        return __builtin_cpu_supports("sse4.1");
    case ZYDIS_ISA_SET_SSE42:
        return __builtin_cpu_supports("sse4.2");
    case ZYDIS_ISA_SET_POPCNT:
        return __builtin_cpu_supports("popcnt");
    case ZYDIS_ISA_SET_AES:
        return __builtin_cpu_supports("aes");
    case ZYDIS_ISA_SET_PCLMULQDQ:
        return __builtin_cpu_supports("pclmul");
    default:
        return false;
    }
}

static bool known_category(ZydisInstructionCategory category)
{
    switch (category) {
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
    case ZYDIS_CATEGORY_SEGOP:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_VTX:
        return false;
    default:
        return true;
    }
}

static bool known_mnemonic(ZydisMnemonic m)
{
    switch (m) {
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
    case ZYDIS_MNEMONIC_CPUID:
    case ZYDIS_MNEMONIC_RDTSC:
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_ARPL:
    case ZYDIS_MNEMONIC_LAR:
    case ZYDIS_MNEMONIC_LSL:
    case ZYDIS_MNEMONIC_LDS:
    case ZYDIS_MNEMONIC_LES:
    case ZYDIS_MNEMONIC_LFS:
    case ZYDIS_MNEMONIC_LGS:
    case ZYDIS_MNEMONIC_LSS:
        return false;
    default:
        return true;
    }
}

/* Selectors differ between Linux and our tables. */
static bool known_operands(const Gen *g)
{
    for (unsigned i = 0; i < g->insn.operand_count_visible; i++) {
        const ZydisDecodedOperand *o = &g->opnd[i];

        if (o->type == ZYDIS_OPERAND_TYPE_POINTER) {
            return false;
        }
        if (o->type == ZYDIS_OPERAND_TYPE_REGISTER) {
            switch (ZydisRegisterGetClass(o->reg.value)) {
            case ZYDIS_REGCLASS_SEGMENT:
            case ZYDIS_REGCLASS_CONTROL:
            case ZYDIS_REGCLASS_DEBUG:
                return false;
            default:
                break;
            }
        }
    }
    return true;
}

static bool has_rep_prefix(const ZydisDecodedInstruction *i)
{
    for (unsigned n = 0; n < i->raw.prefix_count; n++) {
        if ((i->raw.prefixes[n].value & 0xfe) == 0xf2) {
            return true;
        }
    }
    return false;
}

/* A result is undefined, or depends on the processor's maker. */
static bool undefined_result(const Gen *g)
{
    const ZydisDecodedInstruction *i = &g->insn;

    switch (i->mnemonic) {
    case ZYDIS_MNEMONIC_NOP: /* PREFETCHW of a register */
        return i->opcode == 0x0d;
    case ZYDIS_MNEMONIC_MOVSXD: /* of 16 bits reads two bytes or four */
        return i->operand_width == 16 && i->raw.modrm.mod != 3;
    case ZYDIS_MNEMONIC_PAUSE: /* XCHG R8, RAX */
        return i->raw.rex.B;
    case ZYDIS_MNEMONIC_CVTPI2PS: /* whether it changes to MMX state */
        return i->raw.modrm.mod != 3;
    case ZYDIS_MNEMONIC_MASKMOVQ: /* changes to MMX state before it faults */
        return g->c->segmented;
    case ZYDIS_MNEMONIC_CMPXCHG: /* whether it clears the upper half */
        return i->raw.modrm.mod == 3 && i->operand_width == 32;
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE: /* REP once meant something */
        return has_rep_prefix(i);
    case ZYDIS_MNEMONIC_CMPSB: /* which operand faults first */
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSQ:
        return i->address_width == 16;
    case ZYDIS_MNEMONIC_CMPSD:
        return i->address_width == 16 && i->opcode == 0xa7;
    case ZYDIS_MNEMONIC_BSWAP:
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
        return i->operand_width == 16;
    default:
        return false;
    }
}

bool dt_acceptable(const Gen *g)
{
    const ZydisDecodedInstruction *i = &g->insn;

    if (!known_set(i->meta.isa_set) || !known_category(i->meta.category) ||
        !known_mnemonic(i->mnemonic) || !known_operands(g) ||
        undefined_result(g)) {
        return false;
    }
    /* In 64-bit code Intel and AMD disagree on 16-bit branches. */
    if (i->meta.branch_type != ZYDIS_BRANCH_TYPE_NONE) {
        return i->meta.branch_type != ZYDIS_BRANCH_TYPE_FAR &&
               !(i->attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE);
    }
    return true;
}
