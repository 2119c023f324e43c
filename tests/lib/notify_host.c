/* SPDX-License-Identifier: MIT */
/* notify_host.c - hooks 48 to 54 of the recording host, and its subscribers. */
#include "notify.h"

struct notify_host notify;

static void word(const char *text)
{
	if (!notify.quiet)
		host_say(text);
}

/* What another thread does now; once. */
static void meanwhile(void (**what)(void))
{
	void (*now)(void) = *what;

	*what = NULL;
	if (now)
		now();
}

/* ---- hooks ---- */

struct mmu_notifiers *shootdown_notifiers(struct tlb_mm *mm)
{
	assert_ptr_equal(mm, &the_mm);
	assert_false(notify.has_all || notify.has_lock);
	return notify.no_memory ? NULL : &notify.all;
}

void shootdown_mm_grab(struct tlb_mm *mm)
{
	(void)mm;
	word("grab");
	notify.grabs++;
}

void shootdown_mm_drop(struct tlb_mm *mm)
{
	(void)mm;
	assert_false(notify.has_lock);
	word("drop");
	assert_true(notify.grabs-- > 0);
}

int shootdown_mm_lock_all(struct tlb_mm *mm)
{
	(void)mm;
	assert_false(notify.has_all || notify.has_lock);
	if (notify.refusal)
		return notify.refusal;
	meanwhile(&notify.locks);
	word("all");
	notify.has_all = true;
	return 0;
}

void shootdown_mm_unlock_all(struct tlb_mm *mm)
{
	(void)mm;
	assert_true(notify.has_all);
	notify.has_all = false;
	word("/all");
}

/* Sections end in any order; each gives back what it got. */
int shootdown_notifier_read_lock(void)
{
	assert_false(notify.has_lock);
	word("(");
	notify.sections++;
	return 77;
}

void shootdown_notifier_read_unlock(int section)
{
	assert_int_equal(section, 77);
	assert_true(notify.sections-- > 0);
	word(")");
}

void shootdown_notifier_synchronize(void)
{
	assert_false(notify.has_lock || notify.has_all);
	word("sync");
	meanwhile(&notify.syncs);
}

void shootdown_notifier_call(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *))
{
	word("later");
	rcu->fn = fn;
	rcu->next = notify.later;
	notify.later = rcu;
}

void shootdown_notifier_lock(struct tlb_mm *mm)
{
	(void)mm;
	assert_false(notify.has_lock);
	notify.has_lock = true;
}

void shootdown_notifier_unlock(struct tlb_mm *mm)
{
	(void)mm;
	assert_true(notify.has_lock);
	notify.has_lock = false;
}

/* Comes back for no reason at first. */
void shootdown_notifier_wait(struct tlb_mm *mm, const unsigned long *at, unsigned long value)
{
	static bool had_reason = true;

	(void)mm;
	assert_false(notify.has_lock);
	assert_int_equal(*at, value);
	had_reason = !had_reason;
	if (!had_reason)
		return;
	word("sleep");
	assert_non_null(notify.sleeps);
	meanwhile(&notify.sleeps);
}

void shootdown_notifier_wake(struct tlb_mm *mm)
{
	(void)mm;
	word("wake");
}

/* ---- subscribers ---- */

static void says(char name, const char *what)
{
	char text[16];

	assert_false(notify.has_lock || notify.has_all);
	snprintf(text, sizeof(text), "%c.%s", name, what);
	host_say(text);
}

static void client_release(struct mmu_notifier *base, struct tlb_mm *mm)
{
	struct client *client = (struct client *)base;

	assert_ptr_equal(mm, &the_mm);
	assert_true(notify.sections > 0);
	says(client->name, "release");
	meanwhile(&client->releases);
}

static int client_start(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	struct client *client = (struct client *)base;

	assert_true(notify.sections > 0);
	says(client->name, "start");
	meanwhile(&client->then);
	return client->refuses && !mmu_notifier_range_blockable(range) ? MMU_NOTIFIER_AGAIN : 0;
}

static void client_end(struct mmu_notifier *base, const struct mmu_notifier_range *range)
{
	(void)range;
	assert_true(notify.sections > 0);
	says(((struct client *)base)->name, "end");
}

static bool client_young(struct mmu_notifier *base, const char *what, bool forget)
{
	struct client *client = (struct client *)base;
	bool young = client->young;

	says(client->name, what);
	client->young = young && !forget;
	return young;
}

static bool client_clear_flush_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long start,
				     unsigned long end)
{
	(void)mm;
	assert_true(start < end);
	return client_young(base, "flushed", true);
}

static bool client_clear_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long start, unsigned long end)
{
	(void)mm;
	assert_true(start < end);
	return client_young(base, "cleared", true);
}

static bool client_test_young(struct mmu_notifier *base, struct tlb_mm *mm, unsigned long address)
{
	(void)mm;
	(void)address;
	return client_young(base, "tested", false);
}

static struct client shared[3];

static struct mmu_notifier *client_alloc(struct tlb_mm *mm)
{
	assert_ptr_equal(mm, &the_mm);
	for (unsigned int i = 0; i < 3; i++) {
		if (shared[i].name)
			continue;
		memset(&shared[i], 0, sizeof(shared[i]));
		shared[i].name = (char)('x' + i);
		host_say("alloc");
		return &shared[i].base;
	}
	return NULL;
}

static void client_free(struct mmu_notifier *base)
{
	assert_int_equal(notify.sections, 0);
	says(((struct client *)base)->name, "free");
	((struct client *)base)->name = 0;
}

const struct mmu_notifier_ops client_ops = {
	.release = client_release,
	.invalidate_range_start = client_start,
	.invalidate_range_end = client_end,
	.clear_flush_young = client_clear_flush_young,
	.clear_young = client_clear_young,
	.test_young = client_test_young,
};
const struct mmu_notifier_ops client_without_end = { .release = client_release,
						     .invalidate_range_start = client_start };
const struct mmu_notifier_ops client_shared = {
	.release = client_release,
	.invalidate_range_start = client_start,
	.alloc_notifier = client_alloc,
	.free_notifier = client_free,
};

static bool watcher_invalidate(struct mmu_interval_notifier *base, const struct mmu_notifier_range *range,
			       unsigned long seq)
{
	struct watcher *watcher = (struct watcher *)base;

	assert_true(seq & 1);
	assert_true(range->start <= base->last && (base->start < range->end || range->end == ~0ul));
	says(watcher->name, range->event == MMU_NOTIFY_RELEASE ? "exit" : "inv");
	if (watcher->refuses && !mmu_notifier_range_blockable(range))
		return false;
	mmu_interval_set_seq(base, seq);
	meanwhile(&watcher->then);
	return true;
}

const struct mmu_interval_notifier_ops watcher_ops = { .invalidate = watcher_invalidate };

/* ---- for tests ---- */

int notify_setup(void **state)
{
	memset(&notify, 0, sizeof(notify));
	memset(shared, 0, sizeof(shared));
	return world_setup(state);
}

int notify_teardown(void **state)
{
	assert_int_equal(notify.grabs, 0);
	assert_int_equal(notify.sections, 0);
	assert_int_equal(notify.all.active, 0);
	assert_false(notify.has_lock || notify.has_all || notify.all.seq & 1);
	assert_null(notify.later);
	assert_false(notify.locks || notify.syncs || notify.sleeps);
	return world_teardown(state);
}

void notify_add(struct client *client, char name, const struct mmu_notifier_ops *ops)
{
	bool was_quiet = notify.quiet;

	memset(client, 0, sizeof(*client));
	client->name = name;
	client->base.ops = ops;
	notify.quiet = true;
	assert_int_equal(mmu_notifier_register(&client->base, &the_mm), 0);
	notify.quiet = was_quiet;
}

void notify_watch(struct watcher *watcher, char name, unsigned int page, unsigned int pages)
{
	bool was_quiet = notify.quiet;

	memset(watcher, 0, sizeof(*watcher));
	watcher->name = name;
	notify.quiet = true;
	assert_int_equal(
		mmu_interval_notifier_insert(&watcher->base, &the_mm, ADDRESS(page), ADDRESS(pages), &watcher_ops), 0);
	notify.quiet = was_quiet;
}

void notify_later(void)
{
	while (notify.later) {
		shootdown_rcu_t *rcu = notify.later;

		notify.later = rcu->next;
		rcu->fn(rcu);
	}
}

struct mmu_notifier_range notify_range(unsigned int page, unsigned int to)
{
	struct mmu_notifier_range range;

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, &the_mm, ADDRESS(page), ADDRESS(to));
	return range;
}

struct mmu_notifier_range notify_start(unsigned int page, unsigned int to)
{
	struct mmu_notifier_range range = notify_range(page, to);

	mmu_notifier_invalidate_range_start(&range);
	return range;
}
