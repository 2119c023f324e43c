# The checker as its user has it: commands, exit statuses, replays; and its verdicts against themselves.
TESTS += tests/cli/commands.sh tests/check/scenarios.sh
TESTS_ONCE += tests/check/agree.sh

# Another mm in place of ours: its object comes before the archive, so that nothing in mm/ is linked.
TESTS += tests/check/stranger.sh
tests/check/stranger.sh: $(BUILD)/tests/check/stranger
$(BUILD)/tests/check/stranger: $(BUILD)/tests/check/stranger.o $(BUILD)/check/main.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(CHECK_LIBS)
