/* SPDX-License-Identifier: MIT */
/*
 * order_agents.c - code under test: each way to order plain accesses, a case each, which does it if order_right and leaves out the
 * one thing that orders if not.
 */
#include <kernel/rcu.h>
#include <kernel/rwsem.h>
#include <kernel/spinlock.h>

#include <stddef.h>
#include <stdint.h>

#include "tests/seam/order.h"

bool order_right;

struct request {
	int argument;
};

struct shared {
	spinlock_t lock;
	struct rw_semaphore sem;
	int data, other;
	int flag, other_flag, acks, references;
	volatile int watched;
	int *lent;
	struct request *request;
	struct request requests[2];
	struct rcu rcu;
	struct rcu_head head;
	uint8_t neighbours[2];
	unsigned int low : 4, high : 4;
	uint64_t words[512];
};

static struct shared *shared(void)
{
	return machine_kernel_data();
}

void order_daemon(void)
{
	rcu_daemon(&shared()->rcu);
}

/* ---- locks ---- */

static void add_under_lock(void *arg)
{
	(void)arg;
	if (order_right)
		spin_lock(&shared()->lock);
	shared()->data++;
	if (order_right)
		spin_unlock(&shared()->lock);
}

static void write_under_sem(void *arg)
{
	(void)arg;
	down_write(&shared()->sem);
	shared()->data++;
	up_write(&shared()->sem);
}

static void read_under_sem(void *arg)
{
	(void)arg;
	if (order_right)
		down_read(&shared()->sem);
	shared()->other = shared()->data;
	if (order_right)
		up_read(&shared()->sem);
}

static void downgrade_sem(void *arg)
{
	(void)arg;
	down_write(&shared()->sem);
	if (order_right)
		shared()->data++;
	downgrade_write(&shared()->sem);
	if (!order_right)
		shared()->data++;
	up_read(&shared()->sem);
}

static void read_for_sure(void *arg)
{
	(void)arg;
	down_read(&shared()->sem);
	shared()->other = shared()->data;
	up_read(&shared()->sem);
}

/* ---- atomic words ---- */

static void store_flag(void *arg)
{
	(void)arg;
	shared()->data = 1;
	if (order_right)
		__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELAXED);
}

static void read_if_flag(void *arg)
{
	(void)arg;
	if (__atomic_load_n(&shared()->flag, __ATOMIC_ACQUIRE))
		shared()->other = shared()->data;
}

static void release_flag(void *arg)
{
	(void)arg;
	shared()->data = 1;
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELEASE);
}

/*
 * The second way to the state behind both loads comes from a first that had acquired: clocks would know of no race then, and
 * the state is visited once.
 */
static void read_later(void *arg)
{
	int flag = __atomic_load_n(&shared()->flag, __ATOMIC_ACQUIRE);

	(void)arg;
	if (!order_right)
		flag = 1;
	__atomic_load_n(&shared()->other_flag, __ATOMIC_RELAXED);
	if (flag)
		shared()->other = shared()->data;
}

static void fence_and_store(void *arg)
{
	(void)arg;
	shared()->data = 1;
	if (order_right)
		__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELAXED);
}

static void load_and_fence(void *arg)
{
	(void)arg;
	if (__atomic_load_n(&shared()->flag, __ATOMIC_RELAXED)) {
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		shared()->other = shared()->data;
	}
}

/* A fence that nobody waits for: nothing but a step of its own shows what is before it. */
static void fence_alone(void *arg)
{
	(void)arg;
	if (order_right)
		return;
	shared()->data = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void read_at_once(void *arg)
{
	(void)arg;
	shared()->other = shared()->data;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The last one to let go looks at what the other one left. */
static void put_reference(struct request *mine)
{
	int before;

	mine->argument = 1;
	if (order_right)
		before = __atomic_fetch_sub(&shared()->references, 1, __ATOMIC_ACQ_REL);
	else
		before = __atomic_fetch_sub(&shared()->references, 1, __ATOMIC_RELAXED);
	if (before == -1)
		shared()->data = shared()->requests[0].argument + shared()->requests[1].argument;
}

static void put_first(void *arg)
{
	(void)arg;
	put_reference(&shared()->requests[0]);
}

static void put_second(void *arg)
{
	(void)arg;
	put_reference(&shared()->requests[1]);
}

/* Nobody else touches the word that is released, so that step could follow the one before it at once. It closes a set. */
static void write_and_release_own(void *arg)
{
	(void)arg;
	if (!order_right)
		shared()->data = 1;
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELEASE);
}

static void read_and_release_own(void *arg)
{
	(void)arg;
	shared()->other = shared()->data;
	__atomic_store_n(&shared()->other_flag, 1, __ATOMIC_RELEASE);
}

static void plain_or_atomic(void *arg)
{
	(void)arg;
	if (order_right)
		__atomic_store_n(&shared()->data, 1, __ATOMIC_RELAXED);
	else
		shared()->data = 1;
}

static void atomic_load(void *arg)
{
	(void)arg;
	__atomic_load_n(&shared()->data, __ATOMIC_RELAXED);
}

/* A flag that is volatile orders nothing by itself. */
static void store_watched(void *arg)
{
	(void)arg;
	if (order_right)
		__atomic_store_n(&shared()->data, 1, __ATOMIC_RELAXED);
	else
		shared()->data = 1;
	shared()->watched = 1;
}

static void read_if_watched(void *arg)
{
	(void)arg;
	if (shared()->watched)
		__atomic_load_n(&shared()->data, __ATOMIC_RELAXED);
}

/* Members of one word are two places; bits of one are one. */
static void write_one(void *arg)
{
	(void)arg;
	if (order_right)
		shared()->neighbours[0] = 1;
	else
		shared()->low = 1;
}

static void write_next(void *arg)
{
	(void)arg;
	if (order_right)
		shared()->neighbours[1] = 1;
	else
		shared()->high = 1;
}

/* ---- interrupts, preemption, grace periods ---- */

static void read_data(void *arg)
{
	struct shared *s = arg;

	s->other = s->data;
}

static void send_filled(void *arg)
{
	(void)arg;
	if (order_right)
		shared()->data = 1;
	machine_interrupt(1u << 1, read_data, shared());
	if (!order_right)
		shared()->data = 1;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void add_in_handler(void *arg)
{
	struct shared *s = arg;

	s->data++;
}

static void send(void *arg)
{
	(void)arg;
	machine_interrupt(1u << 1, add_in_handler, shared());
}

static void add_with_interrupts(void *arg)
{
	unsigned long flags = 0;

	(void)arg;
	if (order_right)
		flags = machine_irq_save();
	shared()->data++;
	if (order_right)
		machine_irq_restore(flags);
}

static void add_preempted(void *arg)
{
	(void)arg;
	if (order_right)
		machine_preempt_off();
	shared()->data++;
	if (order_right)
		machine_preempt_on();
	__atomic_load_n(&shared()->flag, __ATOMIC_RELAXED);
}

/* The scheduler may bring the other thread in front of any access, and what that releases is not yet what this one does. */
static void store_and_write(void *arg)
{
	(void)arg;
	if (order_right)
		shared()->data = 1;
	if (order_right)
		__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELAXED);
	if (!order_right)
		shared()->data = 1;
}

static void send_if_flag(void *arg)
{
	(void)arg;
	if (__atomic_load_n(&shared()->flag, __ATOMIC_ACQUIRE))
		machine_interrupt(1u << 1, read_data, shared());
}

/* What was done with preemption off is over when the other thread runs. */
static void write_unpreempted(void *arg)
{
	(void)arg;
	if (order_right)
		machine_preempt_off();
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELAXED);
	shared()->data = 1;
	if (order_right)
		machine_preempt_on();
}

/* The handler answers when it has read, so that the sender may change what it sent. */
static void read_and_answer(void *arg)
{
	struct shared *s = arg;

	s->other = s->data;
	if (order_right)
		__atomic_fetch_add(&s->acks, 1, __ATOMIC_RELEASE);
	else
		__atomic_fetch_add(&s->acks, 1, __ATOMIC_RELAXED);
}

static void send_and_wait(void *arg)
{
	(void)arg;
	machine_interrupt(1u << 1, read_and_answer, shared());
	do
		machine_wait(&shared()->acks, MACHINE_EQUAL, 1);
	while (__atomic_load_n(&shared()->acks, __ATOMIC_ACQUIRE) != 1);
	shared()->data = 2;
}

static void read_in_section(void *arg)
{
	struct request *request;

	(void)arg;
	rcu_read_lock(&shared()->rcu);
	request = __atomic_load_n(&shared()->request, __ATOMIC_ACQUIRE);
	if (!request)
		shared()->other = shared()->requests[0].argument;
	rcu_read_unlock(&shared()->rcu);
}

/* A grace period waits for who is in a section, and for nobody else. */
static void read_in_no_section(void *arg)
{
	struct request *request;

	(void)arg;
	if (order_right)
		rcu_read_lock(&shared()->rcu);
	request = __atomic_load_n(&shared()->request, __ATOMIC_ACQUIRE);
	if (!request)
		shared()->other = shared()->requests[0].argument;
	if (order_right)
		rcu_read_unlock(&shared()->rcu);
}

static void scribble(struct rcu_head *head)
{
	(void)head;
	shared()->requests[0].argument = 7;
}

/* From here on nobody finds the request, but who did may still be reading. */
static void unhook(void *arg)
{
	(void)arg;
	__atomic_store_n(&shared()->request, &shared()->requests[1], __ATOMIC_RELEASE);
	if (order_right)
		call_rcu(&shared()->rcu, &shared()->head, scribble);
	else
		scribble(NULL);
}

static void unhook_rightly(void *arg)
{
	(void)arg;
	__atomic_store_n(&shared()->request, &shared()->requests[1], __ATOMIC_RELEASE);
	call_rcu(&shared()->rcu, &shared()->head, scribble);
}

/* ---- stacks ---- */

static void lend_local(void *arg)
{
	int local = 0; /* no structure: clang would tell nothing of its members */

	(void)arg;
	if (order_right)
		local = 1;
	__atomic_store_n(&shared()->lent, &local, __ATOMIC_RELEASE);
	if (!order_right)
		local = 1;
	do
		machine_wait(&shared()->acks, MACHINE_EQUAL, 1);
	while (__atomic_load_n(&shared()->acks, __ATOMIC_ACQUIRE) != 1);
}

static void read_lent(void *arg)
{
	int *lent;

	(void)arg;
	do
		machine_wait(&shared()->lent, MACHINE_NOT_EQUAL, 0);
	while (!(lent = __atomic_load_n(&shared()->lent, __ATOMIC_ACQUIRE)));
	shared()->other = *lent;
	__atomic_store_n(&shared()->acks, 1, __ATOMIC_RELEASE);
}

/* ---- much memory ---- */

static void clear_words(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 512; i++)
		shared()->words[i] = 0;
	__atomic_store_n(&shared()->flag, 1, __ATOMIC_RELEASE);
}

static void read_last_word(void *arg)
{
	(void)arg;
	if (!order_right || __atomic_load_n(&shared()->flag, __ATOMIC_ACQUIRE))
		shared()->other = shared()->words[511] != 0;
}

const struct order_case order_cases[] = {
	{ "spinlock", add_under_lock, add_under_lock, 1 },
	{ "rwsem", write_under_sem, read_under_sem, 1 },
	{ "rwsem, downgraded", downgrade_sem, read_for_sure, 1 },
	{ "release store", store_flag, read_if_flag, 1 },
	{ "another way to the same state", release_flag, read_later, 1 },
	{ "release fence", fence_and_store, load_and_fence, 1 },
	{ "a fence alone", fence_alone, read_at_once, 1 },
	{ "a word of one's own", write_and_release_own, read_and_release_own, 1 },
	{ "reference count", put_first, put_second, 1 },
	{ "plain and atomic", plain_or_atomic, atomic_load, 1 },
	{ "volatile flag", store_watched, read_if_watched, 1 },
	{ "neighbours", write_one, write_next, 1 },
	{ "interrupt sent", send_filled, nothing, 1 },
	{ "interrupts off", send, add_with_interrupts, 1 },
	{ "preemption off", add_preempted, add_preempted, 0 },
	{ "another thread's release", store_and_write, send_if_flag, 0 },
	{ "another thread's release, not preempted", write_unpreempted, send_if_flag, 0 },
	{ "answer", send_and_wait, nothing, 1 },
	{ "grace period", read_in_section, unhook, 1 },
	{ "section", read_in_no_section, unhook_rightly, 1 },
	{ "local of another stack", lend_local, read_lent, 1 },
	{ "many words", clear_words, read_last_word, 1 },
	{ 0 },
};
