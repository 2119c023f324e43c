/* SPDX-License-Identifier: MIT */
/*
 * explore.h - run a world of agents in every order that matters.
 *
 * Two searches answer the same questions. EXPLORE_STATES visits every state that the world can be in, once; a state that is
 * met again is not gone on from, however it was reached. EXPLORE_TRACES runs every execution that differs from others by more than the
 * order of independent steps; it is for counts of such traces, and to check the other one.
 *
 * An execution is a sequence of steps; two executions are equivalent (the same Mazurkiewicz trace) if one becomes
 * the other by swapping neighbouring steps that are independent, as explore/agent.h defines it. With
 * reduction every trace is run once; without, every sequence is. A step with a hardware choice counts as
 * different steps, one for each alternative.
 *
 * Independence is what agents say with agent_touch(). Every step that is run again in an equivalent place must touch the same
 * objects again; if one does not, agents share something that they do not touch, no result can be trusted, and the
 * explorer says which step it was and aborts.
 *
 * There is one model machine in a process, hence one exploration at a time. Calls do not nest.
 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "explore/agent.h"
#include "explore/peers.h"

/* How an execution ended. */
enum explore_end {
	EXPLORE_COMPLETE, /* every agent that somebody waits for is finished */
	EXPLORE_BLOCKED,  /* no agent can step, but some agent is not finished: a deadlock */
	EXPLORE_TOO_LONG, /* not over states: AGENT_MAX_STEPS and no end; what lies behind was not explored */
	EXPLORE_STOPPED,  /* a step reported a property of explore_options.stop_on */
	EXPLORE_LIVELOCK, /* over states: agents step for ever, and with the right choices of the hardware whatever they do */
};

enum explore_search {
	EXPLORE_TRACES,
	EXPLORE_STATES,
};

/* One step of a schedule. */
struct explore_choice {
	uint8_t agent;
	uint8_t choice; /* of the hardware */
};

struct explore_schedule {
	unsigned int length;
	struct explore_choice *steps;
};

/*
 * One execution, as a visitor sees it. The world is as the last step left it, so agent_value(), agent_reported() and
 * whatever the agents wrote can be read; it all belongs to the explorer and is gone when the visitor returns.
 * A search over states shows each state that is an end once, with the steps of one execution that leads to it, of any
 * length; explore_event() is not for it. A livelock is shown last, with the shortest way to a state that comes again, and
 * one round that comes back to it.
 */
struct explore_run {
	enum explore_end end;
	struct explore_schedule schedule;
	const void *order;
};
const struct agent_event *explore_event(const struct explore_run *run, unsigned int step);

struct explore_stats {
	uint64_t complete; /* executions by end */
	uint64_t blocked;
	uint64_t too_long;
	uint64_t stopped;
	uint64_t redundant;   /* given up because everything enabled was explored elsewhere */
	uint64_t steps;	      /* executed, those included that only lead back to a branch */
	uint64_t races;	      /* reversals that were found to matter */
	uint64_t gave_up;     /* conditions over too many concurrent changes to try all ways to meet them */
	unsigned int deepest; /* steps of the longest execution */
	/* Over states; the ends above are different states then. */
	uint64_t states;      /* different ones */
	uint64_t transitions; /* from one of them to another, or to itself; some may be several steps of one agent */
	uint64_t livelocks;   /* states that no end can be reached from */
	uint64_t logged;      /* bytes written down to undo steps */
	uint64_t memory;      /* bytes of the table of states */
	uint64_t sent;	      /* bytes, to other processes that do not share memory */
	unsigned int helpers; /* processes that made transitions, besides the first one */
	bool exhausted;	      /* nothing (within the bound) is left to explore, and no execution was cut short */
	bool whole; /* the same, but for what lies behind steps that reported a property of explore_options.stop_on */
	bool by_visitor;  /* the visitor ended the search */
	bool out_of_time; /* explore_options.max_seconds ended it */
	bool outdated;	  /* explore_options.outdated() ended it */
	bool unkept;	  /* explore_options.keep could not be written, as was said on standard error */
	/* The world is too big: the search ended there, and an execution that met it counts as none. .what NULL: it is not. */
	struct agent_limit limit;
	double seconds;
	double probability; /* random: at least this chance per execution to hit a bug of the given depth, or 0 */
};
uint64_t explore_executions(const struct explore_stats *stats);
/* Over states: at most how likely two different ones had the same fingerprint, so that what follows one was missed. */
double explore_chance_of_mistake(const struct explore_stats *stats);

struct explore_progress {
	uint64_t executions;
	uint64_t states, transitions;
	double seconds, steps_per_second;
	unsigned int depth; /* steps of the last execution */
};

enum {
	EXPLORE_UNBOUNDED = -1,
	EXPLORE_KEPT_OF = 4,
	EXPLORE_FIRST_ASKED = 1000, /* transitions, see explore_options.outdated */
	EXPLORE_MOST_CUTS = 4096,   /* ways to meet one condition that are tried, see explore_stats.gave_up */
};

struct explore_options {
	/* Builds the world: agent_reset(), agent_alloc(), agent_spawn() ... Called once a search. */
	void (*setup)(void *world);
	void *world;
	/* Called at the end of each execution; false ends the search. May be NULL. */
	bool (*visit)(void *context, const struct explore_run *run);
	void (*progress)(void *context, const struct explore_progress *progress); /* about once a second, or NULL */
	void *context;

	enum explore_search search; /* ignored with a bound and at random */
	/*
	 * Over states: this many processes share one search; 0 is 1. visit() is then called in any of them, and may change
	 * nothing but @result. When all are done each one's @result is given to join(), in the process that called explore().
	 * What @result held when they began may be in each of them: to join it again must change nothing.
	 */
	unsigned int jobs;
	void *result;
	size_t result_bytes;
	void (*join)(void *context, const void *result);

	/*
	 * Over states: other processes, here or on other machines, that call explore() with the same options; NULL: none. Rank 0
	 * knows what all have found, as with @jobs, which is 1 then. The others know the statistics. Not with @keep; nothing is fused.
	 */
	const struct explore_peers *peers;

	/*
	 * Over states: the search is written to this file now and then, and when @stop or a limit ends it; NULL: it is not.
	 * Another explore() of the same world by the same program goes on with it; @kept_of is the caller's way to tell what
	 * is the same. The world must have nothing in it that lies elsewhere in another process. Not with @fuse, nor @after.
	 */
	const char *keep;
	double keep_seconds;
	const char *resume; /* a file that explore_kept_look() has found good, or NULL */
	/* Not NULL: what the caller does before @result is written, and behind its being read, which is before the world is set up. */
	void (*keeping)(void *context);
	void (*resumed)(void *context);
	uint64_t kept_of[EXPLORE_KEPT_OF];
	const volatile bool *stop; /* somebody asks to; or NULL */
	/*
	 * Over states, and not with @peers: does the caller know by now that this search has to be made again anyway? Then it ends, and is not
	 * written to @keep. Asked after EXPLORE_FIRST_ASKED transitions, and whenever there are four times as many, in any of the
	 * processes of @jobs. NULL: it never is.
	 */
	bool (*outdated)(void *context);

	struct explore_schedule
		after; /* over states: begins behind these steps, which can be replayed; visit() is not shown them */
	bool reduce;   /* not all interleavings; ignored with a bound and at random */
	/*
	 * Over states, the two ways to reduce. Sleep sets leave out transitions. @fuse: steps of one agent that no other one could
	 * mind are one transition, without states between them; who minds what is learned from the first @fuse_after steps, and
	 * then the search begins again, so an end may be shown more than once. It is off: on the model machine it leaves 60 to
	 * 80 % of the states and takes as long, since such steps run again wherever another way leads to them.
	 */
	bool sleep, fuse;
	uint64_t fuse_after;
	int bound; /* executions with at most this many preemptions, all of them; EXPLORE_UNBOUNDED */
	bool once; /* with a bound, which is less than 32: only as many of them as come to all states that they come to */
	uint64_t random;	 /* this many executions by PCT; 0: exhaustive search */
	uint64_t seed;		 /* random: the same seed gives the same executions */
	unsigned int bug_depth;	 /* random: PCT's d, at least 1; a bug of depth d needs d - 1 preemptions */
	uint64_t max_states;	 /* over states; 0: any number */
	uint64_t max_executions; /* 0: any number */
	uint64_t max_steps;	 /* not over states; looked at behind each execution; 0: any number */
	double max_seconds;	 /* 0: any time */
	uint32_t stop_on;	 /* an execution ends at the first step that reports one of these properties */
};
/* Reduction on, no limits. */
struct explore_options explore_defaults(void (*setup)(void *world), void *world);

void explore(const struct explore_options *options, struct explore_stats *stats);

/* ---- a search in a file ---- */

enum explore_kept {
	EXPLORE_KEPT_GOOD,
	EXPLORE_KEPT_UNREADABLE, /* errno says why */
	EXPLORE_KEPT_NOTHING,	 /* no search was kept in it */
	EXPLORE_KEPT_CUT,
	EXPLORE_KEPT_DAMAGED,
	EXPLORE_KEPT_OF_ANOTHER, /* kept_of[*@other] is different */
};
/* Is @path a file to go on with, of explore_options.kept_of @of? */
enum explore_kept explore_kept_look(const char *path, const uint64_t *of, unsigned int *other);

/* The name of what becomes @path when all of it is written: there is no such file but while that goes on. For free(). */
char *explore_keep_part(const char *path);

/* ---- one schedule ---- */

/*
 * Called after each step of a replay, and once more at the end with event == NULL. False ends the replay.
 */
typedef bool explore_step_fn(void *context, unsigned int step, const struct agent_event *event);

enum explore_replayed {
	EXPLORE_REPLAYED, /* all of it */
	EXPLORE_REFUSED,  /* a step's agent was not enabled, or had no such choice: not a schedule of this world */
	EXPLORE_CUT,	  /* @step said so */
	EXPLORE_TOO_BIG,  /* a limit was met, as agent_limit() says */
};
enum explore_replayed explore_replay(const struct explore_options *options, const struct explore_schedule *schedule,
				     explore_step_fn *step, void *context);

/*
 * Does the world, after some steps, show what the schedule was kept for? @end is how the execution ended; NULL after a
 * step that did not end it. An answer may change from step to step; the first true one counts.
 */
typedef bool explore_shows_fn(void *context, const enum explore_end *end);

/*
 * Makes @schedule, which shows something, one with fewer context switches and fewer steps that still shows it.
 * @steps, taken by agents, limit the search, and .max_seconds of @options does; the result replays exactly. False: @schedule itself does not show it (and is left).
 */
bool explore_shorten(const struct explore_options *options, struct explore_schedule *schedule, explore_shows_fn *shows,
		     void *context, uint64_t steps);

unsigned int explore_switches(const struct explore_schedule *schedule); /* from one agent to another */
void explore_schedule_copy(struct explore_schedule *to, const struct explore_schedule *from);
void explore_schedule_free(struct explore_schedule *schedule);

#endif
