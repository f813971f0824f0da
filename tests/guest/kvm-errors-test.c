/*
 * What -accel kvm says where KVM is missing, forbidden, busy, too old, or lacks
 * something, and that the next accelerator is taken then. A preloaded library
 * plays such hosts (kvm-deny.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/kvm.h>

#include "tests/qtest/lib/libqtest.h"

#define P "qemu-system-x86_64: -accel kvm"
#define INVALID P ": failed to initialize kvm: Invalid argument\n"

typedef struct Case {
    const char *name;
    const char *options; /* behind -accel kvm */
    const char *variable, *value;
    const char *text; /* all that it says */
} Case;

static const Case cases[] = {
    {"missing", ",device=/nonexistent", NULL, NULL,
     P ",device=/nonexistent: Could not access KVM kernel module: "
       "No such file or directory\n"
     P ",device=/nonexistent: failed to initialize kvm: "
       "No such file or directory\n"},
    {"not-kvm", ",device=/dev/null", NULL, NULL,
     P ",device=/dev/null: kvm version too old\n"
     P ",device=/dev/null: failed to initialize kvm: "
       "Inappropriate ioctl for device\n"},
    {"forbidden", "", "KVM_DENY_OPEN", "13",
     P ": Could not access KVM kernel module: Permission denied\n"
     P ": failed to initialize kvm: Permission denied\n"},
    {"busy", "", "KVM_DENY_IOCTL", "ae01=16",
     P ": ioctl(KVM_CREATE_VM) failed: Device or resource busy\n"
     P ": failed to initialize kvm: Device or resource busy\n"},
    {"too-old", "", "KVM_DENY_API", "11",
     P ": kvm version too old\n" INVALID},
    {"too-new", "", "KVM_DENY_API", "13",
     P ": kvm version not supported\n" INVALID},
    {"tss", "", "KVM_DENY_IOCTL", "ae47=22", INVALID},
    {"shadow-mem", ",kvm-shadow-mem=8192", "KVM_DENY_IOCTL", "ae44=22",
     P ",kvm-shadow-mem=8192: failed to initialize kvm: Invalid argument\n"},
    {"irqchip", "", "KVM_DENY_IOCTL", "ae60=22",
     P ": Create kernel irqchip failed: Invalid argument\n"},
    {"split-irqchip", ",kernel-irqchip=split", "KVM_DENY_IOCTL", "aea3=22",
     P ",kernel-irqchip=split: Could not enable split irqchip mode: "
       "Invalid argument\n"},
    {"no-irqchip", ",kernel-irqchip=off", NULL, NULL,
     P ",kernel-irqchip=off: KVM does not support userspace APIC\n"},
    {"bad-irqchip", ",kernel-irqchip=half", NULL, NULL,
     P ",kernel-irqchip=half: Parameter 'kernel-irqchip' does not accept "
       "value 'half'\n"},
    {"ring-size", ",dirty-ring-size=3", NULL, NULL,
     P ",dirty-ring-size=3: dirty-ring-size must be a power of two.\n"},
    {"ring", ",dirty-ring-size=4096", NULL, NULL,
     P ",dirty-ring-size=4096: dirty-ring-size=4096 is not supported, it must "
       "be 0\n"},
    {"unknown-option", ",foo=1", NULL, NULL,
     P ",foo=1: Property 'kvm-accel.foo' not found\n"},
};

static int run(const char *args, const char *variable, const char *value,
               char **text)
{
    int status;

    if (variable) {
        g_setenv("LD_PRELOAD", getenv("KVM_DENY"), true);
        g_setenv(variable, value, true);
    }
    status = qtest_run(args, text);
    if (variable) {
        g_unsetenv("LD_PRELOAD");
        g_unsetenv(variable);
    }
    return status;
}

static void test_error(const void *data)
{
    const Case *c = data;
    g_autofree char *text = NULL;
    g_autofree char *args =
        g_strdup_printf("-machine none -display none -accel kvm%s",
                        c->options);

    g_assert_cmpint(run(args, c->variable, c->value, &text), ==, 1);
    g_assert_cmpstr(text, ==, c->text);
}

/* Each of them is named when it is not there. */
static void test_capabilities(const void *data)
{
    static const struct {
        const char *name;
        int cap;
    } caps[] = {
        {"USER_MEMORY", KVM_CAP_USER_MEMORY},
        {"DESTROY_MEMORY_REGION_WORKS", KVM_CAP_DESTROY_MEMORY_REGION_WORKS},
        {"JOIN_MEMORY_REGIONS_WORKS", KVM_CAP_JOIN_MEMORY_REGIONS_WORKS},
        {"INTERNAL_ERROR_DATA", KVM_CAP_INTERNAL_ERROR_DATA},
        {"IOEVENTFD", KVM_CAP_IOEVENTFD},
        {"IOEVENTFD_ANY_LENGTH", KVM_CAP_IOEVENTFD_ANY_LENGTH},
        {"IRQCHIP", KVM_CAP_IRQCHIP},
        {"IRQ_ROUTING", KVM_CAP_IRQ_ROUTING},
        {"IRQFD", KVM_CAP_IRQFD},
        {"SIGNAL_MSI", KVM_CAP_SIGNAL_MSI},
        {"SET_TSS_ADDR", KVM_CAP_SET_TSS_ADDR},
        {"SET_IDENTITY_MAP_ADDR", KVM_CAP_SET_IDENTITY_MAP_ADDR},
        {"EXT_CPUID", KVM_CAP_EXT_CPUID},
        {"MP_STATE", KVM_CAP_MP_STATE},
        {"VCPU_EVENTS", KVM_CAP_VCPU_EVENTS},
        {"DEBUGREGS", KVM_CAP_DEBUGREGS},
        {"XSAVE", KVM_CAP_XSAVE},
        {"XCRS", KVM_CAP_XCRS},
        {"READONLY_MEM", KVM_CAP_READONLY_MEM},
        {"IMMEDIATE_EXIT", KVM_CAP_IMMEDIATE_EXIT},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(caps); i++) {
        g_autofree char *value = g_strdup_printf("%d=0", caps[i].cap);
        g_autofree char *text = NULL;
        g_autofree char *expected = g_strdup_printf(
            P ": kvm does not support KVM_CAP_%s\n"
            "Please upgrade to at least kernel 4.11.\n" INVALID,
            caps[i].name);

        g_assert_cmpint(run("-machine none -display none -accel kvm",
                            "KVM_DENY_CAP", value, &text),
                        ==, 1);
        g_assert_cmpstr(text, ==, expected);
    }
}

static void test_cpus(const void *data)
{
    g_autofree char *value = g_strdup_printf("%d=2", KVM_CAP_MAX_VCPUS);
    g_autofree char *text = NULL;

    g_assert_cmpint(run("-machine q35 -display none -accel kvm -smp 3",
                        "KVM_DENY_CAP", value, &text),
                    ==, 1);
    g_assert_nonnull(strstr(text,
                            P ": Number of SMP cpus requested (3) exceeds the "
                              "maximum cpus supported by KVM (2)\n"));
    g_clear_pointer(&text, g_free);
    g_assert_cmpint(
        run("-machine q35 -display none -accel kvm -smp 1,maxcpus=4",
            "KVM_DENY_CAP", value, &text),
        ==, 1);
    g_assert_nonnull(strstr(text, P ": Number of hotpluggable cpus requested "
                                    "(4) exceeds the maximum cpus supported "
                                    "by KVM (2)\n"));
}

static void test_vcpu(const void *data)
{
    const char *dir = getenv("GUEST_DIR");
    g_autofree char *text = NULL;
    g_autofree char *args =
        g_strdup_printf("-machine q35 -display none -accel kvm "
                        "-kernel %s/tiny-guest",
                        dir ? dir : ".");

    g_assert_cmpint(run(args, "KVM_DENY_IOCTL", "ae41=12", &text), ==, 1);
    g_assert_nonnull(strstr(text, "kvm_init_vcpu: kvm_create_vcpu failed (0): "
                                  "Cannot allocate memory\n"));
}

/* Options of -machine that are the accelerator's. */
static void test_machine_option(const void *data)
{
    g_autofree char *text = NULL;

    g_assert_cmpint(
        qtest_run("-display none -machine none,kernel-irqchip=half,accel=kvm",
                  &text),
        ==, 1);
    g_assert_cmpstr(text, ==,
                    "qemu-system-x86_64: can't apply global "
                    "kvm-accel.kernel-irqchip=half: Parameter "
                    "'kernel-irqchip' does not accept value 'half'\n");
    g_clear_pointer(&text, g_free);
    g_assert_cmpint(
        qtest_run("-display none -machine none,kernel_irqchip=off -accel kvm",
                  &text),
        ==, 1);
    g_assert_cmpstr(text, ==,
                    P ": KVM does not support userspace APIC\n");
}

/* One line says what is tried in vain, one what is taken. */
static void test_fallback(const void *data)
{
    QTestState *qts = qtest_init_guest(
        "-machine none -accel kvm,device=/nonexistent -accel qtest");
    g_autofree char *text = qtest_stderr(qts);

    g_assert_cmpstr(text, ==,
                    P ",device=/nonexistent: Could not access KVM kernel "
                      "module: No such file or directory\n"
                    P ",device=/nonexistent: failed to initialize kvm: "
                      "No such file or directory\n"
                      "qemu-system-x86_64: falling back to qtest\n");
    qtest_quit(qts);
}

static bool have_kvm, can_preload;

static void skip(const void *data)
{
    g_test_skip(have_kvm ? "libraries cannot be preloaded in this build"
                         : "/dev/kvm cannot be opened");
}

static void add(const char *path, const void *data, GTestDataFunc fn,
                bool possible)
{
    g_test_add_data_func(path, data, possible ? fn : skip);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    have_kvm = access("/dev/kvm", R_OK | W_OK) == 0;
    can_preload = getenv("KVM_DENY") != NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/kvm-errors/%s", cases[i].name);

        add(path, &cases[i], test_error,
            !cases[i].variable || (have_kvm && can_preload));
    }
    add("/kvm-errors/capabilities", NULL, test_capabilities,
        have_kvm && can_preload);
    add("/kvm-errors/cpus", NULL, test_cpus, have_kvm && can_preload);
    add("/kvm-errors/vcpu", NULL, test_vcpu, have_kvm && can_preload);
    add("/kvm-errors/machine-option", NULL, test_machine_option, true);
    add("/kvm-errors/fallback", NULL, test_fallback, true);
    return g_test_run();
}
