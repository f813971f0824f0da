/*
 * The test's end of the line to the agent: requests are lines, an answer is
 * "=STATUS LENGTH", a newline, and the bytes. What else comes is the console's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>
#include <sys/socket.h>

#include "tests/functional/lib/guest-internal.h"

#define ANSWER_SECONDS 150

bool guest_read_input(Guest *g, int timeout_ms)
{
    struct pollfd p = { .fd = g->agent_fd, .events = POLLIN };
    char buf[65536];
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0) {
        return false;
    }
    n = read(g->agent_fd, buf, sizeof(buf));
    if (n <= 0) {
        guest_died(g, "the emulator closed the agent's line");
    }
    g_string_append_len(g->input, buf, n);
    return true;
}

/* Reads until input has `len` bytes, or (0) a whole line. Returns how many
 * bytes that are. */
static size_t read_until(Guest *g, size_t len, int64_t deadline,
                         const char *doing)
{
    for (;;) {
        char *newline = len ? NULL
                            : memchr(g->input->str, '\n', g->input->len);
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;

        if (newline) {
            return newline + 1 - g->input->str;
        }
        if (len && g->input->len >= len) {
            return len;
        }
        if (left <= 0) {
            g_autofree char *what = g_strdup_printf("no answer: %s", doing);
            guest_died(g, what);
        }
        guest_read_input(g, MIN(left, 1000));
    }
}

/* The next line that begins with '=', without newline; others are the
 * console's. */
static char *next_head(Guest *g, int64_t deadline, const char *doing)
{
    for (;;) {
        size_t n = read_until(g, 0, deadline, doing);
        char *line = g_strndup(g->input->str, n - 1);

        g_string_erase(g->input, 0, n);
        g_strchomp(line);
        if (line[0] == '=') {
            return line;
        }
        g_string_append_printf(g->shared_console, "%s\n", line);
        g_free(line);
    }
}

void guest_expect_ready(Guest *g, int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);
    g_autofree char *head = NULL;

    g->ready = false;
    head = next_head(g, deadline, "waiting for the agent");
    if (strcmp(head, "=ready 0") != 0) {
        guest_died(g, "the agent does not greet");
    }
    g->ready = true;
}

static void request(Guest *g, const char *verb, const char *fmt, va_list ap)
{
    g_autofree char *command = g_strdup_vprintf(fmt, ap);
    g_autofree char *line = g_strdup_printf("%s %s\n", verb, command);
    size_t len = strlen(line), done = 0;

    while (done < len) {
        ssize_t n = send(g->agent_fd, line + done, len - done, MSG_NOSIGNAL);

        if (n <= 0) {
            guest_died(g, line);
        }
        done += n;
    }
}

static int answer(Guest *g, char **text, const char *doing)
{
    int64_t deadline = g_get_monotonic_time() +
        guest_ms(ANSWER_SECONDS) * INT64_C(1000);
    g_autofree char *head = next_head(g, deadline, doing);
    int status;
    size_t len;

    if (sscanf(head, "=%d %zu", &status, &len) != 2) {
        g_autofree char *what = g_strdup_printf(
            "the agent said '%s' (a reboot?): %s", head, doing);
        guest_died(g, what);
    }
    if (len) {
        read_until(g, len, deadline, doing);
    }
    if (text) {
        *text = g_strndup(g->input->str, len);
    }
    g_string_erase(g->input, 0, len);
    return status;
}

int guest_try(Guest *g, char **text, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    request(g, "run", fmt, ap);
    va_end(ap);
    return answer(g, text, fmt);
}

static char *checked(Guest *g, int status, char *text, const char *doing)
{
    if (status != 0) {
        g_autofree char *what = g_strdup_printf(
            "'%s' ended with status %d: %s", doing, status, text);
        guest_died(g, what);
    }
    return text;
}

char *guest_run(Guest *g, const char *fmt, ...)
{
    char *text = NULL;
    int status;
    va_list ap;

    va_start(ap, fmt);
    request(g, "run", fmt, ap);
    va_end(ap);
    status = answer(g, &text, fmt);
    return checked(g, status, text, fmt);
}

int guest_spawn(Guest *g, const char *fmt, ...)
{
    int job;
    va_list ap;

    va_start(ap, fmt);
    request(g, "start", fmt, ap);
    va_end(ap);
    job = answer(g, NULL, fmt);
    g_assert_cmpint(job, <, 255);
    return job;
}

static void G_GNUC_PRINTF(2, 3) ask(Guest *g, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    request(g, "wait", fmt, ap);
    va_end(ap);
}

char *guest_wait(Guest *g, int job)
{
    char *text = NULL;
    int status;

    ask(g, "%d", job);
    status = answer(g, &text, "waiting for a job");
    return checked(g, status, text, "a job");
}

void guest_tell(Guest *g, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    request(g, "run", fmt, ap);
    va_end(ap);
}

uint64_t guest_number(Guest *g, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;
    int status;

    va_start(ap, fmt);
    request(g, "run", fmt, ap);
    va_end(ap);
    status = answer(g, &text, fmt);
    checked(g, status, text, fmt);
    return g_ascii_strtoull(text, NULL, 10);
}

bool guest_eventually(Guest *g, const char *text, const char *fmt, ...)
{
    int64_t deadline = g_get_monotonic_time() + guest_ms(20) * INT64_C(1000);
    g_autofree char *command = NULL;
    va_list ap;

    va_start(ap, fmt);
    command = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    do {
        g_autofree char *got = NULL;

        guest_try(g, &got, "%s", command);
        if (strstr(got, text)) {
            return true;
        }
        g_usleep(100000);
    } while (g_get_monotonic_time() < deadline);
    return false;
}
