/*
 * A Linux guest in an emulator: its life, and its log.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/functional/lib/guest-internal.h"

#define BOOT_SECONDS 120
#define CONSOLE_TAIL 4000

int guest_ms(int seconds)
{
    const char *factor = getenv("FUNCTIONAL_SLOW");
    double f = factor ? g_ascii_strtod(factor, NULL) : 1;

    return seconds * 1000 * (f > 1 ? f : 1);
}

/* ------------------------------------------------------------------- image */

static const char *image_dir(void)
{
    const char *dir = getenv("GUEST_IMAGE_DIR");

    return dir ? dir : ".";
}

/* Runs the tool that makes vmlinuz and initrd; NULL, or why they are not
 * there. */
static char *make_image(void)
{
    const char *tool = getenv("GUEST_IMAGE_TOOL");
    const char *agent = getenv("GUEST_AGENT");
    char *argv[] = { (char *)tool, (char *)"--agent", (char *)agent,
                     (char *)"--output", (char *)image_dir(), NULL };
    g_autofree char *text = NULL;
    g_autoptr(GError) err = NULL;
    int status = 0;

    if (!tool || !agent) {
        return g_strdup("GUEST_IMAGE_TOOL and GUEST_AGENT are not set");
    }
    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                      NULL, &text, &status, &err)) {
        return g_strdup(err->message);
    }
    return status ? g_strstrip(g_steal_pointer(&text)) : NULL;
}

/*
 * KVM inside a virtual machine may be so slow that no Linux ever boots: what
 * takes a blink elsewhere, the kernel's first words, must come soon.
 */
static char *probe_kvm(void)
{
    GuestConfig config = { .machine = "q35", .accel = "kvm" };
    Guest *g;
    bool fine;

    if (access("/dev/kvm", R_OK | W_OK) < 0) {
        return g_strdup_printf("/dev/kvm: %s", g_strerror(errno));
    }
    g = guest_start(&config);
    fine = guest_console_has(g, "Linux version", 5);
    guest_kill(g);
    return fine ? NULL
                : g_strdup("KVM is too slow here: no sign of Linux in 5 s");
}

static char *find_reason(const char *accel)
{
    g_autofree char *text = NULL;
    char *reason = make_image();

    if (reason) {
        return reason;
    }
    qtest_run("-accel help", &text);
    if (!strstr(text, accel)) {
        return g_strdup_printf("the emulator has no accelerator %s", accel);
    }
    return strcmp(accel, "kvm") == 0 ? probe_kvm() : NULL;
}

bool guest_possible(const char *accel, const char **reason)
{
    static char *why;
    static bool asked;

    if (!asked) {
        why = find_reason(accel);
        asked = true;
    }
    *reason = why;
    return !why;
}

/* -------------------------------------------------------------------- life */

static int listen_in(const char *dir)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/agent", dir);
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    g_assert_no_errno(listen(fd, 1));
    return fd;
}

static char *emulator_args(const GuestConfig *c, const char *dir)
{
    const char *images = image_dir();
    g_autofree char *console = c->one_serial
        ? g_strdup("")
        : g_strdup_printf("-chardev file,id=console,path=%s/console "
                          "-serial chardev:console", dir);

    return g_strdup_printf(
        "-machine %s -accel %s -smp %u -m %u %s "
        "-chardev socket,id=agent,path=%s/agent -serial chardev:agent "
        "-kernel '%s/vmlinuz' -initrd '%s/initrd' "
        "-append 'console=ttyS0 agent=ttyS%d panic=-1 %s' %s",
        c->machine, c->accel, MAX(c->cpus, 1), c->mem_mb ? c->mem_mb : 192,
        console, dir, images, images, c->one_serial ? 0 : 1,
        c->append ? c->append : "", c->args ? c->args : "");
}

Guest *guest_start(const GuestConfig *config)
{
    Guest *g = g_new0(Guest, 1);
    char dir[] = "/tmp/guest-XXXXXX";
    g_autofree char *agent = NULL;
    g_autofree char *console = NULL;
    g_autofree char *args = NULL;
    int listening;

    g_assert_nonnull(g_mkdtemp(dir));
    agent = g_build_filename(dir, "agent", NULL);
    console = g_build_filename(dir, "console", NULL);
    g->console_fd = open(console, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(g->console_fd, >=, 0);
    g->one_serial = config->one_serial;
    g->input = g_string_new(NULL);
    g->shared_console = g_string_new(NULL);
    listening = listen_in(dir);
    args = emulator_args(config, dir);
    g->qts = qtest_init_guest(args);
    g->agent_fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(g->agent_fd, >=, 0);
    close(listening);
    /* Both ends have them: nothing is left behind, whatever happens. */
    unlink(agent);
    unlink(console);
    rmdir(dir);
    return g;
}

Guest *guest_new(const GuestConfig *config)
{
    Guest *g = guest_start(config);

    guest_wait_agent(g);
    return g;
}

static void release(Guest *g)
{
    close(g->agent_fd);
    close(g->console_fd);
    g_string_free(g->input, true);
    g_string_free(g->shared_console, true);
    g_free(g);
}

void guest_free(Guest *g)
{
    guest_check_log(g);
    qtest_quit(g->qts);
    release(g);
}

void guest_kill(Guest *g)
{
    qtest_kill(g->qts);
    release(g);
}

void guest_wait_end(Guest *g)
{
    guest_check_console(g);
    qtest_wait_end(g->qts, guest_ms(60));
    release(g);
}

QTestState *guest_qts(Guest *g)
{
    return g->qts;
}

/* --------------------------------------------------------------------- log */

char *guest_console(Guest *g)
{
    char *text = NULL;
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d",
                                            g->console_fd);

    if (g->one_serial) {
        return g_strdup(g->shared_console->str);
    }
    g_file_get_contents(path, &text, NULL, NULL);
    return text ? text : g_strdup("");
}

bool guest_console_has(Guest *g, const char *text, int seconds)
{
    int64_t deadline = g_get_monotonic_time() +
        guest_ms(seconds) * INT64_C(1000);

    do {
        g_autofree char *console = NULL;

        if (g->one_serial) {
            guest_read_input(g, 10);
        }
        console = guest_console(g);
        if (strstr(console, text)) {
            return true;
        }
        g_usleep(20000);
    } while (g_get_monotonic_time() < deadline && qtest_alive(g->qts));
    return false;
}

void guest_died(Guest *g, const char *doing)
{
    g_autofree char *console = guest_console(g);
    g_autofree char *err = qtest_stderr(g->qts);
    size_t len = strlen(console);
    const char *tail = console + (len > CONSOLE_TAIL ? len - CONSOLE_TAIL : 0);

    g_error("guest: %s\n%s\nthe end of its console:\n%s\n"
            "what the agent's line has left: '%s'",
            doing, err, tail, g->input->str);
}

static bool is_trouble(const char *line)
{
    static const char *const signs[] = {
        "WARNING:", "BUG:", "BUG ", "Call Trace", "NETDEV WATCHDOG",
        "rcu_sched", "rcu_preempt", "self-detected stall", "detected stalls",
        "soft lockup", "hard LOCKUP", "Oops", "general protection",
        "blocked for more than", "Kernel panic", "TX timeout",
        "nobody cared", "Unable to handle", "segfault", "trap invalid opcode",
        "unexpected IRQ trap", "agent: /",
    };

    for (int i = 0; i < ARRAY_SIZE(signs); i++) {
        if (strstr(line, signs[i])) {
            return true;
        }
    }
    return false;
}

static void check_text(Guest *g, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (is_trouble(*line)) {
            g_autofree char *what = g_strdup_printf("its log has '%s'", *line);
            guest_died(g, what);
        }
    }
}

void guest_check_console(Guest *g)
{
    g_autofree char *text = guest_console(g);

    check_text(g, text);
}

void guest_check_log(Guest *g)
{
    guest_check_console(g);
    if (g->one_serial && g->ready) {
        g_autofree char *text = guest_run(g, "dmesg");

        check_text(g, text);
    }
}

void guest_wait_agent(Guest *g)
{
    guest_expect_ready(g, guest_ms(BOOT_SECONDS));
    g_free(guest_run(g, "ip link set lo up"));
}
