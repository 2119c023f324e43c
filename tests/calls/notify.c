/* SPDX-License-Identifier: MIT */
/* notify.c - subscribers that keep page tables of their own, or pages: mm/mirror.c, one for each of the first maps, and mm/pins.c. */
#include <tests/calls/calls.h>
#include <tests/calls/notify.h>

static struct mirror *mirror_of(const struct subject_call *call)
{
	if (call->map >= MM_MIRRORS)
		machine_too_big("mirrors", MM_MIRRORS);
	return &mm_globals()->mirrors[call->map];
}

void op_mirror(struct subject_call *call)
{
	mirror_open(mirror_of(call), mm_of(call), call->start, call->end);
}

void op_unmirror(struct subject_call *call)
{
	mirror_close(mirror_of(call));
}

/* One access of the device that walks the mirror of A. */
void op_mirror_load(struct subject_call *call)
{
	call->answered = mirror_load(mirror_of(call), call->start, &call->value);
}

void op_mirror_store(struct subject_call *call)
{
	mirror_store(mirror_of(call), call->start, call->value);
}

/* Who uses the page by its mirror has it moved. */
void op_mirror_migrate(struct subject_call *call)
{
	mirror_migrate(mirror_of(call), call->thread, call->start);
}

/* mm/pins.c: of one page. */
void op_pin_cache(struct subject_call *call)
{
	pins_open(&mm_globals()->pin_cache, mm_of(call), call->start);
}

void op_cached_load(struct subject_call *call)
{
	call->answered = pins_load(&mm_globals()->pin_cache, &call->value);
}

void op_cached_store(struct subject_call *call)
{
	pins_store(&mm_globals()->pin_cache, call->value);
}

/* Something is changed in A, and it does not matter what. */
void op_bracket(struct subject_call *call)
{
	struct mm_struct *mm = mm_of(call);
	struct mmu_notifier_range range;

	down_read(&mm->mmap_lock);
	range_start(&range, MMU_NOTIFY_PROTECTION_PAGE, mm, call->start, call->end);
	range_end(&range);
	up_read(&mm->mmap_lock);
}

/* A is given back while a bracket of B is open as well: two threads at once, in one of the orders that they may have. */
void op_dontneed_beside(struct subject_call *call)
{
	const struct subject_map *other = &mm_globals()->setup->maps[call->to];
	struct mm_struct *mm = mm_of(call);
	struct mmu_notifier_range range, beside;
	struct mmu_gather tlb;

	down_read(&mm->mmap_lock);
	tlb_gather_mmu(&tlb, &mm->tlb);
	range_start(&range, MMU_NOTIFY_CLEAR, mm, call->start, call->end);
	range_start(&beside, MMU_NOTIFY_CLEAR, mm, other->start, other->end);
	unmap_single_vma(&tlb, find_vma(mm, call->start), call->start, call->end);
	range_end(&beside);
	range_end(&range);
	tlb_finish_mmu(&tlb);
	up_read(&mm->mmap_lock);
}

/* Nobody may sleep. */
void op_reap(struct subject_call *call)
{
	oom_reap(mm_of(call));
}

static void age(struct subject_call *call, enum age_how how)
{
	call->answered = true;
	call->value = age_page(mm_of(call), call->start, how);
}

/* 1: A.p was used since the last time. */
void op_age(struct subject_call *call)
{
	age(call, AGE_RECLAIM);
}

void op_idle(struct subject_call *call)
{
	age(call, AGE_IDLE);
}

void op_is_young(struct subject_call *call)
{
	age(call, AGE_LOOK);
}

static int refuse(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	(void)base;
	return mmu_notifier_range_blockable(range) ? 0 : MMU_NOTIFIER_AGAIN;
}

/* Somebody who has to sleep for whatever it is. In the place of a vcpu, of which there is one less then. */
void op_refuse(struct subject_call *call)
{
	static const struct mmu_notifier_ops refusing = { .invalidate_range_start = refuse };
	struct mmu_notifier *base = &mm_globals()->vcpus[MM_VCPUS - 1].base;
	int error;

	base->ops = &refusing;
	error = mmu_notifier_register(base, &mm_of(call)->tlb);
	shootdown_assert(!error, "refuse: of an mm that has users");
}

/* ---- a subscription that several share, counted ---- */

/* In the place of a vcpu each: .bound says that it is had, and .ended is the subscriber's own, under .counts. */
static struct vcpu *slot_of(struct mmu_notifier *base)
{
	return container_of(base, struct vcpu, base);
}

static int shared_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct vcpu *slot = slot_of(base);

	(void)range;
	machine_notified();
	spin_lock(&slot->counts);
	slot->ended++;
	spin_unlock(&slot->counts);
	return 0;
}

static struct mmu_notifier *shared_alloc(struct tlb_mm *mm)
{
	(void)mm;
	for (unsigned int i = 0; i < MM_VCPUS; i++) {
		struct vcpu *slot = &mm_globals()->vcpus[i];

		if (__atomic_exchange_n(&slot->bound, VCPU_REGISTERED, __ATOMIC_ACQUIRE) == VCPU_NEW)
			return &slot->base;
	}
	return NULL;
}

/* Nobody is in a callback any more, so there is no lock. */
static void shared_free(struct mmu_notifier *base)
{
	struct vcpu *slot = slot_of(base);

	slot->ended = 0;
	*base = (struct mmu_notifier){ 0 };
	__atomic_store_n(&slot->bound, VCPU_NEW, __ATOMIC_RELEASE);
}

static const struct mmu_notifier_ops shared_ops = {
	.invalidate_range_start = shared_start,
	.alloc_notifier = shared_alloc,
	.free_notifier = shared_free,
};

/* Of the caller's address space; A is whatever it has. */
void op_get_shared(struct subject_call *call)
{
	struct mmu_notifier *base;
	int error = mmu_notifier_get(&shared_ops, &mm_of(call)->tlb, &base);

	shootdown_assert(!error, "get-shared: of an mm that has users, with memory for two");
	*call->page_taken = base;
}

/* Which of them it is. */
void op_which_shared(struct subject_call *call)
{
	call->answered = true;
	call->value = (uint64_t)(slot_of(*call->page_taken) - mm_globals()->vcpus);
}

void op_put_shared(struct subject_call *call)
{
	shootdown_assert(__atomic_load_n(&slot_of(*call->page_taken)->bound, __ATOMIC_RELAXED) == VCPU_REGISTERED,
			 "put-shared: of a subscription that was not given back");
	mmu_notifier_put(*call->page_taken);
	*call->page_taken = NULL;
}

void op_exit(struct subject_call *call)
{
	task_exit(call->thread);
}
