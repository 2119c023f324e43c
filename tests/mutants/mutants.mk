# Wrong orders, each applied to a copy of the tree and built there.
TESTS_ONCE += tests/mutants/mutants.sh
