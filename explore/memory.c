/* SPDX-License-Identifier: MIT */
/* memory.c - memory without a failure path. */
#include "explore/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	MOST_ADDRESS_BITS = 46, /* half of what hosts give a process, or a quarter */
};

_Noreturn void explore_out_of_memory(void)
{
	fputs("shootdown: out of memory\n", stderr);
	exit(2);
}

void *explore_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	assert(size);
	if (!memory)
		explore_out_of_memory();
	return memory;
}

/* The other half is for all that a process has besides. */
size_t explore_shared_room(unsigned int shares)
{
	size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	size_t addresses = (size_t)1 << MOST_ADDRESS_BITS, share;
	struct rlimit limit;

	assert(shares);
	/* Batch systems set one. */
	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur < addresses)
		addresses = (size_t)limit.rlim_cur;
	share = addresses / 2 / shares;
	return share < memory ? share : memory;
}

void *explore_map_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr,
			"shootdown: no room for %zu MiB that processes are to share: %s; most of it is never used, but vm.overcommit_memory=2 "
			"and ulimit -v count it; --jobs 1 needs none\n",
			(bytes + (1 << 20) - 1) >> 20, strerror(errno));
		exit(2);
	}
	return memory;
}

void *explore_grow(void *array, size_t count, size_t size)
{
	assert(count && size);
	array = reallocarray(array, count, size);
	if (!array)
		explore_out_of_memory();
	return array;
}
