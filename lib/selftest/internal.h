/* SPDX-License-Identifier: MIT */
/* internal.h - what the files of the self-test say to each other. */
#ifndef SHOOTDOWN_SELFTEST_INTERNAL_H
#define SHOOTDOWN_SELFTEST_INTERNAL_H

#include <shootdown/selftest.h>

/* One CPU's part in a test; on its stack. */
struct selftest_cpu {
	struct shootdown_selftest_state *test;
	bool polls;
	bool lost;	   /* it gave up on the others */
	unsigned int cpu;  /* its number */
	unsigned int rank; /* its place among the members, from 0 */
	long meetings;	   /* so far */
	enum shootdown_selftest_result failure;
};

/* selftest.c: this check failed here. */
void tlb_selftest_fail(struct shootdown_selftest_state *test, enum shootdown_selftest_result what);

/* selftest.c: every CPU has come here. False, and for ever after, if they have not in time. */
bool tlb_selftest_meet(struct selftest_cpu *self);

/* selftest.c: every CPU has come here, and nothing has failed so far; all get the same answer, unless one is lost. */
bool tlb_selftest_goes_on(struct selftest_cpu *self);

/* selftest.c: until @counter is @value or more; false: not in time. */
bool tlb_selftest_until(const struct selftest_cpu *self, const long *counter, long value);

/* selftest.c: the number of the member with this rank. */
unsigned int tlb_selftest_number(const struct shootdown_selftest_state *test, unsigned int rank);

/* Each tries its part and fails what is wrong; all CPUs call it together. tlb_selftest_calls.c, selftest_order.c. */
void tlb_selftest_calls(struct selftest_cpu *self);
void tlb_selftest_crossing(struct selftest_cpu *self);
void tlb_selftest_wait(struct selftest_cpu *self);
void tlb_selftest_walkers(struct selftest_cpu *self);
void tlb_selftest_enter_order(struct selftest_cpu *self);
void tlb_selftest_leave_order(struct selftest_cpu *self);

/* One turn of a loop that waits. */
static inline void selftest_turn(const struct selftest_cpu *self)
{
	if (self->polls)
		shootdown_call_poll();
	shootdown_relax();
}

/* Says how far this CPU is: a release, so that whoever reads it (selftest_read()) also sees what was done before. */
static inline void selftest_count(long *counter, long value)
{
	__atomic_fetch_add(counter, value, __ATOMIC_RELEASE);
}

/* How far another CPU is: an acquire, the other side of selftest_count(). */
static inline long selftest_read(const long *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static inline bool selftest_has(shootdown_cpus_t *cpus, unsigned int cpu)
{
	shootdown_cpumask_t copy = shootdown_cpus_read(cpus);

	return shootdown_cpumask_take(&copy, cpu);
}

/* In a race on purpose: as a page-table entry is read and written. */
static inline unsigned long selftest_load(const volatile unsigned long *word)
{
	return *word;
}

static inline void selftest_store(volatile unsigned long *word, unsigned long value)
{
	*word = value;
}

#endif
