/* SPDX-License-Identifier: MIT */
/* raw_end.c - the conditions of a raw scenario, asked where every program has ended and nothing is on its way. */
#include "check/raw.h"

#include <assert.h>

/* Once is enough, whatever the access did when it was made again. */
static bool has_faulted(const struct raw_world *w, const struct raw_term *term)
{
	unsigned int faults = w->state->faults[term->label];

	return term->fault == RAW_FAULT_ANY ? faults : faults >> term->fault & 1;
}

/* What has not left yet would be missing; but at an end everything has. */
static bool compares(const struct raw_world *w, const struct raw_term *term)
{
	return raw_equal(w, raw_evaluate(w, &term->left).word, &term->right) != term->differs;
}

/* In postfix order, as the reader has checked: an operator finds its operands, and one value is left. */
bool raw_condition(const struct raw_world *w, const struct litmus_expect *expect)
{
	bool values[RAW_MAX_TERMS];
	unsigned int n = 0;

	assert(expect->nr_terms > 0 && expect->nr_terms <= RAW_MAX_TERMS);
	for (unsigned int i = 0; i < expect->nr_terms; i++) {
		const struct raw_term *term = &expect->raw_terms[i];

		switch (term->kind) {
		case RAW_TERM_NOT:
			values[n - 1] = !values[n - 1];
			break;
		case RAW_TERM_AND:
			n--;
			values[n - 1] = values[n - 1] && values[n];
			break;
		case RAW_TERM_OR:
			n--;
			values[n - 1] = values[n - 1] || values[n];
			break;
		case RAW_TERM_FAULTED:
			values[n++] = has_faulted(w, term);
			break;
		default:
			values[n++] = compares(w, term);
		}
	}
	return values[0];
}
