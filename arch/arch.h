/* SPDX-License-Identifier: MIT */
/*
 * arch.h - all rows, for programs that pick one at run time. A kernel includes its own row instead (see
 * include/shootdown/arch.h). A row is a header here, NAME.h, and a line of rows.def.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include <shootdown/arch.h>

/* Number of rows; row @index of them, by name in alphabetical order; the row called @name, or NULL. */
unsigned int tlb_arch_count(void);
const struct tlb_arch *tlb_arch_at(unsigned int index);
const struct tlb_arch *tlb_arch_find(const char *name);

#endif
