/* SPDX-License-Identifier: MIT */
/* policy.c - the policies: ours, and Linux 6.1's. docs/count.md says where each number is from. */
#include <count/policy.h>

#include <string.h>

/*
 * Linux 6.1: which architectures have no batch for tables, and queue them with the pages. Of x86-64 only a guest whose hypervisor
 * flushes for it has one: paravirt_tlb_remove_table() is tlb_remove_page() on the machine itself.
 */
static const struct policy_row rows_6_1[] = {
	{ "x86_64", false, false },
	{ "x86_64_nopcid", false, false },
	{ "x86_64_tce", false, false },
	{ "alpha", false, false },
	{ "loongarch", false, false },
	{ "loongarch_ptw", false, false },
	{ "mips", false, false },
	{ "parisc", false, false },
	{ "riscv", false, false },
	{ "riscv_svadu", false, false },
	{ "riscv_svinval", false, false },
	{ "riscv_svvptc", false, false },
	{ "riscv_ztso", false, false },
	{ "um", false, false },
	{ NULL, false, false },
};

const struct policy policies[] = {
	{
		.name = "linux-6.1",
		/*
		 * Eight pages on the stack and 19 batch pages of 510: 9,698, and full when all are used, as an entry is a page. Ours is full
		 * with one slot left, since an entry may be two; so it gets one more in each to be the same.
		 */
		.limits = { .bundle = 8 + 1, .batch = 510 + 1, .batches = 19, .tables = 509 },
		/* zap_pte_range(): no folios yet, and tlb_flush_mmu() behind each forced flush. */
		.choices = { .page_by_page = true, .dirty_under_ptl = true },
		.call_a_range = true,
		.rows = rows_6_1,
	},
	{
		.name = "ours",
		.limits = SHOOTDOWN_LIMITS(4096),
	},
};
const unsigned int nr_policies = sizeof(policies) / sizeof(policies[0]);

struct tlb_arch policy_arch(const struct policy *policy, const struct tlb_arch *arch)
{
	struct tlb_arch out = *arch;

	for (const struct policy_row *row = policy->rows; row && row->arch; row++) {
		if (strcmp(row->arch, arch->name))
			continue;
		out.table_free = row->table_free;
		out.rcu_table_free = row->rcu_table_free;
		out.table_sync_free &= row->rcu_table_free;
		out.table_no_invalidate &= row->table_free;
	}
	return out;
}
