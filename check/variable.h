/* SPDX-License-Identifier: MIT */
/*
 * variable.h - which part of a variable an address is, by the variable's type: "processes[1].regions[0].end".
 *
 *	char text[80] = "processes";
 *
 *	variable_part(dwfl, address_of_the_variable, 88, text, sizeof(text));
 */
#ifndef CHECK_VARIABLE_H
#define CHECK_VARIABLE_H

#include <elfutils/libdwfl.h>
#include <stddef.h>

/*
 * variable_part - appends to @text where @offset, in bytes, is in the variable that begins at @address.
 *
 * Context: not on an agent's stack, which is too small for libdw.
 * Appends: indices and members, as C writes them, down to a scalar; what is left over as "+4". A bit-field shares its word
 * with others, so the structure around it is the last that is named. Without debugging information, or in a variable that is
 * local to a function, all of @offset is left over.
 */
void variable_part(Dwfl *dwfl, Dwarf_Addr address, size_t offset, char *text, size_t size);

#endif
