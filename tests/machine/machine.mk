# The model machine without a kernel: what it may hold, and what an invalidation takes, by the facts of a row.
TESTS += $(addprefix $(BUILD)/tests/machine/,held)
