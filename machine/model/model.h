/* SPDX-License-Identifier: MIT */
/*
 * model.h - the model machine: its state, and what the checker sets and asks. The axioms are in docs/model.md.
 *
 * A TLB is not filled at some moment; it *may hold* every translation that the tables have offered its CPU since the last
 * invalidation that covered it. What the tables say now is not stored again: only what they no longer say is, in
 * cpu->held[]. An access picks one of the translations its CPU may hold, and every pick is explored. The same holds for the
 * entries of upper levels (the walk cache, and a walk that has read an upper entry and not yet the lower one).
 *
 * Objects (four bytes each are told apart), and what commutes:
 *   an entry of a table    read by walks, written by stores
 *   cpu->held              JOIN by a change of an entry, TAKE by invalidations, WRITE by loading a root
 *   cpu->use               READ by accesses, TAKE by what takes translations away, WRITE by loading a root, and by a handler of misses on its way
 *   cpu->buffer            WRITE by stores that wait in it and by what lets some out, READ by who would let out any
 *   watch->mapped          JOIN by who maps the page, TAKE by an operation that begins and promises to take it away
 *   watch->revoked         WRITE by an operation that has kept such a promise, READ by accesses
 *   watch->lines           JOIN by stores of programs, TAKE by who writes them back and by an operation that begins or ends and promises
 *                          to take the page away, WRITE by who changes the entry
 *   watch->passed_over     TAKE by a broadcast that leaves the page held, READ by who looks for that
 *   a frame                WRITE by allocation, free and reuse, READ by who uses it or makes an entry lead to it
 *   the words of a page    READ by loads, WRITE by stores, unless they are unread
 *
 * The state is canonical: two states that behave alike are equal, byte by byte, whatever led to them, as long as what differs is
 * not asked for. So nothing in it counts what has happened: where the past matters, what it left is marked (enum model_mark,
 * a release's place in the buffer), and the mark goes when nobody can see it any more. Lists are sorted by what
 * is in them, and unused slots are zero.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <machine/hardware.h>
#include <machine/machine.h>
#include <machine/format.h>
#include <explore/agent.h>
#include <machine/model/event.h>
#include <machine/model/delays.h>
#include <machine/model/seam.h>

/* Are the model's own files compiled so that their writes are told (own.syms)? Not under another sanitizer. */
#ifndef MODEL_TOLD
#define MODEL_TOLD true
#endif

enum {
	MODEL_SHARED_WORDS = 32 * 1024, /* that are told apart, see shared.c */
	MODEL_MET_WORDS = 16 * 1024,	/* the same, of those that who accesses is known of */
	MODEL_LOCKS = 64,
	MODEL_SHARED_SETS = 3 * MODEL_SHARED_WORDS / 64 + 5 * MODEL_MET_WORDS + 2 * MODEL_LOCKS + 1 +
			    MACHINE_RULE_WORDS,
	MODEL_HELD = 24,     /* stale translations of one CPU */
	MODEL_IN_FLIGHT = 8, /* stores of one CPU */
	MODEL_SPACES = 8,
	MODEL_WATCHES = 48,
	MODEL_CALLS = 16,    /* that wait for one CPU */
	MODEL_RELEASES = 20, /* of one CPU */
	MODEL_SHARERS = 4,   /* threads of one CPU */
};

enum model_property {
	MODEL_USE_AFTER_FREE,
	MODEL_LOST_WRITE,
	MODEL_PERMISSION,
	MODEL_FREED_TABLE,
	MODEL_SECONDARY_STALE,
	MODEL_ISOLATION,
	MODEL_WRONG_RANGE,
	MODEL_CONFLICT,
	MODEL_ALIAS,
	MODEL_MISSED,
	MODEL_DATA_RACE,
	MODEL_LEAK,
	MODEL_LIVELOCK,
	MODEL_DEADLOCK,
	MODEL_PROPERTIES,
	MODEL_CONTRACT = MODEL_PROPERTIES, /* an assertion failed: no property, but no execution either */
};
const char *model_property_name(enum model_property property);

enum agent_alloc {
	MODEL_ALLOC_OK,
	MODEL_ALLOC_FAIL,
	MODEL_ALLOC_ANY,
};

/* As far as the row is that weak. */
enum model_memory {
	MODEL_WEAK,
	MODEL_TSO,
	MODEL_SC,
};

/* What stays the same over all executions of one exploration. */
struct model_config {
	const struct tlb_arch *arch;
	const struct machine_kernel *kernel;
	struct machine_rules rules;	     /* bit n: rule n is on */
	const struct machine_format *format; /* of page tables; NULL: small ones of @levels, and frames of that size */
	unsigned int cpus, levels, store_buffer, frames;
	unsigned int devices; /* the last of .cpus are these, see device.c */
	bool stalls;	      /* ... and wait in an access that faults until they are resumed */
	unsigned int vcpus;   /* ... of which the last are these, see vcpu.c */
	enum agent_alloc alloc;
	enum model_memory memory;
	const struct delays_words *words; /* that were found to have to be weak; NULL: none */
	bool contiguous;		  /* some entry says MACHINE_PTE_CONTIGUOUS */
	bool in_flight; /* an erratum: a broadcast is complete before accesses by what it covers are over, unless it is the second */
	bool counts; /* somebody asks for flushes, interrupts or invalidated pages: they are kept, and tell states apart */
	/* Nobody asks what programs have stored, and the code under test does not look: it is not kept, but for a listener. */
	bool unread;
	/* A program's store to a watched page is in memory, in the step that goes on; or NULL. *@before: what was there; NULL: not known. */
	void (*stored)(void *context, int watch, const uint64_t *before, uint64_t value);
	void *context;
};

/* What is known of a translation besides its word, wherever it is: in an entry, in flight, or held. */
enum model_mark {
	/* Bits below: the agent of that number has begun to take it away (model_promise()). */
	MODEL_REVOKED = 1 << 30, /* such an operation has returned: it must not be used any more */
	MODEL_STALE = 1 << 29,	 /* the frame that it leads to was given back since it was made */
	/* An operation has returned that has taken a right away: it may be used, but not for this. */
	MODEL_NO_STORES = 1 << 28,
	MODEL_NO_FETCHES = 1 << 27,
	MODEL_KNOWN = MODEL_REVOKED | MODEL_STALE | MODEL_NO_STORES | MODEL_NO_FETCHES,
};
_Static_assert(AGENT_MAX_AGENTS < 27, "a mark for each agent, and for the world being set up");

/* A word of a frame. */
typedef struct {
	uint64_t word;
} machine_pte;

/* Where a table stands, by an entry that leads to it, or led. */
struct model_place {
	uint32_t base;		      /* first page number that the table covers */
	int16_t parent, parent_index; /* the entry that points, or pointed, to it; -1: a root, or not hooked yet */
	int8_t space;		      /* whose table it is; -1: none's yet */
	int8_t nothing[3];
};

struct model_frame {
	uint8_t kind;		      /* enum machine_frame_kind */
	uint8_t was;		      /* what it was before it was given back */
	bool had;		      /* somebody has it, or has had it */
	bool fresh;		      /* ... and nobody but the agent that has taken it knows of it */
	uint8_t level;		      /* of the table in it */
	int8_t space;		      /* whose table it is; -1: none's yet */
	int16_t parent, parent_index; /* the entry that points, or pointed, to it; -1: a root, or not hooked yet */
	uint32_t base;		      /* first page number that the table covers */
	struct model_place also; /* object: the second, of a table that two entries lead to; .space -1: there is none */
	uint32_t absent;	 /* object: which of its entries are not present */
	uint32_t unmade;	 /* late.h: not all of its entries are empty yet, for who cannot know of that */
	/* One for each entry, of a table that walks can find; model_entries() of each. */
	machine_pte *words; /* C: what the entry says, see ram.c */
	uint32_t *marks;    /* C: enum model_mark; 0 unless the entry is present */
	int8_t *watch;	    /* C: 1 + the watch of its page; 0: none */
};

/* No padding in what follows: it is part of a state, and states are compared byte by byte. */

/* A translation that the tables no longer offer. */
struct model_held {
	uint64_t word;
	uint32_t marks; /* enum model_mark */
	uint32_t page;	/* first page number it covers */
	uint16_t dying; /* CPUs whose broadcast covers it and is not complete */
	int16_t index;	/* of the entry it was read from */
	int8_t frame;	/* ... in this frame */
	int8_t space;
	uint8_t level;	      /* of that entry; above 0 it leads to a table, or maps a large page */
	uint8_t parts;	      /* of a path, or a group of entries: which of HARDWARE_PARTS are still held */
	uint8_t kinds;	      /* 1: data TLB, 2: instruction TLB; or MODEL_FILLED (device.h) */
	bool replaced;	      /* its entry went on to another page without a break */
	bool flying;	      /* invalidated; an access by it is still under way (model_config.in_flight) */
	uint8_t id;	      /* model_cpu.id when it was read */
	uint32_t passed_over; /* marks of operations: an invalidation of theirs has come and did not cover it */
};
_Static_assert(sizeof(struct model_held) == 32, "no padding");

struct model_store {
	uint64_t word;	/* what walkers may still see */
	uint32_t marks; /* of that; enum model_mark */
	int16_t frame, index;
};
_Static_assert(sizeof(struct model_store) == 16, "no padding");

struct model_call {
	void (*fn)(void *);
	void *arg;
	intptr_t sender; /* the agent */
	intptr_t gone;	 /* .arg lay on the sender's stack, in a function that has returned since */
};

/* A lock was released while stores were in flight: whoever takes it next sees them. Forgotten when they are out. */
struct model_release {
	const void *lock;
	uint32_t stores; /* how many of those in flight, from the oldest, were made before it */
	uint32_t shared; /* by a reader: only a writer waits for it */
};
_Static_assert(sizeof(struct model_release) == 16, "no padding");

enum model_irq {
	MODEL_IRQ_ON,
	MODEL_IRQ_OFF,
	MODEL_IN_HANDLER,
};

/* Zero: it never was. */
enum model_attached {
	MODEL_ATTACHED = 1,
	MODEL_DETACHED,
};

struct model_cpu {
	int8_t space;			/* loaded; -1: none */
	uint8_t id;			/* under which; 0: an id that is the space's own */
	uint8_t under[1 + MACHINE_IDS]; /* of each id: spaces of which something may be held under it */
	uint8_t nr_held;
	uint8_t nr_stores;
	int64_t running;		   /* object: 1 + the thread that runs, if several share this CPU */
	uint16_t waits[MODEL_SHARERS + 1]; /* what its scheduler looks at: .running, and what each thread waits for */
	uint8_t threads;		   /* C: that share it */
	bool ran;			   /* .running has made a step since it was switched in */
	uint8_t refill;			   /* 1 + the table that a handler of misses has come to; 0: none */
	uint8_t attached;		   /* of a device: enum model_attached */
	uint8_t ats;			   /* ... it has an ATC */
	uint8_t stalled;		   /* ... enum model_stalled */
	int64_t irq;			   /* object: enum model_irq */
	int64_t calls;			   /* object: outstanding */
	int64_t buffer;			   /* object: .stores; read to find it empty, written to change it */
	int64_t use;			   /* object: what accesses read and invalidations change */
	uint8_t nr_queued;
	struct model_call queue[MODEL_CALLS]; /* sorted; the rest is zero */
	struct model_store stores[MODEL_IN_FLIGHT];
	uint8_t nr_releases;
	struct model_release releases[MODEL_RELEASES]; /* sorted; the rest is zero */
	struct model_held
		held[MODEL_HELD]; /* in the order of tlb.c:before(), whatever order they came in; the rest is zero */
};

/* One address of one space that the scenario names. */
struct model_watch {
	int8_t space;
	bool invalidated; /* counted, see model_config.counts */
	uint32_t page;
	uint32_t mapped;      /* object: that it comes to be mapped */
	uint32_t revoked;     /* object: which of its mappings are MODEL_REVOKED */
	uint32_t passed_over; /* object: .passed_over of what is held of it, as broadcasts leave it */
	uint32_t
		lines; /* object: 1 + frame: a data cache has what was stored there by this address, and has not written it back */
};

/* What counts as one flush: interrupts and what they invalidate, together with what the sender invalidates itself meanwhile. */
enum model_interrupted {
	MODEL_NOBODY,
	MODEL_SENT,    /* others were, and nothing was invalidated yet */
	MODEL_COUNTED, /* ... and something was */
};

/* What a thread has said of its next access: zero whenever another agent runs. */
struct model_next {
	const void *word; /* machine_wait(); NULL: does not wait */
	int64_t value;
	uint8_t bytes, compare;
	uint8_t note; /* machine_note(): 1 + what; 0: nothing */
	uint8_t cpu;  /* whose */
	bool or_interrupt;
	bool for_answers; /* ... would end it, were interrupts off */
};

/*
 * A volatile or plain store that the compiler has told: made by the code under test itself, after the machine was told. Zero
 * whenever another agent runs.
 */
struct model_stored {
	uint64_t *word; /* the first that it changes, in whole words; NULL: none */
	size_t words;
};

/* The word of a volatile access, until model_settle(). Zero whenever another agent runs. */
struct model_shown {
	uint64_t real; /* what memory has; shown is what was read */
	uint8_t place; /* 1 + it; 0: none */
	uint8_t stores;
	uint8_t unused[6];
};

struct model_agent {
	struct model_next next;
	struct model_stored stored;
	struct model_shown shown;
	uint8_t cpu;
	bool is_thread, handling;
	bool moves;	     /* it may be moved, and has not been */
	uint8_t to;	     /* C: and then runs there */
	bool anywhere;	     /* it runs on no CPU in particular: .cpu says nothing */
	uint8_t interrupted; /* enum model_interrupted */
	int8_t serves;	     /* 1 + the agent whose interrupt it handles; 0: none */
	bool ended;
	bool takes_rights; /* what its operation promises is of rights: model_promise_rights() */
	uint64_t holds;	   /* locks, as bits (order.c) */
	uint64_t live;	   /* words on the timeline that it may still read old, one bit each */
	uint8_t operation; /* how many of its program's it has begun */
	uint8_t irq_depth, spin_depth;
	uint8_t turn;			 /* which of the threads of its CPU, from 1 */
	uint8_t turns[MACHINE_MAX_CPUS]; /* C: the same, of each CPU that it may come to; 0: of no other */
	uint8_t compare;		 /* what a thread on a shared CPU waits for, besides its turn */
	uint16_t object;
	int32_t operand;
	uint32_t upgrades; /* object: in its operation an entry has come to allow more (device.c) */
	void *current;
	const machine_pte *broke; /* the entry that its operation has cleared last, where that is asked for; or NULL */
	uint64_t broken;	  /* ... and what it led to; or 0 */
	uintptr_t lent;	 /* the lowest argument of a call on this agent's stack that somebody may still use; 0: none */
	uintptr_t asked; /* the argument of the call that is being handled, if it lies on the sender's stack; else 0 */
	uintptr_t gone;	 /* .asked, once the function that had it has returned */
};

struct model_state {
	void *kernel_data;
	uint64_t *ram; /* C: all frames, one behind the other */
	struct model_frame frames[MACHINE_MAX_FRAMES];
	struct model_agent agents[AGENT_MAX_AGENTS + 1]; /* the last: setting up */
	struct model_watch watches[MODEL_WATCHES];
	int8_t roots[MODEL_SPACES];
	uint8_t nr_watches, nr_spaces;
	uint8_t kernel; /* C: 1 + the space of the kernel's own mappings; 0: it has none */
	uint8_t owners; /* agents that share the fresh frames */
	int8_t first_fresh;
	bool knows_live;			  /* model_agent.live */
	int64_t freed;				  /* object: frames given back */
	int64_t shared;				  /* object: which tables stand in two places */
	uint32_t flushes, ipis, notified, unused; /* counted, see model_config.counts */
	struct weak *late;			  /* NULL: no word of the code under test has to be weak */
	struct races *races;			  /* NULL: nobody watches for data races yet */
	struct before *before;			  /* likewise */
	struct model_cpu cpus[];		  /* as many as the scenario has */
};

struct model_state *model_state(void);

/* What such a function keeps on its stack is gone when it returns, instead of staying in its caller's frame, a part of the state. */
#define MODEL_OUT_OF_LINE __attribute__((noinline))

/*
 * First in a function that the code under test calls: when it returns, what its callees have kept on the stack is zero. The
 * next functions of the code under test put their frames there, and what they leave uninitialised is a part of the state: it
 * must not tell what the machine has looked at.
 */
#define MODEL_LEAVES_NOTHING __attribute__((cleanup(model_wipe), unused)) const uint64_t model_left = 0
void model_wipe(const uint64_t *left);

/* ---- setting a world up ---- */

void model_boot(const struct model_config *config); /* fresh arena, no agents */
const struct model_config *model_config(void);
int model_add_watch(const struct machine_space *space, unsigned long page);
int model_find_watch(int space, unsigned int page);
bool model_refuses(void); /* called by the code under test: subject_setup.refused */
/* From here on machine calls outside agents act as this CPU and thread. */
void model_set_up_as(unsigned int cpu, void *current);
int model_spawn_thread(unsigned int cpu, void (*body)(void *), void *arg);
void model_let_move(int agent, unsigned int to); /* once; no other thread is on that CPU, nor on the agent's */
void model_may_come(
	int agent,
	unsigned int cpu); /* by model_move_to(); it is one of the threads of that CPU, too, from the start */
/*
 * The running thread goes on on that CPU, in its turn if others are there; nothing if it is there. Also while the world is set up.
 * Context: of its program, between two calls of the code under test.
 */
void model_move_to(unsigned int cpu);
void model_thread_begins(void);		 /* first thing a thread does */
void model_thread_ends(void);		 /* last thing a thread does */
void model_start(void);			 /* last: handlers, the kernel's daemon, counters at zero */
void model_set_doing(const char *doing); /* the running thread: its next operation, or NULL */
int model_space_number(const struct machine_space *space);
struct machine_space *model_kernel_space(void); /* NULL: the kernel has no mappings of its own */
unsigned int model_view(
	void); /* the CPU whose stores and loads the running agent's are; one more than there are: no CPU's in particular */
bool model_in_order(void); /* the memory of this machine */
int model_spawn_daemon(void (*body)(void *), void *arg, unsigned int cpu, bool handling);

/* ---- operations of scenarios that no kernel has ---- */

void model_prefetch(unsigned int page); /* by the running thread: hardware may walk to it */
/*
 * The running thread's operation promises that mappings which are there now, of these watches, are unusable when it returns.
 * What it keeps of that, when it returns, is @kept, a part of what it has promised; the rest is as if it were never promised.
 */
void model_promise(uint64_t watches);
void model_promise_kept(uint64_t promised, uint64_t kept);
/*
 * The same of an operation after which mappings are used for less: of @no_stores none for stores, of @no_fetches none for instructions. An entry
 * that is given such a right again, by whomever, is another mapping.
 */
void model_promise_rights(uint64_t watches);
void model_rights_kept(uint64_t promised, uint64_t no_stores, uint64_t no_fetches);
uint32_t model_rights_marks(void); /* of agents that have promised rights */

/* ---- inside the model ---- */

struct model_agent *model_me(void);
struct model_cpu *model_this_cpu(void);
void model_set_irqs(bool off); /* in a step: of the running thread, which holds them off no other way */
void model_step_here(void);
void model_move_now(void);

/* The running thread, to where it goes on with what it has called for. */
static inline void model_may_move(void)
{
	if (model_me()->moves)
		model_move_now();
}

void model_scheduler(void *cpu); /* an agent's body */
/* A step of an agent that is no thread, or of a thread whose @ready says that it is not suspended. */
void model_step_until(bool (*ready)(const void *arg), const void *arg, const uint16_t *objects, unsigned int nr);
bool model_has_turn(
	const struct model_agent *agent); /* a thread's CPU is in no interrupt, and it is the one that runs */
bool model_is_suspended(const struct model_cpu *cpu); /* by a handler, all of its threads */
void model_step_waiting(const void *object, enum agent_compare compare, int32_t operand);
void model_touch_at(const void *object, unsigned int op, int32_t value);
bool model_is_unwalked(uint64_t word);	    /* a leaf that hardware has to make young before it is used */
uint64_t model_walked_ahead(uint64_t word); /* ... as it may have become, just before it changed unseen */
void model_entry_visible(int frame, int index, const struct model_store *old, uint64_t word);
void model_drain(unsigned int cpu);			  /* its stores in flight become visible, all of them */
void model_drain_some(unsigned int cpu, unsigned int nr); /* the @nr oldest, which are there */
bool model_walks_follow(uint64_t old);			  /* to what has replaced it, once loads find that */
void model_hand_over(unsigned int cpu, unsigned int nr);  /* of these, what an acquire makes visible to walks */
/* How many of its oldest stores, of the @before that were made before, a release of the CPU is about. */
unsigned int model_stores_released(const struct model_cpu *cpu, const void *lock, unsigned int before);
bool model_takes_turns(const struct model_agent *me); /* does it share its CPU with other threads? */
void model_locked(const void *lock, bool shared);
void model_released(const void *lock, bool shared);
void model_order_volatile(const void *word, bool write);
void model_drain_released(unsigned int from, const void *lock);
void model_barrier(void);
void model_step_serialising(void);
_Noreturn void model_panic(const char *what); /* machine_panic(), where the code under test is in a call or an access */
void model_called_from(const void *pc);	      /* by the code under test */
#define MODEL_CALLER __builtin_return_address(0)
void model_fence(void);
int model_frame_of(const void *entry);	       /* of model_frame.words */
uint64_t *model_entry_word(const void *entry); /* in memory; NULL: it is no entry */
/* An atomic access of the code under test. */
struct model_access {
	enum seam_op op;
	int order; /* seam_orders() */
	void *word;
	unsigned int size;
	uint64_t operand, expected;
	struct model_next next;
	int place;     /* late.h */
	bool to_table; /* an entry */
	uint64_t before, after;
};
void model_access_step(struct model_access *access);
bool model_would_meet(const struct model_next *next, uint64_t value, unsigned int bytes);
void model_tell_access(const struct model_access *access);
bool model_access_changes(const struct model_access *access);
bool model_access_is_locked(const struct model_access *access);
bool model_is_in_frame(const void *word);
bool model_is_entry(
	const void *word); /* of a frame: is it one that hardware may walk, or could until it was given back? */
void model_entry_access(struct model_access *access); /* ... which makes its own step */
/* A store of the code under test has left its CPU. @by_change: whoever made it was told what the word was. */
void model_entry_left(const void *word, uint64_t value, bool by_change);
void model_empty_table(int frame);
bool model_may_be_unmade(int frame); /* a table that was made by an agent */
bool model_is_made(int frame);
bool model_is_unmade_word(const void *object);		   /* model_frame.unmade, of some frame */
bool model_perform(struct model_access *access);	   /* True: it can be seen from here on */
void model_page_access(const struct model_access *access); /* of another word of a frame, behind the access */
bool model_has_present(const void *p, size_t n);
void model_absent_seen(const void *p);
void model_walked(int frame, int index, bool store); /* a walk writes accessed, and dirty */
void model_page_touched(const void *p, bool write);
void model_frame_read(const uint64_t *word);
void model_hook_root(int frame, int space);
void model_frame_stored(uint64_t *word); /* the code under test has stored to it */
void model_look_at_tables(void);	 /* ... to any of them, while the world is set up */
bool model_is_in_live_table(const void *word);
/*
 * shared.c: words that are accessed both plainly and atomically. Plain accesses to them are told to the explorer, so that both orders
 * of a plain and an atomic one are looked at. Another word may be taken for one.
 */
void model_forget_shared(void);			  /* another program: nothing is known of its words */
void model_begin_shared(void);			  /* a world is set up, with what has been learned */
void model_accessed_atomically(const void *word); /* by an agent, or while the world is set up */
bool model_is_shared(const void *word);		  /* asked when an agent accesses it plainly */
/* All that is known of them, as MODEL_SHARED_SETS words: to be joined with another process's, or kept. */
uint64_t *model_shared_sets(void);
bool model_learned_shared(void); /* words that were not known to be shared: explore again, if nothing was found */
/* The same, of who accesses a word, and under which locks: for before.h. Kinds of accesses are these, or-ed. */
enum model_meets {
	MODEL_MEETS_WRITE = 1,
	MODEL_MEETS_ATOMIC = 2,
};
struct model_held_locks { /* a bit each */
	uint64_t any, writing;
};
bool model_watches(void);					    /* any word at all, in this search */
bool model_is_watched(unsigned int word);			    /* in this search; by its class */
bool model_is_watched_alike(unsigned int word, unsigned int other); /* by the same agents, in the same ways */
void model_use_shared(void);   /* a search begins, with what has been learned and no more */
void model_go_on_shared(void); /* ... or goes on, that has been kept */
bool model_learned_data(void); /* more than it began with: explore again, if nothing was found */
void model_learn_access(const void *p, size_t n, unsigned int kind, const struct model_held_locks *held);
uint32_t model_who_meets(const void *word, unsigned int kind); /* agents that may conflict with such an access */
uint64_t model_lock_bit(const void *lock, bool make);	       /* 0: it has none */
/* Rules that were asked for since model_forget_shared(). Without others a search is the same, step by step. */
struct machine_rules model_asked(void);
void model_asks(unsigned int rule);
void model_breaks_lock(uint64_t lock); /* what is done under it may be open to others */
/* order.c: what comes behind what, for delays.h. */
void model_note_site(const void *pc, const void *word); /* of the step that comes next */
uintptr_t
model_comes_to_step(uintptr_t instead); /* before it; @instead: a place, if none was said. Keep the result ... */
void model_makes_step(uintptr_t site);	/* ... for this, behind it */
void model_note_start(void);		/* the first thing in an agent */
void model_note_entry(void);		/* a handler's interrupt begins */
void model_note_return(void);		/* ... is over */
void model_note_fence(unsigned int order);
void model_note_context(
	void); /* an exception, or the return from one: walks that were made come before what is behind it (R4) */
void model_note_leaving(void);
void model_note_access(const struct model_access *access, const void *pc);
void model_note_making(const uint32_t *word);
void model_note_walk(const void *word, unsigned int bytes, bool writes, bool faults);
void model_note_use(const uint64_t *word, bool writes); /* by a program */
void model_note_plain(const void *p, size_t n);		/* a read, of a page */
void model_note_given_back(const uint64_t *word);
bool model_is_fixed(const void *word);
unsigned int model_view_order(enum seam_order order);
unsigned int model_access_order(const struct model_access *access);	   /* as it was made */
unsigned int model_access_order_wanted(const struct model_access *access); /* if it is made */
/* The running agent is in a function whose frame begins at @frame: those below it that lent their variables are over. */
void model_took_back(uintptr_t frame);
void model_handle_calls(void *cpu); /* the body of a CPU's handler of interrupts */
void model_land(void);		    /* the running CPU has made an access: what it had under way is over */
/* cache.c: @watch below 0 is nobody's. */
void model_line_used(int watch, enum machine_access how, uint32_t marks, int frame);
void model_line_left(int watch, uint32_t marks, const machine_pte *entry);
uint32_t model_my_mark(void); /* of the running agent's operation; a world being set up has one as well */
void model_settle(void);      /* what the running agent has stored itself is known from here on */
bool model_spaces_match(const struct model_cpu *cpu, int space);
/* Does the CPU use translations of @space now: is it loaded, or are they not told from those of the one that is? */
bool model_uses_space(const struct model_cpu *cpu, int space);
bool model_uses_held(const struct model_cpu *cpu, const struct model_held *held);
/* Whose tables translate the page for the CPU; -1: nobody's. */
int model_space_for(const struct model_cpu *cpu, unsigned int page);
bool model_is_kernels(int space); /* global, and so every CPU's */
/*
 * Changes the marks of every translation of a watched page, or of every one that leads to a frame, wherever it is: those in
 * @clear go, those in @set come. @having: only of those that have one of these; @rights: that give one of these, of the bits of
 * words; 0: of all.
 */
struct model_marking {
	int watch, frame; /* one of them; the other is -1 */
	uint32_t having, clear, set;
	uint64_t rights;
};
void model_mark(const struct model_marking *marking);
void model_drop_held(struct model_cpu *cpu, unsigned int nr);
/* Do the tables, as walks may see them, lead programs' stores to the page to that frame? */
bool model_offers(int space, unsigned int page, int frame);
void model_check_walkers(int table);
/* The entry of an invalidation into what the CPU of that number holds: dying, as @by says (model_held.dying); and it is complete. */
void model_begin_dying(unsigned int cpu, const struct machine_invalidation *inv, uint16_t by);
void model_drop_dying(struct model_cpu *cpu, uint16_t by, bool early);
void model_forget_entry(int frame, int index, machine_cpus_t cpus); /* on these, at once */

/* ---- memory, geometry, and what words say (ram.c) ---- */

const struct machine_format *model_format(void);
unsigned int model_entries(void);				 /* of a table */
unsigned long model_level_pages(unsigned int level);		 /* that one entry of the level covers */
unsigned int model_index(unsigned int page, unsigned int level); /* of the entry for @page in a table of @level */
unsigned int model_frames(void);
uint64_t *model_make_ram(void);
void model_name_globals(void);	       /* as parts of the state */
uint64_t *model_ram(int frame);	       /* its words */
int model_ram_frame(const void *word); /* whose word it is; MACHINE_NO_FRAME: none's */
bool model_is_mine(int frame);	       /* fresh, and the running agent's */
void model_need_frame(int frame);      /* the code under test names it: a contract, if there is none of that number */
int model_pte_frame(uint64_t word);
/*
 * What the word of memory says in a table of @level: MACHINE_PTE bits, and what it takes away. What is not in every
 * format stands above all that a small entry says, so that software may use what hardware does not look at.
 */
#define MODEL_NO_READ  (1ull << 56)
#define MODEL_NO_USER  (1ull << 57)
#define MODEL_NO_WRITE (1ull << 58)
#define MODEL_NO_EXEC  (1ull << 59)
#define MODEL_WALKED   (MACHINE_PTE_ACCESSED | MACHINE_PTE_DIRTY) /* written by walks */
#define MODEL_TAKEN    (MODEL_NO_USER | MODEL_NO_WRITE | MODEL_NO_EXEC)
uint64_t model_says(unsigned int level, uint64_t word);
uint64_t model_touched(unsigned int level, uint64_t word, bool store); /* the word of memory, after a walk */

#endif
