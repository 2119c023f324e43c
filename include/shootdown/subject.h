/* SPDX-License-Identifier: MIT */
/*
 * subject.h - what the checker needs to know of the mm under test.
 *
 * An mm is checked through one object, `subject_under_test`, which the mm itself defines; the checker knows nothing else of it. To have
 * your own mm checked, write that object against this header and machine/machine.h, and link it with the checker: docs/own-mm.md.
 *
 *	An execution:	boot() once, present() for each entry that is there from the start, thread() for each thread; then
 *			the threads run operations in every order that matters; then audit(), when nobody runs any more.
 *	Objects:	address spaces, files and maps are numbers: their places in struct subject_setup.
 *	Addresses:	bytes; ranges are half-open. Pages of files and maps count from 0.
 *	State:		all that changes lies in the mm's globals, machine_kernel_data() and the frames, which the
 *			checker saves and restores: before boot() they are as they were when the program began. The setup lies
 *			elsewhere and does not change from one execution to the next.
 *
 * Functions of operations and threads run as the agent that calls them, and make steps. boot(), present() and thread() run alone, before
 * any agent; space(), file_frame(), name_address(), name_frame(), role() and audit() only look, and make none.
 */
#ifndef SHOOTDOWN_SUBJECT_H
#define SHOOTDOWN_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine_kernel;
struct machine_space;
struct tlb_arch;

enum {
	SUBJECT_NONE = -1,
	SUBJECT_RANGES = 16, /* that one operation may cover */
	SUBJECT_FURTHER = 7, /* ranges that one operation may name behind its first */
};

/* ---- what a scenario sets up ---- */

enum subject_prot {
	SUBJECT_READ = 1,
	SUBJECT_WRITE = 2,
	SUBJECT_EXEC = 4,
};

enum subject_file_kind {
	SUBJECT_FILE_CACHE,
	SUBJECT_FILE_PFN,   /* a driver's pages, which nobody counts */
	SUBJECT_FILE_MIXED, /* pages 0, 2, 4 ... are a driver's */
	SUBJECT_FILE_HUGETLB,
	SUBJECT_FILE_CONTIGUOUS, /* in small pages: a multiple of MACHINE_GROUP, each group of them mapped as a whole */
};

struct subject_file {
	const char *name;
	enum subject_file_kind kind;
	unsigned int pages;
};

struct subject_map {
	const char *name;
	int space; /* NONE: a kernel mapping */
	int file;  /* NONE: anonymous memory */
	unsigned int file_page;
	unsigned long start, end;
	unsigned int prot; /* enum subject_prot, or-ed */
	bool shared, grows;
	bool absent; /* not there until some operation puts it there */
	bool huge, uffd, numa, soft_dirty;
};

struct subject_space {
	const char *name;
	bool empty;   /* no threads yet: some operation fills it */
	bool threads; /* programs run in it; where none does, and it is not empty, one of its threads sleeps */
};

/* What walks the tables of an address space by a TLB of its own. Its number is the machine's (machine_device_load()). */
struct subject_device {
	const char *name;
	int space;
	bool attached; /* from the start */
};

/* A virtual CPU, whose tables are made from an address space. To the machine they stand behind the devices: the first is number .nr_devices. */
struct subject_vcpu {
	const char *name;
	int space;
	bool registered; /* from the start */
};

struct subject_setup {
	const struct subject_space *spaces;
	const struct subject_file *files;
	const struct subject_map *maps;
	const struct subject_device *devices;
	const struct subject_vcpu *vcpus;
	unsigned int nr_spaces, nr_files, nr_maps, nr_devices, nr_vcpus;
	struct {
		unsigned int bundle, batch, batches, tables, lanes, ranges;
	} gather;		  /* sizes of the gather: struct tlb_limits */
	unsigned int asids;	  /* address-space ids that may be given out */
	unsigned int unmap_batch; /* pages that reclaim unmaps before it flushes */
	bool lazy, spf, pri;
	bool stall; /* with .pri: a device's access waits for machine_device_resume() */
	/*
	 * Does this allocation fail, of memory that can be done without (a gather's batch page)? The scenario's `alloc` decides. A step, if
	 * both ways are explored; at boot none fails.
	 */
	bool (*refused)(void);
};

/* An entry that is there at the start. */
struct subject_present {
	unsigned int map, page;
	bool given; /* @writable is; else it is what a read fault would leave */
	bool writable, dirty, young;
};

enum subject_thread {
	SUBJECT_USER_THREAD,   /* of an address space */
	SUBJECT_KERNEL_THREAD, /* of none; it borrows the tables of one, or has NONE */
	SUBJECT_DEVICE,	       /* the kernel's, which handles the faults of a device */
	SUBJECT_VCPU,	       /* the kernel's, which runs a virtual CPU */
};

/* ---- operations ---- */

/* Who may do it, or-ed. */
enum subject_who {
	SUBJECT_CPU = 1,
	SUBJECT_KTHREAD = 2,
};

/*
 * What an operation has taken away by the time it returns: translations of these places that were there when it began cannot be used
 * any more, by any CPU. The checker holds it to that. What it found gone, or being taken away by another, it does not cover; one
 * that found nothing to do covers nothing. Of rights: what was there can be used for what .keeps says, and for no more.
 */
struct subject_covered {
	struct {
		int space;
		unsigned long start, end;
		unsigned int
			keeps; /* of SUBJECT_TAKES_RIGHTS: what may still be done there, enum subject_prot, or-ed */
	} range[SUBJECT_RANGES];
	unsigned int ranges;
	bool file; /* the pages of the file that the call names, wherever they were mapped */
};

/* What the scenario wrote. Operands that the form does not have are NONE, or 0. */
struct subject_call {
	void *thread; /* that calls, as thread() made it */
	int space;    /* that its operands are in; NONE: a kernel thread without */
	int map, file;
	unsigned int page, pages; /* of @map or @file */
	unsigned long start, end; /* from that page of @map through the last page of the last map named */
	int to;			  /* the map behind `->` */
	int into;		  /* the space of M or E */
	int peer;		  /* the number of N, D or V */
	void *next; /* of what switches: a thread of .into, as thread() made it, which the agent is from here on */
	unsigned int prot;
	uint64_t value; /* behind `=`; the register's, if the operation sets @answered */
	bool answered;
	/* What stands for [A[.p..q]...], each by itself, in the order of the line. */
	struct {
		unsigned long start, end;
	} further[SUBJECT_FURTHER];
	unsigned int nr_further;
	void **page_taken; /* what `-> g` gave, NULL at first; of the operations that name g later, too */
	bool again;	   /* the thread's next operation is this one again, whatever its operands */
	bool writes;	   /* @page_taken: some operation of the scenario writes through it */
	/*
	 * Of SUBJECT_WRITES_OUT: to be called for each page of the file that is still in it, when nobody can write an older value to disk any more (its
	 * page lock is held, say): @value is on disk now.
	 */
	void (*on_disk)(struct subject_call *call, unsigned int page, uint64_t value);
	/*
	 * Of any operation, if somebody for whom it works has read the page at .start and written to it again, and nobody may have stored there in
	 * between: @before was there, and @value is. Before the step is over that has written it, or behind a lock that keeps others from the page. @binding:
	 * the checker's.
	 */
	void (*changed)(struct subject_call *call, uint64_t before, uint64_t value);
	void *binding;
	struct subject_covered covered;
};

/*
 * subject_covers - what most operations have taken away when they return: all that they were called with.
 *
 * Context: an operation of the mm, as the agent that runs it; at most SUBJECT_RANGES times a call.
 * Locks:   none: @call is the agent's.
 * Order:   none: no step of the machine.
 * Fails:   never.
 * After:   [.start, .end), bytes, of .space is one of the ranges of .covered.
 * Source:  none: the checker's own.
 */
static inline void subject_covers(struct subject_call *call)
{
	struct subject_covered *covered = &call->covered;

	covered->range[covered->ranges].space = call->space;
	covered->range[covered->ranges].start = call->start;
	covered->range[covered->ranges++].end = call->end;
}

/* What an operation may take away. */
enum subject_takes {
	SUBJECT_TAKES_NOTHING,
	SUBJECT_TAKES_MAPPINGS, /* of the pages that it names: nobody comes to what is there any more */
	SUBJECT_TAKES_CONTENT,	/* what is stored there: it may stay or go, and nothing is promised */
	SUBJECT_TAKES_RIGHTS, /* to write or to execute: of the pages that it names, or of all of the caller's space */
	/* Nothing. What programs had stored to the pages of the file when it began is on disk when it returns: .on_disk */
	SUBJECT_WRITES_OUT,
};

/*
 * form: its name, then what it takes, one blank apart, as docs/litmus.md has it:
 *
 *	A	a map, all of it		A.p		one page of a map; A alone is page 0
 *	S	a map that grows		A[.p..q]	pages of a map; A alone is all of them
 *	K	a kernel mapping		[B...]		further maps, up to whose last page it goes
 *						[A[.p..q]...]	further ranges, each by itself
 *	F	a file, all of it		-> B		a map
 *	F.p	one page; F alone is page 0	-> g, g		a page that is taken, and used
 *	F[.p]	one page, or all of it		-> r, [-> r]	a register
 *	M, E	a space; one that is empty	= N		a number
 *	N	a CPU				PROT		r, rw, rx or rwx
 *	D, V	a device, a vcpu		lower case	the word itself; operations that differ in the
 *							last word only are told apart by it
 */
struct subject_operation {
	const char *form;
	unsigned int who;	  /* enum subject_who */
	enum subject_takes takes; /* may cover something: the checker looks at what there is before it begins */
	void (*run)(struct subject_call *call);
};

/*
 * What the forms do not say, and whoever writes programs of them must know: `shootdown sweep`, which puts every two operations against each
 * other, and .ends, .switches, .needs and .drivers a reader of scenarios as well. One that nothing is said of is for any file that it can name, and may come first and last.
 */
struct subject_use {
	const char *operation; /* its name: the first word of the form */
	unsigned int files;    /* for files of these kinds only: 1 << enum subject_file_kind, or-ed; 0: of any */
	const char *after; /* the name of another, which the thread must have done to the same thing before; or NULL */
	bool shared;	   /* it does nothing to a file's page that is only mapped private */
	bool ends;	   /* it ends its thread: nothing stands behind it in a program */
	bool moves; /* behind it the machine takes the thread to CPU N, by .leaves and .arrives of struct machine_kernel */
	bool switches; /* its CPU goes over to another thread, of M: what stands behind it in the program is done there */
	/*
	 * Names, ended by NULL, each with the word that tells forms apart if there is one: it finds nothing to do unless another
	 * thread does one of these. NULL: that is not known.
	 */
	const char *const *beside;
	const char *needs; /* the statement that has to name its map: `uffd`, `numa` or `soft-dirty`; NULL: none */
	bool drivers;	   /* of a file it is for pages that are a driver's alone */
};

/* ---- names, roles, findings ---- */

/* The checker's side of name_address() and name_frame(). */
struct subject_text {
	/* One call of either prints once. */
	void (*print)(struct subject_text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
	/* What the checker calls a frame; valid until that call returns. */
	const char *(*frame)(struct subject_text *to, int frame);
};

/* What some words of the mm's data are for: by these the checker tells what of an execution mattered. */
enum subject_role {
	SUBJECT_OTHER,
	SUBJECT_CPU_MASK,      /* of a space: which CPUs may hold translations of it */
	SUBJECT_PENDING,       /* of a space: how many have changed entries and not yet flushed */
	SUBJECT_VMA_TREE,      /* of a space: changes with what is mapped */
	SUBJECT_PAGE_DIRTY,    /* of a frame: it was written to */
	SUBJECT_PAGE_MAPCOUNT, /* of a frame: how many entries map it */
};

struct subject_part {
	enum subject_role role;
	int of; /* the space or the frame */
};

enum subject_finding {
	SUBJECT_LOST_WRITE, /* a write that no later writeback can see */
	SUBJECT_MISSED,	    /* a mapping that survived its unmapping, or is counted and not there */
	SUBJECT_LEAK,	    /* memory or a reference that nobody will ever give back */
};

struct subject_audit {
	/* @frame: that it is about, or NONE. */
	void (*finds)(struct subject_audit *audit, enum subject_finding what, int frame, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
};

/* A rule of the mm's own: machine_switch() numbers those of rules.def first, then these. */
struct subject_rule {
	const char *symbol; /* as the code has it, with `_` */
	const char *text, *source, *litmus;
};

/* ---- the whole ---- */

struct subject {
	const char *name;
	/*
	 * Page tables as hardware has them: the name of a format in machine/format.h (`x86-64`, `arm64`, `sv39` ...). NULL: small ones, of
	 * four entries and as many levels as the scenario says, in the machine's own bits.
	 */
	const char *format;
	unsigned int frames; /* of memory, if it has a format; 0: as many as the machine can have */
	/* The kernel's own choices, in a copy of the row of an architecture (arch/): NULL: as Linux has them. */
	void (*choose)(struct tlb_arch *arch);
	const struct machine_kernel *kernel;
	const struct subject_rule *rules;
	unsigned int nr_rules;
	const struct subject_operation *operations; /* ended by one whose form is NULL */
	/*
	 * What it can do of what scenarios may ask for beyond the minimum, as the language has it, ended by NULL: `huge`, `uffd`, `numa`,
	 * `soft-dirty`, `mm empty`, `file hugetlb`, `file contiguous`, `map kernel`, `asids`, `device`, `vcpu`, `notified`, `set unmap-batch`, `set lazy`,
	 * `set spf`, `set pri`. NULL: nothing of these.
	 */
	const char *const *features;
	const struct subject_use *uses; /* ended by one without a name; NULL: there is nothing to be said */

	/* Every space, file and map that is not absent, nothing present. @setup stays as it is until the next boot(). */
	void (*boot)(const struct subject_setup *setup);
	/* False: there is no memory for it. */
	bool (*present)(const struct subject_present *entry);
	struct machine_space *(*space)(unsigned int nr);
	/*
	 * An access of the calling thread to a kernel mapping, as the kernel makes one: by machine_user_access(), and with whatever keeps the mapping
	 * there meanwhile. @how: enum machine_access. False: it ended with `fault`. NULL: there are none (`map kernel`).
	 */
	bool (*kernel_access)(unsigned long address, unsigned int how, uint64_t *value);

	/*
	 * An access of the virtual CPU that the calling thread runs, by machine_user_access(). @how: enum machine_access. False: it ended with `fault`.
	 * And the space of the tables that virtual CPU @nr walks, once and for all. NULL: there are none (`vcpu`).
	 */
	bool (*vcpu_access)(unsigned long address, unsigned int how, uint64_t *value);
	struct machine_space *(*vcpu_space)(unsigned int nr);

	/*
	 * A thread, as machine_set_current() takes it. @of: its space, the device, or the virtual CPU. Each of these is made before the first one starts.
	 */
	void *(*thread)(int of, enum subject_thread kind);
	/*
	 * Its first step, and its last if it ran before the agents: its space is not torn down even if it was the only one. There may be
	 * nothing to do as the last: NULL.
	 */
	void (*thread_starts)(void *thread);
	void (*thread_leaves)(void *thread);

	/* The frame that holds a page of a file now, or MACHINE_NO_FRAME. NULL: there are no files. */
	int (*file_frame)(unsigned int file, unsigned int page);
	/*
	 * What a page of private memory holds that no entry leads to, and that a fault would bring back (swap); false: there is none. Asked at the
	 * end. NULL: there is no such place.
	 */
	bool (*kept)(int space, unsigned long address, uint64_t *value);
	/* What @address is in the mm's own data; false, or NULL: none of it, and it is called as the source calls it. */
	bool (*name_address)(const void *address, struct subject_text *to);
	/* The frame of a page that an entry still has although hardware sees none, or MACHINE_NO_FRAME. NULL: there are no such entries. */
	int (*entry_frame)(uint64_t word);
	/* May the page in this frame be thrown away, as its entry says @word, although nobody has unmapped it? NULL: no page may. */
	bool (*may_discard)(int frame, uint64_t word);
	/* What sort of page a frame of data is that holds no page of a file; false, or NULL: none that has a name. */
	bool (*name_frame)(int frame, struct subject_text *to);
	/* What @address is for. NULL: every word is SUBJECT_OTHER, and less is shown of why a violation came about. */
	struct subject_part (*role)(const void *address);
	/* Nobody runs any more. NULL: there is nothing to look at. */
	void (*audit)(struct subject_audit *audit);
};

extern const struct subject subject_under_test;

/*
 * subject_not_state - these bytes of the mm make no two states different: statistics, and whatever else counts for ever
 * and decides nothing.
 *
 * Context: boot().
 * Locks:   none.
 * Order:   none: no step of the machine.
 * Fails:   never.
 * After:   the search takes states for one that differ in [@start, @start + @bytes) alone.
 * Source:  none: the checker's own.
 */
void subject_not_state(void *start, size_t bytes);

#endif
