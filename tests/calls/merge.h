/* SPDX-License-Identifier: MIT */
/* merge.h - operations on pages that become one, of two that hold the same or of a table's, and on pages that are thrown away. */
#ifndef CALLS_MERGE_H
#define CALLS_MERGE_H

#include <shootdown/subject.h>

void op_protect_clean(struct subject_call *call);
void op_ksm(struct subject_call *call);
void op_is_settled(struct subject_call *call);
void op_take(struct subject_call *call);
void op_is_left(struct subject_call *call);
void op_collapse(struct subject_call *call);
void op_give_up(struct subject_call *call);
void op_reclaim(struct subject_call *call);

#endif
