/* SPDX-License-Identifier: MIT */
/*
 * stranger.c - the smallest mm that can be checked: one table, one lock, one operation, one rule. It is written against
 * shootdown/subject.h and machine/machine.h alone, and linked with the checker in place of ours.
 */
#include <machine/machine.h>
#include <shootdown/subject.h>

struct stranger {
	struct machine_space *space;
	int root, table;
	int lock;
	long threads[4]; /* what they point to is nothing to the checker */
	int nr_threads;
	int begun; /* set while the world runs, and by no atomic access before */
};

/* Its one rule stands behind those of the library. */
enum rule {
#define RULE_DEF(name, text, source, litmus) LIBRARY_##name,
#include <shootdown/rules.def>
#undef RULE_DEF
	RULE_drop_flush,
};

static struct stranger *here(void)
{
	return machine_kernel_data();
}

static uint64_t frame_bits(int frame)
{
	return MACHINE_PTE_PRESENT | (uint64_t)frame << MACHINE_PTE_FRAME_SHIFT;
}

static void boot(const struct subject_setup *setup)
{
	(void)setup;
	here()->root = machine_frame_alloc(MACHINE_FRAME_TABLE);
	here()->table = machine_frame_alloc(MACHINE_FRAME_TABLE);
	here()->space = machine_space_at(here()->root);
}

/* Pages of the first table only. */
static bool present(const struct subject_present *entry)
{
	int frame = machine_frame_alloc(MACHINE_FRAME_DATA);

	__atomic_store_n(machine_frame_words(here()->root), frame_bits(here()->table) | MACHINE_PTE_TABLE,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&machine_frame_words(here()->table)[entry->page],
			 frame_bits(frame) | MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY | MACHINE_PTE_ACCESSED,
			 __ATOMIC_RELEASE);
	return frame != MACHINE_NO_FRAME;
}

static struct machine_space *space(unsigned int nr)
{
	(void)nr;
	return here()->space;
}

static void *thread(int nr, enum subject_thread kind)
{
	(void)nr;
	(void)kind;
	return &here()->threads[here()->nr_threads++];
}

static void thread_starts(void *self)
{
	machine_set_current(self);
	machine_load_root(here()->space);
}

static bool fault(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

static void context_switch(void *next)
{
	(void)next;
	machine_load_root(here()->space);
}

static bool name_address(const void *address, struct subject_text *to)
{
	if (address != &here()->lock)
		return false;
	to->print(to, "the stranger's lock");
	return true;
}

static void audit(struct subject_audit *to)
{
	if (here()->lock)
		to->finds(to, SUBJECT_MISSED, SUBJECT_NONE, "the lock is still held");
}

static void take_lock(void)
{
	do
		machine_wait(&here()->lock, MACHINE_EQUAL, 0);
	while (__atomic_exchange_n(&here()->lock, 1, __ATOMIC_ACQUIRE));
}

static void drop(struct subject_call *call)
{
	uint64_t *entry = &machine_frame_words(here()->table)[call->page];
	uint64_t word;

	take_lock();
	word = __atomic_exchange_n(entry, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&here()->lock, 0, __ATOMIC_RELEASE);
	if (!(word & MACHINE_PTE_PRESENT))
		return;
	machine_fence_walks();
	if (machine_switch(RULE_drop_flush)) {
		machine_tlb_broadcast(&(struct machine_invalidation){
			.space = here()->space, .start = call->start, .end = call->end, .stride_shift = 12 });
		machine_tlb_complete();
	}
	machine_frame_free((int)(word >> MACHINE_PTE_FRAME_SHIFT));
	subject_covers(call);
}

/* Set plainly, asked atomically: a race, whoever comes first; with the lock around it is none. */
static void begin(struct subject_call *call)
{
	(void)call;
	here()->begun = 1;
}

static void begin_locked(struct subject_call *call)
{
	take_lock();
	begin(call);
	__atomic_store_n(&here()->lock, 0, __ATOMIC_RELEASE);
}

static void ask(struct subject_call *call)
{
	(void)call;
	__atomic_load_n(&here()->begun, __ATOMIC_RELAXED);
}

static void ask_locked(struct subject_call *call)
{
	take_lock();
	ask(call);
	__atomic_store_n(&here()->lock, 0, __ATOMIC_RELEASE);
}

static const struct machine_kernel kernel = {
	.data_size = sizeof(struct stranger),
	.fault = fault,
	.context_switch = context_switch,
};
static const struct subject_rule rules[] = {
	{ "drop_flush", "A page is in no TLB when it is freed.", "this file", "drop" },
};
static const struct subject_operation operations[] = {
	{ "drop A.p", SUBJECT_CPU, true, drop },
	{ "begin", SUBJECT_CPU, false, begin },
	{ "begin-locked", SUBJECT_CPU, false, begin_locked },
	{ "ask", SUBJECT_CPU, false, ask },
	{ "ask-locked", SUBJECT_CPU, false, ask_locked },
	{ 0 },
};

const struct subject subject_under_test = {
	.name = "a stranger",
	.kernel = &kernel,
	.rules = rules,
	.nr_rules = 1,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = thread_starts,
	.name_address = name_address,
	.audit = audit,
};
