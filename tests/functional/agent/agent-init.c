/*
 * PID 1 of the test guest.
 *
 * Mounts what a userland needs, loads the modules that /etc/modules names (a
 * path per line, what others depend on first), and says so on the console.
 * Then, if the kernel's command line has "agent=TTY", it serves a test over
 * that serial line; otherwise it keeps a shell on the console.
 *
 * The line carries requests of one line each:
 *
 *     run COMMAND      runs it by a shell, and answers when it has ended
 *     start COMMAND    answers at once; its status is the number of the job
 *     wait JOB         answers as "run" would have
 *
 * and to each an answer: "=STATUS LENGTH", a newline, and LENGTH bytes, which
 * are what the command wrote to its standard output and standard error. STATUS
 * is its exit status, or 128 and the number of the signal that ended it. Once
 * it serves, and so after each reboot, the agent sends "=ready 0" unasked.
 *
 * The tty may be the console too (a machine with a single serial port). The
 * kernel then logs nothing to it any more, `dmesg` still has everything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"

#define MAX_JOBS 32
#define MAX_REQUEST 8192
#define KLOG_CONSOLE_LEVEL 8

typedef struct Job {
    pid_t pid;  /* 0: free */
    int output; /* file with what it wrote */
    int status; /* of waitpid */
    int ended;
} Job;

static Job jobs[MAX_JOBS];

static void complain(const char *what)
{
    fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
}

static void mount_all(void)
{
    static const struct {
        const char *type, *where;
    } mounts[] = {
        { "devtmpfs", "/dev" },
        { "proc", "/proc" },
        { "sysfs", "/sys" },
    };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        mkdir(mounts[i].where, 0755);
        if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) <
            0) {
            complain(mounts[i].where);
        }
    }
    mkdir("/tmp", 01777);
}

/* The kernel gives PID 1 no console before /dev is mounted. */
static void open_console(void)
{
    int fd = open("/dev/console", O_RDWR);

    if (fd >= 0) {
        for (int i = 0; i < 3; i++) {
            dup2(fd, i);
        }
        if (fd > 2) {
            close(fd);
        }
    }
}

static void load_modules(void)
{
    FILE *list = fopen("/etc/modules", "re");
    char path[256];

    while (list && fgets(path, sizeof(path), list)) {
        int fd;

        path[strcspn(path, "\n")] = '\0';
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0) {
            complain(path);
        }
        close(fd);
    }
    if (list) {
        fclose(list);
    }
}

/* ------------------------------------------------------------------- jobs */

static void child_ended(pid_t pid, int status)
{
    for (int i = 0; i < MAX_JOBS; i++) {
        if (jobs[i].pid == pid) {
            jobs[i].status = status;
            jobs[i].ended = 1;
        }
    }
}

/* A child, or an orphan that PID 1 inherited. */
static void wait_for_a_child(int flags)
{
    int status;
    pid_t pid = waitpid(-1, &status, flags);

    if (pid > 0) {
        child_ended(pid, status);
    }
}

static void run_child(const char *command, int output)
{
    setsid();
    close(STDIN_FILENO);
    open("/dev/null", O_RDONLY);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execl("/bin/busybox", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* The number of the new job, or -1. */
static int start_job(const char *command)
{
    int n = 0;
    char path[] = "/tmp/job.XXXXXX";
    Job *job;

    while (n < MAX_JOBS && jobs[n].pid) {
        n++;
    }
    if (n == MAX_JOBS) {
        return -1;
    }
    job = &jobs[n];
    job->ended = 0;
    job->output = mkostemp(path, O_CLOEXEC);
    unlink(path);
    job->pid = fork();
    if (job->pid == 0) {
        run_child(command, job->output);
    }
    if (job->pid < 0) {
        close(job->output);
        job->pid = 0;
        return -1;
    }
    return n;
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ------------------------------------------------------------------ line */

static void line_write(int tty, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        ssize_t n = write(tty, p, len);

        if (n < 0 && errno != EINTR) {
            complain("writing an answer");
            return;
        }
        p += n > 0 ? n : 0;
        len -= n > 0 ? n : 0;
    }
}

static void answer(int tty, int status, const char *text, size_t len)
{
    char head[64];
    int n = snprintf(head, sizeof(head), "=%d %zu\n", status, len);

    line_write(tty, head, n);
    line_write(tty, text, len);
}

static void answer_error(int tty, const char *text)
{
    answer(tty, 255, text, strlen(text));
}

static void answer_job(int tty, int n)
{
    Job *job = &jobs[n];
    struct stat st = { 0 };
    char *text;
    ssize_t len;

    while (!job->ended) {
        wait_for_a_child(0);
    }
    fstat(job->output, &st);
    text = malloc(st.st_size + 1);
    len = text ? pread(job->output, text, st.st_size, 0) : 0;
    answer(tty, exit_status(job->status), text, len > 0 ? len : 0);
    free(text);
    close(job->output);
    job->pid = 0;
}

static void serve_request(int tty, const char *request)
{
    int n;

    if (strncmp(request, "run ", 4) == 0) {
        n = start_job(request + 4);
        if (n < 0) {
            answer_error(tty, "cannot start it");
        } else {
            answer_job(tty, n);
        }
    } else if (strncmp(request, "start ", 6) == 0) {
        n = start_job(request + 6);
        answer(tty, n < 0 ? 255 : n, NULL, 0);
    } else if (sscanf(request, "wait %d", &n) == 1) {
        if (n < 0 || n >= MAX_JOBS || !jobs[n].pid) {
            answer_error(tty, "there is no such job");
        } else {
            answer_job(tty, n);
        }
    } else {
        answer_error(tty, "request not understood");
    }
}

static int open_line(const char *name)
{
    char path[64];
    struct termios t;
    int tty;

    snprintf(path, sizeof(path), "/dev/%s", name);
    tty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0 || tcgetattr(tty, &t) < 0) {
        complain(path);
        return -1;
    }
    cfmakeraw(&t);
    cfsetspeed(&t, B115200);
    tcsetattr(tty, TCSANOW, &t);
    return tty;
}

static void serve(int tty)
{
    static char request[MAX_REQUEST];
    size_t len = 0;
    ssize_t n;

    line_write(tty, "\n=ready 0\n", 10);
    while ((n = read(tty, request + len, sizeof(request) - 1 - len)) > 0) {
        char *newline;

        len += n;
        request[len] = '\0';
        newline = strchr(request, '\n');
        if (newline) {
            *newline = '\0';
            serve_request(tty, request);
        }
        if (newline || len == sizeof(request) - 1) {
            len = 0;
        }
        wait_for_a_child(WNOHANG);
    }
    complain("the agent's line");
}

static void keep_shell(void)
{
    for (;;) {
        pid_t pid = fork(), ended;

        if (pid == 0) {
            setsid();
            execl("/bin/busybox", "cttyhack", "/bin/busybox", "sh", "-l",
                  (char *)NULL);
            _exit(127);
        }
        do {
            ended = waitpid(-1, NULL, 0);
        } while (ended != pid && (ended > 0 || errno == EINTR));
        if (pid < 0) {
            sleep(1);
        }
    }
}

int agent_init(void)
{
    const char *tty_name = getenv("agent");
    int tty;

    mount_all();
    open_console();
    load_modules();
    setenv("PATH", "/bin", 1);
    setenv("HOME", "/", 1);
    printf("agent: userland is up after %.2f s\n", agent_now());
    fflush(stdout);
    tty = tty_name ? open_line(tty_name) : -1;
    if (tty >= 0) {
        if (strcmp(tty_name, "ttyS0") == 0) {
            klogctl(KLOG_CONSOLE_LEVEL, NULL, 1);
        }
        serve(tty);
    }
    keep_shell();
    return 0;
}
