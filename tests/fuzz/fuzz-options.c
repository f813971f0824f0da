/*
 * Fuzz target: option strings, in both forms, up to the typed structures of
 * -netdev, -nic and -net. Nothing is opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/net.h"
#include "tests/fuzz/fuzz.h"
#include "util/aio.h"
#include "util/option.h"

const char *const fuzz_seeds[] = {
    "tap,id=n0,ifname=tap0,script=no,downscript=no,vnet_hdr=on,sndbuf=1.5M",
    "user,id=n0,hostfwd=tcp::22-:22,hostfwd=udp::53-:53,dnssearch=a,"
    "dnssearch=b,ipv6-prefixlen=64",
    "socket,id=n0,listen=:1234,localaddr=1.2.3.4",
    "hubport,id=h0,hubid=0,netdev=n0",
    "type=user,id=n,,0,restrict,noipv6,help,?",
    "{\"type\":\"user\",\"id\":\"n0\",\"hostfwd\":[{\"str\":\"tcp::1-:2\"}]}",
    "{\"type\":\"tap\",\"id\":\"t\",\"queues\":4,\"fds\":\"3:4:5:6\"}",
    "nic,model=virtio,macaddr=52:54:00:12:34:56,netdev=n0,vectors=3",
    "a.b.c=1,a.b.d=2,a.0=x,a.1=y",
    NULL,
};

typedef bool ParseFn(const char *arg, bool *help, Error **errp);

static void discard(const char *text, void *opaque)
{
}

static void parse_values(const char *text)
{
    uint64_t number;
    bool flag;

    parse_option_bool("x", text, &flag, NULL);
    parse_option_number("x", text, &number, NULL);
    parse_option_size("x", text, 'M', &number, NULL);
    (void)id_wellformed(text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    qemu_init_main_loop(&error_abort);
    error_set_print_hook(discard, NULL);
    /* Lists that "help" prints. */
    return freopen("/dev/null", "w", stdout) ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ParseFn *const parse[] = {net_parse_netdev, net_parse_nic,
                                     net_parse_net};
    g_autofree char *text = g_strndup((const char *)data, size);
    bool help, keyval;
    json_t *opts = option_parse(text, "type", &help, &keyval, NULL);

    json_decref(opts);
    parse_values(text);
    for (unsigned i = 0; i < ARRAY_SIZE(parse); i++) {
        help = false;
        parse[i](text, &help, NULL);
    }
    net_cleanup();
    return 0;
}
