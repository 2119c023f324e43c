/* SPDX-License-Identifier: MIT */
/*
 * arch.h - an architecture as data.
 *
 * Everything the library and the model machine need to know about an architecture stands in one
 * constant of this type, one row a file in arch/. A kernel makes the row of its own architecture visible
 * as a static const, so that the compiler folds every test of a field; the checker keeps all rows and picks
 * one at run time. A test of a field never becomes a test of a name. In a row only what is true is written down.
 */
#ifndef SHOOTDOWN_ARCH_H
#define SHOOTDOWN_ARCH_H

#include <stdbool.h>

/* How an invalidation reaches another CPU's TLB. */
enum tlb_reach {
	TLB_REACH_IPI,	     /* software interrupts the CPU, which invalidates its own TLB */
	TLB_REACH_BROADCAST, /* one instruction reaches all; complete only after the issuer's barrier */
	TLB_REACH_ENTRY,     /* an entry is changed and invalidated everywhere by one instruction (IPTE) */
};

struct tlb_arch {
	const char *name;

	/* What the gather does: the knobs of Linux's MMU_GATHER_*, same meaning. */
	bool no_range;	      /* no range invalidation worth using: always the whole mm; implies merge_vmas */
	bool no_gather;	      /* pages are unreachable once their entry is changed: free them at once */
	bool no_flush_cache;  /* has a virtually indexed cache, but must not flush it per VMA */
	bool merge_vmas;      /* no flush at the end of a VMA */
	bool page_size;	      /* a flush covers one page size only */
	bool table_free;      /* tables go through their own batch */
	bool rcu_table_free;  /* ... and are freed after a grace period; implies table_free */
	bool table_sync_free; /* without a batch page: interrupt all walkers and free, rather than queue one by one */
	bool table_no_invalidate; /* no hardware walks these tables, so freeing one needs no invalidation */
	bool fullmm_skip;	  /* a whole-mm teardown needs no flush unless tables were freed (ASID is not reused) */

	/* What an invalidation is and does. */
	enum tlb_reach reach;
	bool exec_aware;	/* a range flush skips the instruction TLB unless the VMA is executable */
	bool leaf_only;		/* an invalidation may leave the walk cache alone; it does unless tables were freed */
	bool table_span;	/* one page's invalidation does not drop the walk-cache path of its neighbours */
	bool tables_all;	/* only an invalidation of everything drops walk caches */
	unsigned short ceiling; /* strides above which a range becomes the whole mm; 0: never */

	/* What the hardware may do: facts for the model machine. */
	bool hw_walk;		 /* hardware walks the tables, also ahead of the program */
	bool walk_cache;	 /* upper-level entries are cached */
	bool split_itlb;	 /* a separate instruction TLB */
	bool asids;		 /* entries survive a switch away from their address space */
	bool caches_not_present; /* a not-present entry may be cached */
	bool readonly_sticky;	 /* a cached read-only entry goes on faulting until it is invalidated */
	bool hw_dirty;		 /* the walker sets accessed and dirty; otherwise a fault does */
	bool break_before_make;	 /* two live translations of one address are forbidden */
	bool virtual_cache;	 /* the data cache is virtually indexed: flush_cache_range() does something */
	bool tso;		 /* stores are seen in program order; else walkers may see even an atomic late */
	bool secondary_snoops;	 /* secondary TLBs hear broadcast invalidations */
	bool gup_fast;		 /* the kernel walks tables without locks, interrupts off */
};

/*
 * Each row of arch/ is a definition of this form. A kernel that wants its own row folded into the code writes, in its
 * host header:
 *
 *	#undef TLB_ARCH_ROW
 *	#define TLB_ARCH_ROW(name) static const struct tlb_arch tlb_arch_##name
 *	#include <arch/x86_64.h>
 */
#define TLB_ARCH_ROW(name) const struct tlb_arch tlb_arch_##name

#endif
