# The litmus reader alone: linked with nothing but itself, which shows that it needs nothing else. Only the test of the
# shipped scenarios is linked with the checker, which knows the names of rules and architectures.
OBJ_lang := $(call obj,$(SRC_lang))
TESTS_lang := $(addprefix $(BUILD)/tests/lang/,statements ops missing expects bad)
TESTS_raw := $(BUILD)/tests/lang/raw
TESTS += $(TESTS_lang) $(TESTS_raw)
TESTS += $(BUILD)/tests/lang/shipped
TESTS_ONCE += $(BUILD)/tests/lang/fuzz

$(TESTS_lang): %: %.o $(OBJ_lang)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka

$(TESTS_raw): %: %.o $(BUILD)/tests/lang/raw_print.o $(OBJ_lang)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lcmocka

$(BUILD)/tests/lang/shipped: $(BUILD)/tests/lang/raw_print.o

# A bounded fuzz run; the scenarios and the bad files are its first inputs. Give it a number of runs for a longer one.
FUZZ_CC ?= clang
$(BUILD)/tests/lang/fuzz: tests/lang/fuzz.c tests/lang/words.h $(wildcard lang/*.[ch]) tests/lang/lang.mk
	@mkdir -p $(@D)/fuzz.found
	$(FUZZ_CC) -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -I. -Iinclude -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -DFUZZ_FOUND='"$(@D)/fuzz.found"' -o $@ \
		tests/lang/fuzz.c $(SRC_lang)
