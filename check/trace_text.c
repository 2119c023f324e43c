/* SPDX-License-Identifier: MIT */
/* trace_text.c - the steps of an outcome as text that fits a command line, and back. */
#include "check/run.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/memory.h"

/*
 * Whether misses are in steps, and which words were late or old, in front of the steps: the machine is another one without. Their places are
 * the same in each process of the same program.
 */
static void print_words(FILE *stream, const struct delays_words *words)
{
	if (words->refills)
		fputc('r', stream);
	if (!words->nr)
		return;
	for (unsigned int i = 0; i < words->nr; i++) {
		const struct delays_word *word = &words->word[i];

		fprintf(stream, "%s%llx+%x+%x+%x+%x", i ? "_" : "", (unsigned long long)word->start, word->bytes,
			word->fixed, word->late, word->old);
	}
	fprintf(stream, "_%llx:", (unsigned long long)words->cpus);
}

/* Runs of equal steps are written once with a count, as a line must fit a shell and a terminal. */
char *run_trace_text(const struct outcome *out)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		explore_out_of_memory();
	print_words(stream, &out->words);
	for (unsigned int i = 0, run; i < out->length; i += run) {
		for (run = 1; i + run < out->length && out->steps[i + run].agent == out->steps[i].agent &&
			      out->steps[i + run].choice == out->steps[i].choice;
		     run++)
			;
		fprintf(stream, "%s%u", i ? "," : "", out->steps[i].agent);
		if (out->steps[i].choice)
			fprintf(stream, ".%u", out->steps[i].choice);
		if (run > 1)
			fprintf(stream, "x%u", run);
	}
	if (fclose(stream))
		explore_out_of_memory();
	return text;
}

/*
 * A decimal number of at most @limit at *@text, which moves behind it. No sign and no blank, which strtoul()
 * would take.
 */
static bool take_number(const char **text, unsigned int limit, unsigned int *number)
{
	char *end;
	unsigned long value;

	assert(text && *text && number);
	if (**text < '0' || **text > '9')
		return false;
	value = strtoul(*text, &end, 10);
	*text = end;
	*number = (unsigned int)value;
	return value <= limit;
}

/* A hexadecimal number at *@text, which moves behind it and behind @end. */
static bool take_word(const char **text, char end, uint64_t *number)
{
	char *behind;

	assert(text && *text && number);
	if (!isxdigit((unsigned char)**text))
		return false;
	*number = strtoull(*text, &behind, 16);
	*text = behind + 1;
	return *behind == end;
}

/* What print_words() has printed. */
static bool parse_words(const char **text, struct delays_words *words)
{
	uint64_t start, bytes, fixed, late, old;

	if (**text == 'r') {
		words->refills = 1;
		++*text;
	}
	if (!strchr(*text, ':'))
		return true;
	while (strchr(*text, '_')) {
		if (words->nr == WEAK_PLACES || !take_word(text, '+', &start) || !take_word(text, '+', &bytes) ||
		    !take_word(text, '+', &fixed) || !take_word(text, '+', &late) || !take_word(text, '_', &old) ||
		    !bytes || bytes > UINT8_MAX || fixed > 1 || late > UINT16_MAX || old > UINT16_MAX ||
		    (words->nr && start < words->word[words->nr - 1].start))
			return false;
		words->word[words->nr++] = (struct delays_word){ .start = start,
								 .bytes = (uint8_t)bytes,
								 .fixed = (uint8_t)fixed,
								 .late = (uint16_t)late,
								 .old = (uint16_t)old };
	}
	return take_word(text, ':', &words->cpus) && words->nr;
}

/* A trace comes from a command line, so everything in it is checked, and refused as a whole. */
bool run_trace_parse(const char *text, struct outcome *out)
{
	memset(out, 0, sizeof(*out));
	if (!parse_words(&text, &out->words))
		return false;
	for (;;) {
		unsigned int agent, choice = 0, run = 1;

		if (!take_number(&text, AGENT_MAX_AGENTS - 1, &agent))
			return false;
		if (*text == '.' && (text++, !take_number(&text, 255, &choice)))
			return false;
		if (*text == 'x' && (text++, !take_number(&text, AGENT_MAX_STEPS - out->length, &run)))
			return false;
		if (out->length + run > AGENT_MAX_STEPS)
			return false;
		while (run--)
			out->steps[out->length++] = (struct explore_choice){ (uint8_t)agent, (uint8_t)choice };
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}
