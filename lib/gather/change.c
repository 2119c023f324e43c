/* SPDX-License-Identifier: MIT */
/* change.c - entries that stay where they are and say something else: which of them a gather has to flush. */
#include "../internal.h"
#include <shootdown/change.h>

static TLB_OUT_OF_LINE void tlb_record_upgrade(struct mmu_gather *tlb, unsigned long addr)
{
	/* Second place of the rule: of what is in a gather nobody is told by itself. */
	if (RULE(upgrade_notifies))
		tlb_remove_tlb_entry(tlb, addr);
}

enum tlb_change tlb_change_tlb_entry(struct mmu_gather *tlb, unsigned long addr, unsigned int old, unsigned int now)
{
	enum tlb_change needs = tlb_change_needs(old, now);
	bool upgrade = needs != TLB_CHANGE_FLUSH && tlb_change_gains(old, now) && tlb_upgrade_is_told(tlb->mm);

	/* Nobody who still holds the old entry faults on what it offers too much of. */
	if (needs == TLB_CHANGE_FLUSH && RULE(change_flush))
		tlb_remove_tlb_entry(tlb, addr);
	if (upgrade)
		tlb_record_upgrade(tlb, addr);
	return needs;
}
