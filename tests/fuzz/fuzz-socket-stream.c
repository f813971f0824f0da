/*
 * Fuzz target: the framing of -netdev socket on a stream, both ways, against a
 * card that blocks now and then. The input is what the other end sends; its
 * first byte says in which pieces, its second when the card blocks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/net-test-clients.h"
#include "util/aio.h"

const char *const fuzz_seeds[] = {
    /* No zero bytes in a seed: lengths of 0x01010101 and, by mutation, less. */
    "\x10\x03\x01\x01\x01\x20hello, this is a frame of some length ......",
    "\x01\xff\x01\x01\x01\x01\x01\x01\x01\x0e"
    "abcdefabcdef\x08\x06",
    "\x40\x11\x01\x01\x11\x11\xff\xff\xff\xff\x01\x01\x01\x01\x20",
    NULL,
};

static void discard(const char *text, void *opaque)
{
}

static void run_loop(void)
{
    for (unsigned i = 0; i < 4; i++) {
        aio_poll(qemu_get_aio_context(), false);
    }
}

static void exchange(TestNIC *t, int fd, const uint8_t *data, size_t size)
{
    static uint8_t out[200], drain[65536];
    size_t piece = 1 + data[0];
    uint8_t pattern = data[1];
    unsigned round = 0;

    for (size_t done = 2; done < size; round++) {
        /* Mutated seeds have no zeroes of their own: 1 stands for 0. */
        uint8_t buf[256];
        size_t n = MIN(piece, size - done);
        ssize_t ret;

        for (size_t i = 0; i < n; i++) {
            buf[i] = data[done + i] == 1 ? 0 : data[done + i];
        }
        t->blocked = pattern >> (round % 8) & 1;
        ret = send(fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (ret <= 0) {
            break;
        }
        done += ret;
        test_nic_send(t, out, sizeof(out));
        run_loop();
        if (!t->blocked) {
            qemu_flush_queued_packets(t->nc);
        }
        (void)!recv(fd, drain, sizeof(drain), MSG_DONTWAIT);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    qemu_init_main_loop(&error_abort);
    error_set_print_hook(discard, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *arg = NULL;
    bool help = false;
    TestNIC *t;
    int fd[2];

    if (size < 3 || socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0) {
        return 0;
    }
    arg = g_strdup_printf("socket,id=n0,fd=%d", fd[1]);
    net_parse_netdev(arg, &help, &error_abort);
    net_init_clients(&error_abort);
    t = test_nic_new("nic0", "n0");
    exchange(t, fd[0], data, size);
    if (data[0] & 1) {
        close(fd[0]); /* the end seen by the netdev, or by nobody */
        run_loop();
    }
    if (data[0] & 2) {
        test_nic_free(t);
        net_cleanup();
    } else {
        net_cleanup();
        test_nic_free(t);
    }
    if (!(data[0] & 1)) {
        close(fd[0]);
    }
    return 0;
}
