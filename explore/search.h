/* SPDX-License-Identifier: MIT */
/* search.h - the state of one search, shared by the files that are the explorer. */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore/explore.h"
#include "explore/tree.h"
#include "explore/visited.h"
#include "explore/world.h"

/* The point between two steps: what is explored from here, and what is still to be. */
struct node {
	struct branch *pending; /* in order */
	struct branch *current; /* the step that the execution took */
	struct branch *done;	/* explored; asleep */
	int asleep, sleepers;	/* first of search.sleep[], and how many */
	int preemptions;	/* before this point */
	bool begun;		/* something was explored from here */
};

/* A step that could have run without some earlier ones, or done something else. */
struct race {
	int16_t first, second; /* .first: where to go back to; .second: ORDER_NONE if it never ran */
	uint8_t choice;	       /* of the hardware at .second */
	struct cut without;
	int16_t settled; /* explored or to be explored, as long as this step stands; ORDER_NONE: ask again */
	int16_t known;	 /* .reversed is right as long as this step stands */
	uint64_t settled_serial, known_serial;
	struct step reversed; /* what .second does without what is cut */
};

struct races {
	int length, room;
	struct race *list;
};

struct search {
	const struct explore_options *options;
	struct explore_stats *stats;
	struct world world;
	struct order order;
	struct forest forest;
	struct node nodes[AGENT_MAX_STEPS + 1];
	struct sleepers sleep; /* stacked: each node's own, see struct node */
	bool reduce;
	bool halt;		 /* the visitor or a limit says so */
	explore_shows_fn *shows; /* also ends an execution; may be NULL */
	void *shows_context;
	struct visited *met; /* NULL unless explore_options.once */

	/* race.c */
	struct races races; /* of the steps before .raced */
	int raced;
	int races_before[AGENT_MAX_STEPS + 1]; /* how many have .second before this step */
	struct sequence sequence;
	struct sleepers explored_before;
	struct agent_event waiting[AGENT_MAX_AGENTS]; /* at the end of the execution */
	unsigned int nr_waiting;

	/* explore.c */
	double started, reported; /* explore_seconds_now() */
	uint64_t reported_steps, next_look;
	struct explore_choice schedule[AGENT_MAX_STEPS];
};

/* find.c: every way to let @second, step number @index, run without some earlier steps. */
void explore_race_find(struct search *s, const struct order_step *second, int index);
/* Makes s->sequence what is left of the execution from step @first on without @cut; and runs it, from its start. */
void explore_race_sequence(struct search *s, int first, const struct cut *cut);
void explore_race_run_without(struct search *s, int first, const struct cut *cut);

/* The execution has ended: plans the executions that reverse one of its races. */
void explore_race_reverse_all(struct search *s);
/* The execution has been cut to @length steps. */
void explore_race_forget(struct search *s, int length);

/* An execution by PCT; the world is at its root. */
enum explore_end explore_random_execution(struct search *s, uint64_t number);
/* PCT's promise for one execution, given the longest so far. */
double explore_random_probability(const struct search *s);

struct search *explore_search_new(void);
void explore_search_run(struct search *s, const struct explore_options *options, struct explore_stats *stats);
void explore_search_free(struct search *s);

double explore_seconds_now(void);

/* The steps of @schedule, from where the world is. */
enum explore_replayed explore_schedule_run(const struct explore_schedule *schedule, explore_step_fn *step,
					   void *context);

/* The end of an execution at a point where no agent can step. */
enum explore_end explore_search_end(void);
/* Has the last step reported what ends an execution? */
bool explore_search_stopped(const struct search *s);
/* Counts the execution and shows it to the visitor. */
void explore_search_visit(struct search *s, enum explore_end end);

#endif
