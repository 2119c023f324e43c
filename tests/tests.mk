# How a test is built, and `make test`, which runs all of them.
#
# A test is an executable that prints cmocka's summary or "N passed, N failed"; it runs in the top directory with
# BUILD and CC in its environment. Each folder's own tests/FOLDER/FOLDER.mk adds to
#
#	TESTS		run with every compiler:	TESTS += $(BUILD)/tests/gather
#	TESTS_ONCE	with one compiler: it reads sources, or does not depend on what the other makes of them
#						TESTS_ONCE += tests/tree/layers.sh
#	TESTS_ALONE	in one of these, and run with nothing beside it: threads that wait for each other, which others
#			would hold up for many times what they take
#	TESTS_FIRST	in one of these, and long, on one CPU: begun first, so that all CPUs are busy to the end
#	TESTS_LAST	in one of these, and long, on as many CPUs as there are: at the end
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

TESTS_ALL = $(TESTS) $(TESTS_ONCE)
TESTS_ORDERED = $(filter $(TESTS_ALL),$(TESTS_FIRST)) $(filter-out $(TESTS_FIRST) $(TESTS_LAST),$(TESTS_ALL)) \
	$(filter $(TESTS_ALL),$(TESTS_LAST))

run-tests:
	@BUILD='$(BUILD)' CC='$(CC)' ALONE='$(TESTS_ALONE)' script/run-tests $(BROKEN) $(TESTS_ORDERED)

# A test that does not compile must not hide what the others say.
test:
	@$(MAKE) --no-print-directory -k all tests && broken= || broken=--broken; \
	$(MAKE) --no-print-directory run-tests BROKEN=$$broken
