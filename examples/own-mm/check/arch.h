/* SPDX-License-Identifier: MIT */
/*
 * arch.h - for the checker, in the place of ../kernel/x86-64/arch.h: what the kernel asks of its hardware, asked of the checker's
 * machine. Memory is not here: loads, stores and atomic operations of the kernel are seen by themselves. All of it is in the header, so
 * that the places in a timeline are the kernel's: who called these.
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

static inline uint64_t read_cr3(void)
{
	return machine_frame_address(machine_root_frame(machine_loaded()));
}

/* Without PCIDs: all that is not global goes. */
static inline void write_cr3(uint64_t cr3)
{
	machine_load_root(machine_space_at(machine_frame_at(cr3)));
}

/* One page, and everything held of upper levels (SDM vol. 3, 4.10.4.1). */
static inline void invlpg(uintptr_t address)
{
	const struct machine_invalidation page = {
		.space = machine_loaded(),
		.start = address & ~4095ul,
		.end = (address & ~4095ul) + 4096,
		.stride_shift = 12,
		.tables = true,
		.exec = true,
	};

	machine_tlb_local(&page);
}

void interrupt(unsigned int vector);

static inline void arrive(void *vector)
{
	interrupt((unsigned int)(uintptr_t)vector);
}

static inline void send_ipi(unsigned int cpu, unsigned int vector)
{
	machine_interrupt(1u << cpu, arrive, (void *)(uintptr_t)vector);
}

static inline void send_ipi_to_others(unsigned int vector)
{
	uint32_t all = (1u << machine_nr_cpus()) - 1;

	machine_interrupt(all & ~(1u << machine_cpu()), arrive, (void *)(uintptr_t)vector);
}

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
