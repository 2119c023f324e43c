/* SPDX-License-Identifier: MIT */
/*
 * asid.c - address-space ids that all CPUs share: generations of them, and rollover (the choice rollover).
 *
 * An id is given out once in a generation. When all are used up a new generation begins, and every id may be given out again. Nobody is
 * interrupted for that: each CPU finds at its next switch that it has not dropped everything for this generation yet, and does it before it
 * loads the root. So an id need not be flushed when its address space ends (fullmm_skip).
 *
 * What a CPU runs meanwhile, it goes on running: its id is reserved, and whoever runs that address space next under the new generation does so
 * under the same id. A flush names one id, and has to reach all who run the address space.
 *
 * A switch to an address space that has an id of this generation takes no lock. It exchanges what the CPU says it runs, .active; a rollover
 * takes that away by an exchange for 0, under the lock.
 *
 *  1. Of the two exchanges one comes first. If it is the CPU's, the rollover finds the id, and reserves it. If not, the CPU finds 0, and goes the
 *     slow way: there the lock shows it the rollover, and it drops what it holds.
 *  2. Whoever finds an id of the new generation finds 0, too: the id is stored, with release, behind the rollover, and read, with acquire, before
 *     .active is (ORD-8). That the generation is read late does no harm: a CPU that has gone the slow way in a generation never reads an older
 *     one, and before that it finds 0.
 *  3. A flush reads the id behind its fence, while other CPUs may give the address space a new one. If it reads the old id, the new one was stored
 *     later than the changed entry, and a walk under it finds that entry, because a fence stands between the store and the walk (ORD-8). What the
 *     old id was given to meanwhile is flushed for nothing. By interrupts each CPU names what it has read itself, and needs no fence.
 *  4. From 1: an address space whose id some CPU has reserved keeps the number. Every copy of it gets the new generation, or the next rollover
 *     reserves a word that the address space no longer has.
 *  5. What a CPU holds when it drops everything, or walks into its TLB between that and the load, is of what it ran until then, under an id that
 *     stays reserved until the CPU says something else.
 */
#include "../internal.h"

#define TLB_ASID_MASK  ((1ul << SHOOTDOWN_ASID_BITS) - 1)
#define TLB_ASIDS_WORD (sizeof(long) * 8)

static bool tlb_asid_is_of(unsigned long asid, unsigned long generation)
{
	return asid && (asid & ~TLB_ASID_MASK) == generation;
}

/* ---- under the lock ---- */

/* Conclusion 1. A CPU that has not switched since the last rollover still runs what it ran then. */
static void tlb_asid_reserve(struct tlb_asids *asids, struct tlb_cpu *cpu)
{
	/* Relaxed: conclusion 1 is of one word. */
	unsigned long active = __atomic_exchange_n(&cpu->active, 0, __ATOMIC_RELAXED), id;

	if (!active && RULE(reserved_until_switch))
		active = cpu->reserved;
	cpu->reserved = active;
	id = active & TLB_ASID_MASK;
	if (RULE(running_ids_reserved))
		asids->reserved[id / TLB_ASIDS_WORD] |= 1ul << id % TLB_ASIDS_WORD;
}

static TLB_RARE void tlb_asid_rollover(struct tlb_asids *asids)
{
	shootdown_cpumask_t cpus = shootdown_cpumask_online();
	unsigned int left = shootdown_cpumask_count(&cpus), cpu = 0;
	unsigned long generation = asids->generation + TLB_ASID_MASK + 1;

	shootdown_assert(generation, "tlb_mm_enter: needs generations of ids that never come round");
	/* ORD-8, relaxed: conclusion 2. */
	__atomic_store_n(&asids->generation, generation, __ATOMIC_RELAXED);
	asids->last = 0;
	for (unsigned int i = 0; i < TLB_ASID_WORDS; i++)
		asids->reserved[i] = 0;
	for (; left; left--, cpu++) {
		cpu = shootdown_cpumask_next(&cpus, cpu);
		tlb_asid_reserve(asids, shootdown_tlb_cpu(cpu));
	}
}

/* The next that nobody has; or a number that is no id. */
static unsigned long tlb_asid_next(struct tlb_asids *asids)
{
	unsigned long id = asids->last + 1;

	while (id < SHOOTDOWN_SHARED_ASIDS && asids->reserved[id / TLB_ASIDS_WORD] >> id % TLB_ASIDS_WORD & 1)
		id++;
	return id;
}

static unsigned long tlb_asid_new(struct tlb_asids *asids)
{
	unsigned long id = tlb_asid_next(asids);

	if (id >= SHOOTDOWN_SHARED_ASIDS) {
		tlb_asid_rollover(asids);
		id = tlb_asid_next(asids);
	}
	shootdown_assert(id < SHOOTDOWN_SHARED_ASIDS, "tlb_mm_enter: needs more ids than CPUs");
	if (RULE(id_given_once))
		asids->last = id;
	return asids->generation | id;
}

/* Does some CPU run under @asid, of an older generation? Then it is @renewed from here on: conclusion 4. */
static bool tlb_asid_is_reserved(unsigned long asid, unsigned long renewed)
{
	shootdown_cpumask_t cpus = shootdown_cpumask_online();
	unsigned int left = shootdown_cpumask_count(&cpus), nr = 0;
	bool found = false;

	for (; left; left--, nr++) {
		struct tlb_cpu *cpu;

		nr = shootdown_cpumask_next(&cpus, nr);
		cpu = shootdown_tlb_cpu(nr);
		if (cpu->reserved != asid)
			continue;
		found = true;
		if (RULE(reserved_id_renewed))
			cpu->reserved = renewed;
	}
	return found;
}

static unsigned long tlb_asid_renew(struct tlb_asids *asids, unsigned long asid)
{
	unsigned long renewed = asids->generation | (asid & TLB_ASID_MASK);

	if (asid && RULE(reserved_id_kept) && tlb_asid_is_reserved(asid, renewed))
		return renewed;
	return tlb_asid_new(asids);
}

/* ---- a switch ---- */

static void tlb_asid_drop_all(void)
{
	struct tlb_flush flush = {
		.all = true,
		.tables = true,
		.exec = true,
		.stride_shift = SHOOTDOWN_PAGE_SHIFT,
	};

	shootdown_flush_local(&flush);
}

static TLB_RARE unsigned long tlb_asid_enter_slow(struct tlb_cpu *cpu, struct tlb_mm *mm)
{
	struct tlb_asids *asids = shootdown_asids();
	unsigned long asid, generation;

	shootdown_asid_lock();
	/* Relaxed: the lock. */
	asid = __atomic_load_n(&mm->asid, __ATOMIC_RELAXED);
	if (!tlb_asid_is_of(asid, asids->generation)) {
		asid = tlb_asid_renew(asids, asid);
		/* ORD-8, a release: conclusion 2. Pairs with tlb_asid_enter(). */
		__atomic_store_n(&mm->asid, asid, __ATOMIC_RELEASE);
		/* Conclusion 3. */
		if (shootdown_arch()->reach != TLB_REACH_IPI && RULE(new_id_before_walks))
			shootdown_fence_tables();
	}
	__atomic_store_n(&cpu->active, asid, __ATOMIC_RELAXED);
	generation = asids->generation;
	shootdown_asid_unlock();
	if (cpu->generation != generation && RULE(rollover_flushes))
		tlb_asid_drop_all();
	cpu->generation = generation;
	return asid;
}

/* Nobody but a rollover changes it meanwhile. */
static bool tlb_asid_exchange(struct tlb_cpu *cpu, unsigned long asid)
{
	/* Relaxed: conclusion 1 is of one word. */
	unsigned long active = __atomic_load_n(&cpu->active, __ATOMIC_RELAXED);

	if (!active && RULE(taken_id_is_slow))
		return false;
	return __atomic_compare_exchange_n(&cpu->active, &active, asid, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

struct tlb_root tlb_asid_enter(struct tlb_mm *mm)
{
	struct tlb_cpu *cpu = shootdown_tlb_cpu(shootdown_cpu());
	/* ORD-8, an acquire: before .active is read. Pairs with tlb_asid_enter_slow(). */
	unsigned long asid = __atomic_load_n(&mm->asid, __ATOMIC_ACQUIRE);
	unsigned long generation = __atomic_load_n(&shootdown_asids()->generation, __ATOMIC_RELAXED);
	bool old = !tlb_asid_is_of(asid, generation) && RULE(old_id_renewed);

	if (!asid || old || !tlb_asid_exchange(cpu, asid))
		asid = tlb_asid_enter_slow(cpu, mm);
	return (struct tlb_root){ .asid = (unsigned int)(asid & TLB_ASID_MASK) };
}
