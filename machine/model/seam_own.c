/* SPDX-License-Identifier: MIT */
/* seam_own.c - what the machine itself writes to its state is told to the core. Not compiled as what it hears of. */
#include <machine/model/seam.h>

#include <explore/agent.h>

/* What agent_log() has left in the register of results, how much has changed, would be returned by functions that return nothing. */
int seam_own_write(const void *p, size_t n)
{
	agent_log(p, n);
	return 0;
}
