/* SPDX-License-Identifier: MIT */
/*
 * races.c - the open sets: what each agent has accessed since its CPU last released.
 *
 * A set is a list of accesses in one word each. What counts for the state is the exclusive or over its accesses (.print),
 * which does not depend on their order; the list itself is undone with the state and compared with nothing. A set is small, as
 * a rule under 50 accesses: code under a lock starts anew whenever it lets one go. So looking an access up is a walk of
 * the list, and .filter, a bit for each of 64 classes of words, answers most questions without it.
 */
#include <machine/model/races.h>
#include <machine/model/before.h>
#include <machine/model/model.h>

#include <assert.h>

enum {
	SIZE_BITS = 13,
	MOST_BYTES = (1 << SIZE_BITS) - 8, /* of one access in a list; longer ones become several */
};

/* How far an access is kept apart from others of its CPU. */
enum section {
	OPEN_TO_ALL,
	NOT_PREEMPTED, /* threads do not come between */
	NOT_INTERRUPTED,
};

/* One access in one word. */
typedef uint64_t access_word;

struct open_set {
	struct agent_fingerprint print; /* the state */
	uint64_t nr, filter;
	uint64_t on_stack; /* of .nr, how many are of the agent's own stack */
	const void *last;  /* where the last of them was made */
	access_word list[RACES_MOST];
};

struct races {
	unsigned int agents;
	struct open_set set[];
};

/*
 * From the top: the address, the length in bytes, the section, and whether it writes. An address
 * has 48 bits at most, and the lengths and marks need 16.
 */
static access_word word_of(uintptr_t start, size_t n, bool write, enum section section)
{
	assert(n > 0 && n <= MOST_BYTES && section <= NOT_INTERRUPTED);
	return start << (SIZE_BITS + 3) | n << 3 | (unsigned int)section << 1 | write;
}

static uintptr_t start_of(access_word access)
{
	return access >> (SIZE_BITS + 3);
}

static uintptr_t end_of(access_word access)
{
	return start_of(access) + (access >> 3 & ((1u << SIZE_BITS) - 1));
}

static enum section section_of(access_word access)
{
	return (enum section)(access >> 1 & 3);
}

static bool is_write(access_word access)
{
	return access & 1;
}

/* Which classes of words the bytes are of. */
static uint64_t filter_of(uintptr_t start, uintptr_t end)
{
	uintptr_t first = start / 8, last = (end - 1) / 8;

	if (last - first > 1)
		return UINT64_MAX;
	return UINT64_C(1) << (first & 63) | UINT64_C(1) << (last & 63);
}

/*
 * Two halves that have nothing in common; 0 would be an access that counts for nothing. The
 * exclusive or of these over a set is its print: an access that is in the set counts once, and one
 * that leaves it is taken out by the same operation that put it in.
 */
static struct agent_fingerprint mixed(access_word access)
{
	uint64_t lo = (access ^ access >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hi = (access ^ access >> 29) * UINT64_C(0xc2b2ae3d27d4eb4f);

	lo = (lo ^ lo >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	hi = (hi ^ hi >> 32) * UINT64_C(0x94d049bb133111eb);
	return (struct agent_fingerprint){ lo ^ lo >> 32, hi ^ hi >> 29 };
}

/* ---- the sets ---- */

/*
 * Behind setting up: what one agent alone has done races with nobody. Only .print tells states
 * apart; the list says the same in another order, and is undone with the rest.
 */
void races_start(void)
{
	struct model_state *m = model_state();
	unsigned int agents = agent_count();

	assert(!m->races);
	m->races = agent_alloc(sizeof(*m->races) + agents * sizeof(m->races->set[0]));
	m->races->agents = agents;
	for (unsigned int i = 0; i < agents; i++) {
		struct open_set *set = &m->races->set[i];

		agent_not_state(&set->nr, sizeof(*set) - offsetof(struct open_set, nr));
	}
}

static void log_head(struct open_set *set)
{
	agent_log(set, offsetof(struct open_set, list));
}

static void count(struct open_set *set, access_word access)
{
	struct agent_fingerprint print = mixed(access);

	set->print.lo ^= print.lo;
	set->print.hi ^= print.hi;
}

/*
 * A loop over an array goes on where its last turn ended: one access that has grown. The same place
 * in the source, the next bytes, of the same kind. So a memset() of a word a turn is one access,
 * and the list stays short.
 */
static bool grows(const struct open_set *set, access_word access, const void *pc)
{
	access_word last = set->nr ? set->list[set->nr - 1] : 0;

	return set->nr && set->last == pc && end_of(last) == start_of(access) && is_write(last) == is_write(access) &&
	       section_of(last) == section_of(access) && end_of(access) - start_of(last) <= MOST_BYTES;
}

static bool is_on_stack(access_word access, int agent)
{
	return agent_whose_stack((const void *)start_of(access)) == agent;
}

static void enter(struct open_set *set, access_word access, const void *pc)
{
	uintptr_t start = start_of(access);

	log_head(set);
	if (grows(set, access, pc)) {
		set->nr--;
		start = start_of(set->list[set->nr]);
		count(set, set->list[set->nr]);
		access = word_of(start, end_of(access) - start, is_write(access), section_of(access));
	} else {
		set->on_stack += is_on_stack(access, agent_self());
	}
	if (set->nr == RACES_MOST)
		machine_too_big("plain accesses of one agent between two releases", RACES_MOST);
	/* Where it was made is needed for a report alone, and is no part of the state. */
	if (model_listening())
		model_telling()->race_pc[agent_self()][set->nr] = pc;
	agent_log(&set->list[set->nr], sizeof(set->list[0]));
	set->list[set->nr++] = access;
	set->last = pc;
	set->filter |= filter_of(start, end_of(access));
	count(set, access);
}

/* In between others could meet what was open. */
static void close_set(struct open_set *set)
{
	if (!set->nr)
		return;
	/*
	 * What is closed here was open to others until now: a step that closes a set is one that
	 * others mind, so it is not made one transition with the step before.
	 */
	agent_seen();
	log_head(set);
	set->nr = set->on_stack = set->filter = 0;
	set->print = (struct agent_fingerprint){ 0, 0 };
}

/*
 * Is the access, or one that stands for it, in the set already? The last ones are the likeliest. An
 * access stands for another one if whoever races with the second races with the first: it covers
 * the bytes, writes if the other does, and is no better protected.
 */
static bool has(const struct open_set *set, access_word access)
{
	uintptr_t start = start_of(access), end = end_of(access);
	uint64_t filter = filter_of(start, end);

	if (filter != UINT64_MAX && (set->filter & filter) != filter)
		return false;
	for (unsigned int i = (unsigned int)set->nr; i-- > 0;) {
		access_word other = set->list[i];

		if (start_of(other) <= start && end <= end_of(other) && is_write(other) >= is_write(access) &&
		    section_of(other) <= section_of(access))
			return true;
	}
	return false;
}

/* ---- who may meet whom ---- */

/*
 * A handler runs with interrupts off, and the kernel's daemon on no CPU: nothing of their CPU comes
 * between. A spinlock keeps other threads of the CPU away (M4) and lets interrupts come.
 */
static enum section section_now(const struct model_agent *agent)
{
	if (!agent->is_thread || agent->handling || agent->irq_depth)
		return NOT_INTERRUPTED;
	return agent->spin_depth ? NOT_PREEMPTED : OPEN_TO_ALL;
}

/* Two agents of one CPU, where that means that they follow each other: the kernel's daemon is anywhere. */
static bool same_cpu(const struct model_agent *a, const struct model_agent *b)
{
	return a->cpu == b->cpu && !a->anywhere && !b->anywhere;
}

/* What an agent of the same CPU did with interrupts, or preemption, off is over when @agent comes to run. */
static bool is_over(access_word access, const struct model_agent *agent)
{
	return section_of(access) == NOT_INTERRUPTED ||
	       (section_of(access) == NOT_PREEMPTED && (agent->is_thread || !agent->handling));
}

/* ---- parts of sets that go ---- */

/* What of a set is left out: what lies on the stack of its agent, below .here, or what is over for .agent. */
struct going {
	int owner;
	uintptr_t here;
	const struct model_agent *agent; /* or NULL */
};

static bool goes(access_word access, const struct going *going)
{
	if (going->agent)
		return is_over(access, going->agent);
	return start_of(access) < going->here && is_on_stack(access, going->owner);
}

/* Asked first: most steps leave a set as it is, and one that is not written to costs no log. */
static bool any_goes(const struct open_set *set, const struct going *going)
{
	for (unsigned int i = 0; i < set->nr; i++) {
		if (goes(set->list[i], going))
			return true;
	}
	return false;
}

/*
 * The set again, without what goes. In place and in order, each kept access logged before it is
 * overwritten; so the undo finds what was there.
 */
static void leave_out(struct open_set *set, int agent, const struct going *going)
{
	const void **pc = model_telling()->race_pc[agent];
	unsigned int nr = (unsigned int)set->nr, kept = 0;

	log_head(set);
	set->filter = 0;
	set->on_stack = 0;
	for (unsigned int i = 0; i < nr; i++) {
		access_word access = set->list[i];

		if (goes(access, going)) {
			count(set, access);
			continue;
		}
		agent_log(&set->list[kept], sizeof(set->list[0]));
		set->list[kept] = access;
		pc[kept] = pc[i];
		kept++;
		set->filter |= filter_of(start_of(access), end_of(access));
		set->on_stack += is_on_stack(access, agent);
	}
	set->nr = kept;
}

/* ---- meetings ---- */

struct meeting {
	uintptr_t start, end;
	uint64_t filter;
	bool write, atomic;
	const void *pc;
};

/*
 * Both ends are told, each with its place in the source: the reader has to see which of the two
 * should have been atomic or locked.
 */
static void report(const struct meeting *mine, int other, unsigned int nr)
{
	access_word access = model_state()->races->set[other].list[nr];

	assert(nr < model_state()->races->set[other].nr);
	model_violation(MODEL_DATA_RACE, data_race, .address = (const void *)mine->start, .pc = mine->pc,
			.write = mine->write, .atomic = mine->atomic, .other = other,
			.other_pc = model_telling()->race_pc[other][nr], .other_write = is_write(access));
}

/*
 * They race if they share a byte, one of them writes, and the other agent has released nothing
 * since its access: then no order of locks or atomics puts it before this one. Two atomic accesses
 * never meet here, as atomic ones are in no set.
 */
static void meet(const struct meeting *mine, int other, const struct model_agent *me)
{
	const struct open_set *set = &model_state()->races->set[other];
	bool neighbour = same_cpu(me, &model_state()->agents[other]);

	for (unsigned int i = 0; i < set->nr; i++) {
		access_word access = set->list[i];

		if (start_of(access) < mine->end && mine->start < end_of(access) && (mine->write || is_write(access)) &&
		    !(neighbour && is_over(access, me))) {
			report(mine, other, i);
			return;
		}
	}
}

static void meet_others(const struct meeting *mine, const struct model_agent *me)
{
	const struct races *races = model_state()->races;
	int self = agent_self();

	for (int i = 0; i < (int)races->agents; i++) {
		/* No common class of words: no common byte. */
		if (i != self && (races->set[i].filter & mine->filter))
			meet(mine, i, me);
	}
}

/* ---- accesses and releases ---- */

/* Only memory that is part of the world: the checker's own is not shared by agents. */
static bool watched(const void *p)
{
	return agent_self() >= 0 && model_state()->races && agent_is_object(p);
}

/* An access that is in the set already has met everybody when it was entered; others who came since have met it. */
void races_plain(const void *p, size_t n, bool write, const void *pc)
{
	uintptr_t start = (uintptr_t)p;
	const struct model_agent *me;
	struct open_set *set;

	assert(n > 0);
	if (!watched(p))
		return;
	me = model_me();
	set = &model_state()->races->set[agent_self()];
	while (n) {
		size_t part = n < MOST_BYTES ? n : MOST_BYTES;
		access_word access = word_of(start, part, write, section_now(me));

		if (!has(set, access)) {
			const struct meeting mine = { start, start + part, filter_of(start, start + part),
						      write, false,	   pc };

			meet_others(&mine, me);
			before_plain((const void *)start, part, write, pc);
			enter(set, access, pc);
		}
		start += part;
		n -= part;
	}
}

/*
 * Meets open plain accesses, and is entered in no set: a plain access that comes later races with
 * it only if it could have come first, and that order is explored as well (touch_shared() sees to
 * it).
 */
void races_atomic(const void *p, size_t n, bool write, const void *pc)
{
	uintptr_t start = (uintptr_t)p;
	const struct meeting mine = { start, start + n, filter_of(start, start + n), write, true, pc };

	assert(n > 0);
	if (!watched(p))
		return;
	meet_others(&mine, model_me());
	before_atomic(p, n, write, pc);
}

/*
 * Threads that the CPU has run before: what they did in a section that is over came before the release. What they did in none
 * may have been about to be done when they were preempted. A handler runs beside them, and orders nothing of theirs, nor
 * they of its.
 */
static bool ran_before(const struct model_agent *other)
{
	const struct model_agent *me = model_me();

	return other != me && same_cpu(me, other) && !me->handling && !other->handling;
}

void races_release(void)
{
	struct races *races = model_state()->races;
	const struct going over = { .agent = model_me() };

	if (agent_self() < 0 || !races)
		return;
	close_set(&races->set[agent_self()]);
	for (int i = 0; i < (int)races->agents; i++) {
		if (ran_before(&model_state()->agents[i]) && any_goes(&races->set[i], &over)) {
			agent_seen();
			leave_out(&races->set[i], i, &over);
		}
	}
}

/*
 * What lies below this frame on the agent's stack is gone with the functions that had it; the next
 * ones put other variables there.
 */
void races_step(void)
{
	struct races *races = model_state()->races;
	const struct going gone = { .owner = agent_self(), .here = (uintptr_t)__builtin_frame_address(0) };
	struct open_set *set;

	if (agent_self() < 0 || !races)
		return;
	set = &races->set[agent_self()];
	if (set->on_stack && any_goes(set, &gone))
		leave_out(set, agent_self(), &gone);
}

/* Would a release here close anything? If not, it needs no step. */
bool races_open_here(void)
{
	const struct races *races = model_state()->races;
	const struct going over = { .agent = model_me() };
	bool open = agent_self() >= 0 && races && races->set[agent_self()].nr;

	for (int i = 0; agent_self() >= 0 && races && i < (int)races->agents; i++)
		open |= ran_before(&model_state()->agents[i]) && any_goes(&races->set[i], &over);
	return open;
}
