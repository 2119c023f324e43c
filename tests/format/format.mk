# Page-table formats: words made by hand from the manuals, and round trips.
TESTS += $(BUILD)/tests/format/format
$(BUILD)/tests/format/format: $(BUILD)/tests/format/format.o $(BUILD)/machine/format.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka $(LDLIBS)
