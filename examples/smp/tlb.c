/* SPDX-License-Identifier: MIT */
/*
 * tlb.c - the hardware of these CPUs: a TLB each, a walker, and invalidations; hooks 19 to 21.
 *
 * A translation and the access through it are one instruction, under the lock of the CPU's TLB: an invalidation falls
 * between two. In a kernel this file is three instructions; what stands here is what they must do.
 */
#include "smp.h"

static struct mm *mm_of(struct tlb_mm *tlb)
{
	return tlb ? (struct mm *)((char *)tlb - offsetof(struct mm, tlb)) : NULL;
}

/* ---- use ---- */

static struct page *walk(const struct mm *mm, unsigned long addr)
{
	unsigned long top = entry_read(&mm->root->entry[addr / PAGE_SIZE / TABLE_ENTRIES % TABLE_ENTRIES]);
	unsigned long entry = 0;

	if (top & 1)
		entry = entry_read(&((struct page *)(top & ~1ul))->entry[addr / PAGE_SIZE % TABLE_ENTRIES]);
	return entry & 1 ? (struct page *)(entry & ~1ul) : NULL;
}

/* Areas begin at the same place of a table each; they shall not push each other out. */
static unsigned long index_of(unsigned long addr)
{
	unsigned long number = addr / PAGE_SIZE;

	return (number + number / TABLE_ENTRIES * (TLB_ENTRIES / CPUS)) % TLB_ENTRIES;
}

static struct page *translate(struct cpu *cpu, unsigned long addr)
{
	struct tlb_entry *entry = &cpu->tlb[index_of(addr)];
	struct page *page;

	if (entry->mm == cpu->mm && entry->addr == addr)
		return entry->page;
	page = walk(cpu->mm, addr);
	if (page)
		*entry = (struct tlb_entry){ cpu->mm, addr, page };
	return page;
}

bool cpu_read(unsigned long addr, unsigned long *word)
{
	struct page *page;

	cpu_step();
	pthread_mutex_lock(&this_cpu->lock);
	page = translate(this_cpu, addr);
	if (page)
		*word = page->word[0];
	pthread_mutex_unlock(&this_cpu->lock);
	return page != NULL;
}

/* ---- invalidation ---- */

static void drop(struct cpu *cpu, const struct broadcast *what)
{
	pthread_mutex_lock(&cpu->lock);
	for (unsigned int i = 0; i < TLB_ENTRIES; i++) {
		struct tlb_entry *entry = &cpu->tlb[i];

		if (what->mm && entry->mm != what->mm)
			continue;
		if (what->all || (entry->addr >= what->start && entry->addr < what->end))
			entry->mm = NULL;
	}
	pthread_mutex_unlock(&cpu->lock);
}

void tlb_drop_all(void)
{
	drop(this_cpu, &(struct broadcast){ .all = true });
}

/* Without ids the load of a root drops what was there, so entries never survive a switch: no asids in the row. */
void cpu_load_root(struct mm *mm)
{
	tlb_drop_all();
	this_cpu->mm = mm;
}

static struct broadcast from_request(const struct tlb_flush *flush)
{
	return (struct broadcast){ mm_of(flush->mm), flush->start, flush->end, flush->all };
}

/* Hook 19: done on return. */
void shootdown_flush_local(const struct tlb_flush *flush)
{
	struct broadcast what = from_request(flush);

	drop(this_cpu, &what);
}

/* Hook 20: on its way. Two requests may be under way; a third waits for them, as hardware does when its queue is full. */
void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	if (this_cpu->broadcasts == BROADCASTS)
		shootdown_flush_complete();
	this_cpu->broadcast[this_cpu->broadcasts++] = from_request(flush);
}

/* Hook 21: everywhere, also on CPUs that have interrupts off. */
void shootdown_flush_complete(void)
{
	for (unsigned int i = 0; i < this_cpu->broadcasts; i++) {
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			drop(&cpus[cpu], &this_cpu->broadcast[i]);
	}
	this_cpu->broadcasts = 0;
}
