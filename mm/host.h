/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of the reference VM: the library's hooks, answered by the machine seam and by mm/.
 */
#ifndef MM_HOST_H
#define MM_HOST_H

#include <kernel/rcu.h>
#include <kernel/smp.h>
#include <machine/machine.h>
#include <shootdown/host/gcc.h>

struct page;

/* Address spaces whose entries a CPU keeps, with the choice catch_up. */
#define MM_ASIDS 4

typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct rcu_head shootdown_rcu_t;

#define SHOOTDOWN_FREE_ROUND   MM_FREE_ROUND
#define SHOOTDOWN_UNMAP_SPACES MM_UNMAP_SPACES
#define SHOOTDOWN_RING	       MM_RING
#undef SHOOTDOWN_RANGES
#define SHOOTDOWN_RANGES	   MM_GATHER_RANGES
#define SHOOTDOWN_ASID_SLOTS	   MM_ASIDS
#define SHOOTDOWN_ASIDS		   mm_asids()
#define SHOOTDOWN_ASID_BITS	   MACHINE_ID_BITS
#define SHOOTDOWN_SHARED_ASIDS	   mm_shared_asids()
#define SHOOTDOWN_PAGE_SHIFT	   MACHINE_PAGE_SHIFT
#define SHOOTDOWN_PTE_SHIFT(level) (MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * (int)(level))

/* Every rule of the library and of mm/, numbered; the machine says which are on. */
enum vm_rule {
#define RULE_DEF(name, text, source, litmus) RULE_##name,
#include <shootdown/rules.def>
	RULE_LIBRARY_END,
	RULE_VM_BEGIN = RULE_LIBRARY_END - 1,
#include <mm/rules.def>
#undef RULE_DEF
	RULES,
};
#define SHOOTDOWN_RULE(name)		      machine_switch(RULE_##name)
#define shootdown_assert(condition, contract) ((condition) ? (void)0 : machine_panic(__FILE__, __LINE__, contract))

static inline const struct tlb_arch *shootdown_arch(void)
{
	return machine_arch();
}

unsigned int mm_asids(void);
unsigned int mm_shared_asids(void);

/* CPUs that are not up: hosts may have some, and none comes or goes while agents run. */
unsigned long cpus_down(void);

static inline unsigned int shootdown_cpu(void)
{
	return machine_cpu();
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return machine_cpus_below(machine_nr_cpus()) & ~cpus_down();
}

#define shootdown_cpumask_keep_online shootdown_cpumask_keep_online
static inline void shootdown_cpumask_keep_online(shootdown_cpumask_t *cpus)
{
	*cpus &= ~cpus_down();
}

/*
 * A thread of this kernel stays on its CPU in any case. What is pinned is counted, so that who needs it can insist: elsewhere it might go
 * on on a CPU that it has not counted out of the mask, or that has issued nothing.
 */
#define shootdown_pin shootdown_pin
void shootdown_pin(void);
void shootdown_unpin(void);
bool thread_is_pinned(void);

/* host.c: of a processor on which what is broadcast is complete before accesses by it are over, unless it is made twice. */
bool broadcasts_twice(void);

/* One CPU with one thread of a program runs nobody between a page-table lock and the flush. */
#define shootdown_others_run shootdown_others_run
bool shootdown_others_run(void);

static inline void shootdown_fence_tables(void)
{
	machine_fence_walks();
}

static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	shootdown_assert(thread_is_pinned(), "shootdown_call_cpus: by a pinned thread");
	machine_interrupt((machine_cpus_t)*cpus, fn, arg);
}

static inline void shootdown_call_poll(void)
{
	machine_poll();
}

/*
 * With interrupts on they answer for this CPU while it waits. With interrupts off it answers itself, between two waits: two
 * CPUs that wait for each other both get on (tests/calls/two-issuers-interrupts-off.litmus). So this host may always wait (hook 34).
 */
#define shootdown_wait_zero shootdown_wait_zero
static inline void shootdown_wait_zero(const long *counter)
{
	if (!machine_irqs_on())
		machine_poll();
	machine_wait(counter, MACHINE_EQUAL | MACHINE_OR_INTERRUPT, 0);
}

/* Only a machine that counts is told what is to be counted. */
#ifdef MACHINE_KEEPS_COUNTS
#define shootdown_count(what, by) machine_count(what, by)
#else
#define shootdown_count(what, by) ((void)(by))
#endif

/* So many interrupts are sent to find out that nobody walks any more. */
static inline void shootdown_count_walkers(unsigned long cpus)
{
	shootdown_count(TLB_COUNT_IPIS, cpus);
	shootdown_count(TLB_COUNT_SYNCS, cpus);
}

/* Of a lock that another CPU has for a few steps. */
#define shootdown_wait_change shootdown_wait_change
static inline void shootdown_wait_change(const unsigned long *word, unsigned long value)
{
	if (!machine_irqs_on())
		machine_poll();
	machine_wait(word, MACHINE_NOT_EQUAL | MACHINE_OR_INTERRUPT, (long)value);
}

#define shootdown_tlb_cpu shootdown_tlb_cpu
#define shootdown_asids	  shootdown_asids
static inline unsigned long shootdown_irq_save(void)
{
	return machine_irq_save();
}

static inline void shootdown_irq_restore(unsigned long flags)
{
	machine_irq_restore(flags);
}

/* What 31 waits for are walkers with interrupts off. */
#define shootdown_read_lock shootdown_read_lock
static inline unsigned long shootdown_read_lock(void)
{
	return machine_irq_save();
}

static inline void shootdown_read_unlock(unsigned long section)
{
	machine_irq_restore(section);
}

static inline void shootdown_flush_complete(void)
{
	shootdown_assert(thread_is_pinned(), "shootdown_flush_complete: by a pinned thread");
	machine_tlb_complete();
}

static inline void shootdown_sync_walkers(void)
{
	shootdown_count_walkers(machine_nr_cpus() - 1);
	synchronize_walkers();
}

/* notify.c */
#define shootdown_notifiers shootdown_notifiers

/* Virtually indexed caches are written back and dropped: host.c. */
#define shootdown_flush_cache shootdown_flush_cache

#endif
