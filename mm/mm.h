/* SPDX-License-Identifier: MIT */
/*
 * mm.h - the reference VM: what it is made of, and who may touch what.
 *
 * Lock order, outermost first, as in Linux:
 *   device lock > mmap_lock > vma lock > page lock > i_mmap_rwsem > anon_vma lock > page-table lock (upper level first)
 *
 * Letters: C constant once others can see it; A atomic; mm/vma/im/av/pg/ptl/sl/vl/us/pool under the lock of that name, several:
 * changed under all, read under any; o owned by one thread.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <shootdown/gather.h>
#include <shootdown/entry.h>
#include <shootdown/entry_batch.h>
#include <shootdown/unmap.h>
#include <shootdown/rule.h>
#include <kernel/refcount.h>
#include <kernel/rwsem.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>
#include <mm/peers.h>
#include <mm/pte.h>

#define PAGE_SIZE (1ul << MACHINE_PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
/* What one table of the last level maps. */
#define TABLE_SPAN (PAGE_SIZE * MACHINE_TABLE_ENTRIES)
/* ... which is a huge page, too. */
#define HUGE_PAGE_SHIFT (MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS)
/* What a table of entries of huge pages maps. */
#define SHARED_SPAN (TABLE_SPAN * MACHINE_TABLE_ENTRIES)

struct mm_struct;
struct vm_area_struct;
struct rmap_entry;
struct rmap_walk;
struct subject_setup;

enum page_state {
	PAGE_UNUSED,
	PAGE_DATA,
	PAGE_TABLE,
};

enum {
	PAGE_NO_SLOT = -1,
	/* A reference whose holder writes to the page, as gup() takes them, counts for so many: one look finds both. */
	PAGE_PIN_REFS = 1024,
};

/* One a frame. */
struct page {
	refcount_t refcount;	       /* A */
	int mapcount;		       /* A: entries that map it, as the reverse map counts them */
	bool dirty;		       /* A */
	bool lazyfree;		       /* A: anonymous, and may be thrown away as long as all its entries are clean */
	struct rw_semaphore lock;      /* the page lock; only ever taken for writing */
	spinlock_t ptl;		       /* of the table in it */
	struct tlb_changes changes;    /* ptl: of that table's entries, if the gather tracks tables */
	enum page_state state;	       /* C */
	struct rcu_head rcu;	       /* o, once unhooked */
	struct address_space *mapping; /* pg: NULL once truncated, or anonymous */
	struct anon_vma *anon_vma;     /* C: NULL for a file's page */
	unsigned int index;	       /* C: page of the file; anonymous: as the VMA's .pgoff counts */
	int slot;		       /* pg: of swap, that the page is in memory for; PAGE_NO_SLOT: none */
	int frame;		       /* C */
	bool exclusive;		       /* ptl of its entry: anonymous, and nobody else's than that address space's */
	bool together; /* ptl of its entry: the first of a huge page, which one entry maps; C: ... of a file */
	bool discards; /* A, ptl: a table of which reclaim has thrown pages away, and may not have flushed their entries */
	int sharers; /* A, down under im for writing: entries that lead to the table, but one (pmd_share.c) */
	bool reused; /* C: of an owner of another kind, who gives nothing back */
};

enum file_kind {
	FILE_CACHED,
	FILE_PFN,	 /* a driver's pages, no struct page */
	FILE_MIXED,	 /* even pages a driver's, odd pages cached */
	FILE_HUGETLB,	 /* its pages are huge, and always in memory: it has no disk */
	FILE_CONTIGUOUS, /* ... each mapped by a group of small entries, in which it is counted */
};

struct address_space {
	struct rw_semaphore i_mmap_rwsem;
	struct vm_area_struct *i_mmap; /* im: list through i_mmap_next */
	unsigned int size;	       /* A: pages, of its size; truncate sets 0 */
	spinlock_t i_pages;
	struct page *pages[MM_FILE_PAGES]; /* i_pages; of huge pages the first of each */
	struct rw_semaphore driver_lock;
	int frames[MM_FILE_PAGES];    /* driver_lock: the driver's, MACHINE_NO_FRAME once given back */
	bool revoked[MM_FILE_PAGES];  /* driver_lock: may not be mapped again */
	unsigned int nr_pages;	      /* C */
	uint64_t disk[MM_FILE_PAGES]; /* pg: what is on disk of each page */
	enum file_kind kind;	      /* C */
};

/* Of swap: what is there of an anonymous page that its entries do not lead to. */
struct swap_slot {
	struct page *page; /* sl: that is in memory for it, with a reference; or NULL */
	int entries;	   /* sl: that name it */
	uint64_t value;	   /* pg; without .page: sl */
};

/* The reverse map of anonymous pages: those VMAs in it of which linear_page_index() gives page.index (anon.c). */
struct anon_vma {
	struct rw_semaphore rwsem;
	struct vm_area_struct *vmas; /* av: list through anon_next */
};

enum vm_flags {
	VM_READ = 1,
	VM_WRITE = 2,
	VM_EXEC = 4,
	VM_SHARED = 8,
	VM_GROWSDOWN = 16,
	VM_UFFD_WP = 32,
	VM_NUMA = 64,
	VM_TRACKED = 128,   /* entries say what was written to since it was asked last */
	VM_SOFTDIRTY = 256, /* ... and it was not asked yet: all of it */
	VM_HUGE = 512,	    /* there may be huge entries in it */
	VM_RIGHTS = VM_READ | VM_WRITE | VM_EXEC,
};

struct vm_area_struct {
	struct tlb_vma tlb;	    /* mm, vma, im and av: flags, start and end; these read without any of them, too */
	struct mm_struct *vm_mm;    /* C while attached, as is .file */
	unsigned int vm_flags;	    /* mm, vma and im */
	struct address_space *file; /* C: NULL for anonymous memory */
	unsigned int pgoff;	    /* mm, vma, im and av: index of the page at its start */
	struct rw_semaphore
		vm_lock; /* the per-VMA lock: readers have it, a writer for a moment, and a VMA in no tree is written */
	unsigned int lock_seq;	   /* vma: it is write-locked if this is the number of its mm */
	bool attached;		   /* mm: is in the tree */
	unsigned int sequence;	   /* A: odd while it is write-locked or in no tree; only with .spf (spf.c) */
	struct rcu_head rcu;	   /* o, once out of the tree */
	bool in_i_mmap;		   /* im; o: who takes it out of the tree */
	bool leaves;		   /* im: of a hugetlb file: its tables are about to go, and nobody shares them */
	struct anon_vma *anon_vma; /* C while it is in the list: its anonymous pages'; NULL: it has none */
	struct vm_area_struct *anon_next;   /* av */
	bool in_anon_vma;		    /* av; o: who takes it out of the tree */
	struct vm_area_struct *next;	    /* mm: by address; read without it, too */
	struct vm_area_struct *next_locked; /* mm; only with .spf */
	struct vm_area_struct *i_mmap_next; /* im */
	struct vm_area_struct *next_free;   /* pool */
};

struct mm_struct {
	struct tlb_mm tlb;
	struct machine_space *space; /* C */
	int pgd;		     /* C: frame of the root table, as long as .count is not 0 */
	struct rw_semaphore mmap_lock;
	struct vm_area_struct *mmap;   /* mm: VMAs by address; read without it, too */
	struct vm_area_struct *locked; /* mm: those that are write-locked; only with .spf */
	unsigned int lock_seq; /* A: another one from each time that the VMAs' locks are dropped; stored under mm */
	int write_protect_seq; /* A: odd while fork() takes the right to write away */
	int filled;	       /* A: it has its VMAs; 0: fork() is still to make them */
	bool forked;	       /* mm: fork() has made it, or is about to */
	bool had_users; /* C: there was a thread; else nobody ever gives up the one of .count that threads have together */
	refcount_t users;	  /* A: threads */
	refcount_t count;	  /* A: all threads together, and each CPU that is lazy in it */
	struct anon_vma anon_vma; /* of the VMAs that mmap() makes in it, and their copies in other address spaces */
	struct mmu_notifiers notifiers; /* the library's */
	spinlock_t notifier_lock;
	struct rw_semaphore
		bracket_lock; /* only with .spf: for reading by brackets under none of the locks that notify.c names */
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
	struct mm_struct *mm;	      /* o */
	struct device *device;	      /* C: whose faults it handles; or NULL */
	struct vcpu *vcpu;	      /* C: which it runs; or NULL */
	struct mm_struct *active_mm;  /* C: where a kernel thread starts; one of its .count */
	long pinned;		      /* o: shootdown_pin(), less shootdown_unpin() */
	long taken;		      /* o: pages that gup() gave it, less those it has put */
	struct mmu_notifier *shared;  /* o: of which it is a user; or NULL */
	struct tlb_unmap_batch unmap; /* o: what it has unmapped and not flushed */
	unsigned int nr_unmapped;     /* o */
	struct page *
		unmapped[MM_UNMAPPED]; /* o: pages that are free once .unmap is flushed; locked, and with a reference */
};

enum vmap_state {
	VMAP_FREE,   /* nobody has it */
	VMAP_TAKEN,  /* mapped, or just about to be */
	VMAP_LAZY,   /* given back, and TLBs may still know what was there */
	VMAP_PURGED, /* ... which a flush that is under way ends */
};

struct batch_page {
	bool used; /* A: true from shootdown_batch_alloc() to shootdown_batch_free() */
	_Alignas(16) unsigned char bytes[MM_BATCH_BYTES];
};

/* How reclaim flushes what it unmaps. */
enum mm_unmap {
	MM_UNMAP_IN_A_WAVE,    /* a range an address space, all at the end of the batch */
	MM_UNMAP_EVERYTHING,   /* all of each, at the end; but where no other CPU has it loaded, a page, at once */
	MM_UNMAP_PAGE_BY_PAGE, /* each page at once */
};

/* How a kernel of another time did it, where that costs something else. All 0: as this one does. */
struct mm_choices {
	bool page_by_page; /* neighbours in a file are taken away one by one */
	/* Of dirty pages of a file: flushed before the page-table lock is dropped, and freed behind it; so nobody has to ask. */
	bool dirty_under_ptl;
	enum mm_unmap unmap;
	bool catch_up_by_all; /* what a CPU has missed goes with everything, as ranges are not kept; Linux's generations */
};

/* What a CPU that catches up by everything has been told by the library so far. */
enum mm_missed {
	MM_CATCHES_UP_BY_RANGES, /* and each is done as it is told */
	MM_MISSED_NOTHING,
	MM_MISSED_SOME,
};

/* A range of the kernel's own addresses, from when it is taken until it may be taken again. */
struct vmap_area {
	unsigned long start, end;	   /* C while it is taken */
	enum vmap_state state;		   /* vl */
	bool live;			   /* us: its owner lets it be used */
	unsigned int rights;		   /* C while it is taken: enum vm_flags */
	unsigned int nr;		   /* o of who maps it, or takes the mapping away: of .pages */
	struct page *pages[MM_VMAP_PAGES]; /* o */
};

/* Mappings of the kernel's own. */
struct vmap {
	int pgd;		   /* C: frame of their root table; MACHINE_NO_FRAME: there are none */
	spinlock_t lock;	   /* vl */
	struct rw_semaphore purge; /* only ever taken for writing: one purge at a time */
	struct rw_semaphore
		tables; /* behind .purge: for writing by who takes tables away, for reading by who fills them */
	struct rw_semaphore users; /* us: for reading by who uses such memory, for writing by its owner */
	struct vmap_area areas[MM_VMAP_AREAS];
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
	struct mm_struct
		init_mm;  /* C: no memory of anybody: where CPUs go that do not stay lazy in what they have loaded */
	bool leaves_lazy; /* C: they do not, and there is .init_mm */
	struct tlb_cpu tlbs[MACHINE_MAX_CPUS];		  /* the library's */
	struct tlb_entry_batch changed[MACHINE_MAX_CPUS]; /* o: of the CPU, while it holds page-table locks */
	uint64_t contexts;				  /* A: address spaces that there were */
	struct tlb_asids shared_asids;			  /* the library's, under .asid_lock */
	spinlock_t asid_lock;				  /* taken with interrupts off */
	spinlock_t moves;				  /* of whoever runs on no CPU, from one to the next */
	unsigned int asids;				  /* C: ids that a CPU has */
	unsigned int nr_shared_asids;			  /* C: that all CPUs share, 0 among them */
	struct tlb_limits limits;
	struct mm_choices choices;		 /* C */
	enum mm_missed missed[MACHINE_MAX_CPUS]; /* o, with interrupts off; with .catch_up_by_all */
	bool (*refused)(void);			 /* C: is there no memory for the batch page that is asked for? */
	unsigned long down;			 /* C: CPUs that went down before anything else began */
	struct rcu rcu;
	bool spf; /* C: faults without the mmap lock or a VMA's */
	int seen_by_others; /* A: 1 + the frame that the kernel wrote to by a reference while several entries led there; 0: none */
	unsigned int unmap_batch; /* C: pages that reclaim unmaps before it flushes */
	spinlock_t swap_lock;
	struct swap_slot slots[MM_SLOTS];
	spinlock_t vma_pool;
	struct vm_area_struct *free_vmas;	 /* pool: given back */
	unsigned int nr_vmas;			 /* pool: of .vmas that were ever had */
	unsigned int nr_mms, nr_files, nr_tasks; /* C: made at boot, and not given back */
	const struct subject_setup *setup;	 /* C: what the checker asked for */
	struct device devices[MM_DEVICES];
	unsigned int nr_devices; /* C */
	bool pri;		 /* C: devices can ask for pages */
	bool stall;		 /* C: ... and wait in their access until they are resumed */
	struct vcpu vcpus[MM_VCPUS];
	unsigned int nr_vcpus; /* C */
	struct vmap vmap;
	struct mirror mirrors[MM_MIRRORS];
	struct pin_cache pin_cache;
	struct shared_notifier shared[MM_SHARED];
	spinlock_t shared_pool;
	struct refuser refusers[MM_MMS];
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

/* What its file, or it, counts as a page. */
static inline unsigned long vma_page_size(const struct vm_area_struct *vma)
{
	return 1ul << vma->tlb.page_shift;
}

/* The index, in its file or as the VMA counts, of the page at @address. */
static inline unsigned int linear_page_index(const struct vm_area_struct *vma, unsigned long address)
{
	return vma->pgoff + (unsigned int)((address - vma->tlb.start) >> vma->tlb.page_shift);
}

/* Are pages of it a driver's, some or all of them? */
static inline bool is_drivers(const struct address_space *file)
{
	return file->kind == FILE_PFN || file->kind == FILE_MIXED;
}

/* Does each table say which gathers have changed it? Else any that is open may have. */
static inline bool mm_tracks_tables(void)
{
	return mm_globals()->limits.lanes > 1;
}

/* What the machine asks of this kernel. */
extern const struct machine_kernel mm_kernel;

/* boot.c: a kernel at boot */
void mm_boot(const struct tlb_limits *limits, bool (*refused)(void));
bool map_initial(struct vm_area_struct *vma, unsigned long address, uint64_t bits);
struct mm_struct *mm_create(void);
void mm_create_init(void);
struct address_space *file_create(enum file_kind kind, unsigned int pages);
struct task *task_create(struct mm_struct *mm);

/* page.c: pages, their references and their reverse map */
struct page *page_alloc(void);
struct page *pages_alloc(unsigned int nr);
struct page *table_alloc(void);
void page_reuse(void);
bool page_try_get(struct page *page);
void page_own(struct page *page, struct anon_vma *anon_vma, unsigned int index);
void page_share(struct page *page);
bool page_is_exclusive(struct page *page);
bool page_is_held_by(const struct page *page, int refs);
bool page_maybe_pinned(const struct page *page);
void page_pin(struct page *page);
void page_unpin(struct page *page);
void page_get(struct page *page);
void page_put(struct page *page);
void set_page_dirty(struct page *page);
bool page_mapped(const struct page *page);
uint64_t frame_read(int frame);
void frame_write(int frame, uint64_t value);
void copy_frame(int to, int from);
void lock_page(struct page *page);
bool trylock_page(struct page *page);
void unlock_page(struct page *page);
void page_free(struct page *page);

/* vma.c: the VMA tree; vma_lock.c: its locks */
struct vm_area_struct *vma_create(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int flags,
				  struct address_space *file, unsigned int pgoff);
void vma_free(struct vm_area_struct *vma);
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);
void vma_link(struct vm_area_struct *vma);
void vma_unlink(struct mm_struct *mm, struct vm_area_struct **from, struct vm_area_struct *after);
void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
void vma_set_flags(struct vm_area_struct *vma, unsigned int flags, unsigned int entries);
void __vma_set_flags(struct vm_area_struct *vma, unsigned int flags, unsigned int entries);
struct vm_area_struct *peek_vma(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *vma_start_read(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *vma_peek_next(const struct vm_area_struct *vma);
struct vm_area_struct *vma_peek_first(const struct mm_struct *mm);
void vma_end_read(struct vm_area_struct *vma);
void vma_start_write(struct vm_area_struct *vma);
struct vm_area_struct *vma_new(struct vm_area_struct *vma);
void vma_mark_attached(struct vm_area_struct *vma);
void vma_mark_detached(struct vm_area_struct *vma);
bool vma_is_write_locked(const struct vm_area_struct *vma);
void vma_end_write_all(struct mm_struct *mm);
void mmap_assert_write_locked(const struct mm_struct *mm);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
void __vma_link_file(struct vm_area_struct *vma);
void add_range(struct mm_ranges *ranges, unsigned long start, unsigned long end);
void add_range_of(struct mm_ranges *ranges, struct mm_struct *mm, unsigned long start, unsigned long end);
void vma_link_file(struct vm_area_struct *vma);
void vma_link_file_after(struct vm_area_struct *vma, struct vm_area_struct *older);
void unlink_file_vma(struct vm_area_struct *vma);

/* anon.c: the reverse map of anonymous pages */
struct anon_vma *anon_vma_of(struct mm_struct *mm, unsigned int flags, const struct address_space *file);
void anon_vma_lock_write(const struct vm_area_struct *vma);
void anon_vma_unlock_write(const struct vm_area_struct *vma);
void __anon_vma_link(struct vm_area_struct *vma);
void anon_vma_link(struct vm_area_struct *vma);
void anon_vma_clone(struct vm_area_struct *vma, struct vm_area_struct *older);
void unlink_anon_vmas(struct vm_area_struct *vma);

/* mmap.c: what was there at the call, in the ranges returned, cannot be used any more */
void split_vma_at(struct mm_struct *mm, unsigned long address);
struct mm_ranges covered_by_vmas(const struct vm_area_struct *vma, unsigned long start, unsigned long end);
bool do_mmap(struct vm_area_struct *vma);
struct mm_ranges do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end);
struct mm_ranges madvise_dontneed(struct mm_struct *mm, unsigned long start, unsigned long end);
void exit_mmap(struct mm_struct *mm);
void unmap_locked(struct mm_struct *mm, unsigned long start, unsigned long end);
bool has_colour(const struct vm_area_struct *vma);

/* mremap.c: returns where the mapping was; none: it was not moved */
struct mm_ranges do_mremap(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long new);

/* swap.c */
bool add_to_swap(struct page *page);
void swap_get(int nr);
bool swap_put(int nr);
void swap_write(const struct page *page);
void delete_from_swap_cache(struct page *page);
void swap_cache_drop(struct page *page);
struct page *swap_lock_page(int nr, struct anon_vma *anon_vma, unsigned int index);

/* host.c */
struct machine_invalidation invalidation_of(const struct tlb_flush *flush);

/* reclaim.c */
void try_to_unmap_flush(struct task *task);
uint64_t ptep_clear_deferred(const struct rmap_walk *walk, const struct rmap_entry *at);
void reclaim(struct task *task, struct mm_struct *mm, unsigned long address, bool last);

/* migrate.c */
void migrate(struct task *task, struct mm_struct *mm, unsigned long address, void *owner);
void migration_entry_wait(int frame);

/* fault.c */
bool fault_in(struct mm_struct *mm, unsigned long address, enum machine_access how);
bool handle_mm_fault(unsigned long address, enum machine_access how);

/* walk.c */
typedef void table_fn(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end,
		      const void *arg);
typedef bool entry_fn(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, pte_t *pte,
		      const void *arg);
void walk_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end, table_fn *fn,
	      const void *arg);
void change_entries(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end,
		    enum tlb_lost lost, entry_fn *fn, const void *arg);

/* zap.c: take entries away */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void zap_vma_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start, unsigned long end);
void zap_mapping_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* pgtable.c */
pte_t *pte_lookup(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pte_alloc(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pmd_lookup(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pmd_alloc(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pud_lookup(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *pud_alloc(struct mm_struct *mm, unsigned long address, struct page **table);
pte_t *leaf_lookup(struct mm_struct *mm, unsigned long address, struct page **table, uint64_t *huge);
void hook_table(pte_t *entry, const struct page *table);
bool flush_ends_walks(void);
bool tables_outlive_walks(void);
uint64_t ptep_get_and_clear(struct mm_struct *mm, pte_t *pte);
uint64_t ptep_get_and_clear_full(struct mm_struct *mm, pte_t *pte, const struct mmu_gather *tlb);
uint64_t ptep_modify(struct mm_struct *mm, pte_t *pte, uint64_t take, uint64_t give);
uint64_t ptep_clear_flush(struct vm_area_struct *vma, unsigned long address, const struct page *table, pte_t *pte);
void flush_cache_page(struct vm_area_struct *vma, unsigned long address);
void flush_cache_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
void pte_lock(struct page *table);
void pte_unlock(struct page *table);
void record_change(const struct mmu_gather *tlb, const struct vm_area_struct *vma, enum tlb_level level,
		   unsigned long address, unsigned long size);
void flush_changes(void);
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end, unsigned long floor,
		    unsigned long ceiling);
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long end, unsigned long floor,
		   unsigned long ceiling);
void table_free(struct page *table);

/* huge.c */
bool huge_fits(const struct vm_area_struct *vma, unsigned long address);
struct page *huge_page_alloc(const struct vm_area_struct *vma, unsigned long address);
void huge_page_drop(struct page *first);
void huge_page_add_rmap(struct page *first);
struct page *huge_page_at(uint64_t word, unsigned long address);
void split_huge(struct vm_area_struct *vma, unsigned long address);
pte_t *pte_lookup_split(struct vm_area_struct *vma, unsigned long address, struct page **table);
void split(struct mm_struct *mm, unsigned long address);
bool zap_huge(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end);
bool zap_huge_locked(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long address, pte_t *pmd,
		     struct page *upper);

/* collapse.c */
void collapse(struct mm_struct *mm, unsigned long address);

/* ksm.c */
void ksm(struct mm_struct *mm, unsigned long address, unsigned long other);

/* rmap.c; what it is walked with is in rmap.h */
struct page *isolate_page(struct mm_struct *mm, unsigned long address);
void page_add_rmap(struct page *page);
void page_remove_rmap(struct page *page);
bool folio_mkclean(struct page *page);
struct mm_ranges unmap_mapping_range(struct address_space *mapping, unsigned int first, unsigned int nr);

/* filemap.c */
struct page *find_get_page(struct address_space *mapping, unsigned int index);
bool read_page(struct address_space *mapping, unsigned int index);
struct mm_ranges truncate_pagecache(struct address_space *mapping);
void writeback(struct address_space *mapping, unsigned int index);
/* Told with the page lock held, or the cache's where there is no page, of each page that is in the file. */
typedef void on_disk_fn(void *arg, unsigned int index, uint64_t value);
void fsync_range(struct address_space *mapping, unsigned int first, unsigned int nr, on_disk_fn *on_disk, void *arg);

/* driver.c: a driver that maps pages of its own */
bool driver_owns(const struct address_space *file, unsigned int index);
struct mm_ranges driver_unmap(struct address_space *mapping, unsigned int first, unsigned int nr);
void driver_free(struct address_space *mapping, unsigned int first, unsigned int nr);

/* gup.c */
struct page *gup(struct mm_struct *mm, unsigned long address, bool write);
struct page *gup_fast(struct mm_struct *mm, unsigned long address, bool write);
void gup_put(struct page *page, bool wrote);

/* mprotect.c: numa hints */
void change_prot_numa(struct mm_struct *mm, unsigned long start, unsigned long end);

/* ... soft-dirty: as uffd_wp_range() */
struct mm_ranges clear_soft_dirty(struct mm_struct *mm, unsigned long start, unsigned long end);
bool read_soft_dirty(struct mm_struct *mm, unsigned long address);

/* fork.c: returns where nothing can be written to any more that could at the call */
struct mm_ranges fork_mm(struct mm_struct *mm, struct mm_struct *oldmm);
void wait_for_fork(struct mm_struct *mm);

/* mprotect.c: what was there at the call can be used for @rights alone, in the ranges returned */
struct mm_ranges do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned int rights);

/* ... by userfaultfd; what was there at the call cannot be written to, in the ranges returned */
struct mm_ranges uffd_wp_range(struct mm_struct *mm, unsigned long start, unsigned long end, bool protect);

void oom_reap(struct mm_struct *mm); /* oom.c */

/* cold.c */
void madvise_cold(struct mm_struct *mm, unsigned long start, unsigned long end);
void madvise_free(struct mm_struct *mm, unsigned long start, unsigned long end);

/* exec.c: returns where the stack was; none: it was not moved */
struct mm_ranges shift_arg_pages(struct mm_struct *mm, unsigned long address);

/* sched.c */
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
void enter_lazy_tlb(void);
void task_start(struct task *task);
void context_switch(void *next);
bool task_may_move(const void *task);
void task_leaves(void *task);
void task_arrives(void *task);
void task_exit(struct task *task);
void schedule_to(struct task *next);
void schedule_idle(struct task *task);

#endif
