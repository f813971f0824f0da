/*
 * The state of the x87: control and status word, environment, FNSAVE.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "x87-internal.h"

/* Bits of the control word that exist; bit 6 is always 1. */
#define FPUC_MASK 0x1f3fu
#define FPUC_ONE  0x0040u

static void set_control(TcgCpu *t, uint16_t v)
{
    t->env.fpuc = (v & FPUC_MASK) | FPUC_ONE;
    fpu_update_es(t);
}

const Op *op_fwait(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    NEXT(t, op);
}

const Op *op_fnop(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    NEXT(t, op);
}

static void fpu_init(TcgCpu *t)
{
    CPUX86State *env = &t->env;

    env->fpuc = FPUC_DEFAULT;
    fpu_update_es(t);
    env->fpus = 0;
    env->fptags = 0xff;
    env->fpip = env->fpdp = 0;
    env->fpcs = env->fpds = env->fpop = 0;
}

const Op *op_fninit(TcgCpu *t, const Op *op)
{
    fpu_init(t);
    NEXT(t, op);
}

const Op *op_fnclex(TcgCpu *t, const Op *op)
{
    t->env.fpus &= ~(FPUS_SF | FPUS_EXC);
    fpu_update_es(t);
    NEXT(t, op);
}

const Op *op_fldcw(TcgCpu *t, const Op *op)
{
    uint16_t v;

    fpu_begin(t, op);
    v = mem_ld(t, op_ea(t, op), 2, op);
    set_control(t, v);
    NEXT(t, op);
}

const Op *op_fnstcw(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), t->env.fpuc, 2, op);
    NEXT(t, op);
}

const Op *op_fnstsw(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), t->env.fpus, 2, op);
    NEXT(t, op);
}

const Op *op_fnstsw_ax(TcgCpu *t, const Op *op)
{
    REG16(t, REG_OFF(R_EAX)) = t->env.fpus;
    NEXT(t, op);
}

/* ----------------------------------------------------------- environment */

/* Tags of two bits, of which the FPU keeps only "empty". */
enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned full_tag(const CPUX86State *env, unsigned n)
{
    const FPReg *r = &env->fpregs[n];
    unsigned exponent = r->se & 0x7fff;

    if (env->fptags >> n & 1) {
        return TAG_EMPTY;
    }
    if (exponent == 0) {
        return r->mant ? TAG_SPECIAL : TAG_ZERO;
    }
    return exponent == 0x7fff || !(r->mant >> 63) ? TAG_SPECIAL : TAG_VALID;
}

static uint16_t full_tags(const CPUX86State *env)
{
    uint16_t tags = 0;

    for (unsigned n = 0; n < 8; n++) {
        tags |= full_tag(env, n) << 2 * n;
    }
    return tags;
}

/* Op.size: operand size, 2 or 4; Op.aux: protected mode. */
static bool is_wide(const Op *op)
{
    return op->size == 4;
}

static unsigned env_bytes(const Op *op)
{
    return is_wide(op) ? 28 : 14;
}

#define ENV_BYTES_MAX 28

/* The words behind control, status and tags (SDM 1, 8.1.10). Real mode knows
 * linear addresses and no selectors. */
static void pointers_to_words(const CPUX86State *env, const Op *op,
                              uint32_t w[4])
{
    uint32_t ip = env->fpip, dp = env->fpdp;

    if (op->aux) {
        w[0] = ip;
        w[1] = env->fpcs | (is_wide(op) ? (uint32_t)env->fpop << 16 : 0);
        w[2] = dp;
        w[3] = env->fpds;
        return;
    }
    ip += (uint32_t)env->fpcs << 4;
    dp += (uint32_t)env->fpds << 4;
    w[0] = ip & 0xffff;
    w[2] = dp & 0xffff;
    if (is_wide(op)) {
        w[1] = env->fpop | (ip >> 16) << 12;
        w[3] = (dp >> 16) << 12;
    } else {
        w[1] = env->fpop | (ip >> 16 & 0xf) << 12;
        w[3] = (dp >> 16 & 0xf) << 12;
    }
}

static void words_to_pointers(CPUX86State *env, const Op *op,
                              const uint32_t w[4])
{
    if (op->aux) {
        env->fpip = w[0];
        env->fpcs = w[1];
        env->fpop = is_wide(op) ? w[1] >> 16 & 0x7ff : env->fpop;
        env->fpdp = w[2];
        env->fpds = w[3];
        return;
    }
    env->fpip = (w[0] & 0xffff) | (w[1] >> 12) << 16;
    env->fpdp = (w[2] & 0xffff) | (w[3] >> 12) << 16;
    env->fpop = w[1] & 0x7ff;
    env->fpcs = env->fpds = 0;
}

static void put_env(const CPUX86State *env, const Op *op, uint8_t *buf)
{
    uint32_t w[7] = {env->fpuc, env->fpus, full_tags(env)};

    pointers_to_words(env, op, w + 3);
    for (unsigned i = 0; i < 7; i++) {
        if (is_wide(op)) {
            /* What is reserved reads as ones. */
            host_st(buf + 4 * i, i < 3 || i == 6 ? w[i] | 0xffff0000 : w[i],
                    4);
        } else {
            host_st(buf + 2 * i, w[i], 2);
        }
    }
}

static void get_env(TcgCpu *t, const Op *op, const uint8_t *buf)
{
    CPUX86State *env = &t->env;
    uint32_t w[7];

    for (unsigned i = 0; i < 7; i++) {
        w[i] = is_wide(op) ? host_ld(buf + 4 * i, 4) : host_ld(buf + 2 * i, 2);
    }
    env->fpus = w[1];
    env->fptags = 0;
    for (unsigned n = 0; n < 8; n++) {
        env->fptags |= ((w[2] >> 2 * n & 3) == TAG_EMPTY) << n;
    }
    words_to_pointers(env, op, w + 3);
    set_control(t, w[0]);
}

const Op *op_fnstenv(TcgCpu *t, const Op *op)
{
    uint8_t buf[ENV_BYTES_MAX];
    uint64_t a = op_ea(t, op);

    put_env(&t->env, op, buf);
    mem_check_write(t, a, env_bytes(op), op);
    mem_write_bytes(t, a, buf, env_bytes(op), op);
    t->env.fpuc |= FPUS_EXC;
    fpu_update_es(t);
    NEXT(t, op);
}

const Op *op_fldenv(TcgCpu *t, const Op *op)
{
    uint8_t buf[ENV_BYTES_MAX];

    fpu_begin(t, op);
    mem_read_bytes(t, op_ea(t, op), buf, env_bytes(op), op);
    get_env(t, op, buf);
    NEXT(t, op);
}

/* --------------------------------------------------------- FNSAVE, FRSTOR */

const Op *op_fnsave(TcgCpu *t, const Op *op)
{
    unsigned size = env_bytes(op);
    uint8_t buf[ENV_BYTES_MAX + 80];
    uint64_t a = op_ea(t, op);

    put_env(&t->env, op, buf);
    for (unsigned i = 0; i < 8; i++) {
        const FPReg *r = fpu_st(t, i);

        host_st(buf + size + 10 * i, r->mant, 8);
        host_st(buf + size + 10 * i + 8, r->se, 2);
    }
    mem_check_write(t, a, size + 80, op);
    mem_write_bytes(t, a, buf, size + 80, op);
    fpu_init(t);
    NEXT(t, op);
}

const Op *op_frstor(TcgCpu *t, const Op *op)
{
    unsigned size = env_bytes(op);
    uint8_t buf[ENV_BYTES_MAX + 80];

    fpu_begin(t, op);
    mem_read_bytes(t, op_ea(t, op), buf, size + 80, op);
    get_env(t, op, buf);
    for (unsigned i = 0; i < 8; i++) {
        FPReg *r = fpu_st(t, i);

        r->mant = host_ld(buf + size + 10 * i, 8);
        r->se = host_ld(buf + size + 10 * i + 8, 2);
    }
    NEXT(t, op);
}
