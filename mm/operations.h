/* SPDX-License-Identifier: MIT */
/* operations.h - the table of operations, and what its functions share with the rest of the subject. */
#ifndef MM_OPERATIONS_H
#define MM_OPERATIONS_H

#include <shootdown/subject.h>

struct mm_struct;
struct page;
struct vm_area_struct;

extern const struct subject_operation subject_operations[]; /* ended by a row without a form */
extern const struct subject_use subject_uses[];		    /* ended by a row without a name */

/* What nobody will give back; leaks.c. */
void audit_leaks(struct subject_audit *to);

/* anon_audit.c, file_audit.c */
void audit_anon(struct subject_audit *to);
void audit_files(struct subject_audit *to);
/* The kernel is about to write to a page that it has a reference to. Whether others see it is asked at once, as the reference may be gone at the end. */
void note_kernel_write(const struct page *page);
/* What is mapped behind the end of its file, or with more rights than its VMA has; beyond.c. */
void audit_beyond(struct subject_audit *to);
uint64_t word_at(const struct mm_struct *mm, unsigned long address);

/* names.c */
bool subject_name_address(const void *address, struct subject_text *to);
bool subject_name_frame(int frame, struct subject_text *to);
struct subject_part subject_role(const void *address);

/* What enum subject_prot says, as enum vm_flags. */
unsigned int vm_rights_of(unsigned int prot);

/* Map @nr as the scenario declares it, in @space, whatever became of an earlier one; not linked. */
struct vm_area_struct *subject_vma(int space, int nr);

#endif
