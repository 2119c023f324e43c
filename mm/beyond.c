/* SPDX-License-Identifier: MIT */
/*
 * beyond.c - what is mapped behind the end of a file, when nobody runs any more.
 *
 * Truncate has taken away what was there when it began, which the checker holds it to. What a fault maps meanwhile is nobody's
 * promise; but once truncate has returned, nothing of what it has cut off may be there, nor come: the program would go on
 * with a page that the file no longer has. That goes for private copies as well. So it is a property of the tables at the end:
 * no entry of a VMA that maps a file lies behind the file's end.
 */
#include <mm/mm.h>
#include <mm/operations.h>

/* A plain look: all agents have ended. MACHINE_NO_FRAME: nothing is mapped there. */
static int mapped_frame(const struct mm_struct *mm, unsigned long address)
{
	int frame = mm->pgd;

	for (unsigned int level = machine_levels(); level-- > 0;) {
		unsigned int shift = MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level;
		uint64_t word = machine_frame_words(frame)[address >> shift & (MACHINE_TABLE_ENTRIES - 1)];

		if (!pte_present(word))
			return MACHINE_NO_FRAME;
		frame = pte_frame(word);
	}
	return frame;
}

/* A driver's file has no end that could move. */
static void audit_vma(const struct vm_area_struct *vma, struct subject_audit *to)
{
	const struct address_space *file = vma->file;

	if (!file || file->kind != FILE_CACHED)
		return;
	for (unsigned long address = vma->tlb.start; address < vma->tlb.end; address += PAGE_SIZE) {
		unsigned int index = linear_page_index(vma, address);
		int frame = index < file->size ? MACHINE_NO_FRAME : mapped_frame(vma->vm_mm, address);

		if (frame != MACHINE_NO_FRAME)
			to->finds(to, SUBJECT_MISSED, frame, "page %u of %s is mapped, and the file ends before it",
				  index, mm_globals()->setup->files[file - mm_globals()->files].name);
	}
}

void audit_beyond(struct subject_audit *to)
{
	for (unsigned int i = 0; i < mm_globals()->nr_mms; i++) {
		const struct mm_struct *mm = &mm_globals()->mms[i];

		shootdown_assert(!mm->mmap || mm->pgd != MACHINE_NO_FRAME,
				 "audit_beyond: tables as long as there are VMAs");
		for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next)
			audit_vma(vma, to);
	}
}
