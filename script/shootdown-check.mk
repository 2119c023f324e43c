# shootdown-check.mk: how code is built for the checker. GNU make; include it, and use
#
#	CHECK_CFLAGS		how each C file of the code under test is compiled, with $(CC), in addition to your own flags
#	CHECK_LDFLAGS		how the program is linked: never with -fsanitize=thread
#	$(call CHECK_SUBJECT,subject.o,objects)
#				the commands that make one object of them: its globals can be found, what the compiler calls by
#				itself goes to the checker, and it has nothing in it that the checker does not see
#
#	build/%.o: %.c
#		$(CC) $(CFLAGS) $(CHECK_CFLAGS) -c -o $@ $<
#	build/subject.o: $(OBJECTS)
#		$(call CHECK_SUBJECT,$@,$^)
#
# CC is gcc (12 or later) or clang (14 or later). The files beside this one belong to it. docs/seam.md says why each flag is
# there, and what the two compilers do not tell.
CHECK_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
CHECK_COMPILER := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),clang,gcc)

# What makes the compiler tell of accesses.
CHECK_TELLS_gcc = -fsanitize=thread -Wno-tsan --param tsan-distinguish-volatile=1 --param tsan-instrument-func-entry-exit=0
CHECK_TELLS_clang = -fsanitize=thread -mllvm -tsan-distinguish-volatile=1 -mllvm -tsan-instrument-func-entry-exit=0 \
	-mllvm -tsan-instrument-read-before-write=1 -fno-vectorize -fno-slp-vectorize -fno-unroll-loops

# gcc does not see that an atomic store which has become a call initialises what it is given.
CHECK_KEEPS_gcc = -Wno-uninitialized -Wno-maybe-uninitialized -ftrivial-auto-var-init=zero
CHECK_KEEPS_clang = -ftrivial-auto-var-init=zero -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang

# What an instruction set has to be told; the others need nothing.
CHECK_KEEPS_x86_64 = -mno-red-zone -fcf-protection=none

CHECK_MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
# What keeps calls what they are, and stacks the same in each execution: of all code that runs on an agent's.
CHECK_KEEPS = $(CHECK_KEEPS_$(CHECK_COMPILER)) $(CHECK_KEEPS_$(CHECK_MACHINE)) -fno-builtin -mgeneral-regs-only -fno-pie \
	-fno-stack-protector -fno-common -fno-optimize-sibling-calls -fno-inline -fasynchronous-unwind-tables \
	-include $(CHECK_DIR)/subject.h
CHECK_CFLAGS = $(CHECK_TELLS_$(CHECK_COMPILER)) $(CHECK_KEEPS)
CHECK_LDFLAGS = -no-pie

# For another instruction set: CHECK_TOOLS=aarch64-linux-gnu- in front of the tools' names. CHECK_ALLOW: patterns of functions that
# the code under test may take from outside, besides those in subject.allow.
CHECK_TOOLS ?=
CHECK_ALLOW ?=
define CHECK_SUBJECT
$(CHECK_TOOLS)ld -r -T $(CHECK_DIR)/subject.lds -o $(1).part $(2)
$(CHECK_TOOLS)objcopy --redefine-syms=$(CHECK_DIR)/subject.syms $(1).part
OBJDUMP=$(CHECK_TOOLS)objdump NM=$(CHECK_TOOLS)nm $(CHECK_DIR)/lint-object $(CHECK_ALLOW:%=--allow '%') $(1).part
mv $(1).part $(1)
endef
