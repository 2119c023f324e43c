/* SPDX-License-Identifier: MIT */
/* notify.c - subscribers that keep page tables of their own: mm/mirror.c, one for each of the first maps. */
#include <mm/mm.h>
#include <tests/calls/notify.h>

static struct mm_struct *mm_of(const struct subject_call *call)
{
	return &mm_globals()->mms[call->space];
}

static struct mirror *mirror_of(const struct subject_call *call)
{
	if (call->map >= MM_MIRRORS)
		machine_too_big("mirrors", MM_MIRRORS);
	return &mm_globals()->mirrors[call->map];
}

void op_mirror(struct subject_call *call)
{
	mirror_open(mirror_of(call), mm_of(call), call->start, call->end);
}

void op_unmirror(struct subject_call *call)
{
	mirror_close(mirror_of(call));
}

/* One access of the device that walks the mirror of A. */
void op_mirror_load(struct subject_call *call)
{
	call->answered = mirror_load(mirror_of(call), call->start, &call->value);
}
