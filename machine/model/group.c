/* SPDX-License-Identifier: MIT */
/* group.c - contiguous entries; see group.h. */
#include <machine/model/group.h>

#include <assert.h>

_Static_assert(MACHINE_GROUP == HARDWARE_PARTS, "one part of what is held for each page of a group");

bool model_has_groups(void)
{
	return model_config()->contiguous && machine_arch()->contiguous;
}

bool model_is_group(unsigned int level, uint64_t word)
{
	return !level && word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_CONTIGUOUS && model_has_groups();
}

unsigned long model_span(unsigned int level, uint64_t word)
{
	return model_is_group(level, word) ? MACHINE_GROUP : model_level_pages(level);
}

unsigned int model_span_page(unsigned int level, uint64_t word, unsigned int page)
{
	return model_is_group(level, word) ? page & ~(MACHINE_GROUP - 1u) : page;
}

int model_span_frame(unsigned int level, uint64_t word)
{
	int frame = model_pte_frame(word);

	return model_is_group(level, word) ? frame & ~(MACHINE_GROUP - 1) : frame;
}

int model_group_into(unsigned int level, int index, unsigned int page)
{
	if (model_has_groups() && !level)
		return (int)(page % MACHINE_GROUP) - index % MACHINE_GROUP;
	return (int)(page & (model_level_pages(level) - 1));
}

bool model_holds_page(const struct model_held *held, unsigned int page)
{
	unsigned long span = model_span(held->level, held->word), into = page - held->page;

	return page >= held->page && into < span && (span == 1 || held->parts >> into / (span / HARDWARE_PARTS) & 1);
}

bool model_group_conflict(const struct model_frame *table, int index, uint64_t word)
{
	int first = model_group_first(index);
	bool conflict = false;

	if (!model_has_groups() || !(word & MACHINE_PTE_PRESENT))
		return false;
	for (int i = first; i < first + MACHINE_GROUP; i++) {
		uint64_t other = table->words[i].word;

		if (i == index || !(other & MACHINE_PTE_PRESENT))
			continue;
		conflict |= (word ^ other) & MACHINE_PTE_CONTIGUOUS ||
			    (word & MACHINE_PTE_CONTIGUOUS &&
			     model_pte_frame(word) - index != model_pte_frame(other) - i);
	}
	return conflict;
}

unsigned int model_group_hit(const struct machine_invalidation *inv, const struct model_held *held)
{
	unsigned int hit = 0;

	for (unsigned int i = 0; i < MACHINE_GROUP; i++) {
		const struct hardware_entry entry = { held->page + i, 1, 0 };

		hit |= hardware_drops_leaf(inv, &entry) ? 1u << i : 0;
	}
	return hit;
}
