/* SPDX-License-Identifier: MIT */
/*
 * roots.c - a fourth stranger's kernel: Sv39 without ASIDs, two processes on one CPU, and no more than a switch from one to the other.
 *
 *	-DRIGHT=1	sfence.vma stands behind the write to satp
 *	-DRIGHT=0	... and is forgotten, as if satp were CR3
 */
#include <machine/machine.h>
#include <shootdown/subject.h>
#include <string.h>

enum {
	PAGES = 16,
	PROCESSES = 2,
	BYTES = 4096,
	LEVELS = 3,
};

enum {
	VALID = 1,
	READ = 2,
	USER = 16,
	ACCESSED = 64,
};

static uint64_t *roots[PROCESSES];
static const struct subject_map *maps;
static int nr_pages;

static uint64_t *page_alloc(void)
{
	int frame = nr_pages++;

	machine_frame_take(frame);
	return memset((void *)machine_frame_address(frame), 0, BYTES);
}

static uint64_t entry_to(const uint64_t *page, uint64_t bits)
{
	return (uint64_t)page / BYTES << 10 | VALID | bits;
}

static uint64_t *walk(uint64_t *table, unsigned long address)
{
	for (int level = LEVELS - 1; level > 0; level--) {
		uint64_t *entry = &table[address >> (12 + 9 * level) & 511];

		if (!*entry)
			*entry = entry_to(page_alloc(), 0);
		table = (uint64_t *)((*entry >> 10) * BYTES);
	}
	return &table[address >> 12 & 511];
}

/* ---- as the checker sees it ---- */

static void boot(const struct subject_setup *setup)
{
	for (int i = 0; i < PROCESSES; i++)
		roots[i] = page_alloc();
	maps = setup->maps;
}

static bool present(const struct subject_present *entry)
{
	const struct subject_map *map = &maps[entry->map];

	*walk(roots[map->space], map->start + entry->page * BYTES) = entry_to(page_alloc(), READ | USER | ACCESSED);
	return true;
}

static struct machine_space *space(unsigned int nr)
{
	return machine_space_at(machine_frame_at((uint64_t)roots[nr]));
}

static void *thread(int nr, enum subject_thread kind)
{
	(void)kind;
	return &roots[nr];
}

static void switch_to(void *thread)
{
	machine_set_current(thread);
	machine_load_root(space((unsigned int)((uint64_t **)thread - roots)));
	if (RIGHT)
		machine_tlb_local(&(struct machine_invalidation){ .all = true, .tables = true, .exec = true });
}

/* There is nothing that a fault could bring. */
static bool fault(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

static void choose(struct tlb_arch *arch)
{
	arch->asids = false;
}

static const struct machine_kernel kernel = { .fault = fault, .context_switch = switch_to };
static const struct subject_operation operations[] = { { 0 } };

const struct subject subject_under_test = {
	.name = "two roots",
	.format = "sv39",
	.frames = PAGES,
	.choose = choose,
	.kernel = &kernel,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = switch_to,
};
