/*
 * The software CPU's control and debug registers: what may be written, and
 * what follows from it for paging and the mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/i386/apic.h"

#define CR0_ALL \
    (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | \
     CR0_NW | CR0_CD | CR0_PG)
#define LEAF7_EBX_FSGSBASE (1u << 0)
#define LEAF7_EBX_SMEP     (1u << 7)
#define LEAF7_EBX_SMAP     (1u << 20)
#define LEAF7_ECX_UMIP     (1u << 2)

static NORETURN void gp0(TcgCpu *t, const Op *op)
{
    tcg_raise_err(t, op, EXCP0D_GPF, 0);
}

/* The four entries of PAE's top level have no reserved bit set. */
static void check_pdptes(TcgCpu *t, const Op *op, uint64_t cr3)
{
    uint64_t phys = (1ull << t->cpu->phys_bits) - 1;
    uint64_t reserved = 0x1e6 | ~phys;

    for (unsigned i = 0; i < 4; i++) {
        uint64_t e = address_space_ld(&address_space_memory,
                                      (cr3 & 0xffffffe0) + 8 * i, 8, NULL);

        if (e & 1 && e & reserved) {
            gp0(t, op);
        }
    }
}

static bool pae_paging(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    return cr0 & CR0_PG && cr4 & CR4_PAE && !(efer & EFER_LMA);
}

/* Turning paging on with EFER.LME makes it long mode, turning it off ends
 * that. Returns the EFER to be. */
static uint64_t efer_for_cr0(TcgCpu *t, const Op *op, uint64_t v)
{
    CPUX86State *env = &t->env;
    bool was = env->cr[0] & CR0_PG, is = v & CR0_PG;

    if (!was && is && env->efer & EFER_LME) {
        if (!(env->cr[4] & CR4_PAE) || env->segs[R_CS].flags & DESC_L_MASK ||
            !(desc_type(env->tr.flags) & 8)) {
            gp0(t, op);
        }
        return env->efer | EFER_LMA;
    }
    if (was && !is) {
        if (t->mode & MODE_CS64 || env->cr[4] & CR4_PCIDE) {
            gp0(t, op);
        }
        return env->efer & ~(uint64_t)EFER_LMA;
    }
    return env->efer;
}

void tcg_write_cr0(TcgCpu *t, const Op *op, uint64_t v)
{
    CPUX86State *env = &t->env;
    uint64_t old = env->cr[0], efer;

    if (v >> 32 || (v & CR0_PG && !(v & CR0_PE)) ||
        (v & CR0_NW && !(v & CR0_CD))) {
        gp0(t, op);
    }
    v = (v & CR0_ALL) | CR0_ET;
    efer = efer_for_cr0(t, op, v);
    if ((old ^ v) & (CR0_PG | CR0_CD | CR0_NW) &&
        pae_paging(v, env->cr[4], efer)) {
        check_pdptes(t, op, env->cr[3]);
    }
    env->efer = efer;
    env->cr[0] = v;
    if ((old ^ v) & (CR0_PG | CR0_WP | CR0_PE)) {
        tcg_tlb_flush(t, false);
    }
    tcg_sync_mode(t);
}

void tcg_write_cr3(TcgCpu *t, const Op *op, uint64_t v)
{
    CPUX86State *env = &t->env;

    if (t->mode & MODE_LMA) {
        if (env->cr[4] & CR4_PCIDE) {
            v &= ~(1ull << 63); /* "do not flush" is only a permission */
        }
        if (v >> t->cpu->phys_bits) {
            gp0(t, op);
        }
    } else {
        v = (uint32_t)v;
        if (pae_paging(env->cr[0], env->cr[4], env->efer)) {
            check_pdptes(t, op, v);
        }
    }
    env->cr[3] = v;
    if (env->cr[0] & CR0_PG) {
        tcg_tlb_flush(t, env->cr[4] & CR4_PGE);
    }
}

/* The bits that this CPU has, by its features. */
static uint64_t cr4_valid(const X86CPU *cpu)
{
    static const struct {
        uint8_t word;
        uint32_t feature, bits;
    } table[] = {
        {FEAT_1_EDX, 1u << 1, CR4_VME | CR4_PVI},
        {FEAT_1_EDX, 1u << 2, CR4_DE},
        {FEAT_1_EDX, 1u << 3, CR4_PSE},
        {FEAT_1_EDX, 1u << 4, CR4_TSD},
        {FEAT_1_EDX, 1u << 6, CR4_PAE},
        {FEAT_1_EDX, 1u << 7, CR4_MCE},
        {FEAT_1_EDX, 1u << 13, CR4_PGE},
        {FEAT_1_EDX, 1u << 24, CR4_OSFXSR},
        {FEAT_1_EDX, 1u << 25, CR4_OSXMMEXCPT},
        {FEAT_1_ECX, 1u << 17, CR4_PCIDE},
        {FEAT_1_ECX, 1u << 26, CR4_OSXSAVE},
        {FEAT_7_0_EBX, LEAF7_EBX_FSGSBASE, CR4_FSGSBASE},
        {FEAT_7_0_EBX, LEAF7_EBX_SMEP, CR4_SMEP},
        {FEAT_7_0_EBX, LEAF7_EBX_SMAP, CR4_SMAP},
        {FEAT_7_0_ECX, LEAF7_ECX_UMIP, CR4_UMIP},
    };
    uint64_t valid = CR4_PCE;

    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        if (x86_cpu_has(cpu, table[i].word, table[i].feature)) {
            valid |= table[i].bits;
        }
    }
    return valid;
}

void tcg_write_cr4(TcgCpu *t, const Op *op, uint64_t v)
{
    const uint64_t paging =
        CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP;
    CPUX86State *env = &t->env;
    uint64_t changed = env->cr[4] ^ v;

    if (v & ~cr4_valid(t->cpu) || (t->mode & MODE_LMA && !(v & CR4_PAE)) ||
        (v & changed & CR4_PCIDE &&
         (!(t->mode & MODE_LMA) || env->cr[3] & 0xfff))) {
        gp0(t, op);
    }
    if (changed & paging && pae_paging(env->cr[0], v, env->efer)) {
        check_pdptes(t, op, env->cr[3]);
    }
    env->cr[4] = v;
    if (changed & paging) {
        tcg_tlb_flush(t, false);
    }
    tcg_sync_mode(t);
}

static void write_cr8(TcgCpu *t, const Op *op, uint64_t v)
{
    if (v > 15) {
        gp0(t, op);
    }
    bql_lock();
    cpu_set_apic_tpr(t->cpu, v);
    bql_unlock();
}

/* aux: the number; r2: the source. */
const Op *tcg_op_mov_to_cr(TcgCpu *t, const Op *op)
{
    uint64_t v = REG64(t, op->r2);

    if (!(t->mode & MODE_CS64)) {
        v = (uint32_t)v;
    }
    switch (op->aux) {
    case 0:
        tcg_write_cr0(t, op, v);
        break;
    case 2:
        t->env.cr[2] = v;
        break;
    case 3:
        tcg_write_cr3(t, op, v);
        break;
    case 4:
        tcg_write_cr4(t, op, v);
        break;
    default:
        write_cr8(t, op, v);
        break;
    }
    SYS_GOTO(t, op, sys_next_rip(t, op));
}

const Op *tcg_op_mov_from_cr(TcgCpu *t, const Op *op)
{
    uint64_t v;

    if (op->aux == 8) {
        bql_lock();
        v = cpu_get_apic_tpr(t->cpu);
        bql_unlock();
    } else {
        v = t->env.cr[op->aux];
    }
    REG64(t, op->r1) = t->mode & MODE_CS64 ? v : (uint32_t)v;
    NEXT(t, op);
}

const Op *tcg_op_lmsw(TcgCpu *t, const Op *op)
{
    uint64_t v = REG16(t, op->r2) & 15, old = t->env.cr[0];

    /* PE can be set that way, not cleared. */
    tcg_write_cr0(t, op, (old & ~(uint64_t)(CR0_MP | CR0_EM | CR0_TS)) | v);
    SYS_GOTO(t, op, sys_next_rip(t, op));
}

const Op *tcg_op_clts(TcgCpu *t, const Op *op)
{
    t->env.cr[0] &= ~(uint64_t)CR0_TS;
    tcg_sync_mode(t);
    SYS_GOTO(t, op, sys_next_rip(t, op));
}

/* aux: segment, size: of the address. */
const Op *tcg_op_invlpg(TcgCpu *t, const Op *op)
{
    uint64_t off = op_ea(t, op);

    if (op->size < 8) {
        off &= op->size == 2 ? UINT16_MAX : UINT32_MAX;
    }
    off += REG64(t, SLOT_SEG_BASE + 8 * op->aux);
    tcg_tlb_flush_page(t, t->mode & MODE_CS64 ? off : (uint32_t)off);
    SYS_GOTO(t, op, sys_next_rip(t, op));
}

/* ---------------------------------------------------------- debug registers */

/* DR4 and DR5 are other names of DR6 and DR7, unless CR4.DE is set. */
static unsigned dr_number(TcgCpu *t, const Op *op)
{
    unsigned n = op->aux;

    if (n == 4 || n == 5) {
        if (t->env.cr[4] & CR4_DE) {
            tcg_raise(t, op, EXCP06_ILLOP);
        }
        n += 2;
    }
    if (t->env.dr[7] & DR7_GD) {
        t->env.dr[6] |= DR6_BD;
        tcg_raise(t, op, EXCP01_DB);
    }
    return n;
}

const Op *tcg_op_mov_to_dr(TcgCpu *t, const Op *op)
{
    uint64_t v = REG64(t, op->r2);
    unsigned n = dr_number(t, op);

    if (!(t->mode & MODE_CS64)) {
        v = (uint32_t)v;
    }
    if (n >= 6 && v >> 32) {
        gp0(t, op);
    }
    if (n == 6) {
        v = (v & 0xe00f) | DR6_FIXED;
    } else if (n == 7) {
        v = (v & 0xffff23ff) | DR7_FIXED;
    }
    t->env.dr[n] = v;
    tcg_sync_mode(t);
    SYS_GOTO(t, op, sys_next_rip(t, op));
}

const Op *tcg_op_mov_from_dr(TcgCpu *t, const Op *op)
{
    uint64_t v = t->env.dr[dr_number(t, op)];

    REG64(t, op->r1) = t->mode & MODE_CS64 ? v : (uint32_t)v;
    NEXT(t, op);
}
