/* SPDX-License-Identifier: MIT */
/* words.c - the names of architectures, rules and properties, and what somebody may have meant by another. */
#include "check/cli.h"

#include "arch/arch.h"
#include "check/rules.h"

#include <stdio.h>
#include <string.h>

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
	words->litmus = (struct litmus_words){ .archs = words->arch, .rules = words->rule, .properties = words->property };
}

/* ---- names on the command line ---- */

static unsigned int distance(const char *a, size_t la, const char *b)
{
	unsigned int row[64];
	size_t lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int corner = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int above = row[j], best = corner + (a[i - 1] != b[j - 1]);

			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = above;
			row[j] = best;
		}
	}
	return row[lb];
}

static void complain(const char *const *list, const char *what, const char *name, size_t len)
{
	const char *before = ", did you mean ";

	fprintf(stderr, "shootdown: found '%.*s', expected %s", (int)len, name, what);
	for (; *list; list++) {
		bool part = len > 2 && strlen(*list) < 63 && !strncmp(*list, name, len);

		if (part || (strlen(*list) < 63 && len < 63 && distance(name, len, *list) <= 1 + len / 4)) {
			fprintf(stderr, "%s%s", before, *list);
			before = " or ";
		}
	}
	fprintf(stderr, "%s\n", *before == ',' ? "" : "?");
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
