/* SPDX-License-Identifier: MIT */
/*
 * words.c - a kernel that is nothing but words: each operation is one thread of a classic test of memory orders, written with the
 * compiler's atomics. An outcome that was reached is told at the end, as something that was missed.
 *
 * words.sh has the table of which outcomes C11 without load buffering, TSO, and one memory allow.
 */
#include <machine/machine.h>
#include <shootdown/subject.h>
#include <string.h>

enum {
	MOST = 4, /* threads of a test, and what each reads */
};

/* Far from each other, so that no two words are taken for one. */
struct word {
	int value;
	int unused[3];
};

struct words {
	struct machine_space *space;
	int root, begun;
	struct word x, y, z;
	volatile int volatile_x;
	int unused[3];
	volatile int volatile_y;
	int unused_too[3];
	int read[MOST][2]; /* by the thread of each CPU */
	long threads[MOST];
};

static struct words *here(void)
{
	return machine_kernel_data();
}

#define RLX __ATOMIC_RELAXED
#define ACQ __ATOMIC_ACQUIRE
#define REL __ATOMIC_RELEASE
#define AR  __ATOMIC_ACQ_REL
#define SC  __ATOMIC_SEQ_CST

#define W(word, to, order)    __atomic_store_n(&here()->word.value, to, order)
#define R(nr, word, order)    (here()->read[machine_cpu()][nr] = __atomic_load_n(&here()->word.value, order))
#define X(word, to, order)    __atomic_exchange_n(&here()->word.value, to, order)
#define F(order)	      __atomic_thread_fence(order)
#define WAIT(word, for_value) machine_wait(&here()->word.value, MACHINE_EQUAL, for_value)

/* Who is interrupted has what was stored before the interrupt was sent. */
static void interrupted(void *nothing)
{
	(void)nothing;
	R(1, x, RLX);
	here()->read[1][0] = 1;
}

/* The operations: their names, and what they do. */
#define OPERATIONS                                                                              \
	OP(sb_rlx_0, W(x, 1, RLX); R(0, y, RLX))                                                \
	OP(sb_rlx_1, W(y, 1, RLX); R(0, x, RLX))                                                \
	OP(sb_acq_rel_0, W(x, 1, REL); R(0, y, ACQ))                                            \
	OP(sb_acq_rel_1, W(y, 1, REL); R(0, x, ACQ))                                            \
	OP(sb_sc_0, W(x, 1, SC); R(0, y, SC))                                                   \
	OP(sb_sc_1, W(y, 1, SC); R(0, x, SC))                                                   \
	OP(sb_fence_0, W(x, 1, RLX); F(SC); R(0, y, RLX))                                       \
	OP(sb_fence_1, W(y, 1, RLX); F(SC); R(0, x, RLX))                                       \
	OP(sb_ar_fence_0, W(x, 1, RLX); F(AR); R(0, y, RLX))                                    \
	OP(sb_xchg_0, X(x, 1, SC); R(0, y, SC))                                                 \
	OP(sb_xchg_1, X(y, 1, SC); R(0, x, SC))                                                 \
	OP(mp_write_rlx, W(x, 1, RLX); W(y, 1, RLX))                                            \
	OP(mp_write_rel, W(x, 1, RLX); W(y, 1, REL))                                            \
	OP(mp_write_fence, W(x, 1, RLX); F(REL); W(y, 1, RLX))                                  \
	OP(mp_write_xchg, W(x, 1, RLX); X(y, 1, REL))                                           \
	OP(mp_write_xchg_rlx, W(x, 1, RLX); X(y, 1, RLX))                                       \
	OP(mp_read_rlx, R(0, y, RLX); R(1, x, RLX))                                             \
	OP(mp_read_acq, R(0, y, ACQ); R(1, x, RLX))                                             \
	OP(mp_read_fence, R(0, y, RLX); F(ACQ); R(1, x, RLX))                                   \
	OP(mp_wait_rlx, WAIT(y, 1); R(0, y, RLX); R(1, x, RLX))                                 \
	OP(mp_wait_acq, WAIT(y, 1); R(0, y, ACQ); R(1, x, RLX))                                 \
	OP(mp_volatile_write, here()->volatile_x = 1; here()->volatile_y = 1)                   \
	OP(mp_volatile_write_fence, here()->volatile_x = 1; F(REL); here()->volatile_y = 1)     \
	OP(mp_volatile_read, here()->read[machine_cpu()][0] = here()->volatile_y;               \
	   here()->read[machine_cpu()][1] = here()->volatile_x)                                 \
	OP(mp_volatile_read_fence, here()->read[machine_cpu()][0] = here()->volatile_y; F(ACQ); \
	   here()->read[machine_cpu()][1] = here()->volatile_x)                                 \
	OP(lb_0, R(0, x, RLX); W(y, 1, RLX))                                                    \
	OP(lb_1, R(0, y, RLX); W(x, 1, RLX))                                                    \
	OP(ww_rlx_0, W(x, 2, RLX); W(y, 1, RLX))                                                \
	OP(ww_rlx_1, W(y, 2, RLX); W(x, 1, RLX))                                                \
	OP(ww_rel_0, W(x, 2, REL); W(y, 1, REL))                                                \
	OP(ww_rel_1, W(y, 2, REL); W(x, 1, REL))                                                \
	OP(iriw_x, W(x, 1, RLX))                                                                \
	OP(iriw_y, W(y, 1, RLX))                                                                \
	OP(iriw_xy_rlx, R(0, x, RLX); R(1, y, RLX))                                             \
	OP(iriw_yx_rlx, R(0, y, RLX); R(1, x, RLX))                                             \
	OP(iriw_xy_acq, R(0, x, ACQ); R(1, y, ACQ))                                             \
	OP(iriw_yx_acq, R(0, y, ACQ); R(1, x, ACQ))                                             \
	OP(wrc_rlx, W(y, R(0, x, RLX), RLX))                                                    \
	OP(wrc_rel, W(y, R(0, x, RLX), REL))                                                    \
	OP(corr_write, W(x, 1, RLX); W(x, 2, RLX))                                              \
	OP(corr_read, R(0, x, RLX); R(1, x, RLX))                                               \
	OP(own, W(x, 1, RLX); R(0, x, RLX))                                                     \
	OP(interrupt, W(x, 1, RLX); machine_interrupt(1 << 1, interrupted, NULL))               \
	OP(idle, (void)0)

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

/* ---- outcomes ---- */

static bool read_is(unsigned int cpu, int first, int second)
{
	return here()->read[cpu][0] == first && here()->read[cpu][1] == second;
}

/* Each in the words of its test: what the threads have read, and what the words hold at the end. */
static bool is_reached(const char *outcome)
{
	const struct words *w = here();

	if (!strcmp(outcome, "sb") || !strcmp(outcome, "own"))
		return !w->read[0][0] && !w->read[1][0];
	if (!strcmp(outcome, "mp"))
		return read_is(1, 1, 0);
	if (!strcmp(outcome, "lb"))
		return w->read[0][0] && w->read[1][0];
	if (!strcmp(outcome, "ww"))
		return w->x.value == 2 && w->y.value == 2;
	if (!strcmp(outcome, "iriw"))
		return read_is(2, 1, 0) && read_is(3, 1, 0);
	if (!strcmp(outcome, "wrc"))
		return w->read[1][0] && read_is(2, 1, 0);
	return read_is(1, 2, 1) || read_is(1, 2, 0) || read_is(1, 1, 0);
}

/* ---- as the checker sees it ---- */

static const char *asked; /* by the name of the first map */

static void boot(const struct subject_setup *setup)
{
	asked = setup->maps[0].name;
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
	(void)nr;
	return &here()->threads[here()->begun++];
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

static void audit(struct subject_audit *to)
{
	if (is_reached(asked))
		to->finds(to, SUBJECT_MISSED, SUBJECT_NONE, "the outcome is reached");
}

static const struct machine_kernel kernel = { .data_size = sizeof(struct words), .fault = fault };

const struct subject subject_under_test = {
	.name = "words",
	.kernel = &kernel,
	.operations = operations,
	.boot = boot,
	.present = present,
	.space = space,
	.thread = thread,
	.thread_starts = thread_starts,
	.audit = audit,
};
