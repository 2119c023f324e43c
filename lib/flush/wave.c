/* SPDX-License-Identifier: MIT */
/*
 * wave.c - several requests, of any address spaces, for one interrupt a CPU or one completion.
 *
 * flush.c says why each request is complete; here it is said why they may go together. One fence stands before all masks are read (ORD-1);
 * the CPUs asked are those of all masks; each invalidates for all requests and answers once, last (ORD-3). For an address space whose mask
 * it was not in, that is more than was asked, and it holds nothing of it.
 */
#include <shootdown/unmap.h>
#include "../internal.h"

struct tlb_wave {
	struct tlb_flush *flush; /* C */
	unsigned int nr;	 /* C */
	long waiting;		 /* A ORD-3: CPUs that have not answered */
};

/* False: there was nothing to do for any of them. */
static bool tlb_wave_local(const struct tlb_wave *wave)
{
	bool some = false;

	for (unsigned int i = 0; i < wave->nr; i++)
		some |= tlb_wave_here(&wave->flush[i]);
	return some;
}

/* A release, last, as tlb_flush_answer(): from here on the wave may be gone. */
static void tlb_wave_answer(void *arg)
{
	struct tlb_wave *wave = arg;

	/* Second place of the rule: the answer to a wave is another function. */
	for (unsigned int i = 0; i < wave->nr && RULE(flush_wait); i++)
		tlb_wave_answer_one(&wave->flush[i]);
	shootdown_count(TLB_COUNT_INTERRUPTED, 1);
	__atomic_fetch_sub(&wave->waiting, 1, __ATOMIC_RELEASE);
}

/* An acquire, as tlb_ipi_wait(): each answer is made from the one before. */
static void tlb_wave_wait(const struct tlb_wave *wave)
{
	shootdown_assert(shootdown_may_wait(), "tlb_flush_wave: needs interrupts on, or a host that polls");
	do {
		shootdown_wait_zero(&wave->waiting);
	} while (__atomic_load_n(&wave->waiting, __ATOMIC_ACQUIRE));
}

/* True: some of it is under way by whatever the host has that is better than an interrupt. *@all: all of it is. */
static bool tlb_wave_without_interrupt(const struct tlb_wave *wave, const shootdown_cpumask_t *others, bool *all)
{
	bool some = false;

	*all = true;
	for (unsigned int i = 0; i < wave->nr && *all; i++) {
		*all = shootdown_flush_cpus(others, &wave->flush[i]);
		some |= *all;
	}
	return some;
}

/* Of requests that reach a TLB: by interrupts one flush, whatever it is made of; by broadcast each is one. */
static void tlb_wave_count(const struct tlb_wave *wave, unsigned int flushes)
{
	unsigned int full = 0;

	for (unsigned int i = 0; i < wave->nr; i++)
		full += wave->flush[i].all;
	shootdown_count(TLB_COUNT_FLUSHES, flushes);
	shootdown_count(TLB_COUNT_FULL, full < flushes ? full : flushes);
}

static void tlb_wave_to(struct tlb_wave *wave, const shootdown_cpumask_t *others, bool here)
{
	bool all, complete = tlb_wave_without_interrupt(wave, others, &all);

	if (!all) {
		/* Before the first call: an answer may come at once. No atomic, as in tlb_ask(). */
		wave->waiting = (long)shootdown_cpumask_count(others);
		shootdown_call_cpus(others, tlb_wave_answer, wave);
		shootdown_count(TLB_COUNT_ROUNDS, 1);
		shootdown_count(TLB_COUNT_IPIS, shootdown_cpumask_count(others));
	}
	if (here)
		tlb_wave_local(wave);
	if (complete)
		tlb_broadcast_wait();
	if (!all)
		tlb_wave_wait(wave);
}

/* Each CPU of any of the masks; this one does its own part while the others work. False: the host cannot put masks together. */
static bool tlb_wave_by_interrupts(struct tlb_wave *wave)
{
	shootdown_cpumask_t others = tlb_wave_targets(&wave->flush[0]);
	bool here;

	for (unsigned int i = 1; i < wave->nr; i++) {
		shootdown_cpumask_t more = tlb_wave_targets(&wave->flush[i]);

		if (!shootdown_cpumask_merge(&others, &more))
			return false;
	}
	/* With generations this CPU is in no set, and asks itself. */
	here = shootdown_cpumask_take(&others, shootdown_cpu()) || tlb_catches_up();
	if (shootdown_cpumask_count(&others)) {
		tlb_wave_count(wave, 1);
		tlb_wave_to(wave, &others, here);
	} else if (here && tlb_wave_local(wave)) {
		tlb_wave_count(wave, 1);
	}
	return true;
}

static void tlb_wave_by_broadcast(const struct tlb_wave *wave)
{
	tlb_wave_count(wave, wave->nr);
	for (unsigned int i = 0; i < wave->nr; i++)
		shootdown_flush_broadcast(&wave->flush[i]);
	tlb_broadcast_wait();
}

static void tlb_wave_one_by_one(const struct tlb_wave *wave)
{
	for (unsigned int i = 0; i < wave->nr; i++)
		tlb_flush_issue(&wave->flush[i]);
	for (unsigned int i = 0; i < wave->nr; i++)
		tlb_flush_wait(&wave->flush[i]);
}

/* All are told before any is waited for. */
static void tlb_wave_notify(const struct tlb_wave *wave)
{
	for (unsigned int i = 0; i < wave->nr; i++) {
		if (wave->flush[i].mm && tlb_has_secondary(wave->flush[i].mm))
			tlb_secondary_issue(&wave->flush[i]);
	}
	for (unsigned int i = 0; i < wave->nr; i++) {
		if (wave->flush[i].notified)
			tlb_secondary_wait(&wave->flush[i]);
	}
}

void tlb_flush_wave(struct tlb_flush *flush, unsigned int nr)
{
	struct tlb_wave wave = { .flush = flush, .nr = nr };
	bool together = true;

	if (!nr)
		return;
	tlb_wave_begin(flush, nr);
	if (tlb_attaches())
		together = false;
	else if (shootdown_arch()->reach != TLB_REACH_IPI)
		tlb_wave_by_broadcast(&wave);
	else
		together = tlb_wave_by_interrupts(&wave);
	if (together)
		tlb_wave_notify(&wave);
	else
		tlb_wave_one_by_one(&wave);
	shootdown_unpin();
}
