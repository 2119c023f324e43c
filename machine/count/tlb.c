/* SPDX-License-Identifier: MIT */
/* tlb.c - TLBs: a program's access fills them, an invalidation says how many of what it named had been there. */
#include <machine/count/count.h>

#include <assert.h>

/* ---- address spaces ---- */

struct machine_space *machine_space_at(int root_frame)
{
	struct count_machine *m = count_here();

	if (m->nr_spaces == COUNT_SPACES)
		machine_too_big("address spaces", COUNT_SPACES);
	m->spaces[m->nr_spaces].root = root_frame;
	return &m->spaces[m->nr_spaces++];
}

void machine_kernel_root(int root_frame)
{
	(void)root_frame;
	machine_panic(__FILE__, __LINE__, "nothing is counted of the kernel's own mappings");
}

/* ---- what is held ---- */

/* Pages that stand one table apart are in different sets, as in processors, which hash. */
static unsigned int set_of(unsigned long page)
{
	return (unsigned int)(page ^ page >> 8 ^ page >> MACHINE_TABLE_BITS) % COUNT_SETS;
}

static bool is_of(const struct count_entry *e, const struct machine_space *space)
{
	return e->space == space || (e->space && hardware_mixes_spaces());
}

/* May what is loaded use it? Where a kernel gives ids out, by these alone. */
static bool is_current(const struct count_cpu *cpu, const struct count_entry *e)
{
	return cpu->id ? e->space && e->id == cpu->id : is_of(e, cpu->space);
}

static struct count_entry *find(struct count_cpu *cpu, unsigned long page)
{
	struct count_entry *way = cpu->tlb.way[set_of(page)];

	for (unsigned int i = 0; i < COUNT_WAYS; i++) {
		if (way[i].page == page && is_current(cpu, &way[i]))
			return &way[i];
	}
	return NULL;
}

static void drop(struct count_tlb *tlb, struct count_entry *e)
{
	count_frame_at(e->word)->held--;
	e->space = NULL;
	tlb->held--;
}

/* In a way that is free, or else the one that was filled first. */
static void fill(struct count_cpu *cpu, const struct count_entry *entry)
{
	unsigned int set = set_of(entry->page), nr = 0;
	struct count_entry *way = cpu->tlb.way[set];

	while (nr < COUNT_WAYS && way[nr].space)
		nr++;
	if (nr == COUNT_WAYS) {
		nr = cpu->tlb.oldest[set]++ % COUNT_WAYS;
		drop(&cpu->tlb, &way[nr]);
	}
	way[nr] = *entry;
	count_frame_at(entry->word)->held++;
	cpu->tlb.held++;
}

/* ---- accesses ---- */

/* The last-level entry of @page; NULL where the tables end before. */
static uint64_t *walk(const struct count_cpu *cpu, unsigned long page)
{
	int table = cpu->space->root;

	for (unsigned int level = machine_levels() - 1;; level--) {
		uint64_t *entry = &count_here()
					   ->frames[table]
					   .words[page >> MACHINE_TABLE_BITS * level & (MACHINE_TABLE_ENTRIES - 1)];

		if (!level)
			return entry;
		if (!(*entry & MACHINE_PTE_PRESENT))
			return NULL;
		table = (int)(*entry >> MACHINE_PTE_FRAME_SHIFT);
	}
}

static bool through_walk(struct count_cpu *cpu, unsigned long page, enum machine_access how)
{
	uint64_t *entry = walk(cpu, page);

	if (!entry || !hardware_permits(*entry, how))
		return false;
	if (machine_arch()->hw_dirty)
		*entry |= MACHINE_PTE_ACCESSED | (how == MACHINE_STORE ? MACHINE_PTE_DIRTY : 0);
	fill(cpu, &(struct count_entry){ cpu->space, page, *entry, count_frame_at(*entry)->life, cpu->id });
	return true;
}

/* False: it faults. What made it fault goes, unless hardware keeps it: then the kernel drops it. */
static bool attempt(struct count_cpu *cpu, unsigned long page, enum machine_access how)
{
	struct count_entry *held = find(cpu, page);

	if (held && !hardware_permits(held->word, how)) {
		if (!machine_arch()->readonly_sticky)
			drop(&cpu->tlb, held);
		return false;
	}
	if (held && how == MACHINE_STORE && !(held->word & MACHINE_PTE_DIRTY)) {
		drop(&cpu->tlb, held);
		held = NULL;
	}
	if (!held)
		return through_walk(cpu, page, how);
	if (held->life != count_frame_at(held->word)->life)
		machine_panic(__FILE__, __LINE__, "no access through a translation whose page was given back");
	return true;
}

bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	struct count_cpu *cpu = count_here()->self;
	unsigned long page = address >> MACHINE_PAGE_SHIFT;
	uint64_t *datum;

	while (!attempt(cpu, page, how)) {
		if (!count_here()->config.kernel->fault(address, how))
			return false;
	}
	datum = &count_frame_at(find(cpu, page)->word)->datum;
	if (how == MACHINE_STORE)
		*datum = *value;
	else if (value)
		*value = *datum;
	return true;
}

/* ---- invalidation ---- */

static bool is_covered(const struct count_entry *e, const void *arg)
{
	const struct machine_invalidation *inv = arg;
	struct hardware_entry place = { (unsigned int)e->page, 1, 0 };

	bool named = inv->id ? e->id == inv->id : !inv->space || is_of(e, inv->space);

	return named && hardware_drops_leaf(inv, &place);
}

static bool is_any(const struct count_entry *e, const void *arg)
{
	(void)e;
	(void)arg;
	return true;
}

static bool has_id(const struct count_entry *e, const void *arg)
{
	return e->id == *(const unsigned int *)arg;
}

static bool leads_to(const struct count_entry *e, const void *arg)
{
	return count_frame_at(e->word) == arg;
}

typedef bool which_fn(const struct count_entry *e, const void *arg);

/* A root that is gone leads nowhere, nor does a table of that kind. */
static uint64_t found_again(const struct count_entry *e)
{
	int table = e->space->root;

	for (unsigned int level = machine_levels() - 1;; level--) {
		const uint64_t *words = count_here()->frames[table].words;
		uint64_t entry = words ? words[e->page >> MACHINE_TABLE_BITS * level & (MACHINE_TABLE_ENTRIES - 1)] : 0;

		if (!level || !(entry & MACHINE_PTE_PRESENT))
			return entry;
		table = (int)(entry >> MACHINE_PTE_FRAME_SHIFT);
	}
}

/* Does the table allow all that it says? Then nobody had to be told of it. Accessed and dirty are gained without a word. */
static bool is_as_it_was(const struct count_entry *e)
{
	uint64_t now = found_again(e), frame = ~((1ull << MACHINE_PTE_FRAME_SHIFT) - 1);

	return e->life == count_frame_at(e->word)->life && !((now ^ e->word) & frame) && !(e->word & ~now);
}

static void count_gone(const struct count_entry *e)
{
	machine_count(TLB_COUNT_PRESENT, 1);
	if (is_as_it_was(e))
		machine_count(TLB_COUNT_BEYOND, 1);
}

static void drop_in_set(struct count_tlb *tlb, unsigned int set, which_fn *which, const void *arg)
{
	for (unsigned int i = 0; i < COUNT_WAYS; i++) {
		struct count_entry *e = &tlb->way[set][i];

		if (!e->space || !which(e, arg))
			continue;
		if (count_here()->counting)
			count_gone(e);
		drop(tlb, e);
	}
}

/* Those for which which(@arg) is true. */
static void drop_if(struct count_tlb *tlb, which_fn *which, const void *arg)
{
	for (unsigned int set = 0; set < COUNT_SETS && tlb->held; set++)
		drop_in_set(tlb, set, which, arg);
}

/* Of a few pages in their sets alone, and in that of the page on either side, as an entry may be of a pair. */
static void drop_covered(struct count_tlb *tlb, const struct machine_invalidation *inv)
{
	unsigned long first = inv->start >> MACHINE_PAGE_SHIFT, last = (inv->end - 1) >> MACHINE_PAGE_SHIFT;

	if (inv->all || last - first >= COUNT_SETS) {
		drop_if(tlb, is_covered, inv);
		return;
	}
	for (unsigned long page = first ? first - 1 : 0; page <= last + 1; page++)
		drop_in_set(tlb, set_of(page), is_covered, inv);
}

static void count_named(const struct machine_invalidation *inv)
{
	if (inv->all)
		machine_count(TLB_COUNT_EMPTIED, 1);
	else
		machine_count(TLB_COUNT_NAMED, (inv->end - inv->start) >> inv->stride_shift);
}

static void invalidate(struct count_tlb *tlb, const struct machine_invalidation *inv)
{
	count_named(inv);
	drop_covered(tlb, inv);
}

void machine_tlb_local(const struct machine_invalidation *inv)
{
	invalidate(&count_here()->self->tlb, inv);
}

/* What a device holds is not kept: the library counts what it is told (TLB_COUNT_COMMANDS). */
void machine_device_load(unsigned int device, struct machine_space *space)
{
	(void)device;
	(void)space;
}

void machine_device_invalidate(unsigned int device, const struct machine_invalidation *inv)
{
	(void)device;
	(void)inv;
}

void machine_device_sync(unsigned int device)
{
	(void)device;
}

void machine_device_ats(unsigned int device)
{
	(void)device;
}

void machine_device_resume(unsigned int device, bool again)
{
	(void)device;
	(void)again;
}

/* No guest runs here. */
bool machine_trapped_access(unsigned long address, enum machine_access how, const int *frame)
{
	(void)address;
	(void)how;
	(void)frame;
	machine_too_big("virtual CPUs on a machine that counts", 0);
	return false;
}

void machine_notified(void)
{
}

void machine_device_invalidate_atc(unsigned int device, const struct machine_invalidation *inv)
{
	machine_device_invalidate(device, inv);
}

/* Done at once: nothing is counted of when. */
void machine_tlb_broadcast(const struct machine_invalidation *inv)
{
	for (unsigned int i = 0; i < machine_nr_cpus(); i++) {
		if (hardware_reaches(inv, i))
			invalidate(&count_here()->cpus[i].tlb, inv);
	}
}

void machine_tlb_complete(void)
{
}

/* Where one instruction clears an entry and drops it everywhere it names one on each CPU. Each page is mapped once here. */
uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	const struct count_frame *frame = count_frame_at(*entry);
	uint64_t old = *entry;

	*entry = value;
	machine_count(TLB_COUNT_NAMED, machine_nr_cpus());
	for (unsigned int i = 0; frame->held && i < machine_nr_cpus(); i++)
		drop_if(&count_here()->cpus[i].tlb, leads_to, frame);
	return old;
}

uint64_t machine_invalidate_entry_here(uint64_t *entry, uint64_t value)
{
	struct count_tlb *tlb = &count_here()->self->tlb;
	uint64_t old = *entry;

	*entry = value;
	machine_count(TLB_COUNT_NAMED, 1);
	drop_if(tlb, leads_to, count_frame_at(old));
	return old;
}

void machine_load_root(struct machine_space *space)
{
	machine_load_root_as(space, 0, false);
}

void machine_load_root_as(struct machine_space *space, unsigned int id, bool drops)
{
	struct count_cpu *cpu = count_here()->self;

	cpu->space = space;
	cpu->id = id;
	if (!id && !hardware_load_drops())
		return;
	if (id && !drops)
		return;
	machine_count(TLB_COUNT_EMPTIED, 1);
	drop_if(&cpu->tlb, id ? has_id : is_any, &id);
}

void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	(void)space;
	(void)start;
	(void)end;
}
