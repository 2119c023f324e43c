/* SPDX-License-Identifier: MIT */
/*
 * subject.c - the kernel as the checker sees it: how it boots, what it can be asked to do, what its words are called, and what to look
 * at when all is over. It knows the kernel's functions and nothing of scenarios, which say what is done in which order.
 */
#include <kernel.h>
#include <shootdown/subject.h>

static const struct subject_setup *setup;

/* ---- boot: before every execution, alone ---- */

static void boot(const struct subject_setup *from)
{
	setup = from;
	for (unsigned int i = 0; i < from->nr_spaces; i++)
		process_create();
	for (unsigned int i = 0; i < from->nr_maps; i++) {
		const struct subject_map *map = &from->maps[i];

		if (map->file != SUBJECT_NONE)
			kernel_panic("this kernel has no files");
		if (!map->absent)
			region_add(&processes[map->space], map->start, map->end, map->prot & SUBJECT_WRITE);
	}
}

/* `present A.p`: as a fault would leave it. */
static bool present(const struct subject_present *entry)
{
	const struct subject_map *map = &setup->maps[entry->map];

	return page_fault(&processes[map->space], map->start + entry->page * PAGE_SIZE, map->prot & SUBJECT_WRITE);
}

static struct machine_space *space(unsigned int nr)
{
	return machine_space_at(machine_frame_at(processes[nr].cr3));
}

/* ---- threads: of the kernel's, only its process is needed ---- */

static void *thread(int nr, enum subject_thread kind)
{
	(void)kind;
	return &processes[nr];
}

static void thread_starts(void *process)
{
	machine_set_current(process);
	process_switch(process);
}

/* The processor's page fault, of the thread that is running. */
static bool fault(unsigned long address, enum machine_access how)
{
	return page_fault(machine_current(), address, how == MACHINE_STORE);
}

static void context_switch(void *process)
{
	process_switch(process);
}

static const struct machine_kernel kernel = { .fault = fault, .context_switch = context_switch };

/* ---- operations: what a scenario's words do, and what they promise ---- */

static void op_mmap(struct subject_call *call)
{
	sys_mmap(&processes[call->space], call->start, call->end, setup->maps[call->map].prot & SUBJECT_WRITE);
}

static void op_munmap(struct subject_call *call)
{
	if (sys_munmap(&processes[call->space], call->start, call->end))
		subject_covers(call);
}

static void op_discard(struct subject_call *call)
{
	if (sys_discard(&processes[call->space], call->start, call->end))
		subject_covers(call);
}

static const struct subject_operation operations[] = {
	{ "mmap A", SUBJECT_CPU, false, op_mmap },
	{ "munmap A[.p..q]", SUBJECT_CPU, true, op_munmap },
	{ "madvise A[.p..q] dontneed", SUBJECT_CPU, true, op_discard },
	{ 0 },
};

/* ---- names ---- */

static bool name_address(const void *address, struct subject_text *to)
{
	const char *at = address;

	if (at == (const char *)&memory_lock)
		to->print(to, "memory_lock");
	else if (at >= (const char *)processes && at < (const char *)(processes + MAX_PROCESSES))
		to->print(to, "process %s", setup->spaces[(at - (const char *)processes) / sizeof(processes[0])].name);
	else
		return false;
	return true;
}

/* ---- the end ---- */

static unsigned long pages_below(uint64_t table, int level)
{
	unsigned long pages = 1;

	for (int i = 0; i < ENTRIES; i++) {
		union entry entry = table_at(table)[i];

		if (entry.present)
			pages += level ? pages_below((uint64_t)entry.frame * PAGE_SIZE, level - 1) : 1;
	}
	return pages;
}

/* Every page that is in use is a table or is mapped. */
static void audit(struct subject_audit *audit)
{
	unsigned long found = 0;

	for (unsigned int i = 0; i < setup->nr_spaces; i++)
		found += pages_below(processes[i].cr3, LEVELS - 1);
	if (found != pages_in_use)
		audit->finds(audit, SUBJECT_MISSED, SUBJECT_NONE, "%lu pages are in use, and %lu can be found",
			     pages_in_use, found);
}

/* ---- the whole ---- */

/* The row of x86-64 says what Linux chooses. This kernel does not use PCIDs: writing CR3 flushes. */
static void choose(struct tlb_arch *arch)
{
	arch->asids = false;
}

const struct subject subject_under_test = {
	.name = "a small kernel",
	.format = "x86-64",
	.frames = RAM_PAGES,
	.choose = choose,
	.kernel = &kernel,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = thread_starts,
	.name_address = name_address,
	.audit = audit,
};
