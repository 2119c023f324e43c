/* SPDX-License-Identifier: MIT */
/*
 * access.c - a program's access: a translation from the TLB or from a walk, and the page behind it, in one go under the
 * lock of this CPU's TLB; and walks that nobody asked for.
 */
#include <machine/threads/threads.h>

#include <assert.h>

struct access {
	struct threads_cpu *cpu;
	unsigned int page;
	enum machine_access how;
	uint64_t *value;
};

/* M10: without a split, one TLB serves both. */
static enum threads_tlb_kind tlb_of(enum machine_access how)
{
	return how == MACHINE_EXEC && machine_arch()->split_itlb ? THREADS_INSTRUCTION : THREADS_DATA;
}

/* ---- walks; TLB lock held ---- */

/* What an entry says, and what it leads to. */
struct reading {
	uint64_t *entry;
	uint64_t word;
	struct threads_target target;
};

/* M11. Now and then not, so that walks also come from the root. */
static void keep_upper(struct threads_cpu *cpu, const struct reading *from, unsigned int page, unsigned int level)
{
	struct threads_entry entry = {
		.space = threads_space_for(cpu, page),
		.id = threads_id_for(cpu, page),
		.from = from->entry,
		.word = from->word,
		.target = from->target,
		.page = page & ~(threads_level_pages(level) - 1),
		.level = (unsigned char)level,
		.parts = (1u << MACHINE_TABLE_ENTRIES) - 1,
		.kind = THREADS_DATA,
	};

	assert(level && from->word & MACHINE_PTE_PRESENT);
	/* One in four is not kept. */
	if (threads_random(4))
		threads_tlb_fill(cpu, &entry);
}

/* The table must still be that table; asked after the entry in it was read. */
static bool read_entry(const struct threads_cpu *cpu, const struct threads_target *table, struct reading *to)
{
	do {
		to->word = __atomic_load_n(to->entry, __ATOMIC_ACQUIRE);
		to->target = threads_target(cpu->machine, to->word);
	} while (to->word != __atomic_load_n(to->entry, __ATOMIC_ACQUIRE));
	if (threads_same_frame(cpu->machine, table, MACHINE_FRAME_TABLE))
		return true;
	threads_violation(THREADS_FREED_TABLE, "a walk comes through frame %d, a page table that was given back",
			  table->frame);
	return false;
}

/*
 * The last-level entry of @page; none where the tables end before, or where the walk came to a
 * table that is no longer one. M5 and M11 on a real machine: nothing is explored, the tables are
 * read as the host's memory order shows them. Reads of one walk are apart, so the kernel may change
 * the tables between two of them, which is what freed-table watches.
 */
static struct reading walk(struct threads_cpu *cpu, unsigned int page)
{
	const struct threads_entry *cached = threads_walk_find(cpu, page);
	unsigned int level = cached ? cached->level - 1u : machine_levels() - 1;
	int frame = threads_space_for(cpu, page)->root;
	uint64_t root = (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT;
	struct threads_target table = cached ? cached->target : threads_target(cpu->machine, root);

	assert(level < machine_levels());
	for (;; level--) {
		uint64_t *words = cpu->machine->frames[table.frame].words;
		struct reading here = { .entry = &words[page / threads_level_pages(level) % MACHINE_TABLE_ENTRIES] };

		if (!read_entry(cpu, &table, &here) || (level && !(here.word & MACHINE_PTE_PRESENT)))
			return (struct reading){ 0 };
		if (!level)
			return here;
		keep_upper(cpu, &here, page, level);
		table = here.target;
		threads_dawdle();
	}
}

/*
 * The walker sets accessed and dirty in the table, atomically, where it does so at all. False: the
 * entry has changed. M13: by compare-and-exchange, since hardware does not set a bit in an entry
 * that has changed since it was read. An exchange would bring an entry back that the kernel has
 * cleared.
 */
static bool update_entry(struct reading *from, enum machine_access how)
{
	uint64_t bits = how == MACHINE_STORE ? MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY : MACHINE_PTE_ACCESSED;
	uint64_t old = from->word;

	if (!machine_arch()->hw_dirty || (old & bits) == bits)
		return true;
	from->word |= bits;
	return __atomic_compare_exchange_n(from->entry, &old, from->word, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/*
 * Filled while the lock of the TLB is held, in the same hold as the walk: an invalidation from
 * another CPU comes before the walk or finds what it has kept. Without that an old entry could be
 * filled behind the flush that should have dropped it, which no hardware does.
 */
static void keep_leaf(struct threads_cpu *cpu, const struct reading *from, unsigned int page,
		      enum threads_tlb_kind kind)
{
	struct threads_entry entry = {
		.space = threads_space_for(cpu, page),
		.id = threads_id_for(cpu, page),
		.from = from->entry,
		.word = from->word,
		.target = from->target,
		.page = page,
		.kind = (unsigned char)kind,
	};

	if (!(from->word & MACHINE_PTE_PRESENT)) {
		if (!machine_arch()->caches_not_present)
			return;
		entry.word = 0;
	}
	/* One in eight is not kept: hardware may forget at any time. */
	if (threads_random(8))
		threads_tlb_fill(cpu, &entry);
}

/* ---- accesses; TLB lock held ---- */

/*
 * A load is checked afterwards and a store before, so that no page is spoiled that has another
 * owner by now. M12 asks for translation and use in one step. Here the TLB's lock is held around
 * both, so whoever invalidates this TLB waits until the access is done, and a page that is freed
 * behind its flush cannot be in use any more. If the frame has another generation nevertheless, the
 * flush did not come, or came too early.
 */
static void transfer(const struct access *a, const struct threads_target *target)
{
	struct threads_machine *machine = a->cpu->machine;
	uint64_t *data = &machine->frames[target->frame].words[0], value = 0;

	assert(target->frame >= 0 && target->frame < MACHINE_MAX_FRAMES);
	if (a->how != MACHINE_STORE)
		value = __atomic_load_n(data, __ATOMIC_ACQUIRE);
	if (!threads_same_frame(machine, target, MACHINE_FRAME_DATA)) {
		threads_violation(THREADS_USE_AFTER_FREE, "page %u reaches frame %d, which was given back", a->page,
				  target->frame);
		return;
	}
	if (a->how == MACHINE_STORE)
		__atomic_store_n(data, *a->value, __ATOMIC_RELEASE);
	else if (a->value)
		*a->value = value;
}

/*
 * Repeated when the entry changed between the walk and the setting of its bits: then the walk has
 * seen nothing that counts.
 */
static bool through_walk(const struct access *a)
{
	struct reading leaf;

	/*
	 * The word and the generation of the frame that it leads to are two reads. If the word is
	 * still the same behind both, the generation is one that the frame had while the entry led
	 * to it. Acquire: what the kernel stored in the table before it hooked it is seen through
	 * the entry (ORD-5).
	 */
	do
		leaf = walk(a->cpu, a->page);
	while (hardware_permits(leaf.word, a->how) && !update_entry(&leaf, a->how));
	keep_leaf(a->cpu, &leaf, a->page, tlb_of(a->how));
	if (!hardware_permits(leaf.word, a->how))
		return false;
	transfer(a, &leaf.target);
	return true;
}

/*
 * False: it faults. M14: a fault drops what was hit, unless the row says that hardware keeps it.
 * What else the CPU holds for the page stays.
 */
static bool attempt(const struct access *a)
{
	struct threads_entry *held = threads_tlb_find(a->cpu, a->page, tlb_of(a->how));

	if (!held)
		return through_walk(a);
	if (!hardware_permits(held->word, a->how)) {
		/* Hardware that walks again after a fault drops what made it fault. */
		if (!machine_arch()->readonly_sticky)
			held->kind = 0;
		return false;
	}
	/* The first write through a clean entry goes to the table as it is now. */
	if (a->how == MACHINE_STORE && !(held->word & MACHINE_PTE_DIRTY)) {
		held->kind = 0;
		return through_walk(a);
	}
	transfer(a, &held->target);
	/* An eviction now and then: the next access walks. */
	if (!threads_random(16))
		held->kind = 0;
	return true;
}

/* Where the kernel's handler loads entries it is told of each access: which of them miss is found out under the lock. */
static void refill(const struct access *a, bool begins)
{
	const struct machine_kernel *kernel = a->cpu->machine->config.kernel;

	if (machine_arch()->soft_refill && kernel->refill)
		kernel->refill(begins);
}

/* threads_step() comes before the lock: it may answer interrupts, whose handlers invalidate this very TLB. */
static bool try_access(const struct access *a)
{
	bool done;

	threads_step();
	refill(a, true);
	pthread_mutex_lock(&a->cpu->tlb.lock);
	done = attempt(a);
	pthread_mutex_unlock(&a->cpu->tlb.lock);
	refill(a, false);
	return done;
}

bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	struct access a = { threads_self, (unsigned int)(address >> MACHINE_PAGE_SHIFT), how, value };

	/*
	 * Faults are handled with no lock of the machine's held: the kernel takes its own, sends
	 * interrupts, and waits for answers.
	 */
	for (unsigned int faults = 0; !try_access(&a); faults++) {
		__atomic_fetch_add(&a.cpu->machine->faults, 1, __ATOMIC_RELAXED);
		if (!a.cpu->machine->config.kernel->fault(address, how))
			return false;
		if (faults == THREADS_MAX_FAULTS) {
			threads_violation(THREADS_LIVELOCK, "faults on 0x%lx again and again", address);
			return false;
		}
	}
	return true;
}

/*
 * M23: hardware walks ahead to any address of the space that is loaded, whichever program runs and
 * whatever it does. Here at any moment, so a table that is given back too early is met now and then.
 */
void threads_prefetch(struct threads_cpu *cpu)
{
	unsigned int page = threads_random(threads_level_pages(machine_levels()));
	enum threads_tlb_kind kind = machine_arch()->split_itlb && !threads_random(3) ? THREADS_INSTRUCTION
										      : THREADS_DATA;
	struct reading leaf;

	if (!cpu->space || !machine_arch()->hw_walk)
		return;
	pthread_mutex_lock(&cpu->tlb.lock);
	if (!threads_tlb_find(cpu, page, kind)) {
		leaf = walk(cpu, page);
		if (kind == THREADS_DATA || leaf.word & MACHINE_PTE_EXEC || !leaf.word)
			keep_leaf(cpu, &leaf, page, kind);
	}
	pthread_mutex_unlock(&cpu->tlb.lock);
}
