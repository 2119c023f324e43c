/* SPDX-License-Identifier: MIT */
/* near.h - what somebody may have meant who wrote a name that is not there. */
#ifndef CHECK_NEAR_H
#define CHECK_NEAR_H

#include <stddef.h>

/* "munmap or mmap": up to three names of @list (which ends with NULL) that are near @name; "" if none is. */
void near_names(const char *name, size_t len, const char *const *list, char *text, size_t size);

#endif
