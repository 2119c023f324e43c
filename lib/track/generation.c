/* SPDX-License-Identifier: MIT */
/*
 * generation.c - what a CPU has missed: generations of flushes, their ranges, and the ids of a CPU (the choice catch_up).
 *
 * Every flush of an address space makes a generation, whoever is asked: a CPU that is lazy in it, or has another one loaded, is not, and
 * its slot stays behind. Before a program of the address space runs there again the CPU catches up: by the ranges of what it has missed if
 * the ring still has them all, else by everything.
 *
 * An issuer, after it has changed entries: takes the lock in the word; a full fence; reads who runs; writes its range over that of
 * SHOOTDOWN_RING generations ago; publishes the word, without the lock; interrupts. A CPU: publishes what it runs; a full fence; reads the
 * word; takes the ranges; looks whether they are what they were; invalidates; says how far it is.
 *
 *  1. Both fences (ORD-6): the issuer finds the CPU running the address space, and asks it, or the CPU finds the lock or the generation.
 *  2. The lock: while a range is written nobody may take it for what it was, nor for what it will be. Who finds the lock takes everything,
 *     up to the generation before; it waits for nobody, since an issuer may be waiting for it.
 *  3. Ranges that were copied are what they were if the word, read again behind them, has not gone so far that the oldest of them may
 *     have been written over; an issuer that has the lock counts as one more.
 *  4. A slot says what was read before anything was invalidated, never a newer generation: that one's range may be another.
 *  5. Numbers of few bits come round. An issuer that is at the end of half of them asks every CPU that may have a slot to drop it, with
 *     the lock held. Half: a slot may be filled, while it asks, with the number before; then the next round comes before it is met again.
 *  6. Who is asked invalidates what the request says, whichever comes first of several, and remembers which generations those were. What is
 *     left below them was either asked for as well, and is on its way, or it was found when this CPU came to run the address space.
 */
#include "../internal.h"

/* ---- numbers ---- */

#define TLB_GENERATION_MASK (~0ul >> (sizeof(long) * 8 - (SHOOTDOWN_GENERATION_BITS)))
#define TLB_GENERATION_LOCK 1ul

static inline unsigned long tlb_generation_of(unsigned long word)
{
	return word >> 1;
}

/* How many generations @then is behind @now. */
static inline unsigned long tlb_generations(unsigned long now, unsigned long then)
{
	return (now - then) & TLB_GENERATION_MASK;
}

static inline struct tlb_covered *tlb_covered_by(struct tlb_mm *mm, unsigned long generation)
{
	return &mm->ring[generation % SHOOTDOWN_RING];
}

/* ---- a request in three words; the size of its pages is not in them, and so not known ---- */

enum tlb_how {
	TLB_HOW_ALL = 1 << 0,
	TLB_HOW_TABLES = 1 << 1,
	TLB_HOW_FREED = 1 << 2,
	TLB_HOW_UNSHARED = 1 << 3,
	TLB_HOW_EXEC = 1 << 4,
	TLB_HOW_HUGE = 1 << 5,
	TLB_HOW_LEVELS = 8, /* shifts, of eight bits each */
	TLB_HOW_STRIDE = 16,
};

static inline unsigned long tlb_how(const struct tlb_flush *flush)
{
	return (flush->all ? TLB_HOW_ALL : 0) | (flush->tables ? TLB_HOW_TABLES : 0) |
	       (flush->freed_tables ? TLB_HOW_FREED : 0) | (flush->unshared_tables ? TLB_HOW_UNSHARED : 0) |
	       (flush->exec ? TLB_HOW_EXEC : 0) | (flush->huge ? TLB_HOW_HUGE : 0) |
	       (unsigned long)flush->levels << TLB_HOW_LEVELS | (unsigned long)flush->stride_shift << TLB_HOW_STRIDE;
}

static struct tlb_flush tlb_request_of(struct tlb_mm *mm, const struct tlb_covered *covered)
{
	return (struct tlb_flush){
		.mm = mm,
		.start = covered->start,
		.end = covered->end,
		.all = covered->how & TLB_HOW_ALL,
		.tables = covered->how & TLB_HOW_TABLES,
		.freed_tables = covered->how & TLB_HOW_FREED,
		.unshared_tables = covered->how & TLB_HOW_UNSHARED,
		.exec = covered->how & TLB_HOW_EXEC,
		.huge = covered->how & TLB_HOW_HUGE,
		.levels = (unsigned char)(covered->how >> TLB_HOW_LEVELS),
		.stride_shift = (unsigned char)(covered->how >> TLB_HOW_STRIDE),
	};
}

/* ---- the issuer ---- */

/* Somebody has the lock: until the word says something else. Calls are answered meanwhile: its holder may be waiting for this CPU. */
static TLB_RARE void tlb_generation_wait(const unsigned long *word, unsigned long value)
{
	do {
		shootdown_wait_change(word, value);
	} while (__atomic_load_n(word, __ATOMIC_RELAXED) == value);
}

unsigned long tlb_generation_lock(struct tlb_mm *mm)
{
	unsigned long word;

	/* ORD-6, relaxed: the fence of tlb_flush_begin() stands behind it, conclusion 1. */
	while ((word = __atomic_fetch_or(&mm->generation, TLB_GENERATION_LOCK, __ATOMIC_RELAXED)) & TLB_GENERATION_LOCK)
		tlb_generation_wait(&mm->generation, word);
	return (tlb_generation_of(word) + 1) & TLB_GENERATION_MASK;
}

void tlb_generation_publish(const struct tlb_flush *flush)
{
	struct tlb_covered *covered = tlb_covered_by(flush->mm, flush->generation);

	/* ORD-6, relaxed: whoever takes them while they are written finds the word changed; conclusion 3. */
	__atomic_store_n(&covered->start, flush->start, __ATOMIC_RELAXED);
	__atomic_store_n(&covered->end, flush->end, __ATOMIC_RELAXED);
	__atomic_store_n(&covered->how, tlb_how(flush), __ATOMIC_RELAXED);
	/* A release: who reads the generation finds its range, and the entries changed. Pairs with tlb_catch_up(). */
	__atomic_store_n(&flush->mm->generation, flush->generation << 1, __ATOMIC_RELEASE);
}

/* Conclusion 5. */
bool tlb_generation_is_round(unsigned long generation)
{
	return TLB_GENERATION_WRAPS && !(generation & TLB_GENERATION_MASK >> 1);
}

/* ---- a CPU ---- */

/* What a CPU has to invalidate. */
struct tlb_missed {
	bool all;
	unsigned int nr;
	struct tlb_covered range[SHOOTDOWN_RING];
};

static unsigned long tlb_strides(const struct tlb_covered *covered)
{
	return (covered->end - covered->start) >> (covered->how >> TLB_HOW_STRIDE & 0xff);
}

/* Above the ceiling it is cheaper to fill everything again; and one that was of everything is. */
static bool tlb_is_too_much(const struct tlb_missed *missed)
{
	unsigned int ceiling = (unsigned int)shootdown_arch()->ceiling;
	unsigned long strides = 0;

	for (unsigned int i = 0; i < missed->nr; i++) {
		if (missed->range[i].how & TLB_HOW_ALL)
			return true;
		strides += tlb_strides(&missed->range[i]);
	}
	return ceiling && strides > ceiling;
}

static void tlb_copy_ranges(struct tlb_mm *mm, unsigned long done, struct tlb_missed *missed)
{
	for (unsigned int i = 0; i < missed->nr; i++) {
		const struct tlb_covered *covered = tlb_covered_by(mm, done + 1 + i);

		/* ORD-6, relaxed: the fence behind them all. */
		missed->range[i].start = __atomic_load_n(&covered->start, __ATOMIC_RELAXED);
		missed->range[i].end = __atomic_load_n(&covered->end, __ATOMIC_RELAXED);
		missed->range[i].how = __atomic_load_n(&covered->how, __ATOMIC_RELAXED);
	}
}

/* Conclusion 3. */
static bool tlb_are_still_there(const struct tlb_mm *mm, unsigned long done)
{
	unsigned long word;

	/* ORD-6: the ranges before the word. Pairs with the fence of the issuer who writes over them. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	word = __atomic_load_n(&mm->generation, __ATOMIC_RELAXED);
	return tlb_generations(tlb_generation_of(word), done) + (word & TLB_GENERATION_LOCK) <= SHOOTDOWN_RING;
}

static void tlb_find_missed(struct tlb_mm *mm, unsigned long word, unsigned long done, struct tlb_missed *missed)
{
	unsigned long behind = tlb_generations(tlb_generation_of(word), done);

	missed->nr = 0;
	/* Conclusion 2. */
	missed->all = (word & TLB_GENERATION_LOCK && RULE(lock_is_full)) || behind > SHOOTDOWN_RING;
	if (missed->all || !behind)
		return;
	missed->nr = (unsigned int)behind;
	tlb_copy_ranges(mm, done, missed);
	missed->all = (RULE(ranges_checked) && !tlb_are_still_there(mm, done)) || tlb_is_too_much(missed);
}

static bool tlb_catch_up(struct tlb_mm *mm, struct tlb_slot *slot)
{
	struct tlb_missed missed;
	/* ORD-6, an acquire: before what it tells is invalidated, and before the ranges. Pairs with tlb_generation_publish(). */
	unsigned long word = __atomic_load_n(&mm->generation, __ATOMIC_ACQUIRE);

	tlb_find_missed(mm, word, slot->generation, &missed);
	for (unsigned int i = 0; i < missed.nr && !missed.all; i++) {
		struct tlb_flush flush = tlb_request_of(mm, &missed.range[i]);

		if (!(slot->beyond >> i & 1))
			shootdown_flush_local(&flush);
	}
	/* Conclusion 4: what was read, whatever it is by now. None of those beyond is newer. */
	slot->generation = tlb_generation_of(word);
	slot->beyond = 0;
	return !missed.all;
}

static void tlb_flush_id(struct tlb_mm *mm)
{
	struct tlb_flush flush = tlb_request_all(mm);

	shootdown_flush_local(&flush);
}

static void tlb_catch_up_loaded(struct tlb_cpu *cpu, struct tlb_mm *mm)
{
	if (!tlb_catch_up(mm, &cpu->slots[cpu->slot]))
		tlb_flush_id(mm);
}

static struct tlb_cpu *tlb_this_cpu(void)
{
	return shootdown_tlb_cpu(shootdown_cpu());
}

/* Conclusion 5: a number that may be met again says nothing. */
static void tlb_drop_slot(struct tlb_cpu *cpu, const struct tlb_mm *mm)
{
	for (unsigned int i = 0; i < SHOOTDOWN_ASID_SLOTS; i++) {
		if (cpu->slots[i].context == mm->context)
			cpu->slots[i].context = 0;
	}
}

/*
 * This CPU has another address space loaded, and catches up when it comes back: there is nothing to ask it for. If numbers come round it
 * is out of the reach of those who ask for that.
 */
static void tlb_leave_mask(struct tlb_cpu *cpu, struct tlb_mm *mm)
{
	if (TLB_GENERATION_WRAPS)
		tlb_drop_slot(cpu, mm);
	shootdown_cpus_remove(&mm->cpus, shootdown_cpu());
}

/*
 * Conclusion 6: of what a CPU is asked for the request says all, so neither word nor ring is read. A number that may have come round says
 * nothing of how far apart the two are.
 */
static void tlb_flush_or_catch_up(struct tlb_cpu *cpu, const struct tlb_flush *asked)
{
	struct tlb_slot *slot = &cpu->slots[cpu->slot];
	unsigned long behind = tlb_generations(asked->generation, slot->generation);

	if (!behind)
		return;
	if (TLB_GENERATION_WRAPS || behind > sizeof(slot->beyond) * 8) {
		tlb_catch_up_loaded(cpu, asked->mm);
		return;
	}
	tlb_flush_here(asked);
	slot->beyond |= 1ul << (behind - 1);
	for (; slot->beyond & 1; slot->beyond >>= 1)
		slot->generation++;
}

void tlb_generation_answer(const struct tlb_flush *flush)
{
	struct tlb_cpu *cpu = tlb_this_cpu();

	if (cpu->loaded == flush->mm)
		tlb_flush_or_catch_up(cpu, flush);
	else
		tlb_leave_mask(cpu, flush->mm);
}

void tlb_generation_drop(struct tlb_mm *mm, unsigned long generation)
{
	struct tlb_cpu *cpu = tlb_this_cpu();

	if (cpu->loaded != mm) {
		tlb_leave_mask(cpu, mm);
		return;
	}
	tlb_flush_id(mm);
	cpu->slots[cpu->slot].generation = generation;
	cpu->slots[cpu->slot].beyond = 0;
}

bool tlb_generation_here(const struct tlb_flush *flush)
{
	unsigned long flags = shootdown_irq_save();
	struct tlb_cpu *cpu = tlb_this_cpu();
	bool here = cpu->loaded == flush->mm && (!cpu->lazy || flush->tables);

	if (here)
		tlb_flush_or_catch_up(cpu, flush);
	shootdown_irq_restore(flags);
	return here;
}

/* ---- from one address space to another ---- */

/* Its own, or one that was never used, or that of another: without a counter, which one tells who else has it by its context. */
static unsigned int tlb_choose_slot(const struct tlb_cpu *cpu, uint64_t context)
{
	unsigned int nr = shootdown_arch()->asids ? SHOOTDOWN_ASIDS : 1;
	unsigned int first = (unsigned int)(context % nr), unused = nr;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int slot = (first + i) % nr;

		if (cpu->slots[slot].context == context)
			return slot;
		if (!cpu->slots[slot].context && unused == nr)
			unused = slot;
	}
	return unused < nr ? unused : first;
}

struct tlb_root tlb_generation_enter(struct tlb_mm *mm)
{
	struct tlb_cpu *cpu = tlb_this_cpu();
	unsigned int nr = tlb_choose_slot(cpu, mm->context);
	struct tlb_slot *slot = &cpu->slots[nr];
	struct tlb_root root = { .asid = nr };

	cpu->slot = (unsigned char)nr;
	if (slot->context == mm->context) {
		root.drop = RULE(switch_catches_up) && !tlb_catch_up(mm, slot);
		return root;
	}
	/* What the slot's last address space left under the id. Relaxed: the load of the root stands before the first walk. */
	slot->context = mm->context;
	slot->beyond = 0;
	slot->generation = tlb_generation_of(__atomic_load_n(&mm->generation, __ATOMIC_RELAXED));
	root.drop = RULE(slot_is_dropped);
	return root;
}

/* An answer asks what is loaded, and not whether it is lazy: that changes with interrupts on. */
void tlb_generation_says(struct tlb_mm *mm, bool lazy)
{
	struct tlb_cpu *cpu = tlb_this_cpu();

	if (cpu->loaded != mm)
		cpu->loaded = mm;
	cpu->lazy = lazy;
	/*
	 * ORD-6, a release: what this CPU did by translations of what it ran until now, an issuer who finds it gone, or lazy, takes for
	 * done. Pairs with tlb_is_asked().
	 */
	__atomic_store_n(&cpu->runs, (unsigned long)mm | (lazy ? TLB_LAZY : 0), __ATOMIC_RELEASE);
}

void tlb_generation_resume(struct tlb_mm *mm)
{
	struct tlb_cpu *cpu = tlb_this_cpu();

	shootdown_assert(cpu->loaded == mm, "tlb_mm_resume: of the mm that is loaded here");
	if (!cpu->lazy)
		return;
	cpu->lazy = false;
	/* ORD-6, conclusion 1: relaxed, as the fence is behind it. */
	__atomic_store_n(&cpu->runs, (unsigned long)mm, __ATOMIC_RELAXED);
	if (RULE(resume_fence))
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (RULE(resume_catches_up))
		tlb_catch_up_loaded(cpu, mm);
}
