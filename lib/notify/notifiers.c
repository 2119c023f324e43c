/* SPDX-License-Identifier: MIT */
/*
 * notifiers.c - who has registered for an address space, and how they are called.
 *
 * Who is found in a section of hook 51 stays until it ends; so callbacks run in one, and
 *
 *  1. who has taken a subscription off the list and has waited for the sections is alone with it;
 *  2. whoever is about to call release says so under the lock, and in a section already: who finds that somebody else does waits for the
 *     sections, and then it is done;
 *  3. it is called while the subscription is still on the list: what is mapped until then hears of brackets until then.
 *
 * A subscription is put on the list while no bracket is open: the first that it hears of is a start.
 */
#include "internal.h"

#ifdef shootdown_notifiers

/* Those on the list, in a section. What leads to them is seen: whoever calls came after registration, by one of the locks of hook 50. */
static struct mmu_notifier *first_of(const struct mmu_notifiers *all)
{
	return __atomic_load_n(&all->first, __ATOMIC_RELAXED);
}

static struct mmu_notifier *behind(const struct mmu_notifier *subscription)
{
	return __atomic_load_n(&subscription->next, __ATOMIC_RELAXED);
}

/* ---- brackets ---- */

static void end_each(const struct mmu_notifiers *all, const struct mmu_notifier_range *range)
{
	for (struct mmu_notifier *at = first_of(all); at; at = behind(at)) {
		if (at->ops->invalidate_range_end)
			at->ops->invalidate_range_end(at, range);
	}
}

/* All of them, also behind one that refuses: then who has an end is told it, as he has started, and the others need none. */
static int start_each(const struct mmu_notifiers *all, const struct mmu_notifier_range *range)
{
	int section = shootdown_notifier_read_lock(), error = 0;

	for (struct mmu_notifier *at = first_of(all); at; at = behind(at)) {
		int refused = at->ops->invalidate_range_start ? at->ops->invalidate_range_start(at, range) : 0;

		shootdown_assert(!refused || !mmu_notifier_range_blockable(range),
				 "invalidate_range_start: refuses only what is not blockable");
		shootdown_assert(!refused || !at->ops->invalidate_range_end,
				 "invalidate_range_start: who may refuse has no invalidate_range_end");
		if (refused)
			error = MMU_NOTIFIER_AGAIN;
	}
	if (error && RULE(refused_start_ended))
		end_each(all, range);
	shootdown_notifier_read_unlock(section);
	return error;
}

int mmu_notifier_start(const struct mmu_notifier_range *range)
{
	struct mmu_notifiers *all = range->mm->notifiers;
	int error = 0;

	if (all->intervals && !tlb_interval_start(all, range))
		return MMU_NOTIFIER_AGAIN;
	if (first_of(all))
		error = start_each(all, range);
	/* Nobody calls the end for the caller: readers would wait for it for ever. */
	if (error && all->intervals && RULE(refused_start_undone))
		tlb_interval_end(all, range->mm);
	return error;
}

void mmu_notifier_end(const struct mmu_notifier_range *range)
{
	struct mmu_notifiers *all = range->mm->notifiers;
	int section;

	if (all->intervals)
		tlb_interval_end(all, range->mm);
	if (!first_of(all))
		return;
	section = shootdown_notifier_read_lock();
	end_each(all, range);
	shootdown_notifier_read_unlock(section);
}

/* ---- who uses what ---- */

bool mmu_notifier_young(struct tlb_mm *mm, unsigned long start, unsigned long end, bool flush)
{
	int section = shootdown_notifier_read_lock();
	bool young = false;

	for (struct mmu_notifier *at = first_of(mm->notifiers); at; at = behind(at)) {
		bool (*ask)(struct mmu_notifier *, struct tlb_mm *, unsigned long,
			    unsigned long) = flush ? at->ops->clear_flush_young : at->ops->clear_young;

		if (ask && ask(at, mm, start, end))
			young = true;
	}
	shootdown_notifier_read_unlock(section);
	return young;
}

bool mmu_notifier_is_young(struct tlb_mm *mm, unsigned long address)
{
	int section = shootdown_notifier_read_lock();
	bool young = false;

	for (struct mmu_notifier *at = first_of(mm->notifiers); at && !young; at = behind(at))
		young = at->ops->test_young && at->ops->test_young(at, mm, address);
	shootdown_notifier_read_unlock(section);
	return young;
}

/* ---- on the list, and off ---- */

/* Under the lock. Who is at it finds the rest of the list behind it. */
static void unlist(struct mmu_notifiers *all, struct mmu_notifier *subscription)
{
	struct mmu_notifier **at = &all->first;

	if (subscription->state == MMU_NOTIFIER_OUT)
		return;
	while (*at != subscription)
		at = &(*at)->next;
	__atomic_store_n(at, subscription->next, __ATOMIC_RELAXED);
	subscription->state = MMU_NOTIFIER_OUT;
}

static void enlist(struct mmu_notifiers *all, struct mmu_notifier *subscription, struct tlb_mm *mm)
{
	shootdown_assert(subscription->state == MMU_NOTIFIER_OUT && subscription->ops,
			 "mmu_notifier_register: needs a new subscription with its callbacks");
	subscription->mm = mm;
	subscription->users = 1;
	subscription->state = MMU_NOTIFIER_LISTED;
	__atomic_store_n(&subscription->next, all->first, __ATOMIC_RELAXED);
	__atomic_store_n(&all->first, subscription, __ATOMIC_RELAXED);
	shootdown_mm_grab(mm);
}

/* Under the lock. */
static struct mmu_notifier *find(const struct mmu_notifiers *all, const struct mmu_notifier_ops *ops)
{
	struct mmu_notifier *at = all->first;

	while (at && at->ops != ops)
		at = at->next;
	return at;
}

/* With all locks of hook 50 and that of 53, once all is there that registering needs; or a number that says why not. */
static int lock_to_register(struct tlb_mm *mm)
{
	struct mmu_notifiers *all = shootdown_notifiers(mm);
	int error = all ? shootdown_mm_lock_all(mm) : MMU_NOTIFIER_NO_MEMORY;

	if (error)
		return error;
	shootdown_notifier_lock(mm);
	if (!mm->notifiers) {
		all->seq = 2;
		mm->notifiers = all;
	}
	return 0;
}

static void unlock_registered(struct tlb_mm *mm)
{
	shootdown_notifier_unlock(mm);
	shootdown_mm_unlock_all(mm);
}

int mmu_notifier_register(struct mmu_notifier *subscription, struct tlb_mm *mm)
{
	int error = lock_to_register(mm);

	if (error)
		return error;
	enlist(mm->notifiers, subscription, mm);
	unlock_registered(mm);
	return 0;
}

int tlb_notifiers_take_intervals(struct tlb_mm *mm)
{
	bool ready;
	int error;

	shootdown_notifier_lock(mm);
	ready = mm->notifiers && mm->notifiers->intervals;
	shootdown_notifier_unlock(mm);
	if (ready)
		return 0;
	error = lock_to_register(mm);
	if (error)
		return error;
	/* No bracket is open, so each end from here on has had its start counted. */
	mm->notifiers->intervals = true;
	unlock_registered(mm);
	return 0;
}

/* In a section (conclusion 2). */
static void release_once(struct mmu_notifier *subscription)
{
	struct tlb_mm *mm = subscription->mm;
	bool mine;

	shootdown_notifier_lock(mm);
	mine = subscription->state == MMU_NOTIFIER_LISTED;
	if (mine)
		subscription->state = MMU_NOTIFIER_RELEASING;
	shootdown_notifier_unlock(mm);
	if (mine && subscription->ops->release)
		subscription->ops->release(subscription, mm);
}

void mmu_notifier_unregister(struct mmu_notifier *subscription, struct tlb_mm *mm)
{
	int section = shootdown_notifier_read_lock();

	shootdown_assert(subscription->mm == mm, "mmu_notifier_unregister: of the mm that it is registered for");
	release_once(subscription);
	shootdown_notifier_read_unlock(section);
	/* Conclusion 3. */
	shootdown_notifier_lock(mm);
	unlist(mm->notifiers, subscription);
	shootdown_notifier_unlock(mm);
	/* Conclusion 1; and 2, if it was released by another. */
	if (RULE(unregister_waits))
		shootdown_notifier_synchronize();
	shootdown_mm_drop(mm);
}

/* ---- exit ---- */

static void release_intervals(struct mmu_notifiers *all, struct tlb_mm *mm)
{
	const struct mmu_notifier_range range = {
		.mm = mm,
		.end = ~0ul,
		.flags = MMU_NOTIFIER_RANGE_BLOCKABLE,
		.event = MMU_NOTIFY_RELEASE,
	};

	if (tlb_interval_start(all, &range))
		tlb_interval_end(all, mm);
}

void mmu_notifier_exit(struct tlb_mm *mm)
{
	struct mmu_notifiers *all = mm->notifiers;
	int section;

	if (all->intervals)
		release_intervals(all, mm);
	section = shootdown_notifier_read_lock();
	for (struct mmu_notifier *at = first_of(all); at; at = behind(at))
		release_once(at);
	shootdown_notifier_lock(mm);
	while (all->first)
		unlist(all, all->first);
	shootdown_notifier_unlock(mm);
	shootdown_notifier_read_unlock(section);
	/* Conclusion 2: who unregisters now may be about to call a release. */
	shootdown_notifier_synchronize();
}

/* ---- shared subscriptions ---- */

/* Under the lock: one user more of what is there. */
static int take_one(struct mmu_notifier *subscription)
{
	if (subscription->users == ~0u)
		return MMU_NOTIFIER_OVERFLOW;
	subscription->users++;
	return 0;
}

/* True: *@to says it; or it is NULL, and *@error why. */
static bool get_existing(const struct mmu_notifier_ops *ops, struct tlb_mm *mm, struct mmu_notifier **to, int *error)
{
	struct mmu_notifier *found;

	shootdown_notifier_lock(mm);
	found = mm->notifiers ? find(mm->notifiers, ops) : NULL;
	*error = found ? take_one(found) : 0;
	shootdown_notifier_unlock(mm);
	*to = *error ? NULL : found;
	return found;
}

int mmu_notifier_get(const struct mmu_notifier_ops *ops, struct tlb_mm *mm, struct mmu_notifier **to)
{
	struct mmu_notifier *made;
	int error;

	shootdown_assert(ops->alloc_notifier && ops->free_notifier, "mmu_notifier_get: needs alloc and free");
	if (get_existing(ops, mm, to, &error))
		return error;
	made = ops->alloc_notifier(mm);
	if (!made)
		return MMU_NOTIFIER_NO_MEMORY;
	made->ops = ops;
	error = lock_to_register(mm);
	if (!error) {
		/* Another one may have been faster. */
		*to = find(mm->notifiers, ops);
		if (*to) {
			error = take_one(*to);
		} else {
			enlist(mm->notifiers, made, mm);
			*to = made;
		}
		unlock_registered(mm);
	}
	if (error)
		*to = NULL;
	if (*to != made)
		ops->free_notifier(made);
	return error;
}

static void free_put(shootdown_rcu_t *rcu)
{
	struct mmu_notifier *subscription = (struct mmu_notifier *)(void *)((char *)rcu -
									    offsetof(struct mmu_notifier, rcu));
	struct tlb_mm *mm = subscription->mm;

	subscription->ops->free_notifier(subscription);
	shootdown_mm_drop(mm);
}

void mmu_notifier_put(struct mmu_notifier *subscription)
{
	struct tlb_mm *mm = subscription->mm;
	bool last;

	shootdown_notifier_lock(mm);
	shootdown_assert(subscription->users, "mmu_notifier_put: needs a user");
	last = --subscription->users == 0;
	if (last)
		unlist(mm->notifiers, subscription);
	shootdown_notifier_unlock(mm);
	if (last)
		shootdown_notifier_call(&subscription->rcu, free_put);
}

#endif
