/* SPDX-License-Identifier: MIT */
/* late_cpu.c - what interrupts, the ends of threads and grace periods do to the timeline; see late.h. */
#include <machine/model/late.h>
#include <machine/model/steps.h>

#include <assert.h>

/* R4: what is there when an interrupt is sent, whoever it comes to has before its handler. */
void late_sent(unsigned int to)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(to, AGENT_JOIN);
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

void late_thread_ends(void)
{
	struct weak *t = late_timeline();

	if (!t || late_has_thread(model_view()) || model_is_suspended(model_this_cpu()))
		return;
	late_touch_view(model_view(), AGENT_WRITE);
	t->views[model_view()].over = 1;
	weak_settle(t, NULL, 0);
	late_give_back(t);
}

/* For walks that is when they were made: a fence behind them is behind all that has left by now. */
void late_tables_left(unsigned int cpu)
{
	struct weak *t = late_timeline();

	if (!t)
		return;
	agent_touch(step_events(t), AGENT_READ, 0);
	late_touch_view(cpu, AGENT_WRITE);
	t->views[cpu].wrote = t->nr_events;
	late_give_back(t);
}
