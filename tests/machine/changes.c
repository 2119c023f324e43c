/* SPDX-License-Identifier: MIT */
/*
 * changes.c - which changes of an entry need a flush (shootdown/change.h), tried on the model machine: every entry to every
 * entry, on every row that differs in what hardware may hold.
 *
 * CPU 0 changes the entry, and says so without a flush. CPU 1, which may hold what was there before, accesses the page when it has
 * heard of it. Where the answer is that no flush is needed, that access finds what the entry says now: no more, and in the end no
 * less. Where the answer is FLUSH, some row shows what becomes of it without; and where it is LOCAL, a fault that never ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <shootdown/change.h>
#include "arch/arch.h"
#include "explore/explore.h"
#include "tests/machine/world.h"

enum {
	ENTRIES = 33, /* none, and each set of rights and marks of either page */
	OLD = 17,     /* those of the first page, and none */
	WAYS = 6,     /* three accesses, with an earlier one or without it */
	MOST_ROWS = 64,
};

/* How the access of CPU 1 may have gone. */
enum outcome {
	RIGHT = 1 << 0,
	MORE = 1 << 1,	  /* it used what the entry does not offer any more */
	LOST = 1 << 2,	  /* it wrote, and the entry is clean */
	REFUSED = 1 << 3, /* it ended with a fault, though the entry allows it */
	ENDLESS = 1 << 4, /* it faults for ever */
};

struct shared {
	int done; /* 1: the entry is changed; 2: and nothing is promised, as hardware had made it another one */
	int outcome;
};

static struct test_world it;
static int second_page;

/* What is tried. */
static struct trial {
	unsigned int nr, entry[3]; /* the first is there at the start */
	enum tlb_change needs;	   /* the most that any of the changes needs */
	bool repairs;		   /* the handler of faults does what LOCAL says */
} trial;

static unsigned int seen; /* outcomes, or-ed */

static struct shared *shared(void)
{
	return machine_kernel_data();
}

/* ---- entries ---- */

/* Bits of enum tlb_entry_bits; TLB_ENTRY_OTHER is the second page. */
static unsigned int entry_at(unsigned int nr)
{
	return nr ? TLB_ENTRY_PRESENT | (nr - 1) << 1 : 0;
}

static uint64_t word_of(unsigned int entry)
{
	uint64_t word = entry_to(entry & TLB_ENTRY_OTHER ? second_page : it.page, MACHINE_PTE_PRESENT);

	if (!(entry & TLB_ENTRY_PRESENT))
		return 0;
	word |= entry & TLB_ENTRY_WRITE ? MACHINE_PTE_WRITE : 0;
	word |= entry & TLB_ENTRY_EXEC ? MACHINE_PTE_EXEC : 0;
	word |= entry & TLB_ENTRY_ACCESSED ? MACHINE_PTE_ACCESSED : 0;
	return word | (entry & TLB_ENTRY_DIRTY ? MACHINE_PTE_DIRTY : 0);
}

static unsigned int entry_of(uint64_t word)
{
	unsigned int entry = word & MACHINE_PTE_PRESENT ? TLB_ENTRY_PRESENT : 0;

	entry |= word & MACHINE_PTE_WRITE ? TLB_ENTRY_WRITE : 0;
	entry |= word & MACHINE_PTE_EXEC ? TLB_ENTRY_EXEC : 0;
	entry |= word & MACHINE_PTE_ACCESSED ? TLB_ENTRY_ACCESSED : 0;
	entry |= word & MACHINE_PTE_DIRTY ? TLB_ENTRY_DIRTY : 0;
	return pte_present(word) && pte_frame(word) == second_page ? entry | TLB_ENTRY_OTHER : entry;
}

static bool allows(unsigned int entry, enum machine_access how)
{
	static const unsigned int need[] = {
		[MACHINE_LOAD] = TLB_ENTRY_PRESENT,
		[MACHINE_STORE] = TLB_ENTRY_PRESENT | TLB_ENTRY_WRITE,
		[MACHINE_EXEC] = TLB_ENTRY_PRESENT | TLB_ENTRY_EXEC,
	};

	return (entry & need[how]) == need[how];
}

/* TLB_ENTRY_OTHER as tlb_change_needs() has it. */
static enum tlb_change needs(unsigned int old, unsigned int now)
{
	unsigned int other = (old ^ now) & TLB_ENTRY_OTHER;

	return tlb_change_needs(old & ~(unsigned int)TLB_ENTRY_OTHER, (now & ~(unsigned int)TLB_ENTRY_OTHER) | other);
}

/* ---- the two CPUs ---- */

/* A handler of faults that knows its entry, and sets what software has to set. */
static bool repair(unsigned long address, enum machine_access how)
{
	const struct machine_invalidation here = { .space = it.space,
						   .start = address,
						   .end = address + PAGE,
						   .stride_shift = MACHINE_PAGE_SHIFT,
						   .exec = true };
	const unsigned int set_here = TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY;
	uint64_t word = ptep_get(it.leaf), want = pte_mkyoung(how == MACHINE_STORE ? pte_mkdirty(word) : word);

	if (!allows(entry_of(word), how))
		return false;
	if (want != word)
		ptep_cmpxchg(it.leaf, word, want);
	/* Accessed and dirty are set by this handler, now or in a fault before: a change like any other. */
	if (trial.repairs &&
	    (trial.needs == TLB_CHANGE_LOCAL || needs(entry_of(word) & ~set_here, entry_of(want)) == TLB_CHANGE_LOCAL))
		machine_tlb_local(&here);
	return true;
}

static void change(void *arg)
{
	bool other = false;

	(void)arg;
	for (unsigned int i = 1; i < trial.nr; i++) {
		uint64_t word = __atomic_exchange_n(it.leaf, word_of(trial.entry[i]), __ATOMIC_RELAXED);

		other |= needs(entry_of(word), trial.entry[i]) > trial.needs;
	}
	machine_fence_walks();
	__atomic_store_n(&shared()->done, other ? 2 : 1, __ATOMIC_RELEASE);
}

/* The page that was used: the one that the store has changed, or that has what was loaded. */
static int used(uint64_t value)
{
	int frames[] = { it.page, second_page };

	for (int i = 0; i < 2; i++) {
		if (__atomic_load_n(machine_frame_words(frames[i]), __ATOMIC_RELAXED) == value)
			return frames[i];
	}
	return MACHINE_NO_FRAME;
}

static enum outcome outcome_of(enum machine_access how, bool ok, uint64_t value)
{
	unsigned int now = trial.entry[trial.nr - 1];
	int page = now & TLB_ENTRY_OTHER ? second_page : it.page;

	if (!ok)
		return allows(now, how) ? REFUSED : RIGHT;
	if (!allows(now, how) || used(value) != page)
		return MORE;
	return how == MACHINE_STORE && !pte_dirty(ptep_get(it.leaf)) ? LOST : RIGHT;
}

static void access_when_told(void *arg)
{
	uint64_t value = 7;
	enum machine_access how;
	unsigned int way;
	int done;

	(void)arg;
	model_step_here();
	way = agent_choose(WAYS);
	how = (enum machine_access)(way % 3);
	if (way >= 3)
		machine_user_access(0, how, &value);
	do {
		machine_wait(&shared()->done, MACHINE_NOT_EQUAL, 0);
		done = __atomic_load_n(&shared()->done, __ATOMIC_ACQUIRE);
	} while (!done);
	value = 9;
	if (done == 1) {
		bool ok = machine_user_access(0, how, &value);

		shared()->outcome = outcome_of(how, ok, value);
	}
}

/* ---- one trial ---- */

static void set_up(void *arg)
{
	(void)arg;
	build(&it);
	second_page = machine_frame_alloc(MACHINE_FRAME_DATA);
	__atomic_store_n(machine_frame_words(it.page), 1, __ATOMIC_RELAXED);
	__atomic_store_n(machine_frame_words(second_page), 2, __ATOMIC_RELAXED);
	set_pte(it.leaf, word_of(trial.entry[0]));
	model_set_up_as(1, NULL);
	machine_load_root(it.space);
	model_set_up_as(0, NULL);
	model_spawn_thread(0, change, NULL);
	model_spawn_thread(1, access_when_told, NULL);
	model_start();
}

static bool look(void *context, const struct explore_run *run)
{
	(void)context;
	assert_true(run->end == EXPLORE_COMPLETE || run->end == EXPLORE_LIVELOCK);
	seen |= run->end == EXPLORE_LIVELOCK ? ENDLESS : (unsigned int)shared()->outcome;
	return true;
}

static uint64_t states, trials;

/* All outcomes of it. */
static unsigned int try(void)
{
	struct explore_options options = explore_defaults(set_up, NULL);
	struct explore_stats stats;

	options.search = EXPLORE_STATES;
	options.visit = look;
	seen = 0;
	explore(&options, &stats);
	assert_true(stats.exhausted && !stats.limit.what);
	states += stats.states;
	trials++;
	return seen;
}

/* ---- rows ---- */

/* Those of the hardware's facts that decide what a CPU may hold of one page, and what a fault does to it. */
static bool same_class(const struct tlb_arch *a, const struct tlb_arch *b)
{
	return a->hw_walk == b->hw_walk && a->hw_dirty == b->hw_dirty && a->caches_old == b->caches_old &&
	       a->caches_not_present == b->caches_not_present && a->readonly_sticky == b->readonly_sticky &&
	       a->late_updates == b->late_updates && a->split_itlb == b->split_itlb &&
	       (a->farthest == TLB_REACH_ENTRY) == (b->farthest == TLB_REACH_ENTRY);
}

static unsigned int rows_of_a_class(struct tlb_arch *rows)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		bool known = false;

		for (unsigned int j = 0; j < nr; j++)
			known |= same_class(&rows[j], tlb_arch_at(i));
		assert_true(nr < MOST_ROWS);
		if (!known)
			rows[nr++] = *tlb_arch_at(i);
	}
	return nr;
}

/* From here on it is the row that tlb_change_needs() answers for. */
static void take_row(struct tlb_arch arch)
{
	static const struct machine_kernel kernel = { .data_size = sizeof(struct shared), .fault = repair };

	boot(&it, arch);
	it.config.kernel = &kernel;
}

/* ---- the table ---- */

static void wrong(const char *what, unsigned int outcomes)
{
	print_message("%s: %s:", it.arch.name, what);
	for (unsigned int i = 0; i < trial.nr; i++) {
		unsigned int e = trial.entry[i];

		print_message(" %s%s%s%s%s%s", e & TLB_ENTRY_PRESENT ? "r" : "none", e & TLB_ENTRY_WRITE ? "w" : "",
			      e & TLB_ENTRY_EXEC ? "x" : "", e & TLB_ENTRY_ACCESSED ? " young" : "",
			      e & TLB_ENTRY_DIRTY ? " dirty" : "", e & TLB_ENTRY_OTHER ? " other" : "");
		print_message(i + 1 < trial.nr ? " ->" : "\n");
	}
	fail_msg("outcomes %x", outcomes);
}

static unsigned int try_change(unsigned int old, unsigned int now, bool repairs)
{
	trial = (struct trial){ .nr = 2, .entry = { old, now }, .needs = needs(old, now), .repairs = repairs };
	return try();
}

/* By answer: some row gives it, and on some row leaving out what it asks for has shown. */
static bool said[TLB_CHANGE_FLUSH + 1][OLD][ENTRIES], shown[TLB_CHANGE_FLUSH + 1][OLD][ENTRIES];

/* With what the answer asks for. */
static void must_be_right(unsigned int old, unsigned int now)
{
	unsigned int outcomes = try_change(old, now, true);

	if (outcomes != RIGHT)
		wrong("without a flush", outcomes);
}

/* ... and without: once, on some row. */
static void try_pair(unsigned int o, unsigned int n)
{
	unsigned int old = entry_at(o), now = entry_at(n);
	enum tlb_change answer = needs(old, now);

	said[answer][o][n] = true;
	if (answer != TLB_CHANGE_FLUSH)
		must_be_right(old, now);
	if (answer == TLB_CHANGE_FLUSH && !shown[answer][o][n])
		shown[answer][o][n] = (try_change(old, now, true) & (MORE | LOST)) != 0;
	if (answer == TLB_CHANGE_LOCAL && !shown[answer][o][n])
		shown[answer][o][n] = (try_change(old, now, false) & ENDLESS) != 0;
}

/*
 * The machine holds nothing that allows less for want of accessed or dirty, nor anything that cannot be executed in the way of
 * instructions (docs/model.md, M10): that such an entry may have to be dropped after a fault is taken from the manuals.
 */
static bool can_be_shown(enum tlb_change answer, unsigned int old, unsigned int now)
{
	return answer != TLB_CHANGE_LOCAL || !(old & TLB_ENTRY_PRESENT) || now & ~old & TLB_ENTRY_WRITE;
}

static void was_shown(enum tlb_change answer, unsigned int o, unsigned int n)
{
	trial = (struct trial){ .nr = 2, .entry = { entry_at(o), entry_at(n) } };
	if (said[answer][o][n] && !shown[answer][o][n] && can_be_shown(answer, entry_at(o), entry_at(n)))
		wrong(answer == TLB_CHANGE_FLUSH ? "no row needs the flush" : "no row needs the repair", 0);
}

static void every_change_on_every_row(void **state)
{
	struct tlb_arch rows[MOST_ROWS];
	unsigned int nr = rows_of_a_class(rows);

	(void)state;
	for (unsigned int i = 0; i < nr * OLD * ENTRIES; i++) {
		if (i % (OLD * ENTRIES) == 0)
			take_row(rows[i / (OLD * ENTRIES)]);
		try_pair(i / ENTRIES % OLD, i % ENTRIES);
	}
	for (unsigned int i = 0; i < OLD * ENTRIES; i++) {
		was_shown(TLB_CHANGE_FLUSH, i / ENTRIES, i % ENTRIES);
		was_shown(TLB_CHANGE_LOCAL, i / ENTRIES, i % ENTRIES);
	}
	print_message("%u rows, %llu trials, %llu states\n", nr, (unsigned long long)trials,
		      (unsigned long long)states);
}

/*
 * Two changes that need no flush, one after the other, need none together: what a TLB holds of the first entry is no more than
 * what it may hold of the second. Entries of one page that are not executed; the other bits are what changes by and by.
 */
static void two_changes_without_a_flush(void **state)
{
	struct tlb_arch rows[MOST_ROWS];
	unsigned int nr = rows_of_a_class(rows);
	static const unsigned int entries[] = {
		0,
		TLB_ENTRY_PRESENT,
		TLB_ENTRY_PRESENT | TLB_ENTRY_ACCESSED,
		TLB_ENTRY_PRESENT | TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY,
		TLB_ENTRY_PRESENT | TLB_ENTRY_WRITE,
		TLB_ENTRY_PRESENT | TLB_ENTRY_WRITE | TLB_ENTRY_DIRTY,
		TLB_ENTRY_PRESENT | TLB_ENTRY_WRITE | TLB_ENTRY_ACCESSED,
		TLB_ENTRY_PRESENT | TLB_ENTRY_WRITE | TLB_ENTRY_ACCESSED | TLB_ENTRY_DIRTY,
	};
	enum {
		N = sizeof(entries) / sizeof(entries[0])
	};

	(void)state;
	for (unsigned int i = 0; i < nr * N * N * N; i++) {
		unsigned int a = entries[i / N / N % N], b = entries[i / N % N], c = entries[i % N];
		enum tlb_change first, second;

		if (i % (N * N * N) == 0)
			take_row(rows[i / (N * N * N)]);
		first = needs(a, b);
		second = needs(b, c);
		if (a == b || b == c || first == TLB_CHANGE_FLUSH || second == TLB_CHANGE_FLUSH)
			continue;
		trial = (struct trial){
			.nr = 3, .entry = { a, b, c }, .needs = first > second ? first : second, .repairs = true
		};
		if (try() != RIGHT)
			wrong("two changes without a flush", seen);
	}
	print_message("%llu trials, %llu states\n", (unsigned long long)trials, (unsigned long long)states);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_on_every_row),
		cmocka_unit_test(two_changes_without_a_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
