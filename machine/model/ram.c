/* SPDX-License-Identifier: MIT */
/* ram.c - the geometry of page tables, and what the words in them say. */
#include <machine/model/model.h>

#include <assert.h>

const struct machine_format *model_format(void)
{
	const struct machine_format *format = model_config()->format;

	return format ? format : machine_format_row(0);
}

unsigned int model_entries(void)
{
	return machine_format_entries(model_format());
}

unsigned long model_level_pages(unsigned int level)
{
	assert(level <= MACHINE_MAX_LEVELS);
	return 1ul << model_format()->bits * level;
}

unsigned int model_index(unsigned int page, unsigned int level)
{
	return (unsigned int)(page / model_level_pages(level)) & (model_entries() - 1);
}

bool model_leads_on(unsigned int level, uint64_t word)
{
	return level && word & MACHINE_PTE_PRESENT && word & MACHINE_PTE_TABLE;
}

int model_pte_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT) & (MACHINE_MAX_FRAMES - 1);
}
