/* SPDX-License-Identifier: MIT */
/*
 * mmu_notifier.h - whoever keeps page tables of his own, made from a process's: a hypervisor, a device driver.
 *
 * He asks the mm which page an address has, and maps that page in tables that no CPU walks. When the mm takes the page away nobody flushes those
 * tables. So the mm says so, before it changes an entry and after:
 *
 *   1. mmu_notifier_invalidate_range_start(): each subscriber drops what it has of the range, and maps nothing of it, until
 *   2. the mm has changed the entries, and calls mmu_notifier_invalidate_range_end().
 *   3. Only then a page may be mapped again; so who has asked for a page before the start of a bracket, and is about to map it, asks again.
 *
 * The bracket encloses the change of the entries. It does not have to enclose the CPUs' flush, nor the free of the pages, which comes after the
 * start: who has dropped them at the start has nothing to do with either. TLBs that walk the CPU's own tables are another thing: they are
 * invalidated whenever a CPU's is, by the flush, and have no part in this.
 *
 * struct mmu_notifier is for one who shadows all of an address space, and keeps a count of open brackets himself. struct mmu_interval_notifier is
 * for one range, and brings the question of 3 along: mmu_interval_read_begin() and mmu_interval_read_retry().
 *
 * Who may touch a field: C constant once registered; L under hook 53; A atomic, stored under L; m M changed under all locks of hook 50, read under
 * any of them; u under the lock of the subscriber; r of those in a section of hook 51.
 *
 *                register unregister  get  put  insert remove  start, end, young  release
 *   register         .        .        .    .     .      .            X              X      X: the caller keeps these two apart: of one
 *   unregister       .        X        X    X     .      .            .              .      subscription for unregister, put and remove, else
 *   get, put         .        X        .    .     .      .            .              .      of one mm. start, end and young are called under
 *   insert           .        .        .    .     .      X            .              X      one of the locks of hook 50, registering
 *   remove           .        .        .    .     X      X            .              .      takes all of them; release when nobody can
 *   start, end       X        .        .    .     .      .            .              X      have any, nor register or insert
 *   release          X        .        .    .     X      .            X              X
 */
#ifndef SHOOTDOWN_MMU_NOTIFIER_H
#define SHOOTDOWN_MMU_NOTIFIER_H

#include <shootdown/host_notifiers.h>
#include <shootdown/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mmu_notifier;
struct mmu_interval_notifier;

/* What is not 0, with Linux's numbers. */
enum mmu_notifier_error {
	MMU_NOTIFIER_AGAIN = -11,     /* may not sleep here, and would have to */
	MMU_NOTIFIER_NO_MEMORY = -12, /* hook 48 has none, or .alloc_notifier */
	MMU_NOTIFIER_INVALID = -22,   /* the address space has no user any more */
	MMU_NOTIFIER_OVERFLOW = -75,  /* no byte, or beyond the last address */
};

/* Why a range changes. */
enum mmu_notifier_event {
	MMU_NOTIFY_UNMAP,	    /* the addresses go: munmap(), mremap() */
	MMU_NOTIFY_CLEAR,	    /* entries are cleared, or get another page */
	MMU_NOTIFY_PROTECTION_VMA,  /* the rights of a mapping */
	MMU_NOTIFY_PROTECTION_PAGE, /* the rights in single entries */
	MMU_NOTIFY_SOFT_DIRTY,	    /* the same, to see who writes */
	MMU_NOTIFY_RELEASE,	    /* the address space goes */
	MMU_NOTIFY_MIGRATE,	    /* a page goes to .owner's memory: who is .owner need not do anything */
	MMU_NOTIFY_EXCLUSIVE,	    /* a page is .owner's alone, likewise */
};

enum mmu_notifier_range_flags {
	MMU_NOTIFIER_RANGE_BLOCKABLE = 1 << 0, /* subscribers may sleep */
};

/* One bracket; of the thread that opens it, from the start to the end. */
struct mmu_notifier_range {
	struct tlb_mm *mm;
	unsigned long start, end; /* [start, end), bytes; end == ~0ul: to the last byte of all */
	unsigned int flags;	  /* enum mmu_notifier_range_flags, which start sets */
	enum mmu_notifier_event event;
	void *owner; /* of MIGRATE and EXCLUSIVE: the driver that asked for it; else NULL */
};

/*
 * Each may be NULL. All may run at the same time, and beside themselves.
 *
 * release: drop everything, and map nothing from here on; the address space goes, or mmu_notifier_unregister() was called. Once a
 *	registration. May sleep, and call mmu_notifier_put().
 * invalidate_range_start: drop what there is of the range, see above. May sleep if the range is blockable. 0; or MMU_NOTIFIER_AGAIN, if the
 *	range is not blockable and this would have to sleep, and then nothing was done. One that can say so has no invalidate_range_end.
 * invalidate_range_end: the entries are changed. Pages of the range may be free. May sleep if the range is blockable.
 * clear_flush_young, clear_young: was something in the range used, by somebody behind these tables? And forget it, and flush so that the next
 *	use is seen at once, or not. Does not sleep: page-table locks are held.
 * test_young: the same of one address; nothing is forgotten.
 * alloc_notifier: a new subscription for mmu_notifier_get(), all zero, or NULL; free_notifier: the other side, when nobody is in a callback
 *	any more. Does not sleep.
 */
struct mmu_notifier_ops {
	void (*release)(struct mmu_notifier *subscription, struct tlb_mm *mm);
	int (*invalidate_range_start)(struct mmu_notifier *subscription, const struct mmu_notifier_range *range);
	void (*invalidate_range_end)(struct mmu_notifier *subscription, const struct mmu_notifier_range *range);
	bool (*clear_flush_young)(struct mmu_notifier *subscription, struct tlb_mm *mm, unsigned long start,
				  unsigned long end);
	bool (*clear_young)(struct mmu_notifier *subscription, struct tlb_mm *mm, unsigned long start,
			    unsigned long end);
	bool (*test_young)(struct mmu_notifier *subscription, struct tlb_mm *mm, unsigned long address);
	struct mmu_notifier *(*alloc_notifier)(struct tlb_mm *mm);
	void (*free_notifier)(struct mmu_notifier *subscription);
};

enum mmu_notifier_state {
	MMU_NOTIFIER_OUT,	/* nobody calls it, but who is in a section already */
	MMU_NOTIFIER_LISTED,	/* is called */
	MMU_NOTIFIER_RELEASING, /* is called, and somebody has called its release, or is about to */
};

/* Memory of the subscriber, from registration until it is over. */
struct mmu_notifier {
	const struct mmu_notifier_ops *ops; /* C: set before mmu_notifier_register() */
	struct tlb_mm *mm;		    /* C */
	struct mmu_notifier *next;	    /* A: read by r */
	enum mmu_notifier_state state;	    /* L */
	unsigned int users;		    /* L */
	shootdown_rcu_t rcu;		    /* of whoever put it last */
};

/*
 * Of an interval. invalidate: under the lock that mmu_interval_read_retry() is called under: mmu_interval_set_seq(), always; then drop what there
 * is of the range. May sleep if the range is blockable. False: it is not, and this would have to sleep; nothing was done.
 */
struct mmu_interval_notifier_ops {
	bool (*invalidate)(struct mmu_interval_notifier *interval, const struct mmu_notifier_range *range,
			   unsigned long seq);
};

enum mmu_interval_state {
	MMU_INTERVAL_OUT,    /* nobody calls it */
	MMU_INTERVAL_IN,     /* is called */
	MMU_INTERVAL_COMING, /* is not called yet: by the end of what is under way */
	MMU_INTERVAL_GOING,  /* is called until then */
};

/* Memory of the subscriber, from insertion until removal is over. */
struct mmu_interval_notifier {
	const struct mmu_interval_notifier_ops *ops; /* C */
	struct tlb_mm *mm;			     /* C */
	unsigned long start, last;		     /* C: bytes, the last one included */
	unsigned long seq;			     /* u, A: always odd; that of the last invalidation */
	enum mmu_interval_state state;		     /* L */
	struct mmu_interval_notifier *deferred;	     /* L: the next that comes or goes */
	/* L; while mmu_notifiers.seq is odd nobody changes these. lib/notify/tree.c. */
	struct mmu_interval_notifier *parent, *left, *right;
	unsigned long subtree_last; /* the greatest .last of this and all below */
};

/* Of one address space; memory of the host, hook 48. All zero: nobody has registered. */
struct mmu_notifiers {
	struct mmu_notifier *first; /* A: read by r */
	bool intervals;		    /* m M and L: there may be some, so start and end count */
	unsigned long
		seq; /* A: odd: something that some interval was told of is under way; see lib/notify/interval.c */
	unsigned long active;			/* L: starts without their ends; counted with .intervals */
	struct mmu_interval_notifier *tree;	/* L */
	struct mmu_interval_notifier *deferred; /* L: to be inserted, or removed, when .seq becomes even */
};

/* ---- for subscribers ---- */

#ifdef shootdown_notifiers

/*
 * mmu_notifier_register - call @subscription->ops for @mm from here on.
 *
 * Context: thread, no spinlock held, may sleep; the caller keeps a user of @mm; .ops is set, and the rest of @subscription zero.
 * Locks:   takes all those of hook 50, so the caller holds none of them; and that of 53.
 * Order:   by those locks: no bracket is open then, so its first callback is a start, not an end.
 * Fails:   MMU_NOTIFIER_NO_MEMORY (hook 48), or what hook 50 says. Nothing has changed then. Asserts "needs a new subscription with its
 *          callbacks".
 * After:   returns 0. A bracket that begins after this call is told. Ends with mmu_notifier_unregister(), or mmu_notifier_put(); also when
 *          .release was called. Until then the memory of @mm stays (hook 49), whether or not it has users.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_register().
 */
int mmu_notifier_register(struct mmu_notifier *subscription, struct tlb_mm *mm);

/*
 * mmu_notifier_unregister - end what mmu_notifier_register() began.
 *
 * Context: thread, no spinlock held, may sleep. Not from a callback of @subscription: it waits for them.
 * Locks:   none that a callback of any subscription waits for; takes that of hook 53.
 * Order:   hook 52: what callbacks did is done before this returns.
 * Fails:   never. Asserts "of the mm that it is registered for".
 * After:   .release was called, here or before, and is done. No callback runs, and none will: @subscription is the caller's.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_unregister().
 */
void mmu_notifier_unregister(struct mmu_notifier *subscription, struct tlb_mm *mm);

/*
 * mmu_notifier_get - the subscription of @mm with these very @ops, which several may share; made by .alloc_notifier if there is none.
 *
 * Context: thread, no spinlock held, may sleep; the caller keeps a user of @mm.
 * Locks:   as mmu_notifier_register() if there is none; else takes that of hook 53.
 * Order:   as mmu_notifier_register().
 * Fails:   as mmu_notifier_register(), also if .alloc_notifier has no memory; MMU_NOTIFIER_OVERFLOW: more users than a number counts. *@to
 *          is NULL then. Asserts "needs alloc and free", and as mmu_notifier_register().
 * After:   returns 0, and *@to has one user more. Each calls mmu_notifier_put() once.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_get_locked().
 */
int mmu_notifier_get(const struct mmu_notifier_ops *ops, struct tlb_mm *mm, struct mmu_notifier **to);

/*
 * mmu_notifier_put - one user less. The last one has dropped what was mapped: .release is not called for him.
 *
 * Context: thread, also with spinlocks held and from a callback of @subscription, not an interrupt handler (hook 53); does not sleep.
 * Locks:   takes that of hook 53.
 * Order:   hook 52: what callbacks did is done before .free_notifier.
 * Fails:   never. Asserts "needs a user".
 * After:   that of the last one: .free_notifier is called when no callback runs any more.
 * Source:  Linux mm/mmu_notifier.c: mmu_notifier_put().
 */
void mmu_notifier_put(struct mmu_notifier *subscription);

/*
 * mmu_interval_notifier_insert - call @ops->invalidate for brackets that meet [@start, @start + @length), bytes, of @mm.
 *
 * Each finds those that it meets among n of them in a time that grows as log n and with the number that it meets (a treap,
 * lib/notify/tree.c).
 *
 * Context: thread, no spinlock held, may sleep; the caller keeps a user of @mm.
 * Locks:   the first one of an mm: as mmu_notifier_register(). Takes that of hook 53.
 * Order:   by that lock: a bracket that begins later finds it, or mmu_interval_read_begin() waits for the bracket.
 * Fails:   MMU_NOTIFIER_OVERFLOW: @length is 0, or reaches beyond the last address; the first one of an mm also as mmu_notifier_register().
 *          Nothing has changed then. Asserts "needs a callback".
 * After:   returns 0. It may take until the end of what is under way before it is called; mmu_interval_read_begin() waits as long. Whatever
 *          is mapped is behind that and mmu_interval_read_retry(), so nothing is missed.
 * Source:  Linux mm/mmu_notifier.c: mmu_interval_notifier_insert().
 */
int mmu_interval_notifier_insert(struct mmu_interval_notifier *interval, struct tlb_mm *mm, unsigned long start,
				 unsigned long length, const struct mmu_interval_notifier_ops *ops);

/*
 * mmu_interval_notifier_remove - the other side. Whatever is mapped the caller drops.
 *
 * Context: thread, no spinlock held, may sleep; not from a callback of @interval, nor between the start and the end of a bracket of the
 *          caller's own: it may wait for either.
 * Locks:   none that a bracket under way waits for; takes that of hook 53.
 * Order:   by that lock: what callbacks did is done before this returns.
 * Fails:   never. Asserts "of an interval that is inserted, once".
 * After:   no callback runs, and none will: @interval is the caller's.
 * Source:  Linux mm/mmu_notifier.c: mmu_interval_notifier_remove().
 */
void mmu_interval_notifier_remove(struct mmu_interval_notifier *interval);

/*
 * mmu_interval_read_begin - before the subscriber asks the mm for pages of the interval.
 *
 *	do {
 *		seq = mmu_interval_read_begin(interval);
 *		ask for the pages, with whatever locks and faults that needs;
 *		lock;
 *	} while (mmu_interval_read_retry(interval, seq) && (unlock, true));
 *	map them; unlock;
 *
 * Context: thread, no spinlock held, may sleep: waits until what the interval was told of is over.
 * Locks:   none of those of hook 50, nor the one of mmu_interval_read_retry(). Takes that of hook 53.
 * Order:   what was changed in a bracket that is over is seen by the caller.
 * Fails:   never.
 * After:   returns the number for mmu_interval_read_retry(). That may say "again" at once.
 * Source:  Linux mm/mmu_notifier.c: mmu_interval_read_begin().
 */
unsigned long mmu_interval_read_begin(struct mmu_interval_notifier *interval);

/*
 * mmu_interval_read_retry - has anything come in between, so that the pages may be others now?
 *
 * Context: any that its lock allows; does not sleep.
 * Locks:   the one under which .invalidate calls mmu_interval_set_seq(), and under which the caller maps the pages if the answer is no.
 * Order:   by that lock.
 * Fails:   never.
 * After:   false: each bracket that may change them is over, or will call .invalidate behind this lock, which finds what was mapped.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_interval_read_retry().
 */
static inline bool mmu_interval_read_retry(const struct mmu_interval_notifier *interval, unsigned long seq)
{
	return interval->seq != seq;
}

/*
 * mmu_interval_check_retry - the same without a lock, to give up early. True is certain; false is none.
 *
 * Context: any; does not sleep.
 * Locks:   none.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed. True: the caller begins again. False: mmu_interval_read_retry() decides.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_interval_check_retry().
 */
static inline bool mmu_interval_check_retry(const struct mmu_interval_notifier *interval, unsigned long seq)
{
	return __atomic_load_n(&interval->seq, __ATOMIC_RELAXED) != seq;
}

/*
 * mmu_interval_set_seq - in .invalidate, whatever it is for: who is about to map something begins again.
 *
 * Context: .invalidate; does not sleep.
 * Locks:   the lock of mmu_interval_read_retry().
 * Order:   by that lock; to those who read without it relaxed, as a hint.
 * Fails:   never.
 * After:   mmu_interval_read_retry() says true of every number but @seq.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_interval_set_seq().
 */
static inline void mmu_interval_set_seq(struct mmu_interval_notifier *interval, unsigned long seq)
{
	/* Read without that lock by the two above, as a hint, and by read_begin, which asks for no more than a number that it once was. */
	__atomic_store_n(&interval->seq, seq, __ATOMIC_RELAXED);
}

#endif

/* ---- for the mm ---- */

#ifdef shootdown_notifiers

/*
 * mm_has_notifiers - has anybody ever registered?
 *
 * Most address spaces have nobody, and then a bracket costs this load; in a kernel without hook 48 the compiler knows the answer.
 *
 * Context: any; does not sleep.
 * Locks:   any of hook 50's; or nobody can register any more, as in exit.
 * Order:   by that lock: who has registered before is found.
 * Fails:   never.
 * After:   nothing changed.
 * Source:  Linux include/linux/mmu_notifier.h: mm_has_notifiers().
 */
static inline bool mm_has_notifiers(const struct tlb_mm *mm)
{
	return mm->notifiers != NULL;
}

#else

static inline bool mm_has_notifiers(const struct tlb_mm *mm)
{
	(void)mm;
	return false;
}

#endif

/*
 * mmu_notifier_range_blockable - may subscribers sleep in the bracket of @range?
 *
 * Context: any; does not sleep.
 * Locks:   none: @range is the bracket's.
 * Order:   none.
 * Fails:   never.
 * After:   nothing changed.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_range_blockable().
 */
static inline bool mmu_notifier_range_blockable(const struct mmu_notifier_range *range)
{
	return range->flags & MMU_NOTIFIER_RANGE_BLOCKABLE;
}

/*
 * mmu_notifier_range_init - a bracket over [@start, @end), bytes, of @mm. It may be wider than what will change, not narrower.
 *
 * Context: any; does not sleep.
 * Locks:   none: @range is the caller's.
 * Order:   none.
 * Fails:   never. Asserts "needs a range".
 * After:   @range has no owner, and is ready for mmu_notifier_invalidate_range_start().
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_range_init().
 */
static inline void mmu_notifier_range_init(struct mmu_notifier_range *range, enum mmu_notifier_event event,
					   struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	shootdown_assert(start < end, "mmu_notifier_range_init: needs a range");
	range->mm = mm;
	range->start = start;
	range->end = end;
	range->flags = 0;
	range->event = event;
	range->owner = NULL;
}

/*
 * mmu_notifier_range_init_owner - the same for MIGRATE and EXCLUSIVE, whose @owner need not do anything.
 *
 * Context: any; does not sleep.
 * Locks:   none: @range is the caller's.
 * Order:   none.
 * Fails:   never. Asserts as mmu_notifier_range_init().
 * After:   as mmu_notifier_range_init(), and @range has its owner.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_range_init_owner().
 */
static inline void mmu_notifier_range_init_owner(struct mmu_notifier_range *range, enum mmu_notifier_event event,
						 struct tlb_mm *mm, unsigned long start, unsigned long end, void *owner)
{
	mmu_notifier_range_init(range, event, mm, start, end);
	range->owner = owner;
}

#ifdef shootdown_notifiers

/* For the inline functions below; not to be called. lib/notify/notifiers.c: of an mm that has notifiers. */
int mmu_notifier_start(const struct mmu_notifier_range *range);
void mmu_notifier_end(const struct mmu_notifier_range *range);
void mmu_notifier_exit(struct tlb_mm *mm);
bool mmu_notifier_young(struct tlb_mm *mm, unsigned long start, unsigned long end, bool flush);
bool mmu_notifier_is_young(struct tlb_mm *mm, unsigned long address);

#else

/* There is none. Functions, so that no compiler looks for others, however little it optimizes. */
static inline int mmu_notifier_start(const struct mmu_notifier_range *range)
{
	(void)range;
	return 0;
}

static inline void mmu_notifier_end(const struct mmu_notifier_range *range)
{
	(void)range;
}

static inline void mmu_notifier_exit(struct tlb_mm *mm)
{
	(void)mm;
}

static inline bool mmu_notifier_young(struct tlb_mm *mm, unsigned long start, unsigned long end, bool flush)
{
	(void)mm;
	(void)start;
	(void)end;
	(void)flush;
	return false;
}

static inline bool mmu_notifier_is_young(struct tlb_mm *mm, unsigned long address)
{
	(void)mm;
	(void)address;
	return false;
}

#endif

/*
 * mmu_notifier_invalidate_range_start - the entries of @range are about to change.
 *
 * Context: thread, no spinlock held, may sleep, as the subscribers. Brackets overlap and nest freely, of one thread and of several.
 * Locks:   any of hook 50's, until mmu_notifier_invalidate_range_end(); none besides that a subscriber takes to ask for pages. The
 *          page-table lock comes after. Takes that of hook 53.
 * Order:   what subscribers did with the pages of @range is done on return.
 * Fails:   never. Asserts of a callback "refuses only what is not blockable", "who may refuse has no invalidate_range_end".
 * After:   nobody has anything of @range mapped, nor maps it, but who asks again for the pages.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_invalidate_range_start().
 */
static inline void mmu_notifier_invalidate_range_start(struct mmu_notifier_range *range)
{
	if (!mm_has_notifiers(range->mm))
		return;
	range->flags |= MMU_NOTIFIER_RANGE_BLOCKABLE;
	mmu_notifier_start(range);
}

/*
 * mmu_notifier_invalidate_range_start_nonblock - the same where nobody may sleep.
 *
 * Context: thread, not an interrupt handler (hook 53), may not sleep: a caller who is needed to free memory.
 * Locks:   as mmu_notifier_invalidate_range_start().
 * Order:   as mmu_notifier_invalidate_range_start(), if it returns 0.
 * Fails:   MMU_NOTIFIER_AGAIN: a subscriber would have to sleep. Those that had started are told the end, and the caller changes no entry,
 *          and calls no end. Asserts of a callback "who may refuse has no invalidate_range_end".
 * After:   returns 0, and all is as after mmu_notifier_invalidate_range_start().
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_invalidate_range_start_nonblock().
 */
static inline int mmu_notifier_invalidate_range_start_nonblock(struct mmu_notifier_range *range)
{
	if (!mm_has_notifiers(range->mm))
		return 0;
	range->flags &= ~(unsigned int)MMU_NOTIFIER_RANGE_BLOCKABLE;
	return mmu_notifier_start(range);
}

/*
 * mmu_notifier_invalidate_range_end - the entries of @range are changed.
 *
 * Context: as the start of @range, which may have been one that does not sleep. Pages that were mapped may be free.
 * Locks:   as the start, and the same all the time.
 * Order:   who asks for pages after this sees the entries as they are now.
 * Fails:   never. Asserts "needs a start".
 * After:   a page of the range may be mapped again, by who asks for it now.
 * Source:  Linux include/linux/mmu_notifier.h: mmu_notifier_invalidate_range_end().
 */
static inline void mmu_notifier_invalidate_range_end(struct mmu_notifier_range *range)
{
	if (mm_has_notifiers(range->mm))
		mmu_notifier_end(range);
}

/*
 * mmu_notifier_release - the last user of @mm has gone, and all its entries go next.
 *
 * Context: once an mm; thread, no spinlock held, may sleep. Nobody can register any more (hook 50 says so), and no bracket is open.
 * Locks:   none that a callback waits for; takes that of hook 53.
 * Order:   hook 52: what callbacks did is done before this returns.
 * Fails:   never.
 * After:   every .release was called and is done, whoever called it; intervals were told of everything. Brackets of @mm reach intervals
 *          only.
 * Source:  Linux mm/mmu_notifier.c: __mmu_notifier_release().
 */
static inline void mmu_notifier_release(struct tlb_mm *mm)
{
	if (mm_has_notifiers(mm))
		mmu_notifier_exit(mm);
}

/*
 * mmu_notifier_clear_flush_young - was anything of [@start, @end), bytes, used through a subscriber's tables? Each is asked, and forgets.
 *
 * Context: any in which hook 51 may be called, page-table locks held; does not sleep.
 * Locks:   any of hook 50's.
 * Order:   none but that of hook 51.
 * Fails:   never.
 * After:   true: somebody says so. The next use is seen at once, as each has flushed.
 * Source:  Linux mm/mmu_notifier.c: __mmu_notifier_clear_flush_young().
 */
static inline bool mmu_notifier_clear_flush_young(struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	return mm_has_notifiers(mm) && mmu_notifier_young(mm, start, end, true);
}

/*
 * mmu_notifier_clear_young - the same; what is used soon afterwards may go unseen.
 *
 * Context: as mmu_notifier_clear_flush_young().
 * Locks:   any of hook 50's.
 * Order:   none but that of hook 51.
 * Fails:   never.
 * After:   true: somebody says so. Nobody had to flush.
 * Source:  Linux mm/mmu_notifier.c: __mmu_notifier_clear_young().
 */
static inline bool mmu_notifier_clear_young(struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	return mm_has_notifiers(mm) && mmu_notifier_young(mm, start, end, false);
}

/*
 * mmu_notifier_test_young - the same of one address, bytes; nobody forgets, and who comes after one that says yes is not asked.
 *
 * Context: as mmu_notifier_clear_flush_young().
 * Locks:   any of hook 50's.
 * Order:   none but that of hook 51.
 * Fails:   never.
 * After:   nothing changed. True: somebody says so.
 * Source:  Linux mm/mmu_notifier.c: __mmu_notifier_test_young().
 */
static inline bool mmu_notifier_test_young(struct tlb_mm *mm, unsigned long address)
{
	return mm_has_notifiers(mm) && mmu_notifier_is_young(mm, address);
}

#ifdef __cplusplus
}
#endif

#endif
