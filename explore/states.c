/* SPDX-License-Identifier: MIT */
/*
 * states.c - the search over states: depth first, each state once.
 *
 * From each state every agent that can step is gone on with, and from what comes of it, if that was not met before; then the step is
 * undone. A hardware choice is as many steps of the agent as it has alternatives.
 *
 * Sleep sets (Godefroid, "Partial-Order Methods", 1996, chapter 5) leave out steps, not states: behind b, an agent a that was
 * gone on with before b from the same state is asleep until a step runs that a's next one depends on, as a;b and b;a lead to one
 * state. What sleeps is stored with the state. Where a state is met again with fewer asleep, those that are not any more are gone on with.
 *
 * Every sequence of steps from the root has then an equivalent one, of the same length, among those that were explored: from a
 * state, take the agents that could be first in the sequence or an equivalent one, and that are not asleep in what is stored
 * at the end. Each was gone on with at some visit. Consider the last visit at which any was, and the first of them then: none of the
 * others was asleep there, since it would have been gone on with later, nor before it. So behind it none of those that
 * may be first is asleep; the rest follows by induction over the length. This holds for any order of visits, hence for
 * several processes too, and for graphs with cycles. In particular all states are met; and if the full graph has a cycle, so
 * has the explored one, as it has sequences of any length.
 */
#include "explore/states.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/search.h"

/* Room for one more in an array that grows. */
#define GROW(array, nr, room)                                                        \
	do {                                                                         \
		if ((nr) == (room)) {                                                \
			(room) = (room) ? 2 * (room) : 256;                          \
			(array) = explore_grow((array), (room), sizeof((array)[0])); \
		}                                                                    \
	} while (0)

/* ---- accesses ---- */

static uint64_t object_bit(unsigned int object)
{
	return 1ull << ((object ^ object >> 6 ^ object >> 12) & 63);
}

static uint64_t objects_of(const struct agent_event *event)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < event->touches; i++)
		set |= object_bit(event->touch[i].object);
	return set;
}

static bool independent(const struct states *s, const struct sleeper *a, const struct agent_event *b)
{
	for (uint32_t i = a->first; i < a->first + a->nr; i++)
		for (unsigned int j = 0; j < b->touches; j++)
			if (s->accesses[i].object == b->touch[j].object &&
			    !explore_ops_commute(s->accesses[i].op, b->touch[j].op))
				return false;
	return true;
}

/* Another alternative of the step that @p is being gone on with: together they touch what any of them does. */
static void add_accesses(struct states *s, const struct point *p, const struct agent_event *event)
{
	for (unsigned int i = 0; i < event->touches; i++) {
		const struct agent_touch *touch = &event->touch[i];
		size_t at = p->accesses;

		while (at < s->nr_accesses && s->accesses[at].object != touch->object)
			at++;
		if (at < s->nr_accesses) {
			if (s->accesses[at].op != touch->op)
				s->accesses[at].op = AGENT_WRITE;
			continue;
		}
		GROW(s->accesses, s->nr_accesses, s->room_accesses);
		s->accesses[s->nr_accesses++] = (struct access){ touch->object, touch->op };
	}
}

/* ---- points ---- */

static struct point *last(struct states *s)
{
	return &s->points[s->nr_points - 1];
}

/* Every alternative of the step was gone on with: the agent sleeps where others go on from here. */
static void put_to_sleep(struct states *s, struct point *p)
{
	uint64_t objects = 0;

	if (!s->sleep || !p->todo) {
		s->nr_accesses = p->accesses;
		return;
	}
	for (size_t i = p->accesses; i < s->nr_accesses; i++)
		objects |= object_bit(s->accesses[i].object);
	assert(p->first + p->nr == s->nr_sleepers);
	GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
	s->sleepers[s->nr_sleepers++] = (struct sleeper){
		.objects = objects,
		.first = p->accesses,
		.nr = (uint32_t)(s->nr_accesses - p->accesses),
		.agent = p->agent,
	};
	p->nr++;
	p->accesses = (uint32_t)s->nr_accesses;
}

static void push_point(struct states *s, uint32_t number, uint32_t todo)
{
	GROW(s->points, s->nr_points, s->room_points);
	s->points[s->nr_points++] = (struct point){
		.mark = agent_mark(),
		.number = number,
		.todo = todo,
		.first = (uint32_t)s->nr_sleepers,
		.path = (uint32_t)s->length,
		.first_access = (uint32_t)s->nr_accesses,
		.accesses = (uint32_t)s->nr_accesses,
	};
}

/* Those who were asleep at @p and still are behind a step of it. They are the first in the next point's list. */
static uint32_t pass_on(struct states *s, const struct point *p, const struct agent_event *event)
{
	uint64_t objects = objects_of(event);
	uint32_t set = 0;

	for (uint32_t i = p->first; i < p->first + p->nr; i++) {
		struct sleeper a = s->sleepers[i];

		if (a.agent == event->agent || ((a.objects & objects) && !independent(s, &a, event)))
			continue;
		GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
		s->sleepers[s->nr_sleepers++] = a;
		set |= 1u << a.agent;
	}
	return set;
}

/* The same one again makes schedules that are easy to read. */
static unsigned int next_agent(const struct states *s, uint32_t todo)
{
	unsigned int start = s->length ? s->path[s->length - 1].agent : 0;
	uint32_t later = todo & ~((1u << start) - 1);

	return (unsigned int)__builtin_ctz(later ? later : todo);
}

/* ---- ends ---- */

static void visit(struct states *s, enum explore_end end)
{
	struct explore_run run = { .end = end, .schedule = { (unsigned int)s->length, s->path } };
	struct explore_stats *stats = s->stats;

	stats->complete += end == EXPLORE_COMPLETE;
	stats->blocked += end == EXPLORE_BLOCKED;
	stats->stopped += end == EXPLORE_STOPPED;
	if (!s->options->visit)
		return;
	if (!s->options->visit(s->options->context, &run))
		s->halt = stats->by_visitor = true;
	explore_state_settle_unknown();
}

static void note_end(struct states *s, uint32_t number, enum explore_end end)
{
	if (!s->quiet) {
		visit(s, end);
		return;
	}
	while (number >= s->is_end_room) {
		s->is_end = explore_grow(s->is_end, 2 * s->is_end_room + 1024, sizeof(s->is_end[0]));
		memset(s->is_end + s->is_end_room, 0, s->is_end_room + 1024);
		s->is_end_room = 2 * s->is_end_room + 1024;
	}
	s->is_end[number] = true;
}

void explore_states_progress(struct states *s)
{
	double seconds = explore_seconds_now();
	struct explore_progress p = {
		.executions = explore_executions(s->stats),
		.states = explore_visited_count(s->visited),
		.transitions = s->stats->transitions,
		.seconds = seconds - s->started,
		.steps_per_second = (double)(s->steps - s->reported_steps) / (seconds - s->reported),
		.depth = (unsigned int)s->length,
	};

	if (!s->options->progress || seconds - s->reported < 1)
		return;
	s->options->progress(s->options->context, &p);
	s->reported = seconds;
	s->reported_steps = s->steps;
}

/* Looks at the clock rarely. */
static void check_limits(struct states *s)
{
	const struct explore_options *o = s->options;
	double seconds;

	if (o->max_executions && explore_executions(s->stats) >= o->max_executions)
		s->halt = true;
	if (o->max_states && explore_visited_count(s->visited) >= o->max_states)
		s->halt = true;
	if (s->steps < s->next_look)
		return;
	s->next_look = s->steps + 20000;
	seconds = explore_seconds_now();
	if (o->max_seconds > 0 && seconds - s->started > o->max_seconds)
		s->halt = true;
	if (!s->crew)
		explore_states_progress(s);
}

/* ---- steps ---- */

static uint32_t enabled(void)
{
	uint32_t set = 0;

	for (unsigned int agent = 0; agent < agent_count(); agent++)
		set |= (uint32_t)agent_enabled((int)agent) << agent;
	return set;
}

/* The world is in a state that was not met before, with @sleep asleep: goes on from it, or it is an end. */
static void enter(struct states *s, uint32_t number, uint32_t sleep)
{
	uint32_t can = enabled();

	if (agent_reported() & s->options->stop_on)
		note_end(s, number, EXPLORE_STOPPED);
	else if (!can)
		note_end(s, number, explore_search_end());
	if (can && !(agent_reported() & s->options->stop_on) && (can & ~sleep))
		push_point(s, number, can & ~sleep);
}

/* Drops from the list of the point that is about to be pushed who is not in @set. */
static void keep_asleep(struct states *s, size_t from, uint32_t set)
{
	size_t kept = from;

	for (size_t i = from; i < s->nr_sleepers; i++)
		if (set >> s->sleepers[i].agent & 1)
			s->sleepers[kept++] = s->sleepers[i];
	s->nr_sleepers = kept;
}

/* The world is behind a step of the last point. */
static void arrive(struct states *s, const struct agent_event *event)
{
	const struct point *p = last(s);
	size_t sleepers = s->nr_sleepers, points = s->nr_points;
	uint32_t sleep = pass_on(s, p, event);
	struct meeting m = explore_visited_meet(s->visited, agent_fingerprint(), sleep);

	explore_edges_add(&s->edges, p->number, m.number);
	if (m.first) {
		enter(s, m.number, sleep);
	} else if (m.again && !(agent_reported() & s->options->stop_on)) {
		keep_asleep(s, sleepers, m.sleep);
		push_point(s, m.number, m.again);
	}
	if (s->nr_points > points) {
		last(s)->first = (uint32_t)sleepers;
		last(s)->nr = (uint32_t)(s->nr_sleepers - sleepers);
	} else {
		s->nr_sleepers = sleepers;
	}
}

void explore_states_add_step(struct states *s, const struct agent_event *event)
{
	GROW(s->path, s->length, s->room_path);
	s->path[s->length++] = (struct explore_choice){ event->agent, event->choice };
	s->steps++;
	if (s->length > s->stats->deepest)
		s->stats->deepest = (unsigned int)s->length;
}

static void leave(struct states *s)
{
	const struct point *p = last(s);

	s->nr_sleepers = p->first;
	s->nr_accesses = p->first_access;
	s->nr_points--;
}

/* The next step of the last point, or back from it. */
static void go_on(struct states *s)
{
	struct point *p = last(s);
	struct agent_event event;

	agent_undo(p->mark);
	s->length = p->path;
	if (p->choice + 1u < p->choices) {
		p->choice++;
	} else {
		if (p->choices)
			put_to_sleep(s, p);
		if (!p->todo) {
			leave(s);
			return;
		}
		p->agent = (uint8_t)next_agent(s, p->todo);
		p->todo &= ~(1u << p->agent);
		p->choice = 0;
	}
	agent_run(p->agent, p->choice, &event);
	if (agent_limit())
		return;
	p->choices = event.choices;
	s->stats->transitions++;
	add_accesses(s, p, &event);
	explore_states_add_step(s, &event);
	arrive(s, &event);
}

/* What an agent would do next in the state that the world is in, all alternatives of it; and back. */
static void look_at(struct states *s, unsigned int agent)
{
	struct sleeper sleeper = { .first = (uint32_t)s->nr_accesses, .agent = (uint8_t)agent };
	const struct point here = { .accesses = (uint32_t)s->nr_accesses };
	struct agent_event event = { .choices = 1 };
	uint64_t mark = agent_mark();

	for (unsigned int choice = 0; choice < event.choices; choice++) {
		agent_run((int)agent, choice, &event);
		add_accesses(s, &here, &event);
		sleeper.objects |= objects_of(&event);
		agent_undo(mark);
	}
	sleeper.nr = (uint32_t)(s->nr_accesses - here.accesses);
	GROW(s->sleepers, s->nr_sleepers, s->room_sleepers);
	s->sleepers[s->nr_sleepers++] = sleeper;
}

void explore_states_begin(struct states *s, uint32_t number, uint32_t todo, uint32_t sleep)
{
	assert(!s->nr_points && !s->nr_sleepers && !s->nr_accesses);
	for (unsigned int agent = 0; agent < agent_count(); agent++)
		if (sleep >> agent & 1)
			look_at(s, agent);
	push_point(s, number, todo);
	last(s)->first = last(s)->first_access = 0;
	last(s)->nr = (uint32_t)s->nr_sleepers;
}

void explore_states_begin_at_root(struct states *s)
{
	struct meeting m = explore_visited_meet(s->visited, agent_fingerprint(), 0);

	enter(s, m.number, 0);
}

void explore_states_go_on(struct states *s)
{
	while (s->nr_points && !s->halt && !agent_limit()) {
		go_on(s);
		check_limits(s);
		if (s->crew)
			explore_crew_look(s);
	}
}

/* The first point, from the root, that something can be taken from; what sleeps there then is added to @sleep. */
struct point *explore_states_to_give(struct states *s, uint32_t *sleep)
{
	for (size_t i = 0; i < s->nr_points; i++) {
		struct point *p = &s->points[i];

		if (!p->todo || !p->choices)
			continue;
		*sleep = s->sleep ? 1u << p->agent : 0;
		for (uint32_t j = p->first; j < p->first + p->nr; j++)
			*sleep |= 1u << s->sleepers[j].agent;
		return p;
	}
	return NULL;
}

static void search(struct states *s)
{
	explore_states_begin_at_root(s);
	explore_states_go_on(s);
}

/* ---- the whole ---- */

static void close_search(struct states *s)
{
	explore_visited_free(s->visited);
	explore_edges_free(&s->edges);
	free(s->is_end);
	free(s->points);
	free(s->sleepers);
	free(s->accesses);
	free(s->path);
}

/* ---- livelocks ---- */

/* One step from the state that the world is in to the state with that number, which is said to be one step away. */
static void step_to(struct states *s, uint32_t number)
{
	uint64_t here = agent_mark();
	uint32_t can = enabled();
	struct agent_event event = { .choices = 1 };

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		if (!(can >> agent & 1))
			continue;
		for (unsigned int choice = 0; choice == 0 || choice < event.choices; choice++) {
			agent_run((int)agent, choice, &event);
			if (explore_visited_number(s->visited, agent_fingerprint()) == number) {
				explore_states_add_step(s, &event);
				return;
			}
			agent_undo(here);
		}
	}
	assert(!"an edge is a step");
}

/* Shows the nearest of the states that are not @live. */
static void show_livelock(struct states *s, uint32_t states, const bool *live)
{
	bool *stuck = explore_new(states, sizeof(stuck[0]));
	uint32_t *way;
	long length;

	for (uint32_t n = 0; n < states; n++) {
		stuck[n] = !live[n];
		s->stats->livelocks += !live[n];
	}
	if (s->stats->livelocks) {
		length = explore_graph_way(&s->edges, states, stuck, &way);
		assert(length >= 0);
		s->length = 0;
		for (long i = 0; i < length; i++)
			step_to(s, way[i]);
		visit(s, EXPLORE_LIVELOCK);
		free(way);
	}
	free(stuck);
}

/*
 * The full graph, each edge of it: which states can reach an end? Edges that sleep sets leave out would be missed here.
 */
static void find_livelocks(const struct states *first, struct explore_stats *stats)
{
	const struct explore_options *o = first->options;
	struct explore_stats second = { 0 };
	struct states s = { .options = o, .stats = &second, .started = first->started, .reported = first->reported };
	uint32_t states;

	s.quiet = true;
	s.visited = explore_visited_new(false);
	s.root = agent_mark();
	search(&s);
	states = (uint32_t)explore_visited_count(s.visited);
	agent_undo(s.root);
	if (!s.halt && !agent_limit()) {
		assert(states >= stats->states);
		s.is_end = explore_grow(s.is_end, states, sizeof(s.is_end[0]));
		if (s.is_end_room < states)
			memset(s.is_end + s.is_end_room, 0, states - s.is_end_room);
		explore_graph_reach(&s.edges, states, s.is_end);
		s.quiet = false;
		s.stats = stats;
		show_livelock(&s, states, s.is_end);
	}
	stats->steps += s.steps;
	if (s.halt)
		stats->exhausted = false;
	close_search(&s);
}

static void open_search(struct states *s, const struct explore_options *options, struct explore_stats *stats)
{
	*s = (struct states){ .options = options, .stats = stats };
	s->sleep = options->reduce && options->sleep;
	s->fuse = options->reduce && options->fuse;
	s->started = s->reported = explore_seconds_now();
	s->visited = explore_visited_new(options->jobs > 1);
	s->root = agent_mark();
}

void explore_states(const struct explore_options *options, struct explore_stats *stats)
{
	struct states s;

	open_search(&s, options, stats);
	if (options->jobs > 1)
		explore_crew_search(&s);
	else
		search(&s);
	if (agent_limit())
		stats->limit = *agent_limit();
	stats->exhausted = !s.halt && !stats->stopped && !stats->limit.what;
	stats->states = explore_visited_count(s.visited);
	stats->memory = explore_visited_memory(s.visited);
	stats->steps = s.steps;
	agent_undo(s.root);
	/* An end was met on every way if there is no cycle, as no way is endless. */
	if (stats->exhausted && explore_graph_has_cycle(&s.edges, (uint32_t)stats->states))
		find_livelocks(&s, stats);
	stats->logged += agent_logged_bytes();
	close_search(&s);
}
