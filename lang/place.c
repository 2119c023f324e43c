/* SPDX-License-Identifier: MIT */
/*
 * place.c - where mappings lie, once the whole world is known.
 *
 * First the mappings that say `at`, then the others in file order; a mapping that stands `near` another is placed with
 * it. One that says neither starts at the first boundary of the largest table that it fills, or of a last-level
 * table, such that no last-level table is shared with another mapping.
 *
 * Four points follow. (1) A mapping with an end is placed; no mapping is empty, so an end of 0 means that it is not.
 * (2) Mappings of different mms may have the same addresses. (3) Tables are not shared unless the file asks for it
 * with `at` or `near`, so that freeing the tables of one mapping does not depend on another by accident. (4) Overlaps
 * are checked at the end, over all pairs, and are allowed only where one of the two is absent at the start. (5) Kernel
 * mappings are placed as those of one more mm, and then moved to where addresses are the kernel's.
 */
#include <assert.h>
#include "lang/read.h"

/* Bytes that one last-level table maps. */
static unsigned long last_table(const struct litmus *l)
{
	return 1ul << (LITMUS_PAGE_SHIFT + l->table_bits);
}

static bool is_of_huge(const struct litmus *l, const struct litmus_map *map)
{
	enum litmus_file_kind kind;

	if (map->object != LITMUS_OBJECT_FILE)
		return false;
	kind = l->files[map->file].kind;
	return kind == LITMUS_FILE_HUGETLB || kind == LITMUS_FILE_CONTIGUOUS;
}

/* A huge page is what one last-level table maps. */
static unsigned int page_shift(const struct litmus *l, const struct litmus_map *map)
{
	bool huge = map->object == LITMUS_OBJECT_FILE && l->files[map->file].kind == LITMUS_FILE_HUGETLB;

	return huge ? LITMUS_PAGE_SHIFT + l->table_bits : LITMUS_PAGE_SHIFT;
}

/* In bytes. At most 5 levels of 9 bits above 12, so the shift never overflows. */
static unsigned long space_size(const struct litmus *l)
{
	assert(l->levels <= LITMUS_MAX_LEVELS);
	return 1ul << (LITMUS_PAGE_SHIFT + l->table_bits * l->levels);
}

/* See point (1). */
static bool is_placed(const struct litmus_map *map)
{
	return map->end != 0;
}

/* The message offers one more level, as long as there is one. */
static _Noreturn void does_not_fit(struct reader *r, const struct litmus_map *map)
{
	unsigned int levels = r->litmus->levels;

	fail(r, map->at, say("%s of pages=%u, for which no room is left", map->name, map->pages),
	     levels == LITMUS_MAX_LEVELS || r->words->levels
		     ? say("less in the address space")
		     : say("more room: levels %u gives %lu pages", levels + 1,
			   space_size(r->litmus) << r->litmus->table_bits >> LITMUS_PAGE_SHIFT));
}

/*
 * The last-level tables of [start, end) hold nothing of another mapping. Both ends are widened to whole
 * tables before they are compared: point (3).
 */
static bool is_free(const struct litmus *l, const struct litmus_map *map, unsigned long start, unsigned long end)
{
	assert(start < end);
	start -= start % last_table(l);
	end += (last_table(l) - end % last_table(l)) % last_table(l);
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *other = &l->maps[i];

		if (is_placed(other) && other->mm == map->mm && other->start < end && start < other->end)
			return false;
	}
	return true;
}

/*
 * The step is the size of the largest table that the mapping fills, so that a mapping of that size
 * covers whole tables, and freeing it frees them. The first place that is free is taken, so the same
 * file always gives the same addresses.
 */
static unsigned long first_free(struct reader *r, const struct litmus_map *map, unsigned long size)
{
	unsigned long step = last_table(r->litmus);

	assert(size > 0);
	while (step << r->litmus->table_bits <= size)
		step <<= r->litmus->table_bits;
	for (unsigned long start = 0; start + size <= space_size(r->litmus); start += step)
		if (is_free(r->litmus, map, start, start + size))
			return start;
	does_not_fit(r, map);
}

/*
 * Whatever stands `near` this one follows at once and recursively. The chain is finite, because `near`
 * can only name a mapping that is declared above. The comparison is written as a subtraction so that a
 * large `at` cannot overflow.
 */
static void place_at(struct reader *r, struct litmus_map *map, unsigned long start)
{
	unsigned long size = (unsigned long)map->pages << page_shift(r->litmus, map);
	struct litmus *l = r->litmus;

	assert(map->pages > 0);
	if (start > space_size(l) || size > space_size(l) - start)
		does_not_fit(r, map);
	map->start = start;
	map->end = start + size;
	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (l->maps[i].near != LITMUS_NONE && &l->maps[l->maps[i].near] == map)
			place_at(r, &l->maps[i], map->end);
}

/* Point (2): of one address space only. Ranges are half-open, so neighbours do not overlap. */
static bool overlap(const struct litmus_map *a, const struct litmus_map *b)
{
	return a->mm == b->mm && a->start < b->end && b->start < a->end;
}

/* Each pair once; the message is put at the later of the two, which is the one to be changed. */
static void check_overlaps(struct reader *r)
{
	const struct litmus *l = r->litmus;

	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		for (unsigned int j = 0; j < i; j++)
			if (overlap(map, &l->maps[j]) && !map->absent && !l->maps[j].absent)
				fail(r, map->at, say("%s at 0x%lx to 0x%lx", map->name, map->start, map->end),
				     say("addresses that %s (0x%lx to 0x%lx) leaves free, or one of the two absent",
					 l->maps[j].name, l->maps[j].start, l->maps[j].end));
	}
}

/* Point (5). */
static void place_kernel_maps(struct litmus *l)
{
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		if (l->maps[i].mm != LITMUS_NONE)
			continue;
		l->maps[i].start += LITMUS_KERNEL_START;
		l->maps[i].end += LITMUS_KERNEL_START;
	}
}

/* The operations of `before` lines were read when no mapping had an address yet, and may stand above what marks their maps. */
static void place_ops(struct reader *r)
{
	for (unsigned int i = 0; i < r->litmus->nr_ops; i++) {
		place_op(r, &r->litmus->ops[i]);
		check_marked(r, &r->litmus->ops[i]);
	}
}

static void place_fixed(struct reader *r, struct litmus_map *map)
{
	if (is_of_huge(r->litmus, map) && map->start % last_table(r->litmus))
		fail(r, map->at, say("%s at 0x%lx", map->name, map->start),
		     say("an address at the start of a huge page of %lu bytes", last_table(r->litmus)));
	place_at(r, map, map->start);
}

/*
 * Those with `at` come first, since the others have to keep clear of them. r->placed is set before the
 * operations are placed because place_op() asks for it.
 */
void place_maps(struct reader *r)
{
	struct litmus *l = r->litmus;

	assert(!r->placed);
	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (l->maps[i].fixed)
			place_fixed(r, &l->maps[i]);
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		struct litmus_map *map = &l->maps[i];

		if (!is_placed(map) && map->near == LITMUS_NONE)
			place_at(r, map, first_free(r, map, (unsigned long)map->pages << page_shift(l, map)));
	}
	check_overlaps(r);
	place_kernel_maps(l);
	r->placed = true;
	place_ops(r);
}

/*
 * In bytes; @page may be the number of pages, which gives the end. The size of a page follows from the
 * range, so huge pages need no case of their own.
 */
unsigned long litmus_address(const struct litmus_map *map, unsigned int page)
{
	assert(map->pages > 0 && page <= map->pages);
	return map->start + (map->end - map->start) / map->pages * page;
}

/* The page of it that @address is in. */
unsigned int litmus_page_of(const struct litmus_map *map, unsigned long address)
{
	assert(address >= map->start && address < map->end);
	return (unsigned int)((address - map->start) / ((map->end - map->start) / map->pages));
}

/*
 * What lies between two mappings of one call is no third one; a hole may be. A call goes from the first
 * page of the first mapping to the last page of the last one, so any mapping between them would be
 * covered without being named.
 */
static void check_order(struct reader *r, const struct litmus_op *op, const struct litmus_map *from,
			const struct litmus_map *to)
{
	const struct litmus *l = r->litmus;

	if (from->mm != to->mm || from->end > to->start)
		fail(r, op->at, say("%s before %s in one call", from->name, to->name),
		     say("maps of one mm in the order of their addresses"));
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *other = &l->maps[i];

		if (!other->absent && other->mm == from->mm && other->start >= from->end && other->end <= to->start)
			fail(r, op->at,
			     say("%s and %s in one call, with %s between them", from->name, to->name, other->name),
			     say("adjacent maps"));
	}
}

/* Each by itself: what lies between two of them is no part of the call. */
static void place_ranges(struct reader *r, struct litmus_op *op)
{
	const struct litmus *l = r->litmus;
	const struct litmus_map *first = &l->maps[op->map];

	for (unsigned int i = 0; i < op->nr_ranges; i++) {
		struct litmus_range *range = &op->range[i];
		const struct litmus_map *map = &l->maps[range->map];

		if (map->mm != first->mm)
			fail(r, op->at, say("%s and %s in one call", first->name, map->name), say("maps of one mm"));
		range->start = litmus_address(map, range->page);
		range->end = litmus_address(map, range->page + range->pages);
	}
}

/*
 * Before the world is placed there is nothing to do: place_maps() calls again for every operation. A
 * range with further mappings ends where the last of them ends.
 */
void place_op(struct reader *r, struct litmus_op *op)
{
	const struct litmus *l = r->litmus;
	const struct litmus_map *map;

	if (!r->placed || op->map == LITMUS_NONE)
		return;
	map = &l->maps[op->map];
	op->start = litmus_address(map, op->page);
	op->end = litmus_address(map, op->page + op->pages);
	for (unsigned int i = 0; i < op->nr_more; i++) {
		check_order(r, op, map, &l->maps[op->more[i]]);
		map = &l->maps[op->more[i]];
		op->end = map->end;
	}
	place_ranges(r, op);
}
