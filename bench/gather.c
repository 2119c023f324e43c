/* SPDX-License-Identifier: MIT */
/*
 * gather.c - what the library costs per page: instructions to queue, flush and free, and pages per flush.
 *
 * Without arguments it runs itself under callgrind and prints the counts; with "measure" it is what is counted. Each
 * part is a dump of its own, named KIND-PAGES-PART; the parts of one name are added up, as a gather that is full is
 * flushed in the middle. The whole is one more gather in one dump: its parts are called as a kernel calls them, and no
 * flush that has nothing to do. The x86-64 row and the sizes are constants, as in a kernel; asserts are compiled out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include <shootdown/gather.h>

struct bench_host bench_host;

enum {
	RUN = 16, /* pages of a folio run */
	MOST = 10000,
	PER_TABLE = 512,
};

static const unsigned int sizes[] = { 1, 8, 512, MOST };

/* ---- what is counted ---- */

static struct page *page_at(unsigned long index)
{
	return (struct page *)(0x100000 + 64 * index);
}

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
		tlb_remove_tlb_entry(tlb, address_at(done));
		if (tlb_queue_page(tlb, page_at(done++), false))
			break;
	}
	return done;
}

static __attribute__((noinline)) unsigned long queue_runs(struct mmu_gather *tlb, unsigned long done,
							  unsigned long total)
{
	while (done < total) {
		unsigned long nr = total - done < RUN ? total - done : RUN;
		bool full;

		tlb_remove_tlb_entries(tlb, address_at(done), (unsigned int)nr);
		full = tlb_queue_folio_pages(tlb, page_at(done), (unsigned int)nr, false);
		done += nr;
		if (full)
			break;
	}
	return done;
}

static struct tlb_mm mm;
static struct tlb_vma vma = { .mm = &mm, .end = MOST * PAGE_SIZE, .page_shift = SHOOTDOWN_PAGE_SHIFT };

static __attribute__((noinline)) unsigned long queue_dirty(struct mmu_gather *tlb, unsigned long done,
							   unsigned long total)
{
	while (done < total) {
		bool delay = tlb_delay_rmap(tlb, &vma);

		tlb_remove_tlb_entry(tlb, address_at(done));
		if (tlb_queue_page(tlb, page_at(done++), delay))
			break;
	}
	return done;
}

static __attribute__((noinline)) unsigned long queue_tables(struct mmu_gather *tlb, unsigned long done,
							    unsigned long total)
{
	for (; done < total; done++)
		tlb_free_table(tlb, TLB_LEVEL_PTE, page_at(done), address_at(done) * PER_TABLE);
	return done;
}

static const struct kind {
	const char *name, *what;
	queue_fn queue;
} kinds[] = {
	{ "data", "pages of their own", queue_pages },
	{ "runs", "runs of 16 pages", queue_runs },
	{ "dirty", "dirty file pages", queue_dirty },
	{ "tables", "page tables", queue_tables },
};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
	SIZES = sizeof(sizes) / sizeof(sizes[0]),
};

enum part {
	FRAME,
	QUEUE,
	FLUSH,
	FREE,
	WHOLE,
	PARTS,
};

static const char *const parts[] = { "frame", "queue", "flush", "free", "whole" };

/* Written beforehand: writing them would be counted. */
static char names[KINDS][SIZES][PARTS][64];

static void measure_one(unsigned int kind, unsigned int size)
{
	queue_fn queue = kinds[kind].queue;
	char(*name)[64] = names[kind][size];
	unsigned long done = 0, pages = sizes[size];
	struct mmu_gather tlb;

	CALLGRIND_ZERO_STATS;
	tlb_gather_mmu(&tlb, &mm);
	tlb_start_vma(&tlb, &vma);
	CALLGRIND_DUMP_STATS_AT(name[FRAME]);
	while (done < pages) {
		CALLGRIND_ZERO_STATS;
		done = queue(&tlb, done, pages);
		CALLGRIND_DUMP_STATS_AT(name[QUEUE]);
		CALLGRIND_ZERO_STATS;
		tlb_flush_mmu_tlbonly(&tlb);
		CALLGRIND_DUMP_STATS_AT(name[FLUSH]);
		CALLGRIND_ZERO_STATS;
		tlb_flush_rmaps(&tlb);
		tlb_flush_mmu(&tlb);
		host_grace_period();
		CALLGRIND_DUMP_STATS_AT(name[FREE]);
	}
	CALLGRIND_ZERO_STATS;
	tlb_end_vma(&tlb, &vma);
	tlb_free_vmas(&tlb);
	tlb_finish_mmu(&tlb);
	CALLGRIND_DUMP_STATS_AT(name[FRAME]);
}

static void measure_whole(unsigned int kind, unsigned int size)
{
	queue_fn queue = kinds[kind].queue;
	const char *name = names[kind][size][WHOLE];
	unsigned long done, pages = sizes[size];
	struct mmu_gather tlb;

	CALLGRIND_ZERO_STATS;
	tlb_gather_mmu(&tlb, &mm);
	tlb_start_vma(&tlb, &vma);
	for (done = queue(&tlb, 0, pages); done < pages; done = queue(&tlb, done, pages)) {
		tlb_flush_mmu(&tlb);
	}
	tlb_end_vma(&tlb, &vma);
	tlb_finish_mmu(&tlb);
	host_grace_period();
	CALLGRIND_DUMP_STATS_AT(name);
}

static void setup(void)
{
	static unsigned char pool[64][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

	for (unsigned int i = 0; i < 64; i++)
		shootdown_batch_free(pool[i]);
	for (unsigned int i = 0; i < KINDS * SIZES * PARTS; i++) {
		unsigned int kind = i / (SIZES * PARTS), size = i / PARTS % SIZES, part = i % PARTS;

		snprintf(names[kind][size][part], sizeof(names[0][0][0]), "%s-%u-%s", kinds[kind].name, sizes[size],
			 parts[part]);
	}
	tlb_mm_init(&mm);
	tlb_mm_enter(&mm);
}

static void measure(void)
{
	CALLGRIND_ZERO_STATS;
	CALLGRIND_DUMP_STATS_AT("nothing");
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		for (unsigned int size = 0; size < SIZES; size++) {
			measure_one(kind, size);
			measure_whole(kind, size);
		}
	}
}

/* ---- reading callgrind's dumps ---- */

static long counted[KINDS][SIZES][PARTS];
static long nothing;

static void add(const char *name, long instructions)
{
	if (!strcmp(name, "nothing")) {
		nothing = instructions;
		return;
	}
	for (unsigned int i = 0; i < KINDS * SIZES * PARTS; i++) {
		unsigned int kind = i / (SIZES * PARTS), size = i / PARTS % SIZES, part = i % PARTS;

		/* What an empty count costs comes first, and is taken off. */
		if (!strcmp(names[kind][size][part], name))
			counted[kind][size][part] += instructions - nothing;
	}
}

/* One dump: "desc: Trigger: Client Request: NAME" and "totals: N". */
static bool read_dump(const char *path)
{
	char line[256], name[128] = "";
	long instructions;
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "desc: Trigger: Client Request: %127s", name);
		if (sscanf(line, "totals: %ld", &instructions) == 1 && *name)
			add(name, instructions);
	}
	fclose(file);
	return true;
}

static bool run_under_callgrind(const char *self)
{
	char command[1024], path[600];
	unsigned int dump = 1;

	snprintf(command, sizeof(command),
		 "valgrind -q --tool=callgrind --callgrind-out-file=%s.callgrind %s measure >/dev/null 2>&1", self,
		 self);
	if (system(command))
		return false;
	for (;; dump++) {
		bool found;

		snprintf(path, sizeof(path), "%s.callgrind.%u", self, dump);
		found = read_dump(path);
		unlink(path);
		if (!found)
			break;
	}
	snprintf(path, sizeof(path), "%s.callgrind", self);
	unlink(path);
	return dump > 1;
}

/* ---- tables ---- */

static void print_instructions(void)
{
	printf("Instructions of the library (x86-64 row, hooks that do nothing)\n\n");
	printf("%-20s %6s %8s %8s %8s %8s %8s %9s\n", "what", "pages", "frame", "queue", "flush", "free", "whole",
	       "per page");
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		for (unsigned int size = 0; size < SIZES; size++) {
			const long *c = counted[kind][size];

			printf("%-20s %6u %8ld %8ld %8ld %8ld %8ld %9.1f\n", kinds[kind].what, sizes[size], c[FRAME],
			       c[QUEUE], c[FLUSH], c[FREE], c[WHOLE], (double)c[WHOLE] / sizes[size]);
		}
	}
	printf("\nframe: open, VMA, close. free: reverse maps, tables after their grace period, pages. whole: one gather, counted\n"
	       "in one piece; per page: of that. bench/linux/run.sh has the same beside Linux's.\n");
}

/* How many pages one gather takes before it has to flush. */
static void print_per_flush(void)
{
	static const struct {
		const char *what, *linux;
		queue_fn queue;
	} rows[] = {
		{ "pages of their own", "9,698", queue_pages },
		{ "runs of 16 pages", "-", queue_runs },
		{ "dirty file pages", "512", queue_dirty },
	};

	printf("\nPages freed per flush, 4 KiB batch pages\n\n%-20s %9s %9s\n", "what", "ours", "Linux");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mmu_gather tlb;
		unsigned long taken;

		tlb_gather_mmu(&tlb, &mm);
		taken = rows[i].queue(&tlb, 0, 1ul << 20);
		tlb_finish_mmu(&tlb);
		printf("%-20s %9lu %9s\n", rows[i].what, taken, rows[i].linux);
	}
	printf("\nLinux: 8 slots and 19 batches of 510, as counted before entries could take two slots; 512 for a page table's\n"
	       "worth of dirty pages, which it flushes under the table's lock.\n");
}

int main(int argc, char **argv)
{
	setup();
	if (argc > 1 && !strcmp(argv[1], "measure")) {
		measure();
		return 0;
	}
	if (!run_under_callgrind(argv[0])) {
		fprintf(stderr, "could not run under valgrind --tool=callgrind\n");
		return 1;
	}
	print_instructions();
	print_per_flush();
	return 0;
}
