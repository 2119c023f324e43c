/* SPDX-License-Identifier: MIT */
/*
 * races.h - data races between the plain accesses of the code under test (property data-race).
 *
 * A plain access is no step: what an agent does between two of its steps happens at once, and nobody sees the middle of it.
 * That is right for a program only if no other agent could have been there, which is what is watched here.
 *
 * The open set of an agent is the bytes that it has read and written by plain accesses since its CPU last *released*: since
 * it last did something that orders what it did before for whoever sees it (a release store, an atomic change with release,
 * a fence, an interrupt sent ...). An access, plain or atomic, that meets bytes of another agent's open set is a data
 * race, unless both only read. The argument:
 *
 *  R1. No false alarm. What is in an open set has been followed by no release of its CPU, so nothing that another CPU does can be
 *      ordered behind it: the two accesses are unordered, in whatever order they came.
 *  R2. Whether there is a race is a function of the state: the open sets are part of it. Two paths to one state find the
 *      same races from there on, so the second need not be followed. (Clocks would not do: they are history, and a state
 *      that was visited is not visited again to learn what another past knows.)
 *  R3. None is missed that can happen side by side. Suppose some execution, interleaved access by access, makes two
 *      conflicting accesses one directly after the other, a of A and b of B. Let A and B each have done the step that
 *      a and b follow, and no more. a and b do not depend on each other, so there is an execution step by step in which both
 *      steps are done, and neither agent has done its next one. A release is part of a step, so neither set was closed
 *      since: whichever came second met the other. For that, a release must begin with a step of its own:
 *      races_release() is called behind model_step_here(), and never at the end of one.
 *      Reduction does not change that, as a search that leaves out executions visits each state all the same; but
 *      the race has to be looked for in the state where the two meet (explore_options.stop_on), as a release that
 *      follows may be believed to commute with the access.
 *  R4. Not met here is what can happen one after the other only, because a relaxed access told so: B reads a flag without acquire that
 *      A has stored with release, or A has released something else before it stored a flag without. B is not ordered then,
 *      but the set is closed. Those are for before.h. Atomic accesses are in no set; one that races with a plain access is found in
 *      the execution in which the plain one comes first, or there.
 *
 * Agents of one CPU follow each other. A handler, or a thread that the CPU was switched to, comes between any two accesses of a
 * thread; so those of a thread that may be interrupted, or preempted, race with them like any other. What it did
 * with interrupts off, or preemption off, does not; and a release by one thread is one of that, too.
 *
 *  R5. Steps of two agents that can both come next close no set of each other's, or the order of the two would decide what is
 *      open behind them, and a search would have to try both. So a handler, which runs beside the thread that it interrupts, releases
 *      only what it did itself, and a thread what threads did. Turning interrupts on releases what was done with interrupts
 *      off: that is what interrupts wait for. A handler's next interrupt begins anew. And of other threads of
 *      its CPU a thread releases what they did with interrupts or preemption off: what they did otherwise they might not
 *      have done yet when they were preempted.
 *  R6. A grace period closes no set: whoever was in a section has released with its end, and whoever was in none, and still has an open
 *      set, may as well have made the access when the callbacks ran.
 *
 * What nobody else can point to is in no set: the memory of the checker, locals that the compiler does not tell. An agent's own
 * stack is watched only as long as the frame is there.
 */
#ifndef MODEL_RACES_H
#define MODEL_RACES_H

#include <stdbool.h>
#include <stddef.h>

enum {
	RACES_MOST = 512, /* accesses in an open set */
};

struct races; /* of a world: in its state */

/* Context: last thing in the set-up of a world, when all agents are there. From here on accesses are watched. */
void races_start(void);

/*
 * races_plain, races_atomic - an access by the running agent to [@p, @p + @n), made in the code under test before @pc.
 *
 * Context: on the agent's stack; outside of agents, and in a world that has not started, they do nothing. A plain one enters
 *          the agent's open set. @n > 0.
 */
void races_plain(const void *p, size_t n, bool write, const void *pc);
void races_atomic(const void *p, size_t n, bool write, const void *pc);

/*
 * races_release - what the running agent did before its present step is ordered before what others do after it.
 *
 * Context: at the beginning of a step, before the accesses that belong to it. For release stores and atomic changes with
 *          release, fences with release, sending an interrupt, handing memory or a callback to somebody else.
 */
void races_release(void);

/* races_step - the running agent is about to wait for its next step: frames of its stack below the caller's are gone. */
void races_step(void);

/* races_open_here - would races_release() close anything? Then it is seen by others, and needs a step. */
bool races_open_here(void);

#endif
