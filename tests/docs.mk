# What users read, held to the code; and docs/docs.mk, which makes what is generated there.
include docs/docs.mk
TESTS += tests/docs.sh

tests/docs.sh: $(BUILD)/shootdown
