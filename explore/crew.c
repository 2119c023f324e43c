/* SPDX-License-Identifier: MIT */
/*
 * crew.c - one search by several processes.
 *
 * They are forked when the world is set up, so a state means the same in each, and share the table of states. A state that one of
 * them has met is met for all. Who has nothing to do waits for a parcel: a state, as the steps that lead there from the root,
 * and agents to go on with there. Who has something looks after each step whether somebody waits, and gives away what it has
 * left to do at the point nearest to the root, which is probably the largest piece. In the order of that point the agents that are given away
 * come after the one that is being gone on with, so that one sleeps for them already.
 *
 * The search has ended when all wait and no parcel is left. Where it is to be kept, it is stopped now and then: each leaves what it has
 * still to do in a file of its own, as the next ones find their part of it, and all that is known is then in one process.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/core.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/states.h"

enum {
	MOST_PARCELS = 64,
	PARCEL_STEPS = 8192, /* what is further from the root is not given away */
	MOST_MEMBERS = 256,
};

struct parcel {
	struct work work;
	struct explore_choice steps[PARCEL_STEPS];
};

/* What one process has found, for the one that waits for all. */
struct found {
	struct explore_stats stats;
	uint64_t steps, logged;
	size_t edges;
	bool halt, again, done;
};

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t news;  /* to who has nothing to do: a parcel, or the end */
	pthread_cond_t ended; /* to who waits for all: one has reported */
	unsigned int members, done;
	_Atomic unsigned int waiting, parcels;
	_Atomic bool stop; /* somebody halts: all do */
	bool over;
	size_t backlog; /* how many of states.backlog are still to be done */
	struct parcel parcel[MOST_PARCELS];
	struct found found[MOST_MEMBERS];
};

/*
 * Process-shared: the lock and its news are in memory that all of them see. None of it is on the
 * heap, of which each process has its own.
 */
static struct crew *crew_new(unsigned int members)
{
	struct crew *c = explore_map_shared(sizeof(*c));
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	assert(members && members <= MOST_MEMBERS);
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&c->lock, &mutex);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&c->news, &cond);
	pthread_cond_init(&c->ended, &cond);
	c->members = members;
	return c;
}

/*
 * @how is what a call that took the lock returned. A member that was killed while it had it would keep it for ever, and a system
 * without memory kills who asks for some, as who fills a parcel does. Nothing is taken or given any more then; the one that waits
 * for all finds the dead one, and ends the others.
 */
static void got_lock(struct crew *c, int how)
{
	if (how != EOWNERDEAD)
		return;
	pthread_mutex_consistent(&c->lock);
	c->stop = true;
}

static void lock(struct crew *c)
{
	got_lock(c, pthread_mutex_lock(&c->lock));
}

/* ---- parcels ---- */

/*
 * All that is left at one point goes: to give a part away would need two sleep sets for one state. What has no place, or is
 * too far from the root, simply stays: nothing is lost by not giving, but somebody's time.
 */
static void give(struct states *s)
{
	struct crew *c = s->crew;
	uint32_t sleep;
	struct point *p = explore_work_to_give(s, &sleep);
	struct parcel *parcel;

	if (!p || p->path > PARCEL_STEPS)
		return;
	/* The steps to a point are the first of those to the last one. */
	assert(p->todo && p->path <= s->length);
	lock(c);
	if (c->parcels < MOST_PARCELS && !c->stop) {
		parcel = &c->parcel[c->parcels++];
		/*
		 * As steps from the root and not as a copy of the state: a world is much larger
		 * than its path, and each process has the root.
		 */
		parcel->work = (struct work){ .number = p->number, .todo = p->todo, .sleep = sleep, .length = p->path };
		memcpy(parcel->steps, s->path, p->path * sizeof(s->path[0]));
		/* Given away under the lock, so each agent at each point is gone on with by one process. */
		p->todo = 0;
		pthread_cond_signal(&c->news);
	}
	pthread_mutex_unlock(&c->lock);
}

/*
 * After each transition, so it must cost next to nothing: a few loads of what rarely changes, and stores to what nobody else
 * writes.
 */
void explore_crew_look(struct states *s)
{
	struct crew *c = s->crew;

	/* Read by the waiting process for its progress, without a lock: it may be a moment old. */
	c->found[s->member].steps = s->steps;
	c->found[s->member].stats.transitions = s->stats->transitions;
	if (s->halt || s->again)
		c->stop = true;
	if (atomic_load_explicit(&c->stop, memory_order_relaxed))
		s->stop = true;
	/*
	 * Relaxed, because it is looked at after each step and decides nothing: give() looks again
	 * under the lock.
	 */
	else if (atomic_load_explicit(&c->waiting, memory_order_relaxed) >
		 atomic_load_explicit(&c->parcels, memory_order_relaxed))
		give(s);
}

/*
 * What was left over when the search was stopped comes first, then the newest parcel; any order will
 * do, as with everything in this search.
 */
static void take_one(const struct states *s, struct parcel *taken)
{
	struct crew *c = s->crew;

	assert(c->backlog <= s->backlog.nr && c->parcels <= MOST_PARCELS);
	if (c->backlog) {
		taken->work = s->backlog.list[--c->backlog];
	} else {
		const struct parcel *p = &c->parcel[--c->parcels];

		assert(p->work.length <= PARCEL_STEPS);
		taken->work = p->work;
		memcpy(taken->steps, p->steps, p->work.length * sizeof(p->steps[0]));
	}
}

/* False: there will be none any more. *@steps are those of the work. */
static bool take(const struct states *s, struct parcel *taken, const struct explore_choice **steps)
{
	struct crew *c = s->crew;
	bool any;

	lock(c);
	/*
	 * This process waits, too: if it is the last and there is no parcel, nobody has any work
	 * and nobody can get any.
	 */
	assert(c->waiting < c->members);
	c->waiting++;
	if (c->waiting == c->members && !c->parcels && !c->backlog)
		c->over = true;
	if (c->over || c->stop)
		pthread_cond_broadcast(&c->news);
	while (!c->parcels && !c->backlog && !c->over && !c->stop)
		got_lock(c, pthread_cond_wait(&c->news, &c->lock));
	any = (c->parcels || c->backlog) && !c->stop;
	if (any) {
		*steps = c->backlog ? s->backlog.steps + s->backlog.list[c->backlog - 1].first : taken->steps;
		take_one(s, taken);
		c->waiting--;
	}
	pthread_mutex_unlock(&c->lock);
	return any;
}

/* ---- what is left over ---- */

/* A file in memory. What cannot be written there has no room, and there is nothing that could be done without. */
static void write_all(int file, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t written = write(file, at, size);

		if (written <= 0)
			explore_out_of_memory();
		at += written;
		size -= (size_t)written;
	}
}

static void read_all(int file, void *bytes, size_t size)
{
	char *at = bytes;

	while (size) {
		ssize_t got = read(file, at, size);

		assert(got > 0);
		at += got;
		size -= (size_t)got;
	}
}

/*
 * All that this process would do next. Behind it the process ends, so the stack itself is not changed. In memory that is a
 * file: how much it will be is not known before, and shared memory for the most there may be would be too much.
 */
static void leave_over(const struct states *s, int file)
{
	struct backlog b = { 0 };

	explore_backlog_add_points(s, &b);
	write_all(file, &b, sizeof(b));
	write_all(file, b.list, b.nr * sizeof(b.list[0]));
	write_all(file, b.steps, b.nr_steps * sizeof(b.steps[0]));
	explore_backlog_free(&b);
}

/* The pointers that are read are the other process's; only the numbers in the head mean anything here. */
static void take_over(struct states *s, int file)
{
	struct backlog b;

	if (lseek(file, 0, SEEK_SET))
		explore_out_of_memory();
	read_all(file, &b, sizeof(b));
	b.list = explore_new(b.nr, sizeof(b.list[0]));
	b.steps = explore_new(b.nr_steps, sizeof(b.steps[0]));
	read_all(file, b.list, b.nr * sizeof(b.list[0]));
	read_all(file, b.steps, b.nr_steps * sizeof(b.steps[0]));
	for (size_t i = 0; i < b.nr; i++)
		explore_backlog_add(&s->backlog, &b.list[i], b.steps + b.list[i].first);
	explore_backlog_free(&b);
}

/* ---- one of them ---- */

/* Before .done is set under the lock: who sees it there sees all the rest. */
static void report(struct states *s, void *result)
{
	struct crew *c = s->crew;
	struct found *f = &c->found[s->member];

	assert(s->member < c->members && !f->done);
	f->stats = *s->stats;
	f->steps = s->steps;
	f->logged = agent_logged_bytes();
	f->edges = s->edges.length;
	f->halt = s->halt;
	f->again = s->again;
	if (agent_limit()) {
		f->stats.limit = *agent_limit();
		c->stop = true;
	}
	if (s->options->result_bytes)
		memcpy((char *)result + s->member * s->options->result_bytes, s->options->result,
		       s->options->result_bytes);
	lock(c);
	f->done = true;
	c->done++;
	/* A member that halts has others to wake; take() looks at .stop. */
	pthread_cond_broadcast(&c->news);
	pthread_cond_signal(&c->ended);
	pthread_mutex_unlock(&c->lock);
}

/* One begins at the root, unless that was done; the others wait for what it gives away. */
static _Noreturn void work(struct states *s, void *result, int left)
{
	struct parcel *parcel = explore_new(1, sizeof(*parcel));
	const struct explore_choice *steps;

	*s->stats = (struct explore_stats){ 0 };
	s->steps = 0;
	if (s->member == 0 && !s->begun) {
		explore_states_begin_at_root(s);
		explore_states_go_on(s);
	}
	while (!agent_limit() && take(s, parcel, &steps)) {
		explore_work_take_up(s, &parcel->work, steps);
		explore_states_go_on(s);
	}
	if (s->options->keep)
		leave_over(s, left);
	report(s, result);
	/* No exit handlers: they are the parent's. */
	_exit(0);
}

/* ---- all of them ---- */

/* One that died found nothing that could be relied on, and neither have the others without it. */
static void look_after(struct crew *c, const pid_t *pids)
{
	int status;
	pid_t dead = waitpid(-1, &status, WNOHANG);

	for (unsigned int i = 0; dead > 0 && i < c->members; i++) {
		/* One that has reported may end. */
		if (pids[i] != dead || c->found[i].done)
			continue;
		for (unsigned int j = 0; j < c->members; j++)
			kill(pids[j], SIGKILL);
		if (WIFEXITED(status))
			exit(WEXITSTATUS(status));
		fprintf(stderr, "shootdown: a process of the search was killed\n");
		abort();
	}
}

/* Says how far they are, and whether it is time to stop. @before: what was known before they began. */
static void look_on(struct states *s, const struct states *before, const struct explore_stats *stats)
{
	struct crew *c = s->crew;

	s->steps = before->steps;
	s->stats->transitions = stats->transitions;
	for (unsigned int i = 0; i < c->members; i++) {
		s->steps += c->found[i].steps;
		s->stats->transitions += c->found[i].stats.transitions;
	}
	explore_states_progress(s);
	if (s->options->stop && *s->options->stop)
		s->halt = true;
	if (s->halt || explore_keep_is_due(s))
		c->stop = true;
}

/*
 * Wakes up now and then to look after the others and to say how far they are. It does not search:
 * it has the terminal, and the others' results.
 */
static void wait_for_all(struct states *s, const pid_t *pids)
{
	const struct explore_stats stats = *s->stats;
	const struct states before = *s;
	struct crew *c = s->crew;
	struct timespec until;
	int how;

	lock(c);
	while (c->done < c->members) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		how = pthread_cond_timedwait(&c->ended, &c->lock, &until);
		got_lock(c, how);
		if (!how)
			continue;
		pthread_mutex_unlock(&c->lock);
		look_after(c, pids);
		look_on(s, &before, &stats);
		lock(c);
		if (c->stop)
			pthread_cond_broadcast(&c->news);
	}
	pthread_mutex_unlock(&c->lock);
	*s->stats = stats;
	s->steps = before.steps;
	for (unsigned int i = 0; i < c->members; i++)
		waitpid(pids[i], NULL, 0);
}

/*
 * Edges are added to what earlier rounds of this search have found; results are joined by who knows what they are. A result
 * may have in it what the parent's had when the member was forked, so a join must do no harm if it is made twice.
 */
static void collect(struct states *s, struct edge *const *edges, const char *result)
{
	const struct explore_options *o = s->options;

	s->stats->helpers = 0;
	for (unsigned int i = 0; i < s->crew->members; i++) {
		const struct found *f = &s->crew->found[i];

		assert(f->done);
		s->stats->helpers += i && f->stats.transitions;
		explore_stats_add(s->stats, &f->stats);
		s->steps += f->steps;
		s->stats->logged += f->logged;
		s->halt |= f->halt;
		s->again |= f->again;
		for (size_t j = 0; j < f->edges; j++)
			explore_edges_add(&s->edges, edges[i][j].from, edges[i][j].to, 0);
	}
	/* What was found before a new beginning is thrown away, as for a single process. */
	for (unsigned int i = 0; o->join && i < s->crew->members && (s->halt || !s->again); i++)
		o->join(o->context, result + i * o->result_bytes);
}

/* What nobody began is left over, too. */
static void collect_work(struct states *s, const int *left)
{
	const struct crew *c = s->crew;

	/* From here on the parcels are this process's alone. */
	assert(c->done == c->members && c->backlog <= s->backlog.nr);
	s->backlog.nr = c->backlog;
	for (unsigned int i = 0; i < c->parcels; i++)
		explore_backlog_add(&s->backlog, &c->parcel[i].work, c->parcel[i].steps);
	for (unsigned int i = 0; i < c->members; i++)
		take_over(s, left[i]);
	s->begun = true;
}

static pid_t start(struct states *s, unsigned int member, void *result, int left)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		explore_out_of_memory();
	if (child == 0) {
		/* It must not outlive the parent, who may have died before the line above took effect. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(2);
		s->member = member;
		work(s, result, left);
	}
	return child;
}

/* Until it has ended, or is stopped. */
static void search_once(struct states *s)
{
	unsigned int members = s->options->jobs < MOST_MEMBERS ? s->options->jobs : MOST_MEMBERS;
	size_t room = explore_shared_room(VISITED_SHARES + members) / sizeof(struct edge),
	       results = members * s->options->result_bytes + 1;
	struct edges all = s->edges;
	struct edge *edges[MOST_MEMBERS];
	int left[MOST_MEMBERS];
	pid_t pids[MOST_MEMBERS];
	char *result = explore_map_shared(results);

	/* Every member has the world as it is at the root, and begins with nothing. */
	assert(!s->crew && !s->spread && !s->nr_points);
	s->crew = crew_new(members);
	s->crew->backlog = s->backlog.nr;
	explore_objects_share(true);
	/* What is in buffers would be written once by each process. */
	fflush(NULL);
	for (unsigned int i = 0; i < members; i++) {
		edges[i] = explore_map_shared(room * sizeof(struct edge));
		left[i] = s->options->keep ? memfd_create("left", MFD_CLOEXEC) : -1;
		if (s->options->keep && left[i] < 0)
			explore_out_of_memory();
		s->edges = (struct edges){ .list = edges[i], .room = room, .shared = true };
		pids[i] = start(s, i, result, left[i]);
	}
	s->edges = all;
	wait_for_all(s, pids);
	collect(s, edges, result);
	if (s->options->keep)
		collect_work(s, left);
	explore_objects_share(false);
	for (unsigned int i = 0; i < members; i++) {
		munmap(edges[i], room * sizeof(struct edge));
		if (left[i] >= 0)
			close(left[i]);
	}
	munmap(result, results);
	munmap(s->crew, sizeof(*s->crew));
	s->crew = NULL;
}

/*
 * Members are stopped, and all are forked again, whenever it is time to keep the search: only then is all that is known, and
 * all that is still to be done, in one process that can write it down.
 */
void explore_crew_search(struct states *s)
{
	search_once(s);
	while (s->options->keep && s->backlog.nr && !s->halt && !s->stats->limit.what) {
		explore_keep(s);
		search_once(s);
	}
}
