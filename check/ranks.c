/* SPDX-License-Identifier: MIT */
/* ranks.c - what is known of a launcher without MPI: by the variables that it gives its processes. */
#include "check/ranks.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SAVED_STDERR = 100 /* a descriptor that nobody else uses */
};

/* Open MPI's, and those of launchers that speak PMI, so that another MPI's is noticed as well. */
static unsigned int number_of(const char *const *names, unsigned int otherwise)
{
	for (; *names; names++)
		if (getenv(*names))
			return (unsigned int)strtoul(getenv(*names), NULL, 10);
	return otherwise;
}

unsigned int ranks_started(void)
{
	static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", NULL };
	unsigned int nr = number_of(names, 1);

	return nr ? nr : 1;
}

unsigned int ranks_own(void)
{
	static const char *const names[] = { "OMPI_COMM_WORLD_RANK", "PMI_RANK", NULL };

	return number_of(names, 0);
}

/* A crash later on is told by the one that crashes, so the real standard error is put aside and not closed. */
void ranks_be_quiet(void)
{
	int null;

	if (ranks_own() == 0)
		return;
	null = open("/dev/null", O_RDWR);
	dup2(STDERR_FILENO, SAVED_STDERR);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

void ranks_speak(void)
{
	if (ranks_own() == 0)
		return;
	dup2(SAVED_STDERR, STDERR_FILENO);
	close(SAVED_STDERR);
}
