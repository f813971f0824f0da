/*
 * Entry by the PVH protocol: 32-bit protected mode, flat segments, no paging,
 * EBX points to the start info. Goes to 64-bit mode with the first 4 GiB
 * mapped one to one, and calls guest_main(start_info).
 *
 * Then the interrupt entries: every vector comes to interrupt_entry with its
 * number and an error code on the stack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

    .section .note.Xen, "a", @note
    .align 4
    .long 4, 8, 18              /* name size, data size, PHYS32_ENTRY */
    .asciz "Xen"
    .quad pvh_start

    .text
    .code32
    .globl pvh_start
pvh_start:
    cli
    cld
    movl $stack_top, %esp
    lgdt gdt_pointer
    movl $0x20, %eax            /* PAE */
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      /* EFER: LME */
    xorl %edx, %edx
    movl $0x100, %eax
    wrmsr
    movl $0x80000011, %eax      /* PG, ET, PE */
    movl %eax, %cr0
    ljmpl $0x08, $start64

    .code64
    .globl start64
start64:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movl $stack_top, %esp
    movl %ebx, %edi
    xorl %ebp, %ebp
    call guest_main
1:  cli
    hlt
    jmp 1b

/* ---------------------------------------------------------- interrupts */

    .macro save_and_call
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    cld
    movq 72(%rsp), %rdi         /* vector */
    movq 80(%rsp), %rsi         /* error code */
    leaq 88(%rsp), %rdx         /* RIP, CS, RFLAGS, ... */
    call interrupt
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    iretq
    .endm

interrupt_entry:
    save_and_call

/* One every 16 bytes. 8, 10 to 14 and 17 bring an error code. */
    .align 16
    .globl interrupt_stubs
interrupt_stubs:
    .set vector, 0
    .rept 64
    .align 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    pushq $0
    .endif
    pushq $vector
    jmp interrupt_entry
    .set vector, vector + 1
    .endr

/* -------------------------------------------------------------- tables */

    .data
    .align 8
    .globl gdt
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    /* 08: 64-bit code */
    .quad 0x00cf93000000ffff    /* 10: data */
    .quad 0x00cf9b000000ffff    /* 18: 32-bit code */
    .quad 0x00009b000000ffff    /* 20: 16-bit code, base 0 */
    .quad 0x000093000000ffff    /* 28: 16-bit data */
gdt_end:
    .globl gdt_pointer
gdt_pointer:
    .word gdt_end - gdt - 1
    .quad gdt

/* 4 GiB in pages of 2 MiB, made by the assembler: no instruction is spent. */
    .align 4096
    .globl pml4
pml4:
    .quad pdpt + 3
    .fill 511, 8, 0
pdpt:
    .quad pd + 0x0003, pd + 0x1003, pd + 0x2003, pd + 0x3003
    .quad pd_high + 3
    .fill 507, 8, 0
pd:
    .set page, 0
    .rept 2048
    .quad page * 0x200000 + 0x83
    .set page, page + 1
    .endr
/* Windows to device memory above 4 GiB, see map_device(). */
    .globl pd_high
pd_high:
    .fill 512, 8, 0

    .bss
    .align 16
    .skip 16384
stack_top:
