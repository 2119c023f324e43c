# How a test is built, and `make test`, which runs all of them.
#
# A test is an executable that prints cmocka's summary or "N passed, N failed"; it runs in the top directory with
# BUILD and CC in its environment. Each folder's own tests/FOLDER/FOLDER.mk adds to
#
#	TESTS		run with every compiler:	TESTS += $(BUILD)/tests/gather
#	TESTS_ONCE	run once (reads sources, or long)	TESTS_ONCE += tests/tree/layers.sh
#
# tests/NAME.c becomes $(BUILD)/tests/NAME, linked with the checker and cmocka, by the pattern below; a
# test of another shape (another host header, another machine, another compiler) writes a rule of its own.
TEST_LIBS ?= -lcmocka $(CHECK_LIBS)

.PRECIOUS: $(BUILD)/tests/%.o
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(TEST_LIBS)

.PHONY: tests run-tests
# The lists are complete only after every *.mk was read, hence the second expansion.
.SECONDEXPANSION:
tests: $$(TESTS) $$(TESTS_ONCE) $$(filter $(BUILD)/%,$$(BENCHES))

run-tests:
	@BUILD='$(BUILD)' CC='$(CC)' script/run-tests $(BROKEN) $(TESTS) $(TESTS_ONCE)

# A test that does not compile must not hide what the others say.
test:
	@$(MAKE) --no-print-directory -k all tests && broken= || broken=--broken; \
	$(MAKE) --no-print-directory run-tests BROKEN=$$broken
