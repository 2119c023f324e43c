/* SPDX-License-Identifier: MIT */
/* json.h - what the JSON of runs and the data of a page are made of. Out of memory ends the program with status 2. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <cjson/cJSON.h>
#include "report/report.h"

/* @json, unless it is NULL: cJSON returns that for want of memory only. */
cJSON *report_json_must(cJSON *json);
/* Members of the object @to. Each is given a name that docs/json.md has for it; a text of NULL is "". */
void report_json_text(cJSON *to, const char *name, const char *text);
void report_json_number(cJSON *to, const char *name, double number);
cJSON *report_json_array(cJSON *to, const char *name);
void report_json_names(cJSON *to, const char *name, int names, const char *const *text);
cJSON *report_json_object(cJSON *array); /* a new element */
/* The fields that docs/json.md gives for each. */
void report_json_timeline(cJSON *json, const struct timeline *t);
void report_json_matrix(cJSON *json, const struct report_matrix *m);
void report_json_table(cJSON *array, const struct report_table *table);
/* Takes the document; what it prints can stand inside a <script>. */
void report_json_print(cJSON *json, bool indented, FILE *out);

#endif
