/* SPDX-License-Identifier: MIT */
/*
 * refuse.c - a subscriber that has to sleep for whatever it is told: who may not wait for it is refused, and so are those who were told before it.
 *
 * Drivers of Linux that take a mutex in invalidate_range_start() answer -EAGAIN where mmu_notifier_range_blockable() says no; the killer of a program that
 * is out of memory (oom.c) leaves the range alone then.
 */
#include <mm/mm.h>

static int refuse_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	(void)base;
	return mmu_notifier_range_blockable(range) ? 0 : MMU_NOTIFIER_AGAIN;
}

static const struct mmu_notifier_ops refuse_ops = { .invalidate_range_start = refuse_start };

/* From here on, until @mm has ended; one is as good as two. The caller is a thread of @mm. */
void refuser_register(struct mm_struct *mm)
{
	struct refuser *refuser = &mm_globals()->refusers[mm - mm_globals()->mms];
	int error;

	if (__atomic_exchange_n(&refuser->asked, 1, __ATOMIC_RELAXED))
		return;
	refuser->base.ops = &refuse_ops;
	error = mmu_notifier_register(&refuser->base, &mm->tlb);
	shootdown_assert(!error, "refuser_register: of an mm that has users");
}
