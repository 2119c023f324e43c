/* SPDX-License-Identifier: MIT */
/* event.c - telling: who listens, and what the teller of a record does not have to say itself. */
#include <machine/model/model.h>

#include <assert.h>
#include <string.h>
#include <unwind.h>

void model_listen(const struct model_listener *listener)
{
	struct model_telling *telling = model_telling();

	assert(!listener || listener->hear);
	telling->listening = listener;
	if (listener)
		telling->listener = *listener;
}

/* A search that nobody listens to does not build records: they cost more than the step itself. */
bool model_listening(void)
{
	return model_telling()->listening;
}

/*
 * Would the listener have the rule on for this one agent? It is how "which missing rule is it" is
 * asked without another scenario. Only inside agents: what a world is set up with is the same for
 * all of them.
 */
bool model_grants(unsigned int rule)
{
	const struct model_telling *telling = model_telling();

	return telling->listening && telling->listener.grants && agent_self() >= 0 &&
	       telling->listener.grants(telling->listener.context, rule);
}

struct walk {
	const void *pc, **callers;
	unsigned int nr;
	bool behind; /* the frame of .pc */
};

static _Unwind_Reason_Code visit_frame(struct _Unwind_Context *frame, void *context)
{
	struct walk *walk = context;
	const void *ip = (const void *)_Unwind_GetIP(frame);

	if (walk->behind)
		walk->callers[walk->nr++] = ip;
	else
		walk->behind = ip == walk->pc;
	return walk->nr < EVENT_CALLERS ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/*
 * Kept for each agent, because one agent's call may be in the middle, waiting for its step, while
 * another one's begins. Not part of the state: it is told, and read by nobody here.
 *
 * What a plain store has changed is seen at the next call only; so it is told before the place of that call takes the place of
 * the store's own. What the listener asks of code under test is a call of nobody's.
 */
void model_called_from(const void *pc)
{
	struct model_telling *telling = model_telling();

	if (agent_self() < 0 || telling->hearing)
		return;
	model_settle();
	model_note_site(pc, NULL);
	if (!telling->listening)
		return;
	telling->pc[agent_self()] = pc;
	memset(telling->callers[agent_self()], 0, sizeof(telling->callers[0]));
	_Unwind_Backtrace(visit_frame, &(struct walk){ .pc = pc, .callers = telling->callers[agent_self()] });
}

/* Was the code under test in a call of the machine when that happened? */
static bool was_called(enum machine_event_kind kind)
{
	enum {
		CALLED = 1,
		ALONE = 0
	};
	static const bool called[EVENT_KINDS] = {
#define EVENT(what, origin, fields) [EVENT_##what] = (origin),
#include <machine/event.def>
#undef EVENT
	};

	assert(kind < EVENT_KINDS);
	return called[kind];
}

void model_emit(struct machine_event event)
{
	struct model_telling *telling = model_telling();
	const struct model_agent *me = model_me();
	int self = agent_self();

	/* Setting up is no execution: only what goes wrong there is worth a word. */
	if (self < 0 && event.violates == EVENT_NOTHING_VIOLATED)
		return;
	event.agent = self;
	event.cpu = self < 0 ? 0 : me->cpu;
	event.doing = self < 0 ? NULL : telling->doing[self];
	if (self >= 0 && was_called(event.kind)) {
		event.pc = telling->pc[self];
		memcpy(event.callers, telling->callers[self], sizeof(event.callers));
	}
	/*
	 * The listener may call code under test to name an address, for instance; what that does is
	 * no step of anybody (is_looking()).
	 */
	assert(telling->listening && !telling->hearing);
	telling->hearing = true;
	telling->listener.hear(telling->listener.context, &event);
	telling->hearing = false;
}
