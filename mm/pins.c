/* SPDX-License-Identifier: MIT */
/*
 * pins.c - a page that was pinned once and is used again and again: who writes to a process's memory through the kernel, and does not ask each time.
 *
 * The pin keeps the page, so it is never another's; but the process may have gone over to another one, and may wait for this one to be let go.
 * So it is kept only while the process maps it, as by who holds no reference (mirror.c): the mm says before it takes the page away (interval
 * notifier), and the pin goes then. Not when the page is used next, which nobody may do: until then the page cannot be moved, reclaimed or freed.
 *
 * The caches of pinned pages of hfi1 in Linux (mmu_rb.c, user_exp_rcv.c), and the userptr objects of i915.
 */
#include <mm/mm.h>

/* .lock held. What was written by the pin stands in no entry, so the page is dirty before it goes. */
static void let_go(struct pin_cache *cache)
{
	if (cache->page)
		gup_put(cache->page, true);
	cache->page = NULL;
}

static bool pins_invalidate(struct mmu_interval_notifier *interval, const struct mmu_notifier_range *range,
			    unsigned long seq)
{
	struct pin_cache *cache = container_of(interval, struct pin_cache, interval);

	machine_notified();
	if (mmu_notifier_range_blockable(range))
		down_write(&cache->lock);
	else if (!down_write_trylock(&cache->lock))
		return false;
	mmu_interval_set_seq(interval, seq);
	cache->lost = true;
	if (RULE(cached_pin_goes))
		let_go(cache);
	up_write(&cache->lock);
	return true;
}

static const struct mmu_interval_notifier_ops pins_ops = { .invalidate = pins_invalidate };

/* .binding held for writing. */
static void insert(struct pin_cache *cache, struct mm_struct *mm, unsigned long address)
{
	int error = mmu_interval_notifier_insert(&cache->interval, &mm->tlb, address, PAGE_SIZE, &pins_ops);

	shootdown_assert(!error, "pins_open: of a page of an mm that has users");
	cache->mm = mm;
}

static bool is_for(const struct pin_cache *cache, const struct mm_struct *mm, unsigned long address)
{
	return cache->mm == mm && cache->interval.start == address;
}

/* For the page at @address; nothing is pinned yet. Nothing to do for one that was opened for it. The caller is a thread of @mm. */
void pins_open(struct pin_cache *cache, struct mm_struct *mm, unsigned long address)
{
	down_write(&cache->binding);
	if (!cache->mm)
		insert(cache, mm, address);
	else if (!is_for(cache, mm, address))
		machine_too_big("pages that are kept pinned", 1);
	up_write(&cache->binding);
}

/* True: the page is pinned, and .lock is held. Another user may have been faster; then his pin goes. */
static bool look_up(struct pin_cache *cache)
{
	struct mm_struct *mm = cache->mm;

	for (;;) {
		unsigned long seq = mmu_interval_read_begin(&cache->interval);
		struct page *page = gup(mm, cache->interval.start, true);
		bool again = false;

		if (!page)
			return false;
		down_write(&cache->lock);
		/* Who takes the page away may have said so before it was here to be let go. */
		if (RULE(cached_pin_retries))
			again = mmu_interval_read_retry(&cache->interval, seq);
		if (!again) {
			let_go(cache);
			cache->page = page;
			cache->lost = false;
			return true;
		}
		up_write(&cache->lock);
		gup_put(page, true);
	}
}

/* Locked, for one access. NULL, and not locked: nothing is mapped there that may be written to, nor can be. */
static const struct page *find(struct pin_cache *cache)
{
	down_write(&cache->lock);
	if (cache->page && !cache->lost)
		return cache->page;
	up_write(&cache->lock);
	return look_up(cache) ? cache->page : NULL;
}

static bool load(struct pin_cache *cache, uint64_t *value)
{
	const struct page *page = find(cache);

	if (!page)
		return false;
	*value = frame_read(page->frame);
	up_write(&cache->lock);
	return true;
}

/* Nothing is stored if that is not allowed. */
static void store(struct pin_cache *cache, uint64_t value)
{
	const struct page *page = find(cache);

	if (!page)
		return;
	frame_write(page->frame, value);
	up_write(&cache->lock);
}

/* By a thread of @mm; nothing, if it is not that page which is kept. */
bool pins_load(struct pin_cache *cache, const struct mm_struct *mm, unsigned long address, uint64_t *value)
{
	bool loaded;

	down_read(&cache->binding);
	loaded = is_for(cache, mm, address) && load(cache, value);
	up_read(&cache->binding);
	return loaded;
}

void pins_store(struct pin_cache *cache, const struct mm_struct *mm, unsigned long address, uint64_t value)
{
	down_read(&cache->binding);
	if (is_for(cache, mm, address))
		store(cache, value);
	up_read(&cache->binding);
}
