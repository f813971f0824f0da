/*
 * Random bytes, and mutated valid input, at every port a stranger can reach:
 * qtest, QMP, and a listening socket netdev. The emulator may say no to all of
 * it, but must go on answering, and not grow.
 *
 * $QTEST_SOAK_SECONDS sets the duration (default 6); the seed is g_test's, and
 * printed by it (--seed repeats a run).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/qtest/lib/libqtest.h"
#include "util/bswap.h"

#define MAX_RSS (256 * MiB)

static const char *const qtest_words[] = {
    "inb", "outl", "readq", "writeb", "read", "write", "memset", "b64read",
    "b64write", "endianness", "irq_intercept_in", "irq_intercept_out",
    "set_irq_in", "clock_set", "module_load", "0x1000", "0xcf8", "0xcfc", "-1",
    "0xffffffffffffffff", "4294967296", "0", "ioapic", "unnamed-gpio-in",
    "AAAA", "0x", "zz", " ", "\t", "",
};

static const char *const qmp_words[] = {
    "{", "}", "[", "]", ":", ",", "\"execute\"", "\"arguments\"", "\"id\"",
    "\"qmp_capabilities\"", "\"query-status\"", "\"qom-get\"", "\"qom-list\"",
    "\"path\"", "\"/machine\"", "\"device-list-properties\"",
    "\"typename\"", "\"virtio-net-pci\"", "\"netdev_add\"", "\"set_link\"",
    "\"name\"", "\"up\"", "true", "null", "1e999", "-1", "0.5", "\"\\u0000\"",
    "\"\\ud800\"", "\\", "'", "\xff", "\xc3\x28", "\n", "[[[[[[[[",
    "{\"execute\":\"query-version\"}", "{\"execute\":\"query-rx-filter\"}",
};

static unsigned pick(unsigned n)
{
    return g_test_rand_int_range(0, n);
}

static void append_random(GString *out, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        g_string_append_c(out, pick(256));
    }
}

static GString *mix_words(const char *const *words, unsigned n, const char *gap)
{
    GString *out = g_string_new(NULL);
    unsigned count = pick(12);

    for (unsigned i = 0; i < count; i++) {
        if (pick(10) == 0) {
            append_random(out, pick(20));
        } else {
            g_string_append(out, words[pick(n)]);
        }
        g_string_append(out, pick(8) ? gap : "");
    }
    return out;
}

/* ------------------------------------------------------------------- qtest */

/* Sends garbage, then waits for the answer to a question only we know. */
static void qtest_round(QTestState *qts)
{
    static unsigned marker;
    g_autofree char *question = NULL;
    g_autofree char *answer = NULL;
    g_autofree char *expected = NULL;
    uint32_t word = 0x5a000000 + ++marker;
    GString *bytes = g_string_new(NULL);

    for (unsigned i = pick(8); i; i--) {
        GString *line = pick(3) ? mix_words(qtest_words,
                                            ARRAY_SIZE(qtest_words), " ")
                                : g_string_new(NULL);

        if (pick(4) == 0) {
            append_random(line, pick(300));
        }
        g_string_append_len(bytes, line->str, line->len);
        g_string_append_c(bytes, '\n');
        g_string_free(line, true);
    }
    g_string_append_c(bytes, '\n');
    qtest_send_bytes(qts, bytes->str, bytes->len);
    g_string_free(bytes, true);

    /* In order with the garbage, which may write to any memory. */
    question = g_strdup_printf("writel 0x%x 0x%x\nreadl 0x%x", (unsigned)MiB,
                               word, (unsigned)MiB);
    expected = g_strdup_printf("OK 0x%016x", word);
    qtest_send_bytes(qts, question, strlen(question));
    answer = qtest_raw(qts, ""); /* ends the line; some reply */
    while (!g_str_equal(answer, expected)) {
        g_free(answer);
        answer = qtest_next_reply(qts);
    }
}

/* --------------------------------------------------------------------- QMP */

static void drain(int fd)
{
    char buf[65536];

    while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0) {
    }
}

/* False when the other end hung up or takes no more for now. */
static bool push(int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        struct pollfd pfd = { .fd = fd, .events = POLLOUT };
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        drain(fd);
        if (n < 0 && errno == EAGAIN) {
            if (poll(&pfd, 1, 1000) != 1) {
                return false;
            }
            continue;
        }
        if (n <= 0) {
            return false;
        }
        p += n;
        len -= n;
    }
    return true;
}

static void qmp_round(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}";

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    g_assert_no_errno(connect(fd, (struct sockaddr *)&sa, sizeof(sa)));
    if (pick(2)) {
        push(fd, hello, strlen(hello));
    }
    for (unsigned i = pick(12); i; i--) {
        GString *text = mix_words(qmp_words, ARRAY_SIZE(qmp_words), "");

        if (pick(5) == 0) {
            append_random(text, pick(500));
        }
        if (!push(fd, text->str, text->len)) {
            i = 1;
        }
        g_string_free(text, true);
    }
    close(fd);
}

/* ------------------------------------------------------------------ netdev */

static void netdev_round(uint16_t port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        close(fd);
        return;
    }
    for (unsigned i = pick(10); i; i--) {
        GString *bytes = g_string_new(NULL);
        uint8_t prefix[4];
        unsigned len = pick(4) ? pick(1600) : pick(70000);

        if (pick(3)) {
            /* A frame as announced, or nearly so. */
            stl_be_p(prefix, len + (pick(4) ? 0 : pick(5)));
            g_string_append_len(bytes, (char *)prefix, 4);
        }
        append_random(bytes, len);
        if (!push(fd, bytes->str, bytes->len)) {
            i = 1;
        }
        g_string_free(bytes, true);
    }
    close(fd);
}

/* -------------------------------------------------------------------- test */

static uint16_t free_port(void)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    g_assert_no_errno(getsockname(fd, (struct sockaddr *)&sa, &len));
    close(fd);
    return ntohs(sa.sin_port);
}

static uint64_t rss(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/statm", pid);
    g_autofree char *text = NULL;
    unsigned long size, resident;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(sscanf(text, "%lu %lu", &size, &resident), ==, 2);
    return resident * (uint64_t)getpagesize();
}

static void test_ports(void)
{
    const char *text = getenv("QTEST_SOAK_SECONDS");
    int seconds = text ? atoi(text) : 6;
    int64_t end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    g_autofree char *dir = g_dir_make_tmp("garbage-XXXXXX", NULL);
    g_autofree char *qmp = g_strdup_printf("%s/qmp", dir);
    uint16_t port = free_port();
    QTestState *qts = qtest_initf(
        "-machine q35 -qmp unix:%s,server=on,wait=off "
        "-netdev socket,id=s,listen=127.0.0.1:%u "
        "-device virtio-net-pci,addr=4", qmp, port);
    unsigned rounds = 0;

    while (g_get_monotonic_time() < end) {
        json_t *status;

        qtest_round(qts);
        qmp_round(qmp);
        netdev_round(port);
        status = qtest_qmp_ok(qts, "{'execute': 'query-status'}");
        json_decref(status);
        g_assert_true(qtest_alive(qts));
        rounds++;
    }
    g_test_message("%u rounds in %d s, resident %" PRIu64 " KiB", rounds,
                   seconds, rss(qtest_pid(qts)) / KiB);
    if (!getenv("ASAN_OPTIONS")) { /* its quarantine is no leak of ours */
        g_assert_cmpuint(rss(qtest_pid(qts)), <, MAX_RSS);
    }
    qtest_quit(qts);
    unlink(qmp);
    rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/garbage/ports", test_ports);
    return g_test_run();
}
