/* SPDX-License-Identifier: MIT */
/*
 * ticket.c - another stranger's kernel, for what examples/own-mm has not: Sv39, a ticket lock, a free list in the free pages, plain and
 * volatile stores to tables, and CPUs that look for requests while they wait, with interrupts on, so that the interrupt for
 * a request can come in the middle of that.
 *
 *	-DRIGHT=1	it looks with interrupts off
 *	-DRIGHT=0	it does not: the interrupt takes the same request once more, and answers twice
 */
#include <machine/machine.h>
#include <shootdown/subject.h>
#include <string.h>

enum {
	PAGES = 20,
	CPUS = 3,
	BYTES = 4096,
	LEVELS = 3,
};

enum {
	V = 1,
	R = 2,
	W = 4,
	U = 16,
	A = 64,
	D = 128,
};

/* ---- locks ---- */

struct ticket_lock {
	volatile unsigned int next, owner;
};

static void acquire(struct ticket_lock *lock)
{
	unsigned int mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != mine)
		machine_relax();
}

static void release(struct ticket_lock *lock)
{
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

/* ---- pages ---- */

struct run {
	struct run *next;
};

static struct ticket_lock pages_lock, tables_lock;
static struct run *free_list;
static unsigned int boots;

static void *page_alloc(void)
{
	struct run *page;

	acquire(&pages_lock);
	page = free_list;
	free_list = page->next;
	release(&pages_lock);
	machine_frame_take(machine_frame_at((uint64_t)page));
	memset(page, 0, BYTES);
	return page;
}

static void page_free(void *page)
{
	struct run *run = page;

	machine_frame_free(machine_frame_at((uint64_t)page));
	acquire(&pages_lock);
	run->next = free_list;
	free_list = run;
	release(&pages_lock);
}

/* ---- tables ---- */

static uint64_t *root;
static const struct subject_map *maps;

static uint64_t *walk(unsigned long address, bool make)
{
	uint64_t *table = root;

	for (int level = LEVELS - 1; level > 0; level--) {
		uint64_t *entry = &table[address >> (12 + 9 * level) & 511];

		if (!(*entry & V) && !make)
			return NULL;
		if (!(*entry & V))
			*entry = (uint64_t)page_alloc() >> 2 | V;
		table = (uint64_t *)(*entry >> 10 << 12);
	}
	return &table[address >> 12 & 511];
}

static void map(unsigned long address)
{
	*(volatile uint64_t *)walk(address, true) = (uint64_t)page_alloc() >> 2 | V | R | W | U | A | D;
}

/* What is gone stays away. */
static bool fault(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

/* ---- shootdown ---- */

static volatile unsigned int requests[CPUS]; /* for each CPU, from whom, by bits */
static int waiting[CPUS];
static unsigned int running; /* CPUs that have the tables loaded */

static void flush(void)
{
	machine_tlb_local(&(struct machine_invalidation){ .all = true, .tables = true, .exec = true });
}

static void look(void)
{
	unsigned int from = requests[machine_cpu()];

	if (!from)
		return;
	__atomic_fetch_and(&requests[machine_cpu()], ~from, __ATOMIC_ACQUIRE);
	flush();
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (from >> cpu & 1)
			__atomic_fetch_sub(&waiting[cpu], 1, __ATOMIC_RELEASE);
	}
}

static void arrive(void *nothing)
{
	(void)nothing;
	look();
}

static void look_while_waiting(void)
{
	unsigned long flags = RIGHT ? machine_irq_save() : 0;

	look();
	if (RIGHT)
		machine_irq_restore(flags);
	machine_relax();
}

static void shootdown(void)
{
	unsigned int me = machine_cpu(), others;

	flush();
	machine_fence_walks();
	others = __atomic_load_n(&running, __ATOMIC_SEQ_CST) & ~(1u << me);
	__atomic_store_n(&waiting[me], __builtin_popcount(others), __ATOMIC_RELAXED);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (!(others >> cpu & 1))
			continue;
		__atomic_fetch_or(&requests[cpu], 1u << me, __ATOMIC_RELEASE);
		machine_interrupt(1u << cpu, arrive, NULL);
	}
	while (__atomic_load_n(&waiting[me], __ATOMIC_ACQUIRE) > 0)
		look_while_waiting();
}

/* One page. */
static void discard(struct subject_call *call)
{
	uint64_t *entry, word = 0;

	acquire(&tables_lock);
	entry = walk(call->start, false);
	if (entry)
		word = *entry;
	if (word & V)
		*entry = 0;
	release(&tables_lock);
	if (!(word & V))
		return;
	shootdown();
	page_free((void *)(word >> 10 << 12));
	subject_covers(call);
}

/* What an idle CPU does. */
static void idle(struct subject_call *call)
{
	(void)call;
	look_while_waiting();
}

/* ---- as the checker sees it ---- */

static void boot(const struct subject_setup *setup)
{
	/* What is static is as it was when the program began. */
	if (boots++)
		machine_panic(__FILE__, __LINE__, "a kernel that has run before");
	for (int i = PAGES - 1; i >= 0; i--) {
		struct run *page = (struct run *)machine_frame_address(i);

		page->next = free_list;
		free_list = page;
	}
	root = page_alloc();
	maps = setup->maps;
}

static bool present(const struct subject_present *entry)
{
	map(maps[entry->map].start + entry->page * BYTES);
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
	__atomic_fetch_or(&running, 1u << machine_cpu(), __ATOMIC_SEQ_CST);
	machine_load_root(space(0));
}

static void audit(struct subject_audit *to)
{
	if (tables_lock.next != tables_lock.owner)
		to->finds(to, SUBJECT_MISSED, SUBJECT_NONE, "the lock of the tables is held");
}

static void choose(struct tlb_arch *arch)
{
	arch->asids = false;
}

static const struct machine_kernel kernel = { .fault = fault, .context_switch = switch_to };
static const struct subject_operation operations[] = {
	{ "madvise A.p dontneed", SUBJECT_CPU, true, discard },
	{ "idle", SUBJECT_CPU, false, idle },
	{ 0 },
};

const struct subject subject_under_test = {
	.name = "tickets",
	.format = "sv39",
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
