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
	/* Rows that it has other choices for, ended by one without a name. NULL: none. */
	const struct policy_row *rows;
};

/* How page tables are freed. */
struct policy_row {
	const char *arch;
	bool table_free, rcu_table_free;
};

extern const struct policy policies[];
extern const unsigned int nr_policies;

/* The row of @policy for @arch. */
struct tlb_arch policy_arch(const struct policy *policy, const struct tlb_arch *arch);

#endif
