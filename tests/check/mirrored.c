/* SPDX-License-Identifier: MIT */
/*
 * mirrored.c - what devices are told is what CPUs are told: in every shipped scenario, with one more device that walks its tables.
 *
 * Some executions of each, at random, on rows of both kinds. Of each thread: the commands that it queues for the device are the ranges that it broadcasts,
 * in the same order, or those that each CPU which it interrupts invalidates for it; with the same strides, and the same tables. It waits for them once for each flush,
 * and never for nothing. On a row whose devices take no ranges the commands for its pages are a range together. Two things are no flush of CPUs, and are told
 * of one by one: that entries allow more, and that the kernel's tables have changed. Of what allows more each time is exactly what has come to.
 *
 * A cache of the device's own (ATS) is told behind that, and waited for by itself, the same ranges again: those of the commands, or of the broadcasts where
 * the TLB follows these and gets no command. Where a driver broadcasts for a TLB that follows broadcasts (powerpc_tlbiel), these are its commands. Where each
 * entry is invalidated as it changes (s390), the ranges cover those entries, and end with one.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <machine/model/device.h>
#include <machine/model/places.h>
#include <shootdown/tlb_notifier.h>
#include "check/story.h"
#include "tests/check/one_more.h"

enum {
	MOST = 64,	 /* ranges until they are waited for */
	EXECUTIONS = 4,	 /* of each */
	RUNS = 7000,	 /* at least */
	FLUSHES = 10000, /* ... in all of them, that a device is told */
	UPGRADES = 500,	 /* ... that one is told of, and that were seen */
	FILLED = 1000,	 /* ... that its own cache is told, in all of them */
	EXACT = 1000,	 /* commands for entries that were invalidated as they changed */
	CHANGED = 256,	 /* such changes in an execution */
};

static const char *const archs[] = { "arm64",	"arm64_range",	  "arm64_v8",	   "x86_64",
				     "riscv",	"powerpc_ocxl",	  "x86_64_tlbgen", "x86_64_invlpgb",
				     "hostile", "powerpc_tlbiel", "s390",	   NULL };
/* ... and where the device keeps translations of its own. */
static const char *const with_ats[] = { "arm64", "arm64_btm", "x86_64", NULL };

struct range {
	const void *space;
	unsigned long start, end;
	unsigned int stride_shift;
	bool all, tables;
};

struct ranges {
	struct range range[MOST];
	unsigned int nr;
};

/* What tells a device of something that is no flush. */
enum by_itself {
	FLUSH,
	UPGRADE,
	KERNEL_TABLES,
};

/* What entries have come to allow under the page-table lock that is held, in bytes; .end 0: nothing. One that was taken away may be put back. */
struct gained {
	unsigned long start, end;
	const void *broken;
	uint64_t old;
};

/* Of one thread, since it has last waited for its commands. */
struct thread {
	struct ranges commands, broadcast, here, cpu[MACHINE_MAX_CPUS];
	struct ranges atc, told; /* commands for the device's own cache; and what its TLB was told last, or has heard */
	unsigned int requests, fills; /* that the commands are of */
	enum by_itself telling;
};

static struct {
	struct thread thread[AGENT_MAX_AGENTS];
	struct gained gained[AGENT_MAX_AGENTS];
	const struct binding *binding;
	unsigned int device;
	const char *wrong;	       /* the first thing that is */
	struct range changed[CHANGED]; /* entries that were invalidated as they changed, in this execution */
	unsigned int nr_changed;
	bool invalidates[AGENT_MAX_AGENTS +
			 1]; /* is in the instruction that does it; [0] is for who runs before all agents */
	bool ats;
	unsigned int flushes, others, upgrades, filled, exact;
} seen;

static void complain(const char *wrong)
{
	seen.wrong = seen.wrong ? seen.wrong : wrong;
}

static void add(struct ranges *to, const struct range *range)
{
	if (to->nr == MOST)
		complain("more ranges than this test remembers");
	else
		to->range[to->nr++] = *range;
}

static bool same_range(const struct range *a, const struct range *b)
{
	return a->space == b->space && a->all == b->all && a->tables == b->tables &&
	       (a->all || (a->start == b->start && a->end == b->end && a->stride_shift == b->stride_shift));
}

/* @b ends with @a; what comes before is none of this flush. */
static bool ends_with(const struct ranges *b, const struct ranges *a)
{
	for (unsigned int i = 0; i < a->nr && a->nr <= b->nr; i++) {
		if (!same_range(&a->range[i], &b->range[b->nr - a->nr + i]))
			return false;
	}
	return a->nr <= b->nr;
}

static bool same(const struct ranges *a, const struct ranges *b)
{
	return a->nr == b->nr && ends_with(b, a);
}

/* CPUs that nobody has interrupted have not had the address space; this one may have invalidated something for itself before. */
static void check_interrupted(const struct thread *t)
{
	if (t->here.nr && t->telling == FLUSH && !ends_with(&t->here, &t->commands))
		complain("commands are not what this CPU invalidates");
	for (unsigned int i = 0; i < MACHINE_MAX_CPUS; i++) {
		if (t->cpu[i].nr && !same(&t->commands, &t->cpu[i]))
			complain("commands are not what another CPU invalidates");
	}
}

static bool is_reached_by_entries(void)
{
	return seen.binding->arch.reach == TLB_REACH_ENTRY;
}

/* Its driver broadcasts for it. */
static bool is_told_by_broadcast(void)
{
	return seen.binding->arch.secondary_snoops && seen.binding->arch.reach == TLB_REACH_IPI;
}

/* Does some entry stand where @range begins, and some where it ends? Of tables that go it says more. */
static bool is_exact(const struct range *range)
{
	bool begins = range->all || range->tables, ends = begins;

	for (unsigned int i = 0; i < seen.nr_changed; i++) {
		const struct range *entry = &seen.changed[i];

		begins |= entry->start <= range->start && range->start < entry->end;
		ends |= entry->start < range->end && range->end <= entry->end;
	}
	return begins && ends;
}

static void check_exact(const struct thread *t)
{
	for (unsigned int i = 0; i < t->commands.nr; i++) {
		if (!is_exact(&t->commands.range[i]))
			complain("a command that is longer than what was invalidated as it changed");
		seen.exact++;
	}
}

/* The device's own cache, behind its TLB. */
static void check_filled(struct thread *t)
{
	if (t->fills != 1)
		complain("one wait of a device's own cache for several flushes");
	if (!same(&t->atc, &t->told))
		complain("a device's own cache is told something else than its TLB");
	t->atc.nr = t->told.nr = t->fills = 0;
	seen.filled++;
}

static void check_waited(struct thread *t)
{
	if (t->told.nr)
		complain("a device's own cache is not told what its TLB is");
	if (t->requests != 1)
		complain(t->requests ? "one wait for several flushes" : "a wait for nothing");
	if (t->telling != FLUSH && t->commands.nr != 1)
		complain("not one command for what is no flush");
	if (t->telling == FLUSH && seen.binding->arch.reach == TLB_REACH_BROADCAST &&
	    !same(&t->commands, &t->broadcast))
		complain("commands are not the broadcasts");
	if (t->telling == FLUSH && seen.binding->arch.reach == TLB_REACH_IPI)
		check_interrupted(t);
	if (t->telling == FLUSH && is_reached_by_entries())
		check_exact(t);
	seen.flushes += t->telling == FLUSH;
	seen.others += t->telling != FLUSH;
	/* It has no paths to tables. */
	if (seen.ats && t->telling != KERNEL_TABLES)
		t->told = t->commands;
	*t = (struct thread){ .telling = t->telling, .told = t->told };
}

/* The driver of each device broadcasts all of it: leave the first one's. */
static void fold(struct ranges *commands)
{
	for (unsigned int times = seen.binding->litmus->nr_devices; times > 1; times--) {
		unsigned int one = commands->nr / times;
		bool repeats = commands->nr % times == 0;

		for (unsigned int i = one; i < commands->nr && repeats; i++)
			repeats = same_range(&commands->range[i], &commands->range[i - one]);
		if (repeats)
			commands->nr = one;
	}
}

/* What follows broadcasts has heard all of them, and is never told; but its own cache is. */
static void check_heard(struct thread *t)
{
	if (is_told_by_broadcast() && t->commands.nr) {
		fold(&t->commands);
		check_waited(t);
	}
	if (is_told_by_broadcast() || !seen.binding->arch.secondary_snoops)
		return;
	/* That machine makes each twice. */
	if (t->told.nr && !(machine_broadcasts_early() && same(&t->told, &t->broadcast)))
		complain("a device's own cache is not told what its TLB has heard");
	if (seen.ats)
		t->told = t->broadcast;
	seen.flushes += t->broadcast.nr > 0;
	t->broadcast.nr = 0;
}

static bool is_watched(const void *space)
{
	return space == seen.binding->subject->space(0);
}

static void hear_broadcast(struct thread *t, const struct machine_event *e)
{
	const struct range range = { e->broadcast.space,	e->broadcast.start, e->broadcast.end,
				     e->broadcast.stride_shift, e->broadcast.all,   e->broadcast.tables };
	const struct ranges *before = &t->broadcast;

	/* That machine makes each twice. */
	if (machine_broadcasts_early() && before->nr && same_range(&range, &before->range[before->nr - 1]))
		return;
	if (!is_watched(range.space))
		return;
	if (is_told_by_broadcast())
		t->requests = 1;
	add(is_told_by_broadcast() ? &t->commands : &t->broadcast, &range);
}

static void hear_invalidation(struct thread *t, const struct machine_event *e)
{
	const struct range range = { e->invalidate.space,	 e->invalidate.start, e->invalidate.end,
				     e->invalidate.stride_shift, e->invalidate.all,   e->invalidate.tables };

	/* Who handles a device's faults has no CPU of his own here, and so no TLB. */
	if (is_watched(range.space) && (model_me()->serves || !model_is_device(machine_cpu())))
		add(model_me()->serves ? &t->cpu[e->cpu] : &t->here, &range);
}

/* Of a TLB that takes no ranges, page for page: those of one range follow each other, and are that range together. */
static bool is_next_page(const struct range *last, const struct range *page)
{
	return seen.binding->arch.secondary_pages && last->space == page->space && last->end == page->start &&
	       !page->all && last->stride_shift == page->stride_shift && last->tables == page->tables;
}

static void hear_command(struct thread *t, const struct machine_event *e)
{
	const struct range range = { e->device_invalidate.space, e->device_invalidate.start,
				     e->device_invalidate.end,	 e->device_invalidate.stride_shift,
				     e->device_invalidate.all,	 e->device_invalidate.tables };

	if (e->device_invalidate.device != seen.device)
		return;
	if (e->device_invalidate.atc) {
		t->fills += !e->device_invalidate.goes_on;
		add(&t->atc, &range);
		return;
	}
	if (seen.binding->arch.secondary_snoops)
		complain("a command for a TLB that follows broadcasts");
	t->requests += !e->device_invalidate.goes_on;
	if (t->commands.nr && e->device_invalidate.goes_on &&
	    is_next_page(&t->commands.range[t->commands.nr - 1], &range))
		t->commands.range[t->commands.nr - 1].end = range.end;
	else
		add(&t->commands, &range);
}

static bool allows_more(uint64_t old, uint64_t word)
{
	return old & word & MACHINE_PTE_PRESENT && !((old | word) & MACHINE_PTE_TABLE) &&
	       model_pte_frame(old) == model_pte_frame(word) && word & ~old;
}

/* A table that stands in two places has gained something in both; its users say so one by one. */
static void gain(struct gained *g, const void *entry)
{
	unsigned long end, start = one_more_maps(entry, &end);

	if (model_places(&model_state()->frames[model_frame_of(entry)]) > 1)
		return;
	g->start = g->end && g->start < start ? g->start : start;
	g->end = g->end > end ? g->end : end;
}

static void hear_change(struct gained *g, const struct machine_event *e)
{
	const void *entry;
	uint64_t old, word;

	if (e->kind == EVENT_unlock)
		*g = (struct gained){ 0 };
	if (e->kind == EVENT_entry_walked || !story_change(e, &entry, &old, &word))
		return;
	if (allows_more(old, word) || (g->broken == entry && allows_more(g->old, word)))
		gain(g, entry);
	if (!word && old & MACHINE_PTE_PRESENT) {
		g->broken = entry;
		g->old = old;
	}
}

static void hear_entry(const struct machine_event *e)
{
	const machine_pte *entry = e->entry_xchg.entry;
	struct range *range = &seen.changed[seen.nr_changed];

	if (!seen.invalidates[e->agent + 1] || e->entry_xchg.old & MACHINE_PTE_TABLE)
		return;
	if (seen.nr_changed == CHANGED) {
		complain("more changes of entries than this test remembers");
		return;
	}
	range->start = one_more_maps(entry, &range->end);
	seen.nr_changed++;
}

uint64_t __real_machine_invalidate_entry(uint64_t *entry, uint64_t value);
uint64_t __wrap_machine_invalidate_entry(uint64_t *entry, uint64_t value);

uint64_t __wrap_machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	uint64_t old;

	seen.invalidates[agent_self() + 1] = true;
	old = __real_machine_invalidate_entry(entry, value);
	seen.invalidates[agent_self() + 1] = false;
	return old;
}

static void hear(void *context, const struct machine_event *e)
{
	struct thread *t;

	(void)context;
	if (e->kind == EVENT_entry_xchg)
		hear_entry(e);
	if (e->agent < 0)
		return;
	hear_change(&seen.gained[e->agent], e);
	t = &seen.thread[model_served()];
	if (e->kind == EVENT_broadcast)
		hear_broadcast(t, e);
	else if (e->kind == EVENT_invalidate)
		hear_invalidation(t, e);
	else if (e->kind == EVENT_device_invalidate)
		hear_command(t, e);
	else if (e->kind == EVENT_broadcast_done)
		check_heard(t);
	else if (e->kind == EVENT_device_synced && e->device_synced.device == seen.device && t->atc.nr)
		check_filled(t);
	/* A driver is not told which of the two a wait is for; where its TLB follows broadcasts its queue is empty in the first. */
	else if (e->kind == EVENT_device_synced && e->device_synced.device == seen.device &&
		 !seen.binding->arch.secondary_snoops)
		check_waited(t);
}

void __real_tlb_notify_upgrade(struct tlb_vma *vma, unsigned long start, unsigned long end);
void __wrap_tlb_notify_upgrade(struct tlb_vma *vma, unsigned long start, unsigned long end);
void __real_tlb_notify_kernel_tables(struct tlb_notifier *notifier);
void __wrap_tlb_notify_kernel_tables(struct tlb_notifier *notifier);

void __wrap_tlb_notify_upgrade(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	enum by_itself *telling = &seen.thread[model_served()].telling;
	const struct gained *g = &seen.gained[agent_self()];

	if (g->end && (g->start != start || g->end != end))
		complain("told of more, or less, than has come to be allowed");
	seen.upgrades += g->end > 0;
	*telling = UPGRADE;
	__real_tlb_notify_upgrade(vma, start, end);
	*telling = FLUSH;
}

void __wrap_tlb_notify_kernel_tables(struct tlb_notifier *notifier)
{
	enum by_itself *telling = &seen.thread[model_served()].telling;

	*telling = KERNEL_TABLES;
	__real_tlb_notify_kernel_tables(notifier);
	*telling = FLUSH;
}

static void forget(void)
{
	memset(seen.thread, 0, sizeof(seen.thread));
	memset(seen.gained, 0, sizeof(seen.gained));
	memset(seen.invalidates, 0, sizeof(seen.invalidates));
	seen.nr_changed = 0;
}

static void begins(const struct binding *binding)
{
	forget();
	seen.binding = binding;
	seen.device = binding->litmus->nr_devices - 1;
	seen.ats = false;
}

/* From before the agents start. */
static void begins_with_ats(const struct binding *binding)
{
	begins(binding);
	seen.ats = true;
}

static const char *ends(enum explore_end end)
{
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS && end == EXPLORE_COMPLETE; i++) {
		const struct thread *t = &seen.thread[i];

		if (t->commands.nr || t->atc.nr)
			complain("commands that nobody waits for");
		else if (t->broadcast.nr && !seen.binding->arch.secondary_snoops)
			complain("broadcasts that the device is not told");
		else if (t->told.nr)
			complain("a flush that the device's own cache is not told");
	}
	forget();
	return seen.wrong;
}

static struct one_more_count add_counts(struct one_more_count a, struct one_more_count b)
{
	a.runs += b.runs;
	a.full += b.full;
	if (!a.one[0])
		memcpy(a.one, b.one, sizeof(a.one));
	return a;
}

static void every_command_is_a_flush(void **state)
{
	static const char device[] = "device Mirrored";
	const struct one_more more = { device, NULL, EXECUTIONS, archs, begins, hear, ends };
	const struct one_more ats = {
		device, "before kthread 0: enable-ats Mirrored", EXECUTIONS, with_ats, begins_with_ats, hear, ends
	};
	struct one_more_count count = add_counts(one_more_everywhere(&more), one_more_everywhere(&ats));

	(void)state;
	print_message(
		"%u scenarios on a row: %u flushes that the device is told, %u times something else, %u of them with what it is; %u that its own cache is told, %u commands for entries that were invalidated as they changed\n",
		count.runs, seen.flushes, seen.others, seen.upgrades, seen.filled, seen.exact);
	print_message(
		"left out: %u raw scenarios, which have no address space; %u on a row, as there is no room for a device more%s%s\n",
		count.raw, count.full, count.full ? ": " : "", count.one);
	assert_true(count.runs >= RUNS && seen.flushes >= FLUSHES && seen.others && seen.upgrades >= UPGRADES);
	assert_true(seen.filled >= FILLED && seen.exact >= EXACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_command_is_a_flush) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
