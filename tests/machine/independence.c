/* SPDX-License-Identifier: MIT */
/*
 * independence.c - the reduction rests on what steps say that they touch; here that is tried on the machine itself, with the
 * kernel, the library and mm/ on it (oracle.h says how), on every shipped scenario and on scenarios made by chance.
 *
 *	build/tests/machine/independence			a sample, another one every day: each shipped scenario on one of the rows
 *	build/tests/machine/independence --all			all states of all that are shipped, and many made by chance
 *	build/tests/machine/independence FILE ARCH [STATES]	one scenario
 *	build/tests/machine/independence --seed N [STATES]		one made by chance
 *	build/tests/machine/independence --raw N [STATES]		... that is raw
 *
 * SAMPLE_DATE=2026-11-21 repeats that day's sample.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/machine/generate.h"
#include "tests/machine/oracle.h"

enum {
	SAMPLE_STATES = 700, /* of one scenario */
	SAMPLE_TRACES = 500,
	SAMPLE_GENERATED = 60,
	ALL_STATES = 400000,
	ALL_TRACES = 5000,
	ALL_GENERATED = 3000,
};

struct sums {
	unsigned long scenarios, weak, whole, traces_too, states, pairs, independent, enablings, complaints;
};

/*
 * One of each kind: a TLB that keeps much, one that keeps everything there is, one that is filled by software, broadcasts. Raw scenarios tell apart
 * two more: faults that wait for stores of weak memory, and weak memory without broadcasts.
 */
static const char *const archs[] = { "x86_64", "hostile", "sparc64", "arm64", "arm64_ets2", "riscv" };

enum {
	ARCHS = 4,
	RAW_ARCHS = sizeof(archs) / sizeof(archs[0]),
};

static struct oracle_options options = { SAMPLE_STATES, SAMPLE_TRACES, 1 };
static bool verbose, everything;

/* ---- one scenario ---- */

static void try_once(struct bound *b, struct sums *sums)
{
	struct oracle_result result;

	oracle_try(b, &options, &result);
	sums->whole += result.all;
	sums->traces_too += result.traces_too;
	sums->states += result.states;
	sums->pairs += result.pairs;
	sums->independent += result.independent;
	sums->enablings += result.enablings;
	sums->complaints += result.complaints;
	if (result.complaints || verbose)
		print_message(
			"%s on %s: %lu states%s, %lu transitions, %lu ends; %lu pairs, %lu of them independent; %lu "
			"complaints\n",
			b->name, b->binding.arch.name, result.states,
			result.too_big ? " (too big)"
			: result.all   ? ""
				       : " (of more)",
			result.transitions, result.ends, result.pairs, result.independent, result.complaints);
}

/* With one memory for all, and once more, if some words have to be weak, with these. */
static void try_bound(struct bound *b, struct sums *sums)
{
	sums->scenarios++;
	try_once(b, sums);
	if (!bound_learn(b, options.most))
		return;
	sums->weak++;
	try_once(b, sums);
}

static void try_file(const char *path, const char *arch, struct sums *sums)
{
	struct bound b;

	bound_read(&b, path, arch);
	try_bound(&b, sums);
	bound_free(&b);
}

/* What makes a text of a seed, and for how many of the architectures. */
struct source {
	const char *what, *name;
	void (*make)(uint64_t seed, char *text, size_t size);
	unsigned int archs;
};

static const struct source sources[] = {
	{ "scenarios made by chance", "generated", generate, ARCHS },
	{ "raw scenarios made by chance", "raw", generate_raw, RAW_ARCHS },
};

/* False: the text is no scenario. */
static bool try_seed(const struct source *from, uint64_t seed, struct sums *sums)
{
	struct litmus_error error;
	unsigned long before = sums->complaints;
	char text[4096], name[60];
	struct bound b;

	from->make(seed, text, sizeof(text));
	snprintf(name, sizeof(name), "%s-%llu", from->name, (unsigned long long)seed);
	if (!bound_parse(&b, name, text, archs[seed % from->archs], &error)) {
		if (verbose)
			print_message("%s%s\n", text, error.text);
		return false;
	}
	try_bound(&b, sums);
	if (sums->complaints != before || verbose)
		print_message("%s", text);
	bound_free(&b);
	return true;
}

/* ---- all of them ---- */

static void agree(const struct sums *sums, const char *what)
{
	print_message(
		"%s: %lu, %lu of them with weak words, %lu whole, %lu over traces too; %lu states, %lu pairs, %lu of them independent, "
		"%lu enablings; %lu complaints\n",
		what, sums->scenarios, sums->weak, sums->whole, sums->traces_too, sums->states, sums->pairs,
		sums->independent, sums->enablings, sums->complaints);
	assert_int_equal(sums->complaints, 0);
	assert_true(sums->whole > 0 && sums->independent > 0 && sums->enablings > 0);
}

/* In a sample each file on one of them, on another one the next day. */
static void try_shipped(const char *pattern, unsigned int first_arch, unsigned int end_arch, struct sums *sums)
{
	unsigned int nr = end_arch - first_arch;
	glob_t files;

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		for (unsigned int arch = 0; arch < nr; arch++)
			if (everything || (i + options.seed) % nr == arch)
				try_file(files.gl_pathv[i], archs[first_arch + arch], sums);
	globfree(&files);
}

static void shipped_scenarios(void **state)
{
	struct sums sums = { 0 };

	(void)state;
	try_shipped("litmus/*/*.litmus", 0, ARCHS, &sums);
	try_shipped("litmus/machine/*.litmus", ARCHS, RAW_ARCHS, &sums);
	try_shipped("tests/machine/*.litmus", 0, ARCHS, &sums);
	agree(&sums, "shipped scenarios on architectures");
}

/* What only showed deep in a scenario, deeper than the sample of a day goes, or in such as no day had drawn. */
static void what_was_found_once(void **state)
{
	const struct oracle_options before = options;
	struct sums sums = { 0 };

	(void)state;
	options.most = 4000;
	try_file("tests/machine/soft-dirty-and-migrate.litmus", "arm64", &sums);
	try_file("tests/machine/numa-and-free.litmus", "x86_64", &sums);
	options.most = 40000;
	try_file("litmus/gather/dontneed-two-vs-munmap.litmus", "hostile", &sums);
	try_file("litmus/device/detach-and-again.litmus", "hostile", &sums);
	options = before;
	agree(&sums, "what was found once");
}

static void made_by_chance(void **state)
{
	const struct source *from = *state;
	unsigned long most = everything ? ALL_GENERATED : SAMPLE_GENERATED;
	struct sums sums = { 0 };
	uint64_t first = options.seed * 2 * ALL_GENERATED, seed = first;

	for (; sums.scenarios < most && seed - first < 2 * most; seed++)
		try_seed(from, seed, &sums);
	/* Most texts are scenarios, or they are made for another language. */
	assert_int_equal(sums.scenarios, most);
	agree(&sums, from->what);
}

/* The day, as a number. */
static uint64_t today(void)
{
	const char *given = getenv("SAMPLE_DATE");
	char now[11];
	time_t seconds = time(NULL);
	unsigned int year, month, day;

	strftime(now, sizeof(now), "%Y-%m-%d", gmtime(&seconds));
	assert_int_equal(sscanf(given ? given : now, "%4u-%2u-%2u", &year, &month, &day), 3);
	print_message("the sample of %u-%02u-%02u\n", year, month, day);
	return (year * 12 + month) * 31 + day;
}

static int try_one(int argc, char **argv)
{
	struct sums sums = { 0 };

	verbose = true;
	options.most = argc > 3 ? strtoul(argv[3], NULL, 0) : ALL_STATES;
	options.traces = ALL_TRACES;
	if (!strcmp(argv[1], "--seed") || !strcmp(argv[1], "--raw"))
		try_seed(&sources[!strcmp(argv[1], "--raw")], strtoull(argv[2], NULL, 0), &sums);
	else
		try_file(argv[1], argv[2], &sums);
	return sums.complaints != 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_scenarios),
		cmocka_unit_test(what_was_found_once),
		cmocka_unit_test_prestate(made_by_chance, (void *)&sources[0]),
		cmocka_unit_test_prestate(made_by_chance, (void *)&sources[1]),
	};

	if (argc > 2)
		return try_one(argc, argv);
	everything = argc > 1 && !strcmp(argv[1], "--all");
	if (everything)
		options = (struct oracle_options){ ALL_STATES, ALL_TRACES, 1 };
	else
		options.seed = today();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
