/* SPDX-License-Identifier: MIT */
/*
 * raw_value.c - places and values of raw scenarios: pages, entries, flags, registers, faults.
 *
 * The same words stand in operations, in what there is at the start and in conditions, so each is read by one function
 * here. Addresses are filled in by finish_raw(), since a `before` line is read when no mapping has one yet.
 */
#include <assert.h>
#include "lang/read.h"

/* Also what an operation has in place of a value that it lacks. */
struct raw_value raw_number(uint64_t number)
{
	return (struct raw_value){
		.kind = RAW_NUMBER,
		.number = number,
		.reg = LITMUS_NONE,
		.entry = { .map = LITMUS_NONE },
		.place = { .map = LITMUS_NONE, .flag = LITMUS_NONE },
	};
}

/* ---- places ---- */

/*
 * One page: a range would be several places. @kind says how it is reached, which is all that differs
 * between the word of a page and the entry that leads to it.
 */
static struct raw_place take_place(struct reader *r, enum raw_place_kind kind)
{
	struct raw_place place = { .kind = kind, .flag = LITMUS_NONE };
	unsigned int pages;

	place.map = take_map(r);
	take_pages(r, r->litmus->maps[place.map].pages, false, &place.page, &pages);
	assert(pages == 1);
	return place;
}

/*
 * A[.p][+N]. Words of one page that are apart are places of their own, behind one translation; they do not overlap, so
 * N counts whole words.
 */
struct raw_place take_page_place(struct reader *r)
{
	struct raw_place place = take_place(r, RAW_PAGE);
	struct token t;

	if (!accept_sign(r, '+'))
		return place;
	t = r->lex.token;
	place.offset = take_number(r, "bytes into the page", 0, (1 << LITMUS_PAGE_SHIFT) - 4);
	if (place.offset % 4)
		fail(r, t.at, describe(&t), say("a multiple of 4"));
	return place;
}

/* No offset: an entry is one word, however many bits of it are looked at. */
struct raw_place take_entry_place(struct reader *r)
{
	return take_place(r, RAW_ENTRY);
}

/* False, and nothing in @flag, if no operation has named it so far. */
bool find_flag(const struct reader *r, const struct token *name, int *flag)
{
	const struct raw *raw = r->litmus->raw;

	assert(raw);
	for (unsigned int i = 0; i < raw->nr_flags; i++)
		if (token_is(name, raw->flags[i].name)) {
			*flag = (int)i;
			return true;
		}
	return false;
}

/* A condition could not tell a flag from a map or a register of the same name. */
static int add_flag(struct reader *r, const struct token *name)
{
	struct raw *raw = r->litmus->raw;
	struct litmus *l = r->litmus;

	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (token_is(name, l->maps[i].name))
			fail(r, name->at, say("%s, which is a map", l->maps[i].name), say("a flag of another name"));
	if (find_named(l->registers, l->nr_registers, name) != LITMUS_NONE)
		fail(r, name->at, say("%.*s, which is a register", (int)name->len, name->text),
		     say("a flag of another name"));
	if (raw->nr_flags == RAW_MAX_FLAGS)
		fail(r, name->at, describe(name), say("at most %u flags in one file", RAW_MAX_FLAGS));
	raw->flags[raw->nr_flags] = (struct raw_flag){ .name = keep(r, name->text, name->len) };
	return (int)raw->nr_flags++;
}

/* Flags are declared by use, like registers; @declares is false where a use would say nothing. */
struct raw_place take_flag_place(struct reader *r, bool declares)
{
	struct raw_place place = { .kind = RAW_FLAG, .map = LITMUS_NONE };
	struct token name = take_name(r, "the name of a flag");

	if (find_flag(r, &name, &place.flag))
		return place;
	if (!declares)
		fail(r, name.at, describe(&name), say("a flag that some operation uses"));
	place.flag = add_flag(r, &name);
	return place;
}

/* ---- entries ---- */

static const char *const entry_words[] = { "ro",  "rw",	   "clean",   "dirty", "fixed",	 "young",
					   "old", "valid", "invalid", "user",  "kernel", NULL };

/* Words of one group exclude each other; the groups are those of the list above, in its order. */
static const int word_group[] = { 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4 };

/*
 * The first three words of group 1 stand in the order of enum raw_dirt. A word is the index of the list
 * above, so that the list and what the words mean cannot come apart unseen: the tests write every word.
 */
static void set_word(struct raw_entry *entry, int word)
{
	assert(word >= 0 && entry_words[word]);
	switch (word_group[word]) {
	case 0:
		entry->writable = word == 1;
		break;
	case 1:
		entry->dirt = (enum raw_dirt)(word - 2);
		break;
	case 2:
		entry->young = word == 5;
		break;
	case 3:
		entry->valid = word == 7;
		break;
	default:
		entry->user = word == 9;
	}
}

/* Returns which groups were given. */
static unsigned int take_entry_words(struct reader *r, struct raw_entry *entry)
{
	unsigned int given = 0;

	for (int word = find_word(&r->lex.token, entry_words); word != LITMUS_NONE;
	     word = find_word(&r->lex.token, entry_words)) {
		if (given & 1u << word_group[word])
			fail_token(r, say("each of ro|rw, clean|dirty|fixed, young|old, valid|invalid and user|kernel "
					  "once"));
		given |= 1u << word_group[word];
		set_word(entry, word);
		lex_next(&r->lex);
	}
	return given;
}

/* The page that B.p has at the start; without `to` the entry's own page. */
static void take_to(struct reader *r, struct raw_entry *entry, const struct raw_place *own)
{
	struct raw_place to;

	assert(entry->valid || !entry->none);
	if (!accept_word(r, "to")) {
		if (!own)
			fail_token(r, say("what an entry has, and to A[.p], the page that it leads to"));
		entry->map = own->map;
		entry->page = own->page;
		return;
	}
	to = take_place(r, RAW_PAGE);
	entry->map = to.map;
	entry->page = to.page;
}

/*
 * `none`, or words in any order and `to B[.p]`. What is left out is as in `present`: as PROT allows, clean, young. The
 * PROT is that of the entry's own mapping, or where there is none that of the page it leads to.
 */
struct raw_entry take_entry(struct reader *r, const struct raw_place *own)
{
	struct raw_entry entry = { .valid = true, .young = true, .user = true, .map = LITMUS_NONE };
	struct litmus_position at = r->lex.token.at;
	unsigned int given;

	if (accept_word(r, "none"))
		return (struct raw_entry){ .map = LITMUS_NONE, .none = true };
	given = take_entry_words(r, &entry);
	take_to(r, &entry, own);
	if (!(given & 1))
		entry.writable = r->litmus->maps[own ? own->map : entry.map].prot & LITMUS_PROT_WRITE;
	if (entry.dirt == RAW_FIXED && !entry.writable)
		fail(r, at, say("an entry that is fixed and read-only"), say("rw with fixed, which allows stores"));
	return entry;
}

/* The list is in the order of enum raw_bit, whose values are one bit each, from the lowest on. */
static const char *const bit_words[] = { "valid", "young", "dirty", "writable", "user", NULL };

bool at_entry_bit(const struct reader *r)
{
	return find_word(&r->lex.token, bit_words) != LITMUS_NONE;
}

/* One or more; said twice, a bit is said once. */
unsigned int take_entry_bits(struct reader *r)
{
	unsigned int bits = 0;

	_Static_assert(RAW_BIT_VALID == 1 && RAW_BIT_USER == 16, "bit_words has them in this order");

	do
		bits |= 1u << take_choice(r, any_of(bit_words).text, bit_words);
	while (at_entry_bit(r));
	return bits;
}

/* ---- values ---- */

/* Its name must be known: a register that nothing fills would be a 0 that looks like something. */
int take_known_register(struct reader *r, const char *what)
{
	const struct litmus *l = r->litmus;
	struct token t = take_name(r, what);
	const char *list[LITMUS_MAX_NAMES + 1] = { NULL };
	int found = find_named(l->registers, l->nr_registers, &t);

	for (unsigned int i = 0; i < l->nr_registers; i++)
		list[i] = l->registers[i].name;
	if (found == LITMUS_NONE)
		fail_unknown(r, &t, what, list);
	if (r->agent && l->registers[found].agent != agent_number(r))
		fail(r, t.at,
		     say("%s, which belongs to %s", l->registers[found].name,
			 l->registers[found].agent == LITMUS_NONE ? "a before line"
								  : l->agents[l->registers[found].agent].label),
		     say("a register of this agent's own"));
	return found;
}

/* `entry` in front of an entry that is written out keeps its words apart from the names of registers. */
struct raw_value take_raw_value(struct reader *r)
{
	struct raw_value value = raw_number(0);

	if (r->lex.token.kind == TOKEN_NUMBER) {
		value.number = take_value(r, "a number");
	} else if (accept_word(r, "entry")) {
		value.kind = RAW_ENTRY_VALUE;
		value.entry = take_entry(r, NULL);
	} else {
		value.kind = RAW_REGISTER;
		value.reg = take_known_register(r, "a number, or a register that an operation above has filled");
	}
	return value;
}

/* Behind `entry A = ` the word entry is not written again; a name there is a register. */
struct raw_value take_entry_value(struct reader *r, const struct raw_place *own)
{
	struct raw_value value = raw_number(0);

	assert(own && own->kind == RAW_ENTRY && own->map != LITMUS_NONE);
	if (r->lex.token.kind == TOKEN_NUMBER ||
	    find_named(r->litmus->registers, r->litmus->nr_registers, &r->lex.token) != LITMUS_NONE)
		return take_raw_value(r);
	value.kind = RAW_ENTRY_VALUE;
	value.entry = take_entry(r, own);
	return value;
}

/* In the order of enum raw_fault. */
struct raw_value take_compared(struct reader *r)
{
	static const char *const faults[] = { "fault", "fault-translation", "fault-access", "fault-permission", NULL };
	int fault = find_word(&r->lex.token, faults);
	struct raw_value value = raw_number(0);

	if (fault == LITMUS_NONE)
		return take_raw_value(r);
	lex_next(&r->lex);
	value.kind = RAW_A_FAULT;
	value.fault = (enum raw_fault)fault;
	return value;
}

/*
 * `if r` alone asks whether r is anything but 0: the same comparison as all others, so whoever runs it has
 * one case.
 */
struct raw_test take_test(struct reader *r)
{
	struct raw_test test = { .there = true, .value = raw_number(0) };

	test.reg = take_known_register(r, "a register that an operation above has filled");
	test.differs = accept_kind(r, TOKEN_DIFFERS);
	if (test.differs || accept_sign(r, '='))
		test.value = take_compared(r);
	else
		test.differs = true;
	return test;
}

/* The words stand in the order of enum raw_how, from RAW_ADD on. */
enum raw_how take_how(struct reader *r, const char *const *words)
{
	static const char *const all[] = { "add", "sub", "and",	   "or",  "xor", "clear",
					   "shl", "shr", "equals", "set", "has", NULL };
	static const enum raw_how hows[] = { RAW_ADD, RAW_SUB, RAW_AND,	   RAW_OR,  RAW_XOR, RAW_AND_NOT,
					     RAW_SHL, RAW_SHR, RAW_EQUALS, RAW_SET, RAW_HAS };
	struct token t = r->lex.token;

	take_choice(r, any_of(words).text, words);
	return hows[find_word(&t, all)];
}
