/* SPDX-License-Identifier: MIT */
/*
 * table.c - page tables that wait for the flush and for the walkers.
 *
 * Two kinds of walkers can be in a table that was just unhooked. Hardware, which remembers the path in its walk
 * caches: it is out after an invalidation that includes them. And software that walks without locks: with interrupts
 * off, or as an RCU reader. It is out after a grace period, which the library either asks for and goes on (hooks 29 and
 * 30) or waits for (hook 31); all three wait for both kinds. An invalidation by interrupts waits for hardware and for
 * the walkers with interrupts off, never for RCU readers; a broadcast, and a hypercall that skips sleeping virtual CPUs,
 * for hardware only.
 *
 *  1. A table is invalidated before it is handed over, whoever it is handed to.
 *  2. It is freed only after a grace period, or with every walker known to be out.
 *  3. With catch_up the tables of a dead mm need not be invalidated, if they stay until no CPU has its root loaded: who is lazy
 *     in it may go on walking them. Those are few, as a CPU that idles keeps them.
 *  4. Where tables have no batch of their own they are queued as pages, and the interrupts of the flush are what
 *     waits for the software walkers: such a kernel has no RCU readers of its tables.
 */
#include "../internal.h"

static void tlb_table_invalidate(struct mmu_gather *tlb)
{
	/* No hardware walks these tables: conclusion 1 has nothing to do. */
	if (!shootdown_arch()->table_no_invalidate && tlb_recorded(tlb))
		tlb_flush_mmu_tlbonly(tlb);
}

/* Conclusion 2. Without rcu_table_free the flush has interrupted every walker, and that was the wait. */
static bool tlb_table_must_wait(void)
{
	return shootdown_arch()->rcu_table_free && RULE(table_grace_period);
}

/* After the grace period, maybe from an interrupt: nothing of the gather is left, and the batch frees itself last. */
static void tlb_table_batch_free(shootdown_rcu_t *rcu)
{
	struct mmu_table_batch *batch = (struct mmu_table_batch *)((char *)rcu - offsetof(struct mmu_table_batch, rcu));

	for (unsigned int i = 0; i < batch->nr; i++)
		shootdown_free_table(batch->tables[i]);
	shootdown_batch_free(batch);
}

static void tlb_table_batch_hand_over(struct mmu_table_batch *batch)
{
	shootdown_count(TLB_COUNT_FREED, batch->nr);
	if (tlb_table_must_wait())
		shootdown_call_rcu(&batch->rcu, tlb_table_batch_free);
	else
		tlb_table_batch_free(&batch->rcu);
}

void tlb_table_flush(struct mmu_gather *tlb)
{
	struct mmu_table_batch *batch = tlb->batch, *before;

	shootdown_assert(batch, "tlb_table_flush: needs a table batch");
	/* Conclusion 1: also when the batches are full in the middle of a gather. */
	if (RULE(flush_before_table_free))
		tlb_table_invalidate(tlb);
	tlb->batch = NULL;
	for (; batch; batch = before) {
		before = batch->before;
		tlb_table_batch_hand_over(batch);
	}
}

/* Conclusion 3. Any of more than one batch, and of those that live on elsewhere, every CPU is asked for. */
void tlb_keep_tables(struct mmu_gather *tlb)
{
	struct mmu_table_batch *batch = tlb->batch;

	if (!batch || batch->before || tlb->unshared_tables || tlb->mm->kept)
		return;
	tlb->freed_tables = false;
	if (RULE(exit_keeps_tables)) {
		tlb->mm->kept = batch;
		tlb->batch = NULL;
	}
}

void tlb_free_kept_tables(struct tlb_mm *mm)
{
	struct mmu_table_batch *batch = mm->kept;

	mm->kept = NULL;
	if (batch)
		tlb_table_batch_hand_over(batch);
}

/* No memory for a batch: this table alone, at once. */
static TLB_RARE void tlb_table_free_one(struct mmu_gather *tlb, shootdown_table_t table)
{
	/* Conclusion 1: the flush at the end of the gather would come after the table is free. */
	if (RULE(table_invalidate_before_free))
		tlb_table_invalidate(tlb);
	shootdown_count(TLB_COUNT_FREED, 1);
	if (!tlb_table_must_wait()) {
		shootdown_free_table(table);
	} else if (shootdown_arch()->table_sync_free) {
		/* Both kinds of walkers, as the grace period of a batch: this table is no less reachable than those. */
		shootdown_sync_walkers();
		shootdown_free_table(table);
	} else {
		shootdown_defer_table(table);
	}
}

/* A new one, if there is memory for it now; those that are full come behind it. */
static struct mmu_table_batch *tlb_table_batch_new(struct mmu_gather *tlb)
{
	struct mmu_table_batch *batch = shootdown_batch_alloc();

	if (!batch)
		return NULL;
	batch->nr = 0;
	batch->before = tlb->batch;
	tlb->batch = batch;
	return batch;
}

/* May there be one more batch? Asked once a batch, so they are counted then. */
static bool tlb_table_may_go_on(const struct mmu_gather *tlb)
{
	unsigned int more = 0;

	for (const struct mmu_table_batch *batch = tlb->batch->before; batch; batch = batch->before)
		more++;
	return more < shootdown_limits()->table_batches;
}

static void tlb_table_add(struct mmu_gather *tlb, shootdown_table_t table)
{
	struct mmu_table_batch *batch = tlb->batch;

	shootdown_assert(shootdown_limits()->tables > 0, "shootdown_limits: needs tables >= 1");
	if (!batch || batch->nr == shootdown_limits()->tables)
		batch = tlb_table_batch_new(tlb);
	if (!batch) {
		tlb_table_free_one(tlb, table);
		return;
	}
	shootdown_assert(batch->nr < shootdown_limits()->tables, "tlb_table_add: needs room in the batch");
	batch->tables[batch->nr++] = table;
	/* At once: there will be no other. While there may be one, waiting for the end of the gather saves a flush. */
	if (batch->nr == shootdown_limits()->tables && !tlb_table_may_go_on(tlb))
		tlb_table_flush(tlb);
}

/* Conclusion 4. The destructor runs now, while the table is still a table to the host; its page is freed as any other. */
static void tlb_table_queue_as_page(struct mmu_gather *tlb, shootdown_table_t table)
{
	shootdown_page_t page;

	shootdown_table_to_page(table, &page);
	/* No delay, and of no page size. */
	*tlb->slot++ = tlb_encode(page, 0);
	if (tlb->slot >= tlb->last && tlb_batch_full(tlb))
		tlb_flush_mmu(tlb);
}

/*
 * A page of what the table mapped is enough where the invalidation of one drops the path for all of the table, and some page often is
 * recorded. Elsewhere it takes all of them; and where nothing finer changed that is one step, and tables next to each other are one range.
 */
void tlb_cover_table(struct mmu_gather *tlb, unsigned long start, enum tlb_level above)
{
	unsigned long end = start + tlb_level_size(above), page = start + (1ul << SHOOTDOWN_PAGE_SHIFT);
	bool whole = !shootdown_arch()->table_span && !(tlb->cleared & ((1u << above) - 1));

	/* What ends with the address space. */
	if (!end)
		end = TLB_ADDRESS_MAX;
	if (shootdown_arch()->table_span && RULE(table_span))
		whole = true;
	if (whole)
		tlb_cover(tlb, start, end);
	else if (!tlb_covers_some(tlb, start, end))
		tlb_cover(tlb, start, page);
}

void tlb_hand_over_table(struct mmu_gather *tlb, shootdown_table_t table)
{
	const struct tlb_arch *arch = shootdown_arch();

	shootdown_assert(tlb->freed_tables, "tlb_hand_over_table: needs its entry recorded first");
	/* Queued as a page a table would be freed without a grace period. That is a law of facts.def, and this relies on it. */
	shootdown_assert(arch->table_free || !arch->rcu_table_free, "tlb_arch: needs table_free with rcu_table_free");
	shootdown_count(TLB_COUNT_QUEUED, 1);
	if (arch->table_free)
		tlb_table_add(tlb, table);
	else
		tlb_table_queue_as_page(tlb, table);
}

/* ---- tables that several mms share ---- */

void tlb_unshare_table(struct mmu_gather *tlb, enum tlb_level level, unsigned long addr, bool exclusive)
{
	shootdown_assert(level < TLB_LEVEL_PGD, "tlb_unshare_table: needs a table with a level above it");
	unsigned long span = tlb_level_size(level + 1);

	/* All that was reached through it is gone from this mm, though no entry in it was cleared. */
	tlb_flush_level_range(tlb, level, addr & (0 - span), span ? span : TLB_ADDRESS_MAX);
	/* What did change is the entry above: a host that flushes the levels it is told must not leave the path. */
	tlb_flush_level_range(tlb, level + 1, addr & (0 - span), 1ul << SHOOTDOWN_PAGE_SHIFT);
	tlb->unshared_tables = true;
	if (exclusive)
		tlb->fully_unshared_tables = true;
	tlb_gather_move(tlb, TLB_GATHER_UNSHARED);
}

void tlb_flush_unshared_tables(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_flush_unshared_tables: needs an open gather");
	if (tlb->state != TLB_GATHER_UNSHARED)
		return;
	/* A flush since then has covered them; the walkers were not waited for. */
	if (tlb->unshared_tables)
		tlb_flush_mmu_tlbonly(tlb);
	/* The last owner may free it as its own: conclusion 2 for walkers that came in through this mm. */
	if (tlb->fully_unshared_tables)
		shootdown_sync_walkers();
	tlb->fully_unshared_tables = false;
	tlb_gather_move(tlb, TLB_GATHER_OPEN);
}
