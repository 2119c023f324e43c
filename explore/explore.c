/* SPDX-License-Identifier: MIT */
/*
 * explore.c - the search: depth first over the points of executions, with or without reduction.
 *
 * Optimal dynamic partial-order reduction in the form of Abdulla, Aronis, Jonsson, Sagonas (POPL 2014): an execution runs to
 * its end; its races (race.c) plant sequences in the wakeup trees (tree.c) of the points where
 * they began; the next execution starts at the last point that has something planted. A step that was explored from
 * a point is asleep at later siblings until a step runs that it depends on.
 *
 * The alternatives of a hardware choice exclude each other, like two agents of which only one may step: to take another
 * one is to reverse a race of the step with itself.
 *
 * Without reduction every enabled agent is planted at every point, with a bound those within the bound, and nothing sleeps.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/states.h"

/* The end of a run that is no execution of its own: agents are enabled, but each of them is asleep. */
enum {
	END_REDUNDANT = EXPLORE_STOPPED + 1
};

/* A clock that nobody sets: limits of time must not depend on the date. */
double explore_seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- how executions end ---- */

/* Redundant ones are none. */
uint64_t explore_executions(const struct explore_stats *stats)
{
	return stats->complete + stats->blocked + stats->too_long + stats->stopped;
}

/* Nobody can step. If all threads are done that is an end as it should be, else a deadlock. */
enum explore_end explore_search_end(void)
{
	for (unsigned int agent = 0; agent < agent_count(); agent++)
		if (!agent_finished((int)agent))
			return EXPLORE_BLOCKED;
	return EXPLORE_COMPLETE;
}

bool explore_search_stopped(const struct search *s)
{
	return agent_limit() || (agent_reported() & s->options->stop_on) ||
	       (s->shows && s->shows(s->shows_context, NULL));
}

/* Of an execution of this search; a path over states has no such record, its steps are run again to see them. */
const struct agent_event *explore_event(const struct explore_run *run, unsigned int step)
{
	const struct order *t = run->order;

	assert(step < run->schedule.length);
	return &t->steps[step].step.did;
}

static void count(struct explore_stats *stats, enum explore_end end, unsigned int steps)
{
	stats->complete += end == EXPLORE_COMPLETE;
	stats->blocked += end == EXPLORE_BLOCKED;
	stats->too_long += end == EXPLORE_TOO_LONG;
	stats->stopped += end == EXPLORE_STOPPED;
	if (steps > stats->deepest)
		stats->deepest = steps;
}

static void show_progress(struct search *s, double seconds)
{
	struct explore_progress p = {
		.executions = explore_executions(s->stats),
		.seconds = seconds - s->started,
		.steps_per_second = (double)(s->world.steps - s->reported_steps) / (seconds - s->reported),
		.depth = (unsigned int)s->order.length,
	};

	s->options->progress(s->options->context, &p);
	s->reported = seconds;
	s->reported_steps = s->world.steps;
}

/* Looks at the clock rarely: after a thousand executions, or as much work in long ones. */
static void check_limits(struct search *s)
{
	const struct explore_options *o = s->options;
	double seconds;

	if (o->max_executions && explore_executions(s->stats) >= o->max_executions)
		s->halt = true;
	if (o->max_steps && s->world.steps >= o->max_steps)
		s->halt = true;
	if (s->world.steps < s->next_look)
		return;
	s->next_look = s->world.steps + 20000;
	seconds = explore_seconds_now();
	if (o->max_seconds > 0 && seconds - s->started > o->max_seconds)
		s->halt = s->stats->out_of_time = true;
	if (o->progress && seconds - s->reported >= 1)
		show_progress(s, seconds);
}

/*
 * Counted before it is shown, so that the visitor finds counts with this execution in them. Code of the world that the visitor
 * runs outside agents may write; what it has changed becomes known here, before it has to be undone.
 */
void explore_search_visit(struct search *s, enum explore_end end)
{
	struct explore_run run = { .end = end, .order = &s->order };

	count(s->stats, end, (unsigned int)s->order.length);
	check_limits(s);
	if (!s->options->visit)
		return;
	for (int i = 0; i < s->order.length; i++) {
		const struct agent_event *did = &s->order.steps[i].step.did;

		s->schedule[i] = (struct explore_choice){ did->agent, did->choice };
	}
	run.schedule = (struct explore_schedule){ (unsigned int)s->order.length, s->schedule };
	if (!s->options->visit(s->options->context, &run))
		s->halt = s->stats->by_visitor = true;
	explore_state_unknown();
}

/* ---- points ---- */

static const struct step *const *asleep_at(const struct search *s, const struct node *node)
{
	return &s->sleep.steps[node->asleep];
}

/*
 * The point behind the step that @node has just taken. Who slept at @node and commutes with the
 * step sleeps on: its order with the step makes no difference. A step of the same agent is another
 * one by now.
 */
static void enter(struct search *s, struct node *node)
{
	struct node *next = node + 1;
	const struct step *step = &node->current->step;

	assert(step->did.agent < agent_count());
	*next = (struct node){ .pending = node->current->child, .asleep = s->sleep.length };
	node->current->child = NULL;
	for (int i = 0; i < node->sleepers; i++) {
		const struct step *other = s->sleep.steps[node->asleep + i];

		if (other->did.agent != step->did.agent && !explore_step_depends(other, step))
			explore_sleepers_add(&s->sleep, other);
	}
	next->sleepers = s->sleep.length - next->asleep;
}

/*
 * Forgets the step that led on from the last point but one, which is explored now. What was
 * explored from the point sleeps for its later siblings: each execution that begins with it has
 * been found, up to equivalence.
 */
static void leave(struct search *s)
{
	struct node *node = &s->nodes[s->order.length];
	struct branch *explored;

	assert(s->order.length > 0 && !node->current);
	explore_branch_free_list(&s->forest, node->pending);
	explore_branch_free_list(&s->forest, node->done);
	s->sleep.length = node->asleep;
	node--;
	explore_order_truncate(&s->order, s->order.length - 1);
	explore_race_forget(s, s->order.length);
	explored = node->current;
	node->current = NULL;
	if (!s->reduce) {
		explore_branch_free(&s->forest, explored);
		return;
	}
	explored->next = node->done;
	node->done = explored;
	explore_sleepers_add(&s->sleep, &explored->step);
	node->sleepers++;
}

/* ---- what to do next at a point ---- */

/* A branch of which only agent and choice are known: what its step touches is learned when it runs. */
static struct branch *label(struct search *s, unsigned int agent, unsigned int choice)
{
	struct branch *b = explore_branch_new(&s->forest);

	b->step.objects = 0;
	b->step.did = (struct agent_event){ .agent = (uint8_t)agent, .choice = (uint8_t)choice };
	b->guess = true;
	return b;
}

/* By agent and alternative: two alternatives of one step are two steps that exclude each other. */
static bool is_asleep(const struct search *s, const struct node *node, unsigned int agent, unsigned int choice)
{
	for (int i = 0; i < node->sleepers; i++)
		if (explore_step_label_is(asleep_at(s, node)[i], agent, choice))
			return true;
	return false;
}

/*
 * How many hardware alternatives a sleeping step of @agent is known to have; 1 if there is none.
 * That some alternative sleeps says how many there are, since it was run from a state that this
 * agent cannot tell from the present one.
 */
static unsigned int known_choices(const struct search *s, const struct node *node, unsigned int agent)
{
	for (int i = 0; i < node->sleepers; i++)
		if (asleep_at(s, node)[i]->did.agent == agent)
			return asleep_at(s, node)[i]->did.choices;
	return 1;
}

static struct branch *awake_choice(struct search *s, const struct node *node, unsigned int agent)
{
	unsigned int choices = known_choices(s, node, agent);

	for (unsigned int choice = 0; choice < choices; choice++)
		if (!is_asleep(s, node, agent, choice))
			return label(s, agent, choice);
	return NULL;
}

/*
 * Nothing is planned here: any agent will do. The same one again makes schedules that are easy to
 * read. Nothing has to be tried first for the reduction to be optimal: the races of the execution
 * that comes of it plant what is missing.
 */
static struct branch *pick_any(struct search *s, const struct node *node)
{
	unsigned int agents = agent_count();
	unsigned int start = s->order.length ? s->order.steps[s->order.length - 1].step.did.agent : 0;

	for (unsigned int i = 0; i < agents; i++) {
		unsigned int agent = (start + i) % agents;
		struct branch *b = agent_enabled((int)agent) ? awake_choice(s, node, agent) : NULL;

		if (b)
			return b;
	}
	return NULL;
}

/*
 * Every agent; with a bound, only those that it allows. To go on with the agent that ran last is no
 * preemption, nor is a switch when it cannot go on.
 */
static void plant_all(struct search *s, struct node *node)
{
	int last = s->order.length ? s->order.steps[s->order.length - 1].step.did.agent : -1;
	bool preempts = last >= 0 && agent_enabled(last);
	bool allowed = s->options->bound < 0 || node->preemptions < s->options->bound;

	for (int agent = (int)agent_count() - 1; agent >= 0; agent--) {
		struct branch *b;

		if (!agent_enabled(agent) || (preempts && agent != last && !allowed))
			continue;
		b = label(s, (unsigned int)agent, 0);
		b->next = node->pending;
		node->pending = b;
	}
}

static struct branch *take_pending(struct node *node)
{
	struct branch *b = node->pending;

	if (b) {
		node->pending = b->next;
		b->next = NULL;
	}
	return b;
}

/*
 * With reduction nothing is planted beforehand: any step begins an execution, and what else has to be tried here its races
 * will say. Without it all is planted when the point is met first.
 */
static struct branch *next_branch(struct search *s, struct node *node)
{
	struct branch *b;

	if (!node->begun && !s->reduce)
		plant_all(s, node);
	b = take_pending(node);
	if (!b && !node->begun && s->reduce)
		b = pick_any(s, node);
	node->begun |= b != NULL;
	return b;
}

/* ---- one step ---- */

/* Without reduction: the other alternatives of a hardware choice. The first one that ran was number 0. */
static void plant_choices(struct search *s, struct node *node, const struct agent_event *did)
{
	assert(did->choice < did->choices);
	for (unsigned int choice = did->choice ? 0 : did->choices; choice-- > 1;) {
		struct branch *b = label(s, did->agent, choice);

		b->next = node->pending;
		node->pending = b;
	}
}

/*
 * A branch that was planned says what its step touches; if the step does something else, the
 * touches that the plan was made by are not all that the agent depends on, and the program ends.
 */
static void run_branch(struct search *s, const struct branch *b, struct agent_event *did)
{
	if (b->guess)
		explore_world_run(&s->world, b->step.did.agent, b->step.did.choice, did);
	else
		explore_world_repeat(&s->world, &b->step, did);
}

/* Enabled is asked before the step: a switch away from an agent that could go on is what a preemption is. */
static void take(struct search *s, struct node *node, struct branch *b)
{
	int length = s->order.length;
	int last = length ? s->order.steps[length - 1].step.did.agent : -1;
	bool preempts = last >= 0 && last != b->step.did.agent && agent_enabled(last);

	assert(!node->current && node == &s->nodes[length]);
	run_branch(s, b, explore_order_next(&s->order));
	explore_order_push(&s->order);
	explore_step_copy(&b->step, &s->order.steps[length].step);
	b->guess = false;
	if (!s->reduce)
		plant_choices(s, node, &b->step.did);
	node->current = b;
	enter(s, node);
	node[1].preemptions = node->preemptions + preempts;
}

/* ---- executions ---- */

/*
 * What lies behind a state depends on the state alone, but for what the bound allows: so on who ran last, if it can go on, and on
 * the preemptions so far. Where a state is met again with fewer of these, more may lie behind it. The sleep set that is kept with
 * it is of numbers of preemptions: of those that it has not been gone on from with.
 */
static bool was_met(struct search *s, const struct node *node)
{
	int last = s->order.length ? s->order.steps[s->order.length - 1].step.did.agent : -1;
	struct agent_fingerprint print = agent_fingerprint();
	struct meeting m;

	if (last >= 0 && agent_enabled(last))
		print.lo ^= (uint64_t)last + 1;
	m = explore_visited_meet(s->met, print, (1u << node->preemptions) - 1);
	return !m.first && !m.again;
}

/* Runs on until the execution ends. Each point is marked on the way down, so that going back costs what was changed since. */
static int descend(struct search *s)
{
	for (;;) {
		struct node *node = &s->nodes[s->order.length];
		struct branch *b;

		if (s->order.length && explore_search_stopped(s))
			return EXPLORE_STOPPED;
		if (s->met && !node->begun && was_met(s, node))
			return END_REDUNDANT;
		/*
		 * This search does not see that a state comes again: an execution that goes round
		 * ends here, and the search is not exhausted.
		 */
		if (s->order.length == AGENT_MAX_STEPS)
			return EXPLORE_TOO_LONG;
		explore_world_mark(&s->world, s->order.length);
		b = next_branch(s, node);
		if (!b)
			break;
		take(s, node, b);
	}
	for (unsigned int agent = 0; agent < agent_count(); agent++)
		if (agent_enabled((int)agent))
			return END_REDUNDANT;
	return explore_search_end();
}

/*
 * Goes back to the last point that has something planted. Depth first: the last point first, so
 * that only one execution is in memory, and the trees of the points on it.
 */
static bool backtrack(struct search *s)
{
	while (!s->nodes[s->order.length].pending) {
		if (s->order.length == 0)
			return false;
		leave(s);
	}
	explore_world_return(&s->world, s->order.length);
	return true;
}

/*
 * No execution says anything when one has met a limit, also one that was only run to learn what a
 * step does. Asked at each turn, before anything is counted.
 */
static bool is_too_big(const struct search *s)
{
	return s->world.limit.what;
}

/*
 * Races are looked for at the end of each execution, complete or stopped: a stopped one has them,
 * too, up to where it stopped. A redundant one is counted apart.
 */
static void search_all(struct search *s)
{
	do {
		int end = descend(s);

		if (is_too_big(s))
			return;
		if (end == END_REDUNDANT) {
			s->stats->redundant++;
			check_limits(s);
		} else {
			explore_search_visit(s, (enum explore_end)end);
		}
		if (s->halt)
			return;
		if (s->reduce)
			explore_race_reverse_all(s);
	} while (!is_too_big(s) && backtrack(s));
	s->stats->whole = !s->stats->too_long && !s->stats->gave_up && !is_too_big(s);
	s->stats->exhausted = s->stats->whole && !s->stats->stopped;
}

/* Each from the root; the same execution may come twice, and is counted twice. */
static void search_random(struct search *s)
{
	for (uint64_t i = 0; i < s->options->random && !s->halt; i++) {
		enum explore_end end;

		explore_world_return(&s->world, 0);
		explore_state_unknown();
		explore_order_truncate(&s->order, 0);
		end = explore_random_execution(s, i);
		if (is_too_big(s))
			return;
		explore_search_visit(s, end);
	}
	s->stats->probability = explore_random_probability(s);
}

struct explore_options explore_defaults(void (*setup)(void *world), void *world)
{
	return (struct explore_options){
		.setup = setup,
		.world = world,
		.search = EXPLORE_TRACES,
		.reduce = true,
		.sleep = true,
		.fuse = false,
		.fuse_after = 20000,
		.bound = EXPLORE_UNBOUNDED,
		.bug_depth = 3,
		.keep_seconds = 60,
	};
}

void explore_search_run(struct search *s, const struct explore_options *options, struct explore_stats *stats)
{
	assert(options->setup);
	*stats = (struct explore_stats){ 0 };
	s->options = options;
	s->stats = stats;
	/*
	 * A bound and the reduction do not go together: a reversal that the reduction relies on may
	 * be one that the bound forbids.
	 */
	s->reduce = options->reduce && options->bound < 0 && !options->random;
	assert(!options->once || (options->bound >= 0 && options->bound < 32));
	s->met = options->once ? explore_visited_new(1) : NULL;
	s->started = s->reported = explore_seconds_now();
	if (explore_world_open(&s->world, options->setup, options->world)) {
		explore_order_reset(&s->order, s->reduce);
		if (options->random)
			search_random(s);
		else
			search_all(s);
	}
	stats->limit = s->world.limit;
	stats->steps = s->world.steps;
	stats->seconds = explore_seconds_now() - s->started;
}

/* Several megabytes, most of them never touched: too large for a stack. */
struct search *explore_search_new(void)
{
	return explore_new(1, sizeof(struct search));
}

void explore_search_free(struct search *s)
{
	explore_forest_close(&s->forest);
	if (s->met)
		explore_visited_free(s->met);
	free(s->sleep.steps);
	free(s->explored_before.steps);
	free(s->races.list);
	free(s);
}

double explore_chance_of_mistake(const struct explore_stats *stats)
{
	double n = (double)stats->states;

	return n * n / 2 * 0x1p-128;
}

/* .after is a part of a path that another search was given: this one is of what lies behind it. */
static void explore_over_states(const struct explore_options *options, struct explore_stats *stats)
{
	struct world world;
	double started = explore_seconds_now();

	*stats = (struct explore_stats){ 0 };
	if (options->resume)
		explore_resume_result(options);
	if (explore_world_open(&world, options->setup, options->world) &&
	    explore_schedule_run(&options->after, NULL, NULL) == EXPLORE_REPLAYED)
		explore_states(options, stats);
	else if (agent_limit())
		stats->limit = *agent_limit();
	stats->seconds = explore_seconds_now() - started;
}

/* Over states only if all are wanted: a bound and chance are about executions, which that search has none of. */
void explore(const struct explore_options *options, struct explore_stats *stats)
{
	struct search *s;

	/* What explore.h says that does not go together. */
	assert(!options->peers || (options->jobs <= 1 && !options->keep && !options->resume));
	assert(!(options->keep || options->resume) || !options->after.length);
	assert(options->result || !options->result_bytes);
	if (options->search == EXPLORE_STATES && options->bound < 0 && !options->random) {
		explore_over_states(options, stats);
		return;
	}
	s = explore_search_new();
	explore_search_run(s, options, stats);
	explore_search_free(s);
}
