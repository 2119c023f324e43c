# shootdown: GNU make. `make` builds the checker, `make test` every test, `make bench` the measurements.
# Compiler: `make CC=clang BUILD=build-clang`. CPPFLAGS, CFLAGS, LDFLAGS and LDLIBS are yours. Warnings are errors only
# with WERROR=-Werror, as script/test builds: another compiler may know warnings that ours does not.
CC      ?= cc
BUILD   ?= build
WERROR  ?=
WARN    := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS  ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CPPFLAGS) $(CFLAGS) -I. -Iinclude -MMD -MP
LINK    = $(CC) $(CFLAGS) $(LDFLAGS) $(CHECK_LDFLAGS)
# MPI, for one exploration on many machines (docs/cluster.md): Open MPI's compiler, if there is one for the machine that CC is for.
# `make MPI=no` leaves it out.
machine_of = $(firstword $(subst -, ,$(shell $(1) -dumpmachine 2>/dev/null)))
ifndef MPI
MPI := $(if $(shell mpicc --showme:link 2>/dev/null),$(if $(filter $(call machine_of,mpicc),$(call machine_of,$(CC))),mpicc,no),no)
endif
ifneq ($(MPI),no)
MPI_CFLAGS := $(shell $(MPI) --showme:compile)
MPI_LIBS   := $(shell $(MPI) --showme:link)
endif
CHECK_LIBS = -lcjson -lunistring -lz -ldw $(MPI_LIBS) $(LDLIBS)
HOST    := -DSHOOTDOWN_HOST_HEADER='"mm/host.h"'

SRC_lib_only := $(wildcard lib/*/*.c)
SRC_lib     := $(SRC_lib_only) $(wildcard arch/*.c)
SRC_kernel  := $(wildcard kernel/*.c)
SRC_mm      := $(wildcard mm/*.c)
SRC_model   := $(wildcard machine/model/*.c) machine/format.c machine/hardware.c
SRC_threads := $(wildcard machine/threads/*.c) machine/hardware.c
SRC_count   := $(wildcard machine/count/*.c count/*.c) machine/hardware.c
SRC_explore := $(wildcard explore/*.c explore/*.S)
SRC_lang    := $(wildcard lang/*.c)
SRC_report  := $(wildcard report/*.c report/*.S)
SRC_check   := $(filter-out check/main.c $(if $(filter no,$(MPI)),check/ranks_mpi.c,check/ranks_none.c),$(wildcard check/*.c))

obj = $(patsubst %.S,$(BUILD)/%.o,$(patsubst %.c,$(BUILD)/%.o,$(1)))
# The code under test is compiled for the checker so that the compiler tells the machine of every access to memory; on
# threads the same sources run as they are.
include script/shootdown-check.mk
SRC_seen    := $(SRC_lib) $(SRC_kernel) $(SRC_mm)
OBJ_checker := $(SRC_seen:%.c=$(BUILD)/seen/%.o) $(BUILD)/counted.o \
	$(call obj,$(SRC_model) $(SRC_explore) $(SRC_lang) $(SRC_report) $(SRC_check))
LITMUS      := $(sort $(wildcard litmus/*/*.litmus))

.PHONY: all clean test check bench help
all: $(BUILD)/shootdown

# What other projects call it; there is a folder of that name.
check: test

help:
	@echo 'make              build the checker: $(BUILD)/shootdown'
	@echo 'make test         build and run every test with one compiler; make check is the same'
	@echo 'make test TESTS=$(BUILD)/tests/FOLDER/NAME TESTS_ONCE=    ... one test'
	@echo 'make agree        compare the two searches on every scenario'
	@echo 'make rows         every scenario on every row, also on those that it does not name: for half an hour'
	@echo 'make sweep        every two operations against each other, for a night; SWEEP=--triples'
	@echo 'make prove        try on every state of every scenario what the search leaves out: for some minutes'
	@echo 'make bench        run every measurement'
	@echo 'make install      PREFIX=/usr/local DESTDIR=; uninstall, dist, libshootdown.a: script/install.mk'
	@echo 'make docs         make again what is generated in docs/'
	@echo 'make clean        remove $(BUILD)/'
	@echo 'CC=clang BUILD=build-clang: another compiler, in another folder'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HOST) -c -o $@ $<
# An atomic counter of a coverage report would be an atomic access, and so a step.
TOLD_CFLAGS = $(filter-out -fprofile-update=%,$(ALL_CFLAGS)) $(CHECK_CFLAGS)
# Of the machine's own code only its writes matter, and a call in front of each read is what costs most: the sanitizer of addresses
# can leave reads alone.
OWN_TELLS_gcc = --param asan-instrument-reads=0 --param asan-instrumentation-with-call-threshold=0 --param asan-stack=0 \
	--param asan-globals=0
OWN_TELLS_clang = $(subst --param ,-mllvm -,$(OWN_TELLS_gcc)) -mllvm -asan-instrument-byval=0
OWN_CFLAGS = $(filter-out -fprofile-update=%,$(ALL_CFLAGS)) -fsanitize=kernel-address $(OWN_TELLS_$(CHECK_COMPILER)) $(CHECK_KEEPS)
$(BUILD)/seen/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(TOLD_CFLAGS) $(HOST) -c -o $@ $<
	$(CHECK_TOOLS)objcopy --redefine-syms=$(CHECK_DIR)/subject.syms $@
# The machine's state, and what a scenario's programs keep in it, is changed by the checker itself: that is told as well.
SRC_own     := $(filter-out %/entry_points.c %/races.c %/shared.c %/delays.c %/cycles.c %/ahead.c %/loose.c %/seam_own.c %/format.c %/hardware.c,$(SRC_model)) check/bind.c check/program.c check/stored.c check/synced.c \
	$(wildcard check/raw_*.c)
$(call obj,$(SRC_own)): $(BUILD)/%.o: %.c machine/model/own.syms
	@mkdir -p $(@D)
	$(CC) $(OWN_CFLAGS) $(HOST) -c -o $@ $<
	$(CHECK_TOOLS)objcopy --redefine-syms=machine/model/own.syms $@
# For `shootdown count` the same sources once more, as a kernel compiles them, for tables of 512 entries; in one object that shows
# nothing but what count/count.h has. Not what makes scenarios of them.
SRC_counted  := $(SRC_lib_only) $(SRC_kernel) $(filter-out mm/subject.c mm/names.c mm/operations.c mm/uses.c mm/beyond.c mm/leaks.c,$(SRC_mm)) $(SRC_count)
OBJ_counted  := $(SRC_counted:%.c=$(BUILD)/counted/%.o)
COUNT_SYMBOLS := count_workload count_policy count_ceiling count_workload_run
$(BUILD)/counted/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -flto%,$(ALL_CFLAGS)) -DMACHINE_GEOMETRY_HEADER='"machine/count/geometry.h"' $(HOST) -c -o $@ $<
$(BUILD)/counted.o: $(OBJ_counted)
	$(CHECK_TOOLS)ld -r -o $@.part $^
	$(CHECK_TOOLS)objcopy $(COUNT_SYMBOLS:%=--keep-global-symbol=%) $@.part
	mv $@.part $@
$(BUILD)/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Where each rule stands in the code, for `shootdown rules`.
$(BUILD)/rule_places.inc: $(SRC_lib) $(SRC_mm)
	@mkdir -p $(@D)
	awk '{ while (match($$0, /[^A-Z_]RULE\([a-z_]+\)/)) { name = substr($$0, RSTART + 6, RLENGTH - 7); \
	  print "{ \"" name "\", \"" FILENAME ":" FNR "\" },"; $$0 = substr($$0, RSTART + RLENGTH) } }' $^ >$@
$(BUILD)/check/rules.o: ALL_CFLAGS += -I$(BUILD)
$(BUILD)/check/rules.o: $(BUILD)/rule_places.inc

$(BUILD)/check/ranks_mpi.o: ALL_CFLAGS += $(MPI_CFLAGS)

# The page of an HTML report, its style sheet and its script stand in the program as they are in the tree.
$(BUILD)/report/assets.o: $(wildcard report/assets/*)

$(BUILD)/libcheck.a: $(OBJ_checker)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/shootdown: $(BUILD)/check/main.o $(BUILD)/libcheck.a
	$(LINK) -o $@ $^ $(CHECK_LIBS)

# Scenarios that nobody wrote, in pieces: started again it goes on. What is found is left in $(BUILD)/sweep/findings/, as
# scenarios. SWEEP has more options, or the numbers of some. Status 3, not all was explored, is no failure of a sweep.
SWEEP ?=
.PHONY: sweep
sweep: $(BUILD)/shootdown
	SHOOTDOWN=$(BUILD)/shootdown script/sweep $(BUILD)/sweep $(SWEEP) || [ $$? = 3 ]

# Which lines the tests reach, as a table and as build-coverage/coverage.html. Needs gcovr: script/bootstrap --coverage
COVERED_ONCE = $(subst $(BUILD)/,build-coverage/,$(filter tests/calls/% tests/cli/% tests/count/% tests/generations/% $(BUILD)/tests/explore/%,$(TESTS_ONCE)))
.PHONY: coverage
coverage:
	@mkdir -p build-coverage
	$(CC) -O1 -c -o build-coverage/exit.o tests/coverage/exit.c
	-$(MAKE) BUILD=build-coverage CFLAGS='-O1 -g --coverage' THREADED=-fprofile-update=atomic \
		LDFLAGS='-Wl,--wrap=_exit $(CURDIR)/build-coverage/exit.o' TESTS_ONCE='$(COVERED_ONCE)' test
	gcovr --root . --gcov-ignore-parse-errors --filter '(lib|arch|kernel|mm|machine|explore|lang|report|check)/' \
		--html-details build-coverage/coverage.html --txt - build-coverage
# What tests run on several threads counts with atomics; the search does not, as with them it takes five times as long.
$(call obj,$(SRC_lib) $(SRC_kernel) $(SRC_mm) $(SRC_threads)): ALL_CFLAGS += $(THREADED)

clean:
	rm -rf $(BUILD)

# Each folder of tests/ and bench/ brings its own rules.
include script/install.mk
include $(wildcard tests/*.mk tests/*/*.mk bench/*.mk)
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
