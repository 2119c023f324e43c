/* SPDX-License-Identifier: MIT */
/* machine.c - the machine that counts: boot, who runs, waiting, interrupts. */
#include <machine/count/count.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <explore/fiber.h>

/* The one writable global: there is one machine, and it runs on one thread. */
static struct count_machine *machine;

struct count_machine *count_here(void)
{
	return machine;
}

static void *zeroed(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory) {
		fputs("shootdown: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

/* ---- boot, run, shut down ---- */

void count_boot(const struct count_config *config)
{
	assert(!machine && config->arch && config->kernel && config->cpus && config->cpus <= MACHINE_MAX_CPUS);
	machine = zeroed(sizeof(*machine));
	machine->config = *config;
	machine->free_frame = MACHINE_NO_FRAME;
	for (unsigned int i = 0; i <= config->cpus; i++)
		machine->cpus[i].number = i;
	machine->self = &machine->cpus[0];
	machine->kernel_data = zeroed(config->kernel->data_size);
}

void count_shutdown(void)
{
	assert(!machine->running);
	count_frames_free();
	free(machine->kernel_data);
	free(machine);
	machine = NULL;
}

void count_begin(void)
{
	machine->counts = (struct tlb_counts){ 0 };
	machine->counting = true;
}

void count_end(struct tlb_counts *counts)
{
	machine->counting = false;
	*counts = machine->counts;
}

void machine_count(enum tlb_count what, unsigned long by)
{
	if (machine->counting)
		tlb_counts_add(&machine->counts, what, by);
}

/* ---- the schedule ---- */

static void to_scheduler(void)
{
	struct count_cpu *cpu = machine->self;

	/* A handler runs on the stack of who sent the interrupt, and cannot be left in the middle. */
	if (cpu->handling)
		machine_panic(__FILE__, __LINE__, "a handler waits");
	explore_fiber_switch(&cpu->saved, machine->scheduler);
}

static void run_program(void *arg)
{
	struct count_cpu *cpu = arg;

	cpu->program(cpu->arg);
	cpu->ended = true;
	to_scheduler();
	abort();
}

static void run_daemon(void *arg)
{
	(void)arg;
	machine->config.kernel->daemon();
}

static void start(struct count_cpu *cpu, void (*program)(void *), void *arg)
{
	cpu->stack = zeroed(COUNT_STACK);
	cpu->program = program;
	cpu->arg = arg;
	cpu->ended = false;
	cpu->wait.word = NULL;
	cpu->saved = explore_fiber_prepare((char *)cpu->stack + COUNT_STACK, run_program, cpu);
}

static bool may_go_on(const struct count_cpu *cpu)
{
	return !cpu->ended && (count_met(&cpu->wait) || (cpu->wait.compare & MACHINE_OR_INTERRUPT && cpu->nr_calls));
}

/* The next one that can, in a circle; the daemon is the last of it. False: nobody can. */
static bool go_on(void)
{
	unsigned int all = machine->config.cpus + 1;

	for (unsigned int i = 1; i <= all; i++) {
		unsigned int nr = (machine->turn + i) % all;

		if (!may_go_on(&machine->cpus[nr]))
			continue;
		machine->turn = nr;
		machine->self = &machine->cpus[nr];
		explore_fiber_switch(&machine->scheduler, machine->self->saved);
		return true;
	}
	return false;
}

static bool programs_ended(void)
{
	for (unsigned int i = 0; i < machine->config.cpus; i++) {
		if (!machine->cpus[i].ended)
			return false;
	}
	return true;
}

void count_run(void (*program)(void *), void *arg)
{
	unsigned int cpus = machine->config.cpus;

	assert(!machine->running);
	machine->running = true;
	machine->turn = cpus;
	for (unsigned int i = 0; i < cpus; i++)
		start(&machine->cpus[i], program, arg);
	start(&machine->cpus[cpus], run_daemon, NULL);
	while (go_on())
		;
	if (!programs_ended())
		machine_panic(__FILE__, __LINE__, "every program waits for another one");
	machine->running = false;
	machine->self = &machine->cpus[0];
	for (unsigned int i = 0; i <= cpus; i++)
		free(machine->cpus[i].stack);
}

/* ---- who and what ---- */

const struct tlb_arch *machine_arch(void)
{
	return machine->config.arch;
}

unsigned int machine_cpu(void)
{
	return machine->self->number;
}

unsigned int machine_nr_cpus(void)
{
	return machine->config.cpus;
}

unsigned int machine_levels(void)
{
	return machine->config.levels;
}

bool machine_broadcasts_early(void)
{
	return false;
}

/* What is counted is the right program. */
bool machine_switch(unsigned int bit)
{
	(void)bit;
	return true;
}

void *machine_kernel_data(void)
{
	return machine->kernel_data;
}

void *machine_current(void)
{
	return machine->self->current;
}

void machine_set_current(void *thread)
{
	machine->self->current = thread;
}

_Noreturn void machine_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "shootdown: %s:%d: contract broken: %s\n", file, line, what);
	abort();
}

_Noreturn void machine_too_big(const char *what, unsigned long limit)
{
	fprintf(stderr, "shootdown: workload too big: more than %lu %s\n", limit, what);
	exit(2);
}

/* ---- waiting ---- */

static long look(const volatile void *word, size_t bytes)
{
	switch (bytes) {
	case 1:
		return *(const volatile int8_t *)word;
	case 2:
		return *(const volatile int16_t *)word;
	case 4:
		return *(const volatile int32_t *)word;
	default:
		assert(bytes == 8);
		return (long)*(const volatile int64_t *)word;
	}
}

bool count_met(const struct count_wait *wait)
{
	long now;

	if (!wait->word)
		return true;
	now = look(wait->word, wait->bytes);
	switch (wait->compare & ~(unsigned int)MACHINE_OR_INTERRUPT) {
	case MACHINE_EQUAL:
		return now == wait->value;
	case MACHINE_AT_LEAST:
		return now >= wait->value;
	default:
		return now != wait->value;
	}
}

void machine_wait_word(const volatile void *word, size_t bytes, unsigned int compare, long value)
{
	struct count_wait wait = { word, bytes,
				   machine_irqs_on() ? compare & ~(unsigned int)MACHINE_OR_INTERRUPT : compare, value };

	if (count_met(&wait) || !machine->running)
		return;
	machine->self->wait = wait;
	to_scheduler();
	machine->self->wait.word = NULL;
}

void machine_relax(void)
{
	if (machine->running)
		to_scheduler();
}

void machine_note(enum machine_note what)
{
	(void)what;
}

/* No two threads share a CPU. */
void machine_preempt_off(void)
{
}

void machine_preempt_on(void)
{
}

/* ---- interrupts ---- */

unsigned long machine_irq_save(void)
{
	machine->self->irq_depth++;
	return 0;
}

void machine_irq_restore(unsigned long flags)
{
	(void)flags;
	assert(machine->self->irq_depth);
	if (!--machine->self->irq_depth)
		count_take_calls(machine->self);
}

bool machine_irqs_on(void)
{
	return !machine->self->irq_depth && !machine->self->handling;
}

/* In the place of @cpu, whoever runs. */
static void handle(struct count_cpu *cpu, struct count_call call)
{
	struct count_cpu *self = machine->self;
	bool handling = cpu->handling;

	machine->self = cpu;
	cpu->handling = true;
	call.fn(call.arg);
	cpu->handling = handling;
	machine->self = self;
}

void count_take_calls(struct count_cpu *cpu)
{
	while (cpu->nr_calls) {
		struct count_call call = cpu->calls[0];

		cpu->nr_calls--;
		for (unsigned int i = 0; i < cpu->nr_calls; i++)
			cpu->calls[i] = cpu->calls[i + 1];
		handle(cpu, call);
	}
}

static void post(struct count_cpu *cpu, struct count_call call)
{
	for (unsigned int i = 0; i < cpu->nr_calls; i++) {
		if (cpu->calls[i].fn == call.fn && cpu->calls[i].arg == call.arg)
			return;
	}
	if (cpu->nr_calls == COUNT_CALLS)
		machine_too_big("calls that wait for one CPU", COUNT_CALLS);
	cpu->calls[cpu->nr_calls++] = call;
}

void machine_interrupt(machine_cpus_t cpus, void (*fn)(void *), void *arg)
{
	struct count_call call = { fn, arg };

	for (unsigned int i = 0; i < machine->config.cpus; i++) {
		struct count_cpu *cpu = &machine->cpus[i];

		if (!(cpus >> i & 1))
			continue;
		if (cpu->irq_depth || cpu->handling)
			post(cpu, call);
		else
			handle(cpu, call);
	}
}

void machine_poll(void)
{
	count_take_calls(machine->self);
}
