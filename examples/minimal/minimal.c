/* SPDX-License-Identifier: MIT */
/*
 * minimal.c - the smallest kernel that embeds the library: a page allocator, two levels of page tables, and munmap.
 *
 * It maps and unmaps; it does not boot, and the kernel's own mappings are not in its tables. A machine with more levels
 * frees those in between with pmd_free_tlb() and so on, in the same way.
 */
#include <shootdown/shootdown.h>

enum {
	PAGES = 64,
	TABLE_ENTRIES = 1 << MINIMAL_TABLE_SHIFT,
};

struct page {
	unsigned int refs;
	unsigned int mapcount;
	struct page *next_free;
};

/* An entry is a page's address and, in bit 0, whether it is there: as x86-64 and arm64 have it. RISC-V shifts. */
struct table {
	unsigned long entry[TABLE_ENTRIES];
};

struct mm {
	struct tlb_mm tlb;
	struct table *root; /* its entries lead to tables of pages */
};

static unsigned char memory[PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct page pages[PAGES];
static struct page *free_list;
static struct table kernel_root __attribute__((aligned(PAGE_SIZE)));

void minimal_panic(const char *what)
{
	(void)what;
	for (;;)
		__builtin_trap();
}

/* What the compiler itself may call, everywhere. */
void *memset(void *to, int value, size_t bytes);
void *memset(void *to, int value, size_t bytes)
{
	volatile unsigned char *byte = to;

	while (bytes--)
		*byte++ = (unsigned char)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	volatile unsigned char *byte = to;
	const unsigned char *source = from;

	while (bytes--)
		*byte++ = *source++;
	return to;
}

/* ---- pages ---- */

static void *page_address(struct page *page)
{
	return memory[page - pages];
}

static struct page *page_of(const void *address)
{
	return &pages[((unsigned long)address - (unsigned long)memory) / PAGE_SIZE];
}

/* No lock: there is one CPU, and it has no interrupts. */
static struct page *page_alloc(void)
{
	struct page *page = free_list;

	if (!page)
		return NULL;
	free_list = page->next_free;
	page->refs = 1;
	page->mapcount = 0;
	return page;
}

static void page_put(struct page *page)
{
	shootdown_assert(page->refs > 0, "page_put: needs a reference");
	if (--page->refs)
		return;
	page->next_free = free_list;
	free_list = page;
}

static void pages_init(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i].refs = 1;
		page_put(&pages[i]);
	}
}

/* ---- the hooks that are more than a line ---- */

void shootdown_flush_local(const struct tlb_flush *flush)
{
	unsigned long stride = 1ul << flush->stride_shift;

	if (flush->all) {
		cpu_flush_all(!flush->mm);
		return;
	}
	/* Not "addr < end": at the top of the address space the next address is 0. */
	for (unsigned long addr = flush->start;; addr += stride) {
		cpu_flush_page(addr);
		if (flush->end - addr <= stride)
			break;
	}
}

/* The same instructions, where they reach every CPU by themselves. */
void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	shootdown_flush_local(flush);
}

/* A batch page is any page. NULL is allowed: the gather then flushes earlier. */
void *shootdown_batch_alloc(void)
{
	struct page *page = page_alloc();

	return page ? page_address(page) : NULL;
}

void shootdown_batch_free(void *batch)
{
	page_put(page_of(batch));
}

/* One reference each: the one that the entry held, which went to the gather with the page. */
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

void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	(void)vma;
	while (nr--)
		page++->mapcount--;
}

void shootdown_free_table(struct page *table)
{
	page_put(table);
}

/* For rows that free tables as pages: then a table is queued in the same batches. */
void shootdown_table_to_page(struct page *table, struct page **page)
{
	*page = table;
}

/* After a grace period, which with one CPU and no interrupts is now: nobody is in the middle of a walk. */
void shootdown_defer_table(struct page *table)
{
	page_put(table);
}

/* ---- the kernel ---- */

static unsigned long *root_entry(struct mm *mm, unsigned long addr)
{
	return &mm->root->entry[addr / PAGE_SIZE / TABLE_ENTRIES % TABLE_ENTRIES];
}

static struct table *table_at(unsigned long entry)
{
	return (struct table *)(entry & ~(PAGE_SIZE - 1));
}

static struct table *table_alloc(void)
{
	struct page *page = page_alloc();
	struct table *table;

	if (!page)
		return NULL;
	table = page_address(page);
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		table->entry[i] = 0;
	return table;
}

/* NULL is the kernel without a program. Interrupts are off: this kernel has none. */
static void switch_mm(struct mm *prev, struct mm *next)
{
	if (next)
		tlb_mm_enter(&next->tlb);
	cpu_load_root((unsigned long)(next ? next->root : &kernel_root));
	if (prev)
		tlb_mm_leave(&prev->tlb);
}

static bool map_page(struct mm *mm, unsigned long addr)
{
	unsigned long *top = root_entry(mm, addr);
	struct page *page = page_alloc();

	if (page && !(*top & 1)) {
		struct table *table = table_alloc();

		*top = table ? (unsigned long)table | 1 : 0;
	}
	if (!page || !(*top & 1))
		return false;
	page->mapcount = 1;
	table_at(*top)->entry[addr / PAGE_SIZE % TABLE_ENTRIES] = (unsigned long)page_address(page) | 1;
	return true;
}

/* Unhook, record, queue. The references that the entries held go to the gather. */
static void unmap_entries(struct table *table, struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		unsigned long *slot = &table->entry[addr / PAGE_SIZE % TABLE_ENTRIES];
		unsigned long entry = *slot;
		struct page *page = page_of(table_at(entry));

		if (!(entry & 1))
			continue;
		*slot = 0;
		tlb_remove_tlb_entry(tlb, addr);
		page->mapcount--;
		tlb_remove_page(tlb, page);
	}
}

/* Of a mapping that has a table of pages to itself: nothing else has to be looked for before the table goes. */
static void munmap(struct mm *mm, struct tlb_vma *vma)
{
	unsigned long *top = root_entry(mm, vma->start);
	struct table *table = table_at(*top);
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &mm->tlb);
	tlb_start_vma(&tlb, vma);
	unmap_entries(table, &tlb, vma->start, vma->end);
	tlb_end_vma(&tlb, vma);
	tlb_free_vmas(&tlb);
	/* The law for the table as well: first the entry that leads to it, then the gather. */
	*top = 0;
	tlb_free_table(&tlb, TLB_LEVEL_PTE, page_of(table), vma->start);
	tlb_finish_mmu(&tlb);
}

static unsigned int count_free(void)
{
	unsigned int count = 0;

	for (struct page *page = free_list; page; page = page->next_free)
		count++;
	return count;
}

/* Maps and unmaps sixteen pages. Every page must be free again. */
void _start(void);
void _start(void)
{
	struct mm mm;
	struct tlb_vma vma = { .mm = &mm.tlb, .end = 16 * PAGE_SIZE, .page_shift = SHOOTDOWN_PAGE_SHIFT };

	shootdown_assert(!tlb_arch_check(shootdown_arch()), "minimal_arch: a row that does not contradict itself");
	pages_init();
	tlb_mm_init(&mm.tlb);
	mm.root = table_alloc();
	switch_mm(NULL, &mm);
	for (unsigned long addr = vma.start; addr < vma.end; addr += PAGE_SIZE) {
		if (!map_page(&mm, addr))
			minimal_panic("out of memory");
	}
	munmap(&mm, &vma);

	/* The root is loaded until another one is; only then is it free. */
	switch_mm(&mm, NULL);
	page_put(page_of(mm.root));
	tlb_mm_destroy(&mm.tlb);
	if (count_free() != PAGES)
		minimal_panic("a page was lost");
	for (;;)
		;
}
