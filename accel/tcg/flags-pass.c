/*
 * The flag pass: run over a block once it is complete. Backwards it finds Ops
 * whose flags are overwritten before anything can see them, and takes their
 * no_flags form; forwards it follows what cc_op is, and lets readers take the
 * handler made for that.
 *
 * "Anything" includes a fault: flags are exact whenever an Op can leave the
 * block. So the dead stretches are those between two register instructions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "flags.h"

static void drop_dead_flags(Decoder *d)
{
    bool live = true;

    for (int i = d->b->nr_ops - 1; i >= 0; i--) {
        Op *op = &d->b->ops[i];
        OpInfo *info = &d->info[i];

        if (!live && info->no_flags) {
            op->fn = info->no_flags;
            info->writes_none = true;
            info->leaves_cc = 0;
            info->specialise = NULL;
            live = !info->cannot_exit;
            continue;
        }
        if (info->sets_all) {
            live = false;
        }
        if (!info->reads_none || !info->cannot_exit) {
            live = true;
        }
    }
}

static void use_known_flags(Decoder *d)
{
    unsigned known = 0; /* cc_op + 1 */

    for (int i = 0; i < d->b->nr_ops; i++) {
        Op *op = &d->b->ops[i];
        OpInfo *info = &d->info[i];

        if (known && info->specialise) {
            OpFn *fn = info->specialise(op, known - 1);

            if (fn) {
                op->fn = fn;
            }
        }
        if (!info->writes_none) {
            known = info->leaves_cc;
        }
    }
}

void tcg_flags_pass(Decoder *d)
{
    drop_dead_flags(d);
    use_known_flags(d);
}
