# shootdown: GNU make. `make` builds the checker, `make test` every test, `make bench` the measurements.
# Compiler: `make CC=clang BUILD=build-clang`.
CC      ?= cc
BUILD   ?= build
WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS  ?= -O2 -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -I. -Iinclude -MMD -MP
HOST    := -DSHOOTDOWN_HOST_HEADER='"mm/host.h"'

SRC_lib     := $(wildcard lib/*/*.c arch/*.c)
SRC_mm      := $(wildcard mm/*.c)
SRC_model   := $(wildcard machine/model/*.c)
SRC_threads := $(wildcard machine/threads/*.c)
SRC_explore := $(wildcard explore/*.c explore/*.S)
SRC_lang    := $(wildcard lang/*.c)
SRC_report  := $(wildcard report/*.c)
SRC_check   := $(filter-out check/main.c,$(wildcard check/*.c))

obj = $(patsubst %.S,$(BUILD)/%.o,$(patsubst %.c,$(BUILD)/%.o,$(1)))
OBJ_checker := $(call obj,$(SRC_lib) $(SRC_mm) $(SRC_model) $(SRC_explore) $(SRC_lang) $(SRC_report) $(SRC_check))
LITMUS      := $(sort $(wildcard litmus/*/*.litmus))

.PHONY: all clean test bench
all: $(BUILD)/shootdown

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HOST) -c -o $@ $<
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

$(BUILD)/libcheck.a: $(OBJ_checker)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/shootdown: $(BUILD)/check/main.o $(BUILD)/libcheck.a
	$(CC) $(CFLAGS) -o $@ $^ -lcjson

clean:
	rm -rf $(BUILD)

# Each folder of tests/ and bench/ brings its own rules.
include $(wildcard tests/*.mk tests/*/*.mk bench/*.mk)
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
