/* SPDX-License-Identifier: MIT */
/* names.c - what an address in the arena is called in the scenario's own words. */
#include "check/names.h"

#include <stdarg.h>
#include <stdio.h>

static const char *format_into(struct name_scratch *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *format_into(struct name_scratch *s, const char *format, ...)
{
	char *out = s->text[s->turn++ % NAME_TURNS];
	va_list args;

	va_start(args, format);
	vsnprintf(out, NAME_LENGTH, format, args);
	va_end(args);
	return out;
}

static bool inside(const void *address, const void *object, size_t size)
{
	return (const char *)address >= (const char *)object && (const char *)address < (const char *)object + size;
}

/* "A.0": the first mapping of that page which the scenario declares. */
static const char *page_name(struct name_scratch *s, const struct world *world, int space, unsigned int page)
{
	const struct litmus *l = world->litmus;

	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		if (model_space_number(world->mm[map->mm]->space) == space && page >= map->start / PAGE_SIZE &&
		    page < map->end / PAGE_SIZE)
			return format_into(s, "%s.%lu", map->name, page - map->start / PAGE_SIZE);
	}
	return format_into(s, "page 0x%x", page);
}

static const char *table_name(struct name_scratch *s, const struct world *world, const struct model_frame *frame)
{
	if (frame->space < 0)
		return "a new table";
	if (frame->parent < 0)
		return format_into(s, "the root table of %s", world->litmus->mms[frame->space].name);
	return format_into(s, "%s's table", page_name(s, world, frame->space, frame->base));
}

static const char *entry_name(struct name_scratch *s, const struct world *world, const struct model_frame *frame,
			      unsigned int index)
{
	unsigned int page = frame->base + index * model_level_pages(frame->level);

	if (frame->space < 0)
		return format_into(s, "a new table's entry %u", index);
	if (!frame->level)
		return format_into(s, "%s's entry", page_name(s, world, frame->space, page));
	return format_into(s, "%s's level-%u entry", page_name(s, world, frame->space, page), frame->level);
}

/* "F page 0", if the frame is one of a file's pages. */
static const char *file_page_name(struct name_scratch *s, const struct world *world, int nr)
{
	for (unsigned int f = 0; f < world->litmus->nr_files; f++) {
		for (unsigned int i = 0; i < world->file[f]->nr_pages; i++) {
			if (world->file[f]->pages[i] == &the_vm()->mem_map[nr] || world->file[f]->frames[i] == nr)
				return format_into(s, "%s page %u", world->litmus->files[f].name, i);
		}
	}
	return NULL;
}

static bool is_anonymous(int nr)
{
	return model_state()->frames[nr].kind == MACHINE_FRAME_DATA && the_vm()->mem_map[nr].anon_vma;
}

const char *world_frame(struct name_scratch *s, const struct world *world, int nr)
{
	const struct model_frame *frame = &model_state()->frames[nr];
	const char *name = frame->kind == MACHINE_FRAME_TABLE ? table_name(s, world, frame)
							      : file_page_name(s, world, nr);

	if (name)
		return name;
	return is_anonymous(nr) ? "an anonymous page" : "a page";
}

/* With the number where nothing else tells it from others of its kind. */
static const char *frame_name(struct name_scratch *s, const struct world *world, int nr)
{
	const struct model_frame *frame = &model_state()->frames[nr];
	const char *name = world_frame(s, world, nr);

	if (frame->kind == MACHINE_FRAME_TABLE)
		return frame->space < 0 ? format_into(s, "%s, frame %d", name, nr) : name;
	if (is_anonymous(nr))
		return format_into(s, "%s, frame %d", name, nr);
	name = file_page_name(s, world, nr);
	return name ? name : format_into(s, "frame %d", nr);
}

static const char *state_name(struct name_scratch *s, const struct world *world, const void *address)
{
	const struct model_state *m = model_state();

	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		const struct model_frame *frame = &m->frames[i];

		if (inside(address, frame->words, sizeof(frame->words)))
			return entry_name(s, world, frame, (unsigned int)((const machine_pte *)address - frame->words));
		if (inside(address, frame, sizeof(*frame)))
			return frame_name(s, world, i);
	}
	for (unsigned int i = 0; i < m->nr_watches; i++) {
		if (inside(address, &m->watches[i], sizeof(m->watches[i])))
			return page_name(s, world, m->watches[i].space, m->watches[i].page);
	}
	if (inside(address, m->roots, sizeof(m->roots)))
		return world->litmus->mms[(const int8_t *)address - m->roots].name;
	return NULL;
}

static const char *mm_name(struct name_scratch *s, const struct mm_struct *mm, const char *name, const void *address)
{
	if (inside(address, &mm->mmap_lock, sizeof(mm->mmap_lock)))
		return format_into(s, "mmap_lock(%s)", name);
	if (inside(address, &mm->tree, sizeof(mm->tree)))
		return format_into(s, "VMA tree of %s", name);
	if (inside(address, &mm->tlb.cpus, sizeof(mm->tlb.cpus)))
		return format_into(s, "CPU mask of %s", name);
	if (inside(address, &mm->tlb.pending, sizeof(mm->tlb.pending)))
		return format_into(s, "tlb_flush_pending of %s", name);
	return format_into(s, "users of %s", name);
}

static const char *file_name(struct name_scratch *s, const struct address_space *file, const char *name,
			     const void *address)
{
	if (inside(address, &file->i_mmap_rwsem, sizeof(file->i_mmap_rwsem)))
		return format_into(s, "i_mmap_rwsem(%s)", name);
	if (inside(address, &file->size, sizeof(file->size)))
		return format_into(s, "size of %s", name);
	if (inside(address, &file->driver_lock, sizeof(file->driver_lock)))
		return format_into(s, "driver lock(%s)", name);
	return format_into(s, "page cache lock(%s)", name);
}

static const char *page_field(struct name_scratch *s, const struct world *world, int nr, const void *address)
{
	const struct page *page = &the_vm()->mem_map[nr];
	const char *name = frame_name(s, world, nr);

	if (inside(address, &page->refcount, sizeof(page->refcount)))
		return format_into(s, "refcount of %s", name);
	if (inside(address, &page->mapcount, sizeof(page->mapcount)))
		return format_into(s, "mapcount of %s", name);
	if (inside(address, &page->dirty, sizeof(page->dirty)))
		return format_into(s, "dirty flag of %s", name);
	if (inside(address, &page->ptl, sizeof(page->ptl)))
		return format_into(s, "PTL of %s", name);
	return format_into(s, "page lock of %s", name);
}

static const char *vma_name(struct name_scratch *s, const struct world *world, const struct vm_area_struct *vma)
{
	for (unsigned int i = 0; i < world->litmus->nr_maps; i++) {
		const struct litmus_map *map = &world->litmus->maps[i];

		if (vma->tlb.start == map->start && vma->vm_mm == world->mm[map->mm])
			return format_into(s, "vma lock(%s)", world->litmus->maps[i].name);
	}
	return format_into(s, "vma lock(0x%lx)", vma->tlb.start);
}

const char *world_name(struct name_scratch *s, const struct world *world, const void *address)
{
	const struct vm *vm = the_vm();
	const char *name = state_name(s, world, address);

	if (name)
		return name;
	for (unsigned int i = 0; i < world->litmus->nr_mms; i++) {
		if (inside(address, world->mm[i], sizeof(*world->mm[i])))
			return mm_name(s, world->mm[i], world->litmus->mms[i].name, address);
	}
	for (unsigned int i = 0; i < world->litmus->nr_files; i++) {
		if (inside(address, world->file[i], sizeof(*world->file[i])))
			return file_name(s, world->file[i], world->litmus->files[i].name, address);
	}
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (inside(address, &vm->mem_map[i], sizeof(vm->mem_map[i])))
			return page_field(s, world, i, address);
	}
	for (unsigned int i = 0; i < VM_VMAS; i++) {
		if (inside(address, &vm->vmas[i], sizeof(vm->vmas[i])))
			return vma_name(s, world, &vm->vmas[i]);
	}
	return "acknowledgements";
}
