/* SPDX-License-Identifier: MIT */
/*
 * rcu.h - grace periods: something that has been unhooked is given back when nobody who may have found it is still at it.
 *
 * Readers are counted, and nothing stops them. One daemon waits, for all who ask, until there is none; so it also waits for some who have
 * come since. Linux counts on each CPU, so that readers share no cache line, and in two phases, so that it waits for those who must be
 * waited for.
 *
 * Names as Linux's. All zero: nobody reads, nothing is asked for.
 */
#ifndef KERNEL_RCU_H
#define KERNEL_RCU_H

#include <kernel/assert.h>

struct rcu_head {
	struct rcu_head *next;
	void (*fn)(struct rcu_head *);
};

struct rcu {
	struct rcu_head *asked; /* A: that no grace period has begun for, the last one first */
	int readers;		/* A */
};

/*
 * rcu_read_lock - what can be found from here to rcu_read_unlock() is not given back in between.
 *
 * Context: any; these nest.
 * Order:   the fence is one half of a pair: the daemon finds the reader, or the reader no more finds what was unhooked before call_rcu().
 */
KERNEL_INLINE void rcu_read_lock(struct rcu *rcu)
{
	machine_note(MACHINE_READ_LOCKS);
	__atomic_fetch_add(&rcu->readers, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A release: what the reader did with what it found comes before it is given back. */
KERNEL_INLINE void rcu_read_unlock(struct rcu *rcu)
{
	int readers;

	machine_note(MACHINE_READ_UNLOCKS);
	readers = __atomic_fetch_sub(&rcu->readers, 1, __ATOMIC_RELEASE);
	kernel_assert(readers > 0, "rcu_read_unlock: by a reader");
}

/*
 * call_rcu - fn(@head), by the daemon, when every section that there is now has ended.
 *
 * Context: any. @head belongs to @rcu until then.
 * Order:   what the caller did before comes before fn.
 */
void call_rcu(struct rcu *rcu, struct rcu_head *head, void (*fn)(struct rcu_head *));

/*
 * synchronize_rcu - until every section that there is now has ended.
 *
 * Context: thread, in no section.
 * Order:   as call_rcu(), then what the caller does next.
 */
void synchronize_rcu(const struct rcu *rcu);

/* rcu_daemon - runs what is asked for, for ever: a thread of the kernel's own (struct machine_kernel). */
void rcu_daemon(struct rcu *rcu);

/* rcu_run_now - what has been asked for, at once. While no CPU runs. */
void rcu_run_now(struct rcu *rcu);

#endif
