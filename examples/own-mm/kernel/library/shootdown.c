/* SPDX-License-Identifier: MIT */
/*
 * shootdown.c - taking memory away by the library: what was unhooked is gathered, one flush covers it, and then it is given back.
 *
 * The lock is held all the while, as in fixed/: who waits for it has interrupts on and answers.
 */
#include <kernel.h>
#include <shootdown/shootdown.h>

static struct tlb_mm mms[MAX_PROCESSES];

static struct tlb_mm *mm_of(struct process *process)
{
	return &mms[process - processes];
}

void shootdown_enter(struct process *process)
{
	tlb_mm_enter(mm_of(process));
}

void shootdown_leave(struct process *process)
{
	tlb_mm_leave(mm_of(process));
}

/* ---- unmap ---- */

/*
 * From the lowest level upwards, as long as tables are empty. The entry that leads to a table goes before the table is gathered: the
 * flush is only of use when no walk can find it any more.
 */
static void take_tables(struct mmu_gather *tlb, struct process *process, uintptr_t address)
{
	for (int level = 1; level < LEVELS; level++) {
		union entry *entry = walk_to(process, address, level);
		uint64_t table = (uint64_t)entry->frame * PAGE_SIZE;

		if (!table_is_empty(table))
			return;
		__atomic_store_n(&entry->raw, 0, __ATOMIC_RELAXED);
		tlb_free_table(tlb, (enum tlb_level)(level - 1), (shootdown_table_t)table, address);
	}
}

/* The law's first step, and what the second and third need: where the entry was, and the page. */
static void take_page(struct mmu_gather *tlb, union entry *entry, uintptr_t address)
{
	uint64_t page = (uint64_t)entry->frame * PAGE_SIZE;

	__atomic_store_n(&entry->raw, 0, __ATOMIC_RELAXED);
	tlb_remove_tlb_entry(tlb, address);
	tlb_remove_page(tlb, (shootdown_page_t)page);
}

/* Pages and tables in one gather, and so in one flush; nothing is given back before tlb_finish_mmu(), or a flush in between. */
void unmap(struct process *process, uintptr_t start, uintptr_t end)
{
	struct tlb_vma vma = { .mm = mm_of(process), .start = start, .end = end, .page_shift = SHOOTDOWN_PAGE_SHIFT };
	struct mmu_gather tlb;

	lock(&memory_lock);
	tlb_gather_mmu(&tlb, mm_of(process));
	tlb_start_vma(&tlb, &vma);
	for (uintptr_t address = start; address < end; address += PAGE_SIZE) {
		union entry *entry = walk(process, address, false);

		if (!entry || !entry->present)
			continue;
		take_page(&tlb, entry, address);
	}
	tlb_end_vma(&tlb, &vma);
	tlb_free_vmas(&tlb);
	for (uintptr_t address = start; address < end; address += PAGE_SIZE) {
		if (walk(process, address, false))
			take_tables(&tlb, process, address);
	}
	tlb_finish_mmu(&tlb);
	unlock(&memory_lock);
}

/* ---- hooks: calls to other CPUs ---- */

/* Room for one call from each CPU to each other. `fn` is set last and taken first. */
static struct call {
	void (*fn)(void *);
	void *arg;
} calls[MAX_CPUS][MAX_CPUS];

void shootdown_call_cpus(const shootdown_cpumask_t *cpus, void (*fn)(void *), void *arg)
{
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct call *call = &calls[cpu][cpu_number()];

		if (!(*cpus >> cpu & 1))
			continue;
		/* The slot is taken by this CPU's last call. Two CPUs that wait so for each other have to answer meanwhile. */
		while (__atomic_load_n(&call->fn, __ATOMIC_ACQUIRE)) {
			shootdown_call_poll();
			cpu_relax();
		}
		call->arg = arg;
		__atomic_store_n(&call->fn, fn, __ATOMIC_RELEASE);
		send_ipi(cpu, VECTOR_SHOOTDOWN);
	}
}

static void take_call(struct call *call)
{
	void (*fn)(void *) = __atomic_load_n(&call->fn, __ATOMIC_ACQUIRE);
	void *arg = call->arg;

	if (!fn)
		return;
	/* The slot is given up first: once fn has answered, the caller may send its next call. */
	__atomic_store_n(&call->fn, NULL, __ATOMIC_RELEASE);
	fn(arg);
}

/* With interrupts off, or this CPU's own interrupt would take the same call in the middle. */
void shootdown_call_poll(void)
{
	unsigned long flags = irq_save();

	for (unsigned int from = 0; from < MAX_CPUS; from++)
		take_call(&calls[cpu_number()][from]);
	irq_restore(flags);
}

void shootdown_interrupt(void)
{
	shootdown_call_poll();
}

/* Asked only for flushes of the kernel's own mappings; all CPUs are up from the start. */
shootdown_cpumask_t shootdown_cpumask_online(void)
{
	return (1ul << MAX_CPUS) - 1;
}

/* ---- hooks: the TLB ---- */

/* Without PCIDs and global entries, the load of CR3 drops everything; an INVLPG drops upper levels too, so .tables needs nothing. */
void shootdown_flush_local(const struct tlb_flush *flush)
{
	if (flush->all) {
		write_cr3(read_cr3());
		return;
	}
	for (uintptr_t address = flush->start; address < flush->end; address += 1ul << flush->stride_shift)
		invlpg(address);
}

void shootdown_flush_broadcast(const struct tlb_flush *flush)
{
	(void)flush;
	kernel_panic("x86-64 has no broadcast");
}

void shootdown_flush_complete(void)
{
	kernel_panic("x86-64 has no broadcast");
}

/* ---- hooks: memory; the lock is held ---- */

void *shootdown_batch_alloc(void)
{
	return physical_to_virtual(page_alloc());
}

void shootdown_batch_free(void *batch)
{
	page_free(virtual_to_physical(batch));
}

void shootdown_free_pages(struct encoded_page **slots, unsigned int nr)
{
	shootdown_page_t page;
	unsigned long pages;

	for (unsigned int i = 0; i < nr;) {
		i += tlb_encoded_next(&slots[i], &page, &pages);
		page_free((uint64_t)page);
	}
}

void shootdown_remove_rmap(shootdown_page_t page, unsigned int nr, struct tlb_vma *vma)
{
	(void)page;
	(void)nr;
	(void)vma;
	kernel_panic("this kernel has no reverse maps");
}

void shootdown_table_to_page(shootdown_table_t table, shootdown_page_t *page)
{
	*page = table;
}

/* The row says that tables are freed as pages are, so none of these is called. */
void shootdown_free_table(shootdown_table_t table)
{
	(void)table;
	kernel_panic("a table is a page");
}

void shootdown_defer_table(shootdown_table_t table)
{
	(void)table;
	kernel_panic("a table is a page");
}

void shootdown_call_rcu(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu))
{
	(void)rcu;
	(void)fn;
	kernel_panic("there are no grace periods");
}

void shootdown_sync_walkers(void)
{
	kernel_panic("there are no grace periods");
}
