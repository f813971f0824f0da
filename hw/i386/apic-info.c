/*
 * A local APIC's registers as text, for "info lapic".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/lapic-internal.h"

static const char *const mode_names[8] = {
    "Fixed", "LowPri", "SMI", "...", "NMI", "INIT", "SIPI", "ExtINT",
};

static void append_lvt(GString *out, const char *name, uint32_t lvt, bool timer)
{
    static const char *const timer_modes[4] = {
        "one-shot",
        "periodic",
        "tsc-deadline",
        "...",
    };
    unsigned mode = lvt >> LVT_MODE_SHIFT & 7;

    g_string_append_printf(
        out, "%s\t 0x%08x %s %-5s %-6s %-7s %-12s %-6s", name, lvt,
        lvt & LVT_POLARITY ? "active-lo" : "active-hi",
        lvt & LVT_LEVEL ? "level" : "edge", lvt & LVT_MASKED ? "masked" : "",
        "", timer ? timer_modes[lvt / LVT_TIMER_PERIODIC & 3] : "",
        mode_names[mode]);
    if (mode == APIC_DM_FIXED || mode == APIC_DM_LOWEST ||
        mode == APIC_DM_EXTINT) {
        g_string_append_printf(out, " (vec %u)", lvt & LVT_VECTOR_MASK);
    }
    g_string_append_c(out, '\n');
}

static void append_timer(GString *out, const uint32_t *regs)
{
    uint32_t dcr = regs[APIC_TIMER_DIVIDE];
    unsigned shift = (((dcr & 3) | (dcr >> 1 & 4)) + 1) & 7;

    g_string_append_printf(out,
                           "Timer\t DCR=0x%x (divide by %u) initial_count = %u "
                           "current_count = %u\n",
                           dcr, 1u << shift, regs[APIC_TIMER_INITIAL],
                           regs[APIC_TIMER_CURRENT]);
}

static void append_icr(GString *out, const uint32_t *regs, bool x2apic)
{
    static const char *const shorthands[4] = {
        "no-shorthand",
        "self",
        "all-self",
        "all",
    };
    uint32_t icr = regs[APIC_ICR];
    unsigned shorthand = icr >> 18 & 3;
    bool logical = icr & 1u << 11;
    uint32_t dest = x2apic ? regs[APIC_ICR2] : regs[APIC_ICR2] >> 24;

    g_string_append_printf(
        out, "ICR\t 0x%08x %s %s %s %s\n", icr,
        logical ? "logical" : "physical", icr & 1u << 15 ? "level" : "edge",
        icr & 1u << 14 ? "assert" : "de-assert", shorthands[shorthand]);
    g_string_append_printf(out, "ICR2\t 0x%08x", regs[APIC_ICR2]);
    if (shorthand == 0) {
        g_string_append_printf(
            out, logical ? " mask 0x%x (APIC ID)" : " cpu %u (APIC ID)", dest);
    }
    g_string_append_c(out, '\n');
}

static void append_bits(GString *out, const char *name, const uint32_t *bits,
                        const uint32_t *tmr)
{
    bool any = false;

    g_string_append_printf(out, "%s\t", name);
    for (unsigned v = 0; v < 256; v++) {
        if (bits[v / 32] & 1u << (v & 31)) {
            g_string_append_printf(
                out, " %u%s", v,
                tmr && (tmr[v / 32] & 1u << (v & 31)) ? "(level)" : "");
            any = true;
        }
    }
    g_string_append(out, any ? "\n" : " (none)\n");
}

char *apic_info_text(X86CPU *cpu)
{
    APICCommonState *s = (APICCommonState *)cpu->apic;
    APICCommonClass *k = s ? APIC_COMMON_GET_CLASS(s) : NULL;
    GString *out = g_string_new(NULL);
    uint32_t regs[APIC_NUM_REGS];
    const uint32_t *lvt = &regs[APIC_LVT];

    if (!s || !k->get_regs || !k->get_regs(s, regs)) {
        return g_string_free(g_string_append(out, "No local APIC\n"), FALSE);
    }
    g_string_append_printf(out, "dumping local APIC state for CPU %u \n\n",
                           cpu->parent_obj.cpu_index);
    append_lvt(out, "LVT0", lvt[APIC_LVT_LINT0], false);
    append_lvt(out, "LVT1", lvt[APIC_LVT_LINT1], false);
    append_lvt(out, "LVTPC", lvt[APIC_LVT_PERFORM], false);
    append_lvt(out, "LVTERR", lvt[APIC_LVT_ERROR], false);
    append_lvt(out, "LVTTHMR", lvt[APIC_LVT_THERMAL], false);
    append_lvt(out, "LVTT", lvt[APIC_LVT_TIMER], true);
    append_timer(out, regs);
    g_string_append_printf(
        out, "SPIV\t 0x%08x APIC %s, focus=%s, spurious vec %u\n",
        regs[APIC_SVR],
        regs[APIC_SVR] & APIC_SVR_ENABLED ? "enabled" : "disabled",
        regs[APIC_SVR] & 1u << 9 ? "on" : "off", regs[APIC_SVR] & 0xff);
    append_icr(out, regs, s->apicbase & MSR_IA32_APICBASE_EXTD);
    g_string_append_printf(out, "ESR\t 0x%08x\n", regs[APIC_ESR]);
    append_bits(out, "ISR", &regs[APIC_ISR], &regs[APIC_TMR]);
    append_bits(out, "IRR", &regs[APIC_IRR], &regs[APIC_TMR]);
    g_string_append_printf(
        out, "\nAPR 0x%02x TPR 0x%02x DFR 0x%02x LDR 0x%02x PPR 0x%02x\n",
        regs[APIC_APR], regs[APIC_TPR], regs[APIC_DFR] >> 28,
        s->apicbase & MSR_IA32_APICBASE_EXTD ? regs[APIC_LDR]
                                             : regs[APIC_LDR] >> 24,
        regs[APIC_PPR]);
    return g_string_free(out, FALSE);
}
