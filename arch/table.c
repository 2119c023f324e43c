/* SPDX-License-Identifier: MIT */
/* table.c - the list of all rows. */
#include "arch.h"

#include "alpha.h"
#include "arc.h"
#include "arm.h"
#include "arm2011.h"
#include "arm64.h"
#include "csky.h"
#include "hexagon.h"
#include "hostile.h"
#include "ia64.h"
#include "loongarch.h"
#include "m68k.h"
#include "microblaze.h"
#include "mips.h"
#include "nios2.h"
#include "openrisc.h"
#include "parisc.h"
#include "powerpc.h"
#include "riscv.h"
#include "s390.h"
#include "sh.h"
#include "sparc64.h"
#include "tile.h"
#include "um.h"
#include "x86_64.h"
#include "xtensa.h"

static const struct tlb_arch *const tlb_archs[] = {
	&tlb_arch_alpha,   &tlb_arch_arc,	 &tlb_arch_arm,	    &tlb_arch_arm2011, &tlb_arch_arm64,
	&tlb_arch_csky,	   &tlb_arch_hexagon,	 &tlb_arch_hostile, &tlb_arch_ia64,    &tlb_arch_loongarch,
	&tlb_arch_m68k,	   &tlb_arch_microblaze, &tlb_arch_mips,    &tlb_arch_nios2,   &tlb_arch_openrisc,
	&tlb_arch_parisc,  &tlb_arch_powerpc,	 &tlb_arch_riscv,   &tlb_arch_s390,    &tlb_arch_sh,
	&tlb_arch_sparc64, &tlb_arch_tile,	 &tlb_arch_um,	    &tlb_arch_x86_64,  &tlb_arch_xtensa,
};

unsigned int tlb_arch_count(void)
{
	return sizeof(tlb_archs) / sizeof(tlb_archs[0]);
}

const struct tlb_arch *tlb_arch_at(unsigned int index)
{
	return index < tlb_arch_count() ? tlb_archs[index] : 0;
}

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
		if (same_name(tlb_archs[i]->name, name))
			return tlb_archs[i];
	}
	return 0;
}
