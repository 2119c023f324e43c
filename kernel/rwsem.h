/* SPDX-License-Identifier: MIT */
/*
 * rwsem.h - locks for one writer or many readers. A waiting thread sleeps as far as it is concerned: it may be switched away.
 *
 *	.count	n readers, or RWSEM_WRITER, plus readers that have come and find out; there is no queue, so a writer waits as
 *		long as readers come
 *
 * Order: what a writer did is seen by all who take the lock later, and what readers did by the next writer: what takes the
 * lock is an acquire, what gives it back a release. Between two readers nothing is ordered.
 *
 * Names as Linux's. A lock of zeroes is free.
 */
#ifndef KERNEL_RWSEM_H
#define KERNEL_RWSEM_H

#include <kernel/assert.h>

/* Far below 0, so that no number of readers makes it anything else. */
enum {
	RWSEM_WRITER = -(1 << 24)
};

struct rw_semaphore {
	int count;    /* A */
	bool written; /* of the writer, for asserts: true while there is one */
};

/* Does the calling thread hold it for writing? Asked in asserts only: where another thread does this is a data race. */
KERNEL_INLINE bool rwsem_is_written(const struct rw_semaphore *sem)
{
	return sem->written;
}

KERNEL_INLINE void down_read(struct rw_semaphore *sem)
{
	for (;;) {
		machine_wait(&sem->count, MACHINE_AT_LEAST, 0);
		machine_note(MACHINE_READ_LOCKS);
		if (__atomic_fetch_add(&sem->count, 1, __ATOMIC_ACQUIRE) >= 0)
			return;
		__atomic_fetch_sub(&sem->count, 1, __ATOMIC_RELAXED);
	}
}

KERNEL_INLINE void up_read(struct rw_semaphore *sem)
{
	int count;

	machine_note(MACHINE_READ_UNLOCKS);
	count = __atomic_fetch_sub(&sem->count, 1, __ATOMIC_RELEASE);
	kernel_assert(count > 0, "up_read: of a lock that has a reader");
}

KERNEL_INLINE void down_write(struct rw_semaphore *sem)
{
	int none;

	do {
		none = 0;
		machine_wait(&sem->count, MACHINE_EQUAL, 0);
		machine_note(MACHINE_WRITE_LOCKS);
	} while (!__atomic_compare_exchange_n(&sem->count, &none, RWSEM_WRITER, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	sem->written = true;
}

/* False: somebody has it. Does not wait, so also where the order of locks is the other one. */
KERNEL_INLINE bool down_read_trylock(struct rw_semaphore *sem)
{
	machine_note(MACHINE_READ_LOCKS);
	if (__atomic_fetch_add(&sem->count, 1, __ATOMIC_ACQUIRE) >= 0)
		return true;
	/* As if it had been had: a word that is changed in another way is no lock to the machine. */
	machine_note(MACHINE_READ_UNLOCKS);
	__atomic_fetch_sub(&sem->count, 1, __ATOMIC_RELEASE);
	return false;
}

KERNEL_INLINE bool down_write_trylock(struct rw_semaphore *sem)
{
	int none = 0;

	machine_note(MACHINE_WRITE_LOCKS);
	if (!__atomic_compare_exchange_n(&sem->count, &none, RWSEM_WRITER, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	sem->written = true;
	return true;
}

KERNEL_INLINE void up_write(struct rw_semaphore *sem)
{
	kernel_assert(rwsem_is_written(sem), "up_write: of a lock that has a writer");
	sem->written = false;
	machine_note(MACHINE_WRITE_UNLOCKS);
	__atomic_fetch_sub(&sem->count, RWSEM_WRITER, __ATOMIC_RELEASE);
}

/* The writer goes on as a reader: other readers may come, writers may not. */
KERNEL_INLINE void downgrade_write(struct rw_semaphore *sem)
{
	kernel_assert(rwsem_is_written(sem), "downgrade_write: of a lock that has a writer");
	sem->written = false;
	machine_note(MACHINE_DOWNGRADES);
	__atomic_fetch_add(&sem->count, 1 - RWSEM_WRITER, __ATOMIC_RELEASE);
}

#endif
