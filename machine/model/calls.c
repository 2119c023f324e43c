/* SPDX-License-Identifier: MIT */
/*
 * calls.c - interrupts: a CPU asks others to call a function, and they do.
 *
 * The argument is often a request on the stack of who waits for the answers. Whose function has returned without waiting for all of
 * them has taken the request back, and whoever still answers it breaks a contract.
 */
#include <machine/model/before.h>
#include <machine/model/model.h>
#include <machine/model/races.h>
#include <machine/model/late.h>

#include <assert.h>
#include <string.h>

/*
 * Sending to one CPU commutes, and nothing orders what was sent. So calls are sorted, and take_call() counts by that.
 */
static bool call_before(const struct model_call *a, const struct model_call *b)
{
	if (a->sender != b->sender)
		return a->sender < b->sender;
	return a->fn != b->fn ? (uintptr_t)a->fn < (uintptr_t)b->fn : (uintptr_t)a->arg < (uintptr_t)b->arg;
}

static void add_call(struct model_cpu *cpu, const struct model_call *call)
{
	unsigned int at = cpu->nr_queued;

	assert(call->fn && call->sender >= 0 && !call->gone);
	if (cpu->nr_queued == MODEL_CALLS)
		machine_too_big("calls that wait for one CPU", MODEL_CALLS);
	for (; at > 0 && call_before(call, &cpu->queue[at - 1]); at--)
		cpu->queue[at] = cpu->queue[at - 1];
	cpu->queue[at] = *call;
	cpu->nr_queued++;
}

/*
 * Any of the calls that are there: nothing orders them, also not two of one sender. The step has seen the number of calls,
 * so nobody sends one between what it has to choose from and what it takes.
 */
static MODEL_OUT_OF_LINE struct model_call take_call(struct model_cpu *cpu)
{
	unsigned int nr;
	struct model_call call;

	assert(cpu->nr_queued > 0);
	nr = cpu->nr_queued > 1 ? agent_choose(cpu->nr_queued) : 0;
	call = cpu->queue[nr];
	cpu->nr_queued--;
	memmove(&cpu->queue[nr], &cpu->queue[nr + 1], sizeof(call) * (cpu->nr_queued - nr));
	memset(&cpu->queue[cpu->nr_queued], 0, sizeof(call));
	model_touch_at(&cpu->calls, AGENT_ADD, -1);
	return call;
}

static unsigned int sent_from(const struct model_call *call)
{
	assert(call->sender >= 0);
	return model_state()->agents[call->sender].cpu;
}

/* For fn and what it asks the machine to do: on whose behalf this CPU works. */
static void run_call(const struct model_call *call)
{
	struct model_agent *me = model_me();
	int8_t before = me->serves;
	uintptr_t asked = me->asked, gone = me->gone;

	me->serves = (int8_t)(1 + call->sender);
	me->asked = agent_whose_stack(call->arg) == call->sender ? (uintptr_t)call->arg : 0;
	me->gone = call->gone ? me->asked : 0;
	model_wipe(NULL);
	call->fn(call->arg);
	me->serves = before;
	me->asked = asked;
	me->gone = gone;
}

/* One call, or one that is being handled: gone, or the lowest of those that are still there. */
static bool take_back(uintptr_t arg, uintptr_t frame, uintptr_t *lowest)
{
	if (arg >= frame && (!*lowest || arg < *lowest))
		*lowest = arg;
	return arg < frame;
}

/*
 * A sender that does not wait for all answers returns, and its request with it. Who answers then would write into another
 * function's variables, so the request is marked for whoever has it.
 */
static MODEL_OUT_OF_LINE void take_all_back(uintptr_t frame)
{
	int self = agent_self();
	uintptr_t lowest = 0;

	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		struct model_cpu *cpu = &model_state()->cpus[i];

		for (unsigned int j = 0; j < cpu->nr_queued; j++)
			if (cpu->queue[j].sender == self && agent_whose_stack(cpu->queue[j].arg) == self &&
			    take_back((uintptr_t)cpu->queue[j].arg, frame, &lowest))
				cpu->queue[j].gone = 1;
	}
	for (unsigned int i = 0; i < agent_count(); i++) {
		struct model_agent *agent = &model_state()->agents[i];

		if (agent->asked && agent->serves == 1 + self && take_back(agent->asked, frame, &lowest))
			agent->gone = agent->asked;
	}
	model_me()->lent = lowest;
}

void model_took_back(uintptr_t frame)
{
	uintptr_t lent = agent_self() < 0 ? 0 : model_me()->lent;

	if (lent && lent < frame)
		take_all_back(frame);
}

/*
 * M20: an interrupt is taken where a call is there and interrupts are on. Until it is done it holds them off, and the thread
 * that it came to is suspended (turns.c).
 */
static MODEL_OUT_OF_LINE void handle_one(struct model_cpu *cpu)
{
	struct model_call call = take_call(cpu);

	/* An interrupt holds others off, so none is handled within another. */
	assert(!model_me()->serves && model_me()->handling);
	/* What the interrupt before did came before all that the CPU has done since. */
	races_release();
	model_touch_at(&cpu->irq, AGENT_WRITE, MODEL_IN_HANDLER);
	late_interrupted();
	before_interrupted();
	model_tell(call_taken, .from = sent_from(&call));
	run_call(&call);
	model_settle();
	late_interrupt_ends();
	model_touch_at(&cpu->irq, AGENT_WRITE, MODEL_IRQ_ON);
}

static bool is_interrupted(const void *arg)
{
	const struct model_cpu *cpu = arg;

	return agent_value(agent_object(&cpu->irq)) == MODEL_IRQ_ON && agent_value(agent_object(&cpu->calls)) > 0;
}

void model_handle_calls(void *arg)
{
	struct model_cpu *cpu = arg;
	uint16_t objects[2] = { agent_object(&cpu->irq), agent_object(&cpu->calls) };

	for (;;) {
		/* Wherever the interrupt before has ended. */
		model_note_site(NULL, NULL);
		model_step_until(is_interrupted, cpu, objects, 2);
		model_note_entry();
		handle_one(cpu);
		model_note_return();
	}
}

/* While a world is set up everybody is idle, so a call is made at once, by the caller in the place of the called. */
static void call_now(unsigned int target, const struct model_call *call)
{
	unsigned int cpu = machine_cpu();

	model_set_up_as(target, machine_current());
	call->fn(call->arg);
	model_set_up_as(cpu, machine_current());
}

static struct model_call *find_queued(struct model_cpu *cpu, const struct model_call *call)
{
	for (unsigned int i = 0; i < cpu->nr_queued; i++) {
		if (cpu->queue[i].fn == call->fn && cpu->queue[i].arg == call->arg)
			return &cpu->queue[i];
	}
	return NULL;
}

/* Sends commute (ADD): the queue is sorted, and a target only asks whether anything is there. */
static MODEL_OUT_OF_LINE void send_call(unsigned int to, const struct model_call *call)
{
	struct model_cpu *cpu = &model_state()->cpus[to];
	struct model_call *queued;

	model_state()->ipis += model_config()->counts;
	if (agent_self() < 0) {
		call_now(to, call);
		return;
	}
	/* The handler has seen what was stored before: tlb.c, let_out_what_was_seen(). */
	model_released(cpu->queue, false);
	model_touch_at(cpu->queue, AGENT_JOIN, 0);
	queued = find_queued(cpu, call);
	if (queued) {
		queued->gone = 0;
		/* What is pending already is taken once; whether it still is, is seen. */
		model_touch_at(&cpu->calls, AGENT_READ, 0);
	} else {
		add_call(cpu, call);
		model_touch_at(&cpu->calls, AGENT_ADD, 1);
	}
	late_sent(to);
	before_interrupts(to);
	model_tell(call_sent, .to = to);
}

/* One step: every CPU of the set finds the call in its queue. */
void machine_interrupt(uint32_t cpus, void (*fn)(void *), void *arg)
{
	MODEL_LEAVES_NOTHING;
	struct model_call call = { .fn = fn, .arg = arg, .sender = agent_self() };

	model_may_move();
	model_called_from(MODEL_CALLER);
	if (!cpus)
		return;
	late_step_drained();
	races_release();
	model_note_leaving();
	model_barrier();
	for (unsigned int i = 0; i < model_config()->cpus; i++) {
		if (cpus >> i & 1)
			send_call(i, &call);
	}
	if (agent_self() >= 0 && agent_whose_stack(arg) == agent_self() &&
	    (!model_me()->lent || (uintptr_t)arg < model_me()->lent))
		model_me()->lent = (uintptr_t)arg;
	if (model_config()->counts)
		model_me()->interrupted = MODEL_SENT;
}

void machine_poll(void)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *cpu = model_this_cpu();
	struct model_agent *me = model_me();

	model_called_from(MODEL_CALLER);
	while (agent_self() >= 0) {
		struct model_call call;
		bool handling = me->handling;

		model_step_here();
		model_touch_at(&cpu->calls, AGENT_READ, 0);
		if (!agent_value(agent_object(&cpu->calls)))
			break;
		call = take_call(cpu);
		model_tell(call_polled, .from = sent_from(&call));
		me->handling = true;
		late_interrupted();
		before_interrupted();
		run_call(&call);
		me->handling = handling;
	}
}
