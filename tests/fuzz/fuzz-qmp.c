/*
 * Fuzz target: the bytes of a QMP client, through the parser and the generated
 * dispatch. Only commands that look are carried out; others (netdev_add,
 * object-add ...) would let an input open files and start programs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "memory/memory.h"
#include "monitor/json-stream.h"
#include "monitor/monitor-internal.h"
#include "qom/object.h"
#include "tests/fuzz/fuzz.h"
#include "util/aio.h"

const char *const fuzz_seeds[] = {
    "{\"execute\":\"query-version\"}\n",
    "{\"execute\":\"query-rx-filter\",\"arguments\":{\"name\":\"n0\"}}",
    "{\"execute\":\"qom-list\",\"arguments\":{\"path\":\"/machine\"},"
    "\"id\":[1,{\"a\":null}]}",
    "{'execute':'qom-list-types','arguments':{'implements':'device',"
    "'abstract':false}}",
    "{\"execute\":\"qom-list-properties\",\"arguments\":{\"typename\":"
    "\"virtio-net-pci\"}}",
    "{\"execute\":\"device-list-properties\",\"arguments\":{\"typename\":"
    "\"pcie-root-port\"}}",
    "{\"execute\":\"query-stats\",\"arguments\":{\"target\":\"vm\"}}",
    "[1.5e3,-0,\"\\ud83d\\ude00\\n\",true,false,null]",
    "{\"a\":{\"b\":[[[[[]]]]]},\"c\":1e999}",
    NULL,
};

static MonitorQMP *mon;

static bool only_looks(const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "execute"));

    return name && (g_str_has_prefix(name, "query-") ||
                    g_str_has_prefix(name, "qom-list") ||
                    g_str_has_prefix(name, "device-list-"));
}

/* What was parsed can be written and is the same when read again. */
static void check_round_trip(const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    json_t *again;

    g_assert_nonnull(text);
    again = json_loads(text, JSON_DECODE_ANY, NULL);
    g_assert_nonnull(again);
    json_decref(again);
    free(text);
}

static void emit(void *opaque, json_t *value, Error *err)
{
    g_assert_true((value != NULL) != (err != NULL));
    error_free(err);
    if (value) {
        check_round_trip(value);
        if (!json_is_object(value) || only_looks(value)) {
            json_decref(qmp_dispatch(mon, value));
        }
        json_decref(value);
    }
}

static void discard(const char *text, void *opaque)
{
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    qemu_init_main_loop(&error_abort);
    module_call_init();
    memory_init();
    machine_new(machine_find_class("none"));
    error_set_print_hook(discard, NULL);
    mon = MONITOR_QMP(object_new(TYPE_MONITOR_QMP));
    mon->negotiated = true;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JsonStream *js = json_stream_new(emit, NULL);
    size_t half = size ? data[0] % size : 0;

    json_stream_feed(js, (const char *)data, half);
    json_stream_feed(js, (const char *)data + half, size - half);
    json_stream_free(js);
    return 0;
}
