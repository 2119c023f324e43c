/* SPDX-License-Identifier: MIT */
/* markup.h - a small reader of SVG and HTML for the tests: is every tag closed, attribute quoted, entity known? */
#ifndef TESTS_REPORT_MARKUP_H
#define TESTS_REPORT_MARKUP_H

/* NULL, or what is wrong. */
const char *check_markup(const char *text);
void assert_well_formed(const char *text);

#endif
