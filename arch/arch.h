/* SPDX-License-Identifier: MIT */
/*
 * arch.h - all rows, for programs that pick one at run time. A kernel includes its own row instead (see
 * include/shootdown/arch.h).
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include <shootdown/arch.h>

extern const struct tlb_arch tlb_arch_alpha;
extern const struct tlb_arch tlb_arch_arc;
extern const struct tlb_arch tlb_arch_arm;
extern const struct tlb_arch tlb_arch_arm2011;
extern const struct tlb_arch tlb_arch_arm64;
extern const struct tlb_arch tlb_arch_csky;
extern const struct tlb_arch tlb_arch_hexagon;
extern const struct tlb_arch tlb_arch_hostile;
extern const struct tlb_arch tlb_arch_ia64;
extern const struct tlb_arch tlb_arch_loongarch;
extern const struct tlb_arch tlb_arch_m68k;
extern const struct tlb_arch tlb_arch_microblaze;
extern const struct tlb_arch tlb_arch_mips;
extern const struct tlb_arch tlb_arch_nios2;
extern const struct tlb_arch tlb_arch_openrisc;
extern const struct tlb_arch tlb_arch_parisc;
extern const struct tlb_arch tlb_arch_powerpc;
extern const struct tlb_arch tlb_arch_riscv;
extern const struct tlb_arch tlb_arch_s390;
extern const struct tlb_arch tlb_arch_sh;
extern const struct tlb_arch tlb_arch_sparc64;
extern const struct tlb_arch tlb_arch_tile;
extern const struct tlb_arch tlb_arch_um;
extern const struct tlb_arch tlb_arch_x86_64;
extern const struct tlb_arch tlb_arch_xtensa;

/* Number of rows; row @index of them, by name in alphabetical order; the row called @name, or NULL. */
unsigned int tlb_arch_count(void);
const struct tlb_arch *tlb_arch_at(unsigned int index);
const struct tlb_arch *tlb_arch_find(const char *name);

#endif
