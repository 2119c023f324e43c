/* SPDX-License-Identifier: MIT */
/*
 * tree.h - wakeup trees: sequences of steps that are still to be explored from one point on.
 *
 * The children of a point are explored in the order of the list. A step in a tree has been run in an equivalent place:
 * its touches are known, not guessed.
 */
#ifndef EXPLORE_TREE_H
#define EXPLORE_TREE_H

#include "explore/order.h"

struct branch {
	struct branch *next;
	struct branch *child; /* where to go on; NULL: anywhere */
	bool guess;	      /* only the label of .step is known; never inside a tree */
	struct step step;
};

struct block;
struct forest {
	struct branch *free;
	struct block *blocks;
	uint64_t allocated; /* from the system, ever */
};

struct branch *explore_branch_new(struct forest *forest);
void explore_branch_free(struct forest *forest, struct branch *branch); /* with all below */
void explore_branch_free_list(struct forest *forest, struct branch *list);
void explore_forest_close(struct forest *forest);

/* Steps in the order in which they could run. */
struct item {
	const struct step *step;
	const struct order_clock *clock; /* NULL: the last one, whose place in the order is found from its touches */
	int16_t index;			 /* in the trace, or ORDER_NONE */
};

struct sequence {
	int length;
	struct item items[AGENT_MAX_STEPS + 2];
};

void explore_sequence_add(struct sequence *v, const struct step *step, const struct order_clock *clock, int index);

enum {
	PLACE_NEVER = -2,
	PLACE_APART = -1
};

/*
 * Could @step come before all of @v? The index of its item, PLACE_APART if it is not in @v and independent of all of it, or
 * PLACE_NEVER.
 */
int explore_sequence_place(const struct sequence *v, const struct step *step);

/* Steps already explored from the point where @v would start, or to be explored before @v. */
struct sleepers {
	int length, room;
	const struct step **steps;
};
void explore_sleepers_add(struct sleepers *s, const struct step *step);

/*
 * Is every execution that starts with @v explored by way of one of the @n steps @asleep? *@last is then the highest trace
 * index that the answer stands on, ORDER_NONE if it stands on the whole of @v.
 */
bool explore_sequence_covered(const struct sequence *v, const struct step *const *asleep, int n, int *last);

/*
 * Makes sure that the tree @list leads to @v, changing @v on the way. @asleep: what is explored before the tree; changed,
 * too. Returns as *last of explore_sequence_covered().
 */
int explore_tree_insert(struct forest *forest, struct branch **list, struct sequence *v, struct sleepers *asleep);

#endif
