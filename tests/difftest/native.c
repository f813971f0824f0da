/*
 * The differential tester: cases on the processor itself.
 *
 * A child process waits inside a signal handler. Returning from the handler
 * starts a case, as the registers, FPU state and segments of the signal frame
 * say; the code ends in INT3 or another exception, which is the next signal,
 * and the kernel has put all registers, the vector, error code and CR2 into its
 * frame. So a case costs one signal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <asm/ldt.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "difftest.h"
#include "hw/i386/cpu.h"

#define USER_CS64 0x33
#define USER_CS32 0x23
#define USER_DS   0x2b
#define LDT_DS    0x07 /* entry 0 of the LDT */
/* A batch takes milliseconds; a case that loops is the tester's mistake. */
#define PATIENCE_MS 10000

/* Shared by both processes. */
typedef struct Shared {
    unsigned n;
    Case cases[NATIVE_BATCH];
    Outcome outcomes[NATIVE_BATCH];
    uint8_t code[4096] QEMU_ALIGNED(4096);
    uint8_t data[DT_ALL_SIZE] QEMU_ALIGNED(4096);
} Shared;

static Shared *shared;
static int shared_fd = -1;
static pid_t child;
static int channel = -1; /* ours; the child's in the child */

/* ------------------------------------------------------------------ the child */

static unsigned current; /* case that runs */
static bool running;

static const int greg_of[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static void take_outcome(const ucontext_t *uc, Outcome *o)
{
    const greg_t *g = uc->uc_mcontext.gregs;

    for (unsigned i = 0; i < 16; i++) {
        o->s.regs[i] = g[greg_of[i]];
    }
    o->s.rip = g[REG_RIP];
    o->s.eflags = g[REG_EFL];
    o->vector = g[REG_TRAPNO];
    o->error = g[REG_ERR];
    o->cr2 = g[REG_CR2];
    memcpy(o->s.fx, uc->uc_mcontext.fpregs, DT_FX_SIZE);
    memcpy(o->data, shared->data, DT_ALL_SIZE);
}

/* The XSAVE header of the frame: x87 and SSE are in use. */
static void mark_in_use(uint8_t *fp)
{
    uint32_t magic;
    uint64_t bv;

    memcpy(&magic, fp + 464, sizeof(magic));
    if (magic == 0x46505853) { /* FP_XSTATE_MAGIC1: a header follows */
        memcpy(&bv, fp + 512, sizeof(bv));
        bv |= 3;
        memcpy(fp + 512, &bv, sizeof(bv));
    }
}

static void put_case(ucontext_t *uc, const Case *c)
{
    greg_t *g = uc->uc_mcontext.gregs;
    unsigned data = c->segmented ? LDT_DS : USER_DS;
    uint8_t *fp = (uint8_t *)uc->uc_mcontext.fpregs;
    State s;

    case_state(c, &s);
    case_data(c, shared->data);
    memset(shared->code, 0xcc, DT_CODE_MAX);
    memcpy(shared->code, c->code, c->len);
    for (unsigned i = 0; i < 16; i++) {
        g[greg_of[i]] = s.regs[i];
    }
    g[REG_RIP] = s.rip;
    g[REG_EFL] = s.eflags;
    g[REG_CSGSFS] = (c->compat ? USER_CS32 : USER_CS64) |
                    (uint64_t)data << 48;
    memcpy(fp, s.fx, 416); /* behind it is the kernel's own */
    mark_in_use(fp);
    /* Only 32-bit code looks at them. */
    asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(data));
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
    char byte = 0;

    if (running) {
        take_outcome(context, &shared->outcomes[current++]);
    }
    if (!running || current == shared->n) {
        if (running && write(channel, &byte, 1) != 1) {
            _exit(0);
        }
        if (read(channel, &byte, 1) != 1) {
            _exit(0);
        }
        current = 0;
        running = true;
    }
    put_case(context, &shared->cases[current]);
}

static void map_fixed(uint64_t at, size_t len, int prot, size_t offset)
{
    /* Populated: error codes tell whether a page is present. */
    int flags = MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE;
    void *p = mmap((void *)at, len, prot, flags, shared_fd, offset);

    if (p != (void *)at) {
        _exit(3);
    }
}

static G_NORETURN void child_main(void)
{
    static const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    static uint8_t stack[65536];
    struct user_desc ldt = {.base_addr = DT_DATA,
                            .limit = DT_LIMIT,
                            .seg_32bit = 1,
                            .useable = 1};
    stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction sa = {.sa_sigaction = on_signal,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    syscall(SYS_modify_ldt, 1, &ldt, sizeof(ldt));
    sigaltstack(&ss, NULL);
    map_fixed(DT_CODE, 4096, PROT_READ | PROT_EXEC, offsetof(Shared, code));
    map_fixed(DT_DATA, DT_DATA_SIZE, PROT_READ | PROT_WRITE,
              offsetof(Shared, data));
    map_fixed(DT_DATA + DT_DATA_SIZE, DT_RO_SIZE, PROT_READ,
              offsetof(Shared, data) + DT_DATA_SIZE);
    sigfillset(&sa.sa_mask);
    for (unsigned i = 0; i < ARRAY_SIZE(signals); i++) {
        sigdelset(&sa.sa_mask, signals[i]);
        sigaction(signals[i], &sa, NULL);
    }
    raise(SIGTRAP);
    _exit(0);
}

/* ----------------------------------------------------------------- the parent */

bool native_start(void)
{
    int fds[2];

    if (!shared) {
        shared_fd = memfd_create("difftest", MFD_CLOEXEC);
        if (shared_fd < 0 || ftruncate(shared_fd, sizeof(Shared)) < 0) {
            return false;
        }
        shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED,
                      shared_fd, 0);
        if (shared == MAP_FAILED) {
            shared = NULL;
            return false;
        }
    }
    memset(shared->code, 0xcc, sizeof(shared->code));
    shared->n = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        return false;
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        channel = fds[1];
        close(fds[0]);
        child_main();
    }
    close(fds[1]);
    channel = fds[0];
    return child > 0;
}

void native_stop(void)
{
    close(channel);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

bool native_run(const Case *cases, unsigned n, Outcome *outcomes)
{
    struct pollfd p = {.fd = channel, .events = POLLIN};
    char byte = 0;

    memcpy(shared->cases, cases, n * sizeof(*cases));
    shared->n = n;
    if (write(channel, &byte, 1) != 1 || poll(&p, 1, PATIENCE_MS) != 1 ||
        read(channel, &byte, 1) != 1) {
        native_stop();
        native_start();
        return false;
    }
    memcpy(outcomes, shared->outcomes, n * sizeof(*outcomes));
    return true;
}

bool native_has_compat(bool segmented)
{
    Case c = {.len = 2, .compat = true, .segmented = segmented,
              .code = {0x50, 0xcc}}; /* push eax */
    Outcome *o = g_new0(Outcome, 1);
    bool ok = native_run(&c, 1, o) && o->vector == EXCP03_INT3;

    g_free(o);
    return ok;
}
