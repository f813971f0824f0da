/*
 * Memory backends: their properties, the memory they make, and their errors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>

#include "memory/memory.h"
#include "util/option.h"

static char *dir;

/* "$DIR" in a template. */
static char *expand(const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, "$DIR", -1);

    return g_strjoinv(dir, part);
}

static HostMemoryBackend *make(const char *tmpl, Error **errp)
{
    g_autofree char *arg = expand(tmpl);
    bool help = false, keyval;
    json_t *opts = option_parse(arg, "qom-type", &help, &keyval, &error_abort);
    Object *obj = user_creatable_add(opts, keyval, errp);

    json_decref(opts);
    return obj ? MEMORY_BACKEND(obj) : NULL;
}

static HostMemoryBackend *make_ok(const char *tmpl)
{
    HostMemoryBackend *backend = make(tmpl, &error_abort);

    g_assert_nonnull(host_memory_backend_get_memory(backend));
    return backend;
}

static void drop(void)
{
    g_assert_true(user_creatable_del("m", &error_abort));
}

static RAMBlock *block(HostMemoryBackend *backend)
{
    return host_memory_backend_get_memory(backend)->ram;
}

static void test_ram(void)
{
    HostMemoryBackend *b = make_ok("memory-backend-ram,id=m,size=3M");

    g_assert_cmpuint(host_memory_backend_get_size(b), ==, 3 * MiB);
    g_assert_cmpuint(host_memory_backend_get_memory(b)->size, ==, 3 * MiB);
    g_assert_cmpint(block(b)->fd, ==, -1);
    g_assert_false(block(b)->shared);
    g_assert_cmpstr(block(b)->idstr, ==, "m");
    memset(block(b)->host, 1, 3 * MiB);
    host_memory_backend_set_mapped(b, true);
    g_assert_true(host_memory_backend_is_mapped(b));
    {
        Error *err = NULL;

        g_assert_false(user_creatable_del("m", &err));
        g_assert_cmpstr(error_get_pretty(err), ==,
                        "object 'm' is in use, can not be deleted");
        error_free(err);
    }
    host_memory_backend_set_mapped(b, false);
    drop();

    b = make_ok("memory-backend-ram,id=m,size=1,share=on,"
                "x-use-canonical-path-for-ramblock-id=on");
    g_assert_cmpint(block(b)->fd, >=, 0);
    g_assert_cmpstr(block(b)->idstr, ==, "/objects/m");
    drop();
    b = make_ok("memory-backend-ram,id=m,size=4097,reserve=off,dump=off,"
                "merge=off");
    block(b)->host[4096] = 1;
    drop();
}

static bool all_resident(RAMBlock *ram)
{
    size_t pages = ram->size / getpagesize();
    g_autofree unsigned char *vec = g_malloc(pages);

    g_assert_cmpint(mincore(ram->host, ram->size, vec), ==, 0);
    for (size_t i = 0; i < pages; i++) {
        if (!(vec[i] & 1)) {
            return false;
        }
    }
    return true;
}

static void test_prealloc(void)
{
    HostMemoryBackend *b;

    b = make_ok("memory-backend-memfd,id=m,size=1M");
    g_assert_false(all_resident(block(b)));
    g_assert_true(
        object_property_set_bool(OBJECT(b), "prealloc", true, &error_abort));
    g_assert_true(all_resident(block(b)));
    drop();
    b = make_ok("memory-backend-memfd,id=m,size=1M,prealloc=on,"
                "prealloc-threads=7");
    g_assert_true(all_resident(block(b)));
    drop();
    /* More threads than pages. */
    b = make_ok("memory-backend-ram,id=m,size=12k,prealloc=on,"
                "prealloc-threads=4000000");
    drop();
}

static void test_memfd(void)
{
    HostMemoryBackend *b = make_ok("memory-backend-memfd,id=m,size=5000");
    uint8_t *other;

    g_assert_true(block(b)->shared);
    block(b)->host[4999] = 9;
    other = mmap(NULL, 8192, PROT_READ, MAP_SHARED, block(b)->fd, 0);
    g_assert_true(other != MAP_FAILED);
    g_assert_cmpint(other[4999], ==, 9);
    munmap(other, 8192);
    /* Sealed: nobody can take pages away. */
    g_assert_cmpint(ftruncate(block(b)->fd, 0), ==, -1);
    g_assert_cmpint(ftruncate(block(b)->fd, 1 << 20), ==, -1);
    drop();
    b = make_ok("memory-backend-memfd,id=m,size=8k,seal=off");
    g_assert_cmpint(ftruncate(block(b)->fd, 1 << 20), ==, 0);
    drop();
}

static void test_file(void)
{
    g_autofree char *path = expand("$DIR/f");
    HostMemoryBackend *b;
    char *text;
    gsize len;

    b = make_ok("memory-backend-file,id=m,size=16k,mem-path=$DIR/f,share=on");
    memset(block(b)->host, 'x', 16384);
    memcpy(block(b)->host + 8192, "hello", 6);
    drop();
    g_assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_assert_cmpuint(len, ==, 16384);
    g_assert_cmpstr(text + 8192, ==, "hello");
    g_free(text);

    /* Private: the file stays. */
    b = make_ok("memory-backend-file,id=m,size=4k,mem-path=$DIR/f,"
                "offset=8k,align=2M");
    g_assert_cmpstr((char *)block(b)->host, ==, "hello");
    g_assert_cmpuint((uintptr_t)block(b)->host % (2 * MiB), ==, 0);
    memcpy(block(b)->host, "other", 6);
    drop();
    b = make_ok("memory-backend-file,id=m,size=4k,mem-path=$DIR/f,offset=8k,"
                "readonly=on");
    g_assert_cmpstr((char *)block(b)->host, ==, "hello");
    g_assert_true(host_memory_backend_get_memory(b)->readonly);
    drop();
    b = make_ok("memory-backend-file,id=m,size=4k,mem-path=$DIR/f,offset=8k,"
                "readonly=on,rom=off");
    g_assert_false(host_memory_backend_get_memory(b)->readonly);
    block(b)->host[0] = 'j';
    drop();

    /* Contents thrown away at the end. */
    b = make_ok("memory-backend-file,id=m,size=16k,mem-path=$DIR/f,share=on,"
                "discard-data=on");
    drop();
    g_assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_assert_cmpuint(len, ==, 16384);
    g_assert_cmpint(text[8192], ==, 0);
    g_free(text);
    g_unlink(path);

    /* A directory: nothing is left there. */
    b = make_ok("memory-backend-file,id=m,size=16k,mem-path=$DIR,share=on");
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    drop();
    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
}

/* ---------------------------------------------------------------- errors */

#define RAM   "memory-backend-ram,id=m"
#define FILE_ "memory-backend-file,id=m"
#define MEMFD "memory-backend-memfd,id=m"

static const struct {
    const char *arg;
    const char *message;
} bad_options[] = {
    {RAM, "Parameter 'size' is missing"},
    {RAM ",size=0",
     "property 'size' of memory-backend-ram doesn't take value '0'"},
    {RAM ",size=1E", "cannot set up guest memory 'm': Cannot allocate memory"},
    {RAM ",size=4k,policy=bind", "host-nodes must be set for policy bind"},
    {RAM ",size=4k,host-nodes=0",
     "host-nodes must be empty for policy default, or you should explicitly "
     "specify a policy other than default"},
    {RAM ",size=4k,policy=foo",
     "Parameter 'policy' does not accept value 'foo'"},
    {RAM ",size=4k,policy=preferred,host-nodes=500",
     "Invalid host-nodes value: 500"},
    {RAM ",size=4k,policy=bind,host-nodes=0-128",
     "Invalid host-nodes value: 128"},
    {RAM ",size=4k,policy=bind,host-nodes=x",
     "Parameter 'host-nodes' expects a uint64 value or range"},
    {RAM ",size=4k,policy=bind,host-nodes=0,host-nodes=1-",
     "Parameter 'host-nodes' expects a uint64 value or range"},
    {"{\"qom-type\":\"memory-backend-ram\",\"id\":\"m\",\"size\":4096,"
     "\"host-nodes\":0}",
     "Invalid parameter type for 'host-nodes', expected: array"},
    {"{\"qom-type\":\"memory-backend-ram\",\"id\":\"m\",\"size\":4096,"
     "\"host-nodes\":[\"0\"]}",
     "Invalid parameter type for 'host-nodes', expected: integer"},
    {RAM ",size=4k,prealloc-threads=0",
     "property 'prealloc-threads' of memory-backend-ram doesn't take value "
     "'0'"},
    {RAM ",size=4k,prealloc-context=x", "Device 'x' not found"},
    {RAM ",size=4k,reserve=off,prealloc=on",
     "'prealloc=on' and 'reserve=off' are incompatible"},
    {RAM ",size=4k,prealloc=on,reserve=off",
     "'prealloc=on' and 'reserve=off' are incompatible"},
    {RAM ",size=4k,dump=maybe", "Parameter 'dump' expects 'on' or 'off'"},
    {RAM ",size=4k,mem-path=x", "Invalid parameter 'mem-path'"},
    {FILE_ ",size=4k", "Parameter 'mem-path' is missing"},
    {FILE_ ",mem-path=$DIR/x", "Parameter 'size' is missing"},
    {FILE_ ",size=4k,mem-path=/nonexist/a",
     "can't open backing store /nonexist/a for guest RAM: "
     "No such file or directory"},
    {FILE_ ",size=8k,mem-path=$DIR/x,readonly=on",
     "can't open backing store $DIR/x for guest RAM: "
     "No such file or directory"},
    {FILE_ ",size=8k,mem-path=$DIR/x,align=3",
     "alignment 0x3 must be multiples of page size 0x1000"},
    {FILE_ ",size=8k,mem-path=$DIR/x,align=12k",
     "alignment 0x3000 must be a power of two"},
    {FILE_ ",size=8193,mem-path=$DIR/x",
     "backend 'memory-backend-file' memory size must be multiple of 4 KiB"},
    {FILE_ ",size=8k,mem-path=$DIR/four,share=on",
     "m backing store size 0x1000 is too small for 'size' option 0x2000 plus "
     "'offset' option 0x0"},
    {FILE_ ",size=4k,mem-path=$DIR/four,offset=1",
     "m backing store size 0x1000 is too small for 'size' option 0x1000 plus "
     "'offset' option 0x1"},
    {FILE_ ",size=4k,mem-path=$DIR/x,offset=8E",
     "cannot resize backing store $DIR/x for guest RAM: File too large"},
    {FILE_ ",size=8k,mem-path=$DIR/x,pmem=on",
     "Lack of libpmem support while setting the 'pmem=on' of "
     "memory-backend-file. We can't ensure data persistence."},
    {FILE_ ",size=8k,mem-path=$DIR/x,rom=on",
     "property 'rom' = 'on' is not supported with 'readonly' = 'off'"},
    {FILE_ ",size=4k,mem-path=$DIR/four,readonly=on,rom=off,share=on",
     "property 'rom' = 'off' is incompatible with 'readonly' = 'on' and "
     "'share' = 'on'"},
    {FILE_ ",size=4k,mem-path=/dev/null",
     "unable to map backing store for guest RAM: No such device"},
    {MEMFD, "Parameter 'size' is missing"},
    {MEMFD ",size=2M,hugetlb=on,hugetlbsize=3",
     "Property 'memory-backend-memfd.hugetlbsize' doesn't take value '3'"},
    {MEMFD ",size=2M,hugetlbsize=0",
     "Property 'memory-backend-memfd.hugetlbsize' doesn't take value '0'"},
};

static void test_errors(void)
{
    g_autofree char *four = expand("$DIR/four");
    g_autofree char *made = expand("$DIR/x");
    g_autofree char *zeros = g_malloc0(4096);

    g_assert_true(g_file_set_contents(four, zeros, 4096, NULL));
    for (unsigned i = 0; i < ARRAY_SIZE(bad_options); i++) {
        g_autofree char *expected = expand(bad_options[i].message);
        Error *err = NULL;

        g_test_message("%s", bad_options[i].arg);
        g_assert_null(make(bad_options[i].arg, &err));
        g_assert_cmpstr(error_get_pretty(err), ==, expected);
        error_free(err);
        /* What failed leaves neither an object nor a file. */
        g_assert_false(user_creatable_del("m", NULL));
        g_assert_false(g_file_test(made, G_FILE_TEST_EXISTS));
    }
    g_unlink(four);
}

static void expect_late(HostMemoryBackend *b, const char *name,
                        const char *value)
{
    g_autofree char *message =
        g_strdup_printf("cannot change property '%s' of %s", name,
                        object_get_typename(OBJECT(b)));
    Error *err = NULL;

    g_assert_false(object_property_parse(OBJECT(b), name, value, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static void test_late_changes(void)
{
    HostMemoryBackend *b = make_ok("memory-backend-file,id=m,size=8k,"
                                   "mem-path=$DIR");

    expect_late(b, "size", "4k");
    expect_late(b, "share", "on");
    expect_late(b, "reserve", "off");
    expect_late(b, "policy", "bind");
    expect_late(b, "host-nodes", "0");
    expect_late(b, "x-use-canonical-path-for-ramblock-id", "on");
    expect_late(b, "mem-path", "/tmp/x");
    expect_late(b, "align", "4k");
    expect_late(b, "offset", "4k");
    expect_late(b, "pmem", "on");
    expect_late(b, "readonly", "on");
    expect_late(b, "rom", "on");
    g_assert_true(
        object_property_set_bool(OBJECT(b), "merge", false, &error_abort));
    g_assert_true(
        object_property_set_bool(OBJECT(b), "dump", false, &error_abort));
    g_assert_true(
        object_property_set_bool(OBJECT(b), "prealloc", true, &error_abort));
    drop();
    b = make_ok("memory-backend-memfd,id=m,size=8k");
    expect_late(b, "hugetlb", "on");
    expect_late(b, "hugetlbsize", "2M");
    expect_late(b, "seal", "off");
    drop();
}

static void test_defaults(void)
{
    static const struct {
        const char *type, *name, *value;
    } defaults[] = {
        {"ram", "share", "false"},
        {"ram", "size", "8192"},
        {"ram", "dump", "true"},
        {"ram", "merge", "true"},
        {"ram", "prealloc", "false"},
        {"ram", "prealloc-threads", "1"},
        {"ram", "prealloc-context", "\"\""},
        {"ram", "reserve", "true"},
        {"ram", "policy", "\"default\""},
        {"ram", "host-nodes", "[]"},
        {"ram", "x-use-canonical-path-for-ramblock-id", "false"},
        {"memfd", "share", "true"},
        {"memfd", "hugetlb", "false"},
        {"memfd", "hugetlbsize", "0"},
        {"memfd", "seal", "true"},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(defaults); i++) {
        g_autofree char *arg =
            g_strdup_printf("memory-backend-%s,id=m,size=8k", defaults[i].type);
        json_t *value = object_property_get_json(
            OBJECT(make_ok(arg)), defaults[i].name, &error_abort);
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        g_assert_cmpstr(text, ==, defaults[i].value);
        free(text);
        json_decref(value);
        drop();
    }
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    dir = g_dir_make_tmp("test-hostmem-XXXXXX", NULL);
    g_test_add_func("/hostmem/ram", test_ram);
    g_test_add_func("/hostmem/prealloc", test_prealloc);
    g_test_add_func("/hostmem/memfd", test_memfd);
    g_test_add_func("/hostmem/file", test_file);
    g_test_add_func("/hostmem/errors", test_errors);
    g_test_add_func("/hostmem/late-changes", test_late_changes);
    g_test_add_func("/hostmem/defaults", test_defaults);
    ret = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return ret;
}
