/* SPDX-License-Identifier: MIT */
/*
 * access.c - a program's access: of every translation that the CPU may use for it (options.h) pick one, use it.
 *
 * The access is one step: a translation used later is one that was held until then.
 */
#include <machine/model/device.h>
#include <machine/model/group.h>
#include <machine/model/late.h>
#include <machine/model/options.h>
#include <machine/model/races.h>
#include <machine/model/vcpu.h>

#include <assert.h>
#include <string.h>

/* Where hardware does not write accessed and dirty, software has to before the access. */
bool option_permits(const struct option *option, enum machine_access how)
{
	uint64_t word = option->word, taken = word | option->taken;

	if (!(word & MACHINE_PTE_PRESENT) || taken & MODEL_NO_USER)
		return false;
	if (!(word & MACHINE_PTE_ACCESSED) && model_format()->needs_accessed && !machine_arch()->hw_dirty)
		return false;
	if (how == MACHINE_STORE)
		return word & MACHINE_PTE_WRITE && !(taken & MODEL_NO_WRITE) &&
		       (word & MACHINE_PTE_DIRTY || machine_arch()->hw_dirty);
	if (how == MACHINE_EXEC)
		return word & MACHINE_PTE_EXEC && !(taken & MODEL_NO_EXEC);
	return !(word & MODEL_NO_READ);
}

static int found_in(const struct option *option)
{
	if (option->held)
		return FOUND_HELD;
	return option->late ? FOUND_LATE : FOUND_TABLES;
}

/* The entry that the option was read from, for a listener. */
static const machine_pte *entry_of(const struct option *option)
{
	return option->frame < 0 ? NULL : &model_state()->frames[option->frame].words[option->index];
}

static int watch_of(const struct options *o)
{
	return model_find_watch(model_space_for(o->cpu, o->page), o->page);
}

/* Of a large page, or of one of a group: how many pages behind that of its entry the option leads to. */
static int pages_into(const struct options *o, const struct option *option)
{
	return model_group_into(model_state()->frames[option->frame].level, option->index, o->page);
}

/* A page that is not what the translation was made for, or no longer may be used through it. */
static void check_use(const struct options *o, const struct option *option, enum machine_access how)
{
	static const uint32_t forbids[] = {
		[MACHINE_LOAD] = MODEL_REVOKED,
		[MACHINE_STORE] = MODEL_REVOKED | MODEL_NO_STORES,
		[MACHINE_EXEC] = MODEL_REVOKED | MODEL_NO_FETCHES,
	};
	struct model_state *m = model_state();
	int nr = model_pte_frame(option->word);
	const struct model_frame *frame = &m->frames[nr];
	uint64_t now;

	assert(option->frame >= 0 && option->index >= 0);
	if (frame->kind != MACHINE_FRAME_DATA || option->marks & MODEL_STALE)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_used, .frame = nr, .from = found_in(option),
				.reused = frame->kind != MACHINE_FRAME_FREE,
				.part = m->frames[option->frame].level && frame->kind == MACHINE_FRAME_DATA);
	if (option->marks & forbids[how])
		model_violation(MODEL_PERMISSION, revoked_page_used, .frame = nr, .from = found_in(option));
	if (option->space != model_space_for(o->cpu, o->page))
		model_violation(MODEL_ISOLATION, other_space_used, .frame = nr, .from = found_in(option));
	now = m->frames[option->frame].words[option->index].word;
	if (option->replaced && now & MACHINE_PTE_PRESENT && !(now & MACHINE_PTE_TABLE) &&
	    model_pte_frame(now) + pages_into(o, option) != nr)
		model_violation(MODEL_ISOLATION, other_page_used, .frame = nr, .now = model_pte_frame(now));
}

/* The walker sets accessed and dirty in the table, atomically, where it does so at all. */
static void update_entry(const struct options *o, const struct option *option, enum machine_access how)
{
	machine_pte *entry = &model_state()->frames[option->frame].words[option->index];
	uint64_t word = option->word - (uint64_t)pages_into(o, option) * (1ull << MACHINE_PTE_FRAME_SHIFT);
	uint64_t bits = how == MACHINE_STORE ? MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY : MACHINE_PTE_ACCESSED;

	if (option->held || !machine_arch()->hw_dirty || (entry->word & bits) == bits || entry->word != word)
		return;
	model_tell(entry_walked, .entry = entry, .old = entry->word, .word = entry->word | bits);
	entry->word |= bits;
	model_walked(option->frame, option->index, how == MACHINE_STORE);
	model_touch_at(entry, AGENT_WRITE, 0);
	model_note_walk(model_entry_word(entry), sizeof(uint64_t), true, false);
}

/* Whoever is told what happens is told values as well. */
static bool keeps_values(void)
{
	return !model_config()->unread || model_listening();
}

/* Of a page that nobody looks into all stores are of one value. */
static void store_late(const struct options *o, const struct option *option, uint64_t value)
{
	late_page_store(&(struct late_page_store){ .value = keeps_values() ? value : 0,
						   .frame = model_pte_frame(option->word),
						   .watch = watch_of(o),
						   .marks = option->marks,
						   .dying = option->dying,
						   .after = o->after });
}

static void store_now(const struct options *o, int nr, uint64_t value)
{
	int watch = watch_of(o);
	uint64_t before = *model_ram(nr);

	if (keeps_values())
		*model_ram(nr) = value;
	if (!model_config()->unread)
		model_touch_at(model_state()->frames[nr].words, AGENT_WRITE, 0);
	if (late_page_is_fixed(nr))
		late_page_fixed(nr, true);
	if (watch >= 0 && model_config()->stored)
		model_config()->stored(model_config()->context, watch, &before, value);
}

/* @way: which of the writes that it may read. */
static uint64_t load(const struct options *o, int nr, unsigned int way)
{
	if (!o->asks || model_config()->unread)
		return *model_ram(nr);
	model_note_use(model_ram(nr), false);
	if (late_page_is_weak(nr))
		return late_page_load(nr, o->after, way);
	model_touch_at(model_state()->frames[nr].words, AGENT_READ, 0);
	if (late_page_is_fixed(nr))
		late_page_fixed(nr, false);
	return *model_ram(nr);
}

static uint64_t store(const struct options *o, const struct option *option, uint64_t value)
{
	int nr = model_pte_frame(option->word);

	model_note_use(model_ram(nr), true);
	if (late_page_is_weak(nr))
		store_late(o, option, value);
	else
		store_now(o, nr, value);
	return value;
}

static void transfer(const struct options *o, const struct option *option, unsigned int way, uint64_t *value)
{
	int nr = model_pte_frame(option->word);
	uint64_t there;

	assert(nr < (int)model_frames());
	there = o->how == MACHINE_STORE ? store(o, option, *value) : load(o, nr, way);
	model_line_used(watch_of(o), o->how, option->marks, nr);
	if (o->asks && keeps_values())
		*value = there;
	model_tell(access, .watch = watch_of(o), .how = (int)o->how, .from = found_in(option),
		   .entry = entry_of(option), .word = option->word, .frame = nr, .value = there);
}

/* A fault drops what this CPU holds for the address, where hardware does that (Intel SDM vol. 3, 4.10.4.1). */
static void drop_faulting(struct model_cpu *cpu, unsigned int page)
{
	bool walks_alone = model_is_device(machine_cpu()) && !model_is_vcpu(machine_cpu());
	bool sticks = walks_alone ? machine_arch()->secondary_sticky : machine_arch()->readonly_sticky;

	/* A device whose page was not there asks for it, and then walks again. */
	if (sticks && !walks_alone)
		return;
	for (unsigned int i = 0; i < cpu->nr_held;) {
		struct model_held *held = &cpu->held[i];

		if (held->word & MACHINE_PTE_TABLE || !model_uses_held(cpu, held) || page < held->page ||
		    page - held->page >= model_span(held->level, held->word) ||
		    (sticks && held->word & MACHINE_PTE_PRESENT)) {
			i++;
			continue;
		}
		model_drop_held(cpu, i);
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
}

/* What walks read is in order: a table is found by the entry that leads to it. */
static void note_walk(const void *object, bool faults)
{
	const uint64_t *word = model_entry_word(object);

	if (word)
		model_note_walk(word, sizeof(*word), false, faults);
	else if (model_is_unmade_word(object))
		model_note_walk(object, sizeof(uint32_t), false, faults);
}

/*
 * Whatever decides what there is to pick from is read: every entry that any of the walks reads, what was given back of what
 * they lead to, what must not be used any more. A walk through a table that was given back is seen whichever is picked.
 */
static void touch_options(const struct options *o, const struct option *option)
{
	int watch = watch_of(o);

	model_touch_at(&o->cpu->use, AGENT_READ, 0);
	if (watch >= 0)
		model_touch_at(&model_state()->watches[watch].revoked, AGENT_READ, 0);
	for (unsigned int i = 0; i < o->objects; i++)
		model_touch_at(o->object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o->nr; i++) {
		if (o->option[i].word & MACHINE_PTE_PRESENT)
			model_touch_at(&model_state()->frames[model_pte_frame(o->option[i].word)], AGENT_READ, 0);
	}
	if (option->through_freed && !model_is_made(option->frame))
		model_violation(MODEL_FREED_TABLE, unmade_table_walked, .table = option->frame);
	else if (option->through_freed)
		model_violation(MODEL_FREED_TABLE, freed_table_walked, .table = option->frame);
}

static void note_walks(const struct options *o, bool faults)
{
	for (unsigned int i = 0; i < o->objects; i++)
		note_walk(o->object[i], faults);
}

/* A walk that writes comes before the other change has read, or behind it. What was collected is out of date. */
static void unlock(struct options *o)
{
	late_unlock(o->locked);
	*o = (struct options){
		.cpu = o->cpu, .page = o->page, .how = o->how, .asks = o->asks, .from = o->from, .taken = o->taken
	};
}

/* Stores leave the store buffer in the end: after one fault one's own have, after more of them everybody's. */
static void let_stores_out(unsigned int faults)
{
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		if (faults > 1 || (faults && i == machine_cpu()))
			model_drain(i);
	}
}

/* In how many ways the access may go on with @option: one for each write that it may read. */
static unsigned int ways(const struct options *o, const struct option *option)
{
	int nr = model_pte_frame(option->word);

	if (!o->asks || model_config()->unread || !option_permits(option, o->how) || !late_page_is_weak(nr))
		return 1;
	return late_page_reads(nr, o->after);
}

/*
 * An option, and as the result one of the ways to go on with it. First come all options with the newest write, which is there whether anything older is
 * remembered or not, so that a number means the same in both cases.
 */
static unsigned int pick(const struct options *o, struct option *option)
{
	unsigned int all = 0, way, nr = 0;

	assert(o->nr > 0); /* at least what the tables say */
	for (unsigned int i = 0; i < o->nr; i++)
		all += ways(o, &o->option[i]);
	way = all > 1 ? agent_choose(all) : 0;
	if (way < o->nr) {
		*option = o->option[way];
		return ways(o, option) - 1;
	}
	for (way -= o->nr; way >= ways(o, &o->option[nr]) - 1; nr++)
		way -= ways(o, &o->option[nr]) - 1;
	*option = o->option[nr];
	return way;
}

/* Without padding: it lies on the stack of who accesses, where all bytes are part of the state. */
struct access {
	uint64_t *value;
	uint64_t taken;	       /* by the entries that a handler of misses has read */
	const machine_pte *by; /* of a device: the entry whose word, which it holds, refuses it for good; or NULL */
	uint64_t word;
	const int *trap; /* machine_trapped_access(); or NULL */
	unsigned int page;
	enum machine_access how;
};
_Static_assert(sizeof(struct access) == 48, "no padding");

enum attempt {
	FAULTED,
	DONE,
	REFUSED, /* nobody can repair that */
	NOT_YET, /* the word is fixed, and the CPU has stores that have to leave first */
};

void model_land(void)
{
	struct model_cpu *cpu = model_this_cpu();

	for (unsigned int i = 0; i < cpu->nr_held;) {
		if (!cpu->held[i].flying) {
			i++;
			continue;
		}
		model_drop_held(cpu, i);
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
}

static void use(const struct options *o, const struct option *option, unsigned int way, uint64_t *value)
{
	check_use(o, option, o->how);
	update_entry(o, option, o->how);
	transfer(o, option, way, value);
	model_land();
}

/* M30: the page is not touched, whatever is in it by now. */
static void trap(const struct option *option, int frame)
{
	int nr = model_pte_frame(option->word);

	if (nr != frame)
		model_violation(MODEL_SECONDARY_STALE, access_not_trapped, .frame = nr, .trapped = frame,
				.entry = entry_of(option), .word = option->word);
	model_land();
}

/*
 * One attempt, in the step that has begun. A store comes behind its own walk, so that is noted first; so does a load, but that it may read what is
 * older than what the walk has found is not so, and it is noted the other way round.
 */
static MODEL_OUT_OF_LINE enum attempt attempt(struct access *a)
{
	enum machine_access how = a->how;
	uint64_t *value = a->value;
	struct options o = { .cpu = model_this_cpu(),
			     .page = a->page,
			     .how = how,
			     .asks = how != MACHINE_STORE && value,
			     .from = model_this_cpu()->refill,
			     .taken = a->taken };
	struct option option;
	unsigned int way;
	bool permitted;

	options_collect(&o);
	if (o.locked) {
		unlock(&o);
		options_collect(&o);
	}
	o.after = late_translated(o.object, o.objects);
	way = pick(&o, &option);
	permitted = option_permits(&option, how);
	if (permitted && how == MACHINE_STORE && late_page_is_fixed(model_pte_frame(option.word)) && late_has_stores())
		return NOT_YET;
	touch_options(&o, &option);
	if (how == MACHINE_STORE)
		note_walks(&o, !permitted);
	if (permitted && a->trap)
		trap(&option, *a->trap);
	else if (permitted)
		use(&o, &option, way, value);
	if (how != MACHINE_STORE)
		note_walks(&o, !permitted);
	if (permitted)
		return DONE;
	a->by = model_device_is_stale(&o, &option) ? entry_of(&option) : NULL;
	a->word = a->by ? option.word : 0;
	model_note_context();
	drop_faulting(model_this_cpu(), a->page);
	model_tell(fault, .watch = watch_of(&o), .how = (int)how, .from = found_in(&option), .entry = entry_of(&option),
		   .word = option.word);
	return FAULTED;
}

static MODEL_OUT_OF_LINE void walk_ahead(unsigned int page)
{
	struct options o = { .cpu = model_this_cpu(), .page = page, .how = MACHINE_LOAD };

	if (model_space_for(o.cpu, page) < 0)
		return;
	options_collect(&o);
	for (unsigned int i = 0; i < o.nr; i++)
		touch_options(&o, &o.option[i]);
	note_walks(&o, false);
	model_tell(prefetch, .watch = watch_of(&o));
}

/* What is filled is held in any case; what a prefetch adds is its walk. */
void model_prefetch(unsigned int page)
{
	MODEL_LEAVES_NOTHING;

	model_note_site(NULL, NULL);
	model_step_here();
	walk_ahead(page);
}

/* In the step that has begun, and others if it has to wait for the CPU's own stores. */
static enum attempt attempt_now(struct access *a)
{
	enum attempt attempted;

	while ((attempted = attempt(a)) == NOT_YET)
		late_drained();
	model_wipe(NULL);
	return attempted;
}

/* ---- the handler of a miss ---- */

/*
 * A step, if tables are unhooked beneath handlers (delays_unhooks()). The access may hit, or its handler be quick: then all is one step. It matters
 * that it is not only while it is on its way through a table.
 */
static bool is_slow_miss(void)
{
	/* A device has no handler: it walks by itself wherever it is. */
	if (!machine_arch()->soft_refill || model_is_device(machine_cpu()) || !model_config()->words ||
	    !model_config()->words->refills)
		return false;
	model_step_here();
	return agent_choose(2) == 1;
}

static void tell_kernel(bool begins)
{
	const struct machine_kernel *kernel = model_config()->kernel;

	if (kernel->refill)
		kernel->refill(begins);
	model_note_site(NULL, NULL);
}

/* As far as the table of the last level; where the tables end before there is nothing to be on the way in. */
static MODEL_OUT_OF_LINE void find_table(struct access *a)
{
	struct model_cpu *cpu = model_this_cpu();
	struct options o = { .cpu = cpu, .page = a->page, .how = MACHINE_LOAD, .upper = true };
	struct option option;

	options_collect(&o);
	pick(&o, &option);
	touch_options(&o, &option);
	model_touch_at(&cpu->use, AGENT_WRITE, 0);
	late_walked(late_translated(o.object, o.objects));
	note_walks(&o, false);
	if (!(option.word & MACHINE_PTE_PRESENT) || model_state()->frames[option.frame].level)
		return;
	cpu->refill = (uint8_t)(1 + option.frame);
	a->taken = option.taken;
	model_tell(refill, .watch = watch_of(&o), .table = option.frame);
}

/* In the step that has begun, and more; with interrupts off all the while. What is found is used at once, as by any access. */
static MODEL_OUT_OF_LINE enum attempt miss(struct access *a, unsigned int faults)
{
	enum attempt attempted;

	model_set_irqs(true);
	tell_kernel(true);
	model_step_here();
	let_stores_out(faults);
	find_table(a);
	model_wipe(NULL);
	model_step_here();
	attempted = attempt_now(a);
	model_touch_at(&model_this_cpu()->use, AGENT_WRITE, 0);
	model_this_cpu()->refill = 0;
	a->taken = 0;
	tell_kernel(false);
	races_release();
	model_set_irqs(false);
	return attempted;
}

static enum attempt at_once(struct access *a, unsigned int faults)
{
	if (!model_is_device(machine_cpu()))
		model_step_here();
	else if (!model_device_steps())
		return REFUSED;
	let_stores_out(faults);
	return attempt_now(a);
}

/* While the kernel has looked at the fault its entry may have come to allow nothing: then the kernel has refused it, and no translation. */
static bool is_still_allowed(const struct access *a)
{
	const struct option now = { .word = a->by->word };

	model_touch_at(a->by, AGENT_READ, 0);
	return option_permits(&now, a->how);
}

/* What the kernel's functions leave on the stack, the access would have in its frames when it is made again. */
static bool handled(unsigned long address, const struct access *a)
{
	bool again;

	model_device_stalls();
	again = model_device_resumed(model_config()->kernel->fault(address, a->how));
	model_wipe(NULL);
	if (!again && a->by && is_still_allowed(a))
		model_violation(MODEL_SECONDARY_STALE, device_refused, .entry = a->by, .word = a->word);
	return again;
}

/* An access that faults for ever comes back to a state that was there before: faults are not counted beyond what differs. */
static bool access_until_done(unsigned long address, struct access a)
{
	for (unsigned int faults = 0;; faults = faults ? 2 : 1) {
		enum attempt attempted;

		model_note_site(NULL, NULL);
		model_may_move();
		attempted = is_slow_miss() ? miss(&a, faults) : at_once(&a, faults);
		if (attempted == DONE || attempted == REFUSED || !handled(address, &a))
			return attempted == DONE;
		model_device_told();
	}
}

bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	return access_until_done(
		address,
		(struct access){ .page = (unsigned int)(address >> MACHINE_PAGE_SHIFT), .how = how, .value = value });
}

bool machine_trapped_access(unsigned long address, enum machine_access how, const int *frame)
{
	return access_until_done(
		address,
		(struct access){ .page = (unsigned int)(address >> MACHINE_PAGE_SHIFT), .how = how, .trap = frame });
}
