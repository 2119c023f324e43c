/* SPDX-License-Identifier: MIT */
/* sample.c - counterexamples made by hand; the first is CVE-2022-39188. */
#include "tests/report/sample.h"

enum {
	CPU0,
	CPU1,
	CPU2,
};

enum {
	ENTRY,
	CACHED_BY,
	PAGE,
	PENDING,
};

static int step(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_STEP, "%s", text);
}

static int lock(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_LOCK, "%s", text);
}

static int irq(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_IRQ, "%s", text);
}

static int begin(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_BEGIN, "%s", text);
}

static int end(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_END, "%s", text);
}

static int hardware(struct timeline *t, int agent, const char *text)
{
	return timeline_add_row(t, agent, TIMELINE_HARDWARE, "%s", text);
}

/* The row added last leads to the violation; it is @line of @file. */
static void leads_on(struct timeline *t, const char *file, unsigned int line)
{
	timeline_set_causal(t, t->rows - 1);
	if (file)
		timeline_set_place(t, t->rows - 1, file, line);
}

static void cache_translation(struct timeline *t)
{
	begin(t, CPU1, "store A = 1");
	hardware(t, CPU1, "walk A.0: read level 1");
	timeline_set_mark(t, hardware(t, CPU1, "walk A.0: cache frame 5 rw dirty"), TIMELINE_CACHED);
	leads_on(t, NULL, 0);
	timeline_set_state(t, CACHED_BY, "cpu 1 (rw dirty)");
	timeline_set_lane(t, 1, "may hold it");
}

static void clear_entry(struct timeline *t)
{
	begin(t, CPU0, "munmap A");
	lock(t, CPU0, "lock mmap of m for writing");
	step(t, CPU0, "count a pending flush");
	timeline_set_state(t, PENDING, "1");
	step(t, CPU0, "read entry of A.0, level 1");
	lock(t, CPU0, "lock PTL(A)");
	timeline_set_mark(t, step(t, CPU0, "clear entry of A.0"), TIMELINE_CLEARED);
	leads_on(t, "mm/zap.c", 88);
	timeline_add_link(t, TIMELINE_ARROW_CLEARS, 2, t->rows - 1);
	timeline_set_state(t, ENTRY, "none");
	timeline_set_lane(t, 1, "stale");
	lock(t, CPU0, "unlock PTL(A)");
	lock(t, CPU0, "lock i_mmap(F)");
	step(t, CPU0, "unlink VMA A from F's reverse map");
	leads_on(t, "mm/mmap.c", 61);
	lock(t, CPU0, "unlock i_mmap(F)");
}

static void free_page(struct timeline *t)
{
	begin(t, CPU2, "unmap_mapping_range F");
	lock(t, CPU2, "lock i_mmap(F)");
	step(t, CPU2, "look for mappings of F: none");
	leads_on(t, "mm/rmap.c", 140);
	lock(t, CPU2, "unlock i_mmap(F)");
	end(t, CPU2, "unmap_mapping_range F");
	begin(t, CPU2, "free F");
	timeline_set_mark(t, step(t, CPU2, "give frame 5 back"), TIMELINE_FREED);
	leads_on(t, "mm/frames.c", 51);
	timeline_set_state(t, PAGE, "free");
	timeline_set_lane(t, 0, "free");
	end(t, CPU2, "free F");
}

struct timeline *sample_munmap(void)
{
	struct timeline *t = timeline_new(&(struct timeline_head){
		.scenario = "munmap-vs-unmap_mapping_range",
		.arch = "x86_64",
		.without = "pfn-flush-before-unlink",
		.property = "use-after-free",
		.verdict = "unsafe: use-after-free, 36 steps, found after 1,204 executions",
		.why = "cpu 1 wrote through a translation of A.0 that it had cached before the entry was cleared; the "
		       "driver had given frame 5 back, and it had been reused, before the invalidation reached cpu 1.",
		.replay = "shootdown check litmus/rmap/munmap-vs-unmap_mapping_range.litmus --arch x86_64 "
			  "--without pfn-flush-before-unlink --replay 1.3,0.12,2.9,1",
		.doc = "munmap hides the VMA from the reverse map before its TLB flush; the driver then frees the page",
		.sources = (const char *[]){ "CVE-2022-39188",
					     "[PATCH 4/4] mmu_gather: Force tlb-flush VM_PFNMAP vmas, July 2022" },
		.nr_sources = 2,
		.text = "litmus munmap-vs-unmap_mapping_range\n\nfile F pages=1 pfn\nmap  A = F rw shared\n"
			"present A rw dirty\n\ncpu 0: munmap A\ncpu 1: store A = 1\n"
			"cpu 2: unmap_mapping_range F; free F; reuse\n\nexpect safe\n",
		.missing_rule = "pfn-flush-before-unlink",
		.missing_says = "the TLBs are flushed before a VMA of a driver's pages is unlinked",
		.missing_place = "lib/gather/gather.c:112",
	});
	int sent, freed;

	timeline_add_agent(t, "cpu 0", "munmap A");
	timeline_add_agent(t, "cpu 1", "store A = 1");
	timeline_add_agent(t, "cpu 2", "unmap_mapping_range F; free F; reuse");
	timeline_add_watch(t, "A.0 entry", "frame 5 rw dirty");
	timeline_add_watch(t, "A.0 cached by", "nobody");
	timeline_add_watch(t, "frame 5", "driver's, in F");
	timeline_add_watch(t, "pending", "0");
	timeline_add_lane(t, "frame 5", "in use");
	timeline_add_lane(t, "cpu 1's TLB", "nothing");
	cache_translation(t);
	clear_entry(t);
	timeline_set_missing(t, 11);
	free_page(t);
	freed = t->rows - 2;
	step(t, CPU0, "read CPUs of m: 0, 1");
	step(t, CPU0, "invalidate A.0 on cpu 0");
	sent = irq(t, CPU0, "IPI to cpu 1: invalidate A.0");
	begin(t, CPU2, "reuse");
	timeline_set_mark(t, step(t, CPU2, "take frame 5, fill it"), TIMELINE_REUSED);
	leads_on(t, NULL, 0);
	timeline_set_state(t, PAGE, "somebody else's");
	timeline_set_lane(t, 0, "reused");
	end(t, CPU2, "reuse");
	timeline_set_mark(t, timeline_add_row(t, CPU1, TIMELINE_VIOLATION, "write A.0 = 1 to frame 5 through the TLB"),
			  TIMELINE_STALE);
	timeline_add_link(t, TIMELINE_ARROW_FREES_USES, freed, t->rows - 1);
	end(t, CPU1, "store A = 1");
	timeline_add_arrow(t, sent, irq(t, CPU1, "take IPI from cpu 0"));
	timeline_set_mark(t, step(t, CPU1, "invalidate A.0"), TIMELINE_FLUSHED);
	timeline_set_state(t, CACHED_BY, "nobody");
	timeline_set_lane(t, 1, "nothing");
	sent = irq(t, CPU1, "answer cpu 0");
	timeline_add_arrow(t, sent, irq(t, CPU0, "all CPUs have answered"));
	step(t, CPU0, "drop the pending flush");
	timeline_set_state(t, PENDING, "0");
	lock(t, CPU0, "unlock mmap of m");
	end(t, CPU0, "munmap A");
	return t;
}

static void fill_large(struct timeline *t, int agents, int rows)
{
	int pending = -1;

	for (int i = 0; i < rows; i++) {
		int row = timeline_add_row(
			t, i * 7 / 3 % agents, i % 11 == 10 ? TIMELINE_VIOLATION : (enum timeline_kind)(i % 6),
			i % 4 ? "step %d" : "step %d, whose text is too long for one line of a column", i);

		if (i % 9 == 4)
			timeline_set_mark(t, row, (enum timeline_mark)(1 + i / 9 % 6));
		if (i % 5 == 1)
			timeline_set_state(t, i % t->watches, "frame %d rw dirty young", i);
		if (i % 6 == 2)
			pending = row;
		if (i % 6 == 5 && pending >= 0)
			timeline_add_arrow(t, pending, row);
	}
}

struct timeline *sample_large(int agents, int rows)
{
	struct timeline *t = timeline_new(&(struct timeline_head){
		.scenario = "large",
		.arch = "hostile",
		.property = "lost-write",
		.verdict = "unsafe: lost-write",
		.why = "Because it was made so.",
		.replay = "shootdown check large.litmus --arch hostile",
	});
	char name[32];

	for (int i = 0; i < agents; i++) {
		snprintf(name, sizeof(name), "cpu %d", i);
		timeline_add_agent(t, name,
				   i % 2 ? "load A -> r" : "madvise A dontneed; store A.1 = 2; munmap B A.1..3");
	}
	timeline_add_watch(t, "A.0 entry", "frame 5 rw dirty");
	timeline_add_watch(t, "A.0 in walk caches of", "cpu 0, cpu 2");
	timeline_add_watch(t, "frame 5", "file F, page 0");
	fill_large(t, agents, rows);
	return t;
}

struct timeline *sample_markup(void)
{
	struct timeline *t = timeline_new(&(struct timeline_head){
		.scenario = "a<b>&\"c'",
		.arch = "x86 & <arm>",
		.without = "]]>",
		.property = "</script>",
		.verdict = "unsafe: <b>",
		.why = "Größe → 東京 <i>&amp;",
		.replay = "shootdown 'x' \"y\" <z>",
	});

	timeline_add_agent(t, "<cpu>", "load A && store B");
	timeline_add_watch(t, "\"A\" <entry>", "a\\b\x01");
	timeline_add_row(t, 0, TIMELINE_VIOLATION, "東京 <script>alert(1)</script> -->");
	timeline_set_mark(t, 0, TIMELINE_STALE);
	timeline_set_state(t, 0, "%s", "\xff\xfe &lt; ' \"");
	return t;
}

static struct report_matrix *sample_matrix(void)
{
	static const char *const scenarios[] = { "munmap-vs-unmap_mapping_range", "mremap-flush-before-unlock",
						 "zap-vs-mkclean", "madvise-nested", "gup-fast-vs-table-free" };
	static const char *const rules[] = { "pfn-flush-before-unlink",
					     "flush-before-free",
					     "flush-before-ptl-unlock",
					     "delay-rmap-until-flush",
					     "nested-gather-flushes-all",
					     "tables-after-rcu",
					     "never-needed" };
	struct report_matrix *m = report_matrix_new(5, scenarios, 7, rules);

	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < 7; j++)
			report_matrix_set(m, i, j, j == 6 ? REPORT_CELL_SAFE : (enum report_cell)((i * 3 + j) % 4));
		report_matrix_set(m, i, i, REPORT_CELL_UNSAFE);
	}
	return m;
}

static struct report_table *sample_archs(void)
{
	static const char *const rows[][5] = {
		{ "x86_64", "IPI", "yes", "33",
		  "a fault drops the cached entry; gup-fast needs tables freed after RCU" },
		{ "arm64", "broadcast", "yes", "512", "break before make; complete only after the issuer's barrier" },
		{ "riscv", "IPI", "yes", "64", "caches not-present entries" },
		{ "s390", "entry", "yes", "-", "the entry is changed and invalidated by one instruction" },
	};
	struct report_table *table = report_table_new("Architectures");

	report_table_column(table, "name", REPORT_LEFT);
	report_table_column(table, "reach", REPORT_LEFT);
	report_table_column(table, "ASIDs", REPORT_CENTRE);
	report_table_column(table, "ceiling", REPORT_RIGHT);
	report_table_column(table, "what matters", REPORT_LEFT);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		report_table_row(table, rows[i]);
	return table;
}

static void add_open_results(struct run_report *run)
{
	run_report_add(run, &(struct report_result){ .scenario = "reclaim-vs-mprotect",
						     .arch = "arm64",
						     .expectation = "expect safe",
						     .held = true,
						     .verdict = REPORT_BOUNDED,
						     .executions = 88000,
						     .steps = 5000000,
						     .seconds = 3.1,
						     .bound = 2,
						     .not_explored = "executions with more than 2 preemptions" });
	run_report_add(run, &(struct report_result){ .scenario = "exit-vs-everything",
						     .arch = "x86_64",
						     .expectation = "expect safe",
						     .held = true,
						     .verdict = REPORT_SAMPLED,
						     .executions = 1000000,
						     .steps = 60000000,
						     .seconds = 20,
						     .seed = 7,
						     .depth = 3,
						     .agents = 4,
						     .length = 60,
						     .not_explored = "all but the random sample" });
	run_report_add(run,
		       &(struct report_result){ .scenario = "collapse-vs-gup-fast",
						.arch = "hostile",
						.expectation = "expect safe",
						.held = false,
						.verdict = REPORT_STOPPED,
						.executions = 2000000,
						.steps = 90000000,
						.seconds = 31.25,
						.stopped_by = "--max-executions",
						.not_explored = "what comes after the first 2,000,000 executions" });
}

/* Two of one exploration. */
static void add_results_over_states(struct run_report *run)
{
	run_report_add(run, &(struct report_result){ .scenario = "munmap-vs-unmap_mapping_range",
						     .arch = "x86_64",
						     .expectation = "expect safe",
						     .held = true,
						     .verdict = REPORT_SAFE,
						     .search = REPORT_BY_STATE,
						     .exploration = 1,
						     .states = 4812,
						     .transitions = 9630,
						     .ends = 12,
						     .logged = 1048576,
						     .memory = 65536,
						     .merged = 3.4e-32,
						     .steps = 9630,
						     .seconds = 0.09 });
	run_report_add(run, &(struct report_result){ .scenario = "munmap-vs-unmap_mapping_range",
						     .arch = "x86_64",
						     .expectation = "expect sometimes r = fault",
						     .held = true,
						     .verdict = REPORT_HOLDS,
						     .witness = true,
						     .search = REPORT_BY_STATE,
						     .exploration = 1,
						     .states = 4812,
						     .transitions = 9630,
						     .ends = 12,
						     .merged = 3.4e-32,
						     .steps = 9630,
						     .seconds = 0.09 });
}

struct run_report *sample_run(void)
{
	struct run_report *run = run_report_new("shootdown run litmus/ --html report.html", "0.1");

	run->seconds = 57.2;
	run->cpu_seconds = 104.5;
	add_results_over_states(run);
	run_report_add(run,
		       &(struct report_result){ .scenario = "munmap-vs-unmap_mapping_range",
						.arch = "x86_64",
						.expectation = "expect use-after-free without pfn-flush-before-unlink",
						.without = "pfn-flush-before-unlink",
						.held = true,
						.verdict = REPORT_UNSAFE,
						.property = "use-after-free",
						.executions = 1204,
						.steps = 36,
						.seconds = 0.02,
						.timeline = sample_munmap() });
	run_report_add(run, &(struct report_result){ .scenario = "large",
						     .arch = "hostile",
						     .expectation = "expect safe",
						     .held = false,
						     .verdict = REPORT_UNSAFE,
						     .property = "lost-write",
						     .executions = 17,
						     .steps = 60,
						     .seconds = 0.01,
						     .timeline = sample_large(5, 60) });
	run_report_add(run, &(struct report_result){ .scenario = "message-passing",
						     .arch = "arm64",
						     .expectation = "expect never r = 3",
						     .held = true,
						     .verdict = REPORT_HOLDS,
						     .executions = 1,
						     .steps = 8,
						     .seconds = 0 });
	run_report_add(run, &(struct report_result){ .scenario = "message-passing",
						     .arch = "riscv",
						     .expectation = "expect never r = 3",
						     .held = false,
						     .verdict = REPORT_BROKEN,
						     .property = "not so in some execution",
						     .observed = "r = 3",
						     .executions = 2,
						     .steps = 8,
						     .seconds = 0,
						     .timeline = sample_markup() });
	add_open_results(run);
	run_report_set_matrix(run, sample_matrix());
	run_report_set_archs(run, sample_archs());
	return run;
}
