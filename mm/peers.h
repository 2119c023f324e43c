/* SPDX-License-Identifier: MIT */
/*
 * peers.h - who uses the memory of an address space besides CPUs: devices that walk its tables, and who keeps tables of his own.
 *
 * Letters as in mm.h.
 */
#ifndef MM_PEERS_H
#define MM_PEERS_H

#include <shootdown/mmu_notifier.h>
#include <shootdown/tlb_notifier.h>
#include <kernel/rwsem.h>
#include <kernel/spinlock.h>
#include <machine/machine.h>

struct mm_struct;
struct page;

/* What walks an address space's tables by a TLB of its own: device.c. */
struct device {
	struct tlb_notifier notifier;
	unsigned int number;	  /* C: the machine's */
	int ats;		  /* A ORD-11, stored under .lock: it keeps translations of its own (ATC) */
	struct rw_semaphore lock; /* taken before any other */
	struct mm_struct *mm;	  /* .lock: whose tables it walks, with one of its .count; or NULL */
};

enum {
	MM_MIRRORS = 2,
	MM_MIRROR_PAGES = 4, /* of one */
};

struct mirror_entry {
	struct page *page; /* without a reference; NULL: not mapped */
	uint64_t writable; /* a word, so that there is no padding in what is part of a state */
};

/* A table of pages of a range, for a device that walks no other; mirror.c. */
struct mirror {
	struct mmu_interval_notifier interval;	      /* of the range */
	struct rw_semaphore lock;		      /* only ever taken for writing: the interval's u */
	struct mirror_entry entries[MM_MIRROR_PAGES]; /* .lock */
};

/* A guest's table of the pages of a map; shadow.c. */
struct shadow {
	struct mmu_notifier base;
	unsigned long start, end;	     /* C: bytes */
	spinlock_t lock;		     /* tl */
	unsigned int open;		     /* tl: brackets */
	unsigned long ended;		     /* A, stored under tl: brackets */
	bool gone;			     /* tl: nothing is mapped any more */
	unsigned int young;		     /* tl: pages that the guest has used since it was asked last, a bit each */
	struct page *pages[MM_MIRROR_PAGES]; /* tl: without a reference; NULL: not mapped */
};

/* device.c */
struct device *device_create(void);
void device_bind(struct device *device, struct mm_struct *mm);
void device_attach(struct device *device, struct mm_struct *mm);
void device_detach(struct device *device);
void device_enable_ats(struct device *device);
bool device_fault(struct device *device, unsigned long address, enum machine_access how);

/* mirror.c */
void mirror_open(struct mirror *mirror, struct mm_struct *mm, unsigned long start, unsigned long end);
void mirror_close(struct mirror *mirror);
bool mirror_load(struct mirror *mirror, unsigned long address, uint64_t *value);
void mirror_store(struct mirror *mirror, unsigned long address, uint64_t value);
struct page *peek_page(struct mm_struct *mm, unsigned long address, bool write);

/* shadow.c */
void shadow_open(struct shadow *shadow, struct mm_struct *mm, unsigned long start, unsigned long end);
void shadow_close(struct shadow *shadow);
bool shadow_look(struct shadow *shadow, unsigned long address, uint64_t *value);
bool shadow_load(struct shadow *shadow, unsigned long address, uint64_t *value);

#endif
