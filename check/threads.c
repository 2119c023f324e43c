/* SPDX-License-Identifier: MIT */
/* threads.c - the threads that agents are; see bind.h. An agent that switches is one in each address space, all of which are there from the start. */
#include "check/bind.h"
#include "check/form.h"

#include <string.h>

/* What the mm says of it; NULL: nothing. */
static const struct subject_use *use_of(const struct litmus_op *op)
{
	return op->kind == LITMUS_CALL ? form_use(checked_subject(), checked_subject()->operations[op->call].form)
				       : NULL;
}

/* Is it an operation that makes the agent another thread? */
static bool is_switch(const struct litmus_op *op)
{
	return use_of(op) && use_of(op)->switches;
}

bool binding_has_threads(const struct litmus *l, int mm)
{
	for (unsigned int i = 0; i < l->nr_agents; i++) {
		const struct litmus_agent *agent = &l->agents[i];

		if (agent->kind == LITMUS_CPU && agent->mm == mm)
			return true;
		for (unsigned int j = 0; j < agent->nr_ops; j++) {
			if (is_switch(&agent->ops[j]) && agent->ops[j].mm == mm)
				return true;
		}
	}
	return false;
}

/* A kernel thread may have no address space: agent->mm is LITMUS_NONE then. */
static void *make_thread(const struct binding *b, const struct litmus_agent *agent)
{
	static const enum subject_thread kinds[] = {
		[LITMUS_CPU] = SUBJECT_USER_THREAD,
		[LITMUS_KTHREAD] = SUBJECT_KERNEL_THREAD,
		[LITMUS_DEVICE] = SUBJECT_DEVICE,
		[LITMUS_VCPU] = SUBJECT_VCPU,
	};

	return b->subject->thread(agent->peer != LITMUS_NONE ? agent->peer : agent->mm, kinds[agent->kind]);
}

bool binding_moves(const struct litmus_op *op)
{
	return use_of(op) && use_of(op)->moves;
}

void *binding_make_threads(struct binding *b, const struct litmus_agent *agent, unsigned int nr)
{
	void **in = b->threads_in[nr], *first = make_thread(b, agent);

	memset(in, 0, sizeof(b->threads_in[nr]));
	if (agent->kind == LITMUS_CPU)
		in[agent->mm] = first;
	for (unsigned int i = 0; i < agent->nr_ops; i++) {
		if (is_switch(&agent->ops[i]) && !in[agent->ops[i].mm])
			in[agent->ops[i].mm] = b->subject->thread(agent->ops[i].mm, SUBJECT_USER_THREAD);
	}
	return first;
}

void *binding_thread_in(const struct binding *b, const struct litmus_agent *agent, int mm)
{
	const struct litmus *l = b->litmus;
	bool before = agent >= l->befores && agent < l->befores + l->nr_befores;

	return b->threads_in[before ? LITMUS_MAX_AGENTS + (agent - l->befores) : agent - l->agents][mm];
}

void binding_leave(const struct binding *b, const struct litmus_agent *before, void *first)
{
	void *last = machine_current();

	if (!b->subject->thread_leaves)
		return;
	b->subject->thread_leaves(last);
	if (first != last)
		b->subject->thread_leaves(first);
	for (unsigned int i = 0; i < LITMUS_MAX_MMS; i++) {
		void *other = binding_thread_in(b, before, (int)i);

		if (other && other != first && other != last)
			b->subject->thread_leaves(other);
	}
}
