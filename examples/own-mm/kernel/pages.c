/* SPDX-License-Identifier: MIT */
/* pages.c - the lock, physical pages, page tables, regions, the page fault: what is the same in all three kernels. */
#include <kernel.h>

struct lock memory_lock;
struct process processes[MAX_PROCESSES];
unsigned long pages_in_use;

static unsigned char page_used[RAM_PAGES];
static unsigned int nr_processes;
static struct process *running[MAX_CPUS];

/*
 * Interrupts stay on: who waits here answers shootdowns meanwhile, so the holder may wait for an answer. The inner loop only
 * reads, and leaves the line with the lock to its holder.
 */
void lock(struct lock *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			cpu_relax();
	}
}

void unlock(struct lock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

/* ---- physical pages ---- */

/*
 * The lowest page that is free; the lock is held, or nobody else runs yet. Always the lowest, so that a page that was given back too
 * early is soon somebody else's.
 */
uint64_t page_alloc(void)
{
	for (unsigned int i = 0; i < RAM_PAGES; i++) {
		uint64_t page = RAM_START + i * PAGE_SIZE;

		if (page_used[i])
			continue;
		page_used[i] = 1;
		pages_in_use++;
		page_taken(page);
		memset(physical_to_virtual(page), 0, PAGE_SIZE);
		return page;
	}
	kernel_panic("out of memory");
}

void page_free(uint64_t page)
{
	page_used[(page - RAM_START) / PAGE_SIZE] = 0;
	pages_in_use--;
	page_given_back(page);
}

/* ---- page tables ---- */

static unsigned int index_of(uintptr_t address, int level)
{
	return address >> (12 + 9 * level) & (ENTRIES - 1);
}

/* In one store: a walk finds all of the entry or nothing of it. */
static void make_table(union entry *entry)
{
	union entry new = { .present = 1, .writable = 1, .user = 1, .frame = page_alloc() / PAGE_SIZE };

	entry->raw = new.raw;
}

/* To an entry that is known to have tables above it: what takes tables away goes down again for each level. */
union entry *walk_to(struct process *process, uintptr_t address, int level)
{
	union entry *table = table_at(process->cr3);

	for (int at = LEVELS - 1; at > level; at--)
		table = table_at((uint64_t)table[index_of(address, at)].frame * PAGE_SIZE);
	return &table[index_of(address, level)];
}

union entry *walk(struct process *process, uintptr_t address, bool make)
{
	union entry *table = table_at(process->cr3);

	for (int at = LEVELS - 1; at > 0; at--) {
		union entry *entry = &table[index_of(address, at)];

		if (!entry->present && !make)
			return NULL;
		if (!entry->present)
			make_table(entry);
		table = table_at((uint64_t)entry->frame * PAGE_SIZE);
	}
	return &table[index_of(address, 0)];
}

/* `present` comes last, so that nobody finds half an entry. That is enough where the entry was not present before. */
void map_page(struct process *process, uintptr_t address, uint64_t page, bool writable)
{
	union entry *entry = walk(process, address, true);

	entry->frame = page / PAGE_SIZE;
	entry->user = 1;
	entry->writable = writable;
	entry->no_execute = 1;
	entry->present = 1;
}

bool table_is_empty(uint64_t table)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (table_at(table)[i].present)
			return false;
	}
	return true;
}

/* ---- processes and regions ---- */

struct process *process_create(void)
{
	struct process *process = &processes[nr_processes++];

	process->cr3 = page_alloc();
	return process;
}

/*
 * The new process is entered before its root is loaded, and the old one left after: in between this CPU may hold translations
 * of both, and is asked for both.
 */
void process_switch(struct process *process)
{
	struct process *old = running[cpu_number()];

	shootdown_enter(process);
	running[cpu_number()] = process;
	write_cr3(process->cr3);
	if (old && old != process)
		shootdown_leave(old);
}

/* The lock is held. */
struct region *region_of(struct process *process, uintptr_t address)
{
	for (int i = 0; i < MAX_REGIONS; i++) {
		struct region *region = &process->regions[i];

		if (region->used && address >= region->start && address < region->end)
			return region;
	}
	return NULL;
}

void region_add(struct process *process, uintptr_t start, uintptr_t end, bool writable)
{
	for (int i = 0; i < MAX_REGIONS; i++) {
		if (process->regions[i].used)
			continue;
		process->regions[i] = (struct region){ start, end, true, writable };
		return;
	}
	kernel_panic("too many regions");
}

/* ---- the page fault ---- */

/*
 * The processor walks again when this returns true, so it need not say what it did. It flushes nothing: x86 caches no entry that
 * is not present (SDM vol. 3, 4.10.2.3).
 */
bool page_fault(struct process *process, uintptr_t address, bool write)
{
	struct region *region;
	union entry *entry;
	bool allowed;

	lock(&memory_lock);
	region = region_of(process, address);
	allowed = region && (!write || region->writable);
	if (allowed) {
		/* Somebody may have been faster. */
		entry = walk(process, address, true);
		if (!entry->present)
			map_page(process, address, page_alloc(), region->writable);
	}
	unlock(&memory_lock);
	return allowed;
}

void interrupt(unsigned int vector)
{
	if (vector == VECTOR_SHOOTDOWN)
		shootdown_interrupt();
}

/* ---- system calls ---- */

void sys_mmap(struct process *process, uintptr_t start, uintptr_t end, bool writable)
{
	lock(&memory_lock);
	if (!region_of(process, start))
		region_add(process, start, end, writable);
	unlock(&memory_lock);
}

/*
 * All of a region, or pages at one of its ends. The region goes first, under the lock: a fault that comes between the two finds no
 * region, and cannot map again what unmap() takes away.
 */
bool sys_munmap(struct process *process, uintptr_t start, uintptr_t end)
{
	struct region *region;

	lock(&memory_lock);
	region = region_of(process, start);
	if (region && region->start == start && region->end == end)
		region->used = false;
	else if (region && region->start == start)
		region->start = end;
	else if (region)
		region->end = start;
	unlock(&memory_lock);
	if (region)
		unmap(process, start, end);
	return region;
}

/* The region stays, so a fault may map a new page at any time from the unlock on. */
bool sys_discard(struct process *process, uintptr_t start, uintptr_t end)
{
	struct region *region;

	lock(&memory_lock);
	region = region_of(process, start);
	unlock(&memory_lock);
	if (region)
		unmap(process, start, end);
	return region;
}
