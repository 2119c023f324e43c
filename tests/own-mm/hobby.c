/* SPDX-License-Identifier: MIT */
/*
 * hobby.c - a third stranger's kernel: x86-64, entries that are a struct of bit-fields, one lock around everything, an interrupt a page, and
 * nothing between a store to a table and the INVLPG behind it, which needs nothing there.
 *
 *	-DRIGHT=1	a page is given back when nobody holds it any more
 *	-DRIGHT=0	... before that
 */
#include <machine/machine.h>
#include <shootdown/subject.h>
#include <string.h>

enum {
	PAGES = 20,
	BYTES = 4096,
	LEVELS = 4,
};

struct entry {
	uint64_t present : 1, writable : 1, user : 1, : 2, accessed : 1, dirty : 1, : 5;
	uint64_t frame : 40, : 11, no_exec : 1;
};

/* ---- the lock: who waits for it has interrupts on, and answers ---- */

static int big_lock;

static void lock_kernel(void)
{
	while (__sync_lock_test_and_set(&big_lock, 1))
		while (__atomic_load_n(&big_lock, __ATOMIC_RELAXED))
			machine_relax();
}

static void unlock_kernel(void)
{
	__sync_lock_release(&big_lock);
}

/* ---- pages ---- */

static uint64_t free_frames[PAGES];
static int nr_free;

static uint64_t frame_alloc(void)
{
	uint64_t frame = free_frames[--nr_free];

	machine_frame_take(machine_frame_at(frame * BYTES));
	memset((void *)(frame * BYTES), 0, BYTES);
	return frame;
}

static void frame_free(uint64_t frame)
{
	machine_frame_free(machine_frame_at(frame * BYTES));
	free_frames[nr_free++] = frame;
}

/* ---- shootdown ---- */

static unsigned long shot;
static unsigned int unanswered;

static void invlpg(unsigned long page)
{
	machine_tlb_local(&(struct machine_invalidation){ .space = machine_loaded(),
							  .start = page,
							  .end = page + BYTES,
							  .stride_shift = 12,
							  .tables = true,
							  .exec = true });
}

static void arrive(void *nothing)
{
	(void)nothing;
	invlpg(shot);
	__atomic_fetch_sub(&unanswered, 1, __ATOMIC_RELEASE);
}

static void shootdown(unsigned long page)
{
	invlpg(page);
	shot = page;
	__atomic_store_n(&unanswered, machine_nr_cpus() - 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = 0; cpu < machine_nr_cpus(); cpu++) {
		if (cpu != machine_cpu())
			machine_interrupt(1u << cpu, arrive, NULL);
	}
	while (__atomic_load_n(&unanswered, __ATOMIC_ACQUIRE) > 0)
		machine_relax();
}

/* ---- tables ---- */

static struct entry *root;
static const struct subject_map *maps;

/* The frame before the flag: walks may come between any two of these stores. */
static void entry_make(struct entry *entry, uint64_t frame, bool writable)
{
	entry->frame = frame;
	entry->user = 1;
	entry->writable = writable;
	entry->present = 1;
}

static struct entry *walk(unsigned long address, bool make)
{
	struct entry *table = root;

	for (int level = LEVELS - 1; level > 0; level--) {
		struct entry *entry = &table[address >> (12 + 9 * level) & 511];

		if (!entry->present && !make)
			return NULL;
		if (!entry->present)
			entry_make(entry, frame_alloc(), true);
		table = (struct entry *)((uint64_t)entry->frame * BYTES);
	}
	return &table[address >> 12 & 511];
}

/* What is gone stays away. */
static bool fault(unsigned long address, enum machine_access how)
{
	struct entry *entry;
	bool again;

	lock_kernel();
	entry = walk(address, false);
	again = entry && entry->present && (how != MACHINE_STORE || entry->writable);
	unlock_kernel();
	return again;
}

/* ---- operations ---- */

static void op_munmap(struct subject_call *call)
{
	lock_kernel();
	for (unsigned long page = call->start; page < call->end; page += BYTES) {
		struct entry *entry = walk(page, false);
		uint64_t frame = entry ? entry->frame : 0;

		if (!frame)
			continue;
		memset(entry, 0, sizeof(*entry));
		if (!RIGHT)
			frame_free(frame);
		shootdown(page);
		if (RIGHT)
			frame_free(frame);
	}
	unlock_kernel();
	subject_covers(call);
}

/* Only the right to write is gone: it has taken no translation away, and does not say so. */
static void op_mprotect(struct subject_call *call)
{
	lock_kernel();
	for (unsigned long page = call->start; page < call->end; page += BYTES) {
		struct entry *entry = walk(page, false);

		entry->writable = 0;
		if (RIGHT)
			shootdown(page);
	}
	unlock_kernel();
}

/* An entry that leads to where no memory is. */
static void op_spoil(struct subject_call *call)
{
	lock_kernel();
	walk(call->start, false)->frame = 1;
	unlock_kernel();
}

/* ---- as the checker sees it ---- */

static void boot(const struct subject_setup *setup)
{
	for (int i = PAGES - 1; i >= 0; i--)
		free_frames[nr_free++] = machine_frame_address(i) / BYTES;
	root = (struct entry *)(frame_alloc() * BYTES);
	maps = setup->maps;
}

static bool present(const struct subject_present *entry)
{
	const struct subject_map *map = &maps[entry->map];

	entry_make(walk(map->start + entry->page * BYTES, true), frame_alloc(), map->prot & SUBJECT_WRITE);
	return true;
}

static struct machine_space *space(unsigned int nr)
{
	(void)nr;
	return machine_space_at(machine_frame_at((uint64_t)root));
}

static void *thread(int nr, enum subject_thread kind)
{
	(void)nr;
	(void)kind;
	return root;
}

static void switch_to(void *thread)
{
	(void)thread;
	machine_load_root(space(0));
}

static void audit(struct subject_audit *to)
{
	if (big_lock)
		to->finds(to, SUBJECT_MISSED, SUBJECT_NONE, "the lock is held");
}

static void choose(struct tlb_arch *arch)
{
	arch->asids = false;
}

static const struct machine_kernel kernel = { .fault = fault, .context_switch = switch_to };
static const struct subject_operation operations[] = {
	{ "munmap A[.p..q]", SUBJECT_CPU, true, op_munmap },
	{ "mprotect A[.p..q] PROT", SUBJECT_CPU, false, op_mprotect },
	{ "spoil A.p", SUBJECT_CPU, false, op_spoil },
	{ 0 },
};

const struct subject subject_under_test = {
	.name = "a hobby",
	.format = "x86-64",
	.frames = PAGES,
	.choose = choose,
	.kernel = &kernel,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = switch_to,
	.audit = audit,
};
