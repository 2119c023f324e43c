/* SPDX-License-Identifier: MIT */
/*
 * operation.c - operations: the language's own accesses, and those that the mm under test has.
 *
 * The accesses of programs belong to the language, and every other operation is a form that the mm under test gives.
 * Both are read by the same table of elements in operand.c. Raw scenarios have operations of their own in place of all
 * of these, since they speak to the machine and no mm stands between: raw_program.c.
 */
#include <assert.h>
#include <string.h>
#include "lang/read.h"

enum {
	ANY = 1 << LITMUS_CPU | 1 << LITMUS_KTHREAD | 1 << LITMUS_DEVICE | 1 << LITMUS_VCPU,
};

/* What every mm can be asked: the accesses of programs, in the order of enum litmus_operation. */
static const struct litmus_form accesses[] = {
	[LITMUS_LOAD] = { "load T.p [-> r]", ANY },
	[LITMUS_STORE] = { "store T.p = N", ANY },
	[LITMUS_EXEC] = { "exec T.p [-> r]", ANY },
	[LITMUS_PREFETCH] = { "prefetch T.p", ANY },
};

enum {
	NR_ACCESSES = sizeof(accesses) / sizeof(accesses[0]),
	MOST_NAMES = NR_ACCESSES + LITMUS_MAX_FORMS + 1,
};

/* The name of a form, as a list of names wants it. */
struct form_name {
	char text[40];
};

/* A struct and not a pointer, because the name is not ended by NUL inside the form. */
static struct form_name name_of(const struct litmus_form *form)
{
	struct form_name name = { "" };
	size_t len = strcspn(form->text, " ");

	assert(form->text);
	memcpy(name.text, form->text, len < sizeof(name.text) ? len : sizeof(name.text) - 1);
	return name;
}

/* Names are compared whole, so no form is taken for another one whose name it begins. */
static bool at_form(const struct reader *r, const struct litmus_form *form)
{
	return at_word(r, name_of(form).text);
}

/*
 * Forms of one name stand next to each other in the table, so comparing with the one before is enough
 * to list each name once. @names keeps the texts that @list points to.
 */
static unsigned int list_forms(const struct litmus_form *forms, unsigned int count, struct form_name *names,
			       const char **list)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++) {
		names[i] = name_of(&forms[i]);
		if (!i || strcmp(names[i].text, names[i - 1].text))
			list[n++] = names[i].text;
	}
	return n;
}

/*
 * check_words() has refused tables that are longer, so this bound is never the one that ends the loop
 * in a good run.
 */
static unsigned int nr_forms(const struct reader *r)
{
	unsigned int n = 0;

	while (n < LITMUS_MAX_FORMS && r->words->forms[n].text)
		n++;
	return n;
}

/*
 * The language's own accesses and the forms are offered together: the reader of the message need not
 * know that they are different things.
 */
static _Noreturn void fail_operation(struct reader *r)
{
	struct form_name names[MOST_NAMES];
	const char *list[MOST_NAMES];
	unsigned int n = list_forms(accesses, NR_ACCESSES, names, list);

	n += list_forms(r->words->forms, nr_forms(r), names + NR_ACCESSES, list + n);
	list[n] = NULL;
	if (r->lex.token.kind == TOKEN_NAME)
		fail_unknown(r, &r->lex.token, "an operation that the mm under test has", list);
	fail_token(r, say("an operation"));
}

/* The agent's operation before the one that is read; NULL: this is its first. */
static const struct litmus_op *last_op(const struct reader *r)
{
	return r->agent->nr_ops ? &r->agent->ops[r->agent->nr_ops - 1] : NULL;
}

static bool is_switch(const struct reader *r, const struct litmus_op *op)
{
	return op->kind == LITMUS_CALL && r->words->switches >> op->call & 1;
}

/* A kthread has, if it is a thread of an address space by now. */
static bool has_switched(const struct reader *r)
{
	for (unsigned int i = 0; i < r->agent->nr_ops; i++) {
		if (is_switch(r, &r->agent->ops[i]))
			return true;
	}
	return false;
}

/* Where the next operation is done: where the last one has left the agent. */
static int space_now(const struct reader *r)
{
	const struct litmus_op *last = last_op(r);

	if (!last)
		return r->agent->mm;
	return is_switch(r, last) ? last->mm : last->in;
}

/*
 * A kernel thread has no program, so it cannot touch mappings of an address space; a prefetch is what
 * the CPU does by itself, which is why it is allowed. The check comes after the operands, when the
 * mapping is known.
 */
static bool read_access(struct reader *r, struct litmus_op *op)
{
	assert(r->agent);
	for (unsigned int i = 0; i < NR_ACCESSES; i++) {
		struct token target;

		if (!at_form(r, &accesses[i]))
			continue;
		lex_next(&r->lex);
		target = r->lex.token;
		op->kind = (enum litmus_operation)i;
		read_operands(r, op, accesses[i].text);
		if (r->agent->kind == LITMUS_KTHREAD && !has_switched(r) && op->kind != LITMUS_PREFETCH &&
		    r->litmus->maps[op->map].object != LITMUS_OBJECT_KERNEL)
			fail(r, target.at, describe(&target),
			     say("a kernel mapping, the only kind a kthread can access"));
		return true;
	}
	return false;
}

/*
 * The last word tells forms of one name apart: which of them is it? The forms of one name have the same
 * elements before that word, so the operands could be read by any of them. The position in the list is
 * turned back into the index of the form.
 */
static unsigned int take_last_word(struct reader *r, unsigned int first)
{
	const struct litmus_form *forms = r->words->forms;
	struct form_name name = name_of(&forms[first]);
	const char *list[LITMUS_MAX_FORMS + 1];
	unsigned int form[LITMUS_MAX_FORMS], n = 0;

	assert(first < nr_forms(r));
	for (unsigned int i = first; i < nr_forms(r); i++) {
		if (strcmp(name_of(&forms[i]).text, name.text))
			continue;
		list[n] = strrchr(forms[i].text, ' ') + 1;
		form[n++] = i;
	}
	list[n] = NULL;
	return form[take_choice(r, any_of(list).text, list)];
}

/*
 * The first form of the name reads the operands, and if it leaves a last word, that word chooses among
 * all forms of the name.
 */
static bool read_call(struct reader *r, struct litmus_op *op)
{
	const struct litmus_form *forms = r->words->forms;

	assert(r->agent);
	for (unsigned int i = 0; i < nr_forms(r); i++) {
		if (!at_form(r, &forms[i]))
			continue;
		if (!(forms[i].who & 1u << r->agent->kind))
			fail_token(r, say("an operation that a %s can do", litmus_agent_words[r->agent->kind]));
		lex_next(&r->lex);
		op->operand = r->lex.token.at;
		op->kind = LITMUS_CALL;
		op->call = *read_operands(r, op, forms[i].text) ? take_last_word(r, i) : i;
		return true;
	}
	return false;
}

/* Whoever wrote `munmap A.1..2` may not know that this mm takes whole mappings only. */
static _Noreturn void fail_after(struct reader *r, const struct litmus_op *op)
{
	if (op->kind == LITMUS_CALL)
		fail_token(r, say("; or the end of the line, as its form is %s", r->words->forms[op->call].text));
	fail_token(r, say("; or the end of the line"));
}

/* A program may go on in a line of its own, so this is asked where the next operation begins, and not where the last one ended. */
static void refuse_behind_end(struct reader *r)
{
	const struct litmus_op *last = last_op(r);

	assert(!r->litmus->raw);
	if (last && last->kind == LITMUS_CALL && r->words->last >> last->call & 1)
		fail_token(r, say("nothing behind %s, which ends the thread", last->text));
}

/* What some agent binds is not bound at the start. */
static void note_bound_late(struct reader *r, const struct litmus_op *op)
{
	const char *form = op->kind == LITMUS_CALL ? r->words->forms[op->call].text : "";

	if (!strcmp(form, "attach D"))
		r->litmus->devices[op->peer].bound_late = true;
	if (!strcmp(form, "register V"))
		r->litmus->vcpus[op->peer].bound_late = true;
}

static bool is_one_of(const struct litmus_op *op, uint64_t forms)
{
	return op->kind == LITMUS_CALL && forms >> op->call & 1;
}

static void need_statement(struct reader *r, const struct litmus_op *op, bool is_named, const char *statement)
{
	const char *name = r->litmus->maps[op->map].name;

	if (!is_named)
		fail(r, op->operand, say("%s", name),
		     say("a map that a %s statement names (%s %s)", statement, statement, name));
}

/* The mm would find nothing to do on any other map, and whoever forgot the statement would be told that all is well. */
void check_marked(struct reader *r, const struct litmus_op *op)
{
	const struct litmus_map *map = op->map == LITMUS_NONE ? NULL : &r->litmus->maps[op->map];

	assert(r->placed);
	if (map && is_one_of(op, r->words->of_uffd))
		need_statement(r, op, map->uffd, "uffd");
	if (map && is_one_of(op, r->words->of_numa))
		need_statement(r, op, map->numa, "numa");
	if (map && is_one_of(op, r->words->of_soft_dirty))
		need_statement(r, op, map->soft_dirty, "soft-dirty");
}

/* Of a mixed file every other page is the driver's. The cache gives its pages back itself. */
static void need_drivers(struct reader *r, const struct litmus_op *op)
{
	const struct litmus_file *file;

	if (!is_one_of(op, r->words->of_driver) || op->file == LITMUS_NONE)
		return;
	file = &r->litmus->files[op->file];
	if (file->kind != LITMUS_FILE_PFN && file->kind != LITMUS_FILE_MIXED)
		fail(r, op->operand, say("%s", file->name), say("a file whose pages are a driver's (pfn or mixed)"));
	if (file->kind == LITMUS_FILE_MIXED && op->page % 2)
		fail(r, op->operand, say("%s.%u", file->name, op->page),
		     say("a page that is the driver's: of a mixed file page 0, 2, 4 ..."));
}

/*
 * Everything that an operation may lack is set to NONE first, so a function for an element sets only
 * what it reads. The text is cut from the source for the timeline. place_op() does nothing yet in a
 * `before` line, whose mappings have no addresses; place_maps() does it later.
 */
static void read_op(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct litmus_op *op = &l->ops[l->nr_ops];
	struct token first = r->lex.token;

	assert(r->agent);
	refuse_behind_end(r);
	if (l->nr_ops == LITMUS_MAX_OPS)
		fail_token(r, say("at most %u operations in one file", LITMUS_MAX_OPS));
	assert((const char *)(op + 1) <= (const char *)l->expects);
	*op = (struct litmus_op){
		.at = first.at,
		.map = LITMUS_NONE,
		.file = LITMUS_NONE,
		.to = LITMUS_NONE,
		.reg = LITMUS_NONE,
		.handle = LITMUS_NONE,
		.mm = LITMUS_NONE,
		.in = space_now(r),
		.peer = LITMUS_NONE,
	};
	if (!read_access(r, op) && !read_call(r, op))
		fail_operation(r);
	note_bound_late(r, op);
	if (!r->placed && is_switch(r, op))
		need_filled(r, op->mm, op->operand);
	need_drivers(r, op);
	if (!at_line_end(r) && !at_sign(r, ';'))
		fail_after(r, op);
	op->text = keep(r, first.text, (size_t)(r->lex.taken - first.text));
	place_op(r, op);
	if (r->placed)
		check_marked(r, op);
	l->nr_ops++;
	r->agent->nr_ops++;
}

/* One `;` may end a line. The caller has set r->agent. */
void read_ops(struct reader *r)
{
	if (r->litmus->raw) {
		read_raw_ops(r);
		return;
	}
	do
		read_op(r);
	while (accept_sign(r, ';') && !at_line_end(r));
}
