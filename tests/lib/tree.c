/* SPDX-License-Identifier: MIT */
/* tree.c - the tree of intervals against a list of them: what it finds, in what order, and how deep it becomes. */
#include "notify.h"
#include <lib/notify/internal.h>

enum {
	NODES = 2000,
};

static struct mmu_interval_notifier nodes[NODES];
static bool in[NODES];
static struct mmu_interval_notifier *root;
static unsigned long seed;

static unsigned long random_below(unsigned long limit)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (seed >> 33) % limit;
}

/* What the tree says of itself; the depth below @node. */
static unsigned int check(const struct mmu_interval_notifier *node)
{
	unsigned long last = 0;
	unsigned int left, right;

	if (!node)
		return 0;
	left = check(node->left);
	right = check(node->right);
	last = node->last;
	for (int side = 0; side < 2; side++) {
		const struct mmu_interval_notifier *child = side ? node->right : node->left;

		if (!child)
			continue;
		assert_ptr_equal(child->parent, node);
		assert_true(side ? child->start >= node->start : child->start <= node->start);
		if (child->subtree_last > last)
			last = child->subtree_last;
	}
	assert_int_equal(node->subtree_last, last);
	return 1 + (left > right ? left : right);
}

static unsigned int meeting(unsigned long start, unsigned long last)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < NODES; i++)
		found += in[i] && nodes[i].start <= last && nodes[i].last >= start;
	return found;
}

/* All that meet it, each once, by their starts. */
static void ask(unsigned long start, unsigned long last)
{
	struct mmu_interval_notifier *at = tlb_tree_first(root, start, last), *before = NULL;
	unsigned int found = 0;

	for (; at; before = at, at = tlb_tree_next(at, start, last)) {
		assert_true(in[at - nodes] && at->start <= last && at->last >= start);
		assert_true(!before || (before != at && before->start <= at->start));
		assert_in_range(++found, 1, NODES);
	}
	assert_int_equal(found, meeting(start, last));
}

static void toggle(unsigned int i, unsigned long start, unsigned long last)
{
	in[i] = !in[i];
	if (!in[i]) {
		tlb_tree_remove(&root, &nodes[i]);
		return;
	}
	nodes[i].start = start;
	nodes[i].last = last;
	tlb_tree_insert(&root, &nodes[i]);
}

static int empty(void **state)
{
	(void)state;
	memset(nodes, 0, sizeof(nodes));
	memset(in, 0, sizeof(in));
	root = NULL;
	seed = 1;
	return 0;
}

static void comes_and_goes(void **state)
{
	(void)state;
	for (unsigned int turn = 0; turn < 4000; turn++) {
		unsigned long start = random_below(1000), length = random_below(turn % 7 ? 9 : 300);

		toggle((unsigned int)random_below(200), start, start + length);
		start = random_below(1000);
		ask(start, start + random_below(50));
		if (turn % 64 == 0) {
			check(root);
			ask(0, ~0ul);
		}
	}
	for (unsigned int i = 0; i < NODES; i++) {
		if (in[i])
			toggle(i, 0, 0);
	}
	assert_null(root);
	assert_null(tlb_tree_first(root, 0, ~0ul));
}

/* By their starts, up or down, all at one place, or one in another: about twice the logarithm, never a list. */
static void never_deep(void **state)
{
	(void)state;
	for (unsigned int order = 0; order < 4; order++) {
		for (unsigned long i = 0; i < NODES; i++) {
			const unsigned long start[] = { i * 2, (NODES - i) * 2, 7, i };
			const unsigned long last[] = { i * 2 + 1, (NODES - i) * 2 + 1, 7, 2 * NODES - i };

			toggle((unsigned int)i, start[order], last[order]);
		}
		assert_in_range(check(root), 11, 40);
		ask(NODES, NODES + 9);
		for (unsigned int i = 0; i < NODES; i++)
			toggle(i, 0, 0);
		assert_null(root);
	}
}

/* Up to the last byte of all. */
static void the_ends(void **state)
{
	(void)state;
	toggle(0, 0, 0);
	toggle(1, ~0ul, ~0ul);
	toggle(2, 0, ~0ul);
	ask(0, 0);
	ask(1, ~0ul - 1);
	ask(~0ul, ~0ul);
	ask(0, ~0ul);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(comes_and_goes, empty),
		cmocka_unit_test_setup(never_deep, empty),
		cmocka_unit_test_setup(the_ends, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
