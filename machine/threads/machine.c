/* SPDX-License-Identifier: MIT */
/* machine.c - the machine on threads: boot, run, shut down; who runs where; violations; random numbers. */
#include <machine/threads/threads.h>

#include <assert.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Thread_local struct threads_cpu *threads_self;

/* ---- dice ---- */

/* SplitMix64: any seed will do, 0 too. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/*
 * Each CPU has numbers of its own, so a seed gives each of them the same dice; what they meet still
 * depends on the host's scheduler.
 */
unsigned int threads_random(unsigned int below)
{
	assert(below > 0);
	return (unsigned int)(next_random(&threads_self->random) >> 32) % below;
}

/* ---- boot, run, shut down ---- */

static void cpu_init(struct threads_machine *machine, unsigned int nr)
{
	struct threads_cpu *cpu = &machine->cpus[nr];

	cpu->machine = machine;
	cpu->number = nr;
	cpu->random = machine->config.seed * MACHINE_MAX_CPUS + nr;
	pthread_mutex_init(&cpu->mailbox, NULL);
	pthread_mutex_init(&cpu->tlb.lock, NULL);
}

static void *zeroed(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* The caller is CPU 0 while it sets up, and no other runs: no step does anything before .running. */
struct threads_machine *threads_boot(const struct threads_config *config)
{
	struct threads_machine *machine = zeroed(sizeof(*machine));

	assert(config->arch && config->kernel && config->cpus);
	if (config->cpus > MACHINE_MAX_CPUS)
		machine_too_big("CPUs", MACHINE_MAX_CPUS);
	machine->config = *config;
	pthread_mutex_init(&machine->lock, NULL);
	for (unsigned int i = 0; i <= config->cpus; i++)
		cpu_init(machine, i);
	threads_self = &machine->cpus[0];
	machine->kernel_data = zeroed(config->kernel->data_size);
	return machine;
}

struct start {
	struct threads_cpu *cpu;
	void (*program)(void *);
	void *arg;
};

/* A CPU whose program is over is idle: it answers. Nothing new comes once no program runs. */
static void *run_cpu(void *arg)
{
	const struct start *start = arg;
	struct threads_machine *machine = start->cpu->machine;

	threads_self = start->cpu;
	start->program(start->arg);
	__atomic_fetch_sub(&machine->working, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&machine->working, __ATOMIC_ACQUIRE)) {
		threads_step();
		threads_relax();
	}
	return NULL;
}

/* It never returns: machine_wait_word() ends it when there is nothing left to wait for. */
static void *run_daemon(void *arg)
{
	threads_self = arg;
	threads_here()->config.kernel->daemon();
	return NULL;
}

void threads_run(struct threads_machine *machine, void (*program)(void *), void *arg)
{
	unsigned int cpus = machine->config.cpus;
	struct start start[MACHINE_MAX_CPUS];
	pthread_t threads[MACHINE_MAX_CPUS + 1];

	assert(program && !machine->running && threads_self == &machine->cpus[0]);
	machine->running = true;
	machine->working = cpus;
	if (pthread_create(&threads[cpus], NULL, run_daemon, &machine->cpus[cpus]))
		machine_too_big("threads that the system gives", 0);
	for (unsigned int i = 0; i < cpus; i++) {
		/* On this stack: it outlives the threads, which are joined below. */
		start[i] = (struct start){ &machine->cpus[i], program, arg };
		if (pthread_create(&threads[i], NULL, run_cpu, &start[i]))
			machine_too_big("threads that the system gives", i);
	}
	for (unsigned int i = 0; i <= cpus; i++)
		pthread_join(threads[i], NULL);
	machine->running = false;
	threads_self = &machine->cpus[0];
}

/* No thread runs any more: what is freed here has no other user. */
void threads_shutdown(struct threads_machine *machine)
{
	assert(!machine->running);
	for (unsigned int i = 0; i <= machine->config.cpus; i++) {
		pthread_mutex_destroy(&machine->cpus[i].mailbox);
		pthread_mutex_destroy(&machine->cpus[i].tlb.lock);
	}
	free(machine->kernel_data);
	pthread_mutex_destroy(&machine->lock);
	free(machine);
	threads_self = NULL;
}

/* ---- who and what ---- */

const struct tlb_arch *machine_arch(void)
{
	return threads_here()->config.arch;
}

unsigned int machine_cpu(void)
{
	return threads_self->number;
}

unsigned int machine_nr_cpus(void)
{
	return threads_here()->config.cpus;
}

unsigned int machine_levels(void)
{
	return threads_here()->config.levels;
}

/* Its TLBs are software, and an access holds its TLB's lock. */
bool machine_broadcasts_early(void)
{
	return false;
}

bool machine_switch(unsigned int bit)
{
	return machine_has_rule(&threads_here()->config.rules, bit);
}

void *machine_kernel_data(void)
{
	return threads_here()->kernel_data;
}

void *machine_current(void)
{
	return threads_self->current;
}

void machine_set_current(void *thread)
{
	threads_self->current = thread;
}

_Noreturn void machine_too_big(const char *what, unsigned long limit)
{
	fprintf(stderr, "scenario too big: more than %lu %s\n", limit, what);
	exit(2);
}

/* Another CPU may be in the middle of anything, so nothing is put in order first. */
_Noreturn void machine_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: contract broken: %s\n", file, line, what);
	abort();
}

/* ---- between two instructions ---- */

/*
 * Sleeps now and then: who has slept is let on before who has only made way, so that an answer is not long in coming
 * on a machine that is busy with other things.
 */
void threads_relax(void)
{
	if (++threads_self->turns % 8)
		sched_yield();
	else
		usleep(1);
}

/* A long pause now and then, so that others get far while this CPU is in the middle of something. */
void threads_dawdle(void)
{
	if (!threads_random(24))
		sched_yield();
	if (!threads_random(1000))
		usleep(threads_random(200));
}

/*
 * What hardware may do between two instructions: take an interrupt, let a walk run ahead, or lose
 * time. Interrupts only with interrupts on, and not within a handler.
 */
void threads_step(void)
{
	struct threads_cpu *cpu = threads_self;

	if (!cpu->machine->running)
		return;
	if (!cpu->irq_depth && !cpu->handling)
		threads_answer(cpu);
	if (!threads_random(16))
		threads_prefetch(cpu);
	threads_dawdle();
}

/* ---- violations ---- */

const char *threads_violation_name(enum threads_violation violation)
{
	static const char *const names[THREADS_VIOLATIONS] = { "use-after-free", "freed-table", "double-free",
							       "livelock" };

	assert(violation < THREADS_VIOLATIONS);
	return names[violation];
}

void threads_violation(enum threads_violation violation, const char *format, ...)
{
	struct threads_machine *machine = threads_here();
	char text[200];
	va_list args;

	/* The first of a kind is printed; what follows from it is only counted. */
	if (__atomic_fetch_add(&machine->violation[violation], 1, __ATOMIC_RELAXED) || machine->config.quiet)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "%s, seed %llu: cpu %u: %s: %s\n", machine->config.arch->name,
		(unsigned long long)machine->config.seed, machine_cpu(), threads_violation_name(violation), text);
}

unsigned long threads_count(const struct threads_machine *machine, enum threads_violation violation)
{
	return (unsigned long)__atomic_load_n(&machine->violation[violation], __ATOMIC_RELAXED);
}

unsigned long threads_flushes(const struct threads_machine *machine)
{
	return (unsigned long)__atomic_load_n(&machine->flushes, __ATOMIC_RELAXED);
}

unsigned long threads_faults(const struct threads_machine *machine)
{
	return (unsigned long)__atomic_load_n(&machine->faults, __ATOMIC_RELAXED);
}
