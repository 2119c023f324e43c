/* SPDX-License-Identifier: MIT */
/*
 * beyond.c - what is mapped behind the end of a file, where no VMA is, or beyond the rights of its VMA, when nobody runs any more.
 *
 * Truncate has taken away what was there when it began, which the checker holds it to. What a fault maps meanwhile is nobody's
 * promise; but once truncate has returned, nothing of what it has cut off may be there, nor come: the program would go on
 * with a page that the file no longer has. That goes for private copies as well. So it is a property of the tables at the end:
 * no entry of a VMA that maps a file lies behind the file's end. Nor does one lie outside of all VMAs: nobody would take it away. Likewise of
 * rights: mprotect has changed the entries that were there, and none that comes later gives more than the VMA has.
 */
#include <mm/mm.h>
#include <mm/operations.h>

/*
 * What the last level says of @address; of a huge page, what a small entry of its part would say. 0: no table, or nothing. A plain look: all agents
 * have ended.
 */
uint64_t word_at(const struct mm_struct *mm, unsigned long address)
{
	int frame = mm->pgd;

	for (unsigned int level = machine_levels(); level-- > 0 && frame != MACHINE_NO_FRAME;) {
		unsigned int shift = MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level;
		uint64_t word = machine_frame_words(frame)[address >> shift & (MACHINE_TABLE_ENTRIES - 1)];
		int into = address / PAGE_SIZE % MACHINE_TABLE_ENTRIES;

		if (!level)
			return word;
		if (pmd_huge(word))
			return word + ((uint64_t)into << MACHINE_PTE_FRAME_SHIFT);
		frame = pmd_table(word) ? pte_frame(word) : MACHINE_NO_FRAME;
	}
	return 0;
}

static uint64_t mapped_word(const struct mm_struct *mm, unsigned long address)
{
	uint64_t word = word_at(mm, address);

	return pte_present(word) ? word : 0;
}

/* A driver's file has no end that could move. */
static void audit_end(const struct vm_area_struct *vma, struct subject_audit *to)
{
	const struct address_space *file = vma->file;

	if (!file || is_drivers(file))
		return;
	for (unsigned long address = vma->tlb.start; address < vma->tlb.end; address += PAGE_SIZE) {
		unsigned int index = linear_page_index(vma, address);
		uint64_t word = index < file->size ? 0 : mapped_word(vma->vm_mm, address);

		if (word)
			to->finds(to, SUBJECT_MISSED, pte_frame(word),
				  "page %u of %s is mapped, and the file ends before it", index,
				  mm_globals()->setup->files[file - mm_globals()->files].name);
	}
}

static void audit_rights(const struct vm_area_struct *vma, struct subject_audit *to)
{
	for (unsigned long address = vma->tlb.start; address < vma->tlb.end; address += PAGE_SIZE) {
		uint64_t word = mapped_word(vma->vm_mm, address);

		if ((word & MACHINE_PTE_WRITE && !(vma->vm_flags & VM_WRITE)) ||
		    (word & MACHINE_PTE_EXEC && !(vma->vm_flags & VM_EXEC)))
			to->finds(to, SUBJECT_MISSED, pte_frame(word), "the entry of 0x%lx allows more than its VMA",
				  address);
	}
}

void note_kernel_write(const struct page *page)
{
	if (page->anon_vma && __atomic_load_n(&page->mapcount, __ATOMIC_RELAXED) > 1)
		__atomic_store_n(&mm_globals()->seen_by_others, 1 + page->frame, __ATOMIC_RELAXED);
}

/*
 * A page that the kernel writes to by a reference is that of one entry: another address space would see what is written, and the next
 * write of a program would go elsewhere.
 */
static void audit_pins(struct subject_audit *to)
{
	int written = mm_globals()->seen_by_others - 1;

	if (written >= 0)
		to->finds(to, SUBJECT_LOST_WRITE, written,
			  "the kernel has written to a page that several entries shared");
	for (int frame = 0; frame < MACHINE_MAX_FRAMES; frame++) {
		const struct page *page = frame_to_page(frame);

		if (page->state == PAGE_DATA && page->anon_vma && page_maybe_pinned(page) && page->mapcount > 1)
			to->finds(to, SUBJECT_LOST_WRITE, frame, "the kernel writes to a page that %d entries share",
				  page->mapcount);
	}
}

static bool is_in_vma(const struct mm_struct *mm, unsigned long address)
{
	const struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->tlb.end <= address)
		vma = vma->next;
	return vma && vma->tlb.start <= address;
}

/* What @table maps from @base on. */
static void audit_table(const struct mm_struct *mm, int table, unsigned int level, unsigned long base,
			struct subject_audit *to)
{
	const pte_t *entries = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		unsigned long address = base + ((unsigned long)i << (MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level));

		if (!pte_present(entries[i]))
			continue;
		if (level && pmd_table(entries[i]))
			audit_table(mm, pte_frame(entries[i]), level - 1, address, to);
		else if (!is_in_vma(mm, address))
			to->finds(to, SUBJECT_MISSED, pte_frame(entries[i]),
				  "a page is mapped at 0x%lx of %s, where no VMA is", address,
				  mm_globals()->setup->spaces[mm - mm_globals()->mms].name);
	}
}

void audit_beyond(struct subject_audit *to)
{
	audit_pins(to);
	for (unsigned int i = 0; i < mm_globals()->nr_mms; i++) {
		const struct mm_struct *mm = &mm_globals()->mms[i];

		shootdown_assert(!mm->mmap || mm->pgd != MACHINE_NO_FRAME,
				 "audit_beyond: tables as long as there are VMAs");
		for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
			audit_end(vma, to);
			audit_rights(vma, to);
		}
		if (mm->pgd != MACHINE_NO_FRAME)
			audit_table(mm, mm->pgd, machine_levels() - 1, 0, to);
	}
}
