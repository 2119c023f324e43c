/* SPDX-License-Identifier: MIT */
/* names.c - Linux's names do what they do in Linux. */
#include "test.h"
#include <shootdown/linux_names.h>

static void flushes(void **state)
{
	(void)state;
	flush_tlb_mm(&the_mm);
	assert_log("fence local0 all+t+x");
	flush_tlb_page(&the_vma, 0x1000);
	assert_log("fence local0 1000-2000/12");
	/* Callers move tables. */
	flush_tlb_range(&the_vma, 0x1000, 0x4000);
	assert_log("fence local0 1000-4000/12+t+x");
	flush_tlb_kernel_range(0x8000, 0x9000);
	assert_log("fence local0 8000-9000/12+t+x");
}

static void pages(void **state)
{
	(void)state;
	host.limits.bundle = 8;
	tlb_gather_mmu(&the_gather, &the_mm);
	assert_true(mm_tlb_flush_pending(&the_mm));
	assert_false(mm_tlb_flush_nested(&the_mm));
	tlb_remove_tlb_entries(&the_gather, 0x1000, 4);
	assert_false(__tlb_remove_page(&the_gather, PAGE(1), false));
	assert_false(__tlb_remove_page_size(&the_gather, PAGE(2), false, PAGE_SIZE));
	assert_false(__tlb_remove_folio_pages(&the_gather, PAGE(3), 2, false));
	tlb_finish_mmu(&the_gather);
	assert_log("pend+ fence local0 1000-5000/12 pend- free 1 2 3*2");
	assert_false(mm_tlb_flush_pending(&the_mm));
}

static void tables(void **state)
{
	(void)state;
	tlb_gather_mmu(&the_gather, &the_mm);
	pte_free_tlb(&the_gather, PAGE(901), 0);
	tlb_flush_mmu(&the_gather);
	assert_log("pend+ page 901 fence local0 0-200000/21+t+x free 901");
	pmd_free_tlb(&the_gather, PAGE(902), 0);
	tlb_flush_mmu(&the_gather);
	assert_log("page 902 fence local0 0-40000000/30+t+x free 902");
	pud_free_tlb(&the_gather, PAGE(903), 0);
	tlb_flush_mmu(&the_gather);
	assert_log("page 903 fence local0 0-8000000000/39+t+x free 903");
	p4d_free_tlb(&the_gather, PAGE(904), 0);
	tlb_finish_mmu(&the_gather);
	assert_log("page 904 fence local0 0-1000000000000/48+t+x pend- free 904");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(flushes),
		world_test(pages),
		world_test(tables),
	};

	return cmocka_run_group_tests_name("lib_names", tests, NULL, NULL);
}
