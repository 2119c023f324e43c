# The checker with generations of three bits, which come round; and the same where nobody takes care of that.
THREE_BITS := -DSHOOTDOWN_GENERATION_BITS=3
THREE_SEEN := $(patsubst %.c,%.o,$(SRC_lib_only) $(SRC_mm))
TESTS_ONCE += tests/generations/generations.sh
tests/generations/generations.sh: $(BUILD)/three-bits/shootdown $(BUILD)/three-careless/shootdown

$(BUILD)/three-careless/%.o: THREE_BITS += -DTLB_GENERATION_WRAPS=0
define three_bits
$(BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(TOLD_CFLAGS) $$(HOST) $$(THREE_BITS) -c -o $$@ $$<
	$$(CHECK_TOOLS)objcopy --redefine-syms=$$(CHECK_DIR)/subject.syms $$@
$(BUILD)/$(1)/shootdown: $(BUILD)/check/main.o $(THREE_SEEN:%=$(BUILD)/$(1)/%) $(filter-out $(THREE_SEEN:%=$(BUILD)/seen/%),$(OBJ_checker))
	$$(LINK) -o $$@ $$^ $$(CHECK_LIBS)
endef
$(eval $(call three_bits,three-bits))
$(eval $(call three_bits,three-careless))
