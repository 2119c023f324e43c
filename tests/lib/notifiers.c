/* SPDX-License-Identifier: MIT */
/* notifiers.c - subscriptions: whom a bracket calls, in what order, and how they begin and end. */
#include "notify.h"

static struct client a, b;
static struct watcher w;

static void unregister(struct client *client)
{
	mmu_notifier_unregister(&client->base, &the_mm);
}

/* ---- brackets ---- */

static void nobody(void **state)
{
	struct mmu_notifier_range range = notify_start(1, 2);

	(void)state;
	mmu_notifier_invalidate_range_end(&range);
	assert_int_equal(mmu_notifier_invalidate_range_start_nonblock(&range), 0);
	mmu_notifier_invalidate_range_end(&range);
	assert_false(mmu_notifier_clear_flush_young(&the_mm, ADDRESS(1), ADDRESS(2)));
	assert_false(mmu_notifier_clear_young(&the_mm, ADDRESS(1), ADDRESS(2)));
	assert_false(mmu_notifier_test_young(&the_mm, ADDRESS(1)));
	mmu_notifier_release(&the_mm);
	assert_false(mm_has_notifiers(&the_mm));
	assert_log("");
}

static void intervals_come_first(void **state)
{
	struct mmu_notifier_range range;

	(void)state;
	notify_add(&a, 'a', &client_ops);
	notify_add(&b, 'b', &client_ops);
	notify_watch(&w, 'w', 1, 1);
	range = notify_start(1, 2);
	assert_log("w.inv ( b.start a.start )");
	assert_true(mmu_notifier_range_blockable(&range));
	mmu_notifier_invalidate_range_end(&range);
	assert_log("wake ( b.end a.end )");
	notify.quiet = true;
	mmu_interval_notifier_remove(&w.base);
	unregister(&a);
	unregister(&b);
}

static void brackets_overlap(void **state)
{
	struct mmu_notifier_range first, second;

	(void)state;
	notify_watch(&w, 'w', 1, 1);
	first = notify_start(1, 2);
	second = notify_start(5, 6);
	mmu_notifier_invalidate_range_end(&first);
	assert_log("w.inv");
	assert_true(notify.all.seq & 1);
	first = notify_start(0, 9);
	mmu_notifier_invalidate_range_end(&second);
	assert_log("w.inv");
	mmu_notifier_invalidate_range_end(&first);
	assert_log("wake");
	notify.quiet = true;
	mmu_interval_notifier_remove(&w.base);
}

/* All are started although one refuses, then all that have an end are told it; the count of the intervals is undone as well. */
static void what_had_started_is_undone(void **state)
{
	struct mmu_notifier_range range = notify_range(1, 2);

	(void)state;
	notify_add(&a, 'a', &client_ops);
	notify_add(&b, 'b', &client_without_end);
	notify_watch(&w, 'w', 1, 1);
	b.refuses = true;
	assert_int_equal(mmu_notifier_invalidate_range_start_nonblock(&range), MMU_NOTIFIER_AGAIN);
	assert_log("w.inv ( b.start a.start a.end ) wake");
	assert_int_equal(notify.all.active, 0);
	assert_false(notify.all.seq & 1);
	/* It may sleep. */
	mmu_notifier_invalidate_range_start(&range);
	assert_log("w.inv ( b.start a.start )");
	mmu_notifier_invalidate_range_end(&range);
	b.refuses = false;
	assert_int_equal(mmu_notifier_invalidate_range_start_nonblock(&range), 0);
	mmu_notifier_invalidate_range_end(&range);
	host_log();
	notify.quiet = true;
	mmu_interval_notifier_remove(&w.base);
	unregister(&a);
	unregister(&b);
}

/* An interval that refuses: the others behind it, and the list, hear nothing. */
static void an_interval_refuses(void **state)
{
	struct mmu_notifier_range range = notify_range(1, 9);
	struct watcher later;

	(void)state;
	notify_add(&a, 'a', &client_ops);
	notify_watch(&w, 'w', 1, 1);
	notify_watch(&later, 'l', 2, 1);
	w.refuses = true;
	assert_int_equal(mmu_notifier_invalidate_range_start_nonblock(&range), MMU_NOTIFIER_AGAIN);
	assert_log("w.inv wake");
	assert_int_equal(notify.all.active, 0);
	assert_false(notify.all.seq & 1);
	notify.quiet = true;
	mmu_interval_notifier_remove(&w.base);
	mmu_interval_notifier_remove(&later.base);
	unregister(&a);
}

static void who_is_young(void **state)
{
	(void)state;
	notify_add(&a, 'a', &client_ops);
	notify_add(&b, 'b', &client_ops);
	a.young = b.young = true;
	/* The first that says yes is enough. */
	assert_true(mmu_notifier_test_young(&the_mm, ADDRESS(1)));
	assert_log("( b.tested )");
	assert_true(mmu_notifier_clear_young(&the_mm, ADDRESS(1), ADDRESS(2)));
	assert_log("( b.cleared a.cleared )");
	assert_false(mmu_notifier_clear_flush_young(&the_mm, ADDRESS(1), ADDRESS(2)));
	assert_log("( b.flushed a.flushed )");
	assert_false(mmu_notifier_test_young(&the_mm, ADDRESS(1)));
	assert_log("( b.tested a.tested )");
	a.young = true;
	assert_true(mmu_notifier_clear_flush_young(&the_mm, ADDRESS(1), ADDRESS(2)));
	host_log();
	notify.quiet = true;
	unregister(&a);
	unregister(&b);
}

/* ---- registering ---- */

static void under_all_locks(void **state)
{
	struct client client = { .name = 'c', .base.ops = &client_ops };

	(void)state;
	notify.no_memory = true;
	assert_int_equal(mmu_notifier_register(&client.base, &the_mm), MMU_NOTIFIER_NO_MEMORY);
	notify.no_memory = false;
	notify.refusal = MMU_NOTIFIER_INVALID;
	assert_int_equal(mmu_notifier_register(&client.base, &the_mm), MMU_NOTIFIER_INVALID);
	assert_false(mm_has_notifiers(&the_mm));
	assert_log("");
	notify.refusal = 0;
	assert_int_equal(mmu_notifier_register(&client.base, &the_mm), 0);
	assert_log("all grab /all");
	assert_true(mm_has_notifiers(&the_mm));
	assert_int_equal(notify.all.seq, 2);
	unregister(&client);
	assert_log("( c.release ) sync drop");
	/* For as long as the mm lives. */
	assert_true(mm_has_notifiers(&the_mm));
}

/* A bracket that began before still finds who is on its way out, and may be in his callback: that is what is waited for. */
static void another_bracket(void)
{
	struct mmu_notifier_range range = notify_start(1, 2);

	mmu_notifier_invalidate_range_end(&range);
}

static void on_the_list_until_released(void **state)
{
	(void)state;
	notify_add(&a, 'a', &client_ops);
	a.releases = another_bracket;
	notify.syncs = another_bracket;
	unregister(&a);
	assert_log("( a.release ( a.start ) ( a.end ) ) sync drop");
}

static void unregister_a(void)
{
	unregister(&a);
}

/* Who stands at one that goes finds what is behind it. */
static void taken_off_under_a_bracket(void **state)
{
	struct client c;

	(void)state;
	notify_add(&c, 'c', &client_ops);
	notify_add(&a, 'a', &client_ops);
	notify_add(&b, 'b', &client_ops);
	a.then = unregister_a;
	another_bracket();
	assert_log("( b.start a.start ( a.release ) sync drop c.start ) ( b.end c.end )");
	notify.quiet = true;
	unregister(&b);
	unregister(&c);
	another_bracket();
	host_log();
}

/* ---- exit ---- */

static void everybody_is_released(void **state)
{
	(void)state;
	notify_add(&a, 'a', &client_ops);
	notify_add(&b, 'b', &client_ops);
	notify_watch(&w, 'w', 1, 1);
	mmu_notifier_release(&the_mm);
	assert_log("w.exit wake ( b.release a.release ) sync");
	another_bracket();
	assert_log("w.inv wake");
	/* Released once; each still has the mm's memory. */
	unregister(&a);
	assert_log("( ) sync drop");
	unregister(&b);
	mmu_interval_notifier_remove(&w.base);
	host_log();
}

static void the_last_byte(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.name = 'w';
	assert_int_equal(mmu_interval_notifier_insert(&w.base, &the_mm, ~0ul, 1, &watcher_ops), 0);
	host_log();
	mmu_notifier_release(&the_mm);
	assert_log("w.exit wake ( ) sync");
	mmu_interval_notifier_remove(&w.base);
	host_log();
}

static void exits(void)
{
	mmu_notifier_release(&the_mm);
}

/* While the one is in release the other waits for it, and calls none of its own; whoever comes first. */
static void released_once(void **state)
{
	(void)state;
	notify_add(&a, 'a', &client_ops);
	a.releases = exits;
	unregister(&a);
	assert_log("( a.release ( ) sync ) sync drop");
	notify_add(&a, 'a', &client_ops);
	a.releases = unregister_a;
	mmu_notifier_release(&the_mm);
	assert_log("( a.release ( ) sync drop ) sync");
}

/* ---- get and put ---- */

static struct mmu_notifier *got;

static void shared_by_two(void **state)
{
	struct mmu_notifier *again;

	(void)state;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	assert_log("alloc all grab /all");
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &again), 0);
	assert_log("");
	assert_ptr_equal(got, again);
	mmu_notifier_put(got);
	another_bracket();
	assert_log("( x.start ) ( )");
	mmu_notifier_put(again);
	assert_log("later");
	another_bracket();
	assert_log("");
	notify_later();
	assert_log("x.free drop");
}

/* One that has been put for the last time is not found any more. */
static void got_after_the_last_put(void **state)
{
	(void)state;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	mmu_notifier_put(got);
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	assert_log("alloc all grab /all later alloc all grab /all");
	mmu_notifier_put(got);
	notify_later();
	assert_log("later y.free drop x.free drop");
}

static void get_too(void)
{
	struct mmu_notifier *other;

	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &other), 0);
}

static void two_get_at_once(void **state)
{
	(void)state;
	notify.locks = get_too;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	assert_log("alloc alloc all grab /all all /all x.free");
	mmu_notifier_put(got);
	mmu_notifier_put(got);
	notify_later();
	assert_log("later y.free drop");
}

static void put_got(void)
{
	mmu_notifier_put(got);
}

/* From its release: the memory stays until nobody is at it. */
static void put_when_released(void **state)
{
	(void)state;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	host_log();
	((struct client *)got)->releases = put_got;
	mmu_notifier_release(&the_mm);
	assert_log("( x.release later ) sync");
	notify_later();
	assert_log("x.free drop");
}

static void not_got(void **state)
{
	struct mmu_notifier *more;

	(void)state;
	notify.no_memory = true;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), MMU_NOTIFIER_NO_MEMORY);
	assert_null(got);
	notify.no_memory = false;
	notify.refusal = MMU_NOTIFIER_INVALID;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), MMU_NOTIFIER_INVALID);
	assert_null(got);
	assert_log("alloc x.free alloc x.free");
	notify.refusal = 0;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	got->users = ~0u;
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &more), MMU_NOTIFIER_OVERFLOW);
	assert_null(more);
	got->users = 1;
	mmu_notifier_put(got);
	notify_later();
	host_log();
}

/* ---- contracts ---- */

static void misuse(void **state)
{
	struct mmu_notifier_range range = notify_range(1, 2);

	(void)state;
	assert_contract(notify_range(1, 1), "mmu_notifier_range_init: needs a range");
	notify_add(&a, 'a', &client_ops);
	assert_contract(mmu_notifier_register(&a.base, &the_mm),
			"mmu_notifier_register: needs a new subscription with its callbacks");
	notify.has_lock = notify.has_all = false;
	a.refuses = true;
	assert_contract(mmu_notifier_invalidate_range_start_nonblock(&range),
			"invalidate_range_start: who may refuse has no invalidate_range_end");
	notify.sections = 0;
	assert_contract(tlb_mm_destroy(&the_mm), "tlb_mm_destroy: needs nobody registered");
	unregister(&a);
	assert_contract(mmu_notifier_unregister(&a.base, NULL),
			"mmu_notifier_unregister: of the mm that it is registered for");
	notify.sections = 0;
	assert_contract(mmu_notifier_get(&client_ops, &the_mm, &got), "mmu_notifier_get: needs alloc and free");
	assert_int_equal(mmu_notifier_get(&client_shared, &the_mm, &got), 0);
	mmu_notifier_put(got);
	assert_contract(mmu_notifier_put(got), "mmu_notifier_put: needs a user");
	notify.has_lock = false;
	notify_later();
	notify_watch(&w, 'w', 1, 1);
	assert_contract(mmu_notifier_invalidate_range_end(&range), "mmu_notifier_invalidate_range_end: needs a start");
	notify.has_lock = false;
	mmu_interval_notifier_remove(&w.base);
	host_log();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		notify_test(nobody),
		notify_test(intervals_come_first),
		notify_test(brackets_overlap),
		notify_test(what_had_started_is_undone),
		notify_test(an_interval_refuses),
		notify_test(who_is_young),
		notify_test(under_all_locks),
		notify_test(on_the_list_until_released),
		notify_test(taken_off_under_a_bracket),
		notify_test(everybody_is_released),
		notify_test(the_last_byte),
		notify_test(released_once),
		notify_test(shared_by_two),
		notify_test(got_after_the_last_put),
		notify_test(two_get_at_once),
		notify_test(put_when_released),
		notify_test(not_got),
		notify_test(misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
