/* SPDX-License-Identifier: MIT */
/* memory.c - frames and their owners. */
#include <machine/model/before.h>
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/races.h>
#include <machine/model/places.h>

#include <assert.h>
#include <string.h>

#define REUSED 0xdeadbeefull

/* ---- frames ---- */

/*
 * Every agent takes fresh frames of its own, so that two allocations never meet; a frame that was given back is taken only
 * by the scenario's `reuse`.
 *
 * M22: agent n takes frames n, n + owners, n + 2 * owners ... of those that nobody has had. Which
 * number a frame has says then nothing of who came first, so allocations of two agents commute.
 */
static int fresh_frame(const struct model_state *m)
{
	int self = agent_self();
	int step = self < 0 ? 1 : m->owners;

	for (int i = self < 0 ? 0 : m->first_fresh + self; i < (int)model_frames(); i += step) {
		if (m->frames[i].kind == MACHINE_FRAME_FREE && !m->frames[i].had)
			return i;
	}
	return MACHINE_NO_FRAME;
}

/*
 * How many frames fresh_frame() has for the running agent in all. For the message alone: how many
 * the scenario may have before it is too big.
 */
static unsigned long frames_for_one(const struct model_state *m)
{
	int self = agent_self(), first = m->first_fresh + self, frames = (int)model_frames();

	if (self < 0)
		return model_frames();
	return first < frames ? (unsigned long)((frames - 1 - first) / m->owners + 1) : 0;
}

/* By its number, see above. */
bool model_is_mine(int nr)
{
	const struct model_state *m = model_state();

	assert(nr >= 0 && nr < (int)model_frames());
	return m->frames[nr].fresh && agent_self() >= 0 && (nr - m->first_fresh) % m->owners == agent_self();
}

/* All zero, so that a frame's last life is no part of the state of its next. */
static void forget_table(struct model_frame *frame)
{
	memset(frame->words, 0, model_entries() * sizeof(frame->words[0]));
	memset(frame->watch, 0, model_entries() * sizeof(frame->watch[0]));
	frame->also = (struct model_place){ .space = -1 };
}

/*
 * Its words stay as they are: the code under test has an allocator of its own, which may keep a
 * list in what is free. The code under test has picked the frame by itself, so which one it is may
 * depend on who came first, and this is a step.
 */
void machine_frame_take(int nr)
{
	MODEL_LEAVES_NOTHING;
	struct model_frame *frame;

	model_called_from(MODEL_CALLER);
	model_need_frame(nr);
	frame = &model_state()->frames[nr];
	model_step_here();
	if (frame->kind != MACHINE_FRAME_FREE)
		model_panic("a frame is taken that is taken");
	before_takes(frame);
	frame->kind = MACHINE_FRAME_DATA;
	frame->had = true;
	frame->space = -1;
	frame->parent = -1;
	forget_table(frame);
	model_touch_at(frame, AGENT_WRITE, 0);
	model_tell(frame_alloc, .frame = nr, .table = false);
}

void machine_frame_free(int nr)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	struct model_frame *frame;

	model_called_from(MODEL_CALLER);
	model_need_frame(nr);
	frame = &m->frames[nr];
	model_step_here();
	late_page_given_back(nr);
	/*
	 * Whoever takes the frame next comes after all that this agent did with it, as behind the
	 * allocator's own lock. To give it back is to write to all of it.
	 */
	races_plain(model_ram(nr), model_entries() * sizeof(uint64_t), true, MODEL_CALLER);
	races_release();
	before_gives(frame);
	if (frame->kind == MACHINE_FRAME_DATA)
		model_note_given_back(model_ram(nr));
	model_tell(frame_free, .frame = nr, .table = frame->kind == MACHINE_FRAME_TABLE);
	/*
	 * M23, before the frame changes its kind: what the walkers could find is asked of the
	 * tables as they were.
	 */
	if (frame->kind == MACHINE_FRAME_TABLE)
		model_check_walkers(nr);
	if (frame->kind == MACHINE_FRAME_FREE)
		model_panic("a frame is freed that is free");
	/*
	 * Kept for who still has a pointer to it: an access to a table that was given back is told
	 * as one, and not as one to a page.
	 */
	frame->was = frame->kind;
	frame->kind = MACHINE_FRAME_FREE;
	frame->fresh = false;
	memset(frame->marks, 0, model_entries() * sizeof(frame->marks[0]));
	/* Whatever still leads to it says so, so each later use is seen, also when somebody else has the frame by then. */
	model_mark(&(struct model_marking){ .watch = -1, .frame = nr, .set = MODEL_STALE });
	model_touch_at(frame, AGENT_WRITE, 0);
	/* Two frees commute, since the sets of free frames are the same afterwards; a free and a `reuse` do not. */
	model_touch_at(&m->freed, AGENT_JOIN, 0);
}

/*
 * One of the frames that were given back, tables included. Each of them is explored. The list is by
 * number, so a choice means the same frame in every order of the frees.
 */
static MODEL_OUT_OF_LINE int free_frame(const struct model_state *m)
{
	int free[MACHINE_MAX_FRAMES];
	unsigned int nr = 0;

	for (int i = 0; i < (int)model_frames(); i++) {
		if (m->frames[i].kind == MACHINE_FRAME_FREE && m->frames[i].had)
			free[nr++] = i;
	}
	if (!nr)
		return MACHINE_NO_FRAME;
	return free[nr > 1 ? agent_choose(nr) : 0];
}

/* No step: nobody else can see a fresh frame, so what comes between makes no difference. */
static void take_frame(int nr, enum machine_frame_kind kind, bool fresh)
{
	struct model_frame *frame = &model_state()->frames[nr];

	frame->kind = (uint8_t)kind;
	frame->had = true;
	frame->fresh = fresh;
	forget_table(frame);
	/* Zeroed here, in the step of the caller: of a page it is the caller's own, of a table others may see it late (ORD-5). */
	memset(model_ram(nr), 0, model_entries() * sizeof(uint64_t));
	model_touch_at(frame, AGENT_WRITE, 0);
	if (kind == MACHINE_FRAME_TABLE)
		model_empty_table(nr);
	model_tell(frame_alloc, .frame = nr, .table = kind == MACHINE_FRAME_TABLE);
}

static int take_fresh(const struct model_state *m, enum machine_frame_kind kind)
{
	int nr = fresh_frame(m);

	if (nr == MACHINE_NO_FRAME)
		machine_too_big("pages and tables that one agent makes", frames_for_one(m));
	take_frame(nr, kind, agent_self() >= 0);
	return nr;
}

/* Frames [first, first + nr) are free, and nobody has had them. */
static bool never_had(const struct model_state *m, int first, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (m->frames[first + (int)i].kind != MACHINE_FRAME_FREE || m->frames[first + (int)i].had)
			return false;
	}
	return true;
}

/*
 * M22, of frames behind each other: agent n takes the blocks n, n + owners, n + 2 * owners ... from the top of memory down, as frames alone are taken
 * from below. They are nobody's own (.fresh): whose a frame is its number says only if it was taken alone.
 */
static int fresh_block(const struct model_state *m, unsigned int nr)
{
	int step = agent_self() < 0 ? 1 : m->owners, skip = agent_self() < 0 ? 0 : agent_self();

	for (int i = (int)(model_frames() / nr) - 1 - skip; i >= 0; i -= step) {
		if (never_had(m, i * (int)nr, nr))
			return i * (int)nr;
	}
	return MACHINE_NO_FRAME;
}

int machine_frames_alloc(unsigned int nr)
{
	MODEL_LEAVES_NOTHING;
	struct model_state *m = model_state();
	int first;

	model_called_from(MODEL_CALLER);
	assert(nr > 0 && nr <= model_frames());
	first = fresh_block(m, nr);
	if (first == MACHINE_NO_FRAME)
		machine_too_big("large pages that one agent makes", model_frames() / nr / (m->owners ? m->owners : 1));
	for (unsigned int i = 0; i < nr; i++)
		take_frame(first + (int)i, MACHINE_FRAME_DATA, false);
	return first;
}

/*
 * The page goes to an owner that has nothing to do with this mm. What its words hold from here on
 * is no entry and no value that a scenario uses, so a use through an old translation shows.
 */
static int reuse_frame(struct model_state *m)
{
	struct model_frame *frame;
	int nr;

	model_step_here();
	model_touch_at(&m->freed, AGENT_WRITE, 0);
	nr = free_frame(m);
	if (nr == MACHINE_NO_FRAME) {
		model_tell(frame_none, 0);
		return MACHINE_NO_FRAME;
	}
	frame = &m->frames[nr];
	before_takes(frame);
	frame->kind = MACHINE_FRAME_OTHER;
	for (unsigned int i = 0; i < model_entries(); i++)
		model_ram(nr)[i] = REUSED;
	late_plain_write(model_ram(nr), model_entries() * sizeof(uint64_t));
	model_touch_at(frame, AGENT_WRITE, 0);
	model_tell(frame_reuse, .frame = nr);
	return nr;
}

int machine_frame_alloc(enum machine_frame_kind kind)
{
	MODEL_LEAVES_NOTHING;

	model_called_from(MODEL_CALLER);
	return kind == MACHINE_FRAME_OTHER ? reuse_frame(model_state()) : take_fresh(model_state(), kind);
}

/*
 * Linux's gather asks for a batch page with GFP_NOWAIT and lives without it (tlb_next_batch()), and
 * so it does for a page of tables (tlb_remove_table()). Both ways have to be right, so `alloc any`
 * explores both at each request.
 */
bool model_refuses(void)
{
	unsigned int refused = model_config()->alloc == MODEL_ALLOC_FAIL;

	model_called_from(MODEL_CALLER);
	if (agent_self() < 0)
		return false;
	/* A step of its own has a choice of its own; without one there is nothing that anybody could see. */
	if (model_config()->alloc == MODEL_ALLOC_ANY) {
		model_step_here();
		refused = agent_choose(2);
	}
	model_tell(batch_asked, .refused = refused);
	return refused;
}
