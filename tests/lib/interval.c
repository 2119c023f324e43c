/* SPDX-License-Identifier: MIT */
/* interval.c - intervals: who is told, what waits until a bracket is over, and what a reader is told. */
#include "notify.h"

static struct watcher w, v;
static struct mmu_notifier_range bracket, other;

static bool retry(const struct watcher *watcher, unsigned long seq)
{
	assert_int_equal(mmu_interval_check_retry(&watcher->base, seq), mmu_interval_read_retry(&watcher->base, seq));
	return mmu_interval_read_retry(&watcher->base, seq);
}

static void end_bracket(void)
{
	mmu_notifier_invalidate_range_end(&bracket);
}

static void removed(struct watcher *watcher)
{
	mmu_interval_notifier_remove(&watcher->base);
	assert_int_equal(watcher->base.state, MMU_INTERVAL_OUT);
}

/* ---- inserting ---- */

static void only_what_it_meets(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 2, 2);
	for (unsigned int page = 0; page < 6; page++) {
		bracket = notify_start(page, page + 1);
		end_bracket();
		assert_log(page == 2 || page == 3 ? "w.inv wake" : "");
	}
	removed(&w);
	assert_log("drop");
}

static void no_such_interval(void **state)
{
	(void)state;
	assert_int_equal(mmu_interval_notifier_insert(&w.base, &the_mm, 0, 0, &watcher_ops), MMU_NOTIFIER_OVERFLOW);
	assert_int_equal(mmu_interval_notifier_insert(&w.base, &the_mm, PAGE_SIZE, ~0ul, &watcher_ops),
			 MMU_NOTIFIER_OVERFLOW);
	notify.refusal = MMU_NOTIFIER_INVALID;
	assert_int_equal(mmu_interval_notifier_insert(&w.base, &the_mm, 0, 1, &watcher_ops), MMU_NOTIFIER_INVALID);
	assert_log("");
}

/* The first of an mm under all locks, so that no end comes whose start was not counted; each keeps the mm's memory. */
static void the_first_takes_all_locks(void **state)
{
	(void)state;
	assert_int_equal(mmu_interval_notifier_insert(&w.base, &the_mm, 0, 1, &watcher_ops), 0);
	assert_log("all /all grab");
	assert_int_equal(mmu_interval_notifier_insert(&v.base, &the_mm, 0, ~0ul, &watcher_ops), 0);
	assert_log("grab");
	/* Nothing is under way: nobody waits. */
	assert_false(retry(&w, mmu_interval_read_begin(&w.base)));
	removed(&w);
	removed(&v);
	host_log();
}

/* ---- while something is under way ---- */

/* Something that met no interval: it goes in, and counts as told, as what is under way may be about it. */
static void inserted_while_none_was_told(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(5, 6);
	notify_watch(&v, 'v', 5, 1);
	assert_int_equal(v.base.state, MMU_INTERVAL_IN);
	assert_log("");
	notify.sleeps = end_bracket;
	assert_false(retry(&v, mmu_interval_read_begin(&v.base)));
	assert_log("sleep wake");
	/* The one that was there waits for nothing. */
	mmu_interval_read_begin(&w.base);
	assert_log("");
	removed(&w);
	removed(&v);
	host_log();
}

/* Brackets go through the tree: it is called from the next one on. */
static void inserted_while_one_was_told(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(1, 9);
	notify_watch(&v, 'v', 5, 1);
	assert_int_equal(v.base.state, MMU_INTERVAL_COMING);
	other = notify_start(5, 6);
	mmu_notifier_invalidate_range_end(&other);
	assert_log("w.inv");
	notify.sleeps = end_bracket;
	mmu_interval_read_begin(&v.base);
	assert_log("sleep wake");
	assert_int_equal(v.base.state, MMU_INTERVAL_IN);
	bracket = notify_start(5, 6);
	end_bracket();
	assert_log("v.inv wake");
	removed(&w);
	removed(&v);
	host_log();
}

static void removed_before_it_came(void **state)
{
	struct watcher third;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(1, 9);
	notify_watch(&v, 'v', 5, 1);
	notify_watch(&third, 't', 6, 1);
	host_log();
	removed(&v);
	assert_log("drop");
	end_bracket();
	bracket = notify_start(1, 9);
	end_bracket();
	assert_log("wake w.inv t.inv wake");
	removed(&w);
	removed(&third);
	host_log();
}

/* Whoever goes through the tree may be in its callback: that is waited for, and it is still told until then. */
static void removed_while_one_was_told(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(1, 2);
	notify.sleeps = end_bracket;
	removed(&w);
	assert_log("w.inv sleep wake drop");
	bracket = notify_start(1, 2);
	end_bracket();
	assert_log("");
}

static void removed_while_none_was_told(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(5, 6);
	removed(&w);
	end_bracket();
	assert_log("drop");
}

/* ---- reading ---- */

static void a_bracket_in_between(void **state)
{
	unsigned long seq;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	notify_watch(&v, 'v', 5, 1);
	seq = mmu_interval_read_begin(&w.base);
	bracket = notify_start(5, 6);
	assert_false(retry(&w, seq));
	end_bracket();
	assert_false(retry(&w, seq));
	bracket = notify_start(1, 2);
	assert_true(retry(&w, seq));
	end_bracket();
	assert_true(retry(&w, seq));
	seq = mmu_interval_read_begin(&w.base);
	assert_false(retry(&w, seq));
	removed(&w);
	removed(&v);
	host_log();
}

/* The last end of all ends the wait, as nobody knows which bracket it was that the interval was told of. */
static void begins_behind_the_last_end(void **state)
{
	unsigned long seq;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(1, 2);
	other = notify_start(5, 6);
	mmu_notifier_invalidate_range_end(&other);
	notify.sleeps = end_bracket;
	seq = mmu_interval_read_begin(&w.base);
	assert_log("w.inv sleep wake");
	assert_false(retry(&w, seq));
	removed(&w);
	host_log();
}

static void end_and_start_again(void)
{
	mmu_notifier_invalidate_range_end(&bracket);
	bracket = notify_start(1, 2);
}

/* It does not wait for the next bracket; that it has come is told later. */
static void does_not_wait_for_the_next(void **state)
{
	unsigned long seq;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	bracket = notify_start(1, 2);
	notify.sleeps = end_and_start_again;
	seq = mmu_interval_read_begin(&w.base);
	assert_log("w.inv sleep wake w.inv");
	assert_true(retry(&w, seq));
	end_bracket();
	removed(&w);
	host_log();
}

/* Numbers come round: that of an interval is odd, and that of nothing under way even. */
static void numbers_come_round(void **state)
{
	unsigned long seq;

	(void)state;
	notify_watch(&v, 'v', 5, 1);
	notify.all.seq = ~0ul - 1;
	notify_watch(&w, 'w', 1, 1);
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(w.base.seq & 1);
		seq = mmu_interval_read_begin(&w.base);
		assert_false(retry(&w, seq));
		bracket = notify_start(1, 2);
		assert_true(retry(&w, seq));
		notify.sleeps = end_bracket;
		mmu_interval_read_begin(&w.base);
		assert_false(notify.all.seq & 1);
	}
	assert_int_equal(notify.all.seq, 4);
	removed(&w);
	notify.all.seq = 0;
	notify_watch(&w, 'w', 1, 1);
	assert_int_equal(w.base.seq, ~0ul);
	removed(&w);
	removed(&v);
	host_log();
}

/* A callback is not under the library's lock: it may begin to read elsewhere, or come and go. */
static void watch_v(void)
{
	notify_watch(&v, 'v', 5, 1);
}

static void inserted_by_a_callback(void **state)
{
	(void)state;
	notify_watch(&w, 'w', 1, 1);
	w.then = watch_v;
	bracket = notify_start(1, 9);
	assert_log("w.inv");
	end_bracket();
	removed(&v);
	removed(&w);
	assert_log("wake drop drop");
}

static void misuse(void **state)
{
	static const struct mmu_interval_notifier_ops none;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	assert_contract(mmu_interval_notifier_insert(&v.base, &the_mm, 0, 1, &none),
			"mmu_interval_notifier_insert: needs a callback");
	removed(&w);
	assert_contract(mmu_interval_notifier_remove(&w.base),
			"mmu_interval_notifier_remove: of an interval that is inserted, once");
	notify.has_lock = false;
	host_log();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		notify_test(only_what_it_meets),	  notify_test(no_such_interval),
		notify_test(the_first_takes_all_locks),	  notify_test(inserted_while_none_was_told),
		notify_test(inserted_while_one_was_told), notify_test(removed_before_it_came),
		notify_test(removed_while_one_was_told),  notify_test(removed_while_none_was_told),
		notify_test(a_bracket_in_between),	  notify_test(begins_behind_the_last_end),
		notify_test(does_not_wait_for_the_next),  notify_test(numbers_come_round),
		notify_test(inserted_by_a_callback),	  notify_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
