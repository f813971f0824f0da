/*
 * -daemonize and -pidfile.
 *
 * The parent waits on a pipe until the child is ready to serve (its sockets
 * listen, its monitor answers), and passes on its failure: who starts us can
 * connect as soon as the command returns with 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "system/system-internal.h"

static int ready_fd = -1;
static char *pidfile;
static struct stat pidfile_stat;

static int wait_for_child(int fd)
{
    uint8_t status;
    ssize_t n;

    do {
        n = read(fd, &status, 1);
    } while (n < 0 && errno == EINTR);
    return n == 1 ? status : 1; /* closed: the child has ended */
}

bool daemon_start(Error **errp)
{
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0) {
        error_setg_errno(errp, errno, "cannot daemonize: pipe");
        return false;
    }
    pid = fork();
    if (pid < 0) {
        error_setg_errno(errp, errno, "cannot daemonize: fork");
        close(fds[0]);
        close(fds[1]);
        return false;
    }
    if (pid > 0) {
        close(fds[1]);
        _exit(wait_for_child(fds[0]));
    }
    close(fds[0]);
    ready_fd = fds[1];
    setsid();
    /* A second fork: not a session leader, so no terminal can attach. */
    pid = fork();
    if (pid < 0) {
        error_setg_errno(errp, errno, "cannot daemonize: fork");
        return false;
    }
    if (pid > 0) {
        _exit(0);
    }
    umask(027);
    return true;
}

void daemon_ready(void)
{
    uint8_t status = 0;
    int null_fd;

    if (ready_fd < 0) {
        return;
    }
    if (chdir("/") < 0) {
        error_report("not able to chdir to /: %s", strerror(errno));
        exit(1);
    }
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0) {
        error_report("Could not open '/dev/null': %s", strerror(errno));
        exit(1);
    }
    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    dup2(null_fd, STDERR_FILENO);
    if (null_fd > STDERR_FILENO) {
        close(null_fd);
    }
    if (write(ready_fd, &status, 1) != 1) {
        exit(1);
    }
    close(ready_fd);
    ready_fd = -1;
}

bool pidfile_create(const char *path, Error **errp)
{
    g_autofree char *text = g_strdup_printf("%d\n", getpid());
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);

    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot create PID file: Could not "
                         "create '%s'", path);
        return false;
    }
    /* The lock lives as long as the process: it tells a stale file from a
     * running owner's. */
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        error_setg_errno(errp, errno, "cannot create PID file: Could not lock "
                         "'%s'", path);
        close(fd);
        return false;
    }
    if (ftruncate(fd, 0) < 0 ||
        write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        error_setg_errno(errp, errno, "cannot create PID file: Could not "
                         "write '%s'", path);
        unlink(path);
        close(fd);
        return false;
    }
    fstat(fd, &pidfile_stat);
    pidfile = g_path_is_absolute(path) ? g_strdup(path)
                                       : g_canonicalize_filename(path, NULL);
    return true;
}

void pidfile_remove(void)
{
    struct stat now;

    if (!pidfile) {
        return;
    }
    /* Only our own: somebody may have put another in its place. */
    if (stat(pidfile, &now) == 0 && now.st_ino == pidfile_stat.st_ino &&
        now.st_dev == pidfile_stat.st_dev) {
        unlink(pidfile);
    }
    g_free(pidfile);
    pidfile = NULL;
}
