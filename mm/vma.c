/* SPDX-License-Identifier: MIT */
/* vma.c - the VMA tree (here a list by address), its locks, and the file's list of VMAs that map it. */
#include <mm/mm.h>

static unsigned char tlb_flags_of(unsigned int flags, const struct address_space *file)
{
	unsigned char out = flags & VM_EXEC ? TLB_VMA_EXEC : 0;

	if (file && file->kind == FILE_PFN)
		out |= TLB_VMA_PFN;
	if (file && file->kind == FILE_MIXED)
		out |= TLB_VMA_MIXED;
	return out;
}

struct vm_area_struct *vma_create(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int flags,
				  struct address_space *file, unsigned int pgoff)
{
	long nr = machine_atomic_add_return(&the_vm()->nr_vmas, 1) - 1;
	struct vm_area_struct *vma = &the_vm()->vmas[nr];

	shootdown_assert(nr < VM_VMAS, "vma_create: room for another VMA");
	vma->tlb = (struct tlb_vma){
		.mm = &mm->tlb,
		.start = start,
		.end = end,
		.flags = tlb_flags_of(flags, file),
		.page_shift = MACHINE_PAGE_SHIFT,
	};
	machine_store_release(vma->vm_mm, mm);
	vma->vm_flags = flags;
	vma->file = file;
	vma->pgoff = pgoff;
	vma->detached = true;
	return vma;
}

/* Needs the mmap lock, or RCU as vma_start_read() has it. */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	machine_atomic_read(&mm->tree);
	vma = machine_load_acquire(mm->mmap);
	while (vma && machine_load_acquire(vma->tlb.end) <= address)
		vma = machine_load_acquire(vma->next);
	return vma;
}

/* Into the tree; mmap lock held for writing. */
void vma_link(struct vm_area_struct *vma)
{
	struct vm_area_struct **at = &vma->vm_mm->mmap;

	machine_atomic_add_return(&vma->vm_mm->tree, 1);
	while (*at && (*at)->tlb.start < vma->tlb.start)
		at = &(*at)->next;
	machine_store_release(vma->next, *at);
	vma->detached = false;
	machine_store_release(*at, vma);
}

/*
 * The VMA of @address, locked against changes of itself; NULL if there is none. A VMA found may be taken away before its
 * lock is ours: then look again.
 */
struct vm_area_struct *vma_start_read(struct mm_struct *mm, unsigned long address)
{
	for (;;) {
		struct vm_area_struct *vma = vma_lookup(mm, address);

		if (!vma || machine_load_acquire(vma->tlb.start) > address)
			return NULL;
		machine_down_read(&vma->vm_lock);
		if (!vma->detached && vma->tlb.start <= address && address < vma->tlb.end)
			return vma;
		machine_up_read(&vma->vm_lock);
	}
}

void vma_end_read(struct vm_area_struct *vma)
{
	machine_up_read(&vma->vm_lock);
}

void vma_start_write(struct vm_area_struct *vma)
{
	if (vma->write_locked)
		return;
	machine_down_write(&vma->vm_lock);
	vma->write_locked = true;
}

/* Every VMA of @mm that vma_start_write() locked, detached ones included. */
void vma_end_write_all(struct mm_struct *mm)
{
	struct vm *vm = the_vm();

	for (unsigned int i = 0; i < VM_VMAS; i++) {
		struct vm_area_struct *vma = &vm->vmas[i];

		if (machine_load_acquire(vma->vm_mm) != mm || !vma->write_locked)
			continue;
		vma->write_locked = false;
		machine_up_write(&vma->vm_lock);
	}
}

void mmap_write_lock(struct mm_struct *mm)
{
	machine_down_write(&mm->mmap_lock);
}

void mmap_write_unlock(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	machine_up_write(&mm->mmap_lock);
}

/* In ascending order; one that begins where the last one ends continues it. */
void add_range(struct vm_ranges *ranges, unsigned long start, unsigned long end)
{
	shootdown_assert(start < end, "add_range: a range with something in it");
	if (ranges->nr && ranges->range[ranges->nr - 1].end == start) {
		ranges->range[ranges->nr - 1].end = end;
		return;
	}
	shootdown_assert(ranges->nr < VM_RANGES, "add_range: at most VM_RANGES of one call");
	ranges->range[ranges->nr].start = start;
	ranges->range[ranges->nr++].end = end;
}

void vma_link_file(struct vm_area_struct *vma)
{
	struct address_space *file = vma->file;

	if (!file)
		return;
	machine_down_write(&file->i_mmap_rwsem);
	vma->i_mmap_next = file->i_mmap;
	file->i_mmap = vma;
	machine_up_write(&file->i_mmap_rwsem);
}

void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *file = vma->file;
	struct vm_area_struct **at;

	if (!file)
		return;
	machine_down_write(&file->i_mmap_rwsem);
	for (at = &file->i_mmap; *at != vma; at = &(*at)->i_mmap_next)
		;
	*at = vma->i_mmap_next;
	machine_up_write(&file->i_mmap_rwsem);
}
