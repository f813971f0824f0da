/*
 * The line editor's line: inserting, erasing, moving, and showing it.
 *
 * What the terminal shows is kept equal to the line by relative movement only
 * (the cursor stays in the row), so nothing has to be known about the size of
 * the terminal; a line that wraps is still edited right, but drawn wrong. A
 * character is one column wide.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/readline-internal.h"

static bool is_continuation(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80; /* of a UTF-8 character */
}

static unsigned columns(const ReadLine *rl, size_t from, size_t to)
{
    unsigned n = 0;

    for (; from < to; from++) {
        n += !is_continuation(rl->line->str[from]);
    }
    return n;
}

static void cursor(ReadLine *rl, char direction, unsigned n)
{
    if (n > 1) {
        g_string_append_printf(rl->out, "\033[%u%c", n, direction);
    } else if (n) {
        g_string_append_printf(rl->out, "\033[%c", direction);
    }
}

/* Shows the line from `from`, where the terminal's cursor is, and leaves the
 * cursor at rl->pos. */
static void show_tail(ReadLine *rl, size_t from)
{
    size_t len = rl->line->len;

    g_string_append_len(rl->out, rl->line->str + from, len - from);
    if (rl->pos < len) {
        cursor(rl, 'D', columns(rl, rl->pos, len));
    }
}

void readline_insert(ReadLine *rl, const char *text, size_t len)
{
    size_t from = rl->pos;

    if (rl->line->len + len > READLINE_MAX_LINE) {
        rl->too_long = true;
        if (rl->edit) {
            g_string_append_c(rl->out, '\a');
        }
        return;
    }
    g_string_insert_len(rl->line, from, text, len);
    rl->pos += len;
    if (rl->edit) {
        show_tail(rl, from);
    }
}

void readline_move(ReadLine *rl, size_t pos)
{
    if (pos < rl->pos) {
        cursor(rl, 'D', columns(rl, pos, rl->pos));
    } else {
        cursor(rl, 'C', columns(rl, rl->pos, pos));
    }
    rl->pos = pos;
}

void readline_erase(ReadLine *rl, size_t from, size_t to)
{
    if (from == to) {
        return;
    }
    readline_move(rl, from);
    g_string_erase(rl->line, from, to - from);
    g_string_append(rl->out, "\033[K");
    show_tail(rl, from);
    rl->too_long = false; /* who edits it has seen what it is */
}

void readline_set_line(ReadLine *rl, const char *text)
{
    readline_move(rl, 0);
    g_string_append(rl->out, "\033[K");
    g_string_assign(rl->line, text);
    rl->pos = rl->line->len;
    rl->too_long = false;
    show_tail(rl, 0);
}

size_t readline_prev_char(const ReadLine *rl)
{
    size_t pos = rl->pos;

    if (pos) {
        pos--;
    }
    while (pos && is_continuation(rl->line->str[pos])) {
        pos--;
    }
    return pos;
}

size_t readline_next_char(const ReadLine *rl)
{
    size_t pos = rl->pos;

    if (pos < rl->line->len) {
        pos++;
    }
    while (pos < rl->line->len && is_continuation(rl->line->str[pos])) {
        pos++;
    }
    return pos;
}

size_t readline_prev_word(const ReadLine *rl)
{
    const char *s = rl->line->str;
    size_t pos = rl->pos;

    while (pos && s[pos - 1] == ' ') {
        pos--;
    }
    while (pos && s[pos - 1] != ' ') {
        pos--;
    }
    return pos;
}

size_t readline_next_word(const ReadLine *rl)
{
    const char *s = rl->line->str;
    size_t pos = rl->pos;

    while (s[pos] == ' ') {
        pos++;
    }
    while (s[pos] && s[pos] != ' ') {
        pos++;
    }
    return pos;
}

void readline_reset(ReadLine *rl)
{
    g_string_truncate(rl->line, 0);
    rl->pos = 0;
    rl->too_long = false;
    rl->key_state = KEY_PLAIN;
    rl->history_pos = rl->history->len;
    g_clear_pointer(&rl->unfinished, g_free);
}

void readline_refresh(ReadLine *rl)
{
    g_string_append(rl->out, rl->prompt);
    if (rl->edit) {
        show_tail(rl, 0);
    }
    readline_flush(rl);
}

void readline_start(ReadLine *rl)
{
    readline_reset(rl);
    readline_refresh(rl);
}
