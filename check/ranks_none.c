/* SPDX-License-Identifier: MIT */
/* ranks_none.c - no MPI was found when the program was built. */
#include "check/ranks.h"

#include <assert.h>
#include <stdio.h>

const char *ranks_library(void)
{
	return NULL;
}

const struct explore_peers *ranks_open(void)
{
	fprintf(stderr, "shootdown: this program was built without MPI, and %u processes were started\n",
		ranks_started());
	return NULL;
}

void ranks_close(const struct explore_peers *peers)
{
	(void)peers;
	assert(!"ranks_open() gave none");
}
