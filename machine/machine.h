/* SPDX-License-Identifier: MIT */
/*
 * machine.h - the seam: what "the hardware and the rest of the kernel" is to mm/ and to the library.
 *
 * Three machines stand behind it: model/ (every call below that touches something shared is one step, and the
 * explorer decides who steps next), threads/ (POSIX threads, software TLBs) and, later, metal/. Nothing here
 * knows mm/; the kernel tells the machine what it needs through struct machine_kernel.
 *
 * Numbers: frames are indices; virtual addresses and ranges are bytes, half-open.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <shootdown/arch.h>

enum {
	MACHINE_MAX_CPUS = 8,
	MACHINE_MAX_FRAMES = 64,
	MACHINE_TABLE_ENTRIES = 4, /* per page table, all levels */
	MACHINE_TABLE_BITS = 2,
	MACHINE_PAGE_SHIFT = 12,
	MACHINE_MAX_LEVELS = 5,
	MACHINE_NO_FRAME = -1,
};

/* ---- who and what ---- */

const struct tlb_arch *machine_arch(void);
unsigned int machine_cpu(void); /* the CPU of the calling thread */
unsigned int machine_nr_cpus(void);
unsigned int machine_levels(void);     /* page-table levels, 2..5; the root is level machine_levels() - 1 */
bool machine_switch(unsigned int bit); /* is rule number @bit on? */
void *machine_kernel_data(void);       /* struct machine_kernel.data_size bytes, zeroed at boot */
void *machine_current(void);	       /* what machine_set_current() set for the calling thread */
void machine_set_current(void *thread);
void *machine_alloc(size_t bytes); /* zeroed, never freed, at boot only; part of the machine's state */
/* A contract of the code under test is broken: that is what the execution shows. */
_Noreturn void machine_panic(const char *file, int line, const char *what);
/* "More than @limit @what": the machine, or the kernel's tables, have no room for this scenario. That is no verdict. */
_Noreturn void machine_too_big(const char *what, unsigned long limit);
/* The calls of the running thread come from here until it says another place (see place.h). No step. */
void machine_at(const char *file, unsigned int line);

/* ---- shared counters: each call is one step ---- */

struct machine_atomic {
	long value;
};
void machine_atomic_init(struct machine_atomic *a, long value);		       /* before others can see it; no step */
long machine_atomic_read(const struct machine_atomic *a);		       /* acquire */
void machine_atomic_set(struct machine_atomic *a, long value);		       /* release */
void machine_atomic_add(struct machine_atomic *a, long delta);		       /* result unseen: adds commute */
long machine_atomic_add_return(struct machine_atomic *a, long delta);	       /* full barrier */
bool machine_atomic_cmpxchg(struct machine_atomic *a, long old, long value);   /* full barrier */
unsigned long machine_atomic_or(struct machine_atomic *a, unsigned long bits); /* full barrier; the old value */
unsigned long machine_atomic_and(struct machine_atomic *a, unsigned long bits);
void machine_wait_zero(struct machine_atomic *a); /* until 0; answers this CPU's calls meanwhile */

/*
 * A field that is also read without the lock it is written under. No step: the counter read before or changed after stands for
 * it.
 */
#define machine_load_acquire(field)	    __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define machine_store_release(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

/* ---- locks: acquire and release are one step each ---- */

struct machine_spinlock {
	long holder; /* 0 free, else 1 + thread */
};
void machine_spin_lock(struct machine_spinlock *lock);
void machine_spin_unlock(struct machine_spinlock *lock);

struct machine_rwsem {
	long state; /* -1 a writer, n readers */
};
void machine_down_read(struct machine_rwsem *sem);
void machine_up_read(struct machine_rwsem *sem);
void machine_down_write(struct machine_rwsem *sem);
void machine_up_write(struct machine_rwsem *sem);
void machine_downgrade_write(struct machine_rwsem *sem);

/* ---- interrupts, calls to other CPUs, grace periods ---- */

unsigned long machine_irq_save(void);
void machine_irq_restore(unsigned long flags);
bool machine_may_wait(void); /* are interrupts on, so that waiting for other CPUs ends? no step */
void machine_call_cpus(uint32_t cpus, void (*fn)(void *), void *arg); /* does not wait; fn runs with interrupts off */
void machine_call_poll(void);
void machine_sync_walkers(void); /* until every interrupts-off section that runs now has ended */
struct machine_rcu {
	struct machine_rcu *next;
	void (*fn)(struct machine_rcu *);
};
void machine_call_rcu(struct machine_rcu *rcu, void (*fn)(struct machine_rcu *));

/* ---- frames ---- */

enum machine_frame_kind {
	MACHINE_FRAME_FREE,
	MACHINE_FRAME_TABLE,
	MACHINE_FRAME_DATA,
	MACHINE_FRAME_KERNEL, /* the kernel's own: batch pages */
};
int machine_frame_alloc(enum machine_frame_kind kind); /* zeroed; MACHINE_NO_FRAME when there is none */
void machine_frame_free(int frame);
/* Some frame that was given back, filled with what nothing else writes; MACHINE_NO_FRAME if there is none. */
int machine_frame_reuse(void);
bool machine_batch_refused(void);	/* does this allocation of a batch page fail? (litmus: alloc) */
uint64_t machine_frame_read(int frame); /* the kernel's own access to a data frame's content */
void machine_frame_write(int frame, uint64_t value);
void machine_frame_copy(int to, int from);
void machine_disk_read(unsigned int block, int to);
void machine_disk_write(unsigned int block, int from);
uint64_t machine_disk_value(unsigned int block); /* when nobody runs; no step */

/* ---- page tables: an entry is one word; each call is one step ---- */

#define MACHINE_PTE_PRESENT	0x001ull
#define MACHINE_PTE_WRITE	0x002ull
#define MACHINE_PTE_EXEC	0x004ull
#define MACHINE_PTE_ACCESSED	0x020ull
#define MACHINE_PTE_DIRTY	0x040ull
#define MACHINE_PTE_TABLE	0x080ull /* points to a table, not to a page */
#define MACHINE_PTE_SPECIAL	0x200ull /* software: no struct page behind it */
#define MACHINE_PTE_FRAME_SHIFT 12

typedef struct {
	uint64_t word;
} machine_pte;
machine_pte *machine_table(int frame);		   /* the MACHINE_TABLE_ENTRIES entries in a table frame */
int machine_table_frame(const machine_pte *entry); /* the frame that the entry is in */
uint64_t machine_pte_read(const machine_pte *entry);
void machine_pte_set(machine_pte *entry, uint64_t value);      /* plain store: may be seen late by walkers */
uint64_t machine_pte_xchg(machine_pte *entry, uint64_t value); /* atomic against the walker's own updates */
bool machine_pte_cmpxchg(machine_pte *entry, uint64_t old, uint64_t value);
void machine_fence_tables(void); /* this CPU's stores to tables are seen by every later walk */

/* ---- TLBs ---- */

struct machine_space; /* what a root and its tag are to the hardware; one an address space */
struct machine_space *machine_space_new(int root_frame);
void machine_load_root(struct machine_space *space); /* on this CPU; NULL: no user translations */

struct machine_invalidation {
	struct machine_space *space; /* NULL: everything */
	unsigned long start, end;    /* if !all */
	unsigned char stride_shift;
	bool all, tables, exec;
};
void machine_tlb_local(const struct machine_invalidation *inv);
void machine_tlb_broadcast(const struct machine_invalidation *inv); /* issue only */
void machine_tlb_complete(void); /* until this CPU's broadcasts are done everywhere */
void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end);

/* ---- the program's own accesses ---- */

enum machine_access {
	MACHINE_LOAD,
	MACHINE_STORE,
	MACHINE_EXEC,
};
/* One access by the calling thread; faults go to the kernel and are retried. False: it ended with `fault`. */
bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value);

/* What the kernel gives the machine at boot. */
struct machine_kernel {
	size_t data_size;
	/* A fault of the calling thread. True: retry the access. False: it must fail. */
	bool (*fault)(unsigned long address, enum machine_access how);
	/* This CPU goes over to @thread, which machine_set_current() named. */
	void (*context_switch)(void *thread);
};

#endif
