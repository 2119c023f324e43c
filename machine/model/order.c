/* SPDX-License-Identifier: MIT */
/*
 * order.c - tells delays.h what the code under test does: which access comes behind which, and what stands between.
 *
 * Each step of an agent is noted where the agent comes to it, and what the step does when it is made. What comes between is one
 * transition of the search, so .followed need not outlive it, and is no part of the state.
 */
#include <machine/model/before.h>
#include <machine/model/device.h>
#include <machine/model/model.h>
#include <machine/model/delays.h>
#include <machine/model/late.h>
#include <machine/model/views.h>

static bool is_noted(void)
{
	return agent_self() >= 0;
}

/*
 * The same place in the source in two operations of a program is two places, and so it is under two sets of locks: what is ordered in one of them
 * says nothing of the other. A first look at an entry and a second one under the lock are made by one function.
 */
static uint64_t note(struct delays_at at)
{
	const struct model_agent *me = model_me();
	uint64_t node;

	at.site = (at.site * 31 + me->operation) * 31 + me->holds;
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

void model_note_return(void)
{
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

/* A fence of nothing but walks. */
void model_note_context(void)
{
	if (is_noted())
		note((struct delays_at){ .kind = DELAYS_FENCE });
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

/*
 * What lies on a stack has an owner who may leave. What stands in a table is looked at by the machine itself, which knows what of it
 * has left (entries.c); but not of tables whose format is the kernel's.
 */
bool model_is_fixed(const void *word)
{
	if (!model_is_in_frame(word))
		return agent_is_on_stack(word);
	return model_config()->format && model_is_entry(word);
}

/* What is known of the word, whoever accesses it. Of a page, whether nobody asks for what is in it. */
static unsigned int kind_of(const void *word)
{
	unsigned int kind = model_is_fixed(word) ? DELAYS_FIXED : 0u;

	if (model_is_unmade_word(word))
		return kind | DELAYS_MADE;
	if (!model_is_in_frame(word))
		return kind;
	if (model_is_entry(word))
		return kind | DELAYS_LEADS | (model_state()->frames[model_ram_frame(word)].level ? DELAYS_MADE : 0u);
	return kind | (model_config()->unread ? DELAYS_BLIND : 0u);
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
	bool counts = a->next.note == 1 + MACHINE_COUNTS || a->next.note == 1 + MACHINE_DROPS;
	unsigned int order = model_access_order(a), note = a->next.note;

	if (a->next.note && !counts)
		return a->next.note;
	if (model_is_in_frame(a->word) && !a->to_table)
		return DELAYS_UNHEARD | DELAYS_SILENT;
	if (a->op > SEAM_EXCHANGE && model_access_changes(a) && !(order & VIEW_ACQUIRE))
		note |= DELAYS_UNHEARD | (a->op == SEAM_ADD || a->op == SEAM_SUB ? DELAYS_SUMS : 0u);
	if ((a->op == SEAM_ADD || a->op == SEAM_OR || a->op == SEAM_COMPARE_EXCHANGE || takes_entry_away(a)) &&
	    !(order & VIEW_RELEASE))
		note |= DELAYS_SILENT;
	return note;
}

/*
 * Which locks the agent holds, as machine_note() tells it: a bit for each, which others may share. It tells places apart and nothing else, so one that is
 * wrong makes more of them, or fewer.
 */
static void hold(const struct model_access *a)
{
	uint64_t lock = UINT64_C(1) << ((uintptr_t)a->word >> 2) * UINT64_C(0x9e3779b97f4a7c15) / (UINT64_MAX / 64 + 1);
	bool taken = !a->next.word || model_would_meet(&a->next, a->before, a->size);

	if (!a->next.note || !model_access_changes(a))
		return;
	switch ((enum machine_note)(a->next.note - 1)) {
	case MACHINE_LOCKS:
	case MACHINE_READ_LOCKS:
	case MACHINE_WRITE_LOCKS:
		model_me()->holds |= taken ? lock : 0;
		break;
	case MACHINE_UNLOCKS:
	case MACHINE_READ_UNLOCKS:
	case MACHINE_WRITE_UNLOCKS:
		model_me()->holds &= ~lock;
		break;
	case MACHINE_DOWNGRADES:
	case MACHINE_COUNTS:
	case MACHINE_DROPS:
		break;
	}
}

void model_note_access(const struct model_access *a, const void *pc)
{
	unsigned int kind = (a->op != SEAM_STORE ? DELAYS_READS : 0u) | (model_access_changes(a) ? DELAYS_WRITES : 0u) |
			    (a->next.word ? DELAYS_WAITS : 0u);
	uint64_t node;

	if (!is_noted() || !agent_is_object(a->word))
		return;
	node = note((struct delays_at){ .site = (uintptr_t)pc,
					.word = (uintptr_t)a->word,
					.bytes = (uint8_t)a->size,
					.kind = (uint16_t)(kind | kind_of(a->word) | first(a)),
					.order = (uint8_t)model_access_order(a),
					.note = (uint8_t)note_of(a) });
	delays_lacks(node, before_lacked_locks(model_access_changes(a)));
	hold(a);
}

/* A walk, a program's access, and what is done with a page as a whole say nothing of plain data. */
static void note_word(const void *word, unsigned int bytes, unsigned int kind, unsigned int order, bool apart)
{
	if (is_noted())
		note((struct delays_at){ .site = apart,
					 .word = (uintptr_t)word,
					 .bytes = (uint8_t)bytes,
					 .note = DELAYS_UNHEARD | DELAYS_SILENT,
					 .kind = (uint16_t)(kind | kind_of(word)),
					 .order = (uint8_t)order });
}

/* The machine itself makes a table, before anybody can find it. */
void model_note_making(const uint32_t *word)
{
	note_word(word, sizeof(*word), DELAYS_WRITES, 0, false);
}

/*
 * Not all that a walk looks at is in memory: then it is NULL.
 *
 * A walk may find what an entry said before until its CPU has invalidated that. Where no other CPU does it for this one, this one does, in an
 * interrupt, and whoever waits for that reads its answer: so it is between the store and the answer that something has to stand.
 *
 * One that faults is told from one that does not, as no load of the access comes before what follows.
 */
void model_note_walk(const void *word, unsigned int bytes, bool writes, bool faults)
{
	bool by_itself = machine_arch()->farthest == TLB_REACH_IPI;
	unsigned int kind = DELAYS_WALK | DELAYS_READS | (writes ? DELAYS_WRITES : 0u);

	if (word)
		note_word(word, bytes, kind | (by_itself ? DELAYS_MAY_BE_OLD : 0u), 0, faults);
}

/* What a device does from here on; and a wait for it, which finds that, or is told of none of it. */
void model_note_device(const int64_t *object, bool writes)
{
	note_word(object, sizeof(*object), DELAYS_FIXED | (writes ? DELAYS_WRITES : DELAYS_READS), 0, false);
}

/* By a program. A load that nobody asks the result of is as good as none. */
void model_note_use(const uint64_t *word, bool writes)
{
	note_word(word, sizeof(*word), (writes ? DELAYS_WRITES : DELAYS_READS) | DELAYS_USE, 0, false);
}

/*
 * Of pages that programs share, that is what the kernel copies; and each has one word that they access. The code under test reads it
 * itself, and no step of it: it reads what is in memory.
 */
void model_note_plain(const void *p, size_t n)
{
	const uint64_t *word = model_ram(model_ram_frame(p));

	if ((const void *)word >= p && (const char *)word < (const char *)p + n)
		note_word(word, sizeof(*word), DELAYS_FIXED | DELAYS_READS, 0, false);
}

/* As the allocator's own lock would have it: behind what was done with the page here. */
void model_note_given_back(const uint64_t *word)
{
	note_word(word, sizeof(*word), DELAYS_GIVES_BACK | DELAYS_WRITES, VIEW_RELEASE, false);
}
