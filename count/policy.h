/* SPDX-License-Identifier: MIT */
/* policy.h - what is a kernel's own choice of how to flush, as data. */
#ifndef COUNT_POLICY_H
#define COUNT_POLICY_H

#include <mm/mm.h>

struct policy {
	const char *name;
	struct tlb_limits limits;
	struct mm_choices choices;
	bool call_a_range; /* one call, and so one gather, for each range of a vectored operation */
	bool merge_vmas;   /* one flush for several VMAs also where the row has one for each */
	/* What it chooses for a row, ended by one without a name, which is for all others. */
	const struct policy_row *rows;
};

struct policy_row {
	const char *arch;
	bool queued_tables;    /* page tables have no batch of their own, and are queued with the pages */
	bool catch_up;	       /* as the fact; as the row says if it has no name */
	enum mm_unmap unmap;   /* how reclaim flushes */
	unsigned long ceiling; /* as the fact; 0: as the row says */
};

extern const struct policy policies[];
extern const unsigned int nr_policies;

/* The row of @policy for @arch, and its choices. */
struct tlb_arch policy_arch(const struct policy *policy, const struct tlb_arch *arch);
struct mm_choices policy_choices(const struct policy *policy, const struct tlb_arch *arch);

#endif
