/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of a kernel with several CPUs. They are POSIX threads here, so that it runs anywhere.
 *
 *	host.h		types, and the hooks that are a line or two
 *	calls.c		interrupts, calls to other CPUs, grace periods, CPUs that come and go: hooks 16 to 18, 29 to 31, 33
 *	tlb.c		the hardware: a TLB and a walker for each CPU, hooks 19 to 21
 *	kernel.c	pages, tables, switching, munmap: hooks 23 to 28
 *	main.c		what the programs do, and what is wrong if it goes wrong
 *
 * calls.c is what to copy; only what it calls cpu_step() and cpu_ring() is hardware. Most bugs of a shootdown live there.
 */
#ifndef EXAMPLES_SMP_HOST_H
#define EXAMPLES_SMP_HOST_H

__attribute__((noreturn)) void smp_panic(const char *what);
#define SHOOTDOWN_PANIC(contract) smp_panic(contract)
#include <shootdown/host/gcc.h>

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * ((int)(level) ? 1 : 0))
#define PAGE_SIZE		   (1ul << SHOOTDOWN_PAGE_SHIFT)

struct page;
typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct rcu {
	struct rcu *next;
	void (*fn)(struct rcu *rcu);
} shootdown_rcu_t;

/* The row is a variable because the example runs with interrupts and with broadcasts; a kernel's is a constant. */
extern struct tlb_arch smp_arch;

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &smp_arch;
}

static inline const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits limits = SHOOTDOWN_LIMITS(PAGE_SIZE);

	return &limits;
}

/* Page tables are memory like any other to these CPUs. */
static inline void shootdown_fence_tables(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#define shootdown_wait_zero shootdown_wait_zero
#define shootdown_pin	    shootdown_pin
#define shootdown_relax	    shootdown_relax

#endif
