/* SPDX-License-Identifier: MIT */
/*
 * host.h - what the shootdown library asks of this kernel: <shootdown/host.h> says what each hook owes. What needs more than a line stands in
 * shootdown.c.
 *
 * A page, and a table, is its physical address: the kernel keeps nothing else of one.
 */
#ifndef LIBRARY_HOST_H
#define LIBRARY_HOST_H

#include <arch.h>
#include <arch/x86_64.h>

#define SHOOTDOWN_PANIC(contract) kernel_panic(contract)
#include <shootdown/host/gcc.h>

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * ((int)(level) < 3 ? (int)(level) : 3))

typedef struct physical_page *shootdown_page_t;
typedef struct physical_page *shootdown_table_t;
typedef struct {
	void *unused; /* nobody walks tables without the lock, so nothing waits for a grace period */
} shootdown_rcu_t;

/* The machine's facts, and this kernel's choices: no PCIDs, tables are freed as pages are. */
static const struct tlb_arch own_arch = {
	.name = "own", TLB_HARDWARE_x86_64, .reach = TLB_REACH_IPI, .merge_vmas = true, .ceiling = 33
};

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &own_arch;
}

static inline const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits limits = SHOOTDOWN_LIMITS(4096);

	return &limits;
}

static inline unsigned int shootdown_cpu(void)
{
	return cpu_number();
}

static inline void shootdown_fence_tables(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#define shootdown_relax shootdown_relax
static inline void shootdown_relax(void)
{
	cpu_relax();
}

#endif
