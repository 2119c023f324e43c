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

enum {
	MOST_FUSED = 64,      /* steps in one transition */
	MOST_BEGINNINGS = 64, /* then what is private changes too often to be of use */
};

/* A state, and an agent that has made a step from it. */
struct trial {
	struct agent_fingerprint print;
	uint64_t mark;
	uint32_t can, sleep; /* agents: enabled, asleep */
	uint8_t agent;
};

/* ---- which agent ---- */

/*
 * The same one again makes schedules that are easy to read. The order is free: any order of visits
 * meets all states, see above.
 */
static unsigned int next_agent(const struct states *s, uint32_t todo)
{
	unsigned int start = s->length ? s->path[s->length - 1].agent : 0;
	uint32_t later = todo & ~((1u << start) - 1);

	return (unsigned int)__builtin_ctz(later ? later : todo);
}

/* ---- ends ---- */

/*
 * The visitor may look at the world, and code of the world that runs outside agents may write; what
 * it has changed becomes known here, before the next step is undone.
 */
void explore_states_visit(struct states *s, enum explore_end end)
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
	explore_state_unknown();
}

static void note_end(struct states *s, uint32_t number, enum explore_end end)
{
	if (!s->quiet) {
		explore_states_visit(s, end);
		return;
	}
	/* Numbers are given in the order of meeting, and not each of them is an end. */
	while (number >= s->is_end_room) {
		s->is_end = explore_grow(s->is_end, 2 * s->is_end_room + 1024, sizeof(s->is_end[0]));
		memset(s->is_end + s->is_end_room, 0, s->is_end_room + 1024);
		s->is_end_room = 2 * s->is_end_room + 1024;
	}
	s->is_end[number] = true;
}

/* ---- steps ---- */

uint32_t explore_states_enabled(void)
{
	uint32_t set = 0;

	for (unsigned int agent = 0; agent < agent_count(); agent++)
		set |= (uint32_t)agent_enabled((int)agent) << agent;
	return set;
}

void explore_states_add_step(struct states *s, const struct agent_event *event)
{
	GROW(s->path, s->length, s->room_path);
	s->path[s->length++] = (struct explore_choice){ event->agent, event->choice };
	if (s->length > s->stats->deepest)
		s->stats->deepest = (unsigned int)s->length;
}

/* All stacks go back to what they were when the point was pushed. */
static void leave(struct states *s)
{
	const struct point *p = explore_point_last(s);

	assert(p->first <= s->nr_sleepers && p->first_access <= s->nr_accesses);
	s->nr_sleepers = p->first;
	s->nr_accesses = p->first_access;
	s->nr_points--;
}

/*
 * Also of those who never go on: at the root, and where nobody does. Sound fusing needs to know who
 * ever looks at an object. Who waits for it for ever looks at it in every state, and makes no step
 * that would say so.
 */
static void note_waits(struct states *s)
{
	struct agent_event waits;

	for (unsigned int agent = 0; agent < agent_count(); agent++) {
		agent_waits_for((int)agent, &waits);
		explore_accesses_note(s->accesses_by, &waits);
	}
}

/* What the agent that has just stopped waits for is touched as well, whether or not it ever gets it. */
static void note(struct states *s, const struct agent_event *event)
{
	struct agent_event waits;

	explore_accesses_note(s->accesses_by, event);
	agent_waits_for(event->agent, &waits);
	explore_accesses_note(s->accesses_by, &waits);
}

bool explore_states_run(struct states *s, unsigned int agent, unsigned int choice, struct agent_event *event)
{
	if (s->spread)
		return explore_spread_run(s, agent, choice, event);
	agent_run((int)agent, choice, event);
	s->steps++;
	if (agent_limit())
		return false;
	if (s->may_fuse)
		note(s, event);
	return true;
}

/*
 * What ends an execution (a violation that was asked for) is in the state: reported properties
 * belong to it. So a state says by itself whether it is an end.
 */
bool explore_states_has_stopped(const struct states *s)
{
	return agent_reported() & s->options->stop_on;
}

/*
 * Goes on from a state that was met: all of @todo, with the sleepers behind number @sleepers. The
 * sleepers lie on their stack already, put there by explore_point_pass_on(), when the point is
 * pushed.
 */
static void open_point(struct states *s, uint32_t number, uint32_t todo, size_t sleepers)
{
	explore_point_push(s, number, todo);
	explore_point_last(s)->first = (uint32_t)sleepers;
	explore_point_last(s)->nr = (uint32_t)(s->nr_sleepers - sleepers);
}

/* The world is in a state that was not met before, with @sleep asleep: goes on from it, or it is an end. */
void explore_states_enter(struct states *s, uint32_t number, uint32_t sleep, size_t sleepers)
{
	uint32_t can = explore_states_enabled();

	if (!can)
		note_waits(s);
	if (explore_states_has_stopped(s))
		note_end(s, number, EXPLORE_STOPPED);
	else if (!can)
		note_end(s, number, explore_search_end());
	/*
	 * All who can step are asleep: every continuation is equivalent to one that is found
	 * elsewhere, and the state is stored all the same.
	 */
	else if (can & ~sleep)
		open_point(s, number, can & ~sleep, sleepers);
}

/*
 * A fair choice is an edge of its own: a scheduler's alternatives count one by one, as an agent's
 * steps do, and not as a set that hardware picks from.
 */
static void add_edge(struct states *s, uint32_t to)
{
	const struct point *p = explore_point_last(s);

	explore_edges_add(&s->edges, p->number, to, p->fair ? EDGE_ALONE : p->agent);
}

/* The world is in the state that a transition of the last point leads to, with @sleep asleep. */
static void meet(struct states *s, uint32_t sleep, size_t sleepers)
{
	struct agent_fingerprint print = agent_fingerprint();
	size_t points = s->nr_points;
	struct meeting m;

	if (s->spread && explore_spread_meet(s, print, sleep)) {
		s->nr_sleepers = sleepers;
		return;
	}
	/*
	 * The only question of the search that its size depends on: was this state met? Two states
	 * of one fingerprint would be taken for one; explore_chance_of_mistake() says how likely
	 * that is.
	 */
	m = explore_visited_meet(s->visited, print, sleep);
	add_edge(s, m.number);
	if (m.first) {
		explore_states_enter(s, m.number, sleep, sleepers);
	} else if (m.again && !explore_states_has_stopped(s)) {
		/*
		 * Met before with more asleep. Who was asleep then and is not now is gone on with; who is
		 * asleep on both ways stays so (the intersection is what is stored from here on).
		 */
		explore_point_keep_asleep(s, sleepers, m.sleep);
		open_point(s, m.number, m.again, sleepers);
	}
	/* Nothing was opened: nobody needs the list. */
	if (s->nr_points == points)
		s->nr_sleepers = sleepers;
}

/*
 * The last point is being gone on with by a step that was run, the world is behind it. The number
 * of alternatives is known only now, that the first of them was run.
 */
static void take(struct states *s, const struct agent_event *event)
{
	struct point *p = explore_point_last(s);

	/* From one state a step has always the same alternatives. */
	assert(event->agent == p->agent && event->choice == p->choice);
	p->choices = event->choices;
	p->fair = event->fair;
	s->stats->transitions++;
	explore_point_add_accesses(s, p, event);
	explore_states_add_step(s, event);
}

/*
 * A state that was not met before, and a step of an agent from it that was run to see whether anybody minds. The state is to be
 * stored, and the step is the first that it is gone on with. False: somebody has met it meanwhile.
 *
 * The trial was run before the state was stored, so another process may have stored it since. Then
 * this process has nothing to do with the step that it ran, and the other one's sleep set decides
 * as at any state that is met again.
 */
static bool keep(struct states *s, const struct trial *t, size_t sleepers)
{
	struct meeting m = explore_visited_meet(s->visited, t->print, t->sleep);

	if (!m.first) {
		agent_undo(t->mark);
		meet(s, t->sleep, sleepers);
		return false;
	}
	add_edge(s, m.number);
	open_point(s, m.number, t->can & ~t->sleep & ~(1u << t->agent), sleepers);
	/* The world is one step further than the point: its mark is the one from before the trial. */
	explore_point_last(s)->mark = t->mark;
	explore_point_last(s)->agent = t->agent;
	return true;
}

/*
 * The world is behind a step of the last point. As long as the next one of the same agent is one that nobody else minds, it
 * belongs to the same transition, and the state before it is none of those that are stored: whatever others do first, they do
 * as well behind it. A loop of such steps ends somewhere, so that it is seen.
 *
 * To know what the next step is it has to be run. True: somebody minds it; it is @event, and a step of the new last point.
 *
 * Why states in between need not be stored: the step commutes with every step that any other agent
 * will ever make, as nobody else touches what it touches in a way that does not commute
 * (private.c). So whatever is found by going on with others first is found behind it as well, the
 * same ends and the same violations. Where that knowledge turns out to be wrong the search begins
 * again with what it knows by then.
 */
static bool arrive(struct states *s, struct agent_event *event)
{
	size_t sleepers = s->nr_sleepers;
	struct trial t = { .sleep = explore_point_pass_on(s, explore_point_last(s), event), .agent = event->agent };

	/*
	 * A bound, because a loop of steps that nobody minds would have no state that is stored,
	 * and its cycle would not be seen.
	 */
	for (unsigned int fused = 0; s->fuse && fused < MOST_FUSED; fused++) {
		t.print = agent_fingerprint();
		/*
		 * Ends, and states where this agent waits, are stored; so is one that is in the
		 * table already, since it is known what comes behind it.
		 */
		if (explore_states_has_stopped(s) || !agent_enabled(t.agent) ||
		    explore_visited_number(s->visited, t.print) != UINT32_MAX)
			break;
		t.can = explore_states_enabled();
		t.mark = agent_mark();
		if (!explore_states_run(s, t.agent, 0, event))
			return false;
		/* A step with alternatives is a point of its own: all of them start there. */
		if (event->choices > 1 || !explore_accesses_rely(s->accesses_by, event))
			return keep(s, &t, sleepers);
		explore_states_add_step(s, event);
	}
	meet(s, t.sleep, sleepers);
	return false;
}

/* The next step of the last point, or back from it. */
static void go_on(struct states *s)
{
	struct point *p = explore_point_last(s);
	struct agent_event event;

	/*
	 * Back to the point from wherever the last step of it has led: cheap, as it is what was
	 * changed and not the size of the world that is written back.
	 */
	assert(p->path <= s->length);
	agent_undo(p->mark);
	s->length = p->path;
	if (p->choice + 1u < p->choices) {
		p->choice++;
	} else {
		/*
		 * Only behind its last alternative may the agent sleep: what it would touch is then
		 * known for all of them.
		 */
		if (p->choices)
			explore_point_put_to_sleep(s, p);
		if (!p->todo) {
			leave(s);
			return;
		}
		p->agent = (uint8_t)next_agent(s, p->todo);
		p->todo &= ~(1u << p->agent);
		p->choice = 0;
	}
	if (!explore_states_run(s, p->agent, p->choice, &event))
		return;
	do
		take(s, &event);
	while (arrive(s, &event));
}

/*
 * A search that turns out to be large begins again, now that it is known who touches what; and again, whenever that was not
 * known well enough.
 */
static void check_fusing(struct states *s)
{
	if (s->fuse)
		/*
		 * Somebody touched what another one had relied on being alone with: transitions
		 * that were fused on that belief may have hidden states, so nothing found counts.
		 */
		s->again = explore_accesses_wrong(s->accesses_by);
	else
		s->again = s->may_fuse && s->steps >= s->options->fuse_after;
}

void explore_states_begin_at_root(struct states *s)
{
	struct meeting m = explore_visited_meet(s->visited, agent_fingerprint(), 0);

	note_waits(s);
	explore_states_enter(s, m.number, 0, 0);
}

void explore_states_go_on(struct states *s)
{
	while (s->nr_points && !s->halt && !s->again && !s->stop && !agent_limit()) {
		go_on(s);
		explore_states_check_limits(s);
		check_fusing(s);
		if (s->crew)
			explore_crew_look(s);
		if (s->spread)
			explore_spread_look(s);
	}
}

void explore_states_search(struct states *s)
{
	if (!s->begun)
		explore_states_begin_at_root(s);
	explore_states_go_on(s);
	while (s->backlog.nr && !s->halt && !agent_limit()) {
		const struct work work = s->backlog.list[--s->backlog.nr];

		explore_work_take_up(s, &work, s->backlog.steps + work.first);
		explore_states_go_on(s);
	}
}

/* ---- the whole ---- */

void explore_states_close(struct states *s)
{
	if (s->spread)
		explore_spread_close(s);
	explore_visited_free(s->visited);
	explore_accesses_free(s->accesses_by);
	explore_edges_free(&s->edges);
	explore_backlog_free(&s->backlog);
	free(s->is_end);
	free(s->points);
	free(s->sleepers);
	free(s->accesses);
	free(s->path);
}

static void open_search(struct states *s, const struct explore_options *options, struct explore_stats *stats)
{
	*s = (struct states){ .options = options, .stats = stats };
	s->sleep = options->reduce && options->sleep;
	/* Who relied on being alone is not kept in a file, nor known to processes that do not share memory. */
	s->may_fuse = options->reduce && options->fuse && !options->keep && !options->resume && !options->peers;
	s->started = s->reported = s->kept = explore_seconds_now();
	s->accesses_by = explore_accesses_new();
	s->root = agent_mark();
	s->root_print = agent_fingerprint();
	s->next_asked = EXPLORE_FIRST_ASKED;
}

/*
 * From the root, knowing nothing but who touches what. What is kept from one beginning to the next
 * is only who has touched what, which can but grow; so the number of beginnings is bounded by it.
 */
static void begin(struct states *s)
{
	struct explore_stats *stats = s->stats;

	agent_undo(s->root);
	if (s->visited)
		explore_visited_free(s->visited);
	s->visited = explore_visited_new(s->options->jobs);
	s->edges.length = s->nr_points = s->nr_sleepers = s->nr_accesses = s->length = 0;
	stats->complete = stats->blocked = stats->stopped = stats->transitions = stats->deepest = 0;
	s->again = false;
	explore_accesses_begin_again(s->accesses_by);
	if (s->options->resume) {
		explore_resume(s);
		s->begun = true;
	}
}

static void search_all(struct states *s)
{
	for (unsigned int beginnings = 0;; beginnings++) {
		begin(s);
		if (s->options->peers)
			explore_spread_search(s);
		else if (s->options->jobs > 1)
			explore_crew_search(s);
		else
			explore_states_search(s);
		if (!s->again || s->halt || agent_limit())
			return;
		/* The last resort is the plain search, which needs no belief. */
		s->fuse = beginnings < MOST_BEGINNINGS;
		s->may_fuse = s->fuse;
	}
}

/*
 * What was stopped can be gone on with; and so can what has found all states, as livelocks are looked for afterwards, and that
 * may take as long again. What is outdated is not worth it.
 */
static void keep_at_end(struct states *s, const struct explore_stats *stats)
{
	if (s->options->keep && !stats->by_visitor && !stats->outdated && !stats->limit.what && !agent_limit())
		explore_keep(s);
}

void explore_states_sum_up(struct states *s)
{
	struct explore_stats *stats = s->stats;

	if (agent_limit())
		stats->limit = *agent_limit();
	if (s->spread) {
		explore_spread_sum(s);
	} else {
		stats->states = explore_visited_count(s->visited);
		stats->memory = explore_visited_memory(s->visited);
	}
	stats->steps = s->steps;
	stats->whole = !s->halt && !stats->limit.what;
	/* A stopped execution was not gone on with, so what lies behind it was not searched. */
	stats->exhausted = stats->whole && !stats->stopped;
}

static bool has_cycle(struct states *s)
{
	return s->spread ? explore_spread_has_cycle(s) : explore_graph_has_cycle(&s->edges, (uint32_t)s->stats->states);
}

void explore_states(const struct explore_options *options, struct explore_stats *stats)
{
	struct states s;

	open_search(&s, options, stats);
	search_all(&s);
	keep_at_end(&s, stats);
	explore_states_sum_up(&s);
	agent_undo(s.root);
	/*
	 * An end was met on every way if there is no cycle, as no way is endless. Without a cycle
	 * among the transitions that were explored the full graph has none either; see the head of
	 * this file.
	 */
	if (stats->whole && has_cycle(&s))
		explore_states_find_livelocks(&s, stats);
	stats->logged += agent_logged_bytes();
	explore_states_close(&s);
}
