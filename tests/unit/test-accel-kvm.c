/*
 * KVM and our memory regions: a few bytes of real-mode code run on one vCPU
 * and touch RAM, ROM, registers and doorbells, while the topology changes; the
 * registers go to the kernel and come back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/kvm/kvm-internal.h"
#include "hw/pci/msi-route.h"
#include "util/atomic.h"

#define CODE      0x1000
#define RAM_SIZE  (64 * KiB)
#define ROM_AT    0x20000
#define MMIO_AT   0x30000
#define ODD_AT    0x40800 /* RAM that is not whole pages */
#define SWITCH_AT 0x50000
#define PORTS     0x90
#define PORT_END  10 /* `out 0x9a`: the code is done */
#define PORT_TURN 8

static X86CPU *cpu;
static MemoryRegion ram, rom, mmio, odd, ports, page_a, page_b, overlay;
static uint32_t done;  /* atomic: values written to PORT_END, plus one */
static uint32_t turns; /* atomic */
static unsigned mmio_writes, mmio_size;
static uint64_t mmio_value;
static bool switch_pages;

/* ---------------------------------------------------------------- devices */

static uint64_t ports_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0x5a;
}

static void ports_write(void *opaque, hwaddr addr, uint64_t data,
                        unsigned size)
{
    g_assert_true(bql_locked());
    if (addr == PORT_END) {
        qatomic_store_release(&done, (uint32_t)data + 1);
    } else if (addr == PORT_TURN) {
        qatomic_inc(&turns);
        if (switch_pages) {
            memory_region_transaction_begin();
            memory_region_set_enabled(&page_a, !page_a.enabled);
            memory_region_set_enabled(&page_b, !page_a.enabled);
            memory_region_transaction_commit();
        }
    }
}

static uint64_t mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0x87654321;
}

static void mmio_write(void *opaque, hwaddr addr, uint64_t data,
                       unsigned size)
{
    mmio_writes++;
    mmio_size = size;
    mmio_value = data;
}

static const MemoryRegionOps ports_ops = {
    .read = ports_read,
    .write = ports_write,
};

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .valid = { .unaligned = true },
    .impl = { .unaligned = true },
};

static void add_page(MemoryRegion *mr, const char *name, hwaddr addr,
                     uint64_t size, uint8_t fill)
{
    memory_region_init_ram(mr, NULL, name, size, &error_abort);
    memset(memory_region_get_ram_ptr(mr), fill, size);
    memory_region_add_subregion_overlap(get_system_memory(), addr, mr, 1);
}

static void make_board(void)
{
    MemoryRegion *memory = get_system_memory();

    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(memory, 0, &ram);
    memory_region_init_rom(&rom, NULL, "rom", 4096, &error_abort);
    memset(memory_region_get_ram_ptr(&rom), 0x77, 4096);
    memory_region_add_subregion(memory, ROM_AT, &rom);
    memory_region_init_io(&mmio, NULL, &mmio_ops, NULL, "mmio", 4096);
    memory_region_add_subregion(memory, MMIO_AT, &mmio);
    add_page(&odd, "odd", ODD_AT, 4096, 0x33);
    add_page(&page_a, "a", SWITCH_AT, 4096, 0xaa);
    add_page(&page_b, "b", SWITCH_AT, 4096, 0xbb);
    memory_region_set_enabled(&page_b, false);
    memory_region_init_io(&ports, NULL, &ports_ops, NULL, "ports", 16);
    memory_region_add_subregion(get_system_io(), PORTS, &ports);
}

/* ------------------------------------------------------------------ guest */

static void set_code(const void *code, size_t len, uint64_t data_base)
{
    CPUX86State *env = cpu->env;

    memcpy((uint8_t *)memory_region_get_ram_ptr(&ram) + CODE, code, len);
    cpu_get_state(CPU(cpu));
    x86_cpu_reset(cpu, false);
    env->segs[R_CS].selector = 0;
    env->segs[R_CS].base = 0;
    env->segs[R_DS].base = data_base;
    env->segs[R_DS].selector = data_base >> 4;
    env->rip = CODE;
    cpu_put_state(CPU(cpu));
    qatomic_set(&done, 0);
}

static bool wait_for(const uint32_t *flag, uint32_t at_least)
{
    bool ok;

    bql_unlock();
    for (int i = 0; qatomic_read(flag) < at_least && i < 50000; i++) {
        g_usleep(100);
    }
    ok = qatomic_read(flag) >= at_least;
    bql_lock();
    return ok;
}

/* Runs it to its end; what it wrote there. */
static uint32_t run_code(const void *code, size_t len, uint64_t data_base)
{
    bool ok;

    set_code(code, len, data_base);
    resume_all_vcpus();
    ok = wait_for(&done, 1);
    pause_all_vcpus();
    g_assert_true(ok);
    return qatomic_load_acquire(&done) - 1;
}

#define END_AX 0xe7, 0x9a, 0xf4 /* out 0x9a, ax; hlt */
#define END_AL 0xe6, 0x9a, 0xf4

/* mov ax, imm; mov [0], ax; mov ax, 0; mov ax, [0] */
#define STORE_AND_LOAD 0xb8, 0x34, 0x12, 0xa3, 0, 0, 0xb8, 0, 0, 0xa1, 0, 0

static void test_memory(void)
{
    static const uint8_t code[] = { STORE_AND_LOAD, END_AX };

    g_assert_cmphex(run_code(code, sizeof(code), 0x4000), ==, 0x1234);
    g_assert_cmphex(run_code(code, sizeof(code), ROM_AT), ==, 0x7777);
    g_assert_cmphex(run_code(code, sizeof(code), ODD_AT), ==, 0x1234);
    /* Nothing is there: writes are lost, reads give ones. */
    g_assert_cmphex(run_code(code, sizeof(code), 0x70000), ==, 0xffff);
}

static void test_mmio(void)
{
    static const uint8_t code[] = { STORE_AND_LOAD, END_AX };
    static const uint8_t wide[] = { /* mov eax, 0x11223344; mov [4], eax */
        0x66, 0xb8, 0x44, 0x33, 0x22, 0x11, 0x66, 0xa3, 4, 0,
        /* in al, 0x90 */
        0xe4, 0x90, END_AL };

    mmio_writes = 0;
    g_assert_cmphex(run_code(code, sizeof(code), MMIO_AT), ==, 0x4321);
    g_assert_cmpuint(mmio_writes, ==, 1);
    g_assert_cmpuint(mmio_size, ==, 2);
    g_assert_cmphex(mmio_value, ==, 0x1234);
    g_assert_cmphex(run_code(wide, sizeof(wide), MMIO_AT), ==, 0x5a);
    g_assert_cmpuint(mmio_size, ==, 4);
    g_assert_cmphex(mmio_value, ==, 0x11223344);
}

/* A write that a notifier stands for never comes to us; others do. */
static void test_ioeventfd(void)
{
    static const uint8_t code[] = { STORE_AND_LOAD, END_AX };
    EventNotifier e;

    g_assert_cmpint(event_notifier_init(&e, false), ==, 0);
    memory_region_add_eventfd(&mmio, 0, 2, true, 0x1234, &e);
    mmio_writes = 0;
    run_code(code, sizeof(code), MMIO_AT);
    g_assert_cmpuint(mmio_writes, ==, 0);
    g_assert_true(event_notifier_test_and_clear(&e));
    memory_region_del_eventfd(&mmio, 0, 2, true, 0x1234, &e);

    memory_region_add_eventfd(&mmio, 0, 2, true, 0x1235, &e);
    run_code(code, sizeof(code), MMIO_AT);
    g_assert_cmpuint(mmio_writes, ==, 1);
    g_assert_false(event_notifier_test_and_clear(&e));
    memory_region_del_eventfd(&mmio, 0, 2, true, 0x1235, &e);

    memory_region_add_eventfd(&mmio, 0, 0, false, 0, &e);
    run_code(code, sizeof(code), MMIO_AT);
    g_assert_cmpuint(mmio_writes, ==, 1);
    g_assert_true(event_notifier_test_and_clear(&e));
    /* It moves with its region. */
    memory_region_set_address(&mmio, MMIO_AT + 0x1000);
    run_code(code, sizeof(code), MMIO_AT + 0x1000);
    g_assert_true(event_notifier_test_and_clear(&e));
    run_code(code, sizeof(code), MMIO_AT);
    g_assert_false(event_notifier_test_and_clear(&e));
    memory_region_set_address(&mmio, MMIO_AT);
    memory_region_del_eventfd(&mmio, 0, 0, false, 0, &e);

    memory_region_add_eventfd(&ports, PORT_TURN, 1, true, 0x12, &e);
    {
        static const uint8_t out[] = { 0xb0, 0x12, 0xe6, 0x98, END_AL };
        uint32_t before = turns;

        run_code(out, sizeof(out), 0);
        g_assert_cmpuint(turns, ==, before);
        g_assert_true(event_notifier_test_and_clear(&e));
    }
    memory_region_del_eventfd(&ports, PORT_TURN, 1, true, 0x12, &e);
    event_notifier_cleanup(&e);
}

/* The vCPU's own write changes what is behind an address. */
static void test_switch_by_guest(void)
{
    /* mov al, [0]; out 0x98, al; mov ah, [0]; out 0x98, al; out 0x9a, ax */
    static const uint8_t code[] = { 0xa0, 0, 0, 0xe6, 0x98,
                                    0x8a, 0x26, 0, 0, 0xe6, 0x98, END_AX };

    switch_pages = true;
    for (int i = 0; i < 20; i++) {
        g_assert_cmphex(run_code(code, sizeof(code), SWITCH_AT), ==, 0xbbaa);
    }
    switch_pages = false;
}

/* out 0x98, al; jmp back */
static const uint8_t turning[] = { 0xe6, 0x98, 0xeb, 0xfc };
/* jmp to itself */
static const uint8_t spinning[] = { 0xeb, 0xfe };

/* The slot that holds the code is split and joined while it runs. */
static void test_split_under_code(void)
{
    add_page(&overlay, "overlay", 0x8000, 4096, 0);
    set_code(turning, sizeof(turning), 0);
    resume_all_vcpus();
    for (int i = 0; i < 100; i++) {
        uint32_t before = qatomic_read(&turns);

        memory_region_set_enabled(&overlay, i % 2);
        g_assert_true(wait_for(&turns, before + 2));
    }
    pause_all_vcpus();
    memory_region_del_subregion(get_system_memory(), &overlay);
    memory_region_destroy(&overlay);
}

static void test_kicks(void)
{
    for (int i = 0; i < 1000; i++) {
        if (i % 200 == 0) {
            set_code(turning, sizeof(turning), 0);
        } else if (i % 200 == 100) {
            set_code(spinning, sizeof(spinning), 0);
        }
        resume_all_vcpus();
        if (i % 3 == 0) {
            bql_unlock();
            g_usleep(i % 50);
            bql_lock();
        }
        pause_all_vcpus();
    }
}

/* ----------------------------------------------------------------- routes */

#define NR_ROUTES 200

static void test_routes(void)
{
    const MSIRouteOps *ops = msi_get_route_ops();
    MSIMessage msg = { .address = APIC_DEFAULT_ADDRESS, .data = 0x41 };
    EventNotifier e[NR_ROUTES];
    int routes[NR_ROUTES];

    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < NR_ROUTES; i++) {
            g_assert_cmpint(event_notifier_init(&e[i], false), ==, 0);
            routes[i] = ops->add(msg, &e[i]);
            g_assert_cmpint(routes[i], >=, IOAPIC_NUM_PINS);
            g_assert_cmpint(event_notifier_set(&e[i]), ==, 0);
        }
        /* The same numbers again, in whatever order they came back. */
        g_assert_cmpint(routes[NR_ROUTES - 1], <=,
                        IOAPIC_NUM_PINS + NR_ROUTES);
        for (int i = 0; i < NR_ROUTES; i++) {
            int n = turn ? NR_ROUTES - 1 - i : i;

            ops->remove(routes[n], &e[n]);
            event_notifier_cleanup(&e[n]);
        }
    }
}

/* A message that is a write to RAM is not for the kernel. */
static void test_route_to_ram(void)
{
    MSIMessage msg = { .address = 0x4000, .data = 0x41 };
    EventNotifier e;

    g_assert_cmpint(event_notifier_init(&e, false), ==, 0);
    g_assert_cmpint(msi_get_route_ops()->add(msg, &e), ==, -EINVAL);
    msg.address = APIC_DEFAULT_ADDRESS + (UINT64_C(1) << 32);
    g_assert_cmpint(msi_get_route_ops()->add(msg, &e), ==, -EINVAL);
    event_notifier_cleanup(&e);
}

/* -------------------------------------------------------------- registers */

static void fill_registers(CPUX86State *env)
{
    for (int i = 0; i < CPU_NB_REGS; i++) {
        env->regs[i] = UINT64_C(0x0123456789abcdef) * (i + 1);
    }
    env->rip = 0xfedc;
    env->eflags = CC_C | CC_Z | IF_MASK | 2;
    env->cr[2] = 0x123456000;
    env->segs[R_FS].base = 0x12340;
    env->segs[R_FS].selector = 0x1234;
    env->gdt = (SegmentCache){ .base = 0x7000, .limit = 0x1f };
    env->idt = (SegmentCache){ .base = 0x8000, .limit = 0x3ff };
    env->fpus = 3 << 11;
    env->fptags = 0x0f;
    env->fpuc = 0x27f;
    env->mxcsr = 0x1fa0;
    for (int i = 0; i < 8; i++) {
        env->fpregs[i].mant = UINT64_C(0x8000000000000000) + i;
        env->fpregs[i].se = 0x3fff + i;
    }
    for (int i = 0; i < 16; i++) {
        env->xmm[i].q[0] = i * UINT64_C(0x1111111111111111);
        env->xmm[i].q[1] = ~env->xmm[i].q[0];
    }
    env->star = UINT64_C(0x23001000000000);
    env->lstar = 0x1234567000;
    env->fmask = 0x700;
    env->kernelgsbase = 0x7654321000;
    env->sysenter_cs = 8;
    env->sysenter_eip = 0x2000;
    env->dr[0] = 0x4000;
    env->nmi_pending = true;
}

static void test_registers(void)
{
    KVMVcpu *v = kvm_vcpu(CPU(cpu));
    CPUX86State *env = cpu->env;
    g_autofree CPUX86State *wanted = g_new(CPUX86State, 1);

    cpu_get_state(CPU(cpu));
    x86_cpu_reset(cpu, false);
    fill_registers(env);
    memcpy(wanted, env, sizeof(*env));
    cpu_put_state(CPU(cpu));
    v->has_fetched = false;
    memset(env, 0x55, sizeof(*env));
    cpu_get_state(CPU(cpu));

    g_assert_cmpmem(env->regs, CPU_NB_REGS * 8, wanted->regs,
                    CPU_NB_REGS * 8);
    g_assert_cmphex(env->rip, ==, wanted->rip);
    g_assert_cmphex(env->eflags, ==, wanted->eflags);
    g_assert_cmphex(env->cr[2], ==, wanted->cr[2]);
    g_assert_cmphex(env->segs[R_FS].base, ==, wanted->segs[R_FS].base);
    g_assert_cmphex(env->gdt.base, ==, wanted->gdt.base);
    g_assert_cmphex(env->idt.limit, ==, wanted->idt.limit);
    g_assert_cmphex(env->fpus, ==, wanted->fpus);
    g_assert_cmphex(env->fptags, ==, wanted->fptags);
    g_assert_cmphex(env->fpuc, ==, wanted->fpuc);
    g_assert_cmphex(env->mxcsr, ==, wanted->mxcsr);
    for (int i = 0; i < 8; i++) {
        g_assert_cmphex(env->fpregs[i].mant, ==, wanted->fpregs[i].mant);
        g_assert_cmphex(env->fpregs[i].se, ==, wanted->fpregs[i].se);
    }
    g_assert_cmpmem(env->xmm, sizeof(env->xmm), wanted->xmm,
                    sizeof(env->xmm));
    g_assert_cmphex(env->lstar, ==, wanted->lstar);
    g_assert_cmphex(env->fmask, ==, wanted->fmask);
    g_assert_cmphex(env->kernelgsbase, ==, wanted->kernelgsbase);
    g_assert_cmphex(env->sysenter_eip, ==, wanted->sysenter_eip);
    g_assert_cmphex(env->dr[0], ==, wanted->dr[0]);
    g_assert_true(env->nmi_pending);
    g_assert_cmphex(env->pat, ==, wanted->pat);
}

/* ------------------------------------------------------------------- main */

static bool start(void)
{
    MachineState *ms;

    memory_init();
    qemu_init_main_loop(&error_abort);
    bql_lock();
    ms = machine_new(
        MACHINE_CLASS(object_class_by_name(MACHINE_TYPE_NAME("none"))));
    ms->smp.cpus = ms->smp.max_cpus = ms->smp.sockets = 1;
    ms->smp.cores = ms->smp.threads = ms->smp.dies = ms->smp.modules = 1;
    if (!accel_init_machine(ms, NULL, 0, "kvm")) {
        return false;
    }
    make_board();
    ms->cpu_type = g_strdup("qemu64,check=off");
    x86_cpus_init(ms, true, &error_abort);
    cpu = X86_CPU(qemu_get_cpu(0));
    return true;
}

static bool possible;

static void skip(void)
{
    g_test_skip("no KVM here");
}

static void add(const char *path, GTestFunc fn)
{
    g_test_add_func(path, possible ? fn : skip);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    possible = access("/dev/kvm", R_OK | W_OK) == 0 && start();
    add("/accel/kvm/memory", test_memory);
    add("/accel/kvm/mmio", test_mmio);
    add("/accel/kvm/ioeventfd", test_ioeventfd);
    add("/accel/kvm/switch-by-guest", test_switch_by_guest);
    add("/accel/kvm/split-under-code", test_split_under_code);
    add("/accel/kvm/kicks", test_kicks);
    add("/accel/kvm/routes", test_routes);
    add("/accel/kvm/route-to-ram", test_route_to_ram);
    add("/accel/kvm/registers", test_registers);
    ret = g_test_run();
    if (possible) {
        cpu_destroy_threads();
        bql_unlock();
    }
    return ret;
}
