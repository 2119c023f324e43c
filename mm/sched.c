/* SPDX-License-Identifier: MIT */
/*
 * sched.c - whose tables a CPU walks: switching address spaces, the first step of a thread and its last.
 *
 * What keeps a root as long as some CPU may walk it: while a thread of the address space runs, mm->users. A CPU whose
 * thread has ended, or on which a kernel thread runs, goes on walking what is loaded; it is lazy, and holds one of
 * mm->count until it has loaded another root. As in Linux, mmgrab_lazy_tlb() and mmdrop_lazy_tlb().
 */
#include <mm/mm.h>

/*
 * The root goes, and with it all that is left: no thread, no entry, no table below it, and no CPU
 * has it loaded. __mmdrop(). That no CPU has the root loaded is what .count says: each lazy CPU
 * holds one until it has loaded another root.
 */
static void mm_destroy(struct mm_struct *mm)
{
	shootdown_assert(!mm->mmap && mm->pgd != MACHINE_NO_FRAME, "mm_destroy: once, and after exit_mmap()");
	tlb_mm_destroy(&mm->tlb);
	table_free(frame_to_page(mm->pgd));
	mm->pgd = MACHINE_NO_FRAME;
}

void mmgrab(struct mm_struct *mm)
{
	refcount_inc(&mm->count);
}

void mmdrop(struct mm_struct *mm)
{
	if (refcount_dec_and_test(&mm->count))
		mm_destroy(mm);
}

/*
 * What this CPU holds of the old address space would be used for the new one, and be there again when the old one comes back; and
 * nobody asks a CPU that is not in the mask to drop it. So it goes behind the load, which ends walks of the old tables, and before the
 * mask is left.
 */
static void drop_before_leaving(void)
{
	const struct tlb_arch *arch = machine_arch();

	if (!arch->asids && !arch->load_drops && RULE(switch_flush))
		machine_tlb_local(&(struct machine_invalidation){ .all = true, .tables = true, .exec = true });
}

/* The library gives the id out, or there is one for each address space, or none at all. */
static void load_root(struct mm_struct *next, struct tlb_root root)
{
	const struct tlb_arch *arch = machine_arch();

	machine_load_root_as(next->space, arch->asids && (arch->catch_up || arch->rollover) ? 1u + root.asid : 0,
			     root.drop);
}

/* With the choice .catch_up_by_all: what this CPU has missed is noted and not done, for switch_mm_irqs_off() of Linux to do all at once. */
static void catch_up_begin(void)
{
	if (mm_globals()->choices.catch_up_by_all)
		mm_globals()->missed[machine_cpu()] = MM_MISSED_NOTHING;
}

/* Has it missed something? Interrupts off since the beginning: no answer to a flush is taken for that. */
static bool catch_up_end(void)
{
	enum mm_missed *missed;
	bool some;

	if (!mm_globals()->choices.catch_up_by_all)
		return false;
	missed = &mm_globals()->missed[machine_cpu()];
	some = *missed == MM_MISSED_SOME;
	*missed = MM_CATCHES_UP_BY_RANGES;
	return some;
}

static void enter_mm(struct mm_struct *next)
{
	struct tlb_root root;

	catch_up_begin();
	root = tlb_mm_enter(&next->tlb);
	root.drop |= catch_up_end();
	load_root(next, root);
}

static void resume_mm(struct mm_struct *mm)
{
	struct tlb_flush everything = { .mm = &mm->tlb, .all = true, .tables = true, .exec = true };

	catch_up_begin();
	tlb_mm_resume(&mm->tlb);
	if (catch_up_end())
		shootdown_flush_local(&everything);
}

/*
 * Into the mask, load, out of the other mask (ORD-1): a flush of @next from here on either finds this CPU or was complete
 * before its first walk, and one of @prev finds it as long as it can still walk there. With interrupts off, because an answer
 * to a flush in the middle would be one about a root that is neither loaded nor not: a handler that asks what the CPU says it runs
 * (tlb_generation_answer()) takes @prev for left, while its tables are still walked.
 *
 * switch_mm_irqs_off() of Linux. Here the old mm's bit goes last, so that no moment has walks of a
 * mm whose mask does not name the CPU.
 */
static void switch_mm(struct mm_struct *next, bool lazy)
{
	bool irqs_off = RULE(switch_irqs_off);
	unsigned long flags = irqs_off ? machine_irq_save() : 0;
	struct mm_struct **loaded = &mm_globals()->loaded[machine_cpu()], *prev = *loaded;

	if (prev != next) {
		enter_mm(next);
		*loaded = next;
		if (prev) {
			drop_before_leaving();
			tlb_mm_leave(&prev->tlb);
		}
	} else if (!lazy) {
		resume_mm(next);
	}
	if (lazy)
		tlb_mm_lazy(&next->tlb);
	shootdown_assert(machine_arch()->reach == TLB_REACH_IPI || machine_arch()->attach || !next->tlb.cpus,
			 "switch_mm: a mask that nobody reads stays empty");
	if (irqs_off)
		machine_irq_restore(flags);
}

/*
 * What this CPU held of the mm it has left is dropped last: until another root is loaded the old one is walked. The CPU's
 * scheduler does the same on this CPU; between looking and setting it would find what is about to be dropped.
 */
static void load(struct mm_struct *next, struct mm_struct *lazy)
{
	struct mm_struct **held, *old;

	shootdown_assert(!lazy || lazy == next, "load: a CPU is lazy in what it has loaded");
	machine_preempt_off();
	held = &mm_globals()->lazy[machine_cpu()];
	old = *held;
	*held = lazy;
	switch_mm(next, lazy);
	machine_preempt_on();
	if (old)
		mmdrop(old);
}

/*
 * No thread of what is loaded will run here for now: the CPU itself keeps the root, or leaves it. Preemption off:
 * the CPU's number and its slots have to stay this CPU's between looking and setting.
 */
void enter_lazy_tlb(void)
{
	struct mm_globals *globals = mm_globals();
	unsigned int cpu;

	if (globals->leaves_lazy) {
		load(&globals->init_mm, NULL);
		return;
	}
	machine_preempt_off();
	cpu = machine_cpu();
	if (globals->loaded[cpu] && !globals->lazy[cpu]) {
		if (RULE(lazy_keeps_root)) {
			mmgrab(globals->loaded[cpu]);
			globals->lazy[cpu] = globals->loaded[cpu];
		}
		tlb_mm_lazy(&globals->loaded[cpu]->tlb);
	}
	machine_preempt_on();
}

/* A kernel thread that was given an address space to start in was given one of its .count, which is the CPU's now. */
void task_start(struct task *task)
{
	machine_set_current(task);
	if (task->mm)
		load(task->mm, NULL);
	else if (task->active_mm)
		load(task->active_mm, task->active_mm);
	/* What a device or a vcpu walks is who binds it's to say. */
	if (!task->mm && !task->device && !task->vcpu)
		enter_lazy_tlb();
}

/*
 * From whatever thread ran on this CPU to @next. A kernel thread borrows what is loaded. Called by
 * the machine's scheduler for this CPU, between the steps of two threads of it (M4).
 */
void context_switch(void *next)
{
	const struct task *task = next;

	if (task->mm)
		load(task->mm, NULL);
	else
		enter_lazy_tlb();
}

/* The running thread goes to sleep, and @next runs here. */
void schedule_to(struct task *next)
{
	machine_set_current(next);
	context_switch(next);
}

/* @task, which runs, sleeps and wakes again; in between nobody runs here, which is the idle task: it borrows what is loaded. */
void schedule_idle(struct task *task)
{
	shootdown_assert(task == machine_current(), "schedule_idle: of the thread that runs");
	enter_lazy_tlb();
	context_switch(task);
}

/*
 * May the scheduler take the running thread to another CPU? Not one that is pinned: what it has issued here only this CPU can complete, and whom it has asked
 * to flush it knows as all but this one. Linux migrates such a thread, and completes for it: dsb(ish) in __switch_to() of arm64.
 */
bool task_may_move(const void *thread)
{
	const struct task *task = thread;

	return !(task->pinned && RULE(pinned_stays));
}

static void hand_over(void)
{
	spin_lock(&mm_globals()->moves);
	spin_unlock(&mm_globals()->moves);
}

/* Away from this CPU, which goes on with its root, lazily. What the thread did is before what it does next: the lock is that of a run queue. */
void task_leaves(void *task)
{
	shootdown_assert(task == machine_current(), "task_leaves: the thread that runs");
	enter_lazy_tlb();
	hand_over();
}

void task_arrives(void *task)
{
	hand_over();
	context_switch(task);
}

/* The last of the users takes down what is mapped: a thread that ends, or who handled a fault for it meanwhile. */
void mmput(struct mm_struct *mm)
{
	if (refcount_dec_and_test(&mm->users)) {
		exit_mmap(mm);
		mmdrop(mm);
	}
}

/*
 * The thread ends; its CPU stays lazy in the address space, whose memory goes with its last thread. The CPU's scheduler
 * must not find a thread that has no address space any more and a CPU that is not lazy yet.
 *
 * exit_mm(): the last of the users tears the address space down, on whatever CPU that is, while
 * other CPUs may be lazy in it.
 */
void task_exit(struct task *task)
{
	struct mm_struct *mm = task->mm;

	machine_preempt_off();
	shootdown_assert(mm && mm_globals()->loaded[machine_cpu()] == mm, "task_exit: of a thread that runs");
	task->mm = NULL;
	enter_lazy_tlb();
	machine_preempt_on();
	mmput(mm);
}
