/* SPDX-License-Identifier: MIT */
/*
 * refcount.h - references: whoever has one keeps the object.
 *
 * Order: everything done under a reference is done before whoever drops the last one goes on, so that drop is a release for
 * all who were there before and an acquire for the last. To take one more needs no order: the object is kept already.
 *
 * Names as Linux's.
 */
#ifndef KERNEL_REFCOUNT_H
#define KERNEL_REFCOUNT_H

#include <kernel/assert.h>

typedef struct {
	int refs; /* A */
} refcount_t;

/* Before others can see it. */
KERNEL_INLINE void refcount_set(refcount_t *count, int refs)
{
	__atomic_store_n(&count->refs, refs, __ATOMIC_RELEASE);
}

/* The caller has one, or holds what keeps one. */
KERNEL_INLINE void refcount_inc(refcount_t *count)
{
	machine_note(MACHINE_COUNTS);
	__atomic_fetch_add(&count->refs, 1, __ATOMIC_RELAXED);
}

/* More, or with less than 0 fewer, of a caller who has one, and keeps it. */
KERNEL_INLINE void refcount_add(refcount_t *count, int more)
{
	machine_note(MACHINE_COUNTS);
	__atomic_fetch_add(&count->refs, more, __ATOMIC_RELAXED);
}

/* True: that was the last one. */
KERNEL_INLINE bool refcount_dec_and_test(refcount_t *count)
{
	machine_note(MACHINE_DROPS);
	int refs = __atomic_fetch_sub(&count->refs, 1, __ATOMIC_ACQ_REL);

	kernel_assert(refs > 0, "refcount_dec_and_test: of an object with a reference");
	return refs == 1;
}

/*
 * True: @refs were all that there were, and now there are none, and nobody can take one. An acquire: what was done under those that were
 * dropped before is done.
 */
KERNEL_INLINE bool refcount_freeze(refcount_t *count, int refs)
{
	return __atomic_compare_exchange_n(&count->refs, &refs, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* For whoever has nothing that keeps the object: none, if it is already on its way back. */
KERNEL_INLINE bool refcount_inc_not_zero(refcount_t *count)
{
	int refs = __atomic_load_n(&count->refs, __ATOMIC_RELAXED);

	while (refs > 0) {
		if (__atomic_compare_exchange_n(&count->refs, &refs, refs + 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

#endif
