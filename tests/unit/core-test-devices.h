/*
 * Devices for the tests of qdev: a bridge on the system bus with a bus of its
 * own, devices for that bus, and a log of what happens to them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_CORE_TEST_DEVICES_H
#define TESTS_UNIT_CORE_TEST_DEVICES_H

#include "hw/core/machine.h"

#define TYPE_TEST_BUS "test-Bus"
#define TYPE_TEST_DEV "test-dev"
OBJECT_DECLARE_SIMPLE_TYPE(TestDev, TEST_DEV)
struct TestDev {
    DeviceState parent_obj;
    uint32_t addr;
    bool fail;
};
#define TYPE_TEST_BRIDGE "test-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(TestBridge, TEST_BRIDGE)
struct TestBridge {
    DeviceState parent_obj;
    BusState bus;
    TestDev inner;
    bool with_inner;
    bool fail_late;
};
#define TYPE_TEST_COLD    "test-cold-dev"
#define TYPE_TEST_PRIVATE "test-private-dev"
#define TYPE_TEST_LOOSE   "test-loose-dev"

/* "realize:ID ", "unrealize:ID ", "reset:ID ", "reset-bus:NAME ", "free ". */
extern GString *events;

void expect_error(Error *err, const char *message); /* frees err */
void expect_events(const char *want);               /* and empties the log */
/* -device, as from the command line. */
DeviceState *add(const char *json, Error **errp);
/* With id "br" and an empty log. */
DeviceState *add_bridge(void);
int count_children(const char *path);
/* Ends a test: everything goes. */
void tear_down(void);
/* main() calls it first. */
void test_devices_init(int *argc, char ***argv);

#endif
