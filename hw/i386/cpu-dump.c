/*
 * A CPU's registers as text, laid out like QEMU's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/cpu.h"

static bool long_code(const CPUX86State *env)
{
    return (env->efer & EFER_LMA) && (env->segs[R_CS].flags & DESC_L_MASK);
}

static unsigned cpl(const CPUX86State *env)
{
    if (!(env->cr[0] & CR0_PE)) {
        return 0;
    }
    return env->eflags & VM_MASK ? 3
                                 : env->segs[R_SS].flags >> DESC_DPL_SHIFT & 3;
}

static void dump_regs(GString *out, const CPUX86State *env)
{
    static const char *const names[] = {"AX", "BX", "CX", "DX",
                                        "SI", "DI", "BP", "SP"};
    static const uint8_t order[] = {R_EAX, R_EBX, R_ECX, R_EDX,
                                    R_ESI, R_EDI, R_EBP, R_ESP};
    bool wide = long_code(env);

    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        const char *end = i % 4 == 3 ? "\n" : " ";
        uint64_t val = env->regs[order[i]];

        if (wide) {
            g_string_append_printf(out, "R%s=%016" PRIx64 "%s", names[i], val,
                                   end);
        } else {
            g_string_append_printf(out, "E%s=%08x%s", names[i], (uint32_t)val,
                                   end);
        }
    }
    for (unsigned i = R_R8; wide && i <= R_R15; i++) {
        g_string_append_printf(out, "R%-2u=%016" PRIx64 "%s", i, env->regs[i],
                               i % 4 == 3 ? "\n" : " ");
    }
}

static void dump_flags(GString *out, X86CPU *cpu)
{
    const CPUX86State *env = cpu->env;
    uint32_t fl = env->eflags;

    if (long_code(env)) {
        g_string_append_printf(out, "RIP=%016" PRIx64 " RFL=%08x", env->rip,
                               fl);
    } else {
        g_string_append_printf(out, "EIP=%08x EFL=%08x", (uint32_t)env->rip,
                               fl);
    }
    g_string_append_printf(
        out, " [%c%c%c%c%c%c%c] CPL=%u II=%d A20=1 SMM=0 HLT=%d\n",
        fl & DF_MASK ? 'D' : '-', fl & CC_O ? 'O' : '-', fl & CC_S ? 'S' : '-',
        fl & CC_Z ? 'Z' : '-', fl & CC_A ? 'A' : '-', fl & CC_P ? 'P' : '-',
        fl & CC_C ? 'C' : '-', cpl(env), env->interrupt_shadow,
        CPU(cpu)->halted);
}

/* " DPL=0 CS64 [-RA]": what the descriptor is. */
static void dump_descriptor(GString *out, const CPUX86State *env,
                            const SegmentCache *sc)
{
    uint32_t f = sc->flags;

    if (!(env->cr[0] & CR0_PE) || !(f & DESC_P_MASK)) {
        return;
    }
    g_string_append_printf(out, " DPL=%u ", f >> DESC_DPL_SHIFT & 3);
    if (!(f & DESC_S_MASK)) {
        static const char *const kinds[16] = {
            [1] = "TSS16-avl", [2] = "LDT", [3] = "TSS16-busy",
            [9] = "TSS64-avl", [11] = "TSS64-busy",
        };
        const char *kind = kinds[f >> DESC_TYPE_SHIFT & 15];

        g_string_append(out, kind ? kind : "Reserved");
    } else if (f & DESC_CS_MASK) {
        g_string_append_printf(out, "%s [%c%c%c]",
                               f & DESC_L_MASK   ? "CS64"
                               : f & DESC_B_MASK ? "CS32"
                                                 : "CS16",
                               f & DESC_C_MASK ? 'C' : '-',
                               f & DESC_R_MASK ? 'R' : '-',
                               f & DESC_A_MASK ? 'A' : '-');
    } else {
        g_string_append_printf(out, "%s [%c%c%c]",
                               f & DESC_B_MASK || env->efer & EFER_LMA
                                   ? "DS  "
                                   : "DS16",
                               f & DESC_E_MASK ? 'E' : '-',
                               f & DESC_W_MASK ? 'W' : '-',
                               f & DESC_A_MASK ? 'A' : '-');
    }
}

static void dump_segment(GString *out, const CPUX86State *env,
                         const char *name, const SegmentCache *sc)
{
    g_string_append_printf(out, "%-3s=%04x %0*" PRIx64 " %08x %08x", name,
                           sc->selector, env->efer & EFER_LMA ? 16 : 8,
                           sc->base, sc->limit, sc->flags & 0x00ffff00);
    dump_descriptor(out, env, sc);
    g_string_append_c(out, '\n');
}

static void dump_system(GString *out, const CPUX86State *env)
{
    static const char *const names[] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    int width = env->efer & EFER_LMA ? 16 : 8;

    for (unsigned i = 0; i < CPU_NB_SEGS; i++) {
        dump_segment(out, env, names[i], &env->segs[i]);
    }
    dump_segment(out, env, "LDT", &env->ldt);
    dump_segment(out, env, "TR", &env->tr);
    g_string_append_printf(out, "GDT=     %0*" PRIx64 " %08x\n", width,
                           env->gdt.base, env->gdt.limit);
    g_string_append_printf(out, "IDT=     %0*" PRIx64 " %08x\n", width,
                           env->idt.base, env->idt.limit);
    g_string_append_printf(out,
                           "CR0=%08x CR2=%0*" PRIx64 " CR3=%0*" PRIx64
                           " CR4=%08x\n",
                           (uint32_t)env->cr[0], width, env->cr[2], width,
                           env->cr[3], (uint32_t)env->cr[4]);
    for (unsigned i = 0; i < 4; i++) {
        g_string_append_printf(out, "DR%u=%016" PRIx64 " ", i, env->dr[i]);
    }
    g_string_append_printf(out, "\nDR6=%016" PRIx64 " DR7=%016" PRIx64 "\n",
                           env->dr[6], env->dr[7]);
    g_string_append_printf(out, "EFER=%016" PRIx64 "\n", env->efer);
}

static void dump_fpu(GString *out, const CPUX86State *env)
{
    unsigned top = env->fpus >> 11 & 7;
    unsigned nr_xmm = long_code(env) ? 16 : 8;

    g_string_append_printf(out,
                           "FCW=%04x FSW=%04x [ST=%u] FTW=%02x MXCSR=%08x\n",
                           env->fpuc, env->fpus, top,
                           (uint8_t)~env->fptags, env->mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        g_string_append_printf(out, "FPR%u=%016" PRIx64 " %04x%s", i,
                               env->fpregs[i].mant, env->fpregs[i].se,
                               i % 2 ? "\n" : " ");
    }
    for (unsigned i = 0; i < nr_xmm; i++) {
        g_string_append_printf(out, "XMM%02u=%016" PRIx64 " %016" PRIx64 "%s",
                               i, env->xmm[i].q[1], env->xmm[i].q[0],
                               i % 2 ? "\n" : " ");
    }
}

char *x86_cpu_dump_state(X86CPU *cpu, bool fpu)
{
    GString *out = g_string_new(NULL);

    dump_regs(out, cpu->env);
    dump_flags(out, cpu);
    dump_system(out, cpu->env);
    if (fpu) {
        dump_fpu(out, cpu->env);
    }
    return g_string_free(out, false);
}
