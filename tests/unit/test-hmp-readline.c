/*
 * The monitor's line editor: keys byte by byte, garbage, lines that are too
 * long, history, completion. A small terminal interprets what the editor
 * sends, so that what is checked is what a human would see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/readline-internal.h"

#define PROMPT   "> "
#define ROW_SIZE (READLINE_MAX_LINE + 64)

/* --------------------------------------------------------------- terminal */

/* The row the cursor is in; the rows above are not looked at. A cell holds a
 * character, in UTF-8. */
typedef struct Terminal {
    char cells[ROW_SIZE][5];
    char row[ROW_SIZE * 4]; /* the cells as text */
    size_t len, col;
    unsigned rows, bells, clears;
} Terminal;

typedef struct Fixture {
    ReadLine *rl;
    Terminal tty;
    GString *sent;    /* everything the editor wrote */
    GPtrArray *lines; /* entered */
    const char *const *candidates;
    bool stop; /* the next line ends it all */
} Fixture;

static void tty_put(Terminal *t, char c)
{
    g_assert_cmpuint(t->col, <, ROW_SIZE - 1);
    if (((uint8_t)c & 0xc0) == 0x80) { /* the character goes on */
        g_assert_cmpuint(t->col, >, 0);
        if (strlen(t->cells[t->col - 1]) < 4) {
            strncat(t->cells[t->col - 1], &c, 1);
        }
        return;
    }
    t->cells[t->col][0] = c;
    t->cells[t->col++][1] = '\0';
    t->len = MAX(t->len, t->col);
}

/* Returns the bytes of the sequence. */
static size_t tty_escape(Terminal *t, const char *s)
{
    unsigned n = 1;
    int used = 0;

    if (g_str_has_prefix(s, "\033[2J")) {
        t->clears++;
        return 4;
    }
    if (g_str_has_prefix(s, "\033[1;1H")) {
        t->len = t->col = 0;
        return 6;
    }
    if (g_str_has_prefix(s, "\033[K")) {
        t->len = t->col;
        return 3;
    }
    sscanf(s, "\033[%u%n", &n, &used);
    used = MAX(used, 2);
    if (s[used] == 'D') {
        g_assert_cmpuint(n, <=, t->col);
        t->col -= n;
    } else if (s[used] == 'C') {
        t->col += n;
        g_assert_cmpuint(t->col, <=, t->len);
    } else {
        g_error("unexpected escape sequence ending in '%c'", s[used]);
    }
    return used + 1;
}

static void tty_write(Terminal *t, const char *text, size_t len)
{
    g_autofree char *s = g_strndup(text, len);

    for (size_t i = 0; i < len;) {
        if (s[i] == '\033') {
            i += tty_escape(t, s + i);
            continue;
        }
        if (s[i] == '\r') {
            t->col = 0;
        } else if (s[i] == '\n') {
            t->rows++;
            t->len = 0;
        } else if (s[i] == '\a') {
            t->bells++;
        } else {
            g_assert_cmpuint((uint8_t)s[i], >=, ' ');
            tty_put(t, s[i]);
        }
        i++;
    }
    t->row[0] = '\0';
    for (size_t i = 0, used = 0; i < t->len; i++) {
        used += g_strlcpy(t->row + used, t->cells[i], sizeof(t->row) - used);
    }
}

/* ---------------------------------------------------------------- fixture */

static void on_write(void *opaque, const char *text, size_t len)
{
    Fixture *f = opaque;

    g_string_append_len(f->sent, text, len);
    tty_write(&f->tty, text, len);
}

static void on_line(void *opaque, const char *line)
{
    Fixture *f = opaque;

    g_ptr_array_add(f->lines, g_strdup(line));
    if (f->stop) {
        readline_stop(f->rl);
    }
}

static GPtrArray *on_complete(void *opaque, const char *head, size_t *word_len)
{
    Fixture *f = opaque;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    const char *space = strrchr(head, ' ');
    const char *word = space ? space + 1 : head;

    *word_len = strlen(word);
    for (int i = 0; f->candidates && f->candidates[i]; i++) {
        if (g_str_has_prefix(f->candidates[i], word)) {
            g_ptr_array_add(found, g_strdup(f->candidates[i]));
        }
    }
    return found;
}

static const ReadLineOps test_ops = {on_write, on_line, on_complete};

static void set_up(Fixture *f, bool edit)
{
    *f = (Fixture){.sent = g_string_new(NULL),
                   .lines = g_ptr_array_new_with_free_func(g_free)};
    f->rl = readline_new(&test_ops, f, PROMPT, edit);
    readline_start(f->rl);
    g_assert_cmpstr(f->tty.row, ==, PROMPT);
}

static void tear_down(Fixture *f)
{
    readline_free(f->rl);
    g_string_free(f->sent, TRUE);
    g_ptr_array_unref(f->lines);
}

/* Byte by byte: no sequence may depend on arriving in one piece. */
static void type(Fixture *f, const char *keys)
{
    for (; *keys; keys++) {
        readline_feed(f->rl, (const uint8_t *)keys, 1);
    }
}

#define check_row(f, text) g_assert_cmpstr((f)->tty.row, ==, PROMPT text)

static void check_last(Fixture *f, const char *line)
{
    g_assert_cmpuint(f->lines->len, >, 0);
    g_assert_cmpstr(g_ptr_array_index(f->lines, f->lines->len - 1), ==, line);
}

/* The screen shows the line, with the cursor where the editor believes. */
static void check_shown(Fixture *f)
{
    g_autofree char *want = g_strconcat(PROMPT, f->rl->line->str, NULL);

    g_assert_cmpstr(f->tty.row, ==, want);
    g_assert_cmpuint(f->tty.col, ==, strlen(PROMPT) + f->rl->pos);
}

/* ------------------------------------------------------------------- keys */

typedef struct KeyCase {
    const char *keys, *line;
} KeyCase;

#define LEFT  "\033[D"
#define RIGHT "\033[C"
#define UP    "\033[A"
#define DOWN  "\033[B"

static const KeyCase key_cases[] = {
    {"abc", "abc"},
    {"abc" LEFT LEFT "X", "aXbc"},
    {"abc" LEFT LEFT RIGHT "X", "abXc"},
    {"abc\033OD\033ODX", "aXbc"},
    {"abc\002\002X\006Y", "aXbYc"},
    {"abc\001X", "Xabc"},
    {"abc\033[HX\033[FY", "XabcY"},
    {"abc\033OHX\033OFY", "XabcY"},
    {"abc\033[1~X\033[4~Y", "XabcY"},
    {"abc\033[7~X\033[8~Y", "XabcY"},
    {"abc\001X\005Y", "XabcY"},
    {"abc\177", "ab"},
    {"abc\b\b\b\b\bx", "x"},
    {"abc" LEFT "\177", "ac"},
    {"abc\001\004", "bc"},
    {"abc\001\033[3~\033[3~\033[3~\033[3~z", "z"},
    {"abc" LEFT "\013", "ab"},
    {"abc" LEFT "\025", "c"},
    {"one two  three\027", "one two  "},
    {"one two  \027", "one "},
    {"one two\027\027\027x", "x"},
    {"one two\033bX", "one Xtwo"},
    {"one two\001\033fX", "oneX two"},
    {"one two\033[1;5DX", "one Xtwo"},
    {"one two\001\033[1;5CX", "oneX two"},
    {LEFT LEFT RIGHT RIGHT UP DOWN "x", "x"},
    {"abc\033[ZX", "abcX"},
    {"abc\033[99~X", "abcX"},
    {"abc\033[200~X", "abcX"},
    {"abc\033[99999999999999999999~X", "abcX"},
    {"abc\033[?1;2cX", "abcX"},
    {"abc\033qX", "abcX"},
    /* A sequence that is cut short does not eat what follows. */
    {"abc\033[1\001X", "Xabc"},
    {"abc\033\177", "ab"},
    {"abc\033\033[DX", "abXc"},
    /* Keys without a meaning. */
    {"a\002\006\007\016\020\021\022\023\024\026\031\032\034\035\036\037b",
     "ab"},
};

static void test_keys(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(key_cases); i++) {
        Fixture f;

        set_up(&f, true);
        type(&f, key_cases[i].keys);
        check_shown(&f);
        type(&f, "\n");
        g_test_message("case %u", i);
        g_assert_cmpuint(f.lines->len, ==, 1);
        check_last(&f, key_cases[i].line);
        check_row(&f, "");
        tear_down(&f);
    }
}

/* What a terminal shows of UTF-8 is characters, not bytes. */
static void test_utf8(void)
{
    Fixture f;

    set_up(&f, true);
    type(&f, "a\xc3\xa4\xe2\x82\xac" LEFT LEFT "X");
    type(&f, "\n");
    check_last(&f, "aX\xc3\xa4\xe2\x82\xac");
    type(&f, "a\xc3\xa4\xe2\x82\xac\177\177");
    check_row(&f, "a");
    type(&f, "\xc3\xa4\001\006\033[3~");
    check_row(&f, "a");
    type(&f, "\n");
    check_last(&f, "a");
    tear_down(&f);
}

static void test_newlines(void)
{
    Fixture f;

    set_up(&f, true);
    type(&f, "a\r\nb\nc\r\rd\n");
    g_assert_cmpuint(f.lines->len, ==, 5);
    g_assert_cmpstr(g_ptr_array_index(f.lines, 1), ==, "b");
    g_assert_cmpstr(g_ptr_array_index(f.lines, 3), ==, "");
    check_last(&f, "d");
    /* A newline in an escape sequence is a newline. */
    type(&f, "e\033[1\nf\033\n");
    g_assert_cmpuint(f.lines->len, ==, 7);
    check_last(&f, "f");
    tear_down(&f);
}

static void test_clear_and_abandon(void)
{
    Fixture f;

    set_up(&f, true);
    type(&f, "abc" LEFT "\014");
    g_assert_cmpuint(f.tty.clears, ==, 1);
    check_row(&f, "abc");
    check_shown(&f);
    type(&f, "\003");
    check_row(&f, "");
    g_assert_cmpuint(f.lines->len, ==, 0);
    g_assert_nonnull(strstr(f.sent->str, "^C\r\n"));
    type(&f, "x\n");
    check_last(&f, "x");
    /* What came before a client left is not part of the next one's line. */
    type(&f, "half\033[");
    readline_start(f.rl);
    type(&f, "Dx\n");
    check_last(&f, "Dx");
    tear_down(&f);
}

static void test_stop(void)
{
    static const uint8_t input[] = "one\ntwo\n";
    Fixture f;

    set_up(&f, true);
    f.stop = true;
    readline_feed(f.rl, input, sizeof(input) - 1);
    g_assert_cmpuint(f.lines->len, ==, 1);
    g_assert_cmpstr(f.tty.row, ==, "");
    tear_down(&f);
}

/* --------------------------------------------------------------- too long */

static void feed_many(Fixture *f, char c, size_t count)
{
    g_autofree char *text = g_strnfill(count, c);

    readline_feed(f->rl, (const uint8_t *)text, count);
}

static void test_too_long(void)
{
    const char *message = "line of more than 4095 bytes is ignored\r\n";
    Fixture f;

    set_up(&f, true);
    feed_many(&f, 'a', READLINE_MAX_LINE);
    type(&f, "\n");
    g_assert_cmpuint(f.lines->len, ==, 1);
    g_assert_cmpuint(strlen(g_ptr_array_index(f.lines, 0)), ==,
                     READLINE_MAX_LINE);
    g_assert_null(strstr(f.sent->str, message));

    feed_many(&f, 'b', READLINE_MAX_LINE + 10);
    g_assert_cmpuint(f.tty.bells, ==, 10);
    type(&f, "\nc\n");
    g_assert_nonnull(strstr(f.sent->str, message));
    g_assert_cmpuint(f.lines->len, ==, 2);
    check_last(&f, "c");
    /* It is not in the history either. */
    type(&f, UP UP);
    g_assert_cmpint(f.rl->line->str[0], ==, 'a');

    /* Shortened, it counts as what is seen. */
    type(&f, "\025");
    feed_many(&f, 'd', READLINE_MAX_LINE + 1);
    type(&f, "\177\n");
    g_assert_cmpuint(f.lines->len, ==, 3);
    tear_down(&f);
}

static void test_plain(void)
{
    Fixture f;

    set_up(&f, false);
    type(&f, "one\033[D\t\n");
    check_last(&f, "one\033[D\t");
    readline_feed(f.rl, (const uint8_t *)"t\0wo\r\n", 6);
    check_last(&f, "two");
    g_assert_cmpuint(f.lines->len, ==, 2);
    feed_many(&f, 'a', 100000);
    type(&f, "\n");
    g_assert_cmpuint(f.lines->len, ==, 2);
    type(&f, "three\n");
    check_last(&f, "three");
    /* No echo: but for the one message there are prompts only. */
    g_assert_cmpstr(f.sent->str, ==,
                    "> > > line of more than 4095 bytes is ignored\r\n> > ");
    g_assert_null(readline_history_get(f.rl, 0));
    tear_down(&f);
}

/* ---------------------------------------------------------------- history */

static void test_history(void)
{
    Fixture f;

    set_up(&f, true);
    type(&f, "one\ntwo\n\nthree\n");
    type(&f, "new" UP);
    check_row(&f, "three");
    type(&f, "\020\020");
    check_row(&f, "one");
    type(&f, UP);
    check_row(&f, "one");
    type(&f, DOWN);
    check_row(&f, "two");
    type(&f, "\016\016");
    check_row(&f, "new");
    type(&f, DOWN "er");
    check_row(&f, "newer");

    /* An old line, changed: the history keeps both. */
    type(&f, UP UP "2\n");
    check_last(&f, "two2");
    g_assert_cmpstr(readline_history_get(f.rl, 1), ==, "two");
    g_assert_cmpstr(readline_history_get(f.rl, 3), ==, "two2");
    /* Again: it moves to the end. */
    type(&f, "one\n");
    g_assert_cmpstr(readline_history_get(f.rl, 0), ==, "two");
    g_assert_cmpstr(readline_history_get(f.rl, 3), ==, "one");
    g_assert_null(readline_history_get(f.rl, 4));
    tear_down(&f);
}

static void test_history_bound(void)
{
    Fixture f;

    set_up(&f, true);
    for (int i = 0; i < 3 * READLINE_HISTORY; i++) {
        g_autofree char *line = g_strdup_printf("%d\n", i);

        type(&f, line);
    }
    g_assert_cmpstr(readline_history_get(f.rl, 0), ==, "128");
    g_assert_cmpstr(readline_history_get(f.rl, READLINE_HISTORY - 1), ==,
                    "191");
    g_assert_null(readline_history_get(f.rl, READLINE_HISTORY));
    for (int i = 0; i < 2 * READLINE_HISTORY; i++) {
        type(&f, UP);
    }
    check_row(&f, "128");
    tear_down(&f);
}

/* ------------------------------------------------------------- completion */

static void test_completion(void)
{
    static const char *const words[] = {
        "set_link",         "stop",      "stop", "system_reset",
        "system_powerdown", "/machine/", NULL};
    Fixture f;

    set_up(&f, true);
    f.candidates = words;
    type(&f, "se\t");
    check_row(&f, "set_link ");
    type(&f, "\025stop\t"); /* twice the same is one */
    check_row(&f, "stop ");
    type(&f, "\025sy\t");
    check_row(&f, "system_");
    g_assert_cmpuint(f.tty.rows, ==, 0);
    type(&f, "\t");
    check_row(&f, "system_");
    g_assert_cmpuint(f.tty.rows, ==, 2);
    g_assert_nonnull(strstr(f.sent->str, "\r\nsystem_powerdown  system_reset"));
    type(&f, "\025zz\t");
    check_row(&f, "zz");
    /* In the middle: the rest stays. */
    type(&f, "\025a /m x" LEFT LEFT "\t");
    check_row(&f, "a /machine/ x");
    check_shown(&f);
    f.candidates = NULL;
    type(&f, "\t");
    check_row(&f, "a /machine/ x");
    tear_down(&f);
}

/* A candidate that does not fit is not inserted in part. */
static void test_completion_bound(void)
{
    static const char *const words[] = {"abcdefgh", NULL};
    Fixture f;

    set_up(&f, true);
    f.candidates = words;
    feed_many(&f, 'x', READLINE_MAX_LINE - 5);
    type(&f, " ab\t");
    g_assert_cmpuint(f.rl->line->len, <=, READLINE_MAX_LINE);
    g_assert_true(g_str_has_suffix(f.rl->line->str, " ab "));
    check_shown(&f);
    tear_down(&f);
}

/* ----------------------------------------------------------------- garbage */

static void test_garbage(void)
{
    static const char *const words[] = {"alpha", "alpine", "beta", NULL};
    static const char keys[] = "ab \033[ABCDHFO~;135\t\001\002\004\005\006\010"
                               "\013\014\016\020\025\027\003\177\n";
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    Fixture f;

    set_up(&f, true);
    f.candidates = words;
    for (int i = 0; i < 200000; i++) {
        uint8_t byte = keys[g_rand_int_range(rand, 0, sizeof(keys) - 1)];

        readline_feed(f.rl, &byte, 1);
        check_shown(&f);
    }
    /* Any byte at all: nothing is shown that is not for the eye, and the end
     * of a line is always seen. */
    for (int i = 0; i < 200000; i++) {
        uint8_t byte = g_rand_int(rand);

        readline_feed(f.rl, &byte, 1);
    }
    type(&f, "\n");
    g_ptr_array_set_size(f.lines, 0);
    type(&f, "good\n");
    check_last(&f, "good");
    tear_down(&f);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/readline/keys", test_keys);
    g_test_add_func("/hmp/readline/utf8", test_utf8);
    g_test_add_func("/hmp/readline/newlines", test_newlines);
    g_test_add_func("/hmp/readline/clear-abandon", test_clear_and_abandon);
    g_test_add_func("/hmp/readline/stop", test_stop);
    g_test_add_func("/hmp/readline/too-long", test_too_long);
    g_test_add_func("/hmp/readline/plain", test_plain);
    g_test_add_func("/hmp/readline/history", test_history);
    g_test_add_func("/hmp/readline/history-bound", test_history_bound);
    g_test_add_func("/hmp/readline/completion", test_completion);
    g_test_add_func("/hmp/readline/completion-bound", test_completion_bound);
    g_test_add_func("/hmp/readline/garbage", test_garbage);
    return g_test_run();
}
