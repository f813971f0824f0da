/*
 * The boot CPU at a kernel's entry: descriptor and page tables, registers.
 *
 * 64-bit entry (Linux): flat segments, paging on, the first 4 GiB mapped to
 * themselves in pages of 2 MiB. 32-bit entry (Linux, PVH): flat segments,
 * paging off. Interrupts are off in both; the interrupt table is empty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "boot-internal.h"
#include "hw/i386/cpu.h"
#include "util/bswap.h"

#define PAGE_SIZE       0x1000
#define PTES_PER_PAGE   512
#define PTE_P           0x01
#define PTE_RW          0x02
#define PTE_PS          0x80
#define LARGE_PAGE_SIZE (2 * MiB)
#define MAPPED_GIB      4

#define SEG_COMMON (DESC_S_MASK | DESC_P_MASK | DESC_G_MASK | DESC_A_MASK)
#define SEG_DATA   (SEG_COMMON | DESC_W_MASK | DESC_B_MASK)
#define SEG_CODE32 (SEG_COMMON | DESC_CS_MASK | DESC_R_MASK | DESC_B_MASK)
#define SEG_CODE64 (SEG_COMMON | DESC_CS_MASK | DESC_R_MASK | DESC_L_MASK)

/* Flat, of 4 GiB. */
static uint64_t flat_descriptor(uint32_t flags)
{
    return (uint64_t)(flags | 0xf0000) << 32 | 0xffff;
}

static uint32_t code_flags(const X86Boot *b)
{
    return b->entry.long_mode ? SEG_CODE64 : SEG_CODE32;
}

static bool add_gdt(X86Boot *b, Error **errp)
{
    uint64_t gdt[] = {
        0,
        0,
        cpu_to_le64(flat_descriptor(code_flags(b))),
        cpu_to_le64(flat_descriptor(SEG_DATA)),
    };

    QEMU_BUILD_BUG_ON(BOOT_CS != 2 * sizeof(gdt[0]));
    QEMU_BUILD_BUG_ON(BOOT_DS != 3 * sizeof(gdt[0]));
    return boot_add_image(b, "the descriptor table", BOOT_GDT, gdt, sizeof(gdt),
                          sizeof(gdt), errp);
}

/* One page for each of the upper levels, then a page per GiB. */
static bool add_page_tables(X86Boot *b, Error **errp)
{
    uint64_t size = (2 + MAPPED_GIB) * PAGE_SIZE;
    g_autofree uint64_t *table = g_malloc0(size);
    uint64_t *pml4 = table;
    uint64_t *pdpt = pml4 + PTES_PER_PAGE;
    uint64_t *pd = pdpt + PTES_PER_PAGE;

    pml4[0] = cpu_to_le64((BOOT_PAGE_TABLES + PAGE_SIZE) | PTE_P | PTE_RW);
    for (unsigned i = 0; i < MAPPED_GIB; i++) {
        uint64_t page = BOOT_PAGE_TABLES + (2 + i) * PAGE_SIZE;

        pdpt[i] = cpu_to_le64(page | PTE_P | PTE_RW);
    }
    for (uint64_t i = 0; i < MAPPED_GIB * PTES_PER_PAGE; i++) {
        pd[i] = cpu_to_le64((i * LARGE_PAGE_SIZE) | PTE_P | PTE_RW | PTE_PS);
    }
    return boot_add_image(b, "the page tables", BOOT_PAGE_TABLES, table, size,
                          size, errp);
}

/*
 * What is left of the firmware: code at the reset vector, where a guest jumps
 * in real mode to restart the machine (Linux does on hardware-reduced ACPI).
 * A breakpoint without an interrupt table is a triple fault.
 */
static bool add_reset_vector(X86Boot *b, Error **errp)
{
    static const uint8_t code[0x20] = {
        [0x00] = 0x2e, 0x0f, 0x01, 0x1e, 0xf6, 0xff, /* lidt %cs:0xfff6 */
        [0x06] = 0xcc,                               /* int3 */
        [0x10] = 0xea, 0xe0, 0xff, 0x00, 0xf0,       /* ljmp 0xf000,0xffe0 */
        /* 0x16: limit 0, base 0 */
    };

    return b->map.below_4g_mem_size < MiB ||
           boot_add_image(b, "the reset vector", MiB - sizeof(code), code,
                          sizeof(code), sizeof(code), errp);
}

bool boot_add_cpu_tables(X86Boot *b, Error **errp)
{
    uint64_t stack = BOOT_STACK_TOP - BOOT_STACK;

    return add_gdt(b, errp) && add_reset_vector(b, errp) &&
           boot_add_image(b, "the stack", BOOT_STACK, NULL, 0, stack, errp) &&
           (!b->entry.long_mode || add_page_tables(b, errp));
}

static void set_segments(const X86Boot *b, CPUX86State *env)
{
    x86_cpu_load_seg_cache(env, R_CS, BOOT_CS, 0, UINT32_MAX, code_flags(b));
    for (int seg = 0; seg < CPU_NB_SEGS; seg++) {
        if (seg != R_CS) {
            x86_cpu_load_seg_cache(env, seg, BOOT_DS, 0, UINT32_MAX, SEG_DATA);
        }
    }
    env->gdt.base = BOOT_GDT;
    env->gdt.limit = BOOT_DS + 7;
    env->idt.base = 0;
    env->idt.limit = 0;
}

void boot_set_cpu(const X86Boot *b)
{
    CPUState *cpu = qemu_get_cpu(0);
    CPUX86State *env;

    if (!cpu) {
        return;
    }
    cpu_get_state(cpu);
    env = X86_CPU(cpu)->env;
    set_segments(b, env);
    memset(env->regs, 0, CPU_NB_REGS * sizeof(env->regs[0]));
    env->regs[R_ESP] = BOOT_STACK_TOP;
    env->regs[R_ESI] = b->entry.rsi;
    env->regs[R_EBX] = b->entry.rbx;
    env->rip = b->entry.rip;
    env->eflags = 0x2;
    env->cr[0] = CR0_PE | CR0_ET;
    env->cr[4] = 0;
    env->efer = 0;
    if (b->entry.long_mode) {
        env->cr[0] |= CR0_PG;
        env->cr[3] = BOOT_PAGE_TABLES;
        env->cr[4] = CR4_PAE;
        env->efer = EFER_LME | EFER_LMA;
    }
    cpu->halted = false;
    cpu_put_state(cpu);
}

/* ------------------------------------------------------------------ MTRRs */

#define MTRR_TYPE_UC         UINT64_C(0)
#define MTRR_TYPE_WB         UINT64_C(6)
#define MTRR_ENABLE          (UINT64_C(1) << 11)
#define MTRR_FIXED_ENABLE    (UINT64_C(1) << 10)
#define MTRR_VALID           (UINT64_C(1) << 11)
#define MTRR_ALL_WB          UINT64_C(0x0606060606060606)
#define MTRR_FIXED_A0000     2 /* index of the range that is VGA's */

/* Each variable range is a naturally aligned power of two. */
static void set_uncached(X86CPU *cpu, uint64_t addr)
{
    uint64_t phys_mask = MAKE_64BIT_MASK(12, cpu->phys_bits - 12);
    CPUX86State *env = cpu->env;

    for (int i = 0; i < MTRR_VARIABLE && addr && addr < 4 * GiB; i++) {
        uint64_t size = addr & -addr;

        env->mtrr_var[i].base = addr | MTRR_TYPE_UC;
        env->mtrr_var[i].mask = (~(size - 1) & phys_mask) | MTRR_VALID;
        addr += size;
    }
}

void x86_firmware_set_mtrrs(uint64_t uncached)
{
    CPUState *cpu;

    CPU_FOREACH(cpu)
    {
        CPUX86State *env = X86_CPU(cpu)->env;

        cpu_get_state(cpu);
        for (unsigned i = 0; i < ARRAY_SIZE(env->mtrr_fixed); i++) {
            env->mtrr_fixed[i] = i == MTRR_FIXED_A0000 ? 0 : MTRR_ALL_WB;
        }
        set_uncached(X86_CPU(cpu), uncached);
        env->mtrr_def_type = MTRR_TYPE_WB | MTRR_ENABLE | MTRR_FIXED_ENABLE;
        cpu_put_state(cpu);
    }
}
