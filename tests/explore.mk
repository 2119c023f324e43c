# The step engine and the explorer alone: linked with nothing but themselves, which shows that they know no TLBs, no vm/
# and no litmus files.
OBJ_explore := $(call obj,machine/model/core.c machine/model/fiber.c $(wildcard machine/model/fiber_*.S) \
	$(wildcard check/explore*.c))
OBJ_programs := $(call obj,tests/programs.c tests/explore_generated.c)
TESTS_explore := explore_core explore_counts explore_search explore_reduction
TESTS += $(TESTS_explore:%=$(BUILD)/tests/%)

$(TESTS_explore:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(OBJ_programs) $(OBJ_explore)
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka
