/* SPDX-License-Identifier: MIT */
/*
 * expect.c - the lines that say what is expected.
 *
 * What follows `expect` is told apart by its first two words: a declared register with = or != behind it begins a
 * condition, whatever else its name could mean; so do `not` and a parenthesis.
 *
 * A condition is stored in postfix order, so that whoever evaluates it needs a stack of booleans and no tree. `and`
 * binds more tightly than `or`, and `not` more tightly than both; each has one function here, and each function adds
 * its own term after those of its operands.
 */
#include <assert.h>
#include <string.h>
#include "lang/read.h"

static const char *const counts[] = { "flushes", "ipis", "notified", "invalidated", NULL };

/* All registers are known here, because the agents stand above the expectations. */
static bool at_register(const struct reader *r)
{
	const struct litmus *l = r->litmus;

	return find_named(l->registers, l->nr_registers, &r->lex.token) != LITMUS_NONE;
}

/*
 * Two words have to be seen before it is decided, and a copy of the lexer sees them without taking
 * anything.
 */
static bool is_compared(const struct reader *r)
{
	struct lexer ahead = r->lex;

	lex_next(&ahead);
	return ahead.token.kind == TOKEN_DIFFERS || (ahead.token.kind == TOKEN_SIGN && *ahead.token.text == '=');
}

static bool at_comparison(const struct reader *r)
{
	return at_register(r) && is_compared(r);
}

/* ---- conditions ---- */

/* The near matches are looked for among the registers, and @more, alone: no other name could stand here. */
static _Noreturn void fail_compared(struct reader *r, const struct token *t, const char *what, const char *const *more)
{
	const char *list[LITMUS_MAX_NAMES + 8] = { NULL };
	unsigned int n = 0;

	assert(r->litmus->nr_registers <= LITMUS_MAX_NAMES);
	for (; n < r->litmus->nr_registers; n++)
		list[n] = r->litmus->registers[n].name;
	while (more && *more)
		list[n++] = *more++;
	fail_unknown(r, t, what, list);
}

static _Noreturn void fail_register(struct reader *r, const struct token *t, const char *what)
{
	fail_compared(r, t, what, NULL);
}

/*
 * A register that nothing fills would make a condition that is always false, so an unknown name is a
 * mistake.
 */
static int find_register(struct reader *r, const char *what)
{
	struct token t = take_name(r, what);
	int found = find_named(r->litmus->registers, r->litmus->nr_registers, &t);

	if (found == LITMUS_NONE)
		fail_register(r, &t, what);
	return found;
}

/*
 * One limit covers comparisons and what joins them, since both take a place in the same array. The
 * pointer is computed before the check but used only after it.
 */
static struct litmus_term *add_term(struct reader *r, struct litmus_expect *e, enum litmus_term_kind kind)
{
	struct litmus_term *term = &e->terms[e->nr_terms];

	assert(e->kind == LITMUS_EXPECT_CONDITION);
	if (e->nr_terms == LITMUS_MAX_TERMS)
		fail_token(r, say("at most %u comparisons, not, and, or in one condition", LITMUS_MAX_TERMS));
	*term = (struct litmus_term){ .kind = kind, .reg = LITMUS_NONE, .other = LITMUS_NONE };
	e->nr_terms++;
	return term;
}

/*
 * A register against a number, a fault or another register. `fault` is tried before a register because
 * no register may have that name: take_register() refuses it.
 */
static void read_comparison(struct reader *r, struct litmus_expect *e)
{
	struct litmus_term *term;
	bool differs;
	int reg;

	if (r->litmus->raw) {
		read_raw_comparison(r, e);
		return;
	}
	reg = find_register(r, "a register that some operation fills");
	differs = accept_kind(r, TOKEN_DIFFERS);
	if (!differs)
		need_sign(r, '=', "= or !=");
	term = add_term(r, e, LITMUS_TERM_NUMBER);
	term->reg = reg;
	term->differs = differs;
	if (r->lex.token.kind == TOKEN_NUMBER) {
		term->value = take_value(r, "a number");
	} else if (accept_word(r, "fault")) {
		term->kind = LITMUS_TERM_FAULT;
	} else {
		term->kind = LITMUS_TERM_REGISTER;
		term->other = find_register(r, "a number, a register or fault");
	}
}

/* Adds what joins the terms before it: `not`, `and` or `or`. */
static void join_terms(struct reader *r, struct litmus_expect *e, enum litmus_term_kind kind)
{
	assert(kind == LITMUS_TERM_NOT || kind == LITMUS_TERM_AND || kind == LITMUS_TERM_OR);
	if (!r->litmus->raw)
		add_term(r, e, kind);
	else
		join_raw_terms(r, e,
			       kind == LITMUS_TERM_NOT	 ? RAW_TERM_NOT
			       : kind == LITMUS_TERM_AND ? RAW_TERM_AND
							 : RAW_TERM_OR);
}

static void read_either(struct reader *r, struct litmus_expect *e, unsigned int depth);

/*
 * Any number of `not`, and a comparison or a condition in parentheses. A register may be called not.
 * Two `not` cancel each other, so an even number of them adds no term and a long chain cannot fill the
 * array. The depth is bounded because this function and read_either() call each other: without the
 * bound, a file of parentheses could exhaust the stack.
 */
static void read_negation(struct reader *r, struct litmus_expect *e, unsigned int depth)
{
	unsigned int nots = 0;

	assert(depth <= LITMUS_MAX_DEPTH);
	while (!at_comparison(r) && accept_word(r, "not"))
		nots ^= 1;
	if (at_sign(r, '(')) {
		if (depth == LITMUS_MAX_DEPTH)
			fail_token(r, say("at most %u parentheses in each other", LITMUS_MAX_DEPTH));
		lex_next(&r->lex);
		read_either(r, e, depth + 1);
		need_sign(r, ')', "and, or or )");
	} else {
		read_comparison(r, e);
	}
	if (nots)
		join_terms(r, e, LITMUS_TERM_NOT);
}

/* The term for `and` follows its two operands, as postfix order asks; operands group from the left. */
static void read_both(struct reader *r, struct litmus_expect *e, unsigned int depth)
{
	read_negation(r, e, depth);
	while (accept_word(r, "and")) {
		read_negation(r, e, depth);
		join_terms(r, e, LITMUS_TERM_AND);
	}
}

/* The weakest of the three, so a whole condition starts here, and so does each one in parentheses. */
static void read_either(struct reader *r, struct litmus_expect *e, unsigned int depth)
{
	read_both(r, e, depth);
	while (accept_word(r, "or")) {
		read_both(r, e, depth);
		join_terms(r, e, LITMUS_TERM_OR);
	}
}

/* The field .when stays as the caller has set it: sometimes, never, or always if neither word was there. */
static void read_condition(struct reader *r, struct litmus_expect *e)
{
	e->kind = LITMUS_EXPECT_CONDITION;
	read_either(r, e, 0);
}

/* ---- counts ---- */

/*
 * The pages of `invalidated` become addresses at once, because the world is complete when the first
 * expectation is read. The line may end here or go on with `on`; the check stands here so that the
 * message can offer both.
 */
static void read_count(struct reader *r, struct litmus_expect *e)
{
	struct token t = r->lex.token;

	assert(r->placed);
	e->kind = LITMUS_EXPECT_COUNT;
	e->count = (enum litmus_count)take_choice(r, "a count", counts);
	if (e->count == LITMUS_NOTIFIED)
		need_feature(r, &t, "notified", "a count");
	if (e->count == LITMUS_INVALIDATED) {
		e->map = take_map(r);
		take_pages(r, r->litmus->maps[e->map].pages, true, &e->page, &e->pages);
		e->start = litmus_address(&r->litmus->maps[e->map], e->page);
		e->end = litmus_address(&r->litmus->maps[e->map], e->page + e->pages);
	}
	if (accept_kind(r, TOKEN_AT_MOST))
		e->compare = LITMUS_AT_MOST;
	else if (accept_kind(r, TOKEN_AT_LEAST))
		e->compare = LITMUS_AT_LEAST;
	else
		need_sign(r, '=', "=, <= or >=");
	e->number = take_value(r, "a number");
	if (!at_line_end(r) && !at_word(r, "on"))
		fail_token(r, say("on or the end of the line"));
}

/* ---- PROPERTY without RULE ---- */

/*
 * `any` is all of them, also those that nothing can report: together with others they do no harm. Named
 * alone they would make an expectation that can never hold, so that is refused.
 */
static uint64_t take_properties(struct reader *r)
{
	uint64_t bits = 0;

	if (accept_word(r, "any")) {
		for (unsigned int i = 0; r->words->properties[i]; i++)
			bits |= 1ull << i;
		return bits;
	}
	do {
		struct litmus_position at = r->lex.token.at;
		int property = take_choice(r, "a property", r->words->properties);

		/* Nothing can report it, so an expectation of it could only fail. */
		if (r->words->unreported >> property & 1)
			fail(r, at, say("%s", r->words->properties[property]),
			     say("a property that the machine can report"));
		bits |= 1ull << property;
	} while (accept_sign(r, '|'));
	return bits;
}

/*
 * `without some` asks for at least one rule whose absence shows the break, whichever it is; the runner
 * tries them all, so no rule is named and @rules stays empty.
 */
static void read_broken(struct reader *r, struct litmus_expect *e)
{
	e->kind = LITMUS_EXPECT_BROKEN;
	e->properties = take_properties(r);
	if (!accept_word(r, "without"))
		fail_token(r, say("| or without"));
	e->some = accept_word(r, "some");
	if (e->some)
		return;
	do
		litmus_set_put(&e->rules, take_choice(r, "the name of a rule", r->words->rules));
	while (accept_sign(r, ','));
}

/* ---- one line ---- */

/*
 * Everything that could have stood here is one list, so that a near match is found among the language's
 * own words, the properties and the registers alike. The room is for the most that each of the three
 * can have.
 */
static _Noreturn void fail_expectation(struct reader *r)
{
	static const char *const own[] = { "safe",    "sometimes", "never",    "any",
					   "flushes", "ipis",	   "notified", "invalidated" };
	const char *list[64 + LITMUS_MAX_NAMES + 9];
	const struct litmus *l = r->litmus;
	unsigned int n = 0;

	assert(r->litmus->nr_registers <= LITMUS_MAX_NAMES);
	for (; n < sizeof(own) / sizeof(own[0]); n++)
		list[n] = own[n];
	for (unsigned int i = 0; r->words->properties[i]; i++)
		list[n++] = r->words->properties[i];
	for (unsigned int i = 0; i < l->nr_registers; i++)
		list[n++] = l->registers[i].name;
	list[n] = NULL;
	if (r->lex.token.kind == TOKEN_NAME)
		fail_unknown(r, &r->lex.token, "safe, a property, a condition or a count", list);
	fail_token(r, say("safe, a property, a condition or a count"));
}

/* A raw scenario has no mm that could be safe or count anything, so only conditions are left. */
static void read_raw_what(struct reader *r, struct litmus_expect *e)
{
	static const char *const words[] = { "safe", "any", "flushes", "ipis", "notified", "invalidated", NULL };

	if (!at_comparison(r) && find_word(&r->lex.token, words) != LITMUS_NONE)
		fail_token(r, say("a condition, since a raw scenario has no mm under test"));
	if (!at_comparison(r) && accept_word(r, "sometimes"))
		e->when = LITMUS_SOMETIMES;
	else if (!at_comparison(r) && accept_word(r, "never"))
		e->when = LITMUS_NEVER;
	end_raw_programs(r);
	e->raw_terms = &r->litmus->raw->terms[r->litmus->raw->nr_terms];
	read_condition(r, e);
}

/*
 * The order decides what a word means when it could mean two things: a comparison comes first, so a
 * register may be called `safe` or `any` and still be compared. A register alone comes last and fails
 * with the message that asks for = or !=.
 */
static void read_what(struct reader *r, struct litmus_expect *e)
{
	if (r->litmus->raw) {
		read_raw_what(r, e);
	} else if (at_comparison(r) || at_word(r, "not") || at_sign(r, '(')) {
		read_condition(r, e);
	} else if (accept_word(r, "sometimes")) {
		e->when = LITMUS_SOMETIMES;
		read_condition(r, e);
	} else if (accept_word(r, "never")) {
		e->when = LITMUS_NEVER;
		read_condition(r, e);
	} else if (accept_word(r, "safe")) {
		e->kind = LITMUS_EXPECT_SAFE;
	} else if (find_word(&r->lex.token, counts) != LITMUS_NONE) {
		read_count(r, e);
	} else if (at_word(r, "any") || find_word(&r->lex.token, r->words->properties) != LITMUS_NONE) {
		read_broken(r, e);
	} else if (at_register(r)) {
		read_condition(r, e);
	} else if (r->lex.token.kind == TOKEN_NAME && is_compared(r)) {
		fail_compared(r, &r->lex.token, "a register that some operation fills, or a count", counts);
	} else {
		fail_expectation(r);
	}
}

/* At the first name of one that is missing; `all` is a name of each. @name is behind `on`. */
static _Noreturn void fail_missing(struct reader *r, struct lexer *name, uint64_t missing)
{
	for (;; lex_next(name)) {
		int arch = find_word(&name->token, r->words->archs);

		assert(name->token.kind == TOKEN_NAME);
		if (arch == LITMUS_NONE || missing >> arch & 1)
			fail(r, name->token.at, describe(&name->token),
			     say("an architecture that the file's arch line names"));
	}
}

/*
 * Without `on` an expectation holds on every architecture of the file. An architecture that the file
 * does not run on would leave the expectation unchecked, so it is refused.
 */
static void read_on(struct reader *r, struct litmus_expect *e)
{
	struct lexer name;
	uint64_t missing;

	e->archs = r->litmus->archs;
	if (!accept_word(r, "on"))
		return;
	name = r->lex;
	e->archs = take_archs(r);
	missing = e->archs & ~r->litmus->archs;
	if (missing)
		fail_missing(r, &name, missing);
}

/*
 * No line may continue an agent after an expectation, so r->agent is cleared. The count goes up at the
 * end only, when the entry is complete.
 */
void read_expect(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct litmus_expect *e = &l->expects[l->nr_expects];
	struct token first = r->lex.token;

	assert(at_word(r, "expect") && r->placed);
	if (l->nr_expects == LITMUS_MAX_EXPECTS)
		fail_token(r, say("at most %u expectations in one file", LITMUS_MAX_EXPECTS));
	*e = (struct litmus_expect){ .at = first.at, .map = LITMUS_NONE };
	r->agent = NULL;
	lex_next(&r->lex);
	read_what(r, e);
	read_on(r, e);
	need_line_end(r, "on or the end of the line");
	e->text = keep(r, first.text, (size_t)(r->lex.taken - first.text));
	l->nr_expects++;
}
