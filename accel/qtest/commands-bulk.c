/*
 * qtest: transfers of any length, as hexadecimal digits or base64.
 *
 * Data is encoded and decoded in place: digits shrink to bytes in the input
 * line, and bytes grow to digits in the reply, so that megabytes cost one pass
 * each and memory is touched by one call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"

static bool get_range(QTestProtocol *p, QTestWord *arg, uint64_t limit,
                      uint64_t *addr, uint64_t *size)
{
    if (!qtest_number(p, &arg[0], addr) || !qtest_number(p, &arg[1], size)) {
        return false;
    }
    if (*size > limit) {
        qtest_sendf(p, "ERR size 0x%" PRIx64 " is beyond 0x%" PRIx64, *size,
                    limit);
        return false;
    }
    return true;
}

static void bulk_fill(uint64_t addr, int value, uint64_t size)
{
    size_t chunk = MIN(size, MiB);
    g_autofree uint8_t *buf = NULL;

    if (size == 0) {
        return;
    }
    buf = g_malloc(chunk);
    memset(buf, value, chunk);
    while (size) {
        size_t n = MIN(size, chunk);

        address_space_write(&address_space_memory, addr, buf, n);
        addr += n;
        size -= n;
    }
}

/* ------------------------------------------------------------------- hex */

static void bulk_read(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                      int count)
{
    static const char digit[] = "0123456789abcdef";
    const size_t head = strlen("OK 0x");
    uint64_t addr, size;
    g_autofree char *reply = NULL;
    const uint8_t *from;
    char *to;

    if (!get_range(p, arg, (QTEST_MAX_REPLY - head - 1) / 2, &addr, &size)) {
        return;
    }
    if (size == 0) {
        qtest_sendf(p, "ERR invalid argument size");
        return;
    }
    /* The bytes go to the upper half; their digits never catch up. */
    reply = g_malloc(head + 2 * size + 1);
    memcpy(reply, "OK 0x", head);
    from = (uint8_t *)reply + head + size;
    to = reply + head;
    address_space_read(&address_space_memory, addr, (void *)from, size);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t byte = *from++;

        *to++ = digit[byte >> 4];
        *to++ = digit[byte & 15];
    }
    *to++ = '\n';
    p->send(p, reply, to - reply);
}

/* Decodes `size` pairs of digits in place. */
static bool decode_hex(char *text, size_t size)
{
    uint8_t *out = (uint8_t *)text;

    for (size_t i = 0; i < size; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]);
        int low = g_ascii_xdigit_value(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = high << 4 | low;
    }
    return true;
}

static void bulk_write(QTestProtocol *p, const QTestCommand *cmd,
                       QTestWord *arg, int count)
{
    uint64_t addr, size, given;
    char *data;

    if (!get_range(p, arg, QTEST_MAX_SIZE, &addr, &size)) {
        return;
    }
    if (arg[2].len < 3) {
        qtest_sendf(p, "ERR invalid argument size");
        return;
    }
    data = arg[2].s + strlen("0x");
    given = MIN(size, (arg[2].len - strlen("0x")) / 2);
    if (!decode_hex(data, given)) {
        qtest_sendf(p, "ERR invalid hexadecimal digit");
        return;
    }
    address_space_write(&address_space_memory, addr, data, given);
    bulk_fill(addr + given, 0, size - given);
    qtest_sendf(p, "OK");
}

static void bulk_memset(QTestProtocol *p, const QTestCommand *cmd,
                        QTestWord *arg, int count)
{
    uint64_t addr, size, value;

    if (get_range(p, arg, QTEST_MAX_SIZE, &addr, &size) &&
        qtest_number(p, &arg[2], &value)) {
        bulk_fill(addr, value & 0xff, size);
        qtest_sendf(p, "OK");
    }
}

/* ---------------------------------------------------------------- base64 */

static void bulk_b64read(QTestProtocol *p, const QTestCommand *cmd,
                         QTestWord *arg, int count)
{
    uint64_t addr, size;
    g_autofree uint8_t *data = NULL;
    g_autofree char *text = NULL;

    if (!get_range(p, arg, (QTEST_MAX_REPLY - 16) / 4 * 3, &addr, &size)) {
        return;
    }
    data = g_malloc(size + 1);
    address_space_read(&address_space_memory, addr, data, size);
    text = g_base64_encode(data, size);
    qtest_sendf(p, "OK %s", text);
}

/* The decoder of glib passes over what is no base64; we do not. */
static bool check_base64(const QTestWord *w)
{
    size_t len = w->len;

    while (len > 0 && w->len - len < 2 && w->s[len - 1] == '=') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        char c = w->s[i];

        if (!g_ascii_isalnum(c) && c != '+' && c != '/') {
            return false;
        }
    }
    return w->len % 4 == 0;
}

static void bulk_b64write(QTestProtocol *p, const QTestCommand *cmd,
                          QTestWord *arg, int count)
{
    uint64_t addr, size;
    gsize given;

    if (!get_range(p, arg, QTEST_MAX_SIZE, &addr, &size)) {
        return;
    }
    if (arg[2].len < 3) {
        qtest_sendf(p, "ERR invalid argument size");
        return;
    }
    if (!check_base64(&arg[2])) {
        qtest_sendf(p, "ERR invalid base64");
        return;
    }
    g_base64_decode_inplace(arg[2].s, &given);
    address_space_write(&address_space_memory, addr, arg[2].s,
                        MIN(given, size));
    qtest_sendf(p, "OK");
}

const QTestCommand qtest_bulk_commands[] = {
    {"read", "ADDR SIZE", 2, 0, bulk_read},
    {"write", "ADDR SIZE DATA", 3, 0, bulk_write},
    {"memset", "ADDR SIZE VALUE", 3, 0, bulk_memset},
    {"b64read", "ADDR SIZE", 2, 0, bulk_b64read},
    {"b64write", "ADDR SIZE DATA", 3, 0, bulk_b64write},
    {NULL},
};
