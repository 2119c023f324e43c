/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - made up: hardware that allows all that the hardware of any other row allows, under a kernel that broadcasts. What is
 * safe here and on hostile_ipi.h rests on no favour of the hardware. Where two rows differ, the one that asks more of the software
 * was taken; where both ask something, each of the two has one. tests/lib/arch.c holds them to it. One favour is left: no broadcast of theirs
 * meets a grace period for handlers of misses (sparc64, parisc: the rule refill_is_reader), which would cost each scenario four times its states.
 */
#ifndef ARCH_HOSTILE_H
#define ARCH_HOSTILE_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_hostile_of(FARTHEST, TABLE_SPAN, TABLES_ALL, SOFT_REFILL, BREAK_FIRST) \
	.farthest = FARTHEST,       /* arm64: no interrupt to wait with, a barrier to forget; mips: a mask and answers */ \
	.tagged = true, \
	.exec_aware = true,         /* arm2011 */ \
	.leaf_only = true,          /* arm64, powerpc */ \
	.table_span = TABLE_SPAN,   /* arm2011: all of a freed table is flushed, page by page */ \
	.tables_all = TABLES_ALL,   /* riscv: no address reaches a path */ \
	.level_hint = true,         /* arm64 */ \
	.page_size = true,          /* powerpc */ \
	.hw_walk = true, \
	.soft_refill = SOFT_REFILL, /* mips: a handler that interrupts wait for. One that only a grace period waits for, as \
	                             * on parisc, is gup_fast's kind, which the other form has */ \
	.walk_cache = true, \
	.split_itlb = true, \
	.caches_not_present = true, /* riscv */ \
	.caches_old = true,         /* riscv */ \
	.readonly_sticky = true,    /* arm64 */ \
	.hw_dirty = true,           /* x86_64 */ \
	.break_before_make = BREAK_FIRST, /* arm64 */ \
	.virtual_cache = true,      /* parisc */ \
	.colours = 1024,            /* parisc */ \
	.early_walks = true,        /* ESOP 2022, strong model of arm64 */ \
	.late_updates = true,       /* arm64 */ \
	.contiguous = true,         /* arm64 */ \
	.secondary_walks_kernel = true, /* x86_64 */ \
	.secondary_sticky = true,   /* arm64 */ \
	.secondary_pages = true,    /* arm64_v8 */ \
	.secondary_breaks = true    /* powerpc */

#define TLB_HARDWARE_hostile TLB_HARDWARE_hostile_of(TLB_REACH_BROADCAST, true, false, false, true)
#define TLB_CHOICES_hostile \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true, \
	.merge_vmas = true,      /* x86_64: flush as late as possible */ \
	.fullmm_skip = true,     /* arm64 */ \
	.table_free = true, \
	.rcu_table_free = true,  /* nothing else waits for walkers when the flush is a broadcast */ \
	.table_sync_free = true, /* powerpc */ \
	.gup_fast = true
/* clang-format on */

TLB_ARCH_DEF(hostile)

#endif
