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

static enum threads_tlb_kind tlb_of(enum machine_access how)
{
	return how == MACHINE_EXEC && machine_arch()->split_itlb ? THREADS_INSTRUCTION : THREADS_DATA;
}

static bool permits(uint64_t word, enum machine_access how)
{
	if (!(word & MACHINE_PTE_PRESENT))
		return false;
	if (how == MACHINE_STORE)
		return word & MACHINE_PTE_WRITE && (word & MACHINE_PTE_DIRTY || machine_arch()->hw_dirty);
	return how == MACHINE_LOAD || word & MACHINE_PTE_EXEC;
}

/* ---- walks; TLB lock held ---- */

static void keep_upper(struct threads_cpu *cpu, const machine_pte *from, uint64_t word, unsigned int page,
		       unsigned int level)
{
	struct threads_entry entry = {
		.space = cpu->space,
		.from = from,
		.word = word,
		.page = page & ~(threads_level_pages(level) - 1),
		.level = (unsigned char)level,
		.parts = (1u << MACHINE_TABLE_ENTRIES) - 1,
		.kind = THREADS_DATA,
	};

	if (threads_random(4))
		threads_tlb_fill(cpu, &entry);
}

/* The table that @pointer points to must still be that table; asked after the entry in it was read. */
static bool read_entry(const struct threads_cpu *cpu, uint64_t pointer, const machine_pte *entry, uint64_t *word)
{
	*word = __atomic_load_n(&entry->word, __ATOMIC_ACQUIRE);
	if (threads_same_frame(cpu->machine, pointer, MACHINE_FRAME_TABLE))
		return true;
	threads_violation(THREADS_FREED_TABLE, "a walk comes through frame %d, a page table that was given back",
			  threads_word_frame(pointer));
	return false;
}

/*
 * The last-level entry of @page and what it says; NULL where the tables end before, or where the walk came to a table that
 * is no longer one.
 */
static machine_pte *walk(struct threads_cpu *cpu, unsigned int page, uint64_t *word)
{
	const struct threads_entry *cached = threads_walk_find(cpu, page);
	unsigned int level = cached ? cached->level - 1u : machine_levels() - 1;
	uint64_t root = (uint64_t)cpu->space->root << MACHINE_PTE_FRAME_SHIFT | MACHINE_PTE_PRESENT;
	uint64_t pointer = cached ? cached->word : threads_stamped(cpu->machine, root);

	assert(level < machine_levels());
	for (;; level--) {
		machine_pte *table = cpu->machine->frames[threads_word_frame(pointer)].words;
		machine_pte *entry = &table[page / threads_level_pages(level) % MACHINE_TABLE_ENTRIES];

		if (!read_entry(cpu, pointer, entry, word) || (level && !(*word & MACHINE_PTE_PRESENT))) {
			*word = 0;
			return NULL;
		}
		if (!level)
			return entry;
		keep_upper(cpu, entry, *word, page, level);
		pointer = *word;
	}
}

/* The walker sets accessed and dirty in the table, atomically, where it does so at all. False: the entry has changed. */
static bool update_entry(machine_pte *entry, uint64_t *word, enum machine_access how)
{
	uint64_t bits = how == MACHINE_STORE ? MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY : MACHINE_PTE_ACCESSED;
	uint64_t old = *word;

	if (!machine_arch()->hw_dirty || (old & bits) == bits)
		return true;
	*word |= bits;
	return __atomic_compare_exchange_n(&entry->word, &old, *word, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void keep_leaf(struct threads_cpu *cpu, const machine_pte *from, uint64_t word, unsigned int page,
		      enum threads_tlb_kind kind)
{
	struct threads_entry entry = {
		.space = cpu->space, .from = from, .word = word, .page = page, .kind = (unsigned char)kind
	};

	if (!(word & MACHINE_PTE_PRESENT)) {
		if (!machine_arch()->caches_not_present)
			return;
		entry.word = 0;
	}
	if (threads_random(8))
		threads_tlb_fill(cpu, &entry);
}

/* ---- accesses; TLB lock held ---- */

/* A load is checked afterwards and a store before, so that no page is spoiled that has another owner by now. */
static void transfer(const struct access *a, uint64_t word)
{
	struct threads_machine *machine = a->cpu->machine;
	uint64_t *data = &machine->frames[threads_word_frame(word)].words[0].word, value = 0;

	if (a->how != MACHINE_STORE)
		value = __atomic_load_n(data, __ATOMIC_ACQUIRE);
	if (!threads_same_frame(machine, word, MACHINE_FRAME_DATA)) {
		threads_violation(THREADS_USE_AFTER_FREE, "page %u reaches frame %d, which was given back", a->page,
				  threads_word_frame(word));
		return;
	}
	if (a->how == MACHINE_STORE)
		__atomic_store_n(data, *a->value, __ATOMIC_RELEASE);
	else
		*a->value = value;
}

static bool through_walk(const struct access *a)
{
	machine_pte *entry;
	uint64_t word;

	do
		entry = walk(a->cpu, a->page, &word);
	while (permits(word, a->how) && !update_entry(entry, &word, a->how));
	keep_leaf(a->cpu, entry, word, a->page, tlb_of(a->how));
	if (!permits(word, a->how))
		return false;
	transfer(a, word);
	return true;
}

/* False: it faults. */
static bool attempt(const struct access *a)
{
	struct threads_entry *held = threads_tlb_find(a->cpu, a->page, tlb_of(a->how));

	if (!held)
		return through_walk(a);
	if (!permits(held->word, a->how)) {
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
	transfer(a, held->word);
	if (!threads_random(16))
		held->kind = 0;
	return true;
}

static bool try_access(const struct access *a)
{
	bool done;

	threads_step();
	pthread_mutex_lock(&a->cpu->tlb.lock);
	done = attempt(a);
	pthread_mutex_unlock(&a->cpu->tlb.lock);
	return done;
}

bool machine_user_access(unsigned long address, enum machine_access how, uint64_t *value)
{
	struct access a = { threads_self, (unsigned int)(address >> MACHINE_PAGE_SHIFT), how, value };

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

/* Hardware walks ahead to any address, whichever program runs and whatever it does. */
void threads_prefetch(struct threads_cpu *cpu)
{
	unsigned int page = threads_random(threads_level_pages(machine_levels()));
	enum threads_tlb_kind kind = machine_arch()->split_itlb && !threads_random(3) ? THREADS_INSTRUCTION
										      : THREADS_DATA;
	machine_pte *entry;
	uint64_t word;

	if (!cpu->space || !machine_arch()->hw_walk)
		return;
	pthread_mutex_lock(&cpu->tlb.lock);
	if (!threads_tlb_find(cpu, page, kind)) {
		entry = walk(cpu, page, &word);
		if (kind == THREADS_DATA || word & MACHINE_PTE_EXEC || !word)
			keep_leaf(cpu, entry, word, page, kind);
	}
	pthread_mutex_unlock(&cpu->tlb.lock);
}
