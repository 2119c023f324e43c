/* SPDX-License-Identifier: MIT */
/*
 * litmus.h - a litmus file, read: a plain tree without behaviour.
 *
 * litmus_read() checks everything that docs/litmus.md asks of a file: names are resolved to indices into the arrays
 * below, pages are inside their objects, every mapping has its address. Whoever runs the scenario need not check again.
 * The tree is one allocation, and a second one if it is raw; strings point into it. Addresses are bytes, ranges half-open, pages count from 0
 * inside their object; LITMUS_NONE stands for "not given".
 */
#ifndef CHECK_LITMUS_H
#define CHECK_LITMUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LITMUS_NONE = -1,
	LITMUS_MAX_CPUS = 8,
	LITMUS_MAX_LEVELS = 5,
	LITMUS_TABLE_BITS = 2, /* a page table has 4 entries, unless the mm under test has tables of its own */
	LITMUS_PAGE_SHIFT = 12,
	LITMUS_GROUP = 4, /* contiguous entries that belong together */
	LITMUS_MAX_SOURCES = 8,
	LITMUS_MAX_MMS = 4,
	LITMUS_MAX_FILES = 8,
	LITMUS_MAX_MAPS = 16,
	LITMUS_MAX_PAGES = 64, /* of one file or mapping */
	LITMUS_MAX_PRESENTS = 32,
	LITMUS_MAX_BEFORES = 8,
	LITMUS_MAX_AGENTS = 12,
	LITMUS_MAX_OPS = 256,  /* of all agents together */
	LITMUS_MAX_MORE = 7,   /* names, or ranges, after the first in one call */
	LITMUS_MAX_NAMES = 32, /* registers, handles, devices, vcpus: of each */
	LITMUS_MAX_EXPECTS = 64,
	LITMUS_MAX_TERMS = 32, /* of one condition: comparisons and what joins them */
	LITMUS_MAX_DEPTH = 8,  /* of parentheses in it */
	LITMUS_MAX_FORMS = 64,
	LITMUS_ERROR = 512,
};

/* Where the addresses of kernel mappings begin; `at` counts from there. */
#define LITMUS_KERNEL_START 0x100000000ul

struct litmus_position {
	unsigned int line, column; /* from 1; columns count bytes */
};

/* ---- the world ---- */

enum litmus_alloc {
	LITMUS_ALLOC_OK,
	LITMUS_ALLOC_FAIL,
	LITMUS_ALLOC_ANY, /* both, at each allocation */
};

/* Of a list of up to LITMUS_SET_NAMES names: bit i, its i-th. */
enum {
	LITMUS_SET_NAMES = 256,
};

struct litmus_set {
	uint64_t word[LITMUS_SET_NAMES / 64];
};

static inline bool litmus_set_has(const struct litmus_set *set, unsigned int nr)
{
	return set->word[nr / 64] >> nr % 64 & 1;
}

static inline bool litmus_set_is_any(const struct litmus_set *set)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < LITMUS_SET_NAMES / 64; i++)
		any |= set->word[i];
	return any;
}

static inline void litmus_set_put(struct litmus_set *set, unsigned int nr)
{
	set->word[nr / 64] |= UINT64_C(1) << nr % 64;
}

/* At most as weak as the architecture, whatever is said. */
enum litmus_memory {
	LITMUS_MEMORY_WEAK, /* as the architecture is */
	LITMUS_MEMORY_TSO,
	LITMUS_MEMORY_SC,
};

struct litmus_settings {
	unsigned int ceiling;	   /* pages */
	unsigned int unmap_batch;  /* pages */
	unsigned int store_buffer; /* stores */
	bool lazy, spf, pri;
	bool stall;		   /* with .pri: devices wait in what faults until they are resumed */
	bool in_flight;		   /* accesses, across a complete broadcast */
	enum litmus_memory memory; /* of a raw scenario */
};

struct litmus_gather {
	unsigned int bundle, batch, batches, tables, lanes, ranges;
};

struct litmus_mm {
	const char *name;
	bool empty;  /* filled by fork */
	bool filled; /* some operation does that */
};

enum litmus_file_kind {
	LITMUS_FILE_CACHE,
	LITMUS_FILE_PFN,
	LITMUS_FILE_MIXED,
	LITMUS_FILE_HUGETLB,	/* its pages are huge ones */
	LITMUS_FILE_CONTIGUOUS, /* ... each of which small entries map together; counted in small pages */
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
	LITMUS_CALL, /* one of the mm under test: litmus_words.forms[.call] */
};

/* [.page, .page + .pages) of a mapping; .start and .end in bytes. */
struct litmus_range {
	int map;
	unsigned int page, pages;
	unsigned long start, end;
};

/* What an operation does not have is NONE, or 0 where 0 pages or addresses say so. */
struct litmus_op {
	enum litmus_operation kind;
	unsigned int call;
	struct litmus_position at, operand; /* where its name stands, and what follows that */
	const char *text;		    /* as written, for the timeline */
	int map;
	int file;
	unsigned int page, pages;  /* of @map or @file; `A` alone is already page 0, or all of it */
	int more[LITMUS_MAX_MORE]; /* the mappings that follow @map in the same call */
	unsigned int nr_more;
	unsigned long start, end; /* bytes: from the first page of @map through the last page of the last one */
	int to;			  /* the mapping behind `->` */
	int reg;		  /* what it loads goes there, or NONE */
	int handle;		  /* the page that it takes or uses */
	bool takes;
	int mm;
	int in;		   /* the address space that the agent is in when it does it; NONE: a kthread that is in none */
	int peer;	   /* a device, a vcpu or a CPU */
	unsigned int prot; /* enum litmus_prot, or-ed */
	uint64_t value;
	struct litmus_range range[LITMUS_MAX_MORE]; /* further ones in the same call, each by itself */
	unsigned int nr_ranges;
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
	bool moves;	     /* cpu: once the scheduler may take it to .to, where no other agent is */
	unsigned int to;
	int peer;		     /* device, vcpu: index of its name */
	int mm;			     /* a kthread without `in` has NONE */
	const struct litmus_op *ops; /* none in a raw scenario: raw.h */
	unsigned int nr_ops;
	struct litmus_position at;
};

/* A register: written by one agent. A handle, what gup takes: used by one agent. */
struct litmus_name {
	const char *name;
	int agent;	 /* index of .agents, or NONE: only a `before` line uses it */
	bool written;	 /* handle: some operation writes through it */
	bool bound_late; /* device, vcpu: some operation names it */
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
	LITMUS_TERM_NOT, /* of the one before */
	LITMUS_TERM_AND, /* of the two before */
	LITMUS_TERM_OR,
};

struct raw;
struct raw_term;

/* A comparison: reg = or != what @kind says. Or what joins those before it: a condition is a list in postfix order. */
struct litmus_term {
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
	const char *text;	 /* the whole line, without comment */
	uint64_t archs;		 /* bit i: litmus_words.archs[i] */
	uint64_t properties;	 /* BROKEN: bit i: litmus_words.properties[i]; `any` is all of them */
	struct litmus_set rules; /* BROKEN: bit i: litmus_words.rules[i] is off */
	bool some;		 /* BROKEN: `without some`; @rules is 0 */
	enum litmus_when when;	 /* CONDITION */
	struct litmus_term terms[LITMUS_MAX_TERMS];
	const struct raw_term *raw_terms; /* in their place in a raw scenario: raw.h */
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
	size_t bytes;	  /* of the allocation */
	const char *text; /* the whole file, as it was read */
	const char *name, *doc;
	const char *sources[LITMUS_MAX_SOURCES];
	unsigned int nr_sources;
	uint64_t archs; /* bit i: litmus_words.archs[i] */
	unsigned int cpus, levels;
	unsigned int table_bits; /* a table has 1 << table_bits entries */
	struct litmus_gather gather;
	enum litmus_alloc alloc;
	unsigned int asids; /* cpus + 1 unless given */
	struct litmus_settings set;
	struct raw *raw; /* NULL: not a raw scenario */

	struct litmus_mm mms[LITMUS_MAX_MMS];
	struct litmus_file files[LITMUS_MAX_FILES];
	struct litmus_map maps[LITMUS_MAX_MAPS];
	struct litmus_present presents[LITMUS_MAX_PRESENTS];
	struct litmus_agent befores[LITMUS_MAX_BEFORES]; /* in file order */
	struct litmus_agent agents[LITMUS_MAX_AGENTS];
	struct litmus_op *ops; /* as many as there are, like .expects; they would be most of the size */
	struct litmus_name registers[LITMUS_MAX_NAMES];
	struct litmus_name handles[LITMUS_MAX_NAMES];
	struct litmus_name devices[LITMUS_MAX_NAMES];
	struct litmus_name vcpus[LITMUS_MAX_NAMES];
	struct litmus_expect *expects;
	unsigned int nr_mms, nr_files, nr_maps, nr_presents, nr_befores, nr_agents, nr_ops;
	unsigned int nr_registers, nr_handles, nr_devices, nr_vcpus, nr_expects;
};

/*
 * An operation of the mm under test: its name, and what stands behind it, one blank apart.
 *
 *	A	a map, all of it		A.p		one page of a map; A alone is page 0
 *	S	a map that grows		A[.p..q]	pages of a map; A alone is all of them
 *	K	a kernel mapping		[B...]		further maps, up to whose last page it goes
 *						[A[.p..q]...]	further ranges, each by itself
 *	F	a file, all of it		-> B		a map
 *	F.p	one page; F alone is page 0	-> g, g		a page that is taken, and used
 *	F[.p]	one page, or all of it		-> r, [-> r]	a register
 *	M, E	an mm; one declared empty	= N		a number
 *	N	a CPU				PROT		r, rw, rx or rwx
 *	D, V	a device, a vcpu		lower case	the word itself
 *
 * Forms of one name that differ in a last word only are told apart by it.
 */
struct litmus_form {
	const char *text;
	unsigned int who; /* bit n: enum litmus_agent_kind n */
};

/* The names that the reader cannot know by itself. Each list ends with NULL and has at most 64 names, written with `-`. */
struct litmus_words {
	const char *const *archs; /* `arch all` is all of them */
	const char *const *rules;
	const char *const *properties;
	uint64_t
		unreported; /* bit i: nothing can report properties[i] yet, so that an expectation of it could only fail */
	const char *const
		*features; /* words of the language that not every mm can do, and this one can: lang/names.c */
	const struct litmus_form *forms; /* ended by one without a text */
	uint64_t last;			 /* bit i: forms[i] ends its agent, so that nothing may stand behind it */
	uint64_t moves;			 /* bit i: forms[i] takes its agent to the CPU that it names */
	uint64_t switches;		 /* bit i: forms[i] takes its agent to the mm that it names */
	/* Bit i: forms[i] is for a map that this statement names, or for a page that is a driver's. */
	uint64_t of_uffd, of_numa, of_soft_dirty, of_driver;
	/* Page tables as the mm under test has them; 0: LITMUS_TABLE_BITS, and as many levels as the scenario says. */
	unsigned int table_bits, levels;
};

struct litmus_error {
	char text[LITMUS_ERROR]; /* "file:line:column: found X, expected Y", no newline */
	struct litmus_position at;
};

/*
 * litmus_read - the scenario in @text, which was read from the file @path; "-" is standard input, and may have any name.
 *
 * Returns a tree to be given back with litmus_free(), or NULL with *@error filled in: the first mistake, or the
 * first word of the language that the mm under test does not have. @text need not end with a NUL or a newline.
 * Processes that read the same texts in the same order have the trees at the same addresses: whoever runs one keeps pointers into it.
 */
struct litmus *litmus_read(const char *path, const char *text, size_t len, const struct litmus_words *words,
			   struct litmus_error *error);
void litmus_free(struct litmus *litmus);

/* Where page @page of it begins, in bytes, or ends the one before: it may be the number of pages. And the page that @address, of it, is in. */
unsigned long litmus_address(const struct litmus_map *map, unsigned int page);
unsigned int litmus_page_of(const struct litmus_map *map, unsigned long address);

#endif
