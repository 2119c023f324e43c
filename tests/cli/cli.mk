# The command line as its user has it: what it refuses, what it writes, replays that are exact, runs that are interrupted.
TESTS_ONCE += $(addprefix tests/cli/,commands.sh options.sh outputs.sh interrupt.sh shard.sh checkpoint.sh sweep.sh ranks.sh cluster.sh)
TESTS_FIRST += $(addprefix tests/cli/,ranks.sh interrupt.sh commands.sh checkpoint.sh)
# What a step is, the compiler decides with.
TESTS += tests/cli/replay.sh

# What is installed and given away works where it lands.
TESTS += tests/cli/install.sh
tests/cli/install.sh: $(BUILD)/shootdown
