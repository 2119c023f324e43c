# A stranger's mm: built from an installed checker alone, in a folder of its own.
TESTS += tests/own-mm/own-mm.sh
TESTS_FIRST += tests/own-mm/own-mm.sh
tests/own-mm/own-mm.sh: $(BUILD)/shootdown $(BUILD)/libshootdown-check.a

.PHONY: own-mm
own-mm: tests/own-mm/own-mm.sh
	BUILD=$(BUILD) CC=$(CC) $<
