/* SPDX-License-Identifier: MIT */
/*
 * tree.c - intervals, found by what they meet.
 *
 * A binary tree in the order of .start, and a heap in the order of priority(), which looks random: so its height is about 2 log n for n of them,
 * whatever their order. Each node knows the greatest .last at and below it; a subtree whose greatest is too small is not looked at.
 */
#include "internal.h"

#ifdef shootdown_notifiers

typedef struct mmu_interval_notifier node_t;

/* The same for the same node, and not to be chosen by who chooses intervals: where it lies, mixed twice, as such addresses are evenly spaced. */
static unsigned long priority(const node_t *node)
{
	unsigned long mixed = (unsigned long)(uintptr_t)node;

	for (int i = 0; i < 2; i++) {
		/* 2^64 divided by the golden ratio; half of it on machines of 32 bits. */
		mixed *= (unsigned long)0x9e3779b97f4a7c15ull;
		mixed ^= mixed >> (sizeof(long) * 4);
	}
	return mixed;
}

static unsigned long last_below(const node_t *node)
{
	unsigned long last = node->last;

	if (node->left && node->left->subtree_last > last)
		last = node->left->subtree_last;
	if (node->right && node->right->subtree_last > last)
		last = node->right->subtree_last;
	return last;
}

/* Where @node hangs. */
static node_t **hook_of(node_t **root, const node_t *node)
{
	if (!node->parent)
		return root;
	return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

/* @child, perhaps none, takes the place of @node, whose own links stay. */
static void replace(node_t **root, node_t *node, node_t *child)
{
	*hook_of(root, node) = child;
	if (child)
		child->parent = node->parent;
}

/* @node takes the place of its parent, which becomes its child. What is below both stays below both. */
static void rotate_up(node_t **root, node_t *node)
{
	node_t *parent = node->parent;
	bool left = parent->left == node;
	node_t *moved = left ? node->right : node->left;

	replace(root, parent, node);
	*(left ? &parent->left : &parent->right) = moved;
	if (moved)
		moved->parent = parent;
	*(left ? &node->right : &node->left) = parent;
	parent->parent = node;
	node->subtree_last = parent->subtree_last;
	parent->subtree_last = last_below(parent);
}

void tlb_tree_insert(node_t **root, node_t *node)
{
	node_t **at = root, *parent = NULL;

	while (*at) {
		parent = *at;
		if (parent->subtree_last < node->last)
			parent->subtree_last = node->last;
		at = node->start < parent->start ? &parent->left : &parent->right;
	}
	node->parent = parent;
	node->left = node->right = NULL;
	node->subtree_last = node->last;
	*at = node;
	while (node->parent && priority(node) > priority(node->parent))
		rotate_up(root, node);
}

void tlb_tree_remove(node_t **root, node_t *node)
{
	/* Down, until one side of it is empty. */
	while (node->left && node->right)
		rotate_up(root, priority(node->left) > priority(node->right) ? node->left : node->right);
	replace(root, node, node->left ? node->left : node->right);
	for (node_t *above = node->parent; above; above = above->parent)
		above->subtree_last = last_below(above);
}

/* The first in the subtree of @node, some of whose nodes end at @start or later. */
node_t *tlb_tree_first(node_t *node, unsigned long start, unsigned long last)
{
	if (!node || node->subtree_last < start)
		return NULL;
	for (;;) {
		if (node->left && node->left->subtree_last >= start) {
			/* One there ends late enough; if that begins too late, so does all that follows it. */
			node = node->left;
			continue;
		}
		if (node->start > last)
			return NULL;
		if (node->last >= start)
			return node;
		if (!node->right || node->right->subtree_last < start)
			return NULL;
		node = node->right;
	}
}

node_t *tlb_tree_next(node_t *node, unsigned long start, unsigned long last)
{
	node_t *found = tlb_tree_first(node->right, start, last);

	while (!found) {
		const node_t *child = node;

		node = node->parent;
		if (!node)
			return NULL;
		if (node->right == child)
			continue;
		if (node->start > last)
			return NULL;
		found = node->last >= start ? node : tlb_tree_first(node->right, start, last);
	}
	return found;
}

#endif
