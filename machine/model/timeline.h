/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - what everybody has written, in one order, and how much of it each CPU has to know.
 *
 * A *place* is a word that several CPUs may access: data, a flag, a page-table entry. Each write that has left its CPU, and
 * each completed invalidation, is an *event* on one timeline; its *stamp* is its number there, from 1. Before the first event of
 * a place stands what the place held at the beginning, with stamp 0. A *view* is one stamp: "has everything up to
 * here before it". views.h says how accesses and fences move views, walks.h what a page-table walk may read. Nothing is ever
 * read by searching for a moment of time: an access lists the writes that it may read, and one is chosen.
 *
 * All of it is one object in the arena, so it is part of the state. timeline_settle() brings it to a form in which two
 * worlds that nobody can tell apart are the same bytes: writes that nobody can read any more are dropped, and the stamps that are
 * left are numbered again. What is compared with what makes that right: a stamp of an event with a view, never two views
 * with each other but to take the greater.
 *
 * The rules R1 to R13 that comments name are those of docs/timeline.md.
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TIMELINE_CPUS = 8,
	TIMELINE_PLACES = 48,
	TIMELINE_PAGES = 16,
	TIMELINE_EVENTS = 64,
	TIMELINE_STORES = 16, /* of one CPU, on their way */
	TIMELINE_ISSUED = 8,  /* invalidations of one CPU, not complete */
	TIMELINE_UPDATES = 4, /* of entries by the hardware of one CPU, on their way */
	TIMELINE_NOBODY = 0xff,
	TIMELINE_NEVER = 0xffff, /* the stamp of what has not been overwritten */
};

typedef uint16_t timeline_stamp;

static inline timeline_stamp later(timeline_stamp a, timeline_stamp b)
{
	return a > b ? a : b;
}

enum timeline_kind_of_event {
	TIMELINE_WRITE,
	TIMELINE_INVALIDATION,
};

/* What an invalidation covers. */
enum timeline_covers {
	TIMELINE_PAGE,	/* .which: the page */
	TIMELINE_SPACE, /* .which: the address space */
	TIMELINE_ALL,
};

struct timeline_target {
	uint8_t covers; /* enum timeline_covers */
	uint8_t which;
};

/* No padding in any of these: they are part of the state. */
struct timeline_event {
	uint64_t value;
	timeline_stamp
		forward; /* WRITE: the view with which its own CPU reads it; NEVER: by its stamp, like everybody */
	timeline_stamp before; /* INVALIDATION: it covers what was overwritten no later than this */
	uint8_t kind;	       /* enum timeline_kind_of_event */
	uint8_t cpu;	       /* whose; or TIMELINE_NOBODY, if it is all one by now */
	uint8_t place;	       /* WRITE */
	uint8_t reach;	       /* INVALIDATION: the CPU that it reaches, or TIMELINE_NOBODY: all of them */
	struct timeline_target target;
	uint8_t spare[6];
};
_Static_assert(sizeof(struct timeline_event) == 24, "no padding");

/* A store that has not left its CPU (R2), or what is left of an access that faulted and was not complete (R9). */
struct timeline_store {
	uint64_t value;
	timeline_stamp forward;
	timeline_stamp until; /* when the entry it was translated with was overwritten, or NEVER */
	timeline_stamp read;  /* .locked: the view of what it has read */
	uint8_t place;	      /* TIMELINE_NOBODY: a fault's; nothing is written */
	uint8_t page;	      /* through whose entry, or TIMELINE_NOBODY */
	uint8_t epoch;	      /* how many store fences stand before it */
	uint8_t release;      /* nothing older may be on its way when it leaves */
	uint8_t ordered;      /* a later ordered load waits for it (C11: both are seq_cst) */
	uint8_t locked;	      /* half of a read-modify-write: until it leaves nobody else writes the place */
	uint8_t spare[4];
};
_Static_assert(sizeof(struct timeline_store) == 24, "no padding");

struct timeline_issued {
	timeline_stamp before;
	uint8_t reach;
	uint8_t spare;
	struct timeline_target target;
};

struct timeline_update {
	uint64_t value;
	uint8_t place;
	uint8_t spare[7];
};

/* What a dirty bit that was set ahead of its store leaves to be remembered (R11). */
struct timeline_early {
	timeline_stamp stamp;  /* of the update; 0: there is none */
	timeline_stamp walked; /* the entry before the update, which the store then uses */
	uint8_t until;	       /* the instruction that is the store */
	uint8_t spare[3];
};

/* One CPU's. The letters in comments are those of docs/timeline.md. */
struct timeline_view {
	timeline_stamp loads;	  /* vr: at least this is known to explicit loads */
	timeline_stamp loaded;	  /* ro: all loads so far */
	timeline_stamp all;	  /* al: everything so far, walks and updates included */
	timeline_stamp wrote;	  /* w: its last write that has left */
	timeline_stamp released;  /* rel: its last release that has left */
	timeline_stamp stored;	  /* st: its writes before the last store fence */
	timeline_stamp walks;	  /* wk: at least this is known to walks */
	timeline_stamp context;	  /* cx: what loads and walks know after the next context synchronisation */
	timeline_stamp completed; /* ds: what an invalidation that is issued now comes after */
	timeline_stamp branched;  /* ct: what branches were taken on */
	uint8_t nr_stores, nr_issued, nr_updates;
	uint8_t epoch;
	uint8_t reserved; /* the place of an exclusive load that nobody has written since, or TIMELINE_NOBODY */
	uint8_t over;	  /* its program has ended */
	uint8_t spare[6];
	timeline_stamp seen[TIMELINE_PLACES];	       /* coh: of each place */
	timeline_stamp walked[TIMELINE_PAGES];	       /* wp: successful walks of each page */
	struct timeline_store stores[TIMELINE_STORES]; /* oldest first */
	struct timeline_issued issued[TIMELINE_ISSUED];
	struct timeline_update updates[TIMELINE_UPDATES];
	struct timeline_early early;
};

struct timeline_place {
	uint64_t value; /* before the first event of the place */
	uint8_t gone;	/* nobody can read it any more */
	uint8_t spare[7];
};

/* How strong the machine is: from a row's facts and from `set memory=`. Nothing else tells architectures apart. */
struct timeline_facts {
	bool buffers;	     /* stores wait before they leave */
	bool in_order;	     /* ... in program order, and atomic operations wait for them */
	bool stale;	     /* loads may read what has been overwritten */
	bool walks_follow;   /* what loads know walks know as well */
	bool caches_invalid; /* a walk may use an old entry that is not present, or not accessed */
	bool fault_looks; /* a translation fault waits for what its CPU has stored and read (FEAT_ETS2), fences move walks */
	bool local_orders; /* an invalidation of its own CPU waits for the stores of its CPU, and is complete at once */
	bool updates_late; /* accessed and dirty bits that a walk sets reach memory later than its access */
};

/* What the hardware of a CPU does to entries, and as whom its program runs. */
enum timeline_hardware {
	TIMELINE_SETS_ACCESSED = 1,
	TIMELINE_SETS_DIRTY = 2, /* and accessed */
	TIMELINE_USER = 4,	 /* may use only what is open to user programs, and entries by no address at all */
};

/* A page that programs access through its entry. */
struct timeline_page {
	uint8_t entry; /* the place */
	uint8_t space;
};

struct timeline {
	struct timeline_facts facts;
	uint8_t nr_cpus, nr_places, nr_pages, nr_events;
	uint8_t hardware[TIMELINE_CPUS]; /* enum timeline_hardware, or-ed */
	struct timeline_page pages[TIMELINE_PAGES];
	struct timeline_place places[TIMELINE_PLACES];
	struct timeline_event events[TIMELINE_EVENTS];
	struct timeline_view views[TIMELINE_CPUS];
};

/* ---- reading it ---- */

/* The stamp of the first write to @place behind @stamp, or TIMELINE_NEVER. */
timeline_stamp timeline_next(const struct timeline *t, unsigned int place, timeline_stamp stamp);
timeline_stamp timeline_newest(const struct timeline *t, unsigned int place);
uint64_t timeline_value(const struct timeline *t, timeline_stamp stamp,
			unsigned int place);			       /* of a write, or of stamp 0 */
bool timeline_is_locked(const struct timeline *t, unsigned int place); /* by an update or half of a read-modify-write */
bool timeline_covers(const struct timeline *t, const struct timeline_target *target, unsigned int page);
int timeline_page_of(const struct timeline *t, unsigned int place); /* whose entry it is, or -1 */

/*
 * The writes to @place that can be named, oldest first: stamps, 0 for what was there before. At most TIMELINE_EVENTS + 1 of them.
 */
unsigned int timeline_writes(const struct timeline *t, unsigned int place, timeline_stamp *stamps);

/* ---- writing it ---- */

void timeline_init(struct timeline *t, const struct timeline_facts *facts, unsigned int cpus);
unsigned int timeline_add_place(struct timeline *t, uint64_t value);
unsigned int timeline_add_page(struct timeline *t, unsigned int entry, unsigned int space);
/* The newest write to @place is @value, by @cpu. Returns its stamp. */
timeline_stamp timeline_write(struct timeline *t, unsigned int place, uint64_t value, unsigned int cpu,
			      timeline_stamp forward);
timeline_stamp timeline_invalidate(struct timeline *t, const struct timeline_issued *issued, unsigned int cpu);

/*
 * Between two steps: drops and renumbers. @others: stamps that stand outside, of @nr registers say; they are renumbered too.
 * Does not change what anybody can do from here on.
 */
void timeline_settle(struct timeline *t, timeline_stamp *others, size_t nr);

#endif
