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

typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct rcu_head shootdown_rcu_t;

/* Small, so that a scenario of a few pages needs several. */
#define SHOOTDOWN_FREE_ROUND	   3u
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

/* CPUs that are not up: hosts may have some, and none comes or goes while agents run. */
unsigned long cpus_down(void);

static inline unsigned int shootdown_cpu(void)
{
	return machine_cpu();
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return ((1ul << machine_nr_cpus()) - 1) & ~cpus_down();
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
	machine_interrupt((uint32_t)*cpus, fn, arg);
}

static inline void shootdown_call_poll(void)
{
	machine_poll();
}

#define shootdown_may_wait shootdown_may_wait
static inline bool shootdown_may_wait(void)
{
	return machine_irqs_on();
}

/*
 * With interrupts on they answer for this CPU while it waits. With interrupts off it answers itself, between two waits: two
 * CPUs that wait for each other both get on.
 */
#define shootdown_wait_zero shootdown_wait_zero
static inline void shootdown_wait_zero(const long *counter)
{
	if (!machine_irqs_on())
		machine_poll();
	machine_wait(counter, MACHINE_EQUAL | MACHINE_OR_INTERRUPT, 0);
}

static inline void shootdown_flush_complete(void)
{
	shootdown_assert(thread_is_pinned(), "shootdown_flush_complete: by a pinned thread");
	machine_tlb_complete();
}

static inline void shootdown_sync_walkers(void)
{
	synchronize_walkers();
}

/* Virtually indexed caches are written back and dropped: host.c. */
#define shootdown_flush_cache shootdown_flush_cache

#endif
