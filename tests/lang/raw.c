/* SPDX-License-Identifier: MIT */
/*
 * raw.c - raw scenarios are read into what docs/litmus.md says, and written out from the tree they are the same again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/lang/raw_print.h"
#include "tests/lang/words.h"

#define WORLD                                                                              \
	"raw\nmm m\nmm n\nmap A = anon pages=2 rw\nmap B = anon r in n\nmap C = anon rw\n" \
	"cpu 0: let r = 0; let q = 0; label K; let z = 0\n"
#define OWN "rw clean young valid user to A.0"

static struct litmus *doing(const char *op)
{
	char body[1000];
	struct litmus *l;

	snprintf(body, sizeof(body), WORLD ": %s\nexpect r = 0\n", op);
	l = test_read(body);
	assert_non_null(l);
	return l;
}

/* @op is read and written out as @full, or as it is; and @full is read and written out as itself. */
static void same(const char *op, const char *full)
{
	char text[300], again[300];
	struct litmus *l = doing(op);
	int index = l->raw->ops[l->raw->ops[l->raw->ops[0].next].next].next;

	print_message("%s\n", op);
	print_raw_op(l, index, text, sizeof(text));
	assert_string_equal(text, full ? full : op);
	assert_string_equal(l->raw->ops[index].text, op);
	assert_int_equal(l->raw->ops[index].at.line, 10);
	assert_int_equal(l->raw->ops[index].at.column, 3);
	litmus_free(l);
	l = doing(text);
	print_raw_op(l, index, again, sizeof(again));
	assert_string_equal(again, text);
	litmus_free(l);
}

struct pair {
	const char *op, *full;
};

static void all_same(const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		same(pairs[i].op, pairs[i].full);
}
#define ALL_SAME(pairs) all_same(pairs, sizeof(pairs) / sizeof(pairs[0]))

static void pages(void **state)
{
	static const struct pair ops[] = {
		{ "load A.1 -> r", NULL },
		{ "load A -> r", "load A.0 -> r" },
		{ "load A", "load A.0" },
		{ "load A+8 -> r acquire", "load A.0+8 -> r acquire" },
		{ "load A.1+4092 -> r acquire-pc", NULL },
		{ "load A.0 -> r exclusive acquire", NULL },
		{ "load A.0 -> r acquire exclusive", "load A.0 -> r exclusive acquire" },
		{ "exec A.0 -> r", NULL },
		{ "exec A.0 -> r acquire", NULL },
		{ "exec A", "exec A.0" },
		{ "store A.0 = 1", NULL },
		{ "store A.0 = r release", NULL },
		{ "store A = 0x10", "store A.0 = 16" },
		{ "store A.0 = entry ro clean old invalid kernel to C.0", NULL },
		{ "store A.0 = 1 -> r", NULL },
		{ "store A.0 = q -> r acquire release", NULL },
		{ "store A.0 = 1 -> r exclusive release", NULL },
		{ "store A.0 = 1 if = 0 -> r", NULL },
		{ "store A if = q = 1 acquire", "store A.0 = 1 if = q acquire" },
		{ "store A.0 add 1 -> r acquire release", NULL },
		{ "store A.0 sub q", NULL },
		{ "store A.0 and 3 -> r", NULL },
		{ "store A.0 or 3", NULL },
		{ "store A.0 xor 3", NULL },
		{ "store A.0 clear 3 release", NULL },
	};

	(void)state;
	ALL_SAME(ops);
}

static void entries(void **state)
{
	static const struct pair ops[] = {
		{ "entry A.1 -> r", NULL },
		{ "entry A -> r acquire", "entry A.0 -> r acquire" },
		{ "entry A.0 -> r exclusive", NULL },
		{ "entry A.0 = none", NULL },
		{ "entry A = rw", "entry A.0 = " OWN },
		{ "entry A =", "entry A.0 = " OWN },
		{ "entry A = release", "entry A.0 = " OWN " release" },
		{ "entry A = to C", "entry A.0 = rw clean young valid user to C.0" },
		{ "entry A = dirty ro", "entry A.0 = ro dirty young valid user to A.0" },
		{ "entry A = fixed", "entry A.0 = rw fixed young valid user to A.0" },
		{ "entry B = old", "entry B.0 = ro clean old valid user to B.0" },
		{ "entry A = invalid kernel to A.1", "entry A.0 = rw clean young invalid kernel to A.1" },
		{ "entry A.0 = q", NULL },
		{ "entry A.0 = " OWN " -> r acquire release", NULL },
		{ "entry A.0 = none if = " OWN " -> r", NULL },
		{ "entry A if = 0 = ro -> r", "entry A.0 = ro clean young valid user to A.0 if = 0 -> r" },
		{ "if = 0 entry A = none -> r", "entry A.0 = none if = 0 -> r" },
		{ "if = rw dirty entry A = q -> r acquire",
		  "entry A.0 = q if = rw dirty young valid user to A.0 -> r acquire" },
		{ "if = entry rw to C store A = 1", "store A.0 = 1 if = entry rw clean young valid user to C.0" },
		{ "if = 1 flag x = 2 -> r", "flag x = 2 if = 1 -> r" },
		{ "entry A.0 = " OWN " -> r exclusive release", NULL },
		{ "entry A.0 set young dirty -> r", NULL },
		{ "entry A.0 clear valid writable user", NULL },
		{ "entry A.0 set young clear dirty user -> r acquire", NULL },
		{ "table A.0 = none", NULL },
		{ "table A = live", "table A.0 = live" },
	};

	(void)state;
	ALL_SAME(ops);
}

static void flags(void **state)
{
	static const struct pair ops[] = {
		{ "flag x -> r acquire", NULL }, { "flag x = 1 release", NULL },
		{ "flag x = r", NULL },		 { "flag x = 1 -> r", NULL },
		{ "flag x add 1", NULL },	 { "flag x = 1 if = 0 -> r acquire", NULL },
		{ "await x = 3", NULL },	 { "await x = r acquire", NULL },
	};

	(void)state;
	ALL_SAME(ops);
}

static void orders(void **state)
{
	static const struct pair ops[] = {
		{ "fence full", NULL },
		{ "fence store", NULL },
		{ "fence load", NULL },
		{ "fence complete", NULL },
		{ "fence complete store", NULL },
		{ "fence complete load", NULL },
		{ "fence context", NULL },
		{ "invalidate A.1", NULL },
		{ "invalidate A leaf local", "invalidate A.0 leaf local" },
		{ "invalidate A of n", "invalidate A.0 of n" },
		{ "invalidate entry A", "invalidate entry A.0" },
		{ "invalidate id", NULL },
		{ "invalidate id of n local", NULL },
		{ "invalidate all", NULL },
		{ "invalidate all local", NULL },
	};

	(void)state;
	ALL_SAME(ops);
}

static void lets(void **state)
{
	static const struct pair ops[] = {
		{ "let r = 7", NULL },
		{ "let r = q", NULL },
		{ "let r = entry " OWN, NULL },
		{ "let r = entry ro to A", "let r = entry ro clean young valid user to A.0" },
		{ "let r = q add 1", NULL },
		{ "let r = 1 sub q", NULL },
		{ "let r = q and 2", NULL },
		{ "let r = q or 2", NULL },
		{ "let r = q xor q", NULL },
		{ "let r = q clear 2", NULL },
		{ "let r = q shl 2", NULL },
		{ "let r = q shr 12", NULL },
		{ "let r = q equals 0", NULL },
		{ "let r = q set young", NULL },
		{ "let r = q clear young dirty", NULL },
		{ "let r = q has dirty", NULL },
		{ "let r = 1 if q = 2 else z", NULL },
		{ "let r = 1 if q else 0", "let r = 1 if q != 0 else 0" },
		{ "let r = 1 if q = 2", NULL },
		{ "let r = 1 after q", NULL },
	};

	(void)state;
	ALL_SAME(ops);
}

static void suffixes(void **state)
{
	static const struct pair ops[] = {
		{ "load A.0 -> r after q", NULL },
		{ "store A.0 = r release after q, r", NULL },
		{ "invalidate A.0 of m after r", NULL },
		{ "flag x = 1 after r", NULL },
		{ "store A.0 = 1 if r", "store A.0 = 1 if r != 0" },
		{ "store A.0 = 1 if r = 0", NULL },
		{ "store A.0 = 1 if r != q", NULL },
		{ "store A.0 = 1 if r = fault", NULL },
		{ "store A.0 = 1 if r != fault-permission", NULL },
		{ "store A.0 = 1 if r = entry " OWN, NULL },
		{ "load A.0 -> r after q if z = 1", NULL },
		{ "fence full if r = 1", NULL },
		{ "store A.0 = 1 else { let z = 1 }", NULL },
		{ "load A.0 -> r after q if z = 1 else { fence full; retry }", NULL },
		{ "load A -> r else { return K; }", "load A.0 -> r else { return K }" },
		{ "load A.0 -> r else { label L; store A.0 = 1; goto L; return; end }", NULL },
		{ "entry A.0 -> r else { end }", NULL },
		{ "call 1: load A.0 -> r; fence complete", NULL },
		{ "goto K", NULL },
		{ "goto K if r = 1", NULL },
		{ "end", NULL },
	};

	(void)state;
	ALL_SAME(ops);
}

/* Which operations come after which. */
static void chains(void **state)
{
	struct litmus *l = test_read("raw\nmap A = anon rw\n"
				     "cpu 0: load A -> r else { let e = 1 }; call 1: let c = 1\n"
				     ": goto L; label M; end; label L\n"
				     "handler 0: let h = 1; retry if h; return M\n"
				     "cpu 1: load A; store A = 1 else { end }\n"
				     "expect r = 0\n");
	const struct raw *raw = l->raw;
	const struct raw_op *op = &raw->ops[raw->threads[0].first];

	(void)state;
	assert_int_equal(op->kind, RAW_LOAD);
	assert_int_equal(op->on_fault, RAW_ELSE);
	assert_int_equal(raw->ops[op->otherwise].kind, RAW_LET);
	assert_int_equal(raw->ops[raw->ops[op->otherwise].next].kind, RAW_RETURN);
	assert_int_equal(raw->ops[raw->ops[op->otherwise].next].to, LITMUS_NONE);
	op = &raw->ops[op->next];
	assert_int_equal(op->kind, RAW_CALL);
	assert_int_equal(op->cpu, 1);
	assert_int_equal(raw->ops[raw->ops[op->to].next].kind, RAW_ANSWER);
	op = &raw->ops[op->next];
	assert_int_equal(op->kind, RAW_GOTO);
	assert_int_equal(raw->ops[op->to].kind, RAW_END);
	assert_string_equal(raw->ops[op->to].text, "");
	op = &raw->ops[op->next];
	assert_int_equal(op->kind, RAW_END);
	assert_string_equal(op->text, "end");
	assert_true(&raw->ops[raw->labels[1].op] == op);
	op = &raw->ops[raw->threads[0].handler];
	assert_int_equal(op->kind, RAW_LET);
	op = &raw->ops[raw->ops[op->next].next];
	assert_int_equal(op->kind, RAW_RETURN);
	assert_int_equal(op->to, raw->labels[1].op);
	assert_int_equal(raw->ops[op->next].kind, RAW_RETURN);
	assert_int_equal(raw->threads[1].handler, LITMUS_NONE);
	assert_int_equal(raw->ops[raw->threads[1].first].on_fault, RAW_GO_ON);
	assert_int_equal(l->cpus, 2);
	litmus_free(l);
}

/* What happens if an access faults depends on where it stands. */
static void faults(void **state)
{
	struct litmus *l = test_read("raw\nmap A = anon rw\n"
				     "cpu 0 user: load A; store A = 1 else { load A }; call 1: load A\n"
				     "handler 0: load A\ncpu 1: load A\nexpect A.0 = 0\n");
	const struct raw *raw = l->raw;
	const struct raw_op *first = &raw->ops[raw->threads[0].first], *second = &raw->ops[first->next];

	(void)state;
	assert_true(raw->threads[0].user && !raw->threads[1].user);
	assert_int_equal(first->on_fault, RAW_HANDLER);
	assert_int_equal(second->on_fault, RAW_ELSE);
	assert_int_equal(raw->ops[second->otherwise].on_fault, RAW_GO_ON);
	assert_int_equal(raw->ops[raw->ops[second->next].to].on_fault, RAW_GO_ON);
	assert_int_equal(raw->ops[raw->threads[0].handler].on_fault, RAW_STOP);
	assert_int_equal(raw->ops[raw->threads[1].first].on_fault, RAW_GO_ON);
	litmus_free(l);
}

static void starts(void **state)
{
	static const char *const expected[] = {
		"start A.0+8 = 5",
		"start entry A.1 = rw fixed old invalid user to A.0",
		"start A.1 = 7",
		"start entry F.0 = ro clean young valid user to F.0",
		"start entry F.1 = ro clean young valid user to F.1",
		"start entry A.0 = rw dirty old valid user to A.0",
	};
	struct litmus *l = test_read("raw\nfile G pages=2\nmap A = anon pages=2 rw\nmap F = G rw shared\n"
				     "start A+8 = 5\nstart entry A.1 = invalid fixed old to A\nstart A.1 = 7\n"
				     "start flag f = 3\npresent F.0..2\npresent A.0 rw dirty old\n"
				     "hardware none\nhardware dirty 1 3\nhardware accessed 3\n"
				     "before cpu 1: entry A.1 = none\n: fence complete\n"
				     "cpu 0: flag f -> r\nexpect r = 3\n");
	char text[200];

	(void)state;
	assert_int_equal(l->raw->nr_starts, sizeof(expected) / sizeof(expected[0]));
	for (unsigned int i = 0; i < l->raw->nr_starts; i++) {
		print_raw_start(l, &l->raw->starts[i], text, sizeof(text));
		assert_string_equal(text, expected[i]);
	}
	assert_int_equal(l->raw->nr_flags, 1);
	assert_int_equal(l->raw->flags[0].value, 3);
	assert_int_equal(l->raw->hardware[0], RAW_HARDWARE_NONE);
	assert_int_equal(l->raw->hardware[1], RAW_HARDWARE_DIRTY);
	assert_int_equal(l->raw->hardware[3], RAW_HARDWARE_ACCESSED);
	assert_int_equal(l->nr_befores, 1);
	assert_int_equal(l->raw->ops[l->raw->befores[0].first].kind, RAW_STORE);
	assert_int_equal(l->raw->ops[l->raw->ops[l->raw->befores[0].first].next].kind, RAW_FENCE);
	litmus_free(l);
	l = test_read("raw\nmap A = anon rw\ncpu 0: load A -> r\nexpect r = 0\n");
	assert_int_equal(l->raw->hardware[0], RAW_HARDWARE_AS_ROW);
	litmus_free(l);
}

static void globals(void **state)
{
	struct litmus *l = test_read(
		"mm m\nmm n\nraw\nmap A = anon rw in m\nmap B = anon rw in m\nmap C = anon rw in n\nglobal C A\n"
		"cpu 0 in m: invalidate A; invalidate A of m\nexpect A.0 = 0\n");
	const struct raw_op *op = &l->raw->ops[l->raw->threads[0].first];

	(void)state;
	assert_true(l->raw->global[0] && !l->raw->global[1] && l->raw->global[2]);
	assert_true(op->kind == RAW_INVALIDATE && op->mm == 0 && !op->of);
	op = &l->raw->ops[op->next];
	assert_true(op->reach == RAW_REACH_PAGE && op->mm == 0 && op->of);
	litmus_free(l);
}

static void guests(void **state)
{
	struct litmus *l = test_read("mm h\nmm m\nmm n\nmm o\nraw\nguest n m\nguest o\nmap A = anon rw in m\n"
				     "cpu 0 in m: invalidate guest; invalidate guest of h local\nexpect A.0 = 0\n");
	const struct raw_op *op = &l->raw->ops[l->raw->threads[0].first];

	(void)state;
	assert_int_equal(l->raw->nr_guests, 2);
	assert_int_equal(l->raw->guests[0], 0);
	assert_int_equal(l->raw->guests[1], 1);
	assert_int_equal(l->raw->guests[2], 1);
	assert_int_equal(l->raw->guests[3], 2);
	assert_true(op->kind == RAW_INVALIDATE && op->reach == RAW_REACH_GUEST && op->mm == 1 && !op->local);
	op = &l->raw->ops[op->next];
	assert_true(op->reach == RAW_REACH_GUEST && op->mm == 0 && op->local);
	litmus_free(l);
}

static void conditions(void **state)
{
	static const struct {
		const char *condition, *terms;
	} all[] = {
		{ "r = 1", "r = 1" },
		{ "r != fault", "r != fault" },
		{ "r = fault-translation or r = fault-access", "r = fault-translation, r = fault-access, or" },
		{ "r = s", "r = s" },
		{ "f = 1", "f = 1" },
		{ "A.0 = 2 and A.1+8 != 3", "A.0 = 2, A.1+8 != 3, and" },
		{ "A = 2", "A.0 = 2" },
		{ "entry A.0 = none", "entry A.0 = none" },
		{ "entry A != old to A.1", "entry A.0 != rw clean old valid user to A.1" },
		{ "entry A = 14", "entry A.0 = 14" },
		{ "r = entry ro fixed invalid to A", NULL },
		{ "r = entry rw fixed invalid to A", "r = entry rw fixed young invalid user to A.0" },
		{ "faulted L", "faulted L" },
		{ "not faulted L permission", "faulted L permission, not" },
		{ "not (r = 1 or s = 1) and f = 1", "r = 1, s = 1, or, not, f = 1, and" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char body[500], text[300];
		struct litmus *l;

		snprintf(body, sizeof(body),
			 "raw\nmap A = anon pages=2 rw\ncpu 0: label L; load A -> r; flag f -> s\nexpect never %s\n",
			 all[i].condition);
		l = test_read(body);
		assert_int_equal(l != NULL, all[i].terms != NULL);
		if (!l)
			continue;
		print_raw_condition(l, &l->expects[0], text, sizeof(text));
		assert_string_equal(text, all[i].terms);
		assert_int_equal(l->expects[0].when, LITMUS_NEVER);
		litmus_free(l);
	}
}

/* Words of the language are names where nothing else can stand. */
static void names_that_are_words(void **state)
{
	struct litmus *l = test_read("raw\nmap A = anon rw\ncpu 0: load A -> never; flag done -> faulted\n"
				     "expect never = 1 or faulted = 1\nexpect sometimes never = 1\n");

	(void)state;
	assert_int_equal(l->expects[0].when, LITMUS_ALWAYS);
	assert_int_equal(l->expects[0].nr_terms, 3);
	assert_int_equal(l->expects[1].when, LITMUS_SOMETIMES);
	assert_int_equal(l->expects[1].raw_terms - l->raw->terms, 3);
	litmus_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(entries),
		cmocka_unit_test(flags),
		cmocka_unit_test(orders),
		cmocka_unit_test(lets),
		cmocka_unit_test(suffixes),
		cmocka_unit_test(chains),
		cmocka_unit_test(faults),
		cmocka_unit_test(starts),
		cmocka_unit_test(globals),
		cmocka_unit_test(guests),
		cmocka_unit_test(conditions),
		cmocka_unit_test(names_that_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
