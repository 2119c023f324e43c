/* SPDX-License-Identifier: MIT */
/* s390_attach.h - z/Architecture under a kernel that knows who has an address space attached, as Linux does. */
#ifndef ARCH_S390_ATTACH_H
#define ARCH_S390_ATTACH_H

#include <arch/s390.h>

/* clang-format off */
#define TLB_HARDWARE_s390_attach TLB_HARDWARE_s390
#define TLB_CHOICES_s390_attach TLB_CHOICES_s390_of(true)
/* clang-format on */

TLB_ARCH_DEF(s390_attach)

#endif
