/* SPDX-License-Identifier: MIT */
/*
 * notify.c - those who keep page tables of their own, made from a process's: the brackets that tell them of changes, and the library's hooks for them.
 *
 * A bracket is open under the mmap lock, a VMA's, or that of a reverse map, a file's or of anonymous pages: whichever of them keeps the VMA
 * where it is. Who registers takes all of them, so he waits for brackets that are open, and none begins meanwhile. A fault with none of these locks
 * (spf.c) has one that is there for this alone, .bracket_lock: mmu_notifier_lock of the series of Michel Lespinasse (2022).
 */
#include <mm/hugetlb.h>
#include <mm/mm.h>

/* ---- brackets ---- */

/* Is there anybody to be told? The answer is the same at both ends of a bracket, as it is under the same lock. */
static bool is_told(const struct tlb_mm *mm)
{
	/* One place for start and end: an end alone would be one too many. */
	return mm_has_notifiers(mm) && RULE(change_told);
}

static void start_now(struct mmu_notifier_range *range)
{
	if (is_told(range->mm))
		mmu_notifier_invalidate_range_start(range);
}

void range_start(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
		 unsigned long start, unsigned long end)
{
	mmu_notifier_range_init(range, event, &mm->tlb, start, end);
	start_now(range);
}

/* @owner has asked for that, and knows; the others are told as ever. */
void range_start_owned(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
		       unsigned long start, unsigned long end, void *owner)
{
	mmu_notifier_range_init_owner(range, event, &mm->tlb, start, end, owner);
	start_now(range);
}

bool range_start_nonblock(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
			  unsigned long start, unsigned long end)
{
	mmu_notifier_range_init(range, event, &mm->tlb, start, end);
	return !is_told(&mm->tlb) || !mmu_notifier_invalidate_range_start_nonblock(range);
}

void range_end(struct mmu_notifier_range *range)
{
	if (is_told(range->mm))
		mmu_notifier_invalidate_range_end(range);
}

/* What of [start, end) is in @vma, and what may change with it; false: nothing. */
bool vma_range_start(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct vm_area_struct *vma,
		     unsigned long start, unsigned long end)
{
	if (start < vma->tlb.start)
		start = vma->tlb.start;
	if (end > vma->tlb.end)
		end = vma->tlb.end;
	if (start >= end)
		return false;
	hugetlb_widen(vma, &start, &end);
	range_start(range, event, vma->vm_mm, start, end);
	return true;
}

/* ---- the library's hooks ---- */

struct mmu_notifiers *shootdown_notifiers(struct tlb_mm *mm)
{
	return &mm_of_tlb(mm)->notifiers;
}

void shootdown_mm_grab(struct tlb_mm *mm)
{
	mmgrab(mm_of_tlb(mm));
}

void shootdown_mm_drop(struct tlb_mm *mm)
{
	mmdrop(mm_of_tlb(mm));
}

/* The lock of the @i-th reverse map of all that there are, files' first: NULL, if no VMA of @mm is in it. mmap lock held for writing. */
static struct rw_semaphore *rmap_lock(const struct mm_struct *mm, unsigned int i)
{
	struct mm_globals *globals = mm_globals();
	struct address_space *file = i < globals->nr_files ? &globals->files[i] : NULL;
	struct anon_vma *anon = file ? NULL : &globals->mms[i - globals->nr_files].anon_vma;

	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
		if (file && vma->file == file)
			return &file->i_mmap_rwsem;
		if (anon && vma->anon_vma == anon)
			return &anon->rwsem;
	}
	return NULL;
}

static unsigned int nr_rmaps(void)
{
	return mm_globals()->nr_files + mm_globals()->nr_mms;
}

/* mm_take_all_locks(). The caller's user of @mm keeps exit away. */
int shootdown_mm_lock_all(struct tlb_mm *tlb)
{
	struct mm_struct *mm = mm_of_tlb(tlb);

	mmap_write_lock(mm);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next)
		vma_start_write(vma);
	for (unsigned int i = 0; i < nr_rmaps(); i++) {
		struct rw_semaphore *lock = rmap_lock(mm, i);

		if (lock)
			down_write(lock);
	}
	if (mm_globals()->spf)
		down_write(&mm->bracket_lock);
	return 0;
}

void shootdown_mm_unlock_all(struct tlb_mm *tlb)
{
	struct mm_struct *mm = mm_of_tlb(tlb);

	if (mm_globals()->spf)
		up_write(&mm->bracket_lock);
	for (unsigned int i = 0; i < nr_rmaps(); i++) {
		struct rw_semaphore *lock = rmap_lock(mm, i);

		if (lock)
			up_write(lock);
	}
	mmap_write_unlock(mm);
}

/* Readers of this kernel's RCU are counted, and may sleep. */
int shootdown_notifier_read_lock(void)
{
	rcu_read_lock(&mm_globals()->rcu);
	return 0;
}

void shootdown_notifier_read_unlock(int section)
{
	(void)section;
	rcu_read_unlock(&mm_globals()->rcu);
}

void shootdown_notifier_synchronize(void)
{
	synchronize_rcu(&mm_globals()->rcu);
}

void shootdown_notifier_call(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	call_rcu(&mm_globals()->rcu, rcu, fn);
}

void shootdown_notifier_lock(struct tlb_mm *mm)
{
	spin_lock(&mm_of_tlb(mm)->notifier_lock);
}

void shootdown_notifier_unlock(struct tlb_mm *mm)
{
	spin_unlock(&mm_of_tlb(mm)->notifier_lock);
}

/* The word is what is waited for, so nobody has to be woken. */
void shootdown_notifier_wait(struct tlb_mm *mm, const unsigned long *word, unsigned long value)
{
	(void)mm;
	do {
		machine_wait(word, MACHINE_NOT_EQUAL, (long)value);
	} while (__atomic_load_n(word, __ATOMIC_RELAXED) == value);
}

void shootdown_notifier_wake(struct tlb_mm *mm)
{
	(void)mm;
}
