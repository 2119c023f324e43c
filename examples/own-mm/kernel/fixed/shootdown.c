/* SPDX-License-Identifier: MIT */
/*
 * shootdown.c - taking memory away in the right order: clear the entries; flush here, ask the CPUs that have the tables loaded, and
 * wait until each has answered; only then give pages and tables back.
 *
 * The lock is held all the while, so there is one request at a time, and a fault finds all of it undone or done. Who waits has
 * interrupts on, and who waits for the lock as well, so every CPU answers.
 */
#include <kernel.h>

enum {
	MAX_TAKEN = 32,
};

/* What was cleared and is not yet given back. Under memory_lock. */
static struct {
	uint64_t page[MAX_TAKEN];
	unsigned int nr;
} taken;

/* CPUs that have not answered. */
static unsigned int waiting;

/* CPUs that have the tables of each process loaded, by bits: set before they are, cleared after others are. */
static unsigned long cpus[MAX_PROCESSES];

void shootdown_enter(struct process *process)
{
	__atomic_fetch_or(&cpus[process - processes], 1ul << cpu_number(), __ATOMIC_SEQ_CST);
}

void shootdown_leave(struct process *process)
{
	__atomic_fetch_and(&cpus[process - processes], ~(1ul << cpu_number()), __ATOMIC_SEQ_CST);
}

static unsigned int count(unsigned long set)
{
	unsigned int n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

static void flush_and_wait(struct process *process)
{
	unsigned long others;

	write_cr3(read_cr3());
	others = __atomic_load_n(&cpus[process - processes], __ATOMIC_SEQ_CST) & ~(1ul << cpu_number());
	__atomic_store_n(&waiting, count(others), __ATOMIC_RELAXED);
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (others >> cpu & 1)
			send_ipi(cpu, VECTOR_SHOOTDOWN);
	}
	while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void shootdown_interrupt(void)
{
	write_cr3(read_cr3());
	__atomic_fetch_sub(&waiting, 1, __ATOMIC_RELEASE);
}

static void give_back(struct process *process)
{
	if (!taken.nr)
		return;
	flush_and_wait(process);
	while (taken.nr)
		page_free(taken.page[--taken.nr]);
}

static void take(struct process *process, union entry *entry)
{
	uint64_t page = (uint64_t)entry->frame * PAGE_SIZE;

	__atomic_store_n(&entry->raw, 0, __ATOMIC_RELAXED);
	taken.page[taken.nr++] = page;
	if (taken.nr == MAX_TAKEN)
		give_back(process);
}

static void take_tables(struct process *process, uintptr_t address)
{
	for (int level = 1; level < LEVELS; level++) {
		union entry *entry = walk_to(process, address, level);

		if (!table_is_empty((uint64_t)entry->frame * PAGE_SIZE))
			return;
		take(process, entry);
	}
}

void unmap(struct process *process, uintptr_t start, uintptr_t end)
{
	lock(&memory_lock);
	for (uintptr_t address = start; address < end; address += PAGE_SIZE) {
		union entry *entry = walk(process, address, false);

		if (!entry || !entry->present)
			continue;
		take(process, entry);
		take_tables(process, address);
	}
	give_back(process);
	unlock(&memory_lock);
}
