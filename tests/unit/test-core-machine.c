/*
 * The machine: finding boards, -smp, -m, properties, RAM, and its end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "util/option.h"

#define BOARD_TYPE MACHINE_TYPE_NAME("test-board-1.0")

static bool board_fails;
static int board_resets;

static void board_init(MachineState *ms, Error **errp)
{
    if (board_fails) {
        error_setg(errp, "the board does not want to");
        return;
    }
    g_assert_nonnull(ms->ram);
    g_assert_cmpuint(ms->ram->size, ==, ms->ram_size);
}

static void board_reset(MachineState *ms)
{
    board_resets++;
    qemu_devices_reset();
}

static void board_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);

    mc->alias = "test-board";
    mc->desc = "A board for tests";
    mc->max_cpus = 64;
    mc->smp_dies = true;
    mc->smp_modules = true;
    mc->default_ram_id = "board.ram";
    mc->init = board_init;
    mc->reset = board_reset;
}

static void derived_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);

    mc->deprecation_reason = "too new";
    mc->smp_dies = false;
    mc->smp_modules = false;
    mc->max_cpus = 1;
}

static const TypeInfo test_types[] = {
    {
        .name = BOARD_TYPE,
        .parent = TYPE_MACHINE,
        .class_init = board_class_init,
    },
    {
        .name = MACHINE_TYPE_NAME("test-board-2.0"),
        .parent = BOARD_TYPE,
        .class_init = derived_class_init,
    },
};
DEFINE_TYPES(test_types)

static void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static MachineState *new_board(const char *name)
{
    return machine_new(machine_find_class_or_error(name, &error_abort));
}

static void test_classes(void)
{
    MachineClass *mc = machine_find_class("test-board");
    g_autofree char *help = machine_help();
    Error *err = NULL;

    g_assert_cmpstr(mc->name, ==, "test-board-1.0");
    g_assert(machine_find_class("test-board-1.0") == mc);
    /* An alias is not inherited. */
    g_assert_null(machine_find_class("test-board-2.0")->alias);
    g_assert_null(machine_find_class(""));
    g_assert_null(machine_find_class_or_error("foo", &err));
    g_assert_cmpstr(error_get_hint(err), ==,
                    "Use -machine help to list supported machines\n");
    expect_error(err, "unsupported machine type: \"foo\"");
    g_assert_nonnull(
        strstr(help, "test-board           A board for tests (alias of "
                     "test-board-1.0)\n"
                     "test-board-1.0       A board for tests\n"
                     "test-board-2.0       A board for tests (deprecated)\n"));
}

static void check_smp(MachineState *ms, const char *text, const char *want)
{
    json_t *opts = keyval_parse(text, "cpus", NULL, &error_abort);
    Error *err = NULL;
    g_autofree char *got = NULL;

    if (machine_parse_smp_config(ms, opts, true, &err)) {
        const CpuTopology *t = &ms->smp;

        got = g_strdup_printf("%u %u/%u/%u/%u/%u %u", t->cpus, t->sockets,
                              t->dies, t->modules, t->cores, t->threads,
                              t->max_cpus);
    } else {
        got = g_strdup(error_get_pretty(err));
        error_free(err);
    }
    g_assert_cmpstr(got, ==, want);
    json_decref(opts);
}

static void test_smp(void)
{
    static const char *const cases[][2] = {
        {"4", "4 1/1/1/4/1 4"},
        {"maxcpus=4", "4 1/1/1/4/1 4"},
        {"4,maxcpus=8", "4 1/1/1/8/1 8"},
        {"sockets=2", "2 2/1/1/1/1 2"},
        {"sockets=2,cores=3,threads=2", "12 2/1/1/3/2 12"},
        {"8,sockets=2", "8 2/1/1/4/1 8"},
        {"8,sockets=2,threads=2", "8 2/1/1/2/2 8"},
        {"8,cores=2", "8 4/1/1/2/1 8"},
        {"8,sockets=2,cores=2", "8 2/1/1/2/2 8"},
        {"8,dies=2,modules=2", "8 1/2/2/2/1 8"},
        {"8,books=1,drawers=1,clusters=1", "8 1/1/1/8/1 8"},
        {"0", "Invalid CPU topology: CPU topology parameters must be greater "
              "than zero"},
        {"4,sockets=0", "Invalid CPU topology: CPU topology parameters must "
                        "be greater than zero"},
        {"4,clusters=2",
         "clusters > 1 not supported by this machine's CPU topology"},
        {"4,books=2", "books > 1 not supported by this machine's CPU topology"},
        {"4,maxcpus=2",
         "Invalid CPU topology: maxcpus must be equal to or greater than smp: "
         "sockets (1) * dies (1) * modules (1) * cores (2) * threads (1) == "
         "maxcpus (2) < smp_cpus (4)"},
        {"3,sockets=2",
         "Invalid CPU topology: product of the hierarchy must match maxcpus: "
         "sockets (2) * dies (1) * modules (1) * cores (1) * threads (1) != "
         "maxcpus (3)"},
        {"4,threads=3",
         "Invalid CPU topology: product of the hierarchy must match maxcpus: "
         "sockets (1) * dies (1) * modules (1) * cores (1) * threads (3) != "
         "maxcpus (4)"},
        {"65", "Invalid SMP CPUs 65. The max CPUs supported by machine "
               "'test-board-1.0' is 64"},
        {"sockets=4294967295,cores=4294967295,threads=4294967295",
         "Invalid SMP CPUs 4294967296. The max CPUs supported by machine "
         "'test-board-1.0' is 64"},
        {"-1", "Invalid CPU topology: cpus (-1) must be between 1 and "
               "4294967295"},
        {"4,foo=1", "Parameter 'smp.foo' is unexpected"},
    };
    MachineState *ms = new_board("test-board");

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_smp(ms, cases[i][0], cases[i][1]);
    }
    machine_free(ms);
    ms = new_board("test-board-2.0");
    check_smp(ms, "1,dies=2",
              "dies > 1 not supported by this machine's CPU topology");
    check_smp(ms, "2",
              "Invalid SMP CPUs 2. The max CPUs supported by machine "
              "'test-board-2.0' is 1");
    check_smp(ms, "1,cores=2,maxcpus=4",
              "Invalid SMP CPUs 4. The max CPUs supported by machine "
              "'test-board-2.0' is 1");
    machine_free(ms);
}

static void check_memory(MachineState *ms, const char *text, const char *want)
{
    json_t *opts = keyval_parse(text, "size", NULL, &error_abort);
    Error *err = NULL;
    g_autofree char *got = NULL;

    if (machine_set_memory(ms, opts, &err)) {
        got = g_strdup_printf("%" PRIu64 " %" PRIu64 " %" PRIu64, ms->ram_size,
                              ms->maxram_size, ms->ram_slots);
    } else {
        got = g_strdup(error_get_pretty(err));
        error_free(err);
    }
    g_assert_cmpstr(got, ==, want);
    json_decref(opts);
}

static void test_memory(void)
{
    static const char *const cases[][2] = {
        {"64", "67108864 67108864 0"},
        {"64M", "67108864 67108864 0"},
        {"1.5G", "1610612736 1610612736 0"},
        {"1B", "8192 8192 0"},
        {"0", "134217728 134217728 0"},
        {"1G,maxmem=2G,slots=3", "1073741824 2147483648 3"},
        {"1G,maxmem=1G", "1073741824 1073741824 0"},
        {"maxmem=2G", "134217728 2147483648 0"},
        {"1G,slots=3", "slots specified but no max-size"},
        {"4G,maxmem=2G",
         "invalid value of maxmem: maximum memory size (0x80000000) must be "
         "at least the initial memory size (0x100000000)"},
        {"1G,maxmem=1G,slots=2",
         "invalid value of maxmem: memory slots were specified but maximum "
         "memory size (0x40000000) is equal to the initial memory size "
         "(0x40000000)"},
        {"1G,foo=2", "Invalid parameter 'foo'"},
        {"1G,maxmem=2G,slots=x", "Parameter 'slots' expects a number"},
        {"18446744073709551615B", "ram size too large"},
    };
    MachineState *ms = new_board("test-board");
    Error *err = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_memory(ms, cases[i][0], cases[i][1]);
    }
    check_memory(ms, "foo",
                 "Parameter 'size' expects a non-negative number below 2^64");
    g_assert_true(err == NULL);
    machine_free(ms);
}

static bool set_options(MachineState *ms, const char *text, Error **errp)
{
    json_t *opts = keyval_parse(text, "type", NULL, &error_abort);
    bool ok = machine_set_options(ms, opts, true, errp);

    json_decref(opts);
    return ok;
}

static void test_options(void)
{
    MachineState *ms = new_board("test-board");
    json_t *smp, *memory, *want_smp, *want_memory;
    g_autofree char *help = machine_options_help(MACHINE_GET_CLASS(ms));
    Error *err = NULL;

    g_assert_true(ms->dump_guest_core);
    set_options(ms,
                "test-board,usb=on,dump-guest-core=off,kernel=/k,append=a b,"
                "graphics=off,smp.cpus=4,smp.sockets=2,memory.size=1G,"
                "memory.max-size=2G,memory.slots=1",
                &error_abort);
    g_assert_true(ms->usb);
    g_assert_false(ms->dump_guest_core);
    g_assert_false(ms->enable_graphics);
    g_assert_cmpstr(ms->kernel_filename, ==, "/k");
    g_assert_cmpstr(ms->kernel_cmdline, ==, "a b");
    smp = object_property_get_json(OBJECT(ms), "smp", &error_abort);
    want_smp =
        json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "cpus", 4,
                  "drawers", 1, "books", 1, "sockets", 2, "dies", 1, "clusters",
                  1, "modules", 1, "cores", 2, "threads", 1, "maxcpus", 4);
    g_assert_true(json_equal(smp, want_smp));
    memory = object_property_get_json(OBJECT(ms), "memory", &error_abort);
    want_memory = json_pack("{s:I,s:I,s:i}", "size", (json_int_t)GiB,
                            "max-size", (json_int_t)(2 * GiB), "slots", 1);
    g_assert_true(json_equal(memory, want_memory));
    json_decref(smp);
    json_decref(want_smp);
    json_decref(memory);
    json_decref(want_memory);

    g_assert_false(set_options(ms, "test-board,foo=1", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-board-1.0-machine.foo' not found");
    g_assert_false(set_options(ms, "test-board,usb=foo", &err));
    expect_error(g_steal_pointer(&err), "Parameter 'usb' expects 'on' or "
                                        "'off'");
    g_assert_false(set_options(ms, "test-board,smp.foo=1", &err));
    expect_error(g_steal_pointer(&err), "Parameter 'smp.foo' is unexpected");
    g_assert_true(g_str_has_prefix(help, "test-board-1.0-machine options:\n"));
    g_assert_nonnull(
        strstr(help, "  append=<string>        - Linux kernel command line\n"));
    machine_free(ms);
}

/* ------------------------------------------------------------------- RAM */

static void add_object(const char *text)
{
    json_t *opts = keyval_parse(text, "qom-type", NULL, &error_abort);

    user_creatable_add(opts, true, &error_abort);
    json_decref(opts);
}

static void test_default_ram(void)
{
    MachineState *ms = new_board("test-board");
    g_autofree char *path = NULL;
    Error *err = NULL;

    check_memory(ms, "4M", "4194304 4194304 0");
    set_options(ms, "dump-guest-core=off", &error_abort);
    machine_run_board_init(ms, &error_abort);
    path = object_property_get_str(OBJECT(ms), "memory-backend", &error_abort);
    g_assert_cmpstr(path, ==, "/objects/board.ram");
    g_assert_true(host_memory_backend_is_mapped(ms->memdev));
    g_assert_true(
        object_property_get_bool(OBJECT(ms->memdev), "merge", &error_abort));
    g_assert_false(
        object_property_get_bool(OBJECT(ms->memdev), "dump", &error_abort));
    g_assert_false(user_creatable_del("board.ram", &err));
    g_clear_pointer(&err, error_free);
    g_assert_false(
        object_property_set_str(OBJECT(ms), "memory-backend", "x", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-board-1.0-machine.memory-backend' cannot be "
                 "changed once the machine is built");
    g_assert_false(set_options(ms, "smp.cpus=1", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-board-1.0-machine.smp' cannot be changed once "
                 "the machine is built");
    machine_reset(ms);
    g_assert_cmpint(board_resets, ==, 1);
    machine_free(ms);
    g_assert_null(current_machine);
    user_creatable_cleanup();
}

static void test_user_ram(void)
{
    MachineState *ms = new_board("test-board");

    add_object("memory-backend-ram,id=m0,size=2M");
    set_options(ms, "memory-backend=m0", &error_abort);
    machine_run_board_init(ms, &error_abort);
    g_assert_cmpuint(ms->ram_size, ==, 2 * MiB);
    g_assert_cmpuint(ms->maxram_size, >=, ms->ram_size);
    machine_free(ms);
    user_creatable_cleanup();
}

static void check_init_error(const char *options, const char *memory,
                             const char *message)
{
    MachineState *ms = new_board("test-board");
    Error *err = NULL;

    set_options(ms, options, &error_abort);
    if (memory) {
        json_t *opts = keyval_parse(memory, "size", NULL, &error_abort);

        machine_set_memory(ms, opts, &error_abort);
        json_decref(opts);
    }
    g_assert_false(machine_run_board_init(ms, &err));
    expect_error(err, message);
    machine_free(ms);
}

static void test_init_errors(void)
{
    check_init_error("memory-backend=m9", NULL,
                     "Memory backend 'm9' not "
                     "found");
    add_object("memory-backend-ram,id=m0,size=2M");
    check_init_error("memory-backend=m0", "4M",
                     "Machine memory size does not match the size of the "
                     "memory backend");
    add_object("memory-backend-ram,id=board.ram,size=2M");
    check_init_error("usb=off", "4M",
                     "object's id 'board.ram' is reserved for the default RAM "
                     "backend, it can't be used for any other purposes");
    user_creatable_cleanup();
    board_fails = true;
    check_init_error("usb=off", "4M", "the board does not want to");
    board_fails = false;
    user_creatable_cleanup();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/core/machine/classes", test_classes);
    g_test_add_func("/core/machine/smp", test_smp);
    g_test_add_func("/core/machine/memory", test_memory);
    g_test_add_func("/core/machine/options", test_options);
    g_test_add_func("/core/machine/default-ram", test_default_ram);
    g_test_add_func("/core/machine/user-ram", test_user_ram);
    g_test_add_func("/core/machine/init-errors", test_init_errors);
    return g_test_run();
}
