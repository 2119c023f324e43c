/* SPDX-License-Identifier: MIT */
/*
 * counters.pml - the programs over plain counters that our explorer is measured with (tests/explore/programs.c), for SPIN.
 *
 * A step there is a step here: one access, or one atomic operation. What a program does between two accesses has no step of
 * its own, so it stands in the atomic block of the access before it.
 *
 *	-DPROGRAM=1	ticket: N threads take a ticket lock R times and add one to a counter
 *	-DPROGRAM=2	ainc: N threads add one to a counter in one step, R times, and read it each time
 *	-DPROGRAM=3	fib: two threads add each other's number to their own, R times
 */
#ifndef N
#define N 3
#endif
#ifndef R
#define R 4
#endif

int a, b, c;

#if PROGRAM == 1
#define next a
#define serving b
#define counter c
proctype thread(byte me)
{
	byte i;
	int ticket, value;

	do
	:: atomic { i < R -> ticket = next; next++; i++ };
	   serving == ticket;
	   value = counter;
	   atomic { counter = value + 1; value = 0 };
	   atomic { serving = ticket + 1; ticket = 0 }
	:: i == R -> break
	od
}
#elif PROGRAM == 2
proctype thread(byte me)
{
	byte i;
	int seen;

	do
	:: atomic { i < R -> a++; i++ };
	   seen = a
	:: i == R -> break
	od
}
#else
proctype thread(byte me)
{
	byte i;
	int value, own;

	do
	:: atomic { i < R -> i++; if :: me == 0 -> value = b :: else -> value = a fi };
	   if :: me == 0 -> own = a :: else -> own = b fi;
	   atomic {
		if :: me == 0 -> a = own + value :: else -> b = own + value fi;
		own = 0;
		value = 0
	   }
	:: i == R -> break
	od
}
#endif

init
{
	byte i;

	atomic {
#if PROGRAM == 3
		a = 1;
		b = 1;
#endif
		do
		:: i < N -> run thread(i); i++
		:: i == N -> break
		od
	}
}
