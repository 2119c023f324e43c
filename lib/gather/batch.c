/* SPDX-License-Identifier: MIT */
/*
 * batch.c - the queue of pages that wait for the flush: slots on the stack, then batch pages.
 *
 * A batch counts as full while it has one slot left, since an entry may need two (a page and a count). So there
 * is always room for whatever comes before the next "full", and a gather without a single batch page gets on
 * with the slots on the stack.
 *
 * Where the next entry goes stands in the gather itself (slot, last), so that queueing one touches nothing else. The
 * batch being filled learns where its slots end when it is left, or when they are walked.
 *
 * Delayed reverse maps are dropped when the entries are flushed, which is long after their page-table locks: the walk begins
 * where the first was queued. All are of one VMA, since the host is told which. The pages themselves may stay queued over
 * several such walks, each of which begins anew. Why a reverse map that nobody finds an entry for is no lie:
 *
 *  1. It says "mapped" until no TLB can write any more (ORD-2), and only "not mapped" is relied on.
 *  2. The gather is counted until it has dropped them (ORD-4), so who finds no entry is told that a flush is pending.
 *  3. Who waits until the page is not mapped waits for a gather that waits for nobody but CPUs that answer.
 */
#include "../internal.h"

SHOOTDOWN_STATIC_ASSERT(SHOOTDOWN_FREE_ROUND >= 2, "a page and its count are freed in one round");

/* The slots of a batch page stand behind its header; those of the stack batch in the gather, at its end. */
static struct encoded_page **tlb_batch_slots(struct mmu_gather_batch *batch)
{
	return (struct encoded_page **)(batch + 1);
}

/* Whoever queues goes on only if the batch is not full, so there is room in it for all that it holds. */
static void tlb_assert_fits(const struct mmu_gather *tlb)
{
	shootdown_assert(tlb->slot <= (tlb->active == &tlb->local
					       ? tlb->stack_slots + shootdown_limits()->bundle
					       : tlb_batch_slots(tlb->active) + shootdown_limits()->batch),
			 "mmu_gather: needs a flush when it is full");
	(void)tlb;
}

/* The batch being filled learns how far it is. */
static void tlb_batch_settle(struct mmu_gather *tlb)
{
	tlb_assert_fits(tlb);
	tlb->active->end = tlb->slot;
}

/* Asks for one more batch page; the host may refuse at any time. */
static struct mmu_gather_batch *tlb_batch_new(struct mmu_gather *tlb)
{
	const struct tlb_limits *limits = shootdown_limits();
	struct mmu_gather_batch *batch;

	shootdown_assert(limits->batch >= 2, "shootdown_limits: needs batch >= 2");
	/* Freeing what is queued takes long, and nobody is told to stop in between but by this. */
	if (tlb->batch_count >= limits->batches)
		return NULL;
	batch = shootdown_batch_alloc();
	if (!batch)
		return NULL;
	batch->next = NULL;
	batch->end = NULL;
	tlb->batch_count++;
	tlb->active->next = batch;
	return batch;
}

/* ---- queueing ---- */

/* The active batch has no room for an entry of two slots; is there another? */
bool tlb_batch_full(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *next = tlb->active->next;

	shootdown_assert(tlb->slot >= tlb->last, "tlb_batch_full: needs a full batch");
	/* Batch pages of an earlier round are still linked, and empty. */
	shootdown_assert(!next || !next->end, "mmu_gather_batch: needs to be empty before it is filled");
	if (!next)
		next = tlb_batch_new(tlb);
	if (!next)
		return true;
	tlb_batch_settle(tlb);
	tlb->active = next;
	tlb->slot = tlb_batch_slots(next);
	tlb->last = tlb->slot + shootdown_limits()->batch - 1;
	return false;
}

/*
 * no_gather: CPUs drop an entry as it changes, and nothing is left to wait for. Secondary TLBs are told by flushes. ORD-9: what changes an entry is a
 * full barrier there, or one comes behind it (tlb_entry_end()), so a TLB whose notifier is not found yet walks to what was changed.
 */
static bool tlb_frees_at_once(const struct mmu_gather *tlb)
{
	if (!shootdown_arch()->no_gather)
		return false;
	if (RULE(secondary_gathers) && tlb_has_secondary(tlb->mm))
		return false;
	return true;
}

bool tlb_free_at_once(const struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr)
{
	struct encoded_page *slots[2] = { tlb_encode(page, nr > 1 ? ENCODED_PAGE_NR_NEXT : 0), tlb_encode_nr(nr) };

	if (!tlb_frees_at_once(tlb))
		return false;
	shootdown_free_pages(slots, nr > 1 ? 2 : 1);
	return true;
}

/* Not under a page-table lock, so it may flush and free by itself. */
void tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page)
{
	if (tlb_queue_page(tlb, page, false))
		tlb_flush_mmu(tlb);
}

/* ---- delayed reverse maps ---- */

/*
 * The next page queued may be the first whose reverse map is to be dropped later. Those before it, clean or dropped
 * under an earlier lock, are not walked again.
 */
static void tlb_batch_delay(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	tlb->delayed = tlb->active;
	tlb->delayed_from = tlb->slot;
	tlb->delayed_vma = vma;
	tlb_gather_move(tlb, TLB_GATHER_DELAYED);
}

bool tlb_delay_rmap(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_delay_rmap: needs an open gather");
	/*
	 * Where the entry's change already reached every TLB, or nobody runs, there is nothing to outlive: a page that
	 * the reverse map calls unmapped is one that nobody can write to.
	 */
	if (tlb_frees_at_once(tlb) || !shootdown_others_run())
		return false;
	if (tlb->state == TLB_GATHER_DELAYED && tlb->delayed_vma == vma)
		return true;
	tlb_flush_rmaps(tlb);
	if (RULE(delay_rmap))
		tlb_batch_delay(tlb, vma);
	return tlb->state == TLB_GATHER_DELAYED;
}

static void tlb_slots_flush_rmaps(struct encoded_page **slot, struct encoded_page **end, struct tlb_vma *vma)
{
	while (slot < end) {
		bool delayed = (uintptr_t)*slot & ENCODED_PAGE_DELAY_RMAP;
		shootdown_page_t page;
		unsigned long nr;

		slot += tlb_encoded_next(slot, &page, &nr);
		/* Clean pages stand between the dirty ones, and dropped theirs at once. */
		if (delayed)
			shootdown_remove_rmap(page, (unsigned int)nr, vma);
	}
}

void tlb_drop_delayed(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch = tlb->delayed;

	tlb_batch_settle(tlb);
	tlb_slots_flush_rmaps(tlb->delayed_from, batch->end, tlb->delayed_vma);
	while (batch != tlb->active) {
		batch = batch->next;
		tlb_slots_flush_rmaps(tlb_batch_slots(batch), batch->end, tlb->delayed_vma);
	}
	tlb_gather_move(tlb, TLB_GATHER_OPEN);
}

void tlb_flush_rmaps(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->state != TLB_GATHER_CLOSED, "tlb_flush_rmaps: needs an open gather");
	if (tlb->state != TLB_GATHER_DELAYED)
		return;
	/* ORD-2, for the reverse map: no TLB can write to these pages any more. */
	tlb_flush_mmu_tlbonly(tlb);
	tlb_drop_rmaps(tlb);
}

/* ---- freeing ---- */

/*
 * How many of @left slots make a round, where some are counts. A page and its count stay together, so a round may be one
 * slot longer, and longer by the pages of its last run.
 */
static unsigned int tlb_round_of_runs(struct encoded_page **slots, unsigned int left)
{
	unsigned long pages = 0, nr;
	unsigned int used = 0;
	shootdown_page_t page;

	while (used < left && used < SHOOTDOWN_FREE_ROUND && pages < SHOOTDOWN_FREE_ROUND) {
		used += tlb_encoded_next(slots + used, &page, &nr);
		pages += nr;
	}
	shootdown_count(TLB_COUNT_FREED, pages);
	return used;
}

/* Calls of the host's, who may let others run after each. */
static void tlb_free_runs(struct encoded_page **slots, unsigned int left)
{
	while (left) {
		unsigned int nr = tlb_round_of_runs(slots, left);

		shootdown_free_pages(slots, nr);
		slots += nr;
		left -= nr;
	}
}

/* Slots without counts are pages, one each. */
static TLB_INLINE void tlb_free_singles(struct encoded_page **slots, unsigned int left)
{
	shootdown_count(TLB_COUNT_FREED, left);
	while (left > SHOOTDOWN_FREE_ROUND) {
		shootdown_free_pages(slots, SHOOTDOWN_FREE_ROUND);
		slots += SHOOTDOWN_FREE_ROUND;
		left -= SHOOTDOWN_FREE_ROUND;
	}
	shootdown_free_pages(slots, left);
}

static TLB_INLINE void tlb_free_slots(struct encoded_page **slots, struct encoded_page **end, bool runs)
{
	if (runs)
		tlb_free_runs(slots, (unsigned int)(end - slots));
	else
		tlb_free_singles(slots, (unsigned int)(end - slots));
}

/* Batch pages stay linked for the next round; the first empty one ends the walk. */
static TLB_INLINE void tlb_batch_free_each(struct mmu_gather *tlb, bool runs)
{
	/* Most gathers are small. */
	if (tlb->active == &tlb->local) {
		tlb_assert_fits(tlb);
		tlb_free_slots(tlb->stack_slots, tlb->slot, runs);
		tlb->slot = tlb->stack_slots;
		return;
	}
	tlb_batch_settle(tlb);
	tlb_free_slots(tlb->stack_slots, tlb->local.end, runs);
	for (struct mmu_gather_batch *batch = tlb->local.next; batch && batch->end; batch = batch->next) {
		tlb_free_slots(tlb_batch_slots(batch), batch->end, runs);
		batch->end = NULL;
	}
	tlb_batch_rewind(tlb);
}

static TLB_OUT_OF_LINE void tlb_batch_free_runs(struct mmu_gather *tlb)
{
	tlb_batch_free_each(tlb, true);
	tlb->runs = false;
}

void tlb_batch_free_pages(struct mmu_gather *tlb)
{
	if (tlb->runs)
		tlb_batch_free_runs(tlb);
	else
		tlb_batch_free_each(tlb, false);
}

/* The gather is about to be closed. */
void tlb_batch_release(struct mmu_gather *tlb)
{
	for (struct mmu_gather_batch *batch = tlb->local.next, *next; batch; batch = next) {
		next = batch->next;
		shootdown_batch_free(batch);
	}
}
