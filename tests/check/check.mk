# The checker as its user has it: commands, exit statuses, replays; and its verdicts against themselves.
TESTS += tests/cli/commands.sh
TESTS_ONCE += tests/check/agree.sh
TESTS += $(BUILD)/tests/check/narrate
