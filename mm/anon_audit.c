/* SPDX-License-Identifier: MIT */
/*
 * anon_audit.c - what the tables say of anonymous pages and of swap, when nobody runs any more.
 *
 * A page that several entries lead to is read-only in all of them, in whatever address spaces they are. Nobody waits any more for a page that was moved. The map count
 * is that of the entries, and each slot of swap knows how many of them name it: else the page, or the slot, would never be given back.
 */
#include <mm/mm.h>
#include <mm/operations.h>

/* By frame, and by slot. */
struct seen {
	int entries[MACHINE_MAX_FRAMES];
	bool writable[MACHINE_MAX_FRAMES];
	int slots[MM_SLOTS];
};

static void look_at_leaf(uint64_t word, int pages, struct seen *seen, struct subject_audit *to)
{
	if (pte_swap(word)) {
		seen->slots[pte_number(word)]++;
	} else if (pte_present(word) && !pte_special(word)) {
		for (int i = 0; i < pages; i++) {
			seen->entries[pte_frame(word) + i]++;
			seen->writable[pte_frame(word) + i] |= pte_write(word);
		}
	} else if (pte_migration(word)) {
		to->finds(to, SUBJECT_LOST_WRITE, pte_number(word),
			  "an entry waits for a page that was moved long ago");
	}
}

static void look_at_table(int table, unsigned int level, struct seen *seen, struct subject_audit *to)
{
	const pte_t *entries = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		uint64_t word = entries[i];

		if (level && pmd_table(word))
			look_at_table(pte_frame(word), level - 1, seen, to);
		else if (!pte_none(word))
			look_at_leaf(word, level ? MACHINE_TABLE_ENTRIES : 1, seen, to);
	}
}

static void audit_page(const struct page *page, const struct seen *seen, struct subject_audit *to)
{
	int entries = seen->entries[page->frame];

	/* One that nothing maps any more is a leak (leaks.c). */
	if (entries && page->mapcount > entries)
		to->finds(to, SUBJECT_MISSED, page->frame,
			  "the map count of an anonymous page is %d, and there are %d entries", page->mapcount,
			  entries);
	if (entries > 1 && seen->writable[page->frame])
		to->finds(to, SUBJECT_LOST_WRITE, page->frame, "%d entries share a page, and one allows writes",
			  entries);
}

void audit_anon(struct subject_audit *to)
{
	const struct mm_globals *globals = mm_globals();
	struct seen seen = { 0 };

	for (unsigned int i = 0; i < globals->nr_mms; i++) {
		if (globals->mms[i].pgd != MACHINE_NO_FRAME)
			look_at_table(globals->mms[i].pgd, machine_levels() - 1, &seen, to);
	}
	for (int frame = 0; frame < MACHINE_MAX_FRAMES; frame++) {
		const struct page *page = frame_to_page(frame);

		if (page->state == PAGE_DATA && page->anon_vma && !page->reused)
			audit_page(page, &seen, to);
	}
	for (int slot = 0; slot < MM_SLOTS; slot++) {
		if (globals->slots[slot].entries > seen.slots[slot])
			to->finds(to, SUBJECT_LEAK, SUBJECT_NONE,
				  "a slot of swap counts %d entries that name it, and there are %d",
				  globals->slots[slot].entries, seen.slots[slot]);
	}
}
