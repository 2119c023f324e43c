/* SPDX-License-Identifier: MIT */
/*
 * lines.c - addresses to lines with elfutils' libdw.
 *
 * A return address lies behind the call, perhaps on the next line or in the next function, so the byte before it is looked up.
 * The line table says the innermost place; which calls were inlined around it is told by the scopes of the compilation
 * unit, innermost first: each inlined subroutine has the file and line it was called from.
 */
#include "check/lines.h"

#include "check/variable.h"

#include <assert.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	STACK_BYTES = 512 * 1024, /* more than libdw has been seen to need, many times */
};

struct lines {
	Dwfl *dwfl;
	char *debuginfo_path;
	Dwfl_Callbacks callbacks;
	/* a look-up, and where it runs */
	void (*look)(struct lines *lines);
	const void *address;
	const void *const *callers; /* .nr_callers of them, or until NULL */
	size_t nr_callers;
	const char *file;
	unsigned int line;
	char variable[120];
	bool found;
	ucontext_t caller, own;
	void *stack;
};

struct lines *lines_open(void)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (!lines)
		return NULL;
	lines->callbacks = (Dwfl_Callbacks){ .find_elf = dwfl_linux_proc_find_elf,
					     .find_debuginfo = dwfl_standard_find_debuginfo,
					     .debuginfo_path = &lines->debuginfo_path };
	lines->dwfl = dwfl_begin(&lines->callbacks);
	lines->stack = malloc(STACK_BYTES);
	if (!lines->dwfl || !lines->stack || dwfl_linux_proc_report(lines->dwfl, getpid()) != 0 ||
	    dwfl_report_end(lines->dwfl, NULL, NULL) != 0) {
		lines_close(lines);
		return NULL;
	}
	return lines;
}

void lines_close(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->dwfl)
		dwfl_end(lines->dwfl);
	free(lines->stack);
	free(lines);
}

struct place {
	const char *file;
	unsigned int line;
};

/*
 * The compilation unit that an address is of, and in .address the address as it is numbered there. clang writes no table of units
 * by address (.debug_aranges), so each of them is asked.
 */
struct unit {
	Dwarf_Die *die;
	Dwarf_Addr address;
};

static bool unit_of(struct lines *lines, Dwarf_Addr address, struct unit *unit)
{
	Dwfl_Module *module = dwfl_addrmodule(lines->dwfl, address);
	Dwarf_Addr bias;

	unit->die = NULL;
	while (module && (unit->die = dwfl_module_nextcu(module, unit->die, &bias))) {
		unit->address = address - bias;
		if (dwarf_haspc(unit->die, unit->address) > 0)
			return true;
	}
	return false;
}

/*
 * The line table's answer: of a statement that the compiler has moved, the place it was written at. False
 * where a file was built without -g.
 */
static bool place_of_address(const struct unit *unit, struct place *place)
{
	Dwarf_Line *entry = dwarf_getsrc_die(unit->die, unit->address);
	int line = 0;

	if (!entry || dwarf_lineno(entry, &line) != 0)
		return false;
	place->file = dwarf_linesrc(entry, NULL, NULL);
	place->line = (unsigned int)line;
	return place->file && line > 0;
}

/*
 * Where an inlined function was called. File numbers are those of the unit that the attribute stands in, so
 * the unit's own table is asked.
 */
static bool place_of_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct place *place)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count)
		return false;
	place->file = dwarf_filesrc(files, file, NULL, NULL);
	place->line = (unsigned int)line;
	return place->file && line;
}

/* By name, as the debugging information does not say what a file is for. */
static bool is_header(const char *file)
{
	size_t length = strlen(file);

	return length > 2 && !strcmp(file + length - 2, ".h");
}

/*
 * Outwards, as long as the place is in a header. What is not inlined ends the walk. The scopes of an address end with the
 * innermost inlined function, as it was written; those around its entry in the tree are what it was inlined into.
 */
static void leave_headers(const struct unit *unit, struct place *place)
{
	Dwarf_Die *innermost = NULL, *scopes = NULL;
	int count = 0;

	if (dwarf_getscopes(unit->die, unit->address, &innermost) > 0)
		count = dwarf_getscopes_die(&innermost[0], &scopes);
	for (int i = 0; i < count && is_header(place->file); i++) {
		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine && !place_of_call(unit->die, &scopes[i], place))
			break;
	}
	free(innermost);
	free(scopes);
}

/* Likewise, where the functions of headers are called. What is only in headers stays where it was. */
static void leave_functions(struct lines *lines, const struct unit *unit, struct place *place)
{
	struct place outer = *place;
	struct unit around;

	for (size_t i = 0; i < lines->nr_callers && lines->callers[i] && is_header(outer.file); i++) {
		if (!unit_of(lines, (Dwarf_Addr)(uintptr_t)lines->callers[i] - 1, &around) ||
		    dwarf_dieoffset(around.die) != dwarf_dieoffset(unit->die) || !place_of_address(&around, &outer))
			return;
		leave_headers(&around, &outer);
	}
	if (!is_header(outer.file))
		*place = outer;
}

/* Without the folder the compiler ran in. */
static const char *as_told(const struct unit *unit, const char *file)
{
	Dwarf_Attribute attribute;
	const char *folder = dwarf_formstring(dwarf_attr(unit->die, DW_AT_comp_dir, &attribute));
	size_t length = folder ? strlen(folder) : 0;

	if (length && !strncmp(file, folder, length) && file[length] == '/')
		file += length + 1;
	while (!strncmp(file, "./", 2))
		file += 2;
	return file;
}

/* ---- on a stack of its own: who asks may be on an agent's, which is too small for libdw ---- */

/* The byte before the return address is still in the call; see the head of this file. */
static void look_up_place(struct lines *lines)
{
	struct place place;
	struct unit unit;

	lines->found = unit_of(lines, (Dwarf_Addr)(uintptr_t)lines->address - 1, &unit) &&
		       place_of_address(&unit, &place);
	if (!lines->found)
		return;
	leave_headers(&unit, &place);
	leave_functions(lines, &unit, &place);
	lines->file = as_told(&unit, place.file);
	lines->line = place.line;
}

/*
 * Functions have symbols as well; only what is no function is a variable. The memory of those that are zero at first belongs to no
 * module, as it is not mapped from a file: it is this program's.
 */
static void look_up_variable(struct lines *lines)
{
	Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)lines->address;
	Dwfl_Module *at = dwfl_addrmodule(lines->dwfl, address);
	Dwfl_Module *module = at ? at : dwfl_addrmodule(lines->dwfl, (Dwarf_Addr)(uintptr_t)lines_variable);
	GElf_Off offset = 0;
	GElf_Sym symbol;
	const char *name = module ? dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL) : NULL;

	lines->found = name && GELF_ST_TYPE(symbol.st_info) == STT_OBJECT;
	if (!lines->found)
		return;
	snprintf(lines->variable, sizeof(lines->variable), "%s", name);
	variable_part(lines->dwfl, address - offset, (size_t)offset, lines->variable, sizeof(lines->variable));
}

/* makecontext() passes integers only. */
static void look_up_there(unsigned int high, unsigned int low)
{
	struct lines *lines = (struct lines *)((uintptr_t)high << 32 | low);

	lines->look(lines);
}

/*
 * Not reentrant: one look-up at a time on the one stack, which is enough for one thread. An agent's stack has
 * 16 KB, which is too little for libdw.
 */
static bool look_up(struct lines *lines, const void *address, void (*look)(struct lines *lines))
{
	if (!lines || !address)
		return false;
	lines->address = address;
	lines->look = look;
	lines->found = false;
	if (getcontext(&lines->own) != 0)
		return false;
	lines->own.uc_stack.ss_sp = lines->stack;
	lines->own.uc_stack.ss_size = STACK_BYTES;
	lines->own.uc_link = &lines->caller;
	makecontext(&lines->own, (void (*)(void))look_up_there, 2, (unsigned int)((uintptr_t)lines >> 32),
		    (unsigned int)(uintptr_t)lines);
	return swapcontext(&lines->caller, &lines->own) == 0 && lines->found;
}

const char *lines_variable(struct lines *lines, const void *address)
{
	return look_up(lines, address, look_up_variable) ? lines->variable : NULL;
}

bool lines_find(struct lines *lines, const void *pc, const char **file, unsigned int *line)
{
	return lines_find_outside(lines, pc, NULL, 0, file, line);
}

bool lines_find_outside(struct lines *lines, const void *pc, const void *const *callers, size_t nr, const char **file,
			unsigned int *line)
{
	assert(file && line);
	if (!lines)
		return false;
	lines->callers = callers;
	lines->nr_callers = nr;
	if (!look_up(lines, pc, look_up_place))
		return false;
	*file = lines->file;
	*line = lines->line;
	return true;
}
