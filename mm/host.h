/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of the reference VM: the library's hooks, answered by the machine seam and by mm/.
 */
#ifndef MM_HOST_H
#define MM_HOST_H

#include <machine/machine.h>
#include <shootdown/host/cpumask.h>

struct page;

typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct machine_atomic shootdown_cpus_t;
typedef struct machine_rcu shootdown_rcu_t;

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

static inline unsigned int shootdown_cpu(void)
{
	return machine_cpu();
}

static inline void shootdown_cpus_init(shootdown_cpus_t *cpus)
{
	machine_atomic_init(cpus, 0);
}

static inline void shootdown_cpus_add(shootdown_cpus_t *cpus, unsigned int cpu)
{
	machine_atomic_or(cpus, 1ul << cpu);
}

static inline void shootdown_cpus_remove(shootdown_cpus_t *cpus, unsigned int cpu)
{
	machine_atomic_and(cpus, ~(1ul << cpu));
}

static inline shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *cpus)
{
	return (shootdown_cpumask_t)machine_atomic_read(cpus);
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return (1ul << machine_nr_cpus()) - 1;
}

static inline void shootdown_fence_tables(void)
{
	machine_fence_tables();
}

static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	machine_call_cpus((uint32_t)*cpus, fn, arg);
}

static inline void shootdown_call_poll(void)
{
	machine_call_poll();
}

#define shootdown_may_wait shootdown_may_wait
static inline bool shootdown_may_wait(void)
{
	return machine_may_wait();
}

#define shootdown_wait_zero shootdown_wait_zero
static inline void shootdown_wait_zero(const long *counter)
{
	machine_wait_zero((struct machine_atomic *)counter);
}

static inline void shootdown_flush_complete(void)
{
	machine_tlb_complete();
}

static inline void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	machine_call_rcu(rcu, fn);
}

static inline void shootdown_sync_walkers(void)
{
	machine_sync_walkers();
}

/* Last: for a listener, calls of the machine from here on say where they stand, and so do the hooks that become one. */
#include <machine/place.h>
#undef shootdown_wait_zero
#define shootdown_wait_zero(counter)	 MACHINE_AT((shootdown_wait_zero)(counter))
#define shootdown_cpus_add(cpus, cpu)	 MACHINE_AT((shootdown_cpus_add)(cpus, cpu))
#define shootdown_cpus_remove(cpus, cpu) MACHINE_AT((shootdown_cpus_remove)(cpus, cpu))
#define shootdown_cpus_read(cpus)	 MACHINE_AT((shootdown_cpus_read)(cpus))
#define shootdown_fence_tables()	 MACHINE_AT((shootdown_fence_tables)())
#define shootdown_call_poll()		 MACHINE_AT((shootdown_call_poll)())
#define shootdown_flush_local(flush)	 MACHINE_AT((shootdown_flush_local)(flush))
#define shootdown_flush_broadcast(flush) MACHINE_AT((shootdown_flush_broadcast)(flush))
#define shootdown_flush_complete()	 MACHINE_AT((shootdown_flush_complete)())
#define shootdown_call_rcu(rcu, fn)	 MACHINE_AT((shootdown_call_rcu)(rcu, fn))
#define shootdown_sync_walkers()	 MACHINE_AT((shootdown_sync_walkers)())
/* Virtually indexed caches are written back and dropped: host.c. */
#define shootdown_flush_cache(vma, start, end) MACHINE_AT((shootdown_flush_cache)(vma, start, end))

/*
 * The library's counters are fields of type long that it changes with the compiler's builtins. The machine knows a counter by
 * its calls, so in the library's files the builtins are these; a request's counter is set with a plain store.
 */
#ifdef SHOOTDOWN_INTERNAL_H
#define MM_COUNTER(counter)			  ((struct machine_atomic *)(counter))
#define __atomic_load_n(counter, order)		  machine_atomic_read((const struct machine_atomic *)(counter))
#define __atomic_fetch_add(counter, value, order) machine_atomic_add(MM_COUNTER(counter), value)
#define __atomic_fetch_sub(counter, value, order) machine_atomic_add(MM_COUNTER(counter), -(value))
#define shootdown_call_cpus(cpus, fn, arg)                                 \
	(machine_atomic_init(MM_COUNTER(&(arg)->waiting), (arg)->waiting), \
	 MACHINE_AT((shootdown_call_cpus)(cpus, fn, arg)))
#endif

#endif
