/*
 * Starting an emulator, and the text protocols with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/qtest/lib/libqtest-internal.h"

#define START_TIMEOUT_MS 30000
#define REPLY_TIMEOUT_MS 60000

static const char *binary(void)
{
    const char *path = getenv("QTEST_QEMU_BINARY");

    if (!path) {
        g_error("QTEST_QEMU_BINARY is not set");
    }
    return path;
}

static int listen_unix(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    g_assert_cmpint(fd, >=, 0);
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    g_assert_no_errno(listen(fd, 1));
    return fd;
}

/* Sockets and RAM file are not needed by name once both ends have them. */
static void remove_dir(QTestState *qts)
{
    GDir *dir = qts->dir ? g_dir_open(qts->dir, 0, NULL) : NULL;
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(qts->dir, name, NULL);
        unlink(file);
    }
    if (dir) {
        g_dir_close(dir);
        rmdir(qts->dir);
    }
    g_clear_pointer(&qts->dir, g_free);
}

char *qtest_stderr(QTestState *qts)
{
    char *text = NULL;

    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", qts->err_fd);

    g_file_get_contents(path, &text, NULL, NULL);
    return text ? text : g_strdup("");
}

bool qtest_alive(QTestState *qts)
{
    int status;

    if (qts->ended) {
        return false;
    }
    if (waitpid(qts->pid, &status, WNOHANG) == qts->pid) {
        qts->ended = true;
        qts->status = status;
        return false;
    }
    return true;
}

/* The connection broke: says why before the test ends. */
void qtest_died(QTestState *qts, const char *doing)
{
    g_autofree char *text = qts->err_fd >= 0 ? qtest_stderr(qts)
                                             : g_strdup("");

    remove_dir(qts);

    g_usleep(100000);
    if (qtest_alive(qts)) {
        g_error("emulator gave no answer: %s\n%s", doing, text);
    }
    g_error("emulator ended (wait status 0x%x): %s\n%s", qts->status, doing,
            text);
}

static int accept_from(QTestState *qts, int listen_fd, const char *what)
{
    struct pollfd p = { .fd = listen_fd, .events = POLLIN };
    int waited = 0, fd;

    while (poll(&p, 1, 50) == 0) {
        waited += 50;
        if (waited > START_TIMEOUT_MS || !qtest_alive(qts)) {
            qtest_died(qts, what);
        }
    }
    fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    close(listen_fd);
    return fd;
}

static char *command_line(QTestState *qts, const char *args)
{
    return g_strdup_printf(
        "%s -qtest unix:%s/qtest -qtest-log none "
        "-chardev socket,path=%s/qmp,id=char0 "
        "-object monitor-qmp,id=qmp0,chardev=char0 "
        "-display none -nodefaults -m %uM "
        "-object memory-backend-file,id=qtest-ram,size=%uM,mem-path=%s/ram,"
        "share=on -machine memory-backend=qtest-ram %s -accel qtest",
        binary(), qts->dir, qts->dir, (unsigned)(QTEST_RAM_SIZE / MiB),
        (unsigned)(QTEST_RAM_SIZE / MiB), qts->dir, args);
}

/* Runs in the child: nothing but system calls that are safe after fork. */
static void child_exec(char **argv, int err_fd, const int *fds, int nfds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(err_fd, STDERR_FILENO);
    dup2(err_fd, STDOUT_FILENO);
    for (int i = 0; i < nfds; i++) {
        fcntl(fds[i], F_SETFD, 0);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static void map_ram(QTestState *qts, const char *path, bool create)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);

    g_assert_cmpint(fd, >=, 0);
    if (create) {
        g_assert_no_errno(ftruncate(fd, QTEST_RAM_SIZE));
    }
    qts->ram = mmap(NULL, QTEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                    fd, 0);
    g_assert(qts->ram != MAP_FAILED);
    close(fd);
}

static const char *scratch_dir(void)
{
    return g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm"
                                                       : g_get_tmp_dir();
}

/* With a directory for what both ends share. */
static QTestState *qtest_new(void)
{
    QTestState *qts = g_new0(QTestState, 1);

    qts->dir = g_strdup_printf("%s/qtest-XXXXXX", scratch_dir());
    g_assert_nonnull(g_mkdtemp(qts->dir));
    qts->fd = -1;
    qts->line = g_string_new(NULL);
    qts->events = g_queue_new();
    qtest_alloc_reset(qts);
    qts->err_fd = memfd_create("stderr", MFD_CLOEXEC);
    g_assert_cmpint(qts->err_fd, >=, 0);
    return qts;
}

static int listen_in_dir(QTestState *qts, const char *name)
{
    g_autofree char *path = g_build_filename(qts->dir, name, NULL);

    return listen_unix(path);
}

static void run_emulator(QTestState *qts, const char *command, const int *fds,
                         int nfds)
{
    g_auto(GStrv) argv = NULL;

    g_assert_true(g_shell_parse_argv(command, NULL, &argv, NULL));
    qts->pid = fork();
    g_assert_cmpint(qts->pid, >=, 0);
    if (qts->pid == 0) {
        child_exec(argv, qts->err_fd, fds, nfds);
    }
}

QTestState *qtest_init_fds(const char *args, const int *fds, int nfds)
{
    QTestState *qts = qtest_new();
    g_autofree char *path = g_build_filename(qts->dir, "ram", NULL);
    int qtest_fd = listen_in_dir(qts, "qtest");
    int qmp_fd = listen_in_dir(qts, "qmp");
    g_autofree char *command = command_line(qts, args);

    map_ram(qts, path, true);
    run_emulator(qts, command, fds, nfds);
    qts->fd = accept_from(qts, qtest_fd, "waiting for the qtest connection");
    qts->qmp_fd = accept_from(qts, qmp_fd, "waiting for the QMP connection");
    qtest_qmp_handshake(qts);
    remove_dir(qts);
    return qts;
}

QTestState *qtest_init_guest(const char *args)
{
    QTestState *qts = qtest_new();
    int qmp_fd = listen_in_dir(qts, "qmp");
    g_autofree char *command = g_strdup_printf(
        "%s -qmp unix:%s/qmp -display none -nodefaults %s", binary(),
        qts->dir, args);

    run_emulator(qts, command, NULL, 0);
    qts->qmp_fd = accept_from(qts, qmp_fd, "waiting for the QMP connection");
    qtest_qmp_handshake(qts);
    remove_dir(qts);
    return qts;
}

QTestState *qtest_init(const char *args)
{
    return qtest_init_fds(args, NULL, 0);
}

QTestState *qtest_initf(const char *fmt, ...)
{
    g_autofree char *args = NULL;
    va_list ap;

    va_start(ap, fmt);
    args = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return qtest_init(args);
}

pid_t qtest_pid(QTestState *qts)
{
    return qts->pid;
}

QTestState *qtest_attach(const char *qtest_path, const char *ram_path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    QTestState *qts = g_new0(QTestState, 1);

    g_strlcpy(sa.sun_path, qtest_path, sizeof(sa.sun_path));
    qts->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(qts->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        g_error("cannot connect to %s: %s", qtest_path, strerror(errno));
    }
    map_ram(qts, ram_path, false);
    qts->ended = true; /* no process of ours */
    qts->err_fd = -1;
    qts->line = g_string_new(NULL);
    qtest_alloc_reset(qts);
    return qts;
}

void qtest_detach(QTestState *qts)
{
    close(qts->fd);
    munmap(qts->ram, QTEST_RAM_SIZE);
    g_string_free(qts->line, true);
    g_free(qts);
}

static void qtest_free(QTestState *qts)
{
    if (qts->fd >= 0) {
        close(qts->fd);
        munmap(qts->ram, QTEST_RAM_SIZE);
    }
    close(qts->qmp_fd);
    close(qts->err_fd);
    g_queue_free_full(qts->events, (GDestroyNotify)json_decref);
    g_string_free(qts->line, true);
    g_string_free(qts->qmp_text, true);
    g_free(qts);
}

void qtest_quit(QTestState *qts)
{
    json_t *reply = qtest_qmp(qts, "{'execute': 'quit'}");

    json_decref(reply);
    qtest_wait_end(qts, 30000);
}

void qtest_wait_end(QTestState *qts, int timeout_ms)
{
    g_autofree char *text = NULL;

    for (int i = 0; i < timeout_ms / 50 && qtest_alive(qts); i++) {
        g_usleep(50000);
    }
    text = qtest_stderr(qts);
    if (!qts->ended || qts->status != 0) {
        kill(qts->pid, SIGKILL);
        g_error("emulator did not end cleanly (wait status 0x%x)\n%s",
                qts->status, text);
    }
    qtest_free(qts);
}

void qtest_kill(QTestState *qts)
{
    if (qtest_alive(qts)) {
        kill(qts->pid, SIGKILL);
        waitpid(qts->pid, NULL, 0);
    }
    qtest_free(qts);
}

int qtest_run(const char *args, char **output)
{
    g_autofree char *command = g_strdup_printf("timeout -k 1 10 %s %s",
                                               binary(), args);
    g_autofree char *shell = g_strdup_printf("%s 2>&1 </dev/null", command);
    char *argv[] = { (char *)"/bin/sh", (char *)"-c", shell, NULL };
    GError *err = NULL;
    int status = 0;

    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, output, NULL,
                 &status, &err);
    g_assert_no_error(err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool qtest_is_ours(void)
{
    static int ours = -1;

    if (ours < 0) {
        g_autofree char *text = NULL;
        qtest_run("-version", &text);
        ours = strstr(text, "qemu-vnet") != NULL;
    }
    return ours;
}

/* -------------------------------------------------------------- protocol */

void qtest_send_all(QTestState *qts, int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            qtest_died(qts, "sending a command");
        }
        p += n;
        len -= n;
    }
}

void qtest_send_bytes(QTestState *qts, const void *buf, size_t len)
{
    qtest_send_all(qts, qts->fd, buf, len);
}

/* The next line from the qtest socket, without newline. */
static char *read_line(QTestState *qts)
{
    for (;;) {
        char *newline = memchr(qts->line->str, '\n', qts->line->len);
        struct pollfd p = { .fd = qts->fd, .events = POLLIN };
        char buf[65536];
        ssize_t n;

        if (newline) {
            size_t len = newline - qts->line->str;
            char *text = g_strndup(qts->line->str, len);
            g_string_erase(qts->line, 0, len + 1);
            return text;
        }
        if (poll(&p, 1, REPLY_TIMEOUT_MS) <= 0) {
            qtest_died(qts, "waiting for a qtest reply");
        }
        n = read(qts->fd, buf, sizeof(buf));
        if (n <= 0) {
            qtest_died(qts, "reading a qtest reply");
        }
        g_string_append_len(qts->line, buf, n);
    }
}

static bool take_irq_line(QTestState *qts, const char *line)
{
    int n;

    if (sscanf(line, "IRQ raise %d", &n) == 1 && n >= 0 && n < 256) {
        qts->irq[n] = true;
        return true;
    }
    if (sscanf(line, "IRQ lower %d", &n) == 1 && n >= 0 && n < 256) {
        qts->irq[n] = false;
        return true;
    }
    return false;
}

char *qtest_next_reply(QTestState *qts)
{
    for (;;) {
        char *line = read_line(qts);

        if (!take_irq_line(qts, line)) {
            return line;
        }
        g_free(line);
    }
}

char *qtest_raw(QTestState *qts, const char *line)
{
    g_autofree char *text = g_strdup_printf("%s\n", line);

    qtest_send_bytes(qts, text, strlen(text));
    return qtest_next_reply(qts);
}

void qtest_raw_batch(QTestState *qts, char *const *lines, char **replies,
                     size_t n)
{
    /* Few enough that neither side fills the other's socket buffer. */
    const size_t step = 256;

    for (size_t done = 0; done < n; done += step) {
        size_t end = MIN(done + step, n);
        g_autoptr(GString) text = g_string_new(NULL);

        for (size_t i = done; i < end; i++) {
            g_string_append_printf(text, "%s\n", lines[i]);
        }
        qtest_send_bytes(qts, text->str, text->len);
        for (size_t i = done; i < end; i++) {
            replies[i] = qtest_next_reply(qts);
        }
    }
}

/* A command that must succeed; what follows "OK ", to be freed. */
static char *G_GNUC_PRINTF(2, 3) command_ok(QTestState *qts, const char *fmt,
                                            ...)
{
    g_autofree char *line = NULL;
    g_autofree char *reply = NULL;
    va_list ap;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    reply = qtest_raw(qts, line);
    if (!g_str_has_prefix(reply, "OK")) {
        g_error("qtest: '%.80s' answered '%s'", line, reply);
    }
    return g_strdup(reply[2] ? reply + 3 : "");
}

static char size_letter(unsigned size)
{
    switch (size) {
    case 1:
        return 'b';
    case 2:
        return 'w';
    case 4:
        return 'l';
    default:
        g_assert_cmpuint(size, ==, 8);
        return 'q';
    }
}

void qtest_out(QTestState *qts, uint16_t port, uint32_t val, unsigned size)
{
    g_free(command_ok(qts, "out%c 0x%x 0x%x", size_letter(size), port, val));
}

uint32_t qtest_in(QTestState *qts, uint16_t port, unsigned size)
{
    g_autofree char *v = command_ok(qts, "in%c 0x%x", size_letter(size), port);

    return strtoul(v, NULL, 0);
}

void qtest_write(QTestState *qts, uint64_t addr, uint64_t val, unsigned size)
{
    g_free(command_ok(qts, "write%c 0x%" PRIx64 " 0x%" PRIx64,
                      size_letter(size), addr, val));
}

uint64_t qtest_read(QTestState *qts, uint64_t addr, unsigned size)
{
    g_autofree char *v = command_ok(qts, "read%c 0x%" PRIx64,
                                    size_letter(size), addr);

    return g_ascii_strtoull(v, NULL, 0);
}

void qtest_memwrite(QTestState *qts, uint64_t addr, const void *buf,
                    size_t len)
{
    g_autofree char *text = g_base64_encode(buf, len);

    g_free(command_ok(qts, "b64write 0x%" PRIx64 " 0x%zx %s", addr, len,
                      text));
}

void qtest_memread(QTestState *qts, uint64_t addr, void *buf, size_t len)
{
    g_autofree char *text = command_ok(qts, "b64read 0x%" PRIx64 " 0x%zx",
                                       addr, len);
    g_autofree uint8_t *data = NULL;
    gsize got = 0;

    data = g_base64_decode(text, &got);
    g_assert_cmpuint(got, ==, len);
    memcpy(buf, data, len);
}

int64_t qtest_clock_step(QTestState *qts, int64_t ns)
{
    g_autofree char *v = ns < 0 ? command_ok(qts, "clock_step")
                                : command_ok(qts, "clock_step %" PRId64, ns);

    return g_ascii_strtoll(v, NULL, 0);
}

bool qtest_irq_intercept_in(QTestState *qts, const char *path)
{
    g_autofree char *line = g_strdup_printf("irq_intercept_in %s", path);
    g_autofree char *reply = qtest_raw(qts, line);

    return g_str_has_prefix(reply, "OK");
}

bool qtest_get_irq(QTestState *qts, int n)
{
    /* A round trip, so that what was raised before has arrived. */
    g_free(command_ok(qts, "endianness"));
    return qts->irq[n];
}

uint8_t *qtest_ram(QTestState *qts)
{
    return qts->ram;
}

uint64_t qtest_alloc(QTestState *qts, size_t size)
{
    uint64_t addr = qts->alloc_next;

    qts->alloc_next += QEMU_ALIGN_UP(size, 4096);
    g_assert_cmpuint(qts->alloc_next, <=, QTEST_RAM_SIZE);
    memset(qts->ram + addr, 0, size);
    return addr;
}

void qtest_alloc_reset(QTestState *qts)
{
    /* Above what a PC keeps for itself. */
    qts->alloc_next = MiB;
}
