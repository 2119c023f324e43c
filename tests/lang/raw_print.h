/* SPDX-License-Identifier: MIT */
/*
 * raw_print.h - a raw scenario written out again from its tree, with every word that may be left out.
 *
 * It uses nothing of the text that was read, so what the tree has lost is missing here, too.
 */
#ifndef TESTS_LANG_RAW_PRINT_H
#define TESTS_LANG_RAW_PRINT_H

#include "lang/raw.h"

/* Each writes a text that ends with NUL into @text, and cuts what does not fit. */
void print_raw_op(const struct litmus *l, int op, char *text, unsigned long size);
void print_raw_condition(const struct litmus *l, const struct litmus_expect *e, char *text, unsigned long size);
void print_raw_start(const struct litmus *l, const struct raw_start *start, char *text, unsigned long size);
/* The whole scenario, which has no `before` line and maps that are anonymous. */
void print_raw(const struct litmus *l, char *text, unsigned long size);

#endif
