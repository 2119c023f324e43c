/* SPDX-License-Identifier: MIT */
/*
 * sweep.c - scenarios made from the table of operations.
 *
 * A program is one operation of the table with its operands filled in: the map A, its page 0, the file F, a register, a
 * page that was taken. Where an operation means something only with others, those stand in the same program: what uses a
 * page stands behind what takes it, and struct subject_use names what must stand before. So each generated
 * scenario is one that a person could have meant, and a violation in it is a bug, of the mm or of the checker.
 *
 * Two programs that are exchanged between two CPUs are the same scenario, so only sets of programs are made, with repetition:
 * an operation meets itself, too. The last CPU makes one access to the page, as most violations are an access that should not
 * have been possible.
 */
#include "check/sweep.h"

#include "check/memory.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What there is to be taken away: one page, mapped at the start. A world is a part of a scenario's text. The
 * order is a part of every scenario's number, so new ones stand at the end.
 */
static const struct sweep_memory {
	const char *name, *what, *world;
	int file; /* enum subject_file_kind, or NONE */
	bool stack;
} memories[] = {
	{ "anon", "an anonymous page", "map  A = anon rw\npresent A dirty\n", SUBJECT_NONE, false },
	/* Not the first page of its table, which a flush for the table would cover. */
	{ "stack", "a page of a stack", "map  A = anon rw at 0x5000 grows\npresent A dirty\n", SUBJECT_NONE, true },
	{ "shared", "a shared page of a file", "file F pages=1\nmap  A = F rw shared\npresent A rw dirty\n",
	  SUBJECT_FILE_CACHE, false },
	{ "private", "a page of a file, mapped private", "file F pages=1\nmap  A = F rw\npresent A\n",
	  SUBJECT_FILE_CACHE, false },
	{ "driver", "a driver's page", "file F pages=1 pfn\nmap  A = F rw shared\npresent A rw dirty\n",
	  SUBJECT_FILE_PFN, false },
	{ "driver-private", "a driver's page, mapped private", "file F pages=1 pfn\nmap  A = F rw\npresent A\n",
	  SUBJECT_FILE_PFN, false },
};

static const struct {
	const char *name, *program;
} accesses[] = { { "load", "load A" }, { "store", "store A = 1" } };

enum {
	MEMORIES = sizeof(memories) / sizeof(memories[0]),
	ACCESSES = sizeof(accesses) / sizeof(accesses[0]),
	WORD = 32, /* of a form, with its end */
	MOST_PROGRAMS = 200,
};

/* ---- words of a form ---- */

/* The next word of *@form into @word; false: there is none. */
static bool next_word(const char **form, char word[WORD])
{
	size_t len;

	*form += strspn(*form, " ");
	len = strcspn(*form, " ");
	assert(len < WORD);
	memcpy(word, *form, len);
	word[len] = 0;
	*form += len;
	return len > 0;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(word, *list))
			return true;
	}
	return false;
}

/* `dontneed`, which tells forms of one name apart; g and r are operands. */
static bool is_own_word(const char *word)
{
	return islower((unsigned char)word[0]) && word[1];
}

static const char *const map_words[] = { "A", "A.p", "A[.p..q]", "S", NULL };
static const char *const file_words[] = { "F", "F.p", "F[.p]", NULL };
/* What is written for them does not depend on the world. */
static const char *const plain_words[] = { "[B...]", "->", "[->", "r", "r]", "g", "=", "PROT", NULL };

/* Does a word of @form after the name equal one in @list? */
static bool form_has(const char *form, const char *const *list)
{
	char word[WORD];

	assert(form);
	next_word(&form, word);
	while (next_word(&form, word)) {
		if (is_one_of(word, list))
			return true;
	}
	return false;
}

static bool has_word(const char *form, const char *word)
{
	const char *const list[] = { word, NULL };

	return form_has(form, list);
}

/* Takes a page, as `gup A.p -> g`; uses one, as `put g`. */
static bool takes_page(const char *form)
{
	return has_word(form, "g") && has_word(form, "->") && !has_word(form, "r");
}

static bool uses_page(const char *form)
{
	return has_word(form, "g") && !takes_page(form);
}

/* False: it needs what generated worlds do not have, such as a second map or a device. N is a number only behind `=`. */
static bool can_be_written(const char *form)
{
	bool equals = has_word(form, "=");
	char word[WORD];

	next_word(&form, word);
	while (next_word(&form, word)) {
		bool number = equals && !strcmp(word, "N");

		if (!number && !is_own_word(word) && !is_one_of(word, map_words) && !is_one_of(word, file_words) &&
		    !is_one_of(word, plain_words))
			return false;
	}
	return true;
}

/* ---- programs ---- */

/* By its first word, which ends at a space or at the end of the form. */
static bool is_called(const struct subject_operation *operation, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(operation->form, name, len) && (operation->form[len] == ' ' || !operation->form[len]);
}

static const struct subject_operation *find(const struct subject *subject, const char *name)
{
	const struct subject_operation *operation = subject->operations;

	while (operation->form && !is_called(operation, name))
		operation++;
	assert(operation->form);
	return operation;
}

static void add_program(struct sweep *sweep, const struct sweep_program *program)
{
	assert(sweep->nr_programs < MOST_PROGRAMS);
	sweep->program = explore_grow(sweep->program, sweep->nr_programs + 1, sizeof(*sweep->program));
	sweep->program[sweep->nr_programs++] = *program;
}

/*
 * What the table of operations does not say: which kinds of file an operation is for, and what must come
 * before it.
 */
static void apply_uses(const struct sweep *sweep, struct sweep_program *program)
{
	const struct subject_use *use = sweep->subject->uses;

	for (; use && use->operation; use++) {
		if (!is_called(program->operation, use->operation))
			continue;
		program->files = use->files;
		program->before = use->after ? find(sweep->subject, use->after) : NULL;
	}
}

/* A mm without an operation that writes through a page has no second kind of program. */
static bool someone_writes(const struct subject *subject)
{
	for (const struct subject_operation *operation = subject->operations; operation->form; operation++) {
		if (uses_page(operation->form) && has_word(operation->form, "="))
			return true;
	}
	return false;
}

/* What takes a page gives two programs: one that only reads through it, and one that writes, which takes it otherwise. */
static void make_programs(struct sweep *sweep)
{
	for (const struct subject_operation *operation = sweep->subject->operations; operation->form; operation++) {
		struct sweep_program program = {
			.operation = operation,
			.takes = takes_page(operation->form),
			.needs_file = form_has(operation->form, file_words),
			.needs_stack = has_word(operation->form, "S"),
		};

		if (!can_be_written(operation->form)) {
			sweep->left_out = explore_grow(sweep->left_out, sweep->nr_left_out + 1,
						       sizeof(*sweep->left_out));
			sweep->left_out[sweep->nr_left_out++] = operation;
			continue;
		}
		if (uses_page(operation->form))
			continue;
		apply_uses(sweep, &program);
		add_program(sweep, &program);
		program.writes = true;
		if (program.takes && someone_writes(sweep->subject))
			add_program(sweep, &program);
	}
}

/* ---- which scenarios ---- */

/* An operation on a file needs memory that maps one; on a stack, memory that grows. */
static bool fits(const struct sweep_program *program, const struct sweep_memory *memory)
{
	if (program->needs_stack && !memory->stack)
		return false;
	if (!program->needs_file)
		return true;
	return memory->file != SUBJECT_NONE && (!program->files || program->files >> memory->file & 1);
}

static void add_scenario(struct sweep *sweep, const struct sweep_scenario *scenario)
{
	/* Grown by halves: triples are thousands. */
	if (!(sweep->nr & (sweep->nr - 1)))
		sweep->scenario = explore_grow(sweep->scenario, sweep->nr ? 2 * sweep->nr : 1, sizeof(*scenario));
	sweep->scenario[sweep->nr++] = *scenario;
}

/* On a stack only what is about stacks: the rest is as on any anonymous page. */
static bool is_worth(const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	if (!memories[scenario->memory].stack)
		return true;
	for (unsigned int i = 0; i < sweep->threads; i++) {
		if (sweep->program[scenario->program[i]].needs_stack)
			return true;
	}
	return false;
}

/*
 * The programs of threads @thread and above, none before that of the thread below: sets, not sequences.
 * Recursive, SWEEP_MAX_THREADS deep.
 */
static void make_scenarios(struct sweep *sweep, struct sweep_scenario scenario, unsigned int thread)
{
	if (thread == sweep->threads) {
		if (is_worth(sweep, &scenario))
			add_scenario(sweep, &scenario);
		return;
	}
	for (unsigned int i = thread ? scenario.program[thread - 1] : 0; i < sweep->nr_programs; i++) {
		if (!fits(&sweep->program[i], &memories[scenario.memory]))
			continue;
		scenario.program[thread] = (unsigned char)i;
		make_scenarios(sweep, scenario, thread + 1);
	}
}

struct sweep *sweep_new(const struct subject *subject, unsigned int threads)
{
	struct sweep *sweep = explore_new(1, sizeof(*sweep));

	assert(threads > 0 && threads <= SWEEP_MAX_THREADS);
	*sweep = (struct sweep){ .subject = subject, .threads = threads };
	make_programs(sweep);
	for (unsigned char memory = 0; memory < MEMORIES; memory++) {
		for (unsigned char access = 0; access < ACCESSES; access++)
			make_scenarios(sweep, (struct sweep_scenario){ .memory = memory, .access = access }, 0);
	}
	return sweep;
}

void sweep_free(struct sweep *sweep)
{
	free(sweep->program);
	free(sweep->scenario);
	free(sweep->left_out);
	free(sweep);
}

/* ---- as text ---- */

/* One word of a form as thread @thread writes it. Values differ between the threads and from that of the access. */
static void print_word(FILE *out, const char *word, unsigned int thread)
{
	if (is_one_of(word, map_words))
		fputs(" A", out);
	else if (is_one_of(word, file_words))
		fputs(" F", out);
	else if (!strcmp(word, "->") || !strcmp(word, "[->"))
		fputs(" ->", out);
	else if (!strcmp(word, "r") || !strcmp(word, "r]"))
		fprintf(out, " r%u", thread);
	else if (!strcmp(word, "g"))
		fprintf(out, " g%u", thread);
	else if (!strcmp(word, "N"))
		fprintf(out, " %u", thread + 2);
	else if (!strcmp(word, "PROT"))
		fputs(" r", out);
	else if (strcmp(word, "[B...]"))
		fprintf(out, " %s", word);
}

static void print_operation(FILE *out, const char *form, unsigned int thread)
{
	char word[WORD];

	assert(can_be_written(form));
	next_word(&form, word);
	fputs(word, out);
	while (next_word(&form, word))
		print_word(out, word, thread);
}

/* In the order of the table, in which a page is used before it is dropped. */
static void print_program(FILE *out, const struct sweep *sweep, const struct sweep_program *program,
			  unsigned int thread)
{
	if (program->before) {
		print_operation(out, program->before->form, thread);
		fputs("; ", out);
	}
	print_operation(out, program->operation->form, thread);
	if (!program->takes)
		return;
	for (const struct subject_operation *operation = sweep->subject->operations; operation->form; operation++) {
		if (!uses_page(operation->form) || (has_word(operation->form, "=") && !program->writes))
			continue;
		fputs("; ", out);
		print_operation(out, operation->form, thread);
	}
}

/* "madvise-dontneed", "gup-write": letters that a scenario's name may have. */
static void print_program_name(FILE *out, const struct sweep_program *program)
{
	const char *form = program->operation->form;
	char word[WORD];

	next_word(&form, word);
	fputs(word, out);
	while (next_word(&form, word)) {
		if (is_own_word(word))
			fprintf(out, "-%s", word);
	}
	if (program->writes)
		fputs("-write", out);
}

static FILE *open_text(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		explore_out_of_memory();
	return out;
}

static const char *kind_of(const struct sweep *sweep)
{
	static const char *const kinds[SWEEP_MAX_THREADS + 1] = { "", "single", "pair", "triple" };

	return kinds[sweep->threads];
}

char *sweep_name(const struct sweep *sweep, unsigned int nr)
{
	const struct sweep_scenario *scenario = &sweep->scenario[nr];
	char *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	assert(nr < sweep->nr);
	fprintf(out, "%s-%04u-%s", kind_of(sweep), nr + 1, memories[scenario->memory].name);
	for (unsigned int i = 0; i < sweep->threads; i++) {
		fputc('-', out);
		print_program_name(out, &sweep->program[scenario->program[i]]);
	}
	fprintf(out, "-%s", accesses[scenario->access].name);
	if (fclose(out))
		explore_out_of_memory();
	return text;
}

char *sweep_text(const struct sweep *sweep, unsigned int nr)
{
	const struct sweep_scenario *scenario = &sweep->scenario[nr];
	const struct sweep_memory *memory = &memories[scenario->memory];
	char *name = sweep_name(sweep, nr), *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	fprintf(out,
		"litmus %s\ndoc    \"%s of operations on %s, beside a %s\"\nsource \"shootdown sweep --%ss, number %u\"\n\n",
		name, kind_of(sweep), memory->what, accesses[scenario->access].name, kind_of(sweep), nr + 1);
	fprintf(out, "%s\n", memory->world);
	for (unsigned int i = 0; i < sweep->threads; i++) {
		const struct sweep_program *program = &sweep->program[scenario->program[i]];

		fprintf(out, "%s %u: ", program->operation->who & SUBJECT_CPU ? "cpu" : "kthread", i);
		print_program(out, sweep, program, i);
		fputc('\n', out);
	}
	fprintf(out, "cpu %u: %s\n\nexpect safe\n", sweep->threads, accesses[scenario->access].program);
	free(name);
	if (fclose(out))
		explore_out_of_memory();
	return text;
}
