# The law of the house, checked: directions of includes, lengths, globals, the books of rules; that each of these checks
# can fail; and what every shipped scenario expects.
TESTS_ONCE += tests/house-scenarios.sh
TESTS_ONCE += tests/house-rooms.sh tests/house-text.sh tests/house-rules.sh tests/house-breaks.sh tests/house-runner.sh
TESTS += tests/house-objects.sh
