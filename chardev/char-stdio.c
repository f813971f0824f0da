/*
 * The stdio chardev: the terminal, or what stands in for it.
 *
 * A terminal is put into raw mode; the settings we found come back at exit, by
 * whichever way: qemu_chr_cleanup(), atexit(), and again into raw mode when
 * the process continues after having been stopped. With signal=off the keys
 * that make signals (Ctrl-C) reach the front end instead.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

static struct {
    bool in_use;
    bool is_tty;
    bool exit_handler;
    bool echo;
    bool allow_signals;
    struct termios saved_tty;
    int saved_flags[2]; /* of stdin and stdout; -1: not changed */
    struct sigaction saved_cont;
} stdio_state = { .saved_flags = { -1, -1 } };

/* In the background, changing the terminal would stop us. A terminal that does
 * not control us (it has no foreground group then) cannot. */
static bool in_background(void)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);

    return foreground >= 0 && foreground != getpgrp();
}

/* Async-signal-safe. */
static void apply_tty_mode(void)
{
    struct termios tty = stdio_state.saved_tty;

    /* SIGCONT brings us back here. */
    if (!stdio_state.is_tty || in_background()) {
        return;
    }
    if (!stdio_state.echo) {
        tty.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR |
                         ICRNL | IXON);
        tty.c_oflag |= OPOST;
        tty.c_lflag &= ~(ECHO | ECHONL | ICANON | IEXTEN);
        tty.c_cflag &= ~(CSIZE | PARENB);
        tty.c_cflag |= CS8;
        tty.c_cc[VMIN] = 1;
        tty.c_cc[VTIME] = 0;
    }
    if (!stdio_state.allow_signals) {
        tty.c_lflag &= ~ISIG;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &tty);
}

void char_stdio_restore(void)
{
    if (!stdio_state.in_use) {
        return;
    }
    stdio_state.in_use = false;
    if (stdio_state.is_tty) {
        if (!in_background()) {
            tcsetattr(STDIN_FILENO, TCSANOW, &stdio_state.saved_tty);
        }
        sigaction(SIGCONT, &stdio_state.saved_cont, NULL);
    }
    for (int i = 0; i < 2; i++) {
        if (stdio_state.saved_flags[i] >= 0) {
            fcntl(i, F_SETFL, stdio_state.saved_flags[i]);
            stdio_state.saved_flags[i] = -1;
        }
    }
}

static void continue_handler(int sig)
{
    int saved = errno;

    apply_tty_mode();
    errno = saved;
}

static void take_terminal(void)
{
    struct sigaction act = { .sa_handler = continue_handler,
                             .sa_flags = SA_RESTART };

    stdio_state.is_tty = isatty(STDIN_FILENO) &&
                         tcgetattr(STDIN_FILENO, &stdio_state.saved_tty) == 0;
    for (int i = 0; i < 2; i++) {
        int flags = fcntl(i, F_GETFL);

        if (flags >= 0 && !(flags & O_NONBLOCK) &&
            fcntl(i, F_SETFL, flags | O_NONBLOCK) == 0) {
            stdio_state.saved_flags[i] = flags;
        }
    }
    if (stdio_state.is_tty) {
        sigaction(SIGCONT, &act, &stdio_state.saved_cont);
        apply_tty_mode();
    }
    if (!stdio_state.exit_handler) {
        stdio_state.exit_handler = true;
        atexit(char_stdio_restore);
    }
}

static bool stdio_forbidden;

void qemu_chr_stdio_forbid(void)
{
    stdio_forbidden = true;
}

static bool char_stdio_open(Chardev *chr, json_t *opts, bool keyval,
                            Error **errp)
{
    bool allow_signals = true;
    const CharOpt table[] = {
        { "signal", CHAR_OPT_BOOL, &allow_signals },
        { NULL },
    };

    if (stdio_forbidden) {
        error_setg(errp, "cannot use stdio with -daemonize");
        return false;
    }
    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    if (stdio_state.in_use) {
        error_setg(errp, "cannot use stdio by multiple character devices");
        return false;
    }
    stdio_state.in_use = true;
    stdio_state.echo = false;
    stdio_state.allow_signals = allow_signals;
    take_terminal();
    chr->filename = g_strdup("stdio");
    char_fd_start(CHARDEV_FD(chr), STDIN_FILENO, STDOUT_FILENO);
    return true;
}

static void char_stdio_set_echo(Chardev *chr, bool echo)
{
    stdio_state.echo = echo;
    apply_tty_mode();
}

static void char_stdio_finalize(Object *obj)
{
    /* Only the one that opened successfully owns the terminal. */
    if (CHARDEV_FD(obj)->fd_in == STDIN_FILENO) {
        char_stdio_restore();
    }
}

static void char_stdio_class_init(ObjectClass *klass, const void *data)
{
    ChardevClass *cc = CHARDEV_CLASS(klass);

    cc->open = char_stdio_open;
    cc->set_echo = char_stdio_set_echo;
}

static const TypeInfo char_stdio_types[] = {
    {
        .name = TYPE_CHARDEV_STDIO,
        .parent = TYPE_CHARDEV_FD,
        .instance_finalize = char_stdio_finalize,
        .class_init = char_stdio_class_init,
    },
};

DEFINE_TYPES(char_stdio_types)
