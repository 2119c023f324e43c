/* SPDX-License-Identifier: MIT */
/*
 * selftest_host.h - the host of examples/smp with every hook that the self-test tries in between: selftest.c passes each on,
 * or breaks it. The good ones are compiled under other names.
 */
#ifndef TESTS_LIB_SELFTEST_HOST_H
#define TESTS_LIB_SELFTEST_HOST_H

#define shootdown_limits	      good_limits
#define shootdown_cpus_add	      good_cpus_add
#define shootdown_cpus_remove	      good_cpus_remove
#define shootdown_cpus_read	      good_cpus_read
#define shootdown_atomic_add	      good_atomic_add
#define shootdown_atomic_sub_release  good_atomic_sub_release
#define shootdown_atomic_read_acquire good_atomic_read_acquire
#define shootdown_fence_tables	      good_fence_tables
#include "examples/smp/host.h"
#undef shootdown_limits
#undef shootdown_cpus_add
#undef shootdown_cpus_remove
#undef shootdown_cpus_read
#undef shootdown_atomic_add
#undef shootdown_atomic_sub_release
#undef shootdown_atomic_read_acquire
#undef shootdown_fence_tables

#endif
