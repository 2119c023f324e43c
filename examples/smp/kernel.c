/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - a kernel around the library: pages, tables of two levels, switching, map and unmap; hooks 23 to 28.
 *
 * Each CPU maps and unmaps an area of its own, of a table each, and reads everybody's; so entries need no lock, and what
 * is left between CPUs is what the library is for.
 */
#include <stdlib.h>
#include <string.h>
#include "smp.h"

enum {
	PAGES = 256,
	POISON = 0x5b, /* of memory that is free: as an entry it is present, and leads nowhere */
};

static struct page pages[PAGES];
static struct page *free_list;
static bool pages_locked;

/* ---- pages ---- */

/*
 * A spin lock with interrupts off. The loop answers calls: the holder may be waiting for this CPU, and without that
 * hook 34 would have to say "false" with interrupts off.
 */
static void lock_pages(void)
{
	irq_disable();
	while (__atomic_exchange_n(&pages_locked, true, __ATOMIC_ACQUIRE)) {
		tlb_flush_poll();
		shootdown_relax();
	}
}

static void unlock_pages(void)
{
	__atomic_store_n(&pages_locked, false, __ATOMIC_RELEASE);
	irq_enable();
}

struct page *page_alloc(void)
{
	struct page *page;

	lock_pages();
	page = free_list;
	if (page)
		free_list = page->next_free;
	unlock_pages();
	if (page)
		page->refs = 1;
	return page;
}

void page_put(struct page *page)
{
	shootdown_assert(page->refs > 0, "page_put: needs a reference");
	if (--page->refs)
		return;
	/* So that whoever uses it too long sees it. */
	memset(page->word, POISON, sizeof(page->word));
	lock_pages();
	page->next_free = free_list;
	free_list = page;
	unlock_pages();
}

void pages_init(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i].refs = 1;
		page_put(&pages[i]);
	}
}

unsigned int pages_free(void)
{
	unsigned int missing = PAGES;

	for (struct page *page = free_list; page; page = page->next_free)
		missing--;
	return missing;
}

/* ---- hooks 23 to 28 ---- */

/* Refused when memory is short: the gather flushes earlier then, and gives pages back. */
void *shootdown_batch_alloc(void)
{
	struct page *page = page_alloc();

	return page ? page->batch : NULL;
}

void shootdown_batch_free(void *batch)
{
	page_put((struct page *)((char *)batch - offsetof(struct page, batch)));
}

/* ORD-2: no CPU can reach these any more, so they may be anybody's at once. */
void shootdown_free_pages(struct encoded_page **slots, unsigned int nr)
{
	for (unsigned int i = 0; i < nr;) {
		struct page *page;
		unsigned long count;

		i += tlb_encoded_next(&slots[i], &page, &count);
		while (count--)
			page_put(page++);
	}
}

/* No page of this kernel is in a file, so none has a reverse map, and none is ever delayed. */
void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	(void)page;
	(void)nr;
	(void)vma;
	smp_panic("shootdown_remove_rmap: nothing was delayed");
}

void shootdown_free_table(struct page *table)
{
	page_put(table);
}

/* Only for rows whose tables have no batch of their own. */
void shootdown_table_to_page(struct page *table, struct page **page)
{
	*page = table;
}

/* ---- address spaces ---- */

/* Tables that wait for a grace period may be all there is; it ends while this CPU runs its timer. */
static struct page *page_alloc_wait(void)
{
	struct page *page = page_alloc();

	while (!page) {
		shootdown_relax();
		page = page_alloc();
	}
	return page;
}

static struct page *table_alloc(void)
{
	struct page *table = page_alloc_wait();

	memset(table->entry, 0, sizeof(table->entry));
	return table;
}

void mm_init(struct mm *mm)
{
	tlb_mm_init(&mm->tlb);
	mm->root = table_alloc();
}

/* Nobody has the root loaded: it needs no flush, and no gather. */
void mm_destroy(struct mm *mm)
{
	tlb_mm_destroy(&mm->tlb);
	page_put(mm->root);
}

/* The load of the root between enter and leave, all with interrupts off. */
void switch_mm(struct mm *next)
{
	struct mm *prev = this_cpu->mm;

	if (next == prev)
		return;
	irq_disable();
	if (next)
		tlb_mm_enter(&next->tlb);
	cpu_load_root(next);
	if (prev)
		tlb_mm_leave(&prev->tlb);
	irq_enable();
}

static unsigned long *top_entry(struct mm *mm, unsigned long addr)
{
	return &mm->root->entry[addr / PAGE_SIZE / TABLE_ENTRIES % TABLE_ENTRIES];
}

/* What a program expects to read from the page at @addr. */
unsigned long word_of(const struct mm *mm, unsigned long addr)
{
	return (unsigned long)mm ^ addr;
}

void map(struct mm *mm, unsigned long start, unsigned long end)
{
	struct page *table = table_alloc();

	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		struct page *page = page_alloc_wait();

		page->word[0] = word_of(mm, addr);
		table->entry[addr / PAGE_SIZE % TABLE_ENTRIES] = (unsigned long)page | 1;
	}
	/* Release: who finds the table finds it filled. */
	entry_write(top_entry(mm, start), (unsigned long)table | 1);
}

/* The law: unhook, invalidate, free; and the gather does the last two. */
void unmap(struct mm *mm, unsigned long start, unsigned long end)
{
	struct tlb_vma vma = { .mm = &mm->tlb, .start = start, .end = end, .page_shift = SHOOTDOWN_PAGE_SHIFT };
	unsigned long *top = top_entry(mm, start);
	struct page *table = (struct page *)(*top & ~1ul);
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &mm->tlb);
	tlb_start_vma(&tlb, &vma);
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		unsigned long *slot = &table->entry[addr / PAGE_SIZE % TABLE_ENTRIES];
		struct page *page = (struct page *)(*slot & ~1ul);

		/* Cleared first, recorded second, queued third: a flush in the middle then covers all that it frees. */
		entry_write(slot, 0);
		tlb_remove_tlb_entry(&tlb, addr);
		tlb_remove_page(&tlb, page);
	}
	tlb_end_vma(&tlb, &vma);
	tlb_free_vmas(&tlb);
	/* Walks that are under way may still be in the table: the library waits for them before it is freed. */
	entry_write(top, 0);
	tlb_free_table(&tlb, TLB_LEVEL_PTE, table, start);
	tlb_finish_mmu(&tlb);
}

/* A walker without locks, interrupts off: the table it found is not freed under it (hooks 29 to 31). */
void look_at_tables(struct mm *mm, unsigned long addr)
{
	unsigned long top;

	irq_disable();
	top = entry_read(top_entry(mm, addr));
	for (unsigned int i = 0; top & 1 && i < TABLE_ENTRIES; i += 32) {
		struct page *page = (struct page *)(entry_read(&((struct page *)(top & ~1ul))->entry[i]) & ~1ul);

		shootdown_relax();
		if (page && (page < pages || page >= pages + PAGES))
			smp_panic("a table was freed under a walker");
	}
	irq_enable();
}
