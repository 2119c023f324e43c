/* SPDX-License-Identifier: MIT */
/*
 * anon.c - the reverse map of anonymous pages: the VMAs that may map them, of an address space and of all that fork() has made from it.
 *
 * A VMA of private memory is in one list, that of the address space whose mmap() made it. Whoever copies the VMA (fork, mremap, a split) puts the copy into
 * the same list, so a page is found wherever an entry of it can have come to: page.anon_vma is the list, page.index the place in each VMA of it that has
 * such a place. Linux has a tree of lists (struct anon_vma_chain), so that what a child has copied on write is not looked for in its
 * parent; and its root has the one lock of all of them, which here is the list's.
 *
 *  1. A VMA is in the list from before its first entry until after its last one. Its tables are freed when it is out (free_pgtables()).
 *  2. A copy stands behind its original. Entries go from the one to the other, never back; so who walks the list meets each of them, be it at the
 *     original before it was copied or moved, or at the copy.
 *  3. Where a VMA begins and ends, which place its pages have, and how an entry is to be flushed changes under the lock for writing. So does the way to its last
 *     tables, where somebody takes it away for a while and may hang it up again (collapse.c, mremap.c).
 *
 * The list stays for as long as address spaces do, which here are not given back; Linux counts who refers to it.
 */
#include <mm/mm.h>

/* Where the anonymous pages of a new VMA are looked for. NULL: it has none. */
struct anon_vma *anon_vma_of(struct mm_struct *mm, unsigned int flags, const struct address_space *file)
{
	return file && flags & VM_SHARED ? NULL : &mm->anon_vma;
}

void anon_vma_lock_write(const struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		down_write(&vma->anon_vma->rwsem);
}

void anon_vma_unlock_write(const struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		up_write(&vma->anon_vma->rwsem);
}

/* Locked. */
static void insert(struct vm_area_struct *vma, struct vm_area_struct **at)
{
	shootdown_assert(rwsem_is_written(&vma->anon_vma->rwsem), "anon_vma_link: under its lock");
	shootdown_assert(!vma->in_anon_vma, "anon_vma_link: once");
	vma->anon_next = *at;
	*at = vma;
	vma->in_anon_vma = true;
}

/* The lock is held for writing, if there is a list. */
void __anon_vma_link(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		insert(vma, &vma->anon_vma->vmas);
}

void anon_vma_link(struct vm_area_struct *vma)
{
	anon_vma_lock_write(vma);
	__anon_vma_link(vma);
	anon_vma_unlock_write(vma);
}

/* Conclusion 2. Into the list of @older, of which it is a copy. anon_vma_fork(), and anon_vma_clone() for mremap(). */
void anon_vma_clone(struct vm_area_struct *vma, struct vm_area_struct *older)
{
	struct vm_area_struct **at;

	vma->anon_vma = older->anon_vma;
	if (!vma->anon_vma)
		return;
	anon_vma_lock_write(vma);
	shootdown_assert(older->in_anon_vma, "anon_vma_clone: behind a VMA in the list");
	at = &vma->anon_vma->vmas;
	/* Second place of the rule: the first is of files. */
	if (RULE(copy_behind_original))
		at = &older->anon_next;
	insert(vma, at);
	anon_vma_unlock_write(vma);
}

/* On return nobody is looking at the VMA that found it from a page, and nobody will. Nothing if it is out already; .in_anon_vma as .in_i_mmap. */
void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct vm_area_struct **at;

	if (!vma->in_anon_vma)
		return;
	anon_vma_lock_write(vma);
	for (at = &vma->anon_vma->vmas; *at != vma; at = &(*at)->anon_next)
		shootdown_assert(*at, "unlink_anon_vmas: of a VMA in its list");
	*at = vma->anon_next;
	vma->in_anon_vma = false;
	anon_vma_unlock_write(vma);
}
