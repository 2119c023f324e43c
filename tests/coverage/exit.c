/* SPDX-License-Identifier: MIT */
/*
 * exit.c - for `make coverage` alone: what a process has reached is written down also if it ends with _exit(), as the
 * checker's workers do. Linked in with --wrap=_exit.
 */
void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
