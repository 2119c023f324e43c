/* SPDX-License-Identifier: MIT */
/*
 * promise.c - marks on translations, and what an operation promises of them.
 *
 * A translation carries its marks with it (enum model_mark): from the entry to the store that is in flight, and on to what a
 * CPU holds. So "this is a mapping that was there when the operation began" is a bit, and no number of the mapping: numbers
 * would tell apart states that differ only in how often a page was mapped before.
 */
#include <machine/model/group.h>
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/places.h>

#include <assert.h>

enum {
	KEPT_AT_ONCE = 8, /* pages of a promise that one step looks at */
};

/* ---- watches ---- */

int model_find_watch(int space, unsigned int page)
{
	const struct model_state *m = model_state();

	for (int i = 0; i < m->nr_watches; i++) {
		if (m->watches[i].space == space && m->watches[i].page == page)
			return i;
	}
	return -1;
}

/* Of the last level, and filled before anybody asked for watches: a kernel's own tables. */
static void note_in_tables(int nr)
{
	struct model_state *m = model_state();
	const struct model_watch *watch = &m->watches[nr];

	for (unsigned int i = 0; i < model_frames(); i++) {
		const struct model_frame *table = &m->frames[i];
		unsigned int into = watch->page - table->base;

		if (table->kind == MACHINE_FRAME_TABLE && !table->level && table->space == watch->space &&
		    into < model_entries())
			table->watch[into] = (int8_t)(1 + nr);
	}
}

int model_add_watch(const struct machine_space *space, unsigned long page)
{
	struct model_state *m = model_state();
	int nr = model_find_watch(model_space_number(space), (unsigned int)page);

	if (nr >= 0)
		return nr;
	if (m->nr_watches == MODEL_WATCHES)
		machine_too_big("pages of mappings", MODEL_WATCHES);
	m->watches[m->nr_watches].space = (int8_t)model_space_number(space);
	assert(page <= UINT32_MAX);
	m->watches[m->nr_watches].page = (uint32_t)page;
	note_in_tables(m->nr_watches);
	return m->nr_watches++;
}

/* ---- marks ---- */

/* One that maps a large page leads to all of its pages: it is stale as a whole when one of them is given back. */
static bool leads_to(unsigned int level, uint64_t word, int frame)
{
	int pages = word & MACHINE_PTE_TABLE ? 1 : (int)model_span(level, word), first = model_span_frame(level, word);

	return frame >= first && frame < first + pages;
}

/* Is @word, of @level and for @page on, the watched page's own translation, or that of a large page which it is part of? */
static bool translates(const struct model_watch *watch, int space, unsigned int page, unsigned int level, uint64_t word)
{
	unsigned int first = model_span_page(level, word, page);

	return !(word & MACHINE_PTE_TABLE) && watch->space == space && watch->page >= first &&
	       watch->page - first < model_span(level, word);
}

/*
 * By watch: translations of one address of a scenario. By frame: whatever leads to it, from any
 * address, which is how a use of a page that was given back is seen however often the frame has
 * changed hands.
 */
static void mark(const struct model_marking *marking, bool is_watched, unsigned int level, uint64_t word,
		 uint32_t *marks)
{
	if (!(word & MACHINE_PTE_PRESENT))
		return;
	if (!(marking->watch >= 0 ? is_watched : leads_to(level, word, marking->frame)))
		return;
	if (marking->rights && !(word & marking->rights))
		return;
	if (!marking->having || *marks & marking->having)
		*marks = (*marks & ~marking->clear) | marking->set;
}

static bool is_in_one_place(const struct model_frame *table, struct model_place *place)
{
	int nr = (int)(table - model_state()->frames);
	struct model_place also;

	*place = model_place(table, 0);
	/* That there is a second one, or that one is gone, is said to whoever promises (model_touch_shared()). */
	if (model_places(table) == 1 || model_places_seen(table) == 1)
		return true;
	also = model_place(table, 1);
	/* Who hooks it, or takes it away, at one of them decides what is asked here. */
	model_touch_at(&model_state()->frames[place->parent].words[place->parent_index], AGENT_READ, 0);
	model_touch_at(&model_state()->frames[also.parent].words[also.parent_index], AGENT_READ, 0);
	if (!model_leads_there(&also, nr))
		return true;
	if (model_leads_there(place, nr))
		return false;
	*place = also;
	return true;
}

/* Is @word, in the entry @index of @table, a translation of what is watched? */
static bool is_watched_entry(const struct model_marking *marking, const struct model_frame *table, unsigned int index,
			     uint64_t word)
{
	const unsigned int pages = (unsigned int)model_level_pages(table->level);
	const struct model_watch *watch = marking->watch < 0 ? NULL : &model_state()->watches[marking->watch];
	struct model_place place;

	if (model_is_group(table->level, word) && watch)
		return translates(watch, table->space, table->base + index, 0, word);
	if (!table->level || !watch)
		return table->watch[index] == 1 + marking->watch;
	/* An entry has one mark: in a table that stands in two places, what one address space is promised is not the other's. */
	if (!is_in_one_place(table, &place))
		return false;
	return translates(watch, place.space, place.base + index * pages, table->level, word);
}

static void mark_table(const struct model_marking *marking, struct model_frame *table)
{
	for (unsigned int i = 0; i < model_entries(); i++)
		mark(marking, is_watched_entry(marking, table, i, table->words[i].word), table->level,
		     table->words[i].word, &table->marks[i]);
}

/*
 * A store in flight stands for the old value of its entry, which a walk may still find (M5), so it
 * can carry marks that the entry itself no longer has.
 */
static void mark_cpu(const struct model_marking *marking, struct model_cpu *cpu)
{
	const struct model_state *m = model_state();

	for (unsigned int i = 0; i < cpu->nr_stores; i++) {
		struct model_store *store = &cpu->stores[i];
		const struct model_frame *table = &m->frames[store->frame];

		mark(marking, is_watched_entry(marking, table, (unsigned int)store->index, store->word), table->level,
		     store->word, &store->marks);
	}
	for (unsigned int i = 0; i < cpu->nr_held; i++) {
		struct model_held *held = &cpu->held[i];
		bool is_watched = marking->watch >= 0 && translates(&m->watches[marking->watch], held->space,
								    held->page, held->level, held->word);

		mark(marking, is_watched, held->level, held->word, &held->marks);
		held->passed_over &= held->marks;
	}
	late_page_mark((unsigned int)(cpu - m->cpus), marking);
	/* Marks are a part of what tells two held translations apart, and of the order in which they stand. */
	model_settle_held(cpu);
}

/*
 * Everywhere at once: in the tables, in what is in flight and in what is held. So the mark is a
 * property of the translation, not of the place where it is met first.
 */
void model_mark(const struct model_marking *marking)
{
	struct model_state *m = model_state();

	assert((marking->watch < 0) != (marking->frame < 0));
	if (marking->watch >= 0)
		model_touch_at(&m->shared, AGENT_READ, 0);
	for (unsigned int i = 0; i < model_frames(); i++) {
		if (m->frames[i].kind == MACHINE_FRAME_TABLE)
			mark_table(marking, &m->frames[i]);
	}
	for (unsigned int i = 0; i < model_config()->cpus; i++)
		mark_cpu(marking, &m->cpus[i]);
}

/* ---- promises ---- */

uint32_t model_my_mark(void)
{
	assert(model_me() - model_state()->agents <= AGENT_MAX_AGENTS);
	return 1u << (model_me() - model_state()->agents);
}

/*
 * A step of its own, so that "there when the operation began" is a moment that every other agent's
 * step is either before or behind. What is mapped later is not promised: munmap() of Linux says
 * nothing of what another thread maps while it runs.
 */
static void promise(uint64_t watches)
{
	struct model_state *m = model_state();

	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if (!(watches >> i & 1))
			continue;
		model_mark(&(struct model_marking){ .watch = (int)i, .frame = -1, .set = model_my_mark() });
		model_touch_at(&m->watches[i].mapped, AGENT_TAKE, 0);
		/* A store through what is marked leaves no line that is looked at (cache.c). */
		model_touch_at(&m->watches[i].lines, AGENT_TAKE, 0);
	}
	model_tell(op_begins, .watches = watches);
}

void model_promise(uint64_t watches)
{
	MODEL_LEAVES_NOTHING;

	model_step_here();
	promise(watches);
}

void model_promise_rights(uint64_t watches)
{
	MODEL_LEAVES_NOTHING;

	model_step_here();
	model_me()->takes_rights = true;
	promise(watches);
}

uint32_t model_rights_marks(void)
{
	const struct model_state *m = model_state();
	uint32_t marks = 0;

	for (unsigned int i = 0; i <= AGENT_MAX_AGENTS; i++)
		marks |= m->agents[i].takes_rights ? 1u << i : 0;
	return marks;
}

/*
 * By the entry @index of @table, or, of the last level, by one of its group. Only one that carries this operation's mark counts: the page may have been
 * mapped again meanwhile, and that is nobody's mistake. @rights: and only one that still gives one of these; 0: any.
 */
static void check_missed(int nr, const struct model_frame *table, unsigned int index, uint64_t rights)
{
	unsigned int group = !table->level && model_has_groups() ? MACHINE_GROUP : 1, first = index / group * group;

	for (unsigned int i = first; i < first + group; i++) {
		uint64_t word = table->words[i].word;

		if (i != index)
			model_touch_at(&table->words[i], AGENT_READ, 0);
		if (word & MACHINE_PTE_PRESENT && (i == index || model_is_group(table->level, word)) &&
		    table->marks[i] & model_my_mark() && (!rights || word & rights))
			model_violation(MODEL_MISSED, still_mapped, .watch = nr, .entry = &table->words[i]);
	}
}

/* Walks the tables as software sees them, which is what the next fault will go by. @index: of the entry that the walk ends at. */
static const struct model_frame *find_entry(int nr, unsigned int *index)
{
	const struct model_state *m = model_state();
	const struct model_watch *watch = &m->watches[nr];
	int frame = m->roots[watch->space];

	for (;;) {
		const struct model_frame *table = &m->frames[frame];
		uint64_t word;

		*index = model_index(watch->page, table->level);
		word = table->words[*index].word;
		model_touch_at(&table->words[*index], AGENT_READ, 0);
		if (!(word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_TABLE))
			return table;
		frame = model_pte_frame(word);
	}
}

/* No flush has waited for the store that takes the rights: it was not needed. Whoever comes behind the operation comes behind that store as well. */
static bool is_being_stored(const struct model_frame *table, unsigned int index)
{
	return late_is_on_its_way(&machine_frame_words((int)(table - model_state()->frames))[index]);
}

/* May the CPU still do with it what these rights are for? A store by what is clean goes to the table first, or faults, where hardware keeps no dirty bit (M13). */
static bool still_gives(const struct model_held *held, uint64_t rights)
{
	if (!rights)
		return true;
	if (rights == MACHINE_PTE_WRITE && !(held->word & MACHINE_PTE_DIRTY))
		return false;
	return held->word & rights;
}

/*
 * A leaf that some CPU still holds is not wrong by itself: its use is (permission). But if an
 * invalidation for this address space has come by and left it, the range or the level that was
 * asked for was wrong, and that is said here, before any access may happen to hit it.
 */
static void check_range(int nr, uint64_t rights)
{
	const struct model_state *m = model_state();
	const struct model_watch *watch = &m->watches[nr];

	model_touch_at(&watch->passed_over, AGENT_READ, 0);
	for (unsigned int c = 0; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &m->cpus[c];

		model_touch_at(&cpu->use, AGENT_READ, 0);
		for (unsigned int i = 0; i < cpu->nr_held; i++) {
			const struct model_held *held = &cpu->held[i];

			if (held->passed_over & model_my_mark() &&
			    translates(watch, held->space, held->page, held->level, held->word) &&
			    model_holds_page(held, watch->page) && still_gives(held, rights))
				model_violation(MODEL_WRONG_RANGE, still_held, .watch = nr, .holder = c,
						.entry = &m->frames[held->frame].words[held->index],
						.word = held->word);
		}
	}
}

/* No mark is left of an operation that is over: it would tell states apart, and be taken for one of the agent's next. */
static void forget_promise(unsigned int nr, uint32_t instead)
{
	model_touch_at(&model_state()->watches[nr].lines, AGENT_TAKE, 0);
	model_mark(&(struct model_marking){
		.watch = (int)nr, .frame = -1, .having = model_my_mark(), .clear = model_my_mark(), .set = instead });
}

/*
 * In this order: what is found is this operation's own mark; only then it becomes the mark that
 * every access asks for.
 */
static void keep_promise(unsigned int nr)
{
	unsigned int index;
	const struct model_frame *table = find_entry((int)nr, &index);

	model_touch_at(&model_state()->watches[nr].revoked, AGENT_WRITE, 0);
	check_missed((int)nr, table, index, 0);
	check_range((int)nr, 0);
	forget_promise(nr, MODEL_REVOKED);
}

/* A store through a translation that is writable and clean is none before it has been to the table (M13), which says no. */
static void keep_right(unsigned int nr, uint64_t right, uint32_t mark)
{
	unsigned int index;
	const struct model_frame *table = find_entry((int)nr, &index);

	model_touch_at(&model_state()->watches[nr].revoked, AGENT_WRITE, 0);
	if (is_being_stored(table, index))
		return;
	check_missed((int)nr, table, index, right);
	check_range((int)nr, right);
	model_mark(&(struct model_marking){
		.watch = (int)nr, .frame = -1, .having = model_my_mark(), .set = mark, .rights = right });
}

/* One step, unless there are more pages than one step can touch; none, if nothing is kept: nobody sees what is forgotten. */
void model_promise_kept(uint64_t promised, uint64_t kept)
{
	MODEL_LEAVES_NOTHING;
	unsigned int done = 0;

	/*
	 * Only what was promised can be kept: an operation reports what it covered, within what the
	 * scenario named.
	 */
	assert(!(kept & ~promised));
	for (unsigned int i = 0; i < model_state()->nr_watches; i++) {
		if (promised >> i & 1 && !(kept >> i & 1))
			forget_promise(i, 0);
	}
	for (unsigned int i = 0; i < model_state()->nr_watches; i++) {
		if (!(kept >> i & 1))
			continue;
		if (done++ % KEPT_AT_ONCE == 0)
			model_step_here();
		keep_promise(i);
	}
	if (kept)
		model_tell(op_returns, .watches = kept);
}

/* As model_promise_kept(). */
void model_rights_kept(uint64_t promised, uint64_t no_stores, uint64_t no_fetches)
{
	MODEL_LEAVES_NOTHING;
	uint64_t kept = no_stores | no_fetches;
	unsigned int done = 0;

	assert(!(kept & ~promised));
	for (unsigned int i = 0; i < model_state()->nr_watches; i++) {
		if (kept >> i & 1 && done++ % KEPT_AT_ONCE == 0)
			model_step_here();
		if (no_stores >> i & 1)
			keep_right(i, MACHINE_PTE_WRITE, MODEL_NO_STORES);
		if (no_fetches >> i & 1)
			keep_right(i, MACHINE_PTE_EXEC, MODEL_NO_FETCHES);
		if (promised >> i & 1)
			forget_promise(i, 0);
	}
	model_me()->takes_rights = false;
	if (kept)
		model_tell(op_returns, .watches = kept);
}
