# The library's own tests: the library and all rows, compiled against a host that writes down what it is asked.
# tests/lib_NAME.c of LIB_TESTS becomes $(BUILD)/tests/lib_NAME.
LIB_TESTS  := lib_gather lib_batch lib_table lib_flush lib_misuse lib_arch
LIB_SHARED := lib_host lib_world
LIB_HOST   := -DSHOOTDOWN_HOST_HEADER='"tests/lib_host.h"'
LIB_OBJ    := $(patsubst %.c,$(BUILD)/tests/lib/%.o,$(SRC_lib) $(LIB_SHARED:%=tests/%.c))

TESTS += $(LIB_TESTS:%=$(BUILD)/tests/%) tests/lib_freestanding.sh

$(BUILD)/tests/lib/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LIB_HOST) -c -o $@ $<

$(LIB_TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/lib/tests/%.o $(LIB_OBJ)
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka
