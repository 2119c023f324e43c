/* SPDX-License-Identifier: MIT */
/* vcpu.h - the devices that are virtual CPUs; vcpu.c. */
#ifndef MODEL_VCPU_H
#define MODEL_VCPU_H

#include <stdbool.h>

/* Numbers of CPUs. Is this one of the devices at the end? */
bool model_is_vcpu(unsigned int cpu);
/* May the running CPU invalidate what it holds? Of whoever is no vcpu: yes. */
bool model_reaches_vcpu(unsigned int cpu);

#endif
