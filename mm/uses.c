/* SPDX-License-Identifier: MIT */
/* uses.c - what the forms of operations.c do not say: which operation means something only beside another, or behind it. */
#include <mm/operations.h>

enum {
	CACHED = 1u << SUBJECT_FILE_CACHE,
	DRIVER = 1u << SUBJECT_FILE_PFN | 1u << SUBJECT_FILE_MIXED,
};

/* Whatever gives a page or a table back. */
static const char *const givers[] = { "mmap",	  "munmap", "madvise dontneed", "process_madvise", "exec-shift", "exit",
				      "truncate", "free",   "reclaim",		"migrate",	   "collapse",	 "ksm",
				      "vfree",	  NULL };

/* Whatever leaves addresses of the kernel's own to a purge. */
static const char *const unmappers[] = { "vfree", NULL };

/* Whatever moves a page. */
static const char *const movers[] = { "reclaim", "migrate", "mirror-migrate", "collapse", "ksm", NULL };

/* Whoever is told of changes. */
static const char *const told[] = { "mirror",	   "unmirror",	   "mirror-load", "mirror-store", "pin-cache",
				    "cached-load", "cached-store", "get-shared",  "put-shared",	  NULL };

/* Whoever takes mappings away, or rights. */
static const char *const changers[] = { "munmap",  "mprotect", "madvise dontneed", "exit",	     "truncate",
					"reclaim", "migrate",  "writeback",	   "mirror-migrate", NULL };

/* Whatever changes how old a page looks. */
static const char *const agers[] = { "age", "page-idle", "madvise cold", NULL };

/* Whoever may not wait. */
static const char *const killers[] = { "oom-reap", NULL };

/*
 * A driver that frees a page it has not unmapped has nobody to blame but itself, and the page cache has no driver's pages. A private
 * mapping makes no page of a file dirty.
 */
const struct subject_use subject_uses[] = {
	{ "truncate", .files = CACHED | 1u << SUBJECT_FILE_HUGETLB | 1u << SUBJECT_FILE_CONTIGUOUS },
	{ "writeback", .files = CACHED, .shared = true },
	{ "fsync", .files = CACHED, .shared = true },
	{ "free", .files = DRIVER, .after = "unmap_mapping_range", .drivers = true },
	{ "uffd-wp", .needs = "uffd" },
	{ "uffd-unwp", .needs = "uffd" },
	{ "numa-hint", .needs = "numa" },
	{ "clear-soft-dirty", .needs = "soft-dirty" },
	{ "read-soft-dirty", .needs = "soft-dirty" },
	{ "where", .beside = movers },
	{ "is-young", .beside = agers },
	{ "bracket", .beside = told },
	{ "refuse", .beside = killers },
	{ "get-shared", .beside = changers },
	{ "mirror-load", .after = "mirror", .beside = changers },
	{ "mirror-store", .after = "mirror", .beside = changers },
	{ "mirror-migrate", .after = "mirror" },
	{ "mirror-add", .after = "mirror", .beside = changers },
	{ "cached-load", .after = "pin-cache", .beside = changers },
	{ "cached-store", .after = "pin-cache", .beside = changers },
	{ "mirror", .beside = changers },
	{ "unmirror", .after = "mirror", .beside = changers },
	{ "pin-cache", .beside = changers },
	{ "put-shared", .after = "get-shared", .beside = changers },
	{ "reuse", .beside = givers },
	{ "vpurge", .beside = unmappers },
	{ "exit", .ends = true },
	{ "switch", .switches = true },
	{ "move", .moves = true },
	{ 0 },
};
