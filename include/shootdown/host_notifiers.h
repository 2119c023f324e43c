/* SPDX-License-Identifier: MIT */
/*
 * host_notifiers.h - the rest of the host interface (host.h), for kernels that tell subscribers what happens to page tables: hooks 48 to 54.
 *
 * A host that has such subscribers brings all of them, and says so in its header by `#define shootdown_notifiers shootdown_notifiers`. Without, nobody
 * can register, mmu_notifier.h has nothing for subscribers, and what it has for the mm costs nothing.
 *
 * What a hook does not say is as in host.h: any context, spinlocks held; does not sleep; orders nothing.
 */
#ifndef SHOOTDOWN_HOST_NOTIFIERS_H
#define SHOOTDOWN_HOST_NOTIFIERS_H

#include <shootdown/host.h>

#ifdef shootdown_notifiers

#ifdef __cplusplus
extern "C" {
#endif

struct mmu_notifiers;

/* ---- all hooks, by number ---- */
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#endif
/* clang-format off */

/*
 * 48: room for what the library keeps of who has registered in @mm: all zero at first, the same in every call, and there as long as the memory of
 * @mm. NULL: no memory. Context: thread, no lock held; may sleep. Two may ask at the same time.
 */
struct mmu_notifiers *(shootdown_notifiers)(struct tlb_mm *mm);

/*
 * 49: the memory of @mm, and of 48, stays until as many drops as grabs. Context: of a grab, somebody keeps a user of @mm; of a drop, as of the
 * callback of 52. Order: what was done before a drop comes before the end.
 */
void (shootdown_mm_grab)(struct tlb_mm *mm);
void (shootdown_mm_drop)(struct tlb_mm *mm);

/*
 * 50: take every lock under any of which a bracket of @mm may be open: the mmap lock, for writing, and that of each reverse map through which its
 * entries can be found. 0; else they are not taken, and the number, less than 0, is what registration says: MMU_NOTIFIER_INVALID if the
 * last user of @mm has gone.
 * Context: thread, none of these held; sleeps.
 * Order:   as a lock's, acquire and release.
 */
int (shootdown_mm_lock_all)(struct tlb_mm *mm);
void (shootdown_mm_unlock_all)(struct tlb_mm *mm);

/*
 * 51: a section in which subscriptions that are found stay; these nest, and the caller may sleep inside. What the one returns the other gets.
 * Order:   that of 52.
 */
int (shootdown_notifier_read_lock)(void);
void (shootdown_notifier_read_unlock)(int section);

/*
 * 52: until every section of 51 that there is now has ended; and fn(@rcu) when they have, as 29 does for walkers.
 * Context: of the first, thread, in no section, may sleep; of the second, any, and it must not fail. fn does not sleep.
 * Order:   what was done in those sections is done before, and who begins one later sees what the caller stored.
 */
void (shootdown_notifier_synchronize)(void);
void (shootdown_notifier_call)(shootdown_rcu_t *rcu, void (*fn)(shootdown_rcu_t *rcu));

/*
 * 53: a spinlock of @mm. Held for a few instructions, and for one look at each interval that comes or goes. No interrupt handler takes it.
 * Order:   as a lock's, acquire and release.
 */
void (shootdown_notifier_lock)(struct tlb_mm *mm);
void (shootdown_notifier_unlock)(struct tlb_mm *mm);

/*
 * 54: sleep until @word does not read @value, or for less, for any reason: the library looks again, under 53. And: whoever sleeps for a word of @mm
 * looks at it, now or later; what the caller stored before is not missed.
 * Context: of the wait, thread, no spinlock held.
 */
void (shootdown_notifier_wait)(struct tlb_mm *mm, const unsigned long *word, unsigned long value);
void (shootdown_notifier_wake)(struct tlb_mm *mm);

/* clang-format on */
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif

#endif
