/* SPDX-License-Identifier: MIT */
/*
 * output.c - files and standard output, of which every byte arrives or the user is told.
 *
 * A file is written under another name and renamed when it is complete, so a reader finds the old report or the whole new
 * one, also when the program is killed on the way. What is printed goes to memory first: then printing cannot fail, and all
 * errors are found in one place, where the text is written. A place that cannot be written is refused when it is opened,
 * before anything is explored.
 */
#include "check/output.h"

#include "check/cli.h"
#include "check/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard(const struct output *output)
{
	return !strcmp(output->path, "-");
}

/*
 * A reader that has left is no news: the program ends as others do in a pipe, by SIGPIPE and without a word.
 * The first error is kept: output_close() must not report success after it, nor say it again.
 */
static bool complain(struct output *output, int error)
{
	assert(error > 0);
	output->error = error;
	if (error != EPIPE || !is_standard(output))
		fprintf(stderr, "shootdown: %s: %s\n", is_standard(output) ? "standard output" : output->path,
			strerror(error));
	return false;
}

/* A stream in memory never fails but for want of memory, so no printing has to be checked. */
static void open_stream(struct output *output)
{
	assert(!output->stream && output->fd >= 0);
	output->stream = open_memstream(&output->text, &output->size);
	if (!output->stream)
		explore_out_of_memory();
}

/* ---- where to write ---- */

/*
 * The file behind a symbolic link: replacing the link itself would leave that file as it was. A path whose
 * file does not exist yet has no real path; it is taken as it is.
 */
static char *place_of(const char *path)
{
	char *place = realpath(path, NULL);

	return place ? place : memory_print("%s", path);
}

/*
 * The mode that the file has, or that open() would give it. The mask can only be read by setting it. No other
 * thread makes a file in between, as there is none.
 */
static mode_t mode_for(const struct stat *old)
{
	mode_t mask;

	if (old)
		return old->st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/*
 * Beside the target, because rename() does not lead from one file system to another. The dot hides it from
 * patterns. The right to write is that of the target: a file that is protected shall not be replaced only because
 * its folder is not.
 *
 * mkostemp() makes a name that nobody else has, so two runs that write one report do not mix: the later one
 * stands in the end.
 */
static bool open_temporary(struct output *output, const struct stat *old)
{
	const char *slash = strrchr(output->target, '/');
	int directory = slash ? (int)(slash - output->target + 1) : 0;

	assert(output->target && !output->temporary);
	if (old && access(output->target, W_OK))
		return complain(output, errno);
	output->temporary = memory_print("%.*s.%s.XXXXXX", directory, output->target, output->target + directory);
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd < 0) {
		int error = errno;

		free(output->temporary);
		output->temporary = NULL;
		return complain(output, error);
	}
	/* Without the right to change the mode, the file is still there to be read by its owner. */
	(void)!fchmod(output->fd, mode_for(old));
	return true;
}

/*
 * Devices and pipes are written where they stand: nobody would look for a report in a file that replaced /dev/stdout.
 */
static bool open_target(struct output *output)
{
	struct stat old;

	if (stat(output->target, &old)) {
		if (errno != ENOENT)
			return complain(output, errno);
		return open_temporary(output, NULL);
	}
	if (S_ISREG(old.st_mode))
		return open_temporary(output, &old);
	output->fd = open(output->target, O_WRONLY | O_CLOEXEC);
	return output->fd >= 0 || complain(output, errno);
}

/*
 * A standard output that is closed is found here, and not after an hour of exploring. A descriptor that is
 * open for reading only is what output_standard_streams() puts there for one that was closed.
 */
static bool open_standard(struct output *output)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	output->fd = STDOUT_FILENO;
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return complain(output, EBADF);
	return true;
}

bool output_open(struct output *output, const char *path)
{
	assert(output && path);
	*output = (struct output){ .path = path, .fd = -1 };
	if (!is_standard(output)) {
		output->target = place_of(path);
		if (!open_target(output)) {
			free(output->target);
			return false;
		}
	} else if (!open_standard(output)) {
		return false;
	}
	open_stream(output);
	return true;
}

/* ---- writing ---- */

/* Returns errno of what failed, or 0. A signal that interrupts is no failure. */
static int write_all(int fd, const char *text, size_t size)
{
	assert(fd >= 0 && (text || !size));
	while (size) {
		ssize_t done = write(fd, text, size);

		if (done < 0 && errno != EINTR)
			return errno;
		if (done > 0) {
			text += done;
			size -= (size_t)done;
		}
	}
	return 0;
}

/*
 * Writes what the stream holds, and closes the stream. After an error nothing more is written: a reader would
 * get the middle of a report without its beginning.
 */
static bool drain(struct output *output)
{
	int error = 0;

	assert(output->stream && output->fd >= 0);
	if (fclose(output->stream))
		explore_out_of_memory();
	output->stream = NULL;
	if (!output->error)
		error = write_all(output->fd, output->text, output->size);
	free(output->text);
	output->text = NULL;
	if (error)
		return complain(output, error);
	return !output->error;
}

/* The stream begins anew, as what has been written is not to be written again. */
bool output_flush(struct output *output)
{
	bool good;

	assert(output->stream);
	good = drain(output);
	open_stream(output);
	return good;
}

/*
 * The temporary file goes, unless it has become the target. After rename() there is no temporary file any
 * more, and the field is NULL.
 */
static void forget(struct output *output)
{
	if (output->temporary)
		unlink(output->temporary);
	free(output->temporary);
	free(output->target);
	output->temporary = output->target = NULL;
}

/* The name changes last, after all that can fail: until then the old file stands. */
bool output_close(struct output *output)
{
	bool good = true;

	if (!output->stream)
		return true;
	good = drain(output);
	/* Some file systems find out only now that there was no room. */
	if (!is_standard(output) && close(output->fd) && good)
		good = complain(output, errno);
	if (good && output->temporary) {
		if (rename(output->temporary, output->target)) {
			good = complain(output, errno);
		} else {
			free(output->temporary);
			output->temporary = NULL;
		}
	}
	forget(output);
	return good;
}

/* Nothing is written: what there is belongs to a run that did not begin. */
void output_discard(struct output *output)
{
	if (!output->stream)
		return;
	if (fclose(output->stream))
		explore_out_of_memory();
	free(output->text);
	output->stream = NULL;
	if (!is_standard(output))
		close(output->fd);
	forget(output);
}

/* ---- the standard streams ---- */

/*
 * For what the C library printed, as argp does for --help: our own output does not go through stdout. _exit(),
 * as this runs in exit() already.
 */
static void close_stdout(void)
{
	bool failed = ferror(stdout);

	if (!fclose(stdout) && !failed)
		return;
	if (errno == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	fprintf(stderr, "shootdown: standard output: %s\n", strerror(errno));
	_exit(EXIT_TROUBLE);
}

void output_standard_streams(void)
{
	int fd;

	/* Opened for reading only, a stand-in for standard output refuses what is written to it, as a closed one does. */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	/* A write to a pipe without a reader shall be an error that is handled, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	if (atexit(close_stdout))
		explore_out_of_memory();
}
