/* SPDX-License-Identifier: MIT */
/* bound.c - a scenario, read and bound to the mm on one architecture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/arch.h"
#include "tests/machine/bound.h"

enum {
	MOST_BYTES = 1 << 16
};

static const struct tlb_arch *row(const char *name)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++)
		if (!strcmp(tlb_arch_at(i)->name, name))
			return tlb_arch_at(i);
	fail_msg("no architecture %s", name);
	return NULL;
}

static const struct machine_rules none;

bool bound_parse(struct bound *b, const char *name, const char *text, const char *arch, struct litmus_error *error)
{
	memset(b, 0, sizeof(*b));
	b->name = name;
	words_init(&b->words);
	b->litmus = litmus_read(name, text, strlen(text), &b->words.litmus, error);
	if (b->litmus)
		binding_init(&b->binding, b->litmus, row(arch), &none);
	return b->litmus;
}

void bound_read(struct bound *b, const char *path, const char *arch)
{
	char *text = calloc(1, MOST_BYTES);
	struct litmus_error error;
	FILE *file = fopen(path, "r");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, MOST_BYTES - 1, file) > 0);
	fclose(file);
	if (!bound_parse(b, path, text, arch, &error))
		fail_msg("%s", error.text);
	free(text);
}

void bound_free(struct bound *b)
{
	litmus_free(b->litmus);
}

bool bound_learn(struct bound *b, unsigned long states)
{
	struct explore_options options = explore_defaults(binding_set_up, &b->binding);
	struct explore_stats stats;

	if (b->litmus->raw)
		return false;
	options.search = EXPLORE_STATES;
	options.max_states = states;
	model_forget_shared();
	delays_forget();
	do
		explore(&options, &stats);
	while (!stats.limit.what && delays_learn(&b->binding.words, model_in_order()));
	return b->binding.words.nr || b->binding.words.refills;
}

bool bound_set_up(struct bound *b)
{
	return agent_set_up(binding_set_up, &b->binding);
}
