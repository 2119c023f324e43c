/* SPDX-License-Identifier: MIT */
/* internal.h - what the library's own files say to each other; no kernel includes it. */
#ifndef SHOOTDOWN_INTERNAL_H
#define SHOOTDOWN_INTERNAL_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>

/* flush.c: issue and wait. */
void tlb_flush_now(struct tlb_flush *flush);

/* batch.c: pages. free: no page-table lock; release: the batch pages themselves, at the very end. */
void tlb_batch_init(struct mmu_gather *tlb);
void tlb_batch_free_pages(struct mmu_gather *tlb);
void tlb_batch_release(struct mmu_gather *tlb);

/* table.c: hand the table batch over to be freed. */
void tlb_table_flush(struct mmu_gather *tlb);

/*
 * How many gathers are open on @mm. ORD-4: the page-table lock that showed the changed entry also shows the count raised
 * before it. The acquire is for the other direction, and pairs with the release in tlb_finish_mmu(): a gather that is no
 * longer counted has flushed, and what follows here comes after that flush.
 */
static inline long tlb_mm_open_gathers(const struct tlb_mm *mm)
{
	return __atomic_load_n(&mm->pending, __ATOMIC_ACQUIRE);
}

/* The slots on the stack are filled first, and are empty only when all are. */
static inline bool tlb_queued(const struct mmu_gather *tlb)
{
	return tlb->slot != tlb->stack_slots;
}

static inline bool tlb_recorded(const struct mmu_gather *tlb)
{
	return tlb->cleared;
}

/* The one place where an open gather's state changes. "may" has a bit for each state that may follow. */
static inline void tlb_gather_move(struct mmu_gather *tlb, enum tlb_gather_state to)
{
	static const unsigned char may[] = {
		[TLB_GATHER_CLOSED] = 0,
		[TLB_GATHER_OPEN] = 1 << TLB_GATHER_CLOSED | 1 << TLB_GATHER_DELAYED | 1 << TLB_GATHER_UNSHARED,
		[TLB_GATHER_DELAYED] = 1 << TLB_GATHER_DELAYED | 1 << TLB_GATHER_OPEN,
		[TLB_GATHER_UNSHARED] = 1 << TLB_GATHER_UNSHARED | 1 << TLB_GATHER_OPEN,
	};

	shootdown_assert(may[tlb->state] & 1 << to, "mmu_gather: needs what its state asks for first");
	(void)may;
	tlb->state = to;
}

#endif
