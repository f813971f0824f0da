/*
 * type_init(): collected before main(), run once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/module.h"

static int first_runs, second_runs;

static void first(void)
{
    first_runs++;
}

static void second(void)
{
    second_runs++;
}

type_init(first)
type_init(second)

static void test_once(void)
{
    g_assert_cmpint(first_runs, ==, 0);
    module_call_init();
    g_assert_cmpint(first_runs, ==, 1);
    g_assert_cmpint(second_runs, ==, 1);
    module_call_init();
    g_assert_cmpint(first_runs, ==, 1);
    g_assert_cmpint(second_runs, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/util/module/once", test_once);
    return g_test_run();
}
