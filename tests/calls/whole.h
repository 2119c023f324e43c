/* SPDX-License-Identifier: MIT */
/* whole.h - operations of the reference mm as they are, for what stands beside them. */
#ifndef CALLS_WHOLE_H
#define CALLS_WHOLE_H

#include <shootdown/subject.h>

void op_fork(struct subject_call *call);
void op_mprotect(struct subject_call *call);
void op_mremap(struct subject_call *call);
void op_migrate(struct subject_call *call);
void op_where(struct subject_call *call);
void op_truncate(struct subject_call *call);
void op_free_lazily(struct subject_call *call);
void op_writeback(struct subject_call *call);

#endif
