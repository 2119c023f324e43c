/* SPDX-License-Identifier: MIT */
/*
 * interval.c - brackets that some interval was told of, and readers that must not take what was changed in one for what is there.
 *
 * All here is under one lock of the mm (hook 53), but the callbacks, which may sleep. Its state is two numbers, the starts without
 * their ends (.active) and .seq:
 *
 *	.active 0, .seq even	nothing is under way
 *	.active,   .seq even	something is, and meets no interval
 *	.active,   .seq odd	something is, and some interval was told of it, or has come since
 *
 * Only the last end of all makes .seq even, so
 *
 *  1. While .seq is odd nobody changes the tree, and brackets go through it without the lock. What comes or goes meanwhile waits in a list; the
 *     end that makes .seq even takes it up.
 *  2. An interval whose own number is .seq was told of something that is not over: of that, or it has come since. Who begins to read waits
 *     until .seq is another one. Then all brackets are over that had begun before the interval was told, and he sees what they have changed,
 *     by the lock.
 *  3. An interval whose number is another one was told of nothing that is under way. Whatever begins from here on and meets it calls it,
 *     and that gives it another number, before any entry changes; so a reader whose number is still the same, under his lock, has what is there,
 *     or the callback is still to come, and finds what he has mapped.
 *  4. Numbers of intervals are odd always, and that of nothing under way is even: whoever waits for .seq to leave an odd number does not
 *     wait for the next bracket, however often .seq has come round.
 */
#include "internal.h"

#ifdef shootdown_notifiers

/* Read without the lock by hook 54 alone, as a hint. */
static void set_seq(struct mmu_notifiers *all, unsigned long seq)
{
	__atomic_store_n(&all->seq, seq, __ATOMIC_RELAXED);
}

/* Does some bracket go through the tree, or may it? */
static bool is_frozen(const struct mmu_notifiers *all)
{
	return all->seq & 1;
}

static unsigned long last_of(const struct mmu_notifier_range *range)
{
	return range->end == ~0ul ? range->end : range->end - 1;
}

/* ---- what comes and goes ---- */

static void defer(struct mmu_notifiers *all, struct mmu_interval_notifier *interval, enum mmu_interval_state state)
{
	interval->state = state;
	interval->deferred = all->deferred;
	all->deferred = interval;
}

static void forget_deferred(struct mmu_notifiers *all, const struct mmu_interval_notifier *interval)
{
	struct mmu_interval_notifier **at = &all->deferred;

	while (*at != interval)
		at = &(*at)->deferred;
	*at = interval->deferred;
}

static void bring_in(struct mmu_notifiers *all, struct mmu_interval_notifier *interval)
{
	interval->state = MMU_INTERVAL_IN;
	tlb_tree_insert(&all->tree, interval);
}

static void take_out(struct mmu_notifiers *all, struct mmu_interval_notifier *interval)
{
	interval->state = MMU_INTERVAL_OUT;
	tlb_tree_remove(&all->tree, interval);
}

/* Who waits for one that goes may have its memory as soon as the lock is dropped. */
static void settle(struct mmu_notifiers *all)
{
	struct mmu_interval_notifier *interval = all->deferred, *next;

	all->deferred = NULL;
	for (; interval; interval = next) {
		next = interval->deferred;
		if (interval->state == MMU_INTERVAL_COMING)
			bring_in(all, interval);
		else
			take_out(all, interval);
	}
}

/* ---- brackets ---- */

/* The first interval that @range meets: it and those behind it stay until the end (conclusion 1), and so does *@seq. */
static struct mmu_interval_notifier *begin(struct mmu_notifiers *all, const struct mmu_notifier_range *range,
					   unsigned long *seq)
{
	struct mmu_interval_notifier *first;

	shootdown_notifier_lock(range->mm);
	all->active++;
	first = tlb_tree_first(all->tree, range->start, last_of(range));
	if (first)
		set_seq(all, all->seq | 1);
	*seq = all->seq;
	shootdown_notifier_unlock(range->mm);
	return first;
}

bool tlb_interval_start(struct mmu_notifiers *all, const struct mmu_notifier_range *range)
{
	unsigned long seq;
	struct mmu_interval_notifier *interval = begin(all, range, &seq);

	for (; interval; interval = tlb_tree_next(interval, range->start, last_of(range))) {
		if (interval->ops->invalidate(interval, range, seq))
			continue;
		shootdown_assert(!mmu_notifier_range_blockable(range),
				 "invalidate: refuses only what is not blockable");
		tlb_interval_end(all, range->mm);
		return false;
	}
	return true;
}

void tlb_interval_end(struct mmu_notifiers *all, struct tlb_mm *mm)
{
	bool over;

	shootdown_notifier_lock(mm);
	shootdown_assert(all->active, "mmu_notifier_invalidate_range_end: needs a start");
	over = --all->active == 0 && is_frozen(all);
	if (over) {
		set_seq(all, all->seq + 1);
		settle(all);
	}
	shootdown_notifier_unlock(mm);
	if (over)
		shootdown_notifier_wake(mm);
}

/* ---- intervals ---- */

/*
 * What is under way may be about addresses of @interval, nobody knows: so it counts as told, and that has the number of what is under way.
 * Where .seq was even no bracket goes through the tree.
 */
static void place(struct mmu_notifiers *all, struct mmu_interval_notifier *interval)
{
	if (!all->active) {
		/* Conclusion 4. */
		interval->seq = all->seq - 1;
		bring_in(all, interval);
		return;
	}
	if (is_frozen(all)) {
		defer(all, interval, MMU_INTERVAL_COMING);
	} else {
		set_seq(all, all->seq | 1);
		bring_in(all, interval);
	}
	interval->seq = all->seq;
}

int mmu_interval_notifier_insert(struct mmu_interval_notifier *interval, struct tlb_mm *mm, unsigned long start,
				 unsigned long length, const struct mmu_interval_notifier_ops *ops)
{
	int error;

	shootdown_assert(ops && ops->invalidate, "mmu_interval_notifier_insert: needs a callback");
	if (!length || length - 1 > ~0ul - start)
		return MMU_NOTIFIER_OVERFLOW;
	error = tlb_notifiers_take_intervals(mm);
	if (error)
		return error;
	interval->ops = ops;
	interval->mm = mm;
	interval->start = start;
	interval->last = start + (length - 1);
	shootdown_mm_grab(mm);
	shootdown_notifier_lock(mm);
	place(mm->notifiers, interval);
	shootdown_notifier_unlock(mm);
	return 0;
}

/* Until .seq is not @seq, as who has the lock sees it: then he sees as well what was done before that (conclusion 2). */
static void wait_for_end(struct mmu_notifiers *all, struct tlb_mm *mm, unsigned long seq)
{
	bool over;

	do {
		shootdown_notifier_wait(mm, &all->seq, seq);
		shootdown_notifier_lock(mm);
		over = all->seq != seq;
		shootdown_notifier_unlock(mm);
	} while (!over);
}

void mmu_interval_notifier_remove(struct mmu_interval_notifier *interval)
{
	struct tlb_mm *mm = interval->mm;
	struct mmu_notifiers *all = mm->notifiers;
	unsigned long seq;
	bool waits = false;

	shootdown_notifier_lock(mm);
	shootdown_assert(interval->state == MMU_INTERVAL_IN || interval->state == MMU_INTERVAL_COMING,
			 "mmu_interval_notifier_remove: of an interval that is inserted, once");
	seq = all->seq;
	if (interval->state == MMU_INTERVAL_COMING) {
		forget_deferred(all, interval);
		interval->state = MMU_INTERVAL_OUT;
	} else if (is_frozen(all)) {
		defer(all, interval, MMU_INTERVAL_GOING);
		waits = true;
	} else {
		take_out(all, interval);
	}
	shootdown_notifier_unlock(mm);
	/* Whoever is at it may be in its callback, or on his way to the next one from it. */
	if (waits && RULE(removal_waits))
		wait_for_end(all, mm, seq);
	shootdown_mm_drop(mm);
}

unsigned long mmu_interval_read_begin(struct mmu_interval_notifier *interval)
{
	struct tlb_mm *mm = interval->mm;
	struct mmu_notifiers *all = mm->notifiers;
	unsigned long seq;
	bool told;

	shootdown_notifier_lock(mm);
	/*
	 * Stored under another lock (mmu_interval_set_seq()): so it may be one of before. Then it is not .seq, and the new one is found by
	 * mmu_interval_read_retry(), under that lock.
	 */
	seq = __atomic_load_n(&interval->seq, __ATOMIC_RELAXED);
	told = seq == all->seq;
	shootdown_notifier_unlock(mm);
	/* Conclusion 2: until then the entries may be what they were, and nobody calls the interval again. */
	if (told && RULE(read_begin_waits))
		wait_for_end(all, mm, seq);
	return seq;
}

#endif
