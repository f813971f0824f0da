/*
 * Interrupt lines and their taps, and the run-state handlers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"

#define TYPE_TEST_CHIP "test-chip"
OBJECT_DECLARE_SIMPLE_TYPE(TestChip, TEST_CHIP)
struct TestChip {
    DeviceState parent_obj;
    qemu_irq out[2];
    int levels[4];
};

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_CHIP,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(TestChip),
    },
};
DEFINE_TYPES(test_types)

static void chip_input(void *opaque, int n, int level)
{
    TEST_CHIP(opaque)->levels[n] = level;
}

static void count_level(void *opaque, int n, int level)
{
    g_string_append_printf(opaque, "%d=%d ", n, level);
}

static void test_plain(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    qemu_irq irq = qemu_allocate_irq(count_level, log, 7);
    g_autofree qemu_irq *irqs = qemu_allocate_irqs(count_level, log, 2);

    qemu_irq_raise(irq);
    qemu_irq_lower(irq);
    qemu_set_irq(irqs[1], 3);
    qemu_set_irq(NULL, 1);
    g_assert_cmpstr(log->str, ==, "7=1 7=0 1=3 ");
    qemu_free_irq(irq);
    qemu_free_irq(irqs[0]);
    qemu_free_irq(irqs[1]);
}

static void test_lists(void)
{
    DeviceState *a = qdev_new(TYPE_TEST_CHIP), *b = qdev_new(TYPE_TEST_CHIP);
    TestChip *from = TEST_CHIP(a), *to = TEST_CHIP(b);
    qemu_irq first;

    qdev_init_gpio_in(b, chip_input, 2);
    first = qdev_get_gpio_in(b, 0);
    /* A second call adds lines; the old ones stay where they are. */
    qdev_init_gpio_in(b, chip_input, 1);
    g_assert(qdev_get_gpio_in(b, 0) == first);
    qdev_init_gpio_in_named(b, chip_input, "other", 4);
    qdev_init_gpio_out(a, from->out, 2);
    qdev_connect_gpio_out(a, 1, qdev_get_gpio_in(b, 2));
    qemu_set_irq(from->out[0], 1); /* connected to nothing */
    qemu_set_irq(from->out[1], 5);
    g_assert_cmpint(to->levels[2], ==, 5);
    qemu_set_irq(qdev_get_gpio_in_named(b, "other", 3), 9);
    g_assert_cmpint(to->levels[3], ==, 9);
    object_unref(OBJECT(a));
    object_unref(OBJECT(b));
}

static void test_intercept(void)
{
    DeviceState *a = qdev_new(TYPE_TEST_CHIP), *b = qdev_new(TYPE_TEST_CHIP);
    TestChip *from = TEST_CHIP(a), *to = TEST_CHIP(b);
    g_autoptr(GString) in = g_string_new(NULL);
    g_autoptr(GString) out = g_string_new(NULL);

    qdev_init_gpio_in(b, chip_input, 2);
    qdev_init_gpio_out_named(a, from->out, "pins", 2);
    qdev_connect_gpio_out_named(a, "pins", 0, qdev_get_gpio_in(b, 0));
    g_assert_false(qdev_intercept_gpio_in(b, "pins", count_level, in));
    g_assert_false(qdev_intercept_gpio_in(a, "pins", count_level, in));
    g_assert_false(qdev_intercept_gpio_out(a, NULL, count_level, out));
    g_assert_true(qdev_intercept_gpio_in(b, NULL, count_level, in));
    g_assert_true(qdev_intercept_gpio_out(a, "pins", count_level, out));
    /* Connecting after the tap keeps both. */
    qdev_connect_gpio_out_named(a, "pins", 1, qdev_get_gpio_in(b, 1));
    qemu_set_irq(from->out[0], 1);
    qemu_set_irq(from->out[1], 1);
    qemu_set_irq(from->out[1], 0);
    g_assert_cmpstr(out->str, ==, "0=1 1=1 1=0 ");
    g_assert_cmpstr(in->str, ==, "0=1 1=1 1=0 ");
    g_assert_cmpint(to->levels[0], ==, 1);
    g_assert_cmpint(to->levels[1], ==, 0);
    /* A second tap takes over from the first. */
    g_assert_true(qdev_intercept_gpio_in(b, NULL, count_level, out));
    g_string_truncate(out, 0);
    qemu_set_irq(qdev_get_gpio_in(b, 1), 1);
    g_assert_cmpstr(out->str, ==, "1=1 ");
    g_assert_cmpint(to->levels[1], ==, 1);
    object_unref(OBJECT(a));
    object_unref(OBJECT(b));
}

/* ------------------------------------------------------------- run state */

static VMChangeStateEntry *victim;

static void on_change(void *opaque, bool running)
{
    g_string_append_printf(opaque, "%c", running ? '+' : '-');
}

static void on_change_low(void *opaque, bool running)
{
    g_string_append_printf(opaque, "low%c", running ? '+' : '-');
}

static void on_change_kill(void *opaque, bool running)
{
    g_string_append_printf(opaque, "kill%c", running ? '+' : '-');
    if (victim) {
        qemu_del_vm_change_state_handler(g_steal_pointer(&victim));
    }
}

static void test_vm_state(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    VMChangeStateEntry *mid, *low, *kill;

    mid = qemu_add_vm_change_state_handler(on_change, log);
    low = qemu_add_vm_change_state_handler_prio(on_change_low, log, -5);
    kill = qemu_add_vm_change_state_handler_prio(on_change_kill, log, 5);
    g_assert_false(runstate_is_running());
    vm_state_notify(true);
    g_assert_true(runstate_is_running());
    g_assert_cmpstr(log->str, ==, "low++kill+");
    g_string_truncate(log, 0);
    /* One that is deleted meanwhile is not called any more. */
    victim = mid;
    vm_state_notify(false);
    g_assert_false(runstate_is_running());
    g_assert_cmpstr(log->str, ==, "kill-low-");
    g_string_truncate(log, 0);
    vm_state_notify(true);
    g_assert_cmpstr(log->str, ==, "low+kill+");
    qemu_del_vm_change_state_handler(low);
    qemu_del_vm_change_state_handler(kill);
    g_string_truncate(log, 0);
    vm_state_notify(false);
    g_assert_cmpstr(log->str, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_test_add_func("/core/irq/plain", test_plain);
    g_test_add_func("/core/irq/lists", test_lists);
    g_test_add_func("/core/irq/intercept", test_intercept);
    g_test_add_func("/core/irq/vm-state", test_vm_state);
    return g_test_run();
}
