/* SPDX-License-Identifier: MIT */
/*
 * arch.h - for the checker, in the place of ../kernel/x86-64/arch.h: what the kernel asks of its hardware, asked of the checker's
 * machine. Memory is not here: loads, stores and atomic operations of the kernel are seen by themselves.
 */
#ifndef ARCH_H
#define ARCH_H

#include <machine/machine.h>
#include <string.h>

/* The machine's memory stands at its physical addresses, so the kernel's direct map begins at 0. */
#define RAM_START MACHINE_RAM
#define RAM_PAGES 32
_Static_assert(RAM_PAGES <= MACHINE_MAX_FRAMES, "the machine has that many");

static inline void *physical_to_virtual(uint64_t physical)
{
	return (void *)(uintptr_t)physical;
}

static inline uint64_t virtual_to_physical(const void *address)
{
	return (uint64_t)address;
}

static inline unsigned int cpu_number(void)
{
	return machine_cpu();
}

static inline void cpu_relax(void)
{
	machine_relax();
}

static inline unsigned long irq_save(void)
{
	return machine_irq_save();
}

static inline void irq_restore(unsigned long flags)
{
	machine_irq_restore(flags);
}

/* check/arch.c */
uint64_t read_cr3(void);
void write_cr3(uint64_t cr3);
void invlpg(uintptr_t address);
void send_ipi(unsigned int cpu, unsigned int vector);
void send_ipi_to_others(unsigned int vector);

/* Which pages the kernel's allocator has given out is what the checker watches. */
static inline void page_taken(uint64_t page)
{
	machine_frame_take(machine_frame_at(page));
}

static inline void page_given_back(uint64_t page)
{
	machine_frame_free(machine_frame_at(page));
}

#define kernel_panic(why) machine_panic(__FILE__, __LINE__, why)

#endif
