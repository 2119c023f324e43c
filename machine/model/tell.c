/* SPDX-License-Identifier: MIT */
/* tell.c - what an atomic access is called in a report: taking a lock, counting, reading. */
#include <machine/model/seam.h>
#include <machine/model/model.h>

/*
 * What kernel/ says with machine_note() in front of an access is what a reader of a report wants to
 * see: "takes the lock", and not "exchanges 0 for 1". It changes nothing of what the access does.
 */
static bool tell_lock(unsigned int note, const void *lock)
{
	switch ((enum machine_note)note) {
	case MACHINE_LOCKS:
		model_tell(lock, .lock = lock);
		break;
	case MACHINE_UNLOCKS:
		model_tell(unlock, .lock = lock);
		break;
	case MACHINE_READ_LOCKS:
		model_tell(read_lock, .lock = lock);
		break;
	case MACHINE_READ_UNLOCKS:
		model_tell(read_unlock, .lock = lock);
		break;
	case MACHINE_WRITE_LOCKS:
		model_tell(write_lock, .lock = lock);
		break;
	case MACHINE_WRITE_UNLOCKS:
		model_tell(write_unlock, .lock = lock);
		break;
	case MACHINE_DOWNGRADES:
		model_tell(downgrade, .lock = lock);
		break;
	case MACHINE_COUNTS:
	case MACHINE_DROPS:
		return false;
	}
	return true;
}

/*
 * An addition that orders on both sides is one whose result somebody uses (dec_and_test and the
 * like), so the report has the result as well.
 */
static void tell_addition(const struct model_access *a, long delta)
{
	if (seam_order_done(a->order) >= SEAM_ACQ_REL)
		model_tell(counter_add_return, .counter = a->word, .delta = delta, .value = (long)a->after);
	else
		model_tell(counter_add, .counter = a->word, .delta = delta);
}

static void tell_counter(const struct model_access *a)
{
	switch (a->op) {
	case SEAM_LOAD:
		if (a->next.word && a->next.compare == MACHINE_EQUAL && !a->next.value && !a->before)
			model_tell(counter_zero, .counter = a->word);
		else
			model_tell(counter_read, .counter = a->word, .value = (long)a->before);
		break;
	case SEAM_STORE:
		model_tell(counter_set, .counter = a->word, .value = (long)a->after);
		break;
	case SEAM_ADD:
		tell_addition(a, (long)a->operand);
		break;
	case SEAM_SUB:
		tell_addition(a, -(long)a->operand);
		break;
	case SEAM_EXCHANGE:
		model_tell(counter_cmpxchg, .counter = a->word, .old = (long)a->before, .value = (long)a->after,
			   .done = true);
		break;
	case SEAM_COMPARE_EXCHANGE:
		model_tell(counter_cmpxchg, .counter = a->word, .old = (long)a->expected, .value = (long)a->operand,
			   .done = a->before == a->expected);
		break;
	default:
		model_tell(counter_bits, .counter = a->word, .old = a->before, .value = a->after);
		break;
	}
}

void model_tell_access(const struct model_access *a)
{
	if (!model_listening())
		return;
	if (!a->next.note || !tell_lock(a->next.note - 1u, a->word))
		tell_counter(a);
}
