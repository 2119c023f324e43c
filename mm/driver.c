/* SPDX-License-Identifier: MIT */
/*
 * driver.c - a driver that maps pages of its own: no references, no map counts; it takes them out of every address
 * space itself and then does with them as it likes.
 *
 * Nothing but the zap stands between a page and its next use, so three things must hold when unmap_mapping_range() returns:
 * no fault maps the page again (.revoked, under the driver's lock, which a fault holds until its entry is set); every VMA
 * that has it was found (munmap takes a VMA out of the reverse map only after its flush); and no TLB has it (a gather that
 * finds an entry cleared flushes for the one that cleared it).
 */
#include <mm/mm.h>

/* Is the page a driver's, without a struct page? Never changes. */
bool driver_owns(const struct address_space *file, unsigned int index)
{
	return file->kind == FILE_PFN || (file->kind == FILE_MIXED && index % 2 == 0);
}

/* From here on faults on these pages fail; then the entries that there are go. */
void driver_unmap(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	shootdown_assert(first + nr <= mapping->nr_pages, "driver_unmap: pages of the file");
	down_write(&mapping->driver_lock);
	for (unsigned int i = first; i < first + nr; i++)
		mapping->revoked[i] = driver_owns(mapping, i);
	up_write(&mapping->driver_lock);
	unmap_mapping_range(mapping, first, nr);
}

/* Back to the allocator, to be anything next. The driver has unmapped them, or has nobody to blame but itself. */
void driver_free(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	shootdown_assert(first + nr <= mapping->nr_pages, "driver_free: pages of the file");
	for (unsigned int i = first; i < first + nr; i++) {
		int frame;

		if (!driver_owns(mapping, i))
			continue;
		down_write(&mapping->driver_lock);
		frame = mapping->frames[i];
		mapping->frames[i] = MACHINE_NO_FRAME;
		up_write(&mapping->driver_lock);
		if (frame != MACHINE_NO_FRAME)
			machine_frame_free(frame);
	}
}
