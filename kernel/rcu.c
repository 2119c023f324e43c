/* SPDX-License-Identifier: MIT */
/* rcu.c - one list of what is asked for, and one daemon that waits for readers. */
#include <kernel/rcu.h>

/* Tried with an empty list first, which it mostly is. A release, for the daemon that takes the list. */
void call_rcu(struct rcu *rcu, struct rcu_head *head, void (*fn)(struct rcu_head *))
{
	struct rcu_head *first = NULL;

	head->fn = fn;
	do
		head->next = first;
	while (!__atomic_compare_exchange_n(&rcu->asked, &first, head, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/*
 * The fence stands between what the askers have unhooked and the look at who reads. The acquire is for the readers' releases, of which
 * each is an addition: the last one stands for all.
 */
static void wait_for_readers(const struct rcu *rcu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	do
		machine_wait(&rcu->readers, MACHINE_EQUAL, 0);
	while (__atomic_load_n(&rcu->readers, __ATOMIC_ACQUIRE));
}

void synchronize_rcu(const struct rcu *rcu)
{
	wait_for_readers(rcu);
}

/* Its memory may be gone with the call. */
static void run(struct rcu_head *list)
{
	while (list) {
		struct rcu_head *head = list;

		list = head->next;
		head->fn(head);
	}
}

void rcu_daemon(struct rcu *rcu)
{
	for (;;) {
		struct rcu_head *list;

		do
			machine_wait(&rcu->asked, MACHINE_NOT_EQUAL, 0);
		while (!(list = __atomic_exchange_n(&rcu->asked, NULL, __ATOMIC_ACQUIRE)));
		wait_for_readers(rcu);
		run(list);
	}
}

void rcu_run_now(struct rcu *rcu)
{
	run(__atomic_exchange_n(&rcu->asked, NULL, __ATOMIC_RELAXED));
}
