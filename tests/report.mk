# What a user sees. These tests need the reports alone, not the checker around them.
TESTS += $(BUILD)/tests/report $(BUILD)/tests/report_formats
OBJ_report := $(call obj,$(wildcard check/report*.c) tests/report_sample.c)

$(BUILD)/tests/report $(BUILD)/tests/report_formats: %: %.o $(OBJ_report)
	$(CC) $(CFLAGS) -o $@ $^ $(TEST_LIBS)
