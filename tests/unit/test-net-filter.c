/*
 * Filters: where they stand, which packets they see in which order, and
 * filter-dump's file, read back here and, if it is there, by tshark.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-test-clients.h"
#include "net/filter.h"
#include "util/bswap.h"

static TestBackend *b;
static TestNIC *t;
static uint8_t frame[2000];
static char *dir;

/* ------------------------------------------------- a filter that tells */

static GString *seen;  /* ids of the filters a packet passed */
static char *take_at;  /* the one that takes packets over */

#define TYPE_FILTER_TEST "filter-test"

static ssize_t filter_test_receive(NetFilterState *nf, NetClientState *sender,
                                   unsigned flags, const struct iovec *iov,
                                   int iovcnt, NetPacketSent *sent_cb)
{
    g_autofree char *id = object_get_canonical_path_component(OBJECT(nf));

    g_string_append(seen, id);
    return g_strcmp0(id, take_at) == 0 ? 1 : 0;
}

static void filter_test_class_init(ObjectClass *klass, const void *data)
{
    NETFILTER_CLASS(klass)->receive_iov = filter_test_receive;
}

static const TypeInfo filter_test_type = {
    .name = TYPE_FILTER_TEST,
    .parent = TYPE_NETFILTER,
    .instance_size = sizeof(NetFilterState),
    .class_init = filter_test_class_init,
};

/* members: "\"netdev\":\"b0\",..." */
static Object *add(const char *type, const char *id, const char *members,
                   Error **errp)
{
    g_autofree char *text = g_strdup_printf(
        "{\"qom-type\":\"%s\",\"id\":\"%s\"%s%s}", type, id,
        members[0] ? "," : "", members);
    json_t *props = json_loads(text, 0, NULL);
    Object *obj = user_creatable_add(props, false, errp);

    json_decref(props);
    return obj;
}

static void setup(void)
{
    b = test_backend_new("b0");
    t = test_nic_new("nic0", "b0");
    test_fill_frame(frame, sizeof(frame), 0x5a);
    net_vm_state_change(true);
    g_string_truncate(seen, 0);
    g_clear_pointer(&take_at, g_free);
}

static void teardown(void)
{
    test_nic_free(t);
    if (qemu_find_netdev("b0")) {
        netdev_del("b0", &error_abort);
    }
    net_vm_state_change(false);
}

static void expect_seen(const char *ids)
{
    g_assert_cmpstr(seen->str, ==, ids);
    g_string_truncate(seen, 0);
}

/* From the netdev: head to tail; to it: tail to head. */
static void test_order(void)
{
    setup();
    add(TYPE_FILTER_TEST, "A", "\"netdev\":\"b0\"", &error_abort);
    add(TYPE_FILTER_TEST, "B", "\"netdev\":\"b0\"", &error_abort);
    add(TYPE_FILTER_TEST, "C", "\"netdev\":\"b0\",\"position\":\"head\"",
        &error_abort);
    add(TYPE_FILTER_TEST, "D", "\"netdev\":\"b0\",\"position\":\"id=A\"",
        &error_abort);
    add(TYPE_FILTER_TEST, "E",
        "\"netdev\":\"b0\",\"position\":\"id=A\",\"insert\":\"before\"",
        &error_abort);
    qemu_send_packet(&b->nc, frame, 100);
    expect_seen("CEADB");
    g_assert_cmpuint(t->received, ==, 1);
    test_nic_send(t, frame, 100);
    expect_seen("BDAEC");
    g_assert_cmpuint(b->received, ==, 1);
    user_creatable_del("A", &error_abort);
    qemu_send_packet(&b->nc, frame, 100);
    expect_seen("CEDB");
    teardown();
    /* They went with their netdev. */
    g_assert_null(object_resolve_path_component(object_get_objects_root(),
                                                "B"));
}

static void test_directions(void)
{
    Object *r;

    setup();
    add(TYPE_FILTER_TEST, "T", "\"netdev\":\"b0\",\"queue\":\"tx\"",
        &error_abort);
    r = add(TYPE_FILTER_TEST, "R", "\"netdev\":\"b0\",\"queue\":\"rx\"",
            &error_abort);
    add(TYPE_FILTER_TEST, "O", "\"netdev\":\"b0\",\"status\":\"off\"",
        &error_abort);
    qemu_send_packet(&b->nc, frame, 100);
    expect_seen("T");
    test_nic_send(t, frame, 100);
    expect_seen("R");
    object_property_set_str(r, "status", "off", &error_abort);
    test_nic_send(t, frame, 100);
    expect_seen("");
    object_property_set_str(r, "status", "on", &error_abort);
    object_property_set_str(r, "queue", "all", &error_abort);
    qemu_send_packet(&b->nc, frame, 100);
    expect_seen("TR");
    teardown();
}

/* A packet that is taken over ends there. */
static void test_take_over(void)
{
    setup();
    add(TYPE_FILTER_TEST, "A", "\"netdev\":\"b0\"", &error_abort);
    add(TYPE_FILTER_TEST, "B", "\"netdev\":\"b0\"", &error_abort);
    take_at = g_strdup("B");
    g_assert_cmpint(test_nic_send(t, frame, 100), !=, 0);
    expect_seen("B");
    g_assert_cmpuint(b->received, ==, 0);
    take_at[0] = 'A';
    qemu_send_packet(&b->nc, frame, 100);
    expect_seen("A");
    g_assert_cmpuint(t->received, ==, 0);
    teardown();
}

static void expect_error(const char *type, const char *members,
                         const char *text)
{
    Error *err = NULL;

    g_assert_null(add(type, "f", members, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, text);
    error_free(err);
    g_assert_null(object_resolve_path_component(object_get_objects_root(),
                                                "f"));
}

static void test_errors(void)
{
    TestBackend *q[2];
    Error *err = NULL;
    Object *obj;

    setup();
    expect_error(TYPE_FILTER_TEST, "", "Parameter 'netdev' is missing");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"zz\"",
                 "Parameter 'netdev' expects a network backend id");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"nic0\"",
                 "Parameter 'netdev' expects a network backend id");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"b0\",\"status\":\"foo\"",
                 "Invalid value for netfilter status, should be 'on' or 'off'");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"b0\",\"position\":\"foo\"",
                 "Parameter 'position' expects 'head', 'tail' or 'id=<id>'");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"b0\",\"position\":\"id=zz\"",
                 "filter 'zz' not found");
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"b0\",\"position\":\"id=f\"",
                 "filter 'f' not found");
    q[0] = test_backend_new("mq");
    q[1] = test_backend_new("mq");
    q[1]->nc.queue_index = 1;
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"mq\"",
                 "multiqueue is not supported");
    netdev_del("mq", &error_abort);
    test_backend_new("b1");
    obj = add(TYPE_FILTER_TEST, "X", "\"netdev\":\"b1\"", &error_abort);
    expect_error(TYPE_FILTER_TEST, "\"netdev\":\"b0\",\"position\":\"id=X\"",
                 "filter 'X' belongs to a different netdev");
    g_assert_false(object_property_set_str(obj, "netdev", "b0", &err));
    error_free(err);
    netdev_del("b1", &error_abort);
    expect_error("filter-dump", "\"netdev\":\"b0\"",
                 "Parameter 'file' is missing");
    expect_error("filter-dump",
                 "\"netdev\":\"b0\",\"file\":\"/nonexistent/x.pcap\"",
                 "Could not open '/nonexistent/x.pcap': No such file or "
                 "directory");
    teardown();
}

/* -------------------------------------------------------------- the dump */

static Object *add_dump(const char *path, const char *more)
{
    g_autofree char *members = g_strdup_printf(
        "\"netdev\":\"b0\",\"file\":\"%s\"%s", path, more);

    return add("filter-dump", "d", members, &error_abort);
}

/* The next record: its time, lengths and bytes. Advances *p. */
static void check_record(uint8_t **p, const uint8_t *end, size_t caplen,
                         size_t len, const uint8_t *data)
{
    g_assert_cmpuint(end - *p, >=, 16 + caplen);
    g_assert_cmpuint(ABS((int64_t)ldl_le_p(*p) -
                         g_get_real_time() / G_USEC_PER_SEC), <, 60);
    g_assert_cmpuint(ldl_le_p(*p + 4), <, 1000000);
    g_assert_cmpuint(ldl_le_p(*p + 8), ==, caplen);
    g_assert_cmpuint(ldl_le_p(*p + 12), ==, len);
    g_assert_cmpmem(*p + 16, caplen, data, caplen);
    *p += 16 + caplen;
}

/* What tshark makes of it: one frame number and length per line. */
static void check_tshark(const char *path, const char *want)
{
    g_autofree char *tshark = g_find_program_in_path("tshark");
    g_autofree char *cmd = NULL;
    g_autofree char *out = NULL;
    int status;

    if (!tshark) {
        g_test_message("tshark is not installed: not asked");
        return;
    }
    cmd = g_strdup_printf("%s -r %s -T fields -e frame.cap_len -e frame.len "
                          "-e eth.src -e frame.encap_type", tshark, path);
    g_assert_true(g_spawn_command_line_sync(cmd, &out, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpstr(out, ==, want);
}

static void test_dump(void)
{
    g_autofree char *path = g_build_filename(dir, "x.pcap", NULL);
    g_autofree char *data = NULL;
    struct iovec iov[100];
    uint8_t *p, *end;
    gsize size;

    setup();
    add_dump(path, ",\"maxlen\":1000");
    qemu_send_packet(&b->nc, frame, 60);
    /* A vnet header is not part of the frame; many pieces are one packet. */
    qemu_set_vnet_hdr_len(t->nc, 12);
    memset(frame, 0, 12);
    test_fill_frame(frame + 12, 1500, 0x77);
    for (int i = 0; i < 100; i++) {
        iov[i].iov_base = frame + i * 15;
        iov[i].iov_len = i < 99 ? 15 : 12 + 1500 - 99 * 15;
    }
    qemu_sendv_packet_async(t->nc, iov, 100, NULL);
    qemu_sendv_packet_async(t->nc, iov, 50, NULL);
    /* An announcement has none. */
    qemu_send_packet_raw(t->nc, frame + 12, 60);
    user_creatable_del("d", &error_abort);
    qemu_send_packet(t->nc, frame, 60);

    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    p = (uint8_t *)data;
    end = p + size;
    g_assert_cmpmem(p, 24, "\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0"
                    "\xe8\x03\0\0\x01\0\0\0", 24);
    p += 24;
    test_fill_frame(frame, 60, 0x5a);
    check_record(&p, end, 60, 60, frame);
    test_fill_frame(frame, 1500, 0x77);
    check_record(&p, end, 1000, 1500, frame);
    check_record(&p, end, 738, 738, frame);
    check_record(&p, end, 60, 60, frame);
    g_assert_true(p == end);
    check_tshark(path, "60\t60\t02:00:00:00:00:01\t1\n"
                       "1000\t1500\t02:00:00:00:00:01\t1\n"
                       "738\t738\t02:00:00:00:00:01\t1\n"
                       "60\t60\t02:00:00:00:00:01\t1\n");
    unlink(path);
    teardown();
}

/* A file that is full ends the dump, not the traffic. */
static void test_dump_full(void)
{
    Object *obj;

    setup();
    if (access("/dev/full", W_OK) < 0) {
        g_test_skip("needs /dev/full");
        teardown();
        return;
    }
    /* The file header is written at once, and that fails. */
    expect_error("filter-dump", "\"netdev\":\"b0\",\"file\":\"/dev/full\"",
                 "Could not write to '/dev/full': No space left on device");
    obj = add_dump("/dev/null", "");
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    g_assert_cmpuint(b->received, ==, 1);
    g_assert_false(object_property_set_uint(obj, "maxlen", 0, NULL));
    g_assert_true(object_property_set_uint(obj, "maxlen", 9, &error_abort));
    g_assert_false(object_property_set_str(obj, "file", "/dev/zero", NULL));
    teardown();
}

/* info network lists them behind their netdev. */
static void test_info(void)
{
    g_autofree char *text = NULL;

    setup();
    add_dump("/dev/null", "");
    text = net_info_network();
    g_assert_nonnull(strstr(text, "filters:\n  - d: type=filter-dump,"));
    g_assert_nonnull(strstr(text, "netdev=b0"));
    g_assert_nonnull(strstr(text, "file=/dev/null"));
    g_assert_nonnull(strstr(text, "maxlen=65536"));
    teardown();
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    type_register_static(&filter_test_type);
    seen = g_string_new(NULL);
    dir = g_dir_make_tmp("filterXXXXXX", NULL);
    g_test_add_func("/net/filter/order", test_order);
    g_test_add_func("/net/filter/directions", test_directions);
    g_test_add_func("/net/filter/take-over", test_take_over);
    g_test_add_func("/net/filter/errors", test_errors);
    g_test_add_func("/net/filter/dump", test_dump);
    g_test_add_func("/net/filter/dump-full", test_dump_full);
    g_test_add_func("/net/filter/info", test_info);
    ret = g_test_run();
    rmdir(dir);
    g_free(dir);
    g_string_free(seen, TRUE);
    return ret;
}
