/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices that work in the address space of a program: their driver, as that of an SMMU for shared virtual addresses.
 *
 * Linux's arm_smmu_sva_set_dev_pasid() and its mmu notifier. What keeps it right:
 *   1. The notifier is there before the device walks, and goes when the device walks no more and holds nothing: tlb_notifier.h.
 *   2. As long as it is attached it has one of the mm's .count, so the root stays; what is below it goes with the last thread, flushed as everything.
 *   3. A fault is handled with the device's lock held for reading, so who detaches it waits for that (Linux flushes the queue of faults).
 */
#include <mm/mm.h>

static struct device *device_of(struct tlb_notifier *notifier)
{
	return container_of(notifier, struct device, notifier);
}

/* One command a range. A device that follows broadcasts has heard of it. */
static void invalidate(struct tlb_notifier *notifier, const struct tlb_flush *flush)
{
	struct machine_invalidation inv = invalidation_of(flush);

	if (!machine_arch()->secondary_snoops)
		machine_device_invalidate(device_of(notifier)->number, &inv);
}

static void sync(struct tlb_notifier *notifier)
{
	if (!machine_arch()->secondary_snoops)
		machine_device_sync(device_of(notifier)->number);
}

static const struct tlb_notifier_ops ops = {
	.invalidate = invalidate,
	.sync = sync,
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
		machine_device_load(device->number, mm->space);
	}
	mmap_write_unlock(mm);
	up_write(&device->lock);
}

/* Nothing to do for one that is attached, or for an address space that is on its way out. */
void device_attach(struct device *device, struct mm_struct *mm)
{
	if (!refcount_inc_not_zero(&mm->users))
		return;
	device_bind(device, mm);
	mmput(mm);
}

/* All that it holds, so that nothing is left of it should it be attached again: from here on nobody tells it of anything. */
static void drop_all(const struct device *device)
{
	const struct machine_invalidation all = {
		.space = device->mm->space, .all = true, .tables = true, .exec = true
	};

	machine_device_invalidate(device->number, &all);
	machine_device_sync(device->number);
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

/*
 * By the thread that handles them. True: the device tries again. A device that cannot ask for pages is refused, and so is one of a program that has ended
 * (Linux: mmget_not_zero() in the handler of iommu-sva).
 */
bool device_fault(struct device *device, unsigned long address, enum machine_access how)
{
	struct mm_struct *mm;
	bool again = false;

	if (!mm_globals()->pri)
		return false;
	down_read(&device->lock);
	mm = device->mm;
	if (mm && refcount_inc_not_zero(&mm->users)) {
		again = fault_in(mm, address, how);
		mmput(mm);
	}
	up_read(&device->lock);
	return again;
}
