/*
 * Small things to try on an emulator, most of them wrong. Those that return
 * have gone well.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define COM1        0x3f8
#define RTC_INDEX   0x70
#define FW_CFG_DATA 0x511

static bool name_is(const char *name, const char *what)
{
    while (*what && *name == *what) {
        name++;
        what++;
    }
    return !*what && (*name == 0 || *name == ' ');
}

/* ------------------------------------------------------------ good ones */

/* String instructions to and from ports. */
static void trial_string(void)
{
    static const char text[] = "tiny: by string instruction\r\n";
    const char *p = text;
    uint64_t n = sizeof(text) - 1;
    char name[5] = "....";
    void *to = name;

    __asm__ volatile("rep outsb" : "+S"(p), "+c"(n) : "d"(COM1) : "memory");
    outw(0x510, 0); /* fw_cfg: signature */
    n = 4;
    __asm__ volatile("rep insb"
                     : "+D"(to), "+c"(n)
                     : "d"(FW_CFG_DATA)
                     : "memory");
    say("fw_cfg=%s", name);
}

/* Accesses of all sizes to device memory: the I/O APIC's registers are dwords,
 * the rest of the page is there too. */
static void trial_mmio(void)
{
    uint32_t id;

    MMIO32(0xfec00000ul) = 1;
    id = MMIO32(0xfec00010ul);
    say("ioapic version=%x inputs=%u", (uint64_t)(id & 0xff),
        (id >> 16 & 0xff) + 1);
    MMIO8(0xfec00fe0ul) = 1;
    MMIO16(0xfec00fe0ul) = MMIO16(0xfec00fe2ul);
    *(volatile uint64_t *)0xfec00fe0ul = 1;
    say("hole=%x", (uint64_t)MMIO32(0xfd000000ul - 0x1000));
}

/* Writes to memory that is not there, or read-only, do nothing. */
static void trial_rom(void)
{
    volatile uint8_t *top = (volatile uint8_t *)0xfffffff0ul;
    uint8_t was = *top;

    *top = ~was;
    say("rom kept=%u", *top == was);
}

static bool msr_read(uint32_t index, uint64_t *v)
{
    uint32_t lo = 0, hi = 0;
    bool ok = true;

    __asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rax, %3\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "rdmsr\n\t"
                     "movq $0, %3\n\t"
                     "jmp 2f\n"
                     "1: movb $0, %2\n"
                     "2:"
                     : "=&a"(lo), "=&d"(hi), "+m"(ok), "+m"(catch_at)
                     : "c"(index)
                     : "memory");
    *v = lo | (uint64_t)hi << 32;
    return ok;
}

static uint64_t rdtsc(void)
{
    uint32_t lo, hi;

    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return lo | (uint64_t)hi << 32;
}

static void trial_msr(void)
{
    uint32_t there = 0, refused = 0;
    uint64_t v;

    for (uint32_t i = 0; i < 0x40; i++) {
        *(msr_read(i, &v) ? &there : &refused) += 1;
    }
    say("msrs there=%u refused=%u", there, refused);
    say("tsc %s", rdtsc() != rdtsc() ? "runs" : "stands");
}

static void trial_cpuid(void)
{
    uint32_t a, b, c, d, features;
    char name[13] = {0};

    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    memcpy(name, &b, 4);
    memcpy(name + 4, &d, 4);
    memcpy(name + 8, &c, 4);
    __asm__("cpuid"
            : "=a"(features), "=b"(b), "=c"(c), "=d"(d)
            : "a"(1), "c"(0));
    say("cpuid vendor=%s level=%u apic=%u hypervisor=%u", name, a, b >> 24,
        c >> 31);
    __asm__("cpuid"
            : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
            : "a"(0x40000000), "c"(0));
    memcpy(name, &b, 4);
    memcpy(name + 4, &c, 4);
    memcpy(name + 8, &d, 4);
    say("host=%s", name);
}

#define MSR_APIC_BASE       0x1b
#define APIC_BASE_X2APIC    0xc00
#define MSR_X2APIC_ID       0x802
#define MSR_X2APIC_SELF_IPI 0x83f
#define CPUID_1_ECX_X2APIC  (1u << 21)

/* An interrupt to itself, all by MSRs. */
static void trial_x2apic(void)
{
    uint32_t a, b, c, d;

    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    if (!(c & CPUID_1_ECX_X2APIC)) {
        say("x2apic missing");
        return;
    }
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
    x2apic = true;
    sti();
    wrmsr(MSR_X2APIC_SELF_IPI, VECTOR_TIMER);
    for (int i = 0; i < 1000 && !irqs[VECTOR_TIMER]; i++) {
        barrier();
    }
    cli();
    say("x2apic id=%u ipi=%u", (uint32_t)rdmsr(MSR_X2APIC_ID),
        irqs[VECTOR_TIMER]);
}

/* A line twice a second, for whoever stops and resumes us. */
static void trial_tick(void)
{
    uint32_t seen = 0;

    timer_start(200);
    sti();
    for (uint32_t n = option_number("count", 10); seen < n;) {
        sti_hlt_cli();
        if (irqs[VECTOR_TIMER] != seen) {
            seen = irqs[VECTOR_TIMER];
            say("tick %u", seen);
        }
    }
}

/* Exceptions come to the handler with their number. */
static void trial_faults(void)
{
    __asm__ volatile("leaq 1f(%%rip), %%rax; movq %%rax, %0; ud2; 1:"
                     : "=m"(catch_at)
                     :
                     : "rax", "memory");
    say("ud2=%u", caught_vector);
    __asm__ volatile("leaq 1f(%%rip), %%rax; movq %%rax, %0\n\t"
                     "movq $0x8000000000, %%rax; movb (%%rax), %%al; 1:"
                     : "=m"(catch_at)
                     :
                     : "rax", "memory");
    say("page=%u", caught_vector);
    __asm__ volatile("leaq 1f(%%rip), %%rax; movq %%rax, %0\n\t"
                     "movl $0x1234, %%eax; movl %%eax, %%ds; 1:\n\t"
                     "movl $0x10, %%eax; movl %%eax, %%ds"
                     : "=m"(catch_at)
                     :
                     : "rax", "memory");
    say("segment=%u", caught_vector);
}

/* -------------------------------------------------- ones that do not return */

static void trial_triple(void)
{
    static const uint8_t none[10];

    __asm__ volatile("lidt %0; ud2" : : "m"(none));
}

/* Code where only device registers are. */
static void trial_jump(void)
{
    __asm__ volatile("jmp *%0" : : "r"(0xfec00000ul));
}

static void trial_hang(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

static void trial_spin(void)
{
    say("spinning");
    for (;;) {
        barrier();
    }
}

/* Whatever it is, the emulator lives. */
static void trial_random(void)
{
    static uint8_t code[4096] __attribute__((aligned(4096)));
    uint32_t x = option_number("seed", 1) * 2654435761u | 1;

    for (unsigned i = 0; i < sizeof(code); i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        code[i] = x >> 8;
    }
    ((void (*)(void))code)();
}

bool trial_run(const char *name)
{
    static const struct {
        const char *name;
        void (*fn)(void);
    } trials[] = {
        {"string", trial_string}, {"mmio", trial_mmio},
        {"rom", trial_rom},       {"msr", trial_msr},
        {"cpuid", trial_cpuid},   {"tick", trial_tick},
        {"faults", trial_faults}, {"x2apic", trial_x2apic},
        {"triple", trial_triple},
        {"jump", trial_jump},     {"hang", trial_hang},
        {"spin", trial_spin},     {"random", trial_random},
        {"none", NULL},
    };

    for (unsigned i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        if (name_is(name, trials[i].name)) {
            if (trials[i].fn) {
                trials[i].fn();
            }
            return true;
        }
    }
    return false;
}
