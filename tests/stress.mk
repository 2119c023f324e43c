# The reference VM on threads: as it is, and under the sanitizers, each with objects of its own. ThreadSanitizer is
# clang's, as gcc's does not know fences.
SRC_stress := $(SRC_lib) $(SRC_vm) $(SRC_threads) $(wildcard tests/stress*.c)
STRESS_CC  ?= clang
TESTS      += $(BUILD)/tests/stress
TESTS_ONCE += $(BUILD)/tests/stress-tsan $(BUILD)/tests/stress-asan

STRESS_tsan := -O1 -fsanitize=thread -DSTRESS_OPERATIONS=4000 -DSTRESS_WITHOUT_RULES=0
STRESS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DSTRESS_OPERATIONS=8000 \
	-DSTRESS_WITHOUT_RULES=0

$(BUILD)/tests/stress: $(call obj,$(SRC_stress))
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka -pthread

$(BUILD)/tests/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) $(HOST) $(STRESS_tsan) -c -o $@ $<
$(BUILD)/tests/stress-tsan: $(patsubst %.c,$(BUILD)/tests/tsan/%.o,$(SRC_stress))
	$(STRESS_CC) $(CFLAGS) $(STRESS_tsan) -o $@ $^ -lcmocka -pthread

$(BUILD)/tests/asan/%.o: %.c
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) $(HOST) $(STRESS_asan) -c -o $@ $<
$(BUILD)/tests/stress-asan: $(patsubst %.c,$(BUILD)/tests/asan/%.o,$(SRC_stress))
	$(STRESS_CC) $(CFLAGS) $(STRESS_asan) -o $@ $^ -lcmocka -pthread
