/* SPDX-License-Identifier: MIT */
/* memory.c - frames, their contents and their owners; disk; page-table entries as stores see them. */
#include <machine/model/model.h>
#include <machine/model/races.h>

#include <assert.h>
#include <string.h>

#define REUSED 0xdeadbeefull

int model_pte_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT) & (MACHINE_MAX_FRAMES - 1);
}

unsigned int model_level_pages(unsigned int level)
{
	assert(level <= MACHINE_MAX_LEVELS);
	return 1u << MACHINE_TABLE_BITS * level;
}

/* ---- frames ---- */

/*
 * Every agent takes fresh frames of its own, so that two allocations never meet; a frame that was given back is taken only
 * by the scenario's `reuse`.
 */
static int fresh_frame(const struct model_state *m)
{
	int self = agent_self();
	int step = self < 0 ? 1 : m->owners;

	for (int i = self < 0 ? 0 : m->first_fresh + self; i < MACHINE_MAX_FRAMES; i += step) {
		if (m->frames[i].kind == MACHINE_FRAME_FREE && !m->frames[i].had)
			return i;
	}
	return MACHINE_NO_FRAME;
}

/* How many frames fresh_frame() has for the running agent in all. */
static unsigned long frames_for_one(const struct model_state *m)
{
	int self = agent_self(), first = m->first_fresh + self;

	if (self < 0)
		return MACHINE_MAX_FRAMES;
	return first < MACHINE_MAX_FRAMES ? (unsigned long)((MACHINE_MAX_FRAMES - 1 - first) / m->owners + 1) : 0;
}

/* No step: nobody else can see a fresh frame, so what comes between makes no difference. */
int machine_frame_alloc(enum machine_frame_kind kind)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	struct model_frame *frame;
	int nr = fresh_frame(m);

	model_called_from(MODEL_CALLER);
	if (nr == MACHINE_NO_FRAME)
		machine_too_big("pages and tables that one agent makes", frames_for_one(m));
	frame = &m->frames[nr];
	frame->kind = (uint8_t)kind;
	frame->had = true;
	memset(frame->words, 0, sizeof(frame->words));
	memset(frame->watch, -1, sizeof(frame->watch));
	model_touch_at(frame, AGENT_WRITE, 0);
	model_tell(frame_alloc, .frame = nr, .table = kind == MACHINE_FRAME_TABLE);
	return nr;
}

void machine_frame_free(int nr)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	struct model_frame *frame = &m->frames[nr];

	model_called_from(MODEL_CALLER);
	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	model_step_here();
	races_release();
	model_tell(frame_free, .frame = nr, .table = frame->kind == MACHINE_FRAME_TABLE);
	if (frame->kind == MACHINE_FRAME_TABLE)
		model_check_walkers(nr);
	if (frame->kind == MACHINE_FRAME_FREE)
		machine_panic(__FILE__, __LINE__, "a frame is freed that is free");
	frame->was = frame->kind;
	frame->kind = MACHINE_FRAME_FREE;
	memset(frame->marks, 0, sizeof(frame->marks));
	/* Whatever still leads to it says so, so each later use is seen, also when somebody else has the frame by then. */
	model_mark(&(struct model_marking){ .watch = -1, .frame = nr, .set = MODEL_STALE });
	model_touch_at(frame, AGENT_WRITE, 0);
	model_touch_at(&m->freed, AGENT_JOIN, 0);
}

/* One of the frames that were given back, tables included. */
static MODEL_OUT_OF_LINE int free_frame(const struct model_state *m)
{
	int free[MACHINE_MAX_FRAMES];
	unsigned int nr = 0;

	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (m->frames[i].kind == MACHINE_FRAME_FREE && m->frames[i].had)
			free[nr++] = i;
	}
	if (!nr)
		return MACHINE_NO_FRAME;
	return free[nr > 1 ? agent_choose(nr) : 0];
}

int machine_frame_reuse(void)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	struct model_frame *frame;
	int nr;

	model_called_from(MODEL_CALLER);
	model_step_here();
	model_touch_at(&m->freed, AGENT_WRITE, 0);
	nr = free_frame(m);
	if (nr == MACHINE_NO_FRAME) {
		model_tell(frame_none, 0);
		return MACHINE_NO_FRAME;
	}
	frame = &m->frames[nr];
	frame->kind = MACHINE_FRAME_KERNEL;
	for (unsigned int i = 0; i < MACHINE_TABLE_ENTRIES; i++)
		frame->words[i].word = REUSED;
	model_touch_at(frame, AGENT_WRITE, 0);
	model_tell(frame_reuse, .frame = nr);
	return nr;
}

bool machine_batch_refused(void)
{
	unsigned int refused = model_config()->alloc == MODEL_ALLOC_FAIL;

	model_called_from(MODEL_CALLER);
	if (agent_self() < 0)
		return false;
	/* A step of its own has a choice of its own; without one there is nothing that anybody could see. */
	if (model_config()->alloc == MODEL_ALLOC_ANY) {
		model_step_here();
		refused = agent_choose(2);
	}
	model_tell(batch_asked, .refused = refused);
	return refused;
}

/* A device's own access: nothing translates, but the page must be its to use. */
static struct model_frame *device_access(int nr, unsigned int op)
{
	struct model_frame *frame = &model_state()->frames[nr];

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	model_step_here();
	model_touch_at(frame, AGENT_READ, 0);
	model_touch_at(frame->words, op, 0);
	if (frame->kind != MACHINE_FRAME_DATA)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_touched, .frame = nr);
	return frame;
}

static uint64_t *block_at(unsigned int block)
{
	if (block >= MODEL_BLOCKS)
		machine_too_big("pages of files", MODEL_BLOCKS);
	return &model_state()->disk[block];
}

void machine_disk_read(unsigned int block, int to)
{
	MODEL_LEAVES_NOTHING;
	uint64_t value = *block_at(block);

	model_called_from(MODEL_CALLER);
	device_access(to, AGENT_WRITE)->words[0].word = value;
	model_tell(disk_read, .frame = to, .value = value);
}

void machine_disk_write(unsigned int block, int from)
{
	MODEL_LEAVES_NOTHING;
	uint64_t value = device_access(from, AGENT_READ)->words[0].word;

	model_called_from(MODEL_CALLER);
	*block_at(block) = value;
	model_touch_at(block_at(block), AGENT_WRITE, 0);
	model_tell(disk_write, .frame = from, .value = value);
}

uint64_t machine_disk_value(unsigned int block)
{
	return model_state()->disk[block];
}

/* ---- entries ---- */

uint64_t *machine_frame_words(int nr)
{
	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	return &model_state()->frames[nr].words[0].word;
}

int model_frame_of(const void *entry)
{
	return (int)(((const char *)entry - (const char *)model_state()->frames) /
		     (ptrdiff_t)sizeof(struct model_frame));
}

struct slot {
	int frame, index;
	struct model_frame *table;
};

static struct slot slot_of(const void *entry)
{
	struct slot slot;

	slot.frame = model_frame_of(entry);
	slot.table = &model_state()->frames[slot.frame];
	slot.index = (int)((const machine_pte *)entry - slot.table->words);
	assert(slot.frame >= 0 && slot.frame < MACHINE_MAX_FRAMES);
	assert(slot.index >= 0 && slot.index < MACHINE_TABLE_ENTRIES);
	return slot;
}

/* A table is hooked: it now knows whose it is and what it covers. */
static void hook(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *child = &m->frames[model_pte_frame(word)];

	assert(slot->table->level > 0);
	child->space = slot->table->space;
	child->level = (uint8_t)(slot->table->level - 1);
	child->base = (uint16_t)(slot->table->base + (unsigned int)slot->index * model_level_pages(slot->table->level));
	child->parent = (int8_t)slot->frame;
	child->parent_index = (int8_t)slot->index;
	for (unsigned int i = 0; child->level == 0 && i < MACHINE_TABLE_ENTRIES; i++) {
		child->watch[i] = (int8_t)model_find_watch(child->space, child->base + i);
		if (child->watch[i] >= 0 && child->words[i].word & MACHINE_PTE_PRESENT)
			model_touch_at(&m->watches[child->watch[i]].mapped, AGENT_JOIN, 0);
	}
}

static bool same_mapping(uint64_t a, uint64_t b)
{
	return a & b & MACHINE_PTE_PRESENT && model_pte_frame(a) == model_pte_frame(b);
}

/* The old value of an entry as a translation, with all that a CPU could have cached of it. */
static struct model_held held_of(int frame, int index, const struct model_store *old)
{
	const struct model_frame *table = &model_state()->frames[frame];

	return (struct model_held){
		.word = old->word,
		.space = table->space,
		.level = table->level,
		.page = (uint16_t)(table->base + (unsigned int)index * model_level_pages(table->level)),
		.parts = (1u << MACHINE_TABLE_ENTRIES) - 1,
		.kinds = table->level || old->word & MACHINE_PTE_EXEC ? 3 : 1,
		.marks = old->marks,
		.frame = (int8_t)frame,
		.index = (int8_t)index,
	};
}

/* M10: is the old value of an entry of @table, which becomes @word, anything that hardware keeps? */
static bool leaves_something(const struct model_frame *table, uint64_t old, uint64_t word)
{
	/* Not hooked: no walk has come here. Accessed and dirty are written by the walks themselves. */
	if (table->space < 0 || !((old ^ word) & ~(MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY)))
		return false;
	/* "Nothing is here" is kept of leaves alone, and only by some. */
	if (!(old & MACHINE_PTE_PRESENT))
		return !table->level && machine_arch()->caches_not_present;
	/* What points to a table is read by hardware walks; a TLB that software fills holds leaves. */
	return !table->level || machine_arch()->hw_walk;
}

/*
 * What a walk finds in the entry changes now, for every walker: what it found before may be held from here on (M9). That is
 * so at every CPU that has, or had, the address space and could come to this table, through the tables as they are or by
 * an upper entry that it may hold: whether it ever did is not known, and need not be, since it may have.
 */
static void entry_visible(int frame, int index, const struct model_store *old, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *table = &m->frames[frame];
	struct model_held entry = held_of(frame, index, old);

	if (!leaves_something(table, old->word, word))
		return;
	entry.replaced = old->word & word & MACHINE_PTE_PRESENT && !same_mapping(old->word, word);
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &m->cpus[i];

		model_touch_at(cpu->held, AGENT_JOIN, 0);
		if (model_spaces_match(cpu, table->space) && model_reaches(cpu, frame))
			model_hold(cpu, &entry);
	}
}

/* An entry goes from one page to another with no invalid entry in between: then both may be found, where that is forbidden. */
static void check_conflict(const struct slot *slot, uint64_t old, uint64_t word)
{
	if (machine_arch()->break_before_make && !slot->table->level && old & word & MACHINE_PTE_PRESENT &&
	    !same_mapping(old, word))
		model_violation(MODEL_CONFLICT, page_replaced, .entry = &slot->table->words[slot->index]);
}

/* The entry leads to a frame from now on: nobody has promised anything about that, and what was known is known of the old value. */
static void note_target(const struct slot *slot, uint64_t word)
{
	struct model_state *m = model_state();
	struct model_frame *table = slot->table, *target = &m->frames[model_pte_frame(word)];
	int watch = table->watch[slot->index];

	model_touch_at(target, AGENT_READ, 0);
	table->marks[slot->index] = target->kind == MACHINE_FRAME_FREE ? MODEL_STALE : 0;
	if (word & MACHINE_PTE_TABLE)
		hook(slot, word);
	else if (watch >= 0)
		model_touch_at(&m->watches[watch].mapped, AGENT_JOIN, 0);
}

/* Room for one more store in flight: the oldest leaves before the new one is made. */
static bool buffered(bool late)
{
	struct model_cpu *cpu = model_this_cpu();

	if (!late || agent_self() < 0 || !model_config()->store_buffer)
		return false;
	model_touch_at(&cpu->buffer, AGENT_WRITE, 0);
	if (cpu->nr_stores == model_config()->store_buffer)
		model_drain_some(machine_cpu(), 1);
	return true;
}

/*
 * Memory has the new value at once; walkers may be late, if @late. What is in flight is therefore the *old* value: a walk
 * that meets it may find that instead, and when it leaves, that is what may be held.
 */
static void store(const struct slot *slot, uint64_t word, bool late)
{
	struct model_frame *table = slot->table;
	struct model_store old = {
		.word = table->words[slot->index].word,
		.marks = table->marks[slot->index],
		.frame = (int16_t)slot->frame,
		.index = (int16_t)slot->index,
	};
	struct model_cpu *cpu = model_this_cpu();

	late = buffered(late);
	model_touch_at(&table->words[slot->index], AGENT_WRITE, 0);
	table->words[slot->index].word = word;
	if (!(word & MACHINE_PTE_PRESENT))
		table->marks[slot->index] = 0;
	else if (!same_mapping(old.word, word))
		note_target(slot, word);
	if (late) {
		assert(cpu->nr_stores < MODEL_IN_FLIGHT);
		cpu->stores[cpu->nr_stores++] = old;
	} else {
		entry_visible(slot->frame, slot->index, &old, word);
	}
	check_conflict(slot, old.word, word);
}

/*
 * So many stores have left. A lock that was released behind them has nothing left to hand over; who takes it next sees that,
 * and does less than it would have done before.
 */
static void advance_releases(struct model_cpu *cpu, unsigned int out)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < cpu->nr_releases; i++) {
		struct model_release release = cpu->releases[i];

		if (release.stores <= out) {
			model_touch_at(release.lock, AGENT_JOIN, 0);
			continue;
		}
		release.stores -= out;
		cpu->releases[kept++] = release;
	}
	memset(cpu->releases + kept, 0, (cpu->nr_releases - kept) * sizeof(cpu->releases[0]));
	cpu->nr_releases = (uint8_t)kept;
}

/* The oldest stores of the CPU are visible to every walker from here on. */
void model_drain_some(unsigned int cpu_nr, unsigned int nr)
{
	struct model_state *m = model_state();
	struct model_cpu *cpu = &m->cpus[cpu_nr];

	assert(nr <= cpu->nr_stores);
	for (unsigned int i = 0; i < nr; i++) {
		const struct model_store *old = &cpu->stores[i];
		machine_pte *entry = &m->frames[old->frame].words[old->index];

		model_touch_at(entry, AGENT_WRITE, 0);
		entry_visible(old->frame, old->index, old, entry->word);
		model_tell(entry_seen, .entry = entry, .old = old->word);
	}
	model_touch_at(&cpu->buffer, AGENT_WRITE, 0);
	cpu->nr_stores = (uint8_t)(cpu->nr_stores - nr);
	memmove(cpu->stores, cpu->stores + nr, cpu->nr_stores * sizeof(cpu->stores[0]));
	memset(cpu->stores + cpu->nr_stores, 0, nr * sizeof(cpu->stores[0]));
	advance_releases(cpu, nr);
}

/*
 * To find none is a read of the buffer: a store made before would have left. So steps that drain an empty one commute with
 * each other, and not with who fills it.
 */
void model_drain(unsigned int cpu)
{
	model_touch_at(&model_state()->cpus[cpu].buffer, AGENT_READ, 0);
	if (model_state()->cpus[cpu].nr_stores)
		model_drain_some(cpu, model_state()->cpus[cpu].nr_stores);
}

void machine_fence_walks(void)
{
	MODEL_LEAVES_NOTHING;
	model_called_from(MODEL_CALLER);
	model_fence();
}

/* To find nothing in flight is no step. */
void model_fence(void)
{
	model_touch_at(&model_this_cpu()->buffer, AGENT_READ, 0);
	if (!model_this_cpu()->nr_stores)
		return;
	model_step_here();
	model_drain(machine_cpu());
	model_tell(tables_fenced, 0);
}

/* ---- what the kernel does with the words of frames ---- */

bool model_is_in_frame(const void *word)
{
	uintptr_t at = (uintptr_t)word - (uintptr_t)model_state()->frames;

	return at < sizeof(model_state()->frames) &&
	       at % sizeof(struct model_frame) - offsetof(struct model_frame, words) <
		       sizeof(model_state()->frames[0].words);
}

static bool table_is_there(const struct slot *slot)
{
	if (slot->table->kind == MACHINE_FRAME_TABLE)
		return true;
	model_violation(MODEL_FREED_TABLE, freed_table_entered, .table = slot->frame);
	return false;
}

static void tell_entry(const struct model_access *a)
{
	switch (a->op) {
	case SEAM_LOAD:
		model_tell(entry_read, .entry = a->word, .word = a->before);
		break;
	case SEAM_STORE:
		model_tell(entry_set, .entry = a->word, .old = a->before, .word = a->after);
		break;
	case SEAM_COMPARE_EXCHANGE:
		model_tell(entry_cmpxchg, .entry = a->word, .old = a->before, .word = a->operand,
			   .done = a->before == a->expected);
		break;
	default:
		model_tell(entry_xchg, .entry = a->word, .old = a->before, .word = a->after);
		break;
	}
}

/*
 * An entry of a table. A store waits in the buffer, whatever its order: an order is one between CPUs' accesses, and walks are
 * none. What is locked comes behind what waits there, where the memory order is TSO, and waits for nothing itself.
 */
static void entry_access(struct model_access *a)
{
	struct slot slot = slot_of(a->word);
	bool locked = model_access_is_locked(a);

	model_access_step(a);
	model_touch_at(a->word, AGENT_READ, 0);
	if (!table_is_there(&slot) && a->op == SEAM_LOAD)
		return;
	if (locked)
		model_barrier();
	a->before = slot.table->words[slot.index].word;
	a->after = seam_result(a->op, a->size, a->before, a->operand, a->expected);
	tell_entry(a);
	if (model_access_changes(a))
		store(&slot, a->after, !(locked && machine_arch()->tso));
}

/* The content of a page. Nothing translates the kernel's own access, but the page must be its to use. */
static void page_access(struct model_access *a)
{
	struct slot slot = slot_of(a->word);
	bool changes;

	model_access_step(a);
	if (slot.table->kind != MACHINE_FRAME_DATA)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_touched, .frame = slot.frame);
	a->before = slot.table->words[slot.index].word;
	a->after = seam_result(a->op, a->size, a->before, a->operand, a->expected);
	changes = model_access_changes(a);
	model_touch_at(slot.table, AGENT_READ, 0);
	model_touch_at(slot.table->words, changes ? AGENT_WRITE : AGENT_READ, 0);
	if (changes)
		slot.table->words[slot.index].word = a->after;
	if (a->op != SEAM_STORE)
		model_tell(frame_read, .frame = slot.frame, .value = a->before);
	if (changes)
		model_tell(frame_write, .frame = slot.frame, .value = a->after);
}

bool model_is_in_live_table(const void *word)
{
	const struct model_frame *frame;

	if (!model_is_in_frame(word))
		return false;
	frame = slot_of((const void *)((uintptr_t)word & ~(uintptr_t)7)).table;
	return frame->kind == MACHINE_FRAME_TABLE && frame->space >= 0;
}

/* Taken back and made again, as a store of a whole word. */
void model_frame_stored(uint64_t *word, uint64_t old)
{
	struct slot slot = slot_of(word);
	uint64_t new = *word;

	if (!model_is_in_live_table(word)) {
		model_touch_at(slot.table, AGENT_WRITE, 0);
		return;
	}
	*word = old;
	model_tell(entry_set, .entry = word, .old = old, .word = new);
	store(&slot, new, true);
}

/* A frame that was given back is taken for what it was. */
void model_frame_access(struct model_access *a)
{
	const struct model_frame *frame = slot_of(a->word).table;
	uint8_t kind = frame->kind;

	if (a->size != sizeof(uint64_t))
		machine_too_big("parts of a word of a page or a table that are accessed alone", 0);
	if (kind == MACHINE_FRAME_FREE || kind == MACHINE_FRAME_KERNEL)
		kind = frame->was;
	if (kind == MACHINE_FRAME_TABLE)
		entry_access(a);
	else
		page_access(a);
}

/* On machines whose entries are changed and invalidated by one instruction, this is that instruction. */
uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value)
{
	MODEL_LEAVES_NOTHING;
	struct slot slot = slot_of(entry);
	uint64_t old;

	model_called_from(MODEL_CALLER);
	model_step_here();
	table_is_there(&slot);
	model_barrier();
	old = slot.table->words[slot.index].word;
	model_tell(entry_xchg, .entry = entry, .old = old, .word = value);
	store(&slot, value, false);
	model_forget_entry(slot.frame, slot.index);
	return old;
}
