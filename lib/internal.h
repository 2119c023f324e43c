/* SPDX-License-Identifier: MIT */
/* internal.h - what the library's own files say to each other; no kernel includes it. */
#ifndef SHOOTDOWN_INTERNAL_H
#define SHOOTDOWN_INTERNAL_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>

/*
 * How functions are compiled where the compiler's own choice costs the common path. Out of line: or it saves registers for what it
 * does not call. Rare: it lies apart as well. Inline: an argument that is a constant has to fold.
 */
#define TLB_OUT_OF_LINE __attribute__((noinline))
#define TLB_RARE	__attribute__((noinline, cold))
#define TLB_INLINE	inline __attribute__((always_inline))

/*
 * flush.c: a flush of what is recorded, issued and waited for. The record stays as it is. flush_recorded: by CPUs; notify_recorded: behind that, if the
 * address space has secondary TLBs, by these. Apart, so that who has none pays for one look.
 */
void tlb_flush_recorded(const struct mmu_gather *tlb);
TLB_RARE void tlb_notify_recorded(const struct mmu_gather *tlb);

/* Steps begin at @start, so one that lies inside an entry would miss that entry, and the last one what is left over. */
static TLB_INLINE void tlb_flush_round(struct tlb_flush *flush)
{
	unsigned long inside = tlb_shift_size(flush->stride_shift) - 1;

	flush->start &= ~inside;
	flush->end = (flush->end + inside) & ~inside;
	/* Beyond the last address, which no end can say; or a stride as long as the address space. */
	if (flush->end <= flush->start)
		flush->all = true;
}

/*
 * ranges.c. join: all that was recorded, and [@start, @end), becomes one; covers_some: is some of [@start, @end) recorded? Of a request with
 * ranges: their strides; each, in whole strides, as a request, until fn() says no; and all of them here.
 */
typedef bool tlb_range_fn(const struct tlb_flush *range, void *arg);
void tlb_join_ranges(struct mmu_gather *tlb, unsigned long start, unsigned long end);
bool tlb_covers_some(const struct mmu_gather *tlb, unsigned long start, unsigned long end);
unsigned long tlb_strides_of_ranges(const struct tlb_flush *flush);
bool tlb_each_range(const struct tlb_flush *flush, tlb_range_fn *fn, void *arg);
TLB_OUT_OF_LINE void tlb_ranges_here(const struct tlb_flush *flush);

/* Here, all that @flush says. */
static TLB_INLINE void tlb_flush_here(const struct tlb_flush *flush)
{
	if (flush->nr_ranges)
		tlb_ranges_here(flush);
	else
		shootdown_flush_local(flush);
}

/*
 * flush.c, for wave.c. begin: pins, fits each request, and fences, before the masks are read; complete: of broadcasts, and of what a host
 * has instead of interrupts.
 */
void tlb_wave_begin(struct tlb_flush *flush, unsigned int nr);
shootdown_cpumask_t tlb_wave_targets(struct tlb_flush *flush);
void tlb_wave_answer_one(const struct tlb_flush *flush);
/* False: it has another address space loaded, or is lazy, and catches up when it comes back. */
bool tlb_wave_here(const struct tlb_flush *flush);
void tlb_broadcast_wait(void);

/*
 * ORD-9. Behind the fence of the flush, as the mask is: a notifier that is not found belongs to a TLB whose first walk finds the change. What
 * stands in one that is found is read behind an acquire.
 */
static TLB_INLINE bool tlb_has_secondary(const struct tlb_mm *mm)
{
	return __atomic_load_n(&mm->secondary, __ATOMIC_RELAXED);
}

/* May some of them go on faulting by what an entry said before? Asked behind the change; see tlb_notify_upgrade(). */
static TLB_INLINE bool tlb_upgrade_is_told(const struct tlb_mm *mm)
{
	return shootdown_arch()->secondary_sticky && tlb_has_secondary(mm);
}

/* secondary.c: tells those of @flush->mm, which has some, or had; waits for them. */
TLB_OUT_OF_LINE void tlb_secondary_issue(struct tlb_flush *flush);
TLB_OUT_OF_LINE void tlb_secondary_wait(struct tlb_flush *flush);

/*
 * batch.c: pages. free: no page-table lock, and some are queued; release: the batch pages themselves, at the very end, if
 * there are any.
 */
void tlb_batch_free_pages(struct mmu_gather *tlb);
/* ... and the reverse maps that were delayed, if any: what is recorded was flushed. */
TLB_OUT_OF_LINE void tlb_drop_delayed(struct mmu_gather *tlb);
static TLB_INLINE void tlb_drop_rmaps(struct mmu_gather *tlb)
{
	if (tlb->state == TLB_GATHER_DELAYED)
		tlb_drop_delayed(tlb);
}

void tlb_batch_release(struct mmu_gather *tlb);

/* table.c: hand the table batch over to be freed. */
TLB_OUT_OF_LINE void tlb_table_flush(struct mmu_gather *tlb);
/* With catch_up: of a gather of the whole mm, for tlb_mm_destroy(), if they may stay; and to hand those over. */
TLB_OUT_OF_LINE void tlb_keep_tables(struct mmu_gather *tlb);
void tlb_free_kept_tables(struct tlb_mm *mm);

/* How many lanes tlb_mm.pending has. The host's constant. */
static inline unsigned int tlb_lanes(void)
{
	shootdown_assert(shootdown_limits()->lanes <= 8, "shootdown_limits: needs lanes <= 8");
	return shootdown_limits()->lanes > 1 ? shootdown_limits()->lanes : 1;
}

/* One gather of @lane, as tlb_mm.pending counts it. */
static inline unsigned long tlb_lane_one(unsigned int lane)
{
	return 1ul << lane * (sizeof(long) * 8 / tlb_lanes());
}

/* How many it can count. */
static inline unsigned long tlb_lane_most(void)
{
	return ~0ul >> (sizeof(long) * 8 - sizeof(long) * 8 / tlb_lanes());
}

/* How many gathers @open counts in @lane; and is that as many as it can (pending.c)? One lane has room for all there are. */
static inline unsigned long tlb_lane_count(unsigned long open, unsigned int lane)
{
	return open / tlb_lane_one(lane) & tlb_lane_most();
}

static inline bool tlb_lane_is_full(unsigned long open, unsigned int lane)
{
	return tlb_lanes() > 1 && tlb_lane_count(open, lane) == tlb_lane_most();
}

/* Does @open count nobody? A lane that was full stays so. */
static inline bool tlb_none_open(unsigned long open)
{
	unsigned int lane = 0;

	while (lane < tlb_lanes() && (!tlb_lane_count(open, lane) || tlb_lane_is_full(open, lane)))
		lane++;
	return lane == tlb_lanes();
}

/* With several lanes: one more in the emptiest, which this is; and one less in @lane. */
unsigned char tlb_lane_raise(struct tlb_mm *mm);
void tlb_lane_lower(struct tlb_mm *mm, unsigned char lane);

/* One gather more in tlb_mm.pending, in @lane. ORD-4, relaxed: the page-table lock's release makes it visible with the entry. */
static inline void tlb_pending_raise(struct tlb_mm *mm, unsigned char *lane)
{
	if (tlb_lanes() > 1)
		*lane = tlb_lane_raise(mm);
	else
		__atomic_fetch_add(&mm->pending, 1, __ATOMIC_RELAXED);
}

/* ... and one less: a release, which pairs with tlb_mm_open_gathers(). */
static inline void tlb_pending_lower(struct tlb_mm *mm, unsigned char lane)
{
	if (tlb_lanes() > 1)
		tlb_lane_lower(mm, lane);
	else
		__atomic_fetch_sub(&mm->pending, 1, __ATOMIC_RELEASE);
}

/* Do numbers of generations come round? A kernel's never do; tests of a few bits say no, to see what happens then. */
#ifndef TLB_GENERATION_WRAPS
#define TLB_GENERATION_WRAPS (SHOOTDOWN_GENERATION_BITS < sizeof(long) * 8 - 1)
#endif

/* What a CPU runs: struct tlb_cpu.runs. */
#define TLB_LAZY 1ul

/* Does a CPU that misses flushes catch up? A constant in a kernel. */
static inline bool tlb_catches_up(void)
{
	return shootdown_arch()->reach == TLB_REACH_IPI && shootdown_arch()->catch_up;
}

/* Does the library give ids out that all CPUs share? Likewise. */
static inline bool tlb_shares_asids(void)
{
	return shootdown_arch()->asids && shootdown_arch()->rollover;
}

/* Does the library know who has an address space attached? Likewise. */
static inline bool tlb_attaches(void)
{
	return shootdown_arch()->reach == TLB_REACH_ENTRY && shootdown_arch()->attach;
}

/*
 * attach.c: with attach. A CPU comes to an address space, before it loads the root; has loaded another one; goes on with a program; interrupts
 * off. pay: what a flush is there, pinned.
 */
void tlb_attach(struct tlb_mm *mm);
void tlb_detach(struct tlb_mm *mm);
void tlb_attach_resume(struct tlb_mm *mm);
void tlb_pay_for(struct tlb_flush *flush);

/* asid.c: with rollover. What tlb_mm_enter() does, interrupts off. */
struct tlb_root tlb_asid_enter(struct tlb_mm *mm);

/*
 * generation.c: with catch_up. The issuer, pinned: lock, which returns the generation that this flush makes; then publish, which unlocks.
 * is_round: before that, every CPU of the mask has to drop what it has of the mm.
 */
unsigned long tlb_generation_lock(struct tlb_mm *mm);
bool tlb_generation_is_round(unsigned long generation);
void tlb_generation_publish(const struct tlb_flush *flush);
/* A CPU, interrupts off: what it does when it is asked to catch up, or to drop what it has; and when it switches. */
void tlb_generation_answer(const struct tlb_flush *flush);
void tlb_generation_drop(struct tlb_mm *mm, unsigned long generation);
struct tlb_root tlb_generation_enter(struct tlb_mm *mm);
void tlb_generation_says(struct tlb_mm *mm, bool lazy);
void tlb_generation_resume(struct tlb_mm *mm);
/* The issuer's own CPU, interrupts on or off. False: as of tlb_wave_here(). */
bool tlb_generation_here(const struct tlb_flush *flush);

/* A request for everything of @mm, its tables and its instructions. */
static inline struct tlb_flush tlb_request_all(struct tlb_mm *mm)
{
	return (struct tlb_flush){
		.mm = mm,
		.all = true,
		.tables = true,
		.exec = true,
		.stride_shift = SHOOTDOWN_PAGE_SHIFT,
	};
}

/*
 * The gathers open on @mm, in lanes. ORD-4: the page-table lock that showed the changed entry also shows the count raised
 * before it. The acquire is for the other direction, and pairs with the release in tlb_finish_mmu(): a gather that is no
 * longer counted has flushed, and what follows here comes after that flush.
 */
static inline unsigned long tlb_mm_open_gathers(const struct tlb_mm *mm)
{
	return (unsigned long)__atomic_load_n(&mm->pending, __ATOMIC_ACQUIRE);
}

/*
 * pending.c, with several lanes: a gather has seen no table yet; and is one that it has seen in a table among those that
 * @open counts?
 */
void tlb_begin_to_look(struct mmu_gather *tlb);
void tlb_mark_lane(struct tlb_changes *table, unsigned char lane, enum tlb_lost lost);
bool tlb_seen_in(const struct mmu_gather *tlb, unsigned long open);

/* The slots on the stack are filled first, and are empty only when all are. */
static inline bool tlb_queued(const struct mmu_gather *tlb)
{
	return tlb->slot != tlb->stack_slots;
}

/* The stack's slots are filled from the beginning; full with one slot left, see batch.c. The sizes are the host's constants. */
static inline void tlb_batch_rewind(struct mmu_gather *tlb)
{
	tlb->active = &tlb->local;
	tlb->slot = tlb->stack_slots;
	tlb->last = tlb->stack_slots + shootdown_limits()->bundle - 1;
}

static inline void tlb_batch_init(struct mmu_gather *tlb)
{
	shootdown_assert(shootdown_limits()->bundle >= 2 && shootdown_limits()->bundle <= TLB_GATHER_BUNDLE,
			 "shootdown_limits: needs 2 <= bundle <= TLB_GATHER_BUNDLE");
	tlb->local.next = NULL;
	tlb->batch_count = 0;
	tlb->runs = false;
	tlb_batch_rewind(tlb);
}

static inline bool tlb_recorded(const struct mmu_gather *tlb)
{
	return tlb->cleared;
}

/* The one place where an open gather's state changes. "may" has a bit for each state that may follow. */
static inline void tlb_gather_move(struct mmu_gather *tlb, enum tlb_gather_state to)
{
	static const unsigned char may[] = {
		[TLB_GATHER_CLOSED] = 0,
		[TLB_GATHER_OPEN] = 1 << TLB_GATHER_CLOSED | 1 << TLB_GATHER_DELAYED | 1 << TLB_GATHER_UNSHARED,
		[TLB_GATHER_DELAYED] = 1 << TLB_GATHER_DELAYED | 1 << TLB_GATHER_OPEN,
		[TLB_GATHER_UNSHARED] = 1 << TLB_GATHER_UNSHARED | 1 << TLB_GATHER_OPEN,
	};

	shootdown_assert(may[tlb->state] & 1 << to, "mmu_gather: needs what its state asks for first");
	(void)may;
	tlb->state = to;
}

#endif
