/* SPDX-License-Identifier: MIT */
/*
 * selftest_order.c - tries memory order: message passing through a set, and store buffering between a set and a word, as
 * hook 6 and ORD-1 have them.
 *
 * Two CPUs at a time, each with its neighbour; a round is numbered through all turns. What is ordered is stored twice: as
 * a word, which is what hardware delays, and by an atomic addition, which is relaxed and so has no order either.
 */
#include "internal.h"

/*
 * What two CPUs share. Only the two of a turn touch it, and the meeting behind each turn is between this turn's stores and the next
 * one's.
 */
struct pair {
	struct shootdown_selftest_state *test;
	unsigned int first; /* number of the CPU on side 0 */
	long *step;	    /* of both sides */
	long *data;
	volatile unsigned long *word;
};

/* One round of one side, numbered from 1; false: the other side does not get on. */
typedef bool (*side_fn)(const struct selftest_cpu *self, const struct pair *pair, long round);

/* Both are looked at after whatever ordered them, so relaxed is enough here. */
static bool stored(const struct pair *pair, long round)
{
	return selftest_load(pair->word) == (unsigned long)round &&
	       __atomic_load_n(pair->data, __ATOMIC_RELAXED) == round;
}

/* This side is at @step, and waits until the other is. */
static bool meet(const struct selftest_cpu *self, const struct pair *pair, unsigned int side, long step)
{
	shootdown_assert(step > 0, "selftest: numbers its steps from 1");
	/*
	 * Counting and waiting order everything on both sides of a step; what is tried lies between two steps, where the hooks alone are to
	 * order it.
	 */
	selftest_count(&pair->step[side], 1);
	return tlb_selftest_until(self, &pair->step[!side], step);
}

static void run_pairs(struct selftest_cpu *self, enum shootdown_selftest_pair what, side_fn first, side_fn second)
{
	struct shootdown_selftest_state *test = self->test;
	struct pair pair = { test, 0, test->step[what], &test->data[what], &test->word[what] };

	for (unsigned int turn = 0; turn < test->cpus; turn++) {
		/* Rounds go on counting over the turns: a step or a word of the turn before is then never one of this. */
		long begin = (long)(turn * test->rounds);
		side_fn side = NULL;

		pair.first = tlb_selftest_number(test, turn);
		if (self->rank == turn)
			side = first;
		else if (self->rank == (turn + 1) % test->cpus)
			side = second;
		for (long round = 1; side && round <= (long)test->rounds; round++) {
			if (side(self, &pair, begin + round))
				continue;
			/* Not the order that is tried, but a CPU that has stopped; the others wait at the meeting. */
			tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_ABSENT);
			break;
		}
		if (!tlb_selftest_goes_on(self))
			return;
	}
}

/* ---- entering (hooks 5, 7 and 15) ---- */

/*
 * Store buffering, ORD-1: the first CPU gets into the set and reads, as it would load the root and walk; the second stores, as
 * it would change an entry, and reads the set behind the fence. Old and not asked at the same time is what may not be.
 *
 * Three steps a round: both begin, both are done, the second has judged. Odd rounds try the word, even ones the addition,
 * since a fence may hold back the one and not the other.
 */

static bool enter(const struct selftest_cpu *self, const struct pair *pair, long round)
{
	struct shootdown_selftest_state *test = pair->test;
	bool old;

	if (!meet(self, pair, 0, 3 * round - 2))
		return false;
	shootdown_cpus_add(&test->shared, pair->first);
	old = round % 2 ? selftest_load(pair->word) != (unsigned long)round
			: __atomic_load_n(pair->data, __ATOMIC_RELAXED) != round;
	if (old)
		selftest_count(&test->old, 1);
	if (!meet(self, pair, 0, 3 * round - 1) || !meet(self, pair, 0, 3 * round))
		return false;
	shootdown_cpus_remove(&test->shared, pair->first);
	return true;
}

/* What is not tried in this round changes before it begins. */
static bool change(const struct selftest_cpu *self, const struct pair *pair, long round)
{
	struct shootdown_selftest_state *test = pair->test;
	long old = selftest_read(&test->old);
	bool asked;

	if (round % 2)
		__atomic_fetch_add(pair->data, 1, __ATOMIC_RELAXED);
	else
		selftest_store(pair->word, (unsigned long)round);
	if (!meet(self, pair, 1, 3 * round - 2))
		return false;
	if (round % 2)
		selftest_store(pair->word, (unsigned long)round);
	else
		__atomic_fetch_add(pair->data, 1, __ATOMIC_RELAXED);
	/* As in tlb_flush_issue(): the change, the fence, and only then who is asked. */
	shootdown_fence_tables();
	asked = selftest_has(&test->shared, pair->first);
	if (!meet(self, pair, 1, 3 * round - 1))
		return false;
	/* It has read what was there before the change, and would not have been told of the change. */
	if (!asked && selftest_read(&test->old) != old)
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_ENTER_ORDER);
	return meet(self, pair, 1, 3 * round);
}

void tlb_selftest_enter_order(struct selftest_cpu *self)
{
	run_pairs(self, SHOOTDOWN_SELFTEST_PAIR_ENTER, enter, change);
}

/* ---- leaving (hooks 6 and 7) ---- */

/*
 * Message passing, the release of hook 6: the first CPU stores, as its program would through the old root, and leaves the
 * set; the second, which then asks nobody, must find what was stored. Two steps a round: in the set, and judged.
 */
static bool leave(const struct selftest_cpu *self, const struct pair *pair, long round)
{
	shootdown_cpus_add(&pair->test->shared, pair->first);
	if (!meet(self, pair, 0, 2 * round - 1))
		return false;
	selftest_store(pair->word, (unsigned long)round);
	__atomic_fetch_add(pair->data, 1, __ATOMIC_RELAXED);
	/* The release is this hook's: nothing else stands between the stores and whoever does not find this CPU any more. */
	shootdown_cpus_remove(&pair->test->shared, pair->first);
	return meet(self, pair, 0, 2 * round);
}

static bool see_leave(const struct selftest_cpu *self, const struct pair *pair, long round)
{
	struct shootdown_selftest_state *test = pair->test;

	if (!meet(self, pair, 1, 2 * round - 1))
		return false;
	/* Each look is hook 7, an acquire: the first one that does not find the CPU is the one that has to show its stores. */
	for (unsigned long turns = 0; selftest_has(&test->shared, pair->first); turns++) {
		if (turns == test->patience)
			return false;
		selftest_turn(self);
	}
	if (!stored(pair, round))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_LEAVE_ORDER);
	return meet(self, pair, 1, 2 * round);
}

void tlb_selftest_leave_order(struct selftest_cpu *self)
{
	run_pairs(self, SHOOTDOWN_SELFTEST_PAIR_LEAVE, leave, see_leave);
}
