/* SPDX-License-Identifier: MIT */
/* internal.h - what the library's own files say to each other; no kernel includes it. */
#ifndef SHOOTDOWN_INTERNAL_H
#define SHOOTDOWN_INTERNAL_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>

/*
 * How functions are compiled where the compiler's own choice costs the common path. Out of line: or it saves registers for what it
 * does not call. Rare: it lies apart as well. Inline: an argument that is a constant has to fold.
 */
#define TLB_OUT_OF_LINE __attribute__((noinline))
#define TLB_RARE	__attribute__((noinline, cold))
#define TLB_INLINE	inline __attribute__((always_inline))

/* flush.c: a flush of what is recorded, issued and waited for. The record stays as it is. */
void tlb_flush_recorded(const struct mmu_gather *tlb);

/*
 * batch.c: pages. free: no page-table lock, and some are queued; release: the batch pages themselves, at the very end, if
 * there are any.
 */
void tlb_batch_free_pages(struct mmu_gather *tlb);
void tlb_batch_release(struct mmu_gather *tlb);

/* table.c: hand the table batch over to be freed. */
TLB_OUT_OF_LINE void tlb_table_flush(struct mmu_gather *tlb);

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

/* The stack's slots are filled from the beginning; full with one slot left, see batch.c. The sizes are the host's constants. */
static inline void tlb_batch_rewind(struct mmu_gather *tlb)
{
	tlb->active = &tlb->local;
	tlb->slot = tlb->stack_slots;
	tlb->last = tlb->stack_slots + shootdown_limits()->bundle - 1;
}

static inline void tlb_batch_init(struct mmu_gather *tlb)
{
	shootdown_assert(shootdown_limits()->bundle >= 2 && shootdown_limits()->bundle <= TLB_GATHER_BUNDLE,
			 "shootdown_limits: needs 2 <= bundle <= TLB_GATHER_BUNDLE");
	tlb->local.next = NULL;
	tlb->batch_count = 0;
	tlb->runs = false;
	tlb_batch_rewind(tlb);
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
