/* SPDX-License-Identifier: MIT */
/*
 * host.h - what the library asks of the kernel it is built into: the host bill.
 *
 * The host writes one header and names it when it compiles the library:
 *
 *	-DSHOOTDOWN_HOST_HEADER='"my_kernel/shootdown_host.h"'
 *
 * That header defines the types and the inline functions below (a macro does as well; an optional hook is
 * taken as given when a macro of its name exists: `#define shootdown_flush_cache shootdown_flush_cache`).
 * It may include <shootdown/arch.h>; it must not include any other header of the library before these types
 * exist. "Any context" means: spinlocks held, interrupts off, at any time after the calling CPU is up.
 * Hooks that look into a struct of the library (19, 20, 22, 25) are declared there and defined in a .c file.
 * examples/minimal/ is the smallest host there is.
 *
 * The compiler may call memset() and memcpy(), as GCC asks of every freestanding environment.
 *
 * Types
 *	shootdown_page_t	a page; a pointer whose two low bits are zero
 *	shootdown_table_t	a page-table page; a pointer
 *	shootdown_atomic_t	a counter that several CPUs change
 *	shootdown_cpus_t	a set of CPUs that several CPUs change, a bit at a time
 *	shootdown_cpumask_t	a copy of such a set, owned by one thread
 *	shootdown_rcu_t		what the host needs to queue a callback after a grace period
 * Constants
 *	SHOOTDOWN_PAGE_SHIFT	log2 of the page size in bytes
 *	SHOOTDOWN_PTE_SHIFT(level)	log2 of the bytes that one entry of enum tlb_level covers
 *
 * Hooks, all "does not sleep, any context" unless said otherwise:
 *
 *  1 const struct tlb_arch *shootdown_arch(void)		a constant, best a static const in the host's header
 *  2 const struct tlb_limits *shootdown_limits(void)	a constant; SHOOTDOWN_LIMITS() gives Linux's
 *  3 unsigned int shootdown_cpu(void)		stable while the caller cannot be moved
 *
 *  CPU sets
 *  4 void shootdown_cpus_init(shootdown_cpus_t *)		no CPU in it
 *  5 void shootdown_cpus_add(shootdown_cpus_t *, unsigned cpu)	ORD-1: full barrier after
 *  6 void shootdown_cpus_remove(shootdown_cpus_t *, unsigned cpu)
 *					ORD-3: release. What @cpu did through the translations it gives up is seen
 *					by whoever reads the set without it (7)
 *  7 shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *)
 *					ORD-1: not before the fence (15). ORD-3: acquire, pairs with 6: what the
 *					caller does next comes after what a CPU that is not in the set did
 *  8 bool shootdown_cpumask_take(shootdown_cpumask_t *, unsigned cpu)	remove @cpu; was it there?
 *  9 unsigned shootdown_cpumask_count(const shootdown_cpumask_t *)
 * 10 shootdown_cpumask_t shootdown_cpumask_online(void)	every CPU that is up
 *
 * 36 void shootdown_cpumask_keep_online(shootdown_cpumask_t *)	take the CPUs out that are not up. Called with the caller
 *					pinned: a CPU may leave the set of 10 only once every thread that was pinned
 *					while it was in there has unpinned, and answers its calls until then. It comes
 *					back into the set, then full barrier, then it invalidates all that it may
 *					hold (kernel mappings too), and then it walks. Optional: nothing, for a kernel
 *					whose CPUs never go down
 *
 *  Counters
 * 11 void shootdown_atomic_set(shootdown_atomic_t *, long)	before anyone else can see it
 * 12 void shootdown_atomic_add(shootdown_atomic_t *, long)	no order
 * 13 void shootdown_atomic_sub_release(shootdown_atomic_t *, long)
 * 14 long shootdown_atomic_read_acquire(const shootdown_atomic_t *)
 *
 *  Order
 * 15 void shootdown_fence_tables(void)	ORD-1: this CPU's page-table stores are seen by every walk that starts
 *					after what follows (x86: full fence; arm64: DSB ISHST)
 *
 *  Reach
 * 16 void shootdown_call_cpus(const shootdown_cpumask_t *, void (*fn)(void *), void *arg)
 *					have each CPU of the set run fn(arg) with interrupts off, exactly once; do
 *					not wait for fn. What the caller stored before is seen by fn. Calls to one
 *					CPU may run in any order. May not allocate. A CPU may have several calls to
 *					another under way: two requests of one thread, or one of an interrupt
 *					handler. Without room for the next it waits until there is some, and calls
 *					17 meanwhile; one slot for each pair of CPUs is enough
 * 17 void shootdown_call_poll(void)	run what 16 has queued for this CPU: fn with interrupts off, each call
 *					exactly once, also if the interrupt that it stands for comes in the middle.
 *					A call's slot is given up before fn runs, since the answer may free the
 *					request. Interrupts may be on or off
 * 18 void shootdown_wait_zero(shootdown_atomic_t *)	until it reads 0 (acquire), answering this CPU's own
 *					calls meanwhile; a host that gives up on a dead CPU panics here and prints
 *					the request. Optional: spins with 14, 17 and 35
 * 19 void shootdown_flush_local(const struct tlb_flush *)	invalidate on this CPU
 * 20 void shootdown_flush_broadcast(const struct tlb_flush *)	issue on all CPUs (TLB_REACH_BROADCAST, _ENTRY)
 * 21 void shootdown_flush_complete(void)	ORD-3: until this CPU's broadcasts are done everywhere
 * 37 bool shootdown_flush_cpus(const shootdown_cpumask_t *, const struct tlb_flush *)
 *					have something other than an interrupt invalidate what the request says on
 *					each CPU of the set: firmware (SBI), a hypervisor, an instruction (INVLPGB). On
 *					return it is done, or under way and done when 21 returns, which is called in
 *					either case; ORD-3 as 21. The calling CPU is not in the set. False: cannot now
 *					(too many CPUs, not this range), ask by 16. It does not wait for software that
 *					walks with interrupts off, so the row says rcu_table_free if there is any.
 *					TLB_REACH_IPI only. Optional: false
 * 22 void shootdown_flush_cache(struct tlb_vma *, unsigned long start, unsigned long end)
 *					virtually indexed caches; optional: nothing
 * 33 void shootdown_pin(void), shootdown_unpin(void)	keep the caller on its CPU; they nest. Optional:
 *					nothing, for a kernel that never moves a thread while it runs kernel code
 *
 * 38 bool shootdown_others_run(void)	can a program of the address space run between the release of a page-table
 *					lock and the gather's next flush, on another CPU or on this one after a
 *					switch? A constant. Optional: true. False is right for one CPU and a kernel
 *					that is not preempted; a dirty page's reverse map then needs no delay
 * 34 bool shootdown_may_wait(void)		may the caller wait for other CPUs here? False where two CPUs could wait
 *					for each other: interrupts off, in a kernel whose spin loops do not call
 *					tlb_flush_poll(). Optional: true. Only asked by an assertion
 *
 * 35 void shootdown_relax(void)		one turn of a loop that waits for another CPU: a pause instruction, a hint
 *					to the hypervisor. Optional: nothing. Only the default of 18 calls it
 *
 *  Memory
 * 23 void *shootdown_batch_alloc(void)	a page for a batch, aligned for a pointer, or NULL, at any time
 * 24 void shootdown_batch_free(void *)
 * 25 void shootdown_free_pages(struct encoded_page **, unsigned n)	drop the references of n slots (gather.h says
 *					how they are encoded; tlb_encoded_next() reads them). At most 513 slots a
 *					call, and no further entry from 512 pages on. May sleep: no spinlock is held, unless the arch row says no_gather
 * 26 void shootdown_remove_rmap(shootdown_page_t, unsigned nr, struct tlb_vma *)	page-table lock held
 *
 *  Tables
 * 27 void shootdown_free_table(shootdown_table_t)	at once; table_free knob
 * 28 void shootdown_table_to_page(shootdown_table_t, shootdown_page_t *)	destructor; without table_free
 * 29 void shootdown_call_rcu(shootdown_rcu_t *, void (*fn)(shootdown_rcu_t *))
 *					run fn after every walker that runs now is done: interrupts-off walkers
 *					and RCU readers
 * 30 void shootdown_defer_table(shootdown_table_t)	the same for one table, with room the table itself has
 * 31 void shootdown_sync_walkers(void)	until every walker that runs now is done, of both kinds that 29 waits for:
 *					interrupting every CPU is not enough if there are RCU readers. May sleep:
 *					interrupts on, no spinlock held
 *
 *  Trouble
 * 32 shootdown_assert(condition, "contract line")	optional: nothing
 */
#ifndef SHOOTDOWN_HOST_H
#define SHOOTDOWN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <shootdown/arch.h>

struct encoded_page;
struct tlb_flush;
struct tlb_mm;
struct tlb_vma;

/* Slots that a gather brings along, so that it never needs an allocation to get on. */
#define TLB_GATHER_BUNDLE 8

/* Sizes of a gather. A kernel's are constants, so that the compiler folds them; the checker picks small ones. */
struct tlb_limits {
	unsigned int bundle;  /* slots on the stack, 2..TLB_GATHER_BUNDLE */
	unsigned int batch;   /* slots in a batch page, 2..what fits (SHOOTDOWN_BATCH_SLOTS) */
	unsigned int batches; /* batch pages a gather may have, 0.. */
	unsigned int tables;  /* tables in a table batch, 1..what fits (SHOOTDOWN_TABLE_SLOTS) */
};

/* Slots that fit in a batch page behind its header (gather.h asserts the headers' sizes). */
#define SHOOTDOWN_BATCH_SLOTS(page_bytes) (((page_bytes) - sizeof(void *) - 2 * sizeof(int)) / sizeof(void *))
#define SHOOTDOWN_TABLE_SLOTS(page_bytes) (((page_bytes) - sizeof(shootdown_rcu_t) - sizeof(void *)) / sizeof(void *))

/* Linux's sizes for batch pages of @page_bytes: about 10,000 pages freed at once is safe without a preemption point. */
#define SHOOTDOWN_LIMITS(page_bytes)                                                                               \
	{                                                                                                          \
		.bundle = TLB_GATHER_BUNDLE, .batch = SHOOTDOWN_BATCH_SLOTS(page_bytes),                           \
		.batches = 10000 / SHOOTDOWN_BATCH_SLOTS(page_bytes), .tables = SHOOTDOWN_TABLE_SLOTS(page_bytes), \
	}

#ifndef SHOOTDOWN_HOST_HEADER
#error "compile with -DSHOOTDOWN_HOST_HEADER='\"your_host.h\"'; include/shootdown/host.h says what stands in it"
#endif
#include SHOOTDOWN_HOST_HEADER

/* The optional hooks, as they are without the host's own. */

#ifndef shootdown_relax
static inline void shootdown_relax(void)
{
}
#endif

#ifndef shootdown_assert
#define shootdown_assert(condition, contract) ((void)sizeof(!(condition)))
#endif

#ifndef shootdown_wait_zero
static inline void shootdown_wait_zero(shootdown_atomic_t *counter)
{
	while (shootdown_atomic_read_acquire(counter)) {
		shootdown_call_poll();
		shootdown_relax();
	}
}
#endif

#ifndef shootdown_flush_cpus
static inline bool shootdown_flush_cpus(const shootdown_cpumask_t *cpus, const struct tlb_flush *flush)
{
	(void)cpus;
	(void)flush;
	return false;
}
#endif

#ifndef shootdown_cpumask_keep_online
static inline void shootdown_cpumask_keep_online(shootdown_cpumask_t *cpus)
{
	(void)cpus;
}
#endif

#ifndef shootdown_flush_cache
static inline void shootdown_flush_cache(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	(void)vma;
	(void)start;
	(void)end;
}
#endif

#ifndef shootdown_others_run
static inline bool shootdown_others_run(void)
{
	return true;
}
#endif

#ifndef shootdown_may_wait
static inline bool shootdown_may_wait(void)
{
	return true;
}
#endif

#ifndef shootdown_pin
static inline void shootdown_pin(void)
{
}

static inline void shootdown_unpin(void)
{
}
#endif

#endif
