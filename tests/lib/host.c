/* SPDX-License-Identifier: MIT */
/*
 * host.c - the recording host. The words it writes, with numbers of CPUs, pages and bytes (hex):
 *
 *	pend+ pend- pend?	the count of open gathers is raised, lowered, read (log_orders)
 *	fence			shootdown_fence_tables()
 *	call0,2			CPUs 0 and 2 are interrupted
 *	local1 RANGE		CPU 1 invalidates; RANGE is 1000-3000/12 (stride) or all, then +t tables, +x exec, +h huge
 *	#2 all			... of id 2 (the choice rollover)
 *	lock unlock		of the ids
 *	levels3 size1000 freed unshared	of the request before (log_kinds)
 *	answer answered?	one CPU has answered; the issuer looks (log_orders)
 *	:relaxed :acquire :release	of the access before (log_orders)
 *	full1			CPU 1 has no room for a call from this one until it takes the call before
 *	cpus1,2 RANGE		firmware invalidates on CPUs 1 and 2
 *	bcast RANGE, done	a broadcast; its completion, or that of firmware
 *	cache 1000-3000		virtual caches
 *	alloc, refused, bfree	a batch page
 *	free 3 4*5		page 3; five pages from page 4
 *	rmap 3*1		one page's reverse map
 *	table 7			table 7 is free
 *	rcu			a batch of tables waits for a grace period
 *	defer 7			table 7 waits for one
 *	page 7			table 7 is freed as a page
 *	sync			wait for the walkers
 *	enter0 leave0		CPU 0 in and out of the mask
 */
#include "test.h"
#include <stdarg.h>
#include <stdlib.h>

struct host host;

/* Pages, tables too, are known by their index. */
static unsigned long number(const struct page *page)
{
	assert_in_range(page - host.pages, 0, HOST_PAGES - 1);
	return (unsigned long)(page - host.pages);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	if (host.logged && host.log[host.logged - 1] != ' ')
		host.log[host.logged++] = ' ';
	va_start(arguments, format);
	host.logged += (size_t)vsnprintf(host.log + host.logged, HOST_LOG - host.logged, format, arguments);
	va_end(arguments);
	assert_true(host.logged < HOST_LOG - 100);
}

void host_say(const char *word)
{
	say("%s", word);
}

void host_assert_failed(const char *contract)
{
	host.contract = contract;
	if (!host.on_assert) {
		print_error("contract broken: %s\n", contract);
		abort();
	}
	longjmp(*host.on_assert, 1);
}

/* ---- CPUs and counters ---- */

void shootdown_cpus_init(shootdown_cpus_t *cpus)
{
	cpus->value = 0;
}

void shootdown_cpus_add(shootdown_cpus_t *cpus, unsigned int cpu)
{
	say("enter%u", cpu);
	cpus->value |= 1ul << cpu;
}

void shootdown_cpus_remove(shootdown_cpus_t *cpus, unsigned int cpu)
{
	say("leave%u", cpu);
	cpus->value &= ~(1ul << cpu);
}

shootdown_cpumask_t shootdown_cpus_read(const shootdown_cpus_t *cpus)
{
	if (host.log_reads)
		say("mask");
	return cpus->value;
}

shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return host.online;
}

void shootdown_cpumask_keep_online(shootdown_cpumask_t *mask)
{
	assert_true(host.pinned);
	*mask &= host.online;
}

static const char *order_name(int order)
{
	switch (host.log_orders ? order : -1) {
	case -1:
		return "";
	case __ATOMIC_RELAXED:
		return ":relaxed";
	case __ATOMIC_ACQUIRE:
		return ":acquire";
	case __ATOMIC_RELEASE:
		return ":release";
	default:
		return ":other";
	}
}

static struct tlb_cpu host_cpus[64];
static struct tlb_asids host_asids;
static bool asids_locked;

static bool is_in(const void *word, const void *object, size_t size)
{
	return (const char *)word >= (const char *)object && (const char *)word < (const char *)object + size;
}

/* A request's counter is not an mm's. */
void host_counter_add(long *counter, long value, int order)
{
	const char *pending = value > 0 ? "pend+" : "pend-";

	/* Of an mm's other counters nothing is said. */
	if (counter == &the_mm.pending || !is_in(counter, &the_mm, sizeof(the_mm)))
		say("%s%s", counter == &the_mm.pending ? pending : "answer", order_name(order));
	*counter += value;
}

bool host_counter_exchange(long *counter, long *old, long value, int order)
{
	if (*counter != *old) {
		*old = *counter;
		return false;
	}
	if (counter == &the_mm.pending)
		say("%s%s", value > *old ? "pend+" : "pend-", order_name(order));
	*counter = value;
	return true;
}

long host_counter_read(const long *counter, int order)
{
	if (host.log_orders && (counter == &the_mm.pending || !is_in(counter, &the_mm, sizeof(the_mm))) &&
	    !is_in(counter, host_cpus, sizeof(host_cpus)))
		say("%s%s", counter == &the_mm.pending ? "pend?" : "answered?", order_name(order));
	return *counter;
}

uint64_t shootdown_new_context(void)
{
	return ++host.contexts;
}

struct tlb_cpu *shootdown_tlb_cpu(unsigned int cpu)
{
	return &host_cpus[cpu];
}

struct tlb_asids *shootdown_asids(void)
{
	return &host_asids;
}

void shootdown_asid_lock(void)
{
	void (*other)(void) = host.locks;

	host.locks = NULL;
	if (other)
		other();
	assert_false(asids_locked);
	asids_locked = true;
	say("lock");
}

void shootdown_asid_unlock(void)
{
	assert_true(asids_locked);
	asids_locked = false;
	say("unlock");
}

void host_new_cpus(void)
{
	memset(host_cpus, 0, sizeof(host_cpus));
	memset(&host_asids, 0, sizeof(host_asids));
	asids_locked = false;
	host.shared_asids = 1u << SHOOTDOWN_ASID_BITS;
}

unsigned long shootdown_irq_save(void)
{
	return host.irqs_off++;
}

void shootdown_irq_restore(unsigned long flags)
{
	host.irqs_off = (unsigned int)flags;
}

void shootdown_wait_change(const unsigned long *word, unsigned long value)
{
	assert_true(*word == value && host.waits);
	host.waits();
}

bool shootdown_may_wait(void)
{
	return !host.may_not_wait;
}

void shootdown_pin(void)
{
	host.pinned++;
}

void shootdown_unpin(void)
{
	assert_true(host.pinned > 0);
	host.pinned--;
}

/* ---- reach ---- */

void shootdown_fence_tables(void)
{
	say("fence");
}

static void poll_as(unsigned int cpu)
{
	unsigned int here = host.cpu;

	host.cpu = cpu;
	shootdown_call_poll();
	host.cpu = here;
}

static void wait_for_slot(unsigned int cpu)
{
	for (unsigned int i = 0; i < host.nr_calls; i++) {
		if (host.calls[i].from != host.cpu || host.calls[i].cpu != cpu)
			continue;
		say("full%u", cpu);
		poll_as(cpu);
		return;
	}
}

void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	const char *separator = "";

	assert_true(*cpus != 0);
	assert_true(host.pinned);
	for (unsigned int cpu = 0; cpu < 64 && host.one_slot; cpu++) {
		if (*cpus & 1ul << cpu)
			wait_for_slot(cpu);
	}
	say("call");
	for (unsigned int cpu = 0; cpu < 64; cpu++) {
		if (!(*cpus & 1ul << cpu))
			continue;
		assert_true(host.nr_calls < HOST_CALLS);
		host.calls[host.nr_calls++] = (struct host_call){ host.cpu, cpu, fn, arg };
		host.logged += (size_t)snprintf(host.log + host.logged, 10, "%s%u", separator, cpu);
		separator = ",";
	}
	for (unsigned int cpu = 0; cpu < 64 && host.at_once; cpu++)
		poll_as(cpu);
}

/* The CPU that polls is the one that runs. */
void shootdown_call_poll(void)
{
	unsigned int kept = 0, nr = host.nr_calls;
	struct host_call calls[HOST_CALLS];

	for (unsigned int i = 0; i < nr; i++)
		calls[i] = host.calls[i];
	host.nr_calls = 0;
	for (unsigned int i = 0; i < nr; i++) {
		if (calls[i].cpu == host.cpu)
			calls[i].fn(calls[i].arg);
		else
			host.calls[kept++] = calls[i];
	}
	host.nr_calls = kept;
}

/* While one CPU waits, another one takes its interrupts; then the wait is over, as a host may have it. */
void shootdown_wait_zero(const long *counter)
{
	/* An answer that is missing is on its way, or the library waits for ever. */
	assert_true(*counter == 0 || host.nr_calls > 0);
	for (unsigned int cpu = 0, before = host.nr_calls; cpu < 64 && host.nr_calls == before; cpu++)
		poll_as(cpu);
}

static void say_flush(const char *how, const struct tlb_flush *flush)
{
	char range[64] = "all", id[16] = "";

	if (!flush->all)
		snprintf(range, sizeof(range), "%lx-%lx/%u", flush->start, flush->end, flush->stride_shift);
	if (host.arch.rollover && flush->mm)
		snprintf(id, sizeof(id), "#%u ", tlb_mm_asid(flush->mm));
	say("%s %s%s%s%s%s", how, id, range, flush->tables ? "+t" : "", flush->exec ? "+x" : "",
	    flush->huge ? "+h" : "");
	if (host.log_kinds) {
		say("levels%x size%lx%s%s", flush->levels, flush->page_size, flush->freed_tables ? " freed" : "",
		    flush->unshared_tables ? " unshared" : "");
	}
}

bool shootdown_flush_cpus(const shootdown_cpumask_t *cpus, const struct tlb_flush *flush)
{
	char how[16];
	int length = snprintf(how, sizeof(how), "cpus");

	assert_true(host.pinned);
	if (!host.firmware || host.refusal == 1)
		return false;
	host.refusal -= host.refusal > 1;
	for (unsigned int cpu = 0; cpu < 64; cpu++) {
		if (*cpus & 1ul << cpu)
			length += snprintf(how + length, sizeof(how) - (size_t)length, length > 4 ? ",%u" : "%u", cpu);
	}
	say_flush(how, flush);
	return true;
}

void shootdown_flush_local(const struct tlb_flush *flush)
{
	char how[16];

	snprintf(how, sizeof(how), "local%u", host.cpu);
	say_flush(how, flush);
}

void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	assert_true(host.pinned);
	say_flush("bcast", flush);
}

void shootdown_flush_complete(void)
{
	assert_true(host.pinned);
	say("done");
}

void shootdown_flush_cache(struct tlb_vma *vma, unsigned long start, unsigned long end)
{
	assert_non_null(vma);
	say("cache %lx-%lx", start, end);
}

/* ---- memory ---- */

void *shootdown_batch_alloc(void)
{
	if (host.refuse_all || (host.refuse && --host.refuse == 0)) {
		say("refused");
		return NULL;
	}
	say("alloc");
	host.batches++;
	return malloc(16 * PAGE_SIZE);
}

void shootdown_batch_free(void *batch)
{
	say("bfree");
	assert_true(host.batches > 0);
	host.batches--;
	free(batch);
}

void shootdown_free_pages(struct encoded_page **slots, unsigned int nr)
{
	host.free_calls++;
	host.free_slots = nr > host.free_slots ? nr : host.free_slots;
	say("free");
	for (unsigned int i = 0; i < nr;) {
		bool run = (uintptr_t)slots[i] & ENCODED_PAGE_NR_NEXT;
		struct page *page;
		unsigned long count;

		i += tlb_encoded_next(&slots[i], &page, &count);
		assert_in_range(i, 1, nr);
		host.freed += count;
		if (run)
			say("%lu*%lu", number(page), count);
		else
			say("%lu", number(page));
	}
}

void shootdown_remove_rmap(struct page *page, unsigned int nr, struct tlb_vma *vma)
{
	assert_non_null(vma);
	say("rmap %lu*%u", number(page), nr);
}

/* ---- tables ---- */

void shootdown_free_table(struct page *table)
{
	assert_false(host.rcu_reader);
	say("table %lu", number(table));
}

void shootdown_table_to_page(struct page *table, struct page **page)
{
	say("page %lu", number(table));
	*page = table;
}

void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	say("rcu");
	rcu->fn = fn;
	rcu->next = host.rcu;
	host.rcu = rcu;
}

void shootdown_defer_table(struct page *table)
{
	say("defer %lu", number(table));
}

/* A grace period that is waited for: nobody who walked before is still at it. */
void shootdown_sync_walkers(void)
{
	say("sync");
	host.rcu_reader = false;
}

/* ---- for tests ---- */

void host_grace_period(void)
{
	host.rcu_reader = false;
	while (host.rcu) {
		struct host_rcu *rcu = host.rcu;

		host.rcu = rcu->next;
		rcu->fn(rcu);
	}
}

const char *host_log(void)
{
	host.log[host.logged] = 0;
	host.logged = 0;
	return host.log;
}
