/* SPDX-License-Identifier: MIT */
/* late_entry.c - what the machine itself does to entries on the timeline; see late.h. */
#include <machine/model/late.h>
#include <machine/model/steps.h>

#include <assert.h>

void late_held_before(int place, uint64_t value)
{
	struct weak_place *p = &late_timeline()->places[place];

	assert(!late_is_fixed(place) && weak_next(late_timeline(), (unsigned int)place, 0) == WEAK_NEVER);
	p->value = value;
	p->in_memory = 0;
}

static int entry_place(const uint64_t *word)
{
	int place = late_place(word, sizeof(*word));

	return late_is_fixed(place) ? LATE_NOWHERE : place;
}

void late_walk_writes(uint64_t *word, uint64_t value)
{
	struct weak *t = late_timeline();
	int place = entry_place(word);

	agent_log(word, sizeof(*word));
	if (place == LATE_NOWHERE) {
		*word = value;
		return;
	}
	late_fetch(t, (unsigned int)place);
	step_written(t, model_view(), (unsigned int)place, value);
	late_put_back(t, (unsigned int)place);
}

bool late_is_locked(const uint64_t *word)
{
	int place = late_timeline() ? entry_place(word) : LATE_NOWHERE;

	return place != LATE_NOWHERE && weak_is_locked(late_timeline(), (unsigned int)place);
}

void late_unlock(const uint64_t *word)
{
	struct weak *t = late_timeline();
	unsigned int place = (unsigned int)entry_place(word);

	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		for (unsigned int i = 0; i < t->views[cpu].nr_stores; i++) {
			if (t->views[cpu].stores[i].place == place && t->views[cpu].stores[i].locked) {
				struct weak_store left = step_let_leave(t, cpu, i);

				late_has_left(t, &left);
				return;
			}
		}
	}
}

bool late_is_on_its_way(const uint64_t *word)
{
	struct weak *t = late_timeline();
	int place = t ? entry_place(word) : LATE_NOWHERE;

	if (place == LATE_NOWHERE)
		return false;
	agent_touch(step_place(t, (unsigned int)place), AGENT_READ, 0);
	late_touch_view(model_view(), AGENT_READ);
	return view_is_own(t, model_view(), (unsigned int)place);
}

bool late_may_read(const struct model_access *load, uint64_t value)
{
	struct weak *t = late_timeline();
	unsigned int cpu = model_view(), order = model_access_order(load), place = (unsigned int)load->place;
	struct view_read reads[VIEW_MAX_READS];
	unsigned int n;
	bool found = false;

	if (!t || load->place == LATE_NOWHERE || late_is_fixed(load->place))
		return false;
	late_fetch(t, place);
	n = view_reads(t, cpu, place, order, view_before_load(t, cpu, order), WEAK_NEVER, reads);
	for (unsigned int i = 0; i < n; i++)
		found |= reads[i].value == value;
	agent_touch(step_place(t, place), AGENT_READ, 0);
	late_touch_view(cpu, AGENT_READ);
	late_give_back(t);
	return found;
}
