# The model machine: what it may hold, and what an invalidation takes, by the facts of a row; its agents; its limits; and
# whether what it says to the explorer is true.
TESTS += $(addprefix $(BUILD)/tests/machine/,held agents limits canonical cycles told formats orders settle)
TESTS_ONCE += $(BUILD)/tests/machine/independence $(BUILD)/tests/machine/changes tests/machine/counts.sh tests/machine/limits.sh

TESTS_FIRST += $(BUILD)/tests/machine/independence

# Their agents are code under test.
$(addprefix $(BUILD)/tests/machine/,agents.o changes.o held.o limits.o canonical.o): ALL_CFLAGS += $(CHECK_CFLAGS)

$(BUILD)/tests/machine/settle: $(BUILD)/tests/machine/settle.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -Wl,--wrap=weak_settle -o $@ $^ $(TEST_LIBS)

OBJ_oracle := $(call obj,$(addprefix tests/machine/,bound.c oracle.c generate.c))
$(BUILD)/tests/machine/independence $(BUILD)/tests/machine/told: %: %.o $(OBJ_oracle) $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(TEST_LIBS)

# Every state of every scenario that is shipped, and of many made by chance: for some minutes.
.PHONY: prove
prove: $(BUILD)/tests/machine/independence
	$< --all
