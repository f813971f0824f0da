/*
 * The list behind type_init(): functions collected by constructors before
 * main(), run once by module_call_init().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/module.h"

/* Constructors of other files may run before any initialiser of this one that
 * is not static, so the array is made on first use. */
static GPtrArray *init_functions;

void module_register_init(void (*fn)(void))
{
    if (!init_functions) {
        init_functions = g_ptr_array_new();
    }
    g_ptr_array_add(init_functions, (void *)fn);
}

void module_call_init(void)
{
    GPtrArray *todo = init_functions;

    init_functions = NULL;
    if (!todo) {
        return;
    }
    for (guint i = 0; i < todo->len; i++) {
        void (*fn)(void) = (void (*)(void))g_ptr_array_index(todo, i);

        fn();
    }
    g_ptr_array_free(todo, TRUE);
}
