/* SPDX-License-Identifier: MIT */
/*
 * group.h - contiguous entries: MACHINE_GROUP of the last level that say that their pages lie together (M31). Hardware may take any of them for all,
 * so as a translation each is one of the whole group.
 */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include <machine/model/model.h>

/* Does any entry of this exploration say that, to hardware which knows what that is? */
bool model_has_groups(void);
/* Is @word, of @level, a translation of its group? */
bool model_is_group(unsigned int level, uint64_t word);
/* What @word translates, at @page: so many pages, from one on, to frames from one on. A path leads to what its level covers, and to one frame. */
unsigned long model_span(unsigned int level, uint64_t word);
unsigned int model_span_page(unsigned int level, uint64_t word, unsigned int page);
int model_span_frame(unsigned int level, uint64_t word);
/* Pages from that which the entry @index of a table of @level is for to @page, which may be another one of its group. */
int model_group_into(unsigned int level, int index, unsigned int page);
/* The first entry of the group that entry @index is in. */
static inline int model_group_first(int index)
{
	return index & ~(MACHINE_GROUP - 1);
}

/* Is that page one of those that @held still translates, or leads to? */
bool model_holds_page(const struct model_held *held, unsigned int page);

/* M31: may @word not stand in entry @index of @table, which is of the last level, beside what its group says now? */
bool model_group_conflict(const struct model_frame *table, int index, uint64_t word);

/* What the invalidation covers of a group that is held: 1 << part, or-ed. */
unsigned int model_group_hit(const struct machine_invalidation *inv, const struct model_held *held);

#endif
