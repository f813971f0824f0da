/*
 * HMP monitors: a command line for humans on a character device.
 *
 * Theory of operation. Bytes go through the line editor (monitor/readline.h),
 * which gives back lines; the interpreter (hmp-execute.c) looks a line's
 * command up in the tables (hmp-commands.c), takes its arguments apart and
 * calls the handler (hmp-cmds-*.c). Handlers ask the same functions as QMP
 * commands do and put the answer into words. What is reported as an error or
 * warning meanwhile appears on the monitor too. The same interpreter serves
 * QMP's human-monitor-command.
 *
 * On a chardev that others share (mux), nothing is shown before the keyboard
 * is ours for the first time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "config-host.h"
#include "monitor/hmp-internal.h"

#define HMP_PROMPT "(qemu) "

/* The monitor that reports of this thread go to now. */
static Monitor *report_mon;

static void report_to_monitor(const char *text, void *opaque)
{
    monitor_puts(opaque, text);
}

static Monitor *redirect_reports(Monitor *mon)
{
    Monitor *old = report_mon;

    report_mon = mon;
    error_set_print_hook(mon ? report_to_monitor : NULL, mon);
    return old;
}

/* For the line editor and for human-monitor-command. */
static void hmp_run_line(Monitor *mon, const char *line)
{
    Monitor *outer = redirect_reports(mon);

    hmp_execute(mon, line);
    redirect_reports(outer);
}

static void hmp_line(void *opaque, const char *line)
{
    MonitorHMP *hmp = opaque;
    Monitor *mon = &hmp->parent_obj;
    Monitor *outer = monitor_set_cur(mon);

    hmp_run_line(mon, line);
    monitor_set_cur(outer);
    if (hmp->ended || !monitor_is_live(mon)) {
        readline_stop(hmp->rl);
    }
}

static void hmp_write(void *opaque, const char *text, size_t len)
{
    MonitorHMP *hmp = opaque;

    monitor_write(&hmp->parent_obj, text, len);
}

static const ReadLineOps hmp_readline_ops = {
    .write = hmp_write,
    .line = hmp_line,
    .complete = hmp_complete,
};

static void hmp_read(Monitor *mon, const uint8_t *buf, int size)
{
    MonitorHMP *hmp = MONITOR_HMP(mon);

    if (!hmp->ended && hmp->rl) {
        readline_feed(hmp->rl, buf, size);
    }
}

/* The banner if this client has not seen it, and the prompt. */
static void hmp_greet(MonitorHMP *hmp)
{
    Monitor *mon = &hmp->parent_obj;

    if (!hmp->greeted) {
        hmp->greeted = true;
        monitor_printf(mon,
                       "QEMU %d.%d.%d monitor - type 'help' for more "
                       "information\n",
                       QEMU_INTERFACE_MAJOR, QEMU_INTERFACE_MINOR,
                       QEMU_INTERFACE_MICRO);
    }
    readline_refresh(hmp->rl);
}

static void hmp_opened(MonitorHMP *hmp)
{
    Monitor *mon = &hmp->parent_obj;

    if (!hmp->rl) {
        hmp->rl =
            readline_new(&hmp_readline_ops, hmp, HMP_PROMPT, hmp->use_readline);
    }
    hmp->greeted = false;
    readline_reset(hmp->rl);
    /* The editor shows what is typed itself. */
    qemu_chr_fe_set_echo(&mon->chr, !hmp->use_readline);
    /* On a mux, MUX_IN says when. */
    if (!CHARDEV_GET_CLASS(mon->chr.chr)->attach || hmp->focused) {
        hmp_greet(hmp);
    }
}

static void hmp_event(Monitor *mon, QEMUChrEvent event)
{
    MonitorHMP *hmp = MONITOR_HMP(mon);

    switch (event) {
    case CHR_EVENT_OPENED:
        hmp_opened(hmp);
        break;
    case CHR_EVENT_CLOSED:
        if (hmp->rl) {
            readline_reset(hmp->rl);
        }
        break;
    case CHR_EVENT_MUX_IN:
        hmp->focused = true;
        if (hmp->rl && !hmp->ended) {
            hmp_greet(hmp);
        }
        break;
    case CHR_EVENT_MUX_OUT:
        hmp->focused = false;
        if (hmp->greeted) {
            monitor_puts(mon, "\n");
        }
        break;
    case CHR_EVENT_BREAK:
        break;
    }
}

/* ----------------------------------------------------------------- object */

static bool hmp_get_readline(Object *obj, Error **errp)
{
    return MONITOR_HMP(obj)->use_readline;
}

static void hmp_set_readline(Object *obj, bool value, Error **errp)
{
    MonitorHMP *hmp = MONITOR_HMP(obj);

    if (hmp->rl) {
        error_setg(errp, "Property 'readline' can not be set now");
        return;
    }
    hmp->use_readline = value;
}

static void hmp_instance_init(Object *obj)
{
    MONITOR_HMP(obj)->use_readline = true;
}

static void hmp_instance_finalize(Object *obj)
{
    readline_free(MONITOR_HMP(obj)->rl);
}

static void hmp_class_init(ObjectClass *klass, const void *data)
{
    MonitorClass *mc = MONITOR_CLASS(klass);

    mc->read = hmp_read;
    mc->event = hmp_event;
    object_class_property_add_bool(klass, "readline", hmp_get_readline,
                                   hmp_set_readline);
}

static const TypeInfo hmp_type = {
    .name = TYPE_MONITOR_HMP,
    .parent = TYPE_MONITOR,
    .instance_size = sizeof(MonitorHMP),
    .instance_init = hmp_instance_init,
    .instance_finalize = hmp_instance_finalize,
    .class_init = hmp_class_init,
};

static void hmp_register(void)
{
    type_register_static(&hmp_type);
    /* QMP uses the interpreter also where no human monitor is made. */
    monitor_set_hmp_exec(hmp_run_line);
}
type_init(hmp_register)
