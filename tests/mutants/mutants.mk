# Wrong orders, each applied to a copy of the tree and built there: their heads, and a sample that changes by date.
TESTS_ONCE += tests/tree/mutants.sh tests/mutants/run.sh
TESTS_LAST += tests/mutants/run.sh

# All of them, for some minutes.
.PHONY: mutants
mutants: $(BUILD)/shootdown $(LIB_TESTS:%=$(BUILD)/tests/lib/%)
	@BUILD='$(BUILD)' CC='$(CC)' tests/mutants/run.sh --all
