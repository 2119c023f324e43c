/* SPDX-License-Identifier: MIT */
/*
 * raw_program.c - programs of raw scenarios: operations as chains, and where they go on.
 *
 * An operation gets its place in raw->ops before what stands behind its name is read, so those of a block in braces
 * come after it. A chain is closed when the next program starts, because lines that begin with `:` may continue it.
 * Labels are numbers of raw->labels while the file is read; resolve_raw_op() makes operations of them.
 */
#include <assert.h>
#include "lang/read.h"

/* ---- chains ---- */

/* A label that was defined at the end of the chain so far names what comes next in it. */
static void settle_labels(struct reader *r, int block, int index)
{
	struct raw *raw = r->litmus->raw;

	for (unsigned int i = 0; i < raw->nr_labels; i++)
		if (r->raw.label_block[i] == block && raw->labels[i].op == LITMUS_NONE)
			raw->labels[i].op = index;
}

/*
 * What an operation lacks is NONE, or a number that is 0: whoever reads a field that is not of its kind
 * finds nothing there. It is linked before it is read, so a block inside it comes behind it in the array
 * and not in the chain. The pointer stays good: the array does not move.
 */
static struct raw_op *add_op(struct reader *r, struct raw_chain *chain, enum raw_kind kind)
{
	struct raw *raw = r->litmus->raw;
	int index = (int)raw->nr_ops;

	assert(chain->block != LITMUS_NONE && chain->start);
	if (raw->nr_ops == RAW_MAX_OPS)
		fail_token(r, say("at most %u operations in one raw scenario", RAW_MAX_OPS));
	raw->nr_ops++;
	raw->ops[index] = (struct raw_op){
		.kind = kind,
		.at = r->lex.token.at,
		.text = "",
		.next = LITMUS_NONE,
		.test = { .reg = LITMUS_NONE, .value = raw_number(0) },
		.place = { .map = LITMUS_NONE, .flag = LITMUS_NONE },
		.left = raw_number(0),
		.value = raw_number(0),
		.expected = raw_number(0),
		.reg = LITMUS_NONE,
		.otherwise = LITMUS_NONE,
		.mm = LITMUS_NONE,
		.to = LITMUS_NONE,
	};
	*(chain->last == LITMUS_NONE ? chain->start : &raw->ops[chain->last].next) = index;
	chain->last = index;
	r->raw.block_of[index] = chain->block;
	settle_labels(r, chain->block, index);
	return &raw->ops[index];
}

/* The caller's field gets the index when there is one, because a label may stand in front of it. */
static struct raw_chain open_chain(struct reader *r, enum raw_where where, int *start)
{
	*start = LITMUS_NONE;
	return (struct raw_chain){ .where = where, .block = r->raw.nr_blocks++, .start = start, .last = LITMUS_NONE };
}

/* What the end of a program, a handler, a block and an interrupt means: raw.h (1). */
static void close_chain(struct reader *r, struct raw_chain *chain)
{
	static const enum raw_kind ends[] = {
		[RAW_IN_PROGRAM] = RAW_END,
		[RAW_IN_HANDLER] = RAW_RETURN,
		[RAW_IN_ELSE] = RAW_RETURN,
		[RAW_IN_CALL] = RAW_ANSWER,
	};

	if (chain->block == LITMUS_NONE)
		return;
	assert(chain->start);
	add_op(r, chain, ends[chain->where]);
	chain->block = LITMUS_NONE;
}

/*
 * Called by what may follow the last program, since only then nothing can continue it. Without a program
 * that is open it does nothing.
 */
void end_raw_programs(struct reader *r)
{
	close_chain(r, &r->raw.line);
}

/* Reads [user], which stands in front of the colon. */
void start_raw_program(struct reader *r, struct raw_thread *thread)
{
	end_raw_programs(r);
	*thread = (struct raw_thread){ .handler = LITMUS_NONE, .user = accept_word(r, "user") };
	r->raw.line = open_chain(r, RAW_IN_PROGRAM, &thread->first);
}

/* ---- labels ---- */

/*
 * A label may be named before it stands somewhere, so the place where it was named first is kept for the
 * message in case it never does.
 */
static int add_label(struct reader *r, const struct token *name)
{
	struct raw *raw = r->litmus->raw;

	if (raw->nr_labels == RAW_MAX_LABELS)
		fail(r, name->at, describe(name), say("at most %u labels in one file", RAW_MAX_LABELS));
	r->raw.label_block[raw->nr_labels] = LITMUS_NONE;
	r->raw.label_at[raw->nr_labels] = name->at;
	raw->labels[raw->nr_labels] = (struct raw_label){
		.name = keep(r, name->text, name->len),
		.agent = agent_number(r),
		.op = LITMUS_NONE,
	};
	return (int)raw->nr_labels++;
}

/* Like a register, a label belongs to the whole file and is of one agent. @defines: it may not be there already. */
int take_label(struct reader *r, bool defines)
{
	struct raw *raw = r->litmus->raw;
	struct token name = take_name(r, "the name of a label");

	for (unsigned int i = 0; i < raw->nr_labels; i++) {
		if (!token_is(&name, raw->labels[i].name))
			continue;
		if (r->agent && raw->labels[i].agent != agent_number(r))
			fail(r, name.at, say("%s, which another agent has", raw->labels[i].name),
			     say("a label of this agent's own"));
		if (defines && r->raw.label_block[i] != LITMUS_NONE)
			fail(r, name.at, say("%s again", raw->labels[i].name), say("a label that is not there yet"));
		return (int)i;
	}
	if (!r->agent)
		fail(r, name.at, describe(&name), say("a label of some agent"));
	return add_label(r, &name);
}

/* It has no operation of its own: the next one of the chain, or the end of the chain, gets its name. */
static void define_label(struct reader *r, const struct raw_chain *chain)
{
	int label = take_label(r, true);

	r->raw.label_block[label] = chain->block;
	r->raw.label_where[label] = chain->where;
}

/* ---- operations that are no accesses ---- */

/* A whole table and not one of its entries; the page only says which one. */
static void read_table(struct reader *r, struct raw_op *op)
{
	static const char *const words[] = { "none", "live", NULL };

	op->place = take_entry_place(r);
	need_sign(r, '=', "=");
	op->live = take_choice(r, "none or live", words) == 1;
}

/* `local` is this CPU alone. Without `of M` the id is that of the agent's own address space, or of the virtual machine that it belongs to. */
static void read_invalidate(struct reader *r, struct raw_op *op)
{
	assert(r->agent);
	op->mm = r->agent->mm;
	if (accept_word(r, "all")) {
		op->reach = RAW_REACH_ALL;
	} else if (accept_word(r, "id")) {
		op->reach = RAW_REACH_ID;
	} else if (accept_word(r, "guest")) {
		op->reach = RAW_REACH_GUEST;
	} else {
		op->place = accept_word(r, "entry") ? take_entry_place(r) : take_page_place(r);
		op->leaf = accept_word(r, "leaf");
	}
	op->of = op->reach != RAW_REACH_ALL && accept_word(r, "of");
	if (op->of)
		op->mm = take_mm(r);
	op->local = accept_word(r, "local");
}

/* The kinds are those of the manuals taken together. DSB is the one that comes in three strengths. */
static void read_fence(struct reader *r, struct raw_op *op)
{
	static const char *const words[] = { "full", "store", "load", "complete", "context", NULL };
	static const enum raw_fence fences[] = { RAW_FENCE_FULL, RAW_FENCE_STORE, RAW_FENCE_LOAD, RAW_FENCE_COMPLETE,
						 RAW_FENCE_CONTEXT };

	op->fence = fences[take_choice(r, "full, store, load, complete or context", words)];
	if (op->fence == RAW_FENCE_COMPLETE && accept_word(r, "store"))
		op->fence = RAW_FENCE_COMPLETE_STORE;
	else if (op->fence == RAW_FENCE_COMPLETE && accept_word(r, "load"))
		op->fence = RAW_FENCE_COMPLETE_LOAD;
}

/* `if TEST else V`. An `if` without the `else` is that of the whole operation. */
static void take_pick(struct reader *r, struct raw_op *op)
{
	assert(op->kind == RAW_LET && !op->test.there);
	op->test = take_test(r);
	if (!accept_word(r, "else"))
		return;
	op->how = RAW_PICK;
	op->left = op->value;
	op->value = take_raw_value(r);
}

/* let r = V, and perhaps what is done with V: a word, and another value or bits of an entry. */
static void read_let(struct reader *r, struct raw_op *op)
{
	static const char *const words[] = { "add", "sub", "and",    "or",  "xor", "clear",
					     "shl", "shr", "equals", "set", "has", NULL };

	op->reg = take_register(r);
	need_sign(r, '=', "=");
	op->value = take_raw_value(r);
	if (accept_word(r, "if")) {
		take_pick(r, op);
		return;
	}
	if (find_word(&r->lex.token, words) == LITMUS_NONE)
		return;
	op->how = take_how(r, words);
	op->left = op->value;
	op->value = raw_number(0);
	if (op->how == RAW_AND_NOT && at_entry_bit(r))
		op->how = RAW_CLEAR;
	if (op->how == RAW_SET || op->how == RAW_CLEAR || op->how == RAW_HAS)
		op->bits = take_entry_bits(r);
	else
		op->value = take_raw_value(r);
}

/* Where it is allowed to go is known at the end of the file only, since labels may follow. */
static void read_goto(struct reader *r, struct raw_op *op)
{
	op->to = take_label(r, false);
}

/* The word is all there is. */
static void read_nothing(struct reader *r, struct raw_op *op)
{
	(void)r, (void)op;
}

/* There is an access to go back to only where a fault is being handled. */
static void need_handler(struct reader *r, const struct raw_chain *chain, const struct token *t)
{
	if (chain->where != RAW_IN_HANDLER && chain->where != RAW_IN_ELSE)
		fail(r, t->at, describe(t), say("it in a handler or in the braces of else"));
}

/* `return L`; without a label it is what the end of the handler does. */
static void read_return(struct reader *r, struct raw_op *op)
{
	if (r->lex.token.kind == TOKEN_NAME && !at_word(r, "if"))
		op->to = take_label(r, false);
}

/* ---- blocks ---- */

static void read_chain_op(struct reader *r, struct raw_chain *chain);

/* A CPU that is called counts towards the number of CPUs, as one that runs an agent. What it is asked goes to the end of the line. */
static void read_call(struct reader *r, struct raw_op *op)
{
	struct raw_chain body;
	struct token t = r->lex.token;

	op->cpu = take_number(r, "the number of a CPU", 0, (r->seen_cpus ? r->litmus->cpus : LITMUS_MAX_CPUS) - 1);
	if (op->cpu >= r->named_cpus)
		r->named_cpus = op->cpu + 1;
	if (op->cpu == r->agent->cpu)
		fail(r, t.at, describe(&t), say("another CPU"));
	need_sign(r, ':', ":");
	body = open_chain(r, RAW_IN_CALL, &op->to);
	do
		read_chain_op(r, &body);
	while (accept_sign(r, ';') && !at_line_end(r));
	close_chain(r, &body);
}

/* { OP; ... } behind an access that may fault. */
static void read_else(struct reader *r, struct raw_op *op, const struct raw_chain *chain, const struct token *t)
{
	struct raw_chain block;

	if (op->place.kind == RAW_FLAG ||
	    (op->kind != RAW_LOAD && op->kind != RAW_STORE && op->kind != RAW_EXEC && op->kind != RAW_MODIFY))
		fail(r, t->at, describe(t), say("it behind an access, which may fault"));
	if (chain->where != RAW_IN_PROGRAM)
		fail(r, t->at, describe(t), say("it in a program, not inside another operation or a handler"));
	need_sign(r, '{', "{");
	op->on_fault = RAW_ELSE;
	block = open_chain(r, RAW_IN_ELSE, &op->otherwise);
	do
		read_chain_op(r, &block);
	while (accept_sign(r, ';') && !at_sign(r, '}'));
	need_sign(r, '}', "; or }");
	close_chain(r, &block);
}

/* ---- one operation ---- */

/* All of them are needed for the address; more would say nothing that the latest of them does not. */
static void take_after(struct reader *r, struct raw_op *op)
{
	do {
		if (op->nr_after == RAW_MAX_AFTER)
			fail_token(r, say("at most %u registers behind after", RAW_MAX_AFTER));
		op->after[op->nr_after++] = take_known_register(r, "a register that an operation above has filled");
	} while (accept_sign(r, ','));
}

/* A dependency needs something to depend: an address, or the result of a let. */
static bool has_address(const struct raw_op *op)
{
	return op->kind == RAW_LET || op->place.map != LITMUS_NONE || op->place.flag != LITMUS_NONE ||
	       op->kind == RAW_INVALIDATE;
}

/* In this order; `if` may have been read already, by a let. */
static void take_suffixes(struct reader *r, struct raw_op *op, const struct raw_chain *chain)
{
	struct token t = r->lex.token;

	if (accept_word(r, "after")) {
		if (!has_address(op))
			fail(r, t.at, describe(&t), say("it behind what has an address or a result"));
		take_after(r, op);
	}
	t = r->lex.token;
	if (accept_word(r, "if")) {
		if (op->test.there)
			fail(r, t.at, describe(&t), say("one if"));
		op->test = take_test(r);
	}
	t = r->lex.token;
	if (accept_word(r, "else"))
		read_else(r, op, chain, &t);
}

static const struct raw_word {
	const char *name;
	enum raw_kind kind;
	void (*read)(struct reader *r, struct raw_op *op);
} operations[] = {
	{ "load", RAW_LOAD, read_raw_load },  { "store", RAW_STORE, read_raw_store },
	{ "exec", RAW_EXEC, read_raw_exec },  { "entry", RAW_STORE, read_raw_entry },
	{ "flag", RAW_STORE, read_raw_flag }, { "await", RAW_AWAIT, read_raw_await },
	{ "table", RAW_TABLE, read_table },   { "invalidate", RAW_INVALIDATE, read_invalidate },
	{ "fence", RAW_FENCE, read_fence },   { "let", RAW_LET, read_let },
	{ "goto", RAW_GOTO, read_goto },      { "call", RAW_CALL, read_call },
	{ "retry", RAW_RETRY, read_nothing }, { "return", RAW_RETURN, read_return },
	{ "end", RAW_END, read_nothing },
};

enum {
	NR_OPERATIONS = sizeof(operations) / sizeof(operations[0])
};

/*
 * `label` is offered with the others although it is none of them: a reader of the message looks for a word
 * that may stand here.
 */
static const struct raw_word *take_operation(struct reader *r)
{
	const char *list[NR_OPERATIONS + 2] = { NULL };
	int found;

	for (int i = 0; i < NR_OPERATIONS; i++)
		list[i] = operations[i].name;
	found = find_word(&r->lex.token, list);
	list[NR_OPERATIONS] = "label";
	if (found == LITMUS_NONE && r->lex.token.kind == TOKEN_NAME)
		fail_unknown(r, &r->lex.token, "an operation of a raw scenario", list);
	if (found == LITMUS_NONE)
		fail_token(r, say("an operation"));
	lex_next(&r->lex);
	return &operations[found];
}

/*
 * `if = V` in front of an operation: V cannot be read before the place is known, so it is skipped, and @value is where it
 * stands. The first token is part of V in any case, since V may begin with `entry`.
 */
static bool skip_expected(struct reader *r, struct lexer *value)
{
	if (!accept_word(r, "if"))
		return false;
	need_sign(r, '=', "=");
	*value = r->lex;
	do
		lex_next(&r->lex);
	while (!at_line_end(r) && !at_word(r, "entry") && !at_word(r, "store") && !at_word(r, "flag"));
	if (at_line_end(r))
		fail_token(r, say("entry, store or flag behind the value"));
	return true;
}

/*
 * Where it stands decides what it may be, and what happens if it faults: a handler that faults has nobody to
 * handle it. The text is cut from the source for the timeline, with its block.
 */
static void read_chain_op(struct reader *r, struct raw_chain *chain)
{
	struct token first = r->lex.token, target;
	const struct raw_word *word;
	struct lexer expected;
	struct raw_op *op;
	bool compares;

	if (accept_word(r, "label")) {
		define_label(r, chain);
		return;
	}
	compares = skip_expected(r, &expected);
	target = r->lex.token;
	word = take_operation(r);
	op = add_op(r, chain, word->kind);
	op->at = first.at;
	if (op->kind == RAW_RETRY || op->kind == RAW_RETURN)
		need_handler(r, chain, &first);
	if (op->kind == RAW_CALL && chain->where != RAW_IN_PROGRAM)
		fail(r, first.at, describe(&first), say("it in a program, not inside another operation or a handler"));
	if (chain->where == RAW_IN_HANDLER)
		op->on_fault = RAW_STOP;
	word->read(r, op);
	if (compares)
		read_raw_expected(r, op, &expected, &target);
	take_suffixes(r, op, chain);
	op->text = keep(r, first.text, (size_t)(r->lex.taken - first.text));
}

/* One `;` may end a line. */
void read_raw_ops(struct reader *r)
{
	do {
		read_chain_op(r, &r->raw.line);
		if (!at_line_end(r) && !at_sign(r, ';'))
			fail_token(r, say("; or the end of the line"));
	} while (accept_sign(r, ';') && !at_line_end(r));
}

/* ---- handlers ---- */

/* The agent of this CPU, which stands above. */
static struct raw_thread *take_handled(struct reader *r)
{
	struct token t = r->lex.token;
	unsigned int cpu = take_number(r, "the number of a CPU", 0, LITMUS_MAX_CPUS - 1);
	struct litmus *l = r->litmus;

	for (unsigned int i = 0; i < l->nr_agents; i++) {
		if (l->agents[i].cpu != cpu)
			continue;
		if (l->raw->threads[i].handler != LITMUS_NONE)
			fail(r, t.at, say("a second handler of %s", l->agents[i].label), say("one"));
		r->agent = &l->agents[i];
		return &l->raw->threads[i];
	}
	fail(r, t.at, describe(&t), say("a CPU that has a program above"));
}

/* `handler N: OP; ...`. Every access of that program goes there if it faults, unless it has an else of its own. */
void read_handler(struct reader *r)
{
	struct raw *raw = r->litmus->raw;
	struct raw_thread *thread;

	if (r->litmus->nr_expects)
		fail_token(r, say("an expectation, since the agents stand above the expectations"));
	end_raw_programs(r);
	lex_next(&r->lex);
	thread = take_handled(r);
	for (unsigned int i = 0; i < raw->nr_ops; i++)
		if (r->raw.block_of[i] == r->raw.block_of[thread->first] && raw->ops[i].on_fault == RAW_GO_ON)
			raw->ops[i].on_fault = RAW_HANDLER;
	need_sign(r, ':', ":");
	r->raw.line = open_chain(r, RAW_IN_HANDLER, &thread->handler);
	read_raw_ops(r);
}

/* ---- the end of the file ---- */

/* A goto stays in its program, handler or block; a return goes to the program of its agent. */
void resolve_raw_op(struct reader *r, int index)
{
	struct raw *raw = r->litmus->raw;
	struct raw_op *op = &raw->ops[index];
	bool inside;
	int label = op->to;

	if (label == LITMUS_NONE || (op->kind != RAW_GOTO && op->kind != RAW_RETURN))
		return;
	if (r->raw.label_block[label] == LITMUS_NONE)
		fail(r, r->raw.label_at[label], say("%s", raw->labels[label].name),
		     say("a label that stands somewhere in the program"));
	inside = op->kind == RAW_GOTO ? r->raw.label_block[label] == r->raw.block_of[index]
				      : r->raw.label_where[label] == RAW_IN_PROGRAM;
	if (!inside)
		fail(r, op->at, say("%s", op->text),
		     say("%s", op->kind == RAW_GOTO ? "a label of the same program, handler or block"
						    : "a label of the program"));
	op->to = raw->labels[label].op;
	assert(op->to != LITMUS_NONE);
}
