/* SPDX-License-Identifier: MIT */
/* whole.c - operations of the reference mm as they are. They promise nothing here: what is asked is what subscribers see. */
#include <tests/calls/calls.h>
#include <mm/operations.h>
#include <tests/calls/whole.h>

void op_fork(struct subject_call *call)
{
	fork_mm(&mm_globals()->mms[call->into], mm_of(call));
}

void op_mprotect(struct subject_call *call)
{
	do_mprotect(mm_of(call), call->start, call->end, vm_rights_of(call->prot));
}

void op_mremap(struct subject_call *call)
{
	do_mremap(mm_of(call), call->start, call->end, mm_globals()->setup->maps[call->to].start);
}

void op_migrate(struct subject_call *call)
{
	migrate(call->thread, mm_of(call), call->start, NULL);
}

/* The frame of the page that A.p maps; no answer: it maps none. */
void op_where(struct subject_call *call)
{
	struct page *page = peek_page(mm_of(call), call->start, false);

	call->answered = page != NULL;
	call->value = page ? (uint64_t)page->frame : 0;
}

void op_truncate(struct subject_call *call)
{
	truncate_pagecache(&mm_globals()->files[call->file]);
}

void op_free_lazily(struct subject_call *call)
{
	madvise_free(mm_of(call), call->start, call->end);
}

void op_writeback(struct subject_call *call)
{
	writeback(&mm_globals()->files[call->file], call->page);
}
