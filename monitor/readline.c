/*
 * The line editor: from bytes to keys, and what each key does.
 *
 * Theory of operation. Bytes come from a terminal, or from whoever connected
 * to the socket: anything may come. A small state machine recognizes the
 * escape sequences of ANSI terminals; one that is not known is skipped, and a
 * control character in the middle of one ends it and counts as itself, so that
 * garbage never swallows the end of a line. What the terminal is to show is
 * collected and sent in one piece before a line is executed and at the end of
 * the input at hand.
 *
 * A line longer than READLINE_MAX_LINE is refused whole, never cut: half a
 * command might do something else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/readline-internal.h"

#define CTRL(c)    ((c) - '@')
#define KEY_DEL    0x7f
#define KEY_ESCAPE 0x1b
/* Larger numbers in escape sequences mean nothing to us. */
#define MAX_PARAM 9999

ReadLine *readline_new(const ReadLineOps *ops, void *opaque, const char *prompt,
                       bool edit)
{
    ReadLine *rl = g_new0(ReadLine, 1);

    rl->ops = ops;
    rl->opaque = opaque;
    rl->prompt = g_strdup(prompt);
    rl->edit = edit;
    rl->line = g_string_new(NULL);
    rl->out = g_string_new(NULL);
    rl->history = g_ptr_array_new_with_free_func(g_free);
    return rl;
}

void readline_free(ReadLine *rl)
{
    if (rl) {
        g_free(rl->prompt);
        g_string_free(rl->line, TRUE);
        g_string_free(rl->out, TRUE);
        g_ptr_array_unref(rl->history);
        g_free(rl->unfinished);
        g_free(rl);
    }
}

void readline_stop(ReadLine *rl)
{
    rl->stopped = true;
}

void readline_flush(ReadLine *rl)
{
    if (rl->out->len) {
        rl->ops->write(rl->opaque, rl->out->str, rl->out->len);
        g_string_truncate(rl->out, 0);
    }
}

void readline_enter(ReadLine *rl)
{
    g_autofree char *line = g_strdup(rl->line->str);
    bool too_long = rl->too_long;

    if (rl->edit) {
        g_string_append(rl->out, "\r\n");
    }
    if (too_long) {
        g_string_append_printf(rl->out,
                               "line of more than %d bytes is ignored\r\n",
                               READLINE_MAX_LINE);
    } else if (rl->edit && *line) {
        readline_history_add(rl, line);
    }
    readline_flush(rl);
    readline_reset(rl);
    if (!too_long) {
        rl->ops->line(rl->opaque, line);
    }
    if (!rl->stopped) {
        readline_refresh(rl);
    }
}

static void clear_screen(ReadLine *rl)
{
    g_string_append(rl->out, "\033[2J\033[1;1H");
    readline_refresh(rl);
}

/* Ctrl-C: the line was not meant. */
static void abandon(ReadLine *rl)
{
    g_string_append(rl->out, "^C\r\n");
    readline_start(rl);
}

static void control_key(ReadLine *rl, uint8_t key)
{
    switch (key) {
    case CTRL('A'):
        readline_move(rl, 0);
        break;
    case CTRL('B'):
        readline_move(rl, readline_prev_char(rl));
        break;
    case CTRL('C'):
        abandon(rl);
        break;
    case CTRL('D'):
        readline_erase(rl, rl->pos, readline_next_char(rl));
        break;
    case CTRL('E'):
        readline_move(rl, rl->line->len);
        break;
    case CTRL('F'):
        readline_move(rl, readline_next_char(rl));
        break;
    case CTRL('H'):
    case KEY_DEL:
        readline_erase(rl, readline_prev_char(rl), rl->pos);
        break;
    case CTRL('I'):
        readline_complete(rl);
        break;
    case CTRL('K'):
        readline_erase(rl, rl->pos, rl->line->len);
        break;
    case CTRL('L'):
        clear_screen(rl);
        break;
    case CTRL('N'):
        readline_history_move(rl, 1);
        break;
    case CTRL('P'):
        readline_history_move(rl, -1);
        break;
    case CTRL('U'):
        readline_erase(rl, 0, rl->pos);
        break;
    case CTRL('W'):
        readline_erase(rl, readline_prev_word(rl), rl->pos);
        break;
    case KEY_ESCAPE:
        rl->key_state = KEY_ESC;
        break;
    default:
        break;
    }
}

/* The letter that ends ESC [ or ESC O; by word: Ctrl or Alt is held. */
static void cursor_key(ReadLine *rl, char key, bool by_word)
{
    switch (key) {
    case 'A':
        readline_history_move(rl, -1);
        break;
    case 'B':
        readline_history_move(rl, 1);
        break;
    case 'C':
        readline_move(rl, by_word ? readline_next_word(rl)
                                  : readline_next_char(rl));
        break;
    case 'D':
        readline_move(rl, by_word ? readline_prev_word(rl)
                                  : readline_prev_char(rl));
        break;
    case 'H':
        readline_move(rl, 0);
        break;
    case 'F':
        readline_move(rl, rl->line->len);
        break;
    default:
        break;
    }
}

/* ESC [ number ~ */
static void numbered_key(ReadLine *rl, unsigned number)
{
    switch (number) {
    case 1:
    case 7:
        readline_move(rl, 0);
        break;
    case 3:
        readline_erase(rl, rl->pos, readline_next_char(rl));
        break;
    case 4:
    case 8:
        readline_move(rl, rl->line->len);
        break;
    default:
        break;
    }
}

static void csi_byte(ReadLine *rl, uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        if (!rl->key_param_closed) {
            rl->key_param = MIN(rl->key_param * 10 + byte - '0', MAX_PARAM);
        }
    } else if (byte < '@') {
        rl->key_param_closed = true;
    } else {
        rl->key_state = KEY_PLAIN;
        if (byte == '~') {
            numbered_key(rl, rl->key_param);
        } else {
            /* ESC [ 1 ; MODIFIER letter */
            cursor_key(rl, byte, rl->key_param_closed);
        }
    }
}

static void escape_byte(ReadLine *rl, uint8_t byte)
{
    rl->key_state = KEY_PLAIN;
    switch (byte) {
    case '[':
        rl->key_state = KEY_CSI;
        rl->key_param = 0;
        rl->key_param_closed = false;
        break;
    case 'O':
        rl->key_state = KEY_SS3;
        break;
    case 'b':
        readline_move(rl, readline_prev_word(rl));
        break;
    case 'f':
        readline_move(rl, readline_next_word(rl));
        break;
    default:
        break;
    }
}

static void edit_byte(ReadLine *rl, uint8_t byte)
{
    if (byte < ' ' || byte == KEY_DEL) {
        rl->key_state = KEY_PLAIN;
        control_key(rl, byte);
        return;
    }
    switch (rl->key_state) {
    case KEY_ESC:
        escape_byte(rl, byte);
        break;
    case KEY_CSI:
        csi_byte(rl, byte);
        break;
    case KEY_SS3:
        rl->key_state = KEY_PLAIN;
        cursor_key(rl, byte, false);
        break;
    case KEY_PLAIN:
        readline_insert(rl, (const char *)&byte, 1);
        break;
    }
}

static void feed_byte(ReadLine *rl, uint8_t byte)
{
    bool after_cr = rl->after_cr;

    rl->after_cr = byte == '\r';
    if (byte == '\r' || byte == '\n') {
        if (byte == '\r' || !after_cr) {
            readline_enter(rl);
        }
    } else if (rl->edit) {
        edit_byte(rl, byte);
    } else if (byte) {
        readline_insert(rl, (const char *)&byte, 1);
    }
}

void readline_feed(ReadLine *rl, const uint8_t *buf, size_t len)
{
    rl->stopped = false;
    for (size_t i = 0; i < len && !rl->stopped; i++) {
        feed_byte(rl, buf[i]);
    }
    readline_flush(rl);
}
