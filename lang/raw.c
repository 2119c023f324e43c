/* SPDX-License-Identifier: MIT */
/*
 * raw.c - the operations of raw scenarios, which speak to the machine itself.
 */
#include "lang/read.h"

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

static const struct {
	const char *name;
	enum litmus_operation kind;
	void (*read)(struct reader *r, struct litmus_op *op);
} operations[] = {
	{ "entry", LITMUS_RAW_ENTRY, read_entry },
	{ "table", LITMUS_RAW_TABLE, read_table },
	{ "invalidate", LITMUS_RAW_INVALIDATE, read_invalidate },
	{ "fence", LITMUS_RAW_FENCE, read_fence },
	{ "flag", LITMUS_RAW_FLAG, read_flag },
	{ "await", LITMUS_RAW_AWAIT, read_await },
};

bool read_raw_operation(struct reader *r, struct litmus_op *op)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!accept_word(r, operations[i].name))
			continue;
		op->kind = operations[i].kind;
		operations[i].read(r, op);
		return true;
	}
	return false;
}
