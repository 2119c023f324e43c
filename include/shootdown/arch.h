/* SPDX-License-Identifier: MIT */
/*
 * arch.h - an architecture as data.
 *
 * Everything the library and the model machine need to know about an architecture stands in one constant of this type.
 * Its members are listed in facts.def, each with what it says and what goes wrong if it is set wrongly; docs/facts.md is
 * that list to read. Some are facts of the hardware, the others choices of the kernel, and arch/NAME.h has both for one
 * architecture: TLB_HARDWARE_NAME, and TLB_CHOICES_NAME as Linux made them. A kernel includes that header, and takes the
 * row as it is or makes the choices itself:
 *
 *	static const struct tlb_arch stock = TLB_ARCH_ROW(NAME);
 *	static const struct tlb_arch mine = {
 *		.name = "mine", TLB_HARDWARE_NAME, .merge_vmas = true, .ceiling = 64
 *	};
 *
 * A row that is visible as a static const is folded by the compiler: every test of
 * a fact goes away. The checker keeps all rows and picks one at run time. A test of a fact never becomes a test of a
 * name.
 */
#ifndef SHOOTDOWN_ARCH_H
#define SHOOTDOWN_ARCH_H

#include <stdbool.h>

/* How an invalidation reaches another CPU's TLB, from near to far. */
enum tlb_reach {
	TLB_REACH_IPI,	     /* software interrupts the CPU, which invalidates its own TLB */
	TLB_REACH_BROADCAST, /* one instruction reaches all; complete only after the issuer's barrier */
	TLB_REACH_ENTRY,     /* an entry is changed and invalidated everywhere by one instruction (IPTE) */
};

/* What an initialiser leaves out is false, 0 or IPI. C++ wants that in words. */
#ifdef __cplusplus
#define TLB_FACT_DEFAULT \
	{                \
	}
#else
#define TLB_FACT_DEFAULT
#endif

struct tlb_arch {
	const char *name;
#define TLB_FACT(kind, type, name, text, wrong, source) type name TLB_FACT_DEFAULT;
#include <shootdown/facts.def>
};

/* The initialiser of the row in arch/NAME.h, with the choices that Linux makes. */
#define TLB_ARCH_ROW(row)                                           \
	{                                                           \
		.name = #row, TLB_HARDWARE_##row, TLB_CHOICES_##row \
	}

/*
 * tlb_arch_check - does a row contradict itself?
 *
 * Context: any.
 * Locks:   none.
 * Order:   none.
 * Fails:   never: what is wrong is said, and the caller asserts that it is nothing.
 * After:   returns NULL, or what the first fact that contradicts another one needs, as a sentence of facts.def. A
 *          kernel asserts it once, at boot; for a row that is a constant nothing of it is left.
 * Source:  Linux arch/Kconfig: what the MMU_GATHER_* options select and depend on.
 */
static inline const char *tlb_arch_check(const struct tlb_arch *arch)
{
#define TLB_FACT_LAW(holds, sentence) \
	if (!(holds))                 \
		return sentence;
#include <shootdown/facts.def>
	return 0;
}

/* Each header of arch/ ends with this; arch/table.c makes its list of it. To others it is nothing. */
#define TLB_ARCH_DEF(row)

#endif
