/* SPDX-License-Identifier: MIT */
/* sched.c - whose tables a CPU walks: switching address spaces, the first step of a thread and its last. */
#include <mm/mm.h>

/* NULL: no user translations. A kernel thread keeps what is loaded: the CPU is lazy in it. */
void switch_mm(struct mm_struct *next)
{
	unsigned long flags = machine_irq_save();
	struct mm_struct **loaded = &the_vm()->loaded[machine_cpu()], *prev = *loaded;

	if (prev != next) {
		if (next)
			tlb_mm_enter(&next->tlb);
		machine_load_root(next ? next->space : NULL);
		*loaded = next;
		if (prev)
			tlb_mm_leave(&prev->tlb);
	}
	machine_irq_restore(flags);
}

void task_start(struct task *task)
{
	machine_set_current(task);
	if (task->active_mm)
		switch_mm(task->active_mm);
}

/* From whatever thread ran on this CPU to @next. A kernel thread without an address space borrows what is loaded. */
void context_switch(void *next)
{
	struct task *task = next;

	if (task->active_mm)
		switch_mm(task->active_mm);
}

/* The thread ends; its CPU stays lazy in the address space, which goes with its last thread. */
void task_exit(struct task *task)
{
	struct mm_struct *mm = task->mm;

	task->mm = NULL;
	if (machine_atomic_add_return(&mm->users, -1) == 0)
		exit_mmap(mm);
}
