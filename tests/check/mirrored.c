/* SPDX-License-Identifier: MIT */
/*
 * mirrored.c - what devices are told is what CPUs are told: in every shipped scenario, with one more device that walks its tables.
 *
 * Some executions of each, at random, on rows of both kinds. Of each thread: the commands that it queues for the device are the ranges that it broadcasts,
 * in the same order, or those that each CPU which it interrupts invalidates for it; with the same strides, and the same tables. It waits for them once for each flush,
 * and never for nothing. On a row whose devices take no ranges the commands for its pages are a range together. Two things are no flush of CPUs, and are told
 * of one by one: that entries allow more, and that the kernel's tables have changed. Of what allows more each time is exactly what has come to.
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
	RUNS = 1500,	 /* at least */
	FLUSHES = 10000, /* ... in all of them, that a device is told */
	UPGRADES = 500,	 /* ... that one is told of, and that were seen */
};

static const char *const archs[] = { "arm64",	     "arm64_range",   "arm64_v8",	"x86_64",  "riscv",
				     "powerpc_ocxl", "x86_64_tlbgen", "x86_64_invlpgb", "hostile", NULL };

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
	unsigned int requests; /* that the commands are of */
	enum by_itself telling;
};

static struct {
	struct thread thread[AGENT_MAX_AGENTS];
	struct gained gained[AGENT_MAX_AGENTS];
	const struct binding *binding;
	unsigned int device;
	const char *wrong; /* the first thing that is */
	unsigned int flushes, others, upgrades;
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

static void check_waited(struct thread *t)
{
	if (t->requests != 1)
		complain(t->requests ? "one wait for several flushes" : "a wait for nothing");
	if (t->telling != FLUSH && t->commands.nr != 1)
		complain("not one command for what is no flush");
	if (t->telling == FLUSH && seen.binding->arch.reach == TLB_REACH_BROADCAST &&
	    !same(&t->commands, &t->broadcast))
		complain("commands are not the broadcasts");
	if (t->telling == FLUSH && seen.binding->arch.reach == TLB_REACH_IPI)
		check_interrupted(t);
	seen.flushes += t->telling == FLUSH;
	seen.others += t->telling != FLUSH;
	*t = (struct thread){ .telling = t->telling };
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
	if (is_watched(range.space))
		add(&t->broadcast, &range);
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

static void hear(void *context, const struct machine_event *e)
{
	struct thread *t;

	(void)context;
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
	else if (e->kind == EVENT_device_synced && e->device_synced.device == seen.device)
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

static void begins(const struct binding *binding)
{
	memset(seen.thread, 0, sizeof(seen.thread));
	memset(seen.gained, 0, sizeof(seen.gained));
	seen.binding = binding;
	seen.device = binding->litmus->nr_devices - 1;
}

static const char *ends(enum explore_end end)
{
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS && end == EXPLORE_COMPLETE; i++) {
		if (seen.thread[i].commands.nr)
			complain("commands that nobody waits for");
		else if (seen.thread[i].broadcast.nr)
			complain("broadcasts that the device is not told");
	}
	memset(seen.thread, 0, sizeof(seen.thread));
	memset(seen.gained, 0, sizeof(seen.gained));
	return seen.wrong;
}

static void every_command_is_a_flush(void **state)
{
	const struct one_more more = { "device Mirrored", archs, begins, hear, ends };
	unsigned int runs = one_more_everywhere(&more);

	(void)state;
	print_message(
		"%u scenarios on a row: %u flushes that the device is told, %u times something else, %u of them with what it is\n",
		runs, seen.flushes, seen.others, seen.upgrades);
	assert_true(runs >= RUNS && seen.flushes >= FLUSHES && seen.others && seen.upgrades >= UPGRADES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_command_is_a_flush) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
