/* SPDX-License-Identifier: MIT */
/* policy.c - the policies: ours, and Linux 6.1's. docs/count.md says where each number is from. */
#include <count/policy.h>

#include <string.h>

/*
 * Linux 6.1. Which architectures have no batch for tables, and queue them with the pages: of x86-64 only a guest whose hypervisor flushes for
 * it has one, as paravirt_tlb_remove_table() is tlb_remove_page() on the machine itself. x86 has generations, which a CPU that was lazy or
 * away catches up with by everything of the address space; and alone has a batch for reclaim, ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH.
 */
static const struct policy_row rows_6_1[] = {
	{ "x86_64", true, true, MM_UNMAP_EVERYTHING, 0 },
	{ "x86_64_nopcid", true, true, MM_UNMAP_EVERYTHING, 0 },
	{ "x86_64_tce", true, true, MM_UNMAP_EVERYTHING, 0 },
	{ "x86_64_tlbgen", true, true, MM_UNMAP_EVERYTHING, 0 },
	{ "x86_64_hypercall", false, false, MM_UNMAP_EVERYTHING, 0 },
	{ "x86_64_invlpgb", false, false, MM_UNMAP_EVERYTHING, 0 },
	{ "alpha", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "loongarch", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "loongarch_ptw", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "mips", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "parisc", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv_svadu", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv_svinval", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv_svvptc", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv_tlbgen", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "riscv_ztso", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ "um", true, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
	{ NULL, false, false, MM_UNMAP_PAGE_BY_PAGE, 0 },
};

/*
 * Ours makes the choice catch_up where Linux does, so that like is counted beside like, and on the row of RISC-V that is for it. x86_64_tlbgen is that
 * row for the checker. Linux's ceiling of 33 is for a hull, most of whose steps may meet nothing; ours names what changed, and as many of it as a gather keeps apart.
 */
static const struct policy_row rows_ours[] = {
	{ "x86_64", false, true, MM_UNMAP_IN_A_WAVE, SHOOTDOWN_RANGES },
	{ "x86_64_nopcid", false, true, MM_UNMAP_IN_A_WAVE, SHOOTDOWN_RANGES },
	{ "x86_64_tce", false, true, MM_UNMAP_IN_A_WAVE, SHOOTDOWN_RANGES },
	{ "x86_64_tlbgen", false, true, MM_UNMAP_IN_A_WAVE, SHOOTDOWN_RANGES },
	{ "riscv_tlbgen", false, true, MM_UNMAP_IN_A_WAVE, 0 },
	{ NULL, false, false, MM_UNMAP_IN_A_WAVE, 0 },
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
		.choices = { .page_by_page = true, .dirty_under_ptl = true, .catch_up_by_all = true },
		.call_a_range = true,
		.rows = rows_6_1,
	},
	{
		.name = "ours",
		.limits = SHOOTDOWN_LIMITS(4096),
		/* A row has a flush for each VMA lest the hole between two is flushed: ranges that are kept apart have none. */
		.merge_vmas = true,
		.rows = rows_ours,
	},
};
const unsigned int nr_policies = sizeof(policies) / sizeof(policies[0]);

/* The last one, which has no name, is that of all others. */
static const struct policy_row *row_for(const struct policy *policy, const struct tlb_arch *arch)
{
	const struct policy_row *row = policy->rows;

	while (row->arch && strcmp(row->arch, arch->name))
		row++;
	return row;
}

struct tlb_arch policy_arch(const struct policy *policy, const struct tlb_arch *arch)
{
	const struct policy_row *row = row_for(policy, arch);
	struct tlb_arch out = *arch;

	out.merge_vmas |= policy->merge_vmas;
	if (row->arch)
		out.catch_up = row->catch_up;
	if (row->ceiling)
		out.ceiling = row->ceiling;
	if (row->queued_tables)
		out.table_free = out.rcu_table_free = out.table_sync_free = out.table_no_invalidate = false;
	return out;
}

struct mm_choices policy_choices(const struct policy *policy, const struct tlb_arch *arch)
{
	struct mm_choices choices = policy->choices;

	choices.unmap = row_for(policy, arch)->unmap;
	return choices;
}
