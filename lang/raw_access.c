/* SPDX-License-Identifier: MIT */
/*
 * raw_access.c - accesses of raw scenarios: to pages, to entries and to flags.
 *
 * The three places take the same words, except that an entry is changed in its bits and a page or a flag as a number.
 * What an access has of order and of exclusiveness is read last and checked against what it turned out to be: a load
 * cannot release, and a plain store cannot acquire.
 */
#include <assert.h>
#include "lang/read.h"

/*
 * Everything but a plain store: a swap reads what it replaces, and an exclusive store reads what it
 * compares with, but nothing comes out of it that could be ordered.
 */
static bool reads(const struct raw_op *op)
{
	return op->kind != RAW_STORE;
}

/* A load that is exclusive is none: what it claims is taken by the store that follows. */
static bool writes(const struct raw_op *op)
{
	return op->kind == RAW_STORE || op->kind == RAW_MODIFY;
}

/* A store that is exclusive tells in a register whether it stored, so the arrow means that and no swap. */
static void make_exclusive(struct reader *r, struct raw_op *op, const struct token *t)
{
	assert(!op->exclusive);
	if (op->kind == RAW_MODIFY && op->how == RAW_ASSIGN && op->reg != LITMUS_NONE)
		op->kind = RAW_STORE;
	else if (op->kind != RAW_LOAD)
		fail(r, t->at, describe(t), say("it behind a load, or behind a store with -> r"));
	op->exclusive = true;
}

/* Any number of them in any order, each once. */
static void take_order(struct reader *r, struct raw_op *op)
{
	static const char *const words[] = { "acquire", "acquire-pc", "release", "exclusive", NULL };
	unsigned int given = 0;

	for (int word = find_word(&r->lex.token, words); word != LITMUS_NONE; word = find_word(&r->lex.token, words)) {
		struct token t = r->lex.token;

		if (given & 1u << word)
			fail_token(r, say("%s once", words[word]));
		if (word < 2 && given & 3)
			fail_token(r, say("one of acquire and acquire-pc"));
		given |= 1u << word;
		lex_next(&r->lex);
		if (word == 3)
			make_exclusive(r, op, &t);
		else if (word == 2 ? !writes(op) : !reads(op))
			fail(r, t.at, describe(&t),
			     say("%s", word == 2 ? "it behind what stores" : "it behind what loads"));
	}
	op->acquire = given & 1;
	op->acquire_pc = given & 2;
	op->release = given & 4;
}

/*
 * What a load found may be of no interest: the access itself can be, for the fault that it takes or the
 * bits that hardware sets for it.
 */
static void optional_register(struct reader *r, struct raw_op *op)
{
	if (accept_kind(r, TOKEN_ARROW))
		op->reg = take_register(r);
}

/* The words of an entry stand where an entry is written, so that `entry A = rw` needs no second `entry`. */
static struct raw_value take_new_value(struct reader *r, const struct raw_op *op)
{
	return op->place.kind == RAW_ENTRY ? take_entry_value(r, &op->place) : take_raw_value(r);
}

/* `if = V`, which makes a swap conditional on what the place holds. `if r` is for every operation: raw_program.c. */
static bool accept_compare(struct reader *r, struct raw_op *op)
{
	struct lexer here = r->lex;

	assert(op->place.kind != RAW_FLAG || op->place.flag != LITMUS_NONE);
	if (!accept_word(r, "if"))
		return false;
	if (!accept_sign(r, '=')) {
		r->lex = here;
		return false;
	}
	if (op->how == RAW_COMPARE)
		fail(r, here.token.at, describe(&here.token), say("one comparison"));
	op->how = RAW_COMPARE;
	op->expected = take_new_value(r, op);
	return true;
}

/* = V, a store; with -> r a swap; with `if = V`, before the = or behind the value, a comparison and a swap. */
static void take_assignment(struct reader *r, struct raw_op *op)
{
	bool compares = accept_compare(r, op);

	assert(op->reg == LITMUS_NONE);
	need_sign(r, '=', "=");
	op->value = take_new_value(r, op);
	compares |= accept_compare(r, op);
	optional_register(r, op);
	op->kind = compares || op->reg != LITMUS_NONE ? RAW_MODIFY : RAW_STORE;
}

/*
 * `if = V` in front of the operation, whose value was skipped until the place was known: @value is where it stands, @end
 * the operation behind it. What is read there has to end there.
 */
void read_raw_expected(struct reader *r, struct raw_op *op, const struct lexer *value, const struct token *end)
{
	struct lexer here = r->lex;

	if ((op->kind != RAW_STORE && op->kind != RAW_MODIFY) || op->how != RAW_ASSIGN || op->exclusive)
		fail(r, value->token.at, describe(&value->token), say("= V with one comparison behind it, no more"));
	r->lex = *value;
	op->kind = RAW_MODIFY;
	op->how = RAW_COMPARE;
	op->expected = take_new_value(r, op);
	if (r->lex.token.text != end->text)
		fail_token(r, say("entry, store or flag"));
	r->lex = here;
}

/* What a swap does with the old value: `set young`, `add 1`. */
static void take_change(struct reader *r, struct raw_op *op)
{
	static const char *const of_entry[] = { "set", "clear", NULL };
	static const char *const of_number[] = { "add", "sub", "and", "or", "xor", "clear", NULL };

	assert(r->lex.token.kind == TOKEN_NAME);
	op->kind = RAW_MODIFY;
	op->how = take_how(r, op->place.kind == RAW_ENTRY ? of_entry : of_number);
	if (op->place.kind == RAW_ENTRY) {
		op->how = op->how == RAW_SET ? RAW_SET : RAW_CLEAR;
		op->bits = take_entry_bits(r);
		if (op->how == RAW_SET && accept_word(r, "clear"))
			op->cleared = take_entry_bits(r);
	} else {
		op->value = take_raw_value(r);
	}
	optional_register(r, op);
}

/*
 * A name behind the place can only be a change; `if` is a name too, and begins a comparison. What it is
 * decides which orders may follow, so those are read last.
 */
static void take_write(struct reader *r, struct raw_op *op)
{
	if (at_sign(r, '=') || at_word(r, "if"))
		take_assignment(r, op);
	else if (r->lex.token.kind == TOKEN_NAME)
		take_change(r, op);
	else
		fail_token(r, say("=, or how it is changed"));
	take_order(r, op);
}

/* No flag: a flag has no page, and its own word in front of it says so. */
void read_raw_load(struct reader *r, struct raw_op *op)
{
	op->place = take_page_place(r);
	optional_register(r, op);
	take_order(r, op);
}

/* The access alone: what is fetched is not run. */
void read_raw_exec(struct reader *r, struct raw_op *op)
{
	op->place = take_page_place(r);
	optional_register(r, op);
	take_order(r, op);
}

/* Everything that a page's word can be asked to do except to be loaded. */
void read_raw_store(struct reader *r, struct raw_op *op)
{
	op->place = take_page_place(r);
	take_write(r, op);
}

/* Entries and flags are loaded by an arrow that follows at once. */
static void read_either_way(struct reader *r, struct raw_op *op)
{
	if (r->lex.token.kind == TOKEN_ARROW) {
		op->kind = RAW_LOAD;
		optional_register(r, op);
		take_order(r, op);
	} else {
		take_write(r, op);
	}
}

/*
 * The entry of a page, in memory like any other word: no translation is needed to reach it, so it faults
 * only for who has not the kernel's rights.
 */
void read_raw_entry(struct reader *r, struct raw_op *op)
{
	op->place = take_entry_place(r);
	read_either_way(r, op);
}

/* As for an entry, but its value is a number, and nothing about it faults. */
void read_raw_flag(struct reader *r, struct raw_op *op)
{
	op->place = take_flag_place(r, true);
	read_either_way(r, op);
}

/* A loop of loads, of which only the last one is kept: so waiting costs no states, and may acquire. */
void read_raw_await(struct reader *r, struct raw_op *op)
{
	op->place = take_flag_place(r, true);
	need_sign(r, '=', "=");
	op->value = take_raw_value(r);
	take_order(r, op);
}
