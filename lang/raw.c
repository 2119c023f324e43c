/* SPDX-License-Identifier: MIT */
/*
 * raw.c - what a raw scenario has in its world and in its expectations; its programs are in raw_program.c.
 */
#include <assert.h>
#include "lang/read.h"

/* ---- the world ---- */

/*
 * What stands above has been read as in any other scenario, so this comes before the lines that would have been read
 * differently.
 */
void read_raw(struct reader *r)
{
	struct litmus *l = r->litmus;

	if (l->nr_befores)
		fail(r, l->befores[0].at, say("before above raw"), say("raw first"));
	l->raw = r->raw_room;
	r->raw.line.block = LITMUS_NONE;
}

void need_raw(struct reader *r, const char *what)
{
	if (!r->litmus->raw)
		fail_token(r, say("raw above the first %s", what));
}

/* Flags have their own list, so two places that are told apart by a flag never meet here. */
static bool same_place(const struct raw_place *a, const struct raw_place *b)
{
	return a->kind == b->kind && a->map == b->map && a->page == b->page && a->offset == b->offset;
}

/* A second line about one place would have to win or lose against the first. */
static struct raw_start *add_start(struct reader *r, struct litmus_position at, const struct raw_place *place)
{
	struct raw *raw = r->litmus->raw;

	assert(place->kind != RAW_FLAG);
	for (unsigned int i = 0; i < raw->nr_starts; i++)
		if (same_place(&raw->starts[i].place, place))
			fail(r, at, say("a place that line %u is about", raw->starts[i].at.line),
			     say("each place once"));
	if (raw->nr_starts == RAW_MAX_STARTS)
		fail(r, at, say("one more place"), say("at most %u that are there at the start", RAW_MAX_STARTS));
	raw->starts[raw->nr_starts] = (struct raw_start){ .place = *place, .value = raw_number(0), .at = at };
	return &raw->starts[raw->nr_starts++];
}

/* A flag has its value where its name is. */
static void read_start_flag(struct reader *r)
{
	struct token t = r->lex.token;
	struct raw_place place = take_flag_place(r, true);

	if (r->raw.started & 1u << place.flag)
		fail(r, t.at, say("a second value of %s", r->litmus->raw->flags[place.flag].name), say("one"));
	r->raw.started |= 1u << place.flag;
	need_sign(r, '=', "=");
	r->litmus->raw->flags[place.flag].value = take_value(r, "a number");
}

/* start A = N, start entry A = ..., start flag x = N. */
void read_start(struct reader *r)
{
	struct litmus_position at = r->lex.token.at;
	struct raw_place place;
	struct raw_start *start;
	bool entry;

	need_raw(r, "start");
	if (accept_word(r, "flag")) {
		read_start_flag(r);
		return;
	}
	entry = accept_word(r, "entry");
	place = entry ? take_entry_place(r) : take_page_place(r);
	need_sign(r, '=', "=");
	start = add_start(r, at, &place);
	if (entry) {
		start->value.kind = RAW_ENTRY_VALUE;
		start->value.entry = take_entry(r, &place);
	} else {
		start->value.number = take_value(r, "a number");
	}
}

/* hardware none|accessed|dirty [N...]: without a number, every CPU. */
void read_hardware(struct reader *r)
{
	static const char *const words[] = { "none", "accessed", "dirty", NULL };
	enum raw_hardware hardware;

	need_raw(r, "hardware");
	hardware = (enum raw_hardware)(RAW_HARDWARE_NONE + take_choice(r, "none, accessed or dirty", words));
	if (at_line_end(r))
		for (unsigned int i = 0; i < LITMUS_MAX_CPUS; i++)
			r->litmus->raw->hardware[i] = hardware;
	while (!at_line_end(r))
		r->litmus->raw->hardware[take_number(r, "the number of a CPU", 0, LITMUS_MAX_CPUS - 1)] = hardware;
}

/* guest M...: the next one. An address space belongs to one machine, so it is in one such line. */
void read_guest(struct reader *r)
{
	struct raw *raw = r->litmus->raw;

	need_raw(r, "guest");
	raw->nr_guests++;
	do {
		struct token t = r->lex.token;
		int mm = take_mm(r);

		if (raw->guests[mm])
			fail(r, t.at, say("%.*s again", (int)t.len, t.text), say("an mm that is in no guest yet"));
		raw->guests[mm] = (uint8_t)raw->nr_guests;
	} while (!at_line_end(r));
}

/* global A...: maps of the kernel, whose entries are those of every address space. */
void read_global(struct reader *r)
{
	struct raw *raw = r->litmus->raw;

	need_raw(r, "global");
	do {
		struct token t = r->lex.token;
		int map = take_map(r);

		if (raw->global[map])
			fail(r, t.at, say("%.*s again", (int)t.len, t.text), say("a map that is not global yet"));
		raw->global[map] = true;
	} while (!at_line_end(r));
}

/*
 * What `present` says, as entries that are there at the start. A shared page of the page cache would have been mapped
 * read-only, to be told of the first write; everything else as the mapping allows.
 */
static void add_present(struct reader *r, const struct litmus_present *p, unsigned int page)
{
	const struct litmus *l = r->litmus;
	const struct litmus_map *map = &l->maps[p->map];
	struct raw_place place = { .kind = RAW_ENTRY, .map = p->map, .page = page, .flag = LITMUS_NONE };
	bool cached = map->shared && map->file != LITMUS_NONE && l->files[map->file].kind == LITMUS_FILE_CACHE;
	struct raw_start *start = add_start(r, p->at, &place);

	start->value.kind = RAW_ENTRY_VALUE;
	start->value.entry = (struct raw_entry){
		.valid = true,
		.young = p->young,
		.user = true,
		.writable = p->writable == LITMUS_AS_FAULT ? map->prot & LITMUS_PROT_WRITE && !cached
							   : p->writable == LITMUS_RW,
		.dirt = p->dirty ? RAW_DIRTY : RAW_CLEAN,
		.map = p->map,
		.page = page,
	};
}

/*
 * Each page of a `present` line is a place of its own. They come last, when all that `start` says is known, so that
 * the message about a page that both name is put at the `present`.
 */
static void add_presents(struct reader *r)
{
	const struct litmus *l = r->litmus;

	for (unsigned int i = 0; i < l->nr_presents; i++)
		for (unsigned int page = 0; page < l->presents[i].pages; page++)
			add_present(r, &l->presents[i], l->presents[i].page + page);
}

/* ---- conditions ---- */

/* Terms of all conditions are one array, so an expectation has the first of them and their number. */
static struct raw_term *add_term(struct reader *r, struct litmus_expect *e, enum raw_term_kind kind)
{
	struct raw *raw = r->litmus->raw;
	struct raw_term *term = &raw->terms[raw->nr_terms];

	assert(e->raw_terms && e->raw_terms + e->nr_terms == term);
	if (raw->nr_terms == RAW_MAX_TERMS)
		fail_token(r, say("at most %u comparisons, not, and, or in one file", RAW_MAX_TERMS));
	*term = (struct raw_term){ .kind = kind, .left = raw_number(0), .right = raw_number(0), .label = LITMUS_NONE };
	raw->nr_terms++;
	e->nr_terms++;
	return term;
}

/* In postfix order: what it joins has been added before. */
void join_raw_terms(struct reader *r, struct litmus_expect *e, enum raw_term_kind kind)
{
	assert(kind == RAW_TERM_NOT || kind == RAW_TERM_AND || kind == RAW_TERM_OR);
	add_term(r, e, kind);
}

/* faulted L [translation|access|permission] */
static void read_faulted(struct reader *r, struct litmus_expect *e)
{
	static const char *const faults[] = { "translation", "access", "permission", NULL };
	struct raw_term *term = add_term(r, e, RAW_TERM_FAULTED);
	struct token t = r->lex.token;
	enum raw_kind kind;
	int fault;

	term->label = take_label(r, false);
	if (r->litmus->raw->labels[term->label].op == LITMUS_NONE)
		fail(r, t.at, describe(&t), say("a label that stands somewhere in a program"));
	kind = r->litmus->raw->ops[r->litmus->raw->labels[term->label].op].kind;
	if (kind != RAW_LOAD && kind != RAW_STORE && kind != RAW_EXEC && kind != RAW_MODIFY)
		fail(r, t.at, describe(&t), say("the label of an access"));
	fault = find_word(&r->lex.token, faults);
	if (fault == LITMUS_NONE)
		return;
	term->fault = (enum raw_fault)(fault + 1);
	lex_next(&r->lex);
}

/* What a comparison is about: an entry, a page, a flag or a register. A page is named as in an operation. */
static struct raw_value take_subject(struct reader *r)
{
	const struct litmus *l = r->litmus;
	struct raw_value subject = raw_number(0);
	struct token t = r->lex.token;
	int flag;

	subject.kind = RAW_LAST;
	if (accept_word(r, "entry")) {
		subject.place = take_entry_place(r);
		return subject;
	}
	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (token_is(&t, l->maps[i].name)) {
			subject.place = take_page_place(r);
			return subject;
		}
	if (find_flag(r, &t, &flag)) {
		subject.place = take_flag_place(r, false);
		return subject;
	}
	subject.kind = RAW_REGISTER;
	subject.reg = take_known_register(r, "a register, a flag, A.p, entry A.p or faulted L");
	return subject;
}

/* An entry is compared with an entry in its own words, and with a number by its number. */
static struct raw_value take_wanted(struct reader *r, const struct raw_value *subject)
{
	if (subject->kind == RAW_LAST && subject->place.kind == RAW_ENTRY)
		return take_entry_value(r, &subject->place);
	return take_compared(r);
}

void read_raw_comparison(struct reader *r, struct litmus_expect *e)
{
	struct lexer here = r->lex;
	struct raw_value left, right;
	struct raw_term *term;
	bool differs;

	if (accept_word(r, "faulted") && r->lex.token.kind == TOKEN_NAME) {
		read_faulted(r, e);
		return;
	}
	r->lex = here;
	left = take_subject(r);
	differs = accept_kind(r, TOKEN_DIFFERS);
	if (!differs)
		need_sign(r, '=', "= or !=");
	right = take_wanted(r, &left);
	term = add_term(r, e, RAW_TERM_COMPARE);
	term->left = left;
	term->right = right;
	term->differs = differs;
}

/* ---- the end of the file ---- */

/* Only now: a `before` line is read when no mapping has an address. */
static void set_address(const struct litmus *l, struct raw_place *place)
{
	if (place->map != LITMUS_NONE)
		place->address = litmus_address(&l->maps[place->map], place->page);
}

/* All mappings have addresses by now, and all labels operations. */
void finish_raw(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct raw *raw = l->raw;

	assert(r->placed && r->raw.line.block == LITMUS_NONE);
	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (l->maps[i].object == LITMUS_OBJECT_KERNEL)
			fail(r, l->maps[i].at, say("%s, which is a kernel mapping", l->maps[i].name),
			     say("a map of an mm, and `global %s`", l->maps[i].name));
	add_presents(r);
	for (unsigned int i = 0; i < raw->nr_ops; i++) {
		resolve_raw_op(r, (int)i);
		set_address(l, &raw->ops[i].place);
	}
	for (unsigned int i = 0; i < raw->nr_starts; i++)
		set_address(l, &raw->starts[i].place);
	for (unsigned int i = 0; i < raw->nr_terms; i++)
		set_address(l, &raw->terms[i].left.place);
}
