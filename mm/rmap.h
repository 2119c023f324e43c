/* SPDX-License-Identifier: MIT */
/* rmap.h - from a page to the entries that map it. */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include <mm/mm.h>

/* An entry that may map the page of a walk; its page-table lock is held. */
struct rmap_entry {
	struct vm_area_struct *vma;
	unsigned long address;
	struct page *table;
	pte_t *pte;
};

/* What rmap_walk() is to do at each of them; @one returns false to end the walk. */
struct rmap_walk {
	struct page *page;
	struct task *task;
	const struct page *old; /* of whoever needs it */
	bool (*one)(struct rmap_walk *walk, const struct rmap_entry *at);
	bool clears; /* @one: takes entries away */
	void *owner; /* ... for him; or NULL */
};

/* rmap.c */
void rmap_walk(struct rmap_walk *walk);
bool maps_page(uint64_t word, const struct page *page);

#endif
