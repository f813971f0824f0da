/*
 * Internet checksums against a slow sum, over every alignment and split.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/checksum.h"
#include "util/bswap.h"

/* RFC 1071 by the letter: bytes as big-endian words, carry by carry. */
static uint16_t slow_sum(const uint8_t *p, size_t len, size_t offset)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum += (offset + i) & 1 ? p[i] : p[i] << 8;
        if (sum > 0xffff) {
            sum -= 0xffff;
        }
    }
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    return ~net_checksum_finish(sum);
}

/* 0 and 0xffff are the same value in ones' complement. */
static void assert_same(uint16_t a, uint16_t b)
{
    g_assert_cmphex(a % 0xffff, ==, b % 0xffff);
}

static void test_rfc1071(void)
{
    /* The example of RFC 1071, section 3. */
    static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03,
                                    0xf4, 0xf5, 0xf6, 0xf7 };

    g_assert_cmphex(fold(net_checksum_add_cont(data, 8, 0)), ==, 0xddf2);
    g_assert_cmphex(net_checksum_finish(net_checksum_add_cont(data, 8, 0)), ==,
                    (uint16_t)~0xddf2);
    g_assert_cmphex(net_checksum_finish(0), ==, 0xffff);
}

static void test_lengths(void)
{
    uint8_t buf[300];

    for (size_t i = 0; i < sizeof(buf); i++) {
        buf[i] = g_test_rand_int();
    }
    for (size_t start = 0; start < 9; start++) {
        for (size_t len = 0; start + len <= sizeof(buf); len++) {
            for (size_t parity = 0; parity < 2; parity++) {
                assert_same(
                    fold(net_checksum_add_cont(buf + start, len, parity)),
                    slow_sum(buf + start, len, parity));
            }
        }
    }
}

static void test_carries(void)
{
    g_autofree uint8_t *buf = g_malloc(70000);

    memset(buf, 0xff, 70000);
    for (size_t len = 69990; len <= 70000; len++) {
        assert_same(fold(net_checksum_add_cont(buf, len, 0)),
                    slow_sum(buf, len, 0));
    }
}

static void test_iov(void)
{
    uint8_t buf[64];
    struct iovec iov[64];

    for (size_t i = 0; i < sizeof(buf); i++) {
        buf[i] = g_test_rand_int();
    }
    for (int round = 0; round < 2000; round++) {
        size_t done = 0, offset, len;
        unsigned n = 0;

        while (done < sizeof(buf)) {
            /* Empty pieces too. */
            size_t part = g_test_rand_int_range(0, 9);

            if (part > sizeof(buf) - done || n == ARRAY_SIZE(iov) - 1) {
                part = sizeof(buf) - done;
            }
            iov[n].iov_base = buf + done;
            iov[n++].iov_len = part;
            done += part;
        }
        offset = g_test_rand_int_range(0, sizeof(buf) + 1);
        len = g_test_rand_int_range(0, sizeof(buf) + 1);
        assert_same(fold(net_checksum_add_iov(iov, n, offset, len)),
                    slow_sum(buf + offset, MIN(len, sizeof(buf) - offset), 0));
    }
}

/* A UDP packet completed from its pseudo header's sum verifies to 0xffff. */
static void test_complete(void)
{
    uint8_t frame[100];
    const size_t start = 34, udp = sizeof(frame) - 34;
    uint16_t pseudo;

    for (int round = 0; round < 1000; round++) {
        for (size_t i = 0; i < sizeof(frame); i++) {
            frame[i] = g_test_rand_int();
        }
        pseudo = slow_sum(frame + 26, 8, 0);
        stw_be_p(frame + 40, pseudo);
        g_assert_true(net_checksum_complete(frame, sizeof(frame), start, 6));
        g_assert_cmphex(ldw_be_p(frame + 40), !=, 0);
        /* What a receiver does: sum all, pseudo header included. */
        g_assert_cmphex((slow_sum(frame + start, udp, 0) + pseudo) % 0xffff,
                        ==, 0);
    }
}

static void test_complete_zero(void)
{
    uint8_t frame[16] = { 0 };

    /* A sum of 0xffff would give 0, which UDP reads as "none". */
    stw_be_p(frame + 10, 0xffff);
    g_assert_true(net_checksum_complete(frame, sizeof(frame), 8, 0));
    g_assert_cmphex(ldw_be_p(frame + 8), ==, 0xffff);
}

static void test_complete_bounds(void)
{
    uint8_t frame[32], before[32];

    for (size_t i = 0; i < sizeof(frame); i++) {
        frame[i] = i;
    }
    memcpy(before, frame, sizeof(frame));
    for (size_t len = 0; len <= sizeof(frame); len++) {
        for (size_t start = 0; start < 40; start++) {
            for (size_t offset = 0; offset < 40; offset++) {
                bool fits = start + offset + 2 <= len;

                g_assert_cmpint(
                    net_checksum_complete(frame, len, start, offset), ==, fits);
                /* Nothing but the field changes. */
                if (fits) {
                    frame[start + offset] = before[start + offset];
                    frame[start + offset + 1] = before[start + offset + 1];
                }
                g_assert_cmpmem(frame, 32, before, 32);
            }
        }
    }
    g_assert_false(net_checksum_complete(frame, 32, SIZE_MAX, 0));
    g_assert_false(net_checksum_complete(frame, 32, 0, SIZE_MAX));
    g_assert_false(net_checksum_complete(frame, 32, 16, SIZE_MAX - 15));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/checksum/rfc1071", test_rfc1071);
    g_test_add_func("/net/checksum/lengths", test_lengths);
    g_test_add_func("/net/checksum/carries", test_carries);
    g_test_add_func("/net/checksum/iov", test_iov);
    g_test_add_func("/net/checksum/complete", test_complete);
    g_test_add_func("/net/checksum/complete-zero", test_complete_zero);
    g_test_add_func("/net/checksum/complete-bounds", test_complete_bounds);
    return g_test_run();
}
