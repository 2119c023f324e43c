/* SPDX-License-Identifier: MIT */
/*
 * driver.c - a driver that maps pages of its own: no references, no map counts; it takes them out of every address
 * space itself and then does with them as it likes.
 */
#include <mm/mm.h>

bool driver_owns(const struct address_space *file, unsigned int index)
{
	return file->kind == FILE_PFN || (file->kind == FILE_MIXED && index % 2 == 0);
}

/* From here on faults on these pages fail; then the entries that there are go. */
void driver_unmap(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	machine_down_write(&mapping->driver_lock);
	for (unsigned int i = first; i < first + nr; i++)
		mapping->revoked[i] = driver_owns(mapping, i);
	machine_up_write(&mapping->driver_lock);
	unmap_mapping_range(mapping, first, nr);
}

void driver_free(struct address_space *mapping, unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		int frame;

		if (!driver_owns(mapping, i))
			continue;
		machine_down_write(&mapping->driver_lock);
		frame = mapping->frames[i];
		mapping->frames[i] = MACHINE_NO_FRAME;
		machine_up_write(&mapping->driver_lock);
		if (frame != MACHINE_NO_FRAME)
			machine_frame_free(frame);
	}
}
