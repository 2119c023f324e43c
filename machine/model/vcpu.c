/* SPDX-License-Identifier: MIT */
/*
 * vcpu.c - virtual CPUs: where they differ from devices, which they are one more kind of.
 *
 * M30: the tables that one walks are the second stage's, and its TLB is tagged by their root (a VMID, an EPTP). An invalidation reaches it as one reaches a
 * CPU: by an instruction that it executes itself, outside the guest, or by a broadcast where the row has these; never by a queue.
 */
#include <machine/model/model.h>
#include <machine/model/vcpu.h>

bool model_is_vcpu(unsigned int cpu)
{
	return cpu >= model_config()->cpus - model_config()->vcpus;
}

bool model_reaches_vcpu(unsigned int cpu)
{
	return !model_is_vcpu(cpu) || cpu == machine_cpu() || machine_arch()->farthest != TLB_REACH_IPI;
}
