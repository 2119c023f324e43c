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
 * The search has ended when all wait and no parcel is left.
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
	uint32_t number, todo, sleep, length;
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
	struct parcel parcel[MOST_PARCELS];
	struct found found[MOST_MEMBERS];
};

/* Only addresses until it is written to, so it may be larger than memory. */
static void *map_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		explore_out_of_memory();
	return memory;
}

/*
 * Process-shared: the lock and its news are in memory that all of them see. None of it is on the
 * heap, of which each process has its own.
 */
static struct crew *crew_new(unsigned int members)
{
	struct crew *c = map_shared(sizeof(*c));
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&c->lock, &mutex);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&c->news, &cond);
	pthread_cond_init(&c->ended, &cond);
	c->members = members;
	return c;
}

/* ---- parcels ---- */

/* All that is left at one point goes: to give a part away would need two sleep sets for one state. */
static void give(struct states *s)
{
	struct crew *c = s->crew;
	uint32_t sleep;
	struct point *p = explore_states_to_give(s, &sleep);
	struct parcel *parcel;

	if (!p || p->path > PARCEL_STEPS)
		return;
	pthread_mutex_lock(&c->lock);
	if (c->parcels < MOST_PARCELS) {
		parcel = &c->parcel[c->parcels++];
		parcel->number = p->number;
		parcel->todo = p->todo;
		parcel->sleep = sleep;
		parcel->length = p->path;
		/*
		 * As steps from the root and not as a copy of the state: a world is much larger
		 * than its path, and each process has the root.
		 */
		memcpy(parcel->steps, s->path, p->path * sizeof(s->path[0]));
		/* Given away under the lock, so each agent at each point is gone on with by one process. */
		p->todo = 0;
		pthread_cond_signal(&c->news);
	}
	pthread_mutex_unlock(&c->lock);
}

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
 * False: there will be none any more. The newest parcel first; any order will do, as with
 * everything in this search.
 */
static bool take(struct crew *c, struct parcel *taken)
{
	bool any;

	pthread_mutex_lock(&c->lock);
	/*
	 * This process waits, too: if it is the last and there is no parcel, nobody has any work
	 * and nobody can get any.
	 */
	c->waiting++;
	if (c->waiting == c->members && !c->parcels)
		c->over = true;
	if (c->over || c->stop)
		pthread_cond_broadcast(&c->news);
	while (!c->parcels && !c->over && !c->stop)
		pthread_cond_wait(&c->news, &c->lock);
	any = c->parcels && !c->stop;
	if (any) {
		struct parcel *p = &c->parcel[--c->parcels];

		memcpy(taken, p, offsetof(struct parcel, steps) + p->length * sizeof(p->steps[0]));
		c->waiting--;
	}
	pthread_mutex_unlock(&c->lock);
	return any;
}

/* Steps are run and not noted: who made them first has noted them, in the shared table of accesses. */
static void unpack(struct states *s, const struct parcel *p)
{
	struct agent_event event;

	agent_undo(s->root);
	s->length = 0;
	for (uint32_t i = 0; i < p->length; i++) {
		agent_run(p->steps[i].agent, p->steps[i].choice, &event);
		explore_states_add_step(s, &event);
	}
	explore_states_begin(s, p->number, p->todo, p->sleep);
}

/* ---- one of them ---- */

/* Before .done is set under the lock: who sees it there sees all the rest. */
static void report(struct states *s, void *result)
{
	struct crew *c = s->crew;
	struct found *f = &c->found[s->member];

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
	pthread_mutex_lock(&c->lock);
	f->done = true;
	c->done++;
	/* A member that halts has others to wake; take() looks at .stop. */
	pthread_cond_broadcast(&c->news);
	pthread_cond_signal(&c->ended);
	pthread_mutex_unlock(&c->lock);
}

/* One begins at the root, the others wait for what it gives away. */
static _Noreturn void work(struct states *s, void *result)
{
	struct parcel *parcel = explore_new(1, sizeof(*parcel));

	if (s->member == 0) {
		explore_states_begin_at_root(s);
		explore_states_go_on(s);
	}
	while (!agent_limit() && take(s->crew, parcel)) {
		unpack(s, parcel);
		explore_states_go_on(s);
	}
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

/*
 * Wakes up now and then to look after the others and to say how far they are. It does not search:
 * it has the terminal, and the others' results.
 */
static void wait_for_all(struct states *s, const pid_t *pids)
{
	struct crew *c = s->crew;
	struct timespec until;

	pthread_mutex_lock(&c->lock);
	while (c->done < c->members) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&c->ended, &c->lock, &until) != ETIMEDOUT)
			continue;
		pthread_mutex_unlock(&c->lock);
		look_after(c, pids);
		s->steps = s->stats->transitions = 0;
		for (unsigned int i = 0; i < c->members; i++) {
			s->steps += c->found[i].steps;
			s->stats->transitions += c->found[i].stats.transitions;
		}
		explore_states_progress(s);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	for (unsigned int i = 0; i < c->members; i++)
		waitpid(pids[i], NULL, 0);
}

/* Sums, and the larger one of what is a maximum; states are counted by the shared table alone. */
static void add_stats(struct explore_stats *to, const struct explore_stats *from)
{
	to->complete += from->complete;
	to->blocked += from->blocked;
	to->stopped += from->stopped;
	to->transitions += from->transitions;
	to->by_visitor |= from->by_visitor;
	if (from->deepest > to->deepest)
		to->deepest = from->deepest;
	if (from->limit.what)
		to->limit = from->limit;
}

static void collect(struct states *s, struct edge *const *edges, const char *result)
{
	const struct explore_options *o = s->options;

	s->steps = s->stats->transitions = 0;
	for (unsigned int i = 0; i < s->crew->members; i++) {
		const struct found *f = &s->crew->found[i];

		add_stats(s->stats, &f->stats);
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

static pid_t start(struct states *s, unsigned int member, void *result)
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
		work(s, result);
	}
	return child;
}

void explore_crew_search(struct states *s)
{
	unsigned int members = s->options->jobs < MOST_MEMBERS ? s->options->jobs : MOST_MEMBERS;
	size_t room = explore_edges_room(), results = members * s->options->result_bytes + 1;
	struct edge *edges[MOST_MEMBERS];
	pid_t pids[MOST_MEMBERS];
	char *result = map_shared(results);

	s->crew = crew_new(members);
	explore_objects_share(true);
	/* What is in buffers would be written once by each process. */
	fflush(NULL);
	for (unsigned int i = 0; i < members; i++) {
		edges[i] = map_shared(room * sizeof(struct edge));
		s->edges = (struct edges){ .list = edges[i], .room = room, .shared = true };
		pids[i] = start(s, i, result);
	}
	s->edges = (struct edges){ 0 };
	wait_for_all(s, pids);
	collect(s, edges, result);
	explore_objects_share(false);
	for (unsigned int i = 0; i < members; i++)
		munmap(edges[i], room * sizeof(struct edge));
	munmap(result, results);
	munmap(s->crew, sizeof(*s->crew));
	s->crew = NULL;
}
