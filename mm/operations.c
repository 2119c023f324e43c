/* SPDX-License-Identifier: MIT */
/*
 * operations.c - what a scenario can ask of this mm: one row an operation, and the few lines that call the kernel function behind it.
 *
 * A new operation is a file of its own with the kernel's function, its prototype in mm.h, and a row here.
 */
#include <mm/hugetlb.h>
#include <mm/operations.h>
#include <mm/vector.h>
#include <mm/vmalloc.h>

static struct mm_struct *mm_of(const struct subject_call *call)
{
	return &mm_globals()->mms[call->space];
}

static struct address_space *file_of(const struct subject_call *call)
{
	return &mm_globals()->files[call->file];
}

/*
 * What the call has taken away, so that the checker can hold it to that: an access that still gets
 * through afterwards is a violation. @keeps: but for these rights, enum subject_prot.
 */
static void covers_but(struct subject_call *call, struct mm_ranges ranges, unsigned int keeps)
{
	struct subject_covered *covered = &call->covered;

	shootdown_assert(ranges.nr <= SUBJECT_RANGES - covered->ranges, "covers: as many ranges as a call may cover");
	for (unsigned int i = 0; i < ranges.nr; i++) {
		covered->range[covered->ranges].space = ranges.range[i].mm
								? (int)(ranges.range[i].mm - mm_globals()->mms)
								: call->space;
		covered->range[covered->ranges].start = ranges.range[i].start;
		covered->range[covered->ranges].keeps = keeps;
		covered->range[covered->ranges++].end = ranges.range[i].end;
	}
}

static void covers(struct subject_call *call, struct mm_ranges ranges)
{
	covers_but(call, ranges, 0);
}

/* ---- address spaces ---- */

/* Over whatever is there: all that was is covered. */
static void op_mmap(struct subject_call *call)
{
	struct mm_ranges ranges = { 0 };

	if (!do_mmap(subject_vma(call->space, call->map)))
		return;
	add_range(&ranges, call->start, call->end);
	covers(call, ranges);
}

static void op_munmap(struct subject_call *call)
{
	covers(call, do_munmap(mm_of(call), call->start, call->end));
}

/* Promises nothing about what is mapped again later, by a fault for instance. */
static void op_dontneed(struct subject_call *call)
{
	covers(call, madvise_dontneed(mm_of(call), call->start, call->end));
}

static void op_dontneed_ranges(struct subject_call *call)
{
	struct mm_range ranges[1 + SUBJECT_FURTHER] = { { call->start, call->end } };

	for (unsigned int i = 0; i < call->nr_further; i++)
		ranges[1 + i] = (struct mm_range){ call->further[i].start, call->further[i].end };
	covers(call, madvise_dontneed_ranges(mm_of(call), ranges, 1 + call->nr_further));
}

static void op_mprotect(struct subject_call *call)
{
	unsigned int rights = vm_rights_of(call->prot);

	covers_but(call, do_mprotect(mm_of(call), call->start, call->end, rights), call->prot);
}

static void op_uffd_wp(struct subject_call *call)
{
	covers_but(call, uffd_wp_range(mm_of(call), call->start, call->end, true), SUBJECT_READ | SUBJECT_EXEC);
}

static void op_uffd_unwp(struct subject_call *call)
{
	uffd_wp_range(mm_of(call), call->start, call->end, false);
}

static void op_numa_hint(struct subject_call *call)
{
	change_prot_numa(mm_of(call), call->start, call->end);
}

static void op_clear_soft_dirty(struct subject_call *call)
{
	covers_but(call, clear_soft_dirty(mm_of(call), call->start, call->end), SUBJECT_READ | SUBJECT_EXEC);
}

static void op_read_soft_dirty(struct subject_call *call)
{
	call->value = read_soft_dirty(mm_of(call), call->start);
	call->answered = true;
}

static void op_free_lazily(struct subject_call *call)
{
	madvise_free(mm_of(call), call->start, call->end);
}

static void op_cold(struct subject_call *call)
{
	madvise_cold(mm_of(call), call->start, call->end);
}

static void op_fork(struct subject_call *call)
{
	covers_but(call, fork_mm(&mm_globals()->mms[call->into], mm_of(call)), SUBJECT_READ | SUBJECT_EXEC);
}

static void op_mremap(struct subject_call *call)
{
	unsigned long to = mm_globals()->setup->maps[call->to].start;

	covers(call, do_mremap(mm_of(call), call->start, call->end, to));
}

static void op_exec_shift(struct subject_call *call)
{
	covers(call, shift_arg_pages(mm_of(call), call->start));
}

static void op_exit(struct subject_call *call)
{
	task_exit(call->thread);
}

/* ---- whose turn it is ---- */

static void op_switch(struct subject_call *call)
{
	if (mm_globals()->setup->spaces[call->into].empty)
		wait_for_fork(&mm_globals()->mms[call->into]);
	schedule_to(call->next);
}

/* What moves a thread is the machine's scheduler: task_leaves() and task_arrives(). */
static void op_move(struct subject_call *call)
{
	shootdown_assert(!thread_is_pinned() && call->peer != SUBJECT_NONE, "op_move: of a thread that may be moved");
}

static void op_idle(struct subject_call *call)
{
	schedule_idle(call->thread);
}

/* ---- files ---- */

/* A VMA that munmap has unlinked already is munmap's: its pages are counted, so nobody else has them before its flush. */
static void op_truncate(struct subject_call *call)
{
	covers(call, truncate_pagecache(file_of(call)));
}

/* A driver is promised more than the page cache: its pages are gone wherever they were mapped, or it could not free them. */
static void op_unmap_mapping_range(struct subject_call *call)
{
	struct mm_ranges found = driver_unmap(file_of(call), call->page, call->pages);

	if (is_drivers(file_of(call)))
		call->covered.file = true;
	else
		covers(call, found);
}

static void op_free(struct subject_call *call)
{
	driver_free(file_of(call), call->page, call->pages);
}

/* Its pages are its only place. */
static void refuse_without_disk(const struct address_space *file)
{
	if (is_hugetlb_file(file))
		machine_too_big("hugetlb files that have a disk", 0);
}

static void op_writeback(struct subject_call *call)
{
	refuse_without_disk(file_of(call));
	writeback(file_of(call), call->page);
}

static void on_disk(void *call, unsigned int index, uint64_t value)
{
	((struct subject_call *)call)->on_disk(call, index, value);
}

static void op_fsync(struct subject_call *call)
{
	refuse_without_disk(file_of(call));
	fsync_range(file_of(call), call->page, call->pages, on_disk, call);
}

/* ---- pages ---- */

/* NULL: nothing was taken. */
static void take(struct subject_call *call, struct page *page)
{
	struct task *task = call->thread;

	*call->page_taken = page;
	task->taken += page != NULL;
}

static void op_gup(struct subject_call *call)
{
	take(call, gup(mm_of(call), call->start, call->writes));
}

static void op_gup_fast(struct subject_call *call)
{
	take(call, gup_fast(mm_of(call), call->start, call->writes));
}

/*
 * Through the kernel's own mapping, as kmap_local_page() would: no entry is looked at, and the
 * reference alone keeps the page.
 */
static void op_read(struct subject_call *call)
{
	struct page *page = *call->page_taken;

	if (!page)
		return;
	call->value = frame_read(page->frame);
	call->answered = true;
}

static void op_write(struct subject_call *call)
{
	struct page *page = *call->page_taken;

	if (!page)
		return;
	note_kernel_write(page);
	frame_write(page->frame, call->value);
}

static void op_put(struct subject_call *call)
{
	struct page *page = *call->page_taken;
	struct task *task = call->thread;

	if (page) {
		gup_put(page, call->writes);
		task->taken--;
	}
	*call->page_taken = NULL;
}

static void op_reuse(struct subject_call *call)
{
	(void)call;
	page_reuse();
}

/* ---- pages, found by an address and handled by their reverse map ---- */

/* Of the address space that the map is in, whoever asks. */
static struct mm_struct *home_of(const struct subject_call *call)
{
	return &mm_globals()->mms[mm_globals()->setup->maps[call->map].space];
}

static void op_reclaim(struct subject_call *call)
{
	reclaim(call->thread, home_of(call), call->start, !call->again);
}

static void op_migrate(struct subject_call *call)
{
	migrate(call->thread, home_of(call), call->start, NULL);
}

/* What it finds there is asked for, as by gup: a page of nobody's is made. */
static void op_where(struct subject_call *call)
{
	const struct page *page = peek_page(mm_of(call), call->start, false);

	call->answered = page;
	call->value = page ? (uint64_t)page->frame : 0;
}

static void age(struct subject_call *call, enum age_how how)
{
	call->answered = true;
	call->value = age_page(home_of(call), call->start, how);
}

static void op_age(struct subject_call *call)
{
	age(call, AGE_RECLAIM);
}

static void op_page_idle(struct subject_call *call)
{
	age(call, AGE_IDLE);
}

static void op_is_young(struct subject_call *call)
{
	age(call, AGE_LOOK);
}

static void op_ksm(struct subject_call *call)
{
	ksm(mm_of(call), call->start, mm_globals()->setup->maps[call->to].start);
}

static void op_collapse(struct subject_call *call)
{
	collapse(home_of(call), call->start);
}

static void op_split(struct subject_call *call)
{
	split(home_of(call), call->start);
}

/* The memory of whoever is killed: nobody is promised anything. */
static void op_oom_reap(struct subject_call *call)
{
	oom_reap(home_of(call));
}

/* ---- mappings of the kernel's own ---- */

static void covers_of_kernel(struct subject_call *call, struct mm_ranges ranges)
{
	covers(call, ranges);
	for (unsigned int i = 0; i < call->covered.ranges; i++)
		call->covered.range[i].space = SUBJECT_NONE;
}

static void op_vmalloc(struct subject_call *call)
{
	vmalloc(call->start, call->end, vm_rights_of(mm_globals()->setup->maps[call->map].prot));
}

static void op_vfree(struct subject_call *call)
{
	covers_of_kernel(call, vfree(call->start));
}

static void op_vpurge(struct subject_call *call)
{
	covers_of_kernel(call, vm_unmap_aliases());
}

/* ---- devices ---- */

static void op_attach(struct subject_call *call)
{
	device_attach(&mm_globals()->devices[call->peer],
		      &mm_globals()->mms[mm_globals()->setup->devices[call->peer].space]);
}

static void op_detach(struct subject_call *call)
{
	device_detach(&mm_globals()->devices[call->peer]);
}

static void op_enable_ats(struct subject_call *call)
{
	device_enable_ats(&mm_globals()->devices[call->peer]);
}

/* ---- virtual CPUs ---- */

static void op_register(struct subject_call *call)
{
	vcpu_register(&mm_globals()->vcpus[call->peer],
		      &mm_globals()->mms[mm_globals()->setup->vcpus[call->peer].space]);
}

static void op_unregister(struct subject_call *call)
{
	vcpu_unregister(&mm_globals()->vcpus[call->peer]);
}

static void op_apic(struct subject_call *call)
{
	vcpu_set_apic(&mm_globals()->vcpus[call->peer], call->start);
}

/* ---- who keeps something of his own of an address space: tables, or pages ---- */

static struct mirror *mirror_of(const struct subject_call *call)
{
	if (call->map >= MM_MIRRORS)
		machine_too_big("maps, counted from the first, that can be mirrored", MM_MIRRORS);
	return &mm_globals()->mirrors[call->map];
}

static void op_mirror(struct subject_call *call)
{
	mirror_open(mirror_of(call), mm_of(call), call->start, call->end);
}

static void op_unmirror(struct subject_call *call)
{
	mirror_close(mirror_of(call), mm_of(call));
}

static void op_mirror_load(struct subject_call *call)
{
	call->answered = mirror_load(mirror_of(call), mm_of(call), call->start, &call->value);
}

static void op_mirror_store(struct subject_call *call)
{
	mirror_store(mirror_of(call), mm_of(call), call->start, call->value);
}

static void op_mirror_migrate(struct subject_call *call)
{
	mirror_migrate(mirror_of(call), call->thread, call->start);
}

static void changed(void *call, uint64_t before, uint64_t value)
{
	((struct subject_call *)call)->changed(call, before, value);
}

static void op_mirror_add(struct subject_call *call)
{
	mirror_add(mirror_of(call), mm_of(call), call->start, call->value, changed, call);
}

static void op_pin_cache(struct subject_call *call)
{
	pins_open(&mm_globals()->pin_cache, mm_of(call), call->start);
}

static void op_cached_load(struct subject_call *call)
{
	call->answered = pins_load(&mm_globals()->pin_cache, mm_of(call), call->start, &call->value);
}

static void op_cached_store(struct subject_call *call)
{
	pins_store(&mm_globals()->pin_cache, mm_of(call), call->start, call->value);
}

/* Something is changed in A, and it does not matter what: somebody else's bracket, and nothing besides. */
static void op_bracket(struct subject_call *call)
{
	struct mm_struct *mm = home_of(call);
	struct mmu_notifier_range range;

	down_read(&mm->mmap_lock);
	range_start(&range, MMU_NOTIFY_PROTECTION_PAGE, mm, call->start, call->end);
	range_end(&range);
	up_read(&mm->mmap_lock);
}

static void op_refuse(struct subject_call *call)
{
	refuser_register(mm_of(call));
}

static void op_get_shared(struct subject_call *call)
{
	call->answered = shared_get(call->thread, mm_of(call), &call->value);
}

static void op_put_shared(struct subject_call *call)
{
	shared_put(call->thread);
}

/* ---- the table ---- */

enum {
	CPU = SUBJECT_CPU,
	ANY = SUBJECT_CPU | SUBJECT_KTHREAD,
};

/*
 * In each row: the form of the line, who may ask for it, what it promises that is gone, and the
 * function.
 */
const struct subject_operation subject_operations[] = {
	{ "mmap A", CPU, SUBJECT_TAKES_MAPPINGS, op_mmap },
	{ "munmap A[.p..q] [B...]", CPU, SUBJECT_TAKES_MAPPINGS, op_munmap },
	{ "mprotect A[.p..q] [B...] PROT", CPU, SUBJECT_TAKES_RIGHTS, op_mprotect },
	{ "madvise A[.p..q] [B...] dontneed", CPU, SUBJECT_TAKES_MAPPINGS, op_dontneed },
	{ "madvise A[.p..q] [B...] free", CPU, SUBJECT_TAKES_CONTENT, op_free_lazily },
	{ "madvise A[.p..q] [B...] cold", CPU, SUBJECT_TAKES_NOTHING, op_cold },
	{ "process_madvise A[.p..q] [A[.p..q]...] dontneed", CPU, SUBJECT_TAKES_MAPPINGS, op_dontneed_ranges },
	{ "fork E", CPU, SUBJECT_TAKES_RIGHTS, op_fork },
	{ "exec-shift S", CPU, SUBJECT_TAKES_MAPPINGS, op_exec_shift },
	{ "exit", CPU, SUBJECT_TAKES_NOTHING, op_exit },
	{ "switch M", ANY, SUBJECT_TAKES_NOTHING, op_switch },
	{ "idle", ANY, SUBJECT_TAKES_NOTHING, op_idle },
	{ "move N", ANY, SUBJECT_TAKES_NOTHING, op_move },
	{ "uffd-wp A", CPU, SUBJECT_TAKES_RIGHTS, op_uffd_wp },
	{ "uffd-unwp A", CPU, SUBJECT_TAKES_NOTHING, op_uffd_unwp },
	{ "numa-hint A", CPU, SUBJECT_TAKES_NOTHING, op_numa_hint },
	{ "clear-soft-dirty A", CPU, SUBJECT_TAKES_RIGHTS, op_clear_soft_dirty },
	{ "read-soft-dirty A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_read_soft_dirty },
	{ "gup A.p -> g", CPU, SUBJECT_TAKES_NOTHING, op_gup },
	{ "gup-fast A.p -> g", CPU, SUBJECT_TAKES_NOTHING, op_gup_fast },
	{ "read g [-> r]", CPU, SUBJECT_TAKES_NOTHING, op_read },
	{ "write g = N", CPU, SUBJECT_TAKES_NOTHING, op_write },
	{ "put g", CPU, SUBJECT_TAKES_NOTHING, op_put },
	{ "truncate F", ANY, SUBJECT_TAKES_MAPPINGS, op_truncate },
	{ "unmap_mapping_range F[.p]", ANY, SUBJECT_TAKES_MAPPINGS, op_unmap_mapping_range },
	{ "free F.p", ANY, SUBJECT_TAKES_NOTHING, op_free },
	{ "writeback F.p", ANY, SUBJECT_TAKES_NOTHING, op_writeback },
	{ "fsync F[.p]", ANY, SUBJECT_WRITES_OUT, op_fsync },
	{ "reclaim A.p", ANY, SUBJECT_TAKES_NOTHING, op_reclaim },
	{ "migrate A.p", ANY, SUBJECT_TAKES_NOTHING, op_migrate },
	{ "where A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_where },
	{ "age A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_age },
	{ "page-idle A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_page_idle },
	{ "is-young A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_is_young },
	{ "ksm A -> B", CPU, SUBJECT_TAKES_NOTHING, op_ksm },
	{ "collapse A.p", ANY, SUBJECT_TAKES_NOTHING, op_collapse },
	{ "split A.p", ANY, SUBJECT_TAKES_NOTHING, op_split },
	{ "mremap A -> B", CPU, SUBJECT_TAKES_MAPPINGS, op_mremap },
	{ "oom-reap A", SUBJECT_KTHREAD, SUBJECT_TAKES_CONTENT, op_oom_reap },
	{ "vmalloc K", ANY, SUBJECT_TAKES_NOTHING, op_vmalloc },
	{ "vfree K", ANY, SUBJECT_TAKES_MAPPINGS, op_vfree },
	{ "vpurge", ANY, SUBJECT_TAKES_MAPPINGS, op_vpurge },
	{ "attach D", ANY, SUBJECT_TAKES_NOTHING, op_attach },
	{ "detach D", ANY, SUBJECT_TAKES_NOTHING, op_detach },
	{ "enable-ats D", ANY, SUBJECT_TAKES_NOTHING, op_enable_ats },
	{ "register V", ANY, SUBJECT_TAKES_NOTHING, op_register },
	{ "unregister V", ANY, SUBJECT_TAKES_NOTHING, op_unregister },
	{ "apic A.p V", CPU, SUBJECT_TAKES_NOTHING, op_apic },
	{ "mirror A", CPU, SUBJECT_TAKES_NOTHING, op_mirror },
	{ "unmirror A", CPU, SUBJECT_TAKES_NOTHING, op_unmirror },
	{ "mirror-load A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_mirror_load },
	{ "mirror-store A.p = N", CPU, SUBJECT_TAKES_NOTHING, op_mirror_store },
	{ "mirror-migrate A.p", CPU, SUBJECT_TAKES_NOTHING, op_mirror_migrate },
	{ "mirror-add A.p = N", CPU, SUBJECT_TAKES_NOTHING, op_mirror_add },
	{ "pin-cache A.p", CPU, SUBJECT_TAKES_NOTHING, op_pin_cache },
	{ "cached-load A.p -> r", CPU, SUBJECT_TAKES_NOTHING, op_cached_load },
	{ "cached-store A.p = N", CPU, SUBJECT_TAKES_NOTHING, op_cached_store },
	{ "bracket A", ANY, SUBJECT_TAKES_NOTHING, op_bracket },
	{ "refuse", CPU, SUBJECT_TAKES_NOTHING, op_refuse },
	{ "get-shared -> r", CPU, SUBJECT_TAKES_NOTHING, op_get_shared },
	{ "put-shared", CPU, SUBJECT_TAKES_NOTHING, op_put_shared },
	{ "reuse", ANY, SUBJECT_TAKES_NOTHING, op_reuse },
	{ 0 },
};
