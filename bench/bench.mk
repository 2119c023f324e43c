# `make bench`: every measurement, one after the other, so that none disturbs another.
#
# A measurement is an executable that prints a table and says what it compares with what; it runs in the top directory
# with BUILD and CC in its environment and fails only if it could not measure. bench/<name>.mk adds to BENCHES:
#
#	BENCHES += $(BUILD)/bench/gather	built like a test (tests/tests.mk), with the rule below
#	BENCHES += bench/spin/run.sh		a script
BENCH_LIBS ?= $(CHECK_LIBS)

.PRECIOUS: $(BUILD)/bench/%.o
$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BUILD)/libcheck.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(BENCH_LIBS)

BENCHES += bench/size.sh bench/linux/run.sh bench/spin/run.sh bench/scenarios.sh

bench: all
	@$(MAKE) --no-print-directory run-benches

.PHONY: run-benches
.SECONDEXPANSION:
run-benches: $$(BENCHES)
	@failed=; \
	for bench in $(BENCHES); do \
		echo "== $$bench"; \
		BUILD='$(BUILD)' CC='$(CC)' $$bench || failed="$$failed $$bench"; \
	done; \
	[ -z "$$failed" ] || { echo "could not measure:$$failed"; exit 1; }
