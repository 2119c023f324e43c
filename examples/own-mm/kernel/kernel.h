/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - a small kernel's memory management, as many hobby kernels have it: anonymous memory, pages on demand, x86-64 page
 * tables, one lock for all of it, an interrupt when another CPU must flush.
 *
 *	pages.c		the lock, physical pages, page tables, regions, the page fault
 *	shootdown.c	how memory is taken away; there are three:
 *	  naive/	as it is in many kernels: pages are given back first, other CPUs are told later
 *	  fixed/	clear, tell and wait, give back
 *	  library/	the same, by the shootdown library
 *
 * arch.h is the kernel's own for x86-64. For the checker another arch.h comes first on the include path, and nothing else differs.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <arch.h>

#define PAGE_SIZE 4096ul

enum {
	LEVELS = 4,
	ENTRIES = 512,
	MAX_PROCESSES = 2,
	MAX_REGIONS = 6,
	MAX_CPUS = 8,
	VECTOR_SHOOTDOWN = 0xf0,
};

/* One entry of a page table, of any level. */
union entry {
	struct {
		uint64_t present : 1;
		uint64_t writable : 1;
		uint64_t user : 1;
		uint64_t write_through : 1;
		uint64_t cache_disabled : 1;
		uint64_t accessed : 1;
		uint64_t dirty : 1;
		uint64_t large : 1;
		uint64_t global : 1;
		uint64_t available : 3;
		uint64_t frame : 40;
		uint64_t available_high : 11;
		uint64_t no_execute : 1;
	};
	uint64_t raw;
};

/* [start, end) of a process's memory. */
struct region {
	uintptr_t start, end;
	bool used, writable;
};

struct process {
	uint64_t cr3; /* physical address of the top table */
	struct region regions[MAX_REGIONS];
};

/* ---- pages.c ---- */

/* A test-and-set lock. Interrupts stay as they are: a handler takes no lock. */
struct lock {
	int held;
};
void lock(struct lock *lock);
void unlock(struct lock *lock);

/* Guards all that follows, and page tables. */
extern struct lock memory_lock;
extern struct process processes[MAX_PROCESSES];
extern unsigned long pages_in_use;

uint64_t page_alloc(void); /* zeroed; its physical address */
void page_free(uint64_t page);

struct process *process_create(void);
void process_switch(struct process *process); /* on this CPU */
struct region *region_of(struct process *process, uintptr_t address);
void region_add(struct process *process, uintptr_t start, uintptr_t end, bool writable);

/* The entry that maps @address, or NULL; with @make, the tables on the way are made. */
union entry *walk(struct process *process, uintptr_t address, bool make);
/* The entry at @level on the way to @address: 0 is the last. Its table is there. */
union entry *walk_to(struct process *process, uintptr_t address, int level);
void map_page(struct process *process, uintptr_t address, uint64_t page, bool writable);
bool table_is_empty(uint64_t table);
static inline union entry *table_at(uint64_t physical)
{
	return physical_to_virtual(physical);
}

/* True: go on; false: the access is an error. */
bool page_fault(struct process *process, uintptr_t address, bool write);

/* ---- shootdown.c ---- */

/* Takes away what [start, end) maps, and the tables that are left empty; the region stays. */
void unmap(struct process *process, uintptr_t start, uintptr_t end);
/* What CPUs do that get VECTOR_SHOOTDOWN. Interrupts are off. */
void shootdown_interrupt(void);
/* This CPU is about to load the tables of @process; it has loaded others. */
void shootdown_enter(struct process *process);
void shootdown_leave(struct process *process);

/* Where arch.h takes interrupts to. */
void interrupt(unsigned int vector);

/* ---- system calls ---- */

void sys_mmap(struct process *process, uintptr_t start, uintptr_t end, bool writable);
bool sys_munmap(struct process *process, uintptr_t start, uintptr_t end);
bool sys_discard(struct process *process, uintptr_t start, uintptr_t end); /* pages go, the region stays */

#endif
