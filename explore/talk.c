/* SPDX-License-Identifier: MIT */
/*
 * talk.c - what the processes of a spread search say to each other.
 *
 * Questions and answers are collected and sent together; all other messages go at once. Nobody waits for a message but for
 * names of objects, and whoever waits goes on taking what comes, so nobody waits for ever.
 *
 * That all have ended is found by counting (Mattern, "Algorithms for distributed termination detection", 1987, section 6): who has nothing to do says
 * how many messages it has sent and received. If two sums over all are the same, and as many were received as sent, none was on the way between them
 * and nobody has had anything to do.
 */
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/spread.h"

enum {
	QUESTIONS,
	ANSWERS,
	NAMES_WANTED,
	NAMES,
	NO_NAMES,
	HUNGRY,
	WORK,
	STOP,
	NUMBER_WANTED,
	NUMBER,
	NO_MORE,
};

enum {
	MOST_QUESTIONS = 128, /* in one message */
	MOST_ANSWERS = MOST_QUESTIONS,
	MOST_NAMES = 4096,
};

struct message {
	uint64_t kind; /* as wide as what follows has to be aligned */
	unsigned char bytes[PEERS_MESSAGE - sizeof(uint64_t)];
};

/* ---- saying ---- */

/*
 * The only place where a message begins, and hear_one() the only one where it ends: what they count decides when the
 * search is over, so a message that went another way would be lost or waited for.
 */
void spread_tell(struct spread *d, unsigned int to, uint32_t kind, const void *bytes, size_t size)
{
	struct message m;

	assert(to < d->peers->ranks && to != d->peers->rank && size <= sizeof(m.bytes));
	m.kind = kind;
	if (size)
		memcpy(m.bytes, bytes, size);
	d->peers->send(d->peers->context, to, &m, offsetof(struct message, bytes) + size);
	d->sent++;
	d->bytes += offsetof(struct message, bytes) + size;
}

/* By the hundred: a message has a price of its own, whatever is in it, and a question has 24 bytes. */
static void flush_questions(struct spread *d, unsigned int to)
{
	struct spread_out *out = &d->out[to];

	if (out->nr_questions)
		spread_tell(d, to, QUESTIONS, out->questions, out->nr_questions * sizeof(out->questions[0]));
	out->nr_questions = 0;
}

static void flush_answers(struct spread *d, unsigned int to)
{
	struct spread_out *out = &d->out[to];

	if (out->nr_answers)
		spread_tell(d, to, ANSWERS, out->answers, out->nr_answers * sizeof(out->answers[0]));
	out->nr_answers = 0;
}

/* Before anybody waits: the answers that this process owes are what another one waits for. */
void spread_flush(struct spread *d)
{
	for (unsigned int to = 0; to < d->peers->ranks; to++) {
		flush_questions(d, to);
		flush_answers(d, to);
	}
}

void spread_ask(struct spread *d, unsigned int owner, const struct spread_question *question)
{
	struct spread_out *out = &d->out[owner];

	assert(owner != d->peers->rank && out->nr_questions < MOST_QUESTIONS);
	out->questions[out->nr_questions++] = *question;
	if (out->nr_questions == MOST_QUESTIONS)
		flush_questions(d, owner);
}

/*
 * By anybody, and perhaps by several at once: to hear it twice does no harm. Questions are answered until the end, since
 * who has asked one counts on an answer before it says that it has nothing to do.
 */
void spread_stop_all(struct spread *d)
{
	for (unsigned int to = 0; to < d->peers->ranks; to++)
		if (to != d->peers->rank)
			spread_tell(d, to, STOP, NULL, 0);
	d->stopped = true;
}

/*
 * To all, as nobody knows who has any. .told goes when that one gives some; until then it knows, and is not told again
 * however often this is called.
 */
void spread_want_work(struct spread *d)
{
	for (unsigned int to = 0; to < d->peers->ranks; to++) {
		if (to == d->peers->rank || d->out[to].told)
			continue;
		spread_tell(d, to, HUNGRY, NULL, 0);
		d->out[to].told = true;
	}
}

/* The lowest rank that is: it is not any more once it was given something, and so the turn of the others comes. */
bool spread_somebody_is_hungry(const struct spread *d, unsigned int *who)
{
	for (*who = 0; *who < d->peers->ranks; ++*who)
		if (d->out[*who].hungry)
			return true;
	return false;
}

void spread_give(struct spread *d, unsigned int to, const struct work *work, const struct explore_choice *steps)
{
	unsigned char bytes[sizeof(*work) + SPREAD_STEPS * sizeof(*steps)];

	assert(work->length <= SPREAD_STEPS);
	memcpy(bytes, work, sizeof(*work));
	memcpy(bytes + sizeof(*work), steps, work->length * sizeof(*steps));
	spread_tell(d, to, WORK, bytes, sizeof(*work) + work->length * sizeof(*steps));
	d->out[to].hungry = false;
}

/* ---- hearing ---- */

/*
 * One question after the other, each met and stored at once. So of all who ask for a state one hears that it is the
 * first (SPREAD_FIRST) and goes on from there, as with a table that is shared.
 */
static void answer_all(struct spread *d, unsigned int to, const struct spread_question *q, size_t nr)
{
	struct spread_out *out = &d->out[to];

	for (size_t i = 0; i < nr; i++) {
		struct meeting m = explore_visited_meet(d->states->visited, q[i].print, q[i].sleep);
		struct spread_answer *a = &out->answers[out->nr_answers++];

		assert(out->nr_answers <= MOST_ANSWERS);
		*a = (struct spread_answer){ q[i].ticket, m.number, m.first ? SPREAD_FIRST : m.again, m.sleep };
		if (out->nr_answers == MOST_ANSWERS)
			flush_answers(d, to);
	}
}

/* Nothing is begun any more once all are to stop, but the message had to be taken: it was counted. */
static void take_work(struct spread *d, unsigned int from, const unsigned char *bytes, size_t size)
{
	struct work work;

	memcpy(&work, bytes, sizeof(work));
	assert(size == sizeof(work) + work.length * sizeof(struct explore_choice));
	d->out[from].told = false;
	if (!d->stopped)
		explore_backlog_add(&d->states->backlog, &work, (const struct explore_choice *)(bytes + sizeof(work)));
}

/*
 * By rank 0: names what another one has met, and says all names that it does not know. Those that others have asked for as
 * well: names are numbers without gaps, so who is to know one has to know all below it. What one message has no room for is
 * said when that process asks again, which it does as long as it meets what has no name.
 */
static void say_names(struct spread *d, unsigned int to, const uint64_t *words, size_t nr)
{
	uint64_t keys[MOST_NAMES];
	unsigned int known = (unsigned int)words[0], said;

	assert(d->peers->rank == 0 && nr);
	if (explore_objects() + nr - 1 > MAX_OBJECTS) {
		spread_tell(d, to, NO_NAMES, NULL, 0);
		return;
	}
	for (size_t i = 1; i < nr; i++)
		agent_object((const void *)(uintptr_t)words[i]);
	assert(known <= explore_objects());
	said = explore_objects() - known < MOST_NAMES ? explore_objects() - known : MOST_NAMES;
	for (unsigned int i = 0; i < said; i++)
		keys[i] = explore_objects_key(known + 1 + i);
	spread_tell(d, to, NAMES, keys, said * sizeof(keys[0]));
}

/*
 * What this process has named by itself is forgotten: it is named again when it is met again. Nothing has a value under
 * such a name, since the step that gave it was undone, or is about to be (explore_spread_run()).
 */
static void take_names(struct spread *d, const uint64_t *said, size_t nr)
{
	uint64_t *keys = explore_new(d->names + nr, sizeof(keys[0]));

	assert(d->names <= explore_objects() && d->names + nr <= MAX_OBJECTS);
	for (unsigned int i = 0; i < d->names; i++)
		keys[i] = explore_objects_key(1 + i);
	memcpy(keys + d->names, said, nr * sizeof(keys[0]));
	d->names += (unsigned int)nr;
	explore_objects_name(keys, d->names);
	free(keys);
	d->named = true;
}

static void take_answers(struct spread *d, const struct spread_answer *answers, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		spread_answered(d, &answers[i]);
}

static void say_number(struct spread *d, unsigned int to, const unsigned char *bytes)
{
	struct agent_fingerprint print;
	uint32_t number;

	memcpy(&print, bytes, sizeof(print));
	number = explore_visited_number(d->states->visited, print);
	spread_tell(d, to, NUMBER, &number, sizeof(number));
}

static void take_number(struct spread *d, const unsigned char *bytes)
{
	memcpy(&d->number, bytes, sizeof(d->number));
	d->found_number = true;
}

static void hear(struct spread *d, unsigned int from, const struct message *m, size_t size)
{
	const void *bytes = m->bytes;

	switch (m->kind) {
	case QUESTIONS:
		answer_all(d, from, bytes, size / sizeof(struct spread_question));
		break;
	case ANSWERS:
		take_answers(d, bytes, size / sizeof(struct spread_answer));
		break;
	case NAMES_WANTED:
		say_names(d, from, bytes, size / sizeof(uint64_t));
		break;
	case NAMES:
		take_names(d, bytes, size / sizeof(uint64_t));
		break;
	case NO_NAMES:
		d->named = d->full = true;
		break;
	case HUNGRY:
		d->out[from].hungry = true;
		break;
	case WORK:
		take_work(d, from, bytes, size);
		break;
	case STOP:
		d->stopped = d->states->stop = true;
		break;
	case NUMBER_WANTED:
		say_number(d, from, bytes);
		break;
	case NUMBER:
		take_number(d, bytes);
		break;
	default:
		assert(m->kind == NO_MORE);
		d->over = true;
	}
}

/* One message, since what follows may be for the next search. */
static bool hear_one(struct spread *d)
{
	struct message m;
	unsigned int from;
	size_t size = d->peers->receive(d->peers->context, &from, &m);

	if (!size)
		return false;
	assert(from < d->peers->ranks && from != d->peers->rank && size >= offsetof(struct message, bytes));
	d->received++;
	hear(d, from, &m, size - offsetof(struct message, bytes));
	return true;
}

bool spread_listen(struct spread *d)
{
	bool any = false;

	while (hear_one(d))
		any = true;
	return any;
}

/* ---- names ---- */

/*
 * Names of objects may be part of a state, so a name means the same in all processes: rank 0 gives them out. Whoever has given one out itself
 * asks, and does then again what it did.
 */
bool spread_agree_on_names(struct spread *d)
{
	uint64_t words[1 + MOST_NAMES];
	unsigned int nr = 0;

	assert(d->peers->rank && explore_objects() >= d->names);
	if (explore_objects() == d->names)
		return true;
	words[0] = d->names;
	for (unsigned int name = d->names + 1; name <= explore_objects() && nr < MOST_NAMES; name++)
		words[++nr] = explore_objects_key(name);
	d->named = false;
	spread_tell(d, 0, NAMES_WANTED, words, (1 + nr) * sizeof(words[0]));
	while (!d->named)
		if (!spread_listen(d))
			sched_yield();
	return !d->full;
}

/* ---- the end ---- */

/*
 * Called again and again by who has nothing to do. One round is not enough: numbers are given one after the other, and a
 * message that was sent behind one process's number and received in front of another's makes one round agree by chance.
 * That of such a round and of the next one are different. Sums are told apart by their order alone: whoever has
 * got something to do meanwhile takes the one that was begun when it is idle again.
 */
bool spread_all_idle(struct spread *d)
{
	const uint64_t own[PEERS_SUMS] = { d->sent, d->received };
	uint64_t sums[PEERS_SUMS];
	bool over;

	/* Who waits for an answer will have something to do. */
	assert(!d->outstanding);
	if (!d->summing) {
		d->peers->sum_begin(d->peers->context, own);
		d->summing = true;
		return false;
	}
	if (!d->peers->sum_done(d->peers->context, sums))
		return false;
	d->summing = false;
	over = sums[0] == sums[1] && sums[0] == d->last[0] && sums[1] == d->last[1];
	memcpy(d->last, sums, sizeof(sums));
	return over;
}

uint32_t spread_number_of(struct spread *d, struct agent_fingerprint print)
{
	unsigned int owner = spread_owner(d, print);

	assert(d->peers->rank == 0);
	if (owner == d->peers->rank)
		return explore_visited_number(d->states->visited, print);
	d->found_number = false;
	spread_tell(d, owner, NUMBER_WANTED, &print, sizeof(print));
	while (!d->found_number)
		if (!hear_one(d))
			sched_yield();
	return d->number;
}

void spread_serve(struct spread *d)
{
	assert(d->peers->rank);
	while (!d->over)
		if (!hear_one(d))
			sched_yield();
}

void spread_serve_no_more(struct spread *d)
{
	for (unsigned int to = 1; to < d->peers->ranks; to++)
		spread_tell(d, to, NO_MORE, NULL, 0);
}

/* ---- the beginning ---- */

/* Nobody goes on before all are here: until then messages of the search before may come. */
static void wait_for_all(struct spread *d)
{
	uint64_t sums[PEERS_SUMS] = { 0 };

	d->peers->sum_begin(d->peers->context, sums);
	while (!d->peers->sum_done(d->peers->context, sums))
		sched_yield();
}

/*
 * The same world in each? Its fingerprint has in it where everything lies. With another one no fingerprint would mean the
 * same to its owner and to who asks, and each state would be met as often as there are worlds.
 */
static void compare_worlds(struct spread *d)
{
	struct agent_fingerprint own = d->states->root_print, first = own;

	d->peers->share(d->peers->context, &first, sizeof(first));
	if (own.lo == first.lo && own.hi == first.hi)
		return;
	fprintf(stderr, "shootdown: rank %u: the world begins in another state here than at rank 0\n", d->peers->rank);
	exit(2);
}

/* All that rank 0 knows by now: also what it has learned in a search before, and not every rank with it. */
static void share_names(struct spread *d)
{
	uint64_t nr = explore_objects(), *keys;

	d->peers->share(d->peers->context, &nr, sizeof(nr));
	keys = explore_new(nr, sizeof(keys[0]));
	for (unsigned int i = 0; d->peers->rank == 0 && i < nr; i++)
		keys[i] = explore_objects_key(1 + i);
	d->peers->share(d->peers->context, keys, nr * sizeof(keys[0]));
	d->names = (unsigned int)nr;
	explore_objects_name(keys, d->names);
	free(keys);
}

void spread_open(struct spread *d, struct states *s)
{
	d->peers = s->options->peers;
	d->states = s;
	d->last[0] = UINT64_MAX;
	d->out = explore_new(d->peers->ranks, sizeof(d->out[0]));
	for (unsigned int to = 0; to < d->peers->ranks; to++) {
		d->out[to].questions = explore_new(MOST_QUESTIONS, sizeof(struct spread_question));
		d->out[to].answers = explore_new(MOST_ANSWERS, sizeof(struct spread_answer));
	}
	compare_worlds(d);
	share_names(d);
	wait_for_all(d);
}

void spread_close(struct spread *d)
{
	for (unsigned int to = 0; to < d->peers->ranks; to++) {
		free(d->out[to].questions);
		free(d->out[to].answers);
	}
	free(d->out);
	free(d->asked);
	free(d->way);
	free(d->marks);
	free(d->first_number);
	free(d);
}
