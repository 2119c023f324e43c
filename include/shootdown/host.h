/* SPDX-License-Identifier: MIT */
/*
 * host.h - the host interface: what the library asks of the kernel it is built into.
 *
 * The host writes one header and names it when it compiles the library:
 *
 *	-DSHOOTDOWN_HOST_HEADER='"my_kernel/shootdown_host.h"'
 *
 * That header defines
 *
 *	shootdown_page_t	a page; a pointer whose two low bits are zero
 *	shootdown_table_t	a page-table page; a pointer
 *	shootdown_cpus_t	a set of CPUs that several CPUs change, a bit at a time
 *	shootdown_cpumask_t	a copy of such a set, owned by one thread
 *	shootdown_rcu_t		what the host needs to queue a callback after a grace period
 *	SHOOTDOWN_PAGE_SHIFT	a macro: log2 of the page size in bytes
 *	SHOOTDOWN_PTE_SHIFT(level)	a macro: log2 of the bytes that one entry of enum tlb_level covers, less than the bits
 *				of a long for every level; a level that is folded covers what the one below it covers
 *
 * and those of the hooks below that shall inline, as static inline functions or as macros with arguments. Every other
 * hook is an ordinary function in one of the host's sources: this file has its prototype. An optional hook is taken
 * as given if a macro of its name exists: `#define shootdown_flush_cache shootdown_flush_cache`. A hook of the wrong
 * type is an error at its prototype here; one that is missing, an undefined symbol when the kernel is linked.
 *
 * The header may include <shootdown/arch.h> and what stands in <shootdown/host/>, where many kernels find most hooks
 * ready: gcc.h (atomics and CPU sets from compiler builtins), up.h (one CPU). It includes no other header of the
 * library. In C++ it is read inside extern "C".
 *
 * The library counts in fields of type long with the __atomic builtins that GCC and clang have, each with the order that
 * it needs; on every CPU that takes part a long is then an operand of the machine's own atomic instructions. On AArch64
 * compile with -mno-outline-atomics, or the builtins call the compiler's library. The compiler may call memset() and
 * memcpy(), as GCC asks of every freestanding environment.
 *
 * The contracts. What a hook does not say is this:
 *
 *	Context: any, once the calling CPU is up: spinlocks held, interrupts off. Does not sleep. Never from an NMI.
 *	Locks:   none needed. Page-table locks may be held, and whatever spinlocks the library's caller holds.
 *	Itself:  an interrupt handler on the same CPU may call the hook while it runs: a handler always answers requests
 *	         (17, and with it 19), and may free what waited for a grace period (24, 27).
 *	Order:   none.
 *	Fails:   never, but where it says what it means that NULL, false or a number below 0 is returned.
 *	Source:  docs/porting.md explains each and says what Linux uses.
 *
 * docs/ordering.md has the rules of order, ORD-1 to ORD-11. Hooks from 48 on, for kernels with subscribers that keep page
 * tables of their own, stand in host_notifiers.h.
 */
#ifndef SHOOTDOWN_HOST_H
#define SHOOTDOWN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <shootdown/arch.h>
#include <shootdown/count.h>

struct encoded_page;
struct tlb_asids;
struct tlb_cpu;
struct tlb_flush;
struct tlb_mm;
struct tlb_vma;

/* Slots that a gather brings along, so that it never needs an allocation to get on: eight pages, and an entry of two slots. */
#define TLB_GATHER_BUNDLE 10

/* Ranges that a gather has room for, a word each, 1 or more. A host whose stacks are short begins with #undef and says fewer. */
#define SHOOTDOWN_RANGES 64

/* Sizes of a gather. A kernel's are constants, so that the compiler folds them; the checker picks small ones. */
struct tlb_limits {
	unsigned int bundle;	    /* slots on the stack, 2..TLB_GATHER_BUNDLE */
	unsigned int batch;	    /* slots in a batch page, 2..what fits (SHOOTDOWN_BATCH_SLOTS) */
	unsigned int batches;	    /* batch pages a gather may have, 0.. */
	unsigned int tables;	    /* tables in a table batch, 1..what fits (SHOOTDOWN_TABLE_SLOTS) */
	unsigned int table_batches; /* further table batches that a gather may have, 0.. */
	unsigned int lanes; /* of tlb_mm.pending: 2, 4 or 8 if tables say who changed them (pending.h), else 1 (or 0) */
	unsigned int
		ranges; /* that a gather keeps apart, besides the last, 0..SHOOTDOWN_RANGES; 0: it knows their hull alone */
};

/* Slots that fit in a batch page behind its header (gather.h asserts the headers' sizes). */
#define SHOOTDOWN_BATCH_SLOTS(page_bytes) ((page_bytes) / sizeof(void *) - 2)
#define SHOOTDOWN_TABLE_SLOTS(page_bytes) (((page_bytes) - sizeof(shootdown_rcu_t) - sizeof(void *)) / sizeof(void *))

/*
 * Linux's sizes for batch pages of @page_bytes: about 10,000 pages freed at once is safe without a preemption point. Rounded to the nearest
 * number of batch pages, where Linux rounds down.
 */
#define SHOOTDOWN_LIMITS(page_bytes)                                                                            \
	{                                                                                                       \
		.bundle = TLB_GATHER_BUNDLE, .batch = SHOOTDOWN_BATCH_SLOTS(page_bytes),                        \
		.batches = (10000 + SHOOTDOWN_BATCH_SLOTS(page_bytes) / 2) / SHOOTDOWN_BATCH_SLOTS(page_bytes), \
		.tables = SHOOTDOWN_TABLE_SLOTS(page_bytes),                                                    \
		.table_batches = 9999 / SHOOTDOWN_TABLE_SLOTS(page_bytes), .ranges = SHOOTDOWN_RANGES,          \
	}

#ifdef __cplusplus
#define SHOOTDOWN_STATIC_ASSERT(condition, text) static_assert(condition, text)
extern "C" {
#else
#define SHOOTDOWN_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#ifndef SHOOTDOWN_HOST_HEADER
#error "compile with -DSHOOTDOWN_HOST_HEADER='\"your_host.h\"'; include/shootdown/host.h says what stands in it"
#endif
#include SHOOTDOWN_HOST_HEADER

/* A name without a folder is looked for beside this file first: "host.h" is this file again, and says nothing new. */
#ifndef SHOOTDOWN_PAGE_SHIFT
#error "SHOOTDOWN_HOST_HEADER defines no SHOOTDOWN_PAGE_SHIFT; if it is called host.h, name it with its folder"
#endif
#ifndef SHOOTDOWN_PTE_SHIFT
#error "SHOOTDOWN_HOST_HEADER defines no SHOOTDOWN_PTE_SHIFT(level)"
#endif

/* ---- the optional hooks, as they are without the host's own ---- */

#ifndef shootdown_relax
static inline void shootdown_relax(void)
{
}
#endif

#ifndef shootdown_wait_zero
static inline void shootdown_wait_zero(const long *counter);
#endif

#ifndef shootdown_flush_cpus
static inline bool shootdown_flush_cpus(const shootdown_cpumask_t *cpus, const struct tlb_flush *flush)
{
	(void)cpus;
	(void)flush;
	return false;
}
#endif

#ifndef shootdown_cpumask_keep_online
static inline void shootdown_cpumask_keep_online(shootdown_cpumask_t *mask)
{
	(void)mask;
}
#endif

#ifndef shootdown_cpumask_merge
static inline bool shootdown_cpumask_merge(shootdown_cpumask_t *mask, const shootdown_cpumask_t *other)
{
	(void)mask;
	(void)other;
	return false;
}
#endif

#ifndef shootdown_count
static inline void shootdown_count(enum tlb_count what, unsigned long by)
{
	(void)what;
	(void)by;
}
#endif

#ifndef shootdown_others_run
static inline bool shootdown_others_run(void)
{
	return true;
}
#endif

#ifndef shootdown_flush_cache
static inline void shootdown_flush_cache(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	(void)vma;
	(void)start;
	(void)end;
}
#endif

#ifndef shootdown_assert
#define shootdown_assert(condition, contract) ((void)sizeof(!(condition)))
#endif

#ifndef shootdown_pin
static inline void shootdown_pin(void)
{
}

static inline void shootdown_unpin(void)
{
}
#endif

/*
 * How much a gather frees in one call of shootdown_free_pages(): so many slots, and no further entry from so many pages on. A host header
 * may say another number, 2 or more.
 */
#ifndef SHOOTDOWN_FREE_ROUND
#define SHOOTDOWN_FREE_ROUND 512u
#endif

/*
 * With catch_up. How many address spaces a CPU keeps entries of, 1 to 64; the ranges of how many flushes an address space keeps for CPUs
 * that were not asked, a power of two; and the bits of its generation. Fewer bits than a long has, less one, are for tests: the ring is
 * then shorter than half of what they count.
 */
#ifndef SHOOTDOWN_ASID_SLOTS
#define SHOOTDOWN_ASID_SLOTS 6
#endif
/* How many of them there are ids for; in a kernel a constant. */
#ifndef SHOOTDOWN_ASIDS
#define SHOOTDOWN_ASIDS SHOOTDOWN_ASID_SLOTS
#endif
#ifndef SHOOTDOWN_RING
#define SHOOTDOWN_RING 4
#endif
#ifndef SHOOTDOWN_GENERATION_BITS
#define SHOOTDOWN_GENERATION_BITS (sizeof(long) * 8 - 1)
#endif

/*
 * With rollover: the bits of an address-space id, 2 to 16, and how many ids the machine has, 0 among them, which is no address space's: more
 * than one and the CPUs. Together with its generation an id fills a long.
 */
#ifndef SHOOTDOWN_ASID_BITS
#define SHOOTDOWN_ASID_BITS 16
#endif
#ifndef SHOOTDOWN_SHARED_ASIDS
#define SHOOTDOWN_SHARED_ASIDS (1ul << SHOOTDOWN_ASID_BITS)
#endif

#ifndef shootdown_asids
static inline struct tlb_asids *shootdown_asids(void)
{
	struct tlb_asids *volatile none = NULL;

	return none;
}

static inline void shootdown_asid_lock(void)
{
}

static inline void shootdown_asid_unlock(void)
{
}
#endif

#ifndef shootdown_tlb_cpu
static inline uint64_t shootdown_new_context(void)
{
	return 0;
}

static inline struct tlb_cpu *shootdown_tlb_cpu(unsigned int cpu)
{
	/* Volatile, so that no compiler warns of what is never done. */
	struct tlb_cpu *volatile none = NULL;

	(void)cpu;
	return none;
}

static inline unsigned long shootdown_irq_save(void)
{
	return 0;
}

static inline void shootdown_irq_restore(unsigned long flags)
{
	(void)flags;
}
#endif

#ifndef shootdown_wait_change
static inline void shootdown_wait_change(const unsigned long *word, unsigned long value);
#endif

#ifndef shootdown_read_lock
static inline unsigned long shootdown_read_lock(void)
{
	return 0;
}

static inline void shootdown_read_unlock(unsigned long section)
{
	(void)section;
}
#endif

#ifndef shootdown_may_wait
static inline bool shootdown_may_wait(void)
{
	return true;
}
#endif

/*
 * ---- all hooks, by number; a number is not given out again, and there is no 11 to 14 ----
 *
 * Each name stands in parentheses, so that a macro with arguments may take its place. A prototype that follows a host's
 * inline function repeats it on purpose: that is the check of its type.
 */
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#endif
/* clang-format off */

/* ---- constants (1 to 3) ---- */

/* 1: the architecture's row; a constant, best a static const in the host's header, so that every test of a field folds. */
const struct tlb_arch *(shootdown_arch)(void);

/* 2: the sizes of a gather; a constant. SHOOTDOWN_LIMITS() gives Linux's. */
const struct tlb_limits *(shootdown_limits)(void);

/* 3: the number of the calling CPU; stable while the caller is pinned or has interrupts off. */
unsigned int (shootdown_cpu)(void);

/* ---- sets of CPUs (4 to 10, and 44); only TLB_REACH_IPI uses them, and, but for 10, the choice attach ---- */

/* 4: @cpus is empty. No other CPU can see it yet. */
void (shootdown_cpus_init)(shootdown_cpus_t *cpus);

/* 5: put @cpu in. Order: ORD-1 and ORD-10, a full barrier after it: what follows is a root load, and walks. */
void (shootdown_cpus_add)(shootdown_cpus_t *cpus, unsigned int cpu);

/*
 * 6: take @cpu out. Order: release. A CPU that reads the set without @cpu (7) finds every access done that this CPU made
 * before, reads and writes, those of its program through the old root included: a CPU that is not asked has to be as
 * far as one that has answered (ORD-3).
 */
void (shootdown_cpus_remove)(shootdown_cpus_t *cpus, unsigned int cpu);

/* 7: a copy. Order: acquire, which pairs with 6; and not before 15, which stands before it (ORD-1). */
shootdown_cpumask_t (shootdown_cpus_read)(const shootdown_cpus_t *cpus);

/* 8: take @cpu out of a copy; was it in? */
bool (shootdown_cpumask_take)(shootdown_cpumask_t *mask, unsigned int cpu);

/* 9: how many are in a copy. */
unsigned int (shootdown_cpumask_count)(const shootdown_cpumask_t *mask);

/*
 * 10: every CPU that is up. Order: as 7. A CPU that comes up is in this set before its first walk, or flushes all of
 * its TLB after it is; one that goes down leaves it first, and goes on answering (17) until no pinned section is under
 * way that may have read the set before.
 */
shootdown_cpumask_t (shootdown_cpumask_online)(void);

/* ---- order (15) ---- */

/*
 * 15: ORD-1. The page-table stores that this CPU made before are seen by every walk, on any CPU, that starts after what
 * follows: the read of a set of CPUs (7), or a broadcast (20). With TLB_REACH_IPI that is a full barrier. So it is with rollover (ORD-8):
 * between a store to an entry and the load of an id, and between the store of an id and walks of this CPU through a root that it loads next. So it
 * is where there are tlb_notifiers (ORD-9): between a store to an entry and the read of their list, and between a store to that and what follows.
 */
void (shootdown_fence_tables)(void);

/* ---- reach (16 to 22) ---- */

/*
 * 16: have each CPU of @cpus run fn(@arg) once, with interrupts off; do not wait for it. The caller is not in @cpus.
 * Context: any, pinned; does not sleep or allocate. Two requests of one CPU may be under way at once (two issued before
 *          one was waited for, or a preempted thread's and another's). Room for one call from each CPU to each other CPU
 *          is enough, if the hook waits for room as 18 waits: answering (17) meanwhile, where 34 would say yes.
 * Itself:  only if the host flushes in interrupt handlers; then it turns interrupts off while it takes room.
 * Order:   what the caller stored before is seen by fn. Calls to one CPU may run in any order.
 */
void (shootdown_call_cpus)(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg);

/*
 * 17: run what 16 has queued for this CPU, each call once, with interrupts off.
 * Context: any; the interrupt of 16 does this, and so does a CPU that waits, interrupts on or off. A host that is called
 *          with interrupts on turns them off itself, or its own interrupt takes the same call in the middle of this.
 * Itself:  not: it runs with interrupts off.
 * Order:   the room of a call is free before fn is called: the last that fn does may end the life of @arg.
 */
void (shootdown_call_poll)(void);

/*
 * 18: wait until @counter reads 0, answering this CPU's own calls (17) meanwhile. It may come back before, for any reason:
 * the library looks itself, and calls it again. Optional: 17 and 35, once.
 * Context: as tlb_flush_wait(): interrupts on, or off where 34 says yes; with a spinlock held or interrupts off it does not
 *          sleep. A host that gives up on a dead CPU panics here, and prints the request.
 * Order:   none: any atomic load of @counter will do. That by which the library itself finds 0 is the acquire of ORD-3.
 */
void (shootdown_wait_zero)(const long *counter);

/*
 * 19: invalidate what @flush describes in this CPU's TLBs; done on return. Also for an address space that is not loaded
 * here, and with @flush->mm NULL for kernel mappings, global entries included. More than asked is always allowed. With rollover, also
 * without TLB_REACH_IPI: all, with @flush->mm NULL, is everything of every address space, too.
 * Order:   every access of this CPU through what is invalidated is done on return, and no walk after it finds an entry
 *          from before 15 on the CPU that issued.
 */
void (shootdown_flush_local)(const struct tlb_flush *flush);

/* 20: start the same on all CPUs; need not be done on return. Pinned, or interrupts off. Not called with TLB_REACH_IPI. */
void (shootdown_flush_broadcast)(const struct tlb_flush *flush);

/*
 * 21: ORD-3. Until every broadcast that this CPU has started is done everywhere: dropped by every CPU, and every access
 * through what was dropped done. Pinned, or interrupts off. Not called with TLB_REACH_IPI.
 */
void (shootdown_flush_complete)(void);

/* 22: write back and drop [start, end), bytes, of @vma from virtually indexed caches. Optional: nothing. */
void (shootdown_flush_cache)(struct tlb_vma *vma, unsigned long start, unsigned long end);

/* ---- memory (23 to 26) ---- */

/* 23: a page for a batch, aligned for a pointer, or NULL, at any time. Page-table locks are held: no reclaim. */
void *(shootdown_batch_alloc)(void);

/* 24: free one. Also from a callback of 29. */
void (shootdown_batch_free)(void *batch);

/*
 * 25: drop the references of @nr slots; tlb_encoded_next() reads them. No CPU can reach these pages any more (ORD-2).
 * At most SHOOTDOWN_FREE_ROUND slots a call and one for a count, and no further entry from so many pages on: room for a
 * preemption point after each.
 * Context: thread, no spinlock held: may sleep. With the no_gather fact: any, under page-table locks.
 */
void (shootdown_free_pages)(struct encoded_page **slots, unsigned int nr);

/*
 * 26: drop the reverse maps of @nr consecutive pages, which @vma mapped. Context: any, page-table locks may be held. What waits until
 * a page is not mapped any more comes behind this: a release, if it takes no lock.
 */
void (shootdown_remove_rmap)(shootdown_page_t page, unsigned int nr, struct tlb_vma *vma);

/* ---- page tables (27 to 31) ---- */

/* 27: free @table now. With rcu_table_free from a callback of 29, or after 31. Only with the table_free facts. */
void (shootdown_free_table)(shootdown_table_t table);

/* 28: run @table's destructor and say in @page which page it is. Only without the table_free facts. */
void (shootdown_table_to_page)(shootdown_table_t table, shootdown_page_t *page);

/*
 * 29: run fn(@rcu) after every walker of page tables that runs now is done, of both kinds: those that have interrupts
 * off, and the host's RCU readers.
 * Context: any; must not fail. fn runs in any context, one call at a time for each @rcu.
 * Order:   what those walkers did is done before fn, and a walker that starts after it sees what the caller stored.
 */
void (shootdown_call_rcu)(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu));

/* 30: the same for one table, with room that the table itself has, then 27 on it. Context: any; must not fail. */
void (shootdown_defer_table)(shootdown_table_t table);

/*
 * 31: until every walker that runs now is done, of both kinds, as 29.
 * Context: thread, interrupts on, no spinlock held; the locks of tlb_unshare_table() may be. May sleep.
 * Order:   as 29.
 */
void (shootdown_sync_walkers)(void);

/* ---- assertions (32) ---- */

/*
 * 32: shootdown_assert(condition, "contract line"), a macro: the caller broke this line of a contract if @condition is
 * false. Optional: nothing, and @condition is not evaluated.
 */

/* ---- threads and waiting (33 to 35) ---- */

/*
 * 33: keep the caller on its CPU until the unpin; pins nest. A thread that is preempted while pinned is allowed. Optional,
 * both or neither: nothing, for a kernel that never moves a thread while it runs kernel code.
 */
void (shootdown_pin)(void);
void (shootdown_unpin)(void);

/*
 * 34: may the caller wait for other CPUs here? False where two CPUs could wait for each other: interrupts off, in a kernel
 * whose spin loops do not call tlb_flush_poll(). Only asserts ask. Optional: true.
 */
bool (shootdown_may_wait)(void);

/* 35: a pause in a loop that waits: the instruction that lets another hardware thread go first. Optional: nothing. */
void (shootdown_relax)(void);

/* ---- kernels that have more, or need less (36 to 40) ---- */

/*
 * 36: take out of @mask every CPU that is not up. Pinned. Order: not before 7. With 10 it makes a CPU that went down
 * unasked, see there. Optional: nothing, for a kernel whose CPUs never go down.
 */
void (shootdown_cpumask_keep_online)(shootdown_cpumask_t *mask);

/*
 * 37: have something other than an interrupt invalidate what @flush describes on each CPU of @cpus: firmware (SBI), a
 * hypervisor, an instruction (INVLPGB). On return it is done, or under way and done when 21 returns, which is called in
 * either case. False: it cannot take this request, ask by 16. Optional: false.
 * Context: any, pinned; the caller is not in @cpus. TLB_REACH_IPI only.
 * Order:   ORD-3, as 21. It does not wait for software that walks with interrupts off: the row then says rcu_table_free.
 */
bool (shootdown_flush_cpus)(const shootdown_cpumask_t *cpus, const struct tlb_flush *flush);

/*
 * 38: can a program of the address space run between the release of a page-table lock and the gather's next flush, on
 * another CPU or on this one after a switch? A constant. False is right for one CPU and a kernel that is not preempted: a
 * dirty page's reverse map then needs no delay. Optional: true.
 */
bool (shootdown_others_run)(void);

/*
 * 39: put every CPU of @other into @mask. False: it cannot, and a wave (tlb_flush_wave()) becomes as many flushes as it has requests.
 * TLB_REACH_IPI only. Optional: false.
 */
bool (shootdown_cpumask_merge)(shootdown_cpumask_t *mask, const shootdown_cpumask_t *other);

/*
 * 40: @by more of @what, for a host that keeps counts (count.h). Optional: nothing.
 * Context: any, pinned or not; from handlers as well, so a host that keeps one number for thread and handler adds in one access.
 */
void (shootdown_count)(enum tlb_count what, unsigned long by);

/* ---- CPUs that catch up (41 to 45); only with the choice catch_up, and then all but 45: `#define shootdown_tlb_cpu shootdown_tlb_cpu` ---- */

/* 41: a number for a new address space, not 0, that no other one had or will have. */
uint64_t (shootdown_new_context)(void);

/* 42: what the library keeps of @cpu: zeroed before the CPU comes up, and again before it comes back, see mm.h. */
struct tlb_cpu *(shootdown_tlb_cpu)(unsigned int cpu);

/*
 * 43: turn interrupts off on this CPU, and back to what they were. Short: from the first to the last step of one CPU's catching up.
 * Itself:  they nest.
 */
unsigned long (shootdown_irq_save)(void);
void (shootdown_irq_restore)(unsigned long flags);

/* 44: the first CPU from @cpu on that is in @mask; any number above all CPUs: there is none. */
unsigned int (shootdown_cpumask_next)(const shootdown_cpumask_t *mask, unsigned int cpu);

/*
 * 45: wait until @word does not read @value, answering this CPU's own calls (17) meanwhile. It may come back before, for any reason.
 * Context: as 18, interrupts on or off. For a few instructions of another CPU, unless that is a preempted virtual one. Optional: 17 and 35,
 *          once.
 */
void (shootdown_wait_change)(const unsigned long *word, unsigned long value);

/* ---- ids that all CPUs share (46, 47); only with the choice rollover, as are 42 and 44: `#define shootdown_asids shootdown_asids` ---- */

/* 46: the ids of the machine: one object, zeroed before the first CPU loads a root. */
struct tlb_asids *(shootdown_asids)(void);

/*
 * 47: the lock of 46. Context: interrupts off; held for a few instructions a CPU, and nobody is waited for meanwhile. Order: as a lock's,
 * acquire and release.
 */
void (shootdown_asid_lock)(void);
void (shootdown_asid_unlock)(void);

/* ---- TLBs besides the CPUs' (55); only with a tlb_notifier: `#define shootdown_read_lock shootdown_read_lock` ---- */

/*
 * 55: what is found from here to the unlock is not given back in between: 31 waits for the section. Optional, both or neither: nothing, for a
 * kernel that registers no tlb_notifier, or never takes one away again.
 * Context: any, pinned or not. Itself: they nest.
 * Order:   as RCU's: what was unhooked before 31 is not found by a section that 31 has not waited for.
 */
unsigned long (shootdown_read_lock)(void);
void (shootdown_read_unlock)(unsigned long section);

/* clang-format on */
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

/* The defaults of 18 and 43 stand behind the prototypes of the hooks they are made of. */
#ifndef shootdown_wait_zero
static inline void shootdown_wait_zero(const long *counter)
{
	(void)counter;
	shootdown_call_poll();
	shootdown_relax();
}
#endif

#ifndef shootdown_wait_change
static inline void shootdown_wait_change(const unsigned long *word, unsigned long value)
{
	(void)word;
	(void)value;
	shootdown_call_poll();
	shootdown_relax();
}
#endif

#ifdef __cplusplus
}
#endif

#endif
