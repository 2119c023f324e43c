/* SPDX-License-Identifier: MIT */
/* late_cpu.c - what fences, interrupts, the ends of threads and grace periods do to the timeline; see late.h. */
#include <machine/model/late.h>
#include <machine/model/delays.h>
#include <machine/model/steps.h>

#include <assert.h>

void late_fence(unsigned int order)
{
	if (!late_timeline())
		return;
	if (order & VIEW_ORDERED)
		late_drained();
	step_fence_here(late_timeline(), model_view(), order);
	late_give_back(late_timeline());
}

/* R4: what is there when an interrupt is sent, whoever it comes to has before its handler. An idle CPU will have all (late_interrupted()). */
void late_sent(unsigned int to)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(to, AGENT_JOIN);
	if (!t->views[to].over && !weak_is_blind(t, to))
		t->views[to].context = later(t->views[to].context, t->nr_events);
	late_give_back(t);
}

/* A CPU that was idle has nothing from before that it could still read. */
void late_interrupted(void)
{
	struct weak *t = late_timeline();
	struct weak_view *v;

	if (!t)
		return;
	v = &t->views[model_view()];
	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(model_view(), AGENT_WRITE);
	if (v->over) {
		v->over = 0;
		v->loads = t->nr_events;
	}
	view_context(t, model_view());
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

void late_interrupt_ends(void)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	late_touch_view(model_view(), AGENT_WRITE);
	t->views[model_view()].over = !late_has_thread(model_view());
	view_context(t, model_view());
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

/* In a step or behind one. Who is told nothing of it may read all that its CPU may. */
void late_read_less(struct weak *t, unsigned int view)
{
	uint64_t live = 0, newest;

	if (!model_state()->knows_live)
		return;
	for (unsigned int i = 0; i < AGENT_MAX_AGENTS; i++) {
		const struct model_agent *agent = &model_state()->agents[i];

		if (!agent->ended && (agent->anywhere ? model_config()->cpus : agent->cpu) == view)
			live |= agent->live;
	}
	newest = t->views[view].newest | ~live;
	if (newest == t->views[view].newest)
		return;
	t->views[view].newest = newest;
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

void late_comes_to(uint64_t node)
{
	struct weak *t = late_timeline();
	struct model_agent *me = model_me();

	if (!t || !me->live)
		return;
	me->live &= delays_live(node);
	late_read_less(t, model_view());
}

void late_thread_ends(void)
{
	struct weak *t = late_timeline();

	if (!t || late_has_thread(model_view()))
		return;
	/* A device's last step waits for no handler of its CPU. */
	model_touch_at(&model_this_cpu()->irq, AGENT_READ, 0);
	if (model_is_suspended(model_this_cpu()))
		return;
	late_touch_view(model_view(), AGENT_WRITE);
	t->views[model_view()].over = 1;
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

/* By a CPU whose stores to tables have left, for walks made when they left; by one whose broadcasts are complete. */
void late_all_has_left(unsigned int cpu)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(cpu, AGENT_WRITE);
	if (!weak_is_blind(t, cpu))
		t->views[cpu].wrote = t->nr_events;
	late_give_back(t);
}
