/* SPDX-License-Identifier: MIT */
/*
 * pte.h - what the word of a page-table entry says, and how one is made. Names as in Linux; a "word" is what is in an
 * entry, a pte_t the place where it stands. Hardware walks there at any time, so a word is read and written whole.
 *
 * The bits are the machine's, the same on every architecture: what differs between formats is not what mm/ is about.
 */
#ifndef MM_PTE_H
#define MM_PTE_H

#include <machine/machine.h>

typedef uint64_t pte_t;

/* ---- entries in tables ---- */

/* An acquire: what the entry leads to, a table's contents above all, is as it was when the entry was set (ORD-5). */
static inline uint64_t ptep_get(const pte_t *pte)
{
	return __atomic_load_n(pte, __ATOMIC_ACQUIRE);
}

/*
 * A release: a page is what it shall be before it can be found. Walks may see it late (ORD-1); and what a walker sets in the entry
 * meanwhile is lost.
 */
static inline void set_pte(pte_t *pte, uint64_t word)
{
	__atomic_store_n(pte, word, __ATOMIC_RELEASE);
}

/*
 * One access, so that whatever a walker sets meanwhile is not lost: then nothing is stored. No order: the entry leads where it
 * led before, and whoever reads it here has what set_pte() has released.
 */
static inline bool ptep_cmpxchg(pte_t *pte, uint64_t old, uint64_t word)
{
	return __atomic_compare_exchange_n(pte, &old, word, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* ---- reading words ---- */

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

/* ---- making words ---- */

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
