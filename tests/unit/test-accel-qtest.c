/*
 * The qtest protocol without a character device: every request, malformed
 * ones above all, and input in any pieces.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"
#include "util/bswap.h"

#define RAM_SIZE (32 * MiB)

static QTestProtocol proto;
static GString *sent;
static MemoryRegion ram, regs, ports;
static uint8_t *host;

/* Each register access is noted: "r4/2 w0/1=7 ". */
static GString *accesses;

static void on_send(QTestProtocol *p, const char *line, size_t len)
{
    g_assert_cmpuint(len, >, 1);
    g_assert_cmpint(line[len - 1], ==, '\n');
    g_assert_null(memchr(line, '\n', len - 1));
    g_string_append_len(sent, line, len);
}

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned size)
{
    g_string_append_printf(accesses, "r%x/%u ", (unsigned)addr, size);
    return UINT64_C(0x8877665544332211);
}

static void regs_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    g_string_append_printf(accesses, "w%x/%u=%" PRIx64 " ", (unsigned)addr,
                           size, data);
}

static const MemoryRegionOps regs_ops = {
    .read = regs_read,
    .write = regs_write,
};

static void feed(const char *text, size_t len)
{
    g_string_truncate(sent, 0);
    qtest_protocol_feed(&proto, (const uint8_t *)text, len);
}

/* One request and its reply, both without newline. */
static void expect(const char *request, const char *reply)
{
    g_autofree char *line = g_strconcat(request, "\n", NULL);
    g_autofree char *want = g_strconcat(reply, "\n", NULL);

    feed(line, strlen(line));
    g_assert_cmpstr(sent->str, ==, want);
}

static void test_ports(void)
{
    g_string_truncate(accesses, 0);
    expect("outb 0x100 0x1ff", "OK");
    expect("outw 0x102 258", "OK");
    expect("outl 0x104 -1", "OK");
    g_assert_cmpstr(accesses->str, ==, "w0/1=ff w2/2=102 w4/4=ffffffff ");
    expect("inb 0x100", "OK 0x0011");
    expect("inw 0400", "OK 0x2211");
    expect("inl 256", "OK 0x44332211");
    expect("inb 0x80", "OK 0x00ff"); /* nothing there */
    expect("inl 0x9000", "OK 0xffffffff");
    expect("inl 0xffff", "OK 0xffffffff");
    expect("inb 0x10000", "ERR port 0x10000 is beyond 0xffff");
    expect("outb 0x10070 1", "ERR port 0x10070 is beyond 0xffff");
    expect("inb -1", "ERR port 0xffffffffffffffff is beyond 0xffff");
}

static void test_memory(void)
{
    expect("writeq 0x1000 0x1122334455667788", "OK");
    g_assert_cmphex(ldq_le_p(host + 0x1000), ==, 0x1122334455667788);
    expect("readq 0x1000", "OK 0x1122334455667788");
    expect("readl 0x1000", "OK 0x0000000055667788");
    expect("readw 0x1002", "OK 0x0000000000005566");
    expect("readb 0x1007", "OK 0x0000000000000011");
    expect("writeb 0x1000 -1", "OK");
    expect("writew 0x1002 0x12345", "OK");
    expect("writel 0x1004 0xaabbccdd extra words", "OK");
    expect("readq 4096", "OK 0xaabbccdd234577ff");
    expect("readl 0xfffffffffffffffd", "OK 0x00000000ffffffff");
    /* Registers: one access of the width. */
    g_string_truncate(accesses, 0);
    expect("readq 0xf0000000", "OK 0x8877665544332211");
    expect("writew 0xf0000002 7", "OK");
    g_assert_cmpstr(accesses->str, ==, "r0/8 w2/2=7 ");
}

static void test_hex(void)
{
    memset(host + 0x1000, 0, 64);
    expect("write 0x1000 4 0x1234aBcD", "OK");
    expect("read 0x1000 8", "OK 0x1234abcd00000000");
    expect("write 0x1000 6 0x55", "OK"); /* the rest is zero */
    expect("read 0x1000 6", "OK 0x550000000000");
    expect("write 0x1000 2 0x112233445566", "OK"); /* the rest ignored */
    expect("read 0x1000 4", "OK 0x11220000");
    expect("write 0x1000 4 zz12345678", "OK"); /* first two unchecked */
    expect("read 0x1000 4", "OK 0x12345678");
    expect("write 0x1000 2 0x777", "OK"); /* half a byte is no byte */
    expect("read 0x1000 2", "OK 0x7700");
    expect("write 0x1000 0 0x77", "OK");
    expect("write 0x1000 4 0x", "ERR invalid argument size");
    expect("write 0x1000 4 ", "ERR invalid argument size");
    expect("write 0x1000 4 0x12345g78", "ERR invalid hexadecimal digit");
    expect("read 0x1000 2", "OK 0x7700");
    expect("read 0x1000 0", "ERR invalid argument size");
    expect("read 0xfffffffffffffffe 4", "OK 0xffffffff");
    expect("read 0x1000 -1", "ERR size 0xffffffffffffffff is beyond 0x77fffd");
    expect("write 0x1000 0x7fffffffffffffff 0x12",
           "ERR size 0x7fffffffffffffff is beyond 0x40000000");
}

static void test_memset(void)
{
    memset(host + 0xff0, 0, 64);
    expect("memset 0x1000 8 0x1ab", "OK");
    expect("read 0xfff 10", "OK 0x00abababababababab00");
    expect("memset 0x1000 0 1", "OK");
    expect("read 0x1000 1", "OK 0xab");
    expect("memset 0x1000 4", "ERR missing argument: memset ADDR SIZE VALUE");
    expect("memset 0 0x100000000000 1",
           "ERR size 0x100000000000 is beyond 0x40000000");
    /* RAM and what is behind its end. */
    expect("memset 0x1f00000 0x40000000 0x11", "OK");
    g_assert_cmphex(host[RAM_SIZE - 1], ==, 0x11);
}

static void test_base64(void)
{
    memset(host + 0x1000, 0, 64);
    expect("b64write 0x1000 4 AQIDBA==", "OK");
    expect("read 0x1000 6", "OK 0x010203040000");
    expect("b64read 0x1000 4", "OK AQIDBA==");
    expect("b64read 0x1000 0", "OK ");
    expect("b64write 0x1000 2 ////", "OK");
    expect("read 0x1000 4", "OK 0xffff0304");
    expect("b64write 0x1000 80 AAAA", "OK"); /* what there is */
    expect("read 0x1000 4", "OK 0x00000004");
    expect("b64write 0x1000 0 AQID", "OK");
    expect("b64write 0x1000 3 AQ", "ERR invalid argument size");
    expect("b64write 0x1000 4 A!IDBA==", "ERR invalid base64");
    expect("b64write 0x1000 4 AQIDBA=", "ERR invalid base64");
    expect("b64write 0x1000 4 AQ=DBA==", "ERR invalid base64");
    expect("b64write 0x1000 4 A===", "ERR invalid base64");
    expect("b64read 0x1000 0xffffffff",
           "ERR size 0xffffffff is beyond 0xb3fff4");
}

/* Every command, every missing argument, and garbage in each place. */
static void test_malformed(void)
{
    static const struct {
        const char *name;
        const char *args;
        int min;
    } cmds[] = {
        {"outb", "ADDR VALUE", 2},
        {"outw", "ADDR VALUE", 2},
        {"outl", "ADDR VALUE", 2},
        {"inb", "ADDR", 1},
        {"inw", "ADDR", 1},
        {"inl", "ADDR", 1},
        {"writeb", "ADDR VALUE", 2},
        {"writew", "ADDR VALUE", 2},
        {"writel", "ADDR VALUE", 2},
        {"writeq", "ADDR VALUE", 2},
        {"readb", "ADDR", 1},
        {"readw", "ADDR", 1},
        {"readl", "ADDR", 1},
        {"readq", "ADDR", 1},
        {"read", "ADDR SIZE", 2},
        {"write", "ADDR SIZE DATA", 3},
        {"memset", "ADDR SIZE VALUE", 3},
        {"b64read", "ADDR SIZE", 2},
        {"b64write", "ADDR SIZE DATA", 3},
        {"irq_intercept_in", "PATH", 1},
        {"irq_intercept_out", "PATH [NAME]", 1},
        {"set_irq_in", "PATH NAME NUM LEVEL", 4},
        {"module_load", "PREFIX NAME", 2},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cmds); i++) {
        g_autofree char *want = g_strdup_printf("ERR missing argument: %s %s",
                                                cmds[i].name, cmds[i].args);
        g_autoptr(GString) line = g_string_new(cmds[i].name);

        for (int n = 0; n < cmds[i].min; n++) {
            expect(line->str, want);
            g_string_append(line, " 1");
        }
    }
    expect("readb zz", "ERR invalid number 'zz'");
    expect("readb 0x", "ERR invalid number '0x'");
    expect("readb 0x10zz", "ERR invalid number '0x10zz'");
    expect("readb  0", "ERR invalid number ''");
    expect("readb ", "ERR invalid number ''");
    expect("readb 0x10000000000000000",
           "ERR invalid number '0x10000000000000000'");
    expect("writeb 0 \x01\xff", "ERR invalid number '\\001\\377'");
    expect("foo", "FAIL Unknown command 'foo'");
    expect("READB 0", "FAIL Unknown command 'READB'");
    expect(" readb 0", "FAIL Unknown command ''");
    expect("readb\t0", "FAIL Unknown command 'readb\\t0'");
    feed("readb\0 0\n", 9);
    g_assert_cmpstr(sent->str, ==, "ERR zero byte in the line\n");
    {
        g_autofree char *line = g_strnfill(1000, 'x');
        g_autofree char *cut = g_strnfill(64, 'x');
        g_autofree char *want =
            g_strdup_printf("FAIL Unknown command '%s'", cut);

        expect(line, want);
    }
}

static void test_system(void)
{
    expect("endianness", "OK little");
    expect("endianness really", "OK little");
    expect("module_load hw- display", "FAIL");
    expect("irq_intercept_in nonexistent", "FAIL Unknown device");
    expect("irq_intercept_out /", "FAIL Unknown device");
    expect("set_irq_in nonexistent unnamed-gpio-in 5 1", "FAIL Unknown device");
    /* Without -accel qtest there is no clock to steer. */
    expect("clock_step 1", "FAIL Unknown command 'clock_step'");
    expect("clock_set 1", "FAIL Unknown command 'clock_set'");
}

static void test_no_reply(void)
{
    feed("\n# comment\n\r\n#\n", 15);
    g_assert_cmpstr(sent->str, ==, "");
    feed("endianness\r\nendianness\n\nfoo\n", 28);
    g_assert_cmpstr(sent->str, ==,
                    "OK little\nOK little\nFAIL Unknown command 'foo'\n");
}

/* The same bytes, cut differently: the same replies. */
static void test_pieces(void)
{
    static const char text[] = "endianness\n\n# x\nread 0 1\nfoo bar\r\n"
                               "write 0x1000 3 0x010203\nread 0x1000 3\n";
    g_autofree char *want = NULL;

    memset(host, 0, 1);
    feed(text, strlen(text));
    want = g_strdup(sent->str);
    g_assert_cmpuint(strlen(want), >, 40);
    for (size_t step = 1; step < strlen(text); step++) {
        g_autoptr(GString) all = g_string_new(NULL);

        for (size_t at = 0; at < strlen(text); at += step) {
            feed(text + at, MIN(step, strlen(text) - at));
            g_string_append(all, sent->str);
        }
        g_assert_cmpstr(all->str, ==, want);
    }
    /* A new connection does not inherit half a line. */
    feed("endian", 6);
    qtest_protocol_reset(&proto);
    expect("ness", "FAIL Unknown command 'ness'");
}

static void test_large(void)
{
    size_t size = 7 * MiB;
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *text = NULL;

    g_string_printf(line, "write 0x1000 %zu 0x", size);
    for (size_t i = 0; i < size; i++) {
        static const char digit[] = "0123456789ABCDEF";
        unsigned byte = i * 31 + i / 4096;

        g_string_append_c(line, digit[byte >> 4 & 15]);
        g_string_append_c(line, digit[byte & 15]);
    }
    g_string_append_c(line, '\n');
    /* As a socket would deliver it. */
    for (size_t at = 0; at < line->len; at += 65536) {
        feed(line->str + at, MIN(65536, line->len - at));
    }
    g_assert_cmpstr(sent->str, ==, "OK\n");
    for (size_t i = 0; i < size; i++) {
        g_assert_cmphex(host[0x1000 + i], ==, (i * 31 + i / 4096) & 0xff);
    }
    feed("read 0x1000 0x700000\n", 21);
    g_assert_cmpuint(sent->len, ==, strlen("OK 0x\n") + 2 * size);
    g_assert_cmpint(g_ascii_strncasecmp(sent->str + strlen("OK 0x"),
                                        line->str + line->len - 1 - 2 * size,
                                        2 * size),
                    ==, 0);
    text = g_base64_encode(host + 0x1000, size);
    feed("b64read 0x1000 0x700000\n", 24);
    g_assert_cmpuint(sent->len, ==, strlen("OK \n") + strlen(text));
    g_assert_cmpint(memcmp(sent->str + 3, text, strlen(text)), ==, 0);
}

static void test_too_long(void)
{
    size_t chunk = 1 * MiB;
    g_autofree char *x = g_strnfill(chunk, 'x');
    unsigned errors = 0;

    for (unsigned i = 0; i < 3 * (QTEST_MAX_LINE / MiB); i++) {
        feed(x, chunk);
        if (sent->len) {
            g_assert_cmpstr(sent->str, ==,
                            "ERR line longer than 67108864 bytes\n");
            errors++;
        }
        g_assert_cmpuint(proto.in->len, <=, QTEST_MAX_LINE + chunk);
    }
    g_assert_cmpuint(errors, ==, 1);
    /* The end of the long line, and a good one behind it. */
    feed("xxx\nendianness\n", 15);
    g_assert_cmpstr(sent->str, ==, "OK little\n");
}

/* Any bytes at all: it goes on, and each line gets one reply at most. */
static void test_random(void)
{
    static const char *const words[] = {
        "read",
        "write",
        "b64read",
        "b64write",
        "memset",
        "inb",
        "outl",
        "readq",
        "0",
        "1",
        "-1",
        "0x1000",
        "0x",
        "zz",
        "AQID",
        " ",
        "\n",
        "\r\n",
        "#",
        "0x12",
        "set_irq_in",
        "module_load",
        "irq_intercept_in",
        "irq_intercept_out",
        "/machine",
        "0x1ffffff",
        "0xfffffffffffffff0",
        "0xf0000000",
        "100000",
    };

    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) s = g_string_new(NULL);
        unsigned lines = 0, replies = 0;

        for (int n = g_test_rand_int_range(1, 12); n > 0; n--) {
            if (g_test_rand_int_range(0, 10) == 0) {
                g_string_append_c(s, g_test_rand_int_range(0, 256));
            } else {
                g_string_append(
                    s, words[g_test_rand_int_range(0, ARRAY_SIZE(words))]);
                g_string_append_c(s, ' ');
            }
        }
        g_string_append_c(s, '\n');
        for (size_t i = 0; i < s->len; i++) {
            lines += s->str[i] == '\n';
        }
        feed(s->str, s->len);
        for (size_t i = 0; i < sent->len; i++) {
            replies += sent->str[i] == '\n';
        }
        g_assert_cmpuint(replies, <=, lines);
        g_assert_cmpuint(proto.in->len, ==, 0);
    }
    expect("endianness", "OK little");
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    sent = g_string_new(NULL);
    accesses = g_string_new(NULL);
    module_call_init();
    memory_init();
    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_init_io(&regs, NULL, &regs_ops, NULL, "regs", 0x1000);
    memory_region_init_io(&ports, NULL, &regs_ops, NULL, "ports", 0x10);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_add_subregion(get_system_memory(), 0xf0000000, &regs);
    memory_region_add_subregion(get_system_io(), 0x100, &ports);
    host = memory_region_get_ram_ptr(&ram);
    proto.send = on_send;
    qtest_protocol_init(&proto);

    g_test_add_func("/qtest/ports", test_ports);
    g_test_add_func("/qtest/memory", test_memory);
    g_test_add_func("/qtest/hex", test_hex);
    g_test_add_func("/qtest/memset", test_memset);
    g_test_add_func("/qtest/base64", test_base64);
    g_test_add_func("/qtest/malformed", test_malformed);
    g_test_add_func("/qtest/system", test_system);
    g_test_add_func("/qtest/no-reply", test_no_reply);
    g_test_add_func("/qtest/pieces", test_pieces);
    g_test_add_func("/qtest/large", test_large);
    g_test_add_func("/qtest/too-long", test_too_long);
    g_test_add_func("/qtest/random", test_random);
    ret = g_test_run();

    qtest_protocol_cleanup(&proto);
    memory_region_destroy(&ram);
    memory_region_destroy(&regs);
    memory_region_destroy(&ports);
    g_string_free(sent, true);
    g_string_free(accesses, true);
    return ret;
}
