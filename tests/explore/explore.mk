# The step engine and the explorer alone: linked with nothing but themselves, which shows that they know no TLBs, no mm/
# and no litmus files.
OBJ_explore := $(call obj,$(SRC_explore))
OBJ_programs := $(call obj,tests/explore/programs.c tests/explore/generated.c)
TESTS_explore := $(addprefix $(BUILD)/tests/explore/,core order tree counts search reduction state states limits talk)
# Long, and about the search itself.
TESTS_explore_once := $(addprefix $(BUILD)/tests/explore/,counts reduction states)
TESTS += $(filter-out $(TESTS_explore_once),$(TESTS_explore))
TESTS_ONCE += $(TESTS_explore_once)
TESTS_FIRST += $(BUILD)/tests/explore/states $(BUILD)/tests/explore/reduction

$(TESTS_explore): %: %.o $(OBJ_programs) $(OBJ_explore)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(WRAPPED) -lcmocka
$(BUILD)/tests/explore/search: WRAPPED := -Wl,--wrap=explore_seconds_now
