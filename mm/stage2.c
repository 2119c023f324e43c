/* SPDX-License-Identifier: MIT */
/*
 * stage2.c - a virtual machine's tables, made from a process's: a subscriber to all of an address space, which counts the brackets itself.
 *
 * They hold no reference. So a page stands in them only while the process maps it, and who takes it away there says so before. Two numbers: brackets that
 * are open, and how many have ended. Who is about to map a page reads the second before he asks for the page; under the lock of the tables he maps it if no
 * bracket is open and none has ended since. Then either the page is what the process maps now, or a start is still to come, and finds it. As KVM does:
 * mmu_invalidate_in_progress, mmu_invalidate_seq.
 */
#include <mm/mm.h>

/* ---- tables; the lock of the tables is held ---- */

static pte_t *entry_of(int table, unsigned long address, unsigned int level)
{
	unsigned int shift = MACHINE_PAGE_SHIFT + MACHINE_TABLE_BITS * level;

	return &machine_frame_words(table)[address >> shift & (MACHINE_TABLE_ENTRIES - 1)];
}

/* The last-level entry; NULL: there is none, and @grow is false, or there is no memory for one. */
static pte_t *find_entry(const struct vcpu *vcpu, unsigned long address, bool grow)
{
	int frame = vcpu->pgd;

	for (unsigned int level = machine_levels() - 1; level > 0; level--) {
		pte_t *entry = entry_of(frame, address, level);

		frame = pte_valid(ptep_get(entry)) ? pte_frame(ptep_get(entry)) : MACHINE_NO_FRAME;
		if (frame == MACHINE_NO_FRAME && grow) {
			frame = machine_frame_alloc(MACHINE_FRAME_TABLE);
			if (frame != MACHINE_NO_FRAME)
				set_pte(entry, mk_table(frame));
		}
		if (frame == MACHINE_NO_FRAME)
			return NULL;
	}
	return entry_of(frame, address, 0);
}

/* True: something was there. What the guest has stored is in the cache by its own address, and is written back while that leads to the page. */
static bool zap_page(const struct vcpu *vcpu, unsigned long address)
{
	pte_t *entry = find_entry(vcpu, address, false);

	if (!entry || !ptep_get(entry))
		return false;
	if (machine_arch()->virtual_cache && !machine_arch()->no_flush_cache && RULE(guest_line_first))
		machine_flush_cache(vcpu->space, address, address + PAGE_SIZE);
	return __atomic_exchange_n(entry, 0, __ATOMIC_RELAXED);
}

static bool is_apic_in(const struct vcpu *vcpu, unsigned long start, unsigned long end)
{
	return vcpu->has_apic && vcpu->apic < end && start < vcpu->apic + PAGE_SIZE;
}

/* A guest that runs may use what it holds, so it is told with the lock held: who finds nothing any more need not tell it. */
static void zap(struct vcpu *vcpu, unsigned long start, unsigned long end)
{
	const unsigned long most = PAGE_SIZE << (MACHINE_TABLE_BITS * machine_levels());
	bool some = false;

	for (unsigned long at = start & PAGE_MASK; at < end && at < most; at += PAGE_SIZE)
		some |= zap_page(vcpu, at);
	if (some && RULE(guest_flush))
		vcpu_flush(vcpu);
	/* No entry is looked for on the way to that page. */
	if (is_apic_in(vcpu, start, end) && RULE(apic_told))
		vcpu_drop_apic(vcpu);
}

/* May what is held of an entry that said @old go on refusing the guest? Elsewhere the fault has dropped it. */
static bool refuses_for_ever(uint64_t old)
{
	return pte_valid(old) ? machine_arch()->readonly_sticky : machine_arch()->caches_not_present;
}

/* True: it is mapped. What is there already is the same page, and was refused for its rights, or because it is new. */
static bool map(struct vcpu *vcpu, unsigned long address, const struct page *page, bool write)
{
	pte_t *entry = find_entry(vcpu, address, true);
	uint64_t word = mk_pte(page->frame, MACHINE_PTE_EXEC | MACHINE_PTE_ACCESSED |
						    (write ? MACHINE_PTE_WRITE | MACHINE_PTE_DIRTY : 0));
	uint64_t old;

	if (!entry)
		return false;
	old = ptep_get(entry);
	shootdown_assert(!old || pte_frame(old) == page->frame, "stage2: another page comes behind a bracket");
	set_pte(entry, word);
	if (refuses_for_ever(old) && RULE(guest_upgrade_flush))
		vcpu_flush(vcpu);
	return true;
}

/* As the field of a VMCS does. */
static bool hold_apic(struct vcpu *vcpu, const struct page *page)
{
	vcpu->apic_frame = page->frame;
	return true;
}

/* ---- brackets ---- */

static struct vcpu *vcpu_of(struct mmu_notifier *base)
{
	return container_of(base, struct vcpu, base);
}

/* One word, so that both numbers are of one time: the first page of a range, and behind it in the lower half the page behind the last. */
static uint64_t range_word(uint64_t first, uint64_t behind)
{
	return first << 32 | behind;
}

static uint64_t first_of(uint64_t range)
{
	return range >> 32;
}

static uint64_t behind_of(uint64_t range)
{
	return range & 0xffffffff;
}

/* A range may go to the last byte of all. */
static uint64_t page_behind(unsigned long end)
{
	return end / PAGE_SIZE < 0xffffffff ? (end + PAGE_SIZE - 1) / PAGE_SIZE : 0xffffffff;
}

/*
 * Lock of the counts held. All that open brackets are for, and more if there is something between them. A release: who finds a new range without the
 * lock finds that brackets have ended which the old one was for.
 */
static void widen(struct vcpu *vcpu, uint64_t first, uint64_t behind)
{
	if (vcpu->open && RULE(guest_range_widens)) {
		first = first < first_of(vcpu->range) ? first : first_of(vcpu->range);
		behind = behind > behind_of(vcpu->range) ? behind : behind_of(vcpu->range);
	}
	__atomic_store_n(&vcpu->range, range_word(first, behind), __ATOMIC_RELEASE);
}

static int stage2_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct vcpu *vcpu = vcpu_of(base);

	machine_notified();
	spin_lock(&vcpu->counts);
	widen(vcpu, range->start / PAGE_SIZE, page_behind(range->end));
	__atomic_store_n(&vcpu->open, vcpu->open + 1, __ATOMIC_RELAXED);
	spin_unlock(&vcpu->counts);
	spin_lock(&vcpu->tables);
	if (RULE(guest_zap))
		zap(vcpu, range->start, range->end);
	spin_unlock(&vcpu->tables);
	return 0;
}

static void stage2_end(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct vcpu *vcpu = vcpu_of(base);

	(void)range;
	spin_lock(&vcpu->counts);
	/* A release, for who reads it without the lock: he finds the entries changed. */
	__atomic_store_n(&vcpu->ended, vcpu->ended + 1, __ATOMIC_RELEASE);
	shootdown_assert(vcpu->open, "stage2_end: behind a start");
	/* Who does not find this one open any more finds that it has ended; pairs with is_stale(). */
	if (RULE(guest_ended_first))
		__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&vcpu->open, vcpu->open - 1, __ATOMIC_RELAXED);
	spin_unlock(&vcpu->counts);
}

/* The entry, if it was used; NULL: it was not, or there is none. */
static pte_t *young_entry(const struct vcpu *vcpu, unsigned long address)
{
	pte_t *entry = find_entry(vcpu, address, false);

	return entry && pte_valid(ptep_get(entry)) && ptep_get(entry) & MACHINE_PTE_ACCESSED ? entry : NULL;
}

static bool age(struct mmu_notifier *base, unsigned long start, unsigned long end, bool flush)
{
	struct vcpu *vcpu = vcpu_of(base);
	bool young = false;

	machine_notified();
	spin_lock(&vcpu->tables);
	for (unsigned long at = start; at < end; at += PAGE_SIZE) {
		pte_t *entry = young_entry(vcpu, at);

		if (entry)
			__atomic_fetch_and(entry, ~MACHINE_PTE_ACCESSED, __ATOMIC_RELAXED);
		young |= entry != NULL;
	}
	/* What the TLB holds young is used without a word. */
	if (young && flush)
		vcpu_flush(vcpu);
	spin_unlock(&vcpu->tables);
	return young;
}

static bool stage2_clear_flush_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long start,
				     unsigned long end)
{
	(void)mm;
	return age(base, start, end, true);
}

static bool stage2_clear_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	(void)mm;
	return age(base, start, end, false);
}

static bool stage2_test_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long address)
{
	struct vcpu *vcpu = vcpu_of(base);
	bool young;

	(void)mm;
	machine_notified();
	spin_lock(&vcpu->tables);
	young = young_entry(vcpu, address);
	spin_unlock(&vcpu->tables);
	return young;
}

/* Nothing is mapped from here on. */
static void stage2_release(struct mmu_notifier *base, struct tlb_mm *mm)
{
	struct vcpu *vcpu = vcpu_of(base);

	(void)mm;
	machine_notified();
	spin_lock(&vcpu->tables);
	vcpu->gone = true;
	zap(vcpu, 0, ~0ul);
	spin_unlock(&vcpu->tables);
}

const struct mmu_notifier_ops stage2_ops = {
	.release = stage2_release,
	.clear_flush_young = stage2_clear_flush_young,
	.clear_young = stage2_clear_young,
	.test_young = stage2_test_young,
	.invalidate_range_start = stage2_start,
	.invalidate_range_end = stage2_end,
};

/* ---- faults ---- */

/* Some bracket is open that may be for @address. */
static bool is_changing(const struct vcpu *vcpu, unsigned long address)
{
	uint64_t range, page = address / PAGE_SIZE;

	if (!__atomic_load_n(&vcpu->open, __ATOMIC_RELAXED))
		return false;
	range = __atomic_load_n(&vcpu->range, __ATOMIC_RELAXED);
	return page >= first_of(range) && page < behind_of(range);
}

/*
 * Lock of the tables held, and not that of the counts: may the page at @address not be mapped, which was asked for when @ended brackets had ended? A
 * bracket that has found these tables locked before is seen to be open, unless it is seen to have ended; one that comes later finds the page.
 */
static bool is_stale(const struct vcpu *vcpu, unsigned long address, unsigned long ended)
{
	bool stale = false;

	if (RULE(guest_counts_open))
		stale = is_changing(vcpu, address);
	/* Pairs with stage2_end(). */
	if (RULE(guest_reads_in_order))
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (RULE(guest_counts_ended))
		stale |= __atomic_load_n(&vcpu->ended, __ATOMIC_RELAXED) != ended;
	return stale;
}

/* What is asked for: what the guest's access needs, or the physical address of its APIC's page, which is written to. */
enum wanted {
	TO_READ,
	TO_WRITE,
	APIC,
};

/*
 * @page, which was asked for when @ended brackets had ended, is mapped, unless it may be another's by now. True: or the guest may not go on.
 */
static bool map_if_fresh(struct vcpu *vcpu, unsigned long address, const struct page *page, enum wanted what,
			 unsigned long ended, bool *mapped)
{
	bool stale = false;

	spin_lock(&vcpu->tables);
	/* A copy of a physical address may be of a page that is about to go, as an entry may. */
	if (!vcpu->gone && (what != APIC || RULE(apic_asks_again)))
		stale = is_stale(vcpu, address, ended);
	if (vcpu->gone || stale)
		*mapped = false;
	else if (what == APIC)
		*mapped = hold_apic(vcpu, page);
	else
		*mapped = map(vcpu, address, page, what == TO_WRITE);
	spin_unlock(&vcpu->tables);
	return !stale;
}

static struct page *let_go(struct page *page, bool write)
{
	gup_put(page, write);
	return NULL;
}

static bool fault(struct vcpu *vcpu, struct mm_struct *mm, unsigned long address, enum wanted what)
{
	bool write = what != TO_READ;
	struct page *page = NULL;

	for (;;) {
		/* An acquire: the page is asked for behind it. */
		unsigned long ended = __atomic_load_n(&vcpu->ended, __ATOMIC_ACQUIRE);
		bool mapped, done;

		if (!page)
			page = gup(mm, address, write);
		if (!page)
			return false;
		done = map_if_fresh(vcpu, address, page, what, ended, &mapped);
		/* Before the guest writes to it: from here on no entry of the process's need say so. */
		if (done || RULE(guest_asks_again))
			page = let_go(page, write);
		if (done)
			return mapped;
		/* The one that is open may have counted as ended before. */
		machine_wait(&vcpu->open, MACHINE_EQUAL, 0);
		(void)__atomic_load_n(&vcpu->open, __ATOMIC_RELAXED);
	}
}

/* Of a process that has ended nothing is mapped. */
static bool fault_if_users(struct vcpu *vcpu, unsigned long address, enum wanted what)
{
	struct mm_struct *mm = vcpu->mm;
	bool again;

	if (!refcount_inc_not_zero(&mm->users))
		return false;
	again = fault(vcpu, mm, address, what);
	mmput(mm);
	return again;
}

/* True: the guest tries again. Outside the guest. */
bool stage2_fault(struct vcpu *vcpu, unsigned long address, enum machine_access how)
{
	return fault_if_users(vcpu, address, how == MACHINE_STORE ? TO_WRITE : TO_READ);
}

/* As KVM does before it enters the guest: vmx_set_apic_access_page_addr(). Outside the guest. */
void stage2_find_apic(struct vcpu *vcpu)
{
	vcpu->apic_frame = MACHINE_NO_FRAME;
	(void)fault_if_users(vcpu, vcpu->apic, APIC);
}

void stage2_create(struct vcpu *vcpu)
{
	vcpu->pgd = machine_frame_alloc(MACHINE_FRAME_TABLE);
	vcpu->space = machine_space_at(vcpu->pgd);
}
