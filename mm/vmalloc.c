/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.c - mappings of the kernel's own: made, taken away, and their addresses had again once no TLB knows what was there.
 *
 * Every CPU walks the tables of the kernel, so every CPU that is up has to be asked, whatever it runs, and is asked as seldom as can be:
 *   1. Who takes a mapping away clears its entries and gives its pages back. He flushes nothing: he has seen to it that nobody uses the mapping any
 *      more, and a translation that a TLB still has harms nobody as long as nobody uses the address.
 *   2. So the address is what has to wait. It is had again only behind a purge: one flush for all that was taken away since the last one.
 *   3. Code is another matter, since who fetches it asks nobody: a return to where a module was, or a CPU that guesses. It is flushed before its pages
 *      are given back, so what is in them next is no code of the kernel's.
 *   4. A new mapping needs no flush. A CPU that does not see it yet, or may hold that there was none, faults once (handle_kernel_fault()).
 *
 *   5. A table in which nothing is left goes with the purge: unhooked before the flush, and given back behind it, when no walk comes through it
 *      any more; also none of a device, where that walks the kernel's tables with those of its program.
 *
 * Tables are added under the page-table lock of the one above, and taken away under a lock that who fills them holds for reading. An entry is
 * changed by the owner of its area alone. Who looks at one that is not his does so in a section that RCU waits for.
 *
 * vmalloc(), vfree(), purge_vmap_area_lazy() and vm_reset_perms() of Linux. There a mapping gets any addresses that are free; here it names them, as the
 * caller does who has a range of his own (modules), and if they are not free a purge may make them so.
 */
#include <mm/fault.h>
#include <mm/vmalloc.h>

static struct vmap *vmap(void)
{
	return &mm_globals()->vmap;
}

/* Once, at boot, before any mapping is made. */
void vmalloc_init(void)
{
	struct page *root = table_alloc();

	shootdown_assert(root && vmap()->pgd == MACHINE_NO_FRAME, "vmalloc_init: once, with memory for a table");
	vmap()->pgd = root->frame;
	machine_kernel_root(root->frame);
}

/* ---- areas ---- */

static bool overlaps(const struct vmap_area *area, unsigned long start, unsigned long end)
{
	return area->start < end && start < area->end;
}

/* vmap lock held; of one that is not free: may nobody else have its addresses yet? */
static bool is_in_the_way(const struct vmap_area *area)
{
	/* Some TLB may still know what was there: conclusion 2. */
	return area->state == VMAP_TAKEN || RULE(purge_before_reuse);
}

/* NULL: somebody has some of these addresses, or they wait for a purge; or so many others do that there is no room to note one more. */
static struct vmap_area *alloc_vmap_area(unsigned long start, unsigned long end)
{
	struct vmap_area *found = NULL;
	bool free = true;

	spin_lock(&vmap()->lock);
	for (unsigned int i = 0; i < MM_VMAP_AREAS; i++) {
		struct vmap_area *area = &vmap()->areas[i];

		if (area->state == VMAP_FREE)
			found = found ? found : area;
		else if (overlaps(area, start, end) && is_in_the_way(area))
			free = false;
	}
	if (!free)
		found = NULL;
	if (found) {
		found->start = start;
		found->end = end;
		found->state = VMAP_TAKEN;
	}
	spin_unlock(&vmap()->lock);
	return found;
}

/* The owner's lock held for reading: the mapping that may be used at @address. */
static struct vmap_area *find_live(unsigned long address)
{
	for (unsigned int i = 0; i < MM_VMAP_AREAS; i++) {
		struct vmap_area *area = &vmap()->areas[i];

		if (area->live && address >= area->start && address < area->end)
			return area;
	}
	return NULL;
}

/* ---- tables ---- */

/* The lock of tables held: nobody adds an entry, and nobody clears another than the last one. */
static bool is_empty(int table)
{
	const pte_t *entry = machine_frame_words(table);

	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++) {
		if (ptep_get(&entry[i]))
			return false;
	}
	return true;
}

/* The table of @address, if nothing is left in it: no walk that begins from here on finds it. NULL: there is none. */
static struct page *unhook_table(unsigned long address)
{
	struct page *upper, *table = NULL;
	pte_t *entry = pmd_lookup_kernel(address, &upper);

	if (!entry || !pmd_table(ptep_get(entry)) || !is_empty(pte_frame(ptep_get(entry))))
		return NULL;
	pte_lock(upper);
	table = frame_to_page(pte_frame(ptep_get(entry)));
	set_pte(entry, 0);
	pte_unlock(upper);
	return table;
}

struct unhooked {
	struct page *tables[MM_VMAP_AREAS];
	unsigned int nr;
	unsigned long start, end; /* bytes: what is to be flushed */
};

static void note_unhooked(struct unhooked *unhooked, struct page *table, unsigned long address)
{
	const unsigned long span = PAGE_SIZE << MACHINE_TABLE_BITS, first = address & ~(span - 1);

	if (unhooked->nr == MM_VMAP_AREAS)
		machine_too_big("tables of one purge", MM_VMAP_AREAS);
	unhooked->tables[unhooked->nr++] = table;
	if (!machine_arch()->table_span)
		return;
	/* Each address has a path of its own to the table. */
	unhooked->start = first < unhooked->start ? first : unhooked->start;
	unhooked->end = first + span > unhooked->end ? first + span : unhooked->end;
}

/* Of mappings that were taken away, and are in [@start, @end). */
static struct unhooked unhook_tables(const struct mm_ranges *taken, unsigned long start, unsigned long end)
{
	const unsigned long span = PAGE_SIZE << MACHINE_TABLE_BITS;
	struct unhooked unhooked = { .start = start, .end = end };

	for (unsigned int i = 0; i < taken->nr; i++) {
		for (unsigned long at = taken->range[i].start; at < taken->range[i].end;
		     at = (at + span) & ~(span - 1)) {
			struct page *table = unhook_table(at);

			if (table)
				note_unhooked(&unhooked, table, at);
		}
	}
	return unhooked;
}

/* No hardware comes through them any more; who looks at one without a lock may still. pagetable_free_kernel(). */
static void give_back(const struct unhooked *unhooked)
{
	for (unsigned int i = 0; i < unhooked->nr; i++)
		shootdown_defer_table(unhooked->tables[i]);
}

/* Paths to tables are what a device may have of kernel mappings, so nobody is told of anything else. */
static void tell_walkers(void)
{
	for (unsigned int i = 0; i < mm_globals()->nr_devices; i++)
		device_drop_kernel_tables(&mm_globals()->devices[i]);
}

/* ---- the purge ---- */

/* All that was taken away since the last purge, as one range; empty: nothing was. */
static struct mm_ranges take_lazy(unsigned long *start, unsigned long *end)
{
	struct mm_ranges taken = { 0 };

	*start = ~0ul;
	*end = 0;
	spin_lock(&vmap()->lock);
	for (unsigned int i = 0; i < MM_VMAP_AREAS; i++) {
		struct vmap_area *area = &vmap()->areas[i];

		if (area->state != VMAP_LAZY)
			continue;
		area->state = VMAP_PURGED;
		add_range(&taken, area->start, area->end);
		*start = area->start < *start ? area->start : *start;
		*end = area->end > *end ? area->end : *end;
	}
	spin_unlock(&vmap()->lock);
	return taken;
}

static void free_purged(void)
{
	spin_lock(&vmap()->lock);
	for (unsigned int i = 0; i < MM_VMAP_AREAS; i++) {
		if (vmap()->areas[i].state == VMAP_PURGED)
			vmap()->areas[i].state = VMAP_FREE;
	}
	spin_unlock(&vmap()->lock);
}

/* All of [@start, @end), in which @taken are; tables in which nothing is left go. */
static void flush_taken(const struct mm_ranges *taken, unsigned long start, unsigned long end)
{
	struct unhooked unhooked;

	down_write(&vmap()->tables);
	unhooked = unhook_tables(taken, start, end);
	up_write(&vmap()->tables);
	if (RULE(purge_flushes))
		tlb_flush_kernel_range(unhooked.start, unhooked.end);
	if (unhooked.nr)
		tell_walkers();
	give_back(&unhooked);
}

/*
 * One at a time: whoever comes second finds what the first has taken flushed. One flush for all, and for what lies between; that costs less than
 * asking everybody twice.
 */
static struct mm_ranges purge(void)
{
	unsigned long start, end;
	struct mm_ranges taken;

	down_write(&vmap()->purge);
	taken = take_lazy(&start, &end);
	if (taken.nr) {
		flush_taken(&taken, start, end);
		free_purged();
	}
	up_write(&vmap()->purge);
	return taken;
}

/* For who is to change what a page may be used for, and must not leave another way to it. */
struct mm_ranges vm_unmap_aliases(void)
{
	return purge();
}

/* ---- mappings ---- */

static uint64_t rights_of(const struct vmap_area *area)
{
	uint64_t bits = MACHINE_PTE_ACCESSED;

	bits |= area->rights & VM_WRITE ? MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY : 0;
	return bits | (area->rights & VM_EXEC ? MACHINE_PTE_EXEC : 0);
}

/* False: no memory. What was mapped until then is there. */
static bool map_pages(struct vmap_area *area)
{
	area->nr = 0;
	for (unsigned long at = area->start; at < area->end; at += PAGE_SIZE) {
		pte_t *pte = pte_alloc_kernel(at);
		struct page *page = pte ? page_alloc() : NULL;

		if (!page)
			return false;
		area->pages[area->nr++] = page;
		set_pte(pte, mk_pte(page->frame, rights_of(area)));
	}
	return true;
}

static void unmap_pages(const struct vmap_area *area)
{
	/* flush_cache_vunmap(): the lines go back while their entry stands. */
	if (machine_arch()->virtual_cache && !machine_arch()->no_flush_cache)
		machine_flush_cache(NULL, area->start, area->end);
	for (unsigned int i = 0; i < area->nr; i++)
		ptep_get_and_clear(NULL, pte_lookup_kernel(area->start + i * PAGE_SIZE));
}

/* From here on the area is whoever's purges it. */
static void free_vmap_area(struct vmap_area *area)
{
	spin_lock(&vmap()->lock);
	area->state = VMAP_LAZY;
	spin_unlock(&vmap()->lock);
}

/* Nobody uses it, or not yet. Nothing is promised of data: who used it is gone. Of code that nobody comes to it. */
static struct mm_ranges take_down(struct vmap_area *area)
{
	const struct vmap_area freed = *area;
	struct mm_ranges gone = { 0 };

	unmap_pages(area);
	free_vmap_area(area);
	/* Conclusion 3. Whoever has taken the area meanwhile has flushed it when the purge lock is ours. */
	if (freed.rights & VM_EXEC && RULE(vfree_perms_flush)) {
		purge();
		add_range(&gone, freed.start, freed.end);
	}
	for (unsigned int i = 0; i < freed.nr; i++)
		page_put(freed.pages[i]);
	return gone;
}

/* False: something is there, or there is no memory. */
bool vmalloc(unsigned long start, unsigned long end, unsigned int rights)
{
	struct vmap_area *area;
	bool mapped;

	if (end - start > MM_VMAP_PAGES * PAGE_SIZE)
		machine_too_big("pages of one mapping of the kernel's own", MM_VMAP_PAGES);
	area = alloc_vmap_area(start, end);
	if (!area) {
		purge();
		area = alloc_vmap_area(start, end);
	}
	if (!area)
		return false;
	area->rights = rights;
	down_read(&vmap()->tables);
	mapped = map_pages(area);
	up_read(&vmap()->tables);
	if (!mapped) {
		take_down(area);
		return false;
	}
	down_write(&vmap()->users);
	area->live = true;
	up_write(&vmap()->users);
	return true;
}

/* By its owner, who lets nobody use it any more: of two who think that they are, one finds nothing. */
static struct vmap_area *withdraw(unsigned long address)
{
	struct vmap_area *area;

	down_write(&vmap()->users);
	area = find_live(address);
	if (area)
		area->live = false;
	up_write(&vmap()->users);
	return area;
}

struct mm_ranges vfree(unsigned long start)
{
	struct vmap_area *area = withdraw(start);

	return area ? take_down(area) : (struct mm_ranges){ 0 };
}

/* ---- use ---- */

/*
 * By whoever may, as the owner of the mapping says: here a lock of all owners, in Linux each has one of his own, or counts references. A fetch asks
 * nobody. False: nothing is there.
 */
bool vmap_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	bool ok;

	if (how == MACHINE_EXEC)
		return machine_user_access(address, how, value);
	down_read(&vmap()->users);
	ok = find_live(address) && machine_user_access(address, how, value);
	up_read(&vmap()->users);
	return ok;
}

/* What the entry says; 0: there is no table for one. */
static uint64_t pte_kernel(unsigned long address)
{
	const pte_t *pte = pte_lookup_kernel(address);

	return pte ? ptep_get(pte) : 0;
}

/*
 * True: by the tables as they are the access may be made, so what made it fault is no longer so, and it is tried again. spurious_kernel_fault() of
 * x86, is_spurious_el1_translation_fault() of arm64; new_vmalloc_check() of riscv, which looks there for what was mapped since.
 */
bool handle_kernel_fault(unsigned long address, enum machine_access how)
{
	static const uint64_t need[] = {
		[MACHINE_LOAD] = MACHINE_PTE_PRESENT,
		[MACHINE_STORE] = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE,
		[MACHINE_EXEC] = MACHINE_PTE_PRESENT | MACHINE_PTE_EXEC,
	};
	uint64_t word;

	/* First place of the rule: what the second one ends. */
	if (RULE(kernel_lookup_in_section))
		rcu_read_lock(&mm_globals()->rcu);
	word = pte_kernel(address);
	/* Second place of the rule: what was not begun is not ended. */
	if (RULE(kernel_lookup_in_section))
		rcu_read_unlock(&mm_globals()->rcu);
	if ((word & need[how]) != need[how])
		return false;
	flush_spurious(NULL, address, false);
	return true;
}
