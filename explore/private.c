/* SPDX-License-Identifier: MIT */
/*
 * private.c - for each object and each kind of access: which agents have made it, and which have relied on being alone.
 *
 * Whoever relies on it says so first and looks then at who has touched; whoever touches notes it first and looks then at who relies. So of
 * two processes that do both at once at least one sees the other.
 */
#include "explore/private.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/memory.h"
#include "explore/order.h"

enum {
	KINDS = AGENT_TAKE + 1
};

struct accesses {
	_Atomic bool wrong;
	_Atomic uint32_t by[UINT16_MAX + 1][KINDS], relied[UINT16_MAX + 1][KINDS]; /* sets of agents */
};

/* Shared in any case: processes that are forked later use the same table. */
struct accesses *explore_accesses_new(void)
{
	void *memory = mmap(NULL, sizeof(struct accesses), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		explore_out_of_memory();
	return memory;
}

void explore_accesses_free(struct accesses *accesses)
{
	munmap(accesses, sizeof(*accesses));
}

/*
 * Who else is in the sets of accesses that do not commute with one of kind @op? Sequentially
 * consistent loads: between them and the agent's own store stands the order that the head of this
 * file needs.
 */
static bool minded(_Atomic uint32_t *sets, unsigned int op, uint32_t agent)
{
	for (unsigned int other = 0; other < KINDS; other++)
		if (!explore_ops_commute(op, other) && (sets[other] & ~agent))
			return true;
	return false;
}

void explore_accesses_note(struct accesses *a, const struct agent_event *event)
{
	uint32_t agent = 1u << event->agent;

	for (unsigned int i = 0; i < event->touches; i++) {
		const struct agent_touch *touch = &event->touch[i];
		_Atomic uint32_t *by = &a->by[touch->object][touch->op];

		/*
		 * Noted before, and looked at then: most accesses end here, without writing to
		 * memory that all processes read.
		 */
		if (atomic_load_explicit(by, memory_order_relaxed) & agent)
			continue;
		atomic_fetch_or(by, agent);
		if (minded(a->relied[touch->object], touch->op, agent))
			a->wrong = true;
	}
}

bool explore_accesses_rely(struct accesses *a, const struct agent_event *event)
{
	uint32_t agent = 1u << event->agent;

	/* Touches do not say all that others could see of it. */
	if (event->seen)
		return false;
	for (unsigned int i = 0; i < event->touches; i++)
		if (minded(a->by[event->touch[i].object], event->touch[i].op, agent))
			return false;
	for (unsigned int i = 0; i < event->touches; i++) {
		_Atomic uint32_t *relied = &a->relied[event->touch[i].object][event->touch[i].op];

		if (atomic_load_explicit(relied, memory_order_relaxed) & agent)
			continue;
		atomic_fetch_or(relied, agent);
		/*
		 * Again, behind saying so: another process may have noted its access in between,
		 * and has then not seen that this one relies on there being none.
		 */
		if (minded(a->by[event->touch[i].object], event->touch[i].op, agent))
			a->wrong = true;
	}
	return true;
}

bool explore_accesses_wrong(const struct accesses *a)
{
	return atomic_load_explicit(&a->wrong, memory_order_relaxed);
}

/* .by stays: that is what was learned. */
void explore_accesses_begin_again(struct accesses *a)
{
	memset((void *)a->relied, 0, sizeof(a->relied));
	a->wrong = false;
}
