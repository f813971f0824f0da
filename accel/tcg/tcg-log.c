/*
 * What -d shows of the software CPU: in_asm (blocks as they are decoded), exec
 * and cpu (blocks as they are entered), int (exceptions and interrupts).
 *
 * exec and cpu cost nothing while they are off: a block that is decoded while
 * they are on begins with an Op that writes the line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"
#include "accel/tcg/tcg-sys.h"
#include "trace/trace.h"

/* A block in the log: bytes are fetched anew, as the guest sees them now. */
void tcg_log_block(TcgCpu *t, const Block *b, const ZydisDecoder *zd)
{
    g_autoptr(GString) text = g_string_new("----------------\nIN: \n");
    ZydisFormatter formatter;
    unsigned pos = 0;

    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
    while (pos < b->bytes) {
        ZydisDecodedOperand opnd[ZYDIS_MAX_OPERAND_COUNT];
        uint64_t linear = b->cs_base + b->rip + pos, phys;
        ZydisDecodedInstruction insn;
        uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
        char line[128] = "(bad)";
        unsigned n;

        for (n = 0; n < MIN(sizeof(bytes), b->bytes - pos); n++) {
            const uint8_t *host =
                tcg_translate_debug(t, linear + n, &phys)
                    ? tcg_phys_ram(t, phys, 1, NULL)
                    : NULL;

            if (!host) {
                break;
            }
            bytes[n] = *host;
        }
        if (n == 0 || !ZYAN_SUCCESS(ZydisDecoderDecodeFull(zd, bytes, n, &insn,
                                                           opnd))) {
            insn.length = n ? n : 1;
        } else {
            ZydisFormatterFormatInstruction(&formatter, &insn, opnd,
                                            insn.operand_count_visible, line,
                                            sizeof(line), b->rip + pos, NULL);
        }
        g_string_append_printf(text, "0x%08" PRIx64 ":  ", b->rip + pos);
        for (unsigned i = 0; i < MIN(insn.length, n); i++) {
            g_string_append_printf(text, "%02x ", bytes[i]);
        }
        g_string_append_printf(text, "%*s %s\n",
                               insn.length < 8 ? 3 * (8 - insn.length) : 0, "",
                               line);
        pos += insn.length;
    }
    qemu_log("%s\n", text->str);
}

static void log_registers(TcgCpu *t)
{
    uint64_t eflags = t->env.eflags;
    g_autofree char *text = NULL;

    t->env.eflags = tcg_get_eflags(t);
    text = x86_cpu_dump_state(t->cpu, qemu_loglevel & LOG_CPU_FPU);
    t->env.eflags = eflags;
    qemu_log("%s", text);
}

const Op *tcg_op_log(TcgCpu *t, const Op *op)
{
    const Block *b = op_block(op);

    if (qemu_loglevel & LOG_EXEC) {
        qemu_log("Trace %d: %p [%016" PRIx64 "/%016" PRIx64 "/%08x]\n",
                 t->cpu->parent_obj.cpu_index, (const void *)b, b->cs_base,
                 b->rip, b->mode);
    }
    if (qemu_loglevel & LOG_CPU) {
        t->env.rip = b->rip;
        log_registers(t);
    }
    NEXT(t, op);
}

void tcg_log_interrupt(TcgCpu *t, int vector, bool is_int, bool has_error,
                       uint32_t error)
{
    static uint32_t count;
    const CPUX86State *env = &t->env;
    g_autofree char *fault =
        vector == EXCP0E_PAGE
            ? g_strdup_printf("CR2=%016" PRIx64, env->cr[2])
            : g_strdup_printf("env->regs[R_EAX]=%016" PRIx64,
                              env->regs[R_EAX]);

    qemu_log("%6u: v=%02x e=%04x i=%d cpl=%u IP=%04x:%016" PRIx64
             " pc=%016" PRIx64 " SP=%04x:%016" PRIx64 " %s\n",
             qatomic_fetch_add(&count, 1), vector, has_error ? error : 0,
             is_int, tcg_cpl(t), env->segs[R_CS].selector, env->rip,
             t->cs_base + env->rip, env->segs[R_SS].selector,
             env->regs[R_ESP], fault);
    log_registers(t);
}
