/*
 * Line editing for a human on any byte stream: the keys of emacs and of an
 * ANSI terminal, history, completion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_READLINE_H
#define MONITOR_READLINE_H

#include "util/osdep.h"

/* Longest line; a longer one is refused whole. */
#define READLINE_MAX_LINE 4095
/* Lines remembered. */
#define READLINE_HISTORY 64

typedef struct ReadLine ReadLine;

typedef struct ReadLineOps {
    /* Echo and prompts; text is not terminated. */
    void (*write)(void *opaque, const char *text, size_t len);
    /* A line was entered. May call readline_stop(). */
    void (*line)(void *opaque, const char *line);
    /*
     * What can stand where the last word of head (the line up to the cursor)
     * is: strings that begin with that word, in any order, to be freed with
     * g_ptr_array_unref(). *word_len: bytes of the word.
     */
    GPtrArray *(*complete)(void *opaque, const char *head, size_t *word_len);
} ReadLineOps;

/* edit false: lines as they come, without echo, keys and history. */
ReadLine *readline_new(const ReadLineOps *ops, void *opaque, const char *prompt,
                       bool edit);
void readline_free(ReadLine *rl);
/* Bytes from the terminal, any. Not from within a callback. */
void readline_feed(ReadLine *rl, const uint8_t *buf, size_t len);
/* An empty line behind a fresh prompt. */
void readline_start(ReadLine *rl);
/* The prompt and what was typed so far, again. */
void readline_refresh(ReadLine *rl);
/* Forgets what was typed so far. */
void readline_reset(ReadLine *rl);
/* From ops->line: no prompt after this line, and the rest of what is being
 * fed is dropped. */
void readline_stop(ReadLine *rl);
/* The i-th line of history, oldest first; NULL if there are not so many. */
const char *readline_history_get(const ReadLine *rl, unsigned i);

#endif
