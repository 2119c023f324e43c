/* SPDX-License-Identifier: MIT */
/*
 * device.h - devices that walk the tables of an address space, between device.c and what else is a CPU's.
 *
 * With ATS a device has a cache of its own (ATC), which is filled from its TLB and by nothing else. So whatever the TLB may hold the ATC may hold, and
 * stored is only what the ATC has left of what the TLB has not any more: .kinds of that are MODEL_FILLED.
 */
#ifndef MODEL_DEVICE_H
#define MODEL_DEVICE_H

#include <machine/model/tables.h>

enum {
	MODEL_FILLED_SHIFT = 2,
	/* In model_held.kinds: it is in the device's ATC alone. */
	MODEL_FILLED = HARDWARE_BOTH << MODEL_FILLED_SHIFT,
};

static inline bool model_is_filled(const struct model_held *held)
{
	return held->kinds & MODEL_FILLED;
}

/* One of the CPUs at the end. */
bool model_is_device(unsigned int cpu);
/* The step of an access by the running one, which waits to be attached. False: it is detached. */
bool model_device_steps(void);
/* The running agent has made an entry allow more, and will tell devices; it has told whom it had to. */
void model_device_upgrade(void);
void model_device_told(void);
/* M27: may an entry not come to allow writes where a device may have it without? Asked only where there is a device. */
bool model_device_breaks(void);
/* ... does it, as @word takes the place of @old in @slot? @mends: of whom has made it invalid before, in the same operation. */
bool model_device_conflict(const struct slot *slot, uint64_t old, uint64_t word, bool mends);
/* An access of the running one has faulted; it goes on. Where devices stall it waits for that, and @again is what whoever resumes it says. */
void model_device_stalls(void);
bool model_device_resumed(bool again);
/* An invalidation of the TLB of @cpu is complete, and covers @held. False: nothing of it is left. */
bool model_device_keeps(const struct model_cpu *cpu, struct model_held *held);

/* ---- of order.c, space.c, tlb.c ---- */

void model_note_device(const int64_t *object, bool writes);
/* All that walks of a space have found that is not loaded. */
void model_hold_left(struct model_cpu *cpu, int space);

/* What is not loaded, by an invalidation of all of it: see tlb.c. */
void model_forget_left(struct model_cpu *cpu, const struct machine_invalidation *inv, bool done);

/* @left stays of @entry, of @cpu, behind an invalidation that is not complete: the rest is used until @by is (model_held.dying). */
void model_let_die(struct model_cpu *cpu, struct model_held *entry, const struct model_held *left, uint16_t by);
bool model_space_hit(const struct machine_invalidation *inv, const struct model_held *held);
/* An invalidation for the space of @held has come, and does not cover it; of whose operation, by its agent. */
void model_pass_over(struct model_held *held);
unsigned int model_served(void);

#endif
