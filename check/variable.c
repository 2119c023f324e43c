/* SPDX-License-Identifier: MIT */
/* variable.c - a way down through types: arrays by their index, structures and unions by the member that has the offset. */
#include "check/variable.h"

#include <assert.h>
#include <dwarf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_DIMENSIONS = 4,
};

/* A place on the way: a type, and how far into it. */
struct part {
	Dwarf_Die type;
	Dwarf_Word offset;
	char *text;
	size_t size;
};

static void append(struct part *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct part *part, const char *format, ...)
{
	size_t used = strlen(part->text);
	va_list args;

	assert(used < part->size);
	va_start(args, format);
	vsnprintf(part->text + used, part->size - used, format, args);
	va_end(args);
}

/* That of a declaration, too: what a header declares, and a file defines, has its type there. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) &&
	       dwarf_peel_type(type, type) == 0;
}

/* gcc writes the address itself, clang the number of a place in a table of them. */
static bool address_of(Dwarf_Attribute *location, Dwarf_Op *op, Dwarf_Addr *address)
{
	Dwarf_Attribute indexed;

	*address = op->number;
	return op->atom == DW_OP_addr || (op->atom == DW_OP_addrx && !dwarf_getlocation_attr(location, op, &indexed) &&
					  !dwarf_formaddr(&indexed, address));
}

static bool begins_at(Dwarf_Die *variable, Dwarf_Addr address)
{
	Dwarf_Attribute location;
	Dwarf_Addr begin;
	Dwarf_Op *op;
	size_t ops;

	return dwarf_getlocation(dwarf_attr(variable, DW_AT_location, &location), &op, &ops) == 0 && ops == 1 &&
	       address_of(&location, op, &begin) && begin == address;
}

/* No index says in which unit a variable is, so all are gone through; only those outside of functions. */
static bool find_type(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Die *type)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, (Dwarf_Addr)(uintptr_t)variable_part);
	Dwarf_Die *unit = NULL, die;
	Dwarf_Addr bias;

	while (module && (unit = dwfl_module_nextcu(module, unit, &bias))) {
		if (dwarf_child(unit, &die) != 0)
			continue;
		do {
			if (dwarf_tag(&die) == DW_TAG_variable && begins_at(&die, address - bias))
				return type_of(&die, type);
		} while (dwarf_siblingof(&die, &die) == 0);
	}
	return false;
}

/* How many there are in each dimension, the outermost first; 0 of what has no bound. */
static unsigned int dimensions_of(Dwarf_Die *array, Dwarf_Word *count)
{
	unsigned int n = 0;
	Dwarf_Attribute attribute;
	Dwarf_Die die;

	if (dwarf_child(array, &die) != 0)
		return 0;
	do {
		if (dwarf_tag(&die) != DW_TAG_subrange_type || n == MOST_DIMENSIONS)
			continue;
		if (dwarf_formudata(dwarf_attr(&die, DW_AT_upper_bound, &attribute), &count[n]) == 0)
			count[n]++;
		else if (dwarf_formudata(dwarf_attr(&die, DW_AT_count, &attribute), &count[n]) != 0)
			count[n] = 0;
		n++;
	} while (dwarf_siblingof(&die, &die) == 0);
	return n;
}

static bool enter_array(struct part *part)
{
	Dwarf_Word count[MOST_DIMENSIONS], bytes, index;
	unsigned int n = dimensions_of(&part->type, count);
	Dwarf_Die element;

	if (!n || !type_of(&part->type, &element) || dwarf_aggregate_size(&element, &bytes) != 0 || !bytes)
		return false;
	index = part->offset / bytes;
	for (unsigned int i = 0; i < n; i++) {
		Dwarf_Word inner = 1;

		for (unsigned int j = i + 1; j < n; j++)
			inner *= count[j];
		if (!inner)
			return false;
		append(part, "[%llu]", (unsigned long long)(index / inner));
		index %= inner;
	}
	part->type = element;
	part->offset %= bytes;
	return true;
}

/* Does @member have the offset? Of a union the first that is large enough. */
static bool is_inside(const struct part *part, Dwarf_Die *member, Dwarf_Die *type, Dwarf_Word *from)
{
	Dwarf_Attribute attribute;
	Dwarf_Word bytes;

	*from = 0;
	if (dwarf_tag(member) != DW_TAG_member || dwarf_hasattr(member, DW_AT_bit_size) || !type_of(member, type) ||
	    dwarf_aggregate_size(type, &bytes) != 0)
		return false;
	dwarf_formudata(dwarf_attr(member, DW_AT_data_member_location, &attribute), from);
	return part->offset >= *from && part->offset - *from < bytes;
}

static bool enter_member(struct part *part)
{
	Dwarf_Die member, type;
	Dwarf_Word from;

	if (dwarf_child(&part->type, &member) != 0)
		return false;
	do {
		if (!is_inside(part, &member, &type, &from))
			continue;
		/* One without a name lends its members to what is around it. */
		if (dwarf_diename(&member))
			append(part, ".%s", dwarf_diename(&member));
		part->type = type;
		part->offset -= from;
		return true;
	} while (dwarf_siblingof(&member, &member) == 0);
	return false;
}

static bool enter(struct part *part)
{
	switch (dwarf_tag(&part->type)) {
	case DW_TAG_array_type:
		return enter_array(part);
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return enter_member(part);
	default:
		return false;
	}
}

void variable_part(Dwfl *dwfl, Dwarf_Addr address, size_t offset, char *text, size_t size)
{
	struct part part = { .offset = offset, .text = text, .size = size };

	assert(dwfl && text && strlen(text) < size);
	if (find_type(dwfl, address, &part.type))
		while (enter(&part))
			;
	if (part.offset)
		append(&part, "+%llu", (unsigned long long)part.offset);
}
