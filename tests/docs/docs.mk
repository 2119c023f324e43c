# What users read, held to the code; and docs/docs.mk, which makes what is generated there.
include docs/docs.mk
TESTS_ONCE += tests/docs/docs.sh
TESTS_FIRST += tests/docs/docs.sh
TESTS_ONCE += tests/docs/orders.sh

tests/docs/docs.sh: $(BUILD)/shootdown
