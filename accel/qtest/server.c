/*
 * qtest: the server, a QOM object that connects the protocol to a character
 * device and keeps the log.
 *
 * -qtest makes one at /machine/qtest; -object qtest makes one that uses a
 * -chardev. There is one at most. Replies and IRQ lines to a client that is
 * not there are dropped. A client may come and go; each starts with an empty
 * input and all lines low.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"
#include "chardev/char.h"
#include "hw/core/machine.h"

#define TYPE_QTEST "qtest"
OBJECT_DECLARE_SIMPLE_TYPE(QTest, QTEST)

struct QTest {
    Object parent_obj;
    QTestProtocol protocol;
    char *chardev;
    char *log;
    CharBackend be;
    bool open;
    QEMUTimer *resume_timer; /* while the client does not read */
    FILE *log_file;          /* NULL: no log */
    int64_t opened_ns;
};

/* With more than this waiting, the client has replies to read first. */
#define QTEST_CONGESTED (64 * KiB)
#define QTEST_RESUME_MS 2

static QTest *the_qtest;

static QTest *qtest_from_protocol(QTestProtocol *p)
{
    return container_of(p, QTest, protocol);
}

/* ------------------------------------------------------------------- log */

static double log_seconds(const QTest *q)
{
    return (qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - q->opened_ns) /
           (double)NANOSECONDS_PER_SECOND;
}

static void qtest_log(QTest *q, char kind, const char *text, size_t len)
{
    if (q->log_file) {
        fprintf(q->log_file, "[%c +%f] ", kind, log_seconds(q));
        fwrite(text, 1, len, q->log_file);
        putc('\n', q->log_file);
        fflush(q->log_file);
    }
}

static bool qtest_open_log(QTest *q, Error **errp)
{
    if (!q->log) {
        q->log_file = stderr;
    } else if (strcmp(q->log, "none") != 0) {
        q->log_file = fopen(q->log, "we");
        if (!q->log_file) {
            error_setg_errno(errp, errno, "Could not open '%s'", q->log);
            return false;
        }
    }
    return true;
}

/* -------------------------------------------------------------- chardev */

static void qtest_send(QTestProtocol *p, const char *line, size_t len)
{
    QTest *q = qtest_from_protocol(p);

    if (q->open) {
        qtest_log(q, 'S', line, len - 1);
        qemu_chr_fe_write_all(&q->be, (const uint8_t *)line, len);
    }
}

static void qtest_received(QTestProtocol *p, const char *line)
{
    qtest_log(qtest_from_protocol(p), 'R', line, strlen(line));
}

static int qtest_can_read(void *opaque)
{
    QTest *q = opaque;

    /* A command may run the event loop. */
    return q->protocol.busy || q->protocol.stalled ? 0 : MiB;
}

static bool qtest_congested(QTestProtocol *p)
{
    return qemu_chr_fe_pending(&qtest_from_protocol(p)->be) > QTEST_CONGESTED;
}

/* After commands have run. A chardev does not tell when its peer has read, so
 * a stall is looked at again a little later. */
static void qtest_after_input(QTest *q)
{
    if (q->protocol.stalled) {
        timer_mod(q->resume_timer,
                  qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + QTEST_RESUME_MS);
    } else {
        qemu_chr_fe_accept_input(&q->be);
    }
}

static void qtest_resume(void *opaque)
{
    QTest *q = opaque;

    object_ref(OBJECT(q));
    qtest_protocol_resume(&q->protocol);
    qtest_after_input(q);
    object_unref(OBJECT(q));
}

static void qtest_read(void *opaque, const uint8_t *buf, int size)
{
    QTest *q = opaque;

    object_ref(OBJECT(q));
    qtest_protocol_feed(&q->protocol, buf, size);
    qtest_after_input(q);
    object_unref(OBJECT(q));
}

static void qtest_event(void *opaque, QEMUChrEvent event)
{
    QTest *q = opaque;

    switch (event) {
    case CHR_EVENT_OPENED:
        qtest_protocol_reset(&q->protocol);
        qtest_irq_reset();
        q->open = true;
        q->opened_ns = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
        if (q->log_file) {
            fprintf(q->log_file, "[I %f] OPENED\n", 0.0);
            fflush(q->log_file);
        }
        break;
    case CHR_EVENT_CLOSED:
        qtest_protocol_reset(&q->protocol);
        if (q->open) {
            qtest_log(q, 'I', "CLOSED", strlen("CLOSED"));
        }
        q->open = false;
        break;
    default:
        break;
    }
}

/* ---------------------------------------------------------------- object */

static void qtest_complete(UserCreatable *uc, Error **errp)
{
    QTest *q = QTEST(uc);
    Chardev *chr;

    if (the_qtest) {
        error_setg(errp, "Only one instance of qtest can be created");
        return;
    }
    if (!q->chardev) {
        error_setg(errp, "Parameter 'chardev' is missing");
        return;
    }
    chr = qemu_chr_find(q->chardev);
    if (!chr) {
        error_setg(errp, "Cannot find character device '%s'", q->chardev);
        return;
    }
    if (!qtest_open_log(q, errp) || !qemu_chr_fe_init(&q->be, chr, errp)) {
        return;
    }
    the_qtest = q;
    q->resume_timer = timer_new_ms(QEMU_CLOCK_REALTIME, qtest_resume, q);
    qemu_chr_fe_set_handlers(&q->be, qtest_can_read, qtest_read, qtest_event,
                             q);
}

static bool check_early(Object *obj, const char *name, Error **errp)
{
    if (QTEST(obj)->be.chr) {
        error_setg(errp, "Property '%s' can not be set now", name);
        return false;
    }
    return true;
}

static char *qtest_get_chardev(Object *obj, Error **errp)
{
    return g_strdup(QTEST(obj)->chardev ? QTEST(obj)->chardev : "");
}

static void qtest_set_chardev(Object *obj, const char *value, Error **errp)
{
    if (check_early(obj, "chardev", errp)) {
        g_free(QTEST(obj)->chardev);
        QTEST(obj)->chardev = g_strdup(value);
    }
}

static char *qtest_get_log(Object *obj, Error **errp)
{
    return g_strdup(QTEST(obj)->log ? QTEST(obj)->log : "");
}

static void qtest_set_log(Object *obj, const char *value, Error **errp)
{
    if (check_early(obj, "log", errp)) {
        g_free(QTEST(obj)->log);
        QTEST(obj)->log = *value ? g_strdup(value) : NULL;
    }
}

static void qtest_instance_init(Object *obj)
{
    QTest *q = QTEST(obj);

    q->protocol.send = qtest_send;
    q->protocol.received = qtest_received;
    q->protocol.congested = qtest_congested;
    qtest_protocol_init(&q->protocol);
}

static void qtest_instance_finalize(Object *obj)
{
    QTest *q = QTEST(obj);

    if (the_qtest == q) {
        the_qtest = NULL;
    }
    timer_free(q->resume_timer);
    qemu_chr_fe_deinit(&q->be);
    qtest_protocol_cleanup(&q->protocol);
    if (q->log_file && q->log_file != stderr) {
        fclose(q->log_file);
    }
    g_free(q->chardev);
    g_free(q->log);
}

static void qtest_class_init(ObjectClass *oc, const void *data)
{
    USER_CREATABLE_CLASS(oc)->complete = qtest_complete;
    object_class_property_add_str(oc, "chardev", qtest_get_chardev,
                                  qtest_set_chardev);
    object_class_property_add_str(oc, "log", qtest_get_log, qtest_set_log);
}

static const TypeInfo qtest_types[] = {
    {
        .name = TYPE_QTEST,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(QTest),
        .instance_init = qtest_instance_init,
        .instance_finalize = qtest_instance_finalize,
        .class_init = qtest_class_init,
        .interfaces = (const InterfaceInfo[]){{TYPE_USER_CREATABLE}, {NULL}},
    },
};

DEFINE_TYPES(qtest_types)

bool qtest_server_init(const char *chardev, const char *log, Error **errp)
{
    Error *err = NULL;
    Chardev *chr = qemu_chr_new("qtest", chardev, &err);
    json_t *props;
    Object *obj;

    if (!chr) {
        error_report_err(err);
        error_setg(errp, "Failed to initialize device for qtest: \"%s\"",
                   chardev);
        return false;
    }
    props = json_object();
    json_object_set_new(props, "chardev", json_string(chr->label));
    if (log) {
        json_object_set_new(props, "log", json_string(log));
    }
    obj = object_new_with_json(TYPE_QTEST, qdev_get_machine(), "qtest", props,
                               false, errp);
    json_decref(props);
    return obj != NULL;
}
