# The model machine: what it may hold, and what an invalidation takes, by the facts of a row; its agents; its limits; and
# whether what it says to the explorer is true.
TESTS += $(addprefix $(BUILD)/tests/machine/,held agents limits canonical independence)
TESTS_ONCE += tests/machine/counts.sh tests/machine/limits.sh

# Their agents are code under test.
$(BUILD)/tests/machine/%.o: ALL_CFLAGS += $(CHECK_CFLAGS)
