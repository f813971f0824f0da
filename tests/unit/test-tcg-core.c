/*
 * The software CPU's core: blocks, code that changes, paging, registers behind
 * memory, single steps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-harness.h"
#include "util/bswap.h"

#define RAX(t) (t)->env.regs[R_EAX]
#define RCX(t) (t)->env.regs[R_ECX]
#define RSP(t) (t)->env.regs[R_ESP]

/* The frame that an exception left on the stack; err: with an error code. */
static uint64_t frame(TcgCpu *t, int word)
{
    return ldq_le_p(tcg_test_ram() + RSP(t) + word * 8);
}

/* -------------------------------------------------------------------- blocks */

static void test_modes(void)
{
    TcgCpu *t = tcg_test_start(TEST_REAL);

    TEST_RUN(t, 0xb8, 0x34, 0x12, 0xf4); /* mov ax, 0x1234 */
    g_assert_cmphex(RAX(t), ==, 0x1234);
    g_assert_cmphex(t->env.rip, ==, TEST_CODE_REAL + 4);
    t = tcg_test_start(TEST_PROT32);
    TEST_RUN(t, 0xb8, 0x78, 0x56, 0x34, 0x92, 0xf4); /* mov eax, imm32 */
    g_assert_cmphex(RAX(t), ==, 0x92345678);
    t = tcg_test_start(TEST_LONG);
    TEST_RUN(t, 0x48, 0xc7, 0xc0, 0xfe, 0xff, 0xff, 0xff, 0xf4);
    g_assert_cmphex(RAX(t), ==, UINT64_MAX - 1);
}

static void test_loop(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* mov ecx, 100000; add rax, rcx; dec ecx; jnz back; hlt */
    TEST_RUN(t, 0xb9, 0xa0, 0x86, 1, 0, 0x48, 0x01, 0xc8, 0xff, 0xc9, 0x75,
             0xf9, 0xf4);
    g_assert_cmpuint(RAX(t), ==, UINT64_C(5000050000));
}

/* Calls a function in another page in a loop, then one that crosses pages. */
static void test_far_and_crossing(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* crossing: mov eax, imm32 with two bytes in the next page; ret */
    TEST_PUT(TEST_CODE + 0x1ffd, 0xb8, 1, 2, 3, 4, 0xff, 0xc3, 0xc3);
    /* mov ecx, 1000; call 1ffd; dec ecx; jnz; hlt */
    TEST_RUN(t, 0xb9, 0xe8, 3, 0, 0, 0xe8, 0xf3, 0x1f, 0, 0, 0xff, 0xc9, 0x75,
             0xf7, 0xf4);
    g_assert_cmphex(RAX(t), ==, 0x04030201);
    g_assert_cmphex(t->env.regs[R_EBX] & UINT32_MAX, ==, 1000);
    g_assert_cmphex(RSP(t), ==, TEST_STACK);
}

/* ------------------------------------------------------- code that changes */

static void test_modify_self(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* mov byte [rip + 1], 0x42: the immediate of the next instruction;
     * mov al, 0x11; hlt */
    TEST_RUN(t, 0xc6, 0x05, 1, 0, 0, 0, 0x42, 0xb0, 0x11, 0xf4);
    g_assert_cmphex(RAX(t), ==, 0x42);
}

static void test_modify_loop(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* mov ecx, 5000
     * again: add al, [imm: grows by one each time], through r/m;
     * inc byte [rip - 7] (the immediate); dec ecx; jnz again; hlt */
    TEST_RUN(t, 0xb9, 0x88, 0x13, 0, 0, 0x05, 0, 0, 0, 0, 0xfe, 0x05, 0xf6,
             0xff, 0xff, 0xff, 0xff, 0xc9, 0x75, 0xf1, 0xf4);
    {
        uint32_t want = 0;

        for (unsigned i = 0; i < 5000; i++) {
            want += i & 0xff;
        }
        g_assert_cmpuint(RAX(t), ==, want);
    }
}

static void test_modify_by_device(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    TEST_RUN(t, 0xb0, 0x11, 0xf4);
    t->env.rip = TEST_CODE;
    TEST_RUN(t, 0xb0, 0x22, 0xf4);
    g_assert_cmphex(RAX(t), ==, 0x22);
    {
        static const uint8_t more[] = {0xb0, 0x33, 0xf4};
        struct iovec iov;

        t->env.rip = TEST_CODE;
        g_assert_cmpint(guest_memory_map_iov(address_space_memory.view,
                                             TEST_CODE, sizeof(more),
                                             GUEST_MEMORY_WRITE, &iov, 1),
                        ==, 1);
        memcpy(iov.iov_base, more, sizeof(more));
        tcg_test_run(t);
    }
    g_assert_cmphex(RAX(t), ==, 0x33);
}

/* Data beside code: writes do not lose the code, nor code the writes. */
static void test_data_in_code_page(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* mov ecx, 1000; inc dword [rip + 0x100]; dec ecx; jnz; hlt */
    TEST_RUN(t, 0xb9, 0xe8, 3, 0, 0, 0xff, 0x05, 0, 1, 0, 0, 0xff, 0xc9, 0x75,
             0xf6, 0xf4);
    g_assert_cmpuint(ldl_le_p(tcg_test_ram() + TEST_CODE + 0x10b), ==, 1000);
}

/* A page whose translation changes under a crossing instruction. */
static void test_remap_second_half(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint8_t *ram = tcg_test_ram();

    /* 4 KiB pages for 0x400000: two, the second first leads to TEST_DATA. */
    stq_le_p(ram + TEST_PD + 2 * 8, TEST_PT | 7);
    stq_le_p(ram + TEST_PT, (TEST_DATA + 0x1000) | 7);
    stq_le_p(ram + TEST_PT + 8, (TEST_DATA + 0x2000) | 7);
    TEST_PUT(TEST_DATA + 0x1ffe, 0xb0); /* nop byte before: */
    TEST_PUT(TEST_DATA + 0x1fff, 0xb0); /* mov al, */
    TEST_PUT(TEST_DATA + 0x2000, 0x11, 0xc3);
    TEST_PUT(TEST_DATA + 0x3000, 0x22, 0xc3);
    /* mov ebx, 0x400fff; call rbx; mov bl... al to cl;
     * mov qword [TEST_PT + 8], TEST_DATA + 0x3000 | 7; invlpg [0x401000];
     * call rbx; hlt */
    TEST_RUN(t, 0xbb, 0xff, 0x0f, 0x40, 0, 0xff, 0xd3, 0x88, 0xc1, 0x48, 0xc7,
             0x04, 0x25, 0x08, 0x00, 0x02, 0x00, 0x07, 0x30, 0x20, 0x00, 0x0f,
             0x01, 0x3c, 0x25, 0x00, 0x10, 0x40, 0x00, 0xff, 0xd3, 0xf4);
    g_assert_cmphex(RCX(t) & 0xff, ==, 0x11);
    g_assert_cmphex(RAX(t) & 0xff, ==, 0x22);
}

/* -------------------------------------------------------------------- paging */

typedef struct PageCase {
    const char *name;
    uint64_t pde; /* of 0x400000 */
    uint64_t pte; /* used if pde is TEST_PT */
    uint8_t op;   /* 'r', 'w', 'x' at 0x400000 */
    bool user;
    int error; /* of the page fault, -1: none */
} PageCase;

#define NX (UINT64_C(1) << 63)
static const PageCase page_cases[] = {
    {"present", TEST_PT | 7, TEST_DATA | 7, 'r', true, -1},
    {"written", TEST_PT | 7, TEST_DATA | 7, 'w', true, -1},
    {"executed", TEST_PT | 7, TEST_DATA | 7, 'x', true, -1},
    {"no-pde", 0, 0, 'r', true, 4},
    {"no-pte", TEST_PT | 7, 0, 'r', false, 0},
    {"no-pte-write", TEST_PT | 7, 0, 'w', true, 6},
    {"no-pte-exec", TEST_PT | 7, 0, 'x', true, 0x14},
    {"read-only-user", TEST_PT | 7, TEST_DATA | 5, 'w', true, 7},
    {"read-only-kernel", TEST_PT | 7, TEST_DATA | 1, 'w', false, 3},
    {"read-only-by-pde", TEST_PT | 5, TEST_DATA | 7, 'w', true, 7},
    {"supervisor-pte", TEST_PT | 7, TEST_DATA | 3, 'r', true, 5},
    {"supervisor-pde", TEST_PT | 3, TEST_DATA | 7, 'r', true, 5},
    {"supervisor-exec", TEST_PT | 7, TEST_DATA | 3, 'x', true, 0x15},
    {"nx-pte", TEST_PT | 7, NX | TEST_DATA | 7, 'x', true, 0x15},
    {"nx-pde", NX | TEST_PT | 7, TEST_DATA | 7, 'x', false, 0x11},
    {"nx-read", NX | TEST_PT | 7, NX | TEST_DATA | 7, 'r', true, -1},
    {"large", TEST_DATA | 0x87, 0, 'w', true, -1},
    {"large-reserved", TEST_DATA | 0x2087, 0, 'r', true, 0xd},
    {"reserved-address", TEST_PT | 7, UINT64_C(1) << 45 | 7, 'r', true, 0xd},
    {"beyond-ram", TEST_PT | 7, UINT64_C(0x7fff000000) | 7, 'r', true, -1},
    {"table-beyond-ram", UINT64_C(0x7fff000000) | 7, 0, 'r', true, -2},
};

static void test_page_case(gconstpointer opaque)
{
    const PageCase *c = opaque;
    TcgCpu *t = tcg_test_start(c->user ? TEST_LONG_USER : TEST_LONG);
    uint8_t *ram = tcg_test_ram();
    int vector;

    stq_le_p(ram + TEST_PD + 2 * 8, c->pde);
    stq_le_p(ram + TEST_PT, c->pte);
    TEST_PUT(TEST_DATA, 0xcc); /* INT3 */
    t->env.regs[R_EBX] = 0x400000;
    switch (c->op) {
    case 'r': TEST_RUN(t, 0x8b, 0x03, 0xcc); break; /* mov eax, [rbx] */
    case 'w': TEST_RUN(t, 0x89, 0x03, 0xcc); break;
    default: TEST_RUN(t, 0xff, 0xe3); break; /* jmp rbx */
    }
    vector = tcg_test_vector(t);
    if (c->error == -2) { /* what is read there is all ones: reserved bits */
        g_assert_cmpint(vector, ==, EXCP0E_PAGE);
        g_assert_cmphex(frame(t, 0) & 8, ==, 8);
        return;
    }
    if (c->error < 0) {
        g_assert_cmpint(vector, ==, EXCP03_INT3);
        return;
    }
    g_assert_cmpint(vector, ==, EXCP0E_PAGE);
    g_assert_cmphex(t->env.cr[2], ==, 0x400000);
    g_assert_cmphex(frame(t, 0), ==, c->error);
    g_assert_cmphex(frame(t, 1), ==, c->op == 'x' ? 0x400000 : TEST_CODE);
}

static void test_accessed_dirty(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint8_t *ram = tcg_test_ram();

    stq_le_p(ram + TEST_PD + 2 * 8, TEST_PT | 7);
    stq_le_p(ram + TEST_PT, TEST_DATA | 7);
    t->env.regs[R_EBX] = 0x400000;
    /* mov eax, [rbx]; mov ecx, [TEST_PT]; mov [rbx], eax; mov edx, [TEST_PT] */
    TEST_RUN(t, 0x8b, 0x03, 0x8b, 0x0c, 0x25, 0, 0, 2, 0, 0x89, 0x03, 0x8b,
             0x14, 0x25, 0, 0, 2, 0, 0xf4);
    g_assert_cmphex(RCX(t), ==, TEST_DATA | 0x27);
    g_assert_cmphex(t->env.regs[R_EDX], ==, TEST_DATA | 0x67);
    g_assert_cmphex(ldq_le_p(ram + TEST_PD + 16), ==, TEST_PT | 0x27);
}

/* A write over a page's end into one that is not there writes nothing. */
static void test_crossing_write(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint8_t *ram = tcg_test_ram();

    stq_le_p(ram + TEST_PD + 2 * 8, TEST_PT | 7);
    stq_le_p(ram + TEST_PT, TEST_DATA | 7);
    t->env.regs[R_EBX] = 0x400ffc;
    t->env.regs[R_EAX] = UINT64_MAX;
    TEST_RUN(t, 0x48, 0x89, 0x03, 0xf4); /* mov [rbx], rax */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0E_PAGE);
    g_assert_cmphex(t->env.cr[2], ==, 0x401000);
    g_assert_cmphex(frame(t, 0), ==, 2);
    g_assert_cmphex(ldl_le_p(ram + TEST_DATA + 0xffc), ==, 0);
    /* And one that may cross does. */
    t = tcg_test_start(TEST_LONG);
    t->env.regs[R_EBX] = TEST_DATA + 0xffd;
    t->env.regs[R_EAX] = UINT64_C(0x0102030405060708);
    TEST_RUN(t, 0x48, 0x89, 0x03, 0x48, 0x8b, 0x0b, 0xf4);
    g_assert_cmphex(RCX(t), ==, UINT64_C(0x0102030405060708));
}

static void test_canonical(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    t->env.regs[R_EBX] = UINT64_C(1) << 47;
    TEST_RUN(t, 0x8b, 0x03, 0xf4); /* mov eax, [rbx] */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0D_GPF);
    g_assert_cmphex(frame(t, 0), ==, 0);
    t = tcg_test_start(TEST_LONG);
    t->env.regs[R_EBP] = UINT64_C(1) << 47;
    TEST_RUN(t, 0x8b, 0x45, 0x00, 0xf4); /* mov eax, [rbp] */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0C_STACK);
    t = tcg_test_start(TEST_LONG);
    t->env.regs[R_EBX] = UINT64_C(1) << 47;
    TEST_RUN(t, 0xff, 0xe3); /* jmp rbx */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0D_GPF);
}

/* A flat segment ends at 4 GiB. */
static void test_limit_4g(void)
{
    TcgCpu *t = tcg_test_start(TEST_PROT32);

    t->env.regs[R_EDX] = 0xfffffffe;
    TEST_RUN(t, 0x8b, 0x02, 0xf4); /* mov eax, [edx] */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0D_GPF);
    t = tcg_test_start(TEST_PROT32);
    t->env.regs[R_EBP] = 0xfffffffe;
    TEST_RUN(t, 0x8b, 0x45, 0x00, 0xf4); /* mov eax, [ebp] */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0C_STACK);
    t = tcg_test_start(TEST_PROT32);
    t->env.regs[R_EDX] = 0xfffffffe;
    TEST_RUN(t, 0x66, 0x8b, 0x02, 0xf4); /* mov ax, [edx] */
    g_assert_cmpint(tcg_test_vector(t), ==, -1);
}

/* Until it is flushed, the TLB need not see a change; after that it must. */
static void test_flush(void)
{
    static const uint8_t flushes[][8] = {
        {0x0f, 0x01, 0x3b, 0x90, 0x90, 0x90, 0x90, 0x90}, /* invlpg [rbx] */
        {0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8, 0x90, 0x90}, /* mov cr3 */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(flushes); i++) {
        TcgCpu *t = tcg_test_start(TEST_LONG);
        uint8_t *ram = tcg_test_ram();

        stq_le_p(ram + TEST_PD + 2 * 8, TEST_PT | 7);
        stq_le_p(ram + TEST_PT, TEST_DATA | 7);
        stl_le_p(ram + TEST_DATA, 1);
        stl_le_p(ram + TEST_DATA + 0x1000, 2);
        t->env.regs[R_EBX] = 0x400000;
        /* mov ecx, [rbx]; mov dword [TEST_PT], TEST_DATA + 0x1000 | 7 */
        TEST_PUT(TEST_CODE, 0x8b, 0x0b, 0xc7, 0x04, 0x25, 0, 0, 2, 0, 7, 0x10,
                 0x20, 0);
        tcg_test_write(TEST_CODE + 13, flushes[i], 8);
        TEST_PUT(TEST_CODE + 21, 0x8b, 0x13, 0xf4); /* mov edx, [rbx] */
        tcg_test_run(t);
        g_assert_cmphex(RCX(t), ==, 1);
        g_assert_cmphex(t->env.regs[R_EDX], ==, 2);
    }
}

/* ----------------------------------------------------------------- registers */

static uint64_t io_last;
static unsigned io_reads, io_writes;

static uint64_t io_read(void *opaque, hwaddr addr, unsigned size)
{
    g_assert_true(bql_locked());
    io_reads++;
    if (addr >= 0x800) {
        return addr == 0x800 ? 0xf4 : 0x90; /* HLT */
    }
    return 0x1100 + addr;
}

static void io_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    g_assert_true(bql_locked());
    io_writes++;
    io_last = data;
}

static const MemoryRegionOps io_ops = {.read = io_read, .write = io_write};

static void test_registers(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    MemoryRegion io;
    EventNotifier bell;

    memory_region_init_io(&io, NULL, &io_ops, NULL, "io", 0x1000);
    memory_region_add_subregion(get_system_memory(), 0x30000000, &io);
    g_assert_cmpint(event_notifier_init(&bell, false), ==, 0);
    memory_region_add_eventfd(&io, 0x20, 2, false, 0, &bell);
    t->env.regs[R_EBX] = 0x30000000;
    /* mov eax, [rbx + 4]; mov [rbx + 8], eax; mov [rbx + 0x20], ax; hlt */
    TEST_RUN(t, 0x8b, 0x43, 0x04, 0x89, 0x43, 0x08, 0x66, 0x89, 0x43, 0x20,
             0xf4);
    g_assert_cmphex(RAX(t), ==, 0x1104);
    g_assert_cmphex(io_last, ==, 0x1104);
    g_assert_cmpuint(io_reads, ==, 1);
    g_assert_cmpuint(io_writes, ==, 1);
    g_assert_true(event_notifier_test_and_clear(&bell));
    /* Code there. */
    t->env.rip = TEST_CODE + 0x100;
    t->env.regs[R_EBX] += 0x800;
    TEST_RUN(t, 0xff, 0xe3);
    g_assert_cmphex(t->env.rip, ==, 0x30000801);
    memory_region_del_eventfd(&io, 0x20, 2, false, 0, &bell);
    memory_region_del_subregion(get_system_memory(), &io);
    event_notifier_cleanup(&bell);
    memory_region_destroy(&io);
    /* Nothing is there: all ones, also as code (an invalid instruction). */
    t->env.rip = TEST_CODE + 0x200;
    TEST_RUN(t, 0x8b, 0x03, 0xff, 0xe3);
    g_assert_cmphex(RAX(t), ==, UINT32_MAX);
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP06_ILLOP);
}

/* ------------------------------------------------------------------- stepping */

static void test_single_step(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* pushfq; or dword [rsp], 0x100; popfq; inc eax; inc eax; hlt */
    TEST_RUN(t, 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0xff, 0xc0, 0xff,
             0xc0, 0xf4);
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP01_DB);
    g_assert_cmphex(RAX(t), ==, 1);
    g_assert_cmphex(frame(t, 0), ==, TEST_CODE + 11);
    g_assert_cmphex(t->env.dr[6] & (1 << 14), ==, 1 << 14);
}

/* Data breakpoint 1: 4 bytes at TEST_DATA, on writing or on any access. */
static void test_watch(void)
{
    static const struct {
        uint8_t op;       /* 0x89: mov [rbx], eax; 0x8b: mov eax, [rbx] */
        unsigned control; /* of DR7 */
        int offset;
        bool hit;
    } cases[] = {
        {0x89, 13, 0, true},  {0x8b, 13, 0, false}, {0x8b, 15, 0, true},
        {0x89, 15, 0, true},  {0x89, 13, 4, false}, {0x89, 13, -3, true},
        {0x89, 13, -4, false}, {0x01, 13, 0, true}, /* add [rbx], eax */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        TcgCpu *t = tcg_test_start(TEST_LONG);

        t->env.regs[R_EBX] = TEST_DATA + cases[i].offset;
        t->env.dr[1] = TEST_DATA;
        t->env.dr[7] = 0x400 | 1 << 2 | cases[i].control << 20;
        tcg_put_state(CPU(t->cpu));
        TEST_PUT(TEST_CODE, 0x90, 0x90, 0x03, 0xff, 0xc2, 0xff, 0xc2, 0xf4);
        tcg_test_write(TEST_CODE + 1, &cases[i].op, 1); /* ...; inc edx */
        tcg_test_run(t);
        if (cases[i].hit) {
            g_assert_cmpint(tcg_test_vector(t), ==, EXCP01_DB);
            g_assert_cmphex(frame(t, 0), ==, TEST_CODE + 3);
            g_assert_cmphex(t->env.dr[6] & 15, ==, 2);
        } else {
            g_assert_cmpint(tcg_test_vector(t), ==, -1);
        }
    }
}

static void test_too_long(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    TEST_RUN(t, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
             0x66, 0x66, 0x66, 0x66, 0x90, 0xf4);
    g_assert_cmpint(tcg_test_vector(t), ==, -1);
    t = tcg_test_start(TEST_LONG);
    TEST_RUN(t, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
             0x66, 0x66, 0x66, 0x66, 0x66, 0x90, 0xf4);
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP0D_GPF);
    t = tcg_test_start(TEST_LONG);
    TEST_RUN(t, 0x0f, 0x0b, 0xf4); /* ud2 */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP06_ILLOP);
    t = tcg_test_start(TEST_LONG);
    TEST_RUN(t, 0xf0, 0x90, 0xf4); /* lock nop */
    g_assert_cmpint(tcg_test_vector(t), ==, EXCP06_ILLOP);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcg/core/modes", test_modes);
    g_test_add_func("/tcg/core/loop", test_loop);
    g_test_add_func("/tcg/core/far-and-crossing", test_far_and_crossing);
    g_test_add_func("/tcg/core/modify-self", test_modify_self);
    g_test_add_func("/tcg/core/modify-loop", test_modify_loop);
    g_test_add_func("/tcg/core/modify-by-device", test_modify_by_device);
    g_test_add_func("/tcg/core/data-in-code-page", test_data_in_code_page);
    g_test_add_func("/tcg/core/remap-second-half", test_remap_second_half);
    for (unsigned i = 0; i < G_N_ELEMENTS(page_cases); i++) {
        g_autofree char *path =
            g_strconcat("/tcg/core/page/", page_cases[i].name, NULL);

        g_test_add_data_func(path, &page_cases[i], test_page_case);
    }
    g_test_add_func("/tcg/core/accessed-dirty", test_accessed_dirty);
    g_test_add_func("/tcg/core/crossing-write", test_crossing_write);
    g_test_add_func("/tcg/core/canonical", test_canonical);
    g_test_add_func("/tcg/core/limit-4g", test_limit_4g);
    g_test_add_func("/tcg/core/flush", test_flush);
    g_test_add_func("/tcg/core/registers", test_registers);
    g_test_add_func("/tcg/core/single-step", test_single_step);
    g_test_add_func("/tcg/core/watch", test_watch);
    g_test_add_func("/tcg/core/too-long", test_too_long);
    return g_test_run();
}
