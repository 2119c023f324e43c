/* SPDX-License-Identifier: MIT */
/* world.h - the model machine without a kernel: one address space of two levels, one page mapped. */
#ifndef TESTS_MACHINE_WORLD_H
#define TESTS_MACHINE_WORLD_H

#include "machine/model/model.h"
#include "mm/pte.h"

enum {
	PAGE = 1 << MACHINE_PAGE_SHIFT,
	LEAF_BITS = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE | MACHINE_PTE_EXEC | MACHINE_PTE_ACCESSED |
		    MACHINE_PTE_DIRTY,
};

/* Loaded on CPU 0: page 0 is mapped; the next three pages share its table and are not. */
struct test_world {
	struct tlb_arch arch;
	struct model_config config;
	struct machine_space *space;
	uint64_t *upper, *leaf;
	int root, table, page;
};

/* The row most like all others: nothing is special about it. */
static inline struct tlb_arch plain_row(void)
{
	return (struct tlb_arch){
		.name = "plain", .hw_walk = true, .walk_cache = true, .hw_dirty = true, .tso = true, .load_drops = true
	};
}

static inline uint64_t entry_to(int frame, uint64_t bits)
{
	return (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | bits;
}

/* By .config. */
static inline void build(struct test_world *w)
{
	model_boot(&w->config);
	w->root = machine_frame_alloc(MACHINE_FRAME_TABLE);
	w->table = machine_frame_alloc(MACHINE_FRAME_TABLE);
	w->page = machine_frame_alloc(MACHINE_FRAME_DATA);
	w->space = machine_space_at(w->root);
	w->upper = &machine_frame_words(w->root)[0];
	w->leaf = &machine_frame_words(w->table)[0];
	set_pte(w->upper, entry_to(w->table, MACHINE_PTE_PRESENT | MACHINE_PTE_TABLE));
	set_pte(w->leaf, entry_to(w->page, LEAF_BITS));
	machine_load_root(w->space);
}

static inline void boot(struct test_world *w, struct tlb_arch arch)
{
	static const struct machine_kernel kernel = { .data_size = 512 };

	w->arch = arch;
	w->config = (struct model_config){
		.arch = &w->arch, .kernel = &kernel, .cpus = 2, .levels = 2, .store_buffer = 2
	};
	build(w);
}

static inline const struct model_cpu *cpu(unsigned int nr)
{
	return &model_state()->cpus[nr];
}

#endif
