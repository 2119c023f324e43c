/* SPDX-License-Identifier: MIT */
/*
 * place.h - where in the code under test a call of the machine stands: included last by the code that makes the calls,
 * never by a machine.
 *
 * Each call first says its file and line. That is the preprocessor's work, so that it is right whatever a compiler
 * inlines, turns into a jump or leaves out of the debugging information; return addresses are none of that. A function
 * that only passes a hook on to the machine (mm/host.h) stands before this header, and its callers say their place
 * through a line of the same kind for the hook. A machine that records nothing ignores it.
 */
#ifndef MACHINE_PLACE_H
#define MACHINE_PLACE_H

#include <machine/machine.h>

#define MACHINE_AT(call) (machine_at(__FILE__, __LINE__), (call))

#define machine_switch(bit) MACHINE_AT((machine_switch)(bit))

#define machine_atomic_read(a)		      MACHINE_AT((machine_atomic_read)(a))
#define machine_atomic_set(a, value)	      MACHINE_AT((machine_atomic_set)(a, value))
#define machine_atomic_add(a, delta)	      MACHINE_AT((machine_atomic_add)(a, delta))
#define machine_atomic_add_return(a, delta)   MACHINE_AT((machine_atomic_add_return)(a, delta))
#define machine_atomic_cmpxchg(a, old, value) MACHINE_AT((machine_atomic_cmpxchg)(a, old, value))
#define machine_atomic_or(a, bits)	      MACHINE_AT((machine_atomic_or)(a, bits))
#define machine_atomic_and(a, bits)	      MACHINE_AT((machine_atomic_and)(a, bits))
#define machine_wait_zero(a)		      MACHINE_AT((machine_wait_zero)(a))

#define machine_spin_lock(lock)	     MACHINE_AT((machine_spin_lock)(lock))
#define machine_spin_unlock(lock)    MACHINE_AT((machine_spin_unlock)(lock))
#define machine_down_read(sem)	     MACHINE_AT((machine_down_read)(sem))
#define machine_up_read(sem)	     MACHINE_AT((machine_up_read)(sem))
#define machine_down_write(sem)	     MACHINE_AT((machine_down_write)(sem))
#define machine_up_write(sem)	     MACHINE_AT((machine_up_write)(sem))
#define machine_downgrade_write(sem) MACHINE_AT((machine_downgrade_write)(sem))

#define machine_irq_save()		 MACHINE_AT((machine_irq_save)())
#define machine_irq_restore(flags)	 MACHINE_AT((machine_irq_restore)(flags))
#define machine_call_cpus(cpus, fn, arg) MACHINE_AT((machine_call_cpus)(cpus, fn, arg))
#define machine_call_poll()		 MACHINE_AT((machine_call_poll)())
#define machine_sync_walkers()		 MACHINE_AT((machine_sync_walkers)())
#define machine_call_rcu(rcu, fn)	 MACHINE_AT((machine_call_rcu)(rcu, fn))

#define machine_frame_alloc(kind)	MACHINE_AT((machine_frame_alloc)(kind))
#define machine_frame_free(frame)	MACHINE_AT((machine_frame_free)(frame))
#define machine_frame_reuse()		MACHINE_AT((machine_frame_reuse)())
#define machine_batch_refused()		MACHINE_AT((machine_batch_refused)())
#define machine_frame_copy(to, from)	MACHINE_AT((machine_frame_copy)(to, from))
#define machine_disk_read(block, to)	MACHINE_AT((machine_disk_read)(block, to))
#define machine_disk_write(block, from) MACHINE_AT((machine_disk_write)(block, from))

#define machine_pte_read(entry)		       MACHINE_AT((machine_pte_read)(entry))
#define machine_pte_set(entry, value)	       MACHINE_AT((machine_pte_set)(entry, value))
#define machine_pte_xchg(entry, value)	       MACHINE_AT((machine_pte_xchg)(entry, value))
#define machine_pte_cmpxchg(entry, old, value) MACHINE_AT((machine_pte_cmpxchg)(entry, old, value))
#define machine_fence_tables()		       MACHINE_AT((machine_fence_tables)())

#define machine_load_root(space)	       MACHINE_AT((machine_load_root)(space))
#define machine_tlb_local(inv)		       MACHINE_AT((machine_tlb_local)(inv))
#define machine_tlb_broadcast(inv)	       MACHINE_AT((machine_tlb_broadcast)(inv))
#define machine_tlb_complete()		       MACHINE_AT((machine_tlb_complete)())
#define machine_flush_cache(space, start, end) MACHINE_AT((machine_flush_cache)(space, start, end))

#endif
