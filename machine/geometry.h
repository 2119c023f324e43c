/* SPDX-License-Identifier: MIT */
/*
 * geometry.h - how large the machine is, and the pools of the kernel on it: data, of which each build has one set.
 *
 * The numbers below are the checker's, where small is what finds most. A build that needs others names a header of its own that
 * has the same names: -DMACHINE_GEOMETRY_HEADER='"machine/count/geometry.h"'.
 */
#ifndef MACHINE_GEOMETRY_H
#define MACHINE_GEOMETRY_H

#include <stdint.h>

#ifdef MACHINE_GEOMETRY_HEADER
#include MACHINE_GEOMETRY_HEADER
#else

enum {
	MACHINE_MAX_CPUS = 8,
	MACHINE_MAX_FRAMES = 64,   /* a power of two */
	MACHINE_TABLE_ENTRIES = 4, /* per page table, all levels */
	MACHINE_TABLE_BITS = 2,
	MACHINE_ID_BITS = 3, /* of an id that a kernel gives out itself */
};

/* Above what the largest root of these tables covers: where the kernel's own addresses begin (machine_kernel_root()). */
#define MACHINE_KERNEL_START 0x100000000ul

/* A set of CPUs, a bit each. */
typedef uint32_t machine_cpus_t;

/* Of mm/: how many there may be of each, and how much one has room for. */
enum {
	MM_MMS = 4,
	MM_VMAS = 28,
	MM_FILES = 6,
	MM_FILE_PAGES = 8,
	MM_TASKS = 20,
	MM_DEVICES = 4,
	MM_BATCHES = 6, /* per CPU */
	MM_BATCH_BYTES = 96,
	MM_RANGES = 16, /* of one call */
	MM_SLOTS = 6,
	MM_UNMAPPED = 4, /* pages that one thread reclaims at a time */
	MM_VMAP_AREAS = 4,
	MM_VMAP_PAGES = 4, /* of one */
};

/* Slots that shootdown_free_pages() gets at once. Small, so that a scenario of a few pages needs several. */
#define MM_FREE_ROUND	     3u

/* Address spaces that one unmap batch can hold. */
#define MM_UNMAP_SPACES	     3

#define MM_GATHER_RANGES 4
/* Flushes whose ranges an address space keeps for CPUs that come back: few, so that one misses more. */
#define MM_RING		 2

#endif

#endif
