/* SPDX-License-Identifier: MIT */
/*
 * pool.c - many explorations, a few processes.
 *
 * The workers and the process that runs the pool share the outcomes, a counter of the next job to take, and for each
 * worker the job that it is at. A worker writes the number of a job into a pipe when its outcome is there; a worker that
 * dies leaves the number of the job that it was at. So every job is heard of once, by one of these ways.
 *
 * How workers die, and what each death leaves:
 *
 *  1. It finds no job left, and exits with 0. It has told of everything before, so there is nothing to settle.
 *  2. It crashes in a job, by a signal or an assertion. Its post names the job, which is settled as crashed, and another
 *     worker takes its place; that one takes the next job, so a scenario that crashes the checker costs one worker once.
 *  3. It dies after it wrote to the pipe and before it cleared its post. The pipe is emptied before the post is read, so
 *     the job has ended by then, and its outcome counts.
 *  4. It dies after it took a job and before its post says so. No trace is left; settle_rest() finds the job at the end.
 *  5. The pool stops: SIGKILL. What was written down before that counts, the rest has not ended.
 *  6. The parent dies: the kernel kills the workers, which asked for it first of all.
 */
#include "check/pool.h"

#include "check/cli.h"
#include "check/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TICK_MS = 200
};

struct pool_shared {
	atomic_uint next;   /* job to take */
	volatile bool stop; /* a search that is to be kept is asked to end, and not killed */
	struct pool_post {
		atomic_uint job;		/* that the worker is at, plus 1; 0: none */
		struct explore_progress so_far; /* of it, as the explorer says about once a second */
	} post[];
};

/*
 * For what the system refuses before any work is done: there is nothing to report yet. The status is that of
 * every trouble which is no verdict.
 */
static _Noreturn void die(const char *what)
{
	fprintf(stderr, "shootdown: %s: %s\n", what, strerror(errno));
	exit(EXIT_TROUBLE);
}

/* Memory that a worker writes and the parent reads, also after the worker's death. */
static void *share(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		explore_out_of_memory();
	return p;
}

static size_t shared_size(const struct pool *pool)
{
	return sizeof(*pool->shared) + pool->nr_workers * sizeof(pool->shared->post[0]);
}

/* mmap() refuses a length of 0. */
static size_t outcomes_size(const struct pool *pool)
{
	return (pool->nr ? pool->nr : 1) * sizeof(*pool->outcomes);
}

/* ---- jobs with the same answer ---- */

/* The same rows under two names have the same answer. */
static bool same_row(const struct tlb_arch *a, const struct tlb_arch *b)
{
	struct tlb_arch left = *a, right = *b;

	assert(a && b);
	left.name = right.name = NULL;
	return !memcmp(&left, &right, sizeof(left));
}

/* Expectations may be for some architectures only, so equal rows need not have equal questions. */
static bool asks(const struct job *job, const struct litmus_expect *expect)
{
	return expect->archs >> job->arch_number & 1;
}

/* Whatever run_job() looks at must be compared here. */
static bool same_question(const struct job *a, const struct job *b)
{
	assert(a->litmus == b->litmus);
	if (a->kind != b->kind || a->expect != b->expect || memcmp(&a->without, &b->without, sizeof(a->without)) ||
	    a->properties != b->properties || !same_row(a->arch, b->arch))
		return false;
	for (unsigned int i = 0; i < a->litmus->nr_expects; i++) {
		if (asks(a, &a->litmus->expects[i]) != asks(b, &a->litmus->expects[i]))
			return false;
	}
	return true;
}

int pool_same_as(const struct job *jobs, unsigned int nr)
{
	int same = -1;

	assert(jobs);
	for (unsigned int i = nr; i-- > 0 && jobs[i].litmus == jobs[nr].litmus;) {
		if (same_question(&jobs[i], &jobs[nr]))
			same = (int)i;
	}
	return same;
}

/* ---- workers ---- */

/*
 * A job whose answer is another job's is left to settle(), which copies it. The counter is all that workers
 * share to divide the work: no job is handed out by the parent, so it cannot be late.
 */
static void work(struct pool *pool, struct pool_post *post)
{
	struct run_options options = *pool->options;
	unsigned int nr;

	assert(post);
	options.explore.jobs = pool->jobs_each;
	options.so_far = &post->so_far;
	options.explore.stop = &pool->shared->stop;
	while ((nr = atomic_fetch_add(&pool->shared->next, 1)) < pool->nr) {
		if (pool->job[nr].same >= 0)
			continue;
		post->so_far = (struct explore_progress){ 0 };
		atomic_store(&post->job, nr + 1);
		run_job(&pool->jobs[nr], &options, &pool->outcomes[nr]);
		/*
		 * So few bytes are written at once or not at all, so workers may share one pipe. The outcome is
		 * there before its number is, and the post is cleared after both: see 3 above.
		 */
		if (write(pool->ended[1], &nr, sizeof(nr)) != sizeof(nr))
			_exit(EXIT_TROUBLE);
		atomic_store(&post->job, 0);
	}
}

/* Workers are stopped by the parent only: they ignore a signal that is sent to the whole process group. */
static _Noreturn void be_worker(struct pool *pool, unsigned int slot, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before this process asked to be told. */
	if (getppid() != parent)
		_exit(EXIT_TROUBLE);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &pool->mask, NULL);
	close(pool->ended[0]);
	close(pool->signals);
	work(pool, &pool->shared->post[slot]);
	_exit(0);
}

/* False: there is no process to be had. */
static bool start_worker(struct pool *pool, unsigned int slot)
{
	pid_t parent = getpid(), pid;

	assert(slot < pool->nr_workers && !pool->workers[slot].pid);
	/* What is in the buffers would be written by both processes. */
	fflush(NULL);
	/* The post of a worker that crashed still names its job; the new worker is at none. */
	atomic_store(&pool->shared->post[slot].job, 0);
	pid = fork();
	if (pid == 0)
		be_worker(pool, slot, parent);
	pool->workers[slot].pid = pid > 0 ? pid : 0;
	return pid > 0;
}

/*
 * If not all workers can be started, fewer of them do the same work. That there is not even one is known only
 * here, and ends the program.
 */
static void start_workers(struct pool *pool)
{
	for (unsigned int slot = 0; slot < pool->nr_workers; slot++) {
		if (start_worker(pool, slot))
			continue;
		if (slot == 0)
			die("fork");
		return;
	}
}

/* They have nothing to put in order, and could be deep in an exploration: SIGKILL, and wait. */
static void kill_workers(struct pool *pool)
{
	assert(pool->workers || !pool->nr_workers);
	for (unsigned int slot = 0; slot < pool->nr_workers; slot++) {
		pid_t pid = pool->workers[slot].pid;

		if (!pid)
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pool->workers[slot].pid = 0;
	}
}

/* Of a worker that was killed while it wrote. What it kept before is still there. */
static void remove_part(const char *keep)
{
	char *part = explore_keep_part(keep);

	unlink(part);
	free(part);
}

static bool any_worker(const struct pool *pool)
{
	for (unsigned int slot = 0; slot < pool->nr_workers; slot++) {
		if (pool->workers[slot].pid)
			return true;
	}
	return false;
}

/* ---- what has ended ---- */

/*
 * Job @nr and those with the same answer. False: the listener wants no more. A job with the same answer has none of
 * the work, so it has none of the time: sums over all jobs stay true.
 */
static bool settle(struct pool *pool, const struct pool_listener *listener, unsigned int nr, enum pool_end end,
		   int status)
{
	bool go_on = true;

	assert(nr < pool->nr);
	assert(pool->job[nr].end == POOL_NOT_ENDED);
	for (unsigned int i = nr; i < pool->nr && pool->jobs[i].litmus == pool->jobs[nr].litmus; i++) {
		struct pool_job *job = &pool->job[i];

		if (i != nr && job->same != (int)nr)
			continue;
		if (i != nr) {
			pool->outcomes[i] = pool->outcomes[nr];
			pool->outcomes[i].stats.seconds = 0;
		}
		job->end = end;
		job->status = status;
		pool->finished++;
		go_on &= listener->ended(listener->context, i);
	}
	return go_on;
}

/*
 * Those that the workers tell of. The end to read from does not block, so this returns when the pipe is empty.
 * A number in the pipe is the proof that the outcome is complete: it was written after it.
 */
static bool take_ended(struct pool *pool, const struct pool_listener *listener)
{
	bool go_on = true;
	unsigned int nr;

	assert(listener->ended);
	while (read(pool->ended[0], &nr, sizeof(nr)) == sizeof(nr))
		go_on &= settle(pool, listener, nr, POOL_ENDED, 0);
	return go_on;
}

/* A worker that died in a job has reported all the jobs before it. */
static bool take_dead(struct pool *pool, const struct pool_listener *listener, unsigned int slot, int status)
{
	unsigned int job = atomic_load(&pool->shared->post[slot].job);
	bool go_on = take_ended(pool, listener);

	assert(slot < pool->nr_workers);
	assert(job <= pool->nr);
	pool->workers[slot].pid = 0;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return go_on;
	if (job && pool->job[job - 1].end == POOL_NOT_ENDED)
		go_on &= settle(pool, listener, job - 1, POOL_CRASHED, status);
	if (!start_worker(pool, slot) && !any_worker(pool))
		die("fork");
	return go_on;
}

/* Each by its own number: the process may have children that are not ours. */
static bool reap(struct pool *pool, const struct pool_listener *listener)
{
	bool go_on = true;
	int status;

	assert(listener->ended);
	for (unsigned int slot = 0; slot < pool->nr_workers; slot++) {
		pid_t pid = pool->workers[slot].pid;

		if (pid && waitpid(pid, &status, WNOHANG) == pid)
			go_on &= take_dead(pool, listener, slot, status);
	}
	return go_on;
}

/*
 * The signal that asks the program to end, or 0. That a worker has ended is a signal as well, and not looked
 * at here. The last one, if several came: who asks twice is in a hurry, but the answer is the same.
 */
static int take_signal(struct pool *pool)
{
	struct signalfd_siginfo info;
	int asked = 0;

	while (read(pool->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			asked = (int)info.ssi_signo;
	}
	return asked;
}

/*
 * Between taking a job and saying so, a worker may die and leave no trace of it. Only after all workers have
 * ended by themselves; SIGKILL stands for what is not known.
 */
static void settle_rest(struct pool *pool, const struct pool_listener *listener)
{
	for (unsigned int nr = 0; nr < pool->nr; nr++) {
		if (pool->job[nr].same < 0 && pool->job[nr].end == POOL_NOT_ENDED)
			settle(pool, listener, nr, POOL_CRASHED, SIGKILL);
	}
}

/* Whoever asks the program to end a second time does not want to wait until the search is kept. */
static void let_workers_keep(struct pool *pool)
{
	struct pollfd file = { .fd = pool->signals, .events = POLLIN };

	pool->shared->stop = true;
	while (any_worker(pool) && !take_signal(pool)) {
		poll(&file, 1, TICK_MS);
		for (unsigned int slot = 0; slot < pool->nr_workers; slot++) {
			pid_t pid = pool->workers[slot].pid;

			if (pid && waitpid(pid, NULL, WNOHANG) == pid)
				pool->workers[slot].pid = 0;
		}
	}
}

/* ---- ranks ---- */

/*
 * With peers each exploration is one of all ranks, here, and no worker is forked: MPI's processes must not be. Signals and the display are
 * another thread's meanwhile.
 */
struct watch {
	struct pool *pool;
	const struct pool_listener *listener;
	pthread_mutex_t lock; /* of the listener */
	atomic_bool over;
	atomic_int signal; /* 0: none came */
};

static void *watch(void *context)
{
	struct watch *w = context;
	struct pollfd file = { .fd = w->pool->signals, .events = POLLIN };

	while (!w->over) {
		int asked;

		poll(&file, 1, TICK_MS);
		asked = take_signal(w->pool);
		if (asked) {
			w->signal = asked;
			w->pool->shared->stop = true;
		}
		pthread_mutex_lock(&w->lock);
		if (w->listener->tick && !w->over)
			w->listener->tick(w->listener->context);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* What rank 0 makes of it is what all do: a signal may come to one of them alone, and only rank 0 knows that nobody reads. */
static int agree(const struct explore_peers *peers, int own)
{
	size_t *nrs = explore_new(peers->ranks, sizeof(*nrs));
	uint64_t word = (uint64_t)own, *all = peers->gather(peers->context, &word, 1, nrs);

	for (unsigned int rank = 0; all && rank < peers->ranks; rank++)
		word = all[rank] ? all[rank] : word;
	peers->share(peers->context, &word, sizeof(word));
	free(all);
	free(nrs);
	return (int)word;
}

/* POOL_DONE: go on. */
static int run_with_ranks(struct watch *w, unsigned int nr)
{
	struct pool *pool = w->pool;
	struct run_options options = *pool->options;
	struct pool_post *post = &pool->shared->post[0];
	bool go_on = true;
	int stop;

	options.explore.jobs = 1;
	options.explore.stop = &pool->shared->stop;
	options.so_far = &post->so_far;
	post->so_far = (struct explore_progress){ 0 };
	atomic_store(&post->job, nr + 1);
	run_job(&pool->jobs[nr], &options, &pool->outcomes[nr]);
	stop = agree(options.explore.peers, w->signal);
	if (stop)
		return stop;
	pthread_mutex_lock(&w->lock);
	go_on = settle(pool, w->listener, nr, POOL_ENDED, 0);
	atomic_store(&post->job, 0);
	pthread_mutex_unlock(&w->lock);
	return agree(options.explore.peers, go_on ? POOL_DONE : POOL_STOPPED);
}

static int run_all_with_ranks(struct pool *pool, const struct pool_listener *listener)
{
	struct watch w = { .pool = pool, .listener = listener, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;
	int stop = POOL_DONE;

	errno = pthread_create(&thread, NULL, watch, &w);
	if (errno)
		die("pthread_create");
	for (unsigned int nr = 0; nr < pool->nr && stop == POOL_DONE; nr++)
		if (pool->job[nr].same < 0)
			stop = run_with_ranks(&w, nr);
	w.over = true;
	pthread_join(thread, NULL);
	return stop;
}

/* ---- the pool ---- */

/* Blocked, and read like a file: there is no handler, and no variable that one would write. */
static void catch_signals(struct pool *pool)
{
	struct sigaction hangup;
	sigset_t set;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	/* nohup */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &pool->mask);
	/* With peers there are no workers: a child that ends is another pool's, which has to see it. */
	if (pool->options->explore.peers)
		sigdelset(&set, SIGCHLD);
	pool->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (pool->signals < 0)
		die("signalfd");
}

/*
 * Everything is shared before the first fork, as a worker sees only the memory that was mapped by then. Signals
 * come last: from then on pool_close() is owed.
 */
void pool_open(struct pool *pool, const struct job *jobs, unsigned int nr, const struct run_options *options)
{
	unsigned int distinct = 0;

	assert(options->jobs > 0);
	*pool = (struct pool){ .jobs = jobs, .nr = nr, .options = options };
	pool->nr_workers = options->jobs < nr ? options->jobs : nr;
	pool->job = explore_new(nr, sizeof(*pool->job));
	pool->workers = explore_new(pool->nr_workers, sizeof(*pool->workers));
	pool->outcomes = share(outcomes_size(pool));
	pool->shared = share(shared_size(pool));
	for (unsigned int i = 0; i < nr; i++) {
		pool->job[i].same = pool_same_as(jobs, i);
		distinct += pool->job[i].same < 0;
	}
	pool->jobs_each = distinct && distinct < options->jobs ? options->jobs / distinct : 1;
	if (pipe2(pool->ended, O_CLOEXEC) || fcntl(pool->ended[0], F_SETFL, O_NONBLOCK))
		die("pipe");
	catch_signals(pool);
}

/*
 * Signals are looked at before the dead are, since for each that crashed another worker is started, which a stop
 * would only have to kill. The timeout of poll() is for the display alone.
 */
int pool_run(struct pool *pool, const struct pool_listener *listener)
{
	struct pollfd files[] = { { .fd = pool->ended[0], .events = POLLIN },
				  { .fd = pool->signals, .events = POLLIN } };
	int stop = POOL_DONE;

	assert(listener->ended && !pool->finished);
	if (pool->options->explore.peers)
		return run_all_with_ranks(pool, listener);
	start_workers(pool);
	while (stop == POOL_DONE && any_worker(pool)) {
		poll(files, 2, listener->tick ? TICK_MS : -1);
		if (listener->tick)
			listener->tick(listener->context);
		stop = take_signal(pool);
		if (!take_ended(pool, listener) || (!stop && !reap(pool, listener)))
			stop = stop ? stop : POOL_STOPPED;
	}
	if (stop != POOL_DONE && pool->options->explore.keep)
		let_workers_keep(pool);
	/* Always, because a stop leaves some of them deep in an exploration. */
	kill_workers(pool);
	if (stop != POOL_DONE && pool->options->explore.keep)
		remove_part(pool->options->explore.keep);
	/* After a stop, jobs that have not ended are just that: nobody is to blame for them. */
	if (stop == POOL_DONE)
		settle_rest(pool, listener);
	return stop;
}

void pool_close(struct pool *pool)
{
	assert(!any_worker(pool));
	munmap(pool->outcomes, outcomes_size(pool));
	munmap(pool->shared, shared_size(pool));
	free(pool->job);
	free(pool->workers);
	close(pool->ended[0]);
	close(pool->ended[1]);
	close(pool->signals);
	sigprocmask(SIG_SETMASK, &pool->mask, NULL);
}

/* ---- looking at it ---- */

/*
 * A worker may be between two jobs, and its last one may be settled already: then it is at nothing worth showing.
 * The count may be a moment old; it is only shown.
 */
bool pool_under_way(const struct pool *pool, unsigned int worker, unsigned int *nr, struct explore_progress *so_far)
{
	unsigned int job = atomic_load(&pool->shared->post[worker].job);

	assert(worker < pool->nr_workers && job <= pool->nr);
	if (!job || pool->job[job - 1].end != POOL_NOT_ENDED)
		return false;
	*nr = job - 1;
	*so_far = pool->shared->post[worker].so_far;
	return true;
}

/* All zero of what was never begun, or whose worker said nothing yet. */
struct explore_progress pool_so_far(const struct pool *pool, unsigned int nr)
{
	struct explore_progress so_far;
	unsigned int at;

	assert(nr < pool->nr);
	for (unsigned int worker = 0; worker < pool->nr_workers; worker++) {
		if (pool_under_way(pool, worker, &at, &so_far) && at == nr)
			return so_far;
	}
	return (struct explore_progress){ 0 };
}

char *pool_crash_text(const struct pool *pool, unsigned int nr)
{
	int status = pool->job[nr].status;

	assert(pool->job[nr].end == POOL_CRASHED);
	if (WIFSIGNALED(status))
		return memory_print("the checker crashed (%s)", strsignal(WTERMSIG(status)));
	return memory_print("the checker crashed (its process ended with status %d)", WEXITSTATUS(status));
}
