/* SPDX-License-Identifier: MIT */
/*
 * pending.c - what the granularity of deferred tracking costs: flushes that are made because somebody else may owe one.
 *
 * Nothing is timed. Some threads of one address space each open a gather, take a few pages of one table away, go on to other things, and close
 * it, over and over; others take faults, and ask whether the entry before them may be unflushed. Who goes on next is drawn from a
 * generator with a fixed seed, so each row is the same work on the same schedule, for one count an address space (lanes = 1, as Linux
 * has it) and for tables that say which of some lanes changed them (pending.h). Beside them what was needed: somebody open had cleared
 * an entry that the gather found empty, or the one before the fault.
 */
#include <stdio.h>
#include <string.h>

#include <shootdown/gather.h>

struct bench_host bench_host;
struct bench_pending bench_pending;

/* No table is freed here, so a flush that says so is one for another gather. */
void shootdown_flush_local(const struct tlb_flush *flush)
{
	bench_pending.forced += flush->freed_tables;
}

enum {
	THREADS = 16,
	TABLES = 64,
	PAGES = 512,   /* of a table */
	RANGE = 8,     /* pages that one gather takes away */
	HOLD = 2,      /* turns of its thread that it stays open behind that */
	ASKED = 20000, /* gathers, or faults, of a row */
};

struct workload {
	const char *does;
	unsigned int threads, faults; /* those that gather, and those that take faults */
	unsigned int tables;	      /* from which each draws one; 0: each has its own */
	bool stays_empty;	      /* nobody touches again what was taken away, until the row of ranges is through */
	unsigned int protect;	      /* of those that gather, the first: they take rights, and no pages */
	bool any;		      /* the others ask for any change, and not for what was taken away */
};

static const struct workload workloads[] = {
	{ "2 threads, each in a table of its own", 2, 0, 0, false, 0, false },
	{ "8 threads, each in a table of its own", 8, 0, 0, false, 0, false },
	{ "8 threads, any of 64 tables", 8, 0, 64, false, 0, false },
	{ "8 threads, any of 8 tables", 8, 0, 8, false, 0, false },
	{ "8 threads, one table", 8, 0, 1, false, 0, false },
	{ "8 threads, any of 8 tables, found empty", 8, 0, 8, true, 0, false },
	{ "1 gathers, 8 fault, any of 64 tables", 1, 8, 64, false, 0, false },
	{ "4 gather, 8 fault, any of 64 tables", 4, 8, 64, false, 0, false },
	{ "4 gather, 8 fault, one table", 4, 8, 1, false, 0, false },
	{ "4 protect, 1 takes away, one table", 5, 0, 1, false, 4, true },
	{ "... and asks for what was taken away", 5, 0, 1, false, 4, false },
};

/* ---- the address space ---- */

struct thread {
	struct mmu_gather tlb;
	unsigned int step; /* 0: no gather is open */
	unsigned int table, first;
	unsigned int gather; /* its number, never used again */
	unsigned int
		found[RANGE]; /* of each page the gather that had taken it away, and may not have flushed it; or 0 */
};

/* Of each page which gather took it away, as long as that may be unflushed; 0: none. */
struct world {
	const struct workload *work;
	struct tlb_mm mm;
	struct tlb_changes tables[TABLES];
	unsigned int taken[TABLES][PAGES];
	bool empty[TABLES][PAGES];
	struct thread threads[THREADS];
	unsigned long seed;
	unsigned int gathers;
	unsigned long asked, yes, needed;
};

static struct world world;

/* Numerical Recipes' generator: what it draws is the same everywhere. */
static unsigned int draw(unsigned int below)
{
	world.seed = (world.seed * 1664525 + 1013904223) & 0xffffffff;
	return (unsigned int)((unsigned long long)world.seed * below >> 32);
}

static unsigned long address_of(unsigned int table, unsigned int page)
{
	return ((unsigned long)table * PAGES + page) * PAGE_SIZE;
}

static unsigned int choose_table(unsigned int thread)
{
	return world.work->tables ? draw(world.work->tables) : thread;
}

/* ---- a thread that gathers ---- */

static void take_page(struct thread *thread, unsigned int nr)
{
	unsigned int table = thread->table, page = thread->first + nr;

	thread->found[nr] = 0;
	if (world.empty[table][page]) {
		thread->found[nr] = world.taken[table][page];
		return;
	}
	tlb_remove_tlb_entry(&thread->tlb, address_of(table, page));
	tlb_mark(&thread->tlb, &world.tables[table], TLB_LOST_ENTRY);
	world.empty[table][page] = true;
	world.taken[table][page] = thread->gather;
}

static void take_away(struct thread *thread)
{
	unsigned long start = address_of(thread->table, thread->first);

	tlb_look(&thread->tlb, &world.tables[thread->table], world.work->any ? TLB_LOST_RIGHTS : TLB_LOST_ENTRY, start,
		 start + RANGE * PAGE_SIZE);
	for (unsigned int nr = 0; nr < RANGE; nr++)
		take_page(thread, nr);
}

/* The entries stay. */
static void protect(struct thread *thread)
{
	unsigned long start = address_of(thread->table, thread->first);

	tlb_look(&thread->tlb, &world.tables[thread->table], TLB_LOST_RIGHTS, start, start + RANGE * PAGE_SIZE);
	tlb_remove_tlb_entries(&thread->tlb, RANGE, start);
	tlb_mark(&thread->tlb, &world.tables[thread->table], TLB_LOST_RIGHTS);
}

/* Does the gather owe a flush of what another one took, and has not flushed to this day? */
static bool is_owed(const struct thread *thread)
{
	for (unsigned int nr = 0; nr < RANGE; nr++) {
		if (thread->found[nr] && world.taken[thread->table][thread->first + nr] == thread->found[nr])
			return true;
	}
	return false;
}

static void note(bool yes, bool needed)
{
	world.asked++;
	world.yes += yes;
	world.needed += needed;
	if (needed && !yes) {
		fputs("a flush that was needed was not made\n", stderr);
		exit(1);
	}
}

/* Its flush is over, and its pages are touched again. */
static void close_gather(struct thread *thread)
{
	unsigned long forced = bench_pending.forced;
	bool owed = is_owed(thread);

	tlb_finish_mmu(&thread->tlb);
	note(bench_pending.forced != forced, owed);
	for (unsigned int page = thread->first; page < thread->first + RANGE; page++) {
		if (world.taken[thread->table][page] == thread->gather)
			world.taken[thread->table][page] = 0;
		if (!world.work->stays_empty)
			world.empty[thread->table][page] = false;
	}
}

static void gather_on(unsigned int nr)
{
	struct thread *thread = &world.threads[nr];

	if (thread->step == 0) {
		thread->gather = ++world.gathers;
		thread->table = choose_table(nr);
		thread->first = draw(PAGES / RANGE) * RANGE;
		tlb_gather_mmu(&thread->tlb, &world.mm);
	} else if (thread->step == 1 && nr < world.work->protect) {
		protect(thread);
	} else if (thread->step == 1) {
		take_away(thread);
	}
	if (thread->step++ < 1 + HOLD)
		return;
	if (nr < world.work->protect)
		tlb_finish_mmu(&thread->tlb);
	else
		close_gather(thread);
	thread->step = 0;
	/* A program that touches it all again, from time to time. */
	if (world.work->stays_empty && world.asked % 64 == 0)
		memset(world.empty, 0, sizeof(world.empty));
}

/* ---- a thread that takes a fault ---- */

static void fault(unsigned int nr)
{
	unsigned int table = choose_table(nr), page = draw(PAGES);

	note(tlb_table_flush_pending(&world.mm, &world.tables[table], TLB_LOST_ENTRY), world.taken[table][page]);
}

/* ---- a row ---- */

static void run(const struct workload *work, unsigned int lanes)
{
	memset(&world, 0, sizeof(world));
	memset(&bench_pending, 0, sizeof(bench_pending));
	bench_pending.limits = (struct tlb_limits)SHOOTDOWN_LIMITS(PAGE_SIZE);
	bench_pending.limits.lanes = lanes;
	world.work = work;
	world.seed = 1;
	tlb_mm_init(&world.mm);
	for (bench_pending.cpu = 0; bench_pending.cpu < THREADS; bench_pending.cpu++)
		tlb_mm_enter(&world.mm);
	while (world.asked < ASKED) {
		unsigned int nr = draw(work->threads + work->faults);

		bench_pending.cpu = nr;
		if (nr < work->threads)
			gather_on(nr);
		else
			fault(nr);
	}
}

int main(void)
{
	static const unsigned int lanes[] = { 1, 2, 4, 8 };

	printf("flushes forced by what may be pending, of %d gathers or questions\n\n%-42s", ASKED, "");
	for (unsigned int i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
		printf("  %u lane%s", lanes[i], lanes[i] == 1 ? " " : "s");
	printf("  needed  8 : 1\n");
	for (unsigned int i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		unsigned long first = 0;

		printf("%-42s", workloads[i].does);
		for (unsigned int l = 0; l < sizeof(lanes) / sizeof(lanes[0]); l++) {
			run(&workloads[i], lanes[l]);
			first = l ? first : world.yes;
			printf("%9lu", world.yes);
		}
		printf("%8lu%7.2f\n", world.needed, first ? (double)world.yes / (double)first : 0);
	}
	return 0;
}
