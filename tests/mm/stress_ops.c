/* SPDX-License-Identifier: MIT */
/* stress_ops.c - what the CPUs of a stress run do: one operation at random after the other, each with what it must show. */
#include "mm/vector.h"
#include "mm/vmalloc.h"
#include "tests/mm/stress.h"

static struct stress_cpu *me(struct stress *s)
{
	return &s->cpus[machine_cpu()];
}

static long look(const long *a)
{
	return __atomic_load_n(a, __ATOMIC_SEQ_CST);
}

static bool take(long *busy)
{
	return !__atomic_exchange_n(busy, 1, __ATOMIC_ACQ_REL);
}

static void give_back(long *busy)
{
	__atomic_store_n(busy, 0, __ATOMIC_RELEASE);
}

static void next_presence(long *version)
{
	__atomic_fetch_add(version, 1, __ATOMIC_SEQ_CST);
}

/* In one step, so that nobody sees what lies between. Nobody else changes it. */
static void set_presence(long *version, enum presence presence)
{
	__atomic_fetch_add(version, ((long)presence - look(version)) & 3, __ATOMIC_SEQ_CST);
}

/* ---- accesses ---- */

/* An access that is to be made, and what was known before it. */
struct attempt {
	struct place *place;
	unsigned int page;  /* of the place */
	unsigned int index; /* of the file */
	long version, file_version, exhausted;
};

static long file_version(const struct stress *s, const struct attempt *a)
{
	return a->place->file == FILE_NONE ? 0 : look(&s->file_version[a->place->file][a->index]);
}

static void before(const struct stress *s, struct attempt *a)
{
	a->index = a->place->pgoff + a->page;
	a->version = look(&a->place->version[a->page]);
	a->file_version = file_version(s, a);
	a->exhausted = look(&s->machine->exhausted);
}

/*
 * It was mapped all the time and must be reached, or it was not and must not; while it changes either is right.
 *
 * A page that its file has lost may still be reached through a mapping that is being taken away: munmap unlinks the VMA
 * before it flushes where VMAs are merged, and who cuts the file then no longer finds it. The gather keeps the page.
 */
static void after(struct stress *s, const struct attempt *a, bool ok, const char *what)
{
	long place = a->version & 3, file = a->file_version & 3;
	bool away = place == PRESENCE_AWAY || (file == PRESENCE_AWAY && place != PRESENCE_GOING);
	bool there = place == PRESENCE_THERE && file == PRESENCE_THERE;

	if (a->version != look(&a->place->version[a->page]) || a->file_version != file_version(s, a))
		return;
	if (ok && away)
		stress_wrong(s, "cpu %u: %s page %u, which was taken away", machine_cpu(), what,
			     a->place->first + a->page);
	if (!ok && there && a->exhausted == look(&s->machine->exhausted))
		stress_wrong(s, "cpu %u: %s page %u fails, which is mapped", machine_cpu(), what,
			     a->place->first + a->page);
}

static unsigned long address_of(const struct attempt *a)
{
	return (a->place->first + a->page) * PAGE_SIZE;
}

static bool user_access(struct stress *s, struct attempt *a, enum machine_access how, uint64_t *value)
{
	static const char *const names[] = { "load of", "store to", "execution of" };
	bool ok;

	__atomic_fetch_add(&s->accesses, 1, __ATOMIC_RELAXED);
	before(s, a);
	ok = machine_user_access(address_of(a), how, value);
	after(s, a, ok, names[how]);
	return ok;
}

/* Exactly what it last wrote, or nothing if it took the page away since. */
static void access_own(struct stress *s, struct attempt *a)
{
	struct place *place = a->place;
	bool mine = place->owner == machine_cpu();
	uint64_t value = me(s)->next;

	if (mine && threads_random(2)) {
		if (user_access(s, a, MACHINE_STORE, &value))
			place->value = me(s)->next++;
		return;
	}
	if (user_access(s, a, MACHINE_LOAD, &value) && mine && value != place->value)
		stress_wrong(s, "cpu %u: its own page %u holds %llu, not %llu", machine_cpu(), place->first,
			     (unsigned long long)value, (unsigned long long)place->value);
}

static void see(struct stress *s, unsigned int index, uint64_t value)
{
	uint64_t *seen = &me(s)->seen[index];

	if (value < *seen)
		stress_wrong(s, "cpu %u: page %u of the shared file went back from %llu to %llu", machine_cpu(), index,
			     (unsigned long long)*seen, (unsigned long long)value);
	*seen = value;
}

static bool writes_counted(unsigned int index)
{
	return index % STRESS_CPUS == machine_cpu();
}

static void access_counted(struct stress *s, struct attempt *a)
{
	unsigned int index = a->place->pgoff + a->page;
	uint64_t value = 0;

	if (writes_counted(index) && threads_random(2)) {
		value = s->written[index] + 1;
		if (user_access(s, a, MACHINE_STORE, &value))
			s->written[index] = value;
	} else if (user_access(s, a, MACHINE_LOAD, &value)) {
		see(s, index, value);
	}
}

static void access_loose(struct stress *s, struct attempt *a)
{
	uint64_t value = me(s)->next++;
	unsigned int dice = threads_random(8);

	if (dice == 0 && a->place->flags & VM_EXEC)
		user_access(s, a, MACHINE_EXEC, &value);
	else
		user_access(s, a, dice < 5 ? MACHINE_LOAD : MACHINE_STORE, &value);
}

static void access_place(struct stress *s, struct place *place)
{
	struct attempt a = { .place = place, .page = threads_random(place->pages) };

	switch (place->kind) {
	case PLACE_OWN:
		access_own(s, &a);
		break;
	case PLACE_COUNTED:
		access_counted(s, &a);
		break;
	default:
		access_loose(s, &a);
	}
}

/* ---- places ---- */

static bool here(struct stress *s, const struct place *place)
{
	return place->mm == s->mms[me(s)->mm];
}

/* Some place of the address space that this CPU runs in. */
static struct place *some_place(struct stress *s)
{
	for (;;) {
		struct place *place = &s->places[threads_random(s->nr_places)];

		if (here(s, place))
			return place;
	}
}

static bool others_page(const struct place *place)
{
	return place->kind == PLACE_OWN && place->owner != machine_cpu();
}

static void access_some(struct stress *s)
{
	access_place(s, some_place(s));
}

static void dontneed(struct stress *s)
{
	struct place *place = some_place(s);
	unsigned int page = threads_random(place->pages), nr = 1 + threads_random(place->pages - page);

	if (others_page(place))
		return;
	madvise_dontneed(place->mm, (place->first + page) * PAGE_SIZE, (place->first + page + nr) * PAGE_SIZE);
	if (place->kind == PLACE_OWN)
		place->value = 0;
}

/* Of any two places, also of one twice, in any order. */
static void dontneed_two(struct stress *s)
{
	struct mm_range ranges[2];
	struct place *places[2];

	for (unsigned int i = 0; i < 2; i++) {
		do
			places[i] = some_place(s);
		while (others_page(places[i]));
		ranges[i].start = places[i]->first * PAGE_SIZE;
		ranges[i].end = (places[i]->first + places[i]->pages) * PAGE_SIZE;
	}
	madvise_dontneed_ranges(places[0]->mm, ranges, 2);
	for (unsigned int i = 0; i < 2; i++) {
		if (places[i]->kind == PLACE_OWN)
			places[i]->value = 0;
	}
}

/* Pages [from, to) of the place; those that are away already stay so. */
static void set_presences(struct place *place, unsigned int from, unsigned int to, enum presence presence)
{
	for (unsigned int i = from; i < to; i++) {
		if (presence != PRESENCE_GOING || (look(&place->version[i]) & 3) == PRESENCE_THERE)
			set_presence(&place->version[i], presence);
	}
}

static void take_away(struct place **places, unsigned int nr)
{
	const struct place *first = places[0], *last = places[nr - 1];

	for (unsigned int i = 0; i < nr; i++)
		set_presences(places[i], 0, places[i]->pages, PRESENCE_GOING);
	do_munmap(first->mm, first->first * PAGE_SIZE, (last->first + last->pages) * PAGE_SIZE);
	for (unsigned int i = 0; i < nr; i++) {
		places[i]->value = 0;
		set_presences(places[i], 0, places[i]->pages, PRESENCE_AWAY);
	}
}

/* As it was at first. The VMA is any that was given back, of whatever place or address space. */
static void make_again(struct stress *s, struct place *place)
{
	set_presences(place, 0, place->pages, PRESENCE_COMING);
	do_mmap(stress_make_vma(s, place));
	set_presences(place, 0, place->pages, place->kind == PLACE_STACK ? PRESENCE_GOING : PRESENCE_THERE);
	give_back(&place->busy);
}

static bool next_to(const struct place *a, const struct place *b)
{
	return a->mm == b->mm && a->first + a->pages == b->first && !others_page(b);
}

/* Up to @max neighbours, from @first on, that nobody else is taking away. */
static unsigned int take_places(struct stress *s, struct place *first, struct place **taken, unsigned int max)
{
	unsigned int nr = 0;

	if (!take(&first->busy))
		return 0;
	taken[nr++] = first;
	for (unsigned int i = 0; i < s->nr_places && nr < max; i++) {
		struct place *place = &s->places[i];

		if (next_to(taken[nr - 1], place) && take(&place->busy))
			taken[nr++] = place;
	}
	return nr;
}

static void unmap_and_map(struct stress *s)
{
	struct place *first = some_place(s), *taken[3];
	unsigned int nr = others_page(first) ? 0 : take_places(s, first, taken, 1 + threads_random(3));

	if (!nr)
		return;
	take_away(taken, nr);
	for (unsigned int i = threads_random(6); i > 0; i--)
		access_place(s, taken[threads_random(nr)]);
	while (nr)
		make_again(s, taken[--nr]);
}

/* A hole in a place, then all of it away. While the hole is there the place is of up to two VMAs more. */
static void punch_hole(struct stress *s)
{
	struct place *place = some_place(s);
	unsigned int page = threads_random(place->pages), end = page + 1 + threads_random(place->pages - page);

	if (place->kind == PLACE_STACK || place->pages < 3 || look(&s->spare_vmas) < 2 || !take(&place->busy))
		return;
	if (__atomic_sub_fetch(&s->spare_vmas, 2, __ATOMIC_ACQ_REL) >= 0) {
		set_presences(place, page, end, PRESENCE_GOING);
		do_munmap(place->mm, (place->first + page) * PAGE_SIZE, (place->first + end) * PAGE_SIZE);
		set_presences(place, page, end, PRESENCE_AWAY);
		for (unsigned int i = threads_random(12); i > 0; i--)
			access_place(s, place);
		take_away(&place, 1);
		make_again(s, place);
		__atomic_add_fetch(&s->spare_vmas, 2, __ATOMIC_ACQ_REL);
	} else {
		__atomic_add_fetch(&s->spare_vmas, 2, __ATOMIC_ACQ_REL);
		give_back(&place->busy);
	}
}

/* Its last page is there if any is. */
static void move_stack(struct stress *s)
{
	struct place *place = some_place(s);

	if (place->kind == PLACE_STACK)
		shift_arg_pages(place->mm, place->end - PAGE_SIZE);
}

/* ---- files ---- */

static void unmap_file(struct stress *s)
{
	struct address_space *file = s->files[threads_random(STRESS_FILES)];
	unsigned int page = threads_random(file->nr_pages);

	unmap_mapping_range(file, page, 1 + threads_random(file->nr_pages - page));
}

static void write_some(struct stress *s)
{
	struct address_space *file = s->files[threads_random(STRESS_FILES)];
	unsigned int page = threads_random(file->nr_pages);

	if (!driver_owns(file, page))
		writeback(file, page);
}

static void access_file(struct stress *s, enum stress_file file)
{
	for (unsigned int i = 0; i < s->nr_places; i++) {
		if (s->places[i].file == file && here(s, &s->places[i]) && threads_random(2))
			access_place(s, &s->places[i]);
	}
}

static void next_presences(struct stress *s, enum stress_file file)
{
	for (unsigned int i = 0; i < s->files[file]->nr_pages; i++)
		next_presence(&s->file_version[file][i]);
}

/* The driver takes a page back, gives it to the allocator, and maps another in its place. */
static void exchange_driver_page(struct stress *s, enum stress_file nr, unsigned int page)
{
	struct address_space *file = s->files[nr];
	long *version = &s->file_version[nr][page];
	int frame;

	next_presence(version);
	driver_unmap(file, page, 1);
	next_presence(version);
	driver_free(file, page, 1);
	access_file(s, nr);
	do
		frame = machine_frame_alloc(MACHINE_FRAME_DATA);
	while (frame == MACHINE_NO_FRAME);
	next_presence(version);
	down_write(&file->driver_lock);
	file->frames[page] = frame;
	file->revoked[page] = false;
	up_write(&file->driver_lock);
	next_presence(version);
}

static void drive(struct stress *s)
{
	enum stress_file nr = threads_random(2) ? FILE_DRIVER : FILE_BOTH;
	unsigned int page = threads_random(s->files[nr]->nr_pages);

	if (!driver_owns(s->files[nr], page) || !take(&s->file_busy[nr]))
		return;
	exchange_driver_page(s, nr, page);
	give_back(&s->file_busy[nr]);
}

/* What a write beyond the end of the file does in a kernel that has writes: a new page, then the size. */
static void fill_again(struct address_space *file, unsigned int index)
{
	struct page *page;

	do
		page = page_alloc();
	while (!page);
	page->mapping = file;
	page->index = index;
	frame_write(page->frame, file->disk[index]);
	spin_lock(&file->i_pages);
	file->pages[index] = page;
	spin_unlock(&file->i_pages);
}

static void cut(struct stress *s)
{
	struct address_space *file = s->files[FILE_CUT];

	if (!take(&s->file_busy[FILE_CUT]))
		return;
	next_presences(s, FILE_CUT);
	truncate_pagecache(file);
	next_presences(s, FILE_CUT);
	access_file(s, FILE_CUT);
	next_presences(s, FILE_CUT);
	for (unsigned int i = 0; i < file->nr_pages; i++)
		fill_again(file, i);
	__atomic_store_n(&file->size, file->nr_pages, __ATOMIC_RELEASE);
	next_presences(s, FILE_CUT);
	give_back(&s->file_busy[FILE_CUT]);
}

/* ---- pages taken by the kernel ---- */

static void use_page(struct stress *s, const struct attempt *a, struct page *page, bool write)
{
	if (a->place->kind == PLACE_COUNTED && write) {
		frame_write(page->frame, s->written[a->index] + 1);
		s->written[a->index]++;
	} else if (a->place->kind == PLACE_COUNTED) {
		see(s, a->index, frame_read(page->frame));
	} else if (write) {
		frame_write(page->frame, me(s)->next++);
	} else {
		frame_read(page->frame);
	}
}

/* A driver's page cannot be taken; an owned one only to be read, as its owner knows what is in it. */
static void get_user_page(struct stress *s)
{
	struct attempt a = { .place = some_place(s) };
	struct page *page;
	bool write, fast;

	if (a.place->file == FILE_DRIVER || a.place->file == FILE_BOTH)
		return;
	a.page = threads_random(a.place->pages);
	a.index = a.place->pgoff + a.page;
	write = threads_random(2) && a.place->kind != PLACE_OWN;
	write &= a.place->kind != PLACE_COUNTED || writes_counted(a.index);
	fast = threads_random(4);
	page = (fast ? gup_fast : gup)(a.place->mm, address_of(&a), write);
	if (!page)
		return;
	use_page(s, &a, page, write);
	if (threads_random(2))
		access_some(s);
	gup_put(page, write);
}

/* ---- mappings of the kernel's own ---- */

/* Of two, which all CPUs use; code now and then, so that what is fetched of it has to be flushed at once. */
static unsigned long kernel_address(unsigned int nr)
{
	return MACHINE_KERNEL_START + nr * 2 * PAGE_SIZE;
}

static void use_kernel_memory(struct stress *s)
{
	unsigned long address = kernel_address(threads_random(2)) + threads_random(2) * PAGE_SIZE;
	uint64_t value = me(s)->next;

	vmap_access(address, (enum machine_access)threads_random(3), &value);
}

/* Where it is there it goes; where it is not it is made. Addresses are had again at once, by a purge. */
static void change_kernel_memory(struct stress *s)
{
	unsigned int nr = threads_random(2);
	unsigned int rights = VM_READ | VM_WRITE | (threads_random(2) ? VM_EXEC : 0);

	if (!take(&s->kernel_busy[nr]))
		return;
	vfree(kernel_address(nr));
	for (unsigned int i = threads_random(4); i > 0; i--)
		use_kernel_memory(s);
	if (threads_random(4))
		vmalloc(kernel_address(nr), kernel_address(nr) + 2 * PAGE_SIZE, rights);
	else if (threads_random(2))
		vm_unmap_aliases();
	give_back(&s->kernel_busy[nr]);
}

static void kernel_memory(struct stress *s)
{
	if (threads_random(4))
		use_kernel_memory(s);
	else
		change_kernel_memory(s);
}

/* ---- programs ---- */

static void run_in(struct stress *s, unsigned int mm)
{
	me(s)->mm = mm;
	task_start(me(s)->tasks[mm]);
}

static void change_mm(struct stress *s)
{
	run_in(s, threads_random(STRESS_MMS));
}

static const struct {
	unsigned int share; /* of 100 */
	void (*operation)(struct stress *s);
} operations[] = {
	{ 38, access_some }, { 8, dontneed },	{ 2, dontneed_two },  { 8, unmap_and_map }, { 4, unmap_file },
	{ 6, write_some },   { 5, drive },	{ 2, cut },	      { 9, get_user_page }, { 4, change_mm },
	{ 4, punch_hole },   { 2, move_stack }, { 8, kernel_memory },
};

static void do_something(struct stress *s)
{
	unsigned int dice = threads_random(100), i = 0;

	while (dice >= operations[i].share)
		dice -= operations[i++].share;
	operations[i].operation(s);
}

void stress_program(void *arg)
{
	struct stress *s = arg;

	change_mm(s);
	for (unsigned int i = 0; i < STRESS_ROUND; i++)
		do_something(s);
}

/* The last thread of an address space takes it down. */
void stress_exit_program(void *arg)
{
	struct stress *s = arg;

	for (unsigned int nr = 0; nr < 2; nr++)
		vfree(kernel_address(nr));
	for (unsigned int mm = 0; mm < STRESS_MMS; mm++) {
		run_in(s, mm);
		task_exit(me(s)->tasks[mm]);
	}
}
