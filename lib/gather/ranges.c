/* SPDX-License-Identifier: MIT */
/*
 * ranges.c - what was recorded, where it is not one range: ranges of pages with gaps between.
 *
 * A program that unmaps a page here and a page there has as many ranges as pages, and their hull may be all that it has in use. So a gather
 * keeps ranges apart, as far as it has room, while they come in the order of their addresses, as they do in a walk.
 *
 *  1. What was recorded is in a range: a range that ends is kept, or joined with what is between it and the next.
 *  2. Joining forgets gaps and never pages: more than changed is always right to invalidate.
 */
#include "../internal.h"

#define TLB_RANGE_PAGES ((1ul << SHOOTDOWN_PAGE_SHIFT) - 1)

/* Conclusion 2: all that was recorded, if anything was, and [@start, @end), is one. */
void tlb_join_ranges(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	if (start < tlb->start || tlb->end == TLB_NO_END)
		tlb->start = start;
	if (end > tlb->end)
		tlb->end = end;
	tlb->nr_ranges = 0;
}

static unsigned long tlb_last_start(const struct mmu_gather *tlb)
{
	return tlb->nr_ranges ? tlb->ranges.last : tlb->start;
}

/* Conclusion 1. False: there is no room for it. */
static bool tlb_keep_range(struct mmu_gather *tlb)
{
	unsigned long last = tlb_last_start(tlb), pages = (tlb->end - last) >> SHOOTDOWN_PAGE_SHIFT;

	shootdown_assert(shootdown_limits()->ranges <= SHOOTDOWN_RANGES,
			 "shootdown_limits: needs ranges <= SHOOTDOWN_RANGES");
	if (tlb->nr_ranges >= shootdown_limits()->ranges || pages > TLB_RANGE_PAGES)
		return false;
	tlb->ranges.ended[tlb->nr_ranges++] = last | pages;
	return true;
}

/* Neither next to what came last nor within it. */
TLB_RARE void tlb_cover_apart(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	bool behind = start > tlb->end;

	if (behind && tlb_keep_range(tlb)) {
		tlb->ranges.last = start;
		tlb->end = end;
	} else if (behind || start < tlb_last_start(tlb)) {
		tlb_join_ranges(tlb, start, end);
	} else if (end > tlb->end) {
		tlb->end = end;
	}
}

static unsigned long tlb_range_start(unsigned long range)
{
	return range & ~TLB_RANGE_PAGES;
}

static unsigned long tlb_range_end(unsigned long range)
{
	return tlb_range_start(range) + ((range & TLB_RANGE_PAGES) << SHOOTDOWN_PAGE_SHIFT);
}

/* How many of those that ended begin before @end. */
static unsigned int tlb_ranges_before(const struct mmu_gather *tlb, unsigned long end)
{
	unsigned int low = 0, high = tlb->nr_ranges;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (tlb_range_start(tlb->ranges.ended[middle]) < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool tlb_covers_some(const struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	unsigned int before;

	if (start < tlb->end && end > tlb_last_start(tlb))
		return true;
	before = tlb_ranges_before(tlb, end);
	return before && tlb_range_end(tlb->ranges.ended[before - 1]) > start;
}

/* ---- of a request ---- */

/* Not a copy of all of it: other CPUs ask for this, and some of a request is its issuer's. */
static struct tlb_flush tlb_range_of(const struct tlb_flush *flush, unsigned int nr)
{
	struct tlb_flush range = {
		.mm = flush->mm,
		.start = flush->start,
		.end = flush->end,
		.page_size = flush->page_size,
		.tables = flush->tables,
		.freed_tables = flush->freed_tables,
		.unshared_tables = flush->unshared_tables,
		.exec = flush->exec,
		.huge = flush->huge,
		.levels = flush->levels,
		.stride_shift = flush->stride_shift,
		.generation = flush->generation,
		.goes_on = nr > 0,
	};

	if (nr < flush->nr_ranges) {
		range.start = tlb_range_start(flush->ranges->ended[nr]);
		range.end = tlb_range_end(flush->ranges->ended[nr]);
	} else {
		range.start = flush->ranges->last;
	}
	tlb_flush_round(&range);
	return range;
}

unsigned long tlb_strides_of_ranges(const struct tlb_flush *flush)
{
	unsigned long strides = 0;

	for (unsigned int i = 0; i <= flush->nr_ranges; i++) {
		struct tlb_flush range = tlb_range_of(flush, i);

		strides += (range.end - range.start) >> range.stride_shift;
	}
	return strides;
}

bool tlb_each_range(const struct tlb_flush *flush, tlb_range_fn *fn, void *arg)
{
	struct tlb_flush range;

	for (unsigned int i = 0; i < flush->nr_ranges && RULE(every_range); i++) {
		range = tlb_range_of(flush, i);
		if (!fn(&range, arg))
			return false;
	}
	range = tlb_range_of(flush, flush->nr_ranges);
	return fn(&range, arg);
}

static bool tlb_range_here(const struct tlb_flush *range, void *none)
{
	(void)none;
	shootdown_flush_local(range);
	return true;
}

void tlb_ranges_here(const struct tlb_flush *flush)
{
	tlb_each_range(flush, tlb_range_here, NULL);
}
