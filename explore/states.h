/* SPDX-License-Identifier: MIT */
/* states.h - the search over states, shared by the files that it is made of. */
#ifndef EXPLORE_STATES_H
#define EXPLORE_STATES_H

#include "explore/explore.h"
#include "explore/graph.h"
#include "explore/memory.h"
#include "explore/order.h"
#include "explore/private.h"
#include "explore/visited.h"

/* What a sleeping agent would touch next, whatever the hardware chooses. */
struct access {
	uint16_t object;
	uint8_t op;
};

struct sleeper {
	uint64_t objects;   /* a set of hashes, so that most steps are seen to be independent at once */
	uint32_t first, nr; /* in .accesses */
	uint8_t agent;
};

/* A state on the way from the root to the present one, and what is still to be gone on with from it. */
struct point {
	uint64_t mark;
	uint32_t number;
	uint32_t todo;	       /* agents */
	uint32_t first, nr;    /* in .sleepers: asleep here, those that were explored here included */
	uint32_t path;	       /* steps that led here */
	uint32_t first_access; /* how many accesses there were when this was reached */
	uint32_t accesses;     /* where those of .agent begin */
	uint8_t agent, choice; /* that is being gone on with; .choices 0: none */
	uint8_t choices;
	bool fair; /* whose choices are a scheduler's */
};

/* To be done somewhere, some time: the steps that lead to a state, and agents to go on with there. */
struct work {
	uint32_t number, sleep, length;
	uint32_t todo;	/* agents; 0: nobody was gone on with there, and it may be an end */
	uint64_t first; /* of .steps */
};

struct backlog {
	struct work *list;
	struct explore_choice *steps;
	size_t nr, nr_steps, room, room_steps;
};

struct states {
	const struct explore_options *options;
	struct explore_stats *stats;
	struct visited *visited;
	struct edges edges;
	uint64_t root; /* a mark */
	struct agent_fingerprint root_print;
	struct accesses *accesses_by; /* whom */
	bool sleep;
	bool may_fuse, fuse; /* .fuse: it does by now */
	bool again;	     /* it has to begin again */
	bool quiet;	     /* nobody is told of ends */
	bool halt;	     /* the visitor or a limit says so */
	bool stop;	     /* another process says so */
	bool *is_end;	     /* by number; of the quiet search */
	size_t is_end_room;

	struct backlog backlog;
	bool begun;  /* the root was gone on with, or stands in the backlog */
	double kept; /* explore_seconds_now(), when it was last written to a file */

	struct crew *crew;     /* NULL: this process is alone */
	struct spread *spread; /* likewise; with processes that do not share memory */
	unsigned int member;

	struct point *points;
	struct sleeper *sleepers;
	struct access *accesses;
	struct explore_choice *path;
	size_t nr_points, nr_sleepers, nr_accesses, length;
	size_t room_points, room_sleepers, room_accesses, room_path;

	uint64_t next_asked; /* transitions: whether it is outdated */
	uint64_t steps, next_look, reported_steps;
	double started, reported; /* explore_seconds_now() */
};

/* Room for one more in an array that grows. */
#define GROW(array, nr, room)                                                        \
	do {                                                                         \
		if ((nr) == (room)) {                                                \
			(room) = (room) ? 2 * (room) : 256;                          \
			(array) = explore_grow((array), (room), sizeof((array)[0])); \
		}                                                                    \
	} while (0)

/* ---- points.c ---- */

static inline struct point *explore_point_last(struct states *s)
{
	return &s->points[s->nr_points - 1];
}

uint32_t explore_point_asleep(const struct states *s, const struct point *p); /* agents */
uint64_t explore_objects_of(const struct agent_event *event);		      /* a set of hashes */
/* Another alternative of the step that @p is being gone on with: together they touch what any of them does. */
void explore_point_add_accesses(struct states *s, const struct point *p, const struct agent_event *event);
/* Every alternative of the step was gone on with: the agent sleeps where others go on from here. */
void explore_point_put_to_sleep(struct states *s, struct point *p);
void explore_point_push(struct states *s, uint32_t number, uint32_t todo);
/* Those who were asleep at @p and still are behind a step of it. They are the first in the next point's list. */
uint32_t explore_point_pass_on(struct states *s, const struct point *p, const struct agent_event *event);
/* Drops from the list of the point that is about to be pushed, which begins at @from, who is not in @set. */
void explore_point_keep_asleep(struct states *s, size_t from, uint32_t set);

/* ---- states.c ---- */

void explore_states_begin_at_root(struct states *s);
/* The world is in a state that was not met before, with @sleep asleep, the @sleepers-th and all behind it: goes on from there, or it is an end. */
void explore_states_enter(struct states *s, uint32_t number, uint32_t sleep, size_t sleepers);
bool explore_states_has_stopped(const struct states *s); /* the state is an end, as a property was reported */
/* Until nothing is left to go on with, or .halt. */
void explore_states_go_on(struct states *s);

uint32_t explore_states_enabled(void); /* agents */
/* A step, noted as far as it has to be. False: a limit was met. */
bool explore_states_run(struct states *s, unsigned int agent, unsigned int choice, struct agent_event *event);
void explore_states_visit(struct states *s, enum explore_end end);
void explore_states_search(struct states *s); /* by this process, from the root */
void explore_states_close(struct states *s);
void explore_states_sum_up(struct states *s); /* how much there was of everything, and whether it was all */
void explore_stats_add(struct explore_stats *to, const struct explore_stats *from); /* of two processes of one search */
void explore_states_add_step(struct states *s, const struct agent_event *event);    /* to the path */

/* ---- limits.c ---- */

void explore_states_check_limits(struct states *s);
void explore_states_progress(struct states *s); /* shows how far it is, if that is wanted and it is time */

/* ---- backlog.c ---- */

/* @work->first makes no difference: @steps lead there. */
void explore_backlog_add(struct backlog *b, const struct work *work, const struct explore_choice *steps);
void explore_backlog_add_points(const struct states *s, struct backlog *b); /* all that is on the stack */
void explore_backlog_free(struct backlog *b);
/* The point nearest to the root from which some of .todo can be given away, with what @*sleep says then; or NULL. */
struct point *explore_work_to_give(struct states *s, uint32_t *sleep);
/* The world is in the state of @work: what is to be done there is on the stack afterwards. */
void explore_work_begin(struct states *s, const struct work *work);
/* The world is anywhere: goes to the state that @steps lead to, to do that work there. */
void explore_work_take_up(struct states *s, const struct work *work, const struct explore_choice *steps);

/* ---- keep.c ---- */

void explore_keep(struct states *s); /* the whole search, to options->keep */
bool explore_keep_is_due(const struct states *s);
void explore_resume_result(const struct explore_options *options); /* of options->resume; before the world is set up */
void explore_resume(struct states *s);				   /* from options->resume; .visited is new */

/* livelock.c: @first has found all states, and a cycle. The world is at its root, which is left for another one. */
void explore_states_find_livelocks(const struct states *first, struct explore_stats *stats);

/* crew.c: the search, by as many processes as the options say; what they found is in @s as if one had done it. */
void explore_crew_search(struct states *s);
/* Gives work away to whoever has none, and stops with the others. */
void explore_crew_look(struct states *s);

/* ---- spread.c ---- */

/* The search, by all peers of the options together: each has a part of what is found. */
void explore_spread_search(struct states *s);
/* Is the state that a transition of the last point leads to another process's? Then it is asked, and this search has done its part. */
bool explore_spread_meet(struct states *s, struct agent_fingerprint print, uint32_t sleep);
bool explore_spread_run(struct states *s, unsigned int agent, unsigned int choice, struct agent_event *event);
void explore_spread_look(struct states *s); /* after each transition: hears and answers */
void explore_spread_close(struct states *s);

/* ---- gather.c: all peers together, in this order ---- */

void explore_spread_sum(
	struct states *s); /* .stats are of all, everywhere; rank 0 has joined what the visitors found */
bool explore_spread_has_cycle(struct states *s);
/* Rank 0 looks at the whole graph, in numbers from 0 without gaps, while the others answer what it asks. */
void explore_spread_look_at_graph(struct states *s, void (*look)(struct states *s));
uint32_t explore_spread_number(struct states *s, struct agent_fingerprint print); /* within it; as the graph has it */

/* The world is at its root, where it is left unless a limit was met. */
void explore_states(const struct explore_options *options, struct explore_stats *stats);

#endif
