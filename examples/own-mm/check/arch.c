/* SPDX-License-Identifier: MIT */
/* arch.c - those of arch.h that are more than a line. */
#include <kernel.h>

uint64_t read_cr3(void)
{
	return machine_frame_address(machine_root_frame(machine_loaded()));
}

/* Without PCIDs: all that is not global goes. */
void write_cr3(uint64_t cr3)
{
	machine_load_root(machine_space_at(machine_frame_at(cr3)));
}

/* One page, and everything held of upper levels (SDM vol. 3, 4.10.4.1). */
void invlpg(uintptr_t address)
{
	const struct machine_invalidation page = {
		.space = machine_loaded(),
		.start = address & ~(PAGE_SIZE - 1),
		.end = (address & ~(PAGE_SIZE - 1)) + PAGE_SIZE,
		.stride_shift = 12,
		.tables = true,
		.exec = true,
	};

	machine_tlb_local(&page);
}

static void arrive(void *vector)
{
	interrupt((unsigned int)(uintptr_t)vector);
}

void send_ipi(unsigned int cpu, unsigned int vector)
{
	machine_interrupt(1u << cpu, arrive, (void *)(uintptr_t)vector);
}

void send_ipi_to_others(unsigned int vector)
{
	uint32_t all = (1u << machine_nr_cpus()) - 1;

	machine_interrupt(all & ~(1u << machine_cpu()), arrive, (void *)(uintptr_t)vector);
}
