/* SPDX-License-Identifier: MIT */
/*
 * keep.c - a search over states in a file, so that another process can go on with it.
 *
 * A state means the same in every process that runs the same program on the same world: the arena, what the caller's world points
 * to and the code lie at fixed addresses. Names of objects may be part of a state, so they are kept too. All other is what the
 * search has met, what it has still to do, and what it has found.
 *
 * The file is words of this machine: the head, then each array, filled up to whole words, then how many bytes the file has,
 * then a sum over all of it. It takes the place of an older one at once, or not at all.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/core.h"
#include "explore/search.h"
#include "explore/states.h"

static const char MAGIC[8] = "shotkeep";

/* What the file is of stands in front, as it is compared before anything else in it is believed. */
struct head {
	char magic[sizeof(MAGIC)];
	uint64_t of[EXPLORE_KEPT_OF];
	struct agent_fingerprint root;
	struct explore_stats stats;
	uint64_t run; /* steps */
	uint64_t states, edges, work, steps, objects, result;
};

struct kept_state {
	struct agent_fingerprint print;
	uint32_t sleep, number;
};

/* ---- writing ---- */

struct writer {
	FILE *file;
	uint64_t sum, bytes;
};

/* Not an exclusive or alone: two words that have changed places are noticed. Against accidents, and no one's intention. */
static uint64_t add_to_sum(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
	return sum ^ sum >> 29;
}

/* Errors stay with the stream, and are looked at when it is closed. */
static void put_word(struct writer *w, uint64_t word)
{
	w->sum = add_to_sum(w->sum, word);
	w->bytes += sizeof(word);
	fwrite(&word, sizeof(word), 1, w->file);
}

/* Each array begins at a word, so that it can be used where it lies once the file is in memory. */
static void put(struct writer *w, const void *bytes, size_t size)
{
	const char *at = bytes;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, at + i, size - i < sizeof(word) ? size - i : sizeof(word));
		put_word(w, word);
	}
}

static void put_state(void *context, struct agent_fingerprint print, uint32_t sleep, uint32_t number)
{
	const struct kept_state state = { print, sleep, number };

	put(context, &state, sizeof(state));
}

/*
 * Sizes first, so that who reads need not search. The size of the whole comes in front of the sum: what was cut off is told
 * from what is damaged.
 */
static void put_all(struct writer *w, const struct states *s, const struct backlog *work)
{
	const struct explore_options *o = s->options;
	struct head head = {
		.root = s->root_print,
		.stats = *s->stats,
		.run = s->steps,
		.states = explore_visited_count(s->visited),
		.edges = s->edges.length,
		.work = work->nr,
		.steps = work->nr_steps,
		.objects = explore_objects(),
		.result = o->result_bytes,
	};
	uint64_t before;

	assert(!head.stats.limit.what);
	memcpy(head.magic, MAGIC, sizeof(MAGIC));
	memcpy(head.of, o->kept_of, sizeof(head.of));
	put(w, &head, sizeof(head));
	before = w->bytes;
	explore_visited_each(s->visited, put_state, w);
	/* As many as were given a number. */
	assert(w->bytes - before == head.states * sizeof(struct kept_state));
	put(w, s->edges.list, s->edges.length * sizeof(struct edge));
	put(w, work->list, work->nr * sizeof(work->list[0]));
	put(w, work->steps, work->nr_steps * sizeof(work->steps[0]));
	for (unsigned int i = 1; i <= explore_objects(); i++)
		put_word(w, explore_objects_key(i));
	put(w, o->result, o->result_bytes);
	put_word(w, w->bytes + 2 * sizeof(uint64_t));
	put_word(w, w->sum);
}

/*
 * False, with errno. On the disk before it takes the older one's place: else a machine that fails at that moment may come
 * back with the new name and nothing in it.
 */
static bool write_file(const struct states *s, const struct backlog *work, const char *part)
{
	struct writer w = { .file = fopen(part, "wb") };
	bool good;

	if (!w.file)
		return false;
	put_all(&w, s, work);
	good = !fflush(w.file) && !ferror(w.file) && !fsync(fileno(w.file));
	return !fclose(w.file) && good;
}

char *explore_keep_part(const char *path)
{
	size_t size = strlen(path) + sizeof(".part");
	char *part = explore_new(size, 1);

	snprintf(part, size, "%s.part", path);
	return part;
}

/*
 * The search stays as it is and may go on, so what is to be done is copied: what was left over, and what is on the stack.
 * One that cannot be kept goes on as well, as what it finds is worth as much; it is said now, and in the exit status.
 */
void explore_keep(struct states *s)
{
	const char *path = s->options->keep;
	char *part = explore_keep_part(path);
	struct backlog work = { 0 };

	/* Where several processes search, none of them knows all that is still to be done. */
	assert(path && !s->crew && !s->spread);
	if (s->options->keeping)
		s->options->keeping(s->options->context);
	for (size_t i = 0; i < s->backlog.nr; i++)
		explore_backlog_add(&work, &s->backlog.list[i], s->backlog.steps + s->backlog.list[i].first);
	explore_backlog_add_points(s, &work);
	s->stats->unkept = !write_file(s, &work, part) || rename(part, path);
	if (s->stats->unkept) {
		fprintf(stderr, "shootdown: %s: %s; the search is not kept\n", path, strerror(errno));
		unlink(part);
	}
	explore_backlog_free(&work);
	free(part);
	s->kept = explore_seconds_now();
}

/*
 * Not of the search for livelocks, which is .quiet: it knows less than the one before it, whose file it would take the place
 * of, and begins from nothing in any case.
 */
bool explore_keep_is_due(const struct states *s)
{
	return s->options->keep && !s->quiet && explore_seconds_now() - s->kept >= s->options->keep_seconds;
}

/* ---- reading ---- */

/*
 * A whole file; NULL, with errno. A folder can be opened as well, and says that it is larger than any memory; that it is none
 * to be read is seen at the first byte.
 */
static char *slurp(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	long end = -1;

	if (!file)
		return NULL;
	getc(file);
	if (!ferror(file) && !fseek(file, 0, SEEK_END) && (end = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
		bytes = explore_new((size_t)end + 1, 1);
		*size = fread(bytes, 1, (size_t)end, file);
		if (ferror(file)) {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(file);
	return bytes;
}

static uint64_t word_at(const char *bytes, size_t at)
{
	uint64_t word;

	memcpy(&word, bytes + at, sizeof(word));
	return word;
}

/*
 * From the outside in, so that the answer names the first thing that is wrong: a file of something else, one that is cut
 * off, one in which bits have changed.
 */
static enum explore_kept is_whole(const char *bytes, size_t size)
{
	uint64_t sum = 0;

	if (size < sizeof(MAGIC) || memcmp(bytes, MAGIC, sizeof(MAGIC)))
		return EXPLORE_KEPT_NOTHING;
	if (size % 8 || size < sizeof(MAGIC) + EXPLORE_KEPT_OF * 8 + 16 || word_at(bytes, size - 16) != size)
		return EXPLORE_KEPT_CUT;
	for (size_t at = 0; at < size - 8; at += 8)
		sum = add_to_sum(sum, word_at(bytes, at));
	return sum == word_at(bytes, size - 8) ? EXPLORE_KEPT_GOOD : EXPLORE_KEPT_DAMAGED;
}

/* NULL: *@kept says why. */
static char *read_file(const char *path, const uint64_t *of, enum explore_kept *kept, size_t *size, unsigned int *other)
{
	char *bytes = slurp(path, size);

	*kept = bytes ? is_whole(bytes, *size) : EXPLORE_KEPT_UNREADABLE;
	for (unsigned int i = 0; *kept == EXPLORE_KEPT_GOOD && i < EXPLORE_KEPT_OF; i++) {
		if (word_at(bytes, offsetof(struct head, of) + i * 8) != of[i]) {
			*kept = EXPLORE_KEPT_OF_ANOTHER;
			*other = i;
		}
	}
	if (*kept == EXPLORE_KEPT_GOOD)
		return bytes;
	free(bytes);
	return NULL;
}

enum explore_kept explore_kept_look(const char *path, const uint64_t *of, unsigned int *other)
{
	enum explore_kept kept;
	size_t size;

	free(read_file(path, of, &kept, &size, other));
	return kept;
}

/* The next array of the file. */
static const void *take(const char **at, size_t nr, size_t size)
{
	const void *array = *at;

	*at += (nr * size + 7) / 8 * 8;
	return array;
}

/*
 * The same program has written the file, so what is in it fits. In the order in which it was written. Names come before
 * the search runs a step, as a fingerprint may have some in it.
 */
static void take_all(struct states *s, const char *at, size_t size)
{
	const char *end = at + size - 2 * sizeof(uint64_t);
	const struct head *head = take(&at, 1, sizeof(*head));
	const struct kept_state *state = take(&at, head->states, sizeof(*state));
	const struct edge *edge = take(&at, head->edges, sizeof(*edge));
	const struct work *work = take(&at, head->work, sizeof(*work));
	const struct explore_choice *steps = take(&at, head->steps, sizeof(*steps));

	*s->stats = head->stats;
	s->stats->unkept = false;
	s->steps = head->run;
	for (size_t i = 0; i < head->states; i++)
		explore_visited_put(s->visited, state[i].print, state[i].sleep, state[i].number);
	for (size_t i = 0; i < head->edges; i++)
		explore_edges_add(&s->edges, edge[i].from, edge[i].to, 0);
	for (size_t i = 0; i < head->work; i++)
		explore_backlog_add(&s->backlog, &work[i], steps + work[i].first);
	explore_objects_name(take(&at, head->objects, sizeof(uint64_t)), (unsigned int)head->objects);
	take(&at, head->result, 1);
	/* What the head says of the arrays is what stands in the file. */
	assert(at == end);
}

/* The caller has looked at the file before. */
static char *read_again(const struct explore_options *o, size_t *size)
{
	enum explore_kept kept;
	unsigned int other;
	char *bytes = read_file(o->resume, o->kept_of, &kept, size, &other);

	if (bytes)
		return bytes;
	fprintf(stderr, "shootdown: %s: is not what it was a moment ago\n", o->resume);
	exit(2);
}

void explore_resume_result(const struct explore_options *o)
{
	size_t size;
	char *bytes = read_again(o, &size);
	const char *at = bytes;
	const struct head *head = take(&at, 1, sizeof(*head));

	take(&at, head->states, sizeof(struct kept_state));
	take(&at, head->edges, sizeof(struct edge));
	take(&at, head->work, sizeof(struct work));
	take(&at, head->steps, sizeof(struct explore_choice));
	take(&at, head->objects, sizeof(uint64_t));
	assert(head->result == o->result_bytes);
	if (head->result)
		memcpy(o->result, take(&at, head->result, 1), head->result);
	free(bytes);
	if (o->resumed)
		o->resumed(o->context);
}

void explore_resume(struct states *s)
{
	const struct explore_options *o = s->options;
	size_t size;
	char *bytes = read_again(o, &size);

	/* Where memory that should be at one address is not, no state would be met again. */
	if (memcmp(bytes + offsetof(struct head, root), &s->root_print, sizeof(s->root_print))) {
		fprintf(stderr, "shootdown: %s: the world begins in another state here\n", o->resume);
		exit(2);
	}
	assert(!explore_visited_count(s->visited) && !s->backlog.nr);
	take_all(s, bytes, size);
	free(bytes);
}
