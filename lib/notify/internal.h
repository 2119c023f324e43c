/* SPDX-License-Identifier: MIT */
/* internal.h - what the files of notify/ say to each other. Contracts of what is called from outside stand in mmu_notifier.h. */
#ifndef SHOOTDOWN_NOTIFY_INTERNAL_H
#define SHOOTDOWN_NOTIFY_INTERNAL_H

#include <shootdown/mmu_notifier.h>
#include <shootdown/rule.h>

/* notifiers.c: there is a struct mmu_notifiers, and intervals may come. */
int tlb_notifiers_take_intervals(struct tlb_mm *mm);

/* interval.c: a bracket of an mm that has intervals. start: false: somebody would have to sleep, and it is as before. */
bool tlb_interval_start(struct mmu_notifiers *all, const struct mmu_notifier_range *range);
void tlb_interval_end(struct mmu_notifiers *all, struct tlb_mm *mm);

/* tree.c: insert and remove under the lock of hook 53, and while no bracket goes through the tree. */
void tlb_tree_insert(struct mmu_interval_notifier **root, struct mmu_interval_notifier *node);
void tlb_tree_remove(struct mmu_interval_notifier **root, struct mmu_interval_notifier *node);
/* By .start: the first that meets [@start, @last], bytes, and the next one behind @node that does; or NULL. */
struct mmu_interval_notifier *tlb_tree_first(struct mmu_interval_notifier *root, unsigned long start,
					     unsigned long last);
struct mmu_interval_notifier *tlb_tree_next(struct mmu_interval_notifier *node, unsigned long start,
					    unsigned long last);

#endif
