/* SPDX-License-Identifier: MIT */
/*
 * hugetlb_migrate.c - move a huge page of a file to other memory, while programs have it mapped.
 *
 *   1. Every map of it loses it, as if its file was cut: in a bracket, flushed, and out of tables that maps have together. Who faults waits for the page lock.
 *   2. Nobody may have a reference to any of its pages but the file, or it stays; it comes back by faults either way.
 *   3. All of it is copied, and the file has the new one.
 *
 * Linux leaves migration entries in the maps (unmap_and_move_huge_page()), which say what rights they had. Of a shared map of such a file there is nothing
 * to be kept: its VMA says the same.
 */
#include <mm/hugetlb.h>

/* Under the cache's lock, so that nobody comes to the page by the file. The caller's reference and the file's are the first one's; the file's the others'. */
static bool freeze(struct page *first)
{
	unsigned int nr = 0;

	while (nr < MACHINE_TABLE_ENTRIES && refcount_freeze(&first[nr].refcount, nr ? 1 : 2))
		nr++;
	for (unsigned int i = 0; i < nr && nr < MACHINE_TABLE_ENTRIES; i++)
		refcount_set(&first[i].refcount, i ? 1 : 2);
	return nr == MACHINE_TABLE_ENTRIES;
}

/* @old is locked and nothing maps it. True: @new is the file's, and nobody has a reference to @old. Else all is as it was. */
static bool move_to(struct page *old, struct page *new)
{
	struct address_space *file = old->mapping;
	bool moved;

	spin_lock(&file->i_pages);
	moved = freeze(old);
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES && moved; i++)
		copy_frame(new[i].frame, old[i].frame);
	if (moved)
		file->pages[old->index] = new;
	spin_unlock(&file->i_pages);
	return moved;
}

static void free_pages(struct page *first)
{
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		page_free(&first[i]);
}

/* The page lock and the reference are dropped. */
static void migrate_locked(struct page *old, struct page *new)
{
	bool moved;

	unmap_mapping_range(old->mapping, old->index, file_step(old->mapping));
	moved = !page_mapped(old) && move_to(old, new);
	unlock_page(old);
	free_pages(moved ? old : new);
	if (!moved)
		page_put(old);
}

/* The file and the page that @address is of; NULL: no map of such a file. */
static struct address_space *find_file(struct mm_struct *mm, unsigned long address, unsigned int *index)
{
	struct vm_area_struct *vma = vma_start_read(mm, address);
	struct address_space *file = vma && is_hugetlb(vma) ? vma->file : NULL;

	if (file) {
		*index = linear_page_index(vma, address);
		*index -= *index % file_step(file);
	}
	if (vma)
		vma_end_read(vma);
	return file;
}

/* True: @address is of such a file, and what could be moved has been: nothing, if nobody maps it, or somebody has it locked. */
bool migrate_hugetlb(struct mm_struct *mm, unsigned long address)
{
	unsigned int index;
	struct address_space *file = find_file(mm, address, &index);
	struct page *old = file ? find_get_page(file, index) : NULL, *new = NULL;

	if (!old)
		return file;
	if (!trylock_page(old)) {
		page_put(old);
		return true;
	}
	if (old->mapping && page_mapped(old))
		new = hugetlb_page_create(file, index);
	if (new) {
		migrate_locked(old, new);
	} else {
		unlock_page(old);
		page_put(old);
	}
	return true;
}
