/* SPDX-License-Identifier: MIT */
/*
 * mirror.c - a device's table of the pages of a range, made from a process's: the smallest subscriber that can go wrong.
 *
 * It holds no reference. So a page is used only while the process maps it, and the mm says before it takes one away (interval notifier). As drivers do
 * with hmm_range_fault() of Linux.
 *
 * It can have a page moved to where its device is near. Then it is told of what it does itself, which it does not hear (the range's owner): so it has to
 * see to it itself that its table does not lead there meanwhile. It can also have a page for its device alone (exclusive.c), and does not hear that
 * either; what a CPU does then is told as ever.
 */
#include <mm/mm.h>

static unsigned int index_of(const struct mirror *mirror, unsigned long address)
{
	shootdown_assert(address >= mirror->interval.start && address <= mirror->interval.last,
			 "mirror: an address of its range");
	return (unsigned int)((address - mirror->interval.start) / PAGE_SIZE);
}

/* .lock held. */
static void drop(struct mirror *mirror, unsigned long start, unsigned long end)
{
	const struct mmu_interval_notifier *interval = &mirror->interval;

	for (unsigned long at = interval->start; at < interval->last; at += PAGE_SIZE) {
		if (at < end && start < at + PAGE_SIZE)
			mirror->entries[index_of(mirror, at)] = (struct mirror_entry){ 0 };
	}
}

/* The mirror has asked for it itself. */
static bool is_own(const struct mirror *mirror, const struct mmu_notifier_range *range)
{
	return range->owner == mirror && (range->event == MMU_NOTIFY_MIGRATE || range->event == MMU_NOTIFY_EXCLUSIVE);
}

/* The device stops using what the range has, and whoever is about to map some of it begins again. */
static bool mirror_invalidate(struct mmu_interval_notifier *interval, const struct mmu_notifier_range *range,
			      unsigned long seq)
{
	struct mirror *mirror = container_of(interval, struct mirror, interval);

	if (is_own(mirror, range))
		return true;
	machine_notified();
	if (mmu_notifier_range_blockable(range))
		down_write(&mirror->lock);
	else if (!down_write_trylock(&mirror->lock))
		return false;
	mmu_interval_set_seq(interval, seq);
	drop(mirror, range->start, range->end);
	up_write(&mirror->lock);
	return true;
}

static const struct mmu_interval_notifier_ops mirror_ops = { .invalidate = mirror_invalidate };

/* ---- bound to a range ---- */

/* .binding held for writing. */
static void insert(struct mirror *mirror, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int error = mmu_interval_notifier_insert(&mirror->interval, &mm->tlb, start, end - start, &mirror_ops);

	shootdown_assert(!error, "mirror_open: of a range of an mm that has users");
	mirror->mm = mm;
}

/* Nothing to do for one that is open. The caller is a thread of @mm. */
void mirror_open(struct mirror *mirror, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (end - start > MM_MIRROR_PAGES * PAGE_SIZE)
		machine_too_big("pages of a mirror", MM_MIRROR_PAGES);
	down_write(&mirror->binding);
	if (!mirror->mm)
		insert(mirror, mm, start, end);
	up_write(&mirror->binding);
}

/* Nothing to do for one that is not open, or another address space's. On return nobody is in a callback. */
void mirror_close(struct mirror *mirror, const struct mm_struct *mm)
{
	down_write(&mirror->binding);
	if (mirror->mm == mm) {
		mmu_interval_notifier_remove(&mirror->interval);
		for (unsigned int i = 0; i < MM_MIRROR_PAGES; i++)
			mirror->entries[i] = (struct mirror_entry){ 0 };
		mirror->mm = NULL;
	}
	up_write(&mirror->binding);
}

/* ---- used; .binding is held for reading, and there is a range ---- */

/* The page, which may be on its way out; the reference it was found with is gone again. @write: made dirty, and no other's copy. */
struct page *peek_page(struct mm_struct *mm, unsigned long address, bool write)
{
	struct page *page = gup_fast(mm, address, write);

	if (!page)
		page = gup(mm, address, write);
	if (page)
		gup_put(page, write);
	return page;
}

/* True: it is, and .lock is held. False: the page may be none for it. */
static bool map_page(struct mirror *mirror, unsigned long address, struct page *page, enum mirror_rights rights,
		     unsigned long seq)
{
	bool again = false;

	down_write(&mirror->lock);
	/* The page may have been another's for long, or may be taken away just now. */
	if (RULE(mirror_retries))
		again = mmu_interval_read_retry(&mirror->interval, seq);
	if (again)
		up_write(&mirror->lock);
	else
		mirror->entries[index_of(mirror, address)] = (struct mirror_entry){ page, rights };
	return !again;
}

/* True: the page is mapped, and .lock is held. */
static bool look_up(struct mirror *mirror, unsigned long address, enum mirror_rights rights)
{
	for (;;) {
		unsigned long seq = mmu_interval_read_begin(&mirror->interval);
		struct page *page = peek_page(mirror->mm, address, rights == MIRROR_WRITES);

		if (!page)
			return false;
		if (map_page(mirror, address, page, rights, seq))
			return true;
	}
}

/* The same, for the device alone. Who gives the page back to a CPU has done so before its lock was taken, or waits until it is mapped. */
static bool look_up_alone(struct mirror *mirror, unsigned long address)
{
	for (;;) {
		struct page *page = lock_for_device(mirror->mm, address);
		bool again, mapped = false;
		unsigned long seq;

		if (!page)
			return false;
		seq = mmu_interval_read_begin(&mirror->interval);
		if (make_device_exclusive(mirror->mm, address, page, mirror, &again)) {
			mapped = map_page(mirror, address, page, MIRROR_ALONE, seq);
			again = !mapped;
		}
		release_device_exclusive(page);
		if (!again)
			return mapped;
	}
}

/* The device found nothing that allows the access. True: there is now, and it is locked. */
static bool mirror_fault(struct mirror *mirror, unsigned long address, enum mirror_rights rights)
{
	bool mapped;

	down_write(&mirror->moving);
	mapped = rights == MIRROR_ALONE ? look_up_alone(mirror, address) : look_up(mirror, address, rights);
	up_write(&mirror->moving);
	return mapped;
}

/* The page at @address goes to another place, where the device asks for it again. Other subscribers are told. */
static void move(struct mirror *mirror, struct task *task, unsigned long address)
{
	bool alone = RULE(own_move_alone);

	if (alone)
		down_write(&mirror->moving);
	down_write(&mirror->lock);
	/* Nobody else does. */
	if (RULE(own_move_drops))
		drop(mirror, address, address + PAGE_SIZE);
	up_write(&mirror->lock);
	migrate(task, mirror->mm, address, mirror);
	if (alone)
		up_write(&mirror->moving);
}

/* Locked, for one access of the device. NULL, and not locked: nothing is mapped at @address that allows it, nor can be. */
static const struct page *mirror_walk(struct mirror *mirror, unsigned long address, enum mirror_rights rights)
{
	const struct mirror_entry *entry = &mirror->entries[index_of(mirror, address)];

	down_write(&mirror->lock);
	if (entry->page && entry->rights >= rights)
		return entry->page;
	up_write(&mirror->lock);
	return mirror_fault(mirror, address, rights) ? entry->page : NULL;
}

static bool load(struct mirror *mirror, unsigned long address, uint64_t *value)
{
	const struct page *page = mirror_walk(mirror, address, MIRROR_READS);

	if (!page)
		return false;
	*value = frame_read(page->frame);
	up_write(&mirror->lock);
	return true;
}

/* Nothing is stored if that is not allowed. */
static void store(struct mirror *mirror, unsigned long address, uint64_t value)
{
	const struct page *page = mirror_walk(mirror, address, MIRROR_WRITES);

	if (!page)
		return;
	frame_write(page->frame, value);
	up_write(&mirror->lock);
}

/* An atomic access of the device, to whom CPUs are no caches that it could lock: what it has read it writes back when it is done. */
static void add(struct mirror *mirror, unsigned long address, uint64_t value,
		void (*added)(void *context, uint64_t before, uint64_t value), void *context)
{
	const struct page *page = mirror_walk(mirror, address, MIRROR_ALONE);
	uint64_t before;

	if (!page)
		return;
	before = frame_read(page->frame);
	frame_write(page->frame, before + value);
	added(context, before, before + value);
	up_write(&mirror->lock);
}

/* ---- by a thread of @mm; nothing, if the mirror is not open, or another address space's ---- */

bool mirror_load(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t *value)
{
	bool loaded;

	down_read(&mirror->binding);
	loaded = mirror->mm == mm && load(mirror, address, value);
	up_read(&mirror->binding);
	return loaded;
}

void mirror_store(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t value)
{
	down_read(&mirror->binding);
	if (mirror->mm == mm)
		store(mirror, address, value);
	up_read(&mirror->binding);
}

void mirror_migrate(struct mirror *mirror, struct task *task, unsigned long address)
{
	down_read(&mirror->binding);
	if (mirror->mm && mirror->mm == task->mm)
		move(mirror, task, address);
	up_read(&mirror->binding);
}

/* @added: what was there, and what is; with others kept away from the page. */
void mirror_add(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t value,
		void (*added)(void *context, uint64_t before, uint64_t value), void *context)
{
	down_read(&mirror->binding);
	if (mirror->mm == mm)
		add(mirror, address, value, added, context);
	up_read(&mirror->binding);
}
