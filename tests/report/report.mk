# What a user sees. These tests need the reports alone, not the checker around them.
TESTS_report := $(addprefix $(BUILD)/tests/report/,report formats)
TESTS += $(TESTS_report)
OBJ_report := $(call obj,$(SRC_report) tests/report/sample.c)

$(TESTS_report): %: %.o $(OBJ_report)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(TEST_LIBS)
