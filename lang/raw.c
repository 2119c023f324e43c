/* SPDX-License-Identifier: MIT */
/*
 * raw.c - the operations of raw scenarios, which speak to the machine itself.
 *
 * They are checked for their form only. What an entry, a fence or a flag does belongs to the machine, and so far only
 * the mapping, the page and the register of each are kept in the tree.
 */
#include <assert.h>
#include "lang/read.h"

/* In any order and any number; the tree has no place for them yet, so they are only checked. */
static void read_attributes(struct reader *r)
{
	static const char *const words[] = { "ro", "rw", "clean", "dirty", "old", "young", NULL };

	for (int i = find_word(&r->lex.token, words); i != LITMUS_NONE; i = find_word(&r->lex.token, words))
		lex_next(&r->lex);
}

/*
 * Reads an entry into a register, or writes one. The second target is read into a copy, because the
 * tree has no place for it, and it is still checked like every other name.
 */
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

/* A whole table and not one of its entries, so no page is named. */
static void read_table(struct reader *r, struct litmus_op *op)
{
	static const char *const words[] = { "none", "live", NULL };

	op->map = take_map(r);
	need_sign(r, '=', "=");
	take_choice(r, "none or live", words);
}

/*
 * `id` and `all` name no page; only the invalidation of one page can be limited to its leaf entry.
 * `local` may follow all of them.
 */
static void read_invalidate(struct reader *r, struct litmus_op *op)
{
	if (!accept_word(r, "id") && !accept_word(r, "all")) {
		read_target(r, op);
		accept_word(r, "leaf");
	}
	accept_word(r, "local");
}

/*
 * The kinds are those of the architectures' manuals taken together; not each machine tells all of them
 * apart.
 */
static void read_fence(struct reader *r, struct litmus_op *op)
{
	static const char *const words[] = { "full", "store", "load", "complete", "context", NULL };

	(void)op;
	take_choice(r, "full, store, load, complete or context", words);
}

/* Flags are how agents of a raw scenario wait for each other; they are declared by use. */
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

/* Waits until the flag has this value, so there is no register and no arrow. */
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

/* False means that nothing was taken, and the caller reports what it found. */
bool read_raw_operation(struct reader *r, struct litmus_op *op)
{
	assert(r->litmus->raw);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!accept_word(r, operations[i].name))
			continue;
		op->kind = operations[i].kind;
		operations[i].read(r, op);
		return true;
	}
	return false;
}
