# The compiler as the seam for memory: what each compiler tells, what the objects may have in them, places in the source,
# data races.
include script/shootdown-check.mk
TESTS += $(addprefix $(BUILD)/tests/seam/,lines races order seen told-O1 told-O2 told-Os globals) tests/seam/objects.sh

# As the code under test is built: the return address of a call that became a jump would be its caller's.
$(BUILD)/tests/seam/lines.o: CFLAGS += -fno-optimize-sibling-calls

# ---- what the compiler tells: one file, as code under test and as any other ----

SEAM_LEVELS := O1 O2 Os
SEAM_CFLAGS = -std=c11 $(WARN) -g -I. -Iinclude -MMD -MP

$(SEAM_LEVELS:%=$(BUILD)/tests/seam/accesses-told-%.o): $(BUILD)/tests/seam/accesses-told-%.o: tests/seam/accesses.c
	@mkdir -p $(@D)
	$(CC) $(SEAM_CFLAGS) -$* $(CHECK_CFLAGS) -DACCESSES=told_accesses -c -o $@ $<
$(SEAM_LEVELS:%=$(BUILD)/tests/seam/accesses-plain-%.o): $(BUILD)/tests/seam/accesses-plain-%.o: tests/seam/accesses.c
	@mkdir -p $(@D)
	$(CC) $(SEAM_CFLAGS) -$* -DACCESSES=plain_accesses -c -o $@ $<
$(SEAM_LEVELS:%=$(BUILD)/tests/seam/accesses-%-subject.o): CHECK_ALLOW = local_escapes give*
$(SEAM_LEVELS:%=$(BUILD)/tests/seam/accesses-%-subject.o): $(BUILD)/tests/seam/accesses-%-subject.o: \
		$(BUILD)/tests/seam/accesses-told-%.o
	$(call CHECK_SUBJECT,$@,$^)
$(SEAM_LEVELS:%=$(BUILD)/tests/seam/told-%.o): $(BUILD)/tests/seam/told-%.o: tests/seam/told.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DLEVEL=$(subst s,S,$*) -c -o $@ $<
$(SEAM_LEVELS:%=$(BUILD)/tests/seam/told-%): $(BUILD)/tests/seam/told-%: $(BUILD)/tests/seam/told-%.o $(BUILD)/tests/seam/accesses-%-subject.o \
		$(BUILD)/tests/seam/accesses-plain-%.o $(BUILD)/machine/model/entry_points.o
	$(LINK) $(CHECK_LDFLAGS) -o $@ $^ $(TEST_LIBS)

# ---- its globals: two files that are one subject ----

$(BUILD)/tests/seam/globals_one.o $(BUILD)/tests/seam/globals_two.o: $(BUILD)/tests/seam/globals_%.o: tests/seam/globals_%.c
	@mkdir -p $(@D)
	$(CC) $(SEAM_CFLAGS) -O2 -fdata-sections $(CHECK_CFLAGS) -c -o $@ $<
$(BUILD)/tests/seam/globals-subject.o: $(BUILD)/tests/seam/globals_one.o $(BUILD)/tests/seam/globals_two.o
	$(call CHECK_SUBJECT,$@,$^)
$(BUILD)/tests/seam/globals: $(BUILD)/tests/seam/globals.o $(BUILD)/tests/seam/globals-subject.o \
		$(BUILD)/machine/model/entry_points.o
	$(LINK) $(CHECK_LDFLAGS) -o $@ $^ $(TEST_LIBS)

# ---- open sets, in a world that is the test's own ----

$(BUILD)/tests/seam/races: $(BUILD)/tests/seam/races.o $(BUILD)/machine/model/races.o
	$(LINK) -o $@ $^ -lcmocka

# ---- each way to order accesses, on the model machine ----

$(BUILD)/tests/seam/order_agents.o: ALL_CFLAGS += $(CHECK_CFLAGS)
$(BUILD)/tests/seam/order: $(BUILD)/tests/seam/order.o $(BUILD)/tests/seam/order_agents.o $(BUILD)/libcheck.a
	$(LINK) -o $@ $^ $(TEST_LIBS)

# ---- our own code, compared with what was told ----

$(BUILD)/tests/seam/seen: $(BUILD)/tests/seam/seen.o $(BUILD)/tests/machine/bound.o $(BUILD)/libcheck.a
	$(LINK) -o $@ $^ $(TEST_LIBS)
