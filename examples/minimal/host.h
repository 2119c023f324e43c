/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host header of the smallest kernel: one CPU, no interrupts to other CPUs, no preemption.
 *
 * Every hook of <shootdown/host.h> that such a kernel needs; what needs more than a line stands in minimal.c. A kernel
 * that brings up a second CPU writes its own in place of <shootdown/host/up.h>, as ../smp does; the rest stays.
 */
#ifndef EXAMPLES_MINIMAL_HOST_H
#define EXAMPLES_MINIMAL_HOST_H

__attribute__((noreturn)) void minimal_panic(const char *what);
#define SHOOTDOWN_PANIC(contract) minimal_panic(contract)
#include <shootdown/host/up.h>

/* Two levels: an entry of a level that is not there covers what the root's cover. A table fills a page. */
#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + ((int)(level) ? MINIMAL_TABLE_SHIFT : 0))
#define MINIMAL_TABLE_SHIFT	   (sizeof(long) == 8 ? 9 : 10)
#define PAGE_SIZE		   (1ul << SHOOTDOWN_PAGE_SHIFT)

/*
 * ---- the architecture: its row, folded into the code, and five instructions ----
 *
 * cpu_flush_all(): @kernel also drops global entries, which kernel mappings may be. This kernel gives no address space an
 * id of its own, so every load of a root leaves nothing of the one before.
 */

#if defined(__x86_64__) || defined(__i386__)
#include <arch/x86_64.h>
/* The machine's facts, and this kernel's choices: no address-space ids, no walks without a lock. */
static const struct tlb_arch minimal_arch = {
	.name = "minimal",
	TLB_HARDWARE_x86_64,
	.reach = TLB_REACH_IPI,
	.merge_vmas = true,
	.ceiling = 33,
	.table_free = true,
	.rcu_table_free = true,
};

static inline void cpu_fence_tables(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void cpu_load_root(unsigned long root)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(root) : "memory");
}

static inline void cpu_flush_page(unsigned long addr)
{
	__asm__ volatile("invlpg (%0)" ::"r"(addr) : "memory");
}

static inline void cpu_flush_all(bool kernel)
{
	const unsigned long global_pages = 1ul << 7; /* CR4.PGE */
	unsigned long value;

	if (!kernel) {
		__asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=&r"(value)::"memory");
		return;
	}
	/* The load of a root keeps global entries; every change of CR4.PGE drops them as well (SDM 4.10.4.1). */
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr4" ::"r"(value ^ global_pages) : "memory");
	__asm__ volatile("mov %0, %%cr4" ::"r"(value) : "memory");
}

static inline void cpu_flush_complete(void)
{
}
#elif defined(__aarch64__)
#include <arch/arm64.h>
static const struct tlb_arch minimal_arch = {
	.name = "minimal",
	TLB_HARDWARE_arm64,
	.reach = TLB_REACH_BROADCAST,
	.merge_vmas = true,
	.ceiling = 512,
	.table_free = true,
	.rcu_table_free = true,
};

static inline void cpu_fence_tables(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
}

static inline void cpu_load_root(unsigned long root)
{
	__asm__ volatile("msr ttbr0_el1, %0; isb; tlbi vmalle1; dsb nsh; isb" ::"r"(root) : "memory");
}

/* The address is bits 43 to 0; above them stand a hint of the level and an id, which a kernel address would fill in. */
static inline void cpu_flush_page(unsigned long addr)
{
	unsigned long operand = addr >> 12 & ((1ul << 44) - 1);

	__asm__ volatile("tlbi vaae1is, %0" ::"r"(operand) : "memory");
}

static inline void cpu_flush_all(bool kernel)
{
	(void)kernel;
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
}

static inline void cpu_flush_complete(void)
{
	__asm__ volatile("dsb ish; isb" ::: "memory");
}
#elif defined(__riscv)
#include <arch/riscv.h>
static const struct tlb_arch minimal_arch = {
	.name = "minimal",
	TLB_HARDWARE_riscv,
	.reach = TLB_REACH_IPI,
	.merge_vmas = true,
	.ceiling = 64,
	.table_free = true,
	.rcu_table_free = true,
};

static inline void cpu_fence_tables(void)
{
	__asm__ volatile("fence rw, rw" ::: "memory");
}

/* Sv39 */
static inline void cpu_load_root(unsigned long root)
{
	__asm__ volatile("csrw satp, %0; sfence.vma zero, zero" ::"r"(8ul << 60 | root >> 12) : "memory");
}

/* With an id in place of the second zero, global entries would stay. */
static inline void cpu_flush_page(unsigned long addr)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(addr) : "memory");
}

static inline void cpu_flush_all(bool kernel)
{
	(void)kernel;
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
