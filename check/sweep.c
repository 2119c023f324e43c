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
 * an operation meets itself, too. Beside them stands one access to the page, as most violations are an access that should not
 * have been possible. Each thread has a CPU of its own; or the access shares that of one of them; or all but the access share one.
 */
#include "check/sweep.h"

#include "check/form.h"
#include "check/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What there is to be taken away: one page, most often mapped at the start. A world is a part of a scenario's text. The
 * order is a part of every scenario's number, so new ones stand at the end.
 */
static const struct sweep_memory {
	const char *name, *what, *world;
	int file; /* enum subject_file_kind, or NONE */
	bool shared, stack, code;
} memories[] = {
	{ "anon", "an anonymous page", "map  A = anon rw\npresent A dirty\n", .file = SUBJECT_NONE },
	/* Not the first page of its table, which a flush for the table would cover. */
	{ "stack", "a page of a stack", "map  A = anon rw at 0x5000 grows\npresent A dirty\n", .file = SUBJECT_NONE,
	  .stack = true },
	{ "shared", "a shared page of a file", "file F pages=1\nmap  A = F rw shared\npresent A rw dirty\n",
	  .file = SUBJECT_FILE_CACHE, .shared = true },
	{ "private", "a page of a file, mapped private", "file F pages=1\nmap  A = F rw\npresent A\n",
	  .file = SUBJECT_FILE_CACHE },
	{ "driver", "a driver's page", "file F pages=1 pfn\nmap  A = F rw shared\npresent A rw dirty\n",
	  .file = SUBJECT_FILE_PFN, .shared = true },
	{ "driver-private", "a driver's page, mapped private", "file F pages=1 pfn\nmap  A = F rw\npresent A\n",
	  .file = SUBJECT_FILE_PFN },
	{ "mixed", "a driver's page of a file that has others, too",
	  "file F pages=1 mixed\nmap  A = F rw shared\npresent A rw dirty\n", .file = SUBJECT_FILE_MIXED,
	  .shared = true },
	{ "code", "a page of code", "map  A = anon rwx\npresent A dirty\n", .file = SUBJECT_NONE, .code = true },
	/* Where every access faults first. */
	{ "anon-absent", "an anonymous page that is not there yet", "map  A = anon rw\n", .file = SUBJECT_NONE },
	{ "shared-absent", "a shared page of a file that no entry maps yet", "file F pages=1\nmap  A = F rw shared\n",
	  .file = SUBJECT_FILE_CACHE, .shared = true },
	{ "driver-absent", "a driver's page that no entry maps yet", "file F pages=1 pfn\nmap  A = F rw shared\n",
	  .file = SUBJECT_FILE_PFN, .shared = true },
	/* Where the gather has no room but what it brings along. */
	{ "anon-refused", "an anonymous page, and no batch page is to be had",
	  "alloc fail\nmap  A = anon rw\npresent A dirty\n", .file = SUBJECT_NONE },
	{ "shared-refused", "a shared page of a file, and no batch page is to be had",
	  "alloc fail\nfile F pages=1\nmap  A = F rw shared\npresent A rw dirty\n", .file = SUBJECT_FILE_CACHE,
	  .shared = true },
};

/*
 * The language's own operations: beside others, and as threads themselves. Two accesses of one scenario could change
 * places, so that of a thread is never before the one beside.
 */
static const struct subject_operation accesses[] = {
	{ "load A.p", SUBJECT_CPU, false, NULL },
	{ "store A.p = N", SUBJECT_CPU, false, NULL },
	{ "exec A.p", SUBJECT_CPU, false, NULL },
};

enum {
	LOAD,
	STORE,
	EXEC,
	ACCESSES,
	MEMORIES = sizeof(memories) / sizeof(memories[0]),
	MOST_PROGRAMS = 200,
};
_Static_assert(ACCESSES == sizeof(accesses) / sizeof(accesses[0]), "each has a form");

static const char *const access_words[ACCESSES] = { "a load", "a store", "an instruction fetch" };

/* ---- programs ---- */

static const struct subject_operation *find_operation(const struct subject *subject, const char *name)
{
	const struct subject_operation *operation = subject->operations;

	while (operation->form && !form_is_called(operation->form, name))
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

/* A user's thread, a kernel's, or each. */
static void add_threads(struct sweep *sweep, struct sweep_program program)
{
	unsigned int who = program.operation->who;

	assert(who & (SUBJECT_CPU | SUBJECT_KTHREAD));
	if (who & SUBJECT_CPU)
		add_program(sweep, &program);
	program.kthread = true;
	if (who & SUBJECT_KTHREAD)
		add_program(sweep, &program);
}

/* A mm without an operation that writes through a page has no second kind of program. */
static bool someone_writes(const struct subject *subject)
{
	for (const struct subject_operation *operation = subject->operations; operation->form; operation++) {
		if (form_uses_page(operation->form) && form_has_word(operation->form, "="))
			return true;
	}
	return false;
}

static void leave_out(struct sweep *sweep, const struct subject_operation *operation)
{
	sweep->left_out = explore_grow(sweep->left_out, sweep->nr_left_out + 1, sizeof(*sweep->left_out));
	sweep->left_out[sweep->nr_left_out++] = operation;
}

static struct sweep_program program_of(const struct subject *subject, const struct subject_operation *operation)
{
	const struct subject_use *use = form_use(subject, operation->form);

	return (struct sweep_program){
		.operation = operation,
		.before = use && use->after ? find_operation(subject, use->after) : NULL,
		.use = use,
		.access = SUBJECT_NONE,
		.takes = form_takes_page(operation->form),
		.needs_file = form_names_file(operation->form),
		.needs_stack = form_has_word(operation->form, "S"),
	};
}

/* What takes a page gives two programs: one that only reads through it, and one that writes, which takes it otherwise. */
static void make_programs(struct sweep *sweep)
{
	for (const struct subject_operation *operation = sweep->subject->operations; operation->form; operation++) {
		struct sweep_program program = program_of(sweep->subject, operation);

		if (!form_is_plain(operation->form)) {
			leave_out(sweep, operation);
			continue;
		}
		if (form_uses_page(operation->form))
			continue;
		add_threads(sweep, program);
		program.writes = true;
		if (program.takes && someone_writes(sweep->subject))
			add_threads(sweep, program);
	}
	for (int access = 0; access < ACCESSES; access++) {
		struct sweep_program program = { .operation = &accesses[access], .access = access };

		add_program(sweep, &program);
	}
}

/* ---- which scenarios ---- */

/* Code is executed, and nothing else is: whether a page may be is no other question than whether it may be read. */
static bool is_accessed(const struct sweep_memory *memory, int access)
{
	return memory->code == (access == EXEC);
}

/* Nobody counts a driver's pages, so none is ever taken, whether to be written or not; unless a private copy is. */
static bool is_taken(const struct sweep_memory *memory)
{
	return !memory->shared || (memory->file != SUBJECT_FILE_PFN && memory->file != SUBJECT_FILE_MIXED);
}

/* An operation on a file needs memory that maps one; on a stack, memory that grows. */
static bool fits(const struct sweep_program *program, const struct sweep_memory *memory)
{
	const struct subject_use *use = program->use;

	if (program->access != SUBJECT_NONE)
		return is_accessed(memory, program->access);
	if (program->writes && !is_taken(memory))
		return false;
	if (program->needs_stack)
		return memory->stack;
	if (!program->needs_file)
		return true;
	return memory->file != SUBJECT_NONE && (!use || !use->files || use->files >> memory->file & 1) &&
	       (!use || !use->shared || memory->shared);
}

/* Memory that no operation is about is as good as another kind, and the mm may not have it at all. */
static bool is_needed(const struct sweep *sweep, const struct sweep_memory *memory)
{
	if (memory->file == SUBJECT_NONE && !memory->stack)
		return true;
	for (unsigned int i = 0; i < sweep->nr_programs; i++) {
		const struct sweep_program *program = &sweep->program[i];

		if ((program->needs_stack || program->needs_file) && fits(program, memory))
			return true;
	}
	return false;
}

static void add_scenario(struct sweep *sweep, const struct sweep_scenario *scenario)
{
	/* Grown by halves: triples are thousands. */
	if (!(sweep->nr & (sweep->nr - 1)))
		sweep->scenario = explore_grow(sweep->scenario, sweep->nr ? 2 * sweep->nr : 1, sizeof(*scenario));
	sweep->scenario[sweep->nr++] = *scenario;
}

static const struct sweep_program *program_at(const struct sweep *sweep, const struct sweep_scenario *scenario,
					      unsigned int thread)
{
	assert(thread < sweep->threads);
	return &sweep->program[scenario->program[thread]];
}

/* A name may have the word behind it that tells forms apart: `madvise dontneed`. */
static bool does_one_of(const struct sweep_program *program, const char *const *names)
{
	for (; program->access == SUBJECT_NONE && *names; names++) {
		const char *rest = *names;
		char name[FORM_WORD], word[FORM_WORD];

		form_next_word(&rest, name);
		if (form_is_called(program->operation->form, name) &&
		    (!form_next_word(&rest, word) || form_has_word(program->operation->form, word)))
			return true;
	}
	return false;
}

/* False: it is sure to find nothing to do, as no other thread does what it waits for. */
static bool has_work(const struct sweep *sweep, const struct sweep_scenario *scenario, unsigned int thread)
{
	const struct subject_use *use = program_at(sweep, scenario, thread)->use;

	if (!use || !use->beside)
		return true;
	for (unsigned int other = 0; other < sweep->threads; other++) {
		if (other != thread && does_one_of(program_at(sweep, scenario, other), use->beside))
			return true;
	}
	return false;
}

/* Two accesses could change places: that of a thread is never before the one beside. */
static bool is_in_order(const struct sweep_program *program, const struct sweep_scenario *scenario)
{
	return program->access == SUBJECT_NONE || program->access >= scenario->access;
}

/* On a stack only what is about stacks: the rest is as on any anonymous page. */
static bool is_worth(const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	bool stack = false;

	for (unsigned int i = 0; i < sweep->threads; i++) {
		if (!is_in_order(program_at(sweep, scenario, i), scenario) || !has_work(sweep, scenario, i))
			return false;
		stack |= program_at(sweep, scenario, i)->needs_stack;
	}
	return stack || !memories[scenario->memory].stack;
}

/* Of threads that do the same, one stands for all; one of two threads may do the same as the access. */
static bool is_new_place(const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	unsigned int place = scenario->place, threads = sweep->threads;

	if (place <= threads)
		return place < 2 || scenario->program[place - 1] != scenario->program[place - 2];
	for (unsigned int i = 0; threads == 2 && i < threads; i++) {
		if (program_at(sweep, scenario, i)->access == scenario->access)
			return false;
	}
	return threads > 1;
}

/* Who shares a CPU. */
static void make_places(struct sweep *sweep, struct sweep_scenario scenario)
{
	for (scenario.place = 0; scenario.place <= sweep->threads + 1; scenario.place++) {
		if (is_new_place(sweep, &scenario))
			add_scenario(sweep, &scenario);
	}
}

/*
 * The programs of threads @thread and above, none before that of the thread below: sets, not sequences.
 * Recursive, SWEEP_MAX_THREADS deep.
 */
static void make_scenarios(struct sweep *sweep, struct sweep_scenario scenario, unsigned int thread)
{
	if (thread == sweep->threads) {
		if (is_worth(sweep, &scenario))
			make_places(sweep, scenario);
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
		for (unsigned char access = 0; is_needed(sweep, &memories[memory]) && access < ACCESSES; access++) {
			if (is_accessed(&memories[memory], access))
				make_scenarios(sweep, (struct sweep_scenario){ .memory = memory, .access = access }, 0);
		}
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

/* In the order of the table, in which a page is used before it is dropped. */
static void print_program(FILE *out, const struct sweep *sweep, const struct sweep_program *program,
			  unsigned int thread)
{
	if (program->before) {
		form_print(out, program->before->form, thread);
		fputs("; ", out);
	}
	form_print(out, program->operation->form, thread);
	if (!program->takes)
		return;
	for (const struct subject_operation *operation = sweep->subject->operations; operation->form; operation++) {
		if (!form_uses_page(operation->form) || (form_has_word(operation->form, "=") && !program->writes))
			continue;
		fputs("; ", out);
		form_print(out, operation->form, thread);
	}
}

/* "madvise-dontneed", "gup-write": letters that a scenario's name may have. */
static void print_program_name(FILE *out, const struct sweep_program *program)
{
	const char *form = program->operation->form;
	char word[FORM_WORD];

	form_next_word(&form, word);
	fputs(word, out);
	while (form_next_word(&form, word)) {
		if (form_tells_apart(word))
			fprintf(out, "-%s", word);
	}
	if (program->writes)
		fputs("-write", out);
	if (program->kthread)
		fputs("-kthread", out);
}

/* Each on its own, or all on the first. */
static unsigned int cpu_of(const struct sweep *sweep, const struct sweep_scenario *scenario, unsigned int thread)
{
	return scenario->place > sweep->threads ? 0 : thread;
}

static unsigned int cpu_of_access(const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	if (scenario->place > sweep->threads)
		return 1;
	return scenario->place ? scenario->place - 1u : sweep->threads;
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
	fprintf(out, "-%.*s", (int)strcspn(accesses[scenario->access].form, " "), accesses[scenario->access].form);
	if (scenario->place > sweep->threads)
		fputs("-one-cpu", out);
	else if (scenario->place)
		fprintf(out, "-on-cpu-%u", cpu_of_access(sweep, scenario));
	if (fclose(out))
		explore_out_of_memory();
	return text;
}

/* A kernel thread starts lazily in the address space. */
static void print_thread(FILE *out, const struct sweep *sweep, const struct sweep_scenario *scenario,
			 unsigned int thread)
{
	const struct sweep_program *program = program_at(sweep, scenario, thread);
	unsigned int cpu = cpu_of(sweep, scenario, thread);

	fprintf(out, program->kthread ? "kthread %u in m: " : "cpu %u: ", cpu);
	print_program(out, sweep, program, thread);
	fputc('\n', out);
}

/* What some operations need to be said of their map, each once. */
static void print_marks(FILE *out, const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	const char *said[SWEEP_MAX_THREADS] = { "" };

	for (unsigned int i = 0; i < sweep->threads; i++) {
		const struct subject_use *use = program_at(sweep, scenario, i)->use;
		bool known = false;

		said[i] = use && use->needs ? use->needs : "";
		for (unsigned int j = 0; j < i; j++)
			known |= !strcmp(said[j], said[i]);
		if (*said[i] && !known)
			fprintf(out, "%s A\n", said[i]);
	}
	fputc('\n', out);
}

static char *text_of_threads(const struct sweep *sweep, const struct sweep_scenario *scenario)
{
	size_t size;
	char *text;
	FILE *out = open_text(&text, &size);

	for (unsigned int i = 0; i < sweep->threads; i++)
		print_thread(out, sweep, scenario, i);
	if (fclose(out))
		explore_out_of_memory();
	return text;
}

char *sweep_text(const struct sweep *sweep, unsigned int nr)
{
	const struct sweep_scenario *scenario = &sweep->scenario[nr];
	const struct sweep_memory *memory = &memories[scenario->memory];
	const char *access = accesses[scenario->access].form;
	char *name = sweep_name(sweep, nr), *programs = text_of_threads(sweep, scenario), *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	fprintf(out, "litmus %s\ndoc    \"%s of operations on %s, beside ", name, kind_of(sweep), memory->what);
	fprintf(out, "%s\"\n", access_words[scenario->access]);
	fprintf(out, "source \"shootdown sweep --%ss, number %u\"\n\n%s", kind_of(sweep), nr + 1, memory->world);
	print_marks(out, sweep, scenario);
	fputs(programs, out);
	fprintf(out, "cpu %u: ", cpu_of_access(sweep, scenario));
	form_print(out, access, sweep->threads);
	fputs("\n\nexpect safe\n", out);
	free(name);
	free(programs);
	if (fclose(out))
		explore_out_of_memory();
	return text;
}
