/* SPDX-License-Identifier: MIT */
/* hardware.c - what an invalidation covers: see hardware.h, and M11 and M16 of docs/model.md. */
#include <machine/hardware.h>

#include <assert.h>

/*
 * An invalidation reaches the page at the start of each stride: for larger strides the rest is one entry with it. What the
 * code under test asked for is taken at its word: Linux's flush_tlb_range() steps by 1 << stride_shift, which
 * tlb_get_unmap_shift() derives from the levels that were cleared. A stride that is too large leaves small pages between the
 * steps held. Is there a step in @nr pages from @page on?
 */
static bool steps_into(const struct machine_invalidation *inv, unsigned int page, unsigned int nr)
{
	unsigned long from = (unsigned long)page << MACHINE_PAGE_SHIFT,
		      to = from + ((unsigned long)nr << MACHINE_PAGE_SHIFT);
	unsigned long stride = 1ul << inv->stride_shift, at = inv->start;

	if (machine_arch()->range_op)
		return from < inv->end && to > inv->start;
	if (at < from)
		at += (from - at + stride - 1) / stride * stride;
	return at < to && at < inv->end;
}

/* Where hardware is told which levels changed it leaves the entries of all others alone. */
static bool level_hit(const struct machine_invalidation *inv, unsigned int level)
{
	return !machine_arch()->level_hint || !inv->levels || inv->levels >> level & 1;
}

bool hardware_steps_on(const struct machine_invalidation *inv, unsigned int page)
{
	return inv->all || steps_into(inv, page, 1);
}

/* The first page of the translation that is in one entry with that of @pages pages from @page on. */
static unsigned int beside(unsigned int page, unsigned int pages)
{
	assert(pages && page % pages == 0);
	return machine_arch()->pairs ? page ^ pages : page;
}

bool hardware_drops_leaf(const struct machine_invalidation *inv, const struct hardware_entry *entry)
{
	assert(entry->pages);
	if (inv->all)
		return true;
	/* Where an invalidation names a size it leaves entries of others alone. */
	if (machine_arch()->page_size && inv->page_size &&
	    inv->page_size != (unsigned long)entry->pages << MACHINE_PAGE_SHIFT)
		return false;
	if (!level_hit(inv, entry->level))
		return false;
	return steps_into(inv, beside(entry->page, entry->pages), entry->pages) ||
	       steps_into(inv, entry->page, entry->pages);
}

/*
 * Where only an invalidation of everything reaches walk caches (tables_all), one with an address reaches none, whatever it
 * says of tables. Without a walk cache the entry stands for a walk under way, which any invalidation ends.
 */
unsigned int hardware_drops_parts(const struct machine_invalidation *inv, const struct hardware_entry *entry)
{
	unsigned int part = entry->pages / HARDWARE_PARTS, hit = 0;

	assert(entry->level && part);
	if (inv->all || !machine_arch()->walk_cache)
		return HARDWARE_ALL_PARTS;
	if (!inv->tables || machine_arch()->tables_all || !level_hit(inv, entry->level))
		return 0;
	if (machine_arch()->paths_all)
		return HARDWARE_ALL_PARTS;
	for (unsigned int i = 0; i < HARDWARE_PARTS; i++)
		hit |= steps_into(inv, entry->page + i * part, part) ? 1u << i : 0;
	return hit && !machine_arch()->table_span ? HARDWARE_ALL_PARTS : hit;
}

/* With a TLB for instructions the flush has to say that code was mapped there, as Linux does by VM_EXEC. */
unsigned int hardware_drops_kinds(const struct machine_invalidation *inv)
{
	return machine_arch()->split_itlb && !inv->exec ? HARDWARE_DATA : HARDWARE_BOTH;
}

bool hardware_reaches(const struct machine_invalidation *inv, unsigned int cpu)
{
	if (inv->cpus)
		return inv->cpus >> cpu & 1;
	return machine_arch()->farthest != TLB_REACH_IPI || cpu == machine_cpu();
}

bool hardware_reaches_devices(const struct machine_invalidation *inv)
{
	return machine_arch()->secondary_snoops && machine_arch()->farthest != TLB_REACH_IPI && !inv->cpus;
}

bool hardware_permits(uint64_t entry, enum machine_access how)
{
	if (!(entry & MACHINE_PTE_PRESENT))
		return false;
	if (how == MACHINE_STORE)
		return entry & MACHINE_PTE_WRITE && (entry & MACHINE_PTE_DIRTY || machine_arch()->hw_dirty);
	return how == MACHINE_LOAD || entry & MACHINE_PTE_EXEC;
}

unsigned int machine_colours(void)
{
	unsigned int colours = machine_arch()->colours;

	if (!colours)
		return 1;
	return colours < MACHINE_TABLE_ENTRIES ? colours : MACHINE_TABLE_ENTRIES;
}

bool hardware_keeps_spaces(void)
{
	return machine_arch()->tagged && machine_arch()->asids;
}

bool hardware_load_drops(void)
{
	return !hardware_keeps_spaces() && machine_arch()->load_drops;
}

bool hardware_mixes_spaces(void)
{
	return !hardware_keeps_spaces() && !machine_arch()->load_drops;
}

bool hardware_local_orders(void)
{
	return machine_arch()->local_orders || !machine_arch()->hw_walk;
}
