/* SPDX-License-Identifier: MIT */
/* tlb.c - software TLBs: what a CPU holds, at random and for how long it likes, until an invalidation covers it. */
#include <machine/threads/threads.h>

#include <assert.h>
#include <string.h>

/* ---- address spaces ---- */

/* At boot and by one CPU at a time, once a root; a space's number is not given out again (M15). */
struct machine_space *machine_space_at(int root_frame)
{
	struct threads_machine *machine = threads_here();

	if (machine->nr_spaces == THREADS_SPACES)
		machine_too_big("address spaces", THREADS_SPACES);
	machine->spaces[machine->nr_spaces].root = root_frame;
	return &machine->spaces[machine->nr_spaces++];
}

void machine_kernel_root(int root_frame)
{
	threads_here()->kernel = machine_space_at(root_frame);
}

static bool is_global(const struct threads_entry *e)
{
	return e->space && e->space == threads_here()->kernel;
}

/* All but what is global. */
static void drop_all(struct threads_entry *slots, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (!is_global(&slots[i]))
			slots[i].kind = 0;
	}
}

static void drop_id(struct threads_entry *slots, unsigned int nr, unsigned int id)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (slots[i].id == id)
			slots[i].kind = 0;
	}
}

void machine_load_root(struct machine_space *space)
{
	machine_load_root_as(space, 0, false);
}

/* What was held goes, or waits for its space to come back, or is used for the new one (M15). */
void machine_load_root_as(struct machine_space *space, unsigned int id, bool drop)
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	/* Own TLB, own root; but the lock is needed, as another CPU may be invalidating this TLB by a broadcast. */
	pthread_mutex_lock(&cpu->tlb.lock);
	cpu->space = space;
	cpu->id = (unsigned char)id;
	if (id && drop) {
		drop_id(cpu->tlb.leaf, THREADS_TLB, id);
		drop_id(cpu->tlb.upper, THREADS_WALK_CACHE, id);
	}
	if (hardware_load_drops()) {
		drop_all(cpu->tlb.leaf, THREADS_TLB);
		drop_all(cpu->tlb.upper, THREADS_WALK_CACHE);
	}
	pthread_mutex_unlock(&cpu->tlb.lock);
}

/* ---- what is held ---- */

/* Under an id of the CPU's own it does not matter whose it is. */
static bool is_of(const struct threads_entry *e, const struct machine_space *space, unsigned int id)
{
	if (is_global(e))
		return space == e->space;
	if (id || e->id)
		return e->id == id;
	return e->space == space || hardware_mixes_spaces();
}

/* By space alone: also under ids. */
static bool is_covered(const struct threads_entry *e, const struct machine_invalidation *inv)
{
	if (is_global(e))
		return !inv->space && !inv->id;
	if (inv->id)
		return e->id == inv->id;
	return !inv->space || e->space == inv->space || hardware_mixes_spaces();
}

/* .parts has a bit for each entry of the table that an upper entry points to (M11); a leaf has none. */
static bool covers(const struct threads_entry *e, const struct threads_cpu *cpu, unsigned int page)
{
	unsigned int into = page - e->page;

	if (!e->kind || !is_of(e, threads_space_for(cpu, page), threads_id_for(cpu, page)) || page < e->page ||
	    into >= threads_level_pages(e->level))
		return false;
	return !e->level || e->parts >> into / threads_level_pages(e->level - 1u) & 1;
}

struct threads_entry *threads_tlb_find(struct threads_cpu *cpu, unsigned int page, enum threads_tlb_kind kind)
{
	for (unsigned int i = 0; i < THREADS_TLB; i++) {
		if (cpu->tlb.leaf[i].kind == kind && covers(&cpu->tlb.leaf[i], cpu, page))
			return &cpu->tlb.leaf[i];
	}
	return NULL;
}

/* The cached entry that is nearest to the last level; now and then none, as if it had been evicted. */
const struct threads_entry *threads_walk_find(struct threads_cpu *cpu, unsigned int page)
{
	const struct threads_entry *best = NULL;

	if (!machine_arch()->walk_cache || !threads_random(8))
		return NULL;
	for (unsigned int i = 0; i < THREADS_WALK_CACHE; i++) {
		const struct threads_entry *e = &cpu->tlb.upper[i];

		if (covers(e, cpu, page) && (!best || e->level < best->level))
			best = e;
	}
	return best;
}

/*
 * Two translations of one page in one TLB are what a real one may have, too, after break before
 * make was forgotten; here the newer one replaces the older.
 */
static bool same_place(const struct threads_entry *a, const struct threads_entry *b)
{
	return a->kind == b->kind && is_of(a, b->space, b->id) && a->page == b->page && a->level == b->level;
}

/* Over what it replaces, or over any other: that one is evicted. */
static struct threads_entry *slot_for(struct threads_entry *slots, unsigned int nr, const struct threads_entry *entry)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (same_place(&slots[i], entry))
			return &slots[i];
	}
	return &slots[threads_random(nr)];
}

/* The TLB's lock is held since before the walk that found the entry; see keep_leaf(). */
void threads_tlb_fill(struct threads_cpu *cpu, const struct threads_entry *entry)
{
	assert(entry->kind);
	if (entry->level && !machine_arch()->walk_cache)
		return;
	if (entry->level)
		*slot_for(cpu->tlb.upper, THREADS_WALK_CACHE, entry) = *entry;
	else
		*slot_for(cpu->tlb.leaf, THREADS_TLB, entry) = *entry;
}

/* ---- invalidation ---- */

static struct hardware_entry place_of(const struct threads_entry *e)
{
	return (struct hardware_entry){ e->page, threads_level_pages(e->level), e->level };
}

static bool drops_leaf(const struct machine_invalidation *inv, const struct threads_entry *e)
{
	struct hardware_entry place = place_of(e);

	return e->kind & hardware_drops_kinds(inv) && hardware_drops_leaf(inv, &place);
}

/* One walk cache serves both TLBs here, so whatever reaches one of them reaches it. */
static void drop_parts(const struct machine_invalidation *inv, struct threads_entry *e)
{
	struct hardware_entry place = place_of(e);

	e->parts &= (unsigned char)~hardware_drops_parts(inv, &place);
	if (!e->parts)
		e->kind = 0;
}

/*
 * Under the TLB's lock: an access of that CPU is either over, with its page, or has not looked yet.
 * So when this returns, no access through what was dropped is under way, which is what M17's
 * completion promises.
 */
static void invalidate(struct threads_tlb *tlb, const struct machine_invalidation *inv)
{
	pthread_mutex_lock(&tlb->lock);
	for (unsigned int i = 0; i < THREADS_TLB; i++) {
		struct threads_entry *e = &tlb->leaf[i];

		if (e->kind && is_covered(e, inv) && drops_leaf(inv, e))
			e->kind = 0;
	}
	for (unsigned int i = 0; i < THREADS_WALK_CACHE; i++) {
		struct threads_entry *e = &tlb->upper[i];

		if (e->kind && is_covered(e, inv))
			drop_parts(inv, e);
	}
	pthread_mutex_unlock(&tlb->lock);
}

/* The counter is for statistics: relaxed, and no part of what is tested. */
void machine_tlb_local(const struct machine_invalidation *inv)
{
	threads_step();
	__atomic_fetch_add(&threads_here()->flushes, !inv->goes_on, __ATOMIC_RELAXED);
	invalidate(&threads_self->tlb, inv);
}

/*
 * Number @nr of what this CPU has issued, everywhere. The last one issued takes its place, as their
 * order says nothing (M17).
 */
static void complete_one(struct threads_cpu *cpu, unsigned int nr)
{
	assert(nr < cpu->nr_issued && cpu->nr_issued <= THREADS_ISSUED);
	for (unsigned int i = 0; i < cpu->machine->config.cpus; i++) {
		if (hardware_reaches(&cpu->issued[nr], i))
			invalidate(&cpu->machine->cpus[i].tlb, &cpu->issued[nr]);
	}
	cpu->issued[nr] = cpu->issued[--cpu->nr_issued];
}

/* Threads are CPUs only. */
void machine_device_load(unsigned int device, struct machine_space *space)
{
	(void)device;
	(void)space;
	machine_too_big("devices on threads", 0);
}

void machine_device_invalidate(unsigned int device, const struct machine_invalidation *inv)
{
	(void)inv;
	machine_device_load(device, NULL);
}

void machine_device_sync(unsigned int device)
{
	machine_device_load(device, NULL);
}

void machine_device_ats(unsigned int device)
{
	machine_device_load(device, NULL);
}

void machine_device_resume(unsigned int device, bool again)
{
	(void)again;
	machine_device_load(device, NULL);
}

/* No guest runs here. */
bool machine_trapped_access(unsigned long address, enum machine_access how, const int *frame)
{
	(void)address;
	(void)how;
	(void)frame;
	machine_device_load(0, NULL);
	return false;
}

void machine_notified(void)
{
}

void machine_device_invalidate_atc(unsigned int device, const struct machine_invalidation *inv)
{
	machine_device_invalidate(device, inv);
}

/* Issue only: it takes effect whenever it likes, at the latest with the barrier. */
void machine_tlb_broadcast(const struct machine_invalidation *inv)
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	__atomic_fetch_add(&cpu->machine->flushes, !inv->goes_on, __ATOMIC_RELAXED);
	if (cpu->nr_issued == THREADS_ISSUED)
		complete_one(cpu, 0);
	cpu->issued[cpu->nr_issued++] = *inv;
	if (!threads_random(2))
		complete_one(cpu, cpu->nr_issued - 1);
}

void machine_tlb_complete(void)
{
	struct threads_cpu *cpu = threads_self;

	threads_step();
	while (cpu->nr_issued)
		complete_one(cpu, cpu->nr_issued - 1);
}

/*
 * What was read from one entry goes, on every CPU. M18. By the address of the entry: a leaf that
 * was read there goes, whatever page it is for now. One TLB after the other, which is not one
 * moment; the entry has changed before the first, so a walk cannot bring the old value back into
 * one that was done already.
 */
void threads_forget_entry(struct threads_machine *machine, const uint64_t *entry, machine_cpus_t cpus)
{
	for (unsigned int i = 0; i < machine->config.cpus; i++) {
		struct threads_tlb *tlb = &machine->cpus[i].tlb;

		if (!(cpus >> i & 1))
			continue;
		pthread_mutex_lock(&tlb->lock);
		for (unsigned int n = 0; n < THREADS_TLB; n++) {
			if (tlb->leaf[n].from == entry)
				tlb->leaf[n].kind = 0;
		}
		pthread_mutex_unlock(&tlb->lock);
	}
}

/* Data goes through no cache here: threads share memory that the host keeps coherent. */
void machine_flush_cache(struct machine_space *space, unsigned long start, unsigned long end)
{
	(void)space;
	(void)start;
	(void)end;
	threads_step();
}
