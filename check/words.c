/* SPDX-License-Identifier: MIT */
/* words.c - the names of architectures, rules and properties, and what somebody may have meant by another. */
#include "check/cli.h"

#include "arch/arch.h"
#include "check/form.h"
#include "check/memory.h"
#include "lang/near.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The language has its own numbers for who may run an operation, as it knows nothing of the mm. The text of a
 * form is what the reader parses by, and what the sweep makes scenarios from.
 */
static struct litmus_form form_of(const struct subject_operation *operation)
{
	return (struct litmus_form){
		.text = operation->form,
		.who = (operation->who & SUBJECT_CPU ? 1u << LITMUS_CPU : 0) |
		       (operation->who & SUBJECT_KTHREAD ? 1u << LITMUS_KTHREAD : 0),
	};
}

static bool needs(const struct subject_use *use, const char *statement)
{
	return use && use->needs && !strcmp(use->needs, statement);
}

/*
 * Sets of architectures are words of 64 bits. The lists end with NULL, which memset() has put
 * there. A property that no scenario can expect (.unreported) is known, so that the message says so and not
 * that there is none.
 */
void words_init(struct words *words)
{
	assert(tlb_arch_count() <= 64 && rules_count() <= MACHINE_RULES);
	static const char *const none[] = { NULL };
	const struct machine_format *format = checked_format();

	memset(words, 0, sizeof(*words));
	for (unsigned int i = 0; i < tlb_arch_count(); i++)
		words->arch[i] = tlb_arch_at(i)->name;
	for (unsigned int i = 0; i < rules_count(); i++) {
		rules_name(i, words->rule_name[i], sizeof(words->rule_name[i]));
		words->rule[i] = words->rule_name[i];
	}
	for (unsigned int i = 0; i < MODEL_PROPERTIES; i++)
		words->property[i] = model_property_name(i);
	words->litmus = (struct litmus_words){
		.archs = words->arch,
		.rules = words->rule,
		.properties = words->property,
		.features = checked_subject()->features ? checked_subject()->features : none,
		.forms = words->form,
		.table_bits = format ? format->bits : 0,
		.levels = format ? format->levels : 0,
	};
	for (unsigned int i = 0; i < LITMUS_MAX_FORMS && checked_subject()->operations[i].form; i++) {
		const struct subject_use *use = form_use(checked_subject(), checked_subject()->operations[i].form);

		words->form[i] = form_of(&checked_subject()->operations[i]);
		words->litmus.last |= (uint64_t)(use && use->ends) << i;
		words->litmus.moves |= (uint64_t)(use && use->moves) << i;
		words->litmus.switches |= (uint64_t)(use && use->switches) << i;
		words->litmus.of_uffd |= (uint64_t)needs(use, "uffd") << i;
		words->litmus.of_numa |= (uint64_t)needs(use, "numa") << i;
		words->litmus.of_soft_dirty |= (uint64_t)needs(use, "soft-dirty") << i;
		words->litmus.of_driver |= (uint64_t)(use && use->drivers) << i;
	}
}

/* rules.def writes `_`, as C must; scenarios write `-`. */
static char dashed(char letter)
{
	return letter == '_' ? '-' : letter;
}

/* The length counts, since the name may be a part of a list that goes on. */
int words_find(const char *const *list, const char *name, size_t len)
{
	assert(list && name);
	for (int i = 0; list[i]; i++) {
		size_t same = 0;

		while (same < len && list[i][same] && dashed(list[i][same]) == dashed(name[same]))
			same++;
		if (same == len && !list[i][same])
			return i;
	}
	return -1;
}

char *words_complaint(const char *const *list, const char *what, const char *command, const char *name, size_t len)
{
	char near[120];

	assert(list && what && name);
	near_names(name, len, list, near, sizeof(near));
	if (near[0])
		return memory_print("found '%.*s', expected %s (did you mean %s? See `shootdown %s`)", (int)len, name,
				    what, near, command);
	return memory_print("found '%.*s', expected %s (see `shootdown %s`)", (int)len, name, what, command);
}

/* Nothing named is everything: `shootdown arch` shows the whole table. */
bool words_chosen(const char *const *list, const char *what, const char *command, const struct request *request,
		  struct litmus_set *chosen)
{
	memset(chosen, request->nr_arguments ? 0 : UINT8_MAX, sizeof(*chosen));
	for (unsigned int i = 0; i < request->nr_arguments; i++) {
		const char *name = request->arguments[i];
		int nr = words_find(list, name, strlen(name));

		if (nr < 0) {
			char *complaint = words_complaint(list, what, command, name, strlen(name));

			fprintf(stderr, "shootdown: %s\n", complaint);
			free(complaint);
			return false;
		}
		litmus_set_put(chosen, (unsigned int)nr);
	}
	return true;
}
