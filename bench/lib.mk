# The library's own measurements: the library, compiled against a host that does nothing.
BENCH_LIB_HOST := -DSHOOTDOWN_HOST_HEADER='"bench/gather_host.h"'
BENCH_LIB_OBJ  := $(patsubst %.c,$(BUILD)/bench/lib/%.o,$(wildcard lib/*/*.c) bench/gather.c)

BENCHES += $(BUILD)/bench/gather

$(BUILD)/bench/lib/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(BENCH_LIB_HOST) -c -o $@ $<

$(BUILD)/bench/gather: $(BENCH_LIB_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^

# ... and with a host that counts flushes for others, for any number of lanes.
BENCH_PENDING_OBJ := $(patsubst %.c,$(BUILD)/bench/pending-lib/%.o,$(wildcard lib/*/*.c) bench/pending.c)

BENCHES += $(BUILD)/bench/pending

$(BUILD)/bench/pending-lib/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DSHOOTDOWN_HOST_HEADER='"bench/pending_host.h"' -c -o $@ $<

$(BUILD)/bench/pending: $(BENCH_PENDING_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^
