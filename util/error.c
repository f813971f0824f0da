/*
 * Error objects.
 *
 * An Error is a class, a message and perhaps a hint. The two magic
 * destinations &error_abort and &error_fatal are recognised by address when
 * an error is set or propagated; nothing is ever stored in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/error.h"

struct Error {
    ErrorClass klass;
    char *msg;
    GString *hint; /* NULL if there is none */
};

Error *error_abort;
Error *error_fatal;

/* Delivers err, which is now *dst's: does not return for the magic ones. */
static void error_deliver(Error **dst, Error *err)
{
    if (dst == &error_abort) {
        error_report("Unexpected error: %s", err->msg);
        abort();
    }
    if (dst == &error_fatal) {
        error_report_err(err);
        exit(1);
    }
    if (dst && !*dst) {
        *dst = err;
    } else {
        error_free(err);
    }
}

static G_GNUC_PRINTF(4, 0) void error_setv(Error **errp, ErrorClass klass,
                                           int os_errno, const char *fmt,
                                           va_list ap)
{
    int saved_errno = errno;
    Error *err;

    if (!errp) {
        return;
    }
    /* Twice would lose the first reason: a bug of the caller. */
    g_assert(*errp == NULL);

    err = g_new0(Error, 1);
    err->klass = klass;
    err->msg = g_strdup_vprintf(fmt, ap);
    if (os_errno) {
        char *plain = err->msg;

        err->msg = g_strdup_printf("%s: %s", plain, g_strerror(abs(os_errno)));
        g_free(plain);
    }
    error_deliver(errp, err);
    errno = saved_errno;
}

void error_setg(Error **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_setv(errp, ERROR_CLASS_GENERIC_ERROR, 0, fmt, ap);
    va_end(ap);
}

void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_setv(errp, ERROR_CLASS_GENERIC_ERROR, os_errno, fmt, ap);
    va_end(ap);
}

void error_set(Error **errp, ErrorClass klass, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_setv(errp, klass, 0, fmt, ap);
    va_end(ap);
}

void error_propagate(Error **dst, Error *local)
{
    if (local) {
        error_deliver(dst, local);
    }
}

void error_prepend(Error **errp, const char *fmt, ...)
{
    g_autofree char *prefix = NULL;
    char *msg;
    va_list ap;

    if (!errp || !*errp) {
        return;
    }
    va_start(ap, fmt);
    prefix = g_strdup_vprintf(fmt, ap);
    va_end(ap);

    msg = g_strconcat(prefix, (*errp)->msg, NULL);
    g_free((*errp)->msg);
    (*errp)->msg = msg;
}

void error_append_hint(Error **errp, const char *fmt, ...)
{
    va_list ap;

    if (!errp || !*errp) {
        return;
    }
    if (!(*errp)->hint) {
        (*errp)->hint = g_string_new(NULL);
    }
    va_start(ap, fmt);
    g_string_append_vprintf((*errp)->hint, fmt, ap);
    va_end(ap);
}

const char *error_get_pretty(const Error *err)
{
    return err->msg;
}

const char *error_get_hint(const Error *err)
{
    return err->hint ? err->hint->str : NULL;
}

ErrorClass error_get_class(const Error *err)
{
    return err->klass;
}

const char *error_class_name(ErrorClass klass)
{
    switch (klass) {
    case ERROR_CLASS_COMMAND_NOT_FOUND:
        return "CommandNotFound";
    case ERROR_CLASS_DEVICE_NOT_ACTIVE:
        return "DeviceNotActive";
    case ERROR_CLASS_DEVICE_NOT_FOUND:
        return "DeviceNotFound";
    case ERROR_CLASS_KVM_MISSING_CAP:
        return "KVMMissingCap";
    case ERROR_CLASS_GENERIC_ERROR:
        break;
    }
    return "GenericError";
}

Error *error_copy(const Error *err)
{
    Error *copy = g_new0(Error, 1);

    copy->klass = err->klass;
    copy->msg = g_strdup(err->msg);
    if (err->hint) {
        copy->hint = g_string_new(err->hint->str);
    }
    return copy;
}

void error_free(Error *err)
{
    if (err) {
        if (err->hint) {
            g_string_free(err->hint, TRUE);
        }
        g_free(err->msg);
        g_free(err);
    }
}
