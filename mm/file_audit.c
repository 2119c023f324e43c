/* SPDX-License-Identifier: MIT */
/* file_audit.c - what the tables say of pages of files, when nobody runs any more: none is dirty unseen, and each is counted right. */
#include <mm/hugetlb.h>
#include <mm/operations.h>

/* What the page tables say of a frame. */
struct mappings {
	long entries;
	bool dirty; /* one of them knows that it was written to */
};

/* Reads the tables plainly: asked at the end, when nobody runs. */
static void count_mappings(int table, unsigned int level, int frame, struct mappings *found)
{
	const pte_t *entries = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = entries[i];
		int target = pte_frame(word);

		if (!pte_present(word))
			continue;
		/* A huge page of a file is known by its first frame. */
		if (level && pmd_table(word)) {
			count_mappings(target, level - 1, frame, found);
		} else if (target == frame) {
			found->entries++;
			found->dirty |= (word & MACHINE_PTE_DIRTY) != 0;
		}
	}
}

/*
 * A dirty bit that is still in an entry is not lost: writeback would find it (folio_mkclean()). A
 * map count that is too high would keep the page from ever being found unmapped.
 */
static void audit_page(const struct address_space *file, unsigned int index, const char *name,
		       struct subject_audit *audit)
{
	const struct page *page = file->pages[index];
	uint64_t value = *machine_frame_words(page->frame), disk = file->disk[index];
	struct mappings found = { 0 };

	for (unsigned int i = 0; i < mm_globals()->nr_mms; i++) {
		/* One whose threads have ended, and in which no CPU is lazy, has no tables any more. */
		if (mm_globals()->mms[i].pgd != MACHINE_NO_FRAME)
			count_mappings(mm_globals()->mms[i].pgd, machine_levels() - 1, page->frame, &found);
	}
	if (!is_hugetlb_file(file) && !page->dirty && !found.dirty && value != disk)
		audit->finds(audit, SUBJECT_LOST_WRITE, page->frame,
			     "%s.%u holds %llu, its disk block %llu, and nothing says that it is dirty", name, index,
			     (unsigned long long)value, (unsigned long long)disk);
	if (page->mapcount > found.entries)
		audit->finds(audit, SUBJECT_MISSED, page->frame,
			     "the reverse map of %s.%u still counts %d mappings, and there are %ld", name, index,
			     page->mapcount, found.entries);
}

/* A page that differs from its block, and that nobody knows to be dirty, will never be written. */
void audit_files(struct subject_audit *to)
{
	for (unsigned int f = 0; f < mm_globals()->nr_files; f++) {
		const struct address_space *file = &mm_globals()->files[f];

		for (unsigned int i = 0; i < file->nr_pages; i++) {
			if (file->pages[i])
				audit_page(file, i, mm_globals()->setup->files[f].name, to);
		}
	}
}
