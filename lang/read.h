/* SPDX-License-Identifier: MIT */
/*
 * read.h - what the parts of the litmus reader share: the reader's state, tokens, errors.
 *
 * The parts: lex.c (characters to tokens, errors), names.c, statement.c, place.c (addresses), agent.c, operation.c, operand.c,
 * expect.c, raw*.c, and litmus.c, which knows the order of the sections. The first mistake leaves
 * through fail(), so that no parser has an error path; all memory is the one tree.
 */
#ifndef CHECK_LITMUS_READ_H
#define CHECK_LITMUS_READ_H

#include <setjmp.h>
#include "lang/litmus.h"
#include "lang/raw.h"

enum token_kind {
	TOKEN_END,  /* of the file */
	TOKEN_LINE, /* end of a line */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,	/* .text is what stands between the quotes */
	TOKEN_ARROW,	/* -> */
	TOKEN_DIFFERS,	/* != */
	TOKEN_AT_MOST,	/* <= */
	TOKEN_AT_LEAST, /* >= */
	TOKEN_DOTS,	/* .. */
	TOKEN_SIGN,	/* one of . = | , : ; + ( ) { } ; .text says which */
	TOKEN_BAD,	/* anything else */
};

struct token {
	enum token_kind kind;
	const char *text; /* into the file */
	size_t len;
	uint64_t number;
	struct litmus_position at;
};

struct lexer {
	const char *next, *end, *line_start;
	unsigned int line;
	struct token token; /* the one to be taken next */
	const char *taken;  /* end of the one taken last */
};

/* Where an operation of a raw scenario stands: some are of one place only. */
enum raw_where {
	RAW_IN_PROGRAM,
	RAW_IN_HANDLER,
	RAW_IN_ELSE,
	RAW_IN_CALL,
};

/* A run of operations while it is read: raw.h (1). */
struct raw_chain {
	enum raw_where where;
	int block;  /* its number; NONE: there is none */
	int *start; /* where the index of its first operation goes */
	int last;   /* index of raw->ops; NONE: it is empty so far */
};

/* What the reader of a raw scenario has to know until its end, and nobody after that. */
struct raw_reading {
	struct raw_chain line; /* of the program or handler read last, which a line with `:` continues */
	int nr_blocks;
	unsigned int started; /* bit per flag that has a value at the start */
	int block_of[RAW_MAX_OPS];
	int label_block[RAW_MAX_LABELS]; /* NONE: named, but not there yet */
	enum raw_where label_where[RAW_MAX_LABELS];
	struct litmus_position label_at[RAW_MAX_LABELS]; /* where it was named first */
};

struct reader {
	struct litmus *litmus;
	const struct litmus_words *words;
	struct litmus_error *error;
	const char *path;
	char *pool, *pool_end; /* room for strings, behind the tree */
	struct raw *raw_room;  /* room for what is raw, if the text has the word */
	struct lexer lex;
	jmp_buf failed;
	unsigned int seen;	    /* bit per statement that was read */
	bool said_m;		    /* `in m` was written before any `mm` */
	bool seen_cpus;		    /* `cpus` was given */
	unsigned int named_cpus;    /* CPUs that agents name: the highest, plus one */
	bool placed;		    /* the world is complete: every mapping has its address */
	struct litmus_agent *agent; /* the one whose line is read, or was read last; NULL: none yet */
	struct raw_reading raw;
};

/* ---- errors: "found X, expected Y" at a position, and out ---- */

struct message {
	char text[200];
};
struct message say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail(struct reader *r, struct litmus_position at, struct message found, struct message expected);
_Noreturn void fail_token(struct reader *r, struct message expected);
/* @token is not in @list: offers what is near. @what: "an architecture". */
_Noreturn void fail_unknown(struct reader *r, const struct token *token, const char *what, const char *const *list);
struct message describe(const struct token *token);

/* ---- tokens ---- */

void lex_start(struct lexer *lex, const char *text, size_t len);
void lex_next(struct lexer *lex);
bool at_word(const struct reader *r, const char *word);
bool at_sign(const struct reader *r, char sign);
bool at_line_end(const struct reader *r);
bool token_is(const struct token *token, const char *word);
bool accept_word(struct reader *r, const char *word);
bool accept_sign(struct reader *r, char sign);
bool accept_kind(struct reader *r, enum token_kind kind);
void need_sign(struct reader *r, char sign, const char *expected);
void need_line_end(struct reader *r, const char *expected); /* looks, does not take */
struct token take_name(struct reader *r, const char *expected);
uint64_t take_value(struct reader *r, const char *what);
unsigned int take_number(struct reader *r, const char *what, unsigned int min, unsigned int max);
const char *keep(struct reader *r, const char *text, size_t len); /* a copy that ends with NUL */
/* Index of @token in a list that ends with NULL, or NONE. */
int find_word(const struct token *token, const char *const *list);
int take_choice(struct reader *r, const char *what, const char *const *list);
struct message any_of(const char *const *list); /* "a, b or c" */

/* ---- names ---- */

/* A name that was declared, as an index; one that was not is the mistake. */
int take_map(struct reader *r);
int take_file(struct reader *r);
int take_mm(struct reader *r); /* also the `m` that nobody declared */
int optional_in(struct reader *r, int otherwise);
int find_named(const struct litmus_name *names, unsigned int count, const struct token *name);
uint64_t take_archs(struct reader *r);
/* [.p] and, if @range, [.p..q], of an object of @limit pages. Nothing: page 0, or with @range all of it. */
void take_pages(struct reader *r, unsigned int limit, bool range, unsigned int *page, unsigned int *pages);

/* ---- what the mm under test has ---- */

bool has_feature(const struct reader *r, const char *feature);
/* Fails at @token unless it has @feature. @what: "a statement". */
void need_feature(struct reader *r, const struct token *token, const char *feature, const char *what);
/* The features and forms of the mm must be words of the language; if one is not, the program ends with a message. */
void check_words(struct reader *r);

/* ---- the parts ---- */

bool read_world_statement(struct reader *r); /* false: the line is something else */
bool read_agent_line(struct reader *r);
void read_before(struct reader *r);
void need_filled(struct reader *r, int mm, struct litmus_position at); /* of a `before` line */
void read_ops(struct reader *r);
void check_marked(struct reader *r, const struct litmus_op *op); /* once the world is complete */
/* What stands behind the name of @form. Returns what is left of it: the last word, or nothing. */
const char *read_operands(struct reader *r, struct litmus_op *op, const char *form);
bool form_is_good(const char *form);
void read_target(struct reader *r, struct litmus_op *op);
int take_register(struct reader *r); /* declares it, for the agent whose line is read */
int agent_number(const struct reader *r);
unsigned int take_prot(struct reader *r);
void find_peers(struct reader *r); /* devices and vcpus, which may be named before their line */
void read_expect(struct reader *r);
void place_maps(struct reader *r);
void place_op(struct reader *r, struct litmus_op *op); /* the bytes it is about, once mappings have addresses */
extern const char *const litmus_agent_words[];

/* ---- raw scenarios: raw.c, raw_program.c, raw_access.c, raw_value.c ---- */

void read_raw(struct reader *r); /* the statements of the world */
void need_raw(struct reader *r, const char *what);
void read_start(struct reader *r);
void read_hardware(struct reader *r);
void read_guest(struct reader *r);
void read_global(struct reader *r);
void read_handler(struct reader *r); /* a line among the agents */
void start_raw_program(struct reader *r, struct raw_thread *thread);
void read_raw_ops(struct reader *r);
void end_raw_programs(struct reader *r); /* no line continues one from here on */
void resolve_raw_op(struct reader *r, int index);
void finish_raw(struct reader *r); /* the whole file is read */
void read_raw_comparison(struct reader *r, struct litmus_expect *e);
void join_raw_terms(struct reader *r, struct litmus_expect *e, enum raw_term_kind kind);

/* Accesses: what stands behind their names. */
void read_raw_load(struct reader *r, struct raw_op *op);
void read_raw_store(struct reader *r, struct raw_op *op);
void read_raw_exec(struct reader *r, struct raw_op *op);
void read_raw_entry(struct reader *r, struct raw_op *op);
void read_raw_flag(struct reader *r, struct raw_op *op);
void read_raw_await(struct reader *r, struct raw_op *op);
void read_raw_expected(struct reader *r, struct raw_op *op, const struct lexer *value, const struct token *end);

/* Values and what has one. */
struct raw_value raw_number(uint64_t number);
struct raw_place take_page_place(struct reader *r);
struct raw_place take_entry_place(struct reader *r);
struct raw_place take_flag_place(struct reader *r, bool declares);
struct raw_entry take_entry(struct reader *r, const struct raw_place *own); /* own NULL: a page must be said */
struct raw_value take_raw_value(struct reader *r);			    /* a number, a register, `entry ...` */
struct raw_value take_entry_value(struct reader *r, const struct raw_place *own);
struct raw_value take_compared(struct reader *r); /* also a fault */
struct raw_test take_test(struct reader *r);	  /* r, r = V, r != V */
int take_known_register(struct reader *r, const char *what);
bool at_entry_bit(const struct reader *r);
unsigned int take_entry_bits(struct reader *r);
enum raw_how take_how(struct reader *r, const char *const *words);
bool find_flag(const struct reader *r, const struct token *name, int *flag);
int take_label(struct reader *r, bool defines);

#endif
