/* SPDX-License-Identifier: MIT */
/* table.c - the list of all rows. */
#include "arch.h"

/* Each header of a row ends with TLB_ARCH_DEF(), and so is a line of this list. */
#undef TLB_ARCH_DEF
#define TLB_ARCH_DEF(row) TLB_ARCH_ROW(row),

static const struct tlb_arch tlb_archs[] = {
#include "rows.def"
};

unsigned int tlb_arch_count(void)
{
	return sizeof(tlb_archs) / sizeof(tlb_archs[0]);
}

const struct tlb_arch *tlb_arch_at(unsigned int index)
{
	return index < tlb_arch_count() ? &tlb_archs[index] : 0;
}

/* A freestanding build has no strcmp(). */
static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct tlb_arch *tlb_arch_find(const char *name)
{
	for (unsigned int i = 0; i < tlb_arch_count(); i++) {
		if (same_name(tlb_archs[i].name, name))
			return &tlb_archs[i];
	}
	return 0;
}
