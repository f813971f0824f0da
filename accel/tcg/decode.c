/*
 * From guest bytes to a block of Ops: the frame around the generators.
 *
 * Zydis decodes one instruction after the other; the generator of its mnemonic
 * appends Ops (gen-common.c has what they share). A block ends at a branch or
 * whatever else sets Decoder.end, at the end of its page, or when it is full.
 * An instruction that goes on in the next page has a block of its own.
 *
 * Code that is not in RAM is fetched byte by byte from whatever is there, one
 * instruction at a time, and never cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"
#include "accel/tcg/tcg-sys.h"
#include "trace/trace.h"

/* Ops of one instruction and of what may end the block after it. */
#define OPS_RESERVE 12

#define CPUID_LZCNT (1u << 5) /* leaf 0x80000001 ECX */
#define CPUID_BMI1  (1u << 3) /* leaf 7 EBX: TZCNT */

static GenFn *gen_table[ZYDIS_MNEMONIC_MAX_VALUE + 1];

/* By code size: 16, 32, 64 bits. */
enum { CODE16, CODE32, CODE64, CODE_REAL, CODE_KINDS };
static ZydisDecoder decoders[CODE_KINDS];

static void add_entries(const GenEntry *entry)
{
    for (; entry->gen; entry++) {
        g_assert(!gen_table[entry->mnemonic]);
        gen_table[entry->mnemonic] = entry->gen;
    }
}

void tcg_decode_init(const X86CPU *cpu)
{
    static const struct {
        ZydisMachineMode mode;
        ZydisStackWidth width;
    } kinds[CODE_KINDS] = {
        [CODE16] = {ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
        [CODE32] = {ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32},
        [CODE64] = {ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64},
        [CODE_REAL] = {ZYDIS_MACHINE_MODE_REAL_16, ZYDIS_STACK_WIDTH_16},
    };
    static bool done;

    if (done) {
        return;
    }
    done = true;
    add_entries(tcg_gen_int);
    add_entries(tcg_gen_sys);
    add_entries(tcg_gen_x87);
    add_entries(tcg_gen_sse);
    for (int i = 0; i < CODE_KINDS; i++) {
        ZydisDecoder *zd = &decoders[i];

        ZydisDecoderInit(zd, kinds[i].mode, kinds[i].width);
        /* What the CPU does not have decodes as it would on older ones. */
        ZydisDecoderEnableMode(zd, ZYDIS_DECODER_MODE_MPX, false);
        ZydisDecoderEnableMode(zd, ZYDIS_DECODER_MODE_CET, false);
        ZydisDecoderEnableMode(zd, ZYDIS_DECODER_MODE_CLDEMOTE, false);
        ZydisDecoderEnableMode(zd, ZYDIS_DECODER_MODE_LZCNT,
                               x86_cpu_has(cpu, FEAT_8000_0001_ECX,
                                           CPUID_LZCNT));
        ZydisDecoderEnableMode(zd, ZYDIS_DECODER_MODE_TZCNT,
                               x86_cpu_has(cpu, FEAT_7_0_EBX, CPUID_BMI1));
    }
}

static const ZydisDecoder *decoder_of(uint32_t mode)
{
    return mode & MODE_CS64   ? &decoders[CODE64]
           : mode & MODE_CS32 ? &decoders[CODE32]
           : (mode & MODE_PE) && !(mode & MODE_VM) ? &decoders[CODE16]
                                                   : &decoders[CODE_REAL];
}

/* ---------------------------------------------------------- one instruction */

/* The source of bytes while a block is decoded. */
typedef struct Source {
    const Fetch *fetch;
    const ZydisDecoder *zd;
    uint8_t *host;      /* next byte in the page; NULL: not RAM */
    uint64_t phys;      /* the same */
    unsigned left;      /* bytes of the page from there */
    uint8_t buf[ZYDIS_MAX_INSTRUCTION_LENGTH]; /* crossing, or not RAM */
    RAMBlock *ram2;
} Source;

enum { INSN_OK, INSN_BAD, INSN_TOO_LONG, INSN_CROSSES };

/* Without a base register in SIB, Zydis 4.0 takes REX.B for one: R13. */
static void fix_missing_base(Decoder *d)
{
    const ZydisDecodedInstruction *i = &d->insn;

    if (!(i->attributes & ZYDIS_ATTRIB_HAS_SIB) || i->raw.modrm.mod != 0 ||
        i->raw.sib.base != 5) {
        return;
    }
    for (unsigned n = 0; n < i->operand_count_visible; n++) {
        ZydisDecodedOperand *o = &d->opnd[n];

        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY) {
            o->mem.base = ZYDIS_REGISTER_NONE;
            o->mem.disp.has_displacement = true;
            o->mem.disp.value = i->raw.disp.value;
        }
    }
}

static int decode_bytes(Decoder *d, const Source *s, const void *bytes,
                        unsigned len)
{
    ZydisDecoderContext context;
    ZyanStatus status;

    status = ZydisDecoderDecodeInstruction(s->zd, &context, bytes, len,
                                           &d->insn);
    if (ZYAN_SUCCESS(status)) {
        status = ZydisDecoderDecodeOperands(s->zd, &context, &d->insn, d->opnd,
                                            d->insn.operand_count_visible);
    }
    if (ZYAN_SUCCESS(status)) {
        fix_missing_base(d);
        return INSN_OK;
    }
    if (status == ZYDIS_STATUS_NO_MORE_DATA) {
        return len < ZYDIS_MAX_INSTRUCTION_LENGTH ? INSN_CROSSES
                                                  : INSN_TOO_LONG;
    }
    return status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ? INSN_TOO_LONG
                                                       : INSN_BAD;
}

/* The first byte of the page after the block's; may raise its page fault. */
static const TlbInfo *next_page(Decoder *d, const Source *s)
{
    uint64_t linear = (s->fetch->linear & TCG_PAGE_MASK) + TCG_PAGE_SIZE;

    if (!(d->mode & MODE_CS64)) {
        linear = (uint32_t)linear;
    }
    return tcg_tlb_fill(d->t, tcg_mmu_index(d->t), linear, ACCESS_EXEC, NULL);
}

/* The only instruction of the block, all or part of it not in this page or not
 * in RAM. */
static int decode_collected(Decoder *d, Source *s)
{
    const TlbInfo *next = NULL;
    unsigned have = 0;
    int ret = INSN_CROSSES;

    while (ret == INSN_CROSSES && have < sizeof(s->buf)) {
        if (have < s->left) {
            s->buf[have] = s->host ? s->host[have]
                                   : tcg_mmio_ld(s->phys + have, 1);
        } else {
            if (!next) {
                next = next_page(d, s);
                if (s->host && next->host) {
                    tcg_code_page_watch(d->t, next->host, next->ram);
                }
            }
            s->buf[have] = next->host
                               ? next->host[have - s->left]
                               : tcg_mmio_ld(next->phys + have - s->left, 1);
        }
        have++;
        ret = decode_bytes(d, s, s->buf, have);
    }
    if (next) {
        /* Cached only if both halves are in RAM. */
        d->b->host2 = next->host;
        d->b->host = next->host ? d->b->host : NULL;
        s->ram2 = next->ram;
    }
    if (ret != INSN_OK) {
        d->insn.length = have;
    }
    return ret;
}

static int decode_insn(Decoder *d, Source *s, bool first)
{
    unsigned len = MIN(s->left, ZYDIS_MAX_INSTRUCTION_LENGTH);
    int ret = INSN_CROSSES;

    if (s->host) {
        ret = decode_bytes(d, s, s->host, len);
        if (ret != INSN_OK) {
            d->insn.length = len;
        }
    }
    return ret == INSN_CROSSES && first ? decode_collected(d, s) : ret;
}

/* ------------------------------------------------------------------- frame */

/* Prefixes count where the instruction itself is of bytes. */
static unsigned operand_size(const Decoder *d)
{
    bool prefix = d->insn.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE;

    if (d->insn.operand_width > 8) {
        return MIN(d->insn.operand_width / 8, 8);
    }
    if (d->mode & MODE_CS64) {
        return d->insn.raw.rex.W ? 8 : prefix ? 2 : 4;
    }
    return !(d->mode & MODE_CS32) == prefix ? 4 : 2;
}

static bool gen_insn(Decoder *d, int decoded)
{
    GenFn *gen;

    if (d->mode & MODE_CODE_BP) {
        gen_code_breakpoint(d);
    }
    if (decoded == INSN_TOO_LONG) {
        gen_raise(d, EXCP0D_GPF, true, 0);
        return false;
    }
    if (decoded == INSN_BAD) {
        gen_undefined(d);
        return false;
    }
    d->opsize = operand_size(d);
    d->adsize = d->insn.address_width / 8;
    gen = gen_table[d->insn.mnemonic];
    if (gen) {
        gen(d);
    } else {
        gen_undefined(d);
    }
    return !d->end;
}

/* Has the instruction to wait for a block of its own? */
static bool must_end_before(const Decoder *d, int decoded, uint32_t cs_limit)
{
    return decoded == INSN_CROSSES ||
           (cs_limit != UINT32_MAX &&
            d->rip + d->insn.length - 1 > cs_limit);
}

static void block_begin(Decoder *d, TcgCpu *t, uint64_t rip, const Fetch *f)
{
    Block *b = t->blocks->scratch;

    d->t = t;
    d->b = b;
    d->mode = t->mode;
    d->end = false;
    d->insn.length = 0;
    memset(b, 0, sizeof(*b));
    b->rip = rip;
    b->cs_base = t->cs_base;
    b->mode = t->mode;
    b->host = f->host;
    b->cs_limit = tcg_cs_limit(t);
}

/* A jump to where the block ends; not part of any instruction's bytes. */
static void end_before(Decoder *d, uint64_t rip)
{
    d->insn.length = 0;
    gen_goto(d, rip);
}

static bool one_only(const Decoder *d, const Source *s)
{
    return (d->mode & (MODE_SINGLE | MODE_WATCH)) || tcg_options.one_insn || !s->host ||
           d->b->host2 || !d->b->host;
}

/* One more instruction. False: the block has ended. */
static bool decode_next(Decoder *d, Source *s)
{
    Block *b = d->b;
    bool first = b->bytes == 0;
    int decoded = decode_insn(d, s, first);

    if (must_end_before(d, decoded, b->cs_limit)) {
        if (!first) {
            end_before(d, d->rip);
            return false;
        }
        decoded = INSN_TOO_LONG; /* #GP(0), as beyond the limit */
    }
    b->bytes += d->insn.length;
    d->next_rip = tcg_truncate_rip(d->mode, d->rip + d->insn.length);
    if (!gen_insn(d, decoded)) {
        return false;
    }
    if (d->insn.length >= s->left || one_only(d, s) ||
        d->next_rip != d->rip + d->insn.length ||
        b->nr_ops > BLOCK_MAX_OPS - OPS_RESERVE) {
        end_before(d, d->next_rip);
        return false;
    }
    s->host += d->insn.length;
    s->left -= d->insn.length;
    d->rip = d->next_rip;
    return true;
}

Block *tcg_decode(TcgCpu *t, uint64_t rip, const Fetch *f, RAMBlock **ram2)
{
    Decoder *d = t->blocks->decoder;
    Source s = {
        .fetch = f,
        .zd = decoder_of(t->mode),
        .host = f->host,
        .phys = f->phys,
        .left = TCG_PAGE_SIZE - (f->linear & ~TCG_PAGE_MASK),
    };

    block_begin(d, t, rip, f);
    d->rip = rip;
    if (unlikely(qemu_loglevel & (LOG_EXEC | LOG_CPU))) {
        d->next_rip = rip;
        emit(d, tcg_op_log);
    }
    while (decode_next(d, &s)) {
    }
    tcg_flags_pass(d);
    if (unlikely(qemu_loglevel & LOG_IN_ASM)) {
        tcg_log_block(t, d->b, s.zd);
    }
    *ram2 = s.ram2;
    return d->b;
}
