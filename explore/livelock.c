/* SPDX-License-Identifier: MIT */
/*
 * livelock.c - states from which no end can be reached, whatever is chosen for the agents, if the hardware chooses badly.
 *
 * Who steps next is anybody's choice, and a program may count on it that everybody's turn comes. What the hardware
 * chooses within a step is not: a TLB may keep an entry, and offer it at each access, for ever. So a state can reach
 * an end if some agent has a step of which every alternative leads to a state that can.
 *
 * Looked for only where the transitions that were explored have a cycle: else no way is endless. Then the full graph is explored
 * once more, each edge of it, and what can reach an end is found backwards over the edges.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/memory.h"
#include "explore/states.h"

static uint32_t number_of(struct states *s, struct agent_fingerprint print)
{
	return s->spread ? explore_spread_number(s, print) : explore_visited_number(s->visited, print);
}

/*
 * One step from the state that the world is in to the state with that number, which is said to be
 * one step away. An edge has no label: which agent and which choice lead there is found by trying.
 * Only the way that is shown needs it.
 */
static void step_to(struct states *s, uint32_t number)
{
	uint64_t here = agent_mark();
	uint32_t can = explore_states_enabled();
	struct agent_event event = { .choices = 1 };

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		if (!(can >> agent & 1))
			continue;
		for (unsigned int choice = 0; choice == 0 || choice < event.choices; choice++) {
			explore_states_run(s, agent, choice, &event);
			if (number_of(s, agent_fingerprint()) == number) {
				explore_states_add_step(s, &event);
				return;
			}
			agent_undo(here);
		}
	}
	assert(!"an edge is a step");
}

/*
 * The world goes along, as what an edge does is known only by running it. No step of the way is undone: it is the schedule
 * that is shown.
 */
static void walk(struct states *s, uint32_t **way, long length)
{
	for (long i = 0; i < length; i++)
		step_to(s, (*way)[i]);
	free(*way);
	*way = NULL;
}

/*
 * The nearest of the states in @stuck that come again, and how: the way there, then one round. False: none comes again, as @stuck
 * is empty.
 *
 * The states that only lead into a round, and are on none, show nothing by themselves: the reader
 * wants to see what repeats.
 */
static bool go_round(struct states *s, uint32_t states, bool *stuck)
{
	bool *again = explore_new(states, sizeof(again[0]));
	uint32_t *way, *round, there;
	uint32_t root = number_of(s, s->root_print);
	long length, rounds = -1;

	assert(root < states);
	memcpy(again, stuck, states * sizeof(again[0]));
	explore_graph_keep_cycles(&s->edges, states, again);
	while (rounds < 0 && (length = explore_graph_way(&s->edges, states, root, 0, again, NULL, &way)) >= 0) {
		bool *here = explore_new(states, sizeof(here[0]));

		there = length ? way[length - 1] : root;
		/* Back to itself, with at least one step, and through stuck states alone. */
		here[there] = true;
		rounds = explore_graph_way(&s->edges, states, there, 1, here, stuck, &round);
		/* It lies behind a cycle, and on none. */
		again[there] = false;
		free(here);
		if (rounds < 0)
			free(way);
	}
	free(again);
	if (rounds < 0)
		return false;
	s->length = 0;
	walk(s, &way, length);
	walk(s, &round, rounds);
	return true;
}

/*
 * Shows the nearest round of the states that are not @live. One is shown, all are counted: most of
 * them are the same round met in other states of the rest.
 */
static void show_livelock(struct states *s, uint32_t states, const bool *live)
{
	bool *stuck = explore_new(states, sizeof(stuck[0]));

	for (uint32_t n = 0; n < states; n++) {
		stuck[n] = !live[n];
		s->stats->livelocks += !live[n];
	}
	if (s->stats->livelocks && go_round(s, states, stuck))
		explore_states_visit(s, EXPLORE_LIVELOCK);
	free(stuck);
}

/*
 * Backwards from the ends. What is not reached has no way to an end on which the hardware could not
 * do worse.
 */
static void look_backwards(struct states *s)
{
	uint32_t states = (uint32_t)s->stats->states;

	s->is_end = explore_grow(s->is_end, states, sizeof(s->is_end[0]));
	if (s->is_end_room < states)
		memset(s->is_end + s->is_end_room, 0, states - s->is_end_room);
	explore_graph_reach(&s->edges, states, s->is_end);
	s->quiet = false;
	show_livelock(s, states, s->is_end);
}

/*
 * The full graph, each edge of it: which states can reach an end? Edges that sleep sets leave out would be missed here.
 */
void explore_states_find_livelocks(const struct states *first, struct explore_stats *stats)
{
	const struct explore_options *o = first->options;
	struct explore_stats second = { 0 };
	struct states s = { .options = o, .stats = &second, .started = first->started, .reported = first->reported };

	/*
	 * No sleep sets, no fusing, one process unless memory is not shared: each edge of each state is
	 * needed here, and the ends were told already. The states are the same and may be more, as
	 * those that fusing has passed over are stored now.
	 */
	s.quiet = true;
	s.edges.owned = true;
	s.visited = explore_visited_new(1);
	s.accesses_by = explore_accesses_new();
	s.root = agent_mark();
	s.root_print = agent_fingerprint();
	if (o->peers)
		explore_spread_search(&s);
	else
		explore_states_search(&s);
	explore_states_sum_up(&s);
	agent_undo(s.root);
	if (second.whole) {
		assert(second.states >= stats->states);
		if (s.spread)
			explore_spread_look_at_graph(&s, look_backwards);
		else
			look_backwards(&s);
	}
	stats->livelocks = second.livelocks;
	stats->by_visitor |= second.by_visitor;
	stats->steps += second.steps;
	if (second.limit.what)
		stats->limit = second.limit;
	stats->out_of_time |= second.out_of_time;
	if (s.halt || !second.whole)
		stats->exhausted = stats->whole = false;
	explore_states_close(&s);
}
