/* SPDX-License-Identifier: MIT */
/*
 * gather.c - what the processes of a search have found together: of a spread search, at rank 0.
 *
 * Each numbers its own states, by its rank and in steps of the number of ranks, so that all numbers are different. At rank 0 they become numbers
 * without gaps, the states of one rank behind those of another: that is what the functions of graph.c want.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/memory.h"
#include "explore/spread.h"

/* As many words as hold so many bytes. */
static size_t words_of(size_t bytes)
{
	return (bytes + 7) / 8;
}

/* Sums, and the larger one of what is a maximum; states are counted by the shared table alone. */
void explore_stats_add(struct explore_stats *to, const struct explore_stats *from)
{
	to->complete += from->complete;
	to->blocked += from->blocked;
	to->stopped += from->stopped;
	to->transitions += from->transitions;
	to->by_visitor |= from->by_visitor;
	to->outdated |= from->outdated;
	to->out_of_time |= from->out_of_time;
	if (from->deepest > to->deepest)
		to->deepest = from->deepest;
	if (from->limit.what)
		to->limit = from->limit;
}

/* What one rank says of itself, in words. */
struct report {
	struct explore_stats stats;
	uint64_t states, steps, halt;
};

/*
 * Rank 0's own statistics among them, so the sum begins at nothing. How many states the ranks before it have is what a
 * rank's numbers begin at, once they have no gaps.
 */
static void add_reports(struct states *s, const uint64_t *words, size_t each)
{
	struct spread *d = s->spread;
	uint32_t next = 0;

	assert(d->peers->rank == 0 && !d->first_number);
	d->first_number = explore_new(d->peers->ranks, sizeof(d->first_number[0]));
	*s->stats = (struct explore_stats){ 0 };
	s->steps = 0;
	for (unsigned int rank = 0; rank < d->peers->ranks; rank++, words += each) {
		const struct report *r = (const void *)words;

		d->first_number[rank] = next;
		next += (uint32_t)r->states;
		explore_stats_add(s->stats, &r->stats);
		s->stats->states += r->states;
		s->stats->memory += r->stats.memory;
		s->stats->logged += r->stats.logged;
		s->stats->sent += r->stats.sent;
		s->stats->helpers += rank && r->stats.transitions;
		s->steps += r->steps;
		s->halt |= r->halt;
		/* Rank 0 has its own already. */
		if (s->options->join && !s->quiet && rank)
			s->options->join(s->options->context, words + words_of(sizeof(*r)));
	}
}

/*
 * A report and the visitor's result are one piece of memory, since what all do together is slow, and each rank's has the
 * same size. What is shared in the end is what rank 0 has summed up.
 */
void explore_spread_sum(struct states *s)
{
	const struct explore_options *o = s->options;
	const struct explore_peers *peers = s->spread->peers;
	size_t result = o->join && !s->quiet ? o->result_bytes : 0;
	size_t each = words_of(sizeof(struct report)) + words_of(result),
	       *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t *own = explore_new(each, sizeof(*own)), *all;
	struct report *r = (void *)own;

	s->stats->memory = explore_visited_memory(s->visited);
	s->stats->sent = s->spread->bytes;
	/* Rank 0 adds its own in the end, with what it has logged until then. */
	s->stats->logged = peers->rank ? agent_logged_bytes() : 0;
	*r = (struct report){ *s->stats, explore_visited_count(s->visited), s->steps, s->halt };
	if (result)
		memcpy(own + words_of(sizeof(*r)), o->result, result);
	all = peers->gather(peers->context, own, each, nrs);
	if (all)
		add_reports(s, all, each);
	/*
	 * Whether to go on, and with what, is decided alike everywhere: whoever alone looked for livelocks would wait
	 * for the others for ever.
	 */
	peers->share(peers->context, s->stats, sizeof(*s->stats));
	peers->share(peers->context, &s->halt, sizeof(s->halt));
	free(own);
	free(all);
	free(nrs);
}

/* A state's number is its owner's rank, and as many times the number of ranks as states that one had met before. */
static uint32_t dense(const struct spread *d, uint32_t number)
{
	assert(d->first_number);
	return d->first_number[number % d->peers->ranks] + number / d->peers->ranks;
}

uint32_t explore_spread_number(struct states *s, struct agent_fingerprint print)
{
	uint32_t number = spread_number_of(s->spread, print);

	return number == UINT32_MAX ? number : dense(s->spread, number);
}

/* ---- the graph ---- */

_Static_assert(sizeof(struct edge) == sizeof(uint64_t), "an edge is a word");

/*
 * Whose step each edge is, bytes filled up to words by each rank; @edges: how many edges each has. What was filled up lies
 * between the pieces and is no edge's, so they are moved together, in place: a piece only ever moves to the front.
 */
static uint8_t *gather_agents(const struct states *s, const size_t *edges)
{
	const struct explore_peers *peers = s->spread->peers;
	size_t nr = words_of(s->edges.length), *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t *own = explore_new(nr, sizeof(*own)), *words;
	uint8_t *to, *from;

	if (s->edges.length)
		memcpy(own, s->edges.agent, s->edges.length);
	words = peers->gather(peers->context, own, nr, nrs);
	to = from = (uint8_t *)words;
	for (unsigned int rank = 0; words && rank < peers->ranks; rank++) {
		assert(words_of(edges[rank]) == nrs[rank]);
		memmove(to, from, edges[rank]);
		to += edges[rank];
		from += nrs[rank] * sizeof(words[0]);
	}
	free(own);
	free(nrs);
	return (uint8_t *)words;
}

/*
 * An edge was noted by whoever was at its first state, with numbers that mean the same to all; so the lists of all ranks,
 * one behind the other, are the edges of the graph. At other ranks nothing is left.
 */
static void gather_edges(struct states *s)
{
	const struct explore_peers *peers = s->spread->peers;
	struct edges all = { .owned = s->edges.owned };
	size_t *nrs = explore_new(peers->ranks, sizeof(*nrs));

	all.list = (struct edge *)peers->gather(peers->context, (const uint64_t *)s->edges.list, s->edges.length, nrs);
	if (s->edges.owned)
		all.agent = gather_agents(s, nrs);
	for (unsigned int rank = 0; all.list && rank < peers->ranks; rank++)
		all.length += nrs[rank];
	all.room = all.length;
	for (size_t i = 0; i < all.length; i++)
		all.list[i] = (struct edge){ dense(s->spread, all.list[i].from), dense(s->spread, all.list[i].to) };
	explore_edges_free(&s->edges);
	s->edges = all;
	free(nrs);
}

/* Whoever was at an end has noted it, whosever state it is. As numbers, since the sets have holes for states of others. */
static void gather_ends(struct states *s)
{
	const struct explore_peers *peers = s->spread->peers;
	size_t nr = 0, total = 0, *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t *own, *all;

	for (size_t i = 0; i < s->is_end_room; i++)
		nr += s->is_end[i];
	own = explore_new(nr, sizeof(*own));
	nr = 0;
	for (size_t i = 0; i < s->is_end_room; i++)
		if (s->is_end[i])
			own[nr++] = i;
	all = peers->gather(peers->context, own, nr, nrs);
	for (unsigned int rank = 0; all && rank < peers->ranks; rank++)
		total += nrs[rank];
	free(s->is_end);
	s->is_end_room = s->stats->states;
	s->is_end = explore_new(s->is_end_room, sizeof(s->is_end[0]));
	for (size_t i = 0; i < total; i++) {
		uint32_t number = dense(s->spread, (uint32_t)all[i]);

		assert(number < s->is_end_room);
		s->is_end[number] = true;
	}
	free(own);
	free(all);
	free(nrs);
}

/* Rank 0 alone has the edges, and what it finds decides what all do next. */
bool explore_spread_has_cycle(struct states *s)
{
	const struct explore_peers *peers = s->spread->peers;
	bool cycle;

	gather_edges(s);
	cycle = peers->rank == 0 && explore_graph_has_cycle(&s->edges, (uint32_t)s->stats->states);
	peers->share(peers->context, &cycle, sizeof(cycle));
	return cycle;
}

/*
 * The graph says which states there are, and not what they are: to show a way rank 0 runs steps, and asks the owner of each
 * state that one leads to for its number. So the others have to stay.
 */
void explore_spread_look_at_graph(struct states *s, void (*look)(struct states *s))
{
	gather_edges(s);
	gather_ends(s);
	if (s->spread->peers->rank) {
		spread_serve(s->spread);
		return;
	}
	look(s);
	spread_serve_no_more(s->spread);
}
