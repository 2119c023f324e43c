/* SPDX-License-Identifier: MIT */
/*
 * shootdown.pml - one page unmapped and freed while other CPUs use, leave and join its address space.
 *
 * What our checker is measured against: the same race, written by hand for SPIN. CPU 0 unmaps and frees; CPUs
 * 1 to N-1 use the page, leave the address space and come back. The hardware walker of each CPU is a process of
 * its own, because it fills the TLB ahead of the program, from whatever entry is valid at that moment. With
 * -DOWN_FILL the fill is the CPU's own read, and bug 5 is invisible.
 *
 *	-DN=3		CPUs
 *	-DBUG=1		the initiator does not wait for the answers
 *	-DBUG=2		it flushes before it clears the entry
 *	-DBUG=3		it frees before it flushes
 *	-DBUG=4		it reads the mask of CPUs before it clears the entry
 *	-DBUG=5		a CPU that joins sets its mask bit after it has loaded the root
 *	-DWITNESS=1	not a bug: fails when a CPU uses its TLB after the entry was cleared, which must be possible
 *	-DWITNESS=2	fails when the page is freed while somebody is in the address space, which must be possible
 *
 * Sequentially consistent: no store buffers. Interrupts are off in the bodies of join and leave, so an IPI is
 * answered before or after them.
 */
#ifndef N
#define N 3
#endif
#ifndef BUG
#define BUG 0
#endif
#ifndef WITNESS
#define WITNESS 0
#endif

#define BIT(cpu) (1 << (cpu))
#define ALL (BIT(N) - 1)

bool entry = true;		/* the page-table entry maps the page */
bool is_free;			/* the page is back with the allocator */
byte mask = ALL;		/* CPUs that may hold translations of this address space */
byte loaded = ALL;		/* CPUs whose walker reads its root */
byte tlb;			/* CPUs whose TLB holds the page */
byte asked;			/* CPUs with an IPI to answer */
byte unanswered;		/* IPIs not answered yet */

/* Fills whenever the root is loaded and the entry valid; a walk of one level is one step. */
proctype walker(byte cpu)
{
end:
	do
#ifndef OWN_FILL
	:: atomic { (loaded & BIT(cpu)) && entry && !(tlb & BIT(cpu)) -> tlb = tlb | BIT(cpu) }
#endif
	:: atomic { tlb & BIT(cpu) -> tlb = tlb & ~BIT(cpu) }
	od
}

inline use(cpu)
{
	assert(!is_free);
#if WITNESS == 1
	assert(entry);
#endif
}

/* The root goes first, and without address-space ids the translations with it: then nobody need interrupt us. */
inline leave(cpu)
{
	atomic {
		loaded = loaded & ~BIT(cpu);
		tlb = tlb & ~BIT(cpu)
	};
	mask = mask & ~BIT(cpu)
}

inline join(cpu)
{
#if BUG == 5
	loaded = loaded | BIT(cpu);
	mask = mask | BIT(cpu)
#else
	mask = mask | BIT(cpu);
	loaded = loaded | BIT(cpu)
#endif
}

proctype cpu(byte me)
{
end:
	do
#ifdef OWN_FILL
	:: atomic { (loaded & BIT(me)) && entry && !(tlb & BIT(me)) -> tlb = tlb | BIT(me) }
#endif
	:: atomic { tlb & BIT(me) -> use(me) }
	:: loaded & BIT(me) -> leave(me)
	:: !(loaded & BIT(me)) -> join(me)
	:: atomic {
		asked & BIT(me) ->
		asked = asked & ~BIT(me);
		tlb = tlb & ~BIT(me);
		unanswered--
	   }
	od
}

inline clear_entry()
{
	entry = false
}

inline read_mask()
{
	targets = mask & ~BIT(0)
}

/* The own TLB first, then one IPI a step, then the answers. */
inline flush()
{
	tlb = tlb & ~BIT(0);
	to = 1;
	do
	:: to < N && (targets & BIT(to)) ->
		atomic {
			asked = asked | BIT(to);
			unanswered++;
			to++
		}
	:: to < N && !(targets & BIT(to)) -> to++
	:: to == N -> break
	od;
#if BUG != 1
	unanswered == 0
#else
	skip
#endif
}

inline free_page()
{
	is_free = true;
#if WITNESS == 2
	assert(!(loaded & ~BIT(0)));
#endif
}

proctype unmap()
{
	byte targets, to;

#if BUG == 2
	read_mask(); flush(); clear_entry(); free_page()
#elif BUG == 3
	clear_entry(); read_mask(); free_page(); flush()
#elif BUG == 4
	read_mask(); clear_entry(); flush(); free_page()
#else
	clear_entry(); read_mask(); flush(); free_page()
#endif
}

init
{
	byte i;

	atomic {
		run unmap();
		run walker(0);
		i = 1;
		do
		:: i < N -> run cpu(i); run walker(i); i++
		:: i == N -> break
		od
	}
}
