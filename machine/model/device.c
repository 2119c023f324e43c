/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices: TLBs that walk the tables of an address space and are no CPU's.
 *
 * To the model a device is one more CPU, behind those that programs run on, so its translations and its accesses are as those of any other
 * (M11, M12). What is different: its root is loaded by whoever attaches it; an invalidation reaches it by a command in its queue, or by a broadcast if the
 * fact `secondary_snoops` says so, and never by an interrupt; and the thread of that CPU is the kernel's, which handles the device's
 * faults. So nothing that this CPU invalidates for itself reaches the device.
 */
#include <machine/model/device.h>
#include <machine/model/group.h>
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/options.h>
#include <machine/model/vcpu.h>
#include <machine/model/views.h>
#include <machine/model/places.h>

#include <assert.h>

/* In model_held.dying: a command of the CPU waits in a queue. Beside its broadcasts, which something else completes. */
static uint16_t queued_by(unsigned int cpu)
{
	return (uint16_t)(1u << (MACHINE_MAX_CPUS + cpu));
}
_Static_assert(2 * MACHINE_MAX_CPUS <= 16, "a bit for the broadcasts of each CPU, and one for its commands");

static unsigned int cpu_of(unsigned int device)
{
	if (device >= model_config()->devices)
		model_panic("machine_device_...: a device that there is");
	return model_config()->cpus - model_config()->devices + device;
}

bool model_is_device(unsigned int cpu)
{
	return cpu >= model_config()->cpus - model_config()->devices;
}

/* ---- attached ---- */

/* Where the tables of the kernel's own mappings hang under the same root: their space, as one of model_cpu.under. A virtual CPU's root is none of a program. */
static uint8_t kernel_behind_root(unsigned int cpu)
{
	if (!model_state()->kernel || !machine_arch()->secondary_walks_kernel || model_is_vcpu(cpu))
		return 0;
	return (uint8_t)(1u << (model_state()->kernel - 1));
}

/*
 * M27: ordered behind what the CPU has stored, as the write of a device's register is. What the device held of the space before waits for it to be attached to
 * that again, unless it was invalidated.
 */
void machine_device_load(unsigned int device, struct machine_space *space)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *at;

	model_called_from(MODEL_CALLER);
	at = &model_state()->cpus[cpu_of(device)];
	model_step_serialising();
	model_barrier();
	at->space = (int8_t)model_space_number(space);
	if (space)
		at->under[0] |= (uint8_t)(1u << at->space) | kernel_behind_root(cpu_of(device));
	at->attached = space ? MODEL_ATTACHED : MODEL_DETACHED;
	model_touch_at(at->held, AGENT_WRITE, 0);
	model_touch_at(&at->use, AGENT_WRITE, 0);
	model_tell(device_load, .device = device, .space = space);
}

static bool was_attached(const void *cpu)
{
	return ((const struct model_cpu *)cpu)->attached;
}

bool model_device_steps(void)
{
	struct model_cpu *cpu = model_this_cpu();
	const uint16_t use[4] = { agent_object(&cpu->use) };

	/* Its root is read by each access: options_collect() comes later in this step. Before the agents nobody attaches it any more. */
	if (agent_self() >= 0)
		model_step_until(was_attached, cpu, use, 1);
	return cpu->attached == MODEL_ATTACHED;
}

/* ---- entries that come to allow more ---- */

/* Whoever makes them do so may still be about to say it, until its operation or its fault is over. */
void model_device_upgrade(void)
{
	if (!model_config()->devices || agent_self() < 0)
		return;
	model_me()->upgrades = 1;
	model_touch_at(&model_me()->upgrades, AGENT_WRITE, 0);
}

void model_device_told(void)
{
	if (!model_me()->upgrades)
		return;
	model_me()->upgrades = 0;
	model_touch_at(&model_me()->upgrades, AGENT_WRITE, 0);
}

/* Is some agent between the two? */
static bool awaits(void)
{
	bool some = false;

	for (unsigned int i = 0; i < agent_count(); i++) {
		struct model_agent *agent = &model_state()->agents[i];

		model_touch_at(&agent->upgrades, AGENT_READ, 0);
		some |= agent->upgrades && agent != model_me();
	}
	return some;
}

/*
 * M27: a device is refused by an entry that it holds. The tables allow the access, no command for it is in a queue, and who made them allow it has
 * returned: so it will be refused for ever.
 */
bool model_device_is_stale(const struct options *o, const struct option *option)
{
	bool allowed = false;

	if (!model_is_device(machine_cpu()) || model_is_vcpu(machine_cpu()) || !machine_arch()->secondary_sticky)
		return false;
	/* That it found nothing there it asks about again. */
	if (!option->held || option->dying || !(option->word & MACHINE_PTE_PRESENT))
		return false;
	/* An operation that takes it away is under way, and its flush is still to come. */
	if (option->marks & ~(uint32_t)MODEL_KNOWN)
		return false;
	for (unsigned int i = 0; i < o->nr; i++)
		allowed |= !o->option[i].held && !o->option[i].late && option_permits(&o->option[i], o->how);
	return allowed && !awaits();
}

bool model_device_breaks(void)
{
	return machine_arch()->secondary_breaks && model_config()->devices;
}

/* @word, as an entry of @level that stands for @page of @space: does it allow writes to what @held has without? */
static bool is_relaxed(const struct model_held *held, int space, unsigned int page, uint64_t word)
{
	unsigned long into = page - held->page;

	return held->word & MACHINE_PTE_PRESENT && !(held->word & (MACHINE_PTE_WRITE | MACHINE_PTE_TABLE)) &&
	       held->space == space && page >= held->page && into < model_span(held->level, held->word) &&
	       model_pte_frame(held->word) + (int)into == model_pte_frame(word);
}

/* A walk of this device finds it at @place, or it holds what it has found there. */
static bool device_has(const struct model_cpu *cpu, const struct model_place *place, const struct slot *slot,
		       uint64_t found, uint64_t word)
{
	unsigned int page = place->base +
			    (unsigned int)slot->index * (unsigned int)model_level_pages(slot->table->level);
	bool has = cpu->attached == MODEL_ATTACHED && cpu->space == place->space && found;

	for (unsigned int i = 0; i < cpu->nr_held; i++)
		has |= is_relaxed(&cpu->held[i], place->space, page, word);
	return has;
}

/* Does a walk find in @slot what allows no writes: @old, or what this CPU's store of an invalid entry has left there? */
static bool is_found(const struct slot *slot, uint64_t old, uint64_t word)
{
	const struct model_cpu *me = model_this_cpu();
	const uint64_t bits = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE;
	bool found = (old & bits) == MACHINE_PTE_PRESENT && model_pte_frame(old) == model_pte_frame(word);

	model_touch_at(&me->buffer, AGENT_READ, 0);
	for (unsigned int i = 0; i < me->nr_stores; i++)
		found |= me->stores[i].frame == slot->frame && me->stores[i].index == slot->index &&
			 (me->stores[i].word & bits) == MACHINE_PTE_PRESENT &&
			 model_pte_frame(me->stores[i].word) == model_pte_frame(word);
	return found;
}

/* M27. Of an entry that somebody else has made invalid it is not asked, as in M19. */
bool model_device_conflict(const struct slot *slot, uint64_t old, uint64_t word, bool mends)
{
	const uint64_t bits = MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE;
	bool conflict = false, found;

	if ((word & bits) != bits || word & MACHINE_PTE_TABLE || !(mends || old & MACHINE_PTE_PRESENT) ||
	    old & MACHINE_PTE_WRITE)
		return false;
	found = is_found(slot, old, word);
	for (unsigned int c = model_config()->cpus - model_config()->devices; c < model_config()->cpus; c++) {
		const struct model_cpu *cpu = &model_state()->cpus[c];

		/* Those are CPUs. */
		if (model_is_vcpu(c))
			continue;
		model_touch_at(&cpu->use, AGENT_READ, 0);
		for (unsigned int nr = 0; nr < model_places(slot->table); nr++) {
			struct model_place place = model_place(slot->table, nr);

			conflict |= device_has(cpu, &place, slot, found, word);
		}
	}
	return conflict;
}

/* ---- it stalls ---- */

/* Zero: it does not. */
enum model_stalled {
	MODEL_STALLED = 1,
	MODEL_RESUMED,
	MODEL_ENDED,
};

static bool stalls(void)
{
	return model_config()->stalls && model_is_device(machine_cpu()) && !model_is_vcpu(machine_cpu());
}

void model_device_stalls(void)
{
	if (stalls())
		model_this_cpu()->stalled = MODEL_STALLED;
}

static bool is_resumed(const void *cpu)
{
	return ((const struct model_cpu *)cpu)->stalled != MODEL_STALLED;
}

bool model_device_resumed(bool again)
{
	struct model_cpu *cpu = model_this_cpu();
	const uint16_t use[4] = { agent_object(&cpu->use) };

	if (!stalls())
		return again;
	model_step_until(is_resumed, cpu, use, 1);
	again = cpu->stalled == MODEL_RESUMED;
	cpu->stalled = 0;
	return again;
}

/* M29 */
void machine_device_resume(unsigned int device, bool again)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *at;

	model_called_from(MODEL_CALLER);
	at = &model_state()->cpus[cpu_of(device)];
	model_step_here();
	if (at->stalled != MODEL_STALLED)
		model_panic("machine_device_resume: a device that stalls");
	at->stalled = again ? MODEL_RESUMED : MODEL_ENDED;
	model_touch_at(&at->use, AGENT_WRITE, 0);
	model_tell(device_resumed, .device = device, .again = again);
}

/* ---- its queue ---- */

/* What it has of a space that it is not attached to any more comes to nothing by a command for all of it. */
static void forget_space(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	const uint8_t kernel = kernel_behind_root((unsigned int)(cpu - model_state()->cpus));

	if (!inv->space)
		return;
	/* Until the command is done it is still there; in an ATC also then. */
	model_forget_left(cpu, inv, false);
	/* What it has of the kernel's is under the id of a space. */
	if (!(cpu->under[0] & ~kernel) && cpu->space < 0)
		cpu->under[0] = 0;
}

/* What of @wanted the TLB understands: where it takes no ranges, the first address. */
static struct machine_invalidation understood(unsigned int cpu, const struct machine_invalidation *wanted)
{
	struct machine_invalidation inv = *wanted;

	if (machine_arch()->secondary_pages && !model_is_vcpu(cpu) && !inv.all)
		inv.end = inv.start + (1ul << inv.stride_shift);
	return inv;
}

/* M27: in the queue. What it covers may be used until the queue is done. */
void machine_device_invalidate(unsigned int device, const struct machine_invalidation *wanted)
{
	MODEL_LEAVES_NOTHING;
	static const struct machine_invalidation of_kernel = { .all = true, .tables = true, .exec = true };
	const unsigned int nr = cpu_of(device);
	const struct machine_invalidation by_address = understood(nr, wanted), *inv = &by_address;

	model_may_move();
	model_called_from(MODEL_CALLER);
	if (!model_reaches_vcpu(nr))
		model_panic("a vcpu's TLB is invalidated by itself, where no instruction reaches others");
	model_step_here();
	if (!model_is_vcpu(nr))
		machine_notified();
	model_tell(device_invalidate, .device = device, .space = inv->space, .start = inv->start, .end = inv->end,
		   .all = inv->all, .tables = inv->tables, .stride_shift = inv->stride_shift, .goes_on = inv->goes_on);
	forget_space(&model_state()->cpus[nr], inv);
	model_begin_dying(nr, inv, queued_by(machine_cpu()));
	/* Paths to the kernel's tables are under the same id. */
	if (inv->space && inv->all && inv->tables)
		model_begin_dying(nr, &of_kernel, queued_by(machine_cpu()));
	/* Of accesses by what an ATC holds the TLB knows nothing. */
	if (!model_state()->cpus[nr].ats)
		late_page_broadcast(nr, inv, queued_by(machine_cpu()));
	model_touch_at(model_state()->cpus[nr].held, AGENT_TAKE, 0);
	model_touch_at(&model_state()->cpus[nr].use, AGENT_TAKE, 0);
}

/* M17's erratum is one of CPUs: of a vcpu's, where a broadcast reaches it. A device that has a queue is done when it says so. */
static bool syncs_early(unsigned int cpu)
{
	return machine_broadcasts_early() && model_is_vcpu(cpu) && machine_arch()->farthest != TLB_REACH_IPI;
}

/* M27: until the commands of this CPU are done, and what the device accessed by what they cover. */
void machine_device_sync(unsigned int device)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *at;
	uint16_t mine;

	model_may_move();
	model_called_from(MODEL_CALLER);
	at = &model_state()->cpus[cpu_of(device)];
	mine = queued_by(machine_cpu());
	late_step_completed(-1, mine);
	model_note_device(&at->use, false);
	model_tell(device_synced, .device = device);
	model_drop_dying(at, mine, syncs_early(cpu_of(device)));
	model_touch_at(&at->use, AGENT_TAKE, 0);
}

void machine_notified(void)
{
	model_state()->notified += model_config()->counts;
}

/* ---- its ATC ---- */

/*
 * M28: what the TLB may hold may be in the ATC from here on. Behind nothing: the write of a register of the device may come before what the CPU has
 * stored is seen, where the row has it so.
 */
void machine_device_ats(unsigned int device)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *at;

	model_called_from(MODEL_CALLER);
	at = &model_state()->cpus[cpu_of(device)];
	model_step_serialising();
	at->ats = true;
	model_note_device(&at->use, true);
	model_touch_at(at->held, AGENT_WRITE, 0);
	model_touch_at(&at->use, AGENT_WRITE, 0);
	model_tell(device_ats, .device = device);
}

/* It is in the ATC as well, where there is one, and stays there until that is told; whose commands for the TLB are on their way does not matter any more. */
bool model_device_keeps(const struct model_cpu *cpu, struct model_held *held)
{
	if (!cpu->ats || held->word & MACHINE_PTE_TABLE || model_is_filled(held))
		return false;
	held->kinds = (uint8_t)(held->kinds << MODEL_FILLED_SHIFT);
	held->dying = 0;
	return true;
}

/* By addresses alone: the command says nothing of levels, nor of sizes. What an ATC has of a group of entries it may have page by page. */
static void drop_filled(const struct machine_invalidation *inv, struct model_held *held)
{
	const struct hardware_entry entry = { held->page, (unsigned int)model_level_pages(held->level), held->level };
	struct machine_invalidation all = *inv;

	all.levels = 0;
	all.page_size = 0;
	all.stride_shift = MACHINE_PAGE_SHIFT;
	if (model_is_group(held->level, held->word))
		held->parts &= (uint8_t)~model_group_hit(&all, held);
	else if (hardware_drops_leaf(&all, &entry))
		held->parts = 0;
}

static void begin_filled(struct model_cpu *cpu, const struct machine_invalidation *inv, uint16_t by)
{
	const unsigned int nr = cpu->nr_held;

	for (unsigned int i = 0; i < nr; i++) {
		struct model_held left = cpu->held[i];

		/* What the TLB may hold as well would be in the ATC again at once, and be the command done however late. */
		if (!model_is_filled(&left) || !model_space_hit(inv, &left))
			continue;
		drop_filled(inv, &left);
		if (left.parts)
			model_pass_over(&left);
		model_let_die(cpu, &cpu->held[i], &left, by);
	}
	model_settle_held(cpu);
}

/* M28: in the queue, as M27. It may be done before those for the TLB that nobody has waited for. */
void machine_device_invalidate_atc(unsigned int device, const struct machine_invalidation *inv)
{
	MODEL_LEAVES_NOTHING;
	struct model_cpu *at;

	model_may_move();
	model_called_from(MODEL_CALLER);
	at = &model_state()->cpus[cpu_of(device)];
	model_step_here();
	machine_notified();
	model_tell(device_invalidate, .device = device, .space = inv->space, .start = inv->start, .end = inv->end,
		   .all = inv->all, .tables = inv->tables, .stride_shift = inv->stride_shift, .goes_on = inv->goes_on,
		   .atc = true);
	begin_filled(at, inv, queued_by(machine_cpu()));
	late_page_broadcast(cpu_of(device), inv, queued_by(machine_cpu()));
	model_touch_at(at->held, AGENT_TAKE, 0);
	model_touch_at(&at->use, AGENT_TAKE, 0);
}
