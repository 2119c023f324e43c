/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of the smallest kernel: one CPU, no interrupts to other CPUs, no preemption.
 *
 * Every hook of <shootdown/host.h> that such a kernel needs; what needs more than a line stands in minimal.c. A kernel
 * that brings up a second CPU replaces the CPU sets, the calls and the grace period; the rest stays.
 */
#ifndef EXAMPLES_MINIMAL_HOST_H
#define EXAMPLES_MINIMAL_HOST_H

_Noreturn void minimal_panic(const char *what);
#define SHOOTDOWN_PANIC(contract) minimal_panic(contract)
#include <shootdown/host/up.h>

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * (int)(level))
#define PAGE_SIZE		   (1ul << SHOOTDOWN_PAGE_SHIFT)

/* ---- the architecture: its row, folded into the code, and three instructions ---- */

#undef TLB_ARCH_ROW
#define TLB_ARCH_ROW(name) static const struct tlb_arch tlb_arch_##name

#if defined(__x86_64__)
#include <arch/x86_64.c>
#define MINIMAL_ARCH tlb_arch_x86_64
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
#include <arch/arm64.c>
#define MINIMAL_ARCH tlb_arch_arm64
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
#include <arch/riscv.c>
#define MINIMAL_ARCH tlb_arch_riscv
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
	return &MINIMAL_ARCH;
}

/* ---- types ---- */

struct page;
typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;

static inline const struct tlb_limits *shootdown_limits(void)
{
	static const struct tlb_limits limits = SHOOTDOWN_LIMITS(PAGE_SIZE);

	return &limits;
}

static inline void shootdown_fence_tables(void)
{
	cpu_fence_tables();
}

static inline void shootdown_flush_complete(void)
{
	cpu_flush_complete();
}

#endif
