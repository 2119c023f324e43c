/* SPDX-License-Identifier: MIT */
/*
 * pte.h - what the word of a page-table entry says, and how one is made. Names as in Linux; a "word" is what is in an
 * entry, a machine_pte the place where it stands.
 *
 * The bits are the machine's, the same on every architecture: what differs between formats is not what mm/ is about.
 */
#ifndef MM_PTE_H
#define MM_PTE_H

#include <machine/machine.h>

/* ---- reading ---- */

static inline bool pte_present(uint64_t word)
{
	return word & MACHINE_PTE_PRESENT;
}

static inline bool pte_write(uint64_t word)
{
	return word & MACHINE_PTE_WRITE;
}

static inline bool pte_dirty(uint64_t word)
{
	return word & MACHINE_PTE_DIRTY;
}

/* The page has no struct page: no reference can be taken, and no reverse map counts the entry. */
static inline bool pte_special(uint64_t word)
{
	return word & MACHINE_PTE_SPECIAL;
}

/* The frame of the page, or of the table, that a present entry points to. */
static inline int pte_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT);
}

/* ---- making ---- */

static inline uint64_t mk_pte(int frame, uint64_t bits)
{
	return (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT | bits;
}

/* An entry above the last level. */
static inline uint64_t mk_table(int frame)
{
	return mk_pte(frame, MACHINE_PTE_TABLE);
}

static inline uint64_t pte_mkyoung(uint64_t word)
{
	return word | MACHINE_PTE_ACCESSED;
}

static inline uint64_t pte_mkdirty(uint64_t word)
{
	return word | MACHINE_PTE_DIRTY;
}

static inline uint64_t pte_mkwrite(uint64_t word)
{
	return word | MACHINE_PTE_WRITE;
}

/* Read-only and clean: the next write faults. */
static inline uint64_t pte_wrprotect_clean(uint64_t word)
{
	return word & ~(MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY);
}

#endif
