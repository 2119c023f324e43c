/* SPDX-License-Identifier: MIT */
/*
 * tree.c - insertion into wakeup trees, after Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order
 * reduction" (POPL 2014), definitions 6.1 and 6.2.
 *
 * A step "weakly starts" a sequence v if some execution that contains v, up to equivalence, begins with it: it is in
 * v with nothing before it that it depends on, or it is not in v and depends on none of v. Exploring by
 * way of a step that weakly starts v finds v.
 *
 * One addition to the published algorithm: of v only what matters is kept, namely what the last step (the reversed one)
 * depends on, and what wakes each step that is asleep or explored earlier. The rest of v is found again by exploring
 * from there. So a tree stays small however many executions ask for the same reversal.
 */
#include "explore/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "explore/memory.h"

/* ---- memory ---- */

enum {
	BRANCHES_AT_ONCE = 256
};

struct block {
	struct block *next;
	struct branch branches[BRANCHES_AT_ONCE];
};

/*
 * Blocks are given back all together at the end: branches come and go with every execution, and a
 * free list costs nothing.
 */
static void more_branches(struct forest *forest)
{
	struct block *block = explore_new(1, sizeof(*block));

	block->next = forest->blocks;
	forest->blocks = block;
	forest->allocated += BRANCHES_AT_ONCE;
	for (int i = 0; i < BRANCHES_AT_ONCE; i++) {
		block->branches[i].next = forest->free;
		forest->free = &block->branches[i];
	}
}

/* Its step is left as it was: the caller fills it. */
struct branch *explore_branch_new(struct forest *forest)
{
	struct branch *b;

	if (!forest->free)
		more_branches(forest);
	b = forest->free;
	forest->free = b->next;
	b->next = b->child = NULL;
	b->guess = false;
	return b;
}

void explore_branch_free(struct forest *forest, struct branch *branch)
{
	explore_branch_free_list(forest, branch->child);
	branch->next = forest->free;
	forest->free = branch;
}

/* Recursion goes down by children only; a tree is at most as deep as an execution is long. */
void explore_branch_free_list(struct forest *forest, struct branch *list)
{
	while (list) {
		struct branch *next = list->next;

		explore_branch_free(forest, list);
		list = next;
	}
}

void explore_forest_close(struct forest *forest)
{
	while (forest->blocks) {
		struct block *next = forest->blocks->next;

		free(forest->blocks);
		forest->blocks = next;
	}
	forest->free = NULL;
}

/* ---- sequences ---- */

/*
 * @step and @clock stay the caller's, and have to stand for as long as the sequence is used. No
 * clock: a step that is in no execution yet, which is needed in any case.
 */
void explore_sequence_add(struct sequence *v, const struct step *step, const struct order_clock *clock, int index)
{
	assert(v->length < (int)(sizeof(v->items) / sizeof(v->items[0])));
	v->items[v->length++] = (struct item){ step, clock, (int16_t)index };
}

static void sequence_remove(struct sequence *v, int place)
{
	assert(place >= 0 && place < v->length);
	v->length--;
	memmove(&v->items[place], &v->items[place + 1], (size_t)(v->length - place) * sizeof(v->items[0]));
}

/* PLACE_NEVER also where the agent takes another alternative in @v: the two exclude each other. */
int explore_sequence_place(const struct sequence *v, const struct step *step)
{
	for (int i = 0; i < v->length; i++) {
		const struct step *other = v->items[i].step;

		if (other->did.agent == step->did.agent)
			return other->did.choice == step->did.choice ? i : PLACE_NEVER;
		if (explore_step_depends(other, step))
			return PLACE_NEVER;
	}
	return PLACE_APART;
}

/* Pointers into branches and executions: a sleeper lives as long as the point that it sleeps at. */
void explore_sleepers_add(struct sleepers *s, const struct step *step)
{
	if (s->length == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->steps = explore_grow(s->steps, (size_t)s->room, sizeof(s->steps[0]));
	}
	s->steps[s->length++] = step;
}

/*
 * A sleeper that weakly starts @v has been explored with all that follows it, so @v was found
 * there. One that lies in @v is the better reason: it stands as long as that step does. One that is
 * apart from @v covers it as well, but any longer @v might wake it, so nothing is remembered.
 */
bool explore_sequence_covered(const struct sequence *v, const struct step *const *asleep, int n, int *last)
{
	bool apart = false;

	for (int i = 0; i < n; i++) {
		int place = explore_sequence_place(v, asleep[i]);

		if (place >= 0) {
			*last = v->items[place].index;
			return true;
		}
		apart |= place == PLACE_APART;
	}
	*last = ORDER_NONE;
	return apart;
}

/* ---- insertion ---- */

/*
 * The first branch of @list that weakly starts @v; those before it will be asleep when it is
 * explored. The order of branches is the order in which they are explored.
 */
static struct branch *find_branch(struct branch *list, const struct sequence *v, struct sleepers *asleep, int *place)
{
	for (struct branch *b = list; b; b = b->next) {
		*place = explore_sequence_place(v, &b->step);
		if (*place != PLACE_NEVER)
			return b;
		explore_sleepers_add(asleep, &b->step);
	}
	return NULL;
}

/* Those that are not woken by @step sleep on behind it. */
static void wake(struct sleepers *asleep, const struct step *step)
{
	int kept = 0;

	for (int i = 0; i < asleep->length; i++) {
		const struct step *s = asleep->steps[i];

		if (s->did.agent != step->did.agent && !explore_step_depends(s, step))
			asleep->steps[kept++] = s;
	}
	asleep->length = kept;
}

/* Whatever the item itself depends on is needed with it. */
static void join_need(struct order_clock *need, const struct item *item)
{
	for (int i = 0; item->clock && i < AGENT_MAX_AGENTS; i++)
		if (need->of[i] < item->clock->of[i])
			need->of[i] = item->clock->of[i];
}

/* The first item of @v that wakes @s has to stay. */
static void need_waker(struct order_clock *need, const struct sequence *v, const struct step *s)
{
	for (int i = 0; i < v->length; i++) {
		const struct step *other = v->items[i].step;

		if (other->did.agent == s->did.agent || explore_step_depends(other, s)) {
			join_need(need, &v->items[i]);
			return;
		}
	}
}

/* The addition that the head of this file speaks of. A clock says all that an item depends on, so one pass is enough. */
static void trim(struct sequence *v, const struct sleepers *asleep)
{
	struct order_clock need = { { 0 } };
	const struct step *last = v->items[v->length - 1].step;
	int kept = 0;

	assert(v->length > 0);
	for (int i = 0; i < v->length - 1; i++)
		if (v->items[i].step->did.agent == last->did.agent || explore_step_depends(v->items[i].step, last))
			join_need(&need, &v->items[i]);
	for (int i = 0; i < asleep->length; i++)
		need_waker(&need, v, asleep->steps[i]);
	for (int i = 0; i < v->length; i++) {
		const struct item *item = &v->items[i];
		unsigned int agent = item->step->did.agent;

		if (!item->clock || item->clock->of[agent] <= need.of[agent])
			v->items[kept++] = *item;
	}
	v->length = kept;
}

/* The highest of two trace indices that both have to stand; ORDER_NONE: all of the sequence has to. */
static int both(int a, int b)
{
	return a == ORDER_NONE || b == ORDER_NONE ? ORDER_NONE : a > b ? a : b;
}

/* Behind the others: what is planted first is explored first. */
static int append(struct forest *forest, struct branch **list, const struct sequence *v)
{
	int last = 0;

	while (*list)
		list = &(*list)->next;
	for (int i = 0; i < v->length; i++) {
		struct branch *b = explore_branch_new(forest);

		explore_step_copy(&b->step, v->items[i].step);
		last = both(last, v->items[i].index);
		*list = b;
		list = &b->child;
	}
	return last;
}

/*
 * Goes down the tree as long as a branch weakly starts what is left of @v: what it stands for is explored by way of that
 * branch, so only the rest is still wanted behind it. Branches that are passed by are explored before, and sleep for what
 * comes behind them. Where no branch will do, the rest is planted; where a branch ends, nothing has to be.
 */
int explore_tree_insert(struct forest *forest, struct branch **list, struct sequence *v, struct sleepers *asleep)
{
	int last = 0;

	while (v->length) {
		int place;
		struct branch *b = find_branch(*list, v, asleep, &place);

		if (!b) {
			trim(v, asleep);
			return both(last, append(forest, list, v));
		}
		last = both(last, place >= 0 ? v->items[place].index : ORDER_NONE);
		/*
		 * The branch ends here: whatever is behind it is left open, so @v is found by going
		 * on from there.
		 */
		if (!b->child)
			return last;
		wake(asleep, &b->step);
		if (place >= 0)
			sequence_remove(v, place);
		list = &b->child;
	}
	return last;
}
