/* SPDX-License-Identifier: MIT */
/*
 * selftest.c - the frame of the self-test, and what a CPU can try alone or by counting together.
 *
 * The CPUs meet between checks. A CPU that fails a check writes it down before it comes to the next meeting, so behind it all
 * CPUs read the same, and stop at the same check. None waits for ever: a loop that has had its turns is a failure too.
 *
 * Checks stand in the order in which they need each other: a set has to work before CPUs can say in one who they are, numbers
 * before calls can be addressed, calls before waiting and grace periods can be tried with them.
 */
#include "internal.h"

enum {
	HIGHEST_CPU = 1 << 16, /* where a set that says it has more is not believed */
	TURNS_PINNED = 100,    /* a scheduler that may move the thread gets a chance or two */
	TURNS_IN_SET = 8,      /* long enough for others to read the set, and to write it back */
	MEETING_PATIENCE = 16, /* of that of a check: others may lose theirs several times before they come */
};

/* Counted, not stored: several CPUs may fail several checks at once, and the first of the list is what all report. */
void tlb_selftest_fail(struct shootdown_selftest_state *test, enum shootdown_selftest_result what)
{
	selftest_count(&test->failed[what], 1);
}

/*
 * By turns and not by time, as a host may have no clock yet. Each turn lets the host do what it does between two instructions of a
 * thread: a CPU that polls answers its calls in it, so two CPUs that wait here for each other's calls both get on.
 */
static bool until(const struct selftest_cpu *self, const long *counter, long value, unsigned long patience)
{
	shootdown_assert(patience > 0, "selftest: needs patience");
	for (unsigned long turns = 0; selftest_read(counter) < value; turns++) {
		if (turns == patience)
			return false;
		selftest_turn(self);
	}
	return true;
}

bool tlb_selftest_until(const struct selftest_cpu *self, const long *counter, long value)
{
	return until(self, counter, value, self->test->patience);
}

/*
 * The count only rises, over all meetings, so that it needs no reset, for which the CPUs would have to meet. Counting is a release and
 * reading it an acquire (internal.h), so what any CPU has written down before it came is seen by all who were there.
 *
 * Who was lost once stays away: a CPU that comes late to a meeting which the others have given up would be taken for one that comes to
 * the next.
 */
bool tlb_selftest_meet(struct selftest_cpu *self)
{
	if (self->lost)
		return false;
	self->meetings++;
	selftest_count(&self->test->arrived, 1);
	self->lost = !until(self, &self->test->arrived, self->meetings * (long)self->test->cpus,
			    MEETING_PATIENCE * self->test->patience);
	return !self->lost;
}

/* By asking for each CPU in turn: there is no hook that walks a set. */
unsigned int tlb_selftest_number(const struct shootdown_selftest_state *test, unsigned int rank)
{
	shootdown_cpumask_t members = shootdown_cpus_read(&test->members);

	/* A set that is broken may say that it has more members than CPUs: the search has an end of its own. */
	for (unsigned int cpu = 0; cpu < HIGHEST_CPU; cpu++) {
		if (shootdown_cpumask_take(&members, cpu) && rank-- == 0)
			return cpu;
	}
	return HIGHEST_CPU;
}

/* ---- what a CPU can try alone ---- */

/* Whether a batch page has room for as many slots shows when one is filled (try_memory()). */
static bool limits_are_right(const struct tlb_limits *limits)
{
	return limits && limits->bundle >= 2 && limits->bundle <= TLB_GATHER_BUNDLE && limits->batch >= 2 &&
	       limits->tables >= 1;
}

/* First, and without a hook that does anything: what is sized or shifted by these is not to be touched if they are wrong. */
static void try_constants(struct selftest_cpu *self)
{
	/* Signed, as the host's arithmetic on a level may be, so that a shift below zero is one. */
	int bits = (int)(8 * sizeof(long)), below = SHOOTDOWN_PAGE_SHIFT;
	bool right = shootdown_arch() && limits_are_right(shootdown_limits());

	/* Levels as enum tlb_level has them, from the last one up. */
	for (int level = 0; level < 5; level++) {
		int shift = (int)SHOOTDOWN_PTE_SHIFT(level);

		right = right && shift >= below && shift < bits && (level || shift == below);
		below = shift;
	}
	if (!right)
		tlb_selftest_fail(self->test, SHOOTDOWN_SELFTEST_CONSTANTS);
}

/* Hooks 4 to 9 on a set of this CPU's own. A copy is taken after each change: it must not follow the set, nor the set it. */
static bool set_works(unsigned int cpu)
{
	shootdown_cpumask_t copy;
	shootdown_cpus_t set;
	bool works;

	shootdown_cpus_init(&set);
	copy = shootdown_cpus_read(&set);
	works = shootdown_cpumask_count(&copy) == 0;
	/* In, read, and out of the copy only: a flush takes itself out of what it has read, and the mm keeps it. */
	shootdown_cpus_add(&set, cpu);
	copy = shootdown_cpus_read(&set);
	works = works && shootdown_cpumask_count(&copy) == 1 && shootdown_cpumask_take(&copy, cpu);
	works = works && shootdown_cpumask_count(&copy) == 0 && !shootdown_cpumask_take(&copy, cpu);
	shootdown_cpus_remove(&set, cpu);
	copy = shootdown_cpus_read(&set);
	return works && shootdown_cpumask_count(&copy) == 0;
}

/* Apart from try_sets(), which needs the numbers of all CPUs, and they are found with a set that works. */
static void try_set(struct selftest_cpu *self)
{
	if (!set_works(self->cpu))
		tlb_selftest_fail(self->test, SHOOTDOWN_SELFTEST_SETS);
}

/*
 * All at once: a set that is not changed in one access loses somebody's change. For an mm that is the CPU that is never asked again, and
 * whose old translations nobody waits for.
 */
static void try_sets(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	bool works = true;

	for (unsigned long round = 0; works && round < test->rounds; round++) {
		/* Perhaps somebody has written back what he had read before this CPU left. */
		works = !selftest_has(&test->shared, self->cpu);
		shootdown_cpus_add(&test->shared, self->cpu);
		for (unsigned int i = 0; i < TURNS_IN_SET; i++)
			selftest_turn(self);
		works = works && selftest_has(&test->shared, self->cpu);
		shootdown_cpus_remove(&test->shared, self->cpu);
	}
	if (!works)
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_SETS);
}

/* Pinned, and in a loop that gives others their turn: a thread that moves then says so by its number. */
static bool number_stays(unsigned int cpu)
{
	bool stays = true;

	shootdown_pin();
	for (unsigned int i = 0; i < TURNS_PINNED; i++) {
		stays = stays && shootdown_cpu() == cpu;
		shootdown_relax();
	}
	shootdown_unpin();
	return stays;
}

/*
 * The number is what a mask says of a CPU: two CPUs with one number answer for each other, and one with two is asked and
 * never found. Every CPU comes here, so each has to be among those that are up (hook 10).
 */
static void try_numbers(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	shootdown_cpumask_t online = shootdown_cpumask_online(), members;

	if (!number_stays(self->cpu) || !shootdown_cpumask_take(&online, self->cpu))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_NUMBERS);
	/* Two CPUs with one number make a set that is too small. */
	shootdown_cpus_add(&test->members, self->cpu);
	if (!tlb_selftest_meet(self))
		return;
	members = shootdown_cpus_read(&test->members);
	if (shootdown_cpumask_count(&members) != test->cpus)
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_NUMBERS);
	/* Numbers may have holes; ranks have none, so that "the next CPU" is a sum. */
	while (self->rank < test->cpus && tlb_selftest_number(test, self->rank) != self->cpu)
		self->rank++;
}

/* ---- batch pages ---- */

/* In words, of a page that is full; its header is two words or more. */
static unsigned long batch_words(void)
{
	return 2 + shootdown_limits()->batch;
}

/* Another value in each word, so that pages which overlap by a part are told apart too. */
static void fill(unsigned long *page, unsigned long value)
{
	for (unsigned long i = 0; page && i < batch_words(); i++)
		page[i] = value + i;
}

static bool filled(const unsigned long *page, unsigned long value)
{
	for (unsigned long i = 0; page && i < batch_words(); i++) {
		if (page[i] != value + i)
			return false;
	}
	return true;
}

/* Two pages of each CPU at one time: a page that is given out twice has somebody else's words. NULL is an answer as good. */
static void try_memory(struct selftest_cpu *self)
{
	unsigned long *one = (unsigned long *)shootdown_batch_alloc(), *two = (unsigned long *)shootdown_batch_alloc();
	bool right = ((uintptr_t)one | (uintptr_t)two) % sizeof(void *) == 0;

	/* To the last word that a gather would use: a page that is too small spoils what lies behind it, as it would then. */
	if (right) {
		fill(one, self->cpu);
		fill(two, ~(unsigned long)self->cpu);
	}
	/* Every CPU has filled its pages, and none has freed them. */
	if (!tlb_selftest_meet(self))
		return;
	if (!right || !filled(one, self->cpu) || !filled(two, ~(unsigned long)self->cpu))
		tlb_selftest_fail(self->test, SHOOTDOWN_SELFTEST_MEMORY);
	/* Every CPU has looked, so a page that two have may be freed and used again. */
	if (!tlb_selftest_meet(self))
		return;
	if (one)
		shootdown_batch_free(one);
	if (two)
		shootdown_batch_free(two);
}

/* ---- the test ---- */

void shootdown_selftest_init(struct shootdown_selftest_state *test, unsigned int cpus, unsigned long rounds,
			     unsigned long patience)
{
	shootdown_assert(cpus >= 1 && cpus <= SHOOTDOWN_SELFTEST_CPUS, "shootdown_selftest_init: needs 1 to 64 CPUs");
	shootdown_assert(rounds > 0 && patience > 0, "shootdown_selftest_init: needs rounds and patience");

	/* Plain stores: what makes the test known to the other CPUs makes these known. */
	test->cpus = cpus;
	test->rounds = rounds;
	test->patience = patience;
	test->arrived = 0;
	for (unsigned int i = 0; i < SHOOTDOWN_SELFTEST_RESULTS; i++)
		test->failed[i] = 0;
	shootdown_cpus_init(&test->members);
	shootdown_cpus_init(&test->inside);
	shootdown_cpus_init(&test->shared);
	for (unsigned int i = 0; i < SHOOTDOWN_SELFTEST_PAIRS; i++) {
		test->step[i][0] = 0;
		test->step[i][1] = 0;
		test->data[i] = 0;
		test->word[i] = 0;
	}
	test->old = 0;
	test->waited = 0;
	test->walking = 0;
	test->waiting = 0;
	test->callbacks = 0;
}

/*
 * The lowest that any CPU has written down. Later ones may be its consequences: checks stand in the order in which they need each
 * other, and so do results.
 */
static enum shootdown_selftest_result first_failure(const struct selftest_cpu *self)
{
	for (unsigned int i = 0; i < SHOOTDOWN_SELFTEST_RESULTS; i++) {
		if (selftest_read(&self->test->failed[i]))
			return (enum shootdown_selftest_result)i;
	}
	return SHOOTDOWN_SELFTEST_PASSED;
}

bool tlb_selftest_goes_on(struct selftest_cpu *self)
{
	/* Everybody has written down what he found before anybody reads it. */
	tlb_selftest_meet(self);
	self->failure = first_failure(self);
	/* Nobody writes down the next failure before all have read this. */
	tlb_selftest_meet(self);
	/* Who did not meet the others cannot know what they think. */
	if (self->lost)
		self->failure = SHOOTDOWN_SELFTEST_ABSENT;
	return !self->failure;
}

/* What a check cannot do without: it is left out, on all CPUs, where that is missing. */
enum {
	NEEDS_OTHERS = 1,
	NEEDS_INTERRUPTS = 2,
};

static const struct {
	void (*check)(struct selftest_cpu *self);
	unsigned int needs;
} checks[] = {
	{ try_constants, 0 },
	{ try_set, 0 }, /* what comes next is found with it */
	{ try_numbers, 0 },
	{ try_sets, 0 },
	{ try_memory, 0 },
	{ tlb_selftest_calls, NEEDS_OTHERS },
	{ tlb_selftest_crossing, NEEDS_OTHERS },
	{ tlb_selftest_wait, NEEDS_OTHERS },
	{ tlb_selftest_enter_order, NEEDS_OTHERS },
	{ tlb_selftest_leave_order, NEEDS_OTHERS },
	{ tlb_selftest_walkers, NEEDS_INTERRUPTS }, /* hook 31 is called with interrupts on */
};

enum shootdown_selftest_result shootdown_selftest(struct shootdown_selftest_state *test,
						  enum shootdown_selftest_mode mode)
{
	struct selftest_cpu self = { .test = test, .polls = mode == SHOOTDOWN_SELFTEST_POLLS, .cpu = shootdown_cpu() };
	unsigned int missing = (test->cpus == 1 ? NEEDS_OTHERS : 0) | (self.polls ? NEEDS_INTERRUPTS : 0);

	shootdown_assert(test->cpus > 0, "shootdown_selftest: needs shootdown_selftest_init() first");
	for (unsigned int i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		/* All CPUs leave out the same, as they have one test and one mode, or they would not meet again. */
		if (checks[i].needs & missing)
			continue;
		checks[i].check(&self);
		if (!tlb_selftest_goes_on(&self))
			break;
	}
	return self.failure;
}

/* The hooks by their numbers in host.h, where the contract that was broken stands; no default, so that none is forgotten. */
const char *shootdown_selftest_name(enum shootdown_selftest_result result)
{
	switch (result) {
	case SHOOTDOWN_SELFTEST_PASSED:
		return "passed";
	case SHOOTDOWN_SELFTEST_ABSENT:
		return "absent: fewer CPUs came than were announced, or one no longer gets on";
	case SHOOTDOWN_SELFTEST_CONSTANTS:
		return "constants: hook 1 or 2, or SHOOTDOWN_PTE_SHIFT(), is out of its range";
	case SHOOTDOWN_SELFTEST_SETS:
		return "sets: hooks 4 to 9 lost a CPU, or kept one";
	case SHOOTDOWN_SELFTEST_NUMBERS:
		return "numbers: hook 3 gives two CPUs one number, or it changes, or hook 10 does not know it";
	case SHOOTDOWN_SELFTEST_MEMORY:
		return "memory: hook 23 gave a page out twice, or one that is too small or not aligned";
	case SHOOTDOWN_SELFTEST_RAISE:
		return "raise: a call of hook 16 was not run";
	case SHOOTDOWN_SELFTEST_TARGET:
		return "target: a call of hook 16 was run by a CPU that was not asked";
	case SHOOTDOWN_SELFTEST_TWICE:
		return "twice: hook 17 or its interrupt ran a call twice";
	case SHOOTDOWN_SELFTEST_SEEN:
		return "seen: a call did not see what was stored before hook 16";
	case SHOOTDOWN_SELFTEST_CROSSING:
		return "crossing: a call of hook 16 was lost when CPUs called each other at once, each twice";
	case SHOOTDOWN_SELFTEST_NESTED:
		return "nested: hook 17 or its interrupt was interrupted by another call";
	case SHOOTDOWN_SELFTEST_WAIT:
		return "wait: hook 18 did not answer meanwhile";
	case SHOOTDOWN_SELFTEST_ENTER_ORDER:
		return "enter order: hook 7 behind hook 15 missed a CPU that hook 5 had put in, and it missed the change";
	case SHOOTDOWN_SELFTEST_LEAVE_ORDER:
		return "leave order: hook 7 saw a CPU taken out by hook 6, and not what it did before";
	case SHOOTDOWN_SELFTEST_WALKERS:
		return "walkers: hook 31 did not wait for code with interrupts off";
	case SHOOTDOWN_SELFTEST_GRACE:
		return "grace: the callback of hook 29 came before code with interrupts off had ended";
	case SHOOTDOWN_SELFTEST_CALLBACK:
		return "callback: that of hook 29 never came";
	case SHOOTDOWN_SELFTEST_RESULTS:
		break;
	}
	return "no such check";
}
