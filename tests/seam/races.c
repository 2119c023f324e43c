/* SPDX-License-Identifier: MIT */
/*
 * races.c - open sets by themselves: who meets whom, what closes a set, what counts for a state. The world is a few agents
 * that do what the test says; it checks as well that each change of a set is logged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <machine/model/before.h>
#include <machine/model/model.h>

/* ---- a world ---- */

enum {
	THREAD0,   /* on CPU 0 */
	THREAD1,   /* on CPU 1 */
	NEIGHBOUR, /* a second thread on CPU 1 */
	HANDLER1,  /* the interrupts of CPU 1 */
	SCHEDULER1,
	ANYWHERE,
	AGENTS,
};

static struct {
	_Alignas(16) unsigned char state[sizeof(struct model_state)]; /* of no CPUs: nobody looks at them */
	struct model_telling telling;
	unsigned char heap[64 * 1024], logged[64 * 1024], before[64 * 1024];
	bool counts[64 * 1024];
	size_t used;
	int self;
	bool seen;	/* somebody can tell whether the step was made */
	bool stack_too; /* is watched */
	unsigned int races;
	struct machine_event last;
	jmp_buf too_big;
	_Alignas(64) uint8_t data[4096];
} world;

struct model_state *model_state(void)
{
	return (struct model_state *)(void *)world.state;
}

struct model_telling *model_telling(void)
{
	return &world.telling;
}

struct model_agent *model_me(void)
{
	return &model_state()->agents[world.self];
}

bool model_listening(void)
{
	return true;
}

void model_emit(struct machine_event event)
{
	assert_int_equal(event.kind, EVENT_data_race);
	assert_int_equal(event.violates, MODEL_DATA_RACE);
	world.last = event;
}

/* Accesses that are one behind the other: here are those alone that can be side by side. tests/check/data.c has the others. */
void before_plain(const void *p, size_t n, bool write, const void *pc)
{
	(void)p;
	(void)write;
	assert_true(n > 0 && pc);
}

void before_atomic(const void *p, size_t n, bool write, const void *pc)
{
	before_plain(p, n, write, pc);
}

void agent_report(unsigned int property)
{
	assert_int_equal(property, MODEL_DATA_RACE);
	world.races++;
}

int agent_self(void)
{
	return world.self;
}

/* In these tests the only stack is the first thread's. */
int agent_whose_stack(const void *address)
{
	const uint8_t *byte = address;

	return world.stack_too && (byte < world.data || byte >= world.data + sizeof(world.data)) ? THREAD0 : -1;
}

void agent_seen(void)
{
	world.seen = true;
}

unsigned int agent_count(void)
{
	return AGENTS;
}

void *agent_alloc(size_t bytes)
{
	void *p = world.heap + world.used;

	world.used += bytes;
	assert_true(world.used <= sizeof(world.heap));
	return memset(p, 0, bytes);
}

void agent_not_state(void *start, size_t bytes)
{
	memset(world.counts + ((unsigned char *)start - world.heap), false, bytes);
}

void agent_log(const void *address, size_t bytes)
{
	assert_true((const unsigned char *)address >= world.heap);
	memset(world.logged + ((const unsigned char *)address - world.heap), 1, bytes);
}

bool agent_is_object(const void *address)
{
	return world.stack_too ||
	       ((const uint8_t *)address >= world.data && (const uint8_t *)address < world.data + sizeof(world.data));
}

_Noreturn void machine_too_big(const char *what, unsigned long limit)
{
	assert_non_null(what);
	assert_int_equal(limit, RACES_MOST);
	longjmp(world.too_big, 1);
}

static void start(void)
{
	static const struct model_agent agents[AGENTS] = {
		[THREAD0] = { .is_thread = true, .cpu = 0 },
		[THREAD1] = { .is_thread = true, .cpu = 1 },
		[NEIGHBOUR] = { .is_thread = true, .cpu = 1 },
		[HANDLER1] = { .handling = true, .cpu = 1 },
		[SCHEDULER1] = { .cpu = 1 },
		[ANYWHERE] = { .cpu = 1, .anywhere = true },
	};

	memset(&world, 0, sizeof(world));
	memset(world.counts, true, sizeof(world.counts));
	memcpy(model_state()->agents, agents, sizeof(agents));
	world.self = -1;
	races_start();
}

/* Nothing of a set changes that was not logged. */
static void begin(int agent)
{
	memcpy(world.before, world.heap, sizeof(world.heap));
	memset(world.logged, 0, sizeof(world.logged));
	world.self = agent;
}

static void end(void)
{
	for (size_t i = 0; i < sizeof(world.heap); i++)
		assert_true(world.heap[i] == world.before[i] || world.logged[i]);
}

static const void *pc(int nr)
{
	return (const void *)(uintptr_t)(0x1000 + nr);
}

/* The access @nr races with those before it. */
static bool races(int agent, bool write, unsigned int at, size_t bytes, int nr)
{
	unsigned int before = world.races;

	begin(agent);
	races_plain(&world.data[at], bytes, write, pc(nr));
	end();
	return world.races > before;
}

static bool races_if_atomic(int agent, bool write, unsigned int at, size_t bytes, int nr)
{
	unsigned int before = world.races;

	begin(agent);
	races_atomic(&world.data[at], bytes, write, pc(nr));
	end();
	return world.races > before;
}

static bool races_open(int agent)
{
	world.self = agent;
	return races_open_here();
}

static void releases(int agent)
{
	begin(agent);
	races_release();
	end();
}

/* What two states are compared by. */
static uint64_t print(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(world.heap); i++)
		sum = sum * 31 + (world.counts[i] ? world.heap[i] : 0);
	return sum;
}

/* ---- who meets whom ---- */

static void reads_do_not_race(void **state)
{
	(void)state;
	start();
	assert_false(races(THREAD0, false, 8, 8, 1));
	assert_false(races(THREAD1, false, 8, 8, 2));
	assert_false(races_if_atomic(THREAD1, false, 8, 8, 3));
}

static void a_write_races_with_both(void **state)
{
	(void)state;
	start();
	assert_false(races(THREAD0, true, 8, 4, 1));
	assert_true(races(THREAD1, false, 8, 4, 2));
	assert_int_equal(world.last.data_race.other, THREAD0);
	assert_ptr_equal(world.last.data_race.pc, pc(2));
	assert_ptr_equal(world.last.data_race.other_pc, pc(1));
	assert_ptr_equal(world.last.data_race.address, &world.data[8]);
	assert_true(world.last.data_race.other_write && !world.last.data_race.write && !world.last.data_race.atomic);
	assert_true(races(THREAD1, true, 8, 4, 3));
	start();
	assert_false(races(THREAD0, false, 8, 4, 1));
	assert_true(races(THREAD1, true, 8, 4, 2));
	assert_false(world.last.data_race.other_write);
}

static void an_atomic_access_races_with_a_plain_one(void **state)
{
	(void)state;
	start();
	assert_false(races(THREAD0, true, 8, 8, 1));
	assert_true(races_if_atomic(THREAD1, false, 8, 8, 2));
	assert_true(world.last.data_race.atomic);
	assert_false(races_if_atomic(THREAD0, true, 8, 8, 3));
	start();
	assert_false(races_if_atomic(THREAD0, true, 8, 8, 1));
	assert_false(races_if_atomic(THREAD1, true, 8, 8, 2));
}

static void bytes_are_exact(void **state)
{
	(void)state;
	start();
	assert_false(races(THREAD0, true, 9, 2, 1));
	assert_false(races(THREAD1, true, 8, 1, 2));
	assert_false(races(THREAD1, true, 11, 5, 3));
	assert_true(races(THREAD1, true, 10, 1, 4));
	start();
	assert_false(races(THREAD0, true, 64, 100, 1));
	assert_false(races(THREAD1, true, 164, 1, 2));
	assert_true(races(THREAD1, true, 163, 1, 3));
}

static void nothing_of_the_checker_is_watched(void **state)
{
	static uint8_t own;

	(void)state;
	start();
	begin(THREAD0);
	races_plain(&own, 1, true, pc(1));
	begin(THREAD1);
	races_plain(&own, 1, true, pc(2));
	begin(-1);
	races_plain(&world.data[8], 8, true, pc(3));
	races_release();
	races_step();
	end();
	assert_int_equal(world.races, 0);
	assert_false(races(THREAD0, true, 8, 8, 4));
}

/* ---- what closes a set ---- */

static void a_release_closes(void **state)
{
	(void)state;
	start();
	assert_false(races(THREAD0, true, 8, 8, 1));
	assert_true(races_open(THREAD0));
	releases(THREAD1);
	assert_true(races_open(THREAD0));
	assert_false(world.seen);
	releases(THREAD0);
	assert_true(world.seen);
	assert_false(races_open(THREAD0));
	assert_false(races(THREAD1, true, 8, 8, 2));
	assert_true(races(THREAD0, false, 8, 8, 3));
}

/* For who was in a section, and has released with its end. */
static void a_grace_period_releases_nothing(void **state)
{
	(void)state;
	start();
	races(THREAD0, true, 8, 8, 1);
	races(THREAD1, true, 16, 8, 2);
	releases(THREAD1);
	assert_false(races(ANYWHERE, true, 16, 8, 3));
	assert_true(races(ANYWHERE, true, 8, 8, 4));
	assert_true(races(THREAD1, false, 16, 8, 5));
}

/* ---- one CPU ---- */

static void threads_of_one_cpu_race(void **state)
{
	(void)state;
	start();
	races(THREAD1, true, 8, 8, 1);
	assert_true(races(NEIGHBOUR, true, 8, 8, 2));
	/* A handler comes between any two accesses. */
	assert_true(races(HANDLER1, false, 8, 8, 3));
}

static void what_cannot_be_preempted_does_not(void **state)
{
	(void)state;
	start();
	model_state()->agents[THREAD1].spin_depth = 1;
	races(THREAD1, true, 8, 8, 1);
	model_state()->agents[THREAD1].spin_depth = 0;
	assert_false(races(SCHEDULER1, true, 8, 8, 2));
	assert_false(races(NEIGHBOUR, true, 8, 8, 2));
	assert_true(races(THREAD0, true, 8, 8, 3));
	start();
	model_state()->agents[THREAD1].spin_depth = 1;
	races(THREAD1, true, 8, 8, 1);
	assert_true(races(HANDLER1, true, 8, 8, 2));
}

static void what_cannot_be_interrupted_does_not(void **state)
{
	(void)state;
	start();
	model_state()->agents[THREAD1].irq_depth = 1;
	races(THREAD1, true, 8, 8, 1);
	model_state()->agents[THREAD1].irq_depth = 0;
	assert_false(races(HANDLER1, true, 8, 8, 2));
	assert_false(races(NEIGHBOUR, true, 8, 8, 3));
	assert_true(races(THREAD0, true, 8, 8, 4));
	/* The same bytes, now with interrupts on: that is another access. */
	start();
	model_state()->agents[THREAD1].irq_depth = 1;
	races(THREAD1, true, 8, 8, 1);
	model_state()->agents[THREAD1].irq_depth = 0;
	races(THREAD1, true, 8, 8, 2);
	assert_true(races(HANDLER1, true, 8, 8, 3));
	/* A handler is over when the thread goes on. */
	start();
	races(HANDLER1, true, 8, 8, 1);
	assert_false(races(THREAD1, true, 8, 8, 2));
}

static void a_release_is_one_of_what_is_over_on_the_cpu(void **state)
{
	(void)state;
	start();
	races(SCHEDULER1, true, 8, 8, 1);
	model_state()->agents[NEIGHBOUR].spin_depth = 1;
	races(NEIGHBOUR, true, 16, 8, 2);
	model_state()->agents[NEIGHBOUR].spin_depth = 0;
	races(NEIGHBOUR, true, 24, 8, 3);
	releases(THREAD1);
	assert_false(races(THREAD0, true, 8, 16, 4));
	assert_true(races(THREAD0, true, 24, 8, 5));
	assert_ptr_equal(world.last.data_race.other_pc, pc(3));
}

/* They run side by side: were one to close a set of the other's, it would depend on who steps first what is open then. */
static void a_release_is_none_by_the_handler(void **state)
{
	(void)state;
	start();
	races(HANDLER1, true, 8, 8, 1);
	races(NEIGHBOUR, true, 16, 8, 2);
	releases(THREAD1);
	assert_true(races_open(HANDLER1));
	races(NEIGHBOUR, true, 16, 8, 3);
	releases(HANDLER1);
	assert_false(races_open(HANDLER1));
	assert_true(races(THREAD0, true, 16, 8, 4));
}

static void who_is_anywhere_has_no_neighbours(void **state)
{
	(void)state;
	start();
	races(ANYWHERE, true, 8, 8, 1);
	releases(THREAD1);
	assert_true(races(THREAD1, true, 8, 8, 2));
	start();
	races(THREAD1, true, 8, 8, 1);
	releases(ANYWHERE);
	assert_true(races_open(THREAD1));
}

/* ---- what counts for a state ---- */

static void order_does_not_count(void **state)
{
	uint64_t one, empty;

	(void)state;
	start();
	empty = print();
	races(THREAD0, true, 8, 8, 1);
	races(THREAD0, false, 32, 4, 2);
	races(THREAD0, false, 32, 4, 3);
	one = print();
	assert_true(one != empty);
	start();
	races(THREAD0, false, 32, 4, 4);
	races(THREAD0, true, 8, 8, 5);
	races(THREAD0, false, 8, 8, 6);
	assert_true(print() == one);
	releases(THREAD0);
	assert_true(print() == empty);
}

static void everything_else_does(void **state)
{
	uint64_t prints[6];

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		start();
		model_state()->agents[THREAD0].irq_depth = i == 5;
		races(i == 1 ? THREAD1 : THREAD0, i == 2, i == 3 ? 16 : 8, i == 4 ? 4 : 8, 1);
		prints[i] = print();
		for (unsigned int k = 0; k < i; k++)
			assert_true(prints[k] != prints[i]);
	}
}

/* ---- a stack ---- */

static __attribute__((noinline)) void write_deeper(void)
{
	volatile uint8_t room[512];

	room[0] = 1;
	races_plain((const void *)room, 1, true, pc(1));
	assert_true(races_open(THREAD0));
	races_step();
	assert_true(races_open(THREAD0));
}

static void a_frame_that_is_gone_is_forgotten(void **state)
{
	volatile uint8_t here;

	(void)state;
	start();
	world.stack_too = true;
	begin(THREAD0);
	write_deeper();
	races_step();
	assert_false(races_open(THREAD0));
	end();
	/* What still is there is not, nor what was on no stack. */
	begin(THREAD0);
	races_plain(&world.data[8], 1, true, pc(1));
	races_plain((const void *)&here, 1, true, pc(2));
	write_deeper();
	races_step();
	end();
	assert_true(races(THREAD1, true, 8, 1, 3));
	begin(THREAD1);
	races_plain((const void *)&here, 1, false, pc(4));
	assert_int_equal(world.races, 2);
	assert_ptr_equal(world.last.data_race.other_pc, pc(2));
}

/* ---- limits ---- */

static void a_loop_is_one_access(void **state)
{
	(void)state;
	start();
	for (unsigned int i = 0; i < 4096; i += 2)
		assert_false(races(THREAD0, true, i, 2, 1));
	assert_true(races(THREAD1, false, 2221, 1, 2));
	releases(THREAD0);
	assert_false(races(THREAD1, false, 2222, 1, 2));
}

static void too_many_is_no_verdict(void **state)
{
	(void)state;
	start();
	if (!setjmp(world.too_big)) {
		world.self = THREAD0;
		for (int i = 0; i < 4096; i++)
			races_plain(&world.data[i], 1, true, pc(i % 2));
		fail_msg("it has room for more than it says");
	}
	assert_int_equal(world.races, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_do_not_race),
		cmocka_unit_test(a_write_races_with_both),
		cmocka_unit_test(an_atomic_access_races_with_a_plain_one),
		cmocka_unit_test(bytes_are_exact),
		cmocka_unit_test(nothing_of_the_checker_is_watched),
		cmocka_unit_test(a_release_closes),
		cmocka_unit_test(a_grace_period_releases_nothing),
		cmocka_unit_test(threads_of_one_cpu_race),
		cmocka_unit_test(what_cannot_be_preempted_does_not),
		cmocka_unit_test(what_cannot_be_interrupted_does_not),
		cmocka_unit_test(a_release_is_one_of_what_is_over_on_the_cpu),
		cmocka_unit_test(a_release_is_none_by_the_handler),
		cmocka_unit_test(who_is_anywhere_has_no_neighbours),
		cmocka_unit_test(order_does_not_count),
		cmocka_unit_test(everything_else_does),
		cmocka_unit_test(a_frame_that_is_gone_is_forgotten),
		cmocka_unit_test(a_loop_is_one_access),
		cmocka_unit_test(too_many_is_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
