/* SPDX-License-Identifier: MIT */
/*
 * threads.h - the machine on POSIX threads: its state, and what a test sets and asks.
 *
 * A CPU is a thread with a TLB of its own. What an invalidation must reach is behind the lock of that TLB: a walk with its
 * fill, and an access with the translation it uses, are done in one go under it, as hardware does them.
 *
 *  1. A walk sees an entry before it is cleared, or its fill is found by the invalidation that follows, or it sees it
 *     cleared: it holds the lock from its first read to its fill.
 *  2. When an invalidation is complete no access through an old translation is under way: it took every lock.
 *  3. A frame that is given back gets a new generation, and a translation carries that of its frame. It is read between two
 *     looks at the entry, so that the entry led there at that time. So a translation that outlived its page or table is
 *     seen, whatever the frame is used for now.
 *
 * A call to another CPU waits in its mailbox until the CPU's own thread takes it: at any call of the machine with
 * interrupts on, which every wait and every access is, and at a poll. So whatever the kernel keeps per CPU is touched by one
 * thread. The kernel's daemon is a thread beside them, on a CPU of its own that nobody calls.
 *
 * Letters: C constant while CPUs run; A atomic; m under the machine's lock; t under the TLB's lock; c under the mailbox's
 * lock; o of the CPU's own thread.
 */
#ifndef THREADS_THREADS_H
#define THREADS_THREADS_H

#include <pthread.h>
#include <machine/hardware.h>
#include <machine/machine.h>

enum {
	THREADS_TLB = 32, /* translations a TLB holds */
	THREADS_WALK_CACHE = 16,
	THREADS_CALLS = 32, /* that wait for one CPU */
	THREADS_ISSUED = 8, /* broadcasts of one CPU that are not complete */
	THREADS_SPACES = 8,
	THREADS_MAX_FAULTS = 100000, /* of one access; more is a livelock */
};

/* What goes wrong is counted; the first of each kind is told on stderr. */
enum threads_violation {
	THREADS_USE_AFTER_FREE,
	THREADS_FREED_TABLE,
	THREADS_DOUBLE_FREE,
	THREADS_LIVELOCK,
	THREADS_VIOLATIONS,
};

struct threads_config {
	const struct tlb_arch *arch;
	const struct machine_kernel *kernel;
	struct machine_rules rules; /* bit n: rule n is on */
	uint64_t seed;
	unsigned int cpus, levels;
	unsigned int refused; /* of 100 batch pages asked for */
	bool quiet;	      /* violations are expected: say nothing */
};

struct threads_machine;

/* A machine with no CPU running yet; the caller is its CPU 0 until threads_run(), and after it. */
struct threads_machine *threads_boot(const struct threads_config *config);
/* @program(@arg) on every CPU, each a thread; until all have returned, all calls are answered and the daemon waits in vain. */
void threads_run(struct threads_machine *machine, void (*program)(void *), void *arg);
void threads_shutdown(struct threads_machine *machine);

unsigned long threads_count(const struct threads_machine *machine, enum threads_violation violation);
unsigned long threads_flushes(const struct threads_machine *machine);
unsigned long threads_faults(const struct threads_machine *machine);
const char *threads_violation_name(enum threads_violation violation);

/* For a look at the end: what a frame is, and the word in it. */
enum machine_frame_kind threads_frame_kind(const struct threads_machine *machine, int frame);
uint64_t threads_frame_word(const struct threads_machine *machine, int frame, unsigned int index);
/* 0 up to @below; of the running CPU's own sequence, which follows from the seed. */
unsigned int threads_random(unsigned int below);
bool threads_refuses(void); /* for mm_boot(): does this allocation of a batch page fail? */

/* ---- inside the machine ---- */

struct machine_space {
	int root; /* C */
};

/* A frame as it was when something came to lead to it. */
struct threads_target {
	int frame;
	long generation;
};

/* One translation, or, above the last level, one entry that points to a table. */
struct threads_entry {
	const struct machine_space *space;
	const uint64_t *from;	      /* the entry it was read from */
	uint64_t word;		      /* 0: known to be empty */
	struct threads_target target; /* that it leads to */
	unsigned int page;	      /* the first it covers */
	unsigned char level;
	unsigned char parts; /* above the last level: which quarters of its span are held */
	unsigned char kind;  /* enum threads_tlb_kind; 0: the slot is free */
	unsigned char id;    /* that was loaded */
};

enum threads_tlb_kind {
	THREADS_DATA = HARDWARE_DATA,
	THREADS_INSTRUCTION = HARDWARE_INSTRUCTIONS,
};

struct threads_tlb {
	pthread_mutex_t lock;
	struct threads_entry leaf[THREADS_TLB];		/* t */
	struct threads_entry upper[THREADS_WALK_CACHE]; /* t */
};

struct threads_call {
	void (*fn)(void *);
	void *arg;
};

struct threads_cpu {
	struct threads_machine *machine; /* C */
	unsigned int number;		 /* C */
	uint64_t random;		 /* o */
	unsigned int turns;		 /* o: of loops that wait */
	void *current;			 /* o */
	struct machine_space *space;	 /* o: loaded */
	unsigned char id;		 /* o: ... under it; 0: the space's own */
	unsigned int irq_depth;		 /* o */
	bool handling;			 /* o: in a handler */

	pthread_mutex_t mailbox;
	long nr_calls;				  /* c, and A for a look without it */
	struct threads_call calls[THREADS_CALLS]; /* c */

	unsigned int nr_issued;				    /* o */
	struct machine_invalidation issued[THREADS_ISSUED]; /* o */
	struct threads_tlb tlb;
};

struct threads_frame {
	uint64_t words[MACHINE_TABLE_ENTRIES]; /* A; data pages use the first */
	long kind;			       /* A: enum machine_frame_kind */
	long generation;		       /* A: how often it was given back */
};

struct threads_machine {
	struct threads_config config;		     /* C */
	void *kernel_data;			     /* C */
	unsigned int nr_spaces;			     /* C */
	struct machine_space spaces[THREADS_SPACES]; /* C */
	struct machine_space *kernel;		     /* C: of the kernel's own mappings; NULL: it has none */
	bool running;				     /* C */
	long working;				     /* A: CPUs whose program has not returned */
	long violation[THREADS_VIOLATIONS];	     /* A */
	long flushes, faults;			     /* A */
	long exhausted;				     /* A: allocations that found no frame */
	pthread_mutex_t lock;
	struct threads_frame frames[MACHINE_MAX_FRAMES]; /* m: which are free */
	struct threads_cpu cpus[MACHINE_MAX_CPUS + 1];	 /* behind those that there are: the daemon */
};

/* The CPU that the calling thread is; the whole machine hangs on it. */
extern _Thread_local struct threads_cpu *threads_self;

static inline struct threads_machine *threads_here(void)
{
	return threads_self->machine;
}

static inline int threads_word_frame(uint64_t word)
{
	return (int)(word >> MACHINE_PTE_FRAME_SHIFT) & (MACHINE_MAX_FRAMES - 1);
}

/* What @word leads to now. */
struct threads_target threads_target(const struct threads_machine *machine, uint64_t word);
/* Is it still what it was? */
bool threads_same_frame(const struct threads_machine *machine, const struct threads_target *target,
			enum machine_frame_kind kind);

void threads_step(void);		      /* what may happen between two instructions of the kernel happens */
void threads_dawdle(void);		      /* ... and loses time now and then */
void threads_relax(void);		      /* one turn of a loop that waits for somebody else */
void threads_answer(struct threads_cpu *cpu); /* run the calls that wait for it */
void threads_violation(enum threads_violation violation, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whose tables translate the page for the CPU; NULL: nobody's. */
static inline struct machine_space *threads_space_for(const struct threads_cpu *cpu, unsigned int page)
{
	return page >= MACHINE_KERNEL_START >> MACHINE_PAGE_SHIFT ? cpu->machine->kernel : cpu->space;
}

/* Under which id; what is global has none. */
static inline unsigned char threads_id_for(const struct threads_cpu *cpu, unsigned int page)
{
	return page >= MACHINE_KERNEL_START >> MACHINE_PAGE_SHIFT ? 0 : cpu->id;
}

/* TLB lock held. */
struct threads_entry *threads_tlb_find(struct threads_cpu *cpu, unsigned int page, enum threads_tlb_kind kind);
const struct threads_entry *threads_walk_find(struct threads_cpu *cpu, unsigned int page);
void threads_tlb_fill(struct threads_cpu *cpu, const struct threads_entry *entry);
void threads_forget_entry(struct threads_machine *machine, const uint64_t *entry, machine_cpus_t cpus);
void threads_prefetch(struct threads_cpu *cpu);

/* Pages that one entry of @level covers. */
static inline unsigned int threads_level_pages(unsigned int level)
{
	return 1u << MACHINE_TABLE_BITS * level;
}

#endif
