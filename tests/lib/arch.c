/* SPDX-License-Identifier: MIT */
/* arch.c - the rows of all architectures: that they hold together, and what one munmap does on each. */
#include "test.h"
#include <arch/arch.h>

static void names(void **state)
{
	(void)state;
	assert_int_equal(tlb_arch_count(), 48);
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const struct tlb_arch *arch = tlb_arch_at(i);

		assert_ptr_equal(tlb_arch_find(arch->name), arch);
		if (i)
			assert_true(strcmp(tlb_arch_at(i - 1)->name, arch->name) < 0);
	}
	assert_null(tlb_arch_at(tlb_arch_count()));
	assert_null(tlb_arch_find("vax"));
	assert_null(tlb_arch_find("arm6"));
	assert_null(tlb_arch_find(""));
}

static void rows_hold_together(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < tlb_arch_count(); i++)
		assert_null(tlb_arch_check(tlb_arch_at(i)));
}

/* ---- the rows that are made up ---- */

enum fact_number {
#define TLB_FACT(kind, type, name, ...) FACT_##name,
#include <shootdown/facts.def>
	FACTS,
};

enum fact_kind {
	HARDWARE,
	CHOICE,
};

/* A fact of the hardware: which value of it allows more. Each, where the other asks something else of the software. */
enum direction {
	NOT_SAID,
	IF_SET,
	IF_CLEAR,
	EACH,
};

/* clang-format off */
static const enum direction directions[FACTS] = {
	[FACT_farthest] = EACH,
	[FACT_tagged] = IF_SET,
	[FACT_global_by_id] = IF_CLEAR,
	[FACT_load_drops] = IF_CLEAR,
	[FACT_exec_aware] = IF_SET,
	[FACT_leaf_only] = IF_SET,
	[FACT_table_span] = EACH,
	[FACT_tables_all] = EACH,
	[FACT_paths_all] = IF_CLEAR,
	[FACT_level_hint] = IF_SET,
	[FACT_range_op] = IF_CLEAR,
	[FACT_page_size] = IF_SET,
	[FACT_pairs] = IF_CLEAR,
	[FACT_hw_walk] = IF_SET,
	[FACT_soft_refill] = EACH,
	[FACT_walk_cache] = IF_SET,
	[FACT_split_itlb] = IF_SET,
	[FACT_caches_not_present] = IF_SET,
	[FACT_caches_old] = IF_SET,
	[FACT_readonly_sticky] = IF_SET,
	[FACT_hw_dirty] = IF_SET,
	[FACT_break_before_make] = IF_SET,
	[FACT_virtual_cache] = IF_SET,
	[FACT_colours] = IF_SET,
	[FACT_tso] = IF_CLEAR,
	[FACT_local_orders] = IF_CLEAR,
	[FACT_walks_follow] = IF_CLEAR,
	[FACT_faults_last] = IF_CLEAR,
	[FACT_early_walks] = IF_SET,
	[FACT_late_updates] = IF_SET,
	[FACT_contiguous] = IF_SET,
	[FACT_secondary_snoops] = IF_CLEAR,
	[FACT_secondary_sticky] = IF_SET,
	[FACT_secondary_pages] = IF_SET,
	[FACT_secondary_breaks] = IF_SET,
	[FACT_secondary_walks_kernel] = IF_SET,
};
/* clang-format on */

static const struct {
	const char *name;
	enum fact_kind kind;
} facts[FACTS] = {
#define TLB_FACT(kind, type, name, ...) { #name, kind },
#include <shootdown/facts.def>
};

/* Its value as a number. Of an entry that its change drops everywhere (ENTRY) a broadcast leaves no less. */
static int value_of(const struct tlb_arch *arch, enum fact_number fact)
{
	switch (fact) {
#define TLB_FACT(kind, type, name, ...) \
	case FACT_##name:               \
		return FACT_##name == FACT_farthest && arch->farthest != TLB_REACH_IPI ? 1 : (int)arch->name;
#include <shootdown/facts.def>
	default:
		return -1;
	}
}

/* Does one of the two, or do both, allow what @arch allows by this fact? */
static bool are_as_hostile(const struct tlb_arch *arch, enum fact_number fact)
{
	int one = value_of(tlb_arch_find("hostile"), fact), other = value_of(tlb_arch_find("hostile_ipi"), fact);
	int value = value_of(arch, fact);

	switch (directions[fact]) {
	case IF_SET:
		return one >= value && other >= value;
	case IF_CLEAR:
		return one <= value && other <= value;
	case EACH:
		return one == value || other == value;
	default:
		return false;
	}
}

static void hostile_allows_what_any_row_allows(void **state)
{
	(void)state;
	for (enum fact_number fact = 0; fact < FACTS; fact++) {
		for (unsigned int i = 0; facts[fact].kind == HARDWARE && i < tlb_arch_count(); i++) {
			if (!are_as_hostile(tlb_arch_at(i), fact))
				fail_msg("%s of %s is allowed by no made-up row", facts[fact].name,
					 tlb_arch_at(i)->name);
		}
	}
}

/*
 * What Linux 7.0's Kconfig files select (for arm2011, ia64 and tile: what they did): R rcu_table_free, N no_range,
 * M merge_vmas, G no_gather, P page_size, C no_flush_cache, S table_sync_free, F gup_fast.
 */
static const char *const selects[][2] = {
	{ "alpha", "RNM" },
	{ "arc", "" },
	{ "arm", "RF" },
	{ "arm2011", "" },
	{ "arm64", "RF" },
	{ "arm64_btm", "RF" },
	{ "arm64_ets2", "RF" },
	{ "arm64_range", "RF" },
	{ "arm64_rollover", "RF" },
	{ "arm64_v8", "RF" },
	{ "csky", "" },
	{ "hexagon", "" },
	{ "ia64", "" },
	{ "loongarch", "RMF" },
	{ "loongarch_ptw", "RMF" },
	{ "m68k", "NM" },
	{ "microblaze", "NM" },
	{ "mips", "RF" },
	{ "nios2", "NM" },
	{ "openrisc", "NM" },
	{ "parisc", "R" },
	{ "powerpc", "RMPSF" },
	{ "powerpc_ocxl", "RMPSF" },
	{ "powerpc_tlbiel", "RMPSF" },
	{ "riscv", "RF" },
	{ "riscv_svadu", "RF" },
	{ "riscv_svinval", "RF" },
	{ "riscv_svvptc", "RF" },
	{ "riscv_tlbgen", "RF" },
	{ "riscv_ztso", "RF" },
	{ "s390", "RMGF" },
	{ "s390_attach", "RMGF" },
	{ "sh", "F" },
	{ "sparc64", "RMCS" },
	{ "sparc64_batch", "RMCS" },
	{ "tile", "" },
	{ "um", "R" },
	{ "x86_64", "RMF" },
	{ "x86_64_hypercall", "RMF" },
	{ "x86_64_invlpgb", "RMF" },
	{ "x86_64_nopcid", "RMF" },
	{ "x86_64_tce", "RMF" },
	{ "x86_64_tlbgen", "RMF" },
	{ "x86_64_vtd", "RMF" },
	{ "xtensa", "" },
};

static void rows_are_as_linux_selects(void **state)
{
	(void)state;
	assert_int_equal(sizeof(selects) / sizeof(selects[0]) + 3, tlb_arch_count());
	for (size_t i = 0; i < sizeof(selects) / sizeof(selects[0]); i++) {
		const struct tlb_arch *arch = tlb_arch_find(selects[i][0]);
		char found[16] = "";

		assert_non_null(arch);
		snprintf(found, sizeof(found), "%s%s%s%s%s%s%s%s", arch->rcu_table_free ? "R" : "",
			 arch->no_range ? "N" : "", arch->merge_vmas ? "M" : "", arch->no_gather ? "G" : "",
			 arch->page_size ? "P" : "", arch->no_flush_cache ? "C" : "", arch->table_sync_free ? "S" : "",
			 arch->gup_fast ? "F" : "");
		assert_string_equal(found, selects[i][1]);
	}
}

/*
 * How many pages in a row Linux 7.0 still flushes one by one; 0: any number. Most compare with ">", but arc, arm64 and parisc
 * with ">=", and parisc counts bytes.
 */
static const struct {
	const char *row;
	unsigned long pages;
} page_by_page[] = {
	{ "arc", 31 },	      { "arm", 0 },	{ "arm64", 511 }, { "arm64_range", 2097152 }, { "csky", 0 },
	{ "loongarch", 528 }, { "mips", 64 },	{ "parisc", 3 },  { "powerpc", 33 },	      { "riscv", 64 },
	{ "sh", 16 },	      { "x86_64", 33 }, { "xtensa", 16 },
};

/* Is the flush of so many pages one of everything? */
static bool flushes_all(const char *row, unsigned long pages)
{
	bool all;

	world_setup(NULL);
	world_arch(row);
	tlb_flush_range(&the_vma, 0, pages * PAGE_SIZE);
	all = strstr(host_log(), "all");
	world_teardown(NULL);
	return all;
}

static void ceilings_are_as_linux_compares(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(page_by_page) / sizeof(page_by_page[0]); i++) {
		unsigned long pages = page_by_page[i].pages;

		assert_false(flushes_all(page_by_page[i].row, pages ? pages : 100000));
		assert_true(!pages || flushes_all(page_by_page[i].row, pages + 1));
	}
}

#define IPI(range)	      "fence call1 local0 " range " local1 " range " answer "
#define BROADCAST(range)      "fence bcast " range " done "
#define CACHES(first, second) "cache 1000-8000 " first "cache 8000-11000 " second

static const char *const munmaps[][2] = {
	{ "alpha", "pend+ alloc " IPI("all+t+x") "pend- rcu free 1 9" },
	{ "arc",
	  "pend+ " IPI("1000-2000/12+x") IPI("9000-a000/12") "page 700 " IPI("0-200000/21+t+x") "pend- free 1 9 700" },
	{ "arm", "pend+ " BROADCAST("1000-2000/12+x")
			 BROADCAST("9000-a000/12") "alloc " BROADCAST("0-200000/21+t+x") "pend- rcu free 1 9" },
	{ "arm2011", "pend+ " CACHES(IPI("1000-2000/12+x"),
				     IPI("9000-a000/12")) "page 700 " IPI("0-200000/12+t+x") "pend- free 1 9 700" },
	{ "arm64", "pend+ " BROADCAST("1000-2000/12+x")
			   BROADCAST("9000-a000/12") "alloc " BROADCAST("0-200000/21+t+x") "pend- rcu free 1 9" },
	{ "hostile_ipi", "pend+ " CACHES("", "") "page 700 " IPI("all+t+x") "pend- free 1 9 700" },
	{ "hostile", "pend+ " CACHES("", "") "alloc " BROADCAST("0-200000/12+t+x") "pend- rcu free 1 9" },
	{ "m68k", "pend+ " CACHES("", "") "page 700 " IPI("all+t+x") "pend- free 1 9 700" },
	{ "mips", "pend+ " CACHES(IPI("1000-2000/12+x"),
				  IPI("9000-a000/12")) "alloc " IPI("0-200000/21+t+x") "pend- rcu free 1 9" },
	{ "powerpc", "pend+ alloc " BROADCAST("1000-a000/12+t+x") "pend- rcu free 1 9" },
	{ "riscv", "pend+ " IPI("1000-2000/12+x") IPI("9000-a000/12") "alloc " IPI("all+t+x") "pend- rcu free 1 9" },
	{ "s390", "pend+ free 1 free 9 alloc " BROADCAST("all+t+x") "pend- rcu" },
	{ "sh", "pend+ " CACHES(IPI("1000-2000/12+x"),
				IPI("9000-a000/12")) "page 700 " IPI("0-200000/21+t+x") "pend- free 1 9 700" },
	{ "sparc64", "pend+ alloc " IPI("1000-a000/12+t+x") "pend- rcu free 1 9" },
	{ "sparc64_batch", "pend+ alloc pend- rcu free 1 9" },
	{ "x86_64", "pend+ alloc " IPI("1000-a000/12+t+x") "pend- rcu free 1 9" },
};

static void order_on_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(munmaps) / sizeof(munmaps[0]); i++) {
		world_setup(NULL);
		host.online = 3;
		the_mm.cpus.value = 3;
		world_arch(munmaps[i][0]);
		host.limits.bundle = 8;
		zap_two_vmas(TLB_VMA_EXEC);
		assert_log(munmaps[i][1]);
		world_teardown(NULL);
	}
}

/* The law, on every row: nothing is freed before the flush that covers it, except where entries flush themselves, or were flushed under their lock. */
static void law_on_each(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		const char *log, *freed, *flushed, *table;

		world_setup(NULL);
		host.arch = *tlb_arch_at(i);
		tlb_mm_init(&the_mm);
		tlb_mm_enter(&the_mm);
		host_log();
		zap_two_vmas(TLB_VMA_EXEC);
		host_grace_period();
		log = host_log();
		freed = strstr(log, "free 1");
		flushed = strstr(log, host.arch.reach == TLB_REACH_IPI || host.arch.attach ? "local0" : "done");
		table = host.arch.table_free ? strstr(log, "table 700") : strstr(log, "9 700");
		assert_non_null(freed);
		assert_non_null(table);
		assert_int_equal(!flushed, host.arch.entry_batch);
		assert_true(host.arch.no_gather || flushed < freed);
		assert_true(flushed < table);
		world_teardown(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(rows_hold_together),
		cmocka_unit_test(hostile_allows_what_any_row_allows),
		cmocka_unit_test(rows_are_as_linux_selects),
		cmocka_unit_test(ceilings_are_as_linux_compares),
		cmocka_unit_test(order_on_each),
		cmocka_unit_test(law_on_each),
	};

	return cmocka_run_group_tests_name("lib_arch", tests, NULL, NULL);
}
