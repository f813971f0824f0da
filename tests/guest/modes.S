/*
 * A guest that stays in the old modes: 32-bit protected mode, in which it
 * starts, then real mode, then 32-bit again. In each it writes a line to the
 * serial port; then it leaves through isa-debug-exit with status 33.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
    .section .note.Xen, "a", @note
    .align 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad start32

    .macro print text_address, done
    movl $\text_address, %esi
9:  lodsb
    testb %al, %al
    jz \done
    outb %al, %dx
    jmp 9b
    .endm

    .text
    .code32
    .globl pvh_start
pvh_start:
start32:
    cli
    cld
    movl $0x9000, %esp
    lgdt pointer
    movl $0x3f8, %edx
    print text32, 1f
1:
    /* What runs in real mode has to be below 1 MiB. */
    movl $real_start, %esi
    movl $0x7000, %edi
    movl $(real_end - real_start), %ecx
    rep movsb
    ljmpl $0x18, $0x7000

back32:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $0x3f8, %edx
    print text_back, 2f
2:  movl $0x501, %edx
    movl $0x10, %eax
    outw %ax, %dx
3:  hlt
    jmp 3b

    .code16
real_start:
    movw $0x20, %ax             /* limits of real mode */
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl %cr0, %eax
    andl $~1, %eax
    movl %eax, %cr0
    ljmpw $0, $(0x7000 + real - real_start)
real:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $0x9000, %sp
    movw $(0x7000 + text16 - real_start), %si
    movw $0x3f8, %dx
    call print16
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $0x08, $back32
print16:
    lodsb
    testb %al, %al
    jz 1f
    outb %al, %dx
    jmp print16
1:  ret
text16:
    .asciz "tiny: real mode\r\n"
real_end:

    .code32
    .data
text32:
    .asciz "tiny: 32-bit mode\r\n"
text_back:
    .asciz "tiny: 32-bit mode again\r\n"
    .align 8
descriptors:
    .quad 0
    .quad 0x00cf9b000000ffff    /* 08: 32-bit code */
    .quad 0x00cf93000000ffff    /* 10: data */
    .quad 0x00009b000000ffff    /* 18: 16-bit code */
    .quad 0x000093000000ffff    /* 20: 16-bit data */
pointer:
    .word pointer - descriptors - 1
    .long descriptors
