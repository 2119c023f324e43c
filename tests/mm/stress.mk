# The reference mm on threads: as it is, and under the sanitizers, each with objects of its own. ThreadSanitizer is
# clang's, as gcc's does not know fences.
SRC_stress := $(SRC_lib) $(SRC_kernel) $(SRC_mm) $(SRC_threads) $(wildcard tests/mm/stress*.c)
STRESS_CC  ?= clang
TESTS      += $(BUILD)/tests/mm/stress
TESTS_ONCE += $(BUILD)/tests/mm/stress-tsan $(BUILD)/tests/mm/stress-asan
TESTS_ALONE += $(addprefix $(BUILD)/tests/mm/,stress stress-tsan stress-asan)

STRESS_tsan := -O1 -fsanitize=thread -DSTRESS_OPERATIONS=4000 -DSTRESS_WITHOUT_RULES=0
STRESS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DSTRESS_OPERATIONS=8000 \
	-DSTRESS_WITHOUT_RULES=0

$(BUILD)/tests/mm/stress: $(call obj,$(SRC_stress))
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka -pthread

$(BUILD)/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) $(HOST) $(STRESS_tsan) -c -o $@ $<
$(BUILD)/tests/mm/stress-tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(SRC_stress))
	@mkdir -p $(@D)
	$(STRESS_CC) $(CFLAGS) $(LDFLAGS) $(STRESS_tsan) -o $@ $^ -lcmocka -pthread

$(BUILD)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(STRESS_CC) $(ALL_CFLAGS) $(HOST) $(STRESS_asan) -c -o $@ $<
$(BUILD)/tests/mm/stress-asan: $(patsubst %.c,$(BUILD)/asan/%.o,$(SRC_stress))
	@mkdir -p $(@D)
	$(STRESS_CC) $(CFLAGS) $(LDFLAGS) $(STRESS_asan) -o $@ $^ -lcmocka -pthread
