# Scenarios of calls that the reference mm has no use for: its checker, with another table of operations.
TESTS_ONCE += tests/calls/calls.sh
tests/calls/calls.sh: $(BUILD)/tests/calls/shootdown

$(BUILD)/tests/calls/shootdown: $(BUILD)/check/main.o $(BUILD)/seen/tests/calls/operations.o \
		$(BUILD)/seen/tests/calls/merge.o $(BUILD)/tests/calls/rows.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS)
