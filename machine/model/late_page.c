/* SPDX-License-Identifier: MIT */
/*
 * late_page.c - what programs load from pages and store to them, as far as that has to be weak; see late.h.
 *
 * The word of a page is its physical one, by whatever address it is accessed. A store knows what it was translated with: its marks (enum
 * model_mark) change as those of the translation do, and when it leaves it is held to them, as an access is. So one that leaves
 * into a page that was given back meanwhile is found (use-after-free), and one that leaves after the operation which took the
 * mapping away has returned (permission).
 *
 * R8: a broadcast is complete when the stores of other CPUs that went through what it covers have left. An invalidation of a CPU's own
 * TLB waits for that CPU's own where the row says so, and for nobody else's.
 */
#include <machine/model/late.h>
#include <machine/model/steps.h>

#include <assert.h>
#include <string.h>

static int place_of(int frame)
{
	return late_place(model_ram(frame), sizeof(uint64_t));
}

static int frame_of(const struct weak_store *store)
{
	return model_ram_frame(late_address(store->place));
}

bool late_page_is_weak(int frame)
{
	int place = place_of(frame);

	return place != LATE_NOWHERE && !late_is_fixed(place);
}

bool late_page_is_fixed(int frame)
{
	return late_is_fixed(place_of(frame));
}

/* ---- accesses of programs ---- */

/* As the address of an access that a walk has found: it comes behind what the walk has read, but for what is held. */
uint16_t late_translated(const void *const *entries, unsigned int nr)
{
	struct weak *t = late_timeline();
	weak_stamp after = 0;

	for (unsigned int i = 0; t && i < nr; i++) {
		const uint64_t *word = model_entry_word(entries[i]);
		int place = word ? late_place(word, sizeof(*word)) : LATE_NOWHERE;

		if (place == LATE_NOWHERE)
			continue;
		agent_touch(step_place(t, (unsigned int)place), AGENT_READ, 0);
		after = later(after, view_after_newest(t, model_view(), (unsigned int)place));
	}
	return after;
}

void late_walked(uint16_t after)
{
	struct weak *t = late_timeline();

	if (!t || !after || weak_is_blind(t, model_view()))
		return;
	late_touch_view(model_view(), AGENT_WRITE);
	view_branch(t, model_view(), after);
	view_context(t, model_view());
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

static unsigned int find_read(int frame, weak_stamp after, unsigned int nr, struct view_read *read)
{
	const struct weak *t = late_timeline();
	unsigned int cpu = model_view(), place = (unsigned int)place_of(frame);

	return view_find_read(t, cpu, place, 0, later(view_before_load(t, cpu, 0), after), nr, read);
}

unsigned int late_page_reads(int frame, uint16_t after)
{
	struct view_read unused;

	assert(late_page_is_weak(frame));
	late_touch_view(model_view(), AGENT_READ);
	agent_touch(step_place(late_timeline(), (unsigned int)place_of(frame)), AGENT_READ, 0);
	return find_read(frame, after, 0, &unused);
}

uint64_t late_page_load(int frame, uint16_t after, unsigned int nr)
{
	struct weak *t = late_timeline();
	unsigned int place = (unsigned int)place_of(frame);
	struct view_read read;

	late_fetch(t, place);
	find_read(frame, after, nr, &read);
	step_take(t, model_view(), place, 0, &read);
	late_put_back(t, place);
	return read.value;
}

static void stored(const struct weak_store *store)
{
	if (store->watch && store->watch != WEAK_NOBODY && model_config()->stored)
		model_config()->stored(model_config()->context, store->watch - 1, NULL, store->value);
}

void late_page_store(const struct late_page_store *wanted)
{
	struct weak *t = late_timeline();
	unsigned int cpu = model_view(), place = (unsigned int)place_of(wanted->frame);
	struct weak_store store = {
		.value = wanted->value,
		.forward = wanted->after,
		.place = (uint8_t)place,
		.page = WEAK_NOBODY,
		.marks = wanted->marks,
		.dying = wanted->dying,
		.watch = wanted->watch < 0 ? WEAK_NOBODY : (uint8_t)(1 + wanted->watch),
	};

	late_fetch(t, place);
	if (step_put(t, cpu, 0, &store))
		stored(&store);
	else
		agent_touch(step_stores(t, cpu), AGENT_WRITE, 0);
	late_put_back(t, place);
}

void late_page_fixed(int frame, bool writes)
{
	struct model_access a = { .op = writes ? SEAM_STORE : SEAM_LOAD, .place = place_of(frame) };

	late_fixed_access(&a);
}

/* ---- what leaves ---- */

/* The frame is whose it was when the store was made, and the address may still be used: or it is a use after that. */
static void check_use(const struct weak_store *store, int nr)
{
	const struct model_frame *frame = &model_state()->frames[nr];

	if (store->marks & MODEL_STALE)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_used, .frame = nr, .from = FOUND_EARLIER,
				.reused = frame->kind != MACHINE_FRAME_FREE);
	if (store->marks & (MODEL_REVOKED | MODEL_NO_STORES))
		model_violation(MODEL_PERMISSION, revoked_page_used, .frame = nr, .from = FOUND_EARLIER);
}

/*
 * Nobody can have read what was there before, and whoever comes to it by an entry comes behind what is there now; so all that would only tell states
 * apart.
 */
void late_page_first(unsigned int place)
{
	struct weak *t = late_timeline();
	int nr = model_ram_frame(late_address(place));
	weak_stamp newest = weak_newest(t, place);
	uint64_t value = weak_value(t, newest, place);
	uint64_t has = newest && !t->places[place].strong ? t->events[newest - 1].has : t->places[place].has;

	if (nr == MACHINE_NO_FRAME || !model_state()->frames[nr].fresh)
		return;
	weak_overwrite(t, place);
	t->places[place].value = value;
	t->places[place].has = has;
	if (t->places[place].strong)
		weak_forget_writer(t, place);
}

void late_page_left(const struct weak_store *store)
{
	int nr = frame_of(store);

	if (nr == MACHINE_NO_FRAME)
		return;
	model_touch_at(&model_state()->frames[nr], AGENT_READ, 0);
	model_touch_at(model_state()->frames[nr].words, AGENT_WRITE, 0);
	if (store->watch)
		agent_touch(step_stores(late_timeline(), model_view()), AGENT_WRITE, 0);
	if (store->watch && store->watch != WEAK_NOBODY)
		model_touch_at(&model_state()->watches[store->watch - 1].revoked, AGENT_READ, 0);
	check_use(store, nr);
	stored(store);
}

/* Those of the CPU that are its programs' or the kernel's to pages. */
void late_page_mark(unsigned int cpu, const struct model_marking *marking)
{
	struct weak *t = model_state()->late;

	for (unsigned int i = 0; t && i < t->views[cpu].nr_stores; i++) {
		struct weak_store *store = &t->views[cpu].stores[i];

		if (marking->watch >= 0 ? store->watch != 1 + marking->watch : frame_of(store) != marking->frame)
			continue;
		if (marking->rights && !(marking->rights & MACHINE_PTE_WRITE))
			continue;
		if (!marking->having || store->marks & marking->having)
			store->marks = (store->marks & ~marking->clear) | marking->set;
	}
}

void late_page_given_back(int frame)
{
	struct weak *t = late_timeline();
	int place = place_of(frame);

	if (place == LATE_NOWHERE)
		return;
	late_touch_view(model_view(), AGENT_READ);
	if (view_is_own(t, model_view(), (unsigned int)place))
		late_drained();
}

/* ---- invalidations ---- */

/* Through what no walk finds any more, and the broadcast is for: it is complete behind that. */
static bool is_covered(const struct machine_invalidation *inv, const struct weak_store *store)
{
	const struct model_watch *watch;

	if (!store->watch || store->watch == WEAK_NOBODY)
		return store->watch;
	watch = &model_state()->watches[store->watch - 1];
	return (!inv->space || model_space_number(inv->space) == watch->space) && hardware_steps_on(inv, watch->page) &&
	       !model_offers(watch->space, watch->page, frame_of(store));
}

void late_page_broadcast(unsigned int cpu, const struct machine_invalidation *inv, uint16_t broadcasts)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	agent_touch(step_stores(t, cpu), AGENT_WRITE, 0);
	for (unsigned int i = 0; i < t->views[cpu].nr_stores; i++) {
		if (is_covered(inv, &t->views[cpu].stores[i]))
			t->views[cpu].stores[i].dying |= broadcasts;
	}
}

bool late_page_holds_up(unsigned int cpu, uint16_t broadcasts, uint8_t watch)
{
	const struct weak *t = model_state()->late;

	for (unsigned int other = 0; other < t->nr_cpus; other++) {
		for (unsigned int i = 0; other != cpu && i < t->views[other].nr_stores; i++) {
			const struct weak_store *store = &t->views[other].stores[i];

			if (store->dying & broadcasts || (watch && store->watch == watch))
				return true;
		}
	}
	return false;
}

bool late_page_waits(uint16_t broadcasts, uint8_t watch)
{
	const struct weak *t = late_timeline();

	for (unsigned int cpu = 0; t && cpu < t->nr_cpus; cpu++)
		agent_touch(step_stores(t, cpu), AGENT_READ, 0);
	return t && late_page_holds_up(model_view(), broadcasts, watch);
}
