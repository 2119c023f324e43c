/* SPDX-License-Identifier: MIT */
/*
 * vma.c - the VMA tree (here a list by address), its locks, and the file's list of VMAs that map it.
 *
 * Who finds a VMA, and what keeps it:
 *	under the mmap lock	find_vma(): the tree does not change, and no VMA in it is given back
 *	under a file's lock	i_mmap: a VMA leaves it before it is given back
 *	under neither		vma_start_read(), below
 *
 * A lookup without a lock may walk from VMA to VMA while they are taken out of the tree, given back and used again, also
 * for another address space. Three things make that right, as in Linux since its VMAs are SLAB_TYPESAFE_BY_RCU:
 *   1. A VMA stays a VMA: its lock and the fields that lead on can be read at any time.
 *   2. Nobody gets its lock from before it leaves the tree until it is in one again. Whoever gets it has a VMA of some tree, and
 *      checks that it is the right one (vma_lock.c).
 *   3. "Not found" proves nothing. Whoever needs to know takes the mmap lock (fault_under_mmap_lock()).
 *
 * What such a lookup reads is stored whole, and read so: .start, .end and .next of a VMA, and where a tree begins.
 */
#include <mm/mm.h>

/* ---- to be had, and given back ---- */

/*
 * What the gather asks of a VMA (tlb_update_vma_flags() of Linux): may code be held from here, and
 * does it map pages without references.
 */
static unsigned char tlb_flags_of(unsigned int flags, const struct address_space *file)
{
	unsigned char out = flags & VM_EXEC ? TLB_VMA_EXEC : 0;

	if (file && file->kind == FILE_PFN)
		out |= TLB_VMA_PFN;
	if (file && file->kind == FILE_MIXED)
		out |= TLB_VMA_MIXED;
	if (file && file->kind == FILE_HUGETLB)
		out |= TLB_VMA_HUGE; /* what is contiguous is mapped by small entries, and flushed as such */
	return out;
}

/*
 * One that was given back, or one that nobody has had yet. Taken again at once, without a grace
 * period, which is why a lookup without a lock may meet it in another tree.
 */
static struct vm_area_struct *vma_alloc(struct mm_globals *globals)
{
	struct vm_area_struct *vma;

	spin_lock(&globals->vma_pool);
	vma = globals->free_vmas;
	if (vma)
		globals->free_vmas = vma->next_free;
	else if (globals->nr_vmas < MM_VMAS)
		vma = vma_new(&globals->vmas[globals->nr_vmas++]);
	spin_unlock(&globals->vma_pool);
	if (!vma)
		machine_too_big("VMAs", MM_VMAS);
	return vma;
}

/*
 * Not in the tree, nor in the reverse map. Fields that lead on are stored whole: somebody who looks for what this VMA was
 * in an earlier life may be reading them.
 */
struct vm_area_struct *vma_create(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int flags,
				  struct address_space *file, unsigned int pgoff)
{
	struct vm_area_struct *vma = vma_alloc(mm_globals());

	shootdown_assert(start < end && !(start & ~PAGE_MASK) && !(end & ~PAGE_MASK), "vma_create: whole pages");
	vma->tlb.mm = &mm->tlb;
	vma->tlb.flags = tlb_flags_of(flags, file);
	vma->tlb.page_shift = file && file->kind == FILE_HUGETLB ? HUGE_PAGE_SHIFT : MACHINE_PAGE_SHIFT;
	__atomic_store_n(&vma->tlb.start, start, __ATOMIC_RELEASE);
	__atomic_store_n(&vma->tlb.end, end, __ATOMIC_RELEASE);
	vma->vm_mm = mm;
	vma->vm_flags = flags;
	vma->leaves = false;
	vma->file = file;
	vma->anon_vma = anon_vma_of(mm, flags, file);
	vma->pgoff = file ? pgoff : (unsigned int)(start / PAGE_SIZE);
	/* Not locked: no mm is at this number, but after 4 billion locks, and then a fault takes the mmap lock once. */
	vma->lock_seq = ~0u;
	return vma;
}

static void to_pool(struct vm_area_struct *vma)
{
	struct mm_globals *globals = mm_globals();

	spin_lock(&globals->vma_pool);
	vma->next_free = globals->free_vmas;
	globals->free_vmas = vma;
	spin_unlock(&globals->vma_pool);
}

static void vma_free_rcu(struct rcu_head *rcu)
{
	to_pool(container_of(rcu, struct vm_area_struct, rcu));
}

/*
 * Out of the tree, its entries and tables gone. Somebody may still come to it, and does not get its lock; or does, once it is in another tree.
 */
void vma_free(struct vm_area_struct *vma)
{
	struct mm_globals *globals = mm_globals();

	shootdown_assert(!vma->attached, "vma_free: out of the tree");
	/* Second place: free_pgtables() has done it, unless it is asked to leave it out. */
	unlink_anon_vmas(vma);
	unlink_file_vma(vma);
	/* Who faults without locks may have found it, and reads what it maps. */
	if (globals->spf && RULE(spf_vma_grace)) {
		call_rcu(&globals->rcu, &vma->rcu, vma_free_rcu);
		return;
	}
	to_pool(vma);
}

/* ---- the tree ---- */

/*
 * The first VMA that ends above @address. mmap lock held. Its start may be above @address: the
 * caller asks. A list here, a maple tree in Linux; what counts is who may change it when.
 */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->tlb.end <= address)
		vma = vma->next;
	return vma;
}

/*
 * Without any lock: something that ended above @address and was a VMA of @mm a moment ago, or of another mm a moment later.
 * Who finds a VMA finds what it was linked with: an acquire each, for the releases below.
 *
 * mas_walk() under rcu_read_lock() in lock_vma_under_rcu(). Nothing that it finds is relied on
 * before vma_start_read() has looked again under the lock.
 */
struct vm_area_struct *peek_vma(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = __atomic_load_n(&mm->mmap, __ATOMIC_ACQUIRE);

	while (vma && __atomic_load_n(&vma->tlb.end, __ATOMIC_ACQUIRE) <= address)
		vma = __atomic_load_n(&vma->next, __ATOMIC_ACQUIRE);
	return vma;
}

struct vm_area_struct *vma_peek_first(const struct mm_struct *mm)
{
	return __atomic_load_n(&mm->mmap, __ATOMIC_ACQUIRE);
}

struct vm_area_struct *vma_peek_next(const struct vm_area_struct *vma)
{
	return __atomic_load_n(&vma->next, __ATOMIC_ACQUIRE);
}

/* Into the tree; mmap lock held for writing, VMA write-locked. */
void vma_link(struct vm_area_struct *vma)
{
	struct vm_area_struct **at = &vma->vm_mm->mmap;

	while (*at && (*at)->tlb.start < vma->tlb.start)
		at = &(*at)->next;
	vma_mark_attached(vma);
	__atomic_store_n(&vma->next, *at, __ATOMIC_RELEASE);
	__atomic_store_n(at, vma, __ATOMIC_RELEASE);
}

/*
 * The VMAs from *@from up to, not including, @after leave the tree; they stay chained by .next. mmap lock held for writing,
 * each of them write-locked.
 */
void vma_unlink(struct mm_struct *mm, struct vm_area_struct **from, struct vm_area_struct *after)
{
	mmap_assert_write_locked(mm);
	for (struct vm_area_struct *vma = *from; vma != after; vma = vma->next)
		vma_mark_detached(vma);
	__atomic_store_n(from, after, __ATOMIC_RELEASE);
}

/* Who finds it in the tree finds it with either its old range or its new one. mmap lock held for writing, VMA write-locked. */
void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	mmap_assert_write_locked(vma->vm_mm);
	shootdown_assert(vma_is_write_locked(vma) && start < end, "vma_set_range: of a write-locked VMA");
	__atomic_store_n(&vma->tlb.start, start, __ATOMIC_RELEASE);
	__atomic_store_n(&vma->tlb.end, end, __ATOMIC_RELEASE);
}

/* As vma_set_flags(), below, by who has the lock of its file for writing, if it has one. */
void __vma_set_flags(struct vm_area_struct *vma, unsigned int flags, unsigned int entries)
{
	unsigned char now = tlb_flags_of(flags | entries, vma->file);

	mmap_assert_write_locked(vma->vm_mm);
	/* Relaxed: who reads it without a lock is at an entry that this has still to come to (spf.c). */
	__atomic_store_n(&vma->vm_flags, flags, __ATOMIC_RELAXED);
	/* Who comes from an anonymous page reads nothing else of it. */
	if (now != vma->tlb.flags) {
		anon_vma_lock_write(vma);
		vma->tlb.flags = now;
		anon_vma_unlock_write(vma);
	}
}

/*
 * @entries: the flags under which its entries were made, which a flush goes by; those that are made from here on are made under @flags
 * as well. VMA write-locked. The reverse map's lock for whoever comes by it, who takes neither of the other two.
 */
void vma_set_flags(struct vm_area_struct *vma, unsigned int flags, unsigned int entries)
{
	struct address_space *file = vma->file;

	if (file)
		down_write(&file->i_mmap_rwsem);
	__vma_set_flags(vma, flags, entries);
	if (file)
		up_write(&file->i_mmap_rwsem);
}

/* ---- ranges ---- */

/* In ascending order; one that begins where the last one ends continues it. */
void add_range(struct mm_ranges *ranges, unsigned long start, unsigned long end)
{
	if (ranges->nr && ranges->range[ranges->nr - 1].end == start)
		ranges->range[ranges->nr - 1].end = end;
	else
		add_range_of(ranges, NULL, start, end);
}

/* In any order: those of a reverse map are. */
void add_range_of(struct mm_ranges *ranges, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	shootdown_assert(start < end, "add_range_of: a range with something in it");
	shootdown_assert(ranges->nr < MM_RANGES, "add_range_of: at most MM_RANGES of one call");
	ranges->range[ranges->nr].mm = mm;
	ranges->range[ranges->nr].start = start;
	ranges->range[ranges->nr++].end = end;
}

/* ---- the reverse map of files ---- */

/* i_mmap_rwsem held for writing. */
void __vma_link_file(struct vm_area_struct *vma)
{
	shootdown_assert(!vma->in_i_mmap, "vma_link_file: once");
	shootdown_assert(rwsem_is_written(&vma->file->i_mmap_rwsem), "vma_link_file: under its lock");
	vma->i_mmap_next = vma->file->i_mmap;
	vma->file->i_mmap = vma;
	vma->in_i_mmap = true;
}

/* From here on who looks for mappings of the file finds the VMA. */
void vma_link_file(struct vm_area_struct *vma)
{
	struct address_space *file = vma->file;

	if (!file)
		return;
	down_write(&file->i_mmap_rwsem);
	__vma_link_file(vma);
	up_write(&file->i_mmap_rwsem);
}

/*
 * Behind @older, of which it is a copy. Who walks the list from VMA to VMA, and takes entries away, comes to the copy last: what was
 * copied from an entry that stood there before is found.
 */
void vma_link_file_after(struct vm_area_struct *vma, struct vm_area_struct *older)
{
	struct address_space *file = vma->file;
	struct vm_area_struct **at;

	if (!file)
		return;
	down_write(&file->i_mmap_rwsem);
	shootdown_assert(older->in_i_mmap, "vma_link_file_after: behind a VMA in the list");
	at = &file->i_mmap;
	/* First place of the rule: the second is of anonymous pages. */
	if (RULE(copy_behind_original))
		at = &older->i_mmap_next;
	vma->i_mmap_next = *at;
	*at = vma;
	vma->in_i_mmap = true;
	up_write(&file->i_mmap_rwsem);
}

/*
 * On return nobody is looking at the VMA that found it through its file, and nobody will. Nothing
 * if it is out already. .in_i_mmap is read without the lock: only who takes the VMA out of the tree
 * changes it, and that is the caller.
 */
void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *file = vma->file;
	struct vm_area_struct **at;

	if (!vma->in_i_mmap)
		return;
	down_write(&file->i_mmap_rwsem);
	for (at = &file->i_mmap; *at != vma; at = &(*at)->i_mmap_next)
		shootdown_assert(*at, "unlink_file_vma: of a VMA in its file's list");
	*at = vma->i_mmap_next;
	vma->in_i_mmap = false;
	up_write(&file->i_mmap_rwsem);
}
