/* SPDX-License-Identifier: MIT */
/*
 * data.c - a kernel that is nothing but plain data, and words by which one CPU tells another that it may have them.
 *
 * data.sh has the table of which operations, side by side, are a data race of C11.
 */
#include <machine/machine.h>
#include <shootdown/subject.h>

enum {
	MOST = 4, /* threads of a test */
};

/* Far from each other, so that no two words are taken for one. */
struct word {
	int value;
	int unused[3];
};

struct data {
	struct machine_space *space;
	int root;
	long threads[MOST];
	struct word x, y, z, lock, readers;
	int data;
	int unused_data[3];
	char array[64];
	struct word *pointer;
	int read[MOST][2]; /* by the thread of each CPU */
};

static struct data *here(void)
{
	return machine_kernel_data();
}

#define RLX __ATOMIC_RELAXED
#define ACQ __ATOMIC_ACQUIRE
#define REL __ATOMIC_RELEASE
#define SC  __ATOMIC_SEQ_CST

#define W(word, to, order) __atomic_store_n(&here()->word.value, to, order)
#define X(word, to, order) __atomic_exchange_n(&here()->word.value, to, order)
#define F(order)	   __atomic_thread_fence(order)

#define D		 (here()->data)
#define IF(word, order)	 if (__atomic_load_n(&here()->word.value, order))
#define ADD(word, order) __atomic_fetch_add(&here()->word.value, 1, order)
#define POINTER		 (here()->pointer)
#define UNTIL(word, from, order)                                        \
	do                                                              \
		machine_wait(&here()->word.value, MACHINE_EQUAL, from); \
	while (__atomic_load_n(&here()->word.value, order) != (from))

static void lock(int order)
{
	do {
		machine_wait(&here()->lock.value, MACHINE_EQUAL, 0);
		machine_note(MACHINE_LOCKS);
	} while (order == ACQ ? X(lock, 1, ACQ) : X(lock, 1, RLX));
}

static void unlock(void)
{
	machine_note(MACHINE_UNLOCKS);
	W(lock, 0, REL);
}

/* Double-checked: the first who comes makes it. */
static void once(bool acquire)
{
	if (acquire ? !__atomic_load_n(&here()->x.value, ACQ) : !__atomic_load_n(&here()->x.value, RLX)) {
		lock(ACQ);
		if (!__atomic_load_n(&here()->x.value, RLX)) {
			D = 1;
			W(x, 1, REL);
		}
		unlock();
	}
	here()->read[machine_cpu()][0] = D;
}

/* What is unhooked is used by those who found it before; they are waited for. */
static void read_section(int unlock_order)
{
	machine_note(MACHINE_READ_LOCKS);
	__atomic_fetch_add(&here()->readers.value, 1, RLX);
	F(SC);
	IF(x, ACQ)
	here()->read[machine_cpu()][0] = D;
	machine_note(MACHINE_READ_UNLOCKS);
	if (unlock_order == REL)
		__atomic_fetch_sub(&here()->readers.value, 1, REL);
	else
		__atomic_fetch_sub(&here()->readers.value, 1, RLX);
}

static void answered(void *unused)
{
	(void)unused;
	here()->read[1][0] = D;
	ADD(y, REL);
}

/* The operations: their names, and what they do. */
#define OPERATIONS                                                                                                     \
	OP(tell_rel, D = 1; W(y, 1, REL))                                                                              \
	OP(tell_rlx, D = 1; W(y, 1, RLX))                                                                              \
	OP(tell_other, D = 1; W(z, 1, REL); W(y, 1, RLX))                                                              \
	OP(tell_other_fence, D = 1; W(z, 1, REL); F(REL); W(y, 1, RLX))                                                \
	OP(tell_read, here()->read[0][1] = D; W(y, 1, REL))                                                            \
	OP(tell_atomic, W(x, 1, RLX); W(y, 1, REL))                                                                    \
	OP(tell_array, for (unsigned int i = 0; i < sizeof(here()->array); i++) here()->array[i] = 1; W(y, 1, REL))    \
	OP(tell_pointer, here()->x.value = 1; __atomic_store_n(&POINTER, &here()->x, REL))                             \
	OP(hear_acq, IF(y, ACQ) here()->read[1][0] = D)                                                                \
	OP(hear_rlx, IF(y, RLX) here()->read[1][0] = D)                                                                \
	OP(hear_rlx_change, IF(y, RLX) D = 2)                                                                          \
	OP(hear_acq_change, IF(y, ACQ) D = 2)                                                                          \
	OP(                                                                                                            \
		hear_fence, IF(y, RLX) {                                                                               \
			F(ACQ);                                                                                        \
			here()->read[1][0] = D;                                                                        \
		})                                                                                                     \
	OP(hear_wait_rlx, UNTIL(y, 1, RLX); here()->read[1][0] = D)                                                    \
	OP(hear_wait_acq, UNTIL(y, 1, ACQ); here()->read[1][0] = D)                                                    \
	OP(hear_plain_rlx, IF(y, RLX) here()->read[1][0] = here()->x.value)                                            \
	OP(hear_plain_acq, IF(y, ACQ) here()->read[1][0] = here()->x.value)                                            \
	OP(hear_byte_rlx, IF(y, RLX) here()->read[1][0] = here()->array[9])                                            \
	OP(hear_byte_acq, IF(y, ACQ) here()->read[1][0] = here()->array[9])                                            \
	OP(hear_two, if (__atomic_load_n(&here()->y.value, ACQ) == 2) here()->read[2][0] = D)                          \
	OP(add_rlx, ADD(y, RLX))                                                                                       \
	OP(pass_rel, IF(y, ACQ) W(x, 1, REL))                                                                          \
	OP(                                                                                                            \
		pass_rlx, IF(y, ACQ) {                                                                                 \
			W(z, 1, REL);                                                                                  \
			W(x, 1, RLX);                                                                                  \
		})                                                                                                     \
	OP(passed, IF(x, ACQ) here()->read[2][0] = D)                                                                  \
	OP(follow_rlx, struct word *p = __atomic_load_n(&POINTER, RLX); if (p) here()->read[1][0] = p->value)          \
	OP(follow_consume, struct word *p = __atomic_load_n(&POINTER, __ATOMIC_CONSUME);                               \
	   if (p) here()->read[1][0] = p->value)                                                                       \
	OP(follow_volatile, struct word *p = *(struct word *volatile *)&POINTER; if (p) here()->read[1][0] = p->value) \
	OP(locked, lock(ACQ); D = D + 1; unlock())                                                                     \
	OP(locked_rlx, lock(RLX); D = D + 1; unlock())                                                                 \
	OP(tell_locked, D = 1; lock(ACQ); W(y, 1, RLX); unlock())                                                      \
	OP(hear_locked, lock(ACQ); bool told = __atomic_load_n(&here()->y.value, RLX); unlock(); if (told) D = 2)      \
	OP(hear_locked_rlx, lock(RLX); bool told = __atomic_load_n(&here()->y.value, RLX); unlock(); if (told) D = 2)  \
	OP(once_acq, once(true))                                                                                       \
	OP(once_rlx, once(false))                                                                                      \
	OP(make, D = 1; W(x, 1, REL); W(x, 0, RLX); F(SC); UNTIL(readers, 0, ACQ); D = 2)                              \
	OP(make_rlx, D = 1; W(x, 1, REL); W(x, 0, RLX); F(SC); UNTIL(readers, 0, RLX); D = 2)                          \
	OP(section, read_section(REL))                                                                                 \
	OP(section_rlx, read_section(RLX))                                                                             \
	OP(ask, D = 1; machine_interrupt(1 << 1, answered, NULL); UNTIL(y, 1, ACQ); D = 2)                             \
	OP(idle, (void)0)                                                                                              \
	OP(ask_rlx, D = 1; machine_interrupt(1 << 1, answered, NULL); UNTIL(y, 1, RLX); D = 2)

#define OP(name, what)                              \
	static void name(struct subject_call *call) \
	{                                           \
		(void)call;                         \
		what;                               \
	}
OPERATIONS
#undef OP

static const struct subject_operation operations[] = {
#define OP(name, what) { #name, SUBJECT_CPU, false, name },
	OPERATIONS
#undef OP
	{ 0 },
};

/* ---- as the checker sees it ---- */

static void boot(const struct subject_setup *setup)
{
	(void)setup;
	here()->root = machine_frame_alloc(MACHINE_FRAME_TABLE);
	here()->space = machine_space_at(here()->root);
}

static bool present(const struct subject_present *entry)
{
	(void)entry;
	return false;
}

static struct machine_space *space(unsigned int nr)
{
	(void)nr;
	return here()->space;
}

static void *thread(int nr, enum subject_thread kind)
{
	(void)kind;
	return &here()->threads[nr];
}

static void thread_starts(void *self)
{
	machine_set_current(self);
}

static bool fault(unsigned long address, enum machine_access how)
{
	(void)address;
	(void)how;
	return false;
}

static const struct machine_kernel kernel = { .data_size = sizeof(struct data), .fault = fault };

const struct subject subject_under_test = {
	.name = "data",
	.kernel = &kernel,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = thread_starts,
};
