/* SPDX-License-Identifier: MIT */
/*
 * litmus.h - a litmus file, read: a plain tree without behaviour.
 *
 * litmus_read() checks everything that docs/litmus.md asks of a file: names are resolved to indices into the arrays
 * below, pages are inside their objects, every mapping has its address. Whoever runs the scenario need not check again.
 * The whole tree is one allocation; strings point into it. Addresses are bytes, ranges half-open, pages count from 0
 * inside their object; LITMUS_NONE stands for "not given".
 */
#ifndef CHECK_LITMUS_H
#define CHECK_LITMUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "machine/machine.h"

enum {
	LITMUS_NONE = -1,
	LITMUS_MAX_SOURCES = 8,
	LITMUS_MAX_MMS = 4,
	LITMUS_MAX_FILES = 8,
	LITMUS_MAX_MAPS = 16,
	LITMUS_MAX_PAGES = 64, /* of one file or mapping */
	LITMUS_MAX_PRESENTS = 32,
	LITMUS_MAX_BEFORES = 8,
	LITMUS_MAX_AGENTS = 12,
	LITMUS_MAX_OPS = 256,  /* of all agents together */
	LITMUS_MAX_MORE = 7,   /* names after the first in one call */
	LITMUS_MAX_NAMES = 32, /* registers, handles, devices, vcpus: of each */
	LITMUS_MAX_EXPECTS = 64,
	LITMUS_MAX_TERMS = 8, /* conditions joined by `and` */
	LITMUS_ERROR = 512,
};

struct litmus_position {
	unsigned int line, column; /* from 1; columns count bytes */
};

/* ---- the world ---- */

enum litmus_alloc {
	LITMUS_ALLOC_OK,
	LITMUS_ALLOC_FAIL,
	LITMUS_ALLOC_ANY, /* both, at each allocation */
};

struct litmus_settings {
	unsigned int ceiling;	   /* pages */
	unsigned int unmap_batch;  /* pages */
	unsigned int store_buffer; /* stores */
	bool lazy, spf, pri;
};

struct litmus_gather {
	unsigned int bundle, batch, batches, tables;
};

struct litmus_mm {
	const char *name;
	bool empty; /* filled by fork */
};

enum litmus_file_kind {
	LITMUS_FILE_CACHE,
	LITMUS_FILE_PFN,
	LITMUS_FILE_MIXED,
	LITMUS_FILE_HUGETLB, /* its pages are huge ones */
};

struct litmus_file {
	const char *name;
	unsigned int pages;
	enum litmus_file_kind kind;
	struct litmus_position at;
};

enum litmus_object {
	LITMUS_OBJECT_FILE,
	LITMUS_OBJECT_ANON,
	LITMUS_OBJECT_KERNEL,
};

enum litmus_prot {
	LITMUS_PROT_READ = 1,
	LITMUS_PROT_WRITE = 2,
	LITMUS_PROT_EXEC = 4,
};

struct litmus_map {
	const char *name;
	enum litmus_object object;
	int file;		/* OBJECT_FILE: index, else NONE */
	unsigned int file_page; /* OBJECT_FILE: the file's page at the start */
	unsigned int pages;
	unsigned int prot; /* enum litmus_prot, or-ed */
	bool shared, absent, grows;
	bool huge, uffd, numa, soft_dirty;
	int mm;	    /* NONE for kernel mappings */
	bool fixed; /* `at` was given; @start is it */
	int near;   /* the mapping it stands behind, or NONE */
	unsigned long start, end;
	struct litmus_position at;
};

enum litmus_writable {
	LITMUS_AS_FAULT, /* what a read fault would leave */
	LITMUS_RO,
	LITMUS_RW,
};

struct litmus_present {
	int map;
	unsigned int page, pages;
	enum litmus_writable writable;
	bool dirty, young;
	struct litmus_position at;
};

/* ---- agents ---- */

enum litmus_operation {
	LITMUS_LOAD,
	LITMUS_STORE,
	LITMUS_EXEC,
	LITMUS_PREFETCH,
	LITMUS_MMAP,
	LITMUS_MUNMAP,
	LITMUS_MPROTECT,
	LITMUS_DONTNEED,
	LITMUS_MADV_FREE,
	LITMUS_COLD,
	LITMUS_MREMAP,
	LITMUS_FORK,
	LITMUS_EXEC_SHIFT,
	LITMUS_EXIT,
	LITMUS_GUP,
	LITMUS_GUP_FAST,
	LITMUS_READ_PAGE,
	LITMUS_WRITE_PAGE,
	LITMUS_PUT,
	LITMUS_UFFD_WP,
	LITMUS_UFFD_UNWP,
	LITMUS_NUMA_HINT,
	LITMUS_CLEAR_SOFT_DIRTY,
	LITMUS_READ_SOFT_DIRTY,
	LITMUS_TRUNCATE,
	LITMUS_UNMAP_MAPPING_RANGE,
	LITMUS_FREE,
	LITMUS_WRITEBACK,
	LITMUS_FSYNC,
	LITMUS_RECLAIM,
	LITMUS_MIGRATE,
	LITMUS_COLLAPSE,
	LITMUS_SPLIT,
	LITMUS_REUSE,
	LITMUS_SWITCH,
	LITMUS_IDLE,
	LITMUS_MOVE,
	LITMUS_ATTACH,
	LITMUS_DETACH,
	LITMUS_REGISTER,
	LITMUS_UNREGISTER,
	LITMUS_VMALLOC,
	LITMUS_VFREE,
	LITMUS_RAW_ENTRY,
	LITMUS_RAW_TABLE,
	LITMUS_RAW_INVALIDATE,
	LITMUS_RAW_FENCE,
	LITMUS_RAW_FLAG,
	LITMUS_RAW_AWAIT,
	LITMUS_RAW_CALL,
	LITMUS_OPERATIONS,
};

/* What an operation does not have is NONE, or 0 where 0 pages or addresses say so. */
struct litmus_op {
	enum litmus_operation kind;
	struct litmus_position at;
	const char *text; /* as written, for the timeline */
	int map;
	int file;
	unsigned int page, pages;  /* of @map or @file; `A` alone is already page 0, or all of it */
	int more[LITMUS_MAX_MORE]; /* the mappings that follow @map in the same call */
	unsigned int nr_more;
	unsigned long start, end; /* bytes: from the first page of @map through the last page of the last one */
	int to;			  /* mremap: the mapping it moves to */
	int reg;		  /* what it loads goes there, or NONE */
	int handle;		  /* gup, gup-fast, read, write, put */
	int mm;			  /* fork, switch */
	int peer;		  /* attach, detach: device; register, unregister: vcpu; move: CPU */
	unsigned int prot;	  /* mprotect */
	uint64_t value;		  /* store, write */
};

enum litmus_agent_kind {
	LITMUS_CPU,
	LITMUS_KTHREAD,
	LITMUS_DEVICE,
	LITMUS_VCPU,
};

struct litmus_agent {
	enum litmus_agent_kind kind;
	const char *label;   /* "cpu 0", "device D" */
	unsigned int cpu;    /* cpu, kthread */
	unsigned int thread; /* cpu, kthread: how many agents of this CPU stand above it */
	int peer;	     /* device, vcpu: index of its name */
	int mm;		     /* a kthread without `in` has NONE */
	const struct litmus_op *ops;
	unsigned int nr_ops;
	struct litmus_position at;
};

/* A register: written by one agent. A handle, what gup takes: used by one agent. */
struct litmus_name {
	const char *name;
	int agent;	 /* index of .agents, or NONE: only a `before` line uses it */
	bool written;	 /* handle: some operation writes through it */
	bool bound_late; /* device, vcpu: some agent attaches or registers it */
};

/* ---- expectations ---- */

enum litmus_expect_kind {
	LITMUS_EXPECT_SAFE,
	LITMUS_EXPECT_BROKEN, /* PROPERTY without RULE */
	LITMUS_EXPECT_CONDITION,
	LITMUS_EXPECT_COUNT,
};

enum litmus_when {
	LITMUS_ALWAYS,
	LITMUS_SOMETIMES,
	LITMUS_NEVER,
};

enum litmus_term_kind {
	LITMUS_TERM_NUMBER,
	LITMUS_TERM_REGISTER,
	LITMUS_TERM_FAULT,
};

struct litmus_term { /* reg = or != what @kind says */
	int reg;
	bool differs;
	enum litmus_term_kind kind;
	uint64_t value; /* TERM_NUMBER */
	int other;	/* TERM_REGISTER */
};

enum litmus_count {
	LITMUS_FLUSHES,
	LITMUS_IPIS,
	LITMUS_NOTIFIED,
	LITMUS_INVALIDATED, /* distinct pages of .map from .page */
};

enum litmus_compare {
	LITMUS_EQUAL,
	LITMUS_AT_MOST,
	LITMUS_AT_LEAST,
};

struct litmus_expect {
	enum litmus_expect_kind kind;
	struct litmus_position at;
	const char *text;      /* the whole line, without comment */
	uint64_t archs;	       /* bit i: litmus_words.archs[i] */
	uint64_t properties;   /* BROKEN: bit i: litmus_words.properties[i]; `any` is all of them */
	uint64_t rules;	       /* BROKEN: bit i: litmus_words.rules[i] is off */
	bool some;	       /* BROKEN: `without some`; @rules is 0 */
	enum litmus_when when; /* CONDITION */
	struct litmus_term terms[LITMUS_MAX_TERMS];
	unsigned int nr_terms;
	enum litmus_count count; /* COUNT */
	enum litmus_compare compare;
	uint64_t number;
	int map;
	unsigned int page, pages;
	unsigned long start, end;
};

/* ---- the whole file ---- */

struct litmus {
	const char *text; /* the whole file, as it was read */
	const char *name, *doc;
	const char *sources[LITMUS_MAX_SOURCES];
	unsigned int nr_sources;
	uint64_t archs; /* bit i: litmus_words.archs[i] */
	unsigned int cpus, levels;
	struct litmus_gather gather;
	enum litmus_alloc alloc;
	unsigned int asids; /* cpus + 1 unless given */
	struct litmus_settings set;
	bool raw;

	struct litmus_mm mms[LITMUS_MAX_MMS];
	struct litmus_file files[LITMUS_MAX_FILES];
	struct litmus_map maps[LITMUS_MAX_MAPS];
	struct litmus_present presents[LITMUS_MAX_PRESENTS];
	struct litmus_agent befores[LITMUS_MAX_BEFORES]; /* in file order */
	struct litmus_agent agents[LITMUS_MAX_AGENTS];
	struct litmus_op ops[LITMUS_MAX_OPS];
	struct litmus_name registers[LITMUS_MAX_NAMES];
	struct litmus_name handles[LITMUS_MAX_NAMES];
	struct litmus_name devices[LITMUS_MAX_NAMES];
	struct litmus_name vcpus[LITMUS_MAX_NAMES];
	struct litmus_expect expects[LITMUS_MAX_EXPECTS];
	unsigned int nr_mms, nr_files, nr_maps, nr_presents, nr_befores, nr_agents, nr_ops;
	unsigned int nr_registers, nr_handles, nr_devices, nr_vcpus, nr_expects;
};

/* The names that the reader cannot know by itself. Each list ends with NULL and has at most 64 names, written with `-`. */
struct litmus_words {
	const char *const *archs; /* `arch all` is all of them */
	const char *const *rules;
	const char *const *properties;
};

struct litmus_error {
	char text[LITMUS_ERROR]; /* "file:line:column: found X, expected Y", no newline */
	struct litmus_position at;
};

/*
 * litmus_read - the scenario in @text, which was read from the file @path.
 *
 * Returns a tree to be given back with litmus_free(), or NULL with *@error filled in: the first mistake, or the
 * first word of the language that is not built yet. @text need not end with a NUL or a newline.
 */
struct litmus *litmus_read(const char *path, const char *text, size_t len, const struct litmus_words *words,
			   struct litmus_error *error);
void litmus_free(struct litmus *litmus);

/* Whether a word of the language is built: a statement, an operation ("madvise free"), an option ("map kernel"). */
bool litmus_built(const char *word);

#endif
