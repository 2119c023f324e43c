/* SPDX-License-Identifier: MIT */
/*
 * access.c - a program's access: collect every translation that the CPU may use for it, pick one, use it.
 *
 * 1. A walk starts at the loaded root, or at any table that the walk cache may still point to, and at each level finds what the entry says or,
 *    while a store to it is in flight, what it said before.
 * 2. A leaf that the TLB may still hold needs no walk.
 * 3. The access is one step: a translation used later is one that was held until then.
 */
#include <machine/model/late.h>
#include <machine/model/model.h>

#include <assert.h>
#include <string.h>

enum {
	MAX_OPTIONS = 16,
	MAX_OBJECTS = 24,
};

struct option {
	uint64_t word;	/* the leaf; not present: a fault */
	uint64_t taken; /* MODEL_TAKEN: by the entries on the way to it */
	uint32_t marks;
	uint16_t dying;	      /* held: CPUs whose broadcast covers it */
	int16_t frame, index; /* the entry it was read from; frame -1: the walk ended above the last level */
	int8_t space;	      /* whose tables it stood in */
	bool held;	      /* stale: the tables no longer say so */
	bool late;	      /* the tables say something else by now, which walks do not see yet */
	bool replaced;	      /* they said something else at once */
	bool through_freed;   /* the walk read a table that was given back */
};

struct options {
	const struct model_cpu *cpu;
	unsigned int page;
	enum machine_access how;
	bool asks;	/* somebody asks what is loaded */
	uint16_t after; /* a stamp: the access comes behind that, whichever it is (late_translated()) */
	unsigned int nr, objects;
	struct option option[MAX_OPTIONS];
	const void *object[MAX_OBJECTS]; /* entries read */
};

static unsigned int kind_of(enum machine_access how)
{
	return how == MACHINE_EXEC ? 2 : 1;
}

static void note_object(struct options *o, const void *object)
{
	for (unsigned int i = 0; i < o->objects; i++) {
		if (o->object[i] == object)
			return;
	}
	if (o->objects == MAX_OBJECTS)
		machine_too_big("page-table entries that one access reads", MAX_OBJECTS);
	o->object[o->objects++] = object;
}

/* A promise that is not kept yet makes no difference to a use, nor does what only a store asks for to any other access. */
static bool same_use(const struct options *o, const struct option *a, const struct option *b)
{
	uint64_t ignored = o->how == MACHINE_STORE ? 0 : MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY;

	return !((a->word ^ b->word) & ~ignored) && a->taken == b->taken &&
	       !((a->marks ^ b->marks) & (MODEL_STALE | MODEL_REVOKED)) && a->through_freed == b->through_freed;
}

/*
 * Options that lead to the same use are one: the same page as the same mapping, however it was found. Nothing is nothing, unless a TLB holds it:
 * then the fault may come again after the tables say otherwise.
 */
static void add_option(struct options *o, const struct option *option)
{
	for (unsigned int i = 0; i < o->nr; i++) {
		const struct option *other = &o->option[i];

		if (same_use(o, other, option))
			return;
		if (!((other->word | option->word) & MACHINE_PTE_PRESENT) && !option->held &&
		    other->through_freed == option->through_freed)
			return;
	}
	if (o->nr == MAX_OPTIONS)
		machine_too_big("translations that one access may use", MAX_OPTIONS);
	o->option[o->nr++] = *option;
}

/* How a walk has come to a table. */
struct path {
	uint32_t marks; /* of what leads to it */
	uint64_t taken; /* by what led to it */
};

static void walk(struct options *o, int table, const struct path *path);

/* The page's own translation, of one that may be for more pages than one. */
static uint64_t leaf_of(const struct options *o, unsigned int level, uint64_t word)
{
	unsigned long into = o->page & (model_level_pages(level) - 1);

	if (!(word & MACHINE_PTE_PRESENT))
		return 0;
	if ((unsigned int)model_pte_frame(word) + into >= model_frames())
		model_panic("a large page goes beyond the end of memory");
	return word + (into << MACHINE_PTE_FRAME_SHIFT);
}

/* One value that a walk may find in an entry of @table. */
static void found(struct options *o, int table, int index, const struct model_store *value, uint64_t taken, bool late)
{
	const struct model_frame *frame = &model_state()->frames[table];

	if (value->word & MACHINE_PTE_PRESENT && value->word & MACHINE_PTE_TABLE) {
		walk(o, model_pte_frame(value->word),
		     &(struct path){ value->marks, taken | (value->word & MODEL_TAKEN) });
		return;
	}
	add_option(o, &(struct option){
			      .word = leaf_of(o, frame->level, value->word),
			      .taken = value->word & MACHINE_PTE_PRESENT ? taken : 0,
			      .marks = value->marks,
			      .frame = (int16_t)(frame->level && !(value->word & MACHINE_PTE_PRESENT) ? -1 : table),
			      .index = (int16_t)index,
			      .space = frame->space,
			      .late = late,
		      });
}

/* The first access through an entry, and the first write, is a locked access to the table as it is, not as it was. */
static bool writes_table(const struct options *o, uint64_t word)
{
	return model_is_unwalked(word) || (o->how == MACHINE_STORE && machine_arch()->hw_dirty &&
					   word & MACHINE_PTE_WRITE && !(word & MACHINE_PTE_DIRTY));
}

/*
 * M5, M11: goes on from @table in whatever it says now, or said before each store in flight to the entry, so it may find several leaves. If the
 * table was given back since it was hooked, that is found.
 */
static void walk(struct options *o, int table, const struct path *path)
{
	const struct model_state *m = model_state();
	const struct model_frame *frame = &m->frames[table];
	int index;

	assert(table >= 0 && table < (int)model_frames());
	if (frame->kind != MACHINE_FRAME_TABLE || path->marks & MODEL_STALE) {
		note_object(o, frame);
		add_option(o, &(struct option){ .through_freed = true, .frame = (int16_t)table });
		return;
	}
	index = (int)model_index(o->page, frame->level);
	note_object(o, &frame->words[index]);
	found(o, table, index, &(struct model_store){ .word = frame->words[index].word, .marks = frame->marks[index] },
	      path->taken, false);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		for (unsigned int i = 0; i < m->cpus[c].nr_stores; i++) {
			const struct model_store *old = &m->cpus[c].stores[i];

			if (old->frame == table && old->index == index &&
			    !(frame->level == 0 && writes_table(o, old->word)))
				found(o, table, index, old, path->taken, true);
		}
	}
}

static bool covers(const struct model_held *held, const struct model_cpu *cpu, unsigned int page)
{
	unsigned long span = model_level_pages(held->level), into = page - held->page;

	return model_uses_space(cpu, held->space) && page >= held->page && into < span &&
	       (!held->level || held->parts >> into / (span / HARDWARE_PARTS) & 1);
}

/* Its entry is noted as read although it is not: a change of the entry is what made it held, and comes before. */
static void add_held(struct options *o, const struct model_held *held)
{
	note_object(o, &model_state()->frames[held->frame].words[held->index]);
	if (!(held->kinds & kind_of(o->how)))
		return;
	if (held->word & MACHINE_PTE_TABLE) {
		walk(o, model_pte_frame(held->word), &(struct path){ held->marks, held->word & MODEL_TAKEN });
		return;
	}
	if (writes_table(o, held->word))
		return;
	add_option(o, &(struct option){ .word = leaf_of(o, held->level, held->word),
					.marks = held->marks,
					.dying = held->dying,
					.frame = held->frame,
					.index = held->index,
					.space = held->space,
					.held = true,
					.replaced = held->replaced });
}

static void collect(struct options *o)
{
	assert(o->cpu->space >= 0);
	walk(o, model_state()->roots[o->cpu->space], &(struct path){ 0 });
	for (unsigned int i = 0; i < o->cpu->nr_held; i++) {
		if (covers(&o->cpu->held[i], o->cpu, o->page))
			add_held(o, &o->cpu->held[i]);
	}
}

/* Where hardware does not write accessed and dirty, software has to before the access. */
static bool permits(const struct option *option, enum machine_access how)
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

/* A page that is not what the translation was made for, or no longer may be used through it. */
static void check_use(const struct option *option)
{
	struct model_state *m = model_state();
	int nr = model_pte_frame(option->word);
	const struct model_frame *frame = &m->frames[nr];
	uint64_t now;

	assert(option->frame >= 0 && option->index >= 0);
	if (frame->kind != MACHINE_FRAME_DATA || option->marks & MODEL_STALE)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_used, .frame = nr, .from = found_in(option),
				.reused = frame->kind != MACHINE_FRAME_FREE);
	if (option->marks & MODEL_REVOKED)
		model_violation(MODEL_PERMISSION, revoked_page_used, .frame = nr, .from = found_in(option));
	if (hardware_mixes_spaces() && option->space != model_this_cpu()->space)
		model_violation(MODEL_ISOLATION, other_space_used, .frame = nr, .from = found_in(option));
	now = m->frames[option->frame].words[option->index].word;
	if (option->replaced && now & MACHINE_PTE_PRESENT && model_pte_frame(now) != nr)
		model_violation(MODEL_ISOLATION, other_page_used, .frame = nr, .now = model_pte_frame(now));
}

/* The walker sets accessed and dirty in the table, atomically, where it does so at all. */
static void update_entry(const struct option *option, enum machine_access how)
{
	machine_pte *entry = &model_state()->frames[option->frame].words[option->index];
	uint64_t bits = how == MACHINE_STORE ? MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY : MACHINE_PTE_ACCESSED;

	if (option->held || !machine_arch()->hw_dirty || (entry->word & bits) == bits || entry->word != option->word)
		return;
	model_tell(entry_walked, .entry = entry, .old = entry->word, .word = entry->word | bits);
	entry->word |= bits;
	model_walked(option->frame, option->index, how == MACHINE_STORE);
	model_touch_at(entry, AGENT_WRITE, 0);
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
						   .watch = model_find_watch(o->cpu->space, o->page),
						   .marks = option->marks,
						   .dying = option->dying,
						   .after = o->after });
}

static void store_now(const struct options *o, int nr, uint64_t value)
{
	int watch = model_find_watch(o->cpu->space, o->page);

	if (keeps_values())
		*model_ram(nr) = value;
	if (!model_config()->unread)
		model_touch_at(model_state()->frames[nr].words, AGENT_WRITE, 0);
	if (late_page_is_fixed(nr))
		late_page_fixed(nr, true);
	if (watch >= 0 && model_config()->stored)
		model_config()->stored(model_config()->context, watch, value);
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
	model_line_used(model_find_watch(o->cpu->space, o->page), o->how, option->marks, nr);
	if (o->asks && keeps_values())
		*value = there;
	model_tell(access, .watch = model_find_watch(o->cpu->space, o->page), .how = (int)o->how,
		   .from = found_in(option), .entry = entry_of(option), .word = option->word, .frame = nr,
		   .value = there);
}

/* A fault drops what this CPU holds for the address, where hardware does that (Intel SDM vol. 3, 4.10.4.1). */
static void drop_faulting(struct model_cpu *cpu, unsigned int page)
{
	if (machine_arch()->readonly_sticky)
		return;
	for (unsigned int i = 0; i < cpu->nr_held;) {
		struct model_held *held = &cpu->held[i];

		if (held->level || !model_uses_space(cpu, held->space) || held->page != page) {
			i++;
			continue;
		}
		model_drop_held(cpu, i);
		model_touch_at(&cpu->use, AGENT_TAKE, 0);
	}
}

/* Read is what decides what there is to pick from: entries, what was given back of what they lead to, what must not be used any more. */
static void touch_options(const struct options *o, const struct option *option)
{
	int watch = model_find_watch(o->cpu->space, o->page);

	model_touch_at(&o->cpu->use, AGENT_READ, 0);
	if (watch >= 0)
		model_touch_at(&model_state()->watches[watch].revoked, AGENT_READ, 0);
	for (unsigned int i = 0; i < o->objects; i++)
		model_touch_at(o->object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o->nr; i++) {
		if (o->option[i].word & MACHINE_PTE_PRESENT)
			model_touch_at(&model_state()->frames[model_pte_frame(o->option[i].word)], AGENT_READ, 0);
	}
	if (option->through_freed) /* seen whichever is picked */
		model_violation(MODEL_FREED_TABLE, freed_table_walked, .table = option->frame);
}

static void note_walks(const struct options *o)
{
	for (unsigned int i = 0; i < o->objects; i++)
		model_note_walk(model_entry_word(o->object[i]));
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

	if (!o->asks || model_config()->unread || !permits(option, o->how) || !late_page_is_weak(nr))
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

enum attempt {
	FAULTED,
	DONE,
	NOT_YET, /* the word is fixed, and the CPU has stores that have to leave first */
};

static void use(const struct options *o, const struct option *option, unsigned int way, uint64_t *value)
{
	check_use(option);
	update_entry(option, o->how);
	transfer(o, option, way, value);
	model_land();
}

/*
 * One attempt, in the step that has begun. A store comes behind its own walk, so that is noted first; so does a load, but that it may read what is
 * older than what the walk has found is not so, and it is noted the other way round.
 */
static MODEL_OUT_OF_LINE enum attempt attempt(unsigned int page, enum machine_access how, uint64_t *value)
{
	struct options o = { .cpu = model_this_cpu(), .page = page, .how = how, .asks = how != MACHINE_STORE && value };
	struct option option;
	unsigned int way;
	bool permitted;

	collect(&o);
	o.after = late_translated(o.object, o.objects);
	way = pick(&o, &option);
	permitted = permits(&option, how);
	if (permitted && how == MACHINE_STORE && late_page_is_fixed(model_pte_frame(option.word)) && late_has_stores())
		return NOT_YET;
	touch_options(&o, &option);
	if (how == MACHINE_STORE)
		note_walks(&o);
	if (permitted)
		use(&o, &option, way, value);
	if (how != MACHINE_STORE)
		note_walks(&o);
	if (permitted)
		return DONE;
	drop_faulting(model_this_cpu(), page);
	model_tell(fault, .watch = model_find_watch(o.cpu->space, page), .how = (int)how, .from = found_in(&option),
		   .entry = entry_of(&option), .word = option.word);
	return FAULTED;
}

static MODEL_OUT_OF_LINE void walk_ahead(unsigned int page)
{
	struct options o = { .cpu = model_this_cpu(), .page = page, .how = MACHINE_LOAD };

	if (o.cpu->space < 0)
		return;
	collect(&o);
	for (unsigned int i = 0; i < o.nr; i++)
		touch_options(&o, &o.option[i]);
	note_walks(&o);
	model_tell(prefetch, .watch = model_find_watch(o.cpu->space, page));
}

/* What is filled is held in any case; what a prefetch adds is its walk. */
void model_prefetch(unsigned int page)
{
	MODEL_LEAVES_NOTHING;

	model_note_site(NULL, NULL);
	model_step_here();
	walk_ahead(page);
}

/* An access that faults for ever comes back to a state that was there before: faults are not counted beyond what differs. */
bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	for (unsigned int faults = 0;; faults = faults ? 2 : 1) {
		enum attempt attempted;

		model_note_site(NULL, NULL);
		model_step_here();
		let_stores_out(faults);
		while ((attempted = attempt((unsigned int)(address >> MACHINE_PAGE_SHIFT), how, value)) == NOT_YET)
			late_drained();
		model_wipe(NULL);
		if (attempted == DONE || !model_config()->kernel->fault(address, how))
			return attempted == DONE;
	}
}

bool model_offers(int space, unsigned int page, int frame)
{
	struct options o = { .page = page, .how = MACHINE_STORE };
	bool offers = false;

	walk(&o, model_state()->roots[space], &(struct path){ 0 });
	for (unsigned int i = 0; i < o.objects; i++)
		model_touch_at(o.object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o.nr; i++)
		offers |= permits(&o.option[i], MACHINE_STORE) && model_pte_frame(o.option[i].word) == frame;
	return offers;
}

/* ---- speculation: a walk may run ahead to any address of the space that is loaded ---- */

/* M23; the table counts as given back already, so a walk that comes through it says so. What the walk reads decides whether it comes: touched. */
static bool walk_may_come(const struct model_cpu *cpu, unsigned int page, int table)
{
	struct options o = { .cpu = cpu, .page = page, .how = MACHINE_LOAD };
	bool comes = false;

	collect(&o);
	for (unsigned int i = 0; i < o.objects; i++)
		model_touch_at(o.object[i], AGENT_READ, 0);
	for (unsigned int i = 0; i < o.nr; i++)
		comes |= o.option[i].through_freed && o.option[i].frame == table;
	return comes;
}

/*
 * To any page that the table is for, whether a program accesses it or not. A part of what a held path leads to may be gone, and never
 * less than a part; so one page of each is asked for.
 */
static void check_cpu(unsigned int nr, int table)
{
	const struct model_frame *frame = &model_state()->frames[table];
	unsigned int part = (unsigned int)(model_level_pages(frame->level + 1u) / HARDWARE_PARTS);
	bool comes = false;

	assert(part > 0);
	for (unsigned int i = 0; i < HARDWARE_PARTS; i++)
		comes |= walk_may_come(&model_state()->cpus[nr], frame->base + i * part, table);
	if (comes)
		model_violation(MODEL_FREED_TABLE, freed_table_ahead, .table = table, .walker = nr);
}

/*
 * Entries of @table that a walk could read, which goes to pages that programs access. Whatever else the kernel reads or writes in a table,
 * it reads the frame as well.
 */
static void touch_ways(const struct model_frame *table)
{
	const struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if (m->watches[i].space == table->space &&
		    m->watches[i].page - table->base < model_level_pages(table->level + 1u))
			model_touch_at(&table->words[model_index(m->watches[i].page, table->level)], AGENT_WRITE, 0);
	}
}

/* The table is about to be given back. Can a walk of any CPU still come through it? */
void model_check_walkers(int nr)
{
	struct model_state *m = model_state();
	struct model_frame *table = &m->frames[nr];
	uint8_t kind = table->kind;

	assert(nr >= 0 && nr < (int)model_frames());
	touch_ways(table);
	if (table->parent >= 0)
		model_touch_at(&m->frames[table->parent].words[table->parent_index], AGENT_READ, 0);
	for (unsigned int i = 0; i < model_config()->cpus; i++)
		model_touch_at(&m->cpus[i].use, AGENT_READ, 0);
	/* One that was never hooked, or a root that nobody could load, is not found by any walk. */
	if (!machine_arch()->hw_walk || table->space < 0)
		return;
	table->kind = MACHINE_FRAME_FREE;
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		if (model_uses_space(&m->cpus[i], table->space))
			check_cpu(i, nr);
	}
	table->kind = kind;
}
