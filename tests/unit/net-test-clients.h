/*
 * A NIC and a backend for tests of the network layer: they keep what they get
 * and block when told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_TEST_CLIENTS_H
#define NET_TEST_CLIENTS_H

#include "net/net.h"

typedef struct TestNIC {
    NICState *nic;
    NICConf conf;
    NetClientState *nc; /* subqueue 0 */
    bool blocked;
    unsigned received, link_changes, announced;
    unsigned sent_calls;
    ssize_t sent_ret; /* of the last call */
    size_t last_size;
    uint8_t last[NET_BUFSIZE];
} TestNIC;

/* A NIC on the netdev with that id (NULL: on none), named `name`. */
TestNIC *test_nic_new(const char *name, const char *netdev);
/* Directly on a client. */
TestNIC *test_nic_new_on(const char *name, NetClientState *peer);
void test_nic_free(TestNIC *t);
/* Sends with a callback that counts. */
ssize_t test_nic_send(TestNIC *t, const void *buf, size_t size);

typedef struct TestBackend {
    NetClientState nc;
    bool blocked, polling;
    unsigned received;
    int iovcnt; /* of the last */
    size_t last_size;
    uint8_t last[NET_BUFSIZE + 64];
} TestBackend;

/* A netdev of that id. */
TestBackend *test_backend_new(const char *name);
/* How many were cleaned up, ever. */
extern unsigned test_backend_cleanups;

/* A broadcast frame of an experimental type, filled with tag. */
void test_fill_frame(uint8_t *f, size_t len, uint8_t tag);

#endif
