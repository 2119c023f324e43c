/* SPDX-License-Identifier: MIT */
/* The stack switch on AArch64: AAPCS64, x19-x30 and d8-d15 belong to the callee. */
#if defined(__aarch64__)
	.text
	.globl	explore_fiber_switch
	.type	explore_fiber_switch, %function
	.p2align 4
explore_fiber_switch:
	stp	x29, x30, [sp, #-160]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mov	x2, sp
	str	x2, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x29, x30, [sp], #160
	/* Whoever goes on may store what is here: nothing of the one who was here before. */
	mov	x0, xzr
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	mov	x5, xzr
	mov	x6, xzr
	mov	x7, xzr
	mov	x8, xzr
	mov	x9, xzr
	mov	x10, xzr
	mov	x11, xzr
	mov	x12, xzr
	mov	x13, xzr
	mov	x14, xzr
	mov	x15, xzr
	mov	x16, xzr
	mov	x17, xzr
	ret
	.size	explore_fiber_switch, . - explore_fiber_switch

	.globl	explore_fiber_entry
	.type	explore_fiber_entry, %function
explore_fiber_entry:
	mov	x0, x19
	blr	x20
	brk	#1
	.size	explore_fiber_entry, . - explore_fiber_entry
#endif
	.section .note.GNU-stack, "", %progbits
