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
#include <shootdown/change.h>

typedef uint64_t pte_t;

/* Software's own, which hardware does not look at. */
#define PTE_UFFD_WP  0x010ull /* a write is userfaultfd's to allow */
#define PTE_PROTNONE 0x100ull /* the page is there, and hardware shall not see it */

/* It was written to since clear-soft-dirty, where that is kept (VM_TRACKED): none that can be written to is without. Of an entry that is there. */
#define PTE_SOFT_DIRTY 0x800ull

/*
 * What an entry that is not present stands for, in bits that hardware does not look at then; it is 0 for nothing. A number stands where the
 * frame would: of a slot of swap, or of the frame that is being moved. The bits of rights stay as they were in the entry, and what was
 * marked is marked when the page is back: PTE_UFFD_WP by itself, PTE_SOFT_DIRTY by the bit of dirty.
 */
#define PTE_SWAP      0x400ull
#define PTE_MIGRATION 0x800ull

/* Of an entry that is not present, and says what it did: it is about to be present again, and to allow more (relax.c). Above any frame's number. */
#define PTE_BROKEN (1ull << 62)

/* Besides PTE_PROTNONE: a device has the page for itself (exclusive.c). Above any frame's number. */
#define PTE_EXCLUSIVE (1ull << 61)

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

static inline bool pte_valid(uint64_t word)
{
	return word & MACHINE_PTE_PRESENT;
}

static inline bool pte_protnone(uint64_t word)
{
	return word & PTE_PROTNONE;
}

static inline bool pte_exclusive(uint64_t word)
{
	return pte_protnone(word) && word & PTE_EXCLUSIVE;
}

static inline bool pte_broken(uint64_t word)
{
	return !pte_valid(word) && word & PTE_BROKEN;
}

/* Something is there: to hardware, or to software alone. */
static inline bool pte_present(uint64_t word)
{
	return pte_valid(word) || pte_protnone(word) || pte_broken(word);
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

/* Nothing at all; an entry that is not present may still say where its page is. */
static inline bool pte_none(uint64_t word)
{
	return !word;
}

static inline bool pte_swap(uint64_t word)
{
	return !pte_present(word) && word & PTE_SWAP;
}

static inline bool pte_migration(uint64_t word)
{
	return !pte_present(word) && word & PTE_MIGRATION;
}

/* Is it written to since clear-soft-dirty, or was it when its page went? */
static inline bool pte_soft_dirty(uint64_t word)
{
	return word & (pte_present(word) ? PTE_SOFT_DIRTY : MACHINE_PTE_DIRTY);
}

/* Of one that pte_swap() or pte_migration() says yes to: the slot, or the frame. */
static inline int pte_number(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT);
}

/* The frame of the page, or of the table, that a present entry points to. */
static inline int pte_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT);
}

/* Above the last level: a table is there, or a huge page. */
static inline bool pmd_table(uint64_t word)
{
	return pte_valid(word) && word & MACHINE_PTE_TABLE;
}

static inline bool pmd_huge(uint64_t word)
{
	return pte_broken(word) || (pte_valid(word) && !(word & MACHINE_PTE_TABLE));
}

/* In the words of shootdown/change.h. */
static inline unsigned int pte_entry_bits(uint64_t word)
{
	unsigned int bits = word & MACHINE_PTE_PRESENT ? TLB_ENTRY_PRESENT : 0;

	bits |= word & MACHINE_PTE_WRITE ? TLB_ENTRY_WRITE : 0;
	bits |= word & MACHINE_PTE_EXEC ? TLB_ENTRY_EXEC : 0;
	bits |= word & MACHINE_PTE_ACCESSED ? TLB_ENTRY_ACCESSED : 0;
	return bits | (word & MACHINE_PTE_DIRTY ? TLB_ENTRY_DIRTY : 0);
}

/* ---- making words ---- */

static inline uint64_t mk_pte(int frame, uint64_t bits)
{
	return (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT | bits;
}

/* What an entry is marked with, for one that is not present and stands for the present @word; and the other way round. */
static inline uint64_t pte_marks_of(uint64_t word)
{
	return (word & PTE_UFFD_WP) | (pte_soft_dirty(word) ? MACHINE_PTE_DIRTY : 0);
}

static inline uint64_t pte_marks_again(uint64_t word)
{
	return (word & PTE_UFFD_WP) | (pte_soft_dirty(word) ? PTE_SOFT_DIRTY : 0);
}

/* For an entry that said @word. */
static inline uint64_t mk_swap(int slot, uint64_t word)
{
	return (uint64_t)slot << MACHINE_PTE_FRAME_SHIFT | PTE_SWAP | pte_marks_of(word);
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

static inline uint64_t pte_mkprotnone(uint64_t word)
{
	return (word & ~(MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE)) | PTE_PROTNONE;
}

static inline uint64_t pte_mkvalid(uint64_t word)
{
	return (word & ~(PTE_PROTNONE | PTE_EXCLUSIVE)) | MACHINE_PTE_PRESENT;
}

static inline uint64_t pte_mkexclusive(uint64_t word)
{
	return pte_mkprotnone(word) | PTE_EXCLUSIVE;
}

static inline uint64_t pte_wrprotect(uint64_t word)
{
	return word & ~MACHINE_PTE_WRITE;
}

/* As if it had not been used. */
static inline uint64_t pte_mkunused(uint64_t word)
{
	return word & ~(MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY);
}

/* Read-only and clean: the next write faults. */
static inline uint64_t pte_wrprotect_clean(uint64_t word)
{
	return word & ~(MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY);
}

#endif
