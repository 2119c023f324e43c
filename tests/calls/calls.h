/* SPDX-License-Identifier: MIT */
/* calls.h - what the operations of this folder have in common. */
#ifndef CALLS_CALLS_H
#define CALLS_CALLS_H

#include <mm/mm.h>
#include <shootdown/subject.h>

/* That of the caller. */
static inline struct mm_struct *mm_of(const struct subject_call *call)
{
	return &mm_globals()->mms[call->space];
}

#endif
