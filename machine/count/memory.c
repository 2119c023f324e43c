/* SPDX-License-Identifier: MIT */
/* memory.c - frames and their contents. */
#include <machine/count/count.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TABLE_BYTES = MACHINE_TABLE_ENTRIES * sizeof(uint64_t)
};

struct count_frame *count_frame_at(uint64_t word)
{
	return &count_here()->frames[word >> MACHINE_PTE_FRAME_SHIFT & (MACHINE_MAX_FRAMES - 1)];
}

/* Tables are kept for the next one: an address space goes and the next one comes. */
static uint64_t *table_words(void)
{
	struct count_machine *m = count_here();
	uint64_t *words = m->free_table;

	if (!words)
		words = malloc(TABLE_BYTES);
	else
		m->free_table = (uint64_t *)(uintptr_t)words[0];
	if (!words)
		machine_too_big("page tables that there is memory for", 0);
	memset(words, 0, TABLE_BYTES);
	return words;
}

static void drop_table(uint64_t *words)
{
	words[0] = (uint64_t)(uintptr_t)count_here()->free_table;
	count_here()->free_table = words;
}

/* The last one given back first; before any was, in their order, so that what is allocated together lies together. */
int machine_frame_alloc(enum machine_frame_kind kind)
{
	struct count_machine *m = count_here();
	int nr = m->free_frame;

	if (nr != MACHINE_NO_FRAME)
		m->free_frame = m->frames[nr].next_free;
	else if (m->fresh_frame < MACHINE_MAX_FRAMES)
		nr = m->fresh_frame++;
	else
		machine_too_big("frames of memory", MACHINE_MAX_FRAMES);
	m->frames[nr].kind = (unsigned char)kind;
	m->frames[nr].datum = 0;
	if (kind == MACHINE_FRAME_TABLE)
		m->frames[nr].words = table_words();
	return nr;
}

/* Of those that nobody has had. What is passed over is taken by whoever asks for one. */
int machine_frames_alloc(unsigned int nr)
{
	struct count_machine *m = count_here();
	int first;

	for (; m->fresh_frame % (int)nr && m->fresh_frame < MACHINE_MAX_FRAMES; m->fresh_frame++) {
		m->frames[m->fresh_frame].next_free = m->free_frame;
		m->free_frame = m->fresh_frame;
	}
	first = m->fresh_frame;
	if (first + (int)nr > MACHINE_MAX_FRAMES)
		machine_too_big("frames of memory", MACHINE_MAX_FRAMES);
	for (m->fresh_frame += (int)nr; nr; nr--) {
		m->frames[first + (int)nr - 1].kind = MACHINE_FRAME_DATA;
		m->frames[first + (int)nr - 1].datum = 0;
	}
	return first;
}

void machine_frame_free(int nr)
{
	struct count_machine *m = count_here();
	struct count_frame *frame = &m->frames[nr];

	if (frame->kind == MACHINE_FRAME_FREE)
		machine_panic(__FILE__, __LINE__, "a frame is given back a second time");
	if (frame->words)
		drop_table(frame->words);
	frame->words = NULL;
	frame->kind = MACHINE_FRAME_FREE;
	frame->life++;
	frame->next_free = m->free_frame;
	m->free_frame = nr;
}

uint64_t *machine_frame_words(int nr)
{
	struct count_frame *frame = &count_here()->frames[nr];

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES && frame->kind != MACHINE_FRAME_FREE);
	return frame->words ? frame->words : &frame->datum;
}

/* No frame has a use any more. */
void count_frames_free(void)
{
	struct count_machine *m = count_here();

	for (int nr = 0; nr < m->fresh_frame; nr++)
		free(m->frames[nr].words);
	while (m->free_table) {
		uint64_t *words = m->free_table;

		m->free_table = (uint64_t *)(uintptr_t)words[0];
		free(words);
	}
}

void machine_fence_walks(void)
{
}
