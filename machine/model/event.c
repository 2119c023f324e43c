/* SPDX-License-Identifier: MIT */
/* event.c - telling: who listens, and what the teller of a record does not have to say itself. */
#include <machine/model/model.h>

void model_listen(const struct model_listener *listener)
{
	struct model_telling *telling = model_telling();

	telling->listening = listener;
	if (listener)
		telling->listener = *listener;
}

bool model_listening(void)
{
	return model_telling()->listening;
}

bool model_grants(unsigned int rule)
{
	const struct model_telling *telling = model_telling();

	return telling->listening && telling->listener.grants && agent_self() >= 0 &&
	       telling->listener.grants(telling->listener.context, rule);
}

void machine_at(const char *file, unsigned int line)
{
	struct model_telling *telling = model_telling();
	int self = agent_self();

	if (!telling->listening || self < 0)
		return;
	telling->place[self].file = file;
	telling->place[self].line = line;
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

	return called[kind];
}

void model_emit(struct machine_event event)
{
	const struct model_telling *telling = model_telling();
	const struct model_agent *me = model_me();
	int self = agent_self();

	if (self < 0 && event.violates == EVENT_NOTHING_VIOLATED)
		return;
	event.agent = self;
	event.cpu = self < 0 ? 0 : me->cpu;
	event.doing = self < 0 ? NULL : telling->doing[self];
	if (self >= 0 && was_called(event.kind)) {
		event.file = telling->place[self].file;
		event.line = telling->place[self].line;
	}
	telling->listener.hear(telling->listener.context, &event);
}
