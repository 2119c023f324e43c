/* SPDX-License-Identifier: MIT */
/*
 * flush.c - the flush engine: interrupts to the CPUs of a mask, or one broadcast, or what a host has instead.
 *
 * Why a flush by interrupts is complete. A CPU that holds an old translation walked the tables before the change
 * was visible to it. It set its bit in the mask before it loaded the root (ORD-1, tlb_mm_enter()), and the issuer
 * reads the mask after its change is visible to every walk (ORD-1, here). So either the issuer sees the bit and
 * interrupts the CPU, or the CPU loads the root, and so walks, after the change. The answer comes after the CPU's
 * own invalidation (ORD-3), and is a release: no store that the CPU made through the old translation lands behind it.
 * Neither the interrupt nor the invalidation orders those stores by itself.
 *
 * Why a broadcast is complete. Its issue comes after the change is visible (ORD-1); the issuer's completion barrier
 * waits until every CPU has dropped the entries and done its accesses through them (ORD-3). A CPU that is entering
 * the address space needs no mask: either the invalidation finds its entry or its walk finds the change.
 *
 * A host that has CPUs of a mask invalidated without interrupting them (hook 37) is between the two: the mask is read
 * as for interrupts, and the end awaited as for a broadcast.
 *
 *  1. From ORD-1: the fence stands before the mask is read, and before a broadcast is issued.
 *  2. From ORD-3: an answer is the last thing a target does with a request. A CPU that left the mask answered by
 *     leaving, which is a release as well; the read of the mask takes it up.
 *  3. The issuer stays on its CPU from issue to wait: it counted itself out of the mask, and only it can complete
 *     its broadcast.
 *
 * With the choice catch_up a CPU of the mask that does not run the address space is not asked, and one that is asked catches up with all
 * that it has missed: track/generation.c. What is then asked for is the address space; the request of the issuer is where it answers.
 */
#include "../internal.h"

/* Of a rounded range. */
static TLB_INLINE unsigned long tlb_flush_strides(const struct tlb_flush *flush)
{
	if (flush->nr_ranges)
		return tlb_strides_of_ranges(flush);
	return (flush->end - flush->start) >> flush->stride_shift;
}

/* Of a request that is not of everything: is that better? */
static TLB_INLINE bool tlb_flush_fits(struct tlb_flush *flush)
{
	const struct tlb_arch *arch = shootdown_arch();

	/* More than was asked is always right: it costs what has to be walked again. */
	if (arch->no_range || (flush->tables && arch->tables_all))
		return false;
	/* A step of a whole table would drop the walk-cache path to its first page only. */
	if (flush->tables && arch->table_span)
		flush->stride_shift = SHOOTDOWN_PAGE_SHIFT;
	tlb_flush_round(flush);
	/* Above this number of steps it is cheaper to fill everything again. */
	return !flush->all && (!arch->ceiling || tlb_flush_strides(flush) <= arch->ceiling);
}

/* What this architecture had better do instead of what was asked. */
static TLB_INLINE void tlb_flush_fit(struct tlb_flush *flush)
{
	shootdown_assert(flush->all || flush->start < flush->end, "tlb_flush_issue: needs a range or all");
	shootdown_assert(flush->all || flush->stride_shift >= SHOOTDOWN_PAGE_SHIFT,
			 "tlb_flush_issue: needs a stride of a page or more");
	if (flush->all || !tlb_flush_fits(flush)) {
		flush->all = true;
		flush->nr_ranges = 0;
	}
}

/* ---- by interrupts ---- */

static void tlb_flush_answer(void *arg)
{
	struct tlb_flush *flush = arg;

	/* ORD-3, conclusion 2: whoever waits for the answer takes it for the deed. */
	if (RULE(flush_wait))
		tlb_flush_here(flush);
	shootdown_count(TLB_COUNT_INTERRUPTED, 1);
	/* A release: pairs with the acquire in tlb_ipi_wait(). From here on the request may be gone. */
	__atomic_fetch_sub(&flush->waiting, 1, __ATOMIC_RELEASE);
}

/* A release, as above: pairs with the acquire in tlb_ipi_wait(). */
static void tlb_answered(struct tlb_flush *flush)
{
	__atomic_fetch_sub(&flush->waiting, 1, __ATOMIC_RELEASE);
}

static void tlb_flush_answer_mm(void *arg)
{
	struct tlb_flush *flush = arg;

	/* Second place of the rule: where flushes are generations this is the deed. */
	if (RULE(flush_wait))
		tlb_generation_answer(flush);
	shootdown_count(TLB_COUNT_INTERRUPTED, 1);
	tlb_answered(flush);
}

static void tlb_flush_answer_round(void *arg)
{
	struct tlb_flush *flush = arg;

	tlb_generation_drop(flush->mm, flush->generation);
	tlb_answered(flush);
}

/* Whom a request concerns: this CPU, which is not asked, as it would wait for itself, and others. */
struct tlb_concerned {
	shootdown_cpumask_t others;
	unsigned int asked; /* how many others */
	bool here;
};

/* ORD-3: an acquire. Of a CPU that is not in the mask nothing is awaited, so what it did is done before this read. */
static TLB_INLINE shootdown_cpumask_t tlb_ipi_targets(const struct tlb_mm *mm)
{
	shootdown_cpumask_t targets = shootdown_cpus_read(&mm->cpus);

	/* A CPU that is down would never answer, and has nothing to invalidate: it does that before it comes back. */
	shootdown_cpumask_keep_online(&targets);
	return targets;
}

static TLB_INLINE struct tlb_concerned tlb_ipi_concerned(shootdown_cpumask_t targets)
{
	struct tlb_concerned who = { .others = targets };

	who.here = shootdown_cpumask_take(&who.others, shootdown_cpu());
	who.asked = shootdown_cpumask_count(&who.others);
	return who;
}

static enum tlb_flush_state tlb_call(struct tlb_flush *flush, const struct tlb_concerned *who, void (*answer)(void *))
{
	/* Before the first call: an answer may come at once. No atomic: hook 16 shows a target what was stored before it. */
	flush->waiting = (long)who->asked;
	shootdown_call_cpus(&who->others, answer, flush);
	return TLB_FLUSH_CALLED;
}

/* ORD-3: issued is not done, here or anywhere. */
void tlb_broadcast_wait(void)
{
	if (RULE(broadcast_complete))
		shootdown_flush_complete();
	shootdown_count(TLB_COUNT_ROUNDS, 1);
}

struct tlb_by_host {
	const shootdown_cpumask_t *cpus;
	bool some;
};

static bool tlb_host_flushes(const struct tlb_flush *range, void *arg)
{
	struct tlb_by_host *by = arg;
	bool done = shootdown_flush_cpus(by->cpus, range);

	by->some |= done;
	return done;
}

/* Of all ranges, or of none: what an interrupt is for covers all of them. */
static TLB_OUT_OF_LINE bool tlb_host_flushes_ranges(const struct tlb_flush *flush, const shootdown_cpumask_t *cpus)
{
	struct tlb_by_host by = { .cpus = cpus };
	bool done = tlb_each_range(flush, tlb_host_flushes, &by);

	if (!done && by.some)
		tlb_broadcast_wait();
	return done;
}

/* By whatever the host has that is better than an interrupt; else by one to each. */
static enum tlb_flush_state tlb_ask(struct tlb_flush *flush, const struct tlb_concerned *who, void (*answer)(void *))
{
	if (flush->nr_ranges ? tlb_host_flushes_ranges(flush, &who->others)
			     : shootdown_flush_cpus(&who->others, flush)) {
		shootdown_assert(
			shootdown_arch()->rcu_table_free || !shootdown_arch()->gup_fast,
			"shootdown_flush_cpus: needs rcu_table_free, as nothing else waits for lockless walkers");
		return TLB_FLUSH_BROADCAST;
	}
	return tlb_call(flush, who, answer);
}

/* Of a request that reaches a TLB. */
static TLB_INLINE void tlb_flush_count(const struct tlb_flush *flush)
{
	shootdown_count(TLB_COUNT_FLUSHES, 1);
	if (flush->all)
		shootdown_count(TLB_COUNT_FULL, 1);
}

static TLB_INLINE void tlb_ipi_count(const struct tlb_flush *flush, const struct tlb_concerned *who)
{
	if (who->asked || who->here)
		tlb_flush_count(flush);
	/* What the host did without interrupts has none. */
	if (flush->state == TLB_FLUSH_CALLED) {
		shootdown_count(TLB_COUNT_ROUNDS, 1);
		shootdown_count(TLB_COUNT_IPIS, who->asked);
	}
}

static TLB_INLINE void tlb_ipi_issue(struct tlb_flush *flush, const struct tlb_concerned *who)
{
	flush->state = who->asked ? tlb_ask(flush, who, tlb_flush_answer) : TLB_FLUSH_ALONE;
	tlb_ipi_count(flush, who);
	/* Last, while the others work. */
	if (who->here)
		tlb_flush_here(flush);
}

/* Of those alone who were asked: what a CPU that is not in the mask did was taken up when the mask was read (conclusion 2). */
static void tlb_ipi_wait(struct tlb_flush *flush)
{
	shootdown_assert(shootdown_may_wait(), "tlb_flush_wait: needs interrupts on, or a host that polls");
	/*
	 * ORD-3, an acquire: pairs with the release in tlb_flush_answer(). Each answer is made from the one before, so whoever
	 * reads the last one has all of them. It decides, whatever made the host come back.
	 */
	do {
		shootdown_wait_zero(&flush->waiting);
	} while (__atomic_load_n(&flush->waiting, __ATOMIC_ACQUIRE));
}

/* ---- by generations ---- */

/*
 * A CPU of the mask. One that has another address space loaded catches up when it comes back, one that is lazy when it goes on; but walks
 * ahead of the program may go through any table that it can reach, and the root of one that says it is gone may be loaded for a
 * moment yet. ORD-6, an acquire: what is freed next comes after that CPU's last access. Pairs with tlb_generation_says().
 */
static bool tlb_is_asked(unsigned int cpu, const struct tlb_flush *flush)
{
	unsigned long runs = __atomic_load_n(&shootdown_tlb_cpu(cpu)->runs, __ATOMIC_ACQUIRE);

	return runs == (unsigned long)flush->mm || (flush->tables && RULE(tables_ask_all));
}

static struct tlb_concerned tlb_asked(const struct tlb_flush *flush, bool all)
{
	struct tlb_concerned who = tlb_ipi_concerned(tlb_ipi_targets(flush->mm));
	shootdown_cpumask_t others = who.others;
	unsigned int cpu = 0;

	if (all)
		return who;
	for (unsigned int left = who.asked; left; left--, cpu++) {
		cpu = shootdown_cpumask_next(&others, cpu);
		if (!tlb_is_asked(cpu, flush) && shootdown_cpumask_take(&who.others, cpu))
			who.asked--;
	}
	return who;
}

/* With the lock held, and calls answered meanwhile: who else waits for it is asked as well. */
static TLB_RARE void tlb_generation_round(const struct tlb_flush *flush)
{
	struct tlb_flush round = { .mm = flush->mm, .generation = flush->generation };
	struct tlb_concerned who = tlb_asked(&round, true);
	unsigned long flags;

	if (who.asked) {
		tlb_call(&round, &who, tlb_flush_answer_round);
		tlb_ipi_wait(&round);
	}
	flags = shootdown_irq_save();
	tlb_generation_drop(flush->mm, flush->generation);
	shootdown_irq_restore(flags);
}

/* From the lock to the word: a new generation of the address space is there. Whom it concerns. */
static struct tlb_concerned tlb_generation_make(struct tlb_flush *flush)
{
	struct tlb_concerned who;

	if (tlb_generation_is_round(flush->generation))
		tlb_generation_round(flush);
	/* In front of the word: whoever comes later finds that, or the lock, and the lock is held for no store of this CPU that is late. */
	who = tlb_asked(flush, false);
	tlb_generation_publish(flush);
	return who;
}

static void tlb_generation_issue(struct tlb_flush *flush)
{
	struct tlb_concerned who = tlb_generation_make(flush);

	flush->state = who.asked ? tlb_ask(flush, &who, tlb_flush_answer_mm) : TLB_FLUSH_ALONE;
	who.here = tlb_generation_here(flush);
	tlb_ipi_count(flush, &who);
}

/* ---- by broadcast ---- */

static bool tlb_broadcast_range(const struct tlb_flush *range, void *none)
{
	(void)none;
	shootdown_flush_broadcast(range);
	return true;
}

static void tlb_broadcast_issue(struct tlb_flush *flush)
{
	tlb_flush_count(flush);
	if (flush->nr_ranges)
		tlb_each_range(flush, tlb_broadcast_range, NULL);
	else
		shootdown_flush_broadcast(flush);
	flush->state = TLB_FLUSH_BROADCAST;
}

/* ---- requests ---- */

/* What comes before anybody is told, and before the mask is read. @flush: makes a generation; or NULL. */
static TLB_INLINE void tlb_flush_order(struct tlb_flush *flush)
{
	/* In front of the fence: a CPU whose word is read before it finds the lock. */
	if (flush)
		flush->generation = tlb_generation_lock(flush->mm);
	/* ORD-1, conclusion 1: pairs with tlb_mm_enter() and with every walk. */
	if (RULE(fence_before_flush))
		shootdown_fence_tables();
}

static TLB_INLINE void tlb_flush_begin(struct tlb_flush *flush)
{
	/* Conclusion 3; ends in tlb_flush_end(). */
	shootdown_pin();
	tlb_flush_order(flush);
}

/* From the fence to the last CPU told, for a request that is as it shall be. */
static void tlb_flush_to_cpus(struct tlb_flush *flush)
{
	bool generation = tlb_catches_up() && flush->mm;

	tlb_flush_begin(generation ? flush : NULL);
	if (generation) {
		tlb_generation_issue(flush);
	} else if (shootdown_arch()->reach == TLB_REACH_IPI) {
		struct tlb_concerned who = tlb_ipi_concerned(flush->mm ? tlb_ipi_targets(flush->mm)
								       : shootdown_cpumask_online());

		tlb_ipi_issue(flush, &who);
	} else if (tlb_attaches() && flush->mm) {
		tlb_pay_for(flush);
	} else {
		tlb_broadcast_issue(flush);
	}
}

/* Whether or not a CPU was concerned: a device may walk the tables of a program that no CPU runs. */
static void tlb_flush_send(struct tlb_flush *flush)
{
	tlb_flush_to_cpus(flush);
	if (flush->mm && tlb_has_secondary(flush->mm))
		tlb_secondary_issue(flush);
}

static TLB_INLINE void tlb_flush_end(struct tlb_flush *flush)
{
	if (flush->state == TLB_FLUSH_CALLED)
		tlb_ipi_wait(flush);
	else if (flush->state == TLB_FLUSH_BROADCAST)
		tlb_broadcast_wait();
	if (flush->notified)
		tlb_secondary_wait(flush);
	flush->state = TLB_FLUSH_IDLE;
	shootdown_unpin();
}

void tlb_flush_issue(struct tlb_flush *flush)
{
	shootdown_assert(flush->state == TLB_FLUSH_IDLE, "tlb_flush_issue: needs a request that is not under way");
	tlb_flush_fit(flush);
	tlb_flush_send(flush);
}

void tlb_flush_wait(struct tlb_flush *flush)
{
	shootdown_assert(flush->state != TLB_FLUSH_IDLE, "tlb_flush_wait: needs tlb_flush_issue() first");
	tlb_flush_end(flush);
}

void tlb_flush_poll(void)
{
	shootdown_call_poll();
}

/* ---- for a wave ---- */

/* With generations each request has a fence of its own, under its address space's lock: no two of these are held at once. */
void tlb_wave_begin(struct tlb_flush *flush, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		tlb_flush_fit(&flush[i]);
	shootdown_pin();
	if (!tlb_catches_up())
		tlb_flush_order(NULL);
}

static bool tlb_makes_generation(const struct tlb_flush *flush)
{
	return tlb_catches_up() && flush->mm;
}

shootdown_cpumask_t tlb_wave_targets(struct tlb_flush *flush)
{
	if (tlb_makes_generation(flush)) {
		tlb_flush_order(flush);
		return tlb_generation_make(flush).others;
	}
	if (tlb_catches_up())
		tlb_flush_order(NULL);
	return flush->mm ? tlb_ipi_targets(flush->mm) : shootdown_cpumask_online();
}

void tlb_wave_answer_one(const struct tlb_flush *flush)
{
	if (tlb_makes_generation(flush))
		tlb_generation_answer(flush);
	else
		shootdown_flush_local(flush);
}

bool tlb_wave_here(const struct tlb_flush *flush)
{
	if (tlb_makes_generation(flush))
		return tlb_generation_here(flush);
	shootdown_flush_local(flush);
	return true;
}

/* ---- what a gather recorded ---- */

/* @nr_ranges: those of the gather, or 0. */
static TLB_INLINE struct tlb_flush tlb_request(const struct mmu_gather *tlb, unsigned char nr_ranges)
{
	/* Those of the VMAs that ended since the last flush, and those of the one that is being walked. */
	unsigned char flags = tlb->range_flags | tlb->vma_flags;
	struct tlb_flush flush = {
		.mm = tlb->mm,
		.start = tlb->start,
		.end = tlb->end,
		.all = tlb->end == TLB_ADDRESS_MAX,
		/* Instructions are fetched through tables as well, whatever VMA this is. */
		.exec = flags & TLB_VMA_EXEC || tlb->freed_tables || tlb->unshared_tables,
		.huge = flags & TLB_VMA_HUGE,
		.page_size = tlb->page_size,
		.freed_tables = tlb->freed_tables,
		.unshared_tables = tlb->unshared_tables,
		.levels = tlb->cleared,
		.stride_shift = (unsigned char)tlb_get_unmap_shift(tlb),
		.nr_ranges = nr_ranges,
		.ranges = &tlb->ranges,
	};

	/* A path to a table that is no longer there is as stale as an entry; also to one that lives on elsewhere. */
	if (RULE(walk_cache_flush))
		flush.tables = tlb->freed_tables || tlb->unshared_tables;
	tlb_flush_fit(&flush);
	return flush;
}

static TLB_INLINE void tlb_recorded_to(const struct mmu_gather *tlb, const struct tlb_concerned *who)
{
	struct tlb_flush flush = tlb_request(tlb, 0);

	tlb_ipi_issue(&flush, who);
	tlb_flush_end(&flush);
}

static TLB_OUT_OF_LINE void tlb_recorded_to_others(const struct mmu_gather *tlb, struct tlb_concerned who)
{
	tlb_recorded_to(tlb, &who);
}

/* To CPUs, or to all others. */
static TLB_OUT_OF_LINE void tlb_flush_ranges(const struct mmu_gather *tlb, bool cpus)
{
	struct tlb_flush flush = tlb_request(tlb, tlb->nr_ranges);

	if (cpus) {
		tlb_flush_to_cpus(&flush);
	} else {
		shootdown_pin();
		tlb_secondary_issue(&flush);
	}
	tlb_flush_end(&flush);
}

TLB_RARE void tlb_notify_recorded(const struct mmu_gather *tlb)
{
	tlb_flush_ranges(tlb, false);
}

/* Most programs run on one CPU, and unmap one range. A request that no other reads is not even built, where the hook is inline. */
void tlb_flush_recorded(const struct mmu_gather *tlb)
{
	struct tlb_concerned who;

	shootdown_assert(tlb_recorded(tlb), "tlb_flush_recorded: needs something recorded");
	if (shootdown_arch()->reach != TLB_REACH_IPI || tlb_catches_up() || tlb->nr_ranges) {
		tlb_flush_ranges(tlb, true);
		return;
	}
	tlb_flush_begin(NULL);
	who = tlb_ipi_concerned(tlb_ipi_targets(tlb->mm));
	if (!who.asked)
		tlb_recorded_to(tlb, &who);
	else
		tlb_recorded_to_others(tlb, who);
}

/* ---- one call ---- */

static void tlb_flush_now(struct tlb_flush *flush)
{
	tlb_flush_issue(flush);
	tlb_flush_wait(flush);
}

void tlb_mm_flush(struct tlb_mm *mm)
{
	struct tlb_flush flush = tlb_request_all(mm);

	shootdown_assert(mm, "tlb_mm_flush: needs an mm");
	tlb_flush_now(&flush);
}

/* Instructions are fetched through tables as well, whatever VMA this is. */
static void tlb_range_flush(struct tlb_vma *vma, unsigned long start, unsigned long end, bool tables)
{
	struct tlb_flush flush = {
		.mm = vma->mm,
		.start = start,
		.end = end,
		.tables = tables,
		.exec = tables || vma->flags & TLB_VMA_EXEC,
		.page_size = vma->flags & TLB_VMA_HUGE ? tlb_shift_size(vma->page_shift) : 0,
		.huge = vma->flags & TLB_VMA_HUGE,
		.stride_shift = vma->page_shift,
	};

	shootdown_assert(start <= end, "tlb_flush_range: needs start <= end");
	if (start != end)
		tlb_flush_now(&flush);
}

void tlb_flush_range(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	tlb_range_flush(vma, start, end, false);
}

void tlb_flush_range_tables(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	tlb_range_flush(vma, start, end, true);
}

/* Not fitted: a page is a page also where ranges are not worth using. */
void tlb_flush_page(struct tlb_vma *vma, unsigned long addr)
{
	unsigned long size = tlb_shift_size(vma->page_shift);
	struct tlb_flush flush = {
		.mm = vma->mm,
		.start = addr & ~(size - 1),
		.end = (addr & ~(size - 1)) + size,
		.page_size = size,
		.levels = vma->page_shift == SHOOTDOWN_PAGE_SHIFT ? 1u << TLB_LEVEL_PTE : 0,
		.exec = vma->flags & TLB_VMA_EXEC,
		.huge = vma->flags & TLB_VMA_HUGE,
		.stride_shift = vma->page_shift,
	};

	tlb_flush_send(&flush);
	tlb_flush_wait(&flush);
}

void tlb_flush_kernel_range(unsigned long start, unsigned long end)
{
	struct tlb_flush flush = {
		.start = start,
		.end = end,
		.tables = true,
		.exec = true,
		.stride_shift = SHOOTDOWN_PAGE_SHIFT,
	};

	shootdown_assert(start <= end, "tlb_flush_kernel_range: needs start <= end");
	if (start != end)
		tlb_flush_now(&flush);
}
