/* SPDX-License-Identifier: MIT */
/*
 * tlb_notifier.h - TLBs besides the CPUs' that walk an address space's own tables: an IOMMU's with shared virtual addresses, an accelerator's.
 *
 * Such a TLB caches what a CPU's does, so it is told what a CPU's is, by the flush itself: each flush of the address space calls each of its
 * notifiers, once for each range that it covers, with the same range, stride and tables, after its page-table stores are visible to
 * walks, and once more to wait. Nothing is told of what was not mapped, because nothing is flushed. What has tables of its own (a hypervisor's second stage)
 * caches something else, and is no such TLB.
 *
 *               register  unregister
 *   register        X          X		X: the caller keeps these two apart, for one mm
 *   unregister      X          X
 *
 * A notifier may rely on this when it is called: the entries have changed, and a walk of its TLB that starts now finds that; the pages, and
 * tables that went, are not given back before the last .sync() returned. It may not rely on the CPUs' TLBs, which are invalidated at the same time.
 *
 * A device may have a cache of its own that is filled from its TLB (ATS). That one is told in a second round, when no TLB has the translations any more,
 * the CPUs' included: told before, it could be filled again with what it was told to drop.
 *
 * An upgrade is told only where the row has the fact secondary_sticky: tlb_notify_upgrade().
 */
#ifndef SHOOTDOWN_TLB_NOTIFIER_H
#define SHOOTDOWN_TLB_NOTIFIER_H

#include <shootdown/change.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tlb_notifier;

/* Both: any context that a flush may be in, page-table locks held; pinned; in a section of hook 55. Do not sleep, never fail. */
struct tlb_notifier_ops {
	/*
	 * Start to invalidate what @flush says; one call a range. With @flush->all everything of the address space. .goes_on: a further range of the call
	 * before. Need not be done on return.
	 */
	void (*invalidate)(struct tlb_notifier *notifier, const struct tlb_flush *flush);
	/* Until all that this CPU has started by .invalidate() is done, and every access through it. */
	void (*sync)(struct tlb_notifier *notifier);
	/*
	 * Of a cache that is filled from that TLB; NULL: there is none. fills: has it become one? Asked behind .sync(), and when it was true it stays so until
	 * the notifier is unregistered. Then come .invalidate_filled(), as .invalidate() was called, and .sync() once more.
	 */
	bool (*fills)(struct tlb_notifier *notifier);
	void (*invalidate_filled)(struct tlb_notifier *notifier, const struct tlb_flush *flush);
};

struct tlb_notifier {
	const struct tlb_notifier_ops *ops; /* C */
	struct tlb_mm *mm;		    /* C while it is registered */
	struct tlb_notifier *next;	    /* A ORD-9 */
};

/*
 * tlb_notifier_register - flushes of @mm tell @notifier from here on.
 *
 * Context: any.
 * Locks:   whatever keeps two callers for one mm apart (Linux: the mmap lock, for writing). @mm is kept until it is
 *          unregistered.
 * Order:   ORD-9. The TLB's first walk comes behind this: the caller gives it the root afterwards. A flush then finds
 *          the notifier, or the walk finds the change.
 * Fails:   never.
 * After:   a flush that was under way may or may not tell it.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_register(), of arch_invalidate_secondary_tlbs.
 */
void tlb_notifier_register(struct tlb_notifier *notifier, struct tlb_mm *mm);

/*
 * tlb_notifier_unregister - @notifier is told nothing any more.
 *
 * Its TLB no longer walks the tables of the address space, and has dropped all that it held of it, with .sync() or its
 * like: a flush that does not find it takes that for an answer.
 *
 * Context: thread, interrupts on, no spinlock held; sleeps if hook 31 does.
 * Locks:   as tlb_notifier_register().
 * Order:   ORD-9, a release: what the TLB did before is done for who does not find the notifier.
 * Fails:   never. Asserts "needs one that is registered".
 * After:   no call of @notifier's ops is under way, and none comes: it may be freed.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_unregister().
 */
void tlb_notifier_unregister(struct tlb_notifier *notifier);

/*
 * tlb_notify_upgrade - entries of [start, end), bytes, of @vma allow more than before.
 *
 * CPUs fault on what they still hold of the old entry, and repair that by themselves (change.h). A TLB that does not,
 * and cannot be asked to, is told here: whole entries, no less and no more. Nothing to do without the fact
 * secondary_sticky, and where nobody is registered. In a gather tlb_change_tlb_entry() does this.
 *
 * With the fact secondary_breaks such a TLB may not find that an entry allows writes which it holds without: the caller
 * makes the entries invalid before this, and writes what they gain behind it.
 *
 * Context: any; waits for these TLBs, and as tlb_flush_wait() where they follow broadcasts.
 * Locks:   the page-table lock that the entries changed under, still: whoever looks at them next finds them told of.
 * Order:   ORD-1 and ORD-9 before.
 * Fails:   never. Asserts "needs a range".
 * After:   no such TLB holds the old entry.
 * Source:  Linux arch/arm64/mm/fault.c: __ptep_set_access_flags().
 */
void tlb_notify_upgrade(struct tlb_vma *vma, unsigned long start, unsigned long end);

/*
 * tlb_notify_kernel_tables - tables of kernel mappings were unhooked, and are about to be given back.
 *
 * Where one root leads to a program's tables and to the kernel's (the fact secondary_walks_kernel), @notifier's TLB may
 * hold paths to them, although its device may not use what they map. It is told to drop all that it has of the
 * kernel's: .invalidate() with no mm. Of such mappings themselves, whose tables stay, it is told nothing.
 *
 * Context: thread; does not sleep. Waits for the device.
 * Locks:   what keeps @notifier registered.
 * Order:   behind tlb_flush_kernel_range() of what the tables were for, whose fence makes the walks that begin from
 *          then on find nothing there.
 * Fails:   never. Without the fact there is nothing to do.
 * After:   no walk of that TLB comes through these tables.
 * Source:  Linux drivers/iommu/iommu-sva.c: iommu_sva_invalidate_kva_range().
 */
void tlb_notify_kernel_tables(struct tlb_notifier *notifier);

#ifdef __cplusplus
}
#endif

#endif
