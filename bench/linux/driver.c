/* SPDX-License-Identifier: MIT */
/*
 * driver.c - what is counted, once for the library and once for Linux: MEASURED is the header that says how each is called.
 *
 * A gather as munmap() drives one, counted in one piece: open, VMA, queue (and flush, when full), close, and the grace
 * period of its tables. It runs under callgrind; each gather is a dump named KIND-PAGES, for run.sh to read. What the host
 * has seen is printed, to show that both sides did the work: KIND PAGES FLUSHES SLOTS TABLES.
 */
#include <stdio.h>
#include <valgrind/callgrind.h>

#include MEASURED

struct bench_host bench_host;

enum {
	RUN = 16, /* pages of a folio run */
	MOST = 10000,
	PER_TABLE = 512,
};

static const unsigned int sizes[] = { 1, 8, 512, MOST };

/* What each entry led to: read from memory, as a kernel reads the entry. */
static struct page *page_at[MOST];

static unsigned long address_at(unsigned long index)
{
	return index * PAGE_SIZE;
}

/* Each queues from @done on until full or @total is reached, and returns how far it came. */
typedef unsigned long (*queue_fn)(struct mmu_gather *tlb, unsigned long done, unsigned long total);

static __attribute__((noinline)) unsigned long queue_pages(struct mmu_gather *tlb, unsigned long done,
							   unsigned long total)
{
	while (done < total) {
		bool full = measured_page(tlb, address_at(done), page_at[done]);

		done++;
		if (full)
			break;
	}
	return done;
}

#ifdef measured_run
static __attribute__((noinline)) unsigned long queue_runs(struct mmu_gather *tlb, unsigned long done,
							  unsigned long total)
{
	while (done < total) {
		unsigned int nr = total - done < RUN ? (unsigned int)(total - done) : RUN;
		bool full = measured_run(tlb, address_at(done), page_at[done], nr);

		done += nr;
		if (full)
			break;
	}
	return done;
}
#else
#define queue_runs queue_pages
#endif

static __attribute__((noinline)) unsigned long queue_tables(struct mmu_gather *tlb, unsigned long done,
							    unsigned long total)
{
	for (; done < total; done++)
		measured_table(tlb, address_at(done * PER_TABLE), page_at[done]);
	return done;
}

static const struct kind {
	const char *name;
	queue_fn queue;
} kinds[] = {
	{ "pages", queue_pages },
	{ "runs", queue_runs },
	{ "tables", queue_tables },
};

static measured_mm mm;
static measured_vma vma = MEASURED_VMA(&mm, MOST *PAGE_SIZE);

static __attribute__((noinline)) void gather(queue_fn queue, unsigned long pages)
{
	struct mmu_gather tlb;
	unsigned long done;

	tlb_gather_mmu(&tlb, &mm);
	tlb_start_vma(&tlb, &vma);
	for (done = queue(&tlb, 0, pages); done < pages; done = queue(&tlb, done, pages)) {
		tlb_flush_mmu_tlbonly(&tlb);
		tlb_flush_mmu(&tlb);
	}
	tlb_end_vma(&tlb, &vma);
	tlb_free_vmas(&tlb);
	tlb_finish_mmu(&tlb);
	host_grace_period();
}

static void measure(const struct kind *kind, unsigned int pages)
{
	struct bench_host before = bench_host;
	char name[64];

	snprintf(name, sizeof(name), "%s-%u", kind->name, pages);
	CALLGRIND_ZERO_STATS;
	gather(kind->queue, pages);
	CALLGRIND_DUMP_STATS_AT(name);
	printf("%s %u %lu %lu %lu\n", kind->name, pages, bench_host.flushes - before.flushes,
	       bench_host.slots - before.slots, bench_host.tables - before.tables);
}

int main(void)
{
	static unsigned char pool[64][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

	for (unsigned int i = 0; i < 64; i++)
		host_page_free(pool[i]);
	for (unsigned long i = 0; i < MOST; i++)
		page_at[i] = (struct page *)(0x100000 + 64 * i);
	measured_enter(&mm);
	CALLGRIND_ZERO_STATS;
	CALLGRIND_DUMP_STATS_AT("nothing");
	for (unsigned int kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (unsigned int size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++)
			measure(&kinds[kind], sizes[size]);
	}
	return 0;
}
