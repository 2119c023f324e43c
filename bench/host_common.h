/* SPDX-License-Identifier: MIT */
/* host_common.h - the hooks that every measured host has alike: gather_host.h, pending_host.h. */
#ifndef BENCH_HOST_COMMON_H
#define BENCH_HOST_COMMON_H

#include <shootdown/host/gcc.h>
#include "bench/host_work.h"

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + 9 * (int)(level))
#define PAGE_SIZE		   4096ul

/* As in a kernel: the row is a constant. */
#include <arch/x86_64.h>
static const struct tlb_arch bench_arch = TLB_ARCH_ROW(x86_64);

typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct host_rcu shootdown_rcu_t;

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &bench_arch;
}

static inline void shootdown_fence_tables(void)
{
}

static inline void shootdown_call_poll(void)
{
}

static inline void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	(void)flush;
}

static inline void shootdown_flush_complete(void)
{
}

static inline void *shootdown_batch_alloc(void)
{
	return host_page_alloc();
}

static inline void shootdown_batch_free(void *batch)
{
	host_page_free(batch);
}

static inline void shootdown_free_pages(struct encoded_page **slots, unsigned int nr)
{
	(void)slots;
	host_drop(nr);
}

static inline void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	(void)page;
	(void)nr;
	(void)vma;
}

static inline void shootdown_free_table(struct page *table)
{
	(void)table;
	host_table_free();
}

static inline void shootdown_table_to_page(struct page *table, struct page **page)
{
	*page = table;
}

static inline void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	host_call_rcu(rcu, fn);
}

static inline void shootdown_defer_table(struct page *table)
{
	(void)table;
	host_table_free();
}

static inline void shootdown_sync_walkers(void)
{
}

#endif
