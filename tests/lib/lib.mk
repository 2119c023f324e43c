# The library's own tests: the library and all rows, compiled against a host that writes down what it is asked.
# tests/lib/NAME.c of LIB_TESTS becomes $(BUILD)/tests/lib/NAME.
LIB_TESTS  := gather ranges batch entry_batch pending table flush generation asid attach secondary misuse names arch facts notifiers interval tree
LIB_SHARED := host world notify_host
LIB_HOST   := -DSHOOTDOWN_HOST_HEADER='"tests/lib/host.h"'
LIB_OBJ    := $(patsubst %.c,$(BUILD)/recorded/%.o,$(SRC_lib) $(LIB_SHARED:%=tests/lib/%.c))

TESTS += $(LIB_TESTS:%=$(BUILD)/tests/lib/%) tests/lib/freestanding.sh tests/lib/headers.sh tests/lib/smp.sh
TESTS_ONCE += tests/lib/smp-threads.sh
TESTS_FIRST += tests/lib/smp-threads.sh

$(BUILD)/recorded/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LIB_HOST) -c -o $@ $<

$(LIB_TESTS:%=$(BUILD)/tests/lib/%): $(BUILD)/tests/lib/%: $(BUILD)/recorded/tests/lib/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka

# The self-test: on the host of examples/smp, whose own hooks get other names, so that the test can stand in between.
SELFTEST_HOST := -DSHOOTDOWN_HOST_HEADER='"tests/lib/selftest_host.h"'
SELFTEST_OBJ  := $(patsubst %.c,$(BUILD)/selftest/%.o,$(wildcard lib/*/*.c) tests/lib/selftest.c) \
	$(patsubst %,$(BUILD)/selftest/good/%.o,calls tlb kernel)
SELFTEST_GOOD := call_cpus call_poll call_rcu sync_walkers wait_zero batch_alloc batch_free cpu

TESTS += $(BUILD)/tests/lib/selftest
TESTS_ALONE += $(BUILD)/tests/lib/selftest
$(SELFTEST_OBJ): ALL_CFLAGS += $(THREADED)

$(BUILD)/selftest/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SELFTEST_HOST) -c -o $@ $<

$(BUILD)/selftest/good/%.o: examples/smp/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DSHOOTDOWN_HOST_HEADER='"examples/smp/host.h"' -c -o $@ $<
	objcopy $(foreach hook,$(SELFTEST_GOOD),--redefine-sym shootdown_$(hook)=good_$(hook)) $@

$(BUILD)/tests/lib/selftest: $(SELFTEST_OBJ)
	@mkdir -p $(@D)
	$(LINK) -pthread -o $@ $^ -lcmocka
