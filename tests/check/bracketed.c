/* SPDX-License-Identifier: MIT */
/*
 * bracketed.c - what is taken away from an address space is taken away in a bracket of it, in every shipped scenario, with one more virtual CPU that it is told to.
 *
 * Some executions of each, at random. Each entry of a program's tables that comes to allow less, or leads elsewhere, or to no table any more, is in [start, end) of a
 * bracket that is open then (mmu_notifier.h), whoever has opened it: brackets may be wider, and never narrower.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <machine/model/device.h>
#include <shootdown/mmu_notifier.h>
#include "check/story.h"
#include "tests/check/one_more.h"

enum {
	MOST = 32,	/* brackets that are open */
	RUNS = 700,	/* at least */
	CHANGES = 4000, /* ... in all of them */
	EXECUTIONS = 6, /* of each */
};

static const char *const archs[] = { "arm64", "x86_64", NULL };

/* Of an agent that holds the lock of its table. */
struct taken {
	const void *entry;
	uint64_t old;
};

static struct {
	struct mmu_notifier_range open[MOST];
	struct taken taken[AGENT_MAX_AGENTS];
	const struct binding *binding;
	char wrong[200];
	bool over; /* nobody is told any more */
	unsigned int changes;
} seen;

static void opened(const struct mmu_notifier_range *range)
{
	for (unsigned int i = 0; i < MOST; i++) {
		if (!seen.open[i].mm) {
			seen.open[i] = *range;
			return;
		}
	}
	fail_msg("more brackets than this test remembers");
}

static void closed(const struct mmu_notifier_range *range)
{
	for (unsigned int i = 0; i < MOST; i++) {
		if (seen.open[i].mm == range->mm && seen.open[i].start == range->start &&
		    seen.open[i].end == range->end) {
			seen.open[i].mm = NULL;
			return;
		}
	}
	fail_msg("a bracket ends that has not begun");
}

static bool is_open(unsigned long start, unsigned long end)
{
	for (unsigned int i = 0; i < MOST; i++) {
		if (seen.open[i].mm && seen.open[i].start <= start && seen.open[i].end >= end)
			return true;
	}
	return false;
}

static void expect_bracketed(unsigned long start, unsigned long end)
{
	seen.changes++;
	if (!is_open(start, end) && !seen.wrong[0])
		snprintf(seen.wrong, sizeof(seen.wrong), "[0x%lx, 0x%lx) changes in no bracket", start, end);
}

/* Every page that @table maps at this moment, from @base on. */
static void expect_bracketed_below(int table, unsigned long base)
{
	const struct model_frame *f = &model_state()->frames[table];
	unsigned long bytes = model_level_pages(f->level) << MACHINE_PAGE_SHIFT;

	for (unsigned int i = 0; f->kind == MACHINE_FRAME_TABLE && i < model_entries(); i++) {
		uint64_t word = f->words[i].word;

		if (word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_TABLE)
			expect_bracketed_below(model_pte_frame(word), base + i * bytes);
		else if (word & MACHINE_PTE_PRESENT)
			expect_bracketed(base + i * bytes, base + (i + 1) * bytes);
	}
}

/* Is it a table of the first address space now? One that was shared, or moved, may have been another's. */
static bool is_walked(const struct model_frame *table)
{
	int nr = model_state()->roots[model_space_number(seen.binding->subject->space(0))];

	for (;;) {
		const struct model_frame *at = &model_state()->frames[nr];
		uint64_t word = at->words[model_index(table->base, at->level)].word;

		if (at == table || at->level <= table->level)
			return at == table;
		if (!(word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_TABLE))
			return false;
		nr = model_pte_frame(word);
	}
}

/* @old leads to pages, or gives rights, that @word does not. */
static bool takes_away(uint64_t old, uint64_t word)
{
	const uint64_t rights = MACHINE_PTE_WRITE | MACHINE_PTE_EXEC;

	return old & MACHINE_PTE_PRESENT &&
	       !(word & MACHINE_PTE_PRESENT && !(word & MACHINE_PTE_TABLE) == !(old & MACHINE_PTE_TABLE) &&
		 model_pte_frame(word) == model_pte_frame(old) && !(old & ~word & rights));
}

static void expect_change(const void *entry, uint64_t old)
{
	unsigned long end, start = one_more_maps(entry, &end);

	if (old & MACHINE_PTE_TABLE)
		expect_bracketed_below(model_pte_frame(old), start);
	else
		expect_bracketed(start, end);
}

/* An entry is taken out for a moment, and put back as it was but for its age or its bits for software: that takes nothing away. @word 0: it is not. */
static void settle(struct taken *t, uint64_t word)
{
	if (takes_away(t->old, word))
		expect_change(t->entry, t->old);
	t->entry = NULL;
}

static void hear(void *context, const struct machine_event *e)
{
	struct taken *t = e->agent < 0 ? NULL : &seen.taken[e->agent];
	const void *entry;
	uint64_t old, word;

	(void)context;
	if (!t || seen.over)
		return;
	if (t->entry && e->kind == EVENT_unlock)
		settle(t, 0);
	if (e->kind == EVENT_entry_walked || !story_change(e, &entry, &old, &word) ||
	    !is_walked(&model_state()->frames[model_frame_of(entry)]))
		return;
	if (t->entry == entry)
		settle(t, word);
	else if (takes_away(old, word) && !word && !t->entry)
		*t = (struct taken){ entry, old };
	else if (takes_away(old, word))
		expect_change(entry, old);
}

int __real_mmu_notifier_start(struct mmu_notifier_range *range);
int __wrap_mmu_notifier_start(struct mmu_notifier_range *range);
void __real_mmu_notifier_end(struct mmu_notifier_range *range);
void __wrap_mmu_notifier_end(struct mmu_notifier_range *range);
void __real_mmu_notifier_exit(struct tlb_mm *mm);
void __wrap_mmu_notifier_exit(struct tlb_mm *mm);

int __wrap_mmu_notifier_start(struct mmu_notifier_range *range)
{
	int error = __real_mmu_notifier_start(range);

	if (!error)
		opened(range);
	return error;
}

void __wrap_mmu_notifier_end(struct mmu_notifier_range *range)
{
	struct taken *t = &seen.taken[agent_self()];

	if (t->entry)
		settle(t, 0);
	closed(range);
	__real_mmu_notifier_end(range);
}

/* Everything is dropped here; what follows is told to nobody. */
void __wrap_mmu_notifier_exit(struct tlb_mm *mm)
{
	seen.over = true;
	__real_mmu_notifier_exit(mm);
}

static void forget(void)
{
	memset(seen.open, 0, sizeof(seen.open));
	memset(seen.taken, 0, sizeof(seen.taken));
	seen.over = false;
}

static void begins(const struct binding *binding)
{
	forget();
	seen.binding = binding;
}

static const char *ends(enum explore_end end)
{
	(void)end;
	forget();
	return seen.wrong[0] ? seen.wrong : NULL;
}

static void every_change_is_in_a_bracket(void **state)
{
	const struct one_more more = { "vcpu Bracketed", NULL, EXECUTIONS, archs, begins, hear, ends };
	struct one_more_count count = one_more_everywhere(&more);

	(void)state;
	print_message(
		"%u scenarios on a row: %u changes that take something away; left out: %u raw, %u that are full %s\n",
		count.runs, seen.changes, count.raw, count.full, count.one);
	assert_true(count.runs >= RUNS && seen.changes >= CHANGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_change_is_in_a_bracket) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
