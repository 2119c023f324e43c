# The checker as its user has it: commands, exit statuses, replays; and its verdicts against themselves.
TESTS += tests/check/scenarios.sh
TESTS_ONCE += tests/check/agree.sh tests/check/searches.sh tests/check/rows.sh
TESTS_LAST += tests/check/agree.sh tests/check/searches.sh tests/check/rows.sh

# The search over states against that over traces: what each expectation of each scenario comes to, on every architecture.
.PHONY: agree
agree: all
	BUILD='$(BUILD)' tests/check/searches.sh --all

# Each scenario on each row; `make test` has one row of each.
.PHONY: rows
rows: all
	BUILD='$(BUILD)' tests/check/rows.sh --all

# Whether matrix covers all rules.
TESTS_ONCE += tests/check/matrix.sh
tests/check/matrix.sh: $(BUILD)/tests/calls/shootdown

# Another mm in place of ours: its object comes before the archive, so that nothing in mm/ is linked.
TESTS += tests/check/stranger.sh
tests/check/stranger.sh: $(BUILD)/tests/check/stranger
$(BUILD)/tests/check/stranger: $(BUILD)/tests/check/stranger.o $(BUILD)/check/main.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS)

# And one that is nothing but words.
TESTS += tests/check/words.sh
tests/check/words.sh: $(BUILD)/tests/check/words
$(BUILD)/tests/check/words: $(BUILD)/tests/check/words.o $(BUILD)/check/main.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS)

# And one that is plain data.
TESTS += tests/check/data.sh
tests/check/data.sh: $(BUILD)/tests/check/data
$(BUILD)/tests/check/data: $(BUILD)/tests/check/data.o $(BUILD)/check/main.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS)

# The whole checker under AddressSanitizer and UndefinedBehaviorSanitizer. Agents' stacks are copied away and back, which
# the sanitizer's red zones on stacks would take for an error; the heap, globals and arithmetic are what it watches here.
TESTS_ONCE += tests/check/sanitized.sh
# The code under test is compiled for the entry points, as ever: a file can have one sanitizer only.
SANITIZED := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -mllvm -asan-stack=0 -DMODEL_TOLD=false
OBJ_sanitized := $(filter $(BUILD)/seen/% $(BUILD)/counted.o,$(OBJ_checker)) \
	$(patsubst $(BUILD)/%,$(BUILD)/sanitized/%,$(filter-out $(BUILD)/seen/% $(BUILD)/counted.o,$(OBJ_checker)) $(BUILD)/check/main.o)

tests/check/sanitized.sh: $(BUILD)/sanitized/shootdown

$(BUILD)/sanitized/%.o: %.c
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) $(HOST) $(SANITIZED) -c -o $@ $<
$(BUILD)/sanitized/%.o: %.S
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/sanitized/check/rules.o: ALL_CFLAGS += -I$(BUILD)
$(BUILD)/sanitized/check/ranks_mpi.o: ALL_CFLAGS += $(MPI_CFLAGS)
$(BUILD)/sanitized/check/rules.o: $(BUILD)/rule_places.inc
$(BUILD)/sanitized/shootdown: $(OBJ_sanitized)
	$(STRESS_CC) $(CFLAGS) $(LDFLAGS) $(CHECK_LDFLAGS) -fsanitize=address,undefined -o $@ $^ $(CHECK_LIBS)

# Places in the source are the compiler's.
TESTS += $(BUILD)/tests/check/narrate
TESTS_FIRST += $(BUILD)/tests/check/narrate
$(BUILD)/tests/check/narrate: $(BUILD)/tests/check/narrate.o $(BUILD)/tests/check/shown.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(TEST_LIBS)

# Facts of an architecture, flipped: through the checker's own jobs.
TESTS_ONCE += $(BUILD)/tests/check/facts
$(BUILD)/tests/check/facts: $(BUILD)/tests/check/facts.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS) -lcmocka

# What the checker's own job asks the explorer for, counted.
TESTS_ONCE += $(BUILD)/tests/check/again
$(BUILD)/tests/check/again: $(BUILD)/tests/check/again.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -Wl,--wrap=explore -o $@ $^ $(CHECK_LIBS) -lcmocka

# What devices are told, beside what CPUs are.
TESTS_ONCE += $(BUILD)/tests/check/mirrored
$(BUILD)/tests/check/mirrored: $(BUILD)/tests/check/mirrored.o $(BUILD)/tests/check/one_more.o $(BUILD)/tests/machine/bound.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -Wl,--wrap=tlb_notify_upgrade,--wrap=tlb_notify_kernel_tables -Wl,--wrap=machine_invalidate_entry -o $@ $^ $(CHECK_LIBS) -lcmocka

# What is taken away, beside what subscribers are told.
TESTS_ONCE += $(BUILD)/tests/check/bracketed
$(BUILD)/tests/check/bracketed: $(BUILD)/tests/check/bracketed.o $(BUILD)/tests/check/one_more.o $(BUILD)/tests/machine/bound.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -Wl,--wrap=mmu_notifier_start,--wrap=mmu_notifier_end,--wrap=mmu_notifier_exit -o $@ $^ $(CHECK_LIBS) -lcmocka

# Rules that nobody asks for.
TESTS_ONCE += $(BUILD)/tests/check/asked
$(BUILD)/tests/check/asked: $(BUILD)/tests/check/asked.o $(BUILD)/tests/machine/bound.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS) -lcmocka

# Another list of rows in place of ours.
TESTS += tests/check/contradiction.sh
tests/check/contradiction.sh: $(BUILD)/tests/check/contradiction
$(BUILD)/tests/check/contradiction: $(BUILD)/tests/check/contradiction.o $(BUILD)/check/main.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS)

# Their agents are code under test.
$(BUILD)/tests/check/narrate.o $(BUILD)/tests/check/stranger.o $(BUILD)/tests/check/words.o $(BUILD)/tests/check/data.o: ALL_CFLAGS += $(CHECK_CFLAGS)
