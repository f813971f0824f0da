/*
 * qtest: from bytes to lines to commands.
 *
 * A request is one line: words separated by single spaces, ended by a
 * newline. Each gets one reply, in order, that starts with OK, FAIL or ERR;
 * lines "IRQ ..." may come before any of them. Empty lines and those that
 * start with # get none. A request that is wrong is answered and changes
 * nothing. Input is bounded: a line beyond QTEST_MAX_LINE is answered once
 * and skipped. So is output: while the client does not read its replies, its
 * requests wait.
 *
 * Words are cut out of the input buffer in place, and the data of large
 * transfers is decoded there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"
#include "util/option.h"

void qtest_sendf(QTestProtocol *p, const char *fmt, ...)
{
    g_autoptr(GString) line = g_string_new(NULL);
    va_list ap;

    va_start(ap, fmt);
    g_string_vprintf(line, fmt, ap);
    va_end(ap);
    g_string_append_c(line, '\n');
    p->send(p, line->str, line->len);
}

/* For messages: what the client sent, but not megabytes or control bytes. */
static char *printable(const char *s)
{
    g_autofree char *cut = g_strndup(s, 64);

    return g_strescape(cut, "\"\\");
}

bool qtest_number(QTestProtocol *p, const QTestWord *w, uint64_t *ret)
{
    int64_t negative;
    g_autofree char *shown = NULL;

    if (qemu_strtou64(w->s, 0, ret) == 0) {
        return true;
    }
    if (qemu_strtoi64(w->s, 0, &negative) == 0) {
        *ret = negative;
        return true;
    }
    shown = printable(w->s);
    qtest_sendf(p, "ERR invalid number '%s'", shown);
    return false;
}

/* -------------------------------------------------------------- commands */

static const QTestCommand *find_in(const QTestCommand *list, const char *name)
{
    for (; list->name; list++) {
        if (strcmp(list->name, name) == 0) {
            return list;
        }
    }
    return NULL;
}

static const QTestCommand *find_command(const char *name)
{
    const QTestCommand *cmd = find_in(qtest_access_commands, name);

    cmd = cmd ? cmd : find_in(qtest_bulk_commands, name);
    cmd = cmd ? cmd : find_in(qtest_system_commands, name);
    if (!cmd && qtest_enabled()) {
        cmd = find_in(qtest_clock_commands, name);
    }
    return cmd;
}

/* At most QTEST_MAX_WORDS; the rest of the line is ignored. */
static int split_words(char *line, size_t len, QTestWord *word)
{
    char *end = line + len;
    int n = 0;

    while (n < QTEST_MAX_WORDS) {
        char *space = memchr(line, ' ', end - line);

        word[n].s = line;
        word[n].len = (space ? space : end) - line;
        n++;
        if (!space) {
            break;
        }
        *space = '\0';
        line = space + 1;
    }
    return n;
}

/* line[len] is a terminating zero. */
static void process_line(QTestProtocol *p, char *line, size_t len)
{
    QTestWord word[QTEST_MAX_WORDS];
    const QTestCommand *cmd;
    int count;

    if (len > 0 && line[len - 1] == '\r') {
        line[--len] = '\0';
    }
    if (memchr(line, '\0', len)) {
        qtest_sendf(p, "ERR zero byte in the line");
        return;
    }
    if (p->received) {
        p->received(p, line);
    }
    if (len == 0 || line[0] == '#') {
        return;
    }
    count = split_words(line, len, word);
    cmd = find_command(word[0].s);
    if (!cmd) {
        g_autofree char *shown = printable(word[0].s);

        qtest_sendf(p, "FAIL Unknown command '%s'", shown);
    } else if (count - 1 < cmd->min_args) {
        qtest_sendf(p, "ERR missing argument: %s %s", cmd->name, cmd->args);
    } else {
        cmd->run(p, cmd, word + 1, count - 1);
    }
}

/* ----------------------------------------------------------------- input */

void qtest_protocol_init(QTestProtocol *p)
{
    p->in = g_byte_array_new();
    p->scanned = 0;
    p->skipping = false;
    p->busy = false;
    p->stalled = false;
    p->reset = false;
}

void qtest_protocol_cleanup(QTestProtocol *p)
{
    qtest_irq_forget(p);
    g_clear_pointer(&p->in, g_byte_array_unref);
}

void qtest_protocol_reset(QTestProtocol *p)
{
    if (p->busy) {
        p->reset = true; /* the buffer is in use */
        return;
    }
    g_byte_array_set_size(p->in, 0);
    p->scanned = 0;
    p->skipping = false;
    p->stalled = false;
    p->reset = false;
}

/* Bytes of buf that belong to a line being skipped. */
static size_t skip_input(QTestProtocol *p, const uint8_t *buf, size_t len)
{
    const uint8_t *newline;

    if (!p->skipping) {
        return 0;
    }
    newline = memchr(buf, '\n', len);
    if (!newline) {
        return len;
    }
    p->skipping = false;
    return newline + 1 - buf;
}

/* The end of the first line at or after p->scanned, or NULL. */
static char *find_newline(QTestProtocol *p)
{
    return memchr(p->in->data + p->scanned, '\n', p->in->len - p->scanned);
}

static void process_lines(QTestProtocol *p)
{
    size_t start = 0;
    char *newline;

    p->busy = true;
    p->stalled = false;
    while (!p->reset && (newline = find_newline(p))) {
        char *line = (char *)p->in->data + start;

        if (p->congested && p->congested(p)) {
            p->stalled = true;
            break;
        }
        *newline = '\0';
        process_line(p, line, newline - line);
        start = p->scanned = newline + 1 - (char *)p->in->data;
    }
    p->busy = false;
    if (p->reset) {
        qtest_protocol_reset(p);
        return;
    }
    g_byte_array_remove_range(p->in, 0, start);
    p->scanned = p->stalled ? 0 : p->in->len;
    if (!p->stalled && p->in->len > QTEST_MAX_LINE) {
        qtest_protocol_reset(p);
        p->skipping = true;
        qtest_sendf(p, "ERR line longer than %" PRIu64 " bytes",
                    (uint64_t)QTEST_MAX_LINE);
    }
}

void qtest_protocol_feed(QTestProtocol *p, const uint8_t *buf, size_t len)
{
    size_t skip = skip_input(p, buf, len);

    g_assert(!p->busy && !p->stalled);
    if (skip < len) {
        g_byte_array_append(p->in, buf + skip, len - skip);
        process_lines(p);
    }
}

void qtest_protocol_resume(QTestProtocol *p)
{
    if (p->stalled && !p->busy) {
        process_lines(p);
    }
}
