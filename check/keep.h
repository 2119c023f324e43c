/* SPDX-License-Identifier: MIT */
/* keep.h - `--checkpoint` and `--resume`: one exploration in a file. */
#ifndef CHECK_KEEP_H
#define CHECK_KEEP_H

#include "check/jobs.h"

/*
 * Before anything is explored: is there one exploration, can the file be written, and can the other one be gone on with? Says in the
 * options of @request what the file is of. False, with a message.
 */
bool keep_prepare(struct request *request, const struct job_list *list);

#endif
