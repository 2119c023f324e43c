/* SPDX-License-Identifier: MIT */
/*
 * rule.h - the switch that stands at every safety rule.
 *
 * RULE(name) is the constant 1 in a kernel. A host that wants to take rules away (the checker does, to show
 * what each is for) defines SHOOTDOWN_RULE(name) in its host header. rules.def has all names. It stands where the
 * rule acts and nowhere else; where one place is not enough, a comment at the second says why. A rule that is off
 * leaves something out and never does something else instead: the code shows the right program only. Programs with the
 * right steps in a wrong order are patches in tests/mutants/.
 */
#ifndef SHOOTDOWN_RULE_H
#define SHOOTDOWN_RULE_H

#include <shootdown/host.h>

#ifdef SHOOTDOWN_RULE
#define RULE(name) SHOOTDOWN_RULE(name)
#else
#define RULE(name) 1
#endif

#endif
