/* SPDX-License-Identifier: MIT */
/* notify.h - operations of those who keep page tables of their own. */
#ifndef CALLS_NOTIFY_H
#define CALLS_NOTIFY_H

#include <shootdown/subject.h>

void op_mirror(struct subject_call *call);
void op_unmirror(struct subject_call *call);
void op_mirror_load(struct subject_call *call);
void op_mirror_store(struct subject_call *call);
void op_mirror_migrate(struct subject_call *call);
void op_pin_cache(struct subject_call *call);
void op_cached_load(struct subject_call *call);
void op_cached_store(struct subject_call *call);
void op_reap(struct subject_call *call);
void op_age(struct subject_call *call);
void op_idle(struct subject_call *call);
void op_is_young(struct subject_call *call);
void op_refuse(struct subject_call *call);
void op_dontneed_beside(struct subject_call *call);
void op_bracket(struct subject_call *call);
void op_get_shared(struct subject_call *call);
void op_which_shared(struct subject_call *call);
void op_put_shared(struct subject_call *call);
void op_exit(struct subject_call *call);

#endif
