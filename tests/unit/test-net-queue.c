/*
 * NetQueue against a receiver that can block, re-enter, and purge in the
 * middle of a delivery.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "util/iov.h"

/* Two senders and one receiver; only their counters and names are used. */
static NetClientState receiver, alice, bob;
static NetClientInfo info;
static NetQueue *queue;

static bool blocked;
static GString *got;                 /* one letter per packet delivered */
static void (*during)(char packet);  /* runs inside deliver() */
static GString *sent;                /* "a3" per callback: sender, result */
static void (*during_sent)(NetClientState *sender);

static ssize_t deliver(NetClientState *sender, unsigned flags,
                       const struct iovec *iov, int iovcnt, void *opaque)
{
    char first;

    g_assert_true(opaque == &receiver);
    g_assert_cmpuint(iov_to_buf(iov, iovcnt, 0, &first, 1), ==, 1);
    if (during) {
        during(first);
    }
    if (blocked) {
        return 0;
    }
    g_string_append_c(got, first);
    return iov_size(iov, iovcnt);
}

static void count_sent(NetClientState *sender, ssize_t ret)
{
    g_string_append_printf(sent, "%s%zd ", sender->name, ret);
    if (during_sent) {
        during_sent(sender);
    }
}

static ssize_t send_letter(NetClientState *from, char c, bool with_cb)
{
    uint8_t data[3] = { c, c, c };

    return qemu_net_queue_send(queue, from, 0, data, sizeof(data),
                               with_cb ? count_sent : NULL);
}

static void setup(void)
{
    memset(&receiver, 0, sizeof(receiver));
    receiver.name = (char *)"receiver";
    receiver.info = alice.info = bob.info = &info;
    alice.name = (char *)"a";
    bob.name = (char *)"b";
    queue = qemu_new_net_queue(deliver, &receiver);
    got = g_string_new(NULL);
    sent = g_string_new(NULL);
    blocked = false;
    during = NULL;
    during_sent = NULL;
    net_vm_state_change(true);
}

static void teardown(void)
{
    qemu_del_net_queue(queue);
    g_string_free(got, TRUE);
    g_string_free(sent, TRUE);
}

/* Not blocked: delivered at once, nothing queued or copied, no callback. */
static void test_direct(void)
{
    setup();
    g_assert_cmpint(send_letter(&alice, 'x', true), ==, 3);
    g_assert_cmpstr(got->str, ==, "x");
    g_assert_cmpstr(sent->str, ==, "");
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 0);
    g_assert_cmpuint(receiver.stats.queued, ==, 0);
    g_assert_cmpuint(receiver.stats.copies, ==, 0);
    teardown();
}

/* Blocked: all wait, in order, also when the block ends without a flush. */
static void test_order(void)
{
    setup();
    blocked = true;
    g_assert_cmpint(send_letter(&alice, '1', true), ==, 0);
    g_assert_cmpint(send_letter(&bob, '2', false), ==, 0);
    blocked = false;
    g_assert_cmpint(send_letter(&alice, '3', true), ==, 0);
    g_assert_cmpstr(got->str, ==, "");
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 3);
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "123");
    g_assert_cmpstr(sent->str, ==, "a3 a3 ");
    g_assert_cmpuint(receiver.stats.queued, ==, 3);
    g_assert_cmpint(send_letter(&alice, '4', true), ==, 3);
    g_assert_cmpstr(got->str, ==, "1234");
    teardown();
}

static unsigned room;

static void block_when_full(char c)
{
    if (room == 0) {
        blocked = true;
    } else {
        room--;
    }
}

/* Blocked again while flushing: the packet in hand goes back to the front. */
static void test_partial_flush(void)
{
    setup();
    blocked = true;
    for (char c = '1'; c <= '5'; c++) {
        send_letter(&alice, c, true);
    }
    blocked = false;
    during = block_when_full;
    room = 2;
    g_assert_false(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "12");
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 3);
    during = NULL;
    blocked = false;
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "12345");
    g_assert_cmpstr(sent->str, ==, "a3 a3 a3 a3 a3 ");
    teardown();
}

/* A full queue drops what has no callback, never what has one. */
static void test_bound_packets(void)
{
    setup();
    blocked = true;
    for (int i = 0; i < 10000; i++) {
        send_letter(&alice, 'x', false);
    }
    g_assert_cmpuint(receiver.stats.dropped[NET_DROP_QUEUE_FULL], ==, 0);
    send_letter(&alice, 'y', false);
    g_assert_cmpuint(receiver.stats.dropped[NET_DROP_QUEUE_FULL], ==, 1);
    send_letter(&bob, 'z', true);
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 10001);
    blocked = false;
    qemu_net_queue_flush(queue);
    g_assert_cmpuint(got->len, ==, 10001);
    g_assert_cmpint(got->str[10000], ==, 'z');
    g_assert_cmpstr(sent->str, ==, "b3 ");
    teardown();
}

/* Large packets fill it sooner. */
static void test_bound_bytes(void)
{
    static uint8_t big[65536];

    setup();
    blocked = true;
    for (int i = 0; i < 2000; i++) {
        qemu_net_queue_send(queue, &alice, 0, big, sizeof(big), NULL);
    }
    g_assert_cmpuint(qemu_net_queue_length(queue), <=, 1025);
    g_assert_cmpuint(receiver.stats.dropped[NET_DROP_QUEUE_FULL] +
                     qemu_net_queue_length(queue), ==, 2000);
    teardown();
}

static void loop_back(char c)
{
    static bool inside;

    g_assert_false(inside);
    inside = true;
    if (c >= '1' && c < '5') {
        g_assert_cmpint(send_letter(&bob, c + 1, true), ==, 0);
    }
    inside = false;
}

/* loopback-recursion: a packet sent from within deliver() waits its turn. */
static void test_reentrance(void)
{
    setup();
    during = loop_back;
    g_assert_cmpint(send_letter(&alice, '1', true), ==, 3);
    g_assert_cmpstr(got->str, ==, "12345");
    g_assert_cmpstr(sent->str, ==, "b3 b3 b3 b3 ");
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 0);
    teardown();
}

static void loop_back_once_and_block(char c)
{
    if (c == '1') {
        send_letter(&bob, '2', false);
        blocked = true;
    }
}

/* The one that was refused keeps its place before one sent meanwhile. */
static void test_reentrance_blocked(void)
{
    setup();
    during = loop_back_once_and_block;
    g_assert_cmpint(send_letter(&alice, '1', true), ==, 0);
    during = NULL;
    blocked = false;
    qemu_net_queue_flush(queue);
    g_assert_cmpstr(got->str, ==, "12");
    teardown();
}

static void flush_inside(char c)
{
    g_assert_cmpint(qemu_net_queue_flush(queue), ==, c == '3');
}

/* A flush from within deliver() leaves the work to the loop outside. */
static void test_flush_inside(void)
{
    setup();
    blocked = true;
    for (char c = '1'; c <= '3'; c++) {
        send_letter(&alice, c, true);
    }
    blocked = false;
    during = flush_inside;
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "123");
    teardown();
}

static int more;

static void send_more(NetClientState *sender)
{
    if (more > 0) {
        more--;
        send_letter(sender, 'm', true);
        qemu_net_queue_flush(queue);
    }
}

/* A sender that goes on sending from its callback neither recurses nor
 * overtakes. */
static void test_send_from_callback(void)
{
    setup();
    blocked = true;
    send_letter(&alice, '1', true);
    send_letter(&bob, '2', true);
    blocked = false;
    more = 1;
    during_sent = send_more;
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "12m");
    g_assert_cmpstr(sent->str, ==, "a3 b3 a3 ");
    teardown();
}

/* A purge takes one sender's packets, and tells each with 0. */
static void test_purge(void)
{
    setup();
    blocked = true;
    send_letter(&alice, '1', true);
    send_letter(&bob, '2', true);
    send_letter(&alice, '3', false);
    send_letter(&bob, '4', true);
    qemu_net_queue_purge(queue, &alice);
    g_assert_cmpstr(sent->str, ==, "a0 ");
    g_assert_cmpuint(receiver.stats.dropped[NET_DROP_PURGED], ==, 2);
    blocked = false;
    qemu_net_queue_flush(queue);
    g_assert_cmpstr(got->str, ==, "24");
    g_assert_cmpstr(sent->str, ==, "a0 b3 b3 ");
    teardown();
}

/* As does the end of the queue. */
static void test_delete(void)
{
    setup();
    blocked = true;
    send_letter(&alice, '1', true);
    send_letter(&bob, '2', true);
    qemu_del_net_queue(queue);
    g_assert_cmpstr(sent->str, ==, "a0 b0 ");
    queue = qemu_new_net_queue(deliver, &receiver);
    teardown();
}

static void purge_inside(char c)
{
    during = NULL;
    qemu_net_queue_purge(queue, &alice);
    blocked = true;
}

/* Purged while it was being delivered: told once, not queued again. */
static void test_purge_in_hand(void)
{
    setup();
    blocked = true;
    send_letter(&alice, '1', true);
    send_letter(&bob, '2', true);
    blocked = false;
    during = purge_inside;
    g_assert_false(qemu_net_queue_flush(queue));
    g_assert_cmpstr(sent->str, ==, "a0 ");
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 1);
    teardown();

    /* The same with a packet that was never queued. */
    setup();
    during = purge_inside;
    g_assert_cmpint(send_letter(&alice, '1', true), ==, 3);
    g_assert_cmpuint(qemu_net_queue_length(queue), ==, 0);
    g_assert_cmpstr(sent->str, ==, "");
    g_assert_cmpuint(receiver.stats.dropped[NET_DROP_PURGED], ==, 1);
    teardown();
}

/* A stopped VM: everything waits. */
static void test_vm_stopped(void)
{
    setup();
    net_vm_state_change(false);
    g_assert_cmpint(send_letter(&alice, '1', true), ==, 0);
    g_assert_cmpstr(got->str, ==, "");
    net_vm_state_change(true);
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "1");
    teardown();
}

/* append does not try; pieces of a packet become one. */
static void test_append(void)
{
    struct iovec iov[3] = {
        { (char *)"p", 1 }, { NULL, 0 }, { (char *)"qr", 2 }
    };

    setup();
    qemu_net_queue_append_iov(queue, &alice, 0, iov, 3, count_sent);
    g_assert_cmpstr(got->str, ==, "");
    g_assert_true(qemu_net_queue_flush(queue));
    g_assert_cmpstr(got->str, ==, "p");
    g_assert_cmpstr(sent->str, ==, "a3 ");
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/queue/direct", test_direct);
    g_test_add_func("/net/queue/order", test_order);
    g_test_add_func("/net/queue/partial-flush", test_partial_flush);
    g_test_add_func("/net/queue/bound-packets", test_bound_packets);
    g_test_add_func("/net/queue/bound-bytes", test_bound_bytes);
    g_test_add_func("/net/queue/loopback-recursion", test_reentrance);
    g_test_add_func("/net/queue/reentrance-blocked", test_reentrance_blocked);
    g_test_add_func("/net/queue/flush-inside", test_flush_inside);
    g_test_add_func("/net/queue/send-from-callback", test_send_from_callback);
    g_test_add_func("/net/queue/purge", test_purge);
    g_test_add_func("/net/queue/delete", test_delete);
    g_test_add_func("/net/queue/purge-in-hand", test_purge_in_hand);
    g_test_add_func("/net/queue/vm-stopped", test_vm_stopped);
    g_test_add_func("/net/queue/append", test_append);
    return g_test_run();
}
