/* SPDX-License-Identifier: MIT */
/*
 * mm.h - the reference VM: what it is made of, and who may touch what.
 *
 * Lock order, outermost first, as in Linux:
 *   mmap_lock > vma lock > page lock > i_mmap_rwsem > anon_vma lock > page-table lock (upper level first)
 *
 * Letters: C constant once others can see it; A atomic; mm/vma/im/av/pg/ptl under the lock of that name;
 * o owned by one thread.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>

enum {
	VM_MMS = 4,
	VM_VMAS = 28,
	VM_FILES = 6,
	VM_FILE_PAGES = 8,
	VM_TASKS = 20,
	VM_BATCHES = 6, /* per CPU */
	VM_BATCH_BYTES = 96,
	VM_RANGES = 16, /* of one call */
};
#define PAGE_SIZE (1ul << MACHINE_PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

struct mm_struct;
struct vm_area_struct;
struct subject_setup;

enum page_state {
	PAGE_UNUSED,
	PAGE_DATA,
	PAGE_TABLE,
};

/* One a frame. */
struct page {
	struct machine_atomic refcount; /* A */
	struct machine_atomic mapcount; /* A: entries that map it, as the reverse map counts them */
	struct machine_atomic dirty;	/* A */
	struct machine_rwsem lock;	/* the page lock; only ever taken for writing */
	struct machine_spinlock ptl;	/* of the table in it */
	enum page_state state;		/* C */
	struct machine_rcu rcu;		/* o, once unhooked */
	struct address_space *mapping;	/* pg: NULL once truncated, or anonymous */
	struct anon_vma *anon_vma;	/* C: NULL for a file's page */
	unsigned int index;		/* C: page of the file, or of the address */
	int frame;			/* C */
};

enum file_kind {
	FILE_CACHED,
	FILE_PFN,   /* a driver's pages, no struct page */
	FILE_MIXED, /* even pages a driver's, odd pages cached */
};

struct address_space {
	struct machine_rwsem i_mmap_rwsem;
	struct vm_area_struct *i_mmap; /* im: list through i_mmap_next */
	struct machine_atomic size;    /* A: pages; truncate sets 0 */
	struct machine_spinlock i_pages;
	struct page *pages[VM_FILE_PAGES]; /* i_pages */
	struct machine_rwsem driver_lock;
	int frames[VM_FILE_PAGES];   /* driver_lock: the driver's, MACHINE_NO_FRAME once given back */
	bool revoked[VM_FILE_PAGES]; /* driver_lock: may not be mapped again */
	unsigned int nr_pages;	     /* C */
	unsigned int disk;	     /* C: block of page 0 */
	enum file_kind kind;	     /* C */
};

/* The reverse map of anonymous pages: page.index is the page number of the address in @mm. */
struct anon_vma {
	struct mm_struct *mm; /* C */
};

enum vm_flags {
	VM_READ = 1,
	VM_WRITE = 2,
	VM_EXEC = 4,
	VM_SHARED = 8,
	VM_GROWSDOWN = 16,
};

struct vm_area_struct {
	struct tlb_vma tlb;		    /* mm: start and end */
	struct mm_struct *vm_mm;	    /* C */
	unsigned int vm_flags;		    /* C */
	struct address_space *file;	    /* C: NULL for anonymous memory */
	unsigned int pgoff;		    /* mm: page of the file at its start */
	struct machine_rwsem vm_lock;	    /* the per-VMA lock */
	bool detached;			    /* vma: no longer in the tree */
	bool write_locked;		    /* mm: vm_lock is ours until the mmap lock is dropped or downgraded */
	struct vm_area_struct *next;	    /* mm, and as RCU readers see it: by address */
	struct vm_area_struct *i_mmap_next; /* im */
};

struct mm_struct {
	struct tlb_mm tlb;
	struct machine_space *space; /* C */
	int pgd;		     /* C: frame of the root table */
	struct machine_rwsem mmap_lock;
	struct machine_atomic tree;  /* A: changes of the VMA list; every lookup reads it */
	struct vm_area_struct *mmap; /* mm: VMAs by address */
	struct machine_atomic users; /* A: threads */
	struct anon_vma anon_vma;    /* C */
};

/* Where an operation has taken mappings away: by address, apart from each other. None: it found nothing to do. */
struct vm_ranges {
	unsigned int nr;
	struct {
		unsigned long start, end;
	} range[VM_RANGES];
};

struct task {
	struct mm_struct *mm;	     /* o */
	struct mm_struct *active_mm; /* o: whose root is loaded */
};

struct batch_page {
	bool used;
	_Alignas(16) unsigned char bytes[VM_BATCH_BYTES];
};

/* The whole kernel. */
struct vm {
	struct page mem_map[MACHINE_MAX_FRAMES];
	struct mm_struct mms[VM_MMS];
	struct vm_area_struct vmas[VM_VMAS];
	struct address_space files[VM_FILES];
	struct task tasks[VM_TASKS];
	struct batch_page *batches;		    /* VM_BATCHES a CPU */
	struct mm_struct *loaded[MACHINE_MAX_CPUS]; /* o: of the CPU, interrupts off */
	struct tlb_limits limits;
	const struct subject_setup *setup; /* C: what the checker asked for */
	struct machine_atomic nr_vmas;
	unsigned int nr_mms, nr_files, nr_tasks, nr_blocks;
};

static inline struct vm *the_vm(void)
{
	return machine_kernel_data();
}

static inline struct page *frame_to_page(int frame)
{
	return &the_vm()->mem_map[frame];
}

static inline struct mm_struct *vm_mm_of(struct tlb_mm *mm)
{
	return (struct mm_struct *)((char *)mm - offsetof(struct mm_struct, tlb));
}

/* What the machine asks of this kernel. */
extern const struct machine_kernel vm_kernel;

/* boot.c: a kernel at boot */
void vm_boot(const struct tlb_limits *limits);
bool map_initial(struct vm_area_struct *vma, unsigned long address, uint64_t bits);
struct mm_struct *mm_create(void);
struct address_space *file_create(enum file_kind kind, unsigned int pages);
struct task *task_create(struct mm_struct *mm);

/* page.c: pages, their references and their reverse map */
struct page *page_alloc(void);
struct page *table_alloc(void);
void page_reuse(void);
bool page_try_get(struct page *page);
void page_get(struct page *page);
void page_put(struct page *page);
void set_page_dirty(struct page *page);
void lock_page(struct page *page);
void unlock_page(struct page *page);

/* vma.c: the VMA tree and its locks */
struct vm_area_struct *vma_create(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int flags,
				  struct address_space *file, unsigned int pgoff);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long address);
void vma_link(struct vm_area_struct *vma);
struct vm_area_struct *vma_start_read(struct mm_struct *mm, unsigned long address);
void vma_end_read(struct vm_area_struct *vma);
void vma_start_write(struct vm_area_struct *vma);
void vma_end_write_all(struct mm_struct *mm);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void add_range(struct vm_ranges *ranges, unsigned long start, unsigned long end);
void vma_link_file(struct vm_area_struct *vma);
void unlink_file_vma(struct vm_area_struct *vma);

/* mmap.c: what was there at the call, in the ranges returned, cannot be used any more */
void do_mmap(struct vm_area_struct *vma);
struct vm_ranges do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end);
struct vm_ranges madvise_dontneed(struct mm_struct *mm, unsigned long start, unsigned long end);
void exit_mmap(struct mm_struct *mm);

/* memory.c: faults */
bool handle_mm_fault(unsigned long address, enum machine_access how);

/* zap.c: take entries away */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* pgtable.c */
machine_pte *pte_lookup(struct mm_struct *mm, unsigned long address, struct page **table);
machine_pte *pte_alloc(struct mm_struct *mm, unsigned long address, struct page **table);
void pte_lock(struct page *table);
void pte_unlock(struct page *table);
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end, unsigned long floor,
		    unsigned long ceiling);
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long end, unsigned long floor,
		   unsigned long ceiling);
void table_free(struct page *table);

/* rmap.c */
void page_add_rmap(struct page *page);
void page_remove_rmap(struct page *page);
bool folio_mkclean(struct page *page);
void unmap_mapping_range(struct address_space *mapping, unsigned int first, unsigned int nr);

/* filemap.c */
void truncate_pagecache(struct address_space *mapping);
void writeback(struct address_space *mapping, unsigned int index);

/* driver.c: a driver that maps pages of its own */
bool driver_owns(const struct address_space *file, unsigned int index);
void driver_unmap(struct address_space *mapping, unsigned int first, unsigned int nr);
void driver_free(struct address_space *mapping, unsigned int first, unsigned int nr);

/* gup.c */
struct page *gup(struct mm_struct *mm, unsigned long address, bool write);
struct page *gup_fast(struct mm_struct *mm, unsigned long address, bool write);
void gup_put(struct page *page, bool wrote);

/* cold.c */
void madvise_cold(struct mm_struct *mm, unsigned long start, unsigned long end);

/* exec.c: returns where the stack was; none: it was not moved */
struct vm_ranges shift_arg_pages(struct mm_struct *mm, unsigned long address);

/* sched.c */
void switch_mm(struct mm_struct *next);
void task_start(struct task *task);
void context_switch(void *next);
void task_exit(struct task *task);

#endif
