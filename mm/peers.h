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
struct task;
struct vm_area_struct;

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

/* What the device may do by it; each may do what those before it may. */
enum mirror_rights {
	MIRROR_READS,
	MIRROR_WRITES,
	MIRROR_ALONE, /* several accesses with nobody's in between */
};

struct mirror_entry {
	struct page *page; /* without a reference; NULL: not mapped */
	uint64_t rights;   /* enum mirror_rights; a word, so that there is no padding in what is part of a state */
};

/* A table of pages of a range, for a device that walks no other; mirror.c. */
struct mirror {
	struct rw_semaphore binding;		      /* bd, before any other; for reading by who uses it */
	struct mm_struct *mm;			      /* bd: of the range; NULL: there is none */
	struct mmu_interval_notifier interval;	      /* bd: of the range */
	struct rw_semaphore moving;		      /* as .lock, before any other: it maps a page, or has one moved */
	struct rw_semaphore lock;		      /* only ever taken for writing: the interval's u */
	struct mirror_entry entries[MM_MIRROR_PAGES]; /* .lock */
};

/* A page that is used by a pin that was taken once; pins.c. */
struct pin_cache {
	struct rw_semaphore binding;	       /* bd, before any other; for reading by who uses it */
	struct mm_struct *mm;		       /* bd: of the page; NULL: nobody has asked for one */
	struct mmu_interval_notifier interval; /* bd: of the page's address */
	struct rw_semaphore lock;	       /* only ever taken for writing: the interval's u */
	struct page *page;		       /* .lock: pinned; or NULL */
	uint64_t lost; /* .lock: the process has it no more, or is about to; a word, as in mirror_entry */
};

enum {
	MM_SHARED = 4,
};

/* A subscription that several threads of a process have together; shared.c. */
struct shared_notifier {
	struct mmu_notifier base;
	bool taken; /* pool: somebody has it, or it is not given back yet */
	spinlock_t counts;
	unsigned long heard; /* .counts: brackets */
};

/* Somebody who has to sleep for whatever he is told; refuse.c. */
struct refuser {
	struct mmu_notifier base;
	int asked; /* A: it is registered, or about to be */
};

enum {
	MM_VCPUS = 2,
};

enum vcpu_bound {
	VCPU_NEW, /* has never been registered */
	VCPU_REGISTERED,
	VCPU_GONE,
};

/* What a virtual CPU is asked to do before it runs on. */
enum vcpu_request {
	VCPU_FLUSH = 1, /* drop all that its TLB holds */
	VCPU_APIC = 2,	/* ask for .apic_frame again */
};

/*
 * A virtual machine of one CPU. Its tables lead from a process's addresses to the pages behind them (stage2.c); its accesses are made by a thread of the
 * kernel, which walks these tables while it is in the guest (vcpu.c).
 */
struct vcpu {
	struct mmu_notifier base;
	unsigned int number, cpu;    /* C: the machine's, of the device and of the CPU */
	int pgd;		     /* C: frame of the root */
	struct machine_space *space; /* C: what the machine knows the root as */
	struct rw_semaphore binding; /* only ever taken for writing, before any other: .base */
	struct rw_semaphore running; /* rn: taken behind it; for reading while it makes an access */
	struct mm_struct *mm;	     /* rn: whose pages it maps; or NULL */
	int bound;		     /* A, stored under rn: enum vcpu_bound */
	spinlock_t counts;	     /* ct */
	unsigned int open;	     /* A, stored under ct: brackets */
	unsigned long ended;	     /* A, stored under ct: brackets */
	uint64_t range;		     /* A, stored under ct: those that are open are within; range_word() */
	spinlock_t tables;	     /* tb, taken alone: the entries below .pgd */
	bool has_apic;		     /* tb and rn: there is an APIC access page */
	unsigned long apic;	     /* tb and rn: ... its address */
	int apic_frame; /* o: ... and by what hardware knows accesses to it: a field of the VMCS; MACHINE_NO_FRAME: none */
	bool gone;	/* tb: nothing is mapped any more */
	int in_guest;	     /* A */
	int requests;	     /* A: enum vcpu_request, or-ed */
	unsigned long flags; /* o: while it is in the guest */
};

/* notify.c: a bracket of mmu_notifier.h, under whatever lock keeps the VMA */
void range_start(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
		 unsigned long start, unsigned long end);
bool range_start_nonblock(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
			  unsigned long start, unsigned long end);
void range_start_owned(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct mm_struct *mm,
		       unsigned long start, unsigned long end, void *owner);
bool vma_range_start(struct mmu_notifier_range *range, enum mmu_notifier_event event, struct vm_area_struct *vma,
		     unsigned long start, unsigned long end);
void range_end(struct mmu_notifier_range *range);

/* device.c */
struct device *device_create(void);
void device_bind(struct device *device, struct mm_struct *mm);
void device_attach(struct device *device, struct mm_struct *mm);
void device_detach(struct device *device);
void device_enable_ats(struct device *device);
void device_drop_kernel_tables(struct device *device);
bool device_fault(struct device *device, unsigned long address, enum machine_access how);

/* stage2.c */
void stage2_create(struct vcpu *vcpu);
void stage2_find_apic(struct vcpu *vcpu);
bool stage2_fault(struct vcpu *vcpu, unsigned long address, enum machine_access how);
extern const struct mmu_notifier_ops stage2_ops;

/* vcpu.c */
struct vcpu *vcpu_create(unsigned int number, unsigned int cpu);
void vcpu_bind(struct vcpu *vcpu, struct mm_struct *mm);
void vcpu_register(struct vcpu *vcpu, struct mm_struct *mm);
void vcpu_unregister(struct vcpu *vcpu);
void vcpu_flush(struct vcpu *vcpu);
void vcpu_drop_apic(struct vcpu *vcpu);
void vcpu_set_apic(struct vcpu *vcpu, unsigned long address);
const char *vcpu_part(const struct vcpu *vcpu, const void *address);
bool vcpu_access(struct vcpu *vcpu, unsigned long address, enum machine_access how, uint64_t *value);
bool vcpu_fault(struct vcpu *vcpu, unsigned long address, enum machine_access how);

/* mirror.c */
void mirror_open(struct mirror *mirror, struct mm_struct *mm, unsigned long start, unsigned long end);
void mirror_close(struct mirror *mirror, const struct mm_struct *mm);
bool mirror_load(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t *value);
void mirror_store(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t value);
void mirror_migrate(struct mirror *mirror, struct task *task, unsigned long address);
void mirror_add(struct mirror *mirror, const struct mm_struct *mm, unsigned long address, uint64_t value,
		void (*added)(void *context, uint64_t before, uint64_t value), void *context);
struct page *peek_page(struct mm_struct *mm, unsigned long address, bool write);

/* exclusive.c */
struct page *lock_for_device(struct mm_struct *mm, unsigned long address);
bool make_device_exclusive(struct mm_struct *mm, unsigned long address, const struct page *page, void *owner,
			   bool *again);
void release_device_exclusive(struct page *page);

/* pins.c */
void pins_open(struct pin_cache *cache, struct mm_struct *mm, unsigned long address);
bool pins_load(struct pin_cache *cache, const struct mm_struct *mm, unsigned long address, uint64_t *value);
void pins_store(struct pin_cache *cache, const struct mm_struct *mm, unsigned long address, uint64_t value);

/* refuse.c, shared.c */
void refuser_register(struct mm_struct *mm);
bool shared_get(struct task *task, struct mm_struct *mm, uint64_t *number);
void shared_put(struct task *task);

/* age.c: was a page used, by entries or by who keeps tables of his own? */
enum age_how {
	AGE_RECLAIM, /* and forget, so that what is used from here on is seen */
	AGE_IDLE,    /* and forget; what is used soon may go unseen */
	AGE_LOOK,    /* and forget nothing */
};
bool age_page(struct mm_struct *mm, unsigned long address, enum age_how how);

#endif
