/* SPDX-License-Identifier: MIT */
/*
 * rows.c - the rows of arch/, and one that is made up: s390_attach whose CPUs may see each other's stores in any order. It shows the orders that attach
 * needs. No machine has it, and it would cost each scenario that is for all rows many times its states, so it is this checker's alone.
 */
#include <string.h>
#include "arch/arch.h"

#define TLB_HARDWARE_weak_attach TLB_HARDWARE_s390_of(false)
#define TLB_CHOICES_weak_attach	 TLB_CHOICES_s390_of(true)

#undef TLB_ARCH_DEF
#define TLB_ARCH_DEF(row) TLB_ARCH_ROW(row),

static const struct tlb_arch rows[] = {
#include "arch/rows.def"
	TLB_ARCH_ROW(weak_attach)
};

unsigned int tlb_arch_count(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const struct tlb_arch *tlb_arch_at(unsigned int index)
{
	return index < tlb_arch_count() ? &rows[index] : NULL;
}

const struct tlb_arch *tlb_arch_find(const char *name)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}
