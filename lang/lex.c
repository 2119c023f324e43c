/* SPDX-License-Identifier: MIT */
/*
 * lex.c - a litmus file as tokens, and how a mistake is told.
 *
 * A token never spans lines. What is no token at all (a lone `-`, a string without its end, 0xq) becomes TOKEN_BAD, which
 * no parser accepts, so that every mistake has the one shape "found X, expected Y".
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lang/read.h"
#include "lang/near.h"

/* ---- characters to tokens ---- */

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static void skip_blanks(struct lexer *lex)
{
	while (lex->next < lex->end && (*lex->next == ' ' || *lex->next == '\t' || *lex->next == '\r'))
		lex->next++;
	if (lex->next < lex->end && *lex->next == '#')
		while (lex->next < lex->end && *lex->next != '\n')
			lex->next++;
}

/* `A->r` is three tokens although `-` may stand in a name. */
static size_t name_length(const struct lexer *lex)
{
	const char *c = lex->next;

	while (c < lex->end && is_name_char(*c) && !(*c == '-' && c + 1 < lex->end && c[1] == '>'))
		c++;
	return (size_t)(c - lex->next);
}

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

static bool number_from(const char *text, size_t len, uint64_t *number)
{
	bool hex = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned int base = hex ? 16 : 10;
	size_t i = hex ? 2 : 0;

	for (*number = 0; i < len; i++) {
		unsigned int digit = (unsigned int)digit_value(text[i]);

		if (digit >= base || *number > (UINT64_MAX - digit) / base)
			return false;
		*number = *number * base + digit;
	}
	return true;
}

static size_t lex_string(struct lexer *lex, struct token *t)
{
	const char *c = lex->next + 1;

	while (c < lex->end && *c != '"' && *c != '\n' && *c != '\0')
		c++;
	if (c == lex->end || *c != '"')
		return (size_t)(c - lex->next);
	t->kind = TOKEN_STRING;
	t->text = lex->next + 1;
	t->len = (size_t)(c - t->text);
	return (size_t)(c + 1 - lex->next);
}

static size_t lex_sign(const struct lexer *lex, struct token *t)
{
	static const struct {
		char text[3];
		enum token_kind kind;
	} pairs[] = {
		{ "->", TOKEN_ARROW },	  { "!=", TOKEN_DIFFERS }, { "<=", TOKEN_AT_MOST },
		{ ">=", TOKEN_AT_LEAST }, { "..", TOKEN_DOTS },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (lex->end - lex->next < 2 || memcmp(lex->next, pairs[i].text, 2) != 0)
			continue;
		t->kind = pairs[i].kind;
		return 2;
	}
	if (*lex->next && strchr(".=|,:;+()", *lex->next))
		t->kind = TOKEN_SIGN;
	return 1;
}

static size_t lex_token(struct lexer *lex, struct token *t)
{
	char c = *lex->next;

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

void lex_next(struct lexer *lex)
{
	size_t len = 0;

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

void lex_start(struct lexer *lex, const char *text, size_t len)
{
	*lex = (struct lexer){ .next = text, .end = text + len, .line_start = text, .line = 1 };
	lex_next(lex);
}

/* ---- errors ---- */

struct message say(const char *format, ...)
{
	struct message m;
	va_list args;

	va_start(args, format);
	vsnprintf(m.text, sizeof(m.text), format, args);
	va_end(args);
	return m;
}

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
		break;
	default:
		break;
	}
	return say("%.*s", shown, t->text);
}

static _Noreturn void leave(struct reader *r, struct litmus_position at, const char *what)
{
	snprintf(r->error->text, sizeof(r->error->text), "%.100s:%u:%u: %s", r->path, at.line, at.column, what);
	r->error->at = at;
	longjmp(r->failed, 1);
}

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

_Noreturn void fail_unknown(struct reader *r, const struct token *token, const char *what, const char *const *list)
{
	char near[120];

	near_names(token->text, token->len, list, near, sizeof(near));
	if (!near[0])
		fail(r, token->at, describe(token), say("%s", what));
	fail(r, token->at, describe(token), say("%s (did you mean %s?)", what, near));
}

/* ---- taking tokens ---- */

bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && token->len == strlen(word) && memcmp(token->text, word, token->len) == 0;
}

bool at_word(const struct reader *r, const char *word)
{
	return token_is(&r->lex.token, word);
}

bool at_sign(const struct reader *r, char sign)
{
	return r->lex.token.kind == TOKEN_SIGN && *r->lex.token.text == sign;
}

bool at_line_end(const struct reader *r)
{
	return r->lex.token.kind == TOKEN_LINE || r->lex.token.kind == TOKEN_END;
}

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

unsigned int take_number(struct reader *r, const char *what, unsigned int min, unsigned int max)
{
	struct token t = r->lex.token;

	if (t.kind != TOKEN_NUMBER || t.number < min || t.number > max)
		fail_token(r, say("%s (a number from %u to %u)", what, min, max));
	lex_next(&r->lex);
	return (unsigned int)t.number;
}

const char *keep(struct reader *r, const char *text, size_t len)
{
	char *copy = r->pool;

	/* litmus_read() gives room for every token and every operation once. */
	if (len + 1 > (size_t)(r->pool_end - r->pool))
		fail(r, r->lex.token.at, say("more names than the file has room for"), say("a shorter file"));
	memcpy(copy, text, len);
	copy[len] = '\0';
	r->pool += len + 1;
	return copy;
}

int find_word(const struct token *token, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (token_is(token, list[i]))
			return i;
	return LITMUS_NONE;
}

struct message any_of(const char *const *list)
{
	struct message m = { "" };

	for (unsigned int i = 0; list[i]; i++)
		m = say("%s%s%s", m.text, !i ? "" : list[i + 1] ? ", " : " or ", list[i]);
	return m;
}

int take_choice(struct reader *r, const char *what, const char *const *list)
{
	struct token t = r->lex.token;
	int found = find_word(&t, list);

	if (t.kind != TOKEN_NAME)
		fail_token(r, say("%s", what));
	if (found == LITMUS_NONE)
		fail_unknown(r, &t, what, list);
	lex_next(&r->lex);
	return found;
}
