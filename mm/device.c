/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices that work in the address space of a program: their driver, as that of an SMMU for shared virtual addresses.
 *
 * Linux's arm_smmu_sva_set_dev_pasid() and its mmu notifier. What keeps it right:
 *   1. The notifier is there before the device walks, and goes when the device walks no more and holds nothing: tlb_notifier.h.
 *   2. As long as it is attached it has one of the mm's .count, so the root stays; what is below it goes with the last thread, flushed as everything.
 *   3. A device that keeps translations of its own (ATC) says so before it does: ORD-11. They are invalidated when the TLB that they come from is known to be done.
 *   4. A fault is handled with the device's lock held for reading, so who detaches it waits for that (Linux flushes the queue of faults).
 */
#include <mm/relax.h>

static struct device *device_of(struct tlb_notifier *notifier)
{
	return container_of(notifier, struct device, notifier);
}

/*
 * It would hear broadcasts, and CPUs are interrupted. So as long as there is one they get both (Linux, radix_tlb.c: mm_context_add_copro(), tlbie beside
 * tlbiel).
 */
static bool needs_broadcast(void)
{
	return machine_arch()->secondary_snoops && machine_arch()->reach == TLB_REACH_IPI;
}

static void broadcast(const struct machine_invalidation *inv)
{
	struct machine_invalidation beside = *inv;

	/* One flush with that of the CPUs. */
	beside.goes_on = true;
	machine_tlb_broadcast(&beside);
}

/* Behind the last page of @inv that is told, one by one; it takes at least one. */
static unsigned long end_of_pages(const struct machine_invalidation *inv)
{
	unsigned long end = inv->start + (1ul << inv->stride_shift);

	if (RULE(each_page_told))
		end = inv->end;
	return end;
}

/*
 * A TLB that takes no ranges: a command for each page, or one for everything if that are too many. All of them are waited for once. Linux
 * arm_smmu_mm_arch_invalidate_secondary_tlbs(), without ARM_SMMU_FEAT_RANGE_INV; ocxl's invalidate_range() waits for each.
 */
static void invalidate_pages(unsigned int number, const struct machine_invalidation *inv)
{
	const unsigned long step = 1ul << inv->stride_shift, ceiling = machine_arch()->secondary_ceiling;
	const unsigned long nr = (inv->end - inv->start + step - 1) / step;
	const struct machine_invalidation all = {
		.space = inv->space, .all = true, .tables = true, .exec = true, .goes_on = inv->goes_on
	};

	if (ceiling && nr > ceiling) {
		machine_device_invalidate(number, &all);
		return;
	}
	for (unsigned long at = inv->start; at < end_of_pages(inv); at += step) {
		struct machine_invalidation page = *inv;

		page.start = at;
		page.end = at + step;
		page.goes_on |= at != inv->start;
		machine_device_invalidate(number, &page);
	}
	/* One is counted by who calls this. */
	shootdown_count(TLB_COUNT_COMMANDS, nr - 1);
}

/* One command a range, where there are such. A device that follows broadcasts has heard of it, if there was one. */
static void invalidate(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	struct machine_invalidation inv = invalidation_of(flush);

	if (!machine_arch()->secondary_snoops && machine_arch()->secondary_pages && !inv.all)
		invalidate_pages(device_of(notifier)->number, &inv);
	else if (!machine_arch()->secondary_snoops)
		machine_device_invalidate(device_of(notifier)->number, &inv);
	else if (needs_broadcast() && RULE(interrupts_and_broadcast))
		broadcast(&inv);
}

static bool has_ats(const struct device *device)
{
	return __atomic_load_n(&device->ats, __ATOMIC_RELAXED);
}

static void sync(struct tlb_notifier *notifier)
{
	const struct device *device = device_of(notifier);

	if (needs_broadcast())
		machine_tlb_complete();
	if (!machine_arch()->secondary_snoops || has_ats(device))
		machine_device_sync(device->number);
}

/* No broadcast reaches what is in a device. */
static void invalidate_atc(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	struct machine_invalidation inv = invalidation_of(flush);

	machine_device_invalidate_atc(device_of(notifier)->number, &inv);
}

/*
 * Behind the invalidation of the TLB. ORD-11, a full barrier: pairs with the one in device_enable_ats(). If the ATC was filled before that was done, it is
 * found here.
 */
static bool fills_atc(struct tlb_notifier *notifier)
{
	if (RULE(ats_looked_for_behind))
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return has_ats(device_of(notifier));
}

static const struct tlb_notifier_ops ops = {
	.invalidate = invalidate,
	.sync = sync,
	.fills = fills_atc,
	.invalidate_filled = invalidate_atc,
};

struct device *device_create(void)
{
	struct device *device = &mm_globals()->devices[mm_globals()->nr_devices];

	if (mm_globals()->nr_devices == MM_DEVICES)
		machine_too_big("devices", MM_DEVICES);
	device->number = mm_globals()->nr_devices++;
	return device;
}

/* The address space has threads, or is about to get some. */
void device_bind(struct device *device, struct mm_struct *mm)
{
	down_write(&device->lock);
	mmap_write_lock(mm);
	if (!device->mm) {
		mmgrab(mm);
		device->mm = mm;
		device->notifier.ops = &ops;
		tlb_notifier_register(&device->notifier, &mm->tlb);
		relax_wait(mm);
		machine_device_load(device->number, mm->space);
	}
	mmap_write_unlock(mm);
	up_write(&device->lock);
}

/* It is told that there is nothing to attach it to: what it accesses is refused. */
static void refuse(struct device *device)
{
	down_write(&device->lock);
	if (!device->mm)
		machine_device_load(device->number, NULL);
	up_write(&device->lock);
}

/* Nothing to do for one that is attached. An address space that is on its way out has none. */
void device_attach(struct device *device, struct mm_struct *mm)
{
	if (!refcount_inc_not_zero(&mm->users)) {
		refuse(device);
		return;
	}
	device_bind(device, mm);
	mmput(mm);
}

/* All that it holds, so that nothing is left of it should it be attached again: from here on nobody tells it of anything. */
static void drop_all(const struct device *device)
{
	const struct machine_invalidation all = {
		.space = device->mm->space, .all = true, .tables = true, .exec = true
	};

	/* A wait is for what this CPU has put into the queue. */
	shootdown_pin();
	machine_device_invalidate(device->number, &all);
	machine_device_sync(device->number);
	if (has_ats(device)) {
		machine_device_invalidate_atc(device->number, &all);
		machine_device_sync(device->number);
	}
	shootdown_unpin();
}

void device_detach(struct device *device)
{
	struct mm_struct *mm;

	down_write(&device->lock);
	mm = device->mm;
	if (mm) {
		mmap_write_lock(mm);
		machine_device_load(device->number, NULL);
		if (RULE(detach_drops))
			drop_all(device);
		tlb_notifier_unregister(&device->notifier);
		device->mm = NULL;
		mmap_write_unlock(mm);
		/* Nobody calls it any more, so it may be anything. */
		device->notifier = (struct tlb_notifier){ 0 };
		mmdrop(mm);
	}
	up_write(&device->lock);
}

/* Tables of kernel mappings were unhooked, and are about to be given back. iommu_sva_invalidate_kva_range() of Linux, of one that is attached. */
void device_drop_kernel_tables(struct device *device)
{
	down_read(&device->lock);
	if (device->mm)
		tlb_notify_kernel_tables(&device->notifier);
	up_read(&device->lock);
}

/* Linux: arm_smmu_attach_prepare() counts it, arm_smmu_enable_ats(). */
void device_enable_ats(struct device *device)
{
	down_write(&device->lock);
	if (!has_ats(device)) {
		__atomic_store_n(&device->ats, 1, __ATOMIC_RELAXED);
		/* ORD-11, a full barrier: pairs with the one in fills_atc(). */
		if (RULE(ats_said_first))
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		machine_device_ats(device->number);
	}
	up_write(&device->lock);
}

/* A device that is attached to nobody, or to a program that has ended, is refused (Linux: mmget_not_zero() in the handler of iommu-sva). */
static bool handle_fault(struct device *device, unsigned long address, enum machine_access how)
{
	struct mm_struct *mm;
	bool again = false;

	down_read(&device->lock);
	mm = device->mm;
	if (mm && refcount_inc_not_zero(&mm->users)) {
		again = fault_in(mm, address, how);
		/* Linux: CMD_RESUME of arm_smmu_page_response(), with retry. */
		if (again && mm_globals()->stall && RULE(stall_resumed))
			machine_device_resume(device->number, true);
		mmput(mm);
	}
	up_read(&device->lock);
	return again;
}

/*
 * By the thread that handles them. True: the device tries again. One that can neither ask for pages nor stall is refused; one that stalls waits until
 * its access is made again or ended.
 */
bool device_fault(struct device *device, unsigned long address, enum machine_access how)
{
	bool again = mm_globals()->pri && handle_fault(device, address, how);

	if (!again && mm_globals()->stall && RULE(stall_ended))
		machine_device_resume(device->number, false);
	return again;
}
