/* SPDX-License-Identifier: MIT */
/* notify.h - the recording host's part for notifiers, and subscribers that write down what they are told. */
#ifndef TESTS_LIB_NOTIFY_H
#define TESTS_LIB_NOTIFY_H

#include "test.h"
#include <shootdown/mmu_notifier.h>

/*
 * The words that hooks write:
 *
 *	all /all	the locks of hook 50 are taken, given back
 *	( )		a section begins, ends
 *	grab drop	the memory of the mm is kept, and is not
 *	sync, later	sections are waited for; a callback is to be called behind them
 *	sleep, wake	until a word is another one
 */
struct notify_host {
	struct mmu_notifiers all;
	bool no_memory;
	int refusal;   /* of hook 50 */
	bool quiet;    /* hooks write nothing */
	bool has_all;  /* the locks of hook 50 */
	bool has_lock; /* that of 53 */
	int sections;
	int grabs; /* without their drops */
	shootdown_rcu_t *later;
	/* What others do while this thread waits for hook 50's locks, for sections, or for a word; each once. */
	void (*locks)(void), (*syncs)(void), (*sleeps)(void);
};
extern struct notify_host notify;

/* Writes NAME.start and so on; does .then() at the start, .ends() at the end. */
struct client {
	struct mmu_notifier base; /* first */
	char name;
	bool refuses; /* to start what is not blockable */
	bool young;
	void (*then)(void), (*releases)(void);
};
/* All but alloc and free; the same without an end, which may refuse; those that get and put need. */
extern const struct mmu_notifier_ops client_ops, client_without_end, client_shared;

/* Writes NAME.inv, and takes its number. */
struct watcher {
	struct mmu_interval_notifier base; /* first */
	char name;
	bool refuses;
	void (*then)(void);
};
extern const struct mmu_interval_notifier_ops watcher_ops;

int notify_setup(void **state);
int notify_teardown(void **state); /* nobody is left */
#define notify_test(function) cmocka_unit_test_setup_teardown(function, notify_setup, notify_teardown)

void notify_add(struct client *client, char name, const struct mmu_notifier_ops *ops);
void notify_watch(struct watcher *watcher, char name, unsigned int page, unsigned int pages);
void notify_later(void); /* sections have ended */

/* A bracket of pages @page to @to. */
struct mmu_notifier_range notify_range(unsigned int page, unsigned int to);
struct mmu_notifier_range notify_start(unsigned int page, unsigned int to);

#endif
