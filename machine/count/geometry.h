/* SPDX-License-Identifier: MIT */
/*
 * geometry.h - as large as the workloads of `shootdown count` need it: tables and ids as hardware has them, 2 GiB of memory, 64 CPUs.
 *
 * The names and their meaning are those of machine/geometry.h.
 */
#ifndef COUNT_GEOMETRY_H
#define COUNT_GEOMETRY_H

#include <stdint.h>

enum {
	MACHINE_MAX_CPUS = 64,
	MACHINE_MAX_FRAMES = 1 << 19,
	MACHINE_TABLE_ENTRIES = 512,
	MACHINE_TABLE_BITS = 9,
	MACHINE_ID_BITS = 16, /* Arm ARM D8, TCR_EL1.AS: 8 or 16 */
};

#define MACHINE_KERNEL_START (1ul << 48)

typedef uint64_t machine_cpus_t;

enum {
	MM_MMS = 64,
	MM_VMAS = 1024,
	MM_FILES = 2,
	MM_FILE_PAGES = (1 << 18) + MACHINE_TABLE_ENTRIES,
	MM_TASKS = 128,
	MM_DEVICES = 128,
	MM_BATCHES = 48, /* 19 of pages, as many of tables, and what waits for a grace period */
	MM_BATCH_BYTES = 4096 + 16,
	MM_RANGES = 256,
	MM_SLOTS = 6, /* nothing that is counted is swapped out */
	MM_UNMAPPED = 32,
	MM_VMAP_AREAS = 4, /* nor is any mapped for the kernel */
	MM_VMAP_PAGES = 4,
};

/* Linux: MAX_NR_FOLIOS_PER_FREE. */
#define MM_FREE_ROUND 512u

#define MM_UNMAP_SPACES	 32
#define MM_GATHER_RANGES 64
/* As many as a kernel gets that does not choose: SHOOTDOWN_RING of host.h. */
#define MM_RING 4

/* The host tells this machine what happens (hook 40). */
#define MACHINE_KEEPS_COUNTS 1

#endif
