/* SPDX-License-Identifier: MIT */
/*
 * operation.c - operations: one table of names, who may use each, and what it takes.
 */
#include <string.h>
#include "lang/read.h"

enum {
	CPU = 1 << LITMUS_CPU,
	KTHREAD = 1 << LITMUS_KTHREAD,
	DEVICE = 1 << LITMUS_DEVICE,
	VCPU = 1 << LITMUS_VCPU,
	ANY = CPU | KTHREAD | DEVICE | VCPU,
};

/* ---- operands ---- */

static bool is_kernel(const struct reader *r, int map)
{
	return r->litmus->maps[map].object == LITMUS_OBJECT_KERNEL;
}

/* A mapping of the right side: kernel mappings are for accesses, vmalloc and vfree only. */
static void take_side(struct reader *r, struct litmus_op *op, bool kernel)
{
	struct token t = r->lex.token;

	op->map = take_map(r);
	if (is_kernel(r, op->map) != kernel)
		fail(r, t.at, describe(&t), say("%s", kernel ? "a kernel mapping" : "a mapping of an address space"));
	op->pages = r->litmus->maps[op->map].pages;
}

static void take_map_page(struct reader *r, struct litmus_op *op, bool range)
{
	take_pages(r, r->litmus->maps[op->map].pages, range, &op->page, &op->pages);
}

/* Registers and handles are declared by use, and belong to that agent; a `before` line leaves the owner open. */
static int agent_number(const struct reader *r)
{
	return r->placed ? (int)(r->agent - r->litmus->agents) : LITMUS_NONE;
}

static int declare(struct reader *r, struct litmus_name *names, unsigned int *count, const struct token *t,
		   const char *what)
{
	int found = find_named(names, *count, t);
	struct litmus_name *name;

	if (found == LITMUS_NONE) {
		if (*count == LITMUS_MAX_NAMES)
			fail(r, t->at, describe(t), say("at most %u %ss in one file", LITMUS_MAX_NAMES, what));
		found = (int)(*count)++;
		names[found] = (struct litmus_name){ .name = keep(r, t->text, t->len), .agent = agent_number(r) };
	}
	name = &names[found];
	if (name->agent == LITMUS_NONE)
		name->agent = agent_number(r);
	if (name->agent != agent_number(r))
		fail(r, t->at, say("%s, which belongs to %s", name->name, r->litmus->agents[name->agent].label),
		     say("a %s of this agent's own", what));
	return found;
}

static void take_register(struct reader *r, struct litmus_op *op)
{
	struct token t = take_name(r, "a name for the register");

	if (token_is(&t, "fault"))
		fail(r, t.at, describe(&t), say("a register (fault is what a register may hold)"));
	op->reg = declare(r, r->litmus->registers, &r->litmus->nr_registers, &t, "register");
}

static void optional_register(struct reader *r, struct litmus_op *op)
{
	if (accept_kind(r, TOKEN_ARROW))
		take_register(r, op);
}

static void need_arrow(struct reader *r)
{
	if (!accept_kind(r, TOKEN_ARROW))
		fail_token(r, say("->"));
}

static void take_handle(struct reader *r, struct litmus_op *op)
{
	struct litmus *l = r->litmus;
	struct token t = take_name(r, "the name that gup or gup-fast gave the page");

	if (find_named(l->handles, l->nr_handles, &t) == LITMUS_NONE)
		fail(r, t.at, describe(&t), say("the name that gup or gup-fast gave the page"));
	op->handle = declare(r, l->handles, &l->nr_handles, &t, "page");
}

static void take_peer(struct reader *r, struct litmus_op *op, struct litmus_name *names, unsigned int count)
{
	struct token t = take_name(r, "the name of an agent");
	const char *list[LITMUS_MAX_NAMES + 1] = { NULL };

	for (unsigned int i = 0; i < count; i++)
		list[i] = names[i].name;
	op->peer = find_named(names, count, &t);
	if (op->peer == LITMUS_NONE)
		fail_unknown(r, &t, "the name of an agent", list);
	names[op->peer].bound_late = true;
}

/* ---- forms: what stands behind the name ---- */

static void read_nothing(struct reader *r, struct litmus_op *op)
{
	(void)r;
	(void)op;
}

/* A[.p], of any mapping that the agent can reach. */
static void read_target(struct reader *r, struct litmus_op *op)
{
	op->map = take_map(r);
	take_map_page(r, op, false);
}

static void read_access(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	read_target(r, op);
	if (r->agent->kind == LITMUS_KTHREAD && !is_kernel(r, op->map))
		fail(r, t.at, describe(&t), say("a kernel mapping, the only kind a kthread can access"));
}

static void read_load(struct reader *r, struct litmus_op *op)
{
	read_access(r, op);
	optional_register(r, op);
}

static void read_store(struct reader *r, struct litmus_op *op)
{
	read_access(r, op);
	need_sign(r, '=', "=");
	op->value = take_value(r, "the number to store");
}

static void read_map_name(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, false);
}

static void read_shift(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	take_side(r, op, false);
	if (!r->litmus->maps[op->map].grows)
		fail(r, t.at, describe(&t), say("a map that grows"));
}

static void read_page(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, false);
	take_map_page(r, op, false);
}

/* The names that follow the first, up to a last word that is none: @last_word. */
static void read_more(struct reader *r, struct litmus_op *op, bool last_word)
{
	bool whole = op->page + op->pages == r->litmus->maps[op->map].pages;

	while (r->lex.token.kind == TOKEN_NAME) {
		struct lexer here = r->lex;
		bool last;

		lex_next(&r->lex);
		last = at_line_end(r) || at_sign(r, ';');
		r->lex = here;
		if (last && last_word)
			return;
		if (op->nr_more == LITMUS_MAX_MORE)
			fail_token(r, say("at most %u maps in one call", LITMUS_MAX_MORE + 1));
		if (!whole)
			fail_token(r,
				   say("only one map, since the range ends inside %s", r->litmus->maps[op->map].name));
		op->more[op->nr_more++] = take_map(r);
		if (is_kernel(r, op->more[op->nr_more - 1]))
			fail(r, here.token.at, describe(&here.token), say("a mapping of an address space"));
	}
}

static void read_range(struct reader *r, struct litmus_op *op, bool last_word)
{
	take_side(r, op, false);
	take_map_page(r, op, true);
	read_more(r, op, last_word);
}

static void read_munmap(struct reader *r, struct litmus_op *op)
{
	read_range(r, op, false);
}

static void read_mprotect(struct reader *r, struct litmus_op *op)
{
	read_range(r, op, true);
	op->prot = take_prot(r);
}

static void read_madvise(struct reader *r, struct litmus_op *op)
{
	static const char *const advice[] = { "dontneed", "free", "cold", NULL };
	static const char *const names[] = { "madvise dontneed", "madvise free", "madvise cold" };
	int chosen;

	read_range(r, op, true);
	chosen = take_choice(r, "dontneed, free or cold", advice);
	op->kind = (enum litmus_operation)(LITMUS_DONTNEED + chosen);
	refuse_unbuilt(r, op->at, names[chosen]);
}

static void read_mremap(struct reader *r, struct litmus_op *op)
{
	struct token t;

	take_side(r, op, false);
	need_arrow(r);
	t = r->lex.token;
	op->to = take_map(r);
	if (is_kernel(r, op->to))
		fail(r, t.at, describe(&t), say("a mapping of an address space"));
}

static void read_fork(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	op->mm = take_mm(r);
	if (r->litmus->nr_mms == 0 || !r->litmus->mms[op->mm].empty)
		fail(r, t.at, describe(&t), say("an mm that is declared empty"));
}

static void read_switch(struct reader *r, struct litmus_op *op)
{
	op->mm = take_mm(r);
}

static void read_gup(struct reader *r, struct litmus_op *op)
{
	struct token t;

	read_page(r, op);
	need_arrow(r);
	t = take_name(r, "a name for the page");
	op->handle = declare(r, r->litmus->handles, &r->litmus->nr_handles, &t, "page");
}

static void read_handle(struct reader *r, struct litmus_op *op)
{
	take_handle(r, op);
}

static void read_handle_load(struct reader *r, struct litmus_op *op)
{
	take_handle(r, op);
	optional_register(r, op);
}

static void read_handle_store(struct reader *r, struct litmus_op *op)
{
	take_handle(r, op);
	need_sign(r, '=', "=");
	op->value = take_value(r, "the number to write");
	r->litmus->handles[op->handle].written = true;
}

static void read_page_register(struct reader *r, struct litmus_op *op)
{
	read_page(r, op);
	need_arrow(r);
	take_register(r, op);
}

static void read_whole_file(struct reader *r, struct litmus_op *op)
{
	op->file = take_file(r);
	op->pages = r->litmus->files[op->file].pages;
}

static void read_file_page(struct reader *r, struct litmus_op *op)
{
	op->file = take_file(r);
	take_pages(r, r->litmus->files[op->file].pages, false, &op->page, &op->pages);
}

static void read_file_range(struct reader *r, struct litmus_op *op)
{
	unsigned int all;

	op->file = take_file(r);
	all = r->litmus->files[op->file].pages;
	if (at_sign(r, '.')) {
		take_pages(r, all, false, &op->page, &op->pages);
		return;
	}
	op->pages = all;
}

static void read_move(struct reader *r, struct litmus_op *op)
{
	op->peer = (int)take_number(r, "the number of a CPU", 0,
				    (r->seen_cpus ? r->litmus->cpus : MACHINE_MAX_CPUS) - 1);
	if ((unsigned int)op->peer >= r->named_cpus)
		r->named_cpus = (unsigned int)op->peer + 1;
}

static void read_device(struct reader *r, struct litmus_op *op)
{
	take_peer(r, op, r->litmus->devices, r->litmus->nr_devices);
}

static void read_vcpu(struct reader *r, struct litmus_op *op)
{
	take_peer(r, op, r->litmus->vcpus, r->litmus->nr_vcpus);
}

static void read_kernel_map(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, true);
}

/* ---- raw forms: checked, not kept, until raw scenarios are built ---- */

static void read_attributes(struct reader *r)
{
	static const char *const words[] = { "ro", "rw", "clean", "dirty", "old", "young", NULL };

	for (int i = find_word(&r->lex.token, words); i != LITMUS_NONE; i = find_word(&r->lex.token, words))
		lex_next(&r->lex);
}

static void read_entry(struct reader *r, struct litmus_op *op)
{
	struct litmus_op other = *op;

	read_target(r, op);
	if (accept_kind(r, TOKEN_ARROW)) {
		take_register(r, op);
		return;
	}
	need_sign(r, '=', "= or ->");
	if (accept_word(r, "none"))
		return;
	read_attributes(r);
	if (accept_word(r, "to"))
		read_target(r, &other);
}

static void read_table(struct reader *r, struct litmus_op *op)
{
	static const char *const words[] = { "none", "live", NULL };

	op->map = take_map(r);
	need_sign(r, '=', "=");
	take_choice(r, "none or live", words);
}

static void read_invalidate(struct reader *r, struct litmus_op *op)
{
	if (!accept_word(r, "id") && !accept_word(r, "all")) {
		read_target(r, op);
		accept_word(r, "leaf");
	}
	accept_word(r, "local");
}

static void read_fence(struct reader *r, struct litmus_op *op)
{
	static const char *const words[] = { "full", "store", "load", "complete", "context", NULL };

	(void)op;
	take_choice(r, "full, store, load, complete or context", words);
}

static void read_flag(struct reader *r, struct litmus_op *op)
{
	take_name(r, "the name of a flag");
	if (accept_kind(r, TOKEN_ARROW)) {
		take_register(r, op);
		return;
	}
	need_sign(r, '=', "= or ->");
	take_value(r, "a number");
}

static void read_await(struct reader *r, struct litmus_op *op)
{
	(void)op;
	take_name(r, "the name of a flag");
	need_sign(r, '=', "=");
	take_value(r, "a number");
}

static void read_call(struct reader *r, struct litmus_op *op)
{
	read_move(r, op);
	need_sign(r, ':', ":");
	refuse_unbuilt(r, op->at, "call");
}

/* ---- the table ---- */

static const struct {
	const char *name;
	enum litmus_operation kind;
	unsigned int who;
	void (*read)(struct reader *r, struct litmus_op *op);
} operations[] = {
	{ "load", LITMUS_LOAD, ANY, read_load },
	{ "store", LITMUS_STORE, ANY, read_store },
	{ "exec", LITMUS_EXEC, ANY, read_load },
	{ "prefetch", LITMUS_PREFETCH, ANY, read_target },
	{ "mmap", LITMUS_MMAP, CPU, read_map_name },
	{ "munmap", LITMUS_MUNMAP, CPU, read_munmap },
	{ "mprotect", LITMUS_MPROTECT, CPU, read_mprotect },
	{ "madvise", LITMUS_DONTNEED, CPU, read_madvise },
	{ "mremap", LITMUS_MREMAP, CPU, read_mremap },
	{ "fork", LITMUS_FORK, CPU, read_fork },
	{ "exec-shift", LITMUS_EXEC_SHIFT, CPU, read_shift },
	{ "exit", LITMUS_EXIT, CPU, read_nothing },
	{ "gup", LITMUS_GUP, CPU, read_gup },
	{ "gup-fast", LITMUS_GUP_FAST, CPU, read_gup },
	{ "read", LITMUS_READ_PAGE, CPU, read_handle_load },
	{ "write", LITMUS_WRITE_PAGE, CPU, read_handle_store },
	{ "put", LITMUS_PUT, CPU, read_handle },
	{ "uffd-wp", LITMUS_UFFD_WP, CPU, read_map_name },
	{ "uffd-unwp", LITMUS_UFFD_UNWP, CPU, read_map_name },
	{ "numa-hint", LITMUS_NUMA_HINT, CPU, read_map_name },
	{ "clear-soft-dirty", LITMUS_CLEAR_SOFT_DIRTY, CPU, read_map_name },
	{ "read-soft-dirty", LITMUS_READ_SOFT_DIRTY, CPU, read_page_register },
	{ "truncate", LITMUS_TRUNCATE, CPU | KTHREAD, read_whole_file },
	{ "unmap_mapping_range", LITMUS_UNMAP_MAPPING_RANGE, CPU | KTHREAD, read_file_range },
	{ "free", LITMUS_FREE, CPU | KTHREAD, read_file_page },
	{ "writeback", LITMUS_WRITEBACK, CPU | KTHREAD, read_file_page },
	{ "fsync", LITMUS_FSYNC, CPU | KTHREAD, read_whole_file },
	{ "reclaim", LITMUS_RECLAIM, CPU | KTHREAD, read_page },
	{ "migrate", LITMUS_MIGRATE, CPU | KTHREAD, read_page },
	{ "collapse", LITMUS_COLLAPSE, CPU | KTHREAD, read_map_name },
	{ "split", LITMUS_SPLIT, CPU | KTHREAD, read_map_name },
	{ "reuse", LITMUS_REUSE, CPU | KTHREAD, read_nothing },
	{ "switch", LITMUS_SWITCH, CPU | KTHREAD, read_switch },
	{ "idle", LITMUS_IDLE, CPU | KTHREAD, read_nothing },
	{ "move", LITMUS_MOVE, CPU | KTHREAD, read_move },
	{ "attach", LITMUS_ATTACH, CPU | KTHREAD, read_device },
	{ "detach", LITMUS_DETACH, CPU | KTHREAD, read_device },
	{ "register", LITMUS_REGISTER, CPU | KTHREAD, read_vcpu },
	{ "unregister", LITMUS_UNREGISTER, CPU | KTHREAD, read_vcpu },
	{ "vmalloc", LITMUS_VMALLOC, CPU | KTHREAD, read_kernel_map },
	{ "vfree", LITMUS_VFREE, CPU | KTHREAD, read_kernel_map },
	{ "entry", LITMUS_RAW_ENTRY, ANY, read_entry },
	{ "table", LITMUS_RAW_TABLE, ANY, read_table },
	{ "invalidate", LITMUS_RAW_INVALIDATE, ANY, read_invalidate },
	{ "fence", LITMUS_RAW_FENCE, ANY, read_fence },
	{ "flag", LITMUS_RAW_FLAG, ANY, read_flag },
	{ "await", LITMUS_RAW_AWAIT, ANY, read_await },
	{ "call", LITMUS_RAW_CALL, ANY, read_call },
};

enum {
	NR_OPERATIONS = sizeof(operations) / sizeof(operations[0])
};

static _Noreturn void fail_operation(struct reader *r)
{
	const char *list[NR_OPERATIONS + 1] = { NULL };

	for (unsigned int i = 0; i < NR_OPERATIONS; i++)
		list[i] = operations[i].name;
	if (r->lex.token.kind == TOKEN_NAME)
		fail_unknown(r, &r->lex.token, "an operation", list);
	fail_token(r, say("an operation"));
}

static unsigned int take_operation(struct reader *r)
{
	for (unsigned int i = 0; i < NR_OPERATIONS; i++) {
		if (!at_word(r, operations[i].name))
			continue;
		if (!(operations[i].who & 1u << r->agent->kind))
			fail_token(r, say("an operation that a %s can do", litmus_agent_words[r->agent->kind]));
		lex_next(&r->lex);
		return i;
	}
	fail_operation(r);
}

static void read_op(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct litmus_op *op = &l->ops[l->nr_ops];
	struct token first = r->lex.token;
	unsigned int i;

	if (l->nr_ops == LITMUS_MAX_OPS)
		fail_token(r, say("at most %u operations in one file", LITMUS_MAX_OPS));
	*op = (struct litmus_op){
		.at = first.at,
		.map = LITMUS_NONE,
		.file = LITMUS_NONE,
		.to = LITMUS_NONE,
		.reg = LITMUS_NONE,
		.handle = LITMUS_NONE,
		.mm = LITMUS_NONE,
		.peer = LITMUS_NONE,
	};
	i = take_operation(r);
	op->kind = operations[i].kind;
	operations[i].read(r, op);
	if (!at_line_end(r) && !at_sign(r, ';'))
		fail_token(r, say("; or the end of the line"));
	refuse_unbuilt(r, op->at, operations[i].name);
	op->text = keep(r, first.text, (size_t)(r->lex.taken - first.text));
	place_op(r, op);
	l->nr_ops++;
	r->agent->nr_ops++;
}

void read_ops(struct reader *r)
{
	do
		read_op(r);
	while (accept_sign(r, ';'));
}
