/* SPDX-License-Identifier: MIT */
/*
 * shared.c - one subscription a process, for whoever of it wants one: made by the first, counted, and given back when the last has let go and nobody is
 * in a callback any more.
 *
 * As the drivers of Linux that have mmu_notifier_get(): drivers/misc/sgi-gru/grutlbpurge.c, IOMMU SVA.
 */
#include <mm/mm.h>

static struct shared_notifier *shared_of(struct mmu_notifier *base)
{
	return container_of(base, struct shared_notifier, base);
}

static int shared_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct shared_notifier *shared = shared_of(base);

	(void)range;
	machine_notified();
	spin_lock(&shared->counts);
	shared->heard++;
	spin_unlock(&shared->counts);
	return 0;
}

/* NULL: all are taken, or wait for callbacks to end. */
static struct mmu_notifier *shared_alloc(struct tlb_mm *mm)
{
	struct shared_notifier *found = NULL;

	(void)mm;
	spin_lock(&mm_globals()->shared_pool);
	for (unsigned int i = 0; i < MM_SHARED && !found; i++) {
		if (!mm_globals()->shared[i].taken)
			found = &mm_globals()->shared[i];
	}
	if (found)
		found->taken = true;
	spin_unlock(&mm_globals()->shared_pool);
	return found ? &found->base : NULL;
}

/* Nobody is in a callback any more, so its own lock is not taken. */
static void shared_free(struct mmu_notifier *base)
{
	struct shared_notifier *shared = shared_of(base);

	shared->heard = 0;
	*base = (struct mmu_notifier){ 0 };
	spin_lock(&mm_globals()->shared_pool);
	shared->taken = false;
	spin_unlock(&mm_globals()->shared_pool);
}

static const struct mmu_notifier_ops shared_ops = {
	.invalidate_range_start = shared_start,
	.alloc_notifier = shared_alloc,
	.free_notifier = shared_free,
};

/* That of @mm, of which the caller, @task, is a thread; *@number: which one it is, of all. One that it has it keeps. False: there is no memory for one. */
bool shared_get(struct task *task, struct mm_struct *mm, uint64_t *number)
{
	if (!task->shared && mmu_notifier_get(&shared_ops, &mm->tlb, &task->shared))
		return false;
	*number = (uint64_t)(shared_of(task->shared) - mm_globals()->shared);
	return true;
}

/* Nothing for a thread that has none. */
void shared_put(struct task *task)
{
	if (!task->shared)
		return;
	shootdown_assert(task->shared->mm, "shared_put: of a subscription that was not given back");
	mmu_notifier_put(task->shared);
	task->shared = NULL;
}
