/* SPDX-License-Identifier: MIT */
/*
 * sentence.c - words for what the machine tells, a case for each kind.
 *
 * Each group of kinds has a function that says whether the record was one of its own, and sentence_of() asks one after the
 * other. A kind that is in no group is a mistake, which the assertion at the end finds; rule_missed alone has no words.
 * Nothing is concluded from the words: they may change without a verdict or a plot changing with them.
 */
#include "check/sentence.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* What is said, of which event, and where to. Lives as long as one call of sentence_of(). */
struct sentence {
	const struct binding *binding;
	struct lines *lines;
	const struct machine_event *event;
	struct name_scratch names;
	char *text;
	size_t size;
};

static void say(struct sentence *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct sentence *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->text, s->size, format, args);
	va_end(args);
}

static const char *name(struct sentence *s, const void *address)
{
	return binding_name(&s->names, s->binding, address);
}

static const char *cpu_name(struct sentence *s, unsigned int cpu)
{
	return binding_cpu_name(&s->names, s->binding, cpu);
}

static const char *device_name(struct sentence *s, unsigned int device)
{
	return cpu_name(s, s->binding->litmus->cpus + device);
}

/* A watch is -1 where the scenario maps nothing there. */
static const char *page(struct sentence *s, int watch)
{
	return watch < 0 ? "a page" : name(s, &model_state()->watches[watch]);
}

/* ---- entries ---- */

/* A table has no permissions and no dirty bit that anybody looks at, so it is called by its frame alone. */
void sentence_entry(uint64_t word, char *text, size_t size)
{
	assert(size > 0);
	if (!(word & MACHINE_PTE_PRESENT))
		snprintf(text, size, "none");
	else if (word & MACHINE_PTE_TABLE)
		snprintf(text, size, "table in frame %d", model_pte_frame(word));
	else
		snprintf(text, size, "frame %d %s%s", model_pte_frame(word), word & MACHINE_PTE_WRITE ? "rw" : "ro",
			 word & MACHINE_PTE_DIRTY ? " dirty" : "");
}

void sentence_seen(const char *entries, bool several, char *text, size_t size)
{
	snprintf(text, size, "from here on walks see %s as %s", entries, several ? "they are" : "it is");
}

static void say_change(struct sentence *s, const void *entry, uint64_t old, uint64_t word, const char *after)
{
	char from[48], to[48];

	assert(entry);
	sentence_entry(old, from, sizeof(from));
	sentence_entry(word, to, sizeof(to));
	say(s, "%s: %s -> %s%s", name(s, entry), from, to, after);
}

/* A plain store is told without what it replaced: the record has it, but the code under test did not know it. */
static bool say_entry(struct sentence *s)
{
	const struct machine_event *e = s->event;
	char to[48];

	switch ((int)e->kind) {
	case EVENT_entry_read:
		sentence_entry(e->entry_read.word, to, sizeof(to));
		say(s, "reads %s: %s", name(s, e->entry_read.entry), to);
		break;
	case EVENT_entry_set:
		sentence_entry(e->entry_set.word, to, sizeof(to));
		say(s, "sets %s: %s", name(s, e->entry_set.entry), to);
		break;
	case EVENT_entry_xchg:
		say_change(s, e->entry_xchg.entry, e->entry_xchg.old, e->entry_xchg.word, "");
		break;
	case EVENT_entry_cmpxchg:
		say_change(s, e->entry_cmpxchg.entry, e->entry_cmpxchg.old, e->entry_cmpxchg.word,
			   e->entry_cmpxchg.done ? "" : " fails");
		break;
	case EVENT_entry_walked:
		say_change(s, e->entry_walked.entry, e->entry_walked.old, e->entry_walked.word, ", by the walker");
		break;
	case EVENT_entry_seen:
		sentence_seen(name(s, e->entry_seen.entry), false, s->text, s->size);
		break;
	case EVENT_tables_fenced:
		say(s, "waits until its page-table stores are visible");
		break;
	default:
		return false;
	}
	return true;
}

/* ---- counters and locks ---- */

/* Old and new value where both are known, because a reader who looks for a race must see what was lost. */
static bool say_counter(struct sentence *s)
{
	const struct machine_event *e = s->event;

	switch ((int)e->kind) {
	case EVENT_counter_read:
		say(s, "reads %s: %ld", name(s, e->counter_read.counter), e->counter_read.value);
		break;
	case EVENT_counter_set:
		say(s, "%s := %ld", name(s, e->counter_set.counter), e->counter_set.value);
		break;
	case EVENT_counter_add:
		say(s, "%s %+ld", name(s, e->counter_add.counter), e->counter_add.delta);
		break;
	case EVENT_counter_add_return:
		say(s, "%s %+ld = %ld", name(s, e->counter_add_return.counter), e->counter_add_return.delta,
		    e->counter_add_return.value);
		break;
	case EVENT_counter_cmpxchg:
		say(s, "%s: %ld -> %ld%s", name(s, e->counter_cmpxchg.counter), e->counter_cmpxchg.old,
		    e->counter_cmpxchg.value, e->counter_cmpxchg.done ? "" : " fails");
		break;
	case EVENT_counter_bits:
		say(s, "%s: 0x%lx -> 0x%lx", name(s, e->counter_bits.counter), e->counter_bits.old,
		    e->counter_bits.value);
		break;
	case EVENT_word_seen:
		say(s, "all see %s = %ld", name(s, e->word_seen.word), e->word_seen.value);
		break;
	case EVENT_counter_zero:
		say(s, "all have answered");
		break;
	default:
		return false;
	}
	return true;
}

/* A table instead of cases: the records are alike but for the verb. */
static bool say_lock(struct sentence *s)
{
	static const char *const verb[EVENT_KINDS] = {
		[EVENT_lock] = "locks",
		[EVENT_unlock] = "unlocks",
		[EVENT_read_lock] = "read-locks",
		[EVENT_read_unlock] = "read-unlocks",
		[EVENT_write_lock] = "write-locks",
		[EVENT_write_unlock] = "write-unlocks",
		[EVENT_downgrade] = "downgrades",
	};

	if (!verb[s->event->kind])
		return false;
	/* All these records are alike. */
	say(s, "%s %s", verb[s->event->kind], name(s, s->event->lock.lock));
	return true;
}

/* ---- CPUs ---- */

/* An interrupt has three moments, and each has words of its own: whoever waits for it relies on the last. */
static bool say_cpu(struct sentence *s)
{
	const struct machine_event *e = s->event;

	switch ((int)e->kind) {
	case EVENT_irq_off:
		say(s, "interrupts off");
		break;
	case EVENT_irq_on:
		say(s, "interrupts on");
		break;
	case EVENT_call_sent:
		say(s, "interrupt to %s", cpu_name(s, e->call_sent.to));
		break;
	case EVENT_call_taken:
		say(s, "interrupt from %s: handler starts", cpu_name(s, e->call_taken.from));
		break;
	case EVENT_call_polled:
		say(s, "answers the interrupt from %s", cpu_name(s, e->call_polled.from));
		break;
	case EVENT_switch_away:
		say(s, "switches to another thread");
		break;
	case EVENT_switch_in:
		say(s, "the thread runs");
		break;
	case EVENT_thread_moves:
		say(s, "goes on on cpu %u", e->thread_moves.to);
		break;
	case EVENT_thread_ends:
		say(s, "ends");
		break;
	default:
		return false;
	}
	return true;
}

/* ---- frames ---- */

/*
 * Frames are numbered here, not named: the name of a page changes when its frame is reused, and that is what
 * matters.
 */
static bool say_frame(struct sentence *s)
{
	const struct machine_event *e = s->event;

	switch ((int)e->kind) {
	case EVENT_frame_alloc:
		say(s, "allocates frame %d for a %s", e->frame_alloc.frame, e->frame_alloc.table ? "table" : "page");
		break;
	case EVENT_frame_free:
		say(s, "frees frame %d%s", e->frame_free.frame, e->frame_free.table ? ", a page table" : "");
		break;
	case EVENT_frame_reuse:
		say(s, "reuses frame %d", e->frame_reuse.frame);
		break;
	case EVENT_frame_none:
		say(s, "finds no free page to reuse");
		break;
	case EVENT_batch_asked:
		say(s, "asks for a batch page: %s", e->batch_asked.refused ? "refused" : "gets one");
		break;
	case EVENT_frame_read:
		say(s, "kernel reads frame %d: %llu", e->frame_read.frame, (unsigned long long)e->frame_read.value);
		break;
	case EVENT_frame_write:
		say(s, "kernel writes frame %d := %llu", e->frame_write.frame,
		    (unsigned long long)e->frame_write.value);
		break;
	case EVENT_frame_copy:
		say(s, "copies frame %d to frame %d", e->frame_copy.from, e->frame_copy.to);
		break;
		break;
	default:
		return false;
	}
	return true;
}

/* ---- TLBs ---- */

/* The range is in bytes and half-open, as the functions of the library have it. */
static void say_invalidation(struct sentence *s, const char *what)
{
	const struct machine_event *e = s->event;
	/* These records are alike. */
	const void *space = e->invalidate.space;

	if (e->invalidate.all)
		say(s, "%s everything of %s", what, space ? name(s, space) : "all");
	else
		say(s, "%s 0x%lx-0x%lx of %s%s", what, e->invalidate.start, e->invalidate.end,
		    space ? name(s, space) : "all", e->invalidate.tables ? ", walk cache too" : "");
}

/* A broadcast is sent in one step and complete in another; its words must not claim that it has been done. */
static bool say_tlb(struct sentence *s)
{
	const struct machine_event *e = s->event;
	char tells[NAME_LENGTH];

	switch ((int)e->kind) {
	case EVENT_root_load:
		say(s, "loads the root of %s", e->root_load.space ? name(s, e->root_load.space) : "no address space");
		break;
	case EVENT_invalidate:
		say_invalidation(s, "invalidates");
		break;
	case EVENT_broadcast:
		say_invalidation(s, "broadcasts: invalidate");
		break;
	case EVENT_broadcast_done:
		say(s, "waits until its broadcasts are complete");
		break;
	case EVENT_device_load:
		if (e->device_load.space)
			say(s, "%s walks the tables of %s from here on", device_name(s, e->device_load.device),
			    name(s, e->device_load.space));
		else
			say(s, "%s walks no tables any more", device_name(s, e->device_load.device));
		break;
	case EVENT_device_invalidate:
		snprintf(tells, sizeof(tells), "tells %s%s: invalidate",
			 e->device_invalidate.atc ? "the cache in " : "", device_name(s, e->device_invalidate.device));
		say_invalidation(s, tells);
		break;
	case EVENT_device_ats:
		say(s, "%s keeps translations of its own from here on", device_name(s, e->device_ats.device));
		break;
	case EVENT_device_resumed:
		say(s, "%s the access that %s has stalled", e->device_resumed.again ? "resumes" : "ends",
		    device_name(s, e->device_resumed.device));
		break;
	case EVENT_device_synced:
		say(s, "waits until %s has invalidated", device_name(s, e->device_synced.device));
		break;
	case EVENT_cache_flush:
		say(s, "flushes the data cache of 0x%lx-0x%lx of %s", e->cache_flush.start, e->cache_flush.end,
		    name(s, e->cache_flush.space));
		break;
	default:
		return false;
	}
	return true;
}

/* ---- programs ---- */

/* Without a default, so that the compiler finds a new way of finding that has no words. */
static const char *found_in(int from)
{
	switch ((enum machine_found)from) {
	case FOUND_TABLES:
		return "the tables";
	case FOUND_LATE:
		return "the tables, whose change it does not see yet";
	case FOUND_EARLIER:
		return "what it had found when it made a store that leaves only now";
	case FOUND_HELD:
		break;
	}
	return "a translation it still holds";
}

/* The operation is quoted as the scenario writes it, so that a reader finds the line. */
static bool say_program(struct sentence *s)
{
	const struct machine_event *e = s->event;
	const char *doing = e->doing ? e->doing : "an access";

	switch ((int)e->kind) {
	case EVENT_op_begins:
		say(s, "%s: begins", doing);
		break;
	case EVENT_op_returns:
		say(s, "%s: returns", doing);
		break;
	case EVENT_access:
		say(s, "%s: frame %d, value %llu, through %s", doing, e->access.frame,
		    (unsigned long long)e->access.value, found_in(e->access.from));
		break;
	case EVENT_fault:
		say(s, "%s: faults on %s", doing, found_in(e->fault.from));
		break;
	case EVENT_prefetch:
		say(s, "%s", doing);
		break;
	case EVENT_refill:
		say(s, "%s: misses, and its handler has come to frame %d, a page table", doing, e->refill.table);
		break;
	default:
		return false;
	}
	return true;
}

/* ---- what must not be ---- */

/* Without debugging information it is an address: less, but not wrong. */
static void place_of(struct sentence *s, const void *pc, const void *const *callers, char *text, size_t size)
{
	const char *file;
	unsigned int line;

	if (lines_find_outside(s->lines, pc, callers, callers ? EVENT_CALLERS : 0, &file, &line))
		snprintf(text, size, "%s:%u", file, line);
	else
		snprintf(text, size, "%p", (void *)(uintptr_t)pc);
}

/* What the kernel asserts says where it stands; what the machine asserts of the kernel is at the kernel's line. */
static void say_contract(struct sentence *s)
{
	const struct machine_event *e = s->event;
	char here[120];

	if (e->contract_broken.file) {
		say(s, "%s:%d: %s", e->contract_broken.file, e->contract_broken.line, e->contract_broken.what);
		return;
	}
	place_of(s, e->pc, e->callers, here, sizeof(here));
	say(s, "%s: %s", here, e->contract_broken.what);
}

/* Both places, the older access last: it is the one that something should have ordered before this one. */
static void say_race(struct sentence *s)
{
	const struct machine_event *e = s->event;
	const struct model_agent *other = &model_state()->agents[e->data_race.other];
	char here[120], there[120];

	place_of(s, e->data_race.pc, NULL, here, sizeof(here));
	place_of(s, e->data_race.other_pc, NULL, there, sizeof(there));
	say(s, "%s %s at %s, and nothing orders it behind the %s %s by %s at %s",
	    e->data_race.atomic ? "an atomic" : "a plain", e->data_race.write ? "write" : "read", here,
	    e->data_race.other_atomic ? "atomic" : "plain", e->data_race.other_write ? "write" : "read",
	    other->anywhere ? "the kernel's daemon" : cpu_name(s, other->cpu), there);
}

/*
 * Each says who used what, by which way it was reached, and why that is wrong: it is the reason on top of a
 * timeline, which is read without the rows.
 */
static bool say_bad_use(struct sentence *s)
{
	const struct machine_event *e = s->event;
	char held[48];

	switch ((int)e->kind) {
	case EVENT_freed_page_used:
		say(s, "%s reaches frame %d through %s; %s%s", cpu_name(s, e->cpu), e->freed_page_used.frame,
		    found_in(e->freed_page_used.from),
		    e->freed_page_used.part ? "of its large page a part was given back" : "the frame was given back",
		    e->freed_page_used.reused && !e->freed_page_used.part ? " and reused" : "");
		break;
	case EVENT_freed_page_touched:
		say(s, "the kernel uses frame %d, which was given back", e->freed_page_touched.frame);
		break;
	case EVENT_revoked_page_used:
		say(s, "%s still reaches frame %d, through %s, after the operation that took it away had returned",
		    cpu_name(s, e->cpu), e->revoked_page_used.frame, found_in(e->revoked_page_used.from));
		break;
	case EVENT_other_page_used:
		say(s, "%s uses frame %d while the tables say frame %d", cpu_name(s, e->cpu), e->other_page_used.frame,
		    e->other_page_used.now);
		break;
	case EVENT_other_space_used:
		say(s, "%s uses frame %d for another address space than the one it was held of, through %s",
		    cpu_name(s, e->cpu), e->other_space_used.frame, found_in(e->other_space_used.from));
		break;
	case EVENT_device_refused:
		sentence_entry(e->device_refused.word, held, sizeof(held));
		say(s,
		    "%s is refused by what it holds of %s, %s, although the entry allows the access by now and nobody tells it",
		    cpu_name(s, e->cpu), name(s, e->device_refused.entry), held);
		break;
	case EVENT_access_not_trapped:
		say(s, "%s reaches frame %d as memory, while its processor looks for accesses to its APIC %s",
		    cpu_name(s, e->cpu), e->access_not_trapped.frame,
		    e->access_not_trapped.trapped < 0 ? "nowhere" : "in another frame");
		break;
	case EVENT_freed_table_walked:
		say(s, "%s walks through frame %d, a page table that was given back", cpu_name(s, e->cpu),
		    e->freed_table_walked.table);
		break;
	case EVENT_freed_table_entered:
		say(s, "the kernel walks through frame %d, a page table that was given back",
		    e->freed_table_entered.table);
		break;
	case EVENT_unmade_table_walked:
		say(s, "%s walks into frame %d, a new page table, and finds what was there before it was made",
		    cpu_name(s, e->cpu), e->unmade_table_walked.table);
		break;
	case EVENT_unmade_table_entered:
		say(s, "the kernel looks into frame %d, a new page table, and finds what was there before it was made",
		    e->unmade_table_entered.table);
		break;
	case EVENT_freed_table_ahead:
		say(s, "a walk of %s may run ahead through frame %d, a page table that is given back",
		    cpu_name(s, e->freed_table_ahead.walker), e->freed_table_ahead.table);
		break;
	case EVENT_freed_table_refill:
		say(s, "a handler of a miss on %s is still in frame %d, a page table that is given back",
		    cpu_name(s, e->freed_table_refill.walker), e->freed_table_refill.table);
		break;
	default:
		return false;
	}
	return true;
}

/* Nothing was used yet: these say what could be. */
static bool say_bad_state(struct sentence *s)
{
	const struct machine_event *e = s->event;

	switch ((int)e->kind) {
	case EVENT_page_replaced:
		say(s, "%s is given a new page while the old one can still be found", name(s, e->page_replaced.entry));
		break;
	case EVENT_entry_relaxed:
		say(s, "%s allows writes while a device may still hold it without", name(s, e->entry_relaxed.entry));
		break;
	case EVENT_line_left:
		say(s, "a data cache still has what was stored at %s, which leads to it no more",
		    page(s, e->line_left.watch));
		break;
	case EVENT_line_elsewhere:
		say(s, "a data cache has what was stored at %s, and looks for it under another address, %s",
		    page(s, e->line_elsewhere.other), page(s, e->line_elsewhere.watch));
		break;
	case EVENT_still_mapped:
		say(s, "%s is still what it was when the operation began that has taken it away",
		    page(s, e->still_mapped.watch));
		break;
	case EVENT_still_held:
		say(s, "%s may still hold %s: the invalidation did not cover it", cpu_name(s, e->still_held.holder),
		    page(s, e->still_held.watch));
		break;
	case EVENT_data_race:
		say_race(s);
		break;
	case EVENT_stuck:
		say(s, "every agent waits for something that nobody is left to do");
		break;
	case EVENT_endless:
		say(s, "it comes back to where it was, and if the hardware goes on as it did, nothing leads to an end");
		break;
	case EVENT_subject_finds:
		say(s, "%s", e->subject_finds.text);
		break;
	case EVENT_contract_broken:
		say_contract(s);
		break;
	default:
		return false;
	}
	return true;
}

/* A kind that is in two groups would get the words of the first; none is. */
void sentence_of(const struct binding *binding, struct lines *lines, const struct machine_event *event, char *text,
		 size_t size)
{
	struct sentence s = {
		.names.lines = lines, .binding = binding, .lines = lines, .event = event, .text = text, .size = size
	};
	bool said;

	assert(size > 0 && event->kind < EVENT_KINDS);
	text[0] = 0;
	/* What a rule would have done is shown as the missing step. */
	said = event->kind == EVENT_rule_missed || say_entry(&s) || say_counter(&s) || say_lock(&s) || say_cpu(&s) ||
	       say_frame(&s) || say_tlb(&s) || say_program(&s) || say_bad_use(&s) || say_bad_state(&s);
	assert(said);
	(void)said;
}
