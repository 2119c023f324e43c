/* SPDX-License-Identifier: MIT */
/*
 * spread.h - one search over states by processes that do not share memory: the files that it is made of.
 *
 * spread.c is the search of one process, talk.c what they say to each other, and how each knows that all have ended; gather.c
 * puts together what they have found.
 */
#ifndef EXPLORE_SPREAD_H
#define EXPLORE_SPREAD_H

#include "explore/peers.h"
#include "explore/states.h"

enum {
	SPREAD_MOST_ASKED = 8192, /* questions without an answer, of one process */
	SPREAD_STEPS = 8192,	  /* what is further from the root is not given away */
};

/* Of an answer's .again: nobody has met the state before. No agent has this bit. */
static const uint32_t SPREAD_FIRST = 1u << 31;

/* Was this state met? To its owner. */
struct spread_question {
	struct agent_fingerprint print;
	uint32_t sleep, ticket;
};

struct spread_answer {
	uint32_t ticket, number, again, sleep;
};

/* A transition that leads to another process's state, of which it has not answered yet. */
struct asked {
	struct explore_choice *steps; /* to that state; NULL: the place is free */
	uint32_t length, from, next;  /* .next: of those that are free */
	uint8_t agent;		      /* of the edge */
};

/* What is said to one of the others, as far as it was not sent. */
struct spread_out {
	struct spread_question *questions;
	struct spread_answer *answers;
	unsigned int nr_questions, nr_answers;
	bool hungry; /* it wants work, and got none since */
	bool told;   /* this one wants work, and has got none from it since it said so */
};

struct spread {
	const struct explore_peers *peers;
	struct states *states;
	struct spread_out *out; /* to each */
	struct asked *asked;
	uint32_t free_asked, outstanding;
	size_t nr_asked, room_asked;
	unsigned int names; /* objects whose names are those of all */
	bool named;	    /* rank 0 has said the names that were asked for */
	bool full;	    /* ... or that there are none left */
	bool stopped;	    /* all know that the search is to end */
	bool over;	    /* the last question of rank 0 was answered */
	bool found_number;
	uint32_t number; /* ... and it is this one */

	uint64_t sent, received, bytes; /* messages of all kinds */
	bool summing;
	uint64_t last[PEERS_SUMS];

	uint32_t *first_number; /* rank 0, in the end: the number of each rank's first state, among all */
	/* The steps to where the world was last brought, and a mark before each and behind the last. */
	struct explore_choice *way;
	uint64_t *marks;
	size_t way_length, room_way;
	unsigned int turns;
};

/* ---- spread.c ---- */

/* Who keeps a state, and says whether it was met. */
static inline unsigned int spread_owner(const struct spread *d, struct agent_fingerprint print)
{
	return (unsigned int)((print.hi >> 32) % d->peers->ranks);
}

void spread_answered(struct spread *d, const struct spread_answer *answer);

/* ---- talk.c ---- */

void spread_open(struct spread *d, struct states *s); /* all ranks together */
void spread_close(struct spread *d);
void spread_tell(struct spread *d, unsigned int to, uint32_t kind, const void *bytes, size_t size);
void spread_ask(struct spread *d, unsigned int owner, const struct spread_question *question);
void spread_flush(struct spread *d);  /* what was collected */
bool spread_listen(struct spread *d); /* takes what has come; false: nothing had */
void spread_stop_all(struct spread *d);
/* Not by rank 0, which gives the names. False: there are no more. */
bool spread_agree_on_names(struct spread *d);
void spread_want_work(struct spread *d);
bool spread_somebody_is_hungry(const struct spread *d, unsigned int *who);
void spread_give(struct spread *d, unsigned int to, const struct work *work, const struct explore_choice *steps);
/* This process has nothing to do. True: no other has, and nothing is on the way. */
bool spread_all_idle(struct spread *d);
/* By rank 0, of a state that was met; the others are in spread_serve(), until it says that this is over. */
uint32_t spread_number_of(struct spread *d, struct agent_fingerprint print);
void spread_serve(struct spread *d);
void spread_serve_no_more(struct spread *d);

#endif
