/* SPDX-License-Identifier: MIT */
/* program.c - the operations of an agent's program: accesses, and calls of the mm under test with what they promise. */
#include "check/bind.h"
#include "check/form.h"
#include "check/stored.h"
#include "check/synced.h"

#include <assert.h>

static unsigned long address_of(const struct binding *b, const struct litmus_op *op)
{
	assert(op->map >= 0);
	return litmus_address(&b->litmus->maps[op->map], op->page);
}

/*
 * A register that faulted has 0 for a value, so that two states that differ in nothing else are one. Only one
 * agent writes it (docs/litmus.md), and nobody reads it before the end, so to write it is no step.
 */
static void set_register(struct binding *b, int reg, bool ok, uint64_t value)
{
	if (reg == LITMUS_NONE)
		return;
	b->state->fault[reg] = !ok;
	b->state->reg[reg] = ok ? value : 0;
}

static bool access_page(const struct binding *b, const struct litmus_agent *agent, const struct litmus_op *op,
			enum machine_access how, uint64_t *value)
{
	if (agent->kind == LITMUS_VCPU)
		return b->subject->vcpu_access(address_of(b, op), how, value);
	if (b->litmus->maps[op->map].mm == LITMUS_NONE && b->subject->kernel_access)
		return b->subject->kernel_access(address_of(b, op), how, value);
	return machine_user_access(address_of(b, op), how, value);
}

static void run_access(struct binding *b, const struct litmus_agent *agent, const struct litmus_op *op,
		       enum machine_access how)
{
	uint64_t value = op->value;
	bool is_asked = how == MACHINE_STORE || op->reg != LITMUS_NONE;
	bool ok = access_page(b, agent, op, how, is_asked ? &value : NULL);

	if (how != MACHINE_STORE)
		set_register(b, op->reg, ok, value);
}

/* ---- what a call may take away ---- */

/* Page @page of @map, and of each address space that a fork fills. */
static uint64_t everywhere(const struct binding *b, const struct litmus_map *map, unsigned int page)
{
	unsigned long start = litmus_address(map, page), end = litmus_address(map, page + 1);
	uint64_t watches = binding_watches(b, map->mm, start, end);

	for (unsigned int i = 0; i < b->litmus->nr_mms; i++) {
		if (b->litmus->mms[i].empty)
			watches |= binding_watches(b, (int)i, start, end);
	}
	return watches;
}

/*
 * Where the scenario maps the pages of the file that the operation names. *@others: where it maps something else, at the same
 * address or not.
 */
static uint64_t file_watches(const struct binding *b, const struct litmus_op *op, uint64_t *others)
{
	uint64_t watches = 0;

	assert(op->file >= 0);
	*others = 0;
	for (unsigned int i = 0; i < b->litmus->nr_maps; i++) {
		const struct litmus_map *map = &b->litmus->maps[i];

		for (unsigned int page = 0; page < map->pages; page++) {
			unsigned int index = map->file_page + page;
			bool named = map->file == op->file && index >= op->page && index < op->page + op->pages;

			*(named ? &watches : others) |= everywhere(b, map, page);
		}
	}
	return watches;
}

/*
 * Frames are compared as they are now: truncation may have taken a page out of the file, and then it is none
 * of its pages.
 */
static bool is_named_page(const struct binding *b, const struct litmus_op *op, int frame)
{
	assert(op->file >= 0);
	for (unsigned int i = op->page; i < op->page + op->pages; i++) {
		if (frame != MACHINE_NO_FRAME && binding_file_frame(b, (unsigned int)op->file, i) == frame)
			return true;
	}
	return false;
}

/* The frame that the tables say now, or MACHINE_NO_FRAME. A read of the entries in the step that goes on. */
static int mapped_frame(const struct model_watch *watch)
{
	struct model_state *m = model_state();
	int frame = m->roots[watch->space];

	assert(frame >= 0);
	for (;;) {
		const struct model_frame *table = &m->frames[frame];
		unsigned int index = model_index(watch->page, table->level);

		model_touch_at(&table->words[index], AGENT_READ, 0);
		if (!(table->words[index].word & MACHINE_PTE_PRESENT))
			return MACHINE_NO_FRAME;
		frame = model_pte_frame(table->words[index].word);
		if (!table->level || !(table->words[index].word & MACHINE_PTE_TABLE))
			return frame;
	}
}

static enum subject_takes takes(const struct binding *b, const struct litmus_op *op)
{
	return b->subject->operations[op->call].takes;
}

/* NONE: of the kernel. */
static uint64_t space_watches(const struct binding *b, int mm)
{
	int space = model_space_number(binding_space(b, mm));
	uint64_t watches = 0;

	for (unsigned int i = 0; i < model_state()->nr_watches; i++)
		watches |= model_state()->watches[i].space == space ? 1ull << i : 0;
	return watches;
}

/* The ranges behind the first, each by itself. */
static uint64_t further_watches(const struct binding *b, int space, const struct litmus_op *op)
{
	uint64_t watches = 0;

	for (unsigned int i = 0; i < op->nr_ranges; i++)
		watches |= binding_watches(b, space, op->range[i].start, op->range[i].end);
	return watches;
}

/*
 * What the operation may take away, were all of it there. *@open: where something else may be mapped by the time it begins.
 */
static uint64_t may_take_away(const struct binding *b, const struct litmus_op *op, uint64_t *open)
{
	int space;

	*open = 0;
	if (!takes(b, op) || takes(b, op) == SUBJECT_WRITES_OUT)
		return 0;
	if (op->file != LITMUS_NONE)
		return file_watches(b, op, open);
	/* What names nothing takes rights of its own space, or kernel mappings. */
	if (op->map == LITMUS_NONE)
		return space_watches(b, takes(b, op) == SUBJECT_TAKES_RIGHTS ? op->in : LITMUS_NONE);
	space = b->litmus->maps[op->map].mm;
	/* A kernel thread that is in no address space means the map where the scenario has it. */
	if (space != LITMUS_NONE && op->in != LITMUS_NONE)
		space = op->in;
	return binding_watches(b, space, op->start, op->end) | further_watches(b, space, op);
}

/* Where it puts what it takes away: what programs had stored there is discarded as well. */
static uint64_t written_over(const struct binding *b, const struct litmus_op *op)
{
	const struct litmus_map *to = op->to == LITMUS_NONE ? NULL : &b->litmus->maps[op->to];

	if (!to || takes(b, op) != SUBJECT_TAKES_MAPPINGS)
		return 0;
	return binding_with_twins(b, binding_watches(b, op->in == LITMUS_NONE ? to->mm : op->in, to->start,
						     to->start + (op->end - op->start)));
}

/* Those of the watches in @open at which something else is mapped now than the pages that the operation names. */
static uint64_t others_now(const struct binding *b, const struct litmus_op *op, uint64_t open)
{
	uint64_t others = 0;

	for (unsigned int i = 0; i < model_state()->nr_watches; i++) {
		if (open >> i & 1 && !is_named_page(b, op, mapped_frame(&model_state()->watches[i])))
			others |= 1ull << i;
	}
	return others;
}

/* ---- calls ---- */

/*
 * What the mm says that it has covered, in watches. A file stands for all: who maps its pages was asked
 * before. @right: where that is gone.
 */
static uint64_t covered_watches(const struct binding *b, const struct subject_covered *covered, unsigned int right)
{
	uint64_t watches = covered->file ? ~0ull : 0;

	for (unsigned int i = 0; i < covered->ranges; i++) {
		if (!(covered->range[i].keeps & right))
			watches |= binding_watches(b, covered->range[i].space, covered->range[i].start,
						   covered->range[i].end);
	}
	return binding_with_twins(b, watches);
}

/* One structure for all operations; what an operation does not have is NONE, NULL or 0. */
static struct subject_call call_of(struct binding *b, const struct litmus_agent *agent, const struct litmus_op *op)
{
	struct subject_call call = {
		.thread = machine_current(),
		.again = op + 1 < agent->ops + agent->nr_ops && op[1].kind == LITMUS_CALL && op[1].call == op->call,
		.space = op->in != LITMUS_NONE || op->map == LITMUS_NONE ? op->in : b->litmus->maps[op->map].mm,
		.map = op->map,
		.file = op->file,
		.page = op->page,
		.pages = op->pages,
		.start = op->start,
		.end = op->end,
		.to = op->to,
		.into = op->mm,
		.next = op->mm == LITMUS_NONE ? NULL : binding_thread_in(b, agent, op->mm),
		.peer = op->peer,
		.prot = op->prot,
		.value = op->value,
		.page_taken = op->handle == LITMUS_NONE ? NULL : &b->state->handle[op->handle],
		.writes = op->handle != LITMUS_NONE && b->litmus->handles[op->handle].written,
		.nr_further = op->nr_ranges,
		.changed = stored_changed,
		.binding = b,
	};

	for (unsigned int i = 0; i < op->nr_ranges; i++) {
		call.further[i].start = op->range[i].start;
		call.further[i].end = op->range[i].end;
	}
	return call;
}

/* It is held to what it says that it has covered: an operation that found nothing to do promises nothing. */
static void take_away(struct binding *b, const struct litmus_op *op, struct subject_call *call, uint64_t promised,
		      uint64_t open)
{
	uint64_t kept, discarded = promised | written_over(b, op);

	/* Before the call: a mapping that somebody adds while it runs is not what it has promised to take away. */
	if (promised)
		model_promise(promised);
	stored_discards(b, discarded, true);
	kept = promised & ~others_now(b, op, open & promised);
	model_note_context();
	b->subject->operations[op->call].run(call);
	kept &= covered_watches(b, &call->covered, 0);
	if (promised)
		model_promise_kept(promised, kept);
	stored_discards(b, discarded, false);
}

/* What is in the pages stays there. */
static void take_rights(struct binding *b, const struct litmus_op *op, struct subject_call *call, uint64_t promised)
{
	if (promised)
		model_promise_rights(promised);
	model_note_context();
	b->subject->operations[op->call].run(call);
	if (promised)
		model_rights_kept(promised, promised & covered_watches(b, &call->covered, SUBJECT_WRITE),
				  promised & covered_watches(b, &call->covered, SUBJECT_EXEC));
}

static void take_content(struct binding *b, const struct litmus_op *op, struct subject_call *call, uint64_t watches)
{
	stored_discards(b, watches, true);
	model_note_context();
	b->subject->operations[op->call].run(call);
	stored_discards(b, watches, false);
}

static void write_out(struct binding *b, const struct litmus_op *op, struct subject_call *call)
{
	struct synced_call synced = { .call = *call, .binding = b, .op = op };

	synced_begins(&synced);
	model_note_context();
	b->subject->operations[op->call].run(&synced.call);
}

static void run_call(struct binding *b, const struct litmus_agent *agent, const struct litmus_op *op)
{
	struct subject_call call = call_of(b, agent, op);
	uint64_t open, promised = binding_with_twins(b, may_take_away(b, op, &open));
	bool uses = op->handle != LITMUS_NONE && !op->takes;

	if (op->takes)
		stored_takes(b, op->handle);
	if (takes(b, op) == SUBJECT_TAKES_RIGHTS)
		take_rights(b, op, &call, promised);
	else if (takes(b, op) == SUBJECT_TAKES_CONTENT)
		take_content(b, op, &call, promised);
	else if (takes(b, op) == SUBJECT_WRITES_OUT)
		write_out(b, op, &call);
	else
		take_away(b, op, &call, promised, binding_with_twins(b, open));
	if (uses && form_has_word(b->subject->operations[op->call].form, "="))
		stored_by_kernel(b, op->handle, op->value);
	if (uses && !b->state->handle[op->handle])
		stored_drops(b, op->handle);
	if (call.answered)
		set_register(b, op->reg, true, call.value);
	if (binding_moves(op))
		model_move_to((unsigned int)op->peer);
}

/* ---- programs ---- */

void binding_run_op(struct binding *b, const struct litmus_agent *agent, const struct litmus_op *op)
{
	assert(op >= agent->ops && op < agent->ops + agent->nr_ops);
	model_set_doing(op->text);
	switch (op->kind) {
	case LITMUS_LOAD:
		run_access(b, agent, op, MACHINE_LOAD);
		break;
	case LITMUS_STORE:
		run_access(b, agent, op, MACHINE_STORE);
		break;
	case LITMUS_EXEC:
		run_access(b, agent, op, MACHINE_EXEC);
		break;
	case LITMUS_PREFETCH:
		model_prefetch((unsigned int)(address_of(b, op) / PAGE_BYTES));
		break;
	default:
		run_call(b, agent, op);
	}
}
