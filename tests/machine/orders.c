/* SPDX-License-Identifier: MIT */
/*
 * orders.c - the classics of memory models on the timeline: each memory order of C11, on each of three machines.
 *
 * What C11 allows is from the C11 standard as repaired by Lahav and others (RC11, PLDI 2017) and from the papers that name the tests
 * (Alglave, Maranget, Tautschnig, "Herding cats", 2014); what x86-TSO allows is from Owens, Sarkar and Sewell, 2009. The timeline
 * is allowed to be stronger than C11 in two ways, each marked: loads are not satisfied after later stores of their CPU (LB), and a
 * write that one other CPU sees is seen by all (not so on Power).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "explore/explore.h"
#include "machine/model/delays.h"
#include "machine/model/steps.h"
#include "machine/model/views.h"

enum {
	RLX = 0,
	ACQ = VIEW_ACQUIRE,
	REL = VIEW_RELEASE,
	AR = VIEW_ACQUIRE | VIEW_RELEASE,
	SC = VIEW_ACQUIRE | VIEW_RELEASE | VIEW_ORDERED,
	X = 0,
	Y = 1,
	Z = 2,
	PLACES = 3,
	MOST_THREADS = 4,
	MOST_OPS = 6,
	MOST_REGISTERS = 8,
};

enum kind {
	END,
	WRITE,
	READ,
	FENCE,
	SWAP,
};

struct op {
	enum kind kind;
	unsigned int place, order;
	uint64_t value;
	int reg;
};

#define W(place, value, order)                 \
	{                                      \
		WRITE, place, order, value, -1 \
	}
#define R(place, reg, order)               \
	{                                  \
		READ, place, order, 0, reg \
	}
#define F(order)                       \
	{                              \
		FENCE, 0, order, 0, -1 \
	}
#define S(place, value, reg, order)            \
	{                                      \
		SWAP, place, order, value, reg \
	}
#define ANY 99

struct program {
	const char *name;
	struct op threads[MOST_THREADS][MOST_OPS];
	uint64_t regs[MOST_REGISTERS]; /* the outcome: ANY is whatever */
	uint64_t last[PLACES];
	bool c11, weak, tso;
};

/* clang-format off */
#define NO_LAST { ANY, ANY, ANY }
static const struct program programs[] = {
	/* store buffering */
	{ "SB", { { W(X, 1, RLX), R(Y, 0, RLX) }, { W(Y, 1, RLX), R(X, 1, RLX) } }, { 0, 0 }, NO_LAST, true, true, true },
	{ "SB+rel+acq", { { W(X, 1, REL), R(Y, 0, ACQ) }, { W(Y, 1, REL), R(X, 1, ACQ) } }, { 0, 0 }, NO_LAST, true, true, true },
	{ "SB+sc", { { W(X, 1, SC), R(Y, 0, SC) }, { W(Y, 1, SC), R(X, 1, SC) } }, { 0, 0 }, NO_LAST, false, false, false },
	{ "SB+rel+sc", { { W(X, 1, REL), R(Y, 0, SC) }, { W(Y, 1, REL), R(X, 1, SC) } }, { 0, 0 }, NO_LAST, true, true, true },
	{ "SB+sc+acq", { { W(X, 1, SC), R(Y, 0, ACQ) }, { W(Y, 1, SC), R(X, 1, ACQ) } }, { 0, 0 }, NO_LAST, true, true, false },
	{ "SB+fences", { { W(X, 1, RLX), F(SC), R(Y, 0, RLX) }, { W(Y, 1, RLX), F(SC), R(X, 1, RLX) } }, { 0, 0 }, NO_LAST, false, false, false },
	{ "SB+fence+po", { { W(X, 1, RLX), F(SC), R(Y, 0, RLX) }, { W(Y, 1, RLX), R(X, 1, RLX) } }, { 0, 0 }, NO_LAST, true, true, true },
	{ "SB+acqrel fences", { { W(X, 1, RLX), F(AR), R(Y, 0, RLX) }, { W(Y, 1, RLX), F(AR), R(X, 1, RLX) } }, { 0, 0 }, NO_LAST, true, true, true },
	{ "SB+swaps", { { S(X, 1, 2, AR), R(Y, 0, RLX) }, { S(Y, 1, 3, AR), R(X, 1, RLX) } }, { 0, 0, 0, 0 }, NO_LAST, true, true, false },
	/* message passing */
	{ "MP", { { W(X, 1, RLX), W(Y, 1, RLX) }, { R(Y, 0, RLX), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, true, true, false },
	{ "MP+rel+po", { { W(X, 1, RLX), W(Y, 1, REL) }, { R(Y, 0, RLX), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, true, true, false },
	{ "MP+po+acq", { { W(X, 1, RLX), W(Y, 1, RLX) }, { R(Y, 0, ACQ), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, true, true, false },
	{ "MP+rel+acq", { { W(X, 1, RLX), W(Y, 1, REL) }, { R(Y, 0, ACQ), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, false, false, false },
	{ "MP+sc", { { W(X, 1, RLX), W(Y, 1, SC) }, { R(Y, 0, SC), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, false, false, false },
	{ "MP+relfence+acqfence", { { W(X, 1, RLX), F(REL), W(Y, 1, RLX) }, { R(Y, 0, RLX), F(ACQ), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, false, false, false },
	{ "MP+acqfence+acqfence", { { W(X, 1, RLX), F(ACQ), W(Y, 1, RLX) }, { R(Y, 0, RLX), F(ACQ), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, true, true, false },
	{ "MP+relfence+relfence", { { W(X, 1, RLX), F(REL), W(Y, 1, RLX) }, { R(Y, 0, RLX), F(REL), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, true, true, false },
	{ "MP+scfences", { { W(X, 1, RLX), F(SC), W(Y, 1, RLX) }, { R(Y, 0, RLX), F(SC), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, false, false, false },
	{ "MP+swap+acq", { { W(X, 1, RLX), S(Y, 1, 2, REL) }, { R(Y, 0, ACQ), R(X, 1, RLX) } }, { 1, 0, 0 }, NO_LAST, false, false, false },
	{ "MP+relaxed swap+acq", { { W(X, 1, RLX), S(Y, 1, 2, RLX) }, { R(Y, 0, ACQ), R(X, 1, RLX) } }, { 1, 0, 0 }, NO_LAST, true, true, false },
	{ "MP+rel+swap+acq", { { W(X, 1, RLX), W(Y, 1, REL) }, { S(Y, 2, 2, RLX) }, { R(Y, 0, ACQ), R(X, 1, RLX) } }, { 2, 0, 1 }, NO_LAST, false, false, false },
	/* load buffering: never here, although C11 allows it */
	{ "LB", { { R(X, 0, RLX), W(Y, 1, RLX) }, { R(Y, 1, RLX), W(X, 1, RLX) } }, { 1, 1 }, NO_LAST, true, false, false },
	{ "LB+acq+rel", { { R(X, 0, ACQ), W(Y, 1, REL) }, { R(Y, 1, ACQ), W(X, 1, REL) } }, { 1, 1 }, NO_LAST, false, false, false },
	/* independent reads of independent writes: acquire is enough here, not in C11 */
	{ "IRIW", { { W(X, 1, RLX) }, { W(Y, 1, RLX) }, { R(X, 0, RLX), R(Y, 1, RLX) }, { R(Y, 2, RLX), R(X, 3, RLX) } }, { 1, 0, 1, 0 }, NO_LAST, true, true, false },
	{ "IRIW+rel+acq", { { W(X, 1, REL) }, { W(Y, 1, REL) }, { R(X, 0, ACQ), R(Y, 1, ACQ) }, { R(Y, 2, ACQ), R(X, 3, ACQ) } }, { 1, 0, 1, 0 }, NO_LAST, true, false, false },
	{ "IRIW+sc", { { W(X, 1, SC) }, { W(Y, 1, SC) }, { R(X, 0, SC), R(Y, 1, SC) }, { R(Y, 2, SC), R(X, 3, SC) } }, { 1, 0, 1, 0 }, NO_LAST, false, false, false },
	{ "IRIW+scfences", { { W(X, 1, RLX) }, { W(Y, 1, RLX) }, { R(X, 0, RLX), F(SC), R(Y, 1, RLX) }, { R(Y, 2, RLX), F(SC), R(X, 3, RLX) } }, { 1, 0, 1, 0 }, NO_LAST, false, false, false },
	/* 2+2W */
	{ "2+2W", { { W(X, 2, RLX), W(Y, 1, RLX) }, { W(Y, 2, RLX), W(X, 1, RLX) } }, { 0 }, { 2, 2, ANY }, true, true, false },
	{ "2+2W+rel", { { W(X, 2, REL), W(Y, 1, REL) }, { W(Y, 2, REL), W(X, 1, REL) } }, { 0 }, { 2, 2, ANY }, true, false, false },
	{ "2+2W+rel+po", { { W(X, 2, RLX), W(Y, 1, REL) }, { W(Y, 2, RLX), W(X, 1, RLX) } }, { 0 }, { 2, 2, ANY }, true, true, false },
	{ "2+2W+sc", { { W(X, 2, SC), W(Y, 1, SC) }, { W(Y, 2, SC), W(X, 1, SC) } }, { 0 }, { 2, 2, ANY }, false, false, false },
	/* write to read causality */
	{ "WRC+rel+acq", { { W(X, 1, RLX) }, { R(X, 0, RLX), W(Y, 1, REL) }, { R(Y, 1, ACQ), R(X, 2, RLX) } }, { 1, 1, 0 }, NO_LAST, false, false, false },
	{ "WRC+po+acq", { { W(X, 1, RLX) }, { R(X, 0, RLX), W(Y, 1, RLX) }, { R(Y, 1, ACQ), R(X, 2, RLX) } }, { 1, 1, 0 }, NO_LAST, true, false, false },
	{ "WRC", { { W(X, 1, RLX) }, { R(X, 0, RLX), W(Y, 1, RLX) }, { R(Y, 1, RLX), R(X, 2, RLX) } }, { 1, 1, 0 }, NO_LAST, true, true, false },
	/* coherence */
	{ "CoRR", { { W(X, 1, RLX), W(X, 2, RLX) }, { R(X, 0, RLX), R(X, 1, RLX) } }, { 2, 1 }, NO_LAST, false, false, false },
	{ "CoRR backwards", { { W(X, 1, RLX) }, { R(X, 0, RLX), R(X, 1, RLX) } }, { 1, 0 }, NO_LAST, false, false, false },
	{ "CoWR", { { W(X, 1, RLX), R(X, 0, RLX) }, { W(X, 2, RLX) } }, { 0 }, NO_LAST, false, false, false },
	{ "CoWW", { { W(X, 1, RLX), W(X, 2, RLX) } }, { 0 }, { 1, ANY, ANY }, false, false, false },
	{ "CoRW", { { R(X, 0, RLX), W(X, 1, RLX) } }, { 1 }, NO_LAST, false, false, false },
	/* S and R */
	{ "S", { { W(X, 2, RLX), W(Y, 1, RLX) }, { R(Y, 0, RLX), W(X, 1, RLX) } }, { 1 }, { 2, ANY, ANY }, true, true, false },
	{ "S+rel+acq", { { W(X, 2, RLX), W(Y, 1, REL) }, { R(Y, 0, ACQ), W(X, 1, RLX) } }, { 1 }, { 2, ANY, ANY }, false, false, false },
	{ "S+rel+po", { { W(X, 2, RLX), W(Y, 1, REL) }, { R(Y, 0, RLX), W(X, 1, RLX) } }, { 1 }, { 2, ANY, ANY }, true, false, false },
	{ "R", { { W(X, 1, RLX), W(Y, 1, RLX) }, { W(Y, 2, RLX), R(X, 0, RLX) } }, { 0 }, { ANY, 2, ANY }, true, true, true },
	{ "R+rel+acq", { { W(X, 1, RLX), W(Y, 1, REL) }, { W(Y, 2, REL), R(X, 0, ACQ) } }, { 0 }, { ANY, 2, ANY }, true, true, true },
	{ "R+scfences", { { W(X, 1, RLX), F(SC), W(Y, 1, RLX) }, { W(Y, 2, RLX), F(SC), R(X, 0, RLX) } }, { 0 }, { ANY, 2, ANY }, false, false, false },
	{ "R+sc", { { W(X, 1, SC), W(Y, 1, SC) }, { W(Y, 2, SC), R(X, 0, SC) } }, { 0 }, { ANY, 2, ANY }, false, false, false },
	/* atomicity */
	{ "swaps", { { S(X, 1, 0, RLX) }, { S(X, 2, 1, RLX) } }, { 0, 0 }, NO_LAST, false, false, false },
	{ "lock", { { S(X, 1, 0, ACQ), R(Y, 1, RLX), W(Y, 1, RLX), W(X, 0, REL) }, { S(X, 1, 2, ACQ), R(Y, 3, RLX), W(Y, 1, RLX), W(X, 0, REL) } },
	  { 0, 0, 0, 0 }, NO_LAST, false, false, false },
};
/* clang-format on */

/* ---- a world ---- */

static const struct weak_facts weak = { .buffers = true, .stale = true };
static const struct weak_facts tso = { .buffers = true, .in_order = true };
static const struct weak_facts sc = { .in_order = true };

struct world {
	const struct program *program;
	struct weak_facts facts;
	const struct delays_words *words; /* those that have to be weak; or NULL: all places are */
	struct weak *timeline;
	uint64_t *regs;
	struct thread {
		struct world *world;
		unsigned int cpu;
	} thread[MOST_THREADS];
	struct step_leaves leaves[MOST_THREADS];
	bool seen;
	unsigned char *outcomes; /* or NULL: a bit for each, registers and last values side by side */
};

enum {
	OUTCOME_BITS = 2 * (MOST_REGISTERS + PLACES), /* values are 0 to 3 */
	OUTCOME_BYTES = 1 << (OUTCOME_BITS - 3),
};

/* Where the places would be, were they words of a program. */
static uint64_t address_of(unsigned int place)
{
	return 0x1000 + 16 * place;
}

/* Each operation comes behind the one above it. */
static uint64_t node_of(unsigned int cpu, const struct op *op)
{
	static const unsigned int kinds[] = { [WRITE] = DELAYS_WRITES,
					      [READ] = DELAYS_READS,
					      [FENCE] = DELAYS_FENCE,
					      [SWAP] = DELAYS_READS | DELAYS_WRITES };

	return delays_node(&(struct delays_at){ .site = (uintptr_t)op,
						.word = op->kind == FENCE ? 0 : address_of(op->place),
						.bytes = op->kind == FENCE ? 0 : 8,
						.agent = (uint8_t)cpu,
						.cpu = (uint8_t)cpu,
						.kind = (uint8_t)kinds[op->kind],
						.order = (uint8_t)op->order });
}

static void run_op(struct weak *t, unsigned int cpu, const struct op *op, uint64_t *regs)
{
	switch (op->kind) {
	case WRITE:
		step_store(t, cpu, op->place, op->value, op->order & ~(unsigned int)VIEW_ACQUIRE);
		break;
	case READ:
		regs[op->reg] = step_load(t, cpu, op->place, op->order & ~(unsigned int)VIEW_RELEASE);
		break;
	case FENCE:
		step_fence(t, cpu, op->order);
		break;
	default:
		regs[op->reg] = step_exchange(t, cpu, op->place, op->value, op->order);
	}
	agent_log(regs, MOST_REGISTERS * sizeof(regs[0]));
}

static void thread_body(void *arg)
{
	const struct thread *thread = arg;
	const struct op *op = thread->world->program->threads[thread->cpu];

	for (; op->kind != END; op++)
		run_op(thread->world->timeline, thread->cpu, op, thread->world->regs);
	step_over(thread->world->timeline, thread->cpu);
}

static unsigned int threads_of(const struct program *program)
{
	unsigned int n = 0;

	while (n < MOST_THREADS && program->threads[n][0].kind != END)
		n++;
	return n;
}

/* As a search has learned, or weak in every way. */
static void make_place(const struct world *w, unsigned int place)
{
	struct delays_word word = { .late = w->words ? 0 : UINT16_MAX, .old = w->words ? 0 : UINT16_MAX };

	for (unsigned int i = 0; w->words && i < w->words->nr; i++) {
		if (w->words->word[i].start == address_of(place))
			word = w->words->word[i];
	}
	weak_add_place(w->timeline, 0);
	weak_make_strong(w->timeline, place, word.late, word.old);
}

static void set_up(void *arg)
{
	struct world *w = arg;
	unsigned int threads = threads_of(w->program);

	agent_reset();
	w->timeline = agent_alloc(sizeof(*w->timeline));
	w->regs = agent_alloc(MOST_REGISTERS * sizeof(w->regs[0]));
	weak_init(w->timeline, &w->facts, threads);
	for (unsigned int i = 0; i < PLACES; i++)
		make_place(w, i);
	for (unsigned int i = 0; i < threads; i++) {
		w->thread[i] = (struct thread){ w, i };
		w->leaves[i] = (struct step_leaves){ w->timeline, i };
		agent_spawn(thread_body, &w->thread[i]);
	}
	for (unsigned int i = 0; i < threads; i++)
		agent_set_daemon(agent_spawn(step_leaving, &w->leaves[i]));
}

static uint64_t last_value(const struct world *w, unsigned int place)
{
	return weak_value(w->timeline, weak_newest(w->timeline, place), place);
}

static void note_outcome(struct world *w)
{
	uint64_t outcome = 0;

	for (unsigned int i = 0; i < MOST_REGISTERS; i++)
		outcome = outcome << 2 | w->regs[i];
	for (unsigned int i = 0; i < PLACES; i++)
		outcome = outcome << 2 | last_value(w, i);
	assert_true(outcome >> OUTCOME_BITS == 0);
	w->outcomes[outcome / 8] |= (unsigned char)(1u << outcome % 8);
}

static bool visit(void *context, const struct explore_run *run)
{
	struct world *w = context;
	bool same = true;

	assert_int_equal(run->end, EXPLORE_COMPLETE);
	for (unsigned int i = 0; i < MOST_REGISTERS; i++)
		same &= w->program->regs[i] == ANY || w->regs[i] == w->program->regs[i];
	for (unsigned int i = 0; i < PLACES; i++)
		same &= w->program->last[i] == ANY || last_value(w, i) == w->program->last[i];
	w->seen |= same;
	if (w->outcomes)
		note_outcome(w);
	return true;
}

/* Before the search, whose agents' stacks are part of a state: there is one way through each thread. */
static void note_program(const struct program *program)
{
	for (unsigned int cpu = 0; cpu < threads_of(program); cpu++) {
		uint64_t before = 0;

		for (const struct op *op = program->threads[cpu]; op->kind != END; op++) {
			uint64_t node = node_of(cpu, op);

			delays_follows(before, node);
			before = node;
		}
	}
}

static uint64_t explore_world(struct world *w, bool sleep)
{
	struct explore_options options = explore_defaults(set_up, w);
	struct explore_stats stats;

	options.search = EXPLORE_STATES;
	options.sleep = sleep;
	options.visit = visit;
	options.context = w;
	explore(&options, &stats);
	assert_true(stats.exhausted);
	return stats.states;
}

static bool search(const struct program *program, const struct weak_facts *facts, const struct delays_words *words,
		   bool sleep, uint64_t *states)
{
	struct world w = { .program = program, .facts = *facts, .words = words };

	*states = explore_world(&w, sleep);
	return w.seen;
}

static bool reaches(const struct program *program, const struct weak_facts *facts, bool sleep, uint64_t *states)
{
	return search(program, facts, NULL, sleep, states);
}

/* ---- the tests ---- */

static void outcomes_are_the_published_ones(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const struct program *p = &programs[i];
		uint64_t states[3];
		bool got_weak = reaches(p, &weak, true, &states[0]), got_tso = reaches(p, &tso, true, &states[1]),
		     got_sc = reaches(p, &sc, true, &states[2]);
		bool right = got_weak == p->weak && got_tso == p->tso && !(got_weak && !p->c11);

		print_message("%-22s weak %d tso %d sc %d; states %3llu %3llu %3llu%s\n", p->name, got_weak, got_tso,
			      got_sc, (unsigned long long)states[0], (unsigned long long)states[1],
			      (unsigned long long)states[2], right ? "" : "   WRONG");
		wrong += !right;
		wrong += got_sc;
	}
	assert_int_equal(wrong, 0);
}

/* What steps declare is true if leaving out the independent ones leaves out no state. */
static void sleeping_loses_no_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		uint64_t with, without;

		reaches(&programs[i], &weak, true, &with);
		reaches(&programs[i], &weak, false, &without);
		assert_int_equal(with, without);
	}
}

/* With what is learned of cycles there are the same outcomes; and what orders its accesses has the states of one memory. */
static void learn(const struct program *p, const struct weak_facts *facts, bool expected, unsigned int *ordered)
{
	static const struct delays_words none;
	struct delays_words words = { 0 };
	uint64_t states, strong, rounds = 0;
	bool got;

	delays_forget();
	note_program(p);
	do
		got = search(p, facts, &words, rounds++ % 2, &states);
	while (delays_learn(&words, facts->in_order));
	if (got != expected)
		fail_msg("%s: %d with what is learned", p->name, got);
	search(p, &sc, &none, true, &strong);
	if (!words.nr)
		assert_int_equal(states, strong);
	*ordered += !words.nr;
}

static void ordered_code_gains_no_state(void **state)
{
	unsigned int ordered = 0, ordered_by_tso = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		learn(&programs[i], &weak, programs[i].weak, &ordered);
		learn(&programs[i], &tso, programs[i].tso, &ordered_by_tso);
	}
	print_message("%u programs have no critical cycle, %u on TSO\n", ordered, ordered_by_tso);
	/* Those whose fences and orders forbid the outcome, and those that have no cycle at all. */
	assert_true(ordered > 20 && ordered_by_tso > ordered);
}

/* ---- programs made by chance ---- */

static unsigned int chance(unsigned int *seed, unsigned int below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % below;
}

static struct op some_op(unsigned int *seed, int *registers)
{
	static const unsigned int orders[] = { RLX, RLX, ACQ, REL, AR, SC };
	struct op op = { .place = chance(seed, PLACES), .order = orders[chance(seed, 6)], .reg = -1 };
	unsigned int kind = chance(seed, 10);

	op.kind = kind < 4 ? WRITE : kind < 7 ? READ : kind < 8 ? SWAP : FENCE;
	op.value = 1 + chance(seed, 3);
	if (op.kind == READ || op.kind == SWAP)
		op.reg = (*registers)++ % MOST_REGISTERS;
	return op;
}

static struct program some_program(unsigned int seed)
{
	struct program p = { .name = "by chance" };
	unsigned int threads = 2 + chance(&seed, 2);
	int registers = 0;

	for (unsigned int i = 0; i < threads; i++) {
		unsigned int ops = threads == 2 ? 2 + chance(&seed, 3) : 1 + chance(&seed, 3);

		for (unsigned int k = 0; k < ops; k++)
			p.threads[i][k] = some_op(&seed, &registers);
	}
	return p;
}

static uint64_t outcomes_of(struct world *w)
{
	w->outcomes = calloc(1, OUTCOME_BYTES);
	assert_non_null(w->outcomes);
	return explore_world(w, true);
}

static void try_chance(unsigned int seed, const struct weak_facts *facts, uint64_t *all, uint64_t *learned)
{
	struct program program = some_program(seed);
	struct delays_words words = { 0 };
	struct world full = { .program = &program, .facts = *facts };
	struct world less = { .program = &program, .facts = *facts, .words = &words };
	uint64_t states;

	delays_forget();
	note_program(&program);
	*all += outcomes_of(&full);
	do {
		free(less.outcomes);
		states = outcomes_of(&less);
	} while (delays_learn(&words, facts->in_order));
	*learned += states;
	if (memcmp(full.outcomes, less.outcomes, OUTCOME_BYTES))
		fail_msg("program %u has other outcomes with what is learned", seed);
	free(full.outcomes);
	free(less.outcomes);
}

static void learning_loses_no_outcome(void **state)
{
	uint64_t all = 0, learned = 0;

	(void)state;
	for (unsigned int seed = 0; seed < 1000; seed++)
		try_chance(seed, seed % 3 ? &weak : &tso, &all, &learned);
	print_message("%llu states, %llu where the rest is strong\n", (unsigned long long)all,
		      (unsigned long long)learned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_the_published_ones),
		cmocka_unit_test(sleeping_loses_no_state),
		cmocka_unit_test(ordered_code_gains_no_state),
		cmocka_unit_test(learning_loses_no_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
