/* SPDX-License-Identifier: MIT */
/* late.c - the words of the code under test on the timeline; see late.h. */
#include <machine/model/before.h>
#include <machine/model/late.h>
#include <machine/model/delays.h>
#include <machine/model/steps.h>

#include <assert.h>
#include <string.h>

struct weak *late_timeline(void)
{
	return agent_self() < 0 ? NULL : model_state()->late;
}

static const struct delays_word *word_of(unsigned int place)
{
	const struct delays_words *words = model_config()->words;

	assert(words && place < words->nr);
	return &words->word[place];
}

void *late_address(unsigned int place)
{
	return (void *)(uintptr_t)word_of(place)->start;
}

bool late_is_on(void)
{
	return late_timeline();
}

/* The first that ends behind @p, which may be the number of them: they are in the order of addresses. */
static unsigned int first_behind(const struct delays_words *words, const void *p)
{
	unsigned int low = 0, high = (unsigned int)words->nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (words->word[middle].start + words->word[middle].bytes <= (uintptr_t)p)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int late_place(const void *p, size_t n)
{
	const struct delays_words *words = model_config()->words;
	unsigned int first;

	if (!late_timeline())
		return LATE_NOWHERE;
	first = first_behind(words, p);
	return first < words->nr && words->word[first].start < (uintptr_t)p + n ? (int)first : LATE_NOWHERE;
}

bool late_is_fixed(int place)
{
	return place != LATE_NOWHERE && word_of((unsigned int)place)->fixed;
}

/* ---- setting up ---- */

bool late_has_thread(unsigned int cpu)
{
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++) {
		const struct model_agent *agent = &model_state()->agents[i];

		if (agent->is_thread && !agent->ended && agent->cpu == cpu)
			return true;
	}
	return false;
}

static void leaving(void *cpu);

/* Those of who runs on no CPU in particular leave from none. */
static void spawn_leaving(struct model_state *m, unsigned int cpu)
{
	bool anywhere = cpu == model_config()->cpus;
	int agent = model_spawn_daemon(leaving, &m->late->views[cpu], anywhere ? 0 : cpu, false);

	m->agents[agent].anywhere = anywhere;
}

/* As weak as the row, and no weaker than the scenario says. */
void late_start(void)
{
	const struct delays_words *words = model_config()->words;
	struct model_state *m = model_state();
	bool in_order = model_in_order();

	if (!words || !words->nr || model_config()->memory == MODEL_SC)
		return;
	if (words->nr > WEAK_PLACES)
		machine_too_big("words that several CPUs access", WEAK_PLACES);
	m->late = agent_alloc(sizeof(*m->late));
	weak_init(m->late, &(struct weak_facts){ .buffers = true, .in_order = in_order, .stale = !in_order },
		  model_config()->cpus + 1);
	for (unsigned int i = 0; i < words->nr; i++) {
		weak_add_place(m->late, 0);
		m->late->places[i].in_memory = 1;
		weak_make_strong(m->late, i, words->word[i].late, words->word[i].old);
	}
	m->knows_live = delays_know_live(words);
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS && m->knows_live; i++)
		m->agents[i].live = delays_live_from_start(i);
	for (unsigned int cpu = 0; cpu < m->late->nr_cpus; cpu++) {
		m->late->views[cpu].over = cpu < model_config()->cpus && !late_has_thread(cpu);
		if (words->cpus >> cpu & 1)
			spawn_leaving(m, cpu);
	}
}

/* ---- memory ---- */

static bool is_waiting(const struct weak *t, unsigned int place)
{
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		if (view_is_own(t, cpu, place))
			return true;
	}
	return false;
}

/* The newest that anybody has stored, whether it has left or not. */
static uint64_t last_stored(const struct weak *t, unsigned int place)
{
	for (unsigned int cpu = t->nr_cpus; cpu-- > 0;) {
		for (unsigned int i = t->views[cpu].nr_stores; i-- > 0;) {
			if (t->views[cpu].stores[i].place == place)
				return t->views[cpu].stores[i].value;
		}
	}
	return weak_value(t, weak_newest(t, place), place);
}

static void put_in_memory(unsigned int place, uint64_t value)
{
	void *word = late_address(place);
	unsigned int bytes = word_of(place)->bytes;

	if (seam_peek(word, bytes) == value)
		return;
	agent_log(word, bytes);
	seam_poke(word, bytes, value);
}

/* Before an access: the timeline knows what memory has. */
void late_fetch(struct weak *t, unsigned int place)
{
	if (!t->places[place].in_memory)
		return;
	t->places[place].value = seam_peek(late_address(place), word_of(place)->bytes);
	t->places[place].in_memory = 0;
}

/* Behind one: what nobody can read otherwise is in memory alone, and so not twice in the state. What no CPU compares with is nothing. */
void late_give_back(struct weak *t)
{
	for (unsigned int i = 0; i < t->nr_places; i++) {
		struct weak_place *p = &t->places[i];

		if (p->in_memory || is_waiting(t, i) || (!p->strong && weak_next(t, i, 0) != WEAK_NEVER))
			continue;
		p->value = 0;
		p->in_memory = 1;
	}
	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct weak_view *v = &t->views[cpu];

		v->all = v->stored = v->walks = 0;
		v->loaded = v->loaded <= v->loads ? 0 : v->loaded;
		v->wrote = v->wrote <= v->loads ? 0 : v->wrote;
		v->context = v->context <= v->loads ? 0 : v->context;
	}
}

void late_put_back(struct weak *t, unsigned int place)
{
	put_in_memory(place, last_stored(t, place));
	late_give_back(t);
}

uint64_t late_word(const void *word, unsigned int bytes)
{
	struct weak *t = model_state() ? model_state()->late : NULL;
	const struct delays_words *words = model_config()->words;

	for (unsigned int i = 0; t && i < words->nr; i++) {
		if (words->word[i].start == (uintptr_t)word && !words->word[i].fixed && !t->places[i].in_memory)
			return weak_value(t, weak_newest(t, i), i);
	}
	return seam_peek(word, bytes);
}

/* ---- steps ---- */

void late_touch_view(unsigned int cpu, unsigned int op)
{
	agent_touch(step_view(model_state()->late, cpu), op, 0);
}

/*
 * A request on a stack, of which no search has known yet that it comes to lie there: the search is made again when this one is over. Until then it is
 * taken for one that orders everything, or what is found meanwhile could be what no machine does.
 */
static bool is_unknown(const struct model_access *a)
{
	return a->place == LATE_NOWHERE && !a->to_table && agent_is_on_stack(a->word);
}

static void know_all(const struct model_access *a)
{
	struct weak *t = late_timeline();

	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(model_view(), AGENT_WRITE);
	if (model_access_order(a) & VIEW_ACQUIRE && !weak_is_blind(t, model_view()))
		t->views[model_view()].loads = t->nr_events;
	late_give_back(t);
}

/* A word that is no place is nobody else's; but for an entry of a table, which walks read. */
static bool may(const struct model_access *a, unsigned int cpu)
{
	const struct weak *t = model_state()->late;
	unsigned int order = model_access_order_wanted(a), place = (unsigned int)a->place;
	bool drained = !t->views[cpu].nr_stores;

	if (is_unknown(a))
		return drained || !((t->facts.in_order && a->op > SEAM_STORE) || order & VIEW_RELEASE);
	if (a->place == LATE_NOWHERE)
		return drained || !a->to_table || a->op == SEAM_LOAD || !(t->facts.in_order || order & VIEW_RELEASE);
	if (a->op == SEAM_LOAD)
		return view_may_load(t, cpu, order);
	if (a->op != SEAM_STORE)
		return view_may_change(t, cpu, place, order);
	return view_may_store(t, cpu, order) && (!late_is_fixed(a->place) || view_would_leave(t, cpu, place, order));
}

/* Locks are asked for by what changes a word, and by what has to leave at once. */
bool late_may_now(const struct model_access *a)
{
	late_touch_view(model_view(), AGENT_READ);
	if (a->op > SEAM_STORE || late_is_fixed(a->place))
		agent_touch(step_locks(late_timeline()), AGENT_READ, 0);
	return may(a, model_view());
}

bool late_has_stores(void)
{
	if (!late_timeline())
		return false;
	late_touch_view(model_view(), AGENT_READ);
	return late_timeline()->views[model_view()].nr_stores > 0;
}

/* Without padding, as it lies on the stack of who waits. */
struct late_wait {
	const struct model_access *access; /* NULL: until all stores have left */
	const struct model_agent *agent;
	bool (*is_met)(const struct model_next *next);
	uint32_t view;
	uint16_t broadcasts;  /* ... and what these CPUs' are to wait for */
	uint8_t watch, spare; /* ... and what others have stored through 1 + .watch */
};
_Static_assert(sizeof(struct late_wait) == 3 * sizeof(void *) + 8, "no padding");

/* Asked between steps, on no agent's stack. */
static bool is_ready(const void *arg)
{
	const struct late_wait *w = arg;

	if (w->agent->is_thread && !model_has_turn(w->agent))
		return false;
	if (!w->access)
		return !model_state()->late->views[w->view].nr_stores &&
		       !late_page_holds_up(w->view, w->broadcasts, w->watch);
	return may(w->access, w->view) && (!w->is_met || w->is_met(&w->access->next));
}

static void wait_for(const struct late_wait *wait)
{
	const struct model_cpu *cpu = model_this_cpu();
	uint16_t objects[8 + WEAK_CPUS] = { 0 };
	unsigned int nr = 0;

	objects[nr++] = agent_object(&cpu->irq);
	objects[nr++] = agent_object(&cpu->running);
	objects[nr++] = step_view(model_state()->late, model_view());
	objects[nr++] = step_locks(model_state()->late);
	if (wait->is_met) {
		objects[nr++] = agent_object(wait->access->next.word);
		objects[nr++] = agent_object(&cpu->calls);
	}
	for (unsigned int i = 0; (wait->broadcasts || wait->watch) && i < model_state()->late->nr_cpus; i++)
		objects[nr++] = step_stores(model_state()->late, i);
	if (wait->access && wait->access->place != LATE_NOWHERE)
		objects[nr++] = step_place(model_state()->late, (unsigned int)wait->access->place);
	model_step_until(is_ready, wait, objects, nr);
	if (wait->agent->is_thread)
		model_this_cpu()->ran = true;
}

void late_wait(const struct model_access *a, bool (*is_met)(const struct model_next *next))
{
	wait_for(&(struct late_wait){ .access = a, .agent = model_me(), .view = model_view(), .is_met = is_met });
}

void late_drained(void)
{
	while (late_has_stores())
		wait_for(&(struct late_wait){ .agent = model_me(), .view = model_view() });
}

void late_step_completed(int watch, uint16_t broadcasts)
{
	const struct late_wait wait = { .agent = model_me(),
					.view = model_view(),
					.broadcasts = broadcasts,
					.watch = watch < 0 ? 0 : (uint8_t)(1 + watch) };

	late_step_drained();
	while (late_page_waits(wait.broadcasts, wait.watch) || late_has_stores())
		wait_for(&wait);
	late_all_has_left(model_view());
}

void late_step_drained(void)
{
	if (late_has_stores())
		late_drained();
	else
		model_step_here();
	late_drained();
}

/* ---- what leaves ---- */

static void touch_word(unsigned int place)
{
	const char *word = late_address(place);
	uint64_t value = late_word(word, word_of(place)->bytes);

	if (agent_is_on_stack(word))
		return;
	model_touch_at(word, AGENT_WRITE, (int32_t)value);
	if (word_of(place)->bytes == sizeof(uint64_t))
		model_touch_at(word + 4, AGENT_WRITE, (int32_t)(value >> 32));
}

void late_has_left(struct weak *t, const struct weak_store *store)
{
	unsigned int place = store->place;
	const void *word = late_address(place);
	bool entry = model_is_in_frame(word) && model_is_entry(word);

	late_page_first(place);
	put_in_memory(place, last_stored(t, place));
	if (entry)
		model_entry_left(word, weak_value(t, weak_newest(t, place), place), store->locked);
	else
		touch_word(place);
	late_give_back(t);
	if (!entry)
		model_tell(word_seen, .word = word, .value = (long)late_word(word, word_of(place)->bytes));
	late_page_left(store);
}

static bool some_leave(const void *arg)
{
	const struct weak *t = model_state()->late;

	return step_some_leave(t, (unsigned int)((const struct weak_view *)arg - t->views));
}

/* In order also with what waits for walks alone: that was there before. Not in the frame that waits. */
static MODEL_OUT_OF_LINE void let_one_leave(struct weak *t, unsigned int cpu)
{
	struct weak_store left;

	if (t->facts.in_order && cpu < model_config()->cpus)
		model_drain(cpu);
	left = step_let_one_leave(t, cpu);
	late_has_left(t, &left);
}

static void leaving(void *arg)
{
	struct weak *t = model_state()->late;
	unsigned int nr = (unsigned int)((const struct weak_view *)arg - t->views);
	const uint16_t objects[4] = { step_view(t, nr), step_locks(t) };

	for (;;) {
		model_step_until(some_leave, arg, objects, 2);
		let_one_leave(t, nr);
		model_wipe(NULL);
	}
}

/* ---- accesses ---- */

struct fit {
	const struct model_next *next;
	unsigned int bytes;
};

static bool fits(const void *arg, uint64_t value)
{
	const struct fit *f = arg;

	return model_would_meet(f->next, value, f->bytes);
}

/* Who waits for a word reads what it waits for. */
static uint64_t read_word(struct weak *t, const struct model_access *a)
{
	const struct fit fit = { &a->next, a->size };
	const struct step_fits wanted = { fits, &fit };

	return step_read(t, model_view(), (unsigned int)a->place, model_access_order(a), a->next.word ? &wanted : NULL);
}

static bool change_word(struct weak *t, struct model_access *a)
{
	unsigned int cpu = model_view(), place = (unsigned int)a->place;
	struct view_read read = step_newest(t, cpu, place, model_access_order_wanted(a));

	a->before = read.value;
	a->after = seam_result(a->op, a->size, a->before, a->operand, a->expected);
	if (model_access_changes(a))
		return step_change(t, cpu, model_access_order(a), &read, place, a->after);
	view_load(t, cpu, place, model_access_order(a), &read);
	late_touch_view(cpu, AGENT_WRITE);
	weak_settle(t, NULL, 0);
	return true;
}

bool late_access(struct model_access *a)
{
	struct weak *t = late_timeline();
	unsigned int place = (unsigned int)a->place;
	bool left = true;

	assert(t && !late_is_fixed(a->place));
	late_fetch(t, place);
	if (a->op == SEAM_LOAD) {
		a->before = a->after = read_word(t, a);
	} else if (a->op == SEAM_STORE) {
		a->before = last_stored(t, place);
		a->after = a->operand;
		left = step_write(t, model_view(), place, a->after, model_access_order(a));
		if (left)
			late_page_first(place);
	} else {
		left = change_word(t, a);
	}
	late_put_back(t, place);
	return left;
}

/*
 * The values are in memory; the timeline has what is ordered. A word that has not been seen in a table before is not fixed yet: the search is
 * made again when it is.
 */
void late_fixed_access(const struct model_access *a)
{
	struct weak *t = late_timeline();
	bool left = true;

	if (t && is_unknown(a))
		know_all(a);
	if (!t || a->place == LATE_NOWHERE)
		return;
	if (!late_is_fixed(a->place)) {
		if (model_access_changes(a))
			late_plain_write(late_address((unsigned int)a->place), sizeof(uint64_t));
		return;
	}
	if (!model_access_changes(a)) {
		step_read(t, model_view(), (unsigned int)a->place, model_access_order(a), NULL);
	} else if (a->op == SEAM_STORE) {
		left = step_write(t, model_view(), (unsigned int)a->place, 0, model_access_order(a));
	} else {
		struct view_read read = step_newest(t, model_view(), (unsigned int)a->place,
						    model_access_order_wanted(a));

		left = step_change(t, model_view(), model_access_order(a), &read, (unsigned int)a->place, 0);
	}
	assert(left);
	(void)left;
	late_give_back(t);
}

/* ---- volatile accesses: the code under test makes them itself, behind this ---- */

void late_volatile_read(const struct model_access *wanted)
{
	struct model_shown *shown = &model_me()->shown;
	struct model_access a = *wanted;
	uint64_t real;

	if (!late_timeline() || a.place == LATE_NOWHERE)
		return;
	if (late_is_fixed(a.place)) {
		late_fixed_access(&a);
		return;
	}
	late_access(&a);
	real = seam_peek(a.word, a.size);
	if (real == a.before)
		return;
	*shown = (struct model_shown){ .place = (uint8_t)(1 + a.place), .real = real };
	put_in_memory((unsigned int)a.place, a.before);
}

void late_volatile_write(const struct model_access *a)
{
	if (!late_timeline() || a->place == LATE_NOWHERE)
		return;
	late_fetch(late_timeline(), (unsigned int)a->place);
	model_me()->shown = (struct model_shown){ .place = (uint8_t)(1 + a->place), .stores = 1 };
}

/* Nobody else has run since. */
bool late_settle(void)
{
	struct model_shown *shown = &model_me()->shown, was = *shown;
	unsigned int place = was.place - 1u;
	bool left = true;

	if (!was.place)
		return true;
	memset(shown, 0, sizeof(*shown));
	if (!was.stores) {
		put_in_memory(place, was.real);
	} else if (late_is_fixed((int)place)) {
		late_fixed_access(&(struct model_access){ .op = SEAM_STORE, .place = (int)place });
		before_stored(late_address(place), (int)place);
	} else {
		left = step_write(late_timeline(), model_view(), place,
				  seam_peek(late_address(place), word_of(place)->bytes), 0);
		before_stored(late_address(place), (int)place);
		late_put_back(late_timeline(), place);
	}
	return left;
}

/* ---- plain accesses ---- */

/* Own stores to the place that have not left: what is stored plainly comes behind them. */
static void take_out_own(struct weak_view *v, unsigned int place)
{
	unsigned int kept = 0, nr = v->nr_stores;

	for (unsigned int i = 0; i < nr; i++) {
		if (v->stores[i].place != place)
			v->stores[kept++] = v->stores[i];
	}
	memset(&v->stores[kept], 0, (nr - kept) * sizeof(v->stores[0]));
	v->nr_stores = (uint8_t)kept;
	if (!kept)
		v->epoch = 0;
}

/*
 * Whoever stores plainly comes behind all that was stored there, or it is a data race, which is found; and whoever reads it comes behind that. So
 * nothing older is read any more.
 */
void late_plain_write(const void *p, size_t n)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	for (unsigned int i = first_behind(model_config()->words, p);
	     i < t->nr_places && word_of(i)->start < (uintptr_t)p + n; i++) {
		if (word_of(i)->fixed)
			continue;
		/* Whether there is something to be forgotten may be settled by what others learn, who touch none of this. */
		agent_touch(step_place(t, i), AGENT_WRITE, 0);
		late_touch_view(model_view(), AGENT_WRITE);
		agent_touch(step_events(t), AGENT_WRITE, 0);
		if (t->places[i].in_memory)
			continue;
		take_out_own(&t->views[model_view()], i);
		weak_overwrite(t, i);
		t->places[i].value = 0;
		t->places[i].has = 0;
		t->places[i].in_memory = !is_waiting(t, i);
		late_give_back(t);
	}
}
