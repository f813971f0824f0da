/*
 * x87, SSE and whatever else XSAVE has. The state struct knows x87, SSE and
 * XCR0; the rest stays in the kernel's format from fetch to put, unless XCR0
 * says that the guest does not use it: then it goes back to its initial state,
 * which is what a reset wants.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"
#include "util/bswap.h"

/* Offsets in the image (Intel SDM vol. 1, 13.4). */
enum {
    XSAVE_FCW = 0,
    XSAVE_FSW = 2,
    XSAVE_FTW = 4, /* one bit per register: 1 is in use */
    XSAVE_FOP = 6,
    XSAVE_FIP = 8,
    XSAVE_FDP = 16,
    XSAVE_MXCSR = 24,
    XSAVE_ST = 32,
    XSAVE_XMM = 160,
    XSAVE_XSTATE_BV = 512,
};

#define XSTATE_X87 UINT64_C(1)
#define XSTATE_SSE UINT64_C(2)

#define FCW_INITIAL   0x37f
#define MXCSR_INITIAL 0x1f80

static unsigned stack_top(const CPUX86State *env)
{
    return env->fpus >> 11 & 7;
}

static void read_x87(CPUX86State *env, const uint8_t *image)
{
    env->fpuc = ldw_le_p(image + XSAVE_FCW);
    env->fpus = ldw_le_p(image + XSAVE_FSW);
    env->fptags = ~image[XSAVE_FTW];
    env->fpop = ldw_le_p(image + XSAVE_FOP);
    env->fpip = ldq_le_p(image + XSAVE_FIP);
    env->fpdp = ldq_le_p(image + XSAVE_FDP);
    for (unsigned i = 0; i < 8; i++) {
        FPReg *reg = &env->fpregs[(stack_top(env) + i) & 7];
        const uint8_t *p = image + XSAVE_ST + 16 * i;

        reg->mant = ldq_le_p(p);
        reg->se = ldw_le_p(p + 8);
    }
}

static void write_x87(const CPUX86State *env, uint8_t *image)
{
    stw_le_p(image + XSAVE_FCW, env->fpuc);
    stw_le_p(image + XSAVE_FSW, env->fpus);
    image[XSAVE_FTW] = ~env->fptags;
    stw_le_p(image + XSAVE_FOP, env->fpop);
    stq_le_p(image + XSAVE_FIP, env->fpip);
    stq_le_p(image + XSAVE_FDP, env->fpdp);
    for (unsigned i = 0; i < 8; i++) {
        const FPReg *reg = &env->fpregs[(stack_top(env) + i) & 7];
        uint8_t *p = image + XSAVE_ST + 16 * i;

        stq_le_p(p, reg->mant);
        stw_le_p(p + 8, reg->se);
    }
}

int kvm_get_xsave(KVMVcpu *v)
{
    CPUX86State *env = &v->env;
    uint8_t *image = (uint8_t *)v->xsave;
    bool large = kvm_state->xsave_size > sizeof(struct kvm_xsave);
    int ret = kvm_vcpu_ioctl(v, large ? KVM_GET_XSAVE2 : KVM_GET_XSAVE, image);
    uint64_t in_use;

    if (ret < 0) {
        return ret;
    }
    in_use = ldq_le_p(image + XSAVE_XSTATE_BV);
    if (in_use & XSTATE_X87) {
        read_x87(env, image);
    } else {
        memset(env->fpregs, 0, sizeof(env->fpregs));
        env->fpuc = FCW_INITIAL;
        env->fpus = env->fpop = 0;
        env->fpip = env->fpdp = 0;
        env->fptags = 0xff;
    }
    env->mxcsr = MXCSR_INITIAL;
    memset(env->xmm, 0, sizeof(env->xmm));
    if (in_use & ~XSTATE_X87) {
        env->mxcsr = ldl_le_p(image + XSAVE_MXCSR);
    }
    if (in_use & XSTATE_SSE) {
        memcpy(env->xmm, image + XSAVE_XMM, sizeof(env->xmm));
    }
    return 0;
}

int kvm_put_xsave(KVMVcpu *v)
{
    const CPUX86State *env = &v->env;
    uint8_t *image = (uint8_t *)v->xsave;
    uint64_t in_use = ldq_le_p(image + XSAVE_XSTATE_BV);

    write_x87(env, image);
    stl_le_p(image + XSAVE_MXCSR, env->mxcsr);
    memcpy(image + XSAVE_XMM, env->xmm, sizeof(env->xmm));
    in_use = (in_use & env->xcr0) | XSTATE_X87 | XSTATE_SSE;
    stq_le_p(image + XSAVE_XSTATE_BV, in_use);
    return kvm_vcpu_ioctl(v, KVM_SET_XSAVE, image);
}

int kvm_get_xcrs(KVMVcpu *v)
{
    struct kvm_xcrs xcrs;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_XCRS, &xcrs);

    for (unsigned i = 0; ret >= 0 && i < MIN(xcrs.nr_xcrs, KVM_MAX_XCRS);
         i++) {
        if (xcrs.xcrs[i].xcr == 0) {
            v->env.xcr0 = xcrs.xcrs[i].value;
        }
    }
    return MIN(ret, 0);
}

int kvm_put_xcrs(KVMVcpu *v)
{
    struct kvm_xcrs xcrs = {
        .nr_xcrs = 1,
        .xcrs[0].value = v->env.xcr0 | XSTATE_X87,
    };

    return kvm_vcpu_ioctl(v, KVM_SET_XCRS, &xcrs);
}
