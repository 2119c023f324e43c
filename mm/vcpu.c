/* SPDX-License-Identifier: MIT */
/*
 * vcpu.c - virtual CPUs: a thread that enters a guest, and leaves it for faults, requests and interrupts.
 *
 * In the guest, interrupts of the host are off as far as its own instructions go: one that comes leaves the guest, and is taken then. So
 *   1. who has set a request, and behind that finds that the CPU is not in the guest, is done: it looks at its requests behind saying that it is;
 *   2. who finds that it is interrupts it, and waits: when it is in the guest next, it has looked.
 * As KVM: kvm_make_all_cpus_request(), vcpu_enter_guest().
 */
#include <mm/mm.h>
#include <kernel/smp.h>

/* Of the CPU that runs it; or of any, where a broadcast reaches it. */
static void flush_now(const struct vcpu *vcpu)
{
	const struct machine_invalidation all = { .space = vcpu->space, .all = true, .tables = true, .exec = true };

	machine_device_invalidate(vcpu->number, &all);
	machine_device_sync(vcpu->number);
}

/* From a CPU that may be another one. __kvm_tlb_flush_vmid(). */
static void flush_by_broadcast(const struct vcpu *vcpu)
{
	flush_now(vcpu);
	if (broadcasts_twice())
		flush_now(vcpu);
}

/* ---- requests ---- */

static bool is_pending(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED);
}

/*
 * When this returns @vcpu is out of the guest, or has seen to it. Relaxed, as a request says nothing but itself: changed entries are there for all walks that
 * start later (vcpu_flush()), and who asks for the APIC's page again takes the lock of the tables, with which it was dropped.
 */
static void request(struct vcpu *vcpu, enum vcpu_request what)
{
	__atomic_fetch_or(&vcpu->requests, (int)what, __ATOMIC_RELAXED);
	if (RULE(request_before_mode))
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (RULE(vcpu_kick) && __atomic_load_n(&vcpu->in_guest, __ATOMIC_ACQUIRE))
		interrupt_and_wait(vcpu->cpu);
}

static void serve(struct vcpu *vcpu)
{
	/* Relaxed: the guest comes behind the fence of enter(). */
	int requests = __atomic_exchange_n(&vcpu->requests, 0, __ATOMIC_RELAXED);

	if (requests & VCPU_FLUSH)
		flush_now(vcpu);
	if (requests & VCPU_APIC)
		stage2_find_apic(vcpu);
}

/* Its page is about to change. When the guest is entered next, it has been asked for again. */
void vcpu_drop_apic(struct vcpu *vcpu)
{
	request(vcpu, VCPU_APIC);
}

/* The entries are changed. On return the guest does not use what they said. */
void vcpu_flush(struct vcpu *vcpu)
{
	machine_fence_walks();
	if (machine_arch()->farthest != TLB_REACH_IPI)
		flush_by_broadcast(vcpu);
	else
		request(vcpu, VCPU_FLUSH);
}

/* ---- in and out ---- */

static void leave(struct vcpu *vcpu)
{
	/* A release: what the guest has done is over. */
	__atomic_store_n(&vcpu->in_guest, 0, __ATOMIC_RELEASE);
	machine_irq_restore(vcpu->flags);
}

static void enter(struct vcpu *vcpu)
{
	for (;;) {
		vcpu->flags = machine_irq_save();
		__atomic_store_n(&vcpu->in_guest, 1, __ATOMIC_RELAXED);
		if (RULE(mode_before_request))
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!is_pending(vcpu))
			return;
		leave(vcpu);
		serve(vcpu);
	}
}

/* A hint: whether it is bound is asked under the lock. */
static void await_bound(const struct vcpu *vcpu)
{
	do
		machine_wait(&vcpu->bound, MACHINE_NOT_EQUAL, VCPU_NEW);
	while (__atomic_load_n(&vcpu->bound, __ATOMIC_RELAXED) == VCPU_NEW);
}

/* By the thread that runs it. */
bool vcpu_access(struct vcpu *vcpu, unsigned long address, enum machine_access how, uint64_t *value)
{
	bool done = false;

	await_bound(vcpu);
	down_read(&vcpu->running);
	if (vcpu->mm) {
		enter(vcpu);
		/* A register that nobody has written to. */
		if (vcpu->has_apic && address == vcpu->apic && how != MACHINE_STORE && value)
			*value = 0;
		if (vcpu->has_apic && address == vcpu->apic)
			done = machine_trapped_access(address, how, &vcpu->apic_frame);
		else
			done = machine_user_access(address, how, value);
		leave(vcpu);
	}
	up_read(&vcpu->running);
	return done;
}

bool vcpu_fault(struct vcpu *vcpu, unsigned long address, enum machine_access how)
{
	bool again;

	leave(vcpu);
	again = stage2_fault(vcpu, address, how);
	/* There was nothing at its address, which nobody has asked for since. */
	if (again && vcpu->has_apic && address == vcpu->apic && vcpu->apic_frame == MACHINE_NO_FRAME)
		stage2_find_apic(vcpu);
	enter(vcpu);
	return again;
}

/* ---- registered ---- */

struct vcpu *vcpu_create(unsigned int number, unsigned int cpu)
{
	struct vcpu *vcpu = &mm_globals()->vcpus[mm_globals()->nr_vcpus];

	if (mm_globals()->nr_vcpus == MM_VCPUS)
		machine_too_big("vcpus", MM_VCPUS);
	mm_globals()->nr_vcpus++;
	vcpu->number = number;
	vcpu->cpu = cpu;
	vcpu->apic_frame = MACHINE_NO_FRAME;
	stage2_create(vcpu);
	return vcpu;
}

/* From here on its accesses are of @mm, or of nothing. */
static void set_mm(struct vcpu *vcpu, struct mm_struct *mm)
{
	down_write(&vcpu->running);
	vcpu->mm = mm;
	machine_device_load(vcpu->number, mm ? vcpu->space : NULL);
	__atomic_store_n(&vcpu->bound, mm ? VCPU_REGISTERED : VCPU_GONE, __ATOMIC_RELAXED);
	up_write(&vcpu->running);
}

/* The address space has threads, or is about to get some. */
void vcpu_bind(struct vcpu *vcpu, struct mm_struct *mm)
{
	int error;

	down_write(&vcpu->binding);
	if (!vcpu->base.mm) {
		vcpu->gone = false;
		vcpu->base.ops = &stage2_ops;
		error = mmu_notifier_register(&vcpu->base, &mm->tlb);
		shootdown_assert(!error, "vcpu_bind: to an mm that has users");
		set_mm(vcpu, mm);
	}
	up_write(&vcpu->binding);
}

/* There is nothing to register it with: its guest finds no memory. */
static void refuse(struct vcpu *vcpu)
{
	down_write(&vcpu->binding);
	if (!vcpu->base.mm)
		set_mm(vcpu, NULL);
	up_write(&vcpu->binding);
}

/* Nothing to do for one that is registered. An address space that is on its way out has none. */
void vcpu_register(struct vcpu *vcpu, struct mm_struct *mm)
{
	if (!refcount_inc_not_zero(&mm->users)) {
		refuse(vcpu);
		return;
	}
	vcpu_bind(vcpu, mm);
	mmput(mm);
}

/* The guest may run meanwhile: when the subscription goes, so has what was mapped, and nothing is any more. */
void vcpu_unregister(struct vcpu *vcpu)
{
	down_write(&vcpu->binding);
	if (vcpu->base.mm) {
		mmu_notifier_unregister(&vcpu->base, vcpu->base.mm);
		/* Nobody calls it any more, so brackets that are open do not end for it, and a fault may wait for them. */
		__atomic_store_n(&vcpu->open, 0, __ATOMIC_RELAXED);
		set_mm(vcpu, NULL);
		vcpu->base = (struct mmu_notifier){ 0 };
	}
	up_write(&vcpu->binding);
}

/* From here on the page at @address is used by its physical address. Nobody is in the guest meanwhile. */
void vcpu_set_apic(struct vcpu *vcpu, unsigned long address)
{
	down_write(&vcpu->running);
	spin_lock(&vcpu->tables);
	vcpu->has_apic = true;
	vcpu->apic = address;
	spin_unlock(&vcpu->tables);
	vcpu_drop_apic(vcpu);
	up_write(&vcpu->running);
}

/* What @address is in @vcpu, as far as others look at it. */
const char *vcpu_part(const struct vcpu *vcpu, const void *address)
{
	static const struct {
		size_t from, size;
		const char *name;
	} parts[] = {
#define PART(field, name) { offsetof(struct vcpu, field), sizeof(vcpu->field), name }
		PART(in_guest, "mode"),
		PART(requests, "requests"),
		PART(open, "open brackets"),
		PART(range, "range of open brackets"),
		PART(ended, "ended brackets"),
		PART(tables, "lock of the tables"),
		PART(counts, "lock of the counts"),
#undef PART
	};
	size_t at = (size_t)((const char *)address - (const char *)vcpu);

	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (at >= parts[i].from && at - parts[i].from < parts[i].size)
			return parts[i].name;
	}
	return "binding";
}
