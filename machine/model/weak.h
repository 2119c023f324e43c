/* SPDX-License-Identifier: MIT */
/*
 * weak.h - what everybody has written, in one order, and how much of it each CPU has to know.
 *
 * A *place* is a word that several CPUs may access: data, a flag, a page-table entry. Each write that has left its CPU, and
 * each completed invalidation, is an *event* on one timeline; its *stamp* is its number there, from 1. Before the first event of
 * a place stands what the place held at the beginning, with stamp 0. A *view* is one stamp: "has everything up to
 * here before it". views.h says how accesses and fences move views, walks.h what a page-table walk may read. Nothing is ever
 * read by searching for a moment of time: an access lists the writes that it may read, and one is chosen.
 *
 * All of it is one object in the arena, so it is part of the state. weak_settle() brings it to a form in which two
 * worlds that nobody can tell apart are the same bytes: writes that nobody can read any more are dropped, and the stamps that are
 * left are numbered again. What is compared with what makes that right: a stamp of an event with a view, never two views
 * with each other but to take the greater.
 *
 * The rules R1 to R13 that comments name are those of docs/weak.md.
 */
#ifndef MODEL_WEAK_H
#define MODEL_WEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WEAK_CPUS = 9, /* and one for who runs on none in particular */
	WEAK_PLACES = 64,
	WEAK_PAGES = 16,
	WEAK_EVENTS = 64,
	WEAK_STORES = 16, /* of one CPU, on their way */
	WEAK_ISSUED = 8,  /* invalidations of one CPU, not complete */
	WEAK_UPDATES = 4, /* of entries by the hardware of one CPU, on their way */
	WEAK_NOBODY = 0xff,
	WEAK_NEVER = 0xffff, /* the stamp of what has not been overwritten */
};

typedef uint16_t weak_stamp;

static inline weak_stamp later(weak_stamp a, weak_stamp b)
{
	return a > b ? a : b;
}

enum weak_event_kind {
	WEAK_WRITE,
	WEAK_INVALIDATION,
};

/* What an invalidation covers. */
enum weak_covers {
	WEAK_PAGE,  /* .which: the page, or WEAK_NOBODY: none that is here */
	WEAK_SPACE, /* .space */
	WEAK_GUEST, /* .which: the virtual machine */
	WEAK_ALL,
};

struct weak_target {
	uint8_t covers; /* enum weak_covers */
	uint8_t which;
	uint8_t leaf;  /* not the entry one level up */
	uint8_t space; /* PAGE, SPACE: whose */
};

/* No padding in any of these: they are part of the state. */
struct weak_event {
	uint64_t value;
	uint64_t has;	    /* WRITE: what it hands over, see before.h */
	weak_stamp forward; /* WRITE: the view with which its own CPU reads it; NEVER: by its stamp, like everybody */
	weak_stamp before;  /* INVALIDATION: it covers what was overwritten no later than this */
	uint8_t kind;	    /* enum weak_event_kind */
	uint8_t cpu;	    /* whose; or WEAK_NOBODY, if it is all one by now */
	uint8_t place;	    /* WRITE */
	uint8_t reach;	    /* INVALIDATION: the CPU that it reaches, or WEAK_NOBODY: all of them */
	struct weak_target target;
	uint8_t spare[4];
};
_Static_assert(sizeof(struct weak_event) == 32, "no padding");

/* A store that has not left its CPU (R2), or what is left of an access that faulted and was not complete (R9). */
struct weak_store {
	uint64_t value;
	uint64_t has; /* as of an event */
	weak_stamp forward;
	weak_stamp until; /* when the entry it was translated with was overwritten, or NEVER */
	weak_stamp read;  /* .locked: the view of what it has read */
	uint8_t place;	  /* WEAK_NOBODY: a fault's; nothing is written */
	uint8_t page;	  /* through whose entry, or WEAK_NOBODY */
	uint8_t epoch;	  /* how many store fences stand before it */
	uint8_t release;  /* nothing older may be on its way when it leaves */
	uint8_t ordered;  /* a later ordered load waits for it (C11: both are seq_cst) */
	uint8_t locked;	  /* half of a read-modify-write: until it leaves nobody else writes the place */
	/* Of the code under test's machine alone (late_page.c), where programs have an mm. */
	uint32_t marks; /* of the translation that it went through: enum model_mark */
	uint16_t dying; /* CPUs whose broadcast covers that, and waits for this */
	uint8_t watch;	/* 1 + the watch of its page; NOBODY: of another page; 0: no program's */
	uint8_t spare[5];
};
_Static_assert(sizeof(struct weak_store) == 40, "no padding");

struct weak_issued {
	weak_stamp before;
	uint8_t reach;
	uint8_t spare;
	struct weak_target target;
};

struct weak_update {
	uint64_t value;
	uint8_t place;
	uint8_t spare[7];
};

/* What a dirty bit that was set ahead of its store leaves to be remembered (R11). */
struct weak_early {
	weak_stamp stamp;  /* of the update; 0: there is none */
	weak_stamp walked; /* the entry before the update, which the store then uses */
	uint16_t until;	   /* the instruction that is the store */
	uint16_t spare;
};

/* One CPU's. The letters in comments are those of docs/weak.md. */
struct weak_view {
	weak_stamp loads;     /* vr: at least this is known to explicit loads */
	weak_stamp loaded;    /* ro: all loads so far */
	weak_stamp all;	      /* al: everything so far, walks and updates included */
	weak_stamp wrote;     /* w: its last write that has left */
	weak_stamp released;  /* rel: its last release that has left */
	weak_stamp stored;    /* st: its writes before the last store fence */
	weak_stamp walks;     /* wk: at least this is known to walks */
	weak_stamp context;   /* cx: what loads and walks know after the next context synchronisation */
	weak_stamp completed; /* ds: what an invalidation that is issued now comes after */
	weak_stamp branched;  /* ct: what branches were taken on */
	uint8_t nr_stores, nr_issued, nr_updates;
	uint8_t epoch;
	uint8_t reserved; /* the place of an exclusive load that nobody has written since, or WEAK_NOBODY */
	uint8_t over;	  /* its program has ended */
	uint8_t spare[6];
	uint64_t newest;		       /* places of which its loads read the newest write, one bit each */
	weak_stamp seen[WEAK_PLACES];	       /* coh: of each place */
	weak_stamp walked[WEAK_PAGES];	       /* wp: successful walks of each page */
	struct weak_store stores[WEAK_STORES]; /* oldest first */
	struct weak_issued issued[WEAK_ISSUED];
	struct weak_update updates[WEAK_UPDATES];
	struct weak_early early;
};

/*
 * What need not be weak (delays.h) is not. Of a strong place only the newest write can be read, so that is no event: what is left of it is
 * what a reader of it has to know, and who wrote it. Stores by a CPU for which it is prompt leave at once, if nothing has to leave before them.
 */
struct weak_place {
	uint64_t value;	    /* before the first event of the place; strong: the newest */
	uint64_t has;	    /* of that: as of an event */
	weak_stamp stamp;   /* strong: the newest write came behind these events */
	weak_stamp forward; /* strong: as of an event */
	uint16_t prompt;    /* CPUs whose stores of it leave at once, one bit each */
	uint8_t cpu;	    /* strong: as of an event */
	uint8_t strong;
	uint8_t gone;	   /* nobody can read .value any more */
	uint8_t in_memory; /* late.c: .value is what memory has there */
	uint8_t spare[4];
};
_Static_assert(sizeof(struct weak_place) == 32, "no padding");

/* How strong the machine is: from a row's facts and from `set memory=`. Nothing else tells architectures apart. */
struct weak_facts {
	bool buffers;	     /* stores wait before they leave */
	bool in_order;	     /* ... in program order, and atomic operations wait for them */
	bool stale;	     /* loads may read what has been overwritten */
	bool walks_follow;   /* what loads know walks know as well */
	bool caches_invalid; /* a walk may use an old entry that is not present */
	bool caches_old;     /* ... or not accessed, where hardware does not set that */
	bool fault_looks; /* a translation fault waits for what its CPU has stored and read (FEAT_ETS2), fences move walks */
	bool caches_upper; /* a walk may use an old entry one level up */
	bool upper_by_all; /* an invalidation of a page leaves the entry one level up */
	bool fault_drops;  /* a fault drops what its CPU holds for the page */
	bool upper_by_any; /* ... ends all of its space one level up, whatever the page */
	bool local_orders; /* an invalidation of its own CPU waits for the stores of its CPU, and is complete at once */
	bool early_walks;  /* loads and acquires before an access do not order its translation */
	bool updates_late; /* accessed and dirty bits that a walk sets reach memory later than its access */
};

/* What the hardware of a CPU does to entries, and as whom its program runs. */
enum weak_hardware {
	WEAK_SETS_ACCESSED = 1,
	WEAK_SETS_DIRTY = 2, /* and accessed */
	WEAK_USER = 4,	     /* may use only what is open to user programs, and entries by no address at all */
};

/* A page that programs access through its entry. */
struct weak_page {
	uint8_t entry; /* the place */
	uint8_t upper; /* ... of the one that leads to its table, or WEAK_NOBODY: it always does */
	uint8_t space;
	uint8_t guest;	/* the virtual machine that the space belongs to */
	uint8_t beside; /* the page that shares its entry in a TLB, or itself */
	uint8_t global; /* its entry carries no id */
};

struct weak {
	struct weak_facts facts;
	uint8_t nr_cpus, nr_places, nr_pages, nr_events;
	uint8_t hardware[WEAK_CPUS]; /* enum weak_hardware, or-ed */
	struct weak_page pages[WEAK_PAGES];
	struct weak_place places[WEAK_PLACES];
	struct weak_event events[WEAK_EVENTS];
	struct weak_view views[WEAK_CPUS];
	uint64_t found; /* .has of what the running agent has read last, in this step */
};

/* ---- reading it ---- */

/* The stamp of the first write to @place behind @stamp, or WEAK_NEVER. */
weak_stamp weak_next(const struct weak *t, unsigned int place, weak_stamp stamp);
weak_stamp weak_newest(const struct weak *t, unsigned int place);
uint64_t weak_value(const struct weak *t, weak_stamp stamp, unsigned int place); /* of a write, or of stamp 0 */
uint64_t weak_has(const struct weak *t, unsigned int cpu, unsigned int place, weak_stamp stamp); /* as @cpu reads it */
uint64_t *weak_last_has(struct weak *t, unsigned int cpu,
			unsigned int place);		       /* of the write that @cpu has just made */
bool weak_is_locked(const struct weak *t, unsigned int place); /* by an update or half of a read-modify-write */
/* @upper: the entry one level up, else the one of the page itself. */
bool weak_covers(const struct weak *t, const struct weak_target *target, unsigned int page, bool upper);
int weak_page_of(const struct weak *t, unsigned int place); /* whose entry it is, or -1 */

/*
 * The writes to @place that can be named, oldest first: stamps, 0 for what was there before. At most WEAK_EVENTS + 1 of them.
 */
unsigned int weak_writes(const struct weak *t, unsigned int place, weak_stamp *stamps);

/* ---- writing it ---- */

void weak_init(struct weak *t, const struct weak_facts *facts, unsigned int cpus);
unsigned int weak_add_place(struct weak *t, uint64_t value);
/* Before anything is written to @place: only @late CPUs store there with a delay, and only @old ones read what is overwritten; one bit each. */
void weak_make_strong(struct weak *t, unsigned int place, unsigned int late, unsigned int old);
static inline bool weak_is_prompt(const struct weak *t, unsigned int cpu, unsigned int place)
{
	return t->places[place].prompt >> cpu & 1;
}
static inline bool weak_reads_newest(const struct weak *t, unsigned int cpu, unsigned int place)
{
	return !t->facts.stale || t->views[cpu].newest >> place & 1;
}
/* To read something old is all that views are for, but for what walks and invalidations compare with them. */
static inline bool weak_is_blind(const struct weak *t, unsigned int cpu)
{
	uint64_t places = t->nr_places == WEAK_PLACES ? UINT64_MAX : (UINT64_C(1) << t->nr_places) - 1;

	return !t->nr_pages && (!t->facts.stale || !(places & ~t->views[cpu].newest));
}
unsigned int weak_add_page(struct weak *t, unsigned int entry, unsigned int upper, unsigned int space,
			   unsigned int guest);
void weak_make_global(
	struct weak *t,
	unsigned int page); /* what is invalidated by the id of its space leaves its entry, and no path to it */
void weak_put_beside(struct weak *t, unsigned int page,
		     unsigned int other); /* an invalidation of @other covers @page as well */
/* The newest write to @place is @value, by @cpu. Returns its stamp, of a strong place that of the event before it. */
weak_stamp weak_write(struct weak *t, unsigned int place, uint64_t value, unsigned int cpu, weak_stamp forward);
weak_stamp weak_invalidate(struct weak *t, const struct weak_issued *issued, unsigned int cpu);

/*
 * Between two steps: drops and renumbers. @others: stamps that stand outside, of @nr registers say; they are renumbered too.
 * Does not change what anybody can do from here on.
 */
void weak_settle(struct weak *t, weak_stamp *others, size_t nr);

/* To read the newest write to @place, which is strong, is to learn nothing. */
void weak_forget_writer(struct weak *t, unsigned int place);

/* All writes to @place are as if they had never been: somebody who comes behind them has written there in another way. */
void weak_overwrite(struct weak *t, unsigned int place);

#endif
