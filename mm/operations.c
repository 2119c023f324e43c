/* SPDX-License-Identifier: MIT */
/*
 * operations.c - what a scenario can ask of this mm: one row an operation, and the few lines that call the kernel function behind it.
 *
 * A new operation is a file of its own with the kernel's function, its prototype in mm.h, and a row here.
 */
#include <mm/mm.h>
#include <mm/operations.h>

static struct mm_struct *mm_of(const struct subject_call *call)
{
	return &mm_globals()->mms[call->space];
}

static struct address_space *file_of(const struct subject_call *call)
{
	return &mm_globals()->files[call->file];
}

static void covers(struct subject_call *call, struct mm_ranges ranges)
{
	struct subject_covered *covered = &call->covered;

	shootdown_assert(ranges.nr <= SUBJECT_RANGES - covered->ranges, "covers: as many ranges as a call may cover");
	for (unsigned int i = 0; i < ranges.nr; i++) {
		covered->range[covered->ranges].space = call->space;
		covered->range[covered->ranges].start = ranges.range[i].start;
		covered->range[covered->ranges++].end = ranges.range[i].end;
	}
}

/* ---- address spaces ---- */

/* Over whatever is there: all that was is covered. */
static void op_mmap(struct subject_call *call)
{
	struct mm_ranges ranges = { 0 };

	do_mmap(subject_vma(call->space, call->map));
	add_range(&ranges, call->start, call->end);
	covers(call, ranges);
}

static void op_munmap(struct subject_call *call)
{
	covers(call, do_munmap(mm_of(call), call->start, call->end));
}

static void op_dontneed(struct subject_call *call)
{
	covers(call, madvise_dontneed(mm_of(call), call->start, call->end));
}

static void op_cold(struct subject_call *call)
{
	madvise_cold(mm_of(call), call->start, call->end);
}

static void op_exec_shift(struct subject_call *call)
{
	covers(call, shift_arg_pages(mm_of(call), call->start));
}

static void op_exit(struct subject_call *call)
{
	task_exit(call->thread);
}

/* ---- files ---- */

static void op_truncate(struct subject_call *call)
{
	truncate_pagecache(file_of(call));
	call->covered.file = true;
}

static void op_unmap_mapping_range(struct subject_call *call)
{
	driver_unmap(file_of(call), call->page, call->pages);
	call->covered.file = true;
}

static void op_free(struct subject_call *call)
{
	driver_free(file_of(call), call->page, call->pages);
}

static void op_writeback(struct subject_call *call)
{
	writeback(file_of(call), call->page);
}

/* ---- pages ---- */

static void op_gup(struct subject_call *call)
{
	*call->page_taken = gup(mm_of(call), call->start, call->writes);
}

static void op_gup_fast(struct subject_call *call)
{
	*call->page_taken = gup_fast(mm_of(call), call->start, call->writes);
}

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

	if (page)
		frame_write(page->frame, call->value);
}

static void op_put(struct subject_call *call)
{
	struct page *page = *call->page_taken;

	if (page)
		gup_put(page, call->writes);
	*call->page_taken = NULL;
}

static void op_reuse(struct subject_call *call)
{
	(void)call;
	page_reuse();
}

/* ---- the table ---- */

enum {
	CPU = SUBJECT_CPU,
	ANY = SUBJECT_CPU | SUBJECT_KTHREAD,
};

const struct subject_operation subject_operations[] = {
	{ "mmap A", CPU, true, op_mmap },
	{ "munmap A[.p..q] [B...]", CPU, true, op_munmap },
	{ "madvise A[.p..q] [B...] dontneed", CPU, true, op_dontneed },
	{ "madvise A[.p..q] [B...] cold", CPU, false, op_cold },
	{ "exec-shift S", CPU, true, op_exec_shift },
	{ "exit", CPU, false, op_exit },
	{ "gup A.p -> g", CPU, false, op_gup },
	{ "gup-fast A.p -> g", CPU, false, op_gup_fast },
	{ "read g [-> r]", CPU, false, op_read },
	{ "write g = N", CPU, false, op_write },
	{ "put g", CPU, false, op_put },
	{ "truncate F", ANY, true, op_truncate },
	{ "unmap_mapping_range F[.p]", ANY, true, op_unmap_mapping_range },
	{ "free F.p", ANY, false, op_free },
	{ "writeback F.p", ANY, false, op_writeback },
	{ "reuse", ANY, false, op_reuse },
	{ 0 },
};
