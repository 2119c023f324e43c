/* SPDX-License-Identifier: MIT */
/*
 * event.h - telling: records of what happens on the model machine, made only while somebody listens.
 *
 *	model_tell(frame_free, .frame = nr, .table = table);
 *	model_violation(MODEL_CONFLICT, page_replaced, .entry = entry);
 *
 * In a search nobody listens and the values are not even computed.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <explore/agent.h>
#include <machine/model/races.h>

enum machine_event_kind {
#define EVENT(kind, origin, fields) EVENT_##kind,
#include <machine/event.def>
#undef EVENT
	EVENT_KINDS,
};

/* Where an access found its translation. */
enum machine_found {
	FOUND_TABLES,  /* the tables say so now */
	FOUND_LATE,    /* they said so before a store that walks do not see yet */
	FOUND_HELD,    /* a TLB held it, and the tables no longer say so */
	FOUND_EARLIER, /* somewhere, when a store was made that leaves only now */
};

enum {
	EVENT_NOTHING_VIOLATED = -1,
	EVENT_CALLERS = 4, /* functions of headers that call one another, and one more */
};

struct machine_event {
	enum machine_event_kind kind;
	int agent; /* -1: after the last step */
	unsigned int cpu;
	int violates;	   /* enum model_property */
	const char *doing; /* the agent's operation, as the scenario has it; or NULL */
	const void *pc;	   /* behind the call or the access of the code under test that led here; or NULL */
	const void *callers
		[EVENT_CALLERS]; /* behind the call of the function that .pc is in, and so on outwards, as far as known */
	union {
#define NO_FIELD	  int nothing;
#define FIELD(type, name) type name;
#define EVENT(kind, origin, fields) \
	struct {                    \
		fields              \
	} kind;
#include <machine/event.def>
#undef EVENT
#undef FIELD
#undef NO_FIELD
	};
};

struct model_listener {
	void *context;
	void (*hear)(void *context, const struct machine_event *event);
	/* Asked after rule_missed was heard: may the rule act this once, although it is off? NULL: never. */
	bool (*grants)(void *context, unsigned int rule);
};

/* Nothing of this decides what happens: it is no part of the machine's state, and no copy of a state has it. */
struct model_telling {
	uint64_t followed;	    /* order.c: what the agent that runs has done last, in this transition */
	uintptr_t site;		    /* ... and where its next step is made */
	struct words *shared_words; /* of shared.c: what is known of the program, and no state of it */
	struct delays_noted *noted; /* of delays.c, likewise */
	struct model_listener listener;
	bool listening;
	bool hearing; /* the listener runs, who may ask the subject for names: that is no part of the execution */
	const void *pc[AGENT_MAX_AGENTS]; /* where each agent called the machine last, and from where that was called */
	const void *callers[AGENT_MAX_AGENTS][EVENT_CALLERS];
	const char *doing[AGENT_MAX_AGENTS]; /* and in which operation of the scenario */
	/* Where the accesses of each open set were made (races.c), as far as they were made while somebody listened. */
	const void *race_pc[AGENT_MAX_AGENTS][RACES_MOST];
};
struct model_telling *model_telling(void);
void model_listen(const struct model_listener *listener); /* NULL: nobody */
bool model_listening(void);
/* To the listener, with .agent, .cpu, .doing and the place filled in; what is told while a world is set up is not heard. */
bool model_grants(unsigned int rule);
void model_emit(struct machine_event event);

#define model_tell(what, ...)                                                                                         \
	do {                                                                                                          \
		if (model_listening())                                                                                \
			model_emit((struct machine_event){                                                            \
				.kind = EVENT_##what, .violates = EVENT_NOTHING_VIOLATED, .what = { __VA_ARGS__ } }); \
	} while (0)

/* Reported in any case, told if somebody listens. */
#define model_violation(property, what, ...)                                                              \
	do {                                                                                              \
		agent_report(property);                                                                   \
		if (model_listening())                                                                    \
			model_emit((struct machine_event){                                                \
				.kind = EVENT_##what, .violates = (property), .what = { __VA_ARGS__ } }); \
	} while (0)

#endif
