/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of the smallest kernel: one CPU, no interrupts to other CPUs, no preemption.
 *
 * Every hook of <shootdown/host.h> that such a kernel needs; what needs more than a line stands in minimal.c. A kernel
 * that brings up a second CPU replaces the CPU sets, the calls and the grace period; the rest stays.
 */
#ifndef EXAMPLES_MINIMAL_HOST_H
#define EXAMPLES_MINIMAL_HOST_H

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * (int)(level))
#define PAGE_SIZE		   (1ul << SHOOTDOWN_PAGE_SHIFT)

/* ---- the architecture: its row, folded into the code, and three instructions ---- */

#if defined(__x86_64__)
#include <arch/x86_64.h>
static const struct tlb_arch minimal_arch = TLB_ARCH_ROW(x86_64);

static inline void cpu_fence_tables(void)
{
	__asm__ volatile("mfence" ::: "memory");
}

static inline void cpu_flush_page(unsigned long addr)
{
	__asm__ volatile("invlpg (%0)" ::"r"(addr) : "memory");
}

static inline void cpu_flush_all(void)
{
	unsigned long root;

	__asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root)::"memory");
}

static inline void cpu_flush_complete(void)
{
}
#elif defined(__aarch64__)
#include <arch/arm64.h>
static const struct tlb_arch minimal_arch = TLB_ARCH_ROW(arm64);

static inline void cpu_fence_tables(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
}

static inline void cpu_flush_page(unsigned long addr)
{
	__asm__ volatile("tlbi vaae1is, %0" ::"r"(addr >> SHOOTDOWN_PAGE_SHIFT) : "memory");
}

static inline void cpu_flush_all(void)
{
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
}

static inline void cpu_flush_complete(void)
{
	__asm__ volatile("dsb ish; isb" ::: "memory");
}
#elif defined(__riscv)
#include <arch/riscv.h>
static const struct tlb_arch minimal_arch = TLB_ARCH_ROW(riscv);

static inline void cpu_fence_tables(void)
{
	__asm__ volatile("fence rw, rw" ::: "memory");
}

static inline void cpu_flush_page(unsigned long addr)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(addr) : "memory");
}

static inline void cpu_flush_all(void)
{
	__asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

static inline void cpu_flush_complete(void)
{
}
#else
#error "add this architecture's row and instructions"
#endif

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &minimal_arch;
}

/* ---- types ---- */

struct page;
typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef long shootdown_atomic_t;
typedef unsigned long shootdown_cpus_t;
typedef unsigned long shootdown_cpumask_t;
typedef struct {
	void *unused[2];
} shootdown_rcu_t;

static inline const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits limits = SHOOTDOWN_LIMITS(PAGE_SIZE);

	return &limits;
}

/* ---- one CPU: its number is 0, sets have one bit, nobody races ---- */

static inline unsigned int shootdown_cpu(void)
{
	return 0;
}

static inline void shootdown_cpus_init(shootdown_cpus_t *cpus)
{
	*cpus = 0;
}

static inline void shootdown_cpus_add(shootdown_cpus_t *cpus, unsigned int cpu)
{
	*cpus |= 1ul << cpu;
}

static inline void shootdown_cpus_remove(shootdown_cpus_t *cpus, unsigned int cpu)
{
	*cpus &= ~(1ul << cpu);
}

static inline shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *cpus)
{
	return *cpus;
}

static inline bool shootdown_cpumask_take(shootdown_cpumask_t *mask, unsigned int cpu)
{
	bool there = *mask & 1ul << cpu;

	*mask &= ~(1ul << cpu);
	return there;
}

static inline unsigned int shootdown_cpumask_count(const shootdown_cpumask_t *mask)
{
	return *mask != 0;
}

static inline shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return 1;
}

static inline void shootdown_atomic_set(shootdown_atomic_t *counter, long value)
{
	*counter = value;
}

static inline void shootdown_atomic_add(shootdown_atomic_t *counter, long value)
{
	*counter += value;
}

static inline void shootdown_atomic_sub_release(shootdown_atomic_t *counter, long value)
{
	*counter -= value;
}

static inline long shootdown_atomic_read_acquire(const shootdown_atomic_t *counter)
{
	return *counter;
}

static inline void shootdown_fence_tables(void)
{
	cpu_fence_tables();
}

static inline void shootdown_flush_complete(void)
{
	cpu_flush_complete();
}

/* There is no other CPU in any set. */
static inline void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	(void)cpus;
	(void)fn;
	(void)arg;
	__builtin_trap();
}

static inline void shootdown_call_poll(void)
{
}

/* Nobody walks tables in the middle of this: the grace period is over. */
static inline void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	fn(rcu);
}

static inline void shootdown_sync_walkers(void)
{
}

#define shootdown_assert(condition, contract) ((condition) ? (void)0 : minimal_panic(contract))
_Noreturn void minimal_panic(const char *what);

/* ---- in minimal.c ---- */

void shootdown_flush_local(const struct tlb_flush *flush);
void shootdown_flush_broadcast(const struct tlb_flush *flush);
void *shootdown_batch_alloc(void);
void shootdown_batch_free(void *batch);
void shootdown_free_pages(struct encoded_page **slots, unsigned int nr);
void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma);
void shootdown_free_table(struct page *table);
void shootdown_table_to_page(struct page *table, struct page **page);
void shootdown_defer_table(struct page *table);

#endif
