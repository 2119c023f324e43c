/* SPDX-License-Identifier: MIT */
/*
 * relax.c - entries that come to allow writes, where the TLB of a device hangs if it finds that of one which it holds without (secondary_breaks).
 *
 * radix__ptep_set_access_flags() and radix__ptep_modify_prot_commit() of Linux, for the nest MMU of POWER9:
 *   1. The entry is made invalid, then devices are told, then it allows more. In any other order some walk of theirs brings the old one back beside the new
 *      one, or finds the new one beside the old.
 *   2. It is not empty meanwhile: it says what it did, so nobody takes it for nothing. Without locks one may see that, as one sees any entry that is
 *      about to change; with the page-table lock nobody does. Accesses fault, and the fault waits for the lock, and finds nothing left to do.
 *   3. Hardware sets nothing in it meanwhile, and what it had set before is in what comes back.
 *   4. Only where a device is attached. Who asks holds the VMA, or the mmap lock, until the entry is what it shall be, and who attaches a device waits for
 *      all of them behind its registration. Linux counts mm->context.copros and waits for nobody.
 * A device that can neither ask for pages nor wait is refused what it looks for in between, although the entry allowed that before and does behind it.
 */
#include <mm/hugetlb.h>
#include <mm/relax.h>

/* Of a table that others have as well their devices count, too; who attaches one waits for nobody of another address space, so it is asked of none. */
static bool has_devices(const struct vm_area_struct *vma)
{
	return is_hugetlb(vma) || __atomic_load_n(&vma->vm_mm->tlb.secondary, __ATOMIC_RELAXED);
}

bool relax_breaks(const struct vm_area_struct *vma, uint64_t old, uint64_t now)
{
	bool gains = pte_valid(old) && pte_valid(now) && pte_frame(old) == pte_frame(now) && !pte_write(old) &&
		     pte_write(now);

	return machine_arch()->secondary_breaks && gains && has_devices(vma) && RULE(relax_breaks_first);
}

void relax_begin(struct mm_struct *mm, pte_t *pte, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		ptep_modify(mm, &pte[i], MACHINE_PTE_PRESENT, PTE_BROKEN);
}

void relax_end(pte_t *pte, unsigned int nr, uint64_t bits)
{
	for (unsigned int i = 0; i < nr; i++)
		set_pte(&pte[i], (ptep_get(&pte[i]) & ~PTE_BROKEN) | MACHINE_PTE_PRESENT | bits);
}

/* Conclusion 4. */
void relax_wait(struct mm_struct *mm)
{
	bool waits = machine_arch()->secondary_breaks && RULE(relax_waits);

	for (struct vm_area_struct *vma = mm->mmap; waits && vma; vma = vma->next)
		vma_start_write(vma);
}
