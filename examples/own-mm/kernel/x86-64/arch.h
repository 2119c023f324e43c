/* SPDX-License-Identifier: MIT */
/*
 * arch.h - x86-64, as the kernel has it on hardware. The checker never sees this file: ../../check/arch.h stands in its place, with
 * the same names.
 */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>
#include <string.h>

#define RAM_START  0x1000000ul
#define RAM_PAGES  4096
#define DIRECT_MAP 0xffff888000000000ul
#define LOCAL_APIC (DIRECT_MAP + 0xfee00000ul)
#define ICR_LOW	   (*(volatile uint32_t *)(LOCAL_APIC + 0x300))
#define ICR_HIGH   (*(volatile uint32_t *)(LOCAL_APIC + 0x310))
#define ICR_BUSY   0x1000u
#define ICR_OTHERS 0xc0000u

static inline void *physical_to_virtual(uint64_t physical)
{
	return (void *)(physical + DIRECT_MAP);
}

static inline uint64_t virtual_to_physical(const void *address)
{
	return (uint64_t)address - DIRECT_MAP;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Each CPU keeps its number in a register that only the kernel can write. */
static inline unsigned int cpu_number(void)
{
	uint32_t low, high, tsc_aux;

	__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(tsc_aux));
	return tsc_aux;
}

static inline uint64_t read_cr3(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	return cr3;
}

static inline void write_cr3(uint64_t cr3)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}

static inline void invlpg(uintptr_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void send_ipi(unsigned int cpu, unsigned int vector)
{
	while (ICR_LOW & ICR_BUSY)
		cpu_relax();
	ICR_HIGH = cpu << 24;
	ICR_LOW = vector;
}

static inline void send_ipi_to_others(unsigned int vector)
{
	while (ICR_LOW & ICR_BUSY)
		cpu_relax();
	ICR_LOW = ICR_OTHERS | vector;
}

/* Interrupts off, and as they were. */
static inline unsigned long irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void irq_restore(unsigned long flags)
{
	__asm__ volatile("push %0; popfq" : : "r"(flags) : "memory", "cc");
}

/* Only the checker wants to know. */
static inline void page_taken(uint64_t page)
{
	(void)page;
}

static inline void page_given_back(uint64_t page)
{
	(void)page;
}

_Noreturn void kernel_panic(const char *why);

#endif
