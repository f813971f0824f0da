/*
 * Options that choose the machine: -machine, -accel, -cpu, -smp, -m, -rtc.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "hw/core/rtc-time.h"
#include "hw/i386/cpu.h"
#include "system/system-internal.h"
#include "util/option.h"

/* Members of `add` replace those of *all. Takes the reference to add. */
static void options_merge(json_t **all, json_t *add)
{
    if (*all) {
        json_object_update(*all, add);
        json_decref(add);
    } else {
        *all = add;
    }
}

/* Options of the machine by history, which are those of -accel kvm. */
static void take_kvm_options(json_t *opts)
{
    static const char *const names[][2] = {
        {"kernel-irqchip", "kernel-irqchip"},
        {"kernel_irqchip", "kernel-irqchip"},
        {"kvm-shadow-mem", "kvm-shadow-mem"},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        json_t *value = json_object_get(opts, names[i][0]);

        if (json_is_string(value)) {
            accel_set_default("kvm", names[i][1], json_string_value(value));
            json_object_del(opts, names[i][0]);
        }
    }
}

bool cmd_machine(const char *arg, Error **errp)
{
    bool help = false;
    json_t *opts = option_parse(arg, "type", &help,
                                &start_options.machine_keyval, errp);
    const char *type, *accel;

    if (!opts) {
        return false;
    }
    type = json_string_value(json_object_get(opts, "type"));
    if (help) {
        MachineClass *mc = type ? machine_find_class_or_error(type, errp) :
                                  NULL;
        g_autofree char *text = NULL;

        json_decref(opts);
        if (type && !mc) {
            return false;
        }
        text = mc ? machine_options_help(mc) : machine_help();
        printf("%s", text);
        exit(0);
    }
    accel = json_string_value(json_object_get(opts, "accel"));
    if (accel) {
        g_free(start_options.machine_accel);
        start_options.machine_accel = g_strdup(accel);
        json_object_del(opts, "accel");
    }
    take_kvm_options(opts);
    options_merge(&start_options.machine, opts);
    return true;
}

bool cmd_accel(const char *arg, Error **errp)
{
    AccelOption option = { .arg = arg };

    if (accel_option_is_help(arg)) {
        accel_print_help();
        exit(0);
    }
    option.argv = cmdline_current(&option.idx);
    g_array_append_val(start_options.accels, option);
    return true;
}

bool cmd_cpu(const char *arg, Error **errp)
{
    if (accel_option_is_help(arg)) {
        x86_cpu_print_help();
        exit(0);
    }
    g_free(start_options.cpu_type);
    start_options.cpu_type = g_strdup(arg);
    return true;
}

bool cmd_smp(const char *arg, Error **errp)
{
    json_t *opts = option_parse(arg, "cpus", NULL, &start_options.smp_keyval,
                                errp);

    if (!opts) {
        return false;
    }
    options_merge(&start_options.smp, opts);
    return true;
}

bool cmd_memory(const char *arg, Error **errp)
{
    json_t *opts = keyval_parse(arg, "size", NULL, errp);
    bool ok = opts && machine_set_memory(current_machine, opts, errp);

    json_decref(opts);
    return ok;
}

bool cmd_rtc(const char *arg, Error **errp)
{
    json_t *opts = keyval_parse(arg, NULL, NULL, errp);
    bool ok = opts && rtc_set_options(opts, errp);

    json_decref(opts);
    return ok;
}

/* ----------------------------------------------------------- what to boot */

/* Short for -machine NAME=VALUE. */
static bool set_machine_option(const char *name, const char *value)
{
    if (!start_options.machine) {
        start_options.machine = json_object();
        start_options.machine_keyval = true;
    }
    json_object_set_new(start_options.machine, name, json_string(value));
    return true;
}

static bool check_utf8(const char *what, const char *value, Error **errp)
{
    if (!g_utf8_validate(value, -1, NULL)) {
        error_setg(errp, "%s is not valid UTF-8", what);
        return false;
    }
    return true;
}

bool cmd_kernel(const char *arg, Error **errp)
{
    return check_utf8("kernel", arg, errp) && set_machine_option("kernel", arg);
}

bool cmd_initrd(const char *arg, Error **errp)
{
    return check_utf8("initrd", arg, errp) && set_machine_option("initrd", arg);
}

bool cmd_append(const char *arg, Error **errp)
{
    return check_utf8("append", arg, errp) && set_machine_option("append", arg);
}

bool cmd_bios(const char *arg, Error **errp)
{
    return check_utf8("bios", arg, errp) && set_machine_option("firmware", arg);
}

bool cmd_dtb(const char *arg, Error **errp)
{
    error_setg(errp, "dtb=%s is not supported: machines of this architecture "
               "have no device tree", arg);
    return false;
}

bool cmd_shim(const char *arg, Error **errp)
{
    error_setg(errp, "shim=%s is not supported: there is no firmware that "
               "could run it", arg);
    return false;
}

bool machine_check_boot_options(const MachineState *ms, Error **errp)
{
    const char *needy = ms->initrd_filename && ms->initrd_filename[0] ?
                        "initrd" : NULL;

    if (ms->kernel_cmdline && ms->kernel_cmdline[0]) {
        needy = "append";
    }
    if (needy && !ms->kernel_filename) {
        error_setg(errp, "-%s only allowed with -kernel option", needy);
        return false;
    }
    return true;
}
