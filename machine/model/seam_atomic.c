/* SPDX-License-Identifier: MIT */
/*
 * seam_atomic.c - what the model makes of the accesses that the compiler tells: an atomic one is a step.
 *
 *	plain		no step. It belongs to the step of the agent's last atomic access or call of the machine; races.h watches it
 *	atomic		one step: it is made by one agent while no other runs, so all agents see all of them in one order
 *	in a frame	what memory.c says: an entry of a table, or the content of a page
 *
 * M7: an atomic access that has a release order and one that has an acquire order, later and of the same word, hand stores
 * in flight over, as a lock does. A read-modify-write, and a store that is sequentially consistent, lets this CPU's own
 * stores out where the memory order is TSO (M6).
 */
#include <machine/model/seam.h>
#include <machine/model/before.h>
#include <machine/model/model.h>
#include <machine/model/late.h>
#include <machine/model/races.h>
#include <machine/model/views.h>

#include <assert.h>
#include <string.h>

/* ---- waiting ---- */

/* A value as a number with a sign, as conditions have it. */
static int64_t signed_value(uint64_t value, unsigned int bytes)
{
	unsigned int unused = 64 - 8 * bytes;

	assert(bytes && bytes <= sizeof(uint64_t));
	return (int64_t)(value << unused) >> unused;
}

/* Of the code under test: what everybody could read there. */
static int64_t signed_word(const void *word, unsigned int bytes)
{
	return signed_value(late_word(word, bytes), bytes);
}

/*
 * M3: the condition of machine_wait(), asked of memory as it is. The access that follows decides
 * for itself; this only says when it is worth making, so a mistake here would hide executions and
 * could never add one.
 */
bool model_would_meet(const struct model_next *next, uint64_t value, unsigned int bytes)
{
	int64_t now = signed_value(value, bytes);

	switch ((enum machine_compare)next->compare) {
	case MACHINE_EQUAL:
		return now == next->value;
	case MACHINE_AT_LEAST:
		return now >= next->value;
	default:
		return now != next->value;
	}
}

static bool is_met(const struct model_next *next)
{
	return model_would_meet(next, late_word(next->word, next->bytes), next->bytes);
}

struct wait {
	const struct model_next *next;
	const struct model_cpu *cpu; /* of a thread, which may be suspended; or NULL */
	const int64_t *calls;	     /* of this CPU, if one ends the wait */
};

/*
 * Asked by the search between steps, on no agent's stack: it reads state and must not change any. The second half is for who waits with
 * interrupts off and answers others meanwhile (hook 17); without it two CPUs that wait for each other would be a deadlock that no kernel has.
 */
static bool may_go_on(const void *arg)
{
	const struct wait *wait = arg;

	if (wait->cpu && model_is_suspended(wait->cpu))
		return false;
	return is_met(wait->next) || (wait->calls && agent_value(agent_object(wait->calls)) > 0);
}

/* The same, where the access also waits for stores to leave. */
static bool is_met_or_called(const struct model_next *next)
{
	return is_met(next) ||
	       (next->or_interrupt && agent_value(agent_object(&model_state()->cpus[next->cpu].calls)) > 0);
}

/*
 * What a condition looks at is the core's copy of the word, which does not know of plain stores that were made before anybody else could see it.
 * A word on a stack begins with one each time, so there the copy is right only if somebody else has changed the word in the meantime:
 * that is read, in the step before the wait. Out of line: what the word is now is no part of the state of who waits for it.
 */
static MODEL_OUT_OF_LINE void correct_copy(const struct model_next *next)
{
	int32_t now = (int32_t)signed_word(next->word, next->bytes);

	if (agent_value(agent_object(next->word)) != now)
		model_touch_at(next->word, AGENT_WRITE, now);
	else if (agent_is_on_stack(next->word))
		model_touch_at(next->word, AGENT_READ, 0);
}

/*
 * The step of an access that is of no use earlier. A word on a stack has no value in the core's copies, and neither has the number of
 * outstanding calls together with a word; so these two wait by a predicate. All other waits go by one comparison, of which the
 * search knows which changes could meet it and which could not.
 */
static void step_waiting(const struct model_next *next)
{
	static const enum agent_compare compares[] = {
		[MACHINE_EQUAL] = AGENT_EQUAL,
		[MACHINE_AT_LEAST] = AGENT_AT_LEAST,
		[MACHINE_NOT_EQUAL] = AGENT_NOT_EQUAL,
	};
	struct wait wait = { next, model_me()->is_thread ? model_this_cpu() : NULL,
			     next->or_interrupt ? &model_this_cpu()->calls : NULL };
	uint16_t objects[3] = { 0 };
	unsigned int nr = 1;

	/* Nobody else runs before the agents do, and interrupts are taken at once. */
	if (agent_self() < 0 && is_met(next))
		return;
	if (agent_self() < 0)
		agent_too_big("anybody whom an operation of a before line could wait for", 0);
	objects[0] = agent_object(next->word);
	if ((wait.calls || agent_is_on_stack(next->word)) && !model_takes_turns(model_me())) {
		if (wait.cpu)
			objects[nr++] = agent_object(&wait.cpu->irq);
		if (wait.calls)
			objects[nr++] = agent_object(wait.calls);
		model_step_until(may_go_on, &wait, objects, nr);
		return;
	}
	correct_copy(next);
	model_wipe(NULL);
	model_step_waiting(next->word, compares[next->compare], (int32_t)next->value);
}

/* ---- the access ---- */

/*
 * A compare-and-exchange that fails is a load: it neither releases, nor is it a change that others
 * have to be reordered with.
 */
bool model_access_changes(const struct model_access *a)
{
	return a->op != SEAM_LOAD && !(a->op == SEAM_COMPARE_EXCHANGE && a->before != a->expected);
}

/*
 * M6: on TSO machines compilers make a locked instruction of every read-modify-write, whatever
 * order it has, and of a store that is sequentially consistent; a plain store or load is none. Ask
 * this before asking for the row's .tso.
 */
bool model_access_is_locked(const struct model_access *a)
{
	return a->op > SEAM_STORE || (a->op == SEAM_STORE && seam_order_done(a->order) == SEAM_SEQ_CST);
}

/* Readers of a lock commute with each other: how many there are is seen by writers alone. */
static bool is_of_a_reader(const struct model_access *a)
{
	return a->next.note == 1 + MACHINE_READ_LOCKS || a->next.note == 1 + MACHINE_READ_UNLOCKS;
}

/* Objects are four bytes each: what is accessed as a whole here may be accessed in parts elsewhere. */
static void touch_halves(const void *word, unsigned int op, int64_t value)
{
	model_touch_at(word, op, (int32_t)value);
	model_touch_at((const char *)word + 4, op, (int32_t)(value >> 32));
}

/*
 * What the search is told of the access. Two steps that touch no object in common, or touch it in
 * ways that commute, lead to one state in either order; so one order is enough. Everything that the
 * step's outcome depends on must be touched, or an execution is missed: tests compare with the
 * search that leaves nothing out.
 */
static void touch(const struct model_access *a)
{
	bool whole = a->size == sizeof(uint64_t);

	/* What a world being set up keeps on the stack is nobody else's. */
	if (!agent_is_object(a->word))
		return;
	if (is_of_a_reader(a) && model_access_changes(a)) {
		model_touch_at(a->word, AGENT_SHARE, (int32_t)(a->after - a->before));
		return;
	}
	if (whole)
		touch_halves(a->word, model_access_changes(a) ? AGENT_WRITE : AGENT_READ, (int64_t)a->after);
	else
		model_touch_at(a->word, model_access_changes(a) ? AGENT_WRITE : AGENT_READ, (int32_t)a->after);
}

/* M6 and M7: behind the access. */
static void order(const struct model_access *a)
{
	bool done = model_access_changes(a) || a->op == SEAM_LOAD;
	enum seam_order order = done ? seam_order_done(a->order) : seam_order_failed(a->order);

	/*
	 * First the buffer, then the hand-over: what this access lets out is not to be remembered
	 * as still in flight by the release below.
	 */
	if (model_access_is_locked(a))
		model_barrier();
	if (!agent_is_object(a->word))
		return;
	if (a->op != SEAM_STORE && (machine_arch()->tso || seam_acquires(order)))
		model_locked(a->word, is_of_a_reader(a));
	if (model_access_changes(a) && (machine_arch()->tso || seam_releases(order)))
		model_released(a->word, is_of_a_reader(a));
}

/*
 * What the thread has said of this access, which is about this one. The hint is of one access only.
 * Another access in between would make the wait one for the wrong moment, so it is a broken
 * contract and not ignored.
 */
static struct model_next take_next(const void *word)
{
	struct model_next *said = &model_me()->next, next = *said;

	if (next.word && next.word != word)
		model_panic("machine_wait() is followed by an access to another word");
	memset(said, 0, sizeof(*said));
	return next;
}

/*
 * Asked after the wait and before the access, while no other agent can run: so the answer is what
 * model_perform() will find.
 */
static bool will_change(const struct model_access *a)
{
	return a->op == SEAM_COMPARE_EXCHANGE ? late_word(a->word, a->size) == a->expected : a->op != SEAM_LOAD;
}

/*
 * What waits for a word in turn with other threads is known to their scheduler by that alone, so it waits for its stores behind it; everything
 * else for both at once.
 */
static void begin_step(const struct model_access *a)
{
	bool in_turn = a->next.word && model_takes_turns(model_me());

	if (late_has_stores() && !in_turn && !late_may_now(a))
		late_wait(a, a->next.word ? is_met_or_called : NULL);
	else if (a->next.word)
		step_waiting(&a->next);
	else
		model_step_here();
	while (late_is_on() && !late_may_now(a))
		late_wait(a, a->next.word && !in_turn ? is_met_or_called : NULL);
}

/* A release is of what was done before, and the first thing in its step (races.h). */
void model_access_step(struct model_access *a)
{
	model_note_site(model_telling()->site ? (const void *)model_telling()->site : NULL, a->word);
	a->place = late_place(a->word, a->size);
	begin_step(a);
	if (seam_releases(seam_order_done(a->order)) && will_change(a))
		races_release();
}

/*
 * A request that others answer lies on the stack of who waits for the answers. Who answers after it has gone on writes into whatever
 * is there by then, and nothing that follows has a meaning: the execution ends here.
 */
static void expect_alive(const void *p)
{
	const struct model_agent *me = model_me();

	if (agent_self() < 0 || !agent_is_on_stack(p))
		return;
	if (agent_is_dead(p) || (me->gone && agent_whose_stack(p) == me->serves - 1))
		model_panic("an access to a variable of another thread's function that has returned");
}

/* Is there no machine, or does somebody only look at what the code under test would say? */
static bool is_looking(void)
{
	return !model_state() || model_telling()->hearing;
}

/*
 * The log comes before the store: the search undoes what is in the log, and a word that was stored
 * to without being named would stay changed in states where it never was.
 */
bool model_perform(struct model_access *a)
{
	if (a->place != LATE_NOWHERE && !late_is_fixed(a->place))
		return late_access(a);
	a->before = seam_peek(a->word, a->size);
	a->after = seam_result(a->op, a->size, a->before, a->operand, a->expected);
	if (model_access_changes(a)) {
		agent_log(a->word, a->size);
		seam_poke(a->word, a->size, a->after);
	}
	if (model_state())
		late_fixed_access(a);
	return true;
}

/* A reader of a lock learns whether there is a writer, or a reader at all; how many would depend on the order of theirs. */
static uint64_t told(const struct model_access *a)
{
	int64_t before = signed_word(&a->before, a->size);

	if (!is_of_a_reader(a) || before < 0)
		return a->before;
	return a->next.note == 1 + MACHINE_READ_UNLOCKS && before > 0;
}

/* Words of four bytes, as objects are. Stacks are left out for the same reason as in touch_shared(). */
static void note_atomic(const void *p, size_t n)
{
	if (!agent_is_object(p) || agent_is_on_stack(p))
		return;
	for (uintptr_t word = (uintptr_t)p & ~(uintptr_t)3; word < (uintptr_t)p + n; word += 4)
		model_accessed_atomically((const void *)word);
}

/* Out of line: what it finds is told in the result, and nowhere else. */
static MODEL_OUT_OF_LINE uint64_t make_access(const struct model_access *wanted, const void *pc)
{
	struct model_access a = *wanted;
	bool in_frame, left;

	if (is_looking()) {
		model_perform(&a);
		return a.before;
	}
	model_settle();
	model_called_from(pc);
	/*
	 * Entries have a meaning of their own for hardware, so an atomic access to them goes by
	 * tables.c, which makes its own step. A page is memory like any other, in which the code
	 * under test may keep a lock, but it has to be its to use.
	 */
	a.next = take_next(a.word);
	in_frame = model_is_in_frame(a.word);
	if (in_frame && model_is_entry(a.word)) {
		a.to_table = true;
		model_entry_access(&a);
		model_note_access(&a, pc);
		before_acquires(&a);
		races_atomic(a.word, a.size, model_access_changes(&a), pc);
		before_releases(&a);
		return a.before;
	}
	/*
	 * From the step on no other agent runs until the next step. So what the access reads, what
	 * it writes, and what is derived from both are of one moment (M1).
	 */
	model_access_step(&a);
	expect_alive(a.word);
	left = model_perform(&a);
	model_note_access(&a, pc);
	if (in_frame)
		model_page_access(&a);
	/* Plain accesses to it may race with this one, whoever comes first. */
	note_atomic(a.word, a.size);
	before_acquires(&a);
	races_atomic(a.word, a.size, model_access_changes(&a), pc);
	before_releases(&a);
	/* Who acquires the word may be handed something over, whether the store has left or not. */
	if (left)
		touch(&a);
	else
		model_touch_at(a.word, AGENT_JOIN, 0);
	order(&a);
	/*
	 * All answers are there: what this thread invalidates from now on is another flush
	 * (model_config.counts).
	 */
	if (a.next.for_answers && is_met(&a.next))
		model_me()->interrupted = MODEL_NOBODY;
	if (!in_frame)
		model_tell_access(&a);
	return told(&a);
}

/*
 * The only way from the compiler's atomics into the model. @size is in bytes; @operand and
 * @expected are zero-extended. Returns what the word held before, in all cases.
 */
uint64_t seam_atomic(enum seam_op op, void *p, unsigned int size, uint64_t operand, uint64_t expected, int mo,
		     const void *pc)
{
	MODEL_LEAVES_NOTHING;
	const struct model_access wanted = { .op = op,
					     .word = p,
					     .size = size,
					     .operand = operand,
					     .expected = expected,
					     .order = mo,
					     .place = LATE_NOWHERE };

	if (!is_looking())
		model_took_back((uintptr_t)__builtin_frame_address(0));
	return make_access(&wanted, pc);
}

/*
 * An acquire fence orders what is on the timeline (late.h), and plain data (before.h). A release fence also closes
 * the agent's set of plain accesses (races.h). A sequentially consistent one lets this CPU's stores
 * to tables out where the row is TSO: Linux's smp_mb() is the barrier that its flush relies on
 * between unhooking an entry and reading the CPU mask. Where the row is not TSO, walks wait for the
 * fence of hook 15 alone.
 */
void seam_fence(int mo, const void *pc)
{
	MODEL_LEAVES_NOTHING;
	if (is_looking())
		return;
	model_settle();
	model_called_from(pc);
	/* A release begins with a step of its own, if there is anything to be seen of it. */
	if (seam_releases((enum seam_order)mo) && races_open_here()) {
		model_step_here();
		races_release();
	}
	late_fence(model_view_order((enum seam_order)mo));
	before_fence(model_view_order((enum seam_order)mo));
	if (mo == SEAM_SEQ_CST && machine_arch()->tso) {
		/* What that has left there would be in the frames that wait here. */
		model_wipe(NULL);
		model_fence();
	}
	model_note_fence(model_view_order((enum seam_order)mo));
}

/* ---- accesses that the code under test makes itself ---- */

/* Whole words of eight bytes, since the core logs and names memory in these. */
static struct model_stored words_of(const void *p, size_t n)
{
	uintptr_t first = (uintptr_t)p & ~(uintptr_t)7;
	struct model_stored stored = { .word = (uint64_t *)first };

	assert(n > 0);
	stored.words = ((uintptr_t)p + n - first + 7) / 8;
	return stored;
}

static void settle_word(uint64_t *word)
{
	bool in_frame = model_is_in_frame(word);

	if (in_frame)
		model_frame_stored(word);
	if (agent_is_object(word) && !(in_frame && model_is_entry(word)))
		touch_halves(word, AGENT_WRITE, (int64_t)*word);
}

/*
 * Plain stores to live tables are made by the code under test after it has told the machine. So
 * what such a store changed is looked at here, at the beginning of whatever the agent does next
 * that the machine hears of; nobody else has run in between. While a world is set up nobody tells
 * of anything, and all tables are looked at.
 */
void model_settle(void)
{
	struct model_stored stored = model_me()->stored;
	bool left = true;

	if (agent_self() < 0)
		model_look_at_tables();
	else
		left = late_settle();
	if (!stored.word)
		return;
	memset(&model_me()->stored, 0, sizeof(stored));
	for (size_t i = 0; left && i < stored.words; i++)
		settle_word(&stored.word[i]);
}

/*
 * READ_ONCE() and WRITE_ONCE(), as Linux calls them: a step of their own, with no order beyond the
 * word. The compiler does the access itself behind this call, and of a store only the place is
 * known yet: model_settle() finds the value.
 */
void seam_volatile(const void *p, size_t n, bool write, const void *pc)
{
	MODEL_LEAVES_NOTHING;
	struct model_access a = { .op = write ? SEAM_STORE : SEAM_LOAD,
				  .word = (void *)(uintptr_t)p,
				  .size = (unsigned int)n };
	struct model_stored words;

	if (is_looking() || agent_self() < 0)
		return;
	model_took_back((uintptr_t)__builtin_frame_address(0));
	model_settle();
	model_called_from(pc);
	a.next = take_next(p);
	a.to_table = model_is_in_frame(p) && model_is_entry(p);
	model_access_step(&a);
	expect_alive(p);
	model_note_access(&a, pc);
	if (!model_is_in_frame(p))
		note_atomic(p, n);
	words = words_of(p, n);
	model_order_volatile(p, write);
	if (write) {
		races_atomic(p, n, true, pc);
		agent_log(p, n);
		model_me()->stored = words;
		late_volatile_write(&a);
		if (a.place == LATE_NOWHERE)
			before_stored(p, a.place);
		return;
	}
	late_volatile_read(&a);
	before_acquires(&a);
	races_atomic(p, n, false, pc);
	for (size_t i = 0; i < words.words; i++) {
		bool in_frame = model_is_in_frame(&words.word[i]);

		if (in_frame)
			model_frame_read(&words.word[i]);
		if (agent_is_object(&words.word[i]) && !(in_frame && model_is_entry(&words.word[i])))
			touch_halves(&words.word[i], AGENT_READ, 0);
	}
	/* A frame's words have been told by model_frame_read(). */
	if (!model_is_in_frame(p))
		model_tell(counter_read, .counter = p,
			   .value = (long)(n < sizeof(uint64_t) ? seam_peek(p, (unsigned int)n) : words.word[0]));
}

/*
 * A race of a plain access with an atomic one is seen when the plain one comes first, so a reduction must not take the two for
 * independent. In a first turn it does come first, as that is run before all steps if it touches nothing. Told there, it would be a
 * step in a search that has learned of the word, and none in a replay that has not.
 */
static void touch_shared(const void *p, size_t n, bool write)
{
	const char *end = (const char *)p + n;

	/* Stacks are left out: an agent's own frames are nobody else's, but for requests that others answer, whose accesses are atomic. */
	expect_alive(p);
	if (agent_self() < 0 || !agent_is_object(p) || agent_is_on_stack(p))
		return;
	for (const char *word = (const char *)((uintptr_t)p & ~(uintptr_t)3); word < end; word += 4) {
		if (model_is_shared(word) && agent_has_begun())
			model_touch_at(word, write ? AGENT_JOIN : AGENT_READ, 0);
	}
}

/*
 * Entries that hardware walks are changed and read by hardware as well, whatever the kernel's source calls its accesses to
 * them: each is a step. A table that is being filled, and that no walk can find, is plain memory.
 */
void seam_plain(const void *p, size_t n, bool write, const void *pc)
{
	MODEL_LEAVES_NOTHING;
	bool in_frame;

	if (is_looking())
		return;
	model_took_back((uintptr_t)__builtin_frame_address(0));
	/* While the world is set up no hardware walks, and model_settle() looks at all tables anyway. */
	in_frame = agent_self() >= 0 && model_is_in_frame(p);
	if (write)
		agent_log(p, n);
	if (in_frame && model_is_in_live_table(p)) {
		/*
		 * A read of an absent entry needs no step: hardware writes accessed and dirty to
		 * present entries only, and another CPU's store to it is kept out by the page-table
		 * lock, or is a data race that is found.
		 */
		if (write || model_has_present(p, n))
			seam_volatile(p, n, write, pc);
		else
			model_absent_seen(p);
		/* An entry is one word, whatever part of it is accessed. */
		n += (uintptr_t)p & 7;
		p = (const void *)((uintptr_t)p & ~(uintptr_t)7);
		n = (n + 7) & ~(size_t)7;
	} else if (in_frame) {
		model_page_touched(p, write);
		if (write)
			late_plain_write(p, n);
		else
			model_note_plain(p, n);
	} else {
		touch_shared(p, n, write);
		if (write)
			late_plain_write(p, n);
	}
	races_plain(p, n, write, pc);
}
