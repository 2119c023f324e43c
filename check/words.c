/* SPDX-License-Identifier: MIT */
/* words.c - the names of architectures, rules and properties, and what somebody may have meant by another. */
#include "check/cli.h"

#include "arch/arch.h"
#include "lang/near.h"
#include "check/rules.h"

#include <stdio.h>
#include <string.h>

static struct litmus_form form_of(const struct subject_operation *operation)
{
	return (struct litmus_form){
		.text = operation->form,
		.who = (operation->who & SUBJECT_CPU ? 1u << LITMUS_CPU : 0) |
		       (operation->who & SUBJECT_KTHREAD ? 1u << LITMUS_KTHREAD : 0),
	};
}

void words_init(struct words *words)
{
	memset(words, 0, sizeof(*words));
	for (unsigned int i = 0; i < tlb_arch_count(); i++)
		words->arch[i] = tlb_arch_at(i)->name;
	for (unsigned int i = 0; i < rules_count(); i++) {
		rules_name(i, words->rule_name[i], sizeof(words->rule_name[i]));
		words->rule[i] = words->rule_name[i];
	}
	for (unsigned int i = 0; i < MODEL_PROPERTIES; i++)
		words->property[i] = model_property_name(i);
	for (unsigned int i = 0; i < LITMUS_MAX_FORMS && checked_subject()->operations[i].form; i++)
		words->form[i] = form_of(&checked_subject()->operations[i]);
	words->litmus = (struct litmus_words){
		.archs = words->arch,
		.rules = words->rule,
		.properties = words->property,
		.unreported = 1ull << MODEL_SECONDARY_STALE | 1ull << MODEL_ALIAS,
		.features = checked_subject()->features,
		.forms = words->form,
	};
}

/* ---- names on the command line ---- */

static void complain(const char *const *list, const char *what, const char *name, size_t len)
{
	char near[120];

	near_names(name, len, list, near, sizeof(near));
	fprintf(stderr, "shootdown: found '%.*s', expected %s%s%s%s\n", (int)len, name, what,
		near[0] ? " (did you mean " : "", near, near[0] ? "?)" : "");
}

bool words_parse(const char *const *list, const char *what, const char *text, uint64_t *bits)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		unsigned int i;

		for (i = 0; list[i] && (strlen(list[i]) != len || strncmp(list[i], text, len)); i++)
			;
		if (!list[i]) {
			complain(list, what, text, len);
			return false;
		}
		*bits |= 1ull << i;
		text += len + (text[len] == ',');
	}
	return true;
}
