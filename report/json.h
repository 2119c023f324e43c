/* SPDX-License-Identifier: MIT */
/* json.h - a timeline on one line, fit to stand inside a <script> of a page. */
#ifndef CHECK_REPORT_JSON_H
#define CHECK_REPORT_JSON_H

#include "report/report.h"

void timeline_json_line(const struct timeline *t, FILE *out);

#endif
