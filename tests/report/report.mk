# What a user sees. These tests need the reports alone, not the checker around them.
TESTS_report := $(addprefix $(BUILD)/tests/report/,report timeline formats page schema)
TESTS += $(TESTS_report)
OBJ_report := $(call obj,$(SRC_report) tests/report/sample.c tests/report/markup.c)

$(TESTS_report): %: %.o $(OBJ_report)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(TEST_LIBS)
# ... but for the one that reads what the checker writes.
$(BUILD)/tests/report/schema: | $(BUILD)/shootdown
