/*
 * Calls of the slow paths of memory accesses that keep all integer registers.
 *
 * A handler that has a plain call in it, however unlikely, keeps what it needs
 * afterwards in callee-saved registers, which it must push and pop every time.
 * So handlers call these (MEM_THUNK in tcg-internal.h), which save everything
 * only where the slow path is really taken. In: rdi the CPU, rsi the Op, rax
 * the address, rdx the value of a store. Out: rax.
 *
 * What uses these must be compiled without a red zone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-internal.h"

#if TCG_TAIL_CALLS && defined(TCG_MEM_THUNKS)

asm(".macro tcg_thunk kind size\n"
    "    .globl tcg_thunk_\\kind\\size\n"
    "    .hidden tcg_thunk_\\kind\\size\n"
    "    .type tcg_thunk_\\kind\\size, @function\n"
    "    .p2align 4\n"
    "tcg_thunk_\\kind\\size:\n"
    "    .cfi_startproc\n"
    "    push %rbp\n"
    "    .cfi_def_cfa_offset 16\n"
    "    .cfi_offset %rbp, -16\n"
    "    mov %rsp, %rbp\n"
    "    .cfi_def_cfa_register %rbp\n"
    "    push %rcx\n"
    "    push %rdx\n"
    "    push %rsi\n"
    "    push %rdi\n"
    "    push %r8\n"
    "    push %r9\n"
    "    push %r10\n"
    "    push %r11\n"
    "    and $-16, %rsp\n"
    "    .ifc \\kind, st\n"
    "    mov %rsi, %r8\n"
    "    mov $\\size, %ecx\n"
    "    .else\n"
    "    mov %rsi, %rcx\n"
    "    mov $\\size, %edx\n"
    "    .endif\n"
    "    mov %rax, %rsi\n"
    "    call mem_\\kind\\()_slow\n"
    "    lea -64(%rbp), %rsp\n"
    "    pop %r11\n"
    "    pop %r10\n"
    "    pop %r9\n"
    "    pop %r8\n"
    "    pop %rdi\n"
    "    pop %rsi\n"
    "    pop %rdx\n"
    "    pop %rcx\n"
    "    pop %rbp\n"
    "    .cfi_def_cfa %rsp, 8\n"
    "    ret\n"
    "    .cfi_endproc\n"
    "    .size tcg_thunk_\\kind\\size, . - tcg_thunk_\\kind\\size\n"
    ".endm\n"
    ".text\n"
    ".irp kind, ld, st, rw\n"
    "tcg_thunk \\kind 1\n"
    "tcg_thunk \\kind 2\n"
    "tcg_thunk \\kind 4\n"
    "tcg_thunk \\kind 8\n"
    ".endr\n");

#endif
