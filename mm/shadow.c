/* SPDX-License-Identifier: MIT */
/*
 * shadow.c - a virtual machine monitor's table: a subscriber to all of an address space, which keeps count of the brackets itself. What it has of one map.
 *
 * Numbers, stored under the lock of the table: brackets that are open, and how many have ended. Who is about to map a page reads the second, without the
 * lock, before he asks for the page; under the lock he maps it if none is open and none has ended since. So either the page is what the process maps
 * now, or a start is still to come, and finds it. As KVM does: mmu_invalidate_in_progress, mmu_invalidate_seq.
 */
#include <mm/mm.h>

static struct page **slot_of(struct shadow *shadow, unsigned long address)
{
	shootdown_assert(address >= shadow->start && address < shadow->end, "shadow: an address of its map");
	return &shadow->pages[(address - shadow->start) / PAGE_SIZE];
}

/* Lock held. */
static void drop(struct shadow *shadow, unsigned long start, unsigned long end)
{
	for (unsigned long at = shadow->start; at < shadow->end; at += PAGE_SIZE) {
		if (at < end && start < at + PAGE_SIZE)
			*slot_of(shadow, at) = NULL;
	}
}

static int shadow_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct shadow *shadow = container_of(base, struct shadow, base);

	machine_notified();
	spin_lock(&shadow->lock);
	shadow->open++;
	drop(shadow, range->start, range->end);
	spin_unlock(&shadow->lock);
	return 0;
}

/* A release, for who reads it without the lock: he finds the entries changed. */
static void shadow_end(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct shadow *shadow = container_of(base, struct shadow, base);

	(void)range;
	spin_lock(&shadow->lock);
	__atomic_store_n(&shadow->ended, shadow->ended + 1, __ATOMIC_RELEASE);
	shootdown_assert(shadow->open, "shadow_end: behind a start");
	shadow->open--;
	spin_unlock(&shadow->lock);
}

/* Pages of the map in [start, end), as bits. */
static unsigned int pages_in(const struct shadow *shadow, unsigned long start, unsigned long end)
{
	unsigned int bits = 0;

	for (unsigned long at = shadow->start; at < shadow->end; at += PAGE_SIZE)
		bits |= at < end && start < at + PAGE_SIZE ? 1u << (at - shadow->start) / PAGE_SIZE : 0;
	return bits;
}

static bool shadow_clear_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	struct shadow *shadow = container_of(base, struct shadow, base);
	unsigned int bits = pages_in(shadow, start, end);
	bool young;

	(void)mm;
	machine_notified();
	spin_lock(&shadow->lock);
	young = shadow->young & bits;
	shadow->young &= ~bits;
	spin_unlock(&shadow->lock);
	return young;
}

/* Nothing is mapped from here on. */
static void shadow_release(struct mmu_notifier *base, struct tlb_mm *mm)
{
	struct shadow *shadow = container_of(base, struct shadow, base);

	(void)mm;
	machine_notified();
	spin_lock(&shadow->lock);
	shadow->gone = true;
	drop(shadow, shadow->start, shadow->end);
	spin_unlock(&shadow->lock);
}

static const struct mmu_notifier_ops shadow_ops = {
	.release = shadow_release,
	.clear_flush_young = shadow_clear_young,
	.invalidate_range_start = shadow_start,
	.invalidate_range_end = shadow_end,
};

/* The caller is a thread of @mm. */
void shadow_open(struct shadow *shadow, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int error;

	if (end - start > MM_MIRROR_PAGES * PAGE_SIZE)
		machine_too_big("pages of a shadow", MM_MIRROR_PAGES);
	shadow->start = start;
	shadow->end = end;
	shadow->base.ops = &shadow_ops;
	error = mmu_notifier_register(&shadow->base, &mm->tlb);
	shootdown_assert(!error, "shadow_open: of an mm that has users");
}

/* Behind it the memory is somebody else's, who writes to it. */
void shadow_close(struct shadow *shadow)
{
	mmu_notifier_unregister(&shadow->base, shadow->base.mm);
	shadow->base.mm = NULL;
	shadow->open = 0;
	shadow->ended = 0;
	shadow->young = 0;
}

/* Lock held: may a page be mapped that was asked for when @ended brackets had ended? */
static bool is_stale(const struct shadow *shadow, unsigned long ended)
{
	bool stale = false;

	/* It may be about to go. */
	if (RULE(shadow_counts_open))
		stale = shadow->open;
	/* It may have gone. */
	if (RULE(shadow_counts_ended))
		stale |= shadow->ended != ended;
	return stale;
}

/* True: @address is mapped, and locked. */
static bool shadow_fault(struct shadow *shadow, struct mm_struct *mm, unsigned long address)
{
	for (;;) {
		/* An acquire: the page is looked for behind it. */
		unsigned long ended = __atomic_load_n(&shadow->ended, __ATOMIC_ACQUIRE);
		struct page *page = peek_page(mm, address, false);

		if (!page)
			return false;
		spin_lock(&shadow->lock);
		if (!is_stale(shadow, ended) && !shadow->gone) {
			*slot_of(shadow, address) = page;
			return true;
		}
		if (shadow->gone) {
			spin_unlock(&shadow->lock);
			return false;
		}
		spin_unlock(&shadow->lock);
		machine_wait(&shadow->ended, MACHINE_NOT_EQUAL, (long)ended);
	}
}

/* The guest runs on, and uses what is mapped for it. False: nothing is. */
bool shadow_look(struct shadow *shadow, unsigned long address, uint64_t *value)
{
	const struct page *page;

	spin_lock(&shadow->lock);
	page = *slot_of(shadow, address);
	if (page) {
		*value = frame_read(page->frame);
		shadow->young |= pages_in(shadow, address, address + PAGE_SIZE);
	}
	spin_unlock(&shadow->lock);
	return page;
}

/* One access of the guest. False: nothing is mapped at @address, nor can be. */
bool shadow_load(struct shadow *shadow, unsigned long address, uint64_t *value)
{
	struct mm_struct *mm = mm_of_tlb(shadow->base.mm);

	spin_lock(&shadow->lock);
	if (!*slot_of(shadow, address)) {
		spin_unlock(&shadow->lock);
		if (!shadow_fault(shadow, mm, address))
			return false;
	}
	*value = frame_read((*slot_of(shadow, address))->frame);
	shadow->young |= pages_in(shadow, address, address + PAGE_SIZE);
	spin_unlock(&shadow->lock);
	return true;
}
