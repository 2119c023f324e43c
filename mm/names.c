/* SPDX-License-Identifier: MIT */
/* names.c - what a word of this mm is called in a story, and what it is for: as a reader of Linux knows it, and whose it is as the scenario calls him. */
#include <mm/operations.h>
#include <mm/vmalloc.h>

/* Any byte of it: an event names the first byte of an access. */
static bool inside(const void *address, const void *object, size_t size)
{
	return (const char *)address >= (const char *)object && (const char *)address < (const char *)object + size;
}

#define IN(field) inside(address, &(field), sizeof(field))

/* Names as a reader of Linux knows them, followed by the scenario's name for whose it is. */
static void name_mm(const struct mm_struct *mm, const char *name, const void *address, struct subject_text *to)
{
	if (IN(mm->mmap_lock))
		to->print(to, "mmap_lock(%s)", name);
	else if (IN(mm->mmap))
		to->print(to, "first VMA of %s", name);
	else if (IN(mm->tlb.cpus))
		to->print(to, "CPU mask of %s", name);
	else if (IN(mm->tlb.pending))
		to->print(to, "tlb_flush_pending of %s", name);
	else if (IN(mm->tlb.secondary))
		to->print(to, "list of devices of %s", name);
	else if (IN(mm->anon_vma))
		to->print(to, "anon_vma lock(%s)", name);
	else if (IN(mm->write_protect_seq))
		to->print(to, "write_protect_seq of %s", name);
	else if (IN(mm->notifiers) || IN(mm->notifier_lock))
		to->print(to, "brackets of %s", name);
	else if (IN(mm->filled))
		to->print(to, "whether %s is there", name);
	else if (IN(mm->count))
		to->print(to, "count of %s", name);
	else
		to->print(to, "users of %s", name);
}

static void name_file(const struct address_space *file, const char *name, const void *address, struct subject_text *to)
{
	if (IN(file->i_mmap_rwsem))
		to->print(to, "i_mmap_rwsem(%s)", name);
	else if (IN(file->size))
		to->print(to, "size of %s", name);
	else if (IN(file->driver_lock))
		to->print(to, "driver lock(%s)", name);
	else
		to->print(to, "page cache lock(%s)", name);
}

static void name_page(int frame, const void *address, struct subject_text *to)
{
	const struct page *page = frame_to_page(frame);
	const char *name = to->frame(to, frame);

	if (IN(page->refcount))
		to->print(to, "refcount of %s", name);
	else if (IN(page->mapcount))
		to->print(to, "mapcount of %s", name);
	else if (IN(page->dirty))
		to->print(to, "dirty flag of %s", name);
	else if (IN(page->ptl))
		to->print(to, "PTL of %s", name);
	else
		to->print(to, "page lock of %s", name);
}

/* NULL: the lock, or what is read under it only. */
static const char *vma_field(const struct vm_area_struct *vma, const void *address)
{
	if (IN(vma->tlb.start))
		return "start";
	if (IN(vma->tlb.end))
		return "end";
	if (IN(vma->sequence))
		return "sequence";
	return IN(vma->next) ? "next VMA" : NULL;
}

static void print_vma(const char *field, const char *name, struct subject_text *to)
{
	if (field)
		to->print(to, "%s of %s", field, name);
	else
		to->print(to, "vma lock(%s)", name);
}

/*
 * By where it is now: one that was split or has grown is no map of the scenario any more, and is
 * named by its address.
 */
static void name_vma(const struct vm_area_struct *vma, const void *address, struct subject_text *to)
{
	const char *field = vma_field(vma, address);

	for (unsigned int i = 0; i < mm_globals()->setup->nr_maps; i++) {
		const struct subject_map *map = &mm_globals()->setup->maps[i];

		if (vma->tlb.start == map->start && vma->vm_mm == &mm_globals()->mms[map->space]) {
			print_vma(field, map->name, to);
			return;
		}
	}
	to->print(to, "%s of the VMA at 0x%lx", field ? field : "vma lock", vma->tlb.start);
}

static void name_subscriber(const void *address, struct subject_text *to)
{
	const struct mm_globals *globals = mm_globals();

	for (unsigned int i = 0; i < MM_MIRRORS; i++) {
		const struct mirror *mirror = &globals->mirrors[i];

		if (IN(*mirror)) {
			to->print(to, "%s of %s",
				  IN(mirror->lock)	? "lock of the mirror"
				  : IN(mirror->moving)	? "lock of moves by the mirror"
				  : IN(mirror->entries) ? "table of the mirror"
							: "mirror",
				  globals->setup->maps[i].name);
			return;
		}
	}
	to->print(to, IN(globals->pin_cache.lock) ? "lock of the page that is kept pinned"
		      : IN(globals->pin_cache)	  ? "page that is kept pinned"
						  : "shared subscription");
}

static bool name_pool(const void *address, struct subject_text *to)
{
	const struct mm_globals *globals = mm_globals();

	if (IN(globals->vma_pool)) {
		to->print(to, "pool of VMAs");
		return true;
	}
	if (IN(globals->swap_lock)) {
		to->print(to, "swap lock");
		return true;
	}
	if (IN(globals->vmap.lock) || IN(globals->vmap.purge) || IN(globals->vmap.tables) || IN(globals->vmap.users)) {
		to->print(to, IN(globals->vmap.lock)	 ? "vmap lock"
			      : IN(globals->vmap.purge)	 ? "purge lock"
			      : IN(globals->vmap.tables) ? "lock of kernel tables"
							 : "users of kernel mappings");
		return true;
	}
	if (IN(globals->devices)) {
		to->print(to, "a device that is attached");
		return true;
	}
	for (unsigned int i = 0; i < globals->nr_vcpus; i++) {
		if (IN(globals->vcpus[i])) {
			to->print(to, "%s of %s", vcpu_part(&globals->vcpus[i], address),
				  mm_globals()->setup->vcpus[i].name);
			return true;
		}
	}
	if (IN(globals->mirrors) || IN(globals->pin_cache) || IN(globals->shared) || IN(globals->shared_pool)) {
		name_subscriber(address, to);
		return true;
	}
	if (IN(globals->rcu.asked)) {
		to->print(to, "list of what waits for a grace period");
		return true;
	}
	if (IN(globals->rcu.readers)) {
		to->print(to, "rcu");
		return true;
	}
	for (unsigned int i = 0; i < MM_BATCHES * machine_nr_cpus(); i++) {
		if (IN(globals->batches[i])) {
			to->print(to, "batch page %u of cpu %u", i % MM_BATCHES, i / MM_BATCHES);
			return true;
		}
	}
	return false;
}

/* False: not this kernel's memory, or a part that has no name. */
bool subject_name_address(const void *address, struct subject_text *to)
{
	const struct mm_globals *globals = mm_globals();

	for (unsigned int i = 0; i < globals->nr_mms; i++) {
		if (IN(globals->mms[i])) {
			name_mm(&globals->mms[i], mm_globals()->setup->spaces[i].name, address, to);
			return true;
		}
	}
	if (globals->leaves_lazy && IN(globals->init_mm)) {
		name_mm(&globals->init_mm, "nobody", address, to);
		return true;
	}
	for (unsigned int i = 0; i < globals->nr_files; i++) {
		if (IN(globals->files[i])) {
			name_file(&globals->files[i], mm_globals()->setup->files[i].name, address, to);
			return true;
		}
	}
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (IN(globals->mem_map[i])) {
			name_page(i, address, to);
			return true;
		}
	}
	for (unsigned int i = 0; i < MM_VMAS; i++) {
		if (IN(globals->vmas[i])) {
			name_vma(&globals->vmas[i], address, to);
			return true;
		}
	}
	return name_pool(address, to);
}

/* Files' pages are named by the checker, which knows the files. */
bool subject_name_frame(int frame, struct subject_text *to)
{
	if (!frame_to_page(frame)->anon_vma)
		return false;
	to->print(to, "an anonymous page");
	return true;
}

static enum subject_role role_in_mm(const struct mm_struct *mm, const void *address)
{
	if (IN(mm->tlb.cpus))
		return SUBJECT_CPU_MASK;
	if (IN(mm->tlb.pending))
		return SUBJECT_PENDING;
	return IN(mm->mmap) ? SUBJECT_VMA_TREE : SUBJECT_OTHER;
}

static enum subject_role role_in_page(const struct page *page, const void *address)
{
	if (IN(page->dirty))
		return SUBJECT_PAGE_DIRTY;
	return IN(page->mapcount) ? SUBJECT_PAGE_MAPCOUNT : SUBJECT_OTHER;
}

/* What the word is for, in terms that the checker's own explanations use for any kernel. */
struct subject_part subject_role(const void *address)
{
	const struct mm_globals *globals = mm_globals();

	for (unsigned int i = 0; i < globals->nr_mms; i++) {
		if (IN(globals->mms[i]))
			return (struct subject_part){ role_in_mm(&globals->mms[i], address), (int)i };
	}
	for (int i = 0; i < MACHINE_MAX_FRAMES; i++) {
		if (IN(globals->mem_map[i]))
			return (struct subject_part){ role_in_page(&globals->mem_map[i], address), i };
	}
	for (unsigned int i = 0; i < MM_VMAS; i++) {
		if (IN(globals->vmas[i]) && vma_field(&globals->vmas[i], address))
			return (struct subject_part){ SUBJECT_VMA_TREE, (int)(globals->vmas[i].vm_mm - globals->mms) };
	}
	return (struct subject_part){ SUBJECT_OTHER, SUBJECT_NONE };
}
