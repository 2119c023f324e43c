/* SPDX-License-Identifier: MIT */
/*
 * facts.c - what each fact is for: one that is flipped changes what the library asks of its host, or the row is refused, or it
 * is the machine alone that reads it. And every law between facts, broken once.
 */
#include "test.h"
#include <arch/arch.h>
#include <shootdown/tlb_notifier.h>

enum fact_number {
#define TLB_FACT(kind, type, name, ...) FACT_##name,
#include <shootdown/facts.def>
	FACTS,
};

enum fact_type {
	FACT_BOOL,
	FACT_REACH,
	FACT_NUMBER,
};

static const struct {
	const char *name;
	enum fact_type type;
	size_t offset;
} facts[FACTS] = {
#define TYPE(type)			_Generic((type)0, bool : FACT_BOOL, enum tlb_reach : FACT_REACH, unsigned long : FACT_NUMBER)
#define TLB_FACT(kind, type, name, ...) { #name, TYPE(type), offsetof(struct tlb_arch, name) },
#include <shootdown/facts.def>
};

/* Yes becomes no; IPI becomes a broadcast and anything else IPI; a number becomes 0. */
static struct tlb_arch flipped(const char *row, enum fact_number fact)
{
	struct tlb_arch arch = *tlb_arch_find(row);
	void *at = (char *)&arch + facts[fact].offset;

	if (facts[fact].type == FACT_BOOL)
		*(bool *)at = !*(bool *)at;
	else if (facts[fact].type == FACT_REACH)
		*(enum tlb_reach *)at = *(enum tlb_reach *)at == TLB_REACH_IPI ? TLB_REACH_BROADCAST : TLB_REACH_IPI;
	else
		*(unsigned long *)at = 0;
	return arch;
}

/* ---- what is done ---- */

static void unmap(void)
{
	zap_two_vmas(the_vma.flags);
	host_grace_period();
}

/* ... while no batch page is to be had. */
static void unmap_refused(void)
{
	host.refuse_all = true;
	unmap();
}

static void exit_mm(void)
{
	tlb_gather_mmu_fullmm(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_free_vmas(&the_gather);
	tlb_finish_mmu(&the_gather);
}

/* A page, then 2 MiB in one. */
static void two_sizes(void)
{
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_change_page_size(&the_gather, 512 * PAGE_SIZE);
	tlb_flush_level_range(&the_gather, TLB_LEVEL_PMD, 0x200000, 0x200000);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_finish_mmu(&the_gather);
}

static void flush_far(void)
{
	tlb_flush_range(&the_vma, 0, ADDRESS(1000));
}

/* Who is told leaves a word behind. */
static void tell(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	(void)notifier;
	(void)flush;
	shootdown_fence_tables();
}

static void be_done(struct tlb_notifier *notifier)
{
	(void)notifier;
}

static void kernel_tables_go(void)
{
	static const struct tlb_notifier_ops ops = { .invalidate = tell, .sync = be_done };
	struct tlb_notifier notifier = { .ops = &ops };

	tlb_notify_kernel_tables(&notifier);
}

/* Who makes an entry allow more looks for who has to be told. */
static void upgrade(void)
{
	tlb_notify_upgrade(&the_vma, ADDRESS(1), ADDRESS(2));
}

/* CPU 1 goes to another address space; then CPU 0 flushes. */
static void switch_away(void)
{
	host.cpu = 1;
	tlb_mm_leave(&the_mm);
	host.cpu = 0;
	tlb_mm_flush(&the_mm);
}

/* CPU 1 comes to an address space that nobody has run. */
static void switch_to_new(void)
{
	struct tlb_mm fresh;

	tlb_mm_init(&fresh);
	host.cpu = 1;
	tlb_mm_enter(&fresh);
	host.cpu = 0;
}

/* What is asked of the host, or the contract that does not hold. */
static const char *asked(const struct tlb_arch *arch, void (*what)(void))
{
	static char log[HOST_LOG];
	jmp_buf back;

	world_setup(NULL);
	host.arch = *arch;
	host.online = 3;
	the_mm.cpus.value = 3;
	host.on_assert = &back;
	if (setjmp(back)) {
		snprintf(log, sizeof(log), "%s", host.contract);
		return log;
	}
	what();
	snprintf(log, sizeof(log), "%s", host_log());
	world_teardown(NULL);
	return log;
}

static void firmware_flush(void)
{
	host.firmware = true;
	tlb_mm_flush(&the_mm);
}

/* ---- who reads a fact ---- */

enum reader {
	NOT_SAID,
	LIBRARY, /* lib/: what it asks of the host changes */
	MACHINE, /* the machine or mm/: tests/check/facts.c sees a verdict change */
	HELD,	 /* the machine, where a law ties it to another fact: tests/machine/held.c sees what is held change */
};

/* While @what_ is done, @word_ is asked on @row_ as it is, or with the fact flipped, and not on the other. */
#define ASKS(row_, what_, word_)                                             \
	{                                                                    \
		.reader = LIBRARY, .row = row_, .what = what_, .word = word_ \
	}

static const struct {
	enum reader reader;
	const char *row;
	void (*what)(void);
	const char *word;
} uses[FACTS] = {
	[FACT_farthest] = { .reader = HELD },
	[FACT_tagged] = { .reader = HELD },
	[FACT_global_by_id] = { .reader = MACHINE },
	[FACT_load_drops] = { .reader = MACHINE },
	[FACT_exec_aware] = { .reader = MACHINE },
	[FACT_leaf_only] = { .reader = MACHINE },
	[FACT_table_span] = ASKS("hostile", unmap, "0-200000/12+t"),
	[FACT_tables_all] = ASKS("riscv", unmap, "all+t"),
	[FACT_paths_all] = { .reader = MACHINE },
	[FACT_level_hint] = { .reader = HELD },
	[FACT_range_op] = { .reader = HELD },
	[FACT_page_size] = ASKS("powerpc", two_sizes, "1000-2000/12"),
	[FACT_pairs] = { .reader = MACHINE },
	[FACT_hw_walk] = { .reader = MACHINE },
	[FACT_soft_refill] = { .reader = MACHINE },
	[FACT_walk_cache] = { .reader = MACHINE },
	[FACT_split_itlb] = { .reader = HELD },
	[FACT_caches_not_present] = { .reader = MACHINE },
	[FACT_caches_old] = { .reader = MACHINE },
	[FACT_readonly_sticky] = { .reader = MACHINE },
	[FACT_hw_dirty] = { .reader = MACHINE },
	[FACT_break_before_make] = { .reader = MACHINE },
	[FACT_virtual_cache] = ASKS("m68k", unmap, "cache 1000-8000"),
	[FACT_colours] = { .reader = MACHINE },
	[FACT_tso] = { .reader = MACHINE },
	[FACT_local_orders] = { .reader = MACHINE },
	[FACT_walks_follow] = { .reader = MACHINE },
	[FACT_faults_last] = { .reader = MACHINE },
	[FACT_early_walks] = { .reader = MACHINE },
	[FACT_late_updates] = { .reader = MACHINE },
	[FACT_contiguous] = { .reader = MACHINE },
	[FACT_secondary_snoops] = { .reader = MACHINE },
	[FACT_secondary_sticky] = ASKS("arm64", upgrade, "fence"),
	[FACT_secondary_pages] = { .reader = MACHINE },
	[FACT_secondary_ceiling] = { .reader = MACHINE },
	[FACT_secondary_breaks] = { .reader = MACHINE },
	[FACT_secondary_walks_kernel] = ASKS("x86_64", kernel_tables_go, "fence"),
	[FACT_reach] = ASKS("arm64", unmap, "bcast"),
	[FACT_asids] = ASKS("riscv", switch_away, "leave1"),
	[FACT_catch_up] = ASKS("x86_64_tlbgen", flush_far, "call1"),
	[FACT_rollover] = ASKS("arm64_rollover", switch_to_new, "lock fence unlock"),
	[FACT_attach] = ASKS("s390_attach", flush_far, "bcast"),
	[FACT_entry_batch] = ASKS("sparc64", unmap, "local0"),
	[FACT_merge_vmas] = ASKS("x86_64", unmap, "1000-2000/12"),
	[FACT_no_range] = ASKS("alpha", unmap, "local0 all"),
	[FACT_ceiling] = ASKS("x86_64", flush_far, "local0 all"),
	[FACT_no_gather] = ASKS("s390", unmap, "free 1 9"),
	[FACT_no_flush_cache] = ASKS("sparc64", unmap, "cache 1000-8000"),
	[FACT_fullmm_skip] = ASKS("arm64", exit_mm, "bcast all"),
	[FACT_table_free] = ASKS("arc", unmap, "page 700"),
	[FACT_rcu_table_free] = ASKS("parisc", unmap, "rcu"),
	[FACT_table_sync_free] = ASKS("powerpc", unmap_refused, "sync"),
	[FACT_table_no_invalidate] = ASKS("sparc64", unmap_refused, "refused sync"),
	[FACT_gup_fast] = ASKS("sh", firmware_flush, "needs rcu_table_free"),
};

/* The word that tells the two rows apart must be asked on one of them only. */
static void library_reads(enum fact_number fact)
{
	const struct tlb_arch *row = tlb_arch_find(uses[fact].row);
	struct tlb_arch other = flipped(uses[fact].row, fact);
	bool before = strstr(asked(row, uses[fact].what), uses[fact].word);
	bool after = strstr(asked(&other, uses[fact].what), uses[fact].word);

	assert_null(tlb_arch_check(&other));
	if (before != after)
		return;
	print_error("%s on %s: '%s'\n", facts[fact].name, row->name, asked(row, uses[fact].what));
	fail_msg("flipped: '%s'", asked(&other, uses[fact].what));
}

/* Flipped there, by these words. */
static void flips(const char *path, const char *words, enum fact_number fact)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");
	char flip[64];

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	snprintf(flip, sizeof(flip), words, facts[fact].name);
	if (!strstr(text, flip))
		fail_msg("%s does not flip %s", path, facts[fact].name);
}

static void each_fact_is_read(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < FACTS; i++) {
		if (uses[i].reader == NOT_SAID)
			fail_msg("%s: who reads it?", facts[i].name);
		if (uses[i].reader == LIBRARY)
			library_reads(i);
		if (uses[i].reader == MACHINE)
			flips("tests/check/facts.c", "FACT(%s)", i);
		if (uses[i].reader == HELD)
			flips("tests/machine/held.c", "arch.%s = ", i);
	}
}

/* ---- the laws ---- */

#define BROKEN(sentence, ...)                         \
	{                                             \
		sentence,                             \
		{                                     \
			.name = sentence, __VA_ARGS__ \
		}                                     \
	}

/* In the order of facts.def: the sentence, and a row that breaks this one and no other. */
static const struct {
	const char *sentence;
	struct tlb_arch arch;
} broken[] = {
	BROKEN("reach needs a machine", .reach = TLB_REACH_BROADCAST),
	BROKEN("asids needs entries", .asids = true),
	BROKEN("catch_up needs interrupts", .catch_up = true, .farthest = TLB_REACH_BROADCAST,
	       .reach = TLB_REACH_BROADCAST),
	BROKEN("catch_up contradicts", .catch_up = true, .break_before_make = true),
	BROKEN("rollover needs ids to give out", .rollover = true),
	BROKEN("rollover needs ids that are not", .rollover = true, .asids = true, .tagged = true, .catch_up = true),
	BROKEN("attach needs entries", .attach = true),
	BROKEN("entry_batch needs that", .entry_batch = true, .hw_walk = true),
	BROKEN("fullmm_skip needs ids", .fullmm_skip = true),
	BROKEN("exec_aware needs an instruction TLB", .exec_aware = true),
	BROKEN("leaf_only needs a walk cache", .leaf_only = true),
	BROKEN("table_span needs a walk cache", .table_span = true),
	BROKEN("tables_all needs a walk cache", .tables_all = true),
	BROKEN("paths_all needs a walk cache", .paths_all = true),
	BROKEN("paths_all contradicts tables_all", .paths_all = true, .tables_all = true, .walk_cache = true),
	BROKEN("hw_dirty needs a walker", .hw_dirty = true),
	BROKEN("secondary_snoops needs invalidations", .secondary_snoops = true),
	BROKEN("secondary_breaks needs devices", .secondary_breaks = true),
	BROKEN("secondary_ceiling needs devices", .secondary_ceiling = 2),
	BROKEN("late_updates needs a walker", .late_updates = true),
	BROKEN("no_range needs merge_vmas", .no_range = true),
	BROKEN("no_gather needs entries", .no_gather = true, .table_free = true),
	BROKEN("no_gather needs a batch", .no_gather = true, .farthest = TLB_REACH_ENTRY, .reach = TLB_REACH_ENTRY),
	BROKEN("no_flush_cache needs a cache", .no_flush_cache = true),
	BROKEN("colours needs a cache", .colours = 2),
	BROKEN("rcu_table_free needs a batch", .rcu_table_free = true),
	BROKEN("table_sync_free needs batches", .table_sync_free = true, .table_free = true),
	BROKEN("table_no_invalidate needs a batch", .table_no_invalidate = true),
	BROKEN("table_no_invalidate needs tables", .table_no_invalidate = true, .table_free = true, .hw_walk = true),
	BROKEN("gup_fast needs a grace period", .gup_fast = true, .farthest = TLB_REACH_BROADCAST,
	       .reach = TLB_REACH_BROADCAST),
};

/* How many laws a row breaks. */
static unsigned int laws_broken(const struct tlb_arch *arch)
{
	unsigned int count = 0;

#define TLB_FACT_LAW(holds, sentence) count += !(holds);
#include <shootdown/facts.def>
	return count;
}

static void each_law_is_held(void **state)
{
	static const char *const sentences[] = {
#define TLB_FACT_LAW(holds, sentence) sentence,
#include <shootdown/facts.def>
	};

	(void)state;
	assert_int_equal(sizeof(broken) / sizeof(broken[0]), sizeof(sentences) / sizeof(sentences[0]));
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_ptr_equal(strstr(sentences[i], broken[i].sentence), sentences[i]);
		assert_string_equal(tlb_arch_check(&broken[i].arch), sentences[i]);
		assert_int_equal(laws_broken(&broken[i].arch), 1);
	}
}

/* ---- a row of a host's own ---- */

#include <arch/x86_64.h>

/* Without PCIDs, and with a ceiling that somebody has measured. */
static const struct tlb_arch own = { .name = "own",
				     TLB_HARDWARE_x86_64,
				     .merge_vmas = true,
				     .ceiling = 64,
				     .table_free = true,
				     .rcu_table_free = true };

static void a_host_chooses(void **state)
{
	(void)state;
	assert_null(tlb_arch_check(&own));
	assert_true(own.hw_dirty && own.tagged && !own.asids && !own.gup_fast);
	assert_int_equal(own.ceiling, 64);
	assert_string_equal(asked(&own, switch_away), "leave1 fence local0 all+t+x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_is_read),
		cmocka_unit_test(each_law_is_held),
		cmocka_unit_test(a_host_chooses),
	};

	return cmocka_run_group_tests_name("lib_facts", tests, NULL, NULL);
}
