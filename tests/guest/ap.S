/*
 * Where another processor starts: in real mode at the page that the startup
 * message named, to which this is copied. Goes to 64-bit mode with the tables
 * of the first processor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
    .text
    .code16
    .globl ap_start, ap_end
ap_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl 0x8000 + ap_gdt_pointer - ap_start
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $0x18, $(0x8000 + ap32 - ap_start)

    .code32
ap32:
    movl $0x10, %eax
    movl %eax, %ds
    movl $0x20, %eax
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    xorl %edx, %edx
    movl $0x100, %eax
    wrmsr
    movl $0x80000011, %eax
    movl %eax, %cr0
    ljmpl $0x08, $ap64

ap_gdt_pointer:
    .word 47
    .long gdt
ap_end:

    .code64
ap64:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $ap_stack_top, %esp
    lock incl cpus_alive
    call ap_main
1:  cli
    hlt
    jmp 1b

    .bss
    .align 16
    .skip 4096
ap_stack_top:
