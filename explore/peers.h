/* SPDX-License-Identifier: MIT */
/*
 * peers.h - how the processes of one search that do not share memory talk to each other.
 *
 * Each of them runs the same program on the same world, and calls explore() with the same options at the same time; the caller
 * brings the functions. All of them are called outside agents, on the stack of whoever called explore().
 */
#ifndef EXPLORE_PEERS_H
#define EXPLORE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PEERS_MESSAGE = 64 * 1024, /* bytes of the largest one */
	PEERS_SUMS = 4,
};

struct explore_peers {
	unsigned int rank, ranks; /* this one is 0 ... ranks - 1 */
	void *context;
	/* Does not wait for the other one. Messages from one rank to another keep their order. */
	void (*send)(void *context, unsigned int to, const void *bytes, size_t size);
	/* The next message from anybody, at most PEERS_MESSAGE bytes; 0: none has come. */
	size_t (*receive)(void *context, unsigned int *from, void *bytes);
	/* All ranks begin a sum over all of them, and ask until it is there. One at a time. */
	void (*sum_begin)(void *context, const uint64_t own[PEERS_SUMS]);
	bool (*sum_done)(void *context, uint64_t sums[PEERS_SUMS]);
	/* All ranks together: rank 0 gets what each has, one after the other, to be freed, and how many are whose; the others NULL. */
	uint64_t *(*gather)(void *context, const uint64_t *own, size_t nr, size_t *nrs);
	/* All ranks together: what rank 0 has. */
	void (*share)(void *context, void *bytes, size_t size);
};

#endif
