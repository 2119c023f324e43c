/* SPDX-License-Identifier: MIT */
/*
 * selftest_calls.c - tries calls to other CPUs, waiting, and grace periods.
 *
 * A call writes down who ran it and what it saw, and stays inside for a moment, with a pause in which a CPU that has
 * interrupts on, against the contract, would take the next call.
 */
#include "internal.h"

enum {
	TURNS_INSIDE = 8, /* time for a second call to come in between, where interrupts are on against the contract */
	TURNS_WALKING = 200, /* longer than a hook takes that does not wait: then the walker is still found inside */
	ROUNDS_WALKING = 8,  /* few: a grace period may take milliseconds */
};

/* ---- calls ---- */

/* Failures are written down and the call goes on: its caller counts on all of its targets. */
static void run_call(void *arg)
{
	struct shootdown_selftest_call *call = (struct shootdown_selftest_call *)arg;
	struct shootdown_selftest_state *test = call->test;
	unsigned int cpu = shootdown_cpu();

	/*
	 * Who waits for this call reads .left, and then .data and .ran as plain words: the count below is a release, and everything here
	 * stands before it.
	 *
	 * A CPU that is no member may run anything, and so is asked for its number alone.
	 */
	if (cpu == call->caller || !selftest_has(&test->members, cpu))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_TARGET);
	else if (selftest_has(&call->ran, cpu))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_TWICE);
	/* Hook 16 orders both, so the relaxed one needs no acquire here. */
	if (selftest_load(&call->word) != call->round ||
	    __atomic_load_n(&call->data, __ATOMIC_RELAXED) != (long)call->round)
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_SEEN);
	if (selftest_has(&test->inside, cpu))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_NESTED);

	/* Interrupts are off in a call, and 17 has turned them off as well: a second one that comes now has to wait for the end of this. */
	shootdown_cpus_add(&test->inside, cpu);
	for (unsigned int i = 0; i < TURNS_INSIDE; i++)
		shootdown_relax();
	shootdown_cpus_remove(&test->inside, cpu);
	/* Before the count, which may be what its caller waits for to use the call again. */
	shootdown_cpus_add(&call->ran, cpu);
	selftest_count(&call->left, -1);
}

/* Everybody but this CPU. */
static shootdown_cpumask_t others(const struct selftest_cpu *self)
{
	shootdown_cpumask_t mask = shootdown_cpus_read(&self->test->members);

	shootdown_cpumask_take(&mask, self->cpu);
	return mask;
}

/* Each CPU prepares its own. Only the targets of its calls look at them, and it has called none so far. */
static void prepare_call(const struct selftest_cpu *self, struct shootdown_selftest_call *call)
{
	call->test = self->test;
	call->caller = self->cpu;
	call->round = 0;
	call->word = 0;
	call->data = 0;
	call->left = 0;
	shootdown_cpus_init(&call->ran);
}

/* Nobody has @call: it was not made before, or was run by all. */
static void make_call(const struct selftest_cpu *self, struct shootdown_selftest_call *call)
{
	shootdown_cpumask_t mask = others(self);

	shootdown_assert(selftest_read(&call->left) <= 0, "selftest: makes a call again when all have answered");
	/* Plain, as the library sets the count of a request: hook 16 shows it to the targets. */
	shootdown_cpus_init(&call->ran);
	call->left = (long)shootdown_cpumask_count(&mask);
	call->round++;
	/* Hook 16 is called pinned. What a target has to see is stored last, so that it is as late as it can be. */
	shootdown_pin();
	selftest_store(&call->word, call->round);
	__atomic_fetch_add(&call->data, 1, __ATOMIC_RELAXED);
	shootdown_call_cpus(&mask, run_call, call);
	shootdown_unpin();
}

/* Its own loop, and not hook 18, which is tried later. Below zero is more runs than targets, which the caller looks for. */
static bool call_ends(const struct selftest_cpu *self, struct shootdown_selftest_call *call)
{
	for (unsigned long turns = 0; selftest_read(&call->left) > 0; turns++) {
		if (turns == self->test->patience)
			return false;
		selftest_turn(self);
	}
	return true;
}

/*
 * One caller at a time, so that a call which is not run, or is run by the wrong CPU, has one possible sender. The others go on with
 * turns of their own: where CPUs poll, they answer in them.
 */
void tlb_selftest_calls(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	struct shootdown_selftest_call *call = &test->call[self->rank][0];

	prepare_call(self, &test->call[self->rank][0]);
	prepare_call(self, &test->call[self->rank][1]);
	for (unsigned int turn = 0; turn < test->cpus; turn++) {
		bool ends = true;

		if (turn == self->rank) {
			make_call(self, call);
			ends = call_ends(self, call);
		}
		/* A second run of the call may come a little later. */
		for (unsigned int i = 0; i < TURNS_INSIDE; i++)
			selftest_turn(self);
		/* The first check of calls names what is missing; a call that never ends is one that was not run. */
		if (!ends)
			tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_RAISE);
		else if (selftest_read(&call->left) < 0)
			tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_TWICE);
		if (!tlb_selftest_goes_on(self))
			return;
	}
}

/*
 * All at once, and each with two calls under way: the most that the library asks of hook 16 at one time. A host with one slot
 * for each pair has to wait for room here while its own slots are full, and gets on only if it answers meanwhile.
 */
void tlb_selftest_crossing(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	struct shootdown_selftest_call *call = test->call[self->rank];
	bool ends = true;

	for (unsigned long round = 0; ends && round < test->rounds; round++) {
		make_call(self, &call[0]);
		make_call(self, &call[1]);
		ends = call_ends(self, &call[0]) && call_ends(self, &call[1]);
	}
	if (!ends)
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_CROSSING);
}

/* ---- waiting (hook 18) ---- */

/*
 * One waits for the other, who first has it answer a call. That is the knot that hook 18 is there to untie: two CPUs flush at the
 * same time, each waits for the other's answer, and neither gets on unless who waits answers meanwhile.
 */
static void wait_here(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;

	/* Raised before the other one is told to begin, so that it cannot be let go before it waits. */
	selftest_count(&test->waited, 1);
	selftest_count(&test->step[SHOOTDOWN_SELFTEST_PAIR_WAIT][0], 1);
	/* As the library waits: the hook may come back at any time, but not for ever. */
	for (unsigned long turns = 0; turns <= test->patience; turns++) {
		shootdown_wait_zero(&test->waited);
		if (!selftest_read(&test->waited))
			return;
	}
	tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_WAIT);
}

/* It lets the other one go in any case, also after a failure: a CPU that waits for ever could not report it. */
static void be_waited_for(struct selftest_cpu *self, long turn)
{
	struct shootdown_selftest_state *test = self->test;
	struct shootdown_selftest_call *call = &test->call[self->rank][0];

	/* The waiter has come to its hook, or is about to: a call that it does not answer now is never answered. */
	if (tlb_selftest_until(self, &test->step[SHOOTDOWN_SELFTEST_PAIR_WAIT][0], turn)) {
		make_call(self, call);
		if (!call_ends(self, call))
			tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_WAIT);
	}
	selftest_count(&test->waited, -1);
}

/* In a ring: each waits once, and once is waited for. */
void tlb_selftest_wait(struct selftest_cpu *self)
{
	unsigned int cpus = self->test->cpus;

	for (unsigned int turn = 0; turn < cpus; turn++) {
		if (self->rank == turn)
			wait_here(self);
		else if (self->rank == (turn + 1) % cpus)
			be_waited_for(self, (long)turn + 1);
		if (!tlb_selftest_goes_on(self))
			return;
	}
}

/* ---- grace periods (hooks 29 and 31) ---- */

/* A call has interrupts off: it is a walker. It stays until the other one waits for it, and a while longer. */
static void walk(void *arg)
{
	struct shootdown_selftest_state *test = (struct shootdown_selftest_state *)arg;
	/* Read before it says that it is inside: who begins a grace period counts `waiting` up only after that. */
	long waiting = selftest_read(&test->waiting);

	selftest_count(&test->walking, 1);
	for (unsigned long i = 0; i < test->patience && selftest_read(&test->waiting) == waiting; i++)
		shootdown_relax();
	for (unsigned int i = 0; i < TURNS_WALKING; i++)
		shootdown_relax();
	selftest_count(&test->walking, -1);
}

/* Has the next CPU walk; alone there is nobody to wait for. */
static void begin_walk(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	shootdown_cpumask_t mask;

	if (test->cpus == 1)
		return;
	/* A set of one, by taking the others out: no hook puts a CPU into a copy. */
	mask = shootdown_cpus_read(&test->members);
	for (unsigned int rank = 0; rank < test->cpus; rank++) {
		if (rank != (self->rank + 1) % test->cpus)
			shootdown_cpumask_take(&mask, tlb_selftest_number(test, rank));
	}
	shootdown_pin();
	shootdown_call_cpus(&mask, walk, test);
	shootdown_unpin();
	/* A grace period is owed to walkers that are inside when it begins, so it may not begin before. */
	if (!tlb_selftest_until(self, &test->walking, 1))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_RAISE);
}

/* The other one may still be in its call when the next begins. */
static void end_walk(struct selftest_cpu *self)
{
	for (unsigned long i = 0; i < self->test->patience && selftest_read(&self->test->walking); i++)
		selftest_turn(self);
}

/* In any context, so it only writes down; that it came is the last, as the test may then be over. */
static void callback(shootdown_rcu_t *rcu)
{
	struct shootdown_selftest_state *test =
		(struct shootdown_selftest_state *)((char *)rcu - offsetof(struct shootdown_selftest_state, rcu));

	if (selftest_read(&test->walking))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_GRACE);
	selftest_count(&test->callbacks, 1);
}

/*
 * Both ways in which a table is freed: by waiting (31) and by a callback (29). Either has to outlast a walker that was inside before,
 * and neither needs to wait for one that comes later, whom the table's entry does not lead there any more.
 */
static bool try_grace_period(struct selftest_cpu *self)
{
	struct shootdown_selftest_state *test = self->test;
	long callbacks = selftest_read(&test->callbacks);

	/* The walker leaves some time after it has seen `waiting` change: inside the hook, if the hook waits. */
	begin_walk(self);
	selftest_count(&test->waiting, 1);
	shootdown_sync_walkers();
	if (selftest_read(&test->walking))
		tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_WALKERS);
	end_walk(self);

	/* Queued while the walker is inside, and only then is it let go: a callback that runs at once finds it there. */
	begin_walk(self);
	shootdown_call_rcu(&test->rcu, callback);
	selftest_count(&test->waiting, 1);
	end_walk(self);
	if (tlb_selftest_until(self, &test->callbacks, callbacks + 1))
		return true;
	tlb_selftest_fail(test, SHOOTDOWN_SELFTEST_CALLBACK);
	return false;
}

/* One CPU at a time, since all use one callback and one walker; the next begins when all have met. */
void tlb_selftest_walkers(struct selftest_cpu *self)
{
	for (unsigned int turn = 0; turn < self->test->cpus; turn++) {
		for (unsigned int round = 0; turn == self->rank && round < ROUNDS_WALKING; round++) {
			if (!try_grace_period(self))
				break;
		}
		if (!tlb_selftest_goes_on(self))
			return;
	}
}
