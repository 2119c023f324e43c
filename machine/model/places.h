/* SPDX-License-Identifier: MIT */
/* places.h - where tables stand, who can come to them there, and what is held of them then. */
#ifndef MODEL_PLACES_H
#define MODEL_PLACES_H

#include <machine/model/model.h>

/* A table has one place, or two: that in its fields, and .also. */
unsigned int model_places(const struct model_frame *table);
unsigned int model_places_seen(const struct model_frame *table); /* by a step for which it matters */
struct model_place model_place(const struct model_frame *table, unsigned int nr);
bool model_leads_there(const struct model_place *place, int table); /* does its entry say so now? */
bool model_is_in(const struct model_frame *table, int space);
/* Can the CPU, by the space of that place, come to the table there? */
bool model_reaches(const struct model_cpu *cpu, int table, unsigned int place);

void model_hold(struct model_cpu *cpu, const struct model_held *entry);
/* A value that walks have found in an entry, and do not find any more. */
void model_hold_value(struct model_cpu *cpu, const struct model_store *value, unsigned int place);
/* All that stands in the table, at that place, and below it; below the entry that said @old. */
void model_hold_table(struct model_cpu *cpu, int nr, unsigned int place);
void model_hold_leaves(struct model_cpu *cpu, int frame, int index, uint64_t old);
void model_settle_held(struct model_cpu *cpu); /* after a change of what is held: sorted, and nothing twice */

/* The step reads what a walk could, on the way to the table and in it. */
void model_touch_ways(const struct model_frame *table);

/* A place of a table that has two comes, or goes: what is promised of its pages meanwhile is promised before it or behind it. */
void model_touch_shared(void);

#endif
