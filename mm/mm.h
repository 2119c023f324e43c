/* SPDX-License-Identifier: MIT */
/*
 * mm.h - the reference VM: what it is made of, and who may touch what.
 *
 * Lock order, outermost first, as in Linux:
 *   mmap_lock > vma lock > page lock > i_mmap_rwsem > anon_vma lock > page-table lock (upper level first)
 *
 * Letters: C constant once others can see it; A atomic; mm/vma/im/av/pg/ptl/pool under the lock of that name, several:
 * changed under all, read under any; o owned by one thread.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <shootdown/gather.h>
#include <shootdown/rule.h>
#include <kernel/refcount.h>
#include <kernel/rwsem.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>
#include <mm/pte.h>

enum {
	MM_MMS = 4,
	MM_VMAS = 28,
	MM_FILES = 6,
	MM_FILE_PAGES = 8,
	MM_TASKS = 20,
	MM_BATCHES = 6, /* per CPU */
	MM_BATCH_BYTES = 96,
	MM_RANGES = 16, /* of one call */
};
#define PAGE_SIZE (1ul << MACHINE_PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
/* What one table of the last level maps. */
#define TABLE_SPAN (PAGE_SIZE * MACHINE_TABLE_ENTRIES)

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
	refcount_t refcount;	       /* A */
	int mapcount;		       /* A: entries that map it, as the reverse map counts them */
	bool dirty;		       /* A */
	struct rw_semaphore lock;      /* the page lock; only ever taken for writing */
	spinlock_t ptl;		       /* of the table in it */
	enum page_state state;	       /* C */
	struct rcu_head rcu;	       /* o, once unhooked */
	struct address_space *mapping; /* pg: NULL once truncated, or anonymous */
	struct anon_vma *anon_vma;     /* C: NULL for a file's page */
	unsigned int index;	       /* C: page of the file; anonymous: as the VMA's .pgoff counts */
	int frame;		       /* C */
	bool reused;		       /* C: of an owner of another kind, who gives nothing back */
};

enum file_kind {
	FILE_CACHED,
	FILE_PFN,   /* a driver's pages, no struct page */
	FILE_MIXED, /* even pages a driver's, odd pages cached */
};

struct address_space {
	struct rw_semaphore i_mmap_rwsem;
	struct vm_area_struct *i_mmap; /* im: list through i_mmap_next */
	unsigned int size;	       /* A: pages; truncate sets 0 */
	spinlock_t i_pages;
	struct page *pages[MM_FILE_PAGES]; /* i_pages */
	struct rw_semaphore driver_lock;
	int frames[MM_FILE_PAGES];    /* driver_lock: the driver's, MACHINE_NO_FRAME once given back */
	bool revoked[MM_FILE_PAGES];  /* driver_lock: may not be mapped again */
	unsigned int nr_pages;	      /* C */
	uint64_t disk[MM_FILE_PAGES]; /* pg: what is on disk of each page */
	enum file_kind kind;	      /* C */
};

/* The reverse map of anonymous pages: those of @mm's VMAs in which linear_page_index() gives page.index. */
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
	struct tlb_vma tlb;		    /* mm, vma and im: start and end; read without any of them, too */
	struct mm_struct *vm_mm;	    /* C while attached, as are the next two */
	unsigned int vm_flags;		    /* C */
	struct address_space *file;	    /* C: NULL for anonymous memory */
	unsigned int pgoff;		    /* mm, vma and im: index of the page at its start */
	struct rw_semaphore vm_lock;	    /* the per-VMA lock */
	bool attached;			    /* vma: is in the tree */
	bool write_locked;		    /* mm: vm_lock is ours until the mmap lock is dropped or downgraded */
	bool in_i_mmap;			    /* im; o: who takes it out of the tree */
	struct vm_area_struct *next;	    /* mm: by address; read without it, too */
	struct vm_area_struct *next_locked; /* mm */
	struct vm_area_struct *i_mmap_next; /* im */
	struct vm_area_struct *next_free;   /* pool */
};

struct mm_struct {
	struct tlb_mm tlb;
	struct machine_space *space; /* C */
	int pgd;		     /* C: frame of the root table, as long as .count is not 0 */
	struct rw_semaphore mmap_lock;
	struct vm_area_struct *mmap;   /* mm: VMAs by address; read without it, too */
	struct vm_area_struct *locked; /* mm: those that are write-locked */
	refcount_t users;	       /* A: threads */
	refcount_t count;	       /* A: all threads together, and each CPU that is lazy in it */
	struct anon_vma anon_vma;      /* C */
};

/* Where an operation has taken mappings away: by address, apart from each other. None: it found nothing to do. */
struct mm_ranges {
	unsigned int nr;
	struct {
		struct mm_struct *mm; /* NULL: the one that the operation is for */
		unsigned long start, end;
	} range[MM_RANGES];
};

struct task {
	struct mm_struct *mm;	     /* o */
	struct mm_struct *active_mm; /* C: where a kernel thread starts; one of its .count */
	long pinned;		     /* o: shootdown_pin(), less shootdown_unpin() */
	long taken;		     /* o: pages that gup() gave it, less those it has put */
};

struct batch_page {
	bool used; /* A: true from shootdown_batch_alloc() to shootdown_batch_free() */
	_Alignas(16) unsigned char bytes[MM_BATCH_BYTES];
};

/* The whole kernel. */
struct mm_globals {
	struct page mem_map[MACHINE_MAX_FRAMES];
	struct mm_struct mms[MM_MMS];
	struct vm_area_struct vmas[MM_VMAS];
	struct address_space files[MM_FILES];
	struct task tasks[MM_TASKS];
	struct batch_page batches[MACHINE_MAX_CPUS * MM_BATCHES];
	struct mm_struct *loaded[MACHINE_MAX_CPUS]; /* o: of the CPU, interrupts off */
	struct mm_struct *lazy[MACHINE_MAX_CPUS];   /* o: of the CPU: .loaded, if the CPU holds one of its .count */
	struct tlb_limits limits;
	bool (*refused)(void); /* C: is there no memory for the batch page that is asked for? */
	unsigned long down;    /* C: CPUs that went down before anything else began */
	struct rcu rcu;
	spinlock_t vma_pool;
	struct vm_area_struct *free_vmas;	 /* pool: given back */
	unsigned int nr_vmas;			 /* pool: of .vmas that were ever had */
	unsigned int nr_mms, nr_files, nr_tasks; /* C: made at boot, and not given back */
	const struct subject_setup *setup;	 /* C: what the checker asked for */
};

static inline struct mm_globals *mm_globals(void)
{
	return machine_kernel_data();
}

static inline struct page *frame_to_page(int frame)
{
	return &mm_globals()->mem_map[frame];
}

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline struct mm_struct *mm_of_tlb(struct tlb_mm *mm)
{
	return container_of(mm, struct mm_struct, tlb);
}

/* The index, in its file or as the VMA counts, of the page at @address. */
static inline unsigned int linear_page_index(const struct vm_area_struct *vma, unsigned long address)
{
	return vma->pgoff + (unsigned int)((address - vma->tlb.start) / PAGE_SIZE);
}

/* What the machine asks of this kernel. */
extern const struct machine_kernel mm_kernel;

/* boot.c: a kernel at boot */
void mm_boot(const struct tlb_limits *limits, bool (*refused)(void));
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
bool page_mapped(const struct page *page);
uint64_t frame_read(int frame);
void frame_write(int frame, uint64_t value);
void copy_frame(int to, int from);
void lock_page(struct page *page);
void unlock_page(struct page *page);

/* vma.c: the VMA tree and its locks */
struct vm_area_struct *vma_create(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int flags,
				  struct address_space *file, unsigned int pgoff);
void vma_free(struct vm_area_struct *vma);
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);
void vma_link(struct vm_area_struct *vma);
void vma_unlink(struct mm_struct *mm, struct vm_area_struct **from, struct vm_area_struct *after);
void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
struct vm_area_struct *vma_start_read(struct mm_struct *mm, unsigned long address);
void vma_end_read(struct vm_area_struct *vma);
void vma_start_write(struct vm_area_struct *vma);
void vma_end_write_all(struct mm_struct *mm);
void mmap_assert_write_locked(const struct mm_struct *mm);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void __vma_link_file(struct vm_area_struct *vma);
void add_range(struct mm_ranges *ranges, unsigned long start, unsigned long end);
void add_range_of(struct mm_ranges *ranges, struct mm_struct *mm, unsigned long start, unsigned long end);
void vma_link_file(struct vm_area_struct *vma);
void unlink_file_vma(struct vm_area_struct *vma);

/* mmap.c: what was there at the call, in the ranges returned, cannot be used any more */
bool do_mmap(struct vm_area_struct *vma);
struct mm_ranges do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end);
struct mm_ranges madvise_dontneed(struct mm_struct *mm, unsigned long start, unsigned long end);
void exit_mmap(struct mm_struct *mm);

/* fault.c */
bool handle_mm_fault(unsigned long address, enum machine_access how);

/* zap.c: take entries away */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* pgtable.c */
pte_t *pte_lookup(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pte_alloc(struct mm_struct *mm, unsigned long address, struct page **table);
uint64_t ptep_get_and_clear(pte_t *pte);
uint64_t ptep_clear_flush(struct vm_area_struct *vma, unsigned long address, pte_t *pte);
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
struct mm_ranges unmap_mapping_range(struct address_space *mapping, unsigned int first, unsigned int nr);

/* filemap.c */
struct mm_ranges truncate_pagecache(struct address_space *mapping);
void writeback(struct address_space *mapping, unsigned int index);

/* driver.c: a driver that maps pages of its own */
bool driver_owns(const struct address_space *file, unsigned int index);
struct mm_ranges driver_unmap(struct address_space *mapping, unsigned int first, unsigned int nr);
void driver_free(struct address_space *mapping, unsigned int first, unsigned int nr);

/* gup.c */
struct page *gup(struct mm_struct *mm, unsigned long address, bool write);
struct page *gup_fast(struct mm_struct *mm, unsigned long address, bool write);
void gup_put(struct page *page, bool wrote);

/* cold.c */
void madvise_cold(struct mm_struct *mm, unsigned long start, unsigned long end);

/* exec.c: returns where the stack was; none: it was not moved */
struct mm_ranges shift_arg_pages(struct mm_struct *mm, unsigned long address);

/* sched.c */
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
void enter_lazy_tlb(void);
void task_start(struct task *task);
void context_switch(void *next);
void task_exit(struct task *task);

#endif
