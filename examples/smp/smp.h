/* SPDX-License-Identifier: MIT */
/* smp.h - what the files of this kernel share. */
#ifndef EXAMPLES_SMP_SMP_H
#define EXAMPLES_SMP_SMP_H

#include <pthread.h>
#include <shootdown/shootdown.h>

enum {
	CPUS = 4,
	TLB_ENTRIES = 64,
	BROADCASTS = 2, /* that a CPU can have under way */
	TABLE_ENTRIES = 512,
};

/* One word of a page stands for all of it. */
struct page {
	union {
		unsigned long word[TABLE_ENTRIES];
		unsigned long entry[TABLE_ENTRIES];
		unsigned char batch[PAGE_SIZE];
	};
	unsigned int refs;
	struct page *next_free;
	struct rcu rcu; /* hook 30 */
};

struct mm {
	struct tlb_mm tlb;
	struct page *root;
};

struct call {
	void (*fn)(void *arg);
	void *arg;
};

struct tlb_entry {
	struct mm *mm; /* NULL: free */
	unsigned long addr;
	struct page *page;
};

/* What hook 20 has issued and hook 21 not completed. */
struct broadcast {
	struct mm *mm;
	unsigned long start, end;
	bool all;
};

/*
 * Who touches what: o this CPU alone; A every CPU, with the order that calls.c explains; C this CPU's caller and this
 * CPU in turn, as the bit in @doorbell says; H the hardware, under its lock.
 */
struct cpu {
	unsigned int number;
	unsigned int irqs_off; /* o: depth */
	unsigned int depth;    /* o: of sections */
	unsigned long section; /* A: odd while the CPU is in a section */

	unsigned long doorbell; /* A: bit n: CPU n has filled slot n */
	struct call slot[CPUS]; /* C: by caller */

	struct rcu *queued, *waiting; /* o: callbacks; those for whom a grace period has begun */
	unsigned long seen[CPUS];     /* o: every CPU's section when it began */

	struct mm *mm; /* o: loaded */

	pthread_mutex_t lock; /* H */
	struct tlb_entry tlb[TLB_ENTRIES];
	struct broadcast broadcast[BROADCASTS]; /* o */
	unsigned int broadcasts;
};

extern struct cpu cpus[CPUS];
extern _Thread_local struct cpu *this_cpu;

/* calls.c: NULL as next mm is the kernel alone. A section is a stretch of code that a grace period waits for. */
void cpu_step(void);
void irq_disable(void);
void irq_enable(void);
void section_enter(void);
void section_exit(void);
void cpu_up(void);
void cpu_down(void);

/* tlb.c: one instruction of a program that reads; false: the page is not there. */
bool cpu_read(unsigned long addr, unsigned long *word);
void cpu_load_root(struct mm *mm);
void tlb_drop_all(void);

/* kernel.c */
void pages_init(void);
unsigned int pages_free(void);
struct page *page_alloc(void);
void page_put(struct page *page);
void mm_init(struct mm *mm);
void mm_destroy(struct mm *mm);
void switch_mm(struct mm *next);
void map(struct mm *mm, unsigned long start, unsigned long end);
void unmap(struct mm *mm, unsigned long start, unsigned long end);
void look_at_tables(struct mm *mm, unsigned long addr);
unsigned long word_of(const struct mm *mm, unsigned long addr);

/* Of a table, which other CPUs walk while it changes. */
static inline unsigned long entry_read(const unsigned long *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

static inline void entry_write(unsigned long *entry, unsigned long value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

#endif
