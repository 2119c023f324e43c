/* SPDX-License-Identifier: MIT */
/* contradiction.c - a list of rows in place of arch/table.c, the second of which contradicts itself. */
#include "arch/arch.h"
#include "arch/x86_64.h"

static const struct tlb_arch rows[] = {
	TLB_ARCH_ROW(x86_64),
	{ .name = "yours", TLB_HARDWARE_x86_64, .rcu_table_free = true },
};

unsigned int tlb_arch_count(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const struct tlb_arch *tlb_arch_at(unsigned int index)
{
	return index < tlb_arch_count() ? &rows[index] : 0;
}
