# What `shootdown count` counts: no timing, so it may run on any machine.
TESTS_ONCE += tests/count/count.sh
tests/count/count.sh: $(BUILD)/shootdown
