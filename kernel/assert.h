/* SPDX-License-Identifier: MIT */
/* assert.h - kernel_assert(condition, contract line): a broken contract is what the execution shows. */
#ifndef KERNEL_ASSERT_H
#define KERNEL_ASSERT_H

#include <machine/machine.h>

#define kernel_assert(condition, contract) ((condition) ? (void)0 : machine_panic(__FILE__, __LINE__, contract))

/*
 * Of the functions below this folder's headers: they are part of whoever calls them, so that the place of an access is the
 * caller's.
 */
#define KERNEL_INLINE static inline __attribute__((always_inline))

#endif
