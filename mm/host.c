/* SPDX-License-Identifier: MIT */
/* host.c - the library's hooks that need more of this kernel than its host header shows. */
#include <mm/mm.h>

/* In pages and tables; the same for all gathers from boot on. */
const struct tlb_limits *shootdown_limits(void)
{
	return &mm_globals()->limits;
}

/*
 * A flush of leaf entries may leave walk caches alone where the architecture can; elsewhere it never does. One that gives its level as
 * a hint says that it is of leaf entries (FEAT_TTL of AArch64, where hardware that is told a level may look at no other one).
 */
struct machine_invalidation invalidation_of(const struct tlb_flush *flush)
{
	enum tlb_level hint = tlb_flush_level_hint(flush);
	bool leaves = hint != TLB_LEVELS || !flush->tables;

	return (struct machine_invalidation){
		.space = flush->mm ? mm_of_tlb(flush->mm)->space : NULL,
		.start = flush->start,
		.end = flush->end,
		.page_size = flush->page_size,
		.stride_shift = flush->stride_shift,
		.levels = hint == TLB_LEVELS ? flush->levels : (unsigned char)(1u << hint),
		.all = flush->all,
		.tables = !leaves || !machine_arch()->leaf_only,
		.exec = flush->exec || !machine_arch()->exec_aware,
		.goes_on = flush->goes_on,
	};
}

/* What the kernel calls 0 is an id as well, and nothing is held under it. */
static void name_shared_id(struct machine_invalidation *inv, const struct tlb_flush *flush)
{
	if (machine_arch()->rollover && flush->mm)
		inv->id = (unsigned char)(1 + tlb_mm_asid(flush->mm));
}

uint64_t shootdown_new_context(void)
{
	return __atomic_fetch_add(&mm_globals()->contexts, 1, __ATOMIC_RELAXED) + 1;
}

/* The same for all CPUs from boot on. */
unsigned int mm_asids(void)
{
	return mm_globals()->asids;
}

unsigned int mm_shared_asids(void)
{
	return mm_globals()->nr_shared_asids;
}

struct tlb_asids *shootdown_asids(void)
{
	return &mm_globals()->shared_asids;
}

void shootdown_asid_lock(void)
{
	spin_lock(&mm_globals()->asid_lock);
}

void shootdown_asid_unlock(void)
{
	spin_unlock(&mm_globals()->asid_lock);
}

struct tlb_cpu *shootdown_tlb_cpu(unsigned int cpu)
{
	return &mm_globals()->tlbs[cpu];
}

unsigned long cpus_down(void)
{
	return mm_globals()->down;
}

void shootdown_pin(void)
{
	struct task *task = machine_current();

	task->pinned++;
}

void shootdown_unpin(void)
{
	struct task *task = machine_current();

	shootdown_assert(task->pinned > 0, "shootdown_unpin: by a pinned thread");
	task->pinned--;
}

bool thread_is_pinned(void)
{
	const struct task *task = machine_current();

	/* The scheduler is no thread, and one that switches has interrupts off. */
	return !task || task->pinned || !machine_irqs_on();
}

/* Threads are made at boot, so the answer stays the same. */
bool shootdown_others_run(void)
{
	return machine_nr_cpus() > 1 || mm_globals()->nr_tasks > 1;
}

/*
 * On this CPU, done on return. The library asks for it with interrupts off or on: it is one step of
 * the machine either way.
 */
void shootdown_flush_local(const struct tlb_flush *flush)
{
	struct machine_invalidation inv = invalidation_of(flush);
	enum mm_missed *missed = &mm_globals()->missed[machine_cpu()];

	if (*missed != MM_CATCHES_UP_BY_RANGES) {
		*missed = MM_MISSED_SOME;
		return;
	}
	/* Ids of a CPU of its own: what is under the one of this address space here. */
	if (machine_arch()->catch_up && machine_arch()->asids && flush->mm)
		inv.id = (unsigned char)(1 + tlb_asid());
	name_shared_id(&inv, flush);
	machine_tlb_local(&inv);
}

/* Some processors have to be told twice: Linux's ARM64_WORKAROUND_REPEAT_TLBI, here and in what KVM calls. */
bool broadcasts_twice(void)
{
	return machine_broadcasts_early() && RULE(broadcast_twice);
}

/* Issued only; shootdown_flush_complete() waits, for all that this CPU has issued (Arm's DSB behind TLBI). */
void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	struct machine_invalidation inv = invalidation_of(flush);

	name_shared_id(&inv, flush);
	machine_tlb_broadcast(&inv);
	if (broadcasts_twice()) {
		machine_tlb_complete();
		machine_tlb_broadcast(&inv);
	}
}

/* flush_cache_range(): while the entries still stand, since a virtually indexed cache needs them to write back. */
void shootdown_flush_cache(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	machine_flush_cache(mm_of_tlb(vma->mm)->space, start, end);
}

/*
 * Batch pages come from a pool of each CPU's own, so that taking one disturbs nobody but a grace period that gives one back.
 * An empty pool is memory that has run out, as with `alloc fail`.
 *
 * Nobody else takes from it with preemption off, so a load and a store are enough: nothing here is locked, and on a machine whose
 * locked accesses let stores out nothing that was stored to a table leaves with it. Acquire, for the release in
 * shootdown_batch_free(): what the last owner has read of the page is over before the next one writes to it. An interrupt's
 * handler never takes one.
 */
void *shootdown_batch_alloc(void)
{
	struct batch_page *pool = mm_globals()->batches + machine_cpu() * MM_BATCHES;
	void *batch = NULL;

	if (mm_globals()->refused())
		return NULL;
	machine_preempt_off();
	for (unsigned int i = 0; i < MM_BATCHES && !batch; i++) {
		if (__atomic_load_n(&pool[i].used, __ATOMIC_ACQUIRE))
			continue;
		__atomic_store_n(&pool[i].used, true, __ATOMIC_RELAXED);
		batch = pool[i].bytes;
	}
	machine_preempt_on();
	return batch;
}

void shootdown_batch_free(void *batch)
{
	struct batch_page *page = (struct batch_page *)((char *)batch - offsetof(struct batch_page, bytes));

	__atomic_store_n(&page->used, false, __ATOMIC_RELEASE);
}

/*
 * free_pages_and_swap_cache(): each pointer carries bits that the gather has set, and one that says
 * "more pages follow" is followed by their number, shifted by the bits. All flushes that these
 * pages needed are done.
 */
void shootdown_free_pages(struct encoded_page **pages, unsigned int nr)
{
	struct page *page;
	unsigned long refs, before = 0;

	for (unsigned int i = 0; i < nr; before += refs) {
		shootdown_assert(before < SHOOTDOWN_FREE_ROUND,
				 "shootdown_free_pages: no more pages than make a round");
		i += tlb_encoded_next(pages + i, &page, &refs);
		shootdown_assert(i <= nr, "shootdown_free_pages: a page together with its count");
		if (page->together)
			refs = MACHINE_TABLE_ENTRIES;
		for (unsigned long r = 0; r < refs; r++)
			page_put(page + r);
	}
}

/* folio_remove_rmap_ptes() of tlb_flush_rmaps(): behind the flush, with the page-table lock still held. */
void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	(void)vma;
	for (unsigned int i = 0; i < nr; i++)
		page_remove_rmap(page + i);
}

/* No walk can come through it any more, by hardware or by gup_fast(). */
void shootdown_free_table(struct page *table)
{
	table_free(table);
}

void shootdown_table_to_page(struct page *table, struct page **page)
{
	*page = table;
}

void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	call_rcu(&mm_globals()->rcu, rcu, fn);
}

static void deferred_table_free(struct rcu_head *rcu)
{
	table_free((struct page *)((char *)rcu - offsetof(struct page, rcu)));
}

/*
 * tlb_remove_table_free() by call_rcu(): .rcu is the table's own, and nothing else uses it once the
 * table is unhooked.
 */
void shootdown_defer_table(struct page *table)
{
	call_rcu(&mm_globals()->rcu, &table->rcu, deferred_table_free);
}
