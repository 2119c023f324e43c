/* SPDX-License-Identifier: MIT */
/*
 * shootdown.c - taking memory away, the way many small kernels do it: page by page, each given back as soon as it is found; then
 * an interrupt to every CPU, and on.
 */
#include <kernel.h>

/* For the system monitor: how often other CPUs were interrupted. */
static unsigned long shootdowns;

/* Up the tree: a table that has become empty is given back. */
static void release_tables(struct process *process, uintptr_t address)
{
	for (int level = 1; level < LEVELS; level++) {
		union entry *entry = walk_to(process, address, level);
		uint64_t table = (uint64_t)entry->frame * PAGE_SIZE;

		if (!table_is_empty(table))
			return;
		page_free(table);
		entry->raw = 0;
	}
}

static void unmap_page(struct process *process, uintptr_t address)
{
	union entry *entry = walk(process, address, false);

	if (!entry || !entry->present)
		return;
	page_free((uint64_t)entry->frame * PAGE_SIZE);
	entry->raw = 0;
	release_tables(process, address);
	invlpg(address);
	send_ipi_to_others(VECTOR_SHOOTDOWN);
}

void unmap(struct process *process, uintptr_t start, uintptr_t end)
{
	lock(&memory_lock);
	for (uintptr_t address = start; address < end; address += PAGE_SIZE)
		unmap_page(process, address);
	unlock(&memory_lock);
	shootdowns++;
}

void shootdown_interrupt(void)
{
	write_cr3(read_cr3());
}

/* Everybody is told. */
void shootdown_enter(struct process *process)
{
	(void)process;
}

void shootdown_leave(struct process *process)
{
	(void)process;
}
