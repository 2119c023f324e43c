/* SPDX-License-Identifier: MIT */
/*
 * spread.c - one search over states by processes that do not share memory.
 *
 * The table of states is spread over them: each state has an owner, by its fingerprint, who says whether it was met. A step is run by
 * whoever is at its first state. If it leads to a state of another process, that one is asked, the step is undone, and the search goes on with
 * something else; if the answer is that the state is new, it goes on from there later, here. To come back it runs the steps that
 * differ from those to the place where it is, which are few, as answers come soon.
 *
 * Work is not spread by owner, as a state is large and the steps that lead to it are many. Who has nothing to do says so to all, and is given what
 * is nearest to the root, as steps from there, once for each time that it said so.
 *
 * Everything that is asked of the table is asked of the owner of the state, one question after the other; so sleep sets are as right as with one table
 * (states.c): any order of visits will do.
 */
#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/spread.h"

enum {
	LISTEN_EVERY = 16, /* transitions */
	FLUSH_EVERY = 64,
	MOST_COMPARED = 32, /* pieces of work, to find the nearest */
	NO_TICKET = UINT32_MAX,
};

/* ---- a state of another process ---- */

/* A number for each question under way, so that an answer has to say no more; numbers of answered ones are used again. */
static uint32_t new_ticket(struct spread *d)
{
	uint32_t ticket = d->free_asked;

	if (ticket != NO_TICKET) {
		d->free_asked = d->asked[ticket].next;
		return ticket;
	}
	assert(d->nr_asked < NO_TICKET);
	GROW(d->asked, d->nr_asked, d->room_asked);
	return d->nr_asked++;
}

/*
 * What is needed when the answer comes is written down, as the search is somewhere else then: the steps to the state, and
 * the edge to it. Nobody waits for the answer: there is enough else to do.
 */
bool explore_spread_meet(struct states *s, struct agent_fingerprint print, uint32_t sleep)
{
	struct spread *d = s->spread;
	const struct point *p = explore_point_last(s);
	unsigned int owner = spread_owner(d, print);
	struct asked *a;
	uint32_t ticket;

	if (owner == d->peers->rank)
		return false;
	ticket = new_ticket(d);
	a = &d->asked[ticket];
	/* A transition is a step at least, and a ticket is one question's at a time. */
	assert(s->length > p->path && (ticket + 1 == d->nr_asked || !a->steps));
	a->steps = explore_new(s->length, sizeof(a->steps[0]));
	memcpy(a->steps, s->path, s->length * sizeof(a->steps[0]));
	a->length = (uint32_t)s->length;
	a->from = p->number;
	a->agent = p->fair ? EDGE_ALONE : p->agent;
	d->outstanding++;
	spread_ask(d, owner, &(struct spread_question){ print, sleep, ticket });
	return true;
}

/*
 * What is to be gone on with is done later, the newest first: it is nearest to where the search is. The edge is noted in
 * any case, for cycles; also while the search is stopped, since the ticket has to come back.
 */
void spread_answered(struct spread *d, const struct spread_answer *answer)
{
	struct asked *a = &d->asked[answer->ticket];
	struct states *s = d->states;
	struct work work = { .number = answer->number, .sleep = answer->sleep, .length = a->length };

	assert(answer->ticket < d->nr_asked && a->steps && d->outstanding);
	explore_edges_add(&s->edges, a->from, answer->number, a->agent);
	/* .todo 0: nobody was gone on with there; who can step is seen when the world is there. */
	work.todo = answer->again == SPREAD_FIRST ? 0 : answer->again;
	if (answer->again && !d->stopped)
		explore_backlog_add(&s->backlog, &work, a->steps);
	free(a->steps);
	*a = (struct asked){ .next = d->free_asked };
	d->free_asked = answer->ticket;
	d->outstanding--;
}

/* ---- going to a state ---- */

/*
 * Runs what .way differs in from the one before, of which the first @same steps are left. False: the search is to end.
 */
static bool go_on_from(struct spread *d, size_t same)
{
	struct states *s = d->states;
	struct agent_event event;

	assert(same <= d->way_length && d->way_length < d->room_way);
	agent_undo(d->marks[same]);
	s->length = same;
	for (size_t i = same; i < d->way_length; i++) {
		if (!explore_states_run(s, d->way[i].agent, d->way[i].choice, &event))
			return false;
		explore_states_add_step(s, &event);
		d->marks[i + 1] = agent_mark();
	}
	return true;
}

/* How many steps are those of the way to where the world was last brought. */
static size_t same_steps(const struct spread *d, const struct explore_choice *steps, size_t length)
{
	size_t same = 0;

	while (same < length && same < d->way_length && steps[same].agent == d->way[same].agent &&
	       steps[same].choice == d->way[same].choice)
		same++;
	return same;
}

/*
 * Pieces of work that follow each other were asked about one after the other, so most of the way to the next is the way to
 * the last. Marks along it are kept for as long as it is: the search that begins at its end returns to none before that.
 */
static bool go_to(struct spread *d, const struct explore_choice *steps, size_t length)
{
	size_t same = same_steps(d, steps, length);

	if (length >= d->room_way) {
		d->room_way = 2 * length + 64;
		d->way = explore_grow(d->way, d->room_way, sizeof(d->way[0]));
		d->marks = explore_grow(d->marks, d->room_way, sizeof(d->marks[0]));
	}
	memcpy(d->way + same, steps + same, (length - same) * sizeof(steps[0]));
	d->way_length = length;
	return go_on_from(d, same);
}

/* Of the newest ones the one that the fewest steps have to be run for. Not of all: to compare ways takes time, too. */
static size_t nearest(const struct spread *d)
{
	const struct backlog *b = &d->states->backlog;
	size_t best = b->nr - 1, fewest = SIZE_MAX;

	assert(b->nr);
	for (size_t i = b->nr; i-- > 0 && i + MOST_COMPARED >= b->nr;) {
		const struct work *work = &b->list[i];
		size_t steps = work->length - same_steps(d, b->steps + work->first, work->length);

		if (steps < fewest) {
			best = i;
			fewest = steps;
		}
	}
	return best;
}

/* False: there is none. */
static bool take_work(struct spread *d)
{
	struct states *s = d->states;
	struct backlog *b = &s->backlog;
	const struct work *last;
	struct work work;
	size_t at;

	if (!b->nr || s->halt || s->stop)
		return false;
	at = nearest(d);
	work = b->list[at];
	memmove(b->list + at, b->list + at + 1, (--b->nr - at) * sizeof(b->list[0]));
	/* Steps of those in between are lost until what lies behind them is taken. They are copied before anything is added. */
	last = b->nr ? &b->list[b->nr - 1] : NULL;
	b->nr_steps = last ? last->first + last->length : 0;
	if (go_to(d, b->steps + work.first, work.length))
		explore_work_begin(s, &work);
	return true;
}

/* ---- giving work away ---- */

/* The oldest, which is probably the largest. Steps of what is behind it stay where they are. */
static bool give_from_backlog(struct spread *d, unsigned int to)
{
	struct backlog *b = &d->states->backlog;

	if (b->nr < 2 || b->list[0].length > SPREAD_STEPS)
		return false;
	spread_give(d, to, &b->list[0], b->steps + b->list[0].first);
	memmove(b->list, b->list + 1, --b->nr * sizeof(b->list[0]));
	return true;
}

/*
 * First what is on the stack: nobody has to ask or to run anything for it here. All that is left at the point goes, with the
 * agent that is being gone on with asleep, as in crew.c.
 */
static bool give_from_points(struct spread *d, unsigned int to)
{
	struct states *s = d->states;
	uint32_t sleep;
	struct point *p = explore_work_to_give(s, &sleep);

	if (!p || p->path > SPREAD_STEPS)
		return false;
	assert(p->todo && p->path <= s->length);
	spread_give(d, to, &(struct work){ .number = p->number, .todo = p->todo, .sleep = sleep, .length = p->path },
		    s->path);
	p->todo = 0;
	return true;
}

static void give(struct spread *d)
{
	unsigned int to;

	while (spread_somebody_is_hungry(d, &to))
		if (!give_from_points(d, to) && !give_from_backlog(d, to))
			return;
}

/* ---- the search ---- */

/*
 * An object that has no name yet gets one from rank 0, and the step is run again with it: names are part of what it leaves behind.
 */
bool explore_spread_run(struct states *s, unsigned int agent, unsigned int choice, struct agent_event *event)
{
	struct spread *d = s->spread;
	uint64_t mark;

	if (d->peers->rank == 0) {
		agent_run((int)agent, choice, event);
		s->steps++;
		return !agent_limit();
	}
	for (mark = agent_mark();; agent_undo(mark)) {
		/* Also what was named outside of any step. */
		if (!spread_agree_on_names(d)) {
			s->stats->limit = (struct agent_limit){ "shared objects", MAX_OBJECTS };
			s->halt = true;
			return false;
		}
		agent_run((int)agent, choice, event);
		s->steps++;
		if (agent_limit())
			return false;
		if (explore_objects() == d->names)
			return true;
	}
}

void explore_spread_look(struct states *s)
{
	struct spread *d = s->spread;

	d->turns++;
	if (d->turns % FLUSH_EVERY == 0)
		spread_flush(d);
	if (d->turns % LISTEN_EVERY)
		return;
	spread_listen(d);
	give(d);
	/* So that what is not answered yet does not fill the memory. */
	while (d->outstanding >= SPREAD_MOST_ASKED) {
		spread_flush(d);
		if (!spread_listen(d))
			sched_yield();
	}
}

/*
 * Nothing is gone on with here any more, and the others are told, but this process stays: it is the owner of states that the
 * others may still ask for, until all have heard.
 */
static void give_up(struct spread *d)
{
	struct states *s = d->states;

	if (agent_limit())
		s->stats->limit = *agent_limit();
	s->nr_points = s->nr_sleepers = s->nr_accesses = s->length = 0;
	s->backlog.nr = s->backlog.nr_steps = 0;
	/* The limit was met in a state, and is met no more. */
	agent_undo(s->root);
	s->halt = s->stop = true;
	if (!d->stopped)
		spread_stop_all(d);
}

/*
 * Until there is something to go on with. False: there will be nothing any more. What was collected is sent before this
 * process takes part in a sum: whoever waits for an answer takes part in none, and so no sum would ever be there.
 */
static bool wait_for_work(struct spread *d)
{
	struct states *s = d->states;

	while (!take_work(d)) {
		explore_states_check_limits(s);
		if ((s->halt || agent_limit()) && !d->stopped)
			return true;
		if (spread_listen(d))
			continue;
		spread_flush(d);
		if (!d->outstanding) {
			if (!s->stop)
				spread_want_work(d);
			if (spread_all_idle(d))
				return false;
		}
		sched_yield();
	}
	return true;
}

/*
 * The owner of the first state begins; all others begin with nothing and say so. Any of them may end the search for all, and
 * comes then round this loop until all others know.
 */
void explore_spread_search(struct states *s)
{
	struct spread *d = explore_new(1, sizeof(*d));

	assert(!s->spread && !s->crew && !s->nr_points);
	s->spread = d;
	d->free_asked = NO_TICKET;
	explore_visited_number_from(s->visited, s->options->peers->rank, s->options->peers->ranks);
	spread_open(d, s);
	GROW(d->marks, d->way_length, d->room_way);
	d->way = explore_grow(d->way, d->room_way, sizeof(d->way[0]));
	d->marks[0] = s->root;
	if (spread_owner(d, s->root_print) == d->peers->rank)
		explore_states_begin_at_root(s);
	do {
		explore_states_go_on(s);
		if (s->halt || s->stop || agent_limit())
			give_up(d);
	} while (wait_for_work(d));
}

void explore_spread_close(struct states *s)
{
	spread_close(s->spread);
	s->spread = NULL;
}
