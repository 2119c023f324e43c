/* SPDX-License-Identifier: MIT */
/*
 * workloads.c - what is done to memory, by its name.
 *
 * Of each the first thread maps and writes, then every other reads what it wrote, so that every TLB holds it; and each has some pages of its
 * own in use (RESIDENT). What is counted is .act alone. Where one thread acts the others wait for it, each on its CPU, with interrupts on: as a
 * thread that spins.
 */
#include <count/world.h>
#include <mm/vector.h>

enum {
	GAP = 2,      /* from one range of S6 to the next, pages */
	RANGES = 256, /* at most */
	MISSED = 256, /* flushes, at most */
};
/* From one page of S5 to the next. */
#define APART (2ul << 20)

static enum machine_access access_of(unsigned int thread)
{
	return thread ? MACHINE_LOAD : MACHINE_STORE;
}

/* ---- S1: one page ---- */

static void map_large(struct world *world)
{
	map_at(world, LARGE_AT, world->size);
}

static void touch_large(struct world *world, unsigned int thread)
{
	touch(LARGE_AT, world->size, access_of(thread));
}

static void zap_large(struct world *world, unsigned int thread)
{
	if (!thread)
		madvise_dontneed(world->mm, LARGE_AT, LARGE_AT + world->size * PAGE_SIZE);
}

/* ---- S2, S3, S4: many pages in a row ---- */

static void unmap_large(struct world *world, unsigned int thread)
{
	if (!thread)
		do_munmap(world->mm, LARGE_AT, LARGE_AT + world->size * PAGE_SIZE);
}

static void map_file(struct world *world)
{
	map_file_at(world, LARGE_AT, world->size);
}

/* ---- S5: far apart ---- */

static void map_apart(struct world *world)
{
	map_at(world, LARGE_AT, world->size * (APART / PAGE_SIZE));
}

static void touch_apart(struct world *world, unsigned int thread)
{
	for (unsigned long i = 0; i < world->size; i++)
		touch(LARGE_AT + i * APART, 1, access_of(thread));
}

static void unmap_apart(struct world *world, unsigned int thread)
{
	if (!thread)
		do_munmap(world->mm, LARGE_AT, LARGE_AT + world->size * APART);
}

/* ---- S6: ranges ---- */

static unsigned long range_at(unsigned long nr)
{
	return LARGE_AT + nr * GAP * PAGE_SIZE;
}

/* One half of them in one mapping, with pages between them that nobody has touched; of the others each in a mapping of its own. */
static void map_ranges(struct world *world)
{
	unsigned long half = world->size / 2;

	if (half)
		map_at(world, range_at(0), half * GAP - 1);
	for (unsigned long i = half; i < world->size; i++)
		map_at(world, range_at(i), 1);
}

static void touch_ranges(struct world *world, unsigned int thread)
{
	for (unsigned long i = 0; i < world->size; i++)
		touch(range_at(i), 1, access_of(thread));
}

static void zap_ranges(struct world *world, unsigned int thread)
{
	struct mm_range ranges[RANGES] = { 0 };
	unsigned int nr = (unsigned int)world->size;

	if (thread)
		return;
	for (unsigned int i = 0; i < nr; i++)
		ranges[i] = (struct mm_range){ range_at(i), range_at(i) + PAGE_SIZE };
	if (!world->policy->call_a_range)
		madvise_dontneed_ranges(world->mm, ranges, nr);
	for (unsigned int i = 0; i < nr && world->policy->call_a_range; i++)
		madvise_dontneed(world->mm, ranges[i].start, ranges[i].end);
}

/* ---- S7: from hand to hand ---- */

static void map_nothing(struct world *world)
{
	(void)world;
}

static void touch_nothing(struct world *world, unsigned int thread)
{
	(void)world;
	(void)thread;
}

static void hand_to(struct world *world, unsigned int to, unsigned long address)
{
	machine_wait(&world->box[to], MACHINE_EQUAL, 0);
	world->box[to] = address;
}

static unsigned long handed_to(struct world *world, unsigned int to)
{
	unsigned long address;

	machine_wait(&world->box[to], MACHINE_NOT_EQUAL, 0);
	address = world->box[to];
	world->box[to] = 0;
	return address;
}

/* Side by side in one table, which stays. Of one thread alone: to itself. */
static void pipeline(struct world *world, unsigned int thread)
{
	unsigned long own = LARGE_AT + thread * PAGE_SIZE;

	for (unsigned long i = 0; i < world->size; i++) {
		unsigned long other;

		map_at(world, own, 1);
		touch(own, 1, MACHINE_STORE);
		hand_to(world, (thread + 1) % world->threads, own);
		other = handed_to(world, thread);
		touch(other, 1, MACHINE_LOAD);
		do_munmap(world->mm, other, other + PAGE_SIZE);
		/* Its own is another's to unmap: not before that has been may it be mapped again. */
		world_meet(world);
	}
}

/* ---- S8: the last one leaves ---- */

static void leave(struct world *world, unsigned int thread)
{
	if (thread)
		task_exit(world->tasks[thread]);
	world_meet(world);
	if (!thread)
		task_exit(world->tasks[thread]);
}

/* ---- S9: from many at once ---- */

static void map_programs(struct world *world)
{
	make_programs(world, LARGE_AT);
}

/*
 * Each has run on every CPU. At last a CPU runs the one of its own number, if there is one; what it has in use is in the TLB there. The page
 * that will be reclaimed is only read: a dirty one would be written out, and flushed before that, alone.
 */
static void touch_programs(struct world *world, unsigned int thread)
{
	for (unsigned long i = 0; i < world->size; i++) {
		unsigned long program = (i + 1 + thread) % world->size;

		run_program(world, program);
		touch(LARGE_AT + program * PAGE_SIZE, 1, MACHINE_LOAD);
		touch(RESIDENT_AT, RESIDENT, access_of(thread));
	}
	if (thread < world->size)
		return;
	run_task(world->tasks[thread]);
}

/* By the first of them, which needs memory. */
static void reclaim_programs(struct world *world, unsigned int thread)
{
	struct task *task = world->programs[0];

	for (unsigned long i = 0; i < world->size && !thread; i++)
		reclaim(task, world->programs[i]->mm, LARGE_AT + i * PAGE_SIZE, i + 1 == world->size);
}

/* ---- S10, S11: away, and back ---- */

static void map_and_elsewhere(struct world *world, unsigned long pages)
{
	map_at(world, LARGE_AT, pages);
	make_elsewhere(world);
}

static void map_missed(struct world *world)
{
	map_and_elsewhere(world, world->size);
}

static void map_missed_ranges(struct world *world)
{
	map_and_elsewhere(world, world->size * GAP);
}

static bool runs_elsewhere(unsigned int thread)
{
	return thread % 2;
}

/* Each has been elsewhere once, so the root it will load there is no new one. */
static void touch_missed_pages(struct world *world, unsigned int thread, unsigned long pages)
{
	if (thread) {
		run_task(world->elsewhere[thread]);
		run_task(world->tasks[thread]);
	}
	touch(LARGE_AT, pages, access_of(thread));
}

static void touch_missed(struct world *world, unsigned int thread)
{
	touch_missed_pages(world, thread, world->size);
}

static void touch_missed_ranges(struct world *world, unsigned int thread)
{
	touch_missed_pages(world, thread, world->size * GAP);
}

/* By the first, while of the others every second one runs elsewhere, and the rest is idle; then they come back, and go on. */
static void while_away(struct world *world, unsigned int thread, void (*zap)(struct world *world))
{
	if (thread && runs_elsewhere(thread))
		run_task(world->elsewhere[thread]);
	else if (thread)
		enter_lazy_tlb();
	world_meet(world);
	if (!thread)
		zap(world);
	world_meet(world);
	if (thread)
		run_task(world->tasks[thread]);
	touch(RESIDENT_AT, RESIDENT, MACHINE_LOAD);
}

/* A flush of a page each. */
static void zap_one_by_one(struct world *world)
{
	for (unsigned long i = 0; i < world->size; i++)
		madvise_dontneed(world->mm, LARGE_AT + i * PAGE_SIZE, LARGE_AT + (i + 1) * PAGE_SIZE);
}

static void miss_flushes(struct world *world, unsigned int thread)
{
	while_away(world, thread, zap_one_by_one);
}

static void zap_every_second(struct world *world)
{
	zap_ranges(world, 0);
}

static void miss_ranges(struct world *world, unsigned int thread)
{
	while_away(world, thread, zap_every_second);
}

/* ---- all ---- */

const struct workload workloads[] = {
	{ { "S1", "pages written, then madvise(MADV_DONTNEED)", "pages", COUNT_MAX_PAGES, { 1 } },
	  map_large,
	  touch_large,
	  zap_large },
	{ { "S2", "pages mapped, touched, unmapped", "pages", COUNT_MAX_PAGES, { 1, 8, 33, 34, 512, 9698, 262144 } },
	  map_large,
	  touch_large,
	  unmap_large },
	{ { "S3", "128 MiB touched, then unmapped", "pages", COUNT_MAX_PAGES, { 32768 } },
	  map_large,
	  touch_large,
	  unmap_large },
	{ { "S4", "1 GiB of a shared file, dirty, unmapped", "pages", COUNT_MAX_PAGES, { 262144 } },
	  map_file,
	  touch_large,
	  unmap_large },
	{ { "S5", "64 pages, one in 2 MiB, unmapped in one call", "pages", 512, { 64 } },
	  map_apart,
	  touch_apart,
	  unmap_apart },
	{ { "S6", "64 ranges in one vectored madvise(MADV_DONTNEED)", "ranges", RANGES, { 64 } },
	  map_ranges,
	  touch_ranges,
	  zap_ranges },
	{ { "S7", "a pipeline: each CPU maps a page, the next one unmaps it", "pages", 4096, { 16 } },
	  map_nothing,
	  touch_nothing,
	  pipeline },
	{ { "S8", "exit of a process that is idle on every other CPU", "pages", COUNT_MAX_PAGES, { 512 } },
	  map_large,
	  touch_large,
	  leave },
	{ { "S9",
	    "reclaim: a page of each of 32 address spaces, in one batch",
	    "address spaces",
	    PROGRAMS,
	    { PROGRAMS } },
	  map_programs,
	  touch_programs,
	  reclaim_programs },
	{ { "S10", "CPUs come back that have missed flushes of a page", "flushes", MISSED, { 1, 2, 4, 5, 8 } },
	  map_missed,
	  touch_missed,
	  miss_flushes },
	{ { "S11", "CPUs come back that have missed one flush of several ranges", "ranges", RANGES, { 2, 8, 32, 33 } },
	  map_missed_ranges,
	  touch_missed_ranges,
	  miss_ranges },
};
const unsigned int nr_workloads = sizeof(workloads) / sizeof(workloads[0]);
