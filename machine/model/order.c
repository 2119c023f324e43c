/* SPDX-License-Identifier: MIT */
/*
 * order.c - tells delays.h what the code under test does: which access comes behind which, and what stands between.
 *
 * Each step of an agent is noted where the agent comes to it, and what the step does when it is made. What comes between is one
 * transition of the search, so .followed need not outlive it, and is no part of the state.
 */
#include <machine/model/before.h>
#include <machine/model/model.h>
#include <machine/model/delays.h>
#include <machine/model/late.h>
#include <machine/model/views.h>

static bool is_noted(void)
{
	return agent_self() >= 0;
}

/*
 * The same place in the source in two operations of a program is two places: what is ordered in one of them says nothing of
 * the other.
 */
static uint64_t note(struct delays_at at)
{
	const struct model_agent *me = model_me();
	uint64_t node;

	at.site = at.site * 31 + me->operation;
	at.agent = (uint8_t)agent_self();
	at.cpu = (uint8_t)model_view();
	node = delays_node(&at);
	delays_follows(model_telling()->followed, node);
	model_telling()->followed = node;
	return node;
}

void model_note_site(const void *pc, const void *word)
{
	model_telling()->site = (uintptr_t)pc ^ (uintptr_t)word << 16;
}

/* What the timeline forgets first may be all that parts two accesses. */
static void comes_to(uint64_t node)
{
	late_comes_to(node);
	before_comes_to(node);
}

uintptr_t model_comes_to_step(uintptr_t instead)
{
	uintptr_t site = model_telling()->site ? model_telling()->site : instead;

	model_telling()->site = 0;
	if (is_noted())
		comes_to(note((struct delays_at){ .site = site }));
	return site;
}

/* What was noted last is of another agent by now, or of another way. */
void model_makes_step(uintptr_t site)
{
	model_telling()->followed = 0;
	model_telling()->site = 0;
	if (is_noted())
		note((struct delays_at){ .site = site });
}

void model_note_start(void)
{
	model_telling()->followed = 0;
	model_telling()->site = 0;
	if (is_noted())
		note((struct delays_at){ .kind = DELAYS_START });
}

void model_note_entry(void)
{
	if (is_noted())
		note((struct delays_at){ .kind = DELAYS_ENTRY });
}

void model_note_fence(unsigned int order)
{
	if (is_noted() && order)
		note((struct delays_at){ .kind = DELAYS_FENCE, .order = (uint8_t)order });
}

void model_note_leaving(void)
{
	if (is_noted())
		note((struct delays_at){ .kind = DELAYS_LEAVE });
}

unsigned int model_view_order(enum seam_order order)
{
	return (seam_acquires(order) ? VIEW_ACQUIRE : 0u) | (seam_releases(order) ? VIEW_RELEASE : 0u) |
	       (order == SEAM_SEQ_CST ? VIEW_ORDERED : 0u);
}

/* Of an access only what it does counts: a store acquires nothing. */
unsigned int model_access_order(const struct model_access *a)
{
	bool done = model_access_changes(a) || a->op == SEAM_LOAD;
	unsigned int order = model_view_order(done ? seam_order_done(a->order) : seam_order_failed(a->order));

	if (!model_access_changes(a))
		order &= ~(unsigned int)VIEW_RELEASE;
	return a->op == SEAM_STORE ? order & ~(unsigned int)VIEW_ACQUIRE : order;
}

unsigned int model_access_order_wanted(const struct model_access *a)
{
	unsigned int order = model_view_order(seam_order_done(a->order));

	if (a->op == SEAM_LOAD)
		return order & ~(unsigned int)VIEW_RELEASE;
	return a->op == SEAM_STORE ? order & ~(unsigned int)VIEW_ACQUIRE : order;
}

/* What lies on a stack has an owner who may leave, and what stands in a table is looked at by the machine itself. */
bool model_is_fixed(const void *word)
{
	return agent_is_on_stack(word) || (model_is_in_frame(word) && model_is_entry(word));
}

/* What is in a page that nobody asks for. */
static unsigned int blind(const void *word)
{
	return model_config()->unread && model_is_in_frame(word) && !model_is_entry(word) ? DELAYS_BLIND : 0u;
}

static unsigned int first(const struct model_access *a)
{
	return a->op == SEAM_STORE && model_is_in_frame(a->word) && model_is_mine(model_ram_frame(a->word))
		       ? DELAYS_FIRST
		       : 0u;
}

/* Who takes an entry away without release hands nothing over by that: whoever finds it gone finds nothing. */
static bool takes_entry_away(const struct model_access *a)
{
	return a->op == SEAM_EXCHANGE && a->to_table && !a->operand;
}

/*
 * What a page holds is data, and no word of the kernel's. Who adds or takes away without acquire counts, and who counts up
 * without release has nothing to hand over.
 */
static unsigned int note_of(const struct model_access *a)
{
	unsigned int order = model_access_order(a), note = 0;

	if (a->next.note)
		return a->next.note;
	if (model_is_in_frame(a->word) && !a->to_table)
		return DELAYS_UNHEARD | DELAYS_SILENT;
	if (a->op > SEAM_EXCHANGE && model_access_changes(a) && !(order & VIEW_ACQUIRE))
		note |= DELAYS_UNHEARD;
	if ((a->op == SEAM_ADD || a->op == SEAM_OR || a->op == SEAM_COMPARE_EXCHANGE || takes_entry_away(a)) &&
	    !(order & VIEW_RELEASE))
		note |= DELAYS_SILENT;
	return note;
}

void model_note_access(const struct model_access *a, const void *pc)
{
	unsigned int kind = (a->op != SEAM_STORE ? DELAYS_READS : 0u) | (model_access_changes(a) ? DELAYS_WRITES : 0u) |
			    (a->next.word ? DELAYS_WAITS : 0u);
	uint64_t node;

	if (!is_noted() || !agent_is_object(a->word))
		return;
	node = note((struct delays_at){
		.site = (uintptr_t)pc,
		.word = (uintptr_t)a->word,
		.bytes = (uint8_t)a->size,
		.kind = (uint16_t)(kind | (model_is_fixed(a->word) ? DELAYS_FIXED : 0u) | blind(a->word) | first(a)),
		.order = (uint8_t)model_access_order(a),
		.note = (uint8_t)note_of(a) });
	delays_lacks(node, before_lacked_locks(model_access_changes(a)));
}

/* A walk, a program's access, and what is done with a page as a whole say nothing of plain data. */
static void note_word(const uint64_t *word, unsigned int kind, unsigned int order)
{
	if (is_noted())
		note((struct delays_at){ .word = (uintptr_t)word,
					 .bytes = sizeof(*word),
					 .note = DELAYS_UNHEARD | DELAYS_SILENT,
					 .kind = (uint16_t)kind,
					 .order = (uint8_t)order });
}

/*
 * Not all that an access looks at is in memory: then it is NULL.
 *
 * A walk may find what an entry said before until its CPU has invalidated that. Where no other CPU does it for this one, this one does, in an
 * interrupt, and whoever waits for that reads its answer: so it is between the store and the answer that something has to stand.
 */
void model_note_walk(const uint64_t *word)
{
	bool by_itself = machine_arch()->farthest == TLB_REACH_IPI;

	if (word)
		note_word(word, DELAYS_FIXED | DELAYS_READS | DELAYS_WALK | (by_itself ? DELAYS_MAY_BE_OLD : 0u), 0);
}

/* By a program. A load that nobody asks the result of is as good as none. */
void model_note_use(const uint64_t *word, bool writes)
{
	note_word(word, (writes ? DELAYS_WRITES : DELAYS_READS) | DELAYS_USE | blind(word), 0);
}

/*
 * Of pages that programs share, that is what the kernel copies; and each has one word that they access. The code under test reads it
 * itself, and no step of it: it reads what is in memory.
 */
void model_note_plain(const void *p, size_t n)
{
	const uint64_t *word = model_ram(model_ram_frame(p));

	if ((const void *)word >= p && (const char *)word < (const char *)p + n)
		note_word(word, DELAYS_FIXED | DELAYS_READS, 0);
}

/* As the allocator's own lock would have it: behind what was done with the page here. */
void model_note_given_back(const uint64_t *word)
{
	note_word(word, DELAYS_GIVES_BACK | DELAYS_WRITES, VIEW_RELEASE);
}
