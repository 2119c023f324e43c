/* SPDX-License-Identifier: MIT */
/*
 * lex.c - a litmus file as tokens, and how a mistake is told.
 *
 * A token never spans lines. What is no token at all (a lone `-`, a string without its end, 0xq) becomes TOKEN_BAD,
 * which no parser accepts, so that every mistake has the one shape "found X, expected Y".
 *
 * The lexer holds one token ahead and no other state than positions in the text, so that a copy of it is a bookmark:
 * parsers look further ahead with a copy, and go back by assigning one. The text need not end with a NUL, so every
 * look at a character is preceded by a check against the end.
 */
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lang/read.h"
#include "lang/near.h"

/* ---- characters to tokens ---- */

/*
 * The names of rules and properties are written with `-`, those of C with `_`; the language takes both.
 */
static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/*
 * The newline after a comment stays, because the end of a line is a token. A carriage return is a
 * blank, so files with CRLF line ends read the same.
 */
static void skip_blanks(struct lexer *lex)
{
	while (lex->next < lex->end && (*lex->next == ' ' || *lex->next == '\t' || *lex->next == '\r'))
		lex->next++;
	if (lex->next < lex->end && *lex->next == '#')
		while (lex->next < lex->end && *lex->next != '\n')
			lex->next++;
}

/*
 * `A->r` is three tokens although `-` may stand in a name. An arrow ends a name, and any other `-` is
 * part of it.
 */
static size_t name_length(const struct lexer *lex)
{
	const char *c = lex->next;

	while (c < lex->end && is_name_char(*c) && !(*c == '-' && c + 1 < lex->end && c[1] == '>'))
		c++;
	return (size_t)(c - lex->next);
}

/*
 * 16 stands for no digit at all: it is too large for both bases, so the caller needs one comparison
 * only.
 */
static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/*
 * False if it is no number or does not fit into 64 bits. The check against the maximum comes before the
 * multiplication, so that nothing ever overflows. A lone `0x` is not hexadecimal and fails at its x.
 */
static bool number_from(const char *text, size_t len, uint64_t *number)
{
	bool hex = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned int base = hex ? 16 : 10;
	size_t i = hex ? 2 : 0;

	assert(len > 0);
	for (*number = 0; i < len; i++) {
		unsigned int digit = (unsigned int)digit_value(text[i]);

		if (digit >= base || *number > (UINT64_MAX - digit) / base)
			return false;
		*number = *number * base + digit;
	}
	return true;
}

/*
 * The token has the text without its quotes, but the length that is returned includes them. A NUL ends
 * a string as a newline does, since keep() makes C strings of them and the rest would be lost without a
 * word.
 */
static size_t lex_string(struct lexer *lex, struct token *t)
{
	const char *c = lex->next + 1;

	assert(lex->next < lex->end && *lex->next == '"');
	while (c < lex->end && *c != '"' && *c != '\n' && *c != '\0')
		c++;
	if (c == lex->end || *c != '"')
		return (size_t)(c - lex->next);
	t->kind = TOKEN_STRING;
	t->text = lex->next + 1;
	t->len = (size_t)(c - t->text);
	return (size_t)(c + 1 - lex->next);
}

/*
 * The pairs come first, since `..` is not two single dots. An unknown character keeps the kind
 * TOKEN_BAD. The test for NUL is needed because strchr() would find it at the end of the list.
 */
static size_t lex_sign(const struct lexer *lex, struct token *t)
{
	static const struct {
		char text[3];
		enum token_kind kind;
	} pairs[] = {
		{ "->", TOKEN_ARROW },	  { "!=", TOKEN_DIFFERS }, { "<=", TOKEN_AT_MOST },
		{ ">=", TOKEN_AT_LEAST }, { "..", TOKEN_DOTS },
	};

	assert(lex->next < lex->end);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (lex->end - lex->next < 2 || memcmp(lex->next, pairs[i].text, 2) != 0)
			continue;
		t->kind = pairs[i].kind;
		return 2;
	}
	if (*lex->next && strchr(".=|,:;+(){}", *lex->next))
		t->kind = TOKEN_SIGN;
	return 1;
}

/*
 * Returns how many bytes the token takes, which is at least 1, so lex_next() always makes progress.
 * What begins with a digit is read as far as a name would go: 12ab is one bad token, not a number and a
 * name.
 */
static size_t lex_token(struct lexer *lex, struct token *t)
{
	char c = *lex->next;

	assert(lex->next < lex->end);
	if (c == '\n') {
		t->kind = TOKEN_LINE;
		return 1;
	}
	if (isalpha((unsigned char)c)) {
		t->kind = TOKEN_NAME;
		return name_length(lex);
	}
	if (isdigit((unsigned char)c)) {
		size_t len = name_length(lex);

		if (number_from(lex->next, len, &t->number))
			t->kind = TOKEN_NUMBER;
		return len;
	}
	return c == '"' ? lex_string(lex, t) : lex_sign(lex, t);
}

/*
 * The field .taken is set before the blanks are skipped, so that text cut from the source ends at the
 * last token and not at the blanks or the comment behind it. At the end of the file the token is
 * TOKEN_END however often this is called.
 */
void lex_next(struct lexer *lex)
{
	size_t len = 0;

	assert(lex->next <= lex->end);
	lex->taken = lex->next;
	skip_blanks(lex);
	lex->token = (struct token){
		.kind = TOKEN_BAD,
		.text = lex->next,
		.at = { lex->line, (unsigned int)(lex->next - lex->line_start) + 1 },
	};
	if (lex->next == lex->end)
		lex->token.kind = TOKEN_END;
	else
		len = lex_token(lex, &lex->token);
	if (lex->token.kind != TOKEN_STRING)
		lex->token.len = len;
	lex->next += len;
	if (lex->token.kind == TOKEN_LINE) {
		lex->line++;
		lex->line_start = lex->next;
	}
}

/*
 * The first token is read at once: every parser may look at the current one without asking whether
 * there is one.
 */
void lex_start(struct lexer *lex, const char *text, size_t len)
{
	assert(text || !len);
	*lex = (struct lexer){ .next = text, .end = text + len, .line_start = text, .line = 1 };
	lex_next(lex);
}

/* ---- errors ---- */

/*
 * Messages are values, so that a caller builds one in the middle of a call and nobody frees it. A text
 * that is too long is cut, which is right for an error message.
 */
struct message say(const char *format, ...)
{
	struct message m;
	va_list args;

	va_start(args, format);
	vsnprintf(m.text, sizeof(m.text), format, args);
	va_end(args);
	return m;
}

/* Digits of its base, but more than 64 bits of them: nothing else is wrong with the number. */
static bool is_too_large(const struct token *t)
{
	bool hex = t->len > 2 && (t->text[1] == 'x' || t->text[1] == 'X');

	for (size_t i = hex ? 2 : 0; i < t->len; i++)
		if (digit_value(t->text[i]) >= (hex ? 16 : 10))
			return false;
	return isdigit((unsigned char)*t->text);
}

/*
 * What a message shows of a token. Long ones are cut, and bytes that cannot be printed become numbers,
 * so that a binary file cannot reach the terminal.
 */
struct message describe(const struct token *t)
{
	int shown = t->len > 60 ? 60 : (int)t->len;

	switch (t->kind) {
	case TOKEN_END:
		return say("the end of the file");
	case TOKEN_LINE:
		return say("the end of the line");
	case TOKEN_STRING:
		return say("\"%.*s\"", shown, t->text);
	case TOKEN_BAD:
		if (*t->text == '"')
			return say("a string without its closing \"");
		if (!isprint((unsigned char)*t->text))
			return say("byte 0x%02x", (unsigned char)*t->text);
		if (is_too_large(t))
			return say("%.*s, which is more than 64 bits", shown, t->text);
		break;
	default:
		break;
	}
	return say("%.*s", shown, t->text);
}

/*
 * The one exit of all parsers. litmus_read() has called setjmp() before the first of them runs, and
 * frees the tree there; nothing else is allocated, so nothing is lost by the jump.
 */
static _Noreturn void leave(struct reader *r, struct litmus_position at, const char *what)
{
	assert(r->error && r->path);
	snprintf(r->error->text, sizeof(r->error->text), "%.100s:%u:%u: %s", r->path, at.line, at.column, what);
	r->error->at = at;
	longjmp(r->failed, 1);
}

/* Every mistake has this shape, which editors and the tests for bad files rely on. */
_Noreturn void fail(struct reader *r, struct litmus_position at, struct message found, struct message expected)
{
	char what[sizeof(found.text) + sizeof(expected.text) + 20];

	snprintf(what, sizeof(what), "found %s, expected %s", found.text, expected.text);
	leave(r, at, what);
}

_Noreturn void fail_token(struct reader *r, struct message expected)
{
	fail(r, r->lex.token.at, describe(&r->lex.token), expected);
}

/* Near matches are a help only: if there are none, the message just says what was expected. */
_Noreturn void fail_unknown(struct reader *r, const struct token *token, const char *what, const char *const *list)
{
	char near[120];

	near_names(token->text, token->len, list, near, sizeof(near));
	if (!near[0])
		fail(r, token->at, describe(token), say("%s", what));
	fail(r, token->at, describe(token), say("%s (did you mean %s?)", what, near));
}

/* ---- taking tokens ---- */

/* A string or a number with the same letters is not the word. */
bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && token->len == strlen(word) && memcmp(token->text, word, token->len) == 0;
}

bool at_word(const struct reader *r, const char *word)
{
	return token_is(&r->lex.token, word);
}

/* For characters that are signs by themselves; the pairs have kinds of their own. */
bool at_sign(const struct reader *r, char sign)
{
	return r->lex.token.kind == TOKEN_SIGN && *r->lex.token.text == sign;
}

bool at_line_end(const struct reader *r)
{
	return r->lex.token.kind == TOKEN_LINE || r->lex.token.kind == TOKEN_END;
}

/*
 * The three accept functions take what they ask for or nothing, and say which: a parser that gets false
 * may try something else at the same place.
 */
bool accept_word(struct reader *r, const char *word)
{
	bool there = at_word(r, word);

	if (there)
		lex_next(&r->lex);
	return there;
}

bool accept_sign(struct reader *r, char sign)
{
	bool there = at_sign(r, sign);

	if (there)
		lex_next(&r->lex);
	return there;
}

bool accept_kind(struct reader *r, enum token_kind kind)
{
	bool there = r->lex.token.kind == kind;

	if (there)
		lex_next(&r->lex);
	return there;
}

void need_sign(struct reader *r, char sign, const char *expected)
{
	if (!accept_sign(r, sign))
		fail_token(r, say("%s", expected));
}

void need_line_end(struct reader *r, const char *expected)
{
	if (!at_line_end(r))
		fail_token(r, say("%s", expected));
}

struct token take_name(struct reader *r, const char *expected)
{
	struct token t = r->lex.token;

	if (!accept_kind(r, TOKEN_NAME))
		fail_token(r, say("%s", expected));
	return t;
}

uint64_t take_value(struct reader *r, const char *what)
{
	uint64_t number = r->lex.token.number;

	if (!accept_kind(r, TOKEN_NUMBER))
		fail_token(r, say("%s", what));
	return number;
}

/*
 * For numbers with a fixed range, which the message shows. take_value() is for those that may be
 * anything.
 */
unsigned int take_number(struct reader *r, const char *what, unsigned int min, unsigned int max)
{
	struct token t = r->lex.token;

	assert(min <= max);
	if (t.kind != TOKEN_NUMBER || t.number < min || t.number > max)
		fail_token(r, say("%s (a number from %u to %u)", what, min, max));
	lex_next(&r->lex);
	return (unsigned int)t.number;
}

const char *keep(struct reader *r, const char *text, size_t len)
{
	char *copy = r->pool;

	assert(r->pool <= r->pool_end);
	/* litmus_read() gives room for every token and every operation once. */
	if (len + 1 > (size_t)(r->pool_end - r->pool))
		fail(r, r->lex.token.at, say("more names than the file has room for"), say("a shorter file"));
	memcpy(copy, text, len);
	copy[len] = '\0';
	r->pool += len + 1;
	return copy;
}

/* Lists are short, so a plain search is enough, and the index is what callers store. */
int find_word(const struct token *token, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (token_is(token, list[i]))
			return i;
	return LITMUS_NONE;
}

/* For messages that depend on what the mm under test has; a fixed list is written out by its caller. */
struct message any_of(const char *const *list)
{
	struct message m = { "" };

	for (unsigned int i = 0; list[i]; i++)
		m = say("%s%s%s", m.text, !i ? "" : list[i + 1] ? ", " : " or ", list[i]);
	return m;
}

/*
 * The name of a kind of things is in @what, for the message. Lists may be empty, when the mm under test
 * has nothing of that kind; then every name is unknown.
 */
int take_choice(struct reader *r, const char *what, const char *const *list)
{
	struct token t = r->lex.token;
	int found = find_word(&t, list);

	assert(what && list);
	if (t.kind != TOKEN_NAME)
		fail_token(r, say("%s", what));
	if (found == LITMUS_NONE)
		fail_unknown(r, &t, what, list);
	lex_next(&r->lex);
	return found;
}
