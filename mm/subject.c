/* SPDX-License-Identifier: MIT */
/* subject.c - this mm as the checker sees it: built from a scenario, asked about while it runs, looked at when all is over. */
#include <mm/hugetlb.h>
#include <mm/operations.h>
#include <mm/vmalloc.h>

static const struct subject_setup *setup(void)
{
	return mm_globals()->setup;
}

/* ---- boot ---- */

unsigned int vm_rights_of(unsigned int prot)
{
	unsigned int flags = 0;

	flags |= prot & SUBJECT_READ ? VM_READ : 0;
	flags |= prot & SUBJECT_WRITE ? VM_WRITE : 0;
	return flags | (prot & SUBJECT_EXEC ? VM_EXEC : 0);
}

static bool is_hugetlb_kind(enum subject_file_kind kind)
{
	return kind == SUBJECT_FILE_HUGETLB || kind == SUBJECT_FILE_CONTIGUOUS;
}

static bool is_of_hugetlb(const struct subject_map *map)
{
	return map->file != SUBJECT_NONE && is_hugetlb_kind(setup()->files[map->file].kind);
}

static unsigned int vm_flags_of(const struct subject_map *map)
{
	unsigned int flags = vm_rights_of(map->prot);

	flags |= map->shared ? VM_SHARED : 0;
	flags |= map->grows ? VM_GROWSDOWN : 0;
	flags |= map->uffd ? VM_UFFD_WP : 0;
	flags |= map->numa ? VM_NUMA : 0;
	flags |= map->soft_dirty ? VM_TRACKED | VM_SOFTDIRTY : 0;
	/* What is written to a huge page of a file is written to the file. */
	if (is_of_hugetlb(map) && (!map->shared || map->grows || map->uffd || map->numa || map->soft_dirty))
		machine_too_big("private hugetlb maps, or such that something else is asked of", 0);
	/* Of what is split before anybody looks at it there would be nothing to see. */
	if (map->huge && (map->file != SUBJECT_NONE || map->grows || map->uffd || map->numa || map->soft_dirty))
		machine_too_big("huge maps of a file, or that something else is asked of", 0);
	flags |= map->huge ? VM_HUGE : 0;
	return flags;
}

/* A new VMA each time: the map of a scenario may come and go several times. */
struct vm_area_struct *subject_vma(int space, int nr)
{
	const struct subject_map *map = &setup()->maps[nr];
	struct address_space *file = map->file == SUBJECT_NONE ? NULL : &mm_globals()->files[map->file];

	return vma_create(&mm_globals()->mms[space], map->start, map->end, vm_flags_of(map), file, map->file_page);
}

static void boot_kernel_map(const struct subject_map *map)
{
	if (mm_globals()->vmap.pgd == MACHINE_NO_FRAME)
		vmalloc_init();
	if (!map->absent && !vmalloc(map->start, map->end, vm_rights_of(map->prot)))
		machine_too_big("kernel mappings", MM_VMAP_AREAS);
}

static void boot_limits(const struct subject_setup *from)
{
	const struct tlb_limits limits = {
		.bundle = from->gather.bundle,
		.batch = from->gather.batch,
		.batches = from->gather.batches,
		.tables = from->gather.tables,
		.lanes = from->gather.lanes,
		.ranges = from->gather.ranges,
	};

	if (limits.ranges > MM_GATHER_RANGES)
		machine_too_big("ranges of a gather", MM_GATHER_RANGES);
	/* A table that several address spaces have could not say whose gathers have changed it. */
	for (unsigned int i = 0; i < from->nr_files; i++) {
		if (limits.lanes > 1 && is_hugetlb_kind(from->files[i].kind))
			machine_too_big("hugetlb files where tables are tracked", 0);
	}
	mm_boot(&limits, from->refused);
	mm_globals()->setup = from;
	mm_globals()->spf = from->spf;
	mm_globals()->unmap_batch = from->unmap_batch;
	if (from->unmap_batch > MM_UNMAPPED)
		machine_too_big("pages unmapped at a time", MM_UNMAPPED);
	mm_globals()->asids = from->asids < MM_ASIDS ? from->asids : MM_ASIDS;
	mm_globals()->nr_shared_asids = 1 + from->asids < MACHINE_IDS ? 1 + from->asids : MACHINE_IDS;
	mm_globals()->pri = from->pri;
	mm_globals()->stall = from->stall;
}

static void boot_map(const struct subject_map *map, int nr)
{
	struct vm_area_struct *vma;

	if (map->space == SUBJECT_NONE) {
		boot_kernel_map(map);
		return;
	}
	if (map->absent)
		return;
	vma = subject_vma(map->space, nr);
	anon_vma_link(vma);
	vma_link_file(vma);
	vma_link(vma);
}

/* Who only looks into it from outside finds a user, as long as it is not on its way out. */
static void boot_space(const struct subject_space *from)
{
	struct mm_struct *mm = mm_create();

	mm->filled = !from->empty;
	if (!from->empty && !from->threads)
		refcount_set(&mm->users, 1);
}

static void boot_memory(const struct subject_setup *from)
{
	static const enum file_kind kinds[] = {
		[SUBJECT_FILE_CACHE] = FILE_CACHED,	     [SUBJECT_FILE_PFN] = FILE_PFN,
		[SUBJECT_FILE_MIXED] = FILE_MIXED,	     [SUBJECT_FILE_HUGETLB] = FILE_HUGETLB,
		[SUBJECT_FILE_CONTIGUOUS] = FILE_CONTIGUOUS,
	};

	for (unsigned int i = 0; i < from->nr_spaces; i++)
		boot_space(&from->spaces[i]);
	if (!from->lazy)
		mm_create_init();
	for (unsigned int i = 0; i < from->nr_files; i++)
		file_create(kinds[from->files[i].kind], from->files[i].pages);
	for (unsigned int i = 0; i < from->nr_maps; i++)
		boot_map(&from->maps[i], (int)i);
	for (unsigned int i = 0; i < from->nr_spaces; i++)
		share_initially(mm_globals()->mms[i].mmap);
}

/* Before any agent runs: no lock is contended, and nothing here is a step. */
static void boot(const struct subject_setup *from)
{
	boot_limits(from);
	boot_memory(from);
	for (unsigned int i = 0; i < from->nr_devices; i++) {
		struct device *device = device_create();

		if (from->devices[i].attached)
			device_bind(device, &mm_globals()->mms[from->devices[i].space]);
	}
	for (unsigned int i = 0; i < from->nr_vcpus; i++) {
		struct vcpu *vcpu = vcpu_create(from->nr_devices + i, machine_nr_cpus() - from->nr_vcpus + i);

		if (from->vcpus[i].registered)
			vcpu_bind(vcpu, &mm_globals()->mms[from->vcpus[i].space]);
	}
}

/* A read fault maps a page that others may have too read-only: the first write is a fault of its own. */
static bool fault_leaves_writable(const struct subject_map *map, bool others)
{
	return map->prot & SUBJECT_WRITE && !others;
}

/*
 * An entry that the scenario has there from the start. What the scenario does not say is as a read
 * fault would have left it.
 */
static bool present(const struct subject_present *entry)
{
	const struct subject_map *map = &setup()->maps[entry->map];
	unsigned long address = map->start;
	struct vm_area_struct *vma;
	bool others, writable;

	/* A mapping of the kernel's own is there as a whole. */
	if (map->space == SUBJECT_NONE)
		return true;
	vma = find_vma(&mm_globals()->mms[map->space], address);
	address += entry->page * vma_page_size(vma);
	others = vma->file && !is_hugetlb(vma) &&
		 (!map->shared || !driver_owns(vma->file, map->file_page + entry->page));
	writable = entry->given ? entry->writable : fault_leaves_writable(map, others);
	return map_initial(vma, address,
			   (writable ? MACHINE_PTE_WRITE : 0) | (entry->dirty ? MACHINE_PTE_DIRTY : 0) |
				   (entry->young ? MACHINE_PTE_ACCESSED : 0));
}

static struct machine_space *space(unsigned int nr)
{
	return mm_globals()->mms[nr].space;
}

static bool kernel_access(unsigned long address, unsigned int how, uint64_t *value)
{
	return vmap_access(address, (enum machine_access)how, value);
}

static bool guest_access(unsigned long address, unsigned int how, uint64_t *value)
{
	struct task *task = machine_current();

	return vcpu_access(task->vcpu, address, (enum machine_access)how, value);
}

static struct machine_space *guest_space(unsigned int nr)
{
	return mm_globals()->vcpus[nr].space;
}

/* ---- threads ---- */

/*
 * A kernel thread that starts in an address space has one of its .count from here on, which becomes
 * its CPU's in task_start().
 */
static void *thread(int nr, enum subject_thread kind)
{
	bool is_peer = kind == SUBJECT_DEVICE || kind == SUBJECT_VCPU;
	struct mm_struct *mm = nr == SUBJECT_NONE || is_peer ? NULL : &mm_globals()->mms[nr];
	struct task *task = task_create(kind == SUBJECT_USER_THREAD ? mm : NULL);

	task->device = kind == SUBJECT_DEVICE ? &mm_globals()->devices[nr] : NULL;
	task->vcpu = kind == SUBJECT_VCPU ? &mm_globals()->vcpus[nr] : NULL;
	task->active_mm = mm;
	if (mm && !task->mm)
		mmgrab(mm);
	return task;
}

/* Whose tables a device or a vcpu is to walk is the scenario's to say. */
static void thread_starts(void *self)
{
	struct task *task = self;
	struct mm_globals *globals = mm_globals();
	int nr = task->device ? setup()->devices[task->device - globals->devices].space
		 : task->vcpu ? setup()->vcpus[task->vcpu - globals->vcpus].space
		 : task->mm   ? (int)(task->mm - globals->mms)
			      : SUBJECT_NONE;

	if (nr != SUBJECT_NONE && setup()->spaces[nr].empty)
		wait_for_fork(&globals->mms[nr]);
	task_start(task);
}

/* While the world is set up only: somebody ran here before the scenario begins, and left the CPU lazy. */
static void thread_leaves(void *self)
{
	struct task *task = self;

	enter_lazy_tlb();
	if (task->mm)
		refcount_set(&task->mm->users, task->mm->users.refs - 1);
	task->mm = NULL;
	rcu_run_now(&mm_globals()->rcu);
}

/* ---- pages and entries ---- */

/* MACHINE_NO_FRAME: a driver's page that was given back. */
static int file_frame(unsigned int nr, unsigned int index)
{
	const struct address_space *file = &mm_globals()->files[nr];
	unsigned int into = index % file_step(file);
	const struct page *page = file->pages[index - into];

	return page ? page->frame + (int)into : file->frames[index];
}

/* Of an entry that hardware does not see. */
static int entry_frame(uint64_t word)
{
	return pte_protnone(word) ? pte_frame(word) : MACHINE_NO_FRAME;
}

/* By reclaim: what was given up and not written to since. */
static bool may_discard(int frame, uint64_t word)
{
	return frame_to_page(frame)->lazyfree && !frame_to_page(frame)->dirty && !pte_dirty(word);
}

/* ---- the end ---- */

static void audit(struct subject_audit *to)
{
	audit_files(to);
	audit_beyond(to);
	audit_anon(to);
	audit_leaks(to);
}

/* In swap, or in memory for a slot of it. All have ended. */
static bool kept(int space, unsigned long address, uint64_t *value)
{
	const struct swap_slot *slot;
	uint64_t word = word_at(&mm_globals()->mms[space], address);

	if (!pte_swap(word))
		return false;
	slot = &mm_globals()->slots[pte_number(word)];
	*value = slot->page ? *machine_frame_words(slot->page->frame) : slot->value;
	return true;
}

/* ---- the whole ---- */

static const struct subject_rule rules[] = {
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario },
#include <mm/rules.def>
#undef RULE_DEF
};

static const char *const features[] = { "huge",
					"uffd",
					"numa",
					"soft-dirty",
					"mm empty",
					"asids",
					"map kernel",
					"set unmap-batch",
					"set spf",
					"set lazy",
					"cpu or",
					"device",
					"vcpu",
					"notified",
					"set pri",
					"file hugetlb",
					"file contiguous",
					NULL };

const struct subject subject_under_test = {
	.name = "the reference mm",
	.kernel = &mm_kernel,
	.rules = rules,
	.nr_rules = sizeof(rules) / sizeof(rules[0]),
	.operations = subject_operations,
	.features = features,
	.uses = subject_uses,
	.boot = boot,
	.present = present,
	.space = space,
	.kernel_access = kernel_access,
	.vcpu_access = guest_access,
	.vcpu_space = guest_space,
	.thread = thread,
	.thread_starts = thread_starts,
	.thread_leaves = thread_leaves,
	.file_frame = file_frame,
	.kept = kept,
	.name_address = subject_name_address,
	.name_frame = subject_name_frame,
	.entry_frame = entry_frame,
	.may_discard = may_discard,
	.role = subject_role,
	.audit = audit,
};
