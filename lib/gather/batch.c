/* SPDX-License-Identifier: MIT */
/*
 * batch.c - the queue of pages that wait for the flush: slots on the stack, then batch pages.
 *
 * A batch counts as full while it has one slot left, since an entry may need two (a page and a count). So there
 * is always room for whatever comes before the next "full", and a gather without a single batch page gets on
 * with the slots on the stack.
 *
 * Delayed reverse maps are dropped under a page-table lock, so the walk over them has to be short: at most
 * the stack batch and one batch page may hold any, and tlb_next_batch() refuses to go on beyond them.
 */
#include "../internal.h"

/* Slots between two preemption points of the host; one more if that would split a page from its count. */
#define TLB_FREE_AT_ONCE 512u

static struct encoded_page **tlb_batch_slots(struct mmu_gather *tlb, struct mmu_gather_batch *batch)
{
	return batch == &tlb->local ? tlb->__slots : (struct encoded_page **)(batch + 1);
}

static void tlb_batch_activate(struct mmu_gather *tlb, struct mmu_gather_batch *batch)
{
	tlb->active = batch;
	tlb->slots = tlb_batch_slots(tlb, batch);
}

void tlb_batch_init(struct mmu_gather *tlb)
{
	unsigned int bundle = shootdown_limits()->bundle;

	shootdown_assert(bundle >= 2 && bundle <= TLB_GATHER_BUNDLE,
			 "shootdown_limits: needs 2 <= bundle <= TLB_GATHER_BUNDLE");
	tlb->local = (struct mmu_gather_batch){ .max = bundle };
	tlb->batch_count = 0;
	tlb_batch_activate(tlb, &tlb->local);
}

/* Asks for one more batch page; the host may refuse at any time. */
static struct mmu_gather_batch *tlb_batch_new(struct mmu_gather *tlb)
{
	const struct tlb_limits *limits = shootdown_limits();
	struct mmu_gather_batch *batch;

	shootdown_assert(limits->batch >= 2, "shootdown_limits: needs batch >= 2");
	if (tlb->batch_count >= limits->batches)
		return NULL;
	batch = shootdown_batch_alloc();
	if (!batch)
		return NULL;
	*batch = (struct mmu_gather_batch){ .max = limits->batch };
	tlb->batch_count++;
	tlb->active->next = batch;
	return batch;
}

static bool tlb_next_batch(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *next = tlb->active->next;

	/* tlb_flush_rmaps() would miss the batches between the first and the last. */
	if (RULE(delayed_rmap_limit) && tlb->delayed_rmap && tlb->active != &tlb->local)
		return false;
	if (!next)
		next = tlb_batch_new(tlb);
	if (!next)
		return false;
	tlb_batch_activate(tlb, next);
	return true;
}

/* ---- queueing ---- */

static struct encoded_page *tlb_encode(shootdown_page_t page, uintptr_t flags)
{
	shootdown_assert(!((uintptr_t)page & (ENCODED_PAGE_DELAY_RMAP | ENCODED_PAGE_NR_NEXT)),
			 "shootdown_page_t: needs two low bits of zero");
	return (struct encoded_page *)((uintptr_t)page | flags);
}

static struct encoded_page *tlb_encode_nr(unsigned int nr)
{
	return (struct encoded_page *)((uintptr_t)nr << ENCODED_PAGE_NR_SHIFT);
}

/* There were two slots before this entry; are there two for the next? */
static bool tlb_batch_full(struct mmu_gather *tlb)
{
	return tlb->active->nr >= tlb->active->max - 1 && !tlb_next_batch(tlb);
}

/* The pages became unreachable with their entry: nothing to wait for. */
static void tlb_free_now(shootdown_page_t page, unsigned int nr)
{
	struct encoded_page *slots[2] = { tlb_encode(page, nr > 1 ? ENCODED_PAGE_NR_NEXT : 0), tlb_encode_nr(nr) };

	shootdown_free_pages(slots, nr > 1 ? 2 : 1);
}

static void tlb_assert_may_queue(const struct mmu_gather *tlb, bool delay_rmap)
{
	shootdown_assert(tlb->open, "__tlb_remove_page: needs an open gather");
	shootdown_assert(tlb->end != 0, "__tlb_remove_page: needs its entry recorded first");
	shootdown_assert(!delay_rmap || tlb->delayed_rmap, "__tlb_remove_page: needs tlb_delay_rmap() to delay");
	shootdown_assert(tlb->active->nr < tlb->active->max - 1, "__tlb_remove_page: was full, needs a flush first");
	(void)tlb;
	(void)delay_rmap;
}

/* A table that is freed as a page: no delay, no page size. */
bool tlb_batch_queue_page(struct mmu_gather *tlb, shootdown_page_t page)
{
	tlb->slots[tlb->active->nr++] = tlb_encode(page, 0);
	return tlb_batch_full(tlb);
}

bool __tlb_remove_page_size(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap, unsigned long page_size)
{
	tlb_assert_may_queue(tlb, delay_rmap);
	shootdown_assert(!shootdown_arch()->page_size || tlb->page_size == page_size,
			 "__tlb_remove_page: needs tlb_change_page_size() first");
	(void)page_size;

	if (shootdown_arch()->no_gather) {
		tlb_free_now(page, 1);
		return false;
	}
	tlb->slots[tlb->active->nr++] = tlb_encode(page, delay_rmap ? ENCODED_PAGE_DELAY_RMAP : 0);
	return tlb_batch_full(tlb);
}

bool __tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page, bool delay_rmap)
{
	return __tlb_remove_page_size(tlb, page, delay_rmap, 1ul << SHOOTDOWN_PAGE_SHIFT);
}

bool __tlb_remove_folio_pages(struct mmu_gather *tlb, shootdown_page_t page, unsigned int nr_pages, bool delay_rmap)
{
	uintptr_t flags = ENCODED_PAGE_NR_NEXT | (delay_rmap ? ENCODED_PAGE_DELAY_RMAP : 0);

	shootdown_assert(nr_pages > 0, "__tlb_remove_folio_pages: needs a page");
	if (nr_pages == 1)
		return __tlb_remove_page(tlb, page, delay_rmap);
	tlb_assert_may_queue(tlb, delay_rmap);
	shootdown_assert(!shootdown_arch()->page_size || tlb->page_size == 1ul << SHOOTDOWN_PAGE_SHIFT,
			 "__tlb_remove_folio_pages: needs pages of the base size");

	if (shootdown_arch()->no_gather) {
		tlb_free_now(page, nr_pages);
		return false;
	}
	tlb->slots[tlb->active->nr++] = tlb_encode(page, flags);
	tlb->slots[tlb->active->nr++] = tlb_encode_nr(nr_pages);
	return tlb_batch_full(tlb);
}

void tlb_remove_page(struct mmu_gather *tlb, shootdown_page_t page)
{
	if (__tlb_remove_page(tlb, page, false))
		tlb_flush_mmu(tlb);
}

/* ---- delayed reverse maps ---- */

bool tlb_delay_rmap(struct mmu_gather *tlb)
{
	shootdown_assert(tlb->open, "tlb_delay_rmap: needs an open gather");
	/* Where the entry's change already reached every TLB, or nobody runs, there is nothing to outlive. */
	if (shootdown_arch()->no_gather || !shootdown_others_run())
		return false;
	if (RULE(delay_rmap))
		tlb->delayed_rmap = 1;
	return tlb->delayed_rmap;
}

static void tlb_batch_flush_rmaps(struct encoded_page **slots, unsigned int nr_slots, struct tlb_vma *vma)
{
	for (unsigned int i = 0; i < nr_slots;) {
		struct encoded_page **slot = &slots[i];
		bool delayed = (uintptr_t)*slot & ENCODED_PAGE_DELAY_RMAP;
		shootdown_page_t page;
		unsigned long nr;

		/* The page stays queued, maybe beyond the next page-table lock: the next walk must not find it again. */
		*slot = (struct encoded_page *)((uintptr_t)*slot & ~(uintptr_t)ENCODED_PAGE_DELAY_RMAP);
		i += tlb_encoded_next(slot, &page, &nr);
		if (delayed)
			shootdown_remove_rmap(page, (unsigned int)nr, vma);
	}
}

void tlb_flush_rmaps(struct mmu_gather *tlb, struct tlb_vma *vma)
{
	shootdown_assert(tlb->open, "tlb_flush_rmaps: needs an open gather");
	if (!tlb->delayed_rmap)
		return;
	shootdown_assert(!tlb_recorded(tlb), "tlb_flush_rmaps: needs tlb_flush_mmu_tlbonly() first");

	tlb_batch_flush_rmaps(tlb->__slots, tlb->local.nr, vma);
	if (tlb->active != &tlb->local)
		tlb_batch_flush_rmaps(tlb->slots, tlb->active->nr, vma);
	tlb->delayed_rmap = 0;
}

/* ---- freeing ---- */

static unsigned int tlb_free_some(struct encoded_page **slots, unsigned int left)
{
	unsigned int nr = left < TLB_FREE_AT_ONCE ? left : TLB_FREE_AT_ONCE;

	/* The last one's count comes along. A count has no low bits, so it is never taken for a page. */
	if ((uintptr_t)slots[nr - 1] & ENCODED_PAGE_NR_NEXT)
		nr++;
	shootdown_free_pages(slots, nr);
	return nr;
}

void tlb_batch_free_pages(struct mmu_gather *tlb)
{
	shootdown_assert(!tlb->delayed_rmap, "tlb_flush_mmu: needs tlb_flush_rmaps() first");

	for (struct mmu_gather_batch *batch = &tlb->local; batch && batch->nr; batch = batch->next) {
		struct encoded_page **slots = tlb_batch_slots(tlb, batch);

		for (unsigned int i = 0; i < batch->nr;)
			i += tlb_free_some(slots + i, batch->nr - i);
		batch->nr = 0;
	}
	tlb_batch_activate(tlb, &tlb->local);
}

void tlb_batch_release(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch = tlb->local.next;

	while (batch) {
		struct mmu_gather_batch *next = batch->next;

		shootdown_batch_free(batch);
		batch = next;
	}
	tlb->local.next = NULL;
	tlb->batch_count = 0;
}
