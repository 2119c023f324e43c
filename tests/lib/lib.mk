# The library's own tests: the library and all rows, compiled against a host that writes down what it is asked.
# tests/lib/NAME.c of LIB_TESTS becomes $(BUILD)/tests/lib/NAME.
LIB_TESTS  := gather batch table flush misuse names arch facts
LIB_SHARED := host world
LIB_HOST   := -DSHOOTDOWN_HOST_HEADER='"tests/lib/host.h"'
LIB_OBJ    := $(patsubst %.c,$(BUILD)/recorded/%.o,$(SRC_lib) $(LIB_SHARED:%=tests/lib/%.c))

TESTS += $(LIB_TESTS:%=$(BUILD)/tests/lib/%) tests/lib/freestanding.sh

$(BUILD)/recorded/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LIB_HOST) -c -o $@ $<

$(LIB_TESTS:%=$(BUILD)/tests/lib/%): $(BUILD)/tests/lib/%: $(BUILD)/recorded/tests/lib/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka
