/* SPDX-License-Identifier: MIT */
/*
 * litmus.c - a litmus file from its first line to its last: the order of the sections, and what a file must have.
 *
 * All memory is one allocation: the tree, then a pool for names, then the text itself; and, for a raw scenario, a
 * second one that the tree points to. The parsers leave through longjmp() at the first mistake, so whatever they needed
 * to free would be lost; they have nothing. The sections are
 * not marked in a file. The first agent ends the world and the first expectation ends the agents, and each reader of a
 * line checks that by itself.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include "lang/read.h"

/* Not basename(): that one may change its argument. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	assert(path);
	return slash ? slash + 1 : path;
}

/*
 * `litmus NAME`, the first line that says anything. What comes from standard input may have any name.
 * The name must be that of the file, because results are reported by name and replayed by path: two
 * names for one scenario would send a reader to the wrong file.
 */
static void read_name(struct reader *r)
{
	const char *base = base_name(r->path);
	size_t len = strlen(base), suffix = strlen(".litmus");
	struct token name;

	if (!accept_word(r, "litmus"))
		fail_token(r, say("litmus NAME, which comes first"));
	if (len > suffix && strcmp(base + len - suffix, ".litmus") == 0)
		len -= suffix;
	name = take_name(r, "the name of the scenario");
	if (strcmp(r->path, "-") != 0 && (name.len != len || memcmp(name.text, base, len) != 0))
		fail(r, name.at, describe(&name), say("%.*s, the name of the file", len > 100 ? 100 : (int)len, base));
	r->litmus->name = keep(r, name.text, name.len);
	need_line_end(r, "the end of the line");
}

static void skip_empty_lines(struct reader *r)
{
	while (accept_kind(r, TOKEN_LINE))
		;
}

/*
 * What is offered depends on how far the file has come, so that nobody is told to write a statement
 * where no statement can stand any more.
 */
static _Noreturn void fail_line(struct reader *r)
{
	static const char *const words[] = {
		"litmus", "doc",	"source", "arch",  "cpus",     "levels",  "gather", "alloc",
		"asids",  "set",	"mm",	  "file",  "map",      "present", "huge",   "uffd",
		"numa",	  "soft-dirty", "raw",	  "start", "hardware", "guest",	  "global", "before",
		"cpu",	  "kthread",	"device", "vcpu",  "handler",  "expect",  NULL,
	};
	const char *what = r->litmus->nr_expects ? "an expectation"
			   : r->placed		 ? "an agent or an expectation"
						 : "a statement, an agent or an expectation";

	if (at_word(r, "litmus"))
		fail_token(r, say("%s, since a file is one scenario", what));
	if (r->lex.token.kind == TOKEN_NAME)
		fail_unknown(r, &r->lex.token, what, words);
	fail_token(r, say("%s", what));
}

/* An expectation of nothing would always hold. */
static void read_expect_line(struct reader *r)
{
	if (r->litmus->nr_agents == 0)
		fail_token(r, say("an agent above the first expectation"));
	read_expect(r);
}

/*
 * The agent lines are tried first because `:` is the only line that begins with a sign. Each reader
 * leaves the end of its line to this loop, which makes sure that nothing else stands on it.
 */
static void read_lines(struct reader *r)
{
	for (skip_empty_lines(r); r->lex.token.kind != TOKEN_END; skip_empty_lines(r)) {
		if (read_agent_line(r))
			continue;
		if (at_word(r, "expect"))
			read_expect_line(r);
		else if (!read_world_statement(r))
			fail_line(r);
		need_line_end(r, "the end of the line");
	}
}

static void place_device(const struct litmus *l, struct litmus_agent *agent)
{
	if (agent->kind == LITMUS_DEVICE)
		agent->cpu = l->cpus + (unsigned int)agent->peer;
	if (agent->kind == LITMUS_VCPU)
		agent->cpu = l->cpus + l->nr_devices + (unsigned int)agent->peer;
}

/* The thread that handles the faults of a device has a CPU of its own, behind all others; behind these that of a vcpu. */
static void place_devices(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (l->cpus + l->nr_devices + l->nr_vcpus > LITMUS_MAX_CPUS)
		fail_token(r, say("at most %u CPUs, devices and vcpus above", LITMUS_MAX_CPUS));
	for (unsigned int i = 0; i < l->nr_agents; i++)
		place_device(l, &l->agents[i]);
	for (unsigned int i = 0; i < l->nr_befores; i++)
		place_device(l, &l->befores[i]);
}

/* It would wait for ever. */
static void check_filled(struct reader *r)
{
	const struct litmus *l = r->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		int mm = l->agents[i].mm;

		if (l->nr_mms && mm >= 0 && l->mms[mm].empty && !l->mms[mm].filled)
			fail_token(r, say("an operation that fills %s, which is empty, and %s is in it",
					  l->mms[mm].name, l->agents[i].label));
	}
}

/*
 * What may be left out gets its value here and not at the start, because the number of CPUs follows
 * from the agents, and the number of address-space ids from the number of CPUs.
 */
static void check_whole(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (!l->doc)
		fail_token(r, say("doc \"...\" somewhere above"));
	if (l->nr_expects == 0)
		fail_token(r, say("at least one expect line"));
	check_filled(r);
	if (!r->seen_cpus)
		l->cpus = r->named_cpus;
	place_devices(r);
	if (l->asids == 0)
		l->asids = l->cpus + 1;
	if (l->nr_mms == 0)
		l->mms[l->nr_mms++].name = "m";
	if (l->raw)
		finish_raw(r);
}

/*
 * The numbers of the gather are small on purpose: batches fill up and overflow with few pages, which
 * is where mistakes are found, and every page more makes the search longer.
 */
static void set_defaults(struct litmus *l, const struct litmus_words *words)
{
	assert(words->archs);
	l->levels = words->levels ? words->levels : 2;
	l->table_bits = words->table_bits ? words->table_bits : LITMUS_TABLE_BITS;
	l->gather = (struct litmus_gather){ 2, 2, 2, 2, 1, 1 };
	l->set = (struct litmus_settings){
		.ceiling = 33, .unmap_batch = 2, .store_buffer = 2, .lazy = true, .pri = true
	};
	for (unsigned int i = 0; words->archs[i]; i++)
		l->archs |= 1ull << i;
}

/* Where trees stand, one in each slot, unless it is larger: then it takes the next ones, too. */
enum {
	SLOTS = 1 << 20,
	SLOT_BITS = 20,
};

/* NULL: something is there. */
static struct litmus *map_at(size_t slot, size_t bytes)
{
	void *const wanted = (void *)(0x210000000000ull + (slot << SLOT_BITS));
	void *got = mmap(wanted, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0);

	if (got == wanted)
		return got;
	if (got != MAP_FAILED)
		munmap(got, bytes);
	return NULL;
}

/*
 * In a free slot that is the same in every process that reads the same files: mostly the first. Doubled until one is free, then halved, as there may be many thousand.
 */
static struct litmus *map_in_order(size_t bytes)
{
	struct litmus *tree = NULL, *nearer;
	size_t from = 0, to = 0;

	while (to < SLOTS && !(tree = map_at(to, bytes))) {
		from = to + 1;
		to = 2 * to + 1;
	}
	while (tree && from < to) {
		size_t middle = from + (to - from) / 2;

		nearer = map_at(middle, bytes);
		if (!nearer) {
			from = middle + 1;
			continue;
		}
		munmap(tree, bytes);
		tree = nearer;
		to = middle;
	}
	return tree;
}

/* All zero; NULL: there is no memory. */
static struct litmus *new_tree(size_t bytes)
{
	struct litmus *litmus = map_in_order(bytes);

	if (!litmus)
		litmus = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (litmus == MAP_FAILED)
		return NULL;
	litmus->bytes = bytes;
	return litmus;
}

/* How often @what stands in @text, but no more than @most. */
static size_t count(const char *text, size_t len, const char *what, size_t most)
{
	size_t size = strlen(what), nr = 0;

	assert(size > 0);
	for (size_t i = 0; nr < most && i + size <= len; i++)
		nr += !memcmp(text + i, what, size);
	return nr;
}

/*
 * In one allocation, with no more room for operations and expectations than the text can have: each operation stands behind
 * one of three signs, each expectation at its word, and what is raw, which is larger than the rest, behind its word. A sweep
 * keeps many thousands of scenarios.
 */
static struct litmus *litmus_new(struct reader *r, const char *text, size_t len)
{
	/* Every byte of the file is kept at most twice (a name, and the operation or line it is in), each time with a NUL. */
	size_t names = 4 * len + 64, room = names + len + 1;
	size_t ops = count(text, len, ";", LITMUS_MAX_OPS) + count(text, len, ":", LITMUS_MAX_OPS) +
		     count(text, len, "{", LITMUS_MAX_OPS);
	size_t expects = count(text, len, "expect", LITMUS_MAX_EXPECTS);
	size_t raws = count(text, len, "raw", 1);
	struct litmus *litmus = new_tree(sizeof(*litmus) + ops * sizeof(*litmus->ops) + raws * sizeof(*litmus->raw) +
					 expects * sizeof(*litmus->expects) + room);

	if (!litmus)
		return NULL;
	litmus->ops = (struct litmus_op *)(litmus + 1);
	r->raw_room = (struct raw *)(litmus->ops + ops);
	litmus->expects = (struct litmus_expect *)(r->raw_room + raws);
	r->pool = (char *)(litmus->expects + expects);
	r->pool_end = r->pool + names;
	litmus->text = memcpy(r->pool_end, text, len);
	return litmus;
}

/*
 * The variable that is read after longjmp() is volatile, as C asks for what lives across setjmp().
 * Until the first message is written, the error says that memory is out, which is the only failure
 * without a position.
 */
struct litmus *litmus_read(const char *path, const char *text, size_t len, const struct litmus_words *words,
			   struct litmus_error *error)
{
	assert(path && words && error && (text || !len));
	struct reader r = { .words = words, .error = error, .path = path };
	struct litmus *volatile litmus = litmus_new(&r, text, len);

	*error = (struct litmus_error){ .text = "out of memory" };
	if (!litmus)
		return NULL;
	r.litmus = litmus;
	set_defaults(r.litmus, words);
	lex_start(&r.lex, text, len);
	if (setjmp(r.failed)) {
		litmus_free(litmus);
		return NULL;
	}
	check_words(&r);
	skip_empty_lines(&r);
	read_name(&r);
	find_peers(&r);
	read_lines(&r);
	check_whole(&r);
	return r.litmus;
}

/* NULL is allowed. */
void litmus_free(struct litmus *litmus)
{
	if (litmus)
		munmap(litmus, litmus->bytes);
}
