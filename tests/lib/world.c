/* SPDX-License-Identifier: MIT */
/* world.c - the world that the library's tests stand in. */
#include "test.h"
#include <arch/arch.h>

struct tlb_mm the_mm;
struct tlb_vma the_vma;
struct mmu_gather the_gather;

int world_setup(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	host.arch = (struct tlb_arch){ .name = "test", .reach = TLB_REACH_IPI };
	host.limits = (struct tlb_limits){ .bundle = 4, .batch = 4, .batches = 2, .tables = 2 };
	host_new_cpus();
	host.online = 1;
	host.table_bits = 9;
	the_vma = (struct tlb_vma){
		.mm = &the_mm,
		.start = ADDRESS(1),
		.end = ADDRESS(17),
		.page_shift = SHOOTDOWN_PAGE_SHIFT,
	};
	tlb_mm_init(&the_mm);
	tlb_mm_enter(&the_mm);
	host_log();
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	host_grace_period();
	assert_int_equal(host.batches, 0);
	assert_int_equal(host.nr_calls, 0);
	assert_int_equal(host.pinned, 0);
	assert_int_equal(the_mm.pending, 0);
	tlb_mm_destroy(&the_mm);
	return 0;
}

void world_arch(const char *name)
{
	const struct tlb_arch *arch = tlb_arch_find(name);

	assert_non_null(arch);
	host.arch = *arch;
}

bool zap(struct mmu_gather *tlb, unsigned int page)
{
	tlb_remove_tlb_entry(tlb, ADDRESS(page));
	return tlb_queue_page(tlb, PAGE(page), false);
}

void zap_two_vmas(unsigned int flags)
{
	struct tlb_vma second = the_vma;

	the_vma.flags = flags;
	the_vma.end = second.start = ADDRESS(8);
	tlb_gather_mmu(&the_gather, &the_mm);
	tlb_change_page_size(&the_gather, PAGE_SIZE);
	tlb_start_vma(&the_gather, &the_vma);
	zap(&the_gather, 1);
	tlb_end_vma(&the_gather, &the_vma);
	tlb_start_vma(&the_gather, &second);
	zap(&the_gather, 9);
	tlb_end_vma(&the_gather, &second);
	tlb_free_vmas(&the_gather);
	tlb_free_table(&the_gather, TLB_LEVEL_PTE, PAGE(700), ADDRESS(1));
	tlb_finish_mmu(&the_gather);
}
