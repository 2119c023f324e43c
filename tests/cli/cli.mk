# The command line as its user has it: what it refuses, what it writes, replays that are exact, runs that are interrupted.
TESTS += tests/cli/commands.sh tests/cli/options.sh tests/cli/outputs.sh tests/cli/replay.sh tests/cli/interrupt.sh
TESTS += tests/cli/shard.sh tests/cli/checkpoint.sh tests/cli/sweep.sh tests/cli/ranks.sh
TESTS_ONCE += tests/cli/cluster.sh

# What is installed and given away works where it lands.
TESTS += tests/cli/install.sh
tests/cli/install.sh: $(BUILD)/shootdown
