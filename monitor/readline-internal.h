/*
 * Inside the line editor: the line and what is done to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_INTERNAL_H
#define MONITOR_READLINE_INTERNAL_H

#include "monitor/readline.h"

typedef enum ReadLineKeyState {
    KEY_PLAIN,
    KEY_ESC, /* after ESC */
    KEY_CSI, /* after ESC [ and parameters */
    KEY_SS3, /* after ESC O */
} ReadLineKeyState;

struct ReadLine {
    const ReadLineOps *ops;
    void *opaque;
    char *prompt;
    bool edit;
    bool stopped;
    bool after_cr; /* a newline now belongs to the carriage return before */
    bool too_long; /* bytes were refused since the line began */
    GString *line;
    size_t pos;   /* of the cursor, in bytes */
    GString *out; /* for the terminal, sent by readline_flush() */

    GPtrArray *history; /* char *, oldest first */
    guint history_pos;  /* history->len: the new line */
    char *unfinished;   /* the new line, while an old one is shown */

    ReadLineKeyState key_state;
    unsigned key_param;    /* first number of a CSI sequence */
    bool key_param_closed; /* a ';' came: further numbers do not count */
};

void readline_flush(ReadLine *rl);

/* The line; each shows what it does. Positions are in bytes. */
void readline_insert(ReadLine *rl, const char *text, size_t len);
void readline_erase(ReadLine *rl, size_t from, size_t to);
void readline_move(ReadLine *rl, size_t pos);
void readline_set_line(ReadLine *rl, const char *text);
/* The character or word before and after the cursor. */
size_t readline_prev_char(const ReadLine *rl);
size_t readline_next_char(const ReadLine *rl);
size_t readline_prev_word(const ReadLine *rl);
size_t readline_next_word(const ReadLine *rl);

/* A newline was typed. */
void readline_enter(ReadLine *rl);

void readline_history_add(ReadLine *rl, const char *line);
void readline_history_move(ReadLine *rl, int by);
void readline_complete(ReadLine *rl);

#endif
