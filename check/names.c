/* SPDX-License-Identifier: MIT */
/* names.c - what an address in the arena is called in the scenario's own words: the machine's here, the mm's by the mm. */
#include "check/names.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const char *format_into(struct name_scratch *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The buffers are used in turns, so the oldest name is the one that is lost. */
static const char *format_into(struct name_scratch *s, const char *format, ...)
{
	char *out = s->text[s->turn++ % NAME_TURNS];
	va_list args;

	va_start(args, format);
	vsnprintf(out, NAME_LENGTH, format, args);
	va_end(args);
	return out;
}

/* Addresses of different objects are compared, which is sound here: all of them lie in the one arena. */
static bool inside(const void *address, const void *object, size_t size)
{
	assert(size > 0);
	return (const char *)address >= (const char *)object && (const char *)address < (const char *)object + size;
}

/* Of a huge page an access goes to the first part; another one is named by where it begins. */
static const char *page_of_map(struct name_scratch *s, const struct litmus_map *map, unsigned int page)
{
	unsigned long address = page * (unsigned long)PAGE_BYTES;
	unsigned int of = litmus_page_of(map, address);
	unsigned long part = address - litmus_address(map, of);

	return part ? format_into(s, "%s.%u+0x%lx", map->name, of, part) : format_into(s, "%s.%u", map->name, of);
}

/*
 * "A.0": the first mapping of that page which the scenario declares. Two mappings of one page cannot be told
 * apart by it; the scenario's first is meant then.
 */
static const char *page_name(struct name_scratch *s, const struct binding *binding, int space, unsigned int page)
{
	const struct litmus *l = binding->litmus;

	assert(space >= 0);
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (model_space_number(binding_space(binding, map->mm)) == space && page >= map->start / PAGE_BYTES &&
		    page < map->end / PAGE_BYTES)
			return page_of_map(s, map, page);
	}
	/* In an address space that a fork has filled. */
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (page >= map->start / PAGE_BYTES && page < map->end / PAGE_BYTES && (unsigned int)space < l->nr_mms)
			return format_into(s, "%s in %s", page_of_map(s, map, page), l->mms[space].name);
	}
	for (unsigned int i = 0; i < l->nr_vcpus; i++) {
		int mm = model_space_number(binding_space(binding, binding->vcpus[i].space));

		if (model_space_number(binding->subject->vcpu_space(i)) == space)
			return format_into(s, "%s for %s", page_name(s, binding, mm, page), l->vcpus[i].name);
	}
	return format_into(s, "page 0x%x", page);
}

/* Of an address space, or of the tables of a vcpu. One that no scenario names is that of no process (mm_globals.init_mm). */
static const char *space_name(const struct binding *binding, int space)
{
	const struct litmus *l = binding->litmus;

	for (unsigned int i = 0; i < l->nr_vcpus; i++) {
		if (model_space_number(binding->subject->vcpu_space(i)) == space)
			return l->vcpus[i].name;
	}
	assert(space >= 0);
	return (unsigned int)space < l->nr_mms ? l->mms[space].name : "nobody";
}

/* Tables have no name of their own, so one is called by the first page that it is for. */
static const char *table_name(struct name_scratch *s, const struct binding *binding, const struct model_frame *frame)
{
	if (frame->space < 0)
		return "a new table";
	if (frame->parent < 0 && model_is_kernels(frame->space))
		return "the root table of kernel mappings";
	if (frame->parent < 0)
		return format_into(s, "the root table of %s", space_name(binding, frame->space));
	return format_into(s, "%s's table", page_name(s, binding, frame->space, frame->base));
}

/* The level is said only above the last one, as most entries are of that. */
static const char *entry_name(struct name_scratch *s, const struct binding *binding, const struct model_frame *frame,
			      unsigned int index)
{
	unsigned int page = frame->base + (unsigned int)(index * model_level_pages(frame->level));

	assert(index < model_entries());
	if (frame->space < 0)
		return format_into(s, "a new table's entry %u", index);
	if (!frame->level)
		return format_into(s, "%s's entry", page_name(s, binding, frame->space, page));
	return format_into(s, "%s's level-%u entry", page_name(s, binding, frame->space, page), frame->level);
}

/* ---- what the mm calls its own ---- */

/*
 * What the mm is handed to print into. It knows struct subject_text only, and what it prints is kept behind
 * it.
 */
struct asked {
	struct subject_text text; /* first, so that it is this one */
	struct name_scratch *scratch;
	const struct binding *binding;
	const char *said;
};

static const char *frame_name(struct name_scratch *s, const struct binding *binding, int nr);

/* The mm's own words, cut off at NAME_LENGTH as all names are. */
static void print(struct subject_text *to, const char *format, ...)
{
	struct asked *asked = (struct asked *)to;
	char text[NAME_LENGTH];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	asked->said = format_into(asked->scratch, "%s", text);
}

static const char *frame_of_asked(struct subject_text *to, int frame)
{
	struct asked *asked = (struct asked *)to;

	return frame_name(asked->scratch, asked->binding, frame);
}

/* For one question; .said stays NULL if the mm prints nothing. */
static struct asked ask(struct name_scratch *s, const struct binding *binding)
{
	return (struct asked){ { print, frame_of_asked }, s, binding, NULL };
}

static const char *subject_name(struct name_scratch *s, const struct binding *binding, const void *address)
{
	struct asked asked = ask(s, binding);

	if (!binding->subject->name_address || !binding->subject->name_address(address, &asked.text))
		return NULL;
	return asked.said;
}

/* "an anonymous page": many may be called so. NULL: it is no frame of data, or the mm has no name for it. */
static const char *sort_of_page(struct name_scratch *s, const struct binding *binding, int nr)
{
	struct asked asked = ask(s, binding);

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	if (model_state()->frames[nr].kind != MACHINE_FRAME_DATA || !binding->subject->name_frame ||
	    !binding->subject->name_frame(nr, &asked.text))
		return NULL;
	return asked.said;
}

/* ---- frames ---- */

/* "F page 0", if the frame is one of a file's pages. */
static const char *file_page_name(struct name_scratch *s, const struct binding *binding, int nr)
{
	assert(nr >= 0);
	for (unsigned int f = 0; f < binding->setup.nr_files; f++) {
		for (unsigned int i = 0; i < binding->files[f].pages; i++) {
			if (binding_file_frame(binding, f, i) == nr)
				return format_into(s, "%s page %u", binding->files[f].name, i);
		}
	}
	return NULL;
}

/* Tables first: a frame that was a file's page and is a table now is that. */
const char *binding_frame(struct name_scratch *s, const struct binding *binding, int nr)
{
	const struct model_frame *frame = &model_state()->frames[nr];
	const char *name = frame->kind == MACHINE_FRAME_TABLE ? table_name(s, binding, frame)
							      : file_page_name(s, binding, nr);

	assert(nr >= 0 && nr < MACHINE_MAX_FRAMES);
	if (!name)
		name = sort_of_page(s, binding, nr);
	return name ? name : "a page";
}

const char *binding_cpu_name(struct name_scratch *s, const struct binding *binding, unsigned int cpu)
{
	const struct litmus *l = binding->litmus;

	if (cpu < l->cpus || cpu - l->cpus >= l->nr_devices + l->nr_vcpus)
		return format_into(s, "cpu %u", cpu);
	if (cpu - l->cpus >= l->nr_devices)
		return format_into(s, "vcpu %s", l->vcpus[cpu - l->cpus - l->nr_devices].name);
	return format_into(s, "device %s", l->devices[cpu - l->cpus].name);
}

/* With the number where nothing else tells it from others of its kind. */
static const char *frame_name(struct name_scratch *s, const struct binding *binding, int nr)
{
	const struct model_frame *frame = &model_state()->frames[nr];
	const char *name;

	if (frame->kind == MACHINE_FRAME_TABLE) {
		name = table_name(s, binding, frame);
		return frame->space < 0 ? format_into(s, "%s, frame %d", name, nr) : name;
	}
	name = file_page_name(s, binding, nr);
	if (name)
		return name;
	name = sort_of_page(s, binding, nr);
	return name ? format_into(s, "%s, frame %d", name, nr) : format_into(s, "frame %d", nr);
}

/* ---- what the machine has ---- */

/* Words before frames, because a frame contains its words, and the smaller object is the better name. */
static const char *state_name(struct name_scratch *s, const struct binding *binding, const void *address)
{
	const struct model_state *m = model_state();

	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		const struct model_frame *frame = &m->frames[i];

		if (inside(address, frame->words, model_entries() * sizeof(frame->words[0])))
			return entry_name(s, binding, frame,
					  (unsigned int)((const machine_pte *)address - frame->words));
		if (inside(address, frame, sizeof(*frame)))
			return frame_name(s, binding, i);
	}
	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if (inside(address, &m->watches[i], sizeof(m->watches[i])))
			return page_name(s, binding, m->watches[i].space, m->watches[i].page);
	}
	if (model_ram_frame(address) != MACHINE_NO_FRAME)
		return frame_name(s, binding, model_ram_frame(address));
	if (m->kernel && address == &m->roots[m->kernel - 1])
		return "the kernel's mappings";
	if (inside(address, m->roots, sizeof(m->roots)))
		return space_name(binding, (int)((const int8_t *)address - m->roots));
	return NULL;
}

/* A global variable of the mm, as its source calls it. */
static const char *variable_name(struct name_scratch *s, const void *address)
{
	const char *name = lines_variable(s->lines, address);

	return name ? format_into(s, "%s", name) : NULL;
}

/*
 * The machine first: it knows its own addresses for certain, and the mm is asked only about the rest; then the program's symbols. What
 * none of them has a name for is the one object that a scenario cannot name.
 */
const char *binding_name(struct name_scratch *s, const struct binding *binding, const void *address)
{
	const char *name = state_name(s, binding, address);

	if (!name)
		name = subject_name(s, binding, address);
	if (!name)
		name = variable_name(s, address);
	return name ? name : "acknowledgements";
}
