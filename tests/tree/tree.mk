# The rules of the tree, checked: directions of includes, lengths, contracts, globals, the lists of rules; that each of these checks
# can fail; and what every shipped scenario expects.
TESTS += tests/tree/scenarios.sh
TESTS_LAST += tests/tree/scenarios.sh
TESTS_ONCE += tests/tree/layers.sh tests/tree/text.sh tests/tree/contracts.sh tests/tree/rules.sh tests/tree/breaks.sh tests/tree/runner.sh
TESTS += tests/tree/objects.sh
