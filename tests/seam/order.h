/* SPDX-License-Identifier: MIT */
/* order.h - pairs of threads that share plain memory: ordered, and not. */
#ifndef TESTS_SEAM_ORDER_H
#define TESTS_SEAM_ORDER_H

#include <stdbool.h>

struct order_case {
	const char *name;
	void (*first)(void *), (*second)(void *);
	unsigned int cpu; /* of the second; the first is on CPU 0 */
};
extern const struct order_case order_cases[];

void order_daemon(void); /* of the kernel that they are */

extern bool order_right; /* constant while a search runs: the case as it should be */

#endif
