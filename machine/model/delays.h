/* SPDX-License-Identifier: MIT */
/*
 * delays.h - which words have to be weak, so that code which orders its accesses gains no states.
 *
 * A store that is late and a load that reads something old can be told from accesses to one memory only if there is a *critical cycle*:
 * a CPU makes two accesses that nothing keeps in order, and others lead from the second back to the first, by accesses to one word of which one
 * writes, and by program order (Shasha and Snir, 1988). Who fences, releases and acquires where it matters has no such pair of
 * accesses. So a search begins with all words strong: stores leave at once, loads read the newest. Meanwhile it is noted which access, or
 * other step, of each agent comes next behind which. Then delays_learn() looks for cycles, names the words on them, which have to be
 * weak, and says whether to search again: more may happen now, and more is noted. When nothing new is found, nothing that was left
 * out could have been told.
 *
 * What is noted is knowledge about all executions, and no part of the state. So it must not matter by which way a state was reached first: noted is
 * only what one transition shows, from an agent's step to where it comes to its next one, and each transition is made.
 * What is ordered over several of them delays_learn() finds out, as if all ways through an agent's steps were ways of its program.
 *
 * It lies in memory that processes which share a search have in common.
 */
#ifndef MODEL_DELAYS_H
#define MODEL_DELAYS_H

#include "machine/model/weak.h"

enum {
	DELAYS_NODES = 4096,
	DELAYS_EDGES = 16384,
	DELAYS_WORDS = 5 * DELAYS_NODES + DELAYS_EDGES + 2, /* of all that is noted */
};

enum delays_kind {
	DELAYS_READS = 1,
	DELAYS_WRITES = 2,
	DELAYS_WAITS = 4,   /* until the word is what it has to be */
	DELAYS_FIXED = 8,   /* the word cannot be weak, but others can be weak around it */
	DELAYS_FENCE = 16,  /* .order says of what */
	DELAYS_LEAVE = 32,  /* waits until all stores of the CPU have left */
	DELAYS_START = 64,  /* of an agent; a handler comes to it again when it is over */
	DELAYS_ENTRY = 128, /* other agents of the CPU stand still from here on until it comes here again */
	/* Of what is in pages: */
	DELAYS_USE = 256,	  /* an access of a program, and ... */
	DELAYS_WALK = 512,	  /* ... each entry that its walk reads: in front of a store, or behind a load */
	DELAYS_MAY_BE_OLD = 1024, /* a walk that reads something old would do so without any store being late */
	DELAYS_BLIND = 2048,	  /* nobody asks what the word is: only who gives it back can tell */
	DELAYS_GIVES_BACK = 4096, /* writes nothing, but whatever is written there later is a mistake */
	DELAYS_FIRST = 8192,	  /* nobody else can access the word before an entry leads to it */
	/* Of tables: */
	DELAYS_LEADS = 16384, /* an entry */
	DELAYS_MADE =
		32768, /* whether a table is made, which nobody looks at who has not been led there; with LEADS: an entry that leads to tables */
};

/* For loose.h, in .note of what is no lock's. */
enum {
	DELAYS_UNHEARD = 0x80, /* nobody is told anything by what this reads */
	DELAYS_SILENT = 0x40,  /* ... by what it writes */
	DELAYS_SUMS = 0x20,    /* adds or takes away: of two that do, both may have been first */
	DELAYS_NO_LOCK = DELAYS_UNHEARD | DELAYS_SILENT | DELAYS_SUMS,
};

/* An access, a fence or another step: where in the program, and what it does. Nothing of it may depend on the way that led there. */
struct delays_at {
	uintptr_t site;
	uintptr_t word; /* 0: a step that accesses none */
	uint8_t bytes;	/* 0, of an access: one of ahead.h alone */
	uint8_t agent, cpu;
	uint16_t kind; /* enum delays_kind, or-ed */
	uint8_t order; /* enum view_order, or-ed */
	uint8_t note;  /* 1 + enum machine_note, what it does to a lock; 0: nothing is known */
};

/* ---- while a search runs ---- */

/* Its number, also for another process; 0 is none. */
uint64_t delays_node(const struct delays_at *at);
unsigned int delays_place(uint64_t node); /* among all that is noted */
/* Locks (model_lock_bit()) that it was made without once, or that were only held for reading, and it writes. For loose.h. */
void delays_lacks(uint64_t node, uint64_t locks);
/* @to comes next behind @from. Of two agents: is ignored. */
void delays_follows(uint64_t from, uint64_t to);

/*
 * An entry that leads to a table stops doing so, on a machine whose kernel loads entries. Where that never happens it does not matter how long
 * the handler of a miss is on its way, so its walk is one step, until this was seen.
 */
void delays_unhooks(void);

/* ---- behind a search ---- */

/* A word that several CPUs access and one of them writes. */
struct delays_word {
	uint64_t start;
	uint8_t bytes;
	uint8_t fixed;
	uint16_t late; /* CPUs whose stores of it may wait, one bit each */
	uint16_t old;  /* ... whose loads of it may read what has been overwritten */
	uint8_t spare[2];
};

/* Plain data; in the order of addresses. None, if no word has to be weak. */
struct delays_words {
	uint64_t nr;
	uint64_t cpus; /* that have stores which may be late, one bit each */
	uint64_t
		refills; /* tables are unhooked: the handler of a miss may be on its way through one (delays_unhooks()) */
	struct delays_word word[WEAK_PLACES];
};

/*
 * True if @words has changed: more of them are weak, or there are others besides; or if a place in the program was seen from which
 * more of them can be read. Then the search has to be made again.
 */
bool delays_learn(struct delays_words *words, bool in_order);
/* From where they can be read, as far as has been seen, and no more. True: from more places than was known. */
bool delays_learn_live(const struct delays_words *words);
/* Would it learn of tables that are unhooked? To be asked at any time. */
bool delays_unhooked(const struct delays_words *words);

/*
 * Of which words an agent may still read what has been overwritten: a bit for each word, in the order of @words. Behind all such loads of its
 * program nobody has to remember old writes for it. From @node on, and from its start on; 0, nothing at all, is the answer of a node
 * that was not known when the words were learned, as the search will be made again.
 */
bool delays_know_live(const struct delays_words *words); /* False: is not known for these; all of them, then */
uint64_t delays_live(uint64_t node);
uint64_t delays_live_from_start(unsigned int agent);

/* All that is noted, as DELAYS_WORDS words: to be kept, or merged with what another process has noted, or instead of it. */
void delays_forget(void);
uint64_t *delays_noted(void);
void delays_merge(const uint64_t *noted);

#endif
