/* SPDX-License-Identifier: MIT */
/* hardware.h - what an invalidation covers, by the facts of the row: once, for every machine. Pure functions, and no steps. */
#ifndef MACHINE_HARDWARE_H
#define MACHINE_HARDWARE_H

#include <machine/machine.h>

enum hardware {
	/* Of what one entry of an upper level covers; a walk cache may drop them one by one. */
	HARDWARE_PARTS = 4,
	HARDWARE_ALL_PARTS = (1 << HARDWARE_PARTS) - 1,
	/* The TLB of data, and that of instructions. */
	HARDWARE_DATA = 1,
	HARDWARE_INSTRUCTIONS = 2,
	HARDWARE_BOTH = HARDWARE_DATA | HARDWARE_INSTRUCTIONS,
};

/* What a TLB or a walk cache holds: an entry of @level, of @pages pages from @page on. */
struct hardware_entry {
	unsigned int page, pages, level;
};

/* Does the invalidation cover the translation? That @inv is for its space, and for this CPU, the caller has asked. */
bool hardware_drops_leaf(const struct machine_invalidation *inv, const struct hardware_entry *entry);

/* Is one of its steps at @page? */
bool hardware_steps_on(const struct machine_invalidation *inv, unsigned int page);

/* The parts of the walk-cache entry that it covers: 1 << part, or-ed. */
unsigned int hardware_drops_parts(const struct machine_invalidation *inv, const struct hardware_entry *entry);

/* The TLBs that it reaches on a CPU that it reaches. */
unsigned int hardware_drops_kinds(const struct machine_invalidation *inv);

/* Does it reach @cpu, if this CPU asks for it? Firmware that is told which CPUs to invalidate interrupts them itself. */
bool hardware_reaches(const struct machine_invalidation *inv, unsigned int cpu);

/* Does it reach devices that walk the same tables, although nobody has put it into their queues? */
bool hardware_reaches_devices(const struct machine_invalidation *inv);

/* May a program make the access by an entry of the small format? Where hardware does not write dirty, software has to before a store. */
bool hardware_permits(uint64_t entry, enum machine_access how);

/* Does an invalidation of this CPU wait for its stores? Where software loads entries, program order does that. */
bool hardware_local_orders(void);

/* Do translations outlast the load of another root? The kernel has to give each address space an id, and entries to carry it. */
bool hardware_keeps_spaces(void);

/* Does the load of another root drop all translations? */
bool hardware_load_drops(void);

/* ... or are those that were held before used for the new address space? Nothing tells them from its own. */
bool hardware_mixes_spaces(void);

#endif
