# The model machine: what it may hold, and what an invalidation takes, by the facts of a row; its agents; and whether what
# it says to the explorer is true.
TESTS += $(addprefix $(BUILD)/tests/machine/,held agents limits)
TESTS_ONCE += $(BUILD)/tests/machine/independence tests/machine/counts.sh tests/machine/limits.sh
