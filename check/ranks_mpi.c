/* SPDX-License-Identifier: MIT */
/*
 * ranks_mpi.c - what the processes of one exploration say to each other, over MPI.
 *
 * A message is copied and sent without waiting; the copy is kept until MPI says that it is gone. Messages are looked for, never
 * waited for, as the search goes on meanwhile. Whatever MPI refuses ends all processes: that is its default.
 */
#include "check/ranks.h"

#include "explore/memory.h"

#include <assert.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* That was sent and may still be under way. */
struct letter {
	struct letter *next;
	MPI_Request request;
	unsigned char bytes[];
};

struct ranks {
	struct explore_peers peers;
	struct letter *first, **last; /* in the order of sending */
	MPI_Request sum;
	uint64_t own[PEERS_SUMS], sums[PEERS_SUMS];
	sigset_t mask; /* as it was before */
};

/* ---- messages ---- */

/* Those that are gone, as far as all before them are. */
static void forget_sent(struct ranks *r)
{
	int gone;

	while (r->first) {
		struct letter *letter = r->first;

		MPI_Test(&letter->request, &gone, MPI_STATUS_IGNORE);
		if (!gone)
			return;
		r->first = letter->next;
		if (!r->first)
			r->last = &r->first;
		free(letter);
	}
}

static void send_message(void *context, unsigned int to, const void *bytes, size_t size)
{
	struct ranks *r = context;
	struct letter *letter = explore_new(1, sizeof(*letter) + size);

	assert(size && size <= PEERS_MESSAGE);
	forget_sent(r);
	memcpy(letter->bytes, bytes, size);
	MPI_Isend(letter->bytes, (int)size, MPI_BYTE, (int)to, 0, MPI_COMM_WORLD, &letter->request);
	*r->last = letter;
	r->last = &letter->next;
}

static size_t receive(void *context, unsigned int *from, void *bytes)
{
	MPI_Status status;
	int any, size;

	(void)context;
	MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &any, &status);
	if (!any)
		return 0;
	MPI_Get_count(&status, MPI_BYTE, &size);
	assert(size > 0 && size <= PEERS_MESSAGE);
	MPI_Recv(bytes, size, MPI_BYTE, status.MPI_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	*from = (unsigned int)status.MPI_SOURCE;
	return (size_t)size;
}

/* ---- all together ---- */

static void sum_begin(void *context, const uint64_t own[PEERS_SUMS])
{
	struct ranks *r = context;

	memcpy(r->own, own, sizeof(r->own));
	MPI_Iallreduce(r->own, r->sums, PEERS_SUMS, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD, &r->sum);
}

static bool sum_done(void *context, uint64_t sums[PEERS_SUMS])
{
	struct ranks *r = context;
	int done;

	MPI_Test(&r->sum, &done, MPI_STATUS_IGNORE);
	if (done)
		memcpy(sums, r->sums, sizeof(r->sums));
	return done;
}

/* MPI counts in int. */
static void check_size(size_t nr)
{
	if (nr > INT32_MAX)
		explore_out_of_memory();
}

static uint64_t *gather(void *context, const uint64_t *own, size_t nr, size_t *nrs)
{
	const struct explore_peers *peers = &((struct ranks *)context)->peers;
	int *counts = explore_new(peers->ranks, sizeof(*counts)), *places = explore_new(peers->ranks, sizeof(*places));
	int count = (int)nr;
	uint64_t *all = NULL;
	size_t total = 0;

	check_size(nr);
	MPI_Gather(&count, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD);
	for (unsigned int rank = 0; peers->rank == 0 && rank < peers->ranks; rank++) {
		places[rank] = (int)total;
		nrs[rank] = (size_t)counts[rank];
		total += nrs[rank];
		check_size(total);
	}
	if (peers->rank == 0)
		all = explore_new(total, sizeof(*all));
	MPI_Gatherv(own, count, MPI_UINT64_T, all, counts, places, MPI_UINT64_T, 0, MPI_COMM_WORLD);
	free(counts);
	free(places);
	return all;
}

static void share(void *context, void *bytes, size_t size)
{
	(void)context;
	check_size(size);
	MPI_Bcast(bytes, (int)size, MPI_BYTE, 0, MPI_COMM_WORLD);
}

/* ---- the beginning and the end ---- */

const char *ranks_library(void)
{
	return "MPI";
}

const struct explore_peers *ranks_open(void)
{
	struct ranks *r = explore_new(1, sizeof(*r));
	sigset_t set;
	int rank, nr;

	/* MPI has threads of its own, which get this mask: a pool takes these signals, or they are lost. */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, &r->mask);
	MPI_Init(NULL, NULL);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &nr);
	r->last = &r->first;
	r->peers = (struct explore_peers){
		.rank = (unsigned int)rank,
		.ranks = (unsigned int)nr,
		.context = r,
		.send = send_message,
		.receive = receive,
		.sum_begin = sum_begin,
		.sum_done = sum_done,
		.gather = gather,
		.share = share,
	};
	return &r->peers;
}

void ranks_close(const struct explore_peers *peers)
{
	struct ranks *r = peers->context;

	MPI_Barrier(MPI_COMM_WORLD);
	while (r->first)
		forget_sent(r);
	MPI_Finalize();
	pthread_sigmask(SIG_SETMASK, &r->mask, NULL);
	free(r);
}
