/* SPDX-License-Identifier: MIT */
/*
 * vma_lock.c - the lock of a VMA: readers hold a lock, and what is locked for writing is so by a number.
 *
 *	.vm_lock	of readers as long as they use the VMA; of a writer until he has stored the number; of nobody else for a VMA in no tree
 *	.lock_seq	the number that its mm had when it was last locked for writing
 *	mm.lock_seq	another one from each time on that the mmap lock, held for writing, is dropped or downgraded: one store unlocks all VMAs
 *
 * A reader tries the lock, and looks at the two numbers behind it. A writer, who holds the mmap lock for writing, waits until no reader is
 * left, stores the number, and lets readers in again: they find it.
 *
 *  1. Who had the lock before the writer is waited for; who gets it later finds the number.
 *  2. Who finds that the mm has another number finds the VMA as the last writer left it: a release stores it, an acquire reads it.
 *  3. A VMA that leaves its tree is taken as by a writer who never lets anybody in again; until it is in a tree. So nobody uses what the
 *     VMA was, and there is no flag that a reader would have to look at.
 *
 * Nobody waits for a writer: who does not get in takes the mmap lock, which says more. The numbers are as in Linux since 6.4; that a VMA in no tree
 * cannot be had is as since 6.15, where the lock is a count that is 0 then. Here it is far below 0, so that a reader who tries may add first.
 */
#include <mm/mm.h>

/* mmap lock held for writing. */
bool vma_is_write_locked(const struct vm_area_struct *vma)
{
	return vma->lock_seq == vma->vm_mm->lock_seq;
}

/* ---- readers ---- */

/* With the lock. Of another mm the number says nothing. */
static bool is_readable(struct mm_struct *mm, const struct vm_area_struct *vma)
{
	if (vma->vm_mm != mm)
		return false;
	/* Conclusion 2, an acquire: pairs with vma_end_write_all(). */
	if (RULE(vma_number_checked) && vma->lock_seq == __atomic_load_n(&mm->lock_seq, __ATOMIC_ACQUIRE))
		return false;
	return true;
}

/* True: @vma is a VMA of @mm, and locked against changes of itself. Does not wait. */
static bool vma_try_read(struct mm_struct *mm, struct vm_area_struct *vma)
{
	if (!down_read_trylock(&vma->vm_lock))
		return false;
	if (is_readable(mm, vma))
		return true;
	up_read(&vma->vm_lock);
	return false;
}

/*
 * The VMA of @address, locked against changes of itself; NULL if there is none to be had in this way, because there is none, or because it is
 * being changed: then the mmap lock says which. lock_vma_under_rcu().
 */
struct vm_area_struct *vma_start_read(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = peek_vma(mm, address);

	if (!vma || __atomic_load_n(&vma->tlb.start, __ATOMIC_ACQUIRE) > address || !vma_try_read(mm, vma))
		return NULL;
	if (vma->tlb.start <= address && address < vma->tlb.end)
		return vma;
	up_read(&vma->vm_lock);
	return NULL;
}

void vma_end_read(struct vm_area_struct *vma)
{
	up_read(&vma->vm_lock);
}

/* ---- writers ---- */

/*
 * Odd from here on. No order: a fault without locks asks under the page-table lock of the entry that it changes, and who takes entries away has
 * that lock in between. One that was in no tree is odd already.
 */
static void sequence_begin(struct vm_area_struct *vma)
{
	unsigned int sequence;

	if (mm_globals()->spf && RULE(spf_writers_count)) {
		sequence = __atomic_load_n(&vma->sequence, __ATOMIC_RELAXED);
		__atomic_store_n(&vma->sequence, sequence | 1, __ATOMIC_RELAXED);
	}
}

/* Even again, if it is to be found. A release: who reads the number finds the VMA as it is now. */
static void sequence_end(struct vm_area_struct *vma)
{
	unsigned int sequence;

	if (!mm_globals()->spf || !vma->attached)
		return;
	sequence = __atomic_load_n(&vma->sequence, __ATOMIC_RELAXED);
	__atomic_store_n(&vma->sequence, (sequence + 1) & ~1u, __ATOMIC_RELEASE);
}

/*
 * Until the mmap lock, which is held for writing, is dropped or downgraded. Readers that are in it are waited for; one in no tree has none.
 */
void vma_start_write(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	mmap_assert_write_locked(mm);
	if (vma_is_write_locked(vma))
		return;
	if (vma->attached)
		down_write(&vma->vm_lock);
	sequence_begin(vma);
	vma->lock_seq = mm->lock_seq;
	/* Conclusion 1. */
	if (vma->attached)
		up_write(&vma->vm_lock);
	if (mm_globals()->spf) {
		vma->next_locked = mm->locked;
		mm->locked = vma;
	}
}

/* Of memory that was no VMA before: in no tree. */
struct vm_area_struct *vma_new(struct vm_area_struct *vma)
{
	down_write(&vma->vm_lock);
	return vma;
}

/* Who finds it may have it from here on; and finds the number, as the VMA is new to its tree. */
void vma_mark_attached(struct vm_area_struct *vma)
{
	shootdown_assert(!vma->attached, "vma_mark_attached: of a VMA in no tree");
	vma->attached = true;
	up_write(&vma->vm_lock);
}

/* Conclusion 3. Who has the lock looks at the number, and drops it at once. */
void vma_mark_detached(struct vm_area_struct *vma)
{
	shootdown_assert(vma->attached && vma_is_write_locked(vma),
			 "vma_mark_detached: of a write-locked VMA in a tree");
	vma->attached = false;
	down_write(&vma->vm_lock);
}

/* Of @mm all that vma_start_write() locked, also those that are not in the tree any more. */
void vma_end_write_all(struct mm_struct *mm)
{
	mmap_assert_write_locked(mm);
	for (; mm->locked; mm->locked = mm->locked->next_locked)
		sequence_end(mm->locked);
	/* Conclusion 2, a release: pairs with is_readable(). */
	__atomic_store_n(&mm->lock_seq, mm->lock_seq + 1, __ATOMIC_RELEASE);
}

/* ---- the mmap lock ---- */

void mmap_assert_write_locked(const struct mm_struct *mm)
{
	shootdown_assert(rwsem_is_written(&mm->mmap_lock), "the mmap lock held for writing");
}

void mmap_write_lock(struct mm_struct *mm)
{
	down_write(&mm->mmap_lock);
}

/* In this order: a VMA lock may be held only while the mmap lock is. */
void mmap_write_unlock(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	up_write(&mm->mmap_lock);
}
