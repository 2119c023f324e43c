/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - made up: allows all that any of the other rows allows. What is safe here rests on no favour of the
 * hardware. Where two rows differ, the one that asks more of the software was taken.
 */
#ifndef ARCH_HOSTILE_H
#define ARCH_HOSTILE_H

#include <shootdown/arch.h>

/* clang-format off */
#define TLB_HARDWARE_hostile \
	.farthest = TLB_REACH_BROADCAST, /* arm64: no interrupt to wait with, a barrier to forget */ \
	.tagged = true, \
	.exec_aware = true,              /* arm2011 */ \
	.leaf_only = true,               /* arm64, powerpc */ \
	.table_span = true,              /* arm2011 */ \
	.page_size = true,               /* powerpc */ \
	.hw_walk = true, \
	.walk_cache = true, \
	.split_itlb = true, \
	.caches_not_present = true,      /* riscv */ \
	.readonly_sticky = true,         /* arm64 */ \
	.hw_dirty = true,                /* x86 */ \
	.break_before_make = true,       /* arm64 */ \
	.early_walks = true,             /* ESOP 2022, strong model of arm64 */ \
	.late_updates = true,            /* arm64 */ \
	.virtual_cache = true            /* parisc */

#define TLB_CHOICES_hostile \
	.reach = TLB_REACH_BROADCAST, \
	.asids = true, \
	.merge_vmas = true,     /* x86: flush as late as possible */ \
	.fullmm_skip = true,    /* arm64 */ \
	.table_free = true, \
	.rcu_table_free = true, /* nothing else waits for walkers when the flush is a broadcast */ \
	.gup_fast = true
/* clang-format on */

TLB_ARCH_DEF(hostile)

#endif
