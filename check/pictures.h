/* SPDX-License-Identifier: MIT */
/* pictures.h - the folder of `--svg`. */
#ifndef CHECK_PICTURES_H
#define CHECK_PICTURES_H

#include "report/report.h"

/* Before anything is explored: makes @dir if it has to, and tries it. False, with a message. */
bool pictures_open(const char *dir);
/* Of every result that has a timeline. False, with a message for each: some could not be written. */
bool pictures_write(const char *dir, const struct run_report *report, const struct report_style *style);

#endif
