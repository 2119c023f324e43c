/* SPDX-License-Identifier: MIT */
/* raw_print.c - see raw_print.h. One function for each thing of the tree; all of them add to the end of one text. */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lang/read.h"
#include "tests/lang/raw_print.h"

struct out {
	const struct litmus *l;
	char *text;
	unsigned long size;
};

static void put(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *out, const char *format, ...)
{
	unsigned long used = strlen(out->text);
	va_list args;

	va_start(args, format);
	vsnprintf(out->text + used, out->size - used, format, args);
	va_end(args);
}

static struct out start_out(const struct litmus *l, char *text, unsigned long size)
{
	assert(l->raw && size);
	text[0] = '\0';
	return (struct out){ l, text, size };
}

/* ---- values ---- */

static void put_place(struct out *out, const struct raw_place *place)
{
	if (place->kind == RAW_FLAG) {
		put(out, "flag %s", out->l->raw->flags[place->flag].name);
		return;
	}
	assert(place->address == litmus_address(&out->l->maps[place->map], place->page));
	put(out, "%s.%u", out->l->maps[place->map].name, place->page);
	if (place->offset)
		put(out, "+%u", place->offset);
}

static void put_entry(struct out *out, const struct raw_entry *entry)
{
	static const char *const dirt[] = { "clean", "dirty", "fixed" };

	if (entry->none) {
		put(out, "none");
		return;
	}
	put(out, "%s %s %s %s %s to %s.%u", entry->writable ? "rw" : "ro", dirt[entry->dirt],
	    entry->young ? "young" : "old", entry->valid ? "valid" : "invalid", entry->user ? "user" : "kernel",
	    out->l->maps[entry->map].name, entry->page);
}

/* @bare: behind `entry A =`, where the word entry is left out. */
static void put_value(struct out *out, const struct raw_value *value, bool bare)
{
	static const char *const faults[] = { "fault", "fault-translation", "fault-access", "fault-permission" };

	switch (value->kind) {
	case RAW_NUMBER:
		put(out, "%" PRIu64, value->number);
		break;
	case RAW_REGISTER:
		put(out, "%s", out->l->registers[value->reg].name);
		break;
	case RAW_ENTRY_VALUE:
		put(out, bare ? "" : "entry ");
		put_entry(out, &value->entry);
		break;
	case RAW_LAST:
		if (value->place.kind == RAW_FLAG) {
			put(out, "%s", out->l->raw->flags[value->place.flag].name);
			break;
		}
		put(out, value->place.kind == RAW_ENTRY ? "entry " : "");
		put_place(out, &value->place);
		break;
	case RAW_A_FAULT:
		put(out, "%s", faults[value->fault]);
	}
}

static void put_bits(struct out *out, unsigned int bits)
{
	static const char *const words[] = { "valid", "young", "dirty", "writable", "user" };

	for (unsigned int i = 0; i < 5; i++)
		if (bits >> i & 1)
			put(out, " %s", words[i]);
}

static void put_test(struct out *out, const struct raw_test *test)
{
	put(out, " if %s %s ", out->l->registers[test->reg].name, test->differs ? "!=" : "=");
	put_value(out, &test->value, false);
}

static void put_register(struct out *out, int reg)
{
	if (reg != LITMUS_NONE)
		put(out, " -> %s", out->l->registers[reg].name);
}

/* ---- operations ---- */

static const char *how_word(enum raw_how how)
{
	static const char *const words[] = {
		[RAW_ADD] = "add", [RAW_SUB] = "sub",	    [RAW_AND] = "and",	     [RAW_OR] = "or",
		[RAW_XOR] = "xor", [RAW_AND_NOT] = "clear", [RAW_SHL] = "shl",	     [RAW_SHR] = "shr",
		[RAW_SET] = "set", [RAW_CLEAR] = "clear",   [RAW_EQUALS] = "equals", [RAW_HAS] = "has",
	};

	return words[how];
}

static void put_changed_bits(struct out *out, const struct raw_op *op)
{
	put_bits(out, op->bits);
	if (!op->cleared)
		return;
	put(out, " clear");
	put_bits(out, op->cleared);
}

static void put_access(struct out *out, const struct raw_op *op)
{
	static const char *const words[] = {
		[RAW_LOAD] = "load", [RAW_STORE] = "store", [RAW_EXEC] = "exec", [RAW_MODIFY] = "store"
	};
	bool entry = op->place.kind == RAW_ENTRY;

	if (op->place.kind != RAW_FLAG)
		put(out, "%s ", entry ? "entry" : words[op->kind]);
	put_place(out, &op->place);
	if (op->kind == RAW_MODIFY && op->how != RAW_ASSIGN && op->how != RAW_COMPARE) {
		put(out, " %s", how_word(op->how));
		if (entry)
			put_changed_bits(out, op);
		else
			put(out, " "), put_value(out, &op->value, false);
	} else if (op->kind == RAW_STORE || op->kind == RAW_MODIFY) {
		put(out, " = ");
		put_value(out, &op->value, entry);
	}
	if (op->kind == RAW_MODIFY && op->how == RAW_COMPARE) {
		put(out, " if = ");
		put_value(out, &op->expected, entry);
	}
	put_register(out, op->reg);
	put(out, "%s%s%s%s", op->exclusive ? " exclusive" : "", op->acquire ? " acquire" : "",
	    op->acquire_pc ? " acquire-pc" : "", op->release ? " release" : "");
}

static void put_let(struct out *out, const struct raw_op *op)
{
	put(out, "let %s = ", out->l->registers[op->reg].name);
	if (op->how == RAW_ASSIGN) {
		put_value(out, &op->value, false);
		return;
	}
	put_value(out, &op->left, false);
	if (op->how == RAW_PICK) {
		put_test(out, &op->test);
		put(out, " else ");
		put_value(out, &op->value, false);
	} else if (op->how == RAW_SET || op->how == RAW_CLEAR || op->how == RAW_HAS) {
		put(out, " %s", how_word(op->how));
		put_bits(out, op->bits);
	} else {
		put(out, " %s ", how_word(op->how));
		put_value(out, &op->value, false);
	}
}

static void put_invalidate(struct out *out, const struct raw_op *op)
{
	static const char *const reaches[] = {
		[RAW_REACH_ID] = "id", [RAW_REACH_GUEST] = "guest", [RAW_REACH_ALL] = "all"
	};

	put(out, "invalidate ");
	if (op->reach == RAW_REACH_PAGE) {
		put(out, op->place.kind == RAW_ENTRY ? "entry " : "");
		put_place(out, &op->place);
		put(out, op->leaf ? " leaf" : "");
	} else {
		put(out, "%s", reaches[op->reach]);
	}
	if (op->of)
		put(out, " of %s", out->l->mms[op->mm].name);
	put(out, op->local ? " local" : "");
}

static void put_label(struct out *out, const char *before, int op)
{
	const struct raw *raw = out->l->raw;

	for (unsigned int i = 0; i < raw->nr_labels; i++)
		if (raw->labels[i].op == op) {
			put(out, "%s%s", before, raw->labels[i].name);
			return;
		}
	assert(false);
}

static void put_chain(struct out *out, int first);

static void put_op(struct out *out, const struct raw_op *op)
{
	static const char *const fences[] = { "full",		"store",	 "load",   "complete",
					      "complete store", "complete load", "context" };
	const struct litmus *l = out->l;

	switch (op->kind) {
	case RAW_LOAD:
	case RAW_STORE:
	case RAW_EXEC:
	case RAW_MODIFY:
		put_access(out, op);
		break;
	case RAW_AWAIT:
		put(out, "await %s = ", l->raw->flags[op->place.flag].name);
		put_value(out, &op->value, false);
		put(out, op->acquire ? " acquire" : op->acquire_pc ? " acquire-pc" : "");
		break;
	case RAW_TABLE:
		put(out, "table ");
		put_place(out, &op->place);
		put(out, " = %s", op->live ? "live" : "none");
		break;
	case RAW_INVALIDATE:
		put_invalidate(out, op);
		break;
	case RAW_FENCE:
		put(out, "fence %s", fences[op->fence]);
		break;
	case RAW_LET:
		put_let(out, op);
		break;
	case RAW_GOTO:
		put_label(out, "goto ", op->to);
		break;
	case RAW_CALL:
		put(out, "call %u: ", op->cpu);
		put_chain(out, op->to);
		break;
	case RAW_RETRY:
		put(out, "retry");
		break;
	case RAW_RETURN:
		put(out, "return");
		if (op->to != LITMUS_NONE)
			put_label(out, " ", op->to);
		break;
	case RAW_END:
		put(out, "end");
		break;
	case RAW_ANSWER:
		assert(false);
	}
	for (unsigned int i = 0; i < op->nr_after; i++)
		put(out, "%s%s", i ? ", " : " after ", l->registers[op->after[i]].name);
	if (op->test.there && !(op->kind == RAW_LET && op->how == RAW_PICK))
		put_test(out, &op->test);
	if (op->on_fault == RAW_ELSE) {
		put(out, " else { ");
		put_chain(out, op->otherwise);
		put(out, " }");
	}
}

/* Up to the operation that the reader has put at the end, whose text is empty; with the labels. */
static void put_chain(struct out *out, int first)
{
	const struct raw *raw = out->l->raw;

	for (int op = first; op != LITMUS_NONE; op = raw->ops[op].next) {
		for (unsigned int i = 0; i < raw->nr_labels; i++)
			if (raw->labels[i].op == op)
				put(out, "%slabel %s", op == first ? "" : "; ", raw->labels[i].name);
		if (!raw->ops[op].text[0])
			return;
		put(out, op == first && out->text[strlen(out->text) - 1] == ' ' ? "" : "; ");
		put_op(out, &raw->ops[op]);
	}
	assert(false);
}

void print_raw_op(const struct litmus *l, int op, char *text, unsigned long size)
{
	struct out out = start_out(l, text, size);

	put_op(&out, &l->raw->ops[op]);
}

/* ---- conditions and the world ---- */

/* Postfix as it is stored, with a comma behind each term: it need not be read again. */
void print_raw_condition(const struct litmus *l, const struct litmus_expect *e, char *text, unsigned long size)
{
	static const char *const joins[] = { [RAW_TERM_NOT] = "not", [RAW_TERM_AND] = "and", [RAW_TERM_OR] = "or" };
	static const char *const faults[] = { "", " translation", " access", " permission" };
	struct out out = start_out(l, text, size);

	for (unsigned int i = 0; i < e->nr_terms; i++) {
		const struct raw_term *term = &e->raw_terms[i];

		put(&out, i ? ", " : "");
		if (term->kind == RAW_TERM_COMPARE) {
			put_value(&out, &term->left, false);
			put(&out, " %s ", term->differs ? "!=" : "=");
			put_value(&out, &term->right,
				  term->left.kind == RAW_LAST && term->left.place.kind == RAW_ENTRY);
		} else if (term->kind == RAW_TERM_FAULTED) {
			put(&out, "faulted %s%s", l->raw->labels[term->label].name, faults[term->fault]);
		} else {
			put(&out, "%s", joins[term->kind]);
		}
	}
}

void print_raw_start(const struct litmus *l, const struct raw_start *start, char *text, unsigned long size)
{
	struct out out = start_out(l, text, size);

	put(&out, start->place.kind == RAW_ENTRY ? "start entry " : "start ");
	put_place(&out, &start->place);
	put(&out, " = ");
	put_value(&out, &start->value, start->place.kind == RAW_ENTRY);
}

/* In the order of their numbers, one line each. */
static void put_guests(struct out *out)
{
	for (unsigned int guest = 1; guest <= out->l->raw->nr_guests; guest++) {
		put(out, "guest");
		for (unsigned int mm = 0; mm < out->l->nr_mms; mm++)
			if (out->l->raw->guests[mm] == guest)
				put(out, " %s", out->l->mms[mm].name);
		put(out, "\n");
	}
}

static void put_globals(struct out *out)
{
	for (unsigned int i = 0; i < out->l->nr_maps; i++)
		if (out->l->raw->global[i])
			put(out, "global %s\n", out->l->maps[i].name);
}

/* Everything but the expectations, which stand as they were read. */
void print_raw(const struct litmus *l, char *text, unsigned long size)
{
	static const char *const hardware[] = { "", "none", "accessed", "dirty" };
	struct out out = start_out(l, text, size);
	char line[400];

	put(&out, "litmus %s\ndoc \"%s\"\nlevels %u\nraw\n", l->name, l->doc, l->levels);
	for (unsigned int i = 0; i < l->nr_mms; i++)
		put(&out, "mm %s\n", l->mms[i].name);
	for (unsigned int i = 0; i < l->nr_maps; i++)
		put(&out, "map %s = anon pages=%u %s in %s at 0x%lx\n", l->maps[i].name, l->maps[i].pages,
		    l->maps[i].prot & LITMUS_PROT_WRITE ? "rw" : "r", l->mms[l->maps[i].mm].name, l->maps[i].start);
	for (unsigned int i = 0; i < l->raw->nr_starts; i++) {
		print_raw_start(l, &l->raw->starts[i], line, sizeof(line));
		put(&out, "%s\n", line);
	}
	for (unsigned int i = 0; i < l->raw->nr_flags; i++)
		put(&out, "start flag %s = %" PRIu64 "\n", l->raw->flags[i].name, l->raw->flags[i].value);
	for (unsigned int i = 0; i < LITMUS_MAX_CPUS; i++)
		if (l->raw->hardware[i])
			put(&out, "hardware %s %u\n", hardware[l->raw->hardware[i]], i);
	put_guests(&out);
	put_globals(&out);
	for (unsigned int i = 0; i < l->nr_agents; i++) {
		const struct raw_thread *thread = &l->raw->threads[i];

		put(&out, "cpu %u in %s%s: ", l->agents[i].cpu, l->mms[l->agents[i].mm].name,
		    thread->user ? " user" : "");
		put_chain(&out, thread->first);
		if (thread->handler != LITMUS_NONE) {
			put(&out, "\nhandler %u: ", l->agents[i].cpu);
			put_chain(&out, thread->handler);
		}
		put(&out, "\n");
	}
	for (unsigned int i = 0; i < l->nr_expects; i++)
		put(&out, "%s\n", l->expects[i].text);
}
