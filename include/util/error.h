/*
 * Error objects, and reporting to the user.
 *
 * A function that can fail takes an Error **errp as its last argument and
 * returns false, NULL or a negative errno. The caller passes
 *   - NULL: not interested in the reason;
 *   - &error_abort: failure would be a bug of ours (aborts);
 *   - &error_fatal: failure ends the program with status 1 and the message;
 *   - &local: wants the Error, and owns it.
 * An Error is set at most once. Messages name the offending value, start with
 * a capital where QEMU's do, and carry no newline and no full stop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include "util/osdep.h"

typedef struct Error Error;

/* The QMP error classes; everything but these is GenericError. */
typedef enum ErrorClass {
    ERROR_CLASS_GENERIC_ERROR,
    ERROR_CLASS_COMMAND_NOT_FOUND,
    ERROR_CLASS_DEVICE_NOT_ACTIVE,
    ERROR_CLASS_DEVICE_NOT_FOUND,
    ERROR_CLASS_KVM_MISSING_CAP,
} ErrorClass;

extern Error *error_abort;
extern Error *error_fatal;

/* Sets *errp (see above) to a GenericError with a printf-style message. */
void error_setg(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* The same, with ": strerror(os_errno)" appended when os_errno is not 0. */
void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);
/* The same with an explicit class. */
void error_set(Error **errp, ErrorClass klass, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/* Moves local (may be NULL) to *dst; frees it if *dst is already set. */
void error_propagate(Error **dst, Error *local);
/* Puts text before the message of *errp, if there is one. */
void error_prepend(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Adds advice for a human, printed after the message (own lines, with \n). */
void error_append_hint(Error **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

const char *error_get_pretty(const Error *err);
const char *error_get_hint(const Error *err); /* NULL if none */
ErrorClass error_get_class(const Error *err);
/* "GenericError", "DeviceNotFound", ... */
const char *error_class_name(ErrorClass klass);
Error *error_copy(const Error *err);
void error_free(Error *err); /* NULL allowed */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Error, error_free)

/*
 * Reporting. Output goes to the HMP monitor that is executing a command in
 * this thread, otherwise to stderr as "PROGRAM: LOCATION: message\n", with a
 * time stamp in front under -msg timestamp=on. Callable from any thread.
 */
void error_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void warn_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void info_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
void error_vreport(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);
/* Reports message and hint, then frees err. */
void error_report_err(Error *err);
void warn_report_err(Error *err);
void error_reportf_err(Error *err, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Sets the program name used above; the string must stay valid. */
void error_set_progname(const char *argv0);
const char *error_get_progname(void);
/* -msg timestamp=on, -msg guest-name=on (name NULL: off). */
void error_set_timestamp(bool on);
void error_set_guest_name(const char *name);
/*
 * The place in the command line or config file that later reports of this
 * thread refer to: loc_set_cmdline(argv, i, 2) -> "-netdev tap,id=n0",
 * loc_set_file("q.cfg", 7) -> "q.cfg:7". loc_clear() forgets it.
 */
void loc_set_cmdline(char **argv, int idx, int count);
void loc_set_file(const char *name, int line);
void loc_clear(void);

/*
 * Lets the monitor capture reports of the current thread: fn receives whole
 * lines with their newline. NULL restores stderr.
 */
typedef void ErrorPrintFn(const char *text, void *opaque);
void error_set_print_hook(ErrorPrintFn *fn, void *opaque);

/*
 * One line at most every second per RateLimit; says how many were dropped.
 * For conditions a guest or a peer can repeat at will.
 */
typedef struct ErrorRateLimit {
    int64_t last_ns;
    unsigned suppressed;
} ErrorRateLimit;
void error_report_ratelimited(ErrorRateLimit *rl, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);

#endif
