/* SPDX-License-Identifier: MIT */
/*
 * host.h - a host that writes down, in order, whatever the library asks of it.
 *
 * Each hook that does something another CPU could see adds one word to the log (host.c says which). Everything a
 * test wants to be different is a field of `host`: the architecture row, the sizes, which CPUs there are, which
 * allocation is refused, which rules are off. A failed assert comes back to the test (test.h).
 */
#ifndef TESTS_LIB_HOST_H
#define TESTS_LIB_HOST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <shootdown/arch.h>
#include <shootdown/host/cpumask.h>

#define SHOOTDOWN_PAGE_SHIFT	   12
#define SHOOTDOWN_PTE_SHIFT(level) (SHOOTDOWN_PAGE_SHIFT + host.table_bits * (int)(level))
#define PAGE_SIZE		   4096ul
#define SHOOTDOWN_ASID_SLOTS	   2
#define SHOOTDOWN_ASID_BITS	   7
#define SHOOTDOWN_SHARED_ASIDS	   host.shared_asids

struct page {
	long aligned;
};
struct host_cpus {
	unsigned long value;
};
struct host_rcu {
	void (*fn)(struct host_rcu *);
	struct host_rcu *next;
};

typedef struct page *shootdown_page_t;
typedef struct page *shootdown_table_t;
typedef struct host_cpus shootdown_cpus_t;
typedef struct host_rcu shootdown_rcu_t;

enum host_rule {
#define RULE_DEF(name, text, source, litmus) RULE_##name,
#include <shootdown/rules.def>
#undef RULE_DEF
	HOST_RULES,
};
#define SHOOTDOWN_RULE(name) (!host.rule_off[RULE_##name])

/* A request on its way to a CPU. */
struct host_call {
	unsigned int from, cpu;
	void (*fn)(void *);
	void *arg;
};

enum {
	HOST_LOG = 1 << 16,
	HOST_CALLS = 64,
	HOST_PAGES = 1 << 15,
};

struct host {
	struct tlb_arch arch;
	struct tlb_limits limits;
	bool rule_off[HOST_RULES];
	int table_bits;	  /* log2 of the entries of a table */
	unsigned int cpu; /* the one that runs */
	unsigned long online;
	unsigned int refuse; /* the k-th allocation from now fails; 0: none */
	bool refuse_all;
	bool may_not_wait;    /* interrupts are off, and nobody polls */
	bool log_reads;	      /* also the words of hooks that only look */
	bool asserts_off;     /* as in a kernel that compiles them out */
	bool alone;	      /* nobody else runs before the next flush */
	bool rcu_reader;      /* somebody walks the tables with interrupts on */
	bool log_kinds;	      /* also levels, page size and kind of tables of a request */
	bool log_orders;      /* also the memory order of an access to a counter */
	bool firmware;	      /* invalidates on other CPUs by itself */
	unsigned int refusal; /* firmware takes so many requests less one, then no more; 0: all */
	bool at_once;	      /* other CPUs take their interrupts before the one that sent them goes on */
	bool one_slot;	      /* a CPU has room for one call from each other */
	void (*waits)(void);  /* what another CPU does while this one waits for the lock of a generation */
	void (*locks)(void);  /* what another CPU does before this one gets the lock of the ids; once */
	unsigned int shared_asids;

	unsigned int irqs_off;
	uint64_t contexts;

	char log[HOST_LOG];
	size_t logged;
	struct host_call calls[HOST_CALLS];
	unsigned int nr_calls;
	struct host_rcu *rcu; /* waiting for their grace period */
	unsigned int batches; /* batch pages that are out */
	unsigned int pinned;
	unsigned long freed;		      /* references dropped, in all */
	unsigned long free_calls, free_slots; /* calls of shootdown_free_pages(); the most slots of one */
	struct page pages[HOST_PAGES];

	jmp_buf *on_assert;
	const char *contract; /* of the assert that failed */
};
extern struct host host;

_Noreturn void host_assert_failed(const char *contract);
#define shootdown_assert(condition, contract) ((condition) || host.asserts_off ? (void)0 : host_assert_failed(contract))

static inline const struct tlb_arch *shootdown_arch(void)
{
	return &host.arch;
}

static inline const struct tlb_limits *shootdown_limits(void)
{
	return &host.limits;
}

static inline bool shootdown_others_run(void)
{
	return !host.alone;
}

static inline unsigned int shootdown_cpu(void)
{
	return host.cpu;
}

/* The library's accesses to its counters, with the memory order that stands in the source. */
long host_counter_read(const long *counter, int order);
void host_counter_add(long *counter, long value, int order);
bool host_counter_exchange(long *counter, long *old, long value, int order);
#define __atomic_load_n(counter, order) \
	((__typeof__(*(counter)))host_counter_read((const long *)(const void *)(counter), order))
#define __atomic_compare_exchange_n(counter, old, value, weak, order, failed) \
	host_counter_exchange((long *)(counter), (long *)(old), (long)(value), order)
#define __atomic_fetch_add(counter, value, order) host_counter_add(counter, value, order)
#define __atomic_fetch_sub(counter, value, order) host_counter_add(counter, -(value), order)

void host_new_cpus(void); /* none of them has run anything */
void host_say(const char *word);

#define shootdown_cpumask_keep_online shootdown_cpumask_keep_online
#define shootdown_others_run	      shootdown_others_run
#define shootdown_flush_cpus	      shootdown_flush_cpus
#define shootdown_wait_zero	      shootdown_wait_zero
#define shootdown_flush_cache	      shootdown_flush_cache
#define shootdown_pin		      shootdown_pin
#define shootdown_may_wait	      shootdown_may_wait
#define shootdown_tlb_cpu	      shootdown_tlb_cpu
#define shootdown_asids		      shootdown_asids
#define shootdown_wait_change	      shootdown_wait_change
#define shootdown_notifiers	      shootdown_notifiers

#endif
