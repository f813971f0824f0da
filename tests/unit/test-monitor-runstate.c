/*
 * Run state as a QMP client sees and changes it: stop, cont, reset, power
 * button, and what -action makes of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "monitor-client.h"
#include "util/aio.h"

static bool quit_after;

static void quit_bh(void *opaque)
{
    quit_after = true;
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
}

/* Lets the main loop execute what is requested; it ends by our own request. */
static void run_requests(Client *c)
{
    quit_after = false;
    settle();
    aio_bh_schedule_oneshot(qemu_get_aio_context(), quit_bh, NULL);
    g_assert_cmpint(qemu_main_loop(), ==, 0);
    g_assert_true(quit_after);
}

static void test_run_state(void)
{
    Client *c = client_start();

    client_send(c, "{\"execute\":\"stop\"}"); /* is stopped already */
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect_event(c, "RESUME", NULL);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"running\",\"running\":true}}");
    g_assert_true(runstate_is_running());
    client_send(c, "{\"execute\":\"stop\"}");
    expect_event(c, "STOP", NULL);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"paused\",\"running\":false}}");
    client_send(c, "{\"execute\":\"system_reset\"}"
                   "{\"execute\":\"system_powerdown\"}");
    run_requests(c);
    expect_event(c, "RESET",
                 "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    expect(c, "{\"return\":{}}");
    expect_event(c, "POWERDOWN", NULL);
    expect(c, "{\"return\":{}}");
    expect_event(c, "SHUTDOWN",
                 "{\"guest\":false,"
                 "\"reason\":\"host-qmp-quit\"}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"prelaunch\",\"running\":false}}");
    client_end(c);
}

/* -no-reboot -no-shutdown: a reset stops the machine for good. */
static void test_actions(void)
{
    Client *c = client_start();

    client_send(c, "{\"execute\":\"set-action\",\"arguments\":"
                   "{\"reboot\":\"shutdown\",\"shutdown\":\"pause\"}}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}{\"execute\":\"system_reset\"}");
    run_requests(c);
    expect_event(c, "RESUME", NULL);
    expect(c, "{\"return\":{}}");
    expect_event(c, "SHUTDOWN",
                 "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    expect_event(c, "STOP", NULL);
    expect(c, "{\"return\":{}}");
    expect_event(c, "SHUTDOWN",
                 "{\"guest\":false,"
                 "\"reason\":\"host-qmp-quit\"}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"shutdown\",\"running\":false}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect_error(c, "GenericError",
                 "Resetting the Virtual Machine is required");
    client_send(c, "{\"execute\":\"set-action\",\"arguments\":"
                   "{\"reboot\":\"reset\",\"shutdown\":\"poweroff\"}}"
                   "{\"execute\":\"system_reset\"}");
    run_requests(c);
    expect(c, "{\"return\":{}}");
    expect_event(c, "RESET",
                 "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    expect(c, "{\"return\":{}}");
    json_decref(client_next(c));
    g_assert_true(runstate_check(RUN_STATE_PRELAUNCH));
    client_end(c);
}

static void test_action_option(void)
{
    Error *err = NULL;

    g_assert_true(runstate_set_action("shutdown", "pause", &error_abort));
    g_assert_cmpint(runstate_actions.shutdown, ==, SHUTDOWN_ACTION_PAUSE);
    g_assert_true(runstate_set_action("shutdown", "poweroff", &error_abort));
    g_assert_false(runstate_set_action("shutdown", "none", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Parameter 'shutdown' does not accept value 'none'");
    g_clear_pointer(&err, error_free);
    g_assert_false(runstate_set_action("foo", "1", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Invalid parameter 'foo'");
    error_free(err);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    client_init();
    g_test_add_func("/runstate/run-state", test_run_state);
    g_test_add_func("/runstate/actions", test_actions);
    g_test_add_func("/runstate/action-option", test_action_option);
    ret = g_test_run();
    client_fini();
    return ret;
}
