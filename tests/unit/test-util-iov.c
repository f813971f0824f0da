/*
 * iov helpers, against a flat buffer as the model: every operation on a
 * randomly split vector must do what the same operation does on one buffer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/iov.h"

#define MAX_IOV 12
#define MAX_LEN 200

typedef struct Split {
    uint8_t mem[MAX_IOV][MAX_LEN + 2]; /* each piece between two guards */
    struct iovec iov[MAX_IOV];
    unsigned cnt;
    size_t size;
} Split;

#define GUARD 0xa5

static void split_init(Split *s)
{
    memset(s->mem, GUARD, sizeof(s->mem));
    s->cnt = g_test_rand_int_range(0, MAX_IOV + 1);
    s->size = 0;
    for (unsigned i = 0; i < s->cnt; i++) {
        /* Empty pieces are legal, and the classic mistake. */
        size_t len = g_test_rand_int_range(0, 4)
                         ? (size_t)g_test_rand_int_range(0, 20) : 0;

        s->iov[i] = (struct iovec){ &s->mem[i][1], len };
        s->size += len;
        memset(&s->mem[i][1], 0, len);
    }
}

static void split_check_guards(const Split *s)
{
    for (unsigned i = 0; i < MAX_IOV; i++) {
        size_t len = i < s->cnt ? s->iov[i].iov_len : 0;

        g_assert_cmpuint(s->mem[i][0], ==, GUARD);
        for (size_t k = len + 1; k < sizeof(s->mem[i]); k++) {
            g_assert_cmpuint(s->mem[i][k], ==, GUARD);
        }
    }
}

static size_t flatten(const struct iovec *iov, unsigned cnt, uint8_t *out)
{
    size_t n = 0;

    for (unsigned i = 0; i < cnt; i++) {
        memcpy(out + n, iov[i].iov_base, iov[i].iov_len);
        n += iov[i].iov_len;
    }
    return n;
}

static void fill_random(uint8_t *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf[i] = g_test_rand_int();
    }
}

static void test_model(void)
{
    for (int round = 0; round < 20000; round++) {
        uint8_t model[512] = { 0 }, data[512], got[512];
        size_t off, len, n, expect;
        Split s;

        split_init(&s);
        g_assert_cmpuint(iov_size(s.iov, s.cnt), ==, s.size);
        off = g_test_rand_int_range(0, s.size + 5);
        len = g_test_rand_int_range(0, s.size + 5);
        expect = off < s.size ? MIN(len, s.size - off) : 0;

        fill_random(data, sizeof(data));
        n = iov_from_buf(s.iov, s.cnt, off, data, len);
        g_assert_cmpuint(n, ==, expect);
        memcpy(model + off, data, n);
        g_assert_cmpuint(flatten(s.iov, s.cnt, got), ==, s.size);
        g_assert_cmpmem(got, s.size, model, s.size);

        memset(got, 0x11, sizeof(got));
        n = iov_to_buf(s.iov, s.cnt, off, got, len);
        g_assert_cmpuint(n, ==, expect);
        g_assert_cmpmem(got, n, model + off, n);
        g_assert_cmpuint(got[n], ==, 0x11);

        n = iov_memset(s.iov, s.cnt, off, 0x5a, len);
        g_assert_cmpuint(n, ==, expect);
        memset(model + off, 0x5a, n);
        flatten(s.iov, s.cnt, got);
        g_assert_cmpmem(got, s.size, model, s.size);
        split_check_guards(&s);
    }
}

static void test_copy(void)
{
    for (int round = 0; round < 20000; round++) {
        struct iovec dst[MAX_IOV];
        uint8_t all[512], part[512];
        size_t off, len, expect, n;
        unsigned dst_cnt, used;
        Split s;

        split_init(&s);
        for (unsigned i = 0; i < s.cnt; i++) {
            fill_random(s.iov[i].iov_base, s.iov[i].iov_len);
        }
        flatten(s.iov, s.cnt, all);
        off = g_test_rand_int_range(0, s.size + 5);
        len = g_test_rand_int_range(0, s.size + 5);
        expect = off < s.size ? MIN(len, s.size - off) : 0;
        dst_cnt = g_test_rand_int_range(0, MAX_IOV + 1);

        used = iov_copy(dst, dst_cnt, s.iov, s.cnt, off, len);
        g_assert_cmpuint(used, <=, dst_cnt);
        n = flatten(dst, used, part);
        g_assert_cmpuint(n, <=, expect);
        if (used < dst_cnt) {
            g_assert_cmpuint(n, ==, expect);
        }
        g_assert_cmpmem(part, n, all + off, n);
        for (unsigned i = 0; i < used; i++) {
            g_assert_cmpuint(dst[i].iov_len, >, 0);
        }
    }
}

static void test_discard(void)
{
    for (int round = 0; round < 20000; round++) {
        uint8_t all[512], rest[512];
        struct iovec *front;
        size_t front_bytes, back_bytes, n, front_expect, back_expect;
        unsigned cnt;
        Split s;

        split_init(&s);
        for (unsigned i = 0; i < s.cnt; i++) {
            fill_random(s.iov[i].iov_base, s.iov[i].iov_len);
        }
        flatten(s.iov, s.cnt, all);
        front_bytes = g_test_rand_int_range(0, s.size + 5);
        back_bytes = g_test_rand_int_range(0, s.size + 5);
        front_expect = MIN(front_bytes, s.size);
        back_expect = MIN(back_bytes, s.size - front_expect);

        front = s.iov;
        cnt = s.cnt;
        g_assert_cmpuint(iov_discard_front(&front, &cnt, front_bytes), ==,
                         front_expect);
        g_assert_cmpuint(iov_discard_back(front, &cnt, back_bytes), ==,
                         back_expect);
        n = flatten(front, cnt, rest);
        g_assert_cmpuint(n, ==, s.size - front_expect - back_expect);
        g_assert_cmpmem(rest, n, all + front_expect, n);
    }
}

static void test_nothing(void)
{
    struct iovec none = { NULL, 0 };
    struct iovec *p = NULL;
    unsigned cnt = 0;
    char c;

    g_assert_cmpuint(iov_size(NULL, 0), ==, 0);
    g_assert_cmpuint(iov_from_buf(NULL, 0, 0, "x", 1), ==, 0);
    g_assert_cmpuint(iov_to_buf(&none, 1, 0, &c, 1), ==, 0);
    g_assert_cmpuint(iov_to_buf(&none, 1, SIZE_MAX, &c, SIZE_MAX), ==, 0);
    g_assert_cmpuint(iov_copy(NULL, 0, &none, 1, 0, 5), ==, 0);
    g_assert_cmpuint(iov_discard_front(&p, &cnt, 5), ==, 0);
    cnt = 0;
    g_assert_cmpuint(iov_discard_back(NULL, &cnt, 5), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/util/iov/model", test_model);
    g_test_add_func("/util/iov/copy", test_copy);
    g_test_add_func("/util/iov/discard", test_discard);
    g_test_add_func("/util/iov/nothing", test_nothing);
    return g_test_run();
}
