/* SPDX-License-Identifier: MIT */
/* version.h - the version of the sources; of the library and the checker alike. */
#ifndef SHOOTDOWN_VERSION_H
#define SHOOTDOWN_VERSION_H

/* A host can ask with #if. MAJOR 0: the interface may change with MINOR. */
#define SHOOTDOWN_VERSION_MAJOR 0
#define SHOOTDOWN_VERSION_MINOR 2
#define SHOOTDOWN_VERSION_PATCH 0

/* "-dev": on the way to that version. */
#define SHOOTDOWN_VERSION "0.2.0-dev"

#endif
