/*
 * The line editor's history and completion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/readline-internal.h"

/* ---------------------------------------------------------------- history */

/* A line that is there already moves to the end. */
void readline_history_add(ReadLine *rl, const char *line)
{
    for (guint i = 0; i < rl->history->len; i++) {
        if (g_str_equal(g_ptr_array_index(rl->history, i), line)) {
            g_ptr_array_remove_index(rl->history, i);
            break;
        }
    }
    if (rl->history->len == READLINE_HISTORY) {
        g_ptr_array_remove_index(rl->history, 0);
    }
    g_ptr_array_add(rl->history, g_strdup(line));
}

const char *readline_history_get(const ReadLine *rl, unsigned i)
{
    return i < rl->history->len ? g_ptr_array_index(rl->history, i) : NULL;
}

void readline_history_move(ReadLine *rl, int by)
{
    guint len = rl->history->len;
    guint pos = rl->history_pos + by; /* below 0: huge */

    if (pos > len) {
        return;
    }
    if (rl->history_pos == len) {
        g_free(rl->unfinished);
        rl->unfinished = g_strdup(rl->line->str);
    }
    rl->history_pos = pos;
    readline_set_line(rl, pos == len ? rl->unfinished
                                     : g_ptr_array_index(rl->history, pos));
}

/* ------------------------------------------------------------- completion */

#define TERMINAL_WIDTH 80

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_and_unique(GPtrArray *words)
{
    g_ptr_array_sort(words, compare_strings);
    for (guint i = words->len; i-- > 1;) {
        if (g_str_equal(g_ptr_array_index(words, i),
                        g_ptr_array_index(words, i - 1))) {
            g_ptr_array_remove_index(words, i);
        }
    }
}

/* Sorted: what the first and the last share, all share. */
static size_t common_prefix(GPtrArray *words)
{
    const char *first = g_ptr_array_index(words, 0);
    const char *last = g_ptr_array_index(words, words->len - 1);
    size_t n = 0;

    while (first[n] && first[n] == last[n]) {
        n++;
    }
    return n;
}

static void list_candidates(ReadLine *rl, GPtrArray *words)
{
    size_t width = 0;
    guint per_row;

    for (guint i = 0; i < words->len; i++) {
        width = MAX(width, strlen(g_ptr_array_index(words, i)));
    }
    width += 2;
    per_row = MAX(1, TERMINAL_WIDTH / width);
    for (guint i = 0; i < words->len; i++) {
        g_string_append_printf(rl->out, "%s%-*s", i % per_row ? "" : "\r\n",
                               (int)width, (char *)g_ptr_array_index(words, i));
    }
    g_string_append(rl->out, "\r\n");
    readline_refresh(rl);
}

void readline_complete(ReadLine *rl)
{
    g_autofree char *head = g_strndup(rl->line->str, rl->pos);
    g_autoptr(GPtrArray) words = NULL;
    size_t word_len = 0, common;
    const char *first;

    words = rl->ops->complete(rl->opaque, head, &word_len);
    if (!words || !words->len) {
        return;
    }
    sort_and_unique(words);
    first = g_ptr_array_index(words, 0);
    common = common_prefix(words);
    if (common > word_len) {
        readline_insert(rl, first + word_len, common - word_len);
    }
    if (words->len == 1) {
        /* Something has to follow these. */
        if (!common || !strchr("/=,:", first[common - 1])) {
            readline_insert(rl, " ", 1);
        }
    } else if (common <= word_len) {
        list_candidates(rl, words);
    }
}
