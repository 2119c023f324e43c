/* SPDX-License-Identifier: MIT */
/* s390.h - z/Architecture. "PoP" (unread) is the Principles of Operation, SA22-7832; Linux files are those of 7.0. */
#ifndef ARCH_S390_H
#define ARCH_S390_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_s390_of(TSO) \
	.farthest = TLB_REACH_ENTRY, /* PoP ch. 10: INVALIDATE PAGE TABLE ENTRY changes and purges on all CPUs */ \
	.tagged = true,              /* PoP ch. 3: TLB entries are tagged with the table's origin */ \
	.tables_all = true,          /* PoP ch. 10: INVALIDATE DAT TABLE ENTRY by ASCE; arch/s390 \
	                              * __tlb_flush_mm_lazy() */ \
	.hw_walk = true,             /* PoP ch. 3: dynamic address translation may be done ahead */ \
	.walk_cache = true,          /* PoP ch. 3: combined region-and-segment-table entries in the TLB */ \
	.split_itlb = true,          /* PoP ch. 3 leaves it open, machines have one; every purge reaches both: unverified */ \
	.caches_old = true,          /* PoP ch. 3: reference bits are of frames, in the storage key */ \
	.readonly_sticky = true,     /* PoP ch. 10: RESET DAT PROTECTION drops it; arch/s390 fix_spurious_fault */ \
	/* PoP ch. 3: change recording is in the storage key, per frame: not hw_dirty */ \
	.break_before_make = true,   /* PoP ch. 3: a valid attached entry may not be changed by a plain store */ \
	.tso = TSO,                  /* PoP ch. 5: storage-operand sequence; arch/s390/include/asm/barrier.h */ \
	.local_orders = true         /* PoP ch. 10: IPTE and IDTE serialize the CPU before and after; unverified */
#define TLB_HARDWARE_s390 TLB_HARDWARE_s390_of(true)

#define TLB_CHOICES_s390_of(ATTACH) \
	.reach = TLB_REACH_ENTRY, \
	.asids = true, \
	.attach = ATTACH, /* s390_attach */ \
	.merge_vmas = true, \
	.no_gather = true, /* arch/s390/Kconfig: an entry is unreachable once it was changed */ \
	.table_free = true, \
	.rcu_table_free = true, \
	.gup_fast = true   /* arch/s390/Kconfig: HAVE_GUP_FAST */
#define TLB_CHOICES_s390 TLB_CHOICES_s390_of(false)
/* clang-format on */

TLB_ARCH_DEF(s390)

#endif
