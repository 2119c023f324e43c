/* SPDX-License-Identifier: MIT */
/*
 * operand.c - what stands behind the name of an operation: one function an element of a form (lang/litmus.h has the
 * list).
 *
 * A form is read from left to right. An element counts only if a blank or the end of the form follows it, so the order
 * of the table does not matter. The same walk over a form is done by form_is_good(), once for each form of the mm, and
 * by read_operands(), for each operation, so a form that passes the first can be read by the second. Each function
 * sets only its own fields of the operation; the caller has set all others to NONE.
 */
#include <assert.h>
#include <ctype.h>
#include <string.h>
#include "lang/read.h"

static bool is_kernel(const struct reader *r, int map)
{
	assert(map >= 0 && (unsigned int)map < r->litmus->nr_maps);
	return r->litmus->maps[map].object == LITMUS_OBJECT_KERNEL;
}

/*
 * A mapping of the right side: of an address space, or of the kernel. The whole mapping is the default,
 * which an element with a page or a range then narrows.
 */
static void take_side(struct reader *r, struct litmus_op *op, bool kernel)
{
	struct token t = r->lex.token;

	op->map = take_map(r);
	if (is_kernel(r, op->map) != kernel)
		fail(r, t.at, describe(&t), say("%s", kernel ? "a kernel mapping" : "a mapping of an address space"));
	op->pages = r->litmus->maps[op->map].pages;
}

/* The caller has set the mapping. */
static void take_map_page(struct reader *r, struct litmus_op *op, bool range)
{
	assert(op->map != LITMUS_NONE);
	take_pages(r, r->litmus->maps[op->map].pages, range, &op->page, &op->pages);
}

/*
 * Registers and handles are declared by use, and belong to that agent; a `before` line leaves the owner
 * open. The world is still open while `before` lines are read, which is how they are told apart here.
 */
int agent_number(const struct reader *r)
{
	return r->placed ? (int)(r->agent - r->litmus->agents) : LITMUS_NONE;
}

/*
 * The first agent that uses a name becomes its owner; a second agent that uses it is refused, since
 * what a register holds would depend on the order of the two and a condition could not say which one it
 * means.
 */
static int declare(struct reader *r, struct litmus_name *names, unsigned int *count, const struct token *t,
		   const char *what)
{
	int found = find_named(names, *count, t);
	struct litmus_name *name;

	assert(names && count && what);
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

/*
 * `fault` and the names of mappings are refused, because a condition could not be told apart from
 * something else.
 */
int take_register(struct reader *r)
{
	struct token t = take_name(r, "a name for the register");
	int flag;

	if (token_is(&t, "fault"))
		fail(r, t.at, describe(&t), say("a register (fault is what a register may hold)"));
	for (unsigned int i = 0; i < r->litmus->nr_maps; i++)
		if (token_is(&t, r->litmus->maps[i].name))
			fail(r, t.at, say("%s, which is a map", r->litmus->maps[i].name),
			     say("a register of another name"));
	if (r->litmus->raw && find_flag(r, &t, &flag))
		fail(r, t.at, say("%s, which is a flag", r->litmus->raw->flags[flag].name),
		     say("a register of another name"));
	return declare(r, r->litmus->registers, &r->litmus->nr_registers, &t, "register");
}

static void need_arrow(struct reader *r)
{
	if (!accept_kind(r, TOKEN_ARROW))
		fail_token(r, say("->"));
}

/* ---- maps ---- */

/*
 * A[.p], of any mapping that the agent can reach. Unlike the elements for one side, it takes kernel
 * mappings too: programs and the machine may touch both.
 */
void read_target(struct reader *r, struct litmus_op *op)
{
	op->map = take_map(r);
	take_map_page(r, op, false);
}

static void read_map(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, false);
}

static void read_kernel_map(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, true);
}

/* Only a mapping that grows can be extended below its start, so the operations on stacks ask for one. */
static void read_growing(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	take_side(r, op, false);
	if (!r->litmus->maps[op->map].grows)
		fail(r, t.at, describe(&t), say("a map that grows"));
}

/* Without a page it is page 0, since an access is always of one page. */
static void read_page(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, false);
	take_map_page(r, op, false);
}

/* Without a range it is the whole mapping, as for a system call that takes a length. */
static void read_range(struct reader *r, struct litmus_op *op)
{
	take_side(r, op, false);
	take_map_page(r, op, true);
}

/*
 * Refused where the range of the first ends early: the call would then have a hole inside a mapping.
 * That the mappings are in order is checked by place_op(), when their addresses are known.
 */
static void take_further(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	assert(op->map != LITMUS_NONE && op->nr_more <= LITMUS_MAX_MORE);
	if (op->nr_more == LITMUS_MAX_MORE)
		fail_token(r, say("at most %u maps in one call", LITMUS_MAX_MORE + 1));
	if (op->page + op->pages != r->litmus->maps[op->map].pages)
		fail_token(r, say("only one map, since the range ends inside %s", r->litmus->maps[op->map].name));
	op->more[op->nr_more++] = take_map(r);
	if (is_kernel(r, op->more[op->nr_more - 1]))
		fail(r, t.at, describe(&t), say("a mapping of an address space"));
}

/* In any order, and they may overlap: nothing between two of them is meant. That they are of one mm place_op() checks. */
static void take_further_range(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;
	struct litmus_range *range;

	assert(op->map != LITMUS_NONE && op->nr_ranges <= LITMUS_MAX_MORE);
	if (op->nr_ranges == LITMUS_MAX_MORE)
		fail_token(r, say("at most %u ranges in one call", LITMUS_MAX_MORE + 1));
	range = &op->range[op->nr_ranges++];
	range->map = take_map(r);
	if (is_kernel(r, range->map))
		fail(r, t.at, describe(&t), say("a mapping of an address space"));
	range->page = 0;
	range->pages = r->litmus->maps[range->map].pages;
	take_pages(r, range->pages, true, &range->page, &range->pages);
}

/* `mprotect A r B`: whoever knows the system call puts its word where that has it. No map that is declared is refused. */
static void refuse_early_word(struct reader *r, const char *last)
{
	static const char *const rights[] = { "r", "rw", "rx", "rwx", NULL };
	struct token t = r->lex.token;

	for (unsigned int i = 0; i < r->litmus->nr_maps; i++)
		if (token_is(&t, r->litmus->maps[i].name))
			return;
	for (const struct litmus_form *form = r->words->forms; form->text; form++) {
		const char *space = strrchr(form->text, ' ');
		bool has_word = space && islower((unsigned char)space[1]) && space[2];

		if (strcmp(last, "PROT") ? has_word && token_is(&t, space + 1) : find_word(&t, rights) != LITMUS_NONE)
			fail(r, t.at, describe(&t), say("the name of a map: %.20s comes last", describe(&t).text));
	}
}

/*
 * Reads the names after the first by @take. @last_word: not empty: the last word of the line is not a name, but a word of the operation. Which
 * one is the last can only be seen from what follows it, so the lexer looks ahead with a copy and goes back.
 */
static void read_further(struct reader *r, struct litmus_op *op, void (*take)(struct reader *, struct litmus_op *),
			 const char *last_word)
{
	while (r->lex.token.kind == TOKEN_NAME) {
		struct lexer here = r->lex;
		bool last;

		lex_next(&r->lex);
		last = at_line_end(r) || at_sign(r, ';');
		r->lex = here;
		if (last && *last_word)
			return;
		if (*last_word)
			refuse_early_word(r, last_word);
		take(r, op);
	}
}

/* The target of a move: no page, since the whole of it is meant. */
static void read_to_map(struct reader *r, struct litmus_op *op)
{
	struct token t;

	need_arrow(r);
	t = r->lex.token;
	op->to = take_map(r);
	if (is_kernel(r, op->to))
		fail(r, t.at, describe(&t), say("a mapping of an address space"));
}

/* ---- files ---- */

static void read_file(struct reader *r, struct litmus_op *op)
{
	op->file = take_file(r);
	op->pages = r->litmus->files[op->file].pages;
}

/* Page 0 without a number, as for a mapping. */
static void read_file_page(struct reader *r, struct litmus_op *op)
{
	read_file(r, op);
	take_pages(r, op->pages, false, &op->page, &op->pages);
}

/*
 * Without a number it is all of the file, so take_pages(), whose default would be one page, is asked
 * only if there is one.
 */
static void read_file_or_page(struct reader *r, struct litmus_op *op)
{
	read_file(r, op);
	if (at_sign(r, '.'))
		take_pages(r, op->pages, false, &op->page, &op->pages);
}

/* ---- spaces, CPUs, peers ---- */

static void read_mm(struct reader *r, struct litmus_op *op)
{
	op->mm = take_mm(r);
}

/* The mm `m` that nobody declared is never empty, and with nr_mms at 0 there is no entry to look at. */
static void read_empty_mm(struct reader *r, struct litmus_op *op)
{
	struct token t = r->lex.token;

	op->mm = take_mm(r);
	if (r->litmus->nr_mms == 0 || !r->litmus->mms[op->mm].empty)
		fail(r, t.at, describe(&t), say("an mm that is declared empty"));
	r->litmus->mms[op->mm].filled = true;
}

/* A CPU that an operation names counts towards the number of CPUs just as one that runs an agent. */
static void read_cpu(struct reader *r, struct litmus_op *op)
{
	op->peer = (int)take_number(r, "the number of a CPU", 0,
				    (r->seen_cpus ? r->litmus->cpus : LITMUS_MAX_CPUS) - 1);
	if ((unsigned int)op->peer >= r->named_cpus)
		r->named_cpus = (unsigned int)op->peer + 1;
}

/* Agents of one kind that have names. */
struct peers {
	const char *kind;
	const struct litmus_name *names;
	unsigned int count;
};

/* find_peers() has listed all of them, so the agent itself may stand below. @others: of the kind that it might be taken for. */
static void take_peer(struct reader *r, struct litmus_op *op, const struct peers *peers, const struct peers *others)
{
	struct message wanted = say(peers->count ? "the name of a %s" : "the name of a %s, of which the file has none",
				    peers->kind);
	struct token t = take_name(r, wanted.text);
	const char *list[LITMUS_MAX_NAMES + 1] = { NULL };

	assert(peers->count <= LITMUS_MAX_NAMES);
	for (unsigned int i = 0; i < peers->count; i++)
		list[i] = peers->names[i].name;
	op->peer = find_named(peers->names, peers->count, &t);
	if (op->peer == LITMUS_NONE && find_named(others->names, others->count, &t) != LITMUS_NONE)
		fail(r, t.at, say("%s, which is a %s", describe(&t).text, others->kind), wanted);
	if (op->peer == LITMUS_NONE)
		fail_unknown(r, &t, wanted.text, list);
}

static struct peers devices_of(const struct litmus *l)
{
	return (struct peers){ "device", l->devices, l->nr_devices };
}

static struct peers vcpus_of(const struct litmus *l)
{
	return (struct peers){ "vcpu", l->vcpus, l->nr_vcpus };
}

static void read_device(struct reader *r, struct litmus_op *op)
{
	const struct peers devices = devices_of(r->litmus), vcpus = vcpus_of(r->litmus);

	take_peer(r, op, &devices, &vcpus);
}

static void read_vcpu(struct reader *r, struct litmus_op *op)
{
	const struct peers devices = devices_of(r->litmus), vcpus = vcpus_of(r->litmus);

	take_peer(r, op, &vcpus, &devices);
}

/* ---- pages that are taken, registers, numbers ---- */

/* This declares the handle; read_handle() is for those that must be declared already. */
static void read_taken(struct reader *r, struct litmus_op *op)
{
	struct token t;

	need_arrow(r);
	t = take_name(r, "a name for the page");
	op->handle = declare(r, r->litmus->handles, &r->litmus->nr_handles, &t, "page");
	op->takes = true;
}

/*
 * declare() is called even though the name exists, because it also checks that the handle belongs to
 * this agent.
 */
static void read_handle(struct reader *r, struct litmus_op *op)
{
	struct litmus *l = r->litmus;
	struct token t = take_name(r, "a page that an operation above has taken");

	if (find_named(l->handles, l->nr_handles, &t) == LITMUS_NONE)
		fail(r, t.at, describe(&t), say("a page that an operation above has taken"));
	op->handle = declare(r, l->handles, &l->nr_handles, &t, "page");
}

static void read_register(struct reader *r, struct litmus_op *op)
{
	need_arrow(r);
	op->reg = take_register(r);
}

static void read_optional_register(struct reader *r, struct litmus_op *op)
{
	if (accept_kind(r, TOKEN_ARROW))
		op->reg = take_register(r);
}

/*
 * In a form with a handle the value goes to the page that the handle holds, and the handle is marked as
 * one that writes.
 */
static void read_value(struct reader *r, struct litmus_op *op)
{
	need_sign(r, '=', "=");
	op->value = take_value(r, "a number");
	if (op->handle != LITMUS_NONE)
		r->litmus->handles[op->handle].written = true;
}

static void read_prot(struct reader *r, struct litmus_op *op)
{
	op->prot = take_prot(r);
}

/* ---- forms ---- */

static const struct element {
	const char *text;
	void (*read)(struct reader *r, struct litmus_op *op);
	bool repeated; /* as often as there are names: read_further() */
} elements[] = {
	{ "A", read_map, false },
	{ "A.p", read_page, false },
	{ "A[.p..q]", read_range, false },
	{ "[B...]", take_further, true },
	{ "[A[.p..q]...]", take_further_range, true },
	{ "-> B", read_to_map, false },
	{ "S", read_growing, false },
	{ "K", read_kernel_map, false },
	{ "T.p", read_target, false },
	{ "F", read_file, false },
	{ "F.p", read_file_page, false },
	{ "F[.p]", read_file_or_page, false },
	{ "M", read_mm, false },
	{ "E", read_empty_mm, false },
	{ "N", read_cpu, false },
	{ "D", read_device, false },
	{ "V", read_vcpu, false },
	{ "-> g", read_taken, false },
	{ "g", read_handle, false },
	{ "-> r", read_register, false },
	{ "[-> r]", read_optional_register, false },
	{ "= N", read_value, false },
	{ "PROT", read_prot, false },
};

/* The element must be followed by a blank or the end, so `A` does not match the beginning of `A.p`. */
static bool starts(const char *form, const char *element)
{
	size_t len = strlen(element);

	return !strncmp(form, element, len) && (form[len] == '\0' || form[len] == ' ');
}

/* NULL at the last word of a form, and at its end. */
static const struct element *element_at(const char *form)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (starts(form, elements[i].text))
			return &elements[i];
	return NULL;
}

/* Skips one blank, unless the form ends there. */
static const char *behind(const char *form, size_t len)
{
	assert(len <= strlen(form));
	return form[len] ? form + len + 1 : form + len;
}

/* Ends at the first word that is no element, which check_words() has made sure is the last one. */
const char *read_operands(struct reader *r, struct litmus_op *op, const char *form)
{
	const struct element *element;

	assert(form && *form);
	for (form = behind(form, strcspn(form, " ")); (element = element_at(form));) {
		form = behind(form, strlen(element->text));
		if (element->repeated)
			read_further(r, op, element->read, form);
		else
			element->read(r, op);
	}
	return form;
}

/* A last word is lower case; elements are tried before it, so it must not be one of those. */
static bool is_word(const char *text)
{
	if (!islower((unsigned char)*text))
		return false;
	while (islower((unsigned char)*text) || isdigit((unsigned char)*text) || *text == '-' || *text == '_')
		text++;
	return *text == '\0';
}

/* A name, elements, and perhaps a last word. */
bool form_is_good(const char *form)
{
	const struct element *element;

	assert(form);
	if (!islower((unsigned char)*form) || form[strlen(form) - 1] == ' ')
		return false;
	for (form = behind(form, strcspn(form, " ")); (element = element_at(form));)
		form = behind(form, strlen(element->text));
	return *form == '\0' || is_word(form);
}
