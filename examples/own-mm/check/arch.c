/* SPDX-License-Identifier: MIT */
/* arch.c - those of arch.h that are more than a line. They are compiled as the kernel is, so `cr3` is part of the state. */
#include <kernel.h>

/* CR3 of each CPU. */
static uint64_t cr3_of[MACHINE_MAX_CPUS];

static struct machine_space *loaded(void)
{
	return machine_space_at(machine_frame_at(cr3_of[machine_cpu()]));
}

uint64_t read_cr3(void)
{
	return cr3_of[machine_cpu()];
}

/* Without PCIDs: all that is not global goes. */
void write_cr3(uint64_t cr3)
{
	cr3_of[machine_cpu()] = cr3;
	machine_load_root(loaded());
}

/* One page, and everything held of upper levels (SDM vol. 3, 4.10.4.1). */
void invlpg(uintptr_t address)
{
	const struct machine_invalidation page = {
		.space = loaded(),
		.start = address & ~(PAGE_SIZE - 1),
		.end = (address & ~(PAGE_SIZE - 1)) + PAGE_SIZE,
		.stride_shift = 12,
		.tables = true,
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
