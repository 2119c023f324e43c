/* SPDX-License-Identifier: MIT */
/*
 * story.h - one execution as records, and what of it mattered.
 *
 * A story is everything the machine told while a schedule was replayed. A plot is drawn from it: the rows on the path from
 * the translation that was cached to its use, the marks and arrows between them, and the step that is missing. A row is a
 * step of the schedule; what only the end shows stands in rows after the last.
 */
#ifndef CHECK_STORY_H
#define CHECK_STORY_H

#include "report/report.h"
#include "check/bind.h"

/* A record, copied, and the step in which it was told. */
struct told {
	struct machine_event event;
	int row;
};

/*
 * Large for its flags, one for each step, so it is not on the stack of anything deep. Starts with .binding and
 * .failed set.
 */
struct story {
	const struct binding *binding;
	const struct litmus_expect *failed; /* the condition or count that does not hold; NULL: none */
	struct told *told;
	int nr, room;
	int rows;		     /* heard so far */
	bool chose[AGENT_MAX_STEPS]; /* the hardware had a choice in that row */
};

/* So many arrows that a page can still be read with them; each agent waits for one thing at most. */
enum {
	PLOT_ARROWS = 48,
	PLOT_WAITS = AGENT_MAX_AGENTS,
};

/* Who waits for what when nobody can go on. */
struct plot_wait {
	int agent;
	const void *object; /* a lock or counter that the story knows; NULL: something else */
	int holder;	    /* the agent that holds the lock; -1: nobody is known to */
};

/* What a row's own records do not say, but the plot does. A row has one note; the last that was made stays. */
enum plot_note {
	PLOT_NO_NOTE,
	PLOT_MAY_CACHE, /* from here on the CPU may hold the translation, whether or not its program has used it */
	PLOT_MISSES,	/* an invalidation is complete, and the CPU holds the translation all the same */
};

/* What a timeline needs beyond the records. Arrays have one element for each row. */
struct plot {
	int rows;
	bool *causal;		  /* of each row */
	enum timeline_mark *mark; /* of each row */
	enum plot_note *note;	  /* of each row */
	struct {
		enum timeline_arrow_kind kind;
		int from, to;
	} arrow[PLOT_ARROWS];
	int arrows;
	int frame;	   /* that it is all about; -1: none */
	const void *entry; /* that led to it, or NULL */
	uint64_t word;	   /* ... as it said then */
	int cpu;	   /* whose hardware held it, or -1 */
	int violation;	   /* index of story.told; -1: none */
	int actor[2];	   /* the agents that cleared the entry and freed the frame, or -1 */
	struct plot_wait wait[PLOT_WAITS];
	int waits;
};

/* The machine's listener: call it for every record, while story->rows counts the steps that are complete. */
void story_hear(struct story *story, const struct machine_event *event);
void story_end(struct story *story); /* frees what it heard */

/*
 * The change that @event makes to an entry; false: it makes none. If it is false, the other three are of no
 * use.
 */
bool story_change(const struct machine_event *event, const void **entry, uint64_t *old, uint64_t *word);

/* The registers that a condition speaks of, each once: how many. None for other expectations. */
unsigned int story_registers(const struct litmus_expect *failed, int reg[LITMUS_MAX_NAMES]);

/*
 * plot_draw - what of @story mattered. @rows: of the timeline, which are the steps of the schedule.
 *
 * Context: @story is heard to its end, and the machine is as it was left then. Nothing is run.
 * Fails:   never. Without a violation and without an expectation that failed nothing is on the path.
 * After:   for plot_free(). Names of objects in it are addresses, good in every replay of the same schedule.
 */
struct plot *plot_draw(const struct story *story, int rows);
void plot_free(struct plot *plot);

#endif
