/* SPDX-License-Identifier: MIT */
/*
 * secondary.c - who walks an address space's tables besides CPUs, and is told what its flushes tell those.
 *
 * Why it is complete (ORD-9). A notifier is in the list before its TLB makes its first walk, with a full barrier between, and the list is read behind the
 * fence of the flush (ORD-1): as with the mask of CPUs, the flush finds the notifier or the walk finds the change. One that is not found any more has left behind its
 * last access, as a CPU has that left the mask (ORD-3).
 *
 * The list is read several times, to tell and to wait. Who has come in between has nothing to wait for, and who has left has waited.
 */
#include <shootdown/tlb_notifier.h>
#include "../internal.h"

/* An acquire: pairs with the release in tlb_notifier_register(), and with the one in tlb_notifier_unregister(). */
static struct tlb_notifier *tlb_next_secondary(struct tlb_notifier *const *link)
{
	return __atomic_load_n(link, __ATOMIC_ACQUIRE);
}

/* Whom, and in which round: a TLB; or what is filled from it, and nothing where nothing is. */
struct tlb_told {
	struct tlb_notifier *notifier;
	bool filled;
};

static bool tlb_is_told(const struct tlb_told *to)
{
	const struct tlb_notifier_ops *ops = to->notifier->ops;

	return !to->filled || (ops->fills && ops->fills(to->notifier));
}

static bool tlb_tell_range(const struct tlb_flush *range, void *told)
{
	const struct tlb_told *to = told;
	const struct tlb_notifier_ops *ops = to->notifier->ops;

	(to->filled ? ops->invalidate_filled : ops->invalidate)(to->notifier, range);
	shootdown_count(TLB_COUNT_COMMANDS, 1);
	return true;
}

static void tlb_tell_one(const struct tlb_flush *flush, struct tlb_told *to)
{
	shootdown_count(TLB_COUNT_INVALIDATIONS, 1);
	if (flush->nr_ranges)
		tlb_each_range(flush, tlb_tell_range, to);
	else
		tlb_tell_range(flush, to);
}

static void tlb_sync_one(struct tlb_notifier *notifier)
{
	if (RULE(secondary_sync)) {
		notifier->ops->sync(notifier);
		shootdown_count(TLB_COUNT_COMMAND_SYNCS, 1);
	}
}

/* All of @flush, or, with NULL, the wait for it. True: there was somebody. */
static bool tlb_each_secondary(const struct tlb_mm *mm, const struct tlb_flush *flush, bool filled)
{
	unsigned long section = shootdown_read_lock();
	bool some = false;

	for (struct tlb_notifier *n = tlb_next_secondary(&mm->secondary); n; n = tlb_next_secondary(&n->next)) {
		struct tlb_told to = { n, filled };

		if (!tlb_is_told(&to))
			continue;
		some = true;
		if (flush)
			tlb_tell_one(flush, &to);
		else
			tlb_sync_one(n);
	}
	shootdown_read_unlock(section);
	return some;
}

void tlb_secondary_issue(struct tlb_flush *flush)
{
	if (RULE(flush_notifies))
		tlb_each_secondary(flush->mm, flush, false);
	flush->notified = true;
}

/* CPUs have been waited for: a TLB that follows broadcasts has nothing left to fill another cache from. */
void tlb_secondary_wait(struct tlb_flush *flush)
{
	flush->notified = false;
	if (RULE(filled_behind))
		tlb_each_secondary(flush->mm, NULL, false);
	if (RULE(filled_told) && tlb_each_secondary(flush->mm, flush, true))
		tlb_each_secondary(flush->mm, NULL, true);
}

void tlb_notifier_register(struct tlb_notifier *notifier, struct tlb_mm *mm)
{
	notifier->mm = mm;
	/* Nobody else changes the list. */
	__atomic_store_n(&notifier->next, __atomic_load_n(&mm->secondary, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	/* ORD-9, a release: who finds it finds what stands in it. */
	__atomic_store_n(&mm->secondary, notifier, __ATOMIC_RELEASE);
	/* ORD-9, a full barrier: pairs with the fence of a flush, as in tlb_mm_enter(). */
	if (RULE(notifier_before_walks))
		shootdown_fence_tables();
}

void tlb_notifier_unregister(struct tlb_notifier *notifier)
{
	struct tlb_notifier **link = &notifier->mm->secondary, *at;

	while ((at = __atomic_load_n(link, __ATOMIC_RELAXED)) != notifier) {
		shootdown_assert(at, "tlb_notifier_unregister: needs one that is registered");
		link = &at->next;
	}
	/* ORD-9, a release: its TLB is empty, for who does not find it. Who is at it goes on behind it. */
	at = __atomic_load_n(&notifier->next, __ATOMIC_RELAXED);
	__atomic_store_n(link, at, __ATOMIC_RELEASE);
	if (RULE(unlink_waits))
		shootdown_sync_walkers();
}

/* Whatever of them, as it is rare. What is filled from a TLB has no paths to tables. */
void tlb_notify_kernel_tables(struct tlb_notifier *notifier)
{
	static const struct tlb_flush everything = { .all = true, .tables = true, .exec = true };
	struct tlb_told to = { notifier, false };

	if (!shootdown_arch()->secondary_walks_kernel)
		return;
	/* A wait is for what this CPU has started. */
	shootdown_pin();
	if (RULE(kernel_tables_told)) {
		shootdown_count(TLB_COUNT_INVALIDATIONS, 1);
		tlb_tell_range(&everything, &to);
		tlb_sync_one(notifier);
	}
	shootdown_unpin();
}

static void tlb_tell_upgrade(struct tlb_flush *flush)
{
	shootdown_pin();
	/* ORD-1: a walk that comes behind the command, or behind the list without its notifier, finds what the entry says now. */
	if (RULE(fence_before_upgrade))
		shootdown_fence_tables();
	/* What follows broadcasts is told by one, as nobody puts anything into its queue. */
	if (tlb_has_secondary(flush->mm) && shootdown_arch()->secondary_snoops &&
	    shootdown_arch()->reach != TLB_REACH_IPI) {
		tlb_flush_issue(flush);
		tlb_flush_wait(flush);
	} else if (tlb_has_secondary(flush->mm)) {
		tlb_secondary_issue(flush);
		tlb_secondary_wait(flush);
	}
	shootdown_unpin();
}

void tlb_notify_upgrade(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	struct tlb_flush flush = {
		.mm = vma->mm,
		.start = start,
		.end = end,
		.exec = vma->flags & TLB_VMA_EXEC,
		.huge = vma->flags & TLB_VMA_HUGE,
		.stride_shift = vma->page_shift,
	};

	shootdown_assert(start < end, "tlb_notify_upgrade: needs a range");
	/* Second place of the rule: an entry that is in no gather. */
	if (shootdown_arch()->secondary_sticky && RULE(upgrade_notifies))
		tlb_tell_upgrade(&flush);
}
