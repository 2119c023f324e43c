/* SPDX-License-Identifier: MIT */
/*
 * device.c - devices: TLBs that walk the tables of an address space and are no CPU's.
 *
 * To the model a device is one more CPU, behind those that programs run on, so its translations and its accesses are as those of any other
 * (M11, M12). What is different: its root is loaded by whoever attaches it; an invalidation reaches it by a command in its queue, or by a broadcast if the
 * fact `secondary_snoops` says so, and never by an interrupt; and the thread of that CPU is the kernel's, which handles the device's
 * faults. So nothing that this CPU invalidates for itself reaches the device.
 */
#include <machine/model/late.h>
#include <machine/model/model.h>
#include <machine/model/options.h>
#include <machine/model/views.h>

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
		at->under[0] |= (uint8_t)(1u << at->space);
	at->attached = space ? MODEL_ATTACHED : at->attached ? MODEL_DETACHED : 0;
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

	/* Its root is read by each access: options_collect() comes later in this step. */
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

bool model_device_awaits(void)
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

	if (!model_is_device(machine_cpu()) || !machine_arch()->secondary_sticky)
		return false;
	/* That it found nothing there it asks about again. */
	if (!option->held || option->dying || !(option->word & MACHINE_PTE_PRESENT))
		return false;
	for (unsigned int i = 0; i < o->nr; i++)
		allowed |= !o->option[i].held && !o->option[i].late && option_permits(&o->option[i], o->how);
	return allowed && !model_device_awaits();
}

/* ---- its queue ---- */

/* What it has of a space that it is not attached to any more comes to nothing by a command for all of it. */
static void forget_space(struct model_cpu *cpu, const struct machine_invalidation *inv)
{
	int space = model_space_number(inv->space);

	if (inv->all && inv->tables && inv->exec && space >= 0 && cpu->space != space)
		cpu->under[0] &= (uint8_t) ~(1u << space);
}

/* M27: in the queue. What it covers may be used until the queue is done. */
void machine_device_invalidate(unsigned int device, const struct machine_invalidation *inv)
{
	MODEL_LEAVES_NOTHING;
	unsigned int nr;

	model_may_move();
	model_called_from(MODEL_CALLER);
	nr = cpu_of(device);
	model_step_here();
	model_state()->notified += model_config()->counts;
	model_tell(device_invalidate, .device = device, .space = inv->space, .start = inv->start, .end = inv->end,
		   .all = inv->all, .tables = inv->tables);
	model_begin_dying(nr, inv, queued_by(machine_cpu()));
	late_page_broadcast(nr, inv, queued_by(machine_cpu()));
	forget_space(&model_state()->cpus[nr], inv);
	model_touch_at(model_state()->cpus[nr].held, AGENT_TAKE, 0);
	model_touch_at(&model_state()->cpus[nr].use, AGENT_TAKE, 0);
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
	model_tell(device_synced, .device = device);
	model_drop_dying(at, mine);
	model_touch_at(&at->use, AGENT_TAKE, 0);
}
