/* SPDX-License-Identifier: MIT */
/*
 * ranks.h - `mpirun -n N shootdown check`: one exploration by processes that share no memory, over MPI.
 *
 * ranks.c is what needs no MPI; of the rest there are two versions, and the Makefile takes one: ranks_mpi.c, or ranks_none.c
 * where no MPI was found.
 */
#ifndef CHECK_RANKS_H
#define CHECK_RANKS_H

#include "explore/peers.h"

/*
 * How many processes a launcher (mpirun) has started together with this one, and which of them it is, from 0. 1 and 0
 * without a launcher. Can be asked before ranks_open().
 */
unsigned int ranks_started(void);
unsigned int ranks_own(void);
/* Before anything else: of several processes one speaks. Messages of the others, which would be the same, are lost. */
void ranks_be_quiet(void);
/* From here on they would not be the same. */
void ranks_speak(void);

/* "MPI"; NULL: the program was built without. */
const char *ranks_library(void);
/*
 * The others; NULL, with a message: this program has no MPI. They stay until ranks_close(), which waits for all.
 *
 * Context: once a process, in the main thread, which makes all calls.
 */
const struct explore_peers *ranks_open(void);
void ranks_close(const struct explore_peers *peers);

#endif
