/* SPDX-License-Identifier: MIT */
/* before.c - what of the plain accesses each CPU has before it; see before.h. before_settle.c has what of that can be forgotten. */
#include <machine/model/before_items.h>
#include <machine/model/ahead.h>
#include <machine/model/late.h>
#include <machine/model/races.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

static struct before *here(void)
{
	return agent_self() < 0 ? NULL : model_state()->before;
}

/* Which locks an agent holds, and where it is, is said by its stack. */
void before_start(void)
{
	struct model_state *m = model_state();

	assert(!m->before);
	m->before = agent_alloc(sizeof(*m->before));
	agent_not_state(m->before->held, sizeof(m->before->held) + sizeof(m->before->at));
}

/* ---- views ---- */

static before_view joined(before_view a, before_view b)
{
	before_view both = 0;

	if (!a || !b || a == b)
		return a | b;
	for (unsigned int cpu = 0; cpu < BEFORE_CPUS; cpu++) {
		unsigned int one = before_part(a, cpu), other = before_part(b, cpu);

		both |= before_of_part(cpu, one > other ? one : other);
	}
	return both;
}

static unsigned int last_rank(const struct before *b, unsigned int cpu)
{
	unsigned int last = 0;

	for (unsigned int i = 0; i < b->nr_items; i++) {
		if (b->items[i].cpu == cpu && b->items[i].rank > last)
			last = b->items[i].rank;
	}
	return last;
}

/* What a CPU gives whom it hands over to: all that it has, and all that it has done. */
static before_view all_of(const struct before *b, unsigned int cpu)
{
	return joined(b->cpus[cpu], before_of_part(cpu, last_rank(b, cpu)));
}

static void learn(struct before *b, before_view *view, before_view more)
{
	before_set(b, view, joined(*view, more));
}

/* ---- words ---- */

static unsigned int slot_of(const struct before *b, const void *at)
{
	unsigned int i = 0;

	while (i < b->nr_words && b->words[i].at < at)
		i++;
	return i;
}

static before_view word_has(const struct before *b, const void *at)
{
	unsigned int i = slot_of(b, at);

	return i < b->nr_words && b->words[i].at == at ? b->words[i].has : 0;
}

static void set_word(struct before *b, const void *at, before_view has)
{
	unsigned int i = slot_of(b, at);

	if (i < b->nr_words && b->words[i].at == at) {
		before_set(b, &b->words[i].has, has);
		return;
	}
	if (!has)
		return;
	if (b->nr_words == BEFORE_WORDS)
		machine_too_big("words that order data", BEFORE_WORDS);
	memmove(&b->words[i + 1], &b->words[i], (b->nr_words - i) * sizeof(b->words[0]));
	b->words[i] = (struct before_word){ at, has };
	b->nr_words++;
	b->unsettled = 1;
}

/* ---- items ---- */

static bool is_write(unsigned int kind)
{
	return kind & MODEL_MEETS_WRITE;
}

static bool is_atomic(unsigned int kind)
{
	return kind & MODEL_MEETS_ATOMIC;
}

static bool conflict(const struct before_item *a, const struct before_item *b)
{
	return a->cpu != b->cpu && (is_write(a->kind) || is_write(b->kind)) &&
	       !(is_atomic(a->kind) && is_atomic(b->kind)) && a->start < before_end_of(b) &&
	       b->start < before_end_of(a);
}

static bool is_behind(const struct before_item *a, const struct before_item *b)
{
	if (a->start != b->start)
		return a->start > b->start;
	if (a->cpu != b->cpu)
		return a->cpu > b->cpu;
	return a->kind != b->kind ? a->kind > b->kind : a->bytes > b->bytes;
}

static void insert(struct before *b, const struct before_item *item)
{
	unsigned int i = b->nr_items;

	if (i == BEFORE_ITEMS)
		machine_too_big("accesses that others have not before them", BEFORE_ITEMS);
	for (; i > 0 && is_behind(&b->items[i - 1], item); i--)
		b->items[i] = b->items[i - 1];
	b->items[i] = *item;
	b->nr_items++;
	b->unsettled = 1;
}

/* What @item says is said by @new instead, which comes behind it. */
static bool replaces(const struct before_item *new, const struct before_item *item)
{
	if (new->start >= before_end_of(item) || item->start >= before_end_of(new))
		return false;
	return new->kind == MODEL_MEETS_WRITE || (new->cpu == item->cpu &&new->kind == item->kind);
}

/* What is left of those that are replaced in part stands on both sides. */
static void replace(struct before *b, const struct before_item *new)
{
	for (unsigned int i = b->nr_items; i-- > 0;) {
		struct before_item old = b->items[i], rest = old;

		if (!replaces(new, &old))
			continue;
		before_take_out(b, i);
		if (old.start < new->start) {
			rest.bytes = (uint16_t)(new->start - old.start);
			insert(b, &rest);
		}
		if (before_end_of(&old) > before_end_of(new)) {
			rest.start = before_end_of(new);
			rest.bytes = (uint16_t)(before_end_of(&old) - before_end_of(new));
			insert(b, &rest);
		}
	}
}

/* Is there one already that meets all whom this would meet, and that nobody else has? */
static bool is_said(const struct before *b, const struct before_item *new)
{
	for (unsigned int i = 0; i < b->nr_items; i++) {
		const struct before_item *item = &b->items[i];

		if (item->cpu == new->cpu && item->rank == new->rank &&
		    item->start <= new->start &&before_end_of(item) >= before_end_of(new) && !is_atomic(item->kind) &&
		    (item->kind == new->kind || item->kind == MODEL_MEETS_WRITE) && !(new->who & ~item->who))
			return true;
	}
	return false;
}

/* From somewhere else less may be ahead. */
void before_comes_to(uint64_t node)
{
	struct before *b = here();

	if (!b || !model_watches())
		return;
	b->at[agent_self()] = (uint16_t)ahead_place(node);
	b->unsettled |= b->nr_items;
	before_settle();
}

/* ---- where they were made: for a report alone, and no part of the state ---- */

static void tell_made(const struct before_item *item, const void *pc)
{
	struct model_telling *telling = model_telling();

	if (!model_listening())
		return;
	telling->told[telling->nr_told++ % EVENT_TOLD] = (struct model_told){ item->start, before_end_of(item),
									      pc,	   (uint8_t)agent_self(),
									      item->cpu,   item->kind };
}

/* The last one, which is what the item is of. */
static struct model_told told_of(const struct before_item *item, uintptr_t at)
{
	const struct model_telling *telling = model_telling();

	for (unsigned int i = telling->nr_told; i > 0 && telling->nr_told - i < EVENT_TOLD; i--) {
		const struct model_told *told = &telling->told[(i - 1) % EVENT_TOLD];

		if (told->cpu == item->cpu && told->kind == item->kind && told->start <= at && at < told->end)
			return *told;
	}
	return (struct model_told){ .agent = (uint8_t)agent_self() };
}

/* ---- accesses ---- */

static void report(const struct before_item *mine, const struct before_item *other, const void *pc)
{
	struct model_told told = told_of(other, mine->start > other->start ? mine->start : other->start);

	model_violation(MODEL_DATA_RACE, data_race, .address = (const void *)mine->start, .pc = pc,
			.write = is_write(mine->kind), .atomic = is_atomic(mine->kind), .other = told.agent,
			.other_pc = told.pc, .other_write = is_write(other->kind),
			.other_atomic = is_atomic(other->kind));
}

static bool meets_others(const struct before *b, const struct before_item *mine, const void *pc)
{
	for (unsigned int i = 0; i < b->nr_items; i++) {
		const struct before_item *other = &b->items[i];

		if (conflict(mine, other) && before_part(b->cpus[mine->cpu], other->cpu) < other->rank) {
			report(mine, other, pc);
			return true;
		}
	}
	return false;
}

struct rank_of {
	unsigned int cpu, rank;
	bool had;
};

static void look_for_rank(before_view *view, void *context)
{
	struct rank_of *r = context;

	r->had |= before_part(*view, r->cpu) >= r->rank;
}

/* The last one, if nobody has it: settling would make one of the two. Else a new one. */
static unsigned int next_rank(struct before *b, unsigned int cpu)
{
	struct rank_of r = { cpu, last_rank(b, cpu), false };

	before_each_view(b, look_for_rank, &r);
	if (r.rank && !r.had)
		return r.rank;
	if (r.rank == BEFORE_RANKS)
		machine_too_big("releases of a CPU that others tell apart", BEFORE_RANKS);
	return r.rank + 1;
}

/* A race is the end of the execution. */
static void make_item(struct before *b, struct before_item new, const void *pc)
{
	new.rank = (uint8_t)next_rank(b, new.cpu);
	if (meets_others(b, &new, pc) || !new.who || is_said(b, &new))
		return;
	replace(b, &new);
	if (!before_is_had(b, &new))
		insert(b, &new);
	tell_made(&new, pc);
}

/* In pieces that may meet the same agents. */
static void access(const void *p, size_t n, unsigned int kind, const void *pc)
{
	struct before *b = here();
	uintptr_t start = (uintptr_t)p, end = start + n;

	if (!b || !agent_is_object(p) || agent_is_on_stack(p))
		return;
	model_learn_access(p, n, kind, &b->held[agent_self()]);
	while (start < end && model_watches()) {
		uint32_t who = model_who_meets((const void *)start, kind);
		uintptr_t next = (start | 3) + 1;

		while (next < end && next - start < BEFORE_BYTES && model_who_meets((const void *)next, kind) == who)
			next += 4;
		next = next < end ? next : end;
		if (who)
			make_item(b,
				  (struct before_item){ .start = start,
							.who = who & ~(1u << agent_self()),
							.bytes = (uint16_t)(next - start),
							.kind = kind & 3,
							.cpu = model_view() & 15 },
				  pc);
		start = next;
	}
}

void before_plain(const void *p, size_t n, bool write, const void *pc)
{
	access(p, n, write ? MODEL_MEETS_WRITE : 0, pc);
}

void before_atomic(const void *p, size_t n, bool write, const void *pc)
{
	access(p, n, MODEL_MEETS_ATOMIC | (write ? MODEL_MEETS_WRITE : 0u), pc);
}

/* ---- locks, for what is learned ---- */

static bool is_noted(const struct model_access *a, enum machine_note note)
{
	return a->next.note == 1 + note;
}

static bool takes(const struct model_access *a)
{
	bool readers = is_noted(a, MACHINE_READ_LOCKS);
	int64_t before = (int64_t)(a->before << (64 - 8 * a->size));

	if (!readers && !is_noted(a, MACHINE_LOCKS) && !is_noted(a, MACHINE_WRITE_LOCKS))
		return false;
	return model_access_changes(a) && model_access_order(a) & VIEW_ACQUIRE && (readers ? before >= 0 : !before);
}

static bool gives(const struct model_access *a)
{
	return is_noted(a, MACHINE_UNLOCKS) || is_noted(a, MACHINE_READ_UNLOCKS) ||
	       is_noted(a, MACHINE_WRITE_UNLOCKS) || is_noted(a, MACHINE_DOWNGRADES);
}

/* Who gives a lock back without release, or writes its word in another way, protects nothing by it. */
static void note_lock(struct before *b, const struct model_access *a)
{
	struct model_held_locks *held = &b->held[agent_self()];
	bool released = model_access_order(a) & VIEW_RELEASE;

	if (takes(a)) {
		uint64_t lock = model_lock_bit(a->word, true);

		held->any |= lock;
		held->writing |= is_noted(a, MACHINE_READ_LOCKS) ? 0 : lock;
	} else if (model_access_changes(a)) {
		uint64_t lock = model_lock_bit(a->word, false);

		if (lock && (gives(a) ? !released : a->op == SEAM_STORE))
			model_breaks_lock(lock);
		held->writing &= ~lock;
		held->any &= is_noted(a, MACHINE_DOWNGRADES) ? ~UINT64_C(0) : ~lock;
	}
}

uint64_t before_lacked_locks(bool writes)
{
	const struct before *b = here();

	if (!b)
		return UINT64_MAX;
	return ~(writes ? b->held[agent_self()].writing : b->held[agent_self()].any);
}

/* ---- releases and acquires ---- */

/*
 * Readers of a lock commute (touch() in seam_atomic.c), but who takes it has what those had who gave it back before: that is order, too.
 */
static void touch_reader(const struct before *b, const struct model_access *a, unsigned int op)
{
	if (model_watches())
		model_touch_at(&b->hands_over[(uintptr_t)a->word / 4 % 64], op, 0);
}

/* What the word has that was read: of a place it is that of what was chosen. */
static before_view found(const struct before *b, const struct model_access *a)
{
	const struct weak *t = late_timeline();

	return t && a->place != LATE_NOWHERE ? t->found : word_has(b, a->word);
}

static void put(struct before *b, const void *word, int place, before_view has)
{
	struct weak *t = late_timeline();

	if (t && place != LATE_NOWHERE)
		before_set(b, weak_last_has(t, model_view(), (unsigned int)place), has);
	else
		set_word(b, word, has);
}

/*
 * Agents of a CPU share what it has before it. Threads take turns; an interrupt comes between what the scheduler does, which may be data.
 * Only where a step touches something anyway: a replay watches everything, and has to make the same steps.
 */
static void touch_turn(void)
{
	if (model_watches() && model_me()->handling)
		model_touch_at(&model_this_cpu()->running, AGENT_READ, 0);
}

void before_acquires(const struct model_access *a)
{
	struct before *b = here();

	if (!b || !agent_is_object(a->word))
		return;
	if (a->next.note || a->op == SEAM_STORE)
		note_lock(b, a);
	touch_turn();
	if (a->op == SEAM_STORE)
		return;
	/* A reader who gives a lock back looks at nothing. */
	if (is_noted(a, MACHINE_READ_UNLOCKS))
		return;
	if (is_noted(a, MACHINE_READ_LOCKS))
		touch_reader(b, a, AGENT_READ);
	if (model_access_order(a) & VIEW_ACQUIRE)
		learn(b, &b->cpus[model_view()], found(b, a));
	else
		learn(b, &b->loaded[model_view()], found(b, a));
}

/* What changes a word goes on with what was released there before. */
void before_releases(const struct model_access *a)
{
	struct before *b = here();
	before_view has;

	if (!b || !agent_is_object(a->word) || !model_access_changes(a))
		return;
	has = model_access_order(a) & VIEW_RELEASE ? all_of(b, model_view()) : b->fenced[model_view()];
	/* A reader who takes a lock hands nothing over by that. */
	if (is_noted(a, MACHINE_READ_LOCKS))
		has = 0;
	if (a->op != SEAM_STORE)
		has = joined(has, found(b, a));
	if (is_noted(a, MACHINE_READ_UNLOCKS))
		touch_reader(b, a, AGENT_JOIN);
	put(b, a->word, a->place, has);
}

void before_stored(const void *word, int place)
{
	struct before *b = here();

	if (b && agent_is_object(word))
		put(b, word, place, b->fenced[model_view()]);
}

void before_fence(unsigned int order)
{
	struct before *b = here();
	unsigned int cpu = model_view();

	if (!b)
		return;
	if (order & VIEW_ACQUIRE)
		learn(b, &b->cpus[cpu], b->loaded[cpu]);
	if (order & VIEW_RELEASE)
		before_set(b, &b->fenced[cpu], all_of(b, cpu));
}

void before_gives(const void *what)
{
	struct before *b = here();

	if (b)
		set_word(b, what, joined(word_has(b, what), all_of(b, model_view())));
}

void before_takes(const void *what)
{
	struct before *b = here();

	if (b)
		learn(b, &b->cpus[model_view()], word_has(b, what));
}

/* Of several that are on their way each brings all. */
void before_interrupts(unsigned int cpu)
{
	struct before *b = here();

	if (b)
		learn(b, &b->sent[cpu], all_of(b, model_view()));
}

/* What is called next waits in a frame that stands where those of this one have stood. */
void before_interrupted(void)
{
	MODEL_LEAVES_NOTHING;
	struct before *b = here();
	unsigned int cpu = model_view();

	if (!b)
		return;
	touch_turn();
	learn(b, &b->cpus[cpu], b->sent[cpu]);
	if (!model_this_cpu()->nr_queued)
		before_set(b, &b->sent[cpu], 0);
}

/* It conflicts with nothing any more. */
void before_thread_ends(void)
{
	struct before *b = here();

	if (!b)
		return;
	b->unsettled = 1;
	before_settle();
}
