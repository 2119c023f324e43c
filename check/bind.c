/* SPDX-License-Identifier: MIT */
/*
 * bind.c - set a scenario up for the mm under test on the model machine, and look at how it ended.
 *
 * The mm under test knows nothing of scenarios, and the language knows nothing of the mm: the subject (subject.h) is told in
 * its own terms, which is why so much is copied here from one structure to another. What both number alike is asserted
 * below, so that a number may pass from one to the other without a table.
 *
 * binding_set_up() runs once for a search over states, which goes back by undoing what was logged, and again
 * before every replay, on a machine that has been reset. So it depends on nothing but the binding, and what it
 * makes lives in the machine's arena, which is logged, undone and reset as a whole.
 */
#include "check/bind.h"
#include "check/form.h"
#include "check/rules.h"
#include "check/stored.h"
#include "check/synced.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Numbers of one kind that have one name on either side. A mismatch would not crash but check another scenario
 * than the one that was written, so it must not compile.
 */
#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is " #theirs)
SAME(LITMUS_PAGE_SHIFT, MACHINE_PAGE_SHIFT);
SAME(LITMUS_TABLE_BITS, MACHINE_TABLE_BITS);
SAME(LITMUS_GROUP, MACHINE_GROUP);
SAME(LITMUS_MAX_MORE, SUBJECT_FURTHER);
SAME(LITMUS_MAX_LEVELS, MACHINE_MAX_LEVELS);
SAME(LITMUS_MAX_CPUS, MACHINE_MAX_CPUS);
SAME(LITMUS_NONE, SUBJECT_NONE);
SAME(LITMUS_KERNEL_START, MACHINE_KERNEL_START);
SAME(LITMUS_PROT_READ, SUBJECT_READ);
SAME(LITMUS_PROT_WRITE, SUBJECT_WRITE);
SAME(LITMUS_PROT_EXEC, SUBJECT_EXEC);

/* ---- what the subject is told ---- */

/*
 * Field by field, so that what the language has and the mm is not told is left out in one place that can be
 * read.
 */
static void describe_objects(struct binding *b)
{
	static const enum subject_file_kind kinds[] = {
		[LITMUS_FILE_CACHE] = SUBJECT_FILE_CACHE,	    [LITMUS_FILE_PFN] = SUBJECT_FILE_PFN,
		[LITMUS_FILE_MIXED] = SUBJECT_FILE_MIXED,	    [LITMUS_FILE_HUGETLB] = SUBJECT_FILE_HUGETLB,
		[LITMUS_FILE_CONTIGUOUS] = SUBJECT_FILE_CONTIGUOUS,
	};
	const struct litmus *l = b->litmus;

	for (unsigned int i = 0; i < l->nr_mms; i++)
		b->spaces[i] = (struct subject_space){ .name = l->mms[i].name,
						       .empty = l->mms[i].empty,
						       .threads = binding_has_threads(l, (int)i) };
	for (unsigned int i = 0; i < l->nr_files; i++)
		b->files[i] = (struct subject_file){ l->files[i].name, kinds[l->files[i].kind], l->files[i].pages };
	for (unsigned int i = 0; i < l->nr_agents; i++) {
		const struct litmus_agent *agent = &l->agents[i];

		if (agent->kind == LITMUS_DEVICE)
			b->devices[agent->peer] = (struct subject_device){ l->devices[agent->peer].name, agent->mm,
									   !l->devices[agent->peer].bound_late };
		if (agent->kind == LITMUS_VCPU)
			b->vcpus[agent->peer] = (struct subject_vcpu){ l->vcpus[agent->peer].name, agent->mm,
								       !l->vcpus[agent->peer].bound_late };
	}
	for (unsigned int i = 0; i < l->nr_maps; i++) {
		const struct litmus_map *map = &l->maps[i];

		b->maps[i] = (struct subject_map){
			.name = map->name,
			.space = map->mm,
			.file = map->file,
			.file_page = map->file_page,
			.start = map->start,
			.end = map->end,
			.prot = map->prot,
			.shared = map->shared,
			.grows = map->grows,
			.absent = map->absent,
			.huge = map->huge,
			.uffd = map->uffd,
			.numa = map->numa,
			.soft_dirty = map->soft_dirty,
		};
	}
}

/* After this nothing of the scenario is passed on but operations, one at a time; see check/program.c. */
static void describe(struct binding *b)
{
	const struct litmus *l = b->litmus;

	describe_objects(b);
	b->setup = (struct subject_setup){
		.spaces = b->spaces,
		.files = b->files,
		.maps = b->maps,
		.devices = b->devices,
		.nr_devices = l->nr_devices,
		.vcpus = b->vcpus,
		.nr_vcpus = l->nr_vcpus,
		.nr_spaces = l->nr_mms,
		.nr_files = l->nr_files,
		.nr_maps = l->nr_maps,
		.gather = { l->gather.bundle, l->gather.batch, l->gather.batches, l->gather.tables, l->gather.lanes,
			    l->gather.ranges },
		.asids = l->asids,
		.unmap_batch = l->set.unmap_batch,
		.lazy = l->set.lazy,
		.spf = l->set.spf,
		.pri = l->set.pri,
		.stall = l->set.stall,
		.refused = model_refuses,
	};
}

/*
 * Does the scenario ask how often something was done? Only then does that tell states apart. A counter that
 * goes up with each flush makes states differ that are otherwise equal: with it the same scenario has more
 * states, and what goes round never comes back to one. So it is off where nobody asks.
 */
static bool counts(const struct litmus *litmus)
{
	for (unsigned int i = 0; i < litmus->nr_expects; i++) {
		if (litmus->expects[i].kind == LITMUS_EXPECT_COUNT)
			return true;
	}
	return false;
}

/*
 * Can nobody tell what pages hold? A load that goes to no register, in a scenario without files, whose pages are compared with
 * their disk, and without stores that must stay, is an access like any other. An mm with page tables of a real format may keep
 * data of its own in pages.
 */
static bool unread(const struct litmus *litmus)
{
	return !litmus->nr_registers && !litmus->nr_files && !stored_is_asked(litmus) && !checked_subject()->format;
}

static bool has_contiguous(const struct litmus *litmus)
{
	for (unsigned int i = 0; i < litmus->nr_files; i++) {
		if (litmus->files[i].kind == LITMUS_FILE_CONTIGUOUS)
			return true;
	}
	return false;
}

/* A name that does not exist is a mistake of who wrote the mm: no scenario can be read without. */
const struct machine_format *checked_format(void)
{
	const char *name = checked_subject()->format;
	const struct machine_format *format = name ? machine_format_find(name) : NULL;

	if (name && !format) {
		fprintf(stderr, "shootdown: the mm under test has page tables of the format \"%s\", expected", name);
		for (unsigned int i = 1; machine_format_row(i); i++)
			fprintf(stderr, "%s %s", i > 1 ? "," : "", machine_format_row(i)->name);
		fprintf(stderr, "\n");
		exit(2);
	}
	return format;
}

/*
 * Accesses of a thread that moves are those of one CPU and then of another: which words have to be weak is not asked for these
 * (machine/model/cycles.c).
 */
static enum model_memory memory(const struct litmus *litmus)
{
	const struct litmus_op *op;

	for (unsigned int i = 0; !litmus->raw && (op = binding_operation(litmus, i)); i++) {
		if (binding_moves(op))
			return MODEL_SC;
	}
	return litmus->set.memory == LITMUS_MEMORY_WEAK	 ? MODEL_WEAK
	       : litmus->set.memory == LITMUS_MEMORY_TSO ? MODEL_TSO
							 : MODEL_SC;
}

/*
 * The row of the architecture is copied, because a scenario has a ceiling of its own; the table is
 * everybody's. A mm may choose among what the hardware offers (.choose), as a kernel does when it is
 * configured; after that the row is constant, which the search relies on.
 */
void binding_init(struct binding *b, const struct litmus *litmus, const struct tlb_arch *arch,
		  const struct machine_rules *off)
{
	assert(litmus && arch);
	memset(b, 0, sizeof(*b));
	b->litmus = litmus;
	b->subject = checked_subject();
	b->arch = *arch;
	b->arch.ceiling = (unsigned long)litmus->set.ceiling;
	if (b->subject->choose)
		b->subject->choose(&b->arch);
	b->config = (struct model_config){
		.arch = &b->arch,
		.kernel = b->subject->kernel,
		.rules = rules_without(off),
		.cpus = litmus->cpus + litmus->nr_devices + litmus->nr_vcpus,
		.devices = litmus->nr_devices + litmus->nr_vcpus,
		.vcpus = litmus->nr_vcpus,
		.stalls = litmus->set.stall,
		.levels = litmus->levels,
		.format = checked_format(),
		.frames = b->subject->frames,
		.store_buffer = litmus->set.store_buffer,
		.contiguous = has_contiguous(litmus),
		.in_flight = litmus->set.in_flight,
		.alloc = litmus->alloc == LITMUS_ALLOC_OK     ? MODEL_ALLOC_OK
			 : litmus->alloc == LITMUS_ALLOC_FAIL ? MODEL_ALLOC_FAIL
							      : MODEL_ALLOC_ANY,
		.memory = memory(litmus),
		.words = &b->words,
		.counts = counts(litmus),
		.unread = unread(litmus),
		.stored = stored_value,
		.context = b,
	};
	b->raw.litmus = litmus;
	b->raw.arch = &b->arch;
	describe(b);
}

/* ---- setting up ---- */

const struct machine_space *binding_space(const struct binding *b, int mm)
{
	return mm == LITMUS_NONE ? model_kernel_space() : b->subject->space((unsigned int)mm);
}

void subject_not_state(void *start, size_t bytes)
{
	agent_not_state(start, bytes);
}

/*
 * What can be mapped is watched, before the first entry is there. A mapping that grows downwards may come to have
 * one more page in front.
 *
 * The machine has room for fewer than 64, so that a set of watches is one word; more are a limit of the tool
 * that every run reports as such.
 */
static void watch_map(const struct binding *b, const struct litmus_map *map, int mm)
{
	const struct machine_space *space = binding_space(b, mm);
	unsigned long first = map->start / PAGE_BYTES;

	assert(space && map->start <= map->end);
	for (unsigned long page = first; page < map->end / PAGE_BYTES; page++)
		model_add_watch(space, page);
	if (map->grows && first)
		model_add_watch(space, first - 1);
}

/* A vcpu's tables lead from the same addresses, and what is taken away is taken from them as well. */
static void watch_for_vcpu(struct binding *b, unsigned int nr)
{
	const struct machine_space *theirs = binding_space(b, b->vcpus[nr].space);
	unsigned int watches = model_state()->nr_watches;

	for (unsigned int i = 0; i < watches; i++) {
		const struct model_watch *watch = &model_state()->watches[i];

		if (watch->space == model_space_number(theirs))
			b->twins[i] |= 1ull << model_add_watch(b->subject->vcpu_space(nr), watch->page);
	}
}

uint64_t binding_with_twins(const struct binding *b, uint64_t watches)
{
	uint64_t all = watches;

	for (; watches; watches &= watches - 1)
		all |= b->twins[__builtin_ctzll(watches)];
	return all;
}

int binding_twin_of(const struct binding *b, int watch)
{
	for (unsigned int i = 0; i < MODEL_WATCHES; i++) {
		if (b->twins[i] >> watch & 1)
			return (int)i;
	}
	return watch;
}

/*
 * Nobody runs yet, so entries are made without locks, flushes or choices; a refusal is the scenario's size,
 * and no finding.
 */
static void set_up_present(const struct binding *b, const struct litmus_present *present)
{
	assert(present->map >= 0);
	for (unsigned int i = present->page; i < present->page + present->pages; i++) {
		const struct subject_present entry = {
			.map = (unsigned int)present->map,
			.page = i,
			.given = present->writable != LITMUS_AS_FAULT,
			.writable = present->writable == LITMUS_RW,
			.dirty = present->dirty,
			.young = present->young,
		};

		if (!b->subject->present(&entry))
			machine_panic(__FILE__, __LINE__, "a scenario with fewer pages and tables");
	}
}

/*
 * This is the function of an agent: it runs on that agent's stack, and each machine operation below it is a step
 * that the search may stop at. So nothing here may keep what it knows in static variables.
 */
static void run_agent(void *arg)
{
	struct bound_agent *self = arg;
	const struct litmus_agent *agent = &self->binding->litmus->agents[self->index];

	model_thread_begins();
	self->binding->subject->thread_starts(self->binding->thread[self->index]);
	for (unsigned int i = 0; i < agent->nr_ops; i++)
		binding_run_op(self->binding, agent, &agent->ops[i]);
	model_set_doing(NULL);
	model_thread_ends();
}

/*
 * Alone, as the CPU it names, before anything else runs. It is no agent, so no choice of the hardware is
 * explored in it and nobody steps in between: its effects are the first state. The CPU goes back to 0, which
 * is who sets up.
 */
static void run_before(struct binding *b, const struct litmus_agent *before)
{
	void *thread = binding_make_threads(b, before, LITMUS_MAX_AGENTS + (unsigned int)(before - b->litmus->befores));

	model_set_up_as(before->cpu, thread);
	b->subject->thread_starts(thread);
	for (unsigned int i = 0; i < before->nr_ops; i++)
		binding_run_op(b, before, &before->ops[i]);
	binding_leave(b, before, thread);
	model_set_up_as(0, NULL);
}

/*
 * All threads are made before any runs: a program that runs before the others may name one of them. The order
 * of the scenario is the order of agents, and so what the numbers in a trace mean.
 */
static void set_up_agents(struct binding *b)
{
	const struct litmus *l = b->litmus;

	assert(l->nr_agents <= AGENT_MAX_AGENTS);
	for (unsigned int i = 0; i < l->nr_agents; i++)
		b->thread[i] = binding_make_threads(b, &l->agents[i], i);
	for (unsigned int i = 0; i < l->nr_befores; i++)
		run_before(b, &l->befores[i]);
	for (unsigned int i = 0; i < l->nr_agents; i++) {
		b->agent[i] = (struct bound_agent){ b, i };
		model_spawn_thread(l->agents[i].cpu, run_agent, &b->agent[i]);
		if (l->agents[i].moves)
			model_let_move((int)i, l->agents[i].to);
		for (unsigned int op = 0; op < l->agents[i].nr_ops; op++) {
			if (binding_moves(&l->agents[i].ops[op]))
				model_may_come((int)i, (unsigned int)l->agents[i].ops[op].peer);
		}
	}
}

/*
 * Watches come before the first entry, as they count its changes; programs come last, as they need the rest.
 * model_start() is last of all: it gives the machine its own agents (handlers, schedulers, the kernel's daemon),
 * which must be numbered after the threads.
 */
void binding_set_up(void *context)
{
	struct binding *b = context;
	const struct litmus *l = b->litmus;

	if (l->raw) {
		raw_set_up(&b->raw);
		return;
	}
	model_boot(&b->config);
	b->subject->boot(&b->setup);
	b->state = agent_alloc(sizeof(*b->state));
	for (unsigned int i = 0; i < l->nr_maps; i++)
		watch_map(b, &l->maps[i], l->maps[i].mm);
	/* What an address space is that a fork fills is known by the maps of the one it is made of. */
	for (unsigned int i = 0; i < l->nr_mms * l->nr_maps; i++) {
		if (l->mms[i / l->nr_maps].empty && l->maps[i % l->nr_maps].mm != LITMUS_NONE)
			watch_map(b, &l->maps[i % l->nr_maps], (int)(i / l->nr_maps));
	}
	memset(b->twins, 0, sizeof(b->twins));
	for (unsigned int i = 0; i < l->nr_vcpus; i++)
		watch_for_vcpu(b, i);
	stored_set_up(b);
	synced_set_up(b);
	for (unsigned int i = 0; i < l->nr_presents; i++)
		set_up_present(b, &l->presents[i]);
	set_up_agents(b);
	model_start();
}

/* ---- looking at the end ---- */

/* One agent that can run is enough: whether others are stuck is known only when nobody can. */
enum binding_end binding_end(void)
{
	enum binding_end end = BINDING_IS_OVER;

	for (unsigned int i = 0; i < agent_count(); i++) {
		if (agent_enabled((int)i))
			return BINDING_GOES_ON;
		if (!agent_finished((int)i))
			end = BINDING_IS_STUCK;
	}
	return end;
}

/*
 * A set of watches is one word, so that promises about them can be combined with logic. A page that is not
 * watched is passed over, not refused: a range may be larger than what is mapped in it.
 */
uint64_t binding_watches(const struct binding *b, int mm, unsigned long start, unsigned long end)
{
	int space = model_space_number(binding_space(b, mm));
	uint64_t watches = 0;

	assert(start <= end);
	for (unsigned long page = start / PAGE_BYTES; page < end / PAGE_BYTES; page++) {
		int watch = model_find_watch(space, (unsigned int)page);

		if (watch >= 0)
			watches |= 1ull << watch;
	}
	return watches;
}

/* Only the mm knows what an object of its own is for. One that does not say so has plots with less in them. */
bool binding_plays(const struct binding *b, const void *address, enum subject_role role, int of)
{
	struct subject_part part = { SUBJECT_OTHER, SUBJECT_NONE };

	if (b->subject->role)
		part = b->subject->role(address);
	return part.role == role && (of == SUBJECT_NONE || part.of == of);
}

/* ---- what only the end shows ---- */

/*
 * The mm has findings, the checker has properties; here one becomes the other. The text is formatted here
 * because it must outlive the call, and the mm has no memory for it: the record is copied by whoever listens.
 */
static void finds(struct subject_audit *audit, enum subject_finding what, int frame, const char *format, ...)
{
	static const enum model_property properties[] = {
		[SUBJECT_LOST_WRITE] = MODEL_LOST_WRITE,
		[SUBJECT_MISSED] = MODEL_MISSED,
		[SUBJECT_LEAK] = MODEL_LEAK,
	};
	char text[200];
	va_list args;

	(void)audit;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	model_violation(properties[what], subject_finds, .frame = frame, .text = text);
}

/*
 * Asked of a machine at rest: while a program runs, what is left over may still be taken away. It is a
 * function of the state at the end, so it says the same whichever way led there. It may be asked again of the
 * same end: a property that was reported is reported already.
 */
void binding_audit(const struct binding *b)
{
	struct subject_audit audit = { finds };

	if (b->litmus->raw)
		return;
	if (b->subject->audit)
		b->subject->audit(&audit);
	stored_audit(b);
}

const struct litmus_op *binding_operation(const struct litmus *l, unsigned int nr)
{
	for (unsigned int i = 0; i < l->nr_agents + l->nr_befores; i++) {
		const struct litmus_agent *agent = i < l->nr_agents ? &l->agents[i] : &l->befores[i - l->nr_agents];

		if (nr < agent->nr_ops)
			return &agent->ops[nr];
		nr -= agent->nr_ops;
	}
	return NULL;
}

int binding_space_of(const struct litmus *litmus, const struct litmus_op *op, int map)
{
	if (litmus->maps[map].mm == LITMUS_NONE)
		return LITMUS_NONE;
	return op->in >= 0 ? op->in : litmus->maps[map].mm;
}

int binding_file_frame(const struct binding *b, unsigned int file, unsigned int page)
{
	assert(file < b->setup.nr_files && page < b->files[file].pages);
	return b->subject->file_frame ? b->subject->file_frame(file, page) : MACHINE_NO_FRAME;
}
