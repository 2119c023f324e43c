/* SPDX-License-Identifier: MIT */
/* sample.h - counterexamples made by hand, for the tests of the reports and for looking at. */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "report/report.h"

/* munmap of a driver's pages against unmap_mapping_range(): three agents, IPIs, all marks. */
struct timeline *sample_munmap(void);
/* Any number of agents and rows, with texts that want to be wrapped and arrows in all directions. */
struct timeline *sample_large(int agents, int rows);
/* Names that markup would take for its own. */
struct timeline *sample_markup(void);
/* A run with every kind of verdict, a matrix and a table of architectures. */
struct run_report *sample_run(void);

#endif
