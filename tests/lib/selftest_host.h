/* SPDX-License-Identifier: MIT */
/*
 * selftest_host.h - the host of examples/smp with every hook that the self-test tries in between: selftest.c passes each on,
 * or breaks it. The good ones are compiled under other names. What the library does with its counters comes by there as
 * well: in selftest.c a wrong memory order is a store that waits in a buffer, and these may drain it.
 */
#ifndef TESTS_LIB_SELFTEST_HOST_H
#define TESTS_LIB_SELFTEST_HOST_H

#define shootdown_limits       good_limits
#define shootdown_cpus_add     good_cpus_add
#define shootdown_cpus_remove  good_cpus_remove
#define shootdown_cpus_read    good_cpus_read
#define shootdown_fence_tables good_fence_tables
#include "examples/smp/host.h"
#undef shootdown_limits
#undef shootdown_cpus_add
#undef shootdown_cpus_remove
#undef shootdown_cpus_read
#undef shootdown_fence_tables

long buffered_read(const long *counter, int order);
void buffered_add(long *counter, long value, int order);
#define __atomic_load_n(counter, order)		  ((__typeof__(*(counter)))buffered_read((const long *)(counter), order))
#define __atomic_fetch_add(counter, value, order) buffered_add(counter, value, order)
#define __atomic_fetch_sub(counter, value, order) buffered_add(counter, -(value), order)

#endif
