/*
 * The programs that tap runs: the scripts that bring an interface up and down,
 * and the bridge helper, which opens a tap on our behalf and passes it back.
 *
 * A child gets our standard input and output, at most one more descriptor, and
 * a clean signal state. We wait for it; these are the user's programs, run at
 * set-up and at the end only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "config-host.h"
#include "tap-internal.h"

#define BRIDGE_HELPER "qemu-bridge-helper"

/* ----------------------------------------------------------------- running */

static void close_fds(unsigned first, unsigned last)
{
    if (first <= last && syscall(SYS_close_range, first, last, 0) < 0) {
        long max = sysconf(_SC_OPEN_MAX);

        for (long fd = first; fd <= MIN((long)last, max); fd++) {
            close(fd);
        }
    }
}

/* Between fork and exec: async-signal-safe calls only. */
static void exec_child(char *const argv[], int keep_fd, int err_fd)
{
    int first = MIN(keep_fd, err_fd), second = MAX(keep_fd, err_fd);
    sigset_t none;
    int err;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (first > 2) {
        close_fds(3, first - 1);
    }
    close_fds(MAX(first, 2) + 1, second - 1);
    close_fds(second + 1, ~0U);
    if (keep_fd >= 0) {
        fcntl(keep_fd, F_SETFD, 0);
    }
    execv(argv[0], argv);
    err = errno;
    while (write(err_fd, &err, sizeof(err)) < 0 && errno == EINTR) {
        ;
    }
    _exit(127);
}

/* The child, or a negative errno if it could not be started. keep_fd: -1, or
 * what the child may use. */
static pid_t spawn(char *const argv[], int keep_fd)
{
    int err_pipe[2], err;
    ssize_t got;
    pid_t pid;

    if (pipe2(err_pipe, O_CLOEXEC) < 0) {
        return -errno;
    }
    pid = fork();
    if (pid == 0) {
        exec_child(argv, keep_fd, err_pipe[1]);
    }
    err = errno;
    close(err_pipe[1]);
    if (pid < 0) {
        close(err_pipe[0]);
        return -err;
    }
    /* Closed by a successful exec, which reads as the end. */
    do {
        got = read(err_pipe[0], &err, sizeof(err));
    } while (got < 0 && errno == EINTR);
    close(err_pipe[0]);
    if (got == sizeof(err)) {
        waitpid(pid, NULL, 0);
        return -err;
    }
    return pid;
}

/* The wait status; -1 if somebody else has reaped it. */
static int wait_for(pid_t pid)
{
    int status;
    pid_t got;

    do {
        got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    return got == pid ? status : -1;
}

bool launch_script(const char *script, const char *ifname, Error **errp)
{
    char *argv[] = {(char *)script, (char *)ifname, NULL};
    pid_t pid = spawn(argv, -1);
    int status;

    if (pid < 0) {
        error_setg(errp, "network script %s failed: %s%s", script,
                   g_strerror(-pid),
                   pid == -ENOENT ? " (script=no does without)" : "");
        return false;
    }
    status = wait_for(pid);
    if (status != 0) {
        error_setg(errp, "network script %s failed with status %d", script,
                   status);
        return false;
    }
    return true;
}

/* ----------------------------------------------------------- bridge helper */

char *net_bridge_default_helper(void)
{
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);

    if (exe) {
        /* Not installed: it was built beside us. */
        g_autofree char *dir = g_path_get_dirname(exe);
        char *path = g_build_filename(dir, BRIDGE_HELPER, NULL);

        if (access(path, X_OK) == 0) {
            return path;
        }
        g_free(path);
    }
    return g_build_filename(CONFIG_HELPER_DIR, BRIDGE_HELPER, NULL);
}

/* One descriptor, sent with one byte; -1 if the other side closed without. */
static int recv_fd(int sock)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    struct cmsghdr *cmsg;
    ssize_t len;
    int fd;

    do {
        len = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    } while (len < 0 && errno == EINTR);
    if (len <= 0) {
        return -1;
    }
    cmsg = CMSG_FIRSTHDR(&msg);
    if (!cmsg || cmsg->cmsg_level != SOL_SOCKET ||
        cmsg->cmsg_type != SCM_RIGHTS ||
        cmsg->cmsg_len != CMSG_LEN(sizeof(int))) {
        return -1;
    }
    memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
    return fd;
}

/*
 * helper is a path, or, with blanks in it, a command line for the shell, to
 * which our options are added.
 */
static pid_t spawn_helper(const char *helper, const char *bridge, int sock)
{
    g_autofree char *fd_arg = g_strdup_printf("--fd=%d", sock);
    g_autofree char *br_arg = g_strdup_printf("--br=%s", bridge);
    g_autofree char *quoted = g_shell_quote(br_arg);
    g_autofree char *command = NULL;
    char *shell_argv[] = {(char *)"/bin/sh", (char *)"-c", NULL, NULL};
    char *argv[] = {(char *)helper, (char *)"--use-vnet", fd_arg, br_arg, NULL};

    if (!strpbrk(helper, " \t")) {
        return spawn(argv, sock);
    }
    command = g_strdup_printf("%s --use-vnet %s %s", helper, fd_arg,
                              strstr(helper, "--br=") ? "" : quoted);
    shell_argv[2] = command;
    return spawn(shell_argv, sock);
}

int net_bridge_run_helper(const char *helper, const char *bridge, Error **errp)
{
    int sv[2], fd, status;
    pid_t pid;

    if (strlen(bridge) >= IFNAMSIZ) {
        error_setg(errp,
                   "bridge name '%s' is too long: the maximum is %d "
                   "characters",
                   bridge, IFNAMSIZ - 1);
        return -1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0) {
        error_setg_errno(errp, errno, "socketpair() failed");
        return -1;
    }
    pid = spawn_helper(helper, bridge, sv[1]);
    close(sv[1]);
    if (pid < 0) {
        error_setg(errp, "bridge helper failed: could not run %s: %s", helper,
                   g_strerror(-pid));
        close(sv[0]);
        return -1;
    }
    fd = recv_fd(sv[0]);
    close(sv[0]);
    status = wait_for(pid);
    if (fd < 0 || status != 0) {
        error_setg(errp, "bridge helper failed: %s %s", helper,
                   status != 0 ? "did not succeed, its standard error says why"
                               : "sent no file descriptor");
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}
