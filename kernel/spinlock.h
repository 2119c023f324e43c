/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - spinlocks: one word, no queue. Whoever holds one is not switched away.
 *
 * Order: what was done under the lock is seen by its next holder. The exchange that takes it is an acquire, the store that
 * gives it back a release. A thread that waits with interrupts on takes them meanwhile.
 *
 * Names as Linux's. A lock of zeroes is free.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/assert.h>

typedef struct {
	int locked; /* A: 1 while somebody holds it */
	int owner;  /* of the holder, for asserts: 1 + its CPU; 0: none */
} spinlock_t;

/* Is the calling CPU the holder? Asked in asserts only: of a lock that another one holds this is a data race. */
KERNEL_INLINE bool spin_is_mine(const spinlock_t *lock)
{
	return lock->owner == 1 + (int)machine_cpu();
}

KERNEL_INLINE void spin_lock(spinlock_t *lock)
{
	machine_preempt_off();
	do {
		machine_wait(&lock->locked, MACHINE_EQUAL, 0);
		machine_note(MACHINE_LOCKS);
	} while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE));
	lock->owner = 1 + (int)machine_cpu();
}

/* False: somebody has it. For whoever could not answer while he waits. */
KERNEL_INLINE bool spin_trylock(spinlock_t *lock)
{
	machine_preempt_off();
	machine_note(MACHINE_LOCKS);
	if (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE)) {
		machine_preempt_on();
		return false;
	}
	lock->owner = 1 + (int)machine_cpu();
	return true;
}

KERNEL_INLINE void spin_unlock(spinlock_t *lock)
{
	kernel_assert(spin_is_mine(lock), "spin_unlock: of a lock that this CPU holds");
	lock->owner = 0;
	machine_note(MACHINE_UNLOCKS);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
	machine_preempt_on();
}

#endif
