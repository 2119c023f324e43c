/* SPDX-License-Identifier: MIT */
/* world.c - boot a kernel, let every thread of a workload run on its CPU, and bring home what was counted. */
#include <count/world.h>

#include <stdlib.h>
#include <machine/count/count.h>

/* ---- what workloads are made of ---- */

void world_meet(struct world *world)
{
	unsigned int all = (world->arrived / world->threads + 1) * world->threads;

	if (++world->arrived < all)
		machine_wait(&world->arrived, MACHINE_AT_LEAST, (long)all);
}

static void map(struct vm_area_struct *vma)
{
	if (!do_mmap(vma))
		machine_panic(__FILE__, __LINE__, "a mapping of a workload");
}

static void map_in(struct mm_struct *mm, unsigned long address, unsigned long pages)
{
	map(vma_create(mm, address, address + pages * PAGE_SIZE, VM_READ | VM_WRITE, NULL, 0));
}

void map_at(struct world *world, unsigned long address, unsigned long pages)
{
	map_in(world->mm, address, pages);
}

static void map_file_in(struct mm_struct *mm, unsigned long address, unsigned long pages, struct address_space *file,
			unsigned int first)
{
	map(vma_create(mm, address, address + pages * PAGE_SIZE, VM_READ | VM_WRITE | VM_SHARED, file, first));
}

/* That page of a file which has the colour of @address: a kernel with a cache that has colours refuses any other. */
static unsigned int first_page(unsigned long address)
{
	return (unsigned int)(address / PAGE_SIZE % machine_colours());
}

void map_file_at(struct world *world, unsigned long address, unsigned long pages)
{
	unsigned int first = first_page(address);

	map_file_in(world->mm, address, pages, file_create(FILE_CACHED, first + (unsigned int)pages), first);
}

static void attach_devices(const struct world *world, struct mm_struct *mm)
{
	for (unsigned int i = 0; i < world->devices; i++)
		device_bind(device_create(), mm);
}

void make_programs(struct world *world, unsigned long address)
{
	unsigned int first = first_page(address);
	struct address_space *file = file_create(FILE_CACHED, first + (unsigned int)world->size);

	for (unsigned int i = 0; i < world->size; i++) {
		struct mm_struct *mm = mm_create();

		world->programs[i] = task_create(mm);
		attach_devices(world, mm);
		map_in(mm, RESIDENT_AT, RESIDENT);
		map_file_in(mm, address + i * PAGE_SIZE, 1, file, first + i);
	}
}

void make_elsewhere(struct world *world)
{
	struct mm_struct *mm = mm_create();

	attach_devices(world, mm);
	for (unsigned int i = 1; i < world->threads; i++)
		world->elsewhere[i] = task_create(mm);
}

void run_task(struct task *task)
{
	machine_set_current(task);
	context_switch(task);
}

void run_program(const struct world *world, unsigned long program)
{
	run_task(world->programs[program]);
}

void touch(unsigned long address, unsigned long pages, enum machine_access how)
{
	for (unsigned long i = 0; i < pages; i++) {
		uint64_t value = i;

		if (!machine_user_access(address + i * PAGE_SIZE, how, &value))
			machine_panic(__FILE__, __LINE__, "an access of a workload");
	}
}

/* ---- one run ---- */

struct running {
	struct world *world;
	const struct workload *workload;
};

/* The first has touched everything before the others do, so all faults that fill an entry are its. */
static void run_thread(void *arg)
{
	const struct running *running = arg;
	const struct workload *workload = running->workload;
	struct world *world = running->world;
	unsigned int thread = machine_cpu();

	task_start(world->tasks[thread]);
	if (!thread) {
		attach_devices(world, world->mm);
		map_at(world, RESIDENT_AT, RESIDENT);
		workload->map(world);
		touch(RESIDENT_AT, RESIDENT, MACHINE_STORE);
		workload->touch(world, thread);
	}
	world_meet(world);
	if (thread) {
		workload->touch(world, thread);
		touch(RESIDENT_AT, RESIDENT, MACHINE_LOAD);
	}
	world_meet(world);
	if (!thread)
		count_begin();
	world_meet(world);
	workload->act(world, thread);
	world_meet(world);
	if (!thread)
		count_end(world->counts);
}

static bool never(void)
{
	return false;
}

static void boot(struct world *world)
{
	mm_boot(&world->policy->limits, never);
	mm_globals()->choices = policy_choices(world->policy, &world->arch);
	mm_globals()->unmap_batch = PROGRAMS;
	world->mm = mm_create();
	for (unsigned int i = 0; i < world->threads; i++)
		world->tasks[i] = task_create(world->mm);
}

void count_workload_run(const struct count_run *run, struct tlb_counts *counts)
{
	struct world world = {
		.policy = &policies[run->policy],
		.arch = policy_arch(&policies[run->policy], run->arch),
		.threads = run->threads,
		.devices = run->devices,
		.size = run->size,
		.counts = counts,
	};
	struct running running = { &world, &workloads[run->workload] };
	struct count_config config = { &world.arch, &mm_kernel, run->threads, 4 };

	if (run->ceiling)
		world.arch.ceiling = run->ceiling;
	count_boot(&config);
	boot(&world);
	count_run(run_thread, &running);
	count_shutdown();
}

const struct count_workload *count_workload(unsigned int nr)
{
	return nr < nr_workloads ? &workloads[nr].shown : NULL;
}

const char *count_policy(unsigned int nr)
{
	return nr < nr_policies ? policies[nr].name : NULL;
}

unsigned long count_ceiling(unsigned int policy, const struct tlb_arch *arch)
{
	return policy_arch(&policies[policy], arch).ceiling;
}
