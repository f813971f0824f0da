/*
 * Registration of types before main() runs.
 *
 * type_init(fn) makes fn part of module_call_init(), which main() and tests
 * call once, before anything else. Order between files is undefined; QOM
 * resolves parents by name later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_MODULE_H
#define UTIL_MODULE_H

void module_register_init(void (*fn)(void));
/* Runs every registered function once; later calls do nothing. */
void module_call_init(void);

#define type_init(function)                                            \
    static void __attribute__((constructor)) do_type_init_##function(void) \
    {                                                                  \
        module_register_init(function);                                \
    }

#endif
