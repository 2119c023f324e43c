/* SPDX-License-Identifier: MIT */
/* smp.h - other CPUs: a function run on each of them, and until they are all out of their interrupts-off sections. */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <machine/machine.h>

/*
 * on_each_other_cpu_wait - fn(@arg) on every CPU but this one, with interrupts off there; returns when all have done it.
 *
 * Context: thread, interrupts on; no spinlock held that any CPU takes with interrupts off.
 * Order:   what the caller did before is seen by fn, and what fn did by the caller afterwards.
 */
void on_each_other_cpu_wait(void (*fn)(void *), void *arg);

/*
 * synchronize_walkers - until every interrupts-off section that runs now on another CPU has ended.
 *
 * A CPU takes an interrupt only between two such sections. As Linux's tlb_remove_table_sync_one().
 * Context and order: as on_each_other_cpu_wait().
 */
void synchronize_walkers(void);

/*
 * interrupt_and_wait - until the interrupts-off section in which @cpu is, another CPU, has ended: a guest that it runs is left.
 *
 * Context and order: as on_each_other_cpu_wait().
 */
void interrupt_and_wait(unsigned int cpu);

#endif
