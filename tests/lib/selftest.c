/* SPDX-License-Identifier: MIT */
/*
 * selftest.c - the self-test passes on a host that is right, and finds in each of many broken ones what is broken.
 *
 * The host is that of examples/smp, whose CPUs are threads. Its hooks are compiled as good_NAME (lib.mk); those that the
 * self-test calls stand here, pass on, and break one thing. A wrong memory order is made, not waited for: what is added
 * relaxed, or hook 5 puts in, stays in a buffer of its CPU until something else drains it, as in a store buffer, and the
 * hook that ought to drain it does not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <shootdown/selftest.h>
/* Here they are the compiler's again. */
#undef __atomic_load_n
#undef __atomic_fetch_add
#undef __atomic_fetch_sub
#include "examples/smp/smp.h"

enum breakage {
	NOTHING,
	BUNDLE_OF_ONE,
	ALL_ARE_CPU_0,
	ADD_LOSES,
	REMOVE_KEEPS,
	ONE_PAGE_FOR_ALL,
	CALL_IS_DROPPED,
	CALL_RUNS_HERE,
	CALL_RUNS_TWICE,
	CALL_BEFORE_STORES,
	SLOT_IS_OVERWRITTEN,
	INTERRUPTS_IN_CALLS,
	POLL_DOES_NOTHING,
	WAIT_DOES_NOTHING,
	WAIT_DOES_NOT_ANSWER,
	ENTER_WITHOUT_FENCE,
	CHANGE_WITHOUT_FENCE,
	LEAVE_IS_RELAXED,
	WALKERS_ARE_LEFT,
	CALLBACK_AT_ONCE,
	CALLBACK_IS_LOST,
	CPU_STAYS_AWAY,
};

enum {
	MEMBERS = 3,
	ROUNDS = 200,
	HASTE = 20000,
	PATIENCE = 5000000,
	SHORT_US = 300,
	LONG_US = 20000,
};

static enum breakage broken;
static unsigned long patience; /* of the self-test: how often it looks before it gives up */
static struct shootdown_selftest_state test;
struct tlb_arch smp_arch = { .name = "smp", .reach = TLB_REACH_IPI, .table_free = true, .rcu_table_free = true };

void good_call_cpus(const shootdown_cpumask_t *mask, void (*fn)(void *), void *arg);
void good_call_poll(void);
void good_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu));
void good_sync_walkers(void);
void good_wait_zero(const long *counter);
void *good_batch_alloc(void);
void good_batch_free(void *batch);
unsigned int good_cpu(void);

void smp_panic(const char *what)
{
	fprintf(stderr, "CPU %u: %s\n", this_cpu ? this_cpu->number : 0, what);
	abort();
}

/* ---- a buffer of stores that are on their way ---- */

static _Thread_local struct {
	long *counter; /* or NULL */
	long value;
	shootdown_cpus_t *cpus; /* or NULL: this CPU is on its way into it */
	shootdown_cpus_t *read; /* by hook 7, as it was: ... */
	shootdown_cpumask_t early;
	bool fenced;
} buffer;

static void drain(void)
{
	if (buffer.counter)
		__atomic_fetch_add(buffer.counter, buffer.value, __ATOMIC_RELAXED);
	buffer.counter = NULL;
	if (buffer.cpus) {
		usleep(SHORT_US);
		good_cpus_add(buffer.cpus, good_cpu());
	}
	buffer.cpus = NULL;
	buffer.fenced = false;
	if (buffer.read)
		buffer.early = good_cpus_read(buffer.read);
}

/* The hook that ought to drain, and does not; others see its own store meanwhile. */
static void leave_buffered(void)
{
	if (buffer.counter)
		usleep(SHORT_US);
}

static bool buffers_counters(void)
{
	return broken == CALL_BEFORE_STORES || broken == LEAVE_IS_RELAXED;
}

/* ---- the hooks ---- */

const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits small = { .bundle = 1, .batch = 2, .tables = 1 };

	return broken == BUNDLE_OF_ONE ? &small : good_limits();
}

unsigned int shootdown_cpu(void)
{
	return broken == ALL_ARE_CPU_0 ? 0 : good_cpu();
}

void shootdown_cpus_add(shootdown_cpus_t *set, unsigned int cpu)
{
	drain();
	if (broken == ADD_LOSES && set == &test.shared) {
		shootdown_cpumask_t old = good_cpus_read(set);

		sched_yield();
		__atomic_store_n(set, old | 1ul << cpu, __ATOMIC_RELAXED);
	} else if (broken == CHANGE_WITHOUT_FENCE && set == &test.shared) {
		usleep(SHORT_US / 3);
		good_cpus_add(set, cpu);
	} else if (broken == ENTER_WITHOUT_FENCE && set == &test.shared) {
		buffer.cpus = set;
	} else {
		good_cpus_add(set, cpu);
	}
}

void shootdown_cpus_remove(shootdown_cpus_t *set, unsigned int cpu)
{
	if (broken != LEAVE_IS_RELAXED)
		drain();
	if (broken != REMOVE_KEEPS)
		good_cpus_remove(set, cpu);
	leave_buffered();
}

shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *set)
{
	if (buffer.fenced && set == buffer.read)
		return buffer.early;
	drain();
	return good_cpus_read(set);
}

/* What is relaxed may wait; a release is after all that came before it. */
void buffered_add(long *counter, long value, int order)
{
	drain();
	if (order == __ATOMIC_RELAXED && broken == CHANGE_WITHOUT_FENCE &&
	    counter == &test.data[SHOOTDOWN_SELFTEST_PAIR_ENTER]) {
		/* The read of the set is done already; now the other one enters. */
		usleep(SHORT_US);
		__atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
	} else if (order == __ATOMIC_RELAXED && buffers_counters()) {
		buffer.counter = counter;
		buffer.value = value;
	} else {
		__atomic_fetch_add(counter, value, __ATOMIC_ACQ_REL);
	}
}

long buffered_read(const long *counter, int order)
{
	(void)order;
	drain();
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* Without it the read of the set may come before the store that stands before the fence. */
void shootdown_fence_tables(void)
{
	if (broken == CHANGE_WITHOUT_FENCE) {
		buffer.read = &test.shared;
		buffer.fenced = true;
		return;
	}
	drain();
	good_fence_tables();
}

void *shootdown_batch_alloc(void)
{
	static unsigned long page[TABLE_ENTRIES];

	return broken == ONE_PAGE_FOR_ALL ? page : good_batch_alloc();
}

void shootdown_batch_free(void *batch)
{
	if (broken != ONE_PAGE_FOR_ALL)
		good_batch_free(batch);
}

/* ---- calls ---- */

struct wrapped {
	void (*fn)(void *arg);
	void *arg;
};
static struct wrapped wrapped[CPUS][2];
static _Thread_local unsigned int next_wrapped;

static void run_twice(void *arg)
{
	struct wrapped *call = arg;

	call->fn(call->arg);
	call->fn(call->arg);
}

static void run_interruptible(void *arg)
{
	struct wrapped *call = arg;
	unsigned int off = this_cpu->irqs_off;

	this_cpu->irqs_off = 0;
	call->fn(call->arg);
	this_cpu->irqs_off = off;
}

static void call_wrapped(const shootdown_cpumask_t *mask, void (*how)(void *), void (*fn)(void *), void *arg)
{
	struct wrapped *call = &wrapped[this_cpu->number][next_wrapped++ % 2];

	*call = (struct wrapped){ fn, arg };
	good_call_cpus(mask, how, call);
}

/* Without a look whether the target has taken the call before. */
static void overwrite(const shootdown_cpumask_t *mask, void (*fn)(void *), void *arg)
{
	for (unsigned int i = 0; i < CPUS; i++) {
		if (!(*mask >> i & 1))
			continue;
		cpus[i].slot[this_cpu->number] = (struct call){ fn, arg };
		__atomic_fetch_or(&cpus[i].doorbell, 1ul << this_cpu->number, __ATOMIC_RELEASE);
	}
}

void shootdown_call_cpus(const shootdown_cpumask_t *mask, void (*fn)(void *), void *arg)
{
	shootdown_cpumask_t targets = *mask;

	if (broken != CALL_BEFORE_STORES)
		drain();
	switch (broken) {
	case CALL_IS_DROPPED:
		targets &= targets - 1;
		good_call_cpus(&targets, fn, arg);
		break;
	case CALL_RUNS_HERE:
		targets &= targets - 1;
		good_call_cpus(&targets, fn, arg);
		fn(arg);
		break;
	case CALL_RUNS_TWICE:
		call_wrapped(mask, run_twice, fn, arg);
		break;
	case INTERRUPTS_IN_CALLS:
		call_wrapped(mask, run_interruptible, fn, arg);
		break;
	case SLOT_IS_OVERWRITTEN:
		overwrite(mask, fn, arg);
		break;
	default:
		good_call_cpus(mask, fn, arg);
	}
	if (broken == CALL_BEFORE_STORES)
		usleep(LONG_US);
}

void shootdown_call_poll(void)
{
	if (broken != POLL_DOES_NOTHING)
		good_call_poll();
}

void shootdown_wait_zero(const long *counter)
{
	drain();
	if (broken == WAIT_DOES_NOTHING)
		return;
	while (broken == WAIT_DOES_NOT_ANSWER && __atomic_load_n(counter, __ATOMIC_ACQUIRE))
		sched_yield();
	good_wait_zero(counter);
}

void shootdown_sync_walkers(void)
{
	if (broken != WALKERS_ARE_LEFT)
		good_sync_walkers();
}

void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu))
{
	drain();
	if (broken == CALLBACK_AT_ONCE)
		fn(rcu);
	else if (broken != CALLBACK_IS_LOST)
		good_call_rcu(rcu, fn);
}

/* ---- the machine ---- */

static enum shootdown_selftest_mode mode;
static enum shootdown_selftest_result result[CPUS];

static void *run_cpu(void *cpu)
{
	this_cpu = cpu;
	cpu_up();
	if (mode == SHOOTDOWN_SELFTEST_POLLS)
		this_cpu->irqs_off = 1;
	result[this_cpu->number] = shootdown_selftest(&test, mode);
	return NULL;
}

/* In a process of its own, since a broken host may leave anything behind; 0: every CPU says @expected. */
static int run_machine(unsigned int members, enum shootdown_selftest_result expected)
{
	unsigned int present = broken == CPU_STAYS_AWAY ? members - 1 : members;
	pthread_t threads[CPUS];
	int wrong = 0;

	alarm(120);
	for (unsigned int i = 0; i < CPUS; i++) {
		cpus[i].number = i;
		pthread_mutex_init(&cpus[i].lock, NULL);
	}
	this_cpu = &cpus[0];
	pages_init();
	shootdown_selftest_init(&test, members, ROUNDS, patience);
	for (unsigned int i = 0; i < present; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_cpu, &cpus[i]), 0);
	for (unsigned int i = 0; i < present; i++) {
		pthread_join(threads[i], NULL);
		if (result[i] == expected)
			continue;
		printf("CPU %u, broken %d: %s\n", i, (int)broken, shootdown_selftest_name(result[i]));
		wrong = 1;
	}
	fflush(stdout);
	return wrong;
}

/* Does every CPU say @expected? */
static bool says_within(unsigned long looks, enum breakage what, enum shootdown_selftest_mode how, unsigned int members,
			enum shootdown_selftest_result expected)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();

	assert_true(child >= 0);
	if (!child) {
		broken = what;
		mode = how;
		patience = looks;
		_exit(run_machine(members, expected));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status == 0;
}

/*
 * A broken host makes the self-test look until its patience ends, so that the tests begin with little of it. On a busy machine
 * another check may lose its patience first; with more of it the right one speaks.
 */
static bool says(enum breakage what, enum shootdown_selftest_mode how, unsigned int members,
		 enum shootdown_selftest_result expected)
{
	for (unsigned long looks = what == NOTHING ? PATIENCE : HASTE; looks <= PATIENCE; looks *= 6)
		if (says_within(looks, what, how, members, expected))
			return true;
	return false;
}

/* ---- tests ---- */

static void a_host_that_is_right_passes(void **state)
{
	(void)state;
	for (unsigned int members = 1; members <= CPUS; members++) {
		assert_true(says(NOTHING, SHOOTDOWN_SELFTEST_INTERRUPTS, members, SHOOTDOWN_SELFTEST_PASSED));
		assert_true(says(NOTHING, SHOOTDOWN_SELFTEST_POLLS, members, SHOOTDOWN_SELFTEST_PASSED));
	}
}

static const struct {
	enum breakage what;
	enum shootdown_selftest_mode how;
	enum shootdown_selftest_result expected;
} cases[] = {
	{ CPU_STAYS_AWAY, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_ABSENT },
	{ BUNDLE_OF_ONE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_CONSTANTS },
	{ ADD_LOSES, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_SETS },
	{ REMOVE_KEEPS, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_SETS },
	{ ALL_ARE_CPU_0, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_NUMBERS },
	{ ONE_PAGE_FOR_ALL, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_MEMORY },
	{ CALL_IS_DROPPED, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_RAISE },
	{ POLL_DOES_NOTHING, SHOOTDOWN_SELFTEST_POLLS, SHOOTDOWN_SELFTEST_RAISE },
	{ CALL_RUNS_HERE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_TARGET },
	{ CALL_RUNS_TWICE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_TWICE },
	{ CALL_BEFORE_STORES, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_SEEN },
	{ SLOT_IS_OVERWRITTEN, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_CROSSING },
	{ INTERRUPTS_IN_CALLS, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_NESTED },
	{ WAIT_DOES_NOTHING, SHOOTDOWN_SELFTEST_POLLS, SHOOTDOWN_SELFTEST_WAIT },
	{ WAIT_DOES_NOT_ANSWER, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_WAIT },
	{ WAIT_DOES_NOT_ANSWER, SHOOTDOWN_SELFTEST_POLLS, SHOOTDOWN_SELFTEST_WAIT },
	{ ENTER_WITHOUT_FENCE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_ENTER_ORDER },
	{ CHANGE_WITHOUT_FENCE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_ENTER_ORDER },
	{ LEAVE_IS_RELAXED, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_LEAVE_ORDER },
	{ WALKERS_ARE_LEFT, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_WALKERS },
	{ CALLBACK_AT_ONCE, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_GRACE },
	{ CALLBACK_IS_LOST, SHOOTDOWN_SELFTEST_INTERRUPTS, SHOOTDOWN_SELFTEST_CALLBACK },
};

static void each_broken_host_is_told_what(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (says(cases[i].what, cases[i].how, MEMBERS, cases[i].expected))
			continue;
		printf("case %u: expected %s\n", i, shootdown_selftest_name(cases[i].expected));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void each_check_finds_something(void **state)
{
	bool found[SHOOTDOWN_SELFTEST_RESULTS] = { true };

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		found[cases[i].expected] = true;
	for (unsigned int i = 0; i < SHOOTDOWN_SELFTEST_RESULTS; i++) {
		assert_true(found[i]);
		assert_string_not_equal(shootdown_selftest_name((enum shootdown_selftest_result)i), "no such check");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_that_is_right_passes),
		cmocka_unit_test(each_broken_host_is_told_what),
		cmocka_unit_test(each_check_finds_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
