# What `shootdown count` counts: no timing, so it may run on any machine.
TESTS += tests/count/count.sh
tests/count/count.sh: $(BUILD)/shootdown
