/* SPDX-License-Identifier: MIT */
/*
 * ram.c - physical memory, the geometry of page tables, and what the words in them say.
 *
 * The code under test reads and writes memory, in the format that it has chosen. The model asks of a table only what its words say, and
 * keeps that beside: model_frame.words, in the small format, whatever the real one is. So
 *
 *	memory		has the words as the code under test wrote them; so have the pages of data, and nobody else has those
 *	what it says	is as new as the last store of the code under test that the model knows of (memory.c, store())
 *	accessed, dirty	are written by walks into both
 *
 * With the small format both are the same words. A table says something from when it is hooked; what was stored in it before is
 * looked at then. Software's bits say nothing, so a change of them is none to hardware.
 */
#include <machine/model/model.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- geometry ---- */

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

/* @page is a page number, from address 0 of the space; the result an index of an entry. */
unsigned int model_index(unsigned int page, unsigned int level)
{
	return (unsigned int)(page / model_level_pages(level)) & (model_entries() - 1);
}

/* ---- memory ---- */

/* Of a frame; a frame of the small format has as many words as a table has entries. */
static size_t frame_words(void)
{
	return model_config()->format ? (1ul << model_config()->format->page_shift) / sizeof(uint64_t)
				      : model_entries();
}

/*
 * With a real format memory stands at its physical addresses, the same ones in every process, because the code under test makes pointers
 * of what it reads from tables.
 */
uint64_t *model_make_ram(void)
{
	size_t bytes = model_frames() * frame_words() * sizeof(uint64_t);
	void *memory;

	if (!model_config()->format)
		return agent_alloc(bytes);
	/*
	 * It is there already in all worlds but the first. Not zeroed for a later world:
	 * agent_region() puts back what was there at first.
	 */
	memory = mmap((void *)MACHINE_RAM, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (memory == MAP_FAILED && errno != EEXIST) {
		fprintf(stderr, "shootdown: no room for the machine's memory at %#lx: %s\n", MACHINE_RAM,
			strerror(errno));
		exit(2);
	}
	agent_region((void *)MACHINE_RAM, bytes);
	return (uint64_t *)MACHINE_RAM;
}

/*
 * The globals of the code under test, as script/subject.lds collects them. Our own mm has none, and there are no such sections.
 */
extern char __start_subject_data[] __attribute__((weak)), __stop_subject_data[] __attribute__((weak));
extern char __start_subject_bss[] __attribute__((weak)), __stop_subject_bss[] __attribute__((weak));

void model_name_globals(void)
{
	size_t data = (uintptr_t)__stop_subject_data - (uintptr_t)__start_subject_data;
	size_t bss = (uintptr_t)__stop_subject_bss - (uintptr_t)__start_subject_bss;

	if (data)
		agent_region(__start_subject_data, data);
	if (bss)
		agent_region(__start_subject_bss, bss);
}

/* Where the frame's words are in this process, which is the physical address where the format is a real one. */
uint64_t *model_ram(int frame)
{
	assert(frame >= 0 && frame < (int)model_frames());
	return model_state()->ram + (size_t)frame * frame_words();
}

int model_ram_frame(const void *word)
{
	size_t offset = (uintptr_t)word - (uintptr_t)model_state()->ram;

	return offset < model_frames() * frame_words() * sizeof(uint64_t)
		       ? (int)(offset / (frame_words() * sizeof(uint64_t)))
		       : MACHINE_NO_FRAME;
}

uint64_t *machine_frame_words(int nr)
{
	return model_ram(nr);
}

void model_need_frame(int frame)
{
	if (frame < 0 || frame >= (int)model_frames())
		model_panic("there is no memory at a physical address that was named");
}

unsigned int model_frames(void)
{
	return model_config()->frames ? model_config()->frames : MACHINE_MAX_FRAMES;
}

/* ---- what words say ---- */

int model_pte_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT) & (MACHINE_MAX_FRAMES - 1);
}

/*
 * Rights of a table's entry are kept as what they take away (MODEL_NO_...), so that the rights of a
 * path are the union of its words; a leaf has those that it gives.
 */
static uint64_t bits_of(const struct machine_entry *entry)
{
	uint64_t bits = MACHINE_PTE_PRESENT;

	if (entry->kind == MACHINE_ENTRY_TABLE)
		return bits | MACHINE_PTE_TABLE | (entry->write ? 0 : MODEL_NO_WRITE) |
		       (entry->exec ? 0 : MODEL_NO_EXEC) | (entry->user ? 0 : MODEL_NO_USER);
	return bits | (entry->write ? MACHINE_PTE_WRITE : 0) | (entry->exec ? MACHINE_PTE_EXEC : 0) |
	       (entry->accessed ? MACHINE_PTE_ACCESSED : 0) | (entry->dirty ? MACHINE_PTE_DIRTY : 0) |
	       (entry->read ? 0 : MODEL_NO_READ) | (entry->user ? 0 : MODEL_NO_USER);
}

/*
 * What only the kernel may use (its own half of an address space, devices) is nothing to a program, and may lead to anywhere.
 */
uint64_t model_says(unsigned int level, uint64_t word)
{
	struct machine_entry entry;
	int frame;

	if (!model_config()->format)
		return word;
	entry = machine_format_decode(model_format(), level, word);
	if (entry.kind != MACHINE_ENTRY_TABLE && entry.kind != MACHINE_ENTRY_LEAF)
		return 0;
	frame = machine_frame_at(entry.address);
	if (frame >= (int)model_frames())
		frame = MACHINE_NO_FRAME;
	if (frame == MACHINE_NO_FRAME && !entry.user)
		return 0;
	if (frame == MACHINE_NO_FRAME)
		model_panic("an entry of a page table leads to where no memory is");
	return (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | bits_of(&entry);
}

/* M13: the word of memory, in the real format, after a walk has set accessed, and dirty for a store. */
uint64_t model_touched(unsigned int level, uint64_t word, bool store)
{
	if (model_config()->format)
		return machine_format_touched(model_format(), level, word, store);
	return word | MACHINE_PTE_ACCESSED | (store ? MACHINE_PTE_DIRTY : 0);
}

/* ---- what the kernel does with pages ---- */

bool model_is_in_frame(const void *p)
{
	return model_ram_frame(p) != MACHINE_NO_FRAME;
}

/* The content of a page; whoever else than its owner gets at it has heard of it. Nothing translates the kernel's own access, but the page must be its to use. */
void model_page_access(const struct model_access *a)
{
	int frame = model_ram_frame(a->word);
	struct model_frame *page = &model_state()->frames[frame];
	bool changes = model_access_changes(a);

	page->fresh &= model_is_mine(frame);
	if (page->kind != MACHINE_FRAME_DATA && !model_config()->format)
		model_violation(MODEL_USE_AFTER_FREE, freed_page_touched, .frame = frame);
	model_touch_at(page, AGENT_READ, 0);
	model_touch_at(page->words, changes ? AGENT_WRITE : AGENT_READ, 0);
	if (a->op != SEAM_STORE)
		model_tell(frame_read, .frame = frame, .value = a->before);
	if (changes)
		model_tell(frame_write, .frame = frame, .value = a->after);
}
