/* SPDX-License-Identifier: MIT */
/* The stack switch on x86-64: System V calling convention, rbx rbp r12-r15 belong to the callee. */
#if defined(__x86_64__)
	.text
	.globl	explore_fiber_switch
	.type	explore_fiber_switch, @function
	.p2align 4
explore_fiber_switch:
	.cfi_startproc
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	.cfi_def_cfa_offset 8
	/* Whoever goes on may push what is here to align its stack: nothing of the one who was here before. */
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	ret
	.cfi_endproc
	.size	explore_fiber_switch, . - explore_fiber_switch

	.globl	explore_fiber_entry
	.type	explore_fiber_entry, @function
explore_fiber_entry:
	.cfi_startproc
	.cfi_undefined rip		/* a backtrace ends here */
	movq	%r12, %rdi
	callq	*%r13
	ud2
	.cfi_endproc
	.size	explore_fiber_entry, . - explore_fiber_entry
#endif
	.section .note.GNU-stack, "", %progbits
