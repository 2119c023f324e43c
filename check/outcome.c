/* SPDX-License-Identifier: MIT */
/* outcome.c - what an execution has come to, as expectations ask for it: conditions on registers, and counts. */
#include "check/bind.h"

#include <assert.h>

/*
 * A fault is no value: it equals another fault, and no number, not even 0. Operators are no terms of this
 * kind, and never get here.
 */
static bool comparison_holds(const struct program_state *state, const struct litmus_term *term)
{
	bool same;

	assert(term->reg >= 0);
	if (term->kind == LITMUS_TERM_FAULT)
		same = state->fault[term->reg];
	else if (term->kind == LITMUS_TERM_REGISTER)
		same = state->fault[term->reg] == state->fault[term->other] &&
		       (state->fault[term->reg] || state->reg[term->reg] == state->reg[term->other]);
	else
		same = !state->fault[term->reg] && state->reg[term->reg] == term->value;
	return same != term->differs;
}

/*
 * Terms are in postfix order, checked by the parser: an operator always finds its operands, and one value is left.
 */
bool binding_condition(const struct binding *b, const struct litmus_expect *expect)
{
	bool values[LITMUS_MAX_TERMS];
	unsigned int n = 0;

	if (b->litmus->raw)
		return raw_condition(&b->raw, expect);
	assert(expect->nr_terms > 0 && expect->nr_terms <= LITMUS_MAX_TERMS);
	for (unsigned int i = 0; i < expect->nr_terms; i++) {
		const struct litmus_term *term = &expect->terms[i];

		switch (term->kind) {
		case LITMUS_TERM_NOT:
			values[n - 1] = !values[n - 1];
			break;
		case LITMUS_TERM_AND:
			n--;
			values[n - 1] = values[n - 1] && values[n];
			break;
		case LITMUS_TERM_OR:
			n--;
			values[n - 1] = values[n - 1] || values[n];
			break;
		default:
			values[n++] = comparison_holds(b->state, term);
		}
	}
	return values[0];
}

/* Some part of it, if it is a huge one. */
static bool is_invalidated(const struct binding *b, const struct litmus_map *map, unsigned int page)
{
	uint64_t watches = binding_watches(b, map->mm, litmus_address(map, page), litmus_address(map, page + 1));
	bool invalidated = false;

	for (; watches; watches &= watches - 1)
		invalidated |= model_state()->watches[__builtin_ctzll(watches)].invalidated;
	return invalidated;
}

/* A page counts once, however many requests covered it: one flush of a range and one flush of each page compare. */
uint64_t binding_count(const struct binding *b, const struct litmus_expect *expect)
{
	const struct model_state *m = model_state();
	const struct litmus_map *map;
	uint64_t pages = 0;

	assert(expect->kind == LITMUS_EXPECT_COUNT);
	if (expect->count == LITMUS_FLUSHES)
		return m->flushes;
	if (expect->count == LITMUS_IPIS)
		return m->ipis;
	if (expect->count == LITMUS_NOTIFIED)
		return m->notified;
	map = &b->litmus->maps[expect->map];
	for (unsigned int page = expect->page; page < expect->page + expect->pages; page++)
		pages += is_invalidated(b, map, page);
	return pages;
}
