/* SPDX-License-Identifier: MIT */
/*
 * machine.h - the seam: what "the hardware and the rest of the kernel" is to mm/ and to the library.
 *
 * Memory is no part of it. Locks, counters and page-table entries are words of C, changed by the compiler's __atomic
 * builtins with the order they need; for the model the compiler tells the machine of each access (machine/model/seam.h).
 * Here stands what C cannot say: where no instruction stands for a call, the call says why it is here.
 *
 * Four machines stand behind it: model/ (every call below that touches something shared is one step, and so is every
 * atomic access; the explorer decides who steps next), threads/ (POSIX threads, software TLBs), count/ (one schedule, and tables as
 * large as hardware's, for numbers) and, later, metal/. Nothing
 * here knows mm/; the kernel tells the machine what it needs through struct machine_kernel.
 *
 * Numbers: frames are indices; virtual addresses and ranges are bytes, half-open.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <machine/geometry.h>
#include <shootdown/arch.h>
#include <shootdown/count.h>

enum {
	MACHINE_PAGE_SHIFT = 12,
	MACHINE_MAX_LEVELS = 5,
	MACHINE_NO_FRAME = -1,
	MACHINE_IDS = 1 << MACHINE_ID_BITS, /* that a kernel gives out itself */
};

/* ---- who and what ---- */

const struct tlb_arch *machine_arch(void);
unsigned int machine_cpu(void); /* the CPU of the calling thread */
unsigned int machine_nr_cpus(void);
unsigned int machine_levels(void); /* page-table levels, 2..5; the root is level machine_levels() - 1 */

/* The first @nr CPUs, of which there is at least one. */
static inline machine_cpus_t machine_cpus_below(unsigned int nr)
{
	return (machine_cpus_t) ~(machine_cpus_t)0 >> (sizeof(machine_cpus_t) * 8 - nr);
}

/* Rules, a bit each: rule number n is bit n % 64 of word n / 64. */
enum {
	MACHINE_RULE_WORDS = 4,
	MACHINE_RULES = 64 * MACHINE_RULE_WORDS,
};

struct machine_rules {
	uint64_t word[MACHINE_RULE_WORDS];
};

static inline bool machine_has_rule(const struct machine_rules *rules, unsigned int nr)
{
	return rules->word[nr / 64] >> nr % 64 & 1;
}

static inline void machine_put_rule(struct machine_rules *rules, unsigned int nr)
{
	rules->word[nr / 64] |= UINT64_C(1) << nr % 64;
}

/* Is rule number @bit on? A constant in a kernel; asked here so that a report can say where a rule that is off would have acted. */
bool machine_switch(unsigned int bit);
/*
 * struct machine_kernel.data_size bytes, zeroed at boot: for code that has no variables of its own, because one process may have many
 * kernels, one after the other or beside each other. Variables are as good (script/subject.lds).
 */
void *machine_kernel_data(void);
/* The thread that runs: a register that is the thread's. The machine's scheduler gives it to .context_switch(). */
void *machine_current(void);
void machine_set_current(void *thread);
/* A contract of the code under test is broken: that is what the execution shows. */
_Noreturn void machine_panic(const char *file, int line, const char *what);
/* "More than @limit @what": the machine, or the kernel's tables, have no room for this scenario. That is no verdict. */
_Noreturn void machine_too_big(const char *what, unsigned long limit);

/* ---- waiting: accesses to memory are the compiler's; these stand in front of one ---- */

enum machine_compare {
	MACHINE_EQUAL,
	MACHINE_AT_LEAST, /* as signed numbers */
	MACHINE_NOT_EQUAL,
	/* With interrupts off: or an interrupt waits for this CPU, which machine_poll() takes. */
	MACHINE_OR_INTERRUPT = 4,
};
/*
 * A hint: the atomic access to @word that comes next is of no use before @word compares so with @value. Returns when it does,
 * or earlier, so the access itself decides, and comes back here if it was in vain. Nothing else that others could see may
 * stand between the hint and the access, and of what the access returns no more is used than the hint says.
 */
#define machine_wait(word, compare, value) machine_wait_word(word, sizeof(*(word)), compare, value)
void machine_wait_word(const volatile void *word, size_t bytes, unsigned int compare, long value);
void machine_relax(void); /* one turn of a loop that waits in another way; no step */

/*
 * What the atomic access that comes next does to a lock, or to a count: for who reads an execution, and no step. A machine may ignore it, or take it for a
 * promise: that what is done under a lock is done by its holder alone; that of what an addition to a count returns nothing is used; and that of what a drop
 * returns nothing is used but whether it was the last, while whoever adds one keeps it from being that. Not to be had
 * from the access: an exchange for 1 may be anything, and that readers need not be told apart is known to who wrote the lock.
 */
enum machine_note {
	MACHINE_LOCKS,
	MACHINE_UNLOCKS,
	MACHINE_READ_LOCKS,
	MACHINE_READ_UNLOCKS,
	MACHINE_WRITE_LOCKS,
	MACHINE_WRITE_UNLOCKS,
	MACHINE_DOWNGRADES,
	MACHINE_COUNTS,
	MACHINE_DROPS,
};
void machine_note(enum machine_note what);

/* Of a machine that counts (MACHINE_KEEPS_COUNTS): @by more of @what, which the kernel's host says (hook 40). */
void machine_count(enum tlb_count what, unsigned long by);

/* ---- interrupts, threads ---- */

unsigned long machine_irq_save(void);
void machine_irq_restore(unsigned long flags);
bool machine_irqs_on(void); /* of the calling thread; no step */
/* Each CPU of @cpus runs fn(@arg) once, with interrupts off; not waited for. What is pending twice is taken once. */
void machine_interrupt(machine_cpus_t cpus, void (*fn)(void *), void *arg);
/* Takes what is pending for this CPU, if its interrupts are off: what is pending is known to the interrupt controller alone. */
void machine_poll(void);
/*
 * The calling thread is not switched away from here on, and may be again; these nest, and are no steps. The scheduler is the machine's, and
 * has to know; so has who watches for data races.
 */
void machine_preempt_off(void);
void machine_preempt_on(void);

/* ---- frames ---- */

enum machine_frame_kind {
	MACHINE_FRAME_FREE,
	MACHINE_FRAME_TABLE,
	MACHINE_FRAME_DATA,
	MACHINE_FRAME_OTHER, /* an owner's that has nothing to do with this mm */
};
/*
 * Zeroed; MACHINE_FRAME_OTHER: some frame that was given back, filled with what nothing else writes. MACHINE_NO_FRAME when there is none.
 */
int machine_frame_alloc(enum machine_frame_kind kind);
/* @nr frames of data behind each other, the first one's number a multiple of @nr: a large page. That one; MACHINE_NO_FRAME when there are none. */
int machine_frames_alloc(unsigned int nr);
void machine_frame_free(int frame);
/* Its words: the entries of a table; of a page of data the first stands for all. */
uint64_t *machine_frame_words(int frame);
/*
 * For a kernel with an allocator of its own, and page tables as hardware has them (struct subject .format): what it has given out. A frame
 * becomes a table when an entry leads to it, or when it is a root. Physical memory stands at its own addresses.
 */
#define MACHINE_RAM 0x40000000ul
void machine_frame_take(int frame); /* machine_frame_free() is its other side */
static inline uint64_t machine_frame_address(int frame)
{
	return MACHINE_RAM + ((uint64_t)frame << MACHINE_PAGE_SHIFT);
}

/* MACHINE_NO_FRAME: no machine has memory there. */
static inline int machine_frame_at(uint64_t physical)
{
	uint64_t frame = (physical - MACHINE_RAM) >> MACHINE_PAGE_SHIFT;

	return frame < MACHINE_MAX_FRAMES ? (int)frame : MACHINE_NO_FRAME;
}

/* ---- page tables: what the words of a table say; reading and writing them is C ---- */

#define MACHINE_PTE_PRESENT	0x001ull
#define MACHINE_PTE_WRITE	0x002ull
#define MACHINE_PTE_EXEC	0x004ull
#define MACHINE_PTE_CONTIGUOUS	0x008ull /* one of MACHINE_GROUP that lie together, in the last level */
#define MACHINE_PTE_ACCESSED	0x020ull
#define MACHINE_PTE_DIRTY	0x040ull
#define MACHINE_PTE_TABLE	0x080ull /* points to a table, not to a page */
#define MACHINE_PTE_SPECIAL	0x200ull /* software: no struct page behind it */
#define MACHINE_PTE_FRAME_SHIFT 12

/* Entries, and pages, of a contiguous group; the first of them has a number that is a multiple of it, in the table as in memory. */
#define MACHINE_GROUP 4

/* This CPU's stores to tables are seen by every later walk. */
void machine_fence_walks(void);
/* Where one instruction does both (TLB_REACH_ENTRY): an exchange that also drops what any TLB holds of the entry. */
uint64_t machine_invalidate_entry(uint64_t *entry, uint64_t value);
/* ... what the TLB of this CPU holds of it, and no other. */
uint64_t machine_invalidate_entry_here(uint64_t *entry, uint64_t value);

/* ---- TLBs ---- */

/*
 * What the root register and an invalidation name: a root and its tag, one an address space. The machine gives the tags out, so no kernel
 * need have an allocator of them; hence what leads from a root to its space, and back.
 */
struct machine_space;
struct machine_space *machine_space_at(int root_frame); /* that of the root, new if it has none */
/* NULL: the first root that there was, as a CPU that has loaded none stands on the one of its boot. */
int machine_root_frame(const struct machine_space *space);
struct machine_space *machine_loaded(void); /* the root register of this CPU; not memory, so no step */
/*
 * This CPU walks the tables of @space from here on; NULL: no user translations. What it holds of other spaces waits for them where entries
 * carry ids, and goes where the load drops it (the fact load_drops, as CR3 of x86-64 without PCIDs). With neither (satp of RISC-V, TTBR0 of
 * AArch64, without ASIDs) it is used for the new space until machine_tlb_local() ends it.
 */
void machine_load_root(struct machine_space *space);
/*
 * The same under id @id of this CPU, 1 to MACHINE_IDS, where a kernel gives the ids out: what is held under it is used for the new space,
 * whatever space it is of, unless the load drops it (CR3 of x86-64 with PCIDs: bit 63; satp of RISC-V behind an SFENCE.VMA of that ASID). 0: as
 * above. Ids of other CPUs are others, or the same: what is held under one on another CPU is dropped there, or by a broadcast that names it.
 */
void machine_load_root_as(struct machine_space *space, unsigned int id, bool drop);

/*
 * Addresses from MACHINE_KERNEL_START on are the kernel's own. Each CPU translates them by one set of tables, whatever root it has loaded, or none: the upper
 * half of an address space, which all of them share, or a root register of its own (TTBR1_EL1 of AArch64). Entries for them are global: they
 * carry no id, outlast every load of a root, and go by invalidations that name no space.
 *
 * Said once, before a CPU runs: the root of these tables, which has as many levels as any other, and the machine's own format. A kernel that
 * does not say it has no such mappings here.
 */
void machine_kernel_root(int root_frame);

struct machine_invalidation {
	struct machine_space *space; /* NULL: everything, what is global included */
	unsigned char id;	     /* 0: all of .space; else what a CPU holds under the id, whatever space it is of */
	unsigned long start, end;    /* if !all */
	unsigned long page_size;     /* bytes, of all entries that changed, if !all; 0: not known */
	unsigned char stride_shift;
	unsigned char levels; /* 1 << level of each entry that changed, if !all; 0: not known */
	bool all, tables, exec;
	bool goes_on;	     /* one flush with the one before, for who counts */
	machine_cpus_t cpus; /* broadcast: those it reaches, where firmware is told which; 0: all */
};
void machine_tlb_local(const struct machine_invalidation *inv);
void machine_tlb_broadcast(const struct machine_invalidation *inv); /* issue only */
/* Has the machine an erratum by which a broadcast is complete before accesses by what it covers are over, unless it is made twice? */
bool machine_broadcasts_early(void);
void machine_tlb_complete(void); /* until this CPU's broadcasts are done everywhere */
/* @space NULL: at addresses of the kernel's own. */
void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end);
/*
 * The data cache takes two addresses of one page for one if they are equal modulo so many pages: the fact `colours`, but no more than a
 * table has entries, as address spaces are that small. 1: any two.
 */
unsigned int machine_colours(void);

/* ---- devices that walk the tables of an address space by TLBs of their own (an IOMMU's) ---- */

/*
 * Numbered from 0. The programs of devices are threads of the kernel to the machine: machine_user_access() is an access of the device, and its
 * faults go to the kernel as any (a page request, which that thread answers), or end the access.
 *
 * load: it walks the tables of @space from here on, behind what this CPU has stored; NULL: none, and an access faults. What it holds of another space
 * waits for that. Until it is loaded first, accesses wait.
 * invalidate: into its queue, behind nothing. A broadcast reaches it with the fact secondary_snoops, an interrupt never.
 * sync: until all that this CPU has put into its queue is done, and the accesses by what that covers.
 */
void machine_device_load(unsigned int device, struct machine_space *space);
/*
 * Virtual CPUs are the last ones of them: @space is the second stage's, and no address space of the kernel's; an access is one of the guest. Where `farthest`
 * is no more than IPI only the thread that runs a virtual CPU invalidates for it (INVEPT), else any CPU does (TLBI VMALLS12E1IS).
 */
void machine_device_invalidate(unsigned int device, const struct machine_invalidation *inv);
void machine_device_sync(unsigned int device);
/*
 * A device may have a cache of its own (ATC), which is filled from that TLB: from machine_device_ats() on, which is behind nothing. It is invalidated by a
 * command of its own, which may be done before any other that was not waited for; no broadcast reaches it.
 */
void machine_device_ats(unsigned int device);
/* Where devices stall: an access that has faulted waits for this, once for each fault. It is made again, or ends with `fault`. */
void machine_device_resume(unsigned int device, bool again);
void machine_device_invalidate_atc(unsigned int device, const struct machine_invalidation *inv);

/* Who keeps tables of his own made from those of an address space was told of a change: for who counts, and no step. */
void machine_notified(void);

/* ---- the program's own accesses ---- */

enum machine_access {
	MACHINE_LOAD,
	MACHINE_STORE,
	MACHINE_EXEC,
};
/*
 * One access by the calling thread: of its program, or of the kernel in its place if the address is the kernel's own. Faults go to the kernel
 * and are retried. False: it ended with `fault`. *@value is what is stored, or gets what is loaded; NULL: nobody asks.
 */
bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value);
/*
 * One access by a guest that hardware takes for one to its APIC, by the page that the translation leads to: that in *@frame, which the processor holds
 * by its physical address. Then the page itself is neither read nor written. Elsewhere hardware takes it for an access to memory, which nobody wants.
 */
bool machine_trapped_access(unsigned long address, enum machine_access how, const int *frame);

/* What the kernel gives the machine at boot. */
struct machine_kernel {
	size_t data_size;
	/* A fault of the calling thread. True: retry the access. False: it must fail. */
	bool (*fault)(unsigned long address, enum machine_access how);
	/* This CPU goes over to @thread, which machine_set_current() named. */
	void (*context_switch)(void *thread);
	/*
	 * Whom the machine's scheduler takes to another CPU: may @thread, which runs, leave its own now? It leaves, on that one, which has nothing to
	 * run then, and arrives on the other. NULL: nobody is moved. An operation that moves its thread is not asked about.
	 */
	bool (*may_move)(const void *thread);
	void (*leaves)(void *thread);
	void (*arrives)(void *thread);
	/*
	 * Where a handler of the kernel's loads entries (the fact soft_refill): it begins, with interrupts off, and will look into
	 * tables; or it is done. The machine reads the tables for it; what it does so that they stay is the kernel's. NULL: nothing.
	 */
	void (*refill)(bool begins);
	/* A thread of the kernel's own, which never ends, and may wait for ever; on no CPU in particular. NULL: none. */
	void (*daemon)(void);
};

#endif
